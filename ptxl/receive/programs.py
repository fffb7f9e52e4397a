"""An archive that only other programs open → a tar of what is in it, written by one of them.

The program writes to a file of ours alone, since a tar goes to its standard output: no name in the
archive becomes a path. Its time and output are limited everywhere, its memory on Linux.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import BinaryIO

from ptxl.model.refusals import refusal
from ptxl.receive.limits import MEGABYTE, Limits

#: how often its output is looked at, in seconds
_PAUSE = 0.02


@cache
def find_program() -> Path | None:
    """Find bsdtar, which Windows has as `tar`; None where there is none."""
    if sys.platform == "win32":
        own = Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / "tar.exe"
        return own if own.is_file() else None
    found = shutil.which("bsdtar")
    return Path(found) if found else None


def write_tar(
    program: Path, archive: Path, target: Path, limits: Limits, *, piped: bool = False
) -> bool:
    """Let bsdtar write an archive as a tar; whether it came to the end of it.

    `piped` keeps it from looking at the end of the archive first: some versions take a rar whose
    last file is a zip, as workbooks are, for that zip. Raises WorkbookError when it takes too long
    or writes too much.
    """
    command = [str(program), "--format", "pax", "-cf", "-", "@-"]
    with archive.open("rb") as source, target.open("wb") as tar:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE if piped else source, stdout=tar,
            stderr=subprocess.DEVNULL, cwd=target.parent, env=_environment(),
        )  # fmt: skip
        feeder = threading.Thread(target=_feed, args=(source, process.stdin), daemon=True)
        feeder.start()
        try:
            _limit(process.pid, limits)
            _wait(process, target, limits)
        finally:
            process.kill()
            process.wait()
            feeder.join()
    return process.returncode == 0


def _feed(source: BinaryIO, pipe: BinaryIO | None) -> None:
    """Give a program its input, as far as it wants it; nothing where it reads a file itself."""
    if pipe is not None:
        with suppress(OSError), pipe:
            shutil.copyfileobj(source, pipe)


def _wait(process: subprocess.Popen[bytes], target: Path, limits: Limits) -> None:
    """Wait for the end of a program, as long as it keeps its limits."""
    deadline = time.monotonic() + limits.seconds
    most = limits.total_megabytes * MEGABYTE
    while True:
        ended = process.poll() is not None
        if target.stat().st_size >= most:
            raise refusal("archive_too_large", **_most(limits))
        if ended:
            return
        if time.monotonic() > deadline:
            raise refusal("timed_out", seconds=f"{limits.seconds:g}")
        time.sleep(_PAUSE)


def _most(limits: Limits) -> Mapping[str, object]:
    return {"files": limits.archive_files, "megabytes": limits.total_megabytes}


def _environment() -> dict[str, str]:
    """What a program needs of ours: where the system is, and names in UTF-8."""
    kept = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    return kept | {"LC_ALL": "C.UTF-8"}


def _limit(process: int, limits: Limits) -> None:
    """Bound what a program may have, where the system can."""
    if sys.platform != "linux":
        return
    import resource

    memory, output = limits.memory_megabytes * MEGABYTE, limits.total_megabytes * MEGABYTE
    seconds = int(limits.seconds) + 1
    with suppress(OSError):  # it has ended already
        resource.prlimit(process, resource.RLIMIT_AS, (memory, memory))
        resource.prlimit(process, resource.RLIMIT_FSIZE, (output, output))
        resource.prlimit(process, resource.RLIMIT_CPU, (seconds, seconds))
        resource.prlimit(process, resource.RLIMIT_CORE, (0, 0))
