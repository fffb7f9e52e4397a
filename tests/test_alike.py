"""Units side by side: copied texts, outlying values, projects of one name measured otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptxl.check.submission import check_submission
from ptxl.layout.identity import identify
from ptxl.merge import alike
from ptxl.merge.alike import AcrossUnits, CrossFinding, SideBySide, Thresholds
from ptxl.merge.rows import UnitSummary
from ptxl.merge.summarise import summarise
from ptxl.merge.views import View
from ptxl.model.form import Unit
from ptxl.model.layout import Layout
from ptxl.model.submission import Entry, Submission, as_issued
from ptxl.template import load_template, shared_constants
from tests.conftest import ROOT, MakeTemplate

THRESHOLDS = Thresholds.of(shared_constants("across"))
LAYOUT = load_template("county-project").layout({"projects": 2})
GOAL = "建设一支拉得出、用得上、打得赢的网络评论队伍"


def summary(
    code: str,
    answers: Mapping[str, str],
    layout: Layout = LAYOUT,
    others: Mapping[str, str] | None = None,
) -> UnitSummary:
    """What a unit's form adds to a summary: answers of its first project, and others by path."""
    texts = {**{f"projects[0].{path}": text for path, text in answers.items()}, **(others or {})}
    unit = Unit(code=code, name=f"单位{code}")
    submission = Submission(
        source=f"{code}.xlsx",
        identity=identify(layout, unit),
        whereabouts=as_issued(layout),
        entries={path: Entry(text) for path, text in texts.items()},
    )
    return summarise(check_submission(submission), "zh")


def across(*forms: UnitSummary) -> AcrossUnits:
    side_by_side = SideBySide(THRESHOLDS)
    for form in forms:
        side_by_side.add(View(form))
    return side_by_side.across({form.form.key: form for form in forms}.__getitem__)


def found(*forms: UnitSummary) -> tuple[CrossFinding, ...]:
    return across(*forms).found


def places(one: CrossFinding) -> list[tuple[str, str]]:
    return [(place.form.code, place.source.cell) for place in one.places]


def test_a_text_that_30_units_have_is_one_finding() -> None:
    forms = [summary(str(101 + n), {"name": f"项目{n}", "goals[1]": GOAL}) for n in range(30)]
    twice = summary(
        "131", {"goals[0]": GOAL, "goals[1]": GOAL}, others={"projects[1].goals[2]": GOAL}
    )
    (one,) = found(*forms, twice)
    assert (one.code, one.severity, one.about) == ("same_text_elsewhere", "hint", GOAL)
    assert (one.units, one.projects) == (31, 32)
    assert places(one) == [(str(101 + n), "D10") for n in range(30)]
    first = one.places[0]
    assert (first.project, first.text, first.source.file) == ("项目0", GOAL, "101.xlsx")


def test_what_most_units_share_stands_first() -> None:
    other = "保障全县网络安全与信息化工作经费的正常运转和支出"
    forms = [summary(str(101 + n), {"goals[0]": other}) for n in range(2)]
    forms += [summary(str(103 + n), {"goals[0]": GOAL}) for n in range(3)]
    assert [(one.about, one.units) for one in found(*forms)] == [(GOAL, 3), (other, 2)]


@pytest.mark.parametrize(
    "forms",
    [
        [("101", {"goals[0]": GOAL, "goals[1]": GOAL})],  # one unit
        [("101", {"goals[0]": "保障正常运转"}), ("102", {"goals[0]": "保障正常运转"})],  # short
        [("101", {"goals[0]": GOAL}), ("102", {"goals[0]": f"{GOAL}伍"})],
        [("101", {"goals[0]": f"《方案》{GOAL}"}), ("102", {"goals[0]": f"《方案》{GOAL}"})],
        [("101", {"own_goals[0]": GOAL}), ("102", {"own_goals[0]": GOAL})],  # says it again
    ],
)
def test_other_texts_are_no_copies(forms: list[tuple[str, dict[str, str]]]) -> None:
    assert found(*(summary(code, answers) for code, answers in forms)) == ()


def test_two_forms_of_one_unit_may_say_the_same() -> None:
    form = summary("101", {"goals[0]": GOAL})
    other = replace(form, form=replace(form.form, template="another"))
    assert found(form, other) == ()


