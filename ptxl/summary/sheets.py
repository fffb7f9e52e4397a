"""The sheets of a summary workbook as data: what stands in them, and how they look.

There are two kinds. A data sheet is one table that people filter: one line for each thing, nothing
merged, no blank cell without a word. A print sheet is laid out like an official form: cells with
merges, whose figures are formulas over the data sheets. The language of all texts is that of the
summary; nothing here knows a file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

#: what a column holds, which decides its number format and alignment; a target value is a text, and
#: a percentage its number: 25 for 25 %
Kind = Literal["text", "count", "money", "number", "percent", "date"]
Paper = Literal["A4", "A3"]
#: rows of a data sheet above its first line: title, remarks, totals, headings
TITLE_ROW, REMARK_ROW, TOTAL_ROW, HEAD_ROW, FIRST_LINE = range(5)


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column of a data sheet; `width` in characters, as spreadsheet programs count it."""

    key: str
    heading: str
    width: float
    kind: Kind = "text"
    #: what is only for the screen is not printed; such columns stand behind all others
    printed: bool = True
    #: whether the row of totals adds it up
    total: bool = False
    #: whether it is not shown again where it and all such columns before it are as above
    repeated: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Total:
    """The sum of a column, exact, and how many amounts are not in it as they are unreadable."""

    value: Decimal
    unread: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class DataSheet:
    """One table of the workbook, before its lines are written.

    Lines come apart from it, one after the other, so that they never have to be held: `lines` is
    how many there are. More than one sheet can hold are continued on sheets of the same columns.
    """

    key: str
    name: str
    title: str
    columns: Sequence[Column]
    lines: int
    #: in a sentence, what a line is and where it comes from: for those who hear the table
    description: str
    #: what must be said of the lines; what totals leave out is said anyway
    remark: str = ""
    totals: Mapping[str, Total] = field(default_factory=dict)
    #: columns that stay where they are when the sheet is moved sideways
    fixed: int = 0

    @property
    def printed(self) -> Sequence[Column]:
        """The columns that are printed; they stand before all others."""
        return tuple(column for column in self.columns if column.printed)

    def number(self, key: str) -> int:
        """The number of a column, from 0. Raises ValueError for one that it has not."""
        return [column.key for column in self.columns].index(key)


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A value with a link: to a place of this workbook, or of the `file` that it comes from.

    `file` is relative to the workbook, with `/`; `place` is a cell with its sheet in quotes.
    """

    value: object
    place: str = ""
    file: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Computed:
    """A value that a formula gives, as everybody can see: `value` is what it is known to be.

    Without a formula it is a sum that no formula shows. `unread` amounts are not in it.
    """

    value: Decimal | int
    formula: str = ""
    unread: int = 0


def bare(value: object) -> object:
    """A value without its link or formula."""
    while isinstance(value, Link | Computed):
        value = value.value
    return value


#: what stands in a line of a data sheet, by key of its column: text, int, Decimal, date, a phrase,
#: or a `Link`, or something `Computed`. None and what is left out print a word: nothing is asked
Line = Mapping[str, object]

Look = Literal[
    "title", "subtitle", "note", "band", "head", "text", "centre", "count", "money", "number",
    "percent", "label", "figure", "figure_money", "figure_percent", "total", "total_name",
    "total_money", "total_percent", "link", "plain",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintCell:
    """One cell of a print sheet. `formula` gives its value, which `value` is known to be."""

    value: object = ""
    formula: str = ""
    look: Look = "text"
    across: int = 1
    down: int = 1
    #: a cell of this workbook that a click leads to, with its sheet in quotes
    link: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintRow:
    """One row: cells from left to right, past those that reach down into it from above.

    `height` in points, 0 where the texts decide. `level` above 0 folds into a group.
    """

    cells: Sequence[PrintCell]
    height: float = 0
    level: int = 0
    page_break: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """One series of a chart: rows and columns are those of the print sheet, from 0."""

    name: tuple[int, int]
    column: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """A bar chart over a table of its sheet; `description` tells those who cannot see it what it
    shows."""

    title: str
    description: str
    #: of the table: its first and last row, and the column of its categories
    first: int
    last: int
    categories: int
    series: Sequence[Series]
    #: the cell of its upper left corner, and its size in points
    row: int
    column: int
    width: float
    height: float
    #: bars that lie have room for long names
    lying: bool = True
    axis: str = ""
    #: from one figure on the axis to the next, 0 where the program that shows it may choose
    step: float = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintSheet:
    """One sheet that is laid out for paper; `widths` of its columns in characters."""

    key: str
    name: str
    widths: Sequence[float]
    rows: Sequence[PrintRow]
    charts: Sequence[Chart] = ()
    paper: Paper = "A4"
    landscape: bool = False
    #: rows that are printed again on each page: how many from the top, 0 for none
    head: int = 0
    description: str = ""


Sheet = DataSheet | PrintSheet
