"""The sandbox: whoever takes over a worker can read files and compute, and nothing else."""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import platform
import re
import socket
import sys
import threading
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from ptxl import api
from ptxl.merge.rows import LeftOut, UnitSummary
from ptxl.merge.summarise import put_in_words
from ptxl.model.findings import finding
from ptxl.receive import sandbox
from ptxl.receive.sniff import Limits
from ptxl.receive.workers import Opened, Terms, Unread, Workers

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="numbers of one machine"
)

HERE, TEXT = -100, b"{file}"
PARENT = "parent"
#: a system call by a name of ours: its number and arguments
CALLS: dict[str, tuple[int | str | bytes, ...]] = {
    "utime": (132, TEXT, 0), "utimes": (235, TEXT, 0), "utimensat": (280, HERE, TEXT, 0, 0),
    "futimesat": (261, HERE, TEXT, 0), "setxattr": (188, TEXT, b"user.a", b"b", 1, 0),
    "removexattr": (197, TEXT, b"user.a"), "chmod": (90, TEXT, 0o777),
    "fchmodat": (268, HERE, TEXT, 0o777), "fchmodat2": (452, HERE, TEXT, 0o777, 0),
    "chown": (92, TEXT, 0, 0), "truncate": (76, TEXT, 0), "ftruncate": (77, 0, 0),
    "fallocate": (285, 0, 0, 0, 1), "rename": (82, TEXT, b"{file}.new"),
    "renameat2": (316, HERE, TEXT, HERE, b"{file}.new", 0), "unlink": (87, TEXT),
    "unlinkat": (263, HERE, TEXT, 0), "link": (86, TEXT, b"{file}.new"),
    "linkat": (265, HERE, TEXT, HERE, b"{file}.new", 0), "symlink": (88, TEXT, b"{file}.new"),
    "mkdir": (83, b"{file}.new", 0o700), "mknod": (133, b"{file}.new", 0o600, 0),
    "open for writing": (2, TEXT, os.O_WRONLY), "open for both": (2, TEXT, os.O_RDWR),
    "open to empty": (2, TEXT, os.O_TRUNC), "open to make": (2, b"{file}.new", os.O_CREAT, 0o600),
    "openat for writing": (257, HERE, TEXT, os.O_WRONLY),
    "openat without a name": (257, HERE, b"/tmp", os.O_RDWR | os.O_TMPFILE, 0o600),
    "openat2": (437, HERE, TEXT, b"\0" * 24, 24), "creat": (85, b"{file}.new", 0o600),
    "sendfile": (40, 1, 0, 0, 1), "splice": (275, 0, 0, 1, 0, 1, 0),
    "copy_file_range": (326, 0, 0, 1, 0, 1, 0),
    "writev": (20, 1, 0, 0), "pwrite64": (18, 1, b"a", 1, 0),
    "socket": (41, 2, 1, 0), "socketpair": (53, 1, 1, 0, b"\0" * 8), "connect": (42, 0, 0, 0),
    "bind": (49, 0, 0, 0), "sendto": (44, 0, b"a", 1, 0, 0, 0), "sendmsg": (46, 0, 0, 0),
    "pipe2": (293, b"\0" * 8, 0), "eventfd2": (290, 0, 0), "inotify_init1": (294, 0),
    "fork": (57,), "vfork": (58,), "clone": (56, 0x11, 0, 0, 0, 0),
    "clone3": (435, b"\0" * 64, 64), "execve": (59, b"/bin/true", 0, 0),
    "execveat": (322, HERE, b"/bin/true", 0, 0, 0), "memfd_create": (319, b"a", 0),
    "memfd_secret": (447, 0),
    "kill": (62, PARENT, 0), "tkill": (200, PARENT, 0), "tgkill": (234, PARENT, PARENT, 0),
    "rt_sigqueueinfo": (129, PARENT, 0, b"\0" * 128), "pidfd_open": (434, PARENT, 0),
    "pidfd_send_signal": (424, 0, 0, 0, 0), "ptrace": (101, 16, PARENT, 0, 0),
    "process_vm_readv": (310, PARENT, 0, 0, 0, 0, 0),
    "process_vm_writev": (311, PARENT, 0, 0, 0, 0, 0), "kcmp": (312, PARENT, PARENT, 0, 0, 0),
    "prlimit64 of the parent": (302, PARENT, 0, b"\0" * 16, 0),
    "setpriority": (141, 0, PARENT, 19), "sched_setaffinity": (203, PARENT, 8, b"\1" + b"\0" * 7),
    "setpgid": (109, 0, 0), "setsid": (112,), "setuid": (105, 0), "prctl": (157, 4, 0, 0, 0, 0),
    "seccomp": (317, 0, 0, 0), "personality": (135, 0), "arch_prctl": (158, 0x1003, b"\0" * 8),
    "ioctl to type into the terminal": (16, 0, 0x5412, b"a"),
    "fcntl to send signals": (72, 0, 8, PARENT), "fcntl to lease": (72, 0, 1024, 0),
    "mount": (165, b"none", b"/mnt", b"tmpfs", 0, 0), "umount2": (166, b"/mnt", 0),
    "fsopen": (430, b"tmpfs", 0), "fsconfig": (431, 0, 0, 0, 0, 0), "fsmount": (432, 0, 0, 0),
    "move_mount": (429, HERE, b"/mnt", HERE, b"/mnt", 0), "open_tree": (428, HERE, b"/", 0),
    "chroot": (161, b"/tmp"), "pivot_root": (155, b"/tmp", b"/tmp"), "unshare": (272, 0),
    "setns": (308, 0, 0), "chdir": (80, b"/tmp"), "sethostname": (170, b"a", 1),
    "io_uring_setup": (425, 1, b"\0" * 120), "io_setup": (206, 1, b"\0" * 8),
    "bpf": (321, 0, b"\0" * 64, 64), "userfaultfd": (323, 0),
    "perf_event_open": (298, b"\0" * 128, 0, -1, -1, 0),
    "add_key": (248, b"user", b"a", b"b", 1, -2),
    "keyctl": (250, 0, -2, 0), "shmget": (29, 0, 4096, 0o1600), "msgget": (68, 0, 0o1600),
    "semget": (64, 0, 1, 0o1600), "mq_open": (240, b"a", os.O_CREAT, 0o600, 0),
    "name_to_handle_at": (303, HERE, TEXT, b"\0" * 64, b"\0" * 8, 0),
    "open_by_handle_at": (304, HERE, b"\0" * 64, 0), "landlock_create_ruleset": (444, 0, 0, 1),
    "init_module": (175, 0, 0, b""), "kexec_load": (246, 0, 0, 0, 0), "reboot": (169, 0, 0, 0, 0),
    "x32 getpid": (0x40000000 + 39,), "x32 open for writing": (0x40000000 + 2, TEXT, os.O_WRONLY),
    "a call that is not made yet": (4000,),
}  # fmt: skip


