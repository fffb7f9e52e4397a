"""Form → where every cell goes. Writer and reader both ask here, and nobody else knows.

Rows and columns count from 0 here and in the modules that touch workbooks; people see `项目1!B4`.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from ptxl.form import Cell, Field, Form, Node, Row, Sheet, Style, TableRow, fill_marks

#: sheets that ptxl adds to a form
GUIDE_SHEET = "填报说明"
CHECK_SHEET = "填报自查"
NOTES_SHEET = "备注"
REVIEW_SHEET = "审核意见"
LIST_SHEET = "_lists"
IDENTITY_SHEET = "_ptxl"
MAP_SHEET = "_map"
#: what stands on these is no answer
OWN_SHEETS = (
    GUIDE_SHEET, CHECK_SHEET, NOTES_SHEET, LIST_SHEET, IDENTITY_SHEET, MAP_SHEET, REVIEW_SHEET,
    "_marks",
)  # fmt: skip
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384

_POINTS_PER_LINE = 1.42  # of the font size: the tallest of the fonts that stand in for 宋体
_PADDING = 5.0
_TALLEST = 409.0  # Excel's limit for one row
#: what a mark is taken to be worth when space is reserved: unit names are long, codes short
_MARK_WIDTHS = {"name": "部" * 18, "department": "部" * 14, "code": "0" * 12, "serial": "0" * 12}


@dataclass(frozen=True, slots=True)
class Place:
    """Where one cell of the form stands: the top left corner and how far it reaches."""

    sheet: int
    row: int
    column: int
    across: int = 1
    down: int = 1


@dataclass(frozen=True, slots=True)
class PlacedCell:
    """A cell of the form and its place."""

    place: Place
    cell: Cell


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """One sheet laid out. `heights` in points; a row missing there grows with its own text."""

    sheet: Sheet
    cells: tuple[PlacedCell, ...]
    rows: int
    columns: int
    heights: Mapping[int, float]
    breaks: tuple[int, ...]
    head: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class ListBlock:
    """One level of a list on the hidden list sheet: `parents` and `names`, sorted by parent."""

    column: int
    parents: tuple[str, ...]
    names: tuple[str, ...]


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
    owners: Mapping[str, str]
    #: of each list of repeats: how many must be there, and how many there are
    repeats: Mapping[str, tuple[int, int]]
    #: the form as issued, where this is one to whose tables rows were added
    issued: Layout | None = None
    added: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Misplacement:
    """A cell that has no room: it reaches over the sheet's columns, or onto another cell."""

    cell: Cell
    message: str


def on_a_sheet(row: int, column: int) -> bool:
    """Whether a sheet has such a cell."""
    return 0 <= row < _LAST_ROW and 0 <= column < _LAST_COLUMN


def cell_name(row: int, column: int) -> str:
    """`B4` for row 3, column 1."""
    return f"{column_name(column)}{row + 1}"


