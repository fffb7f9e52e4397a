"""Rules on texts, figures, money and times: the fault at its cell, and what only looks like it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from ruamel.yaml import YAML

from ptxl.check.submission import check_submission
from ptxl.model.layout import Layout
from ptxl.template import load_template
from ptxl.text import Raw
from tests.conftest import ROOT, submit

Cases = dict[str, list[dict[str, Any]]]


def cases(name: str) -> Cases:
    """What a file of tests/data says of some rules."""
    text = (ROOT / "tests" / "data" / f"{name}.yaml").read_text(encoding="utf-8")
    read: Cases = YAML(typ="safe").load(text)
    return read


#: of texts, and of figures and times
FILES = (cases("text_rules"), cases("figure_rules"))
CASES = FILES[0].keys() | FILES[1].keys()
EACH = [(code, case) for file in FILES for code, found in file.items() for case in found]


@cache
def layout_of(template: str) -> Layout:
    """A form of a template that ships, for 2026."""
    return load_template(template).layout({"year": 2026})


def places(template: str, code: str, answers: Mapping[str, Raw]) -> list[str]:
    """Where a rule objects to a form with these answers."""
    findings = check_submission(submit(layout_of(template), answers)).findings
    said = [finding for finding in findings if finding.code == code]
    for finding in said:
        assert all("{" not in finding.message(language) for language in ("zh", "en"))
    return [finding.path for finding in said]


@pytest.mark.parametrize(
    ("code", "case"), EACH, ids=[f"{code} {case['at']}" for code, case in EACH]
)
def test_a_fault_is_found_at_its_cell_and_what_looks_like_it_is_not(
    code: str, case: dict[str, Any]
) -> None:
    template, at = case["at"].split()
    beside = case.get("beside", {})
    for text in case["wrong"]:
        assert places(template, code, {**beside, at: text}) == [at], text
    for text in case["right"]:
        assert places(template, code, {**beside, at: text}) == [], text


@pytest.mark.parametrize(
    ("texts", "wrong"), [("数数数数", True), ("数数数", False), ("数数数次", False)]
)
@pytest.mark.parametrize(
    ("template", "code", "column"),
    [
        ("hebei-department", "description_repeated", "description"),
        ("national-project", "notes_repeated", "note"),
    ],
)
def test_one_text_for_every_row_is_found(
    template: str, code: str, column: str, texts: str, wrong: bool
) -> None:
    answers: dict[str, Raw] = {}
    for index, text in enumerate(texts):
        answers[f"projects[0].indicators[{index}].level3"] = f"第{index}项"
        answers[f"projects[0].indicators[{index}].{column}"] = text
    assert bool(places(template, code, answers)) is wrong


@pytest.mark.parametrize(
    ("code", "template", "places_alike"),
    [
        ("goal_repeated", "county-project", "projects[0].goals[{}]"),
        ("task_goal_repeated", "hebei-department", "department.tasks[{}].goal"),
        ("task_content_repeated", "henan-department", "department.tasks[{}].content"),
    ],
)
def test_what_is_said_twice_is_found_at_both_places(
    code: str, template: str, places_alike: str
) -> None:
    at = [places_alike.format(index) for index in (0, 1)]
    assert places(template, code, dict.fromkeys(at, "抽检食品2600批次")) == at
