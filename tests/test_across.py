"""Units side by side: copied texts, outlying values, projects of one name measured otherwise."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import simplejson
from openpyxl import load_workbook

from ptxl import api
from ptxl.check.submission import check_submission
from ptxl.documents.document import load_answers
from ptxl.layout.identity import identify
from ptxl.merge.compare_units import Across, Crossed, Thresholds
from ptxl.merge.rows import UnitSummary
from ptxl.merge.summarise import summarise
from ptxl.model.errors import TemplateError
from ptxl.model.form import Unit
from ptxl.model.layout import Layout
from ptxl.model.submission import Entry, Submission, as_issued
from ptxl.template import load_template, shared_constants
from tests.conftest import ROOT, SAMPLES, MakeTemplate

THRESHOLDS = Thresholds.of(shared_constants("across"))
LAYOUT = load_template("county-project").layout({"projects": 2})
FILE = "in/10{n}_单位{n}_2026年部门项目支出预算绩效目标表.xlsx"
GOAL = "建设一支拉得出、用得上、打得赢的网络评论队伍"


def summary(
    code: str,
    answers: Mapping[str, str],
    layout: Layout = LAYOUT,
    others: Mapping[str, str] | None = None,
) -> UnitSummary:
    """What a unit's form adds to a summary: answers of its first project, and others by path."""
    texts = {**{f"projects[0].{path}": text for path, text in answers.items()}, **(others or {})}
    unit = Unit(code=code, name=f"单位{code}")
    submission = Submission(
        source=f"{code}.xlsx",
        identity=identify(layout, unit),
        whereabouts=as_issued(layout),
        entries={path: Entry(text) for path, text in texts.items()},
    )
    return summarise(check_submission(submission))


def crossed(*forms: UnitSummary) -> list[Crossed]:
    across = Across(THRESHOLDS)
    for form in forms:
        across.add(form)
    return list(across.findings())


def codes(*forms: UnitSummary) -> list[str]:
    return [one.finding.code for one in crossed(*forms)]


def test_a_text_that_stands_in_two_units_names_both_places() -> None:
    first = summary("101", {"name": "甲", "goals[0]": GOAL})
    second = summary("102", {"name": "乙", "goals[1]": f" {GOAL}"})
    (one,) = crossed(second, first)  # whatever comes in first
    assert (one.unit, one.finding.code, one.source.file) == (
        "102 单位102", "same_text_elsewhere", "102.xlsx",
    )  # fmt: skip
    assert (one.finding.place(), one.other.file, one.other.cell) == ("项目1!D10", "101.xlsx", "D9")
    for language in ("zh", "en"):
        message = one.finding.message(language)
        assert "101.xlsx 项目1!D9" in message
        assert "单位101" in message
        assert "{" not in message


@pytest.mark.parametrize(
    "forms",
    [
        [("101", {"goals[0]": GOAL, "goals[1]": GOAL})],  # one unit
        [("101", {"goals[0]": GOAL}), ("101", {"goals[0]": GOAL})],
        [("101", {"goals[0]": "保障正常运转"}), ("102", {"goals[0]": "保障正常运转"})],  # short
        [("101", {"goals[0]": GOAL}), ("102", {"goals[0]": f"{GOAL}伍"})],
        [("101", {"goals[0]": f"《方案》{GOAL}"}), ("102", {"goals[0]": f"《方案》{GOAL}"})],
        [("101", {"own_goals[0]": GOAL}), ("102", {"own_goals[0]": GOAL})],  # says it again
    ],
)
def test_other_texts_are_no_copies(forms: list[tuple[str, dict[str, str]]]) -> None:
    assert codes(*(summary(code, answers) for code, answers in forms)) == []


def test_a_basis_counts_as_text() -> None:
    layout = load_template("hebei-department").layout({"department": False, "projects": 1})
    basis = "根据近三年实际完成情况的平均数并考虑本年度增量测算"
    forms = [summary(c, {"indicators[2].basis": basis}, layout) for c in ("101", "102", "103")]
    assert [(one.unit[:3], one.finding.cell) for one in crossed(*forms)] == [
        ("102", "G16"), ("103", "G16"),
    ]  # fmt: skip


