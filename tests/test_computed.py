"""Computed cells: what an office program computes is what is read, and nothing else counts."""

from __future__ import annotations

import random
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ptxl.cells import cell_name
from ptxl.check.submission import check_submission, type_values
from ptxl.documents.document import build_document
from ptxl.documents.schema import build_schema
from ptxl.layout.growth import with_rows
from ptxl.layout.identity import identify
from ptxl.merge.summarise import summarise
from ptxl.model.layout import Layout
from ptxl.model.submission import Submission
from ptxl.ooxml.sheet import NewValue
from ptxl.read import read_submission
from ptxl.renew.fill import fill_form
from ptxl.renew.repair import repair_form, upgrade_form
from ptxl.rules.computed import compute_cells
from ptxl.rules.functions import rounded
from ptxl.template import Templates, lint_template, load_template
from ptxl.text import Raw
from ptxl.words import phrase
from ptxl.write.computed_cells import computed_formulas
from ptxl.write.self_check import live_rules
from ptxl.write.stencil import write_form
from tests import office as desk
from tests.conftest import ROOT, UNIT, MakeTemplate, submit
from tests.office import Entry, Office
from tests.packages import patch_cells
from tests.rawxml import form_problems, general_problems
from tests.test_selfcheck import compare

COMPUTED = ROOT / "tests" / "data" / "computed.yaml"
SHEET = "自评1"
FORMATS = ("xlsx", "xls", "ods")
#: what is filled in of the first project, and what follows
ANSWERS: Any = {
    "name": "道路养护",
    "planned": {"fiscal": 100, "other": 20},
    "budget": {"fiscal": Decimal("120.5"), "other": 30},
    "executed": {"fiscal": Decimal("118.25"), "other": 30},
    "indicators": [
        {"level1": "产出指标", "level3": "养护里程", "weight": 30, "done": "100%"},
        {"level1": "产出指标", "level3": "合格率", "weight": 15, "done": "95%"},
        {"level1": "效益指标", "level3": "满意度", "weight": 20},
    ],
    "fixed": [{"level1": "产出指标", "level2": "数量指标", "cost": Decimal("12.5"), "limit": 10}],
}
FOLLOWS = {
    "planned.total": 120, "budget.total": Decimal("150.5"), "executed.total": Decimal("148.25"),
    "rate.fiscal": Decimal("98.13"), "rate.other": 100, "rate.total": Decimal("98.5"),
    "score": Decimal("9.85"),
    "indicators[0].score": 30, "indicators[1].score": Decimal("14.3"),
    "indicators[0].lost": 0, "indicators[1].lost": Decimal("0.7"), "indicators[2].lost": 20,
    "indicators[0].share": Decimal("46.15"), "indicators[1].share": Decimal("23.08"),
    "indicators[2].share": Decimal("30.77"),
    "fixed[0].over": 3, "fixed[0].judged": "数量指标",
    "total": Decimal("54.15"), "grade": "优", "over": Decimal("2.5"), "rated": 2, "told": "超支",
    "mean": Decimal("14.667"),
}  # fmt: skip


@pytest.fixture
def folder(make_template: MakeTemplate) -> Path:
    """The template of these tests, as a folder of its own."""
    return make_template(COMPUTED.read_text(encoding="utf-8"), head="")


@pytest.fixture
def templates(folder: Path) -> Templates:
    return Templates([folder])


@pytest.fixture
def layout(folder: Path) -> Layout:
    return load_template(folder).layout({})


@pytest.fixture
def filled(layout: Layout, templates: Templates) -> bytes:
    """The form, filled in by ptxl."""
    return fill_form(write_form(layout, UNIT), {"projects": [ANSWERS]}, templates)


def computed(submission: Submission) -> dict[str, object]:
    """The values of computed cells, by path."""
    values, fields = type_values(submission).values, submission.layout.fields
    return {path: value for path, value in values.items() if fields[path].compute}


def expected() -> dict[str, object]:
    values = {f"projects[0].{name}": value for name, value in FOLLOWS.items()}
    totals = {"all_scores": FOLLOWS["total"], "all_budgets": FOLLOWS["budget.total"]}
    return {**values, **totals}


def codes(submission: Submission) -> list[str]:
    return [found.code for found in check_submission(submission).findings]


