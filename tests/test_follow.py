"""A form of the next stage prints what was approved in the one before, locked; what is done to that
is found."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ptxl import api
from ptxl.cells import cell_name
from ptxl.cli.main import cli
from ptxl.documents.document import load_answers
from ptxl.layout.helper_sheets import IDENTITY_SHEET
from ptxl.layout.identity import KEYS
from ptxl.model.errors import InputError
from ptxl.model.findings import Finding
from ptxl.model.form import Unit
from ptxl.read import open_workbook, read_submission
from ptxl.renew.follow import Approved, approved_of
from ptxl.renew.repair import repair_form
from ptxl.summary.county_json import read_summary
from ptxl.template import Templates, lint_template, load_template
from tests.conftest import SAMPLES
from tests.office import Office
from tests.packages import patch_cells

KEY = b"k" * 32
UNIT = Unit(code="105001", name="清源县民政局", department="清源县民政局")
SHEET = "项目1"
ROWS = [
    ("产出指标", "数量指标", "养老服务人次", "≥850人次"),
    ("产出指标", "质量指标", "服务合格率", "≥95%"),
    ("效益指标", "社会效益指标", "投诉次数", "≤3次"),
    ("满意度指标", "服务对象满意度指标", "老年人满意度", "≥90%"),
]


def project(name: str, code: str, rows: list[tuple[str, str, str, str]]) -> dict[str, Any]:
    names = ("level1", "level2", "level3", "value")
    return {
        "code": code, "name": name, "department": UNIT.name, "unit": UNIT.name,
        "nature": "延续项目", "period": "2026年",
        "funds": {"total": Decimal("120.5"), "fiscal": 100, "other": Decimal("20.5")},
        "annual_goal": "为全县老年人提供居家养老服务850人次，合格率95%以上。",
        "indicators": [dict(zip(names, row, strict=True)) for row in rows],
    }  # fmt: skip


ANSWERS = {
    "projects": [
        project("居家养老服务", "P105001001", ROWS),
        project("社区食堂", "P105001002", ROWS[:3]),
    ]
}


def approve(answers: Mapping[str, Any], folder: Path, key: bytes = b"") -> Path:
    """Collect the targets of the unit, and give the JSON of their summary."""
    (form,) = api.generate("national-project", [UNIT], folder / "targets", key=key,
                           parameters={"year": 2026}, overwrite=True)  # fmt: skip
    returned = folder / "returned"
    returned.mkdir(exist_ok=True)
    api.fill(form, answers, returned / "targets.xlsx")
    api.merge([returned], folder / "county.xlsx", json=folder / "county.json")
    return folder / "county.json"


def approved_in(path: Path) -> Approved:
    (unit,) = read_summary(path).units()
    return approved_of(unit)


@dataclass(frozen=True)
class Issued:
    """A monitoring form as it was issued, and where it prints what was approved."""

    path: Path
    key: bytes

    @property
    def data(self) -> bytes:
        return self.path.read_bytes()

    def at(self, path: str) -> tuple[int, int]:
        places = read_submission(self.data, Templates()).layout.places
        return places[path].row, places[path].column

    def with_cells(self, cells: Mapping[tuple[int, int], object], sheet: str = SHEET) -> bytes:
        return patch_cells(self.data, {sheet: cells})  # type: ignore[dict-item]

    def findings(self, data: bytes) -> list[Finding]:
        return list(read_submission(data, Templates(), key=self.key).findings)


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return approve(ANSWERS, tmp_path_factory.mktemp("county"))


@pytest.fixture(scope="module", params=[b"", KEY], ids=["unsigned", "signed"])
def issued(
    county: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Issued:
    folder = tmp_path_factory.mktemp("monitoring")
    approved = api.read_approved(county, "project-monitoring")
    (path,) = api.generate("project-monitoring", [UNIT], folder, approved=approved,
                           parameters={"year": 2026}, key=request.param)  # fmt: skip
    return Issued(path, request.param)


# -- what is printed


def test_a_form_prints_what_was_approved_and_asks_for_the_rest(issued: Issued) -> None:
    checked = api.check(issued.path)
    assert issued.findings(issued.data) == []
    first, second = api.document(checked)["projects"]
    assert (first["name"], second["name"]) == ("居家养老服务", "社区食堂")
    assert first["funds"] == {"total": Decimal("120.5"), "fiscal": 100, "other": Decimal("20.5")}
    assert [row["value"]["raw"] for row in first["indicators"]] == [row[3] for row in ROWS]
    assert len(second["indicators"]) == 3
    wanted = {found.label for found in checked.findings if found.code == "required"}
    assert wanted == {
        "已执行财政拨款", "全年预计财政拨款", "已完成情况", "全年预计完成情况", "完成目标可能性"
    }  # fmt: skip


def test_a_blank_row_that_was_approved_is_not_told_to_go(issued: Issued) -> None:
    """What is printed in it is locked: nobody can clear it."""
    path = "projects[0].indicators[0].actual"
    (found,) = (one for one in api.check(issued.path).findings if one.path == path)
    assert found.message("zh") == (
        "已批复的“养老服务人次”未填已完成情况，请补填；经批准取消的，请联系收表单位换发新表"
    )
    assert "was approved and has no" in found.message("en")


def test_it_says_which_approved_edition_it_prints(issued: Issued, county: Path) -> None:
    (unit,) = read_summary(county).units()
    said = api.document(api.read(issued.path))["projects"][0]["approved"]
    title, serial, content = said.split()
    assert (title, serial) == ("2026年度项目支出绩效目标申报表", unit.form.serial)
    assert re.fullmatch("[0-9a-f]{12}", content)


def test_rows_bear_the_ids_that_were_made_of_what_was_approved(
    issued: Issued, county: Path
) -> None:
    projects = api.document(api.read(issued.path))["projects"]
    ids = [one["id"] for one in projects]
    ids += [row["id"] for one in projects for row in one["indicators"]]
    assert sorted(ids) == sorted(approved_in(county).ids.values())
    assert len(set(ids)) == 9


def test_open_rows_and_sheets_stand_behind_those_that_are_carried(issued: Issued) -> None:
    fields = read_submission(issued.data, Templates()).layout.fields
    level3 = {path: one for path, one in fields.items() if path.endswith(".level3")}
    carried = [path for path, one in level3.items() if one.earlier]
    assert len(carried) == 7
    # Two open rows in each project that was approved, and a sheet for one that was not.
    opened = [path.partition(".")[0] for path, one in level3.items() if one.is_open]
    counts = {repeat: opened.count(repeat) for repeat in opened}
    assert counts == {"projects[0]": 2, "projects[1]": 2, "projects[2]": 12}


def test_the_same_approval_makes_the_same_bytes(
    issued: Issued, county: Path, tmp_path: Path
) -> None:
    approved = api.read_approved(county, "project-monitoring")
    (again,) = api.generate("project-monitoring", [UNIT], tmp_path, approved=approved,
                            parameters={"year": 2026}, key=issued.key)  # fmt: skip
    assert again.read_bytes() == issued.data


# -- what is done to it


@pytest.mark.parametrize(
    ("path", "value", "expected", "said"),
    [
        ("projects[0].indicators[0].value", "≥80人次", "≥850人次", "≥80人次"),
        ("projects[0].indicators[1].level3", "合格率", "服务合格率", "合格率"),
        ("projects[0].indicators[2].level1", "", "效益指标", ""),
        ("projects[0].funds.fiscal", Decimal(10), "100", "10"),
        ("projects[0].name", "居家养老", "居家养老服务", "居家养老"),
    ],
)  # fmt: skip
def test_what_was_approved_and_typed_over_is_named_at_its_cell(
    issued: Issued, path: str, value: object, expected: str, said: str
) -> None:
    changed = issued.with_cells({issued.at(path): value})
    (found,) = (one for one in issued.findings(changed) if one.code == "carried_changed")
    assert (found.severity, found.path, found.sheet) == ("error", path, SHEET)
    assert (found.facts["expected"], found.facts["raw"]) == (expected, said)
    assert found.cell
    assert f"“{expected}”" in found.message("zh")


def test_the_record_of_what_was_approved_is_vouched_for(issued: Issued) -> None:
    """A cell and its line in the hidden sheet are changed alike."""
    rows = read_rows(issued.data)
    (line,) = (
        n for n, row in enumerate(rows) if row[0].endswith("projects[0].indicators[0].value")
    )
    cells = {issued.at("projects[0].indicators[0].value"): "≥80人次"}
    data = patch_cells(
        issued.data,
        {SHEET: cells, IDENTITY_SHEET: {(line, 1): "≥80人次"}},
    )
    assert "carried_lost" in {one.code for one in issued.findings(data)}


def test_a_form_without_its_record_is_found_out(issued: Issued) -> None:
    """The digest that vouches for the record goes, and the record with it."""
    lines = {(KEYS.index("prefilled"), 1): ""}
    lines |= {
        (n, 0): "" for n, row in enumerate(read_rows(issued.data)) if row[0].startswith("pre")
    }
    codes = {one.code for one in issued.findings(issued.with_cells(lines, IDENTITY_SHEET))}
    assert codes & {"carried_lost", "identity_changed"}


def test_what_stands_in_a_locked_cell_for_which_nothing_was_approved_is_found(
    issued: Issued,
) -> None:
    path = "projects[0].indicators[0].value"
    blank = Unit(code="105002", name="清源县敬老院")
    parameters = {"year": 2026, "approved_projects": 1, "approved_rows": "2"}
    (form,) = api.generate("project-monitoring", [blank], issued.path.parent / "blank",
                           parameters=parameters, key=issued.key, overwrite=True)  # fmt: skip
    other = replace(issued, path=form)
    changed = other.with_cells({other.at(path): "≥80人次"})
    assert [one.code for one in other.findings(changed)] == ["carried_changed"]


def read_rows(data: bytes) -> list[tuple[str, str]]:
    """The pairs of the hidden sheet."""
    return [(str(row[0]), str(row[1])) for row in open_workbook(data).rows(IDENTITY_SHEET)]


def test_a_repaired_form_prints_what_was_approved_again(issued: Issued) -> None:
    path = "projects[0].indicators[0].value"
    changed = issued.with_cells({issued.at(path): "≥80人次"})
    repaired = repair_form(changed, Templates(), key=issued.key)
    assert issued.findings(repaired.workbook) == []
    assert [found.facts["raw"] for found in repaired.lost] == ["≥80人次"]
    submission = read_submission(repaired.workbook, Templates())
    assert submission.entries[path].raw == "≥850人次"
    assert submission.ids == read_submission(issued.data, Templates()).ids


@pytest.mark.office
def test_nobody_types_over_it(issued: Issued, office: Office, tmp_path: Path) -> None:
    fields = read_submission(issued.data, Templates()).layout.fields
    carried = [
        path for path, one in fields.items() if one.earlier and path.startswith("projects[0]")
    ]
    keys = [(SHEET, _cell(issued.at(path)), "1") for path in carried]
    typed = office.type_into(issued.path, keys, tmp_path / "returned.xlsx")
    assert len(typed) == 24
    assert all(one.protected and not one.changed for one in typed)


@pytest.mark.office
@pytest.mark.parametrize("ending", ["xlsx", "ods", "xls"])
def test_it_is_known_after_a_save_by_an_office(
    issued: Issued, office: Office, tmp_path: Path, ending: str
) -> None:
    source, target = tmp_path / "form.xlsx", tmp_path / f"saved.{ending}"
    source.write_bytes(issued.data)
    office.convert(source, target)
    assert issued.findings(target.read_bytes()) == []
    ids = read_submission(target.read_bytes(), Templates()).ids
    assert ids == read_submission(issued.data, Templates()).ids


def _cell(at: tuple[int, int]) -> str:
    return cell_name(*at)


# -- ids


def _ids(answers: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """The ids of the first project's indicators by what they are called."""
    folder.mkdir()
    approved = approved_in(approve(answers, folder))
    rows = [row for row in approved.ids if row.parent == "projects[0].indicators"]
    return {str(approved.values[row / "level3"]): approved.ids[row] for row in rows}


