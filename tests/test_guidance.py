"""What the self-check tells a clerk: what is to be done, where, in which order, and when none."""

from __future__ import annotations

import re
import zipfile
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest

from ptxl.cells import cell_name, column_name
from ptxl.check.submission import check_submission
from ptxl.layout.helper_sheets import helper_sheets, is_banner, verdicts
from ptxl.model.layout import Layout
from ptxl.ooxml.package import unpack
from ptxl.ooxml.sheet import NewValue
from ptxl.read import open_workbook
from ptxl.renew.fill import fill_form
from ptxl.template import Templates, load_template
from ptxl.words import Language
from ptxl.write.check_line import State
from ptxl.write.check_states import cached_values
from ptxl.write.form_book import READY
from ptxl.write.self_check import (
    FIRST_LINE,
    FIRST_SHOWN,
    LIGHT,
    LIGHTS,
    LINK_COLUMN,
    MOST_SHOWN,
    PRINTED,
    STATE_COLUMN,
    TALLY_ROW,
    TEXT_COLUMN,
    VERDICT_ROW,
    lit_cells,
)
from ptxl.write.stencil import write_form
from tests.broken import good_form
from tests.conftest import SAMPLES, UNIT, submit
from tests.fillings import Answers, held, python_results
from tests.office import Office, painted
from tests.packages import patch_cells

CHECK = helper_sheets("zh").check
#: a project that is right, its rows of indicators aside
PROJECT: Answers = {
    "projects[0].code": "130730",
    "projects[0].name": "网络安全监测",
    "projects[0].department": "县委网信办",
    "projects[0].unit": "县委网信办",
    "projects[0].nature": "一次性项目",
    "projects[0].period": "2026年",
    "projects[0].funds.total": Decimal(10),
    "projects[0].funds.fiscal": Decimal(10),
    "projects[0].annual_goal": "购买舆情监测软件，监测覆盖率达到100%",
}
#: categories, name, sign, amount, unit and weight
ROWS = (
    ("成本指标", "经济成本指标", "监测服务采购总成本", "≤", "10", "万元", "20"),
    ("产出指标", "数量指标", "舆情监测次数", "≥", "12", "次", "30"),
    ("产出指标", "质量指标", "舆情监测覆盖率", "＝", "100", "%", "10"),
    ("产出指标", "时效指标", "舆情报告及时率", "≥", "95", "%", "10"),
    ("效益指标", "社会效益指标", "网络舆情处置率", "≥", "95", "%", "20"),
    ("满意度指标", "服务对象满意度指标", "使用部门满意度", "≥", "90", "%", "10"),
)
COLUMNS = ("level1", "level2", "level3", "value.sign", "value.amount", "value.unit", "weight")


@pytest.fixture(scope="module")
def layout() -> Layout:
    return load_template("national-project").layout({"year": 2026})


def right() -> dict[str, NewValue]:
    found: dict[str, NewValue] = dict(PROJECT)
    for number, row in enumerate(ROWS):
        for name, text in zip(COLUMNS, row, strict=True):
            found[f"projects[0].indicators[{number}].{name}"] = text
    return found


class Seen:
    """The self-check of a form with some answers."""

    def __init__(self, layout: Layout, answers: Answers) -> None:
        self.submission = submit(layout, answers)
        self.layout = layout
        names = [sheet.sheet.name for sheet in layout.sheets]
        cells = cached_values(layout, names, python_results(self.submission), held(self.submission))
        self.banners = [str(*cells[name].values()) for name in names]
        self.verdict = cells[CHECK][VERDICT_ROW, 0]
        self.tally = cells[CHECK][TALLY_ROW, 0]
        self.hidden = cells["_check"]
        columns = (STATE_COLUMN, TEXT_COLUMN, LINK_COLUMN)
        rows = range(FIRST_SHOWN, 1 + max(row for row, _ in cells[CHECK]))
        every = [tuple(cells[CHECK][row, column] for column in columns) for row in rows]
        self.lines = [line for line in every if line[0] != ""]

    def lit(self) -> dict[str, object]:
        found: dict[str, object] = {}
        for row, path in enumerate(lit_cells(self.layout), FIRST_LINE):
            if self.hidden[row, LIGHT]:
                found[str(path)] = self.hidden[row, LIGHT]
        return found


