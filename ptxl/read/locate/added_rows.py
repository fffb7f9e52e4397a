"""Rows that a clerk inserted in a table, or typed below it → further rows of that table. Pure.

A row of the table is told by its number, a row of the sheet by its place; both count from 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ptxl.layout.issued_sheets import IssuedSheet
from ptxl.model.form import Table
from ptxl.model.layout import Place, PlacedCell
from ptxl.model.path import Path
from ptxl.read.compare import value_at
from ptxl.read.locate.follow_lines import Alignment
from ptxl.read.workbook import Grid, cell_value
from ptxl.text import squeeze

#: on one sheet; a form of ours has a tenth of that
MOST_ADDED = 200
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class AddedRow:
    """A row of the sheet that is read as a further row of a table.

    It asks what the row number `like` of the table asks, and stands below as many of the table's
    rows as `above` says; `unsure` if it stands between two categories and names none.
    """

    table: str
    like: int
    above: int
    row: int
    unsure: bool


@dataclass(frozen=True, slots=True)
class _GivenColumn:
    """A column of given values, and the value that each text printed there stands for."""

    column: int
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _TableOnSheet:
    """A table on a sheet as issued: where its rows and columns are and what they print."""

    table: Table
    #: row on the sheet of each row of the table
    lines: tuple[int, ...]
    #: columns of the open fields of each row of the table
    open: tuple[tuple[int, ...], ...]
    #: columns of given values, by name
    given: Mapping[str, _GivenColumn]
    #: column and text of what else is printed in a row
    labels: Mapping[int, Sequence[tuple[int, str]]]


@dataclass(frozen=True, slots=True)
class _Present:
    """A table on a sheet as returned: its `rows` by number, and the rows `taken` by others."""

    grid: Grid
    rows: Mapping[int, int]
    taken: frozenset[int]
    columns: Mapping[int, int]

    def shown(self, row: int, column: int) -> object:
        """What stands in a row, in a column as issued; '' where that is gone."""
        return value_at(self.grid, (row, self.columns[column])) if column in self.columns else ""

    def filled(self, row: int, columns: Sequence[int]) -> int:
        """How many cells of a row hold something, of those in some columns as issued."""
        return sum(cell_value(self.shown(row, column)) is not None for column in columns)


def added_rows(
    sheet: IssuedSheet, grid: Grid, rows: Alignment, columns: Alignment
) -> tuple[AddedRow, ...]:
    """Find the filled rows of a sheet that belong to a table without having been issued.

    None where it is doubtful which row is which. In the order of the sheet, table by table.
    """
    taken = set(rows.places.values())
    doubtful = set(rows.moved)
    for doubt in rows.doubts:
        doubtful.update(doubt.issued)
    found: list[AddedRow] = []
    for on_sheet in growing_tables(sheet):
        numbers = enumerate(on_sheet.lines)
        placed = {n: rows.places[line] for n, line in numbers if line in rows.places}
        if not placed or not doubtful.isdisjoint(on_sheet.lines):
            continue
        present = _Present(grid, placed, frozenset(taken), columns.places)
        for row, above in _candidates(on_sheet, present):
            added = _read_as(on_sheet, present, row, above)
            if added:
                found.append(added)
                taken.add(row)
    return tuple(found) if len(found) <= MOST_ADDED else ()


def rows_among(sheet: IssuedSheet, rows: Alignment) -> set[int]:
    """The rows of a sheet, whatever is on them, from the first to the last of tables that grow."""
    found: set[int] = set()
    for on_sheet in growing_tables(sheet):
        places = [rows.places[line] for line in on_sheet.lines if line in rows.places]
        if places:
            found.update(range(min(places), max(places) + 1))
    return found


def _candidates(on_sheet: _TableOnSheet, present: _Present) -> Iterator[tuple[int, int]]:
    """Filled rows among those of a table, and right below it: with the number of the row above."""
    numbers = {place: number for number, place in present.rows.items()}
    first, last = min(numbers), max(numbers)
    above = numbers[first]
    for row in range(first, min(last + 1, len(present.grid))):
        if row in numbers:
            above = numbers[row]
        elif row not in present.taken and present.filled(row, on_sheet.open[above]):
            yield row, above
    # A word below a table may be a signature: a row of it has two answers at least.
    least = min(2, len(on_sheet.open[above]))
    for row in range(last + 1, len(present.grid)):
        if row in present.taken or present.filled(row, on_sheet.open[above]) < least:
            return
        yield row, above


def _read_as(on_sheet: _TableOnSheet, present: _Present, row: int, above: int) -> AddedRow | None:
    """Find which row of the table an added one is like: the one above it, unless it names another
    category; None where that is unknown here."""
    table = on_sheet.table
    if not present.columns.keys() >= set(on_sheet.open[above]):
        return None
    named: dict[str, str] = {}
    for name, printed in on_sheet.given.items():
        text = squeeze(str(present.shown(row, printed.column)))
        if text and text not in printed.values:
            return None
        if text:
            named[name] = printed.values[text]
    below = [number for number, place in present.rows.items() if place > row]
    following = min(below, key=present.rows.__getitem__, default=len(table.rows))
    given = table.rows[above].given
    if named.items() <= given.items():
        between = bool(below) and table.rows[following].given != given
        return AddedRow(table.path, above, following, row, unsure=between and not named)
    groups = {}
    for number, other in enumerate(table.rows):
        if named.items() <= other.given.items():
            groups[tuple(other.given.items())] = number
    if len(groups) != 1:
        return None
    return AddedRow(table.path, groups.popitem()[1], following, row, unsure=False)


def is_printed_in(sheet: IssuedSheet, added: AddedRow, column: int, text: str) -> bool:
    """Whether a text in an added row is what rows like it print there, numbers aside.

    `column` is as issued. So is a category that the clerk wrote into the row.
    """
    for on_sheet in growing_tables(sheet):
        if on_sheet.table.path != added.table:
            continue
        given = on_sheet.table.rows[added.like].given
        for name, printed in on_sheet.given.items():
            if printed.column == column and printed.values.get(squeeze(text)) == given.get(name):
                return True
        for at, label in on_sheet.labels.get(added.like, ()):
            if at == column and without_digits(label) == without_digits(text):
                return True
    return False


def without_digits(text: str) -> str:
    """A text without numbers and white space: labels of a table differ in these."""
    return _DIGITS.sub("", squeeze(text))


# -- as issued


@lru_cache(maxsize=256)
def growing_tables(sheet: IssuedSheet) -> tuple[_TableOnSheet, ...]:
    """The tables of a sheet that may grow, each row of which is one row of the sheet."""
    found = []
    for table in sheet.layout.form.tables:
        places = [[sheet.layout.places[field.path] for field in row.fields] for row in table.rows]
        if table.grows and all(places) and _row_by_row(places, sheet.number):
            found.append(_on_sheet(sheet, table, places))
    return tuple(found)


def _row_by_row(places: Sequence[Sequence[Place]], number: int) -> bool:
    """Whether all rows of a table lie on one sheet, and the fields of each row side by side."""
    for row in places:
        lines = {(place.sheet, place.row) for place in row}
        if len(lines) != 1 or lines.pop()[0] != number:
            return False
    return True


def _on_sheet(sheet: IssuedSheet, table: Table, places: Sequence[Sequence[Place]]) -> _TableOnSheet:
    lines = tuple(row[0].row for row in places)
    numbers = {line: number for number, line in enumerate(lines)}
    given: dict[str, _GivenColumn] = {}
    labels: dict[int, list[tuple[int, str]]] = {}
    for placed in sheet.cells:
        number = numbers.get(placed.place.row)
        if number is None or placed.cell.field or not placed.cell.text.strip():
            continue
        name = _given_name(placed, table.rows[number].path)
        if not name:
            labels.setdefault(number, []).append((placed.place.column, placed.cell.text))
            continue
        value = table.rows[number].given[name]
        known = given[name].values if name in given else {}
        texts = {squeeze(placed.cell.text): value, squeeze(value): value}
        given[name] = _GivenColumn(placed.place.column, {**known, **texts})
    columns = tuple(tuple(place.column for place in row) for row in places)
    return _TableOnSheet(table, lines, columns, given, labels)


def _given_name(placed: PlacedCell, row: str) -> str:
    """The name below a row that a printed cell answers; nothing where it answers none."""
    path = Path(placed.cell.path)
    return path.below(row) if path.is_under(row) and path != row else ""
