"""What compiled rules look at: the facts, and what becomes of a value before it is compared.

In: values by path. Out: numbers (Decimal), texts, truths, dates, or nothing (None): no comparison
with it holds, and what is reckoned with it is nothing too, except in a sum.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from ptxl.rules.language import trim


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
