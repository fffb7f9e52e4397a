"""Fillings of a form for its live rules: what people may type, and what one rule is about.

A rule of many conditions hardly ever fails by chance. So each filling aims at one verdict of one
line of the self-check: it is drawn, from the words and numbers that the rule itself names, until
Python gives that verdict; for rules on rows at the first or the last row of the table.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import cycle, islice

from ptxl.check.submission import type_values
from ptxl.model.form import Field, Table
from ptxl.model.layout import Layout
from ptxl.model.path import Path
from ptxl.model.submission import Submission
from ptxl.ooxml.sheet import NewValue
from ptxl.rules import Const, Name, Operation, Words, walk
from ptxl.rules.ruleset import ReadyRule
from ptxl.text import Raw
from ptxl.values.target_value.apart import SPELLINGS
from ptxl.write.check_line import CheckLine, State
from ptxl.write.check_states import Result, line_results
from ptxl.write.self_check import check_lines
from tests.conftest import submit
from tests.packages import patch_cells

Answers = Mapping[str, NewValue]
#: what a rule compares a field with, one pool for each comparison
Pools = Mapping[str, Sequence[Sequence[str | Decimal]]]

WORDS = ("网络安全", "专线", "软件", "经费", "信息", "无", "宣传费", "a", "A", " 经费 ")
AMOUNTS = ("0", "1", "2.5", "4.83", "5", "7.33", "10", "12.1")
#: what no program takes for a number
UNREADABLE = "约五"
SPELT = SPELLINGS["zh"]
#: values in one cell: those that formulas take apart, and others
VALUES = (
    "≥95%",
    "12次",
    "有效提升",
    "不低于 1,200.5 万元",
    "≤3万人次",
    "2026年6月底前",
    "约95",
    "5",
)
#: days as people and programs write them, days that there are not, and what formulas leave alone
DAYS: Sequence[str | Decimal] = (
    *map(Decimal, ("46082", "46386", "45657", "46388", "46082.5", "367")),
    *("2026-3-1", "2026.3.1", "2026/03/1", "2026年3月1日", "2026年12月31", " 2026-03-01 "),
    *("2025年12月31日", "2027-1-1", "2026-2-30", "2026年3月", "2026月3年1", "２０２６年３月１日"),
    *("0100-3-1", "1-3-2026", UNREADABLE),
)  # fmt: skip
#: how often a value is put together of a sign, a number and a unit
COMPOSED = 0.8
SIGNS = (*SPELT.signs, "", "", "约", "达到")
UNITS = ("", "%", "％", "人", "元", "万元", "万亩", "次/年", "比例")
#: how often something is pasted that nobody could have typed
PASTED = 0.03
_MOST_DRAWS = 4_000


@dataclass(frozen=True, slots=True)
class Aim:
    """A verdict of one line of the self-check, and the row that is alone to blame (-1: any)."""

    line: int
    row: int
    passes: bool


@dataclass(frozen=True, slots=True)
class Filling:
    """Answers by path, and what they were drawn for, as far as they reach it."""

    answers: Answers
    reached: Sequence[Aim]


def failed(state: State) -> bool:
    """Whether a line's state says that its rule does not hold."""
    return state not in (State.PASSED, State.OPEN, State.UNUSED)


def aims(layout: Layout) -> list[Aim]:
    """Both verdicts of each live rule, for rules on rows at the first and the last."""
    found = []
    for number, line in enumerate(check_lines(layout)):
        if line.rule is not None:
            rows = _ends(_table(layout, line.rule), line.asked)
            found += [Aim(number, row, passes) for row in rows for passes in (True, False)]
    return found


def _ends(table: Table | None, asked: Sequence[Path]) -> list[int]:
    """Rows by index, of those that a line asks.

    Of rows that print something each is a case of its own, and any will do.
    """
    if table is None or any(row.given for row in table.rows):
        return [-1]
    rows = [index for index, row in enumerate(table.rows) if row.path in asked]
    return sorted({rows[0], rows[-1]})


def aims_together(layout: Layout) -> list[list[Aim]]:
    """The aims, those together that are the same but for the project that they look at."""
    found: dict[tuple[object, ...], list[Aim]] = {}
    for aim in aims(layout):
        key = (_rule(layout, aim.line).rule.id, aim.row, aim.passes)
        found.setdefault(key, []).append(aim)
    return list(found.values())


def fillings(layout: Layout, count: int, chance: random.Random) -> Iterator[Filling]:
    """At least so many fillings, from nearly blank to complete, the aims one after the other."""
    wanted = aims_together(layout)
    chance.shuffle(wanted)
    for together in islice(cycle(wanted), max(count, len(wanted))):
        yield (found := _aimed_together(layout, together, chance))
        for aim in [one for one in together if one not in found.reached]:
            yield _aimed_together(layout, [aim], chance)


