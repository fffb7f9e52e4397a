"""Layout → blocks of cells that ask for the same, and the dropdowns of those with a list.

Everything is written per block of neighbouring cells and with relative references, so that a
block's formula, seen from its first cell, holds for every cell in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from ptxl.cells import cell_name, column_name, quoted
from ptxl.layout.helper_sheets import LIST_SHEET
from ptxl.model.form import Field
from ptxl.model.layout import Layout, Place, SheetLayout
from ptxl.model.path import Path
from ptxl.values.kinds import kind_of
from ptxl.words import Phrase, phrase

Corners = tuple[int, int, int, int]
Key = TypeVar("Key")
#: a line on the sheet: the row or column that it lies before, and from where to where it reaches
Edge = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Block:
    """A rectangle of cells that ask for the same; `field` is that of the first cell."""

    place: Place
    field: Field
    last_row: int
    last_column: int

    @classmethod
    def at(cls, place: Place, field: Field) -> Block:
        """The block of one cell, which may reach over several rows and columns."""
        return cls(place, field, place.row + place.down - 1, place.column + place.across - 1)

    @property
    def corners(self) -> Corners:
        """First row, first column, last row, last column, from 0."""
        return self.place.row, self.place.column, self.last_row, self.last_column

    @property
    def first(self) -> str:
        """The first cell, relative: `B4`."""
        return cell_name(self.place.row, self.place.column)

    @property
    def range_name(self) -> str:
        """`B4:B9`, or `B4` alone."""
        last = cell_name(self.last_row, self.last_column)
        return self.first if last == self.first else f"{self.first}:{last}"

    def top(self) -> Edge:
        """Where it begins, and which columns it takes."""
        return self.place.row, self.place.column, self.last_column

    def bottom(self) -> Edge:
        """The top of a block of the same width right below."""
        return self.last_row + 1, self.place.column, self.last_column

    def left(self) -> Edge | None:
        """Where it begins, and which rows it takes.

        None for a cascading choice, which looks at one column: its neighbours look at another.
        """
        if self.field.under:
            return None
        return self.place.column, self.place.row, self.last_row

    def right(self) -> Edge:
        """The left of a block of the same height right behind."""
        return self.last_column + 1, self.place.row, self.last_row

    def reaching(self, other: Block) -> Block:
        """The block that ends where another one does."""
        return replace(self, last_row=other.last_row, last_column=other.last_column)


def answer_blocks(layout: SheetLayout) -> list[Block]:
    """All fields of a sheet that are filled in, in as few blocks as their shapes allow."""
    singles = [
        (_signature(p.cell.field), Block.at(p.place, p.cell.field))
        for p in layout.cells
        if p.cell.field and (p.cell.field.is_open or p.cell.field.reviewer)
    ]
    columns = joined(singles, Block.top, Block.bottom)
    return [block for _, block in joined(columns, Block.left, Block.right)]


def _signature(field: Field) -> Field:
    """Fields with equal signatures share a validation; a row's own names do not matter."""
    tied = "tied" if field.under else ""
    label = field.label if hint_of(field) else ""
    return replace(
        field, path=Path(), label=label, required=False, under=tied, lines=1, tick="", several=False
    )


def hint_of(field: Field) -> Phrase | str:
    """What Excel says when a cell of this field is chosen; nothing for plain texts."""
    code = "free_choice" if field.free else kind_of(field).hint
    return field.prompt or (phrase(f"hints.{code}", unit=field.unit) if code else "")


def joined(
    blocks: Iterable[tuple[Key, Block]],
    start: Callable[[Block], Edge | None],
    end: Callable[[Block], Edge],
) -> list[tuple[Key, Block]]:
    """Join blocks with equal keys into one wherever the next starts at the end of the first."""
    found: list[tuple[Key, Block]] = []
    ends: dict[tuple[Key, Edge | None], int] = {}
    for key, block in blocks:
        position = ends.pop((key, start(block)), len(found))
        if position == len(found):
            found.append((key, block))
        else:
            found[position] = (key, found[position][1].reaching(block))
        ends[key, end(found[position][1])] = position
    return found


def choice_formula(layout: Layout, block: Block) -> str:
    """The dropdown's source: a range on the list sheet, below a category only that category's.

    Children stand sorted by parent, so that one category's are a range of their own. While the
    parent is blank or unknown the whole list is offered.
    """
    field = block.field
    entries = layout.lists[field.among, field.level]
    last = len(entries.names) + 1
    sheet, names = quoted(LIST_SHEET), column_name(entries.column + 1)
    if not field.under:
        return f"={sheet}!${names}$2:${names}${last}"
    parents = column_name(entries.column)
    parent = layout.places[field.under]
    key = f"${column_name(parent.column)}{block.place.row + 1}"
    column = f"{sheet}!${parents}$2:${parents}${last}"
    count = f"COUNTIF({column},{key})"
    start = f"IF({count}=0,0,MATCH({key},{column},0)-1)"
    height = f"IF({count}=0,{last - 1},{count})"
    return f"=OFFSET({sheet}!${names}$2,{start},0,{height},1)"
