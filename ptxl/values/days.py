"""A day as people type it → the days that it may mean. Pure.

Names of months and what stands around them are of a language (its table [days]); in which order a
day and a month in digits stand is said by the template.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache

from ptxl.words import Language, Speaker

#: which of two numbers before a year is the month; "" where nobody says
ORDERS = ("dmy", "mdy")
#: that a typed day may be in: 0027 is a 27, 2720 a slip; 2119 is the last that numbers reach
_YEARS = range(1900, 2120)
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-./])([0-9]{1,2})\2([0-9]{4})")
_DAY = "(?P<day>[0-9]{1,2})"


def days_typed(text: str, language: Language, order: str = "") -> tuple[date, ...]:
    """The days that a text may mean, whose forms are folded: none, one, or two of unknown order."""
    if found := year_first(language).fullmatch(text):
        return _existing(*map(int, found.groups()))
    if not months_of(language):
        return ()
    if found := _YEAR_LAST.fullmatch(text):
        return _in_order(int(found[1]), int(found[3]), int(found[4]), order)
    for shape in _worded(language):
        if found := shape.fullmatch(text):
            month = months_of(language)[found["month"].casefold()]
            return _existing(int(found["year"]), month, int(found["day"]))
    return ()


def _in_order(first: int, second: int, year: int, order: str) -> tuple[date, ...]:
    """One day where only one exists, or the order says which; else both, the day first."""
    by_order = {"dmy": _existing(year, second, first), "mdy": _existing(year, first, second)}
    both = tuple(dict.fromkeys(by_order["dmy"] + by_order["mdy"]))
    return by_order.get(order, ()) or both


def _existing(year: int, month: int, day: int) -> tuple[date, ...]:
    try:
        return (date(year, month, day),) if year in _YEARS else ()
    except ValueError:
        return ()


@cache
def marks_of(language: Language) -> tuple[str, ...]:
    """What may stand behind a year, a month and a day in digits: 年, 月, 日; nothing in most."""
    return tuple(Speaker(language).say("days.marks").split())


@cache
def year_first(language: Language) -> re.Pattern[str]:
    """A day with its year first, as everywhere: 2027-3-1, 2027年3月1日."""
    year, month, ending = marks_of(language) or ("", "", "")
    behind_day = f"{ending}?" if ending else ""
    return re.compile(
        f"([0-9]{{4}})[-./{year}]([0-9]{{1,2}})[-./{month}]([0-9]{{1,2}}){behind_day}"
    )


@cache
def months_of(language: Language) -> Mapping[str, int]:
    """The numbers of months by their names, in small letters; none where months have no names."""
    months = Speaker(language).say("days.months").casefold()
    names = (month.split() for month in months.split(",") if month)
    return {name: number for number, own in enumerate(names, 1) for name in own}


def month_pattern(language: Language) -> str:
    """A pattern of the names of months, with a dot where they are cut short; not a group."""
    names = sorted(map(re.escape, months_of(language)), key=len, reverse=True)
    return f"(?:{'|'.join(names)})"


@cache
def _worded(language: Language) -> tuple[re.Pattern[str], ...]:
    """1 March 2027, March 1, 2027, 1st of March 2027, 1-Mar-2027."""
    say = Speaker(language).say
    ending = "|".join(map(re.escape, say("days.behind_day").split()))
    between = "|".join(map(re.escape, say("days.between").split()))
    day, gap = f"{_DAY}(?:{ending})?", rf"(?:[ ,.-]|\b(?:{between})\b)+"
    month, year = f"(?P<month>{month_pattern(language)})", "(?P<year>[0-9]{4})"
    shapes = (f"{day}{gap}{month}{gap}{year}", f"{month}{gap}{day}{gap}{year}")
    return tuple(re.compile(shape, re.IGNORECASE) for shape in shapes)
