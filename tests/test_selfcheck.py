"""One rule, two places: the states that a real office program computes are those that Python gives.

Many fillings of a form are put into the cells of one workbook, computed by LibreOffice, which
keeps it open, and compared line by line with what Python gives for the same answers in a file.
"""

from __future__ import annotations

import io
import os
import random
import re
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from ptxl.cells import Box, cell_name
from ptxl.check.submission import check_submission, type_values
from ptxl.model.layout import Layout
from ptxl.model.path import Path as FieldPath
from ptxl.model.submission import Submission
from ptxl.ooxml.sheet import NewValue
from ptxl.read import read_submission
from ptxl.rules.computed import compute_cells
from ptxl.rules.conditions import conditions
from ptxl.template import Templates, find_templates, load_template
from ptxl.text import Raw
from ptxl.write.check_line import State
from ptxl.write.check_states import Cached, Result, cached_values, line_results
from ptxl.write.self_check import check_lines, line_formulas, lit_cells, live_rules
from ptxl.write.stencil import write_form
from tests.conftest import UNIT, Figures, MakeTemplate, submit
from tests.fillings import (
    UNREADABLE,
    Answers,
    aims,
    failed,
    filled,
    fillings,
    held,
    python_results,
    python_states,
)
from tests.office import Computed, Office

SEED = int(os.environ.get("PTXL_SEED", "20260101"))
#: how many fillings each shipped template gets, at least as many as there are aims
#: an office that is busy with other things computes so many in its time
AT_ONCE = 150
FILLINGS = int(os.environ.get("PTXL_FILLINGS", "100"))
#: how many of them are opened as files, too
BY_FILE = 3

#: every operator and function that can be live, over fields and rows of each kind
LIVE = """\
parameters:
  least: {kind: integer, default: 2, help: 至少几行}
lists:
  taxonomy: {产出指标: [数量指标, 质量指标], 效益指标: [社会效益指标]}
  printed: {产出指标: [数量指标, 质量指标], 效益指标: [社会效益指标]}
sheets:
  - name: "表 '{{ number }}' 页"
    for_each: projects
    count: 2
    least: 1
    columns: [14, 14, 20, 20, 12]
    rows:
      - - 名称
        - {field: name, required: true}
        - 总额
        - {field: funds.total, kind: money, required: true, across: 2}
      - - 财政
        - {field: funds.fiscal, kind: money}
        - 人数
        - {field: people, kind: integer, maximum: 100, across: 2}
      - - 3月底
        - {field: "plan[0].percent", kind: percent, maximum: 100}
        - 6月底
        - {field: "plan[1].percent", kind: percent, maximum: 100, across: 2}
      - table: indicators
        layout: free
        rows: 5
        least: 2
        columns:
          - {field: level1, head: 一级, kind: choice, among: taxonomy, level: 1, required: true}
          - {field: level2, head: 二级, kind: choice, among: taxonomy, level: 2}
          - {field: level3, head: 三级, required: true}
          - {field: note, head: 说明}
          - {field: weight, head: 权重, kind: percent, maximum: 100}
      - table: fixed
        layout: grouped
        among: printed
        levels: [level1, level2]
        rows: 2
        columns:
          - {field: level1, head: 一级}
          - {field: level2, head: 二级}
          - {field: level3, head: 三级, across: 2}
          - {field: cost, head: 金额, kind: money}
    rules:
      - {id: add_up, holds: "funds.total == funds.fiscal + sum(fixed, cost)", at: funds.total,
         severity: error, message: 合计}
      - {id: less, holds: funds.fiscal <= funds.total and -funds.fiscal < 1, at: funds.fiscal,
         severity: error, message: 财政}
      - {id: rising, holds: "plan[0].percent <= plan[1].percent",
         at: "plan[1].percent",
         severity: error, message: 进度}
      - {id: per_head, holds: funds.total / 2 * 4 - people >= 0 or blank(people), at: people,
         severity: error, message: 人均}
      - {id: named, holds: "contains(name, '网络', '安') or starts(name, '信') or ends(name, '费')",
         at: name, severity: error, message: 名称}
      - {id: not_named, holds: "name not in ['专线', '软件'] and name != '经费'", at: name,
         severity: error, message: 名称}
      - {id: short, holds: length(name) <= 3, at: name, severity: error, message: 名称}
      - {id: weights, holds: "sum(indicators, weight) == 100 or not any(indicators, weight > 0)",
         at: indicators, severity: error, message: 权重}
      - {id: outputs, holds: "count(indicators, level1 == '产出指标') >= least", at: indicators,
         severity: error, message: 产出}
      - {id: used, holds: count(indicators) <= 4, at: indicators, severity: error, message: 行数}
      - {id: told, each: indicators, holds: not blank(note) and note != level3, at: level3,
         severity: error, message: 说明}
      - {id: words, each: indicators, holds: "level3 not in ['无'] and length(level3) <= 3",
         at: level3, severity: error, message: 三级}
      - {id: once, each: indicators, holds: "times(level3, '费', '经费') <= 1", at: level3,
         severity: error, message: 重复}
      - {id: told_less, holds: "length(without(name, '网', '费')) >= 2", at: name,
         severity: error, message: 名称}
      - {id: told_each, each: indicators, holds: "without(level3, '网络', '费') != note",
         at: level3, severity: error, message: 名称}
      - {id: heavy, each: indicators, holds: weight <= funds.total, at: weight, severity: error,
         message: 权重}
      - {id: social, holds: "sum(fixed, cost, level2 == '社会效益指标') <= 10", at: fixed,
         severity: error, message: 效益}
      - {id: every, holds: "all(fixed, cost > 0 or level2 == '质量指标')", at: fixed,
         severity: error, message: 金额}
      - {id: printed, each: fixed, holds: "level1 != '效益指标' or cost < 5", at: level3,
         severity: error, message: 金额}
"""


