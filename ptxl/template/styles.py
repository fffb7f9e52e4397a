"""How printed texts look: the built-in styles, and those that a template adds."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from ptxl.model.form import Style
from ptxl.template.leaves import Evaluated, Scope, Text
from ptxl.template.source import did_you_mean
from ptxl.template.specs import StyleSpec

#: the styles that every template has; a template's own style says which one it is `like`
BUILTIN_STYLES: Mapping[str, Style] = MappingProxyType({
    "title": Style(font="黑体", size=18, border="none"),
    "subtitle": Style(size=12, border="none"),
    "section": Style(font="黑体", size=12, align="left", border="none"),
    "plain": Style(align="left", border="none"),
    "right": Style(align="right", border="none"),
    "note": Style(size=9, align="left", valign="top", border="none"),
    "head": Style(bold=True),
    "label": Style(),
    "left": Style(align="left"),
    "slot": Style(align="right", border="LTB"),
    "input": Style(align="left"),
    "input_center": Style(),
    "input_right": Style(align="right"),
    "input_top": Style(align="left", valign="top"),
    "input_slot": Style(align="left", border="RTB"),
    "identity": Style(align="left", border="none"),
})  # fmt: skip


def make_styles(specs: Mapping[str, StyleSpec], scope: Scope) -> dict[str, Style]:
    """The built-in styles, and a template's own, each built on the one that it is `like`."""
    styles = dict(BUILTIN_STYLES)
    for name, spec in specs.items():
        base = styles[find_style(spec.like, "label", styles, scope)]
        styles[name] = _make(spec, base, scope)
    return styles


def find_style(leaf: Text, default: str, styles: Collection[str], scope: Scope) -> str:
    """The name of a style that there is; any other is a fault, and the default."""
    style = leaf.of(scope, default)
    if style in styles:
        return style
    scope.faults.add(leaf.origin, f'there is no style "{style}"{did_you_mean(style, styles)}')
    return default


def _make(spec: StyleSpec, base: Style, scope: Scope) -> Style:
    changes: dict[str, Any] = {}
    for key in Style.__slots__:
        leaf: Evaluated = getattr(spec, key)
        value = leaf.value(scope)
        problem = _problem(key, value)
        if value is not None and problem:
            scope.faults.add(leaf.origin, problem)
        elif value is not None:
            changes[key] = value
    return replace(base, **changes)


def _problem(key: str, value: object) -> str:
    """Why no workbook can look like that."""
    if key in _PATTERNS:
        pattern, problem = _PATTERNS[key]
        return "" if re.fullmatch(pattern, str(value)) else problem
    if key in _SIZES:
        least, most, problem = _SIZES[key]
        return "" if isinstance(value, int | float) and least <= value <= most else problem
    return ""


_COLOUR = ("(#[0-9A-Fa-f]{6})?", "must be a colour like #DDEBF7")
_PATTERNS = {
    "border": ("thin|none|[LRTB]{0,4}", "must be thin, none, or some of the letters LRTB"),
    "fill": _COLOUR,
    "color": _COLOUR,
}
_SIZES = {"size": (4, 96, "must be 4 to 96 points"), "indent": (0, 15, "must be 0 to 15")}
