"""Tables of the approved budget as offices keep them: what is read, and what is explained."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook

from ptxl.merge.compare_budget import Approved
from ptxl.model.errors import TableError
from ptxl.roster.budget import read_budget
from tests.office import Office
from tests.test_roster import book, text

HEAD = ("序号", "单位编码", "单位名称", "项目编码", "项目名称", "预算数（万元）")
ROWS: list[Sequence[object]] = [
    ["2026年项目支出预算表"],
    HEAD,
    (1, "101001", "教育局", "000101", "校舍维修", 120.5),
    (2, "101001", "教育局", "000102", "教师培训", "1,030.25"),
    ("合计", "", "", "", "", 1150.75),
]


def faults(path: Path, unit: str = "") -> list[tuple[int, str, str]]:
    with pytest.raises(TableError) as error:
        read_budget(path, unit)
    return [(fault.line, fault.key, fault.message("zh")) for fault in error.value.faults]


def amounts(path: Path, unit: str = "") -> list[tuple[str, Decimal]]:
    return [(one.code, one.amount) for one in read_budget(path, unit).projects]


def test_projects_are_read_with_their_lines(tmp_path: Path) -> None:
    budget = read_budget(book(tmp_path / "批复.xlsx", ROWS))
    assert budget.place == str(tmp_path / "批复.xlsx")
    assert budget.projects == (
        Approved(code="000101", name="校舍维修", unit_code="101001", unit_name="教育局",
                 amount=Decimal("120.5"), lines=(3,)),
        Approved(code="000102", name="教师培训", unit_code="101001", unit_name="教育局",
                 amount=Decimal("1030.25"), lines=(4,)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("heading", "above", "option", "amount"),
    [
        ("预算数（万元）", "", "", "5000"),
        ("批复数(元)", "", "", "0.5"),
        ("2026年预算数（单位：元）", "", "", "0.5"),
        ("金额:万元", "", "", "5000"),
        ("预 算\n数", "单位：万元", "", "5000"),
        ("年初预算数", "金额单位:人民币元", "", "0.5"),
        ("批复数", "2026年批复表（千元）", "", "500"),
        ("Budget (ten thousand yuan)", "", "", "5000"),
        ("approved", "Unit: yuan", "", "0.5"),
        ("金额", "单位：教育局", "元", "0.5"),
        ("金额（元）", "", "元", "0.5"),
        ("金额（元）", "单位：万元", "", "0.5"),  # the nearest says it
    ],
)
def test_the_unit_of_money_stands_in_the_heading_or_above_the_table(
    tmp_path: Path, heading: str, above: str, option: str, amount: str
) -> None:
    rows: list[Sequence[object]] = [[above], ("项目代码", "项目名称", heading), ("P1", "甲", 5000)]
    assert amounts(book(tmp_path / "批复.xlsx", rows), option) == [("P1", Decimal(amount))]


def test_a_unit_of_money_in_a_cell_of_its_own(tmp_path: Path) -> None:
    rows: list[Sequence[object]] = [["", "单位：", "元"], ("项目代码", "金额"), ("P1", 10000)]
    assert amounts(book(tmp_path / "批复.xlsx", rows)) == [("P1", Decimal(1))]


@pytest.mark.parametrize(
    ("heading", "above", "option", "words"),
    [
        ("预算数", "", "", "看不出金额的单位"),
        ("预算数", "单位：教育局", "", "看不出金额的单位"),
        ("预算数（元）", "", "万元", "前后不一（元、万元）"),
        ("预算数（元/万元）", "", "", "前后不一（元、万元）"),
        ("预算数", "单位：元（万元）", "", "前后不一（元、万元）"),
    ],
)
def test_a_unit_of_money_is_not_guessed(
    tmp_path: Path, heading: str, above: str, option: str, words: str
) -> None:
    rows: list[Sequence[object]] = [[above], ("项目代码", heading), ("P1", 5000)]
    ((_, key, message),) = faults(book(tmp_path / "批复.xlsx", rows), option)
    assert key == heading
    assert words in message


def test_rows_of_one_project_are_added_up(tmp_path: Path) -> None:
    rows: list[Sequence[object]] = [
        ("项目编码", "项目名称", "功能科目", "金额（元）"),
        ("P1", "甲", "2050101", 10000),
        ("Ｐ1 ", "甲", "2050102", 5000),
    ]
    (one,) = read_budget(book(tmp_path / "批复.xlsx", rows)).projects
    assert (one.amount, one.lines) == (Decimal("1.5"), (2, 3))


def test_headings_of_groups_and_sums_are_passed_over(tmp_path: Path) -> None:
    rows: list[Sequence[object]] = [
        ("部门", "项目编码", "项目名称", "金额（元）"),
        ("教育局", "", "", ""),
        ("", "P1", "甲", 10000),
        ("教育局小计", "", "", 10000),
        ("", "P2", "乙", 0),
        ("", "", "合 计", 10000),
    ]
    assert amounts(book(tmp_path / "批复.xlsx", rows)) == [("P1", Decimal(1)), ("P2", Decimal(0))]


def test_a_table_without_codes_names_projects_within_units(tmp_path: Path) -> None:
    rows: list[Sequence[object]] = [
        ("单位编码", "项目名称", "金额（万元）"),
        ("101", "甲", 1),
        ("102", "甲", 2),
        ("101", "甲", 4),
    ]
    found = read_budget(book(tmp_path / "批复.xlsx", rows)).projects
    assert [(one.unit_code, one.amount) for one in found] == [
        ("101", Decimal(5)),
        ("102", Decimal(2)),
    ]


def test_every_fault_is_named_with_its_line(tmp_path: Path) -> None:
    rows: list[Sequence[object]] = [
        ("项目编码", "项目名称", "预算数（万元）"),
        ("P1", "甲", "约12"),
        ("P2", "乙", None),
        ("", "丙", 3),
        ("2.24E+17", "丁", 3),
        ("P5", "戊", 5),
        ("P5", "己", 5),
        ("P6", "庚", "3元"),
    ]
    found = faults(book(tmp_path / "批复.xlsx", rows))
    assert [(line, key) for line, key, _ in found] == [
        (2, "预算数（万元）"), (3, "预算数（万元）"), (4, "项目编码"), (5, "项目编码"),
        (7, "项目编码"), (8, "预算数（万元）"),
    ]  # fmt: skip
    assert "约12" in found[0][2]
    assert "丢了数位" in found[3][2]
    assert "第 6 行已经有了" in found[4][2]


def test_a_table_without_the_columns_says_which(tmp_path: Path) -> None:
    ((line, _, message),) = faults(
        book(tmp_path / "批复.xlsx", [("项目编码", "功能科目"), ("P1", 1)])
    )
    assert line == 1
    assert "“预算数”、“批复数”" in message


def test_two_columns_of_amounts_are_not_chosen_from(tmp_path: Path) -> None:
    rows = [("项目编码", "年初预算数（万元）", "批复数（万元）"), ("P1", "1", "2")]
    ((_, _, message),) = faults(book(tmp_path / "批复.xlsx", rows))
    assert message.startswith("有两列都是")


def test_a_table_without_projects_is_a_fault(tmp_path: Path) -> None:
    path = text(tmp_path / "批复.csv", [("项目编码", "金额（元）"), ("合计", "0")], ",", "gb18030")
    assert faults(path) == [(0, "", "表里没有项目")]


def test_zeros_that_only_a_format_shows_are_kept(tmp_path: Path) -> None:
    made = Workbook()
    sheet = made.worksheets[0]
    sheet.append(("项目编码", "金额（元）"))
    sheet.append((101, 10000))
    sheet["A2"].number_format = "000000"
    made.save(tmp_path / "批复.xlsx")
    assert amounts(tmp_path / "批复.xlsx") == [("000101", Decimal(1))]


@pytest.mark.office
@pytest.mark.parametrize("suffix", ["xls", "ods"])
def test_budgets_of_other_programs(tmp_path: Path, office: Office, suffix: str) -> None:
    path = tmp_path / f"批复.{suffix}"
    office.convert(book(tmp_path / "原表.xlsx", ROWS), path)
    assert [amount for _, amount in amounts(path)] == [Decimal("120.5"), Decimal("1030.25")]