def column_name(column: int) -> str:
    """`A` for 0, `AA` for 26."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def lay_out(form: Form) -> Layout:
    """Place every cell of a form. Cells without room stay where they collide: see `misplaced`."""
    sheets = tuple(_lay_out_sheet(form, index) for index in range(len(form.sheets)))
    places = {
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


@lru_cache(maxsize=64)
def with_rows(layout: Layout, added: tuple[tuple[str, int], ...]) -> Layout:
    """The layout of a form to whose tables rows were added, in that order.

    Each is told by the path of its table and the number of the row whose like it is. It comes
    behind the table's last row, belongs to the category of its like, and is placed below all that
    its sheet was issued with, since nobody but the reader knows where it stands.
    """
    tables = {table.path: table for table in layout.form.tables}
    sheets = list(layout.form.sheets)
    for path, like in added:
        table = tables[path]
        model = table.rows[like]
        row = _like(model, f"{path}[{len(table.rows)}]")
        groups = tuple(
            replace(group, rows=(*group.rows, len(table.rows))) if like in group.rows else group
            for group in table.groups
        )
        tables[path] = replace(table, rows=(*table.rows, row), groups=groups)
        number = layout.places[model.fields[0].path].sheet
        cells = {p.cell.field.path: p for p in layout.sheets[number].cells if p.cell.field}
        fields = zip(model.fields, row.fields, strict=True)
        printed = tuple(
            replace(cells[old.path].cell, field=new, column=cells[old.path].place.column + 1)
            for old, new in fields
        )
        sheet = sheets[number]
        sheets[number] = replace(sheet, rows=(*sheet.rows, Row(cells=printed)))
    form = replace(layout.form, sheets=tuple(sheets), tables=tuple(tables.values()))
    return replace(lay_out(form), issued=layout, added=added)


def _like(model: TableRow, path: str) -> TableRow:
    def moved(name: str) -> str:
        inside = name.startswith(f"{model.path}.")
        return path + name.removeprefix(model.path) if inside else name

    fields = tuple(
        replace(field, path=moved(field.path), under=moved(field.under)) for field in model.fields
    )
    return TableRow(path=path, fields=fields, given=model.given)


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
        yield Misplacement(cell, "rows that repeat on every page must stand together")


def _problem(
    sheet: Sheet, cell: Cell, row: int, column: int, taken: Mapping[tuple[int, int], Cell]
) -> Iterator[Misplacement]:
    if column + cell.across > len(sheet.columns):
        message = f"the cell reaches over the {len(sheet.columns)} columns of its sheet"
        yield Misplacement(cell, message)
    if row + cell.down > len(sheet.rows):
        yield Misplacement(cell, "the cell reaches down over the last row of its sheet")
    met = next((taken[at] for at in _positions(row, column, cell) if at in taken), None)
    if met is not None:
        what = f'the field "{met.field.path}"' if met.field else f'the text "{met.text[:20]}"'
        yield Misplacement(cell, f"the cell stands on another cell, {what}")


def _positions(row: int, column: int, cell: Cell) -> Iterable[tuple[int, int]]:
    return ((row + y, column + x) for y in range(cell.down) for x in range(cell.across))


def in_force(layout: Layout, owner: str, answered: Container[str]) -> bool:
    """Whether the required fields of a row or repeat are wanted.

    They are when something in it is answered, or when it is one of those that must be there; of
    repeats that must be there, others may stand in: who fills in only 项目2 has a project.
    """
    if not owner or owner in answered:
        return True
    if owner not in layout.in_use:
        return False
    table = owner.rpartition("[")[0]
    repeats = layout.repeats.get(table)
    if repeats:
        least, count = repeats
        if sum(f"{table}[{index}]" in answered for index in range(count)) >= least:
            return False
    return in_force(layout, layout.owners.get(table, ""), answered)


# -- row heights


def display_width(text: str) -> int:
    """Width in half-width characters: a Chinese character counts two."""
    return sum(_character_width(character) for character in text)


@lru_cache(maxsize=8192)
def _character_width(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WFA" else 1


def lines_needed(text: str, width: float, size: float = 10.5) -> int:
    """How many lines a wrapped text takes in a cell `width` characters wide."""
    # Column widths count digits of an 11-point font; other sizes take more or less room, and two
    # half-width characters of a cell are its inner margins.
    room = max(2.0, (width - 1.0) * 11.0 / (size * 1.03))
    return sum(max(1, math.ceil(display_width(line) / room)) for line in text.split("\n"))


def row_heights(
    form: Form, sheet: Sheet, cells: Iterable[PlacedCell], answers: Mapping[str, str]
) -> dict[int, float]:
    """The height in points of each row that needs more than the sheet's usual one.

    `answers` are texts by path of field. Rows that need no more are left without a height of their
    own, since a fixed height no longer grows while somebody types; merged cells never make a row
    grow, so where they need room their row is fixed.
    """
    heights = {number: row.height for number, row in enumerate(sheet.rows) if row.height}
    tall: list[tuple[Place, float]] = []
    for placed in cells:
        needed = _needed(form, sheet, placed, answers)
        if placed.place.down > 1:
            tall.append((placed.place, needed))
        elif needed > max(heights.get(placed.place.row, 0), sheet.row_height):
            heights[placed.place.row] = needed
    for place, needed in tall:
        _spread(heights, place, needed, sheet.row_height)
    return {row: min(round(height, 2), _TALLEST) for row, height in sorted(heights.items())}


def _needed(form: Form, sheet: Sheet, placed: PlacedCell, answers: Mapping[str, str]) -> float:
    place, cell = placed.place, placed.cell
    style = form.styles.get(cell.style, Style())
    text, least = fill_marks(cell.text, _MARK_WIDTHS), 1
    if cell.field:
        text, least = answers.get(cell.field.path, cell.field.blank), cell.field.lines
    if not text and least == 1:
        return sheet.row_height
    width = sum(sheet.columns[place.column : place.column + place.across])
    lines = max(least, lines_needed(text, width, style.size))
    return max(sheet.row_height, lines * style.size * _POINTS_PER_LINE + _PADDING)


def _spread(heights: dict[int, float], place: Place, needed: float, usual: float) -> None:
    """Make the rows under a tall cell high enough together, each by the same amount."""
    rows = range(place.row, place.row + place.down)
    lacking = needed - sum(heights.get(row, usual) for row in rows)
    if lacking > 0:
        for row in rows:
            heights[row] = heights.get(row, usual) + lacking / place.down


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


def list_names(form: Form, field: Field, parent: str | None = None) -> tuple[str, ...]:
    """The words that a choice may be answered with; with `parent`, those below that category."""

    def walk(nodes: tuple[Node, ...], level: int, above: str) -> Iterator[str]:
        for node in nodes:
            if level == field.level and parent in (None, above):
                yield node.name
            yield from walk(node.children, level + 1, node.name)

    return tuple(walk(form.lists.get(field.among, ()), 1, ""))


def squeeze(text: str) -> str:
    """A printed text without its white space: how labels are compared."""
    return re.sub(r"\s+", "", text)
