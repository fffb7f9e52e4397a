"""Files that appear whole or not at all: written beside their target, synced, then renamed.

What is needed only meanwhile lies in the system's folder for such files. Each of our own temporary
files is locked while its process lives: what a killed run left is known by that, and removed by the
next one that writes to the same folder.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from unicodedata import normalize

from ptxl.text import clean

_UNSAFE = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')
_PART = ".ptxl-part"
_WORK = "ptxl-work-"
_LONGEST_NAME = 80  # characters, so that three bytes each stay below every file system's limit
#: of a name, on every usual file system
_MOST_BYTES = 255
#: that are written at the same time
_AT_ONCE = 8


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary file to write to; it becomes `path` when the block ends without an error."""
    with _naming(path), _temporary_beside(path) as (handle, temporary):
        yield temporary
        os.fsync(handle)
        temporary.chmod(0o666 & ~_umask())
        if sys.platform == "win32":  # where no open file is renamed
            os.close(handle)
        temporary.replace(path)


def sync_folder(folder: Path) -> None:
    """Bring to the disk which files a folder holds; where a system cannot, its own care must do."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def prove_writable(path: Path) -> None:
    """Raise OSError now where a file could not be written later."""
    with _naming(path), _temporary_beside(path):
        pass


@contextmanager
def working_folder() -> Iterator[Path]:
    """A folder for what is needed only meanwhile, gone with all that is in it at the end."""
    folder = None
    try:
        _sweep(Path(tempfile.gettempdir()))
        handle, folder = _new_working_folder()
        with os.fdopen(handle, "wb"):
            yield folder
    except OSError as error:
        # Of a full disk the system names no file, and of its own folder only how to set it.
        error.filename = error.filename or str(folder or "TMPDIR")
        raise
    finally:
        if folder:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Name the file that was asked for in errors: a user knows of no other."""
    try:
        yield
    except OSError as error:
        names = str(error.filename or _PART), str(error.filename2)
        if any(name.endswith(_PART) for name in names):
            error.filename, error.filename2 = str(path), None
        raise


@contextmanager
def _temporary_beside(path: Path) -> Iterator[tuple[int, Path]]:
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path.parent)
    handle, temporary = _new_part(path)
    try:
        yield handle, temporary
    finally:
        with suppress(OSError):  # closed before it was renamed
            os.close(handle)
        temporary.unlink(missing_ok=True)  # last: Windows removes no file that is open


def _new_part(path: Path) -> tuple[int, Path]:
    """A new file beside a path, open and locked."""
    while True:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=_PART)
        if _is_kept(handle, Path(name)):
            return handle, Path(name)
        os.close(handle)


def _new_working_folder() -> tuple[int, Path]:
    """A new folder, and the open and locked file in it."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_WORK))
        lock = folder / "lock"
        try:
            handle = os.open(lock, os.O_RDWR | os.O_CREAT)
        except OSError:
            folder.rmdir()
            raise
        if _is_kept(handle, lock):
            return handle, folder
        os.close(handle)


def _is_kept(handle: int, path: Path) -> bool:
    """Lock a new file; False where another run was first: it took the file for left behind."""
    _lock(handle, wait=True)
    return path.exists()


@cache
def _sweep(folder: Path) -> None:
    """Remove what killed runs left in a folder; once in a process, since that lists it."""
    with suppress(OSError):
        for part in folder.glob(f".*{_PART}"):
            _remove_if_left(part, part)
        for lock in folder.glob(f"{_WORK}*/lock"):
            _remove_if_left(lock, lock.parent)


def _remove_if_left(lock: Path, what: Path) -> None:
    """Remove a file or a folder, unless a process that lives, or may live, has the lock.

    The lock is ours until it is gone: whoever has only just made it waits, and makes another.
    """
    with suppress(OSError), lock.open("rb+") as file:
        if not _lock(file.fileno()):
            return
        if what.is_dir():
            shutil.rmtree(what, ignore_errors=True)
        else:
            what.unlink()


def _lock(handle: int, *, wait: bool = False) -> bool:
    """Lock a file as long as it is open; False where another process has, or no system can."""
    try:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except (ImportError, OSError):
        return False
    return True


def write_whole(path: Path, data: bytes | str) -> None:
    """Write a file so that it is there whole or not at all; text as UTF-8."""
    with replacing(path) as temporary:
        temporary.write_bytes(data.encode() if isinstance(data, str) else data)


def write_each(files: Iterable[tuple[Path, bytes]]) -> None:
    """Write files, each whole or not at all, as they come; few are in memory at a time.

    A disk takes about as long to make one of them sure as to make several. Raises OSError where
    one cannot be written; those before it are there then.
    """
    coming: deque[Future[None]] = deque()
    _umask()  # threads must not ask at the same time
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for path, data in files:
            if len(coming) >= _AT_ONCE * 2:
                coming.popleft().result()
            path.parent.mkdir(parents=True, exist_ok=True)
            _sweep(path.parent)  # before other files are begun there
            coming.append(pool.submit(write_whole, path, data))
        for one in coming:
            one.result()


def file_name(*parts: str) -> str:
    """Join parts to a file name that is safe on Windows, macOS and Linux, the longest cut first."""
    safe = [_UNSAFE.sub("", clean(part)).strip(" .") for part in parts]
    while len("_".join(safe)) > _LONGEST_NAME:
        longest = max(safe, key=len)
        safe[safe.index(longest)] = longest[:-1].rstrip(" .")
    return "_".join(filter(None, safe)) or "form"


def one_file(name: str) -> str:
    """What names have in common that are one file on Windows or macOS: letters, big or small."""
    return normalize("NFC", name.casefold())


def fitting(stem: str, rest: str) -> str:
    """The stem of a name and what follows it, the stem cut where the whole would be too long."""
    while len(os.fsencode(stem + rest)) > _MOST_BYTES:
        stem = stem[:-1]
    return stem + rest


@cache
def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
