"""Every file that a round received, unchanged, named by the hash of its content.

A file is there whole or not at all, is never written twice, and is on the disk before anything is
said of it. What it was called when it came is in the ledger; no name from outside makes a path.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from io import BufferedReader
from pathlib import Path

from ptxl.model.errors import PtxlError
from ptxl.model.refusals import refusal
from ptxl.outputs import replacing, sync_folder

_CHUNK = 1 << 20
#: an ending that says what kind of file it is
_SUFFIX = re.compile(r"\.[0-9a-z]{1,5}")
_NAME = re.compile(r"([0-9a-f]{64})(\.[0-9a-z]{1,5})?")


class ArchiveError(PtxlError):
    """A file of the archive that is not what was received, or is gone."""


class ChangingError(Exception):
    """A file that somebody wrote while it was copied."""


class SourceError(Exception):
    """A file that cannot be read; its cause is what the system says."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(str(cause))
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in the archive: the SHA-256 of its content, its size, and how its name ends."""

    digest: str
    size: int
    suffix: str


class Archive:
    """A folder of files named by their content: `ab/ab….xlsx`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, digest: str, suffix: str) -> Path:
        """Return where a file lies."""
        return self.folder / digest[:2] / f"{digest}{suffix}"

    def unchanged(self, digest: str, suffix: str, name: str) -> Path:
        """Return where a file lies that is still what was received under a name.

        Raises ArchiveError where somebody changed it, or took it away.
        """
        path = self.path(digest, suffix)
        if not _holds(path, digest):
            raise ArchiveError("archive_changed", file=name, path=path)
        return path

    def holding(self) -> Iterator[Stored]:
        """Yield every file that is there."""
        for path in sorted(self.folder.glob("??/*")):
            if named := _NAME.fullmatch(path.name):
                yield Stored(named[1], path.stat().st_size, named[2] or "")

    def find(self, digest: str) -> Stored | None:
        """Return the file with a content, if it is there."""
        for path in (self.folder / digest[:2]).glob(f"{digest}*"):
            if named := _NAME.fullmatch(path.name):
                return Stored(digest, path.stat().st_size, named[2] or "")
        return None

    def store(self, source: Path) -> Stored:
        """Copy a file into the archive, unless it is there.

        Raises WorkbookError for what is no regular file, SourceError where it cannot be read,
        ChangingError where somebody still writes it, OSError where the archive cannot be written.
        """
        with _opened(source) as file:
            digest = _digest(file)
            known = self._intact(digest)
            if known:
                return known
            file.seek(0)
            return self._write(digest, iter(partial(file.read, _CHUNK), b""), source.name)

    def store_bytes(self, data: bytes, name: str) -> Stored:
        """Write bytes into the archive, unless they are there; `name` says the kind of file."""
        digest = hashlib.sha256(data).hexdigest()
        return self._intact(digest) or self._write(digest, [data], name)

    def _intact(self, digest: str) -> Stored | None:
        """The file with a content, if it is there and still holds it."""
        known = self.find(digest)
        if known and _holds(self.path(digest, known.suffix), digest):
            return known
        return None

    def sync(self, stored: Stored) -> None:
        """Bring to the disk that a file is there: a killed run may not have come to it."""
        sync_folder(self.path(stored.digest, stored.suffix).parent)

    def _write(self, digest: str, chunks: Iterable[bytes], name: str) -> Stored:
        """Write a file; on return it is on the disk. Raises ChangingError."""
        suffix = Path(name).suffix.lower()
        suffix = suffix if _SUFFIX.fullmatch(suffix) else ""
        target = self.path(digest, suffix)
        self._make_folder(target.parent)
        written = hashlib.sha256()
        with replacing(target) as temporary:
            with temporary.open("wb") as file:
                for chunk in chunks:
                    file.write(chunk)
                    written.update(chunk)
            if written.hexdigest() != digest:
                raise ChangingError
            if target.exists():  # Windows replaces no file that may not be written
                target.chmod(0o644)
        target.chmod(0o444)  # whoever opens it to look does not save it by mistake
        sync_folder(target.parent)
        return Stored(digest, target.stat().st_size, suffix)

    def _make_folder(self, folder: Path) -> None:
        """Make a folder, so that it stays there when the power is cut: a new name in another."""
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            sync_folder(self.folder)
            sync_folder(self.folder.parent)


def _opened(source: Path) -> BufferedReader:
    """A regular file, opened. A link is not followed, and a pipe must not hold us up."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        handle = os.open(source, flags | getattr(os, "O_BINARY", 0))
    except OSError as error:
        if source.is_symlink():
            raise refusal("not_a_file") from error
        raise SourceError(error) from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise refusal("not_a_file")
    return os.fdopen(handle, "rb")


def _holds(path: Path, digest: str) -> bool:
    """Whether a file is there and has a content."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == digest


def _digest(file: BufferedReader) -> str:
    try:
        return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:  # a network share that went away
        raise SourceError(error) from error
