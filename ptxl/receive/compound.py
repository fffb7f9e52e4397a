"""A compound file (xls, doc, msg) → its streams, and the tree of storages that they hang in."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from ptxl.model.refusals import refusal

MAGIC = b"\xd0\xcf\x11\xe0"
STORAGE, STREAM = 1, 2
_ROOT = 5
_HEADER = 76
_FREE = 0xFFFFFFFA  # this and above: no sector
_SMALL_SECTOR = 64
#: storages in storages
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """A stream or storage: where it begins, and the places of those beside and below it."""

    name: str
    kind: int
    start: int
    size: int
    left: int
    right: int
    child: int


class Compound:
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
        self._directory = self._read_directory()
        roots = [entry for entry in self._directory if entry]
        if not roots or roots[0].kind != _ROOT:
            raise refusal("damaged")
        self._root = roots[0]

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
                numbers = self._numbers(self._at(sector))
                if len(numbers) * 4 < self._sector:
                    raise refusal("cut_short")
                table.extend(numbers)
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

    def entries(self) -> list[Entry]:
        """All streams and storages, wherever they hang, by names in small letters; the root first.

        Raises WorkbookError.
        """
        return [entry for entry in self._directory if entry]

    def tree(self) -> dict[tuple[str, ...], Entry]:
        """All streams and storages that hang below the root, by their path. Raises WorkbookError.

        One that hangs in several places, which no program writes, is there once.
        """
        found: dict[tuple[str, ...], Entry] = {}
        waiting: list[tuple[tuple[str, ...], int]] = [((), self._root.child)]
        seen: set[int] = set()
        while waiting:
            folder, number = waiting.pop()
            entry = self._directory[number] if number < len(self._directory) else None
            if entry is None or number in seen:
                continue
            seen.add(number)
            path = (*folder, entry.name)
            found[path] = entry
            waiting += [(folder, entry.right), (folder, entry.left)]
            if entry.kind == STORAGE and len(path) < _DEEPEST:
                waiting.append((path, entry.child))
        return found

    def _read_directory(self) -> list[Entry | None]:
        """What stands in each place of the directory; None where nothing does."""
        start = struct.unpack_from("<I", self._data, 48)[0]
        content = b"".join(map(self._at, self._chain(start, self._table)))
        found: list[Entry | None] = []
        for place in range(0, len(content) - 127, 128):
            length, kind = struct.unpack_from("<HB", content, place + 64)
            entry = None
            if kind in (STORAGE, STREAM, _ROOT) and 2 <= length <= 64:
                name = content[place : place + length - 2].decode("utf-16-le", "replace")
                links = struct.unpack_from("<III", content, place + 68)
                entry = Entry(
                    name.lower(), kind, *struct.unpack_from("<II", content, place + 116), *links
                )
            found.append(entry)
        return found

    def stream(self, entry: Entry) -> bytes:
        """The bytes of a stream. Raises WorkbookError when some are missing."""
        if entry.size >= self._cutoff:
            content = b"".join(map(self._at, self._chain(entry.start, self._table)))
        else:
            content = self._small_stream(entry)
        if len(content) < entry.size:
            raise refusal("cut_short")
        return content[: entry.size]

    def with_bytes(self, entry: Entry, changes: Mapping[int, bytes]) -> bytes:
        """The file with other bytes at places of a stream; as it is where that is a small one."""
        if entry.size < self._cutoff:
            return self._data
        sectors = list(self._chain(entry.start, self._table))
        found = bytearray(self._data)
        for start, content in changes.items():
            for place, byte in enumerate(content, start):
                sector, within = divmod(place, self._sector)
                found[(sectors[sector] + 1) * self._sector + within] = byte
        return bytes(found)

    def _small_stream(self, entry: Entry) -> bytes:
        held, table = self._small
        places = (sector * _SMALL_SECTOR for sector in self._chain(entry.start, table))
        return b"".join(held[place : place + _SMALL_SECTOR] for place in places)

    @cached_property
    def _small(self) -> tuple[bytes, array[int]]:
        """The stream in which small ones lie, and the next one of each of its sectors."""
        held = b"".join(map(self._at, self._chain(self._root.start, self._table)))
        start = struct.unpack_from("<I", self._data, 60)[0]
        numbers = b"".join(map(self._at, self._chain(start, self._table)))
        return held, array("I", self._numbers(numbers))
