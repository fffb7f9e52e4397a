"""A round on disk until its end: forms of every template, archived files that changed, closings."""

from __future__ import annotations

import json
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ptxl.documents.document import load_answers
from ptxl.rounds import Round, close_round, collect, issue, make_round
from ptxl.rounds.closing import MANIFEST
from ptxl.rounds.settings import Settings
from ptxl.rounds.verify import verify
from ptxl.template import find_templates
from ptxl.words import Speaker
from tests.conftest import SAMPLES
from tests.rounds_on_disk import TEMPLATES, fill

NOW = datetime.now().replace(microsecond=0)
SHIPPED = {path.parent.name for path in find_templates()}
#: the published forms, but for one in which an error stands
GOOD = sorted(
    path.parent
    for path in SAMPLES.glob("good/*/answers.json")
    if path.parent.name != "county-2024-project-7"
)


def round_of(sample: Path, root: Path) -> Round:
    """A round of one unit, whose form came back as a published sample has it."""
    answers = load_answers(sample / "answers.json")
    unit, form = answers.pop("unit"), answers["form"]
    roster = root.parent / "名册.csv"
    own = (unit["code"], unit["name"], unit.get("department", ""))
    roster.write_text(f"单位编码,单位名称,主管部门\n{','.join(own)}\n", encoding="utf-8")
    year = form["parameters"]["year"]
    settings = Settings(
        id="", key="", roster="", language="zh", title="绩效目标", year=year,
        deadline=date(year, 12, 20), office="财政局", contact="王芳", telephone="", number="",
        templates={form["template"]: form["parameters"]},
    )  # fmt: skip
    made = make_round(root, settings, roster, TEMPLATES)
    issue(made, made.terms(TEMPLATES), NOW)
    (path,) = made.forms.glob("*/*.xlsx")
    (made.inbox / path.name).write_bytes(fill(path.read_bytes(), answers))
    collect(made, [], made.terms(TEMPLATES), NOW)
    return made


# -- forms of every template


def test_there_is_a_sample_of_every_template() -> None:
    used = {load_answers(sample / "answers.json")["form"]["template"] for sample in GOOD}
    assert used == SHIPPED


@pytest.mark.parametrize("sample", GOOD, ids=[sample.name for sample in GOOD])
def test_what_was_closed_is_verified_for_forms_of_every_template(
    tmp_path: Path, sample: Path
) -> None:
    made = round_of(sample, tmp_path / "round")
    ended = close_round(made, made.terms(TEMPLATES), NOW)
    verdict = verify(ended.path, made.terms(TEMPLATES))
    assert [Speaker("zh").word(problem) for problem in verdict.problems] == []
    assert (verdict.counted, verdict.read_again) == (1, 1)


def test_the_budget_of_a_form_without_projects_is_told_apart(tmp_path: Path) -> None:
    made = round_of(SAMPLES / "good" / "henan-2020-department", tmp_path / "round")
    manifest = closed_manifest(made)
    (told,) = manifest["counted"]
    assert told["budget"]["total"] == Decimal("2115.4")
    assert told["totals"]["total"] == manifest["totals"]["total"] == 0


def closed_manifest(made: Round) -> Any:
    ended = close_round(made, made.terms(TEMPLATES), NOW)
    with zipfile.ZipFile(ended.path) as archive:
        return json.loads(archive.read(MANIFEST), parse_float=Decimal)
