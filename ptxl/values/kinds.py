"""Kinds of fields: what was typed → a value, or the reason why it is none. Pure.

One parser per kind, used by nothing but the checker. Nothing is repaired in silence: a reading
that somebody should look at comes back together with a problem.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from types import MappingProxyType

from ptxl.model.form import Field
from ptxl.model.submission import Raw
from ptxl.values.target_value import TargetValue, join_target, parse_target, target_json

__all__ = [
    "KINDS",
    "Kind",
    "Parsed",
    "TargetValue",
    "clean",
    "join_target",
    "parse_target",
    "plain",
]

#: characters without a width or a look of their own, which pasted texts carry along
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]"
)
_READ_OTHERWISE = re.compile(f"{_INVISIBLE.pattern}|\u00a0")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_MONEY = re.compile(
    r"(?P<number>[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)) ?(?P<unit>亿元|亿|万元|万|元)?整?"
)
_DATE = re.compile(r"([0-9]{4})[-./年]([0-9]{1,2})[-./月]([0-9]{1,2})日?")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?")
#: full-width digits and signs of numbers; other look-alikes (①, ²) are no digits to a reviewer
_PLAIN_FORMS = str.maketrans("０１２３４５６７８９．，％－−＋／：￥", "0123456789.,%--+/:¥")
_FOLDED_KINDS = ("money", "integer", "percent", "date")
_FIRST_SERIAL, _LAST_SERIAL = 20_000, 80_000  # 1954 to 2119: other numbers are no dates
_EXCEL_EPOCH = date(1899, 12, 30)
_DIGITS_KEPT = 15  # what a cell that holds a number keeps


@dataclass(frozen=True, slots=True)
class Parsed:
    """A value (None when there is none) and, when somebody should look, why: a code and facts."""

    value: object = None
    code: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of field. `number_format` is Excel's; `schema` describes the JSON value."""

    name: str
    number_format: str
    parse: Callable[[Raw, Field], Parsed]
    to_json: Callable[[object], object]
    schema: Mapping[str, object]


def clean(text: str) -> str:
    """A text as meant: without invisible characters and outer white space, lines ending in LF."""
    text = _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text.replace("\u00a0", " ").strip()


def normalised(raw: str, kind: str) -> bool:
    """Whether a text is read as other characters than it was typed with.

    Outer white space and the ends of lines aside, which nobody sees.
    """
    if not _READ_OTHERWISE.search(raw) and (kind not in _FOLDED_KINDS or raw.isascii()):
        return False
    text = clean(raw)
    if kind in _FOLDED_KINDS:
        text = text.translate(_PLAIN_FORMS)
    return text != raw.strip() and text != raw.replace("\r\n", "\n").replace("\r", "\n").strip()


def plain(raw: Raw) -> str:
    """What a cell holds, as the text that somebody would have typed."""
    if isinstance(raw, Decimal):
        return format(raw.normalize(), "f") if raw != raw.to_integral() else format(raw, ".0f")
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    return raw.isoformat() if isinstance(raw, date) else clean(raw)


def _folded(raw: Raw) -> str:
    """For numbers: full-width digits and signs made plain. Inner white space stays, and refuses."""
    return plain(raw).translate(_PLAIN_FORMS).strip()


def _without_commas(text: str) -> str:
    found = re.match(r"[+-]?[0-9,.]+", text)
    if found and _GROUPED.fullmatch(found[0]):
        return found[0].replace(",", "") + text[found.end() :]
    return text


def _decimal(text: str) -> Decimal | None:
    text = _without_commas(text)
    try:
        return Decimal(text) if _NUMBER.fullmatch(text) else None
    except InvalidOperation:  # pragma: no cover - the pattern admits only numbers
        return None


def _parse_text(raw: Raw, field: Field) -> Parsed:
    text = plain(raw)
    if not isinstance(raw, str) and field.kind in ("text", "long_text"):
        return Parsed(text, "stored_as_number", {"raw": text})
    if field.longest and len(text) > field.longest:
        return Parsed(text, "too_long", {"length": len(text), "longest": field.longest})
    return Parsed(text)


def _parse_code(raw: Raw, field: Field) -> Parsed:
    if isinstance(raw, str):
        return _parse_text(unicodedata.normalize("NFC", plain(raw)), field)
    if not isinstance(raw, Decimal) or not plain(raw).isdecimal() or len(plain(raw)) > _DIGITS_KEPT:
        return Parsed(None, "not_a_code", {"raw": plain(raw)})
    # A number keeps no zeros before it: whether there were any, only the sender knows.
    return Parsed(plain(raw), "stored_as_number", {"raw": plain(raw)})


