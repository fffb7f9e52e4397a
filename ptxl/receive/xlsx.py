"""Checks the parts of an xlsx for macros and for how far its sheets reach.

What cells hold is asked of a sheet only when it is to be read (`check_cells`): nobody reads the
sheets of the self-check, which are the largest of a form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from xml.parsers import expat

from ptxl.cells import Box, on_a_sheet, parse_cell
from ptxl.markup import unescape
from ptxl.model.errors import WorkbookError
from ptxl.model.refusals import refusal
from ptxl.receive.limits import Limits
from ptxl.words import Phrase

_MACROS = re.compile(r"(?:^|/)vbaproject[^/]*\.bin$|^xl/(?:intl)?macrosheets/", re.IGNORECASE)
_NUMBER = r"[+-]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?"
# A clean sheet has nothing that these find, which takes a hundredth of parsing it: cells with a
# name beyond column ZZ or row 4999, or with no name, unless they are blank and carry a format only;
# elements with a prefix; and what lets programs show one value or another of the same cell.
_SUSPECT = (
    re.compile(
        rb'<c(?! r="[A-Z]{1,2}(?:[1-4]?[0-9]{1,3})"(?: s="[0-9]+")?(?: t="[A-Za-z]+")?'
        rb"(?:/>|><(?:[fv][ />]|is>|/c>))"
        rb'| r="[A-Z]{1,3}[0-9]{1,7}"(?: s="[0-9]+")?/>)[\s/>]'
    ),
    re.compile(rb":c[\s/>]"),
    re.compile(rb"</(?:v>(?!</c>)|f>(?!<v|</c>)|t>(?!</is>|</r>)|is>(?!</c>))"),
    re.compile(rb'"inlineStr"[^>]*><v'),
    re.compile(rb"<!|<\?(?!xml\s)"),
    re.compile(rb"<v(?:><(?!/)|\s(?!/>)|\s*+/>(?!</c>))"),
    re.compile(rb"<f(?:\s[^>]*+|/)?+>[^<]*+<(?!/f>|v|/c>)"),
    re.compile(
        rb'<c r="[A-Z]+[0-9]+"(?: s="[0-9]+")?'
        rb'(?:(?: t="n")?>(?:<f[^>]*+>(?:[^<]*+</f>)?+)?+<v>(?!(?:' + _NUMBER.encode() + rb")?</v>)"
        rb'| t="s">(?:<f[^>]*+>(?:[^<]*+</f>)?+)?+<v>(?![0-9]*</v>))'
    ),
)
#: what a value is to be by the type of its cell, where every program is to read the same
_VALUES = {"s": re.compile("[0-9]*"), "n": re.compile(f"(?:{_NUMBER})?")}
_CELL_NAMES = re.compile(rb'<c r="([^"]*)"')
_HELD = frozenset(("f", "v", "is", "extLst"))
#: what a cell of a type does not hold; of all others `is`
_UNFIT = {"inlineStr": "v"}
_CHILD = 2
_NEAR_CELLS = 702 * 4999
#: how many texts there are; where that is not said, how often they are used stands for it
_TEXT_COUNT = re.compile(rb"""\buniqueCount\s*=\s*["'](\d+)""")
_USE_COUNT = re.compile(rb"""\bcount\s*=\s*["'](\d+)""")
#: so many cost next to nothing, whether they are there or not
_MANY_TEXTS = 1_000_000
_FAR_MERGE = re.compile(
    rb'mergeCell\s(?!ref="[A-Z]{1,2}[0-9]{1,3}:[A-Z]{1,2}[0-9]{1,3}"\s?/?>)[^>]*'
)
_AREA = re.compile(rb"[A-Za-z]{1,3}[0-9]+:[A-Za-z]{1,3}[0-9]+")
_CELL = re.compile(r"([A-Za-z]+)([0-9]+)")
#: one that is written in fewer bytes there is not, so that small sheets need no counting
_SHORTEST_RANGE = len(b'<mergeCell ref="A1:B1"/>')
#: what there may be many of on a sheet, and what a person calls it
_RANGES = (
    (b"mergeCell ", "merges"),
    (b"dataValidation ", "validations"),
    (b"hyperlink ", "links"),
    (b"cfRule ", "formats"),
)


def check(parts: Mapping[str, bytes], limits: Limits) -> None:
    """Raise WorkbookError for what no form holds, or what costs more than its limits, cells aside.

    The parts are XML in UTF-8, or empty.
    """
    for part, content in parts.items():
        if _MACROS.search(part):
            raise refusal("macros")
        # Any part can be a sheet, whatever its name: relations say which.
        if b"sheetData" in content:
            for excess in _excesses(content, limits):
                raise _too_many(parts, part, excess)
        elif b"sst" in content[:1000]:
            _check_texts(content[:2000], len(content))
        elif content.count(b"<sheet ") > limits.entries:
            raise refusal("bomb", what=part)


def _check_texts(head: bytes, length: int) -> None:
    """Refuse a table of texts that says it holds more than it can: readers reserve memory."""
    counted = _TEXT_COUNT.search(head) or _USE_COUNT.search(head)
    if counted and int(counted[1]) > max(length, _MANY_TEXTS):
        raise refusal("damaged")


