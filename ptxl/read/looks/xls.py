"""The records of an xls (BIFF8) → how its cells look: formats, fonts, runs, heights, drawings."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise

from ptxl.cells import Box
from ptxl.read.formats.xls import XlsReader
from ptxl.read.formats.xls_cells import continued, note_records
from ptxl.read.looks.look import (
    BLACK,
    LEAST_HEIGHT,
    LEAST_WIDTH,
    MOST_ROWS,
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
_OTHER_ROWS, _HIDES_OTHERS = 0x225, 2
_AREAS, _CONDITION = 0x1B0, 0x1B1
_VIEW, _SHOWS_ZEROS = 0x23E, 0x10
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
_Record = tuple[int, bytes]
#: a text that has runs: where each begins, and its font
_Rich = tuple[str, Sequence[tuple[int, int]]]


@dataclass(slots=True)
class _Sheet:
    """What the records of one sheet say of how it looks."""

    #: style of each cell that holds no shared text
    cells: dict[Position, int] = field(default_factory=dict)
    low_rows: set[int] = field(default_factory=set)
    narrow_columns: set[int] = field(default_factory=set)
    drawings: list[LaidOver] = field(default_factory=list)
    #: cell and number of each note, and texts by number
    notes: list[tuple[Position, int]] = field(default_factory=list)
    texts: dict[int, str] = field(default_factory=dict)
    #: the record with the areas of the conditional format that is read, and those of all that may
    #: hide a value
    areas: bytes = b""
    conditional: list[Box] = field(default_factory=list)
    hides_zeros: bool = False
    #: where the next object begins, and the number of the last one
    anchor: Position = (0, 0)
    reach: Position = (0, 0)
    object: int = -1


@dataclass(slots=True)
class _Book:
    """What the records of the workbook say of how cells look."""

    fonts: list[bytes] = field(default_factory=list)
    styles: list[bytes] = field(default_factory=list)
    formats: dict[int, str] = field(default_factory=lambda: dict(BUILT_IN))
    colours: dict[int, Colour] = field(default_factory=lambda: dict(_COLOURS))


class _Styles:
    """How cells look by the number of their style."""

    def __init__(self, book: _Book) -> None:
        self._book = book
        papers = {style: self.paper(style) for style in book.styles}
        different = {style: self._look(style, paper) for style, paper in papers.items()}
        self.looks = tuple(different[style] for style in book.styles)
        self.papers = tuple(papers[style] for style in book.styles)
        self.fonts = tuple(struct.unpack_from("<H", style)[0] for style in book.styles)
        self.all_usual = all(look.is_usual for look in different.values())
        #: the fonts that have marks on one of the papers
        self.marked = frozenset(
            font for font in range(len(book.fonts) + 1)
            if any(self.font_marks(font, paper) for paper in set(self.papers))
        )  # fmt: skip

    def _look(self, style: bytes, paper: Colour | None) -> Look:
        font, form = struct.unpack_from("<2H", style)
        code = self._book.formats.get(form, "General")
        marks = self.font_marks(font, paper)
        is_repeated = len(style) > _ALIGNED and style[_ALIGNED] & 7 == _FILLED
        return Look(parse_format(code), marks | REPEATED if is_repeated else marks)

    def paper(self, style: bytes) -> Colour | None:
        """The colour behind the texts of a style; None where that is not known."""
        pattern = struct.unpack_from("<I", style, 14)[0] >> 26 & 0x3F
        if not pattern:
            return WHITE
        colour = struct.unpack_from("<H", style, 18)[0] & 0x7F
        return self._book.colours.get(colour) if pattern == _SOLID else None

    def font_marks(self, number: int, paper: Colour | None) -> Marks:
        """The marks of texts in a font on a paper."""
        place = number - (number > 4)  # there is no font of number 4
        if place >= len(self._book.fonts):
            return NO_MARKS
        height, options, colour, _, raised = struct.unpack_from("<5H", self._book.fonts[place])
        ink = None if colour == 0x7FFF else self._book.colours.get(colour)
        return marks_of(
            struck=bool(options & _STRUCK), raised=raised in (1, 2), pale=alike(ink, paper),
            size=height / 20, font=_name_of(self._book.fonts[place]),
        )  # fmt: skip


class XlsLooks:
    """How the cells of an xls look."""

    def __init__(self, reader: XlsReader) -> None:
        self._reader = reader
        self._sheets: dict[str, _Sheet] = {}
        self._shared: dict[str, Mapping[Position, tuple[int, int]]] = {}

    @cached_property
    def _styles(self) -> _Styles:
        return _read_styles(tuple(one for one in self._reader.records_of("") if one[0] in _STYLES))

    @cached_property
    def _runs(self) -> Mapping[int, _Rich]:
        """The runs of the shared texts that have some, by the number of the text."""
        return dict(_runs_of_texts(self._reader.records_of("")))

    # -- cells

    def texts_are_usual(self, name: str) -> bool:
        return self._all_usual

    @cached_property
    def _all_usual(self) -> bool:
        styles = self._styles
        if not styles.all_usual:
            return False
        # Runs are looked for only where one could be of a font that has marks.
        return not styles.marked or not any(
            font in styles.marked for _, starts in self._runs.values() for _, font in starts
        )

    def cell(self, name: str, at: Position) -> Look:
        style, text = self._held(name, at)
        styles = self._styles
        if style >= len(styles.looks):
            return Look()
        look = styles.looks[style]
        if text < 0 or self._all_usual or text not in self._runs:
            return look
        runs = _pieces_of(self._runs[text], styles.fonts[style])
        paper = styles.papers[style]
        return look_of_runs(look, [Run(one, styles.font_marks(font, paper)) for one, font in runs])

    def _held(self, name: str, at: Position) -> tuple[int, int]:
        """The style of a cell and the number of its text, -1 without."""
        own = self._sheet(name).cells.get(at)
        if own is not None:
            return own, -1
        if name not in self._shared:
            self._shared[name] = _cells_with_shared_texts(self._reader.records_of(name))
        return self._shared[name].get(at, (0, -1))

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
            self._sheets[name] = note_records(_NOTES, _Sheet(), self._reader.records_of(name))
        return self._sheets[name]


@lru_cache(maxsize=16)
def _read_styles(records: Sequence[_Record]) -> _Styles:
    """The styles that some records say, which are the same in a whole round."""
    book = _Book()
    for kind, record in records:
        with suppress(struct.error, IndexError):
            _note_style(book, kind, record)
    return _Styles(book)


_FONT_NAME = 15  # where its characters begin, or what is said of them
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


def _name_of(font: bytes) -> str:
    """What a font is called, as far as that is said in Latin letters of one byte or two."""
    return font[_FONT_NAME:].replace(b"\0", b"").removeprefix(b"\1").decode("latin-1")


def _characters(data: bytes, length: int, flags: int) -> str:
    if flags & 1:
        return data[: 2 * length].decode("utf-16-le", "replace")
    return data[:length].decode("latin-1")


def _cells_with_shared_texts(
    records: Iterable[_Record],
) -> Mapping[Position, tuple[int, int]]:
    """The style of each cell that holds a shared text, and the number of that."""
    found = {}
    for kind, record in records:
        if kind == _SHARED:
            with suppress(struct.error):
                row, column, style, text = struct.unpack_from("<3HI", record)
                found[row, column] = style, text
    return found


def _note_drawing(sheet: _Sheet, record: bytes) -> None:
    """The cell at which the next object begins."""
    start = record.find(_ANCHOR)
    if start >= 0:
        left, _, top, _, right, _, bottom = struct.unpack_from(
            "<7H", record, start + len(_ANCHOR) + 2
        )
        sheet.anchor, sheet.reach = (top, left), (bottom, right)


def _note_object(sheet: _Sheet, record: bytes) -> None:
    what, sheet.object = struct.unpack_from("<2H", record, 4)
    if what not in (_NOTE_BOX, _ARROW):
        sheet.drawings.append(LaidOver("drawing", sheet.anchor, to=sheet.reach))


def _note_text(sheet: _Sheet, record: bytes) -> None:
    """The text of the object before it; how that looks goes on in another record."""
    if sheet.object >= 0 and sheet.object not in sheet.texts:
        sheet.texts[sheet.object] = _characters(record[1:], len(record), record[0])


def _note_cell(sheet: _Sheet, record: bytes) -> None:
    row, column, style = struct.unpack_from("<3H", record)
    sheet.cells[row, column] = style


def _note_many(sheet: _Sheet, record: bytes) -> None:
    row, first = struct.unpack_from("<2H", record)
    for place in range((len(record) - 6) // 6):
        (style,) = struct.unpack_from("<H", record, 4 + 6 * place)
        sheet.cells[row, first + place] = style


def _note_row(sheet: _Sheet, record: bytes) -> None:
    row, _, _, height = struct.unpack_from("<4H", record)
    if height & 0x8000:
        return  # as high as rows of which nothing is said
    if height / 20 < LEAST_HEIGHT:
        sheet.low_rows.add(row)
    else:
        sheet.low_rows.discard(row)


def _note_other_rows(sheet: _Sheet, record: bytes) -> None:
    """How high rows are of which nothing is said; that comes before what is said of others."""
    flags, height = struct.unpack_from("<2H", record)
    if flags & _HIDES_OTHERS or height / 20 < LEAST_HEIGHT:
        sheet.low_rows.update(range(MOST_ROWS))


def _note_columns(sheet: _Sheet, record: bytes) -> None:
    first, last, width = struct.unpack_from("<3H", record)
    if width / 256 < LEAST_WIDTH:
        sheet.narrow_columns.update(range(first, min(last, _LAST_COLUMN) + 1))


def _note_note(sheet: _Sheet, record: bytes) -> None:
    row, column, _, number = struct.unpack_from("<4H", record)
    sheet.notes.append(((row, column), number))


def _note_areas(sheet: _Sheet, record: bytes) -> None:
    sheet.areas = record


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
        (count,) = struct.unpack_from("<H", sheet.areas, 12)
        for place in range(count):
            top, bottom, left, right = struct.unpack_from("<4H", sheet.areas, 14 + 8 * place)
            sheet.conditional.append(Box(top, left, bottom, right))


_NOTES: Mapping[int, Callable[[_Sheet, bytes], None]] = {
    **dict.fromkeys(_CELLS, _note_cell),
    _MANY: _note_many,
    _ROW: _note_row,
    _OTHER_ROWS: _note_other_rows,
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


def _runs_of_texts(records: Iterable[_Record]) -> Iterator[tuple[int, _Rich]]:
    """Number, text and runs of each shared text that has some, from the records of the workbook."""
    for kind, parts in continued(records):
        if kind == _SST:
            with suppress(struct.error, IndexError):
                yield from _runs_in(parts)


def _runs_in(records: Sequence[bytes]) -> Iterator[tuple[int, _Rich]]:
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


def _pieces_of(rich: _Rich, first: int) -> Iterator[tuple[str, int]]:
    """The pieces of a text, each with its font; `first` is that of its cell."""
    text, starts = rich
    bounds = [(0, first), *starts, (len(text), first)]
    for (begin, font), (end, _) in pairwise(bounds):
        yield text[begin:end], font


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
