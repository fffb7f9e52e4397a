"""Layout → the self-check: what the blank form checks by itself while it is filled in. Pure.

`check_lines` are its lines, whose formulas stand on a hidden sheet. The sheet that people see lists
those in which anything is to be done, the worst first, and counts those that are passed; each sheet
of the form says how many there are, and cells that fail light up. `check_states` finds the same in
the values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from ptxl.cells import Box, absolute_name, column_name, quoted, quoted_text
from ptxl.layout.helper_sheets import CHECK_LINES_SHEET, Verdict, verdicts
from ptxl.model.form import fill_text, placeholder
from ptxl.model.layout import Layout, Place
from ptxl.model.path import TOP, Path
from ptxl.ooxml.sheet import Position
from ptxl.words import Speaker
from ptxl.write.check_line import MOST_ROWS, SOMEWHERE, CheckLine, State, address, text_formula
from ptxl.write.condition_lines import fields_lines, row_lines
from ptxl.write.pasted_lines import pasted_lines
from ptxl.write.references import References
from ptxl.write.rule_lines import rule_lines

#: on the hidden sheet: the first line, from 0, and what stands in each column
FIRST_LINE = 1
SHEET, TITLE, STATE, FOUND_AT, PLACE_AT, CELL, TEXT, RANK, ORDER, LIGHT = range(10)
#: and the counts of the whole form, then of each of its sheets
COUNTED, TOTAL = range(11, 15), 15
#: behind that of the whole form: how many lines are passed, listed, and what is said of that
TALLY = 16, 17, 18
#: and whether anything is filled in where rules are asked, and the days that they look at
USED_AT = 20
#: on the sheet that people see: the verdict, what is said of passed lines and of how the sheet is
#: used, the first line, and what stands in each column
VERDICT_ROW, TALLY_ROW, ABOUT_ROW, FIRST_SHOWN = 1, 2, 3, 5
NUMBER_COLUMN, SHEET_COLUMN, STATE_COLUMN, TEXT_COLUMN, LINK_COLUMN = range(5)
#: the name that leads to the column of lights: a conditional format should name no other sheet
LIGHTS_NAME = "ptxl_lights"
#: what lights up, by the number that stands in that column
LIGHTS = {State.DOUBTED: 1, State.WRONG: 2}
#: the states of the lines that are listed, in their order
LISTED = (State.WRONG, State.OPEN, State.DOUBTED)
#: lines that there is room for; further ones move up as those above are mended
MOST_SHOWN = 60
#: and of these on paper: they fill one page. No program without macros shortens the printed area
#: with the list, and what holds a formula is printed, even if it shows nothing
PRINTED = 13
#: what is counted: cells and rows that are missing, lines that are wrong or to be looked at
_COUNTS = (State.OPEN, State.WRONG, State.DOUBTED)
#: more than a form has lines
RANKS = 1_000_000
Formulas = dict[Position, str]


@lru_cache(maxsize=64)
def check_lines(layout: Layout) -> tuple[CheckLine, ...]:
    """All lines of a form, sheet by sheet: what must be filled in first, then the live rules."""
    refs = References(layout)
    rules = list(rule_lines(refs))
    found: list[CheckLine] = []
    for number in range(len(layout.sheets)):
        own = [line for line in rules if line.sheet == number]
        found += _sheet_lines(refs, number, own, len(found))
    return tuple(found)


def _sheet_lines(
    refs: References, number: int, rules: Sequence[CheckLine], index: int
) -> Iterator[CheckLine]:
    """The lines of one sheet of the form; the first is line number `index` of all."""
    fields = list(fields_lines(refs, number))
    scope = fields[0].scope if fields else TOP
    yield from fields[:1]
    used = absolute_name(FIRST_LINE + index, FOUND_AT)
    for line in (*fields[1:], *row_lines(refs, number, scope), *pasted_lines(refs, number), *rules):
        if scope:
            # A sheet that is not used has nothing to pass: its first line says whether it is.
            line = replace(line, found=f"IF({used}<0,-1,{line.found})")
        yield line


def live_rules(layout: Layout) -> frozenset[str]:
    """The ids of the rules that the form checks by itself."""
    return frozenset(line.rule.rule.id for line in check_lines(layout) if line.rule)


# -- the hidden sheet


@lru_cache(maxsize=64)
def lit_cells(layout: Layout) -> dict[Path, list[tuple[int, int]]]:
    """The cells that may light up, each with the lines that may light it and its row in these.

    Those of a sheet and column stand one after the other, as on the sheet.
    """
    found: dict[Path, list[tuple[int, int]]] = {}
    for number, line in enumerate(check_lines(layout)):
        for row, cell in enumerate(line.cells[:MOST_ROWS] if line.lights else ()):
            found.setdefault(cell, []).append((number, row))
    places = layout.places
    order = sorted(found, key=lambda p: (places[p].sheet, places[p].column, places[p].row))
    return {path: found[path] for path in order}


@lru_cache(maxsize=64)
def used_parts(layout: Layout) -> dict[str, int]:
    """The formulas of whether anything is filled in where rules are asked, and of the days that
    they look at, each with its row.

    Many lines share one.
    """
    lines = check_lines(layout)
    found = [line.used for line in lines if line.used]
    found += [formula for line in lines for _, formula in (*line.instead, *line.days)]
    return {formula: row for row, formula in enumerate(dict.fromkeys(found), FIRST_LINE)}


def line_formulas(layout: Layout) -> Formulas:
    """The formulas of the hidden sheet."""
    lines = check_lines(layout)
    found: Formulas = {}
    for number, line in enumerate(lines):
        found.update(_line_formulas(layout, number, line))
    for row, lit in enumerate(lit_cells(layout).values()):
        found[FIRST_LINE + row, LIGHT] = _light(lines, lit)
    for used, row in used_parts(layout).items():
        found[row, USED_AT] = used
    for row in range(len(layout.sheets) + 1):
        found.update(_verdict_formulas(layout, FIRST_LINE + row, row - 1))
    found.update(_tally_formulas(layout))
    return found


def _line_formulas(layout: Layout, number: int, line: CheckLine) -> Formulas:
    row = FIRST_LINE + number
    own = [absolute_name(row, column) for column in range(LIGHT)]
    cells = dict(zip(("found", "place", "cell"), own[FOUND_AT:TEXT], strict=True))
    for name, formula in (("used", line.used), *line.instead, *line.days):
        if formula:
            cells[name] = absolute_name(used_parts(layout)[formula], USED_AT)
    word = Speaker(layout.form.language).word
    unused, passes, fails = (
        quoted_text(word(state)) for state in (State.UNUSED, line.passes, line.fails)
    )
    title = own[TITLE] if line.title else '""'
    text = fill_text(line.said, cells)
    if line.rule:
        # A formula fails over a text where it reckons with a number.
        mark = placeholder("title")
        unread = Speaker(layout.form.language).say("self_check.unreadable", title=mark)
        unread = text_formula(unread, {"title": title})
        text = f"IF({own[FOUND_AT]}<{SOMEWHERE},IFERROR({text},{unread}),{unread})"
    listed = "{" + ",".join(quoted_text(word(state)) for state in LISTED) + "}"
    ranks = _column(RANK, len(check_lines(layout)))
    rank = f"MATCH({own[STATE]},{listed},0)*{RANKS}+{number + 1}"
    order = f"MATCH(SMALL({ranks},{number + 1}),{ranks},0)"
    found = {
        (row, STATE): f"IF({own[FOUND_AT]}<0,{unused},IF({own[FOUND_AT]}=0,{passes},{fails}))",
        (row, FOUND_AT): fill_text(line.found, cells),
        (row, PLACE_AT): fill_text(line.place, cells),
        (row, CELL): address(own[PLACE_AT]),
        (row, TEXT): f"IF({own[FOUND_AT]}>0,{text},{title})",
        (row, RANK): f'IFERROR({rank},"")',
    }
    if number < shown_count(layout):
        found[row, ORDER] = f'IF({number + 1}>COUNT({ranks}),"",{order})'
    return found


def shown_count(layout: Layout) -> int:
    """How many lines the sheet that people see has room for."""
    return min(len(check_lines(layout)), MOST_SHOWN)


def _column(column: int, lines: int) -> str:
    """All lines of a column of the hidden sheet."""
    first, last = (absolute_name(row, column) for row in (FIRST_LINE, FIRST_LINE + lines - 1))
    return f"{first}:{last}"


def _light(lines: Sequence[CheckLine], lit: Sequence[tuple[int, int]]) -> str:
    """Whether any of the lines about a cell fails there: of the worst state that does."""
    numbers: dict[State, list[int]] = {state: [] for state in LIGHTS}
    rows = dict(lit)
    for number in rows:
        numbers[lines[number].fails].append(number)
    shown = "0"
    for state, of_state in numbers.items():
        if of_state:
            shown = f"IF({_failing(of_state, rows)}>0,{LIGHTS[state]},{shown})"
    return shown


def _failing(numbers: Sequence[int], rows: Mapping[int, int]) -> str:
    """How many of some lines fail, each in its row; those of one row below each other at once."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] + 1 == number and rows[number] == rows[number - 1]:
            runs[-1].append(number)
        else:
            runs.append([number])
    terms = []
    for run in runs:
        first, last = (absolute_name(FIRST_LINE + n, FOUND_AT) for n in (run[0], run[-1]))
        found, row = f"{first}:{last}" if run[1:] else first, rows[run[0]]
        terms.append(f"INT({found}*{2 ** (row + 1)})-2*INT({found}*{2**row})")
    return "+".join(f"SUMPRODUCT({term})" for term in terms)


