"""A workbook, whatever came back → Submission. The door of this folder.

workbook       bytes → sheets and their values, whatever the format
formats/       what a format says beyond values, and a second reading
claims         which form the workbook says it is, and whether that is true
locate/        where its sheets, rows and fields are now
answers        what was typed into them
helper_sheets  whether the sheets that ptxl adds, and the reviewer's cells, are as issued
changes        what was done to the workbook as such
unclaimed      what stands on a sheet and belongs to no field
leftovers      what stands there and was not read, cell by cell: for `repair`, which lists it
"""

from __future__ import annotations

from ptxl.model.submission import Entry, Identity, Submission
from ptxl.read.answers import entries_on
from ptxl.read.changes import altered_findings
from ptxl.read.claims import (
    Issued,
    issued_findings,
    layout_of,
    printed_units,
    read_issued,
)
from ptxl.read.helper_sheets import own_findings, review_findings
from ptxl.read.locate.fields import Located, locate_fields
from ptxl.read.workbook import Workbook, open_workbook
from ptxl.receive.sniff import Limits
from ptxl.template import Templates

__all__ = ["Located", "Workbook", "locate", "open_workbook", "read_submission", "submission_of"]


def read_submission(
    data: bytes, templates: Templates, source: str = "", *,
    key: bytes = b"", limits: Limits | None = None,
) -> Submission:  # fmt: skip
    """What a workbook (xlsx, xls or ods, as bytes) holds, field by field.

    With the `key` of a round, forms that were not issued with it are told. Raises WorkbookError,
    naming why and what to do, when it is no workbook or no form of ours.
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
    """What an open workbook holds, read as the form that it says it is, or as the one `issued`."""
    located = locate(workbook, templates, issued, key=key)
    entries: dict[str, Entry] = {}
    for number in range(len(located.sheet_names)):
        if number not in located.lost:
            entries.update(entries_on(workbook, located, number))
    located.findings.extend(review_findings(located, entries))
    located.findings.extend(altered_findings(workbook, located, entries))
    return Submission(
        source=source,
        identity=located.identity,
        layout=located.layout,
        entries=entries,
        findings=tuple(located.findings),
        sheet_names=located.sheet_names,
        moved=located.moved,
        gone=frozenset(located.gone),
        unread=frozenset(located.unread),
    )


def locate(
    workbook: Workbook,
    templates: Templates,
    issued: Identity | None = None,
    *,
    key: bytes = b"",
) -> Located:
    """Find out which form a workbook is, and where its sheets and fields are now."""
    said = Issued(issued) if issued else read_issued(workbook, key)
    layout = layout_of(said.identity, templates)
    located = Located(said.identity, layout, (), [], {}, set())
    located.findings.extend(issued_findings(said, layout, key))
    locate_fields(workbook, located)
    located.findings.extend(own_findings(workbook, layout, said.identity))
    located.findings = list(printed_units(located.findings, layout, said.identity))
    return located
