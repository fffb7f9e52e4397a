"""One line of the self-check, and the pieces of formulas that all lines are made of. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from ptxl.cells import quoted_text
from ptxl.model.form import placeholder, split_text
from ptxl.model.layout import Layout, Place
from ptxl.model.path import TOP, Path
from ptxl.rules.conditions import Condition
from ptxl.rules.ruleset import ReadyRule
from ptxl.rules.trees import Message
from ptxl.words import Language, Speaker
from ptxl.write.references import cells_in

#: how formulas of a line name its own cells: what it found, the place of the first of it as a
#: number, and as the name of a cell
FOUND, PLACE, CELL = map(placeholder, ("found", "place", "cell"))
#: and the one that many lines share: whether anything is filled in where a rule
#: is asked
USED = placeholder("used")
#: a place is one number: so many times its row, and its column, both from 1
ROWS = 1000
#: no place is as large
BEYOND = ROWS**3
#: rows of a table that a line can tell apart: a number has no more digits
MOST_ROWS = 48
#: found where something is wrong that no row can be named for
SOMEWHERE = 1
_LONGEST_LITERAL = 200


class State(Enum):
    """What a line says of the answers so far."""

    PASSED = "passed"
    OPEN = "open"
    WRONG = "wrong"
    #: a warning's: to be looked at again, never in the way
    DOUBTED = "doubted"
    UNUSED = "unused"


@dataclass(frozen=True, slots=True)
class Pasted:
    """What may not stand in some cells, into which only pasting can bring it.

    It is a word outside `words`; where the cells have `parents`, one that is in none of the `pairs`
    with its parent, of those that are in any; without words a number below 0.
    """

    words: tuple[str, ...] = ()
    parents: tuple[Path, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckLine:
    """One line: what is checked on which sheet of the form, and the formulas for what it finds.

    It is about `conditions` of one `scope`, about a `rule`, or about entries that are `pasted`.

    `found` is -1 while a line is not asked, and 0 while all is well. Else it is how many cells or
    rows are missing; of rules and entries the sum of 2^-(1 + i) over each row i that fails, or
    `SOMEWHERE`. `place` is that of the first, and `said` the text while anything is found.
    """

    sheet: int
    title: str
    found: str
    place: str
    said: str
    #: its state while anything is found, and while nothing is
    fails: State
    passes: State = State.PASSED
    #: the cells that it is about, by row of those that `found` tells apart, or the first of all
    cells: tuple[Path, ...]
    #: whether they light up where they fail
    lights: bool = True
    scope: Path = TOP
    conditions: tuple[Condition, ...] = ()
    #: repeats that may be there in place of that scope, each with the formula of whether it is
    instead: tuple[tuple[Path, str], ...] = ()
    rule: ReadyRule | None = None
    pasted: Pasted | None = None
    #: what a rule says where it fails: text and value in turns
    message: Message = ()
    #: of a rule: the dates that it looks at, each with the formula of the day that is told of it;
    #: while none is told of one the rule waits
    days: tuple[tuple[Path, str], ...] = ()
    #: of a rule: the cells and rows of which one must be filled in for it to be asked, and the
    #: formula of whether any is
    asked: tuple[Path, ...] = ()
    #: and of a rule about what a table lacks: the rows in which that may be filled in
    rows: tuple[Path, ...] = ()
    used: str = ""
    #: the tables that are only asked while nobody has inserted rows into them
    as_issued: tuple[Path, ...] = ()
    #: whether it says, for all lines of its sheet, whether that is used at all
    leads: bool = False


# -- pieces of formulas


def first_cell(layout: Layout, part: Path) -> Path:
    """A field itself, or the first field of a row."""
    return cells_in(layout).get(part, (part,))[0]


def place_number(place: Place) -> int:
    """A place as the one number that formulas give."""
    return (place.row + 1) * ROWS + place.column + 1


def place_of(cell: str, row: str = "") -> str:
    """The formula of the place of a cell, or of one so many rows below it."""
    return f"((ROW({cell}){row})*{ROWS}+COLUMN({cell}))"


def text_formula(text: str, formulas: Mapping[str, str]) -> str:
    """The formula of a text with placeholders, each of which a formula gives."""
    words, names = split_text(text)
    parts = list(literals(words[0]))
    for name, word in zip(names, words[1:], strict=True):
        parts += [formulas[name], *literals(word)]
    return "&".join(parts) or '""'


def literals(text: str) -> Iterator[str]:
    """A text as formulas have it; Excel takes no long ones."""
    for start in range(0, len(text), _LONGEST_LITERAL):
        yield quoted_text(text[start : start + _LONGEST_LITERAL])


def address(place: str) -> str:
    """The formula of the name of the cell at a place: `B4`."""
    return f"ADDRESS(INT({place}/{ROWS}),MOD({place},{ROWS}),4)"


def row_text(language: Language, text: str, rows: int) -> str:
    """The formula of a text about the first of `rows` that fails: which, and of how many.

    `text` is the formula of the text itself.
    """
    say = Speaker(language).say
    marks = {name: placeholder(name) for name in ("row", "more", "text", "count")}
    more = text_formula(say("self_check.more", count=marks["count"]), {"count": _failing(rows)})
    if rows == 1:
        return text
    in_row = say("self_check.in_row", **{name: marks[name] for name in ("row", "more", "text")})
    several = f'IF({_failing(rows)}>1,{more},"")'
    return text_formula(in_row, {"row": f"INT({PLACE}/{ROWS})", "more": several, "text": text})


def _failing(rows: int) -> str:
    """How many rows a line found."""
    powers = range(min(rows, MOST_ROWS) + 1)
    above, below = (",".join(map(str, some)) for some in (powers[1:], powers[:-1]))
    return f"SUMPRODUCT(INT({FOUND}*2^{{{above}}})-2*INT({FOUND}*2^{{{below}}}))"


def index_of(cell: str) -> str:
    """Which of the cells from one on down it is, from 1, that a line found first."""
    return f"INT({PLACE}/{ROWS})-ROW({cell})+1"


def first_row(count: int) -> str:
    """How many rows above the first that fails do not, as a term of a sum."""
    if count == 1:
        return ""
    thresholds = ",".join(map(str, range(1, min(count, MOST_ROWS) + 1)))
    return f"+IF({FOUND}>0,SUMPRODUCT(({FOUND}<0.5^{{{thresholds}}})*1),0)"


def weight(column: str, first: str) -> str:
    """What each cell of a column adds to what a line finds; rows may have been inserted."""
    return f"0.5^(ROW({column})-ROW({first})+1)"
