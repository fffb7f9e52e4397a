"""Two units go through a year in which one sends its target form once more, adjusted.

One indicator is dropped, one adjusted, one added; every figure of the last form leads back to the
first one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from ptxl import api
from ptxl.cells import parse_cell
from ptxl.cli.main import cli
from ptxl.inspection.rulebook import inspect_parts
from ptxl.model.form import Unit
from ptxl.read import Workbook, open_workbook
from tests.office import Office
from tests.packages import parts

UNITS = (
    Unit(code="105001", name="清源县民政局", department="清源县民政局"),
    Unit(code="103001", name="清源县农业农村局", department="清源县农业农村局"),
)
Row = tuple[str, str, str, str]
COST: Row = ("成本指标", "经济成本指标", "每人次补贴", "≤60元")
MEALS: Row = ("产出指标", "数量指标", "送餐份数", "≥12000份")
QUALITY: Row = ("产出指标", "质量指标", "服务合格率", "≥95%")
COMPLAINTS: Row = ("效益指标", "社会效益指标", "投诉次数", "≤3次")
CONTENT: Row = ("满意度指标", "服务对象满意度指标", "服务对象满意度", "≥90%")
VISITS: Row = ("产出指标", "数量指标", "上门探访次数", "≥500次")
APPROVED = (COST, MEALS, QUALITY, COMPLAINTS, CONTENT)
#: complaints are no target any more, fewer meals are, visits come to them
ADJUSTED = (COST, (*MEALS[:3], "≥9000份"), QUALITY, CONTENT, VISITS)
YEAR = {"year": 2026}


def targets(unit: Unit, rows: Sequence[Row]) -> dict[str, Any]:
    names = ("level1", "level2", "level3", "value")
    project = {
        "code": f"P{unit.code}", "name": "居家养老服务", "department": unit.department,
        "unit": unit.name, "nature": "延续项目", "period": "2026年",
        "funds": {"total": 72, "fiscal": 60, "other": 12},
        "annual_goal": "为居家老年人送餐12000份，服务合格率95%以上，满意度90%以上。",
        "indicators": [dict(zip(names, row, strict=True)) for row in rows],
    }  # fmt: skip
    return {"projects": [project]}


def monitored(document: Mapping[str, Any]) -> dict[str, Any]:
    """What a unit fills in in August, by the ids of the rows."""
    (project,) = document["projects"]
    done = ("58元", "5000份", "96%", "1次", "93%")
    expected = ("58元", "12000份", "96%", "2次", "93%")
    rows = [
        {"id": row["id"], "actual": now, "forecast": then, "likely": "确定能"}
        for row, now, then in zip(project["indicators"], done, expected, strict=True)
    ]
    money = {"executed": {"fiscal": 31, "other": 6}, "forecast": {"fiscal": 60, "other": 12}}
    return {"projects": [{"id": project["id"], **money, "indicators": rows}]}


def evaluated(document: Mapping[str, Any]) -> dict[str, Any]:
    """What a unit fills in in spring."""
    (project,) = document["projects"]
    found = {
        "每人次补贴": ("58元", 10, 10, None), "送餐份数": ("8100份", 30, 27, "两个月停餐改造厨房"),
        "服务合格率": ("96%", 20, 20, None), "服务对象满意度": ("93%", 10, 10, None),
        "上门探访次数": ("520次", 20, 20, None),
    }  # fmt: skip
    rows = []
    for row in project["indicators"]:
        actual, weight, score, reason = found[row["level3"]]
        rows.append(
            {"id": row["id"], "actual": actual, "weight": weight, "score": score, "reason": reason}
        )
    return {
        "projects": [
            {
                "id": project["id"],
                "funds": {"fiscal": 60, "other": 12},
                "executed": {"fiscal": 60, "other": 10},
                "outcome": "送餐8100份，探访520次，合格率96%，满意度93%。",
                "indicators": rows,
            }
        ]
    }


class Year:
    """A folder with a round of each stage, and the JSON of its summary."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        targets_of = {unit.code: targets(unit, APPROVED) for unit in UNITS}
        self.targets = self.first("1-targets", targets_of)
        self.monitoring = self.next("2-monitoring", "project-monitoring", self.targets, monitored)
        # What is changed in the year is approved anew: the unit sends its form once more.
        adjusted = {**targets_of, UNITS[0].code: targets(UNITS[0], ADJUSTED)}
        self.adjusted = self.first("3-adjusted", adjusted)
        self.evaluation = self.next(
            "4-evaluation", "project-self-evaluation", self.adjusted, evaluate_any
        )

    def first(self, name: str, answers: Mapping[str, Any]) -> Path:
        forms = api.generate("national-project", UNITS, self.folder / name / "forms",
                             parameters={**YEAR, "projects": 1})  # fmt: skip
        return self.collected(name, forms, lambda form: answers[form.name[:6]])

    def next(
        self, name: str, template: str, earlier: Path, answer: Callable[[Any], dict[str, Any]]
    ) -> Path:
        forms = api.generate(template, UNITS, self.folder / name / "forms", parameters=YEAR,
                             approved=api.read_approved(earlier, template))  # fmt: skip
        return self.collected(name, forms, lambda form: answer(api.document(api.read(form))))

    def collected(self, name: str, forms: Sequence[Path], answers: Callable[[Path], Any]) -> Path:
        home = self.folder / name
        (home / "returned").mkdir()
        for form in forms:
            filled = home / "returned" / form.name
            api.fill(form, answers(form), filled)
            assert [found.message("en") for found in api.check(filled).findings
                    if found.severity == "error"] == []  # fmt: skip
        api.merge([home / "returned"], home / "county.xlsx", json=home / "county.json")
        return home / "county.json"

    @property
    def stages(self) -> list[Path]:
        return [self.targets, self.monitoring, self.adjusted, self.evaluation]


