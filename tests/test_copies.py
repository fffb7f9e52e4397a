"""Copies that are put together of deflated pieces hold what was replaced in the plain parts."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptxl.model.form import Unit
from ptxl.ooxml.copies import Copies
from ptxl.ooxml.package import pack, unpack
from ptxl.template import find_templates, load_template
from ptxl.write.generic_workbook import generic_parts
from ptxl.write.stencil import MARK, Stencil

#: marks that are easily typed
_LETTER = re.compile(rb"<(\w+)>")
_NAMES = ("a", "b", "c")
_TEXTS = st.dictionaries(st.sampled_from(_NAMES), st.binary(max_size=300))
_PARTS = st.dictionaries(
    st.from_regex("[a-z]{1,8}\\.xml", fullmatch=True),
    st.lists(st.sampled_from([b"<a>", b"<b>", b"<c>", b"", b"same", b"same" * 40])).map(b"".join),
    max_size=5,
)
UNITS = (
    Unit(code="101001", name="清源县第一中学"),
    Unit(code="9", name='<A & "B">', department="主管", more={"kind": "学校"}),
    Unit(code="00", name="长" * 3000),
)


def replaced(
    parts: Mapping[str, bytes], texts: Mapping[str, bytes], mark: re.Pattern[bytes]
) -> dict[str, bytes]:
    """The slow way."""
    return {
        name: mark.sub(lambda found: texts.get(found[1].decode(), b""), data)
        for name, data in parts.items()
    }


@given(_PARTS, _TEXTS)
def test_copies_hold_what_was_replaced(
    parts: Mapping[str, bytes], texts: Mapping[str, bytes]
) -> None:
    copy = Copies(parts, _LETTER).copy(texts)
    assert unpack(copy) == replaced(parts, texts, _LETTER)


def test_without_marks_a_copy_is_what_zipfile_makes() -> None:
    parts = {"a.xml": b"<x/>" * 99, "b/c.xml": b""}
    assert Copies(parts, _LETTER).copy({}) == pack(parts)


@pytest.mark.parametrize("size", [65_534, 65_535, 65_536, 200_000])
def test_a_text_may_be_longer_than_a_block(size: int) -> None:
    copy = Copies({"a.xml": b"x<a>y<a>"}, _LETTER).copy({"a": b"z" * size})
    assert unpack(copy) == {"a.xml": b"x" + b"z" * size + b"y" + b"z" * size}


@pytest.mark.parametrize("template", find_templates(), ids=lambda path: path.parent.name)
def test_every_form_is_the_workbook_with_its_texts_replaced(
    template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = load_template(template).layout({})
    parts = generic_parts(layout)
    stencil = Stencil(layout, key=b"0123456789abcdef")
    given: list[Mapping[str, bytes]] = []
    copy = Copies.copy

    def noted(self: Copies, texts: Mapping[str, bytes]) -> bytes:
        given.append(texts)
        return copy(self, texts)

    monkeypatch.setattr(Copies, "copy", noted)
    for unit in UNITS:
        data = stencil.stamp(unit)
        assert unpack(data) == replaced(parts, given[-1], MARK)
        assert not any(MARK.search(part) for part in unpack(data).values())
        assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None
        assert stencil.stamp(unit) == data
