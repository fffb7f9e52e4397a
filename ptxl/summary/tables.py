"""Data sheets and their lines → tables for other programs: a CSV each, and one SQLite file.

Columns are called by their keys, the table `columns` tells their headings. What is not asked or not
answered is blank; so is what could not be read, and the table `unread` lists it.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import TextIO

from ptxl.outputs import file_name
from ptxl.summary.database import Database, DatabaseTable
from ptxl.summary.lines import NOT_APPLICABLE, NOT_ASKED, UNANSWERED, UNREAD
from ptxl.summary.sheets import DataSheet, Kind, Line, bare
from ptxl.text import FORMULA_STARTS, encodable
from ptxl.words import Phrase, Speaker

DATABASE = "summary.sqlite"
_COLUMNS = "columns"
_UNREAD = "unread"
#: of both further tables
_ABOUT_COLUMNS: Mapping[str, Kind] = dict.fromkeys(
    ("table", "sheet", "column", "heading", "kind"), "text"
)
_ABOUT_UNREAD: Mapping[str, Kind] = {
    "table": "text", "number": "count", "column": "text", "unit_code": "text",
    "unit_name": "text", "file": "text", "sheet": "text", "cell": "text",
}  # fmt: skip
#: what a spreadsheet program would take for a formula, and what then tells that it was no such text
_ESCAPED = (*FORMULA_STARTS, "\r", "＝", "＋", "－", "＠", "'")
_NUMBERS = frozenset({"count", "money", "number", "percent"})
_NO_ANSWER = (UNREAD, UNANSWERED, NOT_ASKED, NOT_APPLICABLE)

#: a cell of a table: int and Decimal only in columns of numbers
Cell = str | int | Decimal | None


def write_tables(
    folder: Path,
    sheets: Iterable[DataSheet],
    lines: Callable[[DataSheet], Iterable[Line]],
    speaker: Speaker,
) -> None:
    """Write a CSV of each data sheet, and one database of them all, into an empty folder.

    Raises OutputError for a sheet with more columns than a database can hold.
    """
    with _Tables(folder) as tables:
        columns = tables.open(_COLUMNS, _ABOUT_COLUMNS)
        unread = tables.open(_UNREAD, _ABOUT_UNREAD)
        for sheet in sheets:
            names = _distinct(column.key for column in sheet.columns)
            kinds = {name: column.kind for name, column in zip(names, sheet.columns, strict=True)}
            table = tables.open(sheet.key, kinds)
            for name, column in zip(names, sheet.columns, strict=True):
                columns.add((table.name, sheet.name, name, encodable(column.heading), column.kind))
            for line in lines(sheet):
                table.add(_row(sheet, line, speaker))
                for name in _unread(sheet, names, line):
                    unread.add(_where(table.name, name, line))


def tables_in(folder: Path) -> frozenset[str]:
    """The names of the files that were written into a folder as tables, as far as it says so."""
    found = {DATABASE, f"{_COLUMNS}.csv"}
    with suppress(OSError, ValueError, KeyError, csv.Error):
        text = (folder / f"{_COLUMNS}.csv").read_text(encoding="utf-8-sig")
        found |= {f"{file_name(row['table'])}.csv" for row in csv.DictReader(StringIO(text))}
    return frozenset(found)


class _Tables:
    """The tables that are being written; a context at whose end they are complete."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._stack = ExitStack()
        self._database = self._stack.enter_context(Database(folder / DATABASE))
        self._opened: list[str] = []

    def __enter__(self) -> _Tables:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.__exit__(*error)  # type: ignore[arg-type]

    def open(self, key: str, columns: Mapping[str, Kind]) -> _Table:
        """Begin a table, and call it by its key as far as a file may be called so."""
        *_, name = self._opened = _distinct([*self._opened, file_name(key.replace("[]", ""))])
        file = (self._folder / f"{name}.csv").open("w", encoding="utf-8-sig", newline="")
        table = _Table(name, self._stack.enter_context(file), self._database.open(name, columns))
        self._stack.callback(table.stored.flush)
        table.head(columns)
        return table


class _Table:
    def __init__(self, name: str, file: TextIO, stored: DatabaseTable) -> None:
        self.name, self.stored = name, stored
        self._rows = csv.writer(file)

    def head(self, names: Iterable[str]) -> None:
        self._rows.writerow(map(_harmless, names))

    def add(self, row: Sequence[Cell]) -> None:
        self._rows.writerow(map(_written, row))
        self.stored.add(row)


def _distinct(names: Iterable[str]) -> list[str]:
    """Names of which no two differ in capitals only: neither a database nor a disk tells them."""
    found: dict[str, str] = {}
    for name in map(encodable, names):
        free, number = name or "_", 2
        while free.casefold() in found:
            free, number = f"{name}_{number}", number + 1
        found[free.casefold()] = free
    return list(found.values())


def _row(sheet: DataSheet, line: Line, speaker: Speaker) -> list[Cell]:
    return [_cell(bare(line.get(one.key)), one.kind, speaker) for one in sheet.columns]


def _cell(value: object, kind: Kind, speaker: Speaker) -> Cell:
    """A value without words where there is none: those tell people why a cell has no figure."""
    if kind in _NUMBERS:
        return value if isinstance(value, int | Decimal) else None
    if isinstance(value, Phrase):
        return (
            None
            if value in (UNREAD, UNANSWERED, NOT_ASKED, NOT_APPLICABLE)
            else speaker.word(value)
        )
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return encodable(str(value)) if value is not None and value != "" else None


def _unread(sheet: DataSheet, names: Iterable[str], line: Line) -> Iterator[str]:
    for name, column in zip(names, sheet.columns, strict=True):
        if bare(line.get(column.key)) == UNREAD:
            yield name


def _where(table: str, column: str, line: Line) -> list[Cell]:
    """Where something stands that could not be read; its own cell, where a click leads there."""
    place = (bare(line.get(key)) for key in ("unit_code", "unit_name", "file", "sheet", "cell"))
    number = line.get("number")
    texts = (encodable(one) if isinstance(one, str) and one else None for one in place)
    return [table, number if isinstance(number, int) else None, column, *texts]


def _written(cell: Cell) -> str | int | None:
    """A cell as a CSV holds it."""
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return _harmless(cell) if isinstance(cell, str) else cell


def _harmless(text: str) -> str:
    """A text that stays one when a spreadsheet program opens it: `'` before the sign of a formula,
    and before `'` itself, so that whoever takes one away has the text as it was.
    """
    return f"'{text}" if text.startswith(_ESCAPED) else text
