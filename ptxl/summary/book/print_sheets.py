"""Sheets that are laid out for paper: merged cells, formulas with known values, groups, charts."""

from __future__ import annotations

from collections.abc import Iterator

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from ptxl.summary.book.charts import add_chart
from ptxl.summary.book.lines import as_number, cell_text
from ptxl.summary.book.looks import Looks, font_size
from ptxl.summary.book.paper import columns_across, height_of, lines_in
from ptxl.summary.sheets import PrintCell, PrintRow, PrintSheet
from ptxl.text import FORMULA_STARTS, encodable
from ptxl.words import Speaker


class PrintSheetWriter:
    """Writes one print sheet on an empty sheet of a workbook."""

    def __init__(
        self, book: Workbook, page: Worksheet, sheet: PrintSheet, looks: Looks, speaker: Speaker
    ) -> None:
        self._book = book
        self._page = page
        self._sheet = sheet
        self._looks = looks
        self._speaker = speaker
        #: cells that others reach into from above
        self._covered: set[tuple[int, int]] = set()
        #: the texts in columns by which charts name their bars
        self._names: dict[tuple[int, int], str] = {}
        self._named = {chart.categories for chart in sheet.charts}

    def write(self) -> None:
        """Write all of it."""
        page, sheet = self._page, self._sheet
        for number, width in enumerate(sheet.widths):
            page.set_column(number, number, width)
        page.hide_gridlines(2)
        page.center_horizontally()
        page.outline_settings(symbols_below=False)
        if sheet.head:
            page.repeat_rows(0, sheet.head - 1)
            page.freeze_panes(sheet.head, 0)
        page.set_h_pagebreaks([row for row, line in enumerate(sheet.rows) if line.page_break])
        for number, row in enumerate(sheet.rows):
            self._write_row(number, row)
        for chart in sheet.charts:
            lines = range(chart.first, chart.last + 1)
            names = [self._names.get((row, chart.categories), "") for row in lines]
            add_chart(self._book, page, sheet.name, chart, names, self._looks)

    def _write_row(self, number: int, row: PrintRow) -> None:
        most = height_of(1)
        for column, cell in self._placed(number, row):
            text, figure = self._text(cell), as_number(cell.value)
            most = max(most, self._height(column, cell, "" if figure else text))
            self._write_cell(number, column, cell, text, figure)
        level = {"level": row.level} if row.level else {}
        self._page.set_row(number, row.height or most, None, level)

    def _placed(self, number: int, row: PrintRow) -> Iterator[tuple[int, PrintCell]]:
        """Yield cells with their columns: past those that others reach into from above."""
        column = 0
        for cell in row.cells:
            while (number, column) in self._covered:
                column += 1
            yield column, cell
            if cell.down > 1:
                self._covered.update(
                    (number + down, column + across)
                    for down in range(1, cell.down)
                    for across in range(cell.across)
                )
            column += cell.across

    def _height(self, column: int, cell: PrintCell, words: str) -> float:
        """What a cell needs of the height of its row, in points; a number has no `words`."""
        size = font_size(cell.look)
        width = columns_across(self._sheet.widths, column, cell.across)
        lines = lines_in(words, width, size)
        return height_of(lines, size) / cell.down

    def _text(self, cell: PrintCell) -> str:
        """What a cell shows that holds no number."""
        value = cell.value
        return "" if value is None else cell_text(self._speaker.word(value))

    def _write_cell(
        self, row: int, column: int, cell: PrintCell, text: str, figure: str
    ) -> None:  # fmt: skip
        page = self._page
        if column in self._named:
            self._names[row, column] = text
        words = "" if figure else text
        style = self._looks.of(
            cell.look, linked=bool(cell.link), quoted=words.startswith(FORMULA_STARTS),
            worded=bool(words),
        )  # fmt: skip
        if cell.across > 1 or cell.down > 1:
            last = (row + cell.down - 1, column + cell.across - 1)
            page.merge_range(row, column, *last, "", style)
        if cell.link:
            page.write_url(row, column, f"internal:{cell.link}", style, encodable(text))
        if cell.formula:
            known = float(figure) if figure else encodable(text)
            page.write_formula(row, column, cell.formula, style, known)
        elif figure:
            page.write_number(row, column, float(figure), style)
        elif text and not cell.link:
            page.write_string(row, column, encodable(text), style)
        elif not text:
            page.write_blank(row, column, None, style)
