"""Rows that a clerk inserted in a table, or typed below it → further rows of that table. Pure.

A row of the table is told by its number, a row of the sheet by its place; both count from 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import filterfalse

from ptxl.layout.issued_sheets import IssuedSheet
from ptxl.model.form import Field, Table
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
class TableOnSheet:
    """A table each row of which is one row of a sheet: where these are and what they print."""

    table: Table
    #: row on the sheet of each row of the table
    lines: tuple[int, ...]
    #: columns of the open fields of each row of the table
    open: tuple[tuple[int, ...], ...]
    #: columns that the form computes
    computed: tuple[int, ...]
    #: the column of given values, by name, and the value that each text printed there stands for
    given: Mapping[str, tuple[int, Mapping[str, str]]]
    #: what else is printed, by number of the row and column, without digits
    labels: Mapping[tuple[int, int], str]


@dataclass(frozen=True, slots=True)
class AddedRow:
    """A row of the sheet that is read as a further row of a table.

    It asks what the row number `like` of the table asks, and stands below as many of the table's
    rows as `above` says; `unsure` if it stands between two categories and names none.
    """

    on_sheet: TableOnSheet
    like: int
    above: int
    row: int
    unsure: bool

    @property
    def table(self) -> str:
        """The path of the table."""
        return self.on_sheet.table.path

    def prints(self, column: int, text: str) -> bool:
        """Whether rows like it print a text in a column as issued, numbers aside.

        So is a category that the clerk wrote into the row.
        """
        given = self.on_sheet.table.rows[self.like].given
        for name, (at, values) in self.on_sheet.given.items():
            if at == column and values.get(squeeze(text)) == given.get(name):
                return True
        return self.on_sheet.labels.get((self.like, column)) == without_digits(text)


@dataclass(frozen=True, slots=True)
class _Present:
    """A table on a sheet as returned: its `rows` by number, and the rows `taken` by others."""

    grid: Grid
    rows: Mapping[int, int]
    taken: set[int]
    columns: Mapping[int, int]

    def shown(self, row: int, column: int) -> object:
        """What stands in a row, in a column as issued; '' where that is gone."""
        if column in self.columns:
            return value_at(self.grid, (row, self.columns[column]))
        return ""

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
    doubtful = rows.moved.union(*(doubt.issued for doubt in rows.doubts))
    found: list[AddedRow] = []
    for on_sheet in growing_tables(sheet):
        placed = _placed(on_sheet, rows)
        if not placed or not doubtful.isdisjoint(on_sheet.lines):
            continue
        present = _Present(grid, placed, taken, columns.places)
        for row, above in list(_candidates(on_sheet, present)):
            added = _read_as(on_sheet, present, row, above)
            if added:
                found.append(added)
                taken.add(row)
    return tuple(found) if len(found) <= MOST_ADDED else ()


def rows_among(sheet: IssuedSheet, rows: Alignment) -> set[int]:
    """The rows of a sheet, whatever is on them, from the first to the last of tables that grow."""
    found: set[int] = set()
    for on_sheet in growing_tables(sheet):
        places = _placed(on_sheet, rows).values()
        found.update(range(min(places, default=0), max(places, default=-1) + 1))
    return found


def _placed(on_sheet: TableOnSheet, rows: Alignment) -> dict[int, int]:
    """The present row of each row of a table, by number."""
    lines = enumerate(on_sheet.lines)
    return {number: rows.places[line] for number, line in lines if line in rows.places}


def _candidates(on_sheet: TableOnSheet, present: _Present) -> Iterator[tuple[int, int]]:
    """Filled rows among those of a table, and right below it: with the number of the row above."""
    numbers = {place: number for number, place in present.rows.items()}
    first, last = min(numbers), max(numbers)
    above = numbers[first]
    for row in range(first, min(last + 1, len(present.grid))):
        above = numbers.get(row, above)
        if row not in present.taken and present.filled(row, on_sheet.open[above]):
            yield row, above
    # A word below a table may be a signature: a row of it has two answers at least.
    least = min(2, len(on_sheet.open[above]))
    for row in range(last + 1, len(present.grid)):
        if row in present.taken or present.filled(row, on_sheet.open[above]) < least:
            return
        yield row, above


def _read_as(on_sheet: TableOnSheet, present: _Present, row: int, above: int) -> AddedRow | None:
    """Find which row of the table an added one is like: the one above it, unless it names another
    category; None where that is unknown here."""
    table = on_sheet.table
    named = _named(on_sheet, present, row)
    columns = {*on_sheet.open[above], *on_sheet.computed}
    if named is None or not present.columns.keys() >= columns:
        return None
    below = [number for number, place in present.rows.items() if place > row]
    following = min(below, key=present.rows.__getitem__, default=len(table.rows))
    given = table.rows[above].given
    if named.items() <= given.items():
        between = bool(below) and table.rows[following].given != given
        return AddedRow(on_sheet, above, following, row, unsure=between and not named)
    last_of_group = {
        tuple(other.given.items()): number
        for number, other in enumerate(table.rows)
        if named.items() <= other.given.items()
    }
    if len(last_of_group) != 1:
        return None
    return AddedRow(on_sheet, last_of_group.popitem()[1], following, row, unsure=False)


def _named(on_sheet: TableOnSheet, present: _Present, row: int) -> dict[str, str] | None:
    """The given values that a row names; None if it names something else in their place."""
    named: dict[str, str] = {}
    for name, (column, values) in on_sheet.given.items():
        text = squeeze(str(present.shown(row, column)))
        if text and text not in values:
            return None
        if text:
            named[name] = values[text]
    return named


def without_digits(text: str) -> str:
    """A text without numbers and white space: labels of a table differ in these."""
    return _DIGITS.sub("", squeeze(text))


# -- as issued


@lru_cache(maxsize=256)
def growing_tables(sheet: IssuedSheet) -> tuple[TableOnSheet, ...]:
    """The tables of a sheet that may grow, each row of which is one row of the sheet."""
    found = []
    for table in sheet.layout.form.tables:
        lines = [line for line in map(sheet.line_of, table.rows) if line is not None]
        if table.grows and len(lines) == len(table.rows):
            found.append(_on_sheet(sheet, table, lines))
    return tuple(found)


def _on_sheet(sheet: IssuedSheet, table: Table, lines: Sequence[int]) -> TableOnSheet:
    numbers = {line: number for number, line in enumerate(lines)}
    given: dict[str, tuple[int, dict[str, str]]] = {}
    labels: dict[tuple[int, int], str] = {}
    for placed in sheet.cells:
        number, text = numbers.get(placed.place.row), squeeze(placed.cell.text)
        if number is None or placed.cell.field or not text:
            continue
        row = table.rows[number]
        name = _given_name(placed, row.path)
        if name:
            _, values = given.setdefault(name, (placed.place.column, {}))
            values |= {text: row.given[name], squeeze(row.given[name]): row.given[name]}
        else:
            labels[number, placed.place.column] = without_digits(text)
    places = sheet.layout.places
    columns = [_columns(filter(_is_asked, row.fields), places) for row in table.rows]
    computed = _columns(filterfalse(_is_asked, table.rows[0].fields), places) if table.rows else ()
    return TableOnSheet(table, tuple(lines), tuple(columns), computed, given, labels)


def _is_asked(field: Field) -> bool:
    return field.compute is None


def _columns(fields: Iterable[Field], places: Mapping[str, Place]) -> tuple[int, ...]:
    return tuple(places[field.path].column for field in fields)


def _given_name(placed: PlacedCell, row: str) -> str:
    """The name below a row that a printed cell answers; nothing where it answers none."""
    path = Path(placed.cell.path)
    if path.is_under(row) and path != row:
        return path.below(row)
    return ""
