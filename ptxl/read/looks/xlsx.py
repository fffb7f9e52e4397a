"""The parts of an xlsx → how its cells look: number formats, fonts, runs, heights, drawings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from lxml import etree

from ptxl.cells import Box, cell_name, parse_cell
from ptxl.model.errors import WorkbookError
from ptxl.ooxml.colours import shaded
from ptxl.read.formats.common import child_at, parse, size_of, whole
from ptxl.read.formats.xlsx import XlsxReader
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
    colour_of,
    look_of_runs,
    marks_of,
)
from ptxl.values.number_format import BUILT_IN, parse_format

_STYLE = re.compile(rb'\bs="([0-9]{1,7})"')
#: a text with runs that look each in their own way
_RICH = re.compile(rb"<(?:[^\s<>/:]+:)?rPr[\s/>]")
#: how such a run looks; what this takes by mistake is no XML
_RUN_LOOK = re.compile(
    rb"<((?:[^\s<>/:]+:)?)rPr(?:\s(?:[^>]*[^>/])?)?(?:/>|>.*?</\1rPr\s*>)", re.DOTALL
)
#: the first tag of the shared texts, which explains the prefixes of all others
_SHARED_TEXTS = re.compile(rb"<((?:[^\s<>/:]+:)?sst)\b[^>]*>")
_ROW = re.compile(rb"<row ([^>]*)>")
_HEIGHT = re.compile(rb'\bht="([^"]{1,30})"')
_NUMBER = re.compile(rb'\br="([0-9]{1,7})"')
_OTHER_ROWS = re.compile(rb"<sheetFormatPr ([^>]*)>")
_OTHER_HEIGHT = re.compile(rb'\bdefaultRowHeight="([^"]{1,30})"')
_NO_HEIGHT = re.compile(rb'\bzeroHeight="(?:1|true)"')
_COLUMN = re.compile(rb"<col ([^>]*)>")
_WIDTH = re.compile(rb'\bwidth="([^"]{1,30})"')
_BOUNDS = re.compile(rb'\b(min|max)="([0-9]{1,5})"')
#: bars and icons instead of values, and conditional formats that hold their own style
_ODD_CONDITION = re.compile(rb'showValue="(?:0|false)"|<(?:\w+:)?dxf[ >]')
_CONDITIONS = b"conditionalFormatting"
_NO_ZEROS = re.compile(rb'\bshowZeros="(?:0|false)"')
_VML_OBJECT = re.compile(rb'ObjectType="(\w+)"')
#: the first colours of a theme, as the newest of the usual ones has them
_THEME = {"0": WHITE, "1": BLACK, "2": (232, 232, 232), "3": (14, 40, 65)}
#: colours by their old numbers, as far as they are white or black
_INDEXED = {"0": BLACK, "1": WHITE, "8": BLACK, "9": WHITE, "64": BLACK, "65": WHITE}
_OFF = ("0", "false", "none", "baseline")
_MOST_COLUMNS, _MOST_LAID_OVER = 1000, 50


@dataclass(frozen=True, slots=True)
class _Styles:
    """How cells look by the number of their style."""

    looks: tuple[Look, ...]
    #: the colours behind the texts of each, and all of them
    behind: tuple[Colour | None, ...]
    papers: frozenset[Colour | None]
    all_usual: bool
    #: of the styles of conditional formats, whether each may hide a value or show another
    conditional: tuple[bool, ...] = ()


class _Held(NamedTuple):
    """The style of a cell, and its text as far as it has runs."""

    style: int
    runs: tuple[Run, ...]


class XlsxLooks:
    """How the cells of an xlsx look."""

    def __init__(self, reader: XlsxReader) -> None:
        self._reader = reader
        self._held: dict[str, Mapping[Position, _Held]] = {}
        self._usual: dict[str, bool] = {}

    @cached_property
    def _styles(self) -> _Styles:
        return _read_styles(self._reader.related_part("styles"))

    @cached_property
    def _shared(self) -> bytes:
        return self._reader.related_part("sharedStrings")

    def texts_are_usual(self, name: str) -> bool:
        if name not in self._usual:
            styles = self._styles
            # On the sheet itself texts with runs are rare, and are looked at one by one.
            own = _has_runs(self._reader.content(name))
            odd = own or _any_odd(self._shared, styles.papers)
            self._usual[name] = styles.all_usual and not odd
        return self._usual[name]

    def cell(self, name: str, at: Position) -> Look:
        held = self._find(name, at)
        looks = self._styles.looks
        look = looks[held.style] if held.style < len(looks) else Look()
        return look_of_runs(look, held.runs) if held.runs else look

    def _find(self, name: str, at: Position) -> _Held:
        if self.texts_are_usual(name):
            content = self._reader.content(name)
            start = content.find(b'<c r="%s"' % cell_name(*at).encode())
            if start >= 0:
                style = _STYLE.search(content, start, content.find(b">", start))
                return _Held(int(style[1]) if style else 0, ())
        if name not in self._held:
            self._held[name] = dict(self._cells(name))
        return self._held[name].get(at, _Held(0, ()))

    def _cells(self, name: str) -> Iterator[tuple[Position, _Held]]:
        """The style and the runs of every cell of a sheet."""
        papers = self._styles.behind
        shared = list(parse(self._shared, "").iterfind("{*}si")) if self._shared else []
        row = -1
        for line in parse(self._reader.content(name), name).iterfind("{*}sheetData/{*}row"):
            row, column = whole(line.get("r"), row + 2) - 1, -1
            for cell in line.iterfind("{*}c"):
                at = parse_cell(str(cell.get("r", ""))) or (row, column + 1)
                column, style = at[1], whole(cell.get("s"), 0)
                item, number = cell.find("{*}is"), cell.findtext("{*}v", "")
                if cell.get("t") == "s" and number.isdecimal() and int(number) < len(shared):
                    item = shared[int(number)]
                paper = papers[style] if style < len(papers) else WHITE
                yield at, _Held(style, () if item is None else tuple(_runs(item, paper)))

    # -- sheets

    def sheet(self, name: str) -> SheetLook:
        content = self._reader.content(name)
        laid_over: list[LaidOver] = []
        with suppress(WorkbookError):
            for kind, part in self._reader.relations_of(name):
                if kind in _LAID_OVER:
                    laid_over += _LAID_OVER[kind](self._reader.parts.get(part, b""))
        head = content[: content.find(b"<sheetData")]
        return SheetLook(
            low_rows=frozenset(_low(content, _others_are_low(head))),
            narrow_columns=frozenset(_narrow(head)),
            laid_over=tuple(laid_over[:_MOST_LAID_OVER]),
            conditional=tuple(self._conditional(content)),
            hides_zeros=bool(_NO_ZEROS.search(head)),
        )

    def _conditional(self, content: bytes) -> Iterator[Box]:
        """Where conditional formats may hide values or show others."""
        odd = self._styles.conditional
        start, end = content.find(_CONDITIONS), content.rfind(_CONDITIONS)
        if start < 0 or not (any(odd) or _ODD_CONDITION.search(content, start, end)):
            return
        for group in parse(content, "").iter("{*}conditionalFormatting"):
            areas = str(group.get("sqref") or group.findtext("{*}sqref", "")).split()
            if any(_shows_otherwise(rule, odd) for rule in group.iterfind("{*}cfRule")):
                yield from Box.parse_all(areas)


def _has_runs(content: bytes) -> bool:
    """Whether a text in a part has runs that look each in their own way."""
    return b"rPr" in content and bool(_RICH.search(content))  # a word is found a hundredfold faster


def _others_are_low(head: bytes) -> bool:
    """Whether rows of which nothing is said are too low to be seen."""
    said = _OTHER_ROWS.search(head)
    height = _OTHER_HEIGHT.search(said[0]) if said else None
    hidden = bool(said and _NO_HEIGHT.search(said[0]))
    return hidden or bool(height and size_of(height[1].decode()) < LEAST_HEIGHT)


def _low(content: bytes, others: bool) -> Iterator[int]:
    """The rows that are too low to be seen, those of which nothing is said where they are so."""
    told = set()
    for row in _ROW.finditer(content):
        height, number = _HEIGHT.search(row[1]), _NUMBER.search(row[1])
        if height and number:
            told.add(int(number[1]) - 1)
            if size_of(height[1].decode()) < LEAST_HEIGHT:
                yield int(number[1]) - 1
    if others:
        yield from (row for row in range(MOST_ROWS) if row not in told)


def _narrow(head: bytes) -> Iterator[int]:
    """The columns that are too narrow to be seen."""
    for column in _COLUMN.finditer(head):
        width, bounds = _WIDTH.search(column[1]), dict(_BOUNDS.findall(column[1]))
        if width and size_of(width[1].decode()) < LEAST_WIDTH and len(bounds) == 2:
            yield from range(int(bounds[b"min"]) - 1, min(int(bounds[b"max"]), _MOST_COLUMNS))


# -- styles


@lru_cache(maxsize=16)
def _read_styles(content: bytes) -> _Styles:
    """The styles of a part, which are the same in a whole round."""
    if not content:
        return _Styles((Look(),), (WHITE,), frozenset((WHITE,)), True)
    root = parse(content, "styles")
    codes = {str(number): code for number, code in BUILT_IN.items()}
    for own in root.iterfind("{*}numFmts/{*}numFmt"):
        codes[str(own.get("numFmtId"))] = str(own.get("formatCode", ""))
    fonts = list(root.iterfind("{*}fonts/{*}font"))
    papers = list(map(_paper, root.iterfind("{*}fills/{*}fill")))
    looks, behind = [], []
    for style in root.iterfind("{*}cellXfs/{*}xf"):
        font, fill = whole(style.get("fontId"), 0), whole(style.get("fillId"), 0)
        paper = papers[fill] if fill < len(papers) else WHITE
        marks = _font_marks(fonts[font], paper) if font < len(fonts) else NO_MARKS
        code = codes.get(str(style.get("numFmtId", "0")), "General")
        if child_at(style, "{*}alignment").get("horizontal") == "fill":
            marks = marks | REPEATED
        looks.append(Look(parse_format(code), marks - {"raised"}))
        behind.append(paper)
    usual = all(look.is_usual for look in looks)
    conditional = tuple(map(_may_hide, root.iterfind("{*}dxfs/{*}dxf")))
    return _Styles(tuple(looks), tuple(behind), frozenset(behind), usual, conditional)


def _may_hide(style: etree._Element) -> bool:
    """Whether the style of a conditional format may hide a value or show another."""
    form, font = style.find("{*}numFmt"), child_at(style, "{*}font")
    paper = style.find("{*}fill/{*}patternFill/{*}bgColor")
    behind = WHITE if paper is None else _colour(paper)
    marks = _font_marks(font, behind)
    if font.find("{*}color") is None:
        marks = marks | marks_of(struck=False, raised=False, pale=alike(BLACK, behind), size=None)
    code = "General" if form is None else str(form.get("formatCode", ""))
    return not Look(parse_format(code), marks).shows_numbers


def _shows_otherwise(rule: etree._Element, odd: Sequence[bool]) -> bool:
    """Whether a rule of a conditional format may hide a value or show another."""
    number = whole(rule.get("dxfId"), -1)
    if 0 <= number < len(odd) and odd[number]:
        return True
    own = rule.find("{*}dxf")
    if own is not None and _may_hide(own):
        return True
    return any(one.get("showValue", "1") in _OFF for one in rule.iterfind("{*}*"))


def _paper(fill: etree._Element) -> Colour | None:
    """The colour of a fill; None of a pattern."""
    pattern = child_at(fill, "{*}patternFill")
    kind = pattern.get("patternType", "none")
    if kind == "none":
        return WHITE
    return _colour(pattern.find("{*}fgColor")) if kind == "solid" else None


def _font_marks(font: etree._Element, paper: Colour | None) -> Marks:
    """The marks of a font, of a style or of a run."""
    points = None
    with suppress(ValueError):
        points = float(str(child_at(font, "{*}sz").get("val")))
    return marks_of(
        struck=_is_on(font.find("{*}strike")),
        raised=_is_on(font.find("{*}vertAlign")),
        pale=alike(_colour(font.find("{*}color")), paper),
        size=points,
        font=_name_of(font),
    )


def _name_of(font: etree._Element) -> str:
    """What the font of a run, or of a style, is called; "" where that is not said."""
    named = next(font.iterchildren("{*}rFont", "{*}name"), None)
    return "" if named is None else str(named.get("val", ""))


def _any_odd(shared: bytes, papers: frozenset[Colour | None]) -> bool:
    """Whether a run of the shared texts has marks on one of the papers."""
    if not _has_runs(shared):
        return False
    start = _SHARED_TEXTS.search(shared)
    if start is None:
        return _any_marks(shared, papers)
    # Programs write the look of each run anew; the few that differ are the same in a whole round.
    different = sorted({run[0] for run in _RUN_LOOK.finditer(shared)})
    try:
        return _any_marks(b"%s%s</%s>" % (start[0], b"".join(different), start[1]), papers)
    except WorkbookError:
        return _any_marks(shared, papers)


@lru_cache(maxsize=16)
def _any_marks(texts: bytes, papers: frozenset[Colour | None]) -> bool:
    """Whether a run has marks on one of the papers. Raises WorkbookError."""
    runs = list(parse(texts, "texts").iter("{*}rPr"))
    return any(_font_marks(run, paper) for run in runs for paper in papers)


def _is_on(element: etree._Element | None) -> bool:
    return element is not None and element.get("val", "1") not in _OFF


def _colour(element: etree._Element | None) -> Colour | None:
    """A colour as far as it is known: by its parts, or by its number, lighter or darker."""
    if element is None:
        return None
    if element.get("rgb"):
        found = colour_of(str(element.get("rgb")))
    else:
        found = _THEME.get(str(element.get("theme"))) or _INDEXED.get(str(element.get("indexed")))
    if found and element.get("tint"):
        with suppress(ValueError):
            return shaded(found, float(str(element.get("tint"))))
    return found


def _runs(item: etree._Element, paper: Colour | None) -> Iterator[Run]:
    """The runs of a text; one without marks where it has none."""
    for run in item.iterfind("{*}r"):
        marks = _font_marks(child_at(run, "{*}rPr"), paper)
        yield Run(run.findtext("{*}t", ""), marks)


# -- what lies over a sheet


def _drawings(content: bytes) -> Iterator[LaidOver]:
    for anchor in parse(content, "drawing"):
        texts = (str(one.text or "") for one in anchor.iter("{*}t"))
        at, to = _corner(anchor, "from") or (0, 0), _corner(anchor, "to")
        yield LaidOver("drawing", at, "".join(texts), to)


def _corner(anchor: etree._Element, name: str) -> Position | None:
    corner = anchor.find(f"{{*}}{name}")
    if corner is None:
        return None
    return whole(corner.findtext("{*}row"), 0), whole(corner.findtext("{*}col"), 0)


def _notes(content: bytes) -> Iterator[LaidOver]:
    for note in parse(content, "comments").iter("{*}comment", "{*}threadedComment"):
        at = parse_cell(str(note.get("ref", ""))) or (0, 0)
        texts = (str(one.text or "") for one in note.iter("{*}t", "{*}text"))
        yield LaidOver("note", at, "".join(texts))


def _controls(content: bytes) -> Iterator[LaidOver]:
    """What an old drawing holds beside the boxes of notes."""
    kinds = [kind for kind in _VML_OBJECT.findall(content) if kind not in (b"Note", b"Drop")]
    yield from [LaidOver("drawing", (0, 0))] * len(kinds)


_LAID_OVER = {
    "drawing": _drawings, "comments": _notes, "threadedComment": _notes, "vmlDrawing": _controls,
}  # fmt: skip
