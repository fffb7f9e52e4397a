"""The board (进度表): what each received file is, how each form that is due stands. Data only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from itertools import groupby

from ptxl.rounds.compare import Comparison
from ptxl.rounds.records import Decision, Due, FormRecord, Received
from ptxl.words import Phrase


class Standing(Enum):
    """What a received file is, or how a form that is due stands."""

    #: without errors and warnings, or with warnings that the officer accepted
    ACCEPTED = "accepted"
    #: without errors; it counts, and somebody should look at it
    TO_CHECK = "to_check"
    TO_CORRECT = "to_correct"
    BLANK = "blank"
    #: the same answers as in the one before it
    DUPLICATE = "duplicate"
    SUPERSEDED = "superseded"
    OTHER_YEAR = "other_year"
    #: of no unit or form of this round
    FOREIGN = "foreign"
    #: its name says another unit than its content: held until somebody decides
    MISNAMED = "misnamed"
    REJECTED = "rejected"
    UNREADABLE = "unreadable"
    #: a picture or a document, kept beside the form
    ATTACHMENT = "attachment"
    #: an archive or a mail, whose files stand for themselves
    OPENED = "opened"
    #: written by ptxl itself, or nothing that anybody sends
    NO_RETURN = "no_return"
    #: nothing came
    MISSING = "missing"


#: what counts when nothing newer does
ACCEPTABLE = (Standing.ACCEPTED, Standing.TO_CHECK)
#: a clock that is wrong by less does not matter
SLACK = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Filed:
    """A received file, and what it is in this round.

    `unit` is the code of whose it is: by its identity, or for what holds none by its name; "" if
    nobody can tell.
    """

    received: Received
    state: Standing
    unit: str
    moment: datetime
    #: every time it was sent: by its mail, else when it appeared; the earliest first
    sent: tuple[datetime, ...]
    #: when it was last saved, if that is believed
    saved: datetime | None = None
    late: bool = False
    #: why, and what else is to be known, in words
    remarks: tuple[Phrase, ...] = ()
    decision: Decision | None = None
    #: against the submission before it
    comparison: Comparison | None = None

    @property
    def record(self) -> FormRecord | None:
        """What was read of it, if it is a form."""
        judgement = self.received.judgement
        return judgement if isinstance(judgement, FormRecord) else None

    @property
    def form(self) -> FormRecord:
        """What was read of it; only asked of a file that is a form."""
        assert self.record is not None
        return self.record

    @property
    def name(self) -> str:
        """What it was called when it first came."""
        return self.received.name

    @property
    def order(self) -> tuple[datetime, datetime, str]:
        """What puts files in order: of those sent together the one that was saved last is newer."""
        saved = self.record.saved if self.record else None
        return self.moment, saved or datetime.min, self.received.digest


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """How one form that is due stands. `files` are all that concern it, the oldest first."""

    due: Due
    state: Standing
    files: tuple[Filed, ...] = ()
    #: the submission that the summary counts
    counted: Filed | None = None
    #: the newest, where it has errors, is blank or held, and is newer than what counts
    to_return: Filed | None = None
    remarks: tuple[Phrase, ...] = ()

    @property
    def shown(self) -> Filed | None:
        """The file that counts, else the newest that came."""
        return self.counted or next(reversed(self.files), None)

    @property
    def late(self) -> bool:
        """Whether what came first, or what counts, came after the deadline."""
        shown = self.counted or (self.files[0] if self.files else None)
        return bool(shown and shown.late)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """How many forms are due, have come in, and how they stand."""

    due: int = 0
    states: Mapping[Standing, int] = field(default_factory=dict)
    late: int = 0

    @property
    def missing(self) -> int:
        """How many forms have not come at all."""
        return self.states.get(Standing.MISSING, 0)

    @property
    def received(self) -> int:
        """How many forms have come, whatever they are."""
        return self.due - self.missing

    @property
    def counted(self) -> int:
        """How many forms count."""
        return sum(self.states.get(state, 0) for state in ACCEPTABLE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Board:
    """How a round stands at a moment: a line for each form that is due, in roster order."""

    lines: tuple[Line, ...]
    #: files that concern no form that is due
    others: tuple[Filed, ...]
    deadline: datetime
    now: datetime

    @property
    def overdue(self) -> bool:
        """Whether the deadline has passed."""
        return self.now > self.deadline

    @property
    def files(self) -> tuple[Filed, ...]:
        """All files, those of the lines first."""
        return (*(one for line in self.lines for one in line.files), *self.others)

    @property
    def counted(self) -> tuple[tuple[Line, Filed], ...]:
        """The lines of which a file counts, each with that file."""
        return tuple((line, line.counted) for line in self.lines if line.counted)

    @property
    def tally(self) -> Tally:
        """The counts over all lines."""
        return tally(self.lines)

    def departments(self) -> Iterator[tuple[str, tuple[Line, ...]]]:
        """Yield each department with its lines, in the order of the roster.

        A department whose units stand apart in the roster comes once, where its first unit stands.
        """
        order = list(dict.fromkeys(line.due.unit.department for line in self.lines))
        lines = sorted(self.lines, key=lambda line: order.index(line.due.unit.department))
        for department, own in groupby(lines, key=lambda line: line.due.unit.department):
            yield department, tuple(own)


def tally(lines: Iterable[Line]) -> Tally:
    """Count lines by how they stand."""
    lines = tuple(lines)
    states = Counter(line.state for line in lines)
    return Tally(due=len(lines), states=states, late=sum(line.late for line in lines))
