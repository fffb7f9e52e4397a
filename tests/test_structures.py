"""However sheets, rows and columns are changed: no answer leaves silently, least of all a sheet."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from ptxl.check.submission import check_submission
from ptxl.model.submission import CheckedSubmission
from ptxl.read import open_workbook, submission_of
from ptxl.template import Templates
from ptxl.text import plain
from tests.conftest import Figures
from tests.edits import perform
from tests.office import (
    Edit,
    Office,
    OfficeRefusedError,
    add_sheet,
    copy_sheet,
    move_cells,
    remove_sheet,
    rename_sheet,
    set_cell,
    unmerge,
)
from tests.structures import PARAMETERS, Base, Structure, make_base, make_structure, silent_answers

#: how many structures, and the first seed
STRUCTURES = int(os.environ.get("PTXL_STRUCTURES", "60"))
BY_OFFICE = int(os.environ.get("PTXL_OFFICE_STRUCTURES", "18"))
SEED = int(os.environ.get("PTXL_SEED", "1"))
TEMPLATES = Templates()
NATIONAL = "national-project"


@pytest.fixture(scope="module")
def bases() -> list[Base]:
    """A form of each template, with all its sheets filled in, and with the last one blank."""
    return [make_base(name, blank_last=blank) for name in PARAMETERS for blank in (False, True)]


def changed(base: Base, edits: list[Edit], folder: Path) -> CheckedSubmission:
    source, target = folder / "form.xlsx", folder / "changed.xlsx"
    source.write_bytes(base.data)
    perform(source, edits, target)
    workbook = open_workbook(target.read_bytes())
    return check_submission(submission_of(workbook, TEMPLATES))


def errors(read: CheckedSubmission) -> dict[str, tuple[str, object]]:
    """The sheet and the sheet of the form that each error names, by code."""
    return {
        one.code: (one.sheet, one.facts.get("expected"))
        for one in read.submission.findings
        if one.severity == "error"
    }


def replaced(base: Base, sheet: str, now: str, words: dict[str, str]) -> list[Edit]:
    """Find & replace on a sheet that is called otherwise now."""
    edits = []
    for (row, column), text in base.printed[sheet].items():
        new = text
        for old, other in words.items():
            new = new.replace(old, other)
        if new != text:
            edits.append(set_cell(now, f"{chr(65 + column)}{row + 1}", new))
    return edits


@pytest.mark.parametrize("name", [NATIONAL, "ningxia-project", "county-project"])
def test_a_sheet_translated_and_renamed_is_an_error(name: str, tmp_path: Path) -> None:
    base = make_base(name, blank_last=True)
    words = {"指标": "目标", "项目": "工程", "资金": "经费"}
    edits = [rename_sheet("项目2", "供水管网改造"), *replaced(base, "项目2", "供水管网改造", words)]
    read = changed(base, edits, tmp_path)
    assert errors(read)["sheet_unclear"] == ("供水管网改造", "项目2")
    assert not any("required" in one.code for one in read.findings if "[1]" in one.path)
    assert read.submission.unread >= {p for p in base.answers if p.startswith("projects[1]")}


def test_a_sheet_keeps_its_name_while_another_is_renamed(tmp_path: Path) -> None:
    """The renamed one prints all that the first prints: it is the second all the same."""
    base = make_base(NATIONAL, blank_last=True)
    edits = [rename_sheet("项目2", "供水管网改造"),
             *replaced(base, "项目1", "项目1", {"指标": "目标", "项目": "工程"})]  # fmt: skip
    read = changed(base, edits, tmp_path).submission
    assert read.sheet_names[:2] == ("项目1", "供水管网改造")
    assert read.where("projects[1].name")[0] == "供水管网改造"


def test_answers_pasted_into_a_sheet_of_their_own_are_an_error(tmp_path: Path) -> None:
    base = make_base(NATIONAL, blank_last=True)
    paths = [path for path in base.answers if path.startswith("projects[1]")]
    cells = {path: base.layout.places[path] for path in paths}
    pasted = [add_sheet("填报内容")]
    for path, place in cells.items():
        cell = f"{chr(65 + place.column)}{place.row + 1}"
        pasted.append(set_cell("填报内容", cell, str(base.answers[path])))
    read = changed(base, [*pasted, remove_sheet("项目2")], tmp_path)
    assert errors(read)["sheet_unclear"] == ("填报内容", "项目2")


def test_a_project_sheet_copied_for_one_more_project_is_an_error(tmp_path: Path) -> None:
    base = make_base(NATIONAL, blank_last=False)
    edits = [copy_sheet("项目1", "项目4"), set_cell("项目4", "F3", "又一个项目")]
    assert errors(changed(base, edits, tmp_path))["sheet_copied"] == ("项目4", "项目1")


def test_a_sheet_of_workings_is_none_of_the_form(tmp_path: Path) -> None:
    base = make_base(NATIONAL, blank_last=True)
    cells = {f"{'ABCDE'[column]}{row}": row * column for row in range(1, 25) for column in range(5)}
    edits = [add_sheet("测算"), *(set_cell("测算", cell, value) for cell, value in cells.items())]
    read = changed(base, edits, tmp_path).submission
    assert [one.code for one in read.findings if one.sheet == "测算"] == ["sheet_added"]


def test_exchanged_columns_are_read_by_their_heads_and_said(tmp_path: Path) -> None:
    base = make_base(NATIONAL, blank_last=True)
    cut = [("G1:G24", "AZ1"), ("H1:H24", "G1"), ("AZ1:AZ24", "H1")]
    edits = [unmerge("项目1", "A1:H24"), *(move_cells("项目1", *pair) for pair in cut)]
    read = changed(base, edits, tmp_path).submission
    (found,) = [one for one in read.findings if one.code == "columns_moved"]
    assert (found.sheet, found.severity) == ("项目1", "warning")
    assert {path: plain(entry.raw) for path, entry in read.entries.items()} == {
        path: plain(value) for path, value in base.answers.items()
    }


def test_a_row_cut_out_of_a_table_is_an_error_where_it_is_now(tmp_path: Path) -> None:
    base = make_base(NATIONAL, blank_last=True)
    cut = [unmerge("项目1", "A1:H24"), move_cells("项目1", "A16:H16", "A30")]
    read = changed(base, cut, tmp_path).submission
    (found,) = [one for one in read.findings if one.severity == "error"]
    assert (found.code, found.place()) == ("unread_answer", "项目1!A30")
    noted = [set_cell("项目1", "A30", "填表人：王某"), set_cell("项目1", "E30", "电话：123")]
    beside = [one for one in changed(base, noted, tmp_path).submission.findings if one.cell]
    assert [(one.code, one.cell) for one in beside] == [
        ("unread_cell", "A30"),
        ("unread_cell", "E30"),
    ]


def judged(made: Structure, target: Path, codes: Counter[str]) -> str:
    """What leaves silently, if anything does."""
    workbook = open_workbook(target.read_bytes())
    read = check_submission(submission_of(workbook, TEMPLATES))
    codes.update({one.code for one in read.submission.findings})
    silent = list(silent_answers(made, workbook, read))
    if not silent:
        return ""
    found = sorted({f"{one.code} {one.place()}" for one in read.submission.findings})
    return "\n    ".join([str(made), f"{len(silent)} answers; found: {found}", *silent[:3]])


def test_no_answer_leaves_silently(bases: list[Base], tmp_path: Path, figures: Figures) -> None:
    codes: Counter[str] = Counter()
    silent = []
    source, target = tmp_path / "form.xlsx", tmp_path / "changed.xlsx"
    for number in range(STRUCTURES):
        base = bases[number % len(bases)]
        made = make_structure(base, SEED * 1_000_000 + number)
        made.ending = "xlsx"
        source.write_bytes(base.data)
        perform(source, made.edits, target)
        silent.append(judged(made, target, codes))
    _report(figures, "openpyxl", silent, codes)


@pytest.mark.office
def test_no_answer_leaves_silently_by_an_office(
    office: Office, bases: list[Base], tmp_path: Path, figures: Figures
) -> None:
    codes: Counter[str] = Counter()
    silent, refused = [], 0
    source = tmp_path / "form.xlsx"
    for number in range(BY_OFFICE):
        base = bases[number % len(bases)]
        made = make_structure(base, SEED * 1_000_000 + 500_000 + number)
        target = tmp_path / f"changed.{made.ending}"
        source.write_bytes(base.data)
        try:
            office.edit(source, made.edits, target)
        except OfficeRefusedError:
            refused += 1
            continue
        silent.append(judged(made, target, codes))
    assert refused < BY_OFFICE / 4
    _report(figures, f"the office, which refused {refused},", silent, codes)


def _report(figures: Figures, by: str, silent: list[str], codes: Counter[str]) -> None:
    wrong = list(filter(None, silent))
    figures(f"{len(silent)} structures by {by} from seed {SEED}, {len(wrong)} with a silent"
          f" answer: {dict(codes.most_common())}")  # fmt: skip
    assert not wrong, "\n".join(wrong[:20])
