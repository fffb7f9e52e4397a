"""Summaries of the stages of a year, in their order → what became of each row. Pure.

A row (a project, an indicator) has one id in all stages: the one that its form was issued with, or
else one that is made here of what it is called. So a stage's forms say nothing that another one
would have to be told by a name or by the number of a row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from ptxl.layout.identity import code_of
from ptxl.merge.adjusted import (
    NOT_SAID,
    Replaced,
    Why,
    as_adjusted,
    replaced_in,
    why_adjusted,
)
from ptxl.merge.names import code_key
from ptxl.merge.rows import Answer, UnitSummary
from ptxl.model.form import ROW_ID
from ptxl.model.path import TOP, Path
from ptxl.text import plain
from ptxl.values.target_value import TargetValue

#: what a row is called by, if it has that: the first of these alone, or all of the last
_NAMES: tuple[tuple[str, ...], ...] = (
    ("code",), ("name",), ("level1", "level2", "level3"),
)  # fmt: skip
#: what a form asks of its unit as a whole stands below this
DEPARTMENT = Path("department")
#: the answer in a row that is approved, and may be adjusted
_VALUE = "value"
What = Literal["added", "dropped", "adjusted"]


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a row in a stage, by its number: what was approved before and is now.

    `name` and `label` are of the answer that was adjusted, "" where it is the value of the row.
    """

    stage: int
    what: What
    before: str = ""
    now: str = ""
    why: Why = NOT_SAID
    name: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """What a row holds in one stage: its answers by name in the row, and the file they are in."""

    file: str
    answers: Mapping[str, Answer]
    given: Mapping[str, str]

    def text(self, name: str) -> str:
        """What is answered or printed under a name; "" if nothing is."""
        answer = self.answers.get(name)
        return text_of(answer.value) if answer else self.given.get(name, "")


@dataclass(slots=True)
class Line:
    """A row through the year: whose it is, what it is called, and what it holds in each stage.

    `table` is that in which it stands, without numbers; the department as a whole stands in none,
    and is called nothing. `outer` is the id of the project, or the department, that it belongs to,
    "" of these themselves.
    """

    id: str
    code: str
    unit: str
    table: Path
    outer: str
    called: str
    stages: dict[int, Stage] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)

    @property
    def is_department(self) -> bool:
        """Whether it is the department as a whole."""
        return not self.table

    @property
    def asked(self) -> Path:
        """How a form that asks for such rows names them."""
        return DEPARTMENT if self.is_department else Path(f"{self.table}[]")


def text_of(value: object) -> str:
    """A value as somebody would have typed it."""
    if isinstance(value, TargetValue):
        return value.raw
    return plain(value) if isinstance(value, str | Decimal | date) else ""


def values_of(unit: UnitSummary) -> dict[Path, object]:
    """What is answered and printed in a form, by path."""
    return {**unit.given, **{one.path: one.value for one in unit.answers}}


def ids_of(unit: UnitSummary) -> dict[Path, str]:
    """The id of each row that holds an answer, each behind the one that it lies in.

    Of rows that are called alike each has a number, in their order.
    """
    values = values_of(unit)
    rows = dict.fromkeys(row for one in unit.answers for row in one.path.rows)
    ids: dict[Path, str] = {}
    uses: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        if row.pattern not in unit.asked:
            continue  # no row of a table, but one of several plain answers
        outer = next((ids[around] for around in reversed(row.rows[:-1])), unit.form.code)
        called = (outer, row.parent.pattern, *(code_key(name) for name in names_of(row, values)))
        uses[called] += 1
        issued = values.get(row / ROW_ID)
        ids[row] = str(issued) if issued else code_of([*called, str(uses[called])])
    return ids


def names_of(row: Path, values: Mapping[Path, object]) -> tuple[str, ...]:
    """What tells a row from the others of its table, as far as it has that."""
    for names in _NAMES:
        texts = tuple(text_of(values.get(row / name)) for name in names)
        if any(texts):
            return texts
    return ()


