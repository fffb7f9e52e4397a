"""Where the lines of data sheets stand, and the formulas over them. Pure.

Formulas use ranges with SUM, SUMIFS, COUNTIFS and SUBTOTAL only, and name every sheet in quotes:
all spreadsheet programs agree on these.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ptxl.cells import absolute_name, cell_name, column_name, quoted
from ptxl.summary.sheets import FIRST_LINE, HEAD_ROW, DataSheet
from ptxl.text import cut, sheet_name

#: how many rows a sheet has in every program, and how many letters its name may have
_ROWS, _LONGEST_NAME = 1_048_576, 31
#: what stands behind the name of a sheet on the sheets that continue it, and what that leaves
_CONTINUED = re.compile(r"(\([0-9]+\))+$")
_LONGEST_FIRST = _LONGEST_NAME - len("(2)")
#: lines of a data sheet that one sheet holds; one row is left for who adds something below
MOST_LINES = _ROWS - FIRST_LINE - 1
#: what a column must be: a cell or constant that it equals (`$A5`, `3`, `"未报"`), a comparison
#: (`">=3"`), or several of these that all hold
Condition = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A sheet of the workbook that holds some lines of a data sheet: from `first` on, `lines`."""

    name: str
    first: int
    lines: int


def parts_of(sheet: DataSheet, most: int = MOST_LINES) -> tuple[Part, ...]:
    """The sheets of the workbook that a data sheet needs, one at least."""
    starts = range(0, max(sheet.lines, 1), most)
    return tuple(
        Part(_part_name(sheet.name, number), first, min(most, sheet.lines - first))
        for number, first in enumerate(starts, 1)
    )


def _part_name(name: str, number: int) -> str:
    ending = f"({number})" if number > 1 else ""
    return cut(name, _LONGEST_NAME - len(ending)) + ending


def sheet_names(
    given: Mapping[str, str], others: Mapping[str, str], nameless: str
) -> dict[str, str]:
    """What sheets are called, by their keys: as programs allow it, and no two alike.

    Those that are `given` stay as they are, as far as they may. `others` are also told from the
    sheets on which long data sheets are continued. `nameless` is a sheet without a name.
    """
    names: dict[str, str] = {}
    taken: set[str] = set()
    for key, text in given.items():
        names[key] = _free(sheet_name(text) or nameless, _LONGEST_NAME, taken)
        taken.add(names[key].casefold())
    taken |= set(map(_first_part, taken))
    for key, text in others.items():
        first = _first_part(sheet_name(text)) or nameless
        names[key] = _free(first, _LONGEST_FIRST, taken)
        taken.add(names[key].casefold())
    return names


def _first_part(name: str) -> str:
    """The name of the sheet that one so called may continue."""
    return cut(_CONTINUED.sub("", name), _LONGEST_FIRST).rstrip("'_ ")


def _free(name: str, longest: int, taken: Container[str]) -> str:
    """A name that nothing has: with a number where it is taken."""
    free, number = name, 1
    while free.casefold() in taken:
        number += 1
        free = cut(name, longest - len(f"-{number}")) + f"-{number}"
    return free


class Places:
    """Finds columns and lines of data sheets by their keys."""

    def __init__(self, sheets: Iterable[DataSheet], most: int = MOST_LINES) -> None:
        self._sheets = {sheet.key: sheet for sheet in sheets}
        self._most = most

    def __contains__(self, key: str) -> bool:
        return key in self._sheets

    def sheet(self, key: str) -> DataSheet:
        """A data sheet by its key. Raises KeyError."""
        return self._sheets[key]

    def cell(self, key: str, column: str, line: int) -> str:
        """The cell of a line, from 0, with its sheet in quotes: `'项目明细'!I6`."""
        sheet = self._sheets[key]
        number, row = divmod(line, self._most)
        part = parts_of(sheet, self._most)[number]
        letter = column_name(sheet.number(column))
        return f"{quoted(part.name)}!{letter}{row + FIRST_LINE + 1}"

    def heading(self, key: str, column: str) -> str:
        """The heading of a column, as a link leads to it; where there is none, the first cell."""
        sheet = self._sheets[key]
        name = quoted(parts_of(sheet, self._most)[0].name)
        known = any(one.key == column for one in sheet.columns)
        return f"{name}!{cell_name(HEAD_ROW, sheet.number(column))}" if known else f"{name}!A1"

    def ranges(self, key: str, column: str) -> Iterator[str]:
        """Yield the ranges that hold a column: `'项目明细'!$I$6:$I$905`, one for each sheet."""
        sheet = self._sheets[key]
        number = sheet.number(column)
        for part in parts_of(sheet, self._most):
            last = FIRST_LINE + max(part.lines, 1) - 1
            first_cell, last_cell = absolute_name(FIRST_LINE, number), absolute_name(last, number)
            yield f"{quoted(part.name)}!{first_cell}:{last_cell}"

    def sum(self, key: str, column: str, **where: Condition) -> str:
        """The formula of the sum of a column over the lines for which conditions hold."""
        if not where:
            return f"=SUM({','.join(self.ranges(key, column))})"
        return "=" + "+".join(
            f"SUMIFS({','.join(parts)})" for parts in self._conditions(key, column, where)
        )

    def count(self, key: str, **where: Condition) -> str:
        """The formula of how many lines there are for which conditions hold, one at least."""
        first = next(iter(where))
        return "=" + "+".join(
            f"COUNTIFS({','.join(parts[1:])})" for parts in self._conditions(key, first, where)
        )

    def _conditions(
        self, key: str, column: str, where: Mapping[str, Condition]
    ) -> Iterator[list[str]]:
        pairs = [
            (list(self.ranges(key, name)), one)
            for name, wanted in where.items()
            for one in ((wanted,) if isinstance(wanted, str) else wanted)
        ]
        for number, summed in enumerate(self.ranges(key, column)):
            found = [summed]
            for ranges, wanted in pairs:
                found += [ranges[number], wanted]
            yield found
