"""Every published table in samples/good: answers → form → filled → read equals what is expected."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import simplejson

from ptxl import api
from ptxl.check.submission import check_submission
from ptxl.documents.document import load_answers
from ptxl.documents.schema import build_schema
from ptxl.model.form import Unit
from ptxl.read import read_submission
from ptxl.renew.fill import fill_form
from ptxl.template import Templates, load_template
from ptxl.text import lines_needed
from ptxl.write.stencil import write_form
from tests.conftest import SAMPLES

#: points that a line takes for each of its font's, at the least
LINE = 1.2
CASES = sorted((SAMPLES / "good").iterdir())
TEMPLATES = Templates()


def expected_answers(case: Path) -> Any:
    """What reading must give, but for the form's own entries, which the engine makes."""
    return {k: v for k, v in load_answers(case / "expected.json").items() if k != "form"}


def filled_form(case: Path) -> bytes:
    answers = load_answers(case / "answers.json")
    layout = load_template(answers["form"]["template"]).layout(answers["form"]["parameters"])
    unit = Unit(**answers["unit"])
    return fill_form(write_form(layout, unit), answers, TEMPLATES)


def test_every_published_table_is_there() -> None:
    names = [case.name for case in CASES]
    assert len([name for name in names if "hebei-2025" in name]) == 2
    assert len([name for name in names if "hebei-2020" in name]) == 4
    assert len([name for name in names if "county-2024" in name]) == 7
    assert len([name for name in names if "henan-2020" in name]) == 1
    assert len([name for name in names if "ningxia-2023" in name]) == 2


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_reading_gives_exactly_what_was_published(case: Path) -> None:
    submission = read_submission(filled_form(case), TEMPLATES, "")
    assert submission.findings == ()
    document = api.document(check_submission(submission))
    about = document.pop("form")
    assert document == expected_answers(case)
    assert list(document) == list(expected_answers(case))
    # Sample files say which form they answer; what they leave open is the template's default.
    said = load_answers(case / "expected.json")["form"]
    assert about["template"] == said["template"]
    assert said["parameters"].items() <= about["parameters"].items()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_read_obeys_the_schema_and_fills_the_form_again(case: Path) -> None:
    data = filled_form(case)
    submission = read_submission(data, TEMPLATES, "")
    document = api.document(check_submission(submission))
    plain = simplejson.loads(simplejson.dumps(document, use_decimal=True))
    schema = build_schema(submission.layout)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(plain, schema)
    blank = write_form(submission.layout, submission.identity.unit)
    again = read_submission(fill_form(blank, document, TEMPLATES), TEMPLATES, "")
    assert api.document(check_submission(again)) == document


#: published tables that break a rule which the form itself prints
KNOWN_ERRORS = {"county-2024-project-7": ["category_unanswered"]}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_basic_checks_pass_on_published_tables(case: Path) -> None:
    checked = check_submission(read_submission(filled_form(case), TEMPLATES, ""))
    codes = [found.code for found in checked.findings if found.severity == "error"]
    assert codes == KNOWN_ERRORS.get(case.name, [])


#: the only published names that take more lines than their rows of a blank form have
TOO_LONG_FOR_A_BLANK = {
    ("ningxia-2023-project-1", "projects[0].indicators[13].level3"),
    ("ningxia-2023-project-1", "projects[0].indicators[15].level3"),
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_published_texts_fit_the_blank_form_or_its_rows_grow(case: Path) -> None:
    submission = read_submission(filled_form(case), TEMPLATES, "")
    layout = submission.layout
    every = [placed for sheet in layout.sheets for placed in sheet.cells]
    cells = {str(placed.cell.field.path): placed for placed in every if placed.cell.field}
    for path, entry in submission.entries.items():
        place, style = cells[path].place, layout.form.styles[cells[path].cell.style]
        sheet = layout.sheets[place.sheet]
        if place.across == place.down == 1 and place.row in sheet.growing:
            continue
        width = sum(sheet.sheet.columns[place.column : place.column + place.across])
        lines = lines_needed(str(entry.raw), width, style.size)
        rows = range(place.row, place.row + place.down)
        height = sum(sheet.heights.get(row, sheet.sheet.row_height) for row in rows)
        if (case.name, path) not in TOO_LONG_FOR_A_BLANK:
            assert lines * style.size * LINE <= height, path
