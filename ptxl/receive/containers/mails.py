"""A mail as it was sent (`.eml`) → when and by whom, and its attachments under their names.

What a person wrote in it is no file. Mails in it are files, to be opened like any other.
"""

from __future__ import annotations

import email
import email.errors
import email.policy
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from email.header import decode_header
from email.message import Message
from functools import partial
from typing import Any
from urllib.parse import unquote

from ptxl.model.refusals import refusal
from ptxl.receive.containers.contents import Listing, Packed, shown_name
from ptxl.receive.limits import MEGABYTE, Limits
from ptxl.text import clean

#: structure and bytes go by rules that no header can break, names and dates by those of today
_STRUCTURE = email.policy.compat32.clone(mangle_from_=False, max_line_length=None)
_HEADERS = email.policy.default
#: characters of a header that are looked at: parsing takes time that grows with their square
_LONGEST_HEADER = 5_000
_LINE_END = re.compile(r"[\r\n]+")
#: what is called GB2312 or GBK may hold characters that came later
_OLD_GB = re.compile(r"(?<==\?)(?:gb2312|gbk)(?=[?*])|(?<==)(?:gb2312|gbk)(?=')", re.IGNORECASE)
#: encoded words side by side: a character may begin in one and end in the next
_WORDS = re.compile(r"(?:=\?[^?\s]+\?[bq]\?[^?]*\?=\s*)+", re.IGNORECASE)
#: a name as programs of before 1997 know it, where it stands in today's way too
_OLD_NAME = re.compile(r';\s*(filename|name)\s*=\s*(?:"[^"]*"|[^;"]*)(?=.*;\s*\1\*)', re.IGNORECASE)
_NEW_NAME = re.compile(r'(;\s*(filename|name)\*.*);\s*\2\s*=\s*(?:"[^"]*"|[^;"]*)', re.IGNORECASE)
_BROKEN = (
    email.errors.InvalidBase64CharactersDefect,
    email.errors.InvalidBase64LengthDefect,
    email.errors.InvalidBase64PaddingDefect,
)


def list_mail(data: bytes, limits: Limits) -> Listing:
    """The attachments of a mail. Raises WorkbookError."""
    try:
        mail = email.message_from_bytes(data.lstrip(b"\xef\xbb\xbf \t\r\n"), policy=_STRUCTURE)
    except RecursionError:
        raise refusal("damaged") from None
    parts = list(_parts(mail))
    if len(parts) > limits.archive_files:
        raise refusal("too_many_files", limit=limits.archive_files)
    return Listing(list(_files(mail, parts)), _sent(mail), _sender(mail), _subject(mail))


def _files(mail: Message, parts: Sequence[Message]) -> Iterator[Packed]:
    for number, part in enumerate(parts, 1):
        name = _file_name(part)
        if not (name or _is_attached(part)):
            continue
        is_cut = number == len(parts) and _ends_early(mail)
        size = len(part.get_payload()) if isinstance(part.get_payload(), str) else 0
        yield Packed(name or str(number), None, size, partial(_unpack, part, is_cut))


def _parts(mail: Message) -> Iterator[Message]:
    """The parts of a mail that have no parts, and the mails in it, in order."""
    waiting = [mail]
    while waiting:
        part = waiting.pop()
        inner: Any = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            waiting += reversed(inner)
        else:
            yield part


def _is_attached(part: Message) -> bool:
    """Whether a part without a name is a file all the same."""
    kind = part.get_content_disposition()
    return kind == "attachment" or part.get_content_type() == "message/rfc822"


def _file_name(part: Message) -> str:
    """What an attachment is called, in either of the places that mail programs use."""
    for header, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        params = getattr(_header(part, header, _with_one_name), "params", {})
        name = str(params.get(parameter, ""))
        if name:
            return shown_name(unquote(name) if name.isascii() else name)
    if part.get_content_type() == "message/rfc822":
        return shown_name(f"{_subject(_inner_mail(part)).replace('/', ' ')}.eml")
    return ""


def _inner_mail(part: Message) -> Message:
    inner: Any = part.get_payload()
    return inner[0] if inner and isinstance(inner[0], Message) else part


def _ends_early(mail: Message) -> bool:
    """Whether the line is missing with which a mail with attachments ends."""
    missing = email.errors.CloseBoundaryNotFoundDefect
    return any(isinstance(defect, missing) for part in mail.walk() for defect in part.defects)


def _unpack(part: Message, is_cut: bool, most: int) -> bytes:
    if is_cut:
        raise refusal("cut_short")
    content: Any = part.get_payload(decode=True)
    if part.is_multipart():
        content = _inner_mail(part).as_bytes(policy=_STRUCTURE)
    if any(isinstance(defect, _BROKEN) for defect in part.defects):
        raise refusal("attachment_broken")
    if len(content) > most:
        raise refusal("too_large", size=len(content) // MEGABYTE, limit=most // MEGABYTE)
    return bytes(content or b"")


# -- headers


def _header(part: Message, wanted: str, first: Callable[[str], str] = str) -> Any:
    """A header, understood as by the rules of today; None where it is missing or beyond them.

    `first` is what is done to its text before.
    """
    for name, text in part.raw_items():
        if name.lower() == wanted:
            with suppress(Exception):  # whatever the parser of headers raises over odd ones
                return _HEADERS.header_factory(wanted, first(_as_meant(str(text))))
    return None


def _as_meant(text: str) -> str:
    """A header as text: bytes that no mail may hold are UTF-8, or else GBK."""
    line = _LINE_END.sub("", text)[:_LONGEST_HEADER].encode("utf-8", "surrogateescape")
    try:
        meant = line.decode()
    except UnicodeDecodeError:
        meant = line.decode("gb18030", "replace")
    return _OLD_GB.sub("gb18030", meant)


def _with_one_name(text: str) -> str:
    """A header with a name, decoded, and once where it stands twice."""
    once = _NEW_NAME.sub(r"\1", _OLD_NAME.sub("", text))
    return _WORDS.sub(lambda found: _decoded(found[0]).replace('"', "'"), once)


def _decoded(words: str) -> str:
    """Encoded words side by side, as one text."""
    return "".join(
        part.decode(encoding or "ascii", "replace") if isinstance(part, bytes) else part
        for part, encoding in decode_header(words)
    )


def _subject(mail: Message) -> str:
    return clean(str(_header(mail, "subject", _with_one_name) or ""))


def _sender(mail: Message) -> str:
    """The address that a mail came from; what stands there where it is none."""
    header = _header(mail, "from") or _header(mail, "sender")
    addresses = getattr(header, "addresses", ())
    return clean(addresses[0].addr_spec if addresses else str(header or ""))


def _sent(mail: Message) -> datetime | None:
    """When a mail was sent, on the clock of this machine."""
    moment: datetime | None = getattr(_header(mail, "date"), "datetime", None)
    if moment is None or moment.tzinfo is None:
        return moment
    with suppress(OSError, OverflowError, ValueError):
        return moment.astimezone().replace(tzinfo=None)
    return None
