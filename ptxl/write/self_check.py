"""Layout → the self-check sheet: what the blank form checks by itself while it is filled in.

Each line is a condition or a rule with a formula for its state; Python gives the same states from
the values (`line_states`), so that every formula is written with its correct cached value. Only
what Excel 2010, WPS and LibreOffice all compute is used; a rule that needs more is not live and is
only asked when the form comes back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache

from ptxl.cells import cell_name, column_name, quoted
from ptxl.layout.helper_sheets import banner_place, helper_sheets
from ptxl.model.form import Rule, Table, TableRow, placeholder
from ptxl.model.layout import Layout, Place
from ptxl.model.path import TOP, Path
from ptxl.rules import (
    Cells,
    Facts,
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
    filled_in,
    in_force,
    optional_scope,
    stand_ins,
    unmet,
)
from ptxl.rules.ruleset import ReadyRule, facts_of, ready_rules
from ptxl.values.money import MONEY_UNITS
from ptxl.values.target_value import plain_values, split_paths
from ptxl.words import Language, Speaker
from ptxl.write.references import References, cells_in, conditions_on

_LONGEST_FORMULA = 8_000
#: stands where a banner says how many lines are not done
_COUNT = placeholder("count")
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
    unused = quoted_state(layout, State.UNUSED)
    found: list[CheckLine] = []
    for number in range(len(layout.sheets)):
        head = _fields_line(refs, number)
        known = head.scope if head else None
        own = [*_row_lines(refs, number, known), *(line for line in rules if line.sheet == number)]
        if head and head.scope:
            # A sheet that is not used has nothing to pass: its first line says whether it is.
            first = f"${column_name(STATE_COLUMN)}${FIRST_LINE + len(found) + 1}"
            own = [
                replace(line, formula=f"IF({first}={unused},{unused},{line.formula})")
                for line in own
            ]
        found += [head, *own] if head else own
    return tuple(found)


def live_rules(layout: Layout) -> frozenset[str]:
    """The ids of the rules that the form checks by itself."""
    return frozenset(line.rule.rule.id for line in check_lines(layout) if line.rule)


# -- what must be filled in


def _fields_line(refs: References, number: int) -> CheckLine | None:
    """One line per sheet: whether all that must be filled in is, besides the rows of tables."""
    layout = refs.layout
    fields = conditions_on(layout, number, "field")
    rows = conditions_on(layout, number, "rows")
    if not fields and not rows:
        return None
    scope = optional_scope(layout, Path(layout.sheets[number].sheet.scope).row)
    missing = "+".join(_missing(refs, fields, scope)) or "0"
    passed, still_open = quoted_state(layout, State.PASSED), quoted_state(layout, State.OPEN)
    state = f"IF({missing}=0,{passed},{still_open})"
    line = CheckLine(
        sheet=number,
        text=Speaker(layout.form.language).say("self_check.required"),
        at=_link(layout, (fields or rows)[0].parts[:1]),
        formula=_while_in_force(refs, scope, state),
        scope=scope,
        conditions=tuple(fields),
        leads=True,
    )
    return line if len(line.formula) <= _LONGEST_FORMULA else None


def _row_lines(refs: References, number: int, known: Path | None) -> Iterator[CheckLine]:
    """One line for each table or category of which some rows must be filled in.

    It points to as many rows as are wanted: the first that is still blank is among them. They are
    asked while the scope that is `known` is in force.
    """
    layout = refs.layout
    say = Speaker(layout.form.language).say
    passed, still_open = quoted_state(layout, State.PASSED), quoted_state(layout, State.OPEN)
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
    path = part if part in layout.places else cells_in(layout)[part][0]
    return layout.places[path]


def _link(layout: Layout, parts: Sequence[Path]) -> str:
    """The first cell of a part; of several parts the cells from the first to the last."""
    first, last = _first_cell(layout, parts[0]), _first_cell(layout, parts[-1])
    name = cell_name(first.row, first.column)
    return name if first == last else f"{name}:{cell_name(last.row, last.column)}"


def _while_in_force(refs: References, scope: Path, state: str, known: Path | None = None) -> str:
    """The state while a scope is in force; always where it is `known` to be."""
    if scope in ("", known):
        return state
    return f"IF({_in_force(refs, scope)},{state},{quoted_state(refs.layout, State.UNUSED)})"


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
    asked = [[path.below(row.path) for path in by_scope.get(row.path, ())] for row in table.rows]
    if not asked or not asked[0] or any(names != asked[0] for names in asked):
        return []
    try:
        used = refs.in_use(table.rows)
        columns = [refs.column(table.rows, name) for name in sorted(asked[0])]
    except NotLive:
        return []
    for row in table.rows:
        del by_scope[row.path]
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
    if rule.severity == "hint":
        raise NotLive("a hint is for the reviewer: a clerk would take it for a fault")
    asked = _asked(layout, ready)
    cells = _cells(refs, ready)
    if rule.each:
        at = _cell_at(layout, asked[0] / rule.at)
        holds = f"{_broken_rows(refs, ready, cells)}=0"
    elif split_names(ready.tree):
        raise NotLive("a split value outside a table")
    else:
        at = asked[0]
        holds = f"{formula(ready.tree, cells)}=1"
    blank = quoted_state(layout, _blank_state(layout, asked))
    passed, broken = quoted_state(layout, State.PASSED), quoted_state(layout, broken_state(rule))
    state = f"IF({refs.length(asked)}=0,{blank},IFERROR(IF({holds},{passed},{broken}),{broken}))"
    if len(state) > _LONGEST_FORMULA:
        raise NotLive("a formula of more than 8,000 characters")
    text = _what_holds(rule, layout.form.language)
    sheet = _first_cell(layout, at).sheet
    link = _link(layout, [at])
    return CheckLine(sheet=sheet, text=text, at=link, formula=state, rule=ready, asked=asked)


def _rows_of(layout: Layout, table: str) -> tuple[TableRow, ...]:
    """The rows of a table, none of a list of repeats. Raises NotLive for what is no table."""
    for found in layout.form.tables:
        if found.path == table:
            return found.rows
    raise NotLive("rows that are no rows of a sheet")


def _asked(layout: Layout, ready: ReadyRule) -> tuple[Path, ...]:
    """The cells and rows of which one must be filled in for a rule to be asked.

    Raises NotLive when there are none on the sheets.
    """
    at = ready.rule.at
    if ready.rule.each:
        found = [row.path for row in _rows_of(layout, ready.rule.each)]
    elif at.column:
        table, name = at.column
        cells = [_cell_at(layout, row.path / name) for row in _rows_of(layout, table)]
        found = [cell for cell in cells if cell in layout.places]
    elif _cell_at(layout, at) in layout.places:
        found = [_cell_at(layout, at)]
    else:
        found = [row.path for row in _rows_of(layout, at)]
    if not found:
        raise NotLive("a place without a cell")
    return tuple(found)


def _cell_at(layout: Layout, path: Path) -> Path:
    """The path of the cell that a path stands for: of a split value the amount's."""
    return Path(split_paths(layout).get(path, (path, path, path))[1])


