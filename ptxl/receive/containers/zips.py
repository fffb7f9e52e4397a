"""A zip → its directory, and each file in it with its name as it was meant.

The names of old programs are in no encoding that the zip states. They are taken as bytes, and all
of them together tell which one it is. zipfile is not asked: it takes the second byte of some
Chinese characters for a separator, and one name that is none for the end of the zip.
"""

from __future__ import annotations

import stat
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from ptxl.model.refusals import refusal
from ptxl.receive.containers.contents import (
    Listing,
    Packed,
    decode_together,
    is_utf_8,
    shown_name,
)
from ptxl.receive.limits import MEGABYTE, Limits
from ptxl.receive.sniff import ENCRYPTED, IS_UTF_8, inflated, packed_at
from ptxl.words import Phrase

_CENTRAL, _END, _END_64 = b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06"
_END_LENGTH, _END_64_LENGTH, _LOCATOR_LENGTH = 22, 56, 20
#: what a zip of several volumes begins with
_SPLIT = b"PK\x07\x08"
#: an entry: flags to sizes, lengths of name, extra and comment, attributes, place
_RECORD = struct.Struct("<4s4xHH4xIIIHHH4xII")
_UNICODE_PATH, _ZIP_64 = 0x7075, 0x0001
#: for a number that stands in an extra field instead
_ELSEWHERE, _ELSEWHERE_SHORT = 0xFFFFFFFF, 0xFFFF
#: a file of at most this size may come from next to nothing
_SMALL = 8 * MEGABYTE


@dataclass(frozen=True, slots=True)
class Record:
    """What the directory says of an entry; the name is as it was written."""

    name: bytes
    flags: int
    method: int
    crc: int
    packed_size: int
    size: int
    attributes: int
    header: int
    extra: bytes

    @property
    def length(self) -> int:
        """The least that the entry takes in the zip."""
        return 30 + len(self.name) + self.packed_size


def directory(data: bytes, most: int) -> list[Record]:
    """The entries of a zip, in order. Raises WorkbookError for no zip, and for more than `most`."""
    place, shift, count = _directory_at(data)
    if count > most:
        raise refusal("too_many_files", limit=most)
    found: list[Record] = []
    while data.startswith(_CENTRAL, place) and place + _RECORD.size <= len(data):
        record, place = _record(data, place, shift)
        found.append(record)
        if len(found) > count:
            break
    if len(found) != count:
        raise refusal("damaged")
    return found


def _directory_at(data: bytes) -> tuple[int, int, int]:
    """Where the directory begins, how much later all places are than they say, and its length."""
    end = data.rfind(_END)
    if end < 0 or end + _END_LENGTH > len(data):
        raise refusal("archive_split" if data.startswith(_SPLIT) else "cut_short")
    disk, count, size, start = struct.unpack_from("<4xH4xHII", data, end)
    if _ELSEWHERE in (size, start) or _ELSEWHERE_SHORT in (disk, count):
        end = data.rfind(_END_64, 0, max(0, end - _LOCATOR_LENGTH))
        if not 0 <= end <= len(data) - _END_64_LENGTH:
            raise refusal("damaged")
        disk, count, size, start = struct.unpack_from("<16xI12xQQQ", data, end)
    if disk:
        raise refusal("archive_split")
    place = end - size
    if place < 0 or start > place:
        raise refusal("cut_short")
    return place, place - start, count


def _record(data: bytes, place: int, shift: int) -> tuple[Record, int]:
    """The entry at a place, and where the next one is."""
    _, flags, method, crc, packed_size, size, *lengths, attributes, header = _RECORD.unpack_from(
        data, place
    )
    after_name = place + _RECORD.size + lengths[0]
    after_extra = after_name + lengths[1]
    extra = data[after_name:after_extra]
    if _ELSEWHERE in (packed_size, size, header):
        size, packed_size, header = _large_numbers(extra, (size, packed_size, header))
    name = data[place + _RECORD.size : after_name]
    record = Record(name, flags, method, crc, packed_size, size, attributes, header + shift, extra)
    return record, after_extra + lengths[2]


def _large_numbers(extra: bytes, numbers: Sequence[int]) -> Iterator[int]:
    """The numbers, those that stand elsewhere from the extra field; it holds no others."""
    content = _extra_field(extra, _ZIP_64)
    held = iter(struct.unpack(f"<{len(content) // 8}Q", content[: len(content) // 8 * 8]))
    for number in numbers:
        yield next(held, number) if number == _ELSEWHERE else number


def _extra_field(extra: bytes, wanted: int) -> bytes:
    """What an extra field holds; nothing if it is not there, or not whole."""
    place = 0
    while place + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, place)
        content = extra[place + 4 : place + 4 + length]
        if kind == wanted and len(content) == length:
            return content
        place += 4 + length
    return b""


# -- names


def names_of(records: Sequence[Record]) -> list[str]:
    """The name of each entry: as it says, where it does, else as all others together."""
    said = [_name_said(record) for record in records]
    others = decode_together(
        [record.name for record, name in zip(records, said, strict=True) if name is None]
    )
    unsaid = iter(others)
    return [next(unsaid) if name is None else name for name in said]


def _name_said(record: Record) -> str | None:
    """The name, where the entry says in which encoding it is; None where it does not, or lies."""
    if record.flags & IS_UTF_8 and is_utf_8(record.name):
        return record.name.decode()
    field = _extra_field(record.extra, _UNICODE_PATH)
    fits = len(field) > 5 and struct.unpack_from("<xI", field) == (zlib.crc32(record.name),)
    if fits and is_utf_8(field[5:]):
        return field[5:].decode()
    return None


# -- files


def list_zip(data: bytes, limits: Limits) -> Listing:
    """The files of a zip, folders left out. Raises WorkbookError."""
    records = directory(data, limits.archive_files)
    _check_overlaps(records)
    return Listing(
        [
            Packed(shown_name(name), record.size, partial(_unpack, data, record, limits))
            for name, record in zip(names_of(records), records, strict=True)
            if not name.endswith(("/", "\\"))
        ]
    )


def _check_overlaps(records: Sequence[Record]) -> None:
    """Refuse a zip in which two entries share bytes: each would unpack them once more."""
    spans = sorted((record.header, record.header + record.length) for record in records)
    if any(end > start for (_, end), (start, _) in pairwise(spans)):
        raise refusal("archive_overlaps")


def _unpack(data: bytes, record: Record, limits: Limits, most: int) -> bytes:
    """What an entry holds, when it is what the directory says."""
    if record.flags & ENCRYPTED:
        raise refusal("archive_encrypted")
    if stat.S_ISLNK(record.attributes >> 16):
        raise refusal("not_a_workbook", what=Phrase("kinds.shortcut"))
    if record.size > most or record.size > max(_SMALL, record.packed_size * limits.ratio):
        raise refusal("too_large", size=record.size // MEGABYTE, limit=most // MEGABYTE)
    _, packed = packed_at(data, record.header, record.packed_size)
    content = inflated(packed, record.method, record.size)
    if len(content) != record.size or zlib.crc32(content) != record.crc:
        raise refusal("damaged")
    return content
