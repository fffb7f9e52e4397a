"""Everything that a round received → its board: what each file is, and what counts. Pure.

Which file counts of a unit and form: of those without errors the newest. New is what the sender let
go of last: by the date of the mail, else by the time at which the workbook was saved, if that lies
between issue and arrival, else by the time of arrival. What the officer accepted by hand counts
before all others, and what was rejected never does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ptxl.rounds.board import ACCEPTABLE, Board, Filed, Line, Standing
from ptxl.rounds.compare import Comparison, compare
from ptxl.rounds.names import UnitNames
from ptxl.rounds.records import (
    Arrival,
    Container,
    Decision,
    Due,
    FormRecord,
    Received,
    Refused,
)
from ptxl.words import Phrase, phrase

#: what a form can be beside the file that counts
_WITHOUT_FORM = (Standing.ATTACHMENT, Standing.OPENED, Standing.NO_RETURN, Standing.UNREADABLE)
#: files refused with these are pictures and documents that people send along
_ATTACHMENTS = ("document", "not_a_workbook")
_NO_RETURNS = ("own_output",)
#: what somebody has to do before the form counts, the most urgent first
_OPEN_STATES = (
    Standing.TO_CORRECT, Standing.MISNAMED, Standing.BLANK, Standing.UNREADABLE,
    Standing.OTHER_YEAR, Standing.FOREIGN, Standing.REJECTED,
)  # fmt: skip
#: a clock that is wrong by less does not matter
_SLACK = timedelta(days=1)
#: two forms share this part of their longer answers, and at least so many: they are copies
_COPIED_SHARE, _COPIED_LEAST, _LONG_ANSWER = 0.9, 3, 10
#: an answer that so many give is no sign of copying
_COMMON = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """By what files are sorted: the round's id, its forms, its deadline, and when they went out."""

    round: str
    dues: Sequence[Due]
    deadline: datetime
    issued: datetime | None
    now: datetime


def make_board(
    terms: Terms, received: Iterable[Received], decisions: Iterable[Decision] = ()
) -> Board:
    """Sort all received files, decide what counts, and say how each form that is due stands.

    Of several decisions about a file the last holds.
    """
    sorter = _Sorter(terms, {one.digest: one for one in decisions})
    filed = _with_copies(list(map(sorter.file, received)))
    by_due: dict[tuple[str, str], list[Filed]] = {due.key: [] for due in terms.dues}
    others = []
    for one in filed:
        key = sorter.due_of(one)
        by_due[key].append(one) if key else others.append(one)
    lines = tuple(_line(due, by_due[due.key]) for due in terms.dues)
    return Board(lines=lines, others=tuple(others), deadline=terms.deadline, now=terms.now)


# -- one file


@dataclass(frozen=True, slots=True)
class _Sorter:
    """Says of one file what it is, as far as that does not depend on others."""

    terms: Terms
    decisions: Mapping[str, Decision]
    _dues: dict[tuple[str, str], Due] = field(init=False)
    _names: UnitNames = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_dues", {due.key: due for due in self.terms.dues})
        units = {due.unit.code: due.unit for due in self.terms.dues}
        object.__setattr__(self, "_names", UnitNames(units.values()))

    def file(self, received: Received) -> Filed:
        """Say what a file is by itself."""
        decision = self.decisions.get(received.digest)
        first = min(received.arrivals, key=lambda arrival: arrival.moment)
        state, unit, remarks = self._judged(received)
        if decision:
            state, why = _decided(received, state, decision)
            remarks = (*remarks, why)
        if len(received.arrivals) > 1:
            remarks = (*remarks, phrase("rounds.several_times", count=len(received.arrivals)))
        return Filed(
            received=received, state=state, unit=unit, moment=self._moment(received, first),
            late=first.moment > self.terms.deadline, remarks=remarks, decision=decision,
        )  # fmt: skip

    def _judged(self, received: Received) -> tuple[Standing, str, tuple[Phrase, ...]]:
        """Standing, unit and remarks of a file, whatever was decided."""
        match received.judgement:
            case Container(faults=faults):
                return Standing.OPENED, "", faults
            case Refused() as refused:
                named = self._names.named_by(received.arrivals[0].names)
                return _state_of_refused(refused), named, (refused.sentence,)
            case FormRecord() as record:
                return self._judged_form(record, received)
        raise TypeError(received.judgement)

    def _judged_form(
        self, record: FormRecord, received: Received
    ) -> tuple[Standing, str, tuple[Phrase, ...]]:
        unit = record.unit.code
        state, why = self._belongs(record)
        if state:
            return state, unit, (why,)
        misnamed = self._misnamed(record, received.arrivals)
        if misnamed:
            return Standing.MISNAMED, unit, (misnamed,)
        return _state_of_form(record), unit, ()

    def _belongs(self, record: FormRecord) -> tuple[Standing | None, Phrase]:
        """Whether a form is of this round: None, or what it is and why."""
        due = self._dues.get((record.unit.code, record.template))
        unit = f"{record.unit.code} {record.unit.name}"
        if due:
            for name, (meaning, wanted) in due.shared.items():
                found = record.shared.get(name, (meaning, wanted))[1]
                if found != wanted:
                    facts = {"meaning": meaning, "found": found, "expected": wanted}
                    return Standing.OTHER_YEAR, Phrase("rounds.other_year", facts)
        if record.round and record.round != self.terms.round:
            return Standing.FOREIGN, phrase("rounds.other_round", title=record.title)
        if not due and record.unit.code not in self._names:
            return Standing.FOREIGN, phrase("rounds.unknown_unit", unit=unit)
        if not due:
            return Standing.FOREIGN, phrase("rounds.not_due", unit=unit, title=record.title)
        if not record.round:
            return Standing.FOREIGN, phrase("rounds.of_no_round")
        return None, Phrase("")

    def _misnamed(self, record: FormRecord, arrivals: Sequence[Arrival]) -> Phrase | None:
        """Whether every name under which a form came is that of another unit."""
        own = record.unit.code
        named = [self._names.in_name(arrival.names[-1], own) for arrival in arrivals]
        if own in named or not all(named):
            return None
        told = self._names.of(named[0])
        facts = {"named": told, "unit": f"{own} {record.unit.name}"}
        return Phrase("rounds.misnamed", facts)

    def _moment(self, received: Received, first: Arrival) -> datetime:
        """When the sender let go of a file."""
        record = received.judgement
        saved = record.saved if isinstance(record, FormRecord) else None
        issued = self.terms.issued
        if first.sent or not saved or not issued:
            return first.moment
        plausible = issued - _SLACK <= saved <= first.arrived + _SLACK
        return saved if plausible else first.moment

    def due_of(self, one: Filed) -> tuple[str, str] | None:
        """The form that is due which a file concerns; of a file without identity the unit's first.

        None where there is none.
        """
        if one.record:
            key = one.unit, one.record.template
            return key if key in self._dues else None
        return next((key for key in self._dues if key[0] == one.unit), None)


