"""Checks an xls for macros, passwords and its size; leaves out what nobody reads of it."""

from __future__ import annotations

import re
import struct
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from ptxl.model.errors import WorkbookError
from ptxl.model.refusals import refusal
from ptxl.receive.compound import STORAGE, STREAM, Compound, Entry
from ptxl.receive.foreign_files import other_compound
from ptxl.receive.limits import Limits

_VBA = "_vba_project_cur", "vba", "_vba_project"

# Records of a workbook stream that are looked at, here and in `_Records`.
_BOF, _EOF, _FILEPASS, _FORMULA, _SEVERAL, _TEXT = 0x809, 0x0A, 0x2F, 0x06, 0xBD, 0xFD
_RESULT = 0x207
_BOUNDSHEET, _TEXTS, _DIMENSIONS, _MERGES = 0x85, 0xFC, 0x200, 0xE5
#: validations, links, conditional formats
_RANGES = 0x1BE, 0x1B8, 0x1B0
#: cells that hold their texts themselves; the looks of its parts may come behind a text
_PLAIN, _RICH = 0x204, 0xD6
#: those that hold one value: row and column come first
_VALUES = _FORMULA, _RICH, 0x203, _PLAIN, 0x205, 0x27E
#: what may stand between a formula and the text that it results in
_BETWEEN = 0x4BC, 0x221, 0x236
#: what readers look for in a record without asking whether it is there
_SHORTEST = dict.fromkeys(_VALUES, 6) | {
    _FORMULA: 20, _SEVERAL: 8, _TEXT: 10, _BOUNDSHEET: 8, _TEXTS: 8, _MERGES: 2,
}  # fmt: skip
_ROW_AND_COLUMN = struct.Struct("<HH").unpack_from
_MACRO_SHEET = 1
#: how a workbook of Excel 97 and later begins
_EXCEL_97 = re.compile(rb"\x09\x08..\0\x06", re.DOTALL).match
#: where the characters of a text that a cell holds itself begin, or what is said of them
_TEXT_BEGINS = 9
#: of a text: its characters are of two bytes; how it sounds, how its parts look, comes behind it
_IS_WIDE, _HAS_SOUNDS, _HAS_LOOKS = 1, 4, 8
#: how a worksheet of Excel 97 and later begins, how long that is, and how it ends
_WORKSHEET, _BEGINNING, _END = b"\x09\x08\x10\0\0\x06\x10\0", 20, b"\x0a\0\0\0"
#: a record that no reader looks at, and the most that one holds
_NOTHING, _LONGEST = 0x0EFF, 8224
#: of a record: its kind and its length
_HEAD = 4
#: how long each value is of a record that holds several, with its style
_ONE_OF_SEVERAL = 6
#: what a beginning says that it begins
_CHART = b"\x20\0"
_DEEPEST = 2
_MOST_COLUMNS = 256
_MOST_ROWS = 65_536
#: what LibreOffice says of a sheet where rows were deleted, for which readers would reserve
#: memory: that it reaches to a last row which no xls has
_OVERSTATED = re.compile(rb"\0\x02\x0e\0....\0\0\x10\0", re.DOTALL)
_EXTENT_LENGTH = 14


class Records(NamedTuple):
    """An xls whose records were looked at; those of some sheets were left out."""

    data: bytes
    stream: bytes
    left_out: Mapping[str, bytes]


def check(data: bytes, limits: Limits, unread: Collection[str] = ()) -> Records:
    """Raise WorkbookError for what is no xls, for what no form holds, or what costs too much.

    What stands on the `unread` sheets is left out before anything of it is looked at.
    """
    file, book = _opened(data)
    stream = file.stream(book)
    changes: dict[int, bytes] = {}
    left_out: dict[str, bytes] = {}
    if _OVERSTATED.search(stream):
        changes.update(_restated(stream))
    for name, start, end in _areas(stream, unread):
        left_out[name] = stream[start:end]
        changes.update(_passed_over(start, end))
    if changes:
        data, stream = file.with_bytes(book, changes), _changed(stream, changes)
    _Records(stream, limits).check()
    return Records(data, stream, left_out)


def _changed(stream: bytes, changes: Mapping[int, bytes]) -> bytes:
    found = bytearray(stream)
    for place, head in changes.items():
        found[place : place + len(head)] = head
    return bytes(found)


def _restated(stream: bytes) -> Iterator[tuple[int, bytes]]:
    """The last rows of sheets that say more of them than an xls has, by their places."""
    place = 0
    for kind, record in records(stream, 0, _end_of(stream)):
        if kind == _DIMENSIONS and len(record) == _EXTENT_LENGTH:
            _, bottom = struct.unpack_from("<II", record)
            if bottom > _MOST_ROWS:
                yield place + _HEAD + 4, struct.pack("<I", _MOST_ROWS)
        place += _HEAD + len(record)


