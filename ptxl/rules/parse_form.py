"""Form → its rules and computations, parsed, as the `trees` that are kept between runs. Pure.

Rules of a repeated sheet are the same for each repeat: they are parsed once, and their scope is
only a prefix of the paths that they look up.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from ptxl.model.form import Rule
from ptxl.model.layout import Layout
from ptxl.model.path import Path
from ptxl.rules.names import Names, names_at, names_of
from ptxl.rules.parse import message_parts, parse_rule
from ptxl.rules.python import code_of
from ptxl.rules.tree import Name, Node, Operation, OverRows, walk
from ptxl.rules.trees import Computing, Later, Message, ParsedRule, ParsedRules, computing


def parse_rules(layout: Layout) -> ParsedRules:
    """Parse the rules of a form, and compile what is asked of every one."""
    scopes: dict[Path, Names] = {}
    known: dict[object, Later[ParsedRule]] = {}
    rules: list[Later[ParsedRule]] = []
    # The rules of a file share their constants, which are many.
    shared = {id(rule.constants): rule.constants for rule in layout.form.rules}
    written = {one: repr(constants) for one, constants in shared.items()}
    for rule in layout.form.rules:
        scope = rule.scope.pattern
        key = (rule.id, rule.it, rule.holds, rule.each.pattern, scope, rule.message,
               rule.message_en, written[id(rule.constants)])  # fmt: skip
        if scope not in scopes:
            scopes[scope] = names_at(layout.form, rule.scope)
        if key not in known:
            known[key] = Later(_parse(rule, names_of(scopes[scope], rule)))
        rules.append(known[key])
    pairs: list[tuple[Node, Node | None]] = [(one.get().holds, one.get().counted) for one in rules]
    numbers: dict[Node, int] = {}
    for holds, counted in pairs:
        numbers.setdefault(holds, len(numbers))
        if counted:
            numbers.setdefault(counted, len(numbers))
    tests = tuple((numbers[one], numbers[rows] if rows else None) for one, rows in pairs)
    return ParsedRules(tuple(rules), tests, code_of(tuple(numbers)), parse_computations(layout))


def parse_computations(layout: Layout) -> dict[Computing, Node]:
    """What the cells of a form compute. Raises RuleError where it is none of the rule language."""
    names: dict[Path, Names] = {}
    trees: dict[Computing, Node] = {}
    for field in layout.form.fields():
        if field.compute is None:
            continue
        compute, scope = field.compute, field.compute.scope.pattern
        if scope not in names:
            names[scope] = names_at(layout.form, compute.scope)
        key = computing(compute)
        if key not in trees:
            table, element = compute.table, compute.element
            trees[key] = parse_rule(compute.expression, names[scope], table, element)
    return trees


def _parse(rule: Rule, names: Names) -> ParsedRule:
    holds = parse_rule(rule.holds, names, rule.table)

    def pieces(text: str) -> Message:
        return tuple(
            (plain, parse_rule(expression, names, rule.table) if expression else None)
            for plain, expression in message_parts(text)
        )

    over = _over_rows(holds)
    messages = {language: pieces(text) for language, text in rule.messages.items()}
    said = [tree for _, tree in chain(*messages.values()) if tree]
    every = chain(over, *map(_over_rows, said))
    return ParsedRule(
        holds,
        counted=next((node.condition for node in over if node.condition), None),
        messages=messages,
        names=tuple(dict.fromkeys(_names(holds))),
        valued=tuple(dict.fromkeys(_names(holds, leave_out="blank"))),
        over_rows=frozenset(chain(*(_names(node, leave_out="blank") for node in every))),
        said=tuple(dict.fromkeys(chain(*map(_names, said)))),
        tables=frozenset(node.table for node in over),
    )


def _over_rows(tree: Node) -> list[OverRows]:
    """The functions in a tree that look at many rows."""
    return [node for node in walk(tree) if isinstance(node, OverRows)]


def _names(node: Node, leave_out: str = "") -> Iterator[Name]:
    """The names in a tree, those in the operations to leave out aside."""
    if isinstance(node, Name):
        yield node
    elif not isinstance(node, Operation) or node.op != leave_out:
        yield from chain(*(_names(child, leave_out) for child in node.below))
