"""A summary beside an earlier one and the approved budget: two sheets, a sentence each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from ptxl import api
from ptxl.cli.main import cli
from ptxl.documents.document import load_answers
from ptxl.merge.compare_budget import ApprovedBudget
from ptxl.merge.compare_years import ChangeFigures, ChangeKind, Earlier
from ptxl.merge.figures import Tally
from ptxl.merge.rows import County
from ptxl.model.errors import OutputError, TableError
from ptxl.model.form import Unit
from ptxl.summary.blocks import lines_in
from ptxl.summary.book.paper import columns_across
from ptxl.summary.comparisons import Comparisons
from ptxl.summary.standard import Standard
from ptxl.words import LANGUAGES, Speaker, phrase
from tests import summaries
from tests.conftest import SAMPLES
from tests.test_roster import book

pytestmark = pytest.mark.slow

CASE = load_answers(SAMPLES / "good" / "county-2024-project-2" / "answers.json")
UNITS = [Unit(code=f"10{n}", name=f"单位{n}", department="甲局") for n in (1, 2, 3)]
BUDGET: list[Sequence[object]] = [
    ["2026年项目批复表"],
    ["", "", "单位：元"],
    ("单位编码", "项目名称", "批复数"),
    ("101", "专线经费", 350000),
    ("103", "修缮", 10000),
]


def merged(
    folder: Path, projects: Mapping[str, tuple[str, str]], *options: str
) -> tuple[Path, str, int]:
    """Merge a form of each unit code with a project's name and amount; returns what was printed."""
    units = [unit for unit in UNITS if unit.code in projects]
    parameters = {"projects": 1}
    forms = api.generate("county-project", units, folder / "forms", parameters=parameters)
    for form, unit in zip(forms, units, strict=True):
        name, total = projects[unit.code]
        (case,) = CASE["projects"]
        project = {
            **case, "department": None, "unit": None, "name": name,
            "funds": {"total": total, "fiscal": total, "other": "0"},
        }  # fmt: skip
        api.fill(form, {"projects": [project]}, folder / "in" / form.name)
    out = folder / "county.xlsx"
    command = ["merge", str(folder / "in"), "-o", str(out), "--lang", "zh", *options]
    done = CliRunner().invoke(cli, [*command, "--json", str(folder / "county.json")])
    return out, done.output, done.exit_code


def rows(workbook: Path, sheet: str, *columns: str) -> list[tuple[object, ...]]:
    """The lines of a data sheet, of the columns with these headings."""
    lines = list(load_workbook(workbook)[sheet].iter_rows(values_only=True))
    heads = lines[3]
    numbers = [heads.index(column) for column in columns]
    return [tuple(line[number] for number in numbers) for line in lines[4:]]


def test_what_changed_since_last_year(tmp_path: Path) -> None:
    last = {"101": ("2025年专线经费", "30"), "102": ("旧项目", "40")}
    merged(tmp_path / "last", last)
    now = {"101": ("2026年专线经费", "39.5"), "102": ("新项目", "50"), "103": ("修缮", "60")}
    out, printed, code = merged(
        tmp_path / "now", now, "--last", str(tmp_path / "last" / "county.json")
    )
    assert code == 0, printed
    found = rows(
        out, "增减变动", "单位编码", "项目名称", "变动", "上次", "本次", "增减", "增减（%）"
    )
    changes = [line for line in found if line[2] != "金额增减"]
    assert changes[0] == ("101", "2026年专线经费", "资金总额增长超过20%", 30, 39.5, 9.5, 0.3167)
    assert ("102", "新项目", "新增项目", "—", 50, 50, "—") in changes
    assert ("102", "旧项目", "取消的项目", 40, "—", -40, -1) in changes
    assert changes[-1][:3] == ("103", "全部 1 个项目", "新增单位")
    remark = "相比：新增项目 1 个；取消项目 1 个；新增单位 1 个；资金总额增长超过20%的 1 个；"
    assert remark in printed
    assert "资金共增加 79.5 万元" in printed
    assert any(remark in str(cell.value) for cell in load_workbook(out)["增减变动"][2])


