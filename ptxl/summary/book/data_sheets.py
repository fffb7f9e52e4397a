"""What a data sheet has but its lines: title, remark, totals, headings, table, page, conditions.

Where its lines belong there is one row for each way in which its cells may look: from these whoever
writes the lines takes the styles.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlsxwriter.worksheet import Worksheet

from ptxl.cells import Box, absolute_name, cell_name, column_name, quoted
from ptxl.summary.book.looks import VARIANTS, Looks
from ptxl.summary.book.paper import SIZE, columns_across, height_of, lines_in, page_for
from ptxl.summary.places import Part
from ptxl.summary.sheets import (
    FIRST_LINE,
    HEAD_ROW,
    REMARK_ROW,
    TITLE_ROW,
    TOTAL_ROW,
    DataSheet,
)
from ptxl.text import FORMULA_STARTS, encodable
from ptxl.words import Speaker

#: a button of the filter takes room in a heading, in characters
_BUTTON = 2.5
_LIKE_A_CELL = re.compile(r"(?i)[a-z]{1,3}\d+|r|c|r\d*c\d*")
_SUM, _COUNT, _COUNT_NUMBERS = 109, 103, 102  # of SUBTOTAL, over what is not hidden
_HIDDEN = ";;;"
#: of a title, in points: smaller ones where the table is narrow
_TITLE_SIZES = (16.0, 14.0, 12.0)
#: of a title that is printed over the columns that repeat on every page alone: it is cut there
_REPEATED_SIZES = (*_TITLE_SIZES, 11.0, 10.0)


@dataclass(frozen=True, slots=True)
class DataPart:
    """A sheet that holds some lines of a data sheet, with its exact sums by key of the column."""

    sheet: DataSheet
    part: Part
    sums: Mapping[str, Decimal]
    #: the name of its table
    table: str
    #: which of how many parts it is, from 1
    number: int = 1
    count: int = 1

    @property
    def name(self) -> str:
        """The name of the sheet."""
        return self.part.name

    @property
    def last(self) -> int:
        """The row of its last line; without any there is one that says so."""
        return HEAD_ROW + max(self.part.lines, 1)

    @property
    def widths(self) -> list[float]:
        """The widths of the columns that are printed."""
        return [column.width for column in self.sheet.printed]

    @property
    def cells(self) -> str:
        """All its cells."""
        return Box(TITLE_ROW, 0, self.last, len(self.sheet.columns) - 1).name

    @property
    def table_cells(self) -> str:
        """The cells of its table."""
        return Box(HEAD_ROW, 0, self.last, len(self.sheet.columns) - 1).name


def table_name(sheet: str, taken: set[str]) -> str:
    """Name the table of a sheet like the sheet, as far as tables may be; adds it to `taken`."""
    base = re.sub(r"\W+", "_", sheet).strip("_")
    if not base or base[0].isdigit() or _LIKE_A_CELL.fullmatch(base):
        base = f"_{base}"
    name, number = base, 1
    while name.casefold() in taken:
        number += 1
        name = f"{base}_{number}"
    taken.add(name.casefold())
    return name


class DataSheetWriter:
    """Writes one part of a data sheet on an empty sheet, with the way back to `overview`."""

    def __init__(
        self, page: Worksheet, data: DataPart, looks: Looks, speaker: Speaker, overview: str
    ) -> None:
        self._page = page
        self._data = data
        self._sheet = data.sheet
        self._looks = looks
        self._say = speaker.say
        self._overview = overview

    def write(self) -> None:
        """Write all of it."""
        self._set_page()
        for number, column in enumerate(self._sheet.columns):
            self._page.set_column(number, number, column.width)
        self._write_title()
        self._write_remark()
        self._write_totals()
        self._write_table()
        self._write_patterns()
        self._hide_repeated()

    def _set_page(self) -> None:
        page, sheet, widths = self._page, self._sheet, self._data.widths
        if sheet.fixed and not page_for(widths).fits:
            page.repeat_columns(0, sheet.fixed - 1)
        page.repeat_rows(TITLE_ROW, HEAD_ROW)
        page.freeze_panes(FIRST_LINE, sheet.fixed)
        page.print_area(TITLE_ROW, 0, self._data.last, len(widths) - 1)
        texts = [n for n, column in enumerate(sheet.columns) if column.kind == "text"]
        if texts:
            ranges = [Box(FIRST_LINE, number, self._data.last, number).name for number in texts]
            page.ignore_errors({"number_stored_as_text": " ".join(ranges)})

    # -- above the table

    def _write_title(self) -> None:
        """Write the title: as large as the columns allow over which it is printed."""
        widths, fixed = self._data.widths, self._sheet.fixed
        sizes: tuple[float, ...]
        if fixed and not page_for(widths).fits:
            room, sizes = columns_across(widths, 0, fixed), _REPEATED_SIZES
        else:
            room, sizes = columns_across(widths, 0, len(widths)), _TITLE_SIZES
        self._write_above(TITLE_ROW, 0, self._sheet.title, "sheet_title", *sizes, room=room)

    def _write_above(
        self, row: int, first: int, text: str, look: str, *sizes: float, room: float = 0
    ) -> None:
        """Write a text that runs over the cells beside it, in the first size that has room.

        Nothing is merged on a data sheet, so it cannot be wrapped.
        """
        widths = self._data.widths
        room = room or columns_across(widths, first, len(widths))
        fitting = (size for size in sizes if lines_in(text, room, size) == 1)
        size = next(fitting, sizes[-1])
        style = self._looks.of(look, size=size, quoted=text.startswith(FORMULA_STARTS))
        self._page.set_row(row, height_of(1, size))
        self._page.write_string(row, first, encodable(text), style)

    def _write_remark(self) -> None:
        """Write the way back to the overview, and beside it what must be said of the lines."""
        beside = 0
        if self._overview and len(self._data.widths) > 1:
            place = f"internal:{quoted(self._overview)}!A1"
            back = self._say("summary.book.back")
            self._page.write_url(REMARK_ROW, 0, place, self._looks.of("link"), back, self._overview)
            beside = 1
        self._write_above(REMARK_ROW, beside, self._remark(), "remark", SIZE)

    def _remark(self) -> str:
        sheet, say = self._sheet, self._say
        said = [sheet.remark] if sheet.remark else []
        unread = tuple(
            say("summary.book.unread_in", column=column.heading, count=total.unread)
            for column in sheet.columns
            if (total := sheet.totals.get(column.key)) and total.unread
        )
        if unread:
            said.append(say("summary.book.unread", columns=unread))
        if self._data.count > 1:
            number, count = self._data.number, self._data.count
            said.append(say("summary.book.part", number=number, count=count))
        return say("summary.book.between").join(said)

    def _write_totals(self) -> None:
        page, sums = self._page, self._data.sums
        page.set_row(TOTAL_ROW, height_of(1))
        for number, column in enumerate(self._sheet.columns):
            look = self._looks.total_of(column)
            if column.total:
                formula = self._subtotal(_SUM, number)
                page.write_formula(TOTAL_ROW, number, formula, look, float(sums[column.key]))
            else:
                page.write_blank(TOTAL_ROW, number, None, look)
        self._count_lines()

    def _count_lines(self) -> None:
        """Say in the first columns that these are totals, and over how many lines."""
        first = self._sheet.columns[0]
        beside = self._sheet.columns[:2]
        if len(beside) < 2 or any(column.total for column in beside):
            return
        style = self._looks.total_of(first)
        self._page.write_string(TOTAL_ROW, 0, self._say("summary.total"), style)
        if first.kind == "text" and not self._data.part.lines:
            return  # the line that says so would count
        formula = self._subtotal(_COUNT if first.kind == "text" else _COUNT_NUMBERS, 0)
        counted = self._looks.counted(self._say("summary.book.lines"))
        self._page.write_formula(TOTAL_ROW, 1, formula, counted, self._data.part.lines)

    def _subtotal(self, function: int, number: int) -> str:
        first, last = absolute_name(FIRST_LINE, number), absolute_name(self._data.last, number)
        return f"=SUBTOTAL({function},{first}:{last})"

    # -- the table

    def _write_table(self) -> None:
        columns = self._sheet.columns
        headings = _different([column.heading for column in columns])
        rooms = (column.width - _BUTTON for column in columns)
        lines = max(map(lines_in, headings, rooms))
        self._page.set_row(HEAD_ROW, height_of(lines))
        style = self._looks.of("head")
        # XlsxWriter notes each cell of a table: here it has one line, and its real end is put
        # in when the lines are.
        self._page.add_table(HEAD_ROW, 0, FIRST_LINE, len(columns) - 1, {
            "name": self._data.table, "style": None,
            "description": encodable(self._sheet.description),
            "columns": [{"header": text, "header_format": style} for text in headings],
        })  # fmt: skip

    def _write_patterns(self) -> None:
        several = self._data.part.lines > 1
        for row, variant in enumerate(VARIANTS, FIRST_LINE):
            for number, column in enumerate(self._sheet.columns):
                style = self._looks.in_column(column, variant, below_alike=several)
                self._page.write_blank(row, number, None, style)

    def _hide_repeated(self) -> None:
        """Hide what the visible line above says too, and draw a line above what is shown.

        Of a line that a filter hides nobody sees anything, so nothing repeats it.
        """
        repeated = [n for n, column in enumerate(self._sheet.columns) if column.repeated]
        last = self._data.last
        for position, number in enumerate(repeated, 1):
            columns = repeated[:position]
            if last > FIRST_LINE + 1:
                self._hide(Box(FIRST_LINE + 1, number, last - 1, number), columns)
            if last > FIRST_LINE:
                self._hide(Box(last, number, last, number), columns, "bottom")

    def _hide(self, box: Box, columns: Sequence[int], *ends: str) -> None:
        """Hide a column where it and those that it stands below are as in the line above."""
        alike = [f"${column_name(n)}{box.top + 1}=${column_name(n)}{box.top}" for n in columns]
        above = cell_name(box.top - 1, box.left)
        condition = f"AND({','.join(alike)},SUBTOTAL({_COUNT},${above})>0)"
        looks = {
            condition: self._looks.when("left", "right", *ends, num_format=_HIDDEN),
            f"NOT({condition})": self._looks.when("left", "right", "top", *ends),
        }
        for criteria, look in looks.items():
            rule = {"type": "formula", "criteria": f"={criteria}", "format": look}
            self._page.conditional_format(*box, rule)


def _different(headings: Sequence[str]) -> list[str]:
    """Headings of a table: none blank, and none twice, in capital letters or not."""
    taken: set[str] = set()
    found = []
    for number, heading in enumerate(headings, 1):
        base = " ".join(encodable(heading).split()) or str(number)
        name, copy = base, 1
        while name.casefold() in taken:
            copy += 1
            name = f"{base} ({copy})"
        taken.add(name.casefold())
        found.append(name)
    return found
