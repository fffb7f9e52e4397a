"""Blocks of rows, one below the other → the rows and charts of a print sheet. Pure.

A table beside a chart stays on one page: where it no longer fits, it begins the next one. Others go
on over the end of a page, but for a heading alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import accumulate

from ptxl.cells import cell_name
from ptxl.summary.sheets import Chart, Look, PrintCell, PrintRow, Series
from ptxl.text import display_width, lines_needed

#: what a page of A4 holds between its margins, in points, where columns are printed at nine tenths
PAGE_HEIGHT = 825.0
LINE = 15.0
#: of the font in points, and the size that is as wide where there are only Latin letters
_SIZE, _LATIN_SIZE = 10.0, 9.0
_HEADING = 22.0
#: how wide a bold letter and a Chinese sign are, and what is free beside a word, in characters
_BOLD_LETTER, _BOLD_SIGN, _PADDING = 0.85, 2.03, 0.7
#: what a chart needs beside its bars, and for each of them, in points
_AROUND_BARS, _BAR = 80.0, 14.0
#: and for a legend of more names than stand in a line
_LEGEND_LINE, _IN_A_LINE = 14.0, 2
#: a column is so many points wide for each character, and so many more
_CHARACTER, _MARGIN = 5.25, 3.75
#: how wide a figure on the axis of a chart, and the name of a bar, is for each character, what is
#: free between two, and what a chart leaves free at its right
_FIGURE, _BETWEEN, _FREE = 5.0, 8.0, 6.0
#: which part of a chart bars have at least, where their names are long, and at most; what is free
#: beside the names
_LEAST_BARS, _BARS_PART, _BESIDE_NAMES = 0.24, 0.42, 24.0
#: how far figures on an axis may be apart, times a power of ten
_STEPS = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
#: differences of sums are computed in binary: what they are wrong by is cut off
_DECIMALS = 8


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of one subject, each of a stated height, and the charts that stand beside them."""

    rows: Sequence[PrintRow]
    charts: Sequence[Chart] = ()

    @property
    def height(self) -> float:
        """How high all rows are together, in points."""
        return sum(row.height for row in self.rows)


#: rows of a block without a chart that stay together, from its heading on
_TOGETHER = 3


@dataclass(slots=True)
class Page:
    """Takes in blocks from the top."""

    rows: list[PrintRow] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    _used: float = 0
    #: how many pages there are so far
    pages: int = 1

    @property
    def next(self) -> int:
        """The number of the row that the next block begins with: formulas and charts name it."""
        return len(self.rows)

    def fits(self, block: Block) -> bool:
        """Whether all of a block stands on what is left of this page."""
        return self._used + block.height <= PAGE_HEIGHT

    def add(self, block: Block, *, whole: bool = False) -> None:
        """Add a block, on a new page where it does not fit on this one.

        It may go on over the end of a page where there is no chart and it need not stay `whole`.
        """
        together = len(block.rows) if block.charts or whole else _TOGETHER
        self._add(block.rows[:together])
        for row in block.rows[together:]:
            self._add([row])
        self.charts += block.charts

    def _add(self, rows: Sequence[PrintRow]) -> None:
        """Add rows that stay together."""
        height = sum(row.height for row in rows)
        if self.rows and rows and self._used + height > PAGE_HEIGHT:
            rows = [replace(rows[0], page_break=True), *rows[1:]]
            self._used = 0
            self.pages += 1
        self.rows += rows
        self._used += height


def number_in(cell: PrintCell) -> Decimal:
    """The number in a cell, as sums and charts take it: 0 where words stand."""
    return Decimal(cell.value) if isinstance(cell.value, int | Decimal) else Decimal(0)


def lines_in(text: str, width: float) -> int:
    """How many lines a text takes; the letters of Latin texts are narrower than their digits."""
    return lines_needed(text, width, _LATIN_SIZE if text.isascii() else _SIZE)


def longest_word(texts: Iterable[str], least: float) -> float:
    """The width in characters in which no word of some headings is broken, `least` at least."""
    words = [word for text in texts for word in text.split()]
    return max([
        least,
        *(len(word) * _BOLD_LETTER + _PADDING for word in words if word.isascii()),
        *(len(word) * _BOLD_SIGN + _PADDING for word in words if not word.isascii()),
    ])  # fmt: skip


def row_of(cells: Sequence[PrintCell], widths: Sequence[float], line: float = LINE) -> PrintRow:
    """A row as high as its texts need; `line` is the height of one line."""
    lines = 1
    starts = accumulate((cell.across for cell in cells), initial=0)
    for cell, column in zip(cells, starts, strict=False):
        if isinstance(cell.value, str):
            width = sum(widths[column : column + cell.across])
            lines = max(lines, lines_in(cell.value, width))
    return PrintRow(cells=cells, height=lines * line)


def text_row(
    text: str, widths: Sequence[float], look: Look = "note", link: str = ""
) -> PrintRow:  # fmt: skip
    """A row that is one text over all columns, as high as the text needs."""
    lines = lines_in(text, sum(widths))
    cell = PrintCell(value=text, look=look, across=len(widths), link=link)
    return PrintRow(cells=(cell,), height=lines * LINE + 2)