def attempt(file: Opened) -> dict[str, str]:
    """Make every call; what the system says to each."""
    library = ctypes.CDLL(None, use_errno=True)
    found = {}
    for name, call in CALLS.items():
        arguments = [os.getppid() if one == PARENT else one for one in call]
        texts = [
            one.replace(TEXT, os.fsencode(file.path)) if isinstance(one, bytes) else one
            for one in arguments
        ]
        ctypes.set_errno(0)
        longs = [ctypes.c_long(one) if isinstance(one, int) else one for one in texts]
        result = library.syscall(*longs)
        found[name] = (
            errno.errorcode.get(ctypes.get_errno(), "no error") if result == -1 else "done"
        )
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "form.xlsx"
    made.write_text("untouched", encoding="utf-8")
    os.utime(made, (1_000_000_000, 1_000_000_000))
    return made


def test_calls_that_do_not_read_are_refused(path: Path) -> None:
    before = path.stat()
    with Workers(attempt, Terms(), 1) as workers:
        (outcome,) = workers.each([(path, "form.xlsx")])
    assert isinstance(outcome, dict), outcome
    assert outcome == dict.fromkeys(CALLS, "EPERM")
    after = path.stat()
    assert (after.st_mtime, after.st_mode, after.st_nlink) == (
        before.st_mtime, before.st_mode, before.st_nlink)  # fmt: skip
    assert path.read_text(encoding="utf-8") == "untouched"
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_without_the_sandbox_most_of_them_are_not_refused(path: Path) -> None:
    """So that the test above says something: the numbers are those of the calls meant."""
    library = ctypes.CDLL(None, use_errno=True)
    assert library.syscall(132, os.fsencode(path), 0) == 0
    assert path.stat().st_mtime > 1_000_000_000
    assert (
        library.syscall(62, os.getpid(), 0)
        == library.syscall(234, os.getpid(), os.getpid(), 0)
        == 0
    )
    handle = library.syscall(319, b"a", 0)
    assert handle > 2
    os.close(handle)


