"""A real IMAP server (Dovecot) for tests: private, on a high port, with TLS and one mailbox.

Without Dovecot the tests that ask for it are skipped, or fail when PTXL_REQUIRE_MAILSERVER is 1.
"""

from __future__ import annotations

import grp
import imaplib
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

USER, PASSWORD = "caizheng@example.cn", "shouquanma"
DOVECOT = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")
_CONFIGURATION = """
protocols = imap
base_dir = {folder}/run
log_path = {folder}/log
ssl = required
imap_id_log = *
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
listen = 127.0.0.1
default_login_user = {login}
default_internal_user = {internal}
default_internal_group = {group}
mail_location = maildir:{folder}/mail
first_valid_uid = 1
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail
}}
"""


class MailServer:
    """A server that runs; `trust` is what believes its certificate."""

    def __init__(self, folder: Path, port: int, process: subprocess.Popen[bytes]) -> None:
        self.folder, self.port, self._process = folder, port, process
        self.trust = ssl.create_default_context(cafile=folder / "cert.pem")

    def client(self) -> imaplib.IMAP4_SSL:
        """A program of somebody who may change the mailbox."""
        client = imaplib.IMAP4_SSL("localhost", self.port, ssl_context=self.trust)
        client.login(USER, PASSWORD)
        return client

    def put(self, mail: bytes, came: datetime, folder: str = "INBOX") -> None:
        client = self.client()
        when = imaplib.Time2Internaldate(came.replace(tzinfo=UTC))
        status, said = client.append(folder, "", when, mail)
        assert status == "OK", said
        client.logout()

    def flags(self) -> list[bytes]:
        """What is noted of each mail of the inbox, and whether it is still there."""
        client = self.client()
        client.select("INBOX", readonly=True)
        _, told = client.fetch("1:*", "(UID FLAGS)")
        client.logout()
        return [line for line in told if isinstance(line, bytes)]

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)


def _people() -> dict[str, object]:
    """Who the processes of the server are: of root others, since mail is never root's."""
    if os.getuid():
        name, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
        people = {"login": name, "internal": name, "group": group}
        return {**people, "uid": os.getuid(), "gid": os.getgid()}
    internal = pwd.getpwnam("dovecot")
    group = grp.getgrgid(internal.pw_gid).gr_name
    people = {"login": "dovenull", "internal": "dovecot", "group": group}
    return {**people, "uid": internal.pw_uid, "gid": internal.pw_gid}


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Run a server for a while. Skips the test where there is none."""
    if DOVECOT is None:
        assert os.environ.get("PTXL_REQUIRE_MAILSERVER") != "1", "Dovecot is missing"
        pytest.skip("needs Dovecot")
    folder = Path(tempfile.mkdtemp(prefix="ptxl-mail-"))
    try:
        server = _start(folder)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path) -> MailServer:
    people = _people()
    folder.chmod(0o755)
    (folder / "mail").mkdir()
    if not os.getuid():
        os.chown(folder / "mail", int(str(people["uid"])), int(str(people["gid"])))
    make = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext"
    names = ["subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run([*make.split(), *names], cwd=folder, check=True, capture_output=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    facts = {"folder": folder, "port": port, "password": PASSWORD, **people}
    (folder / "dovecot.conf").write_text(_CONFIGURATION.format(**facts), encoding="utf-8")
    command = [str(DOVECOT), "-F", "-c", str(folder / "dovecot.conf")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server = MailServer(folder, port, process)
    end = time.monotonic() + 30
    while True:
        try:
            server.client().logout()
        except OSError:
            log = folder / "log"
            said = log.read_text(encoding="utf-8") if log.exists() else ""
            assert process.poll() is None, said
            assert time.monotonic() < end, said
            time.sleep(0.1)
        else:
            return server
