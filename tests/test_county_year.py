"""The sample county goes through a whole year: targets, monitoring, adjustment, self-evaluation.

Its units fill in five kinds of target form; what is typed later lies in `samples/county`. Every
figure of the last workbooks is followed to the cell of the form that it was typed into, and what
was approved to the cell of the first form: workbooks are opened, and their cells compared.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from ptxl import api
from ptxl.cells import parse_cell
from ptxl.read import Workbook, open_workbook
from ptxl.renew.follow import Approved
from ptxl.summary.year_json import year_json
from tests.conftest import ROOT, SAMPLES, Figures
from tests.sample_county import County

COUNTY = SAMPLES / "county"
YEAR = {"year": 2026}
#: who sends the later forms: of each kind of target form one
SENDERS = ["101002", "105001", "108001", "205001"]
DEPARTMENT = "107001"
#: what the self-evaluation prints of a project, by what that is called in the forms before
CARRIED = {"planned.fiscal": "funds.fiscal", "planned.other": "funds.other", "name": "name"}


@dataclass(frozen=True)
class Stage:
    """The forms of a stage, those that came back, and the JSON of their summary."""

    folder: Path

    @property
    def json(self) -> Path:
        return self.folder / "county.json"

    @property
    def workbook(self) -> Path:
        return self.folder / "county.xlsx"

    def merged(self) -> Stage:
        api.merge([self.folder / "returned"], self.workbook, json=self.json)
        return self

    def book(self, file: str) -> Workbook:
        return opened(self.folder / "returned" / Path(file).name)


@cache
def opened(path: Path) -> Workbook:
    return open_workbook(path.read_bytes())


class CountyYear:
    """A folder for each stage of the year."""

    def __init__(self, folder: Path, demo: County) -> None:
        self.folder = folder
        self.targets = self._targets(demo)
        self.monitoring = self._later("monitoring", ["project-monitoring"], [self.targets])
        self.adjustment = self._later("adjustment", ["project-adjustment"], [self.targets])
        self.evaluation = self._later(
            "evaluation",
            ["project-self-evaluation", "department-self-evaluation"],
            [self.targets, self.adjustment],
        )
        self.stages = [self.targets, self.monitoring, self.adjustment, self.evaluation]
        files = [stage.json for stage in self.stages]
        lines = api.read_year(files)
        self.rows: list[dict[str, Any]] = json.loads(
            json.dumps(year_json([str(path) for path in files], lines)["rows"])
        )
        self.workbook = folder / "year.xlsx"
        api.write_year(files, lines, self.workbook, "zh")

    def _targets(self, demo: County) -> Stage:
        """What came back, with the form that its unit has corrected."""
        stage = Stage(self.folder / "targets")
        shutil.copytree(demo.returned, stage.folder / "returned")
        (wrong,) = (stage.folder / "returned").glob("105001_*.xlsx")
        right = stage.folder / "right.xlsx"
        api.fill(wrong, COUNTY / "corrections" / "105001.json", right)
        right.replace(wrong)
        return stage.merged()

    def _later(self, name: str, templates: Sequence[str], before: Sequence[Stage]) -> Stage:
        """Forms that print what was approved last, filled in with what lies in the sample."""
        stage = Stage(self.folder / name)
        (stage.folder / "returned").mkdir(parents=True)
        for template in templates:
            approved: dict[str, Approved] = {}
            for one in before:
                if template == "project-self-evaluation" or one is self.targets:
                    approved |= api.read_approved(one.json, template)
            known = {"projects": 0} if template.startswith("project") else {}
            forms = api.generate(template, [one.unit for one in approved.values()],
                                 stage.folder / "forms", approved=approved,
                                 parameters={**YEAR, **known})  # fmt: skip
            for form in forms:
                answers = COUNTY / name / f"{form.name[:6]}.json"
                if answers.is_file():
                    api.fill(form, answers, stage.folder / "returned" / form.name)
        return stage.merged()


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory, demo: County) -> CountyYear:
    return CountyYear(tmp_path_factory.mktemp("year"), demo)


def codes(folder: Path) -> list[str]:
    return sorted(path.name[:6] for path in folder.glob("*.xlsx"))


def row_of(year: CountyYear, code: str, name: str) -> dict[str, Any]:
    (row,) = (row for row in year.rows if (row["unit"]["code"], row["name"]) == (code, name))
    return row


# -- forms


def test_all_units_get_the_forms_that_follow_theirs(year: CountyYear) -> None:
    """Whatever form their projects were approved in; one whose targets are wrong gets none."""
    with_projects = [code for code in codes(year.targets.folder / "returned")
                     if code not in (DEPARTMENT, "202001")]  # fmt: skip
    assert codes(year.monitoring.folder / "forms") == with_projects
    assert codes(year.adjustment.folder / "forms") == with_projects
    assert codes(year.evaluation.folder / "forms") == sorted([*with_projects, DEPARTMENT])
    assert codes(year.evaluation.folder / "returned") == sorted([*SENDERS, DEPARTMENT])


def test_what_is_sent_has_nothing_wrong(year: CountyYear) -> None:
    paths = [path for stage in year.stages[1:] for path in (stage.folder / "returned").iterdir()]
    assert len(paths) == 4 + 2 + 5
    for path in paths:
        assert [found.message("en") for found in api.check(path).findings] == []


def test_the_self_evaluation_prints_what_is_approved_after_the_adjustment(year: CountyYear) -> None:
    (form,) = (year.evaluation.folder / "forms").glob("108001_*.xlsx")
    first, second, third = api.document(api.read(form))["projects"]
    values = {row["level3"]: row["value"]["raw"] for row in first["indicators"]}
    assert (len(values), values["完成矿山修复面积"]) == (10, "≥620亩")
    assert first["annual_goal"].startswith("2026年完成废弃矿山生态修复620亩")
    assert "绩效目标调整表" in first["approved"]
    assert "组织培训演练次数" not in {row["level3"] for row in second["indicators"]}
    assert len(second["indicators"]) == 7
    assert third["indicators"][-1]["value"]["raw"] == "≥4台"


# -- changes

#: the goal of the project that has an adjusted one, by its hectares
GOAL = "2026年完成废弃矿山生态修复{}亩，治理边坡6处，栽植苗木3.5万株，验收合格率达到100%。"


def test_adjusted_dropped_and_added_indicators_have_reason_document_and_day(
    year: CountyYear,
) -> None:
    told = {row["name"]: row["changes"] for row in year.rows if row["changes"]}
    mining, station = ("清财绩〔2026〕18号", "2026-10-12"), ("清财绩〔2026〕21号", "2026-10-26")
    expected = {
        "完成矿山修复面积": (
            "adjusted", "≥700亩", "≥620亩",
            "汛期比常年早一个月，两处坡面停工，80亩转入下年实施", *mining,
        ),
        "组织培训演练次数": ("dropped", "＝3次", "", "培训演练并入县应急管理局统一组织", *mining),
        "移交档案查询终端": ("added", "", "≥4台", "招标节余资金用于配备查询终端", *mining),
        "送戏下乡演出场次": ("adjusted", "70场", "60场", "剧团改制，两个月停演", *station),
        "历史遗留矿山生态修复项目": ("adjusted", GOAL.format(700), GOAL.format(620), None, *mining),
    }  # fmt: skip
    keys = ("what", "before", "now", "reason", "document", "date")
    assert {name: [tuple(one[key] for key in keys) for one in changes]
            for name, changes in told.items()} == {
        name: [change] for name, change in expected.items()
    }  # fmt: skip
    assert {one["stage"] for changes in told.values() for one in changes} == {3}


def test_the_page_shows_what_the_command_says(year: CountyYear) -> None:
    page = (ROOT / "docs" / "year.md").read_text(encoding="utf-8")
    assert f"项目和指标共 {len(year.rows)} 行，{len(year.stages)} 个阶段" in page
    for row in year.rows:
        for change in row["changes"]:
            told = (row["name"], change["before"], change["now"], change["reason"] or "")
            called = row["name"] + ("/年度总体目标" if change["answer"] else "")
            (line,) = (one for one in page.splitlines() if f"{called}：" in one)
            assert all(text in line for text in told)
            assert f"{change['document']}；{change['date']}" in line
    assert len(list((year.monitoring.folder / "forms").iterdir())) == 12
    assert "已生成 12 份表单：monitoring/forms" in page


def test_the_workbook_says_why_beside_what_was_changed(year: CountyYear) -> None:
    head, *rows = table(year, "分阶段对照", "绩效指标")
    row = next(one for one in rows if one[2] == "完成矿山修复面积")
    told = dict(zip(head, row, strict=True))
    assert (told["指标值"], told["调整后指标值"], told["实际完成值"]) == (
        "≥700亩", "≥620亩", "635亩",
    )  # fmt: skip
    assert told["调整"] == "由≥700亩调整为≥620亩"
    assert told["调整原因（批准文号、日期）"] == (
        "汛期比常年早一个月，两处坡面停工，80亩转入下年实施（清财绩〔2026〕18号；2026-10-12）"
    )


# -- every figure


def table(year: CountyYear, sheet: str, heading: str) -> list[list[Any]]:
    """The rows of a table of the year's workbook, from the one with a heading on."""
    rows = [list(row) for row in load_workbook(year.workbook)[sheet].iter_rows(values_only=True)]
    first = next(number for number, row in enumerate(rows) if heading in row)
    return [row for row in rows[first:] if row[0] is not None or heading in row or row[2]]


