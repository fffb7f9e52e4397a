"""A workbook that is not as issued → where the sheets and fields of its form are now. The door.

sheets        which sheet is which
evidence      where rows and columns went, by what is printed and by the map
follow_lines  the same, of lines in general
place         where fields, texts and added rows are
added_rows    which rows a clerk added to tables
unread_answers  what seems to be an answer and stands in no field
explain       what was done to a sheet, as findings

Rows and columns are followed by what is printed on them and by the map in the hidden sheet. What
cannot be placed is reported and left unread, never guessed.
"""

from __future__ import annotations

from collections.abc import Sequence

from ptxl.layout.growth import with_rows
from ptxl.layout.helper_sheets import MAP_SHEET
from ptxl.layout.identity import read_map
from ptxl.model.findings import Finding
from ptxl.model.form import TableRow
from ptxl.model.layout import Layout
from ptxl.model.submission import At, Identity, Missing, SheetNow, Whereabouts
from ptxl.read.compare import (
    ComparedSheet,
    FoundSheets,
    foreign_sheets,
    names_another_unit,
)
from ptxl.read.locate.explain import explain
from ptxl.read.locate.place import FollowedSheet, PlacedSheet, follow, place
from ptxl.read.locate.sheets import Sheets, find_sheets
from ptxl.read.workbook import Workbook

Followed = Sequence[tuple[FollowedSheet, PlacedSheet]]


def locate_fields(
    workbook: Workbook, layout: Layout, identity: Identity, compared: Sequence[ComparedSheet]
) -> FoundSheets:
    """Find the sheets of the form, and on each of them its fields and the rows added to it."""
    sheets = Sheets(tuple(one.issued.name for one in compared))
    findings: list[Finding] = []
    if foreign_sheets(workbook, layout) or not all(one.agrees for one in compared):
        sheets, findings = find_sheets(workbook, compared)
    other_unit = False
    followed = []
    for one, name in zip(compared, sheets.names, strict=True):
        if one.as_issued or one.issued.number in sheets.missing:
            continue
        now = follow(one, identity, workbook, name, read_map(workbook.rows(MAP_SHEET)))
        placed = place(now)
        findings += explain(now, placed)
        other_unit = other_unit or names_another_unit(placed.changed)
        followed.append((now, placed))
    whereabouts = _whereabouts(layout, compared, sheets, followed)
    return FoundSheets(whereabouts, tuple(findings), other_unit)


def _whereabouts(
    layout: Layout, compared: Sequence[ComparedSheet], sheets: Sheets, followed: Followed
) -> Whereabouts:
    readable = {now.compared.issued.number: placed.readable for now, placed in followed}
    elsewhere: dict[str, At | Missing] = {}
    present = []
    for one, name in zip(compared, sheets.names, strict=True):
        number = one.issued.number
        if number in sheets.missing:
            why = Missing.GONE if number in sheets.spare else Missing.UNCERTAIN
            elsewhere.update(dict.fromkeys((cell.path for cell in one.issued.asked), why))
            present.append(SheetNow(name, as_issued=False, present=False))
        else:
            present.append(SheetNow(name, one.as_issued, readable.get(number, True)))
    for _, placed in followed:
        elsewhere.update(placed.elsewhere)
    added = []
    for _, placed in followed:
        added += [(row.table, row.like, row.above) for row in placed.added]
    if added:
        layout = with_rows(layout, tuple(added))
        elsewhere.update(_added_cells(layout, followed))
    return Whereabouts(layout, tuple(present), elsewhere)


def _added_cells(layout: Layout, followed: Followed) -> dict[str, At | Missing]:
    """The cells of added rows, which `layout` holds."""
    issued: dict[str, int] = {
        table.path: len(table.rows) for table in (layout.issued or layout).form.tables
    }
    rows: dict[str, TableRow] = {
        row.path: row for table in layout.form.tables for row in table.rows
    }
    found: dict[str, At | Missing] = {}
    for now, placed in followed:
        for added in placed.added:
            row = rows[f"{added.table}[{issued[added.table]}]"]
            issued[added.table] += 1
            for field in row.fields:
                column = now.columns.places[layout.places[field.path].column]
                found[field.path] = At(now.name, added.row, column)
    return found
