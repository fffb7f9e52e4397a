"""Rounds on disk for tests: made and issued, and forms filled in as their clerks fill them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from ptxl.model.form import fill_text
from ptxl.renew.fill import fill_form
from ptxl.rounds import Round, issue, make_round
from ptxl.rounds.settings import Settings
from ptxl.template import Templates
from tests.conftest import SAMPLES
from tests.packages import parts, rebuilt

Answers = dict[str, Any]

TEMPLATES = Templates()
#: forms that are small, so that hundreds of them are read in seconds
PARAMETERS: Mapping[str, Mapping[str, object]] = {
    "county-project": {"projects": 1},
    "national-project": {"projects": 1},
    "hebei-department": {"projects": 1, "tasks": 2, "safeguards": 2},
}
#: a sample of each form in which nothing is to be objected to
_SAMPLES = {
    "county-project": "101002",
    "national-project": "108001",
    "hebei-department": "101001",
}


def new_round(
    root: Path, roster: str, templates: Iterable[str], *, deadline: date, issued: datetime
) -> Round:
    """Make a round of a roster (text of a CSV), and issue its forms on a day."""
    root.parent.mkdir(parents=True, exist_ok=True)
    table = root.parent / f"{root.name}名册.csv"
    table.write_text(roster, encoding="utf-8")
    settings = Settings(
        id="", key="", roster="", language="zh", title="清源县2026年部门预算绩效目标",
        year=deadline.year, deadline=deadline, office="清源县财政局", contact="王芳",
        telephone="0313-1234567", number="清财绩〔2026〕5号",
        templates={name: PARAMETERS[name] for name in templates},
    )  # fmt: skip
    made = make_round(root, settings, table, TEMPLATES)
    issue(made, made.terms(TEMPLATES), issued)
    return made


def form_of(where: Round, unit: str, template: str) -> bytes:
    """The form that was issued to a unit."""
    (form,) = where.forms.glob(f"*/{unit}_*{title_of(template, where.settings.year)}.xlsx")
    return form.read_bytes()


@cache
def title_of(template: str, year: int) -> str:
    """What a form is called that is about a year."""
    return fill_text(TEMPLATES.get(template).form(year=year).title, {})


@cache
def _sample(template: str) -> str:
    path = SAMPLES / "county" / "answers" / f"{_SAMPLES[template]}.json"
    return path.read_text(encoding="utf-8")


def answers_of(template: str, unit: str, department: str, total: Decimal) -> Answers:
    """Complete answers on one project of a unit, in words of its own; amounts in 万元."""
    answers: Answers = json.loads(_sample(template))
    del answers["unit"]
    project = answers["projects"][0]
    answers["projects"] = [project]
    project["name"] = f"{unit}设施设备更新项目"
    funds = {"total": str(total), "fiscal": str(total - Decimal("1.25")), "other": "1.25"}
    project["funds"] = dict(funds)
    for name in ("own_funds", "period_funds"):
        if name in project:
            project[name] = dict(funds)
    for name in ("department", "unit"):
        if name in project:
            project[name] = unit if name == "unit" else department
    for name in ("goals", "own_goals"):
        if name in project:
            project[name] = [f"{unit}全年完成设施设备更新，保障{unit}各项工作正常开展。"]
    for name in ("purpose", "period_goal", "annual_goal"):
        if name in project:
            project[name] = f"用于{unit}设施设备更新、维修和保养，保障{unit}正常运转。"
    for row in project["indicators"]:
        if "成本" in row["level2"] and "万元" in row["value"]:
            row["value"] = f"≤{total}万元"
    if "department" in answers:
        _own_department(answers["department"], unit, project["name"])
    return answers


def _own_department(department: Answers, unit: str, project: str) -> None:
    """Whole-department answers in words of the unit, about its one project."""
    department["overall_goal"] = f"{unit}全面完成县委、县政府下达{unit}的各项工作任务。"
    for number, task in enumerate(department["tasks"][:2], 1):
        task["name"] = f"{project}（第{number}项）"
        task["goal"] = f"{unit}按计划完成第{number}项设施设备更新工作任务。"
        task["indicator"] = f"{unit}第{number}项设施设备完好率达到100%。"
    for safeguard in department["safeguards"][:2]:
        safeguard["text"] = f"{unit}{safeguard['text']}"
    department["tasks"] = department["tasks"][:2]
    department["safeguards"] = department["safeguards"][:2]


def fill(form: bytes, answers: Answers) -> bytes:
    """The form with answers typed into it."""
    return fill_form(form, answers, TEMPLATES)


def saved_on(workbook: bytes, moment: datetime) -> bytes:
    """The workbook as a program leaves it that saves it at a moment (of China's clocks)."""
    changed = parts(workbook)
    core = changed["docProps/core.xml"].decode()
    head, _, rest = core.partition("<dcterms:modified")
    tail = rest.partition("</dcterms:modified>")[2]
    stamp = moment.astimezone().isoformat(timespec="seconds")
    kind = 'xsi:type="dcterms:W3CDTF"'
    core = f"{head}<dcterms:modified {kind}>{stamp}</dcterms:modified>{tail}"
    changed["docProps/core.xml"] = core.encode()
    return rebuilt(changed)
