"""A round of the next stage starts from a closed one: its units, and what was approved of them."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ptxl import api
from ptxl.cli.main import cli
from ptxl.read import read_submission
from ptxl.rounds import Round, open_round
from ptxl.rounds.settings import read_settings
from ptxl.template import Templates
from tests.packages import patch_cells
from tests.test_year import APPROVED, UNITS, monitored, targets

#: the third unit never sent its targets, the fourth fills in another form
ROSTER = """\
单位编码,单位名称,主管部门,联系人,联系电话,邮箱,表种
105001,清源县民政局,清源县民政局,钱敏,0312-5550105,mz@qingyuan.example,national-project
103001,清源县农业农村局,清源县农业农村局,赵志强,0312-5550301,,national-project
102001,清源县水利局,清源县水利局,王淑芳,,,national-project
101002,清源县第一中学,清源县教育局,李建国,,,henan-department
"""
TARGETS = [
    "--title", "目标", "--year", "2026", "--deadline", "2026-12-20", "--office", "清源县财政局",
    "--contact", "钱敏", "--template", "national-project", "--template", "henan-department",
    "--set", "projects=1",
]  # fmt: skip
MONITORING = [
    "--title", "监控", "--deadline", "2026-12-30", "--template", "project-monitoring",
]  # fmt: skip


def ptxl(*arguments: object, code: int = 0) -> str:
    """What a command says."""
    result = CliRunner().invoke(cli, ["--lang", "zh", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return result.output


def returned(where: Round, answers: Mapping[str, Mapping[str, Any]]) -> None:
    """The forms of some units come back, filled in."""
    for code, own in answers.items():
        (form,) = where.forms.glob(f"*/{code}_*.xlsx")
        api.fill(form, own, where.inbox / form.name)
    ptxl("round", "collect", where.root)
    for file in where.inbox.iterdir():
        ptxl("round", "accept", where.root, file.name, "--reason", "已核对")


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed round of targets, of which two units sent theirs."""
    folder = tmp_path_factory.mktemp("county")
    roster = folder / "roster.csv"
    roster.write_text(ROSTER, encoding="utf-8")
    root = folder / "targets"
    ptxl("round", "new", root, *TARGETS, "--roster", roster)
    ptxl("round", "issue", root)
    returned(open_round(root), {unit.code: targets(unit, APPROVED) for unit in UNITS})
    ptxl("round", "close", root)
    return root


def zip_of(closed: Path) -> Path:
    (path,) = closed.glob("*.zip")
    return path


def begun(root: Path, earlier: Path, *more: object) -> str:
    return ptxl("round", "new", root, *MONITORING, "--from", earlier, *more)


def test_a_year_goes_on_from_a_closed_round(closed: Path, tmp_path: Path) -> None:
    """Closed, a new round from its zip alone, issued, returned, merged."""
    shutil.copy(zip_of(closed), tmp_path / "closed.zip")
    root = tmp_path / "monitoring"
    said = begun(root, tmp_path / "closed.zip")
    assert "1 个单位在上一阶段没有计入的表，没有列入名册：102001" in said
    ptxl("round", "issue", root)
    where = open_round(root)
    forms = sorted(path.name[:6] for path in where.forms.glob("*/*.xlsx"))
    assert forms == ["103001", "105001"]

    answers = {}
    for unit in UNITS:
        (form,) = where.forms.glob(f"*/{unit.code}_*.xlsx")
        document = api.document(api.read(form))
        (project, *_) = document["projects"]
        assert [row["value"]["raw"] for row in project["indicators"]] == [r[3] for r in APPROVED]
        answers[unit.code] = monitored(document)
    returned(where, answers)
    assert "已汇总 2 份" in ptxl("round", "merge", root)
    (summary,) = where.reports.glob("*.json")
    units = json.loads(summary.read_text(encoding="utf-8"))["units"]
    rows = [unit["answers"]["projects"][0]["indicators"][1] for unit in units]
    assert [row["actual"]["raw"] for row in rows] == ["5000份", "5000份"]
    # The rows are those that were approved: joined by their ids, nothing was added or dropped.
    (earlier,) = open_round(closed).reports.glob("*.json")
    lines = api.read_year([earlier, summary])
    assert len(lines) == 2 * (1 + len(APPROVED))
    assert not [line for line in lines if line.changes or len(line.stages) != 2]


def test_roster_and_settings_are_taken_over(closed: Path, tmp_path: Path) -> None:
    root = tmp_path / "monitoring"
    begun(root, closed, "--contact", "孙伟")
    settings = read_settings(root / "round.yaml")
    assert (settings.year, settings.office, settings.contact) == (2026, "清源县财政局", "孙伟")
    assert settings.number == ""
    roster = (root / settings.roster).read_text(encoding="utf-8-sig").splitlines()
    assert roster == [
        "单位编码,单位名称,主管部门,联系人,联系电话,邮箱,表单",
        "105001,清源县民政局,清源县民政局,钱敏,0312-5550105,mz@qingyuan.example,project-monitoring",
        "103001,清源县农业农村局,清源县农业农村局,赵志强,0312-5550301,,project-monitoring",
    ]
    (approved,) = settings.approved
    assert json.loads((root / approved).read_text(encoding="utf-8"))["units"]


def test_folder_and_zip_begin_the_same_round(closed: Path, tmp_path: Path) -> None:
    for name, earlier in (("a", closed), ("b", zip_of(closed))):
        begun(tmp_path / name, earlier)
    for file in ("名册.csv", "批复.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_a_unit_of_another_roster_without_approved_answers_gets_an_open_form(
    closed: Path, tmp_path: Path
) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("code,name\n105001,清源县民政局\n109001,清源县文旅局\n", encoding="utf-8")
    root = tmp_path / "monitoring"
    begun(root, closed, "--roster", roster)
    ptxl("round", "issue", root)
    where = open_round(root)
    names = {}
    for path in where.forms.glob("*/*.xlsx"):
        document = api.document(api.read(path))
        names[path.name[:6]] = document["projects"][0]["name"] if document["projects"] else None
    assert names == {"105001": "居家养老服务", "109001": None}


