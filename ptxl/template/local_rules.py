"""local.yaml → a county's own rules, and what they change in those that templates bring along."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from pathlib import Path

from ptxl.check.waivers import WAIVABLE, Waiver, expiry_of, is_waivable
from ptxl.model.errors import Origin
from ptxl.template.decode import One, origin_of
from ptxl.template.faults import Faults
from ptxl.template.folders import LOCAL, template_folders
from ptxl.template.include import INSTEAD, constant_value, find_constants
from ptxl.template.leaves import Scope, top_scope
from ptxl.template.local import NO_LOCAL, Local
from ptxl.template.source import read_source
from ptxl.template.specs import LocalRuleSpec, LocalSpec, RuleSpec, decode_local
from ptxl.text import squeeze

_DIGITS = 16
#: keys that no other file of ptxl has
_TELLING = frozenset({"words", "without", "severity", "exceptions"})


@dataclass(frozen=True, slots=True)
class LocalRules:
    """What stands in the file of a county, and what counts by it."""

    spec: LocalSpec

    @classmethod
    def of(cls, local: Local) -> LocalRules:
        """Those of a county, or none."""
        return cls(local.spec or One(LocalSpec).absent(Origin()))

    @property
    def rules(self) -> tuple[LocalRuleSpec, ...]:
        """Its own rules."""
        return self.spec.rules

    def source_of(self, rule: LocalRuleSpec) -> str:
        """The document that a rule of its own comes from; "" where none is named."""
        return rule.source.written or self.spec.source.written

    def leaves_out(self, rule: RuleSpec) -> bool:
        """Whether a rule of a template is switched off."""
        return rule.id.written in {leaf.written for leaf in self.spec.without}

    def severity_of(self, rule: RuleSpec) -> str:
        """How severe a rule of a template is."""
        return self.spec.severity.get(rule.id.written, rule.severity).written

    def changed(self, constants: Mapping[str, object], scope: Scope) -> dict[str, object]:
        """The constants of a file of rules, as they count here."""
        changed = dict(constants)
        for name in constants.keys() & self.spec.constants.keys():
            spec = self.spec.constants[name]
            value = constant_value(spec, scope)
            origin = origin_of(spec, self.spec.origin)
            alike = _kind(value) is _kind(constants[name])
            scope.faults.expect(alike, origin, "constant_differs", name=name)
            changed[name] = value if alike else constants[name]
        for name in constants.keys() & self.spec.words.keys():
            changed.update(self._words(name, changed, scope))
        return changed

    def _words(
        self, name: str, constants: Mapping[str, object], scope: Scope
    ) -> Mapping[str, object]:
        """A list of words as it counts here, and with it what is to be written instead."""
        change, words = self.spec.words[name], constants[name]
        if not isinstance(words, tuple):
            scope.faults.add(change.origin, "constant_differs", name=name)
            return {}
        partner = f"{name}{INSTEAD}"
        others = constants.get(partner)
        pairs = dict(zip_longest(words, others if isinstance(others, tuple) else (), fillvalue=""))
        removed = {leaf.of(scope) for leaf in change.remove}
        kept = {word: other for word, other in pairs.items() if word not in removed}
        kept.update((leaf.of(scope), "") for leaf in change.add)
        found = {name: tuple(kept), partner: tuple(kept.values())}
        return {key: found[key] for key in found.keys() & constants.keys()}

    def own_constants(self, scope: Scope) -> dict[str, object]:
        """The constants that its own rules go by."""
        return {name: constant_value(spec, scope) for name, spec in self.spec.constants.items()}


def _kind(value: object) -> type:
    """Of a constant: a list of words, a number, a text."""
    return float if isinstance(value, int | float) else type(value)


def is_local_file(path: Path) -> bool:
    """Whether a file holds a county's own rules, by its name, or else by what stands in it."""
    if path.name == LOCAL or not path.is_file() or path.suffix not in (".yaml", ".yml"):
        return path.name == LOCAL
    faults, keys = Faults(), frozenset[str]()
    with faults.survived(path):
        keys = frozenset(read_source(path, faults).map)
    return not _TELLING.isdisjoint(keys)


def decoded(path: Path, faults: Faults) -> Local:
    """What stands in a file, by itself: whether templates have what it names is not asked."""
    spec = decode_local(read_source(path, faults), faults)
    text = path.read_bytes()
    digest = hashlib.sha256(text).hexdigest()[:_DIGITS]
    return Local(spec, digest, text, tuple(_exceptions(spec, faults)))


def _exceptions(spec: LocalSpec, faults: Faults) -> Iterator[Waiver]:
    for one in spec.exceptions:
        expiry = expiry_of(one.expiry.written)
        if one.expiry.given:
            faults.expect(expiry, one.expiry.origin, "not_a_day", raw=one.expiry.written)
        rule = one.rule.written
        faults.expect(is_waivable(rule), one.rule.origin, "not_excepted", rule=rule, codes=WAIVABLE)
        for unit in [leaf.written for leaf in one.units] or [""]:
            yield Waiver(
                unit=unit,
                rule=rule,
                field=one.field_.written,
                reason=one.reason.written,
                approver=one.approver.written,
                expiry=expiry or date.min,
                line=one.origin.line,
                projects=tuple(squeeze(leaf.written) for leaf in one.projects),
                place=one.origin.place,
            )


def shared_constants(name: str, local: Local = NO_LOCAL) -> Mapping[str, object]:
    """The constants of a file of rules that no template includes: those that ship, over them those
    of the first folder of templates that has a file of that name, and then the county's own."""
    constants, faults = find_constants(name, template_folders()), Faults()
    with faults.raised(name):
        return LocalRules.of(local).changed(constants, top_scope({}, faults))