def _verdict_formulas(layout: Layout, row: int, number: int) -> Formulas:
    """What is to be done on one sheet of the form (-1: on all), counted and said."""
    count = len(check_lines(layout))
    states, word = _column(STATE, count), Speaker(layout.form.language).word
    of_it = "1" if number < 0 else f"({_column(SHEET, count)}={absolute_name(row, COUNTED[0])})"
    found: Formulas = {}
    for column, state in zip(COUNTED[1:], _COUNTS, strict=True):
        each = _column(FOUND_AT, count) if state is State.OPEN else "1"
        of_state = f"({states}={quoted_text(word(state))})"
        found[row, column] = f"SUMPRODUCT({of_it}*{of_state}*{each})"
    if is_closed(layout, number):
        found[row, TOTAL] = quoted_text(verdicts(layout.form.language)[1].not_asked)
        return found
    counts = [absolute_name(row, column) for column in COUNTED[1:]]
    shown = _verdict(verdicts(layout.form.language)[number >= 0], counts)
    head = _head(layout, number)
    if head is not None:
        unused = quoted_text(verdicts(layout.form.language)[1].unused)
        shown = f"IF({absolute_name(FIRST_LINE + head, FOUND_AT)}<0,{unused},{shown})"
    found[row, TOTAL] = shown
    return found


