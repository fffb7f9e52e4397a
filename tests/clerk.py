"""Answers → keystrokes: which text a clerk types into which cell, told by the printed labels alone.

Knows the official forms as a person knows them, and nothing of ptxl's own layout: cells are found
in the generated workbook beside or below the labels printed there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.office import Entry, beside, column_below

Answers = Any
Typing = Iterator[Entry]

#: the nine categories in the order in which the official forms print them
CATEGORIES = ("数量指标", "质量指标", "时效指标", "成本指标", "经济效益指标", "社会效益指标",
              "生态效益指标", "可持续影响指标", "服务对象满意度指标")  # fmt: skip


class Clerk:
    """Types into one sheet of one form."""

    def __init__(self, form: Path, sheet: str) -> None:
        self.form, self.sheet = form, sheet

    def right_of(self, label: str, text: str | None, occurrence: int = 0) -> Typing:
        if text:
            yield self.sheet, beside(self.form, self.sheet, label, occurrence), text

    def below(self, label: str, text: str | None, occurrence: int = 0) -> Typing:
        if text:
            cell = beside(self.form, self.sheet, label, occurrence, "below")
            yield self.sheet, cell, text

    def columns(self, heads: dict[str, str], rows: list[Answers]) -> Typing:
        """A free table: each row of answers into the next row below the heads."""
        cells = {name: column_below(self.form, self.sheet, head) for name, head in heads.items()}
        for number, row in enumerate(rows):
            for name, column in cells.items():
                if row.get(name):
                    yield self.sheet, column[number], row[name]

    def slots(self, rows: list[Answers], slots: int) -> Typing:
        """A grouped table: each answer into the next free slot of its category."""
        used = dict.fromkeys(CATEGORIES, 0)
        values = column_below(self.form, self.sheet, "指标值")
        for row in rows:
            category, slot = CATEGORIES.index(row["level2"]), used[row["level2"]]
            used[row["level2"]] += 1
            yield from self.right_of(f"指标{slot + 1}：", row["level3"], category)
            yield self.sheet, values[category * slots + slot], row["value"]


def hebei(form: Path, answers: Answers) -> Typing:
    department = answers["department"]
    clerk = Clerk(form, "部门整体绩效目标")
    yield from clerk.below("一、总体绩效目标", department["overall_goal"])
    for number, task in enumerate(department["tasks"]):
        yield from clerk.right_of("职责活动", task["name"], number)
        yield from clerk.right_of("绩效目标", task["goal"], number)
        yield from clerk.right_of("绩效指标", task.get("indicator"), number)
    for number, safeguard in enumerate(department["safeguards"]):
        yield from clerk.right_of("措施名称", safeguard["name"], number)
        yield from clerk.right_of("措施内容", safeguard["text"], number)
    for number, project in enumerate(answers["projects"], 1):
        yield from _hebei_project(Clerk(form, f"项目{number}"), project)


def _hebei_project(clerk: Clerk, project: Answers) -> Typing:
    funds = project["funds"]
    yield from clerk.right_of("项目编码", project["code"])
    yield from clerk.right_of("项目名称", project["name"])
    yield from clerk.right_of("预算数", funds["total"])
    yield from clerk.right_of("其中：财政资金", funds["fiscal"])
    yield from clerk.right_of("其他资金", funds.get("other"))
    yield from clerk.below("预算数", project["purpose"])
    for step in project["plan"]:
        yield from clerk.below(step["by"], step["percent"])
    for number, goal in enumerate(project["goals"], 1):
        yield from clerk.right_of(f"{number}.", goal)
    heads = {
        "level1": "一级指标",
        "level2": "二级指标",
        "level3": "三级指标",
        "description": "绩效指标描述",
        "value": "指标值",
        "basis": "指标值确定依据",
    }
    yield from clerk.columns(heads, project["indicators"])


def county(form: Path, answers: Answers) -> Typing:
    for number, project in enumerate(answers["projects"], 1):
        clerk = Clerk(form, f"项目{number}")
        yield from _project_head(clerk, project)
        sides = (("funds", "（含本级和市县）"), ("own_funds", "（含本级）"))
        for occurrence, (name, whose) in enumerate(sides):
            funds = project[name]
            yield from clerk.right_of(f"年度资金总额{whose}：", funds["total"])
            yield from clerk.right_of("其中：财政拨款", funds.get("fiscal"), occurrence)
            yield from clerk.right_of("其他资金", funds.get("other"), occurrence)
        for name, side in (("goals", 0), ("own_goals", 1)):
            for position, goal in enumerate(project[name], 1):
                yield from clerk.right_of(f"目标{position}：", goal, side)
        yield from clerk.slots(project["indicators"], 2)


def _project_head(clerk: Clerk, project: Answers, department: str = "") -> Typing:
    """The head of a project; `department` is its label where the form asks it, and the unit."""
    yield from clerk.right_of("项目名称", project["name"])
    if department:
        yield from clerk.right_of(department, project["department"])
        yield from clerk.right_of("实施单位", project["unit"])
    yield from clerk.right_of("项目属性", project["nature"])
    yield from clerk.right_of("项目期", project["period"])


def ningxia(form: Path, answers: Answers) -> Typing:
    for number, project in enumerate(answers["projects"], 1):
        clerk = Clerk(form, f"项目{number}")
        yield from _project_head(clerk, project, "主管部门及代码")
        yield from clerk.right_of("年度资金总额：", project["funds"]["total"])
        yield from clerk.right_of("其中：财政拨款", project["funds"].get("fiscal"))
        yield from clerk.right_of("其他资金", project["funds"].get("other"))
        for position, goal in enumerate(project["goals"], 1):
            yield from clerk.right_of(f"目标{position}：", goal)
        yield from clerk.slots(project["indicators"], 4)


def henan(form: Path, answers: Answers) -> Typing:
    department = answers["department"]
    clerk = Clerk(form, "整体绩效目标")
    yield from clerk.right_of("年度履职目标", department["overall_goal"])
    yield from clerk.columns({"name": "任务名称", "content": "主要内容"}, department["tasks"])
    budget = department["budget"]
    labels = {
        "total": "部门预算总额（万元）",
        "fiscal": "1、资金来源：（1）财政性资金",
        "other": "（2）其他资金",
        "basic": "2、资金结构：（1）基本支出",
        "project": "（2）项目支出",
    }
    for name, label in labels.items():
        yield from clerk.right_of(label, budget.get(name))
    for row in department["indicators"]:
        try:
            yield from clerk.right_of(row["level3"], row["value"])
        except LookupError:
            continue  # not printed: a row for the tasks, typed below
    for category in ("重点工作任务完成", "履职效益"):
        yield from _task_rows(clerk, category, department["indicators"])


def _task_rows(clerk: Clerk, category: str, rows: list[Answers]) -> Typing:
    """Rows of which the clerk writes the name too, from the first beside the printed category."""
    name = beside(clerk.form, clerk.sheet, category)
    value = column_below(clerk.form, clerk.sheet, "指标值")[0]
    note = column_below(clerk.form, clerk.sheet, "指标值说明")[0]
    first = int(name.lstrip("ABCDEFGH"))
    for offset, row in enumerate(row for row in rows if row["level2"] == category):
        yield clerk.sheet, f"{name[0]}{first + offset}", row["level3"]
        yield clerk.sheet, f"{value[0]}{first + offset}", row["value"]
        yield clerk.sheet, f"{note[0]}{first + offset}", row.get("note", "")


def national(form: Path, answers: Answers) -> Typing:
    for number, project in enumerate(answers["projects"], 1):
        clerk = Clerk(form, f"项目{number}")
        yield from clerk.right_of("项目编码", project["code"])
        yield from _project_head(clerk, project, "主管部门")
        for occurrence, (name, label) in enumerate(
            (("period_funds", "中期资金总额："), ("funds", "年度资金总额："))
        ):
            funds = project.get(name, {})
            yield from clerk.right_of(label, funds.get("total"))
            yield from clerk.right_of("其中：财政拨款", funds.get("fiscal"), occurrence)
            yield from clerk.right_of("其他资金", funds.get("other"), occurrence)
        yield from clerk.below("中期目标", project.get("period_goal"))
        yield from clerk.below("年度目标", project.get("annual_goal"))
        heads = {"level1": "一级指标", "level2": "二级指标", "level3": "三级指标",
                 "sign": "计算符号", "amount": "指标值", "unit": "计量单位", "weight": "权重",
                 "note": "指标值说明"}  # fmt: skip
        rows = [{**row, **split(row["value"])} for row in project["indicators"]]
        yield from clerk.columns(heads, rows)


def split(value: str) -> dict[str, str]:
    """A value as a clerk spreads it over 计算符号, 指标值 and 计量单位."""
    sign = next((sign for sign in "≥≤＝＞＜" if value.startswith(sign)), "")
    rest = value.removeprefix(sign)
    digits = len(rest) - len(rest.lstrip("0123456789."))
    if not digits:
        return {"sign": "定性", "amount": rest, "unit": ""}
    return {"sign": sign or "＝", "amount": rest[:digits], "unit": rest[digits:]}


CLERKS: dict[str, Callable[[Path, Answers], Typing]] = {
    "hebei-department": hebei,
    "county-project": county,
    "ningxia-project": ningxia,
    "henan-department": henan,
    "national-project": national,
}