def test_totals_that_grew_or_fell_much_stand_first_and_the_overview_leads_there(
    tmp_path: Path,
) -> None:
    last = {"101": ("甲", "30"), "102": ("乙", "40"), "103": ("丙", "50")}
    merged(tmp_path / "last", last)
    now = {"101": ("甲", "31"), "102": ("乙", "20"), "103": ("丙", "80")}
    out, *_ = merged(tmp_path / "now", now, "--last", str(tmp_path / "last" / "county.json"))
    found = rows(out, "增减变动", "序号", "单位编码", "变动")
    assert found[:2] == [(1, "103", "资金总额增长超过20%"), (2, "102", "资金总额减少超过20%")]
    assert [line[0] for line in found] == list(range(1, len(found) + 1))
    assert all("超过" not in str(line[2]) for line in found[2:])
    book = load_workbook(out)
    cells = (cell for row in book["总览"].iter_rows() for cell in row)
    led = {cell.hyperlink.location for cell in cells if cell.hyperlink}
    changes = book["增减变动"]
    column = next(cell.column_letter for cell in changes[4] if cell.value == "变动")
    assert {f"'增减变动'!{column}5", f"'增减变动'!{column}6"} <= led


def test_a_unit_that_did_not_count_last_year_is_not_new(tmp_path: Path) -> None:
    merged(tmp_path / "last", {"101": ("专线经费", "30"), "102": ("修缮", "约四十")})
    out, printed, code = merged(
        tmp_path / "now", {"101": ("专线经费", "30"), "102": ("修缮", "40")},
        "--last", str(tmp_path / "last" / "county.json"),
    )  # fmt: skip
    assert code == 0, printed
    (line,) = rows(out, "增减变动", "单位编码", "变动", "上次", "本次", "增减")
    assert line == ("102", "上次没有计入，不比较", "—", 40, "—")
    assert "相比：未计入、不比较 1 个；资金合计不变" in printed


def test_how_much_changed_stands_in_one_line_of_the_printed_sheet() -> None:
    for language in LANGUAGES:
        speaker = Speaker(language, money="万元")
        figures = ChangeFigures(unread=12)
        figures.counts.update(dict.fromkeys(get_args(ChangeKind), 99))
        del figures.counts["unit_unclear"]
        figures.by_kind["amount"] = Decimal("-123456.78")
        earlier = Earlier()
        earlier.years = {2025}
        found = Comparisons(earlier=earlier, last="2025年.json", changes=figures)
        (sheet,) = (one for one in Standard(Tally(), speaker, "").sheets() if one.key == "changes")
        said = found.with_remark(sheet, speaker).remark
        assert "2025" in said
        assert "json" not in said
        widths = [column.width for column in sheet.printed]
        assert lines_in(said, columns_across(widths, 1, len(widths))) == 1, said


def test_target_values_stand_in_columns_of_their_own(tmp_path: Path) -> None:
    before, now = (
        summaries.form("1", summaries.Project("甲", "10", targets={"合格率": raw}))
        for raw in ("100%", "90%")
    )
    earlier = Earlier()
    earlier.add(before)
    ((_, _, line),) = Comparisons(earlier=earlier).lines(lambda: [now], [County()])
    assert (line["value_before"], line["value_now"]) == ("100%", "90%")
    assert line.get("before") is line.get("now") is None


def test_forms_that_ask_for_no_code_are_not_said_to_lack_one(tmp_path: Path) -> None:
    table = book(tmp_path / "批复.xlsx", BUDGET)
    reported = {"101": ("专线经费", "39.5"), "102": ("新项目", "50")}
    out, printed, code = merged(tmp_path, reported, "--budget", str(table))
    assert code == 0, printed
    assert {line[0] for line in rows(out, "批复核对", "项目编码")} == {"—"}


def test_codes_that_were_asked_and_not_given_are_lacking(tmp_path: Path) -> None:
    budget = ApprovedBudget(place="批复.xlsx", projects=())
    one = summaries.form("1", summaries.Project("甲", "10"))
    found = Comparisons(budget=budget)
    lines = [line for _, _, line in found.lines(lambda: [one], ())]
    assert [line["project_code"] for line in lines] == [phrase("summary.unanswered")]


def test_the_cells_of_both_sheets_lead_to_the_returned_files(tmp_path: Path) -> None:
    merged(tmp_path / "last", {"101": ("专线经费", "30"), "102": ("旧项目", "40")})
    table = book(tmp_path / "批复.xlsx", BUDGET)
    out, printed, code = merged(
        tmp_path / "now", {"101": ("专线经费", "39.5")}, "--budget", str(table),
        "--last", str(tmp_path / "last" / "county.json"),
    )  # fmt: skip
    assert code == 0, printed
    for name, whole in (("增减变动", "不再报的单位"), ("批复核对", "有批复，没有上报")):
        sheet = load_workbook(out)[name]
        heads = [cell.value for cell in sheet[4]]
        for line in sheet.iter_rows(min_row=5):
            cell, link = line[heads.index("单元格")], line[heads.index("单元格")].hyperlink
            if whole in [one.value for one in line]:
                assert link is None
                continue
            assert link is not None
            assert link.target
            assert link.location
            assert (out.parent / link.target).is_file()
            assert link.location.endswith(f"!{cell.value}")


