"""The print sheets that come first: every figure is a sum of what forms say, and a formula."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from itertools import takewhile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from ptxl import api
from ptxl.cells import cell_name, column_name, parse_cell
from ptxl.merge.compare_years import Earlier
from ptxl.merge.figures import Tally
from ptxl.merge.rows import County, DueForm, LeftOut, Noted
from ptxl.model.findings import Severity
from ptxl.summary.blocks import PAGE_HEIGHT
from ptxl.summary.book.paper import page_for
from ptxl.summary.by_department import MOST_FORMS, by_department
from ptxl.summary.comparisons import Comparisons
from ptxl.summary.groups import PROGRESS, FigureCells, everything
from ptxl.summary.line_maker import LineMaker
from ptxl.summary.overview_tables import OverviewTables
from ptxl.summary.places import Places
from ptxl.summary.sheets import HEAD_ROW, Chart, PrintCell, PrintRow, PrintSheet
from ptxl.summary.standard import Standard
from ptxl.values.money import YUAN, unit_of_sums
from ptxl.words import Language, Speaker
from tests.made_summary import ASKED, LEVELS, NOT_DUE, Form, Made
from tests.office import Office
from tests.sample_county import County as SampleCounty

ZH = Speaker("zh", money=unit_of_sums(YUAN).called)
STATES = ("accepted", "to_check", "to_correct", "unreadable", "missing", NOT_DUE)
NAMES = ("教育局", "水利*局", "农业?局", "", "<5>局", "=1+1局", "卫健局", "民政局", "交通局",
         "住建局", "文旅局", "应急局", "市监局", "退役局", "发改局")  # fmt: skip


def amounts() -> st.SearchStrategy[Decimal]:
    return st.decimals(min_value=0, max_value=10**7, places=6)


@st.composite
def forms(draw: st.DrawFn) -> Form:
    fiscal = st.one_of(st.none(), amounts())
    funds = draw(st.lists(st.tuples(fiscal, amounts()), max_size=3))
    indicators = draw(st.integers(0, 9)) if funds else 0
    state = draw(st.sampled_from(STATES))
    return Form(
        state=state,
        wrong=draw(st.integers(0, 3)),
        late=draw(st.sampled_from([None, False, True])) if state != "missing" else False,
        funds=funds,
        indicators=indicators,
        quantified=draw(st.integers(0, indicators)),
        errors=draw(st.integers(0, 3)),
        warnings=draw(st.integers(0, 3)),
        excepted=draw(st.integers(0, 3)),
    )


@st.composite
def summaries(draw: st.DrawFn) -> Made:
    counties = draw(st.sampled_from([("",), ("甲县", "乙县")]))
    of_county = st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True)
    keys = [(county, name) for county in counties for name in draw(of_county)]
    some = st.lists(forms(), min_size=1, max_size=3)
    made = {key: draw(some) for key in keys}
    return Made(made, due=draw(st.booleans()))


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
    return any(
        chart.row <= row <= chart.first + len(lines_of(sheet, chart)) for chart in sheet.charts
    )


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
    return sum((sum(one.totals(), Decimal(0)) for one in made if one.counts), Decimal(0))


def unread(made: Sequence[Form]) -> int:
    return sum(fiscal is None for form in made for fiscal, _ in form.funds)


def money_of(some: Sequence[Form], made: Made) -> object:
    """The money of some forms, or the word for why there is none."""
    counted = [form for form in some if form.counts]
    if any(form.totals() for form in counted):
        return funds(some)
    if unread(counted):
        return "无法读取"
    words = {
        "—" if form.counts else "未采用" if form.came else "未报"
        for form in some if form.came or made.due
    }  # fmt: skip
    return words.pop() if len(words) == 1 else "—"


@settings(max_examples=25, deadline=None)
@given(made=summaries())
def test_every_figure_is_the_exact_sum_of_what_forms_say(made: Made) -> None:
    first, under = made.printed()
    every, counted = made.every, [form for form in made.every if form.counts]
    left = [form for form in every if form.came and not form.counts]
    if counted:  # else no form asks for money
        assert tile(first, "资金总额") == money_of(every, made)
    # of each that counts the total, too; of those left out only totals are known
    assert tile(first, "无法读取的金额") == 2 * unread(counted) + unread(left)
    of_left = [total for one in left for total in one.totals()]
    no_number = "无法读取" if unread(left) and not of_left else Decimal(0)
    assert tile(first, "未汇总的资金") == (sum(of_left, Decimal(0)) if of_left else no_number)
    wrong = [one for form in left for one in form.funds[: form.wrong]]
    (line,) = rows_named(first, "其中有错误的项目（个）") or [[]]
    if line:
        assert line[1] == len(wrong)
        read = [fiscal + other for fiscal, other in wrong if fiscal is not None]
        nothing = "无法读取" if wrong and not read else Decimal(0)
        assert line[2] == (sum(read, Decimal(0)) if read else nothing)
    assert tile(first, "项目") == sum(len(form.funds) for form in counted)
    assert tile(first, "请核对") == sum(form.warnings for form in counted)
    assert tile(first, "未改的错误") == sum(form.errors for form in left)
    if made.due and any(form.state != NOT_DUE for form in every):
        states = Counter(form.state for form in every)
        assert tile(first, "应报") == len(every) - states[NOT_DUE]
        assert tile(first, "未报") == states["missing"]
        assert tile(first, "须修改") == states["to_correct"] + states["unreadable"]
        due = [form for form in every if form.state != NOT_DUE]
        total = lines_above(first, first.charts[0])
        if any(form.late is not None for form in due):
            assert total[7] == sum(bool(form.late) for form in due)
        else:
            assert len(total) == 7
    shown = [row.cells for row in under.rows[4:] if row.cells[0].look == "total_name"]
    departments = [cells for cells in shown if cells[0].value not in ("甲县", "乙县")]
    if counted:
        money = [next(c.value for c in cells if c.look == "total_money") for cells in departments]
        known = [some for some in made.forms.values() if made.due or any(f.came for f in some)]
        assert money == [money_of(some, made) for some in known]


@settings(max_examples=15, deadline=None)
@given(made=summaries())
def test_every_number_but_those_of_nothing_has_a_formula_without_names_of_people(
    made: Made,
) -> None:
    for sheet in made.printed():
        for name, cell in placed(sheet).items():
            if isinstance(cell.value, int | Decimal) and cell.value:
                assert cell.formula.startswith("="), (name, cell)
            assert not re.search("局|第.+单位", cell.formula)


@settings(max_examples=15, deadline=None)
@given(made=summaries())
def test_lines_of_a_chart_add_up_to_the_total_above_them(made: Made) -> None:
    first, _ = made.printed()
    cells = placed(first)
    for chart in first.charts:
        for series in chart.series:
            column = column_name(series.column)
            last = chart.first + len(lines_of(first, chart))
            lines: list[object] = [
                cells[f"{column}{row}"].value for row in range(chart.first + 1, last + 1)
            ]
            total = cells[f"{column}{chart.first}"].value
            assert added(lines) == added([total])
            assert cells[f"{column}{series.name[0] + 1}"].look == "head"
        assert len(range(chart.first, chart.last + 1)) <= 12
        assert chart.description


def added(found: Sequence[object]) -> Decimal:
    """The numbers among what cells hold, added up."""
    return sum((Decimal(one) for one in found if isinstance(one, int | Decimal)), Decimal(0))


def lines_of(sheet: PrintSheet, chart: Chart) -> list[PrintRow]:
    """The lines of a table, below its total; the last may not stand in its chart."""
    return [*takewhile(lambda row: row.cells, sheet.rows[chart.first :])]


def lines_above(sheet: PrintSheet, chart: Chart) -> list[object]:
    """The line of totals above a chart's table."""
    return values(sheet.rows[chart.first - 1])


