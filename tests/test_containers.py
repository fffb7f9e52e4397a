"""What comes packed: archives and mails, opened to the last file, with nothing taken on trust."""

from __future__ import annotations

import base64
import email
import email.policy
import io
import os
import struct
import subprocess
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

import pytest

from ptxl.model.errors import WorkbookError
from ptxl.receive.containers import Contents, container_kind, unpack
from ptxl.receive.limits import Limits
from ptxl.receive.programs import find_program, write_tar
from ptxl.receive.unpacking import Budget, open_container
from ptxl.receive.workers import Terms
from tests.archives import (
    UNIT_FILES,
    Item,
    Rar,
    compound_tree,
    gbk_zip,
    link,
    mail_of,
    outlook_mail,
    raw_mail,
    tar_of,
    unicode_path,
    zip_of,
    zipped_names,
)
from tests.handmade import ODS_KIND, compound, ods_parts, zipped

LIMITS = Limits()
Write = Callable[[Sequence[str]], bytes]


def opened(data: bytes, limits: Limits = LIMITS, first: int = 0) -> Contents:
    return unpack(data, limits, first=first)


def names(data: bytes) -> list[str]:
    return [entry.name for entry in opened(data).entries]


def refused(data: bytes, limits: Limits = LIMITS) -> list[tuple[str, str]]:
    return [(one.name, one.error.code) for one in opened(data, limits).refused]


@dataclass(frozen=True, slots=True)
class Found:
    """A file in a container or in those packed in it, or why one could not be had."""

    chain: tuple[str, ...]
    data: bytes = b""
    error: WorkbookError | None = None
    sender: str = ""


def walked(tmp_path: Path, data: bytes, limits: Limits = LIMITS) -> list[Found]:
    budget = Budget(limits)
    return list(_below(tmp_path, Found(("packed",), data), budget))


def _below(folder: Path, outer: Found, budget: Budget) -> Iterator[Found]:
    path = folder / str(len(outer.chain))
    path.write_bytes(outer.data)
    try:
        for contents in open_container((path, "packed"), Terms(limits=budget.limits), budget):
            sender = contents.sender or outer.sender
            for one in contents.refused:
                yield Found((*outer.chain, one.name), error=one.error, sender=sender)
            for entry in contents.entries:
                inner = Found((*outer.chain, entry.name), entry.data, sender=sender)
                yield from _below(folder, inner, budget) if entry.kind else [inner]
    except WorkbookError as error:
        yield Found(outer.chain, error=error)


# -- which files are containers


def test_a_kind_is_told_by_content_alone() -> None:
    assert container_kind(zipped_names(["a.xlsx"])) == "zip"
    assert container_kind(zip_of([])) == "zip"
    assert container_kind(mail_of({})) == "eml"
    assert container_kind(b"From wang@jyj.example Sat Nov 28\n" + mail_of({})) == "eml"
    assert container_kind(b"\xef\xbb\xbf\r\n" + mail_of({})) == "eml"
    assert container_kind(b"7z\xbc\xaf\x27\x1c" + bytes(40)) == "7z"
    assert container_kind(b"Rar!\x1a\x07\x01\x00" + bytes(40)) == "rar"
    assert container_kind(b"") is None
    assert container_kind(b"PK\x03\x04" + bytes(100)) is None


@pytest.mark.parametrize(
    "parts",
    [
        {"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"},
        {"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"},
        {"[Content_Types].xml": b"<x/>", "FixedDocumentSequence.fdseq": b"<x/>"},
        {"xl/workbook.bin": b""},
        {"xl\\worksheets\\sheet1.xml": b"<x/>"},
        ods_parts({"a": [[1]]}),
        {"mimetype": b"application/epub+zip", "a.xhtml": b"<x/>"},
        {"mimetype": ODS_KIND},
        {"OFD.xml": b"<x/>"},
        {"META-INF/MANIFEST.MF": b"", "a.class": b""},
        {"Index/Document.iwa": b"", "preview.jpg": b""},
    ],
)
def test_files_that_programs_keep_as_zips_are_no_containers(parts: dict[str, bytes]) -> None:
    assert container_kind(zipped(parts)) is None
    assert unpack(zipped(parts), LIMITS) == Contents(None)


@pytest.mark.parametrize(
    "page",
    [
        b"MIME-Version: 1.0\nX-Document-Type: Workbook\nContent-Type: multipart/related\n\n",
        b"From: <Saved by Blink>\r\nSubject: a\r\nDate: Sat, 28 Nov 2026 10:15:00 +0800\r\n"
        b'MIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\ttype="text/html"\r\n\r\nTo: b',
        b"From: a\n, To: b\n",
        "发件人：教育局\n".encode(),
    ],
)
def test_web_pages_and_texts_are_no_mails(page: bytes) -> None:
    assert container_kind(page) is None


