"""Whatever an author writes, lint names it: it neither crashes nor passes what cannot be made."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest

from ptxl import api
from ptxl.model.errors import TemplateError
from ptxl.model.form import Unit
from ptxl.template import Templates, lint_template, load_template
from tests.conftest import UNIT, MakeTemplate
from tests.template_mutants import broken

#: templates changed at random, for each of a few seeds
MUTANTS = int(os.environ.get("PTXL_MUTANTS", "25"))
LISTS = "\nlists: {l: {a: [b]}}"
HEAD_ROW = "{cells: [甲, 乙], head: true}"
ROWS = "sheets: [{{name: 表, columns: [10, 10], rows: [{rows}]}}]"


def sheet(rows: str, more: str = "") -> str:
    return ROWS.format(rows=rows) + more


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (sheet("['{{ 1|nosuch }}', 乙]"), "not valid Jinja"),
        (sheet("['{{ \"a\"|dictsort }}', 乙]"), "not valid Jinja"),
        (sheet("['{{ [1,2]|random }}', 乙]"), "not valid Jinja"),
        (sheet("[{field: a, kind: integer, minimum: x}, 乙]"), "must be a number"),
        (sheet("[{field: a, kind: '{{ \"foo\" }}'}, 乙]"), "is none of text, long_text"),
        (sheet("[{field: a, kind: integer, minimum: 50, maximum: 1}, 乙]"), "no number lies"),
        (sheet("[{field: a}, {field: a.b}]"), "lies inside the field"),
        (sheet("[{field: a}, {text: 甲, as: a}]"), "has two cells"),
        (sheet("[{field: unit}, {field: source}]"), "every document has already"),
        (sheet("[{field: a, kind: choice, among: l, level: 2}, 乙]", LISTS), "holds its parent"),
        (sheet("[甲, 乙]").replace("name: 表", "name: '{{ unit.name }}'"), "only when a form"),
        (sheet("[甲, 乙]").replace("[10, 10]", "[10, -10]"), "0 to 255"),
        (sheet("[甲, 乙]", "\nstyles: {s: {border: XYZ}}"), "LRTB"),
        (sheet("[甲, 乙]", "\nstyles: {s: {size: 0}}"), "4 to 96"),
        (sheet("[{field: 'plan[3]percent'}, {field: 'plan[4].percent'}]"), "is no path"),
        (sheet("{table: t, layout: fixed, rows: [{b: 甲}], columns: "
               "[{field: b, printed_style: body}, {field: a}]}"), 'no style "body"'),
        (sheet("[甲, 乙]", "\nstyles: {s: {color: red-ish}}"), "a colour like"),
        (sheet("[甲, 乙]").replace("rows:", "for_each: a, count: 2, least: 3, rows:"), "filled in"),
        (sheet("{table: t, layout: free, rows: 2, least: 3, columns: [{field: a}, 乙]}"), "has 2"),
        (sheet(f"{HEAD_ROW}, [甲, 乙], {HEAD_ROW}"), "together"),
        ("a: &x [*x]\n" + sheet("[甲, 乙]"), "anchors and aliases"),
        (sheet("[甲, 乙]", "\nparameters: {p: {kind: integer, help: h, minimum: .nan}}"), "used"),
    ],
)  # fmt: skip
def test_mistakes_are_faults(make_template: MakeTemplate, body: str, message: str) -> None:
    folder = make_template(body)
    assert message in "\n".join(str(fault) for fault in lint_template(folder))
    if "styles" not in body and "parameters" not in body:
        with pytest.raises(TemplateError):
            load_template(folder).layout({})


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("{id: r, holds: b == 3, at: a, severity: error, message: m}", 'no field "b"'),
        ("{id: r, holds: a =< 3, at: a, severity: error, message: m}", "not a valid expression"),
        ("{id: r, holds: a <= name, at: a, severity: error, message: m}", "cannot be compared"),
        ("{id: r, holds: a > 3, at: b, severity: error, message: m}", 'no field "b"'),
        ("{id: r, holds: a > 3, at: a, severity: error, message: 'x{{ c }}'}", 'no field "c"'),
        ("{id: r, holds: a > 3, at: a, severity: '{{ 1 }}', message: m}", "is none of error"),
        ("{id: r, each: t, holds: a > 3, at: a, severity: error, message: m}", 'no table "t"'),
        ("{include: nothing-like-it}", "no file of rules"),
        ("{include: ../secret}", "no file of rules"),
        (f"{{include: {'x' * 300}}}", "no file of rules"),
    ],
)
def test_rules_that_cannot_run_stop_the_template(
    make_template: MakeTemplate, rule: str, message: str
) -> None:
    folder = make_template(
        sheet("[{field: a, kind: integer}, {field: name}]").replace(
            "rows:", f"rules: [{rule}], rows:"
        )
    )
    assert message in "\n".join(str(fault) for fault in lint_template(folder))
    with pytest.raises(TemplateError):
        load_template(folder).layout({})


def test_every_column_of_the_roster_can_be_printed(make_template: MakeTemplate) -> None:
    folder = make_template(
        sheet("['{{ unit.联系人 }} {{ unit.phone2 }}', {text: '{{ unit.name }}', as: who}], "
              "[{field: a}, 乙]")
    )  # fmt: skip
    unit = Unit(code="1", name="甲局", more={"联系人": "张三", "phone2": "123"})
    (form,) = api.generate(folder, [unit], folder)
    checked = api.read(form, terms=api.Terms(Templates([folder])))
    assert checked.findings == ()
    assert api.document(checked)["who"] == "甲局"
    assert UNIT.code != unit.code


def test_tables_may_have_dotted_columns(make_template: MakeTemplate) -> None:
    folder = make_template(
        sheet("{table: t, layout: fixed, rows: [{name: 甲}, {name: 乙}], "
              "columns: [{field: name}, {field: funds.total, kind: money}]}")
    )  # fmt: skip
    (form,) = api.generate(folder, [UNIT], folder)
    filled = folder / "filled.xlsx"
    answers = {"t": [{"name": "乙", "funds": {"total": "3.5"}}]}
    api.fill(form, answers, filled, terms=api.Terms(Templates([folder])))
    read = api.document(api.read(filled, terms=api.Terms(Templates([folder]))))
    assert read["t"] == [{"name": "乙", "funds": {"total": Decimal("3.5")}}]


def test_what_a_spare_sheet_holds_is_not_wanted(make_template: MakeTemplate) -> None:
    body = """\
        sheets:
          - name: "表{{ number }}"
            for_each: projects
            count: 2
            least: 1
            columns: [10, 10]
            rows:
              - [名称, {field: name, required: true}]
              - for_each: tasks
                count: 2
                least: 1
                rows:
                  - [任务, {field: name, required: true}]
              - table: fixed
                layout: fixed
                rows: [{item: 甲}]
                columns: [{field: item}, {field: value, required: true}]
    """
    folder = make_template(body)
    (form,) = api.generate(folder, [UNIT], folder)
    answers = {"name": "甲", "tasks": [{"name": "乙"}], "fixed": [{"item": "甲", "value": "1"}]}
    filled = folder / "filled.xlsx"
    templates = Templates([folder])
    api.fill(form, {"projects": [answers]}, filled, terms=api.Terms(Templates([folder])))
    assert api.check(filled, terms=api.Terms(templates)).findings == ()
    (blank,) = [api.check(form, terms=api.Terms(templates))]
    assert [found.place() for found in blank.findings] == ["表1!B1", "表1!B2", "表1!B4"]


ROSTER = "{{ unit.county }}"
PRINTED_COLUMN = (
    "{table: t, layout: fixed, rows: [{a: '{{ unit.name }}'}], columns: [{field: a}, {field: b}]}"
)


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (sheet("[{field: a, kind: choice, among: c}, 乙]", f"\nlists: {{c: ['{ROSTER}']}}"), 6),
        (sheet(f"[甲,\n {{field: a, prompt: '{ROSTER}'}}]"), 6),
        (sheet(f"[甲,\n {{field: a, label: '{ROSTER}'}}]"), 6),
        (sheet(f"[甲,\n {{text: 乙, when: '{ROSTER}'}}]"), 6),
        (sheet("[甲, 乙]").replace("rows:", f"for_each: f, count: 1, label: '{ROSTER}', rows:"), 5),
        (sheet("[甲, 乙]", "\nparameters: {p: {kind: text, help: h, default: x}}").replace(
            "甲", "'{{ p }}'").replace("sheets", f"guide: ['{ROSTER}', '{{{{ p }}}}']\nsheets")
            .replace("乙", "{text: 乙, style: '{{ form.serial }}'}"), 6),
        (sheet("[甲, 乙],\n {table: t, layout: free, rows: 2, columns: "
               f"[{{field: a, head: '{ROSTER}'}}, 乙]}}"), 6),
    ],
)  # fmt: skip
def test_roster_words_are_refused_where_they_are_not_printed(
    make_template: MakeTemplate, body: str, line: int
) -> None:
    faults = lint_template(make_template(body))
    assert [fault.line for fault in faults if "only when a form is printed" in fault.message()]
    assert {fault.line for fault in faults} == {line}
    with pytest.raises(TemplateError, match="only when a form is printed"):
        load_template(make_template(body)).layout({})


def test_a_title_cannot_name_the_unit(make_template: MakeTemplate) -> None:
    head = f"id: tiny\nedition: '1'\ntitle: '{ROSTER}'\nabout: 表\n"
    (fault,) = lint_template(make_template(sheet("[甲, 乙]"), head))
    assert (fault.line, fault.key) == (3, "title")


def test_a_text_that_differs_by_unit_is_no_label(make_template: MakeTemplate) -> None:
    (fault,) = lint_template(make_template(sheet(f"['{ROSTER}', {{field: a}}]")))
    assert "give it a label" in fault.message()
    named = sheet(f"['{ROSTER}', {{field: a, label: 甲}}]")
    assert lint_template(make_template(named)) == ()


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("each: t, holds: a == '甲局', at: b, message: m", "from the roster"),
        ("holds: \"any(t, a == '甲局')\", at: c, message: m", "from the roster"),
        ("each: t, holds: b == '甲局', at: b, message: '{{ a }}'", "from the roster"),
        ("holds: c > 3, at: c, message: m, title: '{{ unit.name }}'", "printed as it stands"),
    ],
)  # fmt: skip
def test_rules_cannot_look_at_what_differs_by_unit(
    make_template: MakeTemplate, rule: str, message: str
) -> None:
    rows = f"[{{field: c, kind: integer}}, 乙], {PRINTED_COLUMN}"
    rules = f"rules: [{{id: r, severity: error, {rule}}}]"
    folder = make_template(sheet(rows).replace("rows: [[", f"{rules}, rows: [[", 1))
    assert message in "\n".join(str(fault) for fault in lint_template(folder))
    with pytest.raises(TemplateError):
        load_template(folder).layout({})


def test_a_column_printed_from_the_roster_is_fine_where_no_rule_looks(
    make_template: MakeTemplate,
) -> None:
    assert lint_template(make_template(sheet(PRINTED_COLUMN))) == ()


@pytest.mark.parametrize(
    ("holds", "at"),
    [
        ("not blank(a)", "a"),
        ("not blank(a) or blank(b)", "a"),
        ("not (blank(a) and b == 'x')", "a"),
        ("true", "b"),
    ],
)
def test_a_rule_that_can_never_speak_is_a_fault(
    make_template: MakeTemplate, holds: str, at: str
) -> None:
    rule = f'{{id: r, holds: "{holds}", at: {at}, severity: error, message: m}}'
    body = sheet("[{field: a}, {field: b}]").replace("rows:", f"rules: [{rule}], rows:")
    (fault,) = lint_template(make_template(body))
    assert "always holds" in fault.message()
    for asked in ("blank(a)", "not blank(b) or blank(a)", "a == b"):
        other = body.replace(f'"{holds}"', f'"{asked}"').replace(f"at: {at}", "at: a")
        assert lint_template(make_template(other)) == ()


def test_rows_of_a_fixed_table_are_numbered_through(make_template: MakeTemplate) -> None:
    rows = "{a: '{{ number }}'}, {a: '{{ number }}', count: 2}, {a: '{{ number }} {{ index }}'}"
    table = f"{{table: t, layout: fixed, rows: [{rows}], columns: [{{field: a}}, {{field: b}}]}}"
    form = load_template(make_template(sheet(table))).form()
    assert [row.given["a"] for row in form.tables[0].rows] == ["1", "2", "3", "4 3"]


LEVELS = "\nlists: {levels: {产出指标: [数量指标, 质量指标], 效益指标: [社会效益指标]}}"
GROUPED = (
    "{table: t, layout: grouped, among: levels, levels: [level1, level2], rows: 1, "
    "columns: [{field: level1}, {field: level2}, {field: value}]}"
)
PICKED = (
    "{table: t, layout: free, rows: 2, columns: [{field: level1, kind: choice, among: levels}, "
    "{field: level2, kind: choice, among: levels, level: 2}, {field: value}]}"
)
WIDE = ("columns: [10, 10]", "columns: [10, 10, 10]")


@pytest.mark.parametrize("table", [GROUPED, PICKED])
@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("needs: ['t[].valu'], holds: count(t) > 0, at: t", "t[].value"),
        ("each: t, needs: [valu], holds: blank(value), at: value", "value"),
        ("lacks: ['t[].valeu'], holds: count(t) > 0, at: t", "t[].value"),
        ("each: t, holds: level2 == '质量指标标', at: value", "质量指标"),
        ("holds: \"any(t, level2 in ['数量指标', '数量指'])\", at: t", "数量指标"),
    ],
)  # fmt: skip
def test_names_that_no_form_has_are_faults(
    make_template: MakeTemplate, table: str, rule: str, message: str
) -> None:
    rules = f"rules: [{{id: r, severity: error, message: m, {rule}}}]"
    body = sheet(table, LEVELS).replace(*WIDE).replace("rows: [{", f"{rules}, rows: [{{", 1)
    (fault,) = lint_template(make_template(body))
    assert "no form has" in fault.message()
    assert f'did you mean "{message}"' in fault.message()


def test_a_name_that_some_parameters_bring_along_is_none(make_template: MakeTemplate) -> None:
    body = """\
        parameters: {more: {kind: flag, default: false, help: h}}
        sheets:
          - name: 表
            columns: [10, 10]
            rows: [[{field: a}, {field: b, when: "{{ more }}"}]]
            rules: [{id: r, needs: [b], holds: a == b, at: a, severity: error, message: m}]
    """
    folder = make_template(body)
    assert lint_template(folder) == ()
    assert load_template(folder).form().rules == ()


def test_a_page_cannot_begin_with_a_category_that_is_in_no_list(
    make_template: MakeTemplate,
) -> None:
    table = GROUPED.replace("rows: 1", "rows: 1, new_page: [效益指标, 效应指标]")
    (fault,) = lint_template(make_template(sheet(table, LEVELS).replace(*WIDE)))
    assert fault.key.endswith("new_page[1]")
    assert 'no form has "效应指标"' in fault.message()


@pytest.mark.parametrize(
    ("table", "entry", "count"),
    [
        (GROUPED, "{name: 产出指标, children: [{name: 数量指标, least: 1}]}", 0),
        (GROUPED, "{name: 产出指标, least: 1, children: [{name: 数量指标}]}", 1),
        (PICKED, "{name: 产出指标, children: [{name: 数量指标, least: 1}]}", 1),
        (GROUPED, "{name: 产出指标, children: [{name: 数量指标, least: many}]}", 1),
    ],
)
def test_a_least_that_counts_nothing_is_a_fault(
    make_template: MakeTemplate, table: str, entry: str, count: int
) -> None:
    body = sheet(table, f"\nlists: {{levels: [{entry}]}}").replace(*WIDE)
    assert [fault.key.endswith("least") for fault in lint_template(make_template(body))] == (
        [True] * count
    )


def test_a_parameter_that_changes_nothing_cannot_be_set(make_template: MakeTemplate) -> None:
    parameters = "\nparameters: {p: {kind: integer, default: 1, help: h}}"
    folder = make_template(sheet("[{field: a}, 乙]", parameters))
    (fault,) = lint_template(folder)
    assert 'the parameter "p" is used nowhere' in fault.message()
    assert len(api.generate(folder, [UNIT], folder)) == 1
    with pytest.raises(TemplateError, match='"p" is used nowhere'):
        api.generate(folder, [UNIT], folder, parameters={"p": 2})


def test_only_a_fixed_table_lists_its_rows(make_template: MakeTemplate) -> None:
    table = "{table: t, layout: free, rows: [{a: 甲}], columns: [{field: a}, {field: b}]}"
    (fault,) = lint_template(make_template(sheet(table)))
    assert "only a fixed table lists its rows" in fault.message()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_shipped_templates_changed_at_random_are_faults_or_forms(tmp_path: Path, seed: int) -> None:
    assert [told for _, told in broken(MUTANTS, seed, tmp_path)] == []