def _blank_state(layout: Layout, asked: Sequence[Path]) -> State:
    """The state of a rule that is not asked: open only if something there must be filled in."""
    rows = {row.path for table in layout.form.tables for row in table.rows}
    for condition in conditions(layout):
        if condition.scope not in rows and not set(asked).isdisjoint(condition.parts):
            return State.OPEN
    return State.UNUSED


def _cells(refs: References, ready: ReadyRule) -> Cells:
    """Where the names of a rule stand on the form's sheets."""
    layout = refs.layout

    def rows_of(table: str, span: Span = None) -> tuple[TableRow, ...]:
        rows = _rows_of(layout, ready.prefix + table)
        if not rows:
            raise NotLive("rows that are no rows of a sheet")
        return rows[slice(*span)] if span else rows

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
    rows = _rows_of(refs.layout, ready.rule.each)
    at = _cell_at(refs.layout, rows[0].path / ready.rule.at)
    if at not in refs.layout.places:
        raise NotLive("a place that is printed")
    spans: list[Span] = [None]
    if row_by_row(ready.tree):
        spans = [(row, row + 1) for row in range(len(rows))]
    terms = []
    for span in spans:
        column = refs.column(rows[slice(*span)] if span else rows, at.below(rows[0].path))
        asked = [f"(LEN(TRIM({column}))>0)"]
        asked += [plain_formula(name, cells, span) for name in split_names(ready.tree)]
        broken = "*".join([*asked, f"(1-{formula(ready.tree, cells, span)})"])
        terms.append(broken if span else f"SUMPRODUCT({broken})")
    return f"({'+'.join(terms)})"


def broken_state(rule: Rule) -> State:
    """The state of a rule that does not hold."""
    return State.WRONG if rule.severity == "error" and not rule.trial else State.DOUBTED


def _what_holds(rule: Rule, language: Language) -> str:
    """The title of a rule, or its message without the values that only a check can show."""
    if language == "en":
        return rule.title_en or _SHOWN_VALUE.sub("", rule.message_en)
    return rule.title or _SHOWN_VALUE.sub("", rule.message)


def quoted_state(layout: Layout, state: State) -> str:
    """A state in the words of the form, as formulas have it."""
    word = Speaker(layout.form.language).word(state).replace('"', '""')
    return f'"{word}"'


# -- the same in Python


@dataclass(frozen=True, slots=True)
class _Answers:
    """What the states of lines depend on."""

    layout: Layout
    facts: Facts
    #: fields with an entry, and the rows and repeats that hold one
    filled: frozenset[str]
    #: fields whose entry is no value of their kind
    unread: tuple[Path, ...]
    #: split values that are more than a spreadsheet can tell
    unclear: frozenset[str]
    unmet: frozenset[Condition]


