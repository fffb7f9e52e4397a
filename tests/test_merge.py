"""Merging: order does not matter, what is left out is never counted, sums are exact."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import simplejson
from click.testing import CliRunner
from openpyxl import load_workbook

from ptxl import api, jobs
from ptxl.check.submission import check_file_name, check_submission
from ptxl.cli.main import cli
from ptxl.documents.document import load_answers
from ptxl.merge.figures import project_sums
from ptxl.merge.merger import Merger
from ptxl.merge.rows import LeftOut, UnitSummary
from ptxl.merge.summarise import judge, summarise
from ptxl.merge.views import View
from ptxl.model.errors import OutputError
from ptxl.model.form import Unit
from ptxl.model.layout import Layout
from ptxl.model.path import Path as FieldPath
from ptxl.model.submission import CheckedSubmission
from ptxl.template import load_template
from tests.conftest import SAMPLES, UNIT, MakeTemplate, submit
from tests.sample_county import County


def test_the_sample_county_is_big_and_varied(demo: County) -> None:
    assert sum(demo.issued.values()) >= 12
    assert len(demo.issued) >= 3
    assert demo.merged.counts["left_out"] == 2


def test_totals_match_the_answers_summed_by_other_means(demo: County) -> None:
    """Straight from the answers as typed, without any of ptxl's own reading."""
    wrong = {path.name.partition("_")[0] for path in map(Path, left_out_files(demo))}
    expected = Decimal(0)
    for path in sorted((SAMPLES / "county" / "answers").glob("*.json")):
        if path.stem not in wrong:
            answers = simplejson.loads(path.read_text(encoding="utf-8"))
            for project in answers.get("projects", []):
                expected += Decimal(project["funds"]["total"])
    assert demo.merged.totals["funds.total"].value == expected


def left_out_files(demo: County) -> list[str]:
    return [left.file for left in demo.merged.left_out]


def test_the_json_holds_the_same_and_names_the_cell_of_every_amount(demo: County) -> None:
    county = simplejson.loads(demo.json.read_text(encoding="utf-8"), use_decimal=True)
    projects = [p for unit in county["units"] for p in unit["answers"].get("projects", [])]
    total = sum((Decimal(project["funds"]["total"]) for project in projects), Decimal(0))
    assert total == demo.merged.totals["funds.total"].value == county["totals"]["funds.total"]
    for unit in county["units"]:
        for number, _ in enumerate(unit["answers"].get("projects", [])):
            assert re.fullmatch(
                r"[^!]+![A-Z]+[0-9]+", unit["cells"][f"projects[{number}].funds.total"]
            )
    assert county["counts"]["forms"] == len(county["units"])
    assert len(county["left_out"]) == 2


def test_money_left_out_is_told_cell_by_cell_and_by_projects_with_errors(demo: County) -> None:
    sheet: Any = load_workbook(demo.workbook)["未汇总"]
    heads = {str(cell.value): cell.column - 1 for cell in sheet[4]}
    rows = list(sheet.iter_rows(min_row=5))
    assert len(rows) == 2
    for row in rows:
        places = [place.rpartition("!") for place in str(row[heads["单元格"]].value).split("\n")]
        amount, wrong = row[heads["申报金额"]], row[heads["有错误的项目金额"]]
        assert amount.hyperlink.location == f"'{places[0][0]}'!{places[0][2]}"
        found: Any = load_workbook(demo.workbook.parent / unquote(amount.hyperlink.target))
        values = [found[name][cell].value for name, _, cell in places]
        numbers = [Decimal(str(value)) for value in values if not isinstance(value, str)]
        assert Decimal(str(amount.value)) == sum(numbers, Decimal(0))
        assert wrong.value <= amount.value
        assert 1 <= row[heads["有错误的项目数"]].value <= row[heads["项目数"]].value
        assert wrong.hyperlink.location in {f"'{name}'!{cell}" for name, _, cell in places}


def test_problems_name_their_project(demo: County) -> None:
    rows = list(load_workbook(demo.workbook)["问题清单"].iter_rows(values_only=True))
    severity, project = rows[3].index("程度"), rows[3].index("项目名称")
    assert project == rows[3].index("表") + 1
    assert any(row[severity] == "必须改" for row in rows[4:])
    left = {left.form.code: left for left in demo.merged.left_out if left.form}
    for row in rows[4:]:
        if row[severity] == "必须改":
            names = {one.project for one in left[str(row[rows[3].index("单位编码")])].money}
            assert row[project] in names or "未填名称" in str(row[project])


