"""Where the answers are: whatever people do to rows, columns, cells and sheets of a form, the same
JSON comes out with a finding that says what was done, or what cannot be told is left unread."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils import column_index_from_string

from ptxl.cells import cell_name, column_name
from ptxl.check.submission import check_submission, type_values
from ptxl.documents.document import build_document, load_answers
from ptxl.layout.helper_sheets import MAP_SHEET
from ptxl.merge.summarise import summarise
from ptxl.merge.views import View
from ptxl.model.form import Unit, per_unit
from ptxl.model.layout import Layout
from ptxl.model.submission import Submission
from ptxl.read import read_submission
from ptxl.renew.fill import fill_form
from ptxl.template import Templates, load_template
from ptxl.write.stencil import write_form
from tests.conftest import SAMPLES
from tests.office import (
    Edit,
    Office,
    add_sheet,
    copy_sheet,
    delete_columns,
    delete_rows,
    filter_rows,
    hide_rows,
    hide_sheet,
    insert_columns,
    insert_rows,
    move_cells,
    move_sheet,
    remove_sheet,
    rename_sheet,
    set_cell,
    sort_rows,
    unmerge,
    unprotect_sheet,
)
from tests.packages import mark_workbook, patch_cells

TEMPLATES = Templates()
SAMPLES_BY_TEMPLATE = {
    "county": "county-2024-project-1",
    "hebei": "hebei-2020-project-1",
    "hebei-department": "hebei-2020-department",
    "henan": "henan-2020-department",
    "national": "national-2026-project-1",
    "ningxia": "ningxia-2023-project-1",
}
#: findings on the workbook as such, which other tests hold
ABOUT_THE_WORKBOOK = {
    "protection_removed", "merges_undone", "validation_removed", "helper_sheets_removed",
    "rows_hidden", "rows_filtered", "sheet_hidden", "identity_incomplete",
}  # fmt: skip


@dataclass(frozen=True)
class Filled:
    """A published document, typed into its form."""

    answers: Any
    layout: Layout
    data: bytes

    @cached_property
    def read(self) -> Submission:
        return read_submission(self.data, TEMPLATES)

    @cached_property
    def json(self) -> Any:
        return json_of(self.read)

    @property
    def sheet(self) -> str:
        return self.layout.sheets[0].sheet.name

    def row(self, path: str) -> int:
        """The row, from 1, in which a field was issued."""
        return self.layout.places[path].row + 1

    def cell(self, path: str) -> str:
        place = self.layout.places[path]
        return cell_name(place.row, place.column)

    def last(self, sheet: int = 0) -> tuple[int, int]:
        """How many rows and columns a sheet of the form has."""
        return self.layout.sheets[sheet].rows, self.layout.sheets[sheet].columns


@pytest.fixture(scope="module")
def forms() -> Mapping[str, Filled]:
    return {name: filled(sample) for name, sample in SAMPLES_BY_TEMPLATE.items()}


def filled(sample: str, **parameters: object) -> Filled:
    answers = load_answers(SAMPLES / "good" / sample / "answers.json")
    wanted = {**answers["form"]["parameters"], **parameters}
    layout = load_template(answers["form"]["template"]).layout(wanted)
    blank = write_form(layout, Unit(**answers["unit"]))
    return Filled(answers, layout, fill_form(blank, answers, TEMPLATES))


def json_of(submission: Submission) -> Any:
    return build_document(type_values(submission))


def codes(submission: Submission) -> list[str]:
    return [f.code for f in submission.findings if f.code not in ABOUT_THE_WORKBOOK]


def edited(
    office: Office, form: Filled, folder: Path, *edits: Edit, ending: str = "xlsx"
) -> Submission:
    return read_submission(edited_file(office, form, folder, *edits, ending=ending), TEMPLATES)


def edited_file(
    office: Office, form: Filled, folder: Path, *edits: Edit, ending: str = "xlsx"
) -> bytes:
    source, target = folder / "filled.xlsx", folder / f"edited.{ending}"
    source.write_bytes(form.data)
    free = [unprotect_sheet(sheet.sheet.name) for sheet in form.layout.sheets]
    office.edit(source, [*free, *edits], target)
    return target.read_bytes()


def by_openpyxl(form: Filled, change: Any) -> Submission:
    """The form after a change by a program that keeps no formula's value and no merge in place."""
    book = openpyxl.load_workbook(io.BytesIO(form.data))
    change(book)
    target = io.BytesIO()
    book.save(target)
    return read_submission(target.getvalue(), TEMPLATES)


