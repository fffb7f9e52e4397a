"""What Excel would repair, and what a form promises, judged from the raw XML parts alone.

    general_problems(path)       every workbook that we write
    form_problems(path, ...)     a form, blank or filled in

Knows zip, XML and the file format, and nothing of ptxl or of the library that wrote the file, so
that a mistake there is not repeated here. openpyxl only cuts formulas into tokens. A problem is one
line that begins with its place; no problem is an empty list.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import NamedTuple, TypeVar

from lxml import etree
from openpyxl.formula.tokenizer import Token, Tokenizer, TokenizerError

Element = etree._Element
Position = tuple[int, int]  # row and column from 1, as the file counts

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
SPACE = "{http://www.w3.org/XML/1998/namespace}space"

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
LONGEST_TEXT = 32_767
LONGEST_VALIDATION = {"promptTitle": 32, "prompt": 255, "errorTitle": 32, "error": 225}
LONGEST_FORMULA = 8_192
LONGEST_LITERAL = LONGEST_LIST = LONGEST_HEADER = LONGEST_NAME = 255
TALLEST_ROW, WIDEST_COLUMN = 409.5, 255.0
LARGEST_FONT = 409

#: functions that Excel 2010, WPS and LibreOffice share, none that depends on a locale's words, and
#: how many arguments each takes
FUNCTIONS: Mapping[str, tuple[int, int]] = {
    "ABS": (1, 1), "ADDRESS": (2, 5), "AND": (1, 255), "CHOOSE": (2, 255), "COLUMN": (0, 1),
    "COLUMNS": (1, 1), "COUNT": (1, 255), "COUNTA": (1, 255), "COUNTBLANK": (1, 1),
    "COUNTIF": (2, 2), "COUNTIFS": (2, 254), "DATE": (3, 3), "DATEVALUE": (1, 1),
    "DAY": (1, 1), "EXACT": (2, 2),
    "FIND": (2, 3), "HYPERLINK": (1, 2), "IF": (2, 3), "IFERROR": (2, 2), "INDEX": (2, 4),
    "INT": (1, 1), "ISBLANK": (1, 1), "ISERROR": (1, 1), "ISNA": (1, 1), "ISNUMBER": (1, 1),
    "ISTEXT": (1, 1), "LEFT": (1, 2), "LEN": (1, 1), "LOWER": (1, 1), "MATCH": (2, 3),
    "MAX": (1, 255), "MID": (3, 3), "MIN": (1, 255), "MMULT": (2, 2), "MOD": (2, 2),
    "MONTH": (1, 1), "N": (1, 1), "NOT": (1, 1), "OFFSET": (3, 5), "OR": (1, 255), "REPT": (2, 2),
    "RIGHT": (1, 2), "ROUND": (2, 2), "ROW": (0, 1), "ROWS": (1, 1), "SEARCH": (2, 3),
    "SMALL": (2, 2), "SUBSTITUTE": (3, 4), "SUBTOTAL": (2, 255), "SUM": (1, 255), "SUMIF": (2, 3),
    "SUMIFS": (3, 255), "SUMPRODUCT": (1, 255), "T": (1, 1), "TRIM": (1, 1), "UPPER": (1, 1),
    "VALUE": (1, 1), "VLOOKUP": (3, 4), "YEAR": (1, 1),
}  # fmt: skip


# -- places


class Box(NamedTuple):
    """A rectangle of cells."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def first(self) -> Position:
        return self.top, self.left

    def holds(self, at: Position) -> bool:
        return self.top <= at[0] <= self.bottom and self.left <= at[1] <= self.right

    def meets(self, other: Box) -> bool:
        rows = self.top <= other.bottom and other.top <= self.bottom
        return rows and self.left <= other.right and other.left <= self.right

    def joins(self, other: Box) -> bool:
        """Whether the two side by side are one rectangle."""
        if (self.top, self.bottom) == (other.top, other.bottom):
            return self.right + 1 == other.left or other.right + 1 == self.left
        columns = (self.left, self.right) == (other.left, other.right)
        return columns and (self.bottom + 1 == other.top or other.bottom + 1 == self.top)

    def positions(self) -> Iterator[Position]:
        for row in range(self.top, self.bottom + 1):
            for column in range(self.left, self.right + 1):
                yield row, column


_CELL = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")


def parse_cell(name: str) -> Position:
    """Row and column of `B4`. Raises ValueError when there is no such cell."""
    found = _CELL.fullmatch(name)
    if not found or int(found[2]) > LAST_ROW or column_number(found[1]) > LAST_COLUMN:
        raise ValueError(f'"{name}" is no cell')
    return int(found[2]), column_number(found[1])


def parse_box(name: str) -> Box:
    """The rectangle `B4:C5`, or `B4` alone. Raises ValueError when there is no such range."""
    first, _, last = name.partition(":")
    box = Box(*parse_cell(first), *parse_cell(last or first))
    if box.top > box.bottom or box.left > box.right:
        raise ValueError(f'"{name}" is back to front')
    return box


def column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def cell_name(at: Position) -> str:
    name, column = "", at[1]
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return f"{name}{at[0]}"


def _get(element: Element, name: str, default: str = "") -> str:
    value = element.get(name)
    return default if value is None else str(value)


def _text(element: Element | None) -> str:
    return "" if element is None else str(element.text or "")


def _number(element: Element, name: str, default: int = 0) -> int:
    return int(_get(element, name, str(default)))


def _units(text: str) -> int:
    """Length as Excel counts it: a character outside the basic plane is two."""
    return len(text.encode("utf-16-le")) // 2


# -- the package: a zip of parts


class Package:
    """The parts of a file, those in XML parsed. `problems` are of the zip and of the XML itself."""

    def __init__(self, path: Path) -> None:
        self.problems: list[str] = []
        self.parts: dict[str, bytes] = {}
        self.trees: dict[str, Element] = {}
        try:
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
                self.problems.extend(_twice(names, "the zip holds the part twice"))
                self.parts = {name: archive.read(name) for name in names}
        except zipfile.BadZipFile as error:
            self.problems.append(f"{path.name}: no sound zip: {error}")
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        for name, data in self.parts.items():
            if name.endswith((".xml", ".rels", ".vml")):
                self._parse(name, data, parser)

    def _parse(self, name: str, data: bytes, parser: etree.XMLParser) -> None:
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            self.problems.append(f"{name}: a DOCTYPE")
        try:
            self.trees[name] = etree.fromstring(data, parser)
        except etree.XMLSyntaxError as error:
            self.problems.append(f"{name}: XML is not well-formed: {error}")

    def targets(self, part: str) -> dict[str, str]:
        """The parts that a part points to, by relationship id."""
        folder, name = posixpath.split(part)
        tree = self.trees.get(posixpath.join(folder, "_rels", f"{name}.rels"))
        if tree is None:
            return {}
        return {_get(e, "Id"): _target(folder, _get(e, "Target")) for e in tree}


