"""How many rooms a returned file enters inside the worker: the fewer, the sooner it is understood.

`python -m tests.test_walk` prints them.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import FrameType

import openpyxl
import pytest

import ptxl
from ptxl import jobs
from ptxl.documents.document import load_answers
from ptxl.model.form import Unit
from ptxl.receive.workers import Opened, Terms
from ptxl.renew.fill import fill_form
from ptxl.template import Templates, load_template
from ptxl.write.stencil import write_form
from tests.conftest import SAMPLES

PACKAGE = str(Path(ptxl.__file__).parent)
TERMS = Terms(templates=Templates())


@cache
def issued() -> bytes:
    """A published document, typed into its form."""
    answers = load_answers(SAMPLES / "good" / "hebei-2020-project-1" / "answers.json")
    layout = load_template(answers["form"]["template"]).layout(answers["form"]["parameters"])
    return fill_form(write_form(layout, Unit(**answers["unit"])), answers, TERMS.templates)


def two_rows_inserted() -> bytes:
    """The same form, with rows above all answers."""
    book = openpyxl.load_workbook(io.BytesIO(issued()))
    book["项目1"].insert_rows(3, 2)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def rooms_entered(data: bytes) -> set[str]:
    """The modules of ptxl whose functions are called while a file is checked.

    The form has been compiled before, as it is for each file of a round but the first.
    """
    file = Opened(data, Path("form.xlsx"), "form.xlsx", TERMS)
    jobs.check(file)
    found: set[str] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        name = frame.f_code.co_filename
        if event == "call" and name.startswith(PACKAGE):
            found.add(Path(name).relative_to(PACKAGE).with_suffix("").as_posix())

    sys.setprofile(note)
    try:
        jobs.check(file)
    finally:
        sys.setprofile(None)
    return found


@pytest.mark.parametrize(("make", "most"), [(issued, 34), (two_rows_inserted, 45)])
def test_a_returned_file_enters_few_rooms(make: Callable[[], bytes], most: int) -> None:
    rooms = rooms_entered(make())
    assert len(rooms) <= most, sorted(rooms)


if __name__ == "__main__":
    for make in (issued, two_rows_inserted):
        rooms = sorted(rooms_entered(make()))
        print(len(rooms), *rooms, sep="\n  ")
