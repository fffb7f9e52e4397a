"""Measures `ptxl merge` of many returned files: `python -m benchmarks.county [files] [folder]`.

The answers are those of the sample county, again and again under other units: five templates, forms
with errors among them. Prints time and the most memory that the command and all its processes held
together. Nothing here is a test.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from ptxl.documents.document import Json, load_answers
from ptxl.model.form import Unit
from ptxl.ooxml.copies import Copies
from ptxl.ooxml.package import unpack
from ptxl.renew.fill import fill_form
from ptxl.template import Templates, load_template, shipped
from ptxl.write.stencil import MARK, Stencil

#: units of one department
_TOGETHER = 20


def main() -> None:
    """Make the files, merge them, and print what that took."""
    asked = argparse.ArgumentParser()
    asked.add_argument("files", type=int, nargs="?", default=20_000)
    asked.add_argument("folder", type=Path, nargs="?", help="where the files are, or will be")
    given = asked.parse_args()
    with ExitStack() as stack:
        made = given.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        write_county(made / "returned", given.files)
        out = ["-o", str(made / "county.xlsx"), "--json", str(made / "county.json")]
        command = [sys.executable, "-m", "ptxl", "merge", str(made / "returned"), *out]
        start = time.perf_counter()
        memory = [sys.executable, "-m", "benchmarks.memory", *command]
        most = subprocess.run(memory, check=True, capture_output=True, text=True).stdout
        print(f"{given.files} files: {time.perf_counter() - start:.0f} s, {float(most):.0f} MiB")
        for path in (made / "county.xlsx", made / "county.json"):
            print(f"{path.name}: {path.stat().st_size / 2**20:.0f} MiB")


def write_county(folder: Path, count: int) -> list[Path]:
    """Write the filled forms of so many units; in the order of these."""
    folder.mkdir(parents=True, exist_ok=True)
    setup = load_answers(shipped("samples") / "county" / "round.json")
    roster = shipped("samples") / "county" / "roster.csv"
    samples = list(csv.DictReader(roster.read_text(encoding="utf-8").splitlines()))
    units = county_units(count)
    for place, sample in enumerate(samples):
        answers = load_answers(roster.with_name("answers") / f"{sample['code']}.json")
        layout = load_template(sample["template"]).layout(setup["parameters"][sample["template"]])
        stamp = filled(Stencil(layout), answers)
        for unit in units[place :: len(samples)]:
            (folder / f"{unit.code}.xlsx").write_bytes(stamp(unit))
    return [folder / f"{unit.code}.xlsx" for unit in units]


def county_units(count: int) -> list[Unit]:
    """The units of a county: they take turns in what they answer."""
    return [_unit(number) for number in range(count)]


def _unit(number: int) -> Unit:
    department = f"清源县第{number // _TOGETHER:04}局"
    return Unit(code=f"{700_000 + number}", name=f"清源县第{number:05}单位", department=department)


def filled(stencil: Stencil, answers: Json) -> Callable[[Unit], bytes]:
    """What makes the same filled form for any unit: filled once, then stamped as forms are issued.

    In the filled form of one unit marks take the place of all that another unit's would differ in.
    """
    first, other = _unit(99_999), _unit(88_888)
    answers["unit"] = {**answers["unit"], "code": first.code, "name": first.name}
    for project in answers.get("projects", ()):
        if "unit" in project:
            project |= {"department": first.department, "unit": first.name}
    data = fill_form(stencil.stamp(first), answers, Templates())
    texts, others = (stencil.texts(unit) for unit in (first, other))
    differing = {name: text for name, text in texts.items() if text != others[name]}
    parts = unpack(data)
    for name, text in sorted(differing.items(), key=lambda one: -len(one[1])):
        mark = f"\ue000{name}\ue001".encode()
        parts = {part: content.replace(text, mark) for part, content in parts.items()}
    copies = Copies(parts, MARK)
    return lambda unit: copies.copy(stencil.texts(unit))


if __name__ == "__main__":
    main()
