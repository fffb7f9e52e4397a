"""Runs a program and prints the most megabytes that it and its processes held at any time.

Looked at every 20 milliseconds; memory that several processes share counts once. Linux only: 0
elsewhere.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_EVERY = 0.02
_SHARE = "Pss:"


def main() -> None:
    """Run what the arguments say."""
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(sys.argv[1:], stdout=quiet, stderr=quiet)
    most = 0
    while process.poll() is None:
        most = max(most, sum(map(_held, _with_children(process.pid))))
        time.sleep(_EVERY)
    print(most / 1024)
    assert process.returncode in (0, 1), sys.argv


def _with_children(process: int) -> Iterator[int]:
    yield process
    with suppress(OSError):
        for path in Path(f"/proc/{process}/task").glob("*/children"):
            for child in path.read_text().split():
                yield from _with_children(int(child))


def _held(process: int) -> int:
    """The share of a process, in KiB."""
    with suppress(OSError, ValueError):
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith(_SHARE))
    return 0


if __name__ == "__main__":
    main()
