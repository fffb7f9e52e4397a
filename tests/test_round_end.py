"""A round on disk until its end: forms of every template, archived files that changed, closings."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ptxl.cli.main import cli
from ptxl.documents.document import load_answers
from ptxl.model.errors import RosterError
from ptxl.rounds import (
    Round,
    RoundError,
    accept,
    board_of,
    close_round,
    collect,
    folder,
    issue,
    make_round,
    merge_round,
    write_letters,
)
from ptxl.rounds.archive import ArchiveError
from ptxl.rounds.board import Standing
from ptxl.rounds.closing import MANIFEST
from ptxl.rounds.lock import BusyError
from ptxl.rounds.settings import Settings
from ptxl.rounds.status import ISSUED
from ptxl.rounds.verify import verify
from ptxl.template import find_templates
from ptxl.words import Speaker
from tests.conftest import SAMPLES
from tests.rounds_on_disk import TEMPLATES, answers_of, fill, form_of, new_round, saved_on

pytestmark = pytest.mark.slow

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


# -- files of the archive that somebody opened and saved

DUE = date(2099, 12, 20)
ROSTER = "单位编码,单位名称,主管部门\n101001,清源县教育局,清源县教育局\n"


def county_round(root: Path, roster: str = ROSTER) -> Round:
    return new_round(root, roster, ["county-project"], deadline=DUE, issued=NOW)


def filled(where: Round, total: str, unit: str = "清源县教育局") -> bytes:
    form = form_of(where, "101001", "county-project")
    return fill(form, answers_of("county-project", unit, unit, Decimal(total)))


def archived(where: Round) -> Path:
    (path,) = (where.root / "归档").glob("??/*")
    return path


def came_back(root: Path, data: Callable[[Round], bytes]) -> Round:
    made = county_round(root)
    (made.inbox / "101001_清源县教育局.xlsx").write_bytes(data(made))
    collect(made, [], made.terms(), NOW)
    return made


def test_an_archived_file_is_read_only(tmp_path: Path) -> None:
    made = came_back(tmp_path / "round", lambda made: filled(made, "100"))
    assert archived(made).stat().st_mode & 0o222 == 0


@pytest.mark.parametrize("use", [merge_round, close_round])
@pytest.mark.parametrize("gone", [False, True])
def test_what_counts_is_not_merged_from_an_archived_file_that_changed(
    tmp_path: Path, use: Callable[..., object], gone: bool
) -> None:
    made = came_back(tmp_path / "round", lambda made: filled(made, "100"))
    path = archived(made)
    path.unlink()
    if not gone:
        path.write_bytes(filled(made, "999"))
    with pytest.raises(ArchiveError) as raised:
        use(made, made.terms(), NOW)
    said = Speaker("zh").word(raised.value.sentence)
    assert said.startswith("101001_清源县教育局.xlsx：")
    assert "收件文件夹" in said
    assert not list(made.reports.glob("*汇总*"))


def test_an_original_that_is_collected_again_counts_again(tmp_path: Path) -> None:
    made = came_back(tmp_path / "round", lambda made: filled(made, "100"))
    path = archived(made)
    path.chmod(0o644)
    path.write_bytes(filled(made, "999"))
    collect(made, [], made.terms(), NOW)
    merged = merge_round(made, made.terms(), NOW).merged
    assert merged.totals["funds.total"].value == 100


def test_no_letters_are_made_of_an_archived_file_that_changed(tmp_path: Path) -> None:
    def wrong(made: Round) -> bytes:
        answers = answers_of("county-project", "清源县教育局", "清源县教育局", Decimal(100))
        answers["projects"][0]["funds"]["other"] = "77"
        return fill(form_of(made, "101001", "county-project"), answers)

    made = came_back(tmp_path / "round", wrong)
    assert write_letters(made, made.terms(), NOW).board.tally.counted == 0
    path = archived(made)
    path.chmod(0o644)
    path.write_bytes(filled(made, "999"))
    with pytest.raises(ArchiveError, match="101001"):
        write_letters(made, made.terms(), NOW)


def test_merging_waits_for_another_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = came_back(tmp_path / "round", lambda made: filled(made, "100"))
    monkeypatch.setattr(folder, "PATIENCE", 0.1)
    with made.reading(lambda: None), pytest.raises(BusyError):
        merge_round(made, made.terms(), NOW)


# -- decisions


def test_what_lay_in_the_inbox_unseen_is_to_be_checked_after_a_decision(tmp_path: Path) -> None:
    made = came_back(tmp_path / "round", lambda made: filled(made, "100"))
    newer = saved_on(filled(made, "200"), NOW + timedelta(minutes=1))
    (made.inbox / "101001_清源县教育局（新）.xlsx").write_bytes(newer)
    later = NOW + timedelta(hours=1)
    accept(made, made.terms(), "101001_清源县教育局.xlsx", "已电话核实", later)
    collect(made, [], made.terms(), later)
    with made.ledger() as ledger:
        (line,) = board_of(made, ledger, made.terms(), later).lines
    assert line.counted
    assert line.counted.name == "101001_清源县教育局.xlsx"
    assert line.state is Standing.TO_CHECK
    assert "rounds.came_after_decision" in {remark.code for remark in line.remarks}
    accept(made, made.terms(), "101001_清源县教育局（新）.xlsx", "已电话核实", later)
    with made.ledger() as ledger:
        (line,) = board_of(made, ledger, made.terms(), later).lines
    assert line.state is Standing.ACCEPTED


# -- the first issue


def test_an_issue_that_fails_does_not_fix_the_day(tmp_path: Path) -> None:
    settings = county_round(tmp_path / "one").settings
    table = tmp_path / "one名册.csv"
    made = make_round(tmp_path / "two", settings, table, TEMPLATES)
    made.roster.write_text("nothing\n", encoding="utf-8")
    with pytest.raises(RosterError):
        issue(made, made.terms(TEMPLATES), NOW - timedelta(days=9))
    made.roster.write_text(ROSTER, encoding="utf-8")
    issue(made, made.terms(TEMPLATES), NOW)
    with made.ledger() as ledger:
        assert ledger.remembered(ISSUED) == NOW.isoformat()


@pytest.mark.parametrize(("rows", "first", "second"), [
    ("101/001,办公室,甲局\n101001,办公室,甲局", "101/001 办公室", "101001 办公室"),
    ("101001,一小,甲/局\n101002,二小,甲局", "甲/局", "甲局"),
    ("101001,一小,甲局A\n101002,二小,甲局a", "甲局A", "甲局a"),
    ("101001,一小,caf\u00e9\n101002,二小,cafe\u0301", "caf\u00e9", "cafe\u0301"),
])  # fmt: skip
def test_names_that_would_share_a_path_are_said(
    tmp_path: Path, rows: str, first: str, second: str
) -> None:
    with pytest.raises(RoundError) as raised:
        county_round(tmp_path / "round", f"单位编码,单位名称,主管部门\n{rows}\n")
    assert f"“{first}”和“{second}”" in Speaker("zh").word(raised.value.sentence)
    assert not list((tmp_path / "round" / "发放").iterdir())


def test_the_next_stage_starts_from_a_closed_round(tmp_path: Path) -> None:
    made = round_of(SAMPLES / "good" / "national-2026-project-1", tmp_path / "round")
    arguments = ["--lang", "en", "generate", "project-monitoring", "--from", str(made.root)]
    arguments += ["-o", str(tmp_path / "forms")]
    refused = CliRunner().invoke(cli, arguments)
    assert refused.exit_code == 3
    assert "the round is not closed" in refused.stderr
    close_round(made, made.terms(TEMPLATES), NOW)
    assert CliRunner().invoke(cli, arguments).exit_code == 0
    assert len(list((tmp_path / "forms").iterdir())) == 1
