"""Generating: rosters as offices keep them, names of files, same form same bytes, prefill."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from ptxl import api
from ptxl.documents.document import load_answers
from ptxl.model.errors import AnswersError, RosterError
from ptxl.model.form import Unit
from ptxl.model.layout import Layout
from ptxl.outputs import file_name, replacing
from ptxl.roster import read_roster
from ptxl.template import load_template
from ptxl.write.stencil import Stencil, write_form
from tests.conftest import SAMPLES, UNIT

UNITS = [("001", "甲局", "甲部"), ("224001", "乙局", "乙部")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_rosters_in_the_encodings_of_excel_and_wps(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "名册.csv"
    lines = [
        "单位编码,单位名称,主管部门,联系人",
        *(f"{','.join(unit)},张三" for unit in UNITS),
        ",,,",
    ]
    path.write_text("\r\n".join(lines), encoding=encoding)
    first, second = read_roster(path)
    assert (first.code, first.name, first.department) == UNITS[0]
    assert second.more == {"联系人": "张三"}


def test_rosters_as_xlsx_keep_codes(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["code", "name"])
    sheet.append(["001", "甲局"])
    sheet.append([224001, "乙局"])
    book.save(tmp_path / "roster.xlsx")
    assert [unit.code for unit in read_roster(tmp_path / "roster.xlsx")] == ["001", "224001"]


def test_all_faults_of_a_roster_are_named_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text("code,name\n1,甲\n,乙\n1,丙\n2.24E+05,丁\n3,\n", encoding="utf-8")
    with pytest.raises(RosterError) as error:
        read_roster(path)
    assert [(fault.line, fault.key) for fault in error.value.faults] == [
        (3, "code"), (4, "code"), (5, "code"), (6, "name"),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "\n\n", "a,b\n1,2\n", "code,name\n"])
def test_rosters_without_units_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "roster.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RosterError):
        read_roster(path)


def test_same_form_same_bytes(tiny: Layout) -> None:
    assert write_form(tiny, UNIT) == Stencil(tiny).stamp(UNIT)
    assert write_form(tiny, UNIT) != write_form(tiny, Unit(code="2", name="乙局"))


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    unit = Unit(code="../1", name='<甲>&"乙"\'{{7*7}}=1+1', department="{% raw %}")
    (path,) = api.generate("hebei-department", [unit], tmp_path)
    assert path.parent == tmp_path
    assert api.read(path).submission.identity.unit.name == unit.name
    assert api.read(path).findings == ()


def test_file_names_are_safe_everywhere() -> None:
    assert file_name("a/b", 'c:*?"<>|d') == "ab_cd"
    assert len(file_name("1", "长" * 300)) <= 80


@pytest.mark.parametrize(
    ("first", "second"), [("1a", "1A"), ("\u00e9", "e\u0301"), ("É", "e\u0301")]
)
def test_two_units_do_not_share_a_file_anywhere(tmp_path: Path, first: str, second: str) -> None:
    units = [Unit(code=first, name="甲局"), Unit(code=second, name="甲局")]
    with pytest.raises(RosterError) as error:
        api.generate("hebei-department", units, tmp_path)
    (fault,) = error.value.faults
    assert fault.code == "roster.same_file"
    assert all(f"{code}_甲局" in str(fault) for code in (first, second))
    assert not list(tmp_path.iterdir())


def test_a_long_name_leaves_room_for_what_follows() -> None:
    name = file_name("101001", "长" * 300, "预算绩效文本")
    assert name.startswith("101001_长长")
    assert name.endswith("长_预算绩效文本")


def test_forms_of_two_kinds_lie_side_by_side(tmp_path: Path) -> None:
    forms = [
        path
        for template in ("hebei-department", "county-project")
        for path in api.generate(template, [UNIT], tmp_path, overwrite=True)
    ]
    assert sorted(tmp_path.iterdir()) == sorted(forms)
    assert [api.read(path).submission.identity.template for path in forms] == [
        "hebei-department", "county-project",
    ]  # fmt: skip


def test_prefill_types_last_years_answers(tmp_path: Path) -> None:
    answers = load_answers(SAMPLES / "county" / "answers" / "101001.json")
    (path,) = api.generate(
        "hebei-department",
        [UNIT],
        tmp_path,
        prefill={"101001": answers},
        parameters={"projects": 3},
    )
    read = api.document(api.check(path))
    assert read["projects"][0]["name"] == answers["projects"][0]["name"]


def test_prefill_without_a_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AnswersError, match="does not ask"):
        api.generate("hebei-department", [UNIT], tmp_path, prefill={"101001": {"nonsense": 1}})


def test_required_cells_show_while_empty_and_long_answers_get_room(tmp_path: Path) -> None:
    """Looked at through another library than the one that wrote."""
    layout = load_template("hebei-department").layout({"projects": 1, "department": False})
    (blank,) = api.generate(
        "hebei-department", [UNIT], tmp_path, parameters={"projects": 1, "department": False}
    )
    sheet = load_workbook(blank)["项目1"]
    place = layout.places["projects[0].name"]
    cell = sheet.cell(place.row + 1, place.column + 1)
    assert any(cell.coordinate in area for area in sheet.conditional_formatting)
    answers = {"projects": [{"name": "甲", "purpose": "用于保障网络安全。" * 60}]}
    api.fill(blank, answers, tmp_path / "filled.xlsx")
    row = layout.places["projects[0].purpose"].row + 1
    before = sheet.row_dimensions[row].height
    after = load_workbook(tmp_path / "filled.xlsx")["项目1"].row_dimensions[row].height
    assert before is not None
    assert after is not None
    assert after > before


@pytest.mark.parametrize("mark", "\u202e\u2066\u2069\u200e\u200f\u200b\u3164\ufeff\u061c\u00ad")
def test_marks_that_nobody_sees_stay_out_of_names_of_files(mark: str, tmp_path: Path) -> None:
    unit = Unit(code="1", name=f"甲{mark}xslx.局{mark}")
    (path,) = api.generate("hebei-department", [unit], tmp_path)
    assert path.name.startswith("1_甲xslx.局_")
    assert api.read(path).submission.identity.unit.name == unit.name


def test_a_failed_write_leaves_the_old_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "county.xlsx"
    path.write_bytes(b"good")
    with pytest.raises(FileNotFoundError), replacing(path) as temporary:
        temporary.with_name("missing").read_bytes()
    assert path.read_bytes() == b"good"
    assert list(tmp_path.iterdir()) == [path]
