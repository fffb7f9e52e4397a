"""Texts that a workbook cannot hold, or that Excel would take for something else."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
import simplejson
from openpyxl import load_workbook

from ptxl import api
from ptxl.check.submission import check_submission
from ptxl.documents.document import dump
from ptxl.merge.alike import AcrossUnits
from ptxl.merge.rows import FormOf, LeftOut
from ptxl.merge.summarise import judge, put_in_words
from ptxl.model.errors import AnswersError, RosterError
from ptxl.model.findings import finding
from ptxl.model.form import Unit
from ptxl.model.layout import Layout
from ptxl.report import submission_json
from ptxl.summary.collection import About, Collection
from ptxl.summary.workbook import write_workbook
from ptxl.template import Templates, lint_template
from ptxl.text import Raw
from tests.conftest import TINY, UNIT, MakeTemplate, submit

ENDLESS = {"typed": "9" * 5000, "held": Decimal("1e400"), "large": Decimal(10**13)}
SHEET = "sheets: [{{name: {name}, columns: [10], rows: [[甲]]}}]"


@pytest.mark.parametrize(
    "name", ["甲\x01局", "甲\ufffe局", "甲\ud800局", "甲\ue000局", "甲" * 201, " "]
)
def test_units_that_no_workbook_can_name_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(RosterError):
        api.generate("hebei-department", [Unit(code="1", name=name)], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_looks_like_an_escape_stays_as_typed(make_template: MakeTemplate) -> None:
    template = make_template(TINY)
    folder = template.parent
    unit = Unit(code="1", name=" 甲_x0041_乙 ")
    (form,) = api.generate(template, [unit], folder)
    filled = folder / "filled.xlsx"
    api.fill(
        form,
        {"name": "a_x000D_b", "funds": {"total": "1"}},
        filled,
        terms=api.Terms(Templates([template])),
    )
    checked = api.read(filled, terms=api.Terms(Templates([template])))
    assert checked.submission.identity.unit.name == "甲_x0041_乙"
    assert checked.values["name"] == "a_x000D_b"
    assert checked.findings == ()


@pytest.mark.parametrize("text", ["甲\x0b乙", "甲\ud800乙", "长" * 32_768, "𠮷" * 16_384])
def test_answers_that_no_cell_can_hold_are_refused(
    make_template: MakeTemplate, tmp_path: Path, text: str
) -> None:
    template = make_template(TINY)
    (form,) = api.generate(template, [UNIT], template.parent)
    with pytest.raises(AnswersError):
        api.fill(
            form, {"name": text}, tmp_path / "filled.xlsx", terms=api.Terms(Templates([template]))
        )


@pytest.mark.parametrize(
    "name", ["甲'", "'甲", "备注", "填报说明", "History", "_x", "𠮷" * 16, '""']
)
def test_names_that_no_sheet_can_have_are_faults(make_template: MakeTemplate, name: str) -> None:
    faults = lint_template(make_template(SHEET.format(name=f'"{name}"' if name != '""' else name)))
    assert any("cannot name a sheet" in fault.message() for fault in faults)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("page: {footer: '{{ unit.name }}'}", "only when a form is printed"),
        (f"page: {{footer: {'长' * 151}}}", "at most 150"),
        ("guide: ['" + "长" * 32_768 + "']", "longer than a cell"),
    ],
)
def test_texts_without_room_are_faults(
    make_template: MakeTemplate, body: str, message: str
) -> None:
    faults = lint_template(make_template(f"{body}\n{SHEET.format(name='表')}"))
    assert any(message in fault.message() for fault in faults)


def test_an_id_that_is_no_name_is_a_fault(make_template: MakeTemplate) -> None:
    head = "id: 'a\"b'\nedition: '1'\ntitle: 表\nabout: 表\n"
    faults = lint_template(make_template(SHEET.format(name="表"), head))
    assert any("an id is made of" in fault.message() for fault in faults)


@pytest.mark.parametrize(
    "amount", ["9" * 5000, Decimal("1e400"), Decimal(10**13)], ids=["typed", "held", "large"]
)
def test_an_endless_amount_is_that_files_error(amount: Raw, tiny: Layout) -> None:
    checked = check_submission(submit(tiny, {"name": "甲", "funds.total": amount}))
    assert {("number_too_large", "funds.total")} <= {(f.code, f.path) for f in checked.findings}
    assert "funds.total" not in checked.values
    dump(submission_json(checked, "zh"))
    assert isinstance(judge(checked), LeftOut)


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", "甲\ud800"])
def test_what_strangers_call_things_stands_in_a_summary_as_text(title: str, tmp_path: Path) -> None:
    workbook, json = tmp_path / "county.xlsx", tmp_path / "county.json"
    form = FormOf(code="1", name=title, department=title, template="t", edition="1", serial="",
                  title=title)  # fmt: skip
    why = put_in_words(finding("left_out", errors=1), "zh")
    with (
        workbook.open("wb") as made,
        json.open("w", encoding="utf-8") as target,
        Collection(tmp_path, About(title=title)) as taken,
    ):
        taken.add_left_out(LeftOut(file=title, form=form, found=(why,)))
        write_workbook(made, taken, AcrossUnits(), tmp_path)
        taken.write_json(target, AcrossUnits())
    book = load_workbook(workbook)
    plain = title.replace("\ud800", "?")
    titles = [book["单位汇总"]["A1"], book["未汇总"]["A1"]]
    named = [cell for row in book["未汇总"].iter_rows(min_row=5) for cell in row
             if str(cell.value) == plain]  # fmt: skip
    assert len(named) >= 4
    for cell in (*titles, *named):
        assert cell.value.startswith(plain)
        assert cell.data_type == "s"
        assert cell.quotePrefix or title == "甲\ud800"
    summary = simplejson.loads(json.read_text(encoding="utf-8"))
    assert summary["left_out"][0]["unit"]["name"] == plain
