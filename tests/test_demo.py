"""The demo: a round of the sample county that went on until today."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
import simplejson
from openpyxl import load_workbook

from ptxl.demo import Demo, run_demo
from ptxl.rounds import RoundError, Standing
from ptxl.words import DEFAULT_LANGUAGE, LANGUAGES
from tests.conftest import SAMPLES
from tests.sample_county import NOW, round_of_the_demo


@pytest.fixture
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo in the usual language. Nobody may change it."""
    return round_of_the_demo(tmp_path_factory)


def test_two_waves_a_correction_a_late_and_a_missing_unit(demo: Demo) -> None:
    has_two_waves(demo)


@pytest.mark.slow
@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != DEFAULT_LANGUAGE])
def test_other_languages_have_the_same_round(tmp_path: Path, language: str) -> None:
    has_two_waves(run_demo(tmp_path / "county", NOW, language))


def has_two_waves(demo: Demo) -> None:
    """A correction came, a late form and one unit's nothing; all of it is in board and summary."""
    first = {line.due.unit.code: line.state for line in demo.first.lines}
    last = {line.due.unit.code: line for line in demo.board.lines}
    assert first["105001"] is first["202001"] is Standing.TO_CORRECT
    assert first["206001"] is first["203001"] is Standing.MISSING
    assert last["105001"].state is Standing.ACCEPTED
    assert last["105001"].counted
    assert last["105001"].counted.comparison
    assert last["105001"].counted.comparison.relation == "successor"
    assert last["206001"].late
    assert {code for code, line in last.items() if not line.counted} == {"202001", "203001"}
    assert demo.summary.merged.counts["forms"] == 13
    assert all(path.exists() for path in demo.worth_opening().values())


def test_the_total_is_that_of_the_answers_summed_by_other_means(demo: Demo) -> None:
    county = SAMPLES / "county"
    expected = Decimal(0)
    for line in demo.board.lines:
        code = line.due.unit.code
        corrected = county / "corrections" / f"{code}.json"
        path = corrected if corrected.exists() else county / "answers" / f"{code}.json"
        if line.counted:
            answers = simplejson.loads(path.read_text(encoding="utf-8"), use_decimal=True)
            expected += sum(
                Decimal(project["funds"]["total"]) for project in answers.get("projects", [])
            )
    assert demo.summary.merged.totals["funds.total"].value == expected
    (left,) = demo.summary.merged.left_out  # one amount of it says 约三十万
    assert (left.amount.value, left.amount.unread) == (Decimal("15.5"), 1)
    assert [(one.place, one.amount, one.unread, one.errors > 0) for one in left.money] == [
        ("项目1!F5", None, True, True), ("项目2!F5", Decimal("15.5"), False, True),
    ]  # fmt: skip


def test_what_came_late_is_told_in_the_summary(demo: Demo) -> None:
    late = {line.due.unit.code for line in demo.board.lines if line.late}
    assert "206001" in late
    document = simplejson.loads(demo.summary.json.read_text(encoding="utf-8"))
    assert {due["code"] for due in document["dues"] if due["late"]} == late
    assert document["counts"]["late"] == len(late)
    rows = list(load_workbook(demo.summary.workbook)["单位汇总"].iter_rows(values_only=True))
    code, mark = rows[3].index("单位编码"), rows[3].index("迟报")
    assert {row[code] for row in rows[4:] if row[mark] == "是"} == late


@pytest.mark.slow
def test_running_it_again_changes_nothing_and_spares_other_rounds(tmp_path: Path) -> None:
    first = run_demo(tmp_path, NOW)
    again = run_demo(tmp_path, NOW)
    assert again.board == first.board
    with first.where.ledger() as ledger:
        ledger.remember("sample", "")
    with pytest.raises(RoundError):
        run_demo(tmp_path, NOW)
