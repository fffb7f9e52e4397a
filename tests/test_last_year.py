"""A form beside what its unit sent last year: what is copied, what fell, and 三公经费 that grew."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ptxl.check.submission import check_submission, type_values
from ptxl.cli.main import cli
from ptxl.last_year import LastYear, read_last_year
from ptxl.merge.summarise import summarise
from ptxl.model.findings import Finding
from ptxl.model.form import Unit
from ptxl.renew.fill import answered_form, fill_form
from ptxl.template import load_template
from ptxl.write.stencil import write_form
from tests.broken import TEMPLATES
from tests.conftest import SAMPLES

Answers = dict[str, Any]
ROWS = {
    "培训教师人数": ("数量指标", "≥300人"),
    "培训合格率": ("质量指标", "≥95%"),
    "培训完成时间": ("时效指标", "{year}年11月底前"),
    "公务接待费": ("成本指标", "≤2万元"),
}
GOAL = "培训骨干教师300人，培训合格率达到95%，{year}年秋季学期前全部上岗。"


def answers(year: int, **values: str) -> Answers:
    """The form of one unit with one project; `values` are other target values by name."""
    rows = [
        {"level1": "产出指标", "level2": level2, "level3": name,
         "value": values.get(name, value).format(year=year),
         "description": f"{name}的统计数", "basis": f"{name}的往年数"}
        for name, (level2, value) in ROWS.items()
    ]  # fmt: skip
    project = {
        "code": f"P{year}", "name": f"{year}年教师培训",
        "funds": {"total": "30", "fiscal": "30"},
        "purpose": "师资、食宿", "goals": [GOAL.format(year=year)], "indicators": rows,
        "plan": [{"percent": percent} for percent in ("0", "30", "80", "100")],
    }  # fmt: skip
    return {
        "form": {
            "template": "hebei-department",
            "parameters": {"year": year, "department": False, "projects": 1},
        },
        "unit": {"code": "201001", "name": "青山县教育局"},
        "projects": [project],
    }


def found(now: Answers, *before: Answers) -> dict[str, Finding]:
    """What is said of a form beside earlier ones, by code."""
    last = LastYear()
    for one in before:
        last.add(summarise(type_values(answered_form(one, TEMPLATES, "上年.xlsx")[0])))
    submission, _ = answered_form(now, TEMPLATES, "本年.xlsx")
    return {one.code: one for one in last.findings(check_submission(submission))}


def changed(form: Answers, **texts: object) -> Answers:
    """The same with other answers of its project."""
    other = deepcopy(form)
    other["projects"][0].update(texts)
    return other


OTHERWISE = {
    "培训教师人数": "≥320人", "培训合格率": "≥96%", "公务接待费": "≤1.5万元",
}  # fmt: skip


def test_a_form_that_only_changed_the_year_is_copied_in_texts_and_values() -> None:
    said = found(answers(2026), answers(2025))
    assert set(said) == {"copied_from_last_year", "values_same_as_last_year"}
    copied, same = said["copied_from_last_year"], said["values_same_as_last_year"]
    assert (copied.path, copied.cell) == ("projects[0].goals[0]", "C9")
    assert "项目1!C9" in copied.message()
    assert same.facts["count"] == 4
    assert [path.rpartition(".")[2] for path in same.looks_at] == ["value"] * 4


def good(case: str, year: int) -> Answers:
    """A published form, as if of that year."""
    form: Answers = json.loads((SAMPLES / "good" / case / "answers.json").read_text("utf-8"))
    form["form"]["parameters"]["year"] = year
    return form


def test_a_value_split_over_cells_is_pointed_at_where_its_amount_stands() -> None:
    case = "national-2026-project-1"
    same = found(good(case, 2026), good(case, 2025))["values_same_as_last_year"]
    assert (same.path, same.cell) == ("projects[0].indicators[0].value.amount", "E13")
    assert "项目1!E13" in same.message()
    assert {path.rpartition(".")[2] for path in same.looks_at} == {"amount"}


def test_a_goal_that_a_form_asks_for_in_two_columns_is_copied_once() -> None:
    case = "county-2024-project-3"
    copied = found(good(case, 2024), good(case, 2023))["copied_from_last_year"]
    assert copied.facts["count"] == 1
    assert copied.looks_at == ("projects[0].goals[0]", "projects[0].own_goals[0]")


def test_a_form_written_anew_is_not() -> None:
    goal = "培训骨干教师320人，培训合格率达到96%，2026年秋季学期前全部上岗。"
    assert found(changed(answers(2026, **OTHERWISE), goals=[goal]), answers(2025)) == {}


@pytest.mark.parametrize(
    ("name", "before", "now", "code"),
    [
        ("培训合格率", "≥95%", "≥90%", "below_last_year"),
        ("培训合格率", "95%", "≥90%", "below_last_year"),
        ("培训合格率", "≥95%", "≥97%", ""),
        ("培训教师人数", "≥300人", "≥200人", "below_last_year"),
        ("培训教师人数", "≥300人", "≥20期", ""),
        ("公务接待费", "≤2万元", "≤2.5万元", "reception_costs_grow"),
        ("公务接待费", "≤20000元", "≤2.5万元", "reception_costs_grow"),
        ("公务接待费", "≤2万元", "≤15000元", ""),
    ],
)
def test_values_that_fall_and_costs_that_grow(name: str, before: str, now: str, code: str) -> None:
    said = found(answers(2026, **OTHERWISE | {name: now}), answers(2025, **{name: before}))
    said.pop("copied_from_last_year")
    assert set(said) == ({code} if code else set())
    if code:
        row = list(ROWS).index(name)
        assert said[code].path == f"projects[0].indicators[{row}].value"
        assert all(text in said[code].message() for text in (before, now, f"项目1!E{14 + row}"))


def test_a_number_may_fall_with_the_money_and_a_rate_may_not() -> None:
    less = changed(answers(2026, 培训教师人数="≥200人"), funds={"total": "20", "fiscal": "20"})
    assert "below_last_year" not in found(less, answers(2025))
    rate = changed(answers(2026, 培训合格率="≥90%"), funds={"total": "20", "fiscal": "20"})
    assert "below_last_year" in found(rate, answers(2025))


def test_a_project_of_reception_may_not_grow() -> None:
    before = changed(answers(2025), name="公务接待经费", code="P1")
    now = changed(before, funds={"total": "32.5", "fiscal": "32.5"})
    now["form"] = answers(2026)["form"]
    said = found(now, before)["reception_costs_grow"]
    assert said.path == "projects[0].funds.total"
    assert "32.5万元" in said.message()
    assert "30万元" in said.message()


@pytest.mark.parametrize("years", [(2026,), (2027,), ()])
def test_forms_of_the_same_year_and_later_ones_are_no_last_year(years: tuple[int, ...]) -> None:
    assert found(answers(2026), *map(answers, years)) == {}


def test_of_several_years_the_latest_before_counts() -> None:
    said = found(answers(2026, 培训合格率="≥93%"), answers(2025, 培训合格率="≥90%"), answers(2024))
    assert "below_last_year" not in said


def test_another_unit_or_project_is_not_compared_with() -> None:
    other = answers(2025)
    other["unit"]["code"] = "201002"
    assert found(answers(2026), other) == {}
    assert found(changed(answers(2026), name="校舍维修"), answers(2025)) == {}


def workbook(form: Answers) -> bytes:
    layout = load_template(form["form"]["template"]).layout(form["form"]["parameters"])
    return fill_form(write_form(layout, Unit(**form["unit"])), form, TEMPLATES)


def run(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["--lang", "en", *map(str, words)])
    return done.exit_code, done.stdout + done.stderr


@pytest.fixture
def years(tmp_path: Path) -> Mapping[str, Path]:
    """Folders of returned workbooks: one of last year, with a file that is none, and one of now."""
    folders = {name: tmp_path / name for name in ("last", "now")}
    for folder, year in zip(folders.values(), (2025, 2026), strict=True):
        folder.mkdir()
        (folder / "201001.xlsx").write_bytes(workbook(answers(year)))
    (folders["last"] / "damaged.xlsx").write_bytes(b"PK")
    return folders


@pytest.mark.slow
def test_a_county_sets_its_own_thresholds(years: Mapping[str, Path], tmp_path: Path) -> None:
    local = tmp_path / "local.yaml"
    local.write_text("constants: {shortest_text: 500, fewest_values: 5}\n", encoding="utf-8")
    for own in ([], ["--local", local]):
        _, said = run("check", years["now"], "--codes", "--last", years["last"], *own)
        assert "last year's forms to compare with: 1\n" in said
        assert ("copied_from_last_year" in said) == (not own)
        assert ("values_same_as_last_year" in said) == (not own)


def test_check_takes_a_folder_and_the_json_of_read_and_merge(
    years: Mapping[str, Path], tmp_path: Path
) -> None:
    last = years["last"]
    _, said = run("check", years["now"], "--codes", "--last", last)
    assert "last year's forms to compare with: 1\n" in said
    assert "are not compared with: 1 (last/damaged.xlsx)" in said
    assert "hint (copied_from_last_year)" in said
    run("read", last / "201001.xlsx", "-o", tmp_path / "read.json")
    run("read", last / "201001.xlsx", "-o", tmp_path / "read.jsonl")
    run(
        "merge",
        last / "201001.xlsx",
        "-o",
        tmp_path / "county.xlsx",
        "--json",
        tmp_path / "merged.json",
    )
    for name in ("read.json", "read.jsonl", "merged.json"):
        _, said = run("check", years["now"], "--codes", "--last", tmp_path / name)
        assert "hint (values_same_as_last_year)" in said, name


def test_a_document_that_fits_no_form_is_named_and_the_others_are_compared(tmp_path: Path) -> None:
    good, other = answers(2025), answers(2025)
    other["unit"]["code"], other["projects"][0]["unknown"] = "201002", "x"
    path = tmp_path / "read.json"
    path.write_text(json.dumps([other, good]), encoding="utf-8")
    last = read_last_year(path)
    assert (last.count, last.unread) == (1, ["read.json: 201002"])
