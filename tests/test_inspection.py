"""The linter of written workbooks: each rule can say no, and what ptxl writes passes them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from click.testing import CliRunner
from openpyxl.chart import BarChart, Reference
from openpyxl.formatting.rule import ColorScale, DataBar, FormatObject, Rule
from openpyxl.styles import Color, Font, PatternFill
from openpyxl.worksheet.table import Table

from ptxl import api
from ptxl.cli.main import cli
from ptxl.demo import Demo, run_demo
from ptxl.inspection.book import Book
from ptxl.inspection.colours import contrast_too_low
from ptxl.inspection.flaws import Flaw
from ptxl.inspection.looks import contrast
from ptxl.inspection.paper import printed_of
from ptxl.inspection.rulebook import RULES, SPARED, inspect_parts
from ptxl.merge.alike import AcrossUnits
from ptxl.merge.rows import Asked, UnitSummary
from ptxl.merge.views import View
from ptxl.model.errors import WorkbookError
from ptxl.model.path import Path as Place
from ptxl.ooxml.package import pack, unpack
from ptxl.summary.collection import About, Collection
from ptxl.summary.workbook import write_workbook
from ptxl.template import find_templates
from ptxl.words import LANGUAGES, Language, Speaker
from ptxl.words.catalogues import catalogue
from tests.conftest import ROOT, UNIT
from tests.shared import made_once
from tests.summaries import UNREAD, Project, form

pytestmark = pytest.mark.slow

LINES = 60
TITLE = "清源县2026年部门预算绩效目标"


def good(*, left: int = 0, tables: int = 1) -> dict[str, bytes]:
    """The parts of a workbook in which nothing is wrong: print sheet, data sheet, remarks."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"title": TITLE, "author": "ptxl"})
    money = book.add_format({"num_format": "#,##0.000", "font_size": 10})
    plain = book.add_format({"font_size": 10})
    grey = book.add_format({"font_size": 10, "font_color": "#595959"})
    wrapped = book.add_format({"font_size": 10, "text_wrap": True})
    first, data, notes = (book.add_worksheet(name) for name in ("总览", "明细", "备注"))
    first.write_string(0, 0, TITLE, plain)
    first.write_formula(1, 0, "=SUM('明细'!$C$5:$C$64)", money, LINES * 1000)
    first.write_url(2, 0, "internal:'明细'!A1", plain, "明细")
    first.write_url(3, 0, "external:收件/101001.xlsx", plain, "101001")
    chart = book.add_chart({"type": "bar"})
    chart.add_series({"values": ["明细", 4, 2, 8, 2]})
    chart.set_title({"name": "资金"})
    first.insert_chart(5, 0, chart, {"description": "各单位资金的条形图"})
    data.write_string(0, 0, "明细", plain)
    for number in range(tables):
        place = left + number * 4
        lines = [[f"单位{line}", "未报", 1000] for line in range(LINES)]
        data.add_table(3, place, 3 + LINES, place + 2, {
            "name": f"明细表{number or ''}", "description": "每行一个单位，取自各单位的报送",
            "data": lines, "style": None,
            "columns": [{"header": "单位", "format": plain}, {"header": "状态", "format": grey},
                        {"header": "金额", "format": money}],
        })  # fmt: skip
    data.set_column(0, 0, 21)
    data.conditional_format(4, left + 1, 3 + LINES, left + 1, {
        "type": "formula", "criteria": f"=${'BC'[left]}5=\"未报\"",
        "format": book.add_format({"bg_color": "#FFF2CC"}),
    })  # fmt: skip
    data.freeze_panes(4, 1)
    data.repeat_rows(3)
    data.fit_to_pages(1, 0)
    data.set_landscape()
    data.set_paper(9)
    data.set_footer("&C&9&P", {"scale_with_doc": False})
    notes.set_row(0, 40)
    notes.set_column(0, 0, 31)
    notes.write_string(0, 0, "金额单位：万元。" * 4, wrapped)
    book.close()
    return unpack(target.getvalue())