def _areas(stream: bytes, names: Collection[str]) -> Iterator[tuple[str, int, int]]:
    """Where what stands on sheets of those names begins and ends, of sheets that say so."""
    if not names:
        return
    starts = dict(_sheets_in(stream))
    for name in starts.keys() & names:
        first = starts[name] + _BEGINNING
        end = min((one for one in starts.values() if one > first), default=len(stream)) - len(_END)
        begins = stream.startswith(_WORKSHEET, starts[name])
        if begins and stream.startswith(_END, end) and end - first >= _HEAD:
            yield name, first, end


def count_formulas(left_out: bytes) -> int:
    """How many formulas are in what was left out of a sheet. Raises WorkbookError."""
    return sum(kind == _FORMULA for kind, _ in records(left_out, 0, len(left_out)))


def _sheets_in(stream: bytes) -> Iterator[tuple[str, int]]:
    """Name and start of each sheet, as far as the part that all of them share says it."""
    with suppress(WorkbookError):
        for kind, record in records(stream, 0, len(stream)):
            if kind == _BOUNDSHEET and len(record) >= _SHORTEST[kind]:
                (start,) = struct.unpack_from("<I", record)
                yield _name_in(record), start
            if kind == _EOF:
                return


def _passed_over(start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Heads of records that say nothing, by their places: they fill what lies between two."""
    while start < end:
        length = end - start - _HEAD
        if length > _LONGEST:  # and there is room for one more behind it
            length = min(_LONGEST, length - _HEAD)
        yield start, struct.pack("<HH", _NOTHING, length)
        start += _HEAD + length


def _opened(data: bytes) -> tuple[Compound, Entry]:
    """A compound file, and its stream that is a workbook. Raises WorkbookError without one."""
    file = Compound(data)
    entries = file.entries()
    books = {entry.name: entry for entry in entries if entry.kind == STREAM}
    book = books.get("workbook") or books.get("book")
    if book is None or "encryptedpackage" in books:
        raise other_compound(books)
    if any(entry.kind == STORAGE and entry.name in _VBA for entry in entries):
        raise refusal("macros")
    if book is not books.get("book", book):
        other = file.stream(books["book"])  # Excel wrote an older version beside the newer one
        if _EXCEL_97(other) and other != file.stream(book):
            raise refusal("damaged")  # programs open the one or the other
    return file, book


class _Records:
    """Looks through the records of a workbook once, sheet after sheet."""

    def __init__(self, stream: bytes, limits: Limits) -> None:
        self._stream = stream
        self._limits = limits
        self._is_97 = bool(_EXCEL_97(stream))
        self._texts = 0
        self._names: list[str] = []
        self._sheet = -2  # before the part that all sheets share
        self._begin_sheet()

    def check(self) -> None:
        """Raise WorkbookError for what no form holds, or what costs more than its limits."""
        looks = {
            _BOUNDSHEET: self._sheet_named, _FILEPASS: self._encrypted,
            _TEXTS: self._texts_claimed, _DIMENSIONS: self._cells_claimed, _MERGES: self._merged,
            _SEVERAL: self._several_valued, _TEXT: self._text_shown,
            **dict.fromkeys(_RANGES, self._ranged), **dict.fromkeys(_VALUES, self._valued),
            _PLAIN: self._plain_text, _RICH: self._rich_text,
        }  # fmt: skip
        stream = self._stream
        end = _end_of(stream)
        awaits_text = False
        within: list[bool] = []  # the sheet, and the chart on it: whether each is a chart
        for kind, record in records(stream, 0, end):
            if kind == _BOF:
                within.append(record[2:4] == _CHART)
                self._begin(within)
            if not within or len(record) < _SHORTEST.get(kind, 0):
                raise refusal("damaged")  # behind the end of a sheet nobody looks
            if kind == _EOF:
                within.pop()
            if any(within):
                continue  # what a chart remembers of cells stands in the records of cells
            if kind not in _BETWEEN:
                if awaits_text and kind != _RESULT:
                    raise refusal("damaged")  # the text that a formula results in is not there
                awaits_text = kind == _FORMULA and _results_in_text(record)
            if kind in looks:
                looks[kind](record)
        if not end:
            raise refusal("damaged")

    def _begin(self, within: Sequence[bool]) -> None:
        """Go on to the next sheet, or to a chart on a sheet: nothing else stands in another."""
        if len(within) == 1:
            self._begin_sheet()
        elif len(within) > _DEEPEST or not within[-1]:
            raise refusal("damaged")

    def _begin_sheet(self) -> None:
        self._sheet += 1
        self._rows = self._columns = self._ranges = 0
        self._seen: set[tuple[int, int]] = set()

    def _encrypted(self, _: bytes) -> None:
        raise refusal("encrypted")

    def _sheet_named(self, record: bytes) -> None:
        self._names.append(_name_in(record))
        if record[5] == _MACRO_SHEET:
            raise refusal("macros")
        if len(self._names) > self._limits.entries:
            raise refusal("bomb", what=f"> {self._limits.entries}")

    def _texts_claimed(self, record: bytes) -> None:
        (self._texts,) = struct.unpack_from("<I", record, 4)
        if self._texts > len(self._stream):  # readers reserve memory for them
            raise refusal("damaged")

    def _cells_claimed(self, record: bytes) -> None:
        if len(record) not in (10, _EXTENT_LENGTH):
            raise refusal("damaged")
        form = "<IIHH" if len(record) == _EXTENT_LENGTH else "<HHHH"
        top, bottom, left, right = struct.unpack_from(form, record)
        inside = top <= bottom <= _MOST_ROWS and left <= right <= _MOST_COLUMNS
        if not inside:
            raise refusal("damaged")

    def _merged(self, record: bytes) -> None:
        self._count_ranges(*struct.unpack_from("<H", record))

    def _ranged(self, _: bytes) -> None:
        self._count_ranges(1)

    def _count_ranges(self, count: int) -> None:
        self._ranges += count
        if self._ranges > self._limits.ranges:
            raise self._too_many(f"{self._ranges}")

    def _valued(self, record: bytes) -> None:
        row, column = _ROW_AND_COLUMN(record)
        self._hold(row, column)

    def _plain_text(self, record: bytes) -> None:
        self._valued(record)
        end, parts = _end_of_text(record) if self._is_97 else (0, 0)
        _require_looks(record, end, parts)

    def _rich_text(self, record: bytes) -> None:
        self._plain_text(record)
        end, _ = _end_of_text(record)
        if self._is_97 and 0 < end <= len(record) - 2:
            (parts,) = struct.unpack_from("<H", record, end)
            _require_looks(record, end + 2 + 4 * parts, parts)

    def _several_valued(self, record: bytes) -> None:
        row, first = _ROW_AND_COLUMN(record)
        (last,) = struct.unpack_from("<H", record, len(record) - 2)
        if len(record) != _HEAD + _ONE_OF_SEVERAL * (last - first + 1) + 2:
            raise refusal("damaged")  # programs count the values, or believe what is said of them
        self._reach(row, last)
        for column in range(first, last + 1):
            self._hold(row, column)

    def _text_shown(self, record: bytes) -> None:
        self._valued(record)
        (number,) = struct.unpack_from("<I", record, 6)
        if number >= self._texts:
            raise refusal("damaged")

    def _hold(self, row: int, column: int) -> None:
        """Note that a cell holds a value."""
        self._reach(row, column)
        if (row, column) in self._seen:  # programs would show the one or the other
            raise refusal("damaged")
        self._seen.add((row, column))

    def _reach(self, row: int, column: int) -> None:
        """Note that a sheet reaches as far as a cell."""
        if row < self._rows and column < self._columns:
            return
        self._rows, self._columns = max(self._rows, row + 1), max(self._columns, column + 1)
        if self._rows * self._columns > self._limits.cells:
            raise self._too_many(f"{self._rows} × {self._columns}")

    def _too_many(self, what: str) -> WorkbookError:
        names = dict(enumerate(self._names))
        return refusal("too_many_cells", sheet=names.get(self._sheet - 1, self._sheet), what=what)


def _end_of(stream: bytes) -> int:
    """Where the last record ends, or begins to: zeros may fill the last sector."""
    return len(stream.rstrip(b"\0"))


def _name_in(boundsheet: bytes) -> str:
    encoding = "utf-16-le" if boundsheet[7] & 1 else "latin-1"
    return boundsheet[8:].decode(encoding, "replace")


def _end_of_text(record: bytes) -> tuple[int, int]:
    """Where a text that a cell holds itself ends, and how many of its parts look otherwise.

    What says how they look follows the characters, and counts. 0 and 0 where that is cut short.
    """
    if len(record) < _TEXT_BEGINS + 2:
        return 0, 0
    length, flags = struct.unpack_from("<HB", record, 6)
    at, parts = _TEXT_BEGINS, 0
    if flags & _HAS_LOOKS:
        (parts,) = struct.unpack_from("<H", record, at)
        at += 2
    if flags & _HAS_SOUNDS:
        at += 4
    return at + length * (2 if flags & _IS_WIDE else 1) + 4 * parts, parts


def _require_looks(record: bytes, end: int, parts: int) -> None:
    """Refuse a text whose looks are cut short: LibreOffice shows none of the cells behind it."""
    if parts and end > len(record):
        raise refusal("damaged")


def _results_in_text(formula: bytes) -> bool:
    return formula[6] == 0 and formula[12:14] == b"\xff\xff"


def records(stream: bytes, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Kind and content of each record of an xls between two places.

    Raises WorkbookError when the stream ends within one.
    """
    unpack = struct.Struct("<HH").unpack_from
    while start < end:
        content = start + 4
        if content > len(stream):
            raise refusal("cut_short")
        kind, length = unpack(stream, start)
        start = content + length
        if start > len(stream):
            raise refusal("cut_short")
        yield kind, stream[content:start]
