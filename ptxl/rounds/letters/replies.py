"""How a form that is due stands → what is said of it to its unit, in no language yet. Pure.

Three words have three meanings: what must be corrected, what is to be checked and may stay as it
is, and what is for information, of which a unit is told nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from ptxl.model.findings import Finding, Severity
from ptxl.rounds.board import ACCEPTABLE, Board, Filed, Line, Standing
from ptxl.rounds.compare import Change, Comparison
from ptxl.rounds.letters.occasion import day
from ptxl.rounds.records import FormRecord
from ptxl.text import shortened
from ptxl.words import Phrase, phrase

#: cells that a line names before it only counts them, changed answers likewise
_MOST_PLACES, _MOST_CHANGES = 3, 3
#: of what a changed answer was, and is
_LONGEST_ANSWER = 40
#: a form in this state goes back with its findings marked in it
_MARKED = (Standing.TO_CORRECT, Standing.REJECTED)
#: of a form in this state, what was found in it is told
_WITH_FINDINGS = (*_MARKED, Standing.TO_CHECK)
#: the remark that says what is wrong with a file in this state
_REMARKS = {
    Standing.MISNAMED: "rounds.misnamed",
    Standing.OTHER_YEAR: "rounds.other_year",
}
#: of remarks, those that its unit should know too
_FOR_THE_UNIT = ("rounds.same_answers", "rounds.stray")


class Matter(Enum):
    """Why a unit is written to, the most urgent first."""

    CORRECT = "correct"
    CHASE = "chase"
    CHECK = "check"
    RECEIPT = "receipt"


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """A line of what was found: what is there and what to do, and where."""

    severity: Severity
    sentence: Phrase


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What is said to a unit about one of its forms."""

    line: Line
    matter: Matter
    #: the file that it is about, if any came
    filed: Filed | None
    #: how it stands, and what else is to be said in a sentence
    opening: Phrase
    more: tuple[Phrase, ...] = ()
    items: tuple[Item, ...] = ()

    def of(self, severity: Severity) -> tuple[Phrase, ...]:
        """Return what was found of one severity."""
        return tuple(item.sentence for item in self.items if item.severity == severity)


def reply_to(line: Line) -> Reply:
    """Say what a unit is told about a form that is due."""
    open_file = _to_answer(line)
    if open_file:
        return _reply_about(line, open_file, Matter.CORRECT)
    counted = line.counted
    if counted is None:
        return _chase(line)
    conflict = counted.comparison and counted.comparison.relation == "conflict"
    check = counted.state is Standing.TO_CHECK or conflict
    return _reply_about(line, counted, Matter.CHECK if check else Matter.RECEIPT)


def marked_forms(board: Board) -> Iterator[Filed]:
    """Yield the forms of a board that go back marked."""
    for line in board.lines:
        one = _to_answer(line)
        if one and one.record and one.state in _MARKED:
            yield one


def _to_answer(line: Line) -> Filed | None:
    """The file because of which a form has to be sent again: that to be returned, or else one that
    nobody could read and that is newer than what counts."""
    if line.to_return:
        return line.to_return
    counted = line.counted
    unread = [
        one
        for one in line.files
        if one.state is Standing.UNREADABLE and not (counted and one.order < counted.order)
    ]
    return unread[-1] if unread else None


def _chase(line: Line) -> Reply:
    beside = tuple(one.name for one in line.files if one.state is Standing.ATTACHMENT)
    code = "letters.opening.attachment" if beside else "letters.opening.missing"
    opening = phrase(code, form=line.due.title, files=beside)
    more = tuple(
        phrase("letters.remark", remark=remark)
        for remark in line.remarks
        if remark.code in _FOR_THE_UNIT
    )
    return Reply(line=line, matter=Matter.CHASE, filed=None, opening=opening, more=more)


def _reply_about(line: Line, filed: Filed, matter: Matter) -> Reply:
    record = filed.record
    findings = record.findings if record and filed.state in _WITH_FINDINGS else ()
    items = tuple(items_of(findings))
    return Reply(
        line=line, matter=matter, filed=filed, opening=_opening(line, filed),
        more=tuple(_more(line, filed)), items=items,
    )  # fmt: skip


