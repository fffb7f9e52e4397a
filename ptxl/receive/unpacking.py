"""An archive or mail on disk → all files that are packed in it, at any depth, within one budget.

The parent opens nothing itself: each answer comes from a worker, so that a hostile container ends
only that. What lies in a container and is one itself is kept as a file first, where the caller
says, and then opened like any other.

    for found in walk((path, name), terms): ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from ptxl.inputs import FileName
from ptxl.model.errors import WorkbookError
from ptxl.model.refusals import refusal
from ptxl.outputs import working_folder
from ptxl.receive.containers import ContainerKind, Contents, Entry, unpack
from ptxl.receive.limits import MEGABYTE, Limits
from ptxl.receive.programs import find_program, write_tar
from ptxl.receive.workers import Opened, Terms, run

#: what keeps the bytes of a file and says where
Keep = Callable[[bytes], Path]


@dataclass(frozen=True, slots=True)
class Found:
    """A file that was packed in others: its bytes, or why it could not be had.

    `chain` holds the names from the outermost container to the file. `moment` is the date that the
    container states of it, `sent` and `sender` come from the nearest mail around it.
    """

    chain: tuple[str, ...]
    data: bytes = field(default=b"", repr=False)
    error: WorkbookError | None = None
    moment: datetime | None = None
    sent: datetime | None = None
    sender: str = ""
    #: subject of that mail
    subject: str = ""


@dataclass(slots=True)
class Budget:
    """What is left of what one container may cost with all that is packed in it."""

    limits: Limits
    files: int = 0
    size: int = 0

    def spend(self, contents: Contents) -> None:
        """Count what was taken out of a container."""
        self.files += len(contents.entries) + len(contents.refused)
        self.size += contents.cost

    def check(self) -> None:
        """Raise WorkbookError when more was taken out than may be."""
        limits = self.limits
        if self.files > limits.archive_files or self.size > limits.archive_megabytes * MEGABYTE:
            raise refusal(
                "archive_too_large", files=limits.archive_files, megabytes=limits.archive_megabytes
            )


def unpack_file(file: Opened, *, first: int = 0) -> Contents:
    """Take some files out of an opened container; the task of a worker."""
    return unpack(file.data, file.terms.limits, first=first)


def open_container(file: FileName, terms: Terms, budget: Budget) -> Iterator[Contents]:
    """Take the files out of one container, some at a time; nothing of a file that is none.

    What lies in it and is a container is not opened, but its `kind` says so. Raises WorkbookError
    where it cannot be opened, or not to its end, and when the budget is used up.
    """
    first: int | None = 0
    while first is not None:
        budget.check()
        contents = run(partial(unpack_file, first=first), file, terms)
        if contents.kind is None:
            return
        if contents.kind in ("7z", "rar"):
            yield from _open_sealed(file, contents.kind, terms, budget)
            return
        budget.spend(contents)
        yield contents
        first = contents.following


def _open_sealed(
    file: FileName, kind: ContainerKind, terms: Terms, budget: Budget
) -> Iterator[Contents]:
    """Take the files out of a container that another program opens."""
    program = find_program()
    if program is None:
        raise refusal("archive_needs_program", kind=kind)
    limits = terms.limits
    as_large = replace(terms, limits=replace(limits, file_megabytes=limits.total_megabytes))
    with working_folder() as folder:
        tar = folder / "tar"
        is_whole = write_tar(program, file[0], tar, limits, piped=kind == "rar")
        came = False
        for contents in open_container((tar, file[1]), as_large, budget):
            came = True
            yield contents
        if not (is_whole and came):
            raise refusal("archive_not_opened")


def walk(file: FileName, terms: Terms, keep: Keep | None = None) -> Iterator[Found]:
    """Find all files in a container and in those that are packed in it; none in another file.

    `keep` is given the bytes of each container inside before it is opened, and says where they lie
    as a file; without it they lie in a working folder until they were opened. A container that
    cannot be opened, or not to its end, is found itself, with the reason; what was taken out of it
    before stands.
    """
    with ExitStack() as stack:
        keeps = keep or _Scratch(stack.enter_context(working_folder()))
        budget = Budget(terms.limits)
        yield from _walk(file[0], Found((file[1],)), terms, keeps, budget)


def _walk(path: Path, outer: Found, terms: Terms, keep: Keep, budget: Budget) -> Iterator[Found]:
    """Files below one container; `outer` is how it was found itself."""
    name = " / ".join(outer.chain)
    try:
        if len(outer.chain) > terms.limits.archive_depth:
            raise refusal("archive_too_deep", limit=terms.limits.archive_depth)
        count = 0
        for contents in open_container((path, name), terms, budget):
            count += len(contents.entries) + len(contents.refused)
            inner = _around(outer, contents)
            for refused in contents.refused:
                yield replace(inner, chain=(*outer.chain, refused.name), error=refused.error)
            for entry in contents.entries:
                yield from _found(entry, inner, terms, keep, budget)
            if not count and contents.following is None:
                raise refusal("nothing_inside")
    except WorkbookError as error:
        yield replace(outer, error=error)


def _found(
    entry: Entry, around: Found, terms: Terms, keep: Keep, budget: Budget
) -> Iterator[Found]:
    """A file out of a container, or what is in it if it is one itself."""
    chain = (*around.chain, entry.name)
    if entry.kind is None:
        yield replace(around, chain=chain, data=entry.data, moment=entry.moment)
        return
    path = keep(entry.data)
    yield from _walk(path, replace(around, chain=chain, moment=entry.moment), terms, keep, budget)


def _around(outer: Found, contents: Contents) -> Found:
    """How files are found in a container: a mail says more of them than what is around it."""
    if contents.kind not in ("eml", "msg"):
        return outer
    return replace(
        outer, sent=contents.sent, sender=contents.sender, subject=contents.subject, moment=None
    )


class _Scratch:
    """Files in a folder that is gone afterwards."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def __call__(self, data: bytes) -> Path:
        self._count += 1
        path = self._folder / str(self._count)
        path.write_bytes(data)
        return path
