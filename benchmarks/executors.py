"""Measures `check` of the same files by each kind of executor, in turn: what handing out costs.

here       two workers of this process
threads    two threads of this process, each with a worker
processes  two processes, each with a worker
dask       a local Dask cluster of two processes, each with a worker

Prints files a second by the clock: the median of the rounds, and their range. The first files of an
executor are not counted: its workers start with them.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from distributed import Client, LocalCluster

from benchmarks.returned import write_returned
from ptxl import api, jobs

_COUNT = 2
_CHECK = partial(jobs.report, look=jobs.check, language="zh", indent=None)


def main() -> None:
    """Measure, and print a line for each."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--files", type=int, default=100)
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    rates: dict[str, list[float]] = {}
    with ExitStack() as stack:
        files = write_returned(
            Path(stack.enter_context(tempfile.TemporaryDirectory()), "in"), given.files
        )
        executors = _executors(stack)
        expected = _checked(files, None)
        for number in range(given.rounds + 1):
            for name, executor in executors.items():
                began = time.perf_counter()
                assert _checked(files, executor) == expected
                if number:
                    rate = len(files) / (time.perf_counter() - began)
                    rates.setdefault(name, []).append(rate)
    for name, each in rates.items():
        print(f"{name:10} {statistics.median(each):6.1f}  {min(each):.1f}–{max(each):.1f} files/s")


def _executors(stack: ExitStack) -> dict[str, Executor | None]:
    settings = {"n_workers": _COUNT, "threads_per_worker": 1, "dashboard_address": ":0"}
    client = stack.enter_context(Client(stack.enter_context(LocalCluster(**settings))))
    return {
        "here": None,
        "threads": stack.enter_context(ThreadPoolExecutor(_COUNT)),
        "processes": stack.enter_context(ProcessPoolExecutor(_COUNT)),
        "dask": client.get_executor(pure=False),
    }


def _checked(files: Sequence[Path], executor: Executor | None) -> list[jobs.Report | api.Unread]:
    return list(api.each(files, _CHECK, workers=_COUNT, executor=executor))


if __name__ == "__main__":
    main()
