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
        if is_url(entry):
            coming = _remote(str(entry), skipped)
        elif (path := Path(entry)).is_dir():
            coming = _returns(path, skipped)
        else:
            coming = iter([_Found(path, shown(path), is_single=True)])
        for one in coming:
            place = one.path.absolute()
            found.setdefault(place, one)
            if one.is_single:
                alone.add(place)
    uses = Counter(one.name for one in found.values())
    names = {
        place: one.name if uses[one.name] == 1 else shown(one.path) for place, one in found.items()
    }
    elsewhere = {names[place]: one.remote for place, one in found.items() if one.remote}
    called = tuple((one.path, names[place]) for place, one in found.items())
    return Inputs(called, frozenset(map(names.__getitem__, alone)), skipped, elsewhere)


class _Found(NamedTuple):
    """A file by its path, and its name in results, unless another one is called so too."""

    path: Path
    name: str
    is_single: bool = False
    remote: RemoteFile | None = None


def is_litter(name: str) -> bool:
    """Whether a system or program left a file or folder of that name, and no person."""
    return bool(_LITTER.match(name))


def find_files(files: Iterable[AnyPath]) -> Iterator[FileName]:
    """Yield the files of `find_inputs`."""
    yield from find_inputs(files).files


def _returns(folder: Path, skipped: list[str]) -> Iterator[_Found]:
    """What may be returns below a folder, with their names from it on; what cannot is noted."""
    lying = list(_below(folder))
    if not lying:
        raise InputError("empty_folder", path=folder)
    start = Path(folder.resolve().name)
    for path in lying:
        if _NO_RETURN.match(path.name) and not path.is_symlink():
            skipped.append(shown(path))
        else:
            yield _Found(path, shown(start / path.relative_to(folder)))


def _remote(url: str, skipped: list[str]) -> Iterator[_Found]:
    """The file of a URL, or what may be returns below a folder there, as `_returns` has them."""
    from ptxl.urls import remote_files  # for those who name one

    lying = [one for one in remote_files(url) if one.is_single or not is_litter(one.path.name)]
    if not lying:
        raise InputError("empty_folder", path=without_secrets(url))
    for one in lying:
        parts = one.name.split("/")[1:]
        if (
            parts
            and not one.is_single
            and (any(map(is_litter, parts)) or _NO_RETURN.match(parts[-1]))
        ):
            skipped.append(one.name)
        else:
            yield _Found(one.path, one.name, one.is_single, one)


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
