"""Submissions, one after the other → the figures of a summary: by department, and of everything.

Pure. Figures add up with `+`, whatever the order. What is kept grows with the number of departments
and categories, never with that of forms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from ptxl.merge.new_rows import NOTHING, Asked, Sum
from ptxl.model.path import Path

K = TypeVar("K")
V = TypeVar("V", int, Sum)

#: what can be counted of a group of forms, by name
COUNTS = (
    "due", "received", "accepted", "to_check", "to_correct", "unreadable", "rest", "missing",
    "units", "forms", "projects", "indicators", "quantified",
    "errors", "warnings", "hints", "excepted", "left_out",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """The figures of a group of forms: counts by name of `COUNTS`, and sums in 万元.

    `amounts` are by name below a project (`funds.total`, `own_funds.other`), `budget` those of
    departments (`total`, `basic`). `projects_left_out` and `amount_left_out` stand in forms that
    do not count.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    amounts: Mapping[Path, Sum] = field(default_factory=dict)
    budget: Mapping[Path, Sum] = field(default_factory=dict)
    amount_left_out: Sum = NOTHING

    def __add__(self, other: Figures) -> Figures:
        """Both groups together."""
        return Figures(
            counts=_added(self.counts, other.counts, 0),
            amounts=_added(self.amounts, other.amounts, NOTHING),
            budget=_added(self.budget, other.budget, NOTHING),
            amount_left_out=self.amount_left_out + other.amount_left_out,
        )

    def count(self, name: str) -> int:
        """How many there are of one of `COUNTS`."""
        return self.counts.get(name, 0)

    def amount(self, name: str) -> Sum:
        """The sum of one amount over all projects."""
        return self.amounts.get(Path(name), NOTHING)


@dataclass(slots=True)
class Tally:
    """The figures of everything taken in so far."""

    #: by county and department, in roster order
    departments: dict[tuple[str, str], Figures] = field(default_factory=dict)
    #: how many indicators of each level 1 and 2 have a value of each comparison ("" for none)
    structure: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)
    #: everything that forms ask, by name
    asked: dict[Path, Asked] = field(default_factory=dict)

    @property
    def total(self) -> Figures:
        """The figures of all departments together."""
        return sum(self.departments.values(), Figures())


def _added(ours: Mapping[K, V], others: Mapping[K, V], nothing: V) -> dict[K, V]:
    names = {**ours, **others}
    return {name: ours.get(name, nothing) + others.get(name, nothing) for name in names}
