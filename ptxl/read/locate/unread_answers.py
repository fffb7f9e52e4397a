"""Filled cells that belong to no field → those that seem to hold an answer all the same. Pure.

A note beside the form is none. Something within it is, and so is a row somewhere else that looks
like one of the form's: it was cut and pasted, or typed where no row is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from ptxl.layout.issued_sheets import AskedCell, Position
from ptxl.read.locate.added_rows import growing_tables
from ptxl.read.locate.place import FollowedSheet
from ptxl.text import squeeze

#: rows beside the form that are looked at
_MOST_ROWS = 1_000
#: the fields in one row of the sheet, and how many of them a row like it must answer
_Row = tuple[Sequence[AskedCell], int]


def unread_answers(
    sheet: FollowedSheet, unclaimed: Iterable[tuple[Position, str]]
) -> frozenset[Position]:
    """Find the cells that seem to hold answers, of the `unclaimed` ones with their texts."""
    last_row = max(sheet.rows.places.values(), default=-1)
    columns = range(sheet.issued.layout.sheets[sheet.issued.number].columns)
    last_column = max((sheet.columns.places.get(column, -1) for column in columns), default=-1)
    found = set()
    beside: dict[int, dict[int, str]] = defaultdict(dict)
    for (row, column), text in unclaimed:
        if row <= last_row and column <= last_column:
            found.add((row, column))
        else:
            beside[row][column] = text
    if not beside:
        return frozenset(found)
    rows = tuple(_rows_of_fields(sheet))
    own = {squeeze(one.text) for one in sheet.texts}
    for row, texts in islice(beside.items(), _MOST_ROWS):
        labelled = len(texts) > 1 and not own.isdisjoint(map(squeeze, texts.values()))
        if labelled or any(_answers(sheet, like, texts) for like in rows):
            found.update((row, column) for column in texts)
    return frozenset(found)


def _rows_of_fields(sheet: FollowedSheet) -> Iterator[_Row]:
    """The last row of each table that may grow, and those that are blank and the map knows not."""
    by_row: dict[int, list[AskedCell]] = defaultdict(list)
    for cell in sheet.issued.asked:
        by_row[cell.row].append(cell)
    for on_sheet in growing_tables(sheet.issued):
        yield by_row[on_sheet.lines[-1]], 2
    for cells in by_row.values():
        if not any(cell.path in sheet.lines or _is_filled(sheet, cell) for cell in cells):
            required = any(sheet.issued.layout.fields[cell.path].required for cell in cells)
            yield cells, 1 if required else 2


def _is_filled(sheet: FollowedSheet, cell: AskedCell) -> bool:
    at = sheet.now(*cell.at)
    return at is not None and str(sheet.value(at)) not in ("", cell.blank)


def _answers(sheet: FollowedSheet, like: _Row, texts: Mapping[int, str]) -> bool:
    """Whether texts, by column, could be the answers of a row like another."""
    cells, least = like
    answered = 0
    for cell in cells:
        text = texts.get(sheet.columns.places.get(cell.column, -1))
        if text is not None and not sheet.issued.accepts(cell, text):
            return False
        answered += text is not None
    return answered >= least