def differing(submission: Submission) -> dict[str, tuple[object, object]]:
    """What computed cells hold and should hold, by cell, of those where that differs."""
    found = [one for one in type_values(submission).findings if one.code == "computed_differs"]
    return {one.cell: (one.facts["raw"], one.facts["expected"]) for one in found}


def keystrokes(layout: Layout) -> list[Entry]:
    """The answers as a clerk types them, each into its cell."""
    texts = submit_answers(layout)
    places = {path: layout.places[path] for path in texts}
    return [
        (SHEET, cell_name(places[path].row, places[path].column), text)
        for path, text in texts.items()
    ]


def submit_answers(layout: Layout) -> dict[str, str]:
    """The answers as texts by path."""
    found: dict[str, str] = {}

    def walk(answer: Any, path: str) -> None:
        if isinstance(answer, Mapping):
            for name, below in answer.items():
                walk(below, f"{path}.{name}")
        elif isinstance(answer, list):
            for number, below in enumerate(answer):
                walk(below, f"{path}[{number}]")
        elif path in layout.fields:
            found[path] = str(answer)

    walk(ANSWERS, "projects[0]")
    return found


# -- office and Python


@pytest.mark.office
def test_office_and_python_agree_on_every_computed_cell(
    office: Office, tmp_path: Path, layout: Layout, templates: Templates
) -> None:
    assert len(live_rules(layout)) == 7
    compare(office, tmp_path, layout, templates, 300)


@pytest.mark.office
@pytest.mark.parametrize("suffix", FORMATS)
def test_what_is_typed_is_computed_by_an_office_and_read(
    office: Office, tmp_path: Path, layout: Layout, templates: Templates, suffix: str
) -> None:
    blank, returned = tmp_path / "blank.xlsx", tmp_path / f"returned.{suffix}"
    blank.write_bytes(write_form(layout, UNIT))
    typed = office.type_into(blank, keystrokes(layout), returned)
    assert not [one for one in typed if one.protected]
    submission = read_submission(returned.read_bytes(), templates)
    assert submission.findings == ()
    assert computed(submission) == expected()
    assert differing(submission) == {}


@pytest.mark.office
@pytest.mark.parametrize("suffix", FORMATS)
def test_what_stands_over_a_computed_cell_is_found(
    office: Office, tmp_path: Path, filled: bytes, templates: Templates, suffix: str
) -> None:
    """Typed over, another formula, a text, nothing: the value that follows is read all the same."""
    source, returned = tmp_path / "filled.xlsx", tmp_path / f"returned.{suffix}"
    source.write_bytes(filled)
    edits = [
        desk.set_cell(SHEET, "C5", 999),
        desk.set_cell(SHEET, "D5", "=D3+1000"),
        desk.set_cell(SHEET, "G5", "满分"),
        desk.clear(SHEET, "F3"),
    ]
    office.edit(source, [desk.unprotect_sheet(SHEET), *edits], returned)
    submission = read_submission(returned.read_bytes(), templates)
    found = differing(submission)
    wrong = {cell: found[cell] for cell in ("C5", "D5", "G5", "F3")}
    assert wrong == {
        "C5": ("999", "120"), "D5": ("1120.5", "150.5"), "G5": ("满分", "9.85"),
        "F3": (phrase("values.blank"), "98.13"),
    }  # fmt: skip
    assert computed(submission) == expected()
    checked = check_submission(submission)
    message = next(one for one in checked.findings if one.cell == "C5").message("zh")
    assert "“999”" in message
    assert "“120”" in message


@pytest.mark.office
def test_a_computed_cell_is_locked(office: Office, tmp_path: Path, layout: Layout) -> None:
    blank = tmp_path / "blank.xlsx"
    blank.write_bytes(write_form(layout, UNIT))
    (typed,) = office.type_into(blank, [(SHEET, "C5", "999")], tmp_path / "returned.xlsx")
    assert typed.protected
    assert not typed.changed


