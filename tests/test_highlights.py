"""Yellow cells: a real office program gives the rows that must still be filled in, no other."""

from __future__ import annotations

import io
import random
from decimal import Decimal
from pathlib import Path

import pytest
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from ptxl.model.layout import Layout, SheetLayout
from ptxl.model.path import Path as FieldPath
from ptxl.rules.conditions import Condition, filled_in
from ptxl.template import find_templates, load_template
from ptxl.text import Raw
from ptxl.write.check_line import State
from ptxl.write.generic_workbook import FormWriter, workbook_options
from ptxl.write.highlights import highlights
from ptxl.write.references import cells_in, conditions_on
from ptxl.write.self_check import check_lines
from tests.conftest import MakeTemplate, submit
from tests.fillings import python_states
from tests.office import Office

#: a table with several rows that must be there, one with categories, and both in spare sheets
ROWS = """\
lists:
  printed: {产出指标: [{name: 数量指标, least: 2}, 质量指标], 效益指标: [社会效益指标]}
sheets:
  - name: "项目{{ number }}"
    for_each: projects
    count: 2
    least: 1
    columns: [14, 14, 20, 20]
    rows:
      - [{field: name, across: 4}]
      - table: steps
        layout: free
        rows: 5
        least: 3
        columns:
          - {field: step, head: 步骤, required: true}
          - {field: note, head: 说明}
      - table: indicators
        layout: grouped
        among: printed
        levels: [level1, level2]
        rows: 3
        columns:
          - {field: level1, head: 一级}
          - {field: level2, head: 二级}
          - {field: level3, head: 三级}
          - {field: cost, head: 金额, kind: money}
"""
#: where a formula that colours cells stands as one that can be computed, and how many there may be
_COLUMN, _MOST = 60, 400


class _Shown(FormWriter):
    """Writes each formula that colours cells into a cell of the same sheet, too."""

    def _highlights(self, sheet: Worksheet, layout: SheetLayout) -> None:
        super()._highlights(sheet, layout)
        number = self.layout.sheets.index(layout)
        for row, (_, formula) in enumerate(highlights(self.layout, number)):
            sheet.write_formula(row, _COLUMN, formula)


def shown_form(layout: Layout, path: Path) -> Path:
    target = io.BytesIO()
    workbook = Workbook(target, workbook_options())
    _Shown(workbook, layout, "").write()
    workbook.close()
    path.write_bytes(target.getvalue())
    return path


def wanted_cells(layout: Layout, condition: Condition, filled: frozenset[str]) -> set[FieldPath]:
    """The required cells (or all) of the first rows that are blank, as many as are missing."""
    blank = [row for row in condition.parts if row not in filled]
    missing = max(condition.least - condition.found(filled), 0)
    if condition.scope not in ("", *filled, *layout.in_use):
        return set()
    cells = [path for row in blank[:missing] for path in cells_in(layout)[row]]
    required = {path for path in cells if layout.fields[path].required}
    return required or set(cells)


def random_rows(layout: Layout, chance: random.Random) -> dict[str, Raw]:
    """Few or many answers, in rows of chance."""
    share = chance.choice([0, 0.1, 0.3, 0.6, 1])
    found: dict[str, Raw] = {}
    for path, field in layout.fields.items():
        if not field.reviewer and chance.random() < share:
            found[path] = Decimal(5) if field.kind in ("money", "integer") else "一"
    return found


def compare(office: Office, folder: Path, layout: Layout, count: int) -> int:
    """Whatever is filled in: the cells that are yellow for a table are those that are wanted."""
    path = shown_form(layout, folder / "form.xlsx")
    chance = random.Random(20260101)
    names = [sheet.sheet.name for sheet in layout.sheets]
    fields = list(layout.fields)
    cells = [(names[(at := layout.places[p]).sheet], at.row, at.column) for p in fields]
    drawn = [random_rows(layout, chance) for _ in range(count)]
    values = [[typed(answers.get(p, "")) for p in fields] for answers in drawn]
    areas = [(name, f"BI1:BI{_MOST}") for name in names]
    open_lines = 0
    for answers, shown in zip(drawn, office.compute_each(path, cells, values, areas), strict=True):
        filled = filled_in(answers)
        states = python_states(submit(layout, answers))
        for number, column in enumerate(shown):
            rules = list(highlights(layout, number))
            assert len(rules) < _MOST
            yellow = {block for (block, _), [on] in zip(rules, column, strict=False) if on == 1}
            for condition in conditions_on(layout, number, "rows"):
                expected = wanted_cells(layout, condition, filled)
                inside = [p for row in condition.parts for p in cells_in(layout)[row]]
                blank_rows = [p for p in inside if not {*p.rows} & filled & {*condition.parts}]
                found = {p for p in blank_rows if corner(layout, p) in {b[:2] for b in yellow}}
                assert found == expected, answers
                (state,) = (s for line, s in zip(check_lines(layout), states, strict=True)
                            if line.conditions == (condition,) and not line.leads)  # fmt: skip
                assert expected or state != State.OPEN
                # A project that must be there stays yellow where another one stands in for it.
                assert state == State.OPEN or not expected or condition.scope in layout.in_use
                open_lines += state == State.OPEN
    return open_lines


def typed(value: Raw) -> str | float:
    return float(value) if isinstance(value, Decimal) else str(value)


def corner(layout: Layout, path: str) -> tuple[int, int]:
    return layout.places[path].row, layout.places[path].column


@pytest.mark.office
def test_the_rows_that_must_still_be_filled_in_are_yellow(
    office: Office, tmp_path: Path, make_template: MakeTemplate
) -> None:
    layout = load_template(make_template(ROWS)).layout({})
    assert compare(office, tmp_path, layout, 60) > 20


@pytest.mark.office
@pytest.mark.parametrize("path", find_templates(), ids=lambda path: path.parent.name)
def test_shipped_forms_colour_the_rows_that_must_still_be_filled_in(
    office: Office, tmp_path: Path, path: Path
) -> None:
    compare(office, tmp_path, load_template(path).layout({}), 20)
