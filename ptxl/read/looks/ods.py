"""The parts of an ods → how its cells look: data styles, fonts, spans, heights, drawings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property, lru_cache

from lxml import etree

from ptxl.cells import Box, parse_cell
from ptxl.model.errors import WorkbookError
from ptxl.read.formats.common import parse, size_of, whole
from ptxl.read.formats.ods import OdsReader, Placed
from ptxl.read.looks.look import (
    GENERAL,
    LEAST_HEIGHT,
    REPEATED,
    SIGN_FONTS,
    WHITE,
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
from ptxl.values.number_format import (
    NumberFormat,
    Section,
    make_format,
    parse_format,
    parse_section,
)

_SPACE = "{{urn:oasis:names:tc:opendocument:xmlns:{}:1.0}}"
_OFFICE, _TABLE, _TEXT, _STYLE, _NUMBER, _DRAW = (
    _SPACE.format(name) for name in ("office", "table", "text", "style", "datastyle", "drawing")
)
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_FO = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
_PREFIXES = {"fo": _FO[1:-1], "style": _STYLE[1:-1], "number": _NUMBER[1:-1]}
_STYLE_NAME, _DEFAULT_STYLE = f"{_TABLE}style-name", f"{_TABLE}default-cell-style-name"
_DATA_STYLE, _AUTOMATIC = f"{_STYLE}data-style-name", f"{_STYLE}use-window-font-color"
_REPEATS = f"{_STYLE}repeat-content"
_INK, _PAPER = f"{_FO}color", f"{_FO}background-color"
_STRUCK_OUT = (f"{_STYLE}text-line-through-style", f"{_STYLE}text-line-through-type")
_CONDITION = re.compile(r"value\(\)\s*(<=|>=|!=|<|>|=)\s*(-?[0-9.]+)")
#: a style of texts that adds more to them than blanks
_TEXTS_OTHERWISE = re.compile(
    rb"<number:text-style [^>]*>(?!(?:<number:text> </number:text>)?<number:text-content/>"
    rb"(?:<number:text> </number:text>)?<(?:/number:text-style|style:map))"
)
#: what a content says that lets texts look otherwise, or stands on more than the default style
_ODD = re.compile(
    rb'text-line-through-\w+="(?!none)|text-position="(?!0%|baseline)|fo:font-size="[0-2][.a-z]'
    rb'|parent-style-name="(?!Default")|repeat-content="true"|'
    + _TEXTS_OTHERWISE.pattern
    + rb"|font-(?:name|family)=.(?:&apos;|')?(?i:"
    + SIGN_FONTS.encode()
    + rb")"
)
_INKS = re.compile(rb'fo:color="(#[0-9a-fA-F]{6})"')
_PAPERS = re.compile(rb'background-color="(#[0-9a-fA-F]{6})"')
#: an area of a sheet, whose name may hold anything but is in quotes then
_AREA = re.compile(
    r"\.(\$?[A-Z]{1,3}\$?[0-9]{1,7})(?::(?:[^.' ]*|'[^']*')\.(\$?[A-Z]{1,3}\$?[0-9]{1,7}))?"
)
_NO_ZEROS = re.compile(rb'"ShowZeroValues"[^>]*>\s*false')
_LENGTH = re.compile(r"([0-9.]+)(mm|cm|in|pt|pc)")
_POINTS = {"mm": 72 / 25.4, "cm": 72 / 2.54, "in": 72.0, "pt": 1.0, "pc": 12.0}
#: what programs show of a value of a type in a cell without a format
_OF_TYPE = {"percentage": "0.00%", "currency": "¥#,##0.00", "date": "yyyy/m/d", "time": "h:mm:ss"}
_SIGNS = {"CN": "¥", "JP": "¥", "US": "$"}
#: beyond are the empty rows and columns beside a form
_MOST_LINES, _MOST_DIGITS, _MOST_LAID_OVER = 2000, 30, 50
_GENERAL_TOKENS = parse_section("General").tokens
#: where the styles of each part end, and how it ends
_BODY = b"<office:body", re.compile(rb"</office:body>\s*(</office:document-content>)\s*")
_PAGES = (
    b"<office:master-styles",
    re.compile(rb"</office:master-styles>\s*(</office:document-styles>)\s*"),
)
#: styles that are longer, in bytes, are not kept for the next file; no form comes near
_MOST_KEPT = 1 << 20
_Line = tuple[int, int, etree._Element]


class _Styles:
    """The styles of an ods, and how what has them looks."""

    def __init__(self, *trees: etree._Element) -> None:
        """Takes the parts that hold styles; those of the last one count first."""
        self._trees = trees
        self._looks: dict[tuple[str, str], Look] = {}
        self._properties: dict[tuple[str, str], dict[str, str]] = {}
        self._sizes: dict[tuple[str, str], float | None] = {}
        self._showing: dict[str, bool] = {}

    def _in_styles(self, tag: str) -> Iterator[etree._Element]:
        for tree in self._trees:
            for home in ("styles", "automatic-styles"):
                yield from tree.iterfind(f"{_OFFICE}{home}/{tag}")

    @cached_property
    def _styles(self) -> Mapping[tuple[str, str], etree._Element]:
        """The styles by family and name; the one without a name is the default of its family."""
        return {
            (str(style.get(f"{_STYLE}family")), str(style.get(f"{_STYLE}name", ""))): style
            for style in self._in_styles(f"{_STYLE}*")
        }

    @cached_property
    def _data_styles(self) -> Mapping[str, etree._Element]:
        return {
            str(style.get(f"{_STYLE}name", "")): style for style in self._in_styles(f"{_NUMBER}*")
        }

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The names of cell styles as people read them, by which conditions know them."""
        shown = f"{_STYLE}display-name"
        return {
            str(style.get(shown)): name
            for (family, name), style in self._styles.items()
            if family == "table-cell" and style.get(shown)
        }

    def look(self, style: str, kind: str) -> Look:
        """The look of the cells of a style that hold values of a type."""
        if (style, kind) not in self._looks:
            properties = self.properties_of("table-cell", style)
            named = properties.get(_DATA_STYLE)
            form = self._form(named) if named else GENERAL
            if form.decimals == GENERAL.decimals and kind in _OF_TYPE:
                form = parse_format(_OF_TYPE[kind])
            self._looks[style, kind] = Look(form, _marks(properties))
        return self._looks[style, kind]

    def shows_numbers(self, style: str) -> bool:
        """Whether a number is seen in the cells of a style as it is held, but for its decimals."""
        if style not in self._showing:
            self._showing[style] = self.look(style, "").shows_numbers
        return self._showing[style]

    @cached_property
    def conditional(self) -> frozenset[str]:
        """The styles of cells that on a condition of their own give way to one that may hide."""
        return frozenset(
            name for (family, name), style in self._styles.items()
            if family == "table-cell" and not all(
                self.shows_numbers(str(one.get(f"{_STYLE}apply-style-name")))
                for one in style.iterchildren(f"{_STYLE}map")
            )
        )  # fmt: skip

    def properties_of(self, family: str, name: str) -> dict[str, str]:
        """What a style says, those that it stands on included, by attribute."""
        key = (family, name)
        if key not in self._properties:
            self._properties[key] = {}  # which a style that stands on itself finds
            style = self._styles.get(key, self._styles.get((family, "")))
            if style is not None:
                parent = str(style.get(f"{_STYLE}parent-style-name", ""))
                below = self.properties_of(family, parent) if name else {}
                self._properties[key] = {**below, **_own_properties(style)}
        return self._properties[key]

    def size(self, what: str, name: str) -> float | None:
        """The points that a style of rows or columns says; None where it says none."""
        key = (what, name)
        if key not in self._sizes:
            attribute = f"{_STYLE}row-height" if what == "row" else f"{_STYLE}column-width"
            style = self._styles.get((f"table-{what}", name))
            found = None if style is None else style.find(f"{_STYLE}table-{what}-properties")
            self._sizes[key] = None if found is None else _points(str(found.get(attribute, "")))
        return self._sizes[key]

    def _form(self, name: str) -> NumberFormat:
        """The number format that a data style says."""
        base = self._data_styles.get(name)
        if base is None:
            return GENERAL
        sections = []
        for mapped in base.iterfind(f"{_STYLE}map"):
            condition = _CONDITION.match(str(mapped.get(f"{_STYLE}condition", "")))
            style = self._data_styles.get(str(mapped.get(f"{_STYLE}apply-style-name")))
            if condition and style is not None:
                sign = condition[1].replace("!=", "<>")
                sections.append(replace(_section(style), condition=(sign, Decimal(condition[2]))))
        last = _section(base)
        if base.tag == f"{_NUMBER}text-style":
            return replace(make_format(sections), text=last)
        if not sections and last.tokens == _GENERAL_TOKENS:
            return GENERAL
        return make_format([*sections, last])


