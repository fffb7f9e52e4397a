"""A mail as Outlook saves it (`.msg`) → when and by whom it was sent, and its attachments.

It is a compound file: each attachment is a storage, its properties are streams there. The mails
in it are no files of their own; what is attached to one comes with the subject before its name.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from ptxl.model.refusals import refusal
from ptxl.receive.compound import STORAGE, Compound, Entry
from ptxl.receive.containers.contents import (
    Listing,
    Packed,
    decode_together,
    name_of_subject,
    shown_name,
)
from ptxl.receive.foreign_files import OUTLOOK_STREAM
from ptxl.receive.limits import MEGABYTE, Limits
from ptxl.text import clean

_ATTACHMENT = "__attach_version1.0_#"
_SUBJECT, _SENT, _DELIVERED = 0x0037, 0x0039, 0x0E06
#: addresses of who sent it, the surest first, and a name
_SENDERS = 0x5D01, 0x5D02, 0x0C1F, 0x0065, 0x0C1A
#: what an attachment is called: at length, in eight letters, on the screen
_NAMES = 0x3707, 0x3704, 0x3001
#: what is attached, as bytes, or as a mail or another object
_BYTES, _OBJECT = "__substg1.0_37010102", "__substg1.0_3701000d"
#: what comes before the properties of a mail
_HEADER = 32
_TIME = 0x0040
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Storage:
    """A mail or an attachment: a folder of the file."""

    file: Compound
    tree: Mapping[tuple[str, ...], Entry]
    path: tuple[str, ...] = ()

    def stream(self, name: str) -> bytes:
        """The bytes of a stream in it; nothing where it is not there."""
        entry = self.tree.get((*self.path, name))
        if entry and entry.kind != STORAGE:
            return self.file.stream(entry)
        return b""

    def text(self, *properties: int) -> str:
        """The first of some properties that is there, as a text."""
        for number in properties:
            wide = self.stream(f"__substg1.0_{number:04x}001f").decode("utf-16-le", "replace")
            (narrow,) = decode_together([self.stream(f"__substg1.0_{number:04x}001e")])
            text = clean((wide or narrow).rstrip("\0"))
            if text:
                return text
        return ""

    def moment(self, *properties: int) -> datetime | None:
        """The first of some times that a mail states, on the clock of this machine."""
        content = self.stream(OUTLOOK_STREAM)
        places = range(_HEADER, len(content) - 15, 16)
        stated = {
            number: ticks
            for kind, number, ticks in (struct.unpack_from("<HH4xQ", content, at) for at in places)
            if kind == _TIME
        }
        for number in properties:
            with suppress(OverflowError, OSError, ValueError, KeyError):
                moment = _EPOCH + timedelta(microseconds=stated[number] // 10)
                return moment.astimezone().replace(microsecond=0, tzinfo=None)
        return None

    def attachments(self) -> Iterator[_Storage]:
        """What is attached to a mail, in order."""
        depth = len(self.path)
        for path in sorted(self.tree):
            inside = len(path) == depth + 1 and path[:depth] == self.path
            if inside and path[-1].startswith(_ATTACHMENT):
                yield _Storage(self.file, self.tree, path)


def list_outlook(data: bytes, _: Limits) -> Listing:
    """The attachments of a mail. Raises WorkbookError."""
    file = Compound(data)
    mail = _Storage(file, file.tree())
    sent = mail.moment(_SENT, _DELIVERED)
    return Listing(list(_files(mail)), sent, mail.text(*_SENDERS))


def _files(mail: _Storage, folder: str = "") -> Iterator[Packed]:
    for number, attached in enumerate(mail.attachments(), 1):
        name = shown_name(f"{folder}{attached.text(*_NAMES) or number}")
        inner = _Storage(mail.file, mail.tree, (*attached.path, _OBJECT))
        content = mail.tree.get((*attached.path, _BYTES))
        if (*inner.path, OUTLOOK_STREAM) in mail.tree:
            subject = name_of_subject(inner.text(_SUBJECT))
            yield from _files(inner, f"{folder}{subject or number}/")
        else:
            size = content.size if content else 0
            yield Packed(name, size, partial(_unpack, mail.file, content))


def _unpack(file: Compound, content: Entry | None, most: int) -> bytes:
    if content is None:
        raise refusal("unreadable")
    if content.size > most:
        raise refusal("too_large", size=content.size // MEGABYTE, limit=most // MEGABYTE)
    return file.stream(content)
