"""Submissions, one after the other → the figures of a summary: by department, and of everything.

Pure. Figures add up with `+`, whatever the order. What is kept grows with the number of departments
and categories, never with that of forms.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TypeVar

from ptxl.merge.rows import (
    AMOUNTS,
    NOTHING,
    UNPLACED,
    Answer,
    Asked,
    DueForm,
    LeftOut,
    Sum,
    UnitSummary,
    in_sum_unit,
)
from ptxl.merge.views import View
from ptxl.model.path import Path
from ptxl.values.money import YUAN, unit_of_sums
from ptxl.values.target_value import TargetValue

#: what a form asks, by name
Asks = tuple[tuple[Path, Asked], ...]
K = TypeVar("K")
V = TypeVar("V", int, Sum)

#: between the labels of one thing
OR = "／"
#: comparisons of values that nobody can measure; "" stands for no value
ONLY_WORDS = ("grade", "text", "none", "")
#: what can be counted of a group of forms, by name
COUNTS = (
    "due", "received", "accepted", "to_check", "to_correct", "unreadable", "rest", "missing",
    "late", "units", "forms", "projects", "indicators", "quantified",
    "errors", "warnings", "hints", "excepted", "left_out", "wrong_projects",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """The figures of a group of forms: counts by name of `COUNTS`, and sums in 万元.

    `amounts` are by name below a project (`funds.total`, `own_funds.other`), `budget` those of
    departments (`total`, `basic`). `amount_left_out` is the total amount that stands in forms which
    do not count.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    amounts: Mapping[Path, Sum] = field(default_factory=dict)
    budget: Mapping[Path, Sum] = field(default_factory=dict)
    amount_left_out: Sum = NOTHING
    #: what of it stands in projects with errors
    amount_wrong: Sum = NOTHING

    def __add__(self, other: Figures) -> Figures:
        """Both groups together."""
        return Figures(
            counts=_added(self.counts, other.counts, 0),
            amounts=_added(self.amounts, other.amounts, NOTHING),
            budget=_added(self.budget, other.budget, NOTHING),
            amount_left_out=self.amount_left_out + other.amount_left_out,
            amount_wrong=self.amount_wrong + other.amount_wrong,
        )

    def count(self, name: str) -> int:
        """How many there are of one of `COUNTS`."""
        return self.counts.get(name, 0)

    def amount(self, name: str) -> Sum:
        """The sum of one amount over all projects."""
        return self.amounts.get(Path(name), NOTHING)


@dataclass(frozen=True, slots=True)
class Kind:
    """The indicators of one level 1 and 2: how many have a value of each comparison."""

    level1: str
    level2: str
    values: Counter[str]

    @property
    def indicators(self) -> int:
        """How many there are."""
        return self.values.total()

    @property
    def quantified(self) -> int:
        """How many of them can be measured."""
        return self.indicators - sum(self.values[comparison] for comparison in ONLY_WORDS)


