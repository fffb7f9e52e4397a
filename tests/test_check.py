"""Checks: answers → (code, cell), without any workbook."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ptxl.check.submission import check_submission
from ptxl.model.layout import Layout
from ptxl.rules import parse_form, ruleset
from ptxl.rules.ruleset import ready_rules
from ptxl.template import load_template
from ptxl.text import Raw
from tests.conftest import TINY, MakeTemplate, submit

GOOD: dict[str, Raw] = {
    "name": "网络安全经费",
    "funds.total": Decimal(5),
    "funds.fiscal": Decimal(5),
    "indicators[0].level1": "产出指标",
    "indicators[0].level2": "数量指标",
    "indicators[0].level3": "检查次数",
    "indicators[0].value": "≥4次",
}


@pytest.fixture
def national() -> Layout:
    return load_template("national-project").layout({"year": 2026})


def found(layout: Layout, changes: dict[str, Raw | None]) -> list[tuple[str, str]]:
    answers = {path: raw for path, raw in {**GOOD, **changes}.items() if raw is not None}
    return [(f.code, f.cell) for f in check_submission(submit(layout, answers)).findings]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"name": None}, [("required", "B1")]),
        ({"name": "很" * 21}, [("too_long", "B1")]),
        ({"funds.total": "约五万"}, [("not_a_number", "B2")]),
        ({"funds.fiscal": Decimal(6)}, [("fiscal_within_total", "D2")]),
        ({"funds.total": None, "funds.fiscal": Decimal(6)}, [("required", "B2")]),
        ({"people": "12.5"}, [("not_whole", "B3")]),
        ({"people": Decimal(101)}, [("out_of_range", "B3")]),
        ({"start": "明年"}, [("not_a_date", "D3")]),
        ({"indicators[0].value": None}, [("required", "D5")]),
        ({"indicators[1].level3": "培训次数"}, [
            ("required", "A6"), ("required", "B6"), ("required", "D6")]),
        ({"indicators[0].level2": "数量目标"}, [("not_in_list", "B5")]),
        ({"indicators[0].level2": "社会效益指标"}, [("not_under_parent", "B5")]),
        ({"indicators[0].level1": "产出"}, [("not_in_list", "A5")]),
        ({path: None for path in GOOD if path.startswith("indicators")}, [
            ("category_unanswered", "A5")]),
    ],
)  # fmt: skip
def test_findings(
    tiny: Layout, changes: dict[str, Raw | None], expected: list[tuple[str, str]]
) -> None:
    assert found(tiny, changes) == expected


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": None}, ["必填项未填，请填写"]),
        ({"indicators[0].value": None}, ["“检查次数”的指标值未填，请补填；这一行不用的请整行清空"]),
        ({"indicators[0].level3": None}, ["这一行的三级指标未填，请补填；这一行不用的请整行清空"]),
    ],
)
def test_what_is_missing_in_a_row_says_in_which(
    tiny: Layout, changes: dict[str, Raw | None], said: list[str]
) -> None:
    answers = {path: raw for path, raw in {**GOOD, **changes}.items() if raw is not None}
    findings = check_submission(submit(tiny, answers)).findings
    assert [found.message("zh") for found in findings] == said


def test_a_rule_is_silent_while_something_it_looks_at_is_unread(tiny: Layout) -> None:
    changes: dict[str, Raw | None] = {"funds.total": "五", "funds.fiscal": Decimal(6)}
    assert found(tiny, changes) == [("not_a_number", "B2")]


AMOUNTS = """\
sheets:
  - name: 表
    columns: [14, 14, 14, 14]
    rows:
      - - {field: a, kind: money}
        - {field: b, kind: money}
        - {field: ab, kind: money}
        - {field: plan, kind: money}
      - table: plans
        layout: free
        rows: 2
        columns:
          - {field: cost, head: 金额, kind: money}
          - {field: people, head: 人数, kind: integer}
    rules:
      - {id: rising, holds: a <= b, at: a, severity: error, message: 上升}
      - {id: costs, holds: "sum(plans, cost) <= b", at: b, severity: error, message: 合计}
      - {id: lines, holds: count(plans) < 2, at: plans, severity: error, message: 行数}
      - {id: dear, each: plans, holds: cost < 9, at: cost, severity: error, message: 金额}
