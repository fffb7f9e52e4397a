"""Units laid side by side → what only shows then, in groups. Pure.

One text in projects of several units, values far from what others give for the same indicator,
projects of one name measured by other indicators: a hint for each text, indicator and name of a
project, with the places. What is kept of a form while others come in is numbers: 8 bytes for a
text, and a few more for whose it is. At the end the forms that are named are looked at once more.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import blake2b
from itertools import pairwise

from ptxl.merge.names import RosterPlace, project_key
from ptxl.merge.rows import FormOf, IndicatorRow, ProjectRow, Source, UnitSummary
from ptxl.merge.thresholds import FromConstants
from ptxl.merge.views import View
from ptxl.model.findings import SEVERITY_OF, HintCode, Severity
from ptxl.model.path import Path
from ptxl.text import even_blanks, squeeze
from ptxl.values.target_value import TargetValue

#: gives a form that was taken in before, by what counts once in a summary
Recall = Callable[[tuple[str, str, str]], UnitSummary]
#: places that a finding names at the most, and findings of one kind
MOST_PLACES, MOST_FINDINGS = 30, 500
#: what every unit should put in words of its own, beside the bases of indicators
_OWN_TEXTS = frozenset({"goals", "annual_goal", "period_goal", "purpose"})
_BASIS = Path("basis")
#: keys are gone through in so many parts, so that little is held of all at a time
_PARTS = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Thresholds(FromConstants):
    """From where on something is worth a hint; data, see `templates/_rules/across.yaml`."""

    #: characters that a text must have
    shortest_text: int
    #: what a text that cites a document holds
    citing: tuple[str, ...]
    #: values that there must be of an indicator
    fewest_values: int
    #: how many times the median, or its fraction, a value may be
    times: int
    #: what units of measure hold that tell of the size of a project
    sizes: tuple[str, ...]
    #: per cent of the smaller set of indicators that two projects of one name should share
    least_shared: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where something stands, and whose it is; `text` is what stands there, as typed."""

    form: FormOf
    #: the name of the project, "" for what the department says
    project: str
    label: str
    text: str
    source: Source


@dataclass(frozen=True, kw_only=True, slots=True)
class CrossFinding:
    """One thing that shows between units, with the places that it is about, in roster order.

    `about` is the text, the indicator or the project. `units` and `projects` count all that are
    concerned, also those beyond the `places`; `usual` is a place to compare with.
    """

    code: HintCode
    about: str
    units: int
    projects: int
    places: tuple[Place, ...]
    usual: Place | None = None
    facts: Mapping[str, object] = field(default_factory=dict, hash=False)

    @property
    def severity(self) -> Severity:
        """How grave it is."""
        return SEVERITY_OF[self.code]


@dataclass(frozen=True, kw_only=True, slots=True)
class AcrossUnits:
    """Everything that shows between units, and how many more there are of a kind, by code."""

    found: tuple[CrossFinding, ...] = ()
    more: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Named:
    """One thing of a form: of which kind, the how manieth of its kind, and of which project."""

    kind: str
    form: int
    nth: int
    project: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Group:
    """A finding before the forms that it names are looked at again."""

    code: HintCode
    named: Sequence[_Named]
    units: int
    projects: int
    usual: _Named | None
    facts: Mapping[str, object]