@dataclass(slots=True)
class Tally:
    """The figures of everything taken in so far."""

    #: how many indicators of each level 1 and 2 have a value of each comparison ("" for none)
    structure: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    #: how many rows there are of each further table, by name
    tables: Counter[Path] = field(default_factory=Counter)
    texts: int = 0
    #: how many indicators stand in no project but are those of a whole department
    of_departments: int = 0
    #: what forms of a template and edition ask: more or less, by their parameters
    _asked: dict[tuple[str, str], dict[Asks, None]] = field(default_factory=dict)
    _groups: dict[tuple[str, str], Figures] = field(default_factory=dict)
    #: of each department the unit that comes first, and the codes of its units
    _first: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    _units: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    def add(self, view: View) -> None:
        """Take in a submission that counts."""
        unit, indicators = view.unit, view.indicators
        for row in indicators:
            kinds = self.structure.setdefault((row.level1, row.level2), Counter())
            kinds[row.value.comparison if row.value else ""] += 1
        self.tables.update(line.table for line in view.tables())
        self.texts += len(view.texts)
        self.of_departments += sum(row.project is None for row in indicators)
        self.add_asked((unit.form.template, unit.form.edition), unit.asked)
        severities = Counter(f"{one.severity}s" for one in unit.found if not one.excepted)
        counts = {
            "indicators": len(indicators),
            "quantified": sum(is_quantified(row.value) for row in indicators),
            "excepted": sum(one.excepted for one in unit.found),
            **severities,
        }
        form, figures = unit.form, _figures_of(unit, view) + Figures(counts=counts)
        self._into(form.county, form.department, form.place, form.code, figures)
        self._count_unit(form.county, form.department, form.code)

    def add_asked(self, form: tuple[str, str], asked: Mapping[Path, Asked]) -> None:
        """Take in what forms of a template and edition ask, by name."""
        self._asked.setdefault(form, {})[tuple(asked.items())] = None

    @property
    def forms(self) -> tuple[tuple[str, str], ...]:
        """The template and edition of each form that counts, without repeats."""
        return tuple(sorted(self._asked))

    def add_left_out(self, left: LeftOut) -> None:
        """Take in a file that does not count."""
        counts = {"left_out": 1, "errors": left.errors}
        self._into_any(left, Figures(counts=counts))

    def add_money_left_out(self, left: LeftOut) -> None:
        """Take in what money stands in a file that does not count."""
        counts = {"wrong_projects": len(left.wrong)}
        self._into_any(
            left,
            Figures(counts=counts, amount_left_out=left.amount, amount_wrong=left.amount_wrong),
        )

    def _into_any(self, left: LeftOut, figures: Figures) -> None:
        form = left.form
        if form is None:
            self._groups[left.county, ""] = self._groups.get((left.county, ""), Figures()) + figures
        else:
            self._into(form.county, form.department, form.place, form.code, figures)

    def add_due(self, due: DueForm) -> None:
        """Take in a form that was due."""
        group = due.state if due.state in COUNTS else "rest"
        received = int(due.state != "missing")
        counts = Counter({"due": 1, "received": received, group: 1})
        if due.late is not None:
            counts["late"] = int(due.late)
        self._into(due.county, due.department, due.place, due.code, Figures(counts=counts))

    def _into(self, county: str, department: str, place: int, code: str, figures: Figures) -> None:
        key = county, department
        self._groups[key] = self._groups.get(key, Figures()) + figures
        own = place or UNPLACED, code
        self._first[key] = min(own, self._first.get(key, own))

    def _count_unit(self, county: str, department: str, code: str) -> None:
        key = county, department
        units = self._units.setdefault(key, set())
        if code not in units:
            units.add(code)
            self._groups[key] += Figures(counts={"units": 1})

    @property
    def other_units(self) -> tuple[str, ...]:
        """The units of money in which forms ask for amounts, but for that of sums."""
        every = (one for asks in self._asked.values() for some in asks for _, one in some)
        units = {one.unit: one.money for one in every if one.money}
        sums = unit_of_sums(self.currency)
        return tuple(sorted(unit for unit, money in units.items() if money != sums))

    @property
    def currency(self) -> str:
        """That of all amounts that are added up; yuan where forms ask for none."""
        every = (one.money for asks in self._asked.values() for some in asks for _, one in some)
        return next((unit.currency for unit in every if unit), YUAN)

    @property
    def asked(self) -> dict[Path, Asked]:
        """Everything that forms ask, by name: template after template, in printed order.

        What templates name alike but call by different labels is called by all of them; the amounts
        of `funds`, which all have in common, by none.
        """
        found: dict[Path, Asked] = {}
        for form in sorted(self._asked):
            for asks in sorted(self._asked[form], key=lambda asks: (-len(asks), repr(asks))):
                for name, one in asks:
                    found[name] = _together(found.get(name, one), one, name)
        return found

    @property
    def departments(self) -> dict[tuple[str, str], Figures]:
        """The figures by county and department, in roster order; those of none come last."""

        def order(key: tuple[str, str]) -> tuple[object, ...]:
            return key[0], not key[1], self._first.get(key, (UNPLACED, "")), key[1]

        return {key: self._groups[key] for key in sorted(self._groups, key=order)}

    def kinds(self) -> list[Kind]:
        """The kinds of indicators, the most frequent level 1 first, and so within each."""
        sizes: Counter[str] = Counter()
        kinds = [Kind(*levels, values) for levels, values in self.structure.items()]
        for kind in kinds:
            sizes[kind.level1] += kind.indicators
        return sorted(
            kinds,
            key=lambda kind: (-sizes[kind.level1], kind.level1, -kind.indicators, kind.level2),
        )

    @property
    def counties(self) -> tuple[str, ...]:
        """The counties that there are figures of, in order."""
        return tuple(dict.fromkeys(county for county, _ in self.departments))

    @property
    def total(self) -> Figures:
        """The figures of all departments together."""
        return sum(self._groups.values(), Figures())


def figures_of(unit: UnitSummary) -> Figures:
    """The figures of one submission that is counted: forms, projects and amounts."""
    return _figures_of(unit, View(unit))


def _figures_of(unit: UnitSummary, view: View) -> Figures:
    counts = {"forms": 1, "projects": len(view.projects())}
    budget = amounts_of(unit, view.budget())
    return Figures(counts=counts, amounts=project_sums(unit, view), budget=budget)


def _together(known: Asked, other: Asked, name: Path) -> Asked:
    """What two forms ask under one name."""
    if other.label in known.label.split(OR):
        return known
    common = name.parent.name == "funds"
    return replace(known, label="" if common else f"{known.label}{OR}{other.label}")


def is_quantified(value: TargetValue | None) -> bool:
    """Whether a target value can be measured: it has a number or a day."""
    return value is not None and value.comparison not in ONLY_WORDS


def project_sums(unit: UnitSummary, view: View) -> dict[Path, Sum]:
    """The amounts of a submission added up over its projects, in 万元 by name below a project."""
    sums: dict[Path, Sum] = {}
    for project in view.projects():
        sums = _added(sums, amounts_of(unit, project.answers), NOTHING)
    return sums


def common_sums(sums: Mapping[Path, Sum], group: str = "") -> dict[str, Decimal]:
    """Of sums by name those of `AMOUNTS` in a group, as far as there are any."""
    found = {name: sums.get(Path(group) / name) for name in AMOUNTS}
    return {name: one.value for name, one in found.items() if one is not None}


def amounts_of(unit: UnitSummary, answers: Mapping[Path, Answer]) -> dict[Path, Sum]:
    """The amounts of money among answers, in 万元 by name; an unreadable one is counted as such."""
    found = {}
    for name, answer in answers.items():
        asked = unit.asked[answer.name]
        if asked.summed:
            value = answer.value
            exact = in_sum_unit(value, asked) if isinstance(value, Decimal) else None
            found[name] = NOTHING.with_amount(exact)
    return found


def _added(ours: Mapping[K, V], others: Mapping[K, V], nothing: V) -> dict[K, V]:
    names = {**ours, **others}
    return {name: ours.get(name, nothing) + others.get(name, nothing) for name in names}
