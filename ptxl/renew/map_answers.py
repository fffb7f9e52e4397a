"""Answers to one form → the fields of another edition of it, or of the same one. Pure.

Fields are known by their path. Rows of tables are known by what is printed in them (the category,
the name of an indicator) and, where that is the same, by their order.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from ptxl.model.form import Table, TableRow
from ptxl.model.layout import Layout
from ptxl.model.path import Path
from ptxl.model.submission import Entry, rows_holding
from ptxl.text import squeeze
from ptxl.values.cell_text import plain

#: what is printed in a row and tells which one it is; other printed texts explain
_TELLING = re.compile(r"level\d+")
_Key = frozenset[tuple[str, str]]


@dataclass(slots=True)
class Carried:
    """Where each answer goes: the paths of the new form by those of the old one."""

    to: dict[str, str] = field(default_factory=dict)
    #: answers that the new form prints by itself
    printed: set[str] = field(default_factory=set)
    #: what the old form printed and the new one asks, by path of the new form
    given: dict[str, str] = field(default_factory=dict)
    #: answers that found their row by its order or by room alone
    unsure: set[str] = field(default_factory=set)
    #: answers without a place: `not_asked`, or `no_room` where more rows would help
    left: dict[str, str] = field(default_factory=dict)
    #: the number of rows or repeats that would give room to all of one kind
    lacking: int = 0

    def leave(self, path: str, lacking: int) -> None:
        """Note an answer without a place; so many more rows would have one for it."""
        self.left[path] = "no_room" if lacking else "not_asked"
        self.lacking = max(self.lacking, lacking)


def carry(old: Layout, entries: Mapping[str, Entry], new: Layout) -> Carried:
    """A field of `new` for each answer to `old`: every entry is in `to`, `printed` or `left`."""
    carried = Carried()
    tables = {table.path: table for table in new.form.tables if table.rows}
    in_rows: set[str] = set()
    for table in old.form.tables:
        if table.rows and table.path in tables:
            carrier = _Rows(carried, table, tables[table.path], entries, new.fields)
            carrier.carry()
            in_rows |= carrier.answers
    there, asked = rows_holding(new.fields), asked_names(new)
    for path in entries:
        if path in new.fields and path not in in_rows:
            carried.to[path] = path
        elif path not in in_rows:
            carried.leave(path, _lacking(path, there) if Path(path).pattern in asked else 0)
    return carried


def asked_names(layout: Layout) -> frozenset[str]:
    """What a form asks, whatever the row: the paths of its fields without numbers."""
    return frozenset(Path(path).pattern for path in layout.fields)


def _lacking(path: str, there: Collection[str]) -> int:
    """How many more rows or repeats would make room for a path: those missing up to its own."""
    for row in Path(path).rows:
        if row not in there:
            first_missing = next(n for n in count() if row.parent / n not in there)
            return int(row.steps[-1]) + 1 - first_missing
    return 0


class _Rows:
    """The rows of one table and those of its new edition."""

    def __init__(
        self, carried: Carried, old: Table, new: Table, entries: Mapping[str, Entry],
        fields: Collection[str],
    ) -> None:  # fmt: skip
        self.carried, self.old, self.new, self.fields = carried, old, new, fields
        self.entries = {
            row.path: {
                path.removeprefix(f"{row.path}."): plain(entries[path].raw)
                for path in (field.path for field in row.fields)
                if path in entries
            }
            for row in old.rows
        }
        self.answers = {f"{row}.{name}" for row, found in self.entries.items() for name in found}
        self.taken: set[str] = set()

    def carry(self) -> None:
        """Rows of one kind first, each kind in its order; then what found no room in its own."""
        places = _by_key(self.new.rows)
        left = {
            row.path
            for key, rows in _by_key(self.old.rows).items()
            for row in self._same_kind(rows, places.get(key, []))
        }
        without: Counter[str] = Counter()
        for row in self.old.rows:
            if row.path in left:
                self._anywhere(row, without)

    def _anywhere(self, row: TableRow, without: Counter[str]) -> None:
        """To the first free row that prints nothing else; `without` counts those that find none."""
        fitting = [new for new in self.new.rows if self._fits(row, new)]
        free = next((new for new in fitting if new.path not in self.taken), None)
        if free:
            self._move(row, free, sure=False)
            return
        without.update(new.path for new in fitting[:1])
        for name in self.entries[row.path]:
            self.carried.leave(f"{row.path}.{name}", without[fitting[0].path] if fitting else 0)

    def _same_kind(self, rows: Sequence[TableRow], places: Sequence[TableRow]) -> list[TableRow]:
        """Each row to the place of its number; closer together where that makes room for all."""
        used = [number for number, row in enumerate(rows) if self.entries[row.path]]
        crowded = bool(used) and used[-1] >= len(places)
        for order, number in enumerate(used):
            place = order if crowded else number
            if place < len(places):
                self._move(rows[number], places[place], sure=place == number)
        return [rows[number] for number in used[len(places) if crowded else len(used) :]]

    def _fits(self, row: TableRow, new: TableRow) -> bool:
        """Whether a row says what another one prints, which asks for the rest."""
        said = {**row.given, **self.entries[row.path]}
        asked = {name for name, _ in _key(row)} - set(new.given)
        return all(squeeze(said.get(name, "")) == text for name, text in _key(new)) and all(
            f"{new.path}.{name}" in self.fields for name in asked
        )

    def _move(self, row: TableRow, new: TableRow, *, sure: bool) -> None:
        self.taken.add(new.path)
        for name, text in self.entries[row.path].items():
            old_path, path = f"{row.path}.{name}", f"{new.path}.{name}"
            if path in self.fields:
                self.carried.to[old_path] = path
                self.carried.unsure |= set() if sure else {old_path}
            elif squeeze(new.given.get(name, "")) == squeeze(text):
                self.carried.printed.add(old_path)
            else:
                self.carried.leave(old_path, 0)
        for name, _ in _key(row):
            if f"{new.path}.{name}" in self.fields:
                self.carried.given[f"{new.path}.{name}"] = row.given[name]


def _by_key(rows: Sequence[TableRow]) -> dict[_Key, list[TableRow]]:
    found: dict[_Key, list[TableRow]] = {}
    for row in rows:
        found.setdefault(_key(row), []).append(row)
    return found


def _key(row: TableRow) -> _Key:
    """What is printed in a row and tells which one it is: its categories, or all if it has none."""
    telling = [name for name in row.given if _TELLING.fullmatch(name)]
    return frozenset((name, squeeze(row.given[name])) for name in telling or row.given)
