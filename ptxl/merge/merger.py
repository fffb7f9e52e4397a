"""Decides which files a summary counts: one of each unit and form, all of one year. Pure.

A `Merger` is given one file after the other, and never reads a file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b

from ptxl.merge.rows import LeftOut, UnitSummary
from ptxl.merge.summarise import left_out, put_in_words
from ptxl.model.findings import Finding, finding
from ptxl.values.money import unit_of_sums
from ptxl.words import DEFAULT_LANGUAGE, Language

Key = tuple[str, str, str]


@dataclass(slots=True)
class Merger:
    """Decides, file by file, what counts. Of what counted it holds a digest of the answers only."""

    #: finds what counted, to say how a second file of it differs
    kept: Callable[[Key], UnitSummary]
    #: values that every form must have, by name of a shared parameter; else the first form's count
    shared: dict[str, str] = field(default_factory=dict)
    language: Language = DEFAULT_LANGUAGE
    #: that of the first form that asks for money
    _currency: str = ""
    #: digest of the answers of what counted, by county, template and code of the unit
    _counted: dict[Key, bytes] = field(default_factory=dict)

    def add(self, unit: UnitSummary) -> UnitSummary | LeftOut:
        """Return a submission that counts, or why it is left out: of another year, in another
        currency than the first, or a second file of one unit on one template (the first counts,
        whatever their parameters).
        """
        refused = self._other_round(unit) or self._other_currency(unit) or self._again(unit)
        return left_out(unit, (put_in_words(refused, self.language),)) if refused else unit

    def _other_round(self, unit: UnitSummary) -> Finding | None:
        for name, (meaning, value) in unit.shared.items():
            wanted = self.shared.setdefault(name, value)
            if value != wanted:
                return finding("other_round", meaning=meaning, found=value, expected=wanted)
        return None

    def _other_currency(self, unit: UnitSummary) -> Finding | None:
        """Amounts of two currencies are never added up."""
        self._currency = self._currency or unit.currency
        if unit.currency in ("", self._currency):
            return None
        found, wanted = unit_of_sums(unit.currency), unit_of_sums(self._currency)
        return finding("other_currency", found=found.called, expected=wanted.called)

    def _again(self, unit: UnitSummary) -> Finding | None:
        key, digest = unit.form.key, _digest(unit)
        if key not in self._counted:
            self._counted[key] = digest
            return None
        other = self.kept(key)
        facts = {"unit": unit.form.unit, "file": unit.file, "other": other.file}
        if self._counted[key] == digest:
            return finding("duplicate_unit", **facts)
        return finding("duplicate_differs", differing=_differing(unit, other), **facts)

    def is_known(self, unit: UnitSummary) -> bool:
        """Whether the same answers of the same form count already."""
        return self._counted.get(unit.form.key) == _digest(unit)


def _values(unit: UnitSummary) -> dict[str, str]:
    return {answer.path: str(answer.value) for answer in unit.answers}


def _digest(unit: UnitSummary) -> bytes:
    """A short text that is the same for equal answers, in every process."""
    text = repr(sorted(_values(unit).items()))
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _differing(unit: UnitSummary, other: UnitSummary) -> int:
    """Count the answers that differ or stand in one of two forms only."""
    ours, others = _values(unit), _values(other)
    return sum(ours.get(path) != others.get(path) for path in ours.keys() | others.keys())