@dataclass(frozen=True, slots=True)
class _Usual:
    """The styles of an ods, and whether texts look in all of them as typed."""

    styles: _Styles
    all_usual: bool = False


class OdsLooks:
    """How the cells of an ods look."""

    def __init__(self, reader: OdsReader) -> None:
        self._reader = reader
        self._cells: dict[str, Mapping[Position, etree._Element]] = {}
        self._lent: dict[str, Mapping[int, str]] = {}

    @cached_property
    def _usual(self) -> _Usual:
        """Where the styles of the content stand in the usual place and words, those of a round."""
        shared = self._reader.parts.get("styles.xml", b"")
        content = _only_styles(self._reader.parts["content.xml"], *_BODY)
        pages = _only_styles(shared, *_PAGES)
        if self._reader.usual and len(content) + len(pages) <= _MOST_KEPT:
            with suppress(WorkbookError):
                return _read_styles(content, pages)
        trees = (parse(shared, "styles.xml"),) if shared else ()
        return _Usual(_Styles(*trees, self._reader.content))

    @property
    def _styles(self) -> _Styles:
        return self._usual.styles

    # -- cells

    def texts_are_usual(self, name: str) -> bool:
        return self._usual.all_usual

    def cell(self, name: str, at: Position) -> Look:
        cell = self._placed(name).get(at)
        if cell is None:
            return Look()
        style = self._style_of(name, cell, at[1])
        look = self._styles.look(style, str(cell.get(f"{_OFFICE}value-type", "")))
        if self._usual.all_usual or cell.find(f"{_TEXT}p//{_TEXT}span") is None:
            return look
        properties = self._styles.properties_of("table-cell", style)
        return look_of_runs(look, tuple(self._runs(cell, properties)))

    def _placed(self, name: str) -> Mapping[Position, etree._Element]:
        """The cells of a sheet that hold something."""
        if name not in self._cells:
            self._cells[name] = dict(_held(self._reader.placed(name)))
        return self._cells[name]

    def _style_of(self, name: str, cell: etree._Element, column: int) -> str:
        return str(cell.get(_STYLE_NAME) or self._lent_style(name, cell, column))

    def _lent_style(self, name: str, cell: etree._Element, column: int) -> str:
        """The style that row or column lend to a cell without one."""
        line = cell.getparent()
        own = None if line is None else line.get(_DEFAULT_STYLE)
        if name not in self._lent:
            self._lent[name] = dict(_lent_by_columns(self._reader.table(name)))
        return str(own or self._lent[name].get(column, ""))

    def _runs(self, cell: etree._Element, properties: dict[str, str]) -> Iterator[Run]:
        """The pieces of the text of a cell."""
        for paragraph in cell.iterchildren(f"{_TEXT}p"):
            yield from self._within(paragraph, properties)

    def _within(self, element: etree._Element, properties: dict[str, str]) -> Iterator[Run]:
        yield Run(element.text or "", _marks(properties))
        for child in element:
            if child.tag == f"{_TEXT}span":
                own = self._styles.properties_of("text", str(child.get(f"{_TEXT}style-name")))
                yield from self._within(child, {**properties, **own})
            yield Run(child.tail or "", _marks(properties))

    # -- sheets

    def sheet(self, name: str) -> SheetLook:
        table = self._reader.table(name)
        no_zeros = bool(_NO_ZEROS.search(self._reader.parts.get("settings.xml", b"")))
        return SheetLook(
            low_rows=frozenset(self._low(table, "row")),
            narrow_columns=frozenset(self._low(table, "column")),
            laid_over=tuple(self._laid_over(name, table))[:_MOST_LAID_OVER],
            conditional=(*self._conditional(table), *self._by_styles(name)),
            hides_zeros=no_zeros,
        )

    def _conditional(self, table: etree._Element) -> Iterator[Box]:
        """Where conditional formats may hide values or show others."""
        for group in table.iterfind(f"{_CALC}conditional-formats/{_CALC}conditional-format"):
            if any(map(self._shows_otherwise, group)):
                areas = _AREA.findall(str(group.get(f"{_CALC}target-range-address", "")))
                yield from Box.parse_all(f"{first}:{last or first}" for first, last in areas)

    def _by_styles(self, name: str) -> Iterator[Box]:
        """Likewise where the style of a cell itself has conditions."""
        odd = self._styles.conditional
        for at, cell in self._placed(name).items() if odd else ():
            if self._style_of(name, cell, at[1]) in odd:
                yield Box(*at, *at)

    def _shows_otherwise(self, rule: etree._Element) -> bool:
        """Whether a rule of a conditional format may hide a value or show another."""
        style = rule.get(f"{_CALC}apply-style-name")
        if style is None:
            return rule.get(f"{_CALC}show-value", "true") == "false"
        styles = self._styles
        return not styles.shows_numbers(styles.names.get(str(style), str(style)))

    def _low(self, table: etree._Element, what: str) -> Iterator[int]:
        """The rows or columns that are of no size."""
        lines = table.iter(f"{_TABLE}table-{what}")
        for first, count, line in _numbered(lines, f"{_TABLE}number-{what}s-repeated"):
            points = self._styles.size(what, str(line.get(_STYLE_NAME, "")))
            if points is not None and points < LEAST_HEIGHT:
                yield from range(first, first + count)

    def _laid_over(self, name: str, table: etree._Element) -> Iterator[LaidOver]:
        for shape in table.iterfind(f"{_TABLE}shapes/*"):
            yield LaidOver("drawing", (0, 0), "".join(map(str, shape.itertext())))
        if next(table.iter(f"{_OFFICE}annotation", f"{_DRAW}*"), None) is None:
            return
        for at, cell in self._placed(name).items():
            for child in cell:
                text = "\n".join("".join(map(str, p.itertext())) for p in child.iter(f"{_TEXT}p"))
                if child.tag == f"{_OFFICE}annotation":
                    yield LaidOver("note", at, text)
                elif str(child.tag).startswith(_DRAW):
                    end = str(child.get(f"{_TABLE}end-cell-address", "")).rpartition(".")[2]
                    yield LaidOver("drawing", at, text, parse_cell(end.replace("$", "")))


