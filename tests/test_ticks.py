"""A choice whose words have a cell each: one answer in the form, live, at the desk and after."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path as FilePath
from typing import Any

import jsonschema
import pytest

from ptxl.check.submission import check_submission
from ptxl.documents.document import build_document
from ptxl.documents.schema import build_schema
from ptxl.merge.summarise import summarise
from ptxl.model.errors import AnswersError
from ptxl.model.findings import Finding
from ptxl.model.layout import Layout
from ptxl.model.path import Path
from ptxl.ooxml.sheet import NewValue
from ptxl.read import read_submission
from ptxl.renew.fill import fill_form
from ptxl.renew.repair import upgrade_form
from ptxl.template import Templates, lint_template, load_template
from ptxl.write.highlights import closed_cells, highlights
from ptxl.write.self_check import live_rules
from ptxl.write.stencil import write_form
from tests.conftest import ROOT, UNIT, MakeTemplate
from tests.office import Office
from tests.packages import patch_cells
from tests.rawxml import form_problems, general_problems
from tests.test_selfcheck import compare

TICKS = ROOT / "tests" / "data" / "ticks.yaml"
SHEET = "监控表1"
ROW = {"level3": "养护里程", "likely": "确定能"}
PROJECT: Any = {
    "name": "道路养护",
    "nature": "延续",
    "published": True,
    "ways": ["新增", "一次性"],
    "indicators": [
        {**ROW, "causes": ["人员保障", "其他"], "reason": "雨季"},
        {"level3": "合格率", "likely": "完全不可能"},
    ],
}
#: where the causes and likelihoods of the first row stand
FIRST_CAUSES, FIRST_LIKELY = (6, 2), (6, 8)


@pytest.fixture
def folder(make_template: MakeTemplate) -> FilePath:
    """The template of these tests, as a folder of its own."""
    return make_template(TICKS.read_text(encoding="utf-8"), head="")


@pytest.fixture
def templates(folder: FilePath) -> Templates:
    return Templates([folder])


@pytest.fixture
def layout(folder: FilePath) -> Layout:
    return load_template(folder).layout({})


@pytest.fixture
def filled(layout: Layout, templates: Templates) -> bytes:
    return fill_form(write_form(layout, UNIT), {"projects": [PROJECT]}, templates)


def project_in(data: bytes, templates: Templates) -> Any:
    return build_document(check_submission(read_submission(data, templates)))["projects"][0]


def found_in(data: bytes, templates: Templates) -> list[Finding]:
    return list(check_submission(read_submission(data, templates)).findings)


def ticked(data: bytes, first: tuple[int, int], *texts: NewValue) -> bytes:
    """The workbook with texts in the cells from the first on."""
    row, column = first
    cells = {(row, column + number): text for number, text in enumerate(texts)}
    return patch_cells(data, {SHEET: cells})


def test_the_template_and_its_blank_form_are_right(
    tmp_path: FilePath, folder: FilePath, layout: Layout
) -> None:
    assert lint_template(folder) == ()
    blank = tmp_path / "blank.xlsx"
    blank.write_bytes(write_form(layout, UNIT))
    assert form_problems(blank) == general_problems(blank) == []
    assert live_rules(layout) == {
        "several_ticked", "certain_with_cause", "answer_wanted", "answer_not_asked"
    }  # fmt: skip


def test_words_stand_below_the_head_that_they_have_in_common(layout: Layout) -> None:
    cells = {cell.cell.text: cell.place for cell in layout.sheets[0].cells if cell.cell.text}
    common, alone = cells["偏差原因分析"], cells["三级指标"]
    assert (common.across, common.down) == (6, 1)
    assert (alone.across, alone.down) == (1, 2)
    below = [cells[text] for text in ("经费\n保障", "其他", "原因说明")]
    assert [(one.row, one.column) for one in below] == [(5, 2), (5, 6), (5, 7)]
    words = [cells[word].column for word in ("确定能", "有可能", "完全不可能")]
    assert words == [place.column for place in map(layout.places.__getitem__, likely_cells())]


def likely_cells() -> list[str]:
    names = ("certain", "possible", "impossible")
    return [f"projects[0].indicators[0].likely.{name}" for name in names]


def test_in_a_row_of_cells_each_word_stands_beside_its_own(layout: Layout) -> None:
    row = [cell.cell for cell in layout.sheets[0].cells if cell.place.row == 2]
    printed = [cell.field.tick if cell.field else cell.text for cell in row]
    natures = ["新增", "新增", "延续", "延续", "一次性", "一次性"]
    assert printed == ["项目属性", *natures, "已公开", ""]
    assert layout.fields["projects[0].nature.kept"].label == "项目属性"


# -- one answer


def test_the_words_that_are_ticked_are_the_answer(filled: bytes, templates: Templates) -> None:
    read = project_in(filled, templates)
    assert (read["nature"], read["published"]) == ("延续", True)
    assert read["ways"] == ["新增", "一次性"]
    assert [row["likely"] for row in read["indicators"]] == ["确定能", "完全不可能"]
    assert [row["causes"] for row in read["indicators"]] == [["人员保障", "其他"], []]
    assert found_in(filled, templates) == []


def test_its_json_obeys_the_schema(layout: Layout, filled: bytes, templates: Templates) -> None:
    schema = build_schema(layout)
    row = schema["properties"]["projects"]["items"]["properties"]["indicators"]["items"]
    words = row["properties"]["likely"]["anyOf"][0]["enum"]
    assert words == ["确定能", "有可能", "完全不可能"]
    document = build_document(check_submission(read_submission(filled, templates)))
    jsonschema.validate(document, schema)
    document["projects"][0]["indicators"][0]["likely"] = "也许"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema)


@pytest.mark.parametrize(
    "text", ["√", "✓", "✔", "☑", "是", "对", "1", Decimal(1), True, "Y", " √ "]
)
def test_whatever_means_a_tick_is_one(filled: bytes, templates: Templates, text: NewValue) -> None:
    data = ticked(filled, FIRST_LIKELY, "", text)
    assert project_in(data, templates)["indicators"][0]["likely"] == "有可能"
    assert [one for one in found_in(data, templates) if one.severity == "error"] == []


def test_a_box_that_was_unticked_is_blank(filled: bytes, templates: Templates) -> None:
    data = ticked(filled, FIRST_LIKELY, False, True)
    assert project_in(data, templates)["indicators"][0]["likely"] == "有可能"


def test_another_text_is_no_tick_and_no_answer(filled: bytes, templates: Templates) -> None:
    data = ticked(filled, FIRST_LIKELY, "", "×")
    assert project_in(data, templates)["indicators"][0]["likely"] is None
    (found,) = found_in(data, templates)
    assert (found.code, found.cell, found.label) == ("not_in_list", "J7", "完成目标可能性")
    assert "√" in found.message("zh")


def test_two_ticks_are_no_answer_and_told_at_the_second(
    filled: bytes, templates: Templates
) -> None:
    """What rests on the answer says nothing."""
    data = ticked(ticked(filled, FIRST_CAUSES, "√"), FIRST_LIKELY, "√", "", "√")
    assert project_in(data, templates)["indicators"][0]["likely"] is None
    (found,) = found_in(data, templates)
    assert (found.code, found.severity, found.cell) == ("several_ticked", "error", "K7")
    assert found.message("zh") == (
        "“完成目标可能性”只能在一处打√，现在打了：确定能、完全不可能；请只留一个"
    )
    assert "takes one tick" in found.message("en")


def test_several_may_be_ticked_where_the_template_says_so(
    filled: bytes, templates: Templates
) -> None:
    data = ticked(filled, FIRST_CAUSES, *["√"] * 5)
    assert len(project_in(data, templates)["indicators"][0]["causes"]) == 5
    assert [one.code for one in found_in(data, templates)] == ["certain_with_cause"]


def test_one_of_the_cells_is_wanted(layout: Layout, filled: bytes, templates: Templates) -> None:
    (found,) = found_in(ticked(filled, FIRST_LIKELY, ""), templates)
    assert (found.code, found.cell) == ("required", "I7")
    assert found.message("zh").startswith("“养护里程”的完成目标可能性未填")
    yellow = [formula for block, formula in highlights(layout, 0) if block == (6, 9, 8, 9)]
    (wanted,) = yellow
    assert wanted.startswith("=AND(LEN(TRIM($I7&$J7&$K7))=0,LEN($A7&")


def test_it_is_asked_for_while_other_answers_say_so_as_one(
    make_template: MakeTemplate,
) -> None:
    text = TICKS.read_text(encoding="utf-8").replace(
        "likelihoods, ticks: [certain, possible, impossible], required: true",
        "likelihoods, ticks: [certain, possible, impossible], required: true,"
        " asked_when: not blank(actual)",
    )
    folder = make_template(text, head="")
    assert lint_template(folder) == ()
    layout, templates = load_template(folder).layout({}), Templates([folder])
    grey = {block for block, _ in closed_cells(layout, 0)}
    assert {(6, 8, 6, 8), (6, 9, 6, 9), (6, 10, 6, 10)} <= grey
    rows = [{"level3": "甲", "likely": "有可能"}, {"level3": "乙", "actual": "5次"}]
    data = fill_form(
        write_form(layout, UNIT), {"projects": [{**PROJECT, "indicators": rows}]}, templates
    )
    found = [(one.code, one.cell) for one in found_in(data, templates)]
    assert found == [("answer_wanted", "I8"), ("answer_not_asked", "J7")]


# -- into a form, and on


def test_an_answer_that_is_no_word_has_no_place(layout: Layout, templates: Templates) -> None:
    answers = {"projects": [{**PROJECT, "nature": "试点"}]}
    with pytest.raises(AnswersError) as refused:
        fill_form(write_form(layout, UNIT), answers, templates)
    said = str(refused.value)
    assert "projects[0].nature" in said
    assert "试点" in said


def test_an_answer_takes_the_place_of_the_ticks_that_are_there(
    filled: bytes, templates: Templates
) -> None:
    two = ticked(filled, FIRST_LIKELY, "√", "√")
    mended = fill_form(two, {"projects": [{"nature": "一次性", "indicators": [ROW]}]}, templates)
    read = project_in(mended, templates)
    assert read["nature"] == "一次性"
    assert read["indicators"][0]["likely"] == "确定能"
    assert read["indicators"][0]["causes"] == ["人员保障", "其他"]


def test_a_summary_has_one_answer_for_it(filled: bytes, templates: Templates) -> None:
    summary = summarise(check_submission(read_submission(filled, templates)))
    values = {str(one.path): (one.value, one.cell) for one in summary.answers}
    assert values["projects[0].nature"] == ("延续", "E3")
    assert values["projects[0].indicators[0].causes"] == ("人员保障、其他", "E7")
    assert summary.asked[Path("projects[].indicators[].likely")].kind == "choice"


def test_another_edition_keeps_each_tick_by_its_name(
    tmp_path: FilePath, filled: bytes, folder: FilePath
) -> None:
    text = TICKS.read_text(encoding="utf-8").replace('edition: "2026"', 'edition: "2027"')
    text = text.replace("[确定能, 有可能, 完全不可能]", "[完全不可能, 有可能, 确定能, 说不清]")
    text = text.replace(
        "[certain, possible, impossible]", "[impossible, possible, certain, unclear]"
    )
    text = text.replace("8, 8, 8]\n", "8, 8, 8, 8]\n")
    later = tmp_path / "2027"
    later.mkdir()
    (later / "template.yaml").write_text(text, encoding="utf-8")
    both = Templates([later, folder])
    upgraded = upgrade_form(filled, both, "2027")
    row = project_in(upgraded.workbook, both)["indicators"][0]
    assert (row["likely"], row["causes"]) == ("确定能", ["人员保障", "其他"])


FAULTS = """\
lists:
  likely: [能, 不能]
