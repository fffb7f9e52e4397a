"""This year beside an earlier one: what is new, gone or changed, and what nobody can tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptxl.merge.compare_years import (
    Change,
    ChangeFigures,
    Earlier,
    compare_years,
)
from ptxl.merge.compared import TOTAL, Amount, compared, pack, unpack
from ptxl.merge.rows import County, DueForm, LeftOut, Source, UnitSummary
from tests.summaries import UNREAD, Project, form


def changes(
    before: Iterable[UnitSummary], now: Iterable[UnitSummary], counties: Sequence[County] = (),
    expected: Sequence[County] = (),
) -> list[Change]:  # fmt: skip
    """What changed; `expected` says what was due or left out before."""
    earlier = Earlier(expected)
    for one in before:
        earlier.add(one)
    now = list(now)
    of_forms = [County(name=name) for name in {one.form.county for one in now}]
    return list(compare_years(earlier, now, counties or of_forms or [County()]))


def one_unit(before: Sequence[Project], now: Sequence[Project]) -> list[Change]:
    return changes([form("101", *before)], [form("101", *now)])


def told(found: Iterable[Change]) -> list[tuple[str, str, object]]:
    return [(one.kind, one.project, one.difference) for one in found]


def test_projects_are_told_by_code_and_else_by_name_without_years() -> None:
    before = [
        Project("教师培训", "30", "P1"), Project("2025年校舍维修", "100"), Project("旧项目", "5"),
    ]  # fmt: skip
    now = [
        Project("校舍维修（2026年度）", "110"), Project("骨干教师培训", "45", "Ｐ1 "),
        Project("新项目", "7"),
    ]  # fmt: skip
    assert told(one_unit(before, now)) == [
        ("amount", "校舍维修（2026年度）", Decimal(10)),
        ("total_grown", "骨干教师培训", Decimal(15)),
        ("project_new", "新项目", Decimal(7)),
        ("project_gone", "旧项目", Decimal(-5)),
    ]


def test_a_changed_amount_says_both_the_difference_per_cent_and_the_cell() -> None:
    (one,) = one_unit([Project("甲", "37.5", fiscal="100")], [Project("甲", "45.1", fiscal="100")])
    assert (one.before, one.now) == (Amount(Decimal("37.5")), Amount(Decimal("45.1")))
    assert (one.difference, one.percent) == (Decimal("7.6"), Decimal("20.27"))
    assert (one.kind, one.what, one.name) == ("total_grown", "资金总额", TOTAL)
    assert one.source == Source(file="101.xlsx", sheet="表", cell="C10")


@pytest.mark.parametrize(
    ("before", "now", "kind", "percent"),
    [
        ("100", "120", "amount", Decimal(20)),
        ("100", "120.01", "total_grown", Decimal("20.01")),
        ("100", "79.9", "total_fallen", Decimal("-20.1")),
        ("0.0000001", "1E+25", "total_grown", Decimal("9999999999999999999999999999999900.00")),
        ("3", "2.99985", "amount", Decimal("-0.01")),
        ("1E+40", "1.2000000000000000000000000000000001E+40", "total_grown", Decimal("20.00")),
        ("0", "3", "total_grown", None),
        ("", "3", "total_grown", None),
        ("3", "", "total_fallen", Decimal(-100)),
        (UNREAD, "3", "amount_unread", None),
        ("3", UNREAD, "amount_unread", None),
        (UNREAD, UNREAD, "amount_unread", None),
    ],
)
def test_how_an_amount_changed(before: str, now: str, kind: str, percent: object) -> None:
    (one,) = one_unit([Project("甲", before)], [Project("甲", now)])
    assert (one.kind, one.percent) == (kind, percent)


@pytest.mark.parametrize(("before", "now"), [("3", "3.00"), ("", "0"), ("0", ""), ("", "")])
def test_equal_amounts_are_no_change(before: str, now: str) -> None:
    targets = {"次数": "≥3次"}
    assert (
        one_unit([Project("甲", before, targets=targets)], [Project("甲", now, targets=targets)])
        == []
    )


def test_amounts_in_yuan_are_compared_in_wan() -> None:
    (one,) = one_unit([Project("甲", fiscal="10000")], [Project("甲", fiscal="15000")])
    assert (one.what, one.before, one.now) == (
        "财政拨款", Amount(Decimal("1")), Amount(Decimal("1.5")),
    )  # fmt: skip


def test_which_of_several_is_meant_is_not_guessed() -> None:
    before = [Project("维修", "10"), Project("2024年维修", "20"), Project("甲", "1")]
    now = [Project("维修（2026）", "15"), Project("甲", "1")]
    (one,) = one_unit(before, now)
    assert (one.kind, one.project, one.projects) == ("project_unclear", "维修（2026）", 2)
    assert (one.before, one.now) == (Amount(Decimal(30)), Amount(Decimal(15)))
    assert one.source is not None


def test_a_code_that_stands_twice_tells_nothing_and_names_may() -> None:
    before = [Project("甲", "1", "P1"), Project("乙", "2", "P1")]
    now = [Project("乙", "3", "P1"), Project("甲", "1", "P1")]
    assert told(one_unit(before, now)) == [("total_grown", "乙", Decimal(1))]


def test_projects_without_code_and_name_are_unclear() -> None:
    assert [one.kind for one in one_unit([Project("", "1")], [Project("", "2")])] == [
        "project_unclear"
    ]


def test_targets_of_one_name() -> None:
    before = Project("甲", targets={"培训 次数": "≥3次", "合格率": "100%", "只在去年": "1"})
    now = Project("甲", targets={"合格率": "１００%", "培训次数": "≥5次", "只在今年": "1"})
    (one,) = one_unit([before], [now])
    assert (one.kind, one.what, one.before, one.now) == ("target", "培训次数", "≥3次", "≥5次")
    assert (one.difference, one.percent) == (None, None)
    assert one.source == Source(file="101.xlsx", sheet="表", cell="G11")


def in_year(year: str, **targets: str) -> UnitSummary:
    shared = {"year": ("预算年度", year)} if year else {}
    return replace(form("101", Project("甲", "1", targets=targets)), shared=shared)


@pytest.mark.parametrize(
    ("before", "now", "changed"),
    [
        ("2025年8月底前", "2026年8月底前", False),
        ("２０２５年底前", "2026年底前", False),
        ("2025-8-31前", "2026-8-31前", False),
        ("2025—2027年", "2026—2028年", False),
        ("by 31 August 2025", "by 31 August 2026", False),
        ("2025年8月底前", "2026年9月底前", True),
        ("2025年8月底前", "2025年8月底前", True),
        ("2025年底前", "2027年底前", True),
        ("≥2025人", "≥2026人", True),
        ("2025.5万元", "2026.5万元", True),
        ("at least 2025 homes", "at least 2026 homes", True),
    ],
)
def test_a_target_that_rolls_on_with_the_year_is_no_change(
    before: str, now: str, changed: bool
) -> None:
    found = changes([in_year("2025", 时限=before)], [in_year("2026", 时限=now)])
    assert [one.kind for one in found] == ["target"] * changed


def test_where_the_year_of_a_form_is_unknown_no_year_of_a_target_counts() -> None:
    for years in (("", ""), ("2025", ""), ("", "2026")):
        before, now = (
            in_year(year, 时限=f"20{n}年底前") for year, n in zip(years, (25, 28), strict=True)
        )
        assert changes([before], [now]) == []


def test_only_totals_of_projects_are_large_changes() -> None:
    before = form("101", Project("甲", "10", fiscal="10000"), budget="10")
    now = form("101", Project("甲", "20", fiscal="90000"), budget="90")
    found = changes([before], [now])
    assert {(one.what, one.kind) for one in found} == {
        ("部门预算", "amount"), ("资金总额", "total_grown"), ("财政拨款", "amount"),
    }  # fmt: skip


def test_of_several_targets_of_one_name_those_that_are_there_again_do_not_count() -> None:
    before = Project("甲", targets={"次数": "1次", "'次数": "2次", "次数'": "3次"})
    (one,) = one_unit(
        [before], [Project("甲", targets={"次数": "3次", "'次数": "1次", "次数'": "4次"})]
    )
    assert (one.kind, one.before, one.now) == ("target", "2次", "4次")
    (one,) = one_unit(
        [before], [Project("甲", targets={"次数": "3次", "'次数": "5次", "次数'": "4次"})]
    )
    assert (one.kind, one.before, one.now) == ("target_unclear", "1次\n2次", "5次\n4次")


def test_the_budget_of_a_department_is_compared() -> None:
    found = changes([form("101", budget="500")], [form("101", budget="510")])
    assert [(one.kind, one.project, one.what, one.difference) for one in found] == [
        ("amount", "", "部门预算", Decimal(10))
    ]


def due(code: str, template: str = "project") -> DueForm:
    return DueForm(
        place=1, code=code, name=f"单位{code}", department="甲局", template=template,
        title="绩效目标表", state="missing",
    )  # fmt: skip


def test_units_are_new_or_gone_and_those_that_are_due_are_neither() -> None:
    projects = [Project("甲", "1"), Project("乙", "2")]
    before = [form(code, *projects) for code in ("101", "102", "103", "104")]
    left = LeftOut(file="104.xlsx", found=(), form=form("104").form)
    county = County(dues=(due("101"), due("102"), due("105")), left_out=(left,))
    found = changes(before, [form("101", *projects), form("105", *projects)], [county])
    assert [(one.kind, one.form.code, one.projects, one.difference) for one in found] == [
        ("unit_new", "105", 2, Decimal(3)),
        ("unit_awaited", "102", 2, None),
        ("unit_gone", "103", 2, Decimal(-3)),
        ("unit_awaited", "104", 2, None),
    ]


def test_what_was_due_before_and_did_not_count_is_neither_new_nor_in_a_sum() -> None:
    projects = [Project("甲", "1"), Project("乙", "2")]
    before = [form("101", *projects)]
    left = LeftOut(file="103.xlsx", found=(), form=form("103").form)
    county = County(dues=(due("101"), due("102"), due("101", "special")), left_out=(left,))
    now = [
        form("101", *projects), form("101", Project("丙", "9"), template="special"),
        *(form(code, *projects) for code in ("102", "103", "104")),
    ]  # fmt: skip
    found = changes(before, now, expected=[county])
    assert [(one.kind, one.form.code, one.now, one.difference) for one in found] == [
        ("unit_not_counted", "101", Amount(Decimal(9)), None),
        ("unit_not_counted", "102", Amount(Decimal(3)), None),
        ("unit_not_counted", "103", Amount(Decimal(3)), None),
        ("unit_new", "104", Amount(Decimal(3)), Decimal(3)),
    ]
    figures = ChangeFigures()
    for each in found:
        figures.add(each)
    assert (figures.difference, figures.counts["unit_new"]) == (Decimal(3), 1)


def test_projects_of_another_form_of_the_unit_that_is_not_in_are_not_gone() -> None:
    before = [form("101", Project("甲", "1")), form("101", Project("乙", "2"), template="special")]
    now = [form("101", Project("甲", "1"))]
    county = County(dues=(due("101"), due("101", "special")))
    (one,) = changes(before, now, [county])
    assert (one.kind, one.form.template, one.before) == (
        "unit_awaited",
        "special",
        Amount(Decimal(2)),
    )
    assert told(changes(before, now)) == [("project_gone", "乙", Decimal(-2))]
    moved = [form("101", Project("甲", "1"), Project("乙", "2"))]
    assert changes(before, moved) == []


def test_counties_are_told_by_name_unless_one_has_none() -> None:
    project = Project("甲", "1")
    named = [form("101", project, county="清源县")]
    assert changes([form("101", project)], named) == []
    assert changes(named, [form("101", project)]) == []
    kinds = [one.kind for one in changes(named, [form("101", project, county="临水县")])]
    assert kinds == ["unit_new", "unit_gone"]


def test_a_county_without_a_name_among_several_is_said_to_be_unclear() -> None:
    unnamed, one = form("101", Project("甲", "5")), form("101", Project("甲", "9"), county="清源县")
    other = form("101", Project("甲", "7"), county="临水县")
    found = changes([unnamed], [one, other])
    assert [(each.kind, each.form.county, each.before, each.now) for each in found] == [
        ("unit_unclear", "清源县", None, Amount(Decimal(9))),
        ("unit_unclear", "临水县", None, Amount(Decimal(7))),
        ("unit_unclear", "", Amount(Decimal(5)), None),
    ]
    assert told(changes([one, other], [unnamed])) == [("unit_unclear", "", None)] * 3
    named_too = changes([one, unnamed], [one, other])
    assert [(each.kind, each.form.county) for each in named_too] == [
        ("unit_unclear", "临水县"), ("unit_unclear", ""),
    ]  # fmt: skip
    assert changes([one, unnamed], [one, unnamed]) == []
    figures = ChangeFigures()
    for each in found:
        figures.add(each)
    assert (figures.difference, figures.unread) == (Decimal(0), 0)
    assert figures.counts == {"unit_unclear": 3}


def test_what_is_kept_of_a_form_comes_back_as_it_was_but_for_places() -> None:
    one = compared(form("101", Project("甲", "1.50", "P1", "", {"次数": "≥3次"}), budget=UNREAD))
    back = unpack(pack(one))
    assert back.form == one.form
    assert back.projects[0].total == one.projects[0].total
    assert [(t.name, t.raw) for t in back.projects[0].targets] == [("次数", "≥3次")]
    amounts = [figure.amount for figure in back.department.figures.values()]
    assert amounts == [Amount(unread=True)]


amounts = st.decimals(0, 10**6, places=2).map(str) | st.just("")
projects = st.lists(
    st.builds(Project, st.sampled_from(["甲", "乙2025年", "乙2026年", "丙", ""]), amounts,
              st.sampled_from(["", "P1", "P2"])),
    max_size=4,
)  # fmt: skip
counties = st.dictionaries(st.sampled_from(["101", "102", "103"]), projects)


@settings(max_examples=150, deadline=None)
@given(counties, counties)
def test_the_changes_of_money_add_up_to_the_difference_of_the_totals(
    before: dict[str, list[Project]], now: dict[str, list[Project]]
) -> None:
    figures = ChangeFigures()
    old, new = (
        [form(code, *each) for code, each in sorted(year.items())] for year in (before, now)
    )
    for change in changes(old, new):
        figures.add(change)
    assert figures.difference == total(now) - total(before)
    assert figures.unread == 0


def total(year: dict[str, list[Project]]) -> Decimal:
    every = (Decimal(project.total or 0) for each in year.values() for project in each)
    return sum(every, Decimal(0))


def test_what_cannot_be_read_is_counted_and_in_no_sum() -> None:
    figures = ChangeFigures()
    for change in one_unit(
        [Project("甲", UNREAD), Project("乙", "10"), Project("丙", UNREAD)],
        [Project("甲", "5"), Project("乙", "20"), Project("丁", "1")],
    ):
        figures.add(change)
    assert figures.counts == {
        "amount_unread": 1, "total_grown": 1, "project_new": 1, "project_gone": 1,
    }  # fmt: skip
    assert (figures.difference, figures.unread) == (Decimal(11), 2)
