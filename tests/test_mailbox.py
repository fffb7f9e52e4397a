"""A mailbox as an inbox: read, never changed. The server is a real one."""

from __future__ import annotations

import re
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from datetime import date, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from imap_tools.imap_utf7 import utf7_encode

from ptxl.rounds import collect, fetch, make_round
from ptxl.rounds.mailbox import (
    PASSWORD_VARIABLE,
    Account,
    Mail,
    MailboxError,
    MailLimits,
    Seen,
    fetch_mails,
    find_password,
)
from ptxl.rounds.status import ISSUED
from ptxl.template import Templates
from tests.mailserver import PASSWORD, USER, MailServer, mail_server
from tests.rounds_by_hand import SETTINGS

SINCE = date(2026, 3, 1)
START = Seen()
FORM = b"PK\x03\x04" + bytes(range(256)) * 40
MALFORMED = b"Content-Type: multipart/mixed; boundary=\r\n\r\n--\xff\xfe\r\nno mail\r\n"


def mail(subject: str, attached: bytes = FORM) -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "unit@example.cn", USER, subject
    made.set_content("附件为绩效目标表。")
    made.add_attachment(attached, maintype="application", subtype="x", filename="101 教育局.xlsx")
    return made.as_bytes().replace(b"\n", b"\r\n")


MAILS = [
    (mail("去年的"), datetime(2026, 2, 1, 9)),
    (mail("第一份"), datetime(2026, 3, 2, 9)),
    (MALFORMED, datetime(2026, 3, 3, 9)),
    (mail("太大", b"\0" * 900_000), datetime(2026, 3, 4, 9)),
    (mail("第二份"), datetime(2026, 3, 5, 9)),
]


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        for content, came in MAILS:
            running.put(content, came)
        yield running


def account(server: MailServer, folder: str = "INBOX") -> Account:
    return Account(host="localhost", user=USER, port=server.port, folder=folder)


def fetched(server: MailServer, seen: Seen = START, **limits: int) -> list[Mail]:
    allowed = MailLimits(megabytes=1, **limits)
    mails = fetch_mails(
        account(server), PASSWORD, SINCE, seen, limits=allowed, trust=server.trust
    )  # fmt: skip
    return list(mails)


pytestmark = pytest.mark.mailserver


def test_mails_since_a_day_come_whole_and_nothing_in_the_mailbox_changes(
    server: MailServer,
) -> None:
    before = server.flags()
    mails = fetched(server)
    assert [one.data for one in mails] == [MAILS[1][0], MALFORMED, b"", MAILS[4][0]]
    assert [one.why.code if one.why else "" for one in mails] == ["", "", "mails.too_large", ""]
    assert all(one.name.endswith(".eml") for one in mails)
    assert len({one.name for one in mails}) == 4
    assert server.flags() == before
    assert b"Seen" not in b"".join(before)


def test_the_next_run_fetches_only_what_is_new(server: MailServer) -> None:
    mails = fetched(server)
    assert fetched(server, mails[-1].seen) == []
    assert fetched(server, mails[1].seen) == mails[2:]
    other = Seen(mails[-1].seen.validity + 1, mails[-1].seen.last)
    assert fetched(server, other) == mails  # the server numbers anew
    assert fetched(server, mails=2) == mails[:2]


def test_the_server_is_told_who_reads(server: MailServer) -> None:
    fetched(server)
    log = (server.folder / "log").read_text(encoding="utf-8")
    assert re.search("ID sent: name=ptxl", log)


def test_a_folder_may_have_a_chinese_name(server: MailServer) -> None:
    name, content = "绩效报送", mail("另存")
    on_the_server = utf7_encode(name).decode()
    client = server.client()
    client.create(on_the_server)
    client.logout()
    server.put(content, datetime(2026, 3, 6), on_the_server)
    (one,) = fetch_mails(account(server, name), PASSWORD, SINCE, trust=server.trust)
    assert one.data == content


def test_a_folder_that_is_not_there_is_said_with_those_that_are(server: MailServer) -> None:
    with pytest.raises(MailboxError) as caught:
        list(fetch_mails(account(server, "没有"), PASSWORD, SINCE, trust=server.trust))
    assert caught.value.code == "mailbox_folder"
    assert "INBOX" in caught.value.message("zh")


