"""Amounts of money, exactly: one unit → another, sums, differences, per cent. Pure.

Python rounds sums to 28 digits, so that they would depend on the order of what is added.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Context, Decimal
from fractions import Fraction
from types import MappingProxyType

#: every unit that a form may ask amounts in, with its power of ten: so many zeros make it 元
MONEY_UNITS: Mapping[str, int] = MappingProxyType({
    "元": 0, "千元": 3, "万元": 4, "十万元": 5, "百万元": 6, "千万元": 7, "亿元": 8,
    "yuan": 0, "thousand yuan": 3, "ten thousand yuan": 4, "million yuan": 6, "billion yuan": 9,
})  # fmt: skip

#: room for all digits: a cell holds 32,767, a number in JSON 400 before its point and 400 behind
_EXACT = Context(prec=100_000)
_HALF = Fraction(1, 2)


def without_currency(unit: str) -> str:
    """What people write who leave the currency out: 万, thousand; nothing of 元."""
    return unit.removesuffix("元").removesuffix(" yuan")


def convert(amount: Decimal, unit: str, to: str) -> Decimal:
    """An amount of money in another unit, with no digit lost.

    Raises KeyError for a unit that is not in `MONEY_UNITS`.
    """
    sign, digits, exponent = amount.as_tuple()
    assert isinstance(exponent, int)  # infinite amounts are read nowhere
    return Decimal((sign, digits, exponent + MONEY_UNITS[unit] - MONEY_UNITS[to]))


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
