"""The parts of an xlsx → what its judges look at: sheets, cells, tables, drawings, links.

Nothing is judged here, and nothing of another program's file is taken for granted: what is missing
or unusable is as if it were not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from ptxl.cells import Box, cell_name, parse_cell
from ptxl.inspection.looks import Looks
from ptxl.layout.helper_sheets import (
    IDENTITY_SHEET,
    MARKS_SHEET,
    OUTPUT_NAME,
    PROBLEM_LIST_NAME,
)
from ptxl.ooxml.package import (
    NOTHING,
    TRUE,
    Element,
    found,
    local,
    number_of,
    relation_id,
    whole_number_of,
)
from ptxl.ooxml.sheet import Position
from ptxl.ooxml.sheet import Sheet as Grid
from ptxl.ooxml.workbook import XlsxWorkbook

Kind = Literal["form", "marked", "problem_list", "report", "other"]
Held = Literal["blank", "text", "number", "error", "truth"]
_HELD: Mapping[str, Held] = {
    "s": "text", "str": "text", "inlineStr": "text", "d": "text", "e": "error", "b": "truth",
}  # fmt: skip
_OBJECTS = ("pic", "graphicFrame", "sp", "cxnSp", "grpSp")


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell holds: `text` is a text, or a number as the file has it; a formula's result.

    `small` is the size of the smallest letters in it, 0 where they are as its look says.
    """

    at: Position
    look: int
    held: Held
    text: str = ""
    formula: str | None = None
    small: float = 0

    @property
    def name(self) -> str:
        """`B4`."""
        return cell_name(*self.at)

    @property
    def blank(self) -> bool:
        """Whether nobody sees anything of it."""
        return not self.text.strip()


@dataclass(frozen=True, slots=True)
class Table:
    """A native table: the cells it covers, its headings, and what it says of itself."""

    name: str
    box: Box
    heads: int
    totals: int
    columns: tuple[str, ...]
    description: str
    style: str

    @property
    def lines(self) -> Box:
        """The cells below its headings."""
        return self.box._replace(top=self.box.top + self.heads)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture, shape or chart; `chart` is the root of a chart's part."""

    cell: str
    description: str
    chart: Element | None = None


@dataclass(frozen=True, slots=True)
class Hyperlink:
    """A link of a cell: to a place in the workbook, or to something outside."""

    cell: str
    place: str
    outside: str


@dataclass(frozen=True, slots=True)
class Name:
    """A defined name; `scope` is the index of the only sheet that knows it, or -1."""

    name: str
    scope: int
    formula: str


