"""A form → what is compared of it with that of another year: amounts and targets. Pure.

As bytes it takes a small part of the room that the form itself would.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from ptxl.merge.rows import (
    Answer,
    Asked,
    FormOf,
    IndicatorRow,
    ProjectRow,
    Source,
    UnitSummary,
    in_sum_unit,
)
from ptxl.merge.views import View
from ptxl.model.path import TOP, Path
from ptxl.values.money import added

#: the money of a project, which totals add up
TOTAL = Path("funds.total")
_PROJECTS, _DEPARTMENT, _BUDGET = Path("projects[]"), Path("department"), Path("department.budget")
_FOUR_DIGITS = re.compile("[0-9]{4}")
#: of a form without `projects`, what is not asked of its one project
_NOT_OF_PROJECTS = (_DEPARTMENT, _PROJECTS)


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in 万元; None where nothing is answered, or what is cannot be read."""

    value: Decimal | None = None
    unread: bool = False

    def __add__(self, other: Amount) -> Amount:
        """Both together: what is known of them, and whether one cannot be read."""
        unread = self.unread or other.unread
        if self.value is None or other.value is None:
            return Amount(other.value if self.value is None else self.value, unread)
        return Amount(added((self.value, other.value)), unread)


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One amount of a project, what the form calls it, and where it stands if it is answered."""

    label: str
    amount: Amount
    source: Source | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """One indicator: its name, and its target value as typed."""

    name: str
    raw: str
    source: Source | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ComparedProject:
    """What is compared of a project, or of a department: all amounts asked, and the targets."""

    code: str
    name: str
    figures: Mapping[Path, Figure]
    targets: tuple[Target, ...]
    #: that its form is of, 0 where it does not say
    year: int = 0
    source: Source | None = None

    @property
    def total(self) -> Amount:
        """The money of the project."""
        return self.figures[TOTAL].amount if TOTAL in self.figures else Amount()


@dataclass(frozen=True, kw_only=True, slots=True)
class ComparedForm:
    """What is compared of one form."""

    form: FormOf
    department: ComparedProject
    projects: tuple[ComparedProject, ...]


def compared(unit: UnitSummary) -> ComparedForm:
    """Take from a form what is compared of it."""
    view = View(unit)
    targets: dict[Path | None, list[Target]] = {}
    for row in view.indicators:
        owner = row.project.path if row.project else None
        targets.setdefault(owner, []).append(_target(row))
    budget = dict(_figures(unit, _below(unit, _BUDGET), view.budget()))
    department = ComparedProject(
        code="", name="", figures=budget, targets=tuple(targets.get(None, ())), year=year_of(unit)
    )
    projects = tuple(_project(unit, one, targets.get(one.path, ())) for one in view.projects())
    return ComparedForm(form=unit.form, department=department, projects=projects)


def _target(row: IndicatorRow) -> Target:
    return Target(name=row.level3, raw=row.value.raw if row.value else "", source=row.source)


def _project(unit: UnitSummary, project: ProjectRow, targets: Iterable[Target]) -> ComparedProject:
    asked = _below(unit, _PROJECTS if project.path else TOP)
    return ComparedProject(
        code=project.text("code"),
        name=project.text("name"),
        figures=dict(_figures(unit, asked, project.answers)),
        targets=tuple(targets),
        year=year_of(unit),
        source=project.source,
    )


def year_of(unit: UnitSummary) -> int:
    """The year that a form is of, 0 where it does not say."""
    _, year = unit.shared.get("year", ("", ""))
    return int(year) if _FOUR_DIGITS.fullmatch(year) else 0


def _below(unit: UnitSummary, owner: Path) -> Iterator[tuple[Path, Asked]]:
    """Yield the amounts that are asked once of a project or budget, by name below it."""
    for name, asked in unit.asked.items():
        elsewhere = not owner and any(map(name.is_under, _NOT_OF_PROJECTS))
        if asked.summed and name.is_under(owner) and not elsewhere:
            below = name.below(owner)
            if below.column is None:
                yield below, asked


def _figures(
    unit: UnitSummary, every: Iterable[tuple[Path, Asked]], answers: Mapping[Path, Answer]
) -> Iterator[tuple[Path, Figure]]:
    for name, asked in every:
        answer = answers.get(name)
        if answer is None:
            yield name, Figure(label=asked.label, amount=Amount())
            continue
        value = answer.value
        amount = in_sum_unit(value, asked) if isinstance(value, Decimal) else None
        known = Amount(amount, unread=amount is None)
        source = Source(file=unit.file, sheet=answer.sheet, cell=answer.cell)
        yield name, Figure(label=asked.label, amount=known, source=source)


# -- as bytes


def pack(form: ComparedForm) -> bytes:
    """Turn what is compared of a form into few bytes, but for its places."""
    told = [getattr(form.form, each.name) for each in fields(FormOf)]
    projects = [_plain(one) for one in (form.department, *form.projects)]
    return zlib.compress(json.dumps([told, projects]).encode("ascii"))


def unpack(packed: bytes) -> ComparedForm:
    """Turn it back."""
    told, (department, *projects) = json.loads(zlib.decompress(packed))
    names = (each.name for each in fields(FormOf))
    return ComparedForm(
        form=FormOf(**dict(zip(names, told, strict=True))),
        department=_from_plain(department),
        projects=tuple(map(_from_plain, projects)),
    )


def _plain(project: ComparedProject) -> list[object]:
    figures = [
        [name, one.label, one.amount.unread, _text(one.amount.value)]
        for name, one in project.figures.items()
    ]
    targets = [[target.name, target.raw] for target in project.targets]
    return [project.code, project.name, figures, targets, project.year]


def _from_plain(plain: Sequence[Any]) -> ComparedProject:
    code, name, figures, targets, year = plain
    return ComparedProject(
        code=code,
        name=name,
        figures={
            Path(name): Figure(label=label, amount=Amount(_number(value), unread))
            for name, label, unread, value in figures
        },
        targets=tuple(Target(name=name, raw=raw) for name, raw in targets),
        year=year,
    )


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
