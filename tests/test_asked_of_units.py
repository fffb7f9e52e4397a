"""What is asked of some units only: grey, locked and not wanted in the forms of the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ptxl import api
from ptxl.check.submission import check_submission
from ptxl.layout.growth import with_rows
from ptxl.model.errors import RosterError
from ptxl.model.form import Unit
from ptxl.model.layout import Layout
from ptxl.read import read_submission
from ptxl.receive import wire
from ptxl.renew.fill import fill_form
from ptxl.rules.conditions import conditions
from ptxl.rules.of_unit import form_of
from ptxl.template import Templates, lint_template, load_template
from ptxl.write.self_check import live_rules
from ptxl.write.stencil import Stencil, write_form
from tests import test_selfcheck
from tests.conftest import ROOT, MakeTemplate
from tests.office import Office
from tests.rawxml import form_problems, general_problems

ASKED = ROOT / "tests" / "data" / "asked_of_units.yaml"
SCHOOL = Unit(code="101001", name="清源县第一中学", more={"单位类别": "学校"})
HOSPITAL = Unit(code="102001", name="清源县人民医院", more={"单位类别": "医院"})
BUREAU = Unit(code="103001", name="清源县档案馆")
UNITS = (SCHOOL, HOSPITAL, BUREAU)
#: what only schools are asked
OF_SCHOOLS: Any = {
    "classes": 30, "pupils": 1400, "canteens": [{"name": "一食堂", "meals": 900}],
    "projects": [{"name": "操场翻修", "total": 80,
                  "indicators": [{"level2": "数量指标", "level3": "翻修面积"}]}],
}  # fmt: skip


@pytest.fixture
def folder(make_template: MakeTemplate) -> Path:
    return make_template(ASKED.read_text(encoding="utf-8"), head="")


@pytest.fixture
def templates(folder: Path) -> Templates:
    return Templates([folder])


@pytest.fixture
def layout(folder: Path) -> Layout:
    return load_template(folder).layout({})


def found(
    layout: Layout, templates: Templates, unit: Unit, answers: Any
) -> set[tuple[str, str, str]]:
    """Code, sheet and cell of what is found in the form of a unit, filled in with these answers."""
    data = fill_form(write_form(layout, unit), answers, templates)
    findings = check_submission(read_submission(data, templates)).findings
    return {(one.code, one.sheet, one.cell) for one in findings}


def test_the_template_and_the_forms_of_all_units_are_right(
    tmp_path: Path, folder: Path, layout: Layout
) -> None:
    """Among other things: what is not asked is locked, and nothing else."""
    assert lint_template(folder) == ()
    stencil = Stencil(layout)
    for unit in UNITS:
        path = tmp_path / f"{unit.code}.xlsx"
        path.write_bytes(stencil.stamp(unit))
        closed = [path for path, field in form_of(layout, unit).fields.items() if field.closed]
        assert form_problems(path, closed_paths=closed) == general_problems(path) == []
        assert stencil.stamp(unit) == write_form(layout, unit)


def test_all_forms_have_one_layout_and_other_open_cells(layout: Layout) -> None:
    assert form_of(layout, SCHOOL) is layout
    hospital, bureau = form_of(layout, HOSPITAL), form_of(layout, BUREAU)
    assert hospital.places == bureau.places == layout.places
    asked = {path for path, field in bureau.fields.items() if field.is_open}
    assert asked == {"staff"}
    assert {path for path, field in hospital.fields.items() if field.is_open} == {"staff", "places"}


def test_nothing_is_wanted_where_nothing_is_asked(layout: Layout, templates: Templates) -> None:
    own = {"staff": 120, "places": 300}
    assert found(layout, templates, HOSPITAL, own) == set()
    assert found(layout, templates, BUREAU, {"staff": 120}) == set()
    assert found(layout, templates, SCHOOL, own | OF_SCHOOLS) == set()
    assert found(layout, templates, SCHOOL, own) == {
        ("required", "单位", "D2"), ("required", "单位", "B4"), ("required", "项目1", "B1"),
        ("required", "项目1", "D1"), ("category_unanswered", "单位", "A7"),
        ("enough", "单位", "A6"),
    }  # fmt: skip


def test_what_stands_there_all_the_same_is_told_and_read(
    layout: Layout, templates: Templates
) -> None:
    answers = {"staff": 120, **OF_SCHOOLS}
    data = fill_form(write_form(layout, BUREAU), answers, templates)
    checked = check_submission(read_submission(data, templates))
    told = {(one.code, one.severity, one.path) for one in checked.findings}
    paths = checked.values.keys() - {"staff"}
    assert told == {("answer_not_asked", "warning", path) for path in paths}
    assert {"classes", "canteens[0].meals", "projects[0].indicators[0].level3"} <= paths
    said = {one.path: one.message("zh") for one in checked.findings}
    assert said["classes"] == "“班级数”只由学校填，本单位不用填；请删去"
    assert said["pupils"] == "本单位不用填“学生人数”；请删去"


def test_conditions_and_live_rules_are_those_of_what_is_asked(layout: Layout) -> None:
    bureau = form_of(layout, BUREAU)
    assert [one.parts for one in conditions(bureau)] == [("staff",)]
    assert live_rules(bureau) == {"staff_missing"}
    assert live_rules(layout) == {
        "staff_missing", "enough", "outputs", "answer_wanted", "answer_not_asked",
    }  # fmt: skip


def test_a_form_of_which_not_all_is_asked_goes_over_the_wire(
    layout: Layout, templates: Templates
) -> None:
    hospital = form_of(layout, HOSPITAL)
    grown = with_rows(hospital, (("canteens", 0, 1),))
    for one in (hospital, grown):
        again = wire.decode(wire.as_text(wire.encode(one)), (Layout,), templates, Path("a.xlsx"))
        assert again.fields == one.fields
        assert len(wire.encode(one)) < 2_000


@pytest.mark.parametrize("table", ["code,name\n1,甲\n", "code,name,单位类别\n1,甲,\n"])
def test_a_roster_without_the_column_that_decides_is_refused(
    tmp_path: Path, folder: Path, table: str
) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text(table, encoding="utf-8")
    with pytest.raises(RosterError, match="单位类别"):
        api.generate(folder, roster, tmp_path / "forms")
    roster.write_text("code,name,单位类别\n1,甲,\n2,乙,学校\n", encoding="utf-8")
    assert len(api.generate(folder, roster, tmp_path / "forms")) == 2


BY_ANSWERS = """\
lists: {kinds: [有, 无]}
sheets:
  - name: 表
    columns: [10, 10]
    rows:
      - [有没有, {field: kind, kind: choice, among: kinds}]
      - asked_when: %s
        rows:
          - [多少, {field: number, kind: number}]
