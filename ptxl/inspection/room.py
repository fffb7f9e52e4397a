"""Judges room: whether texts and numbers fit into their cells, or are cut off."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from ptxl.cells import Box
from ptxl.inspection.book import Cell, Page
from ptxl.inspection.flaws import of_cells_shown
from ptxl.inspection.looks import Look
from ptxl.text import display_width, lines_needed
from ptxl.values.number_format import parse_format, see

#: points of a line for each point of its letters, at least
_LINE = 1.15
#: a character of a column's width is a digit of 11 points; its inner margins take five pixels
_SIZE, _MARGINS = 11, 0.71
_TOLERANCE = 0.3
_GROUPED = "#,##"
_DIGITS_OF_A_GROUP = 3


@of_cells_shown
def text_cut(page: Page, cell: Cell) -> bool:
    """A row is not high enough for a wrapped text, and does not grow."""
    look = page.book.looks.of(cell.look)
    box = page.merges.get(cell.at, Box(*cell.at, *cell.at))
    merged = cell.at in page.merges
    grows = not merged and cell.at[0] not in page.fixed_rows
    if not look.wrapped or cell.held != "text" or grows:
        return False
    lines = lines_needed(cell.text, _width(page, box), look.size)
    room = sum(page.height(row) for row in range(box.top, box.bottom + 1))
    return lines * look.size * _LINE > room + 1


@of_cells_shown
def number_too_wide(page: Page, cell: Cell) -> bool:
    """A number is wider than its column, so that it shows as a row of #."""
    look = page.book.looks.of(cell.look)
    if cell.held != "number" or look.shrunk:
        return False
    box = page.merges.get(cell.at, Box(*cell.at, *cell.at))
    needed = _characters(cell, look) * look.size / _SIZE
    return needed > _width(page, box) - _MARGINS + _TOLERANCE


def _characters(cell: Cell, look: Look) -> float:
    """How many digits wide a number shows; without a format it drops what has no room."""
    try:
        number = Decimal(cell.text)
    except InvalidOperation:
        return 0
    if not number.is_finite():
        return 0
    if look.number_format == "General":
        number = number.to_integral_value()
    text = see(parse_format(look.number_format), number).text
    whole = len(text.lstrip("-").partition(".")[0])
    commas = (whole - 1) // _DIGITS_OF_A_GROUP if _GROUPED in look.number_format else 0
    # Points and commas are half as wide as digits.
    return display_width(text) + commas / 2 - text.count(".") / 2


def _width(page: Page, box: Box) -> float:
    return sum(page.width(column) for column in range(box.left, box.right + 1))