def values(*raws: str, name: str = "培训次数") -> list[UnitSummary]:
    return [
        summary(f"{101 + index}", {"indicators[0].level3": name, "indicators[0].value": raw})
        for index, raw in enumerate(raws)
    ]


def test_a_value_far_from_the_median_is_named_with_a_usual_one() -> None:
    (one,) = crossed(*values("2次", "≥3次", "4次", "3次", "41次"))
    assert (one.unit[:3], one.finding.code) == ("105", "value_outlying")
    assert one.other.file == "102.xlsx"
    message = one.finding.message()
    assert "“41次”" in message
    assert "“≥3次”" in message
    assert "中位数是3次" in message
    (low,) = crossed(*values("200次", "300次", "400次", "300次", "20次"))
    assert low.unit[:3] == "105"


@pytest.mark.parametrize(
    ("raws", "name"),
    [
        (["2次", "3次", "4次", "300次"], "培训次数"),  # too few
        (["2次", "3次", "4次", "3次", "30次"], "培训次数"),  # ten times is not more than ten
        (["2次", "3次", "4次", "3次", "300人"], "培训次数"),  # another unit of measure
        (["2万元", "3万元", "4万元", "3万元", "300万元"], "总成本"),  # as large as the project
        (["2次", "3次", "4次", "3次", "0次"], "投诉次数"),  # nothing is no outlier
        (["2次", "3次", "4次", "3次", "有效提升"], "培训次数"),
    ],
)
def test_values_that_are_not_compared(raws: list[str], name: str) -> None:
    assert codes(*values(*raws, name=name)) == []


def test_values_of_one_unit_are_not_compared_with_each_other() -> None:
    rows = {f"indicators[{i}].level3": "培训次数" for i in range(5)}
    rows |= {f"indicators[{i}].value": raw for i, raw in enumerate(["2次"] * 4 + ["300次"])}
    assert codes(summary("101", rows)) == []


def project(code: str, name: str, *indicators: str) -> UnitSummary:
    rows = {f"indicators[{index}].level3": text for index, text in enumerate(indicators)}
    return summary(code, {"name": name, **rows})


def test_projects_of_one_name_should_be_measured_alike() -> None:
    (one,) = crossed(
        project("102", "2026年网评工作经费", "队伍人数", "满意率", "稿件数", "覆盖率"),
        project("101", "网评工作经费", "队伍人数", "培训次数", "发稿量"),
    )
    assert (one.unit[:3], one.finding.place()) == ("102", "项目1!C2")
    assert (one.other.file, one.other.cell) == ("101.xlsx", "C2")
    assert "4项和3项" in one.finding.message()
    assert "只有1项" in one.finding.message()


TWO_ON_A_SHEET = """\
sheets:
  - name: 表
    columns: [20, 20]
    rows:
      - for_each: projects
        count: 2
        rows:
          - [名称, {field: name}]
          - table: indicators
            layout: free
            rows: 2
            columns:
              - {field: level3, head: 三级指标}
              - {field: value, head: 指标值, kind: target}
"""


def test_projects_on_one_sheet_have_each_their_own_indicators(make_template: MakeTemplate) -> None:
    layout = load_template(make_template(TWO_ON_A_SHEET)).layout({})
    answers = {"name": "网评经费", "indicators[0].level3": "人数"}
    other = {"projects[1].name": "专线经费", "projects[1].indicators[0].level3": "次数"}
    first, second = (summary(code, answers, layout, other) for code in ("101", "102"))
    assert [row.owner for row in first.indicators] == ["projects[0]", "projects[1]"]
    assert crossed(first, second) == []
    apart = summary("103", {"name": "网评经费", "indicators[0].level3": "次数"}, layout)
    assert [one.finding.facts["own"] for one in crossed(first, apart)] == [1]


