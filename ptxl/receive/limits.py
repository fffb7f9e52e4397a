"""What a file may cost. No real form comes near; each is an option of the command line."""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1 << 20


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
    #: merged ranges, validations, links, and conditional formats, on one sheet
    ranges: int = 20_000
    #: of a worker process, in MB (Linux)
    memory_megabytes: int = 1024
    #: for one file, by the wall clock and of processor time
    seconds: float = 10
    #: archives and mails: files in one with all that is packed in it, their sizes together, in MB
    archive_files: int = 10_000
    archive_megabytes: int = 2048
    #: how many archives and mails may be packed one in another
    archive_depth: int = 5
