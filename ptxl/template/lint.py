"""A template file → all its faults at once: shape, texts, lists, paths, places, unused names."""

from __future__ import annotations

from pathlib import Path

from ptxl.errors import Fault
from ptxl.form import Form
from ptxl.layout import misplaced
from ptxl.rules import RuleError, compile_rule, rule_names
from ptxl.template.expand import Expander
from ptxl.template.parameters import Parameter, read_parameters, settle
from ptxl.template.shape import check_shape
from ptxl.template.source import Faults, Item, did_you_mean, read_source
from ptxl.template.words import Words

#: what a parameter without a default is tried with
_PLACEHOLDERS = {"integer": 1, "text": "文字", "flag": True}


def lint(path: Path) -> tuple[Fault, ...]:
    """Every fault of one template file, in order of line.

    The template is expanded once for each choice and flag among its parameters, so that what only
    one of them brings to light is found as well.
    """
    faults = Faults(str(path))
    root = read_source(path, faults)
    if not root.map:
        return faults.sorted()
    check_shape(root, faults)
    parameters = read_parameters(root, faults)
    words = Words(faults)
    used_lists: set[str] = set()
    for given in _variants(parameters):
        settled = settle(parameters, given, root, faults)
        expander = Expander(root, settled, words, faults)
        form = expander.expand()
        used_lists |= expander.used_lists
        _lint_places(expander, form)
        _lint_rules(expander, form, words)
    _lint_unused(root, words.used, used_lists, faults)
    return faults.sorted()


def _variants(parameters: dict[str, Parameter]) -> list[dict[str, object]]:
    base: dict[str, object] = {}
    for name, parameter in parameters.items():
        if parameter.default is None:
            choices = parameter.among or (_PLACEHOLDERS.get(parameter.kind, ""),)
            number = max(parameter.minimum, 1) if parameter.kind == "integer" else choices[0]
            base[name] = number
    others = [
        {**base, name: value}
        for name, parameter in parameters.items()
        for value in parameter.variants()
    ]
    return [base, *others]


def _lint_places(expander: Expander, form: Form) -> None:
    for problem in misplaced(form):
        expander.faults.add(expander.origins[id(problem.cell)], problem.message)


def _lint_rules(expander: Expander, form: Form, words: Words) -> None:
    paths = {field.path for field in form.fields()}
    seen: dict[tuple[str, str], Item] = {}
    for rule in form.rules:
        item = expander.origins[id(rule)]
        known = {
            path.removeprefix(f"{rule.scope}.") if rule.scope else path
            for path in paths
            if not rule.scope or path.startswith(f"{rule.scope}.")
        }
        tops = {name.partition(".")[0].partition("[")[0] for name in known}
        if seen.setdefault((rule.scope, rule.id), item) is not item:
            expander.faults.add(item.map["id"], f'two rules are called "{rule.id}"')
        if rule.at not in paths:
            hint = did_you_mean(rule.at, paths)
            expander.faults.add(item.map["at"], f'there is no field "{rule.at}"{hint}')
        try:
            compile_rule(rule.holds)
        except RuleError as error:
            expander.faults.add(item.map["holds"], str(error))
            continue
        for name in rule_names(rule.holds):
            words.used.add(name)
            head = name.partition(".")[0]
            if name not in known and ("." in name or head not in {*expander.parameters, *tops}):
                hint = did_you_mean(name, known)
                expander.faults.add(item.map["holds"], f'there is no field "{name}"{hint}')


def _lint_unused(root: Item, names: set[str], lists: set[str], faults: Faults) -> None:
    heads = {name.partition(".")[0] for name in names}
    for key, used, what in (("parameters", heads, "parameter"), ("lists", lists, "list")):
        declared = root.map.get(key)
        for name, item in (declared.map if declared else {}).items():
            if name not in used:
                faults.add(item, f'the {what} "{name}" is used nowhere')
