"""What a real office shows in a cell is what is read, or a finding names the cell.

PTXL_SHOWN says how many cells are drawn; the rest is the same for the same number.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pytest

from ptxl.mark import mark_workbook
from ptxl.model.submission import CheckedSubmission
from ptxl.read import open_workbook
from tests.conftest import Figures
from tests.looks import CELLS, SHEET, SmallForm
from tests.office import (
    Edit,
    Office,
    annotate,
    format_characters,
    format_number,
    lay_over,
    merge,
    set_cell,
    set_height,
    unprotect_sheet,
)

HOW_MANY = int(os.environ.get("PTXL_SHOWN", "60"))
FORMATS = ("xlsx", "ods", "xls")
PER_FORM = len(CELLS)
NUMBERS = (
    0, 1, 5, 12, 0.3, 0.95, 1.2, 25, 500.5, -5, -0.4, 1234.567, 46082, 102002, 5005000, 1e-7, 9e11,
)  # fmt: skip
TEXTS = (
    "约12", "≥95%", "12", "1,200", "１２３", "12 34", "12\u200b34", "12\u00a034", "¥500", "甲",
    "2026年3月1日", "-5", "104", "0102002", "a\nb", "12\t34", "'12", "٣", "x\u202ey", "m²",
)  # fmt: skip
DIGITS = ("0", "0.0", "0.00", "#,##0", "#,##0.00", "#", "#.##", "000000", "0.00####", "General")
AROUND = (
    '"元"',
    '"万元"',
    '"亿元"',
    '"%"',
    '"人"',
    " ",
    "¥",
    "$",
    '"约"',
    "\\-",
    '"3"',
    "_ ",
    "* ",
)
SCALES = (",", ",,", "%", "%%", "E+00", "")
DATES = (
    "yyyy-mm-dd", "yyyy/m/d", 'yyyy"年"m"月"d"日"', "m/d/yy", "yyyy", "m-d", "h:mm", "mmm-yy",
    'yyyy"年"m"月"', "dddd", "[h]:mm:ss", "yy-mm-dd hh:mm",
)  # fmt: skip
WHOLE = (
    ";;;", '"999"', "@", "0;0", "0;-0;;@", '0;0;0;"元"@', "# ?/?", "# ?/4", "0\\.0,", "0-00",
    '[>=10000]0\\.0,"万";0', "[<0]0;[>=0]0", "[DBNum1]General", "[RED]0;[BLUE]-0", "[WHITE]0",
    '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ ', "0.00_);(0.00)", "General;General;",
    '@"人"', "##0.0E+0", "BOOLEAN",
)  # fmt: skip
#: properties of characters, and a value of each that changes what a person makes of them
CHARACTERS = (
    ("CharStrikeout", 1), ("CharEscapement", 33), ("CharColor", 0xFFFFFF), ("CharWeight", 150),
    ("CharColor", 0xFF0000),
)  # fmt: skip


#: what may stand beside a number in each field, and says nothing new
UNITS = {
    "money": ("万元", "万"), "yuan": ("元", "¥", "￥"), "people": ("人",), "amount": ("平方米",),
    "share": ("%",),
}  # fmt: skip


@dataclass(frozen=True)
class Drawn:
    """What is done to one cell, and whether that changes what its text means to who sees it."""

    edits: tuple[Edit, ...]
    changed: bool = False


def number_format(draw: random.Random) -> str:
    """A number format, often one that nobody would choose."""
    kind = draw.random()
    if kind < 0.2:
        return draw.choice(DATES)
    if kind < 0.45:
        return draw.choice(WHOLE)
    sections = [section(draw) for _ in range(draw.choice((1, 1, 1, 2, 3)))]
    return ";".join(sections)


def section(draw: random.Random) -> str:
    before, after = draw.choice(("", "", *AROUND)), draw.choice(("", "", *AROUND))
    return f"{before}{draw.choice(DIGITS)}{draw.choice(SCALES) * draw.choice((0, 1))}{after}"


def drawn(draw: random.Random, cell: str) -> Drawn:
    """Something that somebody does to a cell."""
    value: float | str = draw.choice(NUMBERS) if draw.random() < 0.7 else draw.choice(TEXTS)
    edits = [set_cell(SHEET, cell, value)]
    if draw.random() < 0.8:
        edits.append(format_number(SHEET, cell, number_format(draw)))
    if not isinstance(value, str) or len(value) < 3 or draw.random() < 0.6:
        return Drawn(tuple(edits))
    name, how = draw.choice(CHARACTERS)
    start = draw.randrange(1, len(value))
    edits.append(format_characters(SHEET, cell, name, how, start=start, end=len(value)))
    digits = value[start - 1].isdigit() and value[start].isdigit() and value.isascii()
    changes = {"CharStrikeout": value[start:].strip() != "", "CharEscapement": digits}
    return Drawn(tuple(edits), changes.get(name, False) and value.isprintable())


# -- what is seen and what is read


def same(shown: str, checked: CheckedSubmission, name: str) -> bool:
    """Whether a person who sees a text means what is read."""
    value = checked.values.get(name)
    if value is None:
        return not shown.strip()
    if isinstance(value, date):
        return same_day(shown, value)
    if isinstance(value, Decimal):
        return same_number(shown, value, UNITS[name])
    return squeezed(shown) == squeezed(str(getattr(value, "raw", value)))


def same_day(shown: str, day: date) -> bool:
    numbers = [int(one) for one in re.findall("[0-9]+", shown)]
    return {day.month, day.day} <= set(numbers) and bool({day.year, day.year % 100} & set(numbers))


def same_number(shown: str, value: Decimal, units: tuple[str, ...]) -> bool:
    text = squeezed(shown).replace(",", "")
    text = re.sub(r"^\((.*)\)$", r"-\1", text)
    for unit in units:
        text = text.removesuffix(unit).removeprefix(unit)
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text == "-" and value == 0
    decimals = len(text.partition(".")[2])
    near = abs(number - value) <= Decimal("0.5").scaleb(-decimals) * Decimal("1.0001")
    return near and abs(number - value) <= abs(value) * Decimal("0.1")


def squeezed(text: str) -> str:
    """A text without what nobody sees."""
    return re.sub(r"[\s\u200b\u00a0\u202e]", "", text)


# -- the proof


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> SmallForm:
    return SmallForm(tmp_path_factory.mktemp("form"))


def silent(
    form: SmallForm, office: Office, folder: Path, seed: int
) -> Iterator[tuple[str, int, str, tuple[Edit, ...], str, object]]:
    """Every cell that shows something else than is read, and of which nothing is said."""
    draw = random.Random(seed)
    cells = {name: drawn(draw, cell) for name, cell in CELLS.items()}
    edits = [unprotect_sheet(SHEET), *(edit for one in cells.values() for edit in one.edits)]
    blank = folder / "blank.xlsx"
    blank.write_bytes(form.blank)
    for ending in FORMATS:
        target = folder / f"edited.{ending}"
        office.edit(blank, edits, target)
        checked = form.read(target.read_bytes())
        named = {found.cell for found in checked.findings}
        (rows,) = office.shown(target, [(SHEET, "A1:D6")])
        for name, cell in CELLS.items():
            shown = rows[int(cell[1]) - 1]["ABCD".index(cell[0])]
            equal = same(shown, checked, name) and not cells[name].changed
            if not equal and cell not in named:
                yield ending, seed, name, cells[name].edits[1:], shown, checked.values.get(name)


@pytest.mark.office
def test_what_an_office_shows_is_what_is_read(
    form: SmallForm, office: Office, tmp_path: Path, figures: Figures
) -> None:
    rounds = -(-HOW_MANY // (PER_FORM * len(FORMATS)))
    found = [one for seed in range(rounds) for one in silent(form, office, tmp_path, seed)]
    count = rounds * PER_FORM * len(FORMATS)
    figures(f"{count} cells drawn in an office, {len(found)} shown otherwise and not named")
    assert found == []


@pytest.mark.office
@pytest.mark.parametrize("ending", FORMATS)
def test_cells_merged_by_an_office_hide_no_answer(
    form: SmallForm, office: Office, tmp_path: Path, ending: str
) -> None:
    blank, target = tmp_path / "blank.xlsx", tmp_path / f"merged.{ending}"
    blank.write_bytes(form.blank)
    edits = [
        unprotect_sheet(SHEET), set_cell(SHEET, CELLS["note"], "约12"), merge(SHEET, "A5:B5"),
    ]  # fmt: skip
    office.edit(blank, edits, target)
    checked = form.read(target.read_bytes())
    assert {found.code: found.cell for found in checked.findings} == {
        "answer_covered": "B5", "merges_added": "A5", "protection_removed": "",
    }  # fmt: skip
    assert "note" not in checked.values


@pytest.mark.office
@pytest.mark.parametrize("ending", FORMATS)
def test_what_an_office_lays_over_or_hides_is_named(
    form: SmallForm, office: Office, tmp_path: Path, ending: str
) -> None:
    blank, target = tmp_path / "blank.xlsx", tmp_path / f"hidden.{ending}"
    blank.write_bytes(form.blank)
    edits = [
        unprotect_sheet(SHEET),
        *(set_cell(SHEET, CELLS[name], "约12") for name in ("note", "code", "goal")),
        set_cell(SHEET, CELLS["money"], 500.5),
        lay_over(SHEET, CELLS["money"], "900"),
        annotate(SHEET, CELLS["people"], "应为 900"),
        format_characters(SHEET, CELLS["note"], "CharColor", 0xFFFFFF),
        format_characters(SHEET, CELLS["goal"], "CharStrikeout", 1),
        set_height(SHEET, 6, 10),
    ]
    office.edit(blank, edits, target)
    findings = form.findings(target.read_bytes())
    # Of a drawing an ods may say the place only by measures.
    over = {found.cell for found in findings if found.code == "laid_over"}
    assert over in ({CELLS["money"], CELLS["people"]}, {"A1", CELLS["people"]})
    marked = {found.cell for found in findings if found.code == "answer_marked"}
    assert marked == {CELLS["note"], CELLS["goal"]}
    assert "rows_hidden" in {found.code for found in findings}


@pytest.mark.office
@pytest.mark.parametrize("ending", FORMATS)
def test_marks_of_ours_lie_over_nothing(
    form: SmallForm, office: Office, tmp_path: Path, ending: str
) -> None:
    wrong = form.edited(lambda sheet: sheet["B2"].__setattr__("value", "约5"))
    source, target = tmp_path / "marked.xlsx", tmp_path / f"saved.{ending}"
    source.write_bytes(mark_workbook(open_workbook(wrong).parts, form.read(wrong), "zh"))
    office.convert(source, target)
    for data in (source.read_bytes(), target.read_bytes()):
        assert [found.code for found in form.findings(data)] == ["not_a_number"]
