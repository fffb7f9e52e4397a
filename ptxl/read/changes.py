"""What was done to a workbook as such, and to the sheets that ptxl adds to a form → findings.

None of it costs an answer: the reader needs neither locks nor merges nor lists. A reviewer may
want to know, and where many forms come back like that, whoever issues them. Who edits the guide,
the self-check, the lists or a reviewer's cells means to mislead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace

from ptxl.cells import Box, cell_name, column_name, neighbours
from ptxl.layout.helper_sheets import (
    CHECK_LINES_SHEET,
    IDENTITY_SHEET,
    LIST_SHEET,
    MAP_SHEET,
    helper_sheets,
    labels_in,
    unit_line,
)
from ptxl.layout.identity import FORMULA_COUNT
from ptxl.layout.issued_sheets import IssuedSheet, Position, PrintedText
from ptxl.model.findings import Code, Finding, finding
from ptxl.model.form import fill_text
from ptxl.model.layout import Layout, Place
from ptxl.model.path import Path
from ptxl.model.submission import At, Entry, Identity, SheetNow, Whereabouts
from ptxl.read.answers import Answers
from ptxl.read.compare import (
    ChangedText,
    Meaning,
    cells_of,
    names_another,
    same_text,
    sheets_there,
    value_at,
    values_of,
)
from ptxl.read.formats.common import SheetState
from ptxl.read.looks import LaidOver, Looks, SheetLook
from ptxl.read.workbook import Workbook
from ptxl.text import is_read_otherwise, plain, squeeze
from ptxl.values.kinds import kind_of
from ptxl.words import LANGUAGES, Phrase, Speaker, phrase

#: what a changed line says, by whether it names another unit
_MEANING = {True: Meaning.OTHER_UNIT, False: Meaning.EDITED}
_COUNT = re.compile("[0-9]{1,5}")
_LONGEST_SHOWN = 60
#: rows in which the guide says whose form it is, even after some were inserted
_TOP_OF_GUIDE = 6


# -- the sheets that ptxl adds


def guide_changes(workbook: Workbook, layout: Layout, identity: Identity) -> list[ChangedText]:
    """Find where the guide says whose form it is, and does so no longer."""
    values = values_of(identity)
    line = unit_line(layout.form.language)
    expected = fill_text(line, values)
    top = workbook.rows(helper_sheets(layout.form.language).guide)[:_TOP_OF_GUIDE]
    if any(expected in row for row in top):
        return []
    labelled = re.compile("|".join(re.escape(squeeze(label)) for label in labels_in(line)))
    found = []
    for at, value in cells_of(top):
        if labelled.search(squeeze(str(value))) and not same_text(value, expected):
            meaning = _MEANING[names_another(line, value, values)]
            found.append(ChangedText(PrintedText(*at, expected, line), value, meaning))
    return found


def helper_sheet_findings(workbook: Workbook, layout: Layout) -> Iterator[Finding]:
    """Say what was changed on the self-check and the hidden lists."""
    check, names = helper_sheets(layout.form.language).check, workbook.names
    there = [name for name in (check, CHECK_LINES_SHEET) if name in names]
    if check in names and sum(map(workbook.formula_count, there)) < _formulas_issued(workbook):
        yield finding("self_check_changed", sheet=check)
    if LIST_SHEET in names and not _lists_stand(workbook, layout):
        yield finding("lists_changed")


def _formulas_issued(workbook: Workbook) -> int:
    """How many formulas the self-check was written with: making them anew would cost a second."""
    pairs = {row[0]: str(row[1]) for row in workbook.rows(IDENTITY_SHEET) if len(row) > 1}
    count = pairs.get(FORMULA_COUNT, "")
    return int(count) if _COUNT.fullmatch(count) else 0


def _lists_stand(workbook: Workbook, layout: Layout) -> bool:
    """Whether every list still shows its words, white space aside."""
    body = workbook.grid(LIST_SHEET)[1:]
    for block in layout.lists.values():
        shown = tuple(value_at(body, (row, block.column + 1)) for row in range(len(block.names)))
        if shown != block.names and not all(map(same_text, shown, block.names)):
            return False
    return True


# -- figures that the form was issued with


def prefilled_changes(
    figures: Mapping[str, str] | None, whereabouts: Whereabouts, answers: Answers
) -> Iterator[Finding]:
    """Say which figures are not those that the form was issued with, and what of an earlier stage
    is not what was approved; None are figures that the form's identity does not vouch for."""
    fields = whereabouts.layout.fields
    carried = {path for path, field in fields.items() if field.earlier}
    if figures is None:
        yield finding("carried_lost" if carried else "prefilled_lost")
        return
    known = carried | figures.keys() & fields.keys()
    for path in sorted(known - answers.unread - whereabouts.uncertain):
        field, entry = fields[path], answers.entries.get(path)
        raw, expected = entry.raw if entry else "", figures.get(path, "")
        parse = kind_of(field).parse
        if parse(raw, field).value != parse(expected, field).value:
            code: Code = "carried_changed" if field.earlier else "prefilled_changed"
            sheet, cell = whereabouts.where(path)
            yield finding(code, path=path, sheet=sheet, cell=cell, label=field.label,
                          expected=expected, raw=plain(raw))  # fmt: skip


