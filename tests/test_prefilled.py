"""Figures with which a form is issued are compared with what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from ptxl import api
from ptxl.layout.helper_sheets import IDENTITY_SHEET
from ptxl.layout.identity import KEYS
from ptxl.model.findings import Finding
from ptxl.read import read_submission
from ptxl.renew.repair import repair_form
from ptxl.template import Templates, load_template
from tests.conftest import TINY, UNIT, MakeTemplate
from tests.office import Office
from tests.packages import patch_cells

KEY = b"k" * 32
ANSWERS = {"name": "校舍维修", "funds": {"total": 1000, "fiscal": 900}, "people": 12}
SHEET = "表"


class Issued:
    """A form that was issued with figures, and what is said of its copies."""

    def __init__(self, template: Path, folder: Path, key: bytes) -> None:
        self.templates, self.key = Templates([template]), key
        prefill = {UNIT.code: ANSWERS}
        (path,) = api.generate(template, [UNIT], folder, prefill=prefill, key=key)
        self.data = path.read_bytes()
        places = load_template(template).layout({}).places
        self.at = {name: (place.row, place.column) for name, place in places.items()}

    def with_cells(self, cells: Mapping[tuple[int, int], object], sheet: str = SHEET) -> bytes:
        return patch_cells(self.data, {sheet: cells})  # type: ignore[dict-item]

    def findings(self, data: bytes) -> list[Finding]:
        return list(read_submission(data, self.templates, key=self.key).findings)


@pytest.fixture(params=[b"", KEY], ids=["unsigned", "signed"])
def issued(make_template: MakeTemplate, tmp_path: Path, request: pytest.FixtureRequest) -> Issued:
    return Issued(make_template(TINY), tmp_path / "out", request.param)


def test_a_form_as_issued_is_silent(issued: Issued) -> None:
    assert issued.findings(issued.data) == []
    submission = read_submission(issued.data, issued.templates)
    assert submission.entries["funds.total"].raw == Decimal(1000)


@pytest.mark.parametrize("value", [Decimal(9999), "9999", Decimal(0), ""])
def test_a_figure_that_was_changed_is_named_at_its_cell(issued: Issued, value: object) -> None:
    (found,) = issued.findings(issued.with_cells({issued.at["funds.total"]: value}))
    assert (found.code, found.path, found.sheet) == ("prefilled_changed", "funds.total", SHEET)
    assert found.facts["expected"] == "1000"
    assert found.cell


@pytest.mark.parametrize("value", ["1,000", "1000万元", "１０００"])
def test_a_figure_written_otherwise_is_the_same(issued: Issued, value: object) -> None:
    findings = issued.findings(issued.with_cells({issued.at["funds.total"]: value}))
    assert "prefilled_changed" not in {found.code for found in findings}


def test_texts_that_were_suggested_may_change(issued: Issued) -> None:
    assert issued.findings(issued.with_cells({issued.at["name"]: "操场维修"})) == []


def test_who_edits_the_record_of_figures_is_found_out(issued: Issued) -> None:
    row = len(KEYS) + 1
    edited = issued.with_cells({(row, 1): "9999"}, IDENTITY_SHEET)
    assert [found.code for found in issued.findings(edited)] == ["prefilled_lost"]


def test_who_edits_the_digest_is_found_out(issued: Issued) -> None:
    edited = issued.with_cells({(KEYS.index("prefilled"), 1): ""}, IDENTITY_SHEET)
    assert [found.code for found in issued.findings(edited)] == ["identity_changed"]


def test_a_repaired_form_remembers_its_figures(issued: Issued) -> None:
    repaired = repair_form(issued.data, issued.templates, key=issued.key).workbook
    at = issued.at["funds.total"]
    changed = patch_cells(repaired, {SHEET: {at: Decimal(9999)}})
    assert issued.findings(repaired) == []
    assert [found.code for found in issued.findings(changed)] == ["prefilled_changed"]


@pytest.mark.office
@pytest.mark.parametrize("ending", ["xlsx", "ods", "xls"])
def test_figures_are_known_after_a_save_by_an_office(
    issued: Issued, office: Office, tmp_path: Path, ending: str
) -> None:
    source, target = tmp_path / "form.xlsx", tmp_path / f"saved.{ending}"
    source.write_bytes(issued.data)
    office.convert(source, target)
    assert issued.findings(target.read_bytes()) == []
