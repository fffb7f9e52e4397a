"""The records of an xls (BIFF8) → texts and cells, each by itself: a broken one costs no other."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TypeVar

from ptxl.read.formats.common import Cell, Clarity, Position, date_of

_CONTINUE, _STRING = 0x003C, 0x0207
_FORMULA, _ERROR_OR_TRUTH = 0x0006, 0x0205
_PLACE = struct.Struct("<HH").unpack_from
_SHORT = struct.Struct("<H").unpack_from
_LONG = struct.Struct("<I").unpack_from
_DOUBLE = struct.Struct("<d").unpack_from
#: of a formula: its result is no number, and says what it is in its first byte
_NO_NUMBER = b"\xff\xff"
_ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?",
    0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip
_UNKNOWN = Cell("?", clarity=Clarity.UNCLEAR)

#: a record's kind and its content, with that of the records that continue it
Record = tuple[int, Sequence[bytes]]
_Noted = TypeVar("_Noted")


def continued(records: Iterable[tuple[int, bytes]]) -> Iterator[Record]:
    """Join records with those that continue them."""
    kind, parts = 0, list[bytes]()
    for next_kind, content in records:
        if next_kind == _CONTINUE:
            parts.append(content)
            continue
        if parts:
            yield kind, parts
        kind, parts = next_kind, [content]
    if parts:
        yield kind, parts


def note_records(
    notes: Mapping[int, Callable[[_Noted, bytes], None]],
    noted: _Noted,
    records: Iterable[tuple[int, bytes]],
) -> _Noted:
    """Give each record to the function that notes its kind, and return what was noted.

    Those of other kinds, and broken ones, say nothing.
    """
    for kind, record in records:
        note = notes.get(kind)
        if note is None:
            continue
        try:
            note(noted, record)
        except (struct.error, IndexError):
            continue  # and `suppress` would take longer than all of this
    return noted


class Texts:
    """Reads the texts of a record, one behind the other, also where one goes on in the next."""

    def __init__(self, parts: Sequence[bytes], place: int = 0) -> None:
        self._parts = parts
        self._part, self._place = 0, place

    def next(self) -> str:
        """The next text. Raises IndexError or struct.error where it is cut short."""
        length, flags = _SHORT(self._take(2))[0], self._take(1)[0]
        runs = _SHORT(self._take(2))[0] if flags & 8 else 0
        more = _LONG(self._take(4))[0] if flags & 4 else 0
        text = self._characters(length, flags & 1)
        self._take(4 * runs + more)  # how it looks and is pronounced
        return text

    def all(self) -> Iterator[str]:
        """All texts up to the end, or to where they are broken."""
        with suppress(IndexError, struct.error):
            while True:
                yield self.next()

    def _take(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            if self._place >= len(self._parts[self._part]):
                self._part, self._place = self._part + 1, 0
            piece = self._parts[self._part][self._place : self._place + size - len(found)]
            self._place += len(piece)
            found += piece
        return found

    def _characters(self, count: int, wide: int) -> str:
        """So many characters, as UTF-16 counts them: one of two may go on in the next record."""
        found = b""
        while count:
            width = 1 + wide
            room = (len(self._parts[self._part]) - self._place) // width
            piece = self._take(min(room, count) * width)
            count -= len(piece) // width
            found += piece if wide else piece.decode("latin-1").encode("utf-16-le")
            if count:  # the next record says anew how wide its characters are
                self._part, self._place = self._part + 1, 1
                wide = self._parts[self._part][0] & 1
        return found.decode("utf-16-le", "replace")


@dataclass(frozen=True, slots=True)
class Shared:
    """What the cells of all sheets refer to: texts by number, and the formats that show dates."""

    texts: Sequence[str]
    dates: frozenset[int]
    since_1904: bool = False

    def number(self, number: float, style: int) -> Cell:
        """A number, or the day that it stands for."""
        return Cell(date_of(number, self.since_1904) if style in self.dates else number)


@dataclass(slots=True)
class _Sheet:
    """The cells of a sheet while its records go by."""

    shared: Shared
    cells: dict[Position, Cell] = field(default_factory=dict)
    #: the formula whose text comes in the next record
    awaiting: Position | None = None

    def add(self, at: Position, cell: Cell) -> None:
        """Note a cell; where there is one already, programs show the one or the other."""
        self.cells[at] = _UNKNOWN if at in self.cells else cell


def read_cells(records: Iterable[Record], shared: Shared) -> dict[Position, Cell]:
    """Read the cells of a sheet from its records; `shared` is what they refer to.

    A formula is told as "=", its text is the matter of others.
    """
    sheet = _Sheet(shared)
    for kind, parts in records:
        read = _READERS.get(kind)
        if read is None:
            continue
        try:
            read(sheet, parts)
        except (IndexError, struct.error):
            if len(parts[0]) >= 4:
                sheet.cells[_PLACE(parts[0])] = _UNKNOWN
    return sheet.cells


def _number(sheet: _Sheet, parts: Sequence[bytes]) -> None:
    (style,), (number,) = _SHORT(parts[0], 4), _DOUBLE(parts[0], 6)
    sheet.add(_PLACE(parts[0]), sheet.shared.number(number, style))


def _short_number(sheet: _Sheet, parts: Sequence[bytes]) -> None:
    (style,), (packed,) = _SHORT(parts[0], 4), _LONG(parts[0], 6)
    sheet.add(_PLACE(parts[0]), sheet.shared.number(_unpacked(packed), style))


def _short_numbers(sheet: _Sheet, parts: Sequence[bytes]) -> None:
    (row, first), (last,) = _PLACE(parts[0]), _SHORT(parts[0], len(parts[0]) - 2)
    for number in range(last - first + 1):
        (style,), (packed,) = _SHORT(parts[0], 4 + 6 * number), _LONG(parts[0], 6 + 6 * number)
        sheet.add((row, first + number), sheet.shared.number(_unpacked(packed), style))


def _unpacked(packed: int) -> float:
    """A number of 30 bits, whole or the upper half of a longer one, perhaps a hundredfold."""
    if packed & 2:
        number = float((packed ^ 1 << 31) - (1 << 31) >> 2)
    else:
        (number,) = _DOUBLE(struct.pack("<II", 0, packed & ~3))
    return number / 100 if packed & 1 else number


def _shared_text(sheet: _Sheet, parts: Sequence[bytes]) -> None:
    (number,) = _LONG(parts[0], 6)
    sheet.add(_PLACE(parts[0]), Cell(sheet.shared.texts[number]))


def _own_text(sheet: _Sheet, parts: Sequence[bytes]) -> None:
    text = Texts([parts[0], *parts[1:]], 6).next()
    sheet.add(_PLACE(parts[0]), Cell(text))


def _truth(sheet: _Sheet, parts: Sequence[bytes]) -> None:
    sheet.add(_PLACE(parts[0]), _truth_or_error(parts[0][6], parts[0][7]))


def _truth_or_error(value: int, is_error: int) -> Cell:
    return Cell(None, error=_ERRORS.get(value, "#ERROR")) if is_error else Cell(value != 0)


def _formula(sheet: _Sheet, parts: Sequence[bytes]) -> None:
    at, (style,) = _PLACE(parts[0]), _SHORT(parts[0], 4)
    result = parts[0][6:14]
    if result[6:] != _NO_NUMBER:
        (number,) = _DOUBLE(result)
        found = sheet.shared.number(number, style)
        # LibreOffice writes 0 for a text that it did not compute.
        found = replace(found, value=found.value or None)
    else:
        is_text = result[0] in (0, 3)
        sheet.awaiting = at if result[0] == 0 else None
        found = Cell("") if is_text else _truth_or_error(result[2], result[0] == 2)
    sheet.add(at, replace(found, formula="="))


def _text_of_formula(sheet: _Sheet, parts: Sequence[bytes]) -> None:
    at, sheet.awaiting = sheet.awaiting, None
    if at is not None and at in sheet.cells:
        sheet.cells[at] = replace(sheet.cells[at], value=Texts(parts).next())


def _unclear(sheet: _Sheet, parts: Sequence[bytes]) -> None:
    sheet.cells[_PLACE(parts[0])] = _UNKNOWN


#: cells of Excel 2 to 4, which some programs show and others pass over
OLD_CELLS = 0x0001, 0x0002, 0x0003, 0x0004, 0x0005, 0x0206, 0x0406
#: cells that hold their texts themselves, as no office writes them any more
OWN_TEXTS = 0x0204, 0x00D6
_READERS: Mapping[int, Callable[[_Sheet, Sequence[bytes]], None]] = {
    0x0203: _number,
    0x027E: _short_number,
    0x00BD: _short_numbers,
    0x00FD: _shared_text,
    **dict.fromkeys(OWN_TEXTS, _own_text),
    _ERROR_OR_TRUTH: _truth,
    _FORMULA: _formula,
    _STRING: _text_of_formula,
    **dict.fromkeys(OLD_CELLS, _unclear),
}
