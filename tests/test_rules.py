"""The rule language: what it computes, what it refuses, and what becomes of it in Excel."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ptxl.rules import (
    Cells,
    Facts,
    Name,
    Names,
    NotLive,
    RuleError,
    Span,
    compile_python,
    formula,
    functions,
    message_parts,
    parse_rule,
)
from ptxl.values.target_value import parse_target

NAMES = Names(
    fields={
        "funds.total": "money", "funds.fiscal": "money", "funds.other": "money",
        "plan[0].percent": "percent", "plan[1].percent": "percent", "name": "text",
        "start": "date", "best": "target",
    },
    tables={"indicators": {"level2": "text", "level3": "text", "value": "target",
                           "weight": "percent"}},
    given={"indicators": frozenset({"level2"})},
    parameters={"year": 2026, "least": 2, "strict": True},
)  # fmt: skip
VALUES: dict[str, object] = {
    "funds.total": Decimal("14.70"),
    "funds.fiscal": Decimal("14.7"),
    "plan[0].percent": Decimal(25),
    "plan[1].percent": Decimal(50),
    "name": " 网信  专线 ",
    "start": date(2026, 3, 1),
    "best": parse_target("≥95%"),
    "indicators[0].level3": "会议次数",
    "indicators[0].value": parse_target("2次"),
    "indicators[0].weight": Decimal(60),
    "indicators[1].level3": "满意度",
    "indicators[1].value": parse_target("有效提升"),
    "indicators[1].weight": Decimal(40),
}
FACTS = Facts(
    {**VALUES, "unit.name": "青山县教育局", "unit.level": "县级"},
    {"indicators[0].level2": "数量指标", "indicators[1].level2": "服务对象满意度指标"},
    {"indicators": ["indicators[0].", "indicators[1]."]},
)


CELLS = Cells(lambda name, span: "A1", lambda table, span: "1", lambda table: 1)


def evaluate(expression: str, each: str = "", row: str = "") -> object:
    (test,) = compile_python([parse_rule(expression, NAMES, each)])
    return test(FACTS, "", row)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("funds.total == funds.fiscal + funds.other", True),
        ("funds.total * 2 > 29.3 and not blank(name)", True),
        ("plan[0].percent <= plan[1].percent <= 40", False),
        ("name == '网信 专线'", True),
        ("name in ['专线', '网信 专线']", True),
        ("name not in ['专线']", True),
        ("length(name) > 5 or blank(funds.other)", True),
        ("-funds.total < 0", True),
        ("funds.other == 0", True),
        ("funds.total / 2 == 7.35", True),
        ("funds.total / funds.other == 0", False),
        ("contains(name, '专线', '软件') and starts(name, '网')", True),
        ("ends(name, ['线', '件'])", True),
        ("year(start) == year", True),
        ("best.comparison == '>=' and best.number > 90 and best.unit == '%'", True),
        ("best.upper < 3", False),
        ("blank(best)", False),
        ("count(indicators) == least and strict", True),
        ("count(indicators, level2 == '数量指标') == 1", True),
        ("sum(indicators, weight) == 100", True),
        ("sum(indicators, weight, contains(level3, '满意'))", Decimal(40)),
        ("any(indicators, value.comparison == 'grade')", True),
        ("all(indicators, value.number >= 1)", False),
        ("distinct(indicators, level3) == 2", True),
        ("joined(indicators, level3)", "会议次数、满意度"),
        ("joined(indicators, level3, value.number > 1)", "会议次数"),
        ("count(indicators, shares('会议纪要', joined(indicators, level3))) == 2", True),
        ("count(indicators, shares(level3, joined(indicators, level3, value.number > 1)))",
         Decimal(1)),
        ("first_day('2026年3月-9月') == start", True),
        ("start < last_day('2026年3月-9月')", True),
        ("start < last_day('一年') or start >= last_day('一年')", False),
        ("sum(indicators, value.number)", Decimal(2)),
        ("unit.name == '青山县教育局' and unit.place == '' and unit.level == '县级'", True),
        ("matched(name, '线', '专线', '网信')", "网信"),
        ("matched(name, '路') == ''", True),
        ("instead('县水利局', ['农业局', '旅游局'], ['农业农村局', '文旅局', '局'])", "局"),
        ("instead('县旅游局', ['农业局', '旅游局'], ['农业农村局', '文旅局'])", "文旅局"),
        ("kind('应急排水泵车', ['车', '水泵', '泵车'], ['件数', '件数', '辆数'])", "辆数"),
        ("kind('路灯安装数量', ['路灯'], ['件数'])", "件数"),
        ("kind('路灯维护', ['路灯', ''], ['件数', '空'])", ""),
        ("unit_beside('惠及11个村3.2万人', 32000, '惠及群众')", "人"),
        ("unit_beside('硬化道路18.6公里', 186000, '道路硬化')", "公里"),
        ("unit_beside('植树300亩，慰问300人', 300, '慰问对象')", "人"),
        ("unit_beside('植树300亩，慰问300人', 300, '惠及群众')", ""),
        ("differing('全年新建驿站41座、慰问60人', '新建驿站14座')", "全年新建驿站41座"),
        ("differing('新建驿站14座', '计划新建驿站14座，维修8座')", ""),
        ("differing('新建驿站14座', '新建驿站3座，新建驿站5座')", ""),
        ("differing('新建驿站14座', '新建驿站14万元')", ""),
        ("differing('贷款余额3.2亿元', '贷款余额32000万元')", ""),
        ("differing('每户发放补助500元', '每户发放补助800元')", ""),
        ("contains('按人数', kind('路灯', ['灯'], ['人数']))", True),
        ("times('加强管理加强服务', '加强', '管')", Decimal(3)),
        ("doubled('进一步加强加强管理')", "加强加强"),
        ("without('进一步加强管理', '进一步', '加强')", "管理"),
        ("likeness('加强学校建设', '学校的建设', '加强', '的') == 100", True),
        ("likeness(name, '培训教师') == 0", True),
        ("pattern('XM2024001', '^XM[0-9]{7}$')", True),
        ("numbers('2026年培训3期、120人')", Decimal(2)),
        ("figure('培训教师800人，其中骨干200人', '人', '骨干人数') == 200", True),
        ("figure('审批事项3个工作日内办结', '个', '审批事项') > 0", False),
        ("figure('节能，较上年下降3%，年节约电费28万元', '元', '年节约电费') == 280000", True),
        ("figure('举办家庭讲座60场、覆盖家长540人次', '人次', '家庭讲座覆盖家长') == 540", True),
        ("amount('总投资1,500万元，设备20万元') == 1500", True),
        ("amounts('设备20万元，人工10000元') == 21", True),
        ("amount('上年投入30万元', '上年') > 0", False),
        ("per('元/人·月')", "人"),
    ],
)  # fmt: skip
def test_expressions(expression: str, value: object) -> None:
    assert evaluate(expression) == value


def test_a_row_sees_its_own_names_and_those_of_its_scope() -> None:
    expression = "level2 == '数量指标' and value.number < funds.total"
    assert evaluate(expression, "indicators", "indicators[0].") is True
    assert evaluate(expression, "indicators", "indicators[1].") is False


@pytest.mark.parametrize(
    "expression",
    ["name.upper()", "name | upper", "open('x')", "[x for x in y]", "a if b else c", "name[b]",
     "1 +", "'a' ~ 'b'", "2 ** 3", "blank(name, name)", "", "blank(1)", "name > 3", "name + 1",
     "not name", "funds.total in ['a']", "name in name", "count(funds)", "any(indicators)",
     "sum(indicators)", "contains(name)", "length(funds.total)", "best.wrong == 1", "missing == 1",
     "pattern(name, '(a+)+')", "pattern(name, name)",
     "instead(name, ['a'])", "units.name == 'a'",
     "joined(indicators)", "joined(indicators, weight)", "first_day(start)", "last_day('a', 'b')",
     "last_day(name) > 3", "name.__class__", "().__class__", "count(indicators, level2)",
     "year(name)", "repeated(indicators, level3)",
     "count(indicators, repeated(indicators, weight))"],
)  # fmt: skip
def test_everything_else_is_refused(expression: str) -> None:
    with pytest.raises(RuleError):
        parse_rule(expression, NAMES)


@pytest.mark.parametrize(
    ("called", "named"), [("unit.学校(name)", "unit.学校"), ("open('x')", "open")]
)
def test_what_is_no_function_is_named(called: str, named: str) -> None:
    with pytest.raises(RuleError, match=f'"{named}" is no function'):
        parse_rule(f"{called} == '甲'", NAMES)


@pytest.mark.parametrize(
    ("names", "repeated"),
    [((), []), (("甲", "乙"), []), (("甲", "乙", "甲", "甲"), [2, 3]), (("甲", " 甲 "), [1]),
     (("甲", "乙", "", ""), []), (("a", "A"), [])],
)  # fmt: skip
def test_a_row_repeats_one_above_it(names: tuple[str, ...], repeated: list[int]) -> None:
    rows = [f"indicators[{index}]." for index in range(len(names))]
    values = {f"{row}level3": name for row, name in zip(rows, names, strict=True) if name}
    facts = Facts(values, {}, {"indicators": rows})
    each, count = compile_python([
        parse_rule("repeated(indicators, level3)", NAMES, "indicators"),
        parse_rule("count(indicators, repeated(indicators, level3))", NAMES),
    ])  # fmt: skip
    assert [index for index, row in enumerate(rows) if each(facts, "", row)] == repeated
    assert count(facts, "", "") == len(repeated)


def test_formulas_use_arrays_only_where_excel_takes_them() -> None:
    def refer(name: Name, span: Span) -> str:
        first, last = span or (0, 5)
        return f"$D${5 + first}:$D${4 + last}" if name.where == "row" else "$B$2"

    cells = Cells(refer, lambda table, span: "(U)", lambda table: 3)

    def show(expression: str) -> str:
        return formula(parse_rule(expression, NAMES), cells)

    assert show("funds.total == 3") == "((ROUND(($B$2+0)-3,8)=0)*1)"
    assert show("not blank(name)") == "(1-((LEN(TRIM($B$2))=0)*1))"
    assert show("count(indicators, level3 == 'a\"b')") == (
        'SUMPRODUCT((U)*(EXACT(TRIM($D$5:$D$9),"a""b")*1))'
    )
    assert show("count(indicators, repeated(indicators, level3))") == (
        "(0+((LEN(TRIM($D$6:$D$6))>0)*(SUMPRODUCT(EXACT(TRIM($D$5:$D$5),TRIM($D$6:$D$6))*1)>0))"
        "+((LEN(TRIM($D$7:$D$7))>0)*(SUMPRODUCT(EXACT(TRIM($D$5:$D$6),TRIM($D$7:$D$7))*1)>0)))"
    )
    assert "IF(" not in show("any(indicators, weight > 3 or contains(level3, 'x'))")


@pytest.mark.parametrize(
    "expression",
    [
        "best.number > 3",
        "year(start) == 2026",
        "distinct(indicators, level3) == 2",
        "contains(joined(indicators, level3), 'a')",
        "last_day(name) == last_day(name)",
    ],
)
def test_what_excel_cannot_compute_is_not_live(expression: str) -> None:
    with pytest.raises(NotLive):
        formula(parse_rule(expression, NAMES), CELLS)


def test_messages_fall_into_texts_and_expressions() -> None:
    assert message_parts("共 {{ a + b }}，余 {{c}}。") == [
        ("共 ", "a + b"), ("，余 ", "c"), ("。", ""),
    ]  # fmt: skip


def test_a_new_function_is_one_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    longest = functions.Function(
        "longest", (functions.TEXT, functions.SOME_TEXTS), "number", "longest(text, …): its length",
        lambda *texts: Decimal(max(map(len, texts))), lambda *texts: f"MAX(LEN({texts[0]}))",
    )  # fmt: skip
    monkeypatch.setattr(functions, "FUNCTIONS", {**functions.FUNCTIONS, "longest": longest})
    assert evaluate("longest(name, '网信专线服务费')") == Decimal(7)
    assert formula(parse_rule("longest(name) > 3", NAMES), CELLS) == (
        "((ROUND(MAX(LEN(TRIM(A1)))-3,8)>0)*1)"
    )
    with pytest.raises(RuleError, match="wrong use: longest"):
        parse_rule("longest() > 3", NAMES)


def test_conditions_that_are_joined_become_one_formula() -> None:
    found = formula(parse_rule("not (blank(name) or strict) and length(name) > 3", NAMES), CELLS)
    assert found == ("((1-((((LEN(TRIM(A1))=0)*1)+1>0)*1))*((ROUND(LEN(TRIM(A1))-3,8)>0)*1))")
