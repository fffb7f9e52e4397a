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
import simplejson
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook as OpenpyxlWorkbook
from openpyxl import load_workbook
from openpyxl.cell.cell import MergedCell
from python_calamine import CalamineWorkbook

from ptxl import api
from ptxl.cells import cell_name
from ptxl.check.submission import type_values
from ptxl.cli.main import cli
from ptxl.documents.document import build_document, load_answers
from ptxl.layout.helper_sheets import helper_sheets
from ptxl.layout.identity import identify
from ptxl.model.errors import OutputError, RosterError, WorkbookError
from ptxl.model.form import Unit
from ptxl.model.submission import Submission
from ptxl.ooxml.sheet import NewValue
from ptxl.read import read_submission
from ptxl.renew.fill import fill_form
from ptxl.renew.repair import Repaired, repair_form, upgrade_form
from ptxl.template import Templates, load_template
from ptxl.words import Phrase
from ptxl.write.stencil import write_form
from tests import office as desk
from tests.conftest import SAMPLES, UNIT
from tests.office import Office
from tests.packages import patch_cells
from tests.rawxml import general_problems
from tests.test_editions import newer_edition
from tests.validator import require_validator, validate

TEMPLATES = Templates()
NOTES_SHEET = helper_sheets("zh").notes
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


def strip_identity(book: OpenpyxlWorkbook) -> None:
    """As a program does that keeps visible sheets and nothing else."""
    for name in ("_ptxl", "_map", "_lists"):
        del book[name]
    for name in list(book.defined_names):
        del book.defined_names[name]
    book.custom_doc_props.props.clear()  # type: ignore[attr-defined]


def typed(form: Sent, values: dict[str, NewValue]) -> bytes:
    """Values put into the cells of fields, whatever their kind."""
    layout = form.submission.layout
    cells: dict[str, dict[tuple[int, int], NewValue]] = {}
    for path, value in values.items():
        place = layout.places[path]
        name = layout.sheets[place.sheet].sheet.name
        cells.setdefault(name, {})[place.row, place.column] = value
    return patch_cells(form.data, cells)


#: what people leave in cells, by the field
STRANGE: dict[str, NewValue] = {
    "projects[0].funds.total": "２,000万",
    "projects[0].funds.other": True,
    "projects[0].code": Decimal("224060300000012"),
    "projects[0].name": " 两端有空格\u00a0 ",
    "projects[0].purpose": "_x0041_\r\n第二行\t\x07",
    "projects[0].plan[0].percent": Decimal("0.25"),
    "projects[0].goals[0]": "=1+1",
    "projects[0].indicators[0].value": Decimal("0.95"),
}


# -- the same form again


def test_a_form_as_sent_is_repaired_to_itself(form: Sent) -> None:
    repaired = repair_form(form.data, TEMPLATES)
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

    repaired = repair_form(edited(form.data, strip), TEMPLATES)
    assert repaired.workbook == form.data
    assert repaired.lost == ()


def test_what_was_typed_stays_as_it_was_typed(hebei: Sent, tmp_path: Path) -> None:
    """Also what cannot be read: it is not made to look right."""
    data = typed(hebei, STRANGE)
    before = read_submission(data, TEMPLATES)
    repaired = repair_form(data, TEMPLATES)
    after = read_submission(repaired.workbook, TEMPLATES)
    assert {path: after.entries[path].raw for path in STRANGE} == STRANGE
    assert after.entries == before.entries
    assert type_values(after).findings == type_values(before).findings
    assert repaired.lost == ()
    assert accounted(repaired) == len(before.entries)
    assert set(problems(repaired.workbook, tmp_path)) <= set(problems(hebei.data, tmp_path))


@pytest.mark.validator
def test_what_was_typed_makes_no_faulty_workbook(hebei: Sent, tmp_path: Path) -> None:
    require_validator()
    target = tmp_path / "repaired.xlsx"
    target.write_bytes(repair_form(typed(hebei, STRANGE), TEMPLATES).workbook)
    assert validate(target) == []


