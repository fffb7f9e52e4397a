"""Whatever forms call their tables and ask under, a summary names each sheet and column apart."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from ptxl.merge.alike import AcrossUnits
from ptxl.merge.rows import TABLE, Answer, Asked, FormOf, UnitSummary
from ptxl.merge.views import View
from ptxl.model.path import Path as FieldPath
from ptxl.summary.collection import About, Collection
from ptxl.summary.keys import key_of, name_of
from ptxl.summary.places import Part, parts_of, sheet_names
from ptxl.summary.sheets import DataSheet
from ptxl.summary.template import SummaryTemplate, built_in_template
from ptxl.summary.template.specs import decode_summary
from ptxl.summary.workbook import write_workbook
from ptxl.template.faults import Faults
from ptxl.template.source import read_source
from ptxl.text import names_a_sheet

NAME = FieldPath("projects[].name")
#: what lines of projects say under a name that a form may use as well
BUILT_IN = (
    "number", "county", "department", "unit", "department_number", "unit_code", "unit_name",
    "unit_number", "form", "sheet", "cell", "file", "indicators", "findings", "projects", "due",
    "accepted", "warnings", "units", "forms", "state", "serial", "quantified", "excepted",
    "left_out", "amount_left_out", "budget.total", "project_number", "project_project_unit",
)  # fmt: skip


def unit(
    code: str,
    asked: Mapping[str, Asked],
    answers: Mapping[str, object],
    printed: Mapping[str, str] | None = None,
) -> UnitSummary:
    """A form of one project that asks what is given besides its name."""
    all_asked = {NAME: Asked(label="项目名称", kind="text")}
    all_asked |= {FieldPath(name): one for name, one in asked.items()}
    values = {"projects[0].name": f"项目{code}", **answers}
    return UnitSummary(
        file=f"{code}.xlsx",
        form=FormOf(
            code=code, name=f"单位{code}", department=f"主管{code}",
            template=f"t{len(asked)}", edition="1",
            serial=f"S{code}", title="表",
        ),
        asked=all_asked,
        given={FieldPath(path): text for path, text in (printed or {}).items()},
        answers=tuple(
            Answer(
                path=FieldPath(path), name=_name(FieldPath(path), all_asked), value=value,  # type: ignore[arg-type]
                sheet="表", cell=f"B{number}",
            )
            for number, (path, value) in enumerate(values.items(), 1)
        ),
    )  # fmt: skip


def _name(path: FieldPath, asked: Mapping[FieldPath, Asked]) -> FieldPath:
    return path.pattern if path.pattern in asked else path


def summary(
    folder: Path, units: Iterable[UnitSummary], template: SummaryTemplate | None = None
) -> Path:
    """The workbook of some forms; its tables stand in the folder `tables`."""
    target = folder / "s.xlsx"
    with Collection(folder, About()) as taken, target.open("wb") as book:
        for one in units:
            taken.add(View(one))
        write_workbook(book, taken, AcrossUnits(), folder, template, folder / "tables")
    return target


def template(folder: Path, sheets: str) -> SummaryTemplate:
    """A summary template of some sheets behind all that there are."""
    path, faults = folder / "summary.yaml", Faults()
    path.write_text(f"about: x\nsheets:\n  - others\n{sheets}", encoding="utf-8")
    spec = decode_summary(read_source(path, faults), faults)
    assert faults.sorted() == ()
    return SummaryTemplate(spec, built_in_template().spec)


def labelled(*labels: str) -> UnitSummary:
    """A form with a further table of each label, each with a row."""
    asked: dict[str, Asked] = {}
    answers: dict[str, object] = {}
    for number, label in enumerate(labels):
        asked[f"projects[].t{number}[]"] = Asked(label=label, kind=TABLE)
        asked[f"projects[].t{number}[].sum"] = Asked(label="金额", kind="money", unit="万元")
        answers[f"projects[0].t{number}[0].sum"] = Decimal(number + 1)
    return unit("1", asked, answers)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (("材料费", "材料费"), ["材料费", "材料费-2"]),
        (("成本/费用", "[甲]:*?\\"), ["成本／费用", "［甲］：＊？＼"]),
        (("'材料", "材料'"), ["材料", "材料-2"]),
        (("项目明细", "问题清单"), ["项目明细-2", "问题清单-2"]),
        (("总览", "部门汇总"), ["总览-2", "部门汇总-2"]),
        (("材料(2)", "材料"), ["材料", "材料-2"]),
        (("长" * 40, "长" * 41), ["长" * 28, "长" * 26 + "-2"]),
        (("", "　"), ["附表", "附表-2"]),
        (("History", "a\nb"), ["History-", "a b"]),
        (("abc", "ABC"), ["abc", "ABC-2"]),
    ],
)
def test_tables_may_be_called_anything(
    tmp_path: Path, labels: tuple[str, ...], expected: list[str]
) -> None:
    names = load_workbook(summary(tmp_path, [labelled(*labels)])).sheetnames
    assert [name for name in names if name in expected] == expected
    assert len(set(map(str.casefold, names))) == len(names)


def test_an_official_table_keeps_its_name(tmp_path: Path) -> None:
    official = "  - {print: projects, name: %s, columns: [9], head: [[头]], row: [name]}\n"
    own = template(tmp_path, "".join(official % name for name in ("材料费", "单位汇总")))
    book = load_workbook(summary(tmp_path, [labelled("材料费")], own))
    assert [book["材料费"][cell].value for cell in ("A1", "A2")] == ["头", "项目1"]
    assert "材料费-2" in book.sheetnames
    assert book["单位汇总"]["A1"].value == "头"
    assert "单位汇总-2" in book.sheetnames


@given(
    st.lists(st.text(max_size=40), max_size=4),
    st.lists(
        st.text(max_size=40)
        | st.sampled_from(["项目", "项目(2)", "项目(2)(3)", "'", "history", "x" * 31, "x" * 29]),
        max_size=8,
    ),
)
@settings(max_examples=300)
def test_no_two_sheets_are_called_alike(first: list[str], labels: list[str]) -> None:
    given_names = {f"official{number}": text for number, text in enumerate(first)}
    names = sheet_names(given_names, {str(n): text for n, text in enumerate(labels)}, "附表")
    assert all(map(names_a_sheet, names.values()))
    parts = [
        part.name.casefold() for number in range(len(labels)) for part in _parts(names[str(number)])
    ]
    parts += [names[key].casefold() for key in given_names]
    assert len(set(parts)) == len(parts)


def _parts(name: str) -> Iterable[Part]:
    sheet = DataSheet(key="x", name=name, title="", columns=(), lines=3, description="")
    return parts_of(sheet, 1)


# -- columns


def test_what_a_form_asks_never_overwrites_what_a_line_says(tmp_path: Path) -> None:
    asked = {f"projects[].{name}": Asked(label=f"问{name}", kind="text") for name in BUILT_IN}
    forms = [
        unit(code, asked, {f"projects[0].{name}": f"答{name}" for name in BUILT_IN})
        for code in ("1", "2")
    ]
    summary(tmp_path, forms)
    first, second = _table(tmp_path, "projects")
    assert (first["number"], second["number"]) == ("1", "2")
    assert (second["unit_number"], second["department_number"]) == ("2", "2")
    assert (second["department"], second["unit_code"], second["file"]) == ("主管2", "2", "2.xlsx")
    answers = [second[f"project_{name}"] for name in BUILT_IN]
    assert answers == [f"答{name}" for name in BUILT_IN]


def test_amounts_under_the_name_of_a_count_are_added_up(tmp_path: Path) -> None:
    money = Asked(label="金额", kind="money", unit="万元")
    names = ("number", "unit_number", "projects", "due", "budget.total", "area")
    asked = {f"projects[].{name}": money for name in names}
    asked["department.budget.total"] = money
    forms = [
        unit(code, asked, {
            **{f"projects[0].{name}": Decimal(7 * n) for n, name in enumerate(names, 1)},
            "department.budget.total": Decimal(1),
        })
        for code in ("1", "2")
    ]  # fmt: skip
    book = load_workbook(summary(tmp_path, forms), data_only=True)
    for key in ("units", "departments"):
        row = _table(tmp_path, key)[1]
        assert (row["number"], row["projects"], row["budget.total"]) == ("2", "1", "1")
        found = {name: row[key_of("projects", name)] for name in names}
        assert found == {name: str(7 * n) for n, name in enumerate(names, 1)}
    further = [[cell.value for cell in row] for row in book["总览"].iter_rows()]
    assert {14, 28, 42, 56, 70, 84} <= {value for row in further for value in row}


def test_columns_of_tables_and_indicators_never_overwrite_a_line(tmp_path: Path) -> None:
    names = ("number", "project", "county", "unit_number", "file", "row_number")
    asked = {"projects[].t[]": Asked(label="材料", kind=TABLE)}
    asked |= {f"projects[].t[].{name}": Asked(label=name, kind="number") for name in names}
    asked["projects[].indicators[]"] = Asked(label="指标", kind=TABLE)
    asked |= {
        f"projects[].indicators[].{name}": Asked(label=name, kind="text")
        for name in ("number", "level3", "quantified", "project")
    }
    answers: dict[str, object] = {
        f"projects[0].t[0].{name}": Decimal(n) for n, name in enumerate(names, 50)
    }
    answers |= {
        f"projects[0].indicators[0].{name}": f"答{name}"
        for name in ("number", "level3", "quantified", "project")
    }
    summary(tmp_path, [unit("1", asked, answers)])
    (line,) = _table(tmp_path, "projects.t")
    assert (line["number"], line["project"], line["unit_number"]) == ("1", "项目1", "1")
    assert [line[f"row_{name}"] for name in names] == ["50", "51", "52", "53", "54", "55"]
    (row,) = _table(tmp_path, "indicators")
    assert (row["number"], row["level3"], row["quantified"]) == ("1", "答level3", "否")
    assert [row[f"indicator_{name}"] for name in ("number", "quantified", "project")] == [
        "答number", "答quantified", "答project",
    ]  # fmt: skip


def test_what_a_form_prints_is_found_under_a_built_in_name(tmp_path: Path) -> None:
    asked = {"projects[].county": Asked(label="县区", kind="text")}
    answered = unit("1", asked, {"projects[0].county": "甲县"})
    printed = unit("2", {}, {}, {"projects[0].county": "乙县"})
    summary(tmp_path, [answered, printed])
    assert [row["project_county"] for row in _table(tmp_path, "projects")] == ["甲县", "乙县"]


def test_official_tables_show_a_column_of_a_built_in_name(tmp_path: Path) -> None:
    asked = {
        "projects[].t[]": Asked(label="材料", kind=TABLE),
        "projects[].t[].number": Asked(label="数量", kind="number"),
    }
    own = template(
        tmp_path,
        "  - {print: projects, name: 省表, columns: [9, 9], head: [[头]], for_each: t, "
        "row: [name, t.number]}\n",
    )
    answers = {"projects[0].t[0].number": Decimal(9)}
    book = load_workbook(summary(tmp_path, [unit("1", asked, answers)], own))
    sheet, column, row = re.fullmatch(r"='(.*)'!([A-Z]+)(\d+)", book["省表"]["B2"].value).groups()  # type: ignore[union-attr]
    assert (book[sheet][f"{column}4"].value, book[sheet][f"{column}{row}"].value) == ("数量", 9)


@given(st.sampled_from(["projects", "indicators", "projects[].t[]"]), st.sampled_from(BUILT_IN))
def test_a_key_says_its_name(sheet: str, name: str) -> None:
    prefixes = ("", "project_", "indicator_", "row_", "project_project_")
    names = [f"{prefix}{name}" for prefix in prefixes]
    keys = [key_of(sheet, one) for one in names]
    assert [name_of(sheet, key) for key in keys] == names
    assert len(set(keys)) == len(keys)


def _table(folder: Path, name: str) -> list[dict[str, str]]:
    text = (folder / "tables" / f"{name}.csv").read_text(encoding="utf-8-sig")
    return list(csv.DictReader(text.splitlines()))
