"""Takes the rows of one file after the other, adds them up, and hands them to workbook and JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, TextIO

from ptxl.merge.compare_units import Crossed
from ptxl.merge.rows import AMOUNTS, LeftOut, UnitSummary, UnmergedAmount, add_up
from ptxl.model.findings import Finding
from ptxl.summary.columns import (
    INDICATORS,
    LEFT_OUT,
    PROJECTS,
    UNITS,
    UNMERGED,
    WARNINGS,
    indicator_line,
    problem_line,
    project_line,
    unit_line,
    unmerged_line,
    warning_line,
)
from ptxl.summary.county_json import CountyJson
from ptxl.summary.county_workbook import CountyWorkbook
from ptxl.words import DEFAULT_LANGUAGE, Language, Speaker

#: what is counted, by the name that JSON and messages give it
_COUNTED = ("units", "projects", "indicators", "warnings", "hints", "across", "left_out")
_MOST_REASONS = 13


@dataclass(slots=True)
class Tally:
    """Counts and sums of everything written so far; sums are in 万元."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_COUNTED, 0))
    #: over all projects, and `budget` over all budgets of departments
    totals: dict[str, Decimal] = field(
        default_factory=lambda: dict.fromkeys((*AMOUNTS, "budget"), Decimal(0))
    )
    left_out: list[LeftOut] = field(default_factory=list)
    across: list[Crossed] = field(default_factory=list)
    #: files that count though their name is that of another unit, with what was found
    misnamed: list[tuple[str, Finding]] = field(default_factory=list)
    unmerged: tuple[UnmergedAmount, ...] = ()

    def add(self, unit: UnitSummary) -> None:
        """Add the amounts of a form."""
        for name in AMOUNTS:
            self.totals[name] += unit.total(name)
        if "total" in unit.budget:
            self.totals["budget"] += unit.budget["total"].value
        self.unmerged = add_up((*self.unmerged, *unit.unmerged))

    def next(self, name: str) -> int:
        """Count one more, and return how many there are."""
        self.counts[name] += 1
        return self.counts[name]


class SummaryWriter:
    """Writes the county workbook, and with `json` the same as JSON, while submissions come in.

    A context manager: `add` each outcome in turn; leaving the block writes totals and closes.
    Temporary files lie in `folder`.
    """

    def __init__(
        self,
        workbook: BinaryIO,
        folder: Path,
        json: TextIO | None = None,
        title: str = "",
        language: Language = DEFAULT_LANGUAGE,
    ) -> None:
        self.tally = Tally()
        self._book = CountyWorkbook(workbook, folder, Speaker(language), title)
        self._json = CountyJson(json, language) if json else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            self._book.abandon()

    def add(self, outcome: UnitSummary | LeftOut) -> None:
        """Write what one file adds: its rows, or the reasons for which it is left out."""
        if isinstance(outcome, LeftOut):
            self._add_left_out(outcome)
        else:
            self._add_unit(outcome)

    def add_across(self, found: Iterable[Crossed]) -> None:
        """Write what shows when units are laid side by side, behind the findings of each."""
        for one in found:
            self.tally.next("across")
            self.tally.across.append(one)
            self._add_finding(one.source.file, one.unit, one.finding)

    def _add_unit(self, unit: UnitSummary) -> None:
        tally, write = self.tally, self._book.write
        tally.add(unit)
        write(UNITS, {"number": tally.next("units"), **unit_line(unit)})
        for project in unit.projects:
            number = tally.next("projects")
            write(PROJECTS, {"number": number, **project_line(unit, project)})
        for row in unit.indicators:
            number = tally.next("indicators")
            write(INDICATORS, {"number": number, **indicator_line(unit, row)})
        name = f"{unit.identity.unit.code} {unit.identity.unit.name}"
        for found in unit.findings:
            self._add_finding(unit.file, name, found)
            if found.code == "file_name_differs":
                tally.misnamed.append((unit.file, found))
        if self._json:
            self._json.add(unit)

    def _add_finding(self, file: str, unit: str, found: Finding) -> None:
        """Write what was found in a file that counts: a warning or a hint."""
        self.tally.next("hints" if found.severity == "hint" else "warnings")
        number = self.tally.counts["warnings"] + self.tally.counts["hints"]
        self._book.write(WARNINGS, {"number": number, **warning_line(file, unit, found)})

    def _add_left_out(self, outcome: LeftOut) -> None:
        number = self.tally.next("left_out")
        self.tally.left_out.append(outcome)
        for found in outcome.findings[:_MOST_REASONS]:
            line = problem_line(outcome.file, outcome.unit, found)
            self._book.write(LEFT_OUT, {"number": number, **line})

    def _finish(self) -> None:
        tally = self.tally
        for number, amount in enumerate(tally.unmerged, 1):
            self._book.write(UNMERGED, {"number": number, **unmerged_line(amount)})
        self._book.close(tally.totals)
        if self._json:
            self._json.close(
                across=tally.across, left_out=tally.left_out, unmerged=tally.unmerged,
                totals=tally.totals, counts=tally.counts,
            )  # fmt: skip
