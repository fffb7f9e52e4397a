"""Checks an ods for macros and for how far its sheets reach; leaves out what nobody reads of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from xml.parsers import expat

from ptxl.model.refusals import refusal
from ptxl.receive.limits import Limits

_TABLE_NAMES = b"urn:oasis:names:tc:opendocument:xmlns:table:1.0"
_TABLE, _ROW, _CELL, _COVERED = (
    f"{_TABLE_NAMES.decode()}}}{name}"
    for name in ("table", "table-row", "table-cell", "covered-table-cell")
)
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
#: a library may be there and hold nothing
_MACROS = re.compile(r"^(?:Basic/.+/(?!script-l[bc]\.xml$)[^/]+\.xml|Scripts/.+[^/])$")
_ROWS = re.compile(rb'-rows-repeated="([0-9]{1,3})"')
_COLUMNS = re.compile(rb'-columns-repeated="([0-9]{1,3})"')
_LARGE = re.compile(rb'-repeated(?!="[0-9]{1,3}")')
#: a large number as offices write it: of blanks at the end of a row. It begins with letters, and
#: has no number but that
_AT_END = re.compile(
    rb'<table:table-cell (?:table:style-name="\w*+" )?table:number-columns-repeated="[0-9]{4,9}"/>'
    rb"(?=</table:table-row>)"
)
_NUMBERS = re.compile(rb' office:value-type="(?:float|percentage|currency)"')
#: how many blanks a text has in one place; readers write them all out
_SPACES = re.compile(rb""":c\s*=\s*["']\s*([0-9]{1,20})""")
_MOST_SPACES = 1_000_000
_TABLE_TAG, _TABLE_END = b"<table:table ", b"</table:table>"
_BARE_TABLE_TAG = b"<table:table>"
#: the rest of a tag, where no attribute hides its end
_REST_OF_TAG = re.compile(rb'(?: [\w:-]+="[^"<>]*")*>')
#: comments, texts that are no markup, instructions
_HIDING = re.compile(rb"<[!?]")
_FORMULAS = re.compile(rb' table:formula="(?!(?:of:)?")')
_ROW_TAG, _ROW_END = b"<table:table-row", b"</table:table-row>"
#: bytes of rows that are not worth counting
_SHORT_ROW = 2000
_CONTENT = b"office:", b"calcext:", b"formula", b"text:"


def emptied(content: bytes, names: Collection[str]) -> tuple[bytes, dict[str, bytes]]:
    """The content without what stands on sheets of those names, and what that was.

    Sheets stay as they are where comments or other names of elements could hide how far they reach.
    """
    if _HIDING.search(content, len(b"<?")):
        return content, {}
    areas = sorted(filter(None, (_area(content, name) for name in names)))
    starts = [0, *(end for _, end, _ in areas)]
    ends = [*(start for start, _, _ in areas), len(content)]
    rest = b"".join(content[start:end] for start, end in zip(starts, ends, strict=True))
    if not _names_are_usual(rest):
        return content, {}
    return rest, {name: content[start:end] for start, end, name in areas}


def _area(content: bytes, name: str) -> tuple[int, int, str] | None:
    """Where what stands on a sheet begins and ends, with its name; nothing where it may be more."""
    tag = _TABLE_TAG + b'table:name="' + name.encode() + b'"'
    place = content.find(tag)
    begins = _REST_OF_TAG.match(content, place + len(tag)) if place >= 0 else None
    if begins is None or content.find(tag, begins.end()) >= 0:
        return None
    start = begins.end()
    end = content.find(_TABLE_END, start)
    if end < 0 or any(content.find(tag, start, end) >= 0 for tag in (_TABLE_TAG, _BARE_TABLE_TAG)):
        return None
    return start, end, name


def _names_are_usual(content: bytes) -> bool:
    """Whether elements of tables, and no others, begin with `table:`."""
    head = content[: content.find(_TABLE_TAG)]
    declared = b'xmlns:table="' + _TABLE_NAMES + b'"' in head
    return declared and content.count(_TABLE_NAMES) == content.count(b"xmlns:table=") == 1


def count_formulas(left_out: bytes) -> int:
    """How many formulas are in what was left out of a sheet."""
    return len(_FORMULAS.findall(left_out))


