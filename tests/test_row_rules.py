"""Rules on the category and the name of a row: what they object to, and what only looks like it."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from ruamel.yaml import YAML

from ptxl.check.submission import check_submission
from ptxl.model.findings import Finding
from ptxl.model.layout import Layout
from ptxl.template import load_template
from tests.conftest import ROOT, submit

ROWS: dict[str, Any] = YAML(typ="safe").load(
    (ROOT / "tests" / "data" / "row_rules.yaml").read_text(encoding="utf-8")
)
WRONG: dict[str, list[str]] = ROWS["wrong"]
RIGHT: list[str] = ROWS["right"]


@cache
def shipped_layout() -> Layout:
    """The form that prints all categories, two rows of each."""
    return load_template("county-project").layout({"year": 2026, "projects": 1, "slots": 2})


def first_row_of(level2: str) -> str:
    """The path of the first row of a category."""
    rows = (row for table in shipped_layout().form.tables for row in table.rows)
    return next(row.path for row in rows if row.given.get("level2") == level2)


def said_of(row: str) -> list[Finding]:
    """What the rules say of a form with one row."""
    level2, level3, value = row.split(" | ")
    path = first_row_of(level2)
    answers = {f"{path}.level3": level3, f"{path}.value": value}
    return list(check_submission(submit(shipped_layout(), dict(answers))).findings)


@pytest.mark.parametrize(
    ("code", "row"), [(code, row) for code, rows in WRONG.items() for row in rows]
)
def test_a_wrong_row_is_told(code: str, row: str) -> None:
    (found,) = [finding for finding in said_of(row) if finding.code in WRONG]
    assert found.code == code
    assert found.path == f"{first_row_of(row.split(' | ')[0])}.level3"
    assert row.split(" | ")[1] in found.message("zh")
    assert all("{" not in found.message(language) for language in ("zh", "en"))


@pytest.mark.parametrize("row", RIGHT)
def test_a_right_row_is_left_alone(row: str) -> None:
    assert [finding.code for finding in said_of(row) if finding.code in WRONG] == []


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("培训人数", "全年培训总人数"), [1]),
        (("培训人数", "演练人数"), []),
        (("培训人数", "培训人数"), []),  # duplicate_names
    ],
)
def test_names_that_differ_by_a_filler_are_told(names: tuple[str, str], found: list[int]) -> None:
    answers: dict[str, str] = {}
    for index, (name, value) in enumerate(zip(names, ("200人", "300人"), strict=True)):
        row = f"projects[0].indicators[{index}]"
        answers |= {f"{row}.level3": name, f"{row}.value": value}
    findings = check_submission(submit(shipped_layout(), dict(answers))).findings
    said = [finding.path for finding in findings if finding.code == "names_nearly_repeated"]
    assert said == [f"projects[0].indicators[{index}].level3" for index in found]


@pytest.mark.parametrize(
    ("row", "codes"),
    [
        (("Outcome", "Social benefit", "Sales of the shop", ">= 20 thousand yuan"),
         {"income_elsewhere"}),
        (("Output", "Quality", "Cost of a visit", "<= 30 yuan"), {"cost_as_output"}),
        (("Satisfaction", "Users", "Complaints", "<= 2"), {"no_satisfaction"}),
        (("Output", "Quality", "Quality", "good"), {"name_says_nothing"}),
        (("Outcome", "Economic benefit", "Sales of the shop", ">= 20 thousand yuan"), set()),
        (("Output", "Cost", "Cost of a visit", "<= 30 yuan"), set()),
        (("Satisfaction", "Users", "Readers content with the hours", ">= 90%"), set()),
    ],
)  # fmt: skip
def test_rows_in_english(row: tuple[str, ...], codes: set[str]) -> None:
    layout = load_template("service-grant").layout({"year": 2026, "projects": 1})
    names = ("level1", "level2", "level3", "value")
    answers = {
        f"projects[0].indicators[0].{name}": text for name, text in zip(names, row, strict=True)
    }
    findings = check_submission(submit(layout, dict(answers))).findings
    assert {found.code for found in findings if found.code in WRONG} == codes