@pytest.fixture
def live(make_template: MakeTemplate) -> Layout:
    return load_template(make_template(LIVE)).layout({})


States = list[State]
#: what the sheets of the self-check, and the banners, show: by sheet and cell
Shown = dict[tuple[str, int, int], Computed]
#: what stands before the number of rows that must be filled in
WANTED = {"zh": "至少填", "en": "at least"}


@dataclass(frozen=True, slots=True)
class Desk:
    """A form open in an office: answers in, all that its self-check shows out."""

    office: Office
    layout: Layout
    blank: Path

    def by_cells(self, many: list[Answers]) -> list[Shown]:
        """All fillings typed into the one open workbook, after each other."""
        places = sorted(
            (place.sheet, place.column, place.row, path)
            for path, place in self.layout.places.items()
            if not self.layout.fields[path].compute
        )
        names = [sheet.sheet.name for sheet in self.layout.sheets]
        cells = [(names[sheet], row, column) for sheet, column, row, _ in places]
        values = [[typed(answers.get(path, "")) for *_, path in places] for answers in many]
        areas = self._areas()
        shown = []
        for start in range(0, len(values), AT_ONCE):
            some = values[start : start + AT_ONCE]
            shown += self.office.compute_each(self.blank, cells, some, areas)
        return [by_cell(areas, one) for one in shown]

    def by_file(self, data: bytes) -> Shown:
        """One filled form, opened as a file of its own."""
        path = self.blank.with_name("filled.xlsx")
        path.write_bytes(data)
        areas = self._areas()
        return by_cell(areas, self.office.compute(path, areas))

    def _areas(self) -> list[tuple[str, str]]:
        boxes = {}
        for sheet, cells in self.expected([], {}, {}).items():
            boxes[sheet] = Box.around(cells).name
        return list(boxes.items())

    def expected(
        self, results: list[Result], values: Mapping[str, object], entries: Mapping[str, Raw]
    ) -> dict[str, dict[tuple[int, int], Cached]]:
        """What Python gives for the same cells, and for those that the form computes."""
        names = [sheet.sheet.name for sheet in self.layout.sheets]
        blank = results or line_results(self.layout, {}, {})
        found = cached_values(self.layout, names, blank, entries)
        for path, field in self.layout.fields.items():
            if field.compute:
                place, value = self.layout.places[path], values.get(path, "")
                shown = float(value) if isinstance(value, Decimal) else str(value)
                found[names[place.sheet]][place.row, place.column] = shown
        return found

    def differences(
        self,
        shown: Shown,
        results: list[Result],
        values: Mapping[str, object],
        entries: Mapping[str, Raw],
    ) -> list[tuple[object, ...]]:
        """The cells that show something else than Python gives."""
        return [
            (sheet, cell_name(*at), shown[sheet, *at], value)
            for sheet, cells in self.expected(results, values, entries).items()
            for at, value in cells.items()
            if shown[sheet, *at] != value
        ]


