"""Sheets as data → a workbook as bytes. Owns XlsxWriter for what a round reports.

Same sheets, same bytes. Every sheet prints on A4 across its whole width.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Mapping
from datetime import datetime

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from ptxl.cells import quoted
from ptxl.rounds.reports.sheets import Column, Row, Sheet
from ptxl.text import FORMULA_STARTS, LONGEST_TEXT, cut, encodable, lines_needed
from ptxl.words import Speaker

_BORN = datetime(2020, 1, 1)
_SIZE = 10  # of the font, in points
_LINE = 13.5  # height of a line, in points
_TALLEST = 409
_PAPER_A4 = 9
_MARGIN = 0.4  # of the page, in inches
#: what people may do on a protected sheet beside typing into open cells
_ALLOWED = {
    "format_columns": True, "format_rows": True, "sort": True, "autofilter": True,
    "select_locked_cells": True, "select_unlocked_cells": True,
}  # fmt: skip


def write_workbook(sheets: Iterable[Sheet], speaker: Speaker, *, title: str, name: str) -> bytes:
    """Write sheets into a workbook; the defined name `name` says what it is to ptxl."""
    target = io.BytesIO()
    book = Workbook(
        target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    looks = _Looks(book, speaker)
    written = tuple(sheets)
    for sheet in written:
        _write_sheet(book.add_worksheet(sheet.name), sheet, looks, speaker)
    book.define_name(name, f"={quoted(written[0].name)}!$A$1")
    book.set_properties({"title": encodable(title), "author": "ptxl", "created": _BORN})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        book.close()
    return target.getvalue()


def _write_sheet(page: Worksheet, sheet: Sheet, looks: _Looks, speaker: Speaker) -> None:
    head_row = len(sheet.head)
    _set_page(page, sheet, head_row, speaker)
    width = len(sheet.printed) - 1
    for row, text in enumerate(sheet.head):
        style = looks.of("note" if row else "title", text)
        page.merge_range(row, 0, row, width, "", style)
        page.write_string(row, 0, encodable(text), style)
    page.set_row(0, 30)
    page.set_row(head_row, 30)
    for number, column in enumerate(sheet.columns):
        options = {"hidden": 1} if column.hidden else {}
        page.set_column(number, number, column.width, None, options)
        heading = speaker.say(f"reports.columns.{column.key}")
        page.write_string(head_row, number, heading, looks.of("head"))
    for row, line in enumerate(sheet.rows, head_row + 1):
        _write_row(page, row, line, sheet, looks, speaker)
    last = head_row + len(sheet.rows)
    _add_choices(page, sheet, head_row + 1, last, speaker)
    page.autofilter(head_row, 0, max(last, head_row), len(sheet.columns) - 1)
    page.print_area(0, 0, last, width)
    if sheet.protected:
        page.protect("", _ALLOWED)


def _set_page(page: Worksheet, sheet: Sheet, head_row: int, speaker: Speaker) -> None:
    page.set_landscape()
    page.set_paper(_PAPER_A4)
    page.fit_to_pages(1, 0)
    page.set_margins(_MARGIN, _MARGIN, 0.6, 0.6)
    page.repeat_rows(head_row)
    footer = f"&L&9&A&R&9{speaker.say('summary.footer')}"
    page.set_footer(footer, {"scale_with_doc": False})
    page.freeze_panes(head_row + 1, sheet.fixed)


def _add_choices(page: Worksheet, sheet: Sheet, first: int, last: int, speaker: Speaker) -> None:
    """Offer what may be chosen, and let everything else be typed: it is told when it is read."""
    for number, column in enumerate(sheet.columns):
        if column.choices and last >= first:
            words = list(map(speaker.say, column.choices))
            page.data_validation(first, number, last, number, {
                "validate": "list", "source": words, "error_type": "warning",
                "error_title": speaker.say("reports.choose_title"),
                "error_message": speaker.say("reports.choose"),
            })  # fmt: skip


def _write_row(
    page: Worksheet, row: int, line: Row, sheet: Sheet, looks: _Looks, speaker: Speaker
) -> None:
    words = {key: speaker.word(value) for key, value in line.cells.items() if value is not None}
    if line.look == "band":
        _write_band(page, row, words, sheet, looks)
        return
    page.set_row(row, _height(sheet, words))
    for number, column in enumerate(sheet.columns):
        style = _style(line, column)
        value = line.cells.get(column.key)
        if column.kind == "count" and isinstance(value, int):
            page.write_number(row, number, value, looks.of(style))
            continue
        text = words.get(column.key, "")
        page.write_string(row, number, encodable(cut(text, LONGEST_TEXT)), looks.of(style, text))


def _write_band(
    page: Worksheet, row: int, words: Mapping[str, str], sheet: Sheet, looks: _Looks
) -> None:
    """The head of a group, over the whole width."""
    text = " ".join(words.values())
    style = looks.of("band", text)
    page.merge_range(row, 0, row, len(sheet.printed) - 1, "", style)
    page.write_string(row, 0, encodable(text), style)
    room = sum(column.width for column in sheet.printed)
    page.set_row(row, lines_needed(text, room, _SIZE) * _LINE + 6)


def _style(line: Row, column: Column) -> str:
    """The look of a cell by what it is."""
    if line.look == "total":
        return "total"
    if column.key in line.closed:
        return "closed"
    if column.open:
        return "open"
    return f"red_{column.kind}" if column.key in line.red else column.kind


def _height(sheet: Sheet, words: Mapping[str, str]) -> float:
    """The height at which all that is printed of a row can be read, in points."""
    texts = ((words.get(column.key, ""), column.width) for column in sheet.printed)
    lines = max(lines_needed(text, width, _SIZE) for text, width in texts)
    return min(_TALLEST, lines * _LINE + 5)


class _Looks:
    """The formats of a workbook, by what a cell is."""

    def __init__(self, book: Workbook, speaker: Speaker) -> None:
        font, heading = speaker.say("fonts.text"), speaker.say("fonts.heading")
        base = {
            "font_name": font, "font_size": _SIZE, "valign": "vcenter", "border": 1,
            "text_wrap": True, "num_format": "@",
        }  # fmt: skip
        number = {**base, "num_format": "0", "align": "center"}
        red = {"bold": True, "font_color": "#C00000"}
        self._book = book
        self._looks: dict[str, dict[str, object]] = {
            "title": {"font_name": heading, "font_size": 16, "align": "center",
                      "valign": "vcenter"},
            "note": {"font_name": font, "font_size": _SIZE},
            "head": {**base, "bold": True, "align": "center", "bg_color": "#DDEBF7"},
            "band": {**base, "bold": True, "bg_color": "#F2F2F2"},
            "text": base,
            "count": number,
            "red_text": {**base, **red},
            "red_count": {**number, **red},
            "total": {**number, "bold": True, "bg_color": "#F2F2F2"},
            "open": {**base, "bg_color": "#FFF9DB", "locked": False},
            "closed": {**base, "bg_color": "#E7E6E6", "font_color": "#595959"},
        }  # fmt: skip
        self._made: dict[tuple[str, bool], Format] = {}

    def of(self, name: str, text: str = "") -> Format:
        """The format of a name; a text that looks like a formula is marked as a text."""
        kept = name, text.startswith(FORMULA_STARTS)
        if kept not in self._made:
            quote = {"quote_prefix": True} if kept[1] else {}
            self._made[kept] = self._book.add_format(self._looks[name] | quote)
        return self._made[kept]
