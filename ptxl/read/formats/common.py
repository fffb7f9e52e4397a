"""What the second readers of single formats have in common: cells as they stand in a file, sheets.

python-calamine reads all formats alike and fast, but tells neither formulas nor errors, trims and
guesses here and there, and cannot open some files. So each format has a reader of our own beside
it (`xlsx`, `ods`, `xls`), which shares no code with it: it says what calamine does not, gives
the second opinion where something was changed, and reads alone where calamine cannot.

For xlsx that is lxml over the parts, and not openpyxl: those are unpacked already, it takes a
fiftieth of openpyxl's time, never reserves memory for what a file claims to hold, and tells
formulas, their results and errors apart in one pass. The same goes for ods, which openpyxl does
not read. Of xls the records are looked at, one by one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from itertools import product
from typing import Literal, Protocol

from lxml import etree

from ptxl.cells import EPOCH, Box
from ptxl.model.errors import WorkbookError
from ptxl.model.refusals import refusal
from ptxl.text import clean

Format = Literal["xlsx", "xls", "ods"]
Position = tuple[int, int]

# How much there is of a part is limited before it comes here. What is nested deeper than lxml
# likes, other readers take, and so must this one.
#: stands for an element that is missing, where that is as good as one without anything
_NOTHING = etree.Element("nothing")
_PARSER = etree.XMLParser(
    resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True, huge_tree=True
)
_LITERALS = re.compile(r'="(?:[^"]|"")*"(?:&"(?:[^"]|"")*")*')
_LITERAL = re.compile(r'"((?:[^"]|"")*)"')
_LONGEST_COUNT = 10
_LONGEST_NAME = 40
_EPOCH = datetime.combine(EPOCH, time.min)
_DAY = timedelta(days=1)
#: days by which workbooks that count from 1904 count less
_DAYS_TO_1904 = 1462
#: serials that are days to every program: from 1900-03-01, where all count alike, to 9999-12-31
_FIRST_DAY, _LAST_DAY = 61, 2_958_466
#: numbers of the built-in formats of Chinese, Japanese and Korean Excel, all of them dates
EASTERN_DATES = frozenset((*range(27, 37), *range(50, 59)))
#: numbers of all built-in formats that are dates or times
DATE_FORMATS = frozenset((*range(14, 23), *range(45, 48), *EASTERN_DATES))
_FORMAT_QUOTES = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE)


class Clarity(Enum):
    """How sure it is what a cell shows."""

    #: it is written as every program writes it: readers must agree
    PLAIN = "plain"
    #: it is written in a way that some readers take wrongly, but shows one thing in every office
    KNOWN = "known"
    #: programs show one thing or another of it
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as it stands in the file.

    `value` is what the sheet shows: text, number, boolean, date; None for an error, and for a
    formula whose result the file does not hold.
    """

    value: object
    formula: str = ""
    error: str = ""
    clarity: Clarity = Clarity.PLAIN


#: a cell that the file does not hold
BLANK = Cell("")
_NO_RESULT = Cell(None)
#: cells that one formula fills
_LARGEST_ARRAY = 10_000


@dataclass(frozen=True, slots=True)
class SheetState:
    """What was set for a sheet as such. `protected` is None where the file does not say."""

    protected: bool | None = None
    filtered: bool = False
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    merges: frozenset[Box] = frozenset()
    #: cells that offer a list to choose from
    dropdowns: frozenset[Box] = frozenset()


@dataclass(slots=True)
class SheetNotes:
    """What is gathered about a sheet while its rows or records go by."""

    protected: bool = False
    filtered: bool = False
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merges: set[Box] = field(default_factory=set)
    dropdowns: set[Box] = field(default_factory=set)

    def state(self) -> SheetState:
        return SheetState(
            protected=self.protected,
            filtered=self.filtered,
            hidden_rows=frozenset(self.hidden_rows),
            hidden_columns=frozenset(self.hidden_columns),
            merges=frozenset(self.merges),
            dropdowns=frozenset(self.dropdowns),
        )


