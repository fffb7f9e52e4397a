"""Answers → what each line of the self-check finds: the same that its formulas give, in Python.

So every formula is written with its correct cached value, whatever the form already holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from ptxl.cells import cell_name
from ptxl.layout.helper_sheets import (
    CHECK_LINES_SHEET,
    VALUES_SHEET,
    banner_place,
    helper_sheets,
    verdicts,
)
from ptxl.model.layout import Layout
from ptxl.model.path import Path
from ptxl.ooxml.sheet import Position
from ptxl.rules import Facts, split_names
from ptxl.rules.computed import compute_cells
from ptxl.rules.conditions import Condition, filled_in, in_force, unmet
from ptxl.rules.functions import trim
from ptxl.rules.ruleset import ReadyRule, facts_of, test_of
from ptxl.text import Raw, plain
from ptxl.values.target_value import plain_values
from ptxl.words import Speaker
from ptxl.write.check_line import (
    MOST_ROWS,
    ROWS,
    SOMEWHERE,
    CheckLine,
    State,
    first_cell,
    place_number,
)
from ptxl.write.days import day_number
from ptxl.write.free_rows import free_place, said_of
from ptxl.write.pasted_lines import code_of, is_wrong
from ptxl.write.rule_lines import DECIMALS, cells_at
from ptxl.write.self_check import (
    CELL,
    COUNTED,
    FIRST_LINE,
    FIRST_SHOWN,
    FOUND_AT,
    LIGHT,
    LIGHTS,
    LINK_COLUMN,
    LISTED,
    MOST_SHOWN,
    NUMBER_COLUMN,
    ORDER,
    PLACE_AT,
    PRINTED,
    RANK,
    RANKS,
    SHEET_COLUMN,
    STATE,
    STATE_COLUMN,
    TALLY,
    TALLY_ROW,
    TEXT,
    TEXT_COLUMN,
    TOTAL,
    USED_AT,
    VERDICT_ROW,
    check_lines,
    is_closed,
    lit_cells,
    shown_count,
    used_parts,
)
from ptxl.write.value_parts import part_results, part_values, values_apart

Cached = str | float


@dataclass(frozen=True, slots=True)
class Result:
    """What a line comes to; `found`, `place` and `text` as its formulas give them."""

    state: State
    found: float
    place: int
    text: str
    #: whether anything is filled in where a rule is asked, or in what may be there instead, and
    #: the days that it looks at
    parts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class _Answers:
    """What the results of lines depend on."""

    layout: Layout
    facts: Facts
    entries: Mapping[str, Raw]
    #: fields with an entry, and the rows and repeats that hold one
    filled: frozenset[str]
    #: the same, and computed cells that show something
    shown: frozenset[str]
    #: fields whose entry is no value of their kind
    unread: tuple[Path, ...]
    #: target values that are more than a spreadsheet can tell
    unclear: frozenset[str]
    unmet: frozenset[Condition]


def line_results(
    layout: Layout, values: Mapping[str, object], entries: Mapping[str, Raw],
    lines: Sequence[CheckLine] = (), grown: Collection[str] = (),
) -> list[Result]:  # fmt: skip
    """What each line comes to for these values, or each of some `lines`.

    `entries` are what the cells hold, by path; rows were inserted into the tables that are `grown`.
    """
    values = {**values, **compute_cells(layout, values, entries).shown}
    answers, every = _answers(layout, values, entries), check_lines(layout)
    leading = {line.sheet: _result(answers, line, used=True) for line in every if line.leads}
    unused = {sheet for sheet, result in leading.items() if result.state is State.UNUSED}
    results: list[Result] = []
    for line in lines or every:
        used = line.leads or line.sheet not in unused
        used = used and not any(table in grown for table in line.as_issued)
        result = _result(answers, line, used=used)
        results.append(replace(result, parts=tuple(_parts(answers, line))))
    return results


def _parts(answers: _Answers, line: CheckLine) -> Iterator[tuple[str, int]]:
    """The formulas that many lines share, and what they give."""
    if line.used:
        yield line.used, int(_is_used(answers, line))
    for path, formula in line.instead:
        yield formula, int(path in answers.filled)
    for path, formula in line.days:
        yield formula, _day_of(answers, path)


def _is_used(answers: _Answers, line: CheckLine) -> bool:
    """Whether anything is filled in where the rule of a line is asked; some are asked always."""
    return not line.asked or not answers.shown.isdisjoint(line.asked)


def _answers(layout: Layout, values: Mapping[str, object], entries: Mapping[str, Raw]) -> _Answers:
    filled = filled_in(entries)
    split = plain_values(layout, values)
    unread = tuple(map(Path, entries.keys() - values.keys()))
    # To a spreadsheet a text that is no number is not blank, and what is reckoned with it fails.
    facts = facts_of(layout, {**dict.fromkeys(unread, ""), **values}, filled, split)
    unclear = {path for path, value in split.items() if value.comparison == "text"}
    unclear.update(path for path, one in part_values(layout, entries).items() if not one.comparison)
    wanted = frozenset(unmet(layout, filled))
    computed = (path for path, field in layout.fields.items() if field.compute)
    shown = filled.union(path for path in computed if path in values)
    return _Answers(layout, facts, entries, filled, shown, unread, frozenset(unclear), wanted)


def _result(answers: _Answers, line: CheckLine, *, used: bool) -> Result:
    place = place_number(answers.layout.places[line.cells[0]])
    if line.conditions or line.leads:
        return _missing(answers, line, place, used=used)
    found, rows = _found(answers, line) if used else (-1, [])
    if found <= 0:
        return Result(State.UNUSED if found < 0 else line.passes, found, place, line.title)
    free = True
    if line.rows:
        place, free = free_place(answers.layout, line.rows, answers.filled)
    if found == SOMEWHERE:
        return Result(line.fails, found, place, _unreadable(answers, line))
    first = min(rows[0], MOST_ROWS)
    said = _message(answers, line, rows[0]) if line.rule else _pasted(answers, line, rows[0])
    if said is None:
        return Result(line.fails, found, place + first * ROWS, _unreadable(answers, line))
    place += first * ROWS
    if line.rows:
        said += said_of(answers.layout, line.rows, place // ROWS)[0 if free else 1]
    if len(line.cells) > 1:
        say, count = Speaker(answers.layout.form.language).say, len(rows)
        more = say("self_check.more", count=count) if count > 1 else ""
        said = say("self_check.in_row", row=place // ROWS, more=more, text=said)
    return Result(line.fails, found, place, said)


def _missing(answers: _Answers, line: CheckLine, place: int, *, used: bool) -> Result:
    """What conditions come to: how much is missing, and the first of it."""
    layout = answers.layout
    if not used or not in_force(layout, line.scope, answers.filled):
        return Result(State.UNUSED, -1, place, line.title)
    wanted = [one for one in line.conditions if one in answers.unmet]
    if not wanted:
        return Result(line.passes, 0, place, line.title)
    if wanted[0].kind == "field":
        blank, count = [one.parts[0] for one in wanted], len(wanted)
        code, facts = "self_check.required_missing", {}
    else:
        (one,) = wanted
        blank = [part for part in one.parts if part not in answers.filled][:1]
        count = one.least - one.found(answers.filled)
        code, facts = "self_check.rows_missing", {"label": one.label, "least": one.least}
    place = min(place_number(layout.places[first_cell(layout, part)]) for part in blank)
    cell = cell_name(place // ROWS - 1, place % ROWS - 1)
    text = Speaker(layout.form.language).say(code, count=count, cell=cell, **facts)
    return Result(line.fails, count, place, text)


def _day_of(answers: _Answers, path: Path) -> int:
    """The number of the day that a cell holds."""
    return day_number(answers.entries.get(path, ""), answers.layout.form.language)


def _found(answers: _Answers, line: CheckLine) -> tuple[float, list[int]]:
    """What a line finds of a rule or of pasted entries, and the rows that fail."""
    rows: list[int] | None
    if line.rule:
        untold = [path for path, _ in line.days if not _day_of(answers, path)]
        if untold or not _is_used(answers, line):
            return -1, []
        rows = _broken_rows(answers, line, line.rule)
    else:
        rows = _wrong_rows(answers, line)
    if rows is None:
        return SOMEWHERE, []
    return sum(0.5 ** (row + 1) for row in rows), rows


def _broken_rows(answers: _Answers, line: CheckLine, ready: ReadyRule) -> list[int] | None:
    """Which rows break a rule; None where a formula cannot tell since an answer is no value."""
    found: list[int] = []
    split = tuple(name.name for name in split_names(ready.tree)) if answers.unclear else ()
    rows = answers.facts.rows.get(ready.rule.each, ()) if ready.rule.each else ("",)
    for row in rows:
        if ready.rule.each and Path(row.removesuffix(".")) not in line.asked:
            continue
        if any(ready.looks_at(path, row, blankness=False) for path in answers.unread):
            return None
        if _is_asked(answers, ready, row, split) and not ready.test(
            answers.facts, ready.prefix, row
        ):
            found.append(line.asked.index(Path(row.removesuffix("."))) if row else 0)
    return found


def _is_asked(answers: _Answers, ready: ReadyRule, row: str, split: Sequence[str]) -> bool:
    """Whether a rule is asked of a row: what it points at is filled in there, and its `split`
    values are plain."""
    if not ready.rule.each or ready.rule.wants:
        return True
    if answers.shown.isdisjoint(cells_at(answers.layout, Path(row + ready.rule.at))):
        return False
    return answers.unclear.isdisjoint(row + name for name in split)


def _wrong_rows(answers: _Answers, line: CheckLine) -> list[int]:
    """Which entries only pasting can have brought in."""
    assert line.pasted
    found: list[int] = []
    for row, cell in enumerate(line.cells):
        parent = line.pasted.parents[row] if line.pasted.parents else ""
        if is_wrong(line.pasted, answers.entries.get(cell, ""), answers.entries.get(parent, "")):
            found.append(row)
    return found


def _pasted(answers: _Answers, line: CheckLine, row: int) -> str:
    assert line.pasted
    raw = trim(plain(answers.entries[line.cells[row]]))
    return Speaker(answers.layout.form.language).say(code_of(line.pasted), raw=raw)


def _unreadable(answers: _Answers, line: CheckLine) -> str:
    """What is said of a rule that reckons with what is no number."""
    return Speaker(answers.layout.form.language).say("self_check.unreadable", title=line.title)


def _message(answers: _Answers, line: CheckLine, row: int) -> str | None:
    """What a rule says of the first row that breaks it; None where a value in it is unreadable."""
    assert line.rule
    prefix = f"{line.asked[row]}." if line.rule.rule.each else ""
    quotes = any(tree for _, tree in line.message)
    if quotes and any(line.rule.named.holds(path, prefix) for path in answers.unread):
        return None
    parts: list[str] = []
    for text, tree in line.message:
        value = test_of(tree)(answers.facts, line.rule.prefix, prefix) if tree else ""
        number = round(value, DECIMALS) if isinstance(value, Decimal) else None
        parts += [text, str(value) if number is None else plain(number)]
    return "".join(parts)


# -- what the formulas give


def cached_values(
    layout: Layout, names: Sequence[str], results: Sequence[Result], entries: Mapping[str, Raw]
) -> dict[str, dict[Position, Cached]]:
    """The cached value of every formula of the self-check, by sheet and cell; `names` are those
    that the form's sheets have now, and `entries` what the cells hold."""
    verdict, *banners = _verdicts(layout, results)
    cells: dict[str, dict[Position, Cached]] = {
        name: {banner_place(layout, number): banners[number][1]}
        for number, name in enumerate(names)
    }
    cells[CHECK_LINES_SHEET] = _line_values(layout, results, [verdict, *banners])
    if values_apart(layout):
        cells[VALUES_SHEET] = dict(part_results(layout, entries))
    cells[helper_sheets(layout.form.language).check] = _shown_values(layout, results, verdict[1])
    return cells