def test_a_summary_that_names_no_county_is_not_matched_with_several(tmp_path: Path) -> None:
    merged(tmp_path / "last", {"101": ("专线经费", "30")})
    for county in ("清源县", "临水县"):
        merged(tmp_path / county, {"101": ("专线经费", "39.5")}, "--county", county)
    files = [str(tmp_path / county / "county.json") for county in ("清源县", "临水县")]
    out = tmp_path / "all.xlsx"
    last = str(tmp_path / "last" / "county.json")
    command = ["merge", *files, "-o", str(out), "--lang", "zh", "--last", last]
    done = CliRunner().invoke(cli, command)
    assert done.exit_code == 0, done.output
    assert "3 个单位没有比较" in done.output
    assert "资金合计不变" in done.output
    assert {line[0] for line in rows(out, "增减变动", "变动")} == {
        "两份汇总有一份没有写明县区，对不上，不比较"
    }


def test_what_differs_from_the_approved_budget(tmp_path: Path) -> None:
    table = book(tmp_path / "批复.xlsx", BUDGET)
    now = {"101": ("2026年专线经费", "39.5"), "102": ("新项目", "5")}
    out, printed, code = merged(tmp_path / "now", now, "--budget", str(table))
    assert code == 0, printed
    columns = ("单位编码", "项目名称", "核对结果", "批复数", "上报数", "增减", "批复表中的行")
    assert rows(out, "批复核对", *columns) == [
        ("101", "2026年专线经费", "金额与批复不同（1 个项目合计）", 35, 39.5, 4.5, "第 4 行"),
        ("102", "新项目", "批复中没有", "—", 5, 5, "—"),
        ("103", "修缮", "有批复，没有上报", 1, "—", -1, "第 5 行"),
    ]
    assert "2 个项目、共 36 万元" in printed
    assert "上报比批复多 8.5 万元" in printed


def test_a_sheet_without_differences_is_there_and_says_so(tmp_path: Path) -> None:
    merged(tmp_path / "last", {"101": ("专线经费", "35")})
    last = tmp_path / "last" / "county.json"
    out, printed, code = merged(tmp_path / "now", {"101": ("专线经费", "35")}, "--last", str(last))
    assert code == 0, printed
    assert "增减变动" in load_workbook(out).sheetnames
    assert "资金合计不变" in printed


def test_nothing_is_said_where_nothing_was_asked(tmp_path: Path) -> None:
    out, printed, _ = merged(tmp_path / "now", {"101": ("专线经费", "35")})
    assert {"增减变动", "批复核对"}.isdisjoint(load_workbook(out).sheetnames)
    assert "增减" not in printed


@pytest.mark.parametrize(
    ("option", "name", "words"),
    [("--budget", "批复.xlsx", "看不出金额的单位"), ("--last", "别的.json", "别的.json")],
)
def test_what_cannot_be_compared_with_is_refused_before_all_work(
    tmp_path: Path, option: str, name: str, words: str
) -> None:
    book(tmp_path / "批复.xlsx", [("项目编码", "预算数"), ("P1", 1)])
    (tmp_path / "别的.json").write_text("{}", encoding="utf-8")
    out, printed, code = merged(
        tmp_path / "now", {"101": ("专线经费", "35")}, option, str(tmp_path / name)
    )
    assert code == 3
    assert words in printed
    assert not out.exists()


def test_the_unit_of_money_may_be_an_option(tmp_path: Path) -> None:
    table = book(
        tmp_path / "批复.xlsx", [("单位编码", "项目名称", "批复数"), ("101", "专线经费", 350000)]
    )
    with pytest.raises(TableError):
        api.read_comparisons(budget=table)
    budget = api.read_comparisons(budget=table, budget_unit="元").budget
    assert budget is not None
    assert budget.total == 35


def test_what_is_compared_with_is_never_written_over(tmp_path: Path) -> None:
    merged(tmp_path / "last", {"101": ("专线经费", "35")})
    last = tmp_path / "last" / "county.json"
    before = last.read_bytes()
    with pytest.raises(OutputError):
        api.merge(
            [tmp_path / "last" / "in"], tmp_path / "out.xlsx", json=last,
            comparisons=api.read_comparisons(last=last),
        )  # fmt: skip
    assert last.read_bytes() == before
