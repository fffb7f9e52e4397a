"""What a worker found in one file, or why it could not read it → what a command tells of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from ptxl import api, jobs
from ptxl.cli.printer import Printer
from ptxl.documents.document import dump
from ptxl.model.findings import Finding
from ptxl.receive.workers import Task
from ptxl.text import is_url
from ptxl.words import Phrase, phrase

_PROBLEMS, _BUG = 1, 70
#: what the last line of `check` counts
_COUNTS = ("files", "clean", "unreadable", "errors", "warnings", "hints")


@dataclass(frozen=True, slots=True)
class FileResult:
    """What is told of one file: a heading with its lines, or JSON; and what it adds to the counts.

    A file without findings has no heading, and no marked copy.
    """

    path: Path
    heading: Phrase | None
    lines: tuple[str, ...]
    json: str
    counts: Counter[str]
    marked: jobs.Marked | None = None
    #: whose form it is, and what was found there but is an approved exception
    unit_code: str = ""
    waived: tuple[Finding, ...] = ()


def file_results(
    printer: Printer,
    files: tuple[str, ...],
    task: Task[jobs.Report],
    terms: api.Terms,
    doing: Phrase,
    executor: Executor | None = None,
) -> Iterator[FileResult]:
    """Yield what is told of each file, looked at here or where an executor runs.

    Raises WorkbookError when the one file asked for cannot be read.
    """
    inputs = api.find_inputs(files)
    signed = 0
    progress = printer.progress(doing)
    for outcome in api.each(inputs, task, terms=terms, progress=progress, executor=executor):
        if isinstance(outcome, api.Unread):
            for line in outcome.trace.splitlines():
                printer.note(line)
            if is_single(files):
                _stop(outcome)
        else:
            signed += outcome.signed
        yield file_result(printer, outcome)
    note_skipped(printer, inputs.skipped)
    note_unproven(printer, 0 if terms.key else signed)


def note_unproven(printer: Printer, count: int) -> None:
    """Print how many forms are signed, where no key was given that could prove it."""
    if count:
        printer.note(phrase("commands.unproven", count=count))


def note_skipped(printer: Printer, skipped: Sequence[str]) -> None:
    """Print how much lies in the folders that is no return."""
    if skipped:
        printer.note(phrase("commands.skipped", count=len(skipped), files=tuple(skipped)))


def file_result(printer: Printer, outcome: jobs.Report | api.Unread) -> FileResult:
    """Return what is told of one file."""
    if isinstance(outcome, api.Unread):
        return _unread_result(printer, outcome)
    heading = phrase(
        "commands.found", severity=_weightiest(outcome), file=outcome.source, unit=outcome.unit
    )
    counts = Counter(
        files=1, clean=not outcome.lines,
        errors=outcome.errors, warnings=outcome.warnings, hints=outcome.hints,
    )  # fmt: skip
    return FileResult(
        path=outcome.path,
        heading=heading if outcome.lines else None,
        lines=outcome.lines,
        json=outcome.json,
        counts=counts,
        marked=outcome.marked,
        unit_code=outcome.unit_code,
        waived=outcome.waived,
    )


def _unread_result(printer: Printer, unread: api.Unread) -> FileResult:
    why = unread.error
    error = {"code": why.code, "message": why.reason(printer.speaker.language)}
    return FileResult(
        path=Path(unread.file),
        heading=phrase(
            "commands.unread",
            severity=phrase("severities.error"),
            file=unread.file,
            reason=why.sentence,
        ),
        lines=(),
        json=dump({"source": unread.file, "error": error}, indent=None),
        counts=Counter(files=1, unreadable=1),
    )


def _weightiest(report: jobs.Report) -> Phrase:
    """The word for the severity of the worst that was found."""
    counts = {"error": report.errors, "warning": report.warnings}
    worst = next((severity for severity, count in counts.items() if count), "hint")
    return phrase(f"severities.{worst}")


def _stop(unread: api.Unread) -> NoReturn:
    if unread.trace:
        raise SystemExit(_BUG)
    raise unread.error


def is_single(files: tuple[str, ...]) -> bool:
    """Whether one file was asked for, and no folder."""
    if len(files) == 1 and is_url(files[0]):
        from ptxl.urls import is_remote_folder  # for those who name one

        return not is_remote_folder(files[0])
    return len(files) == 1 and not Path(files[0]).is_dir()


def print_result(printer: Printer, file: FileResult) -> None:
    """Print what was found in a file; nothing for one without findings."""
    if file.heading:
        printer.line(printer.speaker.word(file.heading))
    for line in file.lines:
        printer.line(line)


def print_counts(printer: Printer, counts: Counter[str]) -> None:
    """Print the last line of `check`."""
    printer.say("commands.checked", **{name: counts[name] for name in _COUNTS})


def exit_code(counts: Counter[str]) -> int:
    """Return the exit code: whether something in the files needs mending."""
    return _PROBLEMS if counts["errors"] + counts["unreadable"] else 0
