"""A tar → the files in it; the shape in which other programs hand over what they unpack.

tarfile is not asked: it follows what a tar says of itself without end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from ptxl.model.refusals import refusal
from ptxl.receive.containers.contents import Listing, Packed, decode_together, shown_name
from ptxl.receive.limits import MEGABYTE, Limits
from ptxl.words import Phrase

_BLOCK = 512
#: kinds of members: files, links of both kinds, and what is said of the member that follows
_FILES, _LINKS, _PAX, _LONG_NAME = b"0\x007", b"12", b"x", b"L"
#: stands for all that comes after a broken header
_DAMAGED = b"!"
_PAX_RECORD = re.compile(rb"\d{1,9} ([a-zA-Z.]{1,50})=([^\n]*)\n")


@dataclass(frozen=True, slots=True)
class _Member:
    """A member and where its content lies."""

    name: bytes
    kind: bytes
    start: int
    size: int


def list_tar(data: bytes, limits: Limits) -> Listing:
    """The files of a tar, folders left out. Raises WorkbookError."""
    members: list[_Member] = []
    for member in _members(data):
        if len(members) == limits.archive_files:
            raise refusal("too_many_files", limit=limits.archive_files)
        if member.kind in _FILES + _LINKS + _DAMAGED:
            members.append(member)
    names = decode_together([member.name for member in members])
    return Listing(
        [
            Packed(shown_name(name), member.size, partial(_unpack, data, member))
            for name, member in zip(names, members, strict=True)
        ]
    )


def _members(data: bytes) -> Iterator[_Member]:
    """All members in order; one that says something of the next one is not told of itself."""
    said: dict[bytes, bytes] = {}
    place = 0
    while place + _BLOCK <= len(data) and any(data[place : place + _BLOCK]):
        header = data[place : place + _BLOCK]
        if _number(header[148:156]) != sum(header) - sum(header[148:156]) + 8 * 0x20:
            yield _Member(b"", _DAMAGED, place, 0)
            return
        kind, size = header[156:157], _number(header[124:136])
        if said.get(b"size", b"").isdigit():
            size = int(said[b"size"][:18])
        start = place + _BLOCK
        place = start + -(-size // _BLOCK) * _BLOCK
        if kind == _PAX:
            said |= dict(_PAX_RECORD.findall(data[start : start + size]))
        elif kind == _LONG_NAME:
            said[b"path"] = data[start : start + size].rstrip(b"\0")
        else:
            yield _Member(_name(header, said), kind, start, size)
            said = {}


def _name(header: bytes, said: dict[bytes, bytes]) -> bytes:
    """The name as it is said before the member, or in its header in two parts."""
    name, prefix = header[:100].rstrip(b"\0"), header[345:500].rstrip(b"\0")
    is_ustar = header[257:263] == b"ustar\0"
    return said.get(b"path") or (prefix + b"/" + name if is_ustar and prefix else name)


def _number(field: bytes) -> int:
    """A number in octal digits, or in binary where it is large; 0 where it is none."""
    if field.startswith(b"\x80"):
        return int.from_bytes(field[-8:], "big")
    digits = field.strip(b" \0")
    with suppress(ValueError):
        return int(digits, 8) if digits.isdigit() else 0
    return 0


def _unpack(data: bytes, member: _Member, most: int) -> bytes:
    if member.kind == _DAMAGED:
        raise refusal("damaged")
    if member.kind in _LINKS:
        raise refusal("not_a_workbook", what=Phrase("kinds.shortcut"))
    if member.size > most:
        raise refusal("too_large", size=member.size // MEGABYTE, limit=most // MEGABYTE)
    content = data[member.start : member.start + member.size]
    if len(content) < member.size:
        raise refusal("cut_short")
    return content
