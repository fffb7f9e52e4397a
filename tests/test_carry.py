"""Where answers go in another edition of a form: every one has a place or is named."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ptxl.model.layout import Layout
from ptxl.model.submission import Entry
from ptxl.renew.map_answers import Carried, carry
from ptxl.template import load_template
from tests.conftest import HEAD, UNIT

GROUPED = """\
parameters:
  slots: {{kind: integer, default: 2, help: 行数}}
lists:
  taxonomy: {{{taxonomy}}}
sheets:
  - name: 表
    columns: [14, 14, 20, 20]
    rows:
      - [项目名称, {{field: name, kind: text, across: 3}}]
      - table: indicators
        layout: grouped
        among: taxonomy
        levels: [level1, level2]
        rows: "{{{{ slots }}}}"
        columns:
          - {{field: level1, head: 一级指标}}
          - {{field: level2, head: 二级指标}}
          - {{field: level3, head: 三级指标, kind: text}}
          - {{field: value, head: 指标值, kind: target}}
"""
FREE = """\
parameters:
  rows: {kind: integer, default: 3, help: 行数}
lists:
  taxonomy: {产出指标: [数量指标, 质量指标], 效益指标: [社会效益指标]}
sheets:
  - name: 表
    columns: [14, 14, 20, 20]
    rows:
      - [项目名称, {field: name, kind: text, across: 3}]
      - table: indicators
        layout: free
        rows: "{{ rows }}"
        columns:
          - {field: level1, head: 一级指标, kind: choice, among: taxonomy, level: 1}
          - {field: level2, head: 二级指标, kind: choice, among: taxonomy, level: 2}
          - {field: level3, head: 三级指标, kind: text}
          - {field: value, head: 指标值, kind: target}
"""
FIXED = """\
sheets:
  - name: 表
    columns: [14, 14, 20, 20]
    rows:
      - table: indicators
        layout: fixed
        columns:
          - {{field: level1, head: 一级指标}}
          - {{field: level3, head: 三级指标, kind: text}}
          - {{field: value, head: 指标值, kind: target}}
          - {{field: note, head: 说明, kind: text}}
        rows:
          {rows}
