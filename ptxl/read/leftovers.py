"""What stands in a workbook and was not read, cell by cell.

Found from the cells alone, without the notes that reading makes of what it left: so nothing can
slip through both.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from ptxl.cells import cell_name
from ptxl.layout.helper_sheets import CHECK_SHEET, OWN_SHEETS
from ptxl.model.form import fill_marks
from ptxl.model.submission import Submission
from ptxl.read.formats.common import Position
from ptxl.read.unclaimed import is_banner
from ptxl.read.workbook import Workbook, cell_value
from ptxl.text import squeeze
from ptxl.values.cell_text import plain

#: findings on printed cells: what these say now is no answer
_PRINTED = ("locked_text_changed", "label_of_another")
_DIGITS = re.compile(r"\d+")
_ANYTHING = "\x00"


def left_over(workbook: Workbook, submission: Submission) -> Iterator[tuple[str, str, str]]:
    """Sheet, cell and text of what the form does not print and nobody read."""
    read = _read_cells(submission)
    added = _added_rows(submission)
    for name in workbook.names:
        if name in OWN_SHEETS:
            continue
        printed = _texts(submission, name)
        bare = {_DIGITS.sub("", text) for text in printed}
        odd = workbook.odd(name)
        for row, values in enumerate(workbook.grid(name)):
            for column, value in enumerate(values):
                at, cell = (row, column), cell_name(row, column)
                text = _shown(workbook, name, at) if at in odd else _plain(value)
                squeezed = squeeze(text)
                if not text or is_banner(text) or read.get((name, cell)) in (text, _ANYTHING):
                    continue
                if printed[squeezed]:
                    printed[squeezed] -= 1
                elif (name, row) not in added or _DIGITS.sub("", squeezed) not in bare:
                    yield name, cell, text


def _shown(workbook: Workbook, name: str, at: Position) -> str:
    """What a cell with a formula shows, or the formula where it shows nothing; nothing for ours."""
    doubt = workbook.doubt(name, at)
    formula = str(doubt.facts.get("formula", "")) if doubt else ""
    if doubt is None or CHECK_SHEET in formula:
        return ""
    return formula if doubt.value is None else plain(doubt.value)


def _plain(value: object) -> str:
    raw = None if value == "" else cell_value(value)
    return "" if raw is None else plain(raw)


def _read_cells(submission: Submission) -> dict[tuple[str, str], str]:
    """The cells that answers were read from, and printed cells that were altered: `_ANYTHING`.

    A program that undoes a merge repeats an answer in all cells under it: there, with its text.
    """
    found: dict[tuple[str, str], str] = {}
    for path, entry in submission.entries.items():
        place = submission.layout.places[path]
        at = (place.sheet, place.row, place.column)
        number, top, left = (submission.moved or {}).get(path, at)
        name = submission.sheet_names[number]
        for row in range(top, top + place.down):
            for column in range(left, left + place.across):
                found[name, cell_name(row, column)] = plain(entry.raw)
        found[name, cell_name(top, left)] = _ANYTHING
    altered = (one for one in submission.findings if one.code in _PRINTED)
    found |= {(one.sheet, one.cell): _ANYTHING for one in altered}
    return found


def _added_rows(submission: Submission) -> set[tuple[str, int]]:
    """Sheet and row of those that the form was not issued with."""
    issued = submission.layout.issued or submission.layout
    return {
        (submission.sheet_names[sheet], row)
        for path, (sheet, row, _) in (submission.moved or {}).items()
        if path not in issued.fields
    }


def _texts(submission: Submission, name: str) -> Counter[str]:
    """How often each text is printed on a sheet; on a copy or a stranger, on any of ours.

    A text over several cells counts for each, as programs repeat it that undo merges.
    """
    unit = submission.identity.unit
    marks = {**unit.marks(), "serial": submission.identity.serial}
    found: Counter[str] = Counter()
    for now, sheet in zip(submission.sheet_names, submission.layout.sheets, strict=True):
        if now == name or name not in submission.sheet_names:
            here: Counter[str] = Counter()
            for placed in sheet.cells:
                field_ = placed.cell.field
                text = field_.blank if field_ else placed.cell.text
                here[squeeze(fill_marks(text, marks))] += placed.place.across * placed.place.down
            found |= here
    return found