def form(state: str, money: int = 10, indicators: int = 4) -> Form:
    return Form(state=state, funds=[(Decimal(money), Decimal(1))], indicators=indicators)


def county(departments: int, language: str = "zh", **kinds: Sequence[str]) -> Made:
    """A county of so many departments, with the states of forms of some of them by name."""
    keys = [("", f"第{number}局") for number in range(1, departments + 1)]
    made = {key: [form(state) for state in kinds.get(key[1], ("accepted",))] for key in keys}
    return Made(made, language=language)


def progress(sheet: PrintSheet) -> list[list[object]]:
    """The lines of the table of progress, below its total."""
    return [values(row) for row in lines_of(sheet, sheet.charts[0])]


def test_who_lags_behind_comes_first_with_what_is_missing() -> None:
    made = county(3, 第2局=["accepted", "to_correct"], 第3局=["missing", "missing", "accepted"])
    first, _ = made.printed()
    assert progress(first) == [
        ["第3局", 3, 1, 1, 0, 0, 2],
        ["第2局", 2, 2, 1, 0, 1, 0],
        ["第1局", 1, 1, 1, 0, 0, 0],
    ]
    assert any(
        "还有 1 个部门的 2 份表未报：第3局（2 份）" in str(values(row)) for row in first.rows
    )


