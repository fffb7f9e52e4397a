"""Containers and workbooks written byte by byte, so that tests can also write them wrong."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

Grid = Sequence[Sequence[object]]
Records = list[tuple[int, bytes]]

_DATE = (2026, 1, 1, 0, 0, 0)
SECTOR = 512
#: smaller streams would need sectors of their own kind
_SMALLEST = 4096
_FREE, _END, _TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD

BOF, EOF, BOUNDSHEET, CODEPAGE, DIMENSIONS = 0x809, 0x0A, 0x85, 0x42, 0x200
LABEL, NUMBER, BOOLEAN = 0x204, 0x203, 0x205


# -- packages


def unzipped(data: bytes) -> dict[str, bytes]:
    """The parts of a package."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(
    parts: Mapping[str, bytes] | Iterable[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """A package; pairs, so that a name can stand in it twice."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name that stands in it twice
        for name, content in parts.items() if isinstance(parts, Mapping) else parts:
            entry = zipfile.ZipInfo("x", _DATE)
            entry.filename = name  # as it is, backslashes and all
            entry.compress_type = method
            archive.writestr(entry, content)
    return target.getvalue()


# -- compound files


def compound(streams: Mapping[str, bytes], storages: Iterable[str] = ()) -> bytes:
    """A compound file with these streams (and empty storages) in its root."""
    contents = {
        name: content.ljust(_SMALLEST, b"\0") if content else b""
        for name, content in streams.items()
    }
    table: list[int] = []
    body, entries = b"", []
    for name, content in contents.items():
        entries.append((name, 2, len(table) if content else _END, len(content)))
        body += _chained(content, table)
    entries += [(name, 1, 0, 0) for name in storages]
    directory_at = len(table)
    body += _chained(_directory(entries), table)
    per_sector = SECTOR // 4
    count = -(-(len(table) + 1) // (per_sector - 1))
    places = list(range(len(table), len(table) + count))
    table += [_TABLE] * count
    table += [_FREE] * (-len(table) % per_sector)
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0,
        count, directory_at, 0, _SMALLEST, _END, 0, _END, 0,
    )  # fmt: skip
    header += struct.pack("<109I", *(places + [_FREE] * 109)[:109])
    return header + body + struct.pack(f"<{len(table)}I", *table)


def _chained(content: bytes, table: list[int]) -> bytes:
    """Content filled up to whole sectors, their chain added to the table."""
    padded = content + bytes(-len(content) % SECTOR)
    count = len(padded) // SECTOR
    table += [len(table) + number + 1 for number in range(count - 1)]
    table += [_END] * min(count, 1)
    return padded


def _directory(entries: Sequence[tuple[str, int, int, int]]) -> bytes:
    """The root, and below it all entries, each to the right of the one before."""
    found = [_entry("Root Entry", 5, _END, 0, child=1 if entries else _FREE)]
    for number, (name, kind, start, size) in enumerate(entries, 1):
        right = number + 1 if number < len(entries) else _FREE
        found.append(_entry(name, kind, start, size, right=right))
    return b"".join(found)


def _entry(
    name: str, kind: int, start: int, size: int, right: int = _FREE, child: int = _FREE
) -> bytes:
    text = name.encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII36xIII", text, len(text) + 2, kind, 1, _FREE, right, child, start, size, 0
    )


# -- xls


def records_of(stream: bytes) -> Records:
    """The records of a workbook stream."""
    found, place = [], 0
    while place + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, place)
        if kind == 0:  # padding
            break
        found.append((kind, stream[place + 4 : place + 4 + length]))
        place += 4 + length
    return found


def stream_of(records: Iterable[tuple[int, bytes]]) -> bytes:
    """A workbook stream, with the places of its sheets put right."""
    found = list(records)
    starts, place, depth = [], 0, 0
    for kind, content in found:
        if kind == BOF and place and not depth:
            starts.append(place)
        depth += (kind == BOF) - (kind == EOF)
        place += 4 + len(content)
    sheets = iter(starts)
    return b"".join(
        struct.pack("<HH", kind, len(content))
        + (struct.pack("<I", next(sheets, 0)) + content[4:] if kind == BOUNDSHEET else content)
        for kind, content in found
    )


def xls_records(sheets: Mapping[str, Grid], hidden: Iterable[str] = ()) -> Records:
    """A workbook of texts, numbers and booleans as records."""
    unseen = set(hidden)
    found = [(BOF, _begin(5)), (CODEPAGE, struct.pack("<H", 1200))]
    for name in sheets:
        about = struct.pack("<IBBBB", 0, name in unseen, 0, len(name), 1)
        found.append((BOUNDSHEET, about + name.encode("utf-16-le")))
    found.append((EOF, b""))
    for grid in sheets.values():
        width = max((len(row) for row in grid), default=0)
        found.append((BOF, _begin(16)))
        found.append((DIMENSIONS, struct.pack("<IIHHH", 0, len(grid), 0, width, 0)))
        found += _cell_records(grid)
        found.append((EOF, b""))
    return found


def _begin(kind: int) -> bytes:
    return struct.pack("<HHHHII", 0x600, kind, 0x0DBB, 0x07CC, 0, 6)


def _cell_records(grid: Grid) -> Iterator[tuple[int, bytes]]:
    for row, values in enumerate(grid):
        for column, value in enumerate(values):
            at = struct.pack("<HHH", row, column, 0)
            if isinstance(value, bool):
                yield BOOLEAN, at + struct.pack("<BB", value, 0)
            elif isinstance(value, int | float):
                yield NUMBER, at + struct.pack("<d", value)
            elif value != "":
                text = str(value).encode("utf-16-le")
                yield LABEL, at + struct.pack("<HB", len(text) // 2, 1) + text


# -- ods

_NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "table", "text", "style", "meta", "manifest")
)
ODS_KIND = b"application/vnd.oasis.opendocument.spreadsheet"


def ods_parts(sheets: Mapping[str, Grid]) -> dict[str, bytes]:
    """The parts of a workbook of texts, numbers and booleans."""
    tables = "".join(
        f"<table:table table:name={quoteattr(name)}>{''.join(map(_row, grid))}</table:table>"
        for name, grid in sheets.items()
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_NAMES} '
        f'office:version="1.2"><office:body><office:spreadsheet>{tables}</office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    manifest = (
        f'<?xml version="1.0"?><manifest:manifest {_NAMES}><manifest:file-entry '
        f'manifest:full-path="/" manifest:media-type="{ODS_KIND.decode()}"/></manifest:manifest>'
    )
    return {
        "mimetype": ODS_KIND,
        "META-INF/manifest.xml": manifest.encode(),
        "content.xml": content.encode(),
    }


def _row(values: Sequence[object]) -> str:
    return f"<table:table-row>{''.join(map(_cell, values))}</table:table-row>"


def _cell(value: object) -> str:
    if value == "":
        return "<table:table-cell/>"
    if isinstance(value, bool):
        about = f'office:value-type="boolean" office:boolean-value="{str(value).lower()}"'
    elif isinstance(value, int | float):
        about = f'office:value-type="float" office:value="{value!r}"'
    else:
        about = 'office:value-type="string"'
    lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in str(value).split("\n"))
    return f"<table:table-cell {about}>{lines}</table:table-cell>"
