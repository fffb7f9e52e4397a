"""A normalised text → the days that it names, or None if it is no date.

The grammar, piece by piece: lead? sign? moment since? (to moment)? ending? deed?
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date

from ptxl.values.target_value.numerals import NUMBER_ALONE
from ptxl.values.target_value.text import DONE, TO
from ptxl.values.target_value.value import TargetValue, Typed

_YEAR = "(?:19|20)[0-9]{2}"
_MONTH = "1[0-2]|0?[1-9]"
_DAY = "3[01]|[12][0-9]|0?[1-9]"
#: times of a year without fixed days
_VAGUE = ("春季", "夏季", "秋季", "冬季", "春节", "汛期", "国庆节", "国庆", "元旦")
_PART = (
    "(?P<part>全年度?|[上下]半年|前三季度|第?[一二三四1-4]季度[底末初]?|[上中下]旬"
    f"|年[底末终初内中]|月[底末初]|季度?[底末初]|[底末终初内]|{'|'.join(_VAGUE)})?"
)
#: 2025.3.1, 2025-3
_NUMERIC = re.compile(
    rf"(?P<year>{_YEAR})(?P<mark>[-./])(?P<month>{_MONTH})(?:(?P=mark)(?P<day>{_DAY})日?)?"
    rf"(?:[T ]00:00(?::00)?)?(?![0-9])(?P<relative>){_PART}"
)
#: 20250301, 202503
_COMPACT = re.compile(
    rf"(?P<year>{_YEAR})(?P<month>0[1-9]|1[0-2])(?P<day>[0-3][0-9])?(?![0-9])(?P<relative>){_PART}"
)


def _worded(year_ending: str) -> re.Pattern[str]:
    """2025年3月1日, 当年底, 3月份: all of it may be missing; 3-6月: the end says what it is."""
    return re.compile(
        rf"(?:(?P<year>{_YEAR})(?:年度?|学年|(?={TO}{_YEAR}){year_ending})"
        r"|(?P<relative>[当本]年度?|[今次明]年|年度|每年度?|[每当本次]月|每个?季度?))?"
        rf"(?:(?P<month>{_MONTH})(?:月份?|(?={TO}[0-9]{{1,2}}月)))?"
        rf"(?:(?P<day>{_DAY})(?:[日号]|(?:(?<=月[0-9])|(?<=月[0-9]{{2}}))(?=$|前)))?{_PART}"
    )


_FIRST = (_NUMERIC, _COMPACT, _worded(""))
#: 2021-2025: the second year needs no 年
_SECOND = (_NUMERIC, _COMPACT, _worded("|(?=$)"))
_LEAD = re.compile("截至|截止到?|预计|计划|力争|确保|[至到于在拟自从]")
_SIGN = re.compile("≥|≤|>=|<=|[<>=]|不[晚迟]于|早于|[小大]于等于")
_SINCE = re.compile("起")
_UNTIL = re.compile(f"{TO}(?![位达])")  # 到位 and 到达 are deeds
_ENDING = re.compile("以前|之前|前后|前|止|之内|以内|内|期间|左右")
_DEED = re.compile(f"(?:全部|全面|基本|按时|按期|及时|正式)?(?:{DONE})(?!率)[一-鿿]{{0,8}}")
#: 2025.1-12, 2025.3.1-6.30: the year is said once
_YEAR_ONCE = re.compile(
    rf"\A(?P<year>{_YEAR})(?P<mark>[./])(?P<first>(?:{_MONTH})(?P<day>(?P=mark)(?:{_DAY}))?)(?P<to>{TO})"
    rf"(?P<second>(?:{_MONTH})(?(day)(?P=mark)(?:{_DAY})))\Z"
)
_TWICE = r"\g<year>\g<mark>\g<first>\g<to>\g<year>\g<mark>\g<second>"
_TIME_INSIDE = re.compile(f"[年月季]|{_YEAR}|{'|'.join(_VAGUE)}")
#: words that name a time without a year or month beside them
_ALONE = re.compile("[当本]年度?|[今次明]年|[当本次]月")
_PART_ALONE = re.compile("(?:[年月季全前上下第一二三四1-4春夏秋冬][^旬]*|汛期|国庆节?|元旦)")
#: first and last month; without a month the year's
_MONTHS = ((1, 12), *((month, month) for month in range(1, 13)))
_SEASONS = {"上半年": (1, 6), "下半年": (7, 12), "前三季度": (1, 9)} | {
    f"{word}季度": (3 * quarter - 2, 3 * quarter)
    for quarter, words in enumerate(("一1", "二2", "三3", "四4"), start=1)
    for word in words
}
#: first and last day; 0 is the last of the month
_TEN_DAYS = {"上旬": (1, 10), "中旬": (11, 20), "下旬": (21, 0)}
_BEFORE = ("以前", "之前", "前", "止")
#: signs and endings of a time that only ends, and words of one that only begins
_DEADLINES = frozenset(("≤", "<=", "<", "不晚于", "不迟于", "早于", "小于等于", *_BEFORE))
_BEGINNINGS = frozenset(("起", "自", "从"))
_AT_LEAST = ("≥", ">=", ">", "大于等于")
_UNFIXED = ("初", *_VAGUE)


@dataclass(frozen=True, slots=True)
class _Moment:
    """A day, month, quarter or year, as far as a text names it; 0 and "" where it does not."""

    numeric: bool
    compact: bool
    year: int
    month: int
    day: int
    relative: str
    part: str

    @property
    def is_there(self) -> bool:
        """Whether a text names it at all; 次年 alone does not."""
        return any((self.year, self.month, self.day, self.part))

    def span(self) -> tuple[date | None, date | None]:
        """First and last day, nothing where no year or no fixed day is named.

        Raises ValueError for a day that does not exist.
        """
        part = self.part.lstrip("第")
        if not self.year or part.endswith(_UNFIXED):
            return None, None
        first_month, last_month = _SEASONS.get(part.rstrip("底末"), _MONTHS[self.month])
        first_day, last_day = _TEN_DAYS.get(part, (max(self.day, 1), self.day))
        last_day = last_day or monthrange(self.year, last_month)[1]
        return date(self.year, first_month, first_day), date(self.year, last_month, last_day)


@dataclass(frozen=True, slots=True)
class _Period:
    """What a text says of a time: one moment, or from one to another."""

    lead: str
    sign: str
    first: _Moment
    since: str
    second: _Moment
    ending: str

    @property
    def is_exact(self) -> bool:
        """Whether it cannot be an amount: ≤12月 lasts twelve months, ≥2021.6 is a number."""
        first = self.first
        return any((not self.sign, first.day, first.part, self.ending, self.second.is_there))

    def names_a_time(self) -> bool:
        """All parts of a moment may be missing; this asks whether those that are there suffice."""
        first = self.first
        if first.compact:  # 202012 alone is as likely an amount
            return any((first.day, self.second.compact))
        if first.year and not first.numeric:
            return True
        if first.month:
            return self.is_exact
        if first.day:
            return "月" in first.relative
        if first.relative:  # 每年 alone says how often, and 每年完成 too
            return any((first.part, self.ending, _ALONE.fullmatch(first.relative)))
        if self.sign and first.part.startswith(tuple("1234")):  # ≤3季度 lasts three quarters
            return False
        return bool(_PART_ALONE.fullmatch(first.part))

    def span(self) -> tuple[date | None, date | None]:
        """First and last day, open where the text is: 2023年12月底前 ends only.

        Before a month or a year counts its last day in, so that nobody is late who reads it so.
        Raises ValueError for a day that does not exist.
        """
        start, end = self.first.span()
        if self.second.is_there:
            _, end = self._second_with_year().span()
        else:
            if not _DEADLINES.isdisjoint((self.sign, self.ending)):
                start = None
            if not _BEGINNINGS.isdisjoint((self.lead, self.since)):
                end = None
        if self.first.part.endswith(("底", "末", "终")):
            start = None
        if self.sign in _AT_LEAST:
            end = None
        return start, end

    def _second_with_year(self) -> _Moment:
        """2021年1月-12月, 2021年6月-次年5月: the year stands before the first."""
        if self.second.year:
            return self.second
        later = self.second.relative in ("次年", "明年")
        return replace(self.second, year=self.first.year and self.first.year + later)


class _Scan:
    """A text that is read from its beginning, piece by piece."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    @property
    def ended(self) -> bool:
        return self.at == len(self.text)

    def take(self, pattern: re.Pattern[str]) -> str:
        """What stands next, if it is of that pattern."""
        found = pattern.match(self.text, self.at)
        if not found:
            return ""
        self.at = found.end()
        return found[0]

    def moment(self, shapes: tuple[re.Pattern[str], ...]) -> _Moment:
        """The moment that stands next, in the first way of writing it that fits."""
        for shape in shapes:
            found = shape.match(self.text, self.at)
            if found:
                self.at = found.end()
                return _moment_of(found)
        raise AssertionError("the last shape, of words, fits even nothing")


