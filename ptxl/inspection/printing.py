"""Judges paper: whether what is printed can be read, and says on each page what its columns are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ptxl.inspection.book import Page
from ptxl.inspection.flaws import Spot, of_visible_sheets, spot
from ptxl.inspection.paper import pages_high, printed_of, repeats_rows
from ptxl.ooxml.package import found

LEAST_POINTS = 9
_FALSE = ("0", "false")
#: in the texts of heads and feet: a size, which stands behind `&`, and an ampersand that is one
_SIZE = re.compile(r"&&|&(\d{1,3})")
_USUAL_SIZE = 10
_PARTS = ("oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter")


@of_visible_sheets
def printed_too_small(page: Page) -> Iterator[Spot]:
    """Letters are printed smaller than 9 points, as the sheet is made to fit the page."""
    printed, looks = printed_of(page), page.book.looks
    sizes = {}
    for cell in page.shown:
        if printed.holds(cell.at):
            size = cell.small or looks.of(cell.look).size
            sizes[cell.name] = round(size * printed.scale, 1)
    small = tuple(name for name, size in sizes.items() if size < LEAST_POINTS)
    if small:
        least = str(min(sizes.values()))
        yield spot(*small, points=least, scale=round(printed.scale * 100))


@of_visible_sheets
def margin_text_too_small(page: Page) -> Iterator[Spot]:
    """The head or foot of a page is printed smaller than 9 points."""
    margins = found(page.root, "{*}headerFooter")
    scaled = margins.get("scaleWithDoc", "1") not in _FALSE
    scale = printed_of(page).scale if scaled else 1
    texts = "".join(str(margins.findtext(f"{{*}}{part}", "")) for part in _PARTS)
    named = [int(size) for size in _SIZE.findall(texts) if size]
    least = round(min(named, default=_USUAL_SIZE) * scale, 1)
    if texts and least < LEAST_POINTS:
        yield spot(points=str(least))


@of_visible_sheets
def heads_not_repeated(page: Page) -> Iterator[Spot]:
    """A list is longer than a page, and its headings are on the first alone."""
    listed = page.lists or page.frozen_rows
    if listed and not repeats_rows(page) and pages_high(page, printed_of(page)) > 1:
        yield spot()
