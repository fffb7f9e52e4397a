"""How printed texts look: the built-in styles, and those that a template adds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from ptxl.form import Style
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
        found[name] = replace(known[base], **changes)
    return found