"""


@pytest.mark.parametrize(
    ("unreadable", "silent"),
    [
        ({}, set()),
        ({"ab": "约五", "plan": "约五"}, set()),
        ({"plans[0].people": "约五", "plans[1].people": "约五"}, set()),
        ({"a": "约五"}, {"rising"}),
        ({"b": "约五"}, {"rising", "costs"}),
        ({"plans[0].cost": "约五"}, {"costs"}),
    ],
)
def test_an_unreadable_answer_silences_the_rules_that_look_at_it_and_no_other(
    make_template: MakeTemplate, unreadable: dict[str, Raw], silent: set[str]
) -> None:
    """Neither one whose field only begins with the same letters, nor one on another column."""
    layout = load_template(make_template(AMOUNTS)).layout({})
    answers = {"a": 2, "b": 1, "plans[0].cost": 9, "plans[1].cost": 9}
    values: dict[str, Raw] = {path: Decimal(number) for path, number in answers.items()}
    found = check_submission(submit(layout, values | unreadable)).findings
    codes = {one.code for one in found} - {"not_a_number", "not_whole"}
    assert codes == {"rising", "costs", "lines", "dear"} - silent


def test_an_unreadable_total_leaves_the_rule_on_the_period(national: Layout) -> None:
    answers: dict[str, Raw] = {
        "projects[0].period": "2019年—2020年",
        "projects[0].period_funds.total": "约五万",
    }
    findings = check_submission(submit(national, answers)).findings
    assert {"not_a_number", "period_outside_year"} <= {one.code for one in findings}


def test_a_rule_may_point_at_the_row_of_a_table_that_it_counts(make_template: MakeTemplate) -> None:
    rules = """\
      - {id: light, holds: "count(indicators, value.number < 3) == 0", at: "indicators[].value",
         severity: hint, message: 轻}
      - {id: many, holds: "count(indicators) < 2", at: "indicators[].value", severity: hint,
         message: 多}
"""
    layout = load_template(make_template(TINY + rules)).layout({})
    values = {
        "indicators[0].level3": "一",
        "indicators[1].value": "5次",
        "indicators[2].value": "2次",
    }
    findings = check_submission(submit(layout, dict(values))).findings
    cells = {found.code: found.cell for found in findings}
    assert (cells["light"], cells["many"]) == ("D7", "D6")


def test_a_word_outside_its_list_is_not_judged_by_rules(make_template: MakeTemplate) -> None:
    """Which word is meant, nobody can tell; a rule that asks for no words is asked as ever."""
    rules = """\
      - {id: quantity, holds: "count(indicators, level2 == '数量指标') >= 1", at: indicators,
         severity: error, message: 无数量指标}
      - {id: two, holds: "count(indicators) >= 2", at: indicators, severity: error, message: 一行}
"""
    layout = load_template(make_template(TINY + rules)).layout({})
    for level2, code in {
        "数量指标": "",
        "质量指标": "quantity",
        "数目指标": "not_in_list",
        "社会效益指标": "not_under_parent",
    }.items():
        codes = {one for one, _ in found(layout, {"indicators[0].level2": level2})}
        assert codes - {""} == {code, "two"} - {""}


def test_messages_exist_in_both_languages_and_hold_the_facts(tiny: Layout) -> None:
    answers: dict[str, Raw] = {**GOOD, "funds.fiscal": Decimal(6)}
    (finding,) = check_submission(submit(tiny, answers)).findings
    assert finding.message("zh") == "财政拨款（6）大于资金总额（5）"
    assert finding.message("en") == "fiscal funds (6) exceed the total (5)"
    assert finding.place() == "表!D2"
    assert finding.label == "财政拨款"


def test_nothing_is_parsed_or_compiled_once_the_rules_are_ready(
    tiny: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready_rules(tiny)

    def refuse(*_: object) -> None:
        raise AssertionError("compiled again")

    monkeypatch.setattr(ruleset, "compile_python", refuse)
    monkeypatch.setattr(ruleset, "functions_of", refuse)
    monkeypatch.setattr(parse_form, "parse_rules", refuse)
    assert found(tiny, {"funds.fiscal": Decimal(6)}) == [("fiscal_within_total", "D2")]


def test_braces_in_answers_do_no_harm(tiny: Layout) -> None:
    answers: dict[str, Raw] = {**GOOD, "funds.total": "{0}{raw}"}
    (finding,) = check_submission(submit(tiny, answers)).findings
    assert "{0}{raw}" in finding.message("zh")
