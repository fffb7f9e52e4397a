"""JSON and a schema of ours → where the JSON first departs from it, and what belongs there.

Understands what our schemas say, and no more of JSON Schema than that. A schema is made functions
once; a document that obeys costs little. Numbers are `int` and `Decimal`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from ptxl.documents.document import Json
from ptxl.model.path import Path
from ptxl.words import Phrase, phrase

Check = Callable[[Json], None]
#: digits that a number may have before its point, and behind it, when it is written out
_MOST_DIGITS = 400
_LARGEST = 10**_MOST_DIGITS
#: what of a schema only tells people about it
_SAID = frozenset({"$schema", "$defs", "title", "description"})
#: keywords that other keywords look at
_BESIDE = frozenset({"additionalProperties", "required"})


class DepartureError(Exception):
    """A document does not obey its schema: at which path, and what should stand there."""

    def __init__(self, wanted: Phrase) -> None:
        super().__init__(wanted.code)
        self.wanted = wanted
        #: the innermost first
        self.steps: list[str | int] = []

    @property
    def path(self) -> Path:
        """Where in the document; "" for all of it."""
        return Path.of(*reversed(self.steps))


def checker(schema: Mapping[str, Any]) -> Check:
    """Make a function of a schema. It raises DepartureError, or RecursionError."""
    return _Compiler(schema.get("$defs", {})).check(schema)


class _Compiler:
    """Makes functions of schemas, and of each definition one."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions
        self._known: dict[str, Check] = {}

    def check(self, schema: Mapping[str, Any] | bool) -> Check:
        if isinstance(schema, bool):
            return _anything if schema else _nothing
        if "$ref" in schema:
            return self._referred(schema["$ref"].removeprefix("#/$defs/"))
        if "anyOf" in schema:
            return _any_of(tuple(map(self.check, schema["anyOf"])))
        checks = [_KEYWORDS[word](self, schema) for word in schema if word not in _SAID | _BESIDE]
        return checks[0] if len(checks) == 1 else _all_of(tuple(checks))

    def _referred(self, name: str) -> Check:
        """A definition may refer to itself: it is looked up when a document is there."""

        def check(value: Json) -> None:
            if name not in self._known:
                self._known[name] = self.check(self._definitions[name])
            self._known[name](value)

        return check


def _anything(value: Json) -> None:
    pass


def _nothing(value: Json) -> None:
    raise DepartureError(phrase("summary_json.nothing"))


def _all_of(checks: tuple[Check, ...]) -> Check:
    def check(value: Json) -> None:
        for one in checks:
            one(value)

    return check


def _any_of(checks: tuple[Check, ...]) -> Check:
    def check(value: Json) -> None:
        deepest = None
        for one in checks:
            try:
                one(value)
            except DepartureError as departure:
                if deepest is None or len(departure.steps) > len(deepest.steps):
                    deepest = departure
            else:
                return
        assert deepest is not None
        raise deepest

    return check


def _is_whole(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST


def _is_number(value: Json) -> bool:
    if not isinstance(value, Decimal):
        return _is_whole(value)
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and value.adjusted() < _MOST_DIGITS and (
        exponent >= -_MOST_DIGITS
    )  # fmt: skip


_TYPES: Mapping[str, Callable[[Json], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": _is_whole,
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def _type(_: _Compiler, schema: Mapping[str, Any]) -> Check:
    """Of several types the first names what is wanted: the others are for what is not there."""
    names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    tests, wanted = [_TYPES[name] for name in names], names[0]

    def check(value: Json) -> None:
        if not any(test(value) for test in tests):
            raise DepartureError(phrase(f"summary_json.{wanted}"))

    return check


def _one_of(_: _Compiler, schema: Mapping[str, Any]) -> Check:
    allowed = schema["enum"] if "enum" in schema else [schema["const"]]

    def check(value: Json) -> None:
        if not isinstance(value, str) or value not in allowed:
            raise DepartureError(phrase("summary_json.one_of", values=tuple(allowed)))

    return check


def _text(_: _Compiler, schema: Mapping[str, Any]) -> Check:
    longest = schema.get("maxLength")
    pattern = re.compile(schema.get("pattern", ""))

    def check(value: Json) -> None:
        if isinstance(value, str) and (
            (longest is not None and len(value) > longest) or not pattern.search(value)
        ):
            raise DepartureError(phrase("summary_json.name"))

    return check


def _format(_: _Compiler, schema: Mapping[str, Any]) -> Check:
    assert schema["format"] == "date"

    def check(value: Json) -> None:
        try:
            date.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            raise DepartureError(phrase("summary_json.date")) from None

    return check


def _least(_: _Compiler, schema: Mapping[str, Any]) -> Check:
    def check(value: Json) -> None:
        if isinstance(value, int | Decimal) and value < schema["minimum"]:
            raise DepartureError(phrase("summary_json.integer"))

    return check


def _size(_: _Compiler, schema: Mapping[str, Any]) -> Check:
    least, most = schema.get("minItems", 0), schema.get("maxItems")

    def check(value: Json) -> None:
        if isinstance(value, list) and not least <= len(value) <= (most or len(value)):
            raise DepartureError(phrase("summary_json.array"))

    return check


def _items(compiler: _Compiler, schema: Mapping[str, Any]) -> Check:
    of_each = compiler.check(schema["items"])

    def check(value: Json) -> None:
        number = 0
        try:
            for number, one in enumerate(value if isinstance(value, list) else ()):  # noqa: B007
                of_each(one)
        except DepartureError as departure:
            departure.steps.append(number)
            raise

    return check


def _names(compiler: _Compiler, schema: Mapping[str, Any]) -> Check:
    of_name = compiler.check(schema["propertyNames"])

    def check(value: Json) -> None:
        for name in value if isinstance(value, dict) else ():
            of_name(name)

    return check


def _entries(compiler: _Compiler, schema: Mapping[str, Any]) -> Check:
    """Whatever an object must have, may have, and may not."""
    own = {name: compiler.check(one) for name, one in schema.get("properties", {}).items()}
    others = compiler.check(schema.get("additionalProperties", True))
    required = frozenset(schema.get("required", ()))

    def check(value: Json) -> None:
        if not isinstance(value, dict):
            return
        lacking = required - value.keys()
        if lacking:
            raise DepartureError(phrase("summary_json.lacks", names=tuple(sorted(lacking))))
        name = ""
        try:
            for name, one in value.items():
                own.get(name, others)(one)
        except DepartureError as departure:
            departure.steps.append(name)
            raise

    return check


_KEYWORDS: Mapping[str, Callable[[_Compiler, Mapping[str, Any]], Check]] = {
    "type": _type, "enum": _one_of, "const": _one_of, "pattern": _text, "maxLength": _text,
    "format": _format, "minimum": _least, "minItems": _size, "maxItems": _size, "items": _items,
    "propertyNames": _names, "properties": _entries,
}  # fmt: skip
