"""An xls with something wrong in its sectors or records."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from random import Random

from tests.handmade import (
    BOF,
    BOUNDSHEET,
    DIMENSIONS,
    EOF,
    LABEL,
    NUMBER,
    SECTOR,
    compound,
    stream_of,
)
from tests.hostile.whole import Case, over, records_of_form, xls_of


def compounds(data: bytes) -> Iterator[Case]:
    records = records_of_form(data)
    stream = stream_of(records)
    whole = compound({"Workbook": stream})
    globals_end = records.index((EOF, b""))
    last = len(records) - 1

    def inserted(place: int, *more: tuple[int, bytes]) -> bytes:
        return xls_of([*records[:place], *more, *records[place:]])

    def edited(kinds: tuple[int, ...], change: Callable[[bytes], bytes]) -> bytes:
        return xls_of([(kind, change(text) if kind in kinds else text) for kind, text in records])

    def in_globals(kind: int, content: bytes) -> bytes:
        return inserted(globals_end, (kind, content))

    def in_sheet(kind: int, content: bytes) -> bytes:
        return inserted(sheet_end, (kind, content))

    ends = [number for number, record in enumerate(records) if record[0] == EOF]
    sheet_end = ends[3]  # the sheet with the answers
    amount = records.index((NUMBER, struct.pack("<HHHd", 4, 5, 0, 4.83)))

    def instead(*others: tuple[int, bytes]) -> bytes:
        """With other records in the place of a sum of money."""
        return xls_of([*records[:amount], *others, *records[amount + 1 :]])

    yield "xls-whole.xls", whole
    yield "xls-named-xlsx.xlsx", whole
    for share in (1, 10, 50, 90, 99):
        yield f"xls-cut-at-{share}.xls", whole[: len(whole) * share // 100]
    yield "xls-cut-in-sector.xls", whole[:-100]
    yield "xls-header-only.xls", whole[:SECTOR]
    yield "xls-zeroed-table.xls", over(whole, len(whole) - SECTOR, bytes(SECTOR))
    yield "xls-loop.xls", over(whole, len(whole) - SECTOR, struct.pack("<I", 0) * 128)
    yield (
        "xls-chain-beyond.xls",
        over(whole, len(whole) - SECTOR, struct.pack("<I", 0x00FFFFFF) * 128),
    )
    yield "xls-directory-beyond.xls", over(whole, 48, struct.pack("<I", 0x00FFFFFF))
    yield (
        "xls-directory-is-table.xls",
        over(whole, 48, struct.pack("<I", len(whole) // SECTOR - 2)),
    )
    yield "xls-more-tables-loop.xls", over(whole, 68, struct.pack("<II", 0, 9))
    yield "xls-table-count.xls", over(whole, 44, struct.pack("<I", 0xFFFFFFFF))
    yield "xls-sector-size-1.xls", over(whole, 30, struct.pack("<H", 0))
    yield "xls-sector-size-huge.xls", over(whole, 30, struct.pack("<H", 31))
    yield "xls-cutoff-huge.xls", over(whole, 56, struct.pack("<I", 0xFFFFFFFF))
    name = whole.index("Workbook".encode("utf-16-le"))
    yield "xls-stream-size-huge.xls", over(whole, name + 120, struct.pack("<I", 0x7FFFFFFF))
    yield "xls-stream-size-zero.xls", over(whole, name + 120, struct.pack("<I", 0))
    yield "xls-stream-start-beyond.xls", over(whole, name + 116, struct.pack("<I", 0x00FFFFFF))
    yield "xls-stream-is-storage.xls", over(whole, name + 66, b"\x01")
    yield "xls-name-length.xls", over(whole, name + 64, b"\xff\xff")
    yield "xls-sibling-loop.xls", over(whole, name + 72, struct.pack("<I", 1))
    yield "xls-empty-stream.xls", compound({"Workbook": b""})
    yield "xls-zero-stream.xls", compound({"Workbook": bytes(5000)})
    yield "xls-random-stream.xls", compound({"Workbook": Random(6).randbytes(50_000)})
    yield "xls-both-streams.xls", compound({"Book": stream, "Workbook": stream})
    yield "xls-old-stream.xls", compound({"Book": stream})
    yield "xls-xlsx-inside.xls", compound({"Workbook": data})
    yield "xls-bare-stream.xls", stream
    properties = "\x05DocumentSummaryInformation"
    beside = compound({"Workbook": stream, properties: b"\xfe\xff" + bytes(5000)})
    entry = beside.index(properties.encode("utf-16-le"))
    yield "xls-properties-rubbish.xls", beside
    yield "xls-properties-cut.xls", over(beside, entry + 116, struct.pack("<II", 0xFFFFFFFE, 9000))
    yield "xls-macros.xls", compound({"Workbook": stream}, ["_VBA_PROJECT_CUR"])
    yield "xls-macro-sheet.xls", xls_of([
        (kind, text[:5] + b"\x01" + text[6:]) if number == globals_end - 1 else (kind, text)
        for number, (kind, text) in enumerate(records)
    ])  # fmt: skip
    yield "xls-password.xls", xls_of([records[0], (0x2F, b"\1\0\1\0" + bytes(50)), *records[1:]])
    yield "xls-password-odd.xls", xls_of([records[0], (0x2F, b"\0"), *records[1:]])
    yield "xls-no-begin.xls", xls_of(records[1:])
    yield "xls-excel-5.xls", edited((BOF,), lambda text: text.replace(b"\0\x06", b"\0\x05", 1))
    yield "xls-no-end.xls", xls_of(records[:last])
    yield "xls-only-globals.xls", xls_of(records[: globals_end + 1])
    yield "xls-sheet-place-beyond.xls", compound({"Workbook": _places(stream, 0x7FFFFFFF)})
    yield "xls-sheet-place-zero.xls", compound({"Workbook": _places(stream, 0)})
    yield "xls-sheet-place-odd.xls", compound({"Workbook": _places(stream, 77)})
    yield "xls-sheet-name-length.xls", edited((BOUNDSHEET,), lambda text: over(text, 6, b"\xff"))
    yield (
        "xls-record-beyond.xls",
        compound({"Workbook": stream[:-4] + struct.pack("<HH", LABEL, 0xFFFF)}),
    )
    yield "xls-short-records.xls", edited((LABEL, NUMBER), lambda text: text[:5])
    yield (
        "xls-empty-records.xls",
        xls_of([(kind, b"") if kind != BOF else (kind, text) for kind, text in records]),
    )
    for record in (
        LABEL,
        NUMBER,
        0xFD,
        0x27E,
        0xBD,
        0x06,
        0xE5,
        0x1BE,
        0x18,
        0xFC,
        DIMENSIONS,
        0x208,
        0x3C,
        0x205,
        0x207,
    ):
        yield f"xls-empty-{record:03x}.xls", in_sheet(record, b"")
    yield "xls-cell-twice.xls", in_sheet(NUMBER, struct.pack("<HHHd", 4, 5, 0, 99.0))
    at = struct.pack("<HHH", 65535, 255, 0)
    yield "xls-last-cell.xls", in_sheet(NUMBER, at + struct.pack("<d", 1))
    yield "xls-column-beyond.xls", in_sheet(NUMBER, struct.pack("<HHHd", 5, 65535, 0, 1.0))
    yield "xls-corner-beyond.xls", in_sheet(NUMBER, struct.pack("<HHHd", 65535, 65535, 0, 1.0))
    yield "xls-not-a-number.xls", instead((NUMBER, struct.pack("<HHHd", 4, 5, 0, float("nan"))))
    yield "xls-many-backwards.xls", in_sheet(0xBD, struct.pack("<HHHIHIH", 40, 9, 0, 0, 0, 0, 3))
    yield (
        "xls-many-beyond.xls",
        in_sheet(0xBD, struct.pack("<HH", 40, 0) + bytes(12) + struct.pack("<H", 65535)),
    )
    yield (
        "xls-dimensions-huge.xls",
        in_sheet(DIMENSIONS, struct.pack("<IIHHH", 0, 0xFFFFFFFF, 0, 0xFFFF, 0)),
    )
    yield (
        "xls-dimensions-whole.xls",
        in_sheet(DIMENSIONS, struct.pack("<IIHHH", 0, 65536, 0, 256, 0)),
    )
    yield "xls-dimensions-backwards.xls", in_sheet(DIMENSIONS, struct.pack("<IIHHH", 9, 3, 9, 3, 0))
    yield "xls-strings-huge.xls", in_globals(0xFC, struct.pack("<II", 0xFFFFFFFF, 0xFFFFFFFF))
    yield "xls-strings-cut.xls", in_globals(0xFC, struct.pack("<IIHB", 1, 1, 500, 1) + b"ab")
    yield "xls-string-unknown.xls", instead((0xFD, struct.pack("<HHHI", 4, 5, 0, 0xFFFFFFFF)))
    yield (
        "xls-text-longer-than-record.xls",
        in_sheet(LABEL, struct.pack("<HHHHB", 40, 1, 0, 60_000, 1) + b"ab"),
    )
    yield (
        "xls-text-half-a-character.xls",
        in_sheet(LABEL, struct.pack("<HHHHB", 40, 1, 0, 2, 1) + b"abc"),
    )
    yield (
        "xls-formula-cached.xls",
        instead((0x06, struct.pack("<HHHdHIH", 4, 5, 0, 4.83, 0, 0, 3) + b"\x1e\x05\x00")),
    )
    yield (
        "xls-formula-rubbish.xls",
        instead((0x06, struct.pack("<HHHdHIH", 4, 5, 0, 4.83, 0, 0, 60_000) + b"\xff" * 50)),
    )
    yield (
        "xls-formula-text-missing.xls",
        instead((0x06, struct.pack("<HHH", 4, 5, 0) + b"\0" * 6 + b"\xff\xff" + bytes(8))),
    )
    yield "xls-error.xls", instead((0x205, struct.pack("<HHHBB", 4, 5, 0, 7, 1)))
    yield "xls-merge-count.xls", in_sheet(0xE5, struct.pack("<H", 0xFFFF) + bytes(8))
    yield "xls-merge-all.xls", in_sheet(0xE5, struct.pack("<HHHHH", 1, 0, 65535, 0, 255))
    merges = struct.pack("<H", 1000) + struct.pack("<HHHH", 50, 50, 1, 2) * 1000
    yield "xls-merges.xls", inserted(sheet_end, *[(0xE5, merges)] * 30)
    yield "xls-codepage.xls", in_globals(0x42, struct.pack("<H", 65535))
    yield "xls-continue.xls", inserted(globals_end, *[(0x3C, bytes(8000))] * 50)
    yield "xls-name-rubbish.xls", in_globals(0x18, bytes([0, 0, 0, 255]) + bytes([255]) * 60)
    yield "xls-bof-nested.xls", inserted(sheet_end, *[(BOF, records[0][1])] * 2000)
    chart = (BOF, struct.pack("<HHHHII", 0x600, 0x20, 0x0DBB, 0x07CC, 0, 6))
    remembered = [(NUMBER, struct.pack("<HHHd", 4, 5, 0, number)) for number in (99.0, 98.0)]
    yield "xls-chart.xls", inserted(sheet_end, chart, *remembered, (EOF, b""))
    yield "xls-charts.xls", inserted(sheet_end, *[chart, *remembered, (EOF, b"")] * 3)
    yield "xls-chart-in-chart.xls", inserted(sheet_end, chart, chart, (EOF, b""), (EOF, b""))
    yield (
        "xls-cell-twice-behind-chart.xls",
        inserted(sheet_end, chart, (EOF, b""), *remembered[:1]),
    )
    sheets_more = [(BOUNDSHEET, struct.pack("<IBBBB", 0, 0, 0, 1, 0) + b"S")] * 3000
    yield "xls-3000-sheets.xls", inserted(globals_end, *sheets_more)


def _places(stream: bytes, place: int) -> bytes:
    """With all sheets at one place."""
    found, at = stream, 0
    while (at := found.find(struct.pack("<H", BOUNDSHEET), at)) >= 0 and at < 600:
        found = over(found, at + 4, struct.pack("<I", place))
        at += 8
    return found
