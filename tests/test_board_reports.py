"""The board as lines and as a workbook: every form once, counts that add up, fit for paper."""

from __future__ import annotations

import io
import itertools
import re
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from ptxl.cli.printer import Printer
from ptxl.model.form import Unit
from ptxl.model.refusals import RefusalCode
from ptxl.receive.workers import Terms, run
from ptxl.rounds.board import Standing
from ptxl.rounds.reports.board_text import WIDTH, TextLine, board_lines
from ptxl.rounds.reports.board_workbook import (
    DEPARTMENT_COLUMNS,
    FILE_COLUMNS,
    UNIT_COLUMNS,
    board_workbook,
)
from ptxl.rounds.reports.counts import GROUPS, counts_by_key
from ptxl.text import display_width
from ptxl.words import LANGUAGES, Speaker
from tests.boards import DUES, NOW, SETTINGS, UNITS, board, due, mixed_board, mixed_files

CHINESE = re.compile("[\u4e00-\u9fff]")
BEFORE = datetime(2026, 3, 15, 8, 0)
#: of A4 across, less its margins, in points; a character of a column and what surrounds it
PAPER, CHARACTER, AROUND = (297 / 25.4 - 0.8) * 72, 7 * 0.75, 5 * 0.75


def lines(language: str = "zh", *, now: datetime = NOW, open_only: bool = False) -> list[TextLine]:
    shown = mixed_board(now=now)
    return list(board_lines(shown, SETTINGS, Speaker(language), open_only=open_only))


def opened(language: str = "zh", *, now: datetime = NOW) -> Workbook:
    data = board_workbook(mixed_board(now=now), SETTINGS, Speaker(language))
    return load_workbook(io.BytesIO(data))


def rows_of(sheet: Worksheet) -> list[dict[str, object]]:
    """The rows below the head, by heading; the head of a group has nothing but its first cell."""
    rows = list(sheet.iter_rows(values_only=True))
    head = next(n for n, row in enumerate(rows) if row[0] in ("序号", "No."))
    names = list(map(str, rows[head]))
    return [dict(zip(names, row, strict=True)) for row in rows[head + 1 :]]


# -- lines


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("now", [BEFORE, NOW])
def test_no_line_is_wider_than_a_terminal(language: str, now: datetime) -> None:
    assert all(display_width(line.text) <= WIDTH for line in lines(language, now=now))


def test_long_names_and_remarks_stay_in_their_columns() -> None:
    long = due(Unit(code="1" * 30, name="清源县" * 30, department="局" * 80))
    shown = board(mixed_files().values(), dues=(long, *DUES))
    found = list(board_lines(shown, SETTINGS, Speaker("zh")))
    assert all(display_width(line.text) <= WIDTH for line in found)


def test_every_form_that_is_due_has_its_line_in_the_order_of_the_roster() -> None:
    texts = [line.text for line in lines()]
    places = [next(n for n, text in enumerate(texts) if text.startswith(u.code)) for u in UNITS]
    assert places == sorted(places)


def test_a_line_says_how_it_stands_since_when_and_whom_to_call() -> None:
    (line,) = [line for line in lines() if line.text.startswith("101003")]
    assert line.text.split() == [
        "101003", "清源县特殊教育学校", "未报（逾期）", "特老师", "0311-88101003"
    ]  # fmt: skip
    assert line.tone == "alert"
    (good,) = [line for line in lines() if line.text.startswith("101001")]
    assert good.text.split()[2:5] == ["合格", "03-10", "09:30"]
    assert good.tone == "plain"