def _aimed_together(layout: Layout, together: Sequence[Aim], chance: random.Random) -> Filling:
    """Each project's answers as drawn for its own aim, all else as drawn for the first."""
    answers = _draw(layout, together[0], chance)
    for aim in together:
        prefix = _rule(layout, aim.line).prefix
        others = {path: one for path, one in answers.items() if not path.startswith(prefix)}
        answers = others | _aimed(layout, aim, prefix, chance)
    return _filling(layout, together, answers)


def _filling(layout: Layout, wanted: Sequence[Aim], answers: Answers) -> Filling:
    return Filling(answers, [aim for aim in wanted if _reaches(layout, aim, answers)])


def held(submission: Submission) -> Mapping[str, Raw]:
    """What the cells of a submission hold."""
    return {path: entry.raw for path, entry in submission.entries.items()}


def python_results(submission: Submission, lines: Sequence[CheckLine] = ()) -> list[Result]:
    """What each line of the self-check comes to, or each of some."""
    values = type_values(submission).values
    return line_results(submission.layout, values, held(submission), lines)


def python_states(submission: Submission) -> list[State]:
    """The state of each line of the self-check."""
    return [result.state for result in python_results(submission)]


def filled(layout: Layout, blank: bytes, answers: Answers) -> bytes:
    """The blank form with the answers in it, right or wrong."""
    cells: dict[str, dict[tuple[int, int], NewValue]] = {}
    for path, value in answers.items():
        place = layout.places[path]
        name = layout.sheets[place.sheet].sheet.name
        cells.setdefault(name, {})[place.row, place.column] = value
    return patch_cells(blank, cells)


def _aimed(layout: Layout, aim: Aim, prefix: str, chance: random.Random) -> dict[str, NewValue]:
    """The first draw of answers below a prefix that gives the verdict, or the last one."""
    for _ in range(_MOST_DRAWS):
        answers = _draw(layout, aim, chance, prefix)
        if _reaches(layout, aim, answers):
            break
    return answers


def _reaches(layout: Layout, aim: Aim, answers: Answers) -> bool:
    state = _state(layout, aim.line, answers)
    if state != State.PASSED if aim.passes else not failed(state):
        return False
    table = _table(layout, _rule(layout, aim.line))
    if table is None or aim.row < 0:
        return True
    row = f"{table.rows[aim.row].path}."
    others = {path: answer for path, answer in answers.items() if not path.startswith(row)}
    if aim.passes:
        return len(others) < len(answers)
    return not failed(_state(layout, aim.line, others))


def _state(layout: Layout, line: int, answers: Answers) -> State:
    (result,) = python_results(submit(layout, answers), [check_lines(layout)[line]])
    return result.state


def _draw(layout: Layout, aim: Aim, chance: random.Random, prefix: str = "") -> dict[str, NewValue]:
    """Random answers: few rows or many, at the aim's rule or anywhere, rows alike or not; none but
    those of paths that begin so."""
    pools = _pools(layout, aim.line)
    density = chance.choice([0.05, 0.3, 0.7, 0.95, 1.0])
    share = chance.choice([0, 0, 0.15, 0.5, 1])
    about = chance.choice([0.1, 0.6, 0.95])
    alike = chance.choice([0, 0, 0.5, 1])
    left_out = tuple(
        f"{row.path}."
        for table in layout.form.tables
        for index, row in enumerate(table.rows)
        if index != aim.row and chance.random() >= share
    )
    answers: dict[str, NewValue] = {}
    columns: dict[str, NewValue] = {}
    for path, field in layout.fields.items():
        if not path.startswith(prefix):
            continue
        asked = chance.random() < max(density, 0.9 if path in pools else 0)
        if not field.is_open or not asked or path.startswith(left_out):
            continue
        if path in pools and chance.random() < about:
            answer = _about(field, pools[path], layout, chance)
            if field.kind == "target" and chance.random() < COMPOSED:
                answer = _composed(path, pools, chance)
        else:
            answer = guess(field, layout, chance)
        if chance.random() < alike:
            answer = columns.setdefault(f"{path.rpartition('[')[0]} {field.label}", answer)
        if answer != "":
            answers[path] = answer
    return answers


