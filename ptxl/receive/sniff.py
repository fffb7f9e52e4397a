"""A path → bytes worth opening → what they are, or a refusal; a package → its parts, unpacked.

Nothing in this folder trusts a name, a suffix or a size that a file states of itself, and nothing
is a reader: what passes may still be broken, but it does not cost more than its limits. What the
parts of a workbook may hold is asked of `xlsx`, `ods` and `xls`; what a file is that is no
workbook, of `foreign_files`.

The directory of a package is zipfile's. It believes the sizes that a file states, so it is not
asked for contents: `packed_at` finds what lies packed, `inflated` never unpacks more than may be.
"""

from __future__ import annotations

import io
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ptxl.model.refusals import refusal
from ptxl.receive import ods as odf
from ptxl.receive import xls as biff
from ptxl.receive import xlsx as ooxml
from ptxl.receive.compound import MAGIC
from ptxl.receive.foreign_files import is_of_program, other_file, other_package
from ptxl.receive.limits import MEGABYTE, Limits

__all__ = [
    "ENCRYPTED", "IS_UTF_8", "RECORDS", "Limits", "Package", "check_cells", "inflated",
    "is_archive", "packed_at", "read_file", "sniff", "unpack_members",
]  # fmt: skip

#: the part of an xls that is read
RECORDS = "Workbook"
Kind = Literal["xlsx", "xls", "ods"]
#: the part that an xlsx begins with, or one of its sheets
_OF_XLSX = re.compile(r"xl/(?:workbook\.xml\Z|worksheets/)", re.IGNORECASE)
#: the part that a binary workbook begins with: its sheets lie where those of an xlsx do
_OF_XLSB = "xl/workbook.bin"
_OF_ODS, _MANIFEST = "content.xml", "META-INF/manifest.xml"
_CELLS_OF_ODS = "mimetype", _MANIFEST, _OF_ODS
_OF_WORKBOOKS = frozenset((_OF_XLSB, _OF_ODS))
#: one of which an ods says of itself: in its mimetype, and in what it holds
_ODS_KIND, _ODS_BODY = b"opendocument.spreadsheet", b"office:spreadsheet"

#: bits of an entry's flags
ENCRYPTED, IS_UTF_8 = 1, 0x800
_STORED, _DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
_LOCAL, _HEADER_LENGTH = b"PK\x03\x04", 30
_CENTRAL, _END = b"PK\x01\x02", b"PK\x05\x06"
_END_LENGTH = 22
#: for the size of a large package, which says it in another place
_ELSEWHERE = 0xFFFFFFFF
#: in a path: steps that lead nowhere, or upwards, and what ends it for some programs
_ODD_PATH = re.compile(r"\0|(?:\A|/)\.{0,2}/")
#: a part below this may shrink to nothing: a sheet of blanks does
_SMALL = 8 * MEGABYTE

_UTF_16 = b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<"
#: the mark that is missing before a part in UTF-16, by its first two bytes
_MARKS = {b"<\0": b"\xff\xfe", b"\0<": b"\xfe\xff"}
_UTF_8 = b"\xef\xbb\xbf"
#: where a part says that it is written in some other encoding than UTF-8
_OTHER_ENCODING = re.compile(
    rb"""<\?xml[^>]*\sencoding\s*=\s*["']\s*(?!(?:utf-?8|us-ascii|ascii)?["'\s>])""", re.IGNORECASE
)
#: looked at more closely, since it takes time: a clean form has no such part
_LARGE = 1 << 20
_LONG_TOKEN = re.compile(rb"<[^<>]{1000000}")


@dataclass(frozen=True, slots=True)
class Package:
    """What a file is, and its parts by name: those of an xlsx or ods, unpacked, or RECORDS."""

    kind: Kind
    #: the file, as readers are given it
    data: bytes
    parts: Mapping[str, bytes] = field(default_factory=dict)
    #: sheets whose cells were left out of all that, and what was left out
    emptied: Mapping[str, bytes] = field(default_factory=dict)

    def formulas_left_out(self, name: str) -> int:
        """How many formulas stood on a sheet that was emptied."""
        count = biff.count_formulas if self.kind == "xls" else odf.count_formulas
        return count(self.emptied[name])


