"""Lines of a data sheet → an official table: merged as the form is, its figures formulas. Pure.

A line is a block of rows: one for each row of the list that the template names, and one at least.
What belongs to the line reaches down over all of them. Figures are references to cells of data
sheets, subtotals and totals are sums over these; texts are texts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby

from ptxl.merge.rows import TableLine
from ptxl.model.path import Path
from ptxl.summary.book.paper import TALLEST, height_of, lines_in
from ptxl.summary.keys import key_of
from ptxl.summary.lines import UNREAD
from ptxl.summary.places import Condition, Places
from ptxl.summary.sheets import Column, Look, PrintCell, PrintRow, PrintSheet
from ptxl.summary.template.specs import (
    LineCellSpec,
    OfficialSpec,
    PrintedRowSpec,
    PrintedSpec,
)
from ptxl.summary.template.subject import Subject, amount_in, value_of
from ptxl.template.leaves import Scope
from ptxl.values.money import added
from ptxl.words import Speaker

#: printed rows that one table may have: more is read on the screen, and is too much to hold
MOST_ROWS = 12_000
#: what each further line of a text takes, in points: a little more than in short cells, as the
#: fonts of programs differ
_LINE = 14.2
_NUMBER = "number"
#: the column that tells lines of one group, or about one unit, from others
_TOLD_BY: Mapping[str, str] = {
    "unit": "unit_number", "unit_name": "unit_number", "unit_code": "unit_number",
    "department": "department_number", "county": "county",
}  # fmt: skip
_FIGURES: Mapping[str, Look] = {
    "money": "money", "count": "count", "number": "number", "percent": "percent",
}  # fmt: skip

Columns = Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class _Value:
    """What a cell shows, and the column and line, from 0, of a data sheet that has it."""

    value: object
    look: Look = "text"
    sheet: str = ""
    column: str = ""
    line: int = 0

    def cell(self, places: Places, down: int = 1) -> PrintCell:
        """The cell, reaching over some rows; a figure is a reference."""
        formula = f"={places.cell(self.sheet, self.column, self.line)}" if self.sheet else ""
        return PrintCell(value=self.value, formula=formula, look=self.look, down=down)


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell of the row that each line has: what it shows, and the look that is written for it."""

    spec: LineCellSpec
    name: Path
    #: its name in a row of the list that the table has rows for, None for what the line itself has
    inner: Path | None
    look: str

    @classmethod
    def of(cls, spec: LineCellSpec, each: str, scope: Scope) -> _Cell:
        """What a spec comes to, in a table with rows for each row of that list, if any."""
        name = Path(spec.value.written)
        inner = name.below(each) if each and name.is_under(each) else None
        return cls(spec, name, inner, spec.style.of(scope))

    def look_of(self, usual: Look = "text") -> Look:
        """How it looks."""
        return self.look or usual  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class _Block:
    """The rows of one line: values by column, those of the line itself in the first row alone."""

    rows: tuple[dict[int, _Value], ...]
    heights: tuple[float, ...]
    #: what tells it from others, by what groups and columns that run together are called
    told: Mapping[str, object]
    #: what the texts of rows of subtotals may name
    names: Mapping[str, object]