def test_departments_have_a_line_of_counts_that_add_up() -> None:
    texts = [line.text for line in lines()]
    head = next(text for text in texts if text.startswith("主管部门"))
    assert head.split() == [
        "主管部门", "应报", "已报", "合格", "待核对", "须修改", "无法读取", "其他", "未报", "迟报"
    ]  # fmt: skip
    rows = [text.split() for text in texts[texts.index(head) + 1 :][:4]]
    assert rows == [
        ["清源县教育局", "3", "2", "1", "0", "1", "0", "0", "1", "0"],
        ["清源县卫生健康局", "2", "2", "0", "1", "0", "1", "0", "0", "1"],
        ["（未注明主管部门）", "1", "0", "0", "0", "0", "0", "0", "1", "0"],
        ["合计", "6", "4", "1", "1", "1", "1", "0", "2", "1"],
    ]


def test_columns_stand_below_each_other() -> None:
    for language in LANGUAGES:
        texts = [line.text for line in lines(language)]
        first = next(n for n, text in enumerate(texts) if not text) + 1
        assert len({display_width(text) for text in texts[first : first + 5]}) == 1


def test_before_the_deadline_nothing_is_overdue() -> None:
    assert not any(line.tone == "alert" for line in lines(now=BEFORE))
    assert not any("逾期" in line.text for line in lines(now=BEFORE))
    assert "还有 5 天" in lines(now=BEFORE)[1].text
    assert "已过 5 天" in lines()[1].text


def test_only_what_is_open_can_be_listed() -> None:
    texts = [line.text for line in lines(open_only=True)]
    listed = [unit.code for unit in UNITS if any(t.startswith(unit.code) for t in texts)]
    assert listed == ["101002", "101003", "102001", "102002", "103001"]


def test_every_standing_is_counted_in_one_group() -> None:
    states = list(itertools.chain.from_iterable(group.states for group in GROUPS))
    assert sorted(state.value for state in states) == sorted(state.value for state in Standing)


# -- workbook


def test_same_board_same_bytes() -> None:
    one, other = (board_workbook(mixed_board(), SETTINGS, Speaker("zh")) for _ in range(2))
    assert one == other


def test_the_sheet_of_units_holds_every_form_with_what_is_known_of_it() -> None:
    rows = [row for row in rows_of(opened()["进度表"]) if row["单位编码"]]
    assert [row["单位编码"] for row in rows] == [unit.code for unit in UNITS]
    assert [row["状态"] for row in rows] == [
        "合格", "须修改", "未报", "待核对", "无法读取", "未报"
    ]  # fmt: skip
    late = rows[3]
    assert late["文件"] == "102001_清源县卫生健康局.xlsx"
    assert late["报来时间"] == "2026-03-22\n16:05"
    assert (late["是否迟报"], late["必须改"], late["请核对"]) == ("迟报", 0, 1)
    assert (late["联系人"], late["电话"]) == ("卫老师", "0311-88102001")
    assert (rows[1]["必须改"], rows[1]["请核对"]) == (1, 1)
    assert not rows[1]["文件"]


def test_the_form_is_named_where_there_are_several() -> None:
    other = due(UNITS[0], "hebei-department")
    shown = board(mixed_files().values(), dues=(*DUES, other))
    book = load_workbook(io.BytesIO(board_workbook(shown, SETTINGS, Speaker("zh"))))
    assert "表" in {cell.value for cell in book["进度表"][4]}
    assert "表" not in {cell.value for cell in opened()["进度表"][4]}
    texts = [line.text for line in board_lines(shown, SETTINGS, Speaker("zh"))]
    assert sum("项目支出绩效目标申报表" in text for text in texts) == len(DUES) + 1


def test_what_is_overdue_is_red_and_said() -> None:
    sheet = opened()["进度表"]
    cells = {cell.value: cell for row in sheet for cell in row}
    overdue = cells["逾期 5 天"]
    assert overdue.font.color.rgb == "FFC00000"
    assert overdue.font.bold
    assert all(
        "逾期" not in str(cell.value) for row in opened(now=BEFORE)["进度表"] for cell in row
    )