def _moment_of(found: re.Match[str]) -> _Moment:
    words, numbers = found.groupdict(""), found.groupdict("0")
    return _Moment(
        numeric=found.re is _NUMERIC,
        compact=found.re is _COMPACT,
        year=int(numbers["year"]),
        month=int(numbers["month"]),
        day=int(numbers["day"]),
        relative=words["relative"],
        part=words["part"],
    )


_NO_MOMENT = _Scan("").moment(_FIRST)


def read_date(typed: Typed) -> TargetValue | None:
    """The day or period that a text names, open where the text is: 2023年12月底前 ends only."""
    # 2020.5 under a name that gives a unit is an amount, never May
    if typed.unit_of_name and NUMBER_ALONE.fullmatch(typed.body):
        return None
    days, *more = map(_named_days, typed.body.split("、"))
    if days is None or None in more:
        return None
    # 3月、6月、9月: times, but neither one day nor one period
    start, end = (None, None) if more else days
    return replace(typed.as_value("by_date"), date_from=start, date_to=end)


def _named_days(body: str) -> tuple[date | None, date | None] | None:
    """First and last day of the time that a text names; None if it is no time."""
    if not _TIME_INSIDE.search(body):
        return None
    period = _read_period(body)
    if period is None or not period.names_a_time():
        return None
    try:
        start, end = period.span()
    except ValueError:  # the 30th of February is no day
        return None
    if start and end and end < start:
        return None
    if period.ending in ("左右", "前后"):
        return None, None
    return start, end


def _read_period(body: str) -> _Period | None:
    scan = _Scan(_YEAR_ONCE.sub(_TWICE, body))
    period = _Period(
        lead=scan.take(_LEAD),
        sign=scan.take(_SIGN),
        first=scan.moment(_FIRST),
        since=scan.take(_SINCE),
        second=scan.moment(_SECOND) if scan.take(_UNTIL) else _NO_MOMENT,
        ending=scan.take(_ENDING),
    )
    scan.take(_DEED)
    return period if scan.ended else None
