"""The records of an xls (BIFF8) → what is in it. Owns xlrd and olefile.

Records are cut out once, and looked through for what was set and what may be odd; cells are read
only where a second opinion is wanted. xlrd is asked for nothing but the text of a formula.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from ptxl.cells import Box
from ptxl.model.errors import WorkbookError
from ptxl.model.refusals import refusal
from ptxl.read.formats.common import (
    DATE_FORMATS,
    EASTERN_DATES,
    Cell,
    Position,
    SheetNotes,
    SheetState,
    distinct,
    shows_a_date,
)
from ptxl.read.formats.xls_cells import (
    OLD_CELLS,
    OWN_TEXTS,
    Shared,
    Texts,
    continued,
    note_records,
    read_cells,
)
from ptxl.receive.xls import records

_FORMULA, _NAME, _PROTECT, _FOOTER, _BOUNDSHEET = 0x0006, 0x0018, 0x0012, 0x0015, 0x0085
_FORMAT, _STYLE, _TEXTS, _DATES, _CODEPAGE = 0x041E, 0x00E0, 0x00FC, 0x0022, 0x0042
#: what the texts of Excel 97 and later are written in; calamine believes it where another is said
_UTF_16 = 1200
#: the version of records that are read here; in others sheets are told of, and no cells
_BIFF8 = b"\x00\x06"
_FILTERED, _MERGED, _VALIDATION, _ROW, _COLUMNS, _ERROR = (
    0x009B, 0x00E5, 0x01BE, 0x0208, 0x007D, 0x0205)  # fmt: skip
_BEGIN, _END = _BOUNDS = 0x0809, 0x000A
_SHORTS = {count: struct.Struct(f"<{count}H").unpack_from for count in (1, 2, 3, 4, 5, 8)}
_TEXT_TOKEN, _JOIN_TOKEN = 0x17, 0x08
_LIST = 3  # the type of a validation that offers a list
_PROPERTIES = "\x05DocumentSummaryInformation"
_SUMMARY = "\x05SummaryInformation"
_LAST_SAVED = 13
#: records of a stream that is longer, in bytes, are cut out anew each time: cut out they take ten
#: times their room, and no form comes near
_MOST_KEPT = 4 << 20


@dataclass(slots=True)
class _Sheet(SheetNotes):
    """What the records of one sheet say."""

    start: int = 0
    formulas_and_errors: dict[Position, bytes] = field(default_factory=dict)
    footer: str = ""
    #: whether it has cells that not every program reads
    odd_cells: bool = False


@dataclass(slots=True)
class _Globals:
    """What stands before all sheets, while its records go by."""

    #: name, start and hiddenness of each sheet
    sheets: list[tuple[str, int, bool]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    #: the record of the texts that cells share
    texts: Sequence[bytes] = ()
    #: formats by the numbers that styles name, and what shows a date
    styles: list[int] = field(default_factory=list)
    dates: dict[int, bool] = field(default_factory=lambda: dict.fromkeys(DATE_FORMATS, True))
    since_1904: bool = False
    redefines_dates: bool = False
    codepage: int = _UTF_16


class XlsReader:
    """An xls, read from its records."""

    leads = False

    def __init__(self, data: bytes, stream: bytes) -> None:
        """Of a file and the stream of its records. Raises WorkbookError where it is damaged."""
        import olefile  # late, like xlrd: other formats want neither, and both take their time

        self._data, self._stream = data, stream
        try:
            self._container = olefile.OleFileIO(io.BytesIO(data))
        except (OSError, ValueError, IndexError, struct.error):
            raise refusal("damaged") from None
        self._kept: dict[int, Sequence[tuple[int, bytes]]] = {}
        self._globals = _look_at_globals(self._records_at(0))
        self.usual = self._globals.codepage == _UTF_16 or stream[4:6] != _BIFF8
        self.redefines_dates = self._globals.redefines_dates
        self.names = distinct(name for name, _, _ in self._globals.sheets)
        self.hidden = frozenset(name for name, _, hidden in self._globals.sheets if hidden)
        starts = {name: start for name, start, _ in self._globals.sheets}
        if len(set(starts.values())) < len(starts):
            raise refusal("damaged")  # one sheet would be read as two
        self._sheets = {
            name: note_records(_NOTES, _Sheet(start=start), self._records_at(start))
            for name, start in starts.items()
        }
        self._cells: dict[str, Mapping[Position, Cell]] = {}

    def is_well_formed(self, name: str) -> bool:
        return True

    def readers_may_differ(self, name: str) -> bool:
        return self._sheets[name].odd_cells

    # -- cells

    def formula_count(self, name: str) -> int:
        return len(self.formulas_and_errors(name))

    def formulas_and_errors(self, name: str) -> frozenset[Position]:
        return frozenset(self._sheets[name].formulas_and_errors)

    def cells(self, name: str) -> Mapping[Position, Cell]:
        if name not in self._cells:
            sheet = self._sheets[name]
            begins = self._stream[sheet.start : sheet.start + 2] == _BEGIN.to_bytes(2, "little")
            if self._stream[4:6] != _BIFF8 or not begins:
                raise refusal("damaged")
            found = read_cells(continued(self._records_at(sheet.start)), self._shared)
            for at in sheet.formulas_and_errors.keys() & found.keys():
                formula = self._formula(name, *at) or found[at].formula
                found[at] = replace(found[at], formula=formula)
            self._cells[name] = found
        return self._cells[name]

    @cached_property
    def _shared(self) -> Shared:
        about = self._globals
        dates = (n for n, number in enumerate(about.styles) if about.dates.get(number))
        texts = Texts(about.texts, 8).all() if about.texts else ()
        return Shared(tuple(texts), frozenset(dates), about.since_1904)

    @cached_property
    def _book(self) -> Any:
        import xlrd

        return xlrd.open_workbook(file_contents=self._data, logfile=io.StringIO())

    def _formula(self, name: str, row: int, column: int) -> str:
        """The text of a cell's formula, as far as xlrd can tell it."""
        record = self._sheets[name].formulas_and_errors.get((row, column), b"")
        if len(record) < 22:
            return ""
        from xlrd.formula import FMLA_TYPE_CELL, decompile_formula

        (length,) = _SHORTS[1](record, 20)
        text = None
        with suppress(Exception):  # likewise; the finding is the same without it
            text = decompile_formula(self._book, record[22:], length, FMLA_TYPE_CELL, row, column)
        return f"={text or '…'}"

    # -- sheets

    def state(self, name: str) -> SheetState:
        return self._sheets[name].state()

    def records_of(self, name: str) -> Iterable[tuple[int, bytes]]:
        """The records of a sheet, or of the workbook ("") before its sheets."""
        return self._records_at(self._sheets[name].start if name else 0)

    def _records_at(self, start: int) -> Iterable[tuple[int, bytes]]:
        """The records from one beginning to its end."""
        if len(self._stream) > _MOST_KEPT:
            return _records_of_sheet(self._stream, start)
        if start not in self._kept:
            self._kept[start] = tuple(_records_of_sheet(self._stream, start))
        return self._kept[start]

    # -- the workbook

    def defined_names(self) -> Mapping[str, str]:
        return dict(self._globals.names)

    def properties(self) -> Mapping[str, str]:
        if not self._container.exists(_PROPERTIES):
            return {}
        try:
            found = self._container.get_userdefined_properties(_PROPERTIES)
        except Exception:  # olefile asserts, or raises whatever comes over a broken stream
            return {}
        return {str(one["property_name"]): _shown(one["value"]) for one in found}

    def saved(self) -> datetime | None:
        if not self._container.exists(_SUMMARY):
            return None
        try:
            told = self._container.getproperties(_SUMMARY, convert_time=True).get(_LAST_SAVED)
        except Exception:  # likewise
            return None
        return told.replace(tzinfo=UTC) if isinstance(told, datetime) else None

    def footers(self) -> Mapping[str, str]:
        return {name: sheet.footer for name, sheet in self._sheets.items()}


