"""What a person sees of a cell with a number format, on which office programs agree."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ptxl.values.number_format import BUILT_IN, keeps_texts, parse_format, see

ACCOUNTS = '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ '


@pytest.mark.parametrize(
    ("code", "number", "text"),
    [
        ("General", "500.5", "500.5"),
        ("@", "12", "12"),
        ("#,##0.00####", "1234.5", "1234.50"),
        ("#,##0.00", "1234567.891", "1234567.89"),
        ("0", "0.3", "0"),
        ("000000", "123", "000123"),
        ("#.##", "0.5", ".5"),
        ("#,###", "0", ""),
        ("0.00,", "5005000", "5005.00"),
        ("0!.0,", "5005000", "500.5"),
        (r"0\.0,", "5005000", "500.5"),
        ("0.0,,", "123456789", "123.5"),
        ('[>=10000]0!.0,"万";0', "123456", "12.3万"),
        ('[>=10000]0!.0,"万";0', "1234", "1234"),
        ('[$￥-804]#,##0.00"元"', "500.5", "￥500.50元"),
        ('0.0"亿元"', "500.5", "500.5亿元"),
        ('"999"', "500.5", "999"),
        (";;;", "500.5", ""),
        ("0;-0;;@", "0", ""),
        ("0.00%", "500.5", "50050.00%"),
        ('0.0"‰"', "5", "5.0‰"),
        ("0;0", "-5", "5"),
        ("0", "-5", "-5"),
        ('[=0]"无";0', "-5", "5"),
        ('[>=1000]0"千";0', "-5", "5"),
        ('[>=1000]0"千";(0)', "-5", "-5"),
        ('[=1]"是";[=0]"否";0', "-5", "5"),
        ('[=0]"无";-0', "-5", "-5"),
        ("[<5]0;0", "-5", "-5"),
        ('0;[=5]"五"', "-5", "-5"),
        ("0.00_);(0.00)", "-5", "-5.00"),
        ("[红色]0;[Red]-0", "-5", "-5"),
        (ACCOUNTS, "0", "0"),
        (ACCOUNTS, "-1234.5", "-1234.50"),
        ("0.00E+00", "12345", "12300"),
        ("##0.0E+0", "12345", "12300"),
        ("# ?/?", "500.5", "500.5"),
        ("# ?/4", "500.25", "500.25"),
        ('General"人"', "12", "12人"),
        ("0-00", "1234", "12-34"),
        ("yyyy-mm-dd", "46082", "2026-03-01"),
        ("yyyy", "46082", "2026"),
        ('[$-804]yyyy"年"m"月"d"日"', "46082", "2026年3月1日"),
        ('h:mm"分"', "0.5", "12:00分"),
        ("0", "1e308", f"1{'0' * 308}"),
        ("0.00", "1e-300", "0.00"),
        (f"0.{'0' * 900}", "5", f"5.{'0' * 900}"),
        ("%" * 900, "5", "%" * 900),
        (f"0{'%' * 900}", "1", f"1{'0' * 1800}{'%' * 900}"),
        ("", "5", ""),
        ('"', "5", ""),
        ("[", "5", "["),
        ("\\", "5", ""),
    ],
)
def test_what_is_seen_of_a_number(code: str, number: str, text: str) -> None:
    assert see(parse_format(code), Decimal(number)).text == text


@pytest.mark.parametrize(
    ("code", "text"),
    [("0", "约5"), (";;;", ""), ('@"元"', "约5元"), ('0;0;0;"共"@', "共约5"), ("@", "约5")],
)
def test_what_is_seen_of_a_text(code: str, text: str) -> None:
    assert see(parse_format(code), "约5").text == text
    assert keeps_texts(parse_format(code)) == (text == "约5")


def test_parts_of_days_are_told_apart() -> None:
    day = date(2026, 3, 1)
    assert see(parse_format("yyyy/m/d h:mm:ss"), day).parts == set("ymdhns")
    assert see(parse_format('yyyy"年"m"月"'), day).parts == set("ym")
    assert see(parse_format("[h]:mm"), day).parts == set("hn")
    assert see(parse_format("dddd"), day).parts == set("w")


def test_notations_of_their_own_are_not_usual() -> None:
    for code in ("0.00E+00", "# ?/?", "[DBNum2][$-804]General"):
        assert not see(parse_format(code), Decimal(12)).usual, code
    assert see(parse_format("0.00%"), Decimal(12)).per_cent


def test_every_built_in_format_shows_a_number() -> None:
    for code in BUILT_IN.values():
        assert see(parse_format(code), Decimal(40_000)).text, code


def test_formats_of_thailand_are_known() -> None:
    shown = {59: "25", 60: "25.00", 66: "¥25.00", 67: "2500%", 70: "25", 71: "1900/1/24"}
    seen = {number: see(parse_format(BUILT_IN[number]), Decimal(25)) for number in shown}
    assert {number: one.text for number, one in seen.items()} == shown
    assert see(parse_format(BUILT_IN[81]), Decimal(25)).nature == "date"


def test_formats_that_show_all_digits_are_known_at_once() -> None:
    number = Decimal("1234.5")
    shown = {code: parse_format(code).shows_all_of(number) for code in ("0", "0.00", "General")}
    assert shown == {"0": False, "0.00": True, "General": True}
    assert not parse_format('0.00"元"').shows_all_of(number)
    assert not parse_format("General").shows_all_of(-number)