def test_an_unpacked_workbook_in_a_zip_is_a_file_in_a_container() -> None:
    inner = zipped({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"})
    (entry,) = opened(zipped({"一科/表.xlsx": inner})).entries
    assert (entry.name, entry.data, entry.kind) == ("一科/表.xlsx", inner, None)


# -- names in zips


def _gbk(folder: str = "") -> Write:
    return lambda names: zip_of(Item(f"{folder}{name}".encode("gb18030")) for name in names)


def _unicode_path(names: Sequence[str]) -> bytes:
    written = [(name, name.encode("gb18030")) for name in names]
    return zip_of(Item(raw, extra=unicode_path(name, raw)) for name, raw in written)


def _mixed(names: Sequence[str]) -> bytes:
    """GBK, but the names of some in UTF-8, which says so: as programs add to an old archive."""
    return zip_of(
        Item(name.encode(), flags=0x800) if number % 3 else Item(name.encode("gb18030"))
        for number, name in enumerate(names)
    )


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(_gbk(), id="GBK, unsaid"),
        pytest.param(_unicode_path, id="GBK and 0x7075"),
        pytest.param(
            lambda names: zip_of(Item(name.encode()) for name in names), id="UTF-8, unsaid"
        ),
        pytest.param(zipped_names, id="UTF-8, said"),
        pytest.param(_mixed, id="both"),
    ],
)
@pytest.mark.parametrize("folder", ["", "报送材料/一科（农业）/"])
def test_names_in_zips_are_read_as_written(write: Write, folder: str) -> None:
    expected = [f"{folder}{name}" for name in UNIT_FILES]
    assert len(set(expected)) >= 219
    assert names(write(expected)) == expected


def test_names_alone_are_read_where_they_are_in_gbk_by_their_bytes() -> None:
    assert sum(names(_gbk()([name])) != [name] for name in UNIT_FILES) == 0


def test_the_second_byte_of_a_character_is_no_separator() -> None:
    assert b"\\" in "乗誠.xlsx".encode("gbk")
    assert names(gbk_zip({"乗誠/誠.xlsx": b"x"})) == ["乗誠/誠.xlsx"]
    assert names(gbk_zip({"一科\\誠.xlsx": b"x", "一科\\": b""})) == ["一科/誠.xlsx"]


def test_a_name_that_lies_about_its_encoding_is_read_by_its_bytes() -> None:
    assert names(zip_of([Item("教育局.xlsx".encode("gbk"), flags=0x800)])) == ["教育局.xlsx"]


def test_a_name_of_another_entry_is_not_believed() -> None:
    raw = "教育局.xlsx".encode("gbk")
    stale = Item(raw, extra=unicode_path("民政局.xlsx", b"other"))
    assert names(zip_of([stale])) == ["教育局.xlsx"]


def test_what_is_in_no_encoding_shows_that_it_is_not_known() -> None:
    (name,) = names(zip_of([Item(b"\xff\xff\xfe-\xbd\xcc.xlsx")]))
    assert "\ufffd" in name
    assert name.endswith("-教.xlsx")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("..\\..\\Windows\\a.dll", "Windows/a.dll"),
        ("a/./b//c.xlsx", "a/b/c.xlsx"),
        ("表\x00\x1b[31m\u202exslx.exe", "表[31mxslx.exe"),
        ("a\r\nb.xlsx", "a b.xlsx"),
        ("长" * 400 + ".xlsx", "长" * 245 + ".xlsx"),
        ("..", "?"),
    ],
)
def test_a_name_is_a_text_for_people_and_no_path(written: str, shown: str) -> None:
    assert names(zip_of([Item(written.encode(), flags=0x800)])) == [shown]


# -- zips that are damaged, forged or too much


def test_one_damaged_entry_does_not_lose_the_others() -> None:
    data = zip_of(
        [
            Item(b"good.xlsx", b"good"), Item(b"crc.xlsx", b"bad", crc=1),
            Item(b"long.xlsx", b"bad" * 100, size=5), Item(b"short.xlsx", b"bad", size=500),
            Item(b"locked.xlsx", b"secret", flags=1), Item(b"method.xlsx", b"x", method=77),
            link("link.xlsx", "/etc/passwd"),
            Item(b"also.xlsx", b"good", method=zipfile.ZIP_STORED),
        ]
    )  # fmt: skip
    assert [(entry.name, entry.data) for entry in opened(data).entries] == [
        ("good.xlsx", b"good"), ("also.xlsx", b"good"),
    ]  # fmt: skip
    assert refused(data) == [
        ("crc.xlsx", "damaged"), ("long.xlsx", "damaged"), ("short.xlsx", "damaged"),
        ("locked.xlsx", "archive_encrypted"), ("method.xlsx", "unreadable"),
        ("link.xlsx", "not_a_workbook"),
    ]  # fmt: skip


