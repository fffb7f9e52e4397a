"""The form of an adjustment (绩效目标调整) → what is approved from then on, and why. Pure.

What a form asks below `adjusted` takes the place of what it prints: `adjusted.value` that of
`value`. A row in which something is chosen and no value is given is dropped. Why stands beside it
(`adjusted.reason`); when and by which document it was approved holds for the project.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from ptxl.merge.rows import Answer, UnitSummary
from ptxl.model.path import Path

_ADJUSTED = Path("adjusted")
_VALUE, _KIND = _ADJUSTED / "value", _ADJUSTED / "kind"
_REASON, _DATE, _DOCUMENT = (_ADJUSTED / name for name in ("reason", "date", "document"))
#: what says how and why something is adjusted, and is no answer that takes the place of another
_ABOUT = frozenset((_KIND, _REASON, _DATE, _DOCUMENT))


@dataclass(frozen=True, slots=True)
class Why:
    """The reason of a change, and the day and the document of its approval, as far as known."""

    reason: str = ""
    day: date | None = None
    document: str = ""


NOT_SAID = Why()


@dataclass(frozen=True, slots=True)
class Replaced:
    """An answer of a project, or of another row, that a form replaces: its name in the row."""

    row: Path
    name: Path
    label: str
    before: object
    now: object


def why_adjusted(unit: UnitSummary) -> dict[Path, Why]:
    """Of each row that a form adjusts, drops or adds, or of which it replaces an answer: why."""
    answers = {one.path: one.value for one in unit.answers}

    def beside(row: Path, name: Path) -> object:
        """What is answered in a row, or else in what it lies in."""
        return next((answers[at / name] for at in reversed(row.rows) if at / name in answers), None)

    found: dict[Path, Why] = {}
    for row in dict.fromkeys([*_chosen(unit), *(one.row for one in replaced_in(unit))]):
        day = beside(row, _DATE)
        reason, document = beside(row, _REASON), beside(row, _DOCUMENT)
        own = day if isinstance(day, date) else None
        found[row] = Why(str(reason or ""), own, str(document or ""))
    return found


def replaced_in(unit: UnitSummary) -> Iterator[Replaced]:
    """The answers of rows that a form replaces, but for their values: rows may also be dropped."""
    held = {**unit.given, **{one.path: one.value for one in unit.answers}}
    for one in unit.answers:
        row, name = one.path.row, one.path.below(one.path.row)
        if row and _takes_a_place(name) and name != _VALUE:
            own = name.below(_ADJUSTED)
            asked = unit.asked.get(row.pattern / own)
            label = asked.label if asked else str(own)
            yield Replaced(row, own, label, held.get(row / own), one.value)


def _chosen(unit: UnitSummary) -> Iterator[Path]:
    """The rows of which a form says what is done with them."""
    for one in unit.answers:
        if one.path.row and one.path.below(one.path.row) == _KIND:
            yield one.path.row


def _takes_a_place(name: Path) -> bool:
    """Whether an answer, by its name in its row, takes the place of another."""
    return name.is_under(_ADJUSTED) and name not in _ABOUT


def as_adjusted(unit: UnitSummary, ids: Mapping[Path, str], row_id: str) -> UnitSummary:
    """The same form as if what is approved from then on stood in it, and dropped rows did not.

    Its rows keep their `ids`, which are noted as what it prints under the name `row_id`.
    """
    answered = {one.path for one in unit.answers}
    dropped = {row for row in _chosen(unit) if row / _VALUE not in answered}
    if not any(path.below(path.row).is_under(_ADJUSTED) for path in answered):
        return unit
    answers = {one.path: one for one in _in_place(unit.answers)}
    moved = {
        to: replace(one, path=to) for path, one in answers.items() if (to := _moved(path, dropped))
    }
    given = {**unit.given, **{row / row_id: own for row, own in ids.items()}}
    return replace(
        unit,
        answers=tuple(moved.values()),
        given={to: text for path, text in given.items() if (to := _moved(path, dropped))},
    )


def _in_place(answers: Collection[Answer]) -> Iterator[Answer]:
    """The answers, those that are adjusted once more in the place of what they adjust."""
    yield from answers
    for one in answers:
        row, name = one.path.row, one.path.below(one.path.row)
        if _takes_a_place(name):
            own = name.below(_ADJUSTED)
            yield replace(one, path=row / own, name=row.pattern / own)


def _moved(path: Path, dropped: Collection[Path]) -> Path:
    """Where an answer stands once rows are gone; "" where it stood in one of them."""
    row = path.row
    if not row or not dropped:
        return path
    if row in dropped:
        return Path()
    before = sum(one.parent == row.parent and _number(one) < _number(row) for one in dropped)
    return row.parent / (_number(row) - before) / path.below(row) if before else path


def _number(row: Path) -> int:
    number = row.steps[-1]
    assert isinstance(number, int)
    return number
