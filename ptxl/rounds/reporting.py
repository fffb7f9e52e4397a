"""A round → its reports: the board as a workbook, and the list of problems, which is read back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ptxl.outputs import write_whole
from ptxl.receive.workers import Terms
from ptxl.rounds.board import Board
from ptxl.rounds.folder import CLOSED, Round
from ptxl.rounds.ledger import Ledger
from ptxl.rounds.opinions import Opinion, changed_opinions
from ptxl.rounds.reports.board_workbook import board_workbook
from ptxl.rounds.reports.problem_list import ReadOpinions, problem_list, read_opinions
from ptxl.rounds.status import state_of
from ptxl.words import Phrase, Speaker

#: below which the ledger keeps lists of problems by hash, and when their decisions were taken
LIST = "list "
#: in which programs save the list of problems
_FORMATS = (".xlsx", ".xls", ".ods", ".et")


@dataclass(frozen=True, slots=True)
class Reports:
    """The board, where reports were written, and what in the list of problems could not be taken.

    The list of problems is written only where it was asked for.
    """

    board: Board
    board_path: Path
    problems_path: Path
    faults: tuple[Phrase, ...] = ()


def write_reports(
    where: Round, terms: Terms, now: datetime,
    *, board_path: Path | None = None, problems: bool = False,
    show: Callable[[Board], None] = lambda _: None,
    waiting: Callable[[], None] = lambda: None,
) -> Reports:  # fmt: skip
    """Write the board, by default among the reports, and if asked for the list of problems.

    `show` is told the board before anything is written: a workbook that is open in a program may
    not be replaced.

    What the officer decided on the list that lies there is kept before it is replaced. Raises
    TableError where that list cannot be read; BusyError, RoundError, RosterError, TemplateError.
    """
    speaker = Speaker(where.settings.language)
    board_path = board_path or where.reports / speaker.say("rounds.board_file")
    problems_path = where.reports / speaker.say("rounds.problems_file")
    faults: tuple[Phrase, ...] = ()
    with where.reading(waiting) as ledger:
        if problems and not ledger.remembered(CLOSED):
            faults = _take_lists(ledger, problems_path, where.key, now)
        state = state_of(where, ledger, terms, now)
    show(state.board)
    write_whole(board_path, board_workbook(state.board, where.settings, speaker))
    if problems:
        data = problem_list(state.board, where.settings, speaker, where.key, state.opinions)
        write_whole(problems_path, data)
    return Reports(state.board, board_path, problems_path, faults)


def _take_lists(ledger: Ledger, path: Path, key: bytes, now: datetime) -> tuple[Phrase, ...]:
    """Keep what was decided on the list that lies there, in whatever format it was saved; on each
    once, so that an old list does not undo what was decided later. Raises TableError."""
    faults: list[Phrase] = []
    for lying in filter(Path.is_file, map(path.with_suffix, _FORMATS)):
        name = LIST + hashlib.sha256(lying.read_bytes()).hexdigest()
        if not ledger.remembered(name):
            faults += take_opinions(ledger, lying, key, now).faults
            ledger.remember(name, now.isoformat())
    return tuple(faults)


def take_opinions(ledger: Ledger, path: Path, key: bytes, now: datetime) -> ReadOpinions:
    """Keep what the officer decided on a list of problems. Raises TableError."""
    found = read_opinions(path, key)
    kept = map(Opinion.from_text, ledger.opinions())
    changed = changed_opinions(kept, found.opinions)
    with ledger.changing():
        ledger.add_opinions((one.to_text() for one in changed), now)
    return found
