"""samples/broken: a published table and what a clerk got wrong in it → the returned workbook.

python -m tests.broken             # write findings.txt of every sample, good and broken, anew
python -m tests.broken FOLDER      # write the broken workbooks there, and their marked copies
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from ptxl.check.submission import check_submission
from ptxl.documents.document import load_answers
from ptxl.model.form import Unit
from ptxl.model.submission import CheckedSubmission
from ptxl.ooxml.sheet import NewValue, Position
from ptxl.read import read_submission
from ptxl.renew.fill import fill_form
from ptxl.report import finding_lines
from ptxl.template import Templates, load_template
from ptxl.write.stencil import write_form
from tests import office as harness
from tests.conftest import SAMPLES
from tests.office import Edit, Office
from tests.packages import mark_workbook, patch_cells

TEMPLATES = Templates()
Answers = Any
#: by kind, what cannot be read or is not allowed
WRONG = {
    "money": "约30万",
    "percent": "很多",
    "date": "年底",
    "choice": "胡乱",
    "text": "长" * 2_000,
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One folder of samples/broken: the good sample, what is typed otherwise, what is done then."""

    folder: Path
    about: str
    good: Path
    #: by place in the answers, such as `projects[0].funds.total`; None takes the answer away
    typed: dict[str, str | None]
    #: what is done to the filled form in an office program
    edits: tuple[Edit, ...]

    @property
    def name(self) -> str:
        return self.folder.name


def load_yaml(path: Path) -> Any:
    """What a YAML file of the samples holds."""
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def load_fault(folder: Path) -> Fault:
    """A fault.yaml; its edits are functions of `tests.office` by name, with their arguments."""
    read = load_yaml(folder / "fault.yaml")
    steps = [step for steps in read.get("edits", ()) for step in steps.items()]
    return Fault(
        folder=folder,
        about=read["about"],
        good=SAMPLES / "good" / read["good"],
        typed=read.get("typed", {}),
        edits=tuple(getattr(harness, name)(*arguments) for name, arguments in steps),
    )


def faults() -> list[Fault]:
    return [load_fault(path.parent) for path in sorted((SAMPLES / "broken").glob("*/fault.yaml"))]


def goods() -> list[Path]:
    return sorted(path for path in (SAMPLES / "good").iterdir() if path.is_dir())


@cache
def good_form(case: Path) -> bytes:
    """The filled form of a good sample."""
    return _filled(load_answers(case / "answers.json"))


def broken_form(fault: Fault, office: Office | None) -> bytes:
    """The workbook that comes back; only a fault with edits needs the office."""
    answers = load_answers(fault.good / "answers.json")
    # Rows are taken away from the last one on, so that the others keep their numbers.
    for path, text in sorted(fault.typed.items(), reverse=True):
        _put(answers, path, text)
    data = _filled(answers)
    if not fault.edits:
        return data
    assert office is not None
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "filled.xlsx"), Path(folder, "returned.xlsx")
        source.write_bytes(data)
        office.edit(source, fault.edits, target)
        return target.read_bytes()


def spoiled_form(case: Path) -> bytes:
    """A good sample with every third answer wrong."""
    data = good_form(case)
    submission = read_submission(data, TEMPLATES)
    fields = [f for f in submission.layout.fields.values() if f.kind in WRONG and f.is_open]
    cells: dict[str, dict[Position, NewValue]] = {}
    for field in fields[::3]:
        place = submission.layout.places[field.path]
        sheet = cells.setdefault(submission.sheet_names[place.sheet], {})
        sheet[place.row, place.column] = WRONG[field.kind]
    return patch_cells(data, cells)


def check(data: bytes) -> CheckedSubmission:
    return check_submission(read_submission(data, TEMPLATES))


def golden(checked: CheckedSubmission) -> str:
    """What findings.txt must hold."""
    return "".join(f"{line}\n" for line in finding_lines(checked, "zh"))


def _filled(answers: Answers) -> bytes:
    layout = load_template(answers["form"]["template"]).layout(answers["form"]["parameters"])
    return fill_form(write_form(layout, Unit(**answers["unit"])), answers, TEMPLATES)


def _put(answers: Answers, path: str, text: str | None) -> None:
    *way, last = [int(n) if n.isdigit() else n for n in re.findall(r"\w+", path)]
    for name in way:
        answers = answers[name]
    if text is None:
        del answers[last]
    else:
        answers[last] = text


def _write_goldens(office: Office) -> None:
    for case in goods():
        _write(case, golden(check(good_form(case))))
    for fault in faults():
        _write(fault.folder, golden(check(broken_form(fault, office))))


def _write(folder: Path, text: str) -> None:
    path = folder / "findings.txt"
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
        print(path)


def _write_workbooks(office: Office, folder: Path) -> None:
    for fault in faults():
        data = broken_form(fault, office)
        target = folder / fault.name
        target.mkdir(parents=True, exist_ok=True)
        (target / "returned.xlsx").write_bytes(data)
        (target / "marked.xlsx").write_bytes(mark_workbook(data, check(data)))


def main(folders: Iterable[str]) -> None:
    with Office() as office:
        into = [Path(folder) for folder in folders]
        for folder in into:
            _write_workbooks(office, folder)
        if not into:
            _write_goldens(office)


if __name__ == "__main__":
    main(sys.argv[1:])
