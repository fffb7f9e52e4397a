"""A kind is one record: what a template may say of it, and a new kind, through the whole loop."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
import simplejson

from ptxl.check.submission import check_submission
from ptxl.merge.rows import Asked, in_sum_unit
from ptxl.model.form import Field
from ptxl.model.path import Path as FieldPath
from ptxl.template import lint_template, load_template
from ptxl.values.kinds import KINDS
from ptxl.values.money import MULTIPLES, MoneyUnit, convert, money_unit, unit_of_sums, yuan_units
from tests.conftest import HEAD, TINY, MakeTemplate, submit

#: enters a kind as an entry of the table would, before anything else of the program is loaded
LOOP = """
    import re, sys
    from pathlib import Path
    from ptxl.values import kinds

    def parse(raw, field):
        digits = kinds.plain(raw).replace("-", "").replace(" ", "")
        if re.fullmatch("[0-9]{7,12}", digits):
            return kinds.Parsed(digits)
        return kinds.Parsed(None, "not_a_code", {"raw": digits})

    telephone = kinds.Kind(
        name="telephone", parse=parse, schema={"type": "string", "pattern": "^[0-9]{7,12}$"},
        options=("longest",), longest=20,
    )
    kinds.KINDS = {**kinds.KINDS, "telephone": telephone}

    from openpyxl import load_workbook
    from ptxl.check.submission import check_submission
    from ptxl.documents.document import build_document, dump
    from ptxl.documents.schema import build_schema
    from ptxl.model.form import Unit
    from ptxl.read import read_submission
    from ptxl.renew.fill import fill_form
    from ptxl.template import Templates, lint_template, load_template
    from ptxl.write.stencil import write_form

    folder, out = map(Path, sys.argv[1:])
    assert lint_template(folder) == ()
    template = load_template(folder)
    layout, templates = template.layout({}), Templates([folder])
    blank = write_form(layout, Unit(code="101001", name="教育局"))
    documents = []
    for typed in ("0319-1234567", "没有"):
        filled = fill_form(blank, {"phone": typed, "name": "甲"}, templates)
        checked = check_submission(read_submission(filled, templates))
        found = [{"code": one.code, "cell": one.cell} for one in checked.findings]
        documents.append({**build_document(checked), "findings": found})
    out.with_suffix(".xlsx").write_bytes(blank)
    out.write_text(dump([build_schema(layout), *documents]), encoding="utf-8")
"""
FORM = """\
sheets:
  - name: 表
    columns: [14, 20]
    rows:
      - [名称, {field: name, required: true}]
      - [联系电话, {field: phone, kind: telephone, required: true,
                    prompt: 如 0319-1234567, alert: 请填电话号码。}]
    rules:
      - {id: is_local, holds: "starts(phone, '0319')", at: phone, severity: error, message: 外地}
