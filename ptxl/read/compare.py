"""A sheet as it is now and what the form prints on it → what differs."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from ptxl.cells import cell_name
from ptxl.layout.helper_sheets import own_sheets
from ptxl.layout.issued_sheets import IssuedSheet, Position, PrintedText, issued_sheets
from ptxl.mark.earlier import is_review
from ptxl.model.findings import Code, Finding, finding
from ptxl.model.form import fill_text, per_unit, split_text
from ptxl.model.layout import Layout
from ptxl.model.submission import Identity, SheetNow, Whereabouts
from ptxl.read.workbook import Grid, Workbook, cell_value
from ptxl.text import squeeze
from ptxl.words import Language

#: placeholders of a text that say which unit a form was issued to
_NAMES_OF_UNIT = frozenset({"code", "name", "serial"})
_LONGEST_MATCHED = 200
_MOST_CHANGED_SHOWN = 20


class Meaning(Enum):
    """What a printed text says that was changed."""

    EDITED = "edited"
    #: what another cell of the sheet should say: an answer may be taken for another
    OTHER_LABEL = "other label"
    #: it names another unit than the one that the form was issued to
    OTHER_UNIT = "other unit"


CODES: Mapping[Meaning, Code] = {
    Meaning.EDITED: "locked_text_changed",
    Meaning.OTHER_LABEL: "label_of_another",
    Meaning.OTHER_UNIT: "unit_differs",
}


@dataclass(frozen=True, slots=True)
class ChangedText:
    """A printed cell that does not hold its text, with its present place, and what it holds."""

    printed: PrintedText
    value: object
    meaning: Meaning = Meaning.EDITED


@dataclass(frozen=True, slots=True)
class ComparedSheet:
    """A sheet of the form beside the sheet of its name in a returned workbook.

    `texts` are what it prints for the unit. It `agrees` when they all stand there; it is
    `as_issued` when nothing else does.
    """

    issued: IssuedSheet
    texts: Sequence[PrintedText]
    agrees: bool
    as_issued: bool


@dataclass(frozen=True, slots=True)
class FoundSheets:
    """Where everything of a form is, what was done to it, and whether it names another unit."""

    whereabouts: Whereabouts
    findings: tuple[Finding, ...] = ()
    name_another_unit: bool = False


def sheets_there(whereabouts: Whereabouts) -> Iterator[tuple[IssuedSheet, SheetNow]]:
    """The sheets of a form that a workbook still has, each as issued and as it is now."""
    for sheet, now in zip(issued_sheets(whereabouts.layout), whereabouts.sheets, strict=True):
        if now.present:
            yield sheet, now


def compare_sheets(
    workbook: Workbook, layout: Layout, identity: Identity
) -> tuple[ComparedSheet, ...]:
    """Compare the sheets of a workbook with those of the form of one unit, each with its like."""
    values = values_of(identity)
    found = []
    for issued in issued_sheets(layout):
        texts = []
        for one in issued.printed:
            if per_unit(one.template):
                one = replace(one, text=fill_text(one.template, values))
            texts.append(one)
        grid = workbook.rows(issued.name)
        agrees = issued.name in workbook.names and not changed_texts(grid, texts)
        alone = agrees and not any(filled_cells(grid, issued.filled))
        found.append(ComparedSheet(issued, texts, agrees, alone))
    return tuple(found)


def foreign_sheets(workbook: Workbook, layout: Layout) -> list[str]:
    """The sheets of a workbook whose names are neither the form's nor ptxl's own."""
    issued = {sheet.name for sheet in issued_sheets(layout)}
    names = [name for name in workbook.names if name not in issued]
    known = own_names(workbook, names, layout.form.language)
    return [name for name in names if name not in known]


def own_names(workbook: Workbook, names: Iterable[str], language: Language) -> frozenset[str]:
    """The names of sheets that ptxl adds to a form in this language, with that of a review among
    these names that somebody renamed."""
    usual = own_sheets(language)
    reviews = (name for name in names if name not in usual and _is_review(workbook, name))
    return usual.union(reviews)


def _is_review(workbook: Workbook, name: str) -> bool:
    return is_review(dict(enumerate(row)) for row in workbook.rows(name))


def values_of(identity: Identity) -> dict[str, str]:
    """The values that printed texts show of a unit and its form, by the names of placeholders."""
    return {**identity.unit.texts(), "serial": identity.serial}


def value_at(grid: Grid, at: Position) -> object:
    """The value of a cell; '' outside of the sheet's content."""
    row, column = at
    if row < len(grid) and column < len(grid[row]):
        return grid[row][column]
    return ""


def same_text(value: object, text: str) -> bool:
    """Whether a cell shows a text, white space aside."""
    return squeeze(str(value)) == squeeze(text)


def changed_texts(grid: Grid, texts: Iterable[PrintedText]) -> list[ChangedText]:
    """The printed cells that do not hold their text, white space aside."""
    changed = []
    for one in texts:
        value = value_at(grid, (one.row, one.column))
        if value != one.text and not same_text(value, one.text):
            changed.append(ChangedText(one, value))
    return changed


def cells_of(grid: Grid) -> Iterator[tuple[Position, object]]:
    """Place and value of each cell that is not empty."""
    for row, values in enumerate(grid):
        for column, value in enumerate(values):
            if value != "":
                yield (row, column), value


def filled_cells(grid: Grid, known: Collection[Position]) -> Iterator[tuple[Position, str]]:
    """Place and text of each filled cell that is not known."""
    for at, value in cells_of(grid):
        raw = cell_value(value) if at not in known else None
        if raw is not None:
            yield at, str(raw)


def names_another(template: str, value: object, values: Mapping[str, str]) -> bool:
    """Whether a changed text shows another unit in place of its own, or none where it reads
    otherwise. `values` are those of the unit that the form was issued to."""
    words, names = split_text(template)
    raw = cell_value(value)
    if raw is None:
        return False
    shown = squeeze(str(raw))
    around = "(.*)".join(re.escape(squeeze(word)) for word in words)
    # Matching takes a power of the length, and the text is a stranger's.
    found = re.fullmatch(around, shown) if len(shown) < _LONGEST_MATCHED else None
    for position, name in enumerate(names):
        wanted = squeeze(values.get(name, ""))
        differs = found[position + 1] != wanted if found else wanted not in shown
        if name in _NAMES_OF_UNIT and differs:
            return True
    return False


def names_another_unit(changed: Iterable[ChangedText]) -> bool:
    """Whether one of the changed texts names another unit."""
    return any(one.meaning is Meaning.OTHER_UNIT for one in changed)


def changed_text_findings(sheet: str, changed: Iterable[ChangedText]) -> Iterator[Finding]:
    """Say which printed cells were changed, and whether they name another answer or unit.

    However many there are, whose form it is must be said.
    """
    for count, one in enumerate(changed):
        if count < _MOST_CHANGED_SHOWN or per_unit(one.printed.template):
            cell = cell_name(one.printed.row, one.printed.column)
            yield finding(CODES[one.meaning], sheet=sheet, cell=cell, expected=one.printed.text,
                          raw=one.value)  # fmt: skip
