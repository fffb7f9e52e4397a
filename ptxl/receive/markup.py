"""XML parts: what no office writes, and what lets readers differ or run away."""

from __future__ import annotations

import re

from ptxl.model.refusals import refusal

_UTF_16 = b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<"
#: the mark that is missing before a part in UTF-16, by its first two bytes
_MARKS = {b"<\0": b"\xff\xfe", b"\0<": b"\xfe\xff"}
_UTF_8 = b"\xef\xbb\xbf"
_ENCODING = re.compile(rb"""<\?xml[^>]*\sencoding\s*=\s*["']\s*([^"'\s>]*)""")
_ENCODINGS = b"utf-8", b"utf8", b"us-ascii", b"ascii", b""
#: looked at more closely, since it takes time: a clean form has no such part
_LARGE = 1 << 20
_LONG_TOKEN = re.compile(rb"<[^<>]{1000000}")


def markup(part: str, content: bytes) -> bytes:
    """A part as UTF-8 if it is XML, else nothing. Raises WorkbookError.

    A document type is refused: its entities grow without end, its defaults change values.
    """
    if content.startswith(_UTF_16):
        content = _from_utf_16(part, content)
    elif content.lstrip(_UTF_8 + b" \t\r\n").startswith(b"<"):
        _check_encoding(part, content)
    elif part.endswith((".xml", ".rels")) and content.strip():
        raise refusal("broken_xml", part=part)
    else:
        return b""
    if b"<!DOCTYPE" in content:
        raise refusal("dtd")
    if len(content) > _LARGE and _LONG_TOKEN.search(content):
        raise refusal("broken_xml", part=part)
    return content


def _check_encoding(part: str, content: bytes) -> None:
    declared = _ENCODING.search(content, 0, 300)
    if declared and declared[1].lower() not in _ENCODINGS:
        raise refusal("broken_xml", part=part)


def _from_utf_16(part: str, content: bytes) -> bytes:
    marked = _MARKS.get(content[:2], b"") + content
    try:
        text = marked.decode("utf-16")
    except UnicodeError:
        raise refusal("broken_xml", part=part) from None
    if "\0" in text:  # twice as wide still
        raise refusal("broken_xml", part=part)
    return text.encode()