def test_what_came_late_stands_in_progress_and_on_the_sheet_of_units() -> None:
    forms = [replace(form("accepted"), late=True), replace(form("to_check"), late=False)]
    late = Made({("", "教育局"): [*forms, replace(form("missing"), late=False)]})
    first, _ = late.printed()
    assert progress(first) == [["教育局", 3, 2, 1, 1, 0, 1, 1]]
    marked = placed(first)[f"H{first.charts[0].first}"]
    assert marked.formula.startswith("=COUNTIFS('单位汇总'!")
    assert '"是"' in marked.formula
    assert any(column.key == "late" for column in late.data("units").columns)
    unknown = Made({("", "教育局"): [form("accepted")]})
    assert all(column.key != "late" for column in unknown.data("units").columns)
    assert "已过 5 天" in str(values(first.rows[1]))


def test_departments_without_money_have_no_bar_of_it() -> None:
    made = county(14, 第3局=["missing"], 第5局=["to_correct"])
    first, _ = made.printed()
    chart = next(one for one in first.charts if one.title.startswith("资金来源"))
    assert chart.last - chart.first + 1 == 12
    assert chart.title == "资金来源"
    first, _ = county(3, 第1局=["missing"]).printed()
    chart = next(one for one in first.charts if one.title.startswith("资金来源"))
    assert [line.cells[0].value for line in lines_of(first, chart)][:2] == ["第2局", "第3局"]
    assert chart.last - chart.first + 1 == 2
    first, _ = county(20).printed()
    assert [one.title for one in first.charts][:2] == [
        "报送进度（前 14 个部门）", "资金来源（前 14 个部门）",
    ]  # fmt: skip


def test_of_many_departments_fourteen_are_named_and_all_others_are_one_line() -> None:
    first, under = county(60, 第40局=["missing"]).printed()
    lines = progress(first)
    assert lines[0][0] == "第40局"
    assert lines[-1] == ["其他 46 个部门", 46, 46, 46, 0, 0, 0]
    cells = placed(first)
    chart = first.charts[0]
    total, last = chart.first, chart.first + len(lines)
    assert chart.last - chart.first == 13
    assert cells[f"B{last}"].formula == f"=ROUND(B{total}-SUM(B{total + 1}:B{last - 1}),8)"
    assert len([row for row in under.rows if row.level == 1]) == 60


def test_where_nobody_knows_what_was_due_the_sheet_says_so_and_shows_no_zeros() -> None:
    made = Made({("", "教育局"): [form("accepted")]}, due=False)
    first, under = made.printed()
    assert len(first.charts) == 2
    assert any(values(row) == [ZH.say("summary.overview.due_unknown")] for row in first.rows)
    heads = {
        str(cell.value) for sheet in (first, under) for row in sheet.rows for cell in row.cells
    }
    assert heads.isdisjoint({"应报", "未报", "已报"})
    assert tile(first, "汇总的表") == 1


