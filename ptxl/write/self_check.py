"""Layout → the 填报自查 sheet: what the blank form checks by itself while it is filled in.

Each line is one condition with a formula for its state; Python gives the same states from the
values (`line_states`), so that every formula is written with its correct cached value. Only what
Excel 2010, WPS and LibreOffice all compute is used; a rule that needs more is not live and runs at
the desk alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from ptxl.cells import absolute_name, column_name, quoted
from ptxl.layout.helper_sheets import CHECK_SHEET, banner_place
from ptxl.layout.places import in_force
from ptxl.model.form import Field, Group, Rule, Table, TableRow
from ptxl.model.layout import Layout, Place
from ptxl.model.path import Path
from ptxl.model.submission import rows_holding
from ptxl.rules import (
    Cells,
    Name,
    NotLive,
    Span,
    formula,
    plain_formula,
    row_by_row,
    split_names,
)
from ptxl.rules.ruleset import ReadyRule, facts_of, ready_rules
from ptxl.values.money import MONEY_UNITS
from ptxl.values.three_cell_value import plain_values, split_paths

#: the states of a line; a doubt is a warning's: to be looked at again, never in the way
PASSED, OPEN, WRONG, DOUBTED, UNUSED = "通过", "未填", "有误", "请核对", "未用"
STATES = (PASSED, OPEN, WRONG, DOUBTED, UNUSED)
_LONGEST_FORMULA = 8_000
#: a value that only the desk can show, in its brackets or with its unit
_UNITS = "|".join(sorted(MONEY_UNITS, key=len, reverse=True))
_SHOWN_VALUE = re.compile(rf"（[^（）]*\{{\{{.*?\}}\}}[^（）]*）|\{{\{{.*?\}}\}}(?:%|{_UNITS})?")


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One line: what is checked, on which sheet, where to look, and the formula of its state."""

    sheet: int
    text: str
    at: Place
    formula: str
    rule: ReadyRule | None = None


@lru_cache(maxsize=64)
def check_lines(layout: Layout) -> tuple[CheckLine, ...]:
    """All lines of a form, sheet by sheet: required answers first, then the live rules."""
    rules = [line for ready in ready_rules(layout) for line in _rule_lines(layout, ready)]
    found: list[CheckLine] = []
    for number in range(len(layout.sheets)):
        required = list(_required_line(layout, number))
        own = [line for line in rules if line.sheet == number]
        if required and layout.sheets[number].sheet.scope.endswith("]"):
            # A sheet that is not used has nothing to pass: its first line says whether it is.
            first = f"${column_name(STATE_COLUMN)}${FIRST_LINE + len(found) + 1}"
            own = [
                replace(line, formula=f'IF({first}="{UNUSED}","{UNUSED}",{line.formula})')
                for line in own
            ]
        found += [*required, *own]
    return tuple(found)


def live_rules(layout: Layout) -> frozenset[str]:
    """The ids of the rules that the form checks by itself."""
    return frozenset(line.rule.rule.id for line in check_lines(layout) if line.rule)


# -- references


def _cell(layout: Layout, place: Place) -> str:
    sheet = layout.sheets[place.sheet].sheet.name
    return f"{quoted(sheet)}!{absolute_name(place.row, place.column)}"


def _rows_in(table: Table, span: Span) -> Table:
    """The table with some of its rows only."""
    return replace(table, rows=table.rows[span[0] : span[1]]) if span else table


def _column(layout: Layout, table: Table, name: str) -> str:
    """The range of a column, or an array of what is printed in it."""
    if all(name in row.given for row in table.rows):
        return "{" + ";".join('"' + _quote(row.given[name]) + '"' for row in table.rows) + "}"
    paths = [f"{row.path}.{name}" for row in table.rows]
    if any(path not in layout.places for path in paths):
        raise NotLive("a column that is printed in some rows only")
    first, last = layout.places[paths[0]], layout.places[paths[-1]]
    if last.row - first.row != len(paths) - 1 or last.sheet != first.sheet:
        raise NotLive("rows that do not follow each other")
    end = f"${column_name(last.column)}${last.row + 1}"
    return f"{_cell(layout, first)}:{end}"


