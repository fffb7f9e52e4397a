"""A normalised text → sign, number and unit, or two numbers; None if it is neither."""

from __future__ import annotations

import re
from decimal import Decimal

from ptxl.values.target_value.measures import PERCENT, read_measure, with_unit
from ptxl.values.target_value.numerals import COUNT, NUMERAL
from ptxl.values.target_value.text import TO, join_notes
from ptxl.values.target_value.units import is_known_unit
from ptxl.values.target_value.value import Comparison, TargetValue

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
_EXCLUSIVE = re.compile(rf"不含(?:本数|-?{COUNT}[^0-9]{{0,6}})?")
_STRICT: dict[Comparison, Comparison] = {">=": ">", "<=": "<"}
#: words that bear on the number behind them: 前10名, 不是100%, 除5%外, 三至5次, 定性95%
_NO_LABEL = re.compile(
    f"(?:[不未无非没第前后除至或及和与]|不是|定性(?:指标)?|[{NUMERAL}万亿几数][至到]?)$"
)


def read_quantity(raw: str, body: str, note: str | None, unit_of_name: str) -> TargetValue | None:
    """One number with its sign, multiplied out: 不少于3万亩 → >=, 30000, 亩."""
    found = _QUANTITY.fullmatch(body)
    measure = read_measure(found["rest"]) if found else None
    if not found or not measure:
        return None
    sign = SIGNS.get(found["sign"] or "")
    exclusive = measure.exclusive or bool(note and _EXCLUSIVE.fullmatch(note))
    comparison = _agreed(sign, measure.limit, exclusive)
    number = Decimal(found["number"].replace(",", ""))
    if _is_year(number * measure.factor) and measure.unit.startswith("年"):
        return None
    if found["below"]:
        above, below = number, int(found["below"])
        # 1/3 has no last digit; 24/7 is no part of a whole
        if measure.unit or not 0 <= above < below or above * 10**9 % below:
            return None
        number /= below
    if comparison is None or not _is_label(found["label"], bool(sign), measure.unit):
        return None
    measure = with_unit(measure, unit_of_name)
    return TargetValue(
        raw=raw,
        comparison=comparison,
        number=_times(number, measure.factor),
        unit=measure.unit or None,
        note=join_notes(found["label"], found["near"], measure.remark, note),
    )


def read_range(raw: str, body: str, note: str | None, unit_of_name: str) -> TargetValue | None:
    """Two numbers in one unit, the smaller first: 80%-90%, or ≥80%且≤90%."""
    if not _SECOND_NUMBER.search(body):
        return None
    for said_with_signs in _BETWEEN:
        body = said_with_signs.sub(r"\1\2-\3\4", body)
    found = _RANGE.fullmatch(body)
    measure = read_measure(found["rest"]) if found else None
    if not found or not measure or measure.limit not in (None, "<="):
        return None
    lower, upper = (Decimal(found[group].replace(",", "")) for group in ("number", "upper"))
    first = PERCENT.sub("%", found["first"])
    years = _is_year(lower) and measure.unit.startswith("年")
    one_unit = not first or PERCENT.sub("%", found["rest"]).startswith(first)
    if years or not (one_unit and lower < upper):
        return None
    if not _is_label(found["label"], False, measure.unit):
        return None
    measure = with_unit(measure, unit_of_name)
    return TargetValue(
        raw=raw,
        comparison="range",
        number=_times(lower, measure.factor),
        upper=_times(upper, measure.factor),
        unit=measure.unit or None,
        note=join_notes(found["label"], found["near"], measure.remark, note),
    )


def _agreed(
    sign: Comparison | None, limit: Comparison | None, exclusive: bool
) -> Comparison | None:
    """One comparison of the sign before and the word behind; None if they contradict.

    ≥90%以上 is both at once, 90%以上(不含) is more than 90%, ≥90%(不含) contradicts itself.
    """
    if sign and limit and sign[0] != limit[0]:
        return None
    if exclusive:
        return sign if sign in (">", "<") else None if sign else _STRICT.get(limit or "=")
    return sign or limit or "="


def _is_label(label: str, signed: bool, unit: str) -> bool:
    """Whether words before the number are only a label: 每年1次, 满意度≥95%, not 每亩300."""
    if not label:
        return True
    if _NO_LABEL.search(label) or SIGN_INSIDE.search(label):
        return False
    return signed or is_known_unit(unit)


def _is_year(number: Decimal) -> bool:
    return 1900 <= number < 2100 and number == number.to_integral_value()


def _times(number: Decimal, factor: int) -> Decimal:
    if factor == 1:
        return number
    number *= factor
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number
