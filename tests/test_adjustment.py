"""Approved targets are adjusted in a form of their own: what it asks, and what is approved then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from ptxl import api
from ptxl.cli.main import cli
from ptxl.merge.adjusted import Why
from ptxl.summary.county_json import read_summary
from tests.test_follow import ANSWERS, ROWS, UNIT, approve

TEMPLATE = "project-adjustment"
NEXT = "project-self-evaluation"
PROJECT = "居家养老服务"
YEAR = {"year": 2026, "projects": 0}
APPROVAL = {"document": "清财绩〔2026〕18号", "date": "2026-10-12"}
SERVED, SOUND, COMPLAINTS, CONTENT = (row[2] for row in ROWS)


def row(name: str, **adjusted: str) -> dict[str, Any]:
    return {"level3": name, "adjusted": adjusted}


def added(name: str, **adjusted: str) -> dict[str, Any]:
    return {"level1": "产出指标", "level2": "数量指标", **row(name, **adjusted)}


LESS = row(SERVED, kind="调整", value="≥600人次", reason="两个站点停业")
GONE = row(SOUND, kind="取消", reason="不再考核")
MORE = added("上门探访次数", kind="新增", value="≥500次", reason="新增任务")


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return approve(ANSWERS, tmp_path_factory.mktemp("targets"))


@pytest.fixture(scope="module")
def form(county: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    approved = api.read_approved(county, TEMPLATE)
    (path,) = api.generate(TEMPLATE, [UNIT], tmp_path_factory.mktemp("forms"), approved=approved,
                           parameters=YEAR)  # fmt: skip
    return path


def filled(form: Path, folder: Path, rows: list[dict[str, Any]], **adjusted: str) -> Path:
    """The form with what is adjusted in its first project."""
    target = folder / "returned" / form.name
    target.parent.mkdir(exist_ok=True)
    project = {"name": PROJECT, "adjusted": adjusted, "indicators": rows}
    api.fill(form, {"projects": [project]}, target)
    return target


def merged(returned: Path, folder: Path) -> Path:
    api.merge([returned], folder / "adjusted.xlsx", json=folder / "adjusted.json")
    return folder / "adjusted.json"


# -- what the form asks

STOPPED = "两个站点停业"
LACKS_KIND = {"adjustment_kind_missing", "answer_not_asked", "nothing_adjusted"}


@pytest.mark.parametrize(
    ("rows", "approval", "found"),
    [
        ([], {}, set()),
        ([LESS, GONE, MORE], APPROVAL, set()),
        ([], {**APPROVAL, "annual_goal": "服务600人次。"}, set()),
        # A reason, or a value, without what is done.
        ([row(SERVED, reason=STOPPED)], APPROVAL, LACKS_KIND),
        ([row(SERVED, value="≥600人次")], APPROVAL, LACKS_KIND),
        # What is done, without reason or value, or with one too many.
        ([row(SERVED, kind="调整", reason=STOPPED)], APPROVAL, {"answer_wanted"}),
        ([row(SERVED, kind="取消")], APPROVAL, {"answer_wanted"}),
        (
            [row(SERVED, kind="取消", value="≥1人次", reason=STOPPED)],
            APPROVAL, {"answer_not_asked"},
        ),
        # A value that is the approved one, or cannot be compared with it.
        (
            [row(SERVED, kind="调整", value="≥850人次", reason=STOPPED)],
            APPROVAL, {"adjusted_alike"},
        ),
        (
            [row(SERVED, kind="调整", value="≥85%", reason=STOPPED)],
            APPROVAL, {"adjusted_unit_differs"},
        ),
        # What is done, in the wrong row.
        (
            [row(SERVED, kind="新增", value="≥85人次", reason=STOPPED)],
            APPROVAL, {"added_though_approved"},
        ),
        ([added("探访次数", kind="取消", reason=STOPPED)], APPROVAL, {"added_kind_missing"}),
        # The approval.
        ([LESS], {}, {"adjustment_date_missing", "adjustment_document_missing"}),
        ([LESS], {"date": "2026-10-12"}, {"adjustment_document_missing"}),
        ([LESS], {**APPROVAL, "date": "2025-10-12"}, {"adjustment_date_outside_year"}),
        ([], APPROVAL, {"nothing_adjusted"}),
    ],
)  # fmt: skip
def test_what_belongs_together_is_asked_for(
    form: Path, tmp_path: Path, rows: list[dict[str, Any]], approval: Mapping[str, str],
    found: set[str],
) -> None:  # fmt: skip
    checked = api.check(filled(form, tmp_path, rows, **approval))
    assert {one.code for one in checked.findings} == found
    assert all(one.message("zh") and one.message("en") for one in checked.findings)


# -- what is approved then


def test_the_next_stage_prints_what_is_adjusted_and_no_dropped_rows(
    form: Path, county: Path, tmp_path: Path
) -> None:
    goal = "服务600人次。"
    filled(form, tmp_path, [LESS, GONE, MORE], **APPROVAL, annual_goal=goal)
    approved = api.read_approved(merged(tmp_path / "returned", tmp_path), NEXT)
    (path,) = api.generate(NEXT, [UNIT], tmp_path / "next", approved=approved, parameters=YEAR)
    first, second = api.document(api.read(path))["projects"]
    rows = [(one["level3"], one["value"]["raw"]) for one in first["indicators"]]
    assert rows == [
        (SERVED, "≥600人次"), (COMPLAINTS, "≤3次"), (CONTENT, "≥90%"), ("上门探访次数", "≥500次"),
    ]  # fmt: skip
    assert first["annual_goal"] == goal
    assert [one["level3"] for one in second["indicators"]] == [SERVED, SOUND, COMPLAINTS]
    assert second["annual_goal"] == ANSWERS["projects"][1]["annual_goal"]

    # Their ids are those that were made when the targets were approved.
    before = ids(api.document(api.read(form))["projects"][0])
    now = ids(first)
    assert before[SERVED] == now[SERVED]
    assert before[CONTENT] == now[CONTENT]
    assert now["上门探访次数"] not in before.values()


def ids(project: Mapping[str, Any]) -> dict[str, str]:
    return {one["level3"]: one["id"] for one in project["indicators"]}


def test_the_year_says_why(form: Path, county: Path, tmp_path: Path) -> None:
    filled(form, tmp_path, [LESS, GONE, MORE], **APPROVAL)
    lines = api.read_year([county, merged(tmp_path / "returned", tmp_path)])
    told = {
        line.called: (change.what, change.before, change.now, change.why)
        for line in lines
        for change in line.changes
    }
    day, document = date(2026, 10, 12), APPROVAL["document"]
    assert told == {
        SERVED: ("adjusted", "≥850人次", "≥600人次", Why("两个站点停业", day, document)),
        SOUND: ("dropped", "≥95%", "", Why("不再考核", day, document)),
        "上门探访次数": ("added", "", "≥500次", Why("新增任务", day, document)),
    }


def test_the_official_table_of_adjustments_shows_the_day_of_the_approval(
    form: Path, tmp_path: Path
) -> None:
    filled(form, tmp_path, [LESS], **APPROVAL)
    merged(tmp_path / "returned", tmp_path)
    sheet = load_workbook(tmp_path / "adjusted.xlsx")["项目支出绩效目标调整汇总表"]
    (row,) = (one for one in sheet.iter_rows(values_only=True) if {SERVED, PROJECT} <= set(one))
    assert row[4:13] == (
        APPROVAL["document"], APPROVAL["date"], "产出指标", "数量指标", SERVED, "≥850人次", "调整",
        "≥600人次", "两个站点停业",
    )  # fmt: skip


def test_what_was_dropped_and_added_again_is_another_value(
    form: Path, county: Path, tmp_path: Path
) -> None:
    """It is called alike, so it is the same indicator."""
    again = {**added(SERVED, kind="新增", value="≥600人次", reason="重新设定")}
    filled(form, tmp_path, [row(SERVED, kind="取消", reason="口径改变"), again], **APPROVAL)
    summary = merged(tmp_path / "returned", tmp_path)
    lines = api.read_year([county, summary])
    told = [(line.called, change.what) for line in lines for change in line.changes]
    assert sorted(told) == [(SERVED, "added"), (SERVED, "dropped")]
    assert len({line.id for line in lines}) == len(lines)


def test_a_form_in_which_nothing_is_adjusted_approves_the_same(form: Path, tmp_path: Path) -> None:
    filled(form, tmp_path, [])
    (unit,) = read_summary(merged(tmp_path / "returned", tmp_path)).units()
    approved = api.read_approved(tmp_path / "adjusted.json", NEXT)[UNIT.code]
    assert {one.path: one.value for one in unit.answers}.items() <= approved.values.items()


def test_an_adjustment_counts_wherever_it_is_named(
    form: Path, county: Path, tmp_path: Path
) -> None:
    filled(form, tmp_path, [LESS], **APPROVAL)
    summary = merged(tmp_path / "returned", tmp_path)
    both = tmp_path / "both.json"
    api.merge([county, summary], tmp_path / "both.xlsx", json=both)
    for number, earlier in enumerate([(county, summary), (both,), (summary, county)]):
        options = [text for path in earlier for text in ("--from", str(path))]
        folder = tmp_path / str(number)
        said = CliRunner().invoke(cli, ["--lang", "en", "generate", NEXT, *options, "-o",
                                        str(folder), "--set", "projects=0"])  # fmt: skip
        assert said.exit_code == 0, said.output
        (path,) = folder.iterdir()
        value = api.document(api.read(path))["projects"][0]["indicators"][0]["value"]["raw"]
        assert value == "≥600人次"
