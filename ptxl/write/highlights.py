"""Layout → which cells of the blank form are yellow or grey, and while which formula is true. Pure.

Formulas stand on the sheet that they are about and have relative references where a block of cells
below each other has one in common.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ptxl.cells import column_name
from ptxl.model.form import Rule
from ptxl.model.layout import Layout, Place
from ptxl.model.path import Path
from ptxl.rules import NotLive, Span, formula
from ptxl.rules.conditions import Condition, asked_fields, optional_scope
from ptxl.rules.ruleset import ReadyRule, ready_rules
from ptxl.write.dropdowns import Block, Corners, joined
from ptxl.write.references import References, cells_in, conditions_on
from ptxl.write.rule_lines import cells_at, rule_cells

_MOST_CELLS = 60  # that tell whether a row or repeat is in use
Highlight = tuple[Corners, str]


def highlights(layout: Layout, number: int) -> Iterator[Highlight]:
    """Blocks of cells on a sheet, each with the formula that is true while they lack an answer."""
    blocks: list[tuple[tuple[str, ...], Block]] = []
    needed: dict[str, Sequence[str]] = {}
    answered: dict[str, Sequence[str]] = {}
    for condition in conditions_on(layout, number, "field"):
        for path in condition.parts:
            block = Block.at(layout.places[path], layout.fields[path])
            needs = needed[block.first] = _needs(layout, condition, block)
            answered[block.first] = _answer(layout, condition, block)
            blocks.append((_shape((*needs, *answered[block.first]), block), block))
    for _, block in joined(blocks, Block.top, Block.bottom):
        blank, needs = f"LEN(TRIM({'&'.join(answered[block.first])}))=0", needed[block.first]
        yield block.corners, f"=AND({blank},LEN({'&'.join(needs)})>0)" if needs else f"={blank}"
    refs = References(layout, here=number)
    for condition in conditions_on(layout, number, "rows"):
        yield from _missing_rows(refs, condition)


def closed_cells(layout: Layout, number: int) -> Iterator[Highlight]:
    """The cells on a sheet that are not always asked for, each with the formula that is true while
    nothing is to be answered there.

    A formula that needs other sheets, or more than a spreadsheet computes, is left out.
    """
    refs = References(layout, here=number)
    for ready in ready_rules(layout):
        if ready.rule.closes:
            for path, span in _asked_in(refs, ready.rule):
                block = Block.at(layout.places[path], layout.fields[path])
                formula = _condition(refs, ready, span)
                if block.place.sheet == number and formula and "!" not in formula:
                    yield block.corners, f"=NOT({formula})"


def _asked_in(refs: References, rule: Rule) -> Iterator[tuple[Path, Span]]:
    """The cells that a rule points at, each with the row in which it stands."""
    if not rule.each:
        yield from ((cell, None) for cell in cells_at(refs.layout, rule.at))
        return
    for index, row in enumerate(refs.row_paths(rule.each)):
        for path in cells_at(refs.layout, row / rule.at):
            if path in refs.layout.fields:
                yield path, (index, index + 1)


def _condition(refs: References, ready: ReadyRule, span: Span) -> str:
    try:
        return formula(ready.tree, rule_cells(refs, ready), span)
    except NotLive:
        return ""


def _answer(layout: Layout, condition: Condition, block: Block) -> Sequence[str]:
    """What is asked for, seen from a block: its cell, or all those of a choice over several."""
    if len(condition.parts) == 1:
        return [block.first]
    places = (layout.places[cell] for cell in condition.parts)
    return [_seen_from(place, block.place) for place in places]


def _needs(layout: Layout, condition: Condition, block: Block) -> Sequence[str]:
    """The cells of its sheet of which one must be filled in for a block to be wanted."""
    cells = cells_in(layout).get(_scope(layout, condition), ())
    places = [layout.places[cell] for cell in cells]
    near = [place for place in places if place.sheet == block.place.sheet]
    return [_seen_from(place, block.place) for place in near[:_MOST_CELLS]]


def _shape(needs: Sequence[str], block: Block) -> tuple[str, ...]:
    """What a block needs, the number of its own row aside: such blocks below each other are one."""
    own = re.compile(rf"(?<=[A-Z]){block.place.row + 1}$")
    return tuple(own.sub("", need) for need in needs)


def _scope(layout: Layout, condition: Condition) -> Path:
    """The row or repeat that must be in use for a condition to be in force, or "".

    Of repeats that must be there others may stand in for one: its cells are yellow all the same,
    since a formula that colours cells should not look at other sheets.
    """
    scope = condition.scope
    while scope in layout.in_use:
        scope = optional_scope(layout, layout.owners[scope.parent])
    return scope


def _seen_from(place: Place, first: Place) -> str:
    """A reference that moves with the row when it is in the same one, and else stays."""
    row = str(place.row + 1) if place.row == first.row else f"${place.row + 1}"
    return f"${column_name(place.column)}{row}"


def _missing_rows(refs: References, condition: Condition) -> Iterator[Highlight]:
    """The blank rows of a table or category that must still be filled in, from the first on.

    A blank row is wanted while the rows above it, which are filled in or wanted themselves, and
    those filled in below it are fewer than must be.
    """
    layout = refs.layout
    scope = _scope(layout, condition)
    for index, row in enumerate(condition.parts[: condition.least]):
        terms = [f"{refs.length([row])}=0"]
        below = condition.parts[index + 1 :]
        if below:
            terms.append(f"{refs.count_in_use(below)}<{condition.least - index}")
        if scope:
            terms.append(f"{refs.length([scope])}>0")
        for path in _shown(layout, row):
            block = Block.at(layout.places[path], layout.fields[path])
            yield block.corners, f"=AND({','.join(terms)})"


def _shown(layout: Layout, row: Path) -> Sequence[Path]:
    """The cells of a row that are asked for by themselves, or all of them if none is."""
    cells = cells_in(layout).get(row, ())
    return [path for path in cells if path in asked_fields(layout)] or cells
