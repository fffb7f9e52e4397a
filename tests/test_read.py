"""Reading: one test per surprise that people and programs have in store."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from ptxl import api
from ptxl.check.submission import type_values
from ptxl.documents.document import load_answers
from ptxl.model.errors import WorkbookError
from ptxl.model.findings import Finding
from ptxl.model.form import Unit
from ptxl.model.submission import Entry, Submission
from ptxl.read import read_submission
from ptxl.renew.fill import fill_form
from ptxl.template import Templates, load_template
from ptxl.write.stencil import write_form
from tests.conftest import SAMPLES, UNIT
from tests.office import (
    Office,
    add_sheet,
    copy_sheet,
    delete_rows,
    insert_columns,
    insert_rows,
    move_sheet,
    rename_sheet,
    set_cell,
    unprotect_sheet,
)
from tests.packages import patch_cells

TEMPLATES = Templates()
ANSWERS = SAMPLES / "good" / "hebei-2020-project-1" / "answers.json"


@pytest.fixture(scope="module")
def filled() -> bytes:
    answers = load_answers(ANSWERS)
    layout = load_template("hebei-department").layout(answers["form"]["parameters"])
    blank = write_form(layout, Unit(**answers["unit"]))
    return fill_form(blank, answers, TEMPLATES)


@pytest.fixture(scope="module")
def read(filled: bytes) -> Submission:
    return read_submission(filled, TEMPLATES, "")


def patched(data: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """A workbook with one of its parts changed."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            content = source.read(name)
            archive.writestr(name, change(content) if name == part else content)
    return target.getvalue()


def told(submission: Submission) -> list[Finding]:
    """What was found; every edit at the office begins with taking off the protection."""
    return [found for found in submission.findings if found.code != "protection_removed"]


def codes(submission: Submission) -> list[str]:
    return [found.code for found in told(submission)]


def test_entries_are_what_was_typed(read: Submission) -> None:
    assert read.entries["projects[0].funds.total"] == Entry(Decimal("10"))
    assert read.entries["projects[0].code"] == Entry("224-0603-YBN-W8XP")
    assert read.entries["projects[0].plan[0].percent"] == Entry("25.00")
    assert "projects[0].funds.other" not in read.entries
    assert read.findings == ()


def test_the_name_of_a_file_does_not_matter(filled: bytes, tmp_path: Path) -> None:
    for name in ("表.xls", "表.ods", "表", "表.txt"):
        (tmp_path / name).write_bytes(filled)
        assert api.read(tmp_path / name).findings == ()


def test_a_changed_label_is_named_and_nothing_else_lost(
    office: Office, filled: bytes, read: Submission, tmp_path: Path
) -> None:
    changed = edited(office, filled, tmp_path, set_cell("项目1", "A4", "项目代码"))
    assert codes(changed) == ["locked_text_changed"]
    (finding,) = told(changed)
    assert finding.place() == "项目1!A4"
    assert "原为“项目编码”，现为“项目代码”" in finding.message("zh")
    assert changed.entries == read.entries


def edited(
    office: Office, data: bytes, folder: Path, *edits: object, suffix: str = "xlsx"
) -> Submission:
    source, target = folder / "filled.xlsx", folder / f"edited.{suffix}"
    source.write_bytes(data)
    office.edit(source, [unprotect_sheet("项目1"), *edits], target)  # type: ignore[list-item]
    return read_submission(target.read_bytes(), TEMPLATES, "")


@pytest.mark.office
@pytest.mark.parametrize("suffix", ["xlsx", "xls", "ods"])
def test_inserted_rows_move_answers_and_are_reported(
    office: Office, filled: bytes, read: Submission, tmp_path: Path, suffix: str
) -> None:
    moved = edited(office, filled, tmp_path, insert_rows("项目1", 3, 2), suffix=suffix)
    assert codes(moved) == ["cells_moved"]
    assert moved.entries == read.entries
    assert moved.where("projects[0].code") == ("项目1", "B6")
    assert read.where("projects[0].code") == ("项目1", "B4")


@pytest.mark.office
def test_inserted_columns_and_rows_together(
    office: Office, filled: bytes, read: Submission, tmp_path: Path
) -> None:
    edits = (insert_columns("项目1", "A", 1), insert_rows("项目1", 5, 1))
    moved = edited(office, filled, tmp_path, *edits)
    assert "cells_moved" in codes(moved)
    assert moved.entries == read.entries


@pytest.mark.office
@pytest.mark.parametrize("suffix", ["xlsx", "xls", "ods"])
def test_a_deleted_spare_row_loses_nothing(
    office: Office, filled: bytes, read: Submission, tmp_path: Path, suffix: str
) -> None:
    """The row of the fourth goal, which was not used: what stood below it moved up."""
    assert "projects[0].goals[3]" not in read.entries
    row = int(read.where("projects[0].goals[3]")[1].lstrip("ABCDEFG"))
    shorter = edited(office, filled, tmp_path, delete_rows("项目1", row), suffix=suffix)
    assert "cells_moved" in codes(shorter)
    assert shorter.entries == read.entries