def test_the_line_of_a_form_shows_what_stands_on_the_sheet_of_units() -> None:
    made = Made({("", "教育局"): [form("accepted"), form("missing")]})
    _, under = made.printed()
    units = made.data("units")
    accepted, missing = (row.cells for row in under.rows if row.level == 1)
    columns = ("number", "state", "projects", "funds.total")
    places = [f"='单位汇总'!{column_name(units.number(key))}5" for key in columns]
    assert [cell.formula for cell in accepted if cell.formula][:4] == places
    assert [cell.value for cell in accepted][:6] == [
        1, "001001 教育局第1单位", "合格", 1, Decimal(11), Decimal(10),
    ]  # fmt: skip
    assert [cell.value for cell in accepted][-3] == 0  # nothing measured of four indicators
    assert [cell.value for cell in missing] == [2, "001002 教育局第2单位", "未报", "未报"]


def test_a_form_that_was_not_due_counts_without_standing_in_progress() -> None:
    first, under = Made({("", "教育局"): [form("accepted"), form(NOT_DUE)]}).printed()
    assert (tile(first, "应报"), tile(first, "项目")) == (1, 2)
    assert [row.cells[2].value for row in under.rows if row.level == 1] == ["合格", "名册外"]


def test_errors_stand_before_all_warnings_on_the_list_of_problems() -> None:
    wrong = replace(form("to_correct"), errors=2)
    made = Made({("", "教育局"): [replace(form("accepted"), warnings=2), wrong], ("", "水利局"): [
        replace(form("to_check"), warnings=1), wrong,
    ]})  # fmt: skip
    rows = list(load_workbook(BytesIO(made.book()))["问题清单"].iter_rows(values_only=True))
    severity, number = rows[3].index("程度"), rows[3].index("序号")
    assert [row[severity] for row in rows[4:]] == ["必须改"] * 4 + ["请核对"] * 3
    assert [row[number] for row in rows[4:]] == list(range(1, 8))


def test_amounts_that_nobody_can_read_lead_to_where_one_stands() -> None:
    lost = [(None, Decimal(1))]
    for state, sheet in (("accepted", "项目明细"), ("to_correct", "未汇总")):
        broken = Form(state=state, funds=lost)
        first, _ = Made({("", "教育局"): [form("accepted"), broken]}).printed()
        (label,) = [
            cell for row in first.rows for cell in row.cells if cell.value == "无法读取的金额"
        ]
        assert label.link.startswith(f"'{sheet}'!")
        assert not label.link.endswith("!A1")


def test_what_was_compared_is_told_with_the_number_that_a_filter_shows() -> None:
    made = Made({("", "教育局"): [form("accepted"), form("to_check", money=30)]})
    first, *_ = made.sheets(Comparisons(earlier=Earlier()))
    assert isinstance(first, PrintSheet)
    [line] = rows_named(first, "资金总额增长超过20%的项目")
    assert line == ["资金总额增长超过20%的项目", 0, "资金总额减少超过20%的项目", 0]
    (cell,) = [c for c in placed(first).values() if c.value == "资金总额增长超过20%的项目"]
    assert cell.link.startswith("'增减变动'!")
    formulas = [cell.formula for cell in placed(first).values() if "增长超过" in cell.formula]
    assert formulas == ["=COUNTIFS('增减变动'!$F$5:$F$6,\"资金总额增长超过20%\")"]
    alone, _ = made.printed()
    assert not rows_named(alone, "资金总额增长超过20%的项目")


def test_departments_stand_in_roster_order_and_all_together_first() -> None:
    _, under = county(3, 第2局=["missing"]).printed()
    names = [row.cells[0].value for row in under.rows if row.cells[0].look == "total_name"]
    assert names == ["合计", "第1局", "第2局", "第3局"]
    assert under.head == 3


def test_departments_stay_on_a4_as_long_as_their_figures_do() -> None:
    for money in (1, 10**7):
        _, under = Made({("", "教育局"): [form("accepted", money=money)]}).printed()
        assert page_for(under.widths).paper == "A4"
        assert under.widths[1] >= 24


