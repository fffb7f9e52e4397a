"""Each function and operator of the rule language; and `Facts`, the answers that rules look at.

Compiled rules look at them by `number`, `text` and `part`; nothing (None) is what a target value
does not have: no comparison with it holds, and what is reckoned with it is nothing too, except in a
sum. `FUNCTIONS` and `OPERATORS` hold one record by name, with all that each is: a new function is
one entry, and the parser, both backends and the documentation's test go by it.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import partial, reduce
from types import MappingProxyType
from typing import Any

from ptxl.rules import figures, texts
from ptxl.rules.excel_pieces import (
    first_word,
    how_often,
    not_of_arrays,
    one_of,
    quoted,
    without_words,
)
from ptxl.rules.tree import Const, Node, Type, Words
from ptxl.values.ticks import BETWEEN

_SPACES = re.compile(" +")
#: digits behind the point that count: beyond them lies what a program's binary numbers add
NOISE = 8
#: of a number that has no more digits behind the point than that
_WHOLE = 15


# -- values


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule looks at: values by path, printed constants by path, rows in use by table path.

    Row prefixes end with a dot.
    """

    values: Mapping[str, object]
    given: Mapping[str, str]
    rows: Mapping[str, Sequence[str]]
    #: of each table and expression the rows whose text stands in one above
    repeated: dict[tuple[str, str], set[str]] = field(default_factory=dict, compare=False)
    #: texts as rules compare them, by path, that of a part behind `PART`
    texts: Texts = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "texts", Texts(self))


#: between the path of a target value and the name of one of its parts
PART = "\0"


class Texts(dict[str, str]):
    """The texts of some facts, each trimmed once, when it is first asked for."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def __missing__(self, asked: str) -> str:
        path, _, name = asked.partition(PART)
        value = self._facts.values.get(path)
        if value is None:
            value = self._facts.given.get(path)
        found = self[asked] = text(part(value, name) if name else value)
        return found


def is_repeated(
    facts: Facts, table: str, row: str, expression: str, text_of: Callable[[str], str]
) -> bool:
    """Whether the text of a row, if it has one, stands in a row in use above it."""
    key = (table, expression)
    if key not in facts.repeated:
        facts.repeated[key] = _repeated_rows(facts.rows.get(table, ()), text_of)
    return row in facts.repeated[key]


def _repeated_rows(rows: Sequence[str], text_of: Callable[[str], str]) -> set[str]:
    above: set[str] = set()
    found: set[str] = set()
    for row in rows:
        text = text_of(row)
        if text in above:
            found.add(row)
        if text:
            above.add(text)
    return found


def number(value: object) -> object:
    """A blank number counts as 0."""
    return Decimal(0) if value is None else value


def text(value: object) -> str:
    """A blank text is "", and others are as Excel's TRIM leaves them."""
    return "" if value is None else trim(str(value))


def part(value: object, name: str) -> object:
    """A part of a target value; nothing where there is no value."""
    return None if value is None else getattr(value, name)


def filled(*texts: str) -> tuple[str, ...]:
    """The texts that are not blank."""
    return tuple(filter(None, texts))


def rounded(number: Decimal, decimals: int) -> Decimal:
    """Round to so many digits behind the point, half away from zero, as Excel does."""
    if number.adjusted() >= _WHOLE:
        return number
    for digits in (NOISE, decimals):
        number = number.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return number + 0  # no zero is below zero


def rounded_formula(number: str, decimals: object) -> str:
    """The formula of `rounded`."""
    return f"ROUND(ROUND({number},{NOISE}),{decimals})"


class Joined(str):
    """Some `texts` one after the other; a message says them as lists are said in its language."""

    texts: tuple[str, ...]


def trim(text: str) -> str:
    """A text as Excel's TRIM leaves it."""
    text = text.strip(" ")
    return _SPACES.sub(" ", text) if "  " in text else text


# -- functions and operators


@dataclass(frozen=True, slots=True)
class Argument:
    """What a function takes: a value of a type; of the type `list` words, and fields with a text.

    `rest` takes all arguments that are left; one that is not `needed` may be missing.
    """

    type: Type
    needed: bool = True
    rest: bool = False
    #: a field itself, of whatever type, with or without an answer
    field: bool = False
    #: a text that stands in the rule itself, and what it must be
    written: Callable[[str], bool] | None = None


