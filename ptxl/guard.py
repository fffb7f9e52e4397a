"""A path → bytes worth opening, and what they are; or a refusal. All limits stand here.

Nothing in here trusts a name, a suffix or a size that a file states of itself.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from ptxl.refusals import refusal

_MEGABYTE = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What a file may cost. No real form comes near; each is an option of the command line."""

    #: of the file itself, in MB
    file_megabytes: int = 64
    #: parts in a package
    entries: int = 1000
    #: one part, and all of them, unpacked, in MB
    part_megabytes: int = 128
    total_megabytes: int = 256
    #: how many times its packed size a part above 8 MB may unpack to
    ratio: int = 500
    #: from A1 to the furthest cell with content, on one sheet
    cells: int = 4_000_000
    #: merged ranges, and validations, on one sheet
    ranges: int = 20_000
    #: of a worker process, in MB (Linux)
    memory_megabytes: int = 1024
    #: for one file, by the wall clock and of processor time
    seconds: float = 10


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
        most = limits.file_megabytes * _MEGABYTE
        if about.st_size > most:
            raise refusal("too_large", size=about.st_size // _MEGABYTE, limit=limits.file_megabytes)
        return file.read(most + 1)
