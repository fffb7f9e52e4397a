"""What the reader must know of a file before it trusts its values. Owns xlrd.

calamine gives an error such as #DIV/0! as a blank, and reserves memory for all cells up to the
furthest one: so errors are looked for in the file itself, and the extent is looked at beforehand.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator

import xlrd
from lxml import etree

from ptxl.layout import cell_name
from ptxl.patch import PARSER, sheet_parts

_ERROR_TEXTS = xlrd.error_text_from_code
#: columns beyond ZZ or rows beyond 99,999: no form of ours, and no honest edit of one, gets there
_FAR_CELL = re.compile(rb' r="(?:[A-Z]{3,}[0-9]|[A-Z]+[0-9]{6})')


class UnreadableError(Exception):
    """The file holds something that no reader can take."""


def inspect(data: bytes) -> dict[str, dict[str, str]]:
    """Cells that hold an error value, by sheet name and cell, with the error's text.

    Raises UnreadableError for an xlsx with a cell so far out that reading it fills the memory.
    """
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return _errors_in_xls(data)
    if not data.startswith(b"PK"):
        return {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if "content.xml" in archive.namelist():
            content = archive.read("content.xml")
            return dict(_errors_in_ods(content)) if b'value-type="error"' in content else {}
        suspects = dict(_suspects(archive))
        if not suspects:
            return {}
        parts = sheet_parts(archive)
    return {
        name: dict(_errors_in_xlsx(suspects[part]))
        for name, part in parts.items()
        if part in suspects
    }


def _suspects(archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    """The sheets of an xlsx that may hold an error value."""
    for part in archive.namelist():
        if part.startswith("xl/worksheets/") and part.endswith(".xml"):
            content = archive.read(part)
            if _FAR_CELL.search(content):
                raise UnreadableError(f"{part} has a cell beyond all use")
            if b't="e"' in content:
                yield part, content


def _errors_in_xlsx(content: bytes) -> Iterator[tuple[str, str]]:
    for cell in etree.fromstring(content, PARSER).iter("{*}c"):
        if cell.get("t") == "e":
            yield str(cell.get("r")), str(cell.findtext("{*}v") or "#ERROR")


def _errors_in_ods(content: bytes) -> Iterator[tuple[str, dict[str, str]]]:
    for table in etree.fromstring(content, PARSER).iter("{*}table"):
        found: dict[str, str] = {}
        number = 0
        for row in table.iter("{*}table-row"):
            column = 0
            for cell in row.iterchildren("{*}table-cell", "{*}covered-table-cell"):
                if _attribute(cell, "value-type") == "error":
                    found[cell_name(number, column)] = str(cell.findtext("{*}p") or "#ERROR")
                column += int(_attribute(cell, "number-columns-repeated") or 1)
            number += int(_attribute(row, "number-rows-repeated") or 1)
        yield _attribute(table, "name"), found


def _attribute(element: etree._Element, name: str) -> str:
    """An attribute by its local name; where two share one, the extension's (`calcext`) counts."""
    found = [value for key, value in element.items() if str(key).endswith("}" + name)]
    return str(found[-1]) if found else ""


def _errors_in_xls(data: bytes) -> dict[str, dict[str, str]]:
    try:
        book = xlrd.open_workbook(file_contents=data, logfile=io.StringIO())
    except (xlrd.XLRDError, AssertionError, IndexError, KeyError, ValueError, TypeError):
        return {}  # calamine may still read it; its own verdict counts
    return {
        sheet.name: {
            cell_name(row, column): _ERROR_TEXTS.get(sheet.cell_value(row, column), "#ERROR")
            for row in range(sheet.nrows)
            for column, kind in enumerate(sheet.row_types(row))
            if kind == xlrd.XL_CELL_ERROR
        }
        for sheet in book.sheets()
    }
