"""What counts in a round → the county workbook and JSON, in the order of the roster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ptxl import api
from ptxl.inputs import Inputs
from ptxl.model.errors import InputError
from ptxl.outputs import file_name
from ptxl.receive.workers import Terms
from ptxl.rounds.folder import Round
from ptxl.rounds.status import State, state_of
from ptxl.words import Speaker


@dataclass(frozen=True, slots=True)
class MergedRound:
    """What was merged, and where it was written."""

    merged: api.Merged
    workbook: Path
    json: Path


def merge_round(
    where: Round, terms: Terms, now: datetime,
    *, progress: api.Progress = iter, waiting: Callable[[], None] = lambda: None,
) -> MergedRound:  # fmt: skip
    """Write the summary of every file that counts.

    Raises InputError while nothing does, ArchiveError where an archived file was changed,
    BusyError while another program works in the round for long.
    """
    with where.reading(waiting) as ledger:
        state = state_of(where, ledger, terms, now)
    return merge_counted(where, state, terms, progress=progress)


def merge_counted(
    where: Round, state: State, terms: Terms, *, progress: api.Progress = iter
) -> MergedRound:
    """Write the summary of what counts in a state of the round.

    Raises InputError where nothing does, ArchiveError where an archived file was changed.
    """
    counted = [line.counted for line in state.board.lines if line.counted]
    if not counted:
        raise InputError("nothing_counts", path=where.root)
    files = tuple((where.unchanged(one.received), one.name) for one in counted)
    say = Speaker(where.settings.language).say
    name = file_name(say("rounds.summary_file", title=where.settings.title))
    workbook, json = where.reports / f"{name}.xlsx", where.reports / f"{name}.json"
    merged = api.merge(
        Inputs(files), workbook, json=json, title=where.settings.title,
        language=where.settings.language, terms=terms, progress=progress, waivers=state.waivers,
    )  # fmt: skip
    return MergedRound(merged, workbook, json)
