"""What is done with one returned file: bytes in, plain values out. Runs inside a worker."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path, PurePath
from typing import Protocol

from ptxl.check.submission import check_file_name, check_submission, type_values
from ptxl.check.waivers import Waivers, waive, waived
from ptxl.documents.document import Json, dump
from ptxl.layout.helper_sheets import MARKS_SHEET, helper_sheets
from ptxl.mark import findings_workbook, mark_workbook
from ptxl.mark.earlier import SUGGESTED_AT, Earlier, read_earlier
from ptxl.merge.rows import LeftOut, UnitSummary
from ptxl.merge.summarise import judge
from ptxl.merge.summarise import summarise as summarise_submission
from ptxl.model.errors import WorkbookError
from ptxl.model.findings import Finding, Language, Severity, at_least
from ptxl.model.submission import CheckedSubmission, Identity, Submission
from ptxl.outputs import fitting
from ptxl.read import Workbook, open_workbook, submission_of
from ptxl.receive.workers import Opened
from ptxl.renew.fill import fill_form
from ptxl.renew.repair import Repaired, repair_form, upgrade_form
from ptxl.report import check_lines, submission_json
from ptxl.words import DEFAULT_LANGUAGE


class Beside(Protocol):
    """What a form is laid beside, such as those of last year: its findings on the form."""

    def findings(self, checked: CheckedSubmission) -> tuple[Finding, ...]: ...


class Look(Protocol):
    """`read` or `check`: what is found in a file, opened anew unless its workbook is given."""

    def __call__(self, file: Opened, *, workbook: Workbook | None = None) -> CheckedSubmission: ...


@dataclass(frozen=True, slots=True)
class Marked:
    """A workbook that shows what was found: the sender's `own` one, or a list of its findings."""

    own: bool
    data: bytes
    language: Language
    #: where marking the sender's own came to an end
    trace: str = ""

    def name(self, original: str) -> str:
        """What to call it, after the file that it is about."""
        review = helper_sheets(self.language).review
        return original if self.own else fitting(PurePath(original).stem, f"_{review}.xlsx")


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


def read(file: Opened, *, workbook: Workbook | None = None) -> CheckedSubmission:
    """Typed values and what could not be read; no judgement."""
    return type_values(_submission(file, workbook))


def _submission(file: Opened, workbook: Workbook | None) -> Submission:
    terms = file.terms
    return submission_of(workbook or open_file(file), terms.templates, file.source, key=terms.key)


def open_file(file: Opened) -> Workbook:
    """The workbook in a file, opened within the limits. Raises WorkbookError."""
    return open_workbook(file.data, file.terms.limits)


def remember(file: Opened) -> UnitSummary:
    """All answers in a file, to compare others with; no judgement."""
    return summarise_submission(read(file))


def check(
    file: Opened, *, waivers: Waivers | None = None, beside: Sequence[Beside] = (),
    workbook: Workbook | None = None,
) -> CheckedSubmission:  # fmt: skip
    """Typed values and everything that a reviewer would object to, approved exceptions aside.

    What shows `beside` other things, such as the forms of last year, is said too.
    """
    checked = check_form(file, workbook or open_file(file), waivers=waivers, beside=beside)
    unit = checked.submission.identity.unit
    misnamed = tuple(check_file_name(file.path.name, unit))
    return replace(checked, findings=(*checked.findings, *misnamed))


def check_form(
    file: Opened, workbook: Workbook, *, waivers: Waivers | None = None,
    beside: Sequence[Beside] = (),
) -> CheckedSubmission:  # fmt: skip
    """What `check` gives, whatever the file is called."""
    checked = check_submission(_submission(file, workbook))
    found = [finding for one in beside for finding in one.findings(checked)]
    checked = replace(checked, findings=(*checked.findings, *found))
    return waive(checked, waivers) if waivers else checked


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
        marked = _marked(file, workbook, replace(checked, findings=to_mark), language)
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


def mark(file: Opened, *, look: Look, language: Language, severity: Severity) -> Marked:
    """The workbook with what `look` finds marked in it, where it is at least as severe as named."""
    workbook = open_file(file)
    checked = look(file, workbook=workbook)
    checked = replace(checked, findings=at_least(checked.findings, severity))
    return _marked(file, workbook, checked, language)


def _marked(
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


def summarise(
    file: Opened, *, waivers: Waivers | None = None, language: Language = DEFAULT_LANGUAGE
) -> UnitSummary | LeftOut:
    """What a file adds to the county summary, or why it adds nothing."""
    return judge(check(file, waivers=waivers), language)


def fill(file: Opened, *, answers: Json, source: str = "") -> bytes:
    """The form with answers typed into it. `source` is what the answers' file is called."""
    terms = file.terms
    place = source or file.source
    return fill_form(file.data, answers, terms.templates, place, limits=terms.limits)


def repair(file: Opened, *, password: str = "", issued: Identity | None = None) -> Repaired:
    """The same form, pristine, with its answers."""
    terms = file.terms
    return repair_form(
        file.data, terms.templates, password=password, key=terms.key, issued=issued,
        limits=terms.limits,
    )  # fmt: skip


def upgrade(
    file: Opened, *, edition: str, parameters: Mapping[str, object], password: str = "",
    round: str | None = None,
) -> Repaired:  # fmt: skip
    """The form of another edition, with the answers that it has a place for."""
    terms = file.terms
    return upgrade_form(
        file.data, terms.templates, edition, parameters=parameters, password=password,
        key=terms.key, round=round, limits=terms.limits,
    )  # fmt: skip
