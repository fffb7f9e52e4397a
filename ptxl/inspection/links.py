"""Judges links: whether they lead somewhere, and still do when the workbook is copied elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ptxl.cells import Box
from ptxl.inspection.book import Book, Page
from ptxl.inspection.flaws import Spot, of_sheets, spot

#: links that Excel keeps on one sheet
MOST_LINKS = 65_530
#: where a link begins that names one computer's folders
_FIXED = re.compile(r"file:|[A-Za-z]:[\\/]|\\\\|/", re.IGNORECASE)


@of_sheets
def link_leads_nowhere(page: Page) -> Iterator[Spot]:
    """A link leads to a sheet, cell or name that is not there."""
    for link in page.links:
        place = link.place.lstrip("#")
        if not link.outside and not _is_there(page.book, place):
            yield spot(link.cell, target=place)


def _is_there(book: Book, place: str) -> bool:
    sheet, mark, cells = place.rpartition("!")
    if not mark:
        named = any(name.name.casefold() == place.casefold() for name in book.names)
        return named or Box.parse(place) is not None
    if sheet.startswith("'"):
        sheet = sheet[1:-1].replace("''", "'")
    return sheet.casefold() in book.sheet_names and Box.parse(cells) is not None


@of_sheets
def link_not_relative(page: Page) -> Iterator[Spot]:
    """A link names a folder of one computer."""
    for link in page.links:
        if _FIXED.match(link.outside):
            yield spot(link.cell, target=link.outside)


@of_sheets
def too_many_links(page: Page) -> Iterator[Spot]:
    """A sheet has more links than Excel keeps."""
    if len(page.links) > MOST_LINKS:
        yield spot(count=len(page.links), most=MOST_LINKS)
