"""A form in English is English throughout: workbook, findings, marked copy, summary, commands."""

from __future__ import annotations

import email
import email.policy
import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import simplejson
from click.testing import CliRunner

from ptxl import api
from ptxl.cli.main import cli
from ptxl.layout.helper_sheets import helper_sheets
from ptxl.read.workbook import open_workbook
from ptxl.template import find_templates, load_template
from ptxl.words import LANGUAGES, Speaker
from ptxl.write.check_line import State
from ptxl.write.self_check import FIRST_SHOWN, STATE_COLUMN, TALLY_ROW, TEXT_COLUMN, VERDICT_ROW
from tests.conftest import SAMPLES
from tests.edits import perform
from tests.office import insert_rows, remove_sheet, rename_sheet, set_cell, unprotect_sheet

CHINESE = re.compile("[\u3000-\u9fff\uf900-\ufaff\uff00-\uffef]")
ANSWERS = SAMPLES / "good" / "service-2026-grant-1" / "answers.json"
ROSTER = "code,name\nE01,Riverside Library\nE02,Harbour Museum\n"
SHEET = "Project 1"
#: what is done to the filled form, and the codes that it gives
DAMAGE = {
    "rows inserted, a label changed, a note beside": (
        [unprotect_sheet(SHEET), insert_rows(SHEET, 5), set_cell(SHEET, "A4", "Projekt"),
         set_cell(SHEET, "A40", "see the annex"), set_cell(SHEET, "B40", "on page 3")],
        {"protection_removed", "cells_moved", "locked_text_changed", "unread_cell",
         "merges_undone", "validation_removed"}),
    "renamed, without its self-check": (
        [rename_sheet(SHEET, "Reading rooms"), remove_sheet("Self-check")],
        {"sheet_renamed", "helper_sheets_removed"}),
}  # fmt: skip


def run(*arguments: object, exit_code: int = 0) -> str:
    """What a command says in English; none of it is Chinese."""
    done = CliRunner().invoke(cli, [*map(str, arguments), "--lang", "en"])
    assert done.exit_code == exit_code, done.output
    assert not CHINESE.search(done.output)
    return done.output


def chinese_in(path: Path) -> Iterator[str]:
    """Every Chinese text in a workbook, wherever it stands: cells, names, validations, fonts.

    The theme that every workbook has names fonts for all scripts.
    """
    return chinese_of(path.name, path.read_bytes())


def chinese_of(name: str, data: bytes) -> Iterator[str]:
    """The same of any file: in archives of all that lies in them, in mails of what they say."""
    if name.startswith("xl/theme/"):
        return
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for inner in archive.namelist():
                yield from chinese_of(inner, archive.read(inner))
        return
    text = f"{name}: {data.decode('utf-8', 'replace')}"
    if name.endswith(".eml"):
        mail = email.message_from_bytes(data, policy=email.policy.default)
        body = mail.get_body()
        text = f"{name}: {mail['Subject']} {body.get_content() if body else ''}"
    for found in CHINESE.finditer(text):
        yield f"{name}: {text[max(0, found.start() - 40) : found.end() + 20]}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the forms of two units, of which the first is filled in."""
    folder = tmp_path_factory.mktemp("english")
    (folder / "roster.csv").write_text(ROSTER, encoding="utf-8")
    run("generate", "service-grant", "--roster", folder / "roster.csv",
               "-o", folder / "forms", "--set", "projects=1")  # fmt: skip
    library, museum = sorted((folder / "forms").iterdir())
    run("fill", library, ANSWERS, "-o", folder / "filled.xlsx")
    shutil.copy(museum, folder / "blank.xlsx")
    return folder


@pytest.mark.parametrize("name", ["blank.xlsx", "filled.xlsx"])
def test_no_part_of_a_form_is_chinese(folder: Path, name: str) -> None:
    assert list(chinese_in(folder / name)) == []


def test_a_form_checks_itself_in_english(folder: Path) -> None:
    workbook = open_workbook((folder / "filled.xlsx").read_bytes())
    check = helper_sheets("en").check
    shown = workbook.grid(check)
    assert [row for row in shown[FIRST_SHOWN:] if row[0]] == []
    assert shown[TALLY_ROW][0] == "All checks passed: 11"
    assert workbook.grid(check)[VERDICT_ROW][0] == "Ready to be sent in"
    assert "This sheet passes the self-check" in workbook.grid(SHEET)[0]
    blank = open_workbook((folder / "blank.xlsx").read_bytes()).grid(check)
    assert blank[FIRST_SHOWN][STATE_COLUMN] == Speaker("en").word(State.OPEN)
    assert str(blank[FIRST_SHOWN][TEXT_COLUMN]).endswith("begin with B3")


def test_a_filled_form_has_no_findings(folder: Path) -> None:
    assert "errors: 0, warnings: 0, hints: 0" in run("check", folder / "filled.xlsx")
    document = simplejson.loads(run("read", folder / "filled.xlsx"), use_decimal=True)
    values = [row["value"] for row in document["projects"][0]["indicators"] if row["value"]]
    assert [value["comparison"] for value in values] == [
        "=", ">=", ">=", "by_date", "<=", "range", ">=",
    ]  # fmt: skip