def year_of(stages: Sequence[Iterable[UnitSummary]]) -> tuple[Line, ...]:
    """What became of each row through stages in their order: in that of the first that has it.

    Of a project that was added or dropped nothing is said of its rows.
    """
    lines: dict[str, Line] = {}
    #: the stages in which a unit has a form that asks for a table, by its pattern
    present: dict[tuple[str, Path], list[int]] = {}
    why: dict[tuple[int, str], Why] = {}
    replaced: dict[str, list[Change]] = {}
    for number, units in enumerate(stages):
        for unit in units:
            for asked in _asked(unit):
                present.setdefault((unit.form.code, asked), []).append(number)
            ids = ids_of(unit)
            why |= {(number, ids[row]): own for row, own in why_adjusted(unit).items()}
            for one in replaced_in(unit):
                replaced.setdefault(ids[one.row], []).append(_replaced(number, one))
            for line, stage in _rows_of(as_approved(unit)):
                lines.setdefault(line.id, line).stages[number] = stage
    for line in lines.values():
        around = lines[line.outer].changes if line.outer in lines else []
        told = {(change.stage, change.what) for change in around if change.what != "adjusted"}
        changes = [*_changes(line, present[line.code, line.asked]), *replaced.get(line.id, ())]
        for one in sorted(changes, key=lambda one: one.stage):
            if (one.stage, one.what) not in told:
                own = why.get((one.stage, line.id), NOT_SAID)
                line.changes.append(replace(one, why=own))
    return tuple(lines.values())


def _replaced(stage: int, one: Replaced) -> Change:
    before, now = text_of(one.before), text_of(one.now)
    return Change(stage, "adjusted", before, now, name=str(one.name), label=one.label)


def as_approved(unit: UnitSummary) -> UnitSummary:
    """A form as if all that is approved by it stood in it: adjusted values, no dropped rows."""
    return as_adjusted(unit, ids_of(unit), ROW_ID)


def _asked(unit: UnitSummary) -> frozenset[Path]:
    """What a form asks for, by name; the department as a whole is there too."""
    of_department = any(name.is_under(DEPARTMENT) for name in unit.asked)
    return frozenset(unit.asked) | ({DEPARTMENT} if of_department else set())


def _rows_of(unit: UnitSummary) -> Iterator[tuple[Line, Stage]]:
    values, ids = values_of(unit), ids_of(unit)
    if DEPARTMENT in _asked(unit):
        ids = {DEPARTMENT: code_of([unit.form.code, DEPARTMENT]), **ids}
    answers: dict[Path, dict[str, Answer]] = {}
    for one in unit.answers:
        home = _home(one.path, ids)
        if home in ids:
            answers.setdefault(home, {})[str(one.path.below(home))] = one
    given: dict[Path, dict[str, str]] = {}
    for path, text in unit.given.items():
        home = _home(path, ids)
        given.setdefault(home, {})[str(path.below(home))] = text
    for row, own in ids.items():
        around = (DEPARTMENT, *row.rows[:-1]) if row.parent.is_under(DEPARTMENT) else row.rows[:-1]
        outer = next((ids[one] for one in reversed(around)), "")
        names = [text_of(values.get(row / "name")), *reversed(names_of(row, values))]
        called = next(filter(None, names), "")
        line = Line(own, unit.form.code, unit.form.name, row.parent.pattern, outer, called)
        yield line, Stage(unit.file, answers.get(row, {}), given.get(row, {}))


def _home(path: Path, ids: Collection[Path]) -> Path:
    """The row that an answer stands in, or the department of which it says something."""
    around = (DEPARTMENT, *path.rows) if path.is_under(DEPARTMENT) else path.rows
    return next((one for one in reversed(around) if one in ids), TOP)


def _changes(line: Line, present: Sequence[int]) -> Iterator[Change]:
    """What became of a row, stage by stage, as far as its unit has a form there."""
    before: Stage | None = None
    for place, number in enumerate(present):
        now = line.stages.get(number)
        if now and not before and place:
            yield Change(number, "added", now=now.text(_VALUE))
        elif before and not now:
            yield Change(number, "dropped", before=before.text(_VALUE))
        elif before and now and before.text(_VALUE) != now.text(_VALUE):
            yield Change(number, "adjusted", before.text(_VALUE), now.text(_VALUE))
        before = now
