"""The day that a cell of a date holds: the formula of its number, and the same in Python. Pure.

A cell may hold a date, or a text in one of the usual spellings. Of others, which a person or the
desk may still understand, nothing is told, and what asks for the day waits.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from ptxl.cells import EPOCH
from ptxl.rules.functions import trim
from ptxl.text import Raw
from ptxl.values.days import marks_of, year_first
from ptxl.words import Language

#: the number of a cell of which no day is told
NO_DAY = 0
#: days are numbers around this one, nearer than so much: 1954 to 2119
_MIDDLE, _REACH = 50_000, 30_000


def day_number(raw: Raw, language: Language) -> int:
    """The number of the day that a cell holds, as programs count days, or `NO_DAY`."""
    day = _day(raw, language)
    number = (day - EPOCH).days if day else NO_DAY
    return number if abs(number - _MIDDLE) < _REACH else NO_DAY


def _day(raw: Raw, language: Language) -> date | None:
    match raw:
        case datetime():
            return raw.date() if raw.time() == time.min else None
        case date():
            return raw
        case Decimal() if raw == raw.to_integral() and abs(raw - _MIDDLE) < _REACH:
            return EPOCH + timedelta(days=int(raw))
        case str() if found := year_first(language).fullmatch(trim(raw)):
            try:
                return date(*map(int, found.groups()))
            except ValueError:
                return None
    return None


def day_formula(cell: str, language: Language) -> str:
    """The formula of `day_number` for a cell.

    A text is a day where the day that a program reads in it, written again, is that text: so it
    does not matter how the program would understand others.
    """
    year, month, ending = marks_of(language) or ("", "", "")
    text = f"TRIM({cell})"
    parts = f"LEFT({text},5)", f"MID({text},6,LEN({text}))"
    marks = zip(parts, (year, month), strict=True)
    joined = "&".join(f'SUBSTITUTE({part},"{mark}","-")' if mark else part for part, mark in marks)
    dashed = f'SUBSTITUTE(SUBSTITUTE({joined},".","-"),"/","-")'
    day = f'DATEVALUE(SUBSTITUTE({dashed},"{ending}",""))' if ending else f"DATEVALUE({dashed})"
    month_written = _digits(f"MONTH({day})", "{0,0,1,1}")
    day_written = _digits(f"DAY({day})", "{0,1,0,1}")
    endings = f'&{{"";"{ending}"}}' if ending else ""
    written = f'YEAR({day})&"-"&{month_written}&"-"&{day_written}{endings}'
    spelt = f"(SUMPRODUCT(EXACT({dashed},{written})*1)>0)*{day}"
    number = f"IF(ISNUMBER({cell}),{cell}*({cell}=INT({cell})),{spelt})"
    return f"IFERROR({number}*(ABS({number}-{_MIDDLE})<{_REACH}),{NO_DAY})"


def day_text(number: str) -> str:
    """The formula of a day as messages write it, 2026-03-01; of its number."""
    month, day = (_digits(f"{part}({number})", "1") for part in ("MONTH", "DAY"))
    return f'YEAR({number})&"-"&{month}&"-"&{day}'


def _digits(number: str, filled: str) -> str:
    """The formula of the digits of a number; where `filled` is 1, of two at least."""
    return f'REPT("0",{filled}*({number}<10))&{number}'
