"""What a cell holds → the text that somebody typed, without what cannot be seen. Pure.

It must not judge: what a text means is the matter of its kind of field.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from ptxl.model.submission import Raw

#: characters without a width or a look of their own, which pasted texts carry along
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]"
)
#: full-width digits and signs of numbers; other look-alikes (①, ²) are no digits to a reviewer
_PLAIN_FORMS = str.maketrans("０１２３４５６７８９．，％－−＋／：￥", "0123456789.,%--+/:¥")


def clean(text: str) -> str:
    """A text as meant: without invisible characters and outer white space, lines ending in LF."""
    return without_invisible(text).strip()


def without_invisible(text: str) -> str:
    """A text without characters that nobody sees, but with the wide blanks around it."""
    return _INVISIBLE.sub("", _lines(text)).replace("\u00a0", " ").strip(" \t\n")


def plain(raw: Raw) -> str:
    """What a cell holds, as the text that somebody would have typed."""
    match raw:
        case bool():
            return str(raw).upper()
        case Decimal() if raw == raw.to_integral():
            return format(raw, ".0f")
        case Decimal():
            return format(raw.normalize(), "f")
        case date():
            return raw.isoformat()
    return clean(raw)


def fold_forms(text: str) -> str:
    """A text with the full-width digits and signs of numbers made plain."""
    return text.translate(_PLAIN_FORMS)


def is_read_otherwise(raw: str, *, folds: bool) -> bool:
    """Whether a text is read as other characters than it was typed with.

    `folds` says that full-width digits are read as plain ones. Outer white space and the ends of
    lines, which nobody sees, do not count.
    """
    text = clean(raw)
    if folds:
        text = fold_forms(text)
    return text not in (raw.strip(), _lines(raw).strip())


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