@pytest.mark.office
def test_an_inserted_row_is_computed_and_its_blank_cell_is_no_fault(
    office: Office, tmp_path: Path, filled: bytes, templates: Templates
) -> None:
    source, returned = tmp_path / "filled.xlsx", tmp_path / "returned.xlsx"
    source.write_bytes(filled)
    row: dict[str, str | float] = {"A8": "产出指标", "B8": "及时率", "C8": 10, "D8": "50%"}
    typed = [desk.set_cell(SHEET, cell, value) for cell, value in row.items()]
    edits = [desk.unprotect_sheet(SHEET), desk.insert_rows(SHEET, 8), *typed]
    office.edit(source, edits, returned)
    submission = read_submission(returned.read_bytes(), templates)
    values = computed(submission)
    assert values["projects[0].indicators[5].score"] == 5
    assert values["projects[0].total"] == Decimal("59.15")
    assert "rows_added" in codes(submission)
    # The cells of the inserted row have no formulas; what sums them up lacks them.
    assert "E8" not in differing(submission)
    assert differing(submission)["B17"] == ("54.15", "59.15")


# -- without an office


def test_a_form_is_filled_in_with_what_follows(filled: bytes, templates: Templates) -> None:
    submission = read_submission(filled, templates)
    assert submission.findings == ()
    assert computed(submission) == expected()
    assert differing(submission) == {}


def test_a_blank_form_computes_nothing(layout: Layout, templates: Templates) -> None:
    submission = read_submission(write_form(layout, UNIT), templates)
    assert submission.findings == ()
    assert computed(submission) == {}
    assert differing(submission) == {}
    # Nothing of it is wanted from the clerk.
    wanted = [found.path for found in check_submission(submission).findings]
    assert not [path for path in wanted if path and layout.fields[path].compute]


def test_a_value_that_was_computed_before_other_answers_is_found(
    layout: Layout, filled: bytes, templates: Templates
) -> None:
    place = layout.places["projects[0].executed.other"]
    stale = patch_cells(filled, {SHEET: {(place.row, place.column): Decimal(31)}})
    submission = read_submission(stale, templates)
    assert differing(submission)["E5"] == ("148.25", "149.25")
    assert type_values(submission).values["projects[0].executed.total"] == Decimal("149.25")


def test_what_an_unreadable_answer_leaves_open_is_not_judged(
    layout: Layout, filled: bytes, templates: Templates
) -> None:
    place = layout.places["projects[0].executed.other"]
    data = patch_cells(filled, {SHEET: {(place.row, place.column): "约三十"}})
    submission = read_submission(data, templates)
    values = computed(submission)
    for name in ("executed.total", "rate.other", "rate.total", "score", "total", "grade"):
        assert f"projects[0].{name}" not in values
    assert values["projects[0].rate.fiscal"] == Decimal("98.13")
    assert differing(submission) == {}
    # Rules that look at them are silent too.
    assert codes(submission) == ["not_a_number"]


def test_the_document_holds_what_follows_and_rows_that_only_compute_are_none(
    layout: Layout, filled: bytes, templates: Templates
) -> None:
    checked = check_submission(read_submission(filled, templates))
    (project,) = build_document(checked)["projects"]
    assert project["total"] == Decimal("54.15")
    assert project["rate"]["total"] == Decimal("98.5")
    assert [row["score"] for row in project["indicators"]] == [30, Decimal("14.3"), None]
    assert len(project["fixed"]) == 1
    names = {str(answer.name) for answer in summarise(checked).answers}
    assert {"projects[].total", "projects[].indicators[].score"} <= names


def test_the_schema_says_that_they_are_only_read(layout: Layout) -> None:
    project = build_schema(layout)["properties"]["projects"]["items"]["properties"]
    assert project["total"]["readOnly"] is True
    assert "readOnly" not in project["name"]


def test_values_that_are_given_for_computed_cells_are_left_aside(
    layout: Layout, filled: bytes, templates: Templates
) -> None:
    document = build_document(type_values(read_submission(filled, templates)))
    document["projects"][0]["total"] = 100
    again = read_submission(fill_form(write_form(layout, UNIT), document, templates), templates)
    assert computed(again) == expected()
    assert differing(again) == {}


def test_a_repaired_form_computes_anew(layout: Layout, filled: bytes, templates: Templates) -> None:
    place = layout.places["projects[0].total"]
    data = patch_cells(filled, {SHEET: {(place.row, place.column): Decimal(99)}})
    assert differing(read_submission(data, templates)) == {"B16": ("99", "54.15")}
    repaired = repair_form(data, templates)
    assert repaired.lost == repaired.guessed == ()
    assert differing(read_submission(repaired.workbook, templates)) == {}


