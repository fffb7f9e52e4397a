"""Layout → what the blank form does by itself: blocks of equal cells, dropdowns, highlights.

Everything is written per block of neighbouring cells and with relative references, so that a
block's formula, seen from its first cell, holds for every cell in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from ptxl.cells import absolute_name, cell_name, column_name, quoted
from ptxl.layout.helper_sheets import LIST_SHEET
from ptxl.model.form import Field
from ptxl.model.layout import Layout, Place, SheetLayout
from ptxl.model.path import Path
from ptxl.values.kinds import kind_of

Corners = tuple[int, int, int, int]
_MOST_CELLS = 60  # that one formula looks at


@dataclass(frozen=True, slots=True)
class Block:
    """A rectangle of cells that ask for the same; `field` is that of the first cell."""

    place: Place
    field: Field
    last_row: int
    last_column: int

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


def answer_blocks(layout: SheetLayout) -> list[Block]:
    """All fields of a sheet in as few blocks as their shapes allow."""
    singles = [
        (_signature(p.cell.field), Block(p.place, p.cell.field, *_last(p.place)))
        for p in layout.cells
        if p.cell.field
    ]
    return [block for _, block in _joined(_joined(singles, _below), _beside)]


def _signature(field: Field) -> Field:
    """Fields with equal signatures share a validation; a row's own names do not matter."""
    tied = "tied" if field.under else ""
    label = field.label if hint_of(field) else ""
    return replace(field, path=Path(), label=label, required=False, under=tied, lines=1)


def hint_of(field: Field) -> str:
    """What Excel says when a cell of this field is chosen; nothing for plain texts."""
    if field.free and not field.prompt:
        return "从下拉列表选择，也可自行填写"
    return field.prompt or kind_of(field).hint.format(unit=field.unit)


def _last(place: Place) -> tuple[int, int]:
    return place.row + place.down - 1, place.column + place.across - 1


def _below(block: Block, other: Block) -> bool:
    same = (block.place.column, block.last_column) == (other.place.column, other.last_column)
    return same and block.last_row + 1 == other.place.row


def _beside(block: Block, other: Block) -> bool:
    same = (block.place.row, block.last_row) == (other.place.row, other.last_row)
    # A cascading choice looks at one column: its neighbours would look at another.
    return same and block.last_column + 1 == other.place.column and not block.field.under


def _joined(
    blocks: Iterable[tuple[Field, Block]], touches: Callable[[Block, Block], bool]
) -> list[tuple[Field, Block]]:
    found: list[tuple[Field, Block]] = []
    for signature, block in blocks:
        for position, (known, earlier) in enumerate(found):
            if known == signature and touches(earlier, block):
                grown = replace(earlier, last_row=block.last_row, last_column=block.last_column)
                found[position] = (known, grown)
                break
        else:
            found.append((signature, block))
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


def required_blocks(layout: Layout, sheet: SheetLayout) -> Iterator[tuple[Corners, str]]:
    """Blocks of required cells with the formula that is true while one lacks its answer."""
    yield from _required_fields(layout, sheet)
    yield from _required_groups(layout, sheet)


def _required_fields(layout: Layout, sheet: SheetLayout) -> Iterator[tuple[Corners, str]]:
    owners = _cells_by_owner(layout, sheet)
    wanted: list[Wanted] = []
    for placed in sheet.cells:
        field = placed.cell.field
        if field is None or not field.required or field.reviewer:
            continue
        owner = _asking_owner(layout, field.path)
        needs: tuple[str, ...] = ()
        if owner in owners:
            needs = tuple(_seen_from(cells, placed.place) for cells in owners[owner])
        wanted.append((needs, Block(placed.place, field, *_last(placed.place))))
    for needs, block in _joined_by_need(wanted):
        blank = f"LEN(TRIM({block.first}))=0"
        yield block.corners, f"=AND({blank},LEN({'&'.join(needs)})>0)" if needs else f"={blank}"


def _asking_owner(layout: Layout, path: str) -> str:
    """The row or repeat that must be in use for a field to be wanted; nothing if it always is."""
    owner = layout.owners[path]
    while owner in layout.in_use:
        owner = layout.owners.get(owner.parent, Path())
    return owner


def _cells_by_owner(layout: Layout, sheet: SheetLayout) -> dict[str, list[Place]]:
    owners: dict[str, list[Place]] = {}
    for placed in sheet.cells:
        if placed.cell.field and not placed.cell.field.reviewer:
            owner = layout.owners[placed.cell.field.path]
            while owner:
                if len(owners.setdefault(owner, [])) < _MOST_CELLS:
                    owners[owner].append(placed.place)
                owner = layout.owners.get(owner.parent, Path())
    return owners


def _seen_from(place: Place, first: Place) -> str:
    """A reference that moves with the row when it is in the same one, and else stays."""
    row = str(place.row + 1) if place.row == first.row else f"${place.row + 1}"
    return f"${column_name(place.column)}{row}"


Wanted = tuple[tuple[str, ...], Block]


def _joined_by_need(wanted: Iterable[Wanted]) -> list[Wanted]:
    """Join cells below each other whose rows ask alike, row numbers aside."""
    found: list[Wanted] = []
    shapes: list[object] = []
    for needs, block in wanted:
        own = str(block.place.row + 1)
        shape = tuple(need.removesuffix(own) if "$" not in need[1:] else need for need in needs)
        for position, (_, earlier) in enumerate(found):
            if shapes[position] == shape and _below(earlier, block):
                grown = replace(earlier, last_row=block.last_row)
                found[position] = (found[position][0], grown)
                break
        else:
            found.append((needs, block))
            shapes.append(shape)
    return found


def _required_groups(layout: Layout, sheet: SheetLayout) -> Iterator[tuple[Corners, str]]:
    """The first row of each category that must hold an answer, while it holds none."""
    places = {
        placed.cell.field.path: placed.place
        for placed in sheet.cells
        if placed.cell.field and not placed.cell.field.reviewer
    }
    for table in layout.form.tables:
        for group in table.groups:
            rows = [table.rows[i] for i in group.rows if i < len(table.rows)]
            cells = [places[f.path] for row in rows for f in row.fields if f.path in places]
            if not cells or _asking_owner(layout, group.table):
                continue
            row = rows[0].fields
            shown = [field for field in row if field.required] or list(row)
            first = [places[field.path] for field in shown if field.path in places]
            joined = "&".join(absolute_name(at.row, at.column) for at in cells[:_MOST_CELLS])
            for place in first:
                yield (place.row, place.column, *_last(place)), f"=LEN({joined})=0"
