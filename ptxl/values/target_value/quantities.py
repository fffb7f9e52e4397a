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
SIGNS = {word: comparison for comparison, words in _SIGN_WORDS for word in words.split()}
_SIGN = "|".join(sorted(map(re.escape, SIGNS), key=len, reverse=True))
SIGN_INSIDE = re.compile(_SIGN)
_NEAR = "大约|约为|约|大概|将近|接近|近|预计|≈|~"
_LABEL = r"(?P<label>[一-鿿]{0,10}?):?"
_QUANTITY = re.compile(
    rf"{_LABEL}(?P<sign>{_SIGN})?(?:达到|达|为|在|共计|共)?(?P<near>{_NEAR})?"
    rf"(?P<number>-?{COUNT})(?:/(?P<below>[1-9][0-9]{{0,2}})(?![0-9]))?(?P<rest>.*)"
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
#: what a sign before and a word behind come to where the bound itself is not included
_STRICT: Mapping[tuple[Comparison | None, Comparison | None], Comparison] = {
    (None, ">="): ">", (">", None): ">", (">", ">="): ">",
    (None, "<="): "<", ("<", None): "<", ("<", "<="): "<",
}  # fmt: skip
#: words that bear on the number behind them: 前10名, 不是100%, 除5%外, 三至5次, 定性95%
_NO_LABEL = re.compile(
    f"(?:[不未无非没第前后除至或及和与]|不是|定性(?:指标)?|[{NUMERAL}万亿几数][至到]?)$"
)


def read_quantity(typed: Typed) -> TargetValue | None:
    """One number with its sign, multiplied out: 不少于3万亩 → >=, 30000, 亩."""
    found = _measured(_QUANTITY, typed.counted)
    if found is None:
        return None
    sign, measure = SIGNS.get(found["sign"] or ""), found.measure
    exclusive = measure.exclusive or bool(_NOT_INCLUDED.fullmatch(typed.note or ""))
    comparison = _agreed(sign, measure.limit, exclusive)
    number = _number(found)
    if number is None or comparison is None or found.is_sentence(signed=bool(sign)):
        return None
    if _is_year(number * measure.factor) and measure.unit.startswith("年"):
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
    if found is None or found.measure.limit not in (None, "<="):
        return None
    lower, upper = _as_number(found["number"]), _as_number(found["upper"])
    if _is_year(lower) and found.measure.unit.startswith("年"):
        return None
    first, rest = (PERCENT.sub("%", found[group]) for group in ("first", "rest"))
    if not rest.startswith(first) or lower >= upper or found.is_sentence(signed=False):
        return None
    return found.value(typed, "range", lower, upper)


@dataclass(frozen=True, slots=True)
class _Measured:
    """One or two numbers as a text has them, and what stands around them."""

    groups: Mapping[str, str]
    measure: Measure

    def __getitem__(self, group: str) -> str:
        return self.groups[group]

    def is_sentence(self, *, signed: bool) -> bool:
        """Whether the words before are no label: 每年1次, 满意度≥95% have one, 每亩300 has none."""
        label = self["label"]
        if _NO_LABEL.search(label) or SIGN_INSIDE.search(label):
            return True
        return bool(label) and not (signed or is_known_unit(self.measure.unit))

    def value(
        self, typed: Typed, comparison: Comparison, number: Decimal, upper: Decimal | None = None
    ) -> TargetValue:
        """The value in its unit, or else in that of the name, with all remarks as its note."""
        measure = with_unit(self.measure, typed.unit_of_name)
        return TargetValue(
            raw=typed.raw,
            comparison=comparison,
            number=_times(number, measure.factor),
            upper=None if upper is None else _times(upper, measure.factor),
            unit=measure.unit or None,
            note=join_notes(self["label"], self["near"], measure.remark, typed.note),
        )


def _measured(pattern: re.Pattern[str], body: str) -> _Measured | None:
    found = pattern.fullmatch(body)
    measure = read_measure(found["rest"]) if found else None
    return _Measured(found.groupdict(""), measure) if found and measure else None


def _agreed(
    sign: Comparison | None, limit: Comparison | None, exclusive: bool
) -> Comparison | None:
    """One comparison of the sign before and the word behind; None if they contradict.

    ≥90%以上 is both at once, 90%以上(不含) is more than 90%, ≥90%(不含) contradicts itself.
    """
    if exclusive:
        return _STRICT.get((sign, limit))
    if sign and limit and sign[0] != limit[0]:
        return None
    return sign or limit or "="


def _as_number(digits: str) -> Decimal:
    return Decimal(digits.replace(",", ""))


def _number(found: _Measured) -> Decimal | None:
    above = _as_number(found["number"])
    if not found["below"]:
        return above
    return None if found.measure.unit else _part_of_whole(above, int(found["below"]))


def _part_of_whole(above: Decimal, below: int) -> Decimal | None:
    """1/2 is 0.5; 1/3 has no last digit, and 24/7 is no part of a whole."""
    ends = above * 10**9 % below == 0
    return above / below if ends and 0 <= above < below else None


def _is_year(number: Decimal) -> bool:
    return 1900 <= number < 2100 and number == number.to_integral_value()


def _times(number: Decimal, factor: int) -> Decimal:
    if factor == 1:
        return number
    number *= factor
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number
