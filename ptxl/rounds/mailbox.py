"""A mailbox → its mails since a day, as the bytes of `.eml` files. It is only ever looked at.

Nothing in the mailbox changes: the folder is opened to be read, mails are peeked at, so they stay
unread, and none is deleted. Owns imap-tools, and keyring where that is installed.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ptxl.model.errors import PtxlError, system_reason
from ptxl.receive.limits import MEGABYTE
from ptxl.words import Phrase, phrase

#: where the app password (授权码) is looked for first, and the name of ours in a keyring
PASSWORD_VARIABLE = "PTXL_IMAP_PASSWORD"
_SERVICE = "ptxl"
#: what 163 and 126 want to be told before they let anybody open a folder
_WHO = '("name" "ptxl" "vendor" "ptxl")'
#: of one answer of the server, in bytes and mails
_TOGETHER, _MOST_TOGETHER = 8 * MEGABYTE, 50
_UID, _SIZE = re.compile(rb"\bUID ([0-9]{1,10})"), re.compile(rb"\bRFC822\.SIZE ([0-9]{1,12})")
_MOST_NAMED = 20


class MailboxError(PtxlError):
    """A mailbox that cannot be reached, entered or read to its end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """Whose mailbox is read, and where. `user` is the whole address."""

    host: str
    user: str
    folder: str = "INBOX"
    port: int = 993


