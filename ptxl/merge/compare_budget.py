"""The approved budget, and the projects of forms laid beside it → where both differ. Pure.

A project is found by its code, within its unit where the budget says whose it is; one without a
code by its name within the unit. Which of several is meant is never guessed. Forms are gone through
twice: first what is reported of each approved project is added up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import chain, groupby
from typing import Literal

from ptxl.merge.compared import TOTAL, Amount, ComparedProject, compared
from ptxl.merge.names import code_key, project_key
from ptxl.merge.rows import FormOf, Source, UnitSummary
from ptxl.values.money import YUAN, added, less

#: how a reported project, or one of the budget, stands
BudgetKind = Literal[
    "not_in_budget", "code_differs", "other_unit", "approved_unclear", "approved_differs",
    "reported_unread", "not_reported", "not_reported_yet",
]  # fmt: skip
Odd = Literal["", "other_unit", "approved_unclear"]
#: what is odd about a project that the budget has in its unit, in no unit, in another one
_CLOSENESS: tuple[Odd, ...] = ("", "", "other_unit")
_NONE = Decimal(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Approved:
    """One project of the approved budget: its amount, and the lines of the table."""

    code: str
    name: str
    unit_code: str
    unit_name: str
    amount: Decimal
    lines: tuple[int, ...]

    def __add__(self, other: Approved) -> Approved:
        """The amounts of several lines of one project together."""
        amount = added((self.amount, other.amount))
        return replace(self, amount=amount, lines=self.lines + other.lines)


@dataclass(frozen=True, kw_only=True, slots=True)
class ApprovedBudget:
    """The approved budget; `place` is the file, and the sheet in it where that is not the first."""

    place: str
    projects: tuple[Approved, ...]
    currency: str = YUAN

    @property
    def total(self) -> Decimal:
        """Everything that was approved, in the unit of sums."""
        return added(one.amount for one in self.projects)


@dataclass(frozen=True, kw_only=True, slots=True)
class BudgetDifference:
    """One project that is reported otherwise than it was approved, or not at all.

    `form` is None where nobody of the summary is the unit of a project that was approved.
    `approved` is None for a project that is not in the budget.
    """

    kind: BudgetKind
    form: FormOf | None
    #: as reported, else as approved
    code: str
    name: str
    #: how many projects report it
    projects: int = 0
    approved: Approved | None = None
    reported: Amount | None = None
    source: Source | None = None

    @property
    def difference(self) -> Decimal | None:
        """How much more is reported than was approved; None where that cannot be known."""
        reported = self.reported or Amount()
        if self.kind == "not_reported_yet" or reported.unread:
            return None
        approved = self.approved.amount if self.approved else _NONE
        return less(reported.value or _NONE, approved)


@dataclass(slots=True)
class BudgetFigures:
    """Counts of differences by kind, and in 万元 how much more is reported than was approved,
    without what is not in yet or unreadable."""

    difference: Decimal = _NONE
    counts: dict[BudgetKind, int] = field(default_factory=dict)

    def add(self, one: BudgetDifference) -> None:
        """Count one difference more."""
        self.counts[one.kind] = self.counts.get(one.kind, 0) + 1
        self.difference = added((self.difference, one.difference or _NONE))


@dataclass(slots=True)
class _Reported:
    """What is reported of one approved project."""

    amount: Amount = field(default_factory=Amount)
    projects: int = 0


@dataclass(frozen=True, slots=True)
class _Found:
    """Which approved project a reported one is, by its number, and what is odd about that."""

    number: int | None = None
    odd: Odd = ""


def part_for(budget: ApprovedBudget, unit: UnitSummary) -> ApprovedBudget:
    """What of a budget one form may be about: projects of its unit, and those with its codes."""
    units, codes = _units_of(unit.form), {_bare(one.code) for one in compared(unit).projects}
    projects = (
        one
        for one in budget.projects
        if _unit_of(one) in units or (one.code and _bare(one.code) in codes)
    )
    return replace(budget, projects=tuple(projects))


class BudgetComparison:
    """Lays the projects of forms beside those of a budget: `add` each, then ask `differences`."""

    def __init__(self, budget: ApprovedBudget) -> None:
        self.budget = budget
        self._reported = [_Reported() for _ in budget.projects]
        self._by_code: dict[str, list[int]] = {}
        self._by_unit: dict[str, list[int]] = {}
        for number, one in enumerate(budget.projects):
            if one.code:
                self._by_code.setdefault(_bare(one.code), []).append(number)
            self._by_unit.setdefault(_unit_of(one), []).append(number)

    def add(self, unit: UnitSummary) -> None:
        """Add up what one form reports."""
        for project in compared(unit).projects:
            number = self._find(unit.form, project).number
            if number is not None:
                self._reported[number].amount += project.total
                self._reported[number].projects += 1

    def differences(
        self, forms: Iterable[UnitSummary], due: Iterable[FormOf] = ()
    ) -> Iterator[BudgetDifference]:
        """Yield what differs, unit by unit in the order of the forms; then all other projects.

        The forms are those that were added, those of a unit one after the other. `due` are the
        forms of all units, whether they count or not: what those would report is not in yet.
        """
        awaited: dict[str, dict[str, FormOf]] = {}
        for form in due:
            for key in _units_of(form):
                awaited.setdefault(key, {})[form.template] = form
        told: set[int] = set()
        for _, group in groupby(forms, lambda unit: (unit.form.county, unit.form.code)):
            units = list(group)
            yield from self._of_unit(units, told)
            came = {unit.form.template for unit in units}
            form = units[0].form
            lacking = any(awaited.get(key, {}).keys() - came for key in _units_of(form))
            own = chain.from_iterable(self._by_unit.get(key, ()) for key in _units_of(form))
            yield from self._not_reported(own, form, told, lacking)
        for number, one in enumerate(self.budget.projects):
            forms_due = list(awaited.get(_unit_of(one), {}).values())
            form_due = forms_due[0] if forms_due else None
            yield from self._not_reported([number], form_due, told, bool(forms_due))

    def _of_unit(self, units: Iterable[UnitSummary], told: set[int]) -> Iterator[BudgetDifference]:
        rows = [
            (unit.form, project, self._find(unit.form, project))
            for unit in units
            for project in compared(unit).projects
        ]
        strangers = Counter(
            project_key(project.name) for _, project, found in rows if found == _Found()
        )
        for form, project, found in rows:
            if found.number is not None:
                if found.number not in told:
                    told.add(found.number)
                    yield from self._of_found(form, project, found.number, found.odd)
                continue
            twin = self._twin(form, project) if found == _Found() else None
            if twin is None or strangers[project_key(project.name)] > 1:
                kind: BudgetKind = found.odd or "not_in_budget"
                yield _difference(kind, form, project, project.total)
            else:
                told.add(twin)
                approved = self.budget.projects[twin]
                yield _difference("code_differs", form, project, project.total, approved)

    def _of_found(
        self, form: FormOf, project: ComparedProject, number: int, odd: str
    ) -> Iterator[BudgetDifference]:
        """Yield the difference of an approved project that is reported, if there is one."""
        approved, reported = self.budget.projects[number], self._reported[number]
        kind: BudgetKind = "approved_differs"
        if odd == "other_unit":
            kind = "other_unit"
        elif reported.amount.unread:
            kind = "reported_unread"
        elif (reported.amount.value or _NONE) == approved.amount:
            return
        one = _difference(kind, form, project, reported.amount, approved)
        yield replace(one, projects=reported.projects)

    def _not_reported(
        self, numbers: Iterable[int], form: FormOf | None, told: set[int], awaited: bool
    ) -> Iterator[BudgetDifference]:
        for number in numbers:
            if number not in told and not self._reported[number].projects:
                told.add(number)
                one = self.budget.projects[number]
                kind: BudgetKind = "not_reported_yet" if awaited else "not_reported"
                yield BudgetDifference(
                    kind=kind, form=form, code=one.code, name=one.name, approved=one
                )

    # -- which project is which

    def _find(self, form: FormOf, project: ComparedProject) -> _Found:
        if not project.code:
            return self._find_by_name(form, project)
        same = self._by_code.get(_bare(project.code), [])
        exact = [n for n in same if code_key(self._code(n)) == code_key(project.code)]
        groups = self._by_closeness(exact or same, form)
        for numbers, odd in zip(groups, _CLOSENESS, strict=True):
            if len(numbers) == 1:
                return _Found(numbers[0], odd)
            if numbers:
                return _Found(None, "approved_unclear")
        return self._find_by_name(form, project, without_code=True)

    def _by_closeness(
        self, numbers: Iterable[int], form: FormOf
    ) -> tuple[list[int], list[int], list[int]]:
        """Those of the unit itself, those of no unit, and those of others."""
        own: list[int] = []
        free: list[int] = []
        others: list[int] = []
        for number in numbers:
            unit = _unit_of(self.budget.projects[number])
            if unit in _units_of(form):
                own.append(number)
            else:
                (others if unit else free).append(number)
        return own, free, others

    def _find_by_name(
        self, form: FormOf, project: ComparedProject, without_code: bool = False
    ) -> _Found:
        """Find a project by its name within the unit; `without_code` only one that has none."""
        numbers = [
            number for number in self._named(form, project)
            if not (without_code and self._code(number))
        ]  # fmt: skip
        if len(numbers) > 1:
            return _Found(None, "approved_unclear")
        return _Found(numbers[0]) if numbers else _Found()

    def _twin(self, form: FormOf, project: ComparedProject) -> int | None:
        """The approved project of that name within the unit that nobody reports by its code."""
        free = [n for n in self._named(form, project) if not self._reported[n].projects]
        return free[0] if len(free) == 1 else None

    def _named(self, form: FormOf, project: ComparedProject) -> list[int]:
        name = project_key(project.name)
        own = chain.from_iterable(self._by_unit.get(key, ()) for key in _units_of(form))
        return [n for n in own if name and project_key(self.budget.projects[n].name) == name]

    def _code(self, number: int) -> str:
        return self.budget.projects[number].code


def _difference(
    kind: BudgetKind, form: FormOf, project: ComparedProject, reported: Amount,
    approved: Approved | None = None,
) -> BudgetDifference:  # fmt: skip
    figure = project.figures.get(TOTAL)
    return BudgetDifference(
        kind=kind, form=form, code=project.code, name=project.name, projects=1,
        approved=approved, reported=reported, source=(figure and figure.source) or project.source,
    )  # fmt: skip


def _bare(code: str) -> str:
    """A code without the zeros before it, which spreadsheets lose."""
    plain = code_key(code)
    return plain.lstrip("0") or plain


def _unit_of(approved: Approved) -> str:
    """What tells of which unit an approved project is; "" where the budget does not say."""
    if approved.unit_code:
        return f"code {_bare(approved.unit_code)}"
    return f"name {code_key(approved.unit_name)}" if approved.unit_name else ""


def _units_of(form: FormOf) -> tuple[str, str]:
    """What a budget may tell the unit of a form by."""
    return f"code {_bare(form.code)}", f"name {code_key(form.name)}"
