"""Templates: parameters, undefined names, repeats, and every fault with file, line and key path."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

import ptxl
from ptxl.model.errors import TemplateError
from ptxl.template import Templates, find_templates, lint_template, load_template
from ptxl.template.faults import Faults
from ptxl.template.include import read_rule_file
from ptxl.template.lint import lint_rule_files
from ptxl.template.source import Item, read_source
from ptxl.words import LANGUAGES, Speaker
from tests.conftest import SAMPLES, TINY, MakeTemplate

PLANTED = SAMPLES / "broken" / "template_with_20_faults"


def test_a_template_with_twenty_faults_yields_twenty_findings_in_one_run() -> None:
    found = [str(fault).removeprefix(f"{PLANTED}/") for fault in lint_template(PLANTED)]
    assert len(found) == 20
    assert found == (PLANTED / "faults.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("path", find_templates(), ids=lambda path: path.parent.name)
def test_shipped_templates_have_no_fault(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []

    def noting(source: Path, faults: Faults) -> Item:
        read.append(source)
        return read_source(source, faults)

    monkeypatch.setattr(sys.modules["ptxl.template.lint"], "read_source", noting)
    assert lint_template(path) == ()
    # Its neighbours are only looked at where a file of rules may be wrong, or it follows them.
    names = [path.parent.name, *load_template(path).follows]
    assert list(dict.fromkeys(source.parent.name for source in read)) == names


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("sheets: [", "not YAML"),
        ("sheets: [{name: 表, columns: [10], rows: []}]\nsheets: []", "stands twice"),
        ("sheets: [{name: 表, columns: 10, rows: []}]", "must be a list"),
        ("sheets: [{name: 表, columns: [10], rows: [{}]}]", "must be a row"),
        ("sheets: [{name: 表, columns: [9], rows: [['{% for x in y %}{% endfor %}']]}]", "for_"),
        ("sheets: [{name: 表, columns: [10], rows: [[{field: 名称}]]}]", "is no path"),
        ("sheets: [{name: 表, columns: [10], rows: [[{field: a, kind: choice}]]}]", "its list"),
        ("sheets: [{name: 表, columns: [10], count: many, rows: []}]", "must be a number"),
        ("sheets: [{name: 表, columns: [10], for_each: a, rows: []}]", "needs the key count"),
        ("sheets: [{name: 表, columns: [10], rows: [[{text: a, down: 2}]]}]", "over the last row"),
        ("sheets: [{name: Ab, columns: [9], rows: []}, {name: aB, columns: [9], rows: []}]",
         'two sheets would be called "aB"'),
        ("lists: {a: []}\nsheets: []", "at least one entry"),
        ("sheets: [{name: 表, columns: [10], rows: [['{{ 1 / 0 }}']]}]", "cannot be evaluated"),
        ("sheets: [{name: 表, columns: [10], rows: [['{{ ().__class__ }}']]}]", "cannot be evalu"),
    ],
)  # fmt: skip
def test_faults_are_named(make_template: MakeTemplate, body: str, message: str) -> None:
    assert message in "\n".join(str(fault) for fault in lint_template(make_template(body)))


TWO_RULES = """
sheets:
  - name: 表
    columns: [10, 10]
    rows: [[a, {{field: a, kind: integer}}], [b, {{field: b, kind: integer}}]]
    rules:
      - {{id: full, holds: a > 0, at: a, severity: hint, message: 请填写}}
      - {{id: {between}, holds: b > 1, at: b, severity: hint, message: 请填写}}
      - {{id: {last}, holds: b > 0, at: {at}, severity: hint, message: 请填写}}
