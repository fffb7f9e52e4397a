"""A place in a zip → what lies packed there, unpacked: never more than may be, whatever it states.

zipfile believes the sizes that a file states, so it is not asked for contents.
"""

from __future__ import annotations

import struct
import zipfile
import zlib

from ptxl.model.refusals import refusal

LOCAL = b"PK\x03\x04"
#: bits of an entry's flags
ENCRYPTED, IS_UTF_8 = 1, 0x800
_STORED, _DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
_HEADER_LENGTH = 30


def packed_at(data: bytes, header: int, size: int) -> tuple[bytes, memoryview]:
    """The name that stands before an entry, and the packed entry. Raises WorkbookError."""
    name = header + _HEADER_LENGTH
    if not 0 <= header <= len(data) - _HEADER_LENGTH or not data.startswith(LOCAL, header):
        raise refusal("damaged")
    name_length, extra_length = struct.unpack_from("<HH", data, name - 4)
    start = name + name_length + extra_length
    packed = memoryview(data)[start : start + size]
    if len(packed) < size:
        raise refusal("cut_short")
    return data[name : name + name_length], packed


def inflated(packed: memoryview, method: int, most: int) -> bytes:
    """Unpack an entry: at most one byte more than may be. Raises WorkbookError."""
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
