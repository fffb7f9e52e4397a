"""A table item → which rows it has and what is printed in them (grouped, free or fixed).

The three layouts differ only in what their rows are given: a grouped row is given its categories,
a fixed row whatever the template says, a free row nothing. A column's cell is printed and locked
where the row is given its value, and open everywhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ptxl.model.form import Field, Group, Node, Table, TableRow
from ptxl.model.path import Path
from ptxl.template.lists import Lists
from ptxl.template.source import Faults, Item, did_you_mean
from ptxl.template.words import Words
from ptxl.text import label_of

_MOST_ROWS = 2_000
#: keys of a fixed row that are no column: how often it stands, whether it may stay blank
_ROW_KEYS = ("count", "when", "optional")
Names = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the field that it shows (empty for a printed text) and how wide it is."""

    item: Item
    field: str
    across: int
    head: bool
    label: str


@dataclass(slots=True)
class RowPlan:
    """One row: what it is given, how that is printed, and how far printed cells reach down.

    In `spans` 0 means that the cell is part of the one above.
    """

    index: int
    given: dict[str, str]
    printed: dict[str, str]
    names: Names
    in_use: bool = False
    #: the first row of a category that begins a printed page
    new_page: bool = False
    spans: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TablePlan:
    """All rows and columns of a table, and which groups of rows must hold an answer."""

    layout: str
    columns: tuple[Column, ...]
    rows: tuple[RowPlan, ...]
    groups: tuple[tuple[str, int, tuple[int, ...]], ...]

    def table(self, path: Path, label: str, fields: list[tuple[Field, ...]]) -> Table:
        """The finished table, `fields` being the open ones of each row."""
        rows = tuple(
            TableRow(
                path=path / plan.index,
                fields=fields[plan.index],
                given=plan.given,
                in_use=plan.in_use,
            )
            for plan in self.rows
        )
        groups = tuple(
            Group(table=path, label=name or label, least=least, rows=indexes)
            for name, least, indexes in self.groups
        )
        columns = tuple(column.field for column in self.columns if column.field)
        return Table(
            path=path, label=label, layout=self.layout, rows=rows, columns=columns, groups=groups
        )


def plan_table(item: Item, names: Names, lists: Lists, words: Words, faults: Faults) -> TablePlan:
    """Read one table item. Faults name given values that no column shows."""
    return _Planner(item, names, lists, words, faults).plan()