@lru_cache(maxsize=256)
def is_closed(layout: Layout, number: int) -> bool:
    """Whether nothing is asked of the unit on a sheet of the form on which others are asked."""
    placed = layout.sheets[number].cells if number >= 0 else ()
    fields = [one.cell.field for one in placed if one.cell.field]
    return any(field.closed for field in fields) and not any(field.is_open for field in fields)


def _tally_formulas(layout: Layout) -> Formulas:
    """How many lines are passed and how many are listed, and what is said of that."""
    count, language = len(check_lines(layout)), layout.form.language
    say, mark = Speaker(language).say, placeholder("count")
    passed, listed, said = ((FIRST_LINE, column) for column in TALLY)
    of_passed, of_listed = absolute_name(*passed), absolute_name(*listed)
    is_passed = f"({_column(STATE, count)}={quoted_text(Speaker(language).word(State.PASSED))})"
    between = quoted_text(say("self_check.between"))
    paper = quoted_text(say("self_check.printed", shown=PRINTED))
    beyond = text_formula(
        say("self_check.beyond", shown=MOST_SHOWN, count=mark),
        {"count": f"({of_listed}-{MOST_SHOWN})"},
    )
    some, every = (
        text_formula(say(f"self_check.{code}", count=mark), {"count": of_passed})
        for code in ("others_passed", "all_passed")
    )
    more = f'IF({of_listed}>{MOST_SHOWN},{between}&{beyond},"")'
    first = f'IF({of_listed}>{PRINTED},{paper}&{more}&IF({of_passed}>0,{between},""),"")'
    last = f'IF({of_passed}=0,"",IF({of_listed}=0,{every},{some}))'
    return {
        passed: f"SUMPRODUCT({is_passed}*1)",
        listed: f"COUNT({_column(RANK, count)})",
        said: f"{first}&{last}",
    }


