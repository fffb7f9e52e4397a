"""One returned file → what is found in it, in words and as JSON, and the marked workbook."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from ptxl.check.waivers import waived
from ptxl.documents.document import dump
from ptxl.jobs.looking import Look, Marked, open_file
from ptxl.model.findings import Finding, Language, Severity, at_least
from ptxl.receive.workers import Opened
from ptxl.report import check_lines, submission_json


@dataclass(frozen=True, slots=True)
class Report:
    """What is told of one file: as JSON text, and in lines; and its marked copy, if wanted.

    `unit` is code and name of whose form it is. A file in which nothing was found has no lines, one
    without anything to mark no marked copy.
    """

    path: Path
    source: str
    unit: str
    unit_code: str
    errors: int
    warnings: int
    hints: int
    json: str
    lines: tuple[str, ...]
    marked: Marked | None = None
    #: whether the form bears a signature, right or wrong
    signed: bool = False
    #: the findings that are approved exceptions
    waived: tuple[Finding, ...] = ()


def report(
    file: Opened,
    *,
    look: Look,
    language: Language,
    indent: int | None = None,
    mark: Severity | None = None,
    codes: bool = False,
) -> Report:
    """What `look` (read or check) finds, in words and as JSON, and the marked workbook.

    What is at least as severe as `mark` is marked, and nothing without it. With `codes` each line
    shows the code of its finding.
    """
    workbook = open_file(file)
    checked = look(file, workbook=workbook)
    marked = None
    to_mark = at_least(checked.findings, mark) if mark else ()
    if to_mark:
        from ptxl.jobs.marking import marked_copy  # for those who want one

        marked = marked_copy(file, workbook, replace(checked, findings=to_mark), language)
    unit = checked.submission.identity.unit
    counts = Counter(found.severity for found in checked.findings)
    return Report(
        path=file.path,
        source=file.source,
        unit=f"{unit.code} {unit.name}",
        unit_code=unit.code,
        errors=counts["error"],
        warnings=counts["warning"],
        hints=counts["hint"],
        json=dump(submission_json(checked, language), indent=indent),
        lines=tuple(check_lines(checked, language, codes=codes)),
        marked=marked,
        signed=bool(checked.submission.identity.signature),
        waived=waived(checked.findings),
    )
