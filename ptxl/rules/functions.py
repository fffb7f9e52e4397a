"""What the rule language can do: values, what free texts say, and each function and operator.

Compiled rules look at `Facts`, by `number`, `text` and `part`; nothing (None) is what a target
value does not have: no comparison with it holds, and what is reckoned with it is nothing too,
except in a sum. `FUNCTIONS` and `OPERATORS` hold one record by name, with all that each is: a new
function is one entry, and the parser, both backends and the documentation's test go by it.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any

from ptxl.rules.cells import one_of
from ptxl.rules.tree import Type
from ptxl.values.target_value import parse_target

_SPACES = re.compile(" +")
_YEAR = "(?:19|20)[0-9]{2}"
#: titles and numbers of documents name the years that they are from
_CITED = re.compile(r"《[^》]*》|〔[^〕]*〕|【[^】]*】|\[[^\]]*\]|[0-9]+年第?[0-9]+号")
_DAY = "(?:[0-9]{1,2}月(?:份|[0-9]{1,2}日)?)?"
_RANGE = re.compile(rf"({_YEAR})年?{_DAY}(?:-|—|–|－|~|～|至|到)+({_YEAR})年")
_SINGLE = re.compile(rf"(?<![0-9])({_YEAR})年")
_FOUR_DIGITS = re.compile(rf"(?<![0-9])({_YEAR})(?![0-9])")
#: before a year: since it, compared with it, or towards it
_BEFORE = re.compile(
    r"(?:自|从|自从|始于|截至|截止|截止到|较|比|同比|相比|对比|与|以|到|至|基期)[（(]?$"
)
#: after a year: since it, on its basis, or what was done in it
_SINCE = re.compile(
    rf"度?(?:{_DAY}|[初底末])(?:以来|来|起|后|之后|以后|基础上|水平|同期|相比|为基|遗留|结转|欠)"
)
_DONE = re.compile(
    "成立|建成|建立|印发|出台|发布|下发|颁布|修订|批准|批复|立项|通过|启动|签订|制定|投入使用|投用|竣工|"
    "验收|规划|行动|实施以来|开通|上线|购[置买]的"
)
_CLAUSE = re.compile("[，。；、,;\n]")
#: two characters of one script side by side; pairs overlap
_NEIGHBOURS = re.compile("(?=([一-鿿]{2}|[0-9A-Za-z]{2}))")
_REACH = 14  # how far behind a year its verb may stand


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


class Joined(str):
    """Some `texts` one after the other; a message says them as lists are said in its language."""

    texts: tuple[str, ...]


def trim(text: str) -> str:
    """A text as Excel's TRIM leaves it."""
    text = text.strip(" ")
    return _SPACES.sub(" ", text) if "  " in text else text


# -- what free texts say


def another_year(text: str, year: int, *periods: str) -> int | None:
    """The first year that a text is about, as 2021年, and that is neither `year` nor in a period.

    A period is a text such as 2024年—2026年: from its first year to its last. Left out are years
    that a text only looks back on or compares with (自2019年以来, 较2023年, 2021年建成), looks
    towards (到2030年), cites (《2021年要点》, 〔2021〕5号), and periods around `year` or of a plan.
    """
    allowed = {year}.union(*map(_years_of, periods))
    plain = _CITED.sub("　", re.sub(r"\s", "", text))
    for found in (*_RANGE.finditer(plain), *_SINGLE.finditer(_RANGE.sub("　", plain))):
        first, last = int(found[1]), int(found.groups()[-1])
        if allowed.isdisjoint(range(first, last + 1)) and not _looks_elsewhere(found):
            return last
    return None


def _years_of(period: str) -> range:
    """All years from the first to the last that a text names."""
    named = [int(year) for year in _FOUR_DIGITS.findall(period)]
    return range(min(named), max(named) + 1) if named else range(0)


def _looks_elsewhere(found: re.Match[str]) -> bool:
    """Whether the words around a year look back on it or towards it, or name a deed of it."""
    before, after = found.string[: found.start()], found.string[found.end() :][:_REACH]
    clause = _CLAUSE.split(after)[0]
    return any((_BEFORE.search(before), _SINCE.match(after), _DONE.search(clause)))


def period_of(text: str) -> tuple[date | None, date | None]:
    """First and last day of the time that a text names: 2026年3月-9月, 三年（2024—2026年）, 2026.

    Nothing where it is not certain, as in 一年 and 长期, and no last day in 2026年3月起.
    """
    whole = parse_target(text)
    for found in (whole, parse_target(f"{text}年"), parse_target(whole.note or "")):
        if found.comparison == "by_date":
            return found.date_from, found.date_to
    return None, None


def shares(one: str, other: str, common: tuple[str, ...] = ()) -> bool:
    """Whether two neighbouring characters stand in both texts, those of `common` words aside."""
    return not _pairs(one, common).isdisjoint(_pairs(other, common))


@lru_cache(maxsize=4096)
def _pairs(text: str, common: tuple[str, ...]) -> frozenset[str]:
    for word in common:
        text = text.replace(word, "　")
    return frozenset(_NEIGHBOURS.findall(text))


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
        return otherwise if None in (x, y) else compute(x, y)

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


def _joined(texts: Iterable[str]) -> Joined:
    every = filled(*texts)
    joined = Joined("、".join(every))
    joined.texts = every
    return joined


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
