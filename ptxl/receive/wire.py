"""Values of a task ↔ bytes on the pipe, checked against the types that the task declares.

A file may take its worker over, so nothing that comes back is run, imported or looked up by name.
A message is JSON: plain values stand for themselves, all others are lists that begin with a tag.
Only those frozen dataclasses and errors can be made to which the task's return annotation leads,
and only with attributes of the annotated types. Everything else raises `WireError`.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache, partial
from itertools import chain
from pathlib import Path as FilePath
from pathlib import PurePath
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from ptxl.layout.growth import with_rows
from ptxl.model.errors import Fault, FaultsError, PtxlError, WorkbookError
from ptxl.model.findings import Finding
from ptxl.model.layout import Added, Layout
from ptxl.model.path import Path
from ptxl.model.refusals import RefusalCode
from ptxl.rules.of_unit import with_closed
from ptxl.template import Templates
from ptxl.values.target_value import TargetValue
from ptxl.words import LANGUAGES, Phrase, Translations

#: the longest message, in bytes, and the most values in one
LARGEST = 128 << 20
_MOST_VALUES = 2_000_000
#: bytes of the length that comes before a message
_HEADER = 4
#: rows that a clerk may have added to the tables of a form
_MOST_ADDED = 2_000
#: numbers whose digits fit on a page: others would take all memory when they are printed
_DECIMAL = re.compile(r"-?[0-9]{1,400}(\.[0-9]{1,400})?(E[+-]?[0-9]{1,3})?")
#: how deep sentences may stand in sentences: each may say several times what it holds
_DEEPEST = 4
#: characters of a text in a sentence that stands in another
_LONGEST_WITHIN = 1_000_000

_Item = Any
_Read = Callable[["_Decoder", _Item], Any]
#: what reads a value, by its tag, or by its type where it stands for itself
_Readers = Mapping[object, _Read]


class WireError(Exception):
    """A message that the task could not have given back."""


def returned_by(function: Callable[..., object]) -> object:
    """The type that a function, or a partial of one, declares to return."""
    while isinstance(function, partial):
        function = function.func
    return get_type_hints(function)["return"]


def encode(value: object) -> bytes:
    """A value as a message. Raises TypeError for what no message can hold."""
    text = json.dumps(_item(value), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def decode(message: str, expected: Sequence[object], templates: Templates, file: FilePath) -> Any:
    """The value of a message, which is of one of the `expected` types. Raises WireError.

    A layout is large, so only its name goes across, and `templates` make it. Of paths in the file
    system only that of the `file` asked about can come back.
    """
    try:
        if message.count(",") + message.count("[") > _MOST_VALUES:
            raise WireError("too many values")
        item = json.loads(message)
        return _Decoder(templates, file).value(item, _either(*expected))
    except WireError:
        raise
    except Exception as error:  # whatever Python raises over what a stranger wrote
        raise WireError(f"{type(error).__name__}: {error}"[:200]) from None


def frame(message: bytes) -> bytes:
    """A message as `multiprocessing` writes it to a pipe: its length comes before it."""
    return len(message).to_bytes(_HEADER, "big") + message


def unframe(arrived: bytearray) -> str | None:
    """Take the text of a message out of what has arrived of a pipe; None while it is not whole.

    Raises WireError when it is too long, more than one, or no text.
    """
    end = _HEADER + int.from_bytes(arrived[:_HEADER], "big")
    if end > LARGEST or len(arrived) > end:
        raise WireError("more than was asked for")
    if len(arrived) < end:
        return None
    with memoryview(arrived) as framed:  # not copied: it may be large
        text = as_text(framed[_HEADER:])
    arrived.clear()
    return text


def as_text(message: bytes | memoryview) -> str:
    """The text of a message. Raises WireError."""
    try:
        return str(message, "utf-8", "surrogatepass")
    except UnicodeDecodeError:
        raise WireError("no text") from None


# -- value → message


def _item(value: Any) -> _Item:
    return _writer(value.__class__)(value)


@cache
def _writer(kind: Any) -> Callable[[Any], _Item]:
    """What makes items of values of a type. Raises TypeError for what no message can hold."""
    if kind in _WRITERS:
        return _WRITERS[kind]
    for base, writer in _WRITERS_BY_BASE.items():
        if issubclass(kind, base):
            return writer
    name = kind.__name__
    if not dataclasses.is_dataclass(kind):
        raise TypeError(f"{name} cannot leave a worker")
    attributes = [one.name for one in dataclasses.fields(kind)]
    return lambda value: _items(name, [getattr(value, each) for each in attributes])


def _itself(value: object) -> _Item:
    return value


def _items(tag: str, parts: Sequence[object]) -> _Item:
    return [tag, *map(_item, parts)]


def _layout_item(layout: Layout) -> _Item:
    form = layout.form
    closed = tuple(path for path, field in (layout.issued or layout).fields.items() if field.closed)
    return _items("layout", (form.template, form.edition, form.parameters, layout.added, closed))


_WRITERS: Mapping[type, Callable[[Any], _Item]] = {
    **dict.fromkeys((NoneType, bool, int, float, str), _itself),
    Path: lambda path: ["Path", str(path)],
    Decimal: lambda number: ["Decimal", str(number)],
    datetime: lambda moment: ["datetime", moment.isoformat()],
    date: lambda day: ["date", day.isoformat()],
    bytes: lambda data: ["bytes", base64.b64encode(data).decode("ascii")],
    tuple: partial(_items, "tuple"),
    list: partial(_items, "tuple"),
    frozenset: partial(_items, "set"),
    Layout: _layout_item,
}
_WRITERS_BY_BASE: Mapping[type, Callable[[Any], _Item]] = {
    Enum: lambda value: [type(value).__name__, value.value],
    FaultsError: lambda error: _items(type(error).__name__, (error.faults,)),
    PtxlError: lambda error: _items(type(error).__name__, (error.code, error.facts)),
    PurePath: lambda _: ["file"],
    Mapping: lambda pairs: _items("map", tuple(chain.from_iterable(pairs.items()))),
}


# -- message → value


@dataclass(frozen=True, slots=True)
class _Decoder:
    """What reading needs beside the message. Whatever it raises makes the message a wrong one."""

    templates: Templates
    file: FilePath

    def value(self, item: _Item, readers: _Readers) -> Any:
        key = item[0] if type(item) is list else type(item)
        return readers[key](self, item)

    def values(self, items: Sequence[_Item], readers: Sequence[_Readers]) -> list[Any]:
        return [self.value(item, one) for item, one in zip(items, readers, strict=True)]


@cache
def _readers(expected: Any) -> _Readers:
    """What reads values of an expected type. Raises TypeError for types that cannot come back."""
    if expected in (object, Any):
        return _anything()
    if isinstance(expected, TypeVar):
        return _readers(expected.__bound__ or object)
    of_arguments = _GENERIC.get(get_origin(expected))
    if of_arguments:
        return of_arguments(*get_args(expected))
    known = _PLAIN.get(expected) or _OWN.get(expected)
    return known or {expected.__name__: _reader_of_class(expected)}


def _words(*allowed: object) -> _Readers:
    return {str: partial(_read_word, allowed)}


def _tuple(*parts: object) -> _Readers:
    if parts[-1] is Ellipsis:
        return _sequence(parts[0])
    return {"tuple": partial(_read_record, tuple(map(_readers, parts)))}


def _sequence(part: object) -> _Readers:
    return {"tuple": partial(_read_tuple, _readers(part))}


def _set(part: object) -> _Readers:
    return {"set": partial(_read_set, _readers(part))}


def _mapping(key: object, value: object) -> _Readers:
    return {"map": partial(_read_mapping, _readers(key), _readers(value))}


def _either(*expected: object) -> _Readers:
    """Readers of several types, of which no two may have a tag in common."""
    found: dict[object, _Read] = {}
    for one in expected:
        for tag, read in _readers(one).items():
            if found.setdefault(tag, read) is not read:
                raise TypeError(f"{expected} cannot be told apart")
    return found


@cache
def _anything() -> _Readers:
    """What may stand where anything may: answers, parameters, facts of findings."""
    found = dict(_either(*_PLAIN, TargetValue, Phrase, Translations))
    found["tuple"] = partial(_read_tuple, found)
    found["set"] = partial(_read_set, found)
    found["map"] = partial(_read_mapping, found, found)
    return found


def _reader_of_class(kind: Any) -> _Read:
    if issubclass(kind, Enum):
        return lambda _, item: kind(_only(item))
    if issubclass(kind, PtxlError):
        return partial(_read_error, kind)
    # Making one of these only sets attributes.
    about = getattr(kind, "__dataclass_params__", None)
    if about and about.frozen and not hasattr(kind, "__post_init__"):
        return partial(_read_dataclass, kind)
    raise TypeError(f"{kind.__name__} cannot leave a worker")


def _only(item: _Item) -> str:
    """The one text that follows a tag."""
    _, text = item
    if type(text) is not str:
        raise WireError(f"no text in {item[0]}")
    return text


def _read_itself(_: _Decoder, item: _Item) -> object:
    return item


def _read_decimal(_: _Decoder, item: _Item) -> Decimal:
    text = _only(item)
    if not _DECIMAL.fullmatch(text):
        raise WireError("no number")
    return Decimal(text)


def _read_word(allowed: Sequence[object], _: _Decoder, item: _Item) -> str:
    if item not in allowed:
        raise WireError("none of several words")
    return str(item)


def _read_tuple(readers: _Readers, decoder: _Decoder, item: _Item) -> tuple[Any, ...]:
    return tuple([decoder.value(one, readers) for one in item[1:]])


def _read_set(readers: _Readers, decoder: _Decoder, item: _Item) -> frozenset[Any]:
    return frozenset(_read_tuple(readers, decoder, item))


def _read_record(readers: Sequence[_Readers], decoder: _Decoder, item: _Item) -> tuple[Any, ...]:
    return tuple(decoder.values(item[1:], readers))


def _read_mapping(
    keys: _Readers, values: _Readers, decoder: _Decoder, item: _Item
) -> dict[Any, Any]:
    pairs = zip(item[1::2], item[2::2], strict=True)
    return {decoder.value(key, keys): decoder.value(value, values) for key, value in pairs}


def _read_layout(decoder: _Decoder, item: _Item) -> Layout:
    expected = str, str, Mapping[str, object], tuple[Added, ...], tuple[str, ...]
    readers = tuple(map(_readers, expected))
    template, edition, parameters, added, closed = decoder.values(item[1:], readers)
    layout = decoder.templates.get(template, edition).layout(parameters)
    if not layout.fields.keys() >= set(closed):
        raise WireError("answers that nobody is asked for")
    if closed:
        layout = with_closed(layout, frozenset(map(Path, closed)))
    if len(added) > _MOST_ADDED or any(like < 0 or above < 0 for _, like, above in added):
        raise WireError("rows that nobody added")
    return with_rows(layout, added) if added else layout


@cache
def _attributes(kind: Any) -> Mapping[str, _Readers]:
    hints = get_type_hints(kind)
    return {one.name: _readers(hints[one.name]) for one in dataclasses.fields(kind)}


def _read_dataclass(kind: Any, decoder: _Decoder, item: _Item) -> Any:
    attributes = _attributes(kind)
    values = decoder.values(item[1:], tuple(attributes.values()))
    made = kind(**dict(zip(attributes, values, strict=True)))
    if kind in (Finding, Fault):
        _check_words(made, made.facts.values())
    return made


def _check_words(said: Finding | Fault | PtxlError, facts: Iterable[object]) -> None:
    """Raise now what putting facts into words would raise later, or take all memory for."""
    if isinstance(said, Finding):
        facts = (*facts, said.phrase)
    for fact in facts:
        _check_depth(fact, _DEEPEST)
    for language in LANGUAGES:
        said.message(language)


def _check_depth(fact: object, left: int) -> None:
    """Refuse sentences that stand too deep in others, or hold long texts there."""
    match fact:
        case str() if left < _DEEPEST and len(fact) > _LONGEST_WITHIN:
            raise WireError("long texts in sentences")
        case Phrase():
            below: Iterable[object] = fact.facts.values()
        case Translations():
            below = fact.pieces.values()
        case tuple():
            left, below = left + 1, fact
        case _:
            return
    if below and not left:
        raise WireError("sentences in sentences")
    for part in below:
        _check_depth(part, left - 1)


def _read_error(kind: type[PtxlError], decoder: _Decoder, item: _Item) -> PtxlError:
    if issubclass(kind, FaultsError):
        (faults,) = decoder.values(item[1:], (_readers(tuple[Fault, ...]),))
        if not faults:
            raise WireError("no faults")
        return kind(faults)
    code, facts = decoder.values(item[1:], (_readers(str), _readers(Mapping[str, object])))
    made = kind(code, **facts)
    if isinstance(made, WorkbookError) and code not in get_args(RefusalCode):
        raise WireError("no refusal")
    _check_words(made, facts.values())
    return made


_DATES: _Readers = {
    "date": lambda _, item: date.fromisoformat(_only(item)),
    "datetime": lambda _, item: datetime.fromisoformat(_only(item)),
}
_PATH: _Readers = {"Path": lambda _, item: Path(_only(item))}
_BYTES: _Readers = {"bytes": lambda _, item: base64.b64decode(_only(item), validate=True)}
_PLAIN: Mapping[object, _Readers] = {
    NoneType: {NoneType: _read_itself},
    bool: {bool: _read_itself},
    int: {int: _read_itself},
    float: {float: _read_itself, int: _read_itself},
    str: {str: _read_itself, **_PATH},
    Path: _PATH,
    Decimal: {"Decimal": _read_decimal},
    date: _DATES,
    datetime: _DATES,
    bytes: _BYTES,
}
#: what goes across by its name
_OWN: Mapping[object, _Readers] = {
    FilePath: {"file": lambda decoder, _: decoder.file},
    Layout: {"layout": _read_layout},
}
_GENERIC: Mapping[object, Callable[..., _Readers]] = {
    Union: _either,
    UnionType: _either,
    Literal: _words,
    tuple: _tuple,
    Sequence: _sequence,
    frozenset: _set,
    Mapping: _mapping,
    dict: _mapping,
}