def test_an_adjusted_value_keeps_its_id_and_a_dropped_row_takes_none_along(
    county: Path, tmp_path: Path
) -> None:
    before = _ids(ANSWERS, tmp_path / "before")
    adjusted = [("效益指标", "社会效益指标", "投诉次数", "≤1次"), *ROWS[2:0:-1][1:], ROWS[3]]
    adjusted.append(("产出指标", "数量指标", "送餐份数", "≥1200份"))
    after = _ids(
        {"projects": [project("居家养老服务", "P105001001", adjusted)]}, tmp_path / "after"
    )
    assert {name: after[name] for name in before if name in after} == {
        name: before[name] for name in ("投诉次数", "服务合格率", "老年人满意度")
    }
    assert after["送餐份数"] not in before.values()


def test_rows_that_are_called_alike_have_different_ids(tmp_path: Path) -> None:
    twice = [ROWS[0], ROWS[0], *ROWS[2:]]
    (tmp_path / "twice").mkdir()
    approved = approved_in(
        approve({"projects": [project("居家养老服务", "P1", twice)]}, tmp_path / "twice")
    )
    assert len(set(approved.ids.values())) == 5


def test_ids_travel_with_the_forms_and_an_added_row_gets_one_at_its_approval(
    issued: Issued, county: Path, tmp_path: Path
) -> None:
    filled = tmp_path / "returned" / "monitoring.xlsx"
    filled.parent.mkdir()
    api.fill(issued.path, monitored(issued), filled)
    assert not api.check(filled).errors
    api.merge([filled.parent], tmp_path / "c.xlsx", json=tmp_path / "c.json")
    found, before = approved_in(tmp_path / "c.json"), approved_in(county)
    assert set(before.ids.values()) <= set(found.ids.values())
    (added,) = set(found.ids.values()) - set(before.ids.values())
    (row,) = (row for row, own in found.ids.items() if own == added)
    assert found.values[row / "level3"] == "送餐份数"


