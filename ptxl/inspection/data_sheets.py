"""Judges data sheets, those with a native table: one table that can be filtered and heard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from itertools import chain

from ptxl.cells import Box, cell_name
from ptxl.inspection.book import Book, Cell, Page, Table
from ptxl.inspection.flaws import Spot, spot
from ptxl.text import fold_forms

#: names that programs give to tables of which nobody thought
_GIVEN_NAME = re.compile(r"(?:table|表格?|列表|tabelle|tableau|tabla)[_ ]?[0-9]*", re.IGNORECASE)
_BLANKS_AND_COMMAS = re.compile("[\\s,，]")


def several_tables(book: Book) -> Iterator[Spot]:
    """A sheet has more than one table."""
    for page in book.visible:
        if len(page.tables) > 1:
            yield spot(page.name, tables=tuple(table.name for table in page.tables))


def table_not_at_left(book: Book) -> Iterator[Spot]:
    """A table does not begin in column A."""
    for page, table in _tables(book):
        if table.box.left:
            yield spot(page.name, table.box.name, table=table.name)


def headings_unusable(book: Book) -> Iterator[Spot]:
    """A table has not one row of headings, or headings blank, twice, or unlike their cells."""
    for page, table in _tables(book):
        if table.heads != 1:
            yield spot(page.name, table.box.name, table=table.name)
            continue
        wrong = tuple(_wrong_headings(page, table))
        if wrong:
            yield spot(page.name, *wrong, table=table.name)


def _wrong_headings(page: Page, table: Table) -> Iterator[str]:
    seen: set[str] = set()
    columns = range(table.box.left, table.box.right + 1)
    names = [name.replace("_x000a_", "\n") for name in table.columns]
    names += [""] * (len(columns) - len(names))
    for column, name in zip(columns, names, strict=False):
        cell = page.cells.get((table.box.top, column))
        text = "" if cell is None else cell.text
        if cell is None or cell.held != "text" or text != name or text.casefold() in seen:
            yield cell_name(table.box.top, column)
        seen.add(text.casefold())


def merged_on_data_sheet(book: Book) -> Iterator[Spot]:
    """Cells of a sheet with a table are merged."""
    for page in book.visible:
        if page.tables and page.merges:
            yield spot(page.name, *(box.name for box in page.merges.values()))


def blank_in_table(book: Book) -> Iterator[Spot]:
    """A cell of a table holds nothing."""
    for page, table in _tables(book):
        filled = {cell.at for cell in page.filled}
        blank = tuple(cell_name(*at) for at in table.lines.cells if at not in filled)
        if blank:
            yield spot(page.name, *blank, table=table.name)


def outside_table(book: Book) -> Iterator[Spot]:
    """Something stands below a table, or beside it."""
    for page, table in _tables(book):
        outside = tuple(cell.name for cell in page.filled if _is_outside(cell, table.box))
        if outside:
            yield spot(page.name, *outside, table=table.name)


def _is_outside(cell: Cell, box: Box) -> bool:
    row, column = cell.at
    beside = row >= box.top and not box.left <= column <= box.right
    return row > box.bottom or beside


def table_not_described(book: Book) -> Iterator[Spot]:
    """A table has no description."""
    for page, table in _tables(book):
        if not table.description:
            yield spot(page.name, table.box.name, table=table.name)


def table_unnamed(book: Book) -> Iterator[Spot]:
    """A table's name says nothing."""
    for page, table in _tables(book):
        if not table.name or _GIVEN_NAME.fullmatch(table.name):
            yield spot(page.name, table.box.name, table=table.name)


def heads_not_frozen(book: Book) -> Iterator[Spot]:
    """The headings of a table go away when its sheet is moved down."""
    for page, table in _tables(book):
        if page.frozen_rows != table.box.top + table.heads:
            yield spot(page.name, table=table.name)


def number_as_text(book: Book) -> Iterator[Spot]:
    """In a column of numbers a number is a text, so that no sum has it."""
    for page in book.visible:
        for box in page.lists:
            texts = chain.from_iterable(_texts_among_numbers(page, box, n) for n in _columns(box))
            found = tuple(texts)
            if found:
                yield spot(page.name, *found)


def _columns(box: Box) -> range:
    return range(box.left, box.right + 1)


def _texts_among_numbers(page: Page, box: Box, column: int) -> Iterator[str]:
    places = ((row, column) for row in range(box.top + 1, box.bottom + 1))
    cells = [page.cells[at] for at in places if at in page.cells]
    if any(cell.held == "number" for cell in cells):
        for cell in cells:
            if cell.held == "text" and _is_number(cell.text):
                yield cell.name


def _is_number(text: str) -> bool:
    plain = _BLANKS_AND_COMMAS.sub("", fold_forms(text)).removesuffix("%")
    try:
        return Decimal(plain).is_finite()
    except InvalidOperation:
        return False


def _tables(book: Book) -> Iterator[tuple[Page, Table]]:
    for page in book.visible:
        for table in page.tables:
            yield page, table
