"""A table that an office keeps (a spreadsheet, or CSV and other text) → its rows by column.

It knows nothing of what the columns mean. In text, UTF-8, UTF-16 and GB18030 are told apart, which
is what Excel, WPS and Windows save, and commas, tabs and semicolons.
"""

from __future__ import annotations

import csv
import io
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path

from ptxl.model.errors import Fault, RosterError, WorkbookError
from ptxl.read.workbook import open_workbook
from ptxl.text import squeeze

_ZIP, _COMPOUND = b"PK", b"\xd0\xcf\x11\xe0"  # how xlsx and ods begin, and xls
_DELIMITERS = ",\t;"
_CONTROL = re.compile("[\x00-\x1f\x7f]")
#: titles and remarks may stand above the headings, but not more of them
_LAST_HEAD = 20
#: a spreadsheet keeps 15 digits of a number; what such a code was can no longer be told
_KEPT, LOST = 10**15, "…"

Line = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class TableFile:
    """The rows below the headings of a table: line (from 1) and texts by column."""

    place: str
    #: where the headings stand
    line: int
    rows: tuple[tuple[int, Mapping[str, str]], ...]


def read_table(
    path: Path, headings: Mapping[str, Sequence[str]], needed: Sequence[str]
) -> TableFile:
    """Read a table by its headings, which stand in the first row that has all `needed` ones.

    `headings` gives the words for each column; other columns keep their own. Rows without a text
    are left out. Raises RosterError with every fault: no such row on any sheet, or on several; two
    columns of one name; a file that cannot be read.
    """
    known = {squeeze(word): column for column, words in headings.items() for word in words}
    sheets = {name: lines for name, lines in _sheets(path) if lines}
    if not sheets:
        raise _fault(path, "empty")
    found = {name: head for name, lines in sheets.items() if (head := _head(lines, known, needed))}
    if not found:
        raise RosterError(list(_missing(str(path), sheets, known, headings, needed)))
    if len(found) > 1:
        raise _fault(path, "several_sheets", sheets=tuple(found))
    ((name, head),) = found.items()
    number, columns = head
    doubled = [column for column in headings if columns.count(column) > 1]
    if doubled:
        raise RosterError([
            _column_fault(str(path), number, "two_columns", column, headings) for column in doubled
        ])  # fmt: skip
    below = (line for line in sheets[name] if line[0] > number)
    rows = tuple((line, dict(zip(columns, cells, strict=False))) for line, cells in below)
    place = f"{path}!{name}" if name and name != next(iter(sheets)) else str(path)
    return TableFile(place, number, rows)


def _columns(cells: Sequence[str], known: Mapping[str, str]) -> list[str]:
    return [known.get(squeeze(cell).casefold(), cell) for cell in cells]


def _head(
    lines: Sequence[Line], known: Mapping[str, str], needed: Sequence[str]
) -> tuple[int, list[str]] | None:
    """The line of the headings, and the columns that they name."""
    for number, cells in lines[:_LAST_HEAD]:
        columns = _columns(cells, known)
        if set(needed) <= set(columns):
            return number, columns
    return None


def _missing(
    place: str, sheets: Mapping[str, Sequence[Line]], known: Mapping[str, str],
    headings: Mapping[str, Sequence[str]], needed: Sequence[str],
) -> Iterator[Fault]:  # fmt: skip
    """What the row lacks that has most of the headings; in doubt the first one."""
    lines = [line for found in sheets.values() for line in found[:_LAST_HEAD]]
    number, cells = max(lines, key=lambda line: len({*needed} & {*_columns(line[1], known)}))
    columns = _columns(cells, known)
    for wanted in needed:
        if wanted not in columns:
            yield _column_fault(place, number, "no_column", wanted, headings)


def _column_fault(
    place: str, line: int, code: str, column: str, headings: Mapping[str, Sequence[str]]
) -> Fault:
    facts = {"name": column, "others": tuple(headings[column][1:3])}
    return Fault(place=place, line=line, code=f"table.{code}", facts=facts)


def _sheets(path: Path) -> list[tuple[str, list[Line]]]:
    """All sheets by name, each with its lines that hold a text; of a text file there is one."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _fault(path, "unreadable", detail=error.strerror) from None
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
    return [
        (name, _filled((number, list(map(_shown, row))) for number, row in enumerate(grid, 1)))
        for name, grid in grids.items()
    ]


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


def _fault(path: Path, code: str, line: int = 0, **facts: object) -> RosterError:
    return RosterError([Fault(place=str(path), line=line, code=f"table.{code}", facts=facts)])
