"""Answers to one form → the fields of another edition of it, or of the same one. Pure.

Fields are known by their path. Rows of tables are known by what is printed in them (the category,
the name of an indicator) and, where that is the same, by their order.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from ptxl.model.form import TableRow
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
            rows = [_row(row, entries) for row in table.rows]
            _Mover(carried, rows, [_row(row, {}) for row in tables[table.path].rows]).move_all()
            in_rows.update(row.path_of(name) for row in rows for name in row.answers)
    _carry_by_path([path for path in entries if path not in in_rows], new, carried)
    return carried


def _carry_by_path(paths: Iterable[str], new: Layout, carried: Carried) -> None:
    present, asked = rows_holding(new.fields), asked_names(new)
    for path in map(Path, paths):
        if path in new.fields:
            carried.to[path] = path
        elif path.pattern in asked:
            carried.leave(path, _lacking(path, present))
        else:
            carried.leave(path, 0)


def asked_names(layout: Layout) -> frozenset[str]:
    """What a form asks, whatever the row: the paths of its fields without numbers."""
    return frozenset(Path(path).pattern for path in layout.fields)


def _lacking(path: Path, present: Collection[str]) -> int:
    """How many more rows or repeats would make room for a path: those missing up to its own."""
    for row in path.rows:
        if row not in present:
            first = next(number for number in count() if row.parent / number not in present)
            return int(row.steps[-1]) + 1 - first
    return 0


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a table: what it asks and prints, by name, and what was answered in it."""

    path: Path
    given: Mapping[str, str]
    asks: frozenset[str]
    answers: Mapping[str, str]
    #: what is printed in it and tells which one it is: its categories, or all if it has none
    key: _Key

    def path_of(self, name: str) -> str:
        """The path of an answer in it."""
        return f"{self.path}.{name}"

    def fits(self, new: _Row) -> bool:
        """Whether it says what a new row prints, which asks for the rest."""
        says = {**self.given, **self.answers}
        if any(squeeze(says.get(name, "")) != text for name, text in new.key):
            return False
        return {name for name, _ in self.key} <= {*new.given, *new.asks}


def _row(row: TableRow, entries: Mapping[str, Entry]) -> _Row:
    path = row.path
    names = {field.path: str(field.path.below(path)) for field in row.fields}
    answers = {names[at]: plain(entries[at].raw) for at in names if at in entries}
    telling = [name for name in row.given if _TELLING.fullmatch(name)] or list(row.given)
    key = frozenset((name, squeeze(row.given[name])) for name in telling)
    return _Row(path, row.given, frozenset(names.values()), answers, key)


class _Mover:
    """Moves the answers in the rows of one table to those of its new edition."""

    def __init__(self, carried: Carried, old: Sequence[_Row], new: Sequence[_Row]) -> None:
        self.carried, self.old, self.new = carried, old, new
        self.taken: set[str] = set()

    def move_all(self) -> None:
        """Rows of one kind first, each kind in its order; then what found no room in its own."""
        places = _by_key(self.new)
        left: set[str] = set()
        for key, rows in _by_key(self.old).items():
            left.update(row.path for row in self._same_kind(rows, places.get(key, [])))
        without: Counter[str] = Counter()
        for row in self.old:
            if row.path in left:
                self._anywhere(row, without)

    def _anywhere(self, row: _Row, without: Counter[str]) -> None:
        """To the first free row that prints nothing else; `without` counts those that find none."""
        fitting = [new for new in self.new if row.fits(new)]
        for new in fitting:
            if new.path not in self.taken:
                self._move(row, new, sure=False)
                return
        first = fitting[0].path if fitting else ""
        without[first] += 1
        for name in row.answers:
            self.carried.leave(row.path_of(name), without[first] if fitting else 0)

    def _same_kind(self, rows: Sequence[_Row], places: Sequence[_Row]) -> list[_Row]:
        """Move each row to the place of its number, or all closer together where that is too far.

        Returns the rows for which there is no place.
        """
        used = [number for number, row in enumerate(rows) if row.answers]
        crowded = bool(used) and used[-1] >= len(places)
        for order, number in enumerate(used[: len(places)]):
            place = order if crowded else number
            self._move(rows[number], places[place], sure=place == number)
        return [rows[number] for number in used[len(places) :]]

    def _move(self, row: _Row, new: _Row, *, sure: bool) -> None:
        self.taken.add(new.path)
        for name, text in row.answers.items():
            path = row.path_of(name)
            if name in new.asks:
                self.carried.to[path] = new.path_of(name)
                self.carried.unsure.update([] if sure else [path])
            elif squeeze(new.given.get(name, "")) == squeeze(text):
                self.carried.printed.add(path)
            else:
                self.carried.leave(path, 0)
        for name, _ in row.key:
            if name in new.asks:
                self.carried.given[new.path_of(name)] = row.given[name]


def _by_key(rows: Sequence[_Row]) -> dict[_Key, list[_Row]]:
    found: dict[_Key, list[_Row]] = {}
    for row in rows:
        found.setdefault(row.key, []).append(row)
    return found
