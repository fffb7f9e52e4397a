"""The parts of an ods → what is in it.

What goes by here is what offices show, element by element: calamine joins texts that nobody sees
and drops characters that stand as elements.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import cached_property
from typing import NamedTuple, cast

from lxml import etree

from ptxl.cells import Box
from ptxl.model.refusals import refusal
from ptxl.read.formats.common import (
    Cell,
    Clarity,
    Position,
    SheetNotes,
    SheetState,
    child_at,
    distinct,
    moment_in,
    parse,
    whole,
    with_arrays,
)
from ptxl.text import squeeze

_OFFICE, _TABLE, _TEXT, _STYLE, _META, _DRAWING = (
    f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}"
    for name in ("office", "table", "text", "style", "meta", "drawing")
)
_EXTENSION = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_SHEET, _ROW, _CELL, _COVERED = (
    f"{_TABLE}{n}" for n in ("table", "table-row", "table-cell", "covered-table-cell"))  # fmt: skip
_GROUPS = (f"{_TABLE}table-row-group", f"{_TABLE}table-header-rows", f"{_TABLE}table-rows")
_HOLDING_ROWS = frozenset((_SHEET, *_GROUPS))
_ROWS_REPEATED, _COLUMNS_REPEATED = (
    f"{_TABLE}number-rows-repeated",
    f"{_TABLE}number-columns-repeated",
)
_SPANNED = f"{_TABLE}number-rows-spanned", f"{_TABLE}number-columns-spanned"
_MATRIX = f"{_TABLE}number-matrix-rows-spanned", f"{_TABLE}number-matrix-columns-spanned"
_FORMULA, _VALIDATION, _VISIBILITY = (
    f"{_TABLE}{n}" for n in ("formula", "content-validation-name", "visibility"))  # fmt: skip
_VALIDATIONS = (
    f"{_OFFICE}body/{_OFFICE}spreadsheet/{_TABLE}content-validations/{_TABLE}content-validation"
)
_STRING = f"{_OFFICE}string-value"
_KIND, _KIND_HERE = f"{_OFFICE}value-type", f"{_EXTENSION}value-type"
#: what a cell says that holds nothing
_LAID_OUT = frozenset((f"{_TABLE}style-name", _COLUMNS_REPEATED))
#: a cell whose formula is "of:" has none
_count_formulas = etree.XPath(
    "count(.//@table:formula[. != '' and . != 'of:'])", namespaces={"table": _TABLE[1:-1]}
)
#: what a cell says of itself and of others, beside what it holds
_NOTED = frozenset((_FORMULA, _VALIDATION, *_SPANNED))
#: rows and columns repeated more often than this are what lies beside the form
_FORMS_END = 1000
#: a repeated row or cell without content fills a sheet to its end
_MOST_ROWS, _MOST_COLUMNS = 1_048_576, 16_384
#: of cells that hold something no sheet has more
_MOST_CELLS = 1 << 21
_LINE, _SPAN, _LINK, _BLANKS = (f"{_TEXT}{name}" for name in ("p", "span", "a", "s"))
#: elements of a line that are a character
_CHARACTERS = {f"{_TEXT}tab": "\t", f"{_TEXT}line-break": "\n"}
#: elements of a line that show nothing in it
_UNSEEN = (
    f"{_OFFICE}annotation", f"{_OFFICE}annotation-end", f"{_TEXT}soft-page-break",
    f"{_TEXT}bookmark", f"{_TEXT}bookmark-start", f"{_TEXT}bookmark-end",
)  # fmt: skip
_LETTERS = frozenset((_BLANKS, *_CHARACTERS))
#: what may stand in a line and in the parts of one, so that every office shows its texts
_WITHIN = {_LINE: _LETTERS | {_SPAN, _LINK, *_UNSEEN}, _SPAN: _LETTERS, _LINK: _LETTERS}
_COUNT = re.compile("[1-9][0-9]{0,9}")
_MOST_BLANKS = 1000
#: what is told of a cell that holds something, but nothing that is known
_UNKNOWN = "?"
_PARTS_OF_TIME = re.compile(r"[0-9.]+")
#: it begins with letters, which are found ten times as fast as a pattern
_PREFIX = re.compile(rb"""xmlns:([\w.-]+)\s*=\s*["']([^"']*)""")
#: what calamine takes each prefix for, whatever a part says
_PREFIXES = {
    name: b"urn:oasis:names:tc:opendocument:xmlns:%s:1.0" % name
    for name in (b"office", b"table", b"text")
}
#: number, count, element and attributes of a row or of a cell in its row
_Row = tuple[int, int, etree._Element, dict[str, str]]


class Placed(NamedTuple):
    """A cell and its like that it stands for: where they stand, its element and its attributes."""

    area: Box
    element: etree._Element
    held: Mapping[str, str]


@dataclass(slots=True)
class _Sheet(SheetNotes):
    """What the rows of one sheet say."""

    #: the cells that say more than how they are laid out
    placed: list[Placed] = field(default_factory=list)
    formulas_and_errors: set[Position] = field(default_factory=set)
    #: formulas that fill several cells
    arrays: list[tuple[Box, str]] = field(default_factory=list)


class OdsReader:
    """An ods, read from its parts."""

    leads = True
    redefines_dates = False

    def __init__(self, parts: Mapping[str, bytes]) -> None:
        """Raises WorkbookError where the parts are no workbook."""
        self._parts = parts
        if "content.xml" not in parts:
            raise refusal("broken_xml", part="content.xml")
        self._content = parse(parts["content.xml"], "content.xml")
        path = f"{_OFFICE}body/{_OFFICE}spreadsheet/{_SHEET}"
        tables = list(self._content.iterfind(path))
        if not all(map(_is_in_order, tables)):
            raise refusal("broken_xml", part="content.xml")  # which cell stands where?
        self.names = distinct(str(table.get(f"{_TABLE}name")) for table in tables)
        self._tables = dict(zip(self.names, tables, strict=True))
        self.hidden = frozenset(
            name for name, table in self._tables.items()
            if self._styles.get(str(table.get(f"{_TABLE}style-name")), ("", ""))[0] == "false"
        )  # fmt: skip
        self._looks: dict[str, _Sheet] = {}
        self._cells: dict[str, Mapping[Position, Cell]] = {}

    @cached_property
    def usual(self) -> bool:
        """Whether prefixes mean what they mean everywhere."""
        names = set(_PREFIXES.values())
        told = set(_PREFIX.findall(self._parts["content.xml"]))
        return {one for one in told if one[0] in _PREFIXES or one[1] in names} == {
            *_PREFIXES.items()
        }

    @cached_property
    def _styles(self) -> dict[str, tuple[str, str]]:
        """Whether a table's style displays it, and its master page, by name of style."""
        path = f"{_OFFICE}automatic-styles/{_STYLE}style"
        found = {}
        for style in self._content.iterfind(path):
            if style.get(f"{_STYLE}family") != "table":
                continue
            shown = child_at(style, f"{_STYLE}table-properties")
            display = str(shown.get(f"{_TABLE}display", ""))
            master = str(style.get(f"{_STYLE}master-page-name", ""))
            found[str(style.get(f"{_STYLE}name"))] = (display, master)
        return found

    def is_well_formed(self, name: str) -> bool:
        return True

    def readers_may_differ(self, name: str) -> bool:
        return True  # so often that two read every answer

    # -- cells

    def formulas_and_errors(self, name: str) -> frozenset[Position]:
        sheet = self._look(name)
        if sheet.arrays:
            self.cells(name)  # which tells where they reach
        return frozenset(sheet.formulas_and_errors)

    def formula_count(self, name: str) -> int:
        return int(cast("float", _count_formulas(self._tables[name])))

    def cells(self, name: str) -> Mapping[Position, Cell]:
        if name not in self._cells:
            sheet = self._look(name)
            found: dict[Position, Cell] = {}
            for area, element, held in sheet.placed:
                cell = _cell(element, held)
                if cell.value != "" or cell.formula or cell.clarity is Clarity.UNCLEAR:
                    if area[:2] == area[2:]:
                        found[area[:2]] = cell
                        continue
                    if len(found) + area.size > _MOST_CELLS:
                        raise refusal("damaged")
                    found.update(dict.fromkeys(area.cells, cell))
            sheet.formulas_and_errors |= with_arrays(found, sheet.arrays)
            self._cells[name] = found
        return self._cells[name]

    # -- sheets

    def state(self, name: str) -> SheetState:
        return self._look(name).state()

    def _look(self, name: str) -> _Sheet:
        """Where the cells of a sheet stand and what was set for it, in one pass."""
        if name not in self._looks:
            table = self._tables[name]
            sheet = _Sheet(protected=table.get(f"{_TABLE}protected") == "true")
            sheet.hidden_columns = _hidden_columns(table)
            for row, down, line, about in _rows(table):
                _note_row(sheet, row, down, about.get(_VISIBILITY, "visible"))
                elements = 0
                for column, across, cell, held in _cells_of(line):
                    elements += 1
                    if len(cell) or not _LAID_OUT.issuperset(held):
                        area = Box(row, column, row + down - 1, column + across - 1)
                        sheet.placed.append(Placed(area, cell, held))
                        if not _NOTED.isdisjoint(held) or held.get(_KIND_HERE) == "error":
                            self._note_cell(sheet, held, area)
                if elements < len(line):  # what holds other cells, and where are they?
                    raise refusal("broken_xml", part="content.xml")
            self._looks[name] = sheet
        return self._looks[name]

    def _note_cell(self, sheet: _Sheet, held: Mapping[str, str], area: Box) -> None:
        """Note of a cell what it says of itself and of others, but for what it holds."""
        row, column = area[:2]
        formula = _formula(held)
        if formula or held.get(_KIND_HERE) == "error":
            sheet.formulas_and_errors.add((row, column))
            filled = _size(held, _MATRIX)
            if filled != (1, 1):
                sheet.arrays.append((_box(row, column, filled), formula))
        spanned = _size(held, _SPANNED)
        if spanned != (1, 1):
            sheet.merges.add(_box(row, column, spanned))
        if held.get(_VALIDATION) in self._lists:
            sheet.dropdowns.add(area)

    @cached_property
    def _lists(self) -> frozenset[str | None]:
        """Names of the validations that offer a list."""
        return frozenset(
            one.get(f"{_TABLE}name")
            for one in self._content.iterfind(_VALIDATIONS)
            if "cell-content-is-in-list" in str(one.get(f"{_TABLE}condition"))
        )

    # -- what cells look like

    @property
    def parts(self) -> Mapping[str, bytes]:
        """The parts of the package by name."""
        return self._parts

    @property
    def content(self) -> etree._Element:
        """The content of the document, as a tree."""
        return self._content

    def table(self, name: str) -> etree._Element:
        """The element of a sheet."""
        return self._tables[name]

    def placed(self, name: str) -> Sequence[Placed]:
        """The cells of a sheet that say more than how they are laid out."""
        return self._look(name).placed

    # -- the workbook

    def defined_names(self) -> Mapping[str, str]:
        names = f"{_OFFICE}body/{_OFFICE}spreadsheet/{_TABLE}named-expressions/{_TABLE}"
        found = {}
        for kind, held in (
            ("named-expression", "expression"),
            ("named-range", "cell-range-address"),
        ):
            for one in self._content.iterfind(names + kind):
                text = str(one.get(f"{_TABLE}{held}")).removeprefix("of:")
                found[str(one.get(f"{_TABLE}name"))] = "=" + text.removeprefix("=")
        return found

    def properties(self) -> Mapping[str, str]:
        if "meta.xml" not in self._parts:
            return {}
        root = parse(self._parts["meta.xml"], "meta.xml")
        return {str(one.get(f"{_META}name")): _text_of(one)
                for one in root.iter(f"{_META}user-defined")}  # fmt: skip

    def saved(self) -> datetime | None:
        return moment_in(self._parts.get("meta.xml", b""), "date")

    def footers(self) -> Mapping[str, str]:
        if "styles.xml" not in self._parts:
            return {}
        root = parse(self._parts["styles.xml"], "styles.xml")
        texts = {}
        for page in root.iter(f"{_STYLE}master-page"):
            lines = page.iterfind(f"{_STYLE}footer//{_LINE}")
            texts[str(page.get(f"{_STYLE}name"))] = "\n".join(map(_text_of, lines))
        found = {}
        for name, table in self._tables.items():
            _, master = self._styles.get(str(table.get(f"{_TABLE}style-name")), ("", ""))
            found[name] = texts.get(master, "")
        return found


def _is_in_order(table: etree._Element) -> bool:
    """Whether rows stand in the table or in groups of rows, and no other table is in it."""
    nested = next(table.iterdescendants(_SHEET), None)
    parents = {row.getparent() for row in table.iterdescendants(_ROW, *_GROUPS)}
    holding = {parent.tag for parent in parents if parent is not None}
    return nested is None and holding <= _HOLDING_ROWS


def _rows(table: etree._Element) -> Iterator[_Row]:
    """The rows of a table."""
    return _numbered(table.iter(_ROW), _ROWS_REPEATED, _MOST_ROWS)


def _cells_of(row: etree._Element) -> Iterator[_Row]:
    """The cells of a row."""
    return _numbered(row.iterchildren(_CELL, _COVERED), _COLUMNS_REPEATED, _MOST_COLUMNS)


def _numbered(elements: Iterable[etree._Element], repeated: str, most: int) -> Iterator[_Row]:
    """Elements that may stand for several of their like, each with the number of its first."""
    number = 0
    for element in elements:
        held: dict[str, str] = dict(element.items())  # type: ignore[arg-type]
        count = whole(held[repeated], 1) if repeated in held else 1
        if not 0 < count <= most - number:
            raise refusal("damaged")
        yield number, count, element, held
        number += count


def _box(row: int, column: int, size: tuple[int, int]) -> Box:
    down, across = size
    return Box(row, column, row + down - 1, column + across - 1)


def _size(held: Mapping[str, str], names: tuple[str, str]) -> tuple[int, int]:
    """How many rows and columns a cell says that it fills."""
    down, across = names
    if down not in held and across not in held:
        return 1, 1
    return whole(held.get(down), 1), whole(held.get(across), 1)


def _note_row(sheet: _Sheet, row: int, count: int, visibility: str) -> None:
    if visibility != "visible" and count < _FORMS_END:
        sheet.hidden_rows.update(range(row, row + count))
        sheet.filtered = sheet.filtered or visibility == "filter"


def _hidden_columns(table: etree._Element) -> set[int]:
    found: set[int] = set()
    number = 0
    for column in table.iter(f"{_TABLE}table-column"):
        count = whole(column.get(_COLUMNS_REPEATED), 1)
        if column.get(_VISIBILITY, "visible") != "visible" and count < _FORMS_END:
            found.update(range(number, number + count))
        number += count
    return found


def _text_of(element: etree._Element) -> str:
    """The text of an element outside of cells."""
    return "".join(map(str, element.itertext()))


@dataclass(slots=True)
class _Content:
    """The text of a cell, gathered from what stands in it, and how sure that is."""

    lines: list[str] = field(default_factory=list)
    clarity: Clarity = Clarity.PLAIN
    has_link: bool = False

    def mark(self, clarity: Clarity) -> None:
        """Note what was met; the worst of it counts."""
        if self.clarity is not Clarity.UNCLEAR:
            self.clarity = clarity

    def add(self, cell: etree._Element) -> None:
        """Add what stands in a cell: lines, and drawings and remarks, which are none."""
        self._add_outside(cell.text)
        for child in cell:
            name = str(child.tag)
            if name == _LINE:
                self.lines.append(self._line(child))
            elif name.startswith(_DRAWING):
                self.mark(Clarity.KNOWN)  # calamine takes its words for the cell's
            elif name.startswith(_TEXT):
                self.mark(Clarity.UNCLEAR)
            self._add_outside(child.tail)
        if self.has_link and any("\n" in line for line in self.lines):
            self.mark(Clarity.UNCLEAR)  # LibreOffice shows such a link in another place

    def _add_outside(self, text: str | None) -> None:
        """Add what stands between lines: blanks that a program indents with, or a loss."""
        if text:
            self.mark(Clarity.UNCLEAR if text.strip() else Clarity.KNOWN)

    def _line(self, element: etree._Element) -> str:
        """The text of a line or of a part of it, in which blanks and breaks are elements."""
        found = [element.text or ""]
        for child in element:
            name = str(child.tag)
            if name not in _WITHIN[str(element.tag)]:
                self.mark(Clarity.UNCLEAR)
            elif name == _BLANKS:
                found.append(self._blanks(child.get(f"{_TEXT}c", "1")))
            elif name in _CHARACTERS:
                self.mark(Clarity.KNOWN)  # calamine passes over it
                found.append(_CHARACTERS[name])
            elif name in _WITHIN:
                self.has_link = self.has_link or name == _LINK
                found.append(self._line(child))
            found.append(child.tail or "")
        return "".join(found)

    def _blanks(self, count: str) -> str:
        if not _COUNT.fullmatch(count):
            self.mark(Clarity.UNCLEAR)
            return " "
        return " " * min(int(count), _MOST_BLANKS)


def _formula(held: Mapping[str, str]) -> str:
    """The formula that a cell says."""
    return held.get(_FORMULA, "").removeprefix("of:")


def _shown(cell: etree._Element) -> tuple[str, Clarity]:
    """The text of a cell, and how sure that is."""
    line = cell[0] if len(cell) == 1 and not cell.text else None
    if line is not None and line.tag == _LINE and not len(line) and not line.tail:
        return line.text or "", Clarity.PLAIN  # as nearly all are
    content = _Content()
    content.add(cell)
    return "\n".join(content.lines), content.clarity


def _cell(element: etree._Element, held: Mapping[str, str]) -> Cell:
    text, clarity = _shown(element)
    formula, kind, kind_here = _formula(held), held.get(_KIND), held.get(_KIND_HERE)
    if kind_here == "error":
        return Cell(None, formula, text or "#ERROR")
    if kind is None and formula:
        return Cell(None, formula)
    if kind is None:
        return _untyped(held, text, clarity)
    value = _value(held, kind, text)
    if value is None or kind_here not in (None, kind):
        return Cell(text or _UNKNOWN, formula, clarity=Clarity.UNCLEAR)
    if kind != "string":
        return Cell(value, formula)  # whatever its text says, offices show the value
    if held.get(_STRING, value) != value:
        clarity = _at_best_known(clarity)  # an attribute holds no line breaks
    return Cell(value, formula, clarity=clarity)


def _at_best_known(clarity: Clarity) -> Clarity:
    return Clarity.KNOWN if clarity is Clarity.PLAIN else clarity


def _untyped(held: Mapping[str, str], text: str, clarity: Clarity) -> Cell:
    """A cell without a type holds nothing or, to every office and not to calamine, a text."""
    if not _VALUED.isdisjoint(held):
        return Cell(text or _UNKNOWN, clarity=Clarity.UNCLEAR)
    return Cell(text, clarity=_at_best_known(clarity) if text else clarity)


def _value(held: Mapping[str, str], kind: str, text: str) -> object:
    """What a cell of a type shows; None where what it holds is nothing of that type."""
    read = _TYPES.get(kind)
    if read is None:
        return None
    name, pattern, convert = read
    value = held.get(name)
    if kind == "string" and text:
        if value is None or squeeze(value) == squeeze(text):
            return text
        return None
    if value is None or not pattern.fullmatch(value):
        return "" if kind == "string" else None
    with suppress(ValueError):
        return convert(value)
    return None


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("larger than a cell holds")
    return number


def _moment(text: str) -> object:
    found = datetime.fromisoformat(text)
    return found if found.time() != time.min else found.date()


def _duration(text: str) -> timedelta:
    hours, minutes, seconds = map(float, _PARTS_OF_TIME.findall(text))
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


_NUMBER = (
    f"{_OFFICE}value",
    re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"),
    _finite,
)
#: the attribute that holds a value of each type, how it is written, and what it becomes
_TYPES: Mapping[str, tuple[str, re.Pattern[str], Callable[[str], object]]] = {
    "float": _NUMBER,
    "percentage": _NUMBER,
    "currency": _NUMBER,
    "boolean": (f"{_OFFICE}boolean-value", re.compile("true|false"), "true".__eq__),
    "date": (
        f"{_OFFICE}date-value",
        re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?)?"),
        _moment,
    ),
    "time": (
        f"{_OFFICE}time-value", re.compile(r"PT[0-9]+H[0-9]+M[0-9]+(?:\.[0-9]+)?S"), _duration,
    ),
    "string": (_STRING, re.compile(".*", re.DOTALL), str),
}  # fmt: skip
_VALUED = frozenset((_KIND_HERE, *(name for name, _, _ in _TYPES.values())))
