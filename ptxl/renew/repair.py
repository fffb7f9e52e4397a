"""A workbook that suffered, or of an older edition → a pristine form that holds its answers.

Bytes in, bytes out. Every answer is accounted for: typed as it stood, typed but to be looked at, or
lost and listed with its text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from ptxl.cells import cell_name
from ptxl.check.submission import check_submission
from ptxl.layout.helper_sheets import NOTES_SHEET
from ptxl.model.errors import TemplateError
from ptxl.model.findings import Code, Finding, finding
from ptxl.model.form import Field
from ptxl.model.layout import Layout
from ptxl.model.refusals import RefusalCode, refusal
from ptxl.model.submission import Entry, Identity, Raw, Submission
from ptxl.ooxml.patch import NewValue, patch_cells
from ptxl.read import Workbook, locate, open_workbook, read_submission, submission_of
from ptxl.read.leftovers import left_over
from ptxl.read.workbook import cell_value
from ptxl.receive.sniff import Limits
from ptxl.renew.fill import type_in
from ptxl.renew.map_answers import Carried, asked_names, carry
from ptxl.template import Template, Templates
from ptxl.text import LONGEST_TEXT, excel_length
from ptxl.values.cell_text import plain
from ptxl.values.kinds import kind_of
from ptxl.words import Phrase
from ptxl.write.stencil import Stencil

#: findings of a file that could be of another unit, or whose answers could be read for others
_DOUBTFUL: Mapping[str, RefusalCode] = {
    "template_changed": "edition_missing",
    "identity_changed": "identity_doubtful",
    "identity_disagrees": "identity_doubtful",
    "unit_differs": "identity_doubtful",
    "not_signed": "identity_doubtful",
    "signature_wrong": "identity_doubtful",
}
#: findings on cells that nobody reads: those are listed one by one
_UNREAD = ("unread_cell", "answer_outside")
#: no XML can hold these, escaped or not
_NO_TEXT = re.compile("[\ud800-\udfff\ufffe\uffff]")
_FIRST_DAY = date(1900, 3, 1)  # before it programs count days differently


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
    stencil = partial(Stencil, password=password, key=key)
    return _renewed(workbook, submission, templates, template, identity.parameters, stencil)


def upgrade_form(
    data: bytes, templates: Templates, edition: str = "", *,
    parameters: Mapping[str, object] | None = None, password: str = "", key: bytes = b"",
    limits: Limits | None = None,
) -> Repaired:  # fmt: skip
    """The form of another edition of the template, with all answers that it has a place for.

    Without `edition` it is the first one known. It takes the parameters of the old form that it
    knows, unless `parameters` says otherwise. Raises WorkbookError as `repair_form` does, and when
    the edition is not there; TemplateError when its parameters do not fit.
    """
    workbook = open_workbook(data, limits)
    submission = _trusted(workbook, templates, key, None)
    identity = submission.identity
    template = templates.get(identity.template, edition)
    if edition not in ("", template.edition):
        raise refusal("edition_missing", edition=edition)
    known = {n: v for n, v in identity.parameters.items() if n in template.parameters}
    stencil = partial(Stencil, password=password, key=key)
    wanted = {**known, **(parameters or {})}
    return _renewed(workbook, submission, templates, template, wanted, stencil)


def _trusted(
    workbook: Workbook, templates: Templates, key: bytes, issued: Identity | None
) -> Submission:
    submission = submission_of(workbook, templates, "", issued, key=b"" if issued else key)
    codes = [found.code for found in submission.findings if found.code in _DOUBTFUL]
    if codes and issued is None:
        raise refusal(_DOUBTFUL[codes[0]], edition=submission.identity.edition)
    return submission


def _renewed(
    workbook: Workbook, submission: Submission, templates: Templates, template: Template,
    parameters: Mapping[str, object], stencil: Callable[[Layout], Stencil],
) -> Repaired:  # fmt: skip
    layout, carried = roomy(submission, template, parameters)
    blank = stencil(layout).stamp(submission.identity.unit)
    renewal = _Renewal(workbook, submission, layout, carried, blank, templates)
    return renewal.made(template.layout(parameters).form.parameters)


class _Renewal:
    """One new form in the making: `blank` is it without answers, `carried` where they go."""

    def __init__(
        self, workbook: Workbook, old: Submission, layout: Layout, carried: Carried, blank: bytes,
        templates: Templates,
    ) -> None:  # fmt: skip
        self.workbook, self.old, self.layout, self.carried = workbook, old, layout, carried
        self.blank, self.templates = blank, templates
        self.lost = dict(carried.left)
        self.values = self._values()
        self.notes = dict(_notes(workbook, blank))

    def made(self, parameters: Mapping[str, object]) -> Repaired:
        """Type, read what was typed, and leave out what would be read as something else.

        `parameters` are those that were wanted.
        """
        filled = self._filled()
        new = read_submission(filled, self.templates)
        if otherwise := list(self._read_otherwise(new)):
            for path in otherwise:
                self.lost[path] = "read_otherwise"
                del self.values[self.carried.to[path]]
            filled = self._filled()
            new = read_submission(filled, self.templates)
        guessed = tuple(self._guessed(new))
        now = self.layout.form.parameters
        return Repaired(
            workbook=filled,
            identity=new.identity,
            recovered=self._recovered(new, guessed),
            guessed=guessed,
            lost=tuple(self._lost_findings()),
            changes=tuple(f for f in self.old.findings if not f.path and f.code not in _UNREAD),
            newly_asked=tuple(self._newly_asked(new)),
            raised={name: now[name] for name in now if now[name] != parameters[name]},
        )

    def _filled(self) -> bytes:
        located = locate(open_workbook(self.blank), self.templates)
        filled = type_in(self.blank, located, self.values, self.templates)
        notes = {at: _typed(raw) for at, raw in self.notes.items() if _fits_a_cell(raw)}
        return patch_cells(filled, {NOTES_SHEET: notes}, {}) if notes else filled

    # -- what to type

    def _values(self) -> dict[str, NewValue]:
        """Values by path of the new form; what cannot be typed is noted as lost."""
        values: dict[str, NewValue] = dict(self.carried.given)
        for path, to in self.carried.to.items():
            raw = self.old.entries[path].raw
            before, asked = self.old.layout.fields[path], self.layout.fields[to]
            if _of_other_units(before, asked):
                self.lost[path] = "unit_differs"
            elif not _fits_a_cell(raw):
                self.lost[path] = "no_cell"
            else:
                values[to] = _typed(raw, asked)
        return values

    def _read_otherwise(self, new: Submission) -> Iterator[str]:
        for path, to in self.carried.to.items():
            if path in self.lost:
                continue
            before, asked = self.old.layout.fields[path], self.layout.fields[to]
            was, there = self.old.entries[path], new.entries.get(to)
            # Fields of another kind read it in their own way, which is said: see `_doubt`.
            read_as = asked if asked.kind == before.kind else before
            if there is None or _meaning(there, read_as) != _meaning(was, before):
                yield path

    # -- what became of it

    def _guessed(self, new: Submission) -> Iterator[Finding]:
        told = {found.path: found for found in self.old.findings if found.path}
        for path, to in self.carried.to.items():
            if path in self.lost:
                continue
            sheet, cell = new.where(to)
            label = self.layout.fields[to].label
            at = {"path": to, "sheet": sheet, "cell": cell, "label": label}
            if path in told:
                yield finding("answer_uncertain", **at, why=told[path].says)
            elif reason := self._doubt(path, to):
                yield _finding("answer_uncertain", reason, **at)

    def _doubt(self, path: str, to: str) -> str:
        raw, asked = self.old.entries[path].raw, self.layout.fields[to]
        place = self.old.layout.places[path]
        issued = (place.sheet, place.row, place.column)
        if path in self.carried.unsure:
            return "other_row"
        if (self.old.moved or {}).get(path, issued) != issued:
            return "moved"
        if self.old.layout.fields[path].kind != asked.kind:
            return "kind_differs"
        return "as_text" if isinstance(raw, date) and kind_of(asked).type != "date" else ""

    def _recovered(self, new: Submission, guessed: tuple[Finding, ...]) -> dict[str, int]:
        doubted = {found.path for found in guessed}
        counts: Counter[str] = Counter()
        for path, to in self.carried.to.items():
            if path not in self.lost and to not in doubted:
                counts[new.where(to)[0]] += 1
        for path in self.carried.printed:
            counts[self.old.where(path)[0]] += 1
        return dict(counts)

    def _lost_findings(self) -> Iterator[Finding]:
        for path, reason in self.lost.items():
            sheet, cell = self.old.where(path)
            label, text = self.old.layout.fields[path].label, plain(self.old.entries[path].raw)
            yield _finding("answer_lost", reason, path=path, sheet=sheet, cell=cell, label=label,
                           raw=text)  # fmt: skip
        rest = {(sheet, cell): raw for sheet, cell, raw in left_over(self.workbook, self.old)}
        for found in self.old.findings:
            at = (found.sheet, found.cell)
            unread = found.path and found.path not in self.old.entries
            if unread or (found.code == "answer_outside" and at in rest):
                raw = found.facts.get("raw") or found.facts.get("formula") or rest.get(at)
                rest.pop(at, None)
                if raw:
                    yield finding("answer_lost", path=found.path, sheet=found.sheet,
                                  cell=found.cell, label=found.label, raw=raw,
                                  why=found.says)  # fmt: skip
        for (sheet, cell), text in rest.items():
            yield _finding("answer_lost", "unread", sheet=sheet, cell=cell, raw=text)
        for position, note in self.notes.items():
            if not _fits_a_cell(note):
                cell = cell_name(*position)
                yield _finding("answer_lost", "no_cell", sheet=NOTES_SHEET, cell=cell, raw=note)

    def _newly_asked(self, new: Submission) -> Iterator[Finding]:
        """Required answers that are missing because the old form did not ask them."""
        asked = asked_names(self.old.layout)
        for found in check_submission(new).findings:
            name = re.sub(r"\[\d+\]", "[]", found.path)
            if found.code == "required" and name not in asked:
                yield found


def _notes(workbook: Workbook, blank: bytes) -> Iterator[tuple[tuple[int, int], Raw]]:
    """What was noted on the sheet that nobody reads, cell by cell."""
    if NOTES_SHEET in workbook.names:
        ours = open_workbook(blank).grid(NOTES_SHEET)[0][0]
        for row, values in enumerate(workbook.grid(NOTES_SHEET)):
            for column, value in enumerate(values):
                raw = cell_value(value)
                if raw is not None and raw != ours:
                    yield (row, column), raw


def roomy(
    submission: Submission, template: Template, parameters: Mapping[str, object]
) -> tuple[Layout, Carried]:
    """A form with room for all answers, as far as its parameters give it, and where they go.

    A parameter is raised only where the larger form prints all that the smaller one does: more rows
    are given, another year is not.
    """
    layout = template.layout(parameters)
    carried = carry(submission.layout, submission.entries, layout)
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
        found = carry(submission.layout, submission.entries, larger)
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
    units = kind_of(before).units or kind_of(asked).units
    return bool(units) and before.unit != asked.unit


def _typed(raw: Raw, field: Field | None = None) -> NewValue:
    """What to put into a cell so that it holds the same; a date is one in cells for dates only."""
    if not isinstance(raw, date):
        return raw
    day = raw.date() if isinstance(raw, datetime) else raw
    is_date = field is not None and kind_of(field).type == "date"
    return day if is_date and day >= _FIRST_DAY else plain(raw)


def _meaning(entry: Entry, field: Field) -> tuple[object, str]:
    """What an entry is read as, or its text where it is not read."""
    value = kind_of(field).parse(entry.raw, field).value
    return value, plain(entry.raw) if value is None else ""


def _finding(code: Code, reason: str, **at: object) -> Finding:
    return finding(code, **at, why=Phrase(f"reasons.{reason}"))
