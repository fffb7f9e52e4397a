"""What one file adds to a summary: projects, indicators, texts, or why it is left out. Data only.

All amounts of a summary are in 万元: those of a template that asks in 元 are divided, exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from ptxl.model.findings import Finding
from ptxl.model.path import Path
from ptxl.model.submission import Identity
from ptxl.values.target_value import TargetValue

#: the amounts that every template names alike, below a project or a department's budget
AMOUNTS = ("total", "fiscal", "other")


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """Where a figure comes from."""

    file: str
    sheet: str
    cell: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Amount:
    """An amount in 万元 and where it stands."""

    value: Decimal
    source: Source


@dataclass(frozen=True, kw_only=True, slots=True)
class ProjectRow:
    """One project of a unit. `path` is its row, "" in a form that asks for one alone."""

    path: Path
    number: int
    code: str
    name: str
    department: str
    nature: str
    period: str
    amounts: Mapping[str, Amount]
    indicators: int
    sheet: str
    #: its name, or the first answer of it
    source: Source


@dataclass(frozen=True, kw_only=True, slots=True)
class IndicatorRow:
    """One indicator. `owner` is the path of its project, or `department`.

    `project` is the project's name, empty for an indicator of the department.
    """

    owner: Path
    project: str
    level1: str
    level2: str
    level3: str
    value: TargetValue | None
    description: str
    basis: str
    note: str
    source: Source


@dataclass(frozen=True, kw_only=True, slots=True)
class TextRow:
    """A goal, purpose or basis, with which texts of other units are compared."""

    project: str
    label: str
    text: str
    source: Source


@dataclass(frozen=True, kw_only=True, slots=True)
class UnmergedAmount:
    """Amounts of one field of a template that the summary has no column for: count, and sum."""

    template: str
    #: without numbers: `projects[].own_funds.total`
    field: Path
    label: str
    count: int
    #: in 万元
    total: Decimal

    def __add__(self, other: UnmergedAmount) -> UnmergedAmount:
        """Both together; they must be of one field."""
        return replace(self, count=self.count + other.count, total=self.total + other.total)


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitSummary:
    """What one submission adds to the summary."""

    file: str
    identity: Identity
    #: of the form that was filled in
    title: str
    budget: Mapping[str, Amount]
    projects: tuple[ProjectRow, ...]
    indicators: tuple[IndicatorRow, ...]
    texts: tuple[TextRow, ...]
    findings: tuple[Finding, ...]
    #: every amount that is in none of the rows above
    unmerged: tuple[UnmergedAmount, ...] = ()
    #: a digest of every answer, by field path: two files of one unit are compared by them
    answers: Mapping[str, str] = field(default_factory=dict)
    #: shared parameters by name: what they mean, and their value
    shared: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def unit_code(self) -> str:
        """The code of the unit whose form it is."""
        return self.identity.unit.code

    @property
    def signed(self) -> bool:
        """Whether the form bears a signature, right or wrong."""
        return bool(self.identity.signature)

    def total(self, name: str) -> Decimal:
        """The sum of one amount over the unit's projects, in 万元."""
        amounts = (project.amounts.get(name) for project in self.projects)
        return sum((amount.value for amount in amounts if amount), Decimal(0))


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOut:
    """A file that is not in the summary, and why."""

    file: str
    unit: str
    findings: tuple[Finding, ...]
    unit_code: str = ""
    #: whether the form bears a signature, right or wrong
    signed: bool = False


def add_up(amounts: Iterable[UnmergedAmount]) -> tuple[UnmergedAmount, ...]:
    """Add unmerged amounts of one template and field together; the first of a field gives its place
    and its label."""
    found: dict[tuple[str, str], UnmergedAmount] = {}
    for amount in amounts:
        key = amount.template, amount.field
        found[key] = found[key] + amount if key in found else amount
    return tuple(found.values())
