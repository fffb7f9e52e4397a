"""What happened in a round, in one SQLite file: received, judged, decided. Owns SQLite.

The file is the round's only memory beside the archive, and has to survive a kill, a full disk, a
memory stick and a network share: so it is one file at rest (`journal_mode=DELETE`), every commit is
on the disk when it returns (`synchronous=EXTRA`), and whoever changes something holds the write
lock from the start (`BEGIN IMMEDIATE`).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ptxl.model.errors import PtxlError
from ptxl.rounds.archive import Stored
from ptxl.rounds.records import Arrival, Decision

#: what makes the tables of each version those of the next, an empty file being version 0
_STEPS = (
    """
create table round (name text primary key, value text not null) without rowid;
create table file (
    number integer primary key, digest text unique not null, size integer not null,
    suffix text not null, judged_by text not null default '', judgement text not null default ''
);
create table arrival (
    number integer primary key, digest text not null references file (digest),
    names text not null, arrived text not null, sent text not null, sender text not null,
    unique (digest, names)
);
create table decision (
    number integer primary key, digest text not null, verdict text not null,
    reason text not null, decided text not null
);
create table opinion (number integer primary key, opinion text not null, given text not null)
""",
    """
alter table decision add column seen integer not null default 0;
update decision set seen = coalesce((
    select max(file.number) from file join arrival on arrival.digest = file.digest
    where arrival.arrived <= decision.decided
), 0);
update file set judgement = json_remove(judgement, '$[7]') where judgement like '["FormRecord",%'
""",
    """
update file set judgement = json_insert(judgement, '$[#]', json('["tuple"]')), judged_by = ''
    where judgement like '["FormRecord",%'
""",
)
VERSION = len(_STEPS)
_SETTINGS = (
    "pragma journal_mode=delete",
    "pragma synchronous=extra",
    "pragma fullfsync=on",
    "pragma foreign_keys=on",
    "pragma trusted_schema=off",
)
#: how long to wait for another program that reads or writes, in seconds
_PATIENCE = 10.0


class LedgerError(PtxlError):
    """A ledger that cannot be used: of a newer ptxl, damaged, or held by another program."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A received file with its arrivals, and its judgement as text; "" while there is none."""

    number: int
    stored: Stored
    arrivals: tuple[Arrival, ...]
    judgement: str