def check_cells(parts: Mapping[str, bytes], part: str, content: bytes, limits: Limits) -> None:
    """Raise WorkbookError where the cells of a sheet reach too far, or can be read in two ways.

    `content` is its part as XML in UTF-8; a part without rows has none.
    """
    if b"sheetData" not in content:
        return
    names = _CELL_NAMES.findall(content)
    if len(set(names)) < len(names):
        raise refusal("broken_xml", part=part)  # a cell twice: programs show the one or the other
    if limits.cells < _NEAR_CELLS or _is_suspect(content):
        rows, columns = _Extent().of(part, content)
        if rows * columns > limits.cells:
            raise _too_many(parts, part, f"{rows} × {columns}")


def _too_many(parts: Mapping[str, bytes], part: str, what: str | Phrase) -> WorkbookError:
    return refusal("too_many_cells", sheet=_sheet_name(parts, part), what=what)


def _excesses(content: bytes, limits: Limits) -> Iterator[str | Phrase]:
    """What a sheet has too much of, its cells aside."""
    if len(content) > limits.ranges * _SHORTEST_RANGE:
        counts = {name: content.count(tag) for tag, name in _RANGES}
        name = max(counts, key=lambda name: counts[name])
        if counts[name] > limits.ranges:
            yield Phrase(f"excess.{name}", {"count": counts[name]})
    for area in _AREA.findall(b" ".join(_FAR_MERGE.findall(content))):
        name = area.decode()
        box = Box.parse(name)
        if box is None or box.size > limits.cells:
            yield name


def _is_suspect(content: bytes) -> bool:
    """Whether cells may lie far away, or hold what programs read differently."""
    if content.count(b"<is>") > content.count(b'"inlineStr"'):
        return True
    return any(suspect.search(content) for suspect in _SUSPECT)


class _Extent:
    """How far the cells with content of a sheet reach: a cell that only has a format has none."""

    def __init__(self) -> None:
        self._row = self._column = -1
        self._depth = 0  # below a cell; 0: not in one
        self._kind = "n"
        self._inside = ""
        self._value: list[str] = []
        self._value_start = 0
        self._held: set[str] = set()
        self._reach = 0, 0
        self._seen: set[tuple[int, int]] = set()

    def of(self, part: str, content: bytes) -> tuple[int, int]:
        """Rows and columns, from A1 on.

        Raises WorkbookError where the sheet is broken, or a cell holds what is read one way by one
        program and another way by the next.
        """
        self._content = content
        self._parser = parser = expat.ParserCreate(namespace_separator="}")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        try:
            parser.Parse(content, True)
        except (expat.ExpatError, ValueError):
            raise refusal("broken_xml", part=part) from None
        return self._reach

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        if self._depth:
            self._depth += 1
            if self._depth == _CHILD:
                self._hold(name)
            elif self._inside == "v" or name == "c":
                raise ValueError("a value is a text and nothing else, and no cell is in another")
        elif name == "row":
            self._row = int(attributes.get("r") or self._row + 2) - 1
            self._column = -1
        elif name == "c":
            self._enter(attributes)

    def _enter(self, attributes: dict[str, str]) -> None:
        name = attributes.get("r", "")
        beside = max(self._row, 0), self._column + 1
        at = parse_cell(name) if _CELL.fullmatch(name) else beside
        if at is None or not on_a_sheet(*at) or at in self._seen:
            raise ValueError("beyond a sheet, or twice")
        self._seen.add(at)
        self._row, self._column = at
        self._depth, self._held, self._value = 1, set(), []
        self._kind = attributes.get("t", "n")

    def _hold(self, name: str) -> None:
        if name not in _HELD - self._held - {_UNFIT.get(self._kind, "is")}:
            raise ValueError("more than a formula and a value")
        self._held.add(name)
        self._inside = name
        if name == "v":
            self._value_start = self._parser.CurrentByteIndex
        rows, columns = self._reach
        self._reach = max(rows, self._row + 1), max(columns, self._column + 1)

    def _is_in_value(self) -> bool:
        return (self._depth, self._inside) == (_CHILD, "v")

    def _text(self, text: str) -> None:
        if self._is_in_value():
            self._value.append(text)

    def _end(self, tag: str) -> None:
        if self._is_in_value() and self._kind in _VALUES:
            # calamine drops what stands there as a reference; comments have both readers asked.
            written = self._content[self._value_start : self._parser.CurrentByteIndex]
            if b"&" in written or not _VALUES[self._kind].fullmatch("".join(self._value)):
                raise ValueError("neither a number nor the number of a text")
        self._depth = max(0, self._depth - 1)


def _sheet_name(parts: Mapping[str, bytes], part: str) -> str:
    """What a person calls the sheet of a part, as far as that is easily seen."""
    relations = parts.get("xl/_rels/workbook.xml.rels", b"").decode("utf-8", "replace")
    sheets = parts.get("xl/workbook.xml", b"").decode("utf-8", "replace")
    file = PurePosixPath(part).name
    ids = [_attribute(found, "Id") for found in re.findall(r"<Relationship\s[^>]*>", relations)
           if PurePosixPath(_attribute(found, "Target")).name == file]  # fmt: skip
    for sheet in re.findall(r"<sheet\s[^>]*>", sheets):
        if _attribute(sheet, r"\w+:id") in ids:
            return unescape(_attribute(sheet, "name"))
    return part


def _attribute(element: str, name: str) -> str:
    found = re.search(rf'\s{name}="([^"]*)"', element)
    return found[1] if found else ""
