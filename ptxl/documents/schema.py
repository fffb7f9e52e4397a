"""Form → the JSON Schema (2020-12) that the JSON of its submissions obeys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ptxl.documents.document import (
    Given,
    Leaf,
    Record,
    RowId,
    Rows,
    Shape,
    Split,
    Ticks,
    shape_of,
)
from ptxl.documents.finding import FINDING_SCHEMA
from ptxl.model.form import Field
from ptxl.model.layout import Layout
from ptxl.values.kinds import kind_of
from ptxl.values.ticks import Ticked
from ptxl.words import Speaker

Schema = dict[str, Any]

_NULLABLE_NUMBER: Schema = {"type": ["number", "null"]}
_NULLABLE_TEXT: Schema = {"type": ["string", "null"]}
#: a target value with its parts
TARGET_VALUE: Schema = {
    "type": "object",
    "required": ["raw", "comparison", "number", "unit", "note"],
    "additionalProperties": False,
    "properties": {
        "raw": {"type": "string"},
        "comparison": {
            "enum": [">=", "<=", ">", "<", "=", "range", "by_date", "grade", "text", "none"]
        },
        "number": _NULLABLE_NUMBER,
        "unit": _NULLABLE_TEXT,
        "note": _NULLABLE_TEXT,
        "upper": {"type": "number"},
        "date_from": {"type": "string", "format": "date"},
        "date_to": {"type": "string", "format": "date"},
    },
}


def build_schema(layout: Layout) -> Schema:
    """The schema of one form: what `read` gives for each of its submissions."""
    speaker = Speaker(layout.form.language)
    answers = _schema(shape_of(layout), speaker)
    described = {"type": "object", "description": speaker.say("schema.target_value")}
    target = {**described, **TARGET_VALUE}
    form = _object({
        "template": {"const": layout.form.template},
        "edition": {"type": "string"},
        "parameters": {"type": "object"},
        "serial": {"type": "string"},
    })  # fmt: skip
    form["properties"]["round"] = {"type": "string"}  # not there where it was issued in none
    unit = _object({"code": {"type": "string"}, "name": {"type": "string"}})
    properties = {"form": form, "unit": unit, **answers["properties"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": layout.form.title,
        "type": "object",
        "required": list(properties),
        "additionalProperties": False,
        "properties": {
            **properties,
            "source": {"type": "string", "description": speaker.say("schema.source")},
            "findings": {"type": "array", "items": {"$ref": "#/$defs/finding"}},
        },
        "$defs": {"target_value": target, "finding": FINDING_SCHEMA},
    }


def _schema(shape: Shape, speaker: Speaker) -> Schema:
    match shape:
        case Leaf(field=field):
            return _leaf(field, speaker)
        case Given(value=text):
            return {"type": "string" if text else "null"}
        case RowId():
            described = {"description": speaker.say("schema.row_id"), "readOnly": True}
            return {**_NULLABLE_TEXT, **described}
        case Ticks(cells=cells):
            return _ticks(cells)
        case Split():
            return {"anyOf": [{"$ref": "#/$defs/target_value"}, {"type": "null"}]}
        case Rows(rows=rows):
            return _rows(rows, speaker)
        case Record(entries=entries):
            return _object({name: _schema(below, speaker) for name, below in entries.items()})


def _ticks(cells: Ticked) -> Schema:
    """One of the words, or several of them."""
    words: Schema = {"enum": list(cells.cells)}
    if cells.several:
        return {"type": "array", "items": words, "uniqueItems": True}
    return {"anyOf": [words, {"type": "null"}]}


def _rows(rows: tuple[Shape, ...], speaker: Speaker) -> Schema:
    """Rows that print different constants still have one schema between them."""
    kinds: list[Schema] = []
    for row in rows:
        schema = _schema(row, speaker)
        if isinstance(row, Leaf):
            schema = _without_null(schema)  # a list of texts holds no blanks
        if schema not in kinds:
            kinds.append(schema)
    items = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    # Clerks may add rows to a table, but none to a list of texts.
    most = {} if isinstance(rows[0], Record) else {"maxItems": len(rows)}
    return {"type": "array", **most, "items": items}


def _without_null(schema: Schema) -> Schema:
    return {**schema["anyOf"][0], "description": schema["description"]}


def _leaf(field: Field, speaker: Speaker) -> Schema:
    schema: Mapping[str, object] = kind_of(field).schema
    description = field.label
    if field.unit:
        description = speaker.say("schema.in_unit", label=field.label, unit=field.unit)
    found = {"anyOf": [dict(schema), {"type": "null"}], "description": description}
    if field.compute or field.earlier:
        return {**found, "readOnly": True}
    return found


def _object(properties: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "required": list(properties),
        "additionalProperties": False,
        "properties": properties,
    }