"""


def laid_out(folder: Path, body: str, **parameters: object) -> Layout:
    folder.mkdir(exist_ok=True)
    (folder / "template.yaml").write_text(HEAD + body, encoding="utf-8")
    return load_template(folder).layout(parameters)


def grouped(folder: Path, taxonomy: str, slots: int = 2) -> Layout:
    return laid_out(folder, GROUPED.format(taxonomy=taxonomy), slots=slots)


def fixed(folder: Path, *rows: str) -> Layout:
    return laid_out(folder, FIXED.format(rows="\n          ".join(f"- {{{r}}}" for r in rows)))


def carried(old: Layout, new: Layout, answers: dict[str, str]) -> Carried:
    found = carry(old, {path: Entry(raw) for path, raw in answers.items()}, new, UNIT)
    assert set(answers) == set(found.to) | found.printed | set(found.left)
    assert len(answers) == len(found.to) + len(found.printed) + len(found.left)
    assert len(set(found.to.values())) == len(found.to)
    return found


OLD = "产出指标: [数量指标, 质量指标], 效益指标: [社会效益指标]"
NEW = "产出指标: [时效指标, 质量指标], 效益指标: [生态效益指标, 社会效益指标]"


def test_the_same_form_keeps_every_place(tmp_path: Path) -> None:
    layout = grouped(tmp_path / "a", OLD)
    answers = dict.fromkeys(layout.fields, "甲")
    found = carried(layout, layout, answers)
    assert found.to == {path: path for path in answers}
    assert found.unsure == set()


def test_rows_follow_their_category_and_keep_their_number_in_it(tmp_path: Path) -> None:
    old, new = grouped(tmp_path / "a", OLD), grouped(tmp_path / "b", NEW, 3)
    answers = {"indicators[3].level3": "合格率", "indicators[4].value": "95%", "name": "甲"}
    found = carried(old, new, answers)
    assert found.to == {
        "indicators[3].level3": "indicators[4].level3",
        "indicators[4].value": "indicators[9].value",
        "name": "name",
    }
    assert found.unsure == set()


def test_a_category_that_is_gone_leaves_its_answers(tmp_path: Path) -> None:
    old, new = grouped(tmp_path / "a", OLD), grouped(tmp_path / "b", NEW)
    found = carried(old, new, {"indicators[0].level3": "篇数", "indicators[0].value": "3篇"})
    assert found.left == {
        "indicators[0].level3": "not_asked",
        "indicators[0].value": "not_asked",
    }
    assert found.lacking == 0


def test_rows_close_up_where_that_makes_room_and_else_ask_for_more(tmp_path: Path) -> None:
    old, new = grouped(tmp_path / "a", OLD, 4), grouped(tmp_path / "b", OLD, 2)
    answers = {f"indicators[{row}].level3": str(row) for row in (1, 3)}
    found = carried(old, new, answers)
    assert found.to == {
        "indicators[1].level3": "indicators[0].level3",
        "indicators[3].level3": "indicators[1].level3",
    }
    assert found.unsure == set(answers)
    full = carried(old, new, answers | {"indicators[0].level3": "0", "indicators[2].level3": "2"})
    assert set(full.left) == {"indicators[2].level3", "indicators[3].level3"}
    assert set(full.left.values()) == {"no_room"}
    assert full.lacking == 2


def test_a_free_table_takes_the_categories_that_were_printed(tmp_path: Path) -> None:
    old, new = grouped(tmp_path / "a", OLD), laid_out(tmp_path / "b", FREE)
    found = carried(old, new, {"indicators[4].level3": "满意"})
    assert found.to == {"indicators[4].level3": "indicators[0].level3"}
    assert found.given == {
        "indicators[0].level1": "效益指标",
        "indicators[0].level2": "社会效益指标",
    }


def test_a_grouped_table_takes_rows_by_the_categories_that_were_chosen(tmp_path: Path) -> None:
    old, new = laid_out(tmp_path / "a", FREE), grouped(tmp_path / "b", OLD, 1)
    answers = {"indicators[0].level1": "效益指标", "indicators[0].level2": "社会效益指标",
               "indicators[0].level3": "甲", "indicators[1].level1": "产出指标",
               "indicators[1].level2": "质量指标", "indicators[1].value": "1%",
               "indicators[2].level1": "产出指标", "indicators[2].level3": "乙"}  # fmt: skip
    found = carried(old, new, answers)
    assert found.to == {
        "indicators[0].level3": "indicators[2].level3",
        "indicators[1].value": "indicators[1].value",
    }
    assert found.printed == {path for path in answers if "level1" in path or "level2" in path} - {
        "indicators[2].level1"
    }
    assert set(found.left) == {"indicators[2].level1", "indicators[2].level3"}


def test_fixed_rows_follow_their_printed_name_whatever_explains_it(tmp_path: Path) -> None:
    old = fixed(
        tmp_path / "a", "level1: 管理, level3: 执行率, note: 旧", "level1: 管理", "level1: 产出"
    )
    new = fixed(
        tmp_path / "b", "level1: 管理", "level1: 产出", "level1: 管理, level3: 执行率, note: 新"
    )
    answers = {"indicators[0].value": "98%", "indicators[1].level3": "甲",
               "indicators[2].note": "乙"}  # fmt: skip
    found = carried(old, new, answers)
    assert found.to == {
        "indicators[0].value": "indicators[2].value",
        "indicators[1].level3": "indicators[0].level3",
        "indicators[2].note": "indicators[1].note",
    }


def test_what_the_new_form_prints_is_not_typed_and_not_lost(tmp_path: Path) -> None:
    old = fixed(tmp_path / "a", "level1: 管理")
    new = fixed(tmp_path / "b", "level1: 管理, note: 按年填")
    found = carried(old, new, {"indicators[0].note": "按年 填"})
    assert found.printed == {"indicators[0].note"}
    assert carried(old, new, {"indicators[0].note": "其他"}).left == {
        "indicators[0].note": "not_asked"
    }


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_order_within_a_category_is_kept(data: st.DataObject, tmp_path: Path) -> None:
    slots, room = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 5))
    old, new = grouped(tmp_path / "a", OLD, slots), grouped(tmp_path / "b", OLD, room)
    rows = data.draw(st.sets(st.integers(0, 3 * slots - 1)))
    found = carried(old, new, {f"indicators[{row}].level3": str(row) for row in sorted(rows)})
    category = {f"{row.path}.level3": row.given["level2"] for table in (*old.form.tables,)
                for row in table.rows}  # fmt: skip
    there = {f"{row.path}.level3": row.given["level2"] for row in new.form.tables[0].rows}
    assert all(category[path] == there[to] for path, to in found.to.items())
    order = list(new.fields)
    for name in set(category.values()):
        places = [
            order.index(found.to[p]) for p in old.fields if p in found.to and category[p] == name
        ]
        assert places == sorted(places)
        wanted = sum(category[f"indicators[{row}].level3"] == name for row in rows)
        assert len(places) == min(wanted, room)