def _quote(text: str) -> str:
    return text.replace('"', '""')


def _in_use(layout: Layout, table: Table) -> str:
    """An array that is 1 for each row in which something is filled in."""
    names = {f.path.rpartition("].")[2] for row in table.rows for f in row.fields}
    if any(name in row.given for row in table.rows for name in names):
        raise NotLive("a column that is printed in some rows only")
    columns = [_column(layout, table, name) for name in sorted(names)]
    return "((" + "+".join(f"LEN(TRIM({column}))" for column in columns) + ">0)*1)"


# -- required answers


def _required_line(layout: Layout, number: int) -> Iterator[CheckLine]:
    """One line per sheet: how much of what must be filled in is not."""
    wanted = [
        field
        for path, field in layout.fields.items()
        if layout.places[path].sheet == number and field.required and not field.reviewer
    ]
    groups = [
        (table, group)
        for table in layout.form.tables
        for group in table.groups
        if table.rows and _table_sheet(layout, table) == number
    ]
    if not wanted and not groups:
        return
    scope = layout.sheets[number].sheet.scope
    missing = "+".join([
        *_missing_fields(layout, wanted, scope),
        *(_missing_rows(layout, table, group) for table, group in groups),
    ])  # fmt: skip
    state = f'IF({missing}=0,"{PASSED}","{OPEN}")'
    if scope.endswith("]"):
        state = f'IF({_left_blank(layout, scope)},"{UNUSED}",{state})'
    at = layout.places[wanted[0].path] if wanted else _first_place(layout, groups[0][0])
    if len(state) <= _LONGEST_FORMULA:
        yield CheckLine(number, "必填项已全部填写（未填的格子为浅黄色）", at, state)


def _left_blank(layout: Layout, scope: str) -> str:
    """True while a repeated sheet is blank and need not be used: spare, or others stand in."""
    blank = f"{_anything(layout, scope)}=0"
    if scope not in layout.in_use:
        return blank
    table = scope.rpartition("[")[0]
    least, count = layout.repeats[table]
    others = [f"{table}[{index}]" for index in range(count) if f"{table}[{index}]" != scope]
    used = "+".join(f"(({_anything(layout, other)})>0)" for other in others) or "0"
    return f"AND({blank},({used})>={least})"


def _table_sheet(layout: Layout, table: Table) -> int:
    return next((layout.places[f.path].sheet for r in table.rows for f in r.fields), -1)


def _first_place(layout: Layout, table: Table) -> Place:
    return next(layout.places[f.path] for row in table.rows for f in row.fields)


def _missing_fields(layout: Layout, wanted: list[Field], scope: str) -> Iterator[str]:
    """How many required cells are blank, each counted only while its row is in use.

    `scope` is the sheet's own: this is only asked while that is in use.
    """
    always = [f for f in wanted if layout.owners[f.path] in {"", scope, *layout.in_use}]
    yield from (f"SUMPRODUCT((LEN(TRIM({area}))=0)*1)" for area in _areas(layout, always))
    rest = {field.path: field for field in wanted if field not in always}
    for table in layout.form.tables:
        if any(field.path in rest for row in table.rows for field in row.fields):
            yield from _missing_in_table(layout, table, rest)
    for path in rest:
        used = _anything(layout, layout.owners[path])
        yield f"(LEN(TRIM({_cell(layout, layout.places[path])}))=0)*(({used})>0)"


def _missing_in_table(layout: Layout, table: Table, rest: dict[Path, Field]) -> list[str]:
    """The blank cells of a table whose rows are all alike; its fields leave `rest`."""
    names = {
        field.path.removeprefix(f"{row.path}.")
        for row in table.rows
        for field in row.fields
        if field.path in rest
    }
    try:
        used = _in_use(layout, table)
        columns = [_column(layout, table, name) for name in sorted(names)]
    except NotLive:
        return []
    if any(f"{row.path}.{name}" not in rest for row in table.rows for name in names):
        return []
    for row in table.rows:
        for name in names:
            del rest[row.path / name]
    return [f"SUMPRODUCT((LEN(TRIM({column}))=0)*{used})" for column in columns]


