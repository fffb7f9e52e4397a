"""Texts as XML has them. Python's own functions for it load half of what talks to the internet."""

from __future__ import annotations

import re

#: no XML can hold these, and so no part of a workbook or letter
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_IN_ATTRIBUTES = {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}


def escape(text: str) -> str:
    """A text between tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escape_quoted(text: str) -> str:
    """A text between double quotes, or between tags."""
    return escape(text).replace('"', "&quot;")


def quoted(text: str) -> str:
    """The value of an attribute, with its quotes: single ones where only double ones are in it."""
    value = escape(text)
    for character, written in _IN_ATTRIBUTES.items():
        value = value.replace(character, written)
    if '"' not in value:
        return f'"{value}"'
    return f"'{value}'" if "'" not in value else f'"{value.replace(chr(34), "&quot;")}"'


def unescape(xml: str) -> str:
    """The text that stood between tags."""
    return xml.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