def heading_row(text: str, widths: Sequence[float]) -> PrintRow:
    """A row that heads a block."""
    return PrintRow(
        cells=(PrintCell(value=text, look="band", across=len(widths)),), height=_HEADING
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class ChartedTable:
    """A table with a chart of it on its right.

    `lines` stand in the chart, `total` does not. `rest` is what all others have that no line
    names: its figures become what lines leave of the total.
    """

    heading: str
    remark: str
    #: what a click on the remark leads to
    remark_link: str = ""
    heads: Sequence[str]
    total: Sequence[PrintCell]
    lines: Sequence[Sequence[PrintCell]]
    rest: Sequence[PrintCell] = ()
    #: which cells of a line name it, and which are drawn
    category: int = 0
    drawn: Sequence[int]
    #: how many lines stand in the chart at most, and whether the rest does, too
    most_drawn: int
    rest_drawn: bool = True
    title: str
    description: str
    axis: str


@dataclass(frozen=True, slots=True)
class TableMaker:
    """Makes blocks of charted tables on a sheet with these columns; charts begin at one of them."""

    widths: Sequence[float]
    chart_column: int

    def make(self, table: ChartedTable, start: int) -> Block:
        """Make the block, whose first row has the number `start`."""
        above = [heading_row(table.heading, self.widths)]
        if table.remark:
            above.append(text_row(table.remark, self.widths, link=table.remark_link))
        top = start + len(above)
        rows = list(self._rows(table, top))
        around = _AROUND_BARS + _LEGEND_LINE * (len(table.drawn) > _IN_A_LINE)
        missing = around + _BAR * _bars(table) - sum(row.height for row in rows)
        while missing > 0:
            rows.append(PrintRow(cells=(), height=LINE))
            missing -= LINE
        height = sum(row.height for row in rows)
        gap = PrintRow(cells=(), height=LINE / 2)
        return Block((*above, *rows, gap), (self._chart(table, top, height),))

    def _rows(self, table: ChartedTable, top: int) -> Iterator[PrintRow]:
        across = [cell.across for cell in table.total]
        heads = zip(table.heads, across, strict=True)
        yield row_of(
            [PrintCell(value=text, look="head", across=n) for text, n in heads], self.widths
        )
        yield row_of(table.total, self.widths)
        for line in table.lines:
            yield row_of(line, self.widths)
        if table.rest:
            yield row_of(list(_rest(table, top)), self.widths)

    def _chart(self, table: ChartedTable, top: int, height: float) -> Chart:
        columns = _columns(table)
        wide = sum(width * _CHARACTER + _MARGIN for width in self.widths[self.chart_column :])
        return Chart(
            title=table.title,
            description=table.description,
            first=top + 2,
            last=top + 1 + _bars(table),
            categories=columns[table.category],
            series=[Series(name=(top, columns[n]), column=columns[n]) for n in table.drawn],
            row=top,
            column=self.chart_column,
            width=wide - _FREE,
            height=height,
            axis=table.axis,
            step=_step(_longest_bar(table), _room_of_bars(table, wide)),
        )


def _bars(table: ChartedTable) -> int:
    """How many lines are drawn."""
    return min(len(table.lines), table.most_drawn) + bool(table.rest and table.rest_drawn)


def _longest_bar(table: ChartedTable) -> float:
    lines = [*table.lines, *([table.rest] if table.rest and table.rest_drawn else [])]
    return max(sum(float(number_in(line[n])) for n in table.drawn) for line in lines)


def _room_of_bars(table: ChartedTable, wide: float) -> float:
    """What names leave of the width of a chart, in points."""
    names = (str(line[table.category].value) for line in table.lines[: table.most_drawn])
    left = wide - max(map(display_width, names)) * _FIGURE - _BESIDE_NAMES
    return min(_BARS_PART * wide, max(_LEAST_BARS * wide, left))


def _step(most: float, room: float) -> float:
    """How far figures on an axis are apart, so that those up to the longest bar have room."""
    each = len(f"{most:,.0f}") * _FIGURE + _BETWEEN
    least = max(1.0, most / max(1, int(room / each)))
    power = 10.0 ** int(math.log10(least))
    steps = (step * power for step in _STEPS)
    return next(step for step in steps if step >= least and step == int(step))


def _columns(table: ChartedTable) -> list[int]:
    """The column in which each cell of a line begins."""
    return list(accumulate((cell.across for cell in table.total), initial=0))[:-1]


def _rest(table: ChartedTable, top: int) -> Iterator[PrintCell]:
    """The line of all others: of each figure, what is left of the total."""
    first, last = top + 2, top + 1 + len(table.lines)
    for cell, column in zip(table.rest, _columns(table), strict=True):
        if isinstance(cell.value, str):
            yield cell
            continue
        total = cell_name(top + 1, column)
        named = f"{cell_name(first, column)}:{cell_name(last, column)}"
        yield replace(cell, formula=f"=ROUND({total}-SUM({named}),{_DECIMALS})")
