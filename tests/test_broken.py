"""What clerks get wrong, in samples/broken: found as written there, and marked without harm.

Each broken workbook and its marked copy are compared part by part; the copy is opened in an office
program, corrected at the keyboard and read again. Published tables with every third answer wrong
are marked, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path

import pytest

from ptxl.documents.document import load_answers
from ptxl.model.submission import At, CheckedSubmission
from ptxl.ooxml.sheet import NewValue, Position
from ptxl.renew.fill import fill_form
from ptxl.template import find_templates
from ptxl.text import Raw
from tests.broken import (
    TEMPLATES,
    Fault,
    broken_form,
    check,
    faults,
    golden,
    good_form,
    spoiled_form,
)
from tests.conftest import SAMPLES
from tests.marked import (
    canonical,
    different_parts,
    mark_rules,
    other_changes,
    sheet_names,
    sheet_root,
    verdict,
)
from tests.office import Entry, Office
from tests.packages import mark_workbook, parts, patch_cells, rebuilt, unmark_workbook
from tests.rawxml import general_problems
from tests.validator import validate_all

FAULTS = {fault.name: fault for fault in faults()}
SPOILED = ("county-2024-project-1", "hebei-2020-project-1", "henan-2020-department",
           "national-2026-project-1", "ningxia-2023-project-1")  # fmt: skip


@dataclass(frozen=True)
class Returned:
    """A workbook as it came back, what is found in it, and its marked copy."""

    data: bytes
    saved_by_an_office: bool

    @cached_property
    def checked(self) -> CheckedSubmission:
        return check(self.data)

    @cached_property
    def marked(self) -> bytes:
        return mark_workbook(self.data, self.checked)


GetReturned = Callable[[str], Returned]


@pytest.fixture(scope="module", name="get")
def get_fixture(request: pytest.FixtureRequest) -> GetReturned:
    """Makes each workbook once; LibreOffice is only asked for where a fault needs it."""

    @cache
    def get(name: str) -> Returned:
        fault = FAULTS.get(name)
        if fault is None:
            return Returned(spoiled_form(SAMPLES / "good" / name), False)
        office = request.getfixturevalue("office") if fault.edits else None
        return Returned(broken_form(fault, office), bool(fault.edits))

    return get


def params(names: list[str]) -> list[object]:
    """The names as parameters; those that LibreOffice takes part in are marked so."""
    marks = [[pytest.mark.office] if n in FAULTS and FAULTS[n].edits else [] for n in names]
    return [pytest.param(name, marks=mark) for name, mark in zip(names, marks, strict=True)]


@pytest.fixture(scope="module", params=params([*FAULTS, *SPOILED]))
def returned(request: pytest.FixtureRequest, get: GetReturned) -> Returned:
    return get(request.param)


@pytest.fixture(scope="module", params=params(list(FAULTS)))
def fault(request: pytest.FixtureRequest) -> Fault:
    return FAULTS[request.param]


# -- what is found


def test_there_is_a_broken_sample_of_every_template() -> None:
    templates = {
        load_answers(fault.good / "answers.json")["form"]["template"] for fault in FAULTS.values()
    }
    assert templates == {path.parent.name for path in find_templates()}
    assert len(FAULTS) >= 30


def test_the_findings_are_those_written_down(fault: Fault, get: GetReturned) -> None:
    """After a change of rules: `python -m tests.broken`, and read what differs."""
    assert golden(get(fault.name).checked) == (fault.folder / "findings.txt").read_text("utf-8")


def test_a_fault_is_found_that_the_good_sample_does_not_have(
    fault: Fault, get: GetReturned
) -> None:
    good, found = check(good_form(fault.good)), get(fault.name).checked
    known = {(f.code, f.path) for f in good.findings}
    assert {(f.code, f.path) for f in found.findings} - known


# -- nothing but the marks


def test_nothing_but_the_marks_differs(returned: Returned) -> None:
    assert other_changes(returned.data, returned.marked, returned.checked) == []


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("xl/worksheets/sheet3.xml", b' sheet="1"', b' sheet="0"'),
        ("xl/worksheets/sheet3.xml", b"<dataValidation ", b"<dataValidation showDropDown='1' "),
        ("xl/worksheets/sheet2.xml", b"HYPERLINK", b"HYPERTEXT"),
        ("xl/worksheets/sheet1.xml", b"<row ", b"<row hidden='1' "),
        ("xl/worksheets/sheet3.xml", b"\xe2\x89\xa5", b"\xe2\x89\xa4"),
        ("xl/workbook.xml", b'sheetId="1" ', b'sheetId="1" state="hidden" '),
        ("xl/workbook.xml", b"<calcPr ", b"<calcPr calcMode='manual' "),
        ("xl/styles.xml", b'locked="0"', b'locked="1"'),
        ("docProps/core.xml", b"<dc:creator>", b"<dc:creator>x"),
    ],
)
def test_any_other_change_is_seen(get: GetReturned, part: str, old: bytes, new: bytes) -> None:
    one = get("plan_falls")
    held = parts(one.marked)
    assert old in held[part]
    harmed = rebuilt({**held, part: held[part].replace(old, new, 1)})
    assert other_changes(one.data, harmed, one.checked) != []


def test_a_mark_that_takes_the_lock_along_is_seen(get: GetReturned) -> None:
    """Of the last style of the form that has none; those of the review come behind."""
    one = get("plan_falls")
    held, lock = parts(one.marked), b'locked="0"'
    before = parts(one.data)["xl/styles.xml"].count(lock)
    pieces = held["xl/styles.xml"].split(lock)
    assert len(pieces) > before > 0
    kept, own = lock.join(pieces[:before]), lock.join(pieces[before:])
    harmed = rebuilt({**held, "xl/styles.xml": kept + b'locked="1"' + own})
    assert other_changes(one.data, harmed, one.checked) != []


def test_locks_dropdowns_highlights_and_formulas_stay(returned: Returned) -> None:
    kept = ("sheetProtection", "dataValidations", "conditionalFormatting", "pageSetup", "f")
    for sheet in sheet_names(returned.data):
        before, after = sheet_root(returned.data, sheet), sheet_root(returned.marked, sheet)
        for rule in mark_rules(after):
            after.remove(rule.getparent())  # type: ignore[arg-type]
        for tag in kept:
            old, new = (
                [canonical(e) for e in root.iter(f"{{*}}{tag}")] for root in (before, after)
            )
            assert old == new


def test_reading_sees_no_marks(returned: Returned) -> None:
    assert verdict(check(returned.marked)) == verdict(returned.checked)


def test_marking_twice_is_marking_once(returned: Returned) -> None:
    assert mark_workbook(returned.marked, check(returned.marked)) == returned.marked


def test_unmarking_restores_every_part(returned: Returned) -> None:
    plain = unmark_workbook(returned.marked)
    assert different_parts(returned.data, plain) == []
    if not returned.saved_by_an_office:
        assert parts(plain) == parts(returned.data)
    assert parts(unmark_workbook(returned.data)) == parts(returned.data)


def test_the_raw_xml_has_no_new_problem(returned: Returned, tmp_path: Path) -> None:
    found = []
    for name, data in (("returned.xlsx", returned.data), ("marked.xlsx", returned.marked)):
        (tmp_path / name).write_bytes(data)
        found.append(general_problems(tmp_path / name))
    assert found[1] == found[0]


@pytest.mark.validator
@pytest.mark.office
def test_the_validator_finds_nothing_wrong(get: GetReturned, tmp_path: Path) -> None:
    """One marked copy of each good sample, the one with all faults, and all that an office saved:
    for the validator, the faults of a sample differ by the texts of the same marks."""
    of_sample = {fault.good: name for name, fault in FAULTS.items()}
    saved = {name for name, fault in FAULTS.items() if fault.edits}
    for name in {*of_sample.values(), *saved, "everything_at_once"}:
        (tmp_path / f"{name}.xlsx").write_bytes(get(name).marked)
    assert validate_all(sorted(tmp_path.iterdir())) == {}


# -- and back again


@pytest.mark.office
def test_a_marked_copy_is_corrected_at_the_keyboard(
    office: Office, fault: Fault, get: GetReturned, tmp_path: Path
) -> None:
    """What is read then is what it would be without marks, and nothing else differs."""
    one = get(fault.name)
    answers = corrections(one.checked, check(good_form(fault.good)))
    marked, saved = tmp_path / "marked.xlsx", tmp_path / "saved.xlsx"
    marked.write_bytes(one.marked)
    typed = office.type_into(marked, list(keystrokes(one.checked, answers)), saved)
    assert all(entry.changed for entry in typed)
    found = check(saved.read_bytes())
    assert verdict(found) == verdict(check(put(one, answers)))
    if not fault.edits:
        assert golden(found) == (fault.good / "findings.txt").read_text("utf-8")


def test_a_marked_copy_takes_the_right_answers_again(fault: Fault, get: GetReturned) -> None:
    one, answers = get(fault.name), load_answers(fault.good / "answers.json")
    mended = fill_form(one.marked, answers, TEMPLATES)
    assert check(mended).values == check(good_form(fault.good)).values
    plain = fill_form(one.data, answers, TEMPLATES)
    assert different_parts(plain, unmark_workbook(mended)) == []


def corrections(broken: CheckedSubmission, good: CheckedSubmission) -> dict[str, Raw]:
    """What the good sample says where the broken one says otherwise; else one more character."""
    was, right = broken.submission.entries, good.submission.entries
    paths = [path for path in good.submission.layout.fields if was.get(path) != right.get(path)]
    if paths:
        return {path: right[path].raw for path in paths}
    path = next(p for p, f in good.submission.layout.fields.items() if f.kind == "text")
    return {path: f"{right[path].raw}1"}


def keystrokes(checked: CheckedSubmission, answers: dict[str, Raw]) -> list[Entry]:
    where = checked.submission.where
    texts = {
        path: format(r, "f") if isinstance(r, Decimal) else str(r) for path, r in answers.items()
    }
    return [(*where(path), text) for path, text in texts.items()]


def put(one: Returned, answers: dict[str, Raw]) -> bytes:
    """The answers in the workbook as it came back, without any mark."""
    submission = one.checked.submission
    cells: dict[str, dict[Position, NewValue]] = {}
    for path, raw in answers.items():
        at = submission.whereabouts.of(path)
        assert isinstance(at, At)
        cells.setdefault(at.sheet, {})[at.row, at.column] = raw
    return patch_cells(one.data, cells, forget=True)  # as nobody has computed them since
