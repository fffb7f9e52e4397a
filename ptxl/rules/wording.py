"""Free texts → periods and years named in them, and words that two of them share. Rules ask it."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from ptxl.values.target_value import parse_target

_YEAR = "(?:19|20)[0-9]{2}"
#: titles and numbers of documents name the years that they are from
_CITED = re.compile(r"《[^》]*》|〔[^〕]*〕|【[^】]*】|\[[^\]]*\]|[0-9]+年第?[0-9]+号")
_DAY = "(?:[0-9]{1,2}月(?:份|[0-9]{1,2}日)?)?"
_RANGE = re.compile(rf"({_YEAR})年?{_DAY}(?:-|—|–|－|~|～|至|到)+({_YEAR})年")
_SINGLE = re.compile(rf"(?<![0-9])({_YEAR})年")
_FOUR_DIGITS = re.compile(rf"(?<![0-9])({_YEAR})(?![0-9])")
#: before a year: since it, compared with it, or towards it
_BEFORE = re.compile(
    r"(?:自|从|自从|始于|截至|截止|截止到|较|比|同比|相比|对比|与|以|到|至|基期)[（(]?$"
)
#: after a year: since it, on its basis, or what was done in it
_SINCE = re.compile(
    rf"度?(?:{_DAY}|[初底末])(?:以来|来|起|后|之后|以后|基础上|水平|同期|相比|为基|遗留|结转|欠)"
)
_DONE = re.compile(
    "成立|建成|建立|印发|出台|发布|下发|颁布|修订|批准|批复|立项|通过|启动|签订|制定|投入使用|投用|竣工|"
    "验收|规划|行动|实施以来|开通|上线|购[置买]的"
)
_CLAUSE = re.compile("[，。；、,;\n]")
#: two characters of one script side by side; pairs overlap
_NEIGHBOURS = re.compile("(?=([一-鿿]{2}|[0-9A-Za-z]{2}))")
_REACH = 14  # how far behind a year its verb may stand


def another_year(text: str, year: int, *periods: str) -> int | None:
    """The first year that a text is about, as 2021年, and that is neither `year` nor in a period.

    A period is a text such as 2024年—2026年: from its first year to its last. Left out are years
    that a text only looks back on or compares with (自2019年以来, 较2023年, 2021年建成), looks
    towards (到2030年), cites (《2021年要点》, 〔2021〕5号), and periods around `year` or of a plan.
    """
    allowed = {year}.union(*map(_years_of, periods))
    plain = _CITED.sub("　", re.sub(r"\s", "", text))
    for found in (*_RANGE.finditer(plain), *_SINGLE.finditer(_RANGE.sub("　", plain))):
        first, last = int(found[1]), int(found.groups()[-1])
        if allowed.isdisjoint(range(first, last + 1)) and not _looks_elsewhere(found):
            return last
    return None


def _years_of(period: str) -> range:
    """All years from the first to the last that a text names."""
    named = [int(year) for year in _FOUR_DIGITS.findall(period)]
    if not named:
        return range(0)
    return range(min(named), max(named) + 1)


def _looks_elsewhere(found: re.Match[str]) -> bool:
    """Whether the words around a year look back on it or towards it, or name a deed of it."""
    before, after = found.string[: found.start()], found.string[found.end() :][:_REACH]
    clause = _CLAUSE.split(after)[0]
    return any((_BEFORE.search(before), _SINCE.match(after), _DONE.search(clause)))


def period_of(text: str) -> tuple[date | None, date | None]:
    """First and last day of the time that a text names: 2026年3月-9月, 三年（2024—2026年）, 2026.

    Nothing where it is not certain, as in 一年 and 长期, and no last day in 2026年3月起.
    """
    whole = parse_target(text)
    for found in (whole, parse_target(f"{text}年"), parse_target(whole.note or "")):
        if found.comparison == "by_date":
            return found.date_from, found.date_to
    return None, None


def shares(one: str, other: str, common: tuple[str, ...] = ()) -> bool:
    """Whether two neighbouring characters stand in both texts, those of `common` words aside."""
    return not _pairs(one, common).isdisjoint(_pairs(other, common))


@lru_cache(maxsize=4096)
def _pairs(text: str, common: tuple[str, ...]) -> frozenset[str]:
    for word in common:
        text = text.replace(word, "　")
    return frozenset(_NEIGHBOURS.findall(text))
