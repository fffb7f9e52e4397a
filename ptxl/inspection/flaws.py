"""What is wrong with a written workbook: which rule it breaks, where, and the facts. No words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from ptxl.inspection.book import Book
from ptxl.words import Phrase, phrase


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that breaks a rule: a sheet, its cells (none: the sheet as a whole), and facts."""

    sheet: str = ""
    cells: tuple[str, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong with a workbook, by the id of the rule that it breaks."""

    rule: str
    sheet: str
    cells: tuple[str, ...]
    facts: Mapping[str, object] = field(default_factory=dict, hash=False)

    @property
    def place(self) -> Phrase:
        """Where it is: cells of a sheet, a sheet, or the workbook."""
        if self.cells:
            return phrase("inspection.cells", sheet=self.sheet, cells=self.cells)
        if self.sheet:
            return phrase("inspection.sheet", sheet=self.sheet)
        return phrase("inspection.workbook")

    @property
    def sentence(self) -> Phrase:
        """What is there, and what to do."""
        return Phrase(f"inspection.found.{self.rule}", self.facts)


def spot(sheet: str = "", *cells: str, **facts: object) -> Spot:
    """Name a place that breaks a rule."""
    return Spot(sheet, cells, facts)


#: finds the places of a workbook that break a rule
Judge = Callable[[Book], Iterator[Spot]]
