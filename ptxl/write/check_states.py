"""Answers → the state of each line of the self-check: the same that its formulas give, in Python.

So every formula is written with its correct cached value, whatever the form already holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ptxl.layout.helper_sheets import banner, banner_place, helper_sheets
from ptxl.model.layout import Layout
from ptxl.model.path import Path
from ptxl.rules import Facts, split_names
from ptxl.rules.conditions import Condition, filled_in, in_force, unmet
from ptxl.rules.ruleset import ReadyRule, facts_of
from ptxl.values.target_value import plain_values
from ptxl.words import Speaker
from ptxl.write.self_check import (
    FIRST_LINE,
    NOT_DONE,
    STATE_COLUMN,
    CheckLine,
    State,
    blank_state,
    broken_state,
    cell_at,
    check_lines,
)


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
    unread = tuple(map(Path, entries - values.keys()))
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
        return blank_state(answers.layout, asked)
    rows = answers.facts.rows.get(rule.each, ()) if rule.each else ("",)
    for row in rows:
        if any(ready.looks_at(path, row, blankness=False) for path in answers.unread):
            return broken_state(rule)
        if _is_asked(answers, ready, row) and not ready.test(answers.facts, ready.prefix, row):
            return broken_state(rule)
    return State.PASSED


def _is_asked(answers: _Answers, ready: ReadyRule, row: str) -> bool:
    """Whether a rule is asked of a row: what it points at is filled in there, and plain."""
    if not ready.rule.each:
        return True
    if cell_at(answers.layout, Path(row + ready.rule.at)) not in answers.filled:
        return False
    return answers.unclear.isdisjoint(row + name.name for name in split_names(ready.tree))


def banner_text(layout: Layout, number: int, states: Sequence[State]) -> str:
    """The banner's cached value for these states."""
    lines = zip(check_lines(layout), states, strict=True)
    count = sum(line.sheet == number and state in NOT_DONE for line, state in lines)
    return banner(layout.form.language).text(count)


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