class _Planner:
    def __init__(
        self, item: Item, names: Names, lists: Lists, words: Words, faults: Faults
    ) -> None:
        self.item, self.names, self.lists = item, names, lists
        self.words, self.faults = words, faults
        self.columns = tuple(self._columns())

    def plan(self) -> TablePlan:
        layout = self.words.text(self.item.map.get("layout"), self.names)
        groups: list[tuple[str, int, tuple[int, ...]]] = []
        merged = {c.field for c in self.columns if self._flag(c.item.map.get("merge"))}
        match layout:
            case "grouped":
                levels = self._levels()
                rows = list(self._grouped(levels, groups))
                merged |= set(levels)
            case "fixed":
                rows = list(self._fixed())
            case _:
                count = self._count(self.item.map.get("rows"))
                rows = [self._row(index, {}, {}, index) for index in range(count)]
        least = self._count(self.item.map.get("least")) if "least" in self.item.map else 0
        if least:
            groups.append(("", least, tuple(row.index for row in rows)))
        _merge(rows, [c.field for c in self.columns if c.field in merged])
        return TablePlan(layout, self.columns, tuple(rows), tuple(groups))

    def _columns(self) -> Iterator[Column]:
        label = ""
        columns = self.item.map.get("columns")
        for item in columns.list if columns else []:
            if "when" in item.map and not self._flag(item.map["when"]):
                continue
            head = self.words.text(item.map.get("head"), self.names)
            label = label_of(head) or label
            name = self.words.text(item.map.get("field"), self.names)
            across = self._count(item.map.get("across")) if "across" in item.map else 1
            yield Column(item, name, max(across, 1), bool(head), label)

    def _levels(self) -> list[str]:
        levels = self.item.map.get("levels")
        names = [self.words.text(entry, self.names) for entry in levels.list] if levels else []
        if not names:
            self.faults.add(self.item, 'a grouped table needs the key "levels"')
        for entry, name in zip(levels.list if levels else [], names, strict=True):
            self._shown(name, entry)
        return names

    def _grouped(
        self, levels: list[str], groups: list[tuple[str, int, tuple[int, ...]]]
    ) -> Iterator[RowPlan]:
        if "among" not in self.item.map:
            self.faults.add(self.item, 'a grouped table needs its list under the key "among"')
            return
        among = self.item.map["among"]
        tree = self.lists.tree(self.words.text(among, self.names), among)
        breaks = self._names_of_pages()
        seen: set[str] = set()
        index = 0
        for branch in _branches(tree):
            if len(branch) != len(levels):
                path = "/".join(node.name for node in branch)
                depth = f"{len(branch)} deep, levels names {len(levels)}"
                self.faults.add(among, f'"{path}" is {depth}')
                continue
            given = {name: node.name for name, node in zip(levels, branch, strict=True)}
            printed = {name: node.printed for name, node in zip(levels, branch, strict=True)}
            leaf = branch[-1]
            opened = {node.name for node in branch} - seen
            seen |= opened
            inner = {**self.names, **given, "required": leaf.required}
            first = index
            for number in range(self._count(self.item.map.get("rows"), inner)):
                row = self._row(index, given, printed, number, inner)
                row.new_page = number == 0 and not opened.isdisjoint(breaks)
                yield row
                index += 1
            if leaf.required:
                groups.append((leaf.name, leaf.least, tuple(range(first, index))))

    def _names_of_pages(self) -> set[str]:
        """The categories that each begin a printed page."""
        item = self.item.map.get("new_page")
        return {self.words.text(entry, self.names) for entry in item.list} if item else set()

    def _fixed(self) -> Iterator[RowPlan]:
        rows = self.item.map.get("rows")
        if rows is None or not isinstance(rows.value, list):
            self.faults.add(rows or self.item, "the rows of a fixed table are a list of mappings")
            return
        index = 0
        for entry in rows.list:
            if not entry.map:
                self.faults.add(entry, "a fixed row is a mapping from columns to printed texts")
                continue
            if "when" in entry.map and not self._flag(entry.map["when"]):
                continue
            count = self._count(entry.map["count"]) if "count" in entry.map else 1
            in_use = not self._flag(entry.map.get("optional"))
            for _ in range(count):
                inner = {**self.names, "index": index, "number": index + 1}
                given = {
                    name: self.words.text(text, inner, printed=True)
                    for name, text in entry.map.items()
                    if name not in _ROW_KEYS and self._shown(name, text)
                }
                row = self._row(index, given, given, index)
                row.in_use = in_use
                yield row
                index += 1

    def _shown(self, name: str, item: Item) -> bool:
        known = {column.field for column in self.columns if column.field}
        if name in known:
            return True
        hint = did_you_mean(name, known)
        self.faults.add(item, f'no column of this table shows "{name}"{hint}')
        return False

    def _row(
        self, index: int, given: dict[str, str], printed: dict[str, str], number: int,
        names: Names | None = None,
    ) -> RowPlan:  # fmt: skip
        inner = {**(names or {"required": False}), "index": index, "number": number + 1}
        return RowPlan(index, given, printed, inner)

    def _flag(self, item: Item | None) -> bool:
        if item is None:
            return False
        return self.words.value(item, self.names) not in (None, False, 0, "", "false", "False")

    def _count(self, item: Item | None, names: Names | None = None) -> int:
        value = self.words.value(item, names or self.names) if item else None
        if item is None or value is None:
            return 0
        if not str(value).isdecimal() or int(str(value)) > _MOST_ROWS:
            self.faults.add(item, f"must be a whole number from 0 to {_MOST_ROWS}, not {value}")
            return 0
        return int(str(value))


def _branches(nodes: tuple[Node, ...]) -> Iterator[tuple[Node, ...]]:
    for node in nodes:
        if not node.children:
            yield (node,)
        for below in _branches(node.children):
            yield (node, *below)


def _merge(rows: list[RowPlan], columns: list[str]) -> None:
    """Let equal printed cells of neighbouring rows run together, outer categories first."""
    for position, name in enumerate(columns):
        start: RowPlan | None = None
        last: list[str | None] = []
        for row in rows:
            key = [row.given.get(outer) for outer in columns[: position + 1]]
            if start is not None and name in row.given and key == last:
                row.spans[name] = 0
                start.spans[name] += 1
            else:
                start, last = row, key
                row.spans[name] = 1