def test_a_right_form_may_be_sent_in(layout: Layout) -> None:
    seen = Seen(layout, right())
    assert check_submission(seen.submission).errors == 0
    assert (seen.lines, seen.verdict) == ([], "可以报送")
    assert seen.tally == "36 项检查全部通过"
    assert seen.banners == ["本表自查已通过", "本表未用"]
    assert seen.lit() == {}


def test_a_blank_form_asks_for_what_must_be_there_and_lists_no_sheet_that_is_spare(
    layout: Layout,
) -> None:
    seen = Seen(layout, {})
    assert [line[0] for line in seen.lines] == ["未填", "未填"]
    assert seen.lines[0][1:] == ("还有 9 格必填项未填（浅黄色），从B3填起", "B3")
    assert (seen.verdict, seen.tally) == ("还有 12 项未填", "")


def test_a_line_names_the_first_row_that_fails_quotes_it_and_leads_there(layout: Layout) -> None:
    answers = right()
    for row in (3, 4):
        answers[f"projects[0].indicators[{row}].value.sign"] = "≤"
    seen = Seen(layout, answers)
    ((state, text, cell),) = seen.lines
    assert (state, cell) == ("请核对", "D16")
    assert str(text).startswith("第 16 行等 2 行：“舆情报告及时率”")
    assert "“≤95%”" in str(text)
    assert "改为“≥”" in str(text)
    assert seen.lit() == {
        f"projects[0].indicators[{row}].value.sign": LIGHTS[State.DOUBTED] for row in (3, 4)
    }


def test_a_value_in_words_is_quoted_as_it_would_be_written(layout: Layout) -> None:
    row = "projects[0].indicators[1].value"
    answers = right() | {f"{row}.sign": "定性", f"{row}.amount": "有效提升"}
    del answers[f"{row}.unit"]
    ((_, text, _),) = Seen(layout, answers).lines
    assert "指标值是“有效提升”" in str(text)


def test_while_anything_is_to_be_looked_at_nothing_is_said_to_be_passed(layout: Layout) -> None:
    answers = right() | {"projects[0].indicators[3].value.sign": "≤"}
    seen = Seen(layout, answers)
    assert seen.verdict == "没有错误，还有 1 项请核对"
    assert seen.banners[0] == "本表没有错误，还有 1 项请核对，见“填报自查”页"


def test_what_is_wrong_comes_first_and_passed_lines_are_only_counted(layout: Layout) -> None:
    answers = right()
    answers["projects[0].funds.total"] = Decimal(11)
    answers["projects[0].indicators[3].value.sign"] = "≤"
    del answers["projects[0].name"]
    seen = Seen(layout, answers)
    states = [line[0] for line in seen.lines]
    assert states == ["有误", "未填", "请核对"]
    assert seen.tally == "另有 33 项已通过"
    assert seen.verdict == "还有 1 项未填、1 项有误、1 项请核对"
    assert seen.lines[1][2] == "F3"


@pytest.mark.parametrize(
    ("pasted", "text", "cell"),
    [
        ({"indicators[1].level1": "产出"}, "第 14 行：“产出”不在下拉列表中", "A14"),
        ({"indicators[1].level2": "社会效益指标"}, "第 14 行：“社会效益指标”不在下拉列表", "B14"),
        ({"funds.fiscal": Decimal(-1), "funds.other": Decimal(11)}, "第 7 行：“-1”是负数", "F7"),
        ({"indicators[2].weight": "-10%"}, "第 15 行：“-10%”是负数", "G15"),
    ],
    ids=["no word of its list", "another category's", "negative amount", "negative share"],
)
def test_what_only_pasting_brings_in_is_wrong(
    layout: Layout, pasted: dict[str, NewValue], text: str, cell: str
) -> None:
    answers = right() | {f"projects[0].{name}": value for name, value in pasted.items()}
    seen = Seen(layout, answers)
    assert check_submission(seen.submission).errors
    wrong = [line for line in seen.lines if line[0] == "有误" and line[2] == cell]
    assert [str(line[1]).startswith(text) for line in wrong] == [True]
    assert LIGHTS[State.WRONG] in seen.lit().values()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_banner_is_known_for_one(language: Language) -> None:
    of_sheet = verdicts(language)[1]
    counts = [(n, m, k) for n in (0, 2) for m in (0, 1) for k in (0, 12)]
    texts = {of_sheet.text(each) for each in counts}
    assert len(texts) == len(counts)
    assert all(is_banner(text, language) for text in (*texts, of_sheet.unused))
    assert is_banner("本表还有 5 项未填或有误，见“填报自查”页", "zh")
    assert not is_banner("本表自查", "zh")


