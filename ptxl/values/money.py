"""Amounts of money, exactly: one unit → another, sums, differences, per cent. Pure.

A unit names itself: `万元`, `thousand KES`. How a language puts one stands in its table [money],
and a currency is called by its code (ISO 4217), yuan by a word. Python rounds sums to 28 digits, so
that they would depend on the order of what is added.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from functools import cache
from types import MappingProxyType

from ptxl.words import LANGUAGES, Language, Phrase, Speaker, phrase

YUAN = "CNY"
#: how many of a currency a unit may be, by its code in the table [money], with the power of ten
MULTIPLES: Mapping[str, int] = MappingProxyType({
    "one": 0, "thousand": 3, "ten_thousand": 4, "hundred_thousand": 5, "million": 6,
    "ten_million": 7, "hundred_million": 8, "billion": 9,
})  # fmt: skip
#: what amounts are added up in, where not in thousands
_ADDED_IN = {YUAN: "ten_thousand"}
_CODE = "[A-Z]{3}"
#: room for all digits: a cell holds 32,767, a number in JSON 400 before its point and 400 behind
_EXACT = Context(prec=100_000)
_HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class MoneyUnit:
    """A unit that amounts are asked in: so many of a currency."""

    currency: str = YUAN
    multiple: str = "one"

    @property
    def called(self) -> Phrase:
        """What any language calls it: 万元, thousand KES."""
        name = phrase("money.yuan") if self.currency == YUAN else self.currency
        return phrase(f"money.{self.multiple}", currency=name)


@cache
def money_unit(text: str) -> MoneyUnit | None:
    """The unit of money that a text names in any language; None for any other text."""
    if text in yuan_units():
        return yuan_units()[text]
    for language in LANGUAGES:
        for multiple, shape in _shapes(language).items():
            if found := re.fullmatch(shape, text):
                return MoneyUnit(found[1], multiple)
    return None


@cache
def yuan_units() -> Mapping[str, MoneyUnit]:
    """Every unit of yuan, by what the languages call it."""
    units = [MoneyUnit(YUAN, multiple) for multiple in MULTIPLES]
    return MappingProxyType(
        {Speaker(language).word(unit.called): unit for language in LANGUAGES for unit in units}
    )


@cache
def units_in(language: Language, currency: str) -> tuple[str, ...]:
    """What a language calls the units of a currency, the smallest first."""
    return tuple(
        Speaker(language).word(MoneyUnit(currency, multiple).called) for multiple in MULTIPLES
    )


@cache
def _shapes(language: Language) -> Mapping[str, str]:
    """Patterns of the units of currencies that are called by their codes, by multiple."""
    say, mark = Speaker(language).say, "\0"
    return {
        multiple: re.escape(say(f"money.{multiple}", currency=mark)).replace(
            re.escape(mark), f"({_CODE})"
        )
        for multiple in MULTIPLES
    }


def unit_of_sums(currency: str) -> MoneyUnit:
    """What amounts of a currency are added up in: 万元, and thousands of any other."""
    return MoneyUnit(currency, _ADDED_IN.get(currency, "thousand"))


def convert(amount: Decimal, unit: MoneyUnit, to: MoneyUnit) -> Decimal:
    """An amount of money in another unit of its currency, with no digit lost.

    Raises ValueError for one of another currency: nothing says what that is worth.
    """
    if unit.currency != to.currency:
        raise ValueError(f"{unit.currency} is not {to.currency}")
    sign, digits, exponent = amount.as_tuple()
    assert isinstance(exponent, int)  # infinite amounts are read nowhere
    zeros = MULTIPLES[unit.multiple] - MULTIPLES[to.multiple]
    return Decimal((sign, digits, exponent + zeros))


def added(amounts: Iterable[Decimal]) -> Decimal:
    """Add amounts up, whatever their order, with no digit lost; 0 if there are none."""
    total = Decimal(0)
    for amount in amounts:
        total = _EXACT.add(total, amount)
    return total


def less(amount: Decimal, other: Decimal) -> Decimal:
    """Subtract another amount from one, with no digit lost."""
    return _EXACT.subtract(amount, other)


def in_percent(part: Decimal, whole: Decimal) -> Decimal:
    """A part in per cent of a whole, to two places, rounded half up.

    Raises ZeroDivisionError for a whole of 0.
    """
    hundredths = Fraction(part) * 10_000 / Fraction(whole)
    rounded = Decimal(int(abs(hundredths) + _HALF))
    return _EXACT.scaleb(rounded if hundredths >= 0 else -rounded, -2)


def exceeds(part: Decimal, whole: Decimal, percent: int) -> bool:
    """Whether a part is more than so many per cent of a whole, whatever their signs."""
    return abs(Fraction(part)) * 100 > abs(Fraction(whole)) * percent
