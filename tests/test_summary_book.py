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
from ptxl.summary.book.charts import COLOURS
from ptxl.summary.book.data_sheets import table_name
from ptxl.summary.book.lines import MOST_LINKS, LineWriter, Links
from ptxl.summary.book.looks import FAINT, HEAD_FILL, INK, LINK, TOTAL_FILL, VARIANTS
from ptxl.summary.book.pages import Pages
from ptxl.summary.book.paper import (
    LEAST_SCALE,
    Page,
    height_of,
    page_for,
    room_of,
    rows_on,
    width_in_points,
)
from ptxl.summary.places import Places
from ptxl.summary.sheets import (
    Column,
    Computed,
    Line,
    Link,
    Paper,
    PrintCell,
    PrintRow,
    Series,
    Sheet,
)
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
    writer = LineWriter([NUMBER], styles, Speaker("zh"), links, Pages(500, ""))
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


# -- sheets for paper


def print_book(rows: Sequence[PrintRow], **changes: Any) -> bytes:
    return book([replace(overview(rows), **changes), data_sheet([])], {"projects": []})


def test_cells_go_past_those_that_reach_down_from_above() -> None:
    rows = [
        PrintRow(cells=[PrintCell(value="一级", down=2), PrintCell(value="甲", across=2)]),
        PrintRow(cells=[PrintCell(value="乙"), PrintCell(value="丙", across=2)]),
    ]
    page = load_workbook(io.BytesIO(print_book(rows)))["总览"]
    assert sorted(map(str, page.merged_cells.ranges)) == ["A1:D1", "A2:A3", "B2:C2", "C3:D3"]
    assert [page[cell].value for cell in ("A2", "B2", "B3", "C3")] == ["一级", "甲", "乙", "丙"]


def test_figures_are_formulas_with_known_values_and_may_be_links() -> None:
    link = "'项目明细'!A1"
    figures = [
        PrintCell(value=Decimal("12.5"), formula="=SUM('项目明细'!$E$5:$E$5)", look="figure_money"),
        PrintCell(value=3, formula="=1+2", look="figure", link=link),
        PrintCell(value=4, look="count", link=link),
        PrintCell(value="—", look="money"),
    ]
    data = print_book([PrintRow(cells=figures)])
    page = load_workbook(io.BytesIO(data))["总览"]
    assert [cell.value for cell in page[2]] == [
        "=SUM('项目明细'!$E$5:$E$5)", "=1+2", 4, "—",
    ]  # fmt: skip
    known = load_workbook(io.BytesIO(data), data_only=True)["总览"]
    assert [cell.value for cell in known[2]] == [12.5, 3, 4, "—"]
    assert links_of(page) == {"B2": ("", link), "C2": ("", link)}
    assert page["D2"].alignment.horizontal == "center"


def test_groups_fold_below_their_heads_and_pages_begin_where_they_shall() -> None:
    rows = [
        PrintRow(cells=[PrintCell(value=str(n))], level=n % 2, page_break=n == 2) for n in range(4)
    ]
    page = load_workbook(io.BytesIO(print_book(rows, head=1)))["总览"]
    assert [page.row_dimensions[row].outlineLevel for row in range(2, 6)] == [0, 1, 0, 1]
    outline = page.sheet_properties.outlinePr
    assert outline is not None
    assert outline.summaryBelow is False
    assert [one.id for one in page.row_breaks.brk] == [3]
    assert page.print_title_rows == "$1:$1"
    assert page.freeze_panes == "A2"


def test_rows_are_as_high_as_their_texts_unless_told() -> None:
    text = PrintCell(value="较长的说明文字，" * 9, across=2)
    page = load_workbook(
        io.BytesIO(print_book([PrintRow(cells=[text]), PrintRow(cells=[text], height=99)]))
    )["总览"]
    needed, told = (page.row_dimensions[row].height for row in (2, 3))
    assert needed > 3 * 13
    assert told == 99


def test_text_of_a_print_sheet_that_looks_like_a_formula_stays_a_text() -> None:
    page = load_workbook(io.BytesIO(print_book([PrintRow(cells=[PrintCell(value="=1+1")])])))
    assert page["总览"]["A2"].data_type == "s"
    assert page["总览"]["A2"].quotePrefix


@pytest.mark.parametrize("lying", [True, False])
def test_chart_has_a_title_a_description_and_the_figures_of_its_table(lying: bool) -> None:
    data = book([chart_sheet(14, lying=lying)], {})
    chart = part(data, "xl/charts/chart1.xml")
    assert "各部门资金" in chart
    assert "'总览'!$A$3:$A$16" in chart.replace("总览!", "'总览'!")
    assert "清源县第13局（办公室）" in chart
    assert re.findall("<c:v>(113|126)</c:v>", chart) == ["113", "126"]
    drawing = part(data, "xl/drawings/drawing1.xml")
    assert 'descr="条形图：各部门的财政拨款和其他资金"' in drawing


