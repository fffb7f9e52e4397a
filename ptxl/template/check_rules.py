"""The rules of one form → faults: names that are not there, conditions that cannot be asked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Any

from ptxl.model.errors import Fault
from ptxl.model.findings import SEVERITY_OF
from ptxl.model.form import Form, Rule, per_unit
from ptxl.model.path import TOP, Path
from ptxl.rules import (
    Const,
    Name,
    Names,
    Node,
    Operation,
    RuleError,
    Words,
    parse_rule,
)
from ptxl.rules import walk as walk_tree
from ptxl.rules.names import names_at, names_of
from ptxl.rules.outcomes import outcomes
from ptxl.template.decode import leaves_in
from ptxl.template.expand import Expanded
from ptxl.template.faults import Faults
from ptxl.template.leaves import Leaf
from ptxl.template.rules import MadeRule
from ptxl.template.texts import PER_UNIT
from ptxl.values.target_value import PARTS

_PER_UNIT = tuple(f"{name}." for name in PER_UNIT)


def with_local_rules(expanded: Expanded) -> tuple[Expanded, tuple[Fault, ...]]:
    """The form with those of the county's own rules that fit it, and why the others do not."""
    if not expanded.local_rules:
        return expanded, ()
    misfits, fitting = Faults(), list[MadeRule]()
    # Rules of repeats are the same for each repeat.
    fits: dict[tuple[str, Path], bool] = {}
    for made in expanded.local_rules:
        key = (made.rule.it + made.rule.id, made.rule.scope.pattern)
        if key not in fits:
            own = Faults()
            RuleCheck(expanded, own).check_rule(made)
            misfits.extend(own.sorted())
            fits[key] = not own.sorted()
        if fits[key]:
            fitting.append(made)
    rules = (*expanded.rules, *fitting)
    form = replace(expanded.form, rules=tuple(made.rule for made in rules))
    return replace(expanded, form=form, rules=rules, local_rules=()), misfits.sorted()


