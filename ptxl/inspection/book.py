"""The parts of an xlsx → what its judges look at: sheets, cells, tables, drawings, links.

Nothing is judged here, and nothing of another program's file is taken for granted: what is missing
or unusable is as if it were not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from ptxl.cells import Box, cell_name, column_name, parse_cell
from ptxl.inspection.looks import Looks
from ptxl.layout.helper_sheets import (
    IDENTITY_SHEET,
    MARKS_SHEET,
    OUTPUT_NAME,
    PROBLEM_LIST_NAME,
)
from ptxl.ooxml.package import TRUE, Element, local, number_of, relation_id, whole_number_of
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

    @cached_property
    def cells(self) -> Mapping[Position, Cell]:
        """All cells that the file names, by row and column from 0."""
        found: dict[Position, Cell] = {}
        row = -1
        for line in self.root.iterfind("{*}sheetData/{*}row"):
            row = whole_number_of(line, "r", row + 2) - 1
            column = -1
            for element in line.iterfind("{*}c"):
                at = parse_cell(str(element.get("r"))) or (row, column + 1)
                column = at[1]
                found[at] = self.book.cell(element, at)
        return found

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
        found = (
            _table(self.book.package.tree(part)) for part in parts if part in self.book.package
        )
        return tuple(filter(None, found))

    @cached_property
    def lists(self) -> Sequence[Box]:
        """What people filter: native tables, and the range of a filter; with their headings."""
        filters = self.root.iterfind("{*}autoFilter")
        boxes = list(Box.parse_all(str(one.get("ref")) for one in filters))
        return [table.box for table in self.tables] + boxes

    @cached_property
    def drawings(self) -> Sequence[Drawing]:
        """What lies above the cells, notes left out."""
        part = self.book.package.related(self.part, "drawing")
        return tuple(self.book.drawings(part)) if part in self.book.package else ()

    @cached_property
    def links(self) -> Sequence[Hyperlink]:
        """The links of cells."""
        outside = self.book.package.outside(self.part)
        found = self.root.iterfind("{*}hyperlinks/{*}hyperlink")
        return tuple(
            Hyperlink(
                str(one.get("ref", "")), str(one.get("location", "")),
                outside.get(relation_id(one), ""),
            )
            for one in found
        )  # fmt: skip

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
        protection = self.root.find("{*}sheetProtection")
        return protection is not None and protection.get("sheet") in TRUE

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

    def _beside(self, kind: str) -> Element | None:
        part = self.package.related(self.package.main, kind)
        return self.package.tree(part) if part in self.package else None

    @cached_property
    def kind(self) -> Kind:
        """What ptxl wrote it for: told by the sheets and names that only it writes."""
        sheets, names = self.package.sheet_names, {name.name for name in self.names}
        if IDENTITY_SHEET in sheets:
            return "marked" if MARKS_SHEET in sheets else "form"
        if PROBLEM_LIST_NAME in names:
            return "problem_list"
        return "report" if OUTPUT_NAME in names else "other"

    @cached_property
    def pages(self) -> Sequence[Page]:
        """The worksheets, hidden ones too, in order."""
        parts = self.package.sheet_parts
        found = self.root.findall("{*}sheets/{*}sheet")
        return tuple(
            Page(self, number, name, str(sheet.get("state", "visible")), parts[name])
            for number, sheet in enumerate(found)
            if (name := str(sheet.get("name"))) in parts
        )

    @cached_property
    def visible(self) -> Sequence[Page]:
        """The worksheets that people see."""
        return tuple(page for page in self.pages if page.visible)

    @cached_property
    def names(self) -> Sequence[Name]:
        """The defined names."""
        found = self.root.iterfind("{*}definedNames/{*}definedName")
        return tuple(
            Name(str(one.get("name")), whole_number_of(one, "localSheetId", -1), one.text or "")
            for one in found
        )

    @cached_property
    def sheet_names(self) -> frozenset[str]:
        """The names of all sheets, as programs compare them."""
        return frozenset(name.casefold() for name in self.package.sheet_names)

    def property(self, name: str) -> str:
        """A property of the document, such as its title; or ""."""
        part = self.package.related("", "core-properties")
        if part not in self.package:
            return ""
        found = self.package.tree(part).find(f"{{*}}{name}")
        return "" if found is None else (found.text or "").strip()

    @cached_property
    def strings(self) -> Sequence[tuple[str, float]]:
        """The texts that cells share, each with the size of its smallest letters, or 0."""
        items = [] if self._strings is None else self._strings.iterfind("{*}si")
        return [_words(item) for item in items]

    def cell(self, element: Element, at: Position) -> Cell:
        """What stands in the element of a cell."""
        kind = str(element.get("t", "n"))
        look = whole_number_of(element, "s")
        formula = element.find("{*}f")
        held = element.find("{*}v")
        text, small = "" if held is None else held.text or "", 0.0
        if kind == "s":
            number = int(text) if text.isdecimal() else len(self.strings)
            text, small = self.strings[number] if number < len(self.strings) else ("", 0.0)
        elif kind == "inlineStr":
            inner = element.find("{*}is")
            text, small = ("", 0.0) if inner is None else _words(inner)
        there = bool(text) or (kind == "str" and held is not None)
        return Cell(
            at, look, _HELD.get(kind, "number") if there else "blank", text,
            None if formula is None else formula.text or "", small,
        )  # fmt: skip

    def drawings(self, part: str) -> Iterator[Drawing]:
        """What a drawing holds: one for each anchor."""
        for anchor in self.package.tree(part):
            objects = [one for one in anchor.iter() if local(one) in _OBJECTS]
            if objects:
                yield self._drawing(part, anchor, objects[0])

    def _drawing(self, part: str, anchor: Element, drawn: Element) -> Drawing:
        about = drawn.find(".//{*}cNvPr")
        description = "" if about is None else str(about.get("descr", ""))
        decorative = [one for one in anchor.iter() if local(one) == "decorative"]
        if decorative and decorative[0].get("val") in TRUE:
            description = "-"
        chart = drawn.find(".//{*}chart")
        target = "" if chart is None else self.package.target(part, relation_id(chart))
        root = self.package.tree(target) if target in self.package else None
        return Drawing(_anchored(anchor), description.strip(), root)


def _anchored(anchor: Element) -> str:
    """The cell that the upper left corner of a drawing lies in, or ""."""
    texts = [anchor.findtext(f"{{*}}from/{{*}}{what}") or "" for what in ("col", "row")]
    if not all(text.isdecimal() for text in texts):
        return ""
    column, row = map(int, texts)
    return f"{column_name(column)}{row + 1}"


def _table(root: Element) -> Table | None:
    box = Box.parse(str(root.get("ref")))
    if box is None:
        return None
    described = [one for one in root.iter() if local(one) == "table" and one is not root]
    texts = [
        str(one.get(key, "")).strip() for one in described for key in ("altTextSummary", "altText")
    ]
    style = root.find("{*}tableStyleInfo")
    return Table(
        name=str(root.get("displayName", "")), box=box,
        heads=whole_number_of(root, "headerRowCount", 1),
        totals=whole_number_of(root, "totalsRowCount"),
        columns=tuple(str(one.get("name", "")) for one in root.iter("{*}tableColumn")),
        description=next(filter(None, texts), ""),
        style="" if style is None else str(style.get("name", "")),
    )  # fmt: skip


def _words(item: Element) -> tuple[str, float]:
    """The text of a string without its phonetic guides, and the size of its smallest letters."""
    runs = item.findall("{*}r")
    texts = [*item.findall("{*}t"), *(text for run in runs for text in run.findall("{*}t"))]
    sizes = [number_of(size, "val", 0) for run in runs for size in run.findall("{*}rPr/{*}sz")]
    return "".join(text.text or "" for text in texts), min(filter(None, sizes), default=0)
