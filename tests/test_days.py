"""Days that formulas tell of cells: those that Python tells, and never another than is read."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from ptxl.cells import EPOCH
from ptxl.model.form import Field
from ptxl.model.path import Path as FieldPath
from ptxl.values.kinds import KINDS
from ptxl.write.days import NO_DAY, day_formula, day_number, day_text
from tests.fillings import DAYS
from tests.office import Office

DATE = Field(path=FieldPath("day"), kind="date", label="日期")
FIRST, LAST = EPOCH + timedelta(days=20_001), EPOCH + timedelta(days=79_999)
#: texts made of what dates are made of
LIKE_DATES = st.text("0123456789-./年月日 １：", min_size=6, max_size=13)
SPELLINGS = (
    "{0}-{1}-{2}", "{0}.{1:02}.{2:02}", "{0}/{1}/{2:02}", "{0}年{1}月{2}日", "{0}年{1:02}月{2}",
)  # fmt: skip


@given(st.one_of(LIKE_DATES, st.dates(), st.datetimes(), st.integers(0, 100_000).map(Decimal)))
def test_no_other_day_is_told_than_is_read(raw: str | date | Decimal) -> None:
    number = day_number(raw, "zh")
    if number != NO_DAY:
        assert KINDS["date"].parse(raw, DATE).value == EPOCH + timedelta(days=number)


@given(st.dates(FIRST, LAST), st.sampled_from(SPELLINGS))
def test_every_day_is_told_in_the_usual_spellings(day: date, spelling: str) -> None:
    number = (day - EPOCH).days
    assert day_number(spelling.format(day.year, day.month, day.day), "zh") == number
    assert day_number(day, "zh") == day_number(Decimal(number), "zh") == number


@pytest.mark.office
@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_office_tells_the_days_that_python_tells(
    office: Office, tmp_path: Path, language: str
) -> None:
    ends = (FIRST, LAST, FIRST - timedelta(days=1), LAST + timedelta(days=1), date(2028, 2, 29))
    spelt = [one.format(day.year, day.month, day.day) for day in ends for one in SPELLINGS]
    cells = [*DAYS, *spelt, "", "2027-2-29", "2026-1-1日日", "2026-1", "26-1-1", "2026-1-1 8:00"]
    book, path = xlsxwriter.Workbook(tmp_path / "days.xlsx"), tmp_path / "days.xlsx"
    sheet = book.add_worksheet("days")
    for row, cell in enumerate(cells):
        sheet.write(row, 0, cell)
        sheet.write_formula(row, 1, day_formula(f"A{row + 1}", language))
        sheet.write_formula(row, 2, day_text(f"B{row + 1}"))
    book.close()
    (shown,) = office.compute(path, [("days", f"B1:C{len(cells)}")])
    numbers = [day_number(cell, language) for cell in cells]
    assert [number for number, _ in shown] == numbers
    for (_, text), number in zip(shown, numbers, strict=True):
        if number != NO_DAY:
            assert text == (EPOCH + timedelta(days=number)).isoformat()
    assert numbers.count(NO_DAY) < len(numbers) * 2 / 3