TEXT, NUMBER, DAY, CONDITION = (
    Argument("text"), Argument("number"), Argument("date"), Argument("flag"),
)  # fmt: skip
FIELD = Argument("text", field=True)
LIST = Argument("list")
PATTERN = Argument("text", written=texts.is_safe_pattern)
WORDS = Argument("list", rest=True)
SOME_WORDS = Argument("list", rest=True, needed=False)
SOME_TEXTS = Argument("text", rest=True, needed=False)
SOME_ROWS = Argument("flag", needed=False)
NUMBERS = Argument("number", rest=True)
DIGITS = Argument("number", needed=False)


@dataclass(frozen=True, slots=True)
class Function:
    """One function or operator.

    `python` computes it from the values of its arguments; of one over rows, from the values of the
    rows that count (of `any` and `all`: whether each meets the condition). `excel` makes a formula
    of those of its arguments; of one over rows, of the total over all of them (of `all`: how many
    do not meet the condition). Without one, a rule with it is not live.
    """

    name: str
    takes: tuple[Argument, ...]
    gives: Type
    #: how it is used and what it says, for authors
    usage: str
    python: Callable[..., Any]
    excel: Callable[..., str] | None = None
    #: whether it is of the rows of a table, which it takes first
    over_rows: bool = False
    #: what it is in Excel over arrays, where that differs
    arrays: Callable[..., str] | None = None
    #: what its arguments must be beside what their types say
    fits: Callable[..., bool] | None = None


def _both(compute: Callable[[Any, Any], Any], otherwise: object) -> Callable[[Any, Any], Any]:
    """With nothing on either side nothing is reckoned, and no comparison holds."""

    def apply(x: Any, y: Any) -> Any:
        if x is None or y is None:  # `None in (x, y)` asks a Decimal whether it equals None
            return otherwise
        return compute(x, y)

    return apply


def _quotient(x: Decimal, y: Decimal) -> Decimal | None:
    return x / y if y else None


def _decimal(number: int | None) -> Decimal | None:
    return None if number is None else Decimal(number)


def _other_year(text: str, year: Decimal, *periods: str) -> Decimal | None:
    return _decimal(texts.another_year(text, int(year), *periods))


def _total(values: Iterable[Decimal | None]) -> Decimal:
    return sum((value for value in values if value is not None), Decimal(0))


def _round(number: Decimal | None, digits: Decimal = Decimal(0)) -> Decimal | None:
    return None if number is None else rounded(number, int(digits))


def _few_digits(_: Node, *digits: Node) -> bool:
    """Whether the digits that are kept stand in the rule, as a whole number."""
    return all(isinstance(one, Const) and one.value in range(NOISE + 1) for one in digits)


def _one_of_numbers(choose: Callable[..., Decimal]) -> Callable[..., Decimal | None]:
    """The least or largest of numbers; nothing where one of them is."""

    def apply(*numbers: Decimal | None) -> Decimal | None:
        if any(number is None for number in numbers):
            return None
        return choose(numbers)

    return apply


def _one_of_arrays(sign: str) -> Callable[..., str]:
    """The same of arrays, row by row: MIN and MAX would take all rows together."""

    def chosen(left: str, right: str) -> str:
        return f"(({left}{sign}{right})*{left}+(1-({left}{sign}{right}))*{right})"

    return lambda *numbers: reduce(chosen, numbers)


def _graded(score: Decimal | None, words: Sequence[str], *least: Decimal) -> str:
    """The first of the words whose least score is reached; the last one needs none."""
    if score is None:
        return ""
    score = rounded(score, NOISE)
    reached = (word for word, limit in zip(words, least, strict=False) if score >= limit)
    return next(reached, words[-1])


def _grades(_: Node, words: Node, *least: Node) -> bool:
    """Whether there is one word more than numbers, which fall."""
    numbers = [one.value for one in least if isinstance(one, Const)]
    falling = sorted(set(numbers), reverse=True) == numbers and len(numbers) == len(least)
    return isinstance(words, Words) and len(words.words) == len(least) + 1 and falling


def _grade_formula(score: str, words: Sequence[str], *least: str) -> str:
    limits = ",".join((f"-{10**_WHOLE}", *reversed(least)))
    grades = ",".join(map(quoted, reversed(words)))
    return f"INDEX({{{grades}}},1,MATCH(ROUND({score},{NOISE}),{{{limits}}},1))"


def _joined(texts: Iterable[str]) -> Joined:
    every = filled(*texts)
    joined = Joined(BETWEEN.join(every))
    joined.texts = every
    return joined


def _ticked(*pairs: str) -> str:
    """The words whose cells hold something."""
    return _joined(word for cell, word in zip(pairs[::2], pairs[1::2], strict=True) if cell)


