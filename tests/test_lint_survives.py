"""Whatever an author writes, lint names it: it neither crashes nor passes what cannot be made."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ptxl import api
from ptxl.model.errors import TemplateError
from ptxl.model.form import Unit
from ptxl.template import Templates, lint_template, load_template
from tests.conftest import UNIT, MakeTemplate

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
        (sheet("[{field: a, kind: '{{ \"foo\" }}'}, 乙]"), "there is no kind"),
        (sheet("[{field: a, kind: integer, minimum: 50, maximum: 1}, 乙]"), "no number lies"),
        (sheet("[{field: a}, {field: a.b}]"), "lies inside the field"),
        (sheet("[{field: a}, {text: 甲, as: a}]"), "has two cells"),
        (sheet("[{field: unit}, {field: source}]"), "every document has already"),
        (sheet("[{field: a, kind: choice, among: l, level: 2}, 乙]", LISTS), "holds its parent"),
        (sheet("[甲, 乙]").replace("name: 表", "name: '{{ unit.name }}'"), "cannot name a sheet"),
        (sheet("[甲, 乙]").replace("[10, 10]", "[10, -10]"), "0 to 255"),
        (sheet("[甲, 乙]", "\nstyles: {s: {border: XYZ}}"), "LRTB"),
        (sheet("[甲, 乙]", "\nstyles: {s: {size: 0}}"), "4 to 96"),
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
        ("{id: r, holds: a > 3, at: a, severity: '{{ 1 }}', message: m}", "must be one of"),
        ("{id: r, each: t, holds: a > 3, at: a, severity: error, message: m}", 'no table "t"'),
        ("{include: nothing-like-it}", "no file of rules"),
        ("{include: ../secret}", "no file of rules"),
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
        ("holds: unit.name == '甲局', at: c, message: m", "only when a form is printed"),
        ("holds: c > 3, at: c, message: '{{ unit.name }}'", "only when a form is printed"),
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