def _verdicts(layout: Layout, results: Sequence[Result]) -> list[tuple[list[int], str]]:
    """The counts of the whole form and of each of its sheets, and what is said of them."""
    lines = check_lines(layout)
    of_form, of_sheet = verdicts(layout.form.language)
    counts = _counts(results)
    found = [(counts, of_form.text(counts))]
    for number in range(len(layout.sheets)):
        pairs = zip(lines, results, strict=True)
        own = [(line, one) for line, one in pairs if line.sheet == number]
        counts = _counts([one for _, one in own])
        unused = any(line.leads and one.found < 0 for line, one in own)
        said = of_sheet.unused if unused else of_sheet.text(counts)
        found.append((counts, of_sheet.not_asked if is_closed(layout, number) else said))
    return found


def _counts(results: Iterable[Result]) -> list[int]:
    """How much is open, how many lines are wrong, and how many doubted."""
    states = Counter[State]()
    opened = 0
    for one in results:
        states[one.state] += 1
        if one.state is State.OPEN:
            opened += int(one.found)
    return [opened, states[State.WRONG], states[State.DOUBTED]]


def _line_values(
    layout: Layout, results: Sequence[Result], counted: Sequence[tuple[list[int], str]]
) -> dict[Position, Cached]:
    word = Speaker(layout.form.language).word
    found: dict[Position, Cached] = {}
    order = _order(results)
    for number, result in enumerate(results):
        row, ranked = FIRST_LINE + number, result.state in LISTED
        rank = (LISTED.index(result.state) + 1) * RANKS + number + 1 if ranked else ""
        found[row, STATE] = word(result.state)
        found[row, FOUND_AT] = result.found
        found[row, PLACE_AT] = result.place
        found[row, CELL] = _cell(result)
        found[row, TEXT] = result.text
        found[row, RANK] = rank
        if number < shown_count(layout):
            found[row, ORDER] = order[number] + 1 if number < len(order) else ""
    for row, lit in enumerate(lit_cells(layout).values()):
        failing = [results[number].state for number, at in lit if _fails(results[number], at)]
        found[FIRST_LINE + row, LIGHT] = max((LIGHTS[state] for state in failing), default=0)
    used = {formula: found for result in results for formula, found in result.parts}
    for part, row in used_parts(layout).items():
        found[row, USED_AT] = used[part]
    for row, (counts, text) in enumerate(counted, FIRST_LINE):
        found.update({(row, column): n for column, n in zip(COUNTED[1:], counts, strict=True)})
        found[row, TOTAL] = text
    for column, told in zip(TALLY, _tally(layout, results), strict=True):
        found[FIRST_LINE, column] = told
    return found


