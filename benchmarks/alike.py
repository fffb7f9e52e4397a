"""Measures what laying units side by side costs, by their number: `python -m benchmarks.alike`.

Each unit has the sample form with two projects. A third of its texts is its own, a third that of
one other unit, and a third that of all. Prints seconds of CPU and MiB, without what the forms
themselves take: of taking them in, of the end, and what is held at the most. Nothing here is a
test.
"""

from __future__ import annotations

import platform
import time
import tracemalloc
from dataclasses import replace

from benchmarks.run import filled
from ptxl.check.submission import check_submission
from ptxl.merge.alike import AcrossUnits, SideBySide, Thresholds
from ptxl.merge.rows import Answer, UnitSummary
from ptxl.merge.summarise import summarise
from ptxl.merge.views import View
from ptxl.read import read_submission
from ptxl.template import Templates, load_template, shared_constants

SIZES = (2_500, 5_000, 10_000, 20_000)
MIB = 2**20


def main() -> None:
    """Measure and print."""
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    layout = load_template("hebei-department").layout({"projects": 2})
    checked = check_submission(read_submission(filled(layout), Templates()))
    sample = summarise(checked, "zh")
    texts = [answer for answer in sample.answers if _is_text(answer)]
    print(f"{len(sample.answers)} answers a form, {len(texts)} of them long texts")
    for size in SIZES:
        making = _making(sample, size)
        taking, end, told = _measured(sample, size)
        held, most = _memory(sample, size)
        print(
            f"{size:6} units: taking in {taking - making:5.1f} s, end {end:5.2f} s, "
            f"held {held:5.1f} MiB, at the most {most:5.1f} MiB; "
            f"{len(told.found)} findings, {sum(told.more.values())} more"
        )


def form_of(sample: UnitSummary, number: int) -> UnitSummary:
    """The form of one unit of the benchmark."""
    code = f"{number:06}"
    answers = tuple(_own(answer, at, number) for at, answer in enumerate(sample.answers))
    form = replace(sample.form, code=code, name=f"单位{code}")
    return replace(sample, form=form, answers=answers, file=f"{code}.xlsx")


def _own(answer: Answer, at: int, number: int) -> Answer:
    if not _is_text(answer) or at % 3 == 0:
        return answer
    whose = number if at % 3 == 1 else number // 2
    return replace(answer, value=f"{answer.value}{whose}")


def _is_text(answer: Answer) -> bool:
    return isinstance(answer.value, str) and len(answer.value) >= 20


def _making(sample: UnitSummary, size: int) -> float:
    begin = time.process_time()
    for number in range(size):
        form_of(sample, number)
    return time.process_time() - begin


def _taken_in(sample: UnitSummary, size: int) -> SideBySide:
    side_by_side = SideBySide(Thresholds.of(shared_constants("across")))
    for number in range(size):
        side_by_side.add(View(form_of(sample, number)))
    return side_by_side


def _across(side_by_side: SideBySide, sample: UnitSummary) -> AcrossUnits:
    return side_by_side.across(lambda key: form_of(sample, int(key[2])))


def _measured(sample: UnitSummary, size: int) -> tuple[float, float, AcrossUnits]:
    begin = time.process_time()
    side_by_side = _taken_in(sample, size)
    middle = time.process_time()
    told = _across(side_by_side, sample)
    return middle - begin, time.process_time() - middle, told


def _memory(sample: UnitSummary, size: int) -> tuple[float, float]:
    tracemalloc.start()
    side_by_side = _taken_in(sample, size)
    held, _ = tracemalloc.get_traced_memory()
    _across(side_by_side, sample)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return held / MIB, most / MIB


if __name__ == "__main__":
    main()