class Page:
    """One worksheet. `index` counts all sheets of the workbook, from 0."""

    def __init__(self, book: Book, index: int, name: str, state: str, part: str) -> None:
        self.book, self.index, self.name, self.part = book, index, name, part
        self.visible = state == "visible"
        self.root = book.package.tree(part)
        self.grid = Grid(self.root, part)
        self._widths: dict[int, float] = {}
        self._heights: dict[int, float] = {}

    def cell(self, at: Position) -> Cell:
        """A cell; a blank one where the file names none."""
        return self.cells.get(at, Cell(at, 0, "blank"))

    @cached_property
    def cells(self) -> Mapping[Position, Cell]:
        """All cells that the file names, by row and column from 0."""
        cells: dict[Position, Cell] = {}
        row = -1
        for line in self.root.iterfind("{*}sheetData/{*}row"):
            row = whole_number_of(line, "r", row + 2) - 1
            column = -1
            for element in line.iterfind("{*}c"):
                at = parse_cell(str(element.get("r"))) or (row, column + 1)
                column = at[1]
                cells[at] = self.book.cell(element, at)
        return cells

    @cached_property
    def filled(self) -> Sequence[Cell]:
        """The cells in which somebody sees something."""
        return tuple(cell for cell in self.cells.values() if not cell.blank)

    @cached_property
    def shown(self) -> Sequence[Cell]:
        """The filled cells whose row and column are not hidden."""
        return tuple(cell for cell in self.filled if self.is_shown(cell.at))

    @cached_property
    def formulas(self) -> Sequence[Cell]:
        """The cells that hold a formula."""
        return tuple(cell for cell in self.cells.values() if cell.formula is not None)

    def is_shown(self, at: Position) -> bool:
        """Whether a cell's row and column are not hidden."""
        return self.width(at[1]) > 0 and self.height(at[0]) > 0

    @cached_property
    def merges(self) -> Mapping[Position, Box]:
        """The merged ranges by their first cell."""
        names = self.root.iterfind("{*}mergeCells/{*}mergeCell")
        boxes = Box.parse_all(str(merge.get("ref")) for merge in names)
        return {(box.top, box.left): box for box in boxes}

    @cached_property
    def tables(self) -> Sequence[Table]:
        """The native tables."""
        relations = self.book.package.relations(self.part)
        parts = [one.target for one in relations if one.kind == "table"]
        roots = (self.book.package.tree(part) for part in parts if part in self.book.package)
        return tuple(filter(None, map(_table, roots)))

    @cached_property
    def lists(self) -> Sequence[Box]:
        """What people filter: native tables, and the range of a filter; with their headings."""
        filters = self.root.iterfind("{*}autoFilter")
        boxes = list(Box.parse_all(str(one.get("ref")) for one in filters))
        return [table.box for table in self.tables] + boxes

    @cached_property
    def drawings(self) -> Sequence[Drawing]:
        """What lies above the cells, notes left out."""
        return tuple(self.book.drawings(self.book.package.related(self.part, "drawing")))

    @cached_property
    def links(self) -> Sequence[Hyperlink]:
        """The links of cells."""
        outside = self.book.package.outside(self.part)
        links = []
        for one in self.root.iterfind("{*}hyperlinks/{*}hyperlink"):
            cell, place = str(one.get("ref", "")), str(one.get("location", ""))
            links.append(Hyperlink(cell, place, outside.get(relation_id(one), "")))
        return links

    @cached_property
    def frozen_rows(self) -> int:
        """How many rows stay at the top while the sheet is moved."""
        for pane in self.root.iterfind("{*}sheetViews/{*}sheetView/{*}pane"):
            if str(pane.get("state", "")).startswith("frozen"):
                return whole_number_of(pane, "ySplit")
        return 0

    @cached_property
    def protected(self) -> bool:
        """Whether only open cells can be typed into."""
        return found(self.root, "{*}sheetProtection").get("sheet") in TRUE

    def width(self, column: int) -> float:
        """The width of a column in characters, its inner margins with them; 0 when hidden."""
        if column not in self._widths:
            self._widths[column] = self.grid.column_width(column)
        return self._widths[column]

    def height(self, row: int) -> float:
        """The height of a row in points; 0 when hidden."""
        if row not in self._heights:
            self._heights[row] = self.grid.row_height(row)
        return self._heights[row]

    @cached_property
    def fixed_rows(self) -> frozenset[int]:
        """The rows whose height programs leave as it is."""
        rows = self.root.iterfind("{*}sheetData/{*}row")
        return frozenset(
            whole_number_of(row, "r") - 1 for row in rows if row.get("customHeight") in TRUE
        )

    def name_of(self, name: str) -> str:
        """The formula of a name that belongs to this sheet, such as its print area; or ""."""
        for defined in self.book.names:
            if (defined.name, defined.scope) == (name, self.index):
                return defined.formula
        return ""


