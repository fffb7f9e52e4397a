"""Kinds: typed text → value, as a table; what is refused says why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptxl.merge.compared import Amount
from ptxl.merge.rows import Sum
from ptxl.model.findings import finding
from ptxl.model.form import Field
from ptxl.model.path import Path
from ptxl.text import Raw, clean, plain
from ptxl.values.kinds import KINDS
from ptxl.values.money import added


def parse(kind: str, raw: Raw, **options: object) -> tuple[object, str]:
    field = Field(path="x", kind=kind, label="x", **options)  # type: ignore[arg-type]
    parsed = KINDS[kind].parse(raw, field)
    return parsed.value, parsed.code


@pytest.mark.parametrize(
    ("raw", "value", "code"),
    [
        ("14.70", "14.70", ""),
        (Decimal("14.7"), "14.7", ""),
        ("1,234.5", "1234.5", ""),
        ("１２３４．５", "1234.5", ""),
        ("５万元", "5", ""),
        (" 2115.4 ", "2115.4", ""),
        ("￥3", None, "money_unit_differs"),  # a sign says 元
        ("-¥ 3", None, "money_unit_differs"),
        ("￥3万元", "3", ""),
        ("-2", "-2", ""),
        ("0.0", "0.0", ""),
        ("2000万", "2000", "money_unit_unclear"),
        ("2000元", None, "money_unit_differs"),
        ("1亿元", None, "money_unit_differs"),
        ("约三十万", None, "not_a_number"),
        ("1,23,4", None, "not_a_number"),
        ("12..5", None, "not_a_number"),
        ("5万元左右", None, "not_a_number"),
        ("716.8\n20", None, "not_a_number"),
        ("100 200", None, "not_a_number"),
        ("100①", None, "not_a_number"),
        ("12²", None, "not_a_number"),
        ("5 万元", "5", ""),
        (date(2026, 3, 1), None, "not_a_number"),
        (True, None, "not_a_number"),
        ("", None, "not_a_number"),
    ],
)
def test_money(raw: Raw, value: str | None, code: str) -> None:
    expected = None if value is None else Decimal(value)
    assert parse("money", raw, unit="万元") == (expected, code)


def test_a_sign_of_currency_says_the_unit_of_the_field_where_that_is_yuan() -> None:
    assert parse("money", "¥1,200", unit="元") == (Decimal(1200), "")


def test_money_outside_its_range_is_kept_and_reported() -> None:
    assert parse("money", "-2", unit="万元", minimum=Decimal(0)) == (Decimal(-2), "out_of_range")


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        ((0, None), ("应不小于 0", "at least 0")),
        ((None, -5), ("应不大于 -5", "at most -5")),
        ((0, 100), ("应为 0 至 100", "0 to 100")),
    ],
)
def test_a_range_with_one_end_is_told_in_words(
    bounds: tuple[int | None, int | None], said: tuple[str, str]
) -> None:
    low, high = (None if bound is None else Decimal(bound) for bound in bounds)
    field = Field(path=Path("x"), kind="money", label="X", unit="万元", minimum=low, maximum=high)
    parsed = KINDS["money"].parse("-2", field)
    found = finding("out_of_range", **parsed.facts)
    assert found.message("zh") == f"数值 -2 超出允许范围（{said[0]}），请核对"
    assert found.message("en") == f"-2 is outside the allowed range ({said[1]}); please check"


@pytest.mark.parametrize(
    ("raw", "value", "code"),
    [
        ("25%", "25", ""),
        ("25.00", "25.00", ""),
        ("２５％", "25", ""),
        ("100", "100", ""),
        (Decimal(25), "25", ""),
        (Decimal("0.25"), None, "ambiguous_percent"),
        (Decimal(1), None, "ambiguous_percent"),
        (Decimal(0), "0", ""),
        ("0.25", "0.25", "percent_unclear"),
        ("０．２５", "0.25", "percent_unclear"),
        ("1", "1", "percent_unclear"),
        ("1%", "1", ""),
        ("0.5％", "0.5", ""),
        ("1.01", "1.01", ""),
        ("0", "0", ""),
        ("-0.5", "-0.5", ""),
        ("一半", None, "not_a_number"),
    ],
)
def test_percent(raw: Raw, value: str | None, code: str) -> None:
    assert parse("percent", raw) == (None if value is None else Decimal(value), code)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("2025.3.1", date(2025, 3, 1)),
        ("2025-03-01", date(2025, 3, 1)),
        ("2025年3月1日", date(2025, 3, 1)),
        ("２０２５/3/1", date(2025, 3, 1)),
        (date(2025, 3, 1), date(2025, 3, 1)),
        (Decimal(45717), date(2025, 3, 1)),
        ("2025年3月", None),
        ("2025.13.1", None),
        ("0025年3月1日", None),
        ("1900-1-1", date(1900, 1, 1)),
        ("2119-12-31", date(2119, 12, 31)),
        ("2205-3-1", None),
        ("二〇二五年三月一日", None),
        (Decimal(20250301), None),
        (Decimal("45717.5"), None),
    ],
)
def test_date(raw: Raw, value: date | None) -> None:
    assert parse("date", raw) == (value, "" if value else "not_a_date")


def test_integer() -> None:
    assert parse("integer", "1,200") == (Decimal(1200), "")
    assert parse("integer", "12.5") == (None, "not_whole")


def test_codes_are_never_numbers() -> None:
    assert parse("code", "001") == ("001", "")
    assert parse("code", Decimal(224001)) == ("224001", "stored_as_number")
    assert parse("code", Decimal("0.95")) == (None, "not_a_code")
    assert parse("code", Decimal("441000000000000000")) == (None, "not_a_code")


def test_texts_lose_only_what_cannot_be_seen() -> None:
    assert clean(" \u200b预算\u00a0表\r\n第二行\ufeff ") == "预算 表\n第二行"
    assert parse("text", "预算" * 6, longest=10) == ("预算" * 6, "too_long")


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-1e9, max_value=1e9))
def test_a_number_survives_being_shown(number: Decimal) -> None:
    assert parse("money", plain(number), unit="万元") == (number, "")


@given(st.text(max_size=30), st.sampled_from(sorted(KINDS)))
def test_no_text_makes_a_parser_fail(text: str, kind: str) -> None:
    parse(kind, text, unit="万元")


@pytest.mark.parametrize("order", list(permutations(["1E+24", "0.000001", "-1E+24"])))
def test_no_sum_depends_on_its_order(order: Sequence[str]) -> None:
    amounts = list(map(Decimal, order))
    exact = Decimal("0.000001")
    assert added(amounts) == exact
    assert sum((Sum(amount, 1) for amount in amounts), Sum()) == Sum(exact, 3)
    assert sum(map(Amount, amounts), Amount()) == Amount(exact)
