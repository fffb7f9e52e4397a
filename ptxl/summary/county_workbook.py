"""Lines of a summary → the county workbook. Owns XlsxWriter for summaries; adds nothing up itself.

Rows go to disk as they come. Every total is a formula with its correct cached value.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from ptxl.cells import column_name, quoted
from ptxl.layout.helper_sheets import OUTPUT_NAME
from ptxl.summary.columns import PROJECTS, SHEETS, UNITS, Column, Line, SheetColumns
from ptxl.text import LONGEST_TEXT, cut, encodable, lines_needed
from ptxl.words import Speaker

_HEAD_ROW = 2
_BORN = datetime(2020, 1, 1)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t")
_SIZE = 10  # of the font, in points
_LINE = 13.5  # height of a line, in points
_TALLEST = 409
_PAPER_A4 = 9


@dataclass(slots=True)
class _Sheet:
    """A sheet while it is written: its columns, and the row that comes next."""

    columns: SheetColumns
    name: str
    page: Worksheet
    next_row: int = _HEAD_ROW + 1


class CountyWorkbook:
    """Writes lines on the sheets of `SHEETS`, in the language of a speaker; `close` ends it.

    Rows wait in temporary files in a folder until then.
    """

    def __init__(self, target: BinaryIO, folder: Path, speaker: Speaker, title: str = "") -> None:
        self._speaker = speaker
        self._title = encodable(title) or speaker.say("summary.title")
        self._book = Workbook(target, {
            "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
            "tmpdir": str(folder),
        })  # fmt: skip
        self._formats = _formats(self._book, self._speaker)
        if self._title.startswith(_FORMULA_STARTS):
            self._formats["title"].set_quote_prefix()
        self._sheets = {columns.key: self._start(columns) for columns in SHEETS}

    def write(self, columns: SheetColumns, line: Line) -> None:
        """Write the next row of a sheet; a key that the line lacks is a blank cell."""
        sheet = self._sheets[columns.key]
        words = {key: self._speaker.word(value) for key, value in line.items() if value is not None}
        row = sheet.next_row
        sheet.page.set_row(row, _height(columns, words))
        for number, column in enumerate(columns.columns):
            value = line.get(column.key)
            if column.of_projects and isinstance(value, Decimal):
                formula = self._sum_of_projects(column, row)
                money = self._formats["money"]
                sheet.page.write_formula(row, number, formula, money, float(value))
            elif column.kind != "text" and isinstance(value, Decimal | int):
                style = self._formats[column.kind]
                sheet.page.write_number(row, number, float(value), style)
            else:
                self._write_text(sheet.page, row, number, words.get(column.key, ""), column)
        sheet.next_row += 1

    def close(self, totals: Mapping[str, Decimal]) -> None:
        """Write the rows of totals, given by name, and finish the file."""
        for sheet in self._sheets.values():
            last = max(sheet.next_row - 1, _HEAD_ROW)
            columns = sheet.columns
            if columns.totals:
                self._write_totals(sheet, totals)
            sheet.page.autofilter(_HEAD_ROW, 0, last, len(columns.columns) - 1)
            sheet.page.print_area(0, 0, sheet.next_row - 1, len(columns.printed) - 1)
        self._book.define_name(OUTPUT_NAME, f"={quoted(self._sheets[UNITS.key].name)}!$A$1")
        self._book.set_properties({"title": self._title, "author": "ptxl", "created": _BORN})
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                self._book.close()
        except FileCreateError as error:  # what the system said, in a wrapping that is no OSError
            raise error.args[0] from None

    def abandon(self) -> None:
        """Let go of the temporary files."""
        for sheet in self._sheets.values():
            with suppress(OSError):
                sheet.page.row_data_fh.close()

    def _start(self, columns: SheetColumns) -> _Sheet:
        say = self._speaker.say
        name = say(f"summary.sheets.{columns.key}")
        page = self._book.add_worksheet(name)
        page.set_landscape()
        page.set_paper(_PAPER_A4)
        page.fit_to_pages(1, 0)
        page.set_margins(0.5, 0.5, 0.6, 0.6)
        page.repeat_rows(_HEAD_ROW)
        page.set_footer(f"&L&8&A&R&8{say('summary.footer')}")
        page.freeze_panes(_HEAD_ROW + 1, 3)
        title = say("summary.heading", title=self._title, sheet=name)
        page.set_row(0, 30)
        page.merge_range(0, 0, 0, len(columns.printed) - 1, "", self._formats["title"])
        page.write_string(0, 0, title, self._formats["title"])
        unit = say("summary.amounts") if columns.amounts else ""
        page.write_string(1, 0, unit, self._formats["note"])
        page.set_row(_HEAD_ROW, 30)
        for number, column in enumerate(columns.columns):
            page.set_column(number, number, column.width)
            heading = say(f"summary.columns.{column.key}")
            page.write_string(_HEAD_ROW, number, heading, self._formats["head"])
        return _Sheet(columns, name, page)

    def _write_text(
        self, page: Worksheet, row: int, number: int, text: str, column: Column
    ) -> None:
        """A text of a unit is always written as a text, never as a formula."""
        style = "text" if column.printed else "source"
        if text.startswith(_FORMULA_STARTS):
            style = "quoted"
        page.write_string(row, number, encodable(cut(text, LONGEST_TEXT)), self._formats[style])

    def _sum_of_projects(self, column: Column, row: int) -> str:
        """The sum of a column over the projects of the form in a row, found by its serial."""
        projects = quoted(self._sheets[PROJECTS.key].name)
        serial, amount = PROJECTS.letter("serial"), PROJECTS.letter(column.key)
        own = f"${UNITS.letter('serial')}{row + 1}"
        serials, amounts = f"${serial}:${serial}", f"${amount}:${amount}"
        return f"=SUMIF({projects}!{serials},{own},{projects}!{amounts})"

    def _write_totals(self, sheet: _Sheet, totals: Mapping[str, Decimal]) -> None:
        row, style = sheet.next_row, self._formats["total"]
        first = _HEAD_ROW + 1
        sheet.page.set_row(row, _LINE + 4)
        for number, column in enumerate(sheet.columns.columns):
            if column.total and row > first:  # else the sum would be over itself
                letter = column_name(number)
                formula = f"=SUM({letter}{first + 1}:{letter}{row})"
                sheet.page.write_formula(row, number, formula, style, float(totals[column.total]))
            else:
                sheet.page.write_string(row, number, "", style)
        sheet.page.write_string(row, 0, self._speaker.say("summary.total"), style)
        sheet.next_row += 1


def _height(columns: SheetColumns, words: Mapping[str, str]) -> float:
    """The height at which all that is printed of a line can be read, in points."""
    lines = 1
    for column in columns.printed:
        text = words.get(column.key, "") if column.kind == "text" else ""
        lines = max(lines, lines_needed(text, column.width, _SIZE))
    return min(_TALLEST, max(_LINE + 4, lines * _LINE + 3))


def _formats(book: Workbook, speaker: Speaker) -> dict[str, Format]:
    font, heading = speaker.say("fonts.text"), speaker.say("fonts.heading")
    base = {"font_name": font, "font_size": _SIZE, "valign": "vcenter", "border": 1}
    money = "#,##0.00####"
    looks: dict[str, dict[str, object]] = {
        "title": {"font_name": heading, "font_size": 16, "align": "center"},
        "note": {"font_name": font, "font_size": 10},
        "head": {**base, "bold": True, "align": "center", "text_wrap": True,
                 "bg_color": "#DDEBF7"},
        "text": {**base, "text_wrap": True, "num_format": "@"},
        "source": {**base, "num_format": "@"},
        "quoted": {**base, "text_wrap": True, "num_format": "@", "quote_prefix": True},
        "money": {**base, "num_format": money},
        "number": {**base, "num_format": "General"},
        "total": {**base, "bold": True, "bg_color": "#F2F2F2", "num_format": money},
        "count": {**base, "num_format": "0", "align": "center"},
    }  # fmt: skip
    return {name: book.add_format(look) for name, look in looks.items()}
