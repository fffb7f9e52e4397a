"""A received file → its record: which form it is, what was answered, what was found. In a worker.

Records become text for the ledger, and are checked when they are read out of it: it is a file that
others can write to.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from ptxl.check.submission import check_submission
from ptxl.check.waivers import Waivers, waive, waived
from ptxl.layout.identity import signed
from ptxl.merge.rows import AMOUNTS, UnitSummary
from ptxl.merge.summarise import summarise
from ptxl.model.form import fill_text
from ptxl.model.submission import CheckedSubmission, Identity
from ptxl.read import read_submission
from ptxl.receive import wire
from ptxl.receive.workers import Opened
from ptxl.rounds.records import (
    Answer,
    Container,
    FormRecord,
    Judgement,
    Refused,
    Signature,
)
from ptxl.template import Templates


def judge(file: Opened, *, waivers: Waivers | None = None) -> FormRecord:
    """Read and check a file, and record it. Raises WorkbookError when it is no form of ours."""
    terms = file.terms
    submission = read_submission(
        file.data, terms.templates, file.source, key=terms.key, limits=terms.limits
    )
    checked = check_submission(submission)
    return record_of(waive(checked, waivers) if waivers else checked, terms.key)


def record_of(checked: CheckedSubmission, key: bytes) -> FormRecord:
    """Record a checked submission; `key` is that of the round."""
    submission = checked.submission
    identity = submission.identity
    rows = summarise(checked)
    return FormRecord(
        template=identity.template,
        edition=identity.edition,
        serial=identity.serial,
        title=fill_text(submission.layout.form.title, identity.unit.texts()),
        unit=identity.unit,
        round=identity.round,
        signature=_signature(identity, key),
        shared=rows.shared,
        came_from=submission.came_from,
        saved=submission.saved,
        answers=_answers(checked),
        findings=checked.findings,
        projects=len(rows.projects),
        indicators=len(rows.indicators),
        totals=_totals(rows),
        approved=waived(checked.findings),
    )


def _signature(identity: Identity, key: bytes) -> Signature:
    if not identity.signature:
        return "none"
    return "right" if signed(identity, key) else "wrong"


def _answers(checked: CheckedSubmission) -> Mapping[str, Answer]:
    """What was typed, in the order of the form."""
    submission = checked.submission
    found = {}
    for path, field in submission.layout.fields.items():
        entry = submission.entries.get(path)
        if entry is not None:
            sheet, cell = submission.where(path)
            found[str(path)] = Answer(
                text=str(entry.raw), label=field.label, sheet=sheet, cell=cell
            )
    return found


def _totals(rows: UnitSummary) -> Mapping[str, Decimal]:
    return {name: rows.total(name) for name in AMOUNTS}


def to_text(judgement: Judgement) -> str:
    """Return a judgement as a text."""
    return wire.encode(judgement).decode("utf-8", "surrogatepass")


def from_text(text: str, templates: Templates) -> Judgement:
    """Return the judgement of a text. Raises WireError where it is none."""
    judgement: Judgement = wire.decode(text, (FormRecord, Refused, Container), templates, Path())
    return judgement