"""


@pytest.mark.parametrize(
    ("between", "last", "at", "clean"),
    [
        ("other", "third", "b", True),
        ("full", "other", "b", True),
        ("full", "full", "a", True),
        ("full", "full", "b", False),
        ("other", "full", "b", False),
    ],
)
def test_rules_next_to_each_other_may_be_cases_of_one(
    make_template: MakeTemplate, between: str, last: str, at: str, clean: bool
) -> None:
    faults = lint_template(make_template(TWO_RULES.format(between=between, last=last, at=at)))
    assert [fault.code for fault in faults] == ["template.rules_alike"] * (not clean)


def test_a_missing_file_says_which_templates_there_are() -> None:
    with pytest.raises(TemplateError, match='did you mean "hebei-department"'):
        load_template("hebei-departement")


def test_unknown_and_unfit_parameters_are_all_named(make_template: MakeTemplate) -> None:
    template = load_template(make_template(TINY))
    with pytest.raises(TemplateError) as error:
        template.form(row=3, rows="viele")
    assert [fault.message() for fault in error.value.faults] == [
        'there is no parameter "row"; did you mean "rows"?',
        'parameter "rows": "viele" is not a whole number',
    ]


def test_a_form_is_compiled_once_for_equal_parameters(make_template: MakeTemplate) -> None:
    template = load_template(make_template(TINY))
    assert template.layout({"rows": 4}) is template.layout({"rows": "4"})
    assert template.layout({"rows": 4}) is not template.layout({"rows": 5})


def test_parameters_cannot_make_a_form_without_end(make_template: MakeTemplate) -> None:
    body = """\
        parameters:
          n: {kind: integer, default: 1, help: 数}
        sheets:
          - name: "表{{ index }}"
            count: "{{ n }}"
            columns: [9]
            rows:
              - {count: "{{ n }}", rows: [{count: "{{ n }}", rows: []}, [甲]]}
    """
    template = load_template(make_template(body))
    assert len(template.form(n=20).sheets) == 20
    with pytest.raises(TemplateError, match="more than 60000 cells and repeats") as error:
        template.form(n=500)
    assert len(error.value.faults) == 1


def test_layouts_are_not_kept_without_end(make_template: MakeTemplate) -> None:
    template = load_template(make_template(TINY))
    first = template.layout({"rows": 1})
    assert template.layout({"rows": 1}) is first
    for rows in range(2, 40):
        template.layout({"rows": rows})
    assert template.layout({"rows": 1}) is not first


def test_sheets_repeat_and_paths_carry_the_index() -> None:
    form = load_template("hebei-department").form(projects=2, department=False)
    assert [sheet.name for sheet in form.sheets] == ["项目1", "项目2"]
    paths = [field.path for field in form.fields()]
    assert "projects[1].funds.total" in paths
    assert len(paths) == len(set(paths))


def test_each_taxonomy_is_data() -> None:
    template = load_template("hebei-department")
    for taxonomy, level1 in (
        ("2020", ["产出指标", "效果指标", "满意度指标"]),
        ("2025", ["产出指标", "效益指标", "满意度指标"]),
        ("2021", ["成本指标", "产出指标", "效益指标", "满意度指标"]),
    ):
        (tree,) = template.form(taxonomy=taxonomy).lists.values()
        assert [node.name for node in tree] == level1


def test_text_of_a_unit_never_reaches_jinja(make_template: MakeTemplate) -> None:
    body = """\
        sheets:
          - name: 表
            columns: [30]
            rows: [["{{ unit.name }}"]]
    """
    layout = load_template(make_template(body)).layout({})
    (cell,) = layout.form.cells()
    assert "{{" not in cell.text  # a mark, replaced by plain text later


@pytest.mark.parametrize("text", ['"a" * 10**9', "'%2000000000d' % 1", "2 ** 99", "[1] * 99"])
def test_endless_texts_are_refused(make_template: MakeTemplate, text: str) -> None:
    body = f'sheets: [{{name: 表, columns: [10], rows: [["x{{{{ {text} }}}}"]]}}]'.replace(
        '"a"', "'a'"
    )
    assert "cannot be evaluated" in str(lint_template(make_template(body))[0])


def test_labels_made_of_printed_texts_keep_the_spaces_between_words(
    make_template: MakeTemplate,
) -> None:
    body = """\
    sheets:
      - name: Form
        columns: [20, 20]
        rows:
          - ["Submission  date :", {field: day, kind: date}]
          - [项 目　名 称：, {field: name, kind: text}]
          - table: tasks
            layout: free
            rows: 1
            columns:
              - {field: title, head: " Title of\\n the task", kind: text}
              - {field: basis, head: 指标值 依据, kind: text}
    """
    fields = load_template(make_template(body)).layout({}).fields
    labels = [field.label for field in fields.values()]
    assert labels == ["Submission date", "项目名称", "Title of the task", "指标值依据"]


RULES = """\
about: 规则
constants: {words: [甲]}
rules:
  - id: one
    title: 一
    holds: a > 3
    at: a
    severity: error
    message: "a 是 {{ a }}"
  - id: two
    needs: [a, bb]
    holds: a > 4
    at: a
    severity: error
    message: 二
