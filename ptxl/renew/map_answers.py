"""Answers to one form → the fields of another edition of it, or of the same one. Pure.

Fields are known by their path. Rows of tables are known by what is printed in them (the category,
the name of an indicator) and, where that is the same, by their order.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ptxl.model.form import TableRow, Unit
from ptxl.model.layout import Layout
from ptxl.model.path import Path
from ptxl.model.submission import Entry, rows_holding
from ptxl.text import plain, squeeze

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


def carry(old: Layout, entries: Mapping[str, Entry], new: Layout, unit: Unit) -> Carried:
    """A field of `new` for each answer to `old`: every entry is in `to`, `printed` or `left`.

    `unit` is the one of both forms.
    """
    carried = Carried()
    new_rows = {table.path: table.rows for table in new.form.tables}
    for table in old.form.tables:
        places = [_row(row, {}) for row in new_rows.get(table.path, ())]
        if places:
            rows = [_row(row, entries) for row in table.rows]
            _Mover(carried, rows, places).move_all()
    in_rows = {*carried.to, *carried.printed, *carried.left}
    rest = [path for path in entries if path not in in_rows]
    given = new.form.printed_answers(unit)
    for path in rest:
        if squeeze(given.get(Path(path), "")) == _squeezed(entries[path]):
            carried.printed.add(path)
    _carry_by_path([path for path in rest if path not in carried.printed], new, carried)
    return carried


def _squeezed(entry: Entry) -> str:
    return squeeze(plain(entry.raw))


def _carry_by_path(paths: Iterable[str], new: Layout, carried: Carried) -> None:
    present, asked = rows_holding(new.fields), asked_names(new)
    for path in map(Path, paths):
        if path in new.fields and new.fields[path].compute:
            carried.leave(path, 0)
        elif path in new.fields:
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
            return int(row.steps[-1]) + 1 - _rows_of(row.parent, present)
    return 0


def _rows_of(table: Path, present: Collection[str]) -> int:
    """How many rows or repeats of a table there are."""
    number = 0
    while table / number in present:
        number += 1
    return number


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
        holds = {**self.given, **self.answers}
        wanted = dict(new.key)
        said = {name: squeeze(holds.get(name, "")) for name in wanted}
        return said == wanted and dict(self.key).keys() <= {*new.given, *new.asks}


def _row(row: TableRow, entries: Mapping[str, Entry]) -> _Row:
    asks: set[str] = set()
    answers: dict[str, str] = {}
    for column in row.fields:
        if column.compute:
            continue
        name = str(column.path.below(row.path))
        asks.add(name)
        if column.path in entries:
            answers[name] = plain(entries[column.path].raw)
    telling = list(filter(_TELLING.fullmatch, row.given)) or list(row.given)
    key = frozenset((name, squeeze(row.given[name])) for name in telling)
    return _Row(row.path, row.given, frozenset(asks), answers, key)


class _Mover:
    """Moves the answers in the rows of one table to those of its new edition."""

    def __init__(self, carried: Carried, old: Sequence[_Row], new: Sequence[_Row]) -> None:
        self.carried, self.old, self.new = carried, old, new
        self.taken: set[str] = set()

    def move_all(self) -> None:
        """Rows of one kind first, each kind in its order; then what found no room in its own."""
        places = _by_key(self.new)
        left: list[_Row] = []
        for key, rows in _by_key(self.old).items():
            left += self._same_kind(rows, places.get(key, []))
        without: Counter[str] = Counter()
        for row in sorted(left, key=self.old.index):
            self._anywhere(row, without)

    def _anywhere(self, row: _Row, without: Counter[str]) -> None:
        """To the first free row that prints nothing else; `without` counts those that find none."""
        fitting = list(filter(row.fits, self.new))
        free = [new for new in fitting if new.path not in self.taken]
        if free:
            self._move(row, free[0], sure=False)
            return
        lacking = 0
        if fitting:
            first = fitting[0].path
            without[first] += 1
            lacking = without[first]
        for name in row.answers:
            self.carried.leave(row.path_of(name), lacking)

    def _same_kind(self, rows: Sequence[_Row], places: Sequence[_Row]) -> list[_Row]:
        """Move each row to the place of its number, or all closer together where that is too far.

        Returns the rows for which there is no place.
        """
        used = [number for number, row in enumerate(rows) if row.answers]
        numbers: Sequence[int] = used
        if max(used, default=0) >= len(places):
            numbers = range(len(places))
        for number, place in zip(used, numbers, strict=False):
            self._move(rows[number], places[place], sure=place == number)
        return [rows[number] for number in used[len(places) :]]

    def _move(self, row: _Row, new: _Row, *, sure: bool) -> None:
        self.taken.add(new.path)
        for name, text in row.answers.items():
            path = row.path_of(name)
            if name in new.asks:
                self.carried.to[path] = new.path_of(name)
                if not sure:
                    self.carried.unsure.add(path)
            elif squeeze(new.given.get(name, "")) == squeeze(text):
                self.carried.printed.add(path)
            else:
                self.carried.leave(path, 0)
        for name in new.asks.intersection(dict(row.key)):
            self.carried.given[new.path_of(name)] = row.given[name]


def _by_key(rows: Sequence[_Row]) -> dict[_Key, list[_Row]]:
    found: dict[_Key, list[_Row]] = {}
    for row in rows:
        found.setdefault(row.key, []).append(row)
    return found
