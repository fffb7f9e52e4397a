"""A workbook that suffered, or of an older edition → a pristine form that holds its answers.

Bytes in, bytes out. Every answer is accounted for: typed as it stood, typed but to be looked at, or
lost and listed with its text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from ptxl.cells import FIRST_DAY, cell_name
from ptxl.check.submission import check_submission
from ptxl.layout.helper_sheets import IDENTITY_SHEET, helper_sheets
from ptxl.layout.identity import prefilled_digest, read_prefilled
from ptxl.model.errors import TemplateError
from ptxl.model.findings import Code, Finding, finding
from ptxl.model.form import ROW_ID, Field
from ptxl.model.layout import Layout
from ptxl.model.path import Path
from ptxl.model.refusals import RefusalCode, refusal
from ptxl.model.submission import At, Entry, Identity, Submission, Trust
from ptxl.ooxml.sheet import NewValue
from ptxl.read import Workbook, open_workbook, read_submission, submission_of
from ptxl.read.compare import cells_of
from ptxl.read.leftovers import left_over
from ptxl.read.workbook import cell_value
from ptxl.receive.sniff import Limits
from ptxl.renew.fill import type_in, typed_value
from ptxl.renew.map_answers import Carried, asked_names, carry
from ptxl.template import Template, Templates
from ptxl.text import LONGEST_TEXT, Raw, excel_length, plain
from ptxl.values.kinds import kind_of
from ptxl.words import Phrase
from ptxl.write.stencil import Stencil

#: why no form is made of a file that could be another unit's, or whose answers another edition's
_REFUSED: Mapping[Trust, RefusalCode] = {
    Trust.OTHER_EDITION: "edition_missing",
    Trust.DOUBTFUL: "identity_doubtful",
}
#: findings on cells that nobody reads: those are listed one by one
_UNREAD = ("unread_cell", "unread_answer", "answer_outside")
#: no XML can hold these, escaped or not
_NO_TEXT = re.compile("[\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Repaired:
    """A pristine form and what became of every answer: `recovered` + guessed + lost is all of them.

    `guessed` are placed in the new form, `lost` in the old file. `changes` says what had been done
    to the file, all of which is undone; `newly_asked` what an older edition did not ask.
    """

    workbook: bytes
    identity: Identity
    #: how many answers were typed as they stood, by sheet of the new form
    recovered: Mapping[str, int]
    guessed: tuple[Finding, ...]
    lost: tuple[Finding, ...]
    changes: tuple[Finding, ...]
    newly_asked: tuple[Finding, ...] = ()
    #: parameters that had to be raised to make room
    raised: Mapping[str, object]


def repair_form(
    data: bytes, templates: Templates, *, password: str = "", key: bytes = b"",
    issued: Identity | None = None, limits: Limits | None = None,
) -> Repaired:  # fmt: skip
    """The same form, pristine, with all answers found in a workbook.

    With the `key` of a round only its own forms are taken, and the new one is signed. `issued` says
    which form it is where the file does not. Raises WorkbookError when it is no form of ours, or
    when its unit or edition cannot be trusted.
    """
    workbook = open_workbook(data, limits)
    submission = _trusted(workbook, templates, key, issued)
    identity = submission.identity
    template = templates.get(identity.template, identity.edition)
    stencil = partial(Stencil, password=password, key=key, round=identity.round)
    return _renewed(workbook, submission, templates, template, identity.parameters, stencil)


def upgrade_form(
    data: bytes, templates: Templates, edition: str = "", *,
    parameters: Mapping[str, object] | None = None, password: str = "", key: bytes = b"",
    round: str | None = None, limits: Limits | None = None,
) -> Repaired:  # fmt: skip
    """The form of another edition of the template, with all answers that it has a place for.

    Without `edition` it is the first one known. It takes the parameters of the old form that it
    knows, unless `parameters` says otherwise, and its round, unless `round` does. Raises
    WorkbookError as `repair_form` does, and when the edition is not there; TemplateError when its
    parameters do not fit.
    """
    workbook = open_workbook(data, limits)
    submission = _trusted(workbook, templates, key, None)
    identity = submission.identity
    template = templates.get(identity.template, edition)
    if edition not in ("", template.edition):
        raise refusal("edition_missing", edition=edition)
    known = {n: v for n, v in identity.parameters.items() if n in template.parameters}
    issued_in = identity.round if round is None else round
    stencil = partial(Stencil, password=password, key=key, round=issued_in)
    wanted = {**known, **(parameters or {})}
    return _renewed(workbook, submission, templates, template, wanted, stencil)


def _trusted(
    workbook: Workbook, templates: Templates, key: bytes, issued: Identity | None
) -> Submission:
    submission = submission_of(workbook, templates, "", issued, key=b"" if issued else key)
    if issued is None and submission.trust in _REFUSED:
        raise refusal(_REFUSED[submission.trust], edition=submission.identity.edition)
    return submission


def _renewed(
    workbook: Workbook, old: Submission, templates: Templates, template: Template,
    parameters: Mapping[str, object], stencil: Callable[[Layout], Stencil],
) -> Repaired:  # fmt: skip
    """Type the answers into a new form, read them back, and leave out what would be misread."""
    layout, carried = roomy(old, template, parameters)
    issued = read_prefilled(workbook.rows(IDENTITY_SHEET), old.identity) or {}
    ids = {str(row / ROW_ID) for row in layout.form.carried_rows()}
    figures = {path: text for path, text in issued.items() if path in layout.fields or path in ids}
    blank = open_workbook(stencil(layout).stamp(old.identity.unit, prefilled_digest(figures)))
    heading = blank.grid(_notes_sheet(layout))[0][0]
    notes = dict(_notes(workbook, _notes_sheet(old.layout), heading))
    plan = _planned(old, layout, carried, notes, figures)
    filled = _filled(plan, blank, templates, figures)
    new = read_submission(filled, templates)
    misread = [path for path in plan.typed if _reads_otherwise(plan, path, new)]
    if misread:
        plan = _without(plan, misread)
        filled = _filled(plan, blank, templates, figures)
        new = read_submission(filled, templates)
    guessed = tuple(_guessed(plan, new))
    wanted = template.layout(parameters).form.parameters
    now = layout.form.parameters
    return Repaired(
        workbook=filled,
        identity=new.identity,
        recovered=_recovered(plan, new, guessed),
        guessed=guessed,
        lost=(*_lost(plan), *_unread(workbook, old), *_lost_notes(plan)),
        changes=tuple(f for f in old.findings if not f.path and f.code not in _UNREAD),
        newly_asked=tuple(_newly_asked(old, new)),
        raised={name: value for name, value in now.items() if value != wanted[name]},
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is typed into the fields of a new form, and why other answers are not.

    `values` are by path of the new form, `lost` has a reason by path of the old one; `notes` are
    the cells of the sheet for free notes.
    """

    old: Submission
    layout: Layout
    carried: Carried
    values: Mapping[str, NewValue]
    lost: Mapping[str, str]
    notes: Mapping[tuple[int, int], Raw]

    @property
    def typed(self) -> dict[str, str]:
        """The path of the new form for each answer that is typed, by that of the old one."""
        return {path: to for path, to in self.carried.to.items() if path not in self.lost}