def _state_of_refused(refused: Refused) -> Standing:
    if refused.code in _NO_RETURNS:
        return Standing.NO_RETURN
    return Standing.ATTACHMENT if refused.code in _ATTACHMENTS else Standing.UNREADABLE


def _state_of_form(record: FormRecord) -> Standing:
    if record.blank:
        return Standing.BLANK
    if record.count("error"):
        return Standing.TO_CORRECT
    return Standing.TO_CHECK if record.count("warning") else Standing.ACCEPTED


def _decided(received: Received, state: Standing, decision: Decision) -> tuple[Standing, Phrase]:
    """What a file is after the officer decided about it, and why."""
    why = phrase(f"rounds.{decision.verdict}", reason=decision.reason)
    if decision.verdict == "reject":
        return Standing.REJECTED, why
    record = received.judgement
    if not isinstance(record, FormRecord):
        return state, why
    return _state_of_form(record), why


# -- files beside each other


def _with_copies(filed: Sequence[Filed]) -> list[Filed]:
    """The files, those said to be copies that share their longer answers with other units."""
    shared = _shared_answers(filed)
    found = []
    for one in filed:
        others = shared.get(one.received.digest, ())
        if others:
            remark = phrase("rounds.same_answers", files=tuple(others))
            state = Standing.TO_CHECK if one.state is Standing.ACCEPTED else one.state
            one = replace(one, state=state, remarks=(*one.remarks, remark))
        found.append(one)
    return found


def _shared_answers(filed: Iterable[Filed]) -> dict[str, list[str]]:
    """For each file the forms of other units with as good as the same longer answers."""
    forms = [
        one for one in filed if one.record and one.state not in (Standing.FOREIGN, Standing.BLANK)
    ]
    longer = {one.received.digest: _longer_answers(one.record) for one in forms if one.record}
    holders: dict[tuple[str, str], list[Filed]] = {}
    for one in forms:
        for answer in longer[one.received.digest]:
            holders.setdefault(answer, []).append(one)
    together: Counter[tuple[str, str]] = Counter()
    by_digest = {one.received.digest: one for one in forms}
    for same in holders.values():
        if len(same) <= _COMMON:
            together.update(_pairs(same))
    found: dict[str, list[str]] = {}
    for pair, count in together.items():
        least = min(len(longer[digest]) for digest in pair)
        if count >= max(_COPIED_LEAST, _COPIED_SHARE * least):
            for digest, other in (pair, reversed(pair)):
                found.setdefault(digest, []).append(by_digest[other].name)
    return found


def _pairs(files: Sequence[Filed]) -> Iterator[tuple[str, str]]:
    """Each two files of different units."""
    for number, one in enumerate(files):
        for other in files[:number]:
            if one.unit != other.unit:
                yield one.received.digest, other.received.digest


def _longer_answers(record: FormRecord) -> frozenset[tuple[str, str]]:
    """The answers that two units do not give alike by chance."""
    long = ((path, answer.text) for path, answer in record.answers.items())
    return frozenset((path, text) for path, text in long if len(text) >= _LONG_ANSWER)


# -- one form that is due