def test_entries_of_one_name_are_all_taken_out() -> None:
    data = zip_of([Item(b"a.xlsx", b"1"), Item(b"a.xlsx", b"2")])
    assert [(one.name, one.data) for one in opened(data).entries] == [
        ("a.xlsx", b"1"), ("a.xlsx", b"2"),
    ]  # fmt: skip


def test_folders_and_what_systems_leave_are_passed_over() -> None:
    left = ["__MACOSX/._a.xlsx", ".DS_Store", "一科/Thumbs.db", "~$a.xlsx", ".git/a.xlsx", "空/"]
    assert names(zipped_names([*left, "a.xlsx"])) == ["a.xlsx"]


def test_entries_that_share_bytes_are_refused() -> None:
    data = bytearray(zip_of([Item(b"a.xlsx", b"1" * 50), Item(b"b.xlsx", b"2" * 50)]))
    place = data.rindex(b"PK\x01\x02")
    data[place + 42 : place + 46] = struct.pack("<I", 0)
    with pytest.raises(WorkbookError) as error:
        unpack(bytes(data), LIMITS)
    assert error.value.code == "archive_overlaps"


def test_what_unpacks_to_too_much_is_refused_before_it_is_unpacked() -> None:
    zeros = zlib.compress(bytes(70 << 20), 9)[2:-4]
    data = zip_of([Item(b"a.xlsx", bytes(20 << 20)), Item(b"b.xlsx", b"good")])
    assert refused(data) == [("a.xlsx", "too_large")]
    data = zip_of([Item(b"a.xlsx", os.urandom(3 << 20), method=0)])
    assert refused(data, Limits(file_megabytes=2)) == [("a.xlsx", "too_large")]
    lies = zip_of([Item(b"a.xlsx", zeros, method=0)]).replace(
        b"\x14\x00\x00\x00\x00\x00", b"\x14\x00\x00\x00\x08\x00"
    )
    assert refused(lies) == [("a.xlsx", "damaged")]


def test_a_million_entries_are_not_even_listed() -> None:
    one = b"PK\x01\x02" + bytes(42)
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    directory = one * 1_000_000
    end_64 = struct.pack(
        "<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 1_000_000, 1_000_000, len(directory), 0
    )
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, len(directory), 1)
    with pytest.raises(WorkbookError) as error:
        unpack(directory + end_64 + locator + end, LIMITS)
    assert error.value.code == "too_many_files"


def test_large_zips_with_numbers_elsewhere_are_read() -> None:
    item = Item(b"a.xlsx", b"good")
    data = zip_of([item])
    place = data.rindex(b"PK\x01\x02")
    numbers = struct.pack("<HHQQQ", 1, 24, 4, len(zlib.compress(b"good", 9)) - 6, 0)
    record = bytearray(data[place : place + 46])
    record[20:28], record[42:46] = b"\xff" * 8, b"\xff" * 4
    record[30:32] = struct.pack("<H", len(numbers))
    directory = bytes(record) + item.name + numbers
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 1, 1, len(directory), place, 0)
    assert [one.data for one in opened(data[:place] + directory + end).entries] == [b"good"]


def test_a_volume_of_a_split_archive_is_said_to_be_one() -> None:
    for data in (
        b"PK\x07\x08" + zip_of([Item(b"a.xlsx")])[:-30],
        zip_of([Item(b"a.xlsx")]).replace(b"PK\x05\x06\x00\x00", b"PK\x05\x06\x02\x00"),
    ):
        with pytest.raises(WorkbookError) as error:
            unpack(data, LIMITS)
        assert error.value.code == "archive_split"


def test_files_come_in_slices() -> None:
    data = zip_of(Item(f"{n}.xlsx".encode(), os.urandom(7 << 20), method=0) for n in range(8))
    first = opened(data)
    assert [one.name for one in first.entries] == ["0.xlsx", "1.xlsx", "2.xlsx"]
    assert (first.following, first.cost) == (3, 21 << 20)
    rest = opened(data, first=6)
    assert [one.name for one in rest.entries] == ["6.xlsx", "7.xlsx"]
    assert rest.following is None


# -- mails

NAME = "清源县教育局预算绩效目标申报表（2026年）镕喆.xlsx"


