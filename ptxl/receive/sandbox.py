"""What a worker may not do: eat memory or time, write files, use the network, start programs.

Limits hold for the process that calls `confine` and cannot be taken back by it. Linux gives all of
them; elsewhere those hold that the system has, and `confine` says which.
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
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
#: audit number of the machine; system calls refused; those that open a file, with the place of
#: their flags among the arguments
_MACHINES = {
    "x86_64": (
        0xC000003E,
        # socket connect bind socketpair | fork vfork clone clone3 execve execveat ptrace kill tkill
        # process_vm_writev | truncate ftruncate rename mkdir rmdir creat link unlink symlink chmod
        # fchmod chown fchown lchown mknod, the same with -at, openat2, io_uring, memfd, mount
        (41, 42, 49, 53, 56, 57, 58, 435, 59, 322, 101, 62, 200, 311, 76, 77, 82, 83, 84, 85, 86,
         87, 88, 90, 91, 92, 93, 94, 133, 258, 259, 260, 263, 264, 265, 266, 268, 316, 437,
         425, 319, 165),
        {2: 1, 257: 2},
    ),
    "aarch64": (
        0xC00000B7,
        (198, 203, 200, 199, 220, 435, 221, 281, 117, 129, 130, 271, 45, 46, 33, 34, 35, 36, 37,
         38, 52, 53, 54, 55, 276, 437, 425, 279, 40),
        {56: 2},
    ),
}  # fmt: skip


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
    return True


def _filter_calls() -> bool:
    """Refuse system calls that write, connect or start something. Needs no privilege."""
    machine = _MACHINES.get(platform.machine())
    if machine is None or struct.calcsize("P") != 8:
        return False
    program = b"".join(_program(*machine))
    filters = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: a count and a pointer, which stands at the next multiple of eight
    bound = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(filters))
    return _prctl(_NO_NEW_PRIVILEGES, 1) and _prctl(_SECCOMP, _FILTER, bound)


def _program(audit: int, refused: tuple[int, ...], opening: dict[int, int]) -> Iterator[bytes]:
    """The filter, one instruction after the other: code, jump if true, jump if false, operand."""

    def step(code: int, operand: int, yes: int = 0, no: int = 0) -> bytes:
        return struct.pack("HBBI", code, yes, no, operand)

    yield step(_LOAD, 4)
    yield step(_IF_EQUAL, audit, yes=1)
    yield step(_RETURN, _REFUSE)
    yield step(_LOAD, 0)
    for number in refused:
        yield step(_IF_EQUAL, number, no=1)
        yield step(_RETURN, _REFUSE)
    for number, argument in opening.items():
        yield step(_IF_EQUAL, number, no=4)
        yield step(_LOAD, 16 + 8 * argument)
        yield step(_IF_BITS, _WRITING, no=1)
        yield step(_RETURN, _REFUSE)
        yield step(_RETURN, _ALLOW)
    yield step(_RETURN, _ALLOW)


def _prctl(option: int, value: int, pointer: bytes | None = None) -> bool:
    library = ctypes.CDLL(None, use_errno=True)
    return bool(library.prctl(option, value, pointer, 0, 0) == 0)
