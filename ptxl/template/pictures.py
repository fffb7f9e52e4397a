"""The file of a picture beside a template → the `Picture`, or a fault. PNG or JPEG alone.

Whether a file is whole is told by its structure; what its pixels show is not looked at.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from ptxl.model.form import Picture
from ptxl.template.faults import Faults, Stop, bytes_of
from ptxl.template.folders import LARGEST_PICTURE, PICTURE_NAME
from ptxl.template.leaves import Text

#: of either side
MOST_PIXELS = 2_000
_PNG = b"\x89PNG\r\n\x1a\n"
#: the frames of a JPEG that tell its size
_JPEG_FRAMES = frozenset({*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC)})
#: what each has, too: tables by which its numbers are rounded, the head of its pixels, and they
_JPEG_TABLES, _JPEG_SCAN, _JPEG_PIXELS = 0xDB, 0xDA, 0
_JPEG_END = b"\xff\xd9"
_SMALLEST_TABLE = 65
#: the colour types of a PNG: how many numbers a pixel has, and of how many bits they may be
_PNG_COLOURS: Mapping[int, tuple[int, tuple[int, ...]]] = {
    0: (1, (1, 2, 4, 8, 16)), 2: (3, (8, 16)), 3: (1, (1, 2, 4, 8)), 4: (2, (8, 16)),
    6: (4, (8, 16)),
}  # fmt: skip
_PALETTE = 3
#: the passes of an interlaced PNG: the first column and row of each, and the steps to the next
_PNG_PASSES = (
    (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
    (0, 1, 1, 2),
)  # fmt: skip


def read_picture(folder: Path, leaf: Text, name: str, label: str, faults: Faults) -> Picture | None:
    """The picture of that name in the folder of a template; None, and a fault, where it is none."""
    facts = {"name": name, "kilobytes": LARGEST_PICTURE // 1024, "pixels": MOST_PIXELS}
    try:
        data = bytes_of(folder / name, Faults()) if PICTURE_NAME.fullmatch(name) else b""
    except Stop:
        data = b""
    size = picture_size(data) if len(data) <= LARGEST_PICTURE else None
    if size is None or not 0 < min(size) <= max(size) <= MOST_PIXELS:
        faults.add(leaf.origin, "no_picture", **facts)
        return None
    if not is_whole(data):
        faults.add(leaf.origin, "picture_damaged", name=name)
        return None
    return Picture(_without_density(data), *size, label)


def picture_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels that a PNG or JPEG file tells of itself; None of any other."""
    try:
        if data.startswith(_PNG) and data[12:16] == b"IHDR":
            width, height = struct.unpack_from(">2I", data, 16)
            return width, height
        if data.startswith(b"\xff\xd8\xff"):
            return _jpeg_size(data)
    except struct.error:  # it ends before it says so
        pass
    return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    for marker, segment in _segments(data):
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">2H", segment, 1)
            return width, height
    return None


def is_whole(data: bytes) -> bool:
    """Whether a PNG or JPEG file that tells its size has all that programs need to show it."""
    return _is_whole_png(data) if data.startswith(_PNG) else _is_whole_jpeg(data)


def _is_whole_jpeg(data: bytes) -> bool:
    found = dict(_segments(data))
    scan, pixels = found.get(_JPEG_SCAN, b""), found.get(_JPEG_PIXELS, b"")
    described = len(found.get(_JPEG_TABLES, b"")) >= _SMALLEST_TABLE and scan
    if not described or len(scan) != 4 + 2 * scan[0]:
        return False
    return len(pixels) > len(_JPEG_END) and pixels.endswith(_JPEG_END)


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The segments of a JPEG that are whole, each with its marker, and then its pixels."""
    at, marker = 2, 0
    while at + 4 <= len(data) and marker != _JPEG_SCAN:
        start, marker, length = struct.unpack_from(">2BH", data, at)
        segment = data[at + 4 : at + 2 + length]
        if start != 0xFF or len(segment) != length - 2:
            return
        yield marker, segment
        at += 2 + length
    yield _JPEG_PIXELS, data[at:]


def _is_whole_png(data: bytes) -> bool:
    chunks = list(_chunks(data))
    kinds = [chunk[4:8] for chunk in chunks]
    ends = kinds[-1] == b"IEND" and kinds.count(b"IEND") == kinds.count(b"IHDR") == 1
    if not ends or not all(map(_is_whole_chunk, chunks)):
        return False
    size = _size_of_pixels(chunks[0][8:-4], palette=b"PLTE" in kinds)
    return size > 0 and _inflates_to(size, b"".join(_data_of(chunks, b"IDAT")))


def _chunks(data: bytes) -> Iterator[bytes]:
    """The chunks of a PNG: length, kind, data, checksum. The last may be cut off."""
    at = len(_PNG)
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        yield data[at : at + 12 + length]
        at += 12 + length


def _data_of(chunks: list[bytes], kind: bytes) -> Iterator[bytes]:
    return (chunk[8:-4] for chunk in chunks if chunk[4:8] == kind)


def _is_whole_chunk(chunk: bytes) -> bool:
    whole = len(chunk) == 12 + int.from_bytes(chunk[:4], "big")
    return whole and zlib.crc32(chunk[4:-4]) == int.from_bytes(chunk[-4:], "big")


def _size_of_pixels(head: bytes, *, palette: bool) -> int:
    """The bytes of all rows of a PNG, by its IHDR; 0 where that says what there is not."""
    if len(head) != 13:
        return 0
    width, height, bits, colour, packing, filtering, interlaced = struct.unpack(">2I5B", head)
    numbers, known = _PNG_COLOURS.get(colour, (0, ()))
    if bits not in known or packing or filtering or interlaced > 1:
        return 0
    if colour == _PALETTE and not palette:
        return 0
    size = 0
    for column, row, right, down in _PNG_PASSES if interlaced else ((0, 0, 1, 1),):
        columns, rows = -((column - width) // right), -((row - height) // down)
        if columns > 0:  # else no row is there, not even its first byte
            size += rows * (1 + -(-columns * numbers * bits // 8))
    return size


def _inflates_to(size: int, packed: bytes) -> bool:
    """Whether packed bytes are so many, and all of them are there; no more are unpacked."""
    unpacking = zlib.decompressobj()
    try:
        return len(unpacking.decompress(packed, size + 1)) == size and unpacking.eof
    except zlib.error:
        return False


def _without_density(data: bytes) -> bytes:
    """The file without the size that it would be printed in: the cell says that."""
    if not data.startswith(_PNG):
        unit = data.find(b"JFIF\0") + 7
        return data[:unit] + b"\0" + data[unit + 1 :] if unit == 13 else data
    return _PNG + b"".join(chunk for chunk in _chunks(data) if chunk[4:8] != b"pHYs")
