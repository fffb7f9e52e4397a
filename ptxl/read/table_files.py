"""A table that an office keeps (a spreadsheet, or CSV and other text) → its rows by column.

Owns openpyxl: it tells how Excel shows a number, and so the zeros before a code. This module knows
nothing of what the columns mean. In text, UTF-8, UTF-16 and GB18030 are told apart, which
is what Excel, WPS and Windows save, and commas, tabs and semicolons.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path

import openpyxl

from ptxl.model.errors import Fault, TableError, WorkbookError, system_reason
from ptxl.read.workbook import open_workbook
from ptxl.text import squeeze

_ZIP, _COMPOUND = b"PK", b"\xd0\xcf\x11\xe0"  # how xlsx and ods begin, and xls
_DELIMITERS = ",\t;"
_CONTROL = re.compile("[\x00-\x1f\x7f]")
#: titles and remarks may stand above the headings, but not more of them
_LAST_HEAD = 20
#: a spreadsheet keeps 15 digits of a number; what such a code was can no longer be told
_KEPT, LOST = 10**15, "…"
#: formats that show a number with as many digits at the least
_ZEROS = re.compile("0{2,}")

Line = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Headings:
    """The words for each column of a table, and the columns that it must have."""

    words: Mapping[str, Sequence[str]]
    needed: tuple[str, ...]

    def columns(self, cells: Sequence[str]) -> list[str]:
        """The columns that a row names; other cells are columns of their own."""
        known = {squeeze(word): column for column, words in self.words.items() for word in words}
        return [known.get(squeeze(cell).casefold(), cell) for cell in cells]

    def lacking(self, line: Line) -> list[str]:
        """The needed columns that a row does not name."""
        columns = self.columns(line[1])
        return [column for column in self.needed if column not in columns]

    def faults(self, place: str, line: Line, code: str, columns: Sequence[str]) -> TableError:
        """What is wrong with columns, at the line of the headings."""
        facts = [{"name": each, "others": tuple(self.words[each][1:3])} for each in columns]
        return TableError([
            Fault(place=place, line=line[0], code=f"table.{code}", facts=found) for found in facts
        ])  # fmt: skip


@dataclass(frozen=True, slots=True)
class TableFile:
    """The rows below the headings of a table: line (from 1) and texts by column."""

    place: str
    rows: tuple[tuple[int, Mapping[str, str]], ...]


def read_table(path: Path, headings: Headings) -> TableFile:
    """Read a table by its headings, which stand in the first row that has all needed columns.

    Rows without a text are left out. Raises TableError with every fault: no such row on any sheet,
    or on several; two columns of one name; a file that cannot be read.
    """
    sheets = {name: lines for name, lines in _sheets(path) if lines}
    if not sheets:
        raise _fault(path, "empty")
    heads = [line for lines in sheets.values() for line in lines[:_LAST_HEAD]]
    complete = [line for line in heads if not headings.lacking(line)]
    if not complete:
        nearest = min(heads, key=lambda line: len(headings.lacking(line)))
        raise headings.faults(str(path), nearest, "no_column", headings.lacking(nearest))
    head = complete[0]
    holding = [name for name, lines in sheets.items() if any(line in complete for line in lines)]
    if len(holding) > 1:
        raise _fault(path, "several_sheets", sheets=tuple(holding))
    columns = headings.columns(head[1])
    doubled = [column for column in headings.words if columns.count(column) > 1]
    if doubled:
        raise headings.faults(str(path), head, "two_columns", doubled)
    lines = sheets[holding[0]]
    below = lines[lines.index(head) + 1 :]
    rows = tuple((number, dict(zip(columns, cells, strict=False))) for number, cells in below)
    first = holding[0] == next(iter(sheets))
    return TableFile(str(path) if first else f"{path}!{holding[0]}", rows)


def _sheets(path: Path) -> list[tuple[str, list[Line]]]:
    """All sheets by name, each with its lines that hold a text; of a text file there is one."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _fault(path, "unreadable", detail=system_reason(error)) from None
    if data.startswith((_ZIP, _COMPOUND)):
        return _workbook_sheets(path, data)
    return [("", _filled(_text_lines(path, data)))]


def _filled(lines: Iterator[Line]) -> list[Line]:
    cleaned = ((number, [_clean(cell) for cell in cells]) for number, cells in lines)
    return [(number, cells) for number, cells in cleaned if any(cells)]


def _workbook_sheets(path: Path, data: bytes) -> list[tuple[str, list[Line]]]:
    try:
        book = open_workbook(data)
        grids = {name: book.grid(name) for name in book.names if name not in book.hidden}
    except WorkbookError as error:
        raise _fault(path, "no_workbook", detail=error.sentence) from None
    padded = _padded_numbers(path, data) if book.kind == "xlsx" else {}
    sheets = []
    for name, grid in grids.items():
        lines = []
        for number, row in enumerate(grid, 1):
            cells = [
                padded.get((name, number, column)) or _shown(value)
                for column, value in enumerate(row, 1)
            ]
            lines.append((number, cells))
        sheets.append((name, _filled(iter(lines))))
    return sheets


def _padded_numbers(path: Path, data: bytes) -> dict[tuple[str, int, int], str]:
    """The whole numbers of an xlsx that Excel shows with zeros before them, as it shows them.

    By name of sheet, row and column (from 1): a code 00123 may be the number 123, shown as 00000.
    """
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    except Exception as error:  # of families that have nothing in common
        raise _fault(path, "no_workbook", detail=str(error)) from error
    found = {}
    for sheet in book.worksheets:
        for cell in itertools.chain.from_iterable(sheet.iter_rows()):
            if isinstance(cell.value, int) and _ZEROS.fullmatch(cell.number_format):
                text = str(cell.value).zfill(len(cell.number_format))
                found[sheet.title, cell.row, cell.column] = text
    return found


def _text_lines(path: Path, data: bytes) -> Iterator[Line]:
    text = _decoded(path, data)
    delimiter = max(_DELIMITERS, key=text.count)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise _fault(path, "not_csv", reader.line_num, detail=str(error)) from None


def _decoded(path: Path, data: bytes) -> str:
    marked = data.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _fault(path, "other_encoding")


def _shown(value: object) -> str:
    """A code typed as a number comes back as one: 224001, not 224001.0; a day as 2026-03-01."""
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if not isinstance(value, float):
        return str(value)
    if abs(value) >= _KEPT:
        return f"{value:.2e}{LOST}"
    return str(int(value)) if value.is_integer() else str(value)


def _clean(text: str) -> str:
    return _CONTROL.sub("", text).strip().removeprefix("'")


def _fault(path: Path, code: str, line: int = 0, **facts: object) -> TableError:
    return TableError([Fault(place=str(path), line=line, code=f"table.{code}", facts=facts)])