def test_bands_and_the_sheet_of_departments_count_alike() -> None:
    book = opened()
    bands = [str(row[0].value) for row in book["进度表"] if "应报 " in str(row[0].value)]
    assert bands[1].startswith("清源县教育局 应报 3 份，已报 2 份：合格 1，")
    assert bands[-1].startswith("合计 应报 6 份，已报 4 份")
    total = rows_of(book["部门进度"])[-1]
    counts = counts_by_key(mixed_board().tally)
    assert list(total.values())[2:] == list(counts.values())


def test_every_received_file_is_listed_with_what_it_is() -> None:
    rows = {row["文件"]: row for row in rows_of(opened()["收到的文件"])}
    assert len(rows) == len(mixed_files())
    assert rows["材料.zip"]["状态"] == "压缩包或邮件"
    assert rows["102002_清源县人民医院.xls"]["单位"] == "102002 清源县人民医院"
    assert "密码" in str(rows["102002_清源县人民医院.xls"]["说明"])
    assert rows["别的表.xlsx"]["单位"] == "999 外县财政局"
    digest = mixed_files()["good"].digest
    assert rows["101001_清源县教育局.xlsx"]["归档编号"] == digest[:12]
    kept = rows["101001_清源县教育局.xlsx"]["归档文件（在归档文件夹中）"]
    assert kept == f"{digest[:2]}/{digest}.xlsx"


def test_no_text_of_a_stranger_is_a_formula() -> None:
    cells = [cell for sheet in opened() for row in sheet for cell in row]
    assert [cell for cell in cells if cell.data_type == "f"] == []
    (cell,) = [cell for cell in cells if cell.value == "=1+1.docx"]
    assert cell.quotePrefix


def test_every_word_is_in_the_language_asked_for() -> None:
    book = opened("en")
    own = {sheet.title for sheet in book} | {
        str(cell.value) for sheet in book for row in sheet for cell in row[:1] if cell.value
    }
    heads = [cell.value for sheet in book for row in sheet.iter_rows(max_row=4) for cell in row]
    words = {text for text in map(str, heads) if "2026年" not in text}
    assert not any(map(CHINESE.search, words))
    assert {"Board", "Departments", "Files received"} <= own


@pytest.mark.parametrize("columns", [UNIT_COLUMNS, DEPARTMENT_COLUMNS, FILE_COLUMNS])
def test_paper_shows_no_letter_smaller_than_nine_points(columns: tuple[object, ...]) -> None:
    printed = [c.width for c in columns if c.printed]  # type: ignore[attr-defined]
    width = sum(width * CHARACTER + AROUND for width in printed)
    assert 10 * min(1, PAPER / width) >= 9


def test_pages_are_a4_across_and_repeat_their_head() -> None:
    for sheet in opened():
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        fit = sheet.sheet_properties.pageSetUpPr
        assert fit
        assert fit.fitToPage
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.print_title_rows == "$4:$4"


def test_the_workbook_is_never_taken_for_a_return(tmp_path: Path) -> None:
    path = tmp_path / "进度表.xlsx"
    path.write_bytes(board_workbook(mixed_board(), SETTINGS, Speaker("zh")))
    assert refusal_of(path) == "own_output"


def refusal_of(path: Path) -> RefusalCode:
    """Why a file is no return."""
    from ptxl import jobs
    from ptxl.model.errors import WorkbookError

    with pytest.raises(WorkbookError) as raised:
        run(jobs.check, (path, path.name), Terms())
    return raised.value.code  # type: ignore[return-value]


def test_a_board_without_units_can_be_written() -> None:
    empty = board((), dues=())
    assert load_workbook(io.BytesIO(board_workbook(empty, SETTINGS, Speaker("zh"))))
    assert list(board_lines(empty, SETTINGS, Speaker("zh")))


def test_without_a_terminal_the_board_is_printed_as_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Printer(Speaker("zh")).board(lines())
    assert capsys.readouterr().out.splitlines() == [line.text for line in lines()]
