"""What a round knows of a received file (收件记录): when it came, what was found in it. Data only.

Records are made inside a worker and kept as text by the ledger, so they hold plain values alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from ptxl.merge.rows import ProjectMoney
from ptxl.model.findings import Finding, Severity
from ptxl.model.form import Unit
from ptxl.words import Phrase


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One answer as it was typed, and where."""

    text: str
    label: str
    sheet: str
    cell: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FormRecord:
    """What was read of a returned form, and what was found in it."""

    template: str
    edition: str
    serial: str
    title: str
    unit: Unit
    #: the id of the round that issued it; "" for a form of no round
    round: str
    #: shared parameters (the year) by name: what they mean, and their value
    shared: Mapping[str, tuple[str, str]]
    #: the content hash of the submission that a marked copy was made of; "" if it is none
    came_from: str
    #: when a program last saved it, as the workbook says
    saved: datetime | None
    #: by field path, in the order of the form; no blank ones, none that only a reviewer gives, and
    #: none at all where nothing was added to the figures that the form was issued with
    answers: Mapping[str, Answer]
    findings: tuple[Finding, ...]
    projects: int
    indicators: int
    #: in the unit of sums, by name (total, fiscal, other): sums over the projects, or, of a form
    #: without any project, the budget of the department; nothing that was not answered
    totals: Mapping[str, Decimal]
    #: the findings that the officer approved: they are hints among `findings`
    approved: tuple[Finding, ...] = ()
    #: project by project, by the paths that findings name
    money: tuple[ProjectMoney, ...] = ()

    @property
    def blank(self) -> bool:
        """Whether nothing was filled in."""
        return not self.answers

    def count(self, severity: Severity) -> int:
        """Count the findings of a severity."""
        return sum(1 for found in self.findings if found.severity == severity)


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """Why nothing was read of a file: the code of its refusal, and the sentence."""

    code: str
    sentence: Phrase


@dataclass(frozen=True, kw_only=True, slots=True)
class Container:
    """An archive or a mail that was opened; what lay in it are files of their own."""

    kind: str
    files: int
    #: what in it could not be had, each with its name
    faults: tuple[Phrase, ...] = ()


Judgement = FormRecord | Refused | Container
#: characters of a content hash that suffice to compare by eye, and to name a file
_SHORT = 12


def short_digest(digest: str) -> str:
    """Return the part of a content hash by which people know a file."""
    return digest[:_SHORT]


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """One time that a file came in.

    `names` is what it was called, from the outermost archive or mail inwards; the last is its own.
    """

    names: tuple[str, ...]
    #: when it appeared in the inbox
    arrived: datetime
    #: the date of the mail that it came with
    sent: datetime | None = None
    sender: str = ""

    @property
    def name(self) -> str:
        """The name as a person reads it: `材料.zip/内/表.xlsx`."""
        return "/".join(self.names)

    @property
    def file_name(self) -> str:
        """The name of the file alone, without the folders and archives that it came in."""
        return self.names[-1].rpartition("/")[2]

    @property
    def moment(self) -> datetime:
        """When the sender let go of it, as far as is known."""
        return self.sent or self.arrived


@dataclass(frozen=True, kw_only=True, slots=True)
class Received:
    """A file that was received, once or several times, and what it is. `digest` is its SHA-256."""

    #: in the order in which files were collected, from 1
    number: int
    digest: str
    size: int
    #: how its name ends in the archive folder, with the dot
    suffix: str
    #: in the order in which they were noted; at least one
    arrivals: tuple[Arrival, ...]
    judgement: Judgement

    @property
    def name(self) -> str:
        """What it was called when it first came."""
        return self.arrivals[0].name


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What the officer decided about a file by hand."""

    digest: str
    verdict: Literal["accept", "reject"]
    reason: str
    decided: datetime
    #: the number of the last file that was collected by then: later ones nobody had seen
    seen: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """One form that is due: of a unit, on a template."""

    unit: Unit
    template: str
    #: what the form is called: its title
    title: str
    #: shared parameters (the year) by name: what they mean, and their value
    shared: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    contact: str = ""
    telephone: str = ""
    email: str = ""
    #: that of its amounts, "" where it asks for none
    currency: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Code of the unit, and id of the template."""
        return self.unit.code, self.template
