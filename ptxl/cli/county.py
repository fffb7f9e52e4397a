"""Commands about the whole county: merge, demo."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from ptxl import api
from ptxl.cli.options import (
    cluster_option,
    comparison_options,
    files_argument,
    output_option,
    set_option,
    tables_option,
    terms_options,
    waivers_option,
)
from ptxl.cli.printer import Printer
from ptxl.cli.results import note_skipped, note_unproven
from ptxl.cli.spoken import InputPath, OutputPath, SpokenCommand, option
from ptxl.merge.rows import NOTHING
from ptxl.text import path_shown
from ptxl.words import phrase

_LEFT_OUT = 1


@click.command(cls=SpokenCommand)
@click.argument("folder", default="demo-county", type=OutputPath(folder=True))
@click.pass_obj
def demo(printer: Printer, folder: str) -> None:
    """Run the whole loop on a sample county."""
    from ptxl.demo import run_demo  # all that rounds need, which merge does without
    from ptxl.rounds.reports.board_text import board_lines

    now = datetime.now().replace(microsecond=0)
    made = run_demo(Path(folder), now, printer.speaker.language)
    printer.board(board_lines(made.board, made.where.settings, printer.speaker))
    printer.line("")
    print_merged(printer, made.summary.merged)
    printer.line("")
    printer.say("demo.open_first")
    for code, path in made.worth_opening().items():
        printer.say(f"demo.{code}", path=path)


@click.command(cls=SpokenCommand)
@files_argument
@output_option("county", urls=True)
@option("--json", type=OutputPath(urls=True), metavar="FILE", about=phrase("options.json"))
@tables_option
@option("--title", default="", about=phrase("options.title"))
@option("--county", default="", about=phrase("options.county_name"))
@option("--roster", type=InputPath(), metavar="FILE", about=phrase("options.due_roster"))
@option("--summary", type=InputPath(), metavar="FILE", about=phrase("options.summary"))
@set_option
@comparison_options
@waivers_option
@cluster_option
@terms_options
@click.pass_obj
def merge(
    printer: Printer, /, files: tuple[str, ...], output: str, parameters: dict[str, object],
    **options: Any,
) -> None:  # fmt: skip
    """Merge returned workbooks into the county workbook."""
    merged = api.merge(
        files, output, shared=parameters, language=printer.speaker.language,
        progress=printer.progress(phrase("commands.merging")),
        **{key: value for key, value in options.items() if value},
    )  # fmt: skip
    print_merged(printer, merged)
    printer.say("commands.county", path=path_shown(output))
    if options["json"]:
        printer.say("commands.county_json", path=path_shown(options["json"]))
    if options["tables"]:
        printer.say("commands.county_tables", path=options["tables"])
    if merged.to_mend:
        raise SystemExit(_LEFT_OUT)


def print_merged(printer: Printer, merged: api.Merged) -> None:
    """Print what a merge did: counts, what was left out, what shows between units."""
    counts = {**merged.counts, "left_out": len(merged.to_mend)}
    total = merged.totals.get("funds.total", NOTHING)
    printer.say("commands.merged", total=total.value, money=merged.money.called, **counts)
    if merged.unasked:
        printer.say("commands.unasked", count=merged.unasked)
    for file, misnamed in merged.misnamed:
        severity = phrase(f"severities.{misnamed.severity}")
        printer.say("commands.misnamed", severity=severity, file=file, finding=misnamed.message)
    for one in merged.across.found:
        printer.say(
            "commands.across", severity=phrase(f"severities.{one.severity}"),
            title=phrase(f"titles.{one.code}"), about=one.about, units=one.units,
            projects=one.projects,
        )  # fmt: skip
    for code, count in merged.across.more.items():
        printer.say("commands.across_more", title=phrase(f"titles.{code}"), count=count)
    for left in merged.left_out:
        reason = left.found[0].message
        if left.found[0].severity == "error":
            printer.say("commands.left_out", file=left.file, reason=reason)
        else:
            printer.say("commands.same_copy", file=left.file, finding=reason)
    _print_comparisons(printer, merged.comparisons)
    note_skipped(printer, merged.skipped)
    note_unproven(printer, merged.unproven)
    for unused in merged.unused_waivers:
        printer.note(unused)


def _print_comparisons(printer: Printer, comparisons: api.Comparisons) -> None:
    """Print how the summary differs from what it was compared with, in a sentence each."""
    for key in sorted(comparisons.sheets):
        printer.say(
            "commands.compared", sheet=phrase(f"summary.sheets.{key}"),
            remark=comparisons.remark(key),
        )  # fmt: skip