@dataclass(frozen=True, slots=True)
class Seen:
    """How far a folder was read: the server's number of the folder, and of the last mail in it.

    When the server numbers its mails anew, all since the day are fetched again.
    """

    validity: int = 0
    last: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class MailLimits:
    """What is fetched at most: megabytes of one mail, mails in one run, seconds for an answer."""

    megabytes: int = 64
    mails: int = 5_000
    seconds: float = 60


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to be treated as an `.eml` file; once it is kept, reading goes on after `seen`.

    One that was not fetched has no `data`, and `why`.
    """

    name: str
    data: bytes
    seen: Seen
    why: Phrase | None = None


def find_password(account: Account, environment: Mapping[str, str]) -> str:
    """Return the app password: from the environment, else from the keyring of the system.

    Raises MailboxError where neither has one.
    """
    password = environment.get(PASSWORD_VARIABLE, "") or _from_keyring(account)
    if not password:
        raise MailboxError("mailbox_password", user=account.user, variable=PASSWORD_VARIABLE)
    return password


def _from_keyring(account: Account) -> str:
    try:
        import keyring
    except ImportError:
        return ""
    with suppress(Exception):  # each system's keyring has errors of its own
        return str(keyring.get_password(_SERVICE, f"{account.user}@{account.host}") or "")
    return ""


def fetch_mails(
    account: Account,
    password: str,
    since: date,
    seen: Seen = Seen(),
    *,
    limits: MailLimits = MailLimits(),
    trust: ssl.SSLContext | None = None,
) -> Iterator[Mail]:
    """Yield the mails that came since a day and were not `seen`, the oldest first.

    `trust` says which servers are believed, by default those that the system believes. Raises
    MailboxError; what was yielded until then stays good, and the next run goes on behind it.
    """
    with _opened(account, password, limits, trust) as session:
        session.open_folder()
        seen = session.start(seen)
        sizes = session.sizes(since, seen)
        most = limits.megabytes * MEGABYTE
        for batch in _batches(sizes):
            found = session.mails([uid for uid in batch if sizes[uid] <= most])
            for uid in batch:
                seen = Seen(seen.validity, uid)
                yield _mail(account, seen, sizes[uid], found.get(uid), limits)


def _mail(account: Account, seen: Seen, size: int, data: bytes | None, limits: MailLimits) -> Mail:
    """One mail, or why it is not here."""
    name = f"{account.user}_{seen.validity}_{seen.last}.eml"
    if max(size, len(data or b"")) > limits.megabytes * MEGABYTE:
        why = phrase("mails.too_large", megabytes=-(-size // MEGABYTE), most=limits.megabytes)
        return Mail(name, b"", seen, why)
    if not data:
        return Mail(name, b"", seen, phrase("mails.gone"))
    return Mail(name, data, seen)


def _batches(sizes: Mapping[int, int]) -> Iterator[list[int]]:
    """The numbers of mails, as many together as one answer should hold."""
    batch: list[int] = []
    room = _TOGETHER
    for uid, size in sizes.items():
        if batch and (size > room or len(batch) == _MOST_TOGETHER):
            yield batch
            batch, room = [], _TOGETHER
        batch.append(uid)
        room -= size
    if batch:
        yield batch


@contextmanager
def _opened(
    account: Account, password: str, limits: MailLimits, trust: ssl.SSLContext | None
) -> Iterator[_Session]:
    """A session that is logged in; whatever goes wrong in it is a MailboxError."""
    try:
        import imap_tools
    except ImportError:
        raise MailboxError("mailbox_extra") from None
    facts = {"host": account.host, "user": account.user}
    stage = "mailbox_unreachable"
    try:
        trust = trust or ssl.create_default_context()
        box = imap_tools.MailBox(
            account.host, account.port, timeout=limits.seconds, ssl_context=trust
        )
        stage = "mailbox_interrupted"
        try:
            _log_in(box, account, password)
            yield _Session(box, account, limits)
        finally:
            with suppress(imaplib.IMAP4.error, imap_tools.ImapToolsError, OSError):
                box.logout()
            with suppress(OSError):  # where nobody answered
                box.client.shutdown()
    except ssl.SSLCertVerificationError:
        raise MailboxError("mailbox_certificate", **facts) from None
    except (imaplib.IMAP4.error, imap_tools.ImapToolsError, OSError) as error:
        raise MailboxError(stage, **facts, reason=_reason(error)) from None


def _reason(error: Exception) -> Phrase:
    if isinstance(error, OSError):
        return system_reason(error)
    return phrase("system.other", detail=str(error)[:200])


def _log_in(box: Any, account: Account, password: str) -> None:
    import imap_tools

    try:
        if (account.user + password).isascii():
            box.login(account.user, password, initial_folder=None)
        else:
            box.login_utf8(account.user, password, initial_folder=None)
    except imap_tools.MailboxLoginError as error:
        said = str(error.command_result[-1])[:200]
        raise MailboxError("mailbox_login", user=account.user, said=said) from None
    try:
        box.client.xatom("ID", _WHO)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        pass  # a server that does not know the command does not ask for it


@dataclass(slots=True)
class _Session:
    """A mailbox that is logged in."""

    box: Any
    account: Account
    limits: MailLimits
    _validity: int = field(default=0)

    def open_folder(self) -> None:
        """Open the folder to read it. Raises MailboxError, with the folders that there are."""
        import imap_tools

        folder = self.account.folder
        try:
            told = self.box.folder.status(folder, ["UIDVALIDITY"])
            self.box.folder.set(folder, readonly=True)
        except (imap_tools.MailboxFolderStatusError, imap_tools.MailboxFolderSelectError) as error:
            said = str(error.command_result[-1])[:200]
            if "unsafe" in said.lower():  # so 163 says of who did not name itself, or used no code
                raise MailboxError("mailbox_login", user=self.account.user, said=said) from None
            names = tuple(one.name for one in self.box.folder.list())[:_MOST_NAMED]
            raise MailboxError("mailbox_folder", folder=folder, folders=names) from None
        self._validity = int(told["UIDVALIDITY"])

    def start(self, seen: Seen) -> Seen:
        """Where to go on: at the beginning where the server numbers mails anew."""
        return seen if seen.validity == self._validity else Seen(self._validity)

    def sizes(self, since: date, seen: Seen) -> dict[int, int]:
        """The size of each new mail by its number, in order; so many as one run may fetch."""
        import imap_tools

        told = self.box.uids(imap_tools.AND(date_gte=since))
        new = sorted(uid for uid in map(int, told) if uid > seen.last)[: self.limits.mails]
        found = dict.fromkeys(new, 0)
        for start in range(0, len(new), 500):
            for head, _ in self._fetch(new[start : start + 500], "(UID RFC822.SIZE)"):
                uid, size = _UID.search(head), _SIZE.search(head)
                if uid and size and int(uid[1]) in found:
                    found[int(uid[1])] = int(size[1])
        return found

    def mails(self, batch: Sequence[int]) -> dict[int, bytes]:
        """The bytes of mails by their numbers."""
        return {int(uid[1]): data for head, data in self._peek(batch) if (uid := _UID.search(head))}

    def _peek(self, batch: Sequence[int]) -> Iterator[tuple[bytes, bytes]]:
        return self._fetch(batch, "(UID BODY.PEEK[])")

    def _fetch(self, uids: Sequence[int], what: str) -> Iterator[tuple[bytes, bytes]]:
        """What the server says of mails: a line of facts, and the bytes that belong to it."""
        if not uids:
            return
        status, answer = self.box.client.uid("FETCH", ",".join(map(str, uids)), what)
        if status != "OK":
            raise imaplib.IMAP4.error(f"FETCH {status} {answer!r}")
        for number, line in enumerate(answer):
            if isinstance(line, tuple):
                tail = answer[number + 1] if number + 1 < len(answer) else b""
                yield line[0] + (tail if isinstance(tail, bytes) else b""), line[1]
            elif isinstance(line, bytes):
                yield line, b""
