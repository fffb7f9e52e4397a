"""The functions and operators of the rule language: each one record, with all that it is.

In: nothing. Out: `FUNCTIONS` and `OPERATORS` by name. A new function is one entry; the parser, both
backends and the documentation's test go by it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from types import MappingProxyType
from typing import Any

from ptxl.rules.cells import one_of
from ptxl.rules.language import Type
from ptxl.rules.runtime import is_repeated
from ptxl.rules.wording import another_year, period_of, shares


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


TEXT, NUMBER, DAY, CONDITION = (
    Argument("text"), Argument("number"), Argument("date"), Argument("flag"),
)  # fmt: skip
FIELD = Argument("text", field=True)
WORDS = Argument("list", rest=True)
SOME_WORDS = Argument("list", rest=True, needed=False)
SOME_TEXTS = Argument("text", rest=True, needed=False)
SOME_ROWS = Argument("flag", needed=False)


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


def _both(compute: Callable[[Any, Any], Any], otherwise: object) -> Callable[[Any, Any], Any]:
    """With nothing on either side nothing is reckoned, and no comparison holds."""

    def apply(x: Any, y: Any) -> Any:
        return otherwise if x is None or y is None else compute(x, y)

    return apply


def _quotient(x: Decimal, y: Decimal) -> Decimal | None:
    return x / y if y else None


def _decimal(number: int | None) -> Decimal | None:
    return None if number is None else Decimal(number)


def _contains(text: str, words: tuple[str, ...]) -> bool:
    return any(word in text for word in words)


def _other_year(text: str, year: Decimal, *periods: str) -> Decimal | None:
    return _decimal(another_year(text, int(year), *periods))


def _total(values: Iterable[Decimal | None]) -> Decimal:
    return sum((value for value in values if value is not None), Decimal(0))


def _joined(texts: Iterable[str]) -> str:
    return "、".join(filter(None, texts))


def _arithmetic(sign: str, compute: Callable[[Any, Any], Any]) -> Function:
    excel = f"({{}}{sign}{{}})".format
    return Function(sign, (NUMBER, NUMBER), "number", "", _both(compute, None), excel)


def _comparison(name: str, sign: str, compute: Callable[[Any, Any], Any]) -> Function:
    """Amounts are decimal, a program's numbers binary: Excel compares what rounding leaves."""
    excel = f"((ROUND({{}}-{{}},8){sign}0)*1)".format
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
             lambda value: value is None, "((LEN({})=0)*1)".format),
    Function("length", (TEXT,), "number", "length(text): how many characters",
             lambda text: Decimal(len(text)), "LEN({})".format),
    Function("contains", (TEXT, WORDS), "flag",
             "contains(text, word, …): whether any of the words is in it",
             _contains, partial(one_of, test="contains")),
    Function("starts", (TEXT, WORDS), "flag",
             "starts(text, word, …): whether it begins with any of the words",
             str.startswith, partial(one_of, test="starts")),
    Function("ends", (TEXT, WORDS), "flag",
             "ends(text, word, …): whether it ends with any of the words",
             str.endswith, partial(one_of, test="ends")),
    Function("year", (DAY,), "number", "year(date): its year",
             lambda day: _decimal(day and day.year)),
    Function("first_day", (TEXT,), "date",
             "first_day(text): the first day of the time that it names",
             lambda text: period_of(text)[0]),
    Function("last_day", (TEXT,), "date",
             "last_day(text): the last day of the time that it names",
             lambda text: period_of(text)[1]),
    Function("another_year", (TEXT, NUMBER, SOME_TEXTS), "number",
             "another_year(text, year[, period]): a year in it that is none of these", _other_year),
    Function("shares", (TEXT, TEXT, SOME_WORDS), "flag",
             "shares(text, text[, word, …]): whether they share a word, these aside", shares),
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


def by_name() -> Mapping[str, Function]:
    """All operators and functions, by the names that trees have for them."""
    return {**OPERATORS, **FUNCTIONS}
