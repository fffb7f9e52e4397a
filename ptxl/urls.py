"""URLs of files and folders that are kept elsewhere → their files; files → URLs. Owns fsspec.

Which kinds of URL there are is fsspec's matter (`s3://`, `sftp://`, `zip://…::https://…`); some
need a library of their own. A URL may hold a password, or a signature behind `?`: what is shown,
and what a result says, has neither.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ptxl.model.errors import InputError, OutputError, PtxlError, WorkbookError
from ptxl.model.refusals import refusal
from ptxl.outputs import working_folder
from ptxl.text import without_secrets

_PART = ".ptxl-part"
_LONGEST_DETAIL = 200


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that is kept elsewhere: what it is called alone, and in a list; fetched when read."""

    #: as a path, for what its last part says
    path: Path
    #: from its folder's name on, or as it was named
    name: str
    #: its size as far as known, else 0
    size: int
    #: whether it was asked for alone, and not as part of a folder
    is_single: bool
    _system: Any = field(repr=False)
    _place: str = field(repr=False)

    def read(self, most: int) -> bytes:
        """Its bytes, at most so many. Raises WorkbookError where it cannot be fetched."""
        try:
            with self._system.open(self._place, "rb") as file:
                return bytes(file.read(most))
        except Exception as error:  # each file system has errors of its own
            raise _unfetched(error) from None


def _unfetched(error: Exception) -> WorkbookError:
    return refusal("not_fetched", detail=_detail(error))


def is_remote_folder(url: str) -> bool:
    """Whether a URL is that of a folder. Raises InputError where nothing can be asked there."""
    with _reading(url):
        return _is_folder(url, *_opened(url))


def remote_files(url: str) -> Iterator[RemoteFile]:
    """Yield the file of a URL, or all files below a folder, in order. Raises InputError."""
    with _reading(url):
        system, place = _opened(url)
        is_folder = _is_folder(url, system, place)
        found = system.find(place, detail=True) if is_folder else {place: system.info(place)}
    shown = _readable(system, without_secrets(url).rstrip("/"))
    called = _last(_readable(system, without_secrets(place))) or _last(shown)
    below = {_below(system, place, file): file for file in found}
    for parts in sorted(below):
        file = below[parts]
        # A file in an archive that is named alone: the URL ends with the archive.
        path = Path(shown, *(parts if is_folder or _last(shown) == called else (called,)))
        name = "/".join((called, *parts)) if is_folder else shown
        size = found[file].get("size") or 0
        yield RemoteFile(path, name, size, not is_folder, system, file)


def _last(place: str) -> str:
    return place.rstrip("/").rpartition("/")[2]


def _below(system: Any, folder: str, file: str) -> tuple[str, ...]:
    """The parts of a file's place below its folder."""
    rest = without_secrets(file).removeprefix(without_secrets(folder).rstrip("/"))
    return tuple(filter(None, _readable(system, rest).split("/")))


def _is_folder(url: str, system: Any, place: str) -> bool:
    """On the web only what ends as a folder is asked: any page may hold links."""
    return url.endswith("/") or (not _is_web(system) and bool(system.isdir(place)))


def _is_web(system: Any) -> bool:
    return "http" in system.protocol


def _readable(system: Any, text: str) -> str:
    """A place as people read it: on the web other signs than ASCII are written by their codes."""
    return unquote(text) if _is_web(system) else text


def prove_url(url: str) -> None:
    """Raise OutputError now where it is clear that nothing can be written to a URL."""
    with _writing(url):
        system, _ = _opened(url)
    if _is_web(system):  # a POST is no file
        raise OutputError("url_not_written", url=without_secrets(url), detail="http")


def write_url(url: str, source: Path) -> None:
    """Copy a file to a URL, so that it is there whole or not at all.

    Where files are renamed, it is one of another name until it is whole; others (object stores)
    show no file before it is. Raises OutputError.
    """
    with _writing(url):
        system, place = _opened(url)
        if not _renames(system):
            system.put_file(str(source), place)
            return
        folder, _, name = place.rpartition("/")
        temporary = f"{folder}/.{name}.{os.getpid()}{_PART}"
        system.makedirs(folder, exist_ok=True)
        try:
            system.put_file(str(source), temporary)
            system.mv(temporary, place)
        except BaseException:
            if system.exists(temporary):
                system.rm_file(temporary)
            raise


def write_bytes_to_url(url: str, data: bytes) -> None:
    """Write a file to a URL, so that it is there whole or not at all. Raises OutputError."""
    with working_folder() as folder:
        source = folder / "written"
        source.write_bytes(data)
        write_url(url, source)


def _renames(system: Any) -> bool:
    """Whether a file is moved as such; where nobody says how, it would be copied and removed."""
    from fsspec import AbstractFileSystem

    return type(system).mv is not AbstractFileSystem.mv


def _opened(url: str) -> tuple[Any, str]:
    """The file system of a URL, and the place in it."""
    from fsspec.core import url_to_fs

    system, place = url_to_fs(url)
    return system, str(place)


@contextmanager
def _reading(url: str) -> Iterator[None]:
    with _worded(InputError, "url_not_read", url):
        yield


@contextmanager
def _writing(url: str) -> Iterator[None]:
    with _worded(OutputError, "url_not_written", url):
        yield


@contextmanager
def _worded(kind: type[PtxlError], code: str, url: str) -> Iterator[None]:
    """Tell whatever a file system raises as an error of ours, without the secrets of a URL."""
    try:
        yield
    except ImportError as error:
        missing = "url_extra" if (error.name or "").startswith("fsspec") else code
        raise kind(missing, url=without_secrets(url), detail=_detail(error)) from None
    except Exception as error:
        raise kind(code, url=without_secrets(url), detail=_detail(error)) from None


def _detail(error: Exception) -> str:
    return without_secrets(f"{type(error).__name__}: {error}")[:_LONGEST_DETAIL]
