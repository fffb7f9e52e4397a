"""Sheets as data → a small workbook with all but the lines of its data sheets."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from datetime import datetime

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from ptxl.cells import quoted
from ptxl.layout.helper_sheets import OUTPUT_NAME
from ptxl.summary.book.data_sheets import DataPart, DataSheetWriter
from ptxl.summary.book.looks import Looks
from ptxl.summary.book.paper import END_MARGIN, LEAST_SCALE, SIDE_MARGIN, Page, page_for, scale_for
from ptxl.summary.book.print_sheets import PrintSheetWriter
from ptxl.summary.sheets import PrintSheet
from ptxl.text import encodable
from ptxl.words import Speaker

_BORN = datetime(2020, 1, 1)  # same sheets, same bytes: no clock
_PAPERS = {"A4": 9, "A3": 8}
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}

Content = DataPart | PrintSheet


class _Sheet(Worksheet):  # type: ignore[misc]
    """A sheet in whose formulas nobody looks for functions newer than Excel 2010: they have
    SUM, SUMIFS, COUNTIFS and SUBTOTAL alone, and looking takes half the time of writing one.
    """

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        return formula.removeprefix("=")


def write_frame(contents: Sequence[Content], speaker: Speaker, title: str) -> bytes:
    """Write a workbook with a sheet for each content, in their order."""
    target = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # XlsxWriter warns where it drops something
        book = Workbook(target, _OPTIONS)
        _write_sheets(book, contents, speaker)
        book.define_name(OUTPUT_NAME, f"={quoted(contents[0].name)}!$A$1")
        book.set_properties({"title": encodable(title), "author": "ptxl", "created": _BORN})
        book.close()
    return target.getvalue()


def _write_sheets(book: Workbook, contents: Sequence[Content], speaker: Speaker) -> None:
    looks = Looks(book, speaker)
    footer = speaker.say("summary.footer")
    overview = next((one.name for one in contents if isinstance(one, PrintSheet)), "")
    pages = [book.add_worksheet(content.name, _Sheet) for content in contents]
    for page, content in zip(pages, contents, strict=True):
        if isinstance(content, DataPart):
            _set_page(page, page_for(content.widths), footer)
            DataSheetWriter(page, content, looks, speaker, overview).write()
        else:
            paper = page_for(content.widths, content.paper, landscape=content.landscape)
            _set_page(page, paper, footer)
            if any(row.page_break for row in content.rows):
                # Excel fits columns into pages or breaks pages where it is told, never both.
                page.set_print_scale(scale_for(content.widths, paper))
            PrintSheetWriter(book, page, content, looks, speaker).write()


def _set_page(page: Worksheet, paper: Page, footer: str) -> None:
    page.set_paper(_PAPERS[paper.paper])
    if paper.landscape:
        page.set_landscape()
    page.set_margins(SIDE_MARGIN, SIDE_MARGIN, END_MARGIN, END_MARGIN)
    page.set_footer(f"&L&10&A&R&10{footer}")
    if paper.fits:
        page.fit_to_pages(1, 0)
    else:
        page.set_print_scale(LEAST_SCALE)
        page.print_across()
