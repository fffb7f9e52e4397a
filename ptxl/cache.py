"""What was computed before, kept on disk: a folder of the user's own, safe to delete at any time.

A key names all that a value depends on, so that nothing kept is ever stale. What cannot be read is
computed anew, and what cannot be written is not kept.
"""

from __future__ import annotations

import hashlib
import logging
import os
import pickle
import stat
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from time import process_time
from typing import TypeVar, cast

import ptxl
from ptxl.outputs import write_whole

T = TypeVar("T")
_LOG = logging.getLogger("ptxl")
#: the variable of the environment that names the folder, and what it says for none
VARIABLE, OFF = "PTXL_CACHE", "off"
#: a form has a file for each choice among its parameters; what was used last goes last
_MOST_FILES = 300
#: a round has a few templates, each with two or three values that are kept
_MOST_IN_MEMORY = 16
_recent: dict[str, object] = {}
#: seconds; what is computed sooner is hardly read sooner
_WORTH_KEEPING = 0.01
_SUFFIX = ".kept"
#: how many bytes tell damage, behind the others
_CHECK = 4
#: those that what is kept is made with
_LIBRARIES = "jinja2", "ruamel.yaml", "xlsxwriter"
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


def key_of(*parts: bytes | str) -> str:
    """A key for a value that depends on these parts, and on the program as it is."""
    digest = hashlib.sha256(_program())
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.hexdigest()[:40]


def kept(key: str, compute: Callable[[], T]) -> T:
    """What was kept by that key, or is still in memory; else what is computed.

    That is kept if it took long. It is shared from then on, so nobody may change it.
    """
    if key in _recent:
        return cast(T, _recent[key])
    value = _recent[key] = _from_disk(key, compute)
    if len(_recent) > _MOST_IN_MEMORY:
        del _recent[next(iter(_recent))]
    return value


def _from_disk(key: str, compute: Callable[[], T]) -> T:
    if not keeps():
        return compute()
    data = read_kept(key)
    try:
        # As trusted as the program: only its user can write there.
        if data:
            return cast(T, pickle.loads(data))
    except Exception as error:  # whatever pickle makes of bytes that it did not write
        _LOG.info("%s: is of no use: %s", key, error)
    began = process_time()
    value = compute()
    if process_time() - began >= _WORTH_KEEPING:
        keep(key, pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL))
    return value


def read_kept(name: str) -> bytes:
    """The bytes that were kept under a name; none where nothing is there, or not as it was written.

    Damaged code would not fail but end the program.
    """
    folder = _folder()
    if folder is None:
        return b""
    path = folder / f"{name}{_SUFFIX}"
    try:
        data = path.read_bytes()
    except OSError:
        return b""
    with suppress(OSError):
        os.utime(path)
    whole, check = data[:-_CHECK], data[-_CHECK:]
    return whole if check == _check_of(whole) else b""


def _check_of(data: bytes) -> bytes:
    """The bytes by which damage shows."""
    return zlib.crc32(data).to_bytes(_CHECK)


def keep(name: str, data: bytes) -> None:
    """Keep bytes under a name, if anything is kept and the disk allows it."""
    folder = _folder()
    if folder is None:
        return
    with suppress(OSError):
        write_whole(folder / f"{name}{_SUFFIX}", data + _check_of(data))
        _prune(folder)


def keeps() -> bool:
    """Whether anything is kept at all."""
    return _folder() is not None


@cache
def _program() -> bytes:
    """Which program computes: its version, its files and libraries as they are now, its Python."""
    home = Path(ptxl.__file__).parent
    marks = [ptxl.__version__, sys.version, *map(_library, _LIBRARIES)]
    return "\n".join([*marks, *sorted(_files_in(home))]).encode()


def _library(name: str) -> str:
    """Which of its releases a library is: to ask for the version would take longer than a form."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        return ""
    found = Path(spec.origin).stat()
    return f"{spec.origin} {found.st_mtime_ns} {found.st_size}"


def _files_in(folder: str | Path) -> Iterator[str]:
    """The modules of a package, with the time and size of each: every command asks for them."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                found = entry.stat()
                yield f"{entry.path} {found.st_mtime_ns} {found.st_size}"
            elif entry.is_dir() and entry.name != "__pycache__":
                yield from _files_in(entry.path)


def _folder() -> Path | None:
    """The folder, made if need be; none where it is switched off or others may write to it."""
    named = os.environ.get(VARIABLE, "")
    if named == OFF:
        return None
    try:
        folder = Path(named) if named else _usual_folder()
    except RuntimeError:  # a user without a home
        return None
    return folder if _is_own(folder) else None


def _usual_folder() -> Path:
    """Where systems want what can be computed anew."""
    home = Path("~").expanduser()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "ptxl" / "cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "ptxl"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "ptxl"


@cache
def _is_own(folder: Path) -> bool:
    """Whether a folder is there, or can be made, and only this user may write to it."""
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
        if sys.platform == "win32":  # a user's folders are closed to others there
            return True
        return found.st_uid == os.getuid() and not found.st_mode & _OTHERS_MAY_WRITE
    return False


def _prune(folder: Path) -> None:
    """Remove the oldest files beyond those that may stay."""
    files: Iterable[Path] = folder.glob(f"*{_SUFFIX}")
    by_age = sorted(files, key=lambda path: path.stat().st_mtime_ns)
    for path in by_age[:-_MOST_FILES]:
        path.unlink(missing_ok=True)
