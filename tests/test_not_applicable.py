"""A summary says 不适用 of what other answers, or the roster, say that is not asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from ptxl import api
from ptxl.model.form import Unit
from ptxl.words import Language

TEMPLATE = """\
id: forms-with-conditions
edition: "2026"
title: 有条件填报的表
about: 试
lists:
  kinds: [新增项目, 延续项目]
  results: [达到, 未达到]
sheets:
  - name: "项目{{ number }}"
    for_each: projects
    count: 2
    columns: [14, 18, 30, 20]
    rows:
      - - 项目名称
        - {field: name, required: true}
        - 项目属性
        - {field: nature, kind: choice, among: kinds, level: 1, required: true}
      - - 上年金额
        - {field: before, kind: money, asked_when: nature == '延续项目'}
        - 学生人数
        - {field: pupils, kind: integer, asked_when: unit.type == 'school'}
      - - 备注
        - {field: remark, across: 3}
      - table: indicators
        layout: free
        rows: 3
        columns:
          - {field: level3, head: 指标, required: true}
          - {field: value, head: 指标值, kind: target, required: true}
          - {field: result, head: 完成, kind: choice, among: results, level: 1}
          - {field: reason, head: 原因, asked_when: result == '未达到'}
      - table: canteens
        asked_when: unit.type == 'school'
        layout: free
        rows: 2
        columns:
          - {field: dishes, head: 菜, kind: integer}
"""
SUMMARY = """\
about: 试
sheets:
  - print: projects
    name: 官方表
    columns: [8, 20, 12, 12, 12, 20, 20]
    head: [[序号, 项目, 上年金额, 学生人数, 备注, 指标, 原因]]
    for_each: indicators
    row: [number, name, before, pupils, remark, indicators.level3, indicators.reason]
  - others
"""
SCHOOL = Unit(code="101001", name="清源县第一中学", more={"type": "school"})
BUREAU = Unit(code="103001", name="清源县档案馆")
ANSWERS: list[tuple[Unit, Any]] = [
    (SCHOOL, {"projects": [{
        "name": "操场", "nature": "延续项目",
        "indicators": [{"level3": "面积", "value": "≥800平方米", "result": "未达到"}],
    }]}),
    (BUREAU, {"projects": [{
        "name": "库房", "nature": "新增项目",
        "indicators": [{"level3": "面积", "value": "≥80平方米", "result": "达到"},
                       {"level3": "档案", "value": "≥900卷", "result": "未达到", "reason": "雨"}],
    }]}),
]  # fmt: skip
#: what stands in the official table, from the name of the project on, in both languages
LINES: dict[Language, list[list[str | None]]] = {
    "zh": [
        ["操场", "未填", "未填", "未填", "面积", "未填"],
        ["库房", "不适用", "不适用", "未填", "面积", "不适用"],
        [None, None, None, None, "档案", "雨"],
    ],
    "en": [
        ["操场", "blank", "blank", "blank", "面积", "blank"],
        ["库房", "not applicable", "not applicable", "blank", "面积", "not applicable"],
        [None, None, None, None, "档案", "雨"],
    ],
}


@pytest.fixture
def returned(tmp_path: Path) -> Path:
    """The forms of both units, filled in; the template lies beside them."""
    template = tmp_path / "forms-with-conditions"
    template.mkdir()
    (template / "template.yaml").write_text(TEMPLATE, encoding="utf-8")
    (template / "summary.yaml").write_text(SUMMARY, encoding="utf-8")
    terms = api.Terms(templates=api.Templates([template]))
    folder = tmp_path / "returned"
    paths = api.generate(template, [unit for unit, _ in ANSWERS], tmp_path / "forms")
    for path, (_, answers) in zip(paths, ANSWERS, strict=True):
        api.fill(path, answers, folder / path.name, terms=terms)
    return folder


def merged(returned: Path, language: Language) -> Path:
    """The summary of the forms; its JSON lies beside it."""
    terms = api.Terms(templates=api.Templates([returned.parent / "forms-with-conditions"]))
    workbook = returned.parent / "county.xlsx"
    api.merge([returned], workbook, json=workbook.with_suffix(".json"), language=language,
              terms=terms)  # fmt: skip
    return workbook


@pytest.mark.parametrize("language", ["zh", "en"])
def test_official_tables_and_lists_say_what_is_not_asked(
    returned: Path, language: Language
) -> None:
    book = load_workbook(merged(returned, language), data_only=True)
    rows = [list(row) for row in book["官方表"].iter_rows(min_row=2, values_only=True)]
    assert [row[1:7] for row in rows[:3]] == LINES[language]
    listed = [cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
    assert listed.count(LINES[language][1][1]) > 3


def test_the_json_of_a_summary_names_what_is_not_asked(returned: Path) -> None:
    document = json.loads(merged(returned, "zh").with_suffix(".json").read_text(encoding="utf-8"))
    school, bureau = document["units"]
    assert "not_asked" not in school
    assert bureau["not_asked"] == [
        "projects[0].before", "projects[0].canteens", "projects[0].indicators[0].reason",
        "projects[0].pupils",
    ]  # fmt: skip