def typed(value: NewValue) -> str | float:
    return float(value) if isinstance(value, Decimal) else str(value)


def by_cell(areas: list[tuple[str, str]], shown: list[list[list[Computed]]]) -> Shown:
    found: Shown = {}
    for (sheet, area), rows in zip(areas, shown, strict=True):
        box = Box.parse(area)
        assert box
        for row, values in enumerate(rows, box.top):
            found |= {(sheet, row, column): v for column, v in enumerate(values, box.left)}
    return found


def compare(
    office: Office, folder: Path, layout: Layout, templates: Templates, count: int
) -> list[Counter[State]]:
    """Office and Python agree on every cell of every filling, and every aim is reached.

    Returns how often each line was in each state.
    """
    blank, path = write_form(layout, UNIT), folder / "blank.xlsx"
    path.write_bytes(blank)
    desk = Desk(office, layout, path)
    drawn = list(fillings(layout, count, random.Random(SEED)))
    seen: list[Counter[State]] = [Counter() for _ in check_lines(layout)]
    shown = desk.by_cells([one.answers for one in drawn])
    for number, (one, cells) in enumerate(zip(drawn, shown, strict=True)):
        data = filled(layout, blank, one.answers)
        submission = read_submission(data, templates)
        values, results = shown_values(submission), python_results(submission)
        different = desk.differences(cells, results, values, held(submission))
        assert different == [], f"seed {SEED}, filling {number}: {one.answers}"

        if number < BY_FILE:
            assert desk.differences(desk.by_file(data), results, values, held(submission)) == []
        for counter, result in zip(seen, results, strict=True):
            counter[result.state] += 1
    reached = {aim for one in drawn for aim in one.reached}
    assert [aim for aim in aims(layout) if aim not in reached] == [], f"seed {SEED}"
    return seen


def shown_values(submission: Submission) -> Mapping[str, object]:
    """What the computed cells show."""
    values = type_values(submission).values
    return compute_cells(submission.layout, values, submission.entries).shown


def verdicts(layout: Layout, seen: list[Counter[State]]) -> dict[str, tuple[int, int]]:
    """How often each live rule passed, and how often it failed."""
    found: dict[str, tuple[int, int]] = {}
    for line, states in zip(check_lines(layout), seen, strict=True):
        if line.rule:
            passes, fails = found.get(line.rule.rule.id, (0, 0))
            more = sum(count for state, count in states.items() if failed(state))
            found[line.rule.rule.id] = passes + states[State.PASSED], fails + more
    return found


@pytest.mark.office
def test_office_and_python_agree_on_every_live_construct(
    office: Office, tmp_path: Path, live: Layout
) -> None:
    templates = Templates([tmp_path / "template"])
    assert len(live_rules(live)) == 19
    seen = compare(office, tmp_path, live, templates, 300)
    for line, states in zip(check_lines(live), seen, strict=True):
        assert states[State.OPEN] + states[State.UNUSED]
        assert states[State.PASSED] or states[State.WRONG], line


