"""Commands about templates: templates, show, lint, schema."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import click

from ptxl.cli.options import set_option
from ptxl.cli.printer import Printer
from ptxl.cli.spoken import SpokenCommand
from ptxl.documents.document import dump
from ptxl.documents.schema import build_schema
from ptxl.model.errors import Fault
from ptxl.model.form import Field, Form, Node
from ptxl.summary.schema import summary_schema
from ptxl.summary.template import beside, is_summary_file, lint_summary
from ptxl.template import (
    Template,
    find_templates,
    is_local_file,
    is_rule_file,
    lint_local,
    lint_template,
    load_template,
    template_file,
)
from ptxl.words import Phrase, phrase
from ptxl.write.self_check import live_rules

_CANNOT_WORK = 3
#: what stands in place of a template where the schema of summaries is meant
_SUMMARY = "summary"


@click.command(cls=SpokenCommand)
@click.pass_obj
def templates(printer: Printer) -> None:
    """List the templates that can be named by id."""
    loaded = [load_template(path) for path in find_templates()]
    printer.table(("template", "about"), [(each.id, each.about) for each in loaded])


@click.command(cls=SpokenCommand)
@click.argument("template")
@set_option
@click.pass_obj
def show(printer: Printer, template: str, parameters: dict[str, object]) -> None:
    """Explain a template: parameters, fields, lists."""
    loaded = load_template(template)
    form = loaded.form(**parameters)
    printer.say("commands.edition", template=loaded.id, edition=form.edition)
    printer.line(loaded.about)
    printer.line("")
    _show_parameters(printer, loaded)
    printer.line("")
    _show_fields(printer, form)
    printer.line("")
    for name, nodes in form.lists.items():
        printer.say("commands.list", name=name, entries=tuple(map(_entry, nodes)))


def _show_parameters(printer: Printer, template: Template) -> None:
    rows = [
        (name, parameter.kind, _shown(parameter.default), parameter.help)
        for name, parameter in template.parameters.items()
    ]
    printer.table(("parameter", "kind", "default", "help"), rows)


def _shown(default: object) -> str:
    return "—" if default is None else str(default)


def _show_fields(printer: Printer, form: Form) -> None:
    rows = [
        (field.path.replace("[0]", "[]"), field.kind, "*" if field.required else "", field.label)
        for field in _first_rows(form.fields())
    ]
    printer.table(("field", "kind", "required", "label"), rows)


def _first_rows(fields: Iterable[Field]) -> Iterator[Field]:
    """The first row of every table and repeat."""
    return (field for field in fields if "[" not in field.path.replace("[0]", ""))


def _entry(node: Node) -> str | Phrase:
    """An entry of a list, with those below it."""
    if not node.children:
        return node.name
    below = tuple(child.name for child in node.children)
    return phrase("commands.list_entry", name=node.name, below=below)


@click.command(cls=SpokenCommand)
@click.argument("path")
@click.pass_obj
def lint(printer: Printer, path: str) -> None:
    """Report all faults of a template at once, or which of its rules the form checks itself."""
    kind = _kind_of(Path(path))
    faults = _LINTS[kind](path)
    for fault in faults:
        printer.line(fault.line_in(printer.speaker.language))
    printer.note(phrase("commands.faults", count=len(faults)))
    if faults:
        raise SystemExit(_CANNOT_WORK)
    if kind != "form":
        return
    in_form, at_desk = _rules_by_place(load_template(path))
    printer.say("commands.live_rules", rules=in_form)
    printer.say("commands.desk_rules", rules=at_desk)


def _kind_of(path: Path) -> str:
    """What a file says: what a summary is, a county's own rules, rules to share, or a form."""
    if is_summary_file(path):
        return "summary"
    if is_local_file(path):
        return "local"
    return "rules" if is_rule_file(path) else "form"


def _lint_form(path: str) -> tuple[Fault, ...]:
    """Every fault of a form's template, and of the summary template beside it."""
    faults = lint_template(path)
    own = beside(template_file(path))
    return (*faults, *lint_summary(own)) if own else faults


_LINTS: Mapping[str, Callable[[str], tuple[Fault, ...]]] = {
    "summary": lambda path: lint_summary(Path(path)),
    "local": lint_local,
    "rules": lint_template,
    "form": _lint_form,
}


def _rules_by_place(template: Template) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The ids of the rules that the form checks by itself, and of those that `check` alone does."""
    needed = {
        name: parameter.minimum or 1
        for name, parameter in template.parameters.items()
        if parameter.default is None
    }
    layout = template.layout(needed)
    live = live_rules(layout)
    every = tuple(dict.fromkeys(rule.id for rule in layout.form.rules))
    return (
        tuple(rule for rule in every if rule in live),
        tuple(rule for rule in every if rule not in live),
    )


@click.command(cls=SpokenCommand)
@click.argument("template")
@set_option
@click.pass_obj
def schema(printer: Printer, template: str, parameters: dict[str, object]) -> None:
    """Print the JSON Schema of what `read` gives."""
    if template == _SUMMARY:
        click.echo(dump(summary_schema(printer.speaker.language)))
        return
    layout = load_template(template).layout(parameters)
    click.echo(dump(build_schema(layout)))
