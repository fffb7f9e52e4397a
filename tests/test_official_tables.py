"""Official tables and chosen columns of a summary, from published forms: every figure a formula."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from ptxl import api
from ptxl.cells import column_name
from ptxl.demo import run_demo
from ptxl.documents.document import load_answers
from ptxl.model.errors import TemplateError
from ptxl.model.form import Unit
from ptxl.rounds import merge_round, open_round
from ptxl.summary.template import official
from tests.conftest import SAMPLES
from tests.office import Office
from tests.sample_county import County
from tests.shared import made_once

#: the official table of each template, columns of amounts in it, and what they are called
FAMILIES = {
    "hebei": ("项目支出绩效目标汇总表", ("E", "F", "G"), ("total", "fiscal", "other")),
    "county": ("项目支出绩效目标汇总表", ("E", "F", "G"), ("total", "fiscal", "other")),
    "henan": ("部门整体支出绩效目标表", ("E", "F", "I"), ("total", "fiscal", "project")),
    "national": ("项目支出绩效目标汇总表", ("G", "H", "I"), ("total", "fiscal", "other")),
    "ningxia": ("项目支出绩效目标汇总表", ("F", "G", "H"), ("total", "fiscal", "other")),
}
ABOUT = "about: 试\n"


@dataclass(frozen=True)
class Book:
    """The summary of the sample county's forms of one template."""

    family: str
    path: Path
    counted: tuple[str, ...]

    @property
    def table(self) -> str:
        return FAMILIES[self.family][0]


def merged(demo: County, folder: Path, family: str, **options: Any) -> Book:
    names = [path.name for path in demo.forms.glob(f"{family}-*/**/*.xlsx")]
    files = sorted(path for path in demo.returned.glob("*.xlsx") if path.name in names)
    found = api.merge(files, folder / "county.xlsx", **options)
    left_out = {Path(one.file).name for one in found.left_out}
    codes = tuple(path.name[:6] for path in files if path.name not in left_out)
    return Book(family, folder / "county.xlsx", codes)


@pytest.fixture(scope="module", params=FAMILIES)
def book(
    request: pytest.FixtureRequest, demo: County, tmp_path_factory: pytest.TempPathFactory
) -> Book:
    def make(folder: Path) -> Book:
        return merged(demo, folder, request.param)

    return made_once(f"book-{request.param}", tmp_path_factory, make)


def amounts(value: object) -> Iterator[tuple[str, Decimal]]:
    """The amounts of answers, by the last name of their paths, below `funds` and `budget`."""
    if isinstance(value, dict):
        for group in ("funds", "budget"):
            yield from value.get(group, {}).items()
        for below in value.values():
            yield from amounts(below)
    elif isinstance(value, list):
        for below in value:
            yield from amounts(below)


def test_totals_are_the_sums_of_the_answers_and_every_amount_is_a_formula(book: Book) -> None:
    _, letters, keys = FAMILIES[book.family]
    shown = load_workbook(book.path, data_only=True)[book.table]
    formulas = load_workbook(book.path)[book.table]
    total = next(row for row in range(shown.max_row, 1, -1) if shown[f"A{row}"].value == "合计")
    data = "单位汇总" if book.family == "henan" else "项目明细"
    for letter, key in zip(letters, keys, strict=True):
        cells = [shown[f"{letter}{row}"] for row in range(5, total + 1)]
        figures = [cell for cell in cells if isinstance(cell.value, int | float)]
        assert len(figures) > 1
        assert all(f"'{data}'!" in str(formulas[cell.coordinate].value) for cell in figures)
        expected = sum(answered(book, key), Decimal(0))
        assert Decimal(str(shown[f"{letter}{total}"].value)) == expected != 0


def answered(book: Book, key: str) -> Iterator[Decimal]:
    for code in book.counted:
        for name, value in amounts(load_answers(SAMPLES / f"county/answers/{code}.json")):
            if name == key and value not in (None, ""):
                yield Decimal(str(value).replace(",", ""))


def test_goals_tasks_and_indicators_are_readable_texts(book: Book) -> None:
    sheet = load_workbook(book.path)[book.table]
    texts = [str(cell.value) for row in sheet.iter_rows(min_row=5) for cell in row if cell.value]
    assert any(text.startswith("2026年" if book.family == "national" else "1.") for text in texts)
    wanted = "数量指标：" if book.family == "county" else "指标"
    assert any(wanted in text for text in texts)
    assert not any("{{" in text or "None" in text for text in texts)


