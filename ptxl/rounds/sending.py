"""A round → its folder of letters: marked forms, letters, texts and drafts, as of today."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from ptxl import jobs
from ptxl.api import Progress
from ptxl.inputs import FileName
from ptxl.receive.workers import Terms, Unread, Workers
from ptxl.rounds.board import Board, Filed
from ptxl.rounds.folder import Round
from ptxl.rounds.letters import MarkedFile, Occasion, letters, marked_forms
from ptxl.rounds.refill import Refilled, refill
from ptxl.rounds.status import State, state_of


@dataclass(frozen=True, slots=True)
class Sent:
    """What was written into the folder of letters, and the board that it is about."""

    files: Refilled
    board: Board


def write_letters(
    where: Round, terms: Terms, now: datetime,
    *, until: date | None = None, progress: Progress = iter,
    waiting: Callable[[], None] = lambda: None,
) -> Sent:  # fmt: skip
    """Write what goes back to people; of what was written before only what is still true stays.

    `until` is the day by which corrections are wanted, if not the deadline. Raises BusyError,
    RoundError, RosterError, TemplateError; ArchiveError where an archived file was changed.
    """
    with where.reading(waiting) as ledger:
        state = state_of(where, ledger, terms, now)
    occasion = Occasion(settings=where.settings, today=now.date(), until=until)
    marked = dict(_marked(where, state, terms, progress))
    files = refill(where.letters, letters(state.board, occasion, marked), where.settings.language)
    return Sent(files, state.board)


def _marked(
    where: Round, state: State, terms: Terms, progress: Progress
) -> Iterator[tuple[str, MarkedFile]]:
    """The forms that go back, marked, by content hash; one that cannot be marked is left out."""
    back: list[Filed] = list(marked_forms(state.board))
    if not back:
        return
    look = partial(jobs.check, waivers=state.waivers)
    task = partial(jobs.mark, look=look, language=where.settings.language, severity="hint")
    files: list[FileName] = [(where.unchanged(one.received), one.name) for one in back]
    with Workers(task, terms, most=len(files)) as workers:
        outcomes = workers.each(progress(files))
        for one, outcome in zip(back, outcomes, strict=True):
            if not isinstance(outcome, Unread):
                name = str(outcome.name(f"{one.received.digest}{one.received.suffix}"))
                yield one.received.digest, (name, outcome.data)