def test_of_several_counties_each_is_a_group_of_departments() -> None:
    made = Made({
        ("甲县", "教育局"): [form("accepted", 1)], ("甲县", "水利局"): [form("accepted", 2)],
        ("乙县", "教育局"): [form("missing"), form("accepted", 4)],
    })  # fmt: skip
    first, under = made.printed()
    assert [line[0] for line in progress(first)] == ["乙县", "甲县"]
    levels = [(row.cells[0].value, row.level) for row in under.rows[4:] if not row.cells[0].formula]
    assert levels == [("乙县", 0), ("　教育局", 1), ("甲县", 0), ("　教育局", 1), ("　水利局", 1)]
    assert {row.level for row in under.rows if row.cells[0].formula} == {2}
    (money,) = [row.cells[-7] for row in under.rows if row.cells[0].value == "甲县"]
    assert (money.value, money.look) == (Decimal(5), "total_money")
    assert money.formula.endswith('">=2",' + money.formula.split(",")[1] + ',"<=3")')


def test_many_forms_are_departments_only_and_the_sheet_says_where_they_are() -> None:
    tally = Tally()
    tally.add_due(DueForm(place=1, code="1", name="一中", department="教育局", template="project",
                          title="表", state="missing"))  # fmt: skip
    many = [replace(one, lines=MOST_FORMS + 1) for one in Standard(tally, ZH, "表").sheets()]
    nobody_wants = (pytest.fail("a line was asked for") for _ in "x")
    under = by_department(tally, [County()], Places(many), ZH, nobody_wants)
    assert len(under.rows) == 5
    assert "这里只列部门，各单位的见《单位汇总》" in str(values(under.rows[1]))


def test_sums_over_two_sheets_are_subtracted_in_brackets() -> None:
    tally = Tally()
    data = [replace(one, lines=3) for one in Standard(tally, ZH, "表").sheets()]
    cells = FigureCells(Places(data, most=2), ZH)
    received = cells.cell(PROGRESS[1], everything(tally, ZH)).formula
    whole, not_due, missing = received[1:].split("-")
    assert whole.startswith("(COUNTIFS('单位汇总'!")
    assert "+COUNTIFS('单位汇总(2)'!" in not_due
    assert missing.endswith('"未报"))')


@pytest.mark.parametrize(("departments", "language"), [(1, "zh"), (14, "zh"), (60, "en")])
def test_what_belongs_together_stays_on_a_page(departments: int, language: str) -> None:
    names = [("", f"Department {number}") for number in range(departments)]
    made = Made({key: [form("accepted")] for key in names}, language=language)
    first, _ = made.printed()
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
                under = [n for n in page if n >= chart.row]
                assert sum(first.rows[number].height for number in under) >= chart.height
    for chart in first.charts[:2]:
        told = re.search("[0-9]+", chart.title)
        assert chart.last - chart.first + 1 == (int(told[0]) if told else departments)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_overview_of_several_kinds_of_form_has_two_pages(
    demo: SampleCounty, tmp_path: Path, language: Language
) -> None:
    out = tmp_path / "county.xlsx"
    api.merge([demo.json], out, language=language)
    first = load_workbook(out).worksheets[0]
    assert len(first.row_breaks.brk) == 1


def test_indicators_that_nobody_can_measure_have_a_sheet_of_their_own(demo: SampleCounty) -> None:
    book = load_workbook(demo.workbook)
    every, words = ([*book[name].iter_rows(min_row=4, values_only=True)]
                    for name in ("指标明细", "未量化指标"))  # fmt: skip
    assert every[0] == words[0]
    measured, number = every[0].index("量化"), every[0].index("序号")
    wanted = [line[number + 1 :] for line in every[1:] if line[measured] == "否"]
    assert [line[number + 1 :] for line in words[1:]] == wanted
    assert [line[number] for line in words[1:]] == list(range(1, len(wanted) + 1))
    places = [link.partition("!") for link in links(book["总览"])]
    [cell] = [cell for sheet, _, cell in places if sheet == "'未量化指标'" and cell != "A1"]
    assert book["未量化指标"][cell].value == "指标值"


def test_the_overview_says_which_indicators_the_list_of_projects_does_not_count(
    demo: SampleCounty,
) -> None:
    book = load_workbook(demo.workbook)
    projects, indicators = ([*book[name].iter_rows(min_row=4, values_only=True)]
                            for name in ("项目明细", "指标明细"))  # fmt: skip
    counted = projects[0].index("指标数")
    missing = len(indicators) - 1 - sum(int(str(line[counted])) for line in projects[1:])
    assert missing > 0
    texts = [str(cell.value) for row in book["总览"].iter_rows(max_row=6) for cell in row]
    assert any(f"指标数里有 {missing} 个是部门（单位）整体的指标" in text for text in texts)