def test_a_date_in_a_cell_for_texts_is_typed_as_text_and_named(hebei: Sent) -> None:
    def put(book: OpenpyxlWorkbook) -> None:
        sheet, cell = hebei.submission.where("projects[0].indicators[0].value")
        book[sheet][cell].value = date(2026, 6, 30)
        sheet, cell = hebei.submission.where("projects[0].code")
        book[sheet][cell].value = date(2026, 3, 1)

    data = edited(hebei.data, put)
    repaired = repair_form(data, TEMPLATES)
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

    repaired = repair_form(edited(hebei.data, scribble), TEMPLATES)
    assert repaired.workbook == hebei.data
    places = {found.place(): found.facts["raw"] for found in repaired.lost}
    assert places["附表!B2"] == "另有三个项目"
    assert places[f"{hebei.sheet}!J9"] == "请王科长核对"
    assert accounted(repaired) == len(hebei.submission.entries) + len(places)


def test_an_edited_label_is_a_change_and_no_answer(hebei: Sent) -> None:
    data = patch_cells(hebei.data, {hebei.sheet: {(3, 0): "项目代码（必填）"}})
    repaired = repair_form(data, TEMPLATES)
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
    repaired = repair_form(patch_cells(hebei.data, {NOTES_SHEET: notes}), TEMPLATES)
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
    repaired = repair_form(data, TEMPLATES)
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
        repair_form(edited(hebei.data, swap), TEMPLATES)
    assert caught.value.code == "identity_doubtful"


def test_a_rounds_key_is_asked_of_the_file_and_given_to_the_form(hebei: Sent) -> None:
    layout = hebei.submission.layout
    signed = write_form(layout, UNIT, key=b"round")
    assert repair_form(signed, TEMPLATES, key=b"round").identity.signature
    for data in (hebei.data, write_form(layout, UNIT, key=b"other")):
        with pytest.raises(WorkbookError) as caught:
            repair_form(data, TEMPLATES, key=b"round")
        assert caught.value.code == "identity_doubtful"


def test_a_form_whose_edition_is_not_there_is_refused(hebei: Sent, tmp_path: Path) -> None:
    newer = newer_edition(
        tmp_path, ('edition: "2025"', 'edition: "2027"'), ("项目编码\n", "代码\n")
    )
    layout = load_template(newer).layout({"projects": 1})
    with pytest.raises(WorkbookError) as caught:
        repair_form(write_form(layout, UNIT), TEMPLATES)
    assert caught.value.code == "edition_missing"
    assert "2027" in str(caught.value)


def test_a_form_without_identity_is_repaired_as_the_one_that_it_is_said_to_be(hebei: Sent) -> None:
    data = edited(hebei.data, strip_identity)
    with pytest.raises(WorkbookError) as caught:
        repair_form(data, TEMPLATES)
    assert caught.value.code == "identity_lost"
    identity = hebei.submission.identity
    issued = identify(hebei.submission.layout, identity.unit)
    repaired = repair_form(data, TEMPLATES, issued=issued)
    assert repaired.workbook == hebei.data
    assert repaired.lost == ()


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_text_disappears(form: Sent, data: st.DataObject) -> None:
    """Whatever is typed wherever, also over labels and on other sheets, rows inserted or not:
    it is in the new form, or in the list of what is lost, or in that of what was changed."""
    rows, columns = st.integers(1, 60), st.integers(1, 12)
    typed_at = data.draw(st.lists(st.tuples(st.booleans(), rows, columns), min_size=1, max_size=12))
    inserted = data.draw(st.lists(rows, max_size=2))

    def scribble(book: OpenpyxlWorkbook) -> None:
        sheet, other = book[form.sheet], book.create_sheet("另页")
        for merged in [str(one) for one in sheet.merged_cells.ranges] if inserted else []:
            sheet.unmerge_cells(merged)
        for row in inserted:
            sheet.insert_rows(row)
        for number, (beside, row, column) in enumerate(typed_at):
            cell = (other if beside else sheet).cell(row, column)
            if not isinstance(cell, MergedCell):
                cell.value = f"§{number}§"

    scribbled = edited(form.data, scribble)
    try:
        repaired = repair_form(scribbled, TEMPLATES)
    except WorkbookError as error:
        if error.code == "identity_doubtful":  # the printed unit was typed over
            return
        raise
    present = {text for text in all_texts(scribbled) if text.startswith("§")}
    told = " ".join(found.message() for found in (*repaired.lost, *repaired.changes))
    held = all_texts(repaired.workbook)
    assert {text for text in present if text not in told and text not in held} == set()
    before = read_submission(scribbled, TEMPLATES)
    assert accounted(repaired) >= len(before.entries)


