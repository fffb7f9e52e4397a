"""What the officer decides about a file by hand → the ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from ptxl.receive.workers import Terms
from ptxl.rounds.board import Board, Filed
from ptxl.rounds.folder import Round, RoundError
from ptxl.rounds.records import Container, Decision, short_digest
from ptxl.rounds.status import board_of

#: of a hash, so many characters name a file
_SHORTEST = 6


def accept(
    where: Round, terms: Terms, file: str, reason: str, now: datetime,
    *, waiting: Callable[[], None] = lambda: None,
) -> Filed:  # fmt: skip
    """Let a file count for its unit and form; return what it is now.

    `file` is its name as it came, or the beginning of its hash. Raises RoundError where no file is
    meant or several, or where it cannot count: it is no form, is not due, or has errors.
    """
    return _decide(where, terms, file, "accept", reason, now, waiting)


def reject(
    where: Round, terms: Terms, file: str, reason: str, now: datetime,
    *, waiting: Callable[[], None] = lambda: None,
) -> Filed:  # fmt: skip
    """Let a file not count, whatever it is; return what it is now.

    Raises RoundError where no file is meant or several, or an archive or mail.
    """
    return _decide(where, terms, file, "reject", reason, now, waiting)


def _decide(
    where: Round, terms: Terms, file: str, verdict: Literal["accept", "reject"], reason: str,
    now: datetime, waiting: Callable[[], None],
) -> Filed:  # fmt: skip
    with where.changing(waiting) as ledger:
        board = board_of(where, ledger, terms, now)
        meant = find_file(board, file)
        if isinstance(meant.received.judgement, Container):
            raise RoundError("opened", file=meant.name)
        if verdict == "accept":
            _require_countable(board, meant)
        decision = Decision(
            digest=meant.received.digest, verdict=verdict, reason=reason, decided=now,
            seen=max(one.received.number for one in board.files),
        )  # fmt: skip
        with ledger.changing():
            ledger.add_decision(decision)
        return find_file(board_of(where, ledger, terms, now), meant.received.digest)


def _require_countable(board: Board, meant: Filed) -> None:
    """Raise RoundError where a file cannot count even if the officer says so."""
    record = meant.record
    if record is None:
        raise RoundError("not_a_form", file=meant.name)
    if (record.unit.code, record.template) not in {line.due.key for line in board.lines}:
        unit = f"{record.unit.code} {record.unit.name}"
        raise RoundError("not_due", file=meant.name, unit=unit, title=record.title)
    if record.count("error"):
        raise RoundError("has_errors", file=meant.name, errors=record.count("error"))


def find_file(board: Board, named: str) -> Filed:
    """Find a received file by its name, or the beginning of its hash. Raises RoundError.

    A file that came from several units is on the board once for each, and is one file here.
    """
    named = named.strip()
    found = [one for one in board.files if named in _names(one)]
    if not found and len(named) >= _SHORTEST:
        found = [one for one in board.files if one.received.digest.startswith(named.lower())]
    found = list({one.received.digest: one for one in reversed(found)}.values())
    if len(found) != 1:
        names = tuple(f"{short_digest(one.received.digest)} {one.name}" for one in found)
        raise RoundError("several_files" if found else "no_such_file", file=named, files=names)
    return found[0]


def _names(one: Filed) -> frozenset[str]:
    arrivals = one.received.arrivals
    return frozenset(name for each in arrivals for name in (each.name, each.file_name))
