"""A 7z or rar → why no program can open it, as far as its headers tell: a password, a volume."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from ptxl.model.refusals import refusal

_7Z_START = 32
#: in a 7z: the method that encrypts
_7Z_AES = b"\x06\xf1\x07\x01"
_RAR_4, _RAR_5 = b"Rar!\x1a\x07\x00", b"Rar!\x1a\x07\x01\x00"
#: blocks of rar 4, and what their flags say
_MAIN_4, _FILE_4 = 0x73, 0x74
_VOLUME_4, _SEALED_HEADERS_4, _SEALED_FILE_4, _LONG_4 = 0x0001, 0x0080, 0x0004, 0x8000
#: blocks of rar 5, what their flags say, and the record that says how a file is encrypted
_MAIN_5, _FILE_5, _SEALED_5 = 1, 2, 4
_EXTRA_5, _DATA_5, _VOLUME_5, _SEALING_5 = 0x0001, 0x0002, 0x0001, 1
#: blocks that are looked at
_MOST = 10_000


def check_7z(data: bytes) -> None:
    """Raise WorkbookError for a 7z whose end is elsewhere, or whose list of files is encrypted."""
    if len(data) < _7Z_START:
        raise refusal("cut_short")
    start, size = struct.unpack_from("<QQ", data, 12)
    if _7Z_START + start + size > len(data):
        raise refusal("archive_split")
    if _7Z_AES in data[_7Z_START + start :]:
        raise refusal("archive_encrypted")


def check_rar(data: bytes) -> None:
    """Raise WorkbookError for a rar that is one of several volumes, or has a password."""
    try:
        if data.startswith(_RAR_5):
            _check_rar_5(data)
        else:
            _check_rar_4(data)
    except (struct.error, IndexError):
        raise refusal("cut_short") from None


def _check_rar_4(data: bytes) -> None:
    place = len(_RAR_4)
    for _ in range(_MOST):
        if place >= len(data):
            return
        kind, flags, length = struct.unpack_from("<2xBHH", data, place)
        if kind == _MAIN_4 and flags & _VOLUME_4:
            raise refusal("archive_split")
        sealing = {_MAIN_4: _SEALED_HEADERS_4, _FILE_4: _SEALED_FILE_4}.get(kind, 0)
        if flags & sealing:
            raise refusal("archive_encrypted")
        if flags & _LONG_4 or kind == _FILE_4:
            length += struct.unpack_from("<I", data, place + 7)[0]
        place += max(length, 7)


def _check_rar_5(data: bytes) -> None:
    place = len(_RAR_5)
    for _ in range(_MOST):
        if place >= len(data):
            return
        size, start = _number(data, place + 4)
        kind, after = _number(data, start)
        flags, after = _number(data, after)
        extra_size, content_size = 0, 0
        if flags & _EXTRA_5:
            extra_size, after = _number(data, after)
        if flags & _DATA_5:
            content_size, after = _number(data, after)
        if kind == _MAIN_5 and _number(data, after)[0] & _VOLUME_5:
            raise refusal("archive_split")
        extra = data[start + size - extra_size : start + size] if extra_size <= size else b""
        if kind == _SEALED_5 or (kind == _FILE_5 and _SEALING_5 in _records_5(extra)):
            raise refusal("archive_encrypted")
        place = start + size + content_size


def _records_5(extra: bytes) -> Iterator[int]:
    """The kinds of the records of an extra area."""
    place = 0
    while place < len(extra):
        size, place = _number(extra, place)
        yield _number(extra, place)[0]
        place += max(size, 1)


def _number(data: bytes, place: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where it ends."""
    number = 0
    for shift in range(0, 70, 7):
        byte = data[place]
        place += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
    return number, place
