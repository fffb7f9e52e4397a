"""Texts with expressions in {{ … }} → their parts."""

from __future__ import annotations

import re


def message_parts(text: str) -> list[tuple[str, str]]:
    """A message as pairs of plain text and the expression that follows it (empty at the end)."""
    pieces = re.split(r"\{\{(.*?)\}\}", text)
    return [*zip(pieces[::2], [*(p.strip() for p in pieces[1::2]), ""], strict=True)]
