"""Files that appear whole or not at all: written beside their target, synced, then renamed."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_UNSAFE = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')
_PART = ".part"
_LONGEST_NAME = 80  # characters, so that three bytes each stay below every file system's limit

#: of a name, on every usual file system
_MOST_BYTES = 255


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary file to write to; it becomes `path` when the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = None
    try:
        temporary = _temporary_beside(path)
        yield temporary
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        if str(error.filename or _PART).endswith(_PART):
            error.filename, error.filename2 = str(path), None  # a user knows of no other name
        raise
    finally:
        if temporary:
            temporary.unlink(missing_ok=True)


def _temporary_beside(path: Path) -> Path:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=_PART)
    os.close(handle)
    return Path(name)


def write_whole(path: Path, data: bytes | str) -> None:
    """Write a file so that it is there whole or not at all; text as UTF-8."""
    with replacing(path) as temporary:
        temporary.write_bytes(data.encode() if isinstance(data, str) else data)


def file_name(*parts: str) -> str:
    """Join parts to a file name that is safe on Windows, macOS and Linux, the longest cut first."""
    clean = [_UNSAFE.sub("", part).strip(" .") for part in parts if part]
    while len("_".join(clean)) > _LONGEST_NAME:
        longest = max(clean, key=len)
        clean[clean.index(longest)] = longest[:-1].rstrip(" .")
    return "_".join(part for part in clean if part) or "form"


def fitting(stem: str, rest: str) -> str:
    """The stem of a name and what follows it, the stem cut where the whole would be too long."""
    while len(os.fsencode(stem + rest)) > _MOST_BYTES:
        stem = stem[:-1]
    return stem + rest


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
