"""A form that was issued in a round says so wherever it says whose it is, and keeps saying it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from ptxl import api
from ptxl.check.submission import type_values
from ptxl.documents.document import build_document
from ptxl.documents.schema import build_schema
from ptxl.layout.helper_sheets import IDENTITY_SHEET
from ptxl.layout.identity import (
    KEYS,
    ROUND_KEY,
    identify,
    read_seal,
    seal_of,
    signature_of,
    signed,
    vouches,
)
from ptxl.model.layout import Layout
from ptxl.model.submission import Identity, Trust
from ptxl.read import open_workbook, read_submission
from ptxl.renew.fill import fill_form, prefill_form
from ptxl.renew.repair import repair_form, upgrade_form
from ptxl.template import Templates, load_template
from ptxl.write.stencil import Stencil, write_form
from tests.conftest import TINY, UNIT, MakeTemplate
from tests.office import Office
from tests.packages import patch_cells

ROUND = "2026-清源县-绩效目标-7F3K"
KEY = b"the key of a round, 32 bytes or so"
ANSWERS = {"name": "校舍维修", "funds": {"total": 1000, "fiscal": 900}}


@pytest.fixture
def templates(make_template: MakeTemplate) -> Templates:
    return Templates([make_template(TINY)])


@pytest.fixture
def layout(templates: Templates) -> Layout:
    return templates.get("tiny", "").layout({})


@pytest.fixture(params=[b"", KEY], ids=["unsigned", "signed"])
def key(request: pytest.FixtureRequest) -> bytes:
    given: bytes = request.param
    return given


def identity_in(data: bytes, templates: Templates, key: bytes = b"") -> Identity:
    """The identity in a workbook of which nothing is to be said."""
    submission = read_submission(data, templates, key=key)
    assert submission.findings == ()
    assert submission.trust is Trust.FULL
    return submission.identity


def test_serial_and_signature_vouch_for_the_round(layout: Layout) -> None:
    identity = identify(layout, UNIT, key=KEY, round=ROUND)
    assert vouches(identity)
    assert signed(identity, KEY)
    for other in ("", "2025"):
        changed = replace(identity, round=other)
        assert not vouches(changed)
        assert not signed(changed, KEY)
    serials = {identify(layout, UNIT, round=name).serial for name in ("", "a", "b")}
    assert len(serials) == 3


def test_a_seal_holds_the_round_with_or_without_figures(layout: Layout) -> None:
    for prefilled in ("", "0123456789abcdef"):
        identity = identify(layout, UNIT, key=KEY, prefilled=prefilled, round=ROUND)
        assert read_seal(seal_of(identity)) == identity


def test_a_form_of_no_round_is_the_one_it_was_before_there_were_rounds(layout: Layout) -> None:
    identity = identify(layout, UNIT, key=KEY)
    assert Stencil(layout, key=KEY, round="").stamp(UNIT) == write_form(layout, UNIT, key=KEY)
    rows = open_workbook(write_form(layout, UNIT, key=KEY)).rows(IDENTITY_SHEET)
    assert [row[0] for row in rows] == [*KEYS, "self_check"]
    assert read_seal(seal_of(identity)) == identity
    assert identity.round == ""


def test_the_round_is_read_and_stands_in_the_json(
    layout: Layout, templates: Templates, key: bytes
) -> None:
    stencil = Stencil(layout, key=key, round=ROUND)
    data = fill_form(stencil.stamp(UNIT), ANSWERS, templates)
    identity = identity_in(data, templates, key)
    assert identity == stencil.identity(UNIT)
    document = build_document(type_values(read_submission(data, templates, key=key)))
    assert document["form"]["round"] == ROUND
    allowed = build_schema(layout)["properties"]["form"]
    assert "round" in allowed["properties"]
    assert "round" not in allowed["required"]
    without = build_document(type_values(read_submission(write_form(layout, UNIT), templates)))
    assert "round" not in without["form"]


def test_figures_are_remembered_beside_the_round(
    layout: Layout, templates: Templates, key: bytes
) -> None:
    stencil = Stencil(layout, key=key, round=ROUND)
    data = prefill_form(stencil, UNIT, ANSWERS, templates, "prefill")
    identity = identity_in(data, templates, key)
    assert (identity.round, bool(identity.prefilled)) == (ROUND, True)
    at = layout.places["funds.total"]
    changed = patch_cells(data, {"表": {(at.row, at.column): Decimal(9999)}})
    found = read_submission(changed, templates, key=key).findings
    assert [each.code for each in found] == ["prefilled_changed"]


@pytest.mark.parametrize("other", ["", "another round"])
def test_a_round_typed_over_is_found(layout: Layout, templates: Templates, other: str) -> None:
    data = Stencil(layout, round=ROUND).stamp(UNIT)
    changed = patch_cells(data, {IDENTITY_SHEET: {(len(KEYS), 1): other}})
    submission = read_submission(changed, templates)
    assert [found.code for found in submission.findings] == ["identity_changed"]
    assert submission.identity.round == ROUND
    assert submission.trust is Trust.DOUBTFUL


def test_a_place_that_tells_of_another_round_is_found(layout: Layout, templates: Templates) -> None:
    data = Stencil(layout, round=ROUND).stamp(UNIT)
    other = identify(layout, UNIT, round="another round")
    rows = {(KEYS.index("serial"), 1): other.serial, (KEYS.index("digest"), 1): other.digest}
    rows[len(KEYS), 1] = other.round
    submission = read_submission(patch_cells(data, {IDENTITY_SHEET: rows}), templates)
    assert [found.code for found in submission.findings] == ["identity_disagrees"]
    assert submission.identity.round == ROUND


def test_only_the_key_tells_of_a_form_moved_to_another_round(
    layout: Layout, templates: Templates
) -> None:
    forged = identify(layout, UNIT, round="another round")
    forged = replace(forged, signature=signature_of(forged, b"another key"))
    data = Stencil(layout, key=b"another key", round="another round").stamp(UNIT)
    assert identity_in(data, templates) == forged
    codes = {found.code for found in read_submission(data, templates, key=KEY).findings}
    assert codes == {"signature_wrong"}


def test_a_repaired_form_keeps_its_round(layout: Layout, templates: Templates, key: bytes) -> None:
    stencil = Stencil(layout, key=key, round=ROUND)
    data = prefill_form(stencil, UNIT, ANSWERS, templates, "prefill")
    at = layout.places["name"]
    damaged = patch_cells(data, {"表": {(at.row, 0): "改掉的标题"}})
    repaired = repair_form(damaged, templates, key=key)
    assert repaired.identity == read_submission(data, templates, key=key).identity
    assert identity_in(repaired.workbook, templates, key).round == ROUND
    raised = upgrade_form(data, templates, parameters={"rows": 5}, key=key)
    assert identity_in(raised.workbook, templates, key).round == ROUND
    moved = upgrade_form(data, templates, key=key, round="next")
    assert identity_in(moved.workbook, templates, key).round == "next"


def test_the_identity_of_a_form_of_a_roster_knows_its_round(
    make_template: MakeTemplate, tmp_path: Path
) -> None:
    template, roster = make_template(TINY), tmp_path / "roster.csv"
    roster.write_text("code,name,department\n101001,清源县教育局,清源县教育局\n", encoding="utf-8")
    layout = load_template(template).layout({})
    found = api.identity(template, roster, UNIT.code, round=ROUND)
    assert found == identify(layout, UNIT, round=ROUND)
    assert found.round == ROUND


@pytest.mark.office
@pytest.mark.parametrize("ending", ["xlsx", "ods", "xls"])
def test_the_round_is_known_after_a_save_by_an_office(
    layout: Layout, templates: Templates, office: Office, tmp_path: Path, ending: str, key: bytes
) -> None:
    stencil = Stencil(layout, key=key, round=ROUND)
    source, target = tmp_path / "form.xlsx", tmp_path / f"saved.{ending}"
    source.write_bytes(prefill_form(stencil, UNIT, ANSWERS, templates, "prefill"))
    office.convert(source, target)
    identity = identity_in(target.read_bytes(), templates, key)
    assert identity == identity_in(source.read_bytes(), templates, key)
    assert identity.round == ROUND
    sheet = open_workbook(target.read_bytes()).rows(IDENTITY_SHEET)
    assert [ROUND_KEY, ROUND] in [[str(value) for value in row[:2]] for row in sheet]
