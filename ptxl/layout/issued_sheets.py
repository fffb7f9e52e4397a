"""Layout → what each cell of each sheet holds as issued, which reading compares with. Pure.

Rows and columns count from 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from ptxl.cells import Box
from ptxl.layout.helper_sheets import banner_place
from ptxl.model.form import TableRow
from ptxl.model.layout import Layout, PlacedCell
from ptxl.model.path import Path
from ptxl.values.kinds import kind_of
from ptxl.words import Language

Position = tuple[int, int]


@dataclass(frozen=True, slots=True)
class PrintedText:
    """A text that a sheet prints, and how many rows its cell reaches down.

    `template` is the text with placeholders for what differs by unit.
    """

    row: int
    column: int
    text: str
    template: str
    down: int = 1


@dataclass(frozen=True, slots=True)
class AskedCell:
    """The cell of a field, and the text that it shows while it is blank."""

    path: Path
    row: int
    column: int
    blank: str

    @property
    def at(self) -> Position:
        """Its row and column."""
        return self.row, self.column


@dataclass(frozen=True, eq=False)
class IssuedSheet:
    """One sheet of a form as it was issued. Texts that differ by unit hold placeholders."""

    layout: Layout
    number: int
    name: str

    @property
    def language(self) -> Language:
        """That of the form."""
        return self.layout.form.language

    @property
    def cells(self) -> tuple[PlacedCell, ...]:
        """Its cells and their places."""
        return self.layout.sheets[self.number].cells

    @cached_property
    def printed(self) -> tuple[PrintedText, ...]:
        """Every printed cell that is not blank."""
        found = []
        for placed in self.cells:
            place, text = placed.place, placed.cell.text
            if placed.cell.prints:
                found.append(PrintedText(place.row, place.column, text, text, place.down))
        return tuple(found)

    @cached_property
    def asked(self) -> tuple[AskedCell, ...]:
        """The cell of each field; that of an added row is the cell of the row it is like."""
        found = []
        for path, place in self.layout.places.items():
            if place.sheet == self.number:
                blank = self.layout.fields[path].blank
                found.append(AskedCell(Path(path), place.row, place.column, blank))
        return tuple(found)

    @cached_property
    def banner(self) -> Position:
        """Where the sheet says how many of its answers are missing."""
        return banner_place(self.layout, self.number)

    @cached_property
    def filled(self) -> frozenset[Position]:
        """The cells that hold something of the form's own, or an answer."""
        printed = {(text.row, text.column) for text in self.printed}
        asked = {(cell.row, cell.column) for cell in self.asked}
        return frozenset(printed | asked | {self.banner})

    @cached_property
    def merged(self) -> tuple[PlacedCell, ...]:
        """The cells that reach over several rows or columns."""
        return tuple(placed for placed in self.cells if not placed.place.single)

    @cached_property
    def merged_boxes(self) -> frozenset[Box]:
        """The rectangles that those cells fill."""
        places = [placed.place for placed in self.merged]
        return frozenset(
            Box(at.row, at.column, at.row + at.down - 1, at.column + at.across - 1) for at in places
        )

    @cached_property
    def choices(self) -> tuple[str, ...]:
        """The paths of its fields that offer a list."""
        fields = [placed.cell.field for placed in self.cells]
        listed = [field for field in fields if field and kind_of(field).is_chosen]
        return tuple(field.path for field in listed if field.is_open or field.reviewer)

    @cached_property
    def alike(self) -> Mapping[int, object]:
        """Rows of a table that print nothing of their own, by table and what they are given."""
        printing = {printed.row for printed in self.printed}
        fields = Counter(cell.row for cell in self.asked)
        found: dict[int, object] = {}
        for table in self.layout.form.tables:
            for row in table.rows:
                line = self.line_of(row)
                if line is not None and line not in printing and fields[line] == len(row.fields):
                    found[line] = (table.path, tuple(sorted(row.given.items())))
        return found

    def accepts(self, asked: AskedCell, text: str) -> bool:
        """Whether a text may be the answer to a field, as far as its kind tells."""
        field = self.layout.fields[asked.path]
        kind = kind_of(field)
        if kind.is_chosen:
            return text in (kind.words or self.layout.form.choices(field))
        return text != asked.blank and kind.parse(text, field).value is not None

    def line_of(self, row: TableRow) -> int | None:
        """The row of the sheet that holds all fields of a row of a table; None if none does."""
        places = [self.layout.places[field.path] for field in row.fields]
        lines = {(place.sheet, place.row) for place in places}
        sheet, line = lines.pop() if len(lines) == 1 else (None, None)
        return line if sheet == self.number else None


@lru_cache(maxsize=64)
def issued_sheets(layout: Layout) -> tuple[IssuedSheet, ...]:
    """The sheets of a form, in order."""
    sheets = enumerate(layout.sheets)
    return tuple(IssuedSheet(layout, number, laid.sheet.name) for number, laid in sheets)