def _target(folder: str, target: str) -> str:
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


def _twice(names: Iterable[str], message: str) -> Iterator[str]:
    """Names that differ at most in case stand for the same thing."""
    for name, count in Counter(name.casefold() for name in names).items():
        if count > 1:
            yield f"{name}: {message}"


def _content_types(package: Package) -> Iterator[str]:
    tree = package.trees["[Content_Types].xml"]
    defaults = {_get(e, "Extension").lower() for e in tree.iterfind("{*}Default")}
    overrides = [_get(e, "PartName").lstrip("/") for e in tree.iterfind("{*}Override")]
    yield from _twice(overrides, "two content types")
    for name in package.parts:
        typed = name in overrides or name.rpartition(".")[2].lower() in defaults
        if not typed and name != "[Content_Types].xml":
            yield f"{name}: the part has no content type"
    for name in overrides:
        if name not in package.parts:
            yield f"{name}: a content type for a part that is not there"


def _relationships(package: Package) -> Iterator[str]:
    for name, tree in package.trees.items():
        if name.endswith(".rels"):
            yield from _relations_of(package, name, tree)
        else:
            known = package.targets(name)
            used = {str(v) for e in tree.iter() for k, v in e.attrib.items() if LINK in str(k)}
            for identifier in sorted(used - set(known)):
                yield f"{name}: no relationship {identifier}"


def _is_beside(target: str) -> bool:
    """Whether an address is a path from the workbook to a file, and no place of the network."""
    return not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:|[/\\\\]", target)


def _relations_of(package: Package, name: str, tree: Element) -> Iterator[str]:
    folder = posixpath.dirname(posixpath.dirname(name))
    source = posixpath.join(folder, posixpath.basename(name).removesuffix(".rels"))
    if name != "_rels/.rels" and source not in package.parts:
        yield f"{name}: relationships of a part that is not there"
    yield from _twice([_get(e, "Id") for e in tree], f"the relationship id stands twice in {name}")
    for element in tree:
        target = _get(element, "Target")
        external = _get(element, "TargetMode") == "External" or "externalLink" in target
        if external and not (_get(element, "Type").endswith("/hyperlink") and _is_beside(target)):
            yield f"{name}: external target {target}"
        elif not external and _target(folder, target) not in package.parts:
            yield f"{name}: the target {target} is not there"


# -- the workbook


class Validation(NamedTuple):
    """A data validation and the cells that it is for."""

    element: Element
    boxes: tuple[Box, ...]

    @property
    def type(self) -> str:
        return _get(self.element, "type", "none")

    @property
    def formulas(self) -> tuple[str, ...]:
        return tuple(_text(e) for e in self.element)


@dataclass(frozen=True)
class Sheet:
    """A worksheet and its part."""

    name: str
    state: str
    part: str
    root: Element

    def find(self, path: str) -> list[Element]:
        """The elements at a path of local names: `sheetData/row`."""
        return self.root.findall("/".join(MAIN + step for step in path.split("/")))

    @cached_property
    def cells(self) -> dict[Position, Element]:
        return {parse_cell(_get(e, "r")): e for e in self.find("sheetData/row/c")}

    @cached_property
    def merges(self) -> list[Box]:
        return [parse_box(_get(e, "ref")) for e in self.find("mergeCells/mergeCell")]

    @cached_property
    def validations(self) -> list[Validation]:
        found = self.find("dataValidations/dataValidation")
        return [Validation(e, tuple(map(parse_box, _get(e, "sqref").split()))) for e in found]

    def merge_at(self, at: Position) -> Box:
        """The merge that starts at a cell, or the cell alone."""
        return next((box for box in self.merges if box.first == at), Box(*at, *at))


class Name(NamedTuple):
    """A defined name; `sheet` is the index of the only sheet that knows it."""

    name: str
    sheet: int | None
    formula: str


@dataclass(frozen=True)
class Book:
    """A workbook read from its parts."""

    package: Package

    @cached_property
    def root(self) -> Element:
        kind = "/officeDocument"
        relations = self.package.trees["_rels/.rels"]
        target = next(_get(e, "Target") for e in relations if _get(e, "Type").endswith(kind))
        return self.package.trees[_target("", target)]

    @cached_property
    def part(self) -> str:
        return next(name for name, tree in self.package.trees.items() if tree is self.root)

    @cached_property
    def sheets(self) -> list[Sheet]:
        targets = self.package.targets(self.part)
        return [
            Sheet(_get(e, "name"), _get(e, "state", "visible"), part, self.package.trees[part])
            for e in self.root.iterfind(f"{MAIN}sheets/{MAIN}sheet")
            for part in [targets[_get(e, f"{LINK}id")]]
        ]

    def sheet(self, name: str) -> Sheet | None:
        return next((sheet for sheet in self.sheets if sheet.name == name), None)

    @cached_property
    def names(self) -> list[Name]:
        found = self.root.findall(f"{MAIN}definedNames/{MAIN}definedName")
        scopes = [_get(e, "localSheetId") for e in found]
        return [
            Name(_get(e, "name"), int(scope) if scope else None, _text(e))
            for e, scope in zip(found, scopes, strict=True)
        ]

    def _beside(self, name: str) -> Element | None:
        found = (part for part in self.package.trees if posixpath.basename(part) == name)
        return next((self.package.trees[part] for part in found), None)

    @cached_property
    def items(self) -> list[Element]:
        """The shared strings."""
        root = self._beside("sharedStrings.xml")
        return [] if root is None else root.findall(f"{MAIN}si")

    @cached_property
    def styles(self) -> Element:
        root = self._beside("styles.xml")
        return etree.Element(f"{MAIN}styleSheet") if root is None else root

    def style_list(self, name: str) -> list[Element]:
        """One of the lists of the style sheet, such as `cellXfs`."""
        found = self.styles.find(f"{MAIN}{name}")
        return [] if found is None else list(found)

    @cached_property
    def looks(self) -> list[Element]:
        """What the style index of a cell points to."""
        return self.style_list("cellXfs")

    @cached_property
    def formats(self) -> dict[int, str]:
        """The number formats that the file brings along."""
        found = self.style_list("numFmts")
        return {_number(e, "numFmtId"): _get(e, "formatCode") for e in found}

    def locked(self, style: int) -> bool:
        protection = self.looks[style].find(f"{MAIN}protection")
        return protection is None or _get(protection, "locked", "1") in ("1", "true")

    def value(self, cell: Element) -> str:
        """What a cell holds, as text; nothing when it is blank."""
        if _get(cell, "t") == "inlineStr":
            return _shown(cell.find(f"{MAIN}is"))
        content = _text(cell.find(f"{MAIN}v"))
        return _shown(self.items[int(content)]) if _get(cell, "t") == "s" else content