BOOK, CORE, STYLES = "xl/workbook.xml", "docProps/core.xml", "xl/styles.xml"
FIRST, DATA, NOTES = (f"xl/worksheets/sheet{number}.xml" for number in (1, 2, 3))
TABLE, CHART, DRAWING = "xl/tables/table1.xml", "xl/charts/chart1.xml", "xl/drawings/drawing1.xml"
LINKS = "xl/worksheets/_rels/sheet1.xml.rels"
FORMULA = r"SUM\('明细'!\$C\$5:\$C\$64\)"
OUTSIDE = '<row r="90"><c r="A90" t="inlineStr"><is><t>合计</t></is></c></row></sheetData>'
AS_TEXT = r'<c r="C9" s="2" t="inlineStr"><is><t>1,000</t></is></c>'
MANY = "".join('<hyperlink ref="A1" location="A1"/>' for _ in range(65_530))
#: of each rule: the part to change, what in it (a pattern), into what
BROKEN: Mapping[str, tuple[str, str, str]] = {
    "no_title": (CORE, r"<dc:title>.*?</dc:title>", ""),
    "author_unclear": (CORE, r">ptxl<", ">王敏<"),
    "sheet_name_unusable": (BOOK, r'name="备注"', f'name="{"备注" * 16}"'),
    "sheet_blank": (NOTES, r"<sheetData>.*</sheetData>", "<sheetData/>"),
    "sheet_untitled": (NOTES, r'r="A1" s="4"', 'r="B1" s="1"'),
    "first_sheet_not_open": (BOOK, r"<workbookView ", '<workbookView activeTab="1" '),
    "cursor_elsewhere": (
        NOTES, r'<sheetView workbookViewId="0"/>',
        '<sheetView workbookViewId="0"><selection activeCell="C9" sqref="C9"/></sheetView>'),
    "sheet_hidden": (BOOK, r'name="备注"', 'name="备注" state="hidden"'),
    "lines_hidden": (DATA, r'<row r="9" ', '<row r="9" hidden="1" '),
    "drawing_not_described": (DRAWING, r'descr="[^"]*"', 'descr=" "'),
    "chart_untitled": (CHART, r"<c:title>.*?</c:title>", ""),
    "headings_unusable": (TABLE, r'name="状态"', 'name="情况"'),
    "merged_on_data_sheet": (
        DATA, r"</sheetData>", '</sheetData><mergeCells><mergeCell ref="A1:C1"/></mergeCells>'),
    "blank_in_table": (DATA, r'<c r="B9"[^>]*><v>\d+</v></c>', ""),
    "outside_table": (DATA, r"</sheetData>", OUTSIDE),
    "table_not_described": (TABLE, r'altTextSummary="[^"]*"', ""),
    "table_unnamed": (TABLE, r'displayName="明细表"', 'displayName="Table12"'),
    "heads_not_frozen": (DATA, r"<pane [^>]*/>", ""),
    "number_as_text": (DATA, r'<c r="C9" s="2"><v>1000</v></c>', AS_TEXT),
    "contrast_too_low": (STYLES, r"FF595959", "FFAAAAAA"),
    "colour_alone": (
        DATA, r'<conditionalFormatting sqref="[^"]*">(.*?)<formula>.*?</formula>',
        r'<conditionalFormatting sqref="H5:H9">\1<formula>$A$2="x"</formula>'),
    "negative_by_colour": (STYLES, r"#,##0\.000", "#,##0.000;[Blue]#,##0.000"),
    "printed_too_small": (DATA, r'width="21\.\d+"', 'width="150"'),
    "margin_text_too_small": (DATA, r"&amp;9", "&amp;8"),
    "heads_not_repeated": (BOOK, r"<definedNames>.*</definedNames>", ""),
    "sheet_not_quoted": (FIRST, r"'明细'!\$C\$5", "明细!$C$5"),
    "table_reference": (FIRST, FORMULA, "SUM(明细表[金额])"),
    "function_unusual": (FIRST, r"SUM\(", "_xlfn.AGGREGATE(9,0,"),
    "result_missing": (FIRST, r"</f><v>60000</v>", "</f>"),
    "result_is_error": (FIRST, r'<c r="A2" s="2"><f>(.*?)</f><v>60000</v>',
                        r'<c r="A2" s="2" t="e"><f>\1</f><v>#N/A</v>'),
    "looks_elsewhere": (FIRST, r"'明细'!\$C\$5", "'[1]明细'!$C$5"),
    "formula_leads_nowhere": (FIRST, r"'明细'!\$C\$5", "'没有'!$C$5"),
    "link_leads_nowhere": (FIRST, r"location=\"'明细'!A1\"", "location=\"'没有'!A1\""),
    "link_not_relative": (LINKS, r'Target="收件\\', 'Target="file:///C:/收件/'),
    "too_many_links": (FIRST, r"<hyperlinks>", f"<hyperlinks>{MANY}"),
    "text_cut": (NOTES, r'ht="39.75"', 'ht="15"'),
    "number_too_wide": (DATA, r"(<c r=\"C9\" s=\"2\"><v>)1000<", r"\g<1>123456789012<"),
}  # fmt: skip


