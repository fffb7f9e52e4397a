"""The harness itself, and the facts about LibreOffice that other tests rely on."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from tests import office as harness
from tests.office import (
    CellError,
    Entry,
    Office,
    OfficeError,
    OfficeRefusedError,
    OfficeTimeoutError,
    Typed,
    beside,
    column_below,
    find_office,
    require_office,
)

needs_office = pytest.mark.office
needs_signals = pytest.mark.skipif(
    not hasattr(os, "killpg"), reason="needs process groups and signals"
)

SHEETS = ("项目1", "项目2")
CODE = "110101199003071234"
TEXTS = ("100%", "1/2", "2023年9月", CODE, "=1+1", "'007", "王𠮷", "第一行\n第二行")


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Labels in A, entries in C:D (merged) or C; from row 20 a table with entries in B and C."""
    path = tmp_path_factory.mktemp("表单") / "表 单.xlsx"
    book = xlsxwriter.Workbook(path)
    label = book.add_format({"bold": True})
    text = book.add_format({"locked": False, "num_format": "@", "text_wrap": True})
    money = book.add_format({"locked": False, "num_format": "#,##0.00"})
    free = book.add_format({"locked": False})
    for name in SHEETS:
        sheet = book.add_worksheet(name)
        sheet.protect("", {"select_locked_cells": False})
        sheet.merge_range("A1:D1", "绩效目标表", label)
        for row in range(2, 12):
            sheet.merge_range(f"A{row}:B{row}", f"文 本\n{row - 1}", label)
            sheet.merge_range(f"C{row}:D{row}", "", text)
        sheet.write("A12", "金额", label)
        for row in range(12, 17):
            sheet.write_blank(f"C{row}", None, money)
        sheet.data_validation("C12:C14", {"validate": "decimal", "criteria": ">=", "value": 0})
        for cell, style in (("C15", "warning"), ("C16", "information")):
            gentle = {"validate": "decimal", "criteria": ">=", "value": 0, "error_type": style}
            sheet.data_validation(cell, gentle)
        sheet.write("A17", "是否", label)
        sheet.write_blank("C17", None, free)
        sheet.data_validation("C17", {"validate": "list", "source": ["是", "否"]})
        sheet.write("A18", "合计", label)
        sheet.write_formula("C18", "=SUM(C12:C16)", label)
        sheet.write_row("A20", ["序号", "名称", "金额"], label)
        for row in range(21, 25):
            sheet.write(f"A{row}", row - 20, label)
            sheet.write_blank(f"B{row}", None, text)
            sheet.write_blank(f"C{row}", None, free)
        sheet.write_row("A25", ["小计", "", "无"], label)
        sheet.write_blank("B26", None, text)
    book.close()
    return path


def type_one(office: Office, form: Path, folder: Path, cell: str, text: str, keys: bool) -> Typed:
    typed = office.type_into(form, [(SHEETS[0], cell, text)], folder / "typed.xlsx", keys=keys)
    return typed[0]


def calamine_rows(path: Path, sheet: str) -> list[list[object]]:
    rows = (
        CalamineWorkbook.from_path(path).get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    )
    return [list(row) for row in rows]


both_ways = pytest.mark.parametrize("keys", [False, True], ids=["entered", "keys"])


# --- typing --------------------------------------------------------------------------------


@needs_office
@both_ways
def test_text_cells_keep_what_is_typed(
    office: Office, form: Path, tmp_path: Path, keys: bool
) -> None:
    entries = [(name, f"C{row}", text) for name in SHEETS for row, text in enumerate(TEXTS, 2)]
    target = tmp_path / "填.xlsx"
    typed = office.type_into(form, entries, target, keys=keys)
    assert [one.shown for one in typed] == [text for _, _, text in entries]
    assert {(one.kind, one.number_format, one.protected) for one in typed} == {("text", "@", False)}
    for name in SHEETS:
        sheet = openpyxl.load_workbook(target)[name]
        assert tuple(sheet[f"C{row}"].value for row in range(2, 2 + len(TEXTS))) == TEXTS
        assert sheet["C2"].data_type == "s"


