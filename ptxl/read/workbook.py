"""Bytes → an open workbook: sheet names and values, whatever the format. Owns python-calamine."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar

from python_calamine import CalamineError, CalamineWorkbook

from ptxl.layout.helper_sheets import CHECK_LINES_SHEET, MAP_SHEET, VALUES_SHEET
from ptxl.model.errors import WorkbookError
from ptxl.model.findings import Code
from ptxl.model.refusals import refusal
from ptxl.read.formats.common import (
    BLANK,
    Cell,
    Clarity,
    Format,
    FormatReader,
    Position,
    SheetState,
    constant,
    mean_the_same,
)
from ptxl.read.formats.xlsx import XlsxReader
from ptxl.read.looks.look import Looks
from ptxl.read.looks.xlsx import XlsxLooks
from ptxl.receive.sniff import RECORDS, Limits, Package, check_cells, sniff
from ptxl.text import Raw, shows_nothing

Grid = Sequence[Sequence[object]]
_T = TypeVar("_T")
#: with which Excel encrypts what is protected and not secret: every program opens it unasked
_BUILT_IN_PASSWORD = "VelvetSweatshop"
#: the self-check and the map of fields, most of a form, which are hardly ever read
_UNREAD = frozenset((CHECK_LINES_SHEET, VALUES_SHEET, MAP_SHEET))
#: days and times before this are what calamine makes of numbers that are no dates
_FIRST_DAY = date(1954, 1, 1)
_LONGEST_SHOWN = 120
#: what stands for a character that cannot be read
_NO_CHARACTER = "\ufffd"


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a cell does not simply hold its value: code and facts of a finding.

    `value` is what may be read all the same, None when nothing may.
    """

    code: Code
    facts: Mapping[str, object]
    value: Raw | None = None