def _only_styles(content: bytes, behind: bytes, end: re.Pattern[bytes]) -> bytes:
    """A part without what stands `behind` its styles; all of it where styles may stand there, too.

    A comment that hides the place leaves a beginning that is no XML.
    """
    head, _, rest = content.partition(behind)
    ends = end.fullmatch(rest, max(0, rest.rfind(b"</", 0, rest.rfind(b"</"))))
    if ends and behind not in rest:
        return head + ends[1]
    return content


@lru_cache(maxsize=8)
def _read_styles(content: bytes, shared: bytes) -> _Usual:
    """The styles of two parts, which are the same in most files of a round.

    Raises WorkbookError where they are no XML.
    """
    trees = (parse(shared, "styles.xml"),) if shared else ()
    trees = (*trees, parse(content, "content.xml"))
    styles = _Styles(*trees)
    if not all(map(_names_are_usual, trees)):
        return _Usual(styles)
    # Attributes are searched for in the words of offices, in which any may be written anew.
    written = [etree.tostring(tree) for tree in trees]
    return _Usual(styles, _texts_are_usual(written[-1], b"".join(written[:-1]), styles))


def _names_are_usual(tree: etree._Element) -> bool:
    """Whether prefixes that say how texts look mean that in all of a part, and no other does."""
    told = {item for one in tree.iter() for item in one.nsmap.items()}
    return all(_PREFIXES.get(str(prefix), name) == name for prefix, name in told) and not any(
        name in _PREFIXES.values() and prefix not in _PREFIXES for prefix, name in told
    )


