"""The parts of an xlsx → what is in it. Strict and transitional files read alike."""

from __future__ import annotations

import math
import posixpath
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cached_property
from html import unescape
from xml.parsers import expat

from lxml import etree

from ptxl.model.refusals import refusal
from ptxl.read.formats.common import (
    EASTERN_DATES,
    Area,
    Cell,
    Position,
    SheetState,
    areas,
    dated,
    distinct,
    parse,
    position,
    shows_a_date,
    whole,
)

_RELATION = re.compile(r"\{.*/relationships\}id")
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
_NUMBER = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*")
_INDEX = re.compile("[0-9]{1,9}")
_TRUE = ("1", "true")
#: numbers of built-in formats that are dates
_DATE_FORMATS = frozenset((*range(14, 23), *range(45, 48), *EASTERN_DATES))

# A sheet is a few tens of kilobytes, and what is wanted of it are a few tags: they are searched
# for, which takes a tenth of parsing. A sheet written in unusual words is put in usual ones first.
_USUAL = re.compile(rb"\s*(?:<\?xml[^>]*\?>\s*)?<worksheet[\s>]")
_MAIN = b'spreadsheetml/2006/main"', b'purl.oclc.org/ooxml/spreadsheetml/main"'
#: what readers take differently inside a cell or around it
_UNUSUAL = b"<!--", b"![CDATA[", b"AlternateContent"
_FORMULA = re.compile(rb"<f[ />]")
_ERROR = re.compile(rb' t="e"')
_REFERENCE = re.compile(rb' r="([A-Z]+[0-9]+)"')
_HIDDEN = re.compile(rb'<(row|col) ([^>]* )?hidden="(?:1|true)"[^>]*>')
_NUMBERS = re.compile(rb'\b(r|min|max)="([0-9]{1,9})"')
_PROTECTED = re.compile(rb'<sheetProtection [^>]*\bsheet="(?:1|true)"')
_MERGED = re.compile(rb'<mergeCell ref="([^"]*)"')
_VALIDATION = re.compile(rb'<(?:x14:)?dataValidation ((?:[^">]++|"[^"]*+")*+)>')
_FOOTER = re.compile(rb"<(?:\w+:)?(?:odd|even|first)Footer>([^<]*)<")
_SQUARES = re.compile(rb'\bsqref="([^"]*)"|<(?:\w+:)?sqref>([^<]*)<')