class FormatReader(Protocol):
    """Reads a workbook in its own format. Rows and columns count from 0."""

    names: tuple[str, ...]
    hidden: frozenset[str]
    #: whether what it says goes before what calamine says, and that is asked to agree
    leads: bool
    #: whether numbers and dates may be taken for each other by the other reader
    redefines_dates: bool

    @property
    def usual(self) -> bool:
        """Whether calamine can follow the names in which the parts are written."""
        ...

    def is_well_formed(self, name: str) -> bool:
        """Whether a sheet is well written, so that no reader passes over a part of it."""
        ...

    def readers_may_differ(self, name: str) -> bool:
        """Whether something about a sheet lets readers differ, so that every value needs a look."""
        ...

    def formulas_and_errors(self, name: str) -> frozenset[Position]:
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

    def saved(self) -> datetime | None:
        """When it was last saved, in local time or with a zone. Raises ValueError for no moment."""
        ...

    def footers(self) -> Mapping[str, str]:
        """Sheet → the texts of its footers, as far as somebody sees it."""
        ...


def with_arrays(cells: dict[Position, Cell], arrays: Iterable[tuple[Box, str]]) -> set[Position]:
    """Note that a formula which fills several cells stands in each of them. Returns where."""
    found = set()
    for box, formula in arrays:
        rows, columns = range(box.top, box.bottom + 1), range(box.left, box.right + 1)
        inside = list(product(rows, columns)) if box.size <= _LARGEST_ARRAY else [
            at for at in cells if box.holds(*at)  # blank cells are left blank
        ]  # fmt: skip
        for at in inside:
            cell = cells.get(at, _NO_RESULT)
            cells[at] = replace(cell, formula=cell.formula or formula)
        found.update(inside)
    return found


def parse(content: bytes, part: str) -> etree._Element:
    """A part of a package as a tree. Raises WorkbookError when it is broken."""
    try:
        return etree.fromstring(content, _PARSER)
    except (etree.XMLSyntaxError, ValueError):
        raise refusal("broken_xml", part=part) from None


def child_at(tree: etree._Element, path: str) -> etree._Element:
    """The first element at a path below another; one without anything if there is none."""
    found = tree.find(path)
    return _NOTHING if found is None else found


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Names of sheets, in order. Raises WorkbookError where one stands twice, in any case."""
    found: dict[str, str] = {}
    for name in names:
        if name.casefold() in found:
            raise double(name)
        found[name.casefold()] = name
    return tuple(found.values())


def double(name: str) -> WorkbookError:
    """The refusal of a workbook in which two things share a name or a place."""
    return refusal("duplicate_parts", part=name[:_LONGEST_NAME])


def size_of(text: str) -> float:
    """A size as a part writes it; 0, which nobody sees, where that is no number."""
    try:
        return float(text)
    except ValueError:
        return 0


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
        return "".join(_LITERAL.findall(formula)).replace('""', '"')
    return formula.removeprefix("=")


def shows_a_date(number_format: str) -> bool:
    """Whether a number format of Excel turns numbers into dates or times."""
    bare = _FORMAT_QUOTES.sub("", number_format.partition(";")[0]).lower()
    return not set("ymdhs").isdisjoint(bare) and "general" not in bare


def date_of(number: float, since_1904: bool = False) -> object:
    """The day or moment that a number in a cell with a date's format stands for.

    The number itself where it is no day, or not the same one to every program.
    """
    days = number + _DAYS_TO_1904 if since_1904 else number
    if not _FIRST_DAY <= days < _LAST_DAY:
        return number
    found = _EPOCH + days * _DAY
    return found.date() if days == int(days) else found


def moment_in(part: bytes, element: str) -> datetime | None:
    """The moment that an element of a part holds; None where there is none.

    Raises ValueError for what is no moment.
    """
    tag = rf"<(?:\w{{1,20}}:)?{element}(?:\s[^<>]{{0,200}})?>"
    found = re.search(rf"{tag}\s{{0,9}}([0-9TZ:.+-]{{10,40}})\s{{0,9}}<".encode(), part)
    return datetime.fromisoformat(found[1].decode()) if found else None


def mean_the_same(first: object, second: object) -> bool:
    """Whether two readers mean the same: 3 and 3.0, a day and its midnight, a text and its trim."""
    return _meaning(first) == _meaning(second)


def _meaning(value: object) -> object:
    """What values that mean the same have in common."""
    if value is None:
        return ""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool):
        return value, "boolean"
    number = _number(value)
    if math.isfinite(number):
        return Decimal(format(number, ".12g"))
    return str(number)


def _number(value: object) -> float:
    """A number, or the number that stands for a date or time; NaN for what has none."""
    match value:
        case datetime():
            return (value - _EPOCH) / _DAY
        case date():
            return float((value - EPOCH).days)
        case time():
            return (value.hour * 3600 + value.minute * 60 + value.second) / 86_400
        case timedelta():
            return value / _DAY
        case int() | float() | Decimal():
            return float(value)
    return math.nan