def test_what_there_is_no_room_for_is_counted(layout: Layout) -> None:
    """On paper the list is one page; on the sheet it has room for more lines than people mend."""
    many = load_template("national-project").layout({"projects": 12})
    answers: dict[str, NewValue] = {
        f"projects[{number}].name": f"项目{number}" for number in range(10)
    }
    assert Seen(many, answers).tally == "打印时只印前 13 条"
    for number in range(12):
        project = f"projects[{number}]"
        answers[f"{project}.funds.total"] = Decimal(200_000 + number)
        answers[f"{project}.funds.fiscal"] = Decimal(5)
        answers[f"{project}.indicators[0].level3"] = "*率"
        answers[f"{project}.indicators[0].weight"] = "-5"
    seen = Seen(many, answers)
    assert len(seen.lines) == MOST_SHOWN
    assert seen.lines[0][0] == "有误"
    assert seen.tally == (
        "打印时只印前 13 条；先列出 60 条，改好以后接着列出其余 48 条；另有 336 项已通过"
    )


def test_what_is_printed_of_the_self_check_is_one_page_and_no_blank_lines(layout: Layout) -> None:
    parts = unpack(write_form(layout, UNIT))
    book, check = parts["xl/workbook.xml"].decode(), parts["xl/worksheets/sheet2.xml"].decode()
    last = FIRST_SHOWN + PRINTED
    area = f"{CHECK}!$A$1:${column_name(LINK_COLUMN)}${last}"
    assert f'<definedName name="_xlnm.Print_Area" localSheetId="1">{area}</definedName>' in book
    assert '<pageSetUpPr fitToPage="1"/>' in check
    assert "fitToHeight" not in check  # and so it is one page
    assert f"{CHECK}!$5:$5" not in book  # nor has it heads to repeat


@pytest.mark.office
def test_a_blank_form_prints_one_page_of_self_check(
    office: Office, tmp_path: Path, layout: Layout
) -> None:
    source, target = tmp_path / "blank.xlsx", tmp_path / "blank.pdf"
    source.write_bytes(write_form(layout, UNIT))
    office.pdf(source, target)
    helpers = 3  # guide, self-check and notes
    assert len(office.pages(target, tmp_path / "pages", dpi=20)) == helpers + len(layout.sheets)


@pytest.mark.office
@pytest.mark.parametrize("is_ready", [True, False])
def test_only_what_is_ready_to_be_sent_in_is_green(
    office: Office, tmp_path: Path, layout: Layout, is_ready: bool
) -> None:
    path = tmp_path / "form.xlsx"
    good = good_form(SAMPLES / "good" / "national-2026-project-1")
    path.write_bytes(good if is_ready else write_form(layout, UNIT))
    colours = [bytes.fromhex(colour) for colour in painted(office, path)]
    assert any(green > max(red, blue) + 40 for red, green, blue in colours) is is_ready
    assert any(red > green + 60 for red, green, _ in colours) is not is_ready


def test_verdicts_have_the_colour_of_what_they_say(layout: Layout) -> None:
    """Those beside the tables are not printed."""
    parts = unpack(write_form(layout, UNIT))
    styles = parts["xl/styles.xml"].decode()
    for sheet, cell, text in ((2, "$A$2", "可以报送"), (3, "$J$1", "本表自查已通过")):
        xml = parts[f"xl/worksheets/sheet{sheet}.xml"].decode()
        rule = re.search(rf'dxfId="(\d+)"[^>]*><formula>{re.escape(cell)}="{text}"<', xml)
        assert rule
        look = re.findall(r"<dxf>.*?</dxf>", styles)[int(rule[1])]
        assert f'rgb="FF{READY.removeprefix("#")}"' in look


