"""A formula → its pieces that programs understand differently: functions, sheets, tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "error", "sheet", "bare_sheet", "function", "table"]
_PIECE = re.compile(
    r"""(?P<text>"(?:[^"]|"")*")
    |(?P<error>\#(?:REF!|DIV/0!|N/A|NAME\?|NULL!|NUM!|VALUE!))
    |'(?P<sheet>(?:[^']|'')*)'!
    |(?P<bare_sheet>(?:\[\d+\])?[^\s'"!+\-*/^&=<>(),;:{}\[\]$]+)!
    |(?P<function>[^\W\d][\w.]*)\(
    |(?P<table>[^\W\d][\w.]*\[)""",
    re.VERBOSE,
)
#: in front of functions that came later, which no person types
_PREFIX = re.compile(r"(?:_xlfn\.|_xlws\.)+", re.IGNORECASE)
#: a sheet of another workbook: `[1]Sheet`
_ELSEWHERE = re.compile(r"\[[^\]]*\]")
_CELL = re.compile(r"\$?[A-Za-z]{1,3}\$?[0-9]{1,7}")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a formula: what it is, and the name in it."""

    kind: Kind
    name: str

    @property
    def elsewhere(self) -> bool:
        """Whether it is a sheet of another workbook."""
        return bool(_ELSEWHERE.match(self.name))


def pieces(formula: str) -> Iterator[Piece]:
    """Yield the pieces of a formula; names of functions in capitals and as people type them."""
    for found in _PIECE.finditer(formula):
        name = found[found.lastgroup or 0]
        match found.lastgroup:
            case "sheet":
                yield Piece("sheet", name.replace("''", "'"))
            case "bare_sheet":
                yield Piece("bare_sheet", name)
            case "function":
                yield Piece("function", _PREFIX.sub("", name).upper())
            case "table":
                yield Piece("table", name.rstrip("["))
            case "error":
                yield Piece("error", name)


def cells_in(formula: str) -> Iterator[str]:
    """Yield the cells that a formula names on its own sheet, without `$`."""
    without_texts = re.sub(r'"(?:[^"]|"")*"', '""', formula)
    alone = re.sub(r"(?:'(?:[^']|'')*'|[^\s'!(,=<>+*/&]+)!\S+?(?=[,)=<>+*/&]|$)", "", without_texts)
    for found in _CELL.finditer(alone):
        yield found[0].replace("$", "").upper()
