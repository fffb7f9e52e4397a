"""Units of money, a closed list: amounts in one → the same amounts in another, exactly. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

#: every unit that a form may ask amounts in, with its power of ten: so many zeros make it 元
MONEY_UNITS: Mapping[str, int] = MappingProxyType({
    "元": 0, "千元": 3, "万元": 4, "十万元": 5, "百万元": 6, "千万元": 7, "亿元": 8,
    "yuan": 0, "thousand yuan": 3, "ten thousand yuan": 4, "million yuan": 6, "billion yuan": 9,
})  # fmt: skip


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