def _planned(
    old: Submission, layout: Layout, carried: Carried, notes: Mapping[tuple[int, int], Raw],
    figures: Mapping[str, str],
) -> _Plan:  # fmt: skip
    """What stands there of an earlier stage is as it was issued, whatever became of it."""
    values: dict[str, NewValue] = dict(carried.given)
    lost = dict(carried.left)
    for path, to in carried.to.items():
        raw = old.entries[path].raw
        before, asked = old.layout.fields[path], layout.fields[to]
        if asked.earlier:
            approved = Entry(figures.get(to, ""))
            if _meaning(old.entries[path], before) != _meaning(approved, asked):
                lost[path] = "approved_otherwise"
        elif _of_other_units(before, asked):
            lost[path] = "unit_differs"
        elif not _fits_a_cell(raw):
            lost[path] = "no_cell"
        else:
            values[to] = _typed(raw, is_date=kind_of(asked).type == "date")
    for path, field in layout.fields.items():
        if field.earlier and path in figures:
            values[path] = typed_value(figures[path], field)
    return _Plan(old, layout, carried, values, lost, notes)


def _without(plan: _Plan, misread: Sequence[str]) -> _Plan:
    """The plan without answers that the new form would read as something else."""
    values = dict(plan.values)
    for path in misread:
        del values[plan.carried.to[path]]
    return replace(
        plan, values=values, lost={**plan.lost, **dict.fromkeys(misread, "read_otherwise")}
    )


