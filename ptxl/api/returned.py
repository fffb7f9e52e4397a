"""Returned workbooks: read, check and mark one."""

from __future__ import annotations

import logging
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ptxl import jobs
from ptxl.batch import keep_inputs, run_one
from ptxl.check.waivers import Waivers, with_exceptions
from ptxl.documents.document import Json, build_document
from ptxl.inputs import AnyPath
from ptxl.model.findings import Language, Severity
from ptxl.model.submission import CheckedSubmission
from ptxl.outputs import (
    fitting,
    write_whole,
)
from ptxl.receive.workers import Terms
from ptxl.template import NO_LOCAL
from ptxl.words import DEFAULT_LANGUAGE

if TYPE_CHECKING:  # of those who compare
    from ptxl.last_year import LastYear
    from ptxl.merge.against_budget import AgainstBudget

_LOG = logging.getLogger("ptxl")


def read(file: AnyPath, *, terms: Terms | None = None) -> CheckedSubmission:
    """A returned workbook with typed values and what could not be read; no judgement.

    Raises WorkbookError, naming why and what to do, when it is no form of ours. For many files
    `each` is faster.
    """
    return run_one(jobs.read, file, terms)


def check(
    file: AnyPath,
    *,
    terms: Terms | None = None,
    waivers: Waivers | None = None,
    last: LastYear | None = None,
    budget: AgainstBudget | None = None,
) -> CheckedSubmission:
    """A returned workbook with typed values and everything that a reviewer would object to.

    `waivers` are approved exceptions and the day on which they are asked for (`read_waivers`);
    it is compared with what units sent `last` year (`read_last_year`) and with the approved
    `budget` (`read_approved_budget`).
    """
    beside: list[jobs.Beside] = [one for one in (last, budget) if one]
    task = partial(jobs.check, waivers=all_waivers(waivers, terms), beside=beside)
    return run_one(task, file, terms)


def all_waivers(waivers: Waivers | None, terms: Terms | None) -> Waivers | None:
    """Approved exceptions, and with them those of the county's own rules, as of today."""
    local = terms.templates.local if terms else NO_LOCAL
    return with_exceptions(waivers, local.exceptions, date.today())


def mark(
    file: AnyPath,
    folder: AnyPath,
    *,
    language: Language = DEFAULT_LANGUAGE,
    severity: Severity = "hint",
    terms: Terms | None = None,
    waivers: Waivers | None = None,
) -> Path:
    """Check a file and write the sender's own workbook with its findings marked into a folder.

    Findings less severe than `severity` are not marked. A file that is no xlsx gets a workbook of
    its own that lists them. Returns its path.
    """
    look = partial(jobs.check, waivers=all_waivers(waivers, terms))
    marked = run_one(
        partial(jobs.mark, look=look, language=language, severity=severity), file, terms
    )
    return save_marked(marked, Path(file), folder)


def save_marked(
    marked: jobs.Marked, file: Path, folder: AnyPath, taken: set[Path] | None = None
) -> Path:
    """Write a marked workbook into a folder, named after the file that it is about.

    Two units may send files of one name: beside those `taken` it gets a number, and is added.
    """
    name = Path(marked.name(file.name))
    target, number = Path(folder) / name, 2
    while target in (taken or ()):
        target = Path(folder) / fitting(name.stem, f"_{number}{name.suffix}")
        number += 1
    keep_inputs([file], [target])
    if marked.trace:
        _LOG.warning("%s: findings are listed beside it: %s", file.name, marked.trace)
    write_whole(target, marked.data)
    if taken is not None:
        taken.add(target)
    return target


def document(checked: CheckedSubmission) -> Json:
    """The JSON of a submission, numbers as Decimal or int."""
    return build_document(checked)
