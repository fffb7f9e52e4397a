"""A compound file and the records of its workbook: macros, passwords, how far its sheets reach."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from ptxl.guard.limits import Limits
from ptxl.guard.others import other_compound
from ptxl.refusals import refusal

MAGIC = b"\xd0\xcf\x11\xe0"
_HEADER = 76
_FREE = 0xFFFFFFFA  # this and above: no sector
_SMALL_SECTOR = 64
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_VBA = "_vba_project_cur", "vba", "_vba_project"

# Records of a workbook stream, with the place of what is asked of them.
_BOF, _FILEPASS, _BOUNDSHEET, _SST, _MERGES, _VALIDATION = 0x809, 0x2F, 0x85, 0xFC, 0xE5, 0x1BE
_LINK, _CONDITIONS = 0x1B8, 0x1B0
_MACRO_SHEET = 1
#: those that hold a value: row and column come first
_VALUES = frozenset((0x06, 0xFD, 0xD6, 0x203, 0x204, 0x205, 0x27E, 0xBD))
_SEVERAL = 0xBD


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    kind: int
    start: int
    size: int


def check(data: bytes, limits: Limits) -> None:
    """Raise WorkbookError for what is no xls, for what no form holds, or what costs too much."""
    file = _Compound(data)
    entries = file.entries()
    books = {entry.name: entry for entry in entries if entry.kind == _STREAM}
    book = books.get("workbook") or books.get("book")
    if book is None or "encryptedpackage" in books:
        raise other_compound(books)
    if any(entry.kind == _STORAGE and entry.name in _VBA for entry in entries):
        raise refusal("macros")
    _check_records(file.stream(book), limits)


class _Compound:
    """Sectors, chained by a table; a small stream lies in sectors of its own within another one."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        if len(data) < 512:
            raise refusal("cut_short")
        shift, self._small_shift = struct.unpack_from("<HH", data, 30)
        if shift not in (9, 12) or self._small_shift != 6:
            raise refusal("damaged")
        self._sector = 1 << shift
        self._cutoff = struct.unpack_from("<I", data, 56)[0]
        self._table = self._sectors_table()

    def _sectors_table(self) -> array[int]:
        """For each sector the next one of its chain."""
        sectors = list(struct.unpack_from("<109I", self._data, _HEADER))
        more, seen = struct.unpack_from("<I", self._data, 68)[0], set[int]()
        while more < _FREE:
            if more in seen:
                raise refusal("damaged")
            seen.add(more)
            numbers = self._numbers(self._at(more))
            more = numbers.pop() if numbers else _FREE
            sectors += numbers
        table = array("I")
        for sector in sectors:
            if sector < _FREE:
                table.extend(self._numbers(self._at(sector)))
        return table

    @staticmethod
    def _numbers(content: bytes) -> list[int]:
        return list(struct.unpack(f"<{len(content) // 4}I", content[: len(content) // 4 * 4]))

    def _at(self, sector: int) -> bytes:
        """A sector; the last one of a file may be shorter than the others."""
        start = (sector + 1) * self._sector
        if start >= len(self._data):
            raise refusal("cut_short")
        return self._data[start : start + self._sector]

    def _chain(self, start: int, table: array[int]) -> Iterator[int]:
        for _ in range(len(table) + 1):
            if start >= _FREE:
                return
            yield start
            if start >= len(table):
                break
            start = table[start]
        raise refusal("damaged")

    def entries(self) -> list[_Entry]:
        """All streams and storages, wherever they hang, by names in small letters; the root first.

        Raises WorkbookError.
        """
        start = struct.unpack_from("<I", self._data, 48)[0]
        content = b"".join(map(self._at, self._chain(start, self._table)))
        found = []
        for place in range(0, len(content) - 127, 128):
            length, kind = struct.unpack_from("<HB", content, place + 64)
            if kind in (_STORAGE, _STREAM, _ROOT) and 2 <= length <= 64:
                name = content[place : place + length - 2].decode("utf-16-le", "replace")
                first, size = struct.unpack_from("<II", content, place + 116)
                found.append(_Entry(name.lower(), kind, first, size))
        if not found or found[0].kind != _ROOT:
            raise refusal("damaged")
        self._root = found[0]
        return found

    def stream(self, entry: _Entry) -> bytes:
        """The bytes of a stream. Raises WorkbookError when some are missing."""
        if entry.size >= self._cutoff:
            content = b"".join(map(self._at, self._chain(entry.start, self._table)))
        else:
            content = self._small_stream(entry)
        if len(content) < entry.size:
            raise refusal("cut_short")
        return content[: entry.size]

    def _small_stream(self, entry: _Entry) -> bytes:
        held = b"".join(map(self._at, self._chain(self._root.start, self._table)))
        start = struct.unpack_from("<I", self._data, 60)[0]
        numbers = b"".join(map(self._at, self._chain(start, self._table)))
        table = array("I", self._numbers(numbers))
        places = (sector * _SMALL_SECTOR for sector in self._chain(entry.start, table))
        return b"".join(held[place : place + _SMALL_SECTOR] for place in places)


def _check_records(stream: bytes, limits: Limits) -> None:
    rows = columns = ranges = sheet = 0
    for kind, place, length in _records(stream):
        if kind in _VALUES:
            row, column = struct.unpack_from("<HH", stream, place)
            if kind == _SEVERAL:
                column = struct.unpack_from("<H", stream, place + length - 2)[0]
            rows, columns = max(rows, row + 1), max(columns, column + 1)
            if rows * columns > limits.cells:
                raise refusal("too_many_cells", sheet=sheet, what=f"{rows} × {columns}")
        elif kind == _BOF:
            rows = columns = ranges = 0
            sheet += 1
        elif kind == _FILEPASS:
            raise refusal("encrypted")
        elif kind == _BOUNDSHEET and length > 5 and stream[place + 5] == _MACRO_SHEET:
            raise refusal("macros")
        elif kind in (_MERGES, _VALIDATION, _LINK, _CONDITIONS):
            ranges += struct.unpack_from("<H", stream, place)[0] if kind == _MERGES else 1
            if ranges > limits.ranges:
                raise refusal("too_many_cells", sheet=sheet, what=ranges)
        elif kind == _SST and struct.unpack_from("<I", stream, place + 4)[0] > len(stream):
            # Readers reserve memory for as many texts as it says there are.
            raise refusal("damaged")


def _records(stream: bytes) -> Iterator[tuple[int, int, int]]:
    """Kind, place of the content, and length of each record."""
    unpack, place, end = struct.Struct("<HH").unpack_from, 0, len(stream) - 4
    while place <= end:
        kind, length = unpack(stream, place)
        place += 4
        if place + length > len(stream):
            raise refusal("cut_short")
        yield kind, place, length
        place += length