def test_a_wrong_password_says_that_an_app_password_is_wanted(server: MailServer) -> None:
    with pytest.raises(MailboxError) as caught:
        list(fetch_mails(account(server), "falsch", SINCE, trust=server.trust))
    assert caught.value.code == "mailbox_login"
    assert "授权码" in caught.value.message("zh")
    assert "falsch" not in caught.value.message("zh")


def test_a_server_that_nobody_vouches_for_gets_no_password(server: MailServer) -> None:
    with pytest.raises(MailboxError) as caught:
        list(fetch_mails(account(server), PASSWORD, SINCE, trust=ssl.create_default_context()))
    assert caught.value.code == "mailbox_certificate"


def test_no_server() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nowhere = Account(host="127.0.0.1", user=USER, port=closed.getsockname()[1])
        with pytest.raises(MailboxError) as caught:
            list(fetch_mails(nowhere, PASSWORD, SINCE))
    assert caught.value.code == "mailbox_unreachable"
    assert caught.value.message("zh")


def test_a_server_that_hangs_up_leaves_what_came(server: MailServer) -> None:
    """Between the program and the server, bytes pass until the second mail is under way."""
    whole = fetched(server)
    with _cut_off(server.port, after=len(whole[0].data)) as port:
        cut = Account(host="localhost", user=USER, port=port)
        with pytest.raises(MailboxError) as caught:
            list(fetch_mails(cut, PASSWORD, SINCE, trust=server.trust))
    assert caught.value.code == "mailbox_interrupted"
    assert caught.value.message("zh")


class _cut_off:  # noqa: N801  (used like a function)
    """A way to the server that ends after some bytes of its answers."""

    def __init__(self, port: int, after: int) -> None:
        self._server, self._left = port, after
        self._door = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._pass)

    def __enter__(self) -> int:
        self._thread.start()
        return int(self._door.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        self._thread.join(20)
        self._door.close()

    def _pass(self) -> None:
        ours, _ = self._door.accept()
        theirs = socket.create_connection(("127.0.0.1", self._server))
        forward = threading.Thread(target=self._forward, args=(ours, theirs))
        forward.start()
        while self._left > 0 and (data := theirs.recv(1024)):
            ours.sendall(data)
            self._left -= len(data)
        for one in (ours, theirs):
            one.shutdown(socket.SHUT_RDWR)
        forward.join(20)
        ours.close()
        theirs.close()

    def _forward(self, ours: socket.socket, theirs: socket.socket) -> None:
        try:
            while data := ours.recv(1024):
                theirs.sendall(data)
        except OSError:
            pass


def test_the_password_is_looked_for_in_the_environment_and_then_the_keyring(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    box = Account(host="imap.163.com", user=USER)
    assert find_password(box, {PASSWORD_VARIABLE: "abc"}) == "abc"
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(MailboxError) as caught:
        find_password(box, {})
    assert PASSWORD_VARIABLE in caught.value.message("zh")


def test_a_round_collects_from_a_mailbox(server: MailServer, tmp_path: Path) -> None:
    """Mails are put into the archive once, and their attachments are collected like files."""
    roster = tmp_path / "roster.csv"
    roster.write_text("code,name\n101001,清源县教育局\n", encoding="utf-8")
    where = make_round(tmp_path / "round", SETTINGS, roster, Templates())
    with where.ledger() as ledger:
        ledger.remember(ISSUED, "2026-03-01T09:00:00")
    now, password = datetime(2026, 3, 10, 12), {PASSWORD_VARIABLE: PASSWORD}
    fetched = fetch(where, account(server), password, now, trust=server.trust)
    assert (fetched.count, fetched.left) == (4, [])
    collect(where, [], where.terms(), now)
    with where.ledger() as ledger:
        names = {arrival.name for kept in ledger.kept() for arrival in kept.arrivals}
        assert sum(name.endswith("/101 教育局.xlsx") for name in names) == 3
    assert fetch(where, account(server), password, now, trust=server.trust).count == 0
    assert not collect(where, [], where.terms(), now).new
