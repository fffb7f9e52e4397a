"""Measures whole commands against what others need for the same files, side by side in one run.

start     `--help`, and `check` of one file, against `python -c "import click"`
generate  forms on disk, against the bare XlsxWriter calls for the same workbooks
check     returned files, against a bare calamine, openpyxl and openpyxl read-only reading of them
merge     returned files to a workbook and JSON, against pandas reading and writing all their cells,
          and on one core against all, by the clock
growth    how time and memory grow with the work, and what each further form takes

Time is that of the processor, of a command with all its processes, so that cores and what else
runs on the machine count little. Each round measures everything once; shown are the median and the
range of the rounds' ratios. `--json FILE` writes all figures.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from benchmarks.replay import record, replay
from benchmarks.returned import (
    PARAMETERS,
    TEMPLATE,
    has_office,
    write_returned,
    write_roster,
)
from ptxl.template import load_template

PTXL = (sys.executable, "-m", "ptxl")
#: a script as somebody writes it who knows pandas
_PANDAS = """
import sys, pathlib, pandas
frames = []
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.xlsx")):
    for name, frame in pandas.read_excel(path, sheet_name=None, header=None).items():
        frames.append(frame.assign(file=path.name, sheet=name))
whole = pandas.concat(frames, ignore_index=True)
whole.columns = whole.columns.map(str)
whole.to_excel(sys.argv[2], index=False)
whole.to_json(sys.argv[3], orient="records", force_ascii=False)
"""


@dataclass(slots=True)
class Used:
    """What something has used: seconds of processor and of the clock, megabytes at the most."""

    processor: float
    clock: float
    megabytes: float = 0.0


#: runs a program
Runner = Callable[..., Used]


@dataclass(slots=True)
class Figures:
    """What was measured, by name, round after round; and how it is to be compared."""

    used: dict[str, list[Used]] = field(default_factory=dict)
    ratios: dict[str, dict[str, float]] = field(default_factory=dict)

    def add(self, name: str, used: Used) -> None:
        """Note what one round has used."""
        self.used.setdefault(name, []).append(used)

    def compare(
        self, says: str, one: str, other: str, wanted: float = 0, *, share: float = 1,
        by: Literal["processor", "clock"] = "processor",
    ) -> None:  # fmt: skip
        """Print how many times as much one thing uses as another, per thing of a kind.

        `share` is how many things the one did for each of the other; `wanted` 0 is no wish.
        """
        pairs = zip(self.used[one], self.used[other], strict=True)
        times = sorted(getattr(a, by) / getattr(b, by) / share for a, b in pairs)
        middle = statistics.median(times)
        self.ratios[says] = {
            "median": middle, "least": times[0], "most": times[-1], "wanted": wanted,
        }  # fmt: skip
        spread = f"{times[0]:.2f}-{times[-1]:.2f}"
        wish = f"wanted: {wanted:g}" if wanted else ""
        print(f"{says:<64}{middle:>8.2f}  ({spread})  {wish}", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--forms", type=int, default=300, help="that are generated")
    parser.add_argument("--files", type=int, default=100, help="that are checked")
    parser.add_argument("--growth", type=int, nargs="+", default=[30, 100, 300])
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, "
          f"{os.cpu_count()} cores; {given.rounds} rounds")  # fmt: skip
    figures = Figures()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        returned = write_returned(folder / "returned", given.files, by_office=has_office())
        merge(folder, returned[0].parent, run)  # forms are compiled and kept, and the summary's
        for _ in range(given.rounds):
            measure_start(figures, returned[0])
            measure_generate(figures, folder, given.forms)
            measure_check(figures, returned)
            measure_merge(figures, folder, returned)
        compare(figures, given.forms, given.files)
        growth = measure_growth(folder, given.growth)
    if given.json:
        raw = {name: [(u.processor, u.clock, u.megabytes) for u in used]
               for name, used in figures.used.items()}  # fmt: skip
        result = {"ratios": figures.ratios, "growth": growth, "used": raw}
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps(result, indent=2), encoding="utf-8")


def compare(figures: Figures, forms: int, files: int) -> None:
    """Print what stands against what."""
    figures.compare("start: ptxl --help / import click", "help", "click", 2)
    figures.compare("start: ptxl check ONE / import click", "check one", "click", 3)
    figures.compare("generate: XlsxWriter / ptxl, per form", "xlsxwriter", "generate",
                    8, share=1 / forms)  # fmt: skip
    figures.compare("check: ptxl / calamine", "check", "calamine", 3)
    figures.compare("check: openpyxl / ptxl", "openpyxl", "check", 20)
    figures.compare("check: openpyxl read-only / ptxl", "openpyxl read-only", "check")
    if "pandas" in figures.used:
        figures.compare("merge: pandas / ptxl", "pandas", "merge", 15)
    if "merge on one core" in figures.used:
        figures.compare("merge: one core / all, by the clock", "merge on one core", "merge", 1.7,
                        by="clock")  # fmt: skip
    for name, used in figures.used.items():
        things = {"generate": forms, "xlsxwriter": 1, "click": 1, "help": 1, "check one": 1}
        each = statistics.median(one.processor for one in used) / things.get(name, files)
        clock = statistics.median(one.clock for one in used) / things.get(name, files)
        print(f"    {name:<24}{each * 1000:>9.2f} ms of processor{clock * 1000:>9.2f} ms of clock")


def measure_start(figures: Figures, file: Path) -> None:
    """Commands that have nearly nothing to do; each is the median of five."""
    for name, line in (
        ("click", (sys.executable, "-c", "import click")),
        ("help", (*PTXL, "--help")),
        ("check one", (*PTXL, "check", file)),
    ):
        figures.add(name, middle([run(*line) for _ in range(5)]))


def measure_generate(figures: Figures, folder: Path, count: int) -> None:
    """Forms of a roster, the whole command; and the calls that write one such workbook."""
    figures.add("generate", generate(folder, count, run))
    calls = record(load_template(TEMPLATE).layout(PARAMETERS))
    target = folder / "reference.xlsx"
    figures.add(
        "xlsxwriter", middle([inside(lambda: target.write_bytes(replay(calls))) for _ in range(3)])
    )


def generate(folder: Path, count: int, runner: Runner) -> Used:
    """Write the forms of so many units to a folder that is empty."""
    roster = write_roster(folder / "roster.csv", count)
    with tempfile.TemporaryDirectory(dir=folder) as out:
        settings = [f"--set={name}={value}" for name, value in PARAMETERS.items()]
        return runner(*PTXL, "generate", TEMPLATE, "--roster", roster, *settings, "-o", out)


def measure_check(figures: Figures, files: Sequence[Path]) -> None:
    """The same files by each reader."""
    figures.add("check", run(*PTXL, "check", *files))
    figures.add("calamine", inside(partial(_by_calamine, files)))
    some = files[:: max(1, len(files) // 6)]  # slow ones read a few, for all
    for name, read_only in (("openpyxl", False), ("openpyxl read-only", True)):
        used = inside(partial(_by_openpyxl, some, read_only=read_only))
        times = len(files) / len(some)
        figures.add(name, Used(used.processor * times, used.clock * times))


def _by_calamine(paths: Iterable[Path]) -> None:
    for path in paths:
        book = CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
        for name in book.sheet_names:
            book.get_sheet_by_name(name).to_python()


def _by_openpyxl(paths: Iterable[Path], *, read_only: bool) -> None:
    for path in paths:
        for sheet in load_workbook(path, read_only=read_only).worksheets:
            for _ in sheet.iter_rows(values_only=True):
                pass


def measure_merge(figures: Figures, folder: Path, files: Sequence[Path]) -> None:
    """A summary as workbook and JSON; and what pandas needs for all cells."""
    figures.add("merge", merge(folder, files[0].parent, run))
    if sys.platform == "linux":
        figures.add("merge on one core", merge(folder, files[0].parent, run_on_one_core))
    if find_spec("pandas"):
        out = folder / "pandas.xlsx", folder / "pandas.json"
        figures.add("pandas", run(sys.executable, "-c", _PANDAS, files[0].parent, *out))


def merge(folder: Path, returned: Path, runner: Runner) -> Used:
    """Merge all that lies in a folder."""
    return runner(*PTXL, "merge", returned, "-o", folder / "c.xlsx", "--json", folder / "c.json")


def measure_growth(folder: Path, sizes: Sequence[int]) -> dict[str, object]:
    """Print what few and many take, what each further one takes, and the fitted exponent."""
    found: dict[str, object] = {}
    returned = {size: write_returned(folder / f"r{size}", size)[0].parent for size in sizes}
    tasks: dict[str, Callable[[int, Runner], Used]] = {
        "generate": lambda size, runner: generate(folder, size, runner),
        "check": lambda size, runner: runner(*PTXL, "check", returned[size]),
        "merge": lambda size, runner: merge(folder, returned[size], runner),
    }
    for name, task in tasks.items():
        used = {size: task(size, run) for size in sizes}
        memory = {size: task(size, run_watched).megabytes for size in sizes}
        for size, one in used.items():
            print(f"growth: {name:<10}{size:>7} {one.processor:>8.2f} s of processor, "
                  f"{one.clock:>7.2f} s of clock, {memory[size]:.0f} MB", flush=True)  # fmt: skip
        least, most = min(sizes), max(sizes)
        more = used[most].processor - used[least].processor
        further = more / (most - least) * 1000 if most > least else math.nan
        exponent = fitted({size: one.processor for size, one in used.items()})
        print(f"growth: {name:<10}each further one {further:.2f} ms, exponent {exponent:.2f}")
        found[name] = {
            "exponent": exponent,
            "milliseconds": further,
            "processor": {size: one.processor for size, one in used.items()},
            "megabytes": memory,
        }
    return found


def fitted(seconds: Mapping[int, float]) -> float:
    """The exponent of the power of the size that comes nearest to what was measured."""
    points = [(math.log(size), math.log(taken)) for size, taken in seconds.items()]
    return statistics.linear_regression(*zip(*points, strict=True)).slope


def run(*line: object) -> Used:
    """Run a program; what it and its processes have used. Findings are no failure."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    quiet = subprocess.DEVNULL
    done = subprocess.run([str(each) for each in line], stdout=quiet, stderr=quiet, check=False)
    assert done.returncode in (0, 1), line
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Used(processor, time.perf_counter() - began)


def run_on_one_core(*line: object) -> Used:
    """The same, on a single core. Linux only."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        return run(*line)
    finally:
        os.sched_setaffinity(0, cores)


def run_watched(*line: object) -> Used:
    """The same, with the most memory that the program and its processes held at any time."""
    watched = [sys.executable, "-m", "benchmarks.memory", *map(str, line)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    said = subprocess.run(watched, stdout=subprocess.PIPE, check=True, text=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Used(processor, time.perf_counter() - began, float(said))


def inside(task: Callable[[], object]) -> Used:
    """Do something in this process; what that has used."""
    processor, clock = time.process_time(), time.perf_counter()
    task()
    return Used(time.process_time() - processor, time.perf_counter() - clock)


def middle(several: Sequence[Used]) -> Used:
    """Of several the one in the middle, by the processor."""
    return sorted(several, key=lambda used: used.processor)[len(several) // 2]


if __name__ == "__main__":
    main()
