"""Rows that a clerk inserted in a table, or typed below its last → further rows of that table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ptxl.model.form import Table, TableRow
from ptxl.model.layout import Layout
from ptxl.read.locate.follow_lines import Alignment
from ptxl.read.workbook import Grid, cell_value
from ptxl.text import squeeze

#: on one sheet; a form of ours has a tenth of that
MOST_ADDED = 200
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class AddedRow:
    """A row of the sheet that is read as a further row of a table.

    It asks what the row number `like` of the table asks; `unsure` if it stands between two
    categories and names none.
    """

    table: str
    like: int
    row: int
    unsure: bool


@dataclass(frozen=True, slots=True)
class _Shape:
    """A table on a sheet: where, as issued, its rows and columns are and what they print."""

    table: Table
    #: row on the sheet of each row of the table
    lines: tuple[int, ...]
    #: column of each open field of a row, by number of row
    fields: tuple[Mapping[str, int], ...]
    #: columns of given values, by name, and the value that each text printed there stands for
    given: Mapping[str, tuple[int, Mapping[str, str]]]
    #: column and text of what else is printed in a row
    marks: Mapping[int, tuple[tuple[int, str], ...]]


def added_rows(
    layout: Layout, number: int, grid: Grid, rows: Alignment, columns: Alignment
) -> list[AddedRow]:
    """The filled rows of a sheet that belong to a table of the form without having been issued.

    None where it is doubtful which row is which.
    """
    taken = set(rows.places.values())
    doubtful = {line for doubt in rows.doubts for line in doubt.issued} | rows.moved
    found: list[AddedRow] = []
    for shape in _shapes(layout, number):
        placed = {rows.places[line]: i for i, line in enumerate(shape.lines) if line in rows.places}
        if not placed or not doubtful.isdisjoint(shape.lines):
            continue
        for row, like in _candidates(shape, grid, placed, taken, columns.places):
            one = _read_as(shape, grid[row], row, like, placed, columns.places)
            if one:
                found.append(one)
                taken.add(row)
    return found if len(found) <= MOST_ADDED else []


def rows_among(layout: Layout, number: int, rows: Alignment) -> set[int]:
    """The rows of a sheet, whatever is on them, from the first to the last of tables that grow."""
    found: set[int] = set()
    for shape in _shapes(layout, number):
        places = [rows.places[line] for line in shape.lines if line in rows.places]
        if places:
            found |= set(range(min(places), max(places) + 1))
    return found


def _candidates(
    shape: _Shape, grid: Grid, placed: Mapping[int, int], taken: set[int],
    columns: Mapping[int, int],
) -> Iterator[tuple[int, int]]:  # fmt: skip
    """Filled rows among those of a table, and right below it: with the table's row above each."""
    above = placed[min(placed)]
    last = max(placed)
    for row in range(min(placed), min(last + 1, len(grid))):
        if row in placed:
            above = placed[row]
        elif row not in taken and _filled(shape, grid[row], above, columns):
            yield row, above
    for row in range(last + 1, len(grid)):
        # A word below a table may be a signature: a row of it has two answers at least.
        wanted = min(2, len(shape.fields[above]))
        if row in taken or _filled(shape, grid[row], above, columns) < wanted:
            return
        yield row, above


def _filled(shape: _Shape, values: Sequence[object], like: int, columns: Mapping[int, int]) -> int:
    """How many of the open cells of a row hold something."""
    return sum(
        cell_value(values[columns[column]]) is not None
        for column in shape.fields[like].values()
        if column in columns and columns[column] < len(values)
    )


def _read_as(
    shape: _Shape, values: Sequence[object], row: int, like: int, placed: Mapping[int, int],
    columns: Mapping[int, int],
) -> AddedRow | None:  # fmt: skip
    """Which row of the table an added one is like; None where it names a category unknown here."""
    if any(column not in columns for column in shape.fields[like].values()):
        return None
    named: dict[str, str] = {}
    for name, (column, printed) in shape.given.items():
        place = columns.get(column, len(values))
        text = squeeze(str(values[place])) if place < len(values) else ""
        if text and text not in printed:
            return None
        if text:
            named[name] = printed[text]
    given = shape.table.rows[like].given
    if not _agrees(given, named):
        groups = {tuple(r.given.items()): i for i, r in enumerate(shape.table.rows)
                  if _agrees(r.given, named)}  # fmt: skip
        if len(groups) != 1:
            return None
        return AddedRow(shape.table.path, next(iter(groups.values())), row, unsure=False)
    below = next((i for place, i in sorted(placed.items()) if place > row), like)
    between = shape.table.rows[below].given != given and not named
    return AddedRow(shape.table.path, like, row, unsure=between)


def _agrees(given: Mapping[str, str], named: Mapping[str, str]) -> bool:
    return all(given.get(name) == value for name, value in named.items())


def is_mark_of(layout: Layout, number: int, added: AddedRow, column: int, text: str) -> bool:
    """Whether a text in an added row is what rows like it print there, numbers aside.

    `column` is as issued. So is a category that the clerk wrote into the row.
    """
    for shape in _shapes(layout, number):
        if shape.table.path == added.table:
            row = shape.table.rows[added.like]
            for name, (at, printed) in shape.given.items():
                if at == column and printed.get(squeeze(text)) == row.given.get(name):
                    return True
            marks = shape.marks.get(added.like, ())
            return any(at == column and _bare(mark) == _bare(text) for at, mark in marks)
    return False


def _bare(text: str) -> str:
    return _DIGITS.sub("", squeeze(text))


@lru_cache(maxsize=256)
def _shapes(layout: Layout, number: int) -> tuple[_Shape, ...]:
    """The tables of a sheet that may grow."""
    shapes = (_shape(layout, number, table) for table in layout.form.tables if table.grows)
    return tuple(shape for shape in shapes if shape)


def _shape(layout: Layout, number: int, table: Table) -> _Shape | None:
    places = [[layout.places[field.path] for field in row.fields] for row in table.rows]
    if not all(places) or any(place.sheet != number for row in places for place in row):
        return None
    lines = tuple(row[0].row for row in places)
    if any(place.row != line for line, row in zip(lines, places, strict=True) for place in row):
        return None
    given: dict[str, tuple[int, dict[str, str]]] = {}
    marks: dict[int, list[tuple[int, str]]] = {}
    index = {line: position for position, line in enumerate(lines)}
    for placed in layout.sheets[number].cells:
        position = index.get(placed.place.row)
        if position is None or placed.cell.field or not placed.cell.text.strip():
            continue
        name = placed.cell.path.removeprefix(f"{table.rows[position].path}.")
        if placed.cell.path and name != placed.cell.path:
            text = placed.cell.text
            _, printed = given.setdefault(name, (placed.place.column, {}))
            value = table.rows[position].given[name]
            printed |= {squeeze(text): value, squeeze(value): value}
        else:
            marks.setdefault(position, []).append((placed.place.column, placed.cell.text))
    return _Shape(
        table,
        lines,
        tuple(_columns(layout, row) for row in table.rows),
        given,
        {position: tuple(texts) for position, texts in marks.items()},
    )


def _columns(layout: Layout, row: TableRow) -> dict[str, int]:
    return {field.path: layout.places[field.path].column for field in row.fields}