"""
INCLUDING = """\
sheets:
  - name: 表
    columns: [10, 10]
    rows: [[{field: a, kind: integer}, {field: b}]]
    rules: [{include: shared}]
"""


@pytest.fixture
def rule_file(make_template: MakeTemplate) -> Path:
    """A file of rules beside a template that includes it."""
    path = make_template(INCLUDING).parent / "_rules" / "shared.yaml"
    path.parent.mkdir()
    path.write_text(RULES.replace("bb", "b"), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "message"),
    [
        ("a > 3", "a > x", 6, "rules[0].holds", 'no field "x"'),
        ("at: a", "at: ab", 7, "rules[0].at", 'no field "ab"'),
        (
            "是 {{ a }}",
            "是 {{ form.serial }}",
            9,
            "rules[0].message",
            "only when a form is printed",
        ),
        ("title: 一", "titel: 一", 5, "rules[0].titel", "unknown key"),
        ("[甲]", "{甲: 1}", 2, "constants.words", "must be a text"),
    ],
)
def test_a_fault_in_a_file_of_rules_is_named_at_its_own_line(
    rule_file: Path, old: str, new: str, line: int, key: str, message: str
) -> None:
    rule_file.write_text(RULES.replace("bb", "b").replace(old, new, 1), encoding="utf-8")
    folder = rule_file.parent.parent / "template"
    for linted in (folder, rule_file):
        faults = [fault for fault in lint_template(linted) if message in fault.message()]
        assert {(f.place, f.line, f.key) for f in faults} == {(str(rule_file), line, key)}
    with pytest.raises(TemplateError, match=f"shared.yaml:{line}"):
        load_template(folder).layout({})


def test_a_rule_that_came_along_is_faulted_with_the_line_that_includes_it(rule_file: Path) -> None:
    rule_file.write_text(RULES.replace("a > 3", "a > x"), encoding="utf-8")
    folder = rule_file.parent.parent / "template"
    (fault,) = lint_template(folder)
    assert f"included at {folder / 'template.yaml'}:9" in fault.message()


def test_a_file_of_rules_is_linted_as_one(rule_file: Path) -> None:
    assert lint_template(rule_file) == ()
    rule_file.write_text(RULES, encoding="utf-8")
    (fault,) = lint_template(rule_file)
    assert (fault.line, fault.message()) == (11, 'no form has "bb"; did you mean "b"?')
    assert lint_template(rule_file.parent.parent / "template") == ()  # others may have it


TABLED = RULES.replace("rules:", "tables: {bodies: tables/bodies.txt}\nrules:").replace("bb", "b")


def test_words_of_a_rule_stand_in_a_table_beside_it(rule_file: Path) -> None:
    table = rule_file.parent / "tables" / "bodies.txt"
    table.parent.mkdir()
    table.write_text("# 依据\n旅游局\t文化和旅游局\n\n 县志办 \n", encoding="utf-8")
    rule = TABLED.replace("a > 3", "instead(b, bodies, bodies_instead) == ''")
    rule_file.write_text(rule, encoding="utf-8")
    assert lint_template(rule_file) == ()
    form = load_template(rule_file.parent.parent / "template").layout({}).form
    constants = form.rules[0].constants
    assert constants["bodies"] == ("旅游局", "县志办")
    assert constants["bodies_instead"] == ("文化和旅游局", "")
    table.write_text("甲乙\t丙\t丁\n", encoding="utf-8")
    (fault,) = (fault for fault in lint_template(rule_file) if fault.place == str(table))
    assert fault.line == 1
    assert "two columns at most" in fault.message()


def test_a_changed_table_makes_other_templates(
    rule_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTXL_TEMPLATES", str(rule_file.parent.parent))
    before = Templates().fingerprint()
    table = rule_file.parent / "tables" / "bodies.txt"
    table.parent.mkdir()
    table.write_text("旅游局\n", encoding="utf-8")
    first = Templates().fingerprint()
    table.write_text("旅游局\n农业局\n", encoding="utf-8")
    assert len({before, first, Templates().fingerprint()}) == 3


@pytest.mark.parametrize("name", ["tables/../../x.txt", "/etc/passwd", "tables/missing.txt"])
def test_a_table_is_a_file_in_its_folder(rule_file: Path, name: str) -> None:
    rule_file.write_text(TABLED.replace("tables/bodies.txt", name), encoding="utf-8")
    assert lint_template(rule_file)


RULE_FILES = sorted(find_templates()[0].parent.parent.glob("_rules/*.yaml"))


def test_shipped_files_of_rules_have_no_fault() -> None:
    assert lint_rule_files(RULE_FILES) == ()
    assert lint_template(RULE_FILES[0]) == ()


@pytest.mark.parametrize("path", RULE_FILES, ids=lambda path: path.stem)
def test_shared_rules_are_said_in_english_too(path: Path) -> None:
    for rule in read_rule_file(path, Faults()).rules:
        said = re.sub(r"\{\{.*?\}\}", "", f"{rule.title_en.written} {rule.message_en.written}")
        assert rule.title_en.given, rule.id.written
        assert not re.search("[一-鿿]", said), rule.id.written


def stated_faults() -> Iterator[tuple[str, set[str]]]:
    """Each code of a fault that templates and rules state, with the names of its facts."""
    package = Path(ptxl.__file__).parent
    files = [*(package / "template").glob("*.py"), package / "rules" / "parse.py"]
    for path in (*files, package / "layout" / "places.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            codes = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
            facts = {keyword.arg for keyword in node.keywords}
            if name in FAULTING and codes and None not in facts:  # not those given as **facts
                yield str(codes[0]), {str(fact) for fact in facts} | FAULTING[name]


#: what notes a fault, and the facts that it adds
FAULTING: dict[str, set[str]] = {
    "add": set(), "expect": set(), "fault": set(), "known": {"name", "hint"}, "problem": set(),
    "stop": set(), "demand": set(), "_expect": {"hint"}, "ProblemError": set(),
    "RuleError": {"hint"},
}  # fmt: skip


def test_every_fault_has_a_sentence_and_its_facts() -> None:
    stated = list(stated_faults())
    assert len(stated) > 80
    for code, facts in stated:
        for language in LANGUAGES:
            assert Speaker(language).say(f"faults.template.{code}", **dict.fromkeys(facts, "…"))


def test_faults_are_said_in_the_language_asked_for() -> None:
    told = [fault.line_in("zh").removeprefix(f"{PLANTED}/") for fault in lint_template(PLANTED)]
    assert told == (PLANTED / "faults.zh.txt").read_text(encoding="utf-8").splitlines()


slow = partial(pytest.param, marks=pytest.mark.slow)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        slow("layout: free", "layout: grouped2", "sheets[1].rows[7].layout"),
        slow("table: indicators", "tabel: indicators", "sheets[1].rows[7].tabel"),
        slow("field: level3,", "feild: level3,", "sheets[1].rows[7].columns[2].feild"),
        ('rows: "{{ rows }}"', 'rows: "{{ rowz }}"', "sheets[1].rows[7].rows"),
        ("\nsheets:", "\nsheet:", "sheet"),
        ("\nparameters:", "\nparamters:", "paramters"),
        slow("\nlists:", "\nlist:", "list"),
        ("columns: [11", "colums: [11", "sheets[1].colums"),
    ],
)
def test_what_only_follows_from_a_fault_is_left_out(
    tmp_path: Path, old: str, new: str, key: str
) -> None:
    (shipped,) = (path for path in find_templates() if path.parent.name == "hebei-department")
    text = shipped.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "template.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert {fault.key for fault in lint_template(path)} == {key}


def test_a_number_beyond_the_usual_maximum_says_where_that_comes_from(
    make_template: MakeTemplate,
) -> None:
    body = """\
    parameters: {rows: {kind: integer, default: 20000, help: 行数}}
    sheets: [{name: 表, columns: [10], rows: [["{{ rows }}"]]}]
    """
    (fault,) = lint_template(make_template(body))
    assert "9999, the most where a parameter names no maximum" in fault.message()
    assert lint_template(make_template(body.replace("20000", "20000, maximum: 30000"))) == ()