def links(sheet: Worksheet) -> Iterator[str]:
    """The places in the workbook that links of a sheet lead to."""
    for row in sheet.iter_rows():
        yield from (cell.hyperlink.location or "" for cell in row if cell.hyperlink)


def test_forms_that_came_in_time_are_told_from_those_nobody_knows_of() -> None:
    forms = [replace(form("accepted"), late=late) for late in (True, False)]
    made = Made({("", "教育局"): [*forms, replace(form("missing"), late=False)]})
    lines = [
        *load_workbook(BytesIO(made.book()))["单位汇总"].iter_rows(min_row=4, values_only=True)
    ]
    assert [line[lines[0].index("迟报")] for line in lines[1:]] == ["是", "否", "—"]


def test_the_english_sheets_have_no_chinese_but_what_people_wrote() -> None:
    made = Made({("", "Education"): [form("accepted"), form("missing")]}, language="en")
    asked = {one.label for one in ASKED.values()}
    own = {*asked, *(level for levels in LEVELS for level in levels)}
    for sheet in made.printed():
        texts = [str(c.value) for row in sheet.rows[3:] for c in row.cells]
        texts += [chart.title + chart.axis for chart in sheet.charts]
        chinese = {text for text in texts if re.search("[\u4e00-\u9fff]", text)}
        assert all(any(one in text for one in own) or "第" in text for text in chinese), chinese


def test_the_list_leads_to_every_sheet() -> None:
    made = county(1, 第1局=["accepted", "missing", "to_correct"])
    first, under = made.printed()
    links = [row.cells[0].link for row in first.rows if row.cells and row.cells[0].look == "link"]
    assert links == [f"'{sheet.name}'!A1" for sheet in made.sheets()[1:]]
    assert under.rows[1].cells[1].link == "'总览'!A1"
    assert all(
        row.cells[1].value for row in first.rows if row.cells and row.cells[0].look == "link"
    )


@pytest.mark.office
@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(made=summaries())
def test_recalculation_changes_no_figure(office: Office, tmp_path: Path, made: Made) -> None:
    path = tmp_path / "summary.xlsx"
    path.write_bytes(made.book())
    printed = made.printed()
    areas = [(one.name, f"A1:{column_name(len(one.widths) - 1)}{len(one.rows)}") for one in printed]
    for sheet, computed in zip(printed, office.compute(path, areas), strict=True):
        for name, cell in placed(sheet).items():
            if cell.formula:
                row, column = parse_cell(name) or (0, 0)
                found = computed[row][column]
                if isinstance(cell.value, int | Decimal):
                    assert found == pytest.approx(float(cell.value), rel=1e-12, abs=1e-9), name
                else:
                    assert found == cell.value, name


@pytest.mark.parametrize(("money", "step"), [(7, 2), (5_254, 6_000)])
def test_figures_of_an_axis_have_room_beside_long_names(money: int, step: float) -> None:
    first, _ = Made({("", "清源县自然资源和规划局"): [form("accepted", money - 1)]}).printed()
    assert first.charts[1].step == step


@pytest.mark.parametrize(
    ("money", "step"), [(0, 1), (7, 2), (1_000, 500), (1_222_372, 1_500_000), (80_000_000, 8e7)]
)
def test_figures_of_an_axis_are_round_and_have_room(money: int, step: float) -> None:
    first, _ = Made({("", "教育局"): [form("accepted", money - 1)]}).printed()
    assert first.charts[1].step == step


def test_the_kinds_that_no_line_names_are_named_together_where_the_chart_looks() -> None:
    tally = Tally()
    for number in range(14):
        tally.structure["产出指标", f"第{number:02}类"] = Counter({"=": 20 - number, "text": 1})
    places = Places([replace(one, lines=14) for one in Standard(tally, ZH, "表").sheets()])
    table = OverviewTables(everything(tally, ZH), tally, places, ZH).structure()
    assert table
    assert len(table.lines) == 11
    assert [cell.value for cell in table.rest] == ["", "其他 3 类", 27, 24, 3]
    assert [cell.value for cell in table.total][2:] == [203, 189, 14]
    assert table.lines[3][2].formula == "='指标结构'!D8"