@pytest.mark.office
@pytest.mark.parametrize("suffix", ["xlsx", "xls", "ods"])
def test_a_renamed_and_moved_sheet_is_known_by_what_is_printed(
    office: Office, filled: bytes, read: Submission, tmp_path: Path, suffix: str
) -> None:
    edits = (rename_sheet("项目1", "临西新闻网平台维护费"), move_sheet("临西新闻网平台维护费", 0))
    renamed = edited(office, filled, tmp_path, *edits, suffix=suffix)
    assert codes(renamed) == ["sheet_renamed"]
    assert renamed.entries == read.entries
    assert renamed.where("projects[0].code") == ("临西新闻网平台维护费", "B4")


@pytest.mark.office
def test_text_beside_the_table_is_reported(
    office: Office, filled: bytes, read: Submission, tmp_path: Path
) -> None:
    beside = edited(office, filled, tmp_path, set_cell("项目1", "J9", "请王科长核对"))
    (finding,) = told(beside)
    assert (finding.code, finding.cell) == ("unread_cell", "J9")
    assert beside.entries == read.entries


@pytest.mark.office
def test_an_error_value_is_no_blank(office: Office, filled: bytes, tmp_path: Path) -> None:
    broken = edited(office, filled, tmp_path, set_cell("项目1", "C5", "=1/0"))
    (finding,) = told(broken)
    assert (finding.code, finding.cell) == ("error_value", "C5")
    assert "#DIV/0!" in finding.message("zh")
    assert "projects[0].funds.total" not in broken.entries


@pytest.mark.office
def test_a_sheet_pasted_over_is_left_unread(office: Office, filled: bytes, tmp_path: Path) -> None:
    edits = [
        set_cell("项目1", f"{column}{row}", "粘贴") for column in "ABCDEFG" for row in range(1, 31)
    ]
    over = edited(office, filled, tmp_path, *edits)
    assert codes(over) == ["place_uncertain"]
    assert "“项目1”" in told(over)[0].message("zh")
    assert over.entries == {}


def test_a_swapped_unit_is_found(filled: bytes) -> None:
    def swap(content: bytes) -> bytes:
        return content.replace(b"224002", b"224001")

    swapped = read_submission(patched(filled, "xl/sharedStrings.xml", swap), TEMPLATES)
    assert set(codes(swapped)) == {"identity_changed", "unit_differs"}
    assert swapped.identity.unit.code == "224002"


def test_a_missing_sheet_is_named(filled: bytes) -> None:
    def drop(content: bytes) -> bytes:
        return re.sub(b'<sheet name="\xe9\xa1\xb9\xe7\x9b\xae1"[^>]*/>', b"", content)

    submission = read_submission(patched(filled, "xl/workbook.xml", drop), TEMPLATES)
    assert codes(submission) == ["sheet_missing"]
    assert submission.entries == {}


def test_a_form_of_an_edition_that_is_not_there_is_said(filled: bytes, tmp_path: Path) -> None:
    shipped = load_template("hebei-department").path.read_text(encoding="utf-8")
    (tmp_path / "template.yaml").write_text(
        shipped.replace('edition: "2025"', 'edition: "2027"'), encoding="utf-8"
    )
    newer = load_template(tmp_path).layout({"projects": 1})
    submission = read_submission(write_form(newer, UNIT), TEMPLATES)
    assert codes(submission) == ["edition_differs"]
    assert submission.findings[0].severity == "warning"
    assert read_submission(filled, Templates([tmp_path])).findings == ()


def test_a_form_of_a_template_that_asked_otherwise_is_an_error(
    filled: bytes, tmp_path: Path
) -> None:
    """The same labels, but amounts in another unit: nothing on the sheet would show it."""
    shipped = load_template("hebei-department").path.read_text(encoding="utf-8")
    (tmp_path / "template.yaml").write_text(
        shipped.replace("kind: money, required", "kind: money, unit: 元, required"),
        encoding="utf-8",
    )
    submission = read_submission(filled, Templates([tmp_path]))
    assert codes(submission) == ["template_changed"]
    assert submission.findings[0].severity == "error"


@pytest.mark.office
@pytest.mark.parametrize("suffix", ["xlsx", "xls", "ods"])
def test_error_values_are_seen_in_every_format(
    office: Office, filled: bytes, tmp_path: Path, suffix: str
) -> None:
    """Also behind a blank cell, and in an answer that nobody requires."""
    edits = [set_cell("项目1", cell, "=1/0") for cell in ("C5", "G5", "C15")]
    broken = edited(office, filled, tmp_path, *edits, suffix=suffix)
    assert sorted(f.cell for f in broken.findings if f.code == "error_value") == ["C15", "C5", "G5"]


@pytest.mark.office
@pytest.mark.parametrize("suffix", ["xlsx", "xls", "ods"])
def test_a_row_inserted_in_the_last_table_drops_no_answer(
    office: Office, filled: bytes, read: Submission, tmp_path: Path, suffix: str
) -> None:
    """Nothing printed stands below it, and the last row of answers is pushed out of the table."""
    row = int(read.where("projects[0].indicators[0].level1")[1].lstrip("ABCDEFG"))
    full = {f"{c}{row + n}": "甲" for n in range(12) for c in "ABCDEG"}
    edits = [*(set_cell("项目1", cell, text) for cell, text in full.items()),
             insert_rows("项目1", row, 1)]  # fmt: skip
    moved = edited(office, filled, tmp_path, *edits, suffix=suffix)
    assert "cells_moved" in codes(moved)
    assert "unread_cell" not in codes(moved)
    assert moved.entries["projects[0].indicators[11].level3"] == Entry("甲")