class RuleCheck:
    """Faults every rule that names what is not there, or is no expression of the rule language."""

    def __init__(self, expanded: Expanded, faults: Faults) -> None:
        self._form, self._faults, self._asked = expanded.form, faults, expanded.asked
        self._rules = expanded.rules
        self._words = listed_words(expanded.form)
        self._per_unit = {place for place, text in printed_words(expanded.form) if per_unit(text)}
        self._names: dict[Path, Names] = {}
        #: by words, those in which the constants of a rule are written
        self._leaves: dict[int, dict[str, Leaf]] = {}
        self._place_names: dict[Path, Collection[str]] = {}

    def check(self, places: Collection[str] = ()) -> None:
        """Note every fault of the rules, and which words they compare answers with.

        With places, only of the rules that are written in these files.
        """
        latest: dict[tuple[str, str], MadeRule] = {}
        before: MadeRule | None = None
        checked: set[tuple[str, ...]] = set()
        for made in self._rules:
            rule = made.rule
            last = latest.get((rule.scope, rule.id))
            # What says when an answer is asked for has no name of its own.
            named = made.spec.id.given
            if last and named and not made.may_be_called_as(last, next_to_it=last is before):
                made.fault(self._faults, made.spec.id, "rules_alike", name=rule.id)
            latest[rule.scope, rule.id] = before = made
            # Rules of repeats are the same for each repeat.
            alike = (rule.id, rule.it, rule.holds, rule.scope.pattern)
            if alike not in checked and (not places or made.spec.origin.place in places):
                self.check_rule(made)
            checked.add(alike)

    def check_rule(self, made: MadeRule) -> None:
        """Note every fault of one rule."""
        rule, spec = made.rule, made.spec
        made.expect(rule.id not in SEVERITY_OF, self._faults, spec.id, "code_taken", name=rule.id)
        names = names_of(self._names_at(rule.scope), rule)
        if rule.table not in {"", *names.tables}:
            hint = self._faults.hint(rule.table, names.tables)
            made.fault(self._faults, spec.each, "no_table", name=rule.table, hint=hint)
            return
        self._check_place(made, names)
        self._check_condition(made, self._parse(made, spec.holds, rule.holds, names))
        for title in (spec.title, spec.title_en):
            made.expect("{{" not in title.written, self._faults, title, "title_evaluated")
        for leaf in (spec.message, spec.message_en):
            for expression in leaf.expressions():
                self._parse(made, leaf, expression, names)

    def _names_at(self, scope: Path) -> Names:
        if scope.pattern not in self._names:
            self._names[scope.pattern] = names_at(self._form, scope)
        return self._names[scope.pattern]

    def _check_place(self, made: MadeRule, names: Names) -> None:
        rule = made.rule
        known = names.tables.get(rule.table) or self._places(rule, names)
        if rule.at not in known and not _is_part(rule.at, known):
            hint = self._faults.hint(rule.at, known)
            made.fault(self._faults, made.spec.at, "no_field", name=rule.at, hint=hint)

    def _places(self, rule: Rule, names: Names) -> Collection[str]:
        """Where a rule of no table may point: fields, tables, and columns of its scope."""
        if rule.scope not in self._place_names:
            places = {*names.outer, *(table.path for table in self._form.tables)}
            for table, columns in names.tables.items():
                places.update(f"{rule.scope / table}[].{name}" for name in columns)
            self._place_names[rule.scope] = places
        return self._place_names[rule.scope]

    def _parse(self, made: MadeRule, leaf: Leaf, expression: str, names: Names) -> list[Node]:
        """The nodes of an expression: none, and a fault, where it is none of the rule language."""
        table = made.rule.table
        try:
            tree = parse_rule(expression, names, table)
        except RuleError as error:
            known = chain(names.fields, names.tables.get(table, ()), names.parameters)
            made.fault(self._faults, leaf, **self._hint(error, known))
            return []
        nodes = walk_tree(tree)
        places = {self._place(made.rule, node) for node in nodes}
        apart = self._per_unit.isdisjoint(places)
        made.expect(apart, self._faults, leaf, "asked_per_unit")
        return nodes

    def _hint(self, error: RuleError, known: Iterable[str]) -> dict[str, Any]:
        """What is wrong with an expression, and of a missing field what may have been meant."""
        if error.code != "no_field":
            return {"code": error.code, **error.facts}
        name = str(error.facts["name"])
        if name.startswith(_PER_UNIT):
            return {"code": "only_printed", "name": name}
        return {"code": "no_field", "name": name, "hint": self._faults.hint(name, known)}

    def _check_condition(self, made: MadeRule, nodes: list[Node]) -> None:
        """Fault a condition that always holds; note the words that answers are compared with."""
        rule, leaf = made.rule, made.spec.holds
        at = rule.at.below(rule.scope) if rule.at.is_under(rule.scope) else rule.at
        if rule.wants:
            at = TOP  # nothing is known to be answered
        if not nodes:
            return
        sure = outcomes(nodes[0], at) == {True}
        made.expect(not sure, self._faults, leaf, "always_holds", at=rule.at)
        # What a parameter says of another form is not known.
        certain = leaf.names().isdisjoint(self._form.parameters)
        speaks = (
            sure or not certain or outcomes(nodes[0], at, partial(self._possible, rule)) != {True}
        )
        self._asked.note_rule(leaf, found=speaks)
        for node in nodes:
            possible, words = self._compared(rule, node)
            for word in filter(None, words if possible else ()):  # "" is no answer
                found = any(word in each for each in possible)
                self._asked.note_word(self._leaf_of(word, made), word, found=found)

    def _leaf_of(self, word: str, made: MadeRule) -> Leaf:
        """Where a word stands that a rule compares an answer with."""
        if word in made.spec.holds.written:
            return made.spec.holds
        known = id(made.constants)  # which the rule keeps
        if known not in self._leaves:
            self._leaves[known] = {leaf.written: leaf for leaf in leaves_in(made.constants)}
        return self._leaves[known].get(word, made.spec.holds)

    def _compared(self, rule: Rule, node: Node) -> tuple[list[Collection[str]], tuple[str, ...]]:
        """What the answer at the left of a comparison can be, and the words at its right."""
        match node:
            case Operation(op="eq" | "ne", arguments=(left, Const(value=str() as word))):
                return self._possible(rule, left), (word,)
            case Operation(op="in" | "notin", arguments=(left, Words(words=words))):
                return self._possible(rule, left), words
        return [], ()

    def _possible(self, rule: Rule, node: Node) -> list[Collection[str]]:
        """The words that an answer can be; none where it can be anything."""
        if isinstance(node, Operation) and node.op == "ticked":
            words = (one.value for one in node.arguments if isinstance(one, Const))
            return [frozenset(map(str, words))]
        return self._words.get(self._place(rule, node), [])

    def _place(self, rule: Rule, node: Node) -> Path:
        """The pattern of the answers that a name in a rule stands for."""
        if not isinstance(node, Name):
            return Path()
        column = f"{node.table}[].{node.name}" if node.table else node.name
        return rule.scope.pattern / column


def _is_part(at: Path, known: Collection[str]) -> bool:
    """Whether it is a part of a target value that stands in one cell."""
    return at.name in PARTS and at.parent in known


def listed_words(form: Form) -> dict[Path, list[Collection[str]]]:
    """For each place, by its pattern, that is printed or chosen from lists: the words there."""
    free: set[Path] = set()
    words: dict[Path, dict[object, Collection[str]]] = {}
    lists: dict[object, Collection[str]] = {}
    for field in form.fields():
        place, listed = field.path.pattern, (field.among, field.level)
        if field.free or not field.among:
            free.add(place)
        elif listed not in lists:
            lists[listed] = frozenset(form.choices(field))
        words.setdefault(place, {})[listed] = lists.get(listed, ())
    printed: dict[Path, set[str]] = {}
    for place, text in printed_words(form):
        printed.setdefault(place, set()).add(text)
    for place, texts in printed.items():
        words.setdefault(place, {})["printed"] = texts
    return {
        place: [each for each in found.values() if each]
        for place, found in words.items()
        if place not in free
    }


def printed_words(form: Form) -> Iterator[tuple[Path, str]]:
    """What is printed in the rows of tables, with the pattern of the column."""
    for table in form.tables:
        for row in table.rows:
            yield from ((row.path.pattern / name, text) for name, text in row.given.items())
