"""A process → the same, confined: bounded in memory and time, and able to read and think only.

A short list says which system calls are allowed; all others, known or new, are refused. Limits
hold for the process that calls `confine` and cannot be taken back by it. Linux gives all of them;
elsewhere those hold that the system has, and `confine` says which.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import signal
import struct
import sys
from collections.abc import Iterator

_DIE_WITH_PARENT, _NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 1, 38, 22, 2
_LOAD, _IF_EQUAL, _IF_BITS, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
#: where the number, the machine and the first argument of a call stand for a filter
_NUMBER, _MACHINE, _ARGUMENTS = 0, 4, 16
#: machine → its audit number, and its column in the tables below
_MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
#: calls that are allowed, with their numbers on x86-64 and ARM64; -1 where there is none
_CALLS = {
    # files, which can only be open for reading
    "read": (0, 63), "pread64": (17, 67), "write": (1, 64), "lseek": (8, 62), "close": (3, 57),
    "dup": (32, 23), "getdents64": (217, 61), "getcwd": (79, 17),
    "stat": (4, -1), "fstat": (5, 80), "lstat": (6, -1), "newfstatat": (262, 79),
    "statx": (332, 291), "statfs": (137, 43), "fstatfs": (138, 44),
    "access": (21, -1), "faccessat": (269, 48), "faccessat2": (439, 439),
    "readlink": (89, -1), "readlinkat": (267, 78),
    # memory
    "brk": (12, 214), "mmap": (9, 222), "munmap": (11, 215), "mremap": (25, 216),
    "mprotect": (10, 226), "madvise": (28, 233), "futex": (202, 98),
    # signals to itself, the clock, chance, what it is, and the end
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132), "restart_syscall": (219, 128),
    "time": (201, -1), "gettimeofday": (96, 169), "clock_gettime": (228, 113),
    "clock_getres": (229, 114), "clock_nanosleep": (230, 115), "nanosleep": (35, 101),
    "sched_yield": (24, 124), "sched_getaffinity": (204, 123), "getrandom": (318, 278),
    "getpid": (39, 172), "getppid": (110, 173), "gettid": (186, 178), "getuid": (102, 174),
    "geteuid": (107, 175), "getgid": (104, 176), "getegid": (108, 177), "uname": (63, 160),
    "sysinfo": (99, 179), "getrusage": (98, 165), "getrlimit": (97, -1),
    "exit": (60, 93), "exit_group": (231, 94),
}  # fmt: skip
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
#: calls that open a file, with the place of their flags: none that write
_OPENING = {"open": ((2, -1), 1), "openat": ((257, 56), 2)}
#: tgkill, with the place of the process: to abort is to send a signal to oneself
_TGKILL = (234, 131), 0
#: calls that are allowed for some values of an argument, with its place
_BY_VALUE = {
    # limits of this process, and of no other
    "prlimit64": ((302, 261), 0, (0,)),
    # whether it is a terminal (TCGETS), and closing by exec; others type into the terminal
    "ioctl": ((16, 29), 1, (0x5401, 0x5450, 0x5451)),
    # duplicates and flags (F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC): no signals
    "fcntl": ((72, 25), 1, (0, 1, 2, 3, 1030)),
}


def confine(memory_megabytes: int) -> tuple[str, ...]:
    """Limit this process for good; the names of the limits that hold on this system."""
    held = []
    if _limit_memory(memory_megabytes):
        held.append("memory")
    if sys.platform == "linux":
        _prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        if _filter_calls():
            held += ["no network", "no writing"]
    return tuple(held)


def limit_processor(seconds: float) -> None:
    """Let this process use so much more processor time and no more, where the system can."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _limit_memory(megabytes: int) -> bool:
    """On top of what the process holds already: the interpreter and its libraries."""
    try:
        import resource

        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - no path of ours
            held = int(file.read().split()[0]) * resource.getpagesize()
    except (ImportError, OSError):
        return False
    most = held + (megabytes << 20)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    return True


def _filter_calls() -> bool:
    """Allow the system calls that reading needs, and refuse all others. Needs no privilege."""
    machine = _MACHINES.get(platform.machine())
    if machine is None or struct.calcsize("P") != 8:
        return False
    program = b"".join(_program(*machine))
    filters = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: a count and a pointer, which stands at the next multiple of eight
    bound = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(filters))
    return _prctl(_NO_NEW_PRIVILEGES, 1) and _prctl(_SECCOMP, _FILTER, bound)


def _step(code: int, operand: int, yes: int = 0, no: int = 0) -> bytes:
    """An instruction: code, how many to skip if true, if false, operand."""
    return struct.pack("HBBI", code, yes, no, operand)


def _program(audit: int, column: int) -> Iterator[bytes]:
    """The filter: calls of another machine or convention have other numbers, and are refused."""
    yield _step(_LOAD, _MACHINE)
    yield _step(_IF_EQUAL, audit, yes=1)
    yield _step(_RETURN, _REFUSE)
    yield _step(_LOAD, _NUMBER)
    for numbers in _CALLS.values():
        if numbers[column] >= 0:
            yield _step(_IF_EQUAL, numbers[column], no=1)
            yield _step(_RETURN, _ALLOW)
    for numbers, argument in _OPENING.values():
        if numbers[column] >= 0:
            yield _step(_IF_EQUAL, numbers[column], no=4)
            yield _step(_LOAD, _ARGUMENTS + 8 * argument)
            yield _step(_IF_BITS, _WRITING, no=1)
            yield _step(_RETURN, _REFUSE)
            yield _step(_RETURN, _ALLOW)
    for numbers, argument, values in (*_BY_VALUE.values(), (*_TGKILL, (os.getpid(),))):
        yield _step(_IF_EQUAL, numbers[column], no=2 + 2 * len(values))
        yield _step(_LOAD, _ARGUMENTS + 8 * argument)
        for value in values:
            yield _step(_IF_EQUAL, value, no=1)
            yield _step(_RETURN, _ALLOW)
        yield _step(_RETURN, _REFUSE)
    yield _step(_RETURN, _REFUSE)


def _prctl(option: int, value: int, pointer: bytes | None = None) -> bool:
    library = ctypes.CDLL(None, use_errno=True)
    return bool(library.prctl(option, value, pointer, 0, 0) == 0)