def test_blanks_between_chinese_characters_do_not_count() -> None:
    (one,) = found(
        summary("102", {"goals[0]": f" {GOAL[:8]}\n{GOAL[8:]}"}), summary("101", {"goals[0]": GOAL})
    )
    assert one.about == GOAL


def test_a_basis_counts_as_text() -> None:
    layout = load_template("hebei-department").layout({"department": False, "projects": 1})
    basis = "根据近三年实际完成情况的平均数并考虑本年度增量测算"
    forms = [summary(c, {"indicators[2].basis": basis}, layout) for c in ("101", "102", "103")]
    (one,) = found(*forms)
    assert places(one) == [("101", "G16"), ("102", "G16"), ("103", "G16")]
    assert one.places[0].label == "指标值确定依据"


def values(*raws: str, name: str = "培训次数") -> list[UnitSummary]:
    return [
        summary(f"{101 + index}", {"indicators[0].level3": name, "indicators[0].value": raw})
        for index, raw in enumerate(raws)
    ]


def test_values_far_from_the_median_are_one_finding_with_a_usual_one() -> None:
    (one,) = found(*values("2次", "≥3次", "4次", "3次", "41次", "0.2次", "3次"))
    assert (one.code, one.about, one.units) == ("value_outlying", "培训次数", 2)
    assert [(place.form.code, place.text) for place in one.places] == [
        ("105", "41次"),
        ("106", "0.2次"),
    ]
    assert one.facts == {"count": 7, "outlying": 2, "median": Decimal(3), "times": 10}
    assert one.usual is not None
    assert (one.usual.form.code, one.usual.text) == ("102", "≥3次")


@pytest.mark.parametrize(
    ("raws", "name"),
    [
        (["2次", "3次", "4次", "300次"], "培训次数"),  # too few
        (["2次", "3次", "4次", "3次", "30次"], "培训次数"),  # ten times is not more than ten
        (["2次", "3次", "4次", "3次", "300人"], "培训次数"),  # another unit of measure
        (["2万元", "3万元", "4万元", "3万元", "300万元"], "总成本"),  # as large as the project
        (["2次", "3次", "4次", "3次", "0次"], "投诉次数"),  # nothing is no outlier
        (["2次", "3次", "4次", "3次", "有效提升"], "培训次数"),
    ],
)
def test_values_that_are_not_compared(raws: list[str], name: str) -> None:
    assert found(*values(*raws, name=name)) == ()


def test_of_an_indicator_that_a_project_has_twice_the_outlying_value_is_named() -> None:
    rows = {f"indicators[{n}].level3": "培训次数" for n in range(2)}
    both = summary("109", rows | {"indicators[0].value": "3次", "indicators[1].value": "99次"})
    (one,) = found(*values("2次", "3次", "4次", "3次"), both)
    assert [place.text for place in one.places] == ["99次"]


def test_values_of_one_unit_are_not_compared_with_each_other() -> None:
    rows = {f"indicators[{i}].level3": "培训次数" for i in range(5)}
    rows |= {f"indicators[{i}].value": raw for i, raw in enumerate(["2次"] * 4 + ["300次"])}
    assert found(summary("101", rows)) == ()


def project(code: str, name: str, *indicators: str) -> UnitSummary:
    rows = {f"indicators[{index}].level3": text for index, text in enumerate(indicators)}
    return summary(code, {"name": name, **rows})


def test_projects_are_compared_with_the_one_that_is_measured_as_most_are() -> None:
    usual = ("队伍人数", "培训次数", "发稿量")
    forms = [
        project("101", "2026年网评工作经费", "满意率", "稿件数", "队伍人数"),
        *(project(str(102 + n), "网评工作经费", *usual) for n in range(3)),
        project("105", "网评工作经费（2026年度）", "队伍人数", "覆盖率", "及时率"),
    ]
    (one,) = found(*forms)
    assert (one.code, one.about) == ("indicators_differ", "2026年网评工作经费")
    assert places(one) == [("101", "C2"), ("105", "C2")]
    assert one.usual is not None
    assert one.usual.form.code == "102"
    assert one.facts == {"count": 5, "differing": 2, "least": 50}


def test_projects_that_share_enough_or_have_other_names() -> None:
    same = (
        project("101", "网评经费", "队伍人数", "培训次数"),
        project("102", "网评经费", "队伍人数"),
    )
    assert found(*same) == ()
    assert found(project("101", "网评经费", "人数"), project("102", "专线经费", "次数")) == ()


