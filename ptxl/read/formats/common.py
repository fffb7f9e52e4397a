"""What the readers of single formats have in common: cells as they stand in the file, sheets.

python-calamine reads all formats alike and fast, but tells neither formulas nor errors, trims and
guesses here and there, and cannot open some files. So each format has a reader of our own beside
it (`ooxml`, `odf`, `biff`), which shares no code with it: it says what calamine does not, gives
the second opinion where something was changed, and reads alone where calamine cannot.

For xlsx that is lxml over the parts, and not openpyxl: those are unpacked already, it takes a
fiftieth of openpyxl's time, never reserves memory for what a file claims to hold, and tells
formulas, their results and errors apart in one pass. The same goes for ods, which openpyxl does
not read. xls is xlrd's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Literal, Protocol

from lxml import etree

from ptxl.cells import on_a_sheet
from ptxl.model.refusals import refusal
from ptxl.values.cell_text import clean

Format = Literal["xlsx", "xls", "ods"]
Position = tuple[int, int]
#: first row, first column, last row, last column
Area = tuple[int, int, int, int]

_PARSER = etree.XMLParser(
    resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True, huge_tree=False
)
_CELL = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")
_LITERALS = re.compile(r'="(?:[^"]|"")*"(?:&"(?:[^"]|"")*")*')
_LITERAL = re.compile(r'"((?:[^"]|"")*)"')
_LONGEST_COUNT = 10
_LONGEST_NAME = 40
_EPOCH = datetime(1899, 12, 30)
_EPOCH_1904 = datetime(1904, 1, 1)
#: serials that are days to every program: from 1900-03-01, where all count alike, to 9999-12-31
_DAYS = (61, 2_958_466)
#: numbers of the built-in formats of Chinese, Japanese and Korean Excel, all of them dates
EASTERN_DATES = frozenset((*range(27, 37), *range(50, 59)))
_FORMAT_QUOTES = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as it stands in the file.

    `value` is what the sheet shows: text, number, boolean, date; None for an error, and for a
    formula whose result the file does not hold.
    """

    value: object
    formula: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class SheetState:
    """What was set for a sheet as such. `protected` is None where the file does not say."""

    protected: bool | None = None
    filtered: bool = False
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    merges: frozenset[Area] = frozenset()
    #: cells that offer a list to choose from
    dropdowns: frozenset[Area] = frozenset()


class Inside(Protocol):
    """A workbook read in its own format. Rows and columns count from 0."""

    names: tuple[str, ...]
    hidden: frozenset[str]
    #: whether numbers and dates may be taken for each other by the other reader
    redefines_dates: bool

    def sound(self, name: str) -> bool:
        """Whether a sheet is well written, so that no reader passes over a part of it."""
        ...

    def unusual(self, name: str) -> bool:
        """Whether something about a sheet lets readers differ, so that every value needs a look."""
        ...

    def odd(self, name: str) -> frozenset[Position]:
        """Cells that need a second look: formulas, errors; quick."""
        ...

    def formula_count(self, name: str) -> int:
        """How many formulas there are, errors perhaps among them; quick."""
        ...

    def cells(self, name: str) -> Mapping[Position, Cell]:
        """All cells of a sheet that are not blank."""
        ...

    def state(self, name: str) -> SheetState:
        """What was set for a sheet."""
        ...

    def defined_names(self) -> Mapping[str, str]:
        """Name → formula, with its leading `=`."""
        ...

    def properties(self) -> Mapping[str, str]:
        """The document's custom properties."""
        ...

    def footers(self) -> Mapping[str, str]:
        """Sheet → the texts of its footers, as far as somebody sees it."""
        ...


def parse(content: bytes, part: str) -> etree._Element:
    """A part of a package as a tree. Raises WorkbookError when it is broken."""
    try:
        return etree.fromstring(content, _PARSER)
    except (etree.XMLSyntaxError, ValueError):
        raise refusal("broken_xml", part=part) from None


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Names of sheets, in order. Raises WorkbookError where one stands twice, in any case."""
    found = tuple(names)
    seen: set[str] = set()
    for name in found:
        if name.casefold() in seen:
            raise refusal("duplicate_parts", part=name[:_LONGEST_NAME])
        seen.add(name.casefold())
    return found


def whole(text: str | None, default: int) -> int:
    """A count or number in a part; the default where there is none. Raises WorkbookError."""
    if text is None:
        return default
    if not text.isdecimal() or len(text) > _LONGEST_COUNT:
        raise refusal("damaged")
    return int(text)


def constant(formula: str) -> str:
    """The text of a name: constants without their quotes, anything else as it stands."""
    if formula.startswith('="') and formula.find('"', 2) == len(formula) - 1:
        return formula[2:-1]
    if _LITERALS.fullmatch(formula):
        return "".join(text.replace('""', '"') for text in _LITERAL.findall(formula))
    return formula.removeprefix("=")


def position(name: str) -> Position | None:
    """Row and column of `B4`; None for what names no cell of a sheet."""
    found = _CELL.fullmatch(name)
    if not found:
        return None
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    row = int(found[2]) - 1
    return (row, column - 1) if on_a_sheet(row, column - 1) else None


@lru_cache(maxsize=4096)
def area(name: str) -> Area | None:
    """The corners of `B4:D9`, or of a single cell."""
    first, _, last = name.partition(":")
    start, end = position(first), position(last or first)
    return (*start, *end) if start and end else None


def areas(names: str) -> Iterator[Area]:
    """Each of several ranges with blanks between them."""
    for name in names.split():
        if found := area(name):
            yield found


def shows_a_date(number_format: str) -> bool:
    """Whether a number format of Excel turns numbers into dates or times."""
    bare = _FORMAT_QUOTES.sub("", number_format.partition(";")[0]).lower()
    return any(letter in bare for letter in "ymdhs") and "general" not in bare


def dated(number: float, since_1904: bool = False) -> object:
    """A number in a cell with a date's format: the date, where it is one to every program."""
    days = number + 1462 if since_1904 else number
    if not _DAYS[0] <= days < _DAYS[1]:
        return number
    found = (_EPOCH_1904 if since_1904 else _EPOCH) + timedelta(days=number)
    return found.date() if number == int(number) else found


def same(first: object, second: object) -> bool:
    """Whether two readers mean the same: 3 and 3.0, a day and its midnight, a text and its trim."""
    return _meaning(first) == _meaning(second)


def _meaning(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool):
        return value, "boolean"
    number = _serial(value)
    return Decimal(format(number, ".12g")) if math.isfinite(number) else str(number)


def _serial(value: object) -> float:
    """A number, or a date or time as the number that stands for it."""
    if isinstance(value, datetime):
        return (value - _EPOCH) / timedelta(days=1)
    if isinstance(value, date):
        return float((value - _EPOCH.date()).days)
    if isinstance(value, time):
        return (value.hour * 3600 + value.minute * 60 + value.second) / 86_400
    if isinstance(value, timedelta):
        return value / timedelta(days=1)
    return float(value) if isinstance(value, int | float | Decimal) else math.nan
