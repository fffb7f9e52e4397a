"""Figures that an office has in a spreadsheet are typed into the forms before they go out."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import simplejson

from ptxl import api
from ptxl.documents.document import load_answers
from ptxl.model.errors import AnswersError
from ptxl.model.form import Unit
from ptxl.renew.prefill_table import read_prefill_table
from ptxl.template import load_template
from tests.conftest import SAMPLES
from tests.test_roster import book, text

LAYOUT = load_template("county-project").layout({"projects": 2})
UNITS = [
    Unit(code="101001", name="清源县教育局", department="清源县教育局"),
    Unit(code="101002", name="清源县第一中学", department="清源县教育局"),
]
CODES = [unit.code for unit in UNITS]
ROWS: list[Sequence[object]] = [
    ["2026年已批复项目"],
    ("序号", "单位编码", "单位名称", "项目名称", "funds.total", "财政拨款（含本级和市县）",
     "项目属性"),
    (1, 101001, "清源县教育局", "校舍维修", 120.5, 120.5, "延续项目"),
    (2, 101001, "清源县教育局", "教师培训", "30万元", "", "新增项目"),
    (3, 101002, "清源县第一中学", "实验室", 8, 8, ""),
    ("合计", "", "", "", 158.5),
]  # fmt: skip


def faults(path: Path) -> list[tuple[int, str, str]]:
    with pytest.raises(AnswersError) as error:
        read_prefill_table(path, LAYOUT, CODES)
    return [(fault.line, fault.key, fault.message("zh")) for fault in error.value.faults]


def test_the_rows_of_a_unit_fill_its_projects(tmp_path: Path) -> None:
    path = book(tmp_path / "数据.xlsx", ROWS)
    assert read_prefill_table(path, LAYOUT, CODES) == {
        "101001": {
            "projects": [
                {
                    "name": "校舍维修",
                    "funds": {"total": "120.5", "fiscal": "120.5"},
                    "nature": "延续项目",
                },
                {"name": "教师培训", "funds": {"total": "30万元"}, "nature": "新增项目"},
            ]
        },
        "101002": {"projects": [{"name": "实验室", "funds": {"total": "8", "fiscal": "8"}}]},
    }


def test_forms_are_generated_with_what_a_table_holds(tmp_path: Path) -> None:
    data = text(tmp_path / "数据.csv", [[str(c) for c in row] for row in ROWS], ",", "gb18030")
    first, second = api.generate(
        "county-project", UNITS, tmp_path / "f", parameters={"projects": 2}, prefill=data
    )
    values = api.read(first).values
    assert values["projects[0].funds.total"] == Decimal("120.5")
    assert values["projects[1].funds.total"] == 30
    assert api.read(second).values["projects[0].name"] == "实验室"


def test_all_faults_are_named_with_line_and_column(tmp_path: Path) -> None:
    rows: list[Sequence[object]] = [
        ("单位编码", "项目名称", "funds.total", "项目属性", "预算科目", "项目期"),
        ("101001", "甲", "很多", "旧项目", "", ""),
        ("101001", "乙", 3, "", "", ""),
        ("101001", "丙", 4, "", "", ""),
        ("999", "丁", 5, "", "", ""),
    ]
    found = faults(book(tmp_path / "数据.xlsx", rows))
    assert [(line, column) for line, column, _ in found] == [
        (0, "预算科目"), (2, "funds.total"), (2, "项目属性"), (4, "单位编码"), (5, "单位编码"),
    ]  # fmt: skip
    said = [message for _, _, message in found]
    assert "没有这一项" in said[0]
    assert "应填数字，现为“很多”" in said[1]
    assert "“旧项目”不在下拉选项中" in said[2]
    assert "（共 2 行）" in said[3]
    assert said[4] == "名册里没有编码为“999”的单位"


def test_a_label_of_several_fields_is_asked_for_by_path(tmp_path: Path) -> None:
    layout = load_template("hebei-department").layout({"tasks": 2})
    rows = [("单位编码", "职责活动", "department.tasks[1].goal"), ("101001", "甲", "乙")]
    path = book(tmp_path / "数据.xlsx", rows)
    with pytest.raises(AnswersError) as error:
        read_prefill_table(path, layout, CODES)
    (fault,) = error.value.faults
    assert fault.key == "职责活动"
    assert "department.tasks[0].name" in fault.message("zh")


def test_rows_of_a_unit_that_say_different_things_of_it_are_a_fault(tmp_path: Path) -> None:
    layout = load_template("hebei-department").layout({})
    rows = [
        ("编码", "projects[].name", "department.overall_goal"),
        ("101001", "甲", "目标一"),
        ("101001", "乙", "目标二"),
    ]
    with pytest.raises(AnswersError) as error:
        read_prefill_table(book(tmp_path / "数据.xlsx", rows), layout, CODES)
    (fault,) = error.value.faults
    assert (fault.line, fault.key) == (3, "department.overall_goal")
    assert "目标一" in fault.message("zh")


def last_year(folder: Path) -> dict[str, Any]:
    """What `ptxl read` writes of a form of the year before."""
    case = load_answers(SAMPLES / "good" / "county-2024-project-1" / "answers.json")
    unit, answers = Unit(**case["unit"]), {"projects": case["projects"]}
    parameters = {**case["form"]["parameters"], "year": 2025}
    (form,) = api.generate("county-project", [unit], folder / "old", parameters=parameters)
    api.fill(form, answers, folder / "old.xlsx")
    document: dict[str, Any] = api.document(api.read(folder / "old.xlsx"))
    assert document["form"]["parameters"]["year"] == 2025
    return document


@pytest.mark.parametrize("kind", ["one.json", "list.json", "lines.jsonl", "folder", "noname"])
def test_json_of_last_year_fills_the_form_of_this_year(tmp_path: Path, kind: str) -> None:
    document = last_year(tmp_path)
    unit = Unit(**document["unit"], department="县委网信办（新名）")
    path = tmp_path / kind
    one = simplejson.dumps(document, use_decimal=True)
    if kind == "folder":
        path.mkdir()
        (path / "a.json").write_text(one, encoding="utf-8")
    else:
        path.write_text(f"[{one}]" if kind == "list.json" else f"{one}\n", encoding="utf-8")
    (form,) = api.generate(
        "county-project", [unit], tmp_path / "new", parameters={"year": 2026}, prefill=path
    )
    found = api.document(api.read(form))
    assert found["form"]["parameters"]["year"] == 2026
    (before,), (now,) = document["projects"], found["projects"]
    assert now == {**before, "department": "县委网信办（新名）"}
