"""Commands about returned workbooks: read, check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NoReturn

import click

from ptxl import api, jobs
from ptxl.cli.options import (
    files_argument,
    style_option,
    terms_options,
    waivers_option,
)
from ptxl.cli.printer import Printer
from ptxl.cli.spoken import OutputPath, SpokenCommand, option
from ptxl.documents.document import dump
from ptxl.outputs import write_whole
from ptxl.receive.workers import Task
from ptxl.words import Phrase, phrase

_PROBLEMS, _BUG = 1, 70


@click.command(cls=SpokenCommand)
@files_argument
@option(
    "-o", "--output", default="-", type=OutputPath(), metavar="FILE", says=phrase("options.data")
)
@terms_options
@click.pass_obj
def read(printer: Printer, files: tuple[str, ...], output: str, terms: api.Terms) -> None:
    """Read returned workbooks as typed JSON, without judging them."""
    single = _single(files)
    one_a_line = output.endswith(".jsonl") or (output == "-" and not single)
    task = partial(
        jobs.report, look=jobs.read, language=printer.speaker.language,
        indent=None if one_a_line else 2,
    )  # fmt: skip
    texts, problems = [], False
    for outcome in _outcomes(printer, files, task, terms, phrase("commands.reading")):
        problems |= not isinstance(outcome, jobs.Report) or outcome.errors > 0
        texts.append(_json(outcome, printer))
        if output == "-":
            click.echo(texts.pop())
    if output != "-":
        text = "\n".join(texts) if one_a_line or single else "[\n" + ",\n".join(texts) + "\n]"
        write_whole(Path(output), text + "\n")
        printer.note(phrase("commands.read_done", count=len(texts), path=output))
    raise SystemExit(_PROBLEMS if problems else 0)


@click.command(cls=SpokenCommand)
@files_argument
@style_option
@option("--mark", "folder", type=OutputPath(folder=True), metavar="FOLDER",
        says=phrase("options.mark"))  # fmt: skip
@waivers_option
@terms_options
@click.pass_obj
def check(
    printer: Printer, files: tuple[str, ...], style: str, folder: str | None,
    waivers: api.Waivers | None, terms: api.Terms,
) -> None:  # fmt: skip
    """Check returned workbooks as a reviewer would."""
    task = partial(
        jobs.report, look=partial(jobs.check, waivers=waivers),
        language=printer.speaker.language, mark=bool(folder),
    )  # fmt: skip
    counts: Counter[str] = Counter()
    taken: set[Path] = set()
    for outcome in _outcomes(printer, files, task, terms, phrase("commands.checking")):
        counts += _counted(outcome)
        if isinstance(outcome, jobs.Report) and outcome.marked and folder:
            api.save_marked(outcome.marked, outcome.path, folder, taken)
        if style == "json":
            click.echo(_json(outcome, printer))
        else:
            print_outcome(printer, outcome)
    if style == "text":
        _print_counts(printer, counts)
        if folder:
            printer.say("commands.marked", count=len(taken), folder=folder)
    raise SystemExit(_PROBLEMS if counts["errors"] or counts["unreadable"] else 0)


def print_outcome(printer: Printer, outcome: jobs.Report | api.Unread) -> None:
    """Print what was found in a file; nothing for one without findings."""
    if isinstance(outcome, api.Unread):
        reason = outcome.error.says
        printer.say("commands.unread", sign=printer.sign("error"), file=outcome.file, reason=reason)
    elif outcome.lines:
        sign = printer.sign("error" if outcome.errors else "warning")
        printer.say("commands.found", sign=sign, file=outcome.source, unit=outcome.unit)
        for line in outcome.lines:
            printer.line(line)


def _outcomes(
    printer: Printer,
    files: tuple[str, ...],
    task: Task[jobs.Report],
    terms: api.Terms,
    doing: Phrase,
) -> Iterator[jobs.Report | api.Unread]:
    """What is found in each file. The one file asked for that cannot be read is an error."""
    for outcome in api.each(files, task, terms=terms, progress=printer.progress(doing)):
        if isinstance(outcome, api.Unread):
            for line in outcome.trace.splitlines():
                printer.note(line)
            if _single(files):
                _stop(outcome)
        yield outcome


def _stop(unread: api.Unread) -> NoReturn:
    if unread.trace:
        raise SystemExit(_BUG)
    raise unread.error


def _single(files: tuple[str, ...]) -> bool:
    return len(files) == 1 and not Path(files[0]).is_dir()


def _json(outcome: jobs.Report | api.Unread, printer: Printer) -> str:
    if isinstance(outcome, jobs.Report):
        return outcome.json
    message = outcome.error.reason(printer.speaker.language)
    error = {"code": outcome.error.code, "message": message}
    return dump({"source": outcome.file, "error": error}, indent=None)


def _counted(outcome: jobs.Report | api.Unread) -> Counter[str]:
    """What a file adds to the counts of the last line."""
    if isinstance(outcome, api.Unread):
        return Counter(files=1, unreadable=1)
    return Counter(
        files=1, clean=not outcome.lines,
        errors=outcome.errors, warnings=outcome.warnings, hints=outcome.hints,
    )  # fmt: skip


def _print_counts(printer: Printer, counts: Counter[str]) -> None:
    names = ("files", "clean", "errors", "warnings", "hints", "unreadable")
    printer.say("commands.checked", **{name: counts[name] for name in names})
