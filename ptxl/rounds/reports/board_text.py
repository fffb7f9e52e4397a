"""The board → lines for a terminal of 100 columns. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ptxl.rounds.board import ACCEPTABLE, Board, Line, Standing, tally
from ptxl.rounds.reports.counts import counts_by_key
from ptxl.rounds.settings import Settings
from ptxl.text import display_width
from ptxl.words import Speaker, phrase

#: how a line is shown where colours are
Tone = Literal["plain", "head", "alert"]
WIDTH = 100
_INDENT = "    "
_GAP = "  "
#: of a unit's line, in half-width characters: code, name, how it stands, when, whom to call
_WIDTHS = (10, 30, 16, 12, 24)
_NAME_WIDTH = 28
_CUT = "…"


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line, no wider than a terminal, and how it is shown."""

    text: str
    tone: Tone = "plain"


def board_lines(
    board: Board, settings: Settings, speaker: Speaker, *, open_only: bool = False
) -> Iterator[TextLine]:
    """Yield the board: what it is about, counts by department, then unit by unit.

    With `open_only` only units are listed for which something has to be done.
    """
    yield TextLine(_cut(settings.title, WIDTH), "head")
    yield TextLine(speaker.word(standing_of(board)), "alert" if board.overdue else "plain")
    yield TextLine("")
    yield from _departments(board, speaker)
    for department, lines in board.departments():
        shown = [line for line in lines if not open_only or needs_work(line)]
        if shown:
            yield TextLine("")
            yield TextLine(_cut(department or speaker.say("reports.no_department"), WIDTH), "head")
        for line in shown:
            yield from _unit(line, board, speaker)


def standing_of(board: Board) -> object:
    """Say as of when a board is, and how long there is still time, or for how long not."""
    code = "reports.overdue_by" if board.overdue else "reports.open_until"
    days = abs((board.now.date() - board.deadline.date()).days)
    return phrase(code, deadline=board.deadline.date(), now=moment(board.now), days=days)


def moment(when: object) -> str:
    """Write a moment to the minute."""
    return f"{when:%Y-%m-%d %H:%M}"


def needs_work(line: Line) -> bool:
    """Whether somebody has to do something about a form."""
    return line.state is not Standing.ACCEPTED or line.to_return is not None


def is_overdue(line: Line, board: Board) -> bool:
    """Whether the deadline has passed and nothing counts."""
    return board.overdue and line.state not in ACCEPTABLE


def contact_of(line: Line) -> str:
    """Whom to call about a form."""
    return _GAP.join(filter(None, (line.due.contact, line.due.telephone)))


def _departments(board: Board, speaker: Speaker) -> Iterator[TextLine]:
    """A line of counts for each department, and one for all."""
    counts = [
        (department or speaker.say("reports.no_department"), counts_by_key(tally(lines)))
        for department, lines in board.departments()
    ]
    total = counts_by_key(board.tally)
    headings = [speaker.say(f"reports.columns.{key}") for key in ("department", *total)]
    rows = [[name, *map(str, numbers.values())] for name, numbers in counts]
    rows.append([speaker.say("reports.total"), *map(str, total.values())])
    name_width = min(_NAME_WIDTH, max(display_width(row[0]) for row in (headings, *rows)))
    widths = [name_width, *map(display_width, headings[1:])]
    yield TextLine(_aligned(headings, widths), "head")
    for row in rows:
        yield TextLine(_aligned(row, widths))


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    """The first cell to the left, numbers to the right."""
    name = _padded(cells[0], widths[0])
    numbers = (
        " " * (width - display_width(cell)) + cell
        for cell, width in zip(cells[1:], widths[1:], strict=True)
    )
    return _GAP.join((name, *numbers)).rstrip()


def _unit(line: Line, board: Board, speaker: Speaker) -> Iterator[TextLine]:
    """A unit's form: how it stands, when it came, whom to call; below it what else is to know."""
    due = line.due
    late = is_overdue(line, board)
    shown = line.shown
    cells = (
        due.unit.code,
        due.unit.name,
        speaker.word(line.state) + speaker.word(mark_of(line, board)),
        f"{shown.moment:%m-%d %H:%M}" if shown else "",
        contact_of(line),
    )
    widths = zip(cells, _WIDTHS, strict=True)
    text = _GAP.join(_padded(cell, width) for cell, width in widths).rstrip()
    yield TextLine(text, "alert" if late else "plain")
    if has_several_forms(board):
        yield TextLine(_cut(_INDENT + due.title, WIDTH))
    for remark in line.remarks:
        for part in wrapped(speaker.word(remark), WIDTH - len(_INDENT)):
            yield TextLine(_INDENT + part)


def mark_of(line: Line, board: Board) -> object:
    """Say that a form is overdue, or came late; "" otherwise."""
    if is_overdue(line, board):
        return phrase("reports.mark_overdue")
    return phrase("reports.mark_late") if line.late else ""


def has_several_forms(board: Board) -> bool:
    """Whether units send forms of more than one template."""
    return len({line.due.template for line in board.lines}) > 1


def _padded(text: str, width: int) -> str:
    text = _cut(text, width)
    return text + " " * (width - display_width(text))


def _cut(text: str, width: int) -> str:
    """A text that is no wider than it may be; what is cut ends in `…`."""
    if display_width(text) <= width:
        return text
    while text and display_width(text + _CUT) > width:
        text = text[:-1]
    return text + _CUT


def wrapped(text: str, width: int) -> Iterator[str]:
    """Yield the lines of a text, none wider than `width`."""
    yield from _lines(text.split("\n"), width)


def _lines(paragraphs: Iterable[str], width: int) -> Iterator[str]:
    for paragraph in paragraphs:
        line = ""
        for character in paragraph:
            if display_width(line + character) > width:
                yield line
                line = ""
            line += character
        yield line
