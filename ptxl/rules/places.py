"""Where a rule points (`at`) → the cells that must be answered for it to be asked, and its place.

A template may share rules with one that is laid out otherwise: a target value may stand in one cell
or in three, a category may be chosen or printed. What a rule points at is found in either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from ptxl.model.form import Rule
from ptxl.model.layout import Layout, Place
from ptxl.model.path import TOP, Path
from ptxl.values.target_value import PARTS, split_paths
from ptxl.values.ticks import ticks_in

#: the printed cells above a table that say what stands below them
_HEAD = "head"


@dataclass(frozen=True, slots=True)
class Spot:
    """An answer that a rule points at: it is asked while one of the `asked` cells is answered.

    Its finding stands at `cell`, blank or not, or else at the first of those that is answered.
    Where the first does not stand `for_all` of them, a spreadsheet looks at each.
    """

    asked: tuple[Path, ...]
    cell: Path | None = None
    for_all: bool = True

    @property
    def told_by(self) -> tuple[Path, ...]:
        """The cells by which a spreadsheet tells whether it is answered."""
        return self.asked[:1] if self.for_all else self.asked


def fields_at(layout: Layout, rule: Rule) -> Iterator[Path]:
    """The fields that a rule points at: one, those of a group or table, or those of a column."""
    table, name = (rule.each, rule.at) if rule.each else (rule.at.column or (TOP, rule.at))
    for path in map(Path, layout.fields):
        row = next((row for row in path.rows if table and row.parent == table), TOP)
        if bool(row) == bool(table) and path.below(row).is_under(name):
            yield path


@lru_cache(maxsize=1 << 15)
def spot_of(layout: Layout, path: Path) -> Spot | None:
    """What a path stands for in a form; None where it is no answer, but a table or a group.

    `value` is the amount of a value split over cells, and `value.unit` the one cell of one that is
    not. Where a category is printed, the first answer in its row stands for it.
    """
    ticked = ticks_in(layout).get(path)
    if ticked:
        return Spot(tuple(ticked.cells.values()), for_all=False)
    split = split_paths(layout)
    whole = path.parent if path.name in PARTS else path
    if whole in split:
        sign, amount, unit = map(Path, split[whole])
        return Spot((amount, sign, unit), None if path == whole else path)
    for cell in (path, whole):
        if cell in layout.fields:
            return Spot((cell,), cell)
    first = _beside_printed(layout).get(path)
    return Spot((first,), first) if first else None


def head_of(layout: Layout, table: Path, column: str = "") -> Place | None:
    """The head of a column, or the first one of a table; None where none is printed."""
    first = next((path for path in layout.fields if Path(path).is_under(table / 0)), None)
    if first is None:
        return None
    spot = spot_of(layout, table / 0 / column) if column else None
    below = layout.places[spot.asked[0] if spot else first]
    for placed in layout.sheets[below.sheet].cells:
        place = placed.place
        lies_above = place.row + place.down == below.row and placed.cell.style == _HEAD
        reaches = place.column <= below.column < place.column + place.across
        if lies_above and (reaches or not column):
            return place
    return None


@lru_cache(maxsize=64)
def _beside_printed(layout: Layout) -> Mapping[Path, Path]:
    """For each answer that is printed in a row of a table, the first that is filled in there."""
    found: dict[Path, Path] = {}
    for table in layout.form.tables:
        for row in table.rows:
            first = next((field.path for field in row.fields if not field.compute), None)
            if first:
                found.update(dict.fromkeys(map(row.path.__truediv__, row.given), first))
    return found