# -- the workbook and its sheets


def changes_of(
    workbook: Workbook, whereabouts: Whereabouts, entries: Mapping[str, Entry], looks: Looks
) -> Iterator[Finding]:
    """Say what was done to a workbook and its sheets; nothing of a form left as issued."""
    yield from _review_filled(whereabouts, entries)
    check = helper_sheets(whereabouts.layout.form.language).check
    helpers = {check: "self_check", LIST_SHEET: "lists", MAP_SHEET: "map"}
    if gone := [name for name in helpers if name not in workbook.names]:
        sheets = tuple(phrase(f"helpers.{helpers[name]}", name=name) for name in gone)
        yield finding("helper_sheets_removed", sheets=sheets)
    cleaned = _cleaned_cells(whereabouts, entries)
    for sheet, now in sheets_there(whereabouts):
        if now.name in workbook.hidden:
            yield finding("sheet_hidden", sheet=now.name)
        state, look = workbook.state(now.name), looks.sheet(now.name)
        yield from _sheet_findings(_with_low_lines(state, look), sheet, now, whereabouts)
        yield from _laid_over(now.name, _not_own(look.laid_over, sheet, whereabouts))
        if look.conditional or look.hides_zeros:
            answers = {one.path: entries[one.path] for one in sheet.asked if one.path in entries}
            yield from _seen_otherwise(look, whereabouts, answers)
        if now.name in cleaned:
            yield finding("characters_cleaned", sheet=now.name, cells=tuple(cleaned[now.name]))


def _review_filled(whereabouts: Whereabouts, entries: Mapping[str, Entry]) -> Iterator[Finding]:
    """Say what stands in cells that only a reviewer fills."""
    for path, entry in entries.items():
        asked = whereabouts.layout.fields[path]
        if asked.reviewer:
            sheet, cell = whereabouts.where(path)
            yield finding("review_filled", path=path, sheet=sheet, cell=cell, label=asked.label,
                          raw=entry.raw)  # fmt: skip


def _cleaned_cells(whereabouts: Whereabouts, entries: Mapping[str, Entry]) -> dict[str, list[str]]:
    """The cells, by sheet, whose text is read as other characters than it was typed with."""
    found: dict[str, list[str]] = {}
    for path, entry in entries.items():
        folds = kind_of(whereabouts.layout.fields[path]).folds
        if isinstance(entry.raw, str) and is_read_otherwise(entry.raw, folds=folds):
            sheet, cell = whereabouts.where(path)
            found.setdefault(sheet, []).append(cell)
    return found


def _sheet_findings(
    state: SheetState, sheet: IssuedSheet, now: SheetNow, whereabouts: Whereabouts
) -> Iterator[Finding]:
    if state.protected is False:
        yield finding("protection_removed", sheet=now.name)
    hidden = _hidden(state, sheet, whereabouts)
    if hidden:
        code: Code = "rows_filtered" if state.filtered else "rows_hidden"
        yield finding(code, sheet=now.name, what=hidden)
    added = tuple(box.name for box in sorted(_added(state.merges, sheet, whereabouts)))
    if added:
        yield finding("merges_added", sheet=now.name, cell=added[0].partition(":")[0], cells=added)
    starts = {(row, column) for row, column, _, _ in state.merges}
    apart = sorted(_merged_now(sheet, whereabouts) - starts)
    if apart:
        yield finding("merges_undone", sheet=now.name, cells=tuple(cell_name(*at) for at in apart))
    choices = whereabouts.cells(sheet.choices)
    bare = tuple(at.cell for at in choices if not _within(at, state.dropdowns))
    if bare:
        yield finding("validation_removed", sheet=now.name, cells=bare)


def _with_low_lines(state: SheetState, look: SheetLook) -> SheetState:
    """Rows and columns of no size are hidden, too."""
    if not look.low_rows and not look.narrow_columns:
        return state
    rows, columns = state.hidden_rows | look.low_rows, state.hidden_columns | look.narrow_columns
    return replace(state, hidden_rows=rows, hidden_columns=columns)


def _not_own(
    things: Sequence[LaidOver], sheet: IssuedSheet, whereabouts: Whereabouts
) -> list[LaidOver]:
    """What lies over a sheet without the pictures of the form itself, each in its own cell."""
    found = list(things)
    for placed in sheet.cells if found else ():
        if placed.cell.picture:
            box = _box_now(placed.place, sheet, whereabouts)
            own = next((thing for thing in found if _lies_in(thing, box)), None)
            found = [thing for thing in found if thing is not own]
    return found


