"""Form → where every cell goes. Writer and reader both ask here, and nobody else knows.

Rows and columns count from 0 here and in the modules that touch workbooks; people see `项目1!B4`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from operator import itemgetter

from ptxl.layout.heights import growing_rows, row_heights
from ptxl.model.form import Cell, Form, Sheet
from ptxl.model.layout import Layout, ListBlock, Place, PlacedCell, SheetLayout


@dataclass(frozen=True, slots=True)
class Misplacement:
    """A cell that has no room: it reaches over the sheet's columns, or onto another cell.

    `code` and `facts` are those of a fault.
    """

    cell: Cell
    code: str
    facts: Mapping[str, object] = field(default_factory=dict)


def lay_out(form: Form) -> Layout:
    """Place every cell of a form. Cells without room stay where they collide: see `misplaced`."""
    sheets = tuple(_lay_out_sheet(form, index) for index in range(len(form.sheets)))
    places: dict[str, Place] = {
        placed.cell.field.path: placed.place
        for layout in sheets
        for placed in layout.cells
        if placed.cell.field
    }
    return Layout(
        form,
        sheets,
        places,
        _list_blocks(form),
        form.rows_in_use(),
        {field.path: field for field in form.fields()},
        form.owners(),
        {
            table.path: (max((group.least for group in table.groups), default=0), table.repeats)
            for table in form.tables
            if table.layout == "repeat"
        },
    )


def misplaced(form: Form) -> list[Misplacement]:
    """All cells of a form that have no room of their own."""
    problems: list[Misplacement] = []
    for number, sheet in enumerate(form.sheets):
        taken: dict[tuple[int, int], Cell] = {}
        for placed in _place(sheet, number):
            problems.extend(_problem(sheet, placed, taken))
            taken.update(dict.fromkeys(placed.place.cells, placed.cell))
        problems.extend(_split_heads(sheet))
    return problems


def _lay_out_sheet(form: Form, index: int) -> SheetLayout:
    sheet = form.sheets[index]
    cells = tuple(_place(sheet, index))
    heads = [number for number, row in enumerate(sheet.rows) if row.head]
    return SheetLayout(
        sheet=sheet,
        cells=cells,
        rows=len(sheet.rows),
        columns=len(sheet.columns),
        heights=row_heights(form, sheet, cells, {}),
        growing=growing_rows(sheet, cells),
        breaks=tuple(number for number, row in enumerate(sheet.rows) if row.page_break),
        head=(heads[0], heads[-1]) if heads else None,
    )


def _place(sheet: Sheet, index: int) -> Iterator[PlacedCell]:
    """Like an HTML table: each cell takes the next column that no cell above reaches into."""
    taken: set[tuple[int, int]] = set()
    for number, row in enumerate(sheet.rows):
        column = 0
        for cell in row.cells:
            while (number, column) in taken:
                column += 1
            if cell.column:
                column = cell.column - 1
            place = Place(index, number, column, cell.across, cell.down)
            yield PlacedCell(place, cell)
            taken.update(place.cells)
            column += cell.across


def _split_heads(sheet: Sheet) -> Iterator[Misplacement]:
    """A program repeats one block of rows on every page: head rows must stand together."""
    heads = [number for number, row in enumerate(sheet.rows) if row.head]
    if heads and heads[-1] - heads[0] != len(heads) - 1 and sheet.rows[heads[-1]].cells:
        cell = sheet.rows[heads[-1]].cells[0]
        yield Misplacement(cell, "heads_apart")


def _problem(
    sheet: Sheet, placed: PlacedCell, taken: Mapping[tuple[int, int], Cell]
) -> Iterator[Misplacement]:
    place, cell = placed.place, placed.cell
    if place.column + cell.across > len(sheet.columns):
        yield Misplacement(cell, "over_columns", {"columns": len(sheet.columns)})
    if place.row + cell.down > len(sheet.rows):
        yield Misplacement(cell, "over_rows")
    met = taken.keys() & set(place.cells)
    if met:
        yield _collision(cell, taken[min(met)])


def _collision(cell: Cell, other: Cell) -> Misplacement:
    if other.field:
        return Misplacement(cell, "on_field", {"path": other.field.path})
    return Misplacement(cell, "on_text", {"text": other.text[:20]})


# -- lists


def _list_blocks(form: Form) -> dict[tuple[str, int], ListBlock]:
    blocks: dict[tuple[str, int], ListBlock] = {}
    for name, tree in form.lists.items():
        level, pairs = 1, [("", node) for node in tree]
        while pairs:
            # Sorted by parent, so that the children of one category are one range.
            pairs.sort(key=itemgetter(0))
            parents, nodes = zip(*pairs, strict=True)
            names = tuple(node.name for node in nodes)
            blocks[name, level] = ListBlock(2 * len(blocks), parents, names)
            level += 1
            pairs = [(node.name, child) for node in nodes for child in node.children]
    return blocks
