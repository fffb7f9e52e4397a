"""A sheet whose rows and columns were followed → where its fields, texts and added rows are. Pure.

Nothing is said here: `explain` does that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ptxl.cells import Box
from ptxl.layout.identity import MapLine
from ptxl.layout.issued_sheets import IssuedSheet, Position, PrintedText
from ptxl.model.layout import PlacedCell
from ptxl.model.submission import At, Identity, Missing
from ptxl.read.compare import (
    ChangedText,
    ComparedSheet,
    Meaning,
    cells_of,
    changed_texts,
    filled_cells,
    names_another,
    same_text,
    value_at,
    values_of,
)
from ptxl.read.locate.added_rows import AddedRow, added_rows, without_digits
from ptxl.read.locate.evidence import rows_and_columns
from ptxl.read.locate.follow_lines import Alignment
from ptxl.read.locate.sheets import TRUSTED
from ptxl.read.workbook import Grid, Workbook
from ptxl.text import squeeze

#: share of a sheet's printed texts that must be there at all
_LEAST = 0.3


@dataclass(frozen=True, kw_only=True, eq=False)
class FollowedSheet:
    """A sheet of the form beside itself as returned, with each of its rows and columns followed.

    `formulas` are the cells that hold one, `lines` those of the map by the path of their field.
    """

    compared: ComparedSheet
    identity: Identity
    name: str
    grid: Grid
    formulas: frozenset[Position]
    lines: Mapping[str, MapLine]
    rows: Alignment
    columns: Alignment

    @property
    def issued(self) -> IssuedSheet:
        """The sheet as issued."""
        return self.compared.issued

    @property
    def texts(self) -> Sequence[PrintedText]:
        """What it prints for the unit, where it was issued."""
        return self.compared.texts

    def now(self, row: int, column: int) -> Position | None:
        """Where a cell of the form is now."""
        if row in self.rows.places and column in self.columns.places:
            return self.rows.places[row], self.columns.places[column]
        return None

    def all_now(self, cells: Iterable[Position]) -> list[Position]:
        """Where cells of the form are now, as far as they are anywhere."""
        return [at for cell in cells if (at := self.now(*cell))]

    def value(self, at: Position) -> object:
        """What a cell holds now."""
        return value_at(self.grid, at)


@dataclass(frozen=True, slots=True)
class UncertainFields:
    """Fields whose cells nobody can tell, and the filled cells on the lines where these may be:
    the first that may hold an answer, and the area of those that do."""

    paths: tuple[str, ...]
    cells: frozenset[Position]
    at: Position
    area: Box


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacedSheet:
    """Where what a sheet asks and prints is now. Of one that is not `readable` nothing is read."""

    readable: bool
    #: fields that are not where they were issued
    elsewhere: Mapping[str, At | Missing]
    changed: Sequence[ChangedText] = ()
    uncertain: Sequence[UncertainFields] = ()
    added: Sequence[AddedRow] = ()
    #: place and text of what stands elsewhere
    unclaimed: Sequence[tuple[Position, str]] = ()


def follow(
    compared: ComparedSheet, identity: Identity, workbook: Workbook, name: str,
    lines: Mapping[str, MapLine],
) -> FollowedSheet:  # fmt: skip
    """Follow the rows and columns of a sheet of the form, which is called `name` now."""
    grid = workbook.grid(name)
    rows, columns = rows_and_columns(compared.issued, grid, compared.texts, lines)
    return FollowedSheet(
        compared=compared, identity=identity, name=name, grid=grid,
        formulas=workbook.formulas_and_errors(name), lines=lines, rows=rows, columns=columns,
    )  # fmt: skip


def place(sheet: FollowedSheet) -> PlacedSheet:
    """Place the fields of a followed sheet, and tell what stands in its other cells."""
    texts = _texts_now(sheet)
    changed = changed_texts(sheet.grid, texts)
    right = len(texts) - len(changed)
    if right < TRUSTED * len(texts) or right < _LEAST * len(sheet.texts):
        elsewhere = dict.fromkeys([str(c.path) for c in sheet.issued.asked], Missing.UNCERTAIN)
        return PlacedSheet(readable=False, elsewhere=elsewhere)
    uncertain = tuple(_uncertain_fields(sheet))
    added = added_rows(sheet.issued, sheet.grid, sheet.rows, sheet.columns)
    known = {(one.row, one.column) for one in texts}
    known.update(_own_cells(sheet), _banner_cells(sheet))
    known.update(*(fields.cells for fields in uncertain))
    known.update(*(_cells_read_in(sheet, row) for row in added))
    return PlacedSheet(
        readable=True,
        elsewhere=_elsewhere(sheet, uncertain),
        changed=_with_meanings(sheet, changed),
        uncertain=uncertain,
        added=added,
        unclaimed=tuple(filled_cells(sheet.grid, known)),
    )


# -- texts


def _texts_now(sheet: FollowedSheet) -> list[PrintedText]:
    """The printed texts at their present places.

    A text beside several rows may have stayed where it was while the first of them went.
    """
    found = []
    for one in sheet.texts:
        if not sheet.rows.moved and one.row not in sheet.rows.places:
            continue
        rows = range(one.row, one.row + one.down)
        places = sheet.all_now((row, one.column) for row in rows)
        if sheet.rows.moved:
            places = [at for at in places if same_text(sheet.value(at), one.text)] or places
        if places:
            found.append(replace(one, row=places[0][0], column=places[0][1]))
    return found


def _with_meanings(sheet: FollowedSheet, changed: Sequence[ChangedText]) -> tuple[ChangedText, ...]:
    """The changed texts, each with what it says now."""
    counts = Counter(squeeze(one.text) for one in sheet.texts)
    values = values_of(sheet.identity)
    found = []
    for one in changed:
        meaning = one.meaning
        shown, printed = squeeze(str(one.value)), squeeze(one.printed.text)
        renumbered = without_digits(shown) == without_digits(printed)
        if counts[shown] and (not renumbered or counts[shown] == counts[printed] == 1):
            # A cell that says what another cell of the form should say names another answer.
            meaning = Meaning.OTHER_LABEL
        elif names_another(one.printed.template, one.value, values):
            meaning = Meaning.OTHER_UNIT
        found.append(replace(one, meaning=meaning))
    return tuple(found)


# -- fields


def _elsewhere(
    sheet: FollowedSheet, uncertain: Sequence[UncertainFields]
) -> dict[str, At | Missing]:
    found: dict[str, At | Missing] = {}
    for cell in sheet.issued.asked:
        at = sheet.now(*cell.at)
        if at is None:
            found[cell.path] = Missing.GONE
        elif at != cell.at:
            found[cell.path] = At(sheet.name, *at)
    for fields in uncertain:
        found |= dict.fromkeys(fields.paths, Missing.UNCERTAIN)
    return found


def _uncertain_fields(sheet: FollowedSheet) -> Iterator[UncertainFields]:
    """The fields that lie on lines in doubt, where anything stands there that may be an answer."""
    own = {squeeze(one.text) for one in sheet.texts}
    answers = [at for at, text in filled_cells(sheet.grid, ()) if squeeze(text) not in own]
    doubts = [(0, one) for one in sheet.rows.doubts] + [(1, one) for one in sheet.columns.doubts]
    for side, doubt in doubts:
        asked = tuple(cell.path for cell in sheet.issued.asked if cell.at[side] in doubt.issued)
        here = [at for at in answers if at[side] in doubt.present]
        if asked and here:
            filled = [at for at, _ in cells_of(sheet.grid) if at[side] in doubt.present]
            yield UncertainFields(asked, frozenset(filled), here[0], Box.around(here))


# -- cells that hold something of the form's own


def _own_cells(sheet: FollowedSheet) -> Iterator[Position]:
    """The cells of fields, and what unmerging made of cells that reached further."""
    yield from sheet.all_now(cell.at for cell in sheet.issued.asked)
    for placed in sheet.issued.merged:
        yield from _repeated_in(sheet, placed)


def _repeated_in(sheet: FollowedSheet, placed: PlacedCell) -> Iterator[Position]:
    """The cells under a merged one that show its text: programs fill them when they unmerge."""
    corner = sheet.now(placed.place.row, placed.place.column)
    text = squeeze(str(sheet.value(corner))) if corner else ""
    for at in sheet.all_now(placed.place.cells):
        if text and squeeze(str(sheet.value(at))) == text:
            yield at


def _banner_cells(sheet: FollowedSheet) -> Iterator[Position]:
    """Where the banner may be: as far from the title as issued, or a formula right of it."""
    row, _ = sheet.issued.banner
    yield from sheet.all_now([sheet.issued.banner])
    title = sheet.rows.places.get(row, row)
    for formula in sheet.formulas:
        # calamine gives 0 for every text that a formula of an xls results in.
        if formula[0] == title and str(sheet.value(formula)) in ("0", "0.0"):
            yield formula


def _cells_read_in(sheet: FollowedSheet, added: AddedRow) -> Iterator[Position]:
    """The cells of an added row that are read, or say what rows of its kind print."""
    for column in (*added.on_sheet.open[added.like], *added.on_sheet.computed):
        if column in sheet.columns.places:
            yield added.row, sheet.columns.places[column]
    for issued, now in sheet.columns.places.items():
        text = sheet.value((added.row, now))
        if text != "" and added.prints(issued, str(text)):
            yield added.row, now