def test_what_was_approved_and_typed_over_goes_back(closed: Path, tmp_path: Path) -> None:
    root = tmp_path / "monitoring"
    begun(root, closed)
    ptxl("round", "issue", root)
    where = open_round(root)
    (form,) = where.forms.glob("*/105001_*.xlsx")
    filled = tmp_path / form.name
    api.fill(form, monitored(api.document(api.read(form))), filled)
    submission = read_submission(filled.read_bytes(), Templates())
    place = submission.layout.places["projects[0].indicators[1].value"]
    cells: Any = {"项目1": {(place.row, place.column): "≥1200份"}}
    (where.inbox / form.name).write_bytes(patch_cells(filled.read_bytes(), cells))
    assert "须修改" in ptxl("round", "collect", root)


def adjust(closed: Path, root: Path) -> None:
    """Close a round in which the first unit serves fewer meals."""
    ptxl("round", "new", root, "--title", "调整", "--deadline", "2026-12-30", "--template",
         "project-adjustment", "--from", closed)  # fmt: skip
    ptxl("round", "issue", root)
    meals = {"level3": APPROVED[1][2], "adjusted": {
        "kind": "调整", "value": "≥9000份", "reason": "停餐两个月",
    }}  # fmt: skip
    approval = {"document": "清财绩〔2026〕18号", "date": "2026-10-12"}
    project = {"name": "居家养老服务", "adjusted": approval, "indicators": [meals]}
    returned(open_round(root), {UNITS[0].code: {"projects": [project]}})
    ptxl("round", "close", root)


def meals_printed(forms: Iterable[Path]) -> dict[str, str]:
    """How many meals the forms of units say were approved."""
    values = {}
    for path in forms:
        (project, *_) = api.document(api.read(path))["projects"]
        values[path.name[:6]] = project["indicators"][1]["value"]["raw"]
    return values


def test_a_round_begins_from_the_targets_and_from_their_adjustment(
    closed: Path, tmp_path: Path
) -> None:
    """Only units that adjust something send the form for it; all of them evaluate themselves."""
    adjusted, root = tmp_path / "adjusted", tmp_path / "evaluation"
    adjust(closed, adjusted)
    ptxl("round", "new", root, "--title", "自评", "--deadline", "2027-03-30", "--template",
         "project-self-evaluation", "--from", closed, "--from", zip_of(adjusted))  # fmt: skip
    ptxl("round", "issue", root)
    values = meals_printed(open_round(root).forms.glob("*/*.xlsx"))
    assert values == {UNITS[0].code: "≥9000份", UNITS[1].code: "≥12000份"}


def test_forms_and_rounds_agree_on_which_of_several_summaries_counts(
    closed: Path, tmp_path: Path
) -> None:
    """What was approved again counts, and an adjustment wherever it is named."""
    again, adjusted = tmp_path / "again", tmp_path / "adjusted"
    shutil.copytree(closed, again)
    (summary,) = open_round(again).reports.glob("*.json")
    text = summary.read_text(encoding="utf-8")
    summary.write_text(text.replace("12000", "11000"), encoding="utf-8")
    adjust(closed, adjusted)
    newest = {UNITS[0].code: "≥9000份", UNITS[1].code: "≥11000份"}
    for number, order in enumerate(([closed, again, adjusted], [adjusted, closed, again])):
        root, forms = tmp_path / f"round {number}", tmp_path / f"forms {number}"
        named = [word for one in order for word in ("--from", one)]
        ptxl("round", "new", root, "--title", "自评", "--deadline", "2027-03-30", "--template",
             "project-self-evaluation", *named)  # fmt: skip
        ptxl("round", "issue", root)
        ptxl("generate", "project-self-evaluation", "--set", "year=2026", "--set", "projects=0",
             *named, "-o", forms)  # fmt: skip
        assert meals_printed(open_round(root).forms.glob("*/*.xlsx")) == newest
        assert meals_printed(forms.glob("*.xlsx")) == newest


def test_what_cannot_be_followed_is_refused(closed: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.zip"
    with zipfile.ZipFile(zip_of(closed)) as source, zipfile.ZipFile(broken, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, data + b"\n" if name.endswith("数据.json") else data)
    root = tmp_path / "monitoring"
    said = ptxl("round", "new", root, *MONITORING, "--from", broken, code=3)
    assert "归档包与自己的清单不一致" in said
    other = [*MONITORING[:-1], "county-project"]
    assert "不承接" in ptxl("round", "new", root, *other, "--from", closed, code=3)
    opened = tmp_path / "open"
    shutil.copytree(closed, opened)
    ptxl("round", "reopen", opened)
    assert "还没有结束" in ptxl("round", "new", root, *MONITORING, "--from", opened, code=3)
    assert "--roster" in ptxl("round", "new", root, *MONITORING, "--year", "2026", code=2)
    assert "--year" in ptxl("round", "new", root, *MONITORING, code=2)
    assert not (root / "round.yaml").exists()


def test_answers_are_not_prefilled_over_what_was_approved(closed: Path, tmp_path: Path) -> None:
    root = tmp_path / "monitoring"
    begun(root, closed)
    answers = tmp_path / "answers.json"
    answers.write_text('{"105001": {"projects": [{"name": "别的"}]}}', encoding="utf-8")
    said = ptxl("round", "issue", root, "--prefill", answers, code=3)
    assert "不能再预填" in said
