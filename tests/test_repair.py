"""Repairing and upgrading: every answer is in the new form as it was typed, or it is named."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook as OpenpyxlWorkbook
from openpyxl import load_workbook

from ptxl.check import type_values
from ptxl.documents import build_document, load_answers
from ptxl.errors import WorkbookError
from ptxl.fill import fill_form
from ptxl.form import Unit
from ptxl.identity import identify
from ptxl.layout import NOTES_SHEET
from ptxl.patch import NewValue, patch_cells
from ptxl.read import read_submission
from ptxl.repair import Repaired, repair
from ptxl.submission import Submission
from ptxl.template import Templates, load_template
from ptxl.write import write_form
from tests import office as desk
from tests.conftest import SAMPLES, UNIT
from tests.office import Office
from tests.rawxml import general_problems
from tests.test_editions import newer_edition

TEMPLATES = Templates()
CASES = {
    "hebei": "hebei-2025-project-1",
    "county": "county-2024-project-2",
    "ningxia": "ningxia-2023-project-1",
    "henan": "henan-2020-department",
    "national": "national-2026-project-1",
}


@dataclass(frozen=True)
class Sent:
    """A form as it was filled in, and what is in it."""

    data: bytes
    submission: Submission

    @property
    def sheet(self) -> str:
        return self.submission.sheet_names[0]


def sent(case: str, **more: object) -> Sent:
    answers = load_answers(SAMPLES / "good" / CASES[case] / "answers.json")
    parameters = {**answers["form"]["parameters"], **more}
    layout = load_template(answers["form"]["template"]).layout(parameters)
    data = fill_form(write_form(layout, Unit(**answers["unit"])), answers, TEMPLATES)
    return Sent(data, read_submission(data, TEMPLATES))


@pytest.fixture(scope="module", params=sorted(CASES))
def form(request: pytest.FixtureRequest) -> Sent:
    return sent(request.param)


@pytest.fixture(scope="module")
def hebei() -> Sent:
    return sent("hebei")


def document(submission: Submission) -> Any:
    return build_document(type_values(submission))


def accounted(repaired: Repaired) -> int:
    return sum(repaired.recovered.values()) + len(repaired.guessed) + len(repaired.lost)


def texts(findings: tuple[Any, ...]) -> list[str]:
    return [str(found.facts.get("raw", "")) for found in findings]


def problems(data: bytes, folder: Path) -> list[str]:
    path = folder / "workbook.xlsx"
    path.write_bytes(data)
    return general_problems(path)


def edited(data: bytes, change: Callable[[OpenpyxlWorkbook], object]) -> bytes:
    """A workbook as a program saves it that knows little of what is in it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = load_workbook(io.BytesIO(data))
        change(book)
        target = io.BytesIO()
        book.save(target)
    return target.getvalue()


def typed(form: Sent, values: dict[str, NewValue]) -> bytes:
    """Values put into the cells of fields, whatever their kind."""
    layout = form.submission.layout
    cells: dict[str, dict[tuple[int, int], NewValue]] = {}
    for path, value in values.items():
        place = layout.places[path]
        name = layout.sheets[place.sheet].sheet.name
        cells.setdefault(name, {})[place.row, place.column] = value
    return patch_cells(form.data, cells, {})


# -- the same form again


def test_a_form_as_sent_is_repaired_to_itself(form: Sent) -> None:
    repaired = repair(form.data, TEMPLATES)
    assert repaired.workbook == form.data
    assert (repaired.guessed, repaired.lost, repaired.changes) == ((), (), ())
    assert accounted(repaired) == len(form.submission.entries)
    assert repaired.identity == form.submission.identity


def test_a_form_saved_by_another_program_is_as_issued_again(form: Sent) -> None:
    """openpyxl drops what it does not know; protection, names and formats are gone with it."""

    def strip(book: OpenpyxlWorkbook) -> None:
        for sheet in book.worksheets:
            sheet.protection.disable()
            sheet.data_validations.dataValidation = []
        for row in book[form.sheet].iter_rows():
            for cell in row:
                cell.style = "Normal"

    repaired = repair(edited(form.data, strip), TEMPLATES)
    assert repaired.workbook == form.data
    assert repaired.lost == ()


def test_what_was_typed_stays_as_it_was_typed(hebei: Sent, tmp_path: Path) -> None:
    """Also what cannot be read: it is not made to look right."""
    strange: dict[str, NewValue] = {
        "projects[0].funds.total": "２,000万",
        "projects[0].funds.other": True,
        "projects[0].code": Decimal("224060300000012"),
        "projects[0].name": " 两端有空格\u00a0 ",
        "projects[0].purpose": "_x0041_\r\n第二行\t\x07",
        "projects[0].plan[0].percent": Decimal("0.25"),
        "projects[0].goals[0]": "=1+1",
        "projects[0].indicators[0].value": Decimal("0.95"),
    }
    data = typed(hebei, strange)
    before = read_submission(data, TEMPLATES)
    repaired = repair(data, TEMPLATES)
    after = read_submission(repaired.workbook, TEMPLATES)
    assert {path: after.entries[path].raw for path in strange} == strange
    assert after.entries == before.entries
    assert type_values(after).findings == type_values(before).findings
    assert repaired.lost == ()
    assert accounted(repaired) == len(before.entries)
    assert set(problems(repaired.workbook, tmp_path)) <= set(problems(hebei.data, tmp_path))


