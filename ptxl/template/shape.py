"""Which keys a template may have, and of what type → faults. The one list of the language's words.

Types: `text`, `number`, `flag` (each may also be a text with `{{ }}`), `a|b` (one of these words),
`[x]` a list of x, `{x}` a mapping from free names to x, another table's name, or `any` (looked at
by whoever uses it). A trailing `!` means that the key must be there.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ptxl.template.source import Faults, Item, did_you_mean
from ptxl.values.kinds import KINDS
from ptxl.values.money import MONEY_UNITS

_ANSWER = {
    "field": "text",
    "kind": "|".join(KINDS),
    "label": "text",
    "required": "flag",
    "unit": "text",
    "among": "text",
    "level": "number",
    "free": "flag",
    "minimum": "number",
    "maximum": "number",
    "longest": "number",
    "prompt": "text",
    "alert": "text",
    "reviewer": "flag",
    "blank": "text",
    "part": "sign|amount|unit",
    "lines": "number",
    "text": "text",
    "style": "text",
    "across": "number",
}

#: every mapping of the template language with its keys; documented in docs/templates.md
KEYS: Mapping[str, Mapping[str, str]] = MappingProxyType({
    "template": {
        "id": "text!", "edition": "text!", "title": "text!", "about": "text!",
        "money": "|".join(MONEY_UNITS),
        "parameters": "{parameter}", "lists": "{any}", "styles": "{style}",
        "page": "page", "sheets": "[sheet]!", "rules": "[rule]", "guide": "[text]",
    },
    "parameter": {
        "kind": "integer|text|choice|flag!", "help": "text!", "default": "any",
        "among": "[text]", "minimum": "number", "maximum": "number", "shared": "flag",
    },
    "style": {
        "like": "text", "font": "text", "size": "number", "bold": "flag",
        "align": "left|center|right", "valign": "top|middle|bottom",
        "border": "text", "fill": "text", "color": "text", "indent": "number",
    },
    "page": {
        "paper": "A4|A3", "orientation": "portrait|landscape", "margins": "[number]",
        "fit": "width|page|none", "footer": "text",
    },
    "sheet": {
        "name": "text!", "when": "flag", "for_each": "text", "count": "number", "least": "number",
        "scope": "text", "label": "text", "columns": "[number]!", "row_height": "number",
        "page": "page", "rows": "[block]!", "rules": "[rule]",
    },
    "row": {"cells": "[cell]!", "when": "flag", "height": "number", "head": "flag",
            "page_break": "flag"},
    "section": {
        "rows": "[block]!", "beside": "[cell]", "when": "flag", "for_each": "text",
        "count": "number", "least": "number", "scope": "text", "label": "text",
    },
    "table": {
        "table": "text!", "layout": "grouped|free|fixed!", "label": "text", "when": "flag",
        "rows": "any!", "among": "text", "levels": "[text]", "least": "number",
        "columns": "[column]!", "head_repeats": "flag", "height": "number",
        "new_page": "[text]",
    },
    "cell": {**_ANSWER, "down": "number", "column": "number", "as": "text", "when": "flag"},
    "column": {**_ANSWER, "head": "text", "merge": "flag", "when": "flag", "printed_style": "text"},
    "rule": {
        "id": "text!", "title": "text", "when": "flag", "each": "text",
        "holds": "text!", "at": "text", "over": "[text]",
        "severity": "error|warning|hint!", "message": "text!", "message_en": "text",
        "trial": "flag", "needs": "[text]", "lacks": "[text]", "source": "text",
    },
    "inclusion": {"include": "text!", "with": "any", "when": "flag"},
    "rule_file": {"about": "text!", "constants": "any", "rules": "[rule]!"},
    "node": {"name": "text!", "printed": "text", "least": "number", "children": "any"},
})  # fmt: skip


def check_shape(root: Item, faults: Faults) -> None:
    """Fault every unknown key, missing key and value of the wrong type in a template."""
    _check(root, "template", faults)


def check_rule_file(root: Item, faults: Faults) -> None:
    """Fault whatever is wrong with the shape of a file of rules that templates include."""
    _check(root, "rule_file", faults)


def block_kind(item: Item) -> str:
    """Which mapping one entry under `rows` is: `row` (also a bare list), `section` or `table`."""
    if "table" in item.map:
        return "table"
    if "cells" in item.map or not item.map:
        return "row"
    return "section"


def _check(item: Item, kind: str, faults: Faults) -> None:
    kind = kind.removesuffix("!")
    if kind.startswith(("[", "{")):
        _check_all(item, kind, faults)
    elif kind == "rule" and "include" in item.map:
        _check_mapping(item, "inclusion", faults)
    elif kind in KEYS:
        _check_mapping(item, kind, faults)
    elif kind == "block":
        _check_block(item, faults)
    elif kind != "any":
        _check_scalar(item, kind, faults)


def _check_all(item: Item, kind: str, faults: Faults) -> None:
    wanted, is_right = ("a list", item.value.__class__ is list)
    if kind.startswith("{"):
        wanted, is_right = ("a mapping of names", item.value.__class__ is dict)
    if not is_right:
        faults.add(item, f"must be {wanted}")
    for child in [*item.list, *item.map.values()]:
        _check(child, kind[1:-1], faults)


def _check_block(item: Item, faults: Faults) -> None:
    if isinstance(item.value, list):
        _check_all(item, "[cell]", faults)
    elif item.map:
        _check_mapping(item, block_kind(item), faults)
    else:
        faults.add(item, "must be a row (a list of cells), a section or a table")


def _check_mapping(item: Item, kind: str, faults: Faults) -> None:
    if kind in ("cell", "column") and isinstance(item.value, str | int | float):
        return  # a bare text is a printed cell
    if not isinstance(item.value, dict):
        faults.add(item, f"must be a mapping with the keys of a {kind}")
        return
    keys = KEYS[kind]
    for name, child in item.map.items():
        if name in keys:
            _check(child, keys[name], faults)
        else:
            faults.add(child, f'unknown key "{name}" in a {kind}{did_you_mean(name, list(keys))}')
    for name, wanted in keys.items():
        if wanted.endswith("!") and name not in item.map:
            faults.add(item, f'a {kind} needs the key "{name}"')


def _check_scalar(item: Item, kind: str, faults: Faults) -> None:
    value = item.value
    if isinstance(value, str) and "{{" in value:
        return
    if kind == "text":
        if isinstance(value, dict | list):
            faults.add(item, "must be a text")
    elif kind == "number":
        if isinstance(value, bool) or not isinstance(value, int | float):
            faults.add(item, "must be a number")
    elif kind == "flag":
        if not isinstance(value, bool):
            faults.add(item, "must be true or false")
    elif str(value) not in kind.split("|"):
        words = kind.split("|")
        hint = did_you_mean(str(value), words)
        faults.add(item, f'"{value}" is none of {", ".join(words)}{hint}')
