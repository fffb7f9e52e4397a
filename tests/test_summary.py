"""The summary of a county: its data sheets, in any language; formulas name sheets in quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import simplejson
from openpyxl import load_workbook

from ptxl import api
from ptxl.check.submission import check_submission
from ptxl.documents.document import load_answers
from ptxl.merge.alike import AcrossUnits
from ptxl.merge.figures import Tally
from ptxl.merge.rows import in_sum_unit
from ptxl.merge.summarise import summarise
from ptxl.merge.views import View
from ptxl.model.errors import TemplateError
from ptxl.model.form import Unit
from ptxl.read import read_submission
from ptxl.summary.collection import About, Collection
from ptxl.summary.lines import Lines
from ptxl.summary.sheets import DataSheet, bare
from ptxl.summary.standard import Standard
from ptxl.summary.workbook import fill_lines
from ptxl.template import Templates, load_template, shared_constants
from ptxl.text import Raw
from ptxl.values.target_value import TargetValue, split_paths
from ptxl.values.ticks import BETWEEN, ticks_in
from ptxl.words import LANGUAGES, Language, Speaker
from tests.broken import good_form, goods
from tests.conftest import SAMPLES, MakeTemplate, submit
from tests.sample_county import County

CHINESE = re.compile("[\u4e00-\u9fff]")


def sheets_of(language: Language) -> Iterator[DataSheet]:
    return Standard(Tally(), Speaker(language, money="万元"), "表").sheets()


@pytest.mark.parametrize("sheet", [*sheets_of("zh")], ids=lambda sheet: sheet.key)
def test_columns_are_known_by_their_keys_and_the_printed_ones_come_first(sheet: DataSheet) -> None:
    keys = [column.key for column in sheet.columns]
    assert len(keys) == len(set(keys))
    assert sheet.printed == sheet.columns[: len(sheet.printed)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_of_sheets_fit_every_program(language: Language) -> None:
    names = [sheet.name for sheet in sheets_of(language)]
    assert len({name.lower() for name in names}) == len(names)
    assert all(len(name) <= 31 for name in names)


def test_every_word_of_the_workbook_is_in_the_language_asked_for(tmp_path: Path) -> None:
    book = load_workbook(_empty(tmp_path, "en"))
    texts = [str(cell.value) for sheet in book for row in sheet for cell in row if cell.value]
    assert not any(map(CHINESE.search, [*book.sheetnames, *texts]))
    assert CHINESE.search(load_workbook(_empty(tmp_path, "zh"))["单位汇总"]["A1"].value)


def _empty(folder: Path, language: Language) -> Path:
    api.merge([], folder / "county.xlsx", language=language)
    return folder / "county.xlsx"


def test_sums_of_units_are_formulas_over_the_projects(demo: County) -> None:
    book = load_workbook(demo.workbook)
    units = book["单位汇总"]
    letter = _letter(units, "资金总额")
    formulas = [units[f"{letter}{row}"].value for row in range(5, units.max_row + 1)]
    assert sum(str(one).startswith("=SUMIFS('项目明细'!$") for one in formulas) >= 10
    total = units[f"{letter}3"].value
    assert total == f"=SUBTOTAL(109,${letter}$5:${letter}${units.max_row})"


def _letter(sheet: Any, heading: str) -> str:
    (found,) = (cell.column_letter for cell in sheet[4] if cell.value == heading)
    return str(found)


@pytest.mark.parametrize("case", goods(), ids=lambda case: case.name)
def test_every_answer_of_a_published_table_stands_in_a_line(case: Path, tmp_path: Path) -> None:
    checked = check_submission(read_submission(good_form(case), Templates()))
    unit = summarise(checked)
    carried = {(answer.sheet, answer.cell) for answer in unit.answers}
    layout = checked.submission.layout
    ticks = ticks_in(layout)
    # What lies over several cells is one answer.
    split = {cell for cells in split_paths(layout).values() for cell in cells}
    split |= {cell for one in ticks.values() for cell in one.cells.values()}
    asked = [path for path in checked.values if path not in split]
    assert {checked.submission.where(path) for path in asked} <= carried
    ticked = {path: one.answer(checked.values) for path, one in ticks.items()}
    answered = {answer.path: answer.value for answer in unit.answers}
    assert {path: BETWEEN.join(words) for path, words in ticked.items() if words}.items() <= (
        answered.items()
    )
    with Collection(tmp_path, About()) as taken, Lines(tmp_path) as lines:
        taken.add(View(unit))
        sheets = fill_lines(lines, taken, AcrossUnits())
        shown = [str(shown_of(value)) for sheet in sheets if isinstance(sheet, DataSheet)
                 for line in lines.of(sheet)
                 for value in line.values()]  # fmt: skip
    text = "\n".join(shown)
    for answer in unit.answers:
        asks, value = unit.asked[answer.name], answer.value
        if asks.summed and isinstance(value, Decimal):
            value = in_sum_unit(value, asks)
        assert str(shown_of(value)) in text, answer.path


def shown_of(value: object) -> object:
    value = bare(value)
    if isinstance(value, TargetValue):
        return value.raw
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value


def test_a_finding_names_rule_and_place_in_json(demo: County) -> None:
    county = simplejson.loads(demo.json.read_text(encoding="utf-8"))
    found = [one for left in county["left_out"] for one in left["findings"]]
    found += [one for unit in county["units"] for one in unit["findings"]]
    assert found
    for one in found:
        assert {"code", "severity", "title", "message"} <= set(one)
        assert all(one.values())


def test_a_merge_shows_what_units_have_in_common(tmp_path: Path) -> None:
    units = [Unit(code=f"10{n}", name=f"单位{n}") for n in (1, 2)]
    case = load_answers(SAMPLES / "good" / "county-2024-project-2" / "answers.json")
    for form in api.generate("county-project", units, tmp_path / "f", parameters={"projects": 1}):
        (project,) = case["projects"]
        answers = {"projects": [{**project, "department": None, "unit": None}]}
        api.fill(form, answers, tmp_path / "in" / form.name)
    workbook, json = tmp_path / "county.xlsx", tmp_path / "county.json"
    merged = api.merge([tmp_path / "in"], workbook, json=json)
    assert [one.code for one in merged.across.found] == ["same_text_elsewhere"] * 2
    told = simplejson.loads(json.read_text(encoding="utf-8"))["across"]
    assert [(one["units"], one["projects"]) for one in told] == [(2, 2)] * 2
    assert {place["cell"] for one in told for place in one["places"]} == {"D9", "D11"}
    rows = list(load_workbook(workbook)["各单位对照"].iter_rows(min_row=5, values_only=True))
    assert [row[4:6] for row in rows] == [(2, 2)] * 2
    assert all("项目1!D" in str(row[6]) for row in rows)


def test_a_county_sets_thresholds_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "_rules" / "across.yaml"
    file.parent.mkdir()
    monkeypatch.setenv("PTXL_TEMPLATES", str(tmp_path))
    file.write_text("about: 本县\nconstants: {times: 3}\nrules: []\n", encoding="utf-8")
    assert shared_constants("across")["times"] == 3


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


def test_amounts_in_units_that_are_no_money_are_never_added_to_money(
    make_template: MakeTemplate, tmp_path: Path
) -> None:
    body = """\
        sheets:
          - name: 表
            for_each: projects
            count: 1
            columns: [10, 10]
            rows:
              - [名称, {{field: name}}]
              - [总额, {{field: funds.total, kind: money, unit: {unit}}}]
    """
    with Collection(tmp_path, About()) as taken, Lines(tmp_path) as lines:
        for number, unit in enumerate(("万元", "KSh", "亿元"), 1):
            known = "元" if unit == "KSh" else unit
            head = f"id: t{number}\nedition: '1'\ntitle: 表\nabout: 表\n"
            layout = load_template(make_template(body.format(unit=known), head)).layout({})
            answers: dict[str, Raw] = {
                "projects[0].name": "甲", "projects[0].funds.total": "12.5"
            }  # fmt: skip
            summary = summarise(check_submission(submit(layout, answers)))
            asked = {name: replace(one, unit=unit) if one.unit else one
                     for name, one in summary.asked.items()}  # fmt: skip
            taken.add(View(replace(summary, asked=asked)))
        sheets = fill_lines(lines, taken, AcrossUnits())
        (projects,) = (sheet for sheet in sheets if sheet.key == "projects")
        assert isinstance(projects, DataSheet)
        shown = [bare(line["funds.total"]) for line in lines.of(projects)]
    assert shown == [Decimal("12.5"), "12.5 KSh", Decimal(125000)]
    assert projects.totals["funds.total"].value == Decimal("125012.5")


def test_numbers_and_days_of_a_department_are_told_among_its_texts(
    make_template: MakeTemplate,
) -> None:
    body = """\
        sheets:
          - name: 表
            columns: [10, 10]
            rows:
              - [人数, {field: department.staff, kind: integer, unit: 人}]
              - [日期, {field: department.day, kind: date}]
    """
    layout = load_template(make_template(body)).layout({})
    answers: dict[str, Raw] = {"department.staff": "12", "department.day": "2026-3-1"}
    rows = View(summarise(check_submission(submit(layout, answers)))).texts
    assert [(row.label, row.text) for row in rows] == [("人数", "12人"), ("日期", "2026-03-01")]