def _ticked_formula(*pairs: str) -> str:
    between = quoted(BETWEEN)
    shown = (
        f"REPT({between}&{word},(LEN({cell})>0)*1)"
        for cell, word in zip(pairs[::2], pairs[1::2], strict=True)
    )
    return f"MID({'&'.join(shown)},{len(BETWEEN) + 1},1000)"


def _arithmetic(sign: str, compute: Callable[[Any, Any], Any]) -> Function:
    excel = f"({{}}{sign}{{}})".format
    return Function(sign, (NUMBER, NUMBER), "number", "", _both(compute, None), excel)


def _comparison(name: str, sign: str, compute: Callable[[Any, Any], Any]) -> Function:
    """Amounts are decimal, a program's numbers binary: Excel compares what rounding leaves."""
    excel = f"((ROUND({{}}-{{}},{NOISE}){sign}0)*1)".format
    return Function(name, (NUMBER, NUMBER), "flag", "", _both(compute, False), excel)


def _by_name(*found: Function) -> Mapping[str, Function]:
    return MappingProxyType({each.name: each for each in found})


#: the operators, by Jinja's names of them, beside `and`, `or` and `not`, which look at one by one
OPERATORS: Mapping[str, Function] = _by_name(
    _arithmetic("+", operator.add),
    _arithmetic("-", operator.sub),
    _arithmetic("*", operator.mul),
    _arithmetic("/", _quotient),
    _comparison("eq", "=", operator.eq),
    _comparison("ne", "<>", operator.ne),
    _comparison("lt", "<", operator.lt),
    _comparison("lteq", "<=", operator.le),
    _comparison("gt", ">", operator.gt),
    _comparison("gteq", ">=", operator.ge),
    Function("in", (TEXT, WORDS), "flag", "", lambda text, words: text in words, one_of),
    Function("notin", (TEXT, WORDS), "flag", "", lambda text, words: text not in words,
             lambda text, words: f"(1-{one_of(text, words)})"),
)  # fmt: skip