def _shown(value: object) -> str:
    if not isinstance(value, bytes):
        return str(value)
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("gb18030", "replace")


def _look_at_globals(records: Iterable[tuple[int, bytes]]) -> _Globals:
    """What the records before all sheets say. Broken ones say nothing."""
    found = _Globals()
    for kind, parts in continued(records):
        note = _NOTES_OF_ALL.get(kind)
        if note:
            with suppress(struct.error, IndexError):
                note(found, parts)
    return found


def _note_sheet(found: _Globals, parts: Sequence[bytes]) -> None:
    record = parts[0]
    if record[5] == 0:  # a worksheet, no chart
        (start,) = struct.unpack_from("<I", record)
        found.sheets.append((_text(record[8:], record[7], record[6]), start, record[4] & 3 != 0))


def _note_name(found: _Globals, parts: Sequence[bytes]) -> None:
    name, formula = _defined(b"".join(parts))
    found.names[name] = formula


def _note_format(found: _Globals, parts: Sequence[bytes]) -> None:
    (number,) = _SHORTS[1](parts[0])
    found.redefines_dates = found.redefines_dates or number in EASTERN_DATES
    found.dates[number] = shows_a_date(Texts(parts, 2).next())


def _note_style(found: _Globals, parts: Sequence[bytes]) -> None:
    found.styles += _SHORTS[1](parts[0], 2)


def _note_texts(found: _Globals, parts: Sequence[bytes]) -> None:
    found.texts = parts


def _note_dates(found: _Globals, parts: Sequence[bytes]) -> None:
    found.since_1904 = _SHORTS[1](parts[0]) == (1,)


