"""Form → the JSON Schema (2020-12) that the JSON of its submissions obeys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ptxl.documents.document import Given, Leaf, Record, Rows, Shape, Split, shape_of
from ptxl.documents.finding import FINDING_SCHEMA
from ptxl.model.form import Field
from ptxl.model.layout import Layout
from ptxl.values.kinds import kind_of

Schema = dict[str, Any]

_NULLABLE_NUMBER: Schema = {"type": ["number", "null"]}
_NULLABLE_TEXT: Schema = {"type": ["string", "null"]}
#: a target value (指标值) with its parts
TARGET_VALUE: Schema = {
    "type": "object",
    "description": "指标值",
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
    answers = _schema(shape_of(layout))
    form = _object({
        "template": {"const": layout.form.template},
        "edition": {"type": "string"},
        "parameters": {"type": "object"},
        "serial": {"type": "string"},
    })  # fmt: skip
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
            "source": {"type": "string", "description": "来源文件"},
            "findings": {"type": "array", "items": {"$ref": "#/$defs/finding"}},
        },
        "$defs": {"target_value": TARGET_VALUE, "finding": FINDING_SCHEMA},
    }


def _schema(shape: Shape) -> Schema:
    match shape:
        case Leaf(field=field):
            return _leaf(field)
        case Given(value=text):
            return {"type": "string" if text else "null"}
        case Split():
            return {"anyOf": [{"$ref": "#/$defs/target_value"}, {"type": "null"}]}
        case Rows(rows=rows):
            return _rows(rows)
        case Record(entries=entries):
            return _object({name: _schema(below) for name, below in entries.items()})


def _rows(rows: tuple[Shape, ...]) -> Schema:
    """Rows that print different constants still have one schema between them."""
    kinds: list[Schema] = []
    for row in rows:
        schema = _schema(row)
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


def _leaf(field: Field) -> Schema:
    schema: Mapping[str, object] = kind_of(field).schema
    unit = f"（{field.unit}）" if field.unit else ""
    description = f"{field.label}{unit}"
    return {"anyOf": [dict(schema), {"type": "null"}], "description": description}


def _object(properties: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "required": list(properties),
        "additionalProperties": False,
        "properties": properties,
    }
