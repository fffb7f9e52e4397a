"""A marked copy comes back and is marked again: what people wrote on its review is not lost."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from ptxl import jobs
from ptxl.model.findings import Language
from ptxl.ooxml.sheet import NewValue, Position
from ptxl.receive.workers import Opened, Terms
from ptxl.template import Templates
from tests.broken import check, spoiled_form
from tests.conftest import SAMPLES
from tests.marked import sheet_names, sheet_root
from tests.office import Office, rename_sheet, set_cell, unprotect_sheet
from tests.packages import mark_workbook, patch_cells

CONCLUSION, REVIEWER, DAY = (3, 2), (3, 5), (3, 6)
NOT_PASSED = "不通过"
HEAD = ["序号", "程度", "工作表", "单元格", "填报项", "问题与处理", "整改情况"]


@pytest.fixture(scope="module")
def data() -> bytes:
    """A form with wrong answers, for which 修改后再报 is suggested."""
    return spoiled_form(SAMPLES / "good" / "hebei-2020-project-1")


@pytest.fixture(scope="module")
def marked(data: bytes) -> bytes:
    return mark_workbook(data, check(data))


def written(marked: bytes, cells: Mapping[Position, NewValue], sheet: str = "审核意见") -> bytes:
    return patch_cells(marked, {sheet: cells})


def again(data: bytes, language: Language = "zh") -> bytes:
    return mark_workbook(data, check(data), language)


def rows(data: bytes, sheet: str = "审核意见") -> list[list[str]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    grid = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    return [[str(value) for value in row] for row in grid]


def conclusions(data: bytes, sheet: str = "审核意见") -> list[list[str]]:
    """The rows above the list: conclusion, reviewer and day, of this review and of earlier ones."""
    lines = rows(data, sheet)
    end = next(number for number, row in enumerate(lines) if row[0] in (HEAD[0], "no."))
    return [[row[0], row[2], row[5], row[6]] for row in lines[3:end]]


def test_what_the_reviewer_wrote_is_kept_when_the_copy_is_marked_again(marked: bytes) -> None:
    back = written(marked, {CONCLUSION: NOT_PASSED, REVIEWER: "张三", DAY: "日期：2026-03-05"})
    assert conclusions(again(back)) == [
        ["审核结论", "修改后再报", "张三", "日期："],
        ["以往审核", NOT_PASSED, "张三", "日期：2026-03-05"],
    ]


def test_a_third_review_keeps_those_before_it_with_the_newest_first(marked: bytes) -> None:
    first = {CONCLUSION: NOT_PASSED, REVIEWER: "张三", DAY: "日期：2026-03-05"}
    back = again(written(marked, first))
    second = {CONCLUSION: "通过", REVIEWER: "李四", DAY: "2026年3月12日"}
    assert conclusions(again(written(back, second)))[1:] == [
        ["以往审核", "通过", "李四", "日期：2026年3月12日"],
        ["以往审核", NOT_PASSED, "张三", "日期：2026-03-05"],
    ]


@pytest.mark.parametrize(
    ("cells", "kept"),
    [
        ({}, []),
        ({REVIEWER: "张三"}, []),
        ({CONCLUSION: "", REVIEWER: "张三"}, []),
        ({CONCLUSION: "通过"}, [["以往审核", "通过", "", "日期："]]),
        ({CONCLUSION: "原则通过，请补依据"}, [["以往审核", "原则通过，请补依据", "", "日期："]]),
        ({DAY: "日期: 3.5"}, [["以往审核", "修改后再报", "", "日期：3.5"]]),
        ({DAY: date(2026, 3, 5)}, [["以往审核", "修改后再报", "", "日期：2026-03-05"]]),
        ({CONCLUSION: "", DAY: "3月5日"}, [["以往审核", "", "", "日期：3月5日"]]),
    ],
)
def test_only_what_a_person_wrote_makes_a_line_of_its_own(
    marked: bytes, cells: dict[Position, NewValue], kept: list[list[str]]
) -> None:
    back = again(written(marked, cells))
    reviewer = str(cells.get(REVIEWER, ""))
    assert conclusions(back) == [["审核结论", "修改后再报", reviewer, "日期："], *kept]
    assert conclusions(again(back)) == conclusions(back)


def test_a_conclusion_of_ours_in_another_language_is_no_persons(data: bytes) -> None:
    english = mark_workbook(data, check(data), "en")
    assert len(conclusions(again(english))) == 1
    back = written(english, {REVIEWER: "Zhang San", DAY: "Date: 5 March"}, "Review")
    assert conclusions(again(back, "en"), "Review")[1:] == [
        ["Earlier review", "correct and send again", "Zhang San", "Date: 5 March"]
    ]


def test_where_nobody_knows_what_was_suggested_a_conclusion_is_kept(marked: bytes) -> None:
    """As in a copy of which somebody removed the hidden sheet."""
    unknown = patch_cells(marked, {"_marks": {(1, 2): ""}})
    assert conclusions(again(unknown))[1:] == [["以往审核", "修改后再报", "", "日期："]]


def test_earlier_reviews_do_not_fill_the_screen(marked: bytes) -> None:
    back = marked
    for day in range(1, 13):
        back = again(written(back, {DAY: f"日期：3月{day}日"}))
    kept = [row[3] for row in conclusions(back)[1:]]
    assert kept == [f"日期：3月{day}日" for day in range(12, 3, -1)]


def test_the_list_below_earlier_reviews_keeps_its_head_in_sight_and_its_answers(
    marked: bytes,
) -> None:
    back = again(written(marked, {DAY: "3月5日", (5, 6): "已核实"}))
    lines = rows(back)
    assert (lines[5], lines[6][6]) == (HEAD, "已核实")
    pane = sheet_root(back, "审核意见").find(".//{*}pane")
    assert pane is not None
    assert (pane.get("ySplit"), pane.get("topLeftCell")) == ("6", "A7")
    links = [link.get("ref") for link in sheet_root(back, "审核意见").iter("{*}hyperlink")]
    assert all(lines[int(ref[1:]) - 1][3] == "" or ref[0] == "D" for ref in map(str, links))
    third = again(back)
    assert rows(third)[6][6] == "已核实"


# -- through an office program


TYPED = [
    ("审核意见", "C4", NOT_PASSED),
    ("审核意见", "F4", "张三"),
    ("审核意见", "G4", "2026-03-05"),
    ("审核意见", "G6", "已核实，见批复"),
]


def marked_at_the_desk(path: Path) -> jobs.Marked:
    file = Opened(path.read_bytes(), path, path.name, Terms(Templates()))
    return jobs.mark(file, look=jobs.check, language="zh", severity="hint")


@pytest.mark.office
@pytest.mark.parametrize("kind", ["xlsx", "ods", "xls"])
def test_what_was_typed_in_an_office_is_kept_whatever_it_is_saved_as(
    office: Office, marked: bytes, tmp_path: Path, kind: str
) -> None:
    source, saved = tmp_path / "marked.xlsx", tmp_path / f"saved.{kind}"
    source.write_bytes(marked)
    assert all(typed.changed for typed in office.type_into(source, TYPED, saved))
    made = marked_at_the_desk(saved)
    assert made.own == (kind == "xlsx")
    assert conclusions(made.data) == [
        ["审核结论", "修改后再报", "张三", "日期："],
        ["以往审核", NOT_PASSED, "张三", "日期：2026-03-05"],
    ]
    assert rows(made.data)[6][6] == "已核实，见批复"


@pytest.mark.office
@pytest.mark.parametrize("kind", ["xlsx", "ods", "xls"])
def test_a_copy_that_an_office_only_saved_has_no_earlier_review(
    office: Office, marked: bytes, tmp_path: Path, kind: str
) -> None:
    source, saved = tmp_path / "marked.xlsx", tmp_path / f"saved.{kind}"
    source.write_bytes(marked)
    office.convert(source, saved)
    assert len(conclusions(marked_at_the_desk(saved).data)) == 1


@pytest.mark.office
@pytest.mark.parametrize("kind", ["xlsx", "ods", "xls"])
def test_odd_things_done_to_a_review_lose_nothing(
    office: Office, marked: bytes, tmp_path: Path, kind: str
) -> None:
    """Its sheet is renamed, the day pasted over as a number, the conclusion deleted."""
    source, saved = tmp_path / "marked.xlsx", tmp_path / f"saved.{kind}"
    source.write_bytes(marked)
    steps = [
        unprotect_sheet("审核意见"),
        set_cell("审核意见", "C4", ""),
        set_cell("审核意见", "F4", "审核人 张三（代）"),
        set_cell("审核意见", "G4", 46086),
        rename_sheet("审核意见", "改这些"),
    ]
    office.edit(source, steps, saved)
    made = marked_at_the_desk(saved)
    assert conclusions(made.data) == [
        ["审核结论", "修改后再报", "审核人 张三（代）", "日期："],
        ["以往审核", "", "审核人 张三（代）", "日期：2026-03-05"],
    ]
    assert [name for name in sheet_names(made.data) if name.startswith(("审核", "改"))] == [
        "审核意见"
    ]
    assert "改这些" not in {row[2] for row in rows(made.data)}


def test_an_answer_stays_beside_its_finding_though_that_quotes_another_entry(marked: bytes) -> None:
    at = next(n for n, row in enumerate(rows(marked)) if row[3] == "G5")
    answered = written(marked, {(at, HEAD.index("整改情况")): "合同未签，下周补"})
    changed = again(patch_cells(answered, {"项目1": {(4, 6): "大约40"}}))
    (line,) = (row for row in rows(changed) if row[3] == "G5")
    assert "“大约40”" in line[5]
    assert line[6] == "合同未签，下周补"
    mended = again(patch_cells(answered, {"项目1": {(4, 6): ""}}))
    assert not any("合同未签" in row[6] for row in rows(mended))
