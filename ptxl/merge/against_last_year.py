"""A form beside what its unit sent last year → findings: what is copied, what falls or grows. Pure.

Projects are told as in a comparison of summaries, indicators by name; where several have one name,
nothing is said of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ptxl.merge.compared import TOTAL, ComparedProject, compared
from ptxl.merge.located import Located
from ptxl.merge.names import project_key, value_key
from ptxl.merge.pairs import Pairs
from ptxl.merge.rows import IndicatorRow, Source, TextRow, UnitSummary
from ptxl.merge.summarise import summarise
from ptxl.merge.thresholds import FromConstants
from ptxl.merge.views import View
from ptxl.model.findings import Finding
from ptxl.model.submission import CheckedSubmission
from ptxl.rules.texts import likeness
from ptxl.text import squeeze
from ptxl.values.money import YUAN, MoneyUnit, convert, money_unit, unit_of_sums
from ptxl.values.target_value import TargetValue
from ptxl.words import Phrase, phrase

#: texts that are written anew each year, by a step of their name
_OF_THE_YEAR = frozenset({"overall_goal", "goals", "own_goals", "annual_goal", "purpose"})
_AT_LEAST, _AS_MUCH = (">=", ">"), (">=", ">", "=")
_SHARES = ("%", "‰")
_FIGURE = re.compile(r"[0-9]+(?:\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class YearThresholds(FromConstants):
    """From where on something is worth a finding; data, see `templates/_rules/last_year.yaml`."""

    #: characters that a text must have
    shortest_text: int
    #: how alike two texts are of which one is a copy, of 100
    copied: int
    #: indicators that there must be, all with the values of last year
    fewest_values: int
    #: what names of 三公经费 hold, and what those of savings on them do
    reception: tuple[str, ...]
    saving: tuple[str, ...]


def against_last_year(
    checked: CheckedSubmission, before: Iterable[UnitSummary], thresholds: YearThresholds
) -> Iterator[Finding]:
    """Yield what shows when a form is laid beside those of the same unit of last year.

    Those in another currency are not compared.
    """
    form = summarise(checked)
    comparing = _Comparing(thresholds, Located(checked), unit_of_sums(form.currency or YUAN))
    alike = [one for one in before if one.currency == form.currency]
    for now, old in _pairs(form, alike):
        yield from comparing.findings(now, old)


@dataclass(frozen=True, slots=True)
class _Part:
    """A project, or the department: its money, texts and indicators."""

    compared: ComparedProject
    texts: tuple[TextRow, ...]
    indicators: tuple[IndicatorRow, ...]


def _pairs(now: UnitSummary, before: Sequence[UnitSummary]) -> Iterator[tuple[_Part, _Part]]:
    department, *projects = _parts(now)
    every = [_parts(unit) for unit in before]
    yield from ((department, other) for other, *_ in every)
    olds = [part for _, *parts in every for part in parts]
    pairs = Pairs([old.compared for old in olds], [part.compared for part in projects])
    yield from ((projects[number], olds[old]) for number, old in pairs.earlier.items())


def _parts(unit: UnitSummary) -> list[_Part]:
    """The department, then the projects."""
    view, form = View(unit), compared(unit)
    owners = [None, *(project.path for project in view.projects())]
    texts, indicators = view.texts, view.indicators

    def is_of(owner: object, row: TextRow | IndicatorRow) -> bool:
        return (row.project.path if row.project else None) == owner

    return [
        _Part(
            compared=part,
            texts=tuple(
                row
                for row in texts
                if is_of(owner, row) and not _OF_THE_YEAR.isdisjoint(row.name.steps)
            ),
            indicators=tuple(row for row in indicators if is_of(owner, row) and row.value),
        )
        for part, owner in zip((form.department, *form.projects), owners, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Comparing:
    """Compares parts of one form with those of last year."""

    thresholds: YearThresholds
    located: Located
    #: of the totals of projects
    money: MoneyUnit

    def findings(self, now: _Part, old: _Part) -> Iterator[Finding]:
        """Yield everything that shows of a project or department."""
        yield from self._copied(now, old)
        yield from self._unchanged(now, old)
        yield from self._below(now, old)
        yield from self._reception(now, old)

    def _copied(self, now: _Part, old: _Part) -> Iterator[Finding]:
        """Yield texts that are copied; one that a form asks for in two columns counts once."""
        olds = [(project_key(text.text), text.source) for text in old.texts]
        sources: list[Source] = []
        originals: dict[str, Source] = {}
        for text in now.texts:
            key = project_key(text.text)
            if original := self._original(key, olds):
                sources.append(text.source)
                originals.setdefault(key, original)
        if originals:
            first, *_ = originals.values()
            facts = {"count": len(originals), "place": _place(first)}
            yield self.located.at("copied_from_last_year", sources, facts)

    def _original(self, text: str, olds: Iterable[tuple[str, Source]]) -> Source | None:
        """Where the text stands that this one is a copy of: signs and years may differ alone."""
        if len(text) < self.thresholds.shortest_text:
            return None
        figures = _FIGURE.findall(text)
        for old, source in olds:
            alike = figures == _FIGURE.findall(old) and likeness(text, old)
            if alike and alike >= self.thresholds.copied:
                return source
        return None

    def _unchanged(self, now: _Part, old: _Part) -> Iterator[Finding]:
        before = {_meant(row): row for row in old.indicators}
        same = [row for row in now.indicators if _meant(row) in before]
        if len(same) == len(now.indicators) >= self.thresholds.fewest_values:
            first = before[_meant(same[0])]
            facts = {"count": len(same), "name": same[0].level3, "raw": _value(same[0]).raw,
                     "place": _place(first.source)}  # fmt: skip
            sources = [row.source for row in same]
            yield self.located.at("values_same_as_last_year", sources, facts)

    def _below(self, now: _Part, old: _Part) -> Iterator[Finding]:
        """Yield what falls: shares, and where the money does not fall, numbers too."""
        money, before = now.compared.total.value, old.compared.total.value
        cut = money is not None and before is not None and money < before
        for row, other in _same_names(now, old):
            value, last = _value(row), _value(other)
            if value.comparison not in _AT_LEAST or last.comparison not in _AS_MUCH:
                continue
            if _grew(last, value) and not (cut and value.unit not in _SHARES):
                facts = {"name": row.level3, "raw": value.raw, "before": last.raw,
                         "place": _place(other.source)}  # fmt: skip
                yield self.located.at("below_last_year", [row.source], facts)

    def _reception(self, now: _Part, old: _Part) -> Iterator[Finding]:
        for row, other in _same_names(now, old):
            value, last = _value(row), _value(other)
            wanted = self._is_reception(row.level3) and value.comparison not in _AT_LEAST
            if wanted and _grew(value, last):
                yield self._growth(row.source, row.level3, value.raw, last.raw, other.source)
        money, before = now.compared.total.value, old.compared.total.value
        if not self._is_reception(now.compared.name) or money is None or before is None:
            return
        source, other_source = _total_at(now.compared), _total_at(old.compared)
        if money > before and source and other_source:
            amounts = (phrase("values.money", amount=one, unit=self.money.called)
                       for one in (money, before))  # fmt: skip
            raw, earlier = amounts
            yield self._growth(source, now.compared.name, raw, earlier, other_source)

    def _is_reception(self, name: str) -> bool:
        words, others = self.thresholds.reception, self.thresholds.saving
        return any(word in name for word in words) and not any(word in name for word in others)

    def _growth(
        self, source: Source, name: str, raw: str | Phrase, before: str | Phrase, other: Source
    ) -> Finding:
        facts = {"name": name, "raw": raw, "before": before, "place": _place(other)}
        return self.located.at("reception_costs_grow", [source], facts)


def _place(source: Source) -> str:
    return f"{source.sheet}!{source.cell}"


def _total_at(project: ComparedProject) -> Source | None:
    return project.figures[TOTAL].source if TOTAL in project.figures else None


def _value(row: IndicatorRow) -> TargetValue:
    assert row.value is not None  # others are left out of a part
    return row.value


def _meant(row: IndicatorRow) -> tuple[str, str]:
    """Name and value of an indicator, without years."""
    return squeeze(row.level3), value_key(_value(row).raw)


def _same_names(now: _Part, old: _Part) -> Iterator[tuple[IndicatorRow, IndicatorRow]]:
    """Yield the indicators of a name that both years have once."""
    olds, news = _by_name(old.indicators), _by_name(now.indicators)
    for name, rows in news.items():
        others = olds.get(name, [])
        if len(rows) == len(others) == 1:
            yield rows[0], others[0]


def _by_name(rows: Iterable[IndicatorRow]) -> dict[str, list[IndicatorRow]]:
    found: dict[str, list[IndicatorRow]] = {}
    for row in rows:
        found.setdefault(squeeze(row.level3), []).append(row)
    return found


def _grew(value: TargetValue, before: TargetValue) -> bool:
    """Whether a value is certain to be above another; of money in any unit."""
    number, other = _number(value), _number(before)
    units = [_money(one) or one.unit or "" for one in (value, before)]
    return number is not None and other is not None and units[0] == units[1] and number > other


def _money(value: TargetValue) -> MoneyUnit | None:
    """What money it is a number of: one of a currency."""
    unit = money_unit(value.unit or "")
    return unit and MoneyUnit(unit.currency)


def _number(value: TargetValue) -> Decimal | None:
    """The one number of a value; of money, in one of its currency."""
    if value.number is None or value.upper is not None:
        return None
    unit, one = money_unit(value.unit or ""), _money(value)
    return convert(value.number, unit, one) if unit and one else value.number
