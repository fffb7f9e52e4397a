"""The problem list (问题清单): a workbook of errors and warnings, on which the officer decides.

Two columns are open: the decision, and why. A hidden column says what each line is about; by it
lines are known again, wherever they were sorted to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from ptxl.check.waivers import is_waivable
from ptxl.layout.helper_sheets import PROBLEM_LIST_NAME
from ptxl.model.findings import Finding, Severity, by_weight
from ptxl.read.table_files import Headings, read_table
from ptxl.rounds.board import Board, Line, Standing
from ptxl.rounds.opinions import (
    Opinion,
    Subject,
    Verdict,
    latest,
    opinion_on,
    read_token,
    subject_of,
    token_of,
)
from ptxl.rounds.records import FormRecord
from ptxl.rounds.reports.sheets import Column, Row, Sheet
from ptxl.rounds.reports.workbook import write_workbook
from ptxl.rounds.settings import Settings
from ptxl.text import squeeze
from ptxl.words import LANGUAGES, Phrase, Speaker, phrase

_VERDICTS: Mapping[Verdict, str] = {"agree": "opinions.agree", "correct": "opinions.correct"}
COLUMNS = (
    Column(key="number", width=5, kind="count"),
    Column(key="department", width=11),
    Column(key="unit_code", width=8),
    Column(key="unit_name", width=16),
    Column(key="form", width=12),
    Column(key="place", width=11),
    Column(key="label", width=14),
    Column(key="answer", width=16),
    Column(key="problem", width=30),
    Column(key="level", width=7),
    Column(key="opinion", width=9, open=True, choices=tuple(_VERDICTS.values())),
    Column(key="note", width=16, open=True),
    Column(key="token", width=8, printed=False, hidden=True),
)
#: answers that a finding names beside its own, at most
_MOST_ANSWERS = 6
#: what people write instead of choosing, where it means one thing only
_WRITTEN: Mapping[Verdict, tuple[str, ...]] = {
    "agree": ("同意", "可以", "agree", "agreed"),
    "correct": ("须改", "需改", "要改", "改", "修改", "须修改", "需修改", "请修改", "不同意",
                "退回", "correct", "disagree", "disagreed"),
}  # fmt: skip
_LEVELS: Mapping[Severity, str] = {
    "error": "opinions.must_correct", "warning": "opinions.please_check", "hint": "opinions.agreed"
}  # fmt: skip
#: what stands where nothing can be decided
_CLOSED: Mapping[Severity, str] = {
    "error": "opinions.no_exception", "warning": "opinions.only_look", "hint": "opinions.agreed"
}  # fmt: skip
_MEANT = {word: verdict for verdict, words in _WRITTEN.items() for word in words}
_AROUND = " .。!！,，;；“”\"'"


# -- writing it


def problem_list(
    board: Board, settings: Settings, speaker: Speaker, key: bytes,
    opinions: Iterable[Opinion] = (),
) -> bytes:  # fmt: skip
    """Write the list of what is wrong in the forms that stand on the board, in roster order.

    `key` is that of the round: only lines sealed with it are read again. Of `opinions` those that
    still apply are filled in.
    """
    return write_workbook(
        [_sheet(board, settings, speaker, key, opinions)], speaker,
        title=settings.title, name=PROBLEM_LIST_NAME,
    )  # fmt: skip


def _sheet(
    board: Board, settings: Settings, speaker: Speaker, key: bytes, opinions: Iterable[Opinion]
) -> Sheet:
    say = speaker.say
    name = say("reports.sheets.problems")
    given = latest(opinions)
    rows = [
        _row(number, line, record, found, key, given, speaker)
        for number, (line, record, found) in enumerate(problems(board), 1)
    ]
    head = (
        say("summary.heading", title=settings.title, sheet=name),
        say("opinions.how"),
        say("opinions.count", count=len(rows)),
    )
    return Sheet(name=name, head=head, columns=COLUMNS, rows=rows, fixed=4, protected=True)


def problems(board: Board) -> Iterator[tuple[Line, FormRecord, Finding]]:
    """Yield every error and warning of the forms that stand on the board, and what was approved.

    Errors come before warnings. Of a unit's forms the one stands that has to go back, else the one
    that counts; a blank form has one problem, which the board says.
    """
    for _, lines in board.departments():
        for line in lines:
            for record, found in _problems_of(line):
                yield line, record, found


def _problems_of(line: Line) -> Iterator[tuple[FormRecord, Finding]]:
    shown = line.to_return or line.counted
    if shown is None or shown.record is None or shown.state is Standing.BLANK:
        return
    for found in by_weight(shown.record.findings):
        if found.severity != "hint" or found in shown.record.approved:
            yield shown.record, found


def _row(
    number: int, line: Line, record: FormRecord, found: Finding, key: bytes,
    given: Mapping[tuple[str, ...], Opinion], speaker: Speaker,
) -> Row:  # fmt: skip
    unit = line.due.unit
    opinion, applies = opinion_on(record, found, given)
    cells: dict[str, object] = {
        "number": number,
        "department": unit.department,
        "unit_code": unit.code,
        "unit_name": unit.name,
        "form": line.due.title,
        "place": found.place(),
        "label": found.label,
        "answer": _answer(record, found, speaker),
        "problem": _problem(found, outdated=opinion is not None and not applies),
        "level": phrase(_LEVELS[found.severity]),
        "token": token_of(subject_of(record, found), key),
    }
    if not is_waivable(found.code):
        cells["opinion"] = phrase(_CLOSED[found.severity])
        return Row(cells=cells, closed=frozenset(("opinion", "note")))
    if opinion and applies:
        cells |= {"opinion": phrase(_VERDICTS[opinion.verdict]), "note": opinion.reason}
    return Row(cells=cells)


def _problem(found: Finding, *, outdated: bool) -> Phrase:
    """What is wrong; of what was approved, what it was before."""
    sentence = found.sentence
    if found.severity == "hint":
        before = sentence.facts["finding"]
        assert isinstance(before, Phrase)
        sentence = before
    if outdated:
        return phrase("opinions.decide_again", problem=sentence)
    return sentence


def _answer(record: FormRecord, found: Finding, speaker: Speaker) -> str:
    """What was typed where the finding is; of one that looks at several, each with its label."""
    own = record.answers.get(found.path)
    others = [record.answers[path] for path in found.looks_at if path in record.answers]
    if not others:
        return own.text if own else ""
    shown = list(dict.fromkeys(filter(None, (own, *others))))[:_MOST_ANSWERS]
    say = speaker.say
    return "\n".join(say("opinions.answer", label=one.label, text=one.text) for one in shown)


# -- reading it back


@dataclass(frozen=True, slots=True)
class ReadOpinions:
    """The opinions in a list, and what in it could not be taken, each with its line."""

    opinions: tuple[Opinion, ...]
    faults: tuple[Phrase, ...]


def read_opinions(path: Path, key: bytes) -> ReadOpinions:
    """Read what the officer decided, from a list of any format, its lines in any order.

    The file is opened in a worker. Only lines that `key` sealed are taken. Raises TableError where
    it is no list, or cannot be read.
    """
    reading = _Reading(key)
    for number, cells in read_table(path, _headings()).rows:
        reading.add(number, cells)
    return reading.result()


def _headings() -> Headings:
    """The headings by which columns are found, in every language."""
    speakers = list(map(Speaker, LANGUAGES))
    words = {}
    for key in ("unit_code", "place", "opinion", "note", "token"):
        words[key] = [speaker.say(f"reports.columns.{key}").casefold() for speaker in speakers]
    return Headings(words, ("unit_code", "place", "opinion", "token"))


@cache
def _printed() -> frozenset[str]:
    """What stands where nothing can be decided, in every language."""
    return frozenset(Speaker(each).say(code) for each in LANGUAGES for code in _CLOSED.values())


@dataclass(slots=True)
class _Reading:
    """Takes line after line, and notes what cannot be taken."""

    key: bytes
    taken: dict[Subject, list[Opinion]] = field(default_factory=dict)
    faults: list[Phrase] = field(default_factory=list)
    #: lines of which nobody can tell what they are about
    unknown: list[int] = field(default_factory=list)

    def add(self, line: int, cells: Mapping[str, str]) -> None:
        """Take the opinion of a line, if there is one."""
        written, note = cells["opinion"], cells.get("note", "")
        if not note and (not written or written in _printed()):
            return
        subject = read_token(cells["token"], self.key)
        if subject is None:
            self.unknown.append(line)
            return
        about = {"line": line, "unit": subject.unit, "place": subject.place, "written": written}
        fault = _fault(subject, cells)
        verdict = _meant(written)
        if fault:
            self.faults.append(Phrase(f"opinions.{fault}", about))
        elif verdict:
            opinion = Opinion(subject=subject, verdict=verdict, reason=note, line=line)
            self.taken.setdefault(subject, []).append(opinion)

    def result(self) -> ReadOpinions:
        """What was decided; of two decisions about one finding neither."""
        opinions = []
        for subject, own in self.taken.items():
            if len({one.verdict for one in own}) > 1:
                lines = tuple(one.line for one in own)
                facts = {"lines": lines, "unit": subject.unit, "place": subject.place}
                self.faults.append(Phrase("opinions.contradicts", facts))
            else:
                opinions.append(own[-1])
        if self.unknown:
            self.faults.append(phrase("opinions.unknown_lines", lines=tuple(self.unknown)))
        return ReadOpinions(tuple(opinions), tuple(self.faults))


def _meant(written: str) -> Verdict | None:
    """What somebody wrote as a decision, if it is clear."""
    return _MEANT.get(squeeze(written).strip(_AROUND).casefold())


def _fault(subject: Subject, cells: Mapping[str, str]) -> str:
    """Why the opinion of a line is not taken; "" where it is, or where there is none to take."""
    written = cells["opinion"]
    shown = squeeze(cells["unit_code"]), squeeze(cells["place"])
    if shown != (squeeze(subject.unit), squeeze(subject.place)):
        return "line_mixed_up"
    if not is_waivable(subject.code):
        return "not_waivable" if _meant(written) == "agree" else ""
    if not written:
        return "no_decision"
    return "" if _meant(written) else "unclear"