@pytest.mark.office
@pytest.mark.parametrize("path", find_templates(), ids=lambda path: path.parent.name)
def test_office_and_python_agree_on_shipped_templates(
    office: Office, tmp_path: Path, path: Path, figures: Figures
) -> None:
    layout = load_template(path).layout({})
    seen = compare(office, tmp_path, layout, Templates(), FILLINGS)
    found = verdicts(layout, seen)
    assert set(found) == live_rules(layout)
    count, passes, fails = seen[0].total(), *zip(*found.values(), strict=True)
    figures(
        f"{path.parent.name}: {count} fillings × {len(found)} live rules, "
        f"{count * len(seen)} states alike; each rule passed at least {min(passes)} times and "
        f"failed at least {min(fails)} times (seed {SEED})"
    )


def test_a_blank_form_is_born_with_its_states(tmp_path: Path, live: Layout) -> None:
    data = write_form(live, UNIT)
    submission = read_submission(data, Templates([tmp_path / "template"]))
    assert submission.findings == ()
    assert set(python_states(submission)) == {State.OPEN, State.UNUSED}


@pytest.mark.office
def test_an_unreadable_total_spoils_the_lines_that_reckon_with_it_and_no_other(
    office: Office, tmp_path: Path
) -> None:
    """What stands in the workbook is what its own formulas give, for one text that is no number."""
    layout = load_template("national-project").layout({})
    answers: Answers = {
        "projects[0].period": "2019年—2020年",
        "projects[0].period_funds.total": UNREADABLE,
        "projects[0].period_goal": "完成建设",
        "projects[0].funds.total": Decimal(5),
    }
    blank, path = write_form(layout, UNIT), tmp_path / "blank.xlsx"
    path.write_bytes(blank)
    desk = Desk(office, layout, path)
    (shown,) = desk.by_cells([answers])
    submission = read_submission(filled(layout, blank, answers), Templates())
    results = python_results(submission)
    assert desk.differences(shown, results, {}, held(submission)) == []
    rules = {}
    for line, result in zip(check_lines(layout), results, strict=True):
        if line.rule and result.state is not State.UNUSED:
            rules[line.rule.rule.id] = result.state
    assert rules["period_funds_add_up"] == State.WRONG
    assert rules["period_goal_missing"] == State.DOUBTED
    assert rules["amount_looks_like_yuan"] == State.PASSED


#: a table with more rows than a number tells apart
LONG = """\
sheets:
  - name: 表
    columns: [20, 20, 20]
    rows:
      - [{field: name, across: 3}]
      - table: rows
        layout: free
        rows: 60
        columns:
          - {field: item, head: 名称}
          - {field: cost, head: 金额, kind: money, minimum: 0}
          - {field: note, head: 说明}
    rules:
      - {id: told, each: rows, holds: not blank(note), at: item, severity: error,
         message: "“{{ item }}”没有说明；请补填"}
      - {id: once, each: rows, holds: "not repeated(rows, item)", at: item, severity: error,
         message: "“{{ item }}”重复；请改名"}
      - {id: dear, each: rows, holds: "cost <= 5 or any(rows, contains(note, '经费'))", at: cost,
         severity: error, message: "“{{ item }}”要{{ cost }}，{{ count(rows) }}行都没说明；请核对"}
"""


@pytest.mark.office
def test_every_row_of_a_long_table_is_checked_and_lights_up(
    office: Office, tmp_path: Path, make_template: MakeTemplate
) -> None:
    layout = load_template(make_template(LONG)).layout({})
    assert live_rules(layout) == {"told", "once", "dear"}
    for name in ("item", "cost"):
        assert {FieldPath(f"rows[{row}].{name}") for row in range(60)} <= lit_cells(layout).keys()
    compare(office, tmp_path, layout, Templates([tmp_path / "template"]), 40)


#: a rule on each row that looks at all of them
SHARES = """\
sheets:
  - name: 表
    columns: [20, 20]
    rows:
      - table: rows
        layout: free
        rows: 4
        columns:
          - {field: item, head: 名称}
          - {field: cost, head: 金额, kind: money}
    rules:
      - {id: share, each: rows, holds: "cost <= sum(rows, cost) / 2", at: item, severity: error,
         message: "“{{ item }}”超过一半"}
"""


