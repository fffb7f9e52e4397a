"""Everything that a round received → its board: what each file is, and what counts. Pure.

Here a file is looked at by itself: whose it is, of which round, when it was sent. What counts among
the files of one form that is due is decided in `counting`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from graphlib import TopologicalSorter
from itertools import chain

from ptxl.model.refusals import OWN_WORKBOOKS
from ptxl.rounds.board import ACCEPTABLE, SLACK, Board, Filed, Standing
from ptxl.rounds.copies import shared_answers
from ptxl.rounds.counting import line_of
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

#: code and template: which form is due
_Key = tuple[str, str]

#: what a file is that was refused with a code; with any other it is unreadable
_REFUSED: Mapping[str, Standing] = {
    # pictures and documents that people send along
    "document": Standing.ATTACHMENT,
    "not_a_workbook": Standing.ATTACHMENT,
    **dict.fromkeys(OWN_WORKBOOKS, Standing.NO_RETURN),
}
#: how names of texts end that nobody takes for a form
_NOTES = (".txt", ".md", ".rtf")
#: forms whose answers are compared with those of other units
_OF_THIS_ROUND = (
    Standing.ACCEPTED, Standing.TO_CHECK, Standing.TO_CORRECT, Standing.MISNAMED,
    Standing.REJECTED,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Basis:
    """By what files are sorted: the round's id, its forms, its deadline, and when they went out."""

    round: str
    dues: Sequence[Due]
    deadline: datetime
    issued: datetime | None
    now: datetime


