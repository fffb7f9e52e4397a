"""Unit summaries, one after the other → what only shows when units are laid side by side. Pure.

One text in projects of several units, a value far from what others give for the same indicator,
one kind of project measured by other indicators: hints for the reviewer, each naming both places.
Of each form a few hashes, numbers and places are kept, never the form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from decimal import Decimal
from hashlib import blake2b
from itertools import chain, starmap
from statistics import median_low

from ptxl.merge.rows import IndicatorRow, ProjectRow, Source, UnitSummary
from ptxl.model.findings import Code, Finding, finding
from ptxl.text import squeeze
from ptxl.values.target_value import TargetValue

_YEAR = re.compile(r"(?:19|20)[0-9]{2}年度?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Thresholds:
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

    @classmethod
    def of(cls, constants: Mapping[str, object]) -> Thresholds:
        """The thresholds among the constants of a file of rules."""
        given: dict[str, object] = {entry.name: constants[entry.name] for entry in fields(cls)}
        return cls(**given)  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True, slots=True)
class Crossed:
    """A finding on one form that comes from laying it beside another."""

    unit: str
    finding: Finding
    source: Source
    other: Source


@dataclass(frozen=True, slots=True)
class _Place:
    """Where something stands, and whose it is; orders by unit, so that files may come in any."""

    code: str
    unit: str
    project: str
    source: Source

    def key(self) -> tuple[object, ...]:
        return self.code, *_order(self.source)


@dataclass(frozen=True, slots=True)
class _Value:
    number: Decimal
    raw: str
    place: _Place


@dataclass(frozen=True, slots=True)
class _Project:
    name: str
    indicators: frozenset[bytes]
    place: _Place


@dataclass(slots=True)
class Across:
    """Takes in what counts, one form at a time; `findings` at the end."""

    thresholds: Thresholds
    _texts: dict[bytes, list[tuple[str, _Place]]] = field(default_factory=dict)
    _values: dict[tuple[str, str], list[_Value]] = field(default_factory=dict)
    _projects: dict[str, list[_Project]] = field(default_factory=dict)

    def add(self, summary: UnitSummary) -> None:
        """Keep what one form may have in common with others."""
        unit = summary.identity.unit
        for text in summary.texts:
            plain = squeeze(text.text)
            cites = any(word in plain for word in self.thresholds.citing)
            if len(plain) >= self.thresholds.shortest_text and not cites:
                place = _Place(unit.code, unit.name, text.project, text.source)
                self._texts.setdefault(_digest(plain), []).append((text.label, place))
        for row in summary.indicators:
            self._add_value(row, _Place(unit.code, unit.name, row.project, row.source))
        for project in summary.projects:
            place = _Place(unit.code, unit.name, project.name, project.source)
            self._add_project(project, summary.indicators, place)

    def _add_value(self, row: IndicatorRow, place: _Place) -> None:
        match row.value:
            case TargetValue(number=Decimal() as number, upper=None) as value if number > 0:
                unit = value.unit or ""
                if not any(word in unit for word in self.thresholds.sizes):
                    found = self._values.setdefault((squeeze(row.level3), unit), [])
                    found.append(_Value(number, value.raw, place))

    def _add_project(
        self, project: ProjectRow, indicators: Sequence[IndicatorRow], place: _Place
    ) -> None:
        own = [_digest(squeeze(row.level3)) for row in indicators if row.owner == project.path]
        name = _YEAR.sub("", squeeze(project.name))
        if name and own:
            found = self._projects.setdefault(name, [])
            found.append(_Project(project.name, frozenset(own), place))

    def findings(self) -> Iterator[Crossed]:
        """Everything found, in an order that does not depend on that of the files."""
        yield from _in_order(map(_same_text, self._texts.values()))
        yield from _in_order(starmap(self._outlying, self._values.items()))
        yield from _in_order(map(self._measured_otherwise, self._projects.values()))

    def _outlying(self, about: tuple[str, str], values: list[_Value]) -> Iterator[Crossed]:
        name, unit = about
        if len(values) < self.thresholds.fewest_values or len({v.place.code for v in values}) < 2:
            return
        middle = median_low(value.number for value in values)
        usual = min(
            (value for value in values if value.number == middle), key=lambda v: v.place.key()
        )
        for value in values:
            low, high = sorted((value.number, middle))
            if high > low * self.thresholds.times:
                yield _crossed(
                    "value_outlying", value.place, usual.place, name=name, raw=value.raw,
                    count=len(values), median=f"{middle.normalize():f}{unit}",
                    times=self.thresholds.times, other_raw=usual.raw,
                )  # fmt: skip

    def _measured_otherwise(self, projects: list[_Project]) -> Iterator[Crossed]:
        first, *rest = sorted(projects, key=lambda project: project.place.key())
        for project in rest:
            shared = len(first.indicators & project.indicators)
            fewer = min(len(first.indicators), len(project.indicators))
            differ = shared * 100 < fewer * self.thresholds.least_shared
            if differ and project.place.code != first.place.code:
                yield _crossed(
                    "indicators_differ", project.place, first.place, name=project.name,
                    own=len(project.indicators), others=len(first.indicators), shared=shared,
                )  # fmt: skip


def _digest(text: str) -> bytes:
    """What stands for a text: the same in every process, and short."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _same_text(same: list[tuple[str, _Place]]) -> Iterator[Crossed]:
    (_, first), *rest = sorted(same, key=lambda one: one[1].key())
    for label, place in rest:
        if place.code != first.code:
            yield _crossed(
                "same_text_elsewhere", place, first, text=label, other_project=first.project
            )


def _crossed(code: Code, place: _Place, other: _Place, **facts: object) -> Crossed:
    where = f"{other.source.file} {other.source.sheet}!{other.source.cell}"
    found = finding(
        code, sheet=place.source.sheet, cell=place.source.cell, other_unit=other.unit,
        other_place=where, **facts,
    )  # fmt: skip
    unit = f"{place.code} {place.unit}"
    return Crossed(unit=unit, finding=found, source=place.source, other=other.source)


def _in_order(found: Iterable[Iterable[Crossed]]) -> list[Crossed]:
    return sorted(chain.from_iterable(found), key=lambda one: (one.unit, *_order(one.source)))


def _order(source: Source) -> tuple[object, ...]:
    """D9 before D11."""
    return source.file, source.sheet, len(source.cell), source.cell
