"""Commands about returned workbooks: read, check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from functools import partial
from pathlib import Path

import click

from ptxl import api, jobs
from ptxl.check.waivers import Uses
from ptxl.cli.options import (
    budget_unit_option,
    cluster_option,
    files_argument,
    style_option,
    terms_options,
    waivers_option,
)
from ptxl.cli.printer import Printer
from ptxl.cli.results import exit_code, file_results, is_single, print_counts, print_result
from ptxl.cli.spoken import Choice, InputPath, Misuse, OutputPath, SpokenCommand, option
from ptxl.model.findings import SEVERITIES, Severity
from ptxl.outputs import write_whole
from ptxl.text import is_url, path_shown
from ptxl.words import phrase


@click.command(cls=SpokenCommand)
@files_argument
@option(
    "-o",
    "--output",
    default="-",
    type=OutputPath(urls=True),
    metavar="FILE",
    about=phrase("options.data"),
)
@cluster_option
@terms_options
@click.pass_obj
def read(
    printer: Printer, files: tuple[str, ...], output: str, terms: api.Terms,
    executor: Executor | None,
) -> None:  # fmt: skip
    """Read returned workbooks as typed JSON, without judging them."""
    single, streamed = is_single(files), output == "-"
    one_a_line = output.endswith(".jsonl") or (streamed and not single)
    task = partial(
        jobs.report, look=jobs.read, language=printer.speaker.language,
        indent=None if one_a_line else 2,
    )  # fmt: skip
    counts: Counter[str] = Counter()
    documents: list[str] = []
    for file in file_results(printer, files, task, terms, phrase("commands.reading"), executor):
        counts += file.counts
        if streamed:
            click.echo(file.json)
            continue
        documents.append(file.json)
        if file.counts["unreadable"]:
            printer.note(file.heading)
    if not streamed:
        _save(output, documents, as_list=not (one_a_line or single))
        unreadable = counts["unreadable"]
        count = len(documents) - unreadable
        path = path_shown(output)
        printer.note(phrase("commands.read_done", count=count, unreadable=unreadable, path=path))
    raise SystemExit(exit_code(counts))


def _save(path: str, documents: Sequence[str], *, as_list: bool) -> None:
    """Write documents one a line, or as one list of them."""
    text = "\n".join(documents)
    if as_list:
        text = "[\n" + ",\n".join(documents) + "\n]"
    if is_url(path):
        from ptxl.urls import write_bytes_to_url  # for those who name one

        write_bytes_to_url(path, f"{text}\n".encode())
    else:
        write_whole(Path(path), text + "\n")


def _beside(
    printer: Printer, terms: api.Terms, *, last: str | None, budget: str | None,
    budget_unit: str | None,
) -> Iterator[jobs.Beside]:  # fmt: skip
    """Read what forms are laid beside."""
    if last:
        reading = printer.progress(phrase("commands.reading_last_year"))
        year = api.read_last_year(last, terms=terms, progress=reading)
        printer.note(phrase("commands.last_year", count=year.count))
        if year.unread:
            files = tuple(year.unread)
            printer.note(phrase("commands.last_year_unread", count=len(files), files=files))
        yield year
    if budget:
        yield api.read_approved_budget(budget, budget_unit or "")


@click.command(cls=SpokenCommand)
@files_argument
@style_option
@option("--mark", "folder", type=OutputPath(folder=True), metavar="FOLDER",
        about=phrase("options.mark"))  # fmt: skip
@option("--mark-severity", "least", type=Choice(SEVERITIES),
        about=phrase("options.mark_severity"))  # fmt: skip
@waivers_option
@option("--last", type=InputPath(folders=True), metavar="PATH", about=phrase("options.last_year"))
@option("--budget", type=InputPath(), metavar="FILE", about=phrase("options.check_budget"))
@budget_unit_option
@option("--codes", is_flag=True, about=phrase("options.codes"))
@cluster_option
@terms_options
@click.pass_obj
def check(
    printer: Printer, /, files: tuple[str, ...], style: str, folder: str | None,
    least: Severity | None, waivers: api.Waivers | None, codes: bool, terms: api.Terms,
    executor: Executor | None, **sources: str | None,
) -> None:  # fmt: skip
    """Check returned workbooks as a reviewer would."""
    if least and not folder:
        raise Misuse("needs", name="--mark-severity", other="--mark")
    if folder:
        api.keep_apart(folder, files)
        least = least or "hint"
    beside = list(_beside(printer, terms, **sources))
    codes, waivers = codes or waivers is not None, api.all_waivers(waivers, terms)
    task = partial(
        jobs.report, look=partial(jobs.check, waivers=waivers, beside=beside),
        language=printer.speaker.language, mark=least, codes=codes,
    )  # fmt: skip
    uses = Uses(waivers)
    counts: Counter[str] = Counter()
    taken: set[Path] = set()
    for file in file_results(printer, files, task, terms, phrase("commands.checking"), executor):
        counts += file.counts
        uses.add(file.unit_code, file.waived)
        if file.marked and folder:
            api.save_marked(file.marked, file.path, folder, taken)
        if style == "json":
            click.echo(file.json)
        else:
            print_result(printer, file)
    if style == "text":
        print_counts(printer, counts)
        if folder:
            printer.say("commands.marked", count=len(taken), folder=folder)
    for unused in uses.unused():
        printer.note(unused)
    raise SystemExit(exit_code(counts))
