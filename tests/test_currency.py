"""Forms in a currency of their own: what people type, what is summed up, what is never mixed."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
import simplejson
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from ptxl import api
from ptxl.cli.main import cli
from ptxl.model.errors import InputError
from ptxl.model.form import Field, Manner, Unit
from ptxl.model.path import Path as FieldPath
from ptxl.receive.workers import Terms
from ptxl.template import Templates, lint_template
from ptxl.values.kinds import KINDS
from tests.conftest import ROOT, SAMPLES

KENYAN = Manner(language="en", currency="KES", signs=("KSh", "KShs", "/="))
EURO = Manner(language="en", currency="EUR", signs=("€",))
SHIPPED = ROOT / "templates" / "service-grant"


def parsed(raw: object, unit: str, manner: Manner) -> tuple[object, str]:
    field = Field(path=FieldPath("x"), kind="money", label="x", unit=unit, manner=manner)
    found = KINDS["money"].parse(raw, field)  # type: ignore[arg-type]
    return found.value, found.code


@pytest.mark.parametrize(
    ("raw", "unit", "value", "code"),
    [
        ("1,200,000", "KES", "1200000", ""),
        ("KES 5,000", "KES", "5000", ""),
        ("Ksh. 5,000/=", "KES", "5000", ""),
        ("5,000 KES only", "KES", "5000", ""),
        ("kshs 5,000.50", "KES", "5000.50", ""),
        ("KES 5,000", "thousand KES", None, "money_unit_differs"),
        ("Ksh 5m", "million KES", "5", ""),
        ("Ksh 5m", "KES", None, "money_unit_differs"),
        ("KES 1.2 million", "million KES", "1.2", ""),
        ("1.2 million KES", "million KES", "1.2", ""),
        ("1.2 million", "million KES", "1.2", "money_unit_unclear"),
        ("1.2 million", "KES", None, "money_unit_differs"),
        ("1.2 million", "thousand KES", None, "money_unit_differs"),
        ("500k", "thousand KES", "500", "money_unit_unclear"),
        ("2bn", "billion KES", "2", "money_unit_unclear"),
        ("5,000 USD", "KES", None, "not_a_number"),
        ("$5,000", "KES", None, "not_a_number"),
        ("5 yuan", "KES", None, "not_a_number"),
        ("about 5,000", "KES", None, "not_a_number"),
        ("5 people", "KES", None, "not_a_number"),
        ("1,20,000", "KES", None, "not_a_number"),
    ],
)
def test_an_amount_is_read_exactly_or_not_at_all(
    raw: str, unit: str, value: str | None, code: str
) -> None:
    assert parsed(raw, unit, KENYAN) == (value and Decimal(value), code)


def test_signs_are_those_that_the_template_names() -> None:
    assert parsed("€5,000", "EUR", EURO) == (Decimal(5000), "")
    assert parsed("€5m", "million EUR", EURO) == (Decimal(5), "")
    assert parsed("-€3", "thousand EUR", EURO) == (None, "money_unit_differs")
    assert parsed("€5,000", "KES", KENYAN) == (None, "not_a_number")


@given(
    number=st.decimals(min_value=0, max_value=10**9, places=2),
    name=st.sampled_from(["KES", "KSh", "KShs."]),
    multiple=st.sampled_from(["", "thousand ", "million "]),
)
def test_an_amount_with_its_unit_is_read_as_it_was_written(
    number: Decimal, name: str, multiple: str
) -> None:
    unit = f"{multiple}KES"
    assert parsed(f"{name} {number:,f} {multiple}".strip(), unit, KENYAN) == (number, "")
    assert parsed(f"{number:f} {unit}", unit, KENYAN) == (number, "")


def kenyan(folder: Path, **changes: str) -> Path:
    """The shipped form in English, in thousands of shillings."""
    made = folder / "county-programme"
    made.mkdir(parents=True)
    text = (SHIPPED / "template.yaml").read_text(encoding="utf-8")
    money = changes.get("money", 'money: thousand KES\ncurrency: [KSh, "/="]')
    text = text.replace("id: service-grant", "id: county-programme")
    text = text.replace('money: "thousand {{ currency }}"', money)
    (made / "template.yaml").write_text(text, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One filled form in shillings and one in yuan, with the template of the first."""
    folder = tmp_path_factory.mktemp("currency")
    template = kenyan(folder)
    answers = simplejson.loads((SAMPLES / "good/service-2026-grant-1/answers.json").read_text())
    terms = Terms(templates=Templates([template, SHIPPED]))
    for name in ("service-grant", "county-programme"):
        source = template if name == template.name else SHIPPED
        unit = [Unit(code=name[:3], name=name)]
        (form,) = api.generate(source, unit, folder / name[:3], parameters={"projects": 1})
        own = {**answers, "form": {**answers["form"], "template": name}, "unit": None}
        api.fill(form, own, folder / f"{name}.xlsx", terms=terms)
    return folder


