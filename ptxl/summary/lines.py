"""Keeps the lines of all data sheets on disk, so that one pass over the submissions makes them all.

Sums of columns are kept on the way, with how many amounts could not be read.
"""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import IO

from ptxl.summary.sheets import Computed, DataSheet, Line, Link, Total, bare
from ptxl.values.money import added
from ptxl.words import phrase

_BATCH = 200


#: what a line holds where an answer could not be read: it prints this word and is in no sum
UNREAD = phrase("summary.unread")
#: what stands where nothing was answered, or nothing is asked
UNANSWERED, NOT_ASKED = phrase("summary.unanswered"), phrase("summary.not_asked")
#: and where nothing is to be answered, as other answers or the roster are
NOT_APPLICABLE = phrase("summary.not_applicable")


@dataclass(slots=True)
class _Kept:
    sheet: DataSheet
    file: IO[bytes]
    totals: dict[str, Total]
    waiting: list[Line]
    lines: int = 0


class Lines(ExitStack):
    """The lines of some data sheets, written one after the other and read as often as needed.

    A context: the files are gone when it is left. They hold nothing but what this process wrote.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._kept: dict[str, _Kept] = {}

    def open(self, sheet: DataSheet) -> None:
        """Begin the lines of a sheet, whose `lines` and `totals` need not be known yet."""
        file = self.enter_context(tempfile.TemporaryFile(dir=self._folder))  # noqa: SIM115 — this is one
        totals = {column.key: Total(value=Decimal(0)) for column in sheet.columns if column.total}
        self._kept[sheet.key] = _Kept(sheet, file, totals, [])

    def take(self, key: str) -> Iterator[Line]:
        """Yield the lines of a sheet, which then has never been begun."""
        yield from self.of(self.sheet(key))
        self._kept.pop(key).file.close()

    def __contains__(self, key: str) -> bool:
        return key in self._kept

    def add(self, key: str, line: Line) -> int:
        """Write the next line of a sheet, with its number, and return that (from 1)."""
        kept = self._kept[key]
        kept.lines += 1
        for name, total in kept.totals.items():
            kept.totals[name] = _plus(total, line.get(name))
        kept.waiting.append({"number": kept.lines, **line})
        if len(kept.waiting) >= _BATCH:
            _flush(kept)
        return kept.lines

    def count(self, key: str) -> int:
        """How many lines a sheet has."""
        return self._kept[key].lines

    def sheet(self, key: str) -> DataSheet:
        """The sheet, with the number of its lines and its totals."""
        kept = self._kept[key]
        return replace(kept.sheet, lines=kept.lines, totals=dict(kept.totals))

    def sheets(self) -> Iterator[DataSheet]:
        """Yield all sheets, in the order in which they were begun."""
        yield from map(self.sheet, self._kept)

    def of(self, sheet: DataSheet) -> Iterator[Line]:
        """Yield the lines of a sheet."""
        kept = self._kept[sheet.key]
        _flush(kept)
        kept.file.seek(0)
        position = 0
        while True:
            kept.file.seek(position)
            try:
                lines: list[Mapping[str, object]] = pickle.load(kept.file)
            except EOFError:
                return
            position = kept.file.tell()
            yield from lines


def _plus(total: Total, value: object) -> Total:
    while isinstance(value, Link):
        value = value.value
    if isinstance(value, Computed):
        total = replace(total, unread=total.unread + value.unread)
    value = bare(value)
    if isinstance(value, Decimal | int):
        return replace(total, value=added((total.value, Decimal(value))))
    return replace(total, unread=total.unread + 1) if value == UNREAD else total


def _flush(kept: _Kept) -> None:
    if kept.waiting:
        kept.file.seek(0, 2)
        _Pickler(kept.file, pickle.HIGHEST_PROTOCOL).dump(kept.waiting)
        kept.waiting = []


def _link(value: object, place: str, file: str) -> Link:
    return Link(value=value, place=place, file=file)


class _Pickler(pickle.Pickler):
    """Takes links, of which lines have most, apart by name: a dataclass asks for all its fields."""

    dispatch_table = {Link: lambda one: (_link, (one.value, one.place, one.file))}  # noqa: RUF012
