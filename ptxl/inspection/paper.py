"""A sheet → what comes out of a printer: which cells, how much smaller, on how many pages high."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from ptxl.cells import Box, parse_cell
from ptxl.inspection.book import Page
from ptxl.ooxml.package import TRUE, Element, found, number_of, whole_number_of

PRINT_AREA, PRINT_TITLES = "_xlnm.Print_Area", "_xlnm.Print_Titles"
_POINTS_PER_INCH = 72
#: width and height in points of papers, upright, by number
_PAPERS = {
    1: (612, 792), 5: (612, 1008), 8: (841.9, 1190.6), 9: (595.3, 841.9), 11: (419.5, 595.3),
}  # fmt: skip
_A4 = 9
_SMALLEST_SCALE = 0.1
#: pixels of a character of a column's width, and points of a pixel
_PIXELS, _POINTS = 7, 0.75


@dataclass(frozen=True, slots=True)
class Printed:
    """What is printed of a sheet: ranges of cells, each on pages of its own, at which scale."""

    areas: tuple[Box, ...]
    scale: float
    #: the height of a page, in points of the paper
    page_height: float

    def holds(self, at: tuple[int, int]) -> bool:
        """Whether a cell is printed."""
        return any(area.holds(*at) for area in self.areas)


def printed_of(page: Page) -> Printed:
    """What is printed of a sheet: its print area, or all that is filled; and its scale."""
    areas = tuple(_areas(page))
    setup = found(page.root, "{*}pageSetup")
    width, height = _room(page, setup)
    return Printed(areas, _scale(page, setup, areas, width, height), height)


def pages_high(page: Page, printed: Printed) -> float:
    """On how many pages one below the other the tallest range is printed."""
    tallest = max((_height(page, area) for area in printed.areas), default=0)
    return tallest * printed.scale / printed.page_height


def repeats_rows(page: Page) -> bool:
    """Whether rows are printed again on each page."""
    titles = page.name_of(PRINT_TITLES)
    return bool(titles) and any(part[-1:].isdecimal() for part in titles.split(","))


def _areas(page: Page) -> Iterator[Box]:
    named = page.name_of(PRINT_AREA)
    if named:
        texts = (part.rpartition("!")[2].replace("$", "") for part in named.split(","))
        yield from Box.parse_all(texts)
    elif page.filled:
        anchors = (parse_cell(drawing.cell) for drawing in page.drawings)
        cells = [cell.at for cell in page.filled] + list(filter(None, anchors))
        yield Box.around([(0, 0), *cells])


def _room(page: Page, setup: Element) -> tuple[float, float]:
    """Width and height of what a page holds, in points."""
    paper = whole_number_of(setup, "paperSize", _A4)
    width, height = _PAPERS.get(paper, _PAPERS[_A4])
    if setup.get("orientation") == "landscape":
        width, height = height, width
    margins = found(page.root, "{*}pageMargins")
    width -= _POINTS_PER_INCH * (number_of(margins, "left", 0) + number_of(margins, "right", 0))
    height -= _POINTS_PER_INCH * (number_of(margins, "top", 0) + number_of(margins, "bottom", 0))
    return max(width, 1.0), max(height, 1.0)


def _scale(
    page: Page, setup: Element, areas: tuple[Box, ...], width: float, height: float
) -> float:
    """How large things are printed: 1 is their own size."""
    fitting = found(page.root, "{*}sheetPr/{*}pageSetUpPr")
    if fitting.get("fitToPage") not in TRUE:
        return whole_number_of(setup, "scale", 100) / 100
    across = whole_number_of(setup, "fitToWidth", 1)
    down = whole_number_of(setup, "fitToHeight", 1)
    scales = [1.0]
    for area in areas:
        if across:
            scales.append(across * width / max(_width(page, area), 1))
        if down:
            scales.append(down * height / max(_height(page, area), 1))
    return max(_SMALLEST_SCALE, math.floor(min(scales) * 100) / 100)


def _width(page: Page, area: Box) -> float:
    columns = range(area.left, area.right + 1)
    return sum(round(page.width(column) * _PIXELS) * _POINTS for column in columns)


def _height(page: Page, area: Box) -> float:
    return sum(page.height(row) for row in range(area.top, area.bottom + 1))