def test_what_was_asked_before_and_is_computed_now_is_not_typed_over_it(
    tmp_path: Path, layout: Layout, templates: Templates
) -> None:
    older = tmp_path / "older"
    older.mkdir()
    text = COMPUTED.read_text(encoding="utf-8").replace('edition: "1"', 'edition: "0"')
    asked = text.replace(", compute: budget.fiscal + budget.other}", "}")
    assert asked != text
    (older / "template.yaml").write_text(asked, encoding="utf-8")
    both = Templates([older, *templates.paths])
    answers = {"projects": [{**ANSWERS, "budget": {**ANSWERS["budget"], "total": 7}}]}
    sent = fill_form(write_form(load_template(older).layout({}), UNIT), answers, both)
    upgraded = upgrade_form(sent, both, "1")
    assert [found.path for found in upgraded.lost] == ["projects[0].budget.total"]
    assert computed(read_submission(upgraded.workbook, both)) == expected()


def test_another_computation_is_another_form(folder: Path, layout: Layout) -> None:
    text = COMPUTED.read_text(encoding="utf-8").replace("score + sum(", "2 * score + sum(")
    (folder / "template.yaml").write_text(text, encoding="utf-8")
    changed = load_template(folder).layout({})
    assert identify(changed, UNIT).digest != identify(layout, UNIT).digest


def test_formulas_are_sound_xml_and_cells_are_locked(
    tmp_path: Path, layout: Layout, filled: bytes
) -> None:
    blank, full = tmp_path / "blank.xlsx", tmp_path / "filled.xlsx"
    blank.write_bytes(write_form(layout, UNIT))
    full.write_bytes(filled)
    locked = {path for path, field in layout.fields.items() if field.compute}
    for path in (blank, full):
        assert general_problems(path) == []
    assert form_problems(blank, computed_paths=locked) == []


def test_a_grown_form_computes_added_rows(layout: Layout) -> None:
    table = "projects[0].indicators"
    grown = with_rows(layout, ((table, 0, 1),))
    answers: dict[str, Raw] = {f"{table}[5].weight": Decimal(40), f"{table}[5].done": "50%",
               f"{table}[0].weight": Decimal(10), f"{table}[0].done": "100%"}  # fmt: skip
    values = computed(submit(grown, answers))
    assert values[f"{table}[5].score"] == 20
    assert values[f"{table}[5].share"] == 80
    assert values["projects[0].total"] == 30


# -- numbers


@pytest.mark.parametrize(
    ("number", "decimals", "shown"),
    [
        ("0.125", 2, "0.13"), ("-0.125", 2, "-0.13"), ("2.5", 0, "3"), ("-2.5", 0, "-3"),
        ("1.005", 2, "1.01"), ("0.1149999999999", 2, "0.12"), ("0.11499", 2, "0.11"),
        ("-0.001", 2, "0"), ("1234567890123.455", 2, "1234567890123.46"),
    ],
)  # fmt: skip
def test_numbers_are_rounded_as_excel_does(number: str, decimals: int, shown: str) -> None:
    assert rounded(Decimal(number), decimals) == Decimal(shown)
    assert not str(rounded(Decimal(number), decimals)).startswith("-0.00")


ROUNDING = """
sheets:
  - name: 表
    columns: [10, 10, 10, 10, 10]
    rows:
      - table: rows
        layout: free
        rows: 300
        columns:
          - {field: a, head: 甲, kind: number}
          - {field: b, head: 乙, kind: number}
          - {field: rate, head: 率, kind: number, compute: a / b * 100}
          - {field: part, head: 分, kind: number, compute: "round(a * b, 1) - a"}
          - {field: rest, head: 余, kind: money, decimals: 2, compute: "max(a, b) - min(a, b)"}
"""


@pytest.mark.office
def test_an_office_rounds_random_numbers_to_the_same_cent(
    office: Office, tmp_path: Path, make_template: MakeTemplate
) -> None:
    layout = load_template(make_template(ROUNDING)).layout({})
    chance = random.Random(7)
    answers: dict[str, Decimal] = {}
    for row in range(300):
        digits = chance.choice((0, 1, 2, 3, 4))
        for name in ("a", "b"):
            number = Decimal(chance.randint(0, 10 ** chance.randint(1, 7))).scaleb(-digits)
            answers[f"rows[{row}].{name}"] = number
    cells: dict[tuple[int, int], NewValue] = {}
    for path, number in answers.items():
        cells[layout.places[path].row, layout.places[path].column] = number
    file = tmp_path / "filled.xlsx"
    file.write_bytes(patch_cells(write_form(layout, UNIT), {"表": cells}))
    (shown,) = office.compute(file, [("表", "C2:E301")])
    values = compute_cells(layout, answers, answers).values
    for row, got in enumerate(shown):
        wanted = [values.get(f"rows[{row}].{name}", "") for name in ("rate", "part", "rest")]
        assert got == [float(str(one)) if one != "" else "" for one in wanted], row