def check(parts: Mapping[str, bytes], limits: Limits) -> None:
    """Raise WorkbookError for what no form holds, or what costs more than its limits.

    The parts are XML in UTF-8, or empty.
    """
    if any(map(_MACROS.match, parts)):
        raise refusal("macros")
    content = parts["content.xml"]
    if sum(map(int, _SPACES.findall(content))) > _MOST_SPACES:
        raise refusal("bomb", what="text:s")
    if len(_NUMBERS.findall(content)) > content.count(b' office:value="'):
        raise refusal("broken_xml", part="content.xml")  # a number that is nowhere
    if _bound(content) > limits.cells:
        _Extent(limits).check(content)


def _bound(content: bytes) -> float:
    """A number of cells that no sheet has more of, quickly told; infinite where it cannot be.

    Offices repeat blanks to the end of a sheet, and nothing else often: where that is so, counting
    takes a tenth of parsing.
    """
    if content.count(_TABLE_NAMES) != 1 or b'xmlns:table="' + _TABLE_NAMES not in content:
        return float("inf")
    head, tag, rest = content.partition(_ROW_TAG)
    rows = tag + _AT_END.sub(b"", rest)
    for part in (head, rows):
        if not all(_is_blank(part, found.start()) for found in _LARGE.finditer(part)):
            return float("inf")
    return max(map(_cells_of, rows.split(_TABLE_TAG)))


def _cells_of(table: bytes) -> int:
    """A number of cells that a sheet has no more of: as if each row were as wide as the widest."""
    pieces = table.split(_ROW_TAG)
    widths = [
        row.count(b"-cell") + sum(map(int, _COLUMNS.findall(row)))
        for row in pieces
        if len(row) > _SHORT_ROW or b"-columns-repeated" in row
    ]
    widths.append(_SHORT_ROW // len(b"<table:table-cell/>"))
    return (len(pieces) + sum(map(int, _ROWS.findall(table)))) * max(widths)


def _is_blank(content: bytes, place: int) -> bool:
    """Whether what is repeated at a place is a column, or blanks with nothing behind them."""
    start, end = content.rfind(b"<", 0, place), content.find(b">", place) + 1
    if content.startswith(b"<table:table-column", start):
        return True
    if content.startswith(_ROW_TAG, start):
        end = content.rfind(_ROW_END, end, content.find(b"</table:table>", end))
    elif not content.startswith(b"/>" + _ROW_END, end - 2):
        return False
    held = content[start:end]
    return not any(word in held for word in _CONTENT)


class _Extent:
    """How far the cells with content of each sheet reach."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._sheet = ""
        self._row = self._column = 0
        self._in_cell = False
        self._reach = 0, 0

    def check(self, content: bytes) -> None:
        """Raise WorkbookError where a sheet reaches too far, or the content is broken."""
        parser = expat.ParserCreate(namespace_separator="}")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        try:
            parser.Parse(content, True)
        except (expat.ExpatError, ValueError):
            raise refusal("broken_xml", part="content.xml") from None

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == _TABLE:
            self._sheet = attributes.get(f"{_TABLE_NAMES.decode()}}}name", "")
            self._row = 0
            self._reach = 0, 0
        elif tag == _ROW:
            self._column = 0
            self._row += _repeats(attributes, "rows")
        elif tag in (_CELL, _COVERED):
            self._column += _repeats(attributes, "columns")
            self._in_cell = True
            if f"{_OFFICE}value-type" in attributes:
                self._extend()
        elif self._in_cell:
            self._extend()

    def _extend(self) -> None:
        rows, columns = self._reach
        self._reach = rows, columns = max(rows, self._row), max(columns, self._column)
        if rows * columns > self._limits.cells:
            raise refusal("too_many_cells", sheet=self._sheet, what=f"{rows} × {columns}")

    def _end(self, tag: str) -> None:
        if tag in (_CELL, _COVERED):
            self._in_cell = False


def _repeats(attributes: dict[str, str], which: str) -> int:
    repeats = int(attributes.get(f"{_TABLE_NAMES.decode()}}}number-{which}-repeated", "1"))
    if repeats < 0:
        raise ValueError("fewer than none")
    return repeats