def _opening(line: Line, filed: Filed) -> Phrase:
    """The sentence that says what a file is."""
    wanted = _REMARKS.get(filed.state, "")
    known = next((one.facts for one in filed.remarks if one.code == wanted), {})
    found = _counts(filed.record)
    state = filed.state
    if state is Standing.TO_CHECK and not found:
        state = Standing.ACCEPTED
    facts = {
        **known,
        "form": line.due.title,
        "day": day(came(filed)),
        "file": file_name(filed),
        "counts": found,
        "reason": _reason(filed),
    }
    return Phrase(f"letters.opening.{state.value}", facts)


def _counts(record: FormRecord | None) -> tuple[Phrase, ...]:
    severities: tuple[Severity, ...] = ("error", "warning")
    counts = {one: record.count(one) if record else 0 for one in severities}
    return tuple(
        phrase(f"letters.counts.{severity}", count=count)
        for severity, count in counts.items()
        if count
    )


def _reason(filed: Filed) -> object:
    """Why a file was rejected, or could not be read."""
    if filed.decision and filed.state is Standing.REJECTED:
        return filed.decision.reason
    return filed.remarks[0] if filed.remarks else ""


def _more(line: Line, filed: Filed) -> Iterator[Phrase]:
    """What else is to be said of a file, a sentence each."""
    counted = line.counted
    if counted and counted.received != filed.received:
        yield phrase("letters.still_counted", day=_day_beside(counted, filed))
    if filed.comparison and filed.state in (Standing.TO_CORRECT, *ACCEPTABLE):
        yield from _compared(line, filed, filed.comparison)
    for remark in filed.remarks:
        if remark.code in _FOR_THE_UNIT:
            yield phrase("letters.remark", remark=remark)


def _compared(line: Line, filed: Filed, found: Comparison) -> Iterator[Phrase]:
    """What became of the submission before: mended, still wrong, newly wrong, changed unasked."""
    before = next(one for one in line.files if one.received.digest == found.before)
    when = _day_beside(before, filed)
    kinds = {"mended": found.mended, "still": found.still, "new": found.new}
    counts = tuple(
        phrase(f"letters.since.{kind}", count=len(findings))
        for kind, findings in kinds.items()
        if findings
    )
    if counts:
        yield phrase("letters.compared", day=when, counts=counts)
    if found.unasked:
        changes = tuple(map(_change, found.unasked[:_MOST_CHANGES]))
        asked = bool(found.mended or found.still)
        code = "letters.unasked" if asked else "letters.changed"
        yield phrase(code, day=when, count=len(found.unasked), changes=changes)
    if found.relation == "conflict":
        yield phrase("letters.conflict", day=when)


def _day_beside(one: Filed, other: Filed) -> Phrase:
    """The day on which a file came, with the time where another came on the same day."""
    moment = came(one)
    if moment.date() != came(other).date():
        return day(moment)
    return phrase("letters.moment", day=day(moment), time=moment.strftime("%H:%M"))


def _change(one: Change) -> Phrase:
    return phrase(
        "letters.change", label=one.label, before=_short(one.before), after=_short(one.after)
    )


def _short(answer: str) -> str | None:
    return shortened(answer, _LONGEST_ANSWER) or None


def items_of(findings: Iterable[Finding]) -> Iterator[Item]:
    """Yield a line for each cause among findings, with the places that it has.

    Hints are left out, and what is for the reviewer.
    """
    causes: dict[tuple[str, str], list[Finding]] = {}
    for found in findings:
        if found.severity != "hint" and found.reader == "clerk":
            causes.setdefault((found.code, repr(found.sentence)), []).append(found)
    for same in causes.values():
        yield Item(severity=same[0].severity, sentence=_sentence(same))


def _sentence(same: list[Finding]) -> Phrase:
    places = tuple(_place(found) for found in same if found.sheet)
    sentence = same[0].sentence
    if not places:
        return phrase("letters.item", sentence=sentence)
    if len(places) <= _MOST_PLACES:
        return phrase("letters.item_at", places=places, sentence=sentence)
    return phrase(
        "letters.item_at_many", places=places[:_MOST_PLACES], count=len(places), sentence=sentence
    )


def _place(found: Finding) -> Phrase:
    code = "letters.place_of" if found.label else "letters.place"
    return phrase(code, sheet=found.sheet, cell=found.cell, label=found.label)


def came(filed: Filed) -> datetime:
    """Return when a file was sent, or came: the first time."""
    return min(arrival.moment for arrival in filed.received.arrivals)


def file_name(filed: Filed) -> str:
    """Return the name of a file without the folders and archives that it came in."""
    return filed.received.arrivals[0].file_name
