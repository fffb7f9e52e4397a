"""Commands that write forms: generate, fill, repair, upgrade."""

from __future__ import annotations

import sys
from collections.abc import Set
from typing import Any

import click

from ptxl import api
from ptxl.cli.options import (
    form_argument,
    key_option,
    local_option,
    output_option,
    password_option,
    set_option,
    style_option,
    summary_path,
    terms_options,
)
from ptxl.cli.printer import Printer
from ptxl.cli.spoken import InputPath, Misuse, SpokenCommand, option
from ptxl.documents.document import dump, parse_answers
from ptxl.report import repaired_json, repaired_lines
from ptxl.words import phrase

_ANSWERS_LOST = 1


@click.command(cls=SpokenCommand)
@click.argument("template")
@option("--roster", type=InputPath(), metavar="FILE", about=phrase("options.roster"))
@option("--from", "earlier", type=InputPath(folders=True), metavar="FILE", multiple=True,
        about=phrase("options.earlier"))  # fmt: skip
@set_option
@local_option
@option("--prefill", type=InputPath(folders=True), metavar="PATH", about=phrase("options.prefill"))
@password_option
@key_option
@option("--overwrite", is_flag=True, about=phrase("options.overwrite"))
@output_option("forms", folder=True)
@click.pass_obj
def generate(
    printer: Printer,
    /,
    template: str,
    roster: str | None,
    earlier: tuple[str, ...],
    prefill: str | None,
    output: str,
    local: str | None,
    **options: Any,
) -> None:
    """Write one locked workbook per unit of a roster, or of an earlier stage."""
    if not (roster or earlier):
        raise Misuse("missing", name="--roster")
    if earlier and prefill:
        raise Misuse("not_together", names=("--from", "--prefill"))
    own = api.read_local(local, [template]) if local else api.NO_LOCAL
    summaries = map(summary_path, earlier)
    approved = api.read_approved(summaries, template) if earlier else None
    found = api.units_of_form(template, roster) if roster else None
    units = found.units if found else [one.unit for one in (approved or {}).values()]
    paths = api.generate(
        template, units, output, prefill=prefill, approved=approved, local=own, **options
    )
    printer.say("commands.generated", count=len(paths), folder=output)
    if found and found.others:
        printer.say("commands.other_kinds", count=found.others)
    if approved is not None:
        codes = {unit.code for unit in units}
        _say_units(printer, "without_approved", codes - approved.keys())
        _say_units(printer, "not_in_roster", approved.keys() - codes)


def _say_units(printer: Printer, code: str, units: Set[str]) -> None:
    """Say which units got no form, if there are any."""
    if units:
        printer.say(f"commands.{code}", count=len(units), codes=tuple(sorted(units)))


@click.command(cls=SpokenCommand)
@form_argument
@click.argument("answers", type=InputPath(dash=True))
@output_option("filled")
@terms_options
@click.pass_obj
def fill(printer: Printer, form: str, answers: str, output: str, terms: api.Terms) -> None:
    """Type answers (JSON) into the open cells of a form."""
    given = parse_answers(sys.stdin.read(), "-") if answers == "-" else answers
    api.fill(form, given, output, terms=terms)
    printer.say("commands.filled", path=output)


@click.command(cls=SpokenCommand)
@form_argument
@output_option("new_form")
@style_option
@password_option
@option("--as", "template", metavar="TEMPLATE", about=phrase("options.as"))
@option("--roster", type=InputPath(), metavar="FILE", about=phrase("options.as_roster"))
@option("--unit", "code", metavar="CODE", about=phrase("options.as_unit"))
@set_option
@terms_options
@click.pass_obj
def repair(
    printer: Printer, form: str, output: str, style: str, password: str, template: str | None,
    roster: str | None, code: str | None, parameters: dict[str, object], terms: api.Terms,
) -> None:  # fmt: skip
    """Save the answers of a damaged form into a new one."""
    issued = None
    if template and roster and code:
        issued = api.identity(template, roster, code, parameters=parameters)
    elif template or roster or code or parameters:
        raise Misuse("belong_together", names=("--as", "--roster", "--unit"))
    repaired = api.repair(form, output, terms=terms, password=password, issued=issued)
    _print_repaired(printer, repaired, style)


@click.command(cls=SpokenCommand)
@form_argument
@output_option("new_form")
@style_option
@password_option
@option("--edition", default="", about=phrase("options.edition"))
@set_option
@terms_options
@click.pass_obj
def upgrade(
    printer: Printer, /, form: str, output: str, style: str, edition: str, **options: Any
) -> None:
    """Carry a form over to a newer edition."""
    repaired = api.upgrade(form, output, edition, **options)
    _print_repaired(printer, repaired, style)


def _print_repaired(printer: Printer, repaired: api.Repaired, style: str) -> None:
    """What became of the answers; the exit code says whether all are in the new form."""
    language = printer.speaker.language
    if style == "json":
        click.echo(dump(repaired_json(repaired, language)))
    else:
        for line in repaired_lines(repaired, language):
            printer.line(line)
    raise SystemExit(_ANSWERS_LOST if repaired.lost else 0)
