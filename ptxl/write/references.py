"""Layout → references to its cells for formulas: cells, columns, and what is filled in. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from ptxl.cells import absolute_name, quoted, quoted_text
from ptxl.model.form import TableRow
from ptxl.model.layout import Layout, Place
from ptxl.model.path import Path
from ptxl.rules import NotLive, Span
from ptxl.rules.conditions import Condition, conditions


@lru_cache(maxsize=64)
def cells_in(layout: Layout) -> Mapping[str, Sequence[Path]]:
    """The fields that a clerk fills in, for each field itself and each row and repeat around it.

    A computed cell stands for itself alone: what it shows does not make a row one in use. What is
    printed of an earlier stage does.
    """
    found: dict[str, list[Path]] = {}
    for field in layout.form.fields():
        if field.reviewer or field.closed:
            continue
        for part in {field.path} if field.compute else {field.path, *field.path.rows}:
            found.setdefault(part, []).append(field.path)
    return found


@lru_cache(maxsize=64)
def rows_by_path(layout: Layout) -> Mapping[str, TableRow]:
    """All rows of tables, by their path; repeats are none."""
    return {row.path: row for table in layout.form.tables for row in table.rows}


@dataclass(frozen=True, slots=True)
class _RowCells:
    """The cells of a row by the names of its fields, and which of these a clerk fills in."""

    places: Mapping[str, Place]
    open: frozenset[Path]


@lru_cache(maxsize=64)
def _row_cells(layout: Layout) -> Mapping[str, _RowCells]:
    """The cells of all rows of tables: formulas over rows ask for them row by row."""
    return {path: _cells_of(layout, row) for path, row in rows_by_path(layout).items()}


def _cells_of(layout: Layout, row: TableRow) -> _RowCells:
    names = {field.path.below(row.path): field for field in row.fields}
    places: dict[str, Place] = {name: layout.places[field.path] for name, field in names.items()}
    return _RowCells(places, frozenset(name for name, one in names.items() if not one.compute))


@lru_cache(maxsize=64)
def _printed_places(layout: Layout) -> Mapping[Path, Place]:
    """Where the form prints answers of rows, each in a cell of that row alone."""
    printed = {}
    for row in rows_by_path(layout).values():
        for name, text in row.given.items():
            printed[row.path / name] = text
    found = {}
    for sheet in layout.sheets:
        for placed in sheet.cells:
            if placed.place.down == 1 and printed.get(Path(placed.cell.path)) == placed.cell.text:
                found[Path(placed.cell.path)] = placed.place
    return found


def conditions_on(layout: Layout, number: int, kind: str) -> list[Condition]:
    """The conditions of a kind (`field`, `rows`) about cells of one sheet."""
    inside = cells_in(layout)
    found: list[Condition] = []
    for condition in conditions(layout):
        cells = inside.get(condition.parts[0], ())
        if condition.kind == kind and cells and layout.places[cells[0]].sheet == number:
            found.append(condition)
    return found


class References:
    """References to the cells of a layout; those on sheet number `here` do not name the sheet."""

    def __init__(self, layout: Layout, here: int = -1) -> None:
        self.layout, self._here = layout, here
        self._rows = {table.path: table.rows for table in layout.form.tables}

    def rows(self, table: str, span: Span = None) -> tuple[TableRow, ...]:
        """The rows of a table, or some of them. Raises NotLive where it has none on a sheet."""
        rows = self._rows.get(Path(table), ())
        if not rows:
            raise NotLive("rows that are no rows of a sheet")
        return rows[slice(*span)] if span else rows

    def row_paths(self, table: str) -> tuple[Path, ...]:
        """The paths of the rows of a table. Raises NotLive as `rows` does."""
        return tuple(row.path for row in self.rows(table))

    def cell(self, path: str) -> str:
        """The cell of a field: `'项目1'!$B$4`."""
        return self.at(self.layout.places[path])

    def column(self, rows: Sequence[TableRow], name: str) -> str:
        """The range of a column, or an array of what is printed in it. Raises NotLive."""
        printed = [row.given[name] for row in rows if name in row.given]
        if len(printed) == len(rows):
            return "{" + ";".join(map(quoted_text, printed)) + "}"
        cells, beside = _row_cells(self.layout), _printed_places(self.layout)
        found = [cells[row.path].places.get(name) or beside.get(row.path / name) for row in rows]
        places = list(filter(None, found))
        if len(places) < len(rows):
            raise NotLive("a column that is printed in some rows only")
        first, last = places[0], places[-1]
        expected = [(first.sheet, first.column, first.row + index) for index in range(len(places))]
        if [(one.sheet, one.column, one.row) for one in places] != expected:
            raise NotLive("rows that do not follow each other")
        return self._range(first, last)

    def answers(self, rows: Sequence[TableRow]) -> str:
        """The range of a column that is answered in each of some rows; "" if there is none."""
        for field in rows[0].fields:
            try:
                return self.column(rows, field.path.below(rows[0].path))
            except NotLive:
                continue
        return ""

    def in_use(self, rows: Sequence[TableRow]) -> str:
        """An array that is 1 for each row in which something is filled in. Raises NotLive."""
        cells = _row_cells(self.layout)
        names = frozenset[Path]().union(*(cells[row.path].open for row in rows))
        if not names:
            raise NotLive("rows in which nothing is filled in")
        if not names.isdisjoint(chain.from_iterable(row.given for row in rows)):
            raise NotLive("a column that is printed in some rows only")
        columns = [self.column(rows, name) for name in sorted(names)]
        return "((" + "+".join(f"LEN(TRIM({column}))" for column in columns) + ">0)*1)"

    def areas(self, paths: Iterable[str]) -> list[str]:
        """The cells of fields, those below each other as one range."""
        runs: list[list[Place]] = []
        below = (-1, -1, -1)
        for place in sorted((self.layout.places[path] for path in paths), key=_corner):
            if _corner(place) == below:
                runs[-1].append(place)
            else:
                runs.append([place])
            below = place.sheet, place.column, place.row + 1
        return [self._range(run[0], run[-1]) if run[1:] else self.at(run[0]) for run in runs]

    def length(self, parts: Iterable[str]) -> str:
        """How many characters stand in fields, rows and repeats."""
        inside = cells_in(self.layout)
        paths = [path for part in parts for path in inside.get(part, ())]
        return "+".join(f"SUMPRODUCT(LEN(TRIM({area})))" for area in self.areas(paths)) or "0"

    def rows_at(self, paths: Iterable[Path]) -> list[TableRow]:
        """The rows of tables with these paths."""
        return [rows_by_path(self.layout)[path] for path in paths]

    def count_in_use(self, paths: Iterable[Path]) -> str:
        """How many of some rows of tables have something filled in."""
        rows = self.rows_at(paths)
        try:
            return f"SUMPRODUCT({self.in_use(rows)})"
        except NotLive:
            return "(" + "+".join(f"(({self.length([row.path])})>0)" for row in rows) + ")"

    def _range(self, first: Place, last: Place) -> str:
        return f"{self.at(first)}:{absolute_name(last.row, last.column)}"

    def at(self, place: Place) -> str:
        """The cell at a place, or the first of those that are merged there."""
        name = absolute_name(place.row, place.column)
        if place.sheet == self._here:
            return name
        return f"{quoted(self.layout.sheets[place.sheet].sheet.name)}!{name}"


def _corner(place: Place) -> tuple[int, int, int]:
    return place.sheet, place.column, place.row
