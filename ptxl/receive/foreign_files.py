"""What a file is that is no workbook: told from its content, so that the sender knows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress

from ptxl.model.errors import WorkbookError
from ptxl.model.refusals import RefusalCode, refusal
from ptxl.words import Phrase

_PICTURE = Phrase("kinds.picture")
_SLIDES = Phrase("kinds.slides")
_SOUND = Phrase("kinds.sound")
_PROGRAM = Phrase("kinds.program")
_DRAWING = Phrase("kinds.drawing")
_LAYOUT = Phrase("kinds.layout")
_MAIL = Phrase("kinds.mail")
_XML = Phrase("kinds.xml")
_UNKNOWN = Phrase("kinds.unknown")
_LOCK = Phrase("kinds.lock")

#: how files begin: the place in it, the bytes, what it is (a code, or a thing that has none)
_BEGINNINGS: tuple[tuple[int, bytes, RefusalCode | Phrase], ...] = (
    (0, b"Rar!\x1a\x07", "archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "archive"),
    (0, b"\x1f\x8b", "archive"),
    (0, b"BZh", "archive"),
    (0, b"\xfd7zXZ\x00", "archive"),
    (0, b"MSCF\x00\x00\x00\x00", "archive"),
    (257, b"ustar", "archive"),
    (0, b"{\\rtf", "document"),
    (0, b"\x89PNG\r\n", _PICTURE),
    (0, b"\xff\xd8\xff", _PICTURE),
    (0, b"GIF8", _PICTURE),
    (0, b"II*\x00", _PICTURE),
    (0, b"MM\x00*", _PICTURE),
    (8, b"WEBP", _PICTURE),
    (4, b"ftypheic", _PICTURE),
    (4, b"ftypmif1", _PICTURE),
    (4, b"ftyp", _SOUND),
    (8, b"WAVE", _SOUND),
    (8, b"AVI ", _SOUND),
    (0, b"ID3", _SOUND),
    (0, b"MZ", _PROGRAM),
    (0, b"\x7fELF", _PROGRAM),
    (0, b"L\x00\x00\x00\x01\x14\x02\x00", Phrase("kinds.shortcut")),
    (0, b"AC10", _DRAWING),
    (0, b"SQLite format 3", Phrase("kinds.database")),
    # How two programs that many offices must use keep every file on their computers.
    (0, b"%TSD-Header-###%", "encrypted"),
    (12, b"E-SafeNet", "encrypted"),
)
#: raw records of Excel 2 to 4, which no program writes any more
_OLD_EXCEL = re.compile(rb"\x09[\x00\x02\x04\x08][\x04\x06\x08\x10]\x00")
_STREAMS: tuple[tuple[str, RefusalCode | Phrase], ...] = (
    ("encryptedpackage", "encrypted"),
    ("worddocument", "document"),
    ("powerpoint document", _SLIDES),
    ("visiodocument", _DRAWING),
    ("__properties_version1.0", _MAIL),
)
_PARTS: tuple[tuple[str, RefusalCode | Phrase], ...] = (
    ("xl/workbook.bin", "xlsb"),
    ("word/document.xml", "document"),
    ("ppt/presentation.xml", _SLIDES),
    ("visio/document.xml", _DRAWING),
    ("ofd.xml", _LAYOUT),
)
_OPEN_DOCUMENTS: tuple[tuple[bytes, RefusalCode | Phrase], ...] = (
    (b"opendocument.text", "document"),
    (b"opendocument.presentation", _SLIDES),
    (b"opendocument.graphics", _DRAWING),
)
_MARKUP: tuple[tuple[str, RefusalCode | Phrase], ...] = (
    ("urn:schemas-microsoft-com:office:spreadsheet", "xml_2003"),
    ('progid="excel.sheet"', "xml_2003"),
    ('progid="word.document"', "document"),
    ("office/2006/xmlpackage", "document"),
    ("opendocument:xmlns:office", "unreadable"),
    ("<html", "html"),
    ("<table", "html"),
    ("<body", "html"),
    ("<script", "html"),
    ("<meta", "html"),
    ("<svg", _PICTURE),
)
_HEAD = 1 << 16
_ENCODINGS, _WIDE_ENCODINGS = ("utf-8", "gb18030"), ("utf-16",)
#: a lock file holds the length of a user's name, the name, and what fills it up
_LOCK_LENGTH, _LONGEST_USER = 165, 54
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def other_file(data: bytes) -> WorkbookError:
    """What content is that is neither a package nor a compound file."""
    if not data.strip():
        return refusal("empty")
    if b"%PDF-" in data[:1024]:
        return _named(Phrase("kinds.pdf"))
    for place, beginning, what in _BEGINNINGS:
        if data.startswith(beginning, place):
            return _named(what)
    if data.startswith(b"BM") and len(data) == int.from_bytes(data[2:6], "little"):
        return _named(_PICTURE)
    if len(data) == _LOCK_LENGTH and data[0] <= _LONGEST_USER:
        return _named(_LOCK)
    if _OLD_EXCEL.match(data):
        return refusal("unreadable")
    if not data.strip(b"\0"):
        return refusal("damaged")
    text = _text(data)
    return _named(_UNKNOWN) if text is None else _other_text(text)


def other_compound(streams: Iterable[str]) -> WorkbookError:
    """What a compound file is, by the names of its streams, when it holds no workbook."""
    names = {name.lower() for name in streams}
    for name, what in _STREAMS:
        if name in names:
            return _named(what)
    return _named(_UNKNOWN)


def other_package(names: Iterable[str], kind: bytes) -> WorkbookError:
    """What a package is, by its parts and its `mimetype`, when it is no xlsx or ods."""
    lower = {name.lower() for name in names}
    for part, what in _PARTS:
        if part in lower:
            return _named(what)
    for name, what in _OPEN_DOCUMENTS:
        if name in kind:
            return _named(what)
    return refusal("archive")


def _other_text(text: str) -> WorkbookError:
    start = text.lstrip("\ufeff \t\r\n").lower()
    if not start:
        return refusal("empty")
    if start.startswith(("mime-version:", "from:", "content-type:")):
        return refusal("html")
    if not start.startswith("<"):
        return refusal("text")
    for word, what in _MARKUP:
        if word in start:
            return _named(what)
    return _named(_XML) if start.startswith("<?xml") else refusal("html")


def _text(data: bytes) -> str | None:
    """The beginning as text, in the encodings that offices use; None when it is none."""
    head = data[:_HEAD]
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in _WIDE_ENCODINGS if wide else _ENCODINGS:
        text = _decoded(head, encoding)
        if text is not None:
            return None if _CONTROL.search(text) else text
    return None


def _decoded(head: bytes, encoding: str) -> str | None:
    for end in range(len(head), len(head) - 4, -1):  # the last character may have been cut in two
        with suppress(UnicodeDecodeError):
            return head[:end].decode(encoding)
    return None


def _named(what: RefusalCode | Phrase) -> WorkbookError:
    return refusal("not_a_workbook", what=what) if isinstance(what, Phrase) else refusal(what)