class Ooxml:
    """An xlsx, read from its parts."""

    redefines_dates = False

    def __init__(self, parts: Mapping[str, bytes]) -> None:
        """Raises WorkbookError where the parts are no workbook."""
        self._parts = parts
        self._start = self._main_part()
        self._workbook = parse(self._part(self._start), self._start)
        self._related = dict(self._relations(self._start))
        sheets = list(self._workbook.iterfind("{*}sheets/{*}sheet"))
        self.names = distinct(str(sheet.get("name")) for sheet in sheets)
        self._sheets = {
            name: self._related.get(self._relation_of(sheet), ("", ""))[1]
            for name, sheet in zip(self.names, sheets, strict=True)
        }
        self.hidden = frozenset(
            name
            for name, sheet in zip(self.names, sheets, strict=True)
            if sheet.get("state", "visible") != "visible"
        )
        # calamine knows the usual names of parts only, whatever the package says.
        self._elsewhere = (
            self._start != "xl/workbook.xml"
            or self._shared_part not in ("", "xl/sharedStrings.xml")
            or self._since_1904
        )

    # -- the package

    def _part(self, name: str) -> bytes:
        try:
            return self._parts[name]
        except KeyError:
            raise refusal("broken_xml", part=name or self._start) from None

    def _main_part(self) -> str:
        if "_rels/.rels" in self._parts:
            for kind, target in dict(self._relations("")).values():
                if kind.endswith("/officeDocument"):
                    return target
        return "xl/workbook.xml"

    def _relations(self, part: str) -> Iterator[tuple[str, tuple[str, str]]]:
        """Id → type and target of the relations of a part ("": of the package)."""
        folder, name = posixpath.split(part)
        file = posixpath.join(folder, "_rels", f"{name}.rels")
        for relation in parse(self._part(file), file):
            target, kind = str(relation.get("Target", "")), str(relation.get("Type", ""))
            if target[:1] in "/." or "/." in target or "//" in target:
                target = posixpath.normpath(posixpath.join("/", folder, target))[1:]
            elif folder:
                target = f"{folder}/{target}"
            yield str(relation.get("Id")), (kind, target)

    @staticmethod
    def _relation_of(sheet: etree._Element) -> str:
        found = (str(v) for k, v in sheet.items() if _RELATION.fullmatch(str(k)))
        return next(found, "")

    @cached_property
    def _shared_part(self) -> str:
        return self._of_type("sharedStrings")

    def _of_type(self, name: str) -> str:
        """The part that the workbook is related to in a way; "" when there is none."""
        related = self._related.values()
        return next((target for kind, target in related if kind.endswith(f"/{name}")), "")

    @cached_property
    def _since_1904(self) -> bool:
        found = self._workbook.find("{*}workbookPr")
        return found is not None and found.get("date1904") in _TRUE

    # -- cells

    def sound(self, name: str) -> bool:
        return _is_sound(self._part(self._sheets[name])) and self._texts_are_sound

    @cached_property
    def _texts_are_sound(self) -> bool:
        return not self._shared_part or _is_sound(self._part(self._shared_part))

    def unusual(self, name: str) -> bool:
        content = self._usual(name)
        return self._elsewhere or any(word in content for word in _UNUSUAL)

    def formula_count(self, name: str) -> int:
        return len(_FORMULA.findall(self._usual(name)))

    def odd(self, name: str) -> frozenset[Position]:
        return frozenset(self._positions(self._usual(name), name))

    def _positions(self, content: bytes, name: str) -> Iterator[Position]:
        for tag in (_FORMULA, _ERROR):
            for found in tag.finditer(content):
                start = content.rfind(b"<c ", 0, found.end())
                reference = _REFERENCE.search(content, start, content.find(b">", start))
                at = position(reference[1].decode()) if reference else None
                if at is None:  # cells may go without a name, one after the other
                    yield from (p for p, c in self.cells(name).items() if c.formula or c.error)
                    return
                yield at

    def cells(self, name: str) -> Mapping[Position, Cell]:
        if name not in self._cells:
            part = self._sheets[name]
            self._cells[name] = dict(self._read(parse(self._part(part), part)))
        return self._cells[name]

    @cached_property
    def _cells(self) -> dict[str, Mapping[Position, Cell]]:
        return {}

    def _read(self, root: etree._Element) -> Iterator[tuple[Position, Cell]]:
        number = -1
        shared: dict[str, str] = {}
        for row in root.iterfind("{*}sheetData/{*}row"):
            number = whole(row.get("r"), number + 2) - 1
            column = -1
            for element in row.iterfind("{*}c"):
                at = position(str(element.get("r", ""))) or (number, column + 1)
                column = at[1]
                cell = self._cell(element, shared)
                if cell.value != "" or cell.formula:
                    yield at, cell

    def _cell(self, element: etree._Element, shared: dict[str, str]) -> Cell:
        formula = ""
        asked = element.find("{*}f")
        if asked is not None:
            formula = "=" + _formula(asked, shared)
        held = element.find("{*}v")
        kind = element.get("t", "n")
        if kind == "inlineStr":
            inline = element.find("{*}is")
            return Cell("" if inline is None else _text_of(inline), formula)
        text = None if held is None else held.text or ""
        if text is None or (formula and not text and kind != "str"):
            return Cell(None if formula else "", formula)
        if kind == "e":
            return Cell(None, formula, text or "#ERROR")
        value = self._value(kind, text, element.get("s", "0"))
        if value is None:
            return Cell(None, formula, text if kind == "n" else f"{kind} {text}")
        return Cell(value, formula)

    def _value(self, kind: str, text: str, style: str) -> object:
        """What a cell of a type shows; None when that cannot be said."""
        if kind == "s":
            index = int(text) if _INDEX.fullmatch(text) else -1
            return self._shared[index] if 0 <= index < len(self._shared) else None
        if kind == "b":
            return text.strip() in _TRUE
        if kind == "d":
            return _iso(text)
        if kind == "n" and _NUMBER.fullmatch(text):
            number = float(text)
            if not math.isfinite(number):
                return None  # larger than a cell holds
            return dated(number, self._since_1904) if style in self._date_styles else number
        return _unescaped(text) if kind == "str" else None

    @cached_property
    def _shared(self) -> list[str]:
        if not self._shared_part:
            return []
        root = parse(self._part(self._shared_part), self._shared_part)
        return [_text_of(item) for item in root.iterfind("{*}si")]

    @cached_property
    def _date_styles(self) -> frozenset[str]:
        """Numbers of the cell styles that show numbers as dates."""
        part = self._of_type("styles")
        if part not in self._parts:
            return frozenset()
        root = parse(self._part(part), part)
        custom = {
            str(one.get("numFmtId")): shows_a_date(str(one.get("formatCode", "")))
            for one in root.iterfind("{*}numFmts/{*}numFmt")
        }
        usual = {str(number): True for number in _DATE_FORMATS}
        dates = {**usual, **custom}
        styles = root.iterfind("{*}cellXfs/{*}xf")
        return frozenset(
            str(n) for n, style in enumerate(styles) if dates.get(str(style.get("numFmtId")))
        )

    # -- sheets

    def _usual(self, name: str) -> bytes:
        """A sheet's XML in the words that this module searches for."""
        if name not in self._usual_words:
            part = self._sheets[name]
            content = self._part(part)
            if not _USUAL.match(content) or sum(map(content.count, _MAIN)) != 1:
                root = parse(content, part)  # which drops comments, and minds encodings
                for element in root.iter():
                    element.tag = etree.QName(element).localname
                content = etree.tostring(root)
            self._usual_words[name] = content
        return self._usual_words[name]

    @cached_property
    def _usual_words(self) -> dict[str, bytes]:
        return {}

    def state(self, name: str) -> SheetState:
        content = self._usual(name)
        after = content[content.rfind(b"</sheetData>") :]
        rows, columns = _hidden(content)
        return SheetState(
            protected=bool(_PROTECTED.search(after)),
            filtered=b"<autoFilter" in after,
            hidden_rows=rows,
            hidden_columns=columns,
            merges=_areas(_MERGED.findall(after, 0, after.find(b"</mergeCells>") + 1)),
            dropdowns=_dropdowns(after),
        )

    # -- the workbook

    def defined_names(self) -> Mapping[str, str]:
        return {
            str(one.get("name")): "=" + (one.text or "")
            for one in self._workbook.iterfind("{*}definedNames/{*}definedName")
        }

    def properties(self) -> Mapping[str, str]:
        part = "docProps/custom.xml"
        if part not in self._parts:
            return {}
        return {
            str(one.get("name")): "".join(map(str, one.itertext()))
            for one in parse(self._parts[part], part)
        }

    def footers(self) -> Mapping[str, str]:
        shown = (name for name in self._sheets if name not in self.hidden)
        return {name: "\n".join(self._footers(name)) for name in shown}

    def _footers(self, name: str) -> Iterator[str]:
        content = self._part(self._sheets[name])
        end = content.rfind(b"headerFooter")
        start = content.rfind(b"headerFooter", 0, max(0, end))
        for found in _FOOTER.finditer(content, start, end) if start >= 0 else ():
            yield unescape(found[1].decode("utf-8", "replace"))


