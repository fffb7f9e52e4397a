"""Judges formulas: whether every program computes them, and shows a value before it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ptxl.inspection.book import Book, Cell, Kind, Page
from ptxl.inspection.flaws import Spot, of_sheets, spot, together
from ptxl.inspection.formulas import Piece, pieces

_OF_REPORTS = frozenset(("SUM", "SUMIFS", "COUNTIFS", "SUBTOTAL", "IF", "IFERROR", "ROUND"))
# What programs take for a date differs: forms ask whether it is the text that was typed.
_OF_FORMS = _OF_REPORTS | {
    "ABS", "ADDRESS", "AND", "CHOOSE", "COLUMN", "COLUMNS", "COUNT", "COUNTA", "COUNTBLANK",
    "COUNTIF", "DATE", "DATEVALUE", "DAY", "EXACT", "FIND", "HYPERLINK", "INDEX", "INT", "ISBLANK",
    "ISERROR", "ISNA", "ISNUMBER", "ISTEXT", "LEFT", "LEN", "LOWER", "MATCH", "MAX", "MID",
    "MIN", "MMULT", "MOD", "MONTH", "N", "NOT", "OFFSET", "OR", "REPT", "RIGHT", "ROW",
    "ROWS", "SEARCH", "SMALL", "SUBSTITUTE", "SUMIF", "SUMPRODUCT", "T", "TRIM", "UPPER",
    "VALUE", "VLOOKUP", "YEAR",
}  # fmt: skip
#: functions that all spreadsheet programs compute alike, by the kind of workbook
FUNCTIONS: Mapping[Kind, frozenset[str]] = {
    "form": _OF_FORMS, "marked": _OF_FORMS, "other": _OF_FORMS,
    "report": _OF_REPORTS, "problem_list": _OF_REPORTS,
}  # fmt: skip


@of_sheets
def sheet_not_quoted(page: Page) -> Iterator[Spot]:
    """A formula names another sheet without quotes."""
    return _with(page, "bare_sheet")


@of_sheets
def table_reference(page: Page) -> Iterator[Spot]:
    """A formula names a column of a table, which some programs do not compute."""
    return _with(page, "table")


@of_sheets
def function_unusual(page: Page) -> Iterator[Spot]:
    """A formula uses a function beyond the list of its kind of workbook."""
    allowed = FUNCTIONS[page.book.kind]
    found: dict[str, list[str]] = {}
    for cell, piece in _pieces(page):
        if piece.kind == "function" and piece.name not in allowed:
            found.setdefault(piece.name, []).append(cell.name)
    for name, cells in found.items():
        yield spot(*cells, function=name)


@of_sheets
def result_missing(page: Page) -> Iterator[Spot]:
    """A formula has no value until somebody computes it."""
    return together(cell.name for cell in page.formulas if cell.held == "blank")


@of_sheets
def result_is_error(page: Page) -> Iterator[Spot]:
    """A formula's value is an error."""
    return together(cell.name for cell in page.formulas if cell.held == "error")


@of_sheets
def looks_elsewhere(page: Page) -> Iterator[Spot]:
    """A formula looks into another workbook."""
    return together(cell.name for cell, piece in _pieces(page) if piece.elsewhere)


@of_sheets
def formula_leads_nowhere(page: Page) -> Iterator[Spot]:
    """A formula names a sheet or cells that are not there."""
    return together(cell.name for cell, piece in _pieces(page) if _is_lost(page.book, piece))


def _is_lost(book: Book, piece: Piece) -> bool:
    if piece.kind == "error":
        return True
    named = piece.kind in ("sheet", "bare_sheet") and not piece.elsewhere
    # A range of sheets, or a file's own folder, is nobody's mistake.
    names = piece.name.casefold().split(":") if named else []
    return any(name not in book.sheet_names for name in names)


def _with(page: Page, kind: str) -> Iterator[Spot]:
    """The formulas with such a piece, and what the first of them names by it."""
    found = {cell.name: piece.name for cell, piece in _pieces(page) if piece.kind == kind}
    return together(found, name=next(iter(found.values()), ""))


def _pieces(page: Page) -> Iterator[tuple[Cell, Piece]]:
    for cell in page.formulas:
        for piece in pieces(cell.formula or ""):
            yield cell, piece
