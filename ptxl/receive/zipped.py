"""A package (xlsx, ods) → its parts, unpacked, within limits; or why not.

The directory is zipfile's; unpacking is not, since zipfile believes the sizes that a file states.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib

from ptxl.model.refusals import refusal
from ptxl.receive.limits import MEGABYTE, Limits

_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_STORED, _DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
_ENCRYPTED, _IS_UTF_8 = 1, 0x800
_HEADER_LENGTH = 30
_END_LENGTH = 22
#: for the size of a large package, which says it in another place
_ELSEWHERE = 0xFFFFFFFF
#: in a path: steps that lead nowhere, or upwards, and what programs part steps by differently
_ODD_PATH = re.compile(r"[\\\0]|(?:\A|/)\.{0,2}/")
#: a part below this may shrink to nothing: a sheet of blanks does
_SMALL = 8 * MEGABYTE


def directory(data: bytes, limits: Limits) -> list[zipfile.ZipInfo]:
    """What a package says it holds. Raises WorkbookError."""
    # zipfile keeps an object for each entry, and reads as many as there are.
    if data.count(_CENTRAL) > limits.entries:
        raise refusal("bomb", what=f"> {limits.entries}")
    if _is_cut_short(data):
        raise refusal("cut_short")
    try:
        return zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error, OSError, EOFError):
        raise refusal("damaged") from None


def unpack(data: bytes, entries: list[zipfile.ZipInfo], limits: Limits) -> dict[str, bytes]:
    """Each part by its name, folders left out. Raises WorkbookError."""
    parts: dict[str, bytes] = {}
    names: set[str] = set()
    left = limits.total_megabytes * MEGABYTE
    for entry in entries:
        name = entry.orig_filename
        if name.lower() in names:
            raise refusal("duplicate_parts", part=name)
        if _leads_astray(name):
            raise refusal("damaged")
        names.add(name.lower())
        content = _content(data, entry, min(left, limits.part_megabytes * MEGABYTE))
        if len(content) > max(_SMALL, entry.compress_size * limits.ratio):
            raise refusal("bomb", what=name)
        left -= len(content)
        if not entry.is_dir():
            parts[name] = content
    return parts


def _is_cut_short(data: bytes) -> bool:
    """Whether the end is missing, or something before the directory at the end."""
    end = data.rfind(_END)
    if end < 0 or end + _END_LENGTH > len(data):
        return True
    size, start = struct.unpack_from("<II", data, end + 12)
    return start != _ELSEWHERE and bool(start + size > end)


def _leads_astray(name: str) -> bool:
    """Whether programs would look for this part in different places."""
    return bool(_ODD_PATH.search(name))


def _content(data: bytes, entry: zipfile.ZipInfo, most: int) -> bytes:
    """What a part really unpacks to, whatever it says of itself."""
    if entry.flag_bits & _ENCRYPTED:
        raise refusal("encrypted")
    name, packed = _packed(data, entry)
    content = _inflated(packed, entry.compress_type, most)
    if len(content) > most:
        raise refusal("bomb", what=entry.orig_filename)
    # Some readers go by the header of a part, some by the directory: both must tell the same.
    encoding = "utf-8" if entry.flag_bits & _IS_UTF_8 else "cp437"
    found = name, len(content), zlib.crc32(content)
    if found != (entry.orig_filename.encode(encoding), entry.file_size, entry.CRC):
        raise refusal("damaged")
    return content


def _packed(data: bytes, entry: zipfile.ZipInfo) -> tuple[bytes, memoryview]:
    """The name that stands before a part, and the packed part."""
    header = entry.header_offset
    name = header + _HEADER_LENGTH
    if not 0 <= header <= len(data) - _HEADER_LENGTH or not data.startswith(_LOCAL, header):
        raise refusal("damaged")
    name_length, extra_length = struct.unpack_from("<HH", data, name - 4)
    start = name + name_length + extra_length
    packed = memoryview(data)[start : start + entry.compress_size]
    if len(packed) < entry.compress_size:
        raise refusal("cut_short")
    return data[name : name + name_length], packed


def _inflated(packed: memoryview, method: int, most: int) -> bytes:
    """At most one byte more than may be."""
    if method == _STORED:
        return bytes(packed[: most + 1])
    if method != _DEFLATED:
        raise refusal("unreadable")
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = inflate.decompress(packed, most + 1)
    except zlib.error:
        raise refusal("damaged") from None
    if not inflate.eof and len(content) <= most:
        raise refusal("damaged")
    return content