@needs_office
@both_ways
def test_general_cells_guess_as_in_china(
    office: Office, form: Path, tmp_path: Path, keys: bool
) -> None:
    texts = ("1/2", "2023-9-1", "2023年9月", "100%", CODE, "1,234.5")
    guessed = [type_one(office, form, tmp_path, "C21", text, keys) for text in texts]
    assert [one.kind for one in guessed] == ["value", "value", "text", "value", "value", "value"]
    assert guessed[0].shown.endswith("年1月2日")
    assert [one.value for one in guessed[3:]] == [1.0, float(CODE), 1234.5]


@needs_office
@both_ways
def test_locked_cells_stay(office: Office, form: Path, tmp_path: Path, keys: bool) -> None:
    cells = ("A1", "A12", "C18", "F9")
    target = tmp_path / "typed.xlsx"
    entries = [(SHEETS[0], cell, text) for cell in cells for text in ("改", "")]
    typed = office.type_into(form, entries, target, keys=keys)
    assert {(one.protected, one.changed) for one in typed} == {(True, False)}
    assert calamine_rows(target, SHEETS[0])[0][0] == "绩效目标表"


@needs_office
@both_ways
def test_a_covered_cell_passes_text_to_the_top_left_one(
    office: Office, form: Path, tmp_path: Path, keys: bool
) -> None:
    typed = type_one(office, form, tmp_path, "D2", "字", keys)
    assert (typed.cell, typed.at, typed.shown) == ("D2", "C2", "字")


@needs_office
@both_ways
def test_empty_text_deletes(office: Office, form: Path, tmp_path: Path, keys: bool) -> None:
    entries = [(SHEETS[0], "C2", text) for text in ("字", "")]
    first, second = office.type_into(form, entries, tmp_path / "typed.ods", keys=keys)
    assert (first.kind, second.kind, second.changed) == ("text", "empty", True)


@needs_office
@pytest.mark.parametrize(
    ("cell", "text"),
    [("C12", "十万"), ("C12", "-5"), ("C15", "-5"), ("C16", "-5"), ("C17", "也许")],
)
def test_validation_stops_keys_but_not_entered_strings(
    office: Office, form: Path, tmp_path: Path, cell: str, text: str
) -> None:
    pressed = type_one(office, form, tmp_path, cell, text, keys=True)
    assert (pressed.kind, pressed.changed) == ("empty", False)
    entered = type_one(office, form, tmp_path, cell, text, keys=False)
    assert entered.changed
    assert entered.kind == ("value" if text == "-5" else "text")


@needs_office
def test_validation_leaves_the_old_value(office: Office, form: Path, tmp_path: Path) -> None:
    entries = [(SHEETS[0], "C12", text) for text in ("1,234.50", "十万")]
    typed = office.type_into(form, entries, tmp_path / "typed.xlsx", keys=True)
    assert [one.shown for one in typed] == ["1,234.50", "1,234.50"]
    assert [one.value for one in typed] == [1234.5, 1234.5]


@needs_office
def test_a_percent_cell_adds_its_sign_to_keys(office: Office, form: Path, tmp_path: Path) -> None:
    entries = [(SHEETS[0], "C21", text) for text in ("50%", "33")]
    values = []
    for keys in (False, True):
        typed = office.type_into(form, entries, tmp_path / "typed.xlsx", keys=keys)
        values.append([one.value for one in typed])
    assert values == [[0.5, 33.0], [0.5, 0.33]]


@needs_office
def test_an_office_as_installed_corrects_keys(form: Path, tmp_path: Path) -> None:
    entries = [(SHEETS[0], "B21", "1/2"), (SHEETS[0], "B22", "张三"), (SHEETS[0], "B23", "张")]
    with Office(require_office(), autocorrect=True) as office:
        entered = office.type_into(form, entries, tmp_path / "typed.xlsx")
        pressed = office.type_into(form, entries, tmp_path / "typed.xlsx", keys=True)
    assert [one.shown for one in entered] == ["1/2", "张三", "张"]
    assert [one.shown for one in pressed] == ["½", "张三", "张三"]


