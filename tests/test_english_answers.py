"""Days and target values as readers of English type them: read exactly, or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path as FilePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptxl.model.form import Field, Manner
from ptxl.model.path import Path
from ptxl.text import Raw
from ptxl.values.kinds import KINDS, format_of
from ptxl.values.target_value import parse_target
from ptxl.words import Speaker
from tests.conftest import ROOT

IRISH = Manner(language="en", currency="EUR", signs=("€",), dates="dmy")
KENYAN = Manner(language="en", currency="KES", signs=("KSh",), dates="dmy")
AMERICAN = Manner(language="en", dates="mdy")
NOBODY_SAID = Manner(language="en")
CHINESE = Manner()
MARCH_1, JANUARY_3 = date(2027, 3, 1), date(2027, 1, 3)
MARCH_13 = date(2027, 3, 13)


def read_day(raw: Raw, manner: Manner) -> tuple[object, str]:
    found = KINDS["date"].parse(raw, Field(path=Path("x"), kind="date", label="x", manner=manner))
    return found.value, found.code


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        ("1 March 2027", MARCH_1),
        ("1 MAR 2027", MARCH_1),
        ("1st March 2027", MARCH_1),
        ("1st of March, 2027", MARCH_1),
        ("March 1, 2027", MARCH_1),
        ("Mar. 1st 2027", MARCH_1),
        ("01-Mar-2027", MARCH_1),
        ("2027-3-1", MARCH_1),
        ("13/3/2027", MARCH_13),
        ("3/13/2027", MARCH_13),
        ("3/3/2027", date(2027, 3, 3)),
        ("29 Feb 2028", date(2028, 2, 29)),
    ],
)
@pytest.mark.parametrize("manner", [IRISH, AMERICAN, NOBODY_SAID])
def test_a_day_is_read_where_it_is_certain(raw: str, day: date, manner: Manner) -> None:
    assert read_day(raw, manner) == (day, "")


@pytest.mark.parametrize("raw", ["1/3/2027", "01.03.2027", "1-3-2027"])
def test_the_template_says_which_number_is_the_month(raw: str) -> None:
    assert read_day(raw, IRISH) == (MARCH_1, "")
    assert read_day(raw, AMERICAN) == (JANUARY_3, "")
    assert read_day(raw, NOBODY_SAID) == (None, "ambiguous_date")


@pytest.mark.parametrize(
    "raw",
    ["1/3/27", "1 Mar 27", "29 Feb 2027", "31/6/2027", "32 March 2027", "March 2027",
     "1 Marsh 2027", "1/3-2027", "soon", "1 March 2027 or later", "1/3/0027", "1 Mar 0027",
     "0027-3-1", "1/3/2720"],
)  # fmt: skip
def test_what_is_no_day_for_certain_is_not_read(raw: str) -> None:
    assert read_day(raw, IRISH) == (None, "not_a_date")


def test_real_days_need_no_language() -> None:
    for manner in (IRISH, CHINESE):
        assert read_day(MARCH_1, manner) == (MARCH_1, "")
        assert read_day(datetime(2027, 3, 1, 12), manner) == (MARCH_1, "")
        assert read_day(Decimal(46447), manner) == (MARCH_1, "")


def test_chinese_forms_read_days_as_before() -> None:
    assert read_day("2027年3月1日", CHINESE) == (MARCH_1, "")
    for raw in ("1/3/2027", "13/3/2027", "1 March 2027"):
        assert read_day(raw, CHINESE) == (None, "not_a_date")


def test_a_day_is_shown_as_its_readers_write_it() -> None:
    formats = {
        manner.language: format_of(Field(path=Path("x"), kind="date", label="x", manner=manner))
        for manner in (IRISH, CHINESE)
    }
    assert formats == {"en": "[$-409]d mmm yyyy", "zh": "yyyy-mm-dd"}


@given(day=st.dates(min_value=date(1980, 1, 1), max_value=date(2099, 12, 31)))
def test_a_day_that_is_written_is_the_day_that_is_read(day: date) -> None:
    for text in (f"{day:%d %B %Y}", f"{day:%B %d, %Y}", f"{day:%d-%b-%Y}", day.isoformat()):
        assert read_day(text, NOBODY_SAID) == (day, "")
    assert read_day(f"{day:%d/%m/%Y}", IRISH) == (day, "")
    assert read_day(f"{day:%m/%d/%Y}", AMERICAN) == (day, "")


# -- target values: text → comparison | number | upper | unit | note


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("at least 85%", ">= | 85 |  | % | "),
        ("At least 85 %", ">= | 85 |  | % | "),
        ("≥ 85 %", ">= | 85 |  | % | "),
        ("85% or more", ">= | 85 |  | % | "),
        ("95%+", ">= | 95 |  | % | "),
        ("85 per cent of households", "= | 85 |  | % | of households"),
        ("no more than 3 days", "<= | 3 |  | days | "),
        ("within 3 working days", "<= | 3 |  | working days | "),
        ("more than 500 trees", "> | 500 |  | trees | "),
        ("under 5%", "< | 5 |  | % | "),
        ("exactly 12", "= | 12 |  |  | "),
        ("about 500 people", "= | 500 |  | people | about"),
        ("1.2 million people", "= | 1200000 |  | people | "),
        ("1.2-1.5 million people", "range | 1200000 | 1500000 | people | "),
        ("two workshops", "= | 2 |  | workshops | "),
        ("between 5 and 10", "range | 5 | 10 |  | "),
        ("from 5 to 10 km", "range | 5 | 10 | km | "),
        ("1,500-1,800 people", "range | 1500 | 1800 | people | "),
        ("at least 85% and at most 95%", "range | 85 | 95 | % | "),
        ("increase by 5%", "= | 5 |  | % | increase by"),
        ("increase by at least 5%", ">= | 5 |  | % | increase by"),
        ("5 percentage points", "= | 5 |  | percentage points | "),
        ("KES 1,500 per visit", "= | 1500 |  | KES per visit | "),
        ("at most KSh 1.2 million", "<= | 1.2 |  | million KES | "),
        (">= 95% (survey in May)", ">= | 95 |  | % | survey in May"),
        ("N/A", "none |  |  |  | "),
        ("significantly improved", "grade |  |  |  | "),
        ("5m", "= | 5 |  | m | "),
        # not certain
        ("5m people", "text |  |  |  | "),
        ("5k", "text |  |  |  | "),
        ("10 - 5", "text |  |  |  | "),
        ("3 reports by June 2027", "text |  |  |  | "),
        ("all staff trained", "text |  |  |  | "),
        ("1:30", "text |  |  |  | "),
        ("1,20,000", "text |  |  |  | "),
        ("5 June", "text |  |  |  | "),
    ],
)
def test_a_target_value_is_taken_for_what_it_says(text: str, expected: str) -> None:
    value = parse_target(text, manner=KENYAN)
    parts = (value.comparison, value.number, value.upper, value.unit, value.note)
    assert " | ".join("" if part is None else str(part) for part in parts) == expected
    assert value.raw == text


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("by June 2027", None, date(2027, 6, 30)),
        ("by the end of Q2 2027", None, date(2027, 6, 30)),
        ("by end of 2027", None, date(2027, 12, 31)),
        ("no later than 30 June 2027", None, date(2027, 6, 30)),
        ("completed by June 30, 2027", None, date(2027, 6, 30)),
        ("before 1/3/2027", None, MARCH_1),
        ("<= 2027-03-01", None, MARCH_1),
        ("1 March 2027", MARCH_1, MARCH_1),
        ("June 2027", date(2027, 6, 1), date(2027, 6, 30)),
        ("in 2027", date(2027, 1, 1), date(2027, 12, 31)),
        ("first half of 2027", date(2027, 1, 1), date(2027, 6, 30)),
        ("from March to September 2027", date(2027, 3, 1), date(2027, 9, 30)),
        ("1 March 2027 - 30 June 2027", MARCH_1, date(2027, 6, 30)),
        ("since March 2027", MARCH_1, None),
        ("by June", None, None),
    ],
)
def test_a_time_has_the_days_that_it_says(text: str, first: date | None, last: date | None) -> None:
    value = parse_target(text, manner=IRISH)
    assert (value.comparison, value.date_from, value.date_to) == ("by_date", first, last)


@pytest.mark.parametrize("text", ["by 1/3/2027", "30 February 2027", "by Easter", "FY 2027/28"])
def test_a_time_that_is_not_certain_is_a_text(text: str) -> None:
    assert parse_target(text, manner=NOBODY_SAID).comparison == "text"


SIGNS = {">=": "at_least", "<=": "at_most", ">": "above", "<": "below", "=": "equal"}
WORDS = [
    (comparison, word)
    for comparison, code in SIGNS.items()
    for word in Speaker("en").say(f"targets.{code}").split("|")
]


@given(
    said=st.sampled_from(WORDS),
    number=st.decimals(min_value=0, max_value=10**9, places=1),
    unit=st.sampled_from(["%", "people", "working days", "km", "litres/day", "visits per year"]),
    capital=st.booleans(),
)
def test_what_is_written_in_words_is_read_as_it_was_meant(
    said: tuple[str, str], number: Decimal, unit: str, capital: bool
) -> None:
    comparison, word = said
    text = f"{word.capitalize() if capital else word} {number:,f} {unit}"
    value = parse_target(text, manner=IRISH)
    assert (value.comparison, value.number, value.unit) == (comparison, number, unit)


@given(st.text(alphabet="0123456789 .,-/%abyofmil<>≥€KESQJune2027()", max_size=40))
def test_no_text_is_a_surprise(text: str) -> None:
    value = parse_target(text, manner=KENYAN)
    assert value.raw == text
    assert value.upper is None or value.number is None or value.number < value.upper


FRENCH = """
[money]
thousand = "milliers de {currency}"
[days]
months = "janvier,février,mars,avril,mai,juin,juillet,août,septembre,octobre,novembre,décembre"
behind_day = "er"
[targets]
at_least = "au moins"
[targets.times]
until = "d'ici|avant"
"""
FRENCH_ANSWERS = """
from decimal import Decimal
from datetime import date
from ptxl.model.form import Field, Manner
from ptxl.template import lint_template
from ptxl.values.kinds import KINDS
from ptxl.values.target_value import parse_target
manner = Manner(language="fr", currency="EUR", signs=("€",))
field = dict(path="x", label="x", manner=manner)
read = lambda kind, text, **more: KINDS[kind].parse(text, Field(kind=kind, **field, **more)).value
assert read("date", "1er mars 2027") == date(2027, 3, 1)
assert read("money", "€5 milliers", unit="milliers de EUR") is None
assert read("money", "5 milliers de EUR", unit="milliers de EUR") == Decimal(5)
value = parse_target("au moins 12 séances", manner=manner)
assert (value.comparison, value.number, value.unit) == (">=", 12, "séances")
assert parse_target("avant juin 2027", manner=manner).date_to == date(2027, 6, 30)
faults = tuple(lint_template({template!r}))
assert not faults, faults
"""


def test_forms_in_a_third_language_need_one_more_file(tmp_path: FilePath) -> None:
    (tmp_path / "fr.toml").write_text(FRENCH, encoding="utf-8")
    text = (ROOT / "templates/service-grant/template.yaml").read_text(encoding="utf-8")
    for english, french in (
        ("language: en", "language: fr"), ("id: service-grant", "id: subvention"),
        ('"thousand {{ currency }}"', '"milliers de {{ currency }}"'),
        ("default: yuan", "default: EUR"),
    ):  # fmt: skip
        text = text.replace(english, french)
    (tmp_path / "subvention").mkdir()
    (tmp_path / "subvention" / "template.yaml").write_text(text, encoding="utf-8")
    program = FRENCH_ANSWERS.replace("{template!r}", f"Path({str(tmp_path / 'subvention')!r})")
    done = subprocess.run(
        [sys.executable, "-c", f"from pathlib import Path{program}"],
        env={**os.environ, "PTXL_WORDS": str(tmp_path)}, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
