"""Editions of templates across the stages of a year: forms are read, upgraded and merged by the
paths of their fields, and rows stay what they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ptxl import api
from ptxl.documents.document import load_answers
from ptxl.model.form import Unit
from ptxl.read import read_submission
from ptxl.renew.repair import upgrade_form
from ptxl.template import Templates, shipped
from tests.conftest import SAMPLES
from tests.test_editions import newer_edition

FORMER = shipped("templates") / "_editions" / "county-project"
UNITS = {
    "2024": Unit(code="101002", name="清源县第一中学", department="清源县教育局"),
    "2024-2": Unit(code="201001", name="清源县城关镇人民政府", department="清源县城关镇人民政府"),
}
MONITORING = "project-monitoring"
#: other names, other widths, and the columns of what was reached the other way round
REACHED = "              - {{field: {}, kind: target, required: true, style: input_center}}\n"
MONTHS = '"1—{{ months }}月\\n执行情况"'
ACTUAL = REACHED.format(f"actual, label: 已完成情况, head: {MONTHS}")
FORECAST = REACHED.format('forecast, label: 全年预计完成情况, head: "全年预计\\n完成情况"')
NEWER = (
    ('edition: "2019-2"', 'edition: "2027"'),
    ("columns: [5, 9, 11, 19,", "columns: [6, 10, 10, 18,"),
    ("{text: 年度总体目标, across: 2}", "{text: 年度绩效目标, across: 2}"),
    (ACTUAL + FORECAST, FORECAST + ACTUAL),
)


@pytest.fixture(scope="module")
def targets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The summary of two units that filled in two editions of their target form."""
    folder = tmp_path_factory.mktemp("targets")
    (folder / "returned").mkdir()
    for edition, unit in UNITS.items():
        template = FORMER if edition == "2024" else "county-project"
        (form,) = api.generate(template, [unit], folder / edition, parameters={"year": 2026})
        assert read_submission(form.read_bytes(), Templates()).identity.edition == edition
        answers = load_answers(SAMPLES / "county" / "answers" / f"{unit.code}.json")
        api.fill(form, {"projects": answers["projects"]}, folder / "returned" / form.name)
    api.merge([folder / "returned"], folder / "county.xlsx", json=folder / "county.json")
    return folder / "county.json"


def monitored(document: Any) -> dict[str, Any]:
    """What a unit fills in in August: of each indicator what is approved."""
    return {
        "projects": [
            {
                "id": one["id"],
                "executed": {"fiscal": 1},
                "forecast": {"fiscal": 2},
                "indicators": [
                    {"id": row["id"], "actual": row["value"]["raw"],
                     "forecast": row["value"]["raw"], "likely": "确定能"}
                    for row in one["indicators"]
                ],
            }
            for one in document["projects"]
        ]
    }  # fmt: skip


def test_targets_of_two_editions_are_followed_upgraded_and_joined(
    targets: Path, tmp_path: Path
) -> None:
    approved = api.read_approved(targets, MONITORING)
    forms = api.generate(MONITORING, list(UNITS.values()), tmp_path / "forms", approved=approved,
                         parameters={"year": 2026, "projects": 0})  # fmt: skip
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    for form in forms:
        api.fill(form, monitored(api.document(api.read(form))), old / form.name)

    # One of the two is taken over into an edition that came out since.
    newer = newer_edition(tmp_path / "newer", *NEWER, template=MONITORING)
    terms = api.Terms(Templates([newer]))
    new.mkdir()
    kept, moved = sorted(old.iterdir())
    api.fill(forms[0], monitored(api.document(api.read(forms[0]))), new / kept.name)
    upgraded = api.upgrade(moved, new / moved.name, "2027", terms=terms)
    assert upgraded.lost == ()
    assert upgraded.identity.edition == "2027"
    before, after = api.check(moved), api.check(new / moved.name, terms=terms)
    assert api.document(after)["projects"] == api.document(before)["projects"]
    assert {found.code for found in after.findings} == {found.code for found in before.findings}
    assert not {"carried_changed", "carried_lost"} & {found.code for found in after.findings}

    # Both editions in one summary: every row is the one that was approved.
    summary = tmp_path / "monitoring.json"
    merged = api.merge([new], tmp_path / "monitoring.xlsx", json=summary, terms=terms)
    assert (merged.counts["forms"], merged.left_out) == (2, ())
    lines = api.read_year([targets, summary])
    assert not [line for line in lines if line.changes or len(line.stages) != 2]
    for line in lines:
        if line.outer:
            assert line.stages[1].text("actual") == line.stages[0].text("value")


def test_a_form_whose_ticks_were_answers_of_their_own_is_read_and_carried_over(
    tmp_path: Path,
) -> None:
    """The edition 2019 of the monitoring form asked for each tick by itself."""
    former = FORMER.with_name(MONITORING)
    (form,) = api.generate(former, [UNITS["2024"]], tmp_path, parameters={"year": 2026})
    row = {"level1": "产出指标", "level2": "数量指标", "level3": "里程", "value": "≥5公里",
           "actual": "3公里", "forecast": "4公里", "causes": {"funds": "√", "other": "√"},
           "reason": "雨季", "likely": {"impossible": "√"}}  # fmt: skip
    filled = tmp_path / "filled.xlsx"
    api.fill(form, {"projects": [{"name": "道路养护", "indicators": [row]}]}, filled)
    document = api.document(api.read(filled))
    assert document["form"]["edition"] == "2019"
    assert document["projects"][0]["indicators"][0]["likely"]["impossible"] == "√"
    upgraded = tmp_path / "upgraded.xlsx"
    upgraded.write_bytes(upgrade_form(filled.read_bytes(), Templates(), "2019-2").workbook)
    (carried,) = api.document(api.read(upgraded))["projects"][0]["indicators"]
    assert carried["likely"] == "完全不可能"
    assert carried["causes"] == ["经费保障", "其他"]
