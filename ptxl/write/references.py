"""Layout → references to its cells for formulas: cells, columns, and what is filled in. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from ptxl.cells import absolute_name, quoted
from ptxl.model.form import TableRow
from ptxl.model.layout import Layout, Place
from ptxl.model.path import Path
from ptxl.rules import NotLive
from ptxl.rules.conditions import Condition, conditions


@lru_cache(maxsize=64)
def cells_in(layout: Layout) -> Mapping[str, Sequence[Path]]:
    """The fields that a clerk fills in, for each field itself and each row and repeat around it."""
    found: dict[str, list[Path]] = {}
    for field in layout.form.fields():
        if not field.reviewer:
            for part in {field.path, *field.path.rows}:
                found.setdefault(part, []).append(field.path)
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

    def cell(self, path: str) -> str:
        """The cell of a field: `'项目1'!$B$4`."""
        return self._at(self.layout.places[path])

    def column(self, rows: Sequence[TableRow], name: str) -> str:
        """The range of a column, or an array of what is printed in it. Raises NotLive."""
        if all(name in row.given for row in rows):
            texts = (row.given[name].replace('"', '""') for row in rows)
            return "{" + ";".join(f'"{text}"' for text in texts) + "}"
        places = [self.layout.places.get(row.path / name) for row in rows]
        first, last = places[0], places[-1]
        if not all(places) or first is None or last is None:
            raise NotLive("a column that is printed in some rows only")
        if (last.sheet, last.row) != (first.sheet, first.row + len(places) - 1):
            raise NotLive("rows that do not follow each other")
        return self._range(first, last)

    def in_use(self, rows: Sequence[TableRow]) -> str:
        """An array that is 1 for each row in which something is filled in. Raises NotLive."""
        names = {field.path.below(row.path) for row in rows for field in row.fields}
        if any(name in row.given for row in rows for name in names):
            raise NotLive("a column that is printed in some rows only")
        columns = [self.column(rows, name) for name in sorted(names)]
        return "((" + "+".join(f"LEN(TRIM({column}))" for column in columns) + ">0)*1)"

    def areas(self, paths: Iterable[str]) -> list[str]:
        """The cells of fields, those below each other as one range."""
        runs: list[tuple[Place, Place]] = []
        places = (self.layout.places[path] for path in paths)
        for place in sorted(places, key=lambda p: (p.sheet, p.column, p.row)):
            above = replace(runs[-1][1], row=runs[-1][1].row + 1) if runs else None
            if above and _corner(above) == _corner(place):
                runs[-1] = (runs[-1][0], place)
            else:
                runs.append((place, place))
        return [self._range(*run) if run[0] != run[1] else self._at(run[0]) for run in runs]

    def length(self, parts: Iterable[str]) -> str:
        """How many characters stand in fields, rows and repeats."""
        inside = cells_in(self.layout)
        paths = [path for part in parts for path in inside.get(part, ())]
        return "+".join(f"SUMPRODUCT(LEN(TRIM({area})))" for area in self.areas(paths)) or "0"

    def count_in_use(self, paths: Collection[Path]) -> str:
        """How many of some rows of a table have something filled in."""
        tables = self.layout.form.tables
        rows = [row for table in tables for row in table.rows if row.path in paths]
        try:
            return f"SUMPRODUCT({self.in_use(rows)})"
        except NotLive:
            return "(" + "+".join(f"(({self.length([row.path])})>0)" for row in rows) + ")"

    def _range(self, first: Place, last: Place) -> str:
        return f"{self._at(first)}:{absolute_name(last.row, last.column)}"

    def _at(self, place: Place) -> str:
        name = absolute_name(place.row, place.column)
        if place.sheet == self._here:
            return name
        return f"{quoted(self.layout.sheets[place.sheet].sheet.name)}!{name}"


def _corner(place: Place) -> tuple[int, int, int]:
    return place.sheet, place.row, place.column
