"""Identity: what vouches for what, and places that each hold all of it."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptxl.layout.identity import (
    SEAL_HEAD,
    identify,
    joined,
    pieces,
    read_seal,
    seal_of,
    serial_of,
    signature_of,
    signed,
    vouches,
)
from ptxl.model.errors import RosterError
from ptxl.model.form import Unit
from ptxl.model.layout import Layout
from ptxl.model.submission import Identity
from ptxl.roster import check_units
from ptxl.write.stencil import Stencil
from tests.conftest import UNIT

KEY = b"the key of a round, 32 bytes or so"
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60)


def test_the_serial_vouches_for_form_and_unit(tiny: Layout) -> None:
    identity = identify(tiny, UNIT)
    assert vouches(identity)
    for changed in (
        replace(identity, template="other"),
        replace(identity, edition="2"),
        replace(identity, parameters={"rows": 4}),
        replace(identity, unit=replace(UNIT, code="101002")),
        replace(identity, unit=replace(UNIT, name="清源县财政局")),
        replace(identity, unit=replace(UNIT, more={"电话": "1"})),
        replace(identity, serial="0000-0000-0000"),
    ):
        assert not vouches(changed)


def test_a_signature_vouches_for_all_and_needs_the_key(tiny: Layout) -> None:
    identity = identify(tiny, UNIT, key=KEY)
    assert signed(identity, KEY)
    assert len(identity.signature) == 64
    assert replace(identity, signature="") == identify(tiny, UNIT)
    other = replace(UNIT, code="101002")
    serial = serial_of(identity.template, identity.edition, identity.parameters, other)
    for forged in (
        replace(identity, digest="0" * 32),
        replace(identity, unit=other, serial=serial),  # it vouches for itself, and is not signed
        replace(identity, signature=signature_of(identity, b"another key")),
        replace(identity, signature=""),
        replace(identity, signature="长"),
    ):
        assert not signed(forged, KEY)


@given(code=TEXT, name=TEXT, more=st.dictionaries(TEXT, TEXT, max_size=3), signature=TEXT)
def test_a_seal_holds_any_identity(
    code: str, name: str, more: dict[str, str], signature: str
) -> None:
    identity = Identity(
        template="t",
        edition="1",
        parameters={"year": 2026, "flag": True, "文": '"'},
        serial="0000-0000-0000",
        digest="0" * 32,
        unit=Unit(code=code, name=name, more=more),
        signature=signature,
    )
    seal = seal_of(identity)
    assert re.fullmatch(r"ptxl-seal\.[A-Za-z0-9+/]+", seal)
    assert read_seal(seal) == identity
    held = pieces(seal)
    assert all(len(piece) <= 255 for piece in held.values())
    backwards = dict(reversed(held.items()))
    assert joined({**backwards, "ptxl_serial": "x", "ptxl_identity_x": "x"}) == seal


@given(st.text() | st.binary().map(lambda data: SEAL_HEAD + data.hex()))
def test_what_is_no_seal_is_none(text: str) -> None:
    assert read_seal(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "W10",  # []
        "e30",  # {}
        "W1tbW1tb" * 3_000,  # brackets that never close
        "WyIyIiwidCIsIjEiLCJ7fSIsIlx1ZDgwMCIsIiIsIiIsInt9IiwiIiwiIl0",  # half a character
        "A" * 40_000,
    ],
)
def test_a_seal_that_means_harm_is_none(text: str) -> None:
    assert read_seal(SEAL_HEAD + text) is None


def test_four_places_hold_the_whole_seal_whatever_the_unit_is_called(tiny: Layout) -> None:
    hard = Unit(code="1", name="A&B <局> \"甲\" '乙'_x0041_", more={"地址": "长" * 200, "=": "=1"})
    stencil = Stencil(tiny, key=KEY)
    for unit in (UNIT, hard):
        seal = seal_of(identify(tiny, unit, key=KEY))
        with zipfile.ZipFile(io.BytesIO(stencil.stamp(unit))) as archive:
            book = archive.read("xl/workbook.xml").decode()
            properties = archive.read("docProps/custom.xml").decode()
            strings = archive.read("xl/sharedStrings.xml").decode()
        names = re.findall(r'<definedName name="(\w+)"[^>]*>"([^"]*)"<', book)
        assert joined(dict(names)) == seal
        found = re.findall(r'pid="(\d+)" name="(\w+)"><vt:lpwstr>([^<]*)<', properties)
        assert [int(pid) for pid, _, _ in found] == list(range(2, len(found) + 2))
        assert joined({name: text for _, name, text in found}) == seal
        assert f">{seal}<" in strings
        assert f">{identify(tiny, unit, key=KEY).signature}<" in strings


def test_a_unit_that_no_place_could_hold_is_refused() -> None:
    more = {f"列{number}": "长" * 199 for number in range(26)}
    with pytest.raises(RosterError, match="more than 5000 characters"):
        check_units([Unit(code="1", name="甲", more=more)])