def at(book: Workbook, place: str) -> object:
    """What a cell of a workbook holds."""
    sheet, cell = place.rsplit("!", 1)
    where = parse_cell(cell)
    assert where, place
    return book.grid(sheet)[where[0]][where[1]]


def same(text: str, held: object) -> bool:
    """Whether a cell holds a figure, or the text, or of a value that is split over cells the part
    that is its number."""
    try:
        if Decimal(text) == Decimal(str(held).removesuffix("%")):
            return True
    except InvalidOperation:
        pass
    return str(held).strip() in (text, *re.findall(r"[0-9.]+", text))


def answers_of(year: CountyYear) -> Iterator[tuple[Stage, dict[str, Any], str]]:
    """Every stage of every row, with the names of what has a cell there."""
    for row in year.rows:
        for stage, held in zip(year.stages, row["stages"], strict=True):
            for name in held["cells"] if held else ():
                yield stage, held, name


def test_every_answer_of_the_year_stands_in_the_cell_that_is_named(
    year: CountyYear, figures: Figures
) -> None:
    count = 0
    for stage, held, name in answers_of(year):
        cell = at(stage.book(held["file"]), held["cells"][name])
        assert same(held["answers"][name], cell), (held["file"], held["cells"][name], name)
        count += 1
    assert count > 2500
    figures(f"the sample county's year: {count} figures are led back to the cells of its forms")


