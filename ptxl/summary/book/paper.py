"""Widths of columns and texts → the paper they are printed on, and heights of rows. Pure.

Whatever is printed is printed at nine points or more: paper grows before the print shrinks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ptxl.summary.sheets import Paper
from ptxl.text import lines_needed

#: of the font of all that is read in lines, in points
SIZE = 10.0
#: that is never printed smaller, in percent of its size: nine points
LEAST_SCALE = 90
#: of the page at both sides, and above and below, in inches
SIDE_MARGIN, END_MARGIN = 0.4, 0.6
#: that a row is at most, in points
TALLEST = 409.0
_POINTS_PER_INCH = 72.0
#: short and long side, in points
_SIDES = {"A4": (595.3, 841.9), "A3": (841.9, 1190.6)}
#: what programs lose of the height of a page by rounding, in points
_LOST = 2.5
#: a column is seven pixels for each character and five more, and a pixel is three quarters of a
#: point; two percent more, as programs differ
_CHARACTER, _COLUMN, _SPARE = 5.25, 3.75, 1.02
#: how much wider columns are in programs that measure digits to a fraction of a pixel
_WIDEST = 1.1
#: of a line for each point of its font, and what a row has beside its lines
_LEADING, _AROUND = 1.35, 4.5
#: of a font, for lines that end before the margin since a word or a bracket would not fit
_WIDER = 1.05


@dataclass(frozen=True, slots=True)
class Page:
    """The paper of a sheet. What does not `fit` goes over several pages at the least scale."""

    paper: Paper
    landscape: bool
    fits: bool = True


#: from small to large
_PAGES = (Page("A4", False), Page("A4", True), Page("A3", True))


def page_for(widths: Iterable[float], paper: Paper = "A4", *, landscape: bool = True) -> Page:
    """Choose the smallest page, from the given one on, whose width all columns fit into."""
    needed = sum(map(width_in_points, widths)) * _SPARE * LEAST_SCALE / 100
    candidates = _PAGES[_PAGES.index(Page(paper, landscape)) :]
    for page in candidates:
        if needed <= room_of(page):
            return page
    return Page("A3", True, fits=False)


def scale_for(widths: Iterable[float], page: Page) -> int:
    """The scale in percent at which all columns fit into the width of a page."""
    return _scale(widths, page, _WIDEST)


def _scale(widths: Iterable[float], page: Page, spare: float) -> int:
    needed = sum(map(width_in_points, widths)) * spare
    return min(100, int(room_of(page) / needed * 100))


def rows_on(page: Page, widths: Iterable[float]) -> float:
    """The height of all rows that a page holds whose columns fit its width, in points."""
    short, long = _SIDES[page.paper]
    height = (short if page.landscape else long) - 2 * END_MARGIN * _POINTS_PER_INCH - _LOST
    scale = _scale(widths, page, _SPARE) if page.fits else LEAST_SCALE
    return height / scale * 100


def room_of(page: Page) -> float:
    """The width of a page between its margins, in points."""
    short, long = _SIDES[page.paper]
    return (long if page.landscape else short) - 2 * SIDE_MARGIN * _POINTS_PER_INCH


def width_in_points(width: float) -> float:
    """The width of a column that is some characters wide, in points."""
    return width * _CHARACTER + _COLUMN


def height_of(lines: int, size: float = SIZE) -> float:
    """The height of a row in which so many lines can be read, in points."""
    return min(TALLEST, lines * size * _LEADING + _AROUND)


def lines_in(text: str, width: float, size: float = SIZE) -> int:
    """How many lines a text takes in a column that is some characters wide."""
    return lines_needed(text, width, size * _WIDER)


def columns_across(widths: Sequence[float], first: int, across: int) -> float:
    """The width of some columns that are one, in characters."""
    joined = widths[first : first + across]
    return sum(joined) + (len(joined) - 1) * _COLUMN / _CHARACTER