def line_states(
    layout: Layout, values: Mapping[str, object], entries: frozenset[str]
) -> list[State]:
    """The state of each line for these values; `entries` are the paths that hold anything."""
    answers = _answers(layout, values, entries)
    states: list[State] = []
    unused: set[int] = set()
    for line in check_lines(layout):
        if line.sheet in unused:
            states.append(State.UNUSED)
        elif line.rule:
            states.append(_rule_state(answers, line.rule, line.asked))
        else:
            states.append(_conditions_state(answers, line))
            if line.leads and states[-1] is State.UNUSED:
                unused.add(line.sheet)
    return states


def _answers(layout: Layout, values: Mapping[str, object], entries: frozenset[str]) -> _Answers:
    filled = filled_in(entries)
    split = plain_values(layout, values)
    unread = tuple(Path(path) for path in entries if path not in values)
    # To a spreadsheet a text that is no number is not blank, and what is reckoned with it fails.
    facts = facts_of(layout, {**dict.fromkeys(unread, ""), **values}, filled, split)
    unclear = frozenset(path for path, value in split.items() if value.comparison == "text")
    return _Answers(layout, facts, filled, unread, unclear, frozenset(unmet(layout, filled)))


def _conditions_state(answers: _Answers, line: CheckLine) -> State:
    if not in_force(answers.layout, line.scope, answers.filled):
        return State.UNUSED
    return State.PASSED if answers.unmet.isdisjoint(line.conditions) else State.OPEN


def _rule_state(answers: _Answers, ready: ReadyRule, asked: Sequence[Path]) -> State:
    rule = ready.rule
    if answers.filled.isdisjoint(asked):
        return _blank_state(answers.layout, asked)
    rows = answers.facts.rows.get(rule.each, ()) if rule.each else ("",)
    for row in rows:
        if any(ready.looks_at(path, row, blankness=False) for path in answers.unread):
            return broken_state(rule)
    for row in rows:
        if rule.each and not _is_asked(answers, ready, row):
            continue
        if not ready.test(answers.facts, ready.prefix, row):
            return broken_state(rule)
    return State.PASSED


def _is_asked(answers: _Answers, ready: ReadyRule, row: str) -> bool:
    """Whether a rule is asked of a row: what it points at is filled in there, and plain."""
    if _cell_at(answers.layout, Path(row + ready.rule.at)) not in answers.filled:
        return False
    return answers.unclear.isdisjoint(row + name.name for name in split_names(ready.tree))


# -- where it all stands


def banner_formula(layout: Layout, number: int) -> str:
    """Says on a sheet of the form how many of its lines are still open."""
    check = quoted(helper_sheets(layout.form.language).check)
    last = FIRST_LINE + len(check_lines(layout))

    def column(index: int) -> str:
        letter = column_name(index)
        return f"{check}!${letter}${FIRST_LINE + 1}:${letter}${last}"

    name = layout.sheets[number].sheet.name.replace('"', '""')
    still_open, wrong = quoted_state(layout, State.OPEN), quoted_state(layout, State.WRONG)
    states = f"(({column(STATE_COLUMN)}={still_open})+({column(STATE_COLUMN)}={wrong}))"
    count = f'SUMPRODUCT(({column(SHEET_COLUMN)}="{name}")*{states})'
    done, rest = (text.replace('"', '""') for text in banner_texts(layout.form.language))
    before, after = rest.split(_COUNT)
    return f'IF({count}=0,"{done}","{before}"&{count}&"{after}")'


def banner_texts(language: Language) -> tuple[str, str]:
    """What a banner says when all is done, and else, with a placeholder for the open lines."""
    say = Speaker(language).say
    rest = say("self_check.rest", count=_COUNT, check=helper_sheets(language).check)
    return say("self_check.done"), rest


def is_banner(text: str, language: Language) -> bool:
    """Whether a text is what a form itself says beside its tables, wherever that stands now."""
    done, rest = banner_texts(language)
    before, after = rest.split(_COUNT)
    return text == done or (text.startswith(before) and text.endswith(after))


def banner_text(layout: Layout, number: int, states: Sequence[State]) -> str:
    """The banner's cached value for these states."""
    lines = zip(check_lines(layout), states, strict=True)
    unfinished = (State.OPEN, State.WRONG)
    count = sum(line.sheet == number and state in unfinished for line, state in lines)
    done, rest = banner_texts(layout.form.language)
    return rest.replace(_COUNT, str(count)) if count else done


def cached_values(
    layout: Layout, names: Sequence[str], states: Sequence[State]
) -> dict[str, dict[tuple[int, int], str]]:
    """The cached value of every formula of the self-check, by sheet and cell; `names` are those
    that the form's sheets have now."""
    cells = {
        name: {banner_place(layout, number): banner_text(layout, number, states)}
        for number, name in enumerate(names)
    }
    word = Speaker(layout.form.language).word
    cells[helper_sheets(layout.form.language).check] = {
        (FIRST_LINE + line, STATE_COLUMN): word(state) for line, state in enumerate(states)
    }
    return cells