def _quoted(encoding: str) -> str:
    return quote(NAME.encode(encoding))


def _words(encoding: str, *places: int) -> list[str]:
    """The name in encoded words, cut at these bytes: also inside a character."""
    raw = NAME.encode(encoding)
    cuts = [0, *places, len(raw)]
    pieces = [raw[start:end] for start, end in pairwise(cuts)]
    return [base64.b64encode(piece).decode() for piece in pieces]


def _side_by_side(encoding: str, *places: int) -> str:
    return "\r\n ".join(f"=?{encoding}?B?{word}?=" for word in _words(encoding, *places))


def _q(encoding: str) -> str:
    return "".join(f"={byte:02X}" for byte in NAME.encode(encoding))


_IS = "Content-Disposition: attachment; filename"
SPELLINGS = {
    "RFC 2231, UTF-8": f"{_IS}*=utf-8''{_quoted('utf-8')}",
    "RFC 2231, GBK": f"{_IS}*=gbk''{_quoted('gbk')}",
    "RFC 2231, GBK called GB2312": f"{_IS}*=gb2312''{_quoted('gbk')}",
    "RFC 2231, GB18030": f"{_IS}*=gb18030''{_quoted('gb18030')}",
    "RFC 2231, continued": (
        f"{_IS}*0*=utf-8''{_quoted('utf-8')[:60]};\r\n filename*1*={_quoted('utf-8')[60:]}"
    ),
    "RFC 2231, continued, GBK": (
        f"{_IS}*0*=GBK''{_quoted('gbk')[:60]};\r\n filename*1*={_quoted('gbk')[60:]}"
    ),
    "RFC 2047 B, UTF-8": f'{_IS}="=?utf-8?B?{_words("utf-8")[0]}?="',
    "RFC 2047 B, GBK called GB2312": f'{_IS}="=?gb2312?B?{_words("gbk")[0]}?="',
    "RFC 2047 B, GB18030": f'{_IS}="=?GB18030?b?{_words("gb18030")[0]}?="',
    "RFC 2047 Q, UTF-8": f'{_IS}="=?utf-8?Q?{_q("utf-8")}?="',
    "RFC 2047 Q, GBK": f'{_IS}="=?gbk?q?{_q("gbk")}?="',
    "RFC 2047 without quotes": f"{_IS}==?utf-8?B?{_words('utf-8')[0]}?=",
    "cut inside a character, UTF-8": f'{_IS}="{_side_by_side("utf-8", 16)}"',
    "cut inside a character, GBK": f'{_IS}="{_side_by_side("gbk", 15, 30)}"',
    "name only": f'Content-Type: application/vnd.ms-excel; name="=?gbk?B?{_words("gbk")[0]}?="',
    "two ways at once": f"{_IS}=\"form.xlsx\"; filename*=utf-8''{_quoted('utf-8')}",
    "two ways at once, the other first": f"{_IS}*=utf-8''{_quoted('utf-8')}; filename=\"f.xlsx\"",
    "per cent": f'{_IS}="{_quoted("utf-8")}"',
    "raw UTF-8": f'{_IS}="{NAME}"',
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_attachments_have_their_names_in_every_spelling(spelling: str) -> None:
    assert names(raw_mail(SPELLINGS[spelling].encode())) == [NAME]


@pytest.mark.parametrize("quotes", ['"', ""])
def test_a_raw_name_in_gbk_is_read(quotes: str) -> None:
    assert names(raw_mail(f"{_IS}={quotes}{NAME}{quotes}".encode("gbk"))) == [NAME]


@pytest.fixture
def in_china(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("in_china")
def test_a_mail_says_when_it_was_sent_and_by_whom() -> None:
    contents = opened(mail_of({NAME: b"abc", "盖章.png": b"\x89PNG\r\n"}))
    assert contents.sent == datetime(2026, 11, 28, 10, 15)
    assert contents.sender == "wang@jyj.example"
    assert [(one.name, one.data) for one in contents.entries] == [
        (NAME, b"abc"), ("盖章.png", b"\x89PNG\r\n"),
    ]  # fmt: skip


@pytest.mark.usefixtures("in_china")
@pytest.mark.parametrize(
    ("zone", "day", "hour"),
    [
        ("-0000", 28, 7), ("-0000 (UTC)", 28, 7), ("+0000", 28, 7), ("GMT", 28, 7),
        ("+0800", 27, 23), ("-0500", 28, 12), ("", 27, 23),
    ],
)  # fmt: skip
def test_a_mail_was_sent_by_the_clock_of_this_machine(zone: str, day: int, hour: int) -> None:
    head = f"From: a@b.example\nTo: c@d.example\nDate: Fri, 27 Nov 2026 23:00:00 {zone}\n\nx"
    assert opened(head.encode()).sent == datetime(2026, 11, day, hour)


def _in_words(raw: bytes, encoding: str = "utf-8") -> str:
    return f"=?{encoding}?B?{base64.b64encode(raw).decode()}?="


@pytest.mark.parametrize(
    ("sender", "shown"),
    [
        (_in_words("王芳".encode("gbk")), "王芳"),
        (f'"{_in_words("王芳".encode("gbk"))}"', "王芳"),
        (f"{_in_words('王芳'.encode('gbk'))} <wang@jyj.example>", "wang@jyj.example"),
        (f"{_in_words('王芳'.encode('gbk'))}@jyj.example", "王芳@jyj.example"),
        (_in_words(b"\xff" * 4), "����"),
        (_in_words(b"\xff" * 4, "gb2312"), "����"),
        (_in_words(b"+2AA-x", "utf-7"), ""),
    ],
)
def test_a_sender_in_another_encoding_than_it_says_is_text(sender: str, shown: str) -> None:
    contents = opened(f"From: {sender}\nTo: c@d.example\nSubject: x\n\nx".encode())
    assert contents.sender == shown


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        (f'filename="{_in_words(NAME.encode("gbk"))}"', NAME),
        (f"filename*=utf-8''{_quoted('gbk')}", NAME),
        (
            f"filename*=UTF-8''{quote(NAME.encode()[:-6])}",
            NAME.encode()[:-6].decode("utf-8", "replace"),
        ),
        (f'filename="{_quoted("gbk")}"', NAME),
        (
            f'filename="{_in_words(NAME.encode()[:-6])}"',
            NAME.encode()[:-6].decode("utf-8", "replace"),
        ),
        (f'filename="{_in_words(b"+2AA-.xls", "utf-7")}"', "2"),
        (f'filename="{_in_words("表.xls".encode("gbk"), "unheard-of")}"', "表.xls"),
    ],
)
def test_a_name_in_another_encoding_than_it_says_is_text(header: str, shown: str) -> None:
    assert names(raw_mail(f"Content-Disposition: attachment; {header}".encode())) == [shown]


