"""A normalised text → the days that it names, or None if it is no date."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

from ptxl.values.target_value.text import DONE, TO
from ptxl.values.target_value.value import TargetValue

_YEAR = "(?:19|20)[0-9]{2}"
_MONTH = "1[0-2]|0?[1-9]"
_DAY = "3[01]|[12][0-9]|0?[1-9]"
#: times of a year without fixed days
_VAGUE = ("春季", "夏季", "秋季", "冬季", "春节", "汛期", "国庆节", "国庆", "元旦")


def _moment(number: int) -> str:
    """A day, month, quarter or year, in the ways of writing them; groups end in `number`."""
    closing = "|(?=$)" if number == 2 else ""  # 2021-2025: the second year needs no 年
    return rf"""(?:
        (?P<Y{number}>{_YEAR})(?P<mark{number}>[-./])(?P<M{number}>{_MONTH})
        (?:(?P=mark{number})(?P<D{number}>{_DAY})日?)?(?:[T ]00:00(?::00)?)?(?![0-9])
      | (?P<YY{number}>{_YEAR})(?P<MM{number}>0[1-9]|1[0-2])(?P<DD{number}>[0-3][0-9])?(?![0-9])
      | (?:(?P<y{number}>{_YEAR})(?:年度?|学年|(?={TO}{_YEAR}){closing})
          |(?P<relative{number}>[当本]年度?|[今次明]年|年度|每年度?|[每当本次]月|每个?季度?))?
        (?:(?P<m{number}>{_MONTH})(?:月份?|(?={TO}[0-9]{{1,2}}月)))?
        (?:(?P<d{number}>{_DAY})(?:[日号]|(?:(?<=月[0-9])|(?<=月[0-9]{{2}}))(?=$|前)))?
    )
    (?P<part{number}>全年度?|[上下]半年|前三季度|第?[一二三四1-4]季度[底末初]?|[上中下]旬
      |年[底末终初内中]|月[底末初]|季度?[底末初]|[底末终初内]|{"|".join(_VAGUE)})?"""


_DATE = re.compile(
    rf"""(?:截至|截止到?|预计|计划|力争|确保|[至到于在拟]|(?P<from>[自从]))?
    (?P<sign>≥|≤|>=|<=|[<>=]|不[晚迟]于|早于|[小大]于等于)?
    {_moment(1)}(?P<since>起)?(?:{TO}{_moment(2)})?
    (?P<before>以前|之前|前后|前|止|之内|以内|内|期间|左右)?
    (?:(?:全部|全面|基本|按时|按期|及时|正式)?(?:{DONE})(?!率)[一-鿿]{{0,8}})?""",
    re.VERBOSE,
)
#: 2025.1-12, 2025.3.1-6.30: the year is said once
_YEAR_ONCE = re.compile(
    rf"(?P<year>{_YEAR})(?P<mark>[./])(?P<first>(?:{_MONTH})(?P<day>(?P=mark)(?:{_DAY}))?)(?P<to>{TO})"
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


def read_date(raw: str, body: str, note: str | None) -> TargetValue | None:
    """The day or period that `body` names, open where the text is: 2023年12月底前 ends only."""
    if not _TIME_INSIDE.search(body):
        return None
    if "、" in body:  # 3月、6月、9月: times, but neither one day nor one period
        times = all(read_date(raw, each, None) for each in body.split("、"))
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