class OfficialTable:
    """Collects the lines of one official table, and lays it out when all are there.

    `columns` are those of all data sheets by key; `data` is the one that it is printed over.
    """

    def __init__(
        self, spec: OfficialSpec, data: str, columns: Mapping[str, Columns], scope: Scope,
        speaker: Speaker,
    ) -> None:  # fmt: skip
        self.data = data
        self._spec, self._columns, self._scope, self._speaker = spec, columns, scope, speaker
        self._widths = [leaf.measure(scope, 10) for leaf in spec.columns]
        self._each = spec.for_each.written
        self._cells = [_Cell.of(one, self._each, scope) for one in spec.row]
        self._blocks: list[_Block] = []
        self._rows = 0

    def add(self, subject: Subject) -> None:
        """Take in a line. Those after the last that can be printed are counted only."""
        block = self._block(subject)
        self._rows += len(block.rows)
        if self._rows <= MOST_ROWS:
            self._blocks.append(block)

    # -- lines

    def _block(self, subject: Subject) -> _Block:
        inner: Sequence[TableLine | None] = subject.rows(self._each) if self._each else ()
        rows = []
        for number, row in enumerate(inner or [None]):
            cells = (self._value(cell, subject, row, number == 0) for cell in self._cells)
            rows.append({column: one for column, one in enumerate(cells) if one})
        line = subject.line
        told = {name: line.get(by, line[_NUMBER]) for name, by in _TOLD_BY.items()}
        names = {name: self._speaker.word(subject.value(name)) for name in _TOLD_BY}
        return self._high_enough(rows, told, {**self._scope.names, **names})

    def _value(
        self, cell: _Cell, subject: Subject, row: TableLine | None, first: bool
    ) -> _Value | None:
        if cell.inner is not None:
            return self._inner(cell, cell.inner, subject, row)
        if not first:
            return None
        if cell.spec.text.given:
            return _Value(self._text(cell.spec, subject), cell.look_of())
        name = cell.name
        if name == _NUMBER:
            return _Value(_NUMBER, cell.look_of("count"))
        value = subject.value(name)
        if subject.is_rate(name) and isinstance(value, Decimal):
            return _Value(value / 100, cell.look_of("percent"))
        return self._figure(cell, value, self.data, name, subject.line[_NUMBER])

    def _inner(
        self, cell: _Cell, name: Path, subject: Subject, row: TableLine | None
    ) -> _Value:  # fmt: skip
        """A value in a row of the list that the table has rows for."""
        if row is None:
            return _Value(subject.missing(self._each), cell.look_of())
        answer = row.answers.get(name)
        value = value_of(answer) if answer else row.given.get(name) or subject.blank(row, name)
        sheet = "indicators" if row.table.name == "indicators" else f"{row.table}[]"
        key = key_of(sheet, name)
        return self._figure(cell, value, sheet, key, subject.numbers.get(row.path))

    def _figure(
        self, cell: _Cell, value: object, sheet: str, name: str, line: object
    ) -> _Value:  # fmt: skip
        """A value that is a reference where its column in the data sheet is one of figures."""
        column = self._columns.get(sheet, {}).get(name)
        kind = column.kind if column else "text"
        if kind not in _FIGURES or not isinstance(line, int):
            return _Value(value, cell.look_of())
        if not isinstance(value, int | Decimal):  # a word that says why there is none
            return _Value(value, "centre", sheet, name, line - 1)
        if kind == "percent":
            value = Decimal(value) / 100
        return _Value(value, cell.look_of(_FIGURES[kind]), sheet, name, line - 1)

    def _text(self, spec: LineCellSpec, subject: Subject) -> str:
        asked, say = spec.text.names(), self._speaker
        if not spec.for_each.given:
            names = {name: say.word(subject.value(name)) for name in asked}
            return spec.text.of(self._scope.named(**names, **self._scope.names))
        lines = [
            spec.text.of(self._scope.named(**{**texts, "number": number}))
            for number, texts in enumerate(subject.texts(spec.for_each.written, asked, say), 1)
        ]
        return "\n".join(lines) or say.word(subject.missing(spec.for_each.written))

    def _high_enough(
        self, rows: list[dict[int, _Value]], told: Mapping[str, object], names: Mapping[str, object]
    ) -> _Block:
        """The block of these rows, with rows added where a text needs more than they can have."""
        inner = {column for column, cell in enumerate(self._cells) if cell.inner is not None}
        heights = [
            max([height_of(1), *(self._height(c, one) for c, one in row.items() if c in inner)])
            for row in rows
        ]
        outer = [self._height(c, one) for c, one in rows[0].items() if c not in inner]
        needed = max([sum(heights), *outer])
        more = max(math.ceil(needed / TALLEST) - len(rows), 0)
        heights += [height_of(1)] * more
        lacking = max(needed - sum(heights), 0) / len(heights)
        raised = tuple(min(height + lacking, TALLEST) for height in heights)
        return _Block((*rows, *({} for _ in range(more))), raised, told, names)

    def _height(self, column: int, one: _Value) -> float:
        """What a text needs, however tall: several rows may have it together."""
        lines = lines_in(self._speaker.word(one.value), self._widths[column])
        return height_of(1) + max(lines - 1, 0) * _LINE

    # -- the sheet

    def sheet(self, key: str, places: Places) -> PrintSheet:
        """Lay the table out. `places` knows the data sheets that figures are taken from."""
        spec, scope = self._spec, self._scope
        rows = list(self._printed(spec.head, "head"))
        head = len(rows)
        rows += self._too_many() if self._rows > MOST_ROWS else self._lines(places)
        rows += self._printed(spec.foot, "plain")
        return PrintSheet(
            key=key,
            name=spec.name.of(scope),
            widths=self._widths,
            rows=rows,
            paper="A3" if spec.page.paper.of(scope) == "A3" else "A4",
            landscape=spec.page.orientation.of(scope) == "landscape",
            head=head,
            description=spec.about.of(scope) or spec.name.of(scope),
        )

    def _printed(self, rows: Sequence[PrintedRowSpec], look: Look) -> Iterator[PrintRow]:
        for row in rows:
            cells = tuple(self._printed_cell(cell, look) for cell in row.cells)
            yield PrintRow(cells=cells, height=row.height.height(self._scope))

    def _printed_cell(self, spec: PrintedSpec, look: Look) -> PrintCell:
        written: Look = spec.style.of(self._scope) or look  # type: ignore[assignment]
        return PrintCell(
            value=spec.text.of(self._scope),
            look=written,
            across=spec.across.whole(self._scope),
            down=spec.down.whole(self._scope),
        )

    def _too_many(self) -> list[PrintRow]:
        text = self._speaker.say("summary.official.too_many", count=self._rows, most=MOST_ROWS)
        return [PrintRow(cells=(PrintCell(value=text, look="note", across=len(self._widths)),))]

    def _lines(self, places: Places) -> Iterator[PrintRow]:
        """Yield the rows of all lines, group by group, with their subtotals, and the total."""
        group = self._spec.group.written
        blocks = sorted(self._blocks, key=lambda one: _order(one.told.get(group)))
        layout = _Layout(self._cells, places, self._scope)
        for _, found in groupby(blocks, key=lambda one: one.told.get(group)):
            own = list(found)
            yield from layout.rows(own)
            if group:
                label = self._spec.subtotal.of(replace(self._scope, names=own[0].names))
                label = label or self._speaker.say("summary.official.subtotal")
                yield self._sums(places, own, label, self._condition(group, own))
        if any(cell.total.of(self._scope) for cell in self._spec.row):
            label = self._spec.total.of(self._scope) or self._speaker.say("summary.total")
            yield self._sums(places, blocks, label, {})
            yield from self._unread(blocks)

    def _condition(self, group: str, blocks: list[_Block]) -> dict[str, Condition]:
        """What tells the lines of a group from others: the departments of a county are numbered
        one after the other."""
        if group != "county":
            column = _TOLD_BY[group]
            known = column if column in self._columns[self.data] else _NUMBER
            return {known: str(blocks[0].told[group])}
        numbers = [number for one in blocks if isinstance(number := one.told["department"], int)]
        return {_TOLD_BY["department"]: (f'">={min(numbers)}"', f'"<={max(numbers)}"')}

    def _sums(
        self, places: Places, blocks: list[_Block], label: str, where: Mapping[str, Condition]
    ) -> PrintRow:
        """A row of sums: over the data sheet, of the lines for which conditions hold."""
        totals = [cell.total.of(self._scope) for cell in self._spec.row]
        first = totals.index(True) if True in totals else len(totals)
        cells = [PrintCell(value=label, look="total", across=first)] if first else []
        for column, is_added in enumerate(totals[first:], first):
            name = self._spec.row[column].value.written
            if not is_added or name not in self._columns[self.data]:
                cells.append(PrintCell(look="total"))
                continue
            value = added(amount_in(one.rows[0][column].value) for one in blocks)
            formula = places.sum(self.data, name, **where)
            cells.append(PrintCell(value=value, formula=formula, look="total_money"))
        return PrintRow(cells=cells)

    def _unread(self, blocks: list[_Block]) -> Iterator[PrintRow]:
        """Yield what the total leaves out, if anything."""
        totals = [c for c, cell in enumerate(self._spec.row) if cell.total.of(self._scope)]
        count = sum(one.rows[0][column].value == UNREAD for one in blocks for column in totals)
        if count:
            text = self._speaker.say("summary.official.unread", count=count)
            cell = PrintCell(value=text, look="note", across=len(self._widths))
            yield PrintRow(cells=(cell,))


