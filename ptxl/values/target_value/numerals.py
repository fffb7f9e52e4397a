"""A text → the same with Chinese numerals as digits; and what a number in digits looks like."""

from __future__ import annotations

import re

DIGIT = re.compile("[0-9]")
COUNT = r"(?:(?:[0-9]{1,3}(?:,[0-9]{3}){1,4}|[0-9]{1,15})(?:\.[0-9]{1,10})?|\.[0-9]{1,10})"
NUMBER_ALONE = re.compile(f"-?{COUNT}")
_NUMERALS = str.maketrans("零〇一二两三四五六七八九", "001223456789")
_SHARES = {"百分": "%", "千分": "‰"}
NUMERAL = "零〇一二两三四五六七八九十百千"
#: only before words that are nothing but measures: 一次, 两年; not 一级, 二期, 一起, 十分
_COUNTED = re.compile(
    rf"(?<![第之同统唯专{NUMERAL}])(?P<numeral>[零〇]|(?![零〇百千])[{NUMERAL}]+)"
    rf"(?=(?:(?:-|~|至|到)[{NUMERAL}]+)?万?(?:次|个(?:月|工作日)?|人次?|年|天|小时|工作日|周|套|台|项"
    r"|份|篇|场次?|家|户|名|位|件|批次?|公里|亩|平方米|万元|亿元|元|座|条|辆|种|处|所|间|成|倍)"
    r"(?:/|[及或]?以[上下内]|之?内|左右|\(|$)|(?<=^[零〇])$)"
)
_WHOLE = re.compile(f"百分之?百(?![{NUMERAL}])")
_SHARE = re.compile(
    rf"(?<![0-9])(?P<of>百分|千分)之(?P<number>{COUNT}|[{NUMERAL}]+(?:点[{NUMERAL[:-3]}]+)?)"
    rf"(?![0-9点几{NUMERAL}])[%‰]?"
)


def in_digits(text: str) -> str:
    """百分之九十 → 90%, 不少于三次 → 不少于3次: only numerals of a share or of things counted."""
    if "分" in text:
        text = _SHARE.sub(_share, _WHOLE.sub("100%", text))
    if DIGIT.search(text):
        return text
    return _COUNTED.sub(lambda found: _digits(found["numeral"]), text)


def _share(found: re.Match[str]) -> str:
    whole, point, decimals = found["number"].partition("点")
    decimals = decimals.translate(_NUMERALS)
    return _digits(whole) + point.replace("点", ".") + decimals + _SHARES[found["of"]]


_PLACES = re.compile(
    "(?:(?P<thousands>N)千)?(?:零?(?P<hundreds>N)百)?(?:零?(?P<tens>N)十)?"
    "(?:(?:^|零|(?<=十))(?P<ones>N))?|[零〇]".replace("N", "[一二两三四五六七八九]")
)
_BARE_TEN = re.compile("(?<![一二两三四五六七八九])十")


def _digits(numeral: str) -> str:
    """十二 → 12; the numeral itself where it is none (三五个) or says two things (三千五)."""
    found = _PLACES.fullmatch(_BARE_TEN.sub("一十", numeral))
    if not found:
        return numeral
    return str(int("".join(found.groups("零")).translate(_NUMERALS)))
