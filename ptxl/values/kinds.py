"""Kinds of fields: each a record of all that the program must know of it. Pure.

A kind is one entry of `KINDS`; templates, forms, readers, checks, documents and rules ask it, and
none of them names a kind. Nothing is repaired in silence: a reading that somebody should look at
comes back together with a problem.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from ptxl.cells import EPOCH
from ptxl.model.findings import Code
from ptxl.model.form import Field, Form
from ptxl.text import Raw, fold_forms, plain, without_invisible
from ptxl.values.amounts import read_amount, read_number
from ptxl.values.days import days_typed
from ptxl.values.money import money_unit
from ptxl.values.target_value import TargetValue, parse_target, target_json
from ptxl.words import Phrase, Speaker, phrase

_FIRST_SERIAL, _LAST_SERIAL = 20_000, 80_000  # 1954 to 2119: other numbers are no dates
_DIGITS_KEPT = 15  # what a cell that holds a number keeps
_WHOLE_COUNTRY = 10**12  # no number of a form is larger
#: what people type for a tick: the first is what forms and we write
TICKS = ("√", "✓", "✔", "☑", "是", "对", "1", "Y", "y", "V", "v", "TRUE")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A value (None when there is none) and, when somebody should look, why: a code and facts."""

    value: object = None
    code: Code | Literal[""] = ""
    facts: Mapping[str, object] = field(default_factory=dict)


Validation = Mapping[str, object]
_TEXT_SCHEMA: Mapping[str, object] = {"type": "string", "minLength": 1}


def _validate_length(field: Field, cell: str) -> Validation:
    return {"validate": "length", "criteria": "<=", "value": field.longest or 5_000}


def _itself(value: object) -> object:
    return value


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """One kind of field, from the template to the merged document. A new kind is one entry."""

    name: str
    #: what a cell holds → its value, or why it has none
    parse: Callable[[Raw, Field], Parsed]
    #: value → its JSON, and what JSON Schema says of that
    to_json: Callable[[object], object] = _itself
    schema: Mapping[str, object] = field(default_factory=lambda: _TEXT_SCHEMA)
    #: Excel's, "" where the language of the form has one; cells of free answers are formatted as
    #: text, so that they stay as typed
    number_format: str = "@"
    #: what Excel lets a person type, in XlsxWriter's words, of a field and the name of its cell
    validation: Callable[[Field, str], Validation] = _validate_length
    #: what Excel says when a cell is chosen, and when it refuses an answer: words of the tables
    #: [hints] and [alerts], with the facts `unit` and `longest`
    hint: str = ""
    alert: str = "length"
    #: the keys, beside those of every field, that a template may give to a field of this kind
    options: tuple[str, ...] = ()
    #: the texts that answer every field of this kind; all mean the first, which is offered
    words: tuple[str, ...] = ()
    #: whether its unit is one of money
    is_money: bool = False
    #: what its values are to rules
    type: Literal["text", "number", "date"] = "text"
    #: whether a value has parts, of which rules may ask: those of a target value
    has_parts: bool = False
    #: how a number is shown that the form computes, with so many digits behind the point; how many
    #: are kept where the template does not say
    computed_format: str = ""
    decimals: int = 0
    #: what a field has where its template does not say
    minimum: Decimal | None = None
    longest: int = 0

    @property
    def is_text(self) -> bool:
        """Whether cells hold the answer as a text, whatever it means."""
        return self.number_format == "@"

    @property
    def is_listed(self) -> bool:
        """Whether an answer is chosen from a list of the form."""
        return "among" in self.options

    @property
    def is_chosen(self) -> bool:
        """Whether an answer is one of certain words: those of a list, or of the kind itself."""
        return self.is_listed or bool(self.words)

    @property
    def folds(self) -> bool:
        """Whether full-width digits and signs are read as plain ones."""
        return self.type != "text"


# -- texts