class _Layout:
    """Makes rows of blocks: numbers them, and lets equal neighbours run together."""

    def __init__(self, cells: Sequence[_Cell], places: Places, scope: Scope) -> None:
        self._places, self._number = places, 0
        self._inner = [cell.inner is not None for cell in cells]
        self._merged = [cell.spec.merge.of(scope) for cell in cells]
        self._names = [cell.name for cell in cells]
        merged = [n for n, cell in enumerate(cells) if self._inner[n] and self._merged[n]]
        #: of each column those up to it whose equal neighbours run together in a list
        self._alike = [[n for n in merged if n <= column] for column in range(len(cells))]

    def rows(self, blocks: list[_Block]) -> Iterator[PrintRow]:
        """Yield the rows of some blocks that stand one below the other."""
        for start, block in enumerate(blocks):
            self._number += 1
            for number in range(len(block.rows)):
                cells = self._cells(blocks, start, number)
                yield PrintRow(cells=tuple(cells), height=block.heights[number])

    def _cells(self, blocks: list[_Block], start: int, number: int) -> Iterator[PrintCell]:
        """Yield the cells that begin in a row of a block."""
        block = blocks[start]
        for column, one in sorted(block.rows[number].items()):
            down = self._reach(blocks, start, number, column)
            if not down:
                continue
            if self._names[column] == _NUMBER:
                one = replace(one, value=self._number)
            yield one.cell(self._places, down)

    def _reach(self, blocks: list[_Block], start: int, number: int, column: int) -> int:
        """Over how many rows a cell reaches; 0 where another reaches into it from above."""
        block = blocks[start]
        if self._inner[column]:
            return self._reach_inside(block, number, column)
        told = _TOLD_BY.get(self._names[column]) if self._merged[column] else None
        if not told:
            return len(block.rows)

        def alike(other: int) -> bool:
            name = self._names[column]
            return 0 <= other < len(blocks) and blocks[other].told[name] == block.told[name]

        if alike(start - 1):
            return 0
        end = start
        while alike(end):
            end += 1
        return sum(len(one.rows) for one in blocks[start:end])

    def _reach_inside(self, block: _Block, number: int, column: int) -> int:
        """The same for a cell in a row of the list: equal neighbours under equal ones before."""
        last = sum(1 for row in block.rows if row) - 1

        def same(first: int, second: int) -> bool:
            one, other = block.rows[first], block.rows[second]
            return self._merged[column] and all(
                one[c].value == other[c].value for c in self._alike[column]
            )

        if number and same(number - 1, number):
            return 0
        end = number
        while end < last and same(end, end + 1):
            end += 1
        return len(block.rows) - number if end == last else end - number + 1


def _order(told: object) -> tuple[bool, int, str]:
    """Departments and units in the order of their numbers, counties by name."""
    return (told is None, told if isinstance(told, int) else 0, str(told or ""))
