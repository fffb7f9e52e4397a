"""What came back: a completed workbook, read, and where its fields stand. Data only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import lru_cache

from ptxl.cells import cell_name
from ptxl.model.findings import Finding
from ptxl.model.form import Unit
from ptxl.model.layout import Layout
from ptxl.model.path import Path
from ptxl.text import Raw


@dataclass(frozen=True, slots=True)
class Entry:
    """What was typed for one field."""

    raw: Raw


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """Which form a workbook says it is."""

    template: str
    edition: str
    parameters: Mapping[str, object]
    serial: str
    digest: str
    unit: Unit
    #: by the key of the round, if it has one
    signature: str = ""
    #: a digest of the figures that the form was issued with, if it was
    prefilled: str = ""
    #: the name of the round that the form was issued in, if it was
    round: str = ""


@dataclass(frozen=True, slots=True)
class At:
    """A cell of a returned workbook: its sheet by present name, row and column from 0."""

    sheet: str
    row: int
    column: int

    @property
    def cell(self) -> str:
        """The cell as people write it: `B4`."""
        return cell_name(self.row, self.column)


class Missing(Enum):
    """Why a field has no cell that could be read."""

    #: its row, column or sheet went, and no answer stands in doubt
    GONE = "gone"
    #: nobody can tell which cell is its own, and an answer may stand in one of them
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class SheetNow:
    """A sheet of the form in a returned workbook, with the name that it has there.

    One that is not `present` keeps the name it was issued with. On one `as_issued` every printed
    cell is where it was, and nothing stands beside them.
    """

    name: str
    as_issued: bool = True
    present: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Whereabouts:
    """Where every field of `layout` stands: as issued, unless it is among those `elsewhere`.

    `sheets` are those of the layout, in its order.
    """

    layout: Layout
    sheets: tuple[SheetNow, ...]
    elsewhere: Mapping[str, At | Missing] = field(default_factory=dict)

    def of(self, path: str) -> At | Missing:
        """Where a field stands. Raises KeyError when the form has no such field."""
        if path in self.elsewhere:
            return self.elsewhere[path]
        place = self.layout.places[path]
        return At(self.sheets[place.sheet].name, place.row, place.column)

    def cells(self, paths: Iterable[str]) -> list[At]:
        """The cells of fields, as far as they have one."""
        return [at for at in map(self.of, paths) if isinstance(at, At)]

    def where(self, path: str) -> tuple[str, str]:
        """Sheet name and cell (`B4`) at which a field stands; no cell if it has none."""
        at = self.of(path)
        if isinstance(at, At):
            return at.sheet, at.cell
        return self.sheets[self.layout.places[path].sheet].name, ""

    @property
    def uncertain(self) -> frozenset[str]:
        """The fields that may have an answer in a cell which nobody can tell."""
        return frozenset(p for p, at in self.elsewhere.items() if at is Missing.UNCERTAIN)

    @property
    def complete(self) -> bool:
        """Whether every field has its cell."""
        return not any(isinstance(at, Missing) for at in self.elsewhere.values())


@lru_cache(maxsize=64)
def as_issued(layout: Layout) -> Whereabouts:
    """The whereabouts in a workbook that nobody changed."""
    return Whereabouts(layout, tuple(SheetNow(sheet.sheet.name) for sheet in layout.sheets))


class Trust(Enum):
    """How far a workbook can be trusted to be the form that it says it is."""

    FULL = "full"
    #: the template prints or asks something else now: a value may be read for another
    OTHER_EDITION = "other edition"
    #: it may be the form of another unit
    DOUBTFUL = "doubtful"


@dataclass(frozen=True, kw_only=True, eq=False)
class Submission:
    """A completed workbook, read (报送): entries by field path, and what happened to the file."""

    source: str
    identity: Identity
    whereabouts: Whereabouts
    entries: Mapping[str, Entry]
    #: of rows that print one of an earlier stage: its id
    ids: Mapping[Path, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    #: what computed cells show, by path, as far as they are there; None for nothing
    shown: Mapping[str, Raw | None] = field(default_factory=dict)
    #: fields that may have an answer which was not read, and a finding says why
    unread: frozenset[str] = frozenset()
    trust: Trust = Trust.FULL
    #: the content hash of the submission that a marked copy was made of; "" if it is none
    came_from: str = ""
    #: when a program last saved it, local time; None where the workbook does not say so
    saved: datetime | None = None

    @property
    def layout(self) -> Layout:
        """The form, with the rows that were added to it."""
        return self.whereabouts.layout

    @property
    def sheet_names(self) -> tuple[str, ...]:
        """The names that the sheets of the form have in this workbook."""
        return tuple(sheet.name for sheet in self.whereabouts.sheets)

    def where(self, path: str) -> tuple[str, str]:
        """Sheet name and cell (`B4`) at which a field stands in this workbook; no cell if gone."""
        return self.whereabouts.where(path)


@dataclass(frozen=True, kw_only=True, eq=False)
class CheckedSubmission:
    """Typed values by field path, and everything found on the way. A blank field has no value."""

    submission: Submission
    values: Mapping[str, object]
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> int:
        """How many of the findings are errors."""
        return sum(1 for found in self.findings if found.severity == "error")


def rows_holding(paths: Iterable[str]) -> frozenset[str]:
    """Every row and repeat that one of the paths lies in: `a[0].b[1].c` lies in two."""
    found: set[str] = set()
    for path in paths:
        found.update(Path(path).rows)
    return frozenset(found)
