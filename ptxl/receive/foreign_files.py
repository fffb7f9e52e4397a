"""What a file is that is no workbook: told from its content, so that the sender knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable
from contextlib import suppress
from functools import partial
from itertools import product
from typing import TypeAlias

from ptxl.model.errors import WorkbookError
from ptxl.model.refusals import RefusalCode, refusal
from ptxl.words import Phrase

#: what a file is: a code of its own, or a thing that has none
_What: TypeAlias = RefusalCode | Phrase
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
_PDF = Phrase("kinds.pdf")

#: how files begin: the place in it, the bytes, what it is
_BEGINNINGS: tuple[tuple[int, bytes, _What], ...] = (
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
#: by which Outlook's own files are known
OUTLOOK_STREAM = "__properties_version1.0"
_STREAMS: tuple[tuple[str, _What], ...] = (
    ("encryptedpackage", "encrypted"),
    ("worddocument", "document"),
    ("powerpoint document", _SLIDES),
    ("visiodocument", _DRAWING),
    (OUTLOOK_STREAM, _MAIL),
)
_PARTS: tuple[tuple[str, _What], ...] = (
    ("xl/workbook.bin", "xlsb"),
    ("word/document.xml", "document"),
    ("ppt/presentation.xml", _SLIDES),
    ("visio/document.xml", _DRAWING),
    ("ofd.xml", _LAYOUT),
)
#: what programs put into a package of theirs, whichever it is
_OF_PROGRAMS = frozenset(
    ("[content_types].xml", "mimetype", "meta-inf/manifest.mf", "index/document.iwa")
)
_OPEN_DOCUMENTS: tuple[tuple[str, _What], ...] = (
    ("opendocument.text", "document"),
    ("opendocument.presentation", _SLIDES),
    ("opendocument.graphics", _DRAWING),
)
_MARKUP: tuple[tuple[str, _What], ...] = (
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
#: the first line of a mail: a header, or where a mailbox keeps it, who it is from
_HEADER = re.compile(rb"(?:>?From |[!-9;-~]+[ \t]*:)")
_SENDER = re.compile(rb"^(?:from|sender|received|return-path)[ \t]*:", re.MULTILINE)
_ON_ITS_WAY = re.compile(
    rb"^(?:to|cc|bcc|received|message-id|return-path|delivered-to|x-unsent)[ \t]*:"
    rb"|^content-type[ \t]*:\s*multipart/mixed",
    re.MULTILINE,
)
_HEAD = 1 << 16
_ENCODINGS, _WIDE_ENCODINGS = ("utf-8", "gb18030"), ("utf-16",)
#: a lock file holds the length of a user's name, the name, and what fills it up
_LOCK_LENGTH, _LONGEST_USER = 165, 54
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def other_file(data: bytes) -> WorkbookError:
    """What content is that is neither a package nor a compound file."""
    return _named(_what_of(data))


def other_compound(streams: Iterable[str]) -> WorkbookError:
    """What a compound file is, by the names of its streams, when it holds no workbook."""
    names = set(map(str.lower, streams))
    return _named(_first_in(_STREAMS, names) or _UNKNOWN)


def other_package(names: Iterable[str], kind: bytes) -> WorkbookError:
    """What a package is, by its parts and its `mimetype`, when it is no xlsx or ods."""
    parts = set(map(str.lower, names))
    open_document = _first_in(_OPEN_DOCUMENTS, kind.decode("latin-1"))
    return _named(_first_in(_PARTS, parts) or open_document or "archive")


def is_of_program(names: Iterable[str]) -> bool:
    """Whether a package was made by a program as one file of its own, by the names of its parts."""
    return not _OF_PROGRAMS.isdisjoint(map(str.lower, names))


def is_mail(data: bytes) -> bool:
    """Whether a file is a mail: headers first, among them who sent it, and of its way or parts.

    Web pages saved with their pictures begin likewise, but were never sent to anybody.
    """
    head = data[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not _HEADER.match(head):
        return False
    headers = re.split(rb"\r?\n\r?\n", head, maxsplit=1)[0].lower()
    return _SENDER.search(headers) is not None and _ON_ITS_WAY.search(headers) is not None


def _named(what: _What) -> WorkbookError:
    if isinstance(what, Phrase):
        return refusal("not_a_workbook", what=what)
    return refusal(what)


def _first_in(table: Iterable[tuple[str, _What]], content: Container[str]) -> _What | None:
    """What the first word of a table means that is in some content; None when none is."""
    for word, what in table:
        if word in content:
            return what
    return None


def _what_of(data: bytes) -> _What:
    for is_such, what in _SHAPES:
        if is_such(data):
            return what
    return _what_of_text(_text(data))


def _is_blank(data: bytes) -> bool:
    return not data.strip()


def _is_pdf(data: bytes) -> bool:
    return b"%PDF-" in data[:1024]


def _begins(place: int, beginning: bytes, data: bytes) -> bool:
    return data.startswith(beginning, place)


def _is_bitmap(data: bytes) -> bool:
    return data.startswith(b"BM") and len(data) == int.from_bytes(data[2:6], "little")


def _is_lock(data: bytes) -> bool:
    return len(data) == _LOCK_LENGTH and data[0] <= _LONGEST_USER


def _is_zeros(data: bytes) -> bool:
    return not data.strip(b"\0")


#: what tells what a file is, in this order
_SHAPES: tuple[tuple[Callable[[bytes], object], _What], ...] = (
    (_is_blank, "empty"),
    (_is_pdf, _PDF),
    *((partial(_begins, place, beginning), what) for place, beginning, what in _BEGINNINGS),
    (_is_bitmap, _PICTURE),
    (_is_lock, _LOCK),
    (is_mail, _MAIL),
    (_OLD_EXCEL.match, "unreadable"),
    (_is_zeros, "damaged"),
)


def _what_of_text(text: str) -> _What:
    if _CONTROL.search(text):
        return _UNKNOWN
    text = text.lstrip("\ufeff \t\r\n").lower()
    if not text:
        return "empty"
    if text.startswith(("mime-version:", "from:", "content-type:")):
        return "html"
    if not text.startswith("<"):
        return "text"
    unmarked: _What = _XML if text.startswith("<?xml") else "html"
    return _first_in(_MARKUP, text) or unmarked


def _text(data: bytes) -> str:
    """The beginning as text, in the encodings that offices use; a control character of none."""
    head = data[:_HEAD]
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    # the last character may have been cut in two
    for encoding, missing in product(_WIDE_ENCODINGS if wide else _ENCODINGS, range(4)):
        with suppress(UnicodeDecodeError):
            return head[: len(head) - missing].decode(encoding)
    return "\0"
