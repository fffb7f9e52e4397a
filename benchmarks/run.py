"""Measures ptxl against its references, all in one run on the same form: `make bench`.

generate  a roster of units, per form, against the bare XlsxWriter calls for the same workbook
read      a filled form to JSON text, against a bare openpyxl `load_workbook` of the same file
isolate   200 filled forms checked in worker processes, against the same work in this process

Prints medians over several rounds, the rounds of both sides taking turns. Nothing here is a test.
"""

from __future__ import annotations

import io
import platform
import statistics
import tempfile
import time
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from openpyxl import load_workbook
from xlsxwriter import Workbook

from benchmarks.replay import record, replay
from ptxl import api
from ptxl import jobs as desk
from ptxl.check.submission import check_submission, type_values
from ptxl.documents.document import build_document, dump, load_answers
from ptxl.inputs import FileName
from ptxl.model.form import Unit
from ptxl.model.layout import Layout
from ptxl.read import read_submission
from ptxl.receive.sniff import read_file
from ptxl.receive.workers import Opened, Terms, Unread, Workers
from ptxl.renew.fill import fill_form
from ptxl.template import Templates, load_template, shipped
from ptxl.write.generic_workbook import FormWriter, workbook_options
from ptxl.write.stencil import Stencil

ROUNDS = 9
UNITS = 60
BATCH = 200


def main() -> None:
    """Measure and print."""
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    layout = load_template("hebei-department").layout({"projects": 2})
    fields, cells = len(layout.fields), len(layout.form.cells())
    print(f"form: hebei-department, {len(layout.sheets)} sheets, {cells} cells, {fields} fields")
    measure_generate(layout)
    data = filled(layout)
    measure_read(data)
    measure_isolation(data)


def measure_generate(layout: Layout) -> None:
    """One form of a roster, stamped, against the same workbook written call by call."""
    calls = record(layout)
    stencil = Stencil(layout)
    units = [Unit(code=f"{101001 + n}", name=f"清源县第{n}中学") for n in range(UNITS)]
    assert parts(replay(calls)) == parts(written(layout)), "the reference writes another workbook"
    with tempfile.TemporaryDirectory() as folder:
        ours, reference, whole, first = rounds(
            lambda: [stencil.stamp(unit) for unit in units[:20]],
            lambda: [replay(calls) for _ in range(3)],
            lambda: api.generate("hebei-department", units, folder, parameters={"projects": 2}),
            lambda: api.generate("hebei-department", units[:1], folder, parameters={"projects": 2}),
        )
    ours, reference, whole = ours / 20, reference / 3, whole / UNITS
    report("generate: bare XlsxWriter calls", reference)
    report("generate: one form of a round", ours, f"{ours / reference:.2f} times the reference")
    report(
        f"generate: `api.generate`, {UNITS} units, load and disk included",
        whole,
        f"{whole / reference:.2f} times the reference",
    )
    report(
        "generate: `api.generate`, one unit, template load included",
        first,
        f"{first / reference:.2f} times the reference",
    )


def written(layout: Layout) -> bytes:
    """The workbook of a round as ptxl writes it, before it is stamped."""
    target = io.BytesIO()
    workbook = Workbook(target, workbook_options())
    FormWriter(workbook, layout, "").write()
    workbook.close()
    return target.getvalue()


def parts(data: bytes) -> dict[str, bytes]:
    """The parts of a workbook."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def filled(layout: Layout) -> bytes:
    """A form as it comes back."""
    unit = Unit(code="101001", name="清源县教育局")
    answers = load_answers(shipped("samples") / "county" / "answers" / "101001.json")
    answers["projects"] = answers["projects"][:2]
    return fill_form(Stencil(layout).stamp(unit), answers, Templates())


def measure_read(data: bytes) -> None:
    """A filled form to JSON, and with all checks, against openpyxl only loading it."""
    templates = Templates()

    def to_json() -> str:
        return dump(build_document(type_values(read_submission(data, templates))))

    ours, checked, reference = rounds(
        lambda: [to_json() for _ in range(10)],
        lambda: [check_submission(read_submission(data, templates)) for _ in range(10)],
        lambda: load_workbook(io.BytesIO(data)),
    )
    ours, checked = ours / 10, checked / 10
    report("read: openpyxl load_workbook", reference)
    report("read: to JSON", ours, f"{reference / ours:.1f} times faster than the reference")
    report("read: with checks", checked, f"{reference / checked:.1f} times faster")


def measure_isolation(data: bytes) -> None:
    """A batch in worker processes and without; and one file, with what starting a worker costs."""
    task = partial(desk.report, look=desk.check, language="zh")
    with tempfile.TemporaryDirectory() as folder:
        names = [(Path(folder) / f"{n}.xlsx", f"{n}.xlsx") for n in range(BATCH)]
        for path, _ in names:
            path.write_bytes(data)

        def bare(files: list[FileName]) -> None:
            terms = Terms()
            for path, name in files:
                task(Opened(read_file(path, terms.limits), path, name, terms))

        def isolated(files: list[FileName], count: int) -> None:
            with Workers(task, Terms(), count) as workers:
                assert not any(isinstance(one, Unread) for one in workers.each(files))

        without, one, two = rounds(
            lambda: bare(names), lambda: isolated(names, 1), lambda: isolated(names, 2), turns=3
        )
        alone, cold = rounds(lambda: bare(names[:1]), lambda: isolated(names[:1], 1))
    report(f"isolate: {BATCH} files without", without)
    report(f"isolate: {BATCH} files, one worker", one, f"{one / without:.2f} times")
    report(f"isolate: {BATCH} files, two workers", two, f"{two / without:.2f} times")
    report("isolate: one file without, template load included", alone)
    report("isolate: one file", cold, f"{(cold - alone) * 1000:.0f} ms more")


def rounds(*tasks: Callable[[], object], turns: int = ROUNDS) -> list[float]:
    """The median seconds of each task, over rounds in which they take turns."""
    seconds: list[list[float]] = [[] for _ in tasks]
    for task in tasks:
        task()
    for _ in range(turns):
        for task, taken in zip(tasks, seconds, strict=True):
            start = time.perf_counter()
            task()
            taken.append(time.perf_counter() - start)
    return [statistics.median(taken) for taken in seconds]


def report(what: str, seconds: float, remark: str = "") -> None:
    """One line of the result."""
    print(f"{what:<60} {seconds * 1000:8.2f} ms  {remark}")


if __name__ == "__main__":
    main()