def _shown(item: Element | None) -> str:
    """The text of a string item without its phonetic guides."""
    if item is None:
        return ""
    runs = [*item.findall(f"{MAIN}t"), *item.findall(f"{MAIN}r/{MAIN}t")]
    return "".join(map(_text, runs))


Judged = TypeVar("Judged")
Check = Callable[[Judged], Iterator[str]]


def _run(checks: Iterable[Check[Judged]], judged: Judged) -> Iterator[str]:
    """A part too broken to be judged is a problem too."""
    for check in checks:
        try:
            yield from check(judged)
        except (LookupError, ValueError, TypeError, AttributeError, StopIteration) as error:
            yield f"{check.__name__.strip('_')}: cannot be judged: {error!r}"


def general_problems(path: Path) -> list[str]:
    """All that would make Excel repair the file, or that some reader would stumble over."""
    package = Package(path)
    found = [*package.problems, *_run([_content_types, _relationships], package)]
    return found or list(_run(GENERAL, Book(package)))


# -- general: the workbook part


def _sheets(book: Book) -> Iterator[str]:
    yield from _twice([sheet.name for sheet in book.sheets], "two sheets of one name")
    elements = list(book.root.iterfind(f"{MAIN}sheets/{MAIN}sheet"))
    yield from _twice([_get(e, "sheetId") for e in elements], "a sheetId stands twice")
    yield from _twice([sheet.part for sheet in book.sheets], "two sheets share a part")
    for sheet in book.sheets:
        yield from _sheet_name(sheet.name)
    if not any(sheet.state == "visible" for sheet in book.sheets):
        yield "workbook: no sheet is visible"


def _sheet_name(name: str) -> Iterator[str]:
    if not 1 <= _units(name) <= 31:
        yield f"{name}: a sheet name has 1 to 31 characters"
    if re.search(r"[\[\]:*?/\\\x00-\x1f]", name) or name.startswith("'") or name.endswith("'"):
        yield f"{name}: a sheet name with a character that is not allowed"
    if name.casefold() == "history":
        yield f"{name}: a sheet name that Excel keeps for itself"


def _views(book: Book) -> Iterator[str]:
    view = book.root.find(f"{MAIN}bookViews/{MAIN}workbookView")
    for name in ("activeTab", "firstSheet"):
        index = 0 if view is None else _number(view, name)
        if not 0 <= index < len(book.sheets) or book.sheets[index].state != "visible":
            yield f"workbook: {name} {index} is no visible sheet"
    active = 0 if view is None else _number(view, "activeTab")
    for index, sheet in enumerate(book.sheets):
        selected = any(_get(e, "tabSelected") in ("1", "true") for e in sheet.find("sheetViews/*"))
        # Two selected sheets are a group: what is typed into one lands in the other too.
        if selected and index != active:
            yield f"{sheet.name}: is selected beside the active sheet"


_NAME = re.compile(r"(?:[^\W\d]|[_\\])[\w.\\?]*")
_ROW_COLUMN = re.compile(r"R\d*(C\d*)?|C\d*", re.IGNORECASE)
_OWN_NAMES = ("_xlnm.Print_Area", "_xlnm.Print_Titles", "_xlnm._FilterDatabase")


def _names(book: Book) -> Iterator[str]:
    scoped = [f"{'' if n.sheet is None else n.sheet}!{n.name}" for n in book.names]
    yield from _twice(scoped, "a defined name stands twice")
    for name in book.names:
        if name.sheet is not None and not 0 <= name.sheet < len(book.sheets):
            yield f"{name.name}: a defined name of sheet {name.sheet}, which is not there"
        elif name.name.startswith("_xlnm."):
            yield from _own_name(book, name)
        elif not _NAME.fullmatch(name.name) or _units(name.name) > LONGEST_NAME:
            yield f"{name.name}: not legal as a defined name"
        elif _looks_like_cell(name.name):
            yield f"{name.name}: a defined name that looks like a cell"


def _looks_like_cell(name: str) -> bool:
    try:
        parse_cell(name.upper())
    except ValueError:
        return bool(_ROW_COLUMN.fullmatch(name))
    return True


def _own_name(book: Book, name: Name) -> Iterator[str]:
    """Print areas and titles belong to one sheet and name cells of that sheet only."""
    if name.name not in _OWN_NAMES or name.sheet is None:
        yield f"{name.name}: Excel knows no such name of its own, or it lacks its sheet"
        return
    own = book.sheets[name.sheet].name
    for token in _tokens(name.formula):
        if token.type == Token.OPERAND and _reference(token.value).sheet != own:
            yield f"{name.name}: {token.value} is not on its sheet {own}"


# -- general: styles and strings

# 5 to 8, 23 to 36, 41 to 44 and 50 on show otherwise in every locale.
_BUILTIN_FORMATS = {*range(5), *range(9, 23), *range(37, 41), *range(45, 50)}
_LITERALS = re.compile(r'"[^"]*"|\\.|_.|\*.')


def _styles(book: Book) -> Iterator[str]:
    numbers = [_get(e, "numFmtId") for e in book.style_list("numFmts")]
    yield from _twice(numbers, "two number formats of this number")
    for number, code in book.formats.items():
        yield from _number_format(number, code)
    for place in ("cellXfs", "cellStyleXfs"):
        for index, look in enumerate(book.style_list(place)):
            if _number(look, "numFmtId") not in {*_BUILTIN_FORMATS, *book.formats}:
                yield f"styles: {place} {index} has an unknown number format"
            yield from _style_indexes(book, f"{place} {index}", look)
    if not book.looks:
        yield "styles: there is no cellXfs"