@needs_office
def test_no_key_press_is_lost(office: Office, form: Path, tmp_path: Path) -> None:
    """In many entries over changing sheets, both ways end with the same contents."""
    cells = [f"C{row}" for row in range(2, 12)] + [f"{c}{r}" for c in "BC" for r in range(21, 25)]
    mixed = ("绩效目标，第{}项（元）", "{}%", "={}+1", "2023-{}-1", "a.b@c.d/{}", "00{}", " {} 、")
    entries: list[Entry] = [
        (name, cell, mixed[number % len(mixed)].format(number))
        for number, cell in enumerate(cells)
        for name in SHEETS
    ]
    entered = office.type_into(form, entries, tmp_path / "entered.xlsx")
    assert office.type_into(form, entries, tmp_path / "keys.xlsx", keys=True) == entered
    for name in SHEETS:
        kept = calamine_rows(tmp_path / "entered.xlsx", name)
        assert calamine_rows(tmp_path / "keys.xlsx", name) == kept


@needs_office
def test_the_three_formats_read_back_equal(office: Office, form: Path, tmp_path: Path) -> None:
    entries: list[Entry] = [(name, "C4", "2023年9月") for name in SHEETS]
    entries += [(SHEETS[0], "C5", CODE), (SHEETS[0], "C12", "1,234.5"), (SHEETS[1], "C17", "是")]
    entries += [(SHEETS[0], "C3", "1/2"), (SHEETS[0], "C21", "0.1"), (SHEETS[0], "C22", "50%")]
    read = []
    for ending in ("xlsx", "xls", "ods"):
        target = tmp_path / f"填好.{ending}"
        office.type_into(form, entries, target)
        assert CalamineWorkbook.from_path(target).sheet_names == list(SHEETS)
        read.append({name: padded(calamine_rows(target, name)) for name in SHEETS})
    assert read[0] == read[1] == read[2]
    assert read[0][SHEETS[0]][4][2] == CODE
    assert read[0][SHEETS[0]][17][2] == 1234.5


def padded(rows: list[list[object]]) -> list[list[object]]:
    """xls and ods store fewer of the empty cells at the edges."""
    return [(row + [""] * 4)[:4] for row in (rows + [[]] * 30)[:30]]


@needs_office
def test_typing_in_a_hidden_sheet_is_refused(office: Office, tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "hidden.xlsx")
    book.add_worksheet("有")
    book.add_worksheet("无").hide()
    book.close()
    with pytest.raises(OfficeRefusedError, match="无"):
        office.type_into(tmp_path / "hidden.xlsx", [("无", "A1", "x")], tmp_path / "out.xlsx")


# --- the other requests --------------------------------------------------------------------


@needs_office
def test_convert_keeps_locks_and_values(office: Office, form: Path, tmp_path: Path) -> None:
    office.convert(form, tmp_path / "形.ods")
    office.convert(tmp_path / "形.ods", tmp_path / "形.xls")
    office.convert(tmp_path / "形.xls", tmp_path / "back.xlsx")
    assert calamine_rows(tmp_path / "back.xlsx", SHEETS[1])[0][0] == "绩效目标表"
    assert beside(tmp_path / "back.xlsx", SHEETS[1], "文本1") == "C2"
    assert sorted(path.name for path in form.parent.iterdir()) == [form.name]


