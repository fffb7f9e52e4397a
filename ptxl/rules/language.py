"""What the rule language is made of: types, the parts of a target value, functions.

In: nothing. Out: tables that the parser goes by, and `trim`: how texts are compared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Type = Literal["number", "text", "flag", "date", "list"]
#: the types of kinds of fields; all others are texts
TYPE_OF_KIND: Mapping[str, Type] = MappingProxyType(
    {"money": "number", "integer": "number", "percent": "number", "date": "date"}
)
#: the parts of a target value and their types
PARTS: Mapping[str, Type] = MappingProxyType({
    "raw": "text", "comparison": "text", "number": "number", "upper": "number", "unit": "text",
    "note": "text", "date_from": "date", "date_to": "date",
})  # fmt: skip
#: the kinds of fields that hold a target value: in one cell, or split over three
TARGETS = ("target", "split")
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
