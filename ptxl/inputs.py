"""Files and folders as named → the files to open, and what each is called in results."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ptxl.model.errors import InputError

AnyPath = str | Path
#: path, and what the file is called in results
FileName = tuple[Path, str]
#: what systems and programs leave in folders, passed over without a word
_HIDDEN = (".", "~$")
_SYSTEM = ("thumbs.db", "desktop.ini")
#: no file of these is a return under another name: notes, data that ptxl wrote, copies of old files
_NO_RETURNS = (".txt", ".md", ".log", ".json", ".jsonl", ".bak", ".tmp")


@dataclass(frozen=True, slots=True)
class Inputs:
    """The files to open, in order, each with its name in results; no two have one name."""

    files: tuple[FileName, ...]
    #: names of the files that were asked for one by one, and not as part of a folder
    single: frozenset[str] = frozenset()
    #: what was passed over in the folders, by name; whoever opens the files may add to it
    skipped: list[str] = field(default_factory=list)


def find_inputs(files: Iterable[AnyPath]) -> Inputs:
    """Collect files as named, and all returns below named folders, sorted, each of them once.

    A file is called by its path as named, or from the folder's name on; where two would be called
    alike, by the path as named. In folders, what cannot be a return is skipped: hidden folders,
    texts, JSON, backups. Links and pipes are listed, so that they are reported; none is followed.
    Raises InputError for a folder that is empty, hidden files aside.
    """
    short: dict[Path, tuple[Path, Path]] = {}
    single: set[Path] = set()
    skipped: list[str] = []
    for entry in map(Path, files):
        if not entry.is_dir():
            short.setdefault(entry.absolute(), (entry, entry))
            single.add(entry.absolute())
            continue
        for path in _returns_below(entry, skipped):
            name = Path(entry.resolve().name) / path.relative_to(entry)
            short.setdefault(path.absolute(), (path, name))
    uses = Counter(name for _, name in short.values())
    names = {
        place: (path, _shown(name if uses[name] == 1 else path))
        for place, (path, name) in short.items()
    }
    return Inputs(tuple(names.values()), frozenset(names[place][1] for place in single), skipped)


def find_files(files: Iterable[AnyPath]) -> Iterator[FileName]:
    """Yield the files of `find_inputs`."""
    yield from find_inputs(files).files


def _returns_below(folder: Path, skipped: list[str]) -> list[Path]:
    found = []
    passed: list[str] = []
    for path in sorted(_below(folder, passed)):
        if path.name.startswith(_HIDDEN) or path.name.lower() in _SYSTEM:
            continue
        if path.suffix.lower() in _NO_RETURNS and not path.is_symlink():
            passed.append(_shown(path))
        else:
            found.append(path)
    if not found and not passed:
        raise InputError("empty_folder", path=folder)
    skipped += passed
    return found


def _below(folder: Path, skipped: list[str]) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        here = Path(place)
        links = [name for name in folders if (here / name).is_symlink()]
        hidden = [name for name in folders if name.startswith(".") and name not in links]
        folders[:] = [name for name in folders if name not in hidden]
        skipped += [_shown(here / name) for name in hidden]
        yield from (here / name for name in (*names, *links))


def _shown(path: Path) -> str:
    """A path as text; names in another encoding (zips from Windows) lose what cannot be read."""
    return os.fsencode(path).decode("utf-8", "replace")