def _box_now(place: Place, sheet: IssuedSheet, whereabouts: Whereabouts) -> Box:
    """Where a printed cell is now: as far down as the last field above it has moved."""
    moved = 0
    for asked in sheet.asked:
        at = whereabouts.of(asked.path)
        if asked.row <= place.row and isinstance(at, At):
            moved = at.row - asked.row
    top, left = place.row + moved, place.column
    return Box(top, left, top + place.down - 1, left + place.across - 1)


def _lies_in(thing: LaidOver, box: Box) -> bool:
    """Whether a picture without a text covers nothing beside a box."""
    if thing.what != "drawing" or thing.text.strip() or thing.to is None:
        return False
    return box.holds(*thing.at) and box.holds(*thing.to)


def _laid_over(sheet: str, things: Sequence[LaidOver]) -> Iterator[Finding]:
    """Say what lies over a sheet, but for the notes that ptxl marks findings with."""
    if not things:
        return
    own = tuple(Speaker(language).say("review.heading") for language in LANGUAGES)
    for thing in things:
        text, what = thing.text.strip(), phrase(f"looks.{thing.what}")
        says_nothing = thing.what == "note" and not text
        if not says_nothing and not text.startswith(own):
            yield finding("laid_over", sheet=sheet, cell=cell_name(*thing.at), what=what,
                          raw=text[:_LONGEST_SHOWN])  # fmt: skip


def _seen_otherwise(
    look: SheetLook, whereabouts: Whereabouts, answers: Mapping[Path, Entry]
) -> Iterator[Finding]:
    """Say which answers of a sheet its conditional formats or its view may show otherwise."""
    zeros = [path for path, entry in answers.items() if look.hides_zeros and entry.raw == 0]
    covered = [at for at in whereabouts.cells(answers) if _within(at, look.conditional)]
    named: tuple[tuple[Code, list[At]], ...] = (
        ("shown_by_condition", covered), ("zeros_hidden", whereabouts.cells(zeros)),
    )  # fmt: skip
    for code, cells in named:
        if cells:
            first, names = cells[0], tuple(at.cell for at in cells)
            yield finding(code, sheet=first.sheet, cell=first.cell, cells=names)


def _added(merges: Set[Box], sheet: IssuedSheet, whereabouts: Whereabouts) -> Iterator[Box]:
    """The merged cells that hide something which the form prints or asks."""
    added = merges - sheet.merged_boxes
    if not added:
        return
    shown = _places(whereabouts, [cell.path for cell in sheet.asked])
    if not _has_moved(sheet, whereabouts):
        shown |= sheet.filled
    for box in added:
        behind = shown - {(box.top, box.left)}
        if any(box.holds(*at) for at in behind):
            yield box


def _hidden(state: SheetState, sheet: IssuedSheet, whereabouts: Whereabouts) -> tuple[Phrase, ...]:
    """The hidden rows and columns among those of the form."""
    if not state.hidden_rows and not state.hidden_columns:
        return ()
    size = sheet.layout.sheets[sheet.number]
    asked = whereabouts.cells(cell.path for cell in sheet.asked)
    last = max((at.row for at in asked), default=size.rows - 1)
    rows = sorted(state.hidden_rows & set(range(last + 1)))
    columns = sorted(state.hidden_columns & set(range(size.columns)))
    runs = tuple(_run(first + 1, last + 1) for first, last in neighbours(rows))
    shown = [phrase("values.column", name=column_name(column)) for column in columns]
    return (phrase("values.rows", rows=runs), *shown) if runs else tuple(shown)


def _run(first: int, last: int) -> str:
    """`9`, or `3-5`."""
    return str(first) if first == last else f"{first}-{last}"


def _merged_now(sheet: IssuedSheet, whereabouts: Whereabouts) -> set[Position]:
    """Where the merged cells of a sheet begin; of a sheet whose rows moved, those of its fields."""
    if _has_moved(sheet, whereabouts):
        fields = [placed.cell.field.path for placed in sheet.merged if placed.cell.field]
        return _places(whereabouts, fields)
    return {(placed.place.row, placed.place.column) for placed in sheet.merged}


def _has_moved(sheet: IssuedSheet, whereabouts: Whereabouts) -> bool:
    """Whether a field of a sheet is not where it was issued."""
    return any(cell.path in whereabouts.elsewhere for cell in sheet.asked)


def _places(whereabouts: Whereabouts, fields: Iterable[Path]) -> set[Position]:
    return {(at.row, at.column) for at in whereabouts.cells(fields)}


def _within(at: At, areas: Iterable[Box]) -> bool:
    return any(area.holds(at.row, at.column) for area in areas)