def read_file(path: Path, limits: Limits) -> bytes:
    """The bytes of a regular file. Raises WorkbookError for all else, and for what is too large."""
    # A link is not followed, and a pipe that nobody writes to must not hold us up.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        handle = os.open(path, flags | getattr(os, "O_BINARY", 0))
    except OSError:
        raise refusal("not_a_file") from None
    about = os.fstat(handle)
    if not stat.S_ISREG(about.st_mode):
        os.close(handle)
        raise refusal("not_a_file")
    with os.fdopen(handle, "rb") as file:
        most = limits.file_megabytes * MEGABYTE
        if about.st_size > most:
            raise refusal("too_large", size=about.st_size // MEGABYTE, limit=limits.file_megabytes)
        return file.read(most + 1)


def sniff(data: bytes, limits: Limits | None = None, unread: Collection[str] = ()) -> Package:
    """What a file is by its content alone. Raises WorkbookError for what is not worth opening.

    `unread` are sheets that nobody reads: most of a form is its self-check, and an xls or ods is
    read as a whole. They are emptied first, so that they take no time.

    The cells of an xlsx are asked of `check_cells`, sheet by sheet, before they are read.
    A workbook with an opening password is refused as `encrypted`, whatever its password.
    """
    limits = limits or Limits()
    if data.startswith(MAGIC):
        book = biff.check(data, limits, unread)
        return Package("xls", book.data, {RECORDS: book.stream}, book.left_out)
    if not data.startswith(b"PK"):
        raise other_file(data)
    entries = _directory(data, limits)
    names = list(map(_name_of, entries))
    if _OF_XLSB in names:
        raise other_package(names, b"")
    if any(map(_OF_XLSX.match, names)):
        parts = _unpacked(data, entries, limits)
        ooxml.check(_markup_of(parts), limits)
        return Package("xlsx", data, parts)
    if _OF_ODS not in names:
        raise other_package(names, b"")
    parts = _unpacked(data, entries, limits)
    kind = parts.get("mimetype", b"")
    if _ODS_KIND not in kind and _ODS_BODY not in parts[_OF_ODS]:
        raise other_package(names, kind)
    if b"encryption-data" in parts.get(_MANIFEST, b""):
        raise refusal("encrypted")
    parts[_OF_ODS], emptied = odf.emptied(parts[_OF_ODS], unread)
    odf.check(_markup_of(parts), limits)
    return Package("ods", _packed(parts) if emptied else data, parts, emptied)


def _packed(parts: Mapping[str, bytes]) -> bytes:
    """An ods of those parts in which its cells stand."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        for name in _CELLS_OF_ODS:
            if name in parts:
                package.writestr(name, parts[name])
    return target.getvalue()


def check_cells(package: Package, part: str, limits: Limits | None = None) -> None:
    """Raise WorkbookError where the cells of an xlsx's part cost too much or can be read two ways.

    A part that is not there, or no XML, has no cells.
    """
    content = _markup(part, package.parts.get(part, b""))
    ooxml.check_cells(package.parts, part, content, limits or Limits())


def unpack_members(data: bytes, limits: Limits) -> Mapping[str, bytes]:
    """Return the files in a zip by name, whatever they are; folders are left out.

    Raises WorkbookError for what is no zip, is not whole, costs more than its limits, or holds
    what programs unpack differently: names that come twice or lead elsewhere.
    """
    if not data.startswith(b"PK"):
        raise other_file(data)
    return _unpacked(data, _directory(data, limits), limits)


def is_archive(names: Collection[str]) -> bool:
    """Whether a zip with entries of these names is an archive, and not one file of some program."""
    is_workbook = any(map(_OF_XLSX.match, names)) or not _OF_WORKBOOKS.isdisjoint(names)
    return (
        not is_workbook and not is_of_program(names) and other_package(names, b"").code == "archive"
    )


# -- packages


def _directory(data: bytes, limits: Limits) -> list[zipfile.ZipInfo]:
    """What a package says it holds."""
    # zipfile keeps an object for each entry, and reads as many as there are.
    if data.count(_CENTRAL) > limits.entries:
        raise refusal("bomb", what=f"> {limits.entries}")
    if _is_cut_short(data):
        raise refusal("cut_short")
    try:
        return zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error, OSError, EOFError):
        raise refusal("damaged") from None


def _name_of(entry: zipfile.ZipInfo) -> str:
    """The name of a part; some programs of Windows write it with its own separators."""
    return entry.orig_filename.replace("\\", "/")


def _is_cut_short(data: bytes) -> bool:
    """Whether the end is missing, or something before the directory at the end."""
    end = data.rfind(_END)
    if end < 0 or end + _END_LENGTH > len(data):
        return True
    size, start = struct.unpack_from("<II", data, end + 12)
    return start != _ELSEWHERE and bool(start + size > end)


def _unpacked(data: bytes, entries: Iterable[zipfile.ZipInfo], limits: Limits) -> dict[str, bytes]:
    """Each part by its name, folders left out."""
    parts: dict[str, bytes] = {}
    names: set[str] = set()
    left = limits.total_megabytes * MEGABYTE
    if sum(entry.file_size for entry in entries) > left:  # who states less than it is, see below
        raise refusal("bomb", what=f"> {limits.total_megabytes} MB")
    for entry in entries:
        name = _name_of(entry)
        if name.lower() in names:
            raise refusal("duplicate_parts", part=name)
        if _ODD_PATH.search(name):  # programs would look for it in different places
            raise refusal("damaged")
        names.add(name.lower())
        worth = max(_SMALL, entry.compress_size * limits.ratio)
        content = _content(data, entry, min(left, worth, limits.part_megabytes * MEGABYTE))
        left -= len(content)
        if not name.endswith("/"):
            parts[name] = content
    return parts


def _content(data: bytes, entry: zipfile.ZipInfo, most: int) -> bytes:
    """What a part really unpacks to, whatever it says of itself."""
    if entry.flag_bits & ENCRYPTED:
        raise refusal("encrypted")
    name, packed = packed_at(data, entry.header_offset, entry.compress_size)
    content = inflated(packed, entry.compress_type, most)
    if len(content) > most:
        raise refusal("bomb", what=entry.orig_filename)
    # Some readers go by the header of a part, some by the directory: both must tell the same.
    encoding = "utf-8" if entry.flag_bits & IS_UTF_8 else "cp437"
    found = name, len(content), zlib.crc32(content)
    if found != (entry.orig_filename.encode(encoding), entry.file_size, entry.CRC):
        raise refusal("damaged")
    return content


def packed_at(data: bytes, header: int, size: int) -> tuple[bytes, memoryview]:
    """The name that stands before an entry, and the packed entry. Raises WorkbookError."""
    name = header + _HEADER_LENGTH
    if not 0 <= header <= len(data) - _HEADER_LENGTH or not data.startswith(_LOCAL, header):
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


# -- XML


def _markup_of(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    """Each part as UTF-8 if it is XML, else nothing."""
    return {part: _markup(part, content) for part, content in parts.items()}


def _markup(part: str, content: bytes) -> bytes:
    """A document type is refused: its entities grow without end, its defaults change values."""
    if content.startswith(_UTF_16):
        content = _from_utf_16(part, content)
    elif not content.lstrip(_UTF_8 + b" \t\r\n").startswith(b"<"):
        if part.endswith((".xml", ".rels")) and content.strip():
            raise refusal("broken_xml", part=part)
        return b""
    elif _OTHER_ENCODING.search(content, 0, 300):
        raise refusal("broken_xml", part=part)
    if b"<!DOCTYPE" in content:
        raise refusal("dtd")
    if len(content) > _LARGE and _LONG_TOKEN.search(content):
        raise refusal("broken_xml", part=part)
    return content


def _from_utf_16(part: str, content: bytes) -> bytes:
    marked = _MARKS.get(content[:2], b"") + content
    try:
        text = marked.decode("utf-16")
    except UnicodeError:
        text = "\0"
    if "\0" in text:  # no text, or twice as wide still
        raise refusal("broken_xml", part=part)
    return text.encode()
