"""The command about finished workbooks: inspect."""

from __future__ import annotations

from pathlib import Path

import click

from ptxl import api
from ptxl.cli.options import style_option
from ptxl.cli.printer import Printer
from ptxl.cli.spoken import InputPath, Misuse, SpokenCommand, option, placeholder
from ptxl.documents.document import dump
from ptxl.inspection.rulebook import RULES, SPARED
from ptxl.model.errors import WorkbookError
from ptxl.words import phrase


@click.command(cls=SpokenCommand)
@click.argument("files", nargs=-1, type=InputPath(folders=True))
@option("--rules", is_flag=True, about=phrase("options.inspect_rules"))
@style_option
@click.pass_obj
def inspect(printer: Printer, files: tuple[str, ...], rules: bool, style: str) -> None:
    """Say what readers of finished workbooks would stumble over, or by which rules that is told."""
    if rules:
        _print_rules(printer)
        return
    if not files:
        raise Misuse("missing", name=placeholder("files"))
    found = [_inspect(printer, path, name, style) for path, name in api.find_inputs(files).files]
    raise SystemExit(0 if all(found) else 1)


def _inspect(printer: Printer, path: Path, name: str, style: str) -> bool:
    """Print what is wrong with one workbook; return whether it is nothing."""
    try:
        kind, flaws = api.inspect(path)
    except WorkbookError as error:
        error.source = name
        raise
    if style == "json":
        click.echo(dump({"file": name, "kind": kind, "flaws": [_json(printer, f) for f in flaws]}))
        return not flaws
    heading = "heading" if flaws else "clean"
    called = phrase(f"inspection.kinds.{kind}")
    printer.say(f"inspection.{heading}", file=name, kind=called, count=len(flaws))
    for flaw in flaws:
        printer.say("inspection.line", place=flaw.place, sentence=flaw.sentence, rule=flaw.rule)
    return not flaws


def _json(printer: Printer, flaw: api.Flaw) -> dict[str, object]:
    message = printer.speaker.word(flaw.sentence)
    return {"rule": flaw.rule, "sheet": flaw.sheet, "cells": list(flaw.cells), "message": message}


def _print_rules(printer: Printer) -> None:
    for rule in RULES:
        printer.say("inspection.rule", rule=rule, reason=phrase(f"inspection.because.{rule}"))
        for kind, reason in SPARED.get(rule, {}).items():
            called = phrase(f"inspection.kinds.{kind}")
            printer.say(
                "inspection.spared", kind=called, reason=phrase(f"inspection.reasons.{reason}")
            )
