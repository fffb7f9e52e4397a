"""Judges links: whether they lead somewhere, and still do when the workbook is copied elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ptxl.cells import Box
from ptxl.inspection.book import Book
from ptxl.inspection.flaws import Spot, spot

#: links that Excel keeps on one sheet
MOST_LINKS = 65_530
#: where a link begins that names one computer's folders
_FIXED = re.compile(r"file:|[A-Za-z]:[\\/]|\\\\|/", re.IGNORECASE)


def link_leads_nowhere(book: Book) -> Iterator[Spot]:
    """A link leads to a sheet, cell or name that is not there."""
    names = {name.name.casefold() for name in book.names}
    for page in book.pages:
        for link in page.links:
            place = link.place.lstrip("#")
            if not link.outside and not _is_there(book, place, names):
                yield spot(page.name, link.cell, target=place)


def _is_there(book: Book, place: str, names: set[str]) -> bool:
    sheet, mark, cells = place.rpartition("!")
    if not mark:
        return place.casefold() in names or Box.parse(place) is not None
    if sheet.startswith("'"):
        sheet = sheet[1:-1].replace("''", "'")
    return sheet.casefold() in book.sheet_names and Box.parse(cells) is not None


def link_not_relative(book: Book) -> Iterator[Spot]:
    """A link names a folder of one computer."""
    for page in book.pages:
        for link in page.links:
            if _FIXED.match(link.outside):
                yield spot(page.name, link.cell, target=link.outside)


def too_many_links(book: Book) -> Iterator[Spot]:
    """A sheet has more links than Excel keeps."""
    for page in book.pages:
        if len(page.links) > MOST_LINKS:
            yield spot(page.name, count=len(page.links), most=MOST_LINKS)
