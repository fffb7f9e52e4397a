"""Merging: order does not matter, what is left out is never counted, sums are exact."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
import simplejson
from openpyxl import load_workbook

from ptxl import api, jobs
from ptxl.check.submission import check_file_name, check_submission
from ptxl.documents.document import load_answers
from ptxl.merge.merger import Merger
from ptxl.merge.rows import LeftOut, UnitSummary
from ptxl.merge.summarise import judge, summarise
from ptxl.model.errors import OutputError
from ptxl.model.form import Unit
from ptxl.model.layout import Layout
from ptxl.model.submission import CheckedSubmission
from ptxl.template import load_template
from tests.conftest import SAMPLES, UNIT, MakeTemplate, submit
from tests.sample_county import County, make_county


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> County:
    return make_county(tmp_path_factory.mktemp("county"))


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
    assert demo.merged.totals["total"] == expected


def left_out_files(demo: County) -> list[str]:
    return [left.file for left in demo.merged.left_out]


def test_the_json_holds_the_same_and_names_the_cell_of_every_amount(demo: County) -> None:
    county = simplejson.loads(demo.json.read_text(encoding="utf-8"), use_decimal=True)
    amounts = [p["funds"]["total"] for unit in county["units"] for p in unit["projects"]]
    assert sum(Decimal(str(a["value"])) for a in amounts) == demo.merged.totals["total"]
    assert all(a["sheet"] and a["cell"] for a in amounts)
    assert county["counts"]["units"] == len(county["units"])
    assert len(county["left_out"]) == 2


def test_order_of_files_does_not_matter(demo: County) -> None:
    files = [path for path, _ in api.find_files([demo.returned])]
    random.Random(7).shuffle(files)
    again = api.merge(files, demo.workbook.with_name("again.xlsx"))
    assert again.totals == demo.merged.totals
    assert again.counts == demo.merged.counts


def test_the_same_form_counts_once(demo: County) -> None:
    file, _ = next(api.find_files([demo.returned]))
    outcome = judge(api.check(file))
    merger = Merger()
    assert isinstance(merger.add(outcome), UnitSummary)
    second = merger.add(outcome)
    assert isinstance(second, LeftOut)
    assert [finding.code for finding in second.findings] == ["duplicate_unit"]


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
    (project,) = summarise(check_submission(submission)).projects
    assert project.amounts["total"].value == Decimal("4.8301")


def test_a_form_of_one_project_needs_no_list(tiny: Layout) -> None:
    answers = {"name": "甲", "funds.total": "5", "indicators[0].level3": "次数"}
    unit = summarise(check_submission(submit(tiny, dict(answers))))
    assert [project.name for project in unit.projects] == ["甲"]
    assert unit.total("total") == Decimal(5)
    assert [row.project for row in unit.indicators] == ["甲"]


def test_one_unit_counts_once_whatever_its_parameters(tmp_path: Path) -> None:
    answers = load_answers(SAMPLES / "county" / "answers" / "101001.json")
    for projects in (3, 5):
        parameters = {"projects": projects}
        (form,) = api.generate("hebei-department", [UNIT], tmp_path / "f", parameters=parameters,
                               overwrite=True)  # fmt: skip
        api.fill(form, answers, tmp_path / "in" / f"{projects}.xlsx")
    merged = api.merge([tmp_path / "in"], tmp_path / "county.xlsx")
    assert merged.counts["units"] == 1
    assert merged.left_out[0].findings[0].code == "duplicate_unit"


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
    (found,) = left.findings
    assert (found.code, found.facts["differing"]) == ("duplicate_differs", 2)
    for language in ("zh", "en"):
        message = found.message(language)
        assert all(name in message for name in ("101001 清源县教育局", "in/a.xlsx", "in/b.xlsx"))


def test_the_form_of_another_unit_is_not_counted_silently(tmp_path: Path) -> None:
    (form,) = api.generate("hebei-department", [UNIT], tmp_path / "form")
    misnamed = tmp_path / "in" / "102002_清源县人民医院.xlsx"
    api.fill(form, load_answers(SAMPLES / "county" / "answers" / "101001.json"), misnamed)
    assert [one.code for one in api.check(misnamed).findings] == ["file_name_differs"]
    merged = api.merge([tmp_path / "in"], tmp_path / "county.xlsx")
    ((file, found),) = merged.misnamed
    assert file == f"in/{misnamed.name}"
    assert misnamed.name in found.message()
    assert "101001 清源县教育局" in found.message()


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


def test_amounts_without_a_column_are_named_everywhere(demo: County) -> None:
    unmerged = {(amount.template, str(amount.field)): amount for amount in demo.merged.unmerged}
    assert {field for _, field in unmerged} == {
        "projects[].own_funds.total", "projects[].own_funds.fiscal", "projects[].own_funds.other",
        "projects[].period_funds.total", "projects[].period_funds.fiscal",
        "projects[].period_funds.other", "department.budget.basic", "department.budget.project",
    }  # fmt: skip
    expected = Decimal(0)
    wrong = {path.name.partition("_")[0] for path in map(Path, left_out_files(demo))}
    for path in (SAMPLES / "county" / "answers").glob("*.json"):
        if path.stem not in wrong:
            for project in simplejson.loads(path.read_text(encoding="utf-8")).get("projects", []):
                expected += Decimal(project.get("own_funds", {}).get("total") or 0)
    own = unmerged["county-project", "projects[].own_funds.total"]
    assert own.total == expected > 0
    told = simplejson.loads(demo.json.read_text(encoding="utf-8"), use_decimal=True)["unmerged"]
    assert {(one["template"], one["field"]) for one in told} == set(unmerged)
    rows = load_workbook(demo.workbook)["未汇总的金额"].iter_rows(min_row=4, values_only=True)
    assert {(row[1], row[3]): (row[4], row[5]) for row in rows} == {
        key: (amount.count, float(amount.total)) for key, amount in unmerged.items()
    }


def test_a_note_is_no_basis(make_template: MakeTemplate) -> None:
    layout = load_template("henan-department").layout({})
    rows = {path.rpartition(".")[0] for path in layout.fields if path.endswith(".note")}
    row = min(rows)
    unit = summarise(check_submission(submit(layout, {f"{row}.note": "说明"})))
    assert [(one.basis, one.note) for one in unit.indicators] == [("", "说明")]


def test_a_workbook_is_named_as_one(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="xlsx"):
        api.merge([], tmp_path / "汇总.xls")
    assert not list(tmp_path.iterdir())


def test_an_unreadable_file_among_many_is_reported_and_the_rest_merged(demo: County) -> None:
    folder = demo.returned.parent / "mixed"
    folder.mkdir()
    good, _ = next(api.find_files([demo.returned]))
    (folder / good.name).write_bytes(good.read_bytes())
    (folder / "坏.xlsx").write_bytes(b"PK\x03\x04 cut short")
    merged = api.merge([folder], folder / "out" / "county.xlsx")
    assert merged.counts["units"] == 1
    (left,) = merged.left_out
    assert left.findings[0].code == "unreadable"


def test_answers_of_the_county_stay_readable() -> None:
    for path in (SAMPLES / "county" / "answers").glob("*.json"):
        assert load_answers(path)["unit"]["code"] == path.stem


def test_two_years_are_never_added_up(tmp_path: Path) -> None:
    unit, folder = Unit(code="101001", name="甲局"), tmp_path / "returned"
    (new,) = api.generate("ningxia-project", [unit], folder / "a", parameters={"year": 2026})
    (old,) = api.generate("ningxia-project", [unit], folder / "b", parameters={"year": 2025})
    first, second = judge(summary_of(new)), judge(summary_of(old))
    merger = Merger()
    assert isinstance(merger.add(first), UnitSummary)
    left = merger.add(second)
    assert isinstance(left, LeftOut)
    assert [one.code for one in left.findings] == ["other_round"]
    assert "--set year=2025" in left.findings[0].message("zh")
    told = Merger({"year": "2025"})
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