def _is_sound(content: bytes) -> bool:
    parser = expat.ParserCreate()
    try:
        parser.Parse(content, True)
    except expat.ExpatError:
        return False
    return True


def _formula(element: etree._Element, shared: dict[str, str]) -> str:
    """A formula's text; a shared one stands in the first of its cells only."""
    group = str(element.get("si", ""))
    text = element.text or shared.get(group, "")
    if group and element.text:
        shared[group] = text
    return text


def _text_of(item: etree._Element) -> str:
    """A text, of one run or of several; how it is pronounced is left out."""
    runs = (*item.iterfind("{*}t"), *item.iterfind("{*}r/{*}t"))
    return _unescaped("".join(run.text or "" for run in runs))


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)


def _iso(text: str) -> object:
    try:
        found = datetime.fromisoformat(text.strip().removesuffix("Z"))
    except ValueError:
        return text
    return found.date() if "T" not in text else found


def _hidden(content: bytes) -> tuple[frozenset[int], frozenset[int]]:
    rows: set[int] = set()
    columns: set[int] = set()
    if b'hidden="1"' not in content and b'hidden="true"' not in content:
        return frozenset(), frozenset()
    for found in _HIDDEN.finditer(content):
        numbers = {key: int(number) - 1 for key, number in _NUMBERS.findall(found[0])}
        if found[1] == b"row":
            rows.add(numbers.get(b"r", -1))
        else:
            columns.update(range(numbers.get(b"min", 0), min(numbers.get(b"max", -1), 1000) + 1))
    return frozenset(rows), frozenset(columns)


def _areas(names: list[bytes]) -> frozenset[Area]:
    return frozenset(areas(b" ".join(names).decode("ascii", "replace")))


def _dropdowns(after: bytes) -> frozenset[Area]:
    found: list[bytes] = []
    start = after.find(b"dataValidations ")
    for one in _VALIDATION.finditer(after, start) if start >= 0 else ():
        if b'type="list"' in one[1]:
            # Excel keeps some in an extension, with the cells behind the formulas.
            cells = _SQUARES.search(after, one.start())
            found += [cells[1] or cells[2]] if cells else []
    return _areas(found)
