"""A workbook and its submission → every filled cell that was not read, for `renew/repair` to list.

Found from the cells alone, without the notes that reading makes of what it left: so nothing can
slip through both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ptxl.cells import cell_name
from ptxl.layout.helper_sheets import CHECK_LINES_SHEET, helper_sheets, is_banner
from ptxl.layout.issued_sheets import IssuedSheet, Position, issued_sheets
from ptxl.model.form import fill_text
from ptxl.model.submission import Submission
from ptxl.read.compare import CODES, Meaning, cells_of, own_names, values_of
from ptxl.read.locate.added_rows import without_digits
from ptxl.read.workbook import Workbook, cell_value
from ptxl.text import plain, squeeze
from ptxl.words import Language

#: findings on printed cells: what these say now is no answer
_PRINTED = (CODES[Meaning.EDITED], CODES[Meaning.OTHER_LABEL])
_ANYTHING = "\x00"


def left_over(workbook: Workbook, submission: Submission) -> Iterator[tuple[str, str, str]]:
    """List sheet, cell and text of what the form does not print and nobody read."""
    read = _read_cells(submission)
    added = _added_rows(submission)
    language = submission.layout.form.language
    own = own_names(workbook, workbook.names, language)
    for name in workbook.names:
        if name in own:
            continue
        printed = _texts(submission, name)
        labels = {without_digits(text) for text in printed}
        for at, text in _shown_cells(workbook, name, language):
            cell, squeezed = cell_name(*at), squeeze(text)
            if is_banner(text, language) or read.get((name, cell)) in (text, _ANYTHING):
                continue
            if printed[squeezed]:
                printed[squeezed] -= 1
            elif (name, at[0]) not in added or without_digits(squeezed) not in labels:
                yield name, cell, text


def _shown_cells(
    workbook: Workbook, name: str, language: Language
) -> Iterator[tuple[Position, str]]:
    """Place and text of each filled cell of a sheet."""
    formulas = workbook.formulas_and_errors(name)
    checks = (helper_sheets(language).check, CHECK_LINES_SHEET)
    cells = {**dict(cells_of(workbook.grid(name))), **dict.fromkeys(formulas, "")}
    for at in sorted(cells):
        text = _shown(workbook, name, at, checks) if at in formulas else _text_of(cells[at])
        if text:
            yield at, text


def _shown(workbook: Workbook, name: str, at: Position, checks: Iterable[str]) -> str:
    """What a formula shows, or itself where it shows nothing; nothing of the self-check."""
    doubt = workbook.doubt(name, at)
    formula = str(doubt.facts.get("formula", "")) if doubt else ""
    if doubt is None or any(check in formula for check in checks):
        return ""
    return formula if doubt.value is None else plain(doubt.value)


def _text_of(value: object) -> str:
    raw = cell_value(value)
    return "" if raw is None else plain(raw)


def _read_cells(submission: Submission) -> dict[tuple[str, str], str]:
    """The cells that answers were read from, and printed cells that were altered: `_ANYTHING`.

    A program that undoes a merge repeats an answer in all cells under it: there, with its text.
    """
    found: dict[tuple[str, str], str] = {}
    for path, entry in submission.entries.items():
        (at,), place = submission.whereabouts.cells([path]), submission.layout.places[path]
        for row, column in replace(place, row=at.row, column=at.column).cells:
            found[at.sheet, cell_name(row, column)] = plain(entry.raw)
        found[at.sheet, at.cell] = _ANYTHING
    for at in submission.whereabouts.cells(submission.shown):
        found[at.sheet, at.cell] = _ANYTHING
    for one in submission.findings:
        if one.code in _PRINTED:
            found[one.sheet, one.cell] = _ANYTHING
    return found


def _added_rows(submission: Submission) -> set[tuple[str, int]]:
    """Sheet and row of those that the form was not issued with."""
    issued = submission.layout.issued or submission.layout
    added = submission.layout.fields.keys() - issued.fields.keys()
    return {(at.sheet, at.row) for at in submission.whereabouts.cells(added)}


def _texts(submission: Submission, name: str) -> Counter[str]:
    """How often each text is printed on a sheet; on a copy or an added one, on any."""
    values = values_of(submission.identity)
    found: Counter[str] = Counter()
    for now, sheet in zip(submission.sheet_names, issued_sheets(submission.layout), strict=True):
        if now == name or name not in submission.sheet_names:
            found |= _printed_on(sheet, values)
    return found


def _printed_on(sheet: IssuedSheet, values: dict[str, str]) -> Counter[str]:
    """How often a sheet prints each text.

    One over several cells counts for each, as programs repeat it that undo merges.
    """
    found: Counter[str] = Counter()
    for placed in sheet.cells:
        asked = placed.cell.field
        text = asked.blank if asked else placed.cell.text
        found[squeeze(fill_text(text, values))] += placed.place.across * placed.place.down
    return found