def test_order_of_files_does_not_matter(demo: County, tmp_path: Path) -> None:
    files = [path for path, _ in api.find_files([demo.returned])]
    random.Random(7).shuffle(files)
    again = api.merge(files, tmp_path / "again.xlsx")
    assert again.totals == demo.merged.totals
    assert again.counts == demo.merged.counts


def test_the_same_form_counts_once(demo: County) -> None:
    file, _ = next(api.find_files([demo.returned]))
    outcome = judge(api.check(file))
    assert isinstance(outcome, UnitSummary)
    merger = Merger(lambda _: outcome)
    assert merger.add(outcome) is outcome
    second = merger.add(outcome)
    assert isinstance(second, LeftOut)
    assert [one.code for one in second.found] == ["duplicate_unit"]


def test_yuan_become_ten_thousand_yuan_exactly(make_template: MakeTemplate) -> None:
    body = """\
        money: 元
        sheets:
          - name: 表
            for_each: projects
            count: 1
            columns: [10, 10]
            rows:
              - [名称, {field: name}]
              - [总额, {field: funds.total, kind: money}]
    """
    layout = load_template(make_template(body)).layout({})
    submission = submit(layout, {"projects[0].name": "甲", "projects[0].funds.total": "48301"})
    unit = summarise(check_submission(submission))
    assert project_sums(unit, View(unit))[FieldPath("funds.total")].value == Decimal("4.8301")


def test_a_form_of_one_project_needs_no_list(tiny: Layout) -> None:
    answers = {"name": "甲", "funds.total": "5", "indicators[0].level3": "次数"}
    unit = summarise(check_submission(submit(tiny, dict(answers))))
    view = View(unit)
    assert [project.text("name") for project in view.projects()] == ["甲"]
    assert project_sums(unit, view)[FieldPath("funds.total")].value == Decimal(5)
    assert [row.project for row in view.indicators] == list(view.projects())


def test_one_unit_counts_once_whatever_its_parameters(tmp_path: Path) -> None:
    answers = load_answers(SAMPLES / "county" / "answers" / "101001.json")
    for projects in (3, 5):
        parameters = {"projects": projects}
        (form,) = api.generate("hebei-department", [UNIT], tmp_path / "f", parameters=parameters,
                               overwrite=True)  # fmt: skip
        api.fill(form, answers, tmp_path / "in" / f"{projects}.xlsx")
    merged = api.merge([tmp_path / "in"], tmp_path / "county.xlsx")
    assert merged.counts["units"] == 1
    assert merged.left_out[0].found[0].code == "duplicate_unit"


def test_no_output_replaces_an_input(tmp_path: Path) -> None:
    (form,) = api.generate("hebei-department", [UNIT], tmp_path)
    before = form.read_bytes()
    for work in (
        lambda: api.merge([form], form),
        lambda: api.merge([form], tmp_path / "a", json=tmp_path / "a"),
        lambda: api.fill(form, {}, form),
        lambda: api.generate("hebei-department", [UNIT], tmp_path, parameters={"projects": 1}),
    ):
        with pytest.raises(OutputError):
            work()
    assert form.read_bytes() == before


def test_a_second_file_of_a_unit_is_named_with_what_differs(tmp_path: Path) -> None:
    (form,) = api.generate("hebei-department", [UNIT], tmp_path / "form")
    answers = load_answers(SAMPLES / "county" / "answers" / "101001.json")
    api.fill(form, answers, tmp_path / "in" / "a.xlsx")
    answers["projects"][0]["name"] += "（修改）"
    answers["projects"][0]["purpose"] += "。"
    api.fill(form, answers, tmp_path / "in" / "b.xlsx")
    (left,) = api.merge([tmp_path / "in"], tmp_path / "county.xlsx").left_out
    (found,) = left.found
    assert found.code == "duplicate_differs"
    for name in ("101001 清源县教育局", "in/a.xlsx", "in/b.xlsx", "2"):
        assert name in found.message