def test_the_head_is_printed_on_each_page_of_a3(book: Book) -> None:
    sheet = load_workbook(book.path)[book.table]
    assert sheet.print_title_rows == "$1:$4"
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 8)


#: published forms of templates that the sample county has none of: what the official table is
#: called, and which answers each column of amounts adds up, in how many 万元 each
ALONE: dict[str, tuple[str, Decimal, dict[str, list[str]]]] = {
    "monitoring-2026-project-1": ("项目支出绩效目标执行监控汇总表", Decimal(1), {
        "D": ["funds.fiscal", "funds.other"], "E": ["executed.fiscal", "executed.other"],
        "G": ["forecast.fiscal", "forecast.other"],
    }),
    "self-evaluation-2025-project-1": ("项目支出绩效自评结果汇总表", Decimal(1), {
        "D": ["planned.fiscal", "planned.other"],
        "E": ["funds.fiscal", "funds.carried", "funds.other"],
        "F": ["executed.fiscal", "executed.carried", "executed.other"],
    }),
    "self-evaluation-2025-department-1": ("部门整体支出绩效自评结果汇总表", Decimal(1), {
        "C": ["planned.fiscal", "planned.other"], "D": ["fiscal", "other"],
        "E": ["executed.fiscal", "executed.other"],
    }),
    "service-2026-grant-1": ("Table of grants", Decimal("0.1"), {
        "E": ["funds.total"], "F": ["funds.fiscal"], "G": ["funds.other"],
    }),
}  # fmt: skip


def number_at(answers: Any, path: str) -> Decimal:
    """The number at a path in answers."""
    for name in path.split("."):
        answers = answers[name]
    return Decimal(answers)


@pytest.mark.parametrize("case", ALONE)
def test_each_template_has_an_official_table_with_exact_totals(case: str, tmp_path: Path) -> None:
    name, factor, columns = ALONE[case]
    answers = load_answers(SAMPLES / "good" / case / "answers.json")
    for number in (1, 2):
        unit = Unit(code=f"10{number}001", name=f"单位{number}", department=f"部门{number}")
        [form] = api.generate(
            answers["form"]["template"], [unit], tmp_path / "forms",
            parameters=answers["form"]["parameters"],
        )  # fmt: skip
        asked = {key: answers[key] for key in ("department", "projects") if key in answers}
        api.fill(form, asked, tmp_path / "in" / form.name)
    out = tmp_path / "county.xlsx"
    assert not api.merge([tmp_path / "in"], out).left_out
    sheet = load_workbook(out, data_only=True)[name]
    labels = {str(sheet[f"A{row}"].value): row for row in range(5, sheet.max_row + 1)}
    [total] = [row for label, row in labels.items() if label in ("合计", "Total")]
    subtotals = [row for label, row in labels.items() if "部门" in label]
    assert len(subtotals) == 2
    summed = answers.get("projects") or [answers["department"]["budget"]]
    for letter, paths in columns.items():
        expected = factor * sum(
            (number_at(one, path) for one in summed for path in paths), Decimal(0)
        )
        shown = [Decimal(str(sheet[f"{letter}{row}"].value)) for row in (*subtotals, total)]
        assert shown == [expected, expected, 2 * expected] != [0, 0, 0]
    assert sheet.print_title_rows == "$1:$4"
    ending = [cell.value for row in sheet.iter_rows(min_row=total + 1) for cell in row]
    assert any(str(one).startswith(("填报人", "Filled in by")) for one in ending)


def test_scores_and_rates_of_a_department_stand_in_its_table(tmp_path: Path) -> None:
    answers = load_answers(SAMPLES / "good/self-evaluation-2025-department-1/answers.json")
    unit = Unit(**answers["unit"])
    [form] = api.generate("department-self-evaluation", [unit], tmp_path / "forms",
                          parameters=answers["form"]["parameters"])  # fmt: skip
    api.fill(form, {"department": answers["department"]}, tmp_path / "in" / form.name)
    api.merge([tmp_path / "in"], tmp_path / "county.xlsx")
    sheet = load_workbook(tmp_path / "county.xlsx", data_only=True)[
        "部门整体支出绩效自评结果汇总表"
    ]
    shown = [sheet[f"{letter}5"].value for letter in "FKLM"]
    assert shown == [pytest.approx(0.952), 9.52, 98.69, "优"]
    assert sheet["F5"].number_format.endswith("%")
    assert "1.县乡道路日常养护：养护118公里" in sheet["I5"].value