def edited(parts: Mapping[str, bytes], part: str, pattern: str, into: str) -> dict[str, bytes]:
    """Parts of which one is changed, surely."""
    text = parts[part].decode()
    changed, count = re.subn(pattern, into, text, flags=re.DOTALL)
    assert count, f"nothing to change in {part}"
    assert changed != text
    return {**parts, part: changed.encode()}


def broken_rules(parts: Mapping[str, bytes]) -> set[str]:
    """The rules that a workbook breaks, each worded in every language."""
    flaws = inspect_parts(parts)[1]
    for flaw in flaws:
        for language in LANGUAGES:
            speaker = Speaker(language)
            assert speaker.word(flaw.sentence)
            assert speaker.word(flaw.place)
    return {flaw.rule for flaw in flaws}


def test_nothing_is_wrong_with_a_good_workbook() -> None:
    kind, flaws = inspect_parts(good())
    assert (kind, flaws) == ("other", ())


@pytest.mark.parametrize("rule", BROKEN)
def test_a_workbook_that_breaks_one_rule_is_told_just_that(rule: str) -> None:
    assert broken_rules(edited(good(), *BROKEN[rule])) == {rule}


def test_tables_beside_each_other_are_told_as_such() -> None:
    # A second table on a sheet always stands beside the first, or below it.
    assert broken_rules(good(tables=2)) == {
        "several_tables", "table_not_at_left", "outside_table",
    }  # fmt: skip


def test_a_table_that_begins_in_another_column_is_told() -> None:
    parts = edited(good(left=1), FIRST, r"\$C\$5:\$C\$64", "$D$5:$D$64")
    assert broken_rules(parts) == {"table_not_at_left"}


def test_every_rule_is_broken_by_some_test() -> None:
    assert set(RULES) - set(BROKEN) == {"several_tables", "table_not_at_left"}


def test_places_are_named() -> None:
    (flaw,) = inspect_parts(edited(good(), *BROKEN["blank_in_table"]))[1]
    assert (flaw.sheet, flaw.cells) == ("明细", ("B9",))
    assert Speaker("zh").word(flaw.place) == "明细!B9"
    (flaw,) = inspect_parts(edited(good(), *BROKEN["no_title"]))[1]
    assert Speaker("en").word(flaw.place) == "the workbook"


# -- colours


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("000000", "FFFFFF") == 21
    assert round(contrast("777777", "FFFFFF"), 2) == 4.48
    assert contrast("FFFFFF", "767676") > 4.5


