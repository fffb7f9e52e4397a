"""Which rules there are for written workbooks, and which kinds are spared which, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ptxl.inspection import (
    calculations,
    colours,
    data_sheets,
    document,
    drawings,
    links,
    printing,
    room,
)
from ptxl.inspection.book import Book, Kind
from ptxl.inspection.flaws import Flaw, Judge

#: the rules by their ids
RULES: Mapping[str, Judge] = {
    "no_title": document.no_title,
    "author_unclear": document.author_unclear,
    "sheet_name_unusable": document.sheet_name_unusable,
    "sheet_blank": document.sheet_blank,
    "sheet_untitled": document.sheet_untitled,
    "first_sheet_not_open": document.first_sheet_not_open,
    "cursor_elsewhere": document.cursor_elsewhere,
    "sheet_hidden": document.sheet_hidden,
    "lines_hidden": document.lines_hidden,
    "drawing_not_described": drawings.drawing_not_described,
    "chart_untitled": drawings.chart_untitled,
    "several_tables": data_sheets.several_tables,
    "table_not_at_left": data_sheets.table_not_at_left,
    "headings_unusable": data_sheets.headings_unusable,
    "merged_on_data_sheet": data_sheets.merged_on_data_sheet,
    "blank_in_table": data_sheets.blank_in_table,
    "outside_table": data_sheets.outside_table,
    "table_not_described": data_sheets.table_not_described,
    "table_unnamed": data_sheets.table_unnamed,
    "heads_not_frozen": data_sheets.heads_not_frozen,
    "number_as_text": data_sheets.number_as_text,
    "contrast_too_low": colours.contrast_too_low,
    "colour_alone": colours.colour_alone,
    "negative_by_colour": colours.negative_by_colour,
    "printed_too_small": printing.printed_too_small,
    "margin_text_too_small": printing.margin_text_too_small,
    "heads_not_repeated": printing.heads_not_repeated,
    "sheet_not_quoted": calculations.sheet_not_quoted,
    "table_reference": calculations.table_reference,
    "function_unusual": calculations.function_unusual,
    "result_missing": calculations.result_missing,
    "result_is_error": calculations.result_is_error,
    "looks_elsewhere": calculations.looks_elsewhere,
    "formula_leads_nowhere": calculations.formula_leads_nowhere,
    "link_leads_nowhere": links.link_leads_nowhere,
    "link_not_relative": links.link_not_relative,
    "too_many_links": links.too_many_links,
    "text_cut": room.text_cut,
    "number_too_wide": room.number_too_wide,
}
#: the kinds of workbook that a rule does not hold for, each with the code of the reason
SPARED: Mapping[str, Mapping[Kind, str]] = {
    "sheet_hidden": {"form": "machine_sheets", "marked": "machine_sheets"},
    "lines_hidden": {"problem_list": "seal_column"},
    "colour_alone": {"form": "said_in_words", "marked": "said_in_words"},
    "printed_too_small": {"form": "official_layout", "marked": "official_layout"},
}


def inspect_parts(parts: Mapping[str, bytes]) -> tuple[Kind, tuple[Flaw, ...]]:
    """Find all places of a workbook (its parts, unpacked) that break a rule for its kind.

    Raises WorkbookError for what is no workbook.
    """
    book = Book(parts)
    held = [rule for rule in RULES if book.kind not in SPARED.get(rule, {})]
    return book.kind, tuple(flaw for rule in held for flaw in _flaws(book, rule))


def _flaws(book: Book, rule: str) -> Iterator[Flaw]:
    for place in RULES[rule](book):
        yield Flaw(rule, place.sheet, place.cells, place.facts)
