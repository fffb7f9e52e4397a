"""What marking must remember → a very hidden sheet, and back.

Two cells of a line have the style of marked cells and the style under the mark. Programs renumber
styles when they save, but they do it for these cells too: so the pairs stay true. The other lines
say what else to undo; they hold only while nobody but ptxl has saved the file, which a digest of
the styles tells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ptxl.mark.cells import Undo
from ptxl.ooxml.package import Element, element, new_tree

SHEET = "_marks"
_TITLE = "ptxl marks"
_MARKED, _ORIGINAL = "F", "G"


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """How to undo the marks of a workbook. `counts` are the lengths of the lists of styles."""

    digest: str
    counts: tuple[int, ...]
    #: marked style and the style under it; "" is that of a cell without one
    styles: Sequence[tuple[str, str]]
    undos: Sequence[Undo]


def memory_sheet(memory: Memory, namespace: str) -> Element:
    """The hidden sheet's root element."""
    root = new_tree("worksheet", namespace)
    data = element(root, "sheetData")
    root.append(data)
    head = (_TITLE, memory.digest, " ".join(map(str, memory.counts)))
    lines = [head, *((u.kind, u.sheet, u.where, u.was) for u in memory.undos)]
    for number in range(max(len(lines), len(memory.styles))):
        row = element(data, "row", r=str(number + 1))
        data.append(row)
        for column, text in zip("ABCD", lines[number] if number < len(lines) else (), strict=False):
            _write(row, f"{column}{number + 1}", text)
        if number < len(memory.styles):
            for column, style in zip((_MARKED, _ORIGINAL), memory.styles[number], strict=True):
                _write(row, f"{column}{number + 1}", "x", style)
    return root


def read_memory(root: Element) -> Memory:
    """What the hidden sheet says; after another program saved it, the pairs of styles only."""
    styles: list[tuple[str, str]] = []
    lines: list[tuple[str, str, str, str]] = []
    for row in root.iterfind("{*}sheetData/{*}row"):
        cells = {str(cell.get("r", "")).rstrip("0123456789"): cell for cell in row}
        if _MARKED in cells and _ORIGINAL in cells:
            pair = cells[_MARKED].get("s", ""), cells[_ORIGINAL].get("s", "")
            styles.append((str(pair[0]), str(pair[1])))
        kind, sheet, where, was = (_read(cells, column) for column in "ABCD")
        if kind:
            lines.append((kind, sheet, where, was))
    (title, digest, counts, _), *rest = lines or [("", "", "", "")]
    known = title == _TITLE and all(number.isdigit() for number in counts.split())
    return Memory(
        digest=digest if known else "",
        counts=tuple(map(int, counts.split())) if known else (),
        styles=tuple(styles),
        undos=tuple(Undo(*line) for line in rest) if known else (),
    )


def _write(row: Element, name: str, text: str, style: str = "") -> None:
    cell = element(row, "c", r=name)
    if style:
        cell.set("s", style)
    cell.set("t", "inlineStr")
    inline = element(row, "is")
    words = element(row, "t")
    words.text = text
    words.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    inline.append(words)
    cell.append(inline)
    row.append(cell)


def _read(cells: Mapping[str, Element], column: str) -> str:
    cell = cells.get(column)
    text = None if cell is None else cell.find("{*}is/{*}t")
    return "" if text is None else text.text or ""
