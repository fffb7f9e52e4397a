"""Judges formulas: whether every program computes them, and shows a value before it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ptxl.inspection.book import Book, Cell, Kind, Page
from ptxl.inspection.flaws import Spot, spot
from ptxl.inspection.formulas import Piece, pieces

_OF_REPORTS = frozenset(("SUM", "SUMIFS", "COUNTIFS", "SUBTOTAL", "IF", "IFERROR", "ROUND"))
_OF_FORMS = _OF_REPORTS | {
    "ABS", "ADDRESS", "AND", "CHOOSE", "COLUMN", "COLUMNS", "COUNT", "COUNTA", "COUNTBLANK",
    "COUNTIF", "DATE", "DAY", "EXACT", "FIND", "HYPERLINK", "INDEX", "INT", "ISBLANK",
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


def sheet_not_quoted(book: Book) -> Iterator[Spot]:
    """A formula names another sheet without quotes."""
    yield from _by_sheet(book, "bare_sheet")


def table_reference(book: Book) -> Iterator[Spot]:
    """A formula names a column of a table, which some programs do not compute."""
    yield from _by_sheet(book, "table")


def function_unusual(book: Book) -> Iterator[Spot]:
    """A formula uses a function beyond the list of its kind of workbook."""
    allowed = FUNCTIONS[book.kind]
    for page in book.pages:
        found: dict[str, list[str]] = {}
        for cell, piece in _pieces(page):
            if piece.kind == "function" and piece.name not in allowed:
                found.setdefault(piece.name, []).append(cell.name)
        for name, cells in found.items():
            yield spot(page.name, *cells, function=name)


def result_missing(book: Book) -> Iterator[Spot]:
    """A formula has no value until somebody computes it."""
    yield from _held(book, "blank")


def result_is_error(book: Book) -> Iterator[Spot]:
    """A formula's value is an error."""
    yield from _held(book, "error")


def looks_elsewhere(book: Book) -> Iterator[Spot]:
    """A formula looks into another workbook."""
    for page in book.pages:
        found = tuple(dict.fromkeys(cell.name for cell, piece in _pieces(page) if piece.elsewhere))
        if found:
            yield spot(page.name, *found)


def formula_leads_nowhere(book: Book) -> Iterator[Spot]:
    """A formula names a sheet or cells that are not there."""
    for page in book.pages:
        found = tuple(
            dict.fromkeys(cell.name for cell, piece in _pieces(page) if _is_lost(book, piece))
        )
        if found:
            yield spot(page.name, *found)


def _is_lost(book: Book, piece: Piece) -> bool:
    if piece.kind == "error":
        return True
    named = piece.kind in ("sheet", "bare_sheet") and not piece.elsewhere
    # A range of sheets, or a file's own folder, is nobody's mistake.
    names = piece.name.casefold().split(":") if named else []
    return any(name not in book.sheet_names for name in names)


def _by_sheet(book: Book, kind: str) -> Iterator[Spot]:
    for page in book.pages:
        found = {cell.name: piece.name for cell, piece in _pieces(page) if piece.kind == kind}
        if found:
            yield spot(page.name, *found, name=next(iter(found.values())))


def _held(book: Book, held: str) -> Iterator[Spot]:
    for page in book.pages:
        found = tuple(cell.name for cell in page.formulas if cell.held == held)
        if found:
            yield spot(page.name, *found)


def _pieces(page: Page) -> Iterator[tuple[Cell, Piece]]:
    for cell in page.formulas:
        for piece in pieces(cell.formula or ""):
            yield cell, piece
