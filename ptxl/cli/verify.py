"""The command about closed rounds: verify."""

from __future__ import annotations

from pathlib import Path

import click

from ptxl import api
from ptxl.cli.options import terms_options
from ptxl.cli.printer import Printer
from ptxl.cli.spoken import InputPath, SpokenCommand
from ptxl.rounds.verify import verify as verify_zip


@click.command(cls=SpokenCommand)
@click.argument("file", type=InputPath())
@terms_options
@click.pass_obj
def verify(printer: Printer, file: str, terms: api.Terms) -> None:
    """Check the zip of a closed round."""
    verdict = verify_zip(Path(file), terms)
    printer.say(
        "closing.about", title=verdict.title, closed=verdict.closed, files=verdict.files,
        counted=verdict.counted, read=verdict.read_again,
    )  # fmt: skip
    if verdict.local:
        printer.say("closing.local", file=verdict.local)
    for problem in verdict.problems:
        printer.line(printer.speaker.say("closing.problem", problem=problem))
    printer.say("closing.wrong" if verdict.problems else "closing.right",
                count=len(verdict.problems))  # fmt: skip
    if verdict.files:
        printer.say("closing.manifest", digest=verdict.manifest)
    raise SystemExit(1 if verdict.problems else 0)