def _number_format(number: int, code: str) -> Iterator[str]:
    bare = _LITERALS.sub("", code)
    balanced = bare.count("[") == bare.count("]") and '"' not in bare
    if number < 164 or not code or _units(code) > 255 or bare.count(";") > 3 or not balanced:
        yield f"styles: number format {number} ({code}) is not legal"


def _style_indexes(book: Book, place: str, look: Element) -> Iterator[str]:
    lists = {"fontId": "fonts", "fillId": "fills", "borderId": "borders", "xfId": "cellStyleXfs"}
    for name, target in lists.items():
        if look.get(name) is not None and _number(look, name) >= len(book.style_list(target)):
            yield f"styles: {place} has {name} {_get(look, name)}, which is not there"


#: what Excel takes for the code of a character; a typed one is written _x005F_x0041_
_CODE = re.compile("(?<!_x005F)_x(?!005F)(?!00[01])[0-9A-Fa-f]{4}_")


def _strings(book: Book) -> Iterator[str]:
    places = [(f"shared string {index}", item) for index, item in enumerate(book.items)]
    for sheet in book.sheets:
        inline = sheet.find("sheetData/row/c/is")
        places.extend((f"{sheet.name}!{_get(_parent(e), 'r')}", e) for e in inline)
    for place, item in places:
        if _units(_shown(item)) > LONGEST_TEXT:
            yield f"{place}: a text over {LONGEST_TEXT} characters"
        for element in item.iter(f"{MAIN}t"):
            text = _text(element)
            if _CODE.search(text):
                yield f"{place}: {_CODE.findall(text)[0]} is read as one character"
            if text != text.strip(" \t\r\n") and _get(element, SPACE) != "preserve":
                yield f"{place}: outer white space that Excel drops, for want of xml:space"


def _parent(element: Element) -> Element:
    parent = element.getparent()
    if parent is None:
        raise ValueError("an element without a parent")
    return parent


# -- general: cells


def _rows(book: Book) -> Iterator[str]:
    for sheet in book.sheets:
        numbers = [_number(row, "r") for row in sheet.find("sheetData/row")]
        for before, number in pairwise([0, *numbers]):
            if not before < number <= LAST_ROW:
                yield f"{sheet.name}: row {number} after row {before}"
        for row in sheet.find("sheetData/row"):
            if not 0 <= float(_get(row, "ht", "0")) <= TALLEST_ROW:
                yield f"{sheet.name}: row {_get(row, 'r')} is {_get(row, 'ht')} points high"
            yield from _cells_of(sheet, row)


def _cells_of(sheet: Sheet, row: Element) -> Iterator[str]:
    last = 0
    for cell in row:
        number, column = parse_cell(_get(cell, "r"))
        if number != _number(row, "r"):
            yield f"{sheet.name}!{_get(cell, 'r')}: stands in row {_get(row, 'r')}"
        if column <= last:
            yield f"{sheet.name}!{_get(cell, 'r')}: cells out of order, or twice"
        last = column


def _columns(book: Book) -> Iterator[str]:
    for sheet in book.sheets:
        last = 0
        for element in sheet.find("cols/col"):
            low, high = _number(element, "min"), _number(element, "max")
            if not last < low <= high <= LAST_COLUMN:
                yield f"{sheet.name}: columns {low} to {high} overlap or are out of order"
            if not 0 <= float(_get(element, "width", "0")) <= WIDEST_COLUMN:
                yield f"{sheet.name}: column {low} is {_get(element, 'width')} wide"
            last = high


def _style_uses(sheet: Sheet) -> Iterator[tuple[str, int]]:
    """Every style index on a sheet and where it stands."""
    for element in sheet.find("cols/col"):
        yield f"column {_get(element, 'min')}", _number(element, "style")
    for row in sheet.find("sheetData/row"):
        yield f"row {_get(row, 'r')}", _number(row, "s")
    for cell in sheet.find("sheetData/row/c"):
        yield _get(cell, "r"), _number(cell, "s")


def _style_bounds(book: Book) -> Iterator[str]:
    for sheet in book.sheets:
        for place, style in _style_uses(sheet):
            if not 0 <= style < len(book.looks):
                yield f"{sheet.name}!{place}: there is no style {style}"


_ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")


def _values(book: Book) -> Iterator[str]:
    for sheet in book.sheets:
        for cell in sheet.find("sheetData/row/c"):
            problem = _value_problem(book, cell)
            if problem:
                yield f"{sheet.name}!{_get(cell, 'r')}: {problem}"


def _value_problem(book: Book, cell: Element) -> str:
    kind, content = _get(cell, "t", "n"), _text(cell.find(f"{MAIN}v"))
    if kind == "s":
        known = content.isdigit() and int(content) < len(book.items)
        return "" if known else f"there is no shared string {content}"
    if cell.find(f"{MAIN}f") is not None and cell.find(f"{MAIN}v") is None:
        return "a formula without its cached value"
    wanted = {"n": r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|", "b": "[01]", "str": r"[\s\S]*",
              "inlineStr": "", "e": "|".join(map(re.escape, _ERRORS))}  # fmt: skip
    if kind not in wanted or not re.fullmatch(wanted[kind], content):
        return f'"{content[:40]}" is no value of type {kind}'
    if kind == "inlineStr" and cell.find(f"{MAIN}is") is None:
        return "an inline string without its text"
    return f"a text over {LONGEST_TEXT} characters" if _units(content) > LONGEST_TEXT else ""


def _merges(book: Book) -> Iterator[str]:
    for sheet in book.sheets:
        owner: dict[Position, Box] = {}
        for box in sheet.merges:
            if box.first == (box.bottom, box.right):
                yield f"{sheet.name}!{cell_name(box.first)}: a merge of one cell"
            for at in box.positions():
                if at in owner:
                    yield f"{sheet.name}!{cell_name(at)}: two merges overlap"
                owner[at] = box
        for at, cell in sheet.cells.items():
            if at in owner and at != owner[at].first and book.value(cell):
                yield f"{sheet.name}!{cell_name(at)}: a value that the merge above it hides"


def _dimensions(book: Book) -> Iterator[str]:
    """Some readers see nothing outside the dimension."""
    for sheet in book.sheets:
        for element in sheet.find("dimension"):
            box = parse_box(_get(element, "ref"))
            outside = [at for at in sheet.cells if not box.holds(at)]
            if outside:
                yield f"{sheet.name}!{cell_name(outside[0])}: outside the sheet's dimension"


