"""The whole way through a real office program: typed at the keyboard, saved, read again.

Whole documents: each published table of a document on its own sheet of one form.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest
from openpyxl import load_workbook

from ptxl import api
from ptxl.documents.document import load_answers
from ptxl.model.form import Unit
from tests.clerk import CLERKS
from tests.conftest import SAMPLES
from tests.office import Office
from tests.sample_county import County

pytestmark = pytest.mark.office


class Document(NamedTuple):
    """One published document: its template, and which sample cases hold its tables."""

    template: str
    cases: str
    parameters: dict[str, object]


DOCUMENTS = (
    Document("hebei-department", "hebei-2025-*", {"year": 2025, "taxonomy": "2025", "tasks": 4}),
    Document("hebei-department", "hebei-2020-*", {"year": 2020, "taxonomy": "2020"}),
    Document("county-project", "county-2024-*", {"year": 2024}),
    Document("henan-department", "henan-2020-*", {"year": 2020, "tasks": 2}),
    Document("ningxia-project", "ningxia-2023-*", {"year": 2023}),
    Document("national-project", "national-2026-*", {"year": 2026}),
)


def gathered(document: Document, name: str) -> dict[str, Any]:
    """All tables of a document in one set of answers: its department part and its projects."""
    found: dict[str, Any] = {}
    for case in sorted(SAMPLES.glob(f"good/{document.cases}")):
        answers = load_answers(case / name)
        found["unit"] = answers["unit"]
        if "department" in answers:
            found["department"] = answers["department"]
        found.setdefault("projects", []).extend(answers.get("projects", []))
    return {key: value for key, value in found.items() if value}


def issue(document: Document, folder: Path) -> Path:
    answers = gathered(document, "answers.json")
    parameters = dict(document.parameters)
    if "projects" in answers:
        parameters["projects"] = len(answers["projects"])
    unit = Unit(**answers["unit"])
    (form,) = api.generate(document.template, [unit], folder, parameters=parameters)
    return form


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.cases)
def test_what_is_typed_at_the_keyboard_is_read_back_exactly(
    office: Office, tmp_path: Path, document: Document
) -> None:
    """Typed once, and saved in each format."""
    form = issue(document, tmp_path)
    answers = gathered(document, "answers.json")
    keystrokes = list(CLERKS[document.template](form, answers))
    returned = [tmp_path / f"returned.{suffix}" for suffix in ("xlsx", "xls", "ods")]
    typed = office.type_into(form, keystrokes, *returned)
    assert not [one for one in typed if one.protected]
    for path in returned:
        checked = api.read(path)
        assert [finding.code for finding in checked.findings] == [], path.suffix
        read = api.document(checked)
        del read["form"]
        assert read == gathered(document, "expected.json"), path.suffix


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.cases)
def test_a_locked_cell_cannot_be_typed_into(
    office: Office, tmp_path: Path, document: Document
) -> None:
    form = issue(document, tmp_path)
    layout = api.read(form).submission.layout
    labels = [
        (sheet.sheet.name, _cell(placed.place), "改动")
        for sheet in layout.sheets
        for placed in sheet.cells
        if placed.cell.field is None
    ][:40]
    typed = office.type_into(form, labels, tmp_path / "returned.xlsx")
    assert all(one.protected and not one.changed for one in typed)
    assert api.read(tmp_path / "returned.xlsx").findings == ()


def _cell(place: Any) -> str:
    from ptxl.cells import cell_name

    return cell_name(place.row, place.column)


def test_the_county_workbook_computes_to_what_it_says(office: Office, demo: County) -> None:
    totals = demo.merged.totals
    names = [column for group in ("funds", "own_funds", "period_funds")
             for column in (f"{group}.total", f"{group}.fiscal", f"{group}.other")]  # fmt: skip
    book = load_workbook(demo.workbook)
    letters = [
        [
            str(cell.coordinate).rstrip("3")
            for cell in book[name][3]
            if "SUBTOTAL" in str(cell.value)
        ]
        for name in ("单位汇总", "项目明细")
    ]
    asked = [
        (name, f"{first}3:{last}3")
        for name, (first, *_, last) in zip(("单位汇总", "项目明细"), letters, strict=True)
    ]
    found = office.compute(demo.workbook, asked)
    said = {float(totals[name].value) for name in names}
    for (row,) in found:
        assert said <= {round(float(str(value)), 6) for value in row if value}