def monitored(issued: Issued) -> dict[str, Any]:
    """Answers to the monitoring form, whose rows are named by their ids alone."""
    document = api.document(api.read(issued.path))
    projects = [
        {
            "id": one["id"],
            "executed": {"fiscal": 60},
            "forecast": {"fiscal": 100},
            "indicators": [
                {"id": row["id"], "actual": "1", "forecast": row["value"]["raw"],
                 "likely": "确定能"}
                for row in reversed(one["indicators"])
            ],
        }
        for one in reversed(document["projects"])
    ]  # fmt: skip
    added = {"level1": "产出指标", "level2": "数量指标", "level3": "送餐份数", "value": "≥1200份",
             "actual": "500份", "forecast": "1200份", "likely": "有可能"}  # fmt: skip
    projects[1]["indicators"].append(added)
    return {"projects": projects}


def test_answers_find_their_row_by_its_id(issued: Issued, tmp_path: Path) -> None:
    filled = tmp_path / "filled.xlsx"
    api.fill(issued.path, monitored(issued), filled)
    first, second = api.document(api.read(filled))["projects"]
    assert [row["level3"] for row in first["indicators"]] == [*(row[2] for row in ROWS), "送餐份数"]
    assert [row["forecast"]["raw"] for row in first["indicators"][:4]] == [row[3] for row in ROWS]
    assert len(second["indicators"]) == 3


