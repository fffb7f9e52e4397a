"""Editions of one template side by side: each form is read with its own, and they merge."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from ptxl import api
from ptxl.documents.document import load_answers
from ptxl.model.errors import TemplateError
from ptxl.model.form import Unit
from ptxl.read import read_submission
from ptxl.renew.fill import fill_form
from ptxl.template import Templates, load_template
from ptxl.write.stencil import write_form
from tests.conftest import SAMPLES

ANSWERS = SAMPLES / "good" / "hebei-2025-project-1" / "answers.json"


def newer_edition(folder: Path, *changes: tuple[str, str], template: str = "") -> Path:
    """A folder with the next edition of a shipped template; each text to be replaced is there."""
    text = load_template(template or "hebei-department").path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "template.yaml").write_text(text, encoding="utf-8")
    return folder


NEWER = (('edition: "2025"', 'edition: "2027"'), ("项目编码\n", "项目代码（新）\n"),
         ("columns: [11, 12,", "columns: [12, 11,"))  # fmt: skip


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    return newer_edition(tmp_path / "newer", *NEWER)


def test_an_edition_is_chosen_by_name_and_else_the_first_is_taken(newer: Path) -> None:
    shipped = load_template("hebei-department").edition
    both = Templates([newer])
    assert both.get("hebei-department", "2027").edition == "2027"
    assert both.get("hebei-department", shipped).edition == shipped
    assert both.get("hebei-department", "1999").edition == "2027"
    assert both.get("hebei-department").edition == "2027"
    assert Templates().get("hebei-department", "2027").edition == shipped
    with pytest.raises(TemplateError, match="no template has this id"):
        both.get("nothing", "2027")


def test_of_equal_editions_the_later_path_counts(newer: Path, tmp_path: Path) -> None:
    again = newer_edition(tmp_path / "again", *NEWER)
    assert Templates([newer, again]).get("hebei-department", "2027").path.parent == again
    assert Templates([again, newer]).get("hebei-department", "2027").path.parent == newer


def test_editions_in_several_folders_are_found_by_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer_edition(tmp_path / "old" / "hebei-department", *NEWER)
    monkeypatch.setenv("PTXL_TEMPLATES", str(tmp_path / "old"))
    assert Templates().get("hebei-department", "2027").edition == "2027"
    assert Templates().get("hebei-department", "2025").edition == "2025"


def test_each_edition_is_read_with_its_own_template_and_they_merge(
    newer: Path, tmp_path: Path
) -> None:
    answers = load_answers(ANSWERS)
    parameters = answers["form"]["parameters"]
    templates = Templates([newer])
    returned = tmp_path / "returned"
    returned.mkdir()
    for code, edition in (("224001", "2025"), ("224002", "2027")):
        layout = templates.get("hebei-department", edition).layout(parameters)
        blank = write_form(layout, Unit(code=code, name=f"{edition}局"))
        body = {name: answers[name] for name in answers if name not in ("form", "unit")}
        data = fill_form(blank, body, templates)
        (returned / f"{code}.xlsx").write_bytes(data)
        submission = read_submission(data, templates)
        assert submission.findings == ()
        assert submission.layout is layout
        assert submission.identity.edition == edition
    terms = api.Terms(templates)
    merged = api.merge([returned], tmp_path / "county.xlsx", terms=terms)
    assert merged.left_out == ()
    assert merged.counts["forms"] == 2
    assert merged.counts["projects"] == 2
    assert merged.totals["funds.total"].value == 2 * Decimal(
        answers["projects"][0]["funds"]["total"]
    )