@needs_office
def test_edits_of_rows_columns_and_cells(office: Office, form: Path, tmp_path: Path) -> None:
    first = SHEETS[0]
    edits = [
        harness.set_cell(first, "A18", "总计"),
        harness.set_cell(first, "C12", 7.5),
        harness.set_cell(first, "C13", "=C12*2"),
        harness.set_cell(first, "C14", "007"),
        harness.unprotect_sheet(first),
        harness.insert_rows(first, 2, 2),
        harness.delete_rows(first, 4),
        harness.insert_columns(first, "A"),
        harness.insert_columns(first, "B", 2),
        harness.delete_columns(first, "B", 2),
        harness.clear(first, "B13:B18"),
    ]
    office.edit(form, edits, tmp_path / "edited.xlsx")
    rows = padded([row[1:] for row in calamine_rows(tmp_path / "edited.xlsx", first)])
    assert [row[0] for row in rows[11:19]] == ["文 本\n10", *[""] * 6, "总计"]
    assert [row[2] for row in rows[12:15]] == [7.5, 15.0, "007"]
    assert rows[18][2] == 22.5


@needs_office
def test_edits_of_sheets(office: Office, form: Path, tmp_path: Path) -> None:
    edits = [
        harness.add_sheet("新"),
        harness.copy_sheet("项目1", "项目3", 1),
        harness.rename_sheet("项目2", "改名"),
        harness.move_sheet("项目1", 2),
        harness.move_sheet("新", 0),
    ]
    office.edit(form, edits, tmp_path / "edited.xlsx")
    book = openpyxl.load_workbook(tmp_path / "edited.xlsx")
    assert book.sheetnames == ["新", "项目3", "改名", "项目1"]
    assert book["项目3"].protection.sheet


@needs_office
@pytest.mark.parametrize(
    "edit",
    [
        harness.insert_rows("项目1", 3),
        harness.delete_rows("项目1", 3),
        harness.insert_columns("项目1", "B"),
        harness.clear("项目1", "A1:C12"),
        harness.rename_sheet("项目1", "a/b"),
        harness.rename_sheet("项目1", "项目2"),
    ],
    ids=lambda edit: edit.name,
)
def test_a_refused_edit_raises_and_saves_nothing(
    office: Office, form: Path, tmp_path: Path, edit: harness.Edit
) -> None:
    with pytest.raises(OfficeRefusedError):
        office.edit(form, [edit], tmp_path / "edited.xlsx")
    assert not (tmp_path / "edited.xlsx").exists()


@needs_office
def test_a_password_guards_the_sheet(office: Office, tmp_path: Path) -> None:
    path, target = tmp_path / "secret.xlsx", tmp_path / "out.xlsx"
    book = xlsxwriter.Workbook(path)
    book.add_worksheet("页").protect("open")
    book.close()
    with pytest.raises(OfficeRefusedError):
        office.edit(path, [harness.unprotect_sheet("页")], target)
    office.edit(path, [harness.unprotect_sheet("页", "open")], target)
    assert not openpyxl.load_workbook(target)["页"].protection.sheet


@needs_office
def test_the_lock_of_a_structure_is_lost_in_xlsx(office: Office, tmp_path: Path) -> None:
    path, target = tmp_path / "structure.xlsx", tmp_path / "out.xlsx"
    book = openpyxl.Workbook()
    assert book.security
    book.security.lockStructure = True
    book.save(path)
    office.edit(path, [harness.rename_sheet("Sheet", "新")], target)
    saved = openpyxl.load_workbook(target)
    assert saved.sheetnames == ["新"]
    assert not (saved.security and saved.security.lockStructure)


@needs_office
@pytest.mark.parametrize(
    "edit",
    [
        harness.add_sheet("新"),
        harness.copy_sheet("项目1", "新"),
        harness.move_sheet("项目1", 1),
        harness.rename_sheet("项目1", "新"),
    ],
    ids=lambda edit: edit.name,
)
def test_a_locked_structure_guards_the_sheets_of_an_ods(
    office: Office, form: Path, tmp_path: Path, edit: harness.Edit
) -> None:
    office.convert(form, tmp_path / "open.ods")
    lock_structure(tmp_path / "open.ods", tmp_path / "locked.ods")
    with pytest.raises(OfficeRefusedError, match="structure"):
        office.edit(tmp_path / "locked.ods", [edit], tmp_path / "out.ods")


