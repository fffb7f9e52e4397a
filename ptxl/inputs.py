"""Files and folders as named → the files to open, and what each is called in results."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, NamedTuple

from ptxl.model.errors import InputError
from ptxl.text import is_url, without_secrets

if TYPE_CHECKING:  # of those who name a URL
    from ptxl.urls import RemoteFile

AnyPath = str | Path
#: path, and what the file is called in results
FileName = tuple[Path, str]
#: what systems and programs leave in folders, passed over without a word
_LITTER = re.compile(r"\.|~\$|(?:thumbs\.db|desktop\.ini)\Z", re.IGNORECASE)
#: what is no return under another name: hidden folders, notes, data that ptxl wrote, old copies
_NO_RETURN = re.compile(r"\.|.*\.(?:txt|md|log|jsonl?|bak|tmp)\Z", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Inputs:
    """The files to open, in order, each with its name in results; no two have one name."""

    files: tuple[FileName, ...]
    #: names of the files that were asked for one by one, and not as part of a folder
    single: frozenset[str] = frozenset()
    #: what was passed over in the folders, by name; whoever opens the files may add to it
    skipped: list[str] = field(default_factory=list)
    #: those that are no files here but are fetched from a URL, by their names
    elsewhere: Mapping[str, RemoteFile] = field(default_factory=dict)


def find_inputs(files: Iterable[AnyPath]) -> Inputs:
    """Collect files as named, and all returns below named folders, sorted, each of them once.

    A file is called by its path as named, or from the folder's name on; where two would be called
    alike, by the path as named. In folders, what cannot be a return is skipped: hidden folders,
    texts, JSON, backups. Links and pipes are listed, so that they are reported; none is followed.
    A URL names a file or a folder that fsspec finds. Raises InputError for a folder that is empty,
    hidden files aside, and for a URL of which nothing can be had.
    """
    skipped: list[str] = []
    found: dict[Path, _Found] = {}
    alone: set[Path] = set()
    for entry in files:
        for one in _named(entry):
            if one.skipped:
                skipped.append(one.skipped)
                continue
            place = one.path.absolute()
            found.setdefault(place, one)
            if one.is_single:
                alone.add(place)
    uses = Counter(one.name for one in found.values())
    names = {}
    for place, one in found.items():
        names[place] = one.name if uses[one.name] == 1 else shown(one.path)
    elsewhere = {names[place]: one.remote for place, one in found.items() if one.remote}
    called = tuple((one.path, names[place]) for place, one in found.items())
    return Inputs(called, frozenset(map(names.__getitem__, alone)), skipped, elsewhere)


class _Found(NamedTuple):
    """A file by its path, and its name in results, unless another one is called so too."""

    path: Path
    name: str
    is_single: bool = False
    remote: RemoteFile | None = None
    #: what it is called among what is passed over; blank where it may be a return
    skipped: str = ""


def is_litter(name: str) -> bool:
    """Whether a system or program left a file or folder of that name, and no person."""
    return bool(_LITTER.match(name))


def find_files(files: Iterable[AnyPath]) -> Iterator[FileName]:
    """Yield the files of `find_inputs`."""
    yield from find_inputs(files).files


def _named(entry: AnyPath) -> list[_Found]:
    """What a path or URL stands for. Raises InputError for a folder in which nothing lies."""
    if is_url(entry):
        place: AnyPath = without_secrets(str(entry))
        found = list(_of_url(str(entry)))
    elif (path := Path(entry)).is_dir():
        place, found = path, list(_of_folder(path))
    else:
        return [_Found(path, shown(path), is_single=True)]
    if not found:
        raise InputError("empty_folder", path=place)
    return found


def _of_folder(folder: Path) -> Iterator[_Found]:
    """All that lies below a folder, with its name from there on."""
    start = Path(folder.resolve().name)
    for path in _below(folder):
        no_return = _NO_RETURN.match(path.name) and not path.is_symlink()
        name = shown(start / path.relative_to(folder))
        yield _Found(path, name, skipped=shown(path) if no_return else "")


def _of_url(url: str) -> Iterator[_Found]:
    """The file of a URL, or all that lies below a folder there."""
    from ptxl.urls import remote_files  # for those who name one

    for one in remote_files(url):
        if one.is_single:
            yield _Found(one.path, one.name, is_single=True, remote=one)
        elif not is_litter(one.path.name):
            folders = one.name.split("/")[1:]
            no_return = any(map(is_litter, folders)) or _NO_RETURN.match(one.path.name)
            yield _Found(one.path, one.name, remote=one, skipped=one.name if no_return else "")


def _below(folder: Path) -> Iterator[Path]:
    """All that lies below a folder, in order, litter aside: files, links, and closed folders."""
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        entries = []
        yield folder  # whoever opens it says why it cannot be
    for path in entries:
        litter = is_litter(path.name)
        if _is_folder(path) == litter:
            yield path
        elif not litter:
            yield from _below(path)


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def shown(path: PurePath) -> str:
    """Return a path as text; names that are not UTF-8 are those of a Chinese Windows, unpacked."""
    name = os.fsencode(path)
    try:
        return name.decode()
    except UnicodeDecodeError:
        return name.decode("gb18030", "replace")
