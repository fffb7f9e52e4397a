"""One sheet of a workbook: its rows, cells, sizes and conditional formats, in the sheet's tree.

Rows and columns are counted from 0. Formats of cells are never changed.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import date
from decimal import Decimal

from ptxl.cells import EPOCH, cell_name, parse_cell
from ptxl.model.refusals import refusal
from ptxl.ooxml.package import (
    TRUE,
    Element,
    append,
    element,
    insert_in_order,
    local,
    number_of,
    remove_with_empty_parent,
    whole_number_of,
)
from ptxl.text import literal

Position = tuple[int, int]
NewValue = str | Decimal | date | bool
#: what may stand in a sheet, in the order of the schema, as far as ptxl adds to it
_ORDER = (
    "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr",
    "sheetProtection", "protectedRanges", "scenarios", "autoFilter", "sortState",
    "dataConsolidate", "customSheetViews", "mergeCells", "phoneticPr", "conditionalFormatting",
    "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup", "headerFooter",
    "rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags",
    "drawing", "legacyDrawing",
)  # fmt: skip
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_USUAL_WIDTH, _USUAL_HEIGHT = 9.14, 15.0  # characters and points
_ROUNDED = 1.0  # points: programs round heights to pixels of their own
_HEIGHT, _NONE = ("ht", "customHeight"), "-"


class Sheet:
    """The cells of a sheet, whose part is `name`. Raises WorkbookError when it has none at all."""

    def __init__(self, root: Element, name: str) -> None:
        self.root = root
        data = root.find("{*}sheetData")
        if data is None:
            raise refusal("broken_xml", part=name)
        self._data = data
        self._rows: dict[int, Element] = {}
        self._cells: dict[int, dict[int, Element]] = {}
        number = 0
        for row in data.iterfind("{*}row"):
            number = whole_number_of(row, "r", number + 1)
            self._rows[number - 1] = row

    # -- cells

    def find(self, at: Position) -> Element | None:
        """Return the element of a cell, if there is one."""
        if at[0] not in self._rows:
            return None
        return self._cells_of(at[0]).get(at[1])

    def cell(self, at: Position) -> Element:
        """Return the element of a cell, made where there is none."""
        row = self._row(at[0])
        cells = self._cells_of(at[0])
        if at[1] not in cells:
            _insert(row, cells, at[1], element(row, "c", r=cell_name(*at)))
        return cells[at[1]]

    def rows(self) -> Iterator[Mapping[int, Element]]:
        """Yield the cells of each row, by column."""
        yield from map(self._cells_of, sorted(self._rows))

    def set_value(self, at: Position, value: NewValue) -> None:
        """Replace what a cell holds; its format stays."""
        set_value(self.cell(at), value)

    def set_results(self, results: Mapping[Position, str | float]) -> None:
        """Set what formulas give; cells without a formula stay as they are."""
        for at, result in results.items():
            cell = self.find(at)
            formula = None if cell is None else cell.find("{*}f")
            if cell is None or formula is None:
                continue
            del cell[cell.index(formula) + 1 :]
            cell.attrib.pop("t", "")
            if isinstance(result, str):
                cell.set("t", "str")
                append(cell, "v").text = literal(result)
            else:
                append(cell, "v").text = repr(result)

    def forget_results(self) -> None:
        """Leave it to programs to compute all formulas anew."""
        for cell in self._data.iterfind("{*}row/{*}c"):
            formula = cell.find("{*}f")
            if formula is not None:
                del cell[cell.index(formula) + 1 :]
                cell.attrib.pop("t", "")

    def _row(self, number: int) -> Element:
        if number not in self._rows:
            row = element(self._data, "row", r=str(number + 1))
            _insert(self._data, self._rows, number, row)
        return self._rows[number]

    def _cells_of(self, number: int) -> dict[int, Element]:
        """The cells of a row by column; one that names none follows the one before."""
        if number not in self._cells:
            found: dict[int, Element] = {}
            column = -1
            for cell in self._rows[number].iterfind("{*}c"):
                named = parse_cell(str(cell.get("r")))
                column = named[1] if named else column + 1
                found[column] = cell
            self._cells[number] = found
        return self._cells[number]

    # -- sizes

    def set_height(self, number: int, points: float) -> None:
        """Fix the height of a row."""
        row = self._row(number)
        row.set("ht", format(points, "g"))
        row.set("customHeight", "1")

    def raise_row(self, number: int, points: float) -> str:
        """Make a row at least so high; return a text for `restore_row`, "" where it was already."""
        row = self._row(number)
        if not 0 < self.row_height(number) < points - _ROUNDED:
            return ""
        was = [str(row.get(key, _NONE)) for key in _HEIGHT]
        self.set_height(number, points)
        return " ".join((str(number), str(row.get("ht")), *was))

    def restore_row(self, text: str) -> None:
        """Give a row the height that it had, unless somebody changed it since."""
        number, now, *was = text.split()
        row = self._rows.get(int(number))
        if row is None or row.get("ht") != now:
            return
        for key, value in zip(_HEIGHT, was, strict=True):
            row.set(key, value)
            if value == _NONE:
                del row.attrib[key]

    def loosen_rows(self, fixed: Container[int]) -> None:
        """Let programs fit the heights of all rows but the fixed ones to what is in them."""
        for number, row in self._rows.items():
            if number not in fixed:
                row.attrib.pop("customHeight", "")

    def row_height(self, number: int) -> float:
        """Return the height of a row in points; 0 when it is hidden."""
        usual = self._usual("defaultRowHeight", _USUAL_HEIGHT)
        row = self._rows.get(number)
        if row is None:
            return usual
        if row.get("hidden") in TRUE:
            return 0
        return number_of(row, "ht", usual)

    def column_width(self, number: int) -> float:
        """Return the width of a column in characters; 0 when it is hidden."""
        usual = self._usual("defaultColWidth", _USUAL_WIDTH)
        for columns in self.root.iterfind("{*}cols/{*}col"):
            if whole_number_of(columns, "min") <= number + 1 <= whole_number_of(columns, "max"):
                hidden = columns.get("hidden") in TRUE
                return 0 if hidden else number_of(columns, "width", usual)
        return usual

    def _usual(self, name: str, otherwise: float) -> float:
        usual = self.root.find("{*}sheetFormatPr")
        if usual is None:
            return otherwise
        return number_of(usual, name, otherwise)

    def last_of_merge(self, at: Position) -> Position:
        """Return the last cell of the merged range that begins in a cell, or the cell itself."""
        for merge in self.root.iterfind("{*}mergeCells/{*}mergeCell"):
            first, _, last = str(merge.get("ref", "")).partition(":")
            if first == cell_name(*at):
                return parse_cell(last) or at
        return at

    # -- what stands behind the cells

    def insert(self, child: Element) -> None:
        """Put an element in its place among those that stand around the cells."""
        insert_in_order(self.root, child, _ORDER)

    def add_formats(self, formats: Mapping[str, tuple[str, str]]) -> None:
        """Add a conditional format for each range, below all there are: formula and dxf number."""
        known = self.root.iter("{*}cfRule")
        last = max((whole_number_of(rule, "priority") for rule in known), default=0)
        for priority, (area, (formula, look)) in enumerate(formats.items(), last + 1):
            format_ = element(self.root, "conditionalFormatting", sqref=area)
            rule = append(format_, "cfRule", type="expression", dxfId=look, priority=str(priority))
            append(rule, "formula").text = formula
            self.insert(format_)

    def drop_formats(self, name: str) -> None:
        """Drop all conditional formats that refer to a defined name."""
        found = [
            rule
            for rule in self.root.iter("{*}cfRule")
            if name in "".join(map(str, rule.itertext()))
        ]
        for rule in found:
            remove_with_empty_parent(rule)


def set_value(cell: Element, value: NewValue) -> None:
    """Replace what a cell holds; its format stays."""
    for child in list(cell):
        cell.remove(child)
    if "t" in cell.attrib:
        del cell.attrib["t"]
    if isinstance(value, str):
        cell.set("t", "inlineStr")
        text = append(append(cell, "is"), "t")
        text.text = literal(value)
        text.set(_SPACE, "preserve")
        return
    if isinstance(value, bool):
        cell.set("t", "b")
        value = Decimal(value)
    elif isinstance(value, date):
        value = Decimal((value - EPOCH).days)
    append(cell, "v").text = format(value, "f")


def text_of(cell: Element, shared: Sequence[str]) -> str:
    """Return what a cell holds, as text; `shared` are the texts that cells name by number."""
    value = str(cell.findtext("{*}v") or "")
    if cell.get("t") == "inlineStr":
        return "".join(map(texts_in, cell.iterfind("{*}is")))
    if cell.get("t") != "s":
        return value
    number = int(value) if value.isdecimal() else len(shared)
    return shared[number] if number < len(shared) else ""


def texts_in(entry: Element) -> str:
    """Return the text of an entry, whole or in runs; how it is pronounced is left out."""
    return "".join(str(one.findtext("{*}t") or "") for one in (entry, *entry.iterfind("{*}r")))


def copy_value(cell: Element, target: Element) -> None:
    """Copy what a cell shows into a cell of the same workbook: no format, no formula."""
    held = [child for child in cell if local(child) in ("v", "is")]
    if held and "t" in cell.attrib:
        target.set("t", str(cell.get("t")))
    for child in held:
        target.append(deepcopy(child))


def _insert(parent: Element, known: dict[int, Element], number: int, child: Element) -> None:
    """Put a row or cell behind those of lower numbers."""
    before = [other for other in known if other < number]
    parent.insert(parent.index(known[max(before)]) + 1 if before else 0, child)
    known[number] = child
