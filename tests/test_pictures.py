"""Pictures that a form prints: what is one, where it stands, and that no other passes for it."""

from __future__ import annotations

import base64
import re
import struct
import zlib
from pathlib import Path

import pytest

from ptxl.layout.identity import identify
from ptxl.model.layout import Layout
from ptxl.ooxml.package import pack, unpack
from ptxl.read import read_submission
from ptxl.renew.fill import fill_form
from ptxl.template import Templates, lint_template, load_template
from ptxl.template.pictures import picture_size
from ptxl.write.stencil import write_form
from tests.conftest import ROOT, UNIT
from tests.office import Office, insert_rows
from tests.rawxml import form_problems, general_problems

#: the beginning of a baseline JPEG of 30 × 20 pixels, as far as programs ask for its size
JPEG = base64.b64decode("/9j/4AAQSkZJRgABAQEASABIAAD/wAARCAAUAB4DASIAAhEBAxEB/9k=")


def png(width: int, height: int) -> bytes:
    """A PNG of one colour, which says that it is printed very small."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    rows = (b"\0" + b"\xc8\0\0" * width) * height
    return b"\x89PNG\r\n\x1a\n" + b"".join((
        chunk(b"IHDR", struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)),
        chunk(b"pHYs", struct.pack(">2IB", 11811, 11811, 1)),
        chunk(b"IDAT", zlib.compress(rows)),
        chunk(b"IEND", b""),
    ))  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The template of the page, with its pictures."""
    page = (ROOT / "docs" / "templates.md").read_text(encoding="utf-8")
    section = page.partition("## Signatures, seals, attachments")[2]
    example = re.search(r"```yaml\n(.*?)```", section, re.DOTALL)
    assert example
    found = tmp_path / "attachments"
    found.mkdir()
    head = "id: attachments\nedition: '1'\ntitle: 附件清单\nabout: 试\n"
    (found / "template.yaml").write_text(head + example[1], encoding="utf-8")
    (found / "emblem.png").write_bytes(png(120, 60))
    (found / "frame.png").write_bytes(png(40, 40))
    return found


@pytest.fixture
def layout(folder: Path) -> Layout:
    return load_template(folder).layout({})


def laid_over(data: bytes, folder: Path) -> list[str]:
    findings = read_submission(data, Templates([folder])).findings
    return [one.cell for one in findings if one.code == "laid_over"]


def changed(data: bytes, pattern: bytes, replacement: bytes) -> bytes:
    """A form whose first drawing is changed."""
    parts = dict(unpack(data))
    name = next(name for name in parts if name.startswith("xl/drawings/drawing"))
    parts[name], count = re.subn(pattern, replacement, parts[name], count=1, flags=re.DOTALL)
    assert count
    return pack(parts)


def test_the_template_of_the_page_makes_a_form_with_its_pictures(
    folder: Path, layout: Layout, tmp_path: Path
) -> None:
    assert lint_template(folder) == ()
    path = tmp_path / "blank.xlsx"
    path.write_bytes(data := write_form(layout, UNIT))
    assert form_problems(path) == general_problems(path) == []
    assert write_form(layout, UNIT) == data
    parts = unpack(data)
    assert sum(name.startswith("xl/media/") for name in parts) == 2
    assert "县徽" in parts["xl/drawings/drawing1.xml"].decode()


def test_a_picture_is_part_of_what_a_form_prints(folder: Path, layout: Layout) -> None:
    (folder / "emblem.png").write_bytes(png(121, 60))
    other = load_template(folder).layout({})
    assert identify(other, UNIT).digest != identify(layout, UNIT).digest
    assert identify(other, UNIT).serial == identify(layout, UNIT).serial


def test_another_drawing_is_told_and_the_form_s_own_is_not(folder: Path, layout: Layout) -> None:
    data = fill_form(
        write_form(layout, UNIT), {"attachments": [{"name": "批复", "copies": 2}]},
        Templates([folder]),
    )  # fmt: skip
    assert laid_over(data, folder) == []
    twice = changed(data, rb"(<xdr:twoCellAnchor.*?</xdr:twoCellAnchor>)", rb"\1\1")
    assert laid_over(twice, folder) == ["A1"]
    stretched = changed(data, rb"(<xdr:to>.*?<xdr:row>)0", rb"\g<1>4")
    assert laid_over(stretched, folder) == ["A1"]
    moved = changed(data, rb"(<xdr:from>.*?<xdr:row>)0", rb"\g<1>2")
    assert laid_over(moved, folder) == ["A3"]


@pytest.mark.office
@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_pictures_come_back_from_an_office(
    office: Office, tmp_path: Path, folder: Path, layout: Layout, kind: str
) -> None:
    sent, returned = tmp_path / "sent.xlsx", tmp_path / f"returned.{kind}"
    sent.write_bytes(data := write_form(layout, UNIT))
    office.convert(sent, returned)
    assert laid_over(returned.read_bytes(), folder) == []
    office.edit(sent, [insert_rows("附件清单", 4, 2)], returned)
    assert laid_over(returned.read_bytes(), folder) == []
    sent.write_bytes(changed(data, rb"(<xdr:to>.*?<xdr:row>)0", rb"\g<1>4"))
    office.convert(sent, returned)
    assert laid_over(returned.read_bytes(), folder) == ["A1"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("none.png", None), ("../emblem.png", None), ("/etc/passwd.png", None),
        ("a.gif", png(9, 9)), ("a.png", b""), ("a.png", b"<svg/>"), ("a.png", png(9, 9)[:20]),
        ("a.png", png(2001, 1)), ("a.png", png(9, 9) + b"\0" * 204_800),
        ("a.jpg", JPEG[:24]), ("a.jpg", b"\xff\xd8\xff\0"),
    ],
)  # fmt: skip
def test_what_is_no_picture_is_a_fault(folder: Path, name: str, data: bytes | None) -> None:
    if data is not None:
        (folder / name).write_bytes(data)
    template = folder / "template.yaml"
    text = template.read_text(encoding="utf-8")
    template.write_text(text.replace("emblem.png", name), encoding="utf-8")
    (fault,) = lint_template(folder)
    assert (fault.code, fault.line) == ("template.no_picture", 10)


def test_a_cell_holds_a_picture_or_something_else(folder: Path) -> None:
    template = folder / "template.yaml"
    text = template.read_text(encoding="utf-8")
    template.write_text(text.replace("label: 县徽", "text: 县徽"), encoding="utf-8")
    (fault,) = lint_template(folder)
    assert (fault.code, fault.line) == ("template.picture_alone", 10)


def test_sizes_are_read_of_both_kinds() -> None:
    assert picture_size(png(120, 60)) == (120, 60)
    assert picture_size(JPEG) == (30, 20)
    assert picture_size(b"GIF89a") is None
