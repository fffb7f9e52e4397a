"""The records of an xls (BIFF8) → how its cells look: formats, fonts, runs, heights, drawings."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from ptxl.cells import Box
from ptxl.read.formats.xls import XlsReader
from ptxl.read.looks.look import (
    BLACK,
    LEAST_HEIGHT,
    LEAST_WIDTH,
    NO_MARKS,
    REPEATED,
    WHITE,
    Colour,
    LaidOver,
    Look,
    Marks,
    Position,
    Run,
    SheetLook,
    alike,
    look_of_runs,
    marks_of,
)
from ptxl.values.number_format import BUILT_IN, parse_format

_FONT, _FORMAT, _XF, _PALETTE, _SST, _CONTINUE = 0x31, 0x41E, 0xE0, 0x92, 0xFC, 0x3C
#: records of one cell: row, column and style are what each begins with
_CELLS = 0x203, 0x27E, 0x06, 0x204, 0xD6, 0x205
_SHARED, _MANY = 0xFD, 0xBD
_ROW, _COLUMNS, _NOTE, _OBJECT, _DRAWING = 0x208, 0x7D, 0x1C, 0x5D, 0xEC
_AREAS, _CONDITION = 0x1B0, 0x1B1
_VIEW, _SHOWS_ZEROS = 0x23E, 0x10
_BEGIN, _END = 0x809, 0x0A
_STYLES = (_FONT, _FORMAT, _XF, _PALETTE)
_STRUCK, _SOLID = 0x08, 1
#: the byte of a style that holds its alignment, and the one that repeats until a cell is full
_ALIGNED, _FILLED = 6, 4
#: colours by number that every workbook has, until it has a palette of its own
_COLOURS = {0: BLACK, 1: WHITE, 8: BLACK, 9: WHITE, 64: BLACK, 65: WHITE, 0x7FFF: BLACK}
_FIRST_OF_PALETTE = 8
#: kinds of drawn objects that no person drew: boxes of notes, arrows of lists and filters
_NOTE_BOX, _ARROW = 0x19, 0x14
#: what the style of a condition has, and where its font says what
_HAS_NUMBER_FORMAT, _HAS_FONT = 1 << 25, 1 << 26
_FONT_OPTIONS, _FONT_COLOUR, _FONT_KEPT, _STRUCK_OUT = 12 + 68, 12 + 80, 12 + 88, 0x80
_ANCHOR = b"\x10\xf0\x12\x00\x00\x00"
_MOST_LAID_OVER, _LAST_COLUMN = 50, 255


@dataclass(slots=True)
class _Sheet:
    """What the records of one sheet say of how it looks."""

    #: style of each cell, and the number of its text
    cells: dict[Position, tuple[int, int]] = field(default_factory=dict)
    low_rows: set[int] = field(default_factory=set)
    narrow_columns: set[int] = field(default_factory=set)
    drawings: list[LaidOver] = field(default_factory=list)
    #: cell and number of each note, and texts by number
    notes: list[tuple[Position, int]] = field(default_factory=list)
    texts: dict[int, str] = field(default_factory=dict)
    #: the areas of the conditional format that is read, and of those that may hide a value
    areas: list[Box] = field(default_factory=list)
    conditional: list[Box] = field(default_factory=list)
    hides_zeros: bool = False
    #: where the next object begins, and the number of the last one
    anchor: Position = (0, 0)
    object: int = -1


@dataclass(slots=True)
class _Book:
    """What the records of the workbook say of how cells look."""

    fonts: list[bytes] = field(default_factory=list)
    styles: list[bytes] = field(default_factory=list)
    formats: dict[int, str] = field(default_factory=lambda: dict(BUILT_IN))
    colours: dict[int, Colour] = field(default_factory=lambda: dict(_COLOURS))
    #: runs of the shared texts that have some: where each begins, and its font
    runs: dict[int, tuple[str, Sequence[tuple[int, int]]]] = field(default_factory=dict)


class XlsLooks:
    """How the cells of an xls look."""

    def __init__(self, reader: XlsReader) -> None:
        self._reader = reader
        self._sheets: dict[str, _Sheet] = {}

    @cached_property
    def _book(self) -> _Book:
        book = _Book()
        shared: list[bytes] = []
        for kind, record in self._reader.records_of(""):
            if kind in _STYLES:
                with suppress(struct.error, IndexError):
                    _note_style(book, kind, record)
            if kind == _SST or (kind == _CONTINUE and shared):
                shared.append(record)
            elif shared:
                with suppress(struct.error, IndexError):
                    book.runs.update(_shared_runs(shared))
                shared = []
        return book

    @cached_property
    def _looks(self) -> tuple[Look, ...]:
        different = {style: self._look(style) for style in dict.fromkeys(self._book.styles)}
        return tuple(different[style] for style in self._book.styles)

    def _look(self, style: bytes) -> Look:
        font, form = struct.unpack_from("<2H", style)
        code = self._book.formats.get(form, "General")
        marks = self._font_marks(font, self._paper(style))
        is_repeated = len(style) > _ALIGNED and style[_ALIGNED] & 7 == _FILLED
        return Look(parse_format(code), marks | REPEATED if is_repeated else marks)

    def _paper(self, style: bytes) -> Colour | None:
        pattern = struct.unpack_from("<I", style, 14)[0] >> 26 & 0x3F
        if not pattern:
            return WHITE
        colour = struct.unpack_from("<H", style, 18)[0] & 0x7F
        return self._book.colours.get(colour) if pattern == _SOLID else None

    def _font_marks(self, number: int, paper: Colour | None) -> Marks:
        place = number - (number > 4)  # there is no font of number 4
        if place >= len(self._book.fonts):
            return NO_MARKS
        height, options, colour, _, raised = struct.unpack_from("<5H", self._book.fonts[place])
        ink = None if colour == 0x7FFF else self._book.colours.get(colour)
        return marks_of(
            struck=bool(options & _STRUCK), raised=raised in (1, 2), pale=alike(ink, paper),
            size=height / 20,
        )  # fmt: skip

    # -- cells

    def texts_are_usual(self, name: str) -> bool:
        return self._all_usual

    @cached_property
    def _all_usual(self) -> bool:
        fonts = {font for _, starts in self._book.runs.values() for _, font in starts}
        papers = set(map(self._paper, set(self._book.styles)))
        if any(self._font_marks(font, paper) for font in fonts for paper in papers):
            return False
        return all(look.is_usual for look in self._looks)

    def cell(self, name: str, at: Position) -> Look:
        style, text = self._sheet(name).cells.get(at, (0, -1))
        if style >= len(self._looks):
            return Look()
        look = self._looks[style]
        if text not in self._book.runs:
            return look
        paper = self._paper(self._book.styles[style])
        (first,) = struct.unpack_from("<H", self._book.styles[style])
        return look_of_runs(look, tuple(self._runs(text, first, paper)))

    def _runs(self, number: int, first: int, paper: Colour | None) -> Iterator[Run]:
        text, starts = self._book.runs[number]
        bounds = [(0, first), *starts, (len(text), first)]
        for (begin, font), (end, _) in pairwise(bounds):
            yield Run(text[begin:end], self._font_marks(font, paper))

    # -- sheets

    def sheet(self, name: str) -> SheetLook:
        sheet = self._sheet(name)
        notes = [LaidOver("note", at, sheet.texts.get(number, "")) for at, number in sheet.notes]
        laid_over = tuple([*sheet.drawings, *notes][:_MOST_LAID_OVER])
        return SheetLook(
            low_rows=frozenset(sheet.low_rows),
            narrow_columns=frozenset(sheet.narrow_columns),
            laid_over=laid_over,
            conditional=tuple(sheet.conditional),
            hides_zeros=sheet.hides_zeros,
        )

    def _sheet(self, name: str) -> _Sheet:
        if name not in self._sheets:
            self._sheets[name] = _look_through(self._reader.records_of(name))
        return self._sheets[name]


_SHORTEST = 20  # bytes of a format or font; one that is cut short says nothing more


def _note_style(book: _Book, kind: int, record: bytes) -> None:
    if kind == _FONT:
        book.fonts.append(record.ljust(_SHORTEST, b"\0"))
    elif kind == _XF:
        book.styles.append(record.ljust(_SHORTEST, b"\0"))
    elif kind == _FORMAT:
        number, length, flags = struct.unpack_from("<2HB", record)
        book.formats[number] = _characters(record[5:], length, flags)
    elif kind == _PALETTE:
        for place in range(*struct.unpack_from("<H", record)):
            red, green, blue = record[2 + 4 * place : 5 + 4 * place]
            book.colours[_FIRST_OF_PALETTE + place] = (red, green, blue)


def _characters(data: bytes, length: int, flags: int) -> str:
    if flags & 1:
        return data[: 2 * length].decode("utf-16-le", "replace")
    return data[:length].decode("latin-1")


def _look_through(records: Iterator[tuple[int, bytes]]) -> _Sheet:
    sheet, depth = _Sheet(), 0
    for kind, record in records:
        note = _NOTES.get(kind)
        if note and depth == 1:
            with suppress(struct.error, IndexError):
                note(sheet, record)
        elif kind in (_BEGIN, _END):
            depth += 1 if kind == _BEGIN else -1  # a chart on the sheet has records of its own
    return sheet


def _note_drawing(sheet: _Sheet, record: bytes) -> None:
    """The cell at which the next object begins."""
    start = record.find(_ANCHOR)
    if start >= 0:
        column, _, row = struct.unpack_from("<3H", record, start + len(_ANCHOR) + 2)
        sheet.anchor = row, column


def _note_object(sheet: _Sheet, record: bytes) -> None:
    what, sheet.object = struct.unpack_from("<2H", record, 4)
    if what not in (_NOTE_BOX, _ARROW):
        sheet.drawings.append(LaidOver("drawing", sheet.anchor))


def _note_text(sheet: _Sheet, record: bytes) -> None:
    """The text of the object before it; how that looks goes on in another record."""
    if sheet.object >= 0 and sheet.object not in sheet.texts:
        sheet.texts[sheet.object] = _characters(record[1:], len(record), record[0])


def _note_cell(sheet: _Sheet, record: bytes) -> None:
    row, column, style = struct.unpack_from("<3H", record)
    sheet.cells[row, column] = style, -1


def _note_shared(sheet: _Sheet, record: bytes) -> None:
    row, column, style, text = struct.unpack_from("<3HI", record)
    sheet.cells[row, column] = style, text


def _note_many(sheet: _Sheet, record: bytes) -> None:
    row, first = struct.unpack_from("<2H", record)
    for place in range((len(record) - 6) // 6):
        (style,) = struct.unpack_from("<H", record, 4 + 6 * place)
        sheet.cells[row, first + place] = style, -1


def _note_row(sheet: _Sheet, record: bytes) -> None:
    row, _, _, height = struct.unpack_from("<4H", record)
    if not height & 0x8000 and height / 20 < LEAST_HEIGHT:
        sheet.low_rows.add(row)


def _note_columns(sheet: _Sheet, record: bytes) -> None:
    first, last, width = struct.unpack_from("<3H", record)
    if width / 256 < LEAST_WIDTH:
        sheet.narrow_columns.update(range(first, min(last, _LAST_COLUMN) + 1))


def _note_note(sheet: _Sheet, record: bytes) -> None:
    row, column, _, number = struct.unpack_from("<4H", record)
    sheet.notes.append(((row, column), number))


def _note_areas(sheet: _Sheet, record: bytes) -> None:
    (count,) = struct.unpack_from("<H", record, 12)
    bounds = (struct.unpack_from("<4H", record, 14 + 8 * place) for place in range(count))
    sheet.areas = [Box(top, left, bottom, right) for top, bottom, left, right in bounds]


def _note_view(sheet: _Sheet, record: bytes) -> None:
    (flags,) = struct.unpack_from("<H", record)
    sheet.hides_zeros = not flags & _SHOWS_ZEROS


def _note_condition(sheet: _Sheet, record: bytes) -> None:
    (flags,) = struct.unpack_from("<I", record, 6)
    may_hide = bool(flags & _HAS_NUMBER_FORMAT)
    if flags & _HAS_FONT and not may_hide:
        (options,) = struct.unpack_from("<I", record, _FONT_OPTIONS)
        (colour,) = struct.unpack_from("<i", record, _FONT_COLOUR)
        (kept,) = struct.unpack_from("<I", record, _FONT_KEPT)
        is_struck = options & _STRUCK_OUT and not kept & _STRUCK_OUT
        may_hide = bool(is_struck) or _COLOURS.get(colour) == WHITE
    if may_hide:
        sheet.conditional += sheet.areas


_NOTES: Mapping[int, Callable[[_Sheet, bytes], None]] = {
    **dict.fromkeys(_CELLS, _note_cell),
    _SHARED: _note_shared,
    _MANY: _note_many,
    _ROW: _note_row,
    _COLUMNS: _note_columns,
    _NOTE: _note_note,
    _OBJECT: _note_object,
    _DRAWING: _note_drawing,
    _CONTINUE: _note_text,
    _AREAS: _note_areas,
    _CONDITION: _note_condition,
    _VIEW: _note_view,
}


# -- shared texts


def _shared_runs(
    records: Sequence[bytes],
) -> Iterator[tuple[int, tuple[str, Sequence[tuple[int, int]]]]]:
    """Number, text and runs of each shared text that has some."""
    pieces = _Pieces(records)
    (count,) = struct.unpack("<I", pieces.take(8)[4:])
    number = 0
    while number < count:
        number += pieces.pass_over_plain(count - number)
        if number == count:
            return
        length, flags = struct.unpack("<HB", pieces.take(3))
        runs = struct.unpack("<H", pieces.take(2))[0] if flags & 8 else 0
        more = struct.unpack("<I", pieces.take(4))[0] if flags & 4 else 0
        text = pieces.text(length, flags & 1)
        starts = [struct.unpack("<2H", pieces.take(4)) for _ in range(runs)]
        pieces.take(more)
        if starts:
            yield number, (text, [(begin, font) for begin, font in starts])
        number += 1


class _Pieces:
    """Bytes that go on over several records; where a text does, a byte says how anew."""

    def __init__(self, records: Sequence[bytes]) -> None:
        self._records, self._record, self._at = iter(records[1:]), records[0], 0

    def pass_over_plain(self, most: int) -> int:
        """Pass over texts without runs that end in this record; returns how many they were."""
        record, at, count = self._record, self._at, 0
        end = len(record) - 3
        while count < most and at <= end and not record[at + 2] & 0x0C:
            at += 3 + (record[at] | record[at + 1] << 8) * (1 + (record[at + 2] & 1))
            if at > len(record):
                break
            self._at, count = at, count + 1
        return count

    def take(self, count: int) -> bytes:
        """The next bytes. Raises IndexError where there are none."""
        found = self._piece(count)
        while len(found) < count:
            self._go_on()
            found += self._piece(count - len(found))
        return found

    def text(self, length: int, wide: int) -> str:
        """The next characters of a text."""
        found = _characters(self._piece(length * (1 + wide)), length, wide)
        while len(found) < length:
            self._go_on()
            wide = self._piece(1)[0] & 1
            found += _characters(self._piece((length - len(found)) * (1 + wide)), length, wide)
        return found

    def _piece(self, most: int) -> bytes:
        """The next bytes of this record."""
        found = self._record[self._at : self._at + most]
        self._at += len(found)
        return found

    def _go_on(self) -> None:
        try:
            self._record, self._at = next(self._records), 0
        except StopIteration:
            raise IndexError("a text goes on behind the last record") from None
