"""A template file → all its faults at once: shape, texts, lists, paths, places, unused names."""

from __future__ import annotations

import re
from pathlib import Path

from ptxl.layout.places import misplaced
from ptxl.model.errors import Fault
from ptxl.model.form import Form, Rule, marked
from ptxl.rules import (
    Const,
    Name,
    Names,
    Node,
    Operation,
    RuleError,
    message_parts,
    parse_rule,
    walk,
)
from ptxl.rules.ruleset import names_at, names_of, pattern_of
from ptxl.template.expand import Expander
from ptxl.template.parameters import Parameter, read_parameters, settle
from ptxl.template.rulefiles import rule_files
from ptxl.template.shape import check_shape
from ptxl.template.source import Faults, Item, did_you_mean, read_source
from ptxl.template.words import ONLY_PRINTED, Words

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
        expander = Expander(root, settled, words, faults, rule_files(path))
        form = expander.expand()
        used_lists |= expander.used_lists
        _lint_places(expander, form)
        lint_rules(expander, form, words)
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


def lint_rules(expander: Expander, form: Form, words: Words) -> None:
    """Fault every rule that names what is not there or is no expression of the rule language."""
    seen: dict[tuple[str, str], Item] = {}
    linted: set[tuple[str, str, str, str]] = set()
    for rule in form.rules:
        item = expander.origins[id(rule)]
        if seen.setdefault((rule.scope, rule.id), item) is not item:
            expander.faults.add(_part(item, "id"), f'two rules are called "{rule.id}"')
        alike = (rule.id, rule.it, rule.holds, pattern_of(rule.scope))
        if alike in linted:
            continue
        linted.add(alike)
        names = names_of(names_at(form, rule.scope), rule)
        each = rule.each.removeprefix(f"{rule.scope}.")
        if each and each not in names.tables:
            hint = did_you_mean(each, set(names.tables))
            expander.faults.add(_part(item, "each"), f'there is no table "{each}"{hint}')
            continue
        _lint_place(expander, rule, names, each)
        holds = _part(item, "holds")
        tree = _lint_expression(expander, holds, rule.holds, names, each, words)
        if tree:
            _lint_condition(expander, holds, rule, tree, form)
        if "{{" in rule.title:
            expander.faults.add(
                _part(item, "title"), "a title is printed as it stands, without {{ }}"
            )
        for key in ("message", "message_en"):
            for _, expression in message_parts(getattr(rule, key)):
                if expression:
                    _lint_expression(expander, _part(item, key), expression, names, each, words)


def _part(item: Item, key: str) -> Item:
    """The item below a key; of a rule that was included, the inclusion itself."""
    return item.map.get(key, item)


def _lint_place(expander: Expander, rule: Rule, names: Names, each: str) -> None:
    item = _part(expander.origins[id(rule)], "at")
    known = set(names.tables[each]) if each else {*names.outer, *(t.path for t in expander.tables)}
    if not each:
        prefix = f"{rule.scope}." if rule.scope else ""
        known |= {
            f"{prefix}{table}[].{column}"
            for table, columns in names.tables.items()
            for column in columns
        }
    if rule.at not in known:
        hint = did_you_mean(rule.at, known)
        expander.faults.add(item, f'there is no field "{rule.at}"{hint}')


def _lint_expression(
    expander: Expander, item: Item, expression: str, names: Names, each: str, words: Words
) -> Node | None:
    tree = None
    try:
        tree = parse_rule(expression, names, each)
    except RuleError as error:
        hint = ""
        if late := re.search(r'no field "((?:unit|form)\.[^"]+)"', str(error)):
            hint = f'; "{late[1]}" {ONLY_PRINTED}'
        elif missing := re.search(r'no field "([^"]+)"', str(error)):
            known = {*names.fields, *names.tables.get(each, ()), *names.parameters}
            hint = did_you_mean(missing[1], known)
        expander.faults.add(item, f"{error}{hint}")
    # A parameter that only rules use is used.
    words.used |= set(re.findall(r"[A-Za-z_]\w*", expression))
    return tree


def _lint_condition(expander: Expander, item: Item, rule: Rule, tree: Node, form: Form) -> None:
    """Fault a condition that compares what differs by unit, or that always holds."""
    for name in (node for node in walk(tree) if isinstance(node, Name) and node.given):
        path = f"{rule.scope}.{name.table}" if rule.scope else name.table
        rows = next((table.rows for table in form.tables if table.path == path), ())
        if any(marked(row.given.get(name.name, "")) for row in rows):
            expander.faults.add(
                item, f'"{name.name}" is printed from the roster: it {ONLY_PRINTED}'
            )
    if _truth(tree, rule.at.removeprefix(f"{rule.scope}.")) is True:
        what = f'it always holds: the rule is silent while "{rule.at}" is blank'
        expander.faults.add(item, what)


def _truth(tree: Node, at: str) -> bool | None:
    """Whether a condition holds whatever is answered, given that `at` is; None if that depends."""
    match tree:
        case Const(value=bool() as value):
            return value
        case Operation(op="blank", arguments=(Name(name=name),)) if name == at:
            return False
        case Operation(op="not", arguments=(inner,)):
            inside = _truth(inner, at)
            return None if inside is None else not inside
        case Operation(op="and" | "or" as op, arguments=parts):
            found = [_truth(part, at) for part in parts]
            decisive = op == "or"
            if decisive in found:
                return decisive
            return None if None in found else not decisive
    return None


def _lint_unused(root: Item, names: set[str], lists: set[str], faults: Faults) -> None:
    heads = {name.partition(".")[0] for name in names}
    for key, used, what in (("parameters", heads, "parameter"), ("lists", lists, "list")):
        declared = root.map.get(key)
        for name, item in (declared.map if declared else {}).items():
            if name not in used:
                faults.add(item, f'the {what} "{name}" is used nowhere')
