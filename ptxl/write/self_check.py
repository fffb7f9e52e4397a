"""Layout → the self-check sheet: what the blank form checks by itself while it is filled in.

Each line is a condition or a rule with a formula for its state; `check_states` gives the same
states from the values. Only what Excel 2010, WPS and LibreOffice all compute is used; a rule that
needs more is not live and is only asked when the form comes back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache

from ptxl.cells import Box, column_name, quoted, quoted_text
from ptxl.layout.helper_sheets import banner, helper_sheets
from ptxl.model.form import Rule, Table, TableRow
from ptxl.model.layout import Layout, Place
from ptxl.model.path import TOP, Path
from ptxl.rules import (
    LONGEST_FORMULA,
    Cells,
    Name,
    NotLive,
    Span,
    formula,
    plain_formula,
    row_by_row,
    split_names,
)
from ptxl.rules.conditions import (
    Condition,
    conditions,
    optional_scope,
    stand_ins,
)
from ptxl.rules.places import spot_of
from ptxl.rules.ruleset import ReadyRule, ready_rules
from ptxl.values.money import MONEY_UNITS
from ptxl.words import Language, Speaker
from ptxl.write.references import References, cells_in, conditions_on, rows_by_path

#: a value that only a check can show, in its brackets or with its unit
_UNITS = "|".join(sorted(MONEY_UNITS, key=len, reverse=True))
_SHOWN_VALUE = re.compile(
    r"（[^（）]*\{\{.*?\}\}[^（）]*）| ?\([^()]*\{\{.*?\}\}[^()]*\)"
    rf"|\{{\{{.*?\}}\}}(?: ?(?:%|{_UNITS}))?"
)
#: rows and columns of the sheet, from 0
FIRST_LINE, SHEET_COLUMN, TEXT_COLUMN, STATE_COLUMN, LINK_COLUMN = 4, 1, 2, 3, 4


class State(Enum):
    """What a line says of the answers so far."""

    PASSED = "passed"
    OPEN = "open"
    WRONG = "wrong"
    #: a warning's: to be looked at again, never in the way
    DOUBTED = "doubted"
    UNUSED = "unused"


#: the states that a banner counts
NOT_DONE = (State.OPEN, State.WRONG)


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckLine:
    """One line: what is checked, on which sheet, at which cells (`B4:B5`), and its formula.

    It is about `conditions` of one `scope`, or about a `rule`.
    """

    sheet: int
    text: str
    at: str
    formula: str
    scope: Path = TOP
    conditions: tuple[Condition, ...] = ()
    rule: ReadyRule | None = None
    #: of a rule: the cells and rows of which one must be filled in for it to be asked
    asked: tuple[Path, ...] = ()
    #: whether it says, for all lines of its sheet, whether that is used at all
    leads: bool = False


@lru_cache(maxsize=64)
def check_lines(layout: Layout) -> tuple[CheckLine, ...]:
    """All lines of a form, sheet by sheet: what must be filled in first, then the live rules."""
    refs = References(layout)
    rules = list(_rule_lines(refs))
    found: list[CheckLine] = []
    for number in range(len(layout.sheets)):
        own = [line for line in rules if line.sheet == number]
        found += _sheet_lines(refs, number, own, FIRST_LINE + len(found) + 1)
    return tuple(found)


def _sheet_lines(
    refs: References, number: int, rules: Sequence[CheckLine], row: int
) -> Iterator[CheckLine]:
    """The lines of one sheet of the form, which begin in a row (from 1) of the self-check."""
    head = _fields_line(refs, number)
    scope = head.scope if head else TOP
    if head:
        yield head
    unused = _quoted(refs.layout, State.UNUSED)
    first = f"${column_name(STATE_COLUMN)}${row}"
    for line in (*_row_lines(refs, number, scope), *rules):
        if scope:
            # A sheet that is not used has nothing to pass: its first line says whether it is.
            line = replace(line, formula=f"IF({first}={unused},{unused},{line.formula})")
        yield line


def live_rules(layout: Layout) -> frozenset[str]:
    """The ids of the rules that the form checks by itself."""
    return frozenset(line.rule.rule.id for line in check_lines(layout) if line.rule)


# -- what must be filled in


def _fields_line(refs: References, number: int) -> CheckLine | None:
    """One line per sheet: whether all that must be filled in is, besides the rows of tables."""
    layout = refs.layout
    fields = conditions_on(layout, number, "field")
    all_of_it = (*fields, *conditions_on(layout, number, "rows"))
    if not all_of_it:
        return None
    scope = optional_scope(layout, Path(layout.sheets[number].sheet.scope).row)
    missing = "+".join(_missing(refs, fields, scope)) or "0"
    state = f"IF({missing}=0,{_quoted(layout, State.PASSED)},{_quoted(layout, State.OPEN)})"
    line = CheckLine(
        sheet=number,
        text=Speaker(layout.form.language).say("self_check.required"),
        at=_link(layout, all_of_it[0].parts[:1]),
        formula=_while_in_force(refs, scope, state),
        scope=scope,
        conditions=tuple(fields),
        leads=True,
    )
    return line if len(line.formula) <= LONGEST_FORMULA else None


def _row_lines(refs: References, number: int, known: Path) -> Iterator[CheckLine]:
    """One line for each table or category of which some rows must be filled in.

    It points to as many rows as are wanted: the first that is still blank is among them. They are
    asked while the scope that is `known` is in force.
    """
    layout = refs.layout
    say = Speaker(layout.form.language).say
    passed, still_open = _quoted(layout, State.PASSED), _quoted(layout, State.OPEN)
    for condition in conditions_on(layout, number, "rows"):
        found = refs.count_in_use(condition.parts)
        state = f"IF({found}<{condition.least},{still_open},{passed})"
        yield CheckLine(
            sheet=number,
            text=say("self_check.rows", label=condition.label, least=condition.least),
            at=_link(layout, condition.parts[: condition.least]),
            formula=_while_in_force(refs, condition.scope, state, known),
            scope=condition.scope,
            conditions=(condition,),
        )


def _first_cell(layout: Layout, part: Path) -> Place:
    """Where a field stands, or the first field of a row."""
    return layout.places[cells_in(layout).get(part, (part,))[0]]


def _link(layout: Layout, parts: Sequence[Path]) -> str:
    """The first cell of a part; of several parts the cells from the first to the last."""
    first, last = _first_cell(layout, parts[0]), _first_cell(layout, parts[-1])
    return Box(first.row, first.column, last.row, last.column).name


def _while_in_force(refs: References, scope: Path, state: str, known: Path = TOP) -> str:
    """The state while a scope is in force; always where it is `known` to be."""
    if scope in (TOP, known):
        return state
    return f"IF({_in_force(refs, scope)},{state},{_quoted(refs.layout, State.UNUSED)})"


def _in_force(refs: References, scope: Path) -> str:
    """The formula of `conditions.in_force`, for an optional scope."""
    layout = refs.layout
    used = f"({refs.length([scope])})>0"
    if scope not in layout.in_use:
        return used
    least, others = stand_ins(layout, scope)
    instead = "+".join(f"(({refs.length([other])})>0)" for other in others)
    wanted = f"({instead})<{least}"
    around = optional_scope(layout, layout.owners[scope.parent])
    if around:
        wanted = f"AND({wanted},{_in_force(refs, around)})"
    return f"OR({used},{wanted})"


def _missing(refs: References, fields: Sequence[Condition], sheet: Path) -> Iterator[str]:
    """How many cells that are asked for are blank, each counted only while its scope is in force.

    `sheet` is the scope of the sheet: this is only asked while that is in force.
    """
    by_scope: dict[Path, list[Path]] = {}
    for condition in fields:
        scope = TOP if condition.scope == sheet else condition.scope
        by_scope.setdefault(scope, []).extend(condition.parts)
    yield from _blank(refs, by_scope.pop(TOP, []))
    for table in refs.layout.form.tables:
        yield from _missing_in_table(refs, table, by_scope)
    for scope, paths in by_scope.items():
        yield f"({'+'.join(_blank(refs, paths))})*({_in_force(refs, scope)})"


def _blank(refs: References, paths: Sequence[Path]) -> Iterator[str]:
    return (f"SUMPRODUCT((LEN(TRIM({area}))=0)*1)" for area in refs.areas(paths))


def _missing_in_table(
    refs: References, table: Table, by_scope: dict[Path, list[Path]]
) -> list[str]:
    """The blank cells of a table whose rows are all alike; its rows leave `by_scope`."""
    asked = {tuple(p.below(row.path) for p in by_scope.get(row.path, ())) for row in table.rows}
    if len(asked) != 1:
        return []
    try:
        used = refs.in_use(table.rows)
        columns = [refs.column(table.rows, name) for name in sorted(*asked)]
    except NotLive:
        return []
    for row in table.rows:
        by_scope.pop(row.path, None)
    return [f"SUMPRODUCT((LEN(TRIM({column}))=0)*{used})" for column in columns]


# -- rules


def _rule_lines(refs: References) -> Iterator[CheckLine]:
    for ready in ready_rules(refs.layout):
        try:
            yield _rule_line(refs, ready)
        except NotLive:
            continue


def _rule_line(refs: References, ready: ReadyRule) -> CheckLine:
    """The line of a rule. Raises NotLive."""
    layout, rule = refs.layout, ready.rule
    if rule.severity == "hint" or rule.reader == "reviewer":
        raise NotLive("for the reviewer: a clerk would take it for a fault")
    asked, cells = _asked(refs, ready), _cells(refs, ready)
    if rule.each:
        at = cell_at(layout, asked[0] / rule.at)
        holds = f"{_broken_rows(refs, ready, cells)}=0"
    elif split_names(ready.tree):
        raise NotLive("a split value outside a table")
    else:
        at = asked[0]
        holds = f"{formula(ready.tree, cells)}=1"
    blank = _quoted(layout, blank_state(layout, asked))
    passed, broken = _quoted(layout, State.PASSED), _quoted(layout, broken_state(rule))
    state = f"IF({refs.length(asked)}=0,{blank},IFERROR(IF({holds},{passed},{broken}),{broken}))"
    if len(state) > LONGEST_FORMULA:
        raise NotLive("a formula of more than 8,000 characters")
    text = _what_holds(rule, layout.form.language)
    sheet = _first_cell(layout, at).sheet
    link = _link(layout, [at])
    return CheckLine(sheet=sheet, text=text, at=link, formula=state, rule=ready, asked=asked)


def _asked(refs: References, ready: ReadyRule) -> tuple[Path, ...]:
    """The cells and rows of which one must be filled in for a rule to be asked.

    Raises NotLive when there are none on the sheets.
    """
    layout, at = refs.layout, ready.rule.at
    if ready.rule.each:
        return refs.row_paths(ready.rule.each)
    if not at.column:
        cell = cell_at(layout, at)
        return (cell,) if cell in layout.places else refs.row_paths(at)
    table, name = at.column
    cells = [cell_at(layout, row / name) for row in refs.row_paths(table)]
    if layout.places.keys().isdisjoint(cells):
        raise NotLive("a place without a cell")
    return tuple(cell for cell in cells if cell in layout.places)


def cell_at(layout: Layout, path: Path) -> Path:
    """The path of the cell that is answered where a rule that points there is asked."""
    spot = spot_of(layout, path)
    return spot.asked[0] if spot else path


def blank_state(layout: Layout, asked: Sequence[Path]) -> State:
    """The state of a rule that is not asked: open only if something there must be filled in."""
    for condition in conditions(layout):
        in_a_row = condition.scope in rows_by_path(layout)
        if not in_a_row and not set(asked).isdisjoint(condition.parts):
            return State.OPEN
    return State.UNUSED


def _cells(refs: References, ready: ReadyRule) -> Cells:
    """Where the names of a rule stand on the form's sheets."""

    def rows_of(table: str, span: Span = None) -> Sequence[TableRow]:
        return refs.rows(ready.prefix + table, span)

    def refer(name: Name, span: Span) -> str:
        if name.where == "row":
            return refs.column(rows_of(name.table, span), name.name)
        return refs.cell(name.name if name.where == "form" else ready.prefix + name.name)

    def in_use(table: str, span: Span) -> str:
        return refs.in_use(rows_of(table, span))

    return Cells(refer, in_use, lambda table: len(rows_of(table)))


