"""Where every cell of a form stands. Data only; rows and columns count from 0."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from ptxl.model.form import Cell, Field, Form, Sheet
from ptxl.model.path import Path


@dataclass(frozen=True, slots=True)
class Place:
    """Where one cell of the form stands: the top left corner and how far it reaches."""

    sheet: int
    row: int
    column: int
    across: int = 1
    down: int = 1

    @property
    def single(self) -> bool:
        """Whether it is one row and one column of the sheet."""
        return self.across == self.down == 1

    @property
    def cells(self) -> Iterator[tuple[int, int]]:
        """Row and column of every cell that it covers."""
        return product(
            range(self.row, self.row + self.down), range(self.column, self.column + self.across)
        )


@dataclass(frozen=True, slots=True)
class PlacedCell:
    """A cell of the form and its place."""

    place: Place
    cell: Cell


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """One sheet laid out. `heights` in points are the least that rows need; others are as usual."""

    sheet: Sheet
    cells: tuple[PlacedCell, ...]
    rows: int
    columns: int
    heights: Mapping[int, float]
    #: rows that programs may fit to what is typed into them
    growing: frozenset[int]
    breaks: tuple[int, ...]
    head: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class ListBlock:
    """One level of a list on the hidden list sheet: `parents` and `names`, sorted by parent."""

    column: int
    parents: tuple[str, ...]
    names: tuple[str, ...]


#: a row added to a table: the path of the table, the number of the issued row whose like it is, and
#: how many of the table's issued rows stand above it
Added = tuple[str, int, int]


@dataclass(frozen=True, eq=False)
class Layout:
    """All sheets laid out, and the place of every field by its path.

    Compared by identity: one layout serves a whole round, and what is derived from it is cached.
    """

    form: Form
    sheets: tuple[SheetLayout, ...]
    places: Mapping[str, Place]
    lists: Mapping[tuple[str, int], ListBlock]
    in_use: frozenset[str]
    fields: Mapping[str, Field]
    #: the row or repeat that a field or table belongs to
    owners: Mapping[str, Path]
    #: of each list of repeats: how many must be there, and how many there are
    repeats: Mapping[str, tuple[int, int]]
    #: the form as issued, where this is one to whose tables rows were added
    issued: Layout | None = None
    added: tuple[Added, ...] = ()
    #: the form with all that is asked of any unit, where this is that of one of whom not all is
    whole: Layout | None = None
    #: of all that it was made of, so that what is derived from it can be kept; "" if not known
    key: str = ""

    def below(self, path: Path) -> Iterator[Field]:
        """Yield the fields of a table, row or group, in their order."""
        return (field for field in self.fields.values() if field.path.is_under(path))