TWO_ON_A_SHEET = """\
sheets:
  - name: 表
    columns: [20, 20]
    rows:
      - for_each: projects
        count: 2
        rows:
          - [名称, {field: name}]
          - table: indicators
            layout: free
            rows: 2
            columns:
              - {field: level3, head: 三级指标}
              - {field: value, head: 指标值, kind: target}
"""


def test_projects_on_one_sheet_have_each_their_own_indicators(make_template: MakeTemplate) -> None:
    layout = load_template(make_template(TWO_ON_A_SHEET)).layout({})
    answers = {"name": "网评经费", "indicators[0].level3": "人数"}
    other = {"projects[1].name": "专线经费", "projects[1].indicators[0].level3": "次数"}
    first, second = (summary(code, answers, layout, other) for code in ("101", "102"))
    assert found(first, second) == ()
    apart = summary("103", {"name": "网评经费", "indicators[0].level3": "次数"}, layout)
    (one,) = found(first, apart)
    assert places(one) == [("103", "B1")]


def test_a_list_ends_somewhere_and_says_how_many_more_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(alike, "MOST_FINDINGS", 2)
    monkeypatch.setattr(alike, "MOST_PLACES", 3)
    forms = [
        summary(str(101 + n), {f"goals[{k}]": f"{GOAL}{k}" for k in range(3) if n or k})
        for n in range(5)
    ]  # fmt: skip
    told = across(*forms)
    assert [(one.about, one.units, len(one.places)) for one in told.found] == [
        (f"{GOAL}1", 5, 3), (f"{GOAL}2", 5, 3),
    ]  # fmt: skip
    assert told.more == {"same_text_elsewhere": 1}


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("usual", "median"), [(("90次", "90.0次"), "90"), (("1.50次", "1.5次"), "1.5")]
)
def test_a_median_is_written_in_one_way(order: int, usual: tuple[str, str], median: str) -> None:
    forms = values(*usual, *usual, *usual, "9000次")
    (one,) = found(*forms[::order])
    assert str(one.facts["median"]) == median


FORMS = [
    *values("2次", "3次", "4次", "3次", "300次", "0.1次"),
    *(project(f"2{n}", "网评经费", f"指标{n}甲", f"指标{n}乙") for n in range(3)),
    *(summary(f"3{n}", {"goals[0]": GOAL, "goals[1]": f"{GOAL}二"}) for n in range(3)),
]


@settings(max_examples=60, deadline=None)
@given(st.permutations(range(len(FORMS))), st.booleans())
def test_nothing_depends_on_the_order_of_files(order: Sequence[int], listed: bool) -> None:
    forms = [FORMS[number] for number in order]
    if listed:  # in a roster they stand in another order than that of their codes
        places = {form.file: 20 - number for number, form in enumerate(FORMS)}
        forms = [replace(form, form=replace(form.form, place=places[form.file])) for form in forms]
    once = across(*forms)
    assert [one.code for one in once.found] == [
        "same_text_elsewhere", "same_text_elsewhere", "value_outlying", "indicators_differ",
    ]  # fmt: skip
    assert once == across(*sorted(forms, key=lambda form: form.form.code))
    firsts = [one.places[0].form.code for one in once.found]
    assert firsts == (["32", "32", "106", "21"] if listed else ["30", "30", "105", "21"])


def test_each_form_is_looked_at_again_once_and_only_if_it_is_named() -> None:
    asked: list[str] = []
    by_key = {form.form.key: form for form in FORMS}

    def recall(key: tuple[str, str, str]) -> UnitSummary:
        asked.append(key[2])
        return by_key[key]

    side_by_side = SideBySide(THRESHOLDS)
    for form in FORMS:
        side_by_side.add(View(form))
    side_by_side.across(recall)
    assert sorted(asked) == ["102", "105", "106", "20", "21", "22", "30", "31", "32"]


def test_keys_are_the_same_in_every_process() -> None:
    code = (
        "from tests.test_alike import *;"
        "from ptxl.merge.alike import _Form;"
        "form = _Form(View(summary('102', {'name': '甲', 'goals[0]': GOAL})), THRESHOLDS);"
        "print([one[:2] for one in form.texts()])"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=ROOT, capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(printed) == 1
