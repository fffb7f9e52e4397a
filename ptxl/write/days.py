"""The day that a cell of a date holds: the formula of its number, and the same in Python. Pure.

A cell may hold a date, or a text in one of the usual spellings. Of others, which a person or the
desk may still understand, nothing is told, and what asks for the day waits.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from ptxl.cells import EPOCH
from ptxl.rules.functions import trim
from ptxl.text import Raw

#: the number of a cell of which no day is told
NO_DAY = 0
#: days are numbers around this one, nearer than so much: 1954 to 2119
_MIDDLE, _REACH = 50_000, 30_000
_SPELT = re.compile(r"([0-9]{4})[-./年]([0-9]{1,2})[-./月]([0-9]{1,2})日?")


def day_number(raw: Raw) -> int:
    """The number of the day that a cell holds, as programs count days, or `NO_DAY`."""
    day = _day(raw)
    number = (day - EPOCH).days if day else NO_DAY
    return number if abs(number - _MIDDLE) < _REACH else NO_DAY


def _day(raw: Raw) -> date | None:
    match raw:
        case datetime():
            return raw.date() if raw.time() == time.min else None
        case date():
            return raw
        case Decimal() if raw == raw.to_integral() and abs(raw - _MIDDLE) < _REACH:
            return EPOCH + timedelta(days=int(raw))
        case str() if found := _SPELT.fullmatch(trim(raw)):
            try:
                return date(*map(int, found.groups()))
            except ValueError:
                return None
    return None


def day_formula(cell: str) -> str:
    """The formula of `day_number` for a cell.

    A text is a day where the day that a program reads in it, written again, is that text: so it
    does not matter how the program would understand others.
    """
    text = f"TRIM({cell})"
    first = f'SUBSTITUTE(LEFT({text},5),"年","-")'
    rest = f'SUBSTITUTE(MID({text},6,LEN({text})),"月","-")'
    dashed = f'SUBSTITUTE(SUBSTITUTE({first}&{rest},".","-"),"/","-")'
    day = f'DATEVALUE(SUBSTITUTE({dashed},"日",""))'
    month_written = f'TEXT(MONTH({day}),{{"0","0","00","00"}})'
    day_written = f'TEXT(DAY({day}),{{"0","00","0","00"}})'
    written = f'YEAR({day})&"-"&{month_written}&"-"&{day_written}&{{"";"日"}}'
    spelt = f"(SUMPRODUCT(EXACT({dashed},{written})*1)>0)*{day}"
    number = f"IF(ISNUMBER({cell}),{cell}*({cell}=INT({cell})),{spelt})"
    return f"IFERROR({number}*(ABS({number}-{_MIDDLE})<{_REACH}),{NO_DAY})"


def day_text(number: str) -> str:
    """The formula of a day as messages write it, 2026-03-01; of its number."""
    return f'YEAR({number})&"-"&TEXT(MONTH({number}),"00")&"-"&TEXT(DAY({number}),"00")'
