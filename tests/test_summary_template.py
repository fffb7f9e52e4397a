"""Summary templates: those that ship are faultless, and each fault is named at its line."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest
from click.testing import CliRunner

from ptxl.cli.main import cli
from ptxl.model.errors import TemplateError
from ptxl.summary.template import (
    beside,
    built_in,
    built_in_template,
    is_summary_file,
    lint_summary,
    load_summary,
    summary_template,
)
from ptxl.summary.template.specs import SPECS
from ptxl.template import Templates, find_templates, shipped
from ptxl.template.decode import keys_of
from tests.conftest import ROOT, TINY, MakeTemplate

SHIPPED = sorted(shipped("templates").glob("*/summary.yaml"))
HEAD = "about: 一句话\n"
DATA = "sheets:\n  - data: projects\n"
PRINT = """\
sheets:
  - others
  - print: projects
    name: 表
    columns: [10, 10]
    head:
      - [{text: 甲, across: 2}]
    row: [name, {value: funds.total, total: true}]
"""


def lint(path: Path, body: str, head: str = HEAD) -> list[tuple[int, str, str]]:
    """The faults of a summary template: line, code and sentence."""
    path.write_text(head + textwrap.dedent(body), encoding="utf-8")
    faults = lint_summary(path)
    return [(f.line, f.code.removeprefix("template."), f.message("zh")) for f in faults]


@pytest.fixture
def file(make_template: MakeTemplate) -> Path:
    """Where the summary template of the tiny form stands."""
    return make_template(TINY) / "summary.yaml"


def test_forms_of_a_template_that_is_not_here_have_the_built_in_summary() -> None:
    assert summary_template([("gone", "2026")], Templates()) is built_in_template()
    assert summary_template([("hebei-department", "x")], Templates()) is not built_in_template()


def test_official_tables_ship_for_every_template() -> None:
    names = {path.parent.name for path in SHIPPED}
    assert names == {"_summary", *(path.parent.name for path in find_templates())}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parent.name)
def test_what_ships_has_no_fault(path: Path) -> None:
    assert lint_summary(path) == ()
    assert load_summary(path).spec.sheets


def test_the_summary_template_in_the_docs_is_one(tmp_path: Path) -> None:
    page = (ROOT / "docs/summary-templates.md").read_text(encoding="utf-8")
    example = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert example
    assert lint(tmp_path / "summary.yaml", example[1], head="") == []


def test_every_key_is_documented() -> None:
    page = (ROOT / "docs/summary-templates.md").read_text(encoding="utf-8")
    words = {key for spec in SPECS.values() for key in keys_of(spec)}
    assert {word for word in words if f"`{word}`" not in page} == set()


def row(cell: str) -> str:
    return PRINT.replace("row: [name,", f"row: [{cell},")


@pytest.mark.parametrize(
    ("body", "line", "code"),
    [
        # the shape of every mapping
        ("sheets: [overview]\ntitel: x\n", 3, "unknown_key"),
        ("title: x\n", 1, "key_missing"),
        ("sheets: []\n", 1, "empty_list"),
        ("sheets: [{view: overvue}]\n", 2, "none_of"),
        ("sheets:\n  - view: overview\n    name: x\n", 4, "unknown_key"),
        ("sheets: [overview, units, overview]\n", 2, "entry_twice"),
        (DATA + "    colums: [name]\n", 4, "unknown_key"),
        (DATA + "    columns:\n      - {value: name, wide: 3}\n", 5, "unknown_key"),
        (PRINT + "    feet: []\n", 10, "unknown_key"),
        (PRINT.replace("    name: 表\n", ""), 4, "key_missing"),
        (PRINT.replace("across", "acros"), 8, "unknown_key"),
        (PRINT.replace("total: true", "totl: true"), 9, "unknown_key"),
        (PRINT + "    page: {paper: A5}\n", 10, "none_of"),
        (PRINT + "    group: form\n", 10, "none_of"),
        (row("{value: name, style: fat}"), 9, "none_of"),
        # what a sheet is of
        ("sheets: [projcts]\n", 2, "no_data_sheet"),
        ("sheets:\n  - projects\n  - data: projects\n", 4, "data_twice"),
        ("sheets:\n  - {data: projects, name: 'a/b'}\n", 3, "no_sheet_name"),
        ("sheets:\n  - {data: units, name: A}\n  - {data: projects, name: a}\n", 4, "sheets_alike"),
        # columns
        (DATA + "    columns:\n      - nmae\n", 5, "in_no_form"),
        (DATA + "    columns:\n      - name\n      - name\n", 6, "entry_twice"),
        (DATA + "    columns:\n      - {value: name, total: true}\n", 5, "not_added_up"),
        (DATA + "    columns:\n      - {value: name, width: 0}\n", 5, "must_be_between"),
        (DATA + "    columns:\n      - {value: name, width: wide}\n", 5, "must_be_number"),
        (DATA + "    columns:\n      - {value: name, heading: '{{ yaer }}'}\n", 5, "unknown_name"),
        (DATA + "    columns:\n      - {value: name, heading: '{{ 1 +'}\n", 5, "not_jinja"),
        (DATA + "    title: '{{ unit.name }}'\n", 4, "only_printed"),
        # conditions
        (DATA + "    where: people > 3\n", 4, "where_without_id"),
        (DATA + "    id: many\n    where: peple > 3\n", 5, "no_field"),
        (DATA + "    id: many\n    where: people >\n", 5, "not_expression"),
        (DATA + "    id: many\n    where: people > '3'\n", 5, "not_comparable"),
        (DATA + "    id: many\n    where: people + 3\n", 5, "no_condition"),
        # official tables
        (PRINT.replace("print: projects", "print: project"), 4, "no_printed_sheet"),
        (PRINT.replace("  - others\n", "  - units\n"), 4, "no_printed_sheet"),
        (PRINT.replace("others", "missing").replace("projects", "missing"), 4, "not_printable"),
        (PRINT.replace("[10, 10]", "[10, 10, 10]"), 4, "row_cells_differ"),
        (PRINT.replace("[10, 10]", "[10, -1]"), 6, "must_be_between"),
        (PRINT.replace("across: 2", "across: 3"), 8, "over_columns"),
        (PRINT.replace("across: 2", "down: 2"), 8, "over_columns"),
        (PRINT + "    subtotal: 小计\n", 10, "subtotal_without_group"),
        (PRINT + "    for_each: indicator\n", 10, "no_table"),
        (row("nmae"), 9, "in_no_form"),
        (row("indicators.level4"), 9, "in_no_form"),
        (row("{value: name, text: x}"), 9, "value_or_text"),
        (row("{style: text}"), 9, "value_or_text"),
        (row("{value: name, for_each: indicators}"), 9, "for_each_without_text"),
        (row("{for_each: goals, text: x}"), 9, "no_table"),
        (row("{for_each: indicators, text: '{{ levl3 }}'}"), 9, "unknown_name"),
        (row("{value: people, merge: true}"), 9, "amounts_merged"),
        (row("{value: name, total: true}"), 9, "not_added_up"),
    ],
)  # fmt: skip
def test_each_fault_is_named_at_its_line(file: Path, body: str, line: int, code: str) -> None:
    assert [(at, what) for at, what, _ in lint(file, body)] == [(line, code)]


@pytest.mark.parametrize("body", [PRINT, DATA, "sheets: [overview, {view: others}]\n"])
def test_what_is_right_has_no_fault(file: Path, body: str) -> None:
    assert lint(file, body) == []


def test_all_faults_are_found_at_once_and_say_what_was_meant(file: Path) -> None:
    body = DATA + "    columns: [nmae, name, funds.totl]\nabuot: x\n"
    found = lint(file, body)
    assert [line for line, _, _ in found] == [4, 4, 5]
    assert all("是不是" in message for _, _, message in found)


def test_a_faulty_file_is_refused_with_all_its_faults(tmp_path: Path) -> None:
    path = tmp_path / "summary.yaml"
    path.write_text("sheets: 3\nname: x\n", encoding="utf-8")
    with pytest.raises(TemplateError) as refused:
        load_summary(path)
    assert len(refused.value.faults) == 3


def test_what_only_some_forms_of_a_template_ask_may_be_named(tmp_path: Path) -> None:
    """The department's part of the Hebei form may be left out by a parameter."""
    own = shipped("templates") / "hebei-department" / "template.yaml"
    (tmp_path / "template.yaml").write_bytes(own.read_bytes())
    assert lint(tmp_path / "summary.yaml", row("department.overall_goal")) == []


