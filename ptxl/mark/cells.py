"""The cells of one sheet part: found or made, styled, and put back as they were.

Whatever cannot be told from the part itself is handed out as `Undo` lines, to be kept and given
back later.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ptxl.cells import cell_name
from ptxl.ooxml.package import Element, element, remove_element
from ptxl.ooxml.patch import PatchError, Position

_NAME = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})")
_LAST_ROW, _LAST_COLUMN = 1_048_575, 16_383


@dataclass(frozen=True, slots=True)
class Undo:
    """One thing to put back: what it is, on which sheet, where, and what it was."""

    kind: str
    sheet: str
    where: str
    was: str = ""


def parse_cell(name: str) -> Position | None:
    """Row and column, from 0, of `B4`; None for what is no cell."""
    found = _NAME.fullmatch(name)
    if not found:
        return None
    column = 0
    for letter in found[1].upper():
        column = column * 26 + ord(letter) - 64
    position = int(found[2]) - 1, column - 1
    return position if 0 <= position[0] <= _LAST_ROW and column - 1 <= _LAST_COLUMN else None


def restyle(
    root: Element, sheet: str, marks: Mapping[Position, Callable[[str], str]]
) -> Iterator[Undo]:
    """Give cells the style that each function makes of their own; missing cells are made."""
    data = root.find("{*}sheetData")
    if data is None:
        raise PatchError(f"the sheet {sheet} has no cells")
    rows = dict(_numbered(data, lambda row: int(row.get("r", "0")) - 1))
    for (number, column), style in sorted(marks.items()):
        if number not in rows:
            rows[number] = _made_row(data, rows, number)
            yield Undo("row", sheet, str(number + 1))
        row = rows[number]
        cells = dict(_numbered(row, _column))
        if column not in cells:
            own = _default_style(root, row, column)
            cells[column] = _made_cell(row, cells, number, column)
            if own:
                cells[column].set("s", own)
            yield Undo("cell", sheet, cell_name(number, column))
            yield from _widened(root, row, sheet, number, column)
        cells[column].set("s", style(str(cells[column].get("s", ""))))


def restore_styles(root: Element, original: Callable[[str], str | None]) -> bool:
    """Put back the styles under all marks of a sheet; whether there were any."""
    changed = False
    for path, key in (("{*}sheetData/{*}row/{*}c", "s"), ("{*}sheetData/{*}row", "s"),
                      ("{*}cols/{*}col", "style")):  # fmt: skip
        for holder in root.iterfind(path):
            style = holder.get(key)
            found = original(style) if style else None
            if found:
                holder.set(key, found)
            elif found == "":
                del holder.attrib[key]
            changed = changed or found is not None
    return changed


def undo_cells(root: Element, undos: Sequence[Undo]) -> None:
    """Take made cells and rows away again, last ones first, where nothing was written into them."""
    rows = {row.get("r"): row for row in root.iterfind("{*}sheetData/{*}row")}
    for undo in reversed(undos):
        digits = undo.where.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        row = rows.get(digits)
        if undo.kind == "cell" and row is not None:
            for cell in row.findall(f"{{*}}c[@r='{undo.where}']"):
                if not len(cell):
                    row.remove(cell)
        elif undo.kind == "row" and row is not None and not len(row):
            remove_element(row)
        elif undo.kind == "spans" and row is not None:
            row.set("spans", undo.was)
        elif undo.kind == "dimension":
            for dimension in root.iterfind("{*}dimension"):
                dimension.set("ref", undo.was)


def last_column(root: Element, position: Position) -> int:
    """The last column of the merged range that begins in a cell, or the cell's own."""
    for merge in root.iterfind("{*}mergeCells/{*}mergeCell"):
        first, _, last = str(merge.get("ref", "")).partition(":")
        corner = parse_cell(last)
        if parse_cell(first) == position and corner:
            return corner[1]
    return position[1]


def highlighted(root: Element, position: Position) -> bool:
    """Whether a conditional format of the sheet reaches over a cell."""
    for rules in root.iterfind("{*}conditionalFormatting"):
        for area in str(rules.get("sqref", "")).split():
            first, _, last = area.partition(":")
            low, high = parse_cell(first), parse_cell(last or first)
            in_rows = low and high and low[0] <= position[0] <= high[0]
            if in_rows and low and high and low[1] <= position[1] <= high[1]:
                return True
    return False


def _numbered(
    parent: Element, number_of: Callable[[Element], int]
) -> Iterator[tuple[int, Element]]:
    """Children by number; one that names none follows the one before."""
    number = -1
    for child in parent:
        number = number_of(child) if child.get("r") else number + 1
        yield number, child


def _column(cell: Element) -> int:
    position = parse_cell(str(cell.get("r")))
    return position[1] if position else -1


def _made_row(data: Element, rows: Mapping[int, Element], number: int) -> Element:
    row = element(data, "row", r=str(number + 1))
    before = [other for other in rows if other < number]
    data.insert(data.index(rows[max(before)]) + 1 if before else 0, row)
    return row


def _made_cell(row: Element, cells: Mapping[int, Element], number: int, column: int) -> Element:
    cell = element(row, "c", r=cell_name(number, column))
    before = [other for other in cells if other < column]
    row.insert(row.index(cells[max(before)]) + 1 if before else 0, cell)
    return cell


def _default_style(root: Element, row: Element, column: int) -> str:
    """The style that a cell without an element has: its row's, else its column's."""
    if row.get("customFormat") in ("1", "true"):
        return str(row.get("s", ""))
    for columns in root.iterfind("{*}cols/{*}col"):
        if int(columns.get("min", "0")) <= column + 1 <= int(columns.get("max", "0")):
            return str(columns.get("style", ""))
    return ""


def _widened(root: Element, row: Element, sheet: str, number: int, column: int) -> Iterator[Undo]:
    """Make the sheet's dimension and the row's span reach a new cell: some readers trust them."""
    spans = str(row.get("spans", ""))
    first, _, last = spans.partition(":")
    if first.isdigit() and last.isdigit() and not int(first) <= column + 1 <= int(last):
        row.set("spans", f"{min(int(first), column + 1)}:{max(int(last), column + 1)}")
        yield Undo("spans", sheet, str(number + 1), spans)
    dimension = root.find("{*}dimension")
    ref = "" if dimension is None else str(dimension.get("ref", ""))
    start, _, end = ref.partition(":")
    low, high = parse_cell(start), parse_cell(end or start)
    if dimension is None or not low or not high:
        return
    new_low = min(low[0], number), min(low[1], column)
    new_high = max(high[0], number), max(high[1], column)
    if (new_low, new_high) != (low, high):
        dimension.set("ref", f"{cell_name(*new_low)}:{cell_name(*new_high)}")
        yield Undo("dimension", sheet, ref, ref)