def test_lights_name_no_other_sheet(layout: Layout) -> None:
    """Excel 2007 opens no conditional format that does."""
    with zipfile.ZipFile(BytesIO(write_form(layout, UNIT))) as archive:
        form = archive.read("xl/worksheets/sheet3.xml").decode()
    formats = [part.partition("</conditionalFormatting>")[0] for part in
               form.split("<conditionalFormatting")[1:]]  # fmt: skip
    assert any("ptxl_lights" in one for one in formats)
    assert not any("!" in one for one in formats)


def test_a_form_issued_with_other_lines_keeps_no_result_that_may_be_another_line_s(
    layout: Layout,
) -> None:
    """Programs compute what has no result when they open it."""
    issued = write_form(layout, UNIT)
    answers = {"form": {"template": "national-project"}, "unit": {"code": UNIT.code},
               "projects": [{"name": "监测"}]}  # fmt: skip
    other = patch_cells(issued, {"_ptxl": {identity_row(issued, "self_check"): "7"}})
    for data, kept in ((issued, True), (other, False)):
        filled = unpack(fill_form(data, answers, Templates()))
        check = filled["xl/worksheets/sheet2.xml"].decode()
        assert ("</f><v>" in check) is kept
        assert "<f>" in check


def identity_row(data: bytes, key: str) -> tuple[int, int]:
    """The cell that says how many formulas a form was issued with."""
    rows = open_workbook(data).rows("_ptxl")
    return [row[0] for row in rows].index(key), 1


def test_a_category_that_is_missing_leads_to_the_first_free_row(layout: Layout) -> None:
    answers = right()
    for name in COLUMNS:
        answers[f"projects[0].indicators[9].{name}"] = answers.pop(
            f"projects[0].indicators[1].{name}"
        )
    answers["projects[0].indicators[9].level2"] = "质量指标"
    missing = Seen(layout, answers).lines[0]
    assert missing[1:] == (
        "缺数量指标（至少1项）；请加一行，写做了多少，如“培训场次 2场”（可填在第 14 行）",
        "A14",
    )


def test_where_no_row_is_free_a_category_that_is_missing_leads_to_the_head(layout: Layout) -> None:
    answers = right()
    answers["projects[0].indicators[1].level2"] = "质量指标"
    for row in range(6, 12):
        answers[f"projects[0].indicators[{row}].level3"] = f"指标{row}"
    (missing,) = [line for line in Seen(layout, answers).lines if "缺数量指标" in str(line[1])]
    assert str(missing[1]).endswith("（表中已没有空行，请先插入一行）")
    assert missing[2] == "A12"


def test_where_categories_are_printed_a_row_of_the_missing_one_is_named() -> None:
    layout = load_template("county-project").layout({})
    answers: dict[str, NewValue] = {
        "projects[0].indicators[0].level3": "监测次数",
        "projects[0].indicators[0].value": "≥12次",
    }
    (missing,) = [line for line in Seen(layout, answers).lines if "缺效益指标" in str(line[1])]
    row = next(
        row for table in layout.form.tables for row in table.rows
        if row.given.get("level1") == "效益指标"
    )  # fmt: skip
    place = layout.places[row.path / "level3"]
    assert missing[2] == cell_name(place.row, place.column)
    assert str(missing[1]).endswith(f"（可填在第 {place.row + 1} 行）")


def test_a_line_without_its_example_still_says_what_is_there_and_what_to_do(layout: Layout) -> None:
    answers = right()
    del answers["projects[0].indicators[1].value.unit"]
    ((_, text, cell),) = Seen(layout, answers).lines
    assert text == "第 14 行：“舆情监测次数”的指标值只写了“≥12”，缺计量单位；请在数字后补写"
    assert cell == "F14"


def test_an_amount_that_is_no_number_is_named_as_the_reason(layout: Layout) -> None:
    answers = right() | {"projects[0].funds.total": "约十万"}
    texts = [str(line[1]) for line in Seen(layout, answers).lines]
    unread = "无法核对：所看的格子里有不是数字的内容，请改为只填数字"
    assert f"“年度资金总额 = 财政拨款 + 其他资金”{unread}" in texts
    assert not any("不符合" in text for text in texts)
