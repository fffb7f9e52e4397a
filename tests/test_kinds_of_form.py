"""One roster for several kinds of form: each unit gets those that it fills in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from ptxl import api
from ptxl.cli.main import cli
from ptxl.model.errors import RosterError
from ptxl.model.form import Unit
from ptxl.template import load_template
from tests.conftest import UNIT
from tests.test_roster import book

ROWS = [
    ("编码", "名称", "主管部门", "表种"),
    ("101001", "清源县教育局", "清源县教育局", "部门预算绩效文本、项目绩效目标表"),
    ("101002", "清源县第一中学", "清源县教育局", "county-project"),
    ("102001", "清源县卫健局", "清源县卫健局", "hebei-department"),
    ("102001", "清源县卫健局", "清源县卫健局", "整体绩效目标表"),
]


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    return book(tmp_path / "名册.xlsx", ROWS)


def test_only_units_of_that_kind_get_the_form(roster: Path, tmp_path: Path) -> None:
    made = api.generate("county-project", roster, tmp_path / "f", parameters={"projects": 1})
    assert [path.name.split("_")[0] for path in made] == ["101001", "101002"]
    found = api.units_of_form("hebei-department", roster)
    assert [unit.code for unit in found.units] == ["101001", "102001"]
    assert found.others == 1
    made += api.generate("hebei-department", roster, tmp_path / "f", parameters={"projects": 1})
    assert len({path.name for path in made}) == len(made) == 4


def test_a_roster_without_kinds_names_the_units_of_every_form(tmp_path: Path) -> None:
    path = book(tmp_path / "名册.xlsx", [row[:3] for row in ROWS[:3]])
    found = api.units_of_form("henan-department", path)
    assert (len(found.units), found.others) == (2, 0)


def test_a_form_that_nobody_fills_in_is_a_fault(roster: Path, tmp_path: Path) -> None:
    with pytest.raises(RosterError) as error:
        api.generate("ningxia-project", roster, tmp_path / "f")
    (fault,) = error.value.faults
    assert fault.key == "表种"
    assert "部门项目绩效目标申报表" in fault.message("zh")
    assert not (tmp_path / "f").exists()


def test_units_left_out_are_counted(roster: Path, tmp_path: Path) -> None:
    arguments = ["--lang", "zh", "generate", "county-project", "--set", "projects=1",
                 "--roster", str(roster), "-o", str(tmp_path / "f")]  # fmt: skip
    done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert "已生成 2 份表单" in done.output
    assert "另有 1 个单位不填报这种表" in done.output


def test_the_identity_of_a_unit_in_several_rows_is_found(roster: Path) -> None:
    found = api.identity("henan-department", roster, "102001")
    assert found.unit == Unit(code="102001", name="清源县卫健局", department="清源县卫健局")


def test_two_forms_of_one_title_have_names_of_their_own() -> None:
    one = load_template("county-project").form()
    other = replace(one, template="other", short="另一种")
    assert api.form_file_name(UNIT, one) == f"101001_清源县教育局_{one.title}.xlsx"
    assert api.form_file_name(UNIT, one, [one]) == api.form_file_name(UNIT, one)
    named = api.form_file_name(UNIT, one, [one, other])
    assert named == f"101001_清源县教育局_{one.title}_项目绩效目标表.xlsx"
    same = replace(other, short=one.short)
    names = {api.form_file_name(UNIT, each, [one, same]) for each in (one, same)}
    assert names == {
        f"101001_清源县教育局_{one.title}_{each}.xlsx" for each in ("county-project", "other")
    }