def test_the_form_of_another_unit_is_not_counted_silently(tmp_path: Path) -> None:
    (form,) = api.generate("hebei-department", [UNIT], tmp_path / "form")
    misnamed = tmp_path / "in" / "102002_清源县人民医院.xlsx"
    api.fill(form, load_answers(SAMPLES / "county" / "answers" / "101001.json"), misnamed)
    assert [one.code for one in api.check(misnamed).findings] == ["file_name_differs"]
    merged = api.merge([tmp_path / "in"], tmp_path / "county.xlsx")
    ((file, found),) = merged.misnamed
    assert file == f"in/{misnamed.name}"
    assert misnamed.name in found.message
    assert "101001 清源县教育局" in found.message


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("101001_清源县教育局.xlsx", ""), ("101001.xlsx", ""), ("测试.xlsx", ""),
        ("2026年绩效目标表.xlsx", ""), ("20261128教育局.xlsx", ""), ("1.xlsx", ""),
        ("202611 清源县教育局（定稿）.xlsx", ""), ("102002.xlsx", "102002"),
        ("102002清源县人民医院（新）.xlsx", "102002"), ("102002-医院.xls", "102002"),
    ],
)  # fmt: skip
def test_names_of_files_that_are_those_of_another_unit(name: str, code: str) -> None:
    assert [one.facts["begins"] for one in check_file_name(name, UNIT)] == [code] * bool(code)


def test_every_amount_that_a_template_asks_has_a_column_and_a_total(demo: County) -> None:
    wrong = {path.name.partition("_")[0] for path in map(Path, left_out_files(demo))}
    expected: dict[str, Decimal] = {}
    for path in (SAMPLES / "county" / "answers").glob("*.json"):
        if path.stem not in wrong:
            for project in simplejson.loads(path.read_text(encoding="utf-8")).get("projects", []):
                for group in ("funds", "own_funds", "period_funds"):
                    for name, amount in project.get(group, {}).items():
                        key = f"{group}.{name}"
                        expected[key] = expected.get(key, Decimal(0)) + Decimal(amount or 0)
    assert len(expected) == 9
    assert {name: one.value for name, one in demo.merged.totals.items()} == expected
    sheet = load_workbook(demo.workbook)["项目明细"]
    totals = {cell.value for cell in load_workbook(demo.workbook, data_only=True)["项目明细"][3]}
    assert {float(amount) for amount in expected.values()} <= totals
    assert sum(str(cell.value).startswith("=SUBTOTAL(109,") for cell in sheet[3]) == 10


def test_a_note_is_no_basis(make_template: MakeTemplate) -> None:
    layout = load_template("henan-department").layout({})
    rows = {path.rpartition(".")[0] for path in layout.fields if path.endswith(".note")}
    row = min(rows)
    unit = summarise(check_submission(submit(layout, {f"{row}.note": "说明"})))
    assert [(one.basis, one.note) for one in View(unit).indicators] == [("", "说明")]


def test_a_workbook_is_named_as_one(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="xlsx"):
        api.merge([], tmp_path / "汇总.xls")
    assert not list(tmp_path.iterdir())


def test_an_unreadable_file_among_many_is_reported_and_the_rest_merged(
    demo: County, tmp_path: Path
) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    good, _ = next(api.find_files([demo.returned]))
    (folder / good.name).write_bytes(good.read_bytes())
    (folder / "坏.xlsx").write_bytes(b"PK\x03\x04 cut short")
    merged = api.merge([folder], folder / "out" / "county.xlsx")
    assert merged.counts["units"] == 1
    (left,) = merged.left_out
    assert left.found[0].code == "unreadable"


def test_the_units_that_are_missing_stand_there_with_whom_to_ask(
    demo: County, tmp_path: Path
) -> None:
    roster = tmp_path / "名册.csv"
    roster.write_text(
        "单位编码,单位名称,主管部门,表种,联系人,手机,联系电话\n"
        "999001,没有报来的单位,教育口,部门整体、项目,王芳,13800000000,0311-1234\n"
        "101001,教育局,教育口,部门整体,李强,,\n",
        encoding="utf-8",
    )
    book = tmp_path / "c.xlsx"
    api.merge([demo.returned], book, roster=roster)
    (missing,) = load_workbook(book)["缺报名单"].iter_rows(min_row=5, values_only=True)
    assert missing[2:7] == (
        "999001", "没有报来的单位", "部门整体、项目", "王芳", "0311-1234、13800000000",
    )  # fmt: skip


