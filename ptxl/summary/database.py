"""Rows of tables → one SQLite file, table after table; same rows, same bytes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Self

from ptxl.model.errors import OutputError
from ptxl.summary.sheets import Kind

#: that SQLite lets a table have
_MOST_COLUMNS = 2_000
_BATCH = 500
_TYPES: Mapping[Kind, str] = {
    "text": "TEXT", "date": "TEXT", "count": "INTEGER",
    "money": "REAL", "number": "REAL", "percent": "REAL",
}  # fmt: skip


class Database:
    """A new SQLite file. A context: what is written is in the file when it is left."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        # What is not finished is never seen: no journal has to bring it back.
        self._connection.execute("PRAGMA journal_mode = OFF")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._connection.execute("COMMIT")
        self._connection.close()

    def open(self, name: str, columns: Mapping[str, Kind]) -> DatabaseTable:
        """Make a table, its columns by name. Raises OutputError for more than a table can have."""
        if len(columns) > _MOST_COLUMNS:
            raise OutputError("too_many_columns", name=name, most=_MOST_COLUMNS)
        typed = ", ".join(f"{_quoted(column)} {_TYPES[kind]}" for column, kind in columns.items())
        self._connection.execute(f"CREATE TABLE {_quoted(name)} ({typed})")
        places = ", ".join("?" * len(columns))
        return DatabaseTable(self._connection, f"INSERT INTO {_quoted(name)} VALUES ({places})")


class DatabaseTable:
    """A table of the file that rows are added to; `flush` writes those that still wait."""

    def __init__(self, connection: sqlite3.Connection, insert: str) -> None:
        self._connection, self._insert = connection, insert
        self._waiting: list[Sequence[object]] = []

    def add(self, row: Iterable[object]) -> None:
        """Add a row: texts, int, Decimal or None; a Decimal is kept to 15 digits."""
        self._waiting.append([float(one) if isinstance(one, Decimal) else one for one in row])
        if len(self._waiting) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Write the rows that wait."""
        self._connection.executemany(self._insert, self._waiting)
        self._waiting = []


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
