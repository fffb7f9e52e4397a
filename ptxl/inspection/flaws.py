"""A flaw of a written workbook (rule, place, facts); and how judges go over sheets and cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import wraps

from ptxl.inspection.book import Book, Cell, Page, Table
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


def spot(*cells: str, **facts: object) -> Spot:
    """Name some cells, or with none all that is judged, as a place that breaks a rule."""
    return Spot("", cells, facts)


def together(cells: Iterable[str], **facts: object) -> Iterator[Spot]:
    """Name all these cells of a sheet as one place that breaks a rule; nothing if there are none.

    A cell that comes several times is named once.
    """
    names = tuple(dict.fromkeys(cells))
    if names:
        yield Spot("", names, facts)


#: finds the places of a workbook that break a rule
Judge = Callable[[Book], Iterator[Spot]]
#: finds them on one sheet, without the name of the sheet
PageJudge = Callable[[Page], Iterator[Spot]]
#: finds them in one table of a sheet, without the names of sheet and table
TableJudge = Callable[[Page, Table], Iterator[Spot]]


def of_sheets(judge: PageJudge) -> Judge:
    """Judge every sheet by itself, hidden ones too."""
    return _of(judge, lambda book: book.pages)


def of_visible_sheets(judge: PageJudge) -> Judge:
    """Judge by itself every sheet that people see."""
    return _of(judge, lambda book: book.visible)


def of_tables(judge: TableJudge) -> Judge:
    """Judge by itself every native table on the sheets that people see."""

    @wraps(judge)
    def of_page(page: Page) -> Iterator[Spot]:
        for table in page.tables:
            for found in judge(page, table):
                yield replace(found, facts={**found.facts, "table": table.name})

    return of_visible_sheets(of_page)


def of_cells_shown(is_wrong: Callable[[Page, Cell], bool]) -> Judge:
    """Judge every cell that people see; those of a sheet that are wrong are one place."""

    @wraps(is_wrong)
    def of_page(page: Page) -> Iterator[Spot]:
        return together(cell.name for cell in page.shown if is_wrong(page, cell))

    return of_visible_sheets(of_page)


def _of(judge: PageJudge, pages: Callable[[Book], Iterable[Page]]) -> Judge:
    @wraps(judge)
    def of_book(book: Book) -> Iterator[Spot]:
        for page in pages(book):
            for found in judge(page):
                yield replace(found, sheet=page.name)

    return of_book