def test_further_reasons_are_those_that_the_list_of_problems_has() -> None:
    severities: list[Severity] = [
        "error", "error", "error", "error", "error", "hint", "hint", "warning",
    ]  # fmt: skip
    found = [Noted(code="made", severity=one, title="规则", message="请核对") for one in severities]
    found.append(replace(found[-1], reason="同意"))
    maker = LineMaker(Standard(Tally(), ZH, "表"), Tally(), ZH)
    line = maker.left_out_line(LeftOut(file="1.xlsx", found=tuple(found)))
    assert str(line["problem"]).endswith("……另有 2 处，见问题清单")


def test_warnings_that_count_lead_to_the_sheet_that_adds_them_up() -> None:
    made = Made({("", "教育局"): [replace(form("accepted"), warnings=2), form("to_correct")]})
    first, _ = made.printed()
    labels = [cell for row in first.rows for cell in row.cells if cell.look == "label"]
    (label,) = [cell for cell in labels if "请核对" in str(cell.value)]
    units = made.data("units")
    assert label.link == f"'单位汇总'!{cell_name(HEAD_ROW, units.number('warnings'))}"
    assert made.data("units").totals["warnings"].value == tile(first, str(label.value)) == 2


def test_departments_without_a_number_show_a_word_and_only_an_answered_zero_is_zero() -> None:
    zero = Form(state="accepted", funds=[(Decimal(0), Decimal(0))])
    made = Made({
        ("", "零局"): [zero], ("", "空局"): [Form(state="accepted")],
        ("", "错局"): [form("to_correct")],
        ("", "缺局"): [form("missing")], ("", "两样局"): [form("missing"), form("to_correct")],
    })  # fmt: skip
    first, under = made.printed()
    wanted = {"零局": Decimal(0), "空局": "—", "错局": "未采用", "缺局": "未报", "两样局": "—"}
    money = {str(line[0]): line[1] for line in map(values, lines_of(first, first.charts[1]))}
    assert money == wanted
    own = [row.cells for row in under.rows[4:] if row.cells[0].look == "total_name"]
    assert {str(cells[0].value): cells[-7].value for cells in own} == wanted


def test_thirteen_departments_all_have_a_line() -> None:
    first, _ = county(13).printed()
    assert [len(lines_of(first, chart)) for chart in first.charts[:2]] == [13, 13]
    assert [chart.last - chart.first + 1 for chart in first.charts[:2]] == [13, 13]
    assert [chart.title for chart in first.charts[:2]] == ["报送进度", "资金来源"]


def test_amounts_that_nobody_can_read_are_told_of_forms_left_out_too() -> None:
    funds = [(Decimal("15.5"), Decimal(0)), (None, Decimal(1))]
    made = Made({("", "教育局"): [form("accepted"), Form(state="to_correct", funds=funds)]})
    first, _ = made.printed()
    assert "未汇总的资金 15.5 万元，另有 1 个金额无法读取" in str(
        [values(row) for row in first.rows]
    )
    assert tile(first, "无法读取的金额") == 1


@pytest.mark.parametrize(
    ("states", "told", "untold"),
    [
        (["accepted"], "应报的表都已报来", "名册外"),
        (["accepted", NOT_DUE], "名册外另有 1 份已汇总", "应报的表都已报来"),
        (["accepted", "to_correct"], "有 1 份还不能汇总", "应报的表都已报来"),
    ],
)
def test_nothing_is_missing_is_said_with_what_does_not_count_or_was_not_due(
    states: list[str], told: str, untold: str
) -> None:
    first, _ = Made({("", "教育局"): list(map(form, states))}).printed()
    said = str([values(row) for row in first.rows])
    assert told in said
    assert untold not in said
    assert ("其中 1 份不在名册上" in said) == (NOT_DUE in states)
