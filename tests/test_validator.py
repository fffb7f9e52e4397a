"""Every kind of workbook that we write, before Microsoft's own validator."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path

import pytest

from ptxl import api
from ptxl.documents.document import load_answers
from ptxl.model.form import Unit
from ptxl.rounds.reports.board_workbook import board_workbook
from ptxl.rounds.reports.problem_list import problem_list
from ptxl.template import find_templates
from ptxl.words import LANGUAGES, Speaker
from tests.boards import SETTINGS, mixed_board
from tests.sample_county import County
from tests.validator import require_validator, validate, validate_all

pytestmark = pytest.mark.validator

TEMPLATES = [path.parent.name for path in find_templates()]
GOOD = Path(__file__).parent.parent / "samples" / "good"


@pytest.fixture(autouse=True)
def validator() -> Path:
    """Before anything is written: without the validator it would be in vain."""
    return require_validator()


def test_forms(tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    with roster.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows([["code", "name"], ["101001", "A&B <局> \"甲\" '乙'"]])
    forms = [path for t in TEMPLATES for path in api.generate(t, roster, tmp_path / t)]
    assert len(forms) == len(TEMPLATES) > 0
    assert validate_all(forms) == {}


def test_filled_forms(tmp_path: Path) -> None:
    filled = [_filled(case, tmp_path / case.parent.name) for case in GOOD.glob("*/answers.json")]
    written = [path for path in filled if path]
    assert written
    assert validate_all(written) == {}


def _filled(case: Path, folder: Path) -> Path | None:
    answers = load_answers(case)
    template, parameters = answers["form"]["template"], answers["form"]["parameters"]
    if template not in TEMPLATES:
        return None
    unit = Unit(**answers["unit"])
    (form,) = api.generate(template, [unit], folder, parameters=parameters)
    api.fill(form, case, folder / "filled.xlsx")
    return folder / "filled.xlsx"


def test_county_workbook(demo: County) -> None:
    assert validate(demo.workbook) == []


def test_county_workbook_of_nothing(tmp_path: Path) -> None:
    foreign = tmp_path / "=1+1.xlsx"
    foreign.write_bytes(b"no workbook")
    api.merge([foreign], tmp_path / "county.xlsx")
    assert validate(tmp_path / "county.xlsx") == []


def test_board_and_list_of_problems(tmp_path: Path) -> None:
    for language in LANGUAGES:
        path = tmp_path / f"{language}.xlsx"
        path.write_bytes(board_workbook(mixed_board(), SETTINGS, Speaker(language)))
        assert validate(path) == []
        path.write_bytes(problem_list(mixed_board(), SETTINGS, Speaker(language), b"key"))
        assert validate(path) == []


def test_damage_is_named(tmp_path: Path) -> None:
    (form,) = api.generate(TEMPLATES[0], [Unit(code="1", name="甲")], tmp_path)
    bad = tmp_path / "bad.xlsx"
    with zipfile.ZipFile(form) as source, zipfile.ZipFile(bad, "w") as archive:
        for name in source.namelist():
            archive.writestr(name, source.read(name).replace(b' sheet="1"', b' sheet="maybe"'))
    errors = validate(bad)
    assert any("sheetProtection" in error and "maybe" in error for error in errors), errors


def test_file_that_is_no_workbook_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.xlsx").write_bytes(b"no workbook")
    assert validate(tmp_path / "bad.xlsx") != []