@pytest.mark.parametrize(
    ("colour", "seen"),
    [
        ('theme="0"', True), ('theme="1"', False), ('theme="4"', True),
        ('theme="1" tint="0.5"', True), ('theme="1" tint="0.1"', False),
        ('theme="4" tint="-0.5"', False),
        ('indexed="9"', True), ('indexed="8"', False), ('indexed="13"', True),
        ('auto="1"', False), ('indexed="64"', False), ('rgb="AAAAAA"', True),
        ('theme="99"', False), ('rgb="blue"', False), ('theme="1" tint="much"', False),
    ],
)  # fmt: skip
def test_colours_are_found_wherever_they_are_said(colour: str, seen: bool) -> None:
    parts = edited(good(), STYLES, r'<color rgb="FF595959"/>', f"<color {colour}/>")
    assert broken_rules(parts) == ({"contrast_too_low"} if seen else set())


def test_a_condition_that_hides_letters_is_told() -> None:
    parts = edited(good(), STYLES, r"FFFFF2CC", "FF595959")
    (spot,) = contrast_too_low(Book(parts))
    assert len(spot.cells) == LINES
    assert spot.facts == {"font": "595959", "fill": "595959", "contrast": "1.0"}


def test_headings_of_a_style_of_tables_are_seen_as_the_style_paints_them() -> None:
    styled = '<tableStyleInfo name="TableStyleMedium{}" showRowStripes="1"/>'
    for number, seen in ((2, True), (1, False), (22, False)):
        parts = edited(good(), TABLE, r"<tableStyleInfo [^>]*/>", styled.format(number))
        assert broken_rules(parts) == ({"contrast_too_low"} if seen else set())


def test_colours_of_number_formats_count() -> None:
    parts = edited(good(), STYLES, r"#,##0\.000", "#,##0.000;[Yellow]-#,##0.000")
    assert broken_rules(parts) == {"contrast_too_low"}


# -- paper


def test_the_scale_follows_from_widths_margins_and_paper() -> None:
    (page,) = (page for page in Book(good()).pages if page.name == "明细")
    assert printed_of(page).scale == 1
    wide = edited(good(), DATA, r'width="21\.\d+"', 'width="150"')
    wide = edited(wide, DATA, r"<pageMargins [^>]*/>",
                  '<pageMargins left="0.5" right="0.5" top="0.5" bottom="0.5"/>')  # fmt: skip
    (page,) = (page for page in Book(wide).pages if page.name == "明细")
    # 150 and twice 9.14 characters of 7 pixels, on 841.9 points less an inch
    assert printed_of(page).scale == 0.87
    (page,) = (
        page for page in Book(edited(wide, DATA, r'paperSize="9"', 'paperSize="8"')).pages
        if page.name == "明细"
    )  # fmt: skip
    assert printed_of(page).scale == 1


# -- what ptxl writes


@pytest.fixture(scope="module", params=("zh", "en"))
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    def make(folder: Path) -> Demo:
        return run_demo(folder / "round", datetime(2026, 3, 25, 14), request.param)

    return made_once(f"round-{request.param}", tmp_path_factory, make)


def flaws_in(paths: Iterator[Path]) -> dict[str, list[Flaw]]:
    """The flaws of some workbooks, of each that has some."""
    found = {path.name: list(api.inspect(path)[1]) for path in sorted(paths)}
    assert found
    return {name: flaws for name, flaws in found.items() if flaws}


@pytest.mark.parametrize("template", [path.parent.name for path in find_templates()])
def test_every_blank_form_passes(template: str, tmp_path: Path) -> None:
    (path,) = api.generate(template, [UNIT], tmp_path)
    assert api.inspect(path) == ("form", ())


def test_filled_forms_and_marked_copies_pass(demo: Demo) -> None:
    assert flaws_in(demo.where.inbox.rglob("*.xlsx")) == {}
    marked = list(demo.where.letters.rglob("*.xlsx"))
    assert {api.inspect(path)[0] for path in marked} >= {"marked"}
    assert flaws_in(iter(marked)) == {}


def test_board_and_list_of_problems_pass(demo: Demo) -> None:
    assert api.inspect(demo.board_path) == ("report", ())
    assert demo.problems_path
    assert api.inspect(demo.problems_path) == ("problem_list", ())