def _filled(
    plan: _Plan, blank: Workbook, templates: Templates, figures: Mapping[str, str]
) -> bytes:
    notes = {at: _typed(raw) for at, raw in plan.notes.items() if _fits_a_cell(raw)}
    return type_in(blank, submission_of(blank, templates), plan.values, notes, figures)


def _reads_otherwise(plan: _Plan, path: str, new: Submission) -> bool:
    """Whether an answer comes back from the new form as something else."""
    to = plan.carried.to[path]
    before, asked = plan.old.layout.fields[path], plan.layout.fields[to]
    if to not in new.entries:
        return True
    # Fields of another kind read it in their own way, which is said: see `_doubt`.
    read_as = asked if asked.kind == before.kind else before
    return _meaning(new.entries[to], read_as) != _meaning(plan.old.entries[path], before)


# -- what became of every answer


def _guessed(plan: _Plan, new: Submission) -> Iterator[Finding]:
    """Say which of the answers that were typed should be looked at."""
    found_before = {found.path: found for found in plan.old.findings if found.path}
    for path, to in plan.typed.items():
        sheet, cell = new.where(to)
        at = {"path": to, "sheet": sheet, "cell": cell, "label": plan.layout.fields[to].label}
        if path in found_before:
            yield finding("answer_uncertain", **at, why=found_before[path].sentence)
            continue
        reason = _doubt(plan, path, to)
        if reason:
            yield _finding("answer_uncertain", reason, **at)


def _doubt(plan: _Plan, path: str, to: str) -> str:
    """Why an answer that was typed should be looked at; nothing where nothing is to be said."""
    before, asked = plan.old.layout.fields[path], plan.layout.fields[to]
    at = plan.old.whereabouts.elsewhere.get(path)
    place = plan.old.layout.places[path]
    if path in plan.carried.unsure:
        return "other_row"
    if isinstance(at, At) and (at.row, at.column) != (place.row, place.column):
        return "moved"
    if before.kind != asked.kind:
        return "kind_differs"
    is_date = isinstance(plan.old.entries[path].raw, date)
    if is_date and kind_of(asked).type != "date":
        return "as_text"
    return ""


def _recovered(plan: _Plan, new: Submission, guessed: Sequence[Finding]) -> dict[str, int]:
    """How many answers were typed as they stood, by sheet."""
    doubted = {found.path for found in guessed}
    sheets = [new.where(to)[0] for to in plan.typed.values() if to not in doubted]
    sheets += [plan.old.where(path)[0] for path in plan.carried.printed]
    return dict(Counter(sheets))


def _lost(plan: _Plan) -> Iterator[Finding]:
    """List the answers that were read and have no place in the new form."""
    for path, reason in plan.lost.items():
        sheet, cell = plan.old.where(path)
        label, text = plan.old.layout.fields[path].label, plain(plan.old.entries[path].raw)
        yield _finding("answer_lost", reason, path=path, sheet=sheet, cell=cell, label=label,
                       raw=text)  # fmt: skip


