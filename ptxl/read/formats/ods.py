"""The parts of an ods → what is in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import cached_property
from itertools import product

from lxml import etree

from ptxl.cells import Box
from ptxl.model.refusals import refusal
from ptxl.read.formats.common import Cell, Position, SheetNotes, SheetState, distinct, parse, whole

_OFFICE, _TABLE, _TEXT, _STYLE, _META = (
    f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}"
    for name in ("office", "table", "text", "style", "meta")
)
_EXTENSION = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_ROW, _CELL, _COVERED = (f"{_TABLE}{n}" for n in ("table-row", "table-cell", "covered-table-cell"))
_ROWS_REPEATED, _COLUMNS_REPEATED = (
    f"{_TABLE}number-rows-repeated",
    f"{_TABLE}number-columns-repeated",
)
_SPANNED_DOWN, _SPANNED_ACROSS = f"{_TABLE}number-rows-spanned", f"{_TABLE}number-columns-spanned"
_FORMULA, _VALIDATION, _VISIBILITY = (
    f"{_TABLE}{n}" for n in ("formula", "content-validation-name", "visibility"))  # fmt: skip
_KIND = f"{_EXTENSION}value-type"
_NUMBERS = ("float", "percentage", "currency")
_DURATION = re.compile(r"PT(\d+)H(\d+)M(\d+)(?:\.\d+)?S")
#: rows and columns repeated more often than this are what lies beside the form
_FORMS_END = 1000
#: a repeated row or cell without content fills a sheet to its end
_MOST_ROWS, _MOST_COLUMNS = 1_048_576, 16_384
#: elements of a paragraph that are a character, or that nobody sees
_CHARACTERS = {f"{_TEXT}tab": "\t", f"{_TEXT}line-break": "\n", f"{_OFFICE}annotation": ""}
_MOST_BLANKS = 1000
_Row = tuple[int, int, etree._Element]


@dataclass(slots=True)
class _Sheet(SheetNotes):
    """What the cells of one sheet say."""

    formulas_and_errors: set[Position] = field(default_factory=set)


class OdsReader:
    """An ods, read from its parts."""

    redefines_dates = False

    def __init__(self, parts: Mapping[str, bytes]) -> None:
        """Raises WorkbookError where the parts are no workbook."""
        self._parts = parts
        if "content.xml" not in parts:
            raise refusal("broken_xml", part="content.xml")
        self._content = parse(parts["content.xml"], "content.xml")
        path = f"{_OFFICE}body/{_OFFICE}spreadsheet/{_TABLE}table"
        tables = list(self._content.iterfind(path))
        self.names = distinct(str(table.get(f"{_TABLE}name")) for table in tables)
        self._tables = dict(zip(self.names, tables, strict=True))
        self.hidden = frozenset(
            name for name, table in self._tables.items()
            if self._styles.get(str(table.get(f"{_TABLE}style-name")), ("", ""))[0] == "false"
        )  # fmt: skip
        self._cells: dict[str, Mapping[Position, Cell]] = {}
        self._looks: dict[str, _Sheet] = {}

    @cached_property
    def _styles(self) -> dict[str, tuple[str, str]]:
        """Whether a table's style displays it, and its master page, by name of style."""
        path = f"{_OFFICE}automatic-styles/{_STYLE}style"
        found = {}
        for style in self._content.iterfind(path):
            shown = style.find(f"{_STYLE}table-properties")
            display = "" if shown is None else str(shown.get(f"{_TABLE}display", ""))
            master = str(style.get(f"{_STYLE}master-page-name", ""))
            found[str(style.get(f"{_STYLE}name"))] = (display, master)
        return found

    def is_well_formed(self, name: str) -> bool:
        return True

    def readers_may_differ(self, name: str) -> bool:
        return False

    # -- cells

    def formulas_and_errors(self, name: str) -> frozenset[Position]:
        return frozenset(self._look(name).formulas_and_errors)

    def formula_count(self, name: str) -> int:
        return len(self.formulas_and_errors(name))

    def cells(self, name: str) -> Mapping[Position, Cell]:
        if name not in self._cells:
            self._cells[name] = dict(_read(self._tables[name]))
        return self._cells[name]

    # -- sheets

    def state(self, name: str) -> SheetState:
        return self._look(name).state()

    def _look(self, name: str) -> _Sheet:
        """Formulas and errors of a sheet, and what was set for it, in one pass over its cells."""
        if name not in self._looks:
            table = self._tables[name]
            sheet = _Sheet(protected=table.get(f"{_TABLE}protected") == "true")
            sheet.hidden_columns = _hidden_columns(table)
            for row, down, line in _rows(table):
                _note_row(sheet, row, down, line.get(_VISIBILITY, "visible"))
                for column, across, cell in _cells_of(line):
                    if cell.keys():
                        self._note_cell(sheet, cell, row, column, (down, across))
            self._looks[name] = sheet
        return self._looks[name]

    def _note_cell(
        self, sheet: _Sheet, cell: etree._Element, row: int, column: int, repeated: Position
    ) -> None:
        if cell.get(_FORMULA) is not None or cell.get(_KIND) == "error":
            sheet.formulas_and_errors.add((row, column))
        spanned = whole(cell.get(_SPANNED_DOWN), 1), whole(cell.get(_SPANNED_ACROSS), 1)
        if spanned != (1, 1):
            sheet.merges.add(_box(row, column, spanned))
        if cell.get(_VALIDATION) in self._lists:
            sheet.dropdowns.add(_box(row, column, repeated))

    @cached_property
    def _lists(self) -> frozenset[str | None]:
        """Names of the validations that offer a list."""
        return frozenset(
            one.get(f"{_TABLE}name")
            for one in self._content.iter(f"{_TABLE}content-validation")
            if "cell-content-is-in-list" in str(one.get(f"{_TABLE}condition"))
        )

    # -- the workbook

    def defined_names(self) -> Mapping[str, str]:
        names = f"{_OFFICE}body/{_OFFICE}spreadsheet/{_TABLE}named-expressions/"
        found = {
            str(one.get(f"{_TABLE}name")): str(one.get(f"{_TABLE}expression"))
            for one in self._content.iterfind(f"{names}{_TABLE}named-expression")
        }
        found |= {
            str(one.get(f"{_TABLE}name")): str(one.get(f"{_TABLE}cell-range-address"))
            for one in self._content.iterfind(f"{names}{_TABLE}named-range")
        }
        return {name: "=" + text.removeprefix("of:").removeprefix("=")
                for name, text in found.items()}  # fmt: skip

    def properties(self) -> Mapping[str, str]:
        if "meta.xml" not in self._parts:
            return {}
        root = parse(self._parts["meta.xml"], "meta.xml")
        return {str(one.get(f"{_META}name")): _paragraph(one)
                for one in root.iter(f"{_META}user-defined")}  # fmt: skip

    def footers(self) -> Mapping[str, str]:
        if "styles.xml" not in self._parts:
            return {}
        root = parse(self._parts["styles.xml"], "styles.xml")
        texts = {
            str(page.get(f"{_STYLE}name")): "\n".join(
                _paragraph(text)
                for footer in page.iterfind(f"{_STYLE}footer")
                for text in footer.iter(f"{_TEXT}p")
            )
            for page in root.iter(f"{_STYLE}master-page")
        }
        return {
            name: texts.get(
                self._styles.get(str(table.get(f"{_TABLE}style-name")), ("", ""))[1], ""
            )
            for name, table in self._tables.items()
        }