def all_texts(data: bytes) -> set[str]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    sheets = map(book.get_sheet_by_name, book.sheet_names)
    return {str(value) for sheet in sheets for row in sheet.to_python() for value in row}


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
    repaired = repair_form(data, TEMPLATES)
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


# -- rows that the form had not


def with_row(form: Sent, table: str, like: int, texts: dict[str, str]) -> bytes:
    """A row typed in right below a row of a table, all further rows pushed down."""
    layout = form.submission.layout
    row = next(t for t in layout.form.tables if t.path == table).rows[like]
    places = {f.path.removeprefix(f"{row.path}."): layout.places[f.path] for f in row.fields}
    below = next(iter(places.values())).row + 1

    def insert(book: OpenpyxlWorkbook) -> None:
        sheet = book[form.sheet]
        kept = [str(merged) for merged in sheet.merged_cells.ranges]
        for merged in kept:
            sheet.unmerge_cells(merged)
        sheet.insert_rows(below + 1)
        for name, text in texts.items():
            sheet.cell(below + 1, places[name].column + 1).value = text

    return edited(form.data, insert)


def test_an_added_row_goes_into_a_free_one_of_its_kind() -> None:
    form = sent("hebei")
    row = {"level1": "产出指标", "level2": "数量指标", "level3": "新增指标", "value": "3次"}
    data = with_row(form, "projects[0].indicators", 1, row)
    before = read_submission(data, TEMPLATES)
    repaired = repair_form(data, TEMPLATES)
    after = read_submission(repaired.workbook, TEMPLATES)
    assert after.findings == ()
    assert (repaired.lost, repaired.raised) == ((), {})
    assert rows(document(after)) == rows(document(before))
    assert accounted(repaired) == len(form.submission.entries) + len(row)


@pytest.mark.office
def test_an_added_row_of_a_category_goes_where_the_category_has_room(
    office: Office, tmp_path: Path
) -> None:
    """The map tells which row is new; it is read behind all others, and typed among its own."""
    form = sent("county")
    layout = form.submission.layout
    table = next(t for t in layout.form.tables if t.path == "projects[0].indicators")
    used = [row for row in table.rows if f"{row.path}.level3" in form.submission.entries]
    last = used[-1]
    at = layout.places[f"{last.path}.level3"]
    edits = [
        desk.unprotect_sheet(form.sheet),
        desk.insert_rows(form.sheet, at.row + 2),
        desk.set_cell(form.sheet, cell_name(at.row + 1, at.column), "新增的指标"),
    ]
    data = damaged(office, form.data, tmp_path, *edits)
    before = read_submission(data, TEMPLATES)
    (added,) = set(before.entries) - set(form.submission.entries)
    assert added == f"{table.path}[{len(table.rows)}].level3"
    repaired = repair_form(data, TEMPLATES)
    after = read_submission(repaired.workbook, TEMPLATES)
    (path,) = set(after.entries) - set(form.submission.entries)
    new = next(row for row in table.rows if f"{row.path}.level3" == path)
    assert new.given == last.given
    assert path in {found.path for found in repaired.guessed}
    assert repaired.lost == ()
    assert accounted(repaired) == len(before.entries)
    assert rows(document(after)) == rows(document(before))


def test_rows_beyond_the_form_are_given_a_form_with_more_of_them() -> None:
    form = sent("hebei", rows=6)
    row = {"level1": "产出指标", "level2": "数量指标", "level3": "新增指标", "value": "3次"}
    repaired = repair_form(with_row(form, "projects[0].indicators", 1, row), TEMPLATES)
    after = read_submission(repaired.workbook, TEMPLATES)
    assert repaired.raised == {"rows": 7}
    assert repaired.identity.parameters == {**form.submission.identity.parameters, "rows": 7}
    assert repaired.lost == ()
    assert after.findings == ()
    assert "新增指标" in [one["level3"] for one in rows(document(after))]
    assert accounted(repaired) == len(form.submission.entries) + len(row)


