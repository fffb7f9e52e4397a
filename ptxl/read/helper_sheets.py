"""The sheets that ptxl adds to a form, and the cells that a reviewer fills: are they as issued?

Nothing here is read as an answer; but who edits these means to mislead the clerk or the reviewer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from ptxl.cells import cell_name
from ptxl.layout.helper_sheets import CHECK_SHEET, GUIDE_SHEET, IDENTITY_SHEET, LIST_SHEET
from ptxl.layout.identity import FORMULA_COUNT
from ptxl.layout.instructions import UNIT_LINE
from ptxl.model.findings import Finding, finding
from ptxl.model.form import fill_marks
from ptxl.model.layout import Layout
from ptxl.model.submission import Entry, Identity
from ptxl.read.locate.fields import Located
from ptxl.read.workbook import Workbook
from ptxl.text import squeeze

#: rows in which the guide says whose form it is, even after some were inserted
_TOP_OF_GUIDE = 6
_ON_GUIDE = re.compile("填报单位|表单编号")


def own_findings(workbook: Workbook, layout: Layout, identity: Identity) -> Iterator[Finding]:
    """What was changed on the guide, the self-check and the hidden lists."""
    if GUIDE_SHEET in workbook.names:
        yield from _on_guide(workbook, identity)
    if CHECK_SHEET in workbook.names and workbook.formula_count(CHECK_SHEET) < _formulas(workbook):
        yield finding("self_check_changed", sheet=CHECK_SHEET)
    if LIST_SHEET in workbook.names and not _lists_stand(workbook, layout):
        yield finding("lists_changed")


def _on_guide(workbook: Workbook, identity: Identity) -> Iterator[Finding]:
    """Where the guide says whose form it is, and does so no longer."""
    expected = fill_marks(UNIT_LINE, {**identity.unit.marks(), "serial": identity.serial})
    top = workbook.grid(GUIDE_SHEET)[:_TOP_OF_GUIDE]
    for row, values in enumerate(() if any(expected in values for values in top) else top):
        for column, value in enumerate(values):
            text = squeeze(str(value))
            if _ON_GUIDE.search(text) and text != squeeze(expected):
                yield finding("locked_text_changed", sheet=GUIDE_SHEET, raw=value,
                              cell=cell_name(row, column), expected=expected)  # fmt: skip


def _formulas(workbook: Workbook) -> int:
    """How many formulas the self-check was written with: making them anew would cost a second."""
    rows = workbook.grid(IDENTITY_SHEET) if IDENTITY_SHEET in workbook.names else ()
    counts = (str(row[1]) for row in rows if len(row) > 1 and row[0] == FORMULA_COUNT)
    return next((int(count) for count in counts if count.isdecimal() and len(count) < 6), 0)


def _lists_stand(workbook: Workbook, layout: Layout) -> bool:
    body = workbook.grid(LIST_SHEET)[1:]
    for block in layout.lists.values():
        column = block.column + 1
        shown = tuple(row[column] for row in body[: len(block.names)] if column < len(row))
        if shown != block.names and [squeeze(str(text)) for text in shown] != [
            squeeze(name) for name in block.names
        ]:
            return False
    return True


def review_findings(located: Located, entries: Mapping[str, Entry]) -> Iterator[Finding]:
    """What stands in cells that only a reviewer fills."""
    for path in _reviewer_paths(located.layout):
        if path not in entries:
            continue
        sheet, row, column = located.position(path)
        yield finding("review_filled", path=path, sheet=sheet, cell=cell_name(row, column),
                      label=located.layout.fields[path].label, raw=entries[path].raw)  # fmt: skip


@lru_cache(maxsize=64)
def _reviewer_paths(layout: Layout) -> tuple[str, ...]:
    return tuple(field.path for field in layout.form.fields() if field.reviewer)
