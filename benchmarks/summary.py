"""Measures how fast the lines of a summary are written: `python -m benchmarks.summary`.

The same 20,000 lines of 12 columns, a link in each, by ptxl and by the calls that XlsxWriter needs
for them, with constant memory; the same by XlsxWriter without links and heights of rows; and how
much memory ptxl takes for 2,000, 20,000 and 100,000 lines, in processes of their own. Of time, only
that of the processor counts, so that others on the machine do not.
"""

from __future__ import annotations

import io
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from tempfile import TemporaryFile

from xlsxwriter import Workbook

from benchmarks.run import report
from ptxl.summary.book import write_book
from ptxl.summary.sheets import Column, DataSheet, Line, Link, Total
from ptxl.text import lines_needed
from ptxl.words import Speaker

LINES = 20_000
_KIBIBYTES = 1024
_TEXTS = ("department", "unit", "name", "code", "nature", "period", "purpose", "file")
COLUMNS = (
    Column(key="number", heading="序号", width=6, kind="count"),
    *(Column(key=key, heading=key, width=20) for key in _TEXTS),
    *(Column(key=key, heading=key, width=14, kind="money") for key in ("total", "fiscal", "other")),
)


def main() -> None:
    """Measure and print."""
    bare, reference, ours = map(seconds, (
        lambda: write_reference(whole=False), lambda: write_reference(whole=True),
        lambda: write_ours(LINES, io.BytesIO()),
    ))  # fmt: skip
    report(f"summary: XlsxWriter with constant memory, {LINES} lines", reference)
    report("summary: the same without links and heights", bare)
    times = f"{reference / ours:.1f} and {bare / ours:.1f} times faster"
    report(f"summary: write_book, {LINES} lines", ours, times)
    for lines in (2_000, LINES, 100_000):
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.summary", str(lines)],
            capture_output=True, check=True, text=True,
        )  # fmt: skip
        print(f"summary: memory of write_book, {lines:>7} lines {done.stdout.strip():>30}")


def lines_of(count: int) -> Iterator[Line]:
    """Yield lines of projects."""
    for number in range(count):
        amount = Decimal(number * 37 % 100_001) / 100
        yield {
            "number": number + 1, "department": f"第{number // 60}局", "code": f"{101000 + number}",
            "unit": f"清源县第{number // 6}中学", "name": f"第{number}号校舍维修改造项目",
            "nature": "年度性项目", "period": "2026年", "purpose": "用于教学楼屋面防水和门窗更换",
            "file": f"报送/{number // 6}.xlsx", "fiscal": amount / 2, "other": amount / 2,
            "total": Link(value=amount, place="'项目1'!C4", file=f"报送/{number // 6}.xlsx"),
        }  # fmt: skip


def write_ours(count: int, target: io.IOBase) -> None:
    """Write lines as a summary does."""
    sheet = DataSheet(
        key="projects", name="项目明细", title="项目明细", columns=COLUMNS, lines=count,
        description="一行一个项目", totals={"total": Total(value=Decimal(0))},
    )  # fmt: skip
    write_book(target, [sheet], lambda _: lines_of(count), Speaker("zh"), title="汇总")  # type: ignore[arg-type]


def write_reference(*, whole: bool) -> None:
    """Write the same values by the calls that XlsxWriter needs for them.

    The whole has the same links, and heights of rows by the same count of lines.
    """
    book = Workbook(io.BytesIO(), {"constant_memory": True})
    page = book.add_worksheet("项目明细")
    text, money = book.add_format({"border": 1}), book.add_format({"num_format": "#,##0.00"})
    for row, line in enumerate(lines_of(LINES)):
        if whole:
            page.set_row(row, 15 * max(lines_needed(str(line[key]), 20) for key in _TEXTS))
        for number, column in enumerate(COLUMNS):
            value = line[column.key]
            if isinstance(value, Link):
                if whole:
                    page.write_url(row, number, f"external:{value.file}#{value.place}", money)
                value = value.value
            if isinstance(value, str):
                page.write_string(row, number, value, text)
            else:
                page.write_number(row, number, float(value), money)  # type: ignore[arg-type]
    book.close()


def seconds(task: Callable[[], object], turns: int = 3) -> float:
    """The least time of the processor that a task takes."""
    taken = []
    for _ in range(turns):
        start = time.process_time()
        task()
        taken.append(time.process_time() - start)
    return min(taken)


def measure_memory(count: int) -> None:
    """Write lines, and print the most memory that it took."""
    with TemporaryFile() as target:
        write_ours(count, target)
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIBIBYTES:.0f} MiB")


if __name__ == "__main__":
    if sys.argv[1:]:
        measure_memory(int(sys.argv[1]))
    else:
        main()
