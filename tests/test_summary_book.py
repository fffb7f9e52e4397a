"""The summary workbook as written: what its parts hold, and what other programs read of it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from ptxl.layout.helper_sheets import OUTPUT_NAME
from ptxl.summary.book.data_sheets import table_name
from ptxl.summary.book.lines import MOST_LINKS, LineWriter, Links
from ptxl.summary.book.looks import VARIANTS
from ptxl.summary.places import Places
from ptxl.summary.sheets import Column, Computed, Line, Link, Sheet
from ptxl.words import LANGUAGES, Speaker, phrase
from tests.rawxml import general_problems
from tests.summary_books import (
    AMOUNT,
    COLUMNS,
    NUMBER,
    PROJECT,
    Held,
    book,
    chart_sheet,
    data_sheet,
    overview,
    project_lines,
    sum_of,
)
from tests.validator import require_validator, validate


def opened(sheets: Sequence[Sheet], held: Held, **options: Any) -> Any:
    return load_workbook(io.BytesIO(book(sheets, held, **options)))


def part(data: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name).decode()


def value_of(value: object) -> object:
    return value.value if isinstance(value, Link) else value


def test_lines_stand_in_a_table_from_column_a_below_title_remark_and_totals() -> None:
    lines = project_lines(14)
    page = opened([overview(), data_sheet(lines, unread=3)], {"projects": lines})["项目明细"]
    assert page["A1"].value == "清源县项目明细"
    assert "金额单位：万元" in page["B2"].value
    assert "资金总额 3 个" in page["B2"].value
    assert (page["A3"].value, page["E3"].value) == ("合计", "=SUBTOTAL(109,$E$5:$E$18)")
    assert [cell.value for cell in page[4]] == [column.heading for column in COLUMNS]
    (table,) = page.tables.values()
    assert (table.displayName, table.ref, table.autoFilter.ref) == ("项目明细", "A4:F18", "A4:F18")
    assert page.max_row == 18
    rows = [[cell.value for cell in row] for row in page["A5:F18"]]
    assert rows == [[value_of(line[column.key]) for column in COLUMNS] for line in lines]


def test_cached_totals_are_exact_and_those_of_the_sheet() -> None:
    lines = project_lines(25)
    data = book([overview(), data_sheet(lines)], {"projects": lines}, most_lines=10)
    known = load_workbook(io.BytesIO(data), data_only=True)
    names = ["项目明细", "项目明细(2)", "项目明细(3)"]
    assert known.sheetnames == ["总览", *names]
    for start, name in enumerate(names):
        own = lines[start * 10 : start * 10 + 10]
        assert known[name]["E3"].value == sum_of(own, "amount")
        assert known[name]["B3"].value == len(own)
        assert f"第 {start + 1} 张，共 3 张" in known[name]["B2"].value
    tables = [table.ref for name in names for table in known[name].tables.values()]
    assert tables == ["A4:F14", "A4:F14", "A4:F9"]


def test_formulas_over_continued_sheets_find_all_lines() -> None:
    lines = project_lines(25)
    sheet = data_sheet(lines)
    places = Places([sheet], 10)
    known = opened([overview(), sheet], {"projects": lines}, most_lines=10)
    page, cell = places.cell("projects", "project", 23).rsplit("!", 1)
    assert known[page.strip("'")][cell].value == "项目23"
    assert places.sum("projects", "amount").count("项目明细") == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_table_without_lines_says_so(language: str) -> None:
    data = book([overview(), data_sheet([])], {"projects": []}, language=language)
    page = load_workbook(io.BytesIO(data))["项目明细"]
    words = {"zh": "无", "en": "none"}
    row = [cell.value for cell in page[5]]
    assert row == [words[language], "—", "—", "—", "—", "—"]
    assert [table.ref for table in page.tables.values()] == ["A4:F5"]
    assert load_workbook(io.BytesIO(data), data_only=True)["项目明细"]["E3"].value == 0


def test_no_cell_of_a_table_is_blank() -> None:
    lines: list[Line] = [
        {"number": 1, "department": "", "unit": None, "amount": phrase("values.blank")}
    ]
    page = opened([data_sheet(lines)], {"projects": lines})["项目明细"]
    assert [cell.value for cell in page[5]] == [1, "—", "—", "—", "空", "—"]


def test_values_have_the_format_of_their_column() -> None:
    kinds = {"money": Decimal("1234.5"), "percent": Decimal("12.5"), "count": 7,
             "date": date(2026, 3, 1), "number": Decimal("0.1")}  # fmt: skip
    columns = [
        Column(key=kind, heading=kind, width=12, kind=kind)  # type: ignore[arg-type]
        for kind in kinds
    ]
    (row,) = opened(
        [data_sheet([kinds], columns, fixed=0)], {"projects": [kinds]}
    )["项目明细"]["A5:E5"]  # fmt: skip
    assert [cell.number_format for cell in row] == [
        "#,##0.00####", "0.00%", "0", "yyyy-mm-dd", "General",
    ]  # fmt: skip
    values = [cell.value for cell in row]
    assert [*values[:3], values[3].date(), values[4]] == [1234.5, 0.125, 7, date(2026, 3, 1), 0.1]


def test_text_that_looks_like_a_formula_stays_a_text() -> None:
    lines: list[Line] = [{"number": 1, "project": '=HYPERLINK("http://x")', "amount": Decimal(1)}]
    cell = opened([data_sheet(lines)], {"projects": lines})["项目明细"]["D5"]
    assert (cell.data_type, cell.value) == ("s", '=HYPERLINK("http://x")')
    assert cell.quotePrefix


@given(st.text())
def test_any_text_comes_back_from_other_readers(text: str) -> None:
    lines: list[Line] = [{"number": 1, "project": text}]
    data = book([data_sheet(lines, (NUMBER, PROJECT))], {"projects": lines})
    meant = text.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n")
    meant = meant or "—"
    page = load_workbook(io.BytesIO(data))["项目明细"]
    assert _unescaped(page["B5"].value) == meant
    read = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert _unescaped(str(read[4][1])) == meant


def _unescaped(text: str) -> str:
    """What Excel makes of a text, where a reader leaves that to others."""
    return re.sub("_x([0-9A-F]{4})_", lambda found: chr(int(found[1], 16)), text)


@given(st.decimals(min_value="-1e12", max_value="1e12", places=6), st.integers(-(10**9), 10**9))
def test_any_number_comes_back(amount: Decimal, count: int) -> None:
    lines: list[Line] = [{"number": count, "amount": amount}]
    page = opened([data_sheet(lines)], {"projects": lines})["项目明细"]
    assert (page["A5"].value, page["E5"].value) == (count, pytest.approx(float(amount), rel=1e-15))
    assert page["E5"].data_type == "n"


def test_number_that_no_cell_holds_is_a_text() -> None:
    lines: list[Line] = [{"number": 1, "amount": Decimal("1e400")}]
    columns = (NUMBER, replace(AMOUNT, total=False))
    page = opened([data_sheet(lines, columns)], {"projects": lines})["项目明细"]
    assert page["B5"].data_type == "s"


def test_computed_values_are_formulas_with_their_known_values() -> None:
    formula = "=SUMIFS('项目明细'!$E$5:$E$9,'项目明细'!$A$5:$A$9,\"<3\")"
    computed = Computed(value=Decimal("7.5"), formula=formula)
    lines: list[Line] = [
        {"number": 1, "amount": Link(value=computed, place="'总览'!A1"), "project": computed}
    ]
    data = book([overview(), data_sheet(lines)], {"projects": lines})
    assert load_workbook(io.BytesIO(data))["项目明细"]["E5"].value == formula
    known = load_workbook(io.BytesIO(data), data_only=True)["项目明细"]
    assert (known["E5"].value, known["D5"].value) == (7.5, "7.5")


# -- links


def links_of(page: Any) -> dict[str, tuple[str, str]]:
    """File and place of each link, by its cell."""
    return {
        cell.coordinate: (cell.hyperlink.target or "", cell.hyperlink.location or "")
        for row in page
        for cell in row
        if cell.hyperlink
    }


def test_links_lead_to_cells_of_files_and_of_the_workbook() -> None:
    odd = "第1周/甲 #1%.xlsx"
    lines: list[Line] = [
        {"number": 1, "amount": Link(value=Decimal(5), place="'项目 1'!C4", file=odd)},
        {"number": 2, "amount": Link(value=Decimal(6), place="'项目 1'!C5", file=odd)},
        {"number": 3, "project": Link(value="去 <总览>", place="'总览'!A1")},
        {"number": 4, "project": Link(value="无处")},
    ]  # fmt: skip
    data = book([overview(), data_sheet(lines)], {"projects": lines})
    page = load_workbook(io.BytesIO(data))["项目明细"]
    file = "第1周/甲%20%231%25.xlsx"
    assert links_of(page) == {
        "A2": ("", "'总览'!A1"),
        "E5": (file, "'项目 1'!C4"),
        "E6": (file, "'项目 1'!C5"),
        "D7": ("", "'总览'!A1"),
    }
    assert page["D7"].value == "去 <总览>"
    assert page["D7"].font.underline == "single"
    assert page["E5"].number_format == "#,##0.00####"
    relations = part(data, "xl/worksheets/_rels/sheet2.xml.rels")
    assert relations.count('TargetMode="External"') == 1


def test_name_of_a_file_is_never_an_address_elsewhere() -> None:
    lines: list[Line] = [{"number": 1, "file": Link(value="x", file="http://evil.example/x.xlsx")}]
    page = opened([data_sheet(lines)], {"projects": lines})["项目明细"]
    assert links_of(page)["F5"][0].startswith("http%3A/")


def test_links_that_a_sheet_cannot_hold_are_plain_values() -> None:
    links = Links()
    kept = [links.add(f"A{row}", Link(value=1, place="'总览'!A1")) for row in range(MOST_LINKS + 2)]
    assert kept.count(False) == 2
    assert kept[-2:] == [False, False]
    styles = [dict(zip(VARIANTS, range(6), strict=True))]
    writer = LineWriter([NUMBER], styles, Speaker("zh"), links)
    assert 's="0"' in writer.row(9, {"number": Link(value=7, place="'总览'!A1")})


# -- the whole


def test_same_sheets_and_lines_are_the_same_bytes() -> None:
    lines = project_lines(30)
    sheets: list[Sheet] = [chart_sheet(4), data_sheet(lines)]
    assert book(sheets, {"projects": lines}) == book(sheets, {"projects": list(lines)})


@pytest.mark.parametrize("count", [4, 6])
def test_more_or_fewer_lines_than_a_sheet_says_are_refused(count: int) -> None:
    sheet = data_sheet(project_lines(5))
    with pytest.raises(ValueError, match="'projects'"):
        book([sheet], {"projects": project_lines(count)})


def test_workbook_says_whose_it_is_and_what_it_is_called() -> None:
    workbook = opened([overview(), data_sheet([])], {"projects": []})
    assert workbook.defined_names[OUTPUT_NAME].attr_text == "'总览'!$A$1"
    assert workbook.properties.title == "清源县汇总"
    assert workbook.active.title == "总览"


def test_table_says_what_it_is_for_those_who_hear_it() -> None:
    data = book([overview(), data_sheet([])], {"projects": []})
    assert 'altTextSummary="一行一个项目"' in part(data, "xl/tables/table1.xml")


def test_tables_are_named_like_their_sheets_and_never_alike() -> None:
    taken: set[str] = set()
    names = ["项目明细", "项目明细(2)", "Units", "units", "A1", "R1C1", "2026年", "c", "-"]
    assert [table_name(name, taken) for name in names] == [
        "项目明细", "项目明细_2", "Units", "units_2", "_A1", "_R1C1", "_2026年", "_c", "_",
    ]  # fmt: skip


def test_headings_that_are_alike_are_told_apart() -> None:
    headings = {"a": "金额", "b": "金额", "c": "", "d": "X\ny"}
    columns = [Column(key=key, heading=text, width=9) for key, text in headings.items()]
    page = opened([data_sheet([], columns, fixed=0)], {"projects": []})["项目明细"]
    assert [cell.value for cell in page[4]] == ["金额", "金额 (2)", "3", "X y"]


def kinds_of_books() -> dict[str, bytes]:
    """Workbooks of all that there is, by name."""
    odd: list[Line] = [{"number": 1, "department": "&<\x01>", "project": "=1\n\ud800", "amount": 2}]
    lines = project_lines(25)
    return {
        "nothing": book([data_sheet([])], {"projects": []}),
        "odd": book([overview(), data_sheet(odd)], {"projects": odd}, language="en"),
        "continued": book([overview(), data_sheet(lines)], {"projects": lines}, most_lines=10),
        "one": book([chart_sheet(1)], {}),
        "many": book([chart_sheet(60), data_sheet(lines)], {"projects": lines}),
    }


def test_parts_are_sound(tmp_path: Path) -> None:
    for name, data in kinds_of_books().items():
        path = tmp_path / f"{name}.xlsx"
        path.write_bytes(data)
        # Links to the files that figures come from are meant to lead outside.
        problems = [one for one in general_problems(path) if "external target" not in one]
        assert problems == [], name


@pytest.mark.validator
def test_validator_has_no_complaint(tmp_path: Path) -> None:
    require_validator()
    for name, data in kinds_of_books().items():
        path = tmp_path / f"{name}.xlsx"
        path.write_bytes(data)
        assert validate(path) == [], name