def told(file: Opened, *, waivers: object = None, language: str = "zh") -> UnitSummary | LeftOut:
    """Say what is open in this process."""
    found = []
    for handle in os.listdir("/proc/self/fd"):  # noqa: PTH208
        with suppress(FileNotFoundError):  # the one with which they are listed
            found.append(os.readlink(f"/proc/self/fd/{handle}"))  # noqa: PTH115
    why = put_in_words(finding("left_out", errors=1), "zh")
    return LeftOut(file=" ".join(found), found=(why,))


@pytest.mark.parametrize("threads", [0, 1], ids=["a fork", "started anew, for there are threads"])
def test_a_worker_holds_no_handle_but_the_pipe(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    asked_to_end = threading.Event()
    for _ in range(threads):
        threading.Thread(target=asked_to_end.wait, daemon=True).start()
    monkeypatch.setattr("ptxl.jobs.summarise", told)
    folder = tmp_path / "out"
    with (tmp_path / "other").open("w"), socket.create_server(("127.0.0.1", 0)):
        merged = api.merge([path] * 1, folder / "c.xlsx", json=folder / "c.json", workers=3)
        many = api.merge([path, __file__], folder / "c.xlsx", json=folder / "c.json", workers=2)
    for left in (*merged.left_out, *many.left_out):
        handles = Counter(re.sub(r"\d+", "N", name) for name in left.file.split())
        assert handles.pop("/dev/null") >= 3
        assert handles == {"socket:[N]": 1}
    asked_to_end.set()


def foreign(_: Opened) -> int:
    """Ask for the process by the way in of 32-bit programs."""
    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")  # mov eax, 20 (getpid); int 0x80; ret
    address = ctypes.addressof(ctypes.c_char.from_buffer(code))
    return int(ctypes.CFUNCTYPE(ctypes.c_int)(address)())


def test_calls_in_the_way_of_another_machine_are_refused(path: Path) -> None:
    with Workers(foreign, Terms(limits=Limits(seconds=2)), 1) as workers:
        (outcome,) = workers.each([(path, "form.xlsx")])
    if isinstance(outcome, Unread):  # the system knows no such way
        assert outcome.error.code == "killed"
    else:
        assert outcome == -errno.EPERM


def test_the_tables_say_each_number_once() -> None:
    for column in (0, 1):
        numbers = [
            *(pair[column] for pair in sandbox._CALLS.values()),
            *(pair[column] for pair, *_ in sandbox._OPENING.values()),
            *(pair[column] for pair, *_ in sandbox._BY_VALUE.values()),
        ]
        there = [number for number in numbers if number >= 0]
        assert len(there) == len(set(there))
    assert all(pair[0] >= 0 for pair in sandbox._CALLS.values())
