"""A form beside the approved budget → findings: amounts, codes and projects that differ. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from ptxl.merge.compare_budget import (
    ApprovedBudget,
    BudgetComparison,
    BudgetDifference,
    BudgetKind,
    part_for,
)
from ptxl.merge.located import Located
from ptxl.merge.summarise import summarise
from ptxl.model.findings import Finding, WarningCode, finding
from ptxl.model.submission import CheckedSubmission
from ptxl.text import plain
from ptxl.values.money import unit_of_sums

#: what is said of one form: a project that it lacks may stand in another
_SAID: Mapping[BudgetKind, WarningCode] = MappingProxyType({
    "approved_differs": "budget_differs",
    "code_differs": "budget_code_differs",
    "not_in_budget": "not_in_budget",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class AgainstBudget:
    """The approved budget, for many forms one after the other."""

    budget: ApprovedBudget

    def findings(self, checked: CheckedSubmission) -> tuple[Finding, ...]:
        """What shows when a form is laid beside it."""
        return tuple(self._findings(checked))

    def _findings(self, checked: CheckedSubmission) -> Iterator[Finding]:
        unit = summarise(checked)
        if unit.currency not in ("", self.budget.currency):
            yield self._not_compared(unit.currency)
            return
        comparison = BudgetComparison(part_for(self.budget, unit))
        comparison.add(unit)
        located = Located(checked)
        for one in comparison.differences([unit]):
            if one.kind in _SAID and one.source and not _may_be_a_part(one):
                yield located.at(_SAID[one.kind], [one.source], self._facts(one))

    def _not_compared(self, currency: str) -> Finding:
        found, expected = unit_of_sums(currency), unit_of_sums(self.budget.currency)
        return finding(
            "budget_currency_differs", found=found.called, expected=expected.called,
            place=self.budget.place,
        )  # fmt: skip

    def _facts(self, one: BudgetDifference) -> dict[str, object]:
        facts: dict[str, object] = {
            "name": one.name, "project_code": one.code, "place": self.budget.place,
            "amount": plain((one.reported and one.reported.value) or Decimal(0)),
            "unit": unit_of_sums(self.budget.currency).called,
        }  # fmt: skip
        if one.approved:
            facts["approved"] = plain(one.approved.amount)
            facts["approved_code"] = one.approved.code
            facts["line"] = one.approved.lines[0]
        return facts


def _may_be_a_part(one: BudgetDifference) -> bool:
    """Whether other units may report the rest of a project that the budget has for no unit."""
    approved = one.approved
    named = approved is None or approved.unit_code or approved.unit_name
    return not named and (one.difference or 0) < 0