def make_board(
    basis: Basis, received: Iterable[Received], decisions: Iterable[Decision] = ()
) -> Board:
    """Sort all received files, decide what counts, and say how each form that is due stands.

    The order of the files does not matter. Of several decisions about a file the last holds.
    """
    sorter = _Sorter(basis, {one.digest: one for one in decisions})
    shares = (share for one in received for share in sorter.shares(one))
    ordered = _after_origins(map(sorter.file, shares))
    filed = _with_copies(_with_companions(_with_supporting(ordered, sorter.due_of)))
    by_due: dict[_Key, list[Filed]] = {due.key: [] for due in basis.dues}
    others = []
    for one in filed:
        key = sorter.due_of(one)
        by_due[key].append(one) if key else others.append(one)
    strays = sorter.strays(filed)
    lines = (line_of(due, by_due[due.key], strays.get(due.key, ())) for due in basis.dues)
    return Board(
        lines=tuple(lines), others=tuple(others), deadline=basis.deadline, now=basis.now
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Sorter:
    """Says of one file what it is, as far as that does not depend on others."""

    basis: Basis
    decisions: Mapping[str, Decision]
    _dues: dict[_Key, Due] = field(init=False)
    _names: UnitNames = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_dues", {due.key: due for due in self.basis.dues})
        units = {due.unit.code: due.unit for due in self.basis.dues}
        object.__setattr__(self, "_names", UnitNames(units.values()))

    def shares(self, received: Received) -> list[Received]:
        """Return a file once for each unit whose name it bore, where it tells no unit itself.

        Of files that nobody can read those of several units may be alike to the byte: empty ones,
        or the page of a website that asks for a password. Other arrivals go with the first.
        """
        if not isinstance(received.judgement, Refused):
            return [received]
        by_unit: dict[str, list[Arrival]] = {}
        for arrival in received.arrivals:
            by_unit.setdefault(self._names.in_name(arrival.file_name), []).append(arrival)
        nameless = by_unit.pop("", [])
        if len(by_unit) < 2:
            return [received]
        first, *others = by_unit.values()
        return [replace(received, arrivals=tuple(own)) for own in ([*first, *nameless], *others)]

    def file(self, received: Received) -> Filed:
        """Say what a file is by itself."""
        decision = self.decisions.get(received.digest)
        state, unit, remarks = self._judged(received)
        if decision:
            state = self._decided(received, state, decision)
            why = phrase(f"rounds.{decision.verdict}", reason=decision.reason)
            settled = state in ACCEPTABLE  # what had to be decided has been
            remarks = (why,) if settled else (*remarks, why)
        if len(received.arrivals) > 1:
            remarks = (*remarks, phrase("rounds.several_times", count=len(received.arrivals)))
        first = min(received.arrivals, key=self._sent)
        sent = tuple(sorted(map(self._sent, received.arrivals)))
        saved = self._saved(received, first)
        by_mail = sent[0] == first.sent
        return Filed(
            received=received, state=state, unit=unit, sent=sent, saved=saved,
            moment=sent[0] if by_mail else saved or sent[0],
            late=sent[0] > self.basis.deadline, remarks=remarks, decision=decision,
        )  # fmt: skip

    def _decided(self, received: Received, state: Standing, decision: Decision) -> Standing:
        """What a form is after the officer decided about it.

        Who accepts a form has looked at its warnings; its errors stay. What is not due cannot
        count.
        """
        if decision.verdict == "reject":
            return Standing.REJECTED
        record = received.judgement
        if not isinstance(record, FormRecord):
            return state
        if (record.unit.code, record.template) not in self._dues:
            return state
        state = _state_of_form(record)
        return Standing.ACCEPTED if state is Standing.TO_CHECK else state

    # -- whose a file is, and of which round

    def _judged(self, received: Received) -> tuple[Standing, str, tuple[Phrase, ...]]:
        """Standing, unit and remarks of a file, whatever was decided."""
        match received.judgement:
            case Container(faults=faults):
                return Standing.OPENED, "", faults
            case Refused(code=code, sentence=sentence):
                named = (self._names.named_by(one.names) for one in received.arrivals)
                unit = next(filter(None, named), "")
                state = _REFUSED.get(code, Standing.UNREADABLE)
                if code == "text" and _is_a_note(received.arrivals):
                    state = Standing.ATTACHMENT
                return state, unit, (sentence,)
            case FormRecord() as record:
                state, *remarks = self._judged_form(record, received)
                return state, record.unit.code, tuple(remarks)
        raise TypeError(received.judgement)

    def _judged_form(
        self, record: FormRecord, received: Received
    ) -> tuple[Standing] | tuple[Standing, Phrase]:
        """What a form is, and why it is not of this round or unit."""
        due = self._dues.get((record.unit.code, record.template))
        other_year = _other_year(record, due) if due else None
        if other_year:
            return Standing.OTHER_YEAR, other_year
        foreign = self._foreign(record, due)
        if foreign:
            return Standing.FOREIGN, foreign
        misnamed = self._misnamed(record, received.arrivals)
        if misnamed:
            return Standing.MISNAMED, misnamed
        return (_state_of_form(record),)

    def _foreign(self, record: FormRecord, due: Due | None) -> Phrase | None:
        """Why a form is not of this round; None if it is."""
        unit = f"{record.unit.code} {record.unit.name}"
        if record.round and record.round != self.basis.round:
            return phrase("rounds.other_round", title=record.title)
        if record.unit.code not in self._names:
            return phrase("rounds.unknown_unit", unit=unit)
        if not due:
            return phrase("rounds.not_due", unit=unit, title=record.title)
        if not record.round:
            return phrase("rounds.of_no_round")
        return None

    def _misnamed(self, record: FormRecord, arrivals: Sequence[Arrival]) -> Phrase | None:
        """Whether every name under which a form came is that of another unit."""
        own = record.unit.code
        named = [self._names.in_name(arrival.file_name, own) for arrival in arrivals]
        if own in named or not all(named):
            return None
        told = self._names.of(named[0])
        return phrase("rounds.misnamed", named=told, unit=f"{own} {record.unit.name}")

    # -- when it was sent

    def _sent(self, arrival: Arrival) -> datetime:
        """When a file was sent: by its mail, else when it appeared."""
        if arrival.sent and self._believed(arrival.sent, arrival):
            return arrival.sent
        return arrival.arrived

    def _saved(self, received: Received, first: Arrival) -> datetime | None:
        """When a workbook was last saved; None where it does not say, or is not believed."""
        record = received.judgement
        saved = record.saved if isinstance(record, FormRecord) else None
        if saved and self._believed(saved, first):
            return saved
        return None

    def _believed(self, moment: datetime, arrival: Arrival) -> bool:
        """Whether a clock that is not ours tells a moment between issue and arrival."""
        issued = self.basis.issued
        return bool(issued and issued - SLACK <= moment <= arrival.arrived + SLACK)

    # -- which form that is due a file concerns

    def due_of(self, one: Filed) -> _Key | None:
        """The form that is due which a file concerns; None where there is none.

        A file without identity concerns the form that its names tell, else the unit's first.
        """
        if one.record:
            key = one.unit, one.record.template
            return key if key in self._dues else None
        own = [due for due in self._dues.values() if due.unit.code == one.unit]
        called = "\n".join(arrival.name for arrival in one.received.arrivals)
        named = [due for due in own if due.title in called]
        return next((due.key for due in [*named, *own]), None)

    def strays(self, filed: Iterable[Filed]) -> dict[_Key, list[Filed]]:
        """Forms of other units whose name is that of a unit, by what that unit may have meant."""
        found: dict[_Key, list[Filed]] = {}
        for one in filed:
            if one.record and one.state is not Standing.FOREIGN:
                for code in self._called(one):
                    key = code, one.record.template
                    if code != one.unit and key in self._dues:
                        found.setdefault(key, []).append(one)
        return found

    def _called(self, one: Filed) -> set[str]:
        """The units that the names of a file name."""
        names = (arrival.file_name for arrival in one.received.arrivals)
        return {self._names.in_name(name, one.unit) for name in names}


def _other_year(record: FormRecord, due: Due) -> Phrase | None:
    """Which of the values that a round is about is another one in a form."""
    for name, (meaning, wanted) in due.shared.items():
        found = record.shared.get(name, (meaning, wanted))[1]
        if found != wanted:
            return phrase("rounds.other_year", meaning=meaning, found=found, expected=wanted)
    return None


def _state_of_form(record: FormRecord) -> Standing:
    if record.blank:
        return Standing.BLANK
    if record.count("error"):
        return Standing.TO_CORRECT
    return Standing.TO_CHECK if record.count("warning") else Standing.ACCEPTED


def _is_a_note(arrivals: Iterable[Arrival]) -> bool:
    """Whether a text was sent as one (说明.txt), and is no form that became a text."""
    return all(arrival.file_name.lower().endswith(_NOTES) for arrival in arrivals)


# -- files beside each other


def _after_origins(filed: Iterable[Filed]) -> list[Filed]:
    """The files in order, none before the one that it was made of, whatever the clocks say."""
    found: dict[str, list[Filed]] = {}
    for one in filed:
        found.setdefault(one.received.digest, []).append(one)
    origins = {}
    for digest, shares in found.items():
        came_from = {one.record.came_from for one in shares if one.record}
        origins[digest] = came_from & found.keys()
    for digest in TopologicalSorter(origins).static_order():
        for origin in origins[digest]:
            last = max(found[origin], key=lambda other: other.order)
            found[digest] = [_after(one, last) for one in found[digest]]
    return sorted(chain(*found.values()), key=lambda one: one.order)


def _after(one: Filed, origin: Filed) -> Filed:
    if one.order > origin.order:
        return one
    moment = origin.moment + timedelta.resolution
    return replace(one, moment=moment, remarks=(*one.remarks, phrase("rounds.after_origin")))


def _with_supporting(filed: Sequence[Filed], due_of: Callable[[Filed], _Key | None]) -> list[Filed]:
    """The files, what nobody can read an attachment where it came together with a good form.

    Together is what came in the same archive or mail for the same form that is due.
    """
    good: dict[_Key | None, set[tuple[str, ...]]] = {}
    for one in filed:
        if one.state in ACCEPTABLE:
            good.setdefault(due_of(one), set()).update(_around(one))
    found = []
    for one in filed:
        if one.state is Standing.UNREADABLE and not good.get(due_of(one), set()).isdisjoint(
            _around(one)
        ):
            one = replace(one, state=Standing.ATTACHMENT)
        found.append(one)
    return found


def _with_companions(filed: Sequence[Filed]) -> list[Filed]:
    """The files, an attachment that tells no unit given to that of the forms beside it.

    Beside it lies what came in the same archive or mail.
    """
    units: dict[tuple[str, ...], set[str]] = {}
    for one in filed:
        if one.record:
            for around in _around(one):
                units.setdefault(around, set()).add(one.unit)
    found = []
    for one in filed:
        if one.state is Standing.ATTACHMENT and not one.unit:
            beside = set().union(*(units.get(around, set()) for around in _around(one)))
            if len(beside) == 1:
                one = replace(one, unit=beside.pop())
        found.append(one)
    return found


def _around(one: Filed) -> list[tuple[str, ...]]:
    """The archives and mails that a file came in."""
    return [arrival.names[:-1] for arrival in one.received.arrivals if len(arrival.names) > 1]


def _with_copies(filed: Sequence[Filed]) -> list[Filed]:
    """The files, those said to be copies that share their answers with other units."""
    shared = shared_answers(one for one in filed if one.state in _OF_THIS_ROUND)
    found = []
    for one in filed:
        others = shared.get(one.received.digest, ())
        if others:
            names = tuple(dict.fromkeys(other.name for other in others))
            remark = phrase("rounds.same_answers", files=names)
            doubtful = one.state is Standing.ACCEPTED and not one.decision
            state = Standing.TO_CHECK if doubtful else one.state
            one = replace(one, state=state, remarks=(*one.remarks, remark))
        found.append(one)
    return found
