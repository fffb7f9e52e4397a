"""Totals of a whole county beside sums of what was typed: made here by Decimal, from the answers as
text, without anything that the program adds up by; and a real office program comes to the same.

The county is the sample county, again and again under other units.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from benchmarks.county import county_units, write_county
from ptxl import api
from ptxl.words import Language, Speaker
from tests.conftest import SAMPLES
from tests.office import Office
from tests.shared import made_once
from tests.validator import require_validator, validate

pytestmark = pytest.mark.slow

#: a language changes no more than words, whatever the size
SIZES_IN: Sequence[tuple[int, Language]] = ((1, "en"), (15, "zh"), (15, "en"), (120, "zh"))
SIZES = sorted({size for size, _ in SIZES_IN})
#: of the sample county, those whose forms have errors, as its README says, and never count
WRONG = {"105001", "202001"}
#: amounts by the headings that forms print, which no language translates
PRINTED = {
    "own_funds.total": "年度资金总额（含本级）", "own_funds.fiscal": "财政拨款（含本级）",
    "own_funds.other": "其他资金（含本级）", "period_funds.total": "中期资金总额",
    "period_funds.fiscal": "中期财政拨款", "period_funds.other": "中期其他资金",
}  # fmt: skip
#: what they print where all forms are of one template, and the summary has no word of its own
ALONE = {"total": "预算数", "fiscal": "其中：财政资金", "other": "其他资金"}
Sums = Mapping[str, Decimal]


@dataclass(frozen=True)
class Summed:
    """What the forms of one unit say, added up; nothing where they do not count."""

    code: str
    department: str
    sums: Sums
    projects: int


def typed(size: int) -> Iterator[Summed]:
    """What the units of a county of so many have typed."""
    answers = sorted((SAMPLES / "county" / "answers").glob("*.json"))
    for number, unit in enumerate(county_units(size)):
        path = answers[number % len(answers)]
        projects = json.loads(path.read_text(encoding="utf-8")).get("projects", [])
        counts = path.stem not in WRONG
        sums = dict(_added(projects)) if counts else {}
        yield Summed(unit.code, unit.department, sums, len(projects) if counts else 0)


def _added(projects: list[dict[str, Any]]) -> Iterator[tuple[str, Decimal]]:
    for name in ("funds", "own_funds", "period_funds"):
        for part in ("total", "fiscal", "other"):
            amounts = [one.get(name, {}).get(part) for one in projects]
            yield f"{name}.{part}", sum((Decimal(one) for one in amounts if one), Decimal(0))


def together(units: Iterable[Summed]) -> Sums:
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for unit in units:
        for name, amount in unit.sums.items():
            found[name] += amount
    return found


@pytest.fixture(scope="module")
def summaries(tmp_path_factory: pytest.TempPathFactory) -> Mapping[int, Path]:
    """The summaries of counties of all sizes, as JSON."""
    return made_once("totals", tmp_path_factory, _summaries)


def _summaries(folder: Path) -> Mapping[int, Path]:
    files = write_county(folder / "returned", max(SIZES))
    made = {size: folder / f"{size}.json" for size in SIZES}
    for size, path in made.items():
        api.merge(files[:size], folder / "county.xlsx", json=path, roster=county_units(size))
    return made


class Book:
    """A summary as a workbook, as its formulas and their known values."""

    def __init__(self, path: Path, language: Language) -> None:
        self.path = path
        self.known: Workbook = load_workbook(path, data_only=True)
        self.say = Speaker(language).say

    def sheet(self, key: str) -> Worksheet:
        found = self.known[self.say(f"summary.sheets.{key}")]
        assert isinstance(found, Worksheet)
        return found

    def columns(self, sheet: Worksheet, row: int) -> dict[str, int]:
        """The column of each heading in a row, and of what forms ask under it."""
        found: dict[str, int] = {}
        for number, cell in enumerate(sheet[row]):
            found.setdefault(str(cell.value), number)
        asked = {name: found[text] for name, text in PRINTED.items() if text in found}
        for part, alone in ALONE.items():
            word = self.say(f"summary.columns.{part}")
            asked[f"funds.{part}"] = found.get(word, found.get(alone, -1))
        return found | asked


def amounts_of(cells: Sequence[Any], columns: Mapping[str, int]) -> Sums:
    """The amounts of a line that are numbers, each as it is stored, by what forms ask."""
    values = {name: cells[at].value for name, at in columns.items() if "funds." in name}
    return {
        name: Decimal(repr(value)) for name, value in values.items()
        if isinstance(value, int | float)
    }  # fmt: skip


def nonzero(sums: Sums) -> Sums:
    return {name: amount for name, amount in sums.items() if amount}


@pytest.fixture(scope="module", params=SIZES_IN, ids=str)
def made(
    summaries: Mapping[int, Path],
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> tuple[Book, list[Summed]]:
    """The workbook of a county in a language, and what its units typed."""
    size, language = request.param
    path = tmp_path_factory.mktemp("county") / "county.xlsx"
    api.merge([summaries[size]], path, language=language)
    return Book(path, language), list(typed(size))


@pytest.mark.parametrize(
    ("key", "by"),
    [("departments", "department"), ("units", "unit_code"), ("projects", "unit_code")],
)
def test_every_total_is_the_exact_sum_of_what_was_typed(
    made: tuple[Book, list[Summed]], key: str, by: str
) -> None:
    book, units = made
    sheet = book.sheet(key)
    columns = book.columns(sheet, 4)
    assert nonzero(amounts_of(sheet[3], columns)) == nonzero(together(units))
    found: defaultdict[str, list[Summed]] = defaultdict(list)
    for cells in sheet.iter_rows(min_row=5):
        whose = str(cells[columns[book.say(f"summary.columns.{by}")]].value)
        found[whose].append(Summed(whose, whose, amounts_of(cells, columns), 1))
    typed_by: defaultdict[str, list[Summed]] = defaultdict(list)
    for unit in units:
        typed_by[unit.department if by == "department" else unit.code].append(unit)
    expected = {whose: nonzero(together(some)) for whose, some in typed_by.items()}
    assert {whose: nonzero(together(some)) for whose, some in found.items()} == {
        whose: sums for whose, sums in expected.items() if sums or whose in found
    }
    if key == "projects":
        assert sheet.max_row == 4 + sum(unit.projects for unit in units)


def test_the_first_two_sheets_have_the_same_totals(made: tuple[Book, list[Summed]]) -> None:
    book, units = made
    sheet = book.sheet("by_department")
    columns = book.columns(sheet, 3)
    lines = {str(cells[0].value): cells for cells in sheet.iter_rows(min_row=4)}
    groups = defaultdict(list, {book.say("summary.total"): units})
    for unit in units:
        groups[unit.department].append(unit)
    shown = [f"funds.{part}" for part in ALONE]
    for name, some in groups.items():
        found, wanted = amounts_of(lines[name], columns), together(some)
        assert [found[one] for one in shown] == [wanted[one] for one in shown], name
    first = book.sheet("overview")
    rows = list(first.iter_rows(max_row=13, values_only=True))
    tiles = {
        label: figure
        for above, below in pairwise(rows)
        for label, figure in zip(above, below, strict=True)
        if label
    }
    for part in ALONE:
        value = tiles[book.say(f"summary.figures.{part}")]
        assert Decimal(repr(value)) == together(units)[f"funds.{part}"]


def test_nothing_is_wrong_with_the_workbook(made: tuple[Book, list[Summed]]) -> None:
    book, _ = made
    assert api.inspect(book.path) == ("report", ())


@pytest.mark.validator
def test_the_validator_has_no_complaint(made: tuple[Book, list[Summed]]) -> None:
    book, _ = made
    require_validator()
    assert validate(book.path) == []


@pytest.mark.office
def test_an_office_program_comes_to_the_same(
    office: Office, made: tuple[Book, list[Summed]]
) -> None:
    book, _ = made
    sheets = [book.known[name] for name in book.known.sheetnames]
    formulas = load_workbook(book.path, read_only=True)
    areas = [(sheet.title, sheet.dimensions) for sheet in sheets]
    count = 0
    for sheet, computed in zip(sheets, office.compute(book.path, areas), strict=True):
        for number, row in enumerate(formulas[sheet.title].iter_rows()):
            for place, cell in enumerate(row):
                if cell.data_type == "f":
                    known = sheet[cell.coordinate].value
                    found = computed[number][place]
                    number_known = isinstance(known, int | float)
                    wanted = pytest.approx(known, rel=1e-12, abs=1e-9) if number_known else known
                    assert found == wanted, cell
                    count += 1
    assert count > 50