def _rows(table: etree._Element) -> Iterator[_Row]:
    """Number, count and element of each row of a table."""
    return _numbered(table.iter(_ROW), _ROWS_REPEATED, _MOST_ROWS)


def _cells_of(row: etree._Element) -> Iterator[_Row]:
    """Column, count and element of each cell of a row."""
    return _numbered(row.iterchildren(_CELL, _COVERED), _COLUMNS_REPEATED, _MOST_COLUMNS)


def _numbered(elements: Iterable[etree._Element], repeated: str, most: int) -> Iterator[_Row]:
    """Elements that may stand for several of their like, each with the number of its first."""
    number = 0
    for element in elements:
        count = whole(element.get(repeated), 1)
        if number + count > most:
            raise refusal("damaged")
        yield number, count, element
        number += count


def _box(row: int, column: int, size: tuple[int, int]) -> Box:
    down, across = size
    return Box(row, column, row + down - 1, column + across - 1)


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


def _read(table: etree._Element) -> Iterator[tuple[Position, Cell]]:
    for row, down, line in _rows(table):
        for column, across, element in _cells_of(line):
            cell = _cell(element)
            if cell.value != "" or cell.formula:
                rows, columns = range(row, row + down), range(column, column + across)
                yield from ((at, cell) for at in product(rows, columns))


def _cell(element: etree._Element) -> Cell:
    formula = str(element.get(_FORMULA, "")).removeprefix("of:")
    text = "\n".join(_paragraph(one) for one in element.iterchildren(f"{_TEXT}p"))
    if element.get(_KIND) == "error":
        return Cell(None, formula, text or "#ERROR")
    kind = element.get(f"{_OFFICE}value-type")
    if kind is None:
        return Cell(None if formula else "", formula)
    return Cell(_value(element, str(kind), text), formula)


def _value(element: etree._Element, kind: str, text: str) -> object:
    """What a cell of a type shows; its text where its value is none of that type."""
    shown = str(element.get(f"{_OFFICE}string-value", text))
    if kind in _NUMBERS:
        with suppress(ValueError):
            return float(str(element.get(f"{_OFFICE}value")))
    if kind == "boolean":
        return element.get(f"{_OFFICE}boolean-value") == "true"
    if kind == "date":
        with suppress(ValueError):
            found = datetime.fromisoformat(str(element.get(f"{_OFFICE}date-value")))
            return found if found.time() != time.min else found.date()
    if kind == "time" and (parts := _DURATION.fullmatch(str(element.get(f"{_OFFICE}time-value")))):
        hours, minutes, seconds = map(int, parts.groups())
        return timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return shown


def _paragraph(element: etree._Element) -> str:
    """The text of a paragraph, in which runs of blanks and breaks are elements of their own."""
    found = [element.text or ""]
    for child in element:
        found += [_within_paragraph(child), child.tail or ""]
    return "".join(found)


def _within_paragraph(element: etree._Element) -> str:
    if element.tag == f"{_TEXT}s":
        return " " * min(whole(element.get(f"{_TEXT}c"), 1), _MOST_BLANKS)
    fixed = _CHARACTERS.get(str(element.tag))
    return _paragraph(element) if fixed is None else fixed
