"""What the rule language is made of: types, the parts of a target value, functions.

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
#: the functions, with what they take and give; those over rows take a table first
FUNCTIONS: Mapping[str, str] = MappingProxyType({
    "blank": "blank(x): whether a field has no answer",
    "length": "length(text): how many characters",
    "contains": "contains(text, word, …): whether any of the words is in it",
    "starts": "starts(text, word, …): whether it begins with any of the words",
    "ends": "ends(text, word, …): whether it ends with any of the words",
    "year": "year(date): its year",
    "first_day": "first_day(text): the first day of the time that it names",
    "last_day": "last_day(text): the last day of the time that it names",
    "another_year": "another_year(text, year[, period]): a year in it that is none of these",
    "shares": "shares(text, text[, word, …]): whether they share a word, these aside",
    "count": "count(table[, condition]): how many rows in use (that meet it)",
    "any": "any(table, condition): whether a row in use meets it",
    "all": "all(table, condition): whether every row in use meets it",
    "sum": "sum(table, number[, condition]): the sum over rows in use (that meet it)",
    "distinct": "distinct(table, text[, condition]): how many different texts",
    "joined": "joined(table, text[, condition]): these texts, one after the other",
    "repeated": "repeated(table, text): whether the text of this row stands in a row above it",
})  # fmt: skip
#: the functions over the rows of a table, other than `repeated`
ROW_FUNCTIONS = ("count", "any", "all", "sum", "distinct", "joined")
#: the functions of one value, with the types that they take and give
SINGLE: Mapping[str, tuple[Type, Type]] = MappingProxyType({
    "length": ("text", "number"), "year": ("date", "number"),
    "first_day": ("text", "date"), "last_day": ("text", "date"),
})  # fmt: skip
#: the functions of a text and words
WORD_FUNCTIONS = ("contains", "starts", "ends")
_SPACES = re.compile(" +")


def trim(text: str) -> str:
    """A text as Excel's TRIM leaves it."""
    text = text.strip(" ")
    return _SPACES.sub(" ", text) if "  " in text else text


def has_parts(kind: str) -> bool:
    """Whether values of a kind are target values: in one cell, or split over three."""
    return kind == SPLIT or KINDS[kind].has_parts


def type_of(kind: str, part: str = "") -> Type:
    """The type of a value of a kind, or of a part of it."""
    if part:
        return PARTS[part]
    return "text" if kind == SPLIT else KINDS[kind].type