def _tally(layout: Layout, results: Sequence[Result]) -> tuple[Cached, Cached, Cached]:
    """How many lines are passed, how many are listed, and what is said of that."""
    say, listed = Speaker(layout.form.language).say, len(_order(results))
    passed = sum(result.state is State.PASSED for result in results)
    parts: list[str] = []
    if listed > PRINTED:
        parts.append(say("self_check.printed", shown=PRINTED))
    if listed > MOST_SHOWN:
        parts.append(say("self_check.beyond", shown=MOST_SHOWN, count=listed - MOST_SHOWN))
    if passed:
        code = "others_passed" if listed else "all_passed"
        parts.append(say(f"self_check.{code}", count=passed))
    return passed, listed, say("self_check.between").join(parts)


def _cell(result: Result) -> str:
    return cell_name(result.place // ROWS - 1, result.place % ROWS - 1)


def _order(results: Sequence[Result]) -> list[int]:
    """The lines that are listed, as they are."""
    listed = [number for number, result in enumerate(results) if result.state in LISTED]
    return sorted(listed, key=lambda number: LISTED.index(results[number].state))


def _fails(result: Result, row: int) -> bool:
    """Whether what a rule or entries came to names a row."""
    return int(result.found * 2 ** (row + 1)) % 2 == 1


def _shown_values(
    layout: Layout, results: Sequence[Result], verdict: str
) -> dict[Position, Cached]:
    lines, word = check_lines(layout), Speaker(layout.form.language).word
    *_, tally = _tally(layout, results)
    found: dict[Position, Cached] = {(VERDICT_ROW, 0): verdict, (TALLY_ROW, 0): tally}
    order = _order(results)
    for number in range(shown_count(layout)):
        row = FIRST_SHOWN + number
        shown: dict[int, Cached] = dict.fromkeys(range(LINK_COLUMN + 1), "")
        if number < len(order):
            line, result = lines[order[number]], results[order[number]]
            name = layout.sheets[line.sheet].sheet.name
            shown = {
                NUMBER_COLUMN: number + 1,
                SHEET_COLUMN: name,
                STATE_COLUMN: word(result.state),
                TEXT_COLUMN: result.text,
                LINK_COLUMN: _cell(result),
            }
        found.update({(row, column): value for column, value in shown.items()})
    return found
