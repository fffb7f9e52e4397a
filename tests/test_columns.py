"""Columns that repeat by data, with heads in several rows, and totals below."""

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
from ptxl.model.layout import Layout
from ptxl.model.path import Path
from ptxl.model.submission import Submission
from ptxl.read import read_submission
from ptxl.renew.fill import fill_form
from ptxl.template import Templates, lint_template, load_template
from ptxl.write.computed_cells import computed_formulas
from ptxl.write.self_check import live_rules
from ptxl.write.stencil import write_form
from tests.conftest import ROOT, UNIT, MakeTemplate
from tests.office import Office
from tests.rawxml import form_problems, general_problems
from tests.test_selfcheck import compare

MATRIX = ROOT / "tests" / "data" / "matrix.yaml"
ANSWERS: Any = {
    "name": "道路养护",
    "plan": [
        {
            "month": "1月",
            "sources": [
                {"planned": Decimal("10.1"), "spent": Decimal("5.55")},
                {"planned": 20},
                {"planned": Decimal("1.25")},
            ],
        },
        {"month": "2月", "sources": [{"planned": Decimal("0.2")}]},
        {"month": "3月", "sources": [{"name": "省级资金", "planned": 7}, {"planned": 1}]},
    ],
    "works": [
        {"work": "桥", "towns": [{"years": [{"amount": 3, "done": "50%"}, {"amount": 4}]}]},
        {"work": "涵洞", "towns": [{"name": "东山乡", "years": [{"amount": Decimal("1.5")}]}]},
    ],
}
#: what follows, by the pattern of a path or the path
FOLLOWS = {
    "plan[0].planned": Decimal("31.35"), "plan[0].spent": Decimal("5.55"),
    "plan[1].planned": Decimal("0.2"), "plan[2].planned": 8,
    "total.sources[0].planned": Decimal("11.3"), "total.sources[0].spent": Decimal("5.55"),
    "total.sources[1].planned": 27, "total.sources[2].planned": Decimal("1.25"),
    "total.planned": Decimal("39.55"), "total.spent": Decimal("5.55"),
    "works[0].towns[0].sum": 7, "works[1].towns[1].sum": Decimal("1.5"),
    "works[0].all": 7, "works[1].all": Decimal("1.5"),
    "all_works.towns[0].years[0].amount": 3, "all_works.towns[0].years[1].amount": 4,
    "all_works.towns[0].sum": 7, "all_works.towns[1].years[0].amount": Decimal("1.5"),
    "all_works.towns[1].sum": Decimal("1.5"), "all_works.all": Decimal("8.5"),
}  # fmt: skip


@pytest.fixture
def folder(make_template: MakeTemplate) -> FilePath:
    """The template of these tests, as a folder of its own."""
    return make_template(MATRIX.read_text(encoding="utf-8"), head="")


@pytest.fixture
def templates(folder: FilePath) -> Templates:
    return Templates([folder])


@pytest.fixture
def layout(folder: FilePath) -> Layout:
    return load_template(folder).layout({})


@pytest.fixture
def filled(layout: Layout, templates: Templates) -> bytes:
    return fill_form(write_form(layout, UNIT), ANSWERS, templates)


def computed(submission: Submission) -> dict[str, object]:
    """The values of the computed cells that have one."""
    fields = submission.layout.fields
    values = check_submission(submission).values
    return {path: value for path, value in values.items() if fields[path].compute}


def test_the_template_and_its_blank_form_are_right(
    tmp_path: FilePath, folder: FilePath, layout: Layout
) -> None:
    assert lint_template(folder) == ()
    blank = tmp_path / "blank.xlsx"
    blank.write_bytes(write_form(layout, UNIT))
    paths = frozenset(path for path, _ in computed_formulas(layout))
    assert form_problems(blank, computed_paths=paths) == general_problems(blank) == []
    assert live_rules(layout) == {"spent_above_planned", "total_too_large"}


def test_there_are_as_many_columns_as_the_parameters_say(folder: FilePath) -> None:
    template = load_template(folder)
    for years in (1, 3):
        layout = template.layout({"years": years})
        found = {path for path in layout.fields if path.startswith("works[0].towns[1].years")}
        assert len(found) == 2 * years
        assert len(layout.sheets[1].sheet.columns) == 4 * years + 4