def _text(value: object, raw: Raw, field: Field) -> Parsed:
    """A value that is read of a text. Our cells hold texts: a number was pasted over one."""
    text = plain(raw)
    if not isinstance(raw, str):
        return Parsed(value, "stored_as_number", {"raw": text})
    if field.longest and len(text) > field.longest:
        return Parsed(value, "too_long", {"length": len(text), "longest": field.longest})
    return Parsed(value)


def _parse_text(raw: Raw, field: Field) -> Parsed:
    return _text(plain(raw), raw, field)


def _parse_choice(raw: Raw, field: Field) -> Parsed:
    """A list says whether an answer is right: whether it was a number does not matter."""
    return _parse_text(plain(raw), field)


def _parse_tick(raw: Raw, field: Field) -> Parsed:
    """Whatever means a tick is one; a box that a program unticked is blank."""
    if raw is False:
        return Parsed()
    text = plain(raw)
    return Parsed(TICKS[0] if text in TICKS else text)


def _parse_code(raw: Raw, field: Field) -> Parsed:
    """A number keeps no zeros before it: whether there were any, only the sender knows."""
    text = unicodedata.normalize("NFC", plain(raw))
    if isinstance(raw, str) or (
        isinstance(raw, Decimal) and text.isdecimal() and len(text) <= _DIGITS_KEPT
    ):
        return _text(text, raw, field)
    return Parsed(None, "not_a_code", {"raw": text})


def _parse_target(raw: Raw, field: Field) -> Parsed:
    """`raw` is what was typed: the wide blanks around it, too, which are read as none."""
    target = parse_target(plain(raw), manner=field.manner)
    if isinstance(raw, str):
        target = replace(target, raw=without_invisible(raw))
    return _text(target, raw, field)


# -- numbers


def _own_number(raw: Raw, unit: str) -> Decimal | None:
    """The number that a cell holds, alone or with the unit that its field prints."""
    number, behind = read_number(raw)
    return number if behind in ("", fold_forms(unit)) else None


def _parse_number(raw: Raw, field: Field) -> Parsed:
    number = _own_number(raw, field.unit)
    if number is None:
        return Parsed(None, "not_a_number", {"raw": plain(raw), "unit": field.unit or "—"})
    return _in_range(number, field)


def _parse_integer(raw: Raw, field: Field) -> Parsed:
    number = _own_number(raw, field.unit)
    if number is None or number != number.to_integral():
        return Parsed(None, "not_whole", {"raw": plain(raw)})
    return _in_range(Decimal(int(number)), field)


def _parse_money(raw: Raw, field: Field) -> Parsed:
    """Amounts stay in the unit of the field; another unit written beside one is never converted."""
    unit = money_unit(field.unit)
    assert unit  # a template is refused that asks for money in another
    facts = {"raw": plain(raw), "unit": field.unit}
    amount = read_amount(raw, unit.currency, field.manner)
    if amount is None:
        return Parsed(None, "not_a_number", facts)
    if amount.multiple not in ("", unit.multiple):
        return Parsed(None, "money_unit_differs", facts)
    if amount.multiple and not amount.names_currency:
        facts["number"] = plain(amount.number)
        return Parsed(amount.number, "money_unit_unclear", facts)
    return _in_range(amount.number, field)


def _parse_percent(raw: Raw, field: Field) -> Parsed:
    """Percent as its number: 25 for 25%. A cell that holds the number 0.25 says neither.

    Nor does a typed 0.25, but that stands there as it was meant to be seen: read, and questioned.
    """
    number = _own_number(raw, "%")
    if number is None:
        return Parsed(None, "not_a_number", {"raw": plain(raw), "unit": "%"})
    like_a_ratio = 0 < number <= 1 and "%" not in fold_forms(plain(raw))
    if like_a_ratio and isinstance(raw, Decimal):
        return Parsed(None, "ambiguous_percent", {"raw": plain(raw)})
    parsed = _in_range(number, field)
    if like_a_ratio and not parsed.code:
        return Parsed(number, "percent_unclear", {"raw": plain(raw), "number": plain(number)})
    return parsed


