"""Lines of a data sheet → rows as a worksheet's part holds them, and the links in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import count
from typing import Any
from urllib.parse import quote

from ptxl.cells import EPOCH, FIRST_DAY, column_name
from ptxl.markup import escape, quoted
from ptxl.summary.book.looks import VARIANTS, Variant
from ptxl.summary.book.pages import Pages
from ptxl.summary.book.paper import height_of, lines_in
from ptxl.summary.sheets import Column, Computed, Line, Link, bare
from ptxl.text import FORMULA_STARTS, LONGEST_TEXT, cut, encodable, literal
from ptxl.words import Speaker

#: that one sheet can have
MOST_LINKS = 65_530
_MOST_DIGITS = 300
_LARGEST = 10**_MOST_DIGITS
#: texts of a sheet, of which the last are remembered
_MOST_REMEMBERED = 1024
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
        place = f" location={quoted(literal(encodable(link.place)))}" if link.place else ""
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
            f'<Relationship Id="{name}" Type="{_RELATION}" Target={quoted(_address(file))}'
            ' TargetMode="External"/>'
            for file, name in self._files.items()
        )


class _Column:
    """Makes the cells of one column: of each what stands behind the number of its row."""

    def __init__(self, number: int, column: Column, styles: Styles) -> None:
        self.key = column.key
        self.letter = column_name(number)
        #: what stands before the number of the row
        self.start = f'<c r="{self.letter}'
        self.numbers = _numbers_of(column)
        self._styles = styles
        self._width = column.width if column.printed else None
        # The same texts come again and again: departments, units, words for what is not answered.
        self.text = lru_cache(_MOST_REMEMBERED)(self._text)

    def number(self, held: str, linked: bool) -> str:
        """A cell that holds a number, or a formula and the number that it gives."""
        style = self._styles["value_link" if linked else "value"]
        return f'" s="{style}">{held}</c>'

    def _text(self, text: str, linked: bool) -> tuple[str, int]:
        """A cell that holds a text, and how many lines it takes where it is printed."""
        variant = "quoted" if text.startswith(FORMULA_STARTS) else "text"
        style = self._styles[f"{variant}_link" if linked else variant]  # type: ignore[index]
        held = cell_text(text)
        if _SPECIAL.search(held):
            held = _part_text(held)
        lines = 1 if self._width is None else lines_in(text, self._width)
        cell = f'" s="{style}" t="inlineStr"><is><t xml:space="preserve">{held}</t></is></c>'
        return cell, lines


class LineWriter:
    """Writes lines in the styles of their columns; adds their links to `links`, and to `pages`
    how high they are."""

    def __init__(
        self, columns: Sequence[Column], styles: Sequence[Styles], speaker: Speaker, links: Links,
        pages: Pages,
    ) -> None:  # fmt: skip
        self._links, self._pages = links, pages
        self._word = speaker.word
        self._not_asked = speaker.say("summary.book.not_asked")
        self._columns = tuple(map(_Column, count(), columns, styles))

    def row(self, number: int, line: Line) -> str:
        """The row of a line; `number` as people count rows."""
        cells, most = [], 1
        for column in self._columns:
            value, linked = line.get(column.key), False
            if type(value) is Link:
                linked = self._links.add(f"{column.letter}{number}", value)
                value = value.value
            make = column.numbers.get(type(value))
            held = make(value) if make else ""
            if held:
                cell = column.number(held, linked)
            else:
                text = value if type(value) is str and value else self._text(value)
                cell, lines = column.text(text, linked)
                most = max(most, lines)
            cells.append(f"{column.start}{number}{cell}")
        height = height_of(most)
        self._pages.add(number, height)
        row = f'<row r="{number}" ht="{height:g}" customHeight="1">'
        return f"{row}{''.join(cells)}</row>"

    def _text(self, value: object) -> str:
        value = bare(value)
        return self._not_asked if value in (None, "") else self._word(value)


def as_number(value: object) -> str:
    """A value as the number that a cell holds, or "" where it holds it as a text only."""
    make = _NUMBERS.get(type(value))
    return make(value) if make else ""


def _whole(value: int) -> str:
    return str(value) if -_LARGEST < value < _LARGEST else ""


def _decimal(value: Decimal) -> str:
    held = value.is_finite() and value.adjusted() < _MOST_DIGITS
    return format(value, "f") if held else ""


def _day(value: date) -> str:
    return str((value - EPOCH).days) if value >= FIRST_DAY else ""


_NUMBERS: Mapping[type, Callable[[Any], str]] = {int: _whole, Decimal: _decimal, date: _day}


def _numbers_of(column: Column) -> Mapping[type, Callable[[Any], str]]:
    """What makes the inside of cells of the values in a column that are numbers."""
    if column.kind == "text":
        return {}

    def known(value: int | Decimal | date) -> str:
        figure = as_number(value)
        return f"<v>{figure}</v>" if figure else ""

    def part_of_hundred(value: int | Decimal) -> str:
        return known(Decimal(value).scaleb(-2))

    number = part_of_hundred if column.kind == "percent" else known

    def computed(value: Computed) -> str:
        formula = escape(value.formula.removeprefix("="))
        return (f"<f>{formula}</f>" if formula else "") + number(value.value)

    return {int: number, Decimal: number, date: known, Computed: computed}


def cell_text(text: str) -> str:
    """A text as one cell can hold it: not too long, and with plain ends of lines."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return cut(text, LONGEST_TEXT) if len(text) > LONGEST_TEXT // 2 else text


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
