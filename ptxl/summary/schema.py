"""What `ptxl merge --json` writes, as JSON Schema (2020-12): printed for others, held when reading.

A schema stands here once; whoever reads a summary lets every line of a list pass `of_line` first.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from ptxl.documents.conform import Check, checker
from ptxl.documents.finding import FINDING_SCHEMA
from ptxl.documents.schema import TARGET_VALUE, Schema
from ptxl.merge.rows import TABLE
from ptxl.values.kinds import KINDS
from ptxl.words import DEFAULT_LANGUAGE, Language, Speaker, codes_in

#: what the key `format` says of a document of this schema
FORMAT = "ptxl-summary-2"
#: the lists that stand behind all else, in this order, and what is in each line of them
_IN_LINES: Mapping[str, Schema] = {
    name: {"$ref": f"#/$defs/{one}"} for name, one in (
        ("across", "across"), ("dues", "due"), ("left_out", "left_out"), ("units", "submission"),
    )
}  # fmt: skip
LINES = tuple(_IN_LINES)
_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_YES_OR_NO: Schema = {"type": "boolean"}
_DAY: Schema = {"type": ["string", "null"], "format": "date"}
_STEP = r"[^.\[\]]+(\[[0-9]*\])*"
_PATH: Schema = {"pattern": rf"^{_STEP}(\.{_STEP})*$", "maxLength": 400}
_NAME: Schema = {"pattern": r"^[^.\[\]]+$", "maxLength": 200}
#: whose form something is about, and which
_OF_FORM: Mapping[str, Schema] = {
    "county": _TEXT,
    "unit": {"$ref": "#/$defs/unit"},
    "form": {"$ref": "#/$defs/form"},
    "place": _COUNT,
}
_FINDINGS: Schema = {"type": "array", "items": {"$ref": "#/$defs/finding"}}


def summary_schema(language: Language = DEFAULT_LANGUAGE) -> Schema:
    """The schema of a whole summary, with what its parts mean."""
    speaker = Speaker(language)
    schema = _summary()
    told = codes_in("schema.summary")
    for part in (schema["properties"], schema["$defs"]["submission"]["properties"]):
        for name in part.keys() & set(told):
            part[name]["description"] = speaker.say(f"schema.summary.{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": speaker.say("summary.title"),
        **schema,
    }


@cache
def of_head() -> Check:
    """What everything before the lists of lines must obey."""
    return checker(_summary())


@cache
def of_line(name: str) -> Check:
    """What each line of a list must obey."""
    return checker({**_IN_LINES[name], "$defs": _definitions()})


def _object(properties: Mapping[str, Any], *optional: str) -> Schema:
    return {
        "type": "object",
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
        "properties": {name: dict(one) for name, one in properties.items()},
    }


def _by_name(value: Mapping[str, Any], name: Mapping[str, Any] = _TEXT) -> Schema:
    return {"type": "object", "propertyNames": name, "properties": {},
            "additionalProperties": value}  # fmt: skip


def _list(items: Mapping[str, Any]) -> Schema:
    return {"type": "array", "items": items}


def _summary() -> Schema:
    amounts = _by_name({"type": "number"})
    asked = _object(
        {"label": _TEXT, "kind": {"enum": [*KINDS, TABLE]}, "unit": _TEXT}, "label", "unit"
    )
    return {
        **_object({
            "format": {"const": FORMAT},
            "title": _TEXT,
            "money": _TEXT,
            "counties": _list({"$ref": "#/$defs/county"}),
            "counts": _by_name(_COUNT),
            "totals": amounts,
            "budget": amounts,
            "across_more": _by_name(_COUNT),
            "forms": _by_name(_by_name(asked, _PATH)),
            **{name: _list(one) for name, one in _IN_LINES.items()},
        }, "across_more", "money"),
        "$defs": _definitions(),
    }  # fmt: skip


def _definitions() -> Schema:
    return {
        "unit": _object({"code": _TEXT, "name": _TEXT, "department": _TEXT}),
        "form": _object(dict.fromkeys(("template", "edition", "serial", "title"), _TEXT)),
        "county": _county(),
        "due": _due(),
        "left_out": _left_out(),
        "money": _money(),
        "submission": _submission(),
        "answer": _answer(),
        "target_value": TARGET_VALUE,
        "finding": _finding(),
        "across": _across(),
        "shown": _shown(),
    }


def _county() -> Schema:
    return _object({
        **dict.fromkeys(("name", "title", "year", "maker"), _TEXT),
        "made": _DAY, "deadline": _DAY,
    })  # fmt: skip


def _due() -> Schema:
    texts = ("code", "name", "department", "template", "title", "county", "contact",
             "telephone", "file", "remark")  # fmt: skip
    state = {"enum": list(codes_in("standing"))}
    properties = {
        **dict.fromkeys(texts, _TEXT),
        "state": state,
        "place": _COUNT,
        "late": _YES_OR_NO,
    }
    needed = ("code", "state")
    return _object(properties, *(name for name in properties if name not in needed))


def _left_out() -> Schema:
    amount = _object({"value": {"type": "number"}, "count": _COUNT, "unread": _COUNT})
    return _object(
        {**_OF_FORM, "file": _TEXT, "projects": _COUNT, "amount": amount, "signed": _YES_OR_NO,
         "findings": _FINDINGS, "money": _list({"$ref": "#/$defs/money"}), "currency": _TEXT},
        *_OF_FORM, "money", "currency",
    )  # fmt: skip


def _money() -> Schema:
    """The money of one project of a file left out."""
    return _object({
        **dict.fromkeys(("path", "project", "sheet", "cell"), _TEXT),
        "amount": {"type": ["number", "null"]}, "unread": _YES_OR_NO, "errors": _COUNT,
    })  # fmt: skip


def _submission() -> Schema:
    pair = {**_list(_TEXT), "minItems": 2, "maxItems": 2}
    return _object(
        {
            **_OF_FORM,
            "file": _TEXT,
            "asked": _TEXT,
            "shared": _by_name(pair),
            "signed": _YES_OR_NO,
            "answers": _by_name({"$ref": "#/$defs/answer"}, _NAME),
            "sums": _by_name({"type": "number"}),
            "cells": _by_name(_TEXT, _PATH),
            "unread": _list(_TEXT),
            "findings": _FINDINGS,
            "not_asked": _list(_TEXT),
        },
        "county",
        "not_asked",
    )


def _answer() -> Schema:
    """A value, or a group or list of them; what has a `raw` is a target value and nothing else."""
    own = {"$ref": "#/$defs/answer"}
    return {
        "anyOf": [
            {"type": ["number", "string", "null"]},
            {"$ref": "#/$defs/target_value"},
            _list(own),
            {**_by_name(own, _NAME), "properties": {"raw": False}},
        ]
    }


def _finding() -> Schema:
    exception = _object(dict.fromkeys(("reason", "approver", "expiry"), _TEXT),
                        "reason", "approver", "expiry")  # fmt: skip
    own = {"title": _TEXT, "project": _TEXT, "exception": exception}
    properties = {**FINDING_SCHEMA["properties"], **own}
    needed = ("code", "severity")
    return _object(properties, *(name for name in properties if name not in needed))


def _across() -> Schema:
    texts: dict[str, Any] = {"code": _TEXT, "severity": FINDING_SCHEMA["properties"]["severity"]}
    shown = {"$ref": "#/$defs/shown"}
    return _object(
        {**texts, "about": _TEXT, "units": _COUNT, "projects": _COUNT,
         "facts": {"type": "object"}, "places": _list(shown), "usual": shown},
        "usual",
    )  # fmt: skip


def _shown() -> Schema:
    unit = _object({"code": _TEXT, "name": _TEXT})
    texts = ("project", "label", "text", "file", "sheet", "cell")
    return _object({"county": _TEXT, "unit": unit, **dict.fromkeys(texts, _TEXT)}, "county")