class _Things:
    """Things of one kind, as numbers: the key by which they are alike, form and project."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._keys, self._forms, self._projects = array("Q"), array("I"), array("H")
        #: of each form where its things begin
        self._starts = array("I")

    def begin(self) -> None:
        """Begin with the things of the next form."""
        self._starts.append(len(self._keys))

    def add(self, key: int, project: int) -> None:
        """Keep one thing more."""
        self._keys.append(key)
        self._forms.append(len(self._starts) - 1)
        self._projects.append(project)

    def alike(self) -> Iterator[list[int]]:
        """Yield the numbers of things of one key, where there are several."""
        parts = [array("I") for _ in range(_PARTS)]
        for number, key in enumerate(self._keys):
            parts[key % _PARTS].append(number)
        for part in parts:
            found: dict[int, list[int]] = {}
            for number in part:
                found.setdefault(self._keys[number], []).append(number)
            yield from (numbers for numbers in found.values() if len(numbers) > 1)

    def named(self, number: int) -> _Named:
        """What stands for the thing of a number."""
        form = self._forms[number]
        return _Named(self._kind, form, number - self._starts[form], self._projects[number])


class SideBySide:
    """Takes in what counts, one form at a time; `across` at the end."""

    def __init__(self, thresholds: Thresholds) -> None:
        self._thresholds = thresholds
        self._forms: list[RosterPlace] = []
        self._texts, self._values = _Things("text"), _Things("value")
        self._projects = _Things("project")
        #: of each value its number in `_numbers`: few differ
        self._value_numbers = array("I")
        self._numbers: dict[Decimal, int] = {}
        #: of each project where its indicators begin, and of the last where they end
        self._starts = array("I", [0])
        self._indicators = array("Q")

    def add(self, view: View) -> None:
        """Keep what one form may have in common with others."""
        self._forms.append(RosterPlace.of(view.unit.form))
        for things in (self._texts, self._values, self._projects):
            things.begin()
        seen = _Form(view, self._thresholds)
        for key, project, _ in seen.texts():
            self._texts.add(key, project)
        for key, project, number, _ in seen.values():
            self._values.add(key, project)
            self._value_numbers.append(self._numbers.setdefault(number, len(self._numbers)))
        for key, project, indicators, _ in seen.projects():
            self._projects.add(key, project)
            self._indicators.extend(indicators)
            self._starts.append(len(self._indicators))

    def across(self, recall: Recall) -> AcrossUnits:
        """Find what shows between the units, whatever order they came in.

        `recall` is asked for each form that a finding names, once.
        """
        order = _Order(self._forms)
        kinds = (
            self._same_texts(order), self._outlying(order), self._measured_otherwise(order)
        )  # fmt: skip
        chosen: list[_Group] = []
        more: dict[str, int] = {}
        for groups in kinds:
            kind, left = _largest(groups, order)
            chosen += kind
            if left:
                more[kind[0].code] = left
        places = self._places(chosen, recall)
        return AcrossUnits(found=tuple(_finding(one, places) for one in chosen), more=more)

    def _same_texts(self, order: _Order) -> Iterator[_Group]:
        for numbers in self._texts.alike():
            named = order.sorted(map(self._texts.named, numbers))
            if order.units(named) > 1:
                yield order.group("same_text_elsewhere", named, None, {})

    def _outlying(self, order: _Order) -> Iterator[_Group]:
        amounts = list(self._numbers)
        for numbers in self._values.alike():
            values = {number: amounts[self._value_numbers[number]] for number in numbers}
            every = [self._values.named(number) for number in numbers]
            if len(numbers) < self._thresholds.fewest_values or order.units(every) < 2:
                continue
            middle = sorted(values.values())[(len(values) - 1) // 2]
            far = [number for number in numbers if self._is_far(values[number], middle)]
            if far:
                usual = [number for number in numbers if values[number] == middle]
                facts = {"count": len(numbers), "outlying": len(far), "median": _plain(middle)}
                yield order.group(
                    "value_outlying",
                    order.sorted(map(self._values.named, far)),
                    order.sorted(map(self._values.named, usual))[0],
                    {**facts, "times": self._thresholds.times},
                )

    def _is_far(self, value: Decimal, middle: Decimal) -> bool:
        low, high = sorted((value, middle))
        return high > low * self._thresholds.times

    def _measured_otherwise(self, order: _Order) -> Iterator[_Group]:
        for numbers in self._projects.alike():
            by_name = {self._projects.named(number): number for number in numbers}
            every = order.sorted(by_name)
            if order.units(every) < 2:
                continue
            sets = {one: self._indicators_of(by_name[one]) for one in every}
            usual = _most_usual(sets)
            differ = [one for one in every if self._differ(sets[one], sets[usual])]
            differ = [one for one in differ if not order.same_unit(one, usual)]
            if differ:
                facts = {"count": len(every), "differing": len(differ)}
                least = self._thresholds.least_shared
                yield order.group("indicators_differ", differ, usual, {**facts, "least": least})

    def _indicators_of(self, project: int) -> frozenset[int]:
        return frozenset(self._indicators[self._starts[project] : self._starts[project + 1]])

    def _differ(self, own: frozenset[int], usual: frozenset[int]) -> bool:
        fewer = min(len(own), len(usual))
        return len(own & usual) * 100 < fewer * self._thresholds.least_shared

    def _places(self, groups: Iterable[_Group], recall: Recall) -> Mapping[_Named, Place]:
        """Look at each form that a group names once more, for the places."""
        wanted: dict[int, set[_Named]] = {}
        for group in groups:
            for one in _shown(group):
                wanted.setdefault(one.form, set()).add(one)
        found: dict[_Named, Place] = {}
        for form, named in wanted.items():
            seen = _Form(View(recall(self._forms[form].key)), self._thresholds)
            places = seen.places()
            found |= {one: places[one.kind][one.nth] for one in named}
        return found


class _Form:
    """One form as it is laid beside others: its texts, values and projects, with their keys."""

    def __init__(self, view: View, thresholds: Thresholds) -> None:
        self._unit, self._view, self._thresholds = view.unit, view, thresholds
        self._rows = view.indicators

    def texts(self) -> Iterator[tuple[int, int, Place]]:
        """Yield key, project and place of each text that others should not have."""
        for text in self._view.texts:
            if text.project and _below(text.project, text.name).steps[0] in _OWN_TEXTS:
                key = self._text_key(text.text)
                if key:
                    yield (
                        key,
                        text.project.number,
                        self._place(text.project, text.label, text.text, text.source),
                    )
        for row in self._rows:
            key = self._text_key(row.basis)
            if row.project and key:
                yield key, row.project.number, self._basis(row, row.project)

    def _text_key(self, text: str) -> int:
        """The key of a text; 0 for one that is not compared."""
        plain = squeeze(text)
        short = len(plain) < self._thresholds.shortest_text
        if short or any(word in plain for word in self._thresholds.citing):
            return 0
        return _key("text", even_blanks(text))

    def _basis(self, row: IndicatorRow, project: ProjectRow) -> Place:
        path = row.path / _BASIS
        answer = next(one for one in self._unit.answers if one.path == path)
        source = Source(file=self._unit.file, sheet=answer.sheet, cell=answer.cell)
        return self._place(project, self._unit.asked[answer.name].label, row.basis, source)

    def values(self) -> Iterator[tuple[int, int, Decimal, Place]]:
        """Yield key, project, number and place of each value that is compared."""
        for row in self._rows:
            match row.value:
                case TargetValue(number=Decimal() as number, upper=None) as value if number > 0:
                    unit = value.unit or ""
                    if not any(word in unit for word in self._thresholds.sizes):
                        key = _key("value", squeeze(row.level3), unit)
                        place = self._place(row.project, row.level3, value.raw, row.source)
                        yield key, _number(row.project), number, place

    def projects(self) -> Iterator[tuple[int, int, list[int], Place]]:
        """Yield key, number, keys of indicators and place of each project with a name."""
        own: dict[int, list[int]] = {}
        for row in self._rows:
            own.setdefault(_number(row.project), []).append(_key(squeeze(row.level3)))
        for project in self._view.projects():
            name = project_key(project.text("name"))
            if name and project.number in own:
                place = self._place(project, "", project.text("name"), project.source)
                yield _key("project", name), project.number, own[project.number], place

    def places(self) -> Mapping[str, Sequence[Place]]:
        """The places of everything that is compared, by kind."""
        return {
            "text": [place for *_, place in self.texts()],
            "value": [place for *_, place in self.values()],
            "project": [place for *_, place in self.projects()],
        }

    def _place(self, project: ProjectRow | None, label: str, text: str, source: Source) -> Place:
        name = project.text("name") if project else ""
        return Place(form=self._unit.form, project=name, label=label, text=text, source=source)


class _Order:
    """The order of forms in the summary, in which findings and places stand."""

    def __init__(self, forms: Sequence[RosterPlace]) -> None:
        numbers = sorted(range(len(forms)), key=forms.__getitem__)
        self._ranks = array("I", bytes(array("I").itemsize * len(forms)))
        #: forms of one unit, and of no other, have the same
        self._units = array("I", self._ranks)
        for rank, number in enumerate(numbers):
            self._ranks[number] = self._units[number] = rank
        for before, number in pairwise(numbers):
            if forms[before].unit == forms[number].unit:
                self._units[number] = self._units[before]

    def sorted(self, named: Iterable[_Named]) -> list[_Named]:
        """What is named, in the order of the summary."""
        return sorted(named, key=lambda one: (self._ranks[one.form], one.nth))

    def units(self, named: Iterable[_Named]) -> int:
        """How many units are named."""
        return len({self._units[one.form] for one in named})

    def same_unit(self, one: _Named, other: _Named) -> bool:
        """Whether both are of one unit."""
        return self._units[one.form] == self._units[other.form]

    def group(
        self, code: HintCode, named: Sequence[_Named], usual: _Named | None,
        facts: Mapping[str, object],
    ) -> _Group:  # fmt: skip
        """A group of what is named, with its counts."""
        units = self.units(named)
        projects = len({(one.form, one.project) for one in named})
        shown = named[:MOST_PLACES]
        return _Group(
            code=code, named=shown, units=units, projects=projects, usual=usual, facts=facts
        )

    def of_group(self, group: _Group) -> tuple[int, int, int, int]:
        """What concerns most units first; then as in the summary."""
        first = group.named[0]
        return -group.units, -group.projects, self._ranks[first.form], first.nth


def _below(project: ProjectRow, name: Path) -> Path:
    """The name of a text below its project."""
    return name.below("projects[]") if project.path else name


def _number(project: ProjectRow | None) -> int:
    return project.number if project else 0


def _key(*texts: str) -> int:
    """What stands for texts, whatever process they are in; never 0."""
    data = "\0".join(texts).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "big") or 1


def _plain(number: Decimal) -> Decimal:
    """The one way to write a number: 90 for 90.0, whichever came first."""
    text = format(number, "f")
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)


def _most_usual(sets: Mapping[_Named, frozenset[int]]) -> _Named:
    """The project, the first of several, whose indicators most others have too."""
    holders = Counter(key for own in sets.values() for key in own)
    return max(sets, key=lambda one: sum(holders[key] for key in sets[one]) / len(sets[one]))


def _largest(groups: Iterable[_Group], order: _Order) -> tuple[list[_Group], int]:
    """The groups that a summary lists, in its order, and how many more there are."""
    kept: list[_Group] = []
    total = 0
    for group in groups:
        total += 1
        kept.append(group)
        if len(kept) >= 2 * MOST_FINDINGS:
            kept = sorted(kept, key=order.of_group)[:MOST_FINDINGS]
    kept = sorted(kept, key=order.of_group)[:MOST_FINDINGS]
    return kept, total - len(kept)


def _shown(group: _Group) -> Iterator[_Named]:
    yield from group.named
    if group.usual:
        yield group.usual


def _finding(group: _Group, places: Mapping[_Named, Place]) -> CrossFinding:
    shown = tuple(places[one] for one in group.named)
    usual = places[group.usual] if group.usual else None
    return CrossFinding(
        code=group.code, about=_about(group.code, shown[0]), units=group.units,
        projects=group.projects, places=shown, usual=usual, facts=group.facts,
    )  # fmt: skip


def _about(code: HintCode, place: Place) -> str:
    """What a finding is about: an indicator by its name, a text or project as it stands there."""
    return place.label if code == "value_outlying" else place.text