def _texts_are_usual(content: bytes, shared: bytes, styles: _Styles) -> bool:
    """Whether texts look as typed, which the words of the parts say of most files at once."""
    if _ODD.search(content) or _TEXTS_OTHERWISE.search(shared):
        return False
    inks, papers = (
        [colour_of(found.decode()) for found in set(words.findall(content))]
        for words in (_INKS, _PAPERS)
    )
    if any(alike(ink, paper) for ink in inks for paper in (*papers, WHITE)):
        return False
    return not _marks(styles.properties_of("table-cell", "Default"))


def _points(text: str) -> float | None:
    found = _LENGTH.fullmatch(text)
    return size_of(found[1]) * _POINTS[found[2]] if found else None


def _numbered(elements: Iterable[etree._Element], repeated: str) -> Iterator[_Line]:
    """Number, count and element of rows, columns or cells, near the form."""
    number = 0
    for element in elements:
        count = whole(element.get(repeated), 1)
        if number >= _MOST_LINES:
            return
        yield number, min(count, _MOST_LINES - number), element
        number += count


def _held(placed: Iterable[Placed]) -> Iterator[tuple[Position, etree._Element]]:
    """The cells of a sheet that hold something."""
    for area, cell, held in placed:
        if not len(cell) and not held.get(f"{_OFFICE}value-type"):
            continue
        if area[:2] == area[2:]:
            yield area[:2], cell
        elif area.top < _MOST_LINES and area.left < _MOST_LINES:
            last = min(area.bottom, _MOST_LINES - 1), min(area.right, _MOST_LINES - 1)
            for at in Box(area.top, area.left, *last).cells:
                yield at, cell


