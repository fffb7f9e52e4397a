"""The rule language: what it computes and what it refuses."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ptxl.rules import RuleError, compile_rule, render_message, rule_names

VALUES: dict[str, object] = {
    "funds.total": Decimal("14.70"),
    "funds.fiscal": Decimal("14.7"),
    "plan[0].percent": Decimal(25),
    "plan[1].percent": Decimal(50),
    "name": "专线",
}


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("funds.total == funds.fiscal + funds.other", True),
        ("funds.total * 2 > 29.3 and not blank(name)", True),
        ("plan[0].percent <= plan[1].percent <= 40", False),
        ("name in ['专线', '软件']", True),
        ("length(name) > 2 or blank(funds.other)", True),
        ("-funds.total < 0", True),
        ("funds.other == 0", True),
        ("funds.total / 2 == 7.35", True),
    ],
)
def test_expressions(expression: str, holds: bool) -> None:
    assert bool(compile_rule(expression).evaluate(VALUES.get)) is holds


@pytest.mark.parametrize(
    "expression",
    ["name.upper()", "name | upper", "open('x')", "[x for x in y]", "a if b else c", "a[b]", "1 +",
     "'a' ~ 'b'", "2 ** 3", "blank(a, b)", ""],
)  # fmt: skip
def test_everything_else_is_refused(expression: str) -> None:
    with pytest.raises(RuleError):
        compile_rule(expression)


def test_names_are_listed_once_in_order() -> None:
    assert rule_names("b.c + a == b.c") == ("b.c", "a")


def test_messages_show_values_as_people_write_them() -> None:
    text = "预算数（{{ funds.total }}）、其他（{{ funds.other }}）"
    assert render_message(text, VALUES.get) == "预算数（14.7）、其他（空）"
