"""The boxes of notes in the legacy drawing (VML) of a sheet: where they stand and how large."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree

from ptxl.mark.cells import last_column
from ptxl.ooxml.package import Element, Package, element, insert_in_order, local, remove_element
from ptxl.ooxml.patch import Position
from ptxl.text import lines_needed

_DRAWING_TYPE = ".application/vnd.openxmlformats-officedocument.vmlDrawing"
_SHEET_ORDER = (
    "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr",
    "sheetProtection", "protectedRanges", "scenarios", "autoFilter", "sortState",
    "dataConsolidate", "customSheetViews", "mergeCells", "phoneticPr", "conditionalFormatting",
    "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup", "headerFooter",
    "rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags",
    "drawing", "legacyDrawing",
)  # fmt: skip
_WIDTHS = (250, 400)  # of a box in pixels, for short and for long texts
_LONG_TEXT = 160
_LINE, _MARGIN = 16, 12  # pixels
_SPACES = {
    "v": "urn:schemas-microsoft-com:vml",
    "o": "urn:schemas-microsoft-com:office:office",
    "x": "urn:schemas-microsoft-com:office:excel",
}
_DECLARED = " ".join(f'xmlns:{prefix}="{space}"' for prefix, space in _SPACES.items())
_SHAPES_IN_BLOCK = 1024
_MOST_WALKED = 300  # hidden columns have no width
_EMPTY_DRAWING = (
    f'<xml {_DECLARED}><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="{{}}"/>'
    "</o:shapelayout></xml>"
)
_SHAPE_TYPE = (
    f'<v:shapetype {_DECLARED} id="_x0000_t202" coordsize="21600,21600" o:spt="202" '
    'path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/>'
    '<v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
_SHAPE = (
    f'<v:shape {_DECLARED} id="_x0000_s{{id}}" type="#_x0000_t202" style="{{style}}" '
    'fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/>'
    '<v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/>'
    '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"/></v:textbox>'
    '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
    "<x:Anchor>{anchor}</x:Anchor><x:AutoFill>False</x:AutoFill>"
    "<x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
)


@dataclass(frozen=True, slots=True)
class Box:
    """Where a note's box stands: as old readers want it (points) and as Excel wants it (cells)."""

    style: str
    anchor: str


