"""Two summaries of one county, an earlier one and this one → what has changed. Pure.

Projects are compared within their unit: by code where both have it, else by name without years.
Which of several is meant is never guessed. Of the earlier summary little is kept, so that both may
be read form by form.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from typing import Literal

from ptxl.merge.compared import (
    TOTAL,
    Amount,
    ComparedForm,
    ComparedProject,
    Figure,
    Target,
    compared,
    pack,
    unpack,
    year_of,
)
from ptxl.merge.names import value_key
from ptxl.merge.pairs import Pairs
from ptxl.merge.rows import County, FormOf, Source, UnitSummary
from ptxl.model.path import TOP, Path
from ptxl.text import squeeze
from ptxl.values.money import added, exceeds, in_percent, less

#: what can be said of a unit, project, amount or indicator
ChangeKind = Literal[
    "unit_new", "unit_gone", "unit_awaited", "unit_not_counted", "unit_unclear", "project_new",
    "project_gone", "project_unclear", "total_grown", "total_fallen", "amount", "amount_unread",
    "target", "target_unclear",
]  # fmt: skip
#: a total that changed by more than so many per cent is told from others
LARGE = 20
#: what is said of target values
TARGETS = ("target", "target_unclear")
#: units of which nobody can tell what has changed
_NOT_COMPARED = ("unit_awaited", "unit_not_counted", "unit_unclear")
_NONE = Decimal(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One difference between two summaries.

    `before` and `now` are amounts, or target values as typed; None where there is nothing to tell.
    `what` is the label of the amount, or the name of the indicator.
    """

    kind: ChangeKind
    form: FormOf
    #: "" for what is said of the unit or department as a whole
    project: str = ""
    #: how many projects it is about
    projects: int = 1
    #: of an amount, its name below the project
    name: Path = TOP
    what: str = ""
    before: Amount | str | None = None
    now: Amount | str | None = None
    source: Source | None = None

    @property
    def difference(self) -> Decimal | None:
        """By how much an amount changed; None where that is not known, or it is none."""
        before, now = _as_amount(self.before), _as_amount(self.now)
        unknown = self.kind in _NOT_COMPARED or before.unread or now.unread
        if unknown or self.kind in TARGETS:
            return None
        return less(now.value or _NONE, before.value or _NONE)

    @property
    def percent(self) -> Decimal | None:
        """The difference in per cent of the amount before, to two places; None of nothing."""
        before, difference = _as_amount(self.before).value, self.difference
        if not before or before < 0 or difference is None:
            return None
        return in_percent(difference, before)


def _as_amount(side: Amount | str | None) -> Amount:
    return side if isinstance(side, Amount) else Amount()


@dataclass(slots=True)
class ChangeFigures:
    """Counts of changes by kind, and in 万元 by how much the money of all projects changed.

    `unread` is how many changes of that money are not in `by_kind`, as an amount is unreadable.
    """

    counts: Counter[ChangeKind] = field(default_factory=Counter)
    by_kind: dict[ChangeKind, Decimal] = field(default_factory=dict)
    unread: int = 0

    def add(self, change: Change) -> None:
        """Count one change more."""
        self.counts[change.kind] += 1
        if change.name != TOTAL or change.kind in _NOT_COMPARED:
            return
        difference = change.difference
        if difference is None:
            self.unread += 1
            return
        known = self.by_kind.get(change.kind, _NONE)
        self.by_kind[change.kind] = added((known, difference))

    @property
    def difference(self) -> Decimal:
        """By how much the money of all projects changed, but for what cannot be compared."""
        return added(self.by_kind.values())


class Earlier:
    """What is kept of the forms of an earlier summary; `counties` are all that it is of."""

    def __init__(self, counties: Iterable[County] = ()) -> None:
        counties = tuple(counties)
        #: the years that its forms are of, as far as they say so
        self.years: set[int] = set()
        #: that of its amounts
        self.currency = ""
        self._forms: dict[tuple[str, str], list[bytes]] = {}
        self.counties = {county.name for county in counties}
        #: the templates of forms that were due or left out, by unit
        self._expected: dict[tuple[str, str], set[str]] = {}
        for form in forms_due(counties):
            self.expect(form)

    def expect(self, form: FormOf) -> None:
        """Note a form that was due or left out, whether one like it counts or not."""
        self._expected.setdefault((form.county, form.code), set()).add(form.template)

    def add(self, unit: UnitSummary) -> None:
        """Keep what is compared of one form."""
        self.counties.add(unit.form.county)
        key, form = (unit.form.county, unit.form.code), compared(unit)
        self.years |= {year_of(unit)} - {0}
        self.currency = self.currency or unit.currency
        self._forms.setdefault(key, []).append(pack(form))

    def forms(self, key: tuple[str, str]) -> list[ComparedForm]:
        """The forms of a unit; none if it had none."""
        return [unpack(packed) for packed in self._forms.get(key, ())]

    def expected(self, key: tuple[str, str]) -> frozenset[str]:
        """The templates of all forms of a unit that should have counted."""
        return frozenset(self._expected.get(key, ()))

    def units(self) -> Iterable[tuple[str, str]]:
        """The keys of all units."""
        return self._forms