def _in_range(number: Decimal, field: Field) -> Parsed:
    low, high = field.minimum, field.maximum
    nearest = number
    if low is not None:
        nearest = max(nearest, low)
    if high is not None:
        nearest = min(nearest, high)
    if abs(number) > _WHOLE_COUNTRY:  # a cell refuses it, but a text may have thousands of digits
        return Parsed(None, "number_too_large", {"digits": number.adjusted() + 1, "most": 12})
    if nearest == number:
        return Parsed(number)
    return Parsed(number, "out_of_range", {"number": plain(number), "range": _range(low, high)})


def _range(low: Decimal | None, high: Decimal | None) -> Phrase:
    """What a number may be, of which one bound at least is given."""
    if low is None or high is None:
        name, bound = ("at_most", high) if low is None else ("at_least", low)
        return phrase(f"ranges.{name}", bound=bound)
    return phrase("ranges.between", minimum=low, maximum=high)


def _number_json(value: object) -> object:
    """A number without trailing zeros, exact."""
    assert isinstance(value, Decimal)
    whole = value.to_integral()
    return int(whole) if value == whole else value.normalize()


def _validate_number(field: Field, cell: str) -> Validation:
    low = -_WHOLE_COUNTRY if field.minimum is None else field.minimum
    high = _WHOLE_COUNTRY if field.maximum is None else field.maximum
    return {"validate": "decimal", "criteria": "between",
            "minimum": float(low), "maximum": float(high)}  # fmt: skip


def _validate_integer(field: Field, cell: str) -> Validation:
    return {**_validate_number(field, cell), "validate": "integer"}


def _validate_percent(field: Field, cell: str) -> Validation:
    number = f'VALUE(SUBSTITUTE({cell},"%",""))'
    high = 1000 if field.maximum is None else field.maximum
    inside = f"{number}>={field.minimum or 0},{number}<={high}"
    return {"validate": "custom", "value": f"=AND(ISNUMBER({number}),{inside})"}


# -- dates, choices, target values


def _parse_date(raw: Raw, field: Field) -> Parsed:
    facts: dict[str, object] = {"raw": plain(raw), "example": _said("days.example", field)}
    days = _days(raw, field)
    if len(days) > 1:
        first, second = days
        return Parsed(None, "ambiguous_date", {**facts, "first": first, "second": second})
    return Parsed(days[0]) if days else Parsed(None, "not_a_date", facts)


def _days(raw: Raw, field: Field) -> tuple[date, ...]:
    """The days that a cell may mean: of a text two where nobody says which number is the month."""
    match raw:
        case datetime():
            return (raw.date(),)
        case date():
            return (raw,)
        case Decimal() if raw == raw.to_integral() and _FIRST_SERIAL < raw < _LAST_SERIAL:
            return (EPOCH + timedelta(days=int(raw)),)
        case str():
            text, manner = fold_forms(plain(raw)).strip(), field.manner
            return days_typed(text, manner.language, manner.dates)
    return ()


def _said(code: str, field: Field) -> str:
    """What the language of the form has for a code."""
    return Speaker(field.manner.language).say(code)


def _date_json(value: object) -> object:
    assert isinstance(value, date)
    return value.isoformat()


def _validate_date(field: Field, cell: str) -> Validation:
    return {"validate": "date", "criteria": "between",
            "minimum": date(1980, 1, 1), "maximum": date(2099, 12, 31)}  # fmt: skip


def _validate_choice(field: Field, cell: str) -> Validation:
    """A choice with free entry offers its list and accepts anything."""
    return {"validate": "list", "show_error": not field.free}


def _validate_tick(field: Field, cell: str) -> Validation:
    return {"validate": "list", "source": [TICKS[0]]}


def _tick_json(value: object) -> object:
    return value == TICKS[0]


def _target_json(value: object) -> object:
    if not isinstance(value, TargetValue):
        return value  # one part of a value that is split over columns
    found = target_json(value)
    numbers = {key: _number_json(part) for key, part in found.items() if isinstance(part, Decimal)}
    return {**found, **numbers}