def guess(field: Field, layout: Layout, chance: random.Random) -> NewValue:
    """Something that a person may type into a field, right or wrong."""
    if field.part == "amount":
        return chance.choice(("95", "2", "12.5", "100", "有效提升", "6月底前"))
    match field.kind:
        case "money" | "number":
            if chance.random() < PASTED:
                return Decimal("-2.5")
            return UNREADABLE if chance.random() < 0.1 else Decimal(chance.choice(AMOUNTS))
        case "integer":
            return UNREADABLE if chance.random() < 0.1 else Decimal(chance.randint(0, 20))
        case "percent":
            if chance.random() < PASTED:
                return "-5%"
            return chance.choice(["0%", "25%", "50", "100.00", "40%", "60%", "12.5", UNREADABLE])
        case "choice":
            if chance.random() < PASTED:
                return chance.choice(WORDS)
            return chance.choice(layout.form.choices(field))
        case "tick":
            if chance.random() < PASTED:
                return chance.choice((*WORDS, "✓", "1"))
            return chance.choice(("√", ""))
        case "target":
            return chance.choice(VALUES)
        case "date":
            return chance.choice(DAYS)
    return chance.choice(WORDS)


def _about(
    field: Field, pools: Sequence[Sequence[str | Decimal]], layout: Layout, chance: random.Random
) -> NewValue:
    """What a rule names beside a field, or what just differs from that."""
    named = chance.choice(chance.choice(pools))
    if isinstance(named, Decimal):
        near = _near(named, chance)
        match field.kind:
            case "money" | "number":
                return near
            case "integer":
                return Decimal(int(near))
            case "percent":
                return f"{abs(near)}%"
            case "text" if field.part == "amount":
                return str(near)
    elif not named:
        return ""
    elif field.kind == "choice":
        fitting = [name for name in layout.form.choices(field) if named in name]
        if fitting or field.free:
            return chance.choice(fitting or [named])
    elif field.kind in ("text", "long_text", "target"):
        around = chance.choice(WORDS[:7])
        return chance.choice([named, f"{around}{named}", f"{named}{around}", f"{around}{named}a"])
    return guess(field, layout, chance)


def _composed(path: str, pools: Pools, chance: random.Random) -> str:
    """A sign, a number and a unit, each as a rule names it or as it may be."""

    def drawn(part: str, others: Sequence[str]) -> str:
        named = pools.get(f"{path}.{part}", ())
        if not named or chance.random() < 0.15:
            return chance.choice(others)
        found = chance.choice(chance.choice(named))
        return str(_near(found, chance)) if isinstance(found, Decimal) else found

    sign = drawn("comparison", SIGNS)
    spellings = [word for word, comparison in SPELT.signs.items() if comparison == sign]
    number, unit = drawn("number", (*AMOUNTS, "0.97")), drawn("unit", UNITS)
    behind = chance.choice(tuple(SPELT.limits)) if chance.random() < 0.15 else ""
    return f"{chance.choice(spellings or [sign])}{number}{unit}{behind}"


def _near(named: Decimal, chance: random.Random) -> Decimal:
    """A number that a rule names, or what just differs from it."""
    step = Decimal("0.01")
    others = (named + step, named - step, named / 2, named * 2)
    return named if chance.random() < 0.6 else chance.choice(others)


@lru_cache(maxsize=1024)
def _pools(layout: Layout, line: int) -> Pools:
    """For each field that the rule of a line compares, what it is compared with."""
    rule = _rule(layout, line)
    found: dict[str, list[Sequence[str | Decimal]]] = {}
    for node in walk(rule.tree):
        if isinstance(node, Operation) and node.op not in ("and", "or", "not"):
            below = walk(node)
            words = [word for one in below if isinstance(one, Words) for word in one.words]
            consts = [one.value for one in below if isinstance(one, Const)]
            values = [value for value in consts if not isinstance(value, bool)]
            for name in below:
                if isinstance(name, Name):
                    # Fields that are compared with each other get one value in common.
                    same = Decimal(5) if name.type == "number" else WORDS[0]
                    same = "%" if name.part == "unit" else same
                    for path in _paths(layout, rule, name):
                        one = [*words, *values] or [same]
                        found.setdefault(path, []).append(one)
                        found.setdefault(f"{path}.{name.part}", []).append(one)
    return found


def _rule(layout: Layout, line: int) -> ReadyRule:
    ready = check_lines(layout)[line].rule
    assert ready is not None
    return ready


def _table(layout: Layout, rule: ReadyRule) -> Table | None:
    """The table whose rows a rule looks at one by one."""
    return next((t for t in layout.form.tables if t.path == rule.rule.each), None)


def _paths(layout: Layout, rule: ReadyRule, name: Name) -> Iterator[str]:
    """The fields that a name in a rule may stand for: of a split value the part that is meant."""
    if name.where == "row":
        table = f"{rule.prefix}{name.table}"
        rows = [row.path for t in layout.form.tables if t.path == table for row in t.rows]
        bases = [f"{row}.{name.name}" for row in rows]
    else:
        bases = [name.name if name.where == "form" else rule.prefix + name.name]
    part = {"comparison": "sign", "unit": "unit"}.get(name.part, "amount")
    yield from (
        path for base in bases for path in (base, f"{base}.{part}") if path in layout.fields
    )