def _head(layout: Layout, number: int) -> int | None:
    """The line that says whether a sheet of the form is used."""
    for index, line in enumerate(check_lines(layout)):
        if line.leads and line.sheet == number:
            return index
    return None


def _verdict(texts: Verdict, counts: Sequence[str]) -> str:
    """The formula of `Verdict.text`."""
    between = quoted_text(texts.between)
    parts: list[str] = []
    for index, (item, count) in enumerate(zip(texts.items, counts, strict=True)):
        before = "+".join(counts[:index])
        said = text_formula(item, {"count": count})
        if before:
            said = f'IF({before}>0,{between},"")&{said}'
        parts.append(f'IF({count}>0,{said},"")')
    items = {"items": "&".join(parts)}
    still, only = text_formula(texts.still, items), text_formula(texts.only_doubted, items)
    opened, wrong, doubted = counts
    done = quoted_text(texts.done)
    return f"IF({opened}+{wrong}>0,{still},IF({doubted}>0,{only},{done}))"


# -- the sheets that people see


def _there(row: int, column: int) -> str:
    """A cell of the hidden sheet, seen from another."""
    return f"{quoted(CHECK_LINES_SHEET)}!{absolute_name(row, column)}"


def banner_formula(number: int) -> str:
    """Says on a sheet of the form what is to be done there."""
    return _there(FIRST_LINE + 1 + number, TOTAL)


def shown_formulas(layout: Layout) -> Formulas:
    """The formulas of the sheet that people see."""
    count = len(check_lines(layout))
    found = {
        (VERDICT_ROW, 0): _there(FIRST_LINE, TOTAL),
        (TALLY_ROW, 0): _there(FIRST_LINE, TALLY[-1]),
    }
    for number in range(shown_count(layout)):
        row, line = FIRST_SHOWN + number, _there(FIRST_LINE + number, ORDER)

        def of_line(column: int, line: str = line) -> str:
            cells = f"{quoted(CHECK_LINES_SHEET)}!{_column(column, count)}"
            return f"INDEX({cells},{line})"

        sheet = absolute_name(row, SHEET_COLUMN)
        cell = of_line(CELL)
        name = f'SUBSTITUTE({sheet},"\'","\'\'")'
        link = f'HYPERLINK("#\'"&{name}&"\'!"&{cell},{cell})'
        shown = {
            NUMBER_COLUMN: str(number + 1),
            SHEET_COLUMN: of_line(SHEET),
            STATE_COLUMN: of_line(STATE),
            TEXT_COLUMN: of_line(TEXT),
            LINK_COLUMN: link,
        }
        for column, formula in shown.items():
            found[row, column] = f'IF({line}="","",{formula})'
    return found


def formula_count(layout: Layout) -> int:
    """How many formulas the sheets of the self-check have."""
    return len(line_formulas(layout)) + len(shown_formulas(layout))


def lights(layout: Layout, number: int) -> Iterator[tuple[Box, str]]:
    """Cells below each other on a sheet of the form, and the formula of their lights' number.

    The formula is seen from the first of them.
    """
    start = 0
    places = [layout.places[path] for path in lit_cells(layout)]
    for index, place in enumerate(places):
        below = places[index + 1] if index + 1 < len(places) else None
        if below and below == replace(place, row=place.row + 1):
            continue
        first = places[start]
        if place.sheet == number:
            own = f"{column_name(first.column)}{{}}{first.row + 1}"
            row = f"ROW({own.format('')})-ROW({own.format('$')})+{start + 1}"
            box = Box(first.row, first.column, *_last(place))
            yield box, f"INDEX({LIGHTS_NAME},{row})"
        start = index + 1


def _last(place: Place) -> Position:
    return place.row + place.down - 1, place.column + place.across - 1
