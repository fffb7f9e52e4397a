"""Judges colours: whether texts can be told from what lies behind them, and need no colour."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import product

from ptxl.cells import Box, parse_cell
from ptxl.inspection.book import Cell, Page, Table
from ptxl.inspection.flaws import Spot, of_cells_shown, of_visible_sheets, spot
from ptxl.inspection.formulas import cells_in
from ptxl.inspection.looks import NAMED, WHITE, Difference, Look, contrast
from ptxl.ooxml.package import Element, whole_number_of
from ptxl.ooxml.sheet import Position
from ptxl.values.number_format import parse_format

LEAST_CONTRAST = 4.5
#: styles of tables that print headings in white on a colour of the theme
_WHITE_HEADS = re.compile(r"TableStyle(?:Light(?:[89]|1[0-4])|Medium(?:[1-9]|1[0-9]|2[01]))")
_PER_THEME = 7
_DARK, _FIRST_ACCENT = 1, 4
_MINUS = re.compile(r"[-−(]")


@of_visible_sheets
def contrast_too_low(page: Page) -> Iterator[Spot]:
    """Letters can hardly be told from what lies behind them, by themselves or by a condition."""
    pairs: dict[tuple[str, str], dict[str, None]] = {}
    for cell, font, fill in _pairs(page):
        pairs.setdefault((font, fill), {})[cell] = None
    for (font, fill), cells in pairs.items():
        ratio = contrast(font, fill)
        if ratio < LEAST_CONTRAST:
            yield spot(*cells, font=font, fill=fill, contrast=f"{ratio:.1f}")


def _pairs(page: Page) -> Iterator[tuple[str, str, str]]:
    """Cells with each colour of letters and each fill that may lie behind them."""
    cells = list(_written(page))
    for cell in cells:
        look = page.book.looks.of(cell.look)
        for font, fill in product(_fonts(look, cell), look.fills):
            yield cell.name, font, fill
    for table in page.tables:
        yield from _pairs_of_heads(page, table)
    for area, difference in _differences(page):
        if difference.font or difference.fills:
            inside = [cell for cell in cells if _lies_in(area, cell.at)]
            yield from _pairs_by_condition(page, inside, difference)


def _pairs_by_condition(
    page: Page, cells: Iterable[Cell], difference: Difference
) -> Iterator[tuple[str, str, str]]:
    """What a condition makes of cells; what it leaves is as they look."""
    for cell in cells:
        look = page.book.looks.of(cell.look)
        for fill in difference.fills or look.fills:
            yield cell.name, difference.font or look.font, fill


def _written(page: Page) -> Iterator[Cell]:
    """Cells that show something, or that people type into."""
    for cell in page.cells.values():
        filled = not cell.blank
        opened = page.protected and not page.book.looks.of(cell.look).locked
        if (filled or opened) and page.is_shown(cell.at):
            yield cell


def _fonts(look: Look, cell: Cell) -> Iterator[str]:
    yield look.font
    if cell.held == "number":
        for section in parse_format(look.number_format).sections:
            if section.colour in NAMED:
                yield NAMED[section.colour]


def _pairs_of_heads(page: Page, table: Table) -> Iterator[tuple[str, str, str]]:
    """The headings that a style of tables colours, where their cells have no look of their own."""
    if not _WHITE_HEADS.fullmatch(table.style):
        return
    number = (int(re.sub(r"\D", "", table.style)) - 1) % _PER_THEME
    place = _FIRST_ACCENT + number - 1 if number else _DARK
    for column in range(table.box.left, table.box.right + 1):
        cell = page.cells.get((table.box.top, column))
        if cell is not None and page.book.looks.of(cell.look).plain:
            yield cell.name, WHITE, page.book.looks.theme[place]


def _differences(page: Page) -> Iterator[tuple[list[Box], Difference]]:
    """What conditions change, each with the ranges that it is for."""
    looks = page.book.looks
    for area, rule in _conditions(page):
        number = whole_number_of(rule, "dxfId", len(looks.differences))
        scale = rule.findall("{*}colorScale/{*}color") + rule.findall("{*}dataBar/{*}color")
        fills = tuple(looks.colour(colour, WHITE) for colour in scale)
        if number < len(looks.differences):
            yield area, looks.differences[number]
        elif fills:
            yield area, Difference(fills=fills)


def _conditions(page: Page) -> Iterator[tuple[list[Box], Element]]:
    for group in page.root.iterfind("{*}conditionalFormatting"):
        area = list(Box.parse_all(str(group.get("sqref", "")).split()))
        for rule in group.iterfind("{*}cfRule"):
            yield area, rule


@of_visible_sheets
def colour_alone(page: Page) -> Iterator[Spot]:
    """A condition changes colours only, and no word or number beside says the same."""
    differences = page.book.looks.differences
    for area, rule in _conditions(page):
        number = whole_number_of(rule, "dxfId", len(differences))
        if not area or number >= len(differences) or differences[number].beyond_colour:
            continue
        if not _is_told(page, area, rule):
            yield spot(*(box.name for box in area))


def _is_told(page: Page, area: Sequence[Box], rule: Element) -> bool:
    """Whether what is coloured holds something everywhere, or stands with a text it looks at.

    A condition over other cells is judged by its first row, where these can be named.
    """
    formulas = " ".join(one.text or "" for one in rule.iterfind("{*}formula"))
    named = set(filter(None, map(parse_cell, cells_in(formulas))))
    texts = {cell.at for cell in page.filled if cell.held == "text"}
    if named & texts:
        return True
    filled = sum(_lies_in(area, cell.at) for cell in page.filled)
    all_filled = filled >= sum(box.size for box in area)
    return all_filled and all(_lies_in(area, at) for at in named)


def _lies_in(area: Sequence[Box], at: Position) -> bool:
    return any(box.holds(*at) for box in area)


@of_cells_shown
def negative_by_colour(page: Page, cell: Cell) -> bool:
    """Numbers below 0 are told by their colour alone: no minus stands before them."""
    if cell.held != "number":
        return False
    sections = parse_format(page.book.looks.of(cell.look).number_format).sections
    for section in sections:
        if section.for_negatives and section.colour in NAMED:
            text = "".join(token.text for token in section.tokens)
            if not _MINUS.search(text):
                return True
    return False