def test_a_mail_that_says_nothing_of_itself_is_opened() -> None:
    bare = b"From:\nTo:\nDate: yesterday\nContent-Disposition: attachment; filename=a.xlsx\n\nx"
    contents = opened(bare)
    assert (contents.sent, contents.sender) == (None, "")
    assert [(one.name, one.data) for one in contents.entries] == [("a.xlsx", b"x")]


def test_what_a_person_wrote_is_no_file() -> None:
    mail = EmailMessage()
    mail["From"], mail["To"] = "a@b.example", "c@d.example"
    mail.set_content("您好")
    mail.add_alternative("<p>您好</p>", subtype="html")
    assert opened(mail.as_bytes()).entries == ()


def test_pictures_in_the_text_and_attachments_without_a_name_are_files() -> None:
    mail = EmailMessage()
    mail["From"], mail["To"] = "a@b.example", "c@d.example"
    mail.set_content("<img src='cid:1'>", subtype="html")
    mail.add_related(b"\x89PNG", "image", "png", cid="<1>", filename="章.png", disposition="inline")
    mail.add_attachment(b"PK", "application", "octet-stream")
    assert [(one.name, one.data) for one in opened(mail.as_bytes()).entries] == [
        ("章.png", b"\x89PNG"), ("3", b"PK"),
    ]  # fmt: skip


@pytest.mark.parametrize("encoded", [b"YWJj\r\nZ", b"YW=Jj####", b"YWJjZA"])
def test_broken_base64_is_said(encoded: bytes) -> None:
    data = raw_mail(b"Content-Disposition: attachment; filename=a.xls", encoded=encoded)
    assert refused(data) == [("a.xls", "attachment_broken")]


def test_an_attachment_at_the_end_of_half_a_mail_is_cut_short() -> None:
    data = mail_of({"a.xls": b"a" * 300, "b.xls": b"b" * 300})
    half = data[: data.rindex(b"YmJi")]
    assert [one.name for one in opened(half).entries] == ["a.xls"]
    assert refused(half) == [("b.xls", "cut_short")]


def test_a_mail_in_a_mail_is_a_file_that_is_a_container() -> None:
    inner = mail_of({"表.xlsx": b"abc"}, subject="转：绩效/目标", sender="li@wjj.example")
    mail = EmailMessage()
    mail["From"], mail["To"] = "a@b.example", "c@d.example"
    mail.set_content("见附件")
    mail.add_attachment(email.message_from_bytes(inner, policy=email.policy.default))
    (entry,) = opened(mail.as_bytes()).entries
    assert (entry.name, entry.kind) == ("转：绩效 目标.eml", "eml")
    assert [one.data for one in opened(entry.data).entries] == [b"abc"]
    assert opened(entry.data).sender == "li@wjj.example"