@pytest.mark.office
def test_recalculation_changes_no_figure_of_an_official_table(office: Office, book: Book) -> None:
    path, name = book.path, book.table
    sheet = load_workbook(path, data_only=True)[name]
    area = f"A1:{column_name(sheet.max_column - 1)}{sheet.max_row}"
    [computed] = office.compute(path, [(name, area)])
    for row, found in zip(sheet.iter_rows(), computed, strict=True):
        for cell, value in zip(row, found, strict=True):
            if isinstance(cell.value, int | float):
                assert value == pytest.approx(cell.value, rel=1e-12), cell.coordinate


def template(folder: Path, body: str) -> Path:
    path = folder / "own.yaml"
    path.write_text(ABOUT + body, encoding="utf-8")
    return path


def test_a_template_chooses_sheets_columns_and_lines(demo: County, tmp_path: Path) -> None:
    own = template(tmp_path, """\
title: "{{ year }}年汇总"
sheets:
  - projects
  - data: projects
    id: large
    name: 大额项目
    where: funds.total >= 100
    columns: [{value: name, heading: 项目, width: 33}, {value: funds.total, total: true}]
""")  # fmt: skip
    book = load_workbook(merged(demo, tmp_path, "county", summary=own).path, data_only=True)
    assert book.sheetnames[:3] == ["总览", "项目明细", "大额项目"]
    assert "指标明细" not in book.sheetnames
    sheet = book["大额项目"]
    assert sheet["A1"].value == "2026年汇总（大额项目）"
    assert [sheet["A4"].value, sheet.column_dimensions["A"].width] == [
        "项目",
        pytest.approx(33, abs=1),
    ]
    large = [row[1].value for row in sheet.iter_rows(min_row=5)]
    everything = book["项目明细"]
    [letter] = [c.column_letter for c in everything[4] if c.value == sheet["B4"].value]
    amounts = [everything[f"{letter}{row}"].value for row in range(5, everything.max_row + 1)]
    assert large == [one for one in amounts if isinstance(one, int | float) and one >= 100]
    assert 0 < len(large) < len(amounts)
    assert sheet["B3"].value == pytest.approx(sum(map(float, map(str, large))))


def test_a_faulty_template_stops_a_merge_before_any_work(demo: County, tmp_path: Path) -> None:
    own = template(tmp_path, "sheets: [projcts]\n")
    with pytest.raises(TemplateError, match="projcts"):
        merged(demo, tmp_path, "county", summary=own)
    assert not (tmp_path / "county.xlsx").exists()


def test_forms_of_several_templates_have_the_built_in_summary(demo: County) -> None:
    names = load_workbook(demo.workbook).sheetnames
    assert names[:3] == ["总览", "部门汇总", "单位汇总"]
    assert "项目支出绩效目标汇总表" not in names


def test_a_table_that_is_too_long_says_so(
    demo: County, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(official, "MOST_ROWS", 3)
    sheet = load_workbook(merged(demo, tmp_path, "hebei").path)["项目支出绩效目标汇总表"]
    assert any("超过 3 行" in str(cell.value) for row in sheet.iter_rows() for cell in row)


def test_a_round_names_its_summary_template(tmp_path: Path) -> None:
    made = run_demo(tmp_path, datetime(2026, 3, 1, 12), "zh")
    (tmp_path / "own.yaml").write_text(ABOUT + "sheets: [projects]\n", encoding="utf-8")
    settings = tmp_path / "round.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace('summary: ""', "summary: own.yaml"), encoding="utf-8")
    where = open_round(tmp_path)
    found = merge_round(where, where.terms(), datetime(2026, 3, 2, 12))
    names = load_workbook(found.workbook).sheetnames
    assert made.summary.workbook == found.workbook
    assert names[:2] == ["总览", "项目明细"]
    assert "指标明细" not in names