# -- faults

FAULTY = """
parameters:
  full: {{kind: integer, default: 10, help: 分值}}
lists:
  kinds: [甲, 乙]
sheets:
  - name: 表
    columns: [10, 10, 10, 10]
    rows:
      - - 甲
        - {{field: a, kind: money}}
        - 乙
        - {{field: b, {about}}}
      - - 丙
        - {{field: c, kind: money, compute: full * a}}
        - 丁
        - {{field: d, kind: date}}
      - table: rows
        layout: free
        rows: 3
        columns:
          - {{field: name, head: 名称, kind: choice, among: kinds}}
          - {{field: value, head: 值, kind: money}}
          - {{field: share, head: 份, kind: number, compute: {share}}}
          - {{field: target, head: 指标值, kind: target}}
"""
RIGHT = "kind: money, compute: a + c"


@pytest.mark.parametrize(
    ("about", "share", "message"),
    [
        (RIGHT, "value * 2", ""),
        ("kind: money, compute: a + b", "value", "in a circle: b"),
        ("kind: money, compute: 'sum(rows, share)'", "value + b", "in a circle"),
        ("kind: money, compute: a + missing", "value", 'no field "missing"'),
        ("kind: money, compute: a + cc", "value", 'did you mean "c"'),
        ("kind: money, compute: a +", "value", "not a valid expression"),
        ("kind: money, compute: name", "value", 'no field "name"'),
        ("kind: text, compute: a + c", "value", "a text is wanted"),
        ("kind: money, compute: \"'x' if a > 1 else 'y'\"", "value", "a number is wanted"),
        ("kind: money, compute: a > 1", "value", "a number is wanted"),
        ("kind: money, compute: full * 2", "value", "names no answer"),
        (RIGHT, "a * 2", "names no answer"),
        ("kind: number, compute: year(d)", "value", "cannot all compute this"),
        ("kind: text, compute: unit.name", "value", "names no answer"),
        ("kind: number, compute: 'sum(rows, value / a)'", "value", "cannot all compute this"),
        ("kind: number, compute: 'sum(rows, target.number)'", "value", "cannot all compute this"),
        ("kind: date, compute: d", "value", 'kind date has no "compute"'),
        ("kind: choice, among: kinds, compute: a", "value", 'kind choice has no "compute"'),
        ("kind: integer, decimals: 2, compute: a", "value", 'kind integer has no "decimals"'),
        ("kind: money, decimals: 2", "value", "only a computed cell"),
        ("kind: money, decimals: 9, compute: a", "value", "from 0 to 8"),
        ("kind: money, required: true, compute: a", "value", 'a computed cell has no "required"'),
        ("kind: money, minimum: 0, compute: a", "value", 'a computed cell has no "minimum"'),
        ("kind: money, reviewer: true, compute: a", "value", 'a computed cell has no "reviewer"'),
        ("kind: money, compute: 'round(a, 9)'", "value", "wrong use: round"),
        ("kind: money, compute: 'round(a, c)'", "value", "wrong use: round"),
        ("kind: money, compute: min(a)", "value", "wrong use: min"),
        ("kind: text, compute: \"graded(a, ['优', '差'], 60, 90)\"", "value", "wrong use: graded"),
        ("kind: text, compute: \"graded(a, ['优'], 60)\"", "value", "wrong use: graded"),
        ("kind: text, compute: \"graded(a, ['优', '良', '差'], 60, 90)\"", "value", "wrong use"),
    ],
)  # fmt: skip
def test_faults_of_computations_are_named(
    make_template: MakeTemplate, about: str, share: str, message: str
) -> None:
    faults = [str(fault) for fault in lint_template(make_template(FAULTY.format(
        about=about, share=share)))]  # fmt: skip
    assert len(faults) == bool(message)
    assert message in "".join(faults)


def test_the_template_of_these_tests_has_no_fault(folder: Path, layout: Layout) -> None:
    assert lint_template(folder) == ()
    assert len(dict(computed_formulas(layout))) == 70