def test_rows_that_no_parameter_makes_room_for_are_lost_with_their_text(tmp_path: Path) -> None:
    text = load_template("hebei-department").path.read_text(encoding="utf-8")
    old = ("rows: {kind: integer, label: 指标行数, default: 12, minimum: 1, maximum: 60",
           "rows: {kind: integer, default: 6, minimum: 1, maximum: 6")  # fmt: skip
    assert old[0] in text
    narrow = newer_edition(tmp_path / "narrow", ('edition: "2025"', 'edition: "narrow"'), old)
    templates = Templates([narrow])
    form = sent("hebei")
    repaired = upgrade_form(form.data, templates, "narrow", parameters={"rows": 3, "year": 2026})
    assert repaired.raised == {"rows": 6}
    row = {"level1": "产出指标", "level2": "数量指标", "level3": "新增指标", "value": "3次"}
    more = with_row(form, "projects[0].indicators", 1, row)
    repaired = upgrade_form(more, templates, "narrow", parameters={"rows": 3})
    last = max(path for path in form.submission.entries if path.endswith(".level3"))
    lost = [found for found in repaired.lost if found.path.endswith(".level3")]
    assert [found.facts["raw"] for found in lost] == [form.submission.entries[last].raw]
    assert {found.facts["why"] for found in repaired.lost} == {Phrase("reasons.no_room")}
    assert accounted(repaired) == len(form.submission.entries) + len(row)


def rows(answers: Any) -> list[Any]:
    """The indicators of the first project, in whatever order."""
    return sorted(answers["projects"][0]["indicators"], key=lambda row: row["level3"])


# -- into another edition


def test_an_upgrade_by_field_id_keeps_what_both_ask_and_names_the_rest(
    hebei: Sent, tmp_path: Path
) -> None:
    newer = newer_edition(
        tmp_path / "newer",
        ('edition: "2025"', 'edition: "2027"'),
        ("- 项目编码\n", "- 项目代码\n"),
        ("field: purpose, label: 资金用途", "field: basis, label: 立项依据"),
        ("columns: [11, 12, 16.5, 16, 11.5, 8.5, 16.5]", "columns: [12, 12, 16, 16, 12, 8, 16.5]"),
    )
    templates = Templates([newer])
    repaired = upgrade_form(hebei.data, templates, "2027")
    assert repaired.identity.edition == "2027"
    assert repaired.identity.unit == hebei.submission.identity.unit
    assert [found.path for found in repaired.lost] == ["projects[0].purpose"]
    purpose = hebei.submission.entries["projects[0].purpose"].raw
    assert str(purpose) in repaired.lost[0].message("zh")
    assert [found.path for found in repaired.newly_asked] == ["projects[0].basis"]
    after = read_submission(repaired.workbook, templates)
    assert after.findings == ()
    before = dict(hebei.submission.entries)
    del before["projects[0].purpose"]
    assert after.entries == before
    assert accounted(repaired) == len(hebei.submission.entries)
    # And back again: nothing more is lost.
    back = upgrade_form(repaired.workbook, templates, "2025")
    assert read_submission(back.workbook, templates).entries == before
    assert back.identity == hebei.submission.identity
    assert back.lost == ()


def test_grouped_rows_follow_their_category_into_the_new_edition(tmp_path: Path) -> None:
    form = sent("county")
    newer = newer_edition(
        tmp_path / "newer",
        ('edition: "2024-2"', 'edition: "2027"'),
        ("数量指标", "新增类指标"),
        ("时效指标", "数量指标"),
        template="county-project",
    )
    templates = Templates([newer])
    repaired = upgrade_form(form.data, templates, "2027")
    after = read_submission(repaired.workbook, templates)
    assert after.findings == ()

    def by_category(submission: Submission) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for one in document(submission)["projects"][0]["indicators"]:
            found.setdefault(one["level2"], []).append(one["level3"])
        return found

    before, now = by_category(form.submission), by_category(after)
    assert "时效指标" in before
    assert set(before) - set(now) == {"时效指标"}
    for category, names in now.items():
        assert names == before[category]
    assert set(before["时效指标"]) <= set(texts(repaired.lost))
    assert accounted(repaired) == len(form.submission.entries)