def lock_structure(source: Path, target: Path) -> None:
    mark = b"<office:spreadsheet"
    with ZipFile(source) as old, ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "content.xml":
                assert data.count(mark) == 1
                data = data.replace(mark, mark + b' table:structure-protected="true"')
            new.writestr(name, data)


@needs_office
def test_compute_recalculates(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "sums.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("算")
    sheet.write_row("A1", [1.5, "文"])
    # The stored result is wrong on purpose.
    sheet.write_formula("A2", "=A1*2", None, 999)
    sheet.write_formula("B2", "=1/0")
    sheet.write_formula("A3", "=NA()")
    sheet.write_formula("B3", '=A1&"万"')
    book.close()
    area, single = office.compute(path, [("算", "A1:C3"), ("算", "A2")])
    assert area == [
        [1.5, "文", ""],
        [3.0, CellError("#DIV/0!"), ""],
        [CellError("#N/A"), "1.5万", ""],
    ]
    assert single == [[3.0]]


@needs_office
def test_compute_each_puts_one_filling_after_another(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "protected.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("算")
    sheet.protect()
    sheet.write_formula("B1", '=A1&"|"&A2&"|"&ISTEXT(A2)&"|"&C1')
    book.close()
    cells = [("算", 0, 0), ("算", 1, 0), ("算", 0, 2)]
    shown = office.compute_each(
        path, cells, [[1.5, 2, "丙"], ["", "2", ""], ["=1+1", "", 0]], [("算", "B1")]
    )
    texts = [area[0][0] for (area,) in shown]
    assert texts == ["1.5|2|0|丙", "|2|1|", "=1+1||0|0"]


@needs_office
def test_pdf_and_its_pages(office: Office, form: Path, tmp_path: Path) -> None:
    office.pdf(form, tmp_path / "表.pdf")
    pages = Office.pages(tmp_path / "表.pdf", tmp_path / "pages", dpi=40)
    assert [page.name for page in pages] == ["page-1.png", "page-2.png"]
    assert all(page.stat().st_size > 1000 for page in pages)
    assert len(Office.pages(tmp_path / "表.pdf", tmp_path / "pages", dpi=20)) == 2


# --- faults --------------------------------------------------------------------------------


@needs_office
def test_what_cannot_be_done_says_so(office: Office, form: Path, tmp_path: Path) -> None:
    with pytest.raises(OfficeError, match="no sheet '项目9'"):
        office.type_into(form, [("项目9", "A1", "x")], tmp_path / "out.xlsx")
    with pytest.raises(OfficeError, match=r"out\.csv"):
        office.convert(form, tmp_path / "out.csv")
    with pytest.raises(OfficeError, match=r"none\.xlsx"):
        office.convert(tmp_path / "none.xlsx", tmp_path / "out.xlsx")
    (tmp_path / "bad.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    with pytest.raises(OfficeError):
        office.convert(tmp_path / "bad.xlsx", tmp_path / "out.xlsx")
    assert not list(tmp_path.glob("out.*"))
    office.convert(form, tmp_path / "out.xlsx")


@pytest.fixture(scope="module")
def doomed() -> Iterator[Office]:
    """Another office than the session's, for the tests that kill it."""
    with Office(require_office(), timeout=30.0) as office:
        yield office


@needs_office
@needs_signals
def test_a_hung_office_is_killed_and_another_started(
    doomed: Office, form: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = pid_of(doomed)
    os.killpg(stopped, signal.SIGSTOP)
    with monkeypatch.context() as patch:
        patch.setattr(doomed, "timeout", 0.5)
        with pytest.raises(OfficeTimeoutError):
            doomed.convert(form, tmp_path / "a.ods")
    doomed.convert(form, tmp_path / "b.ods")
    assert doomed.office_pid != stopped
    assert [path.name for path in tmp_path.iterdir()] == ["b.ods"]


@needs_office
@needs_signals
def test_a_crashed_office_is_started_again(doomed: Office, form: Path, tmp_path: Path) -> None:
    crashed = pid_of(doomed)
    os.killpg(crashed, signal.SIGKILL)
    time.sleep(0.2)  # as long as the worker may need to see it
    doomed.convert(form, tmp_path / "a.ods")
    assert doomed.office_pid != crashed


@needs_office
@needs_signals
def test_a_dead_worker_takes_its_office_along(doomed: Office, form: Path, tmp_path: Path) -> None:
    orphan = pid_of(doomed)
    assert doomed._worker
    doomed._worker.kill()
    with pytest.raises(OfficeError, match="worker"):
        doomed.convert(form, tmp_path / "a.ods")
    until = time.monotonic() + 10
    while alive(orphan) and time.monotonic() < until:
        time.sleep(0.05)
    assert not alive(orphan)
    doomed.convert(form, tmp_path / "a.ods")


def pid_of(office: Office) -> int:
    office.version()
    assert office.office_pid
    return office.office_pid


def alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_without_an_office_tests_skip_or_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harness, "find_office", lambda: None)
    monkeypatch.delenv("PTXL_REQUIRE_OFFICE", raising=False)
    with pytest.raises(pytest.skip.Exception, match="needs LibreOffice"):
        require_office()
    monkeypatch.setenv("PTXL_REQUIRE_OFFICE", "1")
    with pytest.raises(pytest.fail.Exception, match="needs LibreOffice"):
        require_office()


def test_find_office_names_files_that_exist() -> None:
    if found := find_office():
        assert found.soffice.is_file()
        assert found.python.is_file()


# --- finding cells -------------------------------------------------------------------------


def test_beside_skips_locked_and_understands_merged_cells(form: Path) -> None:
    assert beside(form, "项目1", "文本1") == "C2"
    assert beside(form, "项目1", " 文\u3000本 10") == "C11"
    assert beside(form, "项目1", "金额") == "C12"


def test_beside_finds_each_occurrence_and_both_directions(form: Path) -> None:
    assert beside(form, "项目1", "金额", occurrence=1, direction="below") == "C21"
    assert beside(form, "项目1", "名称", direction="below") == "B21"


def test_beside_says_what_is_missing(form: Path) -> None:
    with pytest.raises(LookupError, match="0 cells say '没有'"):
        beside(form, "项目1", "没有")
    with pytest.raises(LookupError, match="no unlocked cell right of '合计'"):
        beside(form, "项目1", "合计")
    with pytest.raises(LookupError, match="2 cells say '金额'"):
        beside(form, "项目1", "金额", occurrence=2)


def test_column_below_ends_at_a_locked_text(form: Path) -> None:
    assert column_below(form, "项目1", "金额", occurrence=1) == ["C21", "C22", "C23", "C24"]


def test_column_below_skips_locked_empty_cells(form: Path) -> None:
    assert column_below(form, "项目1", "名称") == ["B21", "B22", "B23", "B24", "B26"]


def test_column_below_takes_the_top_left_of_merged_cells(tmp_path: Path) -> None:
    path = tmp_path / "merged.xlsx"
    book = xlsxwriter.Workbook(path)
    free = book.add_format({"locked": False})
    sheet = book.add_worksheet("表")
    sheet.merge_range("B1:B2", "目 标", book.add_format())
    sheet.merge_range("B3:C4", "", free)
    sheet.merge_range("A5:B5", "", free)
    sheet.write_blank("B6", None, free)
    sheet.write_blank("B9", None, free)
    book.close()
    assert column_below(path, "表", "目标") == ["B3", "B6"]
    assert beside(path, "表", "目标", direction="below") == "B3"


def test_finding_sees_a_file_that_was_written_again(tmp_path: Path) -> None:
    path = tmp_path / "again.xlsx"
    for column in ("B", "C"):
        book = xlsxwriter.Workbook(path)
        sheet = book.add_worksheet("表")
        sheet.write("A1", "名")
        sheet.write_blank(f"{column}1", None, book.add_format({"locked": False}))
        book.close()
        assert beside(path, "表", "名") == f"{column}1"