def test_a_date_in_a_cell_for_texts_is_typed_as_text_and_named(hebei: Sent) -> None:
    def put(book: OpenpyxlWorkbook) -> None:
        sheet, cell = hebei.submission.where("projects[0].indicators[0].value")
        book[sheet][cell].value = date(2026, 6, 30)
        sheet, cell = hebei.submission.where("projects[0].code")
        book[sheet][cell].value = date(2026, 3, 1)

    data = edited(hebei.data, put)
    repaired = repair(data, TEMPLATES)
    after = read_submission(repaired.workbook, TEMPLATES)
    assert [found.path for found in repaired.guessed] == ["projects[0].indicators[0].value"]
    assert str(after.entries["projects[0].indicators[0].value"].raw).startswith("2026-06-30")
    # A date is no code: as a text it would be read as one.
    assert [found.path for found in repaired.lost] == ["projects[0].code"]
    assert "2026-03-01" in repaired.lost[0].message("zh")
    assert "projects[0].code" not in after.entries
    assert accounted(repaired) == len(read_submission(data, TEMPLATES).entries)


def test_what_stands_beside_the_form_is_listed_with_its_text(hebei: Sent) -> None:
    def scribble(book: OpenpyxlWorkbook) -> None:
        book[hebei.sheet]["J9"].value = "请王科长核对"
        book[hebei.sheet]["C40"].value = 12.5
        more = book.create_sheet("附表")
        more["B2"].value = "另有三个项目"

    repaired = repair(edited(hebei.data, scribble), TEMPLATES)
    assert repaired.workbook == hebei.data
    places = {found.place(): found.facts["raw"] for found in repaired.lost}
    assert places["附表!B2"] == "另有三个项目"
    assert places[f"{hebei.sheet}!J9"] == "请王科长核对"
    assert accounted(repaired) == len(hebei.submission.entries) + len(places)


def test_an_edited_label_is_a_change_and_no_answer(hebei: Sent) -> None:
    data = patch_cells(hebei.data, {hebei.sheet: {(3, 0): "项目代码（必填）"}}, {})
    repaired = repair(data, TEMPLATES)
    assert repaired.workbook == hebei.data
    assert repaired.lost == ()
    assert [found.code for found in repaired.changes] == ["locked_text_changed"]
    assert "项目代码（必填）" in repaired.changes[0].message("zh")


def test_notes_of_the_clerk_come_along(hebei: Sent) -> None:
    notes: dict[tuple[int, int], NewValue] = {
        (2, 0): "三季度再核",
        (2, 1): Decimal("12.5"),
        (3, 0): True,
    }
    repaired = repair(patch_cells(hebei.data, {NOTES_SHEET: notes}, {}), TEMPLATES)
    again = load_workbook(io.BytesIO(repaired.workbook))[NOTES_SHEET]
    assert [again["A3"].value, again["B3"].value, again["A4"].value] == ["三季度再核", 12.5, True]
    assert read_submission(repaired.workbook, TEMPLATES).entries == hebei.submission.entries


def test_a_sheet_that_cannot_be_placed_is_listed_cell_by_cell(hebei: Sent) -> None:
    def paste_over(book: OpenpyxlWorkbook) -> None:
        sheet = book[hebei.sheet]
        for merged in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(str(merged))
        for row in range(1, sheet.max_row + 1):
            for column in range(1, 8):
                sheet.cell(row, column).value = f"粘{row}贴{column}"

    data = edited(hebei.data, paste_over)
    before = read_submission(data, TEMPLATES)
    repaired = repair(data, TEMPLATES)
    held = {str(e.raw) for e in read_submission(repaired.workbook, TEMPLATES).entries.values()}
    listed = set(texts(repaired.lost)) | held
    altered = {str(f.facts["raw"]) for f in repaired.changes if f.code == "locked_text_changed"}
    rows = load_workbook(io.BytesIO(data))[hebei.sheet].max_row
    pasted = {f"粘{row}贴{column}" for row in range(1, rows + 1) for column in range(1, 8)}
    assert pasted <= listed | altered
    assert accounted(repaired) >= len(before.entries)


def test_a_form_of_doubtful_identity_is_not_issued_again(hebei: Sent) -> None:
    def swap(book: OpenpyxlWorkbook) -> None:
        for row in book["_ptxl"].iter_rows():
            if row[0].value == "unit_code":
                row[1].value = "999999"

    with pytest.raises(WorkbookError) as caught:
        repair(edited(hebei.data, swap), TEMPLATES, key=b"round")
    assert caught.value.code == "identity_doubtful"


