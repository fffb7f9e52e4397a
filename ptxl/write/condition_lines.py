"""Conditions → lines of the self-check: what must be filled in, and the first that is not. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from ptxl.model.form import Table, placeholder
from ptxl.model.layout import Layout
from ptxl.model.path import TOP, Path
from ptxl.rules import LONGEST_FORMULA, NotLive
from ptxl.rules.conditions import Condition, optional_scope, stand_ins
from ptxl.words import Speaker
from ptxl.write.check_line import (
    BEYOND,
    CELL,
    FOUND,
    CheckLine,
    State,
    first_cell,
    place_of,
    text_formula,
)
from ptxl.write.references import References, conditions_on

#: those of one answer
_Cells = tuple[Path, ...]


def fields_lines(refs: References, number: int) -> Iterator[CheckLine]:
    """One line per sheet: whether all that must be filled in is, besides the rows of tables.

    What is too much for one formula has several lines, of which the first leads.
    """
    fields = conditions_on(refs.layout, number, "field")
    all_of_it = (*fields, *conditions_on(refs.layout, number, "rows"))
    if all_of_it:
        cell = first_cell(refs.layout, all_of_it[0].parts[0])
        lines = _fields_lines(refs, number, fields, cell)
        for index, line in enumerate(lines):
            yield replace(line, leads=index == 0)


def _fields_lines(
    refs: References, number: int, fields: Sequence[Condition], cell: Path
) -> Iterator[CheckLine]:
    """The line about some fields, or two about half of them each."""
    line = _fields_line(refs, number, fields, cell)
    longest = max(len(line.found), len(line.place))
    if longest <= LONGEST_FORMULA or len(fields) < 2:
        yield line
        return
    middle = len(fields) // 2
    for half in (fields[:middle], fields[middle:]):
        yield from _fields_lines(refs, number, half, first_cell(refs.layout, half[0].parts[0]))


def _fields_line(
    refs: References, number: int, fields: Sequence[Condition], cell: Path
) -> CheckLine:
    layout = refs.layout
    scope = optional_scope(layout, Path(layout.sheets[number].sheet.scope).row)
    blanks = list(_blanks(refs, fields, scope))
    count = "+".join(f"SUMPRODUCT({blank})" for _, blank in blanks) or "0"
    at = refs.cell(cell)
    firsts = [f"SUMPRODUCT(MAX({blank}*({BEYOND}-{place_of(area)})))" for area, blank in blanks]
    place = f"IF({FOUND}>0,{BEYOND}-MAX({','.join(firsts) or '0'}),{place_of(at)})"
    return CheckLine(
        sheet=number,
        title=Speaker(layout.form.language).say("self_check.required"),
        found=_while_in_force(refs, scope, count),
        place=place,
        said=_missing_text(layout, "self_check.required_missing"),
        fails=State.OPEN,
        cells=(cell,),
        lights=False,
        scope=scope,
        conditions=tuple(fields),
        instead=_instead(refs, scope, fields),
    )


def _instead(
    refs: References, scope: Path, conditions: Sequence[Condition] = ()
) -> tuple[tuple[Path, str], ...]:
    """What the formulas of `_in_force` look at, for a scope and those of conditions."""
    layout = refs.layout
    found: dict[Path, str] = {}
    for one in dict.fromkeys((scope, *(condition.scope for condition in conditions))):
        inside = one
        while inside in layout.in_use:
            for other in stand_ins(layout, inside)[1]:
                found[other] = f"({refs.length([other])}>0)*1"
            inside = optional_scope(layout, layout.owners[inside.parent])
    return tuple(found.items())


def _missing_text(layout: Layout, code: str, **facts: object) -> str:
    """The formula of a text that says how much is missing, and the first cell."""
    marks = {name: placeholder(name) for name in ("count", "cell")}
    text = Speaker(layout.form.language).say(code, **facts, **marks)
    return text_formula(text, {"count": FOUND, "cell": CELL})


def row_lines(refs: References, number: int, known: Path) -> Iterator[CheckLine]:
    """One line for each table or category of which some rows must be filled in.

    They are asked while the scope that is `known` is in force.
    """
    layout = refs.layout
    for condition in conditions_on(layout, number, "rows"):
        missing = f"MAX(0,{condition.least}-{refs.count_in_use(condition.parts)})"
        facts = {"label": condition.label, "least": condition.least}
        cells = [first_cell(layout, part) for part in condition.parts[: condition.least]]
        yield CheckLine(
            sheet=number,
            title=Speaker(layout.form.language).say("self_check.rows", **facts),
            found=_while_in_force(refs, condition.scope, missing, known),
            place=_first_blank(refs, condition.parts[: condition.least], cells),
            said=_missing_text(layout, "self_check.rows_missing", **facts),
            fails=State.OPEN,
            cells=(cells[0],),
            lights=False,
            scope=condition.scope,
            conditions=(condition,),
            instead=_instead(refs, condition.scope),
        )


def _first_blank(refs: References, rows: Sequence[Path], cells: Sequence[Path]) -> str:
    """The place of the first of some rows that is blank, where any is missing."""
    first = place = place_of(refs.cell(cells[0]))
    for row, cell in reversed(list(zip(rows, cells, strict=True))):
        place = f"IF(({refs.length([row])})=0,{place_of(refs.cell(cell))},{place})"
    if len(place) <= LONGEST_FORMULA:
        return f"IF({FOUND}>0,{place},{first})"
    return first


def _while_in_force(refs: References, scope: Path, found: str, known: Path = TOP) -> str:
    """What is found while a scope is in force; always where it is `known` to be."""
    if scope in (TOP, known):
        return found
    return f"IF({_in_force(refs, scope)},{found},-1)"


def _in_force(refs: References, scope: Path) -> str:
    """The formula of `conditions.in_force`, for an optional scope."""
    layout = refs.layout
    used = f"({refs.length([scope])})>0"
    if scope not in layout.in_use:
        return used
    least, others = stand_ins(layout, scope)
    # Each is told by a cell of its own: the formulas of many sheets together would be too long.
    instead = "+".join(placeholder(other) for other in others)
    wanted = f"({instead})<{least}"
    around = optional_scope(layout, layout.owners[scope.parent])
    if around:
        wanted = f"AND({wanted},{_in_force(refs, around)})"
    return f"OR({used},{wanted})"


def _blanks(
    refs: References, fields: Sequence[Condition], sheet: Path
) -> Iterator[tuple[str, str]]:
    """Areas of cells that are asked for, each with the array that is 1 where one is missing.

    Each counts only while its scope is in force; `sheet` is the scope of the sheet: this is only
    asked while that is in force.
    """
    by_scope: dict[Path, list[_Cells]] = {}
    for condition in fields:
        scope = TOP if condition.scope == sheet else condition.scope
        by_scope.setdefault(scope, []).append(condition.parts)
    for area, text in _areas(refs, by_scope.pop(TOP, [])):
        yield area, f"(LEN({text})=0)*1"
    for table in refs.layout.form.tables:
        yield from _blanks_in_table(refs, table, by_scope)
    for scope, answers in by_scope.items():
        used = _in_force(refs, scope)
        for area, text in _areas(refs, answers):
            yield area, f"(LEN({text})=0)*({used})"


def _areas(refs: References, answers: Collection[_Cells]) -> Iterator[tuple[str, str]]:
    """Areas of cells, each with what stands there; of a choice over several cells the first."""
    single = [cells[0] for cells in answers if len(cells) == 1]
    yield from ((area, f"TRIM({area})") for area in refs.areas(single))
    for cells in answers:
        if len(cells) > 1:
            yield refs.cell(cells[0]), "&".join(f"TRIM({refs.cell(cell)})" for cell in cells)


def _blanks_in_table(
    refs: References, table: Table, by_scope: dict[Path, list[_Cells]]
) -> list[tuple[str, str]]:
    """Those of a table whose rows are all alike; its rows leave `by_scope`."""
    asked = {
        tuple(tuple(cell.below(row.path) for cell in cells) for cells in by_scope.get(row.path, ()))
        for row in table.rows
    }
    if len(asked) != 1:
        return []
    try:
        used = refs.in_use(table.rows)
        answers = [[refs.column(table.rows, one) for one in names] for names in sorted(*asked)]
    except NotLive:
        return []
    for row in table.rows:
        by_scope.pop(row.path, None)
    texts = ((columns[0], "&".join(map("TRIM({})".format, columns))) for columns in answers)
    return [(column, f"(LEN({text})=0)*{used}") for column, text in texts]
