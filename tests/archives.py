"""Archives and mails written byte by byte, as the programs of a desk write them, or worse."""

from __future__ import annotations

import base64
import io
import stat
import struct
import tarfile
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


def zip_of(items: Iterable[Item]) -> bytes:
    """A zip written as its items say."""
    body, directory, count = b"", b"", 0
    for count, item in enumerate(items, 1):  # noqa: B007 - how many there were
        packed = item.data
        if item.method == zipfile.ZIP_DEFLATED:
            packed = zlib.compress(item.data, 9)[2:-4]
        numbers = struct.pack(
            "<HHHHIII", item.flags, item.method, 17 << 11 | 30 << 5, 46 << 9 | 3 << 5 | 15,
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


# -- mails of Outlook

_SECTOR, _SMALL, _CUTOFF = 512, 64, 4096
_FREE, _END, _TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
Tree = Mapping[str, "bytes | Tree"]


@dataclass(slots=True)
class _Node:
    name: str
    kind: int
    content: bytes = b""
    right: int = _FREE
    child: int = _FREE


def compound_tree(tree: Tree) -> bytes:
    """A compound file of storages in storages; small streams lie where such lie."""
    nodes = [_Node("Root Entry", 5)]
    _hang(nodes, nodes[0], tree)
    table: list[int] = []
    body, small, small_table = b"", b"", list[int]()
    starts = {}
    for number, node in enumerate(nodes):
        if node.kind == 2 and len(node.content) < _CUTOFF:
            starts[number] = len(small_table) if node.content else _END
            small += _linked(node.content, small_table, _SMALL)
        elif node.kind == 2:
            starts[number] = len(table)
            body += _linked(node.content, table, _SECTOR)
    small_at, nodes[0].content = len(table) if small else _END, small
    body += _linked(small, table, _SECTOR)
    small_table_at = len(table) if small else _END
    body += _linked(struct.pack(f"<{len(small_table)}I", *small_table), table, _SECTOR)
    directory_at = len(table)
    starts[0] = small_at
    directory = b"".join(_written(node, starts.get(number, 0)) for number, node in enumerate(nodes))
    body += _linked(directory, table, _SECTOR)
    count = -(-(len(table) + 1) // (_SECTOR // 4 - 1))
    places = list(range(len(table), len(table) + count))
    table += [_TABLE] * count
    table += [_FREE] * (-len(table) % (_SECTOR // 4))
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0,
        count, directory_at, 0, _CUTOFF, small_table_at, -(-len(small_table) // 128), _END, 0,
    )  # fmt: skip
    header += struct.pack("<109I", *(places + [_FREE] * 109)[:109])
    return header + body + struct.pack(f"<{len(table)}I", *table)


def _hang(nodes: list[_Node], parent: _Node, tree: Tree) -> None:
    """Add what is in a storage: each to the right of the one before."""
    before = None
    for name, content in tree.items():
        node = _Node(name, 2, content) if isinstance(content, bytes) else _Node(name, 1)
        nodes.append(node)
        if before is None:
            parent.child = len(nodes) - 1
        else:
            before.right = len(nodes) - 1
        before = node
        if not isinstance(content, bytes):
            _hang(nodes, node, content)


def _linked(content: bytes, table: list[int], sector: int) -> bytes:
    padded = content + bytes(-len(content) % sector)
    count = len(padded) // sector
    table += [len(table) + number + 1 for number in range(count - 1)]
    table += [_END] * min(count, 1)
    return padded


def _written(node: _Node, start: int) -> bytes:
    text = node.name.encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII36xIII", text, len(text) + 2, node.kind, 1, _FREE, node.right, node.child,
        start, len(node.content), 0,
    )  # fmt: skip


def outlook_mail(
    files: Mapping[str, bytes | Tree], subject: str = "报送", sender: str = "wang@jyj.example"
) -> Tree:
    """The storages and streams of a mail; an attachment that is a tree is a mail itself."""
    ticks = 134_402_049_000_000_000  # 2026-11-27 02:15 UTC
    properties = bytes(32) + struct.pack("<HHIQ", 0x40, 0x39, 6, ticks)
    tree: dict[str, bytes | Tree] = {
        "__nameid_version1.0": {"__substg1.0_00020102": b""},
        "__properties_version1.0": properties,
        "__substg1.0_0037001F": subject.encode("utf-16-le"),
        "__substg1.0_0C1F001E": b"/O=QINGYUAN/CN=WANG",
        "__substg1.0_5D01001E": sender.encode("gbk"),
        "__substg1.0_1000001F": "附件请查收。".encode("utf-16-le"),
    }
    for number, (name, content) in enumerate(files.items()):
        is_file = isinstance(content, bytes)
        tree[f"__attach_version1.0_#{number:08X}"] = {
            "__properties_version1.0": bytes(8),
            "__substg1.0_3704001E": b"A.XLS",
            "__substg1.0_3707001E" if number % 2 else "__substg1.0_3707001F": (
                name.encode("gbk") if number % 2 else name.encode("utf-16-le")
            ),
            "__substg1.0_37010102" if is_file else "__substg1.0_3701000D": content,
        }
    return tree


# -- other archives


@dataclass(frozen=True, slots=True)
class Rar:
    """A rar of version 5 whose files are stored, with what its headers may say."""

    files: Mapping[str, bytes]
    volume: bool = False
    sealed: bool = False

    def written(self) -> bytes:
        """The bytes of it."""
        body = b"Rar!\x1a\x07\x01\x00" + self._block(
            b"\x01\x00" + (b"\x01" if self.volume else b"\0")
        )
        for name, data in self.files.items():
            text = name.encode()
            extra = _varint(1 + 4) + b"\x01" + bytes(4) if self.sealed else b""
            about = b"\x02" + _varint(2 | bool(extra))
            about += _varint(len(extra)) if extra else b""
            about += _varint(len(data)) + _varint(4) + _varint(len(data)) + _varint(0o100644)
            about += struct.pack("<I", zlib.crc32(data)) + _varint(0) + _varint(1)
            body += self._block(about + _varint(len(text)) + text + extra) + data
        return body + self._block(b"\x05\x00\x00")

    @staticmethod
    def _block(header: bytes) -> bytes:
        whole = _varint(len(header)) + header
        return struct.pack("<I", zlib.crc32(whole)) + whole


def _varint(number: int) -> bytes:
    found = bytearray()
    while number >= 0x80:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*found, number))


def tar_of(files: Mapping[str, bytes]) -> bytes:
    """A tar as programs of today write it."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(data), 1_795_897_655
            archive.addfile(member, io.BytesIO(data))
    return target.getvalue()
