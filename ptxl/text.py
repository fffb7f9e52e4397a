"""Texts as a spreadsheet holds and shows them: lengths, escapes, widths."""

from __future__ import annotations

import math
import re
import unicodedata
from functools import lru_cache

LONGEST_TEXT = 32_767  # that one cell holds
_LATIN = "!-~\u00a1-\u024f"
_BESIDE_CHINESE = re.compile(f"(?<=[^{_LATIN}]) | (?=[^{_LATIN}])")
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)|[\x00-\x08\x0b\x0c\x0e-\x1f]")


def squeeze(text: str) -> str:
    """A printed text without its white space: how labels are compared."""
    return re.sub(r"\s+", "", text)


def label_of(text: str) -> str:
    """A printed text as the label of a field: `项 目 名 称：` as 项目名称, `Submission  date` with
    one space, since between Chinese characters white space only spreads a text out."""
    shown = _BESIDE_CHINESE.sub("", " ".join(text.split()))
    return re.sub(" ?[:：]$", "", shown)


def literal(text: str) -> str:
    """A text as a part holds it: control characters are escaped, and so is what looks like that."""
    return _ESCAPE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def excel_length(text: str) -> int:
    """Length as Excel counts: a rare character takes two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, longest: int) -> str:
    """The beginning of a text that Excel counts as no more than `longest`."""
    while excel_length(text) > longest:
        text = text[:-1]
    return text


def display_width(text: str) -> int:
    """Width in half-width characters: a Chinese character counts two."""
    return sum(_character_width(character) for character in text)


@lru_cache(maxsize=8192)
def _character_width(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WFA" else 1


def lines_needed(text: str, width: float, size: float = 10.5) -> int:
    """How many lines a wrapped text takes in a cell `width` characters wide."""
    # Column widths count digits of an 11-point font; other sizes take more or less room, and two
    # half-width characters of a cell are its inner margins.
    room = max(2.0, (width - 1.0) * 11.0 / (size * 1.03))
    return sum(max(1, math.ceil(display_width(line) / room)) for line in text.split("\n"))