@dataclass(slots=True)
class Workbook:
    """An open workbook: its sheet names and their values, each sheet read when asked for."""

    names: tuple[str, ...]
    #: names of the sheets that nobody sees, our own included
    hidden: frozenset[str]
    _package: Package
    _reader: FormatReader
    _book: CalamineWorkbook | None
    #: opens it once more, with the sheets that the package was emptied of
    _open_whole: Callable[[], Workbook] | None = None
    _kept_whole: Workbook | None = None
    _sheets: dict[str, _Sheet] = field(default_factory=dict)
    _states: dict[str, SheetState] = field(default_factory=dict)
    #: defined names and properties
    _texts: dict[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def kind(self) -> Format:
        """The format of the file."""
        return self._package.kind

    @property
    def parts(self) -> Mapping[str, bytes]:
        """The parts by name: those of an xlsx or ods, unpacked, or the records of an xls."""
        return self._package.parts

    @property
    def reader(self) -> FormatReader:
        """The reader of its own format."""
        return self._reader

    @property
    def looks(self) -> Looks:
        """How its cells look, with nothing known yet. Most are xlsx: the others stay unloaded."""
        reader: Any = self._reader
        if self.kind == "xls":
            from ptxl.read.looks.xls import XlsLooks

            return XlsLooks(reader)
        if self.kind == "ods":
            from ptxl.read.looks.ods import OdsLooks

            return OdsLooks(reader)
        return XlsxLooks(reader)

    def grid(self, name: str) -> Grid:
        """All values of a sheet from A1 on, blank cells as ''."""
        return self._sheet(name).grid

    def _sheet(self, name: str) -> _Sheet:
        """The cells of a sheet, those of a whole workbook where this one was emptied of them."""
        if name not in self._sheets:
            book = self._whole() if name in self._package.emptied else self
            self._sheets[name] = _Sheet(name, self.kind, book._reader, book._book)
        return self._sheets[name]

    def _whole(self) -> Workbook:
        """The workbook with all its sheets, opened once more for them."""
        if self._open_whole is None:
            return self
        if self._kept_whole is None:
            self._kept_whole = self._open_whole()
        return self._kept_whole

    def rows(self, name: str) -> Grid:
        """All values of a sheet; none where it is not there."""
        if name not in self.names:
            return ()
        return self.grid(name)

    def merged(self, name: str) -> Sequence[tuple[Position, Position]]:
        """The merged areas of a sheet, first and last cell of each; none where nobody can tell."""
        book = self._book
        if book is None or name not in self.names or not self._reader.is_well_formed(name):
            return ()
        return _by_calamine(lambda: book.get_sheet_by_name(name).merged_cell_ranges) or ()

    def formulas_and_errors(self, name: str) -> frozenset[Position]:
        """Cells of a sheet that hold a formula or an error value."""
        return self._sheet(name).reader.formulas_and_errors(name)

    def formula_count(self, name: str) -> int:
        """How many formulas a sheet holds; an error value may count as one."""
        if name in self._package.emptied:
            return self._package.formulas_left_out(name)
        return self._reader.formula_count(name)

    def readers_may_differ(self, name: str) -> bool:
        """Whether programs may differ on any cell of a sheet, by the way in which it is written."""
        return self._sheet(name).readers_may_differ

    def doubt(self, name: str, at: Position) -> Doubt | None:
        """What two readers have against a cell; nothing where both mean the same.

        Ask it of `formulas_and_errors`, of values of which `needs_second_look` is true, and of all
        cells where a sheet is not as it was issued.
        """
        return self._sheet(name).doubt(at)

    def defined_names(self) -> Mapping[str, str]:
        """Name → its text: a constant without its quotes, a reference as it stands."""
        if "names" not in self._texts:
            names = self._reader.defined_names()
            texts = {name: constant(text) for name, text in names.items()}
            self._texts["names"] = _stripped(texts)
        return self._texts["names"]

    def properties(self) -> Mapping[str, str]:
        """The document's custom properties as texts."""
        if "properties" not in self._texts:
            self._texts["properties"] = _stripped(self._reader.properties())
        return self._texts["properties"]

    def footers(self) -> Mapping[str, str]:
        """Sheet → the texts of its footers, with the format's codes among them."""
        return self._reader.footers()

    def state(self, name: str) -> SheetState:
        """What was set for a sheet as such: protection, hidden rows, merges, dropdowns."""
        if name not in self._states:
            self._states[name] = self._reader.state(name)
        return self._states[name]

    def protected(self, name: str) -> bool | None:
        """Whether a sheet is protected; None where its format does not say."""
        return self.state(name).protected


class _Sheet:
    """The cells of one sheet, as two readers have them, each of which is asked once."""

    def __init__(
        self, name: str, kind: Format, reader: FormatReader, book: CalamineWorkbook | None
    ) -> None:
        self.name, self.kind, self.reader = name, kind, reader
        self._book = book

    @cached_property
    def grid(self) -> Grid:
        """All values from A1 on, blank cells as ''."""
        first = None if self.reader.leads else self._first
        return _grid_of(self.reader.cells(self.name)) if first is None else first

    @cached_property
    def _first(self) -> Grid | None:
        """What calamine says; None where it cannot read."""
        book = self._book
        # From a broken sheet calamine reads what it can and drops what stands behind.
        if book is None or not self.reader.is_well_formed(self.name):
            return None
        grid = _by_calamine(
            lambda: book.get_sheet_by_name(self.name).to_python(skip_empty_area=False)
        )
        if grid and self.reader.redefines_dates:
            return _with_dates_of(self._second or {}, grid)
        return grid

    @cached_property
    def _second(self) -> Mapping[Position, Cell] | None:
        """What the reader of the format says; where it cannot read, the other reads alone."""
        try:
            return self.reader.cells(self.name)
        except WorkbookError:
            return None

    @property
    def readers_may_differ(self) -> bool:
        """Whether programs may differ on any cell, by the way in which the sheet is written."""
        return self._first is None or self.reader.readers_may_differ(self.name)

    def doubt(self, at: Position) -> Doubt | None:
        """What two readers have against a cell; nothing where both mean the same."""
        if self._second is None:
            return self._doubt_alone(at)
        cell = self._second.get(at, BLANK)
        if cell.error:
            return Doubt("error_value", {"raw": cell.error[:_LONGEST_SHOWN]})
        if cell.clarity is Clarity.UNCLEAR:
            return Doubt("cell_unclear", {"raw": _shown(cell.value)})
        formula = {"formula": cell.formula[:_LONGEST_SHOWN]}
        if cell.formula and cell.value is None:
            return Doubt("formula_without_value", formula)
        if self._first is not None and self._differ(_at(self._first, at), cell):
            raw, other = _shown(_at(self._first, at)), _shown(cell.value)
            return Doubt("readers_differ", {"raw": raw, "other": other})
        if cell.formula:
            return Doubt("formula_in_answer", formula, cell_value(cell.value))
        return None

    def _differ(self, first: object, cell: Cell) -> bool:
        if cell.clarity is Clarity.KNOWN:
            return False
        if type(first) is type(cell.value) and first == cell.value:
            return False  # as nearly all are
        if cell.formula and self.kind == "xls":
            return False  # calamine gives 0 for the texts that its formulas result in
        return not mean_the_same(first, cell.value)

    def _doubt_alone(self, at: Position) -> Doubt | None:
        """What speaks against a cell that one reader alone can read."""
        value = _at(self.grid, at)
        odd = at in self.reader.formulas_and_errors(self.name) or needs_second_look(value)
        if odd or self.reader.readers_may_differ(self.name):
            return Doubt("cell_unclear", {"raw": _shown(value) or "?"})
        return None


def open_workbook(data: bytes, limits: Limits | None = None) -> Workbook:
    """Open a workbook by its content, whatever its name. Raises WorkbookError."""
    try:
        return _opened(data, limits, _UNREAD)
    except WorkbookError as error:
        if error.code != "encrypted":
            raise
        return _opened(_decrypted(data), limits, _UNREAD)


def _opened(data: bytes, limits: Limits | None, unread: Collection[str]) -> Workbook:
    package = sniff(data, limits, unread)
    reader = _reader_of(package, limits)
    book = None
    if reader.usual:
        book = _by_calamine(lambda: CalamineWorkbook.from_filelike(io.BytesIO(package.data)))
    return Workbook(
        reader.names, reader.hidden, package, reader, book, lambda: _opened(data, limits, ())
    )


def _reader_of(package: Package, limits: Limits | None) -> FormatReader:
    """What tells more of a workbook than calamine. Most are xlsx: the others stay unloaded."""
    if package.kind == "xls":
        from ptxl.read.formats.xls import XlsReader

        return XlsReader(package.data, package.parts[RECORDS])
    if package.kind == "ods":
        from ptxl.read.formats.ods import OdsReader

        return OdsReader(package.parts)
    return XlsxReader(package.parts, lambda part: check_cells(package, part, limits))


def _decrypted(data: bytes) -> bytes:
    """A workbook that everybody may open, without its encryption. Raises WorkbookError."""
    import msoffcrypto  # late: hardly any file needs it

    target = io.BytesIO()
    try:
        file = msoffcrypto.OfficeFile(io.BytesIO(data))
        # Of an xls the password is always verified.
        verify = {"verify_password": True} if file.format == "ooxml" else {}
        file.load_key(password=_BUILT_IN_PASSWORD, **verify)
        file.decrypt(target)
    except Exception:  # a wrong password, or whatever it raises over a broken file
        raise refusal("encrypted") from None
    return target.getvalue()


def _by_calamine(ask: Callable[[], _T]) -> _T | None:
    """What calamine says; None where it cannot."""
    try:
        return ask()
    except (CalamineError, ValueError, ArithmeticError, OSError):
        return None
    except BaseException as error:
        # A panic of the Rust side derives from BaseException alone, and is told by its name.
        if "Panic" not in type(error).__name__:
            raise
        return None


def _grid_of(cells: Mapping[Position, Cell]) -> Grid:
    """All values from A1 on, of a sheet that calamine cannot read."""
    if not cells:
        return ()
    row_numbers, columns = zip(*cells, strict=True)
    rows: list[list[object]] = [[""] * (1 + max(columns)) for _ in range(1 + max(row_numbers))]
    for (row, column), cell in cells.items():
        if cell.value is not None:
            rows[row][column] = cell.value
    return rows


def _with_dates_of(cells: Mapping[Position, Cell], grid: Grid) -> Grid:
    """A grid with numbers in the place of dates that only calamine takes for dates."""
    rows = list(map(list, grid))
    for (row, column), cell in cells.items():
        if isinstance(cell.value, float) and isinstance(_at(rows, (row, column)), date | time):
            rows[row][column] = cell.value
    return rows


def _at(grid: Grid, at: Position) -> object:
    row, column = at
    try:
        return grid[row][column]
    except IndexError:
        return ""


def needs_second_look(value: object) -> bool:
    """Whether a value is one that calamine makes of others: times, days before our time, inf.

    Of a text that goes on in the next record of an xls it takes no character apart unharmed.
    """
    if isinstance(value, str):
        return _NO_CHARACTER in value
    if isinstance(value, float):
        return not math.isfinite(value)
    if isinstance(value, datetime):
        return value.date() < _FIRST_DAY
    if isinstance(value, date):
        return value < _FIRST_DAY
    return isinstance(value, time | timedelta)


def _stripped(texts: Mapping[str, str]) -> dict[str, str]:
    """Texts without the blanks and line breaks with which some programs indent them."""
    return {name.strip(): text.strip() for name, text in texts.items()}


def _shown(value: object) -> str:
    raw = cell_value(value)
    if raw is None:
        return ""
    return str(raw)[:_LONGEST_SHOWN]


def cell_value(value: object) -> Raw | None:
    """A cell's value; None for what is blank to the eye."""
    if value is None or value == "":
        return None
    if isinstance(value, bool | date):
        return value
    if isinstance(value, int | float) and math.isfinite(value):
        # A cell keeps 15 digits; what a program writes beyond them is noise of its arithmetic.
        return Decimal(format(value, ".15g"))
    text = str(value)
    if shows_nothing(text):
        return None
    return text
