"""A text and the files that go along → a draft that every mail program opens. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from email import policy
from email.message import EmailMessage
from hashlib import sha256

_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+")
_XLSX = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")


def make_draft(
    address: str, subject: str, text: str, files: Sequence[tuple[str, bytes]] = ()
) -> bytes:
    """Write a mail that is not sent yet: whoever opens it looks at it and presses send.

    `files` are names and contents of workbooks. Same mail, same bytes.
    """
    mail = EmailMessage(policy=policy.SMTP)
    mail["X-Unsent"] = "1"
    mail["To"] = address
    mail["Subject"] = subject
    mail.set_content(text, charset="utf-8", cte="base64")
    for name, data in files:
        kind, subkind = _XLSX
        mail.add_attachment(data, maintype=kind, subtype=subkind, filename=name)
    if files:
        # Of what is inside, since the boundary between parts must not depend on chance.
        mail.set_boundary("=_" + sha256((subject + text).encode()).hexdigest())
    return bytes(mail)


def addresses_in(text: str) -> str:
    """Return the addresses that a roster names for a unit, as a mail names them; "" if none."""
    return ", ".join(_ADDRESS.findall(text))
