"""Form → where every cell goes. Writer and reader both ask here, and nobody else knows.

Rows and columns count from 0 here and in the modules that touch workbooks; people see `项目1!B4`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

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
    for index, sheet in enumerate(form.sheets):
        list(_place(sheet, index, problems))
        problems.extend(_split_heads(sheet))
    return problems


def _lay_out_sheet(form: Form, index: int) -> SheetLayout:
    sheet = form.sheets[index]
    cells = tuple(_place(sheet, index, []))
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


def _place(sheet: Sheet, index: int, problems: list[Misplacement]) -> Iterator[PlacedCell]:
    """Like an HTML table: each cell takes the next column that no cell above reaches into."""
    taken: dict[tuple[int, int], Cell] = {}
    for number, row in enumerate(sheet.rows):
        column = 0
        for cell in row.cells:
            if cell.column:
                column = cell.column - 1
            while not cell.column and (number, column) in taken:
                column += 1
            problems.extend(_problem(sheet, cell, number, column, taken))
            for position in _positions(number, column, cell):
                taken[position] = cell
            yield PlacedCell(Place(index, number, column, cell.across, cell.down), cell)
            column += cell.across


def _split_heads(sheet: Sheet) -> Iterator[Misplacement]:
    """A program repeats one block of rows on every page: head rows must stand together."""
    heads = [number for number, row in enumerate(sheet.rows) if row.head]
    if heads and heads[-1] - heads[0] != len(heads) - 1 and sheet.rows[heads[-1]].cells:
        cell = sheet.rows[heads[-1]].cells[0]
        yield Misplacement(cell, "heads_apart")


def _problem(
    sheet: Sheet, cell: Cell, row: int, column: int, taken: Mapping[tuple[int, int], Cell]
) -> Iterator[Misplacement]:
    if column + cell.across > len(sheet.columns):
        yield Misplacement(cell, "over_columns", {"columns": len(sheet.columns)})
    if row + cell.down > len(sheet.rows):
        yield Misplacement(cell, "over_rows")
    met = next((taken[at] for at in _positions(row, column, cell) if at in taken), None)
    if met is None:
        return
    if met.field:
        yield Misplacement(cell, "on_field", {"path": met.field.path})
    else:
        yield Misplacement(cell, "on_text", {"text": met.text[:20]})


def _positions(row: int, column: int, cell: Cell) -> Iterable[tuple[int, int]]:
    return ((row + y, column + x) for y in range(cell.down) for x in range(cell.across))


# -- lists


def _list_blocks(form: Form) -> dict[tuple[str, int], ListBlock]:
    blocks: dict[tuple[str, int], ListBlock] = {}
    column = 0
    for name, tree in form.lists.items():
        level, pairs = 1, [("", node) for node in tree]
        while pairs:
            # Sorted by parent, so that the children of one category are one range.
            pairs.sort(key=lambda pair: pair[0])
            parents = tuple(parent for parent, _ in pairs)
            blocks[name, level] = ListBlock(column, parents, tuple(n.name for _, n in pairs))
            column += 2
            level += 1
            pairs = [(node.name, child) for _, node in pairs for child in node.children]
    return blocks
