"""The roster of a round, as offices keep it: kinds of form, parameters and contacts by unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook

from ptxl.model.errors import RosterError, TemplateError
from ptxl.model.form import RoundUnit, Unit
from ptxl.roster import read_round_roster
from ptxl.template import Template, lint_template, load_template
from tests.conftest import TINY, MakeTemplate
from tests.office import Office
from tests.test_roster import book, text

HEBEI, COUNTY, NATIONAL = "hebei-department", "county-project", "national-project"
HEAD = (
    "序号",
    "单位编码",
    "单位名称",
    "主管部门",
    "表种",
    "项目数",
    "联系人",
    "办公电话",
    "手机",
    "邮箱",
)
_BOTH = "部门预算绩效文本、项目绩效目标表"
ROWS: tuple[tuple[object, ...], ...] = (
    (1, 101001, "清源县教育局", "清源县教育局", "部门预算绩效文本", "",
     "王芳", "0317-1", 13800000000, "w@qy.gov.cn"),
    (2, 101002, "清源县第一中学", "清源县教育局", "county-project", 5, "李强", "", "", ""),
    (3, 102001, "清源县卫健局", "清源县卫健局", _BOTH, "", "赵敏", "", "", ""),
)  # fmt: skip


@pytest.fixture(scope="module")
def templates() -> Mapping[str, Template]:
    return {name: load_template(name) for name in (HEBEI, COUNTY)}


def faults(path: Path, templates: Mapping[str, Template]) -> list[tuple[int, str, str]]:
    """Line, column and Chinese sentence of each fault."""
    with pytest.raises(RosterError) as error:
        read_round_roster(path, templates)
    return [(fault.line, fault.key, fault.message("zh")) for fault in error.value.faults]


def forms(units: Sequence[RoundUnit]) -> dict[str, Mapping[str, Mapping[str, object]]]:
    return {unit.unit.code: unit.forms for unit in units}


def test_kinds_parameters_and_contacts_by_unit(
    tmp_path: Path, templates: Mapping[str, Template]
) -> None:
    title = [["清源县2026年预算单位名册"], ["填报日期：2026年1月"]]
    path = book(tmp_path / "名册.xlsx", [*title, HEAD, *ROWS, ["合计", "", "3家"]])
    units = read_round_roster(path, templates)
    assert forms(units) == {
        "101001": {HEBEI: {}},
        "101002": {COUNTY: {"projects": 5}},
        "102001": {HEBEI: {}, COUNTY: {}},
    }
    assert units[0] == RoundUnit(
        unit=Unit(code="101001", name="清源县教育局", department="清源县教育局"),
        forms={HEBEI: {}},
        contact="王芳",
        telephone="0317-1、13800000000",
        email="w@qy.gov.cn",
        line=4,
    )


def test_without_a_column_for_kinds_every_unit_fills_in_every_form(
    tmp_path: Path, templates: Mapping[str, Template]
) -> None:
    rows = [("编码", "单位", "projects"), ("1", "甲局", "7"), ("2", "乙局", "")]
    units = read_round_roster(text(tmp_path / "名册.csv", rows, ",", "gb18030"), templates)
    assert forms(units) == {
        "1": {HEBEI: {"projects": 7}, COUNTY: {"projects": 7}},
        "2": {HEBEI: {}, COUNTY: {}},
    }


@pytest.mark.parametrize(
    "kind",
    [
        COUNTY,
        "项目绩效目标表",
        "2026年部门项目支出预算绩效目标表",
        "部门项目支出预算绩效目标表",
        "县级部门项目支出预算绩效目标表",
        " 项目 绩效目标表 ",
        "County-Project",
    ],
)
def test_a_kind_is_known_by_each_of_its_names(
    tmp_path: Path, templates: Mapping[str, Template], kind: str
) -> None:
    path = book(tmp_path / "名册.xlsx", [("code", "name", "form"), ("1", "甲局", kind)])
    assert forms(read_round_roster(path, templates)) == {"1": {COUNTY: {}}}


@pytest.mark.parametrize("between", ["、", "，", ",", ";", "；", "/", "\n", "、\n"])
def test_several_kinds_stand_in_one_cell(
    tmp_path: Path, templates: Mapping[str, Template], between: str
) -> None:
    kinds = between.join(("部门预算绩效文本", "项目绩效目标表"))
    path = book(tmp_path / "名册.xlsx", [("编码", "名称", "填报表种"), ("1", "甲局", kinds)])
    assert forms(read_round_roster(path, templates)) == {"1": {HEBEI: {}, COUNTY: {}}}


def test_a_unit_in_two_rows_with_two_kinds_is_one(
    tmp_path: Path, templates: Mapping[str, Template]
) -> None:
    rows: list[Sequence[object]] = [
        ("编码", "名称", "主管部门", "表单", "项目数", "联系人"),
        ("1", "甲局", "甲部", COUNTY, 9, "王芳"),
        ("2", "乙局", "乙部", HEBEI, "", ""),
        ("1", "甲局", "甲部", HEBEI, 2, "李强"),
    ]
    first, second = read_round_roster(book(tmp_path / "名册.xlsx", rows), templates)
    assert first.forms == {COUNTY: {"projects": 9}, HEBEI: {"projects": 2}}
    assert (first.line, first.contact, second.unit.code) == (2, "王芳、李强", "2")


def test_a_code_of_two_units_or_with_one_kind_twice_is_a_fault(
    tmp_path: Path, templates: Mapping[str, Template]
) -> None:
    rows: list[Sequence[object]] = [
        ("编码", "名称", "表单"),
        ("1", "甲局", COUNTY),
        ("1", "乙局", HEBEI),
        ("1", "甲局", f"{HEBEI}、{COUNTY}"),
    ]
    assert faults(book(tmp_path / "名册.xlsx", rows), templates) == [
        (3, "编码", "“1”在第 2 行已经有了，单位名称或其他内容却不同，请核对编码"),
        (4, "编码", "“1”在第 2 行已经有了"),
    ]


def test_a_number_and_its_code_with_zeros_are_not_two_units(
    tmp_path: Path, templates: Mapping[str, Template]
) -> None:
    rows: list[Sequence[object]] = [
        ("编码", "名称", "表单"),
        ("0301", "甲局", COUNTY),
        ("302", "乙局", COUNTY),
        (301, "甲局", HEBEI),
    ]
    ((line, column, sentence),) = faults(book(tmp_path / "名册.xlsx", rows), templates)
    assert (line, column) == (4, "编码")
    assert "“301”与第 2 行的“0301”只差前面的 0" in sentence


def test_all_faults_are_named_at_once_with_line_and_column(
    tmp_path: Path, templates: Mapping[str, Template]
) -> None:
    rows: list[Sequence[object]] = [
        ["2026年名册"],
        ("单位编码", "单位名称", "表种", "项目数"),
        ("1", "甲局", "项目绩效目标", 3),
        ("2", "", COUNTY, "三个"),
        ("3", "丙局", "", 2),
        ("4", "丁局", f"{COUNTY}，{HEBEI}", 99),
        ("2.24E+05", "戊局", HEBEI, "—"),
    ]
    known = "部门预算绩效文本、项目绩效目标表"
    assert faults(book(tmp_path / "名册.xlsx", rows), templates) == [
        (3, "表种", f"没有“项目绩效目标”这种表；是不是“项目绩效目标表”？；可以填：{known}"),
        (4, "单位名称", "不能为空"),
        (4, "项目数", "“三个”不是整数"),
        (5, "表种", f"没有写填报哪种表；可以填：{known}。不填报的单位请从名册中删去"),
        (6, "项目数", "99 不在 1 到 60 之间"),
        (6, "项目数", "99 不在 0 到 60 之间"),
        (7, "单位编码", "“2.24E+05”在表格软件里丢了数位；编码请按文本保存"),
    ]


def test_faults_are_said_in_english_too(tmp_path: Path, templates: Mapping[str, Template]) -> None:
    rows = [("code", "name", "kinds"), ("1", "A", "country-project")]
    path = text(tmp_path / "r.csv", rows, ",", "utf-8")
    with pytest.raises(RosterError) as error:
        read_round_roster(path, templates)
    (fault,) = error.value.faults
    assert 'no form is called "country-project"' in fault.message("en")


def test_a_name_that_two_forms_have_is_asked_for_in_full(
    tmp_path: Path, make_template: MakeTemplate
) -> None:
    one = load_template(make_template(TINY))
    path = book(tmp_path / "名册.xlsx", [("编码", "名称", "表单"), ("1", "甲局", "小表")])
    ((line, column, message),) = faults(path, {"tiny": one, "tiny2": one})
    assert (line, column) == (2, "表单")
    assert "tiny、tiny2" in message


def test_a_department_merged_over_its_units_is_that_of_each(
    tmp_path: Path, templates: Mapping[str, Template]
) -> None:
    made = Workbook()
    sheet = made.worksheets[0]
    rows: list[Sequence[object]] = [
        [None, "清源县预算单位名册"],
        [None, "主管部门", "单位编码", "单位名称", "表种", "联系方式", None],
        [None, None, None, None, None, "联系人", "手机"],
        [None, "清源县教育局", 101001, "清源县教育局", HEBEI, "王芳", "1"],
        [None, None, 101002, "清源县第一中学", COUNTY, "李强", "2"],
        [None, "清源县卫健局", 102001, "清源县卫健局", COUNTY, "赵敏", "3"],
        [None, None, None, None, HEBEI, "钱进", "4"],
        [None, "合计", None, "3家"],
    ]
    for row in rows:
        sheet.append(list(row))
    downwards = [f"{column}2:{column}3" for column in "BCDE"]
    for area in ("B1:G1", "F2:G2", *downwards, "B4:B5", "B6:B7", "C6:C7", "D6:D7"):
        sheet.merge_cells(area)
    made.save(tmp_path / "名册.xlsx")
    units = read_round_roster(tmp_path / "名册.xlsx", templates)
    assert [unit.unit.department for unit in units] == [
        "清源县教育局", "清源县教育局", "清源县卫健局",
    ]  # fmt: skip
    assert [unit.contact for unit in units] == ["王芳", "李强", "赵敏、钱进"]
    assert units[2].forms == {COUNTY: {}, HEBEI: {}}


@pytest.mark.office
@pytest.mark.parametrize("suffix", ["xls", "ods"])
def test_rosters_of_other_programs(
    tmp_path: Path, templates: Mapping[str, Template], office: Office, suffix: str
) -> None:
    path = book(tmp_path / "名册.xlsx", [["说明"]], [["名册"], HEAD, *ROWS, ["合计"]])
    office.convert(path, tmp_path / f"名册.{suffix}")
    assert read_round_roster(tmp_path / f"名册.{suffix}", templates) == tuple(
        read_round_roster(path, templates)
    )


@pytest.mark.parametrize(
    ("between", "encoding"), [("\t", "utf-16"), (",", "gb18030"), (";", "utf-8")]
)
def test_rosters_as_text(
    tmp_path: Path, templates: Mapping[str, Template], between: str, encoding: str
) -> None:
    rows = [["名册"], HEAD, *([str(cell) for cell in row] for row in ROWS), ["合计"]]
    path = text(tmp_path / "名册.txt", rows, between, encoding)
    made = book(tmp_path / "名册.xlsx", rows)
    assert read_round_roster(path, templates) == read_round_roster(made, templates)


def test_only_what_a_form_prints_is_part_of_the_unit(
    tmp_path: Path, make_template: MakeTemplate
) -> None:
    body = TINY.replace("- 项目名称", '- "{{ unit.地址 }}{{ unit.手机 }}"')
    template = load_template(make_template(body))
    assert template.columns == {"地址", "手机"}
    rows = [
        ("编码", "名称", "备注", "地址", "联系人", "电话", "手机"),
        ("1", "甲局", "略", "城关", "王", "1", "2"),
    ]
    (unit,) = read_round_roster(book(tmp_path / "名册.xlsx", rows), {"tiny": template})
    assert unit.unit.more == {"地址": "城关", "手机": "1、2"}


def test_a_label_may_be_no_other_parameters_name(make_template: MakeTemplate) -> None:
    more = "help: 行数, label: 行}\n  more: {kind: text, default: a, help: x, label: 行}"
    path = make_template(TINY.replace("help: 行数}", more))
    assert "template.label_taken" in [fault.code for fault in lint_template(path)]
    with pytest.raises(TemplateError, match="行"):
        load_template(path)


def test_a_column_of_the_roster_is_not_taken_for_a_parameter_of_its_name(tmp_path: Path) -> None:
    """`department` is a flag of one template, and what every roster calls its departments."""
    template = load_template(HEBEI)
    assert "department" in template.parameters
    rows = [("code", "name", "department", "部门整体部分"), ("1", "甲局", "甲部", "否")]
    (unit,) = read_round_roster(book(tmp_path / "r.xlsx", rows), {HEBEI: template})
    assert unit.unit.department == "甲部"
    assert unit.forms == {HEBEI: {"department": False}}
