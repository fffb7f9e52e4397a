"""What the roster says is printed and locked, and an answer all the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ptxl import api
from ptxl.check.submission import check_submission, type_values
from ptxl.documents.document import build_document, load_answers
from ptxl.jobs import summarise
from ptxl.merge.rows import UnitSummary
from ptxl.merge.views import View
from ptxl.model.errors import AnswersError
from ptxl.model.form import Unit
from ptxl.model.submission import Trust
from ptxl.read import read_submission
from ptxl.receive.workers import Opened, Terms
from ptxl.renew.fill import fill_form, prefill_form
from ptxl.renew.repair import upgrade_form
from ptxl.template import Templates, load_template, shipped
from ptxl.write.stencil import Stencil, write_form
from tests.conftest import SAMPLES
from tests.packages import patch_cells

TEMPLATES = Templates()
ANSWERS = load_answers(SAMPLES / "good" / "county-2024-project-1" / "answers.json")
UNIT = Unit(**ANSWERS["unit"])
LAYOUT = load_template("county-project").layout(ANSWERS["form"]["parameters"])
FORMER = shipped("templates") / "_editions" / "county-project"


def project(data: bytes) -> Any:
    """The first project of a form, as JSON."""
    return build_document(type_values(read_submission(data, TEMPLATES)))["projects"][0]


def without_roster(answers: Any) -> Any:
    return {
        "projects": [{**each, "department": None, "unit": None} for each in answers["projects"]]
    }


def test_department_and_unit_are_in_the_json_of_a_form_that_does_not_ask_them() -> None:
    assert "projects[0].department" not in LAYOUT.fields
    data = fill_form(write_form(LAYOUT, UNIT), without_roster(ANSWERS), TEMPLATES)
    found = project(data)
    assert (found["department"], found["unit"]) == (UNIT.department, UNIT.name)
    assert list(found)[:3] == ["name", "department", "unit"]
    assert not check_submission(read_submission(data, TEMPLATES)).errors


def test_a_department_that_the_roster_does_not_say_is_blank_and_not_asked() -> None:
    unit = replace(UNIT, department="")
    data = fill_form(write_form(LAYOUT, unit), without_roster(ANSWERS), TEMPLATES)
    assert project(data)["department"] is None
    assert not check_submission(read_submission(data, TEMPLATES)).errors


def test_the_summary_has_the_department(tmp_path: Path) -> None:
    data = fill_form(write_form(LAYOUT, UNIT), ANSWERS, TEMPLATES)
    summary = summarise(Opened(data, tmp_path / "a.xlsx", "a.xlsx", Terms()))
    assert isinstance(summary, UnitSummary)
    assert [row.text("department") for row in View(summary).projects()] == [UNIT.department]


def test_a_department_typed_over_is_found() -> None:
    data = fill_form(write_form(LAYOUT, UNIT), ANSWERS, TEMPLATES)
    changed = patch_cells(data, {"项目1": {(2, 2): "另一个部门"}})
    found = read_submission(changed, TEMPLATES).findings
    assert [(each.code, each.cell) for each in found] == [("locked_text_changed", "C3")]


def test_answers_that_say_otherwise_are_refused_but_not_in_data_of_before() -> None:
    other = {"projects": [{"name": "甲", "department": "县委网信办（旧称）", "unit": "乙"}]}
    with pytest.raises(AnswersError) as error:
        fill_form(write_form(LAYOUT, UNIT), other, TEMPLATES)
    assert [fault.key for fault in error.value.faults] == [
        "projects[0].department", "projects[0].unit",
    ]  # fmt: skip
    data = prefill_form(Stencil(LAYOUT), UNIT, other, TEMPLATES, "prefill")
    found = project(data)
    assert (found["name"], found["department"]) == ("甲", UNIT.department)


def test_forms_of_the_edition_that_asked_them_are_read_with_their_own() -> None:
    layout = load_template(FORMER).layout(ANSWERS["form"]["parameters"])
    blank = write_form(layout, UNIT)
    data = fill_form(blank, without_roster(ANSWERS), TEMPLATES)
    submission = read_submission(data, TEMPLATES)
    assert (submission.identity.edition, submission.trust) == ("2024", Trust.FULL)
    missing = [
        found.path for found in check_submission(submission).findings if found.code == "required"
    ]
    assert missing == ["projects[0].department", "projects[0].unit"]
    full = fill_form(blank, ANSWERS, TEMPLATES)
    upgraded = upgrade_form(full, TEMPLATES)
    assert upgraded.identity.edition == LAYOUT.form.edition
    assert upgraded.lost == ()
    assert project(upgraded.workbook) == project(full)


def test_an_answer_that_the_new_edition_prints_otherwise_is_lost_by_name() -> None:
    layout = load_template(FORMER).layout(ANSWERS["form"]["parameters"])
    other = {"projects": [{**ANSWERS["projects"][0], "department": "县委"}]}
    upgraded = upgrade_form(fill_form(write_form(layout, UNIT), other, TEMPLATES), TEMPLATES)
    assert [(found.path, found.facts["raw"]) for found in upgraded.lost] == [
        ("projects[0].department", "县委")
    ]


def test_the_template_named_by_id_is_the_latest() -> None:
    assert load_template("county-project").edition == "2024-2"
    assert api.Templates().get("county-project").edition == "2024-2"
