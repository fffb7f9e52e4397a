"""Reported projects beside the approved budget: what is missing on which side, what differs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from ptxl.merge.compare_budget import (
    Approved,
    ApprovedBudget,
    BudgetComparison,
    BudgetDifference,
    BudgetFigures,
)
from ptxl.merge.rows import FormOf, Source, UnitSummary
from tests.summaries import UNREAD, Project, form


def approved(
    amount: str, code: str = "", name: str = "", unit: str = "", unit_name: str = "", line: int = 2
) -> Approved:
    return Approved(
        code=code, name=name, unit_code=unit, unit_name=unit_name, amount=Decimal(amount),
        lines=(line,),
    )  # fmt: skip


def differences(
    budget: Sequence[Approved], *forms: UnitSummary, due: Iterable[FormOf] = ()
) -> list[BudgetDifference]:
    comparison = BudgetComparison(ApprovedBudget(place="批复.xlsx", projects=tuple(budget)))
    for one in forms:
        comparison.add(one)
    return list(comparison.differences(forms, due))


def told(found: Iterable[BudgetDifference]) -> list[tuple[str, str, object]]:
    return [(one.kind, one.name, one.difference) for one in found]


def test_projects_are_found_by_code_however_it_is_written() -> None:
    budget = [approved("10", "000101", "甲"), approved("20", "1０2", "乙"), approved("30", "P 3")]
    form_ = form(
        "101", Project("甲", "10", "101"), Project("乙", "20", " 102"), Project("丙", "31", "p3")
    )
    (one,) = differences(budget, form_)
    assert (one.kind, one.name, one.difference) == ("approved_differs", "丙", Decimal(1))
    assert one.source == Source(file="101.xlsx", sheet="表", cell="C12")
    assert one.approved is not None
    assert (one.approved.lines, one.reported and one.reported.value) == ((2,), Decimal(31))


def test_codes_that_differ_in_zeros_alone_are_told_apart_where_both_are_approved() -> None:
    budget = [approved("10", "0101"), approved("20", "101")]
    assert (
        differences(budget, form("1", Project("甲", "10", "0101"), Project("乙", "20", "101")))
        == []
    )
    found = differences(budget, form("1", Project("甲", "10", "00101")))
    assert [one.kind for one in found] == ["approved_unclear", "not_reported", "not_reported"]


def test_what_is_missing_on_either_side() -> None:
    budget = [
        approved("10", "P1", "甲", "101"), approved("5", "P9", "丁", "101"),
        approved("7", "P8", "戊", "102"),
    ]  # fmt: skip
    found = differences(budget, form("101", Project("甲", "10", "P1"), Project("丙", "3", "P3")))
    assert told(found) == [
        ("not_in_budget", "丙", Decimal(3)),
        ("not_reported", "丁", Decimal(-5)),
        ("not_reported", "戊", Decimal(-7)),
    ]
    assert [one.form.code if one.form else "" for one in found] == ["101", "101", ""]


def test_what_forms_would_report_that_are_not_in_is_awaited() -> None:
    budget = [approved("7", "P8", "戊", "102"), approved("9", "P9", "己", "", "单位103")]
    due = [form("102").form, form("103").form, form("101").form]
    found = differences(budget, form("101"), due=due)
    assert [(one.kind, one.form and one.form.code) for one in found] == [
        ("not_reported_yet", "102"), ("not_reported_yet", "103"),
    ]  # fmt: skip
    assert [one.difference for one in found] == [None, None]
    second = form("102", template="special").form
    (one,) = differences(budget[:1], form("102"), due=[due[0], second])
    assert one.kind == "not_reported_yet"


def test_a_code_of_another_unit_is_said() -> None:
    budget = [approved("7", "P8", "戊", "102")]
    (one,) = differences(budget, form("101", Project("戊", "7", "P8")))
    assert (one.kind, one.difference) == ("other_unit", Decimal(0))


def test_the_unit_of_a_budget_may_be_a_name_or_a_code_without_zeros() -> None:
    budget = [approved("7", "P1", "甲", "", "单位 0101"), approved("8", "P2", "乙", "101")]
    assert (
        differences(budget, form("0101", Project("甲", "7", "P1"), Project("乙", "8", "P2"))) == []
    )


def test_a_project_that_several_report_is_added_up() -> None:
    budget = [approved("10", "P1", "甲")]
    forms = form("101", Project("甲", "4", "P1")), form("102", Project("甲", "6", "P1"))
    assert differences(budget, *forms) == []
    (one,) = differences(budget, *forms, form("103", Project("甲", "1", "P1")))
    assert (one.kind, one.projects, one.difference) == ("approved_differs", 3, Decimal(1))
    assert one.form is not None
    assert one.form.code == "101"


def test_without_codes_projects_are_found_by_name_within_the_unit() -> None:
    budget = [approved("10", "", "2026年维修", "101"), approved("20", "", "维修", "102")]
    forms = form("101", Project("维修", "10")), form("102", Project("维修（2026年）", "21"))
    (one,) = differences(budget, *forms)
    assert (one.kind, one.difference) == ("approved_differs", Decimal(1))
    assert [one.kind for one in differences(budget, form("103", Project("维修", "1")))] == [
        "not_in_budget", "not_reported", "not_reported",
    ]  # fmt: skip


def test_a_project_under_another_code_is_said_to_be_that() -> None:
    budget = [approved("10", "P1", "维修", "101")]
    (one,) = differences(budget, form("101", Project("2026年维修", "10", "P7")))
    assert (one.kind, one.code, one.difference) == ("code_differs", "P7", Decimal(0))
    two = form("101", Project("维修", "10", "P7"), Project("维修", "3", "P8"))
    kinds = [one.kind for one in differences(budget, two)]
    assert kinds == ["not_in_budget", "not_in_budget", "not_reported"]


def test_which_of_several_is_meant_is_not_guessed() -> None:
    budget = [approved("10", "P1", "甲", "102"), approved("20", "P1", "甲", "103")]
    found = differences(budget, form("101", Project("甲", "10", "P1")))
    assert [one.kind for one in found] == ["approved_unclear", "not_reported", "not_reported"]


def test_an_amount_that_cannot_be_read_is_said() -> None:
    (one,) = differences([approved("10", "P1")], form("101", Project("甲", UNREAD, "P1")))
    assert (one.kind, one.difference) == ("reported_unread", None)


codes = st.sampled_from(["", "P1", "P2", "0P2", "P3"])
names = st.sampled_from(["甲", "乙2026年", "乙", ""])
amounts = st.decimals(0, 10**6, places=2)
approved_ones = st.builds(
    lambda amount, code, name, unit: approved(str(amount), code, name, unit),
    amounts, codes, names, st.sampled_from(["", "101", "102", "104"]),
)  # fmt: skip
reported_ones = st.builds(
    lambda name, amount, code: Project(name, str(amount), code), names, amounts, codes
)
reports = st.dictionaries(
    st.sampled_from(["101", "102", "103"]), st.lists(reported_ones, max_size=4)
)


@settings(max_examples=200, deadline=None)
@given(st.lists(approved_ones, max_size=6), reports)
def test_the_differences_add_up_to_that_of_the_totals(
    budget: list[Approved], reported: dict[str, list[Project]]
) -> None:
    figures = BudgetFigures()
    forms = [form(code, *projects) for code, projects in sorted(reported.items())]
    for one in differences(budget, *forms):
        figures.add(one)
    of_reports = sum((Decimal(p.total) for each in reported.values() for p in each), Decimal(0))
    of_budget = sum((one.amount for one in budget), Decimal(0))
    assert figures.difference == of_reports - of_budget
