"""The parts of an xlsx → what is in it. Strict and transitional files read alike."""

from __future__ import annotations

import math
import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from html import unescape
from typing import NamedTuple
from xml.parsers import expat

from lxml import etree

from ptxl.cells import Box, cell_name, parse_cell
from ptxl.model.refusals import refusal
from ptxl.read.formats.common import (
    BLANK,
    DATE_FORMATS,
    Cell,
    Clarity,
    Position,
    SheetState,
    child_at,
    date_of,
    distinct,
    double,
    moment_in,
    parse,
    shows_a_date,
    whole,
    with_arrays,
)

#: the name of a part that must be followed to be known; others stand in the folder
_ROUNDABOUT = re.compile(r"\A(?:[/.]|\Z)|/[./]")
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
#: escapes that offices write: of control characters, and of what looks like an escape
_ESCAPED = frozenset((*(f"{code:04X}" for code in range(32)), "005F"))
_NUMBER = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*")
_INDEX = re.compile("[0-9]{1,9}")
_TRUE = ("1", "true")
#: hidden columns beyond this lie beside every form
_MOST_COLUMNS = 1000

# A sheet is a few tens of kilobytes, and what is wanted of it are a few tags: they are searched
# for, which takes a tenth of parsing. A sheet written in unusual words is put in usual ones first.
_USUAL = re.compile(rb"\s*(?:<\?xml[^>]*\?>\s*)?<worksheet[\s>]")
_MAIN = b'spreadsheetml/2006/main"', b'purl.oclc.org/ooxml/spreadsheetml/main"'
_NAMES = (
    "{http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "{http://purl.oclc.org/ooxml/spreadsheetml/main",
)
_FORMULA = re.compile(rb"<f[ />]")
_ERROR = re.compile(rb' t="e"')
_NAMED = b'<c r="'
_CELL_NAME = re.compile("[A-Za-z]{1,3}[0-9]{1,7}")
#: a formula that may fill several cells, of which only the first holds it
_ARRAY = re.compile(rb'<f [^<>]*t="(?:array|dataTable)"')
#: LibreOffice hides by whatever says neither no nor off
_HIDDEN = re.compile(rb'<(row|col) ([^>]* )?hidden="(?!(?:0|f|false|off)")[^>]*>')
_NUMBERS = re.compile(rb'\b(r|min|max)="([0-9]{1,9})"')
_PROTECTED = re.compile(rb'<sheetProtection [^>]*\bsheet="(?:1|true)"')
_MERGED = re.compile(rb'<mergeCell ref="([^"]*)"')
_VALIDATION = re.compile(rb'<(?:x14:)?dataValidation ((?:[^">]++|"[^"]*+")*+)>')
_FOOTER = re.compile(rb"<(?:\w+:)?(?:odd|even|first)Footer>([^<]*)<")
# Cells and shared texts as all readers take them alike; of what is written in any other way each
# value needs two opinions.
_T = rb'(?:<t(?: xml:space="preserve")?+>[^<]*+</t>|<t/>)'
_RUN = rb'<r>(?:<rPr>(?:<[a-zA-Z]+(?: [a-zA-Z]+="[^"<]*+")*+/>)*+</rPr>|<rPr/>)?+' + _T + rb"</r>"
_ITEM = (
    rb"(?:" + _T + rb"|(?:" + _RUN + rb")*+)(?:<rPh [^<>]*+>" + _T + rb"</rPh>)*+"
    rb"(?:<phoneticPr[^<>]*+/>)?+"
)
_CELL = (
    rb'<c r="[A-Z]{1,3}[0-9]{1,7}"(?: (?:s|cm|vm|ph)="[0-9]++")*+(?: t="(?:s|n|str|e|inlineStr)")?+'
    rb"(?:/>|>(?:<f(?: [^<>]*+)?+>[^<]*+</f>|<f(?: [^<>]*+)?+/>)?+"
    rb'(?:<v(?: xml:space="preserve")?+>[^<]*+</v>|<v/>|<is>' + _ITEM + rb"</is>)?+</c>)"
)
_SAID = rb'"[^"<>&]*+(?:&(?:quot|amp|lt|gt|apos|#10|#13);[^"<>&]*+)*+"'
_ABOUT = rb"(?: [\w:.-]++=" + _SAID + rb")*+"
_PLAIN_ROWS = re.compile(
    rb'<sheetData>(?:<row(?: [\w:.-]++="[^"<>&]*+")*+ ?(?:/>|>(?:' + _CELL + rb")*+</row>))*+"
)
#: tags as every office writes them, and texts between them
_PLAIN_TAGS = re.compile(rb"(?:[^<]++|<[\w:.-]++" + _ABOUT + rb" ?/?>|</[\w:.-]++>)*+")
#: how often a sheet names its rows: where they begin and end
_TAGS = 2
_PLAIN_TEXTS = re.compile(rb"<sst[ >][^<>]*+>?(?:<si>" + _ITEM + rb"</si>|<si/>)*+(?=</sst>)")
_ESCAPE_IN_PART = re.compile(rb"_x[0-9A-Fa-f]{4}_")
#: the elements of a text and of a run of it, a letter each, and in which order they make one
_LETTERS = {"t": "t", "r": "r", "rPh": "p", "phoneticPr": "q", "rPr": "f"}
_TEXT, _RUN_OF_TEXT = re.compile("(?:t|r*)p*q?"), re.compile("f?t")
_HELD = frozenset(("f", "v", "is", "extLst"))
_SQUARES = re.compile(rb'\bsqref="([^"]*)"|<(?:\w+:)?sqref>([^<]*)<')


class _Relation(NamedTuple):
    """How a part is related to another one: id, the end of the type, and the other's name."""

    id: str
    kind: str
    target: str


class XlsxReader:
    """Reads an xlsx from its parts."""

    leads = False
    usual = True
    redefines_dates = False

    def __init__(self, parts: Mapping[str, bytes], check: Callable[[str], None]) -> None:
        """Take the parts, and what to ask of a sheet's part before its cells are read.

        Raises WorkbookError where the parts are no workbook.
        """
        self._parts, self._check = parts, check
        self._checked: set[str] = set()
        self._start = self._main_part()
        self._workbook = parse(self._part(self._start), self._start)
        self._related = self._relations(self._start)
        sheets = list(self._workbook.iterfind("{*}sheets/{*}sheet"))
        self.names = distinct(str(sheet.get("name")) for sheet in sheets)
        targets = {relation.id: relation.target for relation in self._related}
        named = dict(zip(self.names, sheets, strict=True))
        self._sheets = {name: targets.get(_relation_of(sheet), "") for name, sheet in named.items()}
        for part, count in Counter(filter(None, self._sheets.values())).items():
            if count > 1:  # which would be read as two sheets
                raise double(part)
        self.hidden = frozenset(
            name for name, sheet in named.items() if sheet.get("state", "visible") != "visible"
        )
        self._cells: dict[str, Mapping[Position, Cell]] = {}
        self._usual_words: dict[str, bytes] = {}
        self._plain: dict[str, bool] = {}

    # -- the package

    def _part(self, name: str) -> bytes:
        try:
            return self._parts[name]
        except KeyError:
            raise refusal("broken_xml", part=name or self._start) from None

    def _main_part(self) -> str:
        relations = self._relations("") if "_rels/.rels" in self._parts else ()
        return _target_of(relations, "officeDocument") or "xl/workbook.xml"

    def _relations(self, part: str) -> tuple[_Relation, ...]:
        """The relations of a part ("": of the package).

        Raises WorkbookError where two have one id: programs differ on which of them counts.
        """
        folder, name = posixpath.split(part)
        file = posixpath.join(folder, "_rels", f"{name}.rels")
        by_id: dict[str, _Relation] = {}
        for found in parse(self._part(file), file).iterfind("{*}Relationship"):
            target = str(found.get("Target", ""))
            if _ROUNDABOUT.search(target):
                target = posixpath.normpath(posixpath.join("/", folder, target))[1:]
            elif folder:
                target = f"{folder}/{target}"
            kind = str(found.get("Type", "")).rpartition("/")[2]
            number = str(found.get("Id"))
            relation = _Relation(number, kind, target)
            if by_id.setdefault(number, relation) != relation:
                raise double(f"{part} {number}")
        return tuple(by_id.values())

    @cached_property
    def _shared_part(self) -> str:
        return _target_of(self._related, "sharedStrings")

    @cached_property
    def _since_1904(self) -> bool:
        return child_at(self._workbook, "{*}workbookPr").get("date1904") in _TRUE

    @cached_property
    def _elsewhere(self) -> bool:
        """Whether something is not where calamine takes it to be, whatever the package says."""
        usual_texts = ("", "xl/sharedStrings.xml")
        return any((
            self._start != "xl/workbook.xml", self._shared_part not in usual_texts, self._since_1904
        ))  # fmt: skip

    # -- cells

    def _sheet(self, name: str) -> bytes:
        """The part of a sheet, checked before its cells are read. Raises WorkbookError."""
        part = self._sheets[name]
        content = self._part(part)
        if part not in self._checked:
            self._check(part)
            self._checked.add(part)
        return content

    def is_well_formed(self, name: str) -> bool:
        return _is_sound(self._sheet(name)) and self._texts_are_sound

    @cached_property
    def _texts_are_sound(self) -> bool:
        return not self._shared_part or _is_sound(self._part(self._shared_part))

    def readers_may_differ(self, name: str) -> bool:
        return self._elsewhere or not self._texts_are_plain or not self._is_plain(name)

    @cached_property
    def _texts_are_plain(self) -> bool:
        if not self._shared_part:
            return True
        content = self._part(self._shared_part)
        known = sum(map(content.count, _MAIN)) == 1
        plain = _PLAIN_TEXTS.match(content, content.find(b"<sst"))
        odd = b"<!" in content or _ESCAPE_IN_PART.search(content)
        return known and bool(plain) and not odd

    def _is_plain(self, name: str) -> bool:
        if name not in self._plain:
            content = self._part(self._sheets[name])
            odd = b"<!" in content or _ESCAPE_IN_PART.search(content)
            known = _has_usual_names(content) and _has_plain_rows(content)
            self._plain[name] = known and not odd
        return self._plain[name]

    def formula_count(self, name: str) -> int:
        content = self._part(self._sheets[name])
        if not _has_usual_names(content):
            content = self._usual(name)
        return len(_FORMULA.findall(content))

    def formulas_and_errors(self, name: str) -> frozenset[Position]:
        if not self._is_plain(name) or _ARRAY.search(self._part(self._sheets[name])):
            cells = self.cells(name).items()
            return frozenset(at for at, cell in cells if cell.formula or cell.error)
        content = self._part(self._sheets[name])
        found = set()
        end = content.rfind(b"</sheetData>") + 1
        for tag in (*_FORMULA.finditer(content, 0, end), *_ERROR.finditer(content, 0, end)):
            start = content.rfind(_NAMED, 0, tag.end()) + len(_NAMED)
            found.add(parse_cell(content[start : content.find(b'"', start)].decode()))
        return frozenset(filter(None, found))

    def cells(self, name: str) -> Mapping[Position, Cell]:
        if name not in self._cells:
            part = self._sheets[name]
            root = parse(self._sheet(name), part)
            found = dict(self._read(root, part))
            with_arrays(found, _arrays(root))
            self._cells[name] = found
        return self._cells[name]

    def _read(self, root: etree._Element, part: str) -> Iterator[tuple[Position, Cell]]:
        names = _names_of(root, part)
        number = -1
        shared: dict[str, str] = {}
        for row in root.iterfind(f"{names}sheetData/{names}row"):
            number = whole(row.get("r"), number + 2) - 1
            column = -1
            for element in row.iterfind(f"{names}c"):
                name = str(element.get("r", cell_name(number, column + 1)))
                at = parse_cell(name) or (number, column + 1)
                column = at[1]
                cell = self._cell(element, _formula(element, shared), names)
                if not _CELL_NAME.fullmatch(name):
                    cell = replace(cell, clarity=Clarity.UNCLEAR)
                if cell.value != "" or cell.formula or cell.clarity is Clarity.UNCLEAR:
                    yield at, cell

    def _cell(self, element: etree._Element, formula: str, names: str) -> Cell:
        held = {str(child.tag).partition(names)[2]: child for child in element}
        if not held.keys() <= _HELD:
            return Cell("".join(map(str, element.itertext())), formula, clarity=Clarity.UNCLEAR)
        kind = element.get("t", "n")
        if kind == "inlineStr":
            found = _text_of(held["is"], names) if "is" in held else BLANK
            return replace(found, formula=formula)
        text = held["v"].text or "" if "v" in held else None
        if text is None or (formula and not text and kind != "str"):
            return Cell(None if formula else "", formula)
        return replace(self._held(kind, text, element.get("s", "0")), formula=formula)

    def _held(self, kind: str, text: str, style: str) -> Cell:
        """What a value of a type shows: an error where that cannot be said."""
        match kind:
            case "n":
                return self._number(text, style)
            case "s" if _INDEX.fullmatch(text) and int(text) in self._shared:
                return self._shared[int(text)]
            case "e":
                return Cell(None, error=text or "#ERROR")
        read = _TYPES.get(kind)
        return read(text) if read else Cell(None, error=f"{kind} {text}")

    def _number(self, text: str, style: str) -> Cell:
        number = float(text) if _NUMBER.fullmatch(text) else math.inf
        if not math.isfinite(number):
            return Cell(None, error=text)  # larger than a cell holds, or none
        if style in self._date_styles:
            return Cell(date_of(number, self._since_1904))
        return Cell(number)

    @cached_property
    def _shared(self) -> dict[int, Cell]:
        """The texts that cells share, by number."""
        if not self._shared_part:
            return {}
        root = parse(self._part(self._shared_part), self._shared_part)
        names = _names_of(root, self._shared_part)
        return {n: _text_of(item, names) for n, item in enumerate(root.iterfind(f"{names}si"))}

    @cached_property
    def _date_styles(self) -> frozenset[str]:
        """Numbers of the cell styles that show numbers as dates."""
        part = _target_of(self._related, "styles")
        if part not in self._parts:
            return frozenset()
        root = parse(self._part(part), part)
        dates = dict.fromkeys(map(str, DATE_FORMATS), True)
        for own in root.iterfind("{*}numFmts/{*}numFmt"):
            dates[str(own.get("numFmtId"))] = shows_a_date(str(own.get("formatCode", "")))
        styles = enumerate(root.iterfind("{*}cellXfs/{*}xf"))
        return frozenset(str(n) for n, style in styles if dates.get(str(style.get("numFmtId"))))

    # -- sheets

    def _usual(self, name: str) -> bytes:
        """A sheet's XML in the words that this module searches for."""
        if name not in self._usual_words:
            part = self._sheets[name]
            content = self._part(part)
            if not (self._is_plain(name) and _has_plain_tags(content)):
                root = parse(content, part)  # which drops comments, and minds encodings
                _names_of(root, part)
                for element in root.iter():
                    element.tag = etree.QName(element).localname
                content = etree.tostring(root)
            self._usual_words[name] = content
        return self._usual_words[name]

    def state(self, name: str) -> SheetState:
        content = self._usual(name)
        after = content[content.rfind(b"</sheetData>") :]
        rows, columns = _hidden(content)
        return SheetState(
            protected=bool(_PROTECTED.search(after)),
            filtered=b"<autoFilter" in after,
            hidden_rows=frozenset(rows),
            hidden_columns=frozenset(columns),
            merges=_boxes(_MERGED.findall(after, 0, after.find(b"</mergeCells>") + 1)),
            dropdowns=_boxes(_dropdowns(after)),
        )

    # -- what cells look like

    @property
    def parts(self) -> Mapping[str, bytes]:
        """The parts of the package by name."""
        return self._parts

    def content(self, name: str) -> bytes:
        """The XML of a sheet, with tags that have no prefix."""
        return self._usual(name)

    def related_part(self, kind: str) -> bytes:
        """The part that the workbook names for a purpose (`styles`); none of what is not there."""
        return self._parts.get(_target_of(self._related, kind), b"")

    def relations_of(self, name: str) -> Iterator[tuple[str, str]]:
        """Purpose and name of each part that a sheet names."""
        folder, file = posixpath.split(self._sheets[name])
        if posixpath.join(folder, "_rels", f"{file}.rels") in self._parts:
            for relation in self._relations(self._sheets[name]):
                yield relation.kind, relation.target

    # -- the workbook

    def defined_names(self) -> Mapping[str, str]:
        return {
            str(one.get("name")): "=" + (one.text or "")
            for one in self._workbook.iterfind("{*}definedNames/{*}definedName")
        }

    def properties(self) -> Mapping[str, str]:
        part = "docProps/custom.xml"
        root = parse(self._parts[part], part) if part in self._parts else ()
        return {str(one.get("name")): "".join(map(str, one.itertext())) for one in root}

    def saved(self) -> datetime | None:
        return moment_in(self._parts.get("docProps/core.xml", b""), "modified")

    def footers(self) -> Mapping[str, str]:
        shown = (name for name in self._sheets if name not in self.hidden)
        return {name: "\n".join(_footers(self._part(self._sheets[name]))) for name in shown}


def _target_of(relations: Iterable[_Relation], kind: str) -> str:
    """The part that is related in a way; "" when there is none."""
    return next((relation.target for relation in relations if relation.kind == kind), "")


def _relation_of(sheet: etree._Element) -> str:
    """The id by which the workbook names the part of a sheet; "" when there is none.

    Raises WorkbookError where there are several: programs would open different parts.
    """
    ids = [str(value) for key, value in sheet.items() if str(key).endswith("}id")]
    if len(ids) > 1:
        raise refusal("broken_xml", part="xl/workbook.xml")
    return ids[0] if ids else ""


def _has_usual_names(content: bytes) -> bool:
    """Whether the tags of a sheet have no prefix."""
    return bool(_USUAL.match(content)) and sum(map(content.count, _MAIN)) == 1


def _has_plain_rows(content: bytes) -> bool:
    """Whether all rows of a sheet are written as every program reads them, in the one place."""
    start, end = content.find(b"<sheetData"), content.rfind(b"</sheetData>")
    if content.count(b"sheetData") == 1:
        return content.startswith(b"<sheetData/>", start)
    found = _PLAIN_ROWS.match(content, start) if start >= 0 else None
    return content.count(b"sheetData") == _TAGS and bool(found and found.end() == end)


def _has_plain_tags(content: bytes) -> bool:
    """Whether all that stands around the rows of a sheet is written as offices write it."""
    start = content.find(b"<worksheet")
    rows, end = content.find(b"<sheetData", start), content.rfind(b"</sheetData>")
    around = (start, rows), (max(rows, end), len(content))
    return all(bool(_PLAIN_TAGS.fullmatch(content, *one)) for one in around)


def _is_sound(content: bytes) -> bool:
    try:
        expat.ParserCreate().Parse(content, True)
    except expat.ExpatError:
        return False
    return True


def _names_of(root: etree._Element, part: str) -> str:
    """How the names of a part begin. Raises WorkbookError where no office knows them."""
    names, _, _ = str(root.tag).rpartition("}")
    if names not in _NAMES:
        raise refusal("broken_xml", part=part)
    return f"{names}}}"


def _formula(cell: etree._Element, shared: dict[str, str]) -> str:
    """A cell's formula, "" without; a shared one stands in the first of its cells only."""
    element = cell.find("{*}f")
    if element is None:
        return ""
    group = str(element.get("si", ""))
    text = element.text or shared.get(group, "")
    if group and element.text:
        shared[group] = text
    return f"={text}"


def _arrays(root: etree._Element) -> Iterator[tuple[Box, str]]:
    """The formulas that fill several cells, and which."""
    for element in root.iterfind("{*}sheetData/{*}row/{*}c/{*}f[@ref]"):
        box = Box.parse(str(element.get("ref")))
        if box and element.get("t") in ("array", "dataTable"):
            yield box, f"={element.text or ''}"


def _text_of(item: etree._Element, names: str) -> Cell:
    """A text, of one run or of several; how it is pronounced is left out."""
    runs = item.findall(f"{names}r")
    texts = [*item.iterfind(f"{names}t"), *item.iterfind(f"{names}r/{names}t")]
    shapes = [(_TEXT, item), *((_RUN_OF_TEXT, run) for run in runs)]
    found = _unescaped("".join(text.text or "" for text in texts))
    if all(_is_shaped(*one, names) for one in shapes) and not any(map(len, texts)):
        return found
    return replace(found, clarity=Clarity.UNCLEAR)


def _is_shaped(shape: re.Pattern[str], element: etree._Element, names: str) -> bool:
    """Whether an element holds what it may, in order."""
    held = (_LETTERS.get(str(child.tag).partition(names)[2], "?") for child in element)
    return bool(shape.fullmatch("".join(held)))


def _unescaped(text: str) -> Cell:
    """A text with its escapes resolved: unclear where it has some that not every office knows."""
    codes = _ESCAPE.findall(text)
    known = all(code.upper() in _ESCAPED for code in codes)
    shown = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    return Cell(shown, clarity=Clarity.PLAIN if known else Clarity.UNCLEAR)


def _result(text: str) -> Cell:
    """A text as the result of a formula, in which not every office knows escapes."""
    found = _unescaped(text)
    if found.value == text:
        return found
    return replace(found, clarity=Clarity.UNCLEAR)


def _boolean(text: str) -> Cell:
    clarity = Clarity.PLAIN if text in ("0", "1") else Clarity.UNCLEAR
    return Cell(text.strip() in _TRUE, clarity=clarity)


def _iso(text: str) -> Cell:
    try:
        found = datetime.fromisoformat(text.strip().removesuffix("Z"))
    except ValueError:
        return Cell(text)
    return Cell(found if "T" in text else found.date())


#: how a value is read by its type
_TYPES: Mapping[str, Callable[[str], Cell]] = {"b": _boolean, "d": _iso, "str": _result}


def _hidden(content: bytes) -> tuple[set[int], set[int]]:
    """The numbers of hidden rows and columns."""
    rows: set[int] = set()
    columns: set[int] = set()
    if b"hidden=" not in content:
        return rows, columns  # which is quickly said of most sheets
    for found in _HIDDEN.finditer(content):
        numbers = {key: int(number) for key, number in _NUMBERS.findall(found[0])}
        if found[1] == b"row":
            rows.add(numbers.get(b"r", 0) - 1)
        else:
            last = min(numbers.get(b"max", 0), _MOST_COLUMNS + 1)
            columns.update(range(numbers.get(b"min", 1) - 1, last))
    return rows, columns


def _boxes(names: Iterable[bytes]) -> frozenset[Box]:
    """The rectangles that some texts name, each one or several with blanks between them."""
    return frozenset(Box.parse_all(b" ".join(names).decode("ascii", "replace").split()))


def _dropdowns(after: bytes) -> Iterator[bytes]:
    """The cells of validations that offer a list."""
    start = after.find(b"dataValidations ")
    if start < 0:
        return
    for validation in _VALIDATION.finditer(after, start):
        # Excel keeps some in an extension, with the cells behind the formulas.
        cells = _SQUARES.search(after, validation.start())
        if cells and b'type="list"' in validation[1]:
            yield cells[1] or cells[2] or b""


def _footers(content: bytes) -> Iterator[str]:
    """The texts of a sheet's footers."""
    end = content.rfind(b"headerFooter")
    start = content.rfind(b"headerFooter", 0, max(0, end))
    if start < 0:
        return
    for found in _FOOTER.finditer(content, start, end):
        yield unescape(found[1].decode("utf-8", "replace"))
