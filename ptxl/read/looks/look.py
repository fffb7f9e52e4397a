"""How cells and sheets look, whatever the format: what the readers of single formats gather."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple, Protocol

from ptxl.cells import Box
from ptxl.values.number_format import NumberFormat, keeps_texts, parse_format, see

Position = tuple[int, int]
GENERAL = parse_format("General")
#: struck out, raised or lowered, of the colour that lies behind it, of no size, repeated until the
#: cell is full, in a font of signs
Mark = Literal["struck", "raised", "pale", "tiny", "repeated", "signs"]
Marks = frozenset[Mark]
NO_MARKS: Marks = frozenset()
#: one with more digits than a format drops when it counts in thousands or shows a fixed text
_ANY_NUMBER = Decimal(1287)
REPEATED: Marks = frozenset(("repeated",))
#: points, and characters: what is smaller is not seen
LEAST_SIZE, LEAST_HEIGHT, LEAST_WIDTH = 3.0, 3.0, 0.4
#: how fonts are called that draw signs in place of letters, and in place of which: P is ✓
SIGN_FONTS = "Wingdings|Webdings|Symbol|Marlett|MT Extra|Zapf ?Dingbats"
_SIGN_FONT = re.compile(f"'?(?:{SIGN_FONTS})(?: ?[0-9])?'?", re.IGNORECASE)
_DRAWN = re.compile("[!-~¡-ÿ]")
#: beyond are the empty rows below a form
MOST_ROWS = 2000
#: how near two colours are, of 255, that are hardly told from each other
_ALIKE = 24
WHITE, BLACK = (255, 255, 255), (0, 0, 0)
Colour = tuple[int, int, int]


class Run(NamedTuple):
    """A piece of a text that looks in one way."""

    text: str
    marks: Marks


@dataclass(frozen=True, slots=True)
class Look:
    """How one cell looks: its number format, the marks of all of it, and of a part of its text."""

    form: NumberFormat = GENERAL
    marks: Marks = NO_MARKS
    partly: Marks = NO_MARKS

    @property
    def shows_numbers(self) -> bool:
        """Whether a number is seen in such a cell as it is held, but for its decimals."""
        whole_part = see(self.form, _ANY_NUMBER).text.rstrip("0").rstrip(".")
        return not self.marks and whole_part == str(_ANY_NUMBER)

    @property
    def is_usual(self) -> bool:
        """Whether a text looks in such a cell as it was typed."""
        return not self.marks and not self.partly and keeps_texts(self.form)


class LaidOver(NamedTuple):
    """Something that lies over a sheet at a cell: a drawing, or a note with its text.

    `to` is the last cell that it reaches into, where the file says so.
    """

    what: Literal["drawing", "note"]
    at: Position
    text: str = ""
    to: Position | None = None


@dataclass(frozen=True, slots=True)
class SheetLook:
    """What may keep a person from seeing cells of a sheet."""

    low_rows: frozenset[int] = frozenset()
    narrow_columns: frozenset[int] = frozenset()
    laid_over: tuple[LaidOver, ...] = ()
    #: where a conditional format may hide what cells hold, or show something else
    conditional: tuple[Box, ...] = ()
    #: whether cells that hold 0 show nothing
    hides_zeros: bool = False


class Looks(Protocol):
    """Says how the cells of a workbook look. Rows and columns count from 0."""

    def texts_are_usual(self, name: str) -> bool:
        """Whether every text of a sheet looks as it was typed; quick."""
        ...

    def cell(self, name: str, at: Position) -> Look:
        """How a cell looks."""
        ...

    def sheet(self, name: str) -> SheetLook:
        """How a sheet looks."""
        ...


def look_of_runs(look: Look, runs: Sequence[Run]) -> Look:
    """How a cell looks whose text is made of runs.

    What all of them have is the mark of the cell. Digits raised behind a digit read as its like; a
    raised unit (m²) does not.
    """
    runs = [run for run in runs if run.text.strip()]
    if not runs:
        return look
    each = [run.marks if draws(run.text) else run.marks - {"signs"} for run in runs]
    every, some = frozenset.intersection(*each), frozenset.union(*each)
    partly = set(some - every - {"raised"})
    if _raises_digits(runs):
        partly.add("raised")
    return Look(look.form, (look.marks | every) - {"raised"}, frozenset(partly))


def _raises_digits(runs: Iterable[Run]) -> bool:
    before = ""
    for run in runs:
        if "raised" in run.marks and before[-1:].isdigit() and run.text[:1].isdigit():
            return True
        before = run.text
    return False


def draws(text: str) -> bool:
    """Whether a font of signs draws some of the characters: of Chinese ones it has none."""
    return bool(_DRAWN.search(text))


def alike(ink: Colour | None, paper: Colour | None) -> bool:
    """Whether a colour is hardly seen on another; not where one of them is unknown."""
    if ink is None or paper is None:
        return False
    return max(abs(one - other) for one, other in zip(ink, paper, strict=True)) < _ALIKE


def colour_of(digits: str) -> Colour | None:
    """A colour from its hexadecimal digits: `FFFFFF`, `#ffffff`, `FFFFFFFF` with its opacity."""
    digits = digits.removeprefix("#")[-6:]
    try:
        red, green, blue = bytes.fromhex(digits)
    except ValueError:
        return None
    return red, green, blue


def marks_of(
    *, struck: bool, raised: bool, pale: bool, size: float | None, font: str = ""
) -> Marks:
    """The marks that these say; `font` is its name."""
    tiny, signs = size is not None and size < LEAST_SIZE, bool(_SIGN_FONT.fullmatch(font))
    said: dict[Mark, bool] = {
        "struck": struck, "raised": raised, "pale": pale, "tiny": tiny, "signs": signs,
    }  # fmt: skip
    return frozenset(mark for mark, is_so in said.items() if is_so)
