"""Texts with expressions in {{ … }} → their parts; values → what stands in a message."""

from __future__ import annotations

import re
from decimal import Decimal


def message_parts(text: str) -> list[tuple[str, str]]:
    """A message as pairs of plain text and the expression that follows it (empty at the end)."""
    pieces = re.split(r"\{\{(.*?)\}\}", text)
    return [*zip(pieces[::2], [*(p.strip() for p in pieces[1::2]), ""], strict=True)]


def show_value(value: object, blank: str) -> str:
    """A value inside a message, as people write it."""
    if value is None or value == "":
        return blank
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)
