"""One program at a time in a round: a lock that goes with the process that holds it."""

from __future__ import annotations

import getpass
import json
import os
import socket
import sys
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


class BusyError(PtxlError):
    """Another program works in the round, and did not end in time."""


@contextmanager
def only_one(path: Path, patience: float, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock on a file while the block runs; the system frees it with the process.

    Wait `patience` seconds for another program, after telling so by `waiting`. Raises BusyError,
    which says who holds it. Where the file system has no locks, nothing is locked, and only one
    program at a time may work there.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        if not _lock(handle):
            waiting()
            end = time.monotonic() + patience
            while not _lock(handle):
                if time.monotonic() > end:
                    raise BusyError("round_busy", **_holder(path))
                time.sleep(_PAUSE)
        _write_holder(handle)
        yield
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _lock(handle: int) -> bool:
    """Whether we hold it now, or nobody can."""
    if sys.platform == "win32":
        import msvcrt

        os.lseek(handle, _BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


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
