"""Judges data sheets, those with a native table: one table that can be filtered and heard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from itertools import chain

from ptxl.cells import Box, cell_name
from ptxl.inspection.book import Cell, Page, Table
from ptxl.inspection.flaws import Spot, of_tables, of_visible_sheets, spot, together
from ptxl.text import fold_forms

#: names that programs give to tables of which nobody thought
_GIVEN_NAME = re.compile(r"(?:table|表格?|列表|tabelle|tableau|tabla)[_ ]?[0-9]*", re.IGNORECASE)
_BLANKS_AND_COMMAS = re.compile("[\\s,，]")


@of_visible_sheets
def several_tables(page: Page) -> Iterator[Spot]:
    """A sheet has more than one table."""
    if len(page.tables) > 1:
        yield spot(tables=tuple(table.name for table in page.tables))


@of_tables
def table_not_at_left(page: Page, table: Table) -> Iterator[Spot]:
    """A table does not begin in column A."""
    if table.box.left:
        yield spot(table.box.name)


@of_tables
def headings_unusable(page: Page, table: Table) -> Iterator[Spot]:
    """A table has not one row of headings, or headings blank, twice, or unlike their cells."""
    if table.heads == 1:
        yield from together(_wrong_headings(page, table))
    else:
        yield spot(table.box.name)


def _wrong_headings(page: Page, table: Table) -> Iterator[str]:
    seen: set[str] = set()
    columns = range(table.box.left, table.box.right + 1)
    names = [name.replace("_x000a_", "\n") for name in table.columns]
    names += [""] * (len(columns) - len(names))
    for column, name in zip(columns, names, strict=False):
        cell = page.cell((table.box.top, column))
        if cell.held != "text" or cell.text != name or cell.text.casefold() in seen:
            yield cell.name
        seen.add(cell.text.casefold())


@of_visible_sheets
def merged_on_data_sheet(page: Page) -> Iterator[Spot]:
    """Cells of a sheet with a table are merged."""
    if page.tables and page.merges:
        yield spot(*(box.name for box in page.merges.values()))


@of_tables
def blank_in_table(page: Page, table: Table) -> Iterator[Spot]:
    """A cell of a table holds nothing."""
    filled = {cell.at for cell in page.filled}
    return together(cell_name(*at) for at in table.lines.cells if at not in filled)


@of_tables
def outside_table(page: Page, table: Table) -> Iterator[Spot]:
    """Something stands below a table, or beside it."""
    return together(cell.name for cell in page.filled if _is_outside(cell, table.box))


def _is_outside(cell: Cell, box: Box) -> bool:
    row, column = cell.at
    beside = row >= box.top and not box.left <= column <= box.right
    return row > box.bottom or beside


@of_tables
def table_not_described(page: Page, table: Table) -> Iterator[Spot]:
    """A table has no description."""
    if not table.description:
        yield spot(table.box.name)


@of_tables
def table_unnamed(page: Page, table: Table) -> Iterator[Spot]:
    """A table's name says nothing."""
    if not table.name or _GIVEN_NAME.fullmatch(table.name):
        yield spot(table.box.name)


@of_tables
def heads_not_frozen(page: Page, table: Table) -> Iterator[Spot]:
    """The headings of a table go away when its sheet is moved down."""
    if page.frozen_rows != table.box.top + table.heads:
        yield spot()


@of_visible_sheets
def number_as_text(page: Page) -> Iterator[Spot]:
    """In a column of numbers a number is a text, so that no sum has it."""
    for box in page.lists:
        columns = range(box.left, box.right + 1)
        yield from together(chain(*(_texts_among_numbers(page, box, n) for n in columns)))


def _texts_among_numbers(page: Page, box: Box, column: int) -> Iterator[str]:
    held: dict[str, list[Cell]] = {}
    for row in range(box.top + 1, box.bottom + 1):
        cell = page.cell((row, column))
        held.setdefault(cell.held, []).append(cell)
    if "number" in held:
        for cell in held.get("text", ()):
            if _is_number(cell.text):
                yield cell.name


def _is_number(text: str) -> bool:
    plain = _BLANKS_AND_COMMAS.sub("", fold_forms(text)).removesuffix("%")
    try:
        return Decimal(plain).is_finite()
    except InvalidOperation:
        return False
