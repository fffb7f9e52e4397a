"""Looks at one returned file: reads it, or checks it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Protocol

from ptxl.check.submission import check_file_name, check_submission, type_values
from ptxl.check.waivers import Waivers, waive
from ptxl.layout.helper_sheets import helper_sheets
from ptxl.model.findings import Finding, Language
from ptxl.model.submission import CheckedSubmission, Submission
from ptxl.outputs import fitting
from ptxl.read import Workbook, open_workbook, submission_of
from ptxl.receive.workers import Opened


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
        if self.own:
            return original
        return fitting(PurePath(original).stem, f"_{review}.xlsx")


def read(file: Opened, *, workbook: Workbook | None = None) -> CheckedSubmission:
    """Typed values and what could not be read; no judgement."""
    return type_values(_submission(file, workbook))


def _submission(file: Opened, workbook: Workbook | None) -> Submission:
    terms = file.terms
    return submission_of(workbook or open_file(file), terms.templates, file.source, key=terms.key)


def open_file(file: Opened) -> Workbook:
    """The workbook in a file, opened within the limits. Raises WorkbookError."""
    return open_workbook(file.data, file.terms.limits)


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
