"""Rows of one file after the other → which files count. Pure, and never reads a file."""

from __future__ import annotations

from dataclasses import dataclass, field

from ptxl.merge.rows import LeftOut, UnitSummary
from ptxl.model.findings import Finding, finding


@dataclass(slots=True)
class Merger:
    """Decides, file by file, what counts. Holds one line per file that counted, no more."""

    #: values that every form must have, by name of a shared parameter; else the first form's count
    shared: dict[str, str] = field(default_factory=dict)
    _files: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, outcome: UnitSummary | LeftOut) -> UnitSummary | LeftOut:
        """The rows of a submission, or why it is left out: of another year, or a form that came
        twice.

        Of two files of one unit on one template the first counts, whatever their parameters.
        """
        if isinstance(outcome, LeftOut):
            return outcome
        for name, (meaning, value) in outcome.shared.items():
            wanted = self.shared.setdefault(name, value)
            if value != wanted:
                facts = {"name": name, "meaning": meaning, "found": value, "expected": wanted}
                return _left_out(outcome, finding("other_round", **facts))
        form_of_unit = (outcome.identity.template, outcome.identity.unit.code)
        if form_of_unit in self._files:
            return _left_out(outcome, finding("duplicate_unit", other=self._files[form_of_unit]))
        self._files[form_of_unit] = outcome.file
        return outcome


def _left_out(outcome: UnitSummary, found: Finding) -> LeftOut:
    unit = outcome.identity.unit
    return LeftOut(file=outcome.file, unit=f"{unit.code} {unit.name}", findings=(found,))
