"""One program at a time in a round: a lock that goes with the process that holds it.

Where a file system has no locks, or grants one to everybody, nothing can keep two programs apart:
there no round is begun or changed.
"""

from __future__ import annotations

import errno
import getpass
import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from ptxl.model.errors import PtxlError

#: how often to look again, in seconds
_PAUSE = 0.2
#: the byte that is locked on Windows: behind what is written, so that it can be read meanwhile
_BYTE = 1 << 20


#: what a system says where another one holds the lock
_HELD = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)


class BusyError(PtxlError):
    """Another program works in the round, and did not end in time."""


class NoLocksError(PtxlError):
    """A folder on a file system that keeps no two programs apart."""


@contextmanager
def only_one(path: Path, patience: float, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock on a file while the block runs; the system frees it with the process.

    Wait `patience` seconds for another program, after telling so by `waiting`. Raises BusyError,
    which says who holds it, and NoLocksError.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        if not _lock(handle, path):
            waiting()
            end = time.monotonic() + patience
            while not _lock(handle, path):
                if time.monotonic() > end:
                    raise BusyError("round_busy", **_holder(path))
                time.sleep(_PAUSE)
        _require_held(path)
        _write_holder(handle)
        yield
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def require_locks(folder: Path) -> None:
    """Raise NoLocksError where files of a folder cannot be locked. It need not be there yet."""
    there = next(one for one in (folder, *folder.absolute().parents) if one.is_dir())
    handle, name = tempfile.mkstemp(dir=there)
    try:
        _lock(handle, Path(name))
        _require_held(Path(name))
    finally:
        os.close(handle)
        Path(name).unlink()


def _require_held(path: Path) -> None:
    """Raise NoLocksError where a lock that is held is granted once more.

    A lock belongs to the handle, so a second one of this same program is refused as others are.
    """
    second = os.open(path, os.O_RDWR)
    try:
        if _lock(second, path):
            raise NoLocksError("no_locks", path=path.parent)
    finally:
        os.close(second)


def _lock(handle: int, path: Path) -> bool:
    """Whether we hold the lock now. Raises NoLocksError where nobody can."""
    try:
        _ask_for_lock(handle)
    except OSError as error:
        if error.errno in _HELD:
            return False
        raise NoLocksError("no_locks", path=path.parent) from error
    return True


def _ask_for_lock(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(handle, _BYTE, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _write_holder(handle: int) -> None:
    who = {
        "user": _user(),
        "computer": socket.gethostname(),
        "process": os.getpid(),
        "since": datetime.now().isoformat(" ", "minutes"),
    }
    os.ftruncate(handle, 0)
    os.lseek(handle, 0, os.SEEK_SET)
    os.write(handle, json.dumps(who).encode())


def _user() -> str:
    with suppress(KeyError, OSError, ImportError):
        return getpass.getuser()
    return "?"


def _holder(path: Path) -> dict[str, object]:
    """Who holds the lock, as they wrote it down."""
    held: dict[str, object] = {}
    with suppress(OSError, ValueError):
        held = dict(json.loads(path.read_text(encoding="utf-8")))
    return {name: held.get(name, "?") for name in ("user", "computer", "process", "since")}
