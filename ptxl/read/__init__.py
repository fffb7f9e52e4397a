"""A workbook, whatever came back → Submission. The door of this folder.

workbook   bytes → sheets and their values, whatever the format
formats/   what a format says beyond values, and a second reading
claims     which form the workbook says it is, and whether that is true
compare    whether its sheets print what they should, and nothing else
locate/    if not: where its sheets, rows and fields are now
changes    what was done to the workbook as such, and to the sheets that ptxl adds
unclaimed  what stands on a sheet and belongs to no field
leftovers  what stands there and was not read, cell by cell: for `repair`, which lists it
"""

from __future__ import annotations

from dataclasses import dataclass

from ptxl.cells import cell_name
from ptxl.layout.helper_sheets import helper_sheets
from ptxl.layout.issued_sheets import AskedCell, Position, issued_sheets
from ptxl.model.findings import Finding, finding
from ptxl.model.layout import Layout
from ptxl.model.submission import (
    At,
    Entry,
    Identity,
    Submission,
    Trust,
    Whereabouts,
    as_issued,
)
from ptxl.read.changes import changes_of, guide_changes, helper_sheet_findings
from ptxl.read.claims import Claims, judge_claims, layout_of, read_claims
from ptxl.read.compare import (
    changed_text_findings,
    compare_sheets,
    foreign_sheets,
    names_another_unit,
    same_text,
    value_at,
)
from ptxl.read.locate import locate_fields
from ptxl.read.workbook import Workbook, cell_value, needs_second_look, open_workbook
from ptxl.receive.sniff import Limits
from ptxl.template import Templates

__all__ = ["Located", "Workbook", "locate", "open_workbook", "read_submission", "submission_of"]


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
    located, findings = locate(workbook, templates, issued, key=key)
    entries, unread, doubts = _answers(workbook, located.whereabouts)
    return Submission(
        source=source,
        identity=located.identity,
        whereabouts=located.whereabouts,
        entries=entries,
        findings=(*findings, *doubts, *changes_of(workbook, located.whereabouts, entries)),
        unread=unread | located.whereabouts.uncertain,
        trust=located.trust,
    )


def locate(
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
    whereabouts, about_sheets, other_unit = _whereabouts(workbook, layout, claims.identity)
    guide = guide_changes(workbook, layout, claims.identity)
    if trust is Trust.FULL and (other_unit or names_another_unit(guide)):
        trust = Trust.DOUBTFUL
    located = Located(identity=claims.identity, whereabouts=whereabouts, trust=trust)
    return located, (
        *about_claims,
        *about_sheets,
        *changed_text_findings(helper_sheets(layout.form.language).guide, guide),
        *helper_sheet_findings(workbook, layout),
    )


def _whereabouts(
    workbook: Workbook, layout: Layout, identity: Identity
) -> tuple[Whereabouts, tuple[Finding, ...], bool]:
    """Where everything is, what was done to it, and whether a printed text names another unit.

    Where all printed cells agree with the form and nothing stands beside them, answers are where
    they were put.
    """
    compared = compare_sheets(workbook, layout, identity)
    if all(one.as_issued for one in compared) and not foreign_sheets(workbook, layout):
        return as_issued(layout), (), False
    return locate_fields(workbook, layout, identity, compared)


def _answers(
    workbook: Workbook, whereabouts: Whereabouts
) -> tuple[dict[str, Entry], frozenset[str], list[Finding]]:
    """What was typed into the fields, the fields that cannot be read, and why.

    A second reader is asked about formulas and errors, and about every cell of a sheet that is not
    as it was issued.
    """
    entries: dict[str, Entry] = {}
    unread: set[str] = set()
    findings = []
    for sheet, now in zip(issued_sheets(whereabouts.layout), whereabouts.sheets, strict=True):
        if not now.present:
            continue
        grid, odd = workbook.grid(now.name), workbook.formulas_and_errors(now.name)
        careful = workbook.readers_may_differ(now.name) or not now.as_issued
        for asked in sheet.asked:
            at = _cell_of(asked, whereabouts)
            if at is None:
                continue
            value = value_at(grid, at)
            raw = None if value == "" else cell_value(value)
            doubt = None
            if careful or at in odd or needs_second_look(value):
                doubt = workbook.doubt(now.name, at)
            if doubt:
                raw = doubt.value
                label = whereabouts.layout.fields[asked.path].label
                findings.append(
                    finding(doubt.code, path=asked.path, sheet=now.name, cell=cell_name(*at),
                            label=label, **doubt.facts)
                )  # fmt: skip
                if raw is None:
                    unread.add(asked.path)
            if raw is not None and not (asked.blank and same_text(raw, asked.blank)):
                entries[asked.path] = Entry(raw)
    return entries, frozenset(unread), findings


def _cell_of(asked: AskedCell, whereabouts: Whereabouts) -> Position | None:
    """The present row and column of a field; None where it has no cell."""
    at = whereabouts.elsewhere.get(asked.path)
    if at is None:
        return asked.row, asked.column
    return (at.row, at.column) if isinstance(at, At) else None