def merged(forms: Path, *names: str, exit_code: int = 0) -> str:
    files = [str(forms / f"{name}.xlsx") for name in names]
    templates = [forms / "county-programme", SHIPPED]
    options = [word for one in templates for word in ("--template", str(one))]
    out = ["-o", str(forms / "all.xlsx"), "--json", str(forms / "all.json"), "--lang", "en"]
    done = CliRunner().invoke(cli, ["merge", *files, *options, *out])
    assert done.exit_code == exit_code, done.output
    return done.output


def test_a_summary_is_in_the_currency_of_its_forms(forms: Path) -> None:
    assert "total: 480 (in thousand KES)" in merged(forms, "county-programme")
    told = simplejson.loads((forms / "all.json").read_text(encoding="utf-8"))
    assert told["money"] == "thousand KES"
    assert told["totals"]["funds.total"] == 480


@pytest.mark.parametrize(
    ("first", "second", "total", "why"),
    [
        ("county-programme", "service-grant", "480 (in thousand KES)",
         "in ten thousand yuan, those of the summary in thousand KES"),
        ("service-grant", "county-programme", "48 (in ten thousand yuan)",
         "in thousand KES, those of the summary in ten thousand yuan"),
    ],
)  # fmt: skip
def test_amounts_of_two_currencies_are_never_added_up(
    forms: Path, first: str, second: str, total: str, why: str
) -> None:
    said = merged(forms, first, second, exit_code=1)
    assert f"total: {total}" in said
    assert why in said
    (left,) = simplejson.loads((forms / "all.json").read_text(encoding="utf-8"))["left_out"]
    assert left["findings"][0]["code"] == "other_currency"


def test_a_budget_in_another_currency_is_refused(forms: Path, tmp_path: Path) -> None:
    table = tmp_path / "budget.csv"
    table.write_text("unit code,project,budget (yuan)\nE01,Evening,5\n", encoding="utf-8")
    beside = api.read_comparisons(budget=table)
    terms = Terms(templates=Templates([forms / "county-programme"]))
    with pytest.raises(InputError, match=r"in KES.*is in CNY"):
        api.merge([forms / "county-programme.xlsx"], tmp_path / "a.xlsx", terms=terms,
                  comparisons=beside)  # fmt: skip
    table.write_text("unit code,project,budget (thousand KES)\nE01,E,5\n", encoding="utf-8")
    budget = api.read_comparisons(budget=table, budget_unit="thousand KES").budget
    assert budget
    assert (budget.currency, budget.total) == ("KES", Decimal(5))


def test_a_form_is_told_that_its_budget_is_in_another_currency(forms: Path, tmp_path: Path) -> None:
    table = tmp_path / "budget.csv"
    table.write_text("unit code,project,budget (yuan)\nE01,Evening,5\n", encoding="utf-8")
    done = CliRunner().invoke(cli, [
        "--lang", "en", "check", str(forms / "county-programme.xlsx"), "--codes",
        "--template", str(forms / "county-programme"), "--budget", str(table),
    ])  # fmt: skip
    assert "(budget_currency_differs)" in done.output
    assert re.search(r"in thousand KES.* in ten thousand yuan: they were not compared", done.output)


@pytest.mark.parametrize(
    ("money", "fault"),
    [
        ("money: thousand shillings", '"thousand shillings" is no unit of money'),
        ("money: KES\ncurrency: [m]", '"m" cannot stand for a currency'),
        ("money: KES\ncurrency: ['5=']", '"5=" cannot stand for a currency'),
    ],
)
def test_a_template_is_told_what_is_no_money(tmp_path: Path, money: str, fault: str) -> None:
    faults = lint_template(kenyan(tmp_path, money=money))
    assert fault in "\n".join(map(str, faults))


def test_a_form_has_one_currency(tmp_path: Path) -> None:
    made = kenyan(tmp_path) / "template.yaml"
    text = made.read_text(encoding="utf-8")
    field = "kind: money, required: true, style: input_right}"
    made.write_text(text.replace(field, field[:-1] + ", unit: EUR}"), encoding="utf-8")
    faults = "\n".join(map(str, lint_template(made.parent)))
    assert '"EUR" is of another currency than the money of the template (thousand KES)' in faults
