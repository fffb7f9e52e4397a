"""Files and folders as named → the files to open, and what each is called in results."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from ptxl.model.errors import InputError

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


def find_inputs(files: Iterable[AnyPath]) -> Inputs:
    """Collect files as named, and all returns below named folders, sorted, each of them once.

    A file is called by its path as named, or from the folder's name on; where two would be called
    alike, by the path as named. In folders, what cannot be a return is skipped: hidden folders,
    texts, JSON, backups. Links and pipes are listed, so that they are reported; none is followed.
    Raises InputError for a folder that is empty, hidden files aside.
    """
    skipped: list[str] = []
    called: dict[Path, tuple[Path, Path]] = {}
    entries = list(map(Path, files))
    for entry in entries:
        found = _returns(entry, skipped) if entry.is_dir() else [(entry, entry)]
        for path, name in found:
            called.setdefault(path.absolute(), (path, name))
    uses = Counter(name for _, name in called.values())
    names = {
        place: (path, shown(name if uses[name] == 1 else path))
        for place, (path, name) in called.items()
    }
    single = {names[place][1] for place in names.keys() & set(map(Path.absolute, entries))}
    return Inputs(tuple(names.values()), frozenset(single), skipped)


def is_litter(name: str) -> bool:
    """Whether a system or program left a file or folder of that name, and no person."""
    return bool(_LITTER.match(name))


def find_files(files: Iterable[AnyPath]) -> Iterator[FileName]:
    """Yield the files of `find_inputs`."""
    yield from find_inputs(files).files


def _returns(folder: Path, skipped: list[str]) -> Iterator[tuple[Path, Path]]:
    """What may be returns below a folder, with their names from it on; what cannot is noted."""
    lying = list(_below(folder))
    if not lying:
        raise InputError("empty_folder", path=folder)
    start = Path(folder.resolve().name)
    for path in lying:
        if _NO_RETURN.match(path.name) and not path.is_symlink():
            skipped.append(shown(path))
        else:
            yield path, start / path.relative_to(folder)


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
