"""An archive or mail on disk → the files that are packed in it, some at a time, within one budget.

The parent opens nothing itself: each answer comes from a worker, so that a hostile container ends
only that. What lies in a container and is one itself is kept as a file by the caller, and then
opened like any other, within the budget of the outermost.

    for contents in open_container((path, name), terms, budget): ...
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from ptxl.inputs import FileName
from ptxl.model.refusals import refusal
from ptxl.outputs import working_folder
from ptxl.receive.containers import ContainerKind, Contents, unpack
from ptxl.receive.limits import MEGABYTE, Limits
from ptxl.receive.programs import find_program, write_tar
from ptxl.receive.workers import Opened, Terms, run


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
