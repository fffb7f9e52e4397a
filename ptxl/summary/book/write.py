"""Sheets and their lines → the bytes of a workbook, line by line.

A small workbook is made of all but the lines. Its parts are then copied one by one, and the lines
of each data sheet are put into its part as they come: none of them is held.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from typing import BinaryIO

from ptxl.markup import unescape
from ptxl.summary.book.data_sheets import DataPart, table_name
from ptxl.summary.book.frame import Content, write_frame
from ptxl.summary.book.lines import LineWriter, Links, styles_of
from ptxl.summary.book.pages import Pages
from ptxl.summary.book.paper import page_for, rows_on
from ptxl.summary.places import MOST_LINES, parts_of
from ptxl.summary.sheets import FIRST_LINE, DataSheet, Line, PrintSheet, Sheet, bare
from ptxl.values.money import added
from ptxl.words import Speaker

_BORN = (2020, 1, 1, 0, 0, 0)  # same content, same bytes: no clock
_SHEET = "xl/worksheets/sheet{}.xml"
_TABLES = "xl/tables/"
_PATTERNS = re.compile(rf'<row r="{FIRST_LINE + 1}" .*</row>(?=</sheetData>)', re.DOTALL)
_STYLE = re.compile(r' s="([0-9]+)"')
_DIMENSION = re.compile('<dimension ref="[^"]*"')
_TABLE_NAME = re.compile('displayName="([^"]*)"')
_TABLE_CELLS = re.compile(' ref="[A-Z0-9:]+"')
#: what comes behind the links of a sheet, if there are none
_BEHIND_LINKS = re.compile("<(?:printOptions|pageMargins) ")
#: how many rows are compressed at once
_BATCH = 500
#: from so many cells on a part may need the longer form of a zip's entry, which others avoid
_MANY_CELLS = 8_000_000

Lines = Callable[[DataSheet], Iterator[Line]]


def write_book(
    target: BinaryIO, sheets: Sequence[Sheet], lines: Lines, speaker: Speaker, *, title: str,
    most_lines: int = MOST_LINES,
) -> None:  # fmt: skip
    """Write sheets into a workbook, in their order.

    `lines` yields those of a data sheet, as many as it says; of a data sheet that needs several
    sheets, as one holds `most_lines`, it is asked twice. Same sheets and lines, same bytes. Raises
    ValueError where there are more or fewer lines than a sheet says.
    """
    contents = list(_contents(sheets, lines, most_lines))
    with (
        zipfile.ZipFile(io.BytesIO(write_frame(contents, speaker, title))) as frame,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as book,
    ):
        _Copy(frame, book, contents, lines, speaker).copy()


def _contents(sheets: Sequence[Sheet], lines: Lines, most: int) -> Iterator[Content]:
    tables: set[str] = set()
    for sheet in sheets:
        if isinstance(sheet, PrintSheet):
            yield sheet
            continue
        parts = parts_of(sheet, most)
        sums = _sums(sheet, lines, [part.lines for part in parts])
        for number, (part, own) in enumerate(zip(parts, sums, strict=True), 1):
            table = table_name(part.name, tables)
            yield DataPart(sheet, part, own, table, number, len(parts))


def _sums(sheet: DataSheet, lines: Lines, counts: Sequence[int]) -> Iterator[Mapping[str, Decimal]]:
    """Yield the sums of the lines of each part, exact."""
    if len(counts) == 1:
        yield {key: total.value for key, total in sheet.totals.items()}
        return
    keys = [column.key for column in sheet.columns if column.total]
    coming = lines(sheet)
    for count in counts:
        sums = dict.fromkeys(keys, Decimal(0))
        for line in islice(coming, count):
            for key in keys:
                sums[key] = added((sums[key], _amount(line.get(key))))
        yield sums


def _amount(value: object) -> Decimal:
    value = bare(value)
    return Decimal(value) if isinstance(value, int | Decimal) else Decimal(0)


class _Copy:
    """Copies the parts of a frame into a book, and puts lines into those of data sheets."""

    def __init__(
        self, frame: zipfile.ZipFile, book: zipfile.ZipFile, contents: Sequence[Content],
        lines: Lines, speaker: Speaker,
    ) -> None:  # fmt: skip
        self._frame = frame
        self._book = book
        self._speaker = speaker
        self._lines = lines
        self._data = {
            number: content
            for number, content in enumerate(contents, 1)
            if isinstance(content, DataPart)
        }
        self._tables = {data.table: data for data in self._data.values()}
        #: the lines of each data sheet that are still to come
        self._coming: dict[str, Iterator[Line]] = {}

    def copy(self) -> None:
        """Write all parts; the relations of a data sheet stand behind it, all else in order."""
        sheets = {_SHEET.format(number): data for number, data in self._data.items()}
        relations = set(map(_relations_of, sheets))
        for name in self._frame.namelist():
            if name in sheets:
                self._write_sheet(name, sheets[name])
            elif name not in relations:
                part = self._frame.read(name).decode()
                part = self._ended_table(part) if name.startswith(_TABLES) else part
                self._book.writestr(_entry(name), part)
        for key, lines in self._coming.items():
            if next(lines, None) is not None:
                raise ValueError(f"sheet {key!r} has more lines than it says")

    def _write_sheet(self, name: str, data: DataPart) -> None:
        part = self._frame.read(name).decode()
        patterns = _PATTERNS.search(part)
        assert patterns
        before, after = part[: patterns.start()], part[patterns.end() :]
        numbers = [
            [int(number) for number in _STYLE.findall(row)]
            for row in patterns[0].split("</row>")[:-1]
        ]
        links, pages = Links(), Pages(rows_on(page_for(data.widths), data.widths), before)
        writer = LineWriter(data.sheet.columns, styles_of(numbers), self._speaker, links, pages)
        large = data.part.lines * len(data.sheet.columns) > _MANY_CELLS
        with self._book.open(_entry(name), "w", force_zip64=large) as written:
            head = _DIMENSION.sub(f'<dimension ref="{data.cells}"', before, count=1)
            written.write(head.encode())
            for rows in self._rows(writer, data):
                written.write(rows.encode())
            written.write(_with_links(pages.shown(after), links.xml).encode())
        self._write_relations(_relations_of(name), links)

    def _write_relations(self, name: str, links: Links) -> None:
        end = "</Relationships>"
        part = self._frame.read(name).decode().replace(end, f"{links.relations}{end}")
        self._book.writestr(_entry(name), part)

    def _rows(self, writer: LineWriter, data: DataPart) -> Iterator[str]:
        """Yield the rows of a part, some at a time."""
        row = FIRST_LINE + 1
        if not data.part.lines:
            first = data.sheet.columns[0].key
            yield writer.row(row, {first: self._speaker.say("summary.book.nothing")})
            return
        key = data.sheet.key
        if key not in self._coming:
            self._coming[key] = self._lines(data.sheet)
        lines = islice(self._coming[key], data.part.lines)
        while batch := list(islice(lines, _BATCH)):
            yield "".join(writer.row(number, line) for number, line in enumerate(batch, row))
            row += len(batch)
        if row != data.last + 2:
            raise ValueError(f"sheet {key!r} has fewer lines than it says")

    def _ended_table(self, part: str) -> str:
        """The part of a table, with the cells that it has now that all lines are written."""
        found = _TABLE_NAME.search(part)
        assert found
        cells = self._tables[unescape(found[1])].table_cells
        return _TABLE_CELLS.sub(f' ref="{cells}"', part)


def _relations_of(sheet: str) -> str:
    return sheet.replace("worksheets/", "worksheets/_rels/") + ".rels"


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _BORN)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 0
    return entry


def _with_links(after: str, links: str) -> str:
    """What follows the rows of a sheet, with more links."""
    if not links:
        return after
    if "</hyperlinks>" in after:
        return after.replace("</hyperlinks>", f"{links}</hyperlinks>")
    behind = _BEHIND_LINKS.search(after)
    assert behind
    at = behind.start()
    return f"{after[:at]}<hyperlinks>{links}</hyperlinks>{after[at:]}"
