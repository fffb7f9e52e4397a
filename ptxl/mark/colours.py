"""Marked cells → conditional formats that colour a cell as long as what was wrong stands there.

What the cells held stands on a very hidden sheet, one cell below the other, under one defined name:
so texts of any length, numbers, blanks and errors are compared as they are, and every program keeps
the comparison true when rows are inserted and sheets renamed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ptxl.cells import absolute_name, cell_name
from ptxl.model.findings import Severity
from ptxl.ooxml.sheet import Position, Sheet, copy_value

#: by this name in its formula a conditional format is known to be a mark
NAME = "ptxl_marked"
#: light red, orange and blue
COLOURS: Mapping[Severity, str] = {"error": "FFC4C0", "warning": "FFD9A0", "hint": "BFE0F0"}
#: EXACT minds case and takes a blank for no zero, but takes the number 30 for the text "30"
_SAME = "IF(ISERROR({cell}),ISERROR({was}),AND(ISTEXT({cell})=ISTEXT({was}),EXACT({cell},{was})))"
_ALSO_SAME = "EXACT({cell},{was})"


@dataclass(frozen=True, slots=True)
class Mark:
    """The colour of a cell, and until when: while the cell is the same, and one of `judged` is.

    Each of `judged` are other cells of the sheet by which the cell was found wrong.
    """

    severity: Severity
    judged: tuple[tuple[Position, ...], ...] = ()


class Held:
    """What marked cells held: the cells of column A of a hidden sheet, from the second on."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._count = 1

    @property
    def area(self) -> str:
        """The range that the defined name stands for: `$A$1:$A$9`."""
        return f"$A$1:{absolute_name(self._count - 1, 0)}"

    def keep(self, sheet: Sheet, at: Position) -> str:
        """Copy what a cell holds; return the formula that gives the copy."""
        copy = self._sheet.cell((self._count, 0))
        cell = sheet.find(at)
        if cell is not None:
            copy_value(cell, copy)
        self._count += 1
        return f"INDEX({NAME},{self._count})"


def colour_cells(
    sheet: Sheet, held: Held, marks: Mapping[Position, Mark], looks: Mapping[Severity, str]
) -> None:
    """Colour cells of a sheet by `looks`, the conditional look of each severity.

    The formats of the sheet's own, such as that of a blank required cell, stay above ours.
    """
    watched = {at for mark in marks.values() for cells in mark.judged for at in cells}
    kept = {at: held.keep(sheet, at) for at in sorted({*marks, *watched})}
    formats: dict[str, tuple[str, str]] = {}
    for at, mark in sorted(marks.items()):
        formula = _SAME.format(cell=absolute_name(*at), was=kept[at])
        if mark.judged:
            others = "+".join(_product(cells, kept) for cells in mark.judged)
            formula = f"AND({formula},{others})"
        area = f"{cell_name(*at)}:{cell_name(*sheet.last_of_merge(at))}"
        formats[area] = formula, looks[mark.severity]
    sheet.add_formats(formats)


def _product(cells: Iterable[Position], kept: Mapping[Position, str]) -> str:
    """A product that is no zero while all cells are the same: AND takes 30 arguments in an xls."""
    return "*".join(_ALSO_SAME.format(cell=absolute_name(*at), was=kept[at]) for at in cells)
