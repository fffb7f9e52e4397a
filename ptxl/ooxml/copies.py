"""A package → copies of it that differ in a few texts. What is the same in all is deflated once.

A part that differs is cut at its marks. Each piece between them is deflated so that anything may
stand before it; the text in place of a mark is put between two pieces as it is, not deflated. That
is about ten times as fast as deflating the part anew, and the file is a twentieth larger.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

_LOCAL_HEADER = struct.Struct("<4s5H3L2H")
_DIRECTORY_LINE = struct.Struct("<4s6H3L5H2L")
_DIRECTORY_END = struct.Struct("<4s4H2LH")
_STORED_BLOCK = struct.Struct("<B2H")
_LONGEST_BLOCK = 0xFFFF
#: of everything in a zip: the version that unpacks it, no flags, deflated, and the first of 2020
_MADE = (20, 0, zlib.DEFLATED, 0, (2020 - 1980) << 9 | 1 << 5 | 1)
_FOR_OWNER_ONLY = 0o600 << 16  # as Python's zipfile has it


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file of a zip: its name, what checks it, and its bytes, deflated."""

    name: bytes
    crc: int
    size: int
    deflated: bytes

    @property
    def _sizes(self) -> tuple[int, int, int, int, int]:
        return self.crc, len(self.deflated), self.size, len(self.name), 0

    def packed(self) -> bytes:
        """Return it as it stands in a zip."""
        return _LOCAL_HEADER.pack(b"PK\3\4", *_MADE, *self._sizes) + self.name + self.deflated

    def listed(self, offset: int) -> bytes:
        """Return its line in the directory of a zip in which it stands at that place."""
        made_by = _MADE[0]
        rest = (0, 0, 0, _FOR_OWNER_ONLY, offset)
        line = _DIRECTORY_LINE.pack(b"PK\1\2", made_by, *_MADE, *self._sizes, *rest)
        return line + self.name


@dataclass(frozen=True, slots=True)
class _Differing:
    """A part that differs: its pieces as they are and deflated, and the marks between them."""

    name: bytes
    pieces: tuple[bytes, ...]
    deflated: tuple[bytes, ...]
    marks: tuple[str, ...]

    def entry(self, texts: Mapping[str, bytes]) -> _Entry:
        """Put texts in the place of the marks; nothing where there is none for a mark."""
        between = [texts.get(mark, b"") for mark in self.marks]
        whole = b"".join(_alternating(self.pieces, between))
        deflated = b"".join(_alternating(self.deflated, map(_stored, between)))
        return _Entry(self.name, zlib.crc32(whole), len(whole), deflated)


class Copies:
    """Copies of a package. `mark` finds what differs in its parts; its group names the text."""

    def __init__(self, parts: Mapping[str, bytes], mark: re.Pattern[bytes]) -> None:
        cut = {name.encode("ascii"): mark.split(data) for name, data in parts.items()}
        same = [_same(name, *texts) for name, texts in cut.items() if len(texts) == 1]
        self._same = b"".join(entry.packed() for entry in same)
        self._same_listed = b"".join(_lines(same, 0))
        self._count = len(cut)
        self._differing = [_differing(*each) for each in cut.items() if len(each[1]) > 1]

    def copy(self, texts: Mapping[str, bytes]) -> bytes:
        """Return a zip with these texts in place of the marks. Same texts, same bytes.

        What is the same in all copies comes first.
        """
        entries = [part.entry(texts) for part in self._differing]
        packed = b"".join((self._same, *(entry.packed() for entry in entries)))
        listed = b"".join((self._same_listed, *_lines(entries, len(self._same))))
        counts = (0, 0, self._count, self._count)
        return (
            packed + listed + _DIRECTORY_END.pack(b"PK\5\6", *counts, len(listed), len(packed), 0)
        )


def _same(name: bytes, content: bytes) -> _Entry:
    deflater = _deflater()
    deflated = deflater.compress(content) + deflater.flush()
    return _Entry(name, zlib.crc32(content), len(content), deflated)


def _differing(name: bytes, texts: list[bytes]) -> _Differing:
    pieces, marks = texts[::2], texts[1::2]
    deflater = _deflater()
    # A full flush ends at a byte, and nothing behind it refers to what was before it.
    deflated = [deflater.compress(piece) + deflater.flush(zlib.Z_FULL_FLUSH) for piece in pieces]
    names = tuple(mark.decode() for mark in marks)
    return _Differing(name, tuple(pieces), (*deflated[:-1], deflated[-1] + deflater.flush()), names)


def _deflater() -> zlib._Compress:
    return zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, -zlib.MAX_WBITS)


def _stored(text: bytes) -> bytes:
    """A text as deflate has it that is not deflated, in blocks, none of them the last."""
    starts = range(0, len(text), _LONGEST_BLOCK)
    blocks = (text[at : at + _LONGEST_BLOCK] for at in starts)
    return b"".join(
        _STORED_BLOCK.pack(0, len(block), len(block) ^ _LONGEST_BLOCK) + block for block in blocks
    )


def _alternating(pieces: Iterable[bytes], between: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the first piece, what comes between, the next piece, and so on."""
    following = iter(between)
    for piece in pieces:
        yield piece
        yield next(following, b"")


def _lines(entries: Iterable[_Entry], offset: int) -> Iterator[bytes]:
    """Yield the lines of a directory for entries that follow each other from a place on."""
    for entry in entries:
        yield entry.listed(offset)
        offset += len(entry.packed())
