"""How printed texts look: the built-in styles, and those that a template adds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from ptxl.model.form import Style
from ptxl.template.source import Faults, Item, did_you_mean
from ptxl.template.words import Words

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


def _problems(style: Style) -> Iterator[tuple[str, str]]:
    """What no workbook can look like."""
    if not re.fullmatch("thin|none|[LRTB]{0,4}", str(style.border)):
        yield "border", "must be thin, none, or some of the letters LRTB"
    if not isinstance(style.size, int | float) or not 4 <= style.size <= 96:
        yield "size", "must be 4 to 96 points"
    for key in ("fill", "color"):
        if not re.fullmatch("(#[0-9A-Fa-f]{6})?", str(getattr(style, key))):
            yield key, "must be a colour like #DDEBF7"
    if not isinstance(style.indent, int) or not 0 <= style.indent <= 15:
        yield "indent", "must be 0 to 15"


def read_styles(
    root: Item, words: Words, names: Mapping[str, object], faults: Faults
) -> dict[str, Style]:
    """The template's own styles, each built on the style that it is `like` (default: label)."""
    found: dict[str, Style] = {}
    declared = root.map.get("styles")
    for name, item in (declared.map if declared else {}).items():
        base = words.text(item.map.get("like"), names, "label")
        known = {**BUILTIN_STYLES, **found}
        if base not in known:
            hint = did_you_mean(base, set(known))
            faults.add(item.map["like"], f'there is no style "{base}"{hint}')
            base = "label"
        changes: dict[str, Any] = {
            key: words.value(entry, names)
            for key, entry in item.map.items()
            if key != "like" and key in Style.__slots__
        }
        style = replace(known[base], **changes)
        for key, problem in _problems(style):
            faults.add(item.map.get(key, item), problem)
            style = replace(style, **{key: getattr(known[base], key)})
        found[name] = style
    return found
