"""What the rule language is made of: types, and the parts of a target value.

In: nothing. Out: tables that the parser goes by, and `trim`: how texts are compared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from ptxl.values.kinds import KINDS

Type = Literal["number", "text", "flag", "date", "list"]
#: the parts of a target value and their types
PARTS: Mapping[str, Type] = MappingProxyType({
    "raw": "text", "comparison": "text", "number": "number", "upper": "number", "unit": "text",
    "note": "text", "date_from": "date", "date_to": "date",
})  # fmt: skip
#: what rules call the kind of a target value that is split over three cells
SPLIT = "split"
_SPACES = re.compile(" +")


def trim(text: str) -> str:
    """A text as Excel's TRIM leaves it."""
    text = text.strip(" ")
    return _SPACES.sub(" ", text) if "  " in text else text


def has_parts(kind: str) -> bool:
    """Whether values of a kind are target values: in one cell, or split over three."""
    return kind == SPLIT or KINDS[kind].has_parts


def type_of(kind: str) -> Type:
    """The type of a value of a kind."""
    return "text" if kind == SPLIT else KINDS[kind].type
