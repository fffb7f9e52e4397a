"""The print sheets that come first: every figure is a sum of what forms say, and a formula."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptxl.cells import column_name
from ptxl.summary.blocks import PAGE_HEIGHT
from ptxl.summary.by_department import MOST_FORMS, by_department
from ptxl.summary.overview import overview
from ptxl.summary.sheets import PrintCell, PrintRow, PrintSheet
from ptxl.words import Speaker
from tests.made_summary import COUNTED, Form, Made

ZH = Speaker("zh")
STATES = ("accepted", "to_check", "to_correct", "unreadable", "missing")
NAMES = ("教育局", "水利*局", "农业?局", "", "<5>局", "=1+1局", "卫健局", "民政局", "交通局",
         "住建局", "文旅局", "应急局", "市监局", "退役局", "发改局")  # fmt: skip
STRUCTURE = {
    ("产出指标", "数量指标"): {">=": 5, "=": 2, "text": 1},
    ("产出指标", "质量指标"): {"grade": 3, "": 1},
    ("满意度指标", "服务对象满意度指标"): {">=": 4},
}


def amounts() -> st.SearchStrategy[Decimal]:
    return st.decimals(min_value=0, max_value=10**7, places=6)


@st.composite
def forms(draw: st.DrawFn) -> Form:
    indicators = draw(st.integers(0, 9))
    return Form(
        state=draw(st.sampled_from(STATES)),
        funds=draw(st.lists(st.tuples(amounts(), amounts()), max_size=3)),
        indicators=indicators,
        quantified=draw(st.integers(0, indicators)),
        warnings=draw(st.integers(0, 3)),
        excepted=draw(st.integers(0, 3)),
    )


@st.composite
def summaries(draw: st.DrawFn, counties: Sequence[str] = ("", "甲县", "乙县")) -> Made:
    which = draw(st.sampled_from([counties[:1], counties[1:]]))
    of_county = st.lists(st.sampled_from(NAMES), min_size=1, unique=True)
    keys = [(county, name) for county in which for name in draw(of_county)]
    some = st.lists(forms(), min_size=1, max_size=3)
    return Made({key: draw(some) for key in keys}, STRUCTURE, due=draw(st.booleans()))


def sheets(made: Made) -> tuple[PrintSheet, PrintSheet]:
    """The overview of a summary, and its departments."""
    speaker, places = Speaker(made.language), made.places()
    lines = made.lines(places.sheet("units"))
    below = by_department(made.tally, made.counties, places, speaker, lines)
    return overview(made.tally, made.counties, places, speaker, [below, *made.sheets()]), below


def placed(sheet: PrintSheet) -> dict[str, PrintCell]:
    """The cells of a sheet by name; none of them reaches down."""
    found = {}
    for number, row in enumerate(sheet.rows):
        column = 0
        for cell in row.cells:
            assert cell.down == 1
            found[f"{column_name(column)}{number + 1}"] = cell
            column += cell.across
        assert column in (0, len(sheet.widths)) or number_of_charted(sheet, number)
    return found


def number_of_charted(sheet: PrintSheet, row: int) -> bool:
    """Whether a chart stands beside a row."""
    return any(chart.row <= row <= chart.last + 1 for chart in sheet.charts)


def values(row: PrintRow) -> list[object]:
    return [cell.value for cell in row.cells]


def rows_named(sheet: PrintSheet, name: str) -> list[list[object]]:
    return [values(row) for row in sheet.rows if row.cells and row.cells[0].value == name]


def tile(sheet: PrintSheet, label: str) -> object:
    for above, below in zip(sheet.rows, sheet.rows[1:], strict=False):
        for head, cell in zip(above.cells, below.cells, strict=False):
            if head.value == label and head.look == "label":
                return cell.value
    raise AssertionError(label)


def funds(made: Sequence[Form]) -> Decimal:
    """The independent sum: what counts."""
    return sum((f + o for one in made if one.state in COUNTED for f, o in one.funds), Decimal(0))


@settings(max_examples=40, deadline=None)
@given(made=summaries())
def test_every_figure_is_the_exact_sum_of_what_forms_say(made: Made) -> None:
    first, below = sheets(made)
    every = [form for some in made.forms.values() for form in some]
    counted = [form for form in every if form.state in COUNTED]
    left = [form for form in every if form.state in ("to_correct", "unreadable")]
    assert tile(first, "资金总额") == funds(every)
    assert tile(first, "未汇总的资金") == sum((f + o for one in left for f, o in one.funds), 0)
    assert tile(first, "项目") == sum(len(form.funds) for form in counted)
    assert tile(first, "提醒") == sum(form.warnings for form in counted)
    if made.due:
        states = Counter(form.state for form in every)
        assert tile(first, "应报") == len(every)
        assert tile(first, "未报") == states["missing"]
        assert tile(first, "须修改") == len(left)
    departments = [row for row in below.rows[4:] if row.cells[0].look == "total_name"]
    shown = [row.cells for row in departments if row.cells[0].value not in ("甲县", "乙县")]
    money = [next(c.value for c in cells if c.look == "total_money") for cells in shown]
    assert money == [funds(some) for some in made.forms.values()]


@settings(max_examples=40, deadline=None)
@given(made=summaries())
def test_every_number_but_those_of_nothing_has_a_formula_without_names_of_people(
    made: Made,
) -> None:
    for sheet in sheets(made):
        for name, cell in placed(sheet).items():
            if isinstance(cell.value, int | Decimal) and cell.value:
                assert cell.formula.startswith("="), (name, cell)
            assert not re.search("局|第.+单位", cell.formula)


@settings(max_examples=40, deadline=None)
@given(made=summaries())
def test_lines_of_a_chart_add_up_to_the_total_above_them(made: Made) -> None:
    first, _ = sheets(made)
    cells = placed(first)
    for chart in first.charts:
        for series in chart.series:
            column = column_name(series.column)
            lines = [
                cells[f"{column}{row + 1}"].value for row in range(chart.first, chart.last + 1)
            ]
            total = cells[f"{column}{chart.first}"].value
            assert sum(map(Decimal, map(str, lines))) == total
            assert cells[f"{column}{series.name[0] + 1}"].look == "head"
        assert len(range(chart.first, chart.last + 1)) <= 12
        assert chart.description


def form(state: str, money: int = 10, **more: int) -> Form:
    return Form(state=state, funds=[(Decimal(money), Decimal(1))], indicators=4, **more)


def county(departments: int, **kinds: Sequence[str]) -> Made:
    """A county of so many departments, with the states of forms of some of them by name."""
    keys = [("", f"第{number}局") for number in range(1, departments + 1)]
    return Made({key: [form(s) for s in kinds.get(key[1], ("accepted",))] for key in keys})


def progress(sheet: PrintSheet) -> list[list[object]]:
    """The lines of the table of progress, below its total."""
    chart = next(
        one for one in sheet.charts if one.title == ZH.say("summary.overview.progress.title")
    )
    return [values(row) for row in sheet.rows[chart.first : chart.last + 1]]


def test_who_lags_behind_comes_first_with_what_is_missing() -> None:
    made = county(3, 第2局=["accepted", "to_correct"], 第3局=["missing", "missing", "accepted"])
    first, _ = sheets(made)
    assert progress(first) == [
        ["第3局", 3, 1, 1, 0, 0, 2],
        ["第2局", 2, 2, 1, 0, 1, 0],
        ["第1局", 1, 1, 1, 0, 0, 0],
    ]
    assert any("还有 1 个部门的 2 份表未报：第3局 2 份" in str(values(row)) for row in first.rows)


def test_of_many_departments_eleven_are_named_and_all_others_are_one_line() -> None:
    first, below = sheets(county(60, 第40局=["missing"]))
    lines = progress(first)
    assert lines[0][0] == "第40局"
    assert lines[-1] == ["其他 49 个部门", 49, 49, 49, 0, 0, 0]
    cells = placed(first)
    chart = first.charts[0]
    total, last = chart.first, chart.last + 1
    assert cells[f"B{last}"].formula == f"=ROUND(B{total}-SUM(B{total + 1}:B{last - 1}),8)"
    assert len([row for row in below.rows if row.level == 1]) == 60


def test_where_nobody_knows_what_was_due_the_sheet_says_so_and_shows_no_zeros() -> None:
    made = Made({("", "教育局"): [form("accepted")]}, STRUCTURE, due=False)
    first, below = sheets(made)
    assert len(first.charts) == 2
    assert any(values(row) == [ZH.say("summary.overview.due_unknown")] for row in first.rows)
    heads = {
        str(cell.value) for sheet in (first, below) for row in sheet.rows for cell in row.cells
    }
    assert heads.isdisjoint({"应报", "未报", "已报"})
    assert tile(first, "汇总的表") == 1


def test_the_line_of_a_form_shows_what_stands_on_the_sheet_of_units() -> None:
    _, below = sheets(Made({("", "教育局"): [form("accepted"), form("missing")]}))
    accepted, missing = (row.cells for row in below.rows if row.level == 1)
    formulas = [cell.formula for cell in accepted if cell.formula]
    assert formulas[:4] == ["='单位汇总'!A5", "='单位汇总'!F5", "='单位汇总'!G5", "='单位汇总'!L5"]
    assert [cell.value for cell in accepted][:6] == [
        1, "001001 教育局第001单位", "合格", 1, Decimal(11), Decimal(10),
    ]  # fmt: skip
    assert [cell.value for cell in missing][2:5] == ["未报", 0, "—"]


def test_departments_stand_in_roster_order_and_all_together_first() -> None:
    _, below = sheets(county(3, 第2局=["missing"]))
    names = [row.cells[0].value for row in below.rows if row.cells[0].look == "total_name"]
    assert names == ["合计", "第1局", "第2局", "第3局"]
    assert below.head == 3


def test_of_several_counties_each_is_a_group_of_departments() -> None:
    made = Made({
        ("甲县", "教育局"): [form("accepted", 1)], ("甲县", "水利局"): [form("accepted", 2)],
        ("乙县", "教育局"): [form("missing"), form("accepted", 4)],
    })  # fmt: skip
    first, below = sheets(made)
    assert [line[0] for line in progress(first)] == ["乙县", "甲县"]
    levels = [(row.cells[0].value, row.level) for row in below.rows[4:] if not row.cells[0].formula]
    assert levels == [("乙县", 0), ("教育局", 1), ("甲县", 0), ("教育局", 1), ("水利局", 1)]
    assert {row.level for row in below.rows if row.cells[0].formula} == {2}
    (money,) = [row.cells[-7] for row in below.rows if row.cells[0].value == "甲县"]
    assert (money.value, money.look) == (Decimal(5), "total_money")
    number = "'单位汇总'!$O$5:$O$8"
    assert money.formula == f'=SUMIFS(\'单位汇总\'!$L$5:$L$8,{number},">=2",{number},"<=3")'


def test_twenty_thousand_forms_are_departments_only_and_the_sheet_says_where_they_are() -> None:
    made = Made({("", "教育局"): [form("accepted")] * (MOST_FORMS + 1)})

    nobody_wants = (pytest.fail("a line was asked for") for _ in "x")
    below = by_department(made.tally, made.counties, made.places(), ZH, nobody_wants)
    assert len(below.rows) == 5
    assert "这里只列部门，各单位的见《单位汇总》" in str(values(below.rows[1]))


def test_sums_over_two_sheets_are_subtracted_in_brackets() -> None:
    made = county(3)
    places = made.places(most=2)
    first = overview(made.tally, made.counties, places, ZH, made.sheets())
    figures = next(row for row in first.rows if row.cells and row.cells[0].look == "figure")
    received = figures.cells[1].formula
    whole, missing = received[1:].split("-")
    assert whole.startswith("(COUNTIFS('单位汇总'!")
    assert "+COUNTIFS('单位汇总(2)'!" in missing


@pytest.mark.parametrize(("departments", "language"), [(1, "zh"), (14, "zh"), (60, "en")])
def test_what_belongs_together_stays_on_a_page(departments: int, language: str) -> None:
    names = [("", f"Department {number}") for number in range(departments)]
    made = Made({key: [form("accepted")] for key in names}, STRUCTURE, language=language)
    first, _ = sheets(made)
    pages: list[list[int]] = [[]]
    for number, row in enumerate(first.rows):
        if row.page_break:
            pages.append([])
        pages[-1].append(number)
        assert row.height > 0
    assert len(pages) <= 2
    for page in pages:
        assert sum(first.rows[number].height for number in page) <= PAGE_HEIGHT
        for chart in first.charts:
            if chart.row in page:
                below = [n for n in page if n >= chart.row]
                assert sum(first.rows[number].height for number in below) >= chart.height


def test_the_english_sheets_have_no_chinese_but_what_people_wrote() -> None:
    made = Made({("", "Education"): [form("accepted"), form("missing")]}, STRUCTURE, language="en")
    own = {"产出指标", "满意度指标", *(key[1] for key in STRUCTURE), "清源县", "项目绩效目标表"}
    for sheet in sheets(made):
        texts = [str(c.value) for row in sheet.rows[4:] for c in row.cells]
        texts += [chart.title + chart.axis for chart in sheet.charts]
        chinese = [text for text in texts if re.search("[\u4e00-\u9fff]", text)]
        assert all(text in own or "第" in text for text in chinese), chinese


def test_the_list_leads_to_every_sheet() -> None:
    first, below = sheets(county(1))
    links = {row.cells[0].link for row in first.rows if row.cells and row.cells[0].look == "link"}
    assert links == {"'部门汇总'!A1", "'单位汇总'!A1", "'指标结构'!A1", "'未汇总'!A1"}
    assert below.rows[1].cells[1].link == "'总览'!A1"
