"""Submissions in a summary, made by hand: projects by code, name and money, and their targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from ptxl.merge.rows import Answer, Asked, FormOf, UnitSummary
from ptxl.model.path import Path
from ptxl.values.target_value import TargetValue

#: what stands for an amount that cannot be read
UNREAD = "无法读取"
ASKED = {
    Path("department.budget.total"): Asked(label="部门预算", kind="money", unit="万元"),
    Path("projects[].code"): Asked(label="项目编码", kind="code"),
    Path("projects[].name"): Asked(label="项目名称", kind="text"),
    Path("projects[].funds.total"): Asked(label="资金总额", kind="money", unit="万元"),
    Path("projects[].funds.fiscal"): Asked(label="财政拨款", kind="money", unit="元"),
    Path("projects[].area"): Asked(label="面积", kind="number", unit="亩"),
    Path("projects[].indicators[]"): Asked(label="绩效指标", kind="table"),
    Path("projects[].indicators[].level3"): Asked(label="三级指标", kind="text"),
    Path("projects[].indicators[].value"): Asked(label="指标值", kind="target"),
}


@dataclass(frozen=True)
class Project:
    name: str = ""
    total: str = ""
    code: str = ""
    fiscal: str = ""
    targets: Mapping[str, str] = field(default_factory=dict)


def form(
    code: str, *projects: Project, budget: str = "", county: str = "", place: int = 0,
    template: str = "project",
) -> UnitSummary:  # fmt: skip
    """What a form adds to a summary. Its cells are rows by project, one column an answer."""
    answers = [_answer("department.budget.total", budget, f"B{1}")] if budget else []
    for number, project in enumerate(projects):
        answers += _project(number, project)
    return UnitSummary(
        file=f"{code}.xlsx",
        form=FormOf(
            code=code, name=f"单位{code}", department="甲局", template=template, edition="2026",
            serial=f"S{code}", title="绩效目标表", county=county, place=place,
        ),
        asked=ASKED,
        answers=tuple(answers),
    )  # fmt: skip


def _project(number: int, project: Project) -> list[Answer]:
    path, row = f"projects[{number}]", number + 10
    texts = {"code": project.code, "name": project.name}
    amounts = {"funds.total": project.total, "funds.fiscal": project.fiscal}
    found = [
        _answer(f"{path}.{name}", text, f"{column}{row}")
        for (name, text), column in zip((texts | amounts).items(), "ABCD", strict=True)
        if text
    ]
    for line, (name, raw) in enumerate(project.targets.items()):
        table = f"{path}.indicators[{line}]"
        found.append(_answer(f"{table}.level3", name.strip("'"), f"F{row}"))
        found.append(_answer(f"{table}.value", raw, f"G{row + line}"))
    return found


def _answer(path: str, text: str, cell: str) -> Answer:
    name = Path(path).pattern
    value: str | Decimal | TargetValue | None = text
    if ASKED[name].kind == "money":
        value = None if text == UNREAD else Decimal(text)
    if ASKED[name].kind == "target":
        value = TargetValue(raw=text, comparison="text")
    return Answer(path=Path(path), name=name, value=value, sheet="表", cell=cell)