# -- the command


def test_the_command_takes_units_from_the_summary_or_the_roster(
    county: Path, tmp_path: Path
) -> None:
    arguments = ["--lang", "en", "generate", "project-monitoring", "--from", str(county)]
    result = CliRunner().invoke(cli, [*arguments, "-o", str(tmp_path / "a")])
    assert result.exit_code == 0, result.output
    assert len(list((tmp_path / "a").glob("105001_*.xlsx"))) == 1
    roster = tmp_path / "roster.csv"
    roster.write_text("code,name\n105001,清源县民政局\n105002,清源县敬老院\n", encoding="utf-8")
    result = CliRunner().invoke(
        cli, [*arguments, "--roster", str(roster), "-o", str(tmp_path / "b")]
    )
    assert "which got no form: 1 (105002)" in result.output
    assert len(list((tmp_path / "b").iterdir())) == 1


def test_a_summary_of_another_stage_is_refused(county: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        api.read_approved(county, "county-project")
    assert refused.value.code == "follows_none"
    text = county.read_text(encoding="utf-8").replace("national-project", "henan-department")
    (tmp_path / "other.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        api.read_approved(tmp_path / "other.json", "project-monitoring")
    assert refused.value.code == "nothing_to_follow"


# -- families of forms


@pytest.mark.parametrize(
    ("code", "template"),
    [("101002", "county-project"), ("102001", "hebei-department"), ("205001", "ningxia-project")],
)
def test_forms_of_several_families_are_followed_each_by_its_own_names(
    tmp_path: Path, code: str, template: str
) -> None:
    """A list of goals is printed as one, and what a form does not ask is said by the roster."""
    sample = load_answers(SAMPLES / "county" / "answers" / f"{code}.json")
    unit = Unit(code=code, name=sample["unit"]["name"], department="清源县人民政府")
    (form,) = api.generate(template, [unit], tmp_path / "forms", parameters={"year": 2026})
    (tmp_path / "returned").mkdir()
    answers = {key: sample[key] for key in sample.keys() - {"form", "unit"}}
    for one in answers["projects"]:
        one.pop("department", None)
        one.pop("unit", None)
    if template == "ningxia-project":
        for one in answers["projects"]:
            one |= {"department": "清源县文化局（205）", "unit": unit.name}
    api.fill(form, answers, tmp_path / "returned" / form.name)
    api.merge([tmp_path / "returned"], tmp_path / "county.xlsx", json=tmp_path / "county.json")
    approved = api.read_approved(tmp_path / "county.json", "project-monitoring")
    (later,) = api.generate("project-monitoring", [unit], tmp_path / "later", approved=approved,
                            parameters={"year": 2026, "projects": 0})  # fmt: skip
    checked = api.check(later)
    assert {found.code for found in checked.findings} <= {"required", "likelihood_not_one"}
    printed = api.document(checked)["projects"]
    asked = answers["projects"]
    department = {"ningxia-project": "清源县文化局（205）"}.get(template, "清源县人民政府")
    assert [one["department"] for one in printed] == [department] * len(asked)
    assert [one["unit"] for one in printed] == [unit.name] * len(asked)
    assert [one["name"] for one in printed] == [one["name"] for one in asked]
    assert [one["annual_goal"] for one in printed] == ["\n".join(one["goals"]) for one in asked]
    for one, was in zip(printed, asked, strict=True):
        assert one["funds"]["total"] == Decimal(was["funds"]["total"])
        assert [row["value"]["raw"] for row in one["indicators"]] == [
            row["value"] for row in was["indicators"]
        ]
    ids = [row["id"] for one in printed for row in one["indicators"]]
    assert len(set(ids)) == len(ids) == sum(len(one["indicators"]) for one in asked)


# -- lint

EARLIER = """\
id: earlier
edition: "1"
title: 目标
about: 先填的表
parameters: {rows: {kind: integer, default: 3, help: 行数}}
sheets:
  - name: 表
    columns: [20, 20, 20]
    rows:
      - [名称, {field: name, required: true}, {field: amount, label: 金额, kind: money, unit: 元}]
      - table: indicators
        layout: free
        rows: "{{ rows }}"
        columns:
          - {field: level3, head: 指标, longest: 150}
          - {field: value, head: 指标值, kind: target}
"""
LATER = """\
id: later
edition: "1"
title: 完成情况
about: 后填的表
follow: earlier
parameters:
  kept: {kind: integer, default: 0, from: indicators, help: 承接行数}
sheets:
  - name: 表
    columns: [20, 20, 20]
    rows:
      - [名称, {field: name, from: name}]
      - table: indicators
        layout: free
        from: indicators
        carried: "{{ kept }}"
        rows: 1
        columns:
          - {field: level3, head: 指标, from: level3}
          - {field: value, head: 指标值, kind: target, from: value}
          - {field: actual, head: 完成值, kind: target, required: true}
"""


def faults(folder: Path, later: str, earlier: str = EARLIER) -> list[tuple[str, int]]:
    for name, text in (("earlier", earlier), ("later", later)):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "template.yaml").write_text(text, encoding="utf-8")
    found = lint_template(folder / "later")
    assert all(fault.message("zh") and fault.message("en") for fault in found)
    return [(fault.code.removeprefix("template."), fault.line) for fault in found]


def test_a_template_that_follows_another_is_right(tmp_path: Path) -> None:
    assert faults(tmp_path, LATER) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("follow: earlier\n", "", [("from_without_follow", 6), ("from_without_follow", 11)]),
        ("follow: earlier", "follow: earlyer", [("no_earlier_template", 5)]),
        ("from: name}", "from: nam}", [("not_in_earlier", 12)]),
        ("name, from: name}", "name, kind: money, from: name}", [("kind_unfit", 12)]),
        ("name, from: name}", "name, kind: money, from: amount}", [("unit_unfit", 12)]),
        ("from: level3}", "from: level3, longest: 20}", [("longer_in_earlier", 19)]),
        ("from: level3}", "from: level4}", [("not_in_earlier", 19)]),
        ("kind: target, from: value}", "kind: choice, among: x, from: value}", [("no_list", 20)]),
        ("        from: indicators\n", "", [("carried_and_from", 13)]),
        ("from: indicators, help", "from: indicator, help", [("not_in_earlier", 7)]),
        ("kind: integer, default: 0", "kind: text, default: ''", [("carried_parameter", 7)]),
        ("from: name}", "from: form.number}", [("not_in_earlier", 12)]),
    ],
)  # fmt: skip
def test_lint_says_what_is_not_there_or_does_not_fit(
    tmp_path: Path, before: str, after: str, expected: list[tuple[str, int]]
) -> None:
    assert LATER.count(before) == 1
    assert faults(tmp_path, LATER.replace(before, after))[: len(expected)] == expected


