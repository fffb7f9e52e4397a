"""XML parts: what no office writes, and what lets readers differ or run away."""

from __future__ import annotations

import re

from ptxl.model.refusals import refusal

_UTF_16 = b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<"
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
    elif not content.lstrip(_UTF_8 + b" \t\r\n").startswith(b"<"):
        if part.endswith((".xml", ".rels")) and content.strip():
            raise refusal("broken_xml", part=part)
        return b""
    else:
        declared = _ENCODING.search(content, 0, 300)
        if declared and declared[1].lower() not in _ENCODINGS:
            raise refusal("broken_xml", part=part)
    if b"<!DOCTYPE" in content:
        raise refusal("dtd")
    if len(content) > _LARGE and _LONG_TOKEN.search(content):
        raise refusal("broken_xml", part=part)
    return content


def _from_utf_16(part: str, content: bytes) -> bytes:
    if content.startswith((b"<\0", b"\0<")):
        content = (b"\xff\xfe" if content[0] else b"\xfe\xff") + content
    try:
        text = content.decode("utf-16")
    except UnicodeError:
        raise refusal("broken_xml", part=part) from None
    if "\0" in text:  # twice as wide still
        raise refusal("broken_xml", part=part)
    return text.encode()