def _anything(layout: Layout, owner: str) -> str:
    """How many characters stand in the cells of a row or repeat."""
    fields = [
        field
        for path, field in layout.fields.items()
        if path.startswith((f"{owner}.", f"{owner}[")) and not field.reviewer
    ]
    return "+".join(f"SUMPRODUCT(LEN(TRIM({area})))" for area in _areas(layout, fields))


def _areas(layout: Layout, fields: list[Field]) -> Iterator[str]:
    """The cells of fields, those below each other as one range."""
    runs: list[tuple[Place, Place]] = []
    places = (layout.places[field.path] for field in fields)
    for place in sorted(places, key=lambda p: (p.column, p.row)):
        if runs and (runs[-1][1].column, runs[-1][1].row + 1) == (place.column, place.row):
            runs[-1] = (runs[-1][0], place)
        else:
            runs.append((place, place))
    for first, last in runs:
        end = f":${column_name(last.column)}${last.row + 1}" if last != first else ""
        yield _cell(layout, first) + end


def _missing_rows(layout: Layout, table: Table, group: Group) -> str:
    """1 while fewer rows of a category are in use than must be."""
    rows = tuple(table.rows[index] for index in group.rows)
    try:
        used = f"SUMPRODUCT({_in_use(layout, replace(table, rows=rows))})"
    except NotLive:
        used = "(" + "+".join(f"(({_anything(layout, row.path)})>0)" for row in rows) + ")"
    return f"({used}<{group.least})"


# -- rules


def _rule_lines(layout: Layout, ready: ReadyRule) -> Iterator[CheckLine]:
    try:
        yield _rule_line(layout, ready)
    except NotLive:
        return


def _rule_line(layout: Layout, ready: ReadyRule) -> CheckLine:
    rule = ready.rule
    if rule.severity == "hint":
        raise NotLive("a hint is for the reviewer: a clerk would take it for a fault")
    broken = broken_state(rule)
    tables: dict[str, Table] = {table.path: table for table in layout.form.tables}
    cells = _cells(layout, ready, tables)
    if rule.each:
        blank = f"SUMPRODUCT({cells.in_use(ready.table, None)})=0"
        wrong, place = _wrong_rows(layout, ready, tables[rule.each], cells)
        state = _state(blank, f"{wrong}=0", _blank_state(layout, rule.each), broken)
    elif split_names(ready.tree):
        raise NotLive("a split value outside a table")
    elif "[]." in rule.at:
        holds = formula(ready.tree, cells)
        path, _, name = rule.at.partition("[].")
        column, place = _column_at(layout, tables[path], name)
        blank = f"SUMPRODUCT((LEN(TRIM({column}))>0)*1)=0"
        state = _state(blank, f"{holds}=1", UNUSED, broken)
    elif rule.at in layout.places:
        holds = formula(ready.tree, cells)
        place = layout.places[rule.at]
        blank = f"LEN(TRIM({_cell(layout, place)}))=0"
        state = _state(blank, f"{holds}=1", _blank_state(layout, rule.at), broken)
    elif rule.at in tables and tables[rule.at].rows:
        holds = formula(ready.tree, cells)
        place = _first_place(layout, tables[rule.at])
        blank = f"SUMPRODUCT({cells.in_use(rule.at.removeprefix(ready.prefix), None)})=0"
        state = _state(blank, f"{holds}=1", _blank_state(layout, rule.at), broken)
    else:
        raise NotLive("a place without a cell")
    if len(state) > _LONGEST_FORMULA:
        raise NotLive("a formula of more than 8,000 characters")
    return CheckLine(place.sheet, rule.title or _without_values(rule.message), place, state, ready)


def _cells(layout: Layout, ready: ReadyRule, tables: Mapping[str, Table]) -> Cells:
    """Where the names of a rule stand on the form's sheets."""

    def rows_of(table: str) -> Table:
        found = tables.get(ready.prefix + table)
        if found is None or not found.rows:
            raise NotLive("rows that are no rows of a sheet")
        return found

    def refer(name: Name, span: Span) -> str:
        if name.where == "row":
            return _column(layout, _rows_in(rows_of(name.table), span), name.name)
        path = name.name if name.where == "form" else ready.prefix + name.name
        return _cell(layout, layout.places[path])

    def in_use(table: str, span: Span) -> str:
        return _in_use(layout, _rows_in(rows_of(table), span))

    return Cells(refer, in_use, lambda table: len(rows_of(table).rows))