"""


def test_a_new_kind_is_one_entry(make_template: MakeTemplate, tmp_path: Path) -> None:
    out = tmp_path / "loop.json"
    script = textwrap.dedent(LOOP)
    done = subprocess.run(  # a program of its own: every table is made with the new entry in it
        [sys.executable, "-c", script, make_template(FORM), out], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    schema, right, wrong = simplejson.loads(out.read_text(encoding="utf-8"))
    assert schema["properties"]["phone"]["anyOf"][0]["pattern"] == "^[0-9]{7,12}$"
    assert (right["phone"], right["findings"]) == ("03191234567", [])
    assert wrong["phone"] is None
    assert wrong["findings"] == [{"code": "not_a_code", "cell": "B2"}]
    written = sheets(out.with_suffix(".xlsx"))
    assert 'prompt="如 0319-1234567"' in written
    assert 'error="请填电话号码。"' in written


def sheets(path: Path) -> str:
    with zipfile.ZipFile(path) as book:
        return "".join(book.read(n).decode() for n in book.namelist() if "/sheet" in n)


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("{field: a, kind: date, minimum: 1}", 'a field of kind date has no "minimum"'),
        ("{field: a, kind: text, unit: 元}", 'a field of kind text has no "unit"'),
        ("{field: a, kind: money, among: x}", 'a field of kind money has no "among"'),
        ("{field: a, kind: money, unit: 美元}", '"美元" is no unit of money: yuan, thousand yuan'),
        ("{field: a, kind: money, unit: 分}", '"分" is no unit of money'),
    ],
)
def test_a_template_says_of_a_field_what_its_kind_has(
    make_template: MakeTemplate, field: str, message: str
) -> None:
    body = f"lists: {{x: [甲]}}\nsheets: [{{name: 表, columns: [10], rows: [[{field}]]}}]"
    assert message in "\n".join(map(str, lint_template(make_template(body))))


def test_the_unit_of_all_amounts_is_one_of_the_closed_list(make_template: MakeTemplate) -> None:
    body = TINY.replace(
        "parameters:\n", "parameters:\n  money: {kind: text, default: 两, help: a}\n"
    )
    faults = lint_template(make_template(body, head=HEAD + 'money: "{{ money }}"\n'))
    assert '"两" is no unit of money: yuan, thousand yuan' in "\n".join(map(str, faults))


@pytest.mark.parametrize("unit", [*yuan_units(), "KES", "thousand KES", "million EUR", "千HKD"])
def test_amounts_in_every_unit_of_money_are_merged_exactly(unit: str) -> None:
    amount = Decimal("12.5")
    merged = in_sum_unit(amount, Asked(kind="money", label="", unit=unit))
    asked = money_unit(unit)
    assert asked
    sums = unit_of_sums(asked.currency)
    assert merged * 10 ** MULTIPLES[sums.multiple] == amount * 10 ** MULTIPLES[asked.multiple]
    assert convert(merged, sums, asked) == amount


def test_an_amount_is_never_converted_to_another_currency() -> None:
    with pytest.raises(ValueError, match="KES is not EUR"):
        convert(Decimal(5), MoneyUnit("KES"), MoneyUnit("EUR"))


def test_a_converted_amount_keeps_every_digit() -> None:
    long = Decimal("123456789012345678901234567890.12")
    units = MoneyUnit(multiple="hundred_million"), MoneyUnit(multiple="ten_thousand")
    assert str(convert(long, *units)) == "1.2345678901234567890123456789012E+33"


@pytest.mark.parametrize(
    ("kind", "unit", "raw", "value", "code"),
    [
        ("number", "分", "9.5分", "9.5", ""),
        ("number", "分", "９．５ 分", "9.5", ""),
        ("number", "分", "9.5元", None, "not_a_number"),
        ("number", "", "9.5", "9.5", ""),
        ("number", "", "9.5分", None, "not_a_number"),
        ("integer", "人", "12人", "12", ""),
        ("integer", "人", "12户", None, "not_whole"),
        ("percent", "", "25 %", "25", ""),
        ("money", "亿元", "12.5亿元", "12.5", ""),
        ("money", "亿元", "12.5亿", "12.5", "money_unit_unclear"),
        ("money", "亿元", "12.5万元", None, "money_unit_differs"),
        ("money", "千元", "3千元", "3", ""),
        ("money", "万元", "3千元", None, "money_unit_differs"),
    ],
)
def test_a_number_may_be_typed_with_the_unit_that_its_field_prints(
    kind: str, unit: str, raw: str, value: str | None, code: str
) -> None:
    parsed = KINDS[kind].parse(raw, Field(path=FieldPath("x"), kind=kind, label="x", unit=unit))
    assert parsed.value == (None if value is None else Decimal(value))
    assert parsed.code == code


def test_a_number_without_a_unit_is_wanted_in_plain_words(make_template: MakeTemplate) -> None:
    body = "sheets: [{name: 表, columns: [10], rows: [[{field: score, kind: number}]]}]"
    layout = load_template(make_template(body)).layout({})
    (found,) = check_submission(submit(layout, {"score": "九分"})).findings
    assert found.code == "not_a_number"
    assert found.message("zh") == "应填数字，现为“九分”，未读取，请改为数字（单位：—）"


def test_a_wide_blank_behind_a_target_value_is_kept() -> None:
    parsed = KINDS["target"].parse(
        "≥95%\u3000", Field(path=FieldPath("x"), kind="target", label="x")
    )
    assert parsed.value.raw == "≥95%\u3000"  # type: ignore[attr-defined]
    assert parsed.value.number == Decimal(95)  # type: ignore[attr-defined]