def test_heads_stand_over_the_columns_that_they_are_of(layout: Layout) -> None:
    heads = {
        (cell.cell.text, cell.place.row): (cell.place.column, cell.place.across, cell.place.down)
        for cell in layout.sheets[0].cells
        if cell.cell.style == "head"
    }
    assert heads["资金来源", 2] == (1, 6, 1)
    assert heads["省级资金", 3] == (3, 2, 1)
    assert heads["计划小计", 2] == (7, 1, 3)
    assert heads["月份", 2] == (0, 1, 3)
    label = layout.fields["plan[0].sources[1].spent"].label
    assert label == "省级资金已支"


def test_what_is_printed_over_a_column_names_its_answers(
    layout: Layout, filled: bytes, templates: Templates
) -> None:
    document = build_document(check_submission(read_submission(filled, templates)))
    third = document["plan"][2]["sources"]
    assert third == [
        {"name": "中央资金", "planned": 1, "spent": None},
        {"name": "省级资金", "planned": 7, "spent": None},
        {"name": "县级资金", "planned": None, "spent": None},
    ]
    (bridge, culvert) = document["works"]
    assert [town["name"] for town in culvert["towns"]] == ["城关镇", "东山乡"]
    assert bridge["towns"][0]["years"][0] == {"name": "第1年", "amount": 3, "done": 50}
    assert document["total"]["sources"][1] == {"name": "省级资金", "planned": 27, "spent": None}
    jsonschema.validate(document, build_schema(layout))


def test_what_is_read_may_be_filled_in_again(
    layout: Layout, filled: bytes, templates: Templates
) -> None:
    document = build_document(check_submission(read_submission(filled, templates)))
    again = fill_form(write_form(layout, UNIT), document, templates)
    assert build_document(check_submission(read_submission(again, templates))) == document


def test_rows_and_columns_add_up(filled: bytes, templates: Templates) -> None:
    submission = read_submission(filled, templates)
    assert submission.findings == ()
    assert computed(submission) == FOLLOWS


def test_a_rule_over_the_columns_of_a_row_asks_each_of_them(
    layout: Layout, templates: Templates
) -> None:
    plan = [{"month": "1月", "sources": [{"planned": 2, "spent": 3}, {"spent": 1}, {"planned": 5}]}]
    data = fill_form(write_form(layout, UNIT), {**ANSWERS, "plan": plan}, templates)
    found = check_submission(read_submission(data, templates)).findings
    (one,) = (one for one in found if one.code == "spent_above_planned")
    assert (one.cell, one.path) == ("J6", "plan[0].note")
    assert one.message("zh") == "有 2 个来源的已支超过计划；请核对"


def test_a_summary_names_each_column(filled: bytes, templates: Templates) -> None:
    summary = summarise(check_submission(read_submission(filled, templates)))
    asked = summary.asked[Path("plan[].sources[1].planned")]
    assert (asked.label, asked.kind, asked.unit) == ("省级资金计划", "money", "万元")
    values = {one.name: one.value for one in summary.answers if one.path.startswith("total.")}
    assert values[Path("total.sources[1].planned")] == 27


#: what functions over the columns of a row come to where 2, nothing and 5 are planned
FUNCTIONS = {
    "sum(sources, planned)": 7,
    "sum(sources, planned, planned > 3)": 5,
    "count(sources)": 2,
    "count(sources, planned > 3)": 1,
    "1 if any(sources, planned > 3) else 0": 1,
    "1 if any(sources, planned > 5) else 0": 0,
    "1 if all(sources, planned > 1) else 0": 1,
    "1 if all(sources, planned > 2) else 0": 0,
}
TABLE = """\
lists:
  sources: [中央资金, 省级资金, 县级资金]
sheets:
  - name: 表
    columns: [10, {width: 10, count: 3}, {width: 10, count: 1}]
    rows:
      - table: plan
        layout: free
        rows: 2
        columns:
          - {field: name, head: 名称}
          - head: "{{ word }}"
            for_each: sources
            among: sources
            columns: [{field: planned, kind: money}]
          - {field: found, head: 结果, kind: number, compute: "COMPUTE"}
"""


