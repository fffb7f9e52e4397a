"""A time in a language whose words stand in its file → its first and last day. Pure."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from ptxl.model.form import Manner
from ptxl.values.days import days_typed, month_pattern, months_of
from ptxl.words import Language, Speaker

Span = tuple[date | None, date | None]
_YEAR = "(?:19|20)[0-9]{2}"
#: 2027-06; 2027/28 is a financial year
_MONTH = re.compile(rf"({_YEAR})-(0[1-9]|1[0-2])")
_YEARS = re.compile(rf"({_YEAR})(?: ?- ?| to )({_YEAR})")
_SYMBOLS = ("<=", "≤", "<")


@dataclass(frozen=True, slots=True)
class _Shapes:
    """Patterns of what a time is made of."""

    deed: re.Pattern[str]
    until: re.Pattern[str]
    since: re.Pattern[str]
    end_of: re.Pattern[str]
    within: re.Pattern[str]
    whole_year: re.Pattern[str]
    to: re.Pattern[str]
    month: re.Pattern[str]
    quarter: re.Pattern[str]
    half: re.Pattern[str]


def read_time(body: str, manner: Manner) -> Span | None:
    """First and last day of the time that a text names, None where it names none for certain.

    by June 2027 only ends, from June 2027 only begins; of by June nobody knows the year: neither.
    """
    shapes = _shapes(manner.language)
    text = shapes.deed.sub("", body).strip()
    if found := shapes.whole_year.fullmatch(text):
        return date(int(found[1]), 1, 1), date(int(found[1]), 12, 31)
    text = shapes.within.sub("", text, count=1)
    until, since = shapes.until.match(text), shapes.since.match(text)
    if until:
        return _ending(text[until.end() :], shapes, manner)
    period = _period(text[since.end() :] if since else text, shapes, manner)
    if period:
        return period
    if since:
        span = _moment(text[since.end() :], shapes, manner)
        return span and (span[0], None)
    if shapes.end_of.match(text):
        return _ending(text, shapes, manner)
    return _moment(text, shapes, manner)


def _ending(text: str, shapes: _Shapes, manner: Manner) -> Span | None:
    """A time that only ends: its last day counts, so that nobody is late who reads it so."""
    inner = shapes.end_of.sub("", text, count=1)
    if re.fullmatch(_YEAR, inner):
        return None, date(int(inner), 12, 31)
    span = _moment(inner, shapes, manner)
    return span and (None, span[1])


def _period(text: str, shapes: _Shapes, manner: Manner) -> Span | None:
    """From one moment to another; the year may be said once, behind the second."""
    if years := _YEARS.fullmatch(text):
        first, last = map(int, years.groups())
        return (date(first, 1, 1), date(last, 12, 31)) if first < last else None
    for found in shapes.to.finditer(text):
        end = _moment(text[found.end() :].strip(), shapes, manner)
        if not end or not end[1]:
            continue
        before = text[: found.start()].strip()
        start = _moment(before, shapes, manner)
        if not start or not start[0]:
            start = _moment(f"{before} {end[1].year}", shapes, manner)
        if start and start[0] and start[0] <= end[1]:
            return start[0], end[1]
    return None


def _moment(text: str, shapes: _Shapes, manner: Manner) -> Span | None:
    """A day, month, quarter, half of a year; (None, None) where its year is not said."""
    days = days_typed(text, manner.language, manner.dates)
    if days:
        return (days[0], days[0]) if len(days) == 1 else None
    if found := _MONTH.fullmatch(text):
        return _months(found[1], int(found[2]), int(found[2]))
    if found := shapes.month.fullmatch(text):
        number = months_of(manner.language)[found["month"].casefold()]
        return _months(found["year"], number, number)
    if found := shapes.quarter.fullmatch(text):
        last = 3 * next(n for n in range(1, 5) if found[f"q{n}"] is not None)
        return _months(found["year"], last - 2, last)
    if found := shapes.half.fullmatch(text):
        last = 6 if found["first"] else 12
        return _months(found["year"], last - 5, last)
    return None


def _months(year: str | None, first: int, last: int) -> Span:
    if not year:
        return None, None
    number = int(year)
    return date(number, first, 1), date(number, last, monthrange(number, last)[1])


@cache
def _shapes(language: Language) -> _Shapes:
    say = Speaker(language).say

    def listed(code: str) -> list[str]:
        return [word.strip() for word in say(f"targets.times.{code}").split("|") if word.strip()]

    def pattern(text: str) -> re.Pattern[str]:
        return re.compile(text, re.IGNORECASE)

    deeds, of = _either(listed("deeds")), _either(listed("of"))
    year = rf"(?:(?:,| (?:{of}))? ?(?P<year>{_YEAR}))?"
    parts = [_either(listed(part)) for part in ("first", "second", "third", "fourth")]
    quarter = "|".join(f"(?P<q{n}>{part})" for n, part in enumerate(parts, 1))
    first, second = (_either(listed(part)) for part in ("first_half", "second_half"))
    return _Shapes(
        deed=pattern(rf"^(?:{deeds})\b,? ?(?=\S)|,? (?:{deeds})$"),
        until=pattern(rf"(?:(?:{_either(listed('until'))}) |(?:{_either(_SYMBOLS)}) ?)"),
        since=pattern(rf"(?:{_either(listed('since'))}) "),
        end_of=pattern(rf"(?:{_either(listed('end_of'))}) "),
        within=pattern(rf"^(?:{_either(listed('within'))}) "),
        whole_year=pattern(rf"(?:{_either(listed('within'))}) ({_YEAR})"),
        to=pattern(rf" (?:{_either(listed('to'))}) | ?- ?"),
        month=pattern(rf"(?P<month>{month_pattern(language)})\.?{year}"),
        quarter=pattern(rf"(?:{quarter}){year}"),
        half=pattern(rf"(?:(?P<first>{first})|(?:{second})){year}"),
    )


def _either(words: Iterable[str]) -> str:
    """A pattern of any of the words, the longest first; of none, one that nothing meets."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True)) or "(?!)"
