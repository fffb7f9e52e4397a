"""Packages that are not what they say."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from random import Random

import msoffcrypto.format.ooxml

from tests.handmade import compound, zipped
from tests.hostile.whole import MILLION, SHEET, Case, Form, over


def containers(data: bytes, form: Form) -> Iterator[Case]:
    parts = form.parts
    for share in (1, 10, 30, 50, 70, 90, 99):
        yield f"zip-cut-at-{share}.xlsx", data[: len(data) * share // 100]
    yield "zip-cut-last-byte.xlsx", data[:-1]
    yield "zip-cut-end.xlsx", data[:-22]
    yield "zip-hole.xlsx", data[:4000] + data[6000:]
    yield "zip-zeroed-middle.xlsx", data[:4000] + bytes(3000) + data[7000:]
    yield "zip-text-mode.xlsx", data.replace(b"\n", b"\r\n")
    yield "zip-7-bit.xlsx", bytes(byte & 0x7F for byte in data)
    yield "zip-trailing-newline.xlsx", data + b"\r\n"
    yield "zip-trailing-kilobyte.xlsx", data + Random(3).randbytes(1000)
    yield "zip-trailing-lot.xlsx", data + Random(3).randbytes(80_000)
    yield "zip-leading-bytes.xlsx", b"mail header\r\n\r\n" + data
    yield "zip-leading-header.xlsx", b"PK\x03\x04" + bytes(26) + data
    yield "zip-twice.xlsx", data + data
    yield "zip-other-form-behind.xlsx", data + form.amount('<c r="F5" s="19"><v>99</v></c>')
    end = data.rindex(b"PK\x05\x06")
    comment = data[end:]
    yield "zip-comment-is-an-end.xlsx", data[: end + 20] + b"\x16\x00" + comment
    yield "zip-comment.xlsx", data[: end + 20] + b"\x05\x00hello"
    yield "zip-stored.xlsx", zipped(parts, zipfile.ZIP_STORED)
    yield "zip-bzip2.xlsx", zipped(parts, zipfile.ZIP_BZIP2)
    yield "zip-lzma.xlsx", zipped(parts, zipfile.ZIP_LZMA)
    yield "zip-streamed.xlsx", _streamed(parts)
    yield "zip-64.xlsx", _zip_64(parts)
    yield "zip-folders.xlsx", zipped([("xl/", b""), ("docProps/", b""), *parts.items()])
    yield "zip-much-beside.xlsx", zipped(parts | {f"custom/{n}.bin": b"x" for n in range(900)})
    yield "zip-1001-parts.xlsx", zipped(parts | {f"custom/{n}.bin": b"x" for n in range(1000)})
    yield "zip-60000-parts.xlsx", zipped([(f"c/{n}", b"") for n in range(60_000)])
    sheet = parts[SHEET]
    changed = sheet.replace(b"<v>4.83</v>", b"<v>99</v>")
    yield "zip-part-twice.xlsx", zipped([*parts.items(), (SHEET, changed)])
    yield "zip-part-twice-same.xlsx", zipped([*parts.items(), (SHEET, sheet)])
    yield "zip-part-in-capitals.xlsx", zipped([(SHEET.upper(), changed), *parts.items()])
    yield (
        "zip-part-full-width.xlsx",
        zipped([*parts.items(), ("xl/worksheets/ｓheet3.xml", changed)]),
    )
    yield "zip-backslashes.xlsx", zipped([(n.replace("/", "\\"), c) for n, c in parts.items()])
    yield (
        "zip-one-backslash.xlsx",
        zipped([*parts.items(), ("xl\\worksheets\\sheet3.xml", changed)]),
    )
    yield "zip-absolute.xlsx", zipped([*parts.items(), ("/" + SHEET, changed)])
    yield "zip-upwards.xlsx", zipped([*parts.items(), ("../../etc/cron.d/x", b"x")])
    yield "zip-dotted.xlsx", zipped([*parts.items(), ("xl/./worksheets/sheet3.xml", changed)])
    yield "zip-nul-in-name.xlsx", zipped([*parts.items(), (SHEET + "\0.png", changed)])
    yield "zip-long-name.xlsx", zipped([*parts.items(), ("x" * 60_000, b"x")])
    zeros = zlib.compress(bytes(150 * MILLION), 9)[2:-4]
    yield "zip-bomb.xlsx", _bomb(parts, "xl/media/image1.png", zeros, 150 * MILLION)
    yield "zip-bomb-lies.xlsx", _bomb(parts, "xl/media/image1.png", zeros, 1000)
    yield "zip-bomb-sheet.xlsx", form.put(SHEET, sheet + b" " * (129 * MILLION))
    yield (
        "zip-bomb-many.xlsx",
        zipped([*parts.items(), *((f"xl/media/{n}.png", bytes(MILLION * 7)) for n in range(60))]),
    )
    yield "zip-bomb-ratio.xlsx", form.put("xl/media/image1.png", bytes(20 * MILLION))
    yield (
        "zip-dense-blanks.xlsx",
        form.change(SHEET, b"</worksheet>", b" " * (7 * MILLION) + b"</worksheet>"),
    )
    yield "zip-overlap.xlsx", _overlapping(parts)
    yield "zip-wrong-checksum.xlsx", _in_directory(data, SHEET, 16, b"\x01\x02\x03\x04")
    yield "zip-wrong-size.xlsx", _in_directory(data, SHEET, 24, struct.pack("<I", 10))
    yield "zip-size-4gb.xlsx", _in_directory(data, SHEET, 24, b"\xfe\xff\xff\xff")
    yield "zip-wrong-packed-size.xlsx", _in_directory(data, SHEET, 20, struct.pack("<I", 10))
    yield "zip-packed-size-beyond.xlsx", _in_directory(data, SHEET, 20, b"\xfe\xff\xff\x0f")
    yield "zip-wrong-place.xlsx", _in_directory(data, SHEET, 42, struct.pack("<I", 9))
    yield "zip-place-beyond.xlsx", _in_directory(data, SHEET, 42, b"\xfe\xff\xff\x0f")
    yield "zip-unknown-method.xlsx", _in_directory(data, SHEET, 10, struct.pack("<H", 77))
    yield "zip-deflate64.xlsx", _in_directory(data, SHEET, 10, struct.pack("<H", 9))
    yield "zip-password.xlsx", _in_directory(data, SHEET, 8, struct.pack("<H", 1))
    yield "zip-other-local-name.xlsx", _local_name(data, SHEET, b"xl/worksheets/sheet9.xml")
    yield "zip-too-new.xlsx", _in_directory(data, SHEET, 6, struct.pack("<H", 990))
    yield "zip-wrong-count.xlsx", data[: end + 8] + struct.pack("<HH", 3, 3) + data[end + 12 :]
    yield "zip-directory-beyond.xlsx", data[: end + 16] + b"\xff\xff\xff\x7f" + data[end + 20 :]
    yield "zip-directory-size.xlsx", data[: end + 12] + b"\xff\xff\xff\x7f" + data[end + 16 :]
    place = data.index(SHEET.encode()) + len(SHEET) + 200
    yield "zip-flipped-bit.xlsx", data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :]
    for password, name in (("VelvetSweatshop", "built-in"), ("secret", "secret")):
        target = io.BytesIO()
        msoffcrypto.format.ooxml.OOXMLFile(io.BytesIO(data)).encrypt(password, target)
        yield f"password-{name}.xlsx", target.getvalue()
    yield "password-stub.xlsx", compound({"EncryptedPackage": b"x" * 5000, "EncryptionInfo": b""})


def _streamed(parts: dict[str, bytes]) -> bytes:
    """With sizes behind the parts, as programs write that do not know them beforehand."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: object) -> int:
            raise io.UnsupportedOperation

        def tell(self) -> int:
            raise io.UnsupportedOperation

    target = Pipe()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _zip_64(parts: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as part:
                part.write(content)
    return target.getvalue()


def _bomb(parts: dict[str, bytes], name: str, packed: bytes, stated: int) -> bytes:
    """With a part that unpacks to far more than its packed size, or than it says."""
    data = zipped([*parts.items(), (name, packed)], zipfile.ZIP_STORED)
    local = data.rindex(b"PK\x03\x04", 0, data.rindex(b"PK\x01\x02"))
    for place in (local, data.rindex(b"PK\x01\x02") + 2):
        # method, checksum, packed size, size: two bytes later in the directory than with the part
        data = over(data, place + 8, struct.pack("<H", 8))
        data = over(
            data,
            place + 14,
            struct.pack("<III", zlib.crc32(bytes(150 * MILLION)), len(packed), stated),
        )
    return data


def _overlapping(parts: dict[str, bytes]) -> bytes:
    """With two hundred entries for the same packed bytes."""
    data = zipped(parts | {"xl/media/a000.png": bytes(1000)})
    end = data.rindex(b"PK\x05\x06")
    start = data.rindex(b"PK\x01\x02")
    entry = data[start:end]
    more = b"".join(entry.replace(b"a000", b"a%03d" % n) for n in range(1, 200))
    count, size, place = struct.unpack_from("<HII", data, end + 10)
    tail = struct.pack(
        "<4s4xHHIIH", b"PK\x05\x06", count + 199, count + 199, size + len(more), place, 0
    )
    return data[:end] + more + tail


def _in_directory(data: bytes, name: str, offset: int, value: bytes) -> bytes:
    """With another value in the entry of a part in the directory."""
    place = data.rindex(name.encode(), 0, data.rindex(b"PK\x05\x06")) - 46 + offset
    return data[:place] + value + data[place + len(value) :]


def _local_name(data: bytes, name: str, other: bytes) -> bytes:
    return data.replace(name.encode(), other, 1)
