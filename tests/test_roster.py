"""Rosters as offices keep them: what is accepted, and what is explained with its line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from ptxl.model.errors import RosterError
from ptxl.roster import read_roster
from tests.handmade import unzipped, zipped
from tests.office import Office

ROWS = (("单位编码", "单位名称", "主管部门"), ("001", "甲局", "甲部"), ("224001", "乙局", "乙部"))
UNITS = [("001", "甲局", "甲部"), ("224001", "乙局", "乙部")]


def read(path: Path) -> list[tuple[str, str, str]]:
    return [(unit.code, unit.name, unit.department) for unit in read_roster(path)]


def faults(path: Path) -> list[tuple[int, str, str]]:
    with pytest.raises(RosterError) as error:
        read_roster(path)
    return [(fault.line, fault.key, fault.message()) for fault in error.value.faults]


def book(path: Path, *sheets: Sequence[Sequence[object]]) -> Path:
    made = Workbook()
    made.remove(made.worksheets[0])
    for number, rows in enumerate(sheets):
        sheet = made.create_sheet(f"表{number + 1}")
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


def text(path: Path, rows: Sequence[Sequence[str]], between: str, encoding: str) -> Path:
    path.write_bytes("\r\n".join(between.join(row) for row in rows).encode(encoding))
    return path


def test_a_title_stands_above_the_headings(tmp_path: Path) -> None:
    rows: list[Sequence[object]] = [
        ["2026年预算单位名册"],
        [],
        ["单位：万元", None, "第 1 页"],
        *ROWS,
    ]
    assert read(book(tmp_path / "名册.xlsx", rows)) == UNITS


def test_a_code_that_programs_read_differently_is_named_by_its_cell(tmp_path: Path) -> None:
    rows: list[list[object]] = [list(ROWS[0]), [224001, "乙局", "乙部"]]
    path = book(tmp_path / "名册.xlsx", rows)
    parts = unzipped(path.read_bytes())
    sheet = parts["xl/worksheets/sheet1.xml"]
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(b"<v>224001</v>", b"<v>224<!-- -->001</v>")
    path.write_bytes(zipped(parts))
    ((_, _, message),) = faults(path)
    assert "A2" in message


def test_the_units_stand_on_the_second_sheet(tmp_path: Path) -> None:
    assert read(book(tmp_path / "名册.xlsx", [["填表说明"], ["请勿修改"]], ROWS)) == UNITS


def test_units_on_two_sheets_are_not_chosen_from(tmp_path: Path) -> None:
    ((_, _, message),) = faults(book(tmp_path / "名册.xlsx", ROWS, ROWS))
    assert "表1, 表2" in message


@pytest.mark.parametrize("total", [("合计", "", ""), ("", "合　计", "2"), ("总计：", "2家", "")])
def test_a_last_row_of_totals_is_no_unit(tmp_path: Path, total: tuple[str, ...]) -> None:
    assert read(book(tmp_path / "名册.xlsx", [*ROWS, total])) == UNITS
    assert read(text(tmp_path / "名册.csv", [*ROWS, total], ",", "utf-8")) == UNITS


def test_a_row_of_totals_may_count_the_units_in_the_column_of_codes(tmp_path: Path) -> None:
    numbered = [("序号", *ROWS[0]), *(("1", *row) for row in ROWS[1:]), ("合计", "2个单位", "", "")]
    path = book(tmp_path / "名册.xlsx", numbered)
    assert [(unit.code, unit.name) for unit in read_roster(path)] == [row[:2] for row in ROWS[1:]]


def test_totals_between_units_are_named(tmp_path: Path) -> None:
    rows = [ROWS[0], ROWS[1], ("小计", "", ""), ROWS[2]]
    assert faults(book(tmp_path / "名册.xlsx", rows)) == [(3, "单位名称", "must not be blank")]


def test_marks_that_nobody_sees_make_neither_a_code_nor_a_name(tmp_path: Path) -> None:
    rows = [
        ("code", "name"),
        ("1", "甲"),
        ("1\u200b", "乙"),
        ("2", "\u3164"),
        ("3", "\u2066\u2069"),
    ]
    assert faults(text(tmp_path / "a.csv", rows, ",", "utf-8")) == [
        (3, "code", '"1" stands in line 2 already'),
        (4, "name", "must not be blank"),
        (5, "name", "must not be blank"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("between", [",", "\t", ";"])
def test_texts_in_each_encoding_and_with_each_separator(
    tmp_path: Path, encoding: str, between: str
) -> None:
    assert read(text(tmp_path / "名册.txt", ROWS, between, encoding)) == UNITS


def test_what_a_spreadsheet_makes_of_codes_is_told(tmp_path: Path) -> None:
    rows = [ROWS[0], (224001, "乙局", ""), (441000000000000001, "丙局", ""), ("#REF!", "丁局", "")]
    path = book(tmp_path / "名册.xlsx", rows)
    found = faults(path)
    assert [(line, key) for line, key, _ in found] == [(3, "单位编码"), (4, "单位编码")]
    assert "lost its digits" in found[0][2]


def test_codes_that_differ_by_zeros_alone_are_told_with_both_lines(tmp_path: Path) -> None:
    rows = [ROWS[0], ("0301", "甲局", ""), ("302", "乙局", ""), (301, "甲局", ""),
            ("00301", "丙局", ""), ("A01", "丁局", ""), ("0A01", "戊局", "")]  # fmt: skip
    found = faults(book(tmp_path / "名册.xlsx", rows))
    assert [(line, key) for line, key, _ in found] == [(4, "单位编码"), (5, "单位编码")]
    assert '"301" is "0301" of line 2' in found[0][2]
    assert '"00301" is "0301" of line 2' in found[1][2]


def test_missing_headings_are_named_at_the_row_that_has_most_of_them(tmp_path: Path) -> None:
    rows = [["名册"], ["单位编码", "title"], ["1", "甲局"]]
    ((line, _, message),) = faults(book(tmp_path / "名册.xlsx", rows))
    assert line == 2
    assert 'no column is called "name"' in message
    assert "单位名称" in message


def test_a_workbook_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    path = tmp_path / "名册.xlsx"
    path.write_bytes(b"PK\x03\x04 nothing of the kind")
    ((_, _, message),) = faults(path)
    assert message


@pytest.mark.office
@pytest.mark.parametrize("suffix", ["xls", "ods"])
def test_rosters_of_other_programs(tmp_path: Path, office: Office, suffix: str) -> None:
    made = book(tmp_path / "名册.xlsx", [["名册"], *ROWS, ["合计"]])
    office.convert(made, tmp_path / f"名册.{suffix}")
    assert read(tmp_path / f"名册.{suffix}") == UNITS


def test_zeros_that_only_a_format_shows_are_kept(tmp_path: Path) -> None:
    """A code 00123 is often stored as the number 123 in the format 00000."""
    path = book(tmp_path / "名册.xlsx", [ROWS[0], (123, "甲局", "甲部"), (224001, "乙局", "乙部")])
    made = load_workbook(path)
    made.worksheets[0]["A2"].number_format = "00000"
    made.save(path)
    assert [unit.code for unit in read_roster(path)] == ["00123", "224001"]
