"""Merging: order does not matter, what is left out is never counted, sums are exact."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
import simplejson

from ptxl import api
from ptxl.check.submission import check_submission
from ptxl.demo import Demo, run_demo
from ptxl.documents.document import load_answers
from ptxl.merge.merger import Merger
from ptxl.merge.rows import LeftOut, UnitSummary
from ptxl.merge.summarise import judge, summarise
from ptxl.model.errors import OutputError
from ptxl.model.form import Unit
from ptxl.model.layout import Layout
from ptxl.model.submission import CheckedSubmission
from ptxl.template import load_template
from tests.conftest import SAMPLES, UNIT, MakeTemplate, submit


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return run_demo(tmp_path_factory.mktemp("county"))


def test_the_sample_county_is_big_and_varied(demo: Demo) -> None:
    assert sum(demo.issued.values()) >= 12
    assert len(demo.issued) >= 3
    assert demo.merged.counts["left_out"] == 2


def test_totals_match_the_answers_summed_by_other_means(demo: Demo) -> None:
    """Straight from the answers as typed, without any of ptxl's own reading."""
    wrong = {path.name.partition("_")[0] for path in map(Path, left_out_files(demo))}
    expected = Decimal(0)
    for path in sorted((SAMPLES / "county" / "answers").glob("*.json")):
        if path.stem not in wrong:
            answers = simplejson.loads(path.read_text(encoding="utf-8"))
            for project in answers.get("projects", []):
                expected += Decimal(project["funds"]["total"])
    assert demo.merged.totals["total"] == expected


def left_out_files(demo: Demo) -> list[str]:
    return [left.file for left in demo.merged.left_out]


def test_the_json_holds_the_same_and_names_the_cell_of_every_amount(demo: Demo) -> None:
    county = simplejson.loads(demo.json.read_text(encoding="utf-8"), use_decimal=True)
    amounts = [p["funds"]["total"] for unit in county["units"] for p in unit["projects"]]
    assert sum(Decimal(str(a["value"])) for a in amounts) == demo.merged.totals["total"]
    assert all(a["sheet"] and a["cell"] for a in amounts)
    assert county["counts"]["units"] == len(county["units"])
    assert len(county["left_out"]) == 2


def test_order_of_files_does_not_matter(demo: Demo) -> None:
    files = [path for path, _ in api.find_files([demo.returned])]
    random.Random(7).shuffle(files)
    again = api.merge(files, demo.workbook.with_name("again.xlsx"))
    assert again.totals == demo.merged.totals
    assert again.counts == demo.merged.counts


def test_the_same_form_counts_once(demo: Demo) -> None:
    file, _ = next(api.find_files([demo.returned]))
    outcome = judge(api.check(file))
    merger = Merger()
    assert isinstance(merger.add(outcome), UnitSummary)
    second = merger.add(outcome)
    assert isinstance(second, LeftOut)
    assert [finding.code for finding in second.findings] == ["duplicate_unit"]


def test_yuan_become_ten_thousand_yuan_exactly(make_template: MakeTemplate) -> None:
    body = """\
        money: 元
        sheets:
          - name: 表
            for_each: projects
            count: 1
            columns: [10, 10]
            rows:
              - [名称, {field: name}]
              - [总额, {field: funds.total, kind: money}]
    """
    layout = load_template(make_template(body)).layout({})
    submission = submit(layout, {"projects[0].name": "甲", "projects[0].funds.total": "48301"})
    (project,) = summarise(check_submission(submission)).projects
    assert project.amounts["total"].value == Decimal("4.8301")


def test_a_form_of_one_project_needs_no_list(tiny: Layout) -> None:
    answers = {"name": "甲", "funds.total": "5", "indicators[0].level3": "次数"}
    unit = summarise(check_submission(submit(tiny, dict(answers))))
    assert [project.name for project in unit.projects] == ["甲"]
    assert unit.total("total") == Decimal(5)
    assert [row.project for row in unit.indicators] == ["甲"]


def test_one_unit_counts_once_whatever_its_parameters(tmp_path: Path) -> None:
    answers = load_answers(SAMPLES / "county" / "answers" / "101001.json")
    for projects in (3, 5):
        parameters = {"projects": projects}
        (form,) = api.generate("hebei-department", [UNIT], tmp_path / "f", parameters=parameters,
                               overwrite=True)  # fmt: skip
        api.fill(form, answers, tmp_path / "in" / f"{projects}.xlsx")
    merged = api.merge([tmp_path / "in"], tmp_path / "county.xlsx")
    assert merged.counts["units"] == 1
    assert merged.left_out[0].findings[0].code == "duplicate_unit"


def test_no_output_replaces_an_input(tmp_path: Path) -> None:
    (form,) = api.generate("hebei-department", [UNIT], tmp_path)
    before = form.read_bytes()
    for work in (
        lambda: api.merge([form], form),
        lambda: api.merge([form], tmp_path / "a", json=tmp_path / "a"),
        lambda: api.fill(form, {}, form),
        lambda: api.generate("county-project", [UNIT], tmp_path),
    ):
        with pytest.raises(OutputError):
            work()
    assert form.read_bytes() == before


def test_an_unreadable_file_among_many_is_reported_and_the_rest_merged(demo: Demo) -> None:
    folder = demo.returned.parent / "mixed"
    folder.mkdir()
    good, _ = next(api.find_files([demo.returned]))
    (folder / good.name).write_bytes(good.read_bytes())
    (folder / "坏.xlsx").write_bytes(b"PK\x03\x04 cut short")
    merged = api.merge([folder], folder / "out" / "county.xlsx")
    assert merged.counts["units"] == 1
    (left,) = merged.left_out
    assert left.findings[0].code == "unreadable"


def test_answers_of_the_county_stay_readable() -> None:
    for path in (SAMPLES / "county" / "answers").glob("*.json"):
        assert load_answers(path)["unit"]["code"] == path.stem


def test_two_years_are_never_added_up(tmp_path: Path) -> None:
    unit, folder = Unit(code="101001", name="甲局"), tmp_path / "returned"
    (new,) = api.generate("ningxia-project", [unit], folder / "a", parameters={"year": 2026})
    (old,) = api.generate("ningxia-project", [unit], folder / "b", parameters={"year": 2025})
    first, second = judge(summary_of(new)), judge(summary_of(old))
    merger = Merger()
    assert isinstance(merger.add(first), UnitSummary)
    left = merger.add(second)
    assert isinstance(left, LeftOut)
    assert [one.code for one in left.findings] == ["other_round"]
    assert "--set year=2025" in left.findings[0].message("zh")
    told = Merger({"year": "2025"})
    assert isinstance(told.add(first), LeftOut)
    assert isinstance(told.add(second), UnitSummary)


def summary_of(path: Path) -> CheckedSubmission:
    """A blank form, as if all that is required were answered."""
    return replace(api.read(path), findings=())