def _wrong_rows(layout: Layout, ready: ReadyRule, table: Table, cells: Cells) -> tuple[str, Place]:
    """How many rows break a rule that is asked of each, and where the first of them stands.

    A row is asked while what the rule points at is filled in, which makes it one in use.
    """
    spans: list[Span] = [None]
    if row_by_row(ready.tree):
        spans = [(row, row + 1) for row in range(len(table.rows))]
    terms = []
    for span in spans:
        column, _ = _column_at(layout, _rows_in(table, span), ready.rule.at)
        asked = [f"(LEN(TRIM({column}))>0)"]
        asked += [plain_formula(name, cells, span) for name in split_names(ready.tree)]
        broken = "*".join([*asked, f"(1-{formula(ready.tree, cells, span)})"])
        terms.append(broken if span else f"SUMPRODUCT({broken})")
    return f"({'+'.join(terms)})", _column_at(layout, table, ready.rule.at)[1]


def _column_at(layout: Layout, table: Table, name: str) -> tuple[str, Place]:
    """The cells of a column that a rule points at (of split values the amounts), and the first."""
    row = table.rows[0].path
    path = _cell_at(layout, f"{row}.{name}")
    if path not in layout.places:
        raise NotLive("a place that is printed")
    return _column(layout, table, path.removeprefix(f"{row}.")), layout.places[path]


def _cell_at(layout: Layout, path: str) -> str:
    """The path of the cell that a path stands for: of a split value the amount's."""
    return split_paths(layout).get(path, (path, path, path))[1]


def broken_state(rule: Rule) -> str:
    """The state of a rule that does not hold."""
    return WRONG if rule.severity == "error" and not rule.trial else DOUBTED


def _state(blank: str, holds: str, while_blank: str, broken: str) -> str:
    return f'IF({blank},"{while_blank}",IFERROR(IF({holds},"{PASSED}","{broken}"),"{broken}"))'


def _rows_of(layout: Layout, path: str) -> tuple[TableRow, ...]:
    return next((table.rows for table in layout.form.tables if table.path == path), ())


def _blank_state(layout: Layout, path: str) -> str:
    """What a rule says while the field or table that it looks at is blank: open only if wanted."""
    if path in layout.fields:
        return OPEN if layout.fields[path].required else UNUSED
    wanted = any(table.path == path and table.groups for table in layout.form.tables)
    return OPEN if wanted else UNUSED


def _without_values(message: str) -> str:
    """A message without the values that only the desk can show."""
    return _SHOWN_VALUE.sub("", message)


# -- the same in Python


def line_states(layout: Layout, values: Mapping[str, object], entries: frozenset[str]) -> list[str]:
    """The state of each line for these values; `entries` are the paths that hold anything."""
    answered = rows_holding(entries)
    split = plain_values(layout, values)
    unread = [Path(path) for path in entries if path not in values]
    # To a spreadsheet a text that is no number is not blank, and what is reckoned with it fails.
    facts = facts_of(layout, {**dict.fromkeys(unread, ""), **values}, answered, split)
    unclear = {path for path, value in split.items() if value.comparison == "text"}
    states: list[str] = []
    unused: set[int] = set()
    for line in check_lines(layout):
        if line.rule is None:
            states.append(_required_state(layout, line.sheet, entries, answered))
            unused |= {line.sheet} if states[-1] == UNUSED else set()
            continue
        if line.sheet in unused:
            states.append(UNUSED)
            continue
        ready = line.rule
        rows = facts.rows.get(ready.rule.each, ()) if ready.rule.each else ("",)
        at = [row for row in rows if _has_at(layout, ready, row, entries, answered)]
        wanted = [name.name for name in split_names(ready.tree)]
        at = [row for row in at if unclear.isdisjoint(f"{row}{name}" for name in wanted)]
        if not (rows if ready.rule.each else at):
            at_column = "[]." in ready.rule.at
            path = ready.rule.each or ready.rule.at
            states.append(UNUSED if at_column else _blank_state(layout, path))
        elif unread and _depends_on(ready, rows, unread):
            states.append(broken_state(ready.rule))
        else:
            holds = all(ready.test(facts, ready.prefix, row) for row in at)
            states.append(PASSED if holds else broken_state(ready.rule))
    return states


