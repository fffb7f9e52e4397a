"""Lines of a data sheet → rows as a worksheet's part holds them, and the links in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from ptxl.cells import EPOCH, column_name
from ptxl.summary.book.looks import VARIANTS, Variant
from ptxl.summary.book.paper import height_of, lines_in
from ptxl.summary.sheets import Column, Computed, Line, Link
from ptxl.text import FORMULA_STARTS, LONGEST_TEXT, cut, encodable, literal
from ptxl.words import Speaker

#: that one sheet can have
MOST_LINKS = 65_530
_FIRST_DAY = date(1900, 3, 1)  # before that programs disagree by one
_LARGEST = Decimal("1e300")
_SPECIAL = re.compile("[&<>\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_x")
#: what an address of a file may hold as it is, beside letters of any language
_PLAIN_IN_ADDRESS = re.compile("[^\x00-\x7f]+|[\x00-\x7f]+")
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"

#: a style of a workbook by the way in which a cell looks
Styles = Mapping[Variant, int]


class Links:
    """The links of one sheet, in the order of their cells; files are named once."""

    def __init__(self) -> None:
        self._files: dict[str, str] = {}
        self._xml: list[str] = []

    def add(self, cell: str, link: Link) -> bool:
        """Note the link of a cell; False when the sheet holds no more."""
        if len(self._xml) == MOST_LINKS or not (link.file or link.place):
            return False
        target = f' r:id="{self._relation(link.file)}"' if link.file else ""
        place = f" location={quoteattr(_part_text(link.place))}" if link.place else ""
        self._xml.append(f'<hyperlink ref="{cell}"{target}{place}/>')
        return True

    def _relation(self, file: str) -> str:
        return self._files.setdefault(file, f"rIdFile{len(self._files) + 1}")

    @property
    def xml(self) -> str:
        """The links as they stand in the sheet's part."""
        return "".join(self._xml)

    @property
    def relations(self) -> str:
        """The files that they lead to, as they stand in the relations of the sheet's part."""
        return "".join(
            f'<Relationship Id="{name}" Type="{_RELATION}" Target={quoteattr(_address(file))}'
            ' TargetMode="External"/>'
            for file, name in self._files.items()
        )


@dataclass(frozen=True, slots=True)
class _Place:
    """A column as it is written: what stands before the number of the row, and its styles."""

    key: str
    letter: str
    styles: Styles
    #: numbers are written as texts
    textual: bool
    percent: bool
    #: in which its texts are wrapped, None where they are not printed
    width: float | None


class LineWriter:
    """Writes lines in the styles of their columns; their links are added to `links`."""

    def __init__(
        self, columns: Sequence[Column], styles: Sequence[Styles], speaker: Speaker, links: Links
    ) -> None:
        self._links = links
        self._word = speaker.word
        self._not_asked = speaker.say("summary.book.not_asked")
        self._columns = tuple(
            _Place(
                column.key, column_name(number), own, column.kind == "text",
                column.kind == "percent", column.width if column.printed else None,
            )
            for number, (column, own) in enumerate(zip(columns, styles, strict=True))
        )  # fmt: skip

    def row(self, number: int, line: Line) -> str:
        """The row of a line; `number` as people count rows."""
        cells, most = [], 1
        for column in self._columns:
            name = f"{column.letter}{number}"
            value, link = line.get(column.key), ""
            if type(value) is Link:
                link = "_link" if self._links.add(name, value) else ""
                value = value.value
            formula = ""
            if type(value) is Computed:
                formula = f"<f>{escape(value.formula.removeprefix('='))}</f>"
                value = value.value
            figure = "" if column.textual else as_number(value, percent=column.percent)
            if figure:
                style = column.styles["value_link" if link else "value"]
                cells.append(f'<c r="{name}" s="{style}">{formula}<v>{figure}</v></c>')
                continue
            text = self._text(value)
            if column.width is not None:
                most = max(most, lines_in(text, column.width))
            cells.append(_text_cell(name, column.styles, text, link))
        height = height_of(most)
        row = f'<row r="{number}" ht="{height:g}" customHeight="1">'
        return f"{row}{''.join(cells)}</row>"

    def _text(self, value: object) -> str:
        if value is None or value == "":
            return self._not_asked
        return cell_text(value if type(value) is str else self._word(value))


def as_number(value: object, *, percent: bool = False) -> str:
    """A value as the number that a cell holds, or "" where it holds it as a text only.

    With `percent` 25 is held as 0.25, which is shown as 25 %.
    """
    make = _NUMBERS.get(type(value))
    if make is None:
        return ""
    if percent and isinstance(value, int | Decimal):
        return _decimal(Decimal(value).scaleb(-2))
    return make(value)


def _whole(value: int) -> str:
    return str(value) if abs(value) < _LARGEST else ""


def _decimal(value: Decimal) -> str:
    return format(value, "f") if value.is_finite() and abs(value) < _LARGEST else ""


def _day(value: date) -> str:
    return str((value - EPOCH).days) if value >= _FIRST_DAY else ""


_NUMBERS: Mapping[type, Callable[[Any], str]] = {int: _whole, Decimal: _decimal, date: _day}


def cell_text(text: str) -> str:
    """A text as one cell can hold it: not too long, and with plain ends of lines."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return cut(text, LONGEST_TEXT) if len(text) > LONGEST_TEXT // 2 else text


def _text_cell(name: str, styles: Styles, text: str, link: str) -> str:
    variant = "quoted" if text.startswith(FORMULA_STARTS) else "text"
    style = styles[f"{variant}{link}"]  # type: ignore[index]
    held = _part_text(text) if _SPECIAL.search(text) else text
    return (
        f'<c r="{name}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{held}</t></is></c>'
    )


def _part_text(text: str) -> str:
    return escape(literal(encodable(text)))


def _address(file: str) -> str:
    """A path relative to the workbook as an address: what would mean something else is escaped."""
    return "".join(
        piece if ord(piece[0]) > 127 else quote(piece, safe="/")
        for piece in _PLAIN_IN_ADDRESS.findall(encodable(file))
    )


def styles_of(numbers: Sequence[Sequence[int]]) -> list[Styles]:
    """The styles of each column, from the numbers that it has in each of `VARIANTS`."""
    return [dict(zip(VARIANTS, column, strict=True)) for column in zip(*numbers, strict=True)]
