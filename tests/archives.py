"""Archives and mails written byte by byte, as the programs of a desk write them, or worse."""

from __future__ import annotations

import base64
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from itertools import product

TO, DAY = "ysk@qingyuan.gov.cn", "Sat, 28 Nov 2026 10:15:00 +0800"

_PLACES = (
    "清源县", "东关镇", "西岭乡", "石桥镇", "龙泉街道", "柳林镇", "喆家洼乡", "镕山镇", "乡宁镇",
    "圩塘镇", "瑄河乡", "閏家镇", "砼厂街道", "氾水镇",
)  # fmt: skip
_OFFICES = (
    "教育局", "卫生健康局", "财政所", "人民医院", "第一中学", "农业农村局", "畜牧兽医站",
    "自然资源和规划局", "民政办公室", "文化馆", "疾病预防控制中心", "公路养护段", "水利站",
    "市场监督管理局", "退役军人事务局", "融媒体中心", "机关事务中心",
)  # fmt: skip
#: names as files of units have them; second bytes of some characters are those of \, | and @
UNIT_FILES = tuple(
    f"{101001 + number}_{place}{office}.xlsx"
    for number, (place, office) in enumerate(product(_PLACES, _OFFICES))
)


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of a zip, as it is written: each number is what the file says, right or wrong."""

    name: bytes
    data: bytes = b"x"
    flags: int = 0
    extra: bytes = b""
    method: int = zipfile.ZIP_DEFLATED
    size: int | None = None
    crc: int | None = None
    attributes: int = 0
    moment: tuple[int, int, int, int, int, int] = (2026, 3, 15, 17, 30, 10)


def zip_of(items: Iterable[Item]) -> bytes:
    """A zip written as its items say."""
    body, directory, count = b"", b"", 0
    for count, item in enumerate(items, 1):  # noqa: B007 - how many there were
        packed = item.data
        if item.method == zipfile.ZIP_DEFLATED:
            packed = zlib.compress(item.data, 9)[2:-4]
        year, month, day, hour, minute, second = item.moment
        numbers = struct.pack(
            "<HHHHIII", item.flags, item.method, hour << 11 | minute << 5 | second // 2,
            year - 1980 << 9 | month << 5 | day,
            zlib.crc32(item.data) if item.crc is None else item.crc,
            len(packed), len(item.data) if item.size is None else item.size,
        )  # fmt: skip
        lengths = struct.pack("<HH", len(item.name), len(item.extra))
        directory += b"PK\x01\x02\x14\x03\x14\0" + numbers + lengths
        directory += struct.pack("<HHHII", 0, 0, 0, item.attributes, len(body))
        directory += item.name + item.extra
        body += b"PK\x03\x04\x14\0" + numbers + lengths + item.name + item.extra + packed
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, count, count, len(directory), len(body), 0)
    return body + directory + end


def unicode_path(name: str, written: bytes) -> bytes:
    """The extra field in which some programs say what a name is in UTF-8."""
    content = struct.pack("<BI", 1, zlib.crc32(written)) + name.encode()
    return struct.pack("<HH", 0x7075, len(content)) + content


def link(name: str, target: str) -> Item:
    """A link, as zips of Unix hold it."""
    return Item(name.encode(), target.encode(), attributes=(stat.S_IFLNK | 0o777) << 16)


def gbk_zip(files: Mapping[str, bytes]) -> bytes:
    """A zip as Windows and most Chinese programs write it: names in GBK, and nothing says so."""
    return zip_of(Item(name.encode("gb18030"), data) for name, data in files.items())


def mail_of(
    files: Mapping[str, bytes], subject: str = "报送绩效目标", sender: str = "wang@jyj.example"
) -> bytes:
    """A mail with attachments, as a mail program of today writes it."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Date"] = f"王芳 <{sender}>", TO, subject, DAY
    mail["Message-ID"] = "<1@jyj.example>"
    mail.set_content("附件请查收。\n")
    for name, data in files.items():
        mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


def raw_mail(*headers: bytes, data: bytes = b"abc", encoded: bytes | None = None) -> bytes:
    """A mail with one attachment whose headers are these lines."""
    content = base64.encodebytes(data) if encoded is None else encoded
    lines = [
        b"From: wang@jyj.example", b"To: " + TO.encode(), b"Date: " + DAY.encode(),
        b"MIME-Version: 1.0", b'Content-Type: multipart/mixed; boundary="-x-"', b"", b"---x-",
        b"Content-Type: text/plain", b"", b"hello", b"---x-", *headers,
        b"Content-Transfer-Encoding: base64", b"", content, b"---x---", b"",
    ]  # fmt: skip
    return b"\r\n".join(lines)


def zipped_names(names: Sequence[str], data: bytes = b"x") -> bytes:
    """A zip as Python writes it."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            archive.writestr(name, data)
    return target.getvalue()
