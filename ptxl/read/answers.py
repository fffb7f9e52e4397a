"""A workbook and where its fields stand → what was typed into them, and what cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ptxl.layout.issued_sheets import AskedCell, IssuedSheet, Position
from ptxl.model.findings import Finding, finding
from ptxl.model.submission import At, Entry, SheetNow, Whereabouts
from ptxl.read.compare import same_text, sheets_there, value_at
from ptxl.read.workbook import Doubt, Grid, Workbook, cell_value, needs_second_look


@dataclass(slots=True)
class Answers:
    """The entries by field path, the fields that cannot be read, and why."""

    entries: dict[str, Entry] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)


def read_answers(workbook: Workbook, whereabouts: Whereabouts) -> Answers:
    """Read every field that has a cell."""
    answers = Answers()
    for sheet, now in sheets_there(whereabouts):
        cells = _Cells(workbook, now)
        for asked, at in _places(sheet, whereabouts):
            raw = cells.value(at)
            doubt = cells.doubt(at, raw)
            value = cell_value(raw)
            if doubt:
                value = doubt.value
                label = whereabouts.layout.fields[asked.path].label
                _note(answers, asked, At(now.name, *at), label, doubt)
            if value is not None and not (asked.blank and same_text(value, asked.blank)):
                answers.entries[asked.path] = Entry(value)
    return answers


def _places(sheet: IssuedSheet, whereabouts: Whereabouts) -> Iterator[tuple[AskedCell, Position]]:
    """The fields of a sheet that have a cell, and its present row and column."""
    for asked in sheet.asked:
        at = whereabouts.elsewhere.get(asked.path)
        if at is None:
            yield asked, (asked.row, asked.column)
        elif isinstance(at, At):
            yield asked, (at.row, at.column)


class _Cells:
    """The cells of one sheet, each with a second opinion where readers may differ.

    A second reader is asked about formulas and errors, and about every cell of a sheet that is not
    as it was issued.
    """

    def __init__(self, workbook: Workbook, now: SheetNow) -> None:
        self._workbook, self._name = workbook, now.name
        self._grid: Grid = workbook.grid(now.name)
        self._odd = workbook.formulas_and_errors(now.name)
        self._careful = workbook.readers_may_differ(now.name) or not now.as_issued

    def value(self, at: Position) -> object:
        """What the first reader says; '' outside of the sheet's content."""
        return value_at(self._grid, at)

    def doubt(self, at: Position, value: object) -> Doubt | None:
        """What a second reader has against that value."""
        if self._careful or at in self._odd or needs_second_look(value):
            return self._workbook.doubt(self._name, at)
        return None


def _note(answers: Answers, asked: AskedCell, at: At, label: str, doubt: Doubt) -> None:
    where = {"path": asked.path, "sheet": at.sheet, "cell": at.cell, "label": label}
    answers.findings.append(finding(doubt.code, **where, **doubt.facts))
    if doubt.value is None:
        answers.unread.add(asked.path)
