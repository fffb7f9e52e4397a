"""A path → bytes worth opening → what they are, or a refusal. All limits stand here.

Nothing in here trusts a name, a suffix or a size that a file states of itself, and nothing in
here is a reader: what passes may still be broken, but it does not cost more than its limits.

zipped         a package → its parts, unpacked
xlsx, ods      what the parts of a package may hold: macros, declarations, how far sheets reach
xls            the same of an xls, or any compound file: macros, passwords, extent
foreign_files  what a file is that is no workbook
markup         what no XML part may hold
limits         what a file may cost
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ptxl.model.refusals import refusal
from ptxl.receive import ods as odf
from ptxl.receive import xls as compound
from ptxl.receive import xlsx as ooxml
from ptxl.receive.foreign_files import other_file, other_package
from ptxl.receive.limits import MEGABYTE, Limits
from ptxl.receive.zipped import directory, unpack

__all__ = ["Limits", "Package", "read_file", "sniff"]

Kind = Literal["xlsx", "xls", "ods"]
#: the part that an xlsx begins with, or one of its sheets
_OF_XLSX = re.compile(r"xl/(?:workbook\.xml\Z|worksheets/)")


@dataclass(frozen=True, slots=True)
class Package:
    """What a file is, and the parts of an xlsx or ods, unpacked, by name; none of an xls."""

    kind: Kind
    parts: Mapping[str, bytes] = field(default_factory=dict)


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


def sniff(data: bytes, limits: Limits | None = None) -> Package:
    """What a file is by its content alone. Raises WorkbookError for what is not worth opening.

    A workbook with an opening password is refused as `encrypted`, whatever its password.
    """
    limits = limits or Limits()
    if data.startswith(compound.MAGIC):
        compound.check(data, limits)
        return Package("xls")
    if not data.startswith(b"PK"):
        raise other_file(data)
    entries = directory(data, limits)
    names = [entry.filename.replace("\\", "/").lower() for entry in entries]
    if any(map(_OF_XLSX.match, names)):
        parts = unpack(data, entries, limits)
        ooxml.check(parts, limits)
        return Package("xlsx", parts)
    if "content.xml" not in names:
        raise other_package(names, b"")
    parts = unpack(data, entries, limits)
    kind = parts.get("mimetype", b"")
    if (
        b"opendocument.spreadsheet" not in kind
        and b"office:spreadsheet" not in parts["content.xml"]
    ):
        raise other_package(names, kind)
    odf.check(parts, limits)
    return Package("ods", parts)
