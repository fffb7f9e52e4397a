"""A round is closed: what counted is frozen in one zip, and nothing more is taken in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ptxl import api
from ptxl.outputs import file_name, write_whole
from ptxl.receive.workers import Terms
from ptxl.rounds.closing import closing_zip
from ptxl.rounds.folder import CLOSED, Round, RoundError
from ptxl.rounds.merging import MergedRound, merge_counted
from ptxl.rounds.records import Received
from ptxl.rounds.refill import free_path
from ptxl.rounds.status import state_of
from ptxl.words import Speaker

#: under which the ledger keeps the hash of the manifest
_MANIFEST = "manifest"


@dataclass(frozen=True, slots=True)
class Ended:
    """What was merged, the zip, and the hash of its manifest, to be noted elsewhere."""

    merged: MergedRound
    path: Path
    digest: str


def close_round(
    where: Round, terms: Terms, now: datetime,
    *, progress: api.Progress = iter, waiting: Callable[[], None] = lambda: None,
) -> Ended:  # fmt: skip
    """Write the summary and the zip of what counted, and close the round.

    Raises RoundError where it is closed, InputError where nothing counts, ArchiveError where a
    file of the archive is not what was received.
    """
    with where.changing(waiting) as ledger:
        state = state_of(where, ledger, terms, now)
        merged = merge_counted(where, state, terms, now, progress=progress)

        def content(one: Received) -> bytes:
            return where.unchanged(one).read_bytes()

        closed = closing_zip(
            state.board, where.settings, closed=now, read=content, opinions=state.opinions,
            summary_workbook=merged.workbook.read_bytes(), summary_json=merged.json.read_bytes(),
            local=terms.templates.local.text,
            roster=(where.roster.suffix, where.roster.read_bytes()),
        )  # fmt: skip
        say = Speaker(where.settings.language).say
        name = file_name(where.settings.title, say("rounds.closing_file"))
        path = free_path(where.root / f"{name}.zip")  # the hash of an earlier one may be noted
        write_whole(path, closed.data)
        with ledger.changing():
            ledger.remember(CLOSED, now.date().isoformat())
            ledger.remember(_MANIFEST, closed.digest)
    return Ended(merged, path, closed.digest)


def closing_of(where: Round) -> tuple[str, str]:
    """Return the day on which a round was closed, and the hash of the manifest; else "" twice."""
    with where.ledger() as ledger:
        day = ledger.remembered(CLOSED)
        return day, ledger.remembered(_MANIFEST) if day else ""


def summary_of_closed(where: Round) -> Path:
    """The JSON of the summary of a closed round: what was approved, for the stage that follows.

    Raises RoundError where the round is open still.
    """
    day, _ = closing_of(where)
    if not day:
        raise RoundError("round_not_closed", path=where.root)
    say = Speaker(where.settings.language).say
    name = file_name(say("rounds.summary_file", title=where.settings.title))
    return where.reports / f"{name}.json"


def reopen_round(where: Round, *, waiting: Callable[[], None] = lambda: None) -> None:
    """Open a closed round again; the zip of its closing stays. Raises RoundError if it is open."""
    with where.reading(waiting) as ledger:
        if not ledger.remembered(CLOSED):
            raise RoundError("round_open", path=where.root)
        with ledger.changing():
            ledger.remember(CLOSED, "")