def test_every_value_that_is_scored_leads_to_the_cell_in_which_it_was_approved_first(
    year: CountyYear,
) -> None:
    """The last adjustment if there was one, else the target form."""
    led = {"targets": 0, "adjustment": 0}
    for row in year.rows:
        target, _, adjusted, scored = row["stages"]
        if scored is None or "value" not in scored["cells"]:
            continue
        change = next(iter(row["changes"]), None)
        stage, held = (year.adjustment, adjusted) if change else (year.targets, target)
        if change:
            assert held["cells"]["value"] == held["cells"]["adjusted.value"]
        cell = at(stage.book(held["file"]), held["cells"]["value"])
        assert same(scored["answers"]["value"], cell), row["name"]
        assert scored["answers"]["value"] == held["answers"]["value"]
        led[stage.folder.name] += 1
    assert led == {"targets": 98 + 29 - 3, "adjustment": 3}


def test_budgets_names_and_goals_lead_to_the_target_forms(year: CountyYear) -> None:
    led = 0
    for row in year.rows:
        target, _, adjusted, scored = row["stages"]
        if scored is None or row["project"] or not row["name"]:
            continue
        book = year.targets.book(target["file"])
        for name, before in CARRIED.items():
            if name in scored["cells"]:
                cell = at(book, target["cells"][before])
                assert same(scored["answers"][name], cell), (row["name"], name)
                led += 1
        goals = sorted(name for name in target["cells"] if name.startswith(("goals", "annual_")))
        approved = "\n".join(str(at(book, target["cells"][name])) for name in goals)
        if "adjusted.annual_goal" in (adjusted or {"cells": ()})["cells"]:
            place = adjusted["cells"]["adjusted.annual_goal"]
            approved = str(at(year.adjustment.book(adjusted["file"]), place))
        assert scored["answers"]["annual_goal"] == approved
    assert led > 12 * 2