def _headers(book: Book) -> Iterator[str]:
    for sheet in book.sheets:
        for element in sheet.find("headerFooter/*"):
            text = _text(element)
            if _units(text) > LONGEST_HEADER:
                yield f"{sheet.name}: a header or footer over {LONGEST_HEADER} characters"
            sizes = re.findall(r"&(\d+)", text.replace("&&", ""))
            if any(int(size) > LARGEST_FONT for size in sizes):
                yield f"{sheet.name}: digits in a footer are read as a font size: {text}"


# -- general: validations and conditional formats

_TYPES = ("none", "whole", "decimal", "list", "date", "time", "textLength", "custom")
_COMPARED = ("whole", "decimal", "date", "time", "textLength")


def _validations(book: Book) -> Iterator[str]:
    for sheet in book.sheets:
        yield from _validation_overlaps(sheet)
        for validation in sheet.validations:
            place = f"{sheet.name}!{_get(validation.element, 'sqref')}"
            for problem in _validation_problems(validation):
                yield f"{place}: {problem}"
        for element in sheet.find("dataValidations"):
            if _number(element, "count", len(element)) != len(element):
                yield f"{sheet.name}: the count of validations is wrong"


def _validation_overlaps(sheet: Sheet) -> Iterator[str]:
    boxes = [(box, v) for v in sheet.validations for box in v.boxes]
    for (box, one), (other, two) in combinations(boxes, 2):
        if box.meets(other):
            where = {_get(v.element, "sqref") for v in (one, two)}
            yield f"{sheet.name}!{' and '.join(sorted(where))}: validations overlap"


def _validation_problems(validation: Validation) -> Iterator[str]:
    element, formulas = validation.element, validation.formulas
    for name, longest in LONGEST_VALIDATION.items():
        if _units(_get(element, name)) > longest:
            yield f"{name} over {longest} characters"
    if validation.type not in _TYPES:
        yield f"no validation is of type {validation.type}"
    two = _get(element, "operator", "between") in ("between", "notBetween")
    wanted = 2 if two and validation.type in _COMPARED else int(validation.type != "none")
    if len(formulas) != wanted or not all(formulas):
        yield f"{len(formulas)} formulas, {wanted} wanted"
    for formula in formulas:
        # The quotes around a list are not counted.
        if _units(formula) - 2 * formula.startswith('"') > LONGEST_LIST:
            yield f"a list or formula over {LONGEST_LIST} characters"
    if not validation.boxes:
        yield "a validation without cells"


def _conditional(book: Book) -> Iterator[str]:
    differences = len(book.style_list("dxfs"))
    for sheet in book.sheets:
        rules = sheet.find("conditionalFormatting/cfRule")
        yield from _twice([_get(e, "priority") for e in rules], f"priority twice on {sheet.name}")
        for rule in rules:
            place = f"{sheet.name}!{_get(_parent(rule), 'sqref')}"
            boxes = [parse_box(name) for name in _get(_parent(rule), "sqref").split()]
            if _number(rule, "priority") < 1 or not boxes:
                yield f"{place}: a conditional format without priority or cells"
            if rule.get("dxfId") and _number(rule, "dxfId") not in range(differences):
                yield f"{place}: the conditional format has no style {_get(rule, 'dxfId')}"
            if _get(rule, "type") == "expression" and not _text(rule.find(f"{MAIN}formula")):
                yield f"{place}: a conditional format without its formula"


# -- general: formulas


class Reference(NamedTuple):
    """`'项目1'!$B$4:C5` taken apart; `None` for no sheet. `parts` are one or two of `$B$4`."""

    sheet: str | None
    parts: tuple[str, ...]


_REFERENCE = re.compile(
    r"(?:(?:'(?P<quoted>(?:[^']|'')+)'|(?P<bare>(?:[^\W\d]|_)[\w.]*))!)?"
    r"(?P<first>\$?[A-Z]{1,3}\$?\d+|\$?[A-Z]{1,3}(?=:)|\$?\d+(?=:))"
    r"(?::(?P<last>\$?[A-Z]{1,3}\$?\d+|\$?[A-Z]{1,3}|\$?\d+))?"
)
_PART = re.compile(r"(\$?)([A-Z]{0,3})(\$?)(\d*)")


@lru_cache(maxsize=20_000)
def _reference(text: str) -> Reference:
    """Raises ValueError when the text is no reference to cells."""
    found = _REFERENCE.fullmatch(text)
    if not found:
        raise ValueError(f'"{text}" is no reference to cells')
    parts = tuple(part for part in (found["first"], found["last"]) if part)
    for part in parts:
        column, row = re.sub(r"[\d$]", "", part), re.sub(r"\D", "", part)
        parse_cell(f"{column or 'A'}{row or 1}")
    shapes = {re.sub(r"[A-Z]+", "A", re.sub(r"\$?\d+", "1", part)).lstrip("$") for part in parts}
    if len(shapes) > 1:
        raise ValueError(f'"{text}" goes from one kind of reference to another')
    quoted, bare = found["quoted"], found["bare"]
    if bare and _looks_like_cell(bare):
        raise ValueError(f'"{text}": the sheet\'s name wants quotes')
    return Reference(quoted.replace("''", "'") if quoted else bare, parts)


def _tokens(formula: str) -> list[Token]:
    """Raises ValueError when it cannot be cut into tokens."""
    try:
        return list(Tokenizer(f"={formula}").items)
    except (TokenizerError, IndexError, AssertionError) as error:
        raise ValueError(f"cannot be read: {error}") from None


def _formulas(book: Book) -> Iterator[str]:
    """Every formula of the workbook, wherever it stands."""
    names = {name.name.casefold() for name in book.names}
    sheets = {sheet.name for sheet in book.sheets}
    for place, formula in _all_formulas(book):
        for problem in _tried(_formula_problems(formula, sheets, names)):
            yield f"{place}: formula {problem} ({formula[:120]})"


def _tried(problems: Iterator[str]) -> Iterator[str]:
    try:
        yield from problems
    except ValueError as error:
        yield str(error)


def _all_formulas(book: Book) -> Iterator[tuple[str, str]]:
    for name in book.names:
        yield name.name, name.formula
    for sheet in book.sheets:
        shared: set[str] = set()
        for cell in sheet.find("sheetData/row/c/f"):
            number = _get(cell, "si") if _get(cell, "t") == "shared" else ""
            if number not in shared:
                yield f"{sheet.name}!{_get(_parent(cell), 'r')}", _text(cell)
            shared.update(filter(None, [number]))
        for validation in sheet.validations:
            for formula in validation.formulas:
                yield f"{sheet.name}!{_get(validation.element, 'sqref')}", formula
        for element in sheet.find("conditionalFormatting/cfRule/formula"):
            place = _get(_parent(_parent(element)), "sqref")
            yield f"{sheet.name}!{place}", _text(element)


