"""The county workbook: columns as data, in any language; formulas name sheets in quotes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import simplejson
from openpyxl import load_workbook

from ptxl import api
from ptxl.documents.finding import FINDING_SCHEMA
from ptxl.summary.columns import SHEETS, SheetColumns
from ptxl.words import LANGUAGES, Speaker
from tests.sample_county import make_county

CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.key)
def test_columns_are_known_by_their_keys_and_the_printed_ones_come_first(
    sheet: SheetColumns,
) -> None:
    keys = [column.key for column in sheet.columns]
    assert len(keys) == len(set(keys))
    assert sheet.printed == sheet.columns[: len(sheet.printed)]
    assert sheet.letter(keys[-1]) == chr(ord("A") + len(keys) - 1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_of_sheets_fit_every_program(language: str) -> None:
    names = [Speaker(language).say(f"summary.sheets.{sheet.key}") for sheet in SHEETS]
    assert len({name.lower() for name in names}) == len(SHEETS)
    assert all(len(name) <= 31 for name in names)


def test_every_word_of_the_workbook_is_in_the_language_asked_for(tmp_path: Path) -> None:
    book = load_workbook(_empty(tmp_path, "en"))
    texts = [str(cell.value) for sheet in book for row in sheet for cell in row if cell.value]
    assert not any(map(CHINESE.search, [*book.sheetnames, *texts]))
    assert CHINESE.search(load_workbook(_empty(tmp_path, "zh"))["单位汇总"]["A1"].value)


def _empty(folder: Path, language: str) -> Path:
    api.merge([], folder / "county.xlsx", language=language)
    return folder / "county.xlsx"


def test_sums_are_formulas_whose_columns_are_found_by_name(tmp_path: Path) -> None:
    demo = make_county(tmp_path, "en")
    book = load_workbook(demo.workbook)
    units, projects = book["Units"], book["Projects"]

    def letter(sheet: Any, heading: str) -> str:
        (found,) = (c.column_letter for c in sheet[3] if c.value == heading)
        return str(found)

    serial, amount = letter(projects, "Serial"), letter(projects, "Fiscal funds")
    sums = units[f"{letter(units, 'Fiscal funds')}4"].value
    assert sums == (
        f"=SUMIF('Projects'!${serial}:${serial},${letter(units, 'Serial')}4,"
        f"'Projects'!${amount}:${amount})"
    )
    total = units[f"{letter(units, 'Department budget')}{units.max_row}"].value
    column = letter(units, "Department budget")
    assert total == f"=SUM({column}4:{column}{units.max_row - 1})"


def test_a_finding_looks_alike_in_every_json(tmp_path: Path) -> None:
    demo = make_county(tmp_path)
    county = simplejson.loads(demo.json.read_text(encoding="utf-8"))
    found = [one for left in county["left_out"] for one in left["findings"]]
    found += [one for unit in county["units"] for one in unit["findings"]]
    assert found
    for one in found:
        assert set(FINDING_SCHEMA["required"]) <= set(one) <= set(FINDING_SCHEMA["properties"])
        assert all(one.values())