_BOUNDS = ("minimum", "maximum")
_COMPUTED = ("compute", "decimals")


def _by_name(kinds: Iterable[Kind]) -> Mapping[str, Kind]:
    return MappingProxyType({kind.name: kind for kind in kinds})


#: every kind, by name
KINDS: Mapping[str, Kind] = _by_name((
    Kind(name="text", parse=_parse_text, options=("longest", "part", "compute"), longest=200),
    Kind(name="long_text", parse=_parse_text, options=("longest", "compute"), longest=5_000),
    Kind(
        name="integer", parse=_parse_integer, to_json=_number_json, schema={"type": "integer"},
        number_format="0", validation=_validate_integer, alert="integer",
        options=("unit", "compute", *_BOUNDS), type="number", computed_format="0",
    ),
    Kind(
        name="number", parse=_parse_number, to_json=_number_json, schema={"type": "number"},
        number_format="General", validation=_validate_number, alert="number",
        options=("unit", *_COMPUTED, *_BOUNDS), type="number", computed_format="0{}", decimals=2,
    ),
    Kind(
        name="money", parse=_parse_money, to_json=_number_json, schema={"type": "number"},
        number_format="#,##0.00####", validation=_validate_number,
        hint="money", alert="money",
        options=("unit", *_COMPUTED, *_BOUNDS), is_money=True, type="number",
        minimum=Decimal(0), computed_format="#,##0{}", decimals=6,
    ),
    Kind(
        name="percent", parse=_parse_percent, to_json=_number_json, schema={"type": "number"},
        validation=_validate_percent, hint="percent", alert="percent",
        options=(*_COMPUTED, *_BOUNDS), type="number", minimum=Decimal(0),
        computed_format='0{}"%"', decimals=2,
    ),
    Kind(
        name="date", parse=_parse_date, to_json=_date_json,
        schema={"type": "string", "format": "date"}, number_format="",
        validation=_validate_date, hint="date", alert="date",
        type="date",
    ),
    Kind(
        name="choice", parse=_parse_choice, validation=_validate_choice,
        hint="choice", alert="choice",
        options=("among", "level", "free", "several", "longest", "part"), longest=100,
    ),
    Kind(
        name="tick", parse=_parse_tick, to_json=_tick_json, schema={"type": "boolean"},
        validation=_validate_tick, hint="tick", alert="tick", words=TICKS,
    ),
    Kind(name="code", parse=_parse_code, options=("longest",), longest=40),
    Kind(
        name="target", parse=_parse_target, to_json=_target_json,
        schema={"$ref": "#/$defs/target_value"},
        hint="target", alert="target",
        options=("longest",), has_parts=True, longest=200,
    ),
))  # fmt: skip


def kind_of(field: Field) -> Kind:
    """The kind of a field."""
    return KINDS[field.kind]


def choices_of(form: Form, field: Field, parent: str | None = None) -> tuple[str, ...]:
    """The words that answer a field; with `parent`, those of its list below that category."""
    return kind_of(field).words[:1] or form.choices(field, parent)


def format_of(field: Field) -> str:
    """Excel's number format of a cell that people fill in: of a day that of the form's language."""
    return kind_of(field).number_format or _said("days.format", field)


def decimals_of(field: Field) -> int:
    """How many digits behind the point a computed number has."""
    stated = field.compute.decimals if field.compute else None
    return kind_of(field).decimals if stated is None else stated


def computed_format(field: Field) -> str:
    """Excel's number format of a computed cell: of a cell that people fill in, where that will do.

    Cells of texts would show the formula once somebody edits it.
    """
    kind = kind_of(field)
    if not kind.computed_format:
        return "General"
    stated = field.compute.decimals if field.compute else None
    if stated is None and not kind.is_text:
        return kind.number_format
    digits = decimals_of(field)
    return kind.computed_format.format(f".{'0' * digits}" if digits else "")
