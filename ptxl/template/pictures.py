"""The file of a picture beside a template → the `Picture`, or a fault. PNG or JPEG alone."""

from __future__ import annotations

import struct
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
    at = 2
    while at < len(data):
        start, marker, length = struct.unpack_from(">2BH", data, at)
        if start != 0xFF or length < 2:
            return None
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">2H", data, at + 5)
            return width, height
        at += 2 + length
    return None


def _without_density(data: bytes) -> bytes:
    """The file without the size that it would be printed in: the cell says that."""
    if not data.startswith(_PNG):
        unit = data.find(b"JFIF\0") + 7
        return data[:unit] + b"\0" + data[unit + 1 :] if unit == 13 else data
    kept, at = [_PNG], len(_PNG)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        chunk = data[at : at + 12 + length]
        kept.append(b"" if chunk[4:8] == b"pHYs" else chunk)
        at += len(chunk)
    return b"".join(kept)
