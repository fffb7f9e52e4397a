"""What came back: a completed workbook, read. Data only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ptxl.cells import cell_name
from ptxl.model.findings import Finding
from ptxl.model.form import Unit
from ptxl.model.layout import Layout

#: what a cell holds; a blank cell has no entry
Raw = str | Decimal | date | bool


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


@dataclass(frozen=True, kw_only=True, eq=False)
class Submission:
    """A completed workbook, read (报送): entries by field path, and what happened to the file.

    `moved` gives sheet, row and column (from 0) of fields that are not where they were issued;
    `sheet_names` the names the sheets have now.
    """

    source: str
    identity: Identity
    layout: Layout
    entries: Mapping[str, Entry]
    findings: tuple[Finding, ...] = ()
    sheet_names: tuple[str, ...] = ()
    moved: Mapping[str, tuple[int, int, int]] | None = None
    #: fields without a certain cell: deleted, or nobody can tell which it is
    gone: frozenset[str] = frozenset()
    #: fields that may have an answer which was not read, and a finding says why
    unread: frozenset[str] = frozenset()

    def where(self, path: str) -> tuple[str, str]:
        """Sheet name and cell (`B4`) at which a field stands in this workbook; no cell if gone."""
        place = self.layout.places[path]
        if path in self.gone:
            return self.sheet_names[place.sheet], ""
        sheet, row, column = (self.moved or {}).get(path, (place.sheet, place.row, place.column))
        return self.sheet_names[sheet], cell_name(row, column)


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
        found.update(path[: end.end()] for end in re.finditer(r"\]", path))
    return frozenset(found)
