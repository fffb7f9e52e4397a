"""The files of one form that is due → which of them counts, and how the form stands. Pure.

Of those without errors the newest counts. What the officer accepted by hand counts before all
others, what was rejected never does, and of equal answers in a row the first one stands for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from ptxl.rounds.board import ACCEPTABLE, SLACK, Filed, Line, Standing
from ptxl.rounds.compare import Comparison, changes_between, compare
from ptxl.rounds.records import Due, FormRecord
from ptxl.words import Phrase, phrase

#: forms with answers, of this round and unit, from good to bad
_ANSWERED = (
    Standing.ACCEPTED, Standing.TO_CHECK, Standing.TO_CORRECT, Standing.MISNAMED,
    Standing.REJECTED,
)  # fmt: skip
#: what somebody has to do something about before the form counts: the smaller, the more urgent
_URGENCY = {
    Standing.TO_CORRECT: 0,
    Standing.MISNAMED: 0,
    Standing.REJECTED: 0,
    Standing.BLANK: 1,
    Standing.UNREADABLE: 1,
    Standing.OTHER_YEAR: 2,
    Standing.FOREIGN: 3,
}
#: what is sent within it is sent together
_TOGETHER = timedelta(minutes=10)


def line_of(due: Due, files: Iterable[Filed], strays: Iterable[Filed] = ()) -> Line:
    """Say how a form stands, given all files that concern it.

    `strays` are forms of other units that are called by the name of this one.
    """
    ordered = sorted(files, key=lambda one: one.order)
    compared = _compared(ordered)
    counted = _counted(compared)
    settled = [_settled(one, counted) for one in compared]
    wanting = _wanting(settled, counted)
    doubts = tuple(_doubts(settled, counted)) if counted else ()
    remarks = _remarks(settled, counted, wanting, doubts, tuple(strays))
    return Line(
        due=due,
        state=_state(counted, wanting, doubts),
        files=tuple(settled),
        counted=counted,
        to_return=wanting if wanting and wanting.record else None,
        remarks=tuple(dict.fromkeys(remarks)),
    )


# -- each form and the one before it


@dataclass(slots=True)
class _Before:
    """The forms that came before, as far as they matter for the next one."""

    last: Filed | None = None
    by_digest: dict[str, Filed] = field(default_factory=dict)
    rejected: list[Filed] = field(default_factory=list)

    def compared(self, one: Filed, record: FormRecord) -> Filed:
        """Compare a form with the last one, and say whether it only repeats it.

        So does one that was made of an older one and changes nothing, and one with the answers of
        any that was rejected.
        """
        made_of = self.by_digest.get(record.came_from)
        earlier = (self.last, made_of, *self.rejected)
        repeats = any(_repeats(one, other) for other in earlier if other)
        self.by_digest[one.received.digest] = one
        if self.last:
            one = replace(one, comparison=_comparison(self.last, record, made_of))
        if repeats:
            return replace(one, state=Standing.DUPLICATE)
        if one.state is Standing.REJECTED:
            self.rejected.append(one)
        self.last = one
        return one


def _compared(ordered: Sequence[Filed]) -> list[Filed]:
    """The files, each form compared with the one before it."""
    before = _Before()
    found = []
    for one in ordered:
        if one.record and one.state in _ANSWERED:
            one = before.compared(one, one.record)
        found.append(one)
    return found


def _repeats(one: Filed, other: Filed) -> bool:
    """Whether a form only repeats an earlier one: the same answers, and nothing better of it.

    What was rejected does not get better by being sent again, until somebody decides about it.
    """
    if one.decision or not one.record or not other.record or not _equal(one.record, other.record):
        return False
    return other.state is Standing.REJECTED or _badness(other) <= _badness(one)


def _equal(one: FormRecord, other: FormRecord) -> bool:
    return not any(True for _ in changes_between(one, other))


def _badness(one: Filed) -> tuple[int, int]:
    errors = one.record.count("error") if one.record else 0
    return _ANSWERED.index(one.state), errors


def _comparison(before: Filed, record: FormRecord, made_of: Filed | None) -> Comparison:
    common = made_of.record if made_of else None
    return compare(before.form, before.received.digest, record, common)


# -- which one counts


def _counted(ordered: Sequence[Filed]) -> Filed | None:
    """The file that counts: what was accepted by hand last, else the newest without errors."""
    able = [one for one in ordered if one.state in ACCEPTABLE]
    by_hand = [(one.decision.decided, number) for number, one in enumerate(able) if one.decision]
    if by_hand:
        return able[max(by_hand)[1]]
    return able[-1] if able else None


def _settled(one: Filed, counted: Filed | None) -> Filed:
    """A file as it is beside the one that counts, which replaces what is older or as good."""
    if counted is None or one is counted or one.state not in _ANSWERED:
        return one
    older = one.order < counted.order and one.state is not Standing.REJECTED
    if older or one.state in ACCEPTABLE:
        return replace(one, state=Standing.SUPERSEDED)
    return one


def _wanting(files: Iterable[Filed], counted: Filed | None) -> Filed | None:
    """The newest of the most urgent files that something must be done about.

    Where a file counts, only what came after it, and the officer did not reject. What is no form
    and was rejected is settled.
    """
    found = []
    for one in files:
        settled = one.state is Standing.REJECTED and (counted or not one.record)
        newer = counted is None or one.order > counted.order
        if one.state in _URGENCY and newer and not settled:
            found.append(one)
    return max(found, key=lambda one: (-_URGENCY[one.state], one.order), default=None)


def _state(
    counted: Filed | None, wanting: Filed | None, doubts: Sequence[Phrase]
) -> Standing:  # fmt: skip
    if not counted:
        return wanting.state if wanting else Standing.MISSING
    if wanting or doubts:
        return Standing.TO_CHECK
    return counted.state


# -- whether it is the right one


def _doubts(files: Sequence[Filed], counted: Filed) -> Iterator[Phrase]:
    """Why another file may be meant than the one that counts."""
    if _in_conflict(counted):
        yield phrase("rounds.conflict")
    if _came_after_decision(files, counted):
        yield phrase("rounds.came_after_decision")
    if counted.decision:
        return
    for one in files:
        if one.state is Standing.SUPERSEDED:
            yield from _doubts_about_order(one, counted)


def _doubts_about_order(older: Filed, counted: Filed) -> Iterator[Phrase]:
    """Why an older file may be the newer one: it was saved later, or sent once more."""
    unrelated = counted.form.came_from != older.received.digest
    if unrelated and older.saved and counted.saved and older.saved > counted.saved + SLACK:
        yield phrase(
            "rounds.saved_later", counted=counted.saved.date(), other=older.saved.date(),
            counted_sent=counted.sent[0].date(), other_sent=older.sent[0].date(),
        )  # fmt: skip
    if older.sent[0] <= counted.sent[-1] < older.sent[-1] - _TOGETHER:
        days = _days(counted.sent[-1], older.sent[-1])
        yield phrase("rounds.sent_again", counted=days[0], other=days[1])


def _in_conflict(counted: Filed) -> bool:
    if counted.decision or not counted.comparison:
        return False
    return counted.comparison.relation == "conflict"


def _came_after_decision(files: Iterable[Filed], counted: Filed) -> Filed | None:
    """A good newer form that was collected after another was accepted by hand: nobody saw it."""
    decision = counted.decision
    if not decision:
        return None
    unseen = (
        one for one in files
        if one.state is Standing.SUPERSEDED and one.order > counted.order
        and one.received.number > decision.seen
    )  # fmt: skip
    return next(unseen, None)


# -- what the officer has to know beside that


def _remarks(
    files: Sequence[Filed], counted: Filed | None, wanting: Filed | None,
    doubts: Sequence[Phrase], strays: Sequence[Filed],
) -> Iterator[Phrase]:  # fmt: skip
    """Which file counts, and what else came."""
    if wanting:
        yield from wanting.remarks
    if not counted:
        for one in strays:
            unit = f"{one.unit} {one.record.unit.name}" if one.record else one.unit
            yield phrase("rounds.stray", file=one.name, unit=unit)
        return
    yield from counted.remarks
    replaced = [one for one in files if one.state is Standing.SUPERSEDED]
    if replaced:
        yield _replaced(counted, replaced[-1])
    yield from doubts
    if wanting:
        yield _not_replaced(counted, wanting)


def _replaced(counted: Filed, other: Filed) -> Phrase:
    """Two came and one counts: which, and how they differ."""
    changes = tuple(
        phrase("rounds.change", label=one.label, before=one.before, after=one.after)
        for one in changes_between(other.form, counted.form)
    )
    code = "rounds.replaced" if other.order < counted.order else "rounds.chosen_by_hand"
    days = _days(counted.moment, other.moment)
    return phrase(code, counted=days[0], other=days[1], changes=changes)


def _not_replaced(counted: Filed, newer: Filed) -> Phrase:
    """What came last does not count: what it is, and what counts instead."""
    days = _days(counted.moment, newer.moment)
    errors = newer.record.count("error") if newer.record else 0
    if newer.state is Standing.TO_CORRECT:
        return phrase("rounds.not_replaced", counted=days[0], newer=days[1], errors=errors)
    return phrase("rounds.not_counted", counted=days[0], newer=days[1], state=newer.state)


def _days(one: datetime, other: datetime) -> tuple[date | str, date | str]:
    """The days of two moments; on the same day, the times of day too."""
    if one.date() != other.date():
        return one.date(), other.date()
    return one.isoformat(" ", "minutes"), other.isoformat(" ", "minutes")
