"""Target values in one cell, taken apart by formulas: as the reader does, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from pathlib import Path

import pytest

from ptxl.cells import Box
from ptxl.layout.helper_sheets import CHECK_LINES_SHEET, VALUES_SHEET
from ptxl.model.layout import Layout
from ptxl.template import load_template
from ptxl.values.target_value import parse_target
from ptxl.values.target_value.apart import SPELLINGS, take_apart
from ptxl.words import Language
from ptxl.write.self_check import FIRST_LINE, FOUND_AT, check_lines, live_rules
from ptxl.write.stencil import write_form
from ptxl.write.value_parts import part_results
from tests import office as desk
from tests.conftest import UNIT, MakeTemplate
from tests.fillings import Answers, filled
from tests.office import Office

SPELT = SPELLINGS["zh"]
DATA = Path(__file__).parent / "data"
#: what people write, and other ways to write it
FILES = ("target_values.tsv", "target_variants.tsv")
NUMBERS = (
    "3", "12.5", "1,200", "1,234,567.25", "12,34", "1,2.3", "2025", "2,025", "2025.6", "202506",
    "20250630", "1899", "0.95", ".5", "5.", "1.2.3", "123456789012", "1234567890123", "3万", "-5",
)  # fmt: skip
UNITS = (
    "",
    "%",
    "％",
    "(%)",
    "百分比",
    "人",
    "元",
    "年",
    "起",
    "月",
    "日",
    "个",
    "万元",
    "万亩",
    "元/人",
    "%/人",
    "比例",
)

ROWS = 40
MADE = f"""\
sheets:
  - name: 表
    columns: [20, 20, 20]
    rows:
      - [{{field: name, across: 3}}]
      - table: indicators
        layout: free
        rows: {ROWS}
        columns:
          - {{field: level3, head: 名称}}
          - {{field: value, head: 指标值, kind: target}}
          - {{field: note, head: 说明}}
    rules:
      - {{id: small, each: indicators, holds: "not (value.number > 90 and value.unit == '%')",
         at: value, severity: error, message: "“{{{{ level3 }}}}”是{{{{ value.raw }}}}；请改小"}}
"""


@pytest.fixture
def made(make_template: MakeTemplate) -> Layout:
    return load_template(make_template(MADE)).layout({})


def texts(*names: str) -> list[str]:
    """Target values with which the parser is tested."""
    found = []
    for name in names:
        lines = (DATA / name).read_text(encoding="utf-8").splitlines()
        found += [line.split("\t")[0] for line in lines[1:] if not line.startswith("#")]
    return [text for text in found if text.strip()]


def assert_alike(text: str, name: str = "", language: Language = "zh") -> bool:
    """What is taken apart is what the parser reads. Returns whether it is."""
    apart, read = take_apart(text, name, language), parse_target(text, name)
    if apart.comparison:
        found = (read.comparison, read.number, read.unit or "")
        assert (apart.comparison, apart.number, apart.unit) == found, text
        assert (read.upper, read.note, read.date_to) == (None, None, None), text
    return bool(apart.comparison)


def test_what_is_taken_apart_is_what_the_reader_reads() -> None:
    limits = ("", "左右", *SPELT.limits)
    numbered = product(("", "约", "≥", "≤ ", "控制在", "="), NUMBERS, UNITS, limits)
    signed = product(("达到", *SPELT.signs), ("3", "1,200", "2025"), ("", "%", "年"), limits)
    assert sum(map(assert_alike, map("".join, numbered))) > 3_500
    assert sum(map(assert_alike, map("".join, signed))) > 2_500
    every = map(
        "".join, product(("", "≥", "不超过"), ("3", "1900.5", "2万"), SPELT.units, ("", "以上"))
    )
    assert sum(map(assert_alike, every)) > 2_000
    assert all(
        assert_alike(f"≤300{unit}/{each}") for unit, each in product(("元", "万元"), ("人", "年"))
    )


def test_units_in_english_are_read_alike() -> None:
    """A form in English has its own units; a name may always hold the unit of a bare number."""
    english = SPELLINGS["en"]
    made = map(
        " ".join, product(("at least", "≥", "<=", "fewer than"), ("3", "1,200"), english.units)
    )
    assert all(assert_alike(text, language="en") for text in made)
    assert not assert_alike("≥3", "Visitors", language="en")


def test_most_values_that_people_write_are_taken_apart() -> None:
    numbers = [text for text in texts(FILES[0]) if parse_target(text).number is not None]
    assert sum(map(assert_alike, numbers)) > 0.8 * len(numbers)
    everywhere = texts(*FILES)
    without = [text for text in everywhere if parse_target(text).number is None]
    assert not any(map(assert_alike, without))


def test_a_unit_that_only_the_name_may_give_is_left_to_the_desk() -> None:
    assert take_apart("≥200", "种植面积").comparison == ">="
    assert take_apart("≥200", "种植面积（亩）").comparison == ""
    assert take_apart("≥200亩", "种植面积（亩）").comparison == ">="


@pytest.mark.office
def test_an_office_takes_values_apart_as_python_does(
    office: Office, tmp_path: Path, made: Layout
) -> None:
    """Every text of the parser's tests, and every word that the formulas look for."""
    words = [f"{sign}1,200.5{unit}" for sign, unit in zip(SPELT.signs, SPELT.units, strict=False)]
    words += [f"≥3万{unit}" for unit in SPELT.units]
    words += [f"3{limit}" for limit in SPELT.limits]
    some = [f"{sign}{number}{unit}" for sign, number, unit in product(("", "≥"), NUMBERS, UNITS)]
    path = tmp_path / "blank.xlsx"
    path.write_bytes(write_form(made, UNIT))
    every = [*texts(*FILES), *words, *some]
    many = [every[first : first + ROWS] for first in range(0, len(every), ROWS)]
    fields = [field for field in made.fields if field.startswith("indicators")]
    cells = [("表", made.places[field].row, made.places[field].column) for field in fields]
    fillings = [_answers(batch) for batch in many]
    expected = [dict(part_results(made, answers)) for answers in fillings]
    area = Box.around(expected[0])
    values = [[str(answers.get(field, "")) for field in fields] for answers in fillings]
    computed = office.compute_each(path, cells, values, [(VALUES_SHEET, area.name)])
    for batch, wanted, (shown,) in zip(many, expected, computed, strict=True):
        found = {
            (row, column): value
            for row, line in enumerate(shown, area.top)
            for column, value in enumerate(line, area.left)
        }
        assert {at: found[at] for at in wanted} == wanted, batch


