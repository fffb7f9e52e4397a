"""One returned file and what is found in it → the same workbook, marked, or a list beside it."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

from ptxl.jobs.looking import Look, Marked, open_file
from ptxl.layout.helper_sheets import MARKS_SHEET
from ptxl.mark import findings_workbook, mark_workbook
from ptxl.mark.earlier import SUGGESTED_AT, Earlier, read_earlier
from ptxl.model.errors import WorkbookError
from ptxl.model.findings import Language, Severity, at_least
from ptxl.model.submission import CheckedSubmission
from ptxl.read import Workbook
from ptxl.receive.workers import Opened


def mark(file: Opened, *, look: Look, language: Language, severity: Severity) -> Marked:
    """The workbook with what `look` finds marked in it, where it is at least as severe as named."""
    workbook = open_file(file)
    checked = look(file, workbook=workbook)
    checked = replace(checked, findings=at_least(checked.findings, severity))
    return marked_copy(file, workbook, checked, language)


def marked_copy(
    file: Opened, workbook: Workbook, checked: CheckedSubmission, language: Language
) -> Marked:
    """The sender's workbook with marks, or a list where that cannot be had of this one."""
    trace = ""
    if workbook.kind == "xlsx" and not file.careful:
        came_from = sha256(file.data).hexdigest()
        try:
            made = mark_workbook(workbook.parts, checked, language, came_from=came_from)
            return Marked(True, made, language)
        except Exception:  # whatever comes of parts that nobody has read before
            trace = traceback.format_exc()
    made = findings_workbook(checked, language, _earlier(workbook))
    return Marked(False, made, language, trace)


def _earlier(workbook: Workbook) -> Earlier:
    """What people wrote on a review in the workbook, wherever that stands and whatever it is
    called: not every program keeps a name of it."""
    row, column = SUGGESTED_AT
    marks = _rows(workbook, MARKS_SHEET)
    suggested = marks[row].get(column, "") if row < len(marks) else ""
    seen = [name for name in workbook.names if name not in workbook.hidden]
    return read_earlier((_rows(workbook, name) for name in seen), str(suggested))


def _rows(workbook: Workbook, name: str) -> list[Mapping[int, object]]:
    """The rows of a sheet, each by its columns; none where nobody can read them."""
    try:
        return [dict(enumerate(row)) for row in workbook.rows(name)]
    except WorkbookError:
        return []