def _has_at(
    layout: Layout, ready: ReadyRule, row: str, entries: frozenset[str], answered: frozenset[str]
) -> bool:
    table, in_column, name = ready.rule.at.partition("[].")
    if in_column:
        return any(
            _cell_at(layout, f"{table}[{index}].{name}") in entries
            for index in range(len(_rows_of(layout, table)))
        )
    path = _cell_at(layout, f"{row}{ready.rule.at}")
    if path in layout.places:
        return path in entries
    return any(other.startswith(f"{path}[") for other in answered)


def _depends_on(ready: ReadyRule, rows: Iterable[str], unread: Sequence[Path]) -> bool:
    return any(ready.looks_at(p, row, blankness=False) for row in rows for p in unread)


def _required_state(
    layout: Layout, number: int, entries: frozenset[str], answered: frozenset[str]
) -> str:
    scope = layout.sheets[number].sheet.scope
    if scope.endswith("]") and not in_force(layout, scope, answered):
        return UNUSED
    for path, field in layout.fields.items():
        if layout.places[path].sheet != number or not field.required or field.reviewer:
            continue
        if in_force(layout, layout.owners[path], answered) and path not in entries:
            return OPEN
    for table in layout.form.tables:
        for group in table.groups:
            if table.rows and _table_sheet(layout, table) == number:
                found = sum(table.rows[index].path in answered for index in group.rows)
                if found < group.least:
                    return OPEN
    return PASSED


# -- where it all stands

#: rows and columns of the 填报自查 sheet, from 0
FIRST_LINE, SHEET_COLUMN, TEXT_COLUMN, STATE_COLUMN, LINK_COLUMN = 4, 1, 2, 3, 4


def banner_formula(layout: Layout, number: int) -> str:
    """Says on a sheet of the form how many of its lines are still open."""
    lines = check_lines(layout)
    last = FIRST_LINE + len(lines)

    def column(index: int) -> str:
        letter = column_name(index)
        return f"{quoted(CHECK_SHEET)}!${letter}${FIRST_LINE + 1}:${letter}${last}"

    name = _quote(layout.sheets[number].sheet.name)
    states = f'(({column(STATE_COLUMN)}="{OPEN}")+({column(STATE_COLUMN)}="{WRONG}"))'
    count = f'SUMPRODUCT(({column(SHEET_COLUMN)}="{name}")*{states})'
    done, rest = banner_texts()
    return f'IF({count}=0,"{done}","{rest[0]}"&{count}&"{rest[1]}")'


def banner_texts() -> tuple[str, tuple[str, str]]:
    """What a banner says when all is done, and around the number of what is not."""
    return "本表自查已通过", ("本表还有 ", " 项未填或有误，见“填报自查”页")


def banner_text(layout: Layout, number: int, states: Sequence[str]) -> str:
    """The banner's cached value for these states."""
    lines = zip(check_lines(layout), states, strict=True)
    count = sum(line.sheet == number and state in (OPEN, WRONG) for line, state in lines)
    done, rest = banner_texts()
    return f"{rest[0]}{count}{rest[1]}" if count else done


def cached_values(
    layout: Layout, names: Sequence[str], states: Sequence[str]
) -> dict[str, dict[tuple[int, int], str]]:
    """The cached value of every formula of the self-check, by sheet and cell; `names` are those
    that the form's sheets have now."""
    cells = {
        name: {banner_place(layout, number): banner_text(layout, number, states)}
        for number, name in enumerate(names)
    }
    cells[CHECK_SHEET] = {
        (FIRST_LINE + line, STATE_COLUMN): state for line, state in enumerate(states)
    }
    return cells
