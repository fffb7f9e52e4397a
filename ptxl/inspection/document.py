"""Judges a workbook as a whole: its properties, its sheets, what people see when they open it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain

from ptxl.cells import column_name
from ptxl.inspection.book import Book, Page
from ptxl.inspection.flaws import Spot, of_sheets, of_visible_sheets, spot
from ptxl.ooxml.package import NOTHING, TRUE, Element, found, whole_number_of
from ptxl.text import excel_length

_LONGEST_NAME = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]|\A'|'\Z")
_START, _FIRST_PANE = "A1", "topLeft"
_LAST_COLUMN = 16_384


def no_title(book: Book) -> Iterator[Spot]:
    """The document has no title."""
    if not book.property("title"):
        yield spot()


def author_unclear(book: Book) -> Iterator[Spot]:
    """The document names nobody as its maker, or in letters of one language only."""
    author = book.property("creator")
    if not author or not author.isascii():
        yield spot(author=author)


def sheet_name_unusable(book: Book) -> Iterator[Spot]:
    """A sheet's name is too long, stands twice, or has signs that no sheet may have."""
    names = book.package.sheet_names
    counts = Counter(name.casefold() for name in names)
    for name in names:
        long = excel_length(name) > _LONGEST_NAME
        if long or _FORBIDDEN.search(name) or counts[name.casefold()] > 1 or not name.strip():
            yield Spot(name)


@of_visible_sheets
def sheet_blank(page: Page) -> Iterator[Spot]:
    """A sheet that people see holds nothing."""
    if not page.filled and not page.drawings:
        yield spot()


@of_visible_sheets
def sheet_untitled(page: Page) -> Iterator[Spot]:
    """Nothing stands in A1, which is read out first."""
    if page.filled and page.cell((0, 0)).blank:
        yield spot()


def first_sheet_not_open(book: Book) -> Iterator[Spot]:
    """Another sheet than the first is open, or several at once."""
    first = next((page.index for page in book.visible), 0)
    views = book.root.findall("{*}bookViews/{*}workbookView") or [NOTHING]
    opened = {whole_number_of(view, "activeTab") for view in views}
    views_of_sheets = chain(*map(_views, book.pages))
    if opened != {first} or sum(map(_is_chosen, views_of_sheets)) > len(views):
        yield spot()


@of_visible_sheets
def cursor_elsewhere(page: Page) -> Iterator[Spot]:
    """A sheet opens at another place than its beginning."""
    for view in _views(page):
        away = sorted({str(view.get("topLeftCell", _START)), _cursor(view)} - {_START})
        if away:
            yield spot(*away)


def _cursor(view: Element) -> str:
    """The cell in which the cursor stands: of several panes, that of the active one."""
    active = found(view, "{*}pane").get("activePane", _FIRST_PANE)
    for one in view.iterfind("{*}selection"):
        if one.get("pane", _FIRST_PANE) == active:
            return str(one.get("activeCell", _START))
    return _START


@of_sheets
def sheet_hidden(page: Page) -> Iterator[Spot]:
    """A sheet is hidden."""
    if not page.visible:
        yield spot()


@of_visible_sheets
def lines_hidden(page: Page) -> Iterator[Spot]:
    """Rows or columns are hidden that no group opens again."""
    columns = [
        column_name(whole_number_of(one, "min", 1) - 1)
        for one in page.root.iterfind("{*}cols/{*}col")
        if _is_hidden(one) and whole_number_of(one, "max") < _LAST_COLUMN
    ]
    rows = page.root.iterfind("{*}sheetData/{*}row")
    numbers = [str(row.get("r")) for row in rows if _is_hidden(row)]
    if columns or numbers:
        yield spot(lines=(*columns, *numbers))


def _views(page: Page) -> list[Element]:
    return page.root.findall("{*}sheetViews/{*}sheetView")


def _is_chosen(view: Element) -> bool:
    return view.get("tabSelected") in TRUE


def _is_hidden(line: Element) -> bool:
    return line.get("hidden") in TRUE and not whole_number_of(line, "outlineLevel")
