"""Merging: order does not matter, what is left out is never counted, sums are exact."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path

import pytest
import simplejson

from ptxl import api
from ptxl.check import check_submission
from ptxl.demo import Demo, run_demo
from ptxl.documents import load_answers
from ptxl.merge import LeftOut, Merger, UnitSummary, summarise
from ptxl.template import load_template, shipped
from tests.conftest import SAMPLES, submit


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
    checked = api.check(file)
    merger = Merger()
    assert isinstance(merger.add(checked), UnitSummary)
    second = merger.add(checked)
    assert isinstance(second, LeftOut)
    assert [finding.code for finding in second.findings] == ["duplicate_unit"]


def test_yuan_become_ten_thousand_yuan_exactly() -> None:
    layout = load_template(shipped("templates") / "county-project").layout({"projects": 1})
    submission = submit(layout, {"projects[0].name": "甲", "projects[0].funds.total": "48300"})
    field = layout.fields["projects[0].funds.total"]
    assert field.unit == "万元"
    (project,) = summarise(check_submission(submission)).projects
    assert project.amounts["total"].value == Decimal(48300)


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
