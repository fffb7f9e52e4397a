"""A normalised text → sign, number and unit, or two numbers; None if it is neither."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ptxl.values.target_value.measures import PERCENT, Measure, read_measure, with_unit
from ptxl.values.target_value.numerals import COUNT, NUMERAL
from ptxl.values.target_value.text import TO, join_notes
from ptxl.values.target_value.units import is_known_unit
from ptxl.values.target_value.value import Comparison, TargetValue, Typed

_SIGN_WORDS: tuple[tuple[Comparison, str], ...] = (
    (">=", "≥ >= => ≥= 大于等于 大于或等于 大于或者等于 高于或等于 超过或等于 等于或大于"),
    (">=", "等于或高于 等于或超过 达到或超过 达到及超过 达到或高于 不小于 不低于 不少于"),
    (">=", "不得小于 不得低于 不得少于 不能低于 不能少于 不应低于 未低于 至少 最少 最低"),
    (">=", "最低不低于 最少不少于 至少不低于 至少不少于"),
    ("<=", "≤ <= =< ≤= 小于等于 小于或等于 小于或者等于 低于或等于 不大于 不高于 不超过 不多于"),
    ("<=", "不得大于 不得高于 不得超过 不能高于 不能超过 不应超过 不应高于 不超出 不超 未超过"),
    ("<=", "未高于 至多 最多 最高 控制在 最高不超过 最多不超过 最高不高于 最多不多于"),
    (">", "> 大于 高于 多于 超过 超出 超"),
    ("<", "< 小于 低于 少于 不足 不到 不满"),
    ("=", "= == 等于"),
)
_ENGLISH: Mapping[str, Comparison] = {
    "at least": ">=", "not less than": ">=", "no less than": ">=", "no fewer than": ">=",
    "at most": "<=", "not more than": "<=", "no more than": "<=",
    "more than": ">", "less than": "<", "fewer than": "<",
}  # fmt: skip
SIGNS: Mapping[str, Comparison] = {
    **{word: comparison for comparison, words in _SIGN_WORDS for word in words.split()},
    **_ENGLISH,
    **{words.capitalize(): comparison for words, comparison in _ENGLISH.items()},
}
_SIGN = "|".join(sorted(SIGNS, key=len, reverse=True))
SIGN_INSIDE = re.compile(_SIGN)
_NEAR = "大约|约为|约|大概|将近|接近|近|预计|≈|~"
_LABEL = r"(?P<label>[一-鿿]{0,10}?):?"
_QUANTITY = re.compile(
    rf"{_LABEL}(?P<sign>{_SIGN})?(?:达到|达|为|在|共计|共)?(?P<near>{_NEAR})?"
    rf"(?P<number>-?{COUNT})(?:/(?P<below>[1-9][0-9]{{0,2}})(?![0-9百千万亿]))?(?P<rest>.*)"
)
_RANGE = re.compile(  # 01-12 are months or days
    rf"{_LABEL}(?:介于|在)?(?P<near>{_NEAR})?(?P<number>-?(?!0[0-9]){COUNT})(?P<first>[^0-9~-]{{0,12}}?)"
    rf"{TO}(?P<upper>{COUNT})(?P<rest>.*?)(?:之间)?"
)
_SECOND_NUMBER = re.compile("[0-9][.,]?[^0-9.,][^0-9]*[0-9]")
_ABOVE, _BELOW = (
    "|".join(word for word in _SIGN.split("|") if SIGNS[word] in comparisons)
    for comparisons in ((">", ">="), ("<", "<="))
)
_AND = "[且,和至到并、;但又]*"
#: ranges said with signs: ≥85%且≤95%, 大于85%小于95%, 85%以上95%以下, 85%≤X<95%
_BETWEEN = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:{_ABOVE})({COUNT})([^0-9<≤]*?){_AND}(?:{_BELOW})({COUNT})(.*)",
        rf"({COUNT})([^0-9<≤]*?)[及或]?以上{_AND}({COUNT})([^0-9<≤]*?)[及或]?以[下内]",
        rf"({COUNT})([^0-9<≤]*)(?:≤|<=?)[^0-9<≤≥>]{{0,10}}(?:≤|<=?)({COUNT})(.*)",
    )
)
_NOT_INCLUDED = re.compile(rf"不含(?:本数|-?{COUNT}[^0-9]{{0,6}})?")
#: what a sign before and a word behind come to: ≥90%以上 is both at once
AGREED: Mapping[tuple[Comparison | None, Comparison | None], Comparison] = {
    (None, None): "=", ("=", None): "=",
    (None, ">="): ">=", (">=", None): ">=", (">=", ">="): ">=", (">", None): ">", (">", ">="): ">",
    (None, "<="): "<=", ("<=", None): "<=", ("<=", "<="): "<=", ("<", None): "<", ("<", "<="): "<",
}  # fmt: skip
#: the same where the bound itself is not included: 90%以上(不含); ≥90%(不含) contradicts itself
_STRICT: Mapping[tuple[Comparison | None, Comparison | None], Comparison] = {
    (None, ">="): ">", (">", None): ">", (">", ">="): ">",
    (None, "<="): "<", ("<", None): "<", ("<", "<="): "<",
}  # fmt: skip
#: words that bear on the number behind them: 前10名, 不是100%, 除5%外, 三至5次, 定性95%
_NO_LABEL = re.compile(
    f"{_SIGN}|(?:[不未无非没第前后除至或及和与]|不是|定性(?:指标)?|[{NUMERAL}万亿几数][至到]?)$"
)


def read_quantity(typed: Typed) -> TargetValue | None:
    """One number with its sign, multiplied out: 不少于3万亩 → >=, 30000, 亩."""
    found = _measured(_QUANTITY, typed.counted)
    if found is None:
        return None
    sign = SIGNS.get(found["sign"])
    exclusive = found.measure.exclusive or _NOT_INCLUDED.fullmatch(typed.note)
    comparison = (_STRICT if exclusive else AGREED).get((sign, found.measure.limit))
    number = _number(found)
    if number is None or comparison is None:
        return None
    if found.is_no_amount(number * found.measure.factor, signed=sign is not None):
        return None
    return found.value(typed, comparison, number)


def read_range(typed: Typed) -> TargetValue | None:
    """Two numbers in one unit, the smaller first: 80%-90%, or ≥80%且≤90%."""
    body = typed.counted
    if not _SECOND_NUMBER.search(body):
        return None
    for with_signs in _BETWEEN:
        body = with_signs.sub(r"\1\2-\3\4", body)
    found = _measured(_RANGE, body)
    if found is None or found.measure.limit == ">=":
        return None
    lower, upper = _as_number(found["number"]), _as_number(found["upper"])
    if found.is_no_amount(lower, signed=False) or lower >= upper:
        return None
    unit_of_lower = PERCENT.sub("%", found["first"])
    if not PERCENT.sub("%", found["rest"]).startswith(unit_of_lower):
        return None
    return found.value(typed, "range", lower, upper)


@dataclass(frozen=True, slots=True)
class _Measured:
    """One or two numbers as a text has them, and what stands around them."""

    groups: Mapping[str, str]
    measure: Measure

    def __getitem__(self, group: str) -> str:
        return self.groups[group]

    def is_no_amount(self, number: Decimal, *, signed: bool) -> bool:
        """Whether it is a year, 2021年, or a sentence: the words before are no label.

        每年1次 and 满意度≥95% have one, 每亩300 has none.
        """
        unit, label = self.measure.unit, self["label"]
        if unit.startswith("年") and _is_year(number):
            return True
        if _NO_LABEL.search(label):
            return True
        if signed or not label:
            return False
        return not is_known_unit(unit)

    def value(
        self, typed: Typed, comparison: Comparison, number: Decimal, upper: Decimal | None = None
    ) -> TargetValue:
        """The value in its unit, or else in that of the name, with all remarks as its note."""
        measure = with_unit(self.measure, typed.unit_of_name)
        return TargetValue(
            raw=typed.raw,
            comparison=comparison,
            number=times(number, measure.factor),
            upper=None if upper is None else times(upper, measure.factor),
            unit=measure.unit or None,
            note=join_notes(self["label"], self["near"], *measure.remarks, typed.note),
        )


def _measured(pattern: re.Pattern[str], body: str) -> _Measured | None:
    found = pattern.fullmatch(body)
    if not found:
        return None
    measure = read_measure(found["rest"])
    if not measure:
        return None
    return _Measured(found.groupdict(""), measure)


def _as_number(digits: str) -> Decimal:
    return Decimal(digits.replace(",", ""))


def _number(found: _Measured) -> Decimal | None:
    """1/2 is 0.5; 1/3 has no last digit, and 24/7 is no part of a whole."""
    number = _as_number(found["number"])
    if not found["below"]:
        return number
    whole = int(found["below"])
    has_last_digit = number * 10**9 % whole == 0
    if found.measure.unit or not (has_last_digit and 0 <= number < whole):
        return None
    return number / whole


def _is_year(number: Decimal) -> bool:
    return 1900 <= number < 2100 and number == number.to_integral_value()


def times(number: Decimal, factor: int) -> Decimal:
    """A number multiplied by a power of ten, without the zeros of its fraction."""
    if factor == 1:
        return number
    product = number * factor
    if product != product.to_integral_value():
        return product
    return product.quantize(Decimal(1))