def test_more_series_than_colours_are_all_drawn() -> None:
    sheet = chart_sheet(2)
    series = [Series(name=(1, 1), column=1)] * (len(COLOURS) + 1)
    chart = part(book([replace(sheet, charts=[replace(sheet.charts[0], series=series)])], {}),
                 "xl/charts/chart1.xml")  # fmt: skip
    assert chart.count("<c:ser>") == len(series)


def contrast(one: str, other: str) -> float:
    """How much two colours differ, as guidelines for people who see little reckon it."""

    def light(colour: str) -> float:
        parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)


def test_colours_are_told_apart_by_people_who_see_little() -> None:
    assert min(contrast(colour, "#FFFFFF") for colour in COLOURS) >= 3
    assert contrast(*COLOURS[:2]) >= 3
    for ink in (INK, FAINT, LINK):
        assert min(contrast(ink, fill) for fill in ("#FFFFFF", HEAD_FILL, TOTAL_FILL)) >= 4.5


# -- pages


@given(st.lists(st.floats(3, 80), min_size=1, max_size=40), st.sampled_from(["A4", "A3"]))
def test_paper_is_the_smallest_that_all_columns_fit_at_nine_points(
    widths: list[float], paper: Paper
) -> None:
    page = page_for(widths, paper)
    needed = sum(map(width_in_points, widths)) * LEAST_SCALE / 100
    if page.fits:
        assert needed <= room_of(page)
    else:
        assert page.paper == "A3"
    smaller = Page("A4", True)
    if page.fits and page.paper == "A3" and paper == "A4":
        assert needed * 1.03 > room_of(smaller)


def shown_anew(lines: int) -> tuple[list[int], float]:
    """On which rows a table of one unit names it anew, and how high the rows above it are."""
    held: list[Line] = [{"number": n, "department": "局", "unit": "校"} for n in range(lines)]
    page = opened([data_sheet(held)], {"projects": held})["项目明细"]
    found = {}
    for row in range(6, 5 + lines):
        rules = [
            [rule.formula[0] for rule in each.rules]
            for each in page.conditional_formatting
            if f"C{row}" in each.cells
        ]
        assert len(rules) == 1, row
        found[row] = rules[0]
    heads = sum(page.row_dimensions[row].height for row in range(1, 5))
    return [row for row, rules in found.items() if rules == ["1>0"]], heads


def test_the_first_line_of_each_page_says_whose_it_is() -> None:
    starts, heads = shown_anew(100)
    (lines,) = {after - before for before, after in zip([5, *starts], starts, strict=False)}
    assert lines == (rows_on(Page("A4", True), [10]) - heads) // height_of(1)
    assert shown_anew(lines + 1)[0] == [5 + lines]  # also where the page has this line only
    assert shown_anew(lines)[0] == []


def test_formulas_of_conditions_still_count_from_the_first_of_their_rows() -> None:
    """Should the second line of a table begin a page, nothing can be taken out before it."""
    rule = '<cfRule type="expression" dxfId="0" priority="1"><formula>B6=B5</formula></cfRule>'
    condition = f'<conditionalFormatting sqref="B6:B20">{rule}{rule}</conditionalFormatting>'
    pages = Pages(100, '<row r="1" ht="10"/>')
    for row, height in enumerate((80, 50, 40, 70), 5):
        pages.add(row, height)
    assert pages.starts == [6, 8]
    assert re.findall('sqref="(.*?)"', pages.shown(condition)) == ["B6:B7 B9:B20", "B8"]


def test_sheet_that_is_too_wide_repeats_its_fixed_columns() -> None:
    wide = [*COLUMNS[:4], *(replace(AMOUNT, key=f"a{n}", heading=f"金额{n}", total=False)
                            for n in range(20))]  # fmt: skip
    page = opened([data_sheet([], wide, fixed=4)], {"projects": []})["项目明细"]
    assert page.print_title_cols == "$A:$D"
    assert page.print_title_rows == "$1:$4"
    assert page.page_setup.scale == 90
    assert page.freeze_panes == "E5"


def test_what_is_not_printed_is_outside_the_printed_area() -> None:
    page = opened([data_sheet([])], {"projects": []})["项目明细"]
    assert page.print_area == "'项目明细'!$A$1:$E$5"


def test_nothing_is_merged_on_a_data_sheet_and_titles_fit_narrow_tables() -> None:
    narrow = [NUMBER, replace(PROJECT, width=34)]
    for title, size in (("短标题", 16), ("清源县二〇二六年部门预算绩效目标汇总", 12)):
        sheet = replace(data_sheet([], narrow, remark="说明" * 60), title=title)
        page = opened([overview(), sheet], {"projects": []})["项目明细"]
        assert page["A1"].font.size == size
        assert not page.merged_cells.ranges
