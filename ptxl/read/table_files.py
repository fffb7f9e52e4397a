"""A table that an office keeps (a spreadsheet, or CSV and other text) → its rows by column.

Read in a worker, within the limits of returned files. Owns openpyxl: it tells how Excel shows a
number, and so the zeros before a code. This module knows nothing of what the columns mean. In text,
UTF-8, UTF-16 and GB18030 are told apart, which is what Excel, WPS and Windows save, and commas,
tabs and semicolons.
"""

from __future__ import annotations

import csv
import io
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, repeat
from pathlib import Path

from ptxl.cells import cell_name
from ptxl.model.errors import Fault, TableError, WorkbookError, system_reason
from ptxl.model.refusals import refusal
from ptxl.read.formats.common import Position
from ptxl.read.workbook import Workbook, open_workbook
from ptxl.receive.workers import Opened, Terms, run
from ptxl.text import squeeze

_ZIP, _COMPOUND = b"PK", b"\xd0\xcf\x11\xe0"  # how xlsx and ods begin, and xls
_DELIMITERS = ",\t;"
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_CONTROL_BUT_LINES = re.compile("[\x00-\x09\x0b-\x1f\x7f]")
#: titles and remarks may stand above the headings, but not more of them
_LAST_HEAD = 20
#: a spreadsheet keeps 15 digits of a number; what such a code was can no longer be told
_KEPT, LOST = 10**15, "…"
#: formats that show a number with as many digits at the least
_ZEROS = re.compile("0{2,}")
_ZEROS_ARE_SHOWN = re.compile(rb"""formatCode=["']0{2,}["']""")
_MARKED_ENCODINGS, _ENCODINGS = ("utf-16",), ("utf-8-sig", "gb18030")
#: why a file is refused → what is said of a table; of all others that it cannot be used
_REFUSED = {
    "not_a_file": "not_a_file", "encrypted": "encrypted", "macros": "macros",
    "too_large": "too_costly", "bomb": "too_costly", "too_many_cells": "too_costly",
    "timed_out": "too_costly", "out_of_memory": "too_costly", "killed": "too_costly",
}  # fmt: skip


def _without_blanks(heading: str) -> str:
    return squeeze(heading).casefold()


@dataclass(frozen=True, slots=True)
class Headings:
    """The words for each column of a table, and the columns that it must have.

    A cell of the columns `of_lines` keeps its line breaks; in any other they are dropped. `plain`
    makes of what stands over a column the word that it is known by.
    """

    words: Mapping[str, Sequence[str]]
    needed: tuple[str, ...]
    of_lines: tuple[str, ...] = ()
    plain: Callable[[str], str] = _without_blanks

    def columns(self, cells: Sequence[str]) -> list[str]:
        """The columns that a row names; other cells are columns of their own."""
        known = {squeeze(word): column for column, words in self.words.items() for word in words}
        return [known.get(self.plain(cell), _in_one_line(cell)) for cell in cells]

    def facts(self, column: str) -> Mapping[str, object]:
        """What a column is called, to say that it is missing."""
        return {"name": column, "others": tuple(self.words[column][1:3])}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a sheet or text: its number from 1, and its cells, without blanks at the end."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The lines of a sheet that hold a text; a text file is one sheet without a name."""

    name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class TableFile:
    """The rows below the headings of a table: line (from 1) and texts by column.

    `headings` are what the table itself calls its columns, `above` the lines that stand over them.
    """

    place: str
    rows: tuple[tuple[int, Mapping[str, str]], ...]
    headings: Mapping[str, str]
    above: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Head:
    """A line that may be the one of the headings, with the columns that it would name."""

    sheet: Sheet
    line: Line
    columns: list[str]
    lacking: list[str]