def _formula_problems(formula: str, sheets: set[str], names: set[str]) -> Iterator[str]:
    if formula.startswith("="):
        yield "begins with ="
        return
    if not formula.strip() or _units(formula) > LONGEST_FORMULA:
        yield f"is blank or over {LONGEST_FORMULA} characters"
        return
    if re.search(r"\[|https?:|file:", formula, re.IGNORECASE):
        yield "refers to something external"
    problems, operands = _taken_apart(formula)
    yield from problems
    for operand in operands:
        yield from _operand_problems(operand, sheets, names)


class _Operand(NamedTuple):
    """What a formula computes with, and of which kind it is."""

    kind: str
    text: str


@lru_cache(maxsize=20_000)
def _taken_apart(formula: str) -> tuple[tuple[str, ...], tuple[_Operand, ...]]:
    """What is wrong with it in any workbook, and its operands, each once. Kept, for forms of one
    template, and a form and its copies, have formulas in common."""
    tokens = _tokens(formula)
    found = (_Operand(one.subtype, one.value) for one in tokens if one.type == Token.OPERAND)
    return tuple(_grammar(tokens)), tuple(dict.fromkeys(found))


def _operand_problems(operand: _Operand, sheets: set[str], names: set[str]) -> Iterator[str]:
    kind, text = operand
    if kind == Token.ERROR:
        yield f"holds {text}"
    elif kind == Token.TEXT and _units(text) - 2 > LONGEST_LITERAL:
        yield f"holds a text over {LONGEST_LITERAL} characters"
    elif kind == Token.RANGE and text.casefold() not in names:
        sheet = _reference(text).sheet
        if sheet is not None and sheet not in sheets:
            yield f"refers to a sheet {sheet}, which is not there"


class _Call(NamedTuple):
    """An open bracket: that of a function, or without a name any other."""

    name: str
    tokens: list[Token]


_BRACKETS = (Token.FUNC, Token.PAREN, Token.ARRAY)
_COMPLETE = (Token.OPERAND, Token.CLOSE, Token.OP_POST)
_BEGINNING = (Token.OPERAND, Token.OPEN, Token.OP_PRE)


def _grammar(tokens: Sequence[Token]) -> Iterator[str]:
    """Operands and operators take turns, brackets close, functions are known and get their due."""
    calls: list[_Call] = []
    before = ""
    for token in tokens:
        if token.type == Token.WSPACE:
            continue
        kind = token.subtype if token.type in _BRACKETS else token.type
        if not _may_follow(before, kind, bool(calls and calls[-1].name)):
            yield f"is out of order at {token.value}"
            return
        if kind == Token.CLOSE:
            yield from _call_problems(calls.pop())
        if calls:
            calls[-1].tokens.append(token)
        if kind == Token.OPEN:
            # A range may run up to a function that gives its end: A1:INDEX(…).
            name = token.value.rpartition(":")[2][:-1].upper() if token.type == Token.FUNC else ""
            calls.append(_Call(name, []))
        before = kind
    if calls or before not in _COMPLETE:
        yield "has no end"


def _may_follow(before: str, kind: str, in_function: bool) -> bool:
    """Two operands never meet (an intersection is none of ours); arguments may be left out."""
    if in_function and kind in (Token.SEP, Token.CLOSE) and before in (Token.SEP, Token.OPEN):
        return True
    return (kind in _BEGINNING) != (before in _COMPLETE)


def _call_problems(call: _Call) -> Iterator[str]:
    if not call.name:
        return
    if call.name not in FUNCTIONS:
        yield f"uses {call.name}, which not every program has or which is not safe"
        return
    if call.name == "HYPERLINK" and not call.tokens[0].value.startswith('"#'):
        yield "leads out of the workbook"
    least, most = FUNCTIONS[call.name]
    count = sum(token.type == Token.SEP for token in call.tokens) + bool(call.tokens)
    if not least <= count <= most:
        yield f"gives {call.name} {count} arguments"


GENERAL: Sequence[Check[Book]] = (
    _sheets, _views, _names, _styles, _strings, _rows, _columns, _style_bounds, _values, _merges,
    _dimensions, _headers, _validations, _conditional, _formulas,
)  # fmt: skip


# -- forms

#: names in Chinese and in English: the checker imports nothing of ptxl
GUIDES, NOTES = ("填报说明", "Guide"), ("备注", "Notes")
LISTS, MAP, IDENTITY, CHECK_LINES = "_lists", "_map", "_ptxl", "_check"
#: not in every form
VALUES = "_values"
HIDDEN = (LISTS, MAP, IDENTITY, CHECK_LINES, VALUES)
TEXT_FORMAT = 49  # "@": what is typed stays as typed
#: the kinds of fields, and the validations that fit each
KINDS: Mapping[str, tuple[str, ...]] = {
    "text": ("textLength", "custom"),
    "long_text": ("textLength", "custom"),
    "code": ("textLength", "custom"),
    "target": ("textLength", "custom"),
    "integer": ("whole",),
    "money": ("decimal",),
    "number": ("decimal",),
    "percent": ("custom",),
    "date": ("date",),
    "choice": ("list",),
    "tick": ("list",),
}
#: of a list of one word, which may stand in the validation itself; a long one breaks the file
LONGEST_INLINE = 12
TEXT_KINDS = ("text", "long_text", "code", "choice", "tick", "target", "percent")
_AT = re.compile(r"(ROW|COLUMN)\((.+)\)")


class Mapped(NamedTuple):
    """A field as the map of the form says."""

    path: str
    kind: str
    sheet: Sheet
    at: Position

    @property
    def place(self) -> str:
        return f"{self.sheet.name}!{cell_name(self.at)} ({self.path})"

    @property
    def box(self) -> Box:
        return self.sheet.merge_at(self.at)

    @property
    def style(self) -> int:
        cell = self.sheet.cells.get(self.at)
        return 0 if cell is None else _number(cell, "s")


@dataclass(frozen=True)
class Form:
    """A form with the fields of its map and the paths of those that the reviewer fills in."""

    book: Book
    fields: Sequence[Mapped]
    reviewer_paths: Collection[str]


