"""Decides which files a summary counts: one of each unit and form, all of one year. Pure.

A `Merger` is given the rows of one file after the other, and never reads a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ptxl.merge.rows import LeftOut, UnitSummary
from ptxl.model.findings import Finding, finding


@dataclass(slots=True)
class Merger:
    """Decides, file by file, what counts. Of what counted it holds digests of the answers only."""

    #: values that every form must have, by name of a shared parameter; else the first form's count
    shared: dict[str, str] = field(default_factory=dict)
    #: file and answers of what counted, by template and code of the unit
    _counted: dict[tuple[str, str], tuple[str, Mapping[str, str]]] = field(default_factory=dict)

    def add(self, outcome: UnitSummary | LeftOut) -> UnitSummary | LeftOut:
        """Return the rows of a submission, or why it is left out: of another year, or a second file
        of one unit on one template (the first counts, whatever their parameters).
        """
        if isinstance(outcome, LeftOut):
            return outcome
        refused = self._other_round(outcome) or self._again(outcome)
        if refused:
            unit = outcome.identity.unit
            return LeftOut(file=outcome.file, unit=f"{unit.code} {unit.name}", findings=(refused,))
        return outcome

    def _other_round(self, outcome: UnitSummary) -> Finding | None:
        for name, (meaning, value) in outcome.shared.items():
            wanted = self.shared.setdefault(name, value)
            if value != wanted:
                return finding(
                    "other_round", name=name, meaning=meaning, found=value, expected=wanted
                )
        return None

    def _again(self, outcome: UnitSummary) -> Finding | None:
        unit = outcome.identity.unit
        key = outcome.identity.template, unit.code
        if key not in self._counted:
            self._counted[key] = outcome.file, outcome.answers
            return None
        other, answers = self._counted[key]
        differing = _differing(outcome.answers, answers)
        facts = {"unit": f"{unit.code} {unit.name}", "file": outcome.file, "other": other}
        if not differing:
            return finding("duplicate_unit", **facts)
        return finding("duplicate_differs", differing=differing, **facts)


def _differing(ours: Mapping[str, str], others: Mapping[str, str]) -> int:
    """Count the answers that differ or stand in one of two forms only."""
    return sum(ours.get(path) != others.get(path) for path in ours.keys() | others.keys())
