"""Fields that are asked for while other answers say so: in the form, live, and at the desk."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ptxl.cells import cell_name
from ptxl.check.submission import check_submission
from ptxl.model.layout import Layout
from ptxl.read import read_submission
from ptxl.renew.fill import fill_form
from ptxl.template import Templates, lint_template, load_template
from ptxl.write.highlights import closed_cells
from ptxl.write.self_check import live_rules
from ptxl.write.stencil import write_form
from tests.conftest import ROOT, UNIT, MakeTemplate
from tests.office import Office
from tests.rawxml import form_problems, general_problems
from tests.test_selfcheck import compare

ASKED = ROOT / "tests" / "data" / "asked.yaml"
PROJECT: Any = {
    "name": "道路养护",
    "nature": "新增项目",
    "total": 5,
    "indicators": [{"level3": "养护里程", "result": "达到"}],
}


@pytest.fixture
def folder(make_template: MakeTemplate) -> Path:
    """The template of these tests, as a folder of its own."""
    return make_template(ASKED.read_text(encoding="utf-8"), head="")


@pytest.fixture
def templates(folder: Path) -> Templates:
    return Templates([folder])


@pytest.fixture
def layout(folder: Path) -> Layout:
    return load_template(folder).layout({})


def found(layout: Layout, templates: Templates, **answers: Any) -> set[tuple[str, str, str]]:
    """Code, sheet and cell of what is found in a form, filled in with these answers too."""
    project = {**PROJECT, **answers}
    data = fill_form(
        write_form(layout, UNIT), {"projects_kind": "新增项目", "projects": [project]}, templates
    )
    findings = check_submission(read_submission(data, templates)).findings
    return {(one.code, one.sheet, one.cell) for one in findings}


def test_the_template_and_its_blank_form_are_right(
    tmp_path: Path, folder: Path, layout: Layout
) -> None:
    assert lint_template(folder) == ()
    blank = tmp_path / "blank.xlsx"
    blank.write_bytes(write_form(layout, UNIT))
    assert form_problems(blank) == general_problems(blank) == []
    assert live_rules(layout) == {"answer_wanted", "answer_not_asked", "first_reason"}


def test_an_answer_is_wanted_and_allowed_only_where_others_ask_for_it(
    layout: Layout, templates: Templates
) -> None:
    assert found(layout, templates) == set()
    assert found(layout, templates, nature="延续项目") == {("answer_wanted", "申报表1", "B2")}
    assert found(layout, templates, before=Decimal(5)) == {("answer_not_asked", "申报表1", "B2")}
    grown = {"nature": "延续项目", "before": Decimal(4)}
    assert found(layout, templates, **grown) == {("answer_wanted", "申报表1", "B3")}
    assert found(layout, templates, **grown, why="材料涨价") == set()
    assert found(layout, templates, why="材料涨价") == {("answer_not_asked", "申报表1", "B3")}


def test_the_prompt_of_a_cell_says_when_it_is_asked(layout: Layout) -> None:
    prompts = {path: layout.fields[path].prompt for path in layout.fields}
    assert prompts["projects[0].before"] == "项目属性是延续项目时填写，否则不填。"
    assert prompts["projects[0].total"] == ""


def test_it_is_asked_row_by_row(layout: Layout, templates: Templates) -> None:
    rows = [
        {"level3": "里程", "result": "未达到"},
        {"level3": "合格率", "result": "达到", "reason": "雨季"},
        {"level3": "及时率", "result": "未达到", "reason": "雨季", "note": "八月"},
        {"level3": "满意度", "result": "未达到", "reason": "换人"},
    ]
    assert found(layout, templates, indicators=rows) == {
        ("answer_wanted", "申报表1", "C5"),
        ("answer_not_asked", "申报表1", "C6"),
        ("answer_not_asked", "申报表1", "D7"),
        ("first_reason", "申报表1", "D8"),
    }


def test_nothing_is_wanted_by_an_answer_that_cannot_be_read(
    layout: Layout, templates: Templates
) -> None:
    codes = {code for code, *_ in found(layout, templates, nature="别的项目")}
    assert codes == {"not_in_list"}


def test_what_is_asked_outside_of_repeats_is_asked_always(
    layout: Layout, templates: Templates
) -> None:
    data = fill_form(write_form(layout, UNIT), {"projects": [PROJECT]}, templates)
    (one,) = check_submission(read_submission(data, templates)).findings
    assert (one.code, one.sheet, one.cell) == ("answer_wanted", "单位", "B3")
    assert one.severity == "error"


def test_a_cell_in_which_nothing_is_asked_is_grey(layout: Layout) -> None:
    grey = {cell for number in range(3) for cell in _grey(layout, number)}
    rows = {f"{column}{row}" for column in "CD" for row in range(5, 9)}
    project = {f"{sheet}!{cell}" for sheet in (1, 2) for cell in ({"B2", "B3"} | rows)}
    assert grey == {"0!B3", *project}


def _grey(layout: Layout, number: int) -> Iterator[str]:
    for (row, column, *_), formula in closed_cells(layout, number):
        assert formula.startswith("=NOT(")
        yield f"{number}!{cell_name(row, column)}"


FAULTY = """\
sheets:
  - name: 表
    columns: [10, 10]
    rows:
      - [总数, {{field: total, kind: number, required: true}}]
      - [原因, {{field: why, {option}}}]
"""


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("reviewer: true, asked_when: total > 3", "the unit fills in"),
        ("kind: number, compute: total * 2, asked_when: total > 3", "the unit fills in"),
        ("asked_when: totl > 3", "totl"),
        ("asked_when: total +", ""),
    ],
)
def test_a_condition_that_cannot_be_asked_is_a_fault(
    make_template: MakeTemplate, option: str, said: str
) -> None:
    faults = lint_template(make_template(FAULTY.format(option=option)))
    assert faults
    assert all(fault.line == 10 for fault in faults)
    assert said in " ".join(map(str, faults))


@pytest.mark.office
def test_office_and_python_agree_on_what_is_asked(
    office: Office, tmp_path: Path, layout: Layout, templates: Templates
) -> None:
    compare(office, tmp_path, layout, templates, 300)