def test_what_is_kept_of_texts_is_the_same_in_every_process() -> None:
    """So that comparisons made in several processes can be added up."""
    code = (
        "from tests.test_across import *;"
        "across = Across(THRESHOLDS);"
        "across.add(project('101', '网评经费', '人数', '次数'));"
        "across.add(summary('102', {'goals[0]': GOAL}));"
        "print(sorted(map(repr, across.__reduce_ex__(4)[2][1].values())))"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=ROOT, capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(printed) == 1


def test_projects_that_share_enough_or_have_other_names() -> None:
    same = (
        project("101", "网评经费", "队伍人数", "培训次数"),
        project("102", "网评经费", "队伍人数"),
    )
    assert codes(*same) == []
    assert codes(project("101", "网评经费", "人数"), project("102", "专线经费", "次数")) == []
    assert codes(project("101", "网评经费", "人数"), project("101", "网评经费", "次数")) == []


def test_nothing_depends_on_the_order_of_files() -> None:
    forms = [
        *values("2次", "3次", "4次", "3次", "300次", "0.1次"),
        *(project(f"2{n}", "网评经费", f"指标{n}甲", f"指标{n}乙") for n in range(3)),
        *(summary(f"3{n}", {"goals[0]": GOAL}) for n in range(3)),
    ]
    found = crossed(*forms)
    assert [one.finding.code for one in found] == [
        *["same_text_elsewhere"] * 2, *["value_outlying"] * 2, *["indicators_differ"] * 2,
    ]  # fmt: skip
    for seed in range(5):
        random.Random(seed).shuffle(forms)
        assert crossed(*forms) == found


def test_a_merge_shows_them_in_workbook_and_json(tmp_path: Path) -> None:
    units = [Unit(code=f"10{n}", name=f"单位{n}") for n in (1, 2)]
    parameters = {"projects": 1}
    case = load_answers(SAMPLES / "good" / "county-2024-project-2" / "answers.json")
    for form in api.generate("county-project", units, tmp_path / "forms", parameters=parameters):
        (project,) = case["projects"]
        answers = {"projects": [{**project, "department": None, "unit": None}]}
        api.fill(form, answers, tmp_path / "in" / form.name)
    workbook, json = tmp_path / "county.xlsx", tmp_path / "county.json"
    merged = api.merge([tmp_path / "in"], workbook, json=json)
    assert merged.counts["across"] == len(merged.across) == 2
    assert (merged.counts["warnings"], merged.counts["hints"]) == (0, 2)
    told = simplejson.loads(json.read_text(encoding="utf-8"))["across"]
    assert {(one["code"], one["file"], one["cell"]) for one in told} == {
        ("same_text_elsewhere", FILE.format(n=2), "D9"),
        ("same_text_elsewhere", FILE.format(n=2), "D11"),
    }
    assert {(one["other"]["file"], one["other"]["cell"]) for one in told} == {
        (FILE.format(n=1), "D9"), (FILE.format(n=1), "D11"),
    }  # fmt: skip
    sheet = load_workbook(workbook)["已汇总的提醒"]
    rows = [row for row in sheet.iter_rows(min_row=4, values_only=True) if row[1]]
    assert [(row[1], row[3]) for row in rows if "一字不差" in str(row[5])] == [
        (FILE.format(n=2), "项目1!D9"), (FILE.format(n=2), "项目1!D11"),
    ]  # fmt: skip


def test_a_county_sets_thresholds_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "_rules" / "across.yaml"
    file.parent.mkdir()
    monkeypatch.setenv("PTXL_TEMPLATES", str(tmp_path))
    file.write_text("about: 本县\nconstants: {times: 3}\nrules: []\n", encoding="utf-8")
    own = Thresholds.of(shared_constants("across"))
    assert (own.times, own.shortest_text) == (3, THRESHOLDS.shortest_text)


@pytest.mark.parametrize("line", ["tims: 3", "times: 三倍", "citing: 规定"])
def test_a_threshold_that_is_none_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    file = tmp_path / "_rules" / "across.yaml"
    file.parent.mkdir()
    monkeypatch.setenv("PTXL_TEMPLATES", str(tmp_path))
    file.write_text(f"about: 本县\nconstants:\n  {line}\nrules: []\n", encoding="utf-8")
    with pytest.raises(TemplateError, match="no such constant"):
        shared_constants("across")
