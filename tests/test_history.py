"""What a workbook tells of its past: the submission it was made of, and when it was saved."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from ptxl import jobs
from ptxl.documents.document import load_answers
from ptxl.jobs import check as look
from ptxl.model.submission import CheckedSubmission
from ptxl.ooxml.workbook import XlsxWorkbook
from ptxl.read import open_workbook
from ptxl.receive.workers import Opened, Terms
from ptxl.renew.fill import fill_form
from ptxl.renew.repair import repair_form
from ptxl.template import Templates
from tests.broken import check, good_form, spoiled_form
from tests.conftest import SAMPLES
from tests.office import Office, set_cell
from tests.packages import mark_workbook, parts, rebuilt, unmark_workbook

CASE = "hebei-2020-project-1"
TEMPLATES = Templates()
NAME, CUSTOM, BOOK = "ptxl_came_from", "docProps/custom.xml", "xl/workbook.xml"
OTHER = "0" * 64
GNUMERIC = {
    "xlsx": "Gnumeric_Excel:xlsx2",
    "xls": "Gnumeric_Excel:excel_biff8",
    "ods": "Gnumeric_OpenCalc:odf",
}  # fmt: skip


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


@pytest.fixture(scope="module")
def wrong() -> bytes:
    return spoiled_form(SAMPLES / "good" / CASE)


@pytest.fixture(scope="module")
def marked(wrong: bytes) -> bytes:
    """As a worker marks it."""
    file = Opened(wrong, Path("表.xlsx"), "表.xlsx", Terms())
    made = jobs.mark(file, look=look, language="zh", severity="hint")
    assert made.own
    return made.data


@pytest.fixture
def eastern(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The clock of the office."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Shanghai")
        time.tzset()
        yield
    time.tzset()


def origin(data: bytes) -> str:
    return check(data).submission.came_from


def corrected(data: bytes) -> bytes:
    return fill_form(data, load_answers(SAMPLES / "good" / CASE / "answers.json"), TEMPLATES)


def looks_marked(checked: CheckedSubmission) -> set[tuple[str, str]]:
    return {(found.code, found.place()) for found in checked.findings}


# -- which submission it was made of


def test_a_marked_copy_names_its_submission_and_nothing_is_found_in_that(
    wrong: bytes, marked: bytes
) -> None:
    assert origin(marked) == digest(wrong)
    assert origin(wrong) == ""
    assert looks_marked(check(marked)) == looks_marked(check(wrong))


def test_a_corrected_copy_still_names_it_until_it_is_marked_again(
    wrong: bytes, marked: bytes
) -> None:
    back = corrected(marked)
    assert origin(back) == digest(wrong)
    assert origin(unmark_workbook(back)) == digest(wrong)
    again = mark_workbook(back, check(back), came_from=digest(back))
    assert origin(again) == digest(back)
    assert again.count(digest(wrong).encode()) == 0
    for part in parts(again).values():
        assert digest(wrong).encode() not in part


def test_marks_off_leave_nothing_else_behind(wrong: bytes, marked: bytes) -> None:
    before, after = parts(wrong), parts(unmark_workbook(marked))
    assert {part for part in after if after[part] != before.get(part)} == {CUSTOM, BOOK}
    plain = XlsxWorkbook(after)
    plain.drop_name(NAME)
    assert plain.content(BOOK) == before[BOOK]


@pytest.mark.parametrize("kept", ["name", "property", "cell"])
def test_each_place_is_enough(wrong: bytes, marked: bytes, kept: str) -> None:
    changed = parts(marked)
    cell = next(
        part for part, content in changed.items()
        if part.startswith("xl/worksheets/") and digest(wrong).encode() in content
    )  # fmt: skip
    for place, part in (("name", BOOK), ("property", CUSTOM), ("cell", cell)):
        if place != kept:
            content = changed[part].replace(NAME.encode(), b"something_else")
            changed[part] = content.replace(digest(wrong).encode(), b"1" * 64, place == "cell")
    if kept != "cell":
        changed[cell] = re.sub(rb'<c r="C1".*?</c>', b"", changed[cell])
    assert origin(rebuilt(changed)) == digest(wrong)


@pytest.mark.parametrize("told", [OTHER, "A" * 64, "=1+1", "f" * 63, "\u202e" * 64])
@pytest.mark.parametrize("part", [BOOK, CUSTOM])
def test_places_that_disagree_tell_nothing(
    wrong: bytes, marked: bytes, part: str, told: str
) -> None:
    changed = parts(marked)
    changed[part] = changed[part].replace(digest(wrong).encode(), told.encode())
    assert origin(rebuilt(changed)) == ""


def test_a_repaired_form_is_a_new_one(marked: bytes) -> None:
    repaired = repair_form(marked, TEMPLATES)
    assert origin(repaired.workbook) == ""
    assert check(repaired.workbook).submission.saved is None


def test_a_sender_without_document_properties_gets_two_places(wrong: bytes) -> None:
    held = {part: content for part, content in parts(wrong).items() if part != CUSTOM}
    for part in ("[Content_Types].xml", "_rels/.rels"):
        held[part] = re.sub(rb"<[^<>]*custom[^<>]*/>", b"", held[part])
    bare = rebuilt(held)
    assert origin(mark_workbook(bare, check(bare), came_from=OTHER)) == OTHER


def test_properties_that_cannot_be_read_do_not_stop_a_mark(wrong: bytes) -> None:
    held = parts(wrong)
    held[CUSTOM] = b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + held[CUSTOM].partition(b"?>")[2].strip()
    made = mark_workbook(wrong, check(wrong), came_from=OTHER)
    odd = mark_workbook(rebuilt(held), check(wrong), came_from=OTHER)
    assert parts(odd)[CUSTOM] == held[CUSTOM]
    assert parts(odd)[BOOK] == parts(made)[BOOK]


@pytest.mark.office
@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_libreoffice_keeps_the_origin(
    wrong: bytes, marked: bytes, kind: str, office: Office, tmp_path: Path
) -> None:
    (tmp_path / "marked.xlsx").write_bytes(marked)
    office.convert(tmp_path / "marked.xlsx", tmp_path / f"back.{kind}")
    back = (tmp_path / f"back.{kind}").read_bytes()
    assert len(_places(back)) == 3
    assert origin(back) == digest(wrong)
    if kind == "xlsx":
        again = mark_workbook(back, check(back), came_from=digest(back))
        assert origin(again) == digest(back)


@pytest.mark.skipif(not shutil.which("ssconvert"), reason="needs Gnumeric")
@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_gnumeric_keeps_the_origin(wrong: bytes, marked: bytes, kind: str, tmp_path: Path) -> None:
    (tmp_path / "marked.xlsx").write_bytes(marked)
    target = tmp_path / f"back.{kind}"
    command = ["ssconvert", "-T", GNUMERIC[kind], str(tmp_path / "marked.xlsx"), str(target)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert len(_places(target.read_bytes())) >= 2
    assert origin(target.read_bytes()) == digest(wrong)


def _places(data: bytes) -> list[str]:
    """The places of a workbook that tell where it came from."""
    book = open_workbook(data)
    rows = book.rows("_marks")
    told = {
        "name": book.defined_names().get(NAME, ""),
        "property": book.properties().get(NAME, ""),
        "cell": rows[0][2] if rows and len(rows[0]) > 2 else "",
    }
    return [place for place, text in told.items() if text]


# -- when it was saved


def saved_as(text: str) -> bytes:
    held = parts(good_form(SAMPLES / "good" / CASE))
    pattern = rb"(<dcterms:modified[^>]*>)[^<]*"
    held["docProps/core.xml"] = re.sub(
        pattern, rb"\g<1>" + text.encode(), held["docProps/core.xml"]
    )
    return rebuilt(held)


@pytest.mark.usefixtures("eastern")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01T23:30:05Z", datetime(2026, 3, 2, 7, 30, 5)),
        ("2026-03-01T23:30:05.123456789Z", datetime(2026, 3, 2, 7, 30, 5)),
        ("2026-03-01T23:30:05+08:00", datetime(2026, 3, 1, 23, 30, 5)),
        ("2026-03-01T23:30:05", datetime(2026, 3, 1, 23, 30, 5)),
        ("2020-01-01T00:00:00Z", None),  # as issued
        ("1999-12-31T00:00:00Z", None),
        ("1601-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59Z", None),
        ("2026-13-40T99:99:99Z", None),
        ("----------", None),
        ("昨天", None),
        ("", None),
        ("2" * 5000, None),
    ],
)  # fmt: skip
def test_an_xlsx_says_when_it_was_saved(text: str, expected: datetime | None) -> None:
    assert check(saved_as(text)).submission.saved == expected


def test_a_form_as_issued_was_never_saved() -> None:
    checked = check(good_form(SAMPLES / "good" / CASE))
    assert checked.submission.saved is None
    assert checked.submission.came_from == ""


@pytest.mark.office
@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_an_office_says_when_it_saved(kind: str, office: Office, tmp_path: Path) -> None:
    (tmp_path / "form.xlsx").write_bytes(good_form(SAMPLES / "good" / CASE))
    office.edit(tmp_path / "form.xlsx", [set_cell("项目1", "C4", "12")], tmp_path / f"back.{kind}")
    saved = check((tmp_path / f"back.{kind}").read_bytes()).submission.saved
    assert saved is not None
    assert abs(saved - datetime.now()) < timedelta(minutes=5)