def test_an_amount_is_not_carried_into_another_unit_of_money(hebei: Sent, tmp_path: Path) -> None:
    newer = newer_edition(
        tmp_path / "newer", ('edition: "2025"', 'edition: "2027"'),
        ("field: funds.total, kind: money,", "field: funds.total, kind: money, unit: 元,"),
    )  # fmt: skip
    templates = Templates([newer])
    repaired = upgrade_form(hebei.data, templates, "2027")
    assert [found.path for found in repaired.lost] == ["projects[0].funds.total"]
    after = read_submission(repaired.workbook, templates)
    assert "projects[0].funds.total" not in after.entries
    assert "projects[0].funds.fiscal" in after.entries


def test_a_field_of_another_kind_keeps_its_text_and_is_named(hebei: Sent, tmp_path: Path) -> None:
    newer = newer_edition(
        tmp_path / "newer", ('edition: "2025"', 'edition: "2027"'),
        ("field: name, kind: text, required: true, across", "field: name, kind: code, across"),
    )  # fmt: skip
    templates = Templates([newer])
    repaired = upgrade_form(hebei.data, templates)
    after = read_submission(repaired.workbook, templates)
    assert after.entries == hebei.submission.entries
    assert [found.path for found in repaired.guessed] == ["projects[0].name"]
    assert repaired.lost == ()


def test_an_edition_that_is_not_there_is_refused(hebei: Sent) -> None:
    with pytest.raises(WorkbookError) as caught:
        upgrade_form(hebei.data, TEMPLATES, "2099")
    assert caught.value.code == "edition_missing"


# -- by path and at the command line


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["--lang", "en", *map(str, arguments)])


def test_the_commands_write_beside_the_original_and_say_what_became_of_it(
    hebei: Sent, tmp_path: Path
) -> None:
    source, target = tmp_path / "returned.xlsx", tmp_path / "new.xlsx"
    source.write_bytes(hebei.data)
    done = run("repair", source, "-o", target)
    assert (done.exit_code, target.read_bytes()) == (0, hebei.data)
    assert "46 answers recovered, 0 to be checked, 0 lost" in done.output
    source.write_bytes(patch_cells(hebei.data, {hebei.sheet: {(8, 9): "请核对"}}))
    sent_in = source.read_bytes()
    done = run("repair", source, "-o", target, "--format", "json")
    told = simplejson.loads(done.stdout)
    assert done.exit_code == 1
    assert [(one["sheet"], one["cell"]) for one in told["lost"]] == [(hebei.sheet, "J9")]
    assert "请核对" in told["lost"][0]["message"]
    assert told["recovered"] == {hebei.sheet: 46}
    assert (source.read_bytes(), target.read_bytes()) == (sent_in, hebei.data)
    newer = newer_edition(tmp_path / "newer", ('edition: "2025"', 'edition: "2027"'))
    done = run("upgrade", source, "--template", newer, "--edition", "2027", "-o", target)
    assert done.exit_code == 1
    assert api.read(target, terms=api.Terms(Templates([newer]))).submission.identity.edition == (
        "2027"
    )


def test_the_commands_replace_no_input_and_refuse_what_is_no_form(tmp_path: Path) -> None:
    source = tmp_path / "other.xlsx"
    OpenpyxlWorkbook().save(source)
    with pytest.raises(OutputError):
        api.repair(source, source)
    for command in ("repair", "upgrade"):
        done = run(command, source, "-o", tmp_path / "x.xlsx")
        assert done.exit_code == 3
        assert "no form made by ptxl" in done.stderr
    assert not (tmp_path / "x.xlsx").exists()


def test_the_roster_says_which_form_it_was_where_the_file_does_not(
    hebei: Sent, tmp_path: Path
) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("code,name\n101,教育局\n102,民政局\n", encoding="utf-8")
    (form, _) = api.generate("hebei-department", roster, tmp_path, parameters={"projects": 1})
    bare = tmp_path / "bare.xlsx"
    bare.write_bytes(edited(form.read_bytes(), strip_identity))
    target = tmp_path / "new.xlsx"
    said = ("--as", "hebei-department", "--roster", roster, "--set", "projects=1", "--unit")
    assert run("repair", bare, "-o", target, *said, "101").exit_code == 0
    assert api.read(target).submission.identity == api.read(form).submission.identity
    assert run("repair", bare, "-o", target, "--unit", "101").exit_code == 2
    with pytest.raises(RosterError):
        api.identity("hebei-department", roster, "999")
