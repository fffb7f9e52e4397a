"""The parts of an ods → what is in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime, time, timedelta
from functools import cached_property

from lxml import etree

from ptxl.read.inside import Area, Cell, Position, SheetState, parse, whole
from ptxl.refusals import refusal

_OFFICE, _TABLE, _TEXT, _STYLE, _META = (
    f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}"
    for name in ("office", "table", "text", "style", "meta")
)
_EXTENSION = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_NUMBERS = ("float", "percentage", "currency")
_DURATION = re.compile(r"PT(\d+)H(\d+)M(\d+)(?:\.\d+)?S")
#: a repeated row or cell without content fills a sheet to its end
_MOST_ROWS, _MOST_COLUMNS = 1_048_576, 16_384
_Row = tuple[int, int, etree._Element]


class Odf:
    """An ods, read from its parts."""

    def __init__(self, parts: Mapping[str, bytes]) -> None:
        """Raises WorkbookError where the parts are no workbook."""
        self._parts = parts
        if "content.xml" not in parts:
            raise refusal("broken_xml", part="content.xml")
        self._content = parse(parts["content.xml"], "content.xml")
        path = f"{_OFFICE}body/{_OFFICE}spreadsheet/{_TABLE}table"
        tables = self._content.iterfind(path)
        self._tables = {str(table.get(f"{_TABLE}name")): table for table in tables}
        self.names = tuple(self._tables)
        self.hidden = frozenset(
            name for name, table in self._tables.items()
            if self._styles.get(str(table.get(f"{_TABLE}style-name")), ("", ""))[0] == "false"
        )  # fmt: skip
        self._cells: dict[str, Mapping[Position, Cell]] = {}

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

    def unusual(self, name: str) -> bool:
        return False

    # -- cells

    def odd(self, name: str) -> frozenset[Position]:
        return frozenset(
            (row, column)
            for row, _, line in _rows(self._tables[name])
            for column, _, cell in _cells_of(line)
            if cell.get(f"{_TABLE}formula") is not None or _is_error(cell)
        )

    def cells(self, name: str) -> Mapping[Position, Cell]:
        if name not in self._cells:
            self._cells[name] = dict(_read(self._tables[name]))
        return self._cells[name]

    # -- sheets

    def state(self, name: str) -> SheetState:
        table = self._tables[name]
        rows: set[int] = set()
        filtered = False
        merges: set[Area] = set()
        dropdowns: set[Area] = set()
        for row, repeated, line in _rows(table):
            visibility = line.get(f"{_TABLE}visibility", "visible")
            if visibility != "visible" and repeated < 1000:
                rows.update(range(row, row + repeated))
                filtered = filtered or visibility == "filter"
            for column, across, cell in _cells_of(line):
                end = row + _count(cell, "rows-spanned") - 1, (
                    column + _count(cell, "columns-spanned") - 1)  # fmt: skip
                if end != (row, column):
                    merges.add((row, column, *end))
                if cell.get(f"{_TABLE}content-validation-name") in self._lists:
                    dropdowns.add((row, column, row + repeated - 1, column + across - 1))
        return SheetState(
            protected=table.get(f"{_TABLE}protected") == "true",
            filtered=filtered,
            hidden_rows=frozenset(rows),
            hidden_columns=_hidden_columns(table),
            merges=frozenset(merges),
            dropdowns=frozenset(dropdowns),
        )

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


def _count(element: etree._Element, name: str) -> int:
    return whole(element.get(f"{_TABLE}number-{name}"), 1)


def _rows(table: etree._Element) -> Iterator[_Row]:
    """Number, count and element of each row of a table."""
    number = 0
    for row in table.iter(f"{_TABLE}table-row"):
        count = _count(row, "rows-repeated")
        if number + count > _MOST_ROWS:
            raise refusal("damaged")
        yield number, count, row
        number += count


def _cells_of(row: etree._Element) -> Iterator[_Row]:
    """Column, count and element of each cell of a row."""
    column = 0
    for cell in row.iterchildren(f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
        count = _count(cell, "columns-repeated")
        if column + count > _MOST_COLUMNS:
            raise refusal("damaged")
        yield column, count, cell
        column += count


def _hidden_columns(table: etree._Element) -> frozenset[int]:
    found: set[int] = set()
    number = 0
    for column in table.iter(f"{_TABLE}table-column"):
        count = _count(column, "columns-repeated")
        if column.get(f"{_TABLE}visibility", "visible") != "visible" and count < 1000:
            found.update(range(number, number + count))
        number += count
    return frozenset(found)


def _read(table: etree._Element) -> Iterator[tuple[Position, Cell]]:
    for row, down, line in _rows(table):
        for column, across, element in _cells_of(line):
            cell = _cell(element)
            if cell.value != "" or cell.formula:
                for at_row in range(row, row + down):
                    for at_column in range(column, column + across):
                        yield (at_row, at_column), cell


def _is_error(element: etree._Element) -> bool:
    return element.get(f"{_EXTENSION}value-type") == "error"


def _cell(element: etree._Element) -> Cell:
    formula = str(element.get(f"{_TABLE}formula", "")).removeprefix("of:")
    text = "\n".join(_paragraph(one) for one in element.iterchildren(f"{_TEXT}p"))
    if _is_error(element):
        return Cell(None, formula, text or "#ERROR")
    kind = element.get(f"{_OFFICE}value-type")
    if kind is None:
        return Cell(None if formula else "", formula)
    return Cell(_value(element, str(kind), text), formula)


def _value(element: etree._Element, kind: str, text: str) -> object:
    if kind in _NUMBERS:
        with suppress(ValueError):
            return float(str(element.get(f"{_OFFICE}value")))
    if kind == "boolean":
        return element.get(f"{_OFFICE}boolean-value") == "true"
    if kind == "date":
        with suppress(ValueError):
            found = datetime.fromisoformat(str(element.get(f"{_OFFICE}date-value")))
            return found if found.time() != time.min else found.date()
    if kind == "time":
        parts = _DURATION.fullmatch(str(element.get(f"{_OFFICE}time-value")))
        if parts:
            hours, minutes, seconds = map(int, parts.groups())
            return timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return str(element.get(f"{_OFFICE}string-value", text))


def _paragraph(element: etree._Element) -> str:
    """The text of a paragraph, in which runs of blanks and breaks are elements of their own."""
    found = [element.text or ""]
    for child in element:
        if child.tag == f"{_TEXT}s":
            found.append(" " * min(whole(child.get(f"{_TEXT}c"), 1), 1000))
        elif child.tag == f"{_TEXT}tab":
            found.append("\t")
        elif child.tag == f"{_TEXT}line-break":
            found.append("\n")
        elif child.tag != f"{_OFFICE}annotation":
            found.append(_paragraph(child))
        found.append(child.tail or "")
    return "".join(found)
