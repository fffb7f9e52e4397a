"""Files and folders as named → the files to open, and what each is called in results."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from ptxl.model.errors import OutputError

AnyPath = str | Path
#: path, and what the file is called in results
FileName = tuple[Path, str]
#: what systems leave in folders
_NO_RETURNS = ("thumbs.db", "desktop.ini")


def find_files(files: Iterable[AnyPath]) -> Iterator[FileName]:
    """Files as named, and all files below named folders, sorted; hidden and lock files aside.

    With each goes what it is called in results: its path as named, or from the folder's name on.
    Links and pipes in folders are named too, so that they are reported; none is followed.
    """
    for entry in map(Path, files):
        if not entry.is_dir():
            yield entry, _shown(entry)
            continue
        below = sorted(_below(entry))
        if not below:
            raise OutputError("empty_folder", path=entry)
        for path in below:
            if not path.name.startswith(("~$", ".")) and path.name.lower() not in _NO_RETURNS:
                yield path, _shown(Path(entry.resolve().name) / path.relative_to(entry))


def _below(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        yield from (Path(place) / name for name in (*names, *links))


def _shown(path: Path) -> str:
    """A path as text; names in another encoding (zips from Windows) lose what cannot be read."""
    return os.fsencode(path).decode("utf-8", "replace")