def _line(due: Due, files: Iterable[Filed]) -> Line:
    """How a form stands, given all files that concern it."""
    ordered = sorted(files, key=lambda one: (one.moment, one.received.digest))
    counted = _counted(ordered)
    settled = tuple(_settled(ordered, counted))
    shown = next((o for o in settled if counted and o.received == counted.received), None)
    to_return = _to_return(settled, shown)
    remarks = _line_remarks(settled, shown, to_return)
    state = _line_state(settled, shown, to_return)
    return Line(
        due=due, state=state, files=settled, counted=shown, to_return=to_return, remarks=remarks
    )


def _counted(ordered: Sequence[Filed]) -> Filed | None:
    """The file that counts: what was accepted by hand last, else the newest without errors."""
    able = [one for one in ordered if one.state in ACCEPTABLE]
    by_hand = [one for one in able if one.decision]
    if by_hand:
        return max(by_hand, key=lambda one: one.decision.decided)  # type: ignore[union-attr]
    newest = able[-1] if able else None
    if newest and newest.record:
        same = (one for one in able if one.record and _equal(one.record, newest.record))
        # Of equal ones the first counts, unless something was found in it that is gone.
        return next((one for one in same if one.state is newest.state), newest)
    return newest


def _equal(one: FormRecord, other: FormRecord) -> bool:
    texts = ({path: answer.text for path, answer in r.answers.items()} for r in (one, other))
    return next(texts) == next(texts)


def _settled(ordered: Sequence[Filed], counted: Filed | None) -> Iterator[Filed]:
    """The files, each compared with the form before it, what no longer matters set aside."""
    forms: list[Filed] = []
    for one in ordered:
        record = one.record
        if record is None or one.state in _WITHOUT_FORM:
            yield one
            continue
        before = _before(record, forms)
        forms.append(one)
        if before and before.record:
            one = replace(one, comparison=_compared(before, record, forms))
            counts = counted is not None and one.received == counted.received
            if not counts and not one.decision and _same(before, record):
                yield replace(one, state=Standing.DUPLICATE)
                continue
        yield _set_aside(one, counted)


def _before(record: FormRecord, forms: Sequence[Filed]) -> Filed | None:
    """The submission that a form follows: the one it was made of, else the one that came before."""
    made_of = (one for one in forms if one.received.digest == record.came_from)
    return next(made_of, forms[-1] if forms else None)


def _same(before: Filed, record: FormRecord) -> bool:
    return before.record is not None and _equal(before.record, record)


def _compared(before: Filed, record: FormRecord, forms: Sequence[Filed]) -> Comparison:
    assert before.record is not None
    common = (one.record for one in forms if one.received.digest == record.came_from)
    return compare(before.record, before.received.digest, record, next(common, None))


def _set_aside(one: Filed, counted: Filed | None) -> Filed:
    """A file that is older than what counts no longer matters."""
    if counted is None or one.received == counted.received or one.state is Standing.REJECTED:
        return one
    by_hand = counted.decision is not None and one.state in ACCEPTABLE
    if one.moment <= counted.moment or by_hand:
        return replace(one, state=Standing.SUPERSEDED)
    return one


def _to_return(files: Sequence[Filed], counted: Filed | None) -> Filed | None:
    """The newest form that somebody must do something about, if it is newer than what counts."""
    wrong = [one for one in files if one.record and one.state in _OPEN_STATES]
    if not wrong or (counted and counted.moment >= wrong[-1].moment):
        return None
    return wrong[-1]


def _line_state(files: Sequence[Filed], counted: Filed | None, to_return: Filed | None) -> Standing:
    if counted:
        return Standing.TO_CHECK if to_return else counted.state
    if to_return:
        return to_return.state
    open_ones = [one.state for one in files if one.state in _OPEN_STATES]
    return open_ones[-1] if open_ones else Standing.MISSING


def _line_remarks(
    files: Sequence[Filed], counted: Filed | None, to_return: Filed | None
) -> tuple[Phrase, ...]:
    """What the officer has to know beside the state: which file counts, and what else came."""
    remarks = list(to_return.remarks if to_return else ())
    if counted:
        remarks += counted.remarks
        others = [one for one in files if one.record and one.state is Standing.SUPERSEDED]
        if others:
            remarks.append(_replaced(counted, others[-1]))
        if to_return and to_return.record:
            remarks.append(_not_replaced(counted, to_return))
    return tuple(dict.fromkeys(remarks))


def _replaced(counted: Filed, other: Filed) -> Phrase:
    """Two came and one counts: which, and how they differ."""
    changes = counted.comparison.changes if counted.comparison else ()
    shown = tuple(
        phrase("rounds.change", label=one.label, before=one.before, after=one.after)
        for one in changes
    )
    code = "rounds.replaced" if other.moment <= counted.moment else "rounds.chosen_by_hand"
    return phrase(code, counted=counted.moment.date(), other=other.moment.date(), changes=shown)


def _not_replaced(counted: Filed, newer: Filed) -> Phrase:
    assert newer.record is not None
    return phrase(
        "rounds.not_replaced", counted=counted.moment.date(), newer=newer.moment.date(),
        errors=newer.record.count("error"),
    )  # fmt: skip