sheets:
  - name: 表
    columns: [10, 10, 10, 10, 10, 10]
    rows:
      - - 能否
        - {{field: likely, {options}}}
"""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("kind: choice, among: likely, ticks: [yes_it_can]", 'the list "likely" 2 words'),
        ("kind: choice, among: likely, ticks: [能, b]", "likely.能"),
        ("kind: choice, among: likely, ticks: [a, a]", "likely.a"),
        ("kind: text, ticks: [a, b]", "ticks"),
        ("kind: choice, among: likely, ticks: [a, b], free: true", '"free"'),
        ("kind: choice, among: likely, several: true", "ticks"),
        ("kind: choice, among: likly, ticks: [a, b]", "likly"),
    ],
)
def test_what_is_wrong_with_such_a_choice_is_named(
    make_template: MakeTemplate, options: str, said: str
) -> None:
    faults = lint_template(make_template(FAULTS.format(options=options)))
    assert any(said in fault.message("en") and fault.line == 12 for fault in faults), faults


# -- office and Python


@pytest.mark.office
def test_office_and_python_agree_on_every_tick(
    office: Office, tmp_path: FilePath, layout: Layout, templates: Templates
) -> None:
    compare(office, tmp_path, layout, templates, 40)


@pytest.mark.office
@pytest.mark.parametrize("suffix", ["xlsx", "xls", "ods"])
def test_what_an_office_saves_comes_back(
    office: Office, tmp_path: FilePath, layout: Layout, templates: Templates, suffix: str
) -> None:
    blank, returned = tmp_path / "blank.xlsx", tmp_path / f"returned.{suffix}"
    blank.write_bytes(write_form(layout, UNIT))
    cells = {"B2": "道路养护", "E3": "√", "I3": "√", "C4": "√", "A7": "里程", "E7": "√",
             "G7": "√", "H7": "雨季", "K7": "√"}  # fmt: skip
    typed = office.type_into(
        blank, [(SHEET, cell, text) for cell, text in cells.items()], returned, keys=True
    )
    assert not [one for one in typed if one.protected]
    data = returned.read_bytes()
    read = project_in(data, templates)
    assert (read["nature"], read["published"], read["ways"]) == ("延续", True, ["新增"])
    (row,) = read["indicators"]
    assert (row["causes"], row["likely"]) == (["人员保障", "其他"], "完全不可能")
    assert found_in(data, templates) == []
