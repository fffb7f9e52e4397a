"""Text of a target value (指标值) → TargetValue: sign, number and unit; or a date; or a grade.

A text goes through stages, and the first that can read all of it wins: none → date → range →
quantity → grade → text. What no stage reads with certainty stays text; nothing is repaired, and
`raw` is always what was typed.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Literal

__all__ = ["Comparison", "TargetValue", "join_target", "parse_target", "target_json"]

Comparison = Literal[">=", "<=", ">", "<", "=", "range", "by_date", "grade", "text", "none"]


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetValue:
    """What a target asks for. `upper` only in a range; the dates only as far as the text says."""

    raw: str
    comparison: Comparison
    number: Decimal | None = None
    upper: Decimal | None = None
    unit: str | None = None
    note: str | None = None
    date_from: date | None = None
    date_to: date | None = None


def parse_target(text: str, name: str = "") -> TargetValue:
    """Reads one 指标值: "≥230篇（更新新闻篇数）" → >=, 230, 篇, note 更新新闻篇数.

    With the indicator's `name`, takes the unit from the brackets that end it, 种植面积（亩）, when
    the value has none and the brackets hold nothing else. Forms are read without: what was not
    typed into the value is not in it. Never raises.
    """
    return _parse(text, name)


def join_target(sign: str, amount: str, unit: str) -> TargetValue:
    """Reads a value that a form splits into 计算符号, 指标值 and 计量单位; blank parts are ''.

    `raw` is the three as a person would write them: 定性 is not printed, nor anything that the
    amount holds already. 定性 contradicts one number: text, with all three in `raw`. A range stays
    one: no sign stands for it.
    """
    sign, amount, unit = sign.strip(), amount.strip(), unit.strip()
    unit = "" if unit in _NO_UNIT or amount.endswith(unit) else unit
    unprinted = bool(_UNPRINTED_SIGN.fullmatch(sign.translate(_PLAIN)))
    before = _SIGN_INSIDE.match(_normalise(amount))
    if unprinted or (before and before[0] == _normalise(sign)):
        value = _join("", amount, unit)
    else:
        value = _join(sign, amount, unit)
    if unprinted and "定性" in sign and value.comparison in _SIGNS.values():
        return TargetValue(raw=sign + value.raw, comparison="text")
    return value


def _join(sign: str, amount: str, unit: str) -> TargetValue:
    raw = sign + amount + unit
    a_year = unit == "年" and len(amount) == 4
    if _NUMBER_ALONE.fullmatch(_normalise(amount)) and (sign or unit) and not a_year:
        # the columns say what is number and what is unit: 12 in 月 is no December
        return _quantity(raw, _normalise(raw), None, "") or parse_target(raw)
    whole = parse_target(raw)
    if whole.comparison == "text" and unit:
        part = parse_target(amount)
        if part.comparison in ("grade", "none", "by_date"):
            return replace(part, raw=raw)
    return whole


def target_json(value: TargetValue) -> dict[str, object]:
    """The value as JSON fields; upper and the dates (ISO text) only when there are any."""
    found: dict[str, object] = {
        "raw": value.raw,
        "comparison": value.comparison,
        "number": value.number,
        "unit": value.unit,
        "note": value.note,
    }
    if value.upper is not None:
        found["upper"] = value.upper
    for key, day in (("date_from", value.date_from), ("date_to", value.date_to)):
        if day is not None:
            found[key] = day.isoformat()
    return found


@lru_cache(maxsize=4096)  # a county's forms repeat a few hundred values thousands of times
def _parse(raw: str, name: str) -> TargetValue:
    if len(raw) > _LONGEST_CELL:
        return TargetValue(raw=raw, comparison="text")
    body, note = _split_note(_normalise(raw))
    reading = _read(raw, body, note, _unit_of_name(name)) if 0 < len(body) <= _LONGEST else None
    return reading or TargetValue(raw=raw, comparison="text")


def _read(raw: str, body: str, note: str | None, unit: str) -> TargetValue | None:
    if _NONE.fullmatch(body):
        return TargetValue(raw=raw, comparison="none", note=note)
    # 2020.5 under a name that gives a unit is an amount, never May
    dated = None if unit and _NUMBER_ALONE.fullmatch(body) else _date(raw, body, note)
    if dated:
        return dated
    counted = _in_digits(body)
    if _DIGIT.search(counted):
        return _range(raw, counted, note, unit) or _quantity(raw, counted, note, unit)
    return TargetValue(raw=raw, comparison="grade", note=note) if _is_grade(body) else None


# -- normalise ------------------------------------------------------------------------------------

_LONGEST = 60  # longer ones are sentences, whatever they hold
_LONGEST_CELL = 400  # with notes; bounds the time that a hostile cell can take

#: full-width forms and the many shapes of one sign; units keep their own (㎡ stays ㎡)
_PLAIN: dict[int, int | str | None] = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},
    **str.maketrans("≧⩾≮≦⩽≯﹥﹤═﹦〓〉〈﹪", "≥≥≥≤≤≤><===><%"),
    **str.maketrans("–—−‐‑―─〜∼˜【】〔〕［］〖〗", "-------~~~()()()()"),
    **dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff")),
}
#: white space between two digits or two letters may part two things; all other is typing
_SPACE = re.compile(
    r"\s+(?![0-9A-Za-z])|(?<![0-9A-Za-z])\s+|(?<=[0-9])\s+(?=[A-Za-z])|(?<=[A-Za-z])\s+(?=[0-9])"
)
_NOTE = re.compile(r"(?P<body>.+?)\((?P<note>[^()]*(?:\([^()]*\)[^()]*)*)\)", re.DOTALL)
_PERCENT_WORD = r"%|百分比|百分之"


def _normalise(text: str) -> str:
    text = _SPACE.sub("", text.translate(_PLAIN)).rstrip("。.;,、")
    bracketed = text.startswith("(") and text.endswith(")") and text.count("(") == 1
    return text[1:-1] if bracketed else text


def _split_note(text: str) -> tuple[str, str | None]:
    """The text without the brackets at its end, and what they held: a unit there is no note."""
    found = _NOTE.fullmatch(text) if text.endswith(")") else None
    if found is None:
        return text, None
    body, note = found["body"], found["note"]
    of_the_unit = note in ("%", "百分比", "百分之") or body.endswith("/")
    if of_the_unit or (body[-1] in "0123456789万亿千" and _is_known_unit(note)):
        return text, None
    return body, note or None


# -- none -----------------------------------------------------------------------------------------

#: a stroke through the cell is how a paper form says that nothing applies
_NONE = re.compile(
    r"[-/\\]{1,3}|[Nn]/?[Aa]|"
    r"(?:本|该|此)?(?:项目|单位|部门|指标|项)?[暂均]?(?:无|没有|不适用|不涉及)于?(?:[此该本][项类条]?)?"
    r"(?:相关|有关)?(?:(?:经济|社会|生态|环境|可持续)(?:效益|影响))?(?:指标|内容|事项)?"
)


# -- date -----------------------------------------------------------------------------------------

_YEAR = "(?:19|20)[0-9]{2}"
_MONTH = "1[0-2]|0?[1-9]"
_DAY = "3[01]|[12][0-9]|0?[1-9]"
_TO = "(?:--?|~|至|到)"
_DONE = (
    "完成|完工|竣工|到位|发放|支付|拨付|兑付|兑现|开工|开展|实施|结束|交付|验收|上线|建成|投入|投用|"
    "办结|办理|处理|处置|响应|修复|恢复|上报|解决|到达|答复|回复|达标|报送|公开|启动|举办|召开"
)
#: times of a year without fixed days
_VAGUE = ("春季", "夏季", "秋季", "冬季", "春节", "汛期", "国庆节", "国庆", "元旦")


def _moment(number: int) -> str:
    """A day, month, quarter or year, in the ways of writing them; groups end in `number`."""
    closing = "|(?=$)" if number == 2 else ""  # 2021-2025: the second year needs no 年
    return rf"""(?:
        (?P<Y{number}>{_YEAR})(?P<mark{number}>[-./])(?P<M{number}>{_MONTH})
        (?:(?P=mark{number})(?P<D{number}>{_DAY})日?)?(?:[T ]00:00(?::00)?)?(?![0-9])
      | (?P<YY{number}>{_YEAR})(?P<MM{number}>0[1-9]|1[0-2])(?P<DD{number}>[0-3][0-9])?(?![0-9])
      | (?:(?P<y{number}>{_YEAR})(?:年度?|学年|(?={_TO}{_YEAR}){closing})
          |(?P<relative{number}>[当本]年度?|[今次明]年|年度|每年度?|[每当本次]月|每个?季度?))?
        (?:(?P<m{number}>{_MONTH})(?:月份?|(?={_TO}[0-9]{{1,2}}月)))?
        (?:(?P<d{number}>{_DAY})(?:[日号]|(?:(?<=月[0-9])|(?<=月[0-9]{{2}}))(?=$|前)))?
    )
    (?P<part{number}>全年度?|[上下]半年|前三季度|第?[一二三四1-4]季度[底末初]?|[上中下]旬
      |年[底末终初内中]|月[底末初]|季度?[底末初]|[底末终初内]|{"|".join(_VAGUE)})?"""


_DATE = re.compile(
    rf"""(?:截至|截止到?|预计|计划|力争|确保|[至到于在拟]|(?P<from>[自从]))?
    (?P<sign>≥|≤|>=|<=|[<>=]|不[晚迟]于|早于|[小大]于等于)?
    {_moment(1)}(?P<since>起)?(?:{_TO}{_moment(2)})?
    (?P<before>以前|之前|前后|前|止|之内|以内|内|期间|左右)?
    (?:(?:全部|全面|基本|按时|按期|及时|正式)?(?:{_DONE})(?!率)[一-鿿]{{0,8}})?""",
    re.VERBOSE,
)
#: 2025.1-12, 2025.3.1-6.30: the year is said once
_YEAR_ONCE = re.compile(
    rf"(?P<year>{_YEAR})(?P<mark>[./])(?P<first>(?:{_MONTH})(?P<day>(?P=mark)(?:{_DAY}))?)(?P<to>{_TO})"
    rf"(?P<second>(?:{_MONTH})(?(day)(?P=mark)(?:{_DAY})))"
)
_TWICE = r"\g<year>\g<mark>\g<first>\g<to>\g<year>\g<mark>\g<second>"
_TIME_INSIDE = re.compile(f"[年月季]|{_YEAR}|{'|'.join(_VAGUE)}")
#: words that name a time without a year or month beside them
_ALONE = re.compile("[当本]年度?|[今次明]年|[当本次]月")
_PART_ALONE = re.compile("(?:[年月季全前上下第一二三四1-4春夏秋冬][^旬]*|汛期|国庆节?|元旦)")
_SEASONS = {"上半年": (1, 6), "下半年": (7, 12), "前三季度": (1, 9)} | {
    f"{word}季度": (3 * quarter - 2, 3 * quarter)
    for quarter, words in enumerate(("一1", "二2", "三3", "四4"), start=1)
    for word in words
}
_DEADLINES = ("以前", "之前", "前", "止")
_TEN_DAYS = {"上旬": (1, 10), "中旬": (11, 20), "下旬": (21, 31)}


def _date(raw: str, body: str, note: str | None) -> TargetValue | None:
    if not _TIME_INSIDE.search(body):
        return None
    if "、" in body:  # 3月、6月、9月: times, but neither one day nor one period
        times = all(_date(raw, each, None) for each in body.split("、"))
        return TargetValue(raw=raw, comparison="by_date", note=note) if times else None
    once = _YEAR_ONCE.fullmatch(body)
    found = _DATE.fullmatch(once.expand(_TWICE) if once else body)
    if not found or not _names_a_time(found):
        return None
    sign = found["sign"] or ""
    until = found["before"] in _DEADLINES or sign.startswith(("≤", "<", "不", "早", "小"))
    try:
        start, end = _span(found, 1, until and not _has_second(found))
        if _has_second(found):
            end = _span(found, 2, until)[1]
    except ValueError:  # the 30th of February is no day
        return None
    since = (found["from"] or found["since"]) and not _has_second(found)
    if since or sign[:1] in ("≥", ">", "大"):
        end = None
    if start and end and end < start:
        return None
    if found["before"] in ("左右", "前后"):
        start = end = None
    return TargetValue(raw=raw, comparison="by_date", note=note, date_from=start, date_to=end)


def _has_second(found: re.Match[str]) -> bool:
    return any(found[f"{group}2"] for group in ("Y", "YY", "y", "m", "d", "part"))


def _names_a_time(found: re.Match[str]) -> bool:
    """All parts of a moment may be missing; this asks whether those that are there suffice."""
    relative, part = found["relative1"] or "", found["part1"] or ""
    if found["YY1"]:  # 202012 alone is as likely an amount
        return bool(found["DD1"] or found["YY2"])
    if found["y1"]:
        return True
    if found["Y1"] or found["m1"]:
        # 12月 is December and 2021.6 is June; ≤12月 lasts twelve months, ≥2021.6 is an amount
        exact = found["D1"] or found["d1"] or part or found["before"] or _has_second(found)
        return not found["sign"] or bool(exact)
    if found["d1"]:
        return "月" in relative
    if relative:
        # 每年 alone says how often, and 每年完成 too
        return bool(part or found["before"] or _ALONE.fullmatch(relative))
    # ≤3季度 lasts three quarters
    return bool(_PART_ALONE.fullmatch(part)) and not (found["sign"] and part[0] in "1234")


def _span(found: re.Match[str], number: int, until: bool) -> tuple[date | None, date | None]:
    """First and last day of a moment; (None, None) where the text says no year.

    Before a month or a year counts its last day in, so that nobody is late who reads it so.
    """
    year, month, day = (_written(found, kind, number) for kind in "YMD")
    part = (found[f"part{number}"] or "").lstrip("第")
    if not year and number == 2:  # 2021年1月-12月, 2021年6月-次年5月
        year = _written(found, "Y", 1)
        year += year and found["relative2"] in ("次年", "明年")
    if not year or part in _VAGUE or part.endswith("初"):
        return None, None
    first_month, last_month = _SEASONS.get(part.rstrip("底末"), (month or 1, month or 12))
    first_day, last_day = _TEN_DAYS.get(part, (day or 1, day or 31))
    if not day:
        last_day = min(last_day, monthrange(year, last_month)[1])
    start, end = date(year, first_month, first_day), date(year, last_month, last_day)
    return (None if until or part.endswith(("底", "末", "终")) else start), end


def _written(found: re.Match[str], kind: str, number: int) -> int:
    """The year (Y), month (M) or day (D) of a moment, however it was written; 0 if it was not."""
    groups = (f"{kind}{number}", f"{kind}{kind}{number}", f"{kind.lower()}{number}")
    return int(next((found[group] for group in groups if found[group]), 0))


# -- sign, number, multiplier ---------------------------------------------------------------------

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
_SIGNS = {word: comparison for comparison, words in _SIGN_WORDS for word in words.split()}
_SIGN = "|".join(sorted(map(re.escape, _SIGNS), key=len, reverse=True))
_SIGN_INSIDE = re.compile(_SIGN)
_UNPRINTED_SIGN = re.compile(r"(?:[0-9]+[-.、 ]?)?(?:定性|(?:定量)?\(?其他\)?)(?:指标)?")
_NO_UNIT = ("无", "/", "-", "—", "——")

_DIGIT = re.compile("[0-9]")
_COUNT = r"(?:(?:[0-9]{1,3}(?:,[0-9]{3}){1,4}|[0-9]{1,15})(?:\.[0-9]{1,10})?|\.[0-9]{1,10})"
_NUMBER_ALONE = re.compile(f"-?{_COUNT}")
_NEAR = "大约|约为|约|大概|将近|接近|近|预计|≈|~"
_LABEL = r"(?P<label>[一-鿿]{0,10}?):?"
_QUANTITY = re.compile(
    rf"{_LABEL}(?P<sign>{_SIGN})?(?:达到|达|为|在|共计|共)?(?P<near>{_NEAR})?"
    rf"(?P<number>-?{_COUNT})(?:/(?P<below>[1-9][0-9]{{0,2}})(?![0-9]))?(?P<rest>.*)"
)
_RANGE = re.compile(  # 01-12 are months or days
    rf"{_LABEL}(?:介于|在)?(?P<near>{_NEAR})?(?P<number>-?(?!0[0-9]){_COUNT})(?P<first>[^0-9~-]{{0,12}}?)"
    rf"{_TO}(?P<upper>{_COUNT})(?P<rest>.*?)(?:之间)?"
)
_SECOND_NUMBER = re.compile("[0-9][.,]?[^0-9.,][^0-9]*[0-9]")
_ABOVE, _BELOW = (
    "|".join(word for word in _SIGN.split("|") if _SIGNS[word] in comparisons)
    for comparisons in ((">", ">="), ("<", "<="))
)
_AND = "[且,和至到并、;但又]*"
#: ranges said with signs: ≥85%且≤95%, 大于85%小于95%, 85%以上95%以下, 85%≤X<95%
_BETWEEN = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:{_ABOVE})({_COUNT})([^0-9<≤]*?){_AND}(?:{_BELOW})({_COUNT})(.*)",
        rf"({_COUNT})([^0-9<≤]*?)[及或]?以上{_AND}({_COUNT})([^0-9<≤]*?)[及或]?以[下内]",
        rf"({_COUNT})([^0-9<≤]*)(?:≤|<=?)[^0-9<≤≥>]{{0,10}}(?:≤|<=?)({_COUNT})(.*)",
    )
)


def _quantity(raw: str, body: str, note: str | None, unit_of_name: str) -> TargetValue | None:
    found = _QUANTITY.fullmatch(body)
    measure = _measure(found["rest"]) if found else None
    if not found or not measure:
        return None
    sign = _SIGNS.get(found["sign"] or "")
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
    measure = _named(measure, unit_of_name)
    return TargetValue(
        raw=raw,
        comparison=comparison,
        number=_times(number, measure.factor),
        unit=measure.unit or None,
        note=_notes(found["label"], found["near"], measure.remark, note),
    )


def _range(raw: str, body: str, note: str | None, unit_of_name: str) -> TargetValue | None:
    if not _SECOND_NUMBER.search(body):
        return None
    for said_with_signs in _BETWEEN:
        body = said_with_signs.sub(r"\1\2-\3\4", body)
    found = _RANGE.fullmatch(body)
    measure = _measure(found["rest"]) if found else None
    if not found or not measure or measure.limit not in (None, "<="):
        return None
    lower, upper = (Decimal(found[group].replace(",", "")) for group in ("number", "upper"))
    first = _PERCENT.sub("%", found["first"])
    years = _is_year(lower) and measure.unit.startswith("年")
    one_unit = not first or _PERCENT.sub("%", found["rest"]).startswith(first)
    if years or not (one_unit and lower < upper):
        return None
    if not _is_label(found["label"], False, measure.unit):
        return None
    measure = _named(measure, unit_of_name)
    return TargetValue(
        raw=raw,
        comparison="range",
        number=_times(lower, measure.factor),
        upper=_times(upper, measure.factor),
        unit=measure.unit or None,
        note=_notes(found["label"], found["near"], measure.remark, note),
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
    if _NO_LABEL.search(label) or _SIGN_INSIDE.search(label):
        return False
    return signed or _is_known_unit(unit)


def _is_year(number: Decimal) -> bool:
    return 1900 <= number < 2100 and number == number.to_integral_value()


def _times(number: Decimal, factor: int) -> Decimal:
    if factor == 1:
        return number
    number *= factor
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number


def _notes(*parts: str | None) -> str | None:
    return "；".join(part for part in parts if part) or None


# -- Chinese numerals -----------------------------------------------------------------------------

_NUMERALS = dict(zip("零〇一二两三四五六七八九", (0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
_NUMERAL = "零〇一二两三四五六七八九十百千"
#: words that bear on the number behind them: 前10名, 不是100%, 除5%外, 三至5次, 定性95%
_NO_LABEL = re.compile(
    f"(?:[不未无非没第前后除至或及和与]|不是|定性(?:指标)?|[{_NUMERAL}万亿几数][至到]?)$"
)
#: only before words that are nothing but measures: 一次, 两年; not 一级, 二期, 一起, 十分
_COUNTED = re.compile(
    rf"(?<![第之同统唯专{_NUMERAL}])(?P<numeral>[零〇]|(?![零〇百千])[{_NUMERAL}]+)"
    rf"(?=(?:(?:-|~|至|到)[{_NUMERAL}]+)?万?(?:次|个(?:月|工作日)?|人次?|年|天|小时|工作日|周|套|台|项"
    r"|份|篇|场次?|家|户|名|位|件|批次?|公里|亩|平方米|万元|亿元|元|座|条|辆|种|处|所|间|成|倍)"
    r"(?:/|[及或]?以[上下内]|之?内|左右|\(|$)|(?<=^[零〇])$)"
)
_WHOLE = re.compile(f"百分之?百(?![{_NUMERAL}])")
_SHARE = re.compile(
    rf"(?<![0-9])(?P<of>百分|千分)之(?P<number>{_COUNT}|[{_NUMERAL}]+(?:点[{_NUMERAL[:-3]}]+)?)"
    rf"(?![0-9点几{_NUMERAL}])[%‰]?"
)


def _in_digits(text: str) -> str:
    """百分之九十 → 90%, 不少于三次 → 不少于3次: only numerals of a share or of things counted."""
    if "分之" in text or "百分百" in text:
        text = _SHARE.sub(_share, _WHOLE.sub("100%", text))
    if _DIGIT.search(text):
        return text
    return _COUNTED.sub(lambda found: _digits(found["numeral"]), text)


def _share(found: re.Match[str]) -> str:
    whole, _, decimals = found["number"].partition("点")
    number = whole if _DIGIT.search(whole) else _digits(whole)
    decimals = "".join(str(_NUMERALS[numeral]) for numeral in decimals)
    sign = "%" if found["of"] == "百分" else "‰"
    return f"{number}.{decimals}{sign}" if decimals else f"{number}{sign}"


_PLACES = re.compile(
    "(?:(?P<thousands>N)千)?(?:零?(?P<hundreds>N)百)?(?:零?(?P<tens>N?)(?P<ten>十))?"
    "(?:(?:^|零|(?<=十))(?P<ones>N))?".replace("N", "[一二两三四五六七八九]")
)


def _digits(numeral: str) -> str:
    """十二 → 12; the numeral itself where it is none (三五个) or says two things (三千五)."""
    if numeral in ("零", "〇"):
        return "0"
    found = _PLACES.fullmatch(numeral)
    if not found:
        return numeral
    tens = found["tens"] or ("一" if found["ten"] else "零")
    places = (found["thousands"], found["hundreds"], tens, found["ones"])
    return str(int("".join(str(_NUMERALS[place or "零"]) for place in places)))


# -- unit -----------------------------------------------------------------------------------------

_SCALES = {
    "百": 10**2,
    "千": 10**3,
    "万": 10**4,
    "百万": 10**6,
    "千万": 10**7,
    "亿": 10**8,
    "万亿": 10**12,
}
_KNOWN_WORDS = (
    "% ‰ 百分点 个百分点 分 倍 成 人 人次 人日 人天 人月 人份 户 户次 家 家次 名 位 员 次 场 场次"
    " 期 届 轮 回 遍 趟 篇 篇次 份 件 件次 套 套次 台 台次 台套 部 辆 辆次 艘 架 架次 只 头 羽 尾"
    " 匹 条 条次 根 支 枝 株 棵 粒 颗 朵 盆 块 片 张 幅 面 本 册 卷 页 字 项 项次 批 批次 组 组次"
    " 队 班 班次 种 类 座 栋 幢 间 套间 所 处 处次 口 眼 孔 盏 桶 袋 包 箱 瓶 盒 罐 捆 车 车次 船"
    " 航次 起 例 例次 宗 桩 案 单 票 笔 门 课时 学时 节 堂 集 秒 分钟 小时 时 天 日 周 月 季度 年"
    " 工作日 日历天 公里 千米 米 厘米 毫米 延米 平方米 平米 平方公里 公顷 亩 亩次 立方米 立方 方 吨"
    " 公斤 千克 克 斤 升 毫升 千瓦 千瓦时 度 兆瓦 元 万元 亿元 千元 美元 万美元 标段 床 床位 村 镇"
    " 乡 社区 点位 km m cm mm m2 m3 m² m³ kg g t L kW kWh MW GB TB MB M G ㎡ ㎥ ㎞ ㎏ ℃"
)
_KNOWN_UNIT = "|".join(sorted(map(re.escape, _KNOWN_WORDS.split()), key=len, reverse=True))
_KNOWN = re.compile(
    rf"(?:万?(?:{_KNOWN_UNIT})|个[^\W\d_]{{0,4}})(?:[/每·•*](?:{_KNOWN_UNIT}|个[^\W\d_]{{0,2}}))*"
)
#: letters of units; not those of other scripts, which pass for digits, nor ①, ² or Ⅱ
_LETTER = "A-Za-zµμΩ㐀-䶿一-鿿"
_SYMBOLS = "°·•∙‧・\u2100-\u214f\u3300-\u33ff"
_POWER = "(?:(?<=[mM])|(?<=CO))[23²³](?![0-9])"
_UNIT = re.compile(
    rf"(?:[%‰]|(?:[{_LETTER}{_SYMBOLS}]|{_POWER}){{0,12}})"
    rf"(?:/(?:[{_LETTER}{_SYMBOLS}*.、()-]|{_POWER}){{1,8}}){{0,2}}(?<![*.、(-])"
)
#: letters typed for digits, 9O%: no unit begins with one, unless more letters follow (oz)
_LIKE_A_DIGIT = re.compile("[OoQIl]+(?![A-Za-z])")
#: words that a unit never holds: with them the rest is a sentence
_SENTENCE = re.compile(
    "[的了且并或和与为已未不均按须几至旬]|^[年月季][底末初]|内$|完|实现|达到|提[升高]|增[加强长]|减[少轻]|降低|下降|改善|保[障证持]"
    "|确保|全部|全面|及时|有效|以[上下内]|左右|开展|满足|符合|合格|达标|覆盖|进行|用于|包[括含]|同比|标准(?![箱化间])"
    "|[前后余]$|^A+(?:级|景区)"
)
_MONEY = re.compile("(?:美|欧|港|日|英)?元|美金")
_PERCENT = re.compile(rf"^(?:%?\((?:{_PERCENT_WORD})\)|{_PERCENT_WORD})")
_BRACKETED = re.compile(rf"^([千万亿]?)\(({_KNOWN.pattern})\)")
_MEASURE = re.compile(
    r"(?P<more>[余多])?(?P<scale>万亿|千万|百万|百(?!分)|[千万亿])?(?P<still_more>[余多])?(?P<unit>.*?)"
    rf"(?:\((?P<bound>含[^()]*|不含(?:本数)?)\)|[及或](?=以))?"
    rf"(?:(?P<limit>以[上下内]|之内|内(?=$|{_DONE})|左右|上下)(?P<after>(?!的)[^\W\d_]{{0,8}})"
    rf"|(?P<done>(?:{_DONE})[^\W\d_]{{0,2}}))?"
)
_EXCLUSIVE = re.compile(rf"不含(?:本数|-?{_COUNT}[^0-9]{{0,6}})?")
_STRICT: dict[Comparison, Comparison] = {">=": ">", "<=": "<"}
_LIMITS: dict[str, Comparison] = {
    "以上": ">=",
    "以下": "<=",
    "以内": "<=",
    "之内": "<=",
    "内": "<=",
}
_LETTERS = re.compile(f"(?!的)[{_LETTER}]{{0,8}}")
_NAME_UNIT = re.compile(
    r"(?P<head>.*)\((?:[≥≤<>=]=?)?(?:\*{1,3}|[Xx×]{2})?(?P<unit>[^()]+)\)", re.DOTALL
)
#: in a name these are whom it concerns: 补助(村), 培训(个人)
_NO_NAME_UNIT = re.compile("村|镇|乡|社区|队|个(?!(?:月|工作日|百分点)?$).*")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Measure:
    """What stands behind a number: its multiplier and unit, a word such as 以上, a remark."""

    factor: int = 1
    unit: str = ""
    limit: Comparison | None = None
    exclusive: bool = False
    remark: str | None = None


def _measure(text: str) -> _Measure | None:
    found = _MEASURE.fullmatch(_BRACKETED.sub(r"\1\2", _PERCENT.sub("%", text)))
    if not found:
        return None
    scale, unit, limit = found["scale"] or "", found["unit"], found["limit"] or ""
    after = found["after"] or found["done"] or ""
    if scale and (unit.startswith(("%", "‰", "百分")) or _is_scaled(unit)):
        return None  # nobody multiplies a share, or twice
    if unit[:1] == "%" and unit[1:2] != "/":  # nothing but remarks can follow per cent: 100%到位
        unit, after = "%", unit[1:] + after
        if not _LETTERS.fullmatch(after):
            return None
    if _MONEY.fullmatch(unit.removesuffix("整")):
        unit = unit.removesuffix("整")
    if scale and _is_whole(scale, unit):
        scale, unit = "", scale + unit
    if len(unit) > 16 or not _UNIT.fullmatch(unit) or _LIKE_A_DIGIT.match(unit):
        return None
    if _SENTENCE.search(unit):
        return None
    more = found["more"] or found["still_more"]
    about = limit if limit in ("左右", "上下") else None
    return _Measure(
        factor=_SCALES[scale] if scale else 1,
        unit=unit,
        limit=_LIMITS.get(limit),
        exclusive=(found["bound"] or "").startswith("不"),
        remark=_notes(more, about, after),
    )


def _is_whole(scale: str, unit: str) -> bool:
    """Whether the multiplier belongs to the unit: 万元, 万/月, 千米; not 万亩, 千人."""
    of_thousand = scale == "千" and unit[:1] in tuple("米克瓦伏卡帕升字")
    return bool(_MONEY.match(unit)) or unit.startswith("/") or of_thousand


def _is_scaled(unit: str) -> bool:
    """Whether the unit begins with a multiplier of its own: 万亩, 千人; not 千瓦时."""
    return unit[:1] in _SCALES and not _is_whole(unit[0], unit[1:])


def _is_known_unit(text: str) -> bool:
    return bool(_KNOWN.fullmatch(text))


def _unit_of_name(name: str) -> str:
    """The unit in the brackets that end a name, 种植面积(亩) or 成活率(≥**%); else ''."""
    found = _NAME_UNIT.fullmatch(_SPACE.sub("", name.translate(_PLAIN))) if name else None
    unit = _PERCENT.sub("%", found["unit"]) if found else ""
    if not found or not _is_known_unit(unit) or _NO_NAME_UNIT.fullmatch(unit):
        return ""
    # 补助标准(户) is a sum for each household, 签约率(人) no number of people
    misfit = {"标准": "元", "率": "%‰", "满意度": "%"}
    for ending, needed in misfit.items():
        if found["head"].endswith(ending) and not any(part in unit for part in needed):
            return ""
    return unit


def _named(measure: _Measure, unit: str) -> _Measure:
    """With the unit of the name if it has none; 30万 under (万元) may be meant either way."""
    named = None if measure.unit or not unit else _measure(unit)
    if not named or (measure.factor > 1 and unit[0] in "千万亿"):
        return measure
    return replace(measure, unit=named.unit, factor=named.factor * measure.factor)


# -- grade ----------------------------------------------------------------------------------------

_SUBJECTS = (
    "效果 成效 效益 经济效益 社会效益 生态效益 环境效益 影响 影响力 影响程度 程度 作用 质量 水平"
    " 情况 状况 运行 运转 管理 工作 进度 系统 设备 设施 资金 群众 居民 服务对象 社会 经济 生态 环境"
    " 生态环境 机制 制度 项目 任务 效率 能力 满意度 成本 费用 投资 预算 总体 整体 目标 措施 方案"
    " 计划 要求 标准 规定 意义 条件 验收 竣工验收 监督 监管 宣传 服务 程序 手续 资料 数据 档案 人员"
    " 补助 补贴 工程 信息 内容"
)
_DEGREES = (
    "有效 显著 显着 明显 持续 不断 稳步 逐步 逐年 逐渐 进一步 大力 大幅 大幅度 有所 有一定 一定"
    " 一定程度 有 较 较为 比较 很 非常 十分 极 极大 大大 更 更加 更为 基本 全面 充分 切实 长期"
    " 中长期 积极 良好 有力 正面 正向 深入 深度 普遍 广泛 高度 高效 平稳 稳定 有序 正常 顺利 圆满"
    " 严格 科学 合理 规范 依法 依规 按时 按期 按质 按量 按月 按年 按季 按需 按计划 按要求 按规定"
    " 按标准 按进度 按合同 按照计划 按照要求 按照合同 按照规定 及时 准时 如期 足额 全额 全部 全程"
    " 全力 已 已经 未 不 不会 可 能 能够 可以 得到 得以 达到 予以 继续 始终 大 初步 日益 同比"
    " 较上年 较去年 比上年 比去年 较往年 较大 较大程度 更好 安全 节约 快速 加快 定期"
)
_STATES = (
    "提升 提高 增强 加强 改善 改进 减少 降低 下降 减轻 缓解 增加 增长 上升 扩大 加快 促进 推动 推进"
    " 带动 拉动 保障 保证 确保 维护 保护 巩固 优化 完善 健全 规范 规范化 合规 合法 合理 可控 受控"
    " 可靠 安全 稳定 平稳 有序 正常 运转 运行 开展 实施 执行 落实 到位 完成 完工 竣工 达标 达成"
    " 合格 及格 优良 优秀 优 良 中 差 良好 好 较好 高 低 中等 一般 强 弱 大 小 多 少 快 满意 显著"
    " 显着 明显 有效 高效 有力 深远 长远 长期 长效 持续 可持续 可持续性 可持续发展 常态化 及时 准时"
    " 按时 按期 准确 无误 精准 真实 完整 完备 齐全 充分 充足 足额 全面 全覆盖 覆盖 科学 公开 公平"
    " 公正 透明 整洁 干净 清洁 美观 畅通 通畅 顺畅 便捷 便利 方便 和谐 发展 影响 支撑 支持 认可"
    " 保持 维持 控制 遏制 消除 解决 转变 发挥 发挥作用 发放 支付 拨付 兑付 兑现 见效 突出 先进 领先"
    " 环保 节能 节约 利用 治理 防范 化解 应用 建立 排放 发生 广泛 常年 永久 增收 增产 增效 提质"
    " 节支 减排 绿色 低碳 约定 处置 处理 响应 得力 坏 是 否 有"
)
_SUBJECT, _DEGREE, _STATE = 1, 2, 4


def _kinds_of_words() -> dict[str, int]:
    """Each word with its kinds, added up: 持续 is a degree and, alone, a state."""
    found: dict[str, int] = {}
    for kind, words in ((_SUBJECT, _SUBJECTS), (_DEGREE, _DEGREES), (_STATE, _STATES)):
        for word in words.split():
            found[word] = found.get(word, 0) | kind
    return found


_KINDS_OF_WORDS = _kinds_of_words()
_LONGEST_WORD = max(map(len, _KINDS_OF_WORDS))
_LONGEST_GRADE = 14
#: whole phrases that can be answered with yes or no
_IDIOM = re.compile(
    "专款专用|应(?P<deed>.{1,2})尽(?P=deed)|只增不减|[按保]质[按保]量|据实结算"
    "|不(?:超|超出|超过|突破)(?:预算|支|概算|标|标准|计划)(?:金额|额度|总额|数)?"
    "|(?:控制在)?预算(?:范围|额度|金额)?[之以]?内"
    "|(?:符合|达到|满足|达成|实现|完成)(?:国家|行业|相关|有关|规定|设计|质量|验收|预期|预定|既定|年度|政策"
    "|法律|法规|合同|环保|安全|技术|规范|的)*(?:要求|标准|规定|规范|目标|预期|效果|指标|任务|计划)"
    "|(?:无|零|没有|未发生|不发生|未出现|不出现|杜绝)(?:重大|较大|安全|质量|责任|有效|负面|不良|明显|群众|任何|生产"
    "|环境|违规|违纪)*(?:投诉|事故|事件|差错|违规|违纪|违法|污染|上访|信访|超支|影响|拖欠|延误|失误|隐患|舆情"
    "|行为|现象|问题|故障|增长)(?:发生)?"
    "|(?:有|具有|起到|产生|发挥)(?:较大|明显|显著|积极|重要|一定|良好|促进|推动|带动|的)*(?:作用|影响|效果|成效|意义)"
)
_QUALIFIED = re.compile("定性(?:指标)?[:-]?|[≥≤<>=]+")
_LEVELS_BESIDE = re.compile("[、/,;]")
_TWO_LETTERS = re.compile("[一-鿿]{2}")
_COUNTING = frozenset("一二两三四五六七八九十百千万亿年月日期内")


def _is_grade(text: str) -> bool:
    """Whether the text is a degree or a yes or no: 有效提升, 优良中低差, 是; not 提高工作效率."""
    qualified = _QUALIFIED.match(text)
    text = text[qualified.end() :] if qualified else text
    phrases = _LEVELS_BESIDE.split(text)
    several = len(phrases) > 1  # 有/无 are two levels; 无 alone says that nothing applies
    return len(phrases) <= 5 and all(
        _is_phrase(phrase) or (several and phrase == "无") for phrase in phrases
    )


def _is_phrase(phrase: str) -> bool:
    return 0 < len(phrase) <= _LONGEST_GRADE and bool(
        _is_degree(phrase.removesuffix("以上")) or _IDIOM.fullmatch(phrase)
    )


def _is_degree(phrase: str) -> bool:
    """Subjects, then degrees and states, a state last: a noun behind the verb makes a sentence.

    Walks over all ways to cut the phrase into words: `reached` holds, for each place in it, the
    kinds of the words that can end there.
    """
    length = len(phrase)
    reached = [0] * (length + 1)
    reached[0] = _SUBJECT
    for start in range(length):
        before = reached[start]
        if not before:
            continue
        for end in range(start + 1, min(length, start + _LONGEST_WORD) + 1):
            kinds = _KINDS_OF_WORDS.get(phrase[start:end], 0)
            reached[end] |= kinds if before & _SUBJECT else kinds & ~_SUBJECT
    return bool(reached[length] & _STATE) or _is_deed(phrase)


def _is_deed(phrase: str) -> bool:
    """有效传承, 及时响应: behind a degree any two letters are a deed, unless they count or name."""
    degree, deed = phrase[:-2], phrase[-2:]
    return (
        len(degree) > 1
        and bool(_KINDS_OF_WORDS.get(degree, 0) & _DEGREE)
        and bool(_TWO_LETTERS.fullmatch(deed))
        and not _KINDS_OF_WORDS.get(deed, 0) & _SUBJECT
        and _COUNTING.isdisjoint(deed)
    )
