"""An xlsx and changes to single cells → the same xlsx with those cells changed and nothing else.

Owns lxml. A sender's file is never loaded and saved by a spreadsheet library, which would drop what
it does not know: parts that hold no change are copied byte for byte.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from lxml import etree

from ptxl.cells import cell_name
from ptxl.model.errors import PtxlError
from ptxl.text import literal

Position = tuple[int, int]
NewValue = str | Decimal | date | bool
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_EXCEL_EPOCH = date(1899, 12, 30)
PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)


class PatchError(PtxlError):
    """The bytes are no xlsx package, or have no sheet of the name asked for."""


def is_xlsx(data: bytes) -> bool:
    """Whether the bytes are a package with an xlsx workbook in it."""
    if not data.startswith(b"PK"):
        return False
    try:
        return "xl/workbook.xml" in zipfile.ZipFile(io.BytesIO(data)).namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def patch_cells(
    data: bytes,
    cells: Mapping[str, Mapping[Position, NewValue]],
    heights: Mapping[str, Mapping[int, float]],
    cached: Mapping[str, Mapping[Position, str]] | None = None,
) -> bytes:
    """Set cells (row and column from 0) and row heights (points), by sheet name.

    `cached` are the texts that formulas give: only cells that hold a formula take one.

    Formats, validations, formulas elsewhere, comments and all other parts stay as they are.
    """
    source = zipfile.ZipFile(io.BytesIO(data))
    parts = sheet_parts(source)
    results = cached or {}
    wanted = {parts[name]: name for name in {*cells, *heights, *results} if name in parts}
    if missing := {*cells, *heights} - set(parts):
        raise PatchError(f"no sheet is called {', '.join(sorted(missing))}")
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for info in source.infolist():
            content = source.read(info)
            if info.filename in wanted:
                name = wanted[info.filename]
                content = _patch_sheet(content, cells.get(name, {}), heights.get(name, {}))
                content = _patch_results(content, results[name]) if name in results else content
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """The part that holds each sheet, by sheet name, in the order of the workbook."""
    try:
        workbook = etree.fromstring(archive.read("xl/workbook.xml"), PARSER)
        relations = etree.fromstring(archive.read("xl/_rels/workbook.xml.rels"), PARSER)
    except (KeyError, etree.XMLSyntaxError) as error:
        raise PatchError(f"not an xlsx package: {error}") from None
    targets = {r.get("Id"): str(r.get("Target")) for r in relations}
    found: dict[str, str] = {}
    for element in workbook.iter("{*}sheet"):
        target = targets.get(element.get(_RELATION), "")
        found[str(element.get("name"))] = posixpath.normpath(posixpath.join("/xl", target))[1:]
    return found


def _patch_sheet(
    content: bytes, cells: Mapping[Position, NewValue], heights: Mapping[int, float]
) -> bytes:
    root = etree.fromstring(content, PARSER)
    data = root.find("{*}sheetData")
    if data is None:
        raise PatchError("a sheet without cells")
    rows = {int(row.get("r", "0")) - 1: row for row in data}
    for number, height in heights.items():
        row = _row(data, rows, number)
        row.set("ht", format(height, "g"))
        row.set("customHeight", "1")
    for (number, column), value in sorted(cells.items()):
        _set_cell(_cell(_row(data, rows, number), number, column), value)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _patch_results(content: bytes, results: Mapping[Position, str]) -> bytes:
    root = etree.fromstring(content, PARSER)
    names = {cell_name(*position): text for position, text in results.items()}
    for formula in root.iterfind("{*}sheetData/{*}row/{*}c/{*}f"):
        cell = formula.getparent()
        name = str(cell.get("r")) if cell is not None else ""
        if cell is None or name not in names:
            continue
        for value in cell.findall("{*}v"):
            cell.remove(value)
        cell.set("t", "str")
        etree.SubElement(cell, _tag(cell, "v")).text = literal(names[name])
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _row(data: etree._Element, rows: dict[int, etree._Element], number: int) -> etree._Element:
    """The row element of that number, made in its place when it is not there."""
    if number not in rows:
        row = etree.Element(_tag(data, "row"), {"r": str(number + 1)})
        before = [other for other in rows if other < number]
        data.insert(list(data).index(rows[max(before)]) + 1 if before else 0, row)
        rows[number] = row
    return rows[number]


def _cell(row: etree._Element, number: int, column: int) -> etree._Element:
    name = cell_name(number, column)
    position = 0
    for index, cell in enumerate(row):
        if cell.get("r") == name:
            return cell
        if _column_key(str(cell.get("r", ""))) < _column_key(name):
            position = index + 1
    cell = etree.Element(_tag(row, "c"), {"r": name})
    row.insert(position, cell)
    return cell


def _column_key(name: str) -> tuple[int, str]:
    letters = name.rstrip("0123456789")
    return len(letters), letters


def _set_cell(cell: etree._Element, value: NewValue) -> None:
    """Replace what a cell holds; its format (`s`) stays."""
    for child in list(cell):
        cell.remove(child)
    if "t" in cell.attrib:
        del cell.attrib["t"]
    if isinstance(value, str):
        cell.set("t", "inlineStr")
        text = etree.SubElement(etree.SubElement(cell, _tag(cell, "is")), _tag(cell, "t"))
        text.text = literal(value)
        text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        return
    if isinstance(value, bool):
        cell.set("t", "b")
        value = Decimal(value)
    number = Decimal((value - _EXCEL_EPOCH).days) if isinstance(value, date) else value
    etree.SubElement(cell, _tag(cell, "v")).text = format(number, "f")


def _tag(beside: etree._Element, name: str) -> str:
    """A name in the namespace of its neighbour (strict and transitional files differ)."""
    namespace = etree.QName(beside).namespace
    return f"{{{namespace}}}{name}" if namespace else name
