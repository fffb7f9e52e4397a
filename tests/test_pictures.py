"""Pictures that a form prints: what is one, where it stands, and that no other passes for it."""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptxl.layout.identity import identify
from ptxl.model.layout import Layout
from ptxl.ooxml.package import pack, unpack
from ptxl.read import read_submission
from ptxl.renew.fill import fill_form
from ptxl.template import Templates, lint_template, load_template
from ptxl.template.pictures import is_whole, picture_size
from ptxl.write.stencil import write_form
from tests.conftest import ROOT, UNIT
from tests.office import Office, insert_rows
from tests.rawxml import form_problems, general_problems


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(head: bytes, pixels: bytes, before: bytes = b"") -> bytes:
    """A PNG that says so much of itself, with something before its pixels."""
    parts = chunk(b"IHDR", head), before, chunk(b"IDAT", pixels), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def png(width: int, height: int) -> bytes:
    """A PNG of one colour, which says that it is printed very small."""
    rows = (b"\0" + b"\xc8\0\0" * width) * height
    density = chunk(b"pHYs", struct.pack(">2IB", 11811, 11811, 1))
    head = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    return png_of(head, zlib.compress(rows), density)


def small_png(bits: int, colour: int, size: int, palette: bytes = b"", passes: int = 0) -> bytes:
    """A PNG of 5 × 5 pixels, which are so many bytes with the first ones of rows."""
    head = struct.pack(">2I5B", 5, 5, bits, colour, 0, 0, passes)
    return png_of(head, zlib.compress(bytes(size)), palette)


def segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">2BH", 0xFF, marker, len(data) + 2) + data


def jpeg(width: int, height: int) -> bytes:
    """A grey JPEG: every block of 8 × 8 pixels is two bits."""
    blocks = -(-width // 8) * -(-height // 8)
    one_code = b"\1" + bytes(15) + b"\0"
    return b"".join((
        b"\xff\xd8",
        segment(0xE0, b"JFIF\0\1\1\1\0\x48\0\x48\0\0"),
        segment(0xDB, b"\0" + b"\1" * 64),
        segment(0xC0, struct.pack(">B2H4B", 8, height, width, 1, 1, 0x11, 0)),
        segment(0xC4, b"\0" + one_code + b"\x10" + one_code),
        segment(0xDA, b"\1\1\0\0\x3f\0"),
        bytes(-(-blocks // 4)) + b"\xff\xd9",
    ))  # fmt: skip


JPEG = jpeg(30, 20)


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


HEAD = struct.pack(">2I5B", 9, 9, 8, 2, 0, 0, 0)
ROWS = zlib.compress(bytes(9 * 28))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.png", png(9, 9)[:40]), ("a.png", png(9, 9)[:-1]), ("a.png", png(9, 9)[:-12]),
        ("a.png", png(9, 9)[:-4] + b"abcd"), ("a.png", png(9, 9) + b"PK"),
        ("a.png", png_of(HEAD, b"none")), ("a.png", png_of(HEAD, ROWS[:-1])),
        ("a.png", png_of(HEAD, zlib.compress(bytes(9 * 28 - 1)))),
        ("a.png", png_of(HEAD, zlib.compress(bytes(50_000_000)))),
        ("a.png", png_of(HEAD, ROWS, chunk(b"IHDR", HEAD))),
        ("a.png", png_of(HEAD + b"\0", ROWS)),
        ("a.png", small_png(8, 9, 30)), ("a.png", small_png(4, 2, 80)),
        ("a.png", small_png(8, 3, 30)), ("a.png", small_png(8, 0, 30, passes=2)),
        ("a.jpg", JPEG[:-1]), ("a.jpg", JPEG[:100] + JPEG[-2:]), ("a.jpg", JPEG + b"\0"),
        ("a.jpg", JPEG[:2] + JPEG[89:]), ("a.jpg", JPEG[:-5] + JPEG[-2:]),
        ("a.jpg", JPEG[:20] + JPEG[89:102] + b"\xff\xd9"),
    ],
)  # fmt: skip
def test_a_part_of_a_picture_is_a_fault(folder: Path, name: str, data: bytes) -> None:
    assert picture_size(data)
    (folder / name).write_bytes(data)
    template = folder / "template.yaml"
    text = template.read_text(encoding="utf-8")
    template.write_text(text.replace("emblem.png", name), encoding="utf-8")
    (fault,) = lint_template(folder)
    assert (fault.code, fault.line) == ("template.picture_damaged", 10)


@pytest.mark.parametrize(
    "data",
    [
        JPEG, jpeg(1, 1), png(1, 1), small_png(1, 0, 10), small_png(16, 6, 5 * 41),
        small_png(2, 3, 15, chunk(b"PLTE", bytes(12))), small_png(8, 4, 55),
        # 25 pixels, of which its passes have 1, 1, 2, 2, 3, 6, 10, in 11 rows with a first byte
        small_png(8, 0, 25 + 11, passes=1),
    ],
    ids=range(8),
)  # fmt: skip
def test_whole_pictures_of_all_sorts_are_printed(folder: Path, data: bytes) -> None:
    assert is_whole(data)
    (folder / "emblem.png").write_bytes(data)
    assert write_form(load_template(folder).layout({}), UNIT)


@given(whole=st.sampled_from([png(3, 2), JPEG]), kept=st.integers(20, 200))
def test_no_beginning_of_a_picture_is_whole(whole: bytes, kept: int) -> None:
    begun = whole[:kept]
    assert begun == whole or picture_size(begun) is None or not is_whole(begun)


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
