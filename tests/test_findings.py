"""The review rules that ship: what they find in published tables, and rule by rule."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from ptxl.check.submission import check_submission
from ptxl.documents.finding import finding_json
from ptxl.model.layout import Layout
from ptxl.model.submission import Missing
from ptxl.read import read_submission
from ptxl.report import check_lines, finding_lines
from ptxl.template import find_templates, lint_template, load_template
from ptxl.text import Raw
from ptxl.write.self_check import live_rules
from tests.conftest import ROOT, submit
from tests.test_row_rules import WRONG as ROWS_WRONG
from tests.test_samples import CASES, TEMPLATES, filled_form
from tests.test_text_rules import CASES as TEXTS

RULES = {
    path.stem: YAML(typ="safe").load(path.read_text(encoding="utf-8"))["rules"]
    for path in sorted((ROOT / "templates" / "_rules").glob("*.yaml"))
}
IDS = sorted({rule["id"] for rules in RULES.values() for rule in rules})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_published_tables_give_exactly_these_findings(case: Path) -> None:
    checked = check_submission(read_submission(filled_form(case), TEMPLATES, ""))
    lines = "".join(f"{line}\n" for line in finding_lines(checked, "zh"))
    assert lines == (case / "findings.txt").read_text(encoding="utf-8")


# -- rule by rule: rows of level 2, name, value; what is wrong comes first, then the correction

Row = tuple[str, ...]
LEVEL1 = {
    "数量指标": "产出指标", "质量指标": "产出指标", "时效指标": "产出指标", "成本指标": "产出指标",
    "经济效益指标": "效益指标", "社会效益指标": "效益指标", "生态效益指标": "效益指标",
    "可持续影响指标": "效益指标", "服务对象满意度指标": "满意度指标", "经济成本指标": "成本指标",
}  # fmt: skip


def one(level2: str, name: str, wrong: str, right: str) -> tuple[list[Row], list[Row]]:
    """One row whose value is corrected."""
    return [(level2, name, wrong)], [(level2, name, right)]


def moved(name: str, value: str, wrong: str, right: str) -> tuple[list[Row], list[Row]]:
    """One row that is moved to another category."""
    return [(wrong, name, value)], [(right, name, value)]


def rows(level2: str, *pairs: tuple[str, str]) -> list[Row]:
    """Several rows of one category."""
    return [(level2, name, value) for name, value in pairs]


PAIRS: list[tuple[str, tuple[list[Row], list[Row]]]] = [
    ("mask_left_over", one("数量指标", "种植株数", "≥**株", "≥600株")),
    ("mask_left_over", one("质量指标", "成活率", "≥XX%", "≥85%")),
    ("mask_left_over", ([("数量指标", "指标2：", "1次")], [("数量指标", "培训次数", "1次")])),
    ("mask_left_over", ([("质量指标", "成活率(≥**%)", "≥85%")], [("质量指标", "成活率", "≥85%")])),
    ("mask_left_over", one("成本指标", "补助标准", "**元/人*月", "530元/人*月")),
    ("number_missing", one("数量指标", "改造里程", "公里", "8公里")),
    ("number_missing", one("质量指标", "覆盖率", "≧ %", "≧95%")),
    ("number_missing", one("服务对象满意度指标", "群众满意度", "≥", "≥90%")),
    ("unit_missing", one("数量指标", "培训次数", "≥2", "≥2次")),
    ("unit_missing", one("质量指标", "验收合格率", "95", "95%")),
    ("unit_missing", ([("数量指标", "种植面积", "80")], [("数量指标", "种植面积（亩）", "80")])),
    ("unit_missing", ([("质量指标", "平均值", "90")], [("质量指标", "考核得分", "90")])),
    ("not_measurable", one("数量指标", "开展培训", "按计划开展", "2次")),
    ("not_measurable", one("服务对象满意度指标", "使用部门满意度", "提高工作效率", "≥90%")),
    ("not_measurable", one("服务对象满意度指标", "群众满意度", "满意", "90%以上")),
    ("value_not_gradable", one("社会效益指标", "保障能力", "能够提升业务的监测能力", "有效提升")),
    ("value_unclear", one("时效指标", "支付进度", "11月底完成100%", "100%")),
    ("grade_where_number_usual", one("时效指标", "开展时效性", "及时", "100%")),
    ("grade_where_number_usual", moved("宣传影响力", "加强", "质量指标", "社会效益指标")),
    ("benefits_all_words", (
        rows("社会效益指标", ("影响力", "加强"), ("参与意识", "提升")),
        rows("社会效益指标", ("影响力", "加强"), ("受益人数", "≥300人")))),
    ("benefits_all_words", (
        rows("社会效益指标", ("影响力", "加强"), ("意识", "提升")),
        rows("社会效益指标", ("影响力", "加强")))),
    ("rises_but_at_most", one("数量指标", "重大舆情监测覆盖率", "≤100百分之", "≥95%")),
    ("rises_but_at_most", one("质量指标", "机关运转率（%）", "≤100百分之", "=100%")),
    ("rises_but_at_most", one("时效指标", "及时性", "不超过100%", "100%")),
    ("rises_but_at_most", one("服务对象满意度指标", "群众满意度", "<90%", "≥90%")),
    ("rises_but_at_most", one("时效指标", "处置及时性", "≤95%", "≤2小时")),
    ("rises_but_at_most", one("质量指标", "预算执行率", "≤95%", "≥95%")),
    ("rises_but_at_most", (
        [("质量指标", "完成率", "≤5%")], [("质量指标", "未完成率", "≤5%")])),
    ("falls_but_at_least", one("质量指标", "系统故障率", "≥5%", "≤5%")),
    ("falls_but_at_least", one("社会效益指标", "群众投诉次数", "3次以上", "≤3次")),
    ("falls_but_at_least", (
        [("质量指标", "投诉率", "≥95%")], [("质量指标", "投诉处理率", "≥95%")])),
    ("falls_but_at_least", (
        [("社会效益指标", "安全事故", "≥5起")], [("数量指标", "安全事故应急预案数", "≥5个")])),
    ("falls_but_at_least", one("时效指标", "故障响应时间", "≥2小时", "≤2小时")),
    ("falls_but_at_least", (
        [("质量指标", "投诉数", "≥3件")], [("数量指标", "投诉举报点", "≥3个")])),
    ("falls_but_at_least", (
        [("时效指标", "日均故障数", "≥2个")], [("时效指标", "日均无故障时间", "≥22小时")])),
    ("cost_without_limit", one("成本指标", "防疫室建设", "≥1050元", "≤1050元")),
    ("cost_without_limit", (
        [("成本指标", "人工成本", "≥1万元")], [("成本指标", "节约人工成本", "≥1万元")])),
    ("cost_without_limit", (
        [("成本指标", "生活补助标准", "≥6000元")], [("成本指标", "最低生活保障标准", "≥6000元")])),
    ("cost_without_limit", (
        [("成本指标", "项目总成本", "不低于5万元")], [("成本指标", "孤儿补助标准", "不低于5元")])),
    ("cost_without_limit", (
        [("成本指标", "人员经费", "≥2万/月")], [("成本指标", "人员经费", "≤2万/月")])),
    ("cost_without_limit", (
        [("成本指标", "总成本（万元）", "≥8")], [("成本指标", "总成本（万元）", "≤8")])),
    ("limit_too_high", one("质量指标", "专线故障率", "≤98%", "≤2%")),
    ("rate_above_100", one("质量指标", "验收合格率", "≥110%", "≥98%")),
    ("rate_above_100", one("质量指标", "上座率", "90%-120%", "90%-100%")),
    ("rate_above_100", (
        [("经济效益指标", "营业额", "120%")], [("经济效益指标", "营业额增长率", "120%")])),
    ("rate_above_100", (
        [("质量指标", "工程完成率", "120%")], [("质量指标", "完成投资比例", "120%")])),
    ("rate_given_as_one", one("时效指标", "网络运行故障响应率", "1", "100%")),
    ("rate_given_as_one", one("时效指标", "会议召开及时性", "1", "100%")),
    ("rate_given_as_one", ([("质量指标", "清运率", "1")], [("质量指标", "清运频率", "1")])),
    ("rate_as_ratio", one("质量指标", "视频监控在线率", "≥0.97比例", "≥97%")),
    ("rate_as_ratio", one("质量指标", "新能源车占比", "0.6", "60%")),
    ("rate_counted", one("数量指标", "家庭医生签约率", "24694人", "65%")),
    ("rate_counted", ([("时效指标", "办结率", "5工作日")], [("时效指标", "办结时限", "5工作日")])),
    ("rate_counted", (
        [("时效指标", "清运率", "1次")], [("时效指标", "清运频率", "1次")])),
    ("count_in_percent", one("数量指标", "培训人数", "≥95%", "≥95人")),
    ("count_in_percent", (
        [("数量指标", "改造数量", "100%")], [("数量指标", "改造数量完成率", "100%")])),
    ("satisfaction_unusual", one("服务对象满意度指标", "村民满意度", "≥60%", "≥85%")),
    ("satisfaction_of_100", one("服务对象满意度指标", "村民满意度", "100%", "≥95%")),
    ("same_value_everywhere", (
        rows("质量指标", ("甲率", "95%"), ("乙率", "95%"), ("丙率", "95%"), ("丁率", "95%")),
        rows("质量指标", ("甲率", "95%"), ("乙率", "95%"), ("丙率", "95%"), ("丁率", "90%")))),
    ("same_value_everywhere", (
        [("数量指标", "次数", "2次"), *(("质量指标", f"{n}率", "95%") for n in "甲乙丙丁戊")],
        [("数量指标", "次数", "2次"), *(("质量指标", f"{n}率", "95%") for n in "甲乙丙丁")])),
    ("duplicate_names", (
        rows("数量指标", ("培训次数", "2次"), ("培训次数", "3次")),
        rows("数量指标", ("培训次数", "2次"), ("演练次数", "3次")))),
    ("description_repeats_name", (
        [("数量指标", "培训次数", "2次", "培训次数", "计划")],
        [("数量指标", "培训次数", "2次", "全年培训的次数", "计划")])),
    ("basis_repeated", (
        [("数量指标", f"{n}数", "2次", "说明", "工作职责") for n in "甲乙丙丁"],
        [("数量指标", f"{n}数", "2次", "说明", f"{n}台账") for n in "甲乙丙丁"])),
    ("basis_repeated", (
        [("数量指标", f"{n}数", "2次", "说明", "工作职责") for n in "甲乙丙丁"],
        [("数量指标", f"{n}数", "2次", "说明", "工作职责") for n in "甲乙丙"])),
    ("needed_but_not_applicable", one("数量指标", "培训次数", "不适用", "2次")),
    ("outputs_missing", (
        rows("社会效益指标", ("受益人数", "300人")),
        rows("数量指标", ("培训次数", "2次")) + rows("社会效益指标", ("受益人数", "300人")))),
    ("benefits_missing", (
        rows("数量指标", ("培训次数", "2次")),
        rows("数量指标", ("培训次数", "2次")) + rows("社会效益指标", ("受益人数", "300人")))),
    ("satisfaction_missing", (
        rows("数量指标", ("培训次数", "2次")),
        rows("数量指标", ("培训次数", "2次")) + rows("服务对象满意度指标", ("学员满意度", "9%")))),
    ("cost_units_mixed", (
        rows("成本指标", ("设备费", "3万元"), ("邮寄费", "500元")),
        rows("成本指标", ("设备费", "3万元"), ("邮寄费", "0.05万元")))),
    ("not_applicable", one("生态效益指标", "生态影响", "不适用", "有效改善")),
    # the budget of these is 10 万元
    ("cost_above_budget", one("成本指标", "总成本", "≤12万元", "≤10万元")),
    ("cost_above_budget", one("成本指标", "总成本", "120000元", "1200元")),
    ("cost_above_budget", one("成本指标", "服务费", "12万元/年", "10万元/年")),
    ("cost_above_budget", one("成本指标", "总成本（万元）", "12", "10")),
    ("costs_above_budget", (
        rows("成本指标", ("设备费", "7万元"), ("服务费", "4万元")),
        rows("成本指标", ("设备费", "6万元"), ("服务费", "4万元")))),
    ("costs_above_budget", (
        rows("成本指标", ("设备费", "7万元"), ("服务费", "4万元")),
        rows("成本指标", ("总成本", "10万元"), ("其中服务费", "4万元")))),
    ("costs_far_below_budget", one("成本指标", "总成本", "≤2万元", "≤9.5万元")),
    ("cost_in_yuan", one("成本指标", "总成本", "10元", "10万元")),
    # the year is 2026
    ("date_before_year", one("时效指标", "支付时间", "2021年11月30日前", "2026年11月30日前")),
    ("date_after_year", one("时效指标", "完工时间", "2027年3月底前", "2026年12月底前")),
]  # fmt: skip


@cache
def shipped_layout(template: str) -> Layout:
    """A small form of a template that ships."""
    parameters: dict[str, object] = {"year": 2026, "projects": 1}
    if template == "hebei-department":
        parameters |= {"department": False, "rows": 6}
    return load_template(template).layout(parameters)


def findings(template: str, answers: Mapping[str, Raw]) -> dict[str, str]:
    """The codes found, with the Chinese message of one finding each."""
    checked = check_submission(submit(shipped_layout(template), answers))
    return {found.code: found.message("zh") for found in checked.findings}


def answers_of(table: list[Row]) -> dict[str, Raw]:
    """Rows as answers to the form that has all columns, with a budget of 10 万元."""
    found: dict[str, Raw] = {"projects[0].funds.total": "10", "projects[0].funds.fiscal": "10"}
    for index, (level2, level3, value, *rest) in enumerate(table):
        description, basis = rest or (f"{level3}的说明", f"{level3}的依据")
        row = {
            "level1": LEVEL1[level2], "level2": level2, "level3": level3,
            "description": description, "value": value, "basis": basis,
        }  # fmt: skip
        found |= {f"projects[0].indicators[{index}].{key}": text for key, text in row.items()}
    return found


@pytest.mark.parametrize(("code", "tables"), PAIRS)
def test_a_rule_speaks_of_the_wrong_row_and_not_of_its_correction(
    code: str, tables: tuple[list[Row], list[Row]]
) -> None:
    wrong, right = (findings("hebei-department", answers_of(table)) for table in tables)
    assert code in wrong
    assert code not in right
    assert "{" not in wrong[code]


#: four rows of one project and one of another
ROADS = {"name": "市政设施经费"} | {
    f"indicators[{index}].{key}": text
    for index, (level2, level3) in enumerate([
        ("数量指标", "道路硬化长度"), ("数量指标", "路灯改造盏数"), ("质量指标", "路灯亮灯率"),
        ("社会效益指标", "村级道路通达户数"), ("数量指标", "网评员培训次数"),
    ])
    for key, text in (
        ("level1", LEVEL1[level2]), ("level2", level2), ("level3", level3),
        ("value.sign", "≥"), ("value.amount", "2"), ("value.unit", "个"),
    )
}  # fmt: skip

#: paths below the project, answers that are wrong, and what corrects them
FIELDS: list[tuple[str, str, dict[str, str], dict[str, str]]] = [
    ("amount_looks_like_yuan", "hebei-department",
     {"funds.total": "147000"}, {"funds.total": "14.7"}),
    ("goal_too_general", "county-project",
     {"goals[0]": "保障部门行政运行正常"}, {"goals[0]": "购买舆情监测服务1年，覆盖全县媒体"}),
    ("goal_too_general", "national-project",
     {"annual_goal": "保障日常工作"}, {"annual_goal": "完成档案数字化46万页"}),
    ("goal_too_general", "hebei-department",
     {"goals[3]": "保障日常工作"}, {"goals[3]": "完成档案数字化46万页"}),
    ("goal_is_name", "ningxia-project",
     {"name": "舆情监测", "goals[0]": "舆情监测"}, {"name": "舆情监测", "goals[0]": "全年监测"}),
    ("goal_is_purpose", "hebei-department",
     {"purpose": "购买设备", "goals[1]": "购买设备"}, {"purpose": "购买设备", "goals[1]": "用上"}),
    ("goal_repeated", "county-project",
     {"goals[0]": "培训两次", "goals[2]": "培训两次"}, {"goals[0]": "培训", "goals[2]": "演练"}),
    ("annual_goal_is_period_goal", "national-project",
     {"annual_goal": "建成", "period_goal": "建成", "period_funds.total": "9", "funds.total": "3"},
     {"annual_goal": "建成", "period_goal": "建成", "period_funds.total": "3", "funds.total": "3"}),
    ("goals_outnumber_outputs", "county-project",
     {"goals[0]": "甲", "goals[1]": "乙", "indicators[0].level3": "培训次数"},
     {"goals[0]": "甲", "indicators[0].level3": "培训次数"}),
    ("goal_without_indicator", "county-project",
     {"goals[0]": "建成覆盖全县行政村的应急广播系统", "indicators[0].level3": "网评员培训次数"},
     {"goals[0]": "建成覆盖全县行政村的应急广播系统", "indicators[0].level3": "广播终端数"}),
    ("period_outside_year", "county-project",
     {"period": "2024年—2025年"}, {"period": "2024年—2026年"}),
    ("period_outside_year", "national-project",
     {"period": "2027年"}, {"period": "一年"}),
    ("date_after_period", "national-project",
     {"period": "2026年3月-9月", "indicators[0].level3": "完工时间",
      "indicators[0].value.sign": "定性", "indicators[0].value.amount": "2026年11月底前"},
     {"period": "2026年3月-11月", "indicators[0].level3": "完工时间",
      "indicators[0].value.sign": "定性", "indicators[0].value.amount": "2026年11月底前"}),
    ("date_before_period", "ningxia-project",
     {"period": "2026年4月起", "indicators[8].level3": "开工", "indicators[8].value": "2026.3.1"},
     {"period": "2026年3月起", "indicators[8].level3": "开工", "indicators[8].value": "2026.3.1"}),
    ("indicator_without_annual_goal", "national-project",
     dict(ROADS, annual_goal="1、硬化村级道路；2、改造老旧路灯"),
     dict(ROADS, annual_goal="1、硬化村级道路；2、改造老旧路灯；3、培训网评员")),
    ("indicator_without_annual_goal", "national-project",
     dict(ROADS, annual_goal="1、硬化村级道路；2、改造老旧路灯"),
     dict(ROADS, annual_goal="硬化村级道路2.4公里，改造老旧路灯")),
    ("other_year_in_text", "hebei-department",
     {"purpose": "支付2021年的监测服务费"}, {"purpose": "支付2026年的监测服务费"}),
    ("other_year_in_text", "hebei-department",
     {"indicators[5].level3": "2024年培训次数"}, {"indicators[5].level3": "2026年培训次数"}),
    ("other_year_in_project", "county-project",
     {"goals[1]": "2024年完成改造", "period": "2025年—2027年"},
     {"goals[1]": "2025年完成改造", "period": "2025年—2027年"}),
    ("past_period_in_text", "national-project",
     {"annual_goal": "为党的二十大胜利召开营造氛围"}, {"annual_goal": "贯彻党的二十大精神"}),
    ("past_period_in_text", "hebei-department",
     {"purpose": "落实“十四五”规划"}, {"purpose": "落实“十五五”规划"}),
]  # fmt: skip

#: goals, and four rows that they name
GOALS = {
    "projects[0].name": "网信工作经费",
    "projects[0].goals[0]": "实时监测网络舆情，编印快报", "projects[0].goals[1]": "培训网评员",
    "projects[0].indicators[0].value": "5期",
    "projects[0].indicators[1].level3": "网评员培训次数",
    "projects[0].indicators[1].value": "5次",
    "projects[0].indicators[2].level3": "重点舆情监测率",
    "projects[0].indicators[2].value": "80%",
    "projects[0].indicators[8].level3": "网络舆情处置数",
    "projects[0].indicators[8].value": "5件",
}  # fmt: skip

#: answers that are wrong, the last of them at fault, and what corrects them, over a whole form
WHOLE: list[tuple[str, str, dict[str, str], dict[str, str]]] = [
    ("project_name_repeated", "county-project",
     {"projects[0].name": "网评经费", "projects[1].name": "网评经费"},
     {"projects[0].name": "网评经费", "projects[1].name": "专线经费"}),
    ("project_code_repeated", "national-project",
     {"projects[0].code": "A1", "projects[1].code": "A1"},
     {"projects[0].code": "A1", "projects[1].code": "A2"}),
    ("project_without_task", "hebei-department",
     {"department.tasks[0].name": "网络舆情处置", "projects[1].purpose": "购置办公桌椅"},
     {"department.tasks[0].name": "网络舆情处置", "projects[1].purpose": "购买舆情软件"}),
    ("task_without_project", "hebei-department",
     {"projects[0].name": "舆情软件费", "projects[0].purpose": "购买舆情软件",
      "department.tasks[1].name": "网络舆情处置", "department.tasks[0].name": "干部培训"},
     {"projects[0].name": "舆情软件费", "projects[0].purpose": "购买舆情软件、培训教材",
      "department.tasks[1].name": "网络舆情处置", "department.tasks[0].name": "干部培训"}),
    ("indicator_without_goal", "county-project",
     GOALS | {"projects[0].indicators[0].level3": "村级道路硬化长度"},
     GOALS | {"projects[0].indicators[0].level3": "舆情快报期数"}),
    ("overall_goal_is_task", "henan-department",
     {"department.overall_goal": "依法治网", "department.tasks[1].content": "依法治网"},
     {"department.overall_goal": "依法治网", "department.tasks[1].content": "宣传"}),
    ("task_without_indicator", "henan-department",
     {"department.indicators[19].level3": "工作完成率 宣传",
      "department.tasks[0].name": "网络安全建设"},
     {"department.indicators[19].level3": "工作完成率 网络安全建设",
      "department.tasks[0].name": "网络安全建设"}),
    ("indicator_without_task", "henan-department",
     {"department.tasks[0].name": "网络安全建设", "department.indicators[19].level3": "完成率"},
     {"department.tasks[0].name": "网络安全建设",
      "department.indicators[19].level3": "工作完成率 网络安全建设"}),
]  # fmt: skip

#: period, name, value, and what is said of them in a form for 2026
PERIODS: list[tuple[str, str, str, set[str]]] = [
    ("2026年3月-9月", "完工时间", "2026年9月底前", set()),
    ("2026年3月-9月", "完工时间", "2026年10月8日", {"date_after_period"}),
    ("三年（2024—2026年9月）", "完工时间", "2026年10月", {"date_after_period"}),
    ("2026年3月-9月", "实施时间", "2026年1月-12月", {"date_after_period"}),
    ("2026年3月-9月", "完工时间", "2026年2月底前", {"date_before_period"}),
    ("2026年3月-9月", "实施时间", "2026年2月-5月", {"date_before_period"}),
    # what comes before and after the work, and a year alone
    ("2026年3月-9月", "招标时间", "2026年2月底前", set()),
    ("2026年3月-9月", "尾款支付时间", "2026年12月底前", set()),
    ("2026年3月-9月", "完工时间", "2026年完成", set()),
    # no day is said
    ("一年", "完工时间", "2026年12月底前", set()),
    ("长期", "完工时间", "2026年12月底前", set()),
    ("2026年3月起", "完工时间", "2026年12月底前", set()),
    ("2026年3月-9月", "完工时间", "11月底前", set()),
    # one cause, one finding
    ("2026年3月-9月", "完工时间", "2027年3月", {"date_after_year"}),
    ("2026年—2028年", "完工时间", "2027年3月", {"date_after_year"}),
    ("2026年3月-9月", "完工时间", "2025年3月", {"date_before_year"}),
    ("2024年—2025年", "完工时间", "2026年9月", {"period_outside_year"}),
    ("2027年", "完工时间", "2026年9月", {"period_outside_year"}),
]


@pytest.mark.parametrize(("period", "name", "value", "codes"), PERIODS)
def test_dates_of_values_lie_in_the_period_of_the_project(
    period: str, name: str, value: str, codes: set[str]
) -> None:
    row = {"period": period, "indicators[4].level3": name, "indicators[4].value": value}
    found = findings("county-project", {f"projects[0].{key}": text for key, text in row.items()})
    assert {code for code in found if code.startswith(("date_", "period_"))} == codes


@pytest.mark.parametrize("goals", [1, 2])
@pytest.mark.parametrize("strange", [1, 2])
def test_an_indicator_without_a_goal_is_named_where_most_others_have_one(
    goals: int, strange: int
) -> None:
    answers = dict(GOALS)
    for index, name in [(0, "村级道路硬化长度"), (9, "植树造林亩数")][:strange]:
        answers[f"projects[0].indicators[{index}].level3"] = name
        answers[f"projects[0].indicators[{index}].value"] = "9个"
    if goals == 1:
        answers["projects[0].goals[0]"] += answers.pop("projects[0].goals[1]")
    found = findings("county-project", answers)
    assert ("indicator_without_goal" in found) is (goals == 2 and strange == 1)
    if "indicator_without_goal" in found:
        assert "“村级道路硬化长度”" in found["indicator_without_goal"]


# -- what shipped templates ask for by default is less than what the rules can do


def changed(folder: Path, *changes: tuple[str, str]) -> Layout:
    """The form of a copy of hebei-department in which texts are replaced."""
    text = (ROOT / "templates" / "hebei-department" / "template.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    (folder / "template.yaml").write_text(text, encoding="utf-8")
    return load_template(folder).layout({"year": 2026, "projects": 2})


LEAST = {
    "quantity": "数量指标", "quality": "质量指标", "timeliness": "时效指标", "cost": "成本指标",
    "economic": "经济效益指标", "social": "社会效益指标", "ecological": "生态效益指标",
    "lasting": "可持续影响指标",
}  # fmt: skip


@pytest.fixture(scope="module", params=[0, 2])
def wanting(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[int, Layout]:
    """How many rows of each category a form wants, and the form."""
    wanted = ", ".join(f"least_{name}: {request.param}" for name in LEAST)
    line = "{include: categories, with: {least_timeliness: 1}}"
    folder = tmp_path_factory.mktemp("least")
    form = changed(folder, (line, f"{{include: categories, with: {{{wanted}}}}}"))
    return request.param, form


@pytest.mark.parametrize(("key", "level2"), LEAST.items())
def test_how_many_rows_a_category_needs_is_a_parameter(
    wanting: tuple[int, Layout], key: str, level2: str
) -> None:
    least, form = wanting
    other = "数量指标" if LEVEL1[level2] == "效益指标" else "社会效益指标"
    beside = "生态效益指标" if level2 == "社会效益指标" else "社会效益指标"
    if LEVEL1[level2] == "产出指标":
        beside = "质量指标" if level2 == "数量指标" else "数量指标"

    def is_told(found: int) -> bool:
        table = [(level2, f"第{index}项", "2次") for index in range(found)]
        answers = answers_of([*table, (other, "其他", "2次"), (beside, "其余", "3次")])
        checked = check_submission(submit(form, answers))
        return f"{key}_missing" in {finding.code for finding in checked.findings}

    assert is_told(1) == (least > 1)
    assert not is_told(2)
    assert f"{key}_missing" in live_rules(form) or not least


def test_categories_are_silent_where_their_first_level_has_no_row() -> None:
    effects = rows("社会效益指标", ("受益人数", "300人"))
    found = findings("hebei-department", answers_of(effects))
    assert {code for code in found if code.endswith("_missing")} >= {"outputs_missing"}
    assert not {"quantity_missing", "timeliness_missing"} & set(found)


@pytest.mark.parametrize(("amount", "found"), [("29", True), ("30", False), ("31", False)])
def test_projects_are_compared_with_the_departments_budget(
    tmp_path: Path, amount: str, found: bool
) -> None:
    heading = "      - - {text: 一、总体绩效目标, style: section, across: 3}\n"
    asked = "      - [项目支出, {field: budget.project, kind: money, across: 2}]\n"
    layout = changed(tmp_path, (heading, asked + heading))
    answers: dict[str, Raw] = {"department.budget.project": amount}
    for index in range(2):
        answers |= {f"projects[{index}].funds.{part}": "15" for part in ("total", "fiscal")}
    findings = check_submission(submit(layout, answers)).findings
    said = [f for f in findings if f.code == "projects_above_budget"]
    assert [f.path for f in said] == ["department.budget.project"] * found
    assert not found or "29万元，小于表中2个项目预算数之和30万元" in said[0].message("zh")


#: level 2, name, sign, amount, unit
SPLIT: list[tuple[str, str, str]] = [
    ("mask_left_over", "数量指标 株数 ≥ ** 株", "数量指标 株数 ≥ 60 株"),
    ("number_missing", "数量指标 次数 ≥ 若干 次", "数量指标 次数 ≥ 6 次"),
    ("unit_missing", "数量指标 培训次数 ≥ 2", "数量指标 培训次数 ≥ 2 次"),
    ("unit_missing", "质量指标 合格率 ≥ 95", "质量指标 合格率 ≥ 95%"),
    ("not_measurable", "数量指标 培训 定性 加强", "数量指标 培训 ＝ 2 次"),
    ("rises_but_at_most", "质量指标 覆盖率 ≤ 95 %", "质量指标 覆盖率 ≥ 95 %"),
    ("falls_but_at_least", "质量指标 故障率 ≥ 5 %", "质量指标 故障率 ≤ 5 %"),
    ("cost_without_limit", "经济成本指标 总成本 ≥ 5 万元", "经济成本指标 总成本 ≤ 5 万元"),
    ("rate_counted", "质量指标 签约率 ≥ 90 人", "质量指标 签约率 ≥ 90 %"),
    ("count_in_percent", "数量指标 人数 ≥ 90 %", "数量指标 人数 ≥ 90 人"),
]


@pytest.mark.parametrize(("code", "template", "wrong", "right"), FIELDS)
def test_a_rule_speaks_of_the_wrong_field_and_not_of_its_correction(
    code: str, template: str, wrong: dict[str, str], right: dict[str, str]
) -> None:
    assert code in findings(template, {f"projects[0].{k}": v for k, v in wrong.items()})
    assert code not in findings(template, {f"projects[0].{k}": v for k, v in right.items()})


@pytest.mark.parametrize(("code", "template", "wrong", "right"), WHOLE)
def test_a_rule_looks_over_the_whole_form(
    code: str, template: str, wrong: dict[str, str], right: dict[str, str]
) -> None:
    layout = load_template(template).layout({"year": 2026})
    found, mended = (check_submission(submit(layout, dict(a))).findings for a in (wrong, right))
    assert [f.path for f in found if f.code == code] == [[*wrong][-1]]
    assert code not in {f.code for f in mended}


#: template, answers below the first project, code, and where the finding stands: path, cell
PLACES: list[tuple[str, dict[str, str], str, str, str]] = [
    ("hebei-department", {"level2": "数量指标", "level3": "合格率(≥**%)", "value": "95%"},
     "mask_left_over", "level3", "C14"),
    ("hebei-department", {"level2": "数量指标", "level3": "合格率", "value": "≥**%"},
     "mask_left_over", "value", "E14"),
    ("hebei-department", {"level2": "成本指标", "level3": "预算执行率", "value": "95%"},
     "execution_rate_as_cost", "level2", "B14"),
    ("hebei-department", {"level2": "质量指标", "level3": "覆盖率", "value": "≤95%"},
     "rises_but_at_most", "value", "E14"),
    ("hebei-department", {"level2": "满意度指标", "level3": "满意度", "value": "95%"},
     "satisfaction_without_object", "level3", "C14"),
    ("county-project", {"level3": "群众满意度", "value": "95%"},  # 数量指标 is printed
     "satisfaction_elsewhere", "level3", "F13"),
    ("national-project", {"level2": "质量指标", "level3": "覆盖率", "value.sign": "≤",
     "value.amount": "95", "value.unit": "%"}, "rises_but_at_most", "value.sign", "D13"),
    ("national-project", {"level2": "数量指标", "level3": "次数", "value.sign": "≥",
     "value.amount": "95"}, "unit_missing", "value.unit", "F13"),
    ("national-project", {"level2": "质量指标", "level3": "比率", "value.sign": "≥",
     "value.amount": "150", "value.unit": "%"}, "rate_above_100", "value.amount", "E13"),
]  # fmt: skip


@pytest.mark.parametrize(("template", "row", "code", "name", "cell"), PLACES)
def test_a_finding_stands_at_what_is_wrong_in_the_row(
    template: str, row: dict[str, str], code: str, name: str, cell: str
) -> None:
    first = "projects[0].indicators[0]."
    found = standing(template, {f"{first}{key}": text for key, text in row.items()}, code)
    assert found == [(f"{first}{name}", cell)]


def standing(template: str, answers: Mapping[str, Raw], code: str) -> list[tuple[str, str]]:
    """Where the findings of a code stand: path and cell."""
    checked = check_submission(submit(shipped_layout(template), answers))
    return [(found.path, found.cell) for found in checked.findings if found.code == code]


def test_what_a_table_lacks_stands_at_its_head_and_not_at_an_answer() -> None:
    table = rows("数量指标", *((f"第{index}项次数", f"{index + 2}次") for index in range(4)))
    same: list[Row] = [(level2, name, "2次", name, "往年") for level2, name, _ in table]
    indicators = "projects[0].indicators"
    for answers, code, cell in (
        (answers_of(table), "timeliness_missing", "A13"),
        (answers_of(same), "basis_repeated", "G13"),
        (answers_of(same), "same_value_everywhere", "E13"),
    ):
        assert standing("hebei-department", answers, code) == [(indicators, cell)]


def test_what_does_not_apply_is_for_the_reviewer_to_confirm() -> None:
    answers = answers_of(rows("生态效益指标", ("无", "不适用")))
    checked = check_submission(submit(shipped_layout("hebei-department"), answers))
    told = [found for found in checked.findings if found.reader == "reviewer"]
    assert [found.code for found in told] == ["not_applicable"]
    assert finding_json(told[0], "zh")["for"] == "reviewer"
    assert [*check_lines(checked, "zh")][-1].startswith("    供审核：生态效益指标“无”填“不适用”")


@pytest.mark.parametrize(
    ("name", "unit"),
    [("培训人数", "人"), ("设备完好率", "%"), ("道路硬化里程", "公里"), ("其他成果", "个”“人”“次")],
)
def test_a_unit_is_suggested_by_the_noun_of_the_name(name: str, unit: str) -> None:
    said = findings("hebei-department", answers_of(rows("数量指标", (name, "500"))))
    assert f"只写了“500”，缺计量单位；请在数字后补写，如“{unit}”" in said["unit_missing"]


def test_the_value_that_stands_everywhere_is_quoted_once() -> None:
    same = rows("质量指标", *((f"第{index}项合格率", "95%") for index in range(5)))
    said = findings("hebei-department", answers_of(same))["same_value_everywhere"]
    assert said.startswith("5项指标都填“95%”，看不出逐项测算")


def test_a_table_that_was_moved_has_no_cell_for_its_head() -> None:
    answers = answers_of(rows("数量指标", ("培训次数", "2次")))
    submission = submit(shipped_layout("hebei-department"), answers)
    moved = {"projects[0].indicators[0].level1": Missing.GONE}
    whereabouts = replace(submission.whereabouts, elsewhere=moved)
    checked = check_submission(replace(submission, whereabouts=whereabouts))
    places = [f.place() for f in checked.findings if f.code == "timeliness_missing"]
    assert places == ["项目1"]


@pytest.mark.parametrize(
    ("plan", "fell"),
    [("25 50 75 100", ""), ("25 60 50 100", "2"), ("60 50 75 100", "1"), ("25 50 100 90", "3")],
)
def test_a_plan_that_falls_is_wrong_in_the_month_that_fell(plan: str, fell: str) -> None:
    months = {f"projects[0].plan[{at}].percent": f"{n}%" for at, n in enumerate(plan.split())}
    found = standing("hebei-department", months, "plan_never_falls")
    assert [path for path, _ in found] == [f"projects[0].plan[{at}].percent" for at in fell]


def split(*table: str, weights: tuple[str, ...] = ()) -> dict[str, Raw]:
    """Rows of the form whose values are split over three columns."""
    found: dict[str, Raw] = {}
    names = ("level2", "level3", "value.sign", "value.amount", "value.unit")
    for index, text in enumerate(table):
        row = dict(zip(names, text.split(), strict=False))
        row["level1"] = LEVEL1[row["level2"]]
        if index < len(weights):
            row["weight"] = weights[index]
        found |= {f"projects[0].indicators[{index}].{key}": value for key, value in row.items()}
    return found


@pytest.mark.parametrize(("code", "wrong", "right"), SPLIT)
def test_rules_on_values_that_are_split_over_columns(code: str, wrong: str, right: str) -> None:
    assert code in findings("national-project", split(wrong))
    assert code not in findings("national-project", split(right))


TWO_ROWS = ("数量指标 培训次数 ≥ 2 次", "数量指标 演练次数 ≥ 2 次")


def test_names_are_compared_where_values_are_split() -> None:
    twice = findings("national-project", split(TWO_ROWS[0], TWO_ROWS[0]))
    assert "duplicate_names" in twice
    assert "duplicate_names" not in findings("national-project", split(*TWO_ROWS))


@pytest.mark.parametrize(
    ("weights", "codes"),
    [
        ((), set()),
        (("60", "40"), {"weights_of_levels"}),
        (("50", "40"), {"weights_of_levels"}),
        (("50", "45"), {"weights_add_up", "weights_of_levels"}),
        (("100",), {"weight_missing"}),
        (("50",), {"weights_add_up", "weight_missing"}),
    ],
)
def test_weights(weights: tuple[str, ...], codes: set[str]) -> None:
    found = set(findings("national-project", split(*TWO_ROWS, weights=weights)))
    assert found & {"weights_add_up", "weight_missing", "weights_of_levels"} == codes


def test_usual_weights() -> None:
    table = (
        "经济成本指标 总成本 ≤ 3 万元", "数量指标 培训次数 ≥ 2 次", "社会效益指标 受益人数 ≥ 9 人",
        "服务对象满意度指标 学员满意度 ≥ 90 %",
    )  # fmt: skip
    usual = findings("national-project", split(*table, weights=("20", "40", "20", "10")))
    assert "weights_of_levels" not in usual
    assert "weights_of_levels" in findings(
        "national-project", split(*table, weights=("20", "25", "35", "10"))
    )


@pytest.mark.parametrize(
    ("scores", "said"), [("90 90", True), ("90 90 90", True), ("90 89", False), ("90", False)]
)
def test_full_scores_of_all_projects_of_a_unit_are_told(scores: str, said: bool) -> None:
    layout = load_template("project-self-evaluation").layout({"year": 2026, "projects": 3})
    answers: dict[str, Raw] = {}
    for number, score in enumerate(scores.split()):
        project = f"projects[{number}]"
        answers |= {
            f"{project}.name": f"项目{number}",
            f"{project}.funds.fiscal": "100", f"{project}.executed.fiscal": "100",
            f"{project}.indicators[0].weight": "90", f"{project}.indicators[0].score": score,
        }  # fmt: skip
    findings = check_submission(submit(layout, answers)).findings
    found = [one.path for one in findings if one.code == "all_scores_full"]
    assert found == (["projects[0].total_score"] if said else [])


def test_every_shared_rule_is_tried() -> None:
    tried = {code for code, *_ in (*PAIRS, *FIELDS, *WHOLE, *SPLIT)}
    tried |= {f"{key}_missing" for key in LEAST} | {"projects_above_budget"}
    tried |= {"description_repeated", "notes_repeated", "names_nearly_repeated"}
    tried |= set(TEXTS) | set(ROWS_WRONG)
    assert tried | {"weights_add_up", "weight_missing", "weights_of_levels"} == set(IDS)


# -- what each rule must bring along


@pytest.mark.parametrize("name", sorted(RULES))
def test_every_shared_rule_is_complete(name: str) -> None:
    cases = [(rule["id"], rule.get("at")) for rule in RULES[name]]
    assert len(cases) == len(set(cases))
    for rule in RULES[name]:
        assert {"title", "message", "message_en", "source"} <= set(rule), rule["id"]
        severities = ("error", "warning", "hint") if name == "evaluation" else ("warning", "hint")
        assert rule["severity"] in severities, rule["id"]


@pytest.mark.parametrize("path", find_templates(), ids=lambda path: path.parent.name)
def test_every_template_is_clean_and_each_of_its_rules_has_one_name(path: Path) -> None:
    assert lint_template(path) == ()
    form = load_template(path).layout({}).form
    names = [(rule.scope, rule.id, rule.each, rule.at) for rule in form.rules]
    assert len(names) == len(set(names))
    assert all(rule.title for rule in form.rules)


def page() -> str:
    return (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", IDS)
def test_every_shared_rule_has_a_paragraph_with_its_words(code: str) -> None:
    meanings: list[dict[str, Any]] = [
        r for rules in RULES.values() for r in rules if r["id"] == code
    ]
    section = page().partition(f"## `{code}` ({meanings[0]['severity']})")[2].partition("\n## ")[0]
    assert meanings[0]["title"] in section
    for part in ("*Usual cause*:", "*What to do*:", "*Source*:"):
        assert part in section
    assert {rule["severity"] for rule in meanings} == {meanings[0]["severity"]}


@pytest.mark.parametrize("path", find_templates(), ids=lambda path: path.parent.name)
def test_the_docs_say_which_rules_the_form_checks_by_itself(path: Path) -> None:
    layout = load_template(path).layout({})
    line = re.search(rf"^\| `{path.parent.name}` \| (.*?) \| (.*?) \|$", page(), re.MULTILINE)
    assert line
    assert set(re.findall(r"`(\w+)`", line[2])) == live_rules(layout)
    files = re.findall(r"include: ([a-z-]+)", path.read_text(encoding="utf-8"))
    assert re.findall(r"`([a-z-]+)`", line[1]) == files