def _note_codepage(found: _Globals, parts: Sequence[bytes]) -> None:
    (found.codepage,) = _SHORTS[1](parts[0])


_NOTES_OF_ALL: Mapping[int, Callable[[_Globals, Sequence[bytes]], None]] = {
    _BOUNDSHEET: _note_sheet,
    _NAME: _note_name,
    _FORMAT: _note_format,
    _STYLE: _note_style,
    _TEXTS: _note_texts,
    _DATES: _note_dates,
    _CODEPAGE: _note_codepage,
}


def _records_of_sheet(stream: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """The records from one beginning to its end; none behind one that is cut short.

    A chart on the sheet has a beginning, records and an end of its own, and is left out.
    """
    depth = 0
    with suppress(WorkbookError):
        for one in records(stream, start, len(stream)):
            if depth == 1:
                yield one
            if one[0] in _BOUNDS:
                depth += 1 if one[0] == _BEGIN else -1
            if depth <= 0:
                return


def _note_row(sheet: _Sheet, record: bytes) -> None:
    if record[12] & 0x20:
        sheet.hidden_rows.add(*_SHORTS[1](record))


def _note_columns(sheet: _Sheet, record: bytes) -> None:
    first, last, _, _, options = _SHORTS[5](record)
    if options & 1:
        sheet.hidden_columns.update(range(first, last + 1))


def _note_formula(sheet: _Sheet, record: bytes) -> None:
    sheet.formulas_and_errors[_SHORTS[2](record)] = record


def _note_error(sheet: _Sheet, record: bytes) -> None:
    if record[7]:  # else it is a boolean
        sheet.formulas_and_errors[_SHORTS[2](record)] = b""


def _note_merges(sheet: _Sheet, record: bytes) -> None:
    sheet.merges.update(_boxes(record, 0))


def _note_dropdowns(sheet: _Sheet, record: bytes) -> None:
    if record[0] & 0x0F == _LIST:
        sheet.dropdowns.update(_boxes(record, _end_of_validation(record)))


def _note_footer(sheet: _Sheet, record: bytes) -> None:
    sheet.footer = _text(record[3:], record[2], *_SHORTS[1](record))


def _note_protection(sheet: _Sheet, record: bytes) -> None:
    sheet.protected = _SHORTS[1](record) != (0,)


def _note_odd(sheet: _Sheet, _: bytes) -> None:
    sheet.odd_cells = True


def _note_filter(sheet: _Sheet, _: bytes) -> None:
    sheet.filtered = True


_NOTES: Mapping[int, Callable[[_Sheet, bytes], None]] = {
    _ROW: _note_row,
    _COLUMNS: _note_columns,
    _FORMULA: _note_formula,
    _ERROR: _note_error,
    _MERGED: _note_merges,
    _VALIDATION: _note_dropdowns,
    _FOOTER: _note_footer,
    _PROTECT: _note_protection,
    _FILTERED: _note_filter,
    **dict.fromkeys((*OLD_CELLS, *OWN_TEXTS), _note_odd),
}


def _boxes(record: bytes, at: int) -> Iterator[Box]:
    """Rectangles, as many as the number before them says."""
    for number in range(*_SHORTS[1](record, at)):
        first, last, left, right = _SHORTS[4](record, at + 2 + 8 * number)
        yield Box(first, left, last, right)


def _end_of_validation(record: bytes) -> int:
    """Where the four texts and two formulas of a validation end."""
    at = 4
    for _ in range(4):
        (length,) = _SHORTS[1](record, at)
        at += 3 + length * (1 + (record[at + 2] & 1))
    for _ in range(2):
        (length,) = _SHORTS[1](record, at)
        at += 4 + length
    return at


def _defined(record: bytes) -> tuple[str, str]:
    """A defined name and its formula, which is told where it is made of texts only."""
    length, (size,) = record[3], _SHORTS[1](record, 4)
    wide = record[14] & 1
    start = 15 + length * (2 if wide else 1)
    name = _text(record[15:start], wide)
    tokens = record[start : start + size]
    texts: list[str] = []
    at = 0
    while at < len(tokens):
        if tokens[at] == _TEXT_TOKEN:
            count, wide = tokens[at + 1], tokens[at + 2] & 1
            end = at + 3 + count * (2 if wide else 1)
            texts.append(_text(tokens[at + 3 : end], wide))
            at = end
        elif tokens[at] == _JOIN_TOKEN:
            at += 1
        else:
            return name, "=…"
    return name, '="' + "".join(texts).replace('"', '""') + '"'


def _text(data: bytes, flags: int, length: int | None = None) -> str:
    """Characters of one byte or of two."""
    if flags & 1:
        return data[: None if length is None else 2 * length].decode("utf-16-le", "replace")
    return data[:length].decode("latin-1")