def _answers(values: Sequence[str]) -> dict[str, str]:
    """So many values, below each other, some with a name that holds a bracket."""
    found = {f"indicators[{row}].value": value for row, value in enumerate(values)}
    names = {
        f"indicators[{row}].level3": ("面积（亩）", "人数")[row % 3 > 0]
        for row in range(len(values))
    }
    return {**found, **names}


def test_values_are_only_taken_apart_where_a_rule_asks(tmp_path: Path, made: Layout) -> None:
    assert live_rules(made) == {"small"}
    for template, there in (("county-project", True), ("national-project", False)):
        layout = load_template(template).layout({})
        assert bool(dict(part_results(layout, {}))) == there


@pytest.mark.office
def test_a_row_that_is_inserted_silences_what_helpers_cannot_see(
    office: Office, tmp_path: Path, made: Layout
) -> None:
    answers: Answers = {f"indicators[{row}].value": "≥95%" for row in (0, 1, 2)}
    answers = {**answers, "indicators[0].level3": "甲"}
    path, grown = tmp_path / "filled.xlsx", tmp_path / "grown.xlsx"
    path.write_bytes(filled(made, write_form(made, UNIT), answers))
    (number,) = (n for n, line in enumerate(check_lines(made)) if line.rule)
    cell = Box(FIRST_LINE + number, FOUND_AT, FIRST_LINE + number, FOUND_AT)
    asked = [(CHECK_LINES_SHEET, cell.name)]
    assert office.compute(path, asked) == [[[0.875]]]
    row = made.places["indicators[1].value"].row + 1
    office.edit(path, [desk.unprotect_sheet("表"), desk.insert_rows("表", row)], grown)
    assert office.compute(grown, asked) == [[[-1]]]


@pytest.mark.office
def test_a_row_that_is_inserted_below_a_printed_category_is_no_error(
    office: Office, tmp_path: Path
) -> None:
    """Formulas have what the form prints in each row as constants, for as many rows as issued."""
    layout = load_template("county-project").layout({})
    answers: Answers = {"projects[0].indicators[0].level3": "甲", "projects[0].name": "乙"}
    path, grown = tmp_path / "filled.xlsx", tmp_path / "grown.xlsx"
    path.write_bytes(filled(layout, write_form(layout, UNIT), answers))
    sheet = layout.sheets[0].sheet.name
    row = layout.places["projects[0].indicators[0].level3"].row + 2
    office.edit(path, [desk.unprotect_sheet(sheet), desk.insert_rows(sheet, row)], grown)
    lines = check_lines(layout)
    box = Box(FIRST_LINE, FOUND_AT, FIRST_LINE + len(lines) - 1, FOUND_AT)
    ((found,),) = (office.compute(grown, [(CHECK_LINES_SHEET, box.name)]),)
    by_line = [(line, str(one)) for line, (one,) in zip(lines, found, strict=True) if line.rule]
    silent = {line.rule.rule.id for line, one in by_line if line.rule and one == "-1.0"}
    assert {"rises_but_at_most", "benefits_missing"} <= silent
    assert {one for _, one in by_line} == {"-1.0", "0.0"}