@pytest.mark.parametrize(
    ("subject", "named"),
    [
        ("", "2"), ("  ", "2"), (".", "2"), ("../", "2"), ("...见附件", "见附件"), ("~$表", "$表"),
        (".DS_Store", "DS_Store"), ("一/.二\\~$三", "一 .二 ~$三"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("given", [None, ".eml"])
def test_a_mail_in_a_mail_is_never_hidden(subject: str, named: str, given: str | None) -> None:
    inner = mail_of({"表.xlsx": b"abc"}, subject=subject)
    mail = EmailMessage()
    mail["From"], mail["To"] = "a@b.example", "c@d.example"
    mail.set_content("见附件")
    mail.add_attachment(
        email.message_from_bytes(inner, policy=email.policy.default), filename=given
    )
    (entry,) = opened(mail.as_bytes()).entries
    assert (entry.name, entry.kind) == (f"{named}.eml", "eml")
    assert [one.data for one in opened(entry.data).entries] == [b"abc"]
    outlook = outlook_mail(
        {"a.xls": b"1", "fw": outlook_mail({"表.xlsx": b"abc"}, subject=subject)}
    )
    assert names(compound_tree(outlook)) == ["a.xls", f"{named}/表.xlsx"]


# -- all that is packed in a file


def test_everything_is_found_at_any_depth(tmp_path: Path) -> None:
    inner = gbk_zip({"表.xlsx": b"1", "说明/另.xls": b"2"})
    mail = mail_of({"材料.zip": gbk_zip({"一科/内.zip": inner, "盖章.png": b"3"}), "甲.xlsx": b"4"})
    data = zip_of([Item("信.eml".encode(), mail), Item("乙.xlsx".encode(), b"5")])
    found = walked(tmp_path, data)
    assert [(one.chain, one.data, one.sender) for one in found] == [
        (("packed", "信.eml", "材料.zip", "一科/内.zip", "表.xlsx"), b"1", "wang@jyj.example"),
        (("packed", "信.eml", "材料.zip", "一科/内.zip", "说明/另.xls"), b"2", "wang@jyj.example"),
        (("packed", "信.eml", "材料.zip", "盖章.png"), b"3", "wang@jyj.example"),
        (("packed", "信.eml", "甲.xlsx"), b"4", "wang@jyj.example"),
        (("packed", "乙.xlsx"), b"5", ""),
    ]


def test_a_file_that_is_no_container_holds_nothing(tmp_path: Path) -> None:
    assert walked(tmp_path, b"text") == []


def test_an_empty_container_is_a_container(tmp_path: Path) -> None:
    for data in (zip_of([]), zipped_names([".DS_Store"]), mail_of({})):
        assert walked(tmp_path, data) == []
        assert container_kind(data) is not None


def test_what_was_read_before_a_budget_is_used_up_stands(tmp_path: Path) -> None:
    many = zip_of(Item(f"{n}.xlsx".encode(), b"x") for n in range(60))
    data = zip_of(Item(f"{n}.zip".encode(), many) for n in range(4))
    found = walked(tmp_path, data, Limits(archive_files=100))
    assert [one.error.code for one in found if one.error] == ["archive_too_large"] * 2
    assert sum(one.error is None for one in found) == 120
    large = zip_of(Item(f"{n}".encode(), os.urandom(9 << 20), method=0) for n in range(6))
    found = walked(tmp_path, large, Limits(archive_megabytes=20))
    assert [one.error.code for one in found if one.error] == ["archive_too_large"]
    assert sum(one.error is None for one in found) == 4


@pytest.mark.slow
def test_zips_in_zips_in_zips_cost_no_more_than_their_budget(tmp_path: Path) -> None:
    data = zip_of(Item(b"%d" % number, bytes(8 << 20)) for number in range(16))
    for _ in range(4):
        data = zip_of(Item(b"%d.zip" % number, data) for number in range(16))
    found = walked(tmp_path, data, Limits(archive_megabytes=200))
    assert sum(len(one.data) for one in found) <= 224 << 20
    codes = {one.error.code for one in found if one.error}
    assert codes == {"archive_too_large"}


def test_a_mail_of_endless_parts_is_refused() -> None:
    head = b"From: a@b.example\nTo: c@d.example\nContent-Type: multipart/mixed; boundary=x\n\n"
    part = b"--x\nContent-Disposition: attachment; filename=a.xls\n\n\n"
    with pytest.raises(WorkbookError) as error:
        unpack(head + part * 300, Limits(archive_files=200))
    assert error.value.code == "too_many_files"
    with pytest.raises(WorkbookError) as error:
        unpack(head + b"--x\n" + _nested_parts(3000), LIMITS)
    assert error.value.code == "damaged"


def _nested_parts(depth: int) -> bytes:
    return b"".join(
        b"Content-Type: multipart/mixed; boundary=n%d\n\n--n%d\n" % (number, number)
        for number in range(depth)
    )


def test_a_container_that_ends_its_worker_ends_only_that(tmp_path: Path) -> None:
    slow = Limits(seconds=1)
    parameters = b"; ".join(b"a%d=%d" % (number, number) for number in range(400))
    part = b"--x\nContent-Disposition: attachment; " + parameters + b"; filename=a.xls\n\n\n"
    head = b"From: a@b.example\nTo: c@d.example\nContent-Type: multipart/mixed; boundary=x\n\n"
    data = zip_of([Item(b"slow.eml", head + part * 2000), Item(b"a.xlsx", b"1")])
    found = walked(tmp_path, data, slow)
    assert [one.error.code for one in found if one.error] == ["timed_out"]
    assert [one.data for one in found if not one.error] == [b"1"]


# -- mails of Outlook


@pytest.mark.usefixtures("in_china")
def test_a_mail_of_outlook_is_opened() -> None:
    forwarded = outlook_mail({"内.xlsx": b"in"}, subject="转/发")
    large = os.urandom(9000)
    data = compound_tree(outlook_mail({NAME: b"abc", "民政局.xls": large, "fw": forwarded}))
    contents = opened(data)
    assert (contents.kind, contents.sender) == ("msg", "wang@jyj.example")
    assert contents.sent == datetime(2026, 11, 27, 6, 15)
    assert [(one.name, one.data) for one in contents.entries] == [
        (NAME, b"abc"), ("民政局.xls", large), ("转 发/内.xlsx", b"in"),
    ]  # fmt: skip


def test_an_attached_object_of_outlook_is_said() -> None:
    tree = outlook_mail({"图": {"CONTENTS": b"x"}, "a.xlsx": b"1"})
    assert [one.name for one in opened(compound_tree(tree)).entries] == ["a.xlsx"]
    assert refused(compound_tree(tree)) == [("图", "unreadable")]


def test_other_compound_files_are_no_mails() -> None:
    assert container_kind(compound({"Workbook": b"x"})) is None
    assert container_kind(compound({"WordDocument": b"x"})) is None
    below = compound_tree({"MBD1": {"__properties_version1.0": b"x" * 40}, "Workbook": b"x"})
    assert container_kind(below) is None


def test_storages_that_hang_in_a_circle_are_read_once() -> None:
    data = bytearray(compound_tree(outlook_mail({"a.xlsx": b"1"})))
    place = data.index("__attach".encode("utf-16-le"))
    data[place + 68 : place + 80] = struct.pack("<III", 1, 2, 1)
    assert container_kind(bytes(data)) == "msg"


# -- tars


def test_a_tar_is_opened() -> None:
    files = {f"一科/{'长' * 80}/教育局.xlsx": b"1" * 700, "a.xls": b"2"}
    contents = opened(tar_of(files))
    assert contents.kind == "tar"
    assert {one.name: one.data for one in contents.entries} == files


def test_a_tar_of_old_with_names_in_gbk_is_opened() -> None:
    target = io.BytesIO()
    with tarfile.open(
        fileobj=target, mode="w", format=tarfile.GNU_FORMAT, encoding="gb18030"
    ) as archive:
        for name in (*UNIT_FILES, "长" * 60 + ".xlsx"):
            archive.addfile(tarfile.TarInfo(name))
    assert names(target.getvalue()) == [*UNIT_FILES, "长" * 60 + ".xlsx"]


def test_links_and_devices_in_a_tar_lead_nowhere() -> None:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, kind in (("s", tarfile.SYMTYPE), ("h", tarfile.LNKTYPE), ("d", tarfile.CHRTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
        archive.addfile(tarfile.TarInfo("../../a.xlsx"))
    assert names(target.getvalue()) == ["a.xlsx"]
    assert refused(target.getvalue()) == [("s", "not_a_workbook"), ("h", "not_a_workbook")]


def test_what_a_tar_holds_before_a_broken_header_is_read() -> None:
    data = bytearray(tar_of({"a.xls": b"1" * 500, "b.xls": b"2"}))
    data[data.index(b"b.xls")] ^= 1
    assert names(bytes(data)) == ["a.xls"]
    assert refused(bytes(data)) == [("?", "damaged")]
    assert refused(bytes(tar_of({"a.xls": b"1" * 5000})[:2000])) == [("a.xls", "cut_short")]


# -- what other programs open


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (Rar({"a.xlsx": b"1"}, volume=True).written(), "archive_split"),
        (Rar({"a.xlsx": b"1"}, sealed=True).written(), "archive_encrypted"),
        (Rar({"a.xlsx": b"1"}).written()[:9], "cut_short"),
        (b"Rar!\x1a\x07\x00" + struct.pack("<HBHH6x", 0, 0x73, 0x0001, 13), "archive_split"),
        (b"Rar!\x1a\x07\x00" + struct.pack("<HBHH6x", 0, 0x73, 0x0080, 13), "archive_encrypted"),
        (
            b"Rar!\x1a\x07\x00" + struct.pack("<HBHH6xHBHHI", 0, 0x73, 0, 13, 0, 0x74, 4, 32, 1),
            "archive_encrypted",
        ),
        (b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<IQQI", 0, 900, 50, 0), "archive_split"),
        (
            b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<IQQI", 0, 0, 4, 0) + b"\x06\xf1\x07\x01",
            "archive_encrypted",
        ),
        (b"7z\xbc\xaf\x27\x1c", "cut_short"),
    ],
)
def test_what_no_program_can_open_is_told_by_its_headers(data: bytes, code: str) -> None:
    with pytest.raises(WorkbookError) as error:
        unpack(data, LIMITS)
    assert error.value.code == code


def test_without_a_program_the_officer_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    find_program.cache_clear()
    try:
        (found,) = walked(tmp_path, Rar({"a.xlsx": b"1"}).written())
    finally:
        monkeypatch.undo()
        find_program.cache_clear()
    assert found.error is not None
    assert "rar" in found.error.reason("zh")
    assert "请先解压" in found.error.reason("zh")


def test_a_rar_is_opened_by_another_program(tmp_path: Path, archivers: Path) -> None:
    inner = gbk_zip({"内.xlsx": b"3"})
    files = {"一科/教育局.xlsx": b"1" * 5000, "../../b.xls": b"2", "c.zip": inner}
    found = walked(tmp_path, Rar(files).written())
    assert {one.chain[1:]: one.data for one in found} == {
        ("一科/教育局.xlsx",): b"1" * 5000, ("b.xls",): b"2", ("c.zip", "内.xlsx"): b"3",
    }  # fmt: skip
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "2"]


def _7z(folder: Path, files: dict[str, bytes], *options: str) -> bytes:
    """A 7z as 7-Zip writes it."""
    source = folder / "source"
    for name, content in files.items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    target = folder / "made.7z"
    command = ["7zz", "a", "-bd", *options, str(target), "."]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    data = target.read_bytes()
    target.unlink()
    return data


def test_a_7z_is_opened_by_another_program(tmp_path: Path, archivers: Path) -> None:
    files = {f"报送/{name}": name.encode() * 50 for name in UNIT_FILES[:40]}
    found = walked(tmp_path, _7z(archivers, files))
    assert {one.chain[1]: one.data for one in found} == files


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["-psecret", "-mhc=on"], "archive_not_opened"),
        (["-psecret", "-mhc=off"], "archive_encrypted"),
        (["-psecret", "-mhe=on"], "archive_encrypted"),
    ],
)
def test_a_7z_with_a_password_is_said(
    tmp_path: Path, archivers: Path, options: list[str], code: str
) -> None:
    (found,) = walked(tmp_path, _7z(archivers, dict.fromkeys(UNIT_FILES[:20], b"1"), *options))
    assert found.error is not None
    assert found.error.code == code


def test_a_7z_that_unpacks_to_too_much_is_ended(tmp_path: Path, archivers: Path) -> None:
    data = _7z(archivers, {"a.xlsx": bytes(80 << 20), "b.xlsx": b"1"})
    assert len(data) < 100_000
    (found,) = walked(tmp_path, data, Limits(total_megabytes=20))
    assert found.error is not None
    assert found.error.code == "archive_too_large"


def test_a_program_that_takes_too_long_is_ended(tmp_path: Path, archivers: Path) -> None:
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    slow.chmod(0o755)
    source = tmp_path / "a.rar"
    source.write_bytes(Rar({"a.xlsx": b"1"}).written())
    started = time.monotonic()
    with pytest.raises(WorkbookError) as error:
        write_tar(slow, source, tmp_path / "tar", Limits(seconds=0.5))
    assert error.value.code == "timed_out"
    assert time.monotonic() - started < 5