def evaluate_any(document: Mapping[str, Any]) -> dict[str, Any]:
    """The second unit, of which nothing was adjusted, has other points."""
    if document["unit"]["code"] == UNITS[0].code:
        return evaluated(document)
    (project,) = document["projects"]
    rows = [
        {"id": row["id"], "actual": done, "weight": points, "score": points}
        for row, done, points in zip(
            project["indicators"], ("58元", "12300份", "96%", "2次", "93%"), (10, 30, 20, 20, 10),
            strict=True,
        )
    ]  # fmt: skip
    money = {"funds": {"fiscal": 60, "other": 12}, "executed": {"fiscal": 60, "other": 12}}
    return {
        "projects": [{"id": project["id"], **money, "outcome": "送餐12300份。", "indicators": rows}]
    }


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Year:
    return Year(tmp_path_factory.mktemp("year"))


def joined(year: Year) -> dict[str, Any]:
    target = year.folder / "year.json"
    arguments = ["--lang", "en", "year", *map(str, year.stages), "-o", str(target)]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    return {"said": result.output.splitlines(), **document}


@pytest.fixture(scope="module")
def workbook(year: Year) -> Path:
    """The workbook of the year."""
    target = year.folder / "year.xlsx"
    arguments = ["--lang", "zh", "year", *map(str, year.stages), "-o",
                 str(year.folder / "rows.json"), "--workbook", str(target)]  # fmt: skip
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    return target


def test_stages_stand_side_by_side(workbook: Path) -> None:
    sheet = load_workbook(workbook)["分阶段对照"]
    rows = [list(row) for row in sheet.iter_rows(min_row=4, values_only=True)]
    head = [str(cell) for cell in rows[0]]
    meals = next(row for row in rows if row[2] == "送餐份数" and row[0] == UNITS[0].name)
    told = dict(zip(head, meals, strict=True))
    assert told == {
        "单位": "清源县民政局", "项目": "居家养老服务", "绩效指标": "送餐份数",
        "指标值": "≥12000份",
        "已完成情况": "5000份", "全年预计完成情况": "12000份", "调整后指标值": "≥9000份",
        "实际完成值": "8100份", "分值": 30, "得分": 27,
        "偏差原因分析及改进措施": "两个月停餐改造厨房", "调整": "由≥12000份调整为≥9000份",
    }  # fmt: skip
    changes = {row[2]: row[-1] for row in rows[1:] if row[0] == UNITS[0].name}
    assert (changes["投诉次数"], changes["上门探访次数"]) == ("取消：≤3次", "新增：≥500次")