class Drawing:
    """The legacy drawing of a sheet; made at the first box. Raises PatchError when it is broken."""

    def __init__(self, package: Package, part: str) -> None:
        self._package, self._sheet = package, part
        self._root: Element | None = None
        self._part = ""
        self._rulers = _Rulers(package.tree(part))
        link = package.tree(part).find("{*}legacyDrawing")
        if link is not None:
            wanted = link.get(f"{{{package.office}}}id")
            parts = [r.target for r in package.relations(part) if r.id == wanted]
            self._part = parts[0] if parts else ""
            self._root = package.tree(self._part)
        self._known = {_row_and_column(shape): shape for shape in self._notes()}

    def shape(self, position: Position) -> Element | None:
        return self._known.get(position)

    def box(self, position: Position, text: str) -> Box:
        """A box beside a cell, large enough for its text."""
        width = _WIDTHS[len(text) > _LONG_TEXT]
        height = lines_needed(text, width / 7, 9) * _LINE + _MARGIN
        beside = position[0], last_column(self._package.tree(self._sheet), position)
        return self._rulers.box(beside, width, height)

    def add(self, position: Position, box: Box) -> None:
        """A new box, hidden until the mouse is over its cell."""
        root = self._edit()
        xml = _SHAPE.format(
            id=self._next_id(root), style=box.style, anchor=box.anchor,
            row=position[0], column=position[1],
        )  # fmt: skip
        shape = etree.fromstring(xml)
        root.append(shape)
        etree.cleanup_namespaces(shape)
        self._known[position] = shape

    def resize(self, shape: Element, box: Box) -> str:
        """Give the sender's box another size; returns what `restore` wants."""
        self._edit()
        anchor = shape.find("{*}ClientData/{*}Anchor")
        was = f"{shape.get('style', '')}|{'' if anchor is None else anchor.text or ''}"
        if anchor is not None:
            kept = re.sub(r"(?:margin-left|margin-top|width|height):[^;]*;?", "",
                          str(shape.get("style", "")))  # fmt: skip
            size = re.sub(r"visibility:[^;]*|position:[^;]*;", "", box.style)
            shape.set("style", f"{size.rstrip(';')};{kept}")
            anchor.text = box.anchor
        return was

    def restore(self, position: Position, was: str) -> None:
        shape = self._known.get(position)
        anchor = None if shape is None else shape.find("{*}ClientData/{*}Anchor")
        if shape is not None and anchor is not None:
            self._edit()
            style, _, anchor.text = was.partition("|")
            shape.set("style", style)

    def drop(self, positions: set[Position | None]) -> None:
        for shape in self._notes():
            if _row_and_column(shape) in positions:
                self._edit()
                remove_element(shape)

    def close(self) -> None:
        """Take the drawing away when no shape is left in it."""
        empty = ("shapelayout", "shapetype")
        if self._root is None or any(local(child) not in empty for child in self._root):
            return
        sheet = self._package.edit(self._sheet)
        for link in sheet.findall("{*}legacyDrawing"):
            self._package.unrelate(self._sheet, str(link.get(f"{{{self._package.office}}}id")))
            remove_element(link)
        self._package.remove(self._part)

    def _edit(self) -> Element:
        if self._root is None:
            drawing = _EMPTY_DRAWING.format(self._free_block()).encode()
            self._part = self._package.add("xl/drawings/vmlDrawing{}.vml", drawing, _DRAWING_TYPE)
            sheet = self._package.edit(self._sheet)
            link = element(sheet, "legacyDrawing")
            relation = self._package.relate(self._sheet, "vmlDrawing", self._part)
            link.set(f"{{{self._package.office}}}id", relation)
            insert_in_order(sheet, link, _SHEET_ORDER)
        self._root = self._package.edit(self._part)
        if self._root.find(f"{{{_SPACES['v']}}}shapetype[@id='_x0000_t202']") is None:
            kind = etree.fromstring(_SHAPE_TYPE)
            first = self._root.find(f"{{{_SPACES['v']}}}shape")
            self._root.insert(len(self._root) if first is None else self._root.index(first), kind)
            etree.cleanup_namespaces(kind)
        return self._root

    def _notes(self) -> list[Element]:
        if self._root is None:
            return []
        return self._root.findall(f".//{{{_SPACES['x']}}}ClientData[@ObjectType='Note']/..")

    def _free_block(self) -> int:
        """Numbers of shapes come in blocks of 1024, and no two sheets share a block."""
        taken = [0]
        for part in self._package.parts(".vml"):
            for found in re.findall(rb'idmap[^>]*\bdata="([\d,]+)"', self._package.content(part)):
                taken.extend(int(number) for number in found.split(b",") if number)
        return max(taken) + 1

    def _next_id(self, root: Element) -> int:
        idmap = root.find(".//{*}idmap")
        blocks = "1" if idmap is None else str(idmap.get("data", "1"))
        own = [int(number) for number in blocks.split(",") if number.isdigit()] or [1]
        names = [str(shape.get("id", "")) for shape in root.iter(f"{{{_SPACES['v']}}}shape")]
        used = {int(name[8:]) for name in names if re.fullmatch(r"_x0000_s\d+", name)}
        last = max((n for n in used if n // _SHAPES_IN_BLOCK == own[-1]), default=0)
        number = max(last, own[-1] * _SHAPES_IN_BLOCK) + 1
        if number // _SHAPES_IN_BLOCK != own[-1] and idmap is not None:
            block = self._free_block()
            idmap.set("data", f"{blocks},{block}")
            number = block * _SHAPES_IN_BLOCK + 1
        return number


class _Rulers:
    """Widths and heights of a sheet's columns and rows in pixels."""

    def __init__(self, root: Element) -> None:
        usual = root.find("{*}sheetFormatPr")
        usual = element(root, "sheetFormatPr") if usual is None else usual
        self._width = round(float(usual.get("defaultColWidth", "9.14")) * 7)
        self._height = round(float(usual.get("defaultRowHeight", "15")) * 4 / 3)
        self._columns = [
            (int(c.get("min", "1")) - 1, int(c.get("max", "1")) - 1,
             0 if c.get("hidden") in ("1", "true") else round(float(c.get("width", "9.14")) * 7))
            for c in root.iterfind("{*}cols/{*}col")
        ]  # fmt: skip
        self._rows = {
            int(row.get("r", "0")) - 1:
            0 if row.get("hidden") in ("1", "true") else round(float(row.get("ht", "15")) * 4 / 3)
            for row in root.iterfind("{*}sheetData/{*}row")
            if row.get("ht") or row.get("hidden")
        }  # fmt: skip

    def _column(self, number: int) -> int:
        return next((w for low, high, w in self._columns if low <= number <= high), self._width)

    def _row(self, number: int) -> int:
        return self._rows.get(number, self._height)

    def box(self, beside: Position, width: int, height: int) -> Box:
        left, top = min(beside[1] + 1, 16_000), max(beside[0] - 1, 0)
        right, right_rest = self._walk(self._column, left, 15 + width)
        bottom, bottom_rest = self._walk(self._row, top, 8 + height)
        x = sum(map(self._column, range(left))) + 15
        y = sum(map(self._row, range(top))) + 8
        points = [format(value * 0.75, "g") for value in (x, y, width, height)]
        style = "position:absolute;margin-left:{}pt;margin-top:{}pt;width:{}pt;height:{}pt;".format(
            *points
        )
        anchor = (left, 15, top, 8, right, right_rest, bottom, bottom_rest)
        return Box(f"{style}visibility:hidden", ", ".join(map(str, anchor)))

    @staticmethod
    def _walk(size_of: Callable[[int], int], start: int, length: int) -> tuple[int, int]:
        """The column or row in which a length ends, and what is left of it there."""
        for number in range(start, start + _MOST_WALKED):
            if length <= size_of(number):
                return number, length
            length -= size_of(number)
        return start + _MOST_WALKED, 0


def _row_and_column(shape: Element) -> Position | None:
    found = [shape.findtext(f"{{{_SPACES['x']}}}ClientData/{{{_SPACES['x']}}}{name}")
             for name in ("Row", "Column")]  # fmt: skip
    row, column = (int(text) if text and text.strip().isdigit() else -1 for text in found)
    return (row, column) if row >= 0 and column >= 0 else None
