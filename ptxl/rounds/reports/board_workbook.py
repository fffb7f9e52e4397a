"""The board → a workbook: unit by unit, counts by department, and every file that came."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ptxl.layout.helper_sheets import OUTPUT_NAME
from ptxl.rounds.board import Board, Filed, Line, tally
from ptxl.rounds.compare import Comparison
from ptxl.rounds.records import short_digest
from ptxl.rounds.reports.board_text import (
    has_several_forms,
    is_overdue,
    moment,
    standing_of,
)
from ptxl.rounds.reports.counts import counts_by_key
from ptxl.rounds.reports.sheets import Column, Row, Sheet
from ptxl.rounds.reports.workbook import write_workbook
from ptxl.rounds.settings import Settings
from ptxl.words import Phrase, Speaker, phrase

UNIT_COLUMNS = (
    Column(key="number", width=5, kind="count"),
    Column(key="unit_code", width=9),
    Column(key="unit_name", width=20),
    Column(key="form", width=16),
    Column(key="state", width=8),
    Column(key="late_by", width=8),
    Column(key="file", width=18),
    Column(key="arrived", width=11),
    Column(key="errors", width=6, kind="count"),
    Column(key="warnings", width=6, kind="count"),
    Column(key="remarks", width=23),
    Column(key="contact", width=8),
    Column(key="telephone", width=15),
)
_COUNT_KEYS = (
    "due", "received", "accepted", "to_check", "to_correct", "unreadable", "rest", "missing", "late"
)  # fmt: skip
DEPARTMENT_COLUMNS = (
    Column(key="number", width=6, kind="count"),
    Column(key="department", width=40),
    *(Column(key=key, width=10, kind="count") for key in _COUNT_KEYS),
)
FILE_COLUMNS = (
    Column(key="number", width=5, kind="count"),
    Column(key="file", width=32),
    Column(key="arrived", width=11),
    Column(key="state", width=11),
    Column(key="late_by", width=6),
    Column(key="unit_name", width=24),
    Column(key="why", width=46),
    Column(key="digest", width=15),
    Column(key="archive", width=74, printed=False),
)


def board_workbook(board: Board, settings: Settings, speaker: Speaker) -> bytes:
    """Write the board as a workbook, in the language of the speaker; same board, same bytes."""
    sheets = board_sheets(board, settings, speaker)
    return write_workbook(sheets, speaker, title=settings.title, name=OUTPUT_NAME)


def board_sheets(board: Board, settings: Settings, speaker: Speaker) -> tuple[Sheet, ...]:
    """Lay the board out on sheets: units, departments, files."""
    say = speaker.say
    head = (speaker.word(standing_of(board)), say("reports.counts", **counts_by_key(board.tally)))

    def titled(key: str) -> tuple[str, ...]:
        return (say("summary.heading", title=settings.title, sheet=say(f"reports.sheets.{key}")),
                *head)  # fmt: skip

    return (
        Sheet(
            name=say("reports.sheets.board"), head=titled("board"), columns=_unit_columns(board),
            rows=tuple(_unit_rows(board)), fixed=3,
        ),
        Sheet(
            name=say("reports.sheets.departments"), head=titled("departments"),
            columns=DEPARTMENT_COLUMNS, rows=tuple(_department_rows(board)), fixed=2,
        ),
        Sheet(
            name=say("reports.sheets.files"), head=titled("files"), columns=FILE_COLUMNS,
            rows=tuple(_file_rows(board)), fixed=2,
        ),
    )  # fmt: skip


def _unit_columns(board: Board) -> tuple[Column, ...]:
    """The columns of the sheet of units; that of forms only where there are several."""
    several = has_several_forms(board)
    return tuple(column for column in UNIT_COLUMNS if several or column.key != "form")


def _unit_rows(board: Board) -> Iterator[Row]:
    """The units of each department below its head, and the counts of all at the end."""
    number = 0
    for department, lines in board.departments():
        counts = phrase("reports.counts", **counts_by_key(tally(lines)))
        name = department or phrase("reports.no_department")
        yield Row(look="band", cells={"department": name, "counts": counts})
        for line in lines:
            number += 1
            yield _unit_row(number, line, board)
    counts = phrase("reports.counts", **counts_by_key(board.tally))
    yield Row(look="band", cells={"department": phrase("reports.total"), "counts": counts})


def _unit_row(number: int, line: Line, board: Board) -> Row:
    due = line.due
    looked_at = line.to_return or line.counted
    came = line.shown
    cells: dict[str, object] = {
        "number": number,
        "unit_code": due.unit.code,
        "unit_name": due.unit.name,
        "form": due.title,
        "state": line.state,
        "late_by": _late_by(line, board),
        "file": line.counted.received.arrivals[0].names[-1] if line.counted else "",
        "arrived": _two_lines(came.moment) if came else "",
        "remarks": _joined(line.remarks),
        "contact": due.contact,
        "telephone": due.telephone,
    }
    if looked_at and looked_at.record:
        cells["errors"] = looked_at.record.count("error")
        cells["warnings"] = looked_at.record.count("warning")
    red = frozenset(("state", "late_by")) if is_overdue(line, board) else frozenset[str]()
    return Row(cells=cells, red=red)


def _late_by(line: Line, board: Board) -> object:
    """By how much a form is overdue, or that it came late."""
    if is_overdue(line, board):
        days = (board.now.date() - board.deadline.date()).days
        return phrase("reports.overdue_days", days=days)
    return phrase("reports.late") if line.late else ""


def _department_rows(board: Board) -> Iterator[Row]:
    for number, (department, lines) in enumerate(board.departments(), 1):
        name = department or phrase("reports.no_department")
        counts = counts_by_key(tally(lines))
        red = frozenset(("missing",)) if board.overdue and counts["missing"] else frozenset[str]()
        yield Row(cells={"number": number, "department": name, **counts}, red=red)
    total = counts_by_key(board.tally)
    yield Row(look="total", cells={"department": phrase("reports.total"), **total})


def _file_rows(board: Board) -> Iterator[Row]:
    names = {line.due.unit.code: line.due.unit.name for line in board.lines}
    for number, one in enumerate(board.files, 1):
        received = one.received
        yield Row(cells={
            "number": number,
            "file": one.name,
            "arrived": _two_lines(received.arrivals[0].moment),
            "state": one.state,
            "late_by": phrase("reports.late") if one.late else "",
            "unit_name": _unit_of(one, names),
            "why": _joined((*one.remarks, *_compared(one.comparison))),
            "digest": short_digest(received.digest),
            "archive": f"{received.digest[:2]}/{received.digest}{received.suffix}",
        })  # fmt: skip


def _unit_of(one: Filed, names: dict[str, str]) -> str:
    """Code and name of the unit that a file is of, as far as somebody knows."""
    own = one.record.unit.name if one.record else ""
    return " ".join(filter(None, (one.unit, names.get(one.unit, own))))


def _compared(comparison: Comparison | None) -> tuple[Phrase, ...]:
    """What became of the findings of the submission before."""
    if comparison is None:
        return ()
    return (
        phrase(
            "reports.compared", mended=len(comparison.mended), still=len(comparison.still),
            new=len(comparison.new), unasked=len(comparison.unasked),
        ),
    )  # fmt: skip


def _joined(remarks: tuple[Phrase, ...]) -> Phrase | str:
    return phrase("reports.remarks", remarks=remarks) if remarks else ""


def _two_lines(when: datetime) -> str:
    """Day and time below each other: both can be read in a narrow column."""
    return moment(when).replace(" ", "\n")
