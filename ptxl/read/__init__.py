"""A workbook, whatever came back → Submission. The door of this folder.

workbook   bytes → sheets and their values, whatever the format
formats/   what a format says beyond values, and a second reading
claims     which form the workbook says it is, and whether that is true; which submission it was
           made of, and when it was saved
compare    whether its sheets print what they should, and nothing else
locate/    if not: where its sheets, rows and fields are now
looks/     how its cells look
seen       what may be read of a cell that shows something else than it holds
answers    what was typed into its fields
changes    what was done to the workbook as such, and to the sheets that ptxl adds
unclaimed  what stands on a sheet and belongs to no field
leftovers  what stands there and was not read, cell by cell: for `repair`, which lists it
"""

from __future__ import annotations

from dataclasses import dataclass

from ptxl.layout.helper_sheets import IDENTITY_SHEET, helper_sheets
from ptxl.layout.identity import read_prefilled, row_ids
from ptxl.model.findings import Finding
from ptxl.model.layout import Layout
from ptxl.model.submission import Identity, Submission, Trust, Whereabouts, as_issued
from ptxl.read.answers import read_answers
from ptxl.read.changes import (
    changes_of,
    guide_changes,
    helper_sheet_findings,
    prefilled_changes,
)
from ptxl.read.claims import (
    Claims,
    judge_claims,
    layout_of,
    read_claims,
    read_origin,
    read_saved,
)
from ptxl.read.compare import (
    FoundSheets,
    changed_text_findings,
    compare_sheets,
    foreign_sheets,
    names_another_unit,
)
from ptxl.read.workbook import Workbook, open_workbook
from ptxl.receive.sniff import Limits
from ptxl.template import Templates

__all__ = ["Located", "Workbook", "find_form", "open_workbook", "read_submission", "submission_of"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Located:
    """Which form a workbook is, how far that can be trusted, and where its fields stand."""

    identity: Identity
    whereabouts: Whereabouts
    trust: Trust

    @property
    def layout(self) -> Layout:
        """The form, with the rows that were added to it."""
        return self.whereabouts.layout


def read_submission(
    data: bytes, templates: Templates, source: str = "", *,
    key: bytes = b"", limits: Limits | None = None,
) -> Submission:  # fmt: skip
    """Read a returned workbook (xlsx, xls or ods, as bytes), field by field.

    With the `key` of a round, findings name a form that was not issued with it. Raises
    WorkbookError, naming why and what to do, when it is no workbook or no form of ours.
    """
    return submission_of(open_workbook(data, limits), templates, source, key=key)


def submission_of(
    workbook: Workbook,
    templates: Templates,
    source: str = "",
    issued: Identity | None = None,
    *,
    key: bytes = b"",
) -> Submission:
    """Read an open workbook as the form that it says it is, or as the one `issued`."""
    located, findings = find_form(workbook, templates, issued, key=key)
    whereabouts = located.whereabouts
    looks = workbook.looks
    answers = read_answers(workbook, whereabouts, looks)
    changes = changes_of(workbook, whereabouts, answers.entries, looks)
    figures = read_prefilled(workbook.rows(IDENTITY_SHEET), located.identity)
    changed = prefilled_changes(figures, whereabouts, answers)
    return Submission(
        source=source,
        identity=located.identity,
        whereabouts=whereabouts,
        entries=answers.entries,
        ids=row_ids(figures or {}, whereabouts.layout),
        shown=answers.shown,
        findings=(*findings, *answers.findings, *changed, *changes),
        unread=whereabouts.uncertain | answers.unread,
        trust=located.trust,
        came_from=read_origin(workbook),
        saved=read_saved(workbook),
    )


def find_form(
    workbook: Workbook,
    templates: Templates,
    issued: Identity | None = None,
    *,
    key: bytes = b"",
) -> tuple[Located, tuple[Finding, ...]]:
    """Find out which form a workbook is, or take it for the one `issued`, and where its fields are.

    Returns that, and what differs from the form as issued. Raises WorkbookError as
    `read_submission` does.
    """
    claims = Claims(issued) if issued else read_claims(workbook, key)
    layout = layout_of(claims.identity, templates)
    trust, about_claims = judge_claims(claims, layout, key)
    sheets = _found_sheets(workbook, layout, claims.identity)
    guide = guide_changes(workbook, layout, claims.identity)
    if trust is Trust.FULL and (sheets.name_another_unit or names_another_unit(guide)):
        trust = Trust.DOUBTFUL
    located = Located(identity=claims.identity, whereabouts=sheets.whereabouts, trust=trust)
    return located, (
        *about_claims,
        *sheets.findings,
        *changed_text_findings(helper_sheets(layout.form.language).guide, guide),
        *helper_sheet_findings(workbook, layout),
    )


def _found_sheets(workbook: Workbook, layout: Layout, identity: Identity) -> FoundSheets:
    """Find the sheets and fields of a form.

    Where all printed cells agree with the form and nothing stands beside them, answers are where
    they were put.
    """
    compared = compare_sheets(workbook, layout, identity)
    if all(one.as_issued for one in compared) and not foreign_sheets(workbook, layout):
        return FoundSheets(as_issued(layout))
    from ptxl.read.locate import locate_fields  # most sheets are as issued

    return locate_fields(workbook, layout, identity, compared)