def _unread(workbook: Workbook, old: Submission) -> Iterator[Finding]:
    """List what stands in the old file and was not read."""
    left = {(sheet, cell): raw for sheet, cell, raw in left_over(workbook, old)}
    for found in old.findings:
        at = (found.sheet, found.cell)
        is_unread = bool(found.path) and found.path not in old.entries
        if is_unread or (found.code == "answer_outside" and at in left):
            text = left.pop(at, None)
            raw = found.facts.get("raw") or found.facts.get("formula") or text
            if raw:
                yield finding("answer_lost", path=found.path, sheet=found.sheet, cell=found.cell,
                              label=found.label, raw=raw, why=found.sentence)  # fmt: skip
    for (sheet, cell), text in left.items():
        yield _finding("answer_lost", "unread", sheet=sheet, cell=cell, raw=text)


def _lost_notes(plan: _Plan) -> Iterator[Finding]:
    for position, note in plan.notes.items():
        if not _fits_a_cell(note):
            sheet, cell = _notes_sheet(plan.old.layout), cell_name(*position)
            yield _finding("answer_lost", "no_cell", sheet=sheet, cell=cell, raw=note)


def _newly_asked(old: Submission, new: Submission) -> Iterator[Finding]:
    """Required answers that are missing because the old form did not ask them."""
    asked = asked_names(old.layout)
    for found in check_submission(new).findings:
        if found.code == "required" and Path(found.path).pattern not in asked:
            yield found


def _notes_sheet(layout: Layout) -> str:
    return helper_sheets(layout.form.language).notes


def _notes(
    workbook: Workbook, sheet: str, heading: object
) -> Iterator[tuple[tuple[int, int], Raw]]:
    """What was noted below the heading of the sheet that nobody reads, cell by cell."""
    for at, value in cells_of(workbook.rows(sheet)):
        raw = cell_value(value)
        if raw is not None and raw != heading:
            yield at, raw


def roomy(
    submission: Submission, template: Template, parameters: Mapping[str, object]
) -> tuple[Layout, Carried]:
    """A form with room for all answers, as far as its parameters give it, and where they go.

    A parameter is raised only where the larger form prints all that the smaller one does: more rows
    are given, another year is not.
    """
    layout = template.layout(parameters)
    carried = carry(submission.layout, submission.entries, layout, submission.identity.unit)
    while carried.lacking:
        found = next(_larger(submission, template, layout, carried), None)
        if found is None:
            break
        layout, carried = found
    return layout, carried


def _larger(
    submission: Submission, template: Template, layout: Layout, carried: Carried
) -> Iterator[tuple[Layout, Carried]]:
    """Forms in which more answers have a place, one parameter raised in each."""
    for name, parameter in template.parameters.items():
        if parameter.kind != "integer":
            continue
        now = int(str(layout.form.parameters[name]))
        try:
            value = min(now + carried.lacking, parameter.maximum)
            larger = template.layout({**layout.form.parameters, name: value})
        except TemplateError:
            continue
        found = carry(submission.layout, submission.entries, larger, submission.identity.unit)
        if len(found.left) < len(carried.left) and _printed(layout) <= _printed(larger):
            yield larger, found


def _printed(layout: Layout) -> Counter[str]:
    return Counter(cell.text for cell in layout.form.cells() if cell.field is None)


def _fits_a_cell(raw: Raw) -> bool:
    return not isinstance(raw, str) or (
        excel_length(raw) <= LONGEST_TEXT and not _NO_TEXT.search(raw)
    )


def _of_other_units(before: Field, asked: Field) -> bool:
    """Whether the same number would be another amount."""
    units = kind_of(before).is_money or kind_of(asked).is_money
    return bool(units) and before.unit != asked.unit


def _typed(raw: Raw, *, is_date: bool = False) -> NewValue:
    """What to put into a cell so that it holds the same; a date is one in cells for dates only."""
    if not isinstance(raw, date):
        return raw
    day = raw.date() if isinstance(raw, datetime) else raw
    if is_date and day >= FIRST_DAY:
        return day
    return plain(raw)


def _meaning(entry: Entry, field: Field) -> tuple[object, str]:
    """What an entry is read as, or its text where it is not read."""
    value = kind_of(field).parse(entry.raw, field).value
    return value, plain(entry.raw) if value is None else ""


def _finding(code: Code, reason: str, **at: object) -> Finding:
    return finding(code, **at, why=Phrase(f"reasons.{reason}"))
