"""What was done to a workbook as such → findings, one for each sheet and kind.

None of it costs an answer: the reader needs neither locks nor merges nor lists. A reviewer may
want to know, and where many forms come back like that, whoever issues them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from ptxl.cells import Box, cell_name, column_name
from ptxl.layout.helper_sheets import CHECK_SHEET, LIST_SHEET, MAP_SHEET
from ptxl.model.findings import Finding, finding
from ptxl.model.layout import Layout
from ptxl.model.submission import Entry
from ptxl.read.formats.common import Position, SheetState
from ptxl.read.locate.fields import Located
from ptxl.read.workbook import Workbook
from ptxl.values.cell_text import is_read_otherwise
from ptxl.values.kinds import kind_of
from ptxl.words import Phrase, phrase

#: sheets that ptxl adds, each with the code of what is missing without it
_HELPERS = {CHECK_SHEET: "self_check", LIST_SHEET: "lists", MAP_SHEET: "map"}


def altered_findings(
    workbook: Workbook, located: Located, entries: Mapping[str, Entry]
) -> Iterator[Finding]:
    """What was done to the workbook and its sheets; nothing for a form left as issued."""
    gone = [name for name in _HELPERS if name not in workbook.names]
    if gone:
        sheets = tuple(phrase(f"helpers.{_HELPERS[name]}", name=name) for name in gone)
        yield finding("helper_sheets_removed", sheets=sheets)
    cleaned: dict[int, list[str]] = {}
    for path, entry in entries.items():
        folds = kind_of(located.layout.fields[path]).folds
        if isinstance(entry.raw, str) and is_read_otherwise(entry.raw, folds=folds):
            _, row, column = located.position(path)
            number = located.layout.places[path].sheet
            cleaned.setdefault(number, []).append(cell_name(row, column))
    for number, name in enumerate(located.sheet_names):
        if number not in located.lost:
            if name in workbook.hidden:
                yield finding("sheet_hidden", sheet=name)
            yield from _sheet_findings(workbook.state(name), located, number)
            if number in cleaned:
                yield finding("characters_cleaned", sheet=name, cells=tuple(cleaned[number]))


def _sheet_findings(state: SheetState, located: Located, number: int) -> Iterator[Finding]:
    name = located.sheet_names[number]
    if state.protected is False:
        yield finding("protection_removed", sheet=name)
    if hidden := _hidden(state, located, number):
        yield finding("rows_filtered" if state.filtered else "rows_hidden", sheet=name, what=hidden)
    starts = {(row, column) for row, column, _, _ in state.merges}
    if split := sorted(set(_merged_now(located, number)) - starts):
        yield finding("merges_undone", sheet=name, cells=tuple(cell_name(*at) for at in split))
    choices = (_now(located, path) for path in _choices(_issued(located), number))
    if bare := [at for at in choices if at and not _within(at, state.dropdowns)]:
        yield finding("validation_removed", sheet=name, cells=tuple(cell_name(*at) for at in bare))


def _issued(located: Located) -> Layout:
    """The form without the rows that were added to it, which have no merges and lists to lose."""
    return located.layout.issued or located.layout


def _hidden(state: SheetState, located: Located, number: int) -> tuple[Phrase, ...]:
    """The hidden rows and columns among those of the form."""
    if not state.hidden_rows and not state.hidden_columns:
        return ()
    sheet = _issued(located).sheets[number]
    places = [_now(located, path) for path in _fields(_issued(located), number)]
    rows = 1 + max((at[0] for at in places if at), default=sheet.rows - 1)
    lines = sorted(row + 1 for row in state.hidden_rows if row < rows)
    columns = sorted(column for column in state.hidden_columns if column < sheet.columns)
    rows_hidden = [phrase("values.rows", rows=_runs(lines))] if lines else []
    return (*rows_hidden, *(phrase("values.column", name=column_name(c)) for c in columns))


def _runs(numbers: Iterable[int]) -> tuple[str, ...]:
    """`3-5` and `9` for 3, 4, 5, 9."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return tuple("-".join(map(str, run)) for run in runs)


def _merged_now(located: Located, number: int) -> list[Position]:
    """Where the merged cells of a sheet begin; of a sheet whose rows moved, those of its fields."""
    merged = _merged(_issued(located), number)
    if located.gone or any(sheet == number for sheet, _, _ in located.moved.values()):
        return [at for path, _ in merged if path and (at := _now(located, path))]
    return [at for _, at in merged]


def _now(located: Located, path: str) -> Position | None:
    """Row and column of a field; None when it has no cell any more."""
    if path in located.gone:
        return None
    _, row, column = located.position(path)
    return row, column


@lru_cache(maxsize=256)
def _merged(layout: Layout, number: int) -> tuple[tuple[str, Position], ...]:
    """Path (of a field) and place of each merged cell of a sheet."""
    return tuple(
        (placed.cell.field.path if placed.cell.field else "",
         (placed.place.row, placed.place.column))
        for placed in layout.sheets[number].cells
        if placed.place.across > 1 or placed.place.down > 1
    )  # fmt: skip


@lru_cache(maxsize=256)
def _fields(layout: Layout, number: int) -> tuple[str, ...]:
    return tuple(path for path, place in layout.places.items() if place.sheet == number)


@lru_cache(maxsize=256)
def _choices(layout: Layout, number: int) -> tuple[str, ...]:
    """Fields of a sheet that offer a list."""
    return tuple(p for p in _fields(layout, number) if kind_of(layout.fields[p]).is_listed)


def _within(at: Position, areas: Iterable[Box]) -> bool:
    return any(area.holds(*at) for area in areas)