def form_problems(
    path: Path, *, reviewer_paths: Collection[str] = (), computed_paths: Collection[str] = (),
    closed_paths: Collection[str] = (), blank: bool = True,
) -> list[str]:  # fmt: skip
    """What a form promises and this one does not keep. Fields at `reviewer_paths` are locked, those
    at `computed_paths`, which hold formulas, and those at `closed_paths`, which are not asked.

    Without `blank` the open cells may hold answers.
    """
    book = Book(Package(path))
    if book.package.problems:
        return book.package.problems
    fields: list[Mapped] = []

    def read_map(book: Book) -> Iterator[str]:
        for found in _read_map(book):
            if isinstance(found, Mapped):
                fields.append(found)
            else:
                yield found

    problems = list(_run([_hidden, read_map, _protection, _neighbours, _sources], book))
    computed = [field for field in fields if field.path in computed_paths]
    problems += _computed_cells(book, computed)
    closed = [field for field in fields if field.path in closed_paths]
    problems += _closed_cells(book, closed)
    if (len(computed), len(closed)) != (len(computed_paths), len(closed_paths)):
        problems.append("the map has not all computed or closed cells")
    others = [one for one in fields if one not in computed and one not in closed]
    form = Form(book, others, reviewer_paths)
    checks = [_field_cells, _field_validations, _locks, *([_blank] if blank else [])]
    # Without a map every open cell would be one too many.
    return problems + list(_run(checks, form)) if fields else problems


def _form_sheets(book: Book) -> list[Sheet]:
    return [sheet for sheet in book.sheets if sheet.name not in (*GUIDES, *NOTES, *HIDDEN)]


def _hidden(book: Book) -> Iterator[str]:
    for name in HIDDEN:
        sheet = book.sheet(name)
        if sheet is None and name == VALUES:
            continue
        if sheet is None or sheet.state != "veryHidden":
            yield f"{name}: is not there, or not very hidden"
    for sheet in _form_sheets(book):
        if sheet.state != "visible":
            yield f"{sheet.name}: a form sheet that is hidden"


def _read_map(book: Book) -> Iterator[Mapped | str]:
    """The fields of the map, and what is wrong with its lines."""
    sheet = book.sheet(MAP)
    if sheet is None:
        return
    lines: dict[int, dict[int, Element]] = {}
    for (row, column), cell in sheet.cells.items():
        lines.setdefault(row, {})[column] = cell
    head = [book.value(cell) for _, cell in sorted(lines.pop(1).items())]
    if head != ["field", "kind", "sheet", "row", "column"]:
        yield f"{MAP}: another head: {head}"
    if not lines:
        yield f"{MAP}: no field"
    paths = [book.value(cells[1]) for cells in lines.values()]
    yield from _twice(paths, "the map has the field twice")
    for row, cells in sorted(lines.items()):
        yield from _map_line(book, row, [cells[column] for column in range(1, 6)])


def _map_line(book: Book, row: int, cells: Sequence[Element]) -> Iterator[Mapped | str]:
    path, kind, name = (book.value(cell) for cell in cells[:3])
    place = f"{MAP} row {row} ({path})"
    formulas = [_AT.fullmatch(_text(cell.find(f"{MAIN}f"))) for cell in cells[3:]]
    row_of, column_of = formulas
    if not row_of or not column_of or (row_of[1], column_of[1]) != ("ROW", "COLUMN"):
        yield f"{place}: row and column are no formulas of their own"
        return
    reference = _reference(row_of[2])
    if row_of[2] != column_of[2] or len(reference.parts) != 1:
        yield f"{place}: row and column are not of one cell"
    sheet = book.sheet(name)
    if reference.sheet != name or sheet is None:
        yield f"{place}: the formula refers to {reference.sheet}, the map says {name}"
        return
    if not re.fullmatch(r"\$[A-Z]+\$\d+", reference.parts[0]):
        yield f"{place}: the reference does not stay"
    at = parse_cell(reference.parts[0].replace("$", ""))
    if tuple(book.value(cell) for cell in cells[3:]) != (str(at[0]), str(at[1])):
        yield f"{place}: the cached row and column are not those of {row_of[2]}"
    if kind not in KINDS:
        yield f"{place}: no field is of kind {kind}"
        return
    yield Mapped(path, kind, sheet, at)


def _field_cells(form: Form) -> Iterator[str]:
    book, fields, reviewer_paths = form.book, form.fields, form.reviewer_paths
    cells = [f"{field.sheet.name}!{cell_name(field.at)}" for field in fields]
    yield from _twice(cells, "the map has two fields in the cell")
    for path in sorted(set(reviewer_paths) - {field.path for field in fields}):
        yield f"{path}: a field of the reviewer that the map does not have"
    for field in fields:
        if book.locked(field.style) != (field.path in reviewer_paths):
            yield f"{field.place}: is {'locked' if book.locked(field.style) else 'not locked'}"
        if any(box.holds(field.at) and box.first != field.at for box in field.sheet.merges):
            yield f"{field.place}: lies inside a merge, not at its corner"
        number = _number(book.looks[field.style], "numFmtId")
        if (number == TEXT_FORMAT) != (field.kind in TEXT_KINDS):
            known = f"{number} ({book.formats.get(number, 'built in')})"
            yield f"{field.place}: number format {known} for the kind {field.kind}"


def _computed_cells(book: Book, fields: Sequence[Mapped]) -> Iterator[str]:
    """A computed cell is locked, holds a formula and is validated by nothing."""
    for field in fields:
        cell = field.sheet.cells.get(field.at)
        formula = None if cell is None else cell.find(f"{MAIN}f")
        validated = any(b.holds(field.at) for v in field.sheet.validations for b in v.boxes)
        if formula is None or not book.locked(field.style) or validated:
            yield f"{field.place}: not locked, without a formula, or validated"


def _closed_cells(book: Book, fields: Sequence[Mapped]) -> Iterator[str]:
    """A cell in which nothing is asked is blank, locked, and validated by nothing."""
    for field in fields:
        cell = field.sheet.cells.get(field.at)
        filled = cell is not None and bool(book.value(cell))
        validated = any(b.holds(field.at) for v in field.sheet.validations for b in v.boxes)
        if filled or not book.locked(field.style) or validated:
            yield f"{field.place}: not locked, not blank, or validated"