#: what goes wrong in values, by what is typed in which row of indicators
WRONG_VALUES = {
    ("no fewer than 14 sessions", 1): "goal_figure_differs",
    ("at least 30 minutes", 1): "quick_but_at_least",
    ("by March 2025", 3): "date_before_period",
    ("at least KES 30", 4): "cost_but_at_least",
    ("at least 150%", 2): "rate_above_100",
    ("significantly improved", 5): "",
}


@pytest.mark.parametrize(("said", "row"), WRONG_VALUES)
def test_rules_understand_values_in_words(
    folder: Path, tmp_path: Path, said: str, row: int
) -> None:
    given = simplejson.loads(ANSWERS.read_text(encoding="utf-8"), use_decimal=True)
    del given["form"], given["unit"]
    (project,) = given["projects"]
    project["goals"][0] = "Hold 12 sessions and open four branches until nine on weekdays."
    indicators = project["indicators"]
    in_words = {1: "at least 12 sessions", 2: "no less than 95%", 6: "at least 90 per cent"}
    for number, text in in_words.items():
        indicators[number]["value"] = text
    if "minutes" in said:
        indicators[row]["level3"] = "Waiting time at the desk"
    indicators[row]["value"] = said
    api.fill(folder / "blank.xlsx", given, tmp_path / "filled.xlsx")
    codes = {found.code for found in api.check(tmp_path / "filled.xlsx").findings}
    wanted = WRONG_VALUES[said, row]
    assert codes == ({wanted} if wanted else set())


@pytest.mark.parametrize("case", DAMAGE)
def test_what_is_damaged_is_found_marked_and_repaired_in_english(
    folder: Path, tmp_path: Path, case: str
) -> None:
    edits, codes = DAMAGE[case]
    damaged = tmp_path / "damaged.xlsx"
    perform(folder / "filled.xlsx", edits, damaged)
    assert codes == {found.code for found in api.check(damaged).findings}
    run("check", damaged, "--mark", tmp_path / "marked")
    (marked,) = (tmp_path / "marked").iterdir()
    assert not CHINESE.search(marked.name)
    assert list(chinese_in(marked)) == []
    lost = int("unread_cell" in codes)
    run("repair", damaged, "-o", tmp_path / "repaired.xlsx", exit_code=lost)
    assert list(chinese_in(tmp_path / "repaired.xlsx")) == []
    again = api.document(api.check(tmp_path / "repaired.xlsx"))
    assert again["projects"] == api.document(api.check(folder / "filled.xlsx"))["projects"]


def test_the_county_workbook_is_english(folder: Path, tmp_path: Path) -> None:
    said = run(
        "merge", folder / "filled.xlsx", folder / "blank.xlsx", "-o", tmp_path / "county.xlsx",
        "--json", tmp_path / "county.json", exit_code=1,
    )  # fmt: skip
    assert "total: 48 (in ten thousand yuan)" in said  # 480 thousand
    assert "left out of the summary" in said  # the blank form
    assert list(chinese_in(tmp_path / "county.xlsx")) == []
    assert not CHINESE.search((tmp_path / "county.json").read_text(encoding="utf-8"))


def test_no_word_of_a_round_is_chinese(tmp_path: Path) -> None:
    roster, where, answers = tmp_path / "roster.csv", tmp_path / "round", tmp_path / "answers.json"
    roster.write_text(ROSTER.replace("\n", ",County\n").replace("e,County", "e,department", 1))
    run("round", "new", where, "--title", "County budget 2026", "--year", 2026,
        "--deadline", "2026-12-20", "--office", "Treasury", "--template", "service-grant",
        "--roster", roster, "--set", "currency=KES", "--set", "projects=1")  # fmt: skip
    run("round", "issue", where)
    good, wrong = sorted(where.glob("forms/*/*.xlsx"))
    given = simplejson.loads(ANSWERS.read_text(encoding="utf-8"), use_decimal=True)
    del given["form"], given["unit"]
    answers.write_text(simplejson.dumps(given), encoding="utf-8")
    run("fill", good, answers, "-o", tmp_path / "in" / "good.xlsx")
    project = given["projects"][0]
    project["funds"]["total"], project["start"] = "KSh 5m", "1/3/26"
    project["indicators"][2]["value"] = "at most 95%"
    answers.write_text(simplejson.dumps(given), encoding="utf-8")
    run("fill", wrong, answers, "-o", tmp_path / "in" / "wrong.xlsx")
    said = run("round", "collect", where, tmp_path / "in")
    said += run("round", "status", where) + run("round", "letters", where)
    merged = run("round", "merge", where)
    assert "total: 480 (in thousand KES)" in merged
    run("round", "close", where)
    files = [path for path in where.rglob("*") if path.is_file()]
    assert {"round.yaml", "round.db"} < {path.name for path in files}
    found = [one for path in files for one in chinese_of(path.name, path.read_bytes())]
    assert found == []


def test_commands_about_the_template_are_english() -> None:
    for command in ("show", "lint", "schema"):
        run(command, "service-grant")


def test_a_form_without_a_language_is_chinese() -> None:
    languages = {path.parent.name: load_template(path).layout({}).form.language
                 for path in find_templates()}  # fmt: skip
    assert languages.pop("service-grant") == "en"
    assert set(languages.values()) == {"zh"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_of_added_sheets_fit_and_differ(language: str) -> None:
    own = helper_sheets(language)
    names = {own.guide, own.check, own.notes, own.review}
    assert len(names) == 4
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\'") for name in names)