def test_a_roster_gives_the_order_and_says_who_is_missing(demo: County, tmp_path: Path) -> None:
    units = [
        Unit(code="106001", name="交通运输局", department="交通口"),
        Unit(code="999001", name="没有报来的单位", department="教育口"),
        Unit(code="101001", name="教育局", department="教育口"),
        Unit(code="105001", name="民政局", department="民政口"),
    ]
    book = tmp_path / "c.xlsx"
    merged = api.merge([demo.returned], book, roster=units)
    assert (merged.counts["due"], merged.counts["missing"]) == (4, 1)
    sheet = load_workbook(book)["单位汇总"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5)]
    assert [(row[1], row[2], row[5]) for row in rows][:4] == [
        ("交通口", "106001", "合格"), ("教育口", "999001", "未报"), ("教育口", "101001", "合格"),
        ("民政口", "105001", "须修改"),
    ]  # fmt: skip
    assert rows[4][2] == "101002"  # what stands in no roster comes after it
    (missing,) = load_workbook(book)["缺报名单"].iter_rows(min_row=5, values_only=True)
    assert missing[2:4] == ("999001", "没有报来的单位")


def test_the_command_says_how_many_forms_stand_on_no_roster(demo: County, tmp_path: Path) -> None:
    book, roster = tmp_path / "c.xlsx", tmp_path / "名册.csv"
    roster.write_text("单位编码,单位名称\n101001,教育局\n", encoding="utf-8")
    arguments = ["--lang", "zh", "merge", str(demo.returned), "-o", str(book)]
    told = CliRunner().invoke(cli, [*arguments, "--roster", str(roster)]).stdout
    rows = load_workbook(book)["单位汇总"].iter_rows(min_row=5, values_only=True)
    unasked = [row for row in rows if row[5] == "名册外" and isinstance(row[6], int)]
    assert unasked
    assert f"其中 {len(unasked)} 份不在名册上" in told
    book.unlink()
    assert "名册" not in CliRunner().invoke(cli, arguments).stdout


def test_answers_of_the_county_stay_readable() -> None:
    for path in (SAMPLES / "county" / "answers").glob("*.json"):
        assert load_answers(path)["unit"]["code"] == path.stem


def test_two_years_are_never_added_up(tmp_path: Path) -> None:
    unit, folder = Unit(code="101001", name="甲局"), tmp_path / "returned"
    (new,) = api.generate("ningxia-project", [unit], folder / "a", parameters={"year": 2026})
    (old,) = api.generate("ningxia-project", [unit], folder / "b", parameters={"year": 2025})
    first, second = judge(summary_of(new)), judge(summary_of(old))
    assert isinstance(first, UnitSummary)
    assert isinstance(second, UnitSummary)
    merger = Merger(lambda _: first)
    assert isinstance(merger.add(first), UnitSummary)
    left = merger.add(second)
    assert isinstance(left, LeftOut)
    assert [one.code for one in left.found] == ["other_round"]
    assert "2025" in left.found[0].message
    assert "--set" not in left.found[0].message
    told = Merger(lambda _: first, {"year": "2025"})
    assert isinstance(told.add(first), LeftOut)
    assert isinstance(told.add(second), UnitSummary)


def summary_of(path: Path) -> CheckedSubmission:
    """A blank form, as if all that is required were answered."""
    return replace(api.read(path), findings=())


def test_only_what_is_severe_enough_is_marked(demo: County, tmp_path: Path) -> None:
    hints = next(path for path in demo.returned.iterdir() if path.name.startswith("104001"))
    marked = [
        next(api.each([hints], partial(jobs.report, look=jobs.check, language="zh", mark=least)))
        for least in ("error", "warning", "hint")
    ]
    copies = [isinstance(report, jobs.Report) and bool(report.marked) for report in marked]
    assert copies == [False, False, True]
    errors = next(path for path in demo.returned.iterdir() if path.name.startswith("202001"))
    copy = load_workbook(api.mark(errors, tmp_path, severity="error"))
    rows = copy["审核意见"].iter_rows(values_only=True)
    assert "供参考" not in {cell for row in rows for cell in row}