def test_every_figure_of_the_years_workbook_is_one_of_a_form(year: CountyYear) -> None:
    """Both sheets; those of the rows were compared with the forms above."""
    columns = {
        "指标值": (0, "value"), "已完成情况": (1, "actual"), "全年预计完成情况": (1, "forecast"),
        "原因说明": (1, "reason"), "调整后指标值": (2, "adjusted.value"),
        "实际完成值": (3, "actual"), "分值": (3, "weight"), "得分": (3, "score"),
        "偏差原因分析及改进措施": (3, "reason"),
    }  # fmt: skip
    head, *lines = table(year, "分阶段对照", "绩效指标")
    ((project, changed),) = (
        (one[1], one[head.index("调整")]) for one in lines if one[2] == "（整体）"
    )
    assert (project, changed) == ("历史遗留矿山生态修复项目", "年度总体目标已调整")
    lines = [one for one in lines if one[2] != "（整体）"]
    assert set(head) == {"单位", "项目", "绩效指标", "调整", "调整原因（批准文号、日期）", *columns}
    indicators = [row for row in year.rows if "level3" in first_of(row)["answers"]]
    assert len(lines) == len(indicators) > 300
    for line, row in zip(lines, indicators, strict=True):
        assert line[2] == row["name"]
        for heading, (stage, name) in columns.items():
            shown, held = line[head.index(heading)], row["stages"][stage]
            text = (held or {"answers": {}})["answers"].get(name)
            assert text is None if shown in (None, "", "—") else same(text, shown), (row, heading)

    _, *projects = table(year, "自评情况", "执行率")
    scored = [
        row for row in year.rows if "total_score" in (row["stages"][3] or first_of(row))["answers"]
    ]
    assert len(projects) == len(scored) == 13
    for line, row in zip(projects, scored_in_order(scored), strict=True):
        said = row["stages"][3]["answers"]
        funds = said.get("funds.total") or said["budget.total"]
        spent = said.get("executed.total") or said["budget.executed.total"]
        texts = (funds, spent, said["execution_rate"], said["total_score"])
        rate = Decimal(str(line[5])) * 100
        assert [Decimal(text) for text in texts] == [
            Decimal(str(line[3])), Decimal(str(line[4])), rate, Decimal(str(line[6])),
        ]  # fmt: skip
        assert (line[0], line[7]) == (row["unit"]["code"], said["grade"])


def first_of(row: dict[str, Any]) -> dict[str, Any]:
    """What a row holds in the first stage that has it."""
    held: dict[str, Any] = next(filter(None, row["stages"]))
    return held


def scored_in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Departments stand behind projects."""
    return sorted(rows, key=lambda row: not row["name"])


def test_the_summary_of_the_self_evaluation_holds_the_same_scores(year: CountyYear) -> None:
    units = json.loads(year.evaluation.json.read_text(encoding="utf-8"))["units"]
    checked = 0
    for unit in units:
        book = year.evaluation.book(unit["file"])
        for path, place in unit["cells"].items():
            value = answer_at(unit["answers"], path)
            text = value["raw"] if isinstance(value, dict) else str(value)
            assert same(text, at(book, place)), (unit["file"], path)
            checked += 1
    assert checked > 1000


def answer_at(answers: Any, path: str) -> Any:
    for step in path.replace("[", ".").replace("]", "").split("."):
        answers = answers[int(step) if step.isdigit() else step]
    return answers