def _field_validations(form: Form) -> Iterator[str]:
    for field in form.fields:
        found = [v for v in field.sheet.validations if any(b.holds(field.at) for b in v.boxes)]
        if len(found) != 1:
            yield f"{field.place}: {len(found)} validations"
            continue
        element = found[0].element
        if found[0].type not in KINDS[field.kind]:
            yield f"{field.place}: a validation {found[0].type} for the kind {field.kind}"
        # A list may be open to free answers; any other validation that refuses nothing is idle.
        if field.kind != "choice" and _get(element, "showErrorMessage") != "1":
            yield f"{field.place}: its validation refuses nothing"
        if _get(element, "showDropDown") in ("1", "true"):
            yield f"{field.place}: the list has no arrow"
        if _get(element, "errorStyle", "stop") != "stop":
            yield f"{field.place}: the validation only warns"


def _locks(form: Form) -> Iterator[str]:
    """Open cells are those of fields; validations lie on cells of fields."""
    for sheet in form.book.sheets:
        if sheet.name not in NOTES:
            yield from _open_cells(form, sheet)
            yield from _validated_cells(form, sheet)


def _open_cells(form: Form, sheet: Sheet) -> Iterator[str]:
    own = [f for f in form.fields if f.sheet is sheet and f.path not in form.reviewer_paths]
    wanted = {at for field in own for at in field.box.positions()}
    for place, style in _style_uses(sheet):
        at = parse_cell(place) if " " not in place else (0, 0)
        locked = form.book.locked(style)
        if locked and at in wanted:
            yield f"{sheet.name}!{place}: locked, but part of an open field"
        if not locked and at not in wanted:
            yield f"{sheet.name}!{place}: not locked, and no open field"


def _validated_cells(form: Form, sheet: Sheet) -> Iterator[str]:
    asked = {at for f in form.fields if f.sheet is sheet for at in f.box.positions()}
    for validation in sheet.validations:
        if any(at not in asked for box in validation.boxes for at in box.positions()):
            yield f"{sheet.name}!{_get(validation.element, 'sqref')}: validates other cells"


def _protection(book: Book) -> Iterator[str]:
    for sheet in book.sheets:
        found = sheet.find("sheetProtection")
        if sheet.name in NOTES:
            continue
        if not found or _get(found[0], "sheet") not in ("1", "true"):
            yield f"{sheet.name}: is not protected"
            continue
        # Each of these attributes says what is locked, and but for the last rows and columns are.
        for name, default, wanted in (
            ("formatRows", "1", "0"), ("formatColumns", "1", "0"), ("selectUnlockedCells", "0", "0")
        ):  # fmt: skip
            if sheet.name not in HIDDEN and _get(found[0], name, default) != wanted:
                yield f"{sheet.name}: the protection forbids {name}"


def _neighbours(book: Book) -> Iterator[str]:
    """Excel deletes validations when there are too many: one for a block of equal cells."""
    for sheet in book.sheets:
        shapes: dict[object, list[Box]] = {}
        for validation in sheet.validations:
            own = shapes.setdefault(_shape(validation), [])
            for box in validation.boxes:
                near = next((other for other in own if box.joins(other)), None)
                if near:
                    one, two = cell_name(near.first), cell_name(box.first)
                    yield f"{sheet.name}!{two}: the same validation as beside it at {one}"
            own.extend(validation.boxes)


def _shape(validation: Validation) -> object:
    attributes = {str(k): str(v) for k, v in validation.element.attrib.items() if k != "sqref"}
    first = validation.boxes[0].first
    return (
        tuple(sorted(attributes.items())),
        tuple(_relative(formula, first) for formula in validation.formulas),
    )


def _relative(formula: str, origin: Position) -> str:
    """A formula with its references as seen from a cell: equal for equal cells of a block."""
    return "".join(
        _relative_reference(token.value, origin)
        if token.type == Token.OPERAND and token.subtype == Token.RANGE
        else token.value
        for token in _tokens(formula)
    )


def _relative_reference(text: str, origin: Position) -> str:
    sheet, mark, cells = text.rpartition("!")
    return sheet + mark + ":".join(_relative_part(part, origin) for part in cells.split(":"))


def _relative_part(part: str, origin: Position) -> str:
    found = _PART.fullmatch(part)
    if not found or not found[2] or not found[4]:
        return part
    row, column = int(found[4]), column_number(found[2])
    down = f"R{row}" if found[3] else f"R[{row - origin[0]}]"
    across = f"C{column}" if found[1] else f"C[{column - origin[1]}]"
    return down + across


def _sources(book: Book) -> Iterator[str]:
    """Lists stand on the list sheet, whole and sorted, and look at their own row's category."""
    for sheet in book.sheets:
        for validation in sheet.validations:
            if validation.type != "list":
                continue
            place = f"{sheet.name}!{_get(validation.element, 'sqref')}"
            formula = validation.formulas[0]
            if formula.startswith('"'):
                if "," in formula or len(formula) > LONGEST_INLINE:
                    yield f"{place}: an inline list"
                continue
            for problem in _source_problems(book, validation, formula):
                yield f"{place}: {problem}"


def _source_problems(book: Book, validation: Validation, formula: str) -> Iterator[str]:
    found = [_reference(t.value) for t in _tokens(formula) if t.subtype == Token.RANGE]
    if not any(reference.sheet == LISTS for reference in found):
        yield "a list that is not on the list sheet"
    tall = any(box.top < box.bottom for box in validation.boxes)
    for reference in found:
        if reference.sheet == LISTS:
            yield from _list_problems(book, reference)
        elif tall and any(re.search(r"\$\d", part) for part in reference.parts):
            yield "every row looks at the same row's category"


def _list_problems(book: Book, reference: Reference) -> Iterator[str]:
    sheet = book.sheet(LISTS)
    if sheet is None or not all(re.fullmatch(r"\$[A-Z]+\$\d+", part) for part in reference.parts):
        yield "the list's range does not stay"
        return
    box = parse_box(":".join(reference.parts).replace("$", ""))
    blank = etree.Element(f"{MAIN}c")
    words = [book.value(sheet.cells.get(at, blank)) for at in box.positions()]
    if not all(words):
        yield f"a blank in the list {cell_name(box.first)}"
    runs = [word for before, word in pairwise(["", *words]) if word != before]
    if len(runs) > len(set(runs)):
        yield f"the list {cell_name(box.first)} is not sorted"


def _blank(form: Form) -> Iterator[str]:
    for field in form.fields:
        cell = field.sheet.cells.get(field.at)
        if field.path not in form.reviewer_paths and cell is not None and len(cell):
            yield f"{field.place}: is not blank ({form.book.value(cell)[:40]})"
