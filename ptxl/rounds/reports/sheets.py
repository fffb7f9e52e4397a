"""The sheets of a round's workbooks as data: columns, rows, how they look.

Headings are sentences of the table [reports.columns], known by the keys here. What a row holds is
keyed by column: text, int, Decimal, a phrase; what it lacks is a blank cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "count"]
#: a line of a table, the head of a group, the last row with the sums
Look = Literal["line", "band", "total"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column, with the heading `reports.columns.KEY`; `width` in characters."""

    key: str
    width: float
    kind: Kind = "text"
    #: what is only for the screen, or for ptxl itself, is not printed
    printed: bool = True
    hidden: bool = False
    #: whether the officer types here; all other cells of a protected sheet are locked
    open: bool = False
    #: what may be chosen here, as codes of words
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One row: what it holds by column, and the columns that are shown in red."""

    cells: Mapping[str, object]
    look: Look = "line"
    red: frozenset[str] = frozenset()
    #: open columns that are locked and grey in this row
    closed: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """One sheet: its name, the lines above the table (the first is the title), and the table."""

    name: str
    head: Sequence[str]
    columns: Sequence[Column]
    rows: Sequence[Row]
    #: columns that stay where they are when the sheet is moved sideways
    fixed: int = 0
    protected: bool = False

    @property
    def printed(self) -> Sequence[Column]:
        """The columns that are printed; they stand before all others."""
        return tuple(column for column in self.columns if column.printed)
