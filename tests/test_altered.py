"""What was done to a workbook as such is named, loses nothing, and is never said of others."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ptxl.documents.document import load_answers
from ptxl.model.findings import Finding
from ptxl.model.form import Unit
from ptxl.model.submission import Entry, Submission
from ptxl.read import read_submission
from ptxl.renew.fill import fill_form
from ptxl.template import Templates, load_template
from ptxl.text import is_read_otherwise
from ptxl.values.kinds import KINDS
from ptxl.write.stencil import write_form
from tests.conftest import SAMPLES, UNIT
from tests.office import (
    Edit,
    Office,
    copy_cells,
    filter_rows,
    hide_rows,
    hide_sheet,
    insert_columns,
    insert_rows,
    remove_names,
    remove_sheet,
    set_cell,
    unmerge,
    unprotect_sheet,
)

TEMPLATES = Templates()
FORMATS = ("xlsx", "xls", "ods")
SHEET = "项目1"
#: a cell that nobody formatted or restricted
BARE = "K40"


@pytest.fixture(scope="module")
def filled() -> bytes:
    answers = load_answers(SAMPLES / "good" / "hebei-2020-project-1" / "answers.json")
    layout = load_template("hebei-department").layout(answers["form"]["parameters"])
    return fill_form(write_form(layout, Unit(**answers["unit"])), answers, TEMPLATES)


@pytest.fixture(scope="module")
def read(filled: bytes) -> Submission:
    return read_submission(filled, TEMPLATES)


def edited(office: Office, data: bytes, folder: Path, suffix: str, *edits: Edit) -> Submission:
    (folder / "a.xlsx").write_bytes(data)
    office.edit(folder / "a.xlsx", edits, folder / f"b.{suffix}")
    return read_submission((folder / f"b.{suffix}").read_bytes(), TEMPLATES)


def only(submission: Submission, *more: str) -> Finding:
    """The one finding besides those named."""
    (found,) = [one for one in submission.findings if one.code not in more]
    return found


#: an edit, the codes that it must give, and a word that the message must hold
EDITS: dict[str, tuple[list[Edit], list[str], str]] = {
    "unprotected": ([unprotect_sheet(SHEET)], ["protection_removed"], "保护"),
    "rows hidden": (
        [unprotect_sheet(SHEET), hide_rows(SHEET, 4, 2), hide_rows(SHEET, 14)],
        ["protection_removed", "rows_hidden"], "4-5, 14 行"),
    "filtered": (
        [unprotect_sheet(SHEET), filter_rows(SHEET, "A13:G25", 0, "效果指标")],
        ["protection_removed", "rows_filtered"], "19-25 行"),
    "split": (
        [unprotect_sheet(SHEET), unmerge(SHEET, "B4:C4"), unmerge(SHEET, "A1:G1")],
        ["protection_removed", "merges_undone"], "A1、B4"),
    "pasted over": (
        [unprotect_sheet(SHEET), copy_cells(SHEET, BARE, "A25"), copy_cells(SHEET, BARE, "B24")],
        ["protection_removed", "validation_removed"], "B24、A25"),
    "lists and map removed": (
        [remove_sheet("_lists"), remove_sheet("_map")],
        ["helper_sheets_removed"], "“_map”"),
    "checks removed": ([remove_sheet("填报自查")], ["helper_sheets_removed"], "“填报自查”"),
    # Names serve nothing but the identity, which is told from its other places.
    "names removed": ([remove_names()], ["identity_incomplete"], "名称"),
    "odd characters": (
        [set_cell(SHEET, "E4", "临西新闻网\u200b平台\u00a0维护费"), set_cell(SHEET, "C5", "１０")],
        ["characters_cleaned"], "E4、C5"),
}  # fmt: skip


@pytest.mark.office
@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("name", EDITS)
def test_what_was_done_is_named_and_no_answer_is_lost(
    office: Office, filled: bytes, read: Submission, tmp_path: Path, name: str, suffix: str
) -> None:
    edits, codes, word = EDITS[name]
    after = edited(office, filled, tmp_path, suffix, *edits)
    found = {one.code: one for one in after.findings}
    # What removed sheets said of the form's identity, and lists without their source, are told
    # besides; the latter where LibreOffice drops them, which it does in xlsx and ods.
    besides = {"identity_incomplete", "validation_removed"} if "removed" in name else set()
    assert set(codes) <= set(found) <= {*codes, *besides}
    assert len(after.findings) == len(found)
    assert word in found[codes[-1]].message("zh")
    assert "{" not in found[codes[-1]].message("en")
    assert all(one.sheet == SHEET or "removed" in name for one in after.findings)
    changed = {path for path in read.entries if after.entries.get(path) != read.entries[path]}
    assert len(changed) == (2 if name == "odd characters" else 0)
    assert set(after.entries) == set(read.entries)


@pytest.mark.office
@pytest.mark.parametrize("suffix", FORMATS)
def test_a_hidden_sheet_is_read_and_named(office: Office, tmp_path: Path, suffix: str) -> None:
    layout = load_template("hebei-department").layout({"projects": 2})
    answers = {"projects": [{"name": "甲"}, {"name": "乙"}]}
    data = fill_form(write_form(layout, UNIT), answers, TEMPLATES)
    after = edited(office, data, tmp_path, suffix, hide_sheet("项目2"))
    found = only(after)
    assert (found.code, found.severity, found.place()) == ("sheet_hidden", "hint", "项目2")
    assert after.entries["projects[1].name"] == Entry("乙")


@pytest.mark.office
@pytest.mark.parametrize("suffix", FORMATS)
def test_moved_rows_and_columns_undo_no_merge_and_drop_no_list(
    office: Office, filled: bytes, read: Submission, tmp_path: Path, suffix: str
) -> None:
    edits = (insert_rows(SHEET, 3, 2), insert_rows(SHEET, 12, 1), insert_columns(SHEET, "A"))
    after = edited(office, filled, tmp_path, suffix, unprotect_sheet(SHEET), *edits)
    assert {one.code for one in after.findings} <= {"protection_removed", "cells_moved"}
    assert after.entries == read.entries


@pytest.mark.office
@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("case", ["hebei-2020-project-1", *sorted(
    path.name for path in (SAMPLES / "good").iterdir() if path.name[:5] != "hebei")])  # fmt: skip
def test_nothing_is_said_of_a_form_saved_elsewhere(
    office: Office, tmp_path: Path, case: str, suffix: str
) -> None:
    answers = load_answers(SAMPLES / "good" / case / "answers.json")
    layout = load_template(answers["form"]["template"]).layout(answers["form"]["parameters"])
    data = fill_form(write_form(layout, Unit(**answers["unit"])), answers, TEMPLATES)
    before = read_submission(data, TEMPLATES)
    after = edited(office, data, tmp_path, suffix)
    assert before.findings == after.findings == ()
    assert before.entries == after.entries


def patched(data: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            content = source.read(name)
            changed = change(content) if name == part else content
            assert name != part or changed != content
            archive.writestr(name, changed)
    return target.getvalue()


def test_lists_that_excel_keeps_in_an_extension_are_lists(filled: bytes) -> None:
    """As Excel saves those whose source is another sheet."""
    part = "xl/worksheets/sheet3.xml"

    def moved(content: bytes) -> bytes:
        start, end = content.find(b"<dataValidations"), content.find(b"</dataValidations>")
        extension = (
            '<extLst><ext xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"'
            ' uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"><x14:dataValidations xmlns:xm='
            '"http://schemas.microsoft.com/office/excel/2006/main" count="1">{LISTS}'
            "</x14:dataValidations></ext></extLst></worksheet>"
        )
        lists = "".join(
            f'<x14:dataValidation type="list" prompt="a &gt; b" xr:uid="{{0}}"><x14:formula1><xm:f>'
            f"_lists!$B$2:$B$4</xm:f></x14:formula1><xm:sqref>{cells}</xm:sqref>"
            "</x14:dataValidation>"
            for cells in ("A14:A20 A21:A25", "B14:B25")
        )
        content = content[:start] + content[end + len(b"</dataValidations>") :]
        tail = extension.replace("{LISTS}", lists).encode()
        content = content.replace(b"<worksheet ", b'<worksheet xmlns:xr="urn:x" ')
        return content.replace(b"</worksheet>", tail)

    assert read_submission(patched(filled, part, moved), TEMPLATES).findings == ()
    fewer = patched(filled, part, lambda c: moved(c).replace(b"A14:A20 A21:A25", b"A15:A25"))
    found = only(read_submission(fewer, TEMPLATES))
    assert (found.code, found.facts["cells"]) == ("validation_removed", ("A14",))


@pytest.mark.parametrize("tag", ["", "<sheetProtection/>", '<sheetProtection sheet="0"/>'])
def test_protection_is_off_unless_it_says_that_it_is_on(filled: bytes, tag: str) -> None:
    def off(content: bytes) -> bytes:
        start = content.find(b"<sheetProtection")
        return content[:start] + tag.encode() + content[content.find(b"/>", start) + 2 :]

    data = patched(filled, "xl/worksheets/sheet3.xml", off)
    found = only(read_submission(data, TEMPLATES))
    assert (found.code, found.severity, found.place()) == ("protection_removed", "hint", SHEET)


def test_hidden_columns_are_named(filled: bytes, read: Submission) -> None:
    data = patched(filled, "xl/worksheets/sheet3.xml", lambda content: content.replace(
        b'<col min="5" max="5" ', b'<col min="5" max="5" hidden="1" '))  # fmt: skip
    after = read_submission(data, TEMPLATES)
    found = only(after)
    assert found.code == "rows_hidden"
    assert "E 列" in found.message("zh")
    assert "column E" in found.message("en")
    assert after.entries == read.entries


@pytest.mark.parametrize(
    ("raw", "kind", "odd"),
    [
        ("甲\u200b乙", "text", True), ("甲\u00a0乙", "long_text", True), ("\ufeff甲", "code", True),
        ("甲\x07乙", "text", True), ("５", "money", True), ("95％", "percent", True),
        (" 甲 乙 ", "text", False), ("甲\r\n乙", "text", False), ("\u00a0甲\u3000", "text", False),
        ("５", "text", False), ("95％", "target", False), ("甲\t乙", "text", False),
        ("5", "money", False), ("2026年3月1日", "date", False), ("2026／3／1", "date", True),
    ],
)  # fmt: skip
def test_a_text_read_as_typed_is_not_worth_a_word(raw: str, kind: str, odd: bool) -> None:
    assert is_read_otherwise(raw, folds=KINDS[kind].folds) is odd
