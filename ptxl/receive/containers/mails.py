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
from urllib.parse import unquote_to_bytes

from ptxl.model.refusals import refusal
from ptxl.receive.containers.contents import Listing, Packed, name_of_subject, shown_name
from ptxl.receive.limits import MEGABYTE, Limits
from ptxl.text import clean

#: structure and bytes go by rules that no header can break, names and dates by those of today
_STRUCTURE = email.policy.compat32.clone(mangle_from_=False, max_line_length=None)
_HEADERS = email.policy.default
#: characters of a header that are looked at: parsing takes time that grows with their square
_LONGEST_HEADER = 5_000
_LINE_END = re.compile(r"[\r\n]+")
#: what is called UTF-8 in a name whose bytes stand as per cent and digits
_UTF_8 = re.compile(r"(?<==)utf-8(?=')", re.IGNORECASE)
_BYTE = re.compile("%([0-9a-fA-F]{2})")
#: the zone of a sender who gives the time of UTC; what is without a zone is another thing
_UNKNOWN_ZONE = re.compile(r"-00:?00\b")
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
    return Listing(list(_files(mail, parts)), _sent(mail), _sender(mail))


def _files(mail: Message, parts: Sequence[Message]) -> Iterator[Packed]:
    for number, part in enumerate(parts, 1):
        name = _file_name(part, number)
        if not name:
            continue
        is_cut = number == len(parts) and _ends_early(mail)
        yield Packed(name, _size(part), partial(_unpack, part, is_cut))


def _parts(mail: Message) -> Iterator[Message]:
    """The parts of a mail that have no parts, and the mails in it, in order."""
    waiting = [mail]
    while waiting:
        part = waiting.pop()
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            inner: Any = part.get_payload()
            waiting += reversed(inner)
        else:
            yield part


def _size(part: Message) -> int:
    """How long an attachment is, as it is written."""
    content: Any = None
    with suppress(ValueError, LookupError):  # of a character set that there is not
        content = part.get_payload()
    return len(content) if isinstance(content, str) else 0


def _file_name(part: Message, number: int) -> str:
    """What an attachment is called: without a name a mail by its subject, others by their number.

    Nothing for what is no attachment.
    """
    name = _given_name(part)
    if part.get_content_type() == "message/rfc822" and name in ("", ".eml"):
        return shown_name(f"{name_of_subject(_subject(_inner_mail(part))) or number}.eml")
    is_attached = part.get_content_disposition() == "attachment"
    return name or (str(number) if is_attached else "")


def _given_name(part: Message) -> str:
    """The name of an attachment, in either of the places that mail programs use."""
    for header, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        params = getattr(_header(part, header, _with_one_name), "params", {})
        name = str(params.get(parameter, ""))
        if name:
            return shown_name(_text(unquote_to_bytes(name), "utf-8") if name.isascii() else name)
    return ""


def _inner_mail(part: Message) -> Message:
    inner: Any = part.get_payload() if part.is_multipart() else ()
    if inner and isinstance(inner[0], Message):
        return inner[0]
    return part


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
    in_hex = bytes.fromhex("".join(_BYTE.findall(once)))
    once = _UTF_8.sub(_encoding(in_hex, "utf-8"), once)
    return _WORDS.sub(lambda found: _decoded(found[0]).replace('"', "'"), once)


def _decoded(words: str) -> str:
    """Encoded words side by side, as one text."""
    return "".join(
        _text(part, encoding or "ascii") if isinstance(part, bytes) else part
        for part, encoding in decode_header(words)
    )


def _text(written: bytes, encoding: str) -> str:
    """Bytes as a text; what is in no encoding becomes `�`."""
    return written.decode(_encoding(written, encoding), "replace")


def _encoding(written: bytes, said: str) -> str:
    """The encoding of bytes: the one that is said of them, or GBK where they are not in it."""
    try:
        written.decode(said)
    except LookupError:
        return "gb18030"
    except UnicodeDecodeError as error:
        is_cut_in_its_last_character = error.start > 0 and error.end == len(written)
        return said if is_cut_in_its_last_character else "gb18030"
    return said


def _subject(mail: Message) -> str:
    return clean(str(_header(mail, "subject", _with_one_name) or ""))


def _sender(mail: Message) -> str:
    """The address that a mail came from; what stands there where it is none."""
    header = _header(mail, "from") or _header(mail, "sender")
    addresses = getattr(header, "addresses", ())
    sender = addresses[0].addr_spec if addresses else str(header or "")
    return clean(_as_meant(sender))


def _in_utc(date: str) -> str:
    return _UNKNOWN_ZONE.sub("+0000", date)


def _sent(mail: Message) -> datetime | None:
    """When a mail was sent, on the clock of this machine."""
    moment: datetime | None = getattr(_header(mail, "date", _in_utc), "datetime", None)
    if moment is None or moment.tzinfo is None:
        return moment
    with suppress(OSError, OverflowError, ValueError):
        return moment.astimezone().replace(tzinfo=None)
    return None