def read_table(path: Path, headings: Headings) -> TableFile:
    """Read a table by its headings, which stand in the first row that has all needed columns.

    Rows without a text are left out. Raises TableError with every fault: no such row on any sheet,
    or on several; two columns of one name; a file that cannot be read.
    """
    place = str(path)
    sheets = _sheets(path, place)
    heads = list(_heads(sheets, headings))
    if not heads:
        raise _fault(place, "empty", {})
    head = _last_of_several_lines(min(heads, key=lambda head: len(head.lacking)), heads)
    if head.lacking:
        raise _fault(place, "no_column", *map(headings.facts, head.lacking), line=head.line.number)
    holding = tuple(dict.fromkeys(other.sheet.name for other in heads if not other.lacking))
    if len(holding) > 1:
        raise _fault(place, "several_sheets", {"sheets": holding})
    doubled = [column for column in headings.words if head.columns.count(column) > 1]
    if doubled:
        raise _fault(place, "two_columns", *map(headings.facts, doubled), line=head.line.number)
    if head.sheet is not sheets[0]:
        place = f"{place}!{head.sheet.name}"
    written = dict(zip(head.columns, map(_in_one_line, head.line.cells), strict=True))
    above = [line for line in head.sheet.lines if line.number < head.line.number]
    texts = tuple(_in_one_line("".join(line.cells)) for line in above)
    return TableFile(place, tuple(_rows_below(head, headings)), written, texts)


def _last_of_several_lines(head: _Head, heads: Sequence[_Head]) -> _Head:
    """The lowest line of headings that take up several: those merged downwards stand in each."""
    for other in heads:
        follows = other.sheet is head.sheet and other.line.number == head.line.number + 1
        if follows and not other.lacking and _share_headings(head, other):
            head = other
    return head


def _share_headings(head: _Head, other: _Head) -> bool:
    first = dict(zip(head.columns, head.line.cells, strict=True))
    second = dict(zip(other.columns, other.line.cells, strict=True))
    return any(second.get(column) == text for column, text in first.items() if text)


def _heads(sheets: Iterable[Sheet], headings: Headings) -> Iterator[_Head]:
    for sheet in sheets:
        for line in sheet.lines[:_LAST_HEAD]:
            columns = headings.columns(line.cells)
            lacking = [column for column in headings.needed if column not in columns]
            yield _Head(sheet, line, columns, lacking)


def _rows_below(head: _Head, headings: Headings) -> Iterator[tuple[int, Mapping[str, str]]]:
    lines = head.sheet.lines
    for line in lines[lines.index(head.line) + 1 :]:
        row = dict(zip(head.columns, chain(line.cells, repeat("")), strict=False))
        yield (
            line.number,
            {
                column: text if column in headings.of_lines else _in_one_line(text)
                for column, text in row.items()
            },
        )


def _in_one_line(text: str) -> str:
    return _CONTROL.sub("", text)


def _sheets(path: Path, place: str) -> tuple[Sheet, ...]:
    """All sheets with a text, read in a worker."""
    try:
        return run(sheets_of, (path.resolve(strict=True), place), Terms())
    except OSError as error:
        raise _fault(place, "unreadable", {"detail": system_reason(error)}) from None
    except WorkbookError as error:
        raise _fault(place, _REFUSED.get(error.code, "unusable"), {}) from None


# -- inside a worker


def sheets_of(file: Opened) -> tuple[Sheet, ...]:
    """The sheets of a table that hold a text. Raises WorkbookError and TableError."""
    if file.data.startswith((_ZIP, _COMPOUND)):
        book = open_workbook(file.data, file.terms.limits)
        sheets = list(_workbook_sheets(file, book))
    else:
        sheets = [_sheet("", _text_lines(file))]
    return tuple(sheet for sheet in sheets if sheet.lines)


def _sheet(name: str, lines: Iterable[tuple[int, Iterable[str]]]) -> Sheet:
    cleaned = (Line(number, _cleaned(cells)) for number, cells in lines)
    return Sheet(name, tuple(line for line in cleaned if line.cells))


def _cleaned(cells: Iterable[str]) -> tuple[str, ...]:
    """Texts without what a spreadsheet or an export puts around them, nor blanks at the end."""
    texts = [_CONTROL_BUT_LINES.sub("", text).strip().removeprefix("'") for text in cells]
    while texts and not texts[-1]:
        texts.pop()
    return tuple(texts)


