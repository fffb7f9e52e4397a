"""Answers into a form: what was read can be filled in again, and what is no answers says so."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from ptxl import api
from ptxl.check.submission import check_submission
from ptxl.documents.document import build_document, load_answers
from ptxl.model.errors import AnswersError, OutputError
from ptxl.read import read_submission
from ptxl.receive.workers import Terms
from ptxl.renew.fill import fill_form
from ptxl.template import Templates, load_template
from ptxl.write.stencil import write_form
from tests.conftest import UNIT, MakeTemplate

ROSTER_TEXT = """\
sheets:
  - name: "项目{{ number }}"
    for_each: projects
    count: 2
    columns: [20, 20]
    rows:
      - [主管部门, {text: "{{ unit.department }}", as: department}]
      - [项目名称, {field: name, required: true}]
      - [指标值, {field: value, kind: target}]
"""


def test_what_the_form_prints_of_its_unit_is_filled_in_again(make_template: MakeTemplate) -> None:
    path = make_template(ROSTER_TEXT)
    templates, layout = Templates([path]), load_template(path).layout({})
    answers = {"projects": [{"name": "甲", "value": {"raw": "≥95%\u3000"}}, {"name": "乙"}]}
    filled = fill_form(write_form(layout, UNIT), answers, templates)
    document = build_document(check_submission(read_submission(filled, templates)))
    assert [row["department"] for row in document["projects"]] == [UNIT.department] * 2
    again = fill_form(write_form(layout, UNIT), document, templates)
    read_again = build_document(check_submission(read_submission(again, templates)))
    assert read_again == document
    assert document["projects"][0]["value"]["raw"] == "≥95%\u3000"
    document["projects"][0]["department"] = "别的部门"
    with pytest.raises(AnswersError, match="别的部门"):
        fill_form(write_form(layout, UNIT), document, templates)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"raw": "≥95%"}, "≥95%"),
        ({"comparison": ">=", "number": 95, "unit": "%"}, "≥95%"),
        ({"sign": "≥", "amount": "95", "unit": "%"}, "≥95%"),
        ({"comparison": "range", "number": 50, "upper": 80, "unit": "公斤"}, None),
        ({"comparison": "by_date", "date_to": "2026-06-30"}, None),
        ({"rawx": "≥95%"}, None),
        ({"number": 50, "upper": 80}, None),
        ({"number": 50, "note": "约"}, None),
    ],
)
def test_a_target_value_in_parts_is_written_whole_or_not_at_all(
    make_template: MakeTemplate, value: dict[str, object], text: str | None
) -> None:
    path = make_template(ROSTER_TEXT)
    blank, templates = write_form(load_template(path).layout({}), UNIT), Templates([path])
    answers = {"projects": [{"name": "甲", "value": value}]}
    if text is None:
        with pytest.raises(AnswersError):
            fill_form(blank, answers, templates)
        return
    submission = read_submission(fill_form(blank, answers, templates), templates, "")
    assert submission.entries["projects[0].value"].raw == text


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-16"])
def test_a_roster_is_no_answers(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "名册.csv"
    path.write_text("单位编码,单位名称\n1,甲局\n", encoding=encoding)
    with pytest.raises(AnswersError) as error:
        load_answers(path)
    (fault,) = error.value.faults
    assert fault.message().startswith("not JSON")

    assert "codec" not in str(error.value)


def test_a_number_of_thousands_of_digits_is_no_answer(tmp_path: Path) -> None:
    file = tmp_path / "answers.json"
    file.write_text('{"a": ' + "9" * 5000 + "}", encoding="utf-8")
    with pytest.raises(AnswersError) as caught:
        load_answers(file)
    assert caught.value.faults[0].message().startswith("not JSON")


@pytest.mark.parametrize("name", ["表.xls", "表.ods", "表"])
def test_a_form_is_only_written_under_a_name_that_says_what_it_is(
    name: str, make_template: MakeTemplate, tmp_path: Path
) -> None:
    path = make_template(ROSTER_TEXT)
    terms = Terms(Templates([path]))
    form, target = tmp_path / "form.xlsx", tmp_path / name
    form.write_bytes(write_form(load_template(path).layout({}), UNIT))
    for deed in (
        partial(api.fill, form, {"projects": []}), partial(api.repair, form),
        partial(api.upgrade, form),
    ):  # fmt: skip
        with pytest.raises(OutputError) as error:
            deed(target, terms=terms)
        assert error.value.code == "not_named_xlsx"
    assert not target.exists()
