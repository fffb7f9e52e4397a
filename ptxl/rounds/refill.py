"""Fills a folder again: what is no longer true goes, and what people put or changed there stays.

A list in the folder tells the files that ptxl wrote, by path and content hash. Only a file that is
still the one on the list is replaced or removed. The list is written before the files, with what is
to come and what was there, and once more after them: wherever a run is killed, the next one knows
all files of ptxl for its own and completes the work.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath

from ptxl.outputs import write_each, write_whole
from ptxl.words import Language, Speaker

#: the list; its lines are those of `sha256sum`
LIST_NAME = ".ptxl-files"
#: content hashes by path; two while a file is being replaced
_Hashes = Mapping[str, frozenset[str]]


@dataclass(slots=True)
class Refilled:
    """What was done in a folder, by path below it."""

    written: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    #: files that somebody changed, as they are called now
    kept: list[str] = field(default_factory=list)


def refill(
    folder: Path, files: Iterable[tuple[tuple[str, ...], bytes]], language: Language
) -> Refilled:
    """Let a folder hold these files, and of those that ptxl wrote there before no others.

    `files` are the steps of a path and the content of each. Where a new file comes into the place
    of one that somebody changed, that one stays beside it, under a name that says so. Raises
    OSError where something cannot be written or removed; a further run completes the work.
    """
    new = {"/".join(steps): data for steps, data in files}
    hashes = {path: frozenset([_hash(data)]) for path, data in new.items()}
    old = _read_list(folder)
    if not new and not old:
        return Refilled()
    _write_list(folder, {path: old.get(path, frozenset()) | own for path, own in hashes.items()}
                | {path: own for path, own in old.items() if path not in hashes})  # fmt: skip
    done, changed = Refilled(), Speaker(language).say("letters.files.changed")
    write_each(_to_write(folder, new, old, changed, done))
    for path in old:
        if path not in new:
            _remove(folder, path, old[path], done)
    _write_list(folder, hashes)
    return done


def _to_write(
    folder: Path, new: Mapping[str, bytes], old: _Hashes, changed: str, done: Refilled
) -> Iterator[tuple[Path, bytes]]:
    """Yield the files that do not lie there yet, once what somebody changed is out of their way."""
    for path, data in new.items():
        target = folder / path
        lying = _hash_of(target)
        if lying == _hash(data):
            done.unchanged.append(path)
            continue
        if lying and lying not in old.get(path, frozenset()):
            aside = free_path(target.with_name(f"{target.stem}_{changed}{target.suffix}"))
            target.rename(aside)
            done.kept.append(aside.relative_to(folder).as_posix())
        yield target, data
        done.written.append(path)


def _remove(folder: Path, path: str, own: frozenset[str], done: Refilled) -> None:
    """Remove a file that is no longer true, and the folders that it leaves empty."""
    target = folder / path
    lying = _hash_of(target)
    if lying and lying not in own:
        done.kept.append(path)
        return
    if lying:
        target.unlink()
        done.removed.append(path)
    for above in target.parents:
        if above == folder:
            return
        with suppress(OSError):  # somebody's file lies in it
            above.rmdir()


def free_path(path: Path) -> Path:
    """Return a path, numbered where something lies there: `name.zip`, `name_2.zip`."""
    found, number = path, 1
    while found.exists():
        number += 1
        found = path.with_name(f"{path.stem}_{number}{path.suffix}")
    return found


def _read_list(folder: Path) -> dict[str, frozenset[str]]:
    try:
        text = (folder / LIST_NAME).read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    found: dict[str, frozenset[str]] = {}
    for line in text.splitlines():
        digest, _, path = line.partition("  ")
        if _stays_inside(path):
            found[path] = found.get(path, frozenset()) | {digest}
    return found


def _stays_inside(path: str) -> bool:
    """Whether a path of the list, which anybody may edit, leads nowhere out of the folder."""
    steps = PureWindowsPath(path)  # knows both kinds of slashes, and drives
    return bool(steps.parts) and not steps.anchor and ".." not in steps.parts


def _write_list(folder: Path, hashes: _Hashes) -> None:
    write_whole(folder / LIST_NAME, "".join(_lines(hashes)))


def _lines(hashes: _Hashes) -> Iterator[str]:
    for path, digests in sorted(hashes.items()):
        for digest in sorted(digests):
            yield f"{digest}  {path}\n"


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _hash_of(path: Path) -> str:
    """The content hash of a file; "" where there is none."""
    return _hash(path.read_bytes()) if path.is_file() else ""
