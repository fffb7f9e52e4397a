"""Pieces of Excel formulas that ask about the text in a cell, or NotLive where none can.

In: names and where they stand (`Cells`), or texts as pieces of a formula, and words. Out: pieces
of a formula, each 1 or 0, that any program computes alike, over arrays too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from ptxl.cells import quoted_text
from ptxl.rules.tree import SPLIT, Name, Node, names_in
from ptxl.values.kinds import KINDS
from ptxl.values.target_value import LONGEST_AMOUNT, PARTS, PLAIN_SIGNS

_MOST_NESTED = 40  # functions inside each other, of the 64 that Excel takes
LONGEST_FORMULA = 8_000  # that Excel takes, less a margin
#: some rows of a table, from one to before another; None for all of them
Span: TypeAlias = tuple[int, int] | None


class NotLive(Exception):  # noqa: N818 - no error: such a rule only runs at the desk
    """A rule that cannot become a formula of Excel 2010, WPS and LibreOffice."""


def _no_day(_: Name) -> str:
    raise NotLive("dates")


@dataclass(frozen=True, slots=True)
class Cells:
    """Where a rule's names stand on the sheets.

    `refer` gives the reference of a name: a cell, or of a row's name the range of its column (or
    an array), and of a part of a target value in one cell that of a helper; `in_use`, for a table,
    an array that is 1 for each row in use; `count` how many rows; `day`, for the name of a date,
    the number of the day that its cell holds, where it is told.
    """

    refer: Callable[[Name, Span], str]
    in_use: Callable[[str, Span], str]
    count: Callable[[str], int]
    day: Callable[[Name], str] = _no_day


def split_names(node: Node) -> list[Name]:
    """The target values of which a rule wants more than the text.

    A spreadsheet can tell only those that are plain: see `plain_formula`.
    """
    found: dict[str, Name] = {}
    for name in names_in(node):
        if wants_part(name):
            found[name.name] = name
    return list(found.values())


def wants_part(name: Name) -> bool:
    """Whether a name is that of a sign, a number or the like in a target value, not of its text."""
    return name.part not in ("", "raw") and (name.kind == SPLIT or KINDS[name.kind].has_parts)


def plain_formula(name: Name, cells: Cells, span: Span = None) -> str:
    """1 where a target value is plain.

    One over three cells is, as in `plain_values`, a listed sign beside a plain number; one in a
    single cell is what `take_apart` takes apart.
    """
    if name.kind != SPLIT:
        comparison = cells.refer(replace(name, part="comparison"), span)
        return f"((LEN({comparison})>0)*1)"
    sign, amount, _ = (f"TRIM({cells.refer(part, span)})" for part in parts_of(name))
    return f"({one_of(sign, tuple(PLAIN_SIGNS))}*{is_plain(amount)})"


def parts_of(name: Name) -> tuple[Name, ...]:
    """The names of the sign, the amount and the unit of a split value."""
    whole = replace(name, kind="text", type="text", part="")
    return tuple(replace(whole, name=f"{name.name}.{part}") for part in PARTS)


def is_plain(text: str) -> str:
    """1 where a text is digits, or digits with one point between them."""
    row = "{" + ",".join(f'"{digit}"' for digit in range(10)) + "}"
    pointless = f'SUBSTITUTE({text},".","",1)'
    digits = f'MMULT(LEN({pointless})-LEN(SUBSTITUTE({pointless},{row},"")),{_ones(10)})'
    conditions = (
        f"LEN({text})>0",
        f"LEN({text})<={LONGEST_AMOUNT}",
        f"{digits}=LEN({pointless})",
        f'LEFT({text},1)<>"."',
        f'RIGHT({text},1)<>"."',
    )
    return "(" + "*".join(f"({condition})" for condition in conditions) + ")"


def one_of(text: str, words: Sequence[str], test: str = "in") -> str:
    """1 where a text is, contains, begins or ends with one of the words.

    The text may be a column: the words lie across it, and MMULT adds up what each of them found.
    """
    if not words:
        return "0"
    row, lengths = _arrays(words)
    found = {
        "contains": f"ISNUMBER(FIND({row},{text}))",
        "starts": f"EXACT(LEFT({text},{lengths}),{row})",
        "ends": f"EXACT(RIGHT({text},{lengths}),{row})",
    }.get(test, f"EXACT({text},{row})")
    return f"((MMULT({found}*1,{_ones(len(words))})>0)*1)"


def how_often(text: str, words: Sequence[str]) -> str:
    """How often the words stand in a text, each counted by itself."""
    if not words:
        return "0"
    row, lengths = _arrays(words)
    dropped = f'LEN({text})-LEN(SUBSTITUTE({text},{row},""))'
    return f"MMULT(({dropped})/{lengths},{_ones(len(words))})"


def first_word(text: str, words: Sequence[str]) -> str:
    """The word that stands first in a text, the longest of those there; of one text alone."""
    if not words:
        return '""'
    row, lengths = _arrays(words)
    far = 100_000  # no text is as long
    at = f"({far}-IFERROR(FIND({row},{text}),{far}))"
    found = f"SUMPRODUCT(MAX({at}*1000+{lengths}))"
    return f"MID({text},{far}-INT({found}/1000),MOD({found},1000))"


def not_of_arrays(*_: object) -> str:
    """What cannot be asked of many cells at once. Raises NotLive."""
    raise NotLive("a word in each of many texts")


def without_words(text: str, words: Sequence[str]) -> str:
    """A text with the words dropped, one after the other. Raises NotLive where they are many."""
    if len(words) > _MOST_NESTED:
        raise NotLive("many words to drop")
    for word in words:
        text = f'SUBSTITUTE({text},{quoted(word)},"")'
    return text


def _arrays(words: Sequence[str]) -> tuple[str, str]:
    """The words, and their lengths, as rows that formulas hold. Raises NotLive for long words."""
    row = "{" + ",".join(map(quoted, words)) + "}"
    return row, "{" + ",".join(str(len(word)) for word in words) + "}"


def _ones(count: int) -> str:
    """A column of ones, with which MMULT adds up each row."""
    return "{" + ";".join("1" * count) + "}"


def quoted(text: str) -> str:
    """A text as it is written in a formula. Raises NotLive for one that is too long for all."""
    if len(text) > 200:
        raise NotLive("a long text")
    return quoted_text(text)