@pytest.mark.parametrize("expression", FUNCTIONS)
def test_functions_over_rows_are_functions_over_columns_too(
    make_template: MakeTemplate, expression: str
) -> None:
    folder = make_template(TABLE.replace("COMPUTE", expression))
    assert lint_template(folder) == ()
    layout, templates = load_template(folder).layout({}), Templates([folder])
    row = {"name": "甲", "sources": [{"planned": 2}, {}, {"planned": 5}]}
    data = fill_form(write_form(layout, UNIT), {"plan": [row]}, templates)
    values = computed(read_submission(data, templates))
    assert values["plan[0].found"] == FUNCTIONS[expression]


def test_a_cell_computes_with_those_beside_it_in_its_own_columns(
    make_template: MakeTemplate,
) -> None:
    cells = "[{field: planned, kind: money}, {field: half, kind: number, compute: planned / 2}]"
    text = TABLE.replace("[{field: planned, kind: money}]", cells).replace("count: 3", "count: 6")
    folder = make_template(text.replace("COMPUTE", "sum(sources, half)"))
    assert lint_template(folder) == ()
    layout, templates = load_template(folder).layout({}), Templates([folder])
    row = {"sources": [{"planned": 2}, {"planned": 5}]}
    data = fill_form(write_form(layout, UNIT), {"plan": [row]}, templates)
    assert computed(read_submission(data, templates)) == {
        "plan[0].sources[0].half": 1, "plan[0].sources[1].half": Decimal("2.5"),
        "plan[0].found": Decimal("3.5"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("            among: sources\n", "", 17, "one of count"),
        ("            for_each: sources\n", "", 17, "for_each"),
        ("for_each: sources\n", "for_each: 来源\n", 17, "来源"),
        ("for_each: sources\n", "for_each: sources\n            count: 3\n", 17, "one of count"),
        ("among: sources\n", "among: sourcs\n", 18, "sources"),
        ("sum(sources, planned)", "sum(source, planned)", 20, "source"),
        ("sum(sources, planned)", "sum(sources, plannd)", 20, "plannd"),
        ("sum(sources, planned)", "distinct(sources, name)", 20, "columns of a row"),
        ("kind: money}]", "kind: money, total: true}]", 19, "foot"),
        ("kind: money}]", "asked_when: name == '甲'}]", 19, "asked_when"),
        ("        rows: 2\n", "        rows: 2\n        foot: {field: all}\n", 14, "total: true"),
        ("{width: 10, count: 3}", "{width: 10, count: 2}", 11, "over the 4 columns"),
    ],
)
def test_what_is_wrong_with_such_columns_is_named(
    make_template: MakeTemplate, old: str, new: str, line: int, said: str
) -> None:
    text = TABLE.replace("COMPUTE", "sum(sources, planned)")
    text = text.replace(
        "          - for_each: sources\n", "          -\n            for_each: sources\n"
    )
    assert old in text
    faults = lint_template(make_template(text.replace(old, new)))
    told = [(fault.line, fault.message("en")) for fault in faults]
    assert any(number == line and said in message for number, message in told), told


# -- office and Python


@pytest.mark.office
def test_office_and_python_agree_on_sums_over_columns(
    office: Office, tmp_path: FilePath, layout: Layout, templates: Templates
) -> None:
    compare(office, tmp_path, layout, templates, 30)


@pytest.mark.office
@pytest.mark.parametrize("suffix", ["xlsx", "xls", "ods"])
def test_what_is_typed_comes_back_and_is_added_up_by_an_office(
    office: Office, tmp_path: FilePath, layout: Layout, templates: Templates, suffix: str
) -> None:
    blank, returned = tmp_path / "blank.xlsx", tmp_path / f"returned.{suffix}"
    blank.write_bytes(write_form(layout, UNIT))
    cells = {"B2": "道路养护", "B6": "10.1", "C6": "5.55", "D6": "20", "F6": "1.25", "B7": "0.2",
             "B8": "1", "D8": "7"}  # fmt: skip
    towns = {"A4": "桥", "B4": "3", "C4": "50%", "D4": "4", "A5": "涵洞", "G5": "1.5"}
    typed = office.type_into(
        blank,
        [
            *(("用款计划", cell, text) for cell, text in cells.items()),
            *(("乡镇", cell, text) for cell, text in towns.items()),
        ],
        returned,
    )
    assert not [one for one in typed if one.protected]
    submission = read_submission(returned.read_bytes(), templates)
    assert submission.findings == ()
    assert computed(submission) == FOLLOWS
    checked = check_submission(submission)
    assert [one.code for one in checked.findings if one.code == "computed_differs"] == []
