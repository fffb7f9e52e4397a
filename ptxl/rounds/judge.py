"""A returned file → what a round keeps of it: read, checked, summed up; and that as text and back.

`judge` runs inside a worker and opens the workbook once. What is kept is made of the checked
submission alone, so it says nothing that `ptxl check` and `ptxl merge` would not say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path as FilePath

from ptxl.check.waivers import Waivers, waived
from ptxl.jobs import check_form, open_file
from ptxl.layout.helper_sheets import IDENTITY_SHEET
from ptxl.layout.identity import read_prefilled
from ptxl.merge.figures import amounts_of, common_sums, project_sums
from ptxl.merge.rows import UnitSummary
from ptxl.merge.summarise import money_of, printed_rows, summarise
from ptxl.merge.views import View
from ptxl.model.path import Path
from ptxl.model.submission import CheckedSubmission, Submission
from ptxl.read import Workbook
from ptxl.receive import wire
from ptxl.receive.workers import Opened
from ptxl.rounds.records import (
    Answer,
    Container,
    FormRecord,
    Judgement,
    Refused,
)
from ptxl.template import Templates
from ptxl.text import plain

_KINDS = (FormRecord, Refused, Container)


def judge(file: Opened, *, waivers: Waivers | None = None) -> FormRecord:
    """Read and check a returned form, and make its record; approved exceptions count as hints.

    Raises WorkbookError, naming why and what to do, when it is no workbook or no form of ours.
    """
    workbook = open_file(file)
    checked = check_form(file, workbook, waivers=waivers)
    issued = _issued_figures(workbook, checked.submission)
    return record_of(checked, issued)


def record_of(checked: CheckedSubmission, issued: frozenset[str] = frozenset()) -> FormRecord:
    """Make the record of a checked submission.

    `issued` are the paths of figures that the form was issued with and that still stand in it.
    """
    submission, summary = checked.submission, summarise(checked)
    view, printed = View(summary), printed_rows(checked)
    identity = submission.identity
    return FormRecord(
        template=identity.template,
        edition=identity.edition,
        serial=identity.serial,
        title=summary.form.title,
        unit=identity.unit,
        round=identity.round,
        shared=summary.shared,
        came_from=submission.came_from,
        saved=submission.saved,
        answers=_answers(submission, issued),
        findings=checked.findings,
        projects=len(view.projects()),
        indicators=len(view.indicators),
        totals=dict(totals_of(summary)),
        approved=waived(checked.findings),
        money=tuple(
            replace(one, path=printed.get(Path(one.path), one.path)) for one in money_of(summary)
        ),
    )


def to_text(judgement: Judgement) -> str:
    r"""Write a judgement as one text that every database can hold.

    A character that is half of one, as a broken file can hold it, stands as JSON writes it: \ud800.
    """
    text = wire.as_text(wire.encode(judgement))
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def from_text(text: str, templates: Templates) -> Judgement:
    """Read a judgement that `to_text` wrote. Raises WireError for anything else."""
    made: Judgement = wire.decode(text, _KINDS, templates, FilePath())
    return made


def _issued_figures(workbook: Workbook, submission: Submission) -> frozenset[str]:
    """The paths of figures that the form was issued with and that nobody changed."""
    if not submission.identity.prefilled:
        return frozenset()
    figures = read_prefilled(workbook.rows(IDENTITY_SHEET), submission.identity) or {}
    changed = {found.path for found in submission.findings if found.code == "prefilled_changed"}
    return frozenset(figures.keys() - changed)


def _answers(submission: Submission, issued: frozenset[str]) -> dict[str, Answer]:
    """The answers as they were typed, in the order of the form."""
    found: dict[str, Answer] = {}
    for path, field in submission.layout.fields.items():
        entry = submission.entries.get(path)
        if entry is not None and field.is_open:
            sheet, cell = submission.where(path)
            text = plain(entry.raw)
            found[str(path)] = Answer(text=text, label=field.label, sheet=sheet, cell=cell)
    return found if found.keys() - issued else {}


def totals_of(summary: UnitSummary) -> Mapping[str, Decimal]:
    """The amounts that all templates name alike, in 万元: over the projects, else the budget's."""
    view = View(summary)
    if view.projects():
        return common_sums(project_sums(summary, view), "funds")
    return common_sums(amounts_of(summary, view.budget()))
