"""Values split over three cells: joined for the desk, and as far as a spreadsheet can tell."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ptxl.check.submission import check_submission
from ptxl.template import load_template
from ptxl.text import Raw
from ptxl.values.target_value import PLAIN_SIGNS, join_values, plain_values
from tests.conftest import submit

LAYOUT = load_template("national-project").layout({"projects": 1, "rows": 3})
ROW = "projects[0].indicators[0]"
UNITS = LAYOUT.form.choices(LAYOUT.fields[f"{ROW}.value.unit"])


def cells(sign: str, amount: str, unit: str) -> dict[str, object]:
    parts = {"sign": sign, "amount": amount, "unit": unit}
    return {f"{ROW}.value.{part}": text for part, text in parts.items() if text}


@pytest.mark.parametrize("sign", PLAIN_SIGNS)
def test_what_a_spreadsheet_tells_is_what_the_desk_reads(sign: str) -> None:
    for unit in ("", *UNITS):
        for amount in ("5", "95", "0.5", "12.25", "100000"):
            values = cells(sign, amount, unit)
            (desk,) = join_values(LAYOUT, values).values()
            (form,) = plain_values(LAYOUT, values).values()
            assert form.number == desk.number == Decimal(amount), (amount, unit)
            assert (form.comparison, form.unit) == (desk.comparison, desk.unit), (amount, unit)


@pytest.mark.parametrize(
    ("sign", "amount"),
    [("定性", "有效提升"), ("定性", "95"), ("≥", "约95"), ("≥", "12."), ("≥", ".5"), ("≥", "1e3"),
     ("≥", "９５"), ("≥", "1,000"), ("≥", "1234567890123"), ("", "95"), ("≧", "95"), ("≥", "")],
)  # fmt: skip
def test_anything_else_is_left_to_the_desk(sign: str, amount: str) -> None:
    (value,) = plain_values(LAYOUT, cells(sign, amount, "%")).values()
    written = f"{amount}%" if sign == "定性" else f"{sign}{amount}%"
    assert (value.comparison, value.number, value.raw) == ("text", None, written)


def test_a_blank_value_is_none() -> None:
    assert join_values(LAYOUT, {}) == plain_values(LAYOUT, {}) == {}


def row(sign: str, amount: str, unit: str) -> dict[str, Raw]:
    found: dict[str, Raw] = {
        f"{ROW}.level1": "产出指标", f"{ROW}.level2": "质量指标", f"{ROW}.level3": "覆盖率",
    }  # fmt: skip
    return found | {path: str(text) for path, text in cells(sign, amount, unit).items()}


def places(answers: dict[str, Raw], code: str) -> list[str]:
    findings = check_submission(submit(LAYOUT, answers)).findings
    return [found.path.removeprefix(f"{ROW}.") for found in findings if found.code == code]


def test_rules_point_at_the_part_that_is_to_be_corrected() -> None:
    assert places(row("≤", "95", "%"), "rises_but_at_most") == ["value.sign"]


def test_rules_are_silent_while_a_required_part_is_missing() -> None:
    answers = row("", "95", "人")
    assert "value.sign" in places(answers, "required")
    assert places(answers, "rate_counted") == []
    assert places(row("≥", "95", "人"), "rate_counted") == ["value.unit"]