OTHER = """\
id: other
edition: "1"
title: 目标
about: 另一种先填的表
sheets:
  - name: 表
    columns: [20, 20]
    rows:
      - [名称, {field: name, required: true}]
      - [目标一, {field: "goals[0]", longest: 150}]
      - [目标二, {field: "goals[1]", longest: 150}]
"""


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{earlier: {name: amount}}", [("kind_unfit", 5)]),
        ("{earlier: {name: called}}", [("not_in_earlier", 5)]),
        ("{earlier: {nam: name}}", [("nothing_called", 5)]),
        ("{earlier: {}, other: {}}", [("not_in_earlier", 7), ("not_in_earlier", 15)]),
        ("{earlier: {}, othr: {}}", [("no_earlier_template", 5)]),
        ("{earlier: {name: form.department}}", []),
    ],
)
def test_lint_looks_at_every_template_that_is_followed(
    tmp_path: Path, written: str, expected: list[tuple[str, int]]
) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "template.yaml").write_text(OTHER, encoding="utf-8")
    later = LATER.replace("follow: earlier", f"follow: {written}")
    assert faults(tmp_path, later)[: len(expected)] == expected
    assert expected or faults(tmp_path, later) == []


def test_a_list_of_texts_is_printed_as_one(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "template.yaml").write_text(OTHER, encoding="utf-8")
    later = LATER.replace("follow: earlier", "follow: {other: {name: goals}}")
    later = later.replace("{field: name, from: name}", "{field: name, longest: 149, from: name}")
    assert ("longer_in_earlier", 5) in faults(tmp_path, later)
    assert ("not_in_earlier", 5) not in faults(tmp_path, later)


