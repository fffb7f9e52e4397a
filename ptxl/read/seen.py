"""What a cell holds and what a person sees of it → what may be read, and why not more. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from ptxl.model.findings import Code
from ptxl.model.form import Field
from ptxl.read.workbook import Doubt
from ptxl.text import Raw, clean, plain
from ptxl.values.kinds import kind_of
from ptxl.values.number_format import Seen
from ptxl.words import phrase

#: a number as it is usually written, without zeros before it
_USUAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|-?\.[0-9]+")
#: what may be rounded away of a number before it is another one to who sees it
_MOST_ROUNDED = Decimal("0.1")
_DAY, _MONTH = frozenset("ymd"), frozenset("ym")


def read_as_seen(raw: Raw, seen: Seen, field: Field) -> Raw | Doubt:
    """What may be read of a field: what its cell holds where a person sees the same.

    A doubt says otherwise: it has what may be read all the same, if anything. A number shown per
    cent is read as that where the field takes one.
    """
    if isinstance(raw, str):
        return _text(raw, seen, field)
    return _BY_TYPE[kind_of(field).type](raw, seen, field)


def _doubt(code: Code, raw: Raw, seen: Seen, value: Raw | None = None) -> Doubt:
    read = "" if value is None else plain(value)
    shown = seen.text or phrase("looks.nothing")
    return Doubt(code, {"shown": shown, "raw": plain(raw), "read": read}, value)


def _text(raw: str, seen: Seen, field: Field) -> Raw | Doubt:
    """Of a text that stands among others which only the format adds."""
    parse = kind_of(field).parse
    if clean(seen.text) == clean(raw):
        return raw
    meant, shown = parse(raw, field), parse(seen.text, field)
    if kind_of(field).type != "text" and meant.value == shown.value is not None:
        return raw
    return _doubt("shown_otherwise", raw, seen)


def _number(raw: Raw, seen: Seen, field: Field) -> Raw | Doubt:
    parse = kind_of(field).parse
    if not isinstance(raw, Decimal):
        return raw  # which is no number to its kind
    shown = parse(seen.text, field)
    if shown.code == "money_unit_differs":
        return Doubt(shown.code, shown.facts)
    if shown.value is None or seen.number is None:
        return _doubt("shown_otherwise", raw, seen)
    if seen.per_cent:
        exact = f"{plain(raw.scaleb(2))}%"
        return _unless_rounded_away(exact, raw, seen)
    if shown.value != seen.number:
        return _doubt("shown_otherwise", raw, seen)
    if shown.code == "money_unit_unclear":
        return Doubt(shown.code, {**shown.facts, "number": plain(raw)}, raw)
    return _unless_rounded_away(raw, raw, seen)


def _unless_rounded_away(value: Raw, raw: Decimal, seen: Seen) -> Raw | Doubt:
    """The value, unless its digits stand there in another way or hardly any of them do."""
    assert seen.number is not None
    if seen.usual and abs(seen.number - raw) <= abs(raw) * _MOST_ROUNDED:
        return value
    return _doubt("shown_unclear", raw, seen, value)


def _date(raw: Raw, seen: Seen, field: Field) -> Raw | Doubt:
    day = kind_of(field).parse(raw, field).value
    if not isinstance(day, date) or seen.parts >= _DAY:
        return raw
    if seen.parts == _MONTH or _is_number(seen):
        return _doubt("shown_unclear", raw, seen, day)
    return _doubt("shown_otherwise", raw, seen)


def _written(raw: Raw, seen: Seen, field: Field) -> Raw | Doubt:
    """Of a field for texts what is seen is the answer, whatever its cell holds."""
    if seen.text == plain(raw):
        return raw
    if not seen.text or not seen.usual:
        return _doubt("shown_otherwise", raw, seen)
    if _is_number(seen):
        return raw  # of which something may be rounded away, and which is no text
    return _doubt("read_as_shown", raw, seen, seen.text)


def _is_number(seen: Seen) -> bool:
    """Whether the digits of the held number are seen, and nothing else."""
    return bool(_USUAL.fullmatch(seen.text)) and Decimal(seen.text) == seen.number


_BY_TYPE: dict[str, Callable[[Raw, Seen, Field], Raw | Doubt]] = {
    "number": _number, "date": _date, "text": _written,
}  # fmt: skip
