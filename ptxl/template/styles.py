"""How printed texts look: the built-in styles, and those that a template adds."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from ptxl.model.form import Style
from ptxl.template.faults import problem
from ptxl.template.leaves import Evaluated, Scope, Text
from ptxl.template.specs import StyleSpec
from ptxl.words import Phrase

#: the styles that every template has; a template's own style says which one it is `like`
BUILTIN_STYLES: Mapping[str, Style] = MappingProxyType({
    "title": Style(font="heading", size=18, border="none"),
    "subtitle": Style(size=12, border="none"),
    "section": Style(font="heading", size=12, align="left", border="none"),
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
    return style if scope.faults.known(style, styles, leaf.origin, "no_style") else default


def _make(spec: StyleSpec, base: Style, scope: Scope) -> Style:
    changes: dict[str, Any] = {}
    for key in Style.__slots__:
        leaf: Evaluated = getattr(spec, key)
        value = leaf.value(scope)
        found = _problem(key, value)
        if value is not None and found:
            scope.faults.report(leaf.origin, found)
        elif value is not None:
            changes[key] = value
    return replace(base, **changes)


def _problem(key: str, value: object) -> Phrase | None:
    """Why no workbook can look like that."""
    pattern, code = _PATTERNS.get(key, (".*", ""))
    if not re.fullmatch(pattern, str(value)):
        return problem(code)
    least, most = _SIZES.get(key, (0, 0))
    if most and not (isinstance(value, int | float) and least <= value <= most):
        return problem("must_be_between", least=least, most=most)
    return None


_COLOUR = "(#[0-9A-Fa-f]{6})?"
_PATTERNS = {
    "font": (".{0,31}", "no_font"),
    "border": ("thin|none|[LRTB]{0,4}", "no_border"),
    "fill": (_COLOUR, "no_colour"),
    "color": (_COLOUR, "no_colour"),
}
_SIZES = {"size": (4, 96), "indent": (0, 15)}
