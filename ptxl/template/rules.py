"""Specs of rules + the fields of a form → the rules that are asked of it.

Rules that templates share are left out where a form has not what they need.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import cast

from ptxl.model.findings import Reader, Severity
from ptxl.model.form import Rule, Table
from ptxl.model.path import TOP, Path
from ptxl.template.cells import Asked
from ptxl.template.decode import origin_of
from ptxl.template.faults import Faults, problem
from ptxl.template.include import RuleFiles, constant_value, constants_of
from ptxl.template.leaves import Leaf, Scope, Written
from ptxl.template.local import Local
from ptxl.template.local_rules import LocalRules
from ptxl.template.specs import ConstantSpec, InclusionSpec, LocalRuleSpec, RuleSpec

_MOST_RULES = 20_000
#: whether a rule may have `each`, `at` and `over`
_WAYS = {(True, True, False), (False, True, False), (False, False, True)}
#: constants of rules by name, as they are written
Constants = Mapping[str, ConstantSpec]
#: what a rule is asked of: the table whose rows it takes (or ""), the place, and `it`
Asking = tuple[Path, Path, str]


@dataclass(frozen=True, slots=True)
class MadeRule:
    """A rule of a form, the spec that it was made of, and how its file was included, if it was.

    `constants` are what the rule's own constants were made of.
    """

    rule: Rule
    spec: RuleSpec
    included: InclusionSpec | None = None
    constants: Constants = field(default_factory=dict)

    def may_be_called_as(self, other: MadeRule, *, next_to_it: bool) -> bool:
        """Whether both may have one name: it is one rule, or another case of it, at another place,
        which is written next to it."""
        if (self.spec, self.included) == (other.spec, other.included):
            return True
        place, other_place = (self.rule.each, self.rule.at), (other.rule.each, other.rule.at)
        return next_to_it and place != other_place

    def expect(self, holds: object, faults: Faults, leaf: Leaf, code: str, **facts: object) -> None:
        """Note what is wrong with a part of the rule, unless something holds."""
        if not holds:
            self.fault(faults, leaf, code, **facts)

    def fault(self, faults: Faults, leaf: Leaf, code: str, **facts: object) -> None:
        """Note what is wrong with a part of the rule, at its own line."""
        if not self.included:
            faults.add(leaf.origin, code, **facts)
            return
        origin = self.included.origin
        where = {"place": origin.place, "line": origin.line}
        faults.add(leaf.origin, "included", problem=problem(code, **facts), **where)


@dataclass(frozen=True, slots=True)
class Inside:
    """What rules of one scope may call by name: answers, tables, columns as `tasks[].name`."""

    #: by their patterns
    answers: Mapping[str, list[str]]
    others: frozenset[str]

    def matching(self, name: str) -> list[str]:
        """The answers that a name with `[]` stands for, in printed order."""
        wanted = re.compile(re.escape(name).replace(r"\[\]", r"\[\d+\]"))
        return list(filter(wanted.fullmatch, self.answers.get(Path(name).pattern, ())))

    def has(self, name: str) -> bool:
        """Whether something is called so."""
        return name in self.others or bool(self.matching(name))


def _by_scope(paths: Iterable[Path], scopes: Iterable[Path]) -> Mapping[Path, list[Path]]:
    """For each scope the paths that lie in it, as they are called there."""
    found: dict[Path, list[Path]] = {scope: [] for scope in scopes}
    for path in paths:
        around = path
        while around:
            around = around.parent
            if around in found:
                found[around].append(path.below(around))
    return found


@dataclass(slots=True)
class RuleMaker:
    """Makes the rules of one form; `asked` collects which names under `needs` it has.

    `answers` and `others` are what rules may call by name, in each of their scopes.
    """

    files: RuleFiles
    parameters: Mapping[str, object]
    answers: Mapping[Path, list[Path]]
    others: Mapping[Path, list[Path]]
    asked: Asked
    local: LocalRules
    _scopes: dict[Path, Inside] = field(default_factory=dict)
    _made_so_far: int = 0

    @classmethod
    def of(
        cls, files: RuleFiles, parameters: Mapping[str, object], answers: Iterable[Path],
        tables: Iterable[Table], scopes: Iterable[Path], asked: Asked, local: Local,
    ) -> RuleMaker:  # fmt: skip
        """One for the answers and tables of a form, whose rules have these scopes."""
        every, others = {TOP, *scopes}, chain(*(table.names for table in tables))
        by_scope = _by_scope(answers, every), _by_scope(others, every)
        return cls(files, parameters, *by_scope, asked, LocalRules.of(local))

    def rules(
        self, specs: tuple[RuleSpec | InclusionSpec, ...], scope: Scope
    ) -> Iterator[MadeRule]:
        """The rules that stand in a sheet, or at the end of a template."""
        for spec in specs:
            if isinstance(spec, InclusionSpec):
                yield from self._included(spec, scope)
            elif not self.local.leaves_out(spec):
                yield from self._made(spec, scope, {}, None, {})

    def local_rules(self, template: str, scope: Scope) -> Iterator[MadeRule]:
        """The county's own rules, as far as a form of that template has what they need."""
        constants, written = self.local.own_constants(scope), self.local.spec.constants
        inside = scope.named(**constants)
        for spec in self.local.rules:
            if spec.templates and template not in {leaf.written for leaf in spec.templates}:
                continue
            source = self.local.source_of(spec)
            for made in self._made(spec, inside, constants, None, written):
                yield replace(made, rule=replace(made.rule, local=True, source=source))

    def _included(self, spec: InclusionSpec, scope: Scope) -> Iterator[MadeRule]:
        if not spec.when.of(scope):
            return
        name = spec.include.written
        file = self.files.find(name, scope.faults)
        if file is None:
            scope.faults.add(spec.include.origin, "no_rule_file", name=name)
            return
        constants = constants_of(file, scope)
        for key, value in spec.with_.items():
            origin = origin_of(value, spec.origin)
            scope.faults.known(key, constants, origin, "no_constant")
            constants[key] = constant_value(value, scope)
        constants = self.local.changed(constants, scope)
        inside = scope.named(**constants)
        written = {**file.constants, **spec.with_}
        for rule in file.rules:
            if not self.local.leaves_out(rule):
                yield from self._made(rule, inside, constants, spec, written)

    def _made(
        self, spec: RuleSpec, scope: Scope, constants: Mapping[str, object],
        included: InclusionSpec | None, written: Constants,
    ) -> Iterator[MadeRule]:  # fmt: skip
        whole = spec.id.given and spec.holds.given and spec.message.given and spec.severity.given
        if not (whole and spec.when.of(scope)):  # what is missing is a fault already
            return
        if (spec.each.given, spec.at.given, bool(spec.over)) not in _WAYS:
            scope.faults.add(spec.origin, "at_or_over")
            return
        shared = included is not None or isinstance(spec, LocalRuleSpec)
        if not self._suits(spec, scope.path, shared=shared):
            return
        for each, at, it in self._places(spec, scope, shared=shared):
            self._made_so_far += 1
            fits = self._made_so_far <= _MOST_RULES
            scope.faults.demand(fits, spec.origin, "too_many_rules", most=_MOST_RULES)
            rule = Rule(
                id=spec.id.written,
                whole=bool(at.column and not Path(spec.at.written).column),
                scope=scope.path,
                each=each,
                holds=spec.holds.written,
                at=at,
                it=it,
                title=spec.title.written,
                title_en=_title_en(spec),
                severity=cast("Severity", self.local.severity_of(spec)),
                message=spec.message.written,
                message_en=spec.message_en.written or spec.message.written,
                reader=cast("Reader", spec.for_.written or "clerk"),
                trial=spec.trial.of(scope),
                wants=spec.wants.of(scope),
                constants=constants,
            )
            yield MadeRule(rule, spec, included, written)

    def _places(self, spec: RuleSpec, scope: Scope, *, shared: bool) -> Iterator[Asking]:
        for entry in spec.over:
            asked = tuple(self._asked(entry.written, scope.path))
            yield from asked
            if shared:
                self.asked.note(entry, entry.written, found=asked)
            else:
                scope.faults.expect(asked, entry.origin, "no_field", name=entry.written, hint="")
        if spec.each.given:
            yield scope.path / spec.each.written, Path(spec.at.written), ""
        elif spec.at.given:
            yield TOP, scope.path / self._column(spec.at.written, scope.path), ""

    def _column(self, at: str, scope: Path) -> str:
        """A place; of `tasks.name`, which is a column as a whole, `tasks[].name`."""
        table, _, name = at.rpartition(".")
        column = f"{table}[].{name}"
        inside = self._inside(scope)
        return column if not inside.has(at) and inside.has(column) else at

    def _asked(self, name: str, scope: Path) -> Iterator[Asking]:
        """`goals[]` is every goal, `tasks[].name` the name in every row of tasks."""
        table, _, column = name.partition("[]")
        found = self._inside(scope).matching(name)
        if column and found:
            name = Path(column.removeprefix("."))
            yield scope / table, name, name
        else:
            yield from ((TOP, scope / each, each) for each in found)

    def _suits(self, spec: RuleSpec, scope: Path, *, shared: bool) -> bool:
        """Whether the form has all that a rule needs, and nothing that it must lack."""
        each, inside = spec.each.written, self._inside(scope)
        if shared and each:
            self.asked.note(spec.each, each, found=inside.has(each))
            if not inside.has(each):
                return False
        needs = [self._has(leaf, each, inside) for leaf in spec.needs]
        lacks = [self._has(leaf, each, inside) for leaf in spec.lacks]
        return all(needs) and not any(lacks)

    def _has(self, leaf: Written, each: str, inside: Inside) -> bool:
        """Whether the form has a parameter, answer, table or column (also of the rule's rows)."""
        name = leaf.written
        found = name in self.parameters or inside.has(name) or inside.has(f"{each}[].{name}")
        self.asked.note(leaf, name, found=found)
        return found

    def _inside(self, scope: Path) -> Inside:
        if scope not in self._scopes:
            answers: dict[str, list[str]] = {}
            for path in self.answers[scope]:
                answers.setdefault(path.pattern, []).append(path)
            self._scopes[scope] = Inside(answers, frozenset(self.others[scope]))
        return self._scopes[scope]


def _title_en(spec: RuleSpec) -> str:
    """The English title; of a rule without an English message, all texts are in one language."""
    same = "" if spec.message_en.given else spec.title.written
    return spec.title_en.written or same