"""


@pytest.mark.parametrize(
    "condition", ["kind == '有'", "unit.单位类别 ==", "1 == 1", "unit.a == kind"]
)
def test_a_section_is_asked_by_the_roster_alone(
    make_template: MakeTemplate, condition: str
) -> None:
    faults = lint_template(make_template(BY_ANSWERS % condition))
    assert "the roster alone" in " ".join(map(str, faults))
    assert {fault.line for fault in faults} == {11}


@pytest.mark.office
@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_forms_come_back_from_an_office_as_they_went(
    office: Office, tmp_path: Path, layout: Layout, templates: Templates, kind: str
) -> None:
    sent, returned = tmp_path / "sent.xlsx", tmp_path / f"returned.{kind}"
    for unit, answers in ((BUREAU, {"staff": 3}), (HOSPITAL, {"staff": 3, "classes": 1})):
        sent.write_bytes(fill_form(write_form(layout, unit), answers, templates))
        office.convert(sent, returned)
        here, there = (
            {(one.code, one.cell) for one in check_submission(submission).findings}
            for submission in (
                read_submission(path.read_bytes(), templates) for path in (sent, returned)
            )
        )
        assert here == there


@pytest.mark.office
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.code)
def test_office_and_python_agree_on_the_forms_of_all_units(
    office: Office, tmp_path: Path, layout: Layout, templates: Templates,
    monkeypatch: pytest.MonkeyPatch, unit: Unit,
) -> None:  # fmt: skip
    monkeypatch.setattr(test_selfcheck, "UNIT", unit)
    form = form_of(layout, unit)
    test_selfcheck.compare(office, tmp_path, form, templates, 20)