PRINTED = """\
        layout: fixed
        rows:
          - {group: 产出}
          - {group: 效益}
        columns:
          - {field: group, head: 一级指标}
"""
CHOSEN = """\
        columns:
          - {field: group, head: 一级指标, kind: choice, among: groups, from: group}
"""


@pytest.mark.parametrize(
    ("words", "expected"), [("[产出, 效益]", []), ("[产出, 成本]", [("kind_unfit", 21)])]
)
def test_a_printed_category_may_be_chosen_in_the_next_form_if_it_is_listed_there(
    tmp_path: Path, words: str, expected: list[tuple[str, int]]
) -> None:
    earlier = EARLIER.replace(
        '        layout: free\n        rows: "{{ rows }}"\n        columns:\n', PRINTED
    )
    earlier = earlier.replace("parameters: {rows: {kind: integer, default: 3, help: 行数}}\n", "")
    later = LATER.replace("        columns:\n", CHOSEN)
    later = later.replace("sheets:\n", f"lists:\n  groups: {words}\nsheets:\n")
    earlier, later = (text.replace("[20, 20, 20]", "[20, 20, 20, 20]") for text in (earlier, later))
    assert faults(tmp_path, later, earlier) == expected


def test_nothing_is_printed_where_nothing_is_carried() -> None:
    form = load_template("project-monitoring").form()
    assert "national-project" in form.follows
    assert not form.carried_rows()
    assert all(not field.earlier for field in form.fields())