def typed(form: Filled, cells: Mapping[str, str], sheet: str = "") -> bytes:
    """The form with these texts in cells of a sheet, locked or not."""
    places = {}
    for name, text in cells.items():
        letters = name.rstrip("0123456789")
        column = column_index_from_string(letters) - 1
        places[int(name[len(letters) :]) - 1, column] = text
    return patch_cells(form.data, {sheet or form.sheet: dict(places)})


# --- rows and columns as wholes ------------------------------------------------------------


NAMES = sorted(SAMPLES_BY_TEMPLATE)
ENDINGS = ("xlsx", "xls", "ods")


def layouts_of_edits(form: Filled) -> Iterator[tuple[str, list[Edit]]]:
    """What people do around answers, one thing each."""
    rows, columns = form.last()
    middle = rows // 2
    yield "two rows above all", [insert_rows(form.sheet, 1, 2)]
    yield "a row in the middle", [insert_rows(form.sheet, middle)]
    yield "a row before the last", [insert_rows(form.sheet, rows)]
    yield "a column before all", [insert_columns(form.sheet, "A")]
    yield "a column in the middle", [insert_columns(form.sheet, column_name(columns // 2))]
    yield "the column of the struts", [delete_columns(form.sheet, column_name(columns))]
    yield (
        "a row here and there",
        [insert_rows(form.sheet, row) for row in range(rows, 1, -max(3, rows // 5))],
    )


@pytest.mark.office
@pytest.mark.parametrize("name", NAMES)
def test_rows_and_columns_come_and_go(
    office: Office, forms: Mapping[str, Filled], tmp_path: Path, name: str
) -> None:
    form = forms[name]
    for number, (what, edits) in enumerate(layouts_of_edits(form)):
        ending = ENDINGS[(number + NAMES.index(name)) % 3]
        now = edited(office, form, tmp_path, *edits, ending=ending)
        assert json_of(now) == form.json, (what, ending)
        # To insert rows in a table is what the guide tells a clerk to do.
        invited = ("the column of the struts", "a row before the last", "a row in the middle")
        wanted = ([], ["cells_moved"]) if what in invited else (["cells_moved"],)
        assert codes(now) in wanted, (what, ending)
        assert {path for path in now.entries if not now.where(path)[1]} == set()


@pytest.mark.office
@pytest.mark.parametrize("name", NAMES)
def test_printed_texts_alone_suffice(
    office: Office, forms: Mapping[str, Filled], tmp_path: Path, name: str
) -> None:
    """Without the map: rows inserted above what is printed, and columns."""
    form = forms[name]
    printing = {p.place.row + 1 for p in form.layout.sheets[0].cells if p.cell.text.strip()}
    between = sorted(row for row in printing if row - 1 in printing)
    rows = sorted({1, *random.Random(name).sample(between, 2)}, reverse=True)
    edits = [insert_rows(form.sheet, row) for row in rows]
    now = edited(office, form, tmp_path, *edits, insert_columns(form.sheet, "A"),
                 remove_sheet(MAP_SHEET))  # fmt: skip
    assert json_of(now) == form.json
    assert codes(now) == ["cells_moved"]


@pytest.mark.parametrize("name", NAMES)
def test_printed_texts_suffice_where_no_program_kept_a_formula(
    forms: Mapping[str, Filled], name: str
) -> None:
    form = forms[name]

    def insert(book: openpyxl.Workbook) -> None:
        book[form.sheet].insert_rows(1, 3)

    now = by_openpyxl(form, insert)
    assert json_of(now) == form.json
    assert codes(now) == ["cells_moved"]


@pytest.mark.office
@pytest.mark.parametrize("name", NAMES)
def test_the_map_alone_suffices_for_rows_whose_texts_were_edited(
    office: Office, forms: Mapping[str, Filled], tmp_path: Path, name: str
) -> None:
    form = forms[name]
    rows, _ = form.last()
    printed = [p for p in form.layout.sheets[0].cells if p.cell.text.strip()]
    own = [p for p in printed if not per_unit(p.cell.text)]
    some = random.Random(name).sample(own, min(4, len(printed) // 5))
    edits = [
        set_cell(form.sheet, cell_name(p.place.row, p.place.column), f"改{n}")
        for n, p in enumerate(some)
    ]
    lines = [insert_rows(form.sheet, row) for row in range(rows - 1, 1, -4)]
    now = edited(office, form, tmp_path, *edits, *lines)
    assert json_of(now) == form.json
    assert sorted(codes(now)) == ["cells_moved", *["locked_text_changed"] * len(some)]


@pytest.mark.office
def test_single_answers_that_were_cut_do_not_move_a_row(
    office: Office, forms: Mapping[str, Filled], tmp_path: Path
) -> None:
    """Half of a row's answers cut to the next free row drag their references along."""
    form = forms["hebei"]
    used = sum("level1" in path for path in form.read.entries)
    row = form.row(f"projects[0].indicators[{used - 1}].level1")
    edits = [
        move_cells("项目1", f"A{row}:C{row}", f"A{row + 1}"),
        insert_rows("项目1", form.row("projects[0].code")),
    ]
    now = edited(office, form, tmp_path, *edits)
    assert codes(now) == ["cells_moved"]
    assert now.entries[f"projects[0].indicators[{used}].level1"]
    assert f"projects[0].indicators[{used - 1}].level1" not in now.entries
    assert now.entries[f"projects[0].indicators[{used - 1}].value"]


def test_what_nobody_can_tell_is_left_unread_and_named(forms: Mapping[str, Filled]) -> None:
    """A row inserted beside an answer that no text is printed beside, and the map is gone."""
    form = forms["hebei-department"]
    row = form.row("department.overall_goal")

    def insert(book: openpyxl.Workbook) -> None:
        book[form.sheet].insert_rows(row)

    now = by_openpyxl(form, insert)
    (found,) = [f for f in now.findings if f.code == "place_uncertain"]
    assert "总体绩效目标" in found.message("zh")
    assert found.cell == f"A{row + 1}"
    assert "department.overall_goal" not in now.entries
    assert now.entries == {
        path: entry for path, entry in form.read.entries.items() if "overall" not in path
    }
    named = [f.path for f in check_submission(now).findings if f.code == "required"]
    assert "department.overall_goal" not in named


@pytest.mark.office
def test_texts_that_contradict_the_map_are_not_believed(
    office: Office, forms: Mapping[str, Filled], tmp_path: Path
) -> None:
    """Somebody renumbered the goals: the second became a heading, the others count from there."""
    form = forms["hebei"]
    second = form.row("projects[0].goals[1]")
    labels = {f"B{second}": "分目标", f"B{second + 1}": "2.", f"B{second + 2}": "3."}
    edits = [set_cell("项目1", cell, text) for cell, text in labels.items()]
    now = edited(office, form, tmp_path, *edits)
    (found,) = [f for f in now.findings if f.code == "place_uncertain"]
    assert "“绩效目标2、绩效目标3、绩效目标4”" in found.message("zh")
    doubtful = tuple(f"projects[0].goals[{number}]" for number in (1, 2, 3))
    assert now.entries == {p: e for p, e in form.read.entries.items() if p not in doubtful}


def test_a_forged_map_moves_nothing(forms: Mapping[str, Filled]) -> None:
    """Two fields swap places in the map, and a note makes the reader look at it."""
    form = forms["hebei"]
    book = openpyxl.load_workbook(io.BytesIO(form.data))
    lines = {row[0].value: row for row in book[MAP_SHEET].iter_rows()}
    one, other = lines["projects[0].code"], lines["projects[0].name"]
    total, purpose = lines["projects[0].funds.total"], lines["projects[0].purpose"]
    for line in lines.values():
        path = str(line[0].value)
        if path in form.layout.places:
            line[3].value = form.layout.places[path].row + 1
            line[4].value = form.layout.places[path].column + 1
    for left, right in ((one, other), (total, purpose)):
        for column in (3, 4):
            a, b = left[column].value, right[column].value
            left[column].value, right[column].value = b, a
    book["项目1"]["J9"] = "看这里"
    target = io.BytesIO()
    book.save(target)
    now = read_submission(target.getvalue(), TEMPLATES)
    assert now.entries == form.read.entries
    assert codes(now) == ["unread_cell"]


# --- pairs of edits ------------------------------------------------------------------------


@pytest.mark.office
@pytest.mark.parametrize("name", NAMES)
def test_edits_in_pairs(
    office: Office, forms: Mapping[str, Filled], tmp_path: Path, name: str
) -> None:
    form = forms[name]
    rng = random.Random(f"pairs {name}")
    rows, columns = form.last()
    printed = [p for p in form.layout.sheets[0].cells if len(p.cell.text.strip()) > 2]
    place = rng.choice(printed[2:]).place
    label = cell_name(place.row, place.column)
    singles: dict[str, list[Edit]] = {
        "cells_moved": [insert_rows(form.sheet, rng.randint(2, 4))],
        "locked_text_changed": [set_cell(form.sheet, label, "改了")],
        "unread_cell": [set_cell(form.sheet, f"{column_name(columns + 3)}{rows + 4}", "另注")],
        "sheet_added": [add_sheet("测算"), set_cell("测算", "A1", "1+1=2")],
        "": [hide_rows(form.sheet, rows // 2, 2)],
    }
    renamed = [rename_sheet(form.sheet, "甲"), move_sheet("甲", 0)]
    for number, (code, edits) in enumerate(singles.items()):
        ending = ENDINGS[(number + NAMES.index(name)) % 3]
        now = edited(office, form, tmp_path, *edits, *renamed, ending=ending)
        assert json_of(now) == form.json, (code, ending)
        assert set(codes(now)) == {"sheet_renamed", code} - {""}, (code, ending)
    first, second = rng.sample(sorted(set(singles) - {"locked_text_changed"}), 2)
    both = [*singles["locked_text_changed"], *singles[first], *singles[second]]
    now = edited(office, form, tmp_path, *both)
    assert json_of(now) == form.json
    assert set(codes(now)) == {"locked_text_changed", first, second} - {""}


# --- sheets --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two_projects() -> Filled:
    """Two projects in different words, on sheets that print their numbers."""
    answers = load_answers(SAMPLES / "good" / "hebei-2020-project-1" / "answers.json")
    other = load_answers(SAMPLES / "good" / "hebei-2020-project-2" / "answers.json")
    answers["projects"] += other["projects"]
    answers["form"]["parameters"]["projects"] = 3
    layout = load_template("hebei-department").layout(answers["form"]["parameters"])
    blank = write_form(layout, Unit(**answers["unit"]))
    return Filled(answers, layout, fill_form(blank, answers, TEMPLATES))


@pytest.mark.office
@pytest.mark.parametrize("ending", ENDINGS)
def test_exchanged_names_are_seen_by_what_is_printed(
    office: Office, two_projects: Filled, tmp_path: Path, ending: str
) -> None:
    edits = [rename_sheet("项目1", "临时"), rename_sheet("项目2", "项目1"),
             rename_sheet("临时", "项目2"), hide_sheet("项目3")]  # fmt: skip
    now = edited(office, two_projects, tmp_path, *edits, ending=ending)
    assert json_of(now) == two_projects.json
    assert codes(now) == ["sheet_renamed", "sheet_renamed"]
    assert now.where("projects[0].code")[0] == "项目2"


@pytest.mark.office
def test_a_copy_that_was_filled_instead_is_not_guessed(
    office: Office, two_projects: Filled, tmp_path: Path
) -> None:
    edits = [copy_sheet("项目3", "项目3 (2)"), copy_sheet("项目3", "项目4"),
             copy_sheet("项目2", "项目2 (2)"),
             set_cell("项目3 (2)", two_projects.cell("projects[2].name"), "新项目")]  # fmt: skip
    now = edited(office, two_projects, tmp_path, *edits)
    assert json_of(now) == two_projects.json
    assert sorted(codes(now)) == ["blank_copy", "copy_filled", "sheet_copied"]
    (found,) = [f for f in now.findings if f.code == "copy_filled"]
    assert (found.sheet, found.facts["expected"]) == ("项目3 (2)", "项目3")


@pytest.mark.office
def test_a_sheet_that_is_gone_is_one_finding(
    office: Office, two_projects: Filled, tmp_path: Path
) -> None:
    now = edited(office, two_projects, tmp_path, remove_sheet("项目1"), remove_sheet("项目3"))
    assert sorted(codes(now)) == ["sheet_missing", "spare_sheet_missing"]
    assert {path[:11] for path in now.entries} == {"projects[1]"}
    assert not any(f.path.startswith("projects[0]") for f in check_submission(now).findings)


# --- sorted and moved rows -----------------------------------------------------------------


@pytest.mark.office
@pytest.mark.parametrize("ending", ENDINGS)
def test_sorted_rows_follow_their_printed_names(
    office: Office, forms: Mapping[str, Filled], tmp_path: Path, ending: str
) -> None:
    """The names of a table of which every row is printed, sorted with their values."""
    form = forms["henan"]
    rows = [form.row(f"department.indicators[{n}].value") for n in range(3, 12)]
    first, last = rows[0], rows[-1]
    _, columns = form.last()
    end = column_name(columns - 1)
    edits = [unmerge(form.sheet, f"A{first}:{end}{last}"),
             sort_rows(form.sheet, f"C{first}:{end}{last}", 0)]  # fmt: skip
    now = edited(office, form, tmp_path, *edits, ending=ending)
    assert json_of(now) == form.json
    assert codes(now) == ["rows_sorted"]


@pytest.mark.office
def test_names_sorted_without_their_notes_are_doubtful(
    office: Office, forms: Mapping[str, Filled], tmp_path: Path
) -> None:
    """Two printed texts of a row now stand in different rows: which of them is right?"""
    form = forms["henan"]
    first, last = (form.row(f"department.indicators[{n}].value") for n in (4, 9))
    edits = [unmerge(form.sheet, f"A{first}:F{last}"),
             sort_rows(form.sheet, f"C{first}:E{last}", 0)]  # fmt: skip
    now = edited(office, form, tmp_path, *edits)
    wrong = {path for path, entry in now.entries.items() if form.read.entries.get(path) != entry}
    named = {f.cell.lstrip("ABCDEF") for f in now.findings if f.code == "label_of_another"}
    assert {now.where(path)[1].lstrip("ABCDEF") for path in wrong} <= named


# --- answers elsewhere ---------------------------------------------------------------------


@pytest.mark.office
@pytest.mark.parametrize("ending", ENDINGS)
def test_an_answer_cut_out_of_the_form_is_named(
    office: Office, forms: Mapping[str, Filled], tmp_path: Path, ending: str
) -> None:
    form = forms["hebei"]
    edits = [move_cells("项目1", form.cell("projects[0].funds.total"), "K9")]
    now = edited(office, form, tmp_path, *edits, ending=ending)
    (found,) = [f for f in now.findings if f.code == "answer_outside"]
    assert (found.place(), found.facts["origin"]) == ("项目1!K9", "预算数")
    assert "projects[0].funds.total" not in now.entries


@pytest.mark.office
def test_an_answer_cut_to_another_field_is_there_now(
    office: Office, forms: Mapping[str, Filled], tmp_path: Path
) -> None:
    form = forms["hebei"]
    fiscal, other = (form.cell(f"projects[0].funds.{name}") for name in ("fiscal", "other"))
    now = edited(office, form, tmp_path, move_cells("项目1", fiscal, other))
    assert codes(now) == []
    assert now.entries["projects[0].funds.other"] == form.read.entries["projects[0].funds.fiscal"]
    assert "projects[0].funds.fiscal" not in now.entries


@pytest.mark.parametrize("name", NAMES)
def test_nothing_beside_the_form_is_dropped(forms: Mapping[str, Filled], name: str) -> None:
    form = forms[name]
    rows, columns = form.last()
    right = column_name(columns + 2)
    cells = {f"{right}2": "甲", f"{right}3": "乙", f"A{rows + 5}": "丙", f"{right}40": "丁"}
    now = read_submission(typed(form, cells), TEMPLATES)
    assert json_of(now) == form.json
    assert codes(now) == ["unread_cell"] * 3
    assert sorted(f.cell for f in now.findings) == sorted([f"{right}2", f"A{rows + 5}",
                                                           f"{right}40"])  # fmt: skip
    joined = next(f for f in now.findings if f.cell == f"{right}2").message("zh")
    assert f"{right}2:{right}3" in joined
    assert "甲" in joined
    assert "乙" in joined


def test_many_cells_beside_the_form_are_few_findings(forms: Mapping[str, Filled]) -> None:
    form = forms["hebei"]
    cells = {cell_name(row, column): "×" for row in range(60, 160, 2) for column in (1, 4)}
    now = read_submission(typed(form, cells), TEMPLATES)
    unread = [f for f in now.findings if f.code == "unread_cell"]
    assert len(unread) == 21
    assert "E159" in unread[-1].message("zh")


@pytest.mark.office
def test_hidden_and_filtered_rows_are_read(
    office: Office, forms: Mapping[str, Filled], tmp_path: Path
) -> None:
    form = forms["hebei"]
    first = form.row("projects[0].indicators[0].level1")
    edits = [hide_rows("项目1", 4, 3),
             filter_rows("项目1", f"A{first - 1}:G{first + 11}", 0, "产出指标")]  # fmt: skip
    now = edited(office, form, tmp_path, *edits)
    assert json_of(now) == form.json
    assert codes(now) == []


@pytest.mark.office
@pytest.mark.parametrize("name", NAMES)
def test_merges_undone_change_nothing(
    office: Office, forms: Mapping[str, Filled], tmp_path: Path, name: str
) -> None:
    form = forms[name]
    rows, columns = form.last()
    edits = [unmerge(form.sheet, f"A1:{column_name(columns - 1)}{rows}")]
    now = edited(office, form, tmp_path, *edits)
    assert json_of(now) == form.json
    assert codes(now) == []


def test_unmerged_cells_that_a_program_filled_are_no_answers(
    forms: Mapping[str, Filled],
) -> None:
    """取消合并并填充内容: each cell of what was one holds its text."""
    form = forms["county"]

    def unmerge_and_fill(book: openpyxl.Workbook) -> None:
        sheet = book[form.sheet]
        for area in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(area.coord)
            text = sheet.cell(area.min_row, area.min_col).value
            for row in range(area.min_row, area.max_row + 1):
                for column in range(area.min_col, area.max_col + 1):
                    sheet.cell(row, column).value = text

    now = by_openpyxl(form, unmerge_and_fill)
    assert json_of(now) == form.json
    assert codes(now) == []


def test_exchanged_labels_are_an_error(forms: Mapping[str, Filled]) -> None:
    form = forms["hebei"]
    now = read_submission(typed(form, {"A4": "项目名称", "D4": "项目编码"}), TEMPLATES)
    assert codes(now) == ["label_of_another", "label_of_another"]
    assert {f.severity for f in now.findings} == {"error"}


# --- rows that the form has not ------------------------------------------------------------


def indicators_of(document: Any) -> list[Any]:
    owner = document.get("department") or document["projects"][0]
    return list(owner["indicators"])


@pytest.mark.office
@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("name", ["county", "ningxia"])
def test_a_row_inserted_in_a_category_is_one_of_it(
    office: Office, forms: Mapping[str, Filled], tmp_path: Path, name: str, ending: str
) -> None:
    form = forms[name]
    path = "projects[0].indicators[1]"
    row = form.row(f"{path}.level3")
    names, values = (form.layout.places[f"{path}.{part}"].column for part in ("level3", "value"))
    edits = [insert_rows(form.sheet, row),
             set_cell(form.sheet, cell_name(row - 1, names), "新增的指标"),
             set_cell(form.sheet, cell_name(row - 1, values), "≥95%"),
             set_cell(form.sheet, cell_name(row - 1, names - 1), "指标9：")]  # fmt: skip
    now = edited(office, form, tmp_path, *edits, ending=ending)
    assert codes(now) == ["rows_added"]
    count = len(next(t for t in form.layout.form.tables if t.path.endswith("indicators")).rows)
    added = f"projects[0].indicators[{count}]"
    assert now.entries[f"{added}.level3"].raw == "新增的指标"
    assert now.where(f"{added}.value") == (form.sheet, cell_name(row - 1, values))
    first, new, *others = indicators_of(json_of(now))
    assert [first, *others] == indicators_of(form.json), "it is read in its place"
    assert [new[level] for level in ("level1", "level2")] == [first["level1"], first["level2"]]
    checked = check_submission(now)
    assert not [f for f in checked.findings if f.path.startswith(added) and f.severity == "error"]


def test_inserted_rows_are_read_in_the_order_of_the_sheet(forms: Mapping[str, Filled]) -> None:
    """Two in one category, one in another; the paths of the issued rows stay."""
    form = forms["county"]
    rows = [form.row(f"projects[0].indicators[{number}].level3") for number in (1, 1, 6)]

    def insert(book: openpyxl.Workbook) -> None:
        for number, row in reversed(list(enumerate(rows))):
            book[form.sheet].insert_rows(row)
            book[form.sheet][f"F{row}"], book[form.sheet][f"I{row}"] = f"新增{number}", "≥95%"

    now = by_openpyxl(form, insert)
    found = [row["level3"] for row in indicators_of(json_of(now))]
    before = [row["level3"] for row in indicators_of(form.json)]
    added = [name for name in found if name not in before]
    assert added == ["新增0", "新增1", "新增2"]
    assert [name for name in found if name in before] == before
    assert found[1:3] == ["新增0", "新增1"]
    unit = summarise(check_submission(now))
    assert [line.level3 for line in View(unit).indicators] == found
    assert now.entries.items() >= form.read.entries.items()


@pytest.mark.office
@pytest.mark.parametrize("name", ["hebei", "national"])
def test_rows_typed_below_a_free_table_are_read(
    office: Office, forms: Mapping[str, Filled], tmp_path: Path, name: str
) -> None:
    form = forms[name]
    table = next(t for t in form.layout.form.tables if t.path == "projects[0].indicators")
    first = indicators_of(form.json)[0]
    end = form.row(table.rows[-1].fields[0].path)
    fields = table.rows[0].fields
    texts = {
        f.path: str(form.read.entries[f.path].raw) for f in fields if f.path in form.read.entries
    }
    edits = [
        set_cell(form.sheet, cell_name(end + n, form.layout.places[path].column), text)
        for n in range(2)
        for path, text in texts.items()
    ]
    now = edited(office, form, tmp_path, *edits)
    assert codes(now) == ["rows_added"]
    found = indicators_of(json_of(now))
    assert found[:-2] == indicators_of(form.json)
    assert found[-2:] == [first, first]


@pytest.mark.office
def test_added_rows_are_checked_marked_merged_and_filled_as_any_other(
    office: Office, forms: Mapping[str, Filled], tmp_path: Path
) -> None:
    form = forms["county"]
    row = form.row("projects[0].indicators[1].level3")
    edits = [insert_rows(form.sheet, row), set_cell(form.sheet, f"F{row}", "新增的指标"),
             set_cell(form.sheet, f"I{row}", "9O%")]  # fmt: skip
    data = edited_file(office, form, tmp_path, *edits)
    checked = check_submission(read_submission(data, TEMPLATES))
    added = "projects[0].indicators[18]"
    assert [(f.code, f.place()) for f in checked.findings if f.path.startswith(added)] == [
        ("value_unclear", f"{form.sheet}!I{row}")
    ]
    marked_copy = mark_workbook(data, checked)
    again = check_submission(read_submission(marked_copy, TEMPLATES))
    assert again.values == checked.values
    assert [str(f) for f in again.findings] == [str(f) for f in checked.findings]
    unit = summarise(checked)
    (line,) = [one for one in View(unit).indicators if one.level3 == "新增的指标"]
    assert (line.level2, line.source.cell) == ("数量指标", f"I{row}")
    refilled = fill_form(data, {"projects": [{"name": "改名的项目"}]}, TEMPLATES)
    now = type_values(read_submission(refilled, TEMPLATES))
    assert now.values == {**checked.values, "projects[0].name": "改名的项目"}


@pytest.mark.office
def test_a_row_between_two_categories_is_questioned(
    office: Office, forms: Mapping[str, Filled], tmp_path: Path
) -> None:
    form = forms["county"]
    row = form.row("projects[0].indicators[2].level3")
    edits = [insert_rows(form.sheet, row), set_cell(form.sheet, f"F{row}", "新增"),
             set_cell(form.sheet, f"I{row}", "5次")]  # fmt: skip
    now = edited(office, form, tmp_path, *edits)
    assert codes(now) == ["category_unclear"]
    named = edited(office, form, tmp_path, *edits, set_cell(form.sheet, f"B{row}", "产出指标"),
                   set_cell(form.sheet, f"C{row}", "质量指标"))  # fmt: skip
    assert codes(named) == ["rows_added"]
    assert indicators_of(json_of(named))[2]["level2"] == "质量指标"


@pytest.mark.office
def test_rows_added_to_a_table_of_printed_rows_are_not_read(
    office: Office, forms: Mapping[str, Filled], tmp_path: Path
) -> None:
    form = forms["henan"]
    row = form.row("department.indicators[5].value")
    edits = [insert_rows(form.sheet, row), set_cell(form.sheet, f"E{row}", "100%")]
    now = edited(office, form, tmp_path, *edits)
    assert json_of(now) == form.json
    assert codes(now) == ["cells_moved", "unread_answer"]


def test_a_signature_below_a_table_is_no_row_of_it(forms: Mapping[str, Filled]) -> None:
    form = forms["hebei"]
    rows, _ = form.last()
    now = read_submission(typed(form, {f"A{rows + 1}": "填表人：王某"}), TEMPLATES)
    assert json_of(now) == form.json
    assert codes(now) == ["unread_cell"]


def test_more_rows_than_anybody_adds_are_not_read(forms: Mapping[str, Filled]) -> None:
    form = forms["hebei"]
    rows, _ = form.last()
    cells = {f"{c}{rows + 1 + n}": "甲" for n in range(201) for c in "ABC"}
    now = read_submission(typed(form, cells), TEMPLATES)
    assert json_of(now) == form.json
    assert codes(now) == ["unread_cell"]


@pytest.mark.parametrize("name", NAMES)
def test_blank_forms_let_clerks_insert_rows_where_tables_grow(
    forms: Mapping[str, Filled], name: str
) -> None:
    form = forms[name]
    book = openpyxl.load_workbook(io.BytesIO(form.data))
    # openpyxl gives the attribute of the file, which says what is forbidden.
    allowed = not book[form.sheet].protection.insertRows
    assert allowed == any(
        table.grows and form.layout.places[table.rows[0].fields[0].path].sheet == 0
        for table in form.layout.form.tables
        if table.rows
    )
    guide = "".join(str(row[1].value) for row in book["填报说明"].iter_rows())
    grows = any(table.grows for table in form.layout.form.tables)
    assert ("插入" in guide) == grows


@pytest.mark.office
def test_a_deleted_row_takes_its_answers_along_and_is_named(
    office: Office, forms: Mapping[str, Filled], tmp_path: Path
) -> None:
    form = forms["county"]
    row = form.row("projects[0].indicators[1].level3")
    now = edited(office, form, tmp_path, delete_rows(form.sheet, row))
    (found,) = [f for f in now.findings if f.code == "cells_moved"]
    assert f"删去的原行列：{row}" in found.message("zh")
    assert now.entries == {
        path: entry for path, entry in form.read.entries.items() if "indicators[1]" not in path
    }


@pytest.mark.office
def test_a_change_that_nobody_can_pin_down_is_said_to_lie_among_rows(
    office: Office, forms: Mapping[str, Filled], tmp_path: Path
) -> None:
    """Below the goals, which reach over two rows: was it one of theirs?"""
    form = forms["national"]
    heading = form.row("projects[0].indicators[0].level1") - 1
    longer = edited(office, form, tmp_path, insert_rows(form.sheet, heading))
    shorter = edited(office, form, tmp_path, delete_rows(form.sheet, heading))
    for now, new, old in (
        (longer, (f"{heading - 1}:{heading}?",), ()), (shorter, (), (f"{heading - 1}:{heading}?",)),
    ):  # fmt: skip
        (found,) = [f for f in now.findings if f.code == "cells_moved"]
        assert (found.facts["inserted"], found.facts["deleted"]) == (new, old)
        assert json_of(now) == form.json


@pytest.mark.office
def test_rows_inserted_as_the_guide_says_need_no_checking(
    office: Office, forms: Mapping[str, Filled], tmp_path: Path
) -> None:
    """In the protected form: the new row is open, and what is typed into it is read."""
    form = forms["county"]
    row = form.row("projects[0].indicators[1].level3")
    source, longer, target = (tmp_path / f"{name}.xlsx" for name in ("form", "longer", "typed"))
    source.write_bytes(form.data)
    office.edit(source, [insert_rows(form.sheet, row)], longer)
    cells = {f"F{row}": "新增的指标", f"I{row}": "≥3次"}
    done = office.type_into(longer, [(form.sheet, *cell) for cell in cells.items()], target)
    assert not any(one.protected for one in done)
    now = read_submission(target.read_bytes(), TEMPLATES)
    assert [f.code for f in now.findings] == ["rows_added"]
    assert indicators_of(json_of(now))[1]["level3"] == "新增的指标"