class _SameCounties:
    """Which counties of two summaries are the same: those of one name.

    One without a name may be any that the other summary has alone. It is the only one of the other
    where both are of one county; else nobody can tell.
    """

    def __init__(self, before: Collection[str], now: Collection[str]) -> None:
        self._before: dict[str, str] = {}
        #: counties of which nobody can tell which is which
        self.unclear_before: set[str] = set()
        self.unclear_now: set[str] = set()
        named = {name for name in before if name and name in now}
        olds, news = set(before) - named, set(now) - named
        if len(before) == len(now) == 1 and "" in olds | news:
            self._before = dict(zip(news, olds, strict=True))
        elif before and now and olds != news and "" in olds | news:
            self.unclear_before, self.unclear_now = olds, news

    def key(self, form: FormOf) -> tuple[str, str]:
        """Which unit of then that of a form is."""
        return self._before.get(form.county, form.county), form.code


def forms_due(counties: Iterable[County]) -> Iterator[FormOf]:
    """Yield every form that was due, or came and was left out."""
    for county in counties:
        for due in county.dues:
            yield FormOf(
                code=due.code, name=due.name, department=due.department, template=due.template,
                edition="", serial="", title=due.title, county=due.county, place=due.place,
            )  # fmt: skip
        yield from (left.form for left in county.left_out if left.form)


def compare_years(
    earlier: Earlier, forms: Iterable[UnitSummary], counties: Iterable[County]
) -> Iterator[Change]:
    """Yield what has changed, unit by unit in the order of the forms, then units that are not in.

    The forms of a unit follow each other. `counties` are all that this summary is of: of their
    forms that do not count, nobody can tell what has changed.
    """
    counties = tuple(counties)
    same = _SameCounties(earlier.counties, {county.name for county in counties})
    awaited: dict[tuple[str, str], dict[str, FormOf]] = {}
    for form in forms_due(counties):
        awaited.setdefault(same.key(form), {})[form.template] = form
    seen = set()
    for key, group in groupby(forms, lambda unit: same.key(unit.form)):
        seen.add(key)
        now = [compared(unit) for unit in group]
        if now[0].form.county in same.unclear_now:
            yield _together("unit_unclear", now[0].form, "", (), _projects(now))
        else:
            yield from _of_unit(
                earlier.forms(key), now, awaited.get(key, {}), earlier.expected(key)
            )
    unclear = {key for key in earlier.units() if key[0] in same.unclear_before}
    for key in sorted(unclear | (set(earlier.units()) - seen)):
        before = earlier.forms(key)
        if key in unclear:
            yield _together("unit_unclear", before[0].form, "", _projects(before), ())
        elif key in awaited:
            form = next(iter(awaited[key].values()))
            yield _together("unit_awaited", form, "", _projects(before), ())
        else:
            yield _together("unit_gone", before[0].form, "", _projects(before), ())


def _of_unit(
    before: Sequence[ComparedForm], now: Sequence[ComparedForm], awaited: Mapping[str, FormOf],
    expected: Set[str],
) -> Iterator[Change]:  # fmt: skip
    """Yield what changed in a unit; `expected` are the templates of what should have counted."""
    if not before:
        kind: ChangeKind = "unit_not_counted" if expected else "unit_new"
        yield _together(kind, now[0].form, "", (), _projects(now))
        return
    unit, came = now[0].form, {one.form.template for one in now}
    comparable = []
    for one in before:
        template = one.form.template
        if template in came or template not in awaited:
            comparable.append(one)
        else:
            yield _together("unit_awaited", awaited[template], "", one.projects, ())
    lacking = expected - {one.form.template for one in before}
    for one in now:
        if one.form.template in lacking:
            yield _together("unit_not_counted", one.form, "", (), one.projects)
    now = [one for one in now if one.form.template not in lacking]
    departments = {one.form.template: one.department for one in comparable}
    for one in now:
        if one.form.template in departments:
            yield from _of_pair(one.form, departments[one.form.template], one.department)
    yield from _of_projects(unit, _projects(comparable), now)


def _projects(forms: Iterable[ComparedForm]) -> list[ComparedProject]:
    return [project for form in forms for project in form.projects]