@pytest.mark.office
def test_grades_are_counted_by_formulas_beside_a_chart(workbook: Path, office: Office) -> None:
    sheet = load_workbook(workbook)["自评情况"]
    assert sheet["A2"].value == "已自评的项目 2 个，平均 98.36 分"
    ((shown,),) = office.compute(workbook, [("自评情况", "A4:C4")])
    assert shown == ["优", 2.0, 1.0]
    rows = [list(row) for row in sheet.iter_rows(min_row=10, values_only=True)]
    assert [(row[0], row[2], row[6], row[7]) for row in rows[:2]] == [
        ("103001", "居家养老服务", 100, "优"), ("105001", "居家养老服务", 96.72, "优"),
    ]  # fmt: skip
    drawing = parts(workbook.read_bytes())["xl/drawings/drawing1.xml"].decode()
    assert "柱形图，各等级的项目数，数字见左边的表。优 2" in drawing
    assert "xl/charts/chart1.xml" in parts(workbook.read_bytes())
    assert not inspect_parts(parts(workbook.read_bytes()))[1]


def test_what_was_dropped_adjusted_and_added_is_said(year: Year) -> None:
    said = joined(year)["said"]
    at = year.adjusted
    about = "105001 清源县民政局  居家养老服务/"
    assert said[:3] == [
        f"{about}送餐份数: adjusted from “≥12000份” to “≥9000份” ({at})",
        f"{about}投诉次数: dropped ({at})  ≤3次",
        f"{about}上门探访次数: added ({at})  ≥500次",
    ]
    assert said[3].startswith("projects and indicators: 13, in 4 stages")


def test_rows_are_joined_by_ids_through_all_stages(year: Year) -> None:
    rows = {row["name"]: row for row in joined(year)["rows"] if row["unit"]["code"] == "105001"}
    present = {name: [stage is not None for stage in row["stages"]] for name, row in rows.items()}
    assert present["送餐份数"] == [True, True, True, True]
    assert present["投诉次数"] == [True, True, False, False]
    assert present["上门探访次数"] == [False, False, True, True]
    meals = [stage["answers"] for stage in rows["送餐份数"]["stages"]]
    assert [one["value"] for one in meals] == ["≥12000份", "≥12000份", "≥9000份", "≥9000份"]
    assert (meals[1]["actual"], meals[3]["actual"], meals[3]["score"]) == ("5000份", "8100份", "27")
    assert rows["居家养老服务"]["stages"][3]["answers"]["total_score"] == "96.72"


def test_every_figure_leads_back_to_the_cell_of_the_form_that_was_approved(year: Year) -> None:
    """What the last form prints stands in a cell of the first one, which is opened here."""
    books: dict[Path, Workbook] = {}
    led = 0
    for row in joined(year)["rows"]:
        last, approved = row["stages"][3], row["stages"][2]
        if last is None:
            continue
        for name in {"level3", "value", "name"} & last["cells"].keys():
            path = year.adjusted.parent / approved["file"]
            book = books.setdefault(path, open_workbook(path.read_bytes()))
            sheet, cell = approved["cells"][name].split("!")
            # Of a value that is split over cells that is the one of its number.
            assert text_at(book, sheet, cell) in last["answers"][name]
            led += 1
    assert led == 2 * (5 * 2 + 1)


def text_at(book: Workbook, sheet: str, cell: str) -> str:
    at = parse_cell(cell)
    assert at
    return str(book.grid(sheet)[at[0]][at[1]])


def test_the_scores_of_the_year_stand_in_the_summary(year: Year) -> None:
    units = json.loads(year.evaluation.read_text(encoding="utf-8"))["units"]
    totals = {unit["unit"]["code"]: unit["answers"]["projects"][0] for unit in units}
    assert {code: (one["total_score"], one["grade"]) for code, one in totals.items()} == {
        "105001": (96.72, "优"), "103001": (100, "优"),
    }  # fmt: skip
    assert Decimal(str(totals["105001"]["execution_rate"])) == Decimal("97.22")