def _lent_by_columns(table: etree._Element) -> Iterator[tuple[int, str]]:
    """The style that each column lends to cells without one."""
    columns = table.iter(f"{_TABLE}table-column")
    for first, count, column in _numbered(columns, f"{_TABLE}number-columns-repeated"):
        for number in range(first, first + count):
            yield number, str(column.get(_DEFAULT_STYLE, ""))


# -- styles


def _own_properties(style: etree._Element) -> dict[str, str]:
    """The attributes of a style that say how cells and texts look."""
    found = {_DATA_STYLE: str(style.get(_DATA_STYLE))} if style.get(_DATA_STYLE) else {}
    for part in style.iterchildren(f"{_STYLE}table-cell-properties", f"{_STYLE}text-properties"):
        found.update((str(key), str(text)) for key, text in part.items())
    if _INK in found:
        found.setdefault(_AUTOMATIC, "false")
    return found


def _marks(properties: Mapping[str, str]) -> Marks:
    """The marks of a text with these properties."""
    ink, paper = properties.get(_INK, ""), properties.get(_PAPER, "transparent")
    struck = {properties.get(name, "none") for name in _STRUCK_OUT}
    position = properties.get(f"{_STYLE}text-position", "0%").split()
    if properties.get(_AUTOMATIC) == "true":
        ink = ""
    found = marks_of(
        struck=struck != {"none"},
        raised=position[:1] not in (["0%"], ["baseline"]),
        pale=alike(colour_of(ink), WHITE if paper == "transparent" else colour_of(paper)),
        size=_points(properties.get(f"{_FO}font-size", "")),
        font=properties.get(f"{_STYLE}font-name") or properties.get(f"{_FO}font-family", ""),
    )
    return found | REPEATED if properties.get(_REPEATS) == "true" else found


def _section(style: etree._Element) -> Section:
    """A data style as the section of a number format."""
    code = "".join(_code(style, one) for one in style)
    section = parse_section(code)
    text = style.find(f"{_STYLE}text-properties")
    if text is not None and colour_of(str(text.get(f"{_FO}color", ""))) == WHITE:
        section = replace(section, colour="white")
    if any("transliteration" in str(key) for key, _ in style.items()):
        section = replace(section, numerals=True)
    return section