def test_a_rounds_key_is_asked_of_the_file_and_given_to_the_form(hebei: Sent) -> None:
    layout = hebei.submission.layout
    signed = write_form(layout, UNIT, key=b"round")
    assert repair(signed, TEMPLATES, key=b"round").identity.signature
    for data in (hebei.data, write_form(layout, UNIT, key=b"other")):
        with pytest.raises(WorkbookError) as caught:
            repair(data, TEMPLATES, key=b"round")
        assert caught.value.code == "identity_doubtful"


def test_a_form_whose_edition_is_not_there_is_refused(hebei: Sent, tmp_path: Path) -> None:
    newer = newer_edition(
        tmp_path, ('edition: "2025"', 'edition: "2027"'), ("项目编码\n", "代码\n")
    )
    layout = load_template(newer).layout({"projects": 1})
    with pytest.raises(WorkbookError) as caught:
        repair(write_form(layout, UNIT), TEMPLATES)
    assert caught.value.code == "edition_missing"
    assert "2027" in caught.value.en


def test_a_form_without_identity_is_repaired_as_the_one_that_it_is_said_to_be(hebei: Sent) -> None:
    def strip(book: OpenpyxlWorkbook) -> None:
        for name in ("_ptxl", "_map", "_lists"):
            del book[name]
        for name in list(book.defined_names):
            del book.defined_names[name]
        book.custom_doc_props.props.clear()  # type: ignore[attr-defined]

    data = edited(hebei.data, strip)
    with pytest.raises(WorkbookError) as caught:
        repair(data, TEMPLATES)
    assert caught.value.code == "identity_lost"
    identity = hebei.submission.identity
    issued = identify(hebei.submission.layout, identity.unit)
    repaired = repair(data, TEMPLATES, issued=issued)
    assert repaired.workbook == hebei.data
    assert repaired.lost == ()


# -- after what people and programs do


def damaged(
    office: Office, data: bytes, folder: Path, *edits: desk.Edit, suffix: str = "xlsx"
) -> bytes:
    source, target = folder / "sent.xlsx", folder / f"damaged.{suffix}"
    source.write_bytes(data)
    office.edit(source, edits, target)
    return target.read_bytes()


#: name → what a clerk does to a form whose first sheet has this name
DAMAGES: dict[str, Callable[[str], list[desk.Edit]]] = {
    "saved": lambda sheet: [],
    "rows_inserted": lambda sheet: [desk.insert_rows(sheet, 3, 2)],
    "columns_inserted": lambda sheet: [desk.insert_columns(sheet, "B", 1)],
    "renamed_and_moved": lambda sheet: [desk.rename_sheet(sheet, "我的项目"),
                                        desk.move_sheet("我的项目", 0)],
    "helpers_removed": lambda sheet: [desk.remove_sheet("_map"), desk.remove_sheet("_lists"),
                                      desk.remove_names()],
    "check_sheet_removed": lambda sheet: [desk.remove_sheet("填报自查")],
    "label_edited": lambda sheet: [desk.set_cell(sheet, "A1", "改了标题")],
    "rows_hidden": lambda sheet: [desk.hide_rows(sheet, 3, 6)],
    "banner_and_notes": lambda sheet: [desk.set_cell("备注", "A3", "记一笔")],
}  # fmt: skip


SUFFIXES = ("xlsx", "xls", "ods")


@pytest.mark.office
@pytest.mark.parametrize("damage", sorted(DAMAGES))
def test_a_damaged_form_is_repaired_to_what_was_sent(
    office: Office, form: Sent, damage: str, tmp_path: Path
) -> None:
    """Each kind of damage on each form, in one of the three formats."""
    turn = sorted(DAMAGES).index(damage) + len(form.submission.identity.template)
    suffix = SUFFIXES[turn % len(SUFFIXES)]
    edits = [desk.unprotect_sheet(form.sheet), *DAMAGES[damage](form.sheet)]
    data = damaged(office, form.data, tmp_path, *edits, suffix=suffix)
    before = read_submission(data, TEMPLATES)
    repaired = repair(data, TEMPLATES)
    assert [found.message() for found in repaired.lost] == []
    assert document(read_submission(repaired.workbook, TEMPLATES)) == document(before)
    assert document(before) == document(form.submission)
    assert accounted(repaired) == len(form.submission.entries)
    if damage == "banner_and_notes":
        again = load_workbook(io.BytesIO(repaired.workbook))[NOTES_SHEET]
        assert again["A3"].value == "记一笔"
    else:
        assert repaired.workbook == form.data
    moved = damage in ("rows_inserted", "columns_inserted")
    assert bool(repaired.guessed) == moved
