"""Names of cells, columns and rectangles ↔ rows and columns, counted from 0: (3, 1) ↔ `B4`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from itertools import product
from typing import NamedTuple, Self

#: the day that a cell counts as 0
EPOCH = date(1899, 12, 30)
#: the first that all programs count alike from it: Excel has a 29 February 1900
FIRST_DAY = date(1900, 3, 1)
_NAME = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_LONGEST_NAME = len("$XFD$1048576")
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384


def on_a_sheet(row: int, column: int) -> bool:
    """Whether a sheet has such a cell."""
    return 0 <= row < _LAST_ROW and 0 <= column < _LAST_COLUMN


def cell_name(row: int, column: int) -> str:
    """`B4` for row 3, column 1."""
    return f"{column_name(column)}{row + 1}"


def absolute_name(row: int, column: int) -> str:
    """`$B$4` for row 3, column 1."""
    return f"${column_name(column)}${row + 1}"


def quoted(sheet: str) -> str:
    """A sheet's name as formulas and links have it: `'项目1'`."""
    return "'" + sheet.replace("'", "''") + "'"


def quoted_text(text: str) -> str:
    """A text as formulas have it: `"未完成"`."""
    return '"' + text.replace('"', '""') + '"'


def column_name(column: int) -> str:
    """`A` for 0, `AA` for 26."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def parse_cell(name: str) -> tuple[int, int] | None:
    """Row 3, column 1 for `B4` or `$B$4`; None for what names no cell of a sheet."""
    return _parse_cell(name) if len(name) <= _LONGEST_NAME else None


@lru_cache(maxsize=8192)
def _parse_cell(name: str) -> tuple[int, int] | None:
    """The cell of a name; in the forms of a round they are the same."""
    found = _NAME.fullmatch(name)
    if not found:
        return None
    column = 0
    for letter in found[1].upper():
        column = column * 26 + ord(letter) - 64
    at = int(found[2]) - 1, column - 1
    return at if on_a_sheet(*at) else None


def neighbours(lines: Iterable[int]) -> list[tuple[int, int]]:
    """Join rows or columns, in order, that follow on each other: (3, 5) for 3, 4, 5."""
    runs: list[tuple[int, int]] = []
    for line in lines:
        if runs and runs[-1][1] + 1 == line:
            runs[-1] = (runs[-1][0], line)
        else:
            runs.append((line, line))
    return runs


class Box(NamedTuple):
    """A rectangle of cells: its first and last row and column, all inside."""

    top: int
    left: int
    bottom: int
    right: int

    @classmethod
    def parse(cls, name: str) -> Self | None:
        """The rectangle `B4:D9`, or of one cell; None for what names none."""
        first, _, last = name.partition(":")
        start, end = parse_cell(first), parse_cell(last or first)
        return cls(*start, *end) if start and end else None

    @classmethod
    def parse_all(cls, names: Iterable[str]) -> Iterator[Self]:
        """The rectangles among some names."""
        return filter(None, map(cls.parse, names))

    @classmethod
    def around(cls, cells: Iterable[tuple[int, int]]) -> Self:
        """The rectangle around cells. Raises ValueError where there are none."""
        rows, columns = zip(*cells, strict=True)
        return cls(min(rows), min(columns), max(rows), max(columns))

    @property
    def name(self) -> str:
        """`B4:D9`, or `B4` of one cell."""
        first, last = cell_name(self.top, self.left), cell_name(self.bottom, self.right)
        return first if first == last else f"{first}:{last}"

    @property
    def size(self) -> int:
        """How many cells it has, whichever corner comes first."""
        return (abs(self.bottom - self.top) + 1) * (abs(self.right - self.left) + 1)

    @property
    def cells(self) -> Iterator[tuple[int, int]]:
        """Row and column of each cell."""
        return product(range(self.top, self.bottom + 1), range(self.left, self.right + 1))

    def holds(self, row: int, column: int) -> bool:
        """Whether a cell lies in it."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right