def test_without_a_template_beside_it_names_are_those_of_any(tmp_path: Path) -> None:
    cell = "{for_each: department.tasks, text: '{{ name }}'}, own_funds.total"
    body = row(cell).replace("[10, 10]", "[10, 10, 10]")
    assert lint(tmp_path / "summary.yaml", body) == []


def test_a_summary_template_is_told_from_others(tmp_path: Path) -> None:
    assert is_summary_file(built_in())
    assert not any(is_summary_file(path) for path in find_templates())
    named = tmp_path / "prefecture.yaml"
    named.write_text("about: x\nsheets: [overview]\n", encoding="utf-8")
    assert is_summary_file(named)
    assert not is_summary_file(tmp_path)
    assert all(beside(path) is not None for path in find_templates())


def test_lint_names_the_faults_of_a_template_and_of_the_summary_beside_it(file: Path) -> None:
    file.write_text("about: x\nsheets: [projcts]\n", encoding="utf-8")
    for named in (file, file.parent):
        result = CliRunner().invoke(cli, ["--lang", "zh", "lint", str(named)])
        assert result.exit_code == 3, result.output
        assert f"{file}:2: sheets[0]: 没有数据表“projcts”；是不是“projects”？" in result.output
    file.write_text("about: x\nsheets: [projects]\n", encoding="utf-8")
    assert CliRunner().invoke(cli, ["--lang", "zh", "lint", str(file)]).exit_code == 0