def _together(
    kind: ChangeKind, form: FormOf, name: str,
    before: Sequence[ComparedProject], now: Sequence[ComparedProject],
) -> Change:  # fmt: skip
    """A change of the money of several projects at once."""
    labels = (one.figures[TOTAL].label for one in (*now, *before) if TOTAL in one.figures)
    return Change(
        kind=kind, form=form, project=name, projects=max(len(before), len(now)), name=TOTAL,
        what=next(labels, ""), before=_sum(before), now=_sum(now),
        source=next((_source(one, TOTAL) for one in now), None),
    )  # fmt: skip


def _sum(projects: Sequence[ComparedProject]) -> Amount | None:
    return sum((one.total for one in projects), Amount()) if projects else None


def _source(project: ComparedProject, name: Path) -> Source | None:
    """The cell of an amount; where it is not answered, that of the project."""
    figure = project.figures.get(name)
    return (figure and figure.source) or project.source


# -- projects of a unit


def _of_projects(
    unit: FormOf, before: Sequence[ComparedProject], now: Sequence[ComparedForm]
) -> Iterator[Change]:
    pairs = Pairs(before, _projects(now))
    owners = [(form.form, project) for form in now for project in form.projects]
    for number, (form, project) in enumerate(owners):
        if number in pairs.earlier:
            yield from _of_pair(form, before[pairs.earlier[number]], project)
        elif number in pairs.new:
            yield _together("project_new", form, project.name, (), [project])
    for olds, news in pairs.unclear:
        form, first = owners[news[0]]
        some, others = [before[old] for old in olds], [owners[new][1] for new in news]
        yield _together("project_unclear", form, first.name, some, others)
    for old in pairs.gone:
        yield _together("project_gone", unit, before[old].name, [before[old]], ())


# -- one project, or what a department says


def _of_pair(form: FormOf, before: ComparedProject, now: ComparedProject) -> Iterator[Change]:
    for name, figure in now.figures.items():
        old = before.figures.get(name)
        if old and _has_changed(old.amount, figure.amount):
            yield Change(
                kind=_kind_of(name, old, figure), form=form, project=now.name, name=name,
                what=figure.label, before=old.amount, now=figure.amount, source=_source(now, name),
            )  # fmt: skip
    olds, news = _by_name(before.targets), _by_name(now.targets)
    for about in news:
        if about in olds:
            yield from _of_targets(form, now.name, olds[about], news[about], _years(before, now))


def _has_changed(before: Amount, now: Amount) -> bool:
    """Whether amounts differ, or nobody can tell: nothing answered is as good as 0."""
    return before.unread or now.unread or (before.value or _NONE) != (now.value or _NONE)


def _kind_of(name: Path, before: Figure, now: Figure) -> ChangeKind:
    if before.amount.unread or now.amount.unread:
        return "amount_unread"
    old, new = before.amount.value or _NONE, now.amount.value or _NONE
    if name != TOTAL or not exceeds(less(new, old), old, LARGE):
        return "amount"
    return "total_grown" if new > old else "total_fallen"


def _by_name(targets: Iterable[Target]) -> dict[str, list[Target]]:
    found: dict[str, list[Target]] = {}
    for target in targets:
        if name := squeeze(target.name):
            found.setdefault(name, []).append(target)
    return found


def _of_targets(
    form: FormOf, project: str, before: Sequence[Target], now: Sequence[Target],
    years: tuple[int, int],
) -> Iterator[Change]:  # fmt: skip
    """Yield what changed in indicators of one name; values that both years have are left out."""
    last, this = years
    olds, news = _by_meaning(before, last), _by_meaning(now, this)
    some, others = _not_among(olds, news), _not_among(news, olds)
    if some and others:
        alone = len(some) == len(others) == 1
        yield Change(
            kind="target" if alone else "target_unclear", form=form, project=project,
            what=others[0].name, before=_raws(some), now=_raws(others), source=others[0].source,
        )  # fmt: skip


def _years(before: ComparedProject, now: ComparedProject) -> tuple[int, int]:
    """The years that their values are told from; none where one is not known."""
    return (before.year, now.year) if before.year and now.year else (0, 0)


def _by_meaning(targets: Iterable[Target], year: int) -> list[tuple[str, Target]]:
    """What targets mean, told from the year of their form: that years roll on is no change."""
    return [(value_key(target.raw, year), target) for target in targets]


def _not_among(
    targets: Iterable[tuple[str, Target]], others: Iterable[tuple[str, Target]]
) -> list[Target]:
    """The targets whose values others have not, or have fewer times."""
    there = Counter(meant for meant, _ in others)
    found = []
    for meant, target in targets:
        there[meant] -= 1
        if there[meant] < 0:
            found.append(target)
    return found


def _raws(targets: Iterable[Target]) -> str:
    return "\n".join(target.raw for target in targets)
