"""One rule, two places: the states that a real office program computes are those that Python gives.

Many fillings of a form are put into the copies of one workbook's cells by XML, computed by
LibreOffice, and compared line by line.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from ptxl.check import type_values
from ptxl.form import Field
from ptxl.layout import CHECK_SHEET, Layout, cell_name, list_names
from ptxl.patch import NewValue, patch_cells
from ptxl.read import read_submission
from ptxl.selfcheck import (
    DOUBTED,
    FIRST_LINE,
    OPEN,
    PASSED,
    STATE_COLUMN,
    STATES,
    UNUSED,
    WRONG,
    banner_place,
    banner_text,
    check_lines,
    line_states,
    live_rules,
)
from ptxl.submission import Submission
from ptxl.template import Templates, find_templates, load_template
from ptxl.write import write_form
from tests.conftest import UNIT, MakeTemplate
from tests.office import Office

SEED = int(os.environ.get("PTXL_SEED", "20260101"))
#: how many fillings each shipped template gets; CI asks for more
FILLINGS = int(os.environ.get("PTXL_FILLINGS", "25"))

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
      - {id: heavy, each: indicators, holds: weight <= funds.total, at: weight, severity: error,
         message: 权重}
      - {id: social, holds: "sum(fixed, cost, level2 == '社会效益指标') <= 10", at: fixed,
         severity: error, message: 效益}
      - {id: every, holds: "all(fixed, cost > 0 or level2 == '质量指标')", at: fixed,
         severity: error, message: 金额}
      - {id: printed, each: fixed, holds: "level1 != '效益指标' or cost < 5", at: level3,
         severity: error, message: 金额}
"""
WORDS = ("网络安全", "专线", "软件", "经费", "信息", "无", "宣传费", "a", "A", " 经费 ")


@pytest.fixture
def live(make_template: MakeTemplate) -> Layout:
    return load_template(make_template(LIVE)).layout({})


def guess(field: Field, layout: Layout, chance: random.Random) -> NewValue:
    """Something that a person may type into a field, right or wrong."""
    match field.kind:
        case "money":
            return Decimal(chance.choice(["0", "1", "2.5", "4.83", "5", "7.33", "10", "12.1"]))
        case "integer":
            return Decimal(chance.randint(0, 20))
        case "percent":
            return chance.choice(["0%", "25%", "50", "100.00", "40%", "60%", "12.5"])
        case "choice":
            return chance.choice(list_names(layout.form, field))
        case "target":
            return chance.choice(["≥95%", "12次", "有效提升"])
    return chance.choice(WORDS)


def fillings(layout: Layout, count: int, chance: random.Random) -> Iterator[dict[str, NewValue]]:
    """Random answers: from nearly blank to complete, first and last rows as often as the middle."""
    for _ in range(count):
        density = chance.choice([0.05, 0.3, 0.7, 0.95, 1.0])
        yield {
            path: guess(field, layout, chance)
            for path, field in layout.fields.items()
            if not field.reviewer and chance.random() < density
        }


def filled(layout: Layout, blank: bytes, answers: dict[str, NewValue]) -> bytes:
    cells: dict[str, dict[tuple[int, int], NewValue]] = {}
    for path, value in answers.items():
        place = layout.places[path]
        name = layout.sheets[place.sheet].sheet.name
        cells.setdefault(name, {})[place.row, place.column] = value
    return patch_cells(blank, cells, {})


def python_states(submission: Submission) -> list[str]:
    values = type_values(submission).values
    return line_states(submission.layout, values, frozenset(submission.entries))


def compare(
    office: Office, folder: Path, layout: Layout, templates: Templates, count: int
) -> dict[int, set[str]]:
    """Office and Python agree on every line of every filling; returns the states seen per line."""
    chance = random.Random(SEED)
    blank = write_form(layout, UNIT)
    lines = check_lines(layout)
    column = chr(ord("A") + STATE_COLUMN)
    states = (CHECK_SHEET, f"{column}{FIRST_LINE + 1}:{column}{FIRST_LINE + len(lines)}")
    places = [cell_name(*banner_place(layout, number)) for number in range(len(layout.sheets))]
    names = [sheet.sheet.name for sheet in layout.sheets]
    banners = [(name, f"{at}:{at}") for name, at in zip(names, places, strict=True)]
    seen: dict[int, set[str]] = {}
    for number, answers in enumerate(fillings(layout, count, chance)):
        data = filled(layout, blank, answers)
        path = folder / "filled.xlsx"
        path.write_bytes(data)
        computed, *shown = office.compute(path, [states, *banners])
        expected = python_states(read_submission(data, templates))
        found = [str(row[0]) for row in computed]
        texts = [line.text for line in lines]
        different = [t for t in zip(texts, found, expected, strict=True) if t[1] != t[2]]
        assert different == [], f"seed {SEED}, filling {number}: {answers}"
        for sheet, area in enumerate(shown):
            assert area[0][0] == banner_text(layout, sheet, expected)
        for line, state in enumerate(found):
            seen.setdefault(line, set()).add(state)
    return seen


@pytest.mark.office
def test_office_and_python_agree_on_every_live_construct(
    office: Office, tmp_path: Path, live: Layout
) -> None:
    templates = Templates([tmp_path / "template"])
    assert len(live_rules(live)) == 16
    seen = compare(office, tmp_path, live, templates, 300)
    missing = {
        line.rule.rule.id: {PASSED, WRONG} - seen[number]
        for number, line in enumerate(check_lines(live))
        if line.rule and not ({PASSED, WRONG} <= seen[number] and seen[number] & {OPEN, UNUSED})
    }
    assert missing == {}
    assert any(UNUSED in states for states in seen.values())


@pytest.mark.office
@pytest.mark.parametrize("path", find_templates(), ids=lambda path: path.parent.name)
def test_office_and_python_agree_on_shipped_templates(
    office: Office, tmp_path: Path, path: Path
) -> None:
    layout = load_template(path).layout({})
    compare(office, tmp_path, layout, Templates(), FILLINGS)


def test_a_blank_form_is_born_with_its_states(tmp_path: Path, live: Layout) -> None:
    data = write_form(live, UNIT)
    submission = read_submission(data, Templates([tmp_path / "template"]))
    assert submission.findings == ()
    assert set(python_states(submission)) == {OPEN, UNUSED}
    assert set(STATES) == {PASSED, OPEN, WRONG, DOUBTED, UNUSED}


@pytest.mark.parametrize("path", find_templates(), ids=lambda path: path.parent.name)
def test_every_sheet_says_what_must_be_filled_in(path: Path) -> None:
    layout = load_template(path).layout({})
    without_rule = [line.sheet for line in check_lines(layout) if line.rule is None]
    assert without_rule == list(range(len(layout.sheets)))