def test_the_summary_of_a_round_passes(demo: Demo) -> None:
    assert api.inspect(demo.summary.workbook) == ("report", ())


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("units", [0, 1, 14, 300])
def test_summaries_of_any_size_pass(units: int, language: Language, tmp_path: Path) -> None:
    """Departments of several units, amounts that cannot be read, long texts, money in millions."""
    made = io.BytesIO()
    with Collection(tmp_path, About(title=TITLE, language=language)) as taken:
        for number in range(units):
            taken.add(View(counted(number)))
        write_workbook(made, taken, AcrossUnits(), tmp_path)
    assert inspect_parts(unpack(made.getvalue())) == ("report", ())


def counted(number: int) -> UnitSummary:
    """A unit of the made-up county."""
    amount = UNREAD if number % 9 == 4 else str(number * 12_345.67)
    projects = [
        Project(name=f"第{number}号{'农村饮水安全巩固提升' * (n + 1)}项目", total=amount,
                code=f"P{n}", targets={"修建管网长度": "≥12.5公里", "群众满意度": "有所提高"})
        for n in range(number % 3 + 1)
    ]  # fmt: skip
    unit = form(str(100_000 + number), *projects, place=number)
    asked = {Place("projects[]"): Asked(label="项目", kind="table"), **unit.asked}
    named = replace(unit.form, department=f"清源县第{number // 7}局")
    return replace(unit, form=named, asked=asked)


# -- what others write


def by_openpyxl() -> bytes:
    """Merged cells, a chart, a table, conditions, a fill of the theme, a formula without value."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (["a", "b"], [1, 2], [3, "=A2+A3"]):
        sheet.append(row)
    sheet["A1"].font = Font(color="FFFFFF", size=6)
    sheet["B1"].fill = PatternFill("gray125")
    sheet.add_table(Table(displayName="Table1", ref="A1:B3"))
    sheet.merge_cells("D1:E2")
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=1, min_row=1, max_row=3))
    sheet.add_chart(chart, "G2")
    ends = [FormatObject(type="min"), FormatObject(type="max")]
    colours = [Color("FF000000"), Color("FFFFFFFF")]
    scale = Rule(type="colorScale", colorScale=ColorScale(cfvo=ends, color=colours))
    sheet.conditional_formatting.add("A2:A3", scale)
    bar = Rule(type="dataBar", dataBar=DataBar(cfvo=ends, color=Color("FF638EC6")))
    sheet.conditional_formatting.add("B2:B3", bar)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def by_openpyxl_write_only() -> bytes:
    """A stream of rows, as reports are written by the thousand."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Sheet")
    for number in range(100):
        sheet.append([number, f"text {number}", None])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def by_xlsxwriter() -> bytes:
    """Rich texts, a shape, a note, a picture of an icon set, a chart sheet, a sparkline."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    sheet, small = book.add_worksheet(), book.add_format({"font_size": 5})
    sheet.write_rich_string("A1", "large ", small, "small")
    sheet.insert_textbox("C3", "box")
    sheet.write_comment("A1", "note")
    sheet.write_column("A2", [1, 2, 3])
    sheet.conditional_format("A2:A4", {"type": "icon_set", "icon_style": "3_traffic_lights"})
    sheet.add_sparkline("B2", {"range": "Sheet1!A2:A4"})
    sheet.write_dynamic_array_formula("E1", "=SORT(A2:A4)")
    chart = book.add_chart({"type": "pie"})
    chart.add_series({"values": "=Sheet1!$A$2:$A$4"})
    book.add_chartsheet().set_chart(chart)
    book.close()
    return target.getvalue()


def by_hand() -> bytes:
    """The least that a workbook is: no styles, no theme, cells and rows without names."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/package/2006/relationships"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f'<Relationships xmlns="{relations}"><Relationship Id="r" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="a" sheetId="1" r:id="s"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{relations}"><Relationship Id="s" '
        f'Type="{office}/worksheet" Target="worksheets/a.xml"/></Relationships>',
        "xl/worksheets/a.xml": f'<worksheet xmlns="{main}"><sheetData><row><c><v>1</v></c>'
        '<c t="s"><v>7</v></c><c t="n"><f>A1</f></c></row></sheetData></worksheet>',
    }  # fmt: skip
    return pack({name: text.encode() for name, text in parts.items()})


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (by_openpyxl, {"no_title", "contrast_too_low", "printed_too_small", "table_not_described",
                       "table_unnamed", "drawing_not_described", "result_missing", "chart_untitled",
                       "merged_on_data_sheet", "heads_not_frozen", "blank_in_table"}),
        (by_openpyxl_write_only, {"no_title"}),
        (by_xlsxwriter, {"no_title", "author_unclear", "printed_too_small", "function_unusual",
                         "drawing_not_described"}),
        (by_hand, {"no_title", "author_unclear", "result_missing"}),
    ],
)  # fmt: skip
def test_workbooks_of_others_are_judged_too(
    written: object, told: set[str], tmp_path: Path
) -> None:
    assert callable(written)
    path = tmp_path / "theirs.xlsx"
    path.write_bytes(written())
    kind, flaws = api.inspect(path)
    assert kind == "other"
    assert {flaw.rule for flaw in flaws} == told


