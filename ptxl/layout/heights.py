"""How high the rows of a form must be for what they show, in points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ptxl.model.form import Form, Sheet, Style, fill_text
from ptxl.model.layout import Layout, Place, PlacedCell
from ptxl.text import lines_needed

_POINTS_PER_LINE = 1.42  # of the font size: the tallest of the fonts that stand in for 宋体
_PADDING = 5.0
_TALLEST = 409.0  # Excel's limit for one row
#: what a placeholder is taken to be worth when space is reserved: unit names are long, codes short
_WIDTHS = {"name": "部" * 18, "department": "部" * 14, "code": "0" * 12, "serial": "0" * 12}


def row_heights(
    form: Form, sheet: Sheet, cells: Iterable[PlacedCell], answers: Mapping[str, str]
) -> dict[int, float]:
    """Compute the least height of each row that needs more than the sheet's usual one.

    `answers` are texts by path of field. Returns points by number of row, from 0. Whether a row
    may become higher than that while somebody types is said by `growing_rows`.
    """
    heights = {number: row.height for number, row in enumerate(sheet.rows) if row.height}
    tall: list[tuple[Place, float]] = []
    for placed in cells:
        needed = _needed(form, sheet, placed, answers)
        if placed.place.down > 1:
            tall.append((placed.place, needed))
        elif needed > max(heights.get(placed.place.row, 0), sheet.row_height):
            heights[placed.place.row] = needed
    for place, needed in tall:
        _spread(heights, place, needed, sheet.row_height)
    return {row: min(round(height, 2), _TALLEST) for row, height in sorted(heights.items())}


def growing_rows(sheet: Sheet, cells: Iterable[PlacedCell]) -> frozenset[int]:
    """Find the rows that programs fit to the text typed into them, as numbers from 0.

    Merged cells never make a row grow: it takes an open cell of one row and one column, and a row
    to which the template gave no height.
    """
    found = set()
    for placed in cells:
        open_cell = placed.cell.field and placed.place.single
        if open_cell and not sheet.rows[placed.place.row].height:
            found.add(placed.place.row)
    return frozenset(found)


def taller_rows(
    layout: Layout, names: Sequence[str], answers: Mapping[str, str]
) -> dict[str, dict[int, float]]:
    """Find the rows that answers make taller than the blank form has them: heights by sheet.

    `names` are those that the sheets have now; a sheet without such rows is left out.
    """
    found: dict[str, dict[int, float]] = {}
    for name, sheet in zip(names, layout.sheets, strict=True):
        heights = row_heights(layout.form, sheet.sheet, sheet.cells, answers)
        taller = {row: h for row, h in heights.items() if h > sheet.heights.get(row, 0)}
        if taller:
            found[name] = taller
    return found


def _needed(form: Form, sheet: Sheet, placed: PlacedCell, answers: Mapping[str, str]) -> float:
    place, cell = placed.place, placed.cell
    style = form.styles.get(cell.style, Style())
    text, least = fill_text(cell.text, _WIDTHS), 1
    if cell.field:
        text, least = answers.get(cell.field.path, cell.field.blank), cell.field.lines
    if not text and least == 1:
        return sheet.row_height
    width = sum(sheet.columns[place.column : place.column + place.across])
    lines = max(least, lines_needed(text, width, style.size))
    return max(sheet.row_height, lines * style.size * _POINTS_PER_LINE + _PADDING)


def _spread(heights: dict[int, float], place: Place, needed: float, usual: float) -> None:
    """Make the rows under a tall cell high enough together, each by the same amount."""
    rows = range(place.row, place.row + place.down)
    lacking = needed - sum(heights.get(row, usual) for row in rows)
    if lacking > 0:
        for row in rows:
            heights[row] = heights.get(row, usual) + lacking / place.down
