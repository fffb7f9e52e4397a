"""Templates from strangers: whatever they hold, a fault with its line, soon, in little memory."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.limited import Limited, Verdict

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")

HEAD = "id: hostile\nedition: '1'\ntitle: 表\nabout: 无\n"


def printed(text: str) -> str:
    """A template that prints a text."""
    quoted = text.replace("'", "''")
    return f"sheets:\n  - name: 表\n    columns: [10]\n    rows:\n      - ['{quoted}']\n"


def jinja(expression: str) -> str:
    return printed("x{{ " + expression + " }}")


def alone(expression: str) -> str:
    return printed("{{ " + expression + " }}")


def rule(holds: str, more: str = "") -> str:
    quoted = holds.replace("'", "''")
    return (
        "sheets:\n  - name: 表\n    columns: [10, 10]\n    rows:\n"
        "      - [{field: a, kind: number}, {field: b}]\n"
        "      - {table: t, layout: free, rows: 3,\n"
        "         columns: [{field: n, kind: number}, {field: m}]}\n"
        f"rules:\n  - {{id: r, holds: '{quoted}', at: a, severity: error, message: m{more}}}\n"
    )


def sheet(rows: str, columns: str = "[10, 10]", more: str = "") -> str:
    return f"{more}sheets:\n  - name: 表\n    columns: {columns}\n    rows: {rows}\n"


MILLION = "x" * 1_000_000
#: the template, and codes of which one must be found
BODIES: Mapping[str, tuple[str | bytes, set[str]]] = {
    # texts that grow
    "ljust": (jinja("'a'.ljust(2000000000)|length"), {"not_in_texts"}),
    "zfill": (jinja("'1'.zfill(2000000000)"), {"not_in_texts"}),
    "center": (jinja("'a'.center(2000000000)|length"), {"not_in_texts"}),
    "expandtabs": (jinja("'\\t'.expandtabs(2000000000)|length"), {"not_in_texts"}),
    "format method": (jinja("'{:>2000000000}'.format(1)"), {"not_in_texts"}),
    "format filter": (jinja("'%2000000000d'|format(1)"), {"not_evaluated"}),
    "format star": (jinja("'%*d'|format(2000000000, 1)"), {"not_evaluated"}),
    "format many": (
        jinja("'" + "%99d" * 5000 + "'|format(" + "1," * 300 + "1)"),
        {"not_evaluated"},
    ),
    "chained replace": (
        jinja("'aaaaaaaaaa'" + "|replace('a', 'aaaaaaaaaaaaaaaaaaaa')" * 9),
        {"not_evaluated"},
    ),
    "join": (jinja("('a' * 9, 'b')|join('x')"), {"not_evaluated"}),
    "join of a text": (
        jinja("'" + "a" * 15000 + "'|join('" + "b" * 15000 + "')"),
        {"not_evaluated"},
    ),
    "list of a text": (jinja("('" + "a" * 30000 + "')|list|length"), {"not_evaluated"}),
    "times a text": (jinja("'a' * 2000000000"), {"not_evaluated"}),
    "times a list": (jinja("([0] * 2000000000)|length"), {"not_evaluated"}),
    "plus": (jinja("+".join(["'" + "a" * 900 + "'"] * 37)), {"text_too_long", "not_evaluated"}),
    "beside": (
        jinja("~".join(["'" + "a" * 990 + "'"] * 33) + "|upper"),
        {"text_too_long", "not_evaluated"},
    ),
    "range": (jinja("range(1000000000)|sum"), {"not_in_texts", "unknown_name"}),
    "power": (jinja("9 ** 9 ** 9 ** 9"), {"not_evaluated"}),
    "power of a power": (jinja("(10 ** 9) ** 16"), {"not_evaluated"}),
    "ceil": (jinja("1.5|round(900000000, 'ceil')"), {"not_evaluated"}),
    "huge integer": (alone("9" * 30000), {"too_complex"}),
    "huge hexadecimal": (alone("0x" + "f" * 30000), {"too_complex", "not_evaluated"}),
    "percent": (jinja("'%2000000000d' % 1"), {"not_evaluated"}),
    "attribute": (jinja("''.__class__.__mro__"), {"not_evaluated"}),
    "attribute by filter": (jinja("''|attr('__class__')"), {"not_jinja"}),
    "attribute by index": (jinja("''['upper']"), {"not_evaluated"}),
    "mapping": (jinja("{'a': 1}"), {"not_in_texts"}),
    "loop": (printed("{% for x in y %}{% endfor %}"), {"jinja_statement"}),
    # depth
    "brackets in Jinja": (alone("(" * 4000 + "1" + ")" * 4000), {"too_complex"}),
    "lists in Jinja": (alone("[" * 4000 + "1" + "]" * 4000), {"too_complex"}),
    "open brackets in Jinja": (alone("(" * 4000), {"too_complex", "not_jinja"}),
    "nots": (alone("not " * 3000 + "1"), {"too_complex"}),
    "minus": (alone("- " * 3000 + "1"), {"too_complex"}),
    "ifs": (printed("{% if 1 %}" * 900 + "x" + "{% endif %}" * 900), {"too_complex"}),
    "few ifs": (printed("{% if 1 %}" * 90 + "x" + "{% endif %}" * 90), {"too_complex"}),
    "sums": (alone("+".join("1" * 3000)), {"too_complex"}),
    "else": (alone("1 if 1 else " * 2000 + "1"), {"too_complex"}),
    "comparisons": (alone("<".join("1" * 3000)), {"too_complex"}),
    "filters": (alone("1" + "|abs" * 4000), {"too_complex"}),
    "brackets in YAML": ("a: " + "[" * 4000 + "]" * 4000, {"nested_too_deep"}),
    "open brackets in YAML": ("a: " + "[" * 4000, {"nested_too_deep", "not_yaml"}),
    "mappings in YAML": ("a: " + "{a: " * 4000 + "1" + "}" * 4000, {"nested_too_deep"}),
    "dashes in YAML": (
        "a:\n" + "".join(f"{'  ' * n}- \n" for n in range(1, 400)),
        {"nested_too_deep"},
    ),
    "dashes in a line": ("a:\n  " + "- " * 3000, {"nested_too_deep"}),
    "questions": ("? " * 3000, {"nested_too_deep", "not_yaml", "no_key"}),
    "sections": (sheet("[" + "{rows: [" * 500 + "]}" * 500 + "]"), {"nested_too_deep"}),
    "nested list": (
        sheet(
            "[[{field: f, kind: choice, among: l}]]",
            more="lists: {l: " + "{a: " * 800 + "[b]" + "}" * 800 + "}\n",
        ),
        {"nested_too_deep"},
    ),
    "brackets in a rule": (rule("(" * 4000 + "a" + ")" * 4000 + " > 1"), {"too_complex"}),
    "nots in a rule": (rule("not " * 3000 + "true"), {"too_complex"}),
    "sums in a rule": (rule("+".join(["a"] * 3000) + " > 1"), {"too_complex"}),
    "ands in a rule": (rule(" and ".join(["a > 1"] * 3000)), {"too_complex"}),
    "some ands in a rule": (rule(" and ".join(["a > 1"] * 150)), {"too_complex"}),
    "comparisons in a rule": (rule("<".join(["a"] * 40)), set()),
    "brackets in a message": (
        rule("a > 1", ", message_en: '{{ " + "(" * 4000 + ")" * 4000 + " }}'"),
        {"too_complex"},
    ),
    "huge number in a rule": (rule("a > " + "9" * 30000), {"too_complex"}),
    "large number in a rule": (rule("a > " + "9" * 40), {"number_too_large"}),
    "endless number in a rule": (rule("a > 1e999"), {"number_too_large", "not_expression"}),
    "half a character in a rule": (rule("b == '\\ud800'"), {"odd_character"}),
    "rows of rows": (rule("any(t, " * 12 + "n > 1" + ")" * 12), set()),
    # sizes
    "many columns": (sheet("[[a]]", "[" + "10, " * 16_384 + "10]"), {"too_many_columns"}),
    "20,001 columns": (
        sheet("[[a]]", "[" + "9, " * 20_000 + "9]"),
        {"too_many_columns", "too_many_entries"},
    ),
    "many sheets": (
        "sheets:\n  - {name: '表{{ number }}', for_each: p, count: 500, columns: [9], "
        "rows: [[{field: a}]]}\n",
        {"too_many_sheets"},
    ),
    "many rows": (
        sheet(
            "["
            + ", ".join(
                f"{{table: t{n}, layout: free, rows: 2000, columns: [{{field: a}}]}}"
                for n in range(60)
            )
            + "]"
        ),
        {"form_too_large"},
    ),
    "wide rows": (
        sheet(
            "[{table: t, layout: free, rows: 2000, columns: ["
            + ", ".join(f"{{field: f{n}}}" for n in range(900))
            + "]}]"
        ),
        {"form_too_large"},
    ),
    "wide cells": (
        sheet("[" + ", ".join("[{text: a, across: 500, down: 500}]" for _ in range(900)) + "]"),
        {"form_too_large", "over_columns"},
    ),
    "fixed rows": (
        sheet(
            "[{table: t, layout: fixed, rows: ["
            + ", ".join(f"{{a: w{n}, count: 2000}}" for n in range(900))
            + "], columns: [{field: a}, {field: b}]}]"
        ),
        {"form_too_large"},
    ),
    "sections of sections": (
        sheet("[" + "{for_each: s, count: 500, rows: [" * 8 + "[{field: a}]" + "]}" * 8 + "]"),
        {"form_too_large"},
    ),
    "empty sections": (
        sheet("[" + "{count: 500, rows: [" * 8 + "]}" * 8 + ", [a]]"),
        {"form_too_large"},
    ),
    "long list": (
        sheet(
            "[[{field: f, kind: choice, among: l}]]",
            more="lists:\n  l:\n" + "".join(f"    - w{n}\n" for n in range(200_000)),
        ),
        {"file_too_large", "too_many_entries"},
    ),
    "list of 19,000": (
        sheet(
            "[[{field: f, kind: choice, among: l}]]",
            more="lists:\n  l:\n" + "".join(f"    - w{n}\n" for n in range(19_000)),
        ),
        set(),
    ),
    "list of the same": (
        sheet(
            "[[{field: f, kind: choice, among: l}]]", more="lists:\n  l:\n" + "    - w\n" * 15_000
        ),
        {"entry_twice"},
    ),
    "long words": (
        sheet(
            "[[{field: f, kind: choice, among: l}]]", more="lists: {l: ['" + "字" * 60_000 + "']}\n"
        ),
        {"text_too_long"},
    ),
    "many choices": (
        sheet(
            "[['{{ p }}']]",
            more="parameters: {p: {kind: choice, help: h, default: w1, "
            "among: [" + ", ".join(f"w{n}" for n in range(5000)) + "]}}\n",
        ),
        {"too_many_choices"},
    ),
    "many unknown keys": ("\n".join(f"key{n}: 1" for n in range(9000)), {"unknown_key"}),
    "many unknown names": (
        sheet("[" + ", ".join(f"['{{{{ a{n} }}}}']" for n in range(3000)) + "]"),
        {"unknown_name"},
    ),
    "many texts": (
        sheet("[" + ", ".join(f"['{{{{ {n} + 1 }}}}']" for n in range(2900)) + "]"),
        set(),
    ),
    "very many texts": (
        sheet("[" + ", ".join(f"['{{{{ {n} + 1 }}}}']" for n in range(4000)) + "]"),
        {"too_many_texts"},
    ),
    "many rules": (
        rule("a > 1")
        + "".join(
            f"  - {{id: r{n}, holds: a > {n}, at: a, severity: error, message: m}}\n"
            for n in range(1500)
        ),
        set(),
    ),
    "many wrong rules": (
        rule("a > 1")
        + "".join(
            f"  - {{id: r{n}, holds: nothing{n} > 1, at: zz{n}, severity: error, message: m}}\n"
            for n in range(1500)
        ),
        {"no_field"},
    ),
    "rules of repeats": (
        "sheets:\n  - {name: '表{{ number }}', for_each: p, count: 250, columns: [9, 9], rows: ["
        + ", ".join(f"[{{field: a{n}}}, {{field: b{n}}}]" for n in range(100))
        + "], rules: ["
        + ", ".join(
            f"{{id: r{n}, holds: a{n} != b{n}, at: a{n}, severity: error, message: m}}"
            for n in range(100)
        )
        + "]}\n",
        {"form_too_large", "too_many_rules"},
    ),
    "long names": (
        sheet("[[{" + ": 1}, {".join("a" * 30_000 + str(n) for n in range(9)) + ": 1}]]"),
        {"no_key", "not_yaml"},
    ),
    "long path": (sheet("[[{field: " + "a." * 9000 + "a}]]"), {"path_too_long"}),
    "alike names": (
        sheet("[" + ", ".join(f"[{{field: {'a' * 90}{n}}}]" for n in range(2000)) + "]")
        + "rules: ["
        + ", ".join(
            f"{{id: r{n}, holds: {'a' * 90}x{n} > 1, at: z, severity: error, message: m}}"
            for n in range(900)
        )
        + "]\n",
        {"no_field"},
    ),
    "scattered fields": (
        sheet(
            "[{for_each: s, count: 500, rows: ["
            + ", ".join(f"[{{field: a{n}, kind: money}}], [x]" for n in range(20))
            + "]}]"
        ),
        set(),
    ),
    "labels of their own": (
        sheet(
            "[{for_each: s, count: 400, rows: ["
            + ", ".join(
                f"[{{field: a{n}, kind: money, label: 'l{{{{ number }}}}'}}]" for n in range(20)
            )
            + "]}]"
        ),
        set(),
    ),
    "required fields": (
        sheet(
            "[{for_each: s, count: 400, rows: ["
            + ", ".join(f"[{{field: a{n}, required: true}}, x]" for n in range(20))
            + "]}]"
        ),
        set(),
    ),
    "required rows": (
        sheet(
            "[{table: t, layout: free, rows: 2000, least: 1900, columns: "
            "[{field: a, required: true}, {field: b, required: true}]}]"
        ),
        set(),
    ),
    "repeated in repeated": (
        rule("any(t, any(t, repeated(t, m)) and repeated(t, m))").replace("rows: 3", "rows: 2000"),
        set(),
    ),
    "repeated": (rule("not any(t, repeated(t, m))").replace("rows: 3", "rows: 2000"), set()),
    "sums over rows": (
        rule("+".join(["sum(t, n, m == b)"] * 40) + " > a").replace("rows: 3", "rows: 2000"),
        set(),
    ),
    "wide list": (
        "lists: {l: {"
        + ", ".join(
            f"a{n}: [" + ", ".join(f"b{n}_{m}" for m in range(60)) + "]" for n in range(250)
        )
        + "}}\n"
        + sheet(
            "[{table: t, layout: free, rows: 2000, columns: [{field: a, kind: choice, among: l}, "
            "{field: b, kind: choice, among: l, level: 2}]}]"
        ),
        set(),
    ),
    "long guide": (
        printed("a") + "guide: [" + ", ".join(["'" + "字" * 30_000 + "'"] * 5) + "]\n",
        set(),
    ),
    "long footer": (printed("a") + "page: {footer: '" + "f" * 300 + "'}\n", {"footer_too_long"}),
    "long prompt": (sheet("[[{field: a, prompt: '" + "p" * 300 + "'}]]"), {"prompt_too_long"}),
    "long about": (sheet("[[a]]").replace("sheets", "lists: {}\nsheets"), set()),
    "many styles": (
        "styles: {"
        + ", ".join(f"s{n}: {{size: {n % 80 + 5}}}" for n in range(3000))
        + "}\n"
        + sheet("[" + ", ".join(f"[{{text: a, style: s{n}}}]" for n in range(1500)) + "]"),
        set(),
    ),
    "style like itself": ("styles: {s: {like: s}}\n" + sheet("[[a]]"), {"no_style"}),
    "high row": (sheet("[{cells: [a], height: 1e9}]"), {"must_be_between"}),
    "low row": (sheet("[{cells: [a], height: -5}]"), {"must_be_between"}),
    "margins": (sheet("[[a]]", more="page: {margins: [1e9, -1, 0, 0]}\n"), {"must_be_between"}),
    "endless minimum": (sheet("[[{field: a, kind: number, minimum: 1e300}]]"), {"not_a_number"}),
    "tiny minimum": (sheet("[[{field: a, kind: number, minimum: 1e-300}]]"), {"not_a_number"}),
    "minimum by text": (
        sheet("[[{field: a, kind: number, minimum: \"{{ '1e999999999' }}\"}]]"),
        {"not_a_number"},
    ),
    "count by text": (sheet("[{count: \"{{ '1e999999999' }}\", rows: [[a]]}]"), {"not_a_number"}),
    "long font": (sheet("[[a]]", more="styles: {s: {font: '" + "f" * 300 + "'}}\n"), {"no_font"}),
    # texts
    "long text": (printed("字" * 33_000), {"text_too_long"}),
    "file of a megabyte": (printed(MILLION), {"file_too_large"}),
    "line of blanks": (" " * 500_000 + "\n" + printed("a"), set()),
    "line of colons": ("a" + ":" * 500_000, set()),
    "line of quotes": ("a: '" + "'" * 500_000, set()),
    "line of comments": ("#" * 500_000 + "\n" + printed("a"), set()),
    "many comments": ("# x\n" * 100_000 + printed("a"), set()),
    "many escapes": ('a: "' + "\\x41" * 120_000 + '"\n', {"unknown_key", "text_too_long"}),
    "NUL": (printed("a").replace("[10]", "[10]\x00").encode(), {"odd_character"}),
    "written NUL": (printed("b").replace("'b'", '"a\\0b"'), {"odd_character"}),
    "half a character": (printed("b").replace("'b'", '"a\\ud800b"'), {"odd_character"}),
    "half a character in Jinja": (jinja("'\\ud800'"), {"odd_character"}),
    "half a character as a key": ('"\\ud800": 1\n', {"no_key"}),
    "placeholder": (printed("b").replace("'b'", '"\\ue000code\\ue001"'), {"odd_character"}),
    "not UTF-8": (printed("表").encode("gb18030"), {"not_utf8"}),
    "UTF-16": (printed("表").encode("utf-16"), {"not_utf8"}),
    "workbook": (b"PK\x03\x04" + b"\x00" * 90, {"a_workbook"}),
    "pictures": (bytes(range(256)) * 90, {"not_utf8"}),
    "empty": (b"", {"empty_file"}),
    "blank": (b"\n\n", {"empty_file"}),
    "one word": (b"hello", {"must_have_keys"}),
    "one list": (b"- a\n- b\n", {"must_have_keys"}),
    "documents": (printed("a") + "---\n" + printed("b"), {"not_yaml"}),
    "key of a list": ("? [a, b]\n: 1\n" + printed("a"), {"no_key"}),
    "key of nothing": ("? \n: 1\n" + printed("a"), {"unknown_key", "no_key"}),
    # YAML's own
    "bomb": (
        "a: &a [x,x,x,x,x,x,x,x,x]\n"
        + "".join(
            f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n"
            for old, new in zip("abcdefgh", "bcdefghi", strict=True)
        ),
        {"aliases"},
    ),
    "alias of itself": ("a: &x [*x]\n" + printed("a"), {"aliases"}),
    "merge of itself": ("a: &x {<<: *x}\n" + printed("a"), {"aliases", "not_yaml"}),
    "no such alias": ("a: *x\n" + printed("a"), {"not_yaml"}),
    "same anchor twice": ("a: &x 1\nb: &x 2\n" + printed("a"), {"unknown_key"}),
    "python tag": ("a: !!python/object/apply:os.system [id]\n" + printed("a"), {"unknown_key"}),
    "python tag on a text": (sheet("[[!!python/name:os.system a]]"), set()),
    "wrong integer tag": (sheet("[[{text: a, across: !!int x}]]"), {"must_be_number"}),
    "wrong float tag": (sheet("[[{text: a, across: !!float x}]]"), {"must_be_number"}),
    "wrong date": (sheet("[[2026-02-30]]"), set()),
    "binary": (sheet("[[!!binary aGVsbG8=]]"), set()),
    "wrong binary": (sheet("[[!!binary '=']]"), set()),
    "set": (sheet("[[!!set {a, b}]]"), set()),
    "long integer": (sheet("[[{text: a, across: " + "9" * 9000 + "}]]"), set()),
    "long hexadecimal": (sheet("[[{text: a, across: 0x" + "f" * 9000 + "}]]"), set()),
    "YAML 1.1": ("%YAML 1.1\n---\n" + printed("a"), set()),
    "YAML 9": ("%YAML 9.9\n---\n" + printed("a"), set()),
    "tag directive": ("%TAG ! tag:example.org,2026:\n---\n" + printed("a"), set()),
    # names
    "sheet with a way out": (printed("a").replace("name: 表", "name: ../../表"), {"no_sheet_name"}),
    "id with a way out": (printed("a"), {"no_id"}),
    "path with a way out": (sheet("[[{field: ../a}]]"), {"no_path"}),
    "rules with a way out": (
        printed("a") + "rules: [{include: ../../../etc/passwd}]\n",
        {"no_rule_file"},
    ),
    "rules that include themselves": (
        printed("a") + "rules: [{include: itself}]\n",
        {"unknown_key", "included"},
    ),
}


@pytest.fixture(scope="module")
def limited() -> Iterator[Limited]:
    process = Limited()
    yield process
    process.close()


def well(verdict: Verdict) -> None:
    """Nothing broke, and all that is said can be understood."""
    assert not verdict.trace, verdict.trace
    for code, line, english, chinese in verdict.faults:
        assert code.startswith("template.")
        assert line > 0 or code == "template.no_template", english
        assert english != chinese
        assert max(len(english), len(chinese)) < 2_000, english[:200]


@pytest.mark.parametrize("name", BODIES)
def test_a_hostile_template_is_a_fault(tmp_path: Path, limited: Limited, name: str) -> None:
    body, codes = BODIES[name]
    head = HEAD.replace("hostile", "../../x") if name == "id with a way out" else HEAD
    data = body if isinstance(body, bytes) else (head + body).encode("utf-8", "surrogatepass")
    folder = tmp_path / "template"
    folder.mkdir()
    (folder / "template.yaml").write_bytes(data)
    (tmp_path / "_rules").mkdir()
    (tmp_path / "_rules" / "itself.yaml").write_text(
        "about: 无\nrules: [{include: itself}]\n", encoding="utf-8"
    )
    verdict = limited.judge(folder)
    well(verdict)
    assert codes & verdict.codes or not codes, verdict.faults[:5]
    assert verdict.refused or codes <= {"too_many_choices"}


def link(target: str) -> Callable[[Path], object]:
    return lambda path: path.symlink_to(target)


def too_long(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**40)


#: what stands where the template should, and codes of which one must be found
PLACES: Mapping[str, tuple[Callable[[Path], object], set[str]]] = {
    "link to a secret": (link("/etc/passwd"), {"linked_away"}),
    "link to an endless device": (link("/dev/zero"), {"linked_away"}),
    "link to itself": (link("template.yaml"), {"unreadable"}),
    "link upwards": (link("../other/shared.yaml"), {"linked_away"}),
    "link to nothing": (link("missing.yaml"), {"no_file"}),
    "pipe": (os.mkfifo, {"no_file"}),
    "folder": (Path.mkdir, {"no_file"}),
    "a terabyte": (too_long, {"file_too_large"}),
}


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("included", [False, True])
def test_what_is_no_file_of_its_folder_is_a_fault(
    tmp_path: Path, limited: Limited, name: str, included: bool
) -> None:
    make, codes = PLACES[name]
    folder, rules, other = (tmp_path / name for name in ("template", "_rules", "other"))
    for each in (folder, rules, other):
        each.mkdir()
    (other / "shared.yaml").write_text("about: 无\nrules: []\n", encoding="utf-8")
    path = folder / "template.yaml"
    if included:
        path.write_text(HEAD + printed("a") + "rules: [{include: stranger}]\n", encoding="utf-8")
        make(rules / "stranger.yaml")
        codes = codes | {"no_rule_file"}
    else:
        make(path)
        codes = codes | {"no_template"}
    verdict = limited.judge(path)
    well(verdict)
    assert codes & verdict.codes, verdict.faults
    assert verdict.refused