class Ledger:
    """An open ledger; a context that closes it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._explained():
            self._base = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
            try:
                self._prepare()
            except BaseException:
                self.close()
                raise

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()

    def _prepare(self) -> None:
        for setting in _SETTINGS:
            self._base.execute(setting)
        (version,) = self._base.execute("pragma user_version").fetchone()
        if version > VERSION:
            raise LedgerError("ledger_version", path=self._path)
        if version < VERSION:
            self._renew()

    def _renew(self) -> None:
        """Make the tables what they are now, unless another program did so meanwhile."""
        with self.changing():
            (version,) = self._base.execute("pragma user_version").fetchone()
            (tables,) = self._base.execute("select count(*) from sqlite_master").fetchone()
            if tables and not version:
                return  # no ledger of ours, as whoever asks it something is told
            for step in _STEPS[version:]:
                for statement in step.split(";"):
                    self._base.execute(statement)
            self._base.execute(f"pragma user_version={VERSION}")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Word what SQLite says, so that a person knows what to do."""
        try:
            yield
        except sqlite3.Error as error:
            code = _REASONS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, "ledger_unusable")
            raise LedgerError(code, path=self._path, detail=str(error)) from error

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Make all that is changed inside visible at once, or nothing of it."""
        with self._explained():
            self._base.execute("begin immediate")
            try:
                yield
            except BaseException:
                if self._base.in_transaction:
                    self._base.execute("rollback")
                raise
            self._base.execute("commit")

    def _rows(self, query: str, *values: object) -> list[tuple[str, ...]]:
        with self._explained():
            return self._base.execute(query, values).fetchall()

    def _do(self, statement: str, *values: object) -> None:
        with self._explained():
            self._base.execute(statement, values)

    # -- the round itself

    def remember(self, name: str, value: str) -> None:
        """Keep a value of the round under a name."""
        self._do("insert or replace into round values (?, ?)", name, value)

    def remembered(self, name: str) -> str:
        """Return the value kept under a name; "" if there is none."""
        rows = self._rows("select value from round where name = ?", name)
        return rows[0][0] if rows else ""

    def remembered_below(self, start: str) -> dict[str, str]:
        """Return the values whose names begin with a text, by the rest of the name."""
        rows = self._rows("select name, value from round where substr(name, 1, ?) = ?",
                          len(start), start)  # fmt: skip
        return {name.removeprefix(start): value for name, value in rows}

    # -- what was received

    def known_arrivals(self) -> frozenset[tuple[str, tuple[str, ...]]]:
        """Return hash and names of everything that ever came."""
        rows = self._rows("select digest, names from arrival")
        return frozenset((digest, tuple(json.loads(names))) for digest, names in rows)

    def add_arrival(self, stored: Stored, arrival: Arrival) -> bool:
        """Note that a file came, and return whether that is new; else it stays as it is.

        An archive or a mail that came once more is opened again, since its files came once more.
        """
        self._do(
            "insert or ignore into file (digest, size, suffix) values (?, ?, ?)",
            stored.digest, stored.size, stored.suffix,
        )  # fmt: skip
        names = _storable(json.dumps(arrival.names, ensure_ascii=False))
        known = "select 1 from arrival where digest = ? and names = ?"
        if self._rows(known, stored.digest, names):
            return False
        self._do(
            "insert into arrival (digest, names, arrived, sent, sender) values (?, ?, ?, ?, ?)",
            stored.digest, names, arrival.arrived.isoformat(), _as_text(arrival.sent),
            _storable(arrival.sender),
        )  # fmt: skip
        self._do(
            "update file set judged_by = '' where digest = ? and judgement like ?",
            stored.digest, _OPENED,
        )  # fmt: skip
        return True

    def stored(self) -> list[Stored]:
        """Return every file that was received, in the order in which they first came."""
        rows = self._rows("select digest, size, suffix from file order by number")
        return [Stored(digest, int(size), suffix) for digest, size, suffix in rows]

    def open_again(self, names: Sequence[str]) -> None:
        """Have an archive or a mail that came under these names opened again."""
        self._do(
            "update file set judged_by = '' where digest in"
            " (select digest from arrival where names = ?)",
            json.dumps(names, ensure_ascii=False),
        )  # fmt: skip

    def arrivals(self, digest: str) -> tuple[Arrival, ...]:
        """Return every time that a file came."""
        query = f"select {_ARRIVAL} from arrival where digest = ? order by number"
        return tuple(map(_arrival, self._rows(query, digest)))

    def unjudged(self, judged_by: str) -> list[Stored]:
        """Return the files that were not judged yet, or by other rules, in the order they came."""
        rows = self._rows(
            "select digest, size, suffix from file where judged_by != ? order by number", judged_by
        )
        return [Stored(digest, int(size), suffix) for digest, size, suffix in rows]

    def judge(self, digest: str, judged_by: str, judgement: str) -> None:
        """Keep what a file is, and by which rules that was found."""
        self._do(
            "update file set judged_by = ?, judgement = ? where digest = ?",
            judged_by, judgement, digest,
        )  # fmt: skip

    def kept(self) -> Iterator[Kept]:
        """Yield every file that was received, in the order in which they first came."""
        # In this order: a file that another program notes in between is left out, or has arrivals.
        rows = self._rows(
            "select number, digest, size, suffix, judgement from file order by number"
        )
        arrivals: dict[str, list[Arrival]] = {}
        for row in self._rows(f"select {_ARRIVAL} from arrival order by number"):
            arrivals.setdefault(row[0], []).append(_arrival(row))
        for number, digest, size, suffix, judgement in rows:
            stored = Stored(digest, int(size), suffix)
            yield Kept(int(number), stored, tuple(arrivals[digest]), judgement)

    # -- what the officer decided

    def add_decision(self, decision: Decision) -> None:
        """Note what the officer decided about a file."""
        self._do(
            "insert into decision (digest, verdict, reason, decided, seen) values (?, ?, ?, ?, ?)",
            decision.digest, decision.verdict, decision.reason, decision.decided.isoformat(),
            decision.seen,
        )  # fmt: skip

    def decisions(self) -> tuple[Decision, ...]:
        """Return all decisions, the oldest first."""
        query = "select digest, verdict, reason, decided, seen from decision order by number"
        return tuple(
            Decision(
                digest=digest,
                verdict="accept" if verdict == "accept" else "reject",
                reason=reason,
                decided=datetime.fromisoformat(decided),
                seen=int(seen),
            )
            for digest, verdict, reason, decided, seen in self._rows(query)
        )

    def add_opinions(self, opinions: Iterable[str], given: datetime) -> None:
        """Keep opinions on findings, as texts."""
        for opinion in opinions:
            self._do(
                "insert into opinion (opinion, given) values (?, ?)", opinion, given.isoformat()
            )

    def opinions(self) -> tuple[str, ...]:
        """Return all opinions, the oldest first."""
        return tuple(row[0] for row in self._rows("select opinion from opinion order by number"))


#: what SQLite says → the code of its sentence
_REASONS = {
    sqlite3.SQLITE_BUSY: "ledger_busy",
    sqlite3.SQLITE_LOCKED: "ledger_busy",
    sqlite3.SQLITE_FULL: "disk_full",
    sqlite3.SQLITE_READONLY: "ledger_read_only",
    sqlite3.SQLITE_CANTOPEN: "ledger_missing",
    sqlite3.SQLITE_CORRUPT: "ledger_damaged",
    sqlite3.SQLITE_NOTADB: "ledger_damaged",
}


#: how the judgement of an archive or a mail begins that was opened
_OPENED = '["Container"%'
_ARRIVAL = "digest, names, arrived, sent, sender"


def _arrival(row: tuple[str, ...]) -> Arrival:
    _, names, arrived, sent, sender = row
    return Arrival(
        names=tuple(json.loads(names)),
        arrived=datetime.fromisoformat(arrived),
        sent=datetime.fromisoformat(sent) if sent else None,
        sender=sender,
    )


def _as_text(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _storable(text: str) -> str:
    """A text without half characters, which no database takes."""
    return text.encode("utf-8", "replace").decode()
