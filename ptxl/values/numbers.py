"""A number as people type it, and what stands behind it. Pure."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from ptxl.text import Raw, fold_forms, plain

#: a number, which a unit may follow
_NUMBER = re.compile(r"(?P<number>[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)) ?(?P<unit>.*)", re.DOTALL)
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?(?![0-9,.])")


def read_number(raw: Raw) -> tuple[Decimal | None, str]:
    """The number that a cell holds, if it begins with one, and what stands behind it."""
    if isinstance(raw, bool | date):
        return None, ""
    text = fold_forms(plain(raw)).strip()
    grouped = _GROUPED.match(text)
    if grouped:
        text = grouped[0].replace(",", "") + text[grouped.end() :]
    found = _NUMBER.fullmatch(text)
    return (Decimal(found["number"]), found["unit"]) if found else (None, "")