@pytest.mark.office
def test_a_rule_on_rows_that_adds_them_up_is_spoilt_by_any_that_is_no_number(
    office: Office, tmp_path: Path, make_template: MakeTemplate
) -> None:
    layout = load_template(make_template(SHARES)).layout({})
    first: Answers = {"rows[0].item": "甲", "rows[0].cost": Decimal(5)}
    submission = submit(layout, {**first, "rows[2].cost": UNREADABLE})
    pairs = zip(check_lines(layout), python_results(submission), strict=True)
    (result,) = (result for line, result in pairs if line.rule)
    assert (result.state, result.found) == (State.WRONG, 1)
    codes = [found.code for found in check_submission(submission).findings]
    assert codes == ["not_a_number"], "the rule waits until the number can be read"
    compare(office, tmp_path, layout, Templates([tmp_path / "template"]), 30)


#: forms with very many sheets, or very much on one
LARGE: list[tuple[str, dict[str, object]]] = [
    ("national-project", {"projects": 25}),
    ("henan-department", {"tasks": 20, "task_lines": 50}),
]


@pytest.mark.parametrize("path", find_templates(), ids=lambda path: path.parent.name)
def test_every_sheet_says_what_must_be_filled_in(path: Path) -> None:
    layout = load_template(path).layout({})
    leading = [line.sheet for line in check_lines(layout) if line.leads]
    assert leading == list(range(len(layout.sheets)))


@pytest.mark.slow
@pytest.mark.parametrize(("template", "parameters"), LARGE)
def test_large_forms_check_all_their_sheets_by_formulas_that_excel_takes(
    template: str, parameters: dict[str, object]
) -> None:
    """Excel opens no workbook with a longer formula unless it may take it out."""
    layout = load_template(template).layout(parameters)
    assert max(map(len, line_formulas(layout).values())) < 8192
    leading = [line.sheet for line in check_lines(layout) if line.leads]
    assert leading == list(range(len(layout.sheets)))
    asked = {one for line in check_lines(layout) for one in line.conditions}
    assert asked == {one for one in conditions(layout) if one.kind != "repeats"}


@pytest.mark.office
def test_office_and_python_agree_where_one_line_is_several(office: Office, tmp_path: Path) -> None:
    layout = load_template("henan-department").layout(LARGE[1][1])
    assert sum("必填项" in line.title for line in check_lines(layout)) > 1
    compare(office, tmp_path, layout, Templates(), 5)


@pytest.mark.parametrize("path", find_templates(), ids=lambda path: path.parent.name)
def test_every_least_number_of_rows_has_a_line_with_its_reason_at_rows_still_blank(
    path: Path,
) -> None:
    layout = load_template(path).layout({})
    wanted = [one for one in conditions(layout) if one.kind == "rows"]
    lines = [line for line in check_lines(layout) if line.conditions and not line.leads]
    assert Counter(one for line in lines for one in line.conditions) == Counter(wanted)
    for line in lines:
        (condition,) = line.conditions
        assert condition.label in line.title
        assert f"{WANTED[layout.form.language]} {condition.least}" in line.title


@pytest.mark.parametrize("path", find_templates(), ids=lambda path: path.parent.name)
def test_formulas_and_links_name_sheets_in_quotes(path: Path) -> None:
    """Not every program takes the names of all scripts without them."""
    data = write_form(load_template(path).layout({}), UNIT)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheets = [archive.read(name).decode() for name in archive.namelist() if "/sheet" in name]
    text = "".join(sheets)
    found = re.findall(r"<(?:f|formula1|formula)>([^<]*)</|location=\"([^\"]*)\"", text)
    named = [formula or link for formula, link in found if "!" in formula + link]
    assert len(named) > 100
    assert [one for one in named if re.search(r"[^']!", one)] == []
