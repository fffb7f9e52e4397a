"""A workbook and where its fields stand → what was typed into them, and what cannot be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import Decimal

from ptxl.cells import Box
from ptxl.layout.issued_sheets import AskedCell, IssuedSheet, Position
from ptxl.model.findings import Code, Finding, finding
from ptxl.model.form import Field
from ptxl.model.submission import At, Entry, SheetNow, Whereabouts
from ptxl.read.compare import same_text, sheets_there, value_at
from ptxl.read.looks import Look, Looks, Mark, draws
from ptxl.read.seen import read_as_seen
from ptxl.read.workbook import Doubt, Grid, Workbook, cell_value, needs_second_look
from ptxl.text import Raw, plain
from ptxl.values.kinds import kind_of
from ptxl.values.number_format import see
from ptxl.words import phrase

#: merged cells that are no more than so many are noted one by one
_MOST_COVERED = 2_000


@dataclass(slots=True)
class Answers:
    """The entries by field path, the fields that cannot be read, and why."""

    entries: dict[str, Entry] = field(default_factory=dict)
    #: what computed cells show; None for nothing
    shown: dict[str, Raw | None] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)


def read_answers(workbook: Workbook, whereabouts: Whereabouts, looks: Looks) -> Answers:
    """Read every field that has a cell."""
    answers = Answers()
    for sheet, now in sheets_there(whereabouts):
        cells = _Cells(workbook, sheet, now, looks)
        for asked, at in _places(sheet, whereabouts):
            field = whereabouts.layout.fields[asked.path]
            raw = cells.value(at)
            doubt = cells.doubt(at, raw)
            if field.compute:
                if doubt is None or doubt.code != "formula_without_value":
                    answers.shown[asked.path] = _shown(raw, doubt)
                continue
            value = doubt.value if doubt else cell_value(raw)
            doubts = [doubt] if doubt else []
            if value is not None and not (asked.blank and same_text(value, asked.blank)):
                value = cells.as_seen(at, _number_of(raw, value), field, doubts)
                if value is not None:
                    answers.entries[asked.path] = Entry(value)
            if doubts:
                _note(answers, asked, At(now.name, *at), field.label, doubts)
    return answers


def _shown(raw: object, doubt: Doubt | None) -> Raw | None:
    """What a computed cell shows, though it be an error, or unclear to programs."""
    if doubt is None or doubt.value is not None:
        return doubt.value if doubt else cell_value(raw)
    return str(doubt.facts["raw"]) if "raw" in doubt.facts else None


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

    def __init__(self, workbook: Workbook, sheet: IssuedSheet, now: SheetNow, looks: Looks) -> None:
        self._workbook, self._looks, self._name = workbook, looks, now.name
        self._grid: Grid = workbook.grid(now.name)
        self._odd = workbook.formulas_and_errors(now.name)
        self._careful = workbook.readers_may_differ(now.name) or not now.as_issued
        self._texts_are_usual = looks.texts_are_usual(now.name)
        # Those of the form that a program left behind while rows moved hide nothing new.
        self._covered = _covered(workbook.state(now.name).merges - sheet.merged_boxes)

    def value(self, at: Position) -> object:
        """What the first reader says; '' outside of the sheet's content."""
        return value_at(self._grid, at)

    def doubt(self, at: Position, value: object) -> Doubt | None:
        """What a second reader has against that value."""
        if self._careful or at in self._odd or needs_second_look(value):
            return self._workbook.doubt(self._name, at)
        return None

    def as_seen(self, at: Position, value: Raw, asks: Field, doubts: list[Doubt]) -> Raw | None:
        """What may be read of a value, None for nothing; why not all of it joins the `doubts`."""
        if at in self._covered:
            doubts.append(Doubt("answer_covered", {"raw": plain(value)}))
            return None
        is_number = isinstance(value, Decimal | date)
        if not is_number and (self._texts_are_usual or not isinstance(value, str)):
            return value
        look = self._looks.cell(self._name, at)
        if is_number and not look.marks and not look.partly and _shows_all(look, value, asks):
            return value
        return _as_it_looks(look, value, asks, doubts)


def _number_of(raw: object, value: Raw) -> Raw:
    """The number behind a time of day, which is not what a person sees of it in every format."""
    if isinstance(raw, time):
        raw = timedelta(hours=raw.hour, minutes=raw.minute, seconds=raw.second)
    if isinstance(raw, timedelta):
        return Decimal(repr(raw / timedelta(days=1)))
    return value


def _covered(merges: Iterable[Box]) -> set[Position]:
    """The cells behind the first of merged ones, which nobody sees."""
    found: set[Position] = set()
    for box in merges:
        if box.size <= _MOST_COVERED:
            found.update(box.cells)
    return found.difference((box.top, box.left) for box in merges)


def _shows_all(look: Look, value: Raw, asks: Field) -> bool:
    return look.form.shows_all_of(value) and kind_of(asks).type != "date"


def _as_it_looks(look: Look, value: Raw, asks: Field, doubts: list[Doubt]) -> Raw | None:
    """What may be read of a cell that looks like that."""
    assert not isinstance(value, bool)
    seen = see(look.form, value)
    reading = read_as_seen(value, seen, asks)
    read = reading.value if isinstance(reading, Doubt) else reading
    if isinstance(reading, Doubt):
        doubts.append(reading)
    doubts += _marked("partly_marked", look.partly, value)
    if look.partly:
        return None
    marks = look.marks | seen.marks
    if "signs" in marks and draws(plain(value)):
        drawn = phrase("looks.drawn")
        doubts.append(Doubt("shown_otherwise", {"shown": drawn, "raw": plain(value), "read": ""}))
        return None
    doubts += _marked("answer_marked", marks - {"signs"}, value, read)
    return read


def _marked(
    code: Code, marks: Iterable[Mark], value: Raw, read: Raw | None = None
) -> Iterator[Doubt]:
    for mark in sorted(marks):
        yield Doubt(code, {"raw": plain(value), "what": phrase(f"looks.{mark}")}, read)


def _note(answers: Answers, asked: AskedCell, at: At, label: str, doubts: Iterable[Doubt]) -> None:
    where = {"path": asked.path, "sheet": at.sheet, "cell": at.cell, "label": label}
    for doubt in doubts:
        answers.findings.append(finding(doubt.code, **where, **doubt.facts))
        if doubt.value is None:
            answers.unread.add(asked.path)