# -- the command, and the page


def test_the_command_names_file_sheet_cell_and_rule(tmp_path: Path) -> None:
    path = tmp_path / "汇总.xlsx"
    path.write_bytes(pack(edited(good(), *BROKEN["contrast_too_low"])))
    done = CliRunner().invoke(cli, ["inspect", str(path), "--lang", "zh"])
    assert done.exit_code == 1
    assert "汇总.xlsx（其他工作簿）：2 处要改" in done.output
    assert "明细!B5、B6、B7、B8、B9、B10 等共 60 处：字色 AAAAAA 与底色 FFF2CC" in done.output
    done = CliRunner().invoke(cli, ["inspect", str(path), "--format", "json", "--lang", "en"])
    assert '"rule": "contrast_too_low"' in done.output
    path.write_bytes(pack(good()))
    done = CliRunner().invoke(cli, ["inspect", str(path), "--lang", "en"])
    assert (done.exit_code, done.output) == (
        0, f"{path} (workbook of another program): nothing to mend\n",
    )  # fmt: skip


def test_what_is_no_xlsx_is_refused_and_named(tmp_path: Path) -> None:
    path = tmp_path / "notes.xlsx"
    path.write_bytes(b"no workbook")
    done = CliRunner().invoke(cli, ["inspect", str(path), "--lang", "en"])
    assert done.exit_code == 3
    assert "notes.xlsx" in done.output
    assert CliRunner().invoke(cli, ["inspect", "--lang", "en"]).exit_code == 2
    with pytest.raises(WorkbookError):
        api.inspect(path)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_says_what_is_wrong_and_why(language: str) -> None:
    words = catalogue(language)
    for table in ("found", "because"):
        prefix = f"inspection.{table}."
        assert {code.removeprefix(prefix) for code in words if code.startswith(prefix)} == set(
            RULES
        )
    done = CliRunner().invoke(cli, ["inspect", "--rules", "--lang", language])
    for rule in RULES:
        assert f"{rule}{':' if language == 'en' else '：'}" in done.output
    for reasons in SPARED.values():
        for reason in reasons.values():
            assert words[f"inspection.reasons.{reason}"] in done.output


def test_the_page_lists_every_rule_with_its_reason_and_who_is_spared() -> None:
    page = (ROOT / "docs" / "workbook-lint.md").read_text(encoding="utf-8")
    words = catalogue("en")
    for rule in RULES:
        sentence, reason = (words[f"inspection.{table}.{rule}"] for table in ("found", "because"))
        assert f"| `{rule}` | {re.sub(r':[a-z]+}', '}', sentence)} | {reason} |" in page
    for rule, spared in SPARED.items():
        for kind, reason in spared.items():
            called, why = words[f"inspection.kinds.{kind}"], words[f"inspection.reasons.{reason}"]
            assert f"| `{rule}` | {called} | {why} |" in page
