"""Summaries of counties merge into that of the prefecture, in any order and grouping."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import simplejson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from ptxl import api
from ptxl.documents.document import load_answers
from ptxl.merge.rows import County, DueForm
from ptxl.model.errors import InputError
from ptxl.model.form import Unit
from tests.conftest import SAMPLES

pytestmark = pytest.mark.slow

ANSWERS = load_answers(SAMPLES / "good" / "county-2024-project-2" / "answers.json")
HEBEI = load_answers(SAMPLES / "good" / "hebei-2020-project-1" / "answers.json")
MADE = date(2026, 3, 20)
NAMES = ("清源县", "石门县", "柳河区", "青山市")


def county_json(folder: Path, number: int) -> Path:
    """A county of two units, one of which has errors; a third did not send anything."""
    name = NAMES[number]
    units = [
        Unit(code=f"10{n}", name=f"{name}第{n}单位", department=f"{name}教育局") for n in (1, 2)
    ]
    forms = api.generate("county-project", units, folder / "f", parameters={"projects": 1})
    for n, form in enumerate(forms):
        project = {**ANSWERS["projects"][0], "department": None, "unit": None}
        amount = str(Decimal(100 + number) + Decimal("0.01") * n)
        project["funds"] = {"total": amount, "fiscal": amount}
        project["own_funds"] = {"total": amount, "fiscal": amount}
        if n:
            project["name"] = None
        api.fill(form, {"projects": [project]}, folder / "in" / form.name)
    api.merge(
        [folder / "in"], folder / f"{number}.xlsx", json=folder / f"{number}.json",
        county=County(name=name, title=f"{name}汇总", year="2026", made=MADE, dues=_dues(units)),
    )  # fmt: skip
    return folder / f"{number}.json"


def _dues(units: Sequence[Unit]) -> tuple[DueForm, ...]:
    third = Unit(code="103", name="第三单位", department=units[0].department)
    states = ("accepted", "to_correct", "missing")
    return tuple(
        DueForm(place=place, code=unit.code, name=unit.name, department=unit.department,
                template="county-project", title="表", state=state)
        for place, (unit, state) in enumerate(zip((*units, third), states, strict=True), 1)
    )  # fmt: skip


@pytest.fixture(scope="module")
def counties(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("counties")
    return [county_json(folder / str(number), number) for number in range(len(NAMES))]


def merged(files: Sequence[Path], folder: Path) -> tuple[bytes, bytes]:
    """Workbook and JSON of a merge."""
    book, text = folder / "all.xlsx", folder / "all.json"
    api.merge(files, book, json=text, title="全市汇总")
    return book.read_bytes(), text.read_bytes()


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10**6), parts=st.integers(1, 3))
def test_any_order_and_grouping_gives_the_same_bytes(
    counties: list[Path], tmp_path: Path, seed: int, parts: int
) -> None:
    chance = random.Random(seed)
    folder = tmp_path / str(seed)
    folder.mkdir(exist_ok=True)
    files = chance.sample(counties, len(counties))
    groups = [files[part::parts] for part in range(parts)]
    made = []
    for number, group in enumerate(filter(None, groups)):
        part = folder / str(number)
        part.mkdir(exist_ok=True)
        merged(group, part)
        made.append(part / "all.json")
    assert merged(made, folder) == merged(counties, tmp_path)


def test_the_prefecture_has_its_counties_as_groups(counties: list[Path], tmp_path: Path) -> None:
    merged(counties, tmp_path)
    told = simplejson.loads((tmp_path / "all.json").read_text(encoding="utf-8"), use_decimal=True)
    assert [one["name"] for one in told["counties"]] == sorted(NAMES)
    expected = sum((Decimal(100 + number) for number in range(len(NAMES))), Decimal(0))
    assert told["totals"]["funds.total"] == expected
    assert told["counts"]["missing"] == len(NAMES)
    book = load_workbook(tmp_path / "all.xlsx", data_only=True)
    head = [cell.value for cell in book["单位汇总"][4]]
    assert head[1] == "地区"
    assert book["缺报名单"].max_row == 4 + len(NAMES)
    assert book["未汇总"].max_row == 4 + len(NAMES)


def test_the_same_county_twice_counts_once(counties: list[Path], tmp_path: Path) -> None:
    copy = tmp_path / "copy.json"
    copy.write_bytes(counties[0].read_bytes())
    other = tmp_path / "once"
    other.mkdir()
    assert merged([counties[0], copy], tmp_path) == merged([counties[0]], other)


def test_summaries_that_contradict_each_other_are_refused(
    counties: list[Path], tmp_path: Path
) -> None:
    text = counties[0].read_text(encoding="utf-8")
    changed = text.replace('"total": 100', '"total": 900')
    (tmp_path / "b.json").write_text(changed, encoding="utf-8")
    with pytest.raises(InputError) as error:
        merged([counties[0], tmp_path / "b.json"], tmp_path)
    assert error.value.code == "summaries_differ"
    assert not (tmp_path / "all.xlsx").exists()


@pytest.mark.parametrize("text", ["{}", "[]", "", '{"format": "ptxl-summary-2"}', "nothing"])
def test_other_json_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    with pytest.raises(api.PtxlError):
        merged([tmp_path / "a.json"], tmp_path)
    assert not (tmp_path / "all.xlsx").exists()


def changed(path: Path, target: Path, *pairs: tuple[str, str]) -> Path:
    """A copy of a summary with texts replaced, each of which it must hold."""
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    target.write_text(text, encoding="utf-8")
    return target


def test_an_older_summary_of_a_county_beside_the_newer_is_refused_in_any_order(
    counties: list[Path], tmp_path: Path
) -> None:
    old = changed(
        counties[0], tmp_path / "old.json", ('"state": "accepted"', '"state": "to_check"')
    )
    for files in ([counties[0], old], [old, counties[0]]):
        with pytest.raises(InputError) as error:
            merged(files, tmp_path)
        assert "较新的一份" in error.value.message("zh")


def test_a_summary_that_does_not_add_up_is_refused(counties: list[Path], tmp_path: Path) -> None:
    lines = counties[0].read_text(encoding="utf-8").splitlines(keepends=True)
    (unit,) = (number + 1 for number, line in enumerate(lines) if line.startswith('"units"'))
    (tmp_path / "a.json").write_text("".join(lines[:unit] + lines[unit + 1 :]), encoding="utf-8")
    with pytest.raises(InputError) as error:
        merged([tmp_path / "a.json"], tmp_path)
    assert error.value.code == "summary_altered"


def test_counties_without_names_are_told_apart_by_who_made_them(
    counties: list[Path], tmp_path: Path
) -> None:
    files = [
        changed(path, tmp_path / f"{number}.json", (f'"{NAMES[number]}"', '""'),
                ('"maker": ""', f'"maker": "{NAMES[number]}财政局"'))
        for number, path in enumerate(counties[:2])
    ]  # fmt: skip
    merged(files, tmp_path)
    told = simplejson.loads((tmp_path / "all.json").read_text(encoding="utf-8"))
    assert [one["name"] for one in told["counties"]] == ["清源县财政局", "石门县财政局"]
    assert told["counts"]["forms"] == 2


def test_forms_that_ask_more_or_less_by_their_parameters_lose_nothing(tmp_path: Path) -> None:
    for number, goals in enumerate((5, 3)):
        unit = Unit(code=f"10{number}", name="甲")
        (form,) = api.generate(
            "county-project", [unit], tmp_path / "f", parameters={"projects": 1, "goals": goals}
        )
        project = {**ANSWERS["projects"][0], "department": None, "unit": None}
        project["goals"] = [f"目标{n}，完成任务" for n in range(1, goals + 1)]
        project["own_goals"] = project["goals"]
        api.fill(form, {"projects": [project]}, tmp_path / "in" / f"{number}.xlsx")
    files = sorted((tmp_path / "in").iterdir())
    found = []
    for order in (files, files[::-1]):
        api.merge(order, tmp_path / "c.xlsx", json=tmp_path / "c.json")
        rows = load_workbook(tmp_path / "c.xlsx")["项目明细"].iter_rows(values_only=True)
        found.append([row for row in rows if "目标5，完成任务" in str(row)])
    assert len(found[0]) == 1
    assert found[0] == found[1]


def test_a_roster_s_summary_is_read_again_though_somebody_is_missing(
    counties: list[Path], tmp_path: Path
) -> None:
    returned = counties[0].parent / "in"
    units = [Unit(code="101", name="甲"), Unit(code="199", name="没有报来的单位")]
    api.merge(
        [returned], tmp_path / "a.xlsx", json=tmp_path / "a.json", county="甲县", roster=units
    )
    again = api.merge([tmp_path / "a.json"], tmp_path / "b.xlsx")
    assert (again.counts["due"], again.counts["missing"]) == (2, 1)
    sheet = load_workbook(tmp_path / "a.xlsx", data_only=True)["部门数据"]
    assert [cell.value for cell in sheet[5]][1] == "清源县教育局"  # as its submission says


def test_an_amount_that_is_no_number_is_never_zero(counties: list[Path], tmp_path: Path) -> None:
    (form,) = api.generate("county-project", [Unit(code="1", name="甲")], tmp_path / "f",
                           parameters={"projects": 1})  # fmt: skip
    project = {**ANSWERS["projects"][0], "department": None, "unit": None}
    api.fill(form, {"projects": [project]}, tmp_path / "a.xlsx")
    book = load_workbook(tmp_path / "a.xlsx")
    cells = [cell for row in book["项目1"].iter_rows() for cell in row
             if str(cell.value) == str(project["funds"]["total"])]  # fmt: skip
    assert cells
    for cell in cells:
        cell.value = "约三十万"
    (tmp_path / "in").mkdir()
    book.save(tmp_path / "in" / "a.xlsx")
    merged_one = api.merge([tmp_path / "in"], tmp_path / "c.xlsx")
    (left,) = merged_one.left_out
    assert (left.amount.count, left.amount.unread) == (0, 1)
    sheet = load_workbook(tmp_path / "c.xlsx", data_only=True)["未汇总"]
    assert "无法读取" in [cell.value for cell in sheet[5]]


def test_summaries_of_two_years_are_refused_for_that_reason(tmp_path: Path) -> None:
    files = []
    for year in (2025, 2026):
        unit = Unit(code=f"{year}", name="甲")
        (form,) = api.generate("county-project", [unit], tmp_path / f"f{year}",
                               parameters={"projects": 1, "year": year})  # fmt: skip
        project = {**ANSWERS["projects"][0], "department": None, "unit": None}
        api.fill(form, {"projects": [project]}, tmp_path / f"in{year}" / "a.xlsx")
        files.append(tmp_path / f"{year}.json")
        api.merge([tmp_path / f"in{year}"], tmp_path / "a.xlsx", json=files[-1], county=f"{year}县")
    with pytest.raises(InputError) as error:
        merged(files, tmp_path)
    assert "2025" in error.value.message("zh")
    assert "2026" in error.value.message("zh")
    assert "两份汇总数据里不一样" not in error.value.message("zh")