def _code(style: etree._Element, part: etree._Element) -> str:
    """A part of a data style as Excel writes it."""
    name = str(part.tag).removeprefix(_NUMBER)
    if name == "text" and style.tag == f"{_NUMBER}percentage-style":
        return "%".join(map(_escaped, (part.text or "").split("%")))
    code = _CODES.get(name)
    return code(part) if code else ""


def _escaped(text: str) -> str:
    return "".join(f"\\{character}" for character in text)


def _literal(part: etree._Element) -> str:
    return _escaped(part.text or "")


def _sign(part: etree._Element) -> str:
    """The sign of a currency; without a text that of the country of its style."""
    style = part.getparent()
    country = "" if style is None else str(style.get(f"{_NUMBER}country", "CN"))
    return _escaped(part.text or _SIGNS.get(country, "¤"))


def _count(part: etree._Element, name: str, default: int = 0) -> int:
    """How many digits an attribute asks for."""
    return min(whole(part.get(f"{_NUMBER}{name}"), default), _MOST_DIGITS)


def _place(text: etree._Element) -> int:
    """How many digits before the point stand behind a text in a number."""
    place = str(text.get(f"{_NUMBER}position", "0"))
    count = min(whole(place.removeprefix("-"), 0), _MOST_DIGITS)
    return -count if place.startswith("-") else count


def _digits(part: etree._Element) -> str:
    if part.get(f"{_NUMBER}decimal-places") is None:
        return "General"
    decimals = _count(part, "decimal-places")
    least = _count(part, "min-decimal-places", decimals)
    embedded = {_place(one): _literal(one) for one in part}
    needed = max([1, _count(part, "min-integer-digits"), *(place + 1 for place in embedded)])
    zeros = _count(part, "min-integer-digits")
    places = [("0" if place < zeros else "#") + embedded.get(place, "") for place in range(needed)]
    factor = str(part.get(f"{_NUMBER}display-factor", "1")).partition(".")[0]
    point = "." if decimals else ""
    digits = ["0"] * least + ["#"] * (decimals - least)
    # LibreOffice says of a text behind the point, as a negative place, which digit follows it.
    behind = point + "".join(embedded.get(-n, "") + one for n, one in enumerate(digits, 1))
    return "".join(reversed(places)) + behind + _scale(factor)


def _scale(factor: str) -> str:
    """A comma for each three digits that a display factor drops."""
    return "," * (min(len(factor) - 1, _MOST_DIGITS) // 3)


def _scientific(part: etree._Element) -> str:
    whole_digits = max(1, _count(part, "exponent-interval", 1), _count(part, "min-integer-digits"))
    return "0" * whole_digits + "." + "0" * _count(part, "decimal-places") + "E+00"


def _fraction(part: etree._Element) -> str:
    fixed = part.get(f"{_NUMBER}denominator-value")
    return f"# ?/{fixed or '?' * max(1, _count(part, 'min-denominator-digits'))}"


def _by_style(short: str, long: str) -> Callable[[etree._Element], str]:
    return lambda part: long if part.get(f"{_NUMBER}style") == "long" else short


_CODES: dict[str, Callable[[etree._Element], str]] = {
    "number": _digits,
    "scientific-number": _scientific,
    "fraction": _fraction,
    "text": _literal,
    "currency-symbol": _sign,
    "text-content": lambda _: "@",
    "boolean": lambda _: '"TRUE"',
    "fill-character": lambda part: f"*{part.text or ' '}",
    "year": _by_style("yy", "yyyy"),
    "month": _by_style("m", "mm"),
    "day": _by_style("d", "dd"),
    "day-of-week": lambda _: "aaa",
    "era": lambda _: "g",
    "hours": _by_style("h", "hh"),
    "minutes": _by_style("m", "mm"),
    "seconds": _by_style("s", "ss"),
    "am-pm": lambda _: "AM/PM",
}