def _parse_money(raw: Raw, field: Field) -> Parsed:
    """Amounts stay in the unit of the field; another unit written beside one is never converted."""
    unit = field.unit or "万元"
    text = _without_commas(_folded(raw).lstrip("¥"))
    found = None if isinstance(raw, bool | date) else _MONEY.fullmatch(text)
    if not found:
        return Parsed(None, "not_a_number", {"raw": plain(raw), "unit": unit})
    number = Decimal(found["number"])
    written = found["unit"] or unit
    if written == "万" and unit == "万元":
        return Parsed(number, "money_unit_unclear", {
            "raw": plain(raw), "unit": unit, "number": plain(number)})  # fmt: skip
    if written != unit:
        return Parsed(None, "money_unit_differs", {"raw": plain(raw), "unit": unit})
    return _in_range(number, field)


def _parse_integer(raw: Raw, field: Field) -> Parsed:
    number = None if isinstance(raw, bool | date) else _decimal(_folded(raw))
    if number is None or number != number.to_integral():
        return Parsed(None, "not_whole", {"raw": plain(raw)})
    return _in_range(Decimal(int(number)), field)


def _parse_percent(raw: Raw, field: Field) -> Parsed:
    """Percent as its number: 25 for 25%. A cell that holds the number 0.25 says neither.

    Nor does a typed 0.25, but that stands there as it was meant to be seen: read, and questioned.
    """
    text = _folded(raw)
    number = None if isinstance(raw, bool | date) else _decimal(text.removesuffix("%"))
    if number is None:
        return Parsed(None, "not_a_number", {"raw": plain(raw), "unit": "%"})
    if isinstance(raw, Decimal) and 0 < raw <= 1:
        return Parsed(None, "ambiguous_percent", {"raw": plain(raw)})
    parsed = _in_range(number, field)
    if not parsed.code and 0 < number <= 1 and not text.endswith("%"):
        return Parsed(number, "percent_unclear", {"raw": plain(raw), "number": plain(number)})
    return parsed


def _in_range(number: Decimal, field: Field) -> Parsed:
    low, high = field.minimum, field.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        facts = {"number": plain(number), "minimum": _bound(low), "maximum": _bound(high)}
        return Parsed(number, "out_of_range", facts)
    return Parsed(number)


def _bound(number: Decimal | None) -> str:
    return "…" if number is None else plain(number)


def _parse_date(raw: Raw, field: Field) -> Parsed:
    refused = Parsed(None, "not_a_date", {"raw": plain(raw)})
    if isinstance(raw, datetime):
        return Parsed(raw.date())
    if isinstance(raw, date):
        return Parsed(raw)
    if isinstance(raw, Decimal):
        whole = raw == raw.to_integral() and _FIRST_SERIAL < raw < _LAST_SERIAL
        return Parsed(_EXCEL_EPOCH + timedelta(days=int(raw))) if whole else refused
    found = None if isinstance(raw, bool) else _DATE.fullmatch(_folded(raw))
    if not found:
        return refused
    try:
        return Parsed(date(int(found[1]), int(found[2]), int(found[3])))
    except ValueError:
        return refused


def _parse_target(raw: Raw, field: Field) -> Parsed:
    text = plain(raw)
    target = parse_target(text)
    if not isinstance(raw, str):
        # Our cells hold texts: a number was pasted over one, and may have shown as 95% or a month.
        return Parsed(target, "stored_as_number", {"raw": text})
    if field.longest and len(text) > field.longest:
        return Parsed(target, "too_long", {"length": len(text), "longest": field.longest})
    return Parsed(target)


def _number_json(value: object) -> object:
    """A number without trailing zeros, exact."""
    assert isinstance(value, Decimal)
    whole = value.to_integral()
    return int(whole) if value == whole else value.normalize()


def _date_json(value: object) -> object:
    assert isinstance(value, date)
    return value.isoformat()


def _target_json(value: object) -> object:
    if not isinstance(value, TargetValue):
        return value  # one part of a value that is split over columns
    return {
        key: _number_json(part) if isinstance(part, Decimal) else part
        for key, part in target_json(value).items()
    }


def _same(value: object) -> object:
    return value


_TEXT: Mapping[str, object] = {"type": "string", "minLength": 1}
_NUMBER_SCHEMA: Mapping[str, object] = {"type": "number"}
_TARGET_SCHEMA: Mapping[str, object] = {"$ref": "#/$defs/target_value"}

#: every kind, by name; cells of free answers are formatted as text, so that they stay as typed
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            Kind("text", "@", _parse_text, _same, _TEXT),
            Kind("long_text", "@", _parse_text, _same, _TEXT),
            Kind("integer", "0", _parse_integer, _number_json, {"type": "integer"}),
            Kind("money", "#,##0.00####", _parse_money, _number_json, _NUMBER_SCHEMA),
            Kind("percent", "@", _parse_percent, _number_json, _NUMBER_SCHEMA),
            Kind(
                "date", "yyyy-mm-dd", _parse_date, _date_json, {"type": "string", "format": "date"}
            ),
            Kind("choice", "@", _parse_text, _same, _TEXT),
            Kind("code", "@", _parse_code, _same, _TEXT),
            Kind("target", "@", _parse_target, _target_json, _TARGET_SCHEMA),
        )
    }
)