def _broken_rows(refs: References, ready: ReadyRule, cells: Cells) -> str:
    """How many rows break a rule that is asked of each.

    A row is asked while what the rule points at is filled in, which makes it one in use.
    """
    rows = refs.rows(ready.rule.each)
    at = cell_at(refs.layout, rows[0].path / ready.rule.at)
    if at not in refs.layout.places:
        raise NotLive("a place that is printed")

    def broken(span: Span) -> str:
        column = refs.column(refs.rows(ready.rule.each, span), at.below(rows[0].path))
        plain = [plain_formula(name, cells, span) for name in split_names(ready.tree)]
        holds = formula(ready.tree, cells, span)
        return "*".join([f"(LEN(TRIM({column}))>0)", *plain, f"(1-{holds})"])

    if not row_by_row(ready.tree):
        return f"(SUMPRODUCT({broken(None)}))"
    return f"({'+'.join(broken((row, row + 1)) for row in range(len(rows)))})"


def broken_state(rule: Rule) -> State:
    """The state of a rule that does not hold."""
    return State.WRONG if rule.severity == "error" and not rule.trial else State.DOUBTED


def _what_holds(rule: Rule, language: Language) -> str:
    """The title of a rule, or its message without the values that only a check can show."""
    title = {"zh": rule.title, "en": rule.title_en}[language]
    return title or _SHOWN_VALUE.sub("", rule.messages[language])


def _quoted(layout: Layout, state: State) -> str:
    """A state in the words of the form, as formulas have it."""
    return quoted_text(Speaker(layout.form.language).word(state))


def is_state(layout: Layout, cells: str, *states: State) -> str:
    """The formula that is true, or above 0, for cells that show one of some states."""
    return "+".join(f"({cells}={_quoted(layout, state)})" for state in states)


def banner_formula(layout: Layout, number: int) -> str:
    """Says on a sheet of the form how many of its lines are still open."""
    check = quoted(helper_sheets(layout.form.language).check)
    last = FIRST_LINE + len(check_lines(layout))

    def column(index: int) -> str:
        letter = column_name(index)
        return f"{check}!${letter}${FIRST_LINE + 1}:${letter}${last}"

    sheet = quoted_text(layout.sheets[number].sheet.name)
    states = is_state(layout, column(STATE_COLUMN), *NOT_DONE)
    count = f"SUMPRODUCT(({column(SHEET_COLUMN)}={sheet})*({states}))"
    own = banner(layout.form.language)
    done, before, after = map(quoted_text, (own.done, own.before, own.after))
    return f"IF({count}=0,{done},{before}&{count}&{after})"
