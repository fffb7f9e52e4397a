"""An open workbook → what happened to it before: the submission it was made of, its last saving."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from ptxl.layout.helper_sheets import MARKS_SHEET
from ptxl.layout.identity import CAME_FROM_AT, CAME_FROM_NAME, ISSUED
from ptxl.read.workbook import Workbook

_DIGEST = re.compile("[0-9a-f]{64}")
#: clocks of machines that have lost the time tell of years before
_FIRST_YEAR = 2000


def read_origin(workbook: Workbook) -> str:
    """Return the content hash of the submission that a marked copy was made of.

    "" when no place tells one, and when places tell different ones or something else.
    """
    row, column = CAME_FROM_AT
    told = {
        workbook.defined_names().get(CAME_FROM_NAME, ""),
        workbook.properties().get(CAME_FROM_NAME, ""),
        *(str(value).strip() for value in _cells(workbook, row)[column : column + 1]),
    }
    told.discard("")
    digest = told.pop() if len(told) == 1 else ""
    return digest if _DIGEST.fullmatch(digest) else ""


def _cells(workbook: Workbook, row: int) -> list[object]:
    """The cells of one row of the sheet of marks."""
    rows = workbook.rows(MARKS_SHEET)
    return list(rows[row]) if row < len(rows) else []


def read_saved(workbook: Workbook) -> datetime | None:
    """Return when a program last saved a workbook, in local time and without a zone.

    None where it does not say so, where that cannot be, and of a form as it was issued.
    """
    try:
        told = workbook.reader.saved()
        if told is None or told.replace(tzinfo=UTC) == ISSUED:
            return None
        local = told.astimezone().replace(tzinfo=None, microsecond=0)
    except (ValueError, OverflowError, OSError):  # no day, or none that the system knows
        return None
    return local if local.year >= _FIRST_YEAR else None
