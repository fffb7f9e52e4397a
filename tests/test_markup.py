"""Texts as XML has them: what Python's own functions make of them."""

from __future__ import annotations

from xml.sax import saxutils

from hypothesis import given
from hypothesis import strategies as st

from ptxl.markup import escape, escape_quoted, quoted, unescape

_TEXTS = st.text(st.sampled_from("&<>\"' \n\r\tamplt;gquo局"))


@given(_TEXTS)
def test_texts_are_escaped_as_python_does(text: str) -> None:
    assert escape(text) == saxutils.escape(text)
    assert escape_quoted(text) == saxutils.escape(text, {'"': "&quot;"})
    assert quoted(text) == saxutils.quoteattr(text)
    assert unescape(text) == saxutils.unescape(text)
    assert unescape(escape(text)) == text
