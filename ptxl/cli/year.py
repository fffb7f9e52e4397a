"""The command about the stages of a year: year."""

from __future__ import annotations

from pathlib import Path

import click

from ptxl import api
from ptxl.cli.options import output_option, summary_path
from ptxl.cli.printer import Printer
from ptxl.cli.spoken import InputPath, OutputPath, SpokenCommand, option
from ptxl.documents.document import dump
from ptxl.merge.stages import Change, Line
from ptxl.outputs import write_whole
from ptxl.summary.year_book import say_why
from ptxl.summary.year_json import year_json
from ptxl.text import shortened
from ptxl.words import phrase

#: characters of a value or a goal that are printed
_LONGEST = 60


@click.command(cls=SpokenCommand)
@click.argument("files", nargs=-1, required=True, type=InputPath(folders=True))
@output_option("year_rows")
@option("--workbook", type=OutputPath(), metavar="FILE", about=phrase("options.year_workbook"))
@click.pass_obj
def year(printer: Printer, files: tuple[str, ...], output: str, workbook: str | None) -> None:
    """Join the summaries of the stages of a year, row by row, and say what became of each."""
    summaries = list(map(summary_path, files))
    lines = api.read_year(summaries)
    called = {line.id: line.called for line in lines}
    for line in lines:
        for change in line.changes:
            _print_change(printer, line, change, called.get(line.outer, ""), files)
    printer.say("year.joined", count=len(lines), stages=len(files), path=output)
    write_whole(Path(output), dump(year_json(files, lines)) + "\n")
    if workbook:
        api.write_year(summaries, lines, workbook, printer.speaker.language)
        printer.say("year.workbook", path=workbook)


def _print_change(
    printer: Printer, line: Line, change: Change, project: str, files: tuple[str, ...]
) -> None:
    what = "/".join(filter(None, (project, line.called, change.label)))
    about = f"{line.code} {line.unit}  {what}"
    facts = {
        "before": _clipped(change.before), "now": _clipped(change.now),
        "file": files[change.stage],
    }  # fmt: skip
    why = say_why(change.why, printer.speaker)
    reason = printer.speaker.say("year.because", why=why) if why else ""
    printer.say(f"year.{change.what}", about=about, reason=reason, **facts)


def _clipped(text: str) -> str:
    """A text on one line of a terminal, cut off where it is long: the JSON has all of it."""
    return shortened(" ".join(text.split()), _LONGEST)
