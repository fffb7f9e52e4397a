"""The sample county goes through a whole year: targets, monitoring, adjustment, self-evaluation.

The commands are those of the page on a year, run in a shell; what units type lies in
`samples/county`. Every figure of the last workbooks is followed to the cell of the form that it was
typed into, and what was approved to the cell of the first form: workbooks are opened, and their
cells compared.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from ptxl import api
from ptxl.cells import parse_cell
from ptxl.demo import Demo
from ptxl.read import Workbook, open_workbook
from tests.conftest import ROOT, SAMPLES, Figures
from tests.sample_county import round_of_the_demo

COUNTY = SAMPLES / "county"
PAGE = (ROOT / "docs" / "year.md").read_text(encoding="utf-8")
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

    def book(self, file: str) -> Workbook:
        """The returned file of a unit, whatever folder or archive it came in."""
        (path,) = (self.folder / "returned").glob(f"{Path(file).name[:6]}*.xlsx")
        return opened(path)


@cache
def opened(path: Path) -> Workbook:
    return open_workbook(path.read_bytes())


def commands() -> Iterator[tuple[str, list[str]]]:
    """The commands of the page in order, a loop as one, each with what it is shown to print."""
    blocks = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    for shown in re.split(r"^\$ ", "".join(blocks), flags=re.MULTILINE)[1:]:
        first, *lines = shown.splitlines()
        continued = [line for line in lines if line.startswith("> ")]
        printed = [line for line in lines if line not in continued]
        yield "\n".join((first, *(line.removeprefix("> ") for line in continued))), printed


class CountyYear:
    """A folder for each stage of the year, made by the commands of the page."""

    def __init__(self, folder: Path, demo: Demo) -> None:
        self.folder = folder
        (folder / "samples").symlink_to(SAMPLES)
        made, *others = commands()
        assert made == ("ptxl demo targets", [])
        shutil.copytree(demo.where.root, folder / "targets")
        for command, printed in others:
            self._run(command, printed)
        names = ("targets", "monitoring", "adjustment", "evaluation")
        self.stages = [Stage(folder / name) for name in names]
        self.targets, self.monitoring, self.adjustment, self.evaluation = self.stages
        self._take_out_of_the_archive(folder / "targets" / "returned")
        self.rows: list[dict[str, Any]] = json.loads((folder / "year.json").read_text("utf-8"))[
            "rows"
        ]
        self.workbook = folder / "year.xlsx"

    def _run(self, command: str, printed: list[str]) -> None:
        """Run a command in a shell; it succeeds, and prints what the page shows."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        settings = {**os.environ, "PATH": path, "PTXL_LANG": "zh"}
        done = subprocess.run(
            ["bash", "-e", "-c", command], cwd=self.folder, env=settings, capture_output=True,
            text=True, encoding="utf-8", check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        assert printed == [] or done.stdout.splitlines() == printed, command

    def _take_out_of_the_archive(self, folder: Path) -> None:
        """Lay out the forms that counted, of the archive that the closed round left."""
        folder.mkdir()
        (archive,) = (self.folder / "targets").glob("*.zip")
        with zipfile.ZipFile(archive) as packed:
            for name in packed.namelist():
                if name.startswith("采用的表/"):
                    (folder / Path(name).name).write_bytes(packed.read(name))


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> CountyYear:
    return CountyYear(tmp_path_factory.mktemp("year"), round_of_the_demo(tmp_path_factory))


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


#: what is answered by a tick in the cell of its word
TICKED = ("causes", "likely")


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
        answer = "√" if name in TICKED else held["answers"][name]
        assert same(answer, cell), (held["file"], held["cells"][name], name)
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