class Book:
    """A workbook to be judged. Raises WorkbookError when it is none."""

    def __init__(self, parts: Mapping[str, bytes]) -> None:
        self.package = XlsxWorkbook(parts)
        self.root = self.package.tree(self.package.main)
        self.looks = Looks(self._beside("styles"), self._beside("theme"))
        self._strings = self._beside("sharedStrings")

    def _beside(self, kind: str) -> Element:
        return self._tree(self.package.related(self.package.main, kind))

    def _tree(self, part: str) -> Element:
        """The root of a part; one without anything where the part is not there."""
        if part in self.package:
            return self.package.tree(part)
        return NOTHING

    @cached_property
    def kind(self) -> Kind:
        """What ptxl wrote it for: told by the sheets and names that only it writes."""
        sheets, names = self.package.sheet_names, {name.name for name in self.names}
        told: Mapping[Kind, bool] = {
            "marked": {IDENTITY_SHEET, MARKS_SHEET} <= {*sheets},
            "form": IDENTITY_SHEET in sheets,
            "problem_list": PROBLEM_LIST_NAME in names,
            "report": OUTPUT_NAME in names,
        }
        return next((kind for kind, is_told in told.items() if is_told), "other")

    @cached_property
    def pages(self) -> Sequence[Page]:
        """The worksheets, hidden ones too, in order."""
        parts = self.package.sheet_parts
        pages = []
        for number, sheet in enumerate(self.root.iterfind("{*}sheets/{*}sheet")):
            name, state = str(sheet.get("name")), str(sheet.get("state", "visible"))
            if name in parts:
                pages.append(Page(self, number, name, state, parts[name]))
        return pages

    @cached_property
    def visible(self) -> Sequence[Page]:
        """The worksheets that people see."""
        return tuple(page for page in self.pages if page.visible)

    @cached_property
    def names(self) -> Sequence[Name]:
        """The defined names."""
        names = []
        for one in self.root.iterfind("{*}definedNames/{*}definedName"):
            scope = whole_number_of(one, "localSheetId", -1)
            names.append(Name(str(one.get("name")), scope, one.text or ""))
        return names

    @cached_property
    def sheet_names(self) -> frozenset[str]:
        """The names of all sheets, as programs compare them."""
        return frozenset(name.casefold() for name in self.package.sheet_names)

    def property(self, name: str) -> str:
        """A property of the document, such as its title; or ""."""
        properties = self._tree(self.package.related("", "core-properties"))
        return str(properties.findtext(f"{{*}}{name}", "")).strip()

    @cached_property
    def strings(self) -> Sequence[tuple[str, float]]:
        """The texts that cells share, each with the size of its smallest letters, or 0."""
        return list(map(_words, self._strings.iterfind("{*}si")))

    def cell(self, element: Element, at: Position) -> Cell:
        """What stands in the element of a cell."""
        kind = str(element.get("t", "n"))
        value = element.findtext("{*}v")
        text, small = str(value or ""), 0.0
        if kind == "s":
            text, small = self._shared(text)
        elif kind == "inlineStr":
            text, small = _words(found(element, "{*}is"))
        held: Held = "blank"
        if text or (kind == "str" and value is not None):
            held = _HELD.get(kind, "number")
        look = whole_number_of(element, "s")
        return Cell(at, look, held, text, element.findtext("{*}f"), small)

    def _shared(self, number: str) -> tuple[str, float]:
        """A text that cells share by its number; none where there is no such number."""
        if number.isdecimal() and int(number) < len(self.strings):
            return self.strings[int(number)]
        return "", 0.0

    def drawings(self, part: str) -> Iterator[Drawing]:
        """What a drawing holds: one for each anchor."""
        for anchor in self._tree(part):
            objects = [one for one in anchor.iter() if local(one) in _OBJECTS]
            if objects:
                yield self._drawing(part, anchor, objects[0])

    def _drawing(self, part: str, anchor: Element, drawn: Element) -> Drawing:
        description = str(found(drawn, ".//{*}cNvPr").get("descr", ""))
        if found(anchor, ".//{*}decorative").get("val") in TRUE:
            description = "-"
        target = self.package.target(part, relation_id(found(drawn, ".//{*}chart")))
        root = self.package.tree(target) if target in self.package else None
        return Drawing(_anchored(anchor), description.strip(), root)


def _anchored(anchor: Element) -> str:
    """The cell that the upper left corner of a drawing lies in, or ""."""
    column, row = (str(anchor.findtext(f"{{*}}from/{{*}}{what}")) for what in ("col", "row"))
    if column.isdecimal() and row.isdecimal():
        return cell_name(int(row), int(column))
    return ""


def _table(root: Element) -> Table | None:
    box = Box.parse(str(root.get("ref")))
    if box is None:
        return None
    return Table(
        name=str(root.get("displayName", "")), box=box,
        heads=whole_number_of(root, "headerRowCount", 1),
        totals=whole_number_of(root, "totalsRowCount"),
        columns=tuple(str(one.get("name", "")) for one in root.iter("{*}tableColumn")),
        description=next(filter(None, _descriptions(root)), ""),
        style=str(found(root, "{*}tableStyleInfo").get("name", "")),
    )  # fmt: skip


def _descriptions(root: Element) -> Iterator[str]:
    """What a table says of itself, in what newer programs add to it."""
    for one in root.iterfind(".//{*}table"):
        for key in ("altTextSummary", "altText"):
            yield str(one.get(key, "")).strip()


def _words(item: Element) -> tuple[str, float]:
    """The text of a string without its phonetic guides, and the size of its smallest letters."""
    texts = [*item.iterfind("{*}t"), *item.iterfind("{*}r/{*}t")]
    sizes = [number_of(size, "val", 0) for size in item.iterfind("{*}r/{*}rPr/{*}sz")]
    return "".join(str(text.text or "") for text in texts), min(filter(None, sizes), default=0)
