"""What compiled rules look at and call: the facts, and the functions of the language on values.

In: values by path. Out: numbers (Decimal), texts, truths, dates, or nothing (None): no comparison
with it holds, and what is reckoned with it is nothing too, except in a sum.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from ptxl.rules.language import trim
from ptxl.rules.wording import another_year, period_of, shares


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


def _is_repeated(
    facts: Facts, table: str, row: str, expression: str, text_of: Callable[[str], str]
) -> bool:
    key = (table, expression)
    if key not in facts.repeated:
        above: set[str] = set()
        rows = facts.repeated[key] = set()
        for other in facts.rows.get(table, ()):
            text = text_of(other)
            rows |= {other} if text in above else set()
            above |= {text} if text else set()
    return row in facts.repeated[key]


def _decimal(number: int | None) -> Decimal | None:
    return None if number is None else Decimal(number)


#: by the names that compiled rules call them by
HELPERS: Mapping[str, Any] = MappingProxyType({
    "Decimal": Decimal,
    "number": lambda value: Decimal(0) if value is None else value,
    "text": lambda value: "" if value is None else trim(str(value)),
    "part": lambda value, name: None if value is None else getattr(value, name),
    "total": lambda values: sum((v for v in values if v is not None), Decimal(0)),
    "add": lambda x, y: None if x is None or y is None else x + y,
    "subtract": lambda x, y: None if x is None or y is None else x - y,
    "multiply": lambda x, y: None if x is None or y is None else x * y,
    "divide": lambda x, y: x / y if x is not None and y else None,
    "equal": lambda x, y: x is not None and y is not None and x == y,
    "differs": lambda x, y: x is not None and y is not None and x != y,
    "less": lambda x, y: x is not None and y is not None and x < y,
    "at_most": lambda x, y: x is not None and y is not None and x <= y,
    "more": lambda x, y: x is not None and y is not None and x > y,
    "at_least": lambda x, y: x is not None and y is not None and x >= y,
    "is_one_of": lambda text, words: text in words,
    "is_none_of": lambda text, words: text not in words,
    "contains": lambda text, words: any(word in text for word in words),
    "starts": lambda text, words: text.startswith(words),
    "ends": lambda text, words: text.endswith(words),
    "length": lambda text: Decimal(len(text)),
    "repeated": _is_repeated,
    "filled": lambda *texts: tuple(text for text in texts if text),
    "another_year": lambda text, year, *periods: _decimal(another_year(text, int(year), *periods)),
    "shares": shares,
    "year": lambda day: None if day is None else Decimal(day.year),
    "first_day": lambda text: period_of(text)[0],
    "last_day": lambda text: period_of(text)[1],
})  # fmt: skip