#: the functions, by name
FUNCTIONS: Mapping[str, Function] = _by_name(
    Function("blank", (FIELD,), "flag", "blank(x): whether a field has no answer",
             lambda *cells: not any(cell is not None for cell in cells),
             lambda *cells: f"((LEN({'&'.join(cells)})=0)*1)"),
    Function("length", (TEXT,), "number", "length(text): how many characters",
             lambda text: Decimal(len(text)), "LEN({})".format),
    Function("contains", (TEXT, WORDS), "flag",
             "contains(text, word, …): whether any of the words is in it",
             texts.contains, partial(one_of, test="contains")),
    Function("starts", (TEXT, WORDS), "flag",
             "starts(text, word, …): whether it begins with any of the words",
             str.startswith, partial(one_of, test="starts")),
    Function("ends", (TEXT, WORDS), "flag",
             "ends(text, word, …): whether it ends with any of the words",
             str.endswith, partial(one_of, test="ends")),
    Function("year", (DAY,), "number", "year(date): its year",
             lambda day: _decimal(day and day.year), "YEAR({})".format),
    Function("first_day", (TEXT,), "date",
             "first_day(text): the first day of the time that it names",
             lambda text: texts.period_of(text)[0]),
    Function("last_day", (TEXT,), "date",
             "last_day(text): the last day of the time that it names",
             lambda text: texts.period_of(text)[1]),
    Function("months", (TEXT,), "number",
             "months(text): how many months the time that it names lasts",
             lambda text: _decimal(texts.months_of(text))),
    Function("another_year", (TEXT, NUMBER, SOME_TEXTS), "number",
             "another_year(text, year[, period]): a year in it that is none of these", _other_year),
    Function("shares", (TEXT, TEXT, SOME_WORDS), "flag",
             "shares(text, text[, word, …]): whether they share a word, these aside",
             texts.shares),
    Function("touches", (TEXT, TEXT, SOME_WORDS), "flag",
             "touches(text, text[, word, …]): whether they share a character, these words aside",
             texts.touches),
    Function("matched", (TEXT, WORDS), "text",
             "matched(text, word, …): the first of the words in it", texts.matched,
             first_word, arrays=not_of_arrays),
    Function("bracketed", (TEXT,), "text", "bracketed(text): what stands in brackets at its end",
             texts.bracketed),
    Function("another_county", (TEXT, TEXT, WORDS), "text",
             "another_county(text, unit, word, …): a county in it that is not in the unit's name",
             texts.another_county),
    Function("instead", (TEXT, LIST, LIST), "text",
             "instead(text, words, others): of the others that in the place of the word matched",
             texts.instead),
    Function("kind", (TEXT, LIST, LIST), "text",
             "kind(name, words, kinds): of the kinds that of the longest word that ends the name",
             texts.kind),
    Function("times", (TEXT, WORDS), "number", "times(text, word, …): how often they stand in it",
             lambda text, words: Decimal(texts.times(text, words)), how_often),
    Function("doubled", (TEXT,), "text", "doubled(text): what was typed twice in a row",
             texts.doubled),
    Function("without", (TEXT, WORDS), "text",
             "without(text, word, …): the text with the words dropped",
             texts.without, without_words),
    Function("likeness", (TEXT, TEXT, SOME_WORDS), "number",
             "likeness(text, text[, word, …]): how alike they are, 0 to 100, these words aside",
             lambda *given: Decimal(texts.likeness(*given))),
    Function("pattern", (TEXT, PATTERN), "flag",
             'pattern(text, "…"): whether a pattern is found in it', texts.pattern),
    Function("numbers", (TEXT,), "number", "numbers(text): how many figures it has",
             lambda text: Decimal(figures.numbers(text))),
    Function("figure", (TEXT, TEXT, TEXT), "number",
             "figure(text, unit, name): the number of that unit in it that is about the name",
             figures.figure),
    Function("unit_beside", (TEXT, NUMBER, TEXT), "text",
             "unit_beside(text, number, name): the unit that it gives the number, about the name",
             figures.unit_beside),
    Function("differing", (TEXT, TEXT), "text",
             "differing(text, text): what it says with another number than the other text",
             figures.differing),
    Function("amount", (TEXT, SOME_WORDS), "number",
             "amount(text[, word, …]): the largest sum of money, in 万元, clauses with these aside",
             figures.amount),
    Function("amounts", (TEXT, SOME_WORDS), "number",
             "amounts(text[, word, …]): all sums of money together, in 万元, these clauses aside",
             figures.amounts),
    Function("per", (TEXT,), "text", "per(unit): what a unit cost is per", figures.per),
    Function("round", (NUMBER, DIGITS), "number",
             "round(number[, digits]): to so many digits behind the point, half away from zero",
             _round, lambda number, digits="0": rounded_formula(number, digits),
             fits=_few_digits),
    Function("abs", (NUMBER,), "number", "abs(number): without its sign",
             lambda number: None if number is None else abs(number), "ABS({})".format),
    Function("min", (NUMBER, NUMBERS), "number", "min(number, number, …): the least of them",
             _one_of_numbers(min), lambda *numbers: f"MIN({','.join(numbers)})",
             arrays=_one_of_arrays("<=")),
    Function("max", (NUMBER, NUMBERS), "number", "max(number, number, …): the largest of them",
             _one_of_numbers(max), lambda *numbers: f"MAX({','.join(numbers)})",
             arrays=_one_of_arrays(">=")),
    Function("graded", (NUMBER, LIST, NUMBERS), "text",
             "graded(number, words, least, …): the first word whose least number it reaches",
             _graded, _grade_formula, fits=_grades),
    Function("count", (SOME_ROWS,), "number",
             "count(table[, condition]): how many rows in use (that meet it)",
             lambda rows: Decimal(sum(1 for _ in rows)), "{}".format, over_rows=True),
    Function("any", (CONDITION,), "flag",
             "any(table, condition): whether a row in use meets it",
             any, "((({})>0)*1)".format, over_rows=True),
    Function("all", (CONDITION,), "flag",
             "all(table, condition): whether every row in use meets it",
             all, "((({})=0)*1)".format, over_rows=True),
    Function("sum", (NUMBER, SOME_ROWS), "number",
             "sum(table, number[, condition]): the sum over rows in use (that meet it)",
             _total, "{}".format, over_rows=True),
    Function("distinct", (TEXT, SOME_ROWS), "number",
             "distinct(table, text[, condition]): how many different texts",
             lambda texts: Decimal(len(set(texts))), over_rows=True),
    Function("joined", (TEXT, SOME_ROWS), "text",
             "joined(table, text[, condition]): these texts, one after the other",
             _joined, over_rows=True),
    Function("repeated", (TEXT,), "flag",
             "repeated(table, text): whether the text of this row stands in a row above it",
             is_repeated, over_rows=True),
)  # fmt: skip


#: what the parser makes of a name: of a choice over several cells, by these and their words
MADE: Mapping[str, Function] = _by_name(
    Function("ticked", (), "text", "", _ticked, _ticked_formula),
)


def by_name() -> Mapping[str, Function]:
    """All operators and functions, by the names that trees have for them."""
    return {**OPERATORS, **FUNCTIONS, **MADE}