def _workbook_sheets(file: Opened, book: Workbook) -> Iterator[Sheet]:
    names = [name for name in book.names if name not in book.hidden]
    for name in names:
        _check_cells(file, book, name)
    # Reading them checks how far they reach, which openpyxl would go through cell by cell.
    grids = {name: _with_merged_repeated(book.grid(name), book.merged(name)) for name in names}
    padded: Mapping[str, Mapping[Position, str]] = {}
    if any(map(_ZEROS_ARE_SHOWN.search, book.parts.values())):
        padded = _padded_numbers(file.data, names)
    for name, grid in grids.items():
        rows = _shown_rows(grid, padded.get(name, {}))
        yield _sheet(name, enumerate(rows, 1))


def _check_cells(file: Opened, book: Workbook, name: str) -> None:
    """Raise TableError where programs show different values in a cell of a sheet."""
    if not book.readers_may_differ(name):
        return
    for row, cells in enumerate(book.grid(name)):
        for column, value in enumerate(cells):
            doubt = book.doubt(name, (row, column)) if value != "" else None
            if doubt and doubt.code in ("readers_differ", "cell_unclear"):
                cell = {"sheet": name, "cell": cell_name(row, column), **doubt.facts}
                raise _fault(file.source, "cell_unclear", cell)


def _with_merged_repeated(
    grid: Sequence[Sequence[object]], merged: Iterable[tuple[Position, Position]]
) -> list[list[object]]:
    """The rows with what is merged downwards in each of its rows: a department over its units."""
    rows = [list(row) for row in grid]
    for (top, left), (bottom, _) in merged:
        for row in rows[top + 1 : bottom + 1]:
            row[left : left + 1] = rows[top][left : left + 1]
    return rows


def _shown_rows(
    grid: Iterable[Iterable[object]], padded: Mapping[Position, str]
) -> Iterator[list[str]]:
    for number, row in enumerate(grid, 1):
        cells = enumerate(row, 1)
        yield [padded.get((number, column)) or _shown(value) for column, value in cells]


def _padded_numbers(data: bytes, names: Collection[str]) -> Mapping[str, Mapping[Position, str]]:
    """The whole numbers on sheets of an xlsx that Excel shows with zeros before them, as shown.

    By name of sheet, row and column (from 1): a code 00123 may be the number 123, shown as 00000.
    """
    import openpyxl  # late: hardly any table needs it

    found: dict[str, dict[Position, str]] = {}
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    except Exception:  # of families that have nothing in common
        raise refusal("damaged") from None
    for sheet in book.worksheets:
        if sheet.title not in names:
            continue
        padded = found[sheet.title] = {}
        for cell in chain.from_iterable(sheet.iter_rows()):
            if isinstance(cell.value, int) and _ZEROS.fullmatch(cell.number_format):
                padded[cell.row, cell.column] = str(cell.value).zfill(len(cell.number_format))
    return found


def _text_lines(file: Opened) -> Iterator[tuple[int, list[str]]]:
    text = _decoded(file)
    delimiter = max(_DELIMITERS, key=text.count)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise _fault(file.source, "not_csv", {"detail": str(error)}, line=reader.line_num) from None


def _decoded(file: Opened) -> str:
    marked = file.data.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    for encoding in _MARKED_ENCODINGS if marked else _ENCODINGS:
        with suppress(UnicodeDecodeError):
            return file.data.decode(encoding)
    raise _fault(file.source, "other_encoding", {})


def _shown(value: object) -> str:
    """A code typed as a number comes back as one: 224001, not 224001.0; a day as 2026-03-01."""
    match value:
        case datetime(hour=0, minute=0, second=0, microsecond=0):
            return value.date().isoformat()
        case float() if abs(value) >= _KEPT:
            return f"{value:.2e}{LOST}"
        case float() if value.is_integer():
            return str(int(value))
    return str(value)


def _fault(place: str, code: str, *facts: Mapping[str, object], line: int = 0) -> TableError:
    """The error of a table: a fault for each mapping of facts."""
    faults = [Fault(place=place, line=line, code=f"table.{code}", facts=each) for each in facts]
    return TableError(faults)