@pytest.mark.office
@pytest.mark.parametrize("suffix", ["xlsx", "xls", "ods"])
def test_a_copied_sheet_is_an_error_and_an_added_one_is_said(
    office: Office, filled: bytes, read: Submission, tmp_path: Path, suffix: str
) -> None:
    edits = [copy_sheet("项目1", "项目1 (2)"), add_sheet("测算"), set_cell("测算", "A1", "1+1=2")]
    more = edited(office, filled, tmp_path, *edits, suffix=suffix)
    assert sorted(codes(more)) == ["sheet_added", "sheet_copied"]
    assert more.entries == read.entries


@pytest.mark.office
def test_a_sheet_renamed_with_rows_inserted_is_still_known(
    office: Office, filled: bytes, read: Submission, tmp_path: Path
) -> None:
    both = edited(office, filled, tmp_path, insert_rows("项目1", 5, 2), rename_sheet("项目1", "甲"))
    assert set(codes(both)) == {"sheet_renamed", "cells_moved"}
    assert both.entries == read.entries


def test_noise_of_binary_arithmetic_is_no_amount(filled: bytes) -> None:
    def noisy(content: bytes) -> bytes:
        return content.replace(b"<v>10</v>", b"<v>10.000000000000002</v>")

    submission = read_submission(patched(filled, "xl/worksheets/sheet3.xml", noisy), TEMPLATES)
    assert submission.entries["projects[0].funds.total"] == Entry(Decimal("10"))


@pytest.mark.parametrize("number", [b"NaN", b"1e999"])
def test_numbers_that_are_none_do_not_stop_a_batch(
    filled: bytes, tmp_path: Path, number: bytes
) -> None:
    def broken(content: bytes) -> bytes:
        return content.replace(b"<v>10</v>", b"<v>" + number + b"</v>")

    (tmp_path / "in").mkdir()
    data = patched(filled, "xl/worksheets/sheet3.xml", broken)
    (tmp_path / "in" / "broken.xlsx").write_bytes(data)
    (tmp_path / "in" / "good.xlsx").write_bytes(filled)
    merged = api.merge([tmp_path / "in"], tmp_path / "county.xlsx")
    assert merged.counts["forms"] == 1
    assert merged.counts["left_out"] == 1


def test_a_cell_at_the_end_of_the_world_is_refused(filled: bytes) -> None:
    def far(content: bytes) -> bytes:
        row = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
        return content.replace(b"</sheetData>", row)

    with pytest.raises(WorkbookError) as error:
        read_submission(patched(filled, "xl/worksheets/sheet3.xml", far), TEMPLATES)
    assert error.value.code == "too_many_cells"


def test_a_percentage_pasted_over_a_text_is_questioned(filled: bytes) -> None:
    layout = read_submission(filled, TEMPLATES).layout
    place = layout.places["projects[0].indicators[0].value"]
    pasted = patch_cells(filled, {"项目1": {(place.row, place.column): Decimal("0.95")}})
    checked = type_values(read_submission(pasted, TEMPLATES))
    assert [finding.code for finding in checked.findings] == ["stored_as_number"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"<html><table></table></html>", "html"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><Workbook/>", "not_a_workbook"),
        ("编码\t名称\n1\t甲".encode("gb18030"), "text"),
        (b"PK\x03\x04 cut", "cut_short"),
        (b"\xd0\xcf\x11\xe0" + bytes(100), "cut_short"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "damaged"),
        (bytes(range(256)) * 4, "not_a_workbook"),
    ],
)
def test_what_is_no_workbook_is_named(data: bytes, code: str) -> None:
    with pytest.raises(WorkbookError) as error:
        read_submission(data, TEMPLATES)
    assert error.value.code == code
    assert error.value.reason("en") in str(error.value.named("来件.xlsx"))


@pytest.mark.parametrize(
    ("part", "code"), [("word/document.xml", "document"), ("a.txt", "archive")]
)
def test_other_packages_are_named(part: str, code: str) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(part, "x")
    with pytest.raises(WorkbookError) as error:
        read_submission(target.getvalue(), TEMPLATES)
    assert error.value.code == code


@pytest.mark.office
@pytest.mark.parametrize("suffix", ["xlsx", "xls", "ods"])
def test_every_template_survives_being_saved_elsewhere(
    office: Office, tmp_path: Path, suffix: str
) -> None:
    for template in ("county-project", "henan-department", "ningxia-project", "national-project"):
        (form,) = api.generate(template, [UNIT], tmp_path / template)
        saved = tmp_path / f"{template}.{suffix}"
        office.convert(form, saved)
        checked = api.read(saved)
        assert checked.findings == ()
        assert checked.submission.entries == {}
