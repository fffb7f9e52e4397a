"""Roster and templates of a round → locked forms, in a folder and an archive per department.

Writing is safe to repeat: only what is missing or has changed is written, and a file that somebody
changed stays beside the new one.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from ptxl.api import Progress, form_file_name
from ptxl.documents.document import Json, dump, parse_answers
from ptxl.model.form import RoundUnit
from ptxl.outputs import file_name, one_file
from ptxl.receive.workers import Terms
from ptxl.renew.fill import prefill_form
from ptxl.renew.follow import Approved, Following, approved_in
from ptxl.renew.prefill import read_prefill
from ptxl.rounds.folder import Round, RoundError
from ptxl.rounds.ledger import Ledger
from ptxl.rounds.letters import Occasion, cover_note
from ptxl.rounds.records import Due
from ptxl.rounds.refill import Refilled, refill
from ptxl.rounds.status import ISSUED, dues_of, forms_of, parameters_of, units_of
from ptxl.template import Template
from ptxl.write.stencil import Stencil

#: below which the ledger keeps the answers that forms were issued with, by template
_PREFILL = "prefill "
#: the time of every file in an archive: the same forms make the same archive
_ZIP_TIME = (2020, 1, 1, 0, 0, 0)
#: a file to be written: the steps of its path, and its bytes
_File = tuple[tuple[str, ...], bytes]


def issue(
    where: Round, terms: Terms, now: datetime,
    *, prefill: Mapping[str, Path] | None = None, progress: Progress = iter,
    waiting: Callable[[], None] = lambda: None,
) -> Refilled:  # fmt: skip
    """Write the forms of a round, and for each department an archive of them with a cover note.

    `prefill` are tables or JSON of answers, by id of the template that they are for; they are
    remembered for the next time. Raises RosterError, TemplateError, AnswersError, BusyError,
    RoundError.
    """
    with where.changing(waiting) as ledger:
        issued = datetime.fromisoformat(ledger.remembered(ISSUED) or now.isoformat())
        units = units_of(where, terms.templates)
        _check_paths(units)
        answers = dict(_answers(where, terms, units, ledger, prefill or {}))
        writer = _FormWriter(where, terms, answers)
        forms = [file for one in progress(list(units)) for file in writer.forms(one)]
        dues = tuple(dues_of(where, terms.templates))
        _check_currencies(dues)
        files = [*forms, *_cover_notes(where, dues, issued)]
        archives = list(_archives(files))
        with ledger.changing():
            ledger.remember(ISSUED, issued.isoformat())
            for template, own in answers.items():
                ledger.remember(f"{_PREFILL}{template}", dump(own, indent=None))
        return refill(where.forms, [*files, *archives], where.settings.language)


def _department(one: RoundUnit | Due) -> str:
    """The folder of a department."""
    return file_name(one.unit.answers_to)


def _check_paths(units: Iterable[RoundUnit]) -> None:
    """Raise RoundError where two departments, or two units of one, would share a path."""
    taken: dict[str, str] = {}
    for one in units:
        folder, form = _department(one), file_name(one.unit.code, one.unit.name)
        department = one.unit.answers_to
        own = ((folder, department), (f"{folder}/{form}", f"{one.unit.code} {one.unit.name}"))
        for path, called in own:
            before = taken.setdefault(one_file(path), called)
            if before != called:
                raise RoundError("same_path", first=before, second=called, path=path)


def _check_currencies(dues: Iterable[Due]) -> None:
    """Raise RoundError where forms ask for amounts in several currencies: none could be summed."""
    found = {due.currency: due.template for due in dues if due.currency}
    if len(found) > 1:
        facts = {"currencies": tuple(found), "templates": tuple(found.values())}
        raise RoundError("round_currencies", **facts)


def _answers(
    where: Round, terms: Terms, units: Sequence[RoundUnit], ledger: Ledger,
    prefill: Mapping[str, Path],
) -> Iterator[tuple[str, Mapping[str, Json]]]:  # fmt: skip
    """For each template the answers that its forms are issued with, by code of the unit: those
    given now, else those of the time before."""
    for template, loaded in forms_of(where, terms.templates).items():
        remembered = ledger.remembered(f"{_PREFILL}{template}")
        if template in prefill:
            own = [one.unit for one in units if template in one.forms]
            layout = loaded.layout(parameters_of(where, loaded))
            yield template, read_prefill(prefill[template], layout, own)
        elif remembered:
            yield template, parse_answers(remembered, _PREFILL)


@dataclass(slots=True)
class _FormWriter:
    """Makes the forms of units; of units with the same parameters from one stencil."""

    round: Round
    terms: Terms
    answers: Mapping[str, Mapping[str, Json]]
    _forms: dict[str, Template] = field(init=False)
    #: what was approved in the stage before, by template and unit
    _approved: dict[str, Mapping[str, Approved]] = field(init=False)
    _stencils: dict[str, Stencil] = field(default_factory=dict)
    _following: dict[str, Following] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._forms = forms_of(self.round, self.terms.templates)
        before = self.round.approved
        follow = {name: one for name, one in self._forms.items() if one.follows and before}
        self._approved = {name: approved_in(before, one) for name, one in follow.items()}
        for name in self._approved.keys() & self.answers.keys():
            raise RoundError("prefill_approved", path=before[0], template=name)

    def forms(self, one: RoundUnit) -> Iterator[_File]:
        """Yield the forms of a unit, each with its path."""
        stencils = {name: self._stencil(name, own) for name, own in one.forms.items()}
        forms = [stencil.layout.form for stencil in stencils.values()]
        for stencil in stencils.values():
            name = form_file_name(one.unit, stencil.layout.form, forms)
            yield (_department(one), name), self._form(one, stencil)

    def _form(self, one: RoundUnit, stencil: Stencil) -> bytes:
        template = stencil.layout.form.template
        approved = self._approved.get(template, {}).get(one.unit.code)
        if approved:
            return self._printed(template, one.forms[template]).form(one.unit, approved)
        answers = self.answers.get(template, {}).get(one.unit.code)
        if not answers:
            return stencil.stamp(one.unit)
        place = f"prefill {one.unit.code}"
        return prefill_form(stencil, one.unit, answers, self.terms.templates, place)

    def _stencil(self, template: str, own: Mapping[str, object]) -> Stencil:
        loaded = self._forms[template]
        given = parameters_of(self.round, loaded, own)
        key = f"{template} {sorted(given.items())}"
        if key not in self._stencils:
            self._stencils[key] = Stencil(loaded.layout(given), **self._issued())
        return self._stencils[key]

    def _printed(self, template: str, own: Mapping[str, object]) -> Following:
        """Writes forms that print what was approved."""
        loaded = self._forms[template]
        given = parameters_of(self.round, loaded, own)
        key = f"{template} {sorted(given.items())}"
        if key not in self._following:
            known = self.terms.templates
            self._following[key] = Following(loaded, given, known, **self._issued())
        return self._following[key]

    def _issued(self) -> dict[str, Any]:
        """What the forms of a round have in common."""
        settings = self.round.settings
        return {"key": self.round.key, "round": settings.id, "notice": settings.notice}


def _cover_notes(where: Round, dues: Iterable[Due], issued: datetime) -> Iterator[_File]:
    """A note for each department, of the day on which the forms went out first."""
    name = Occasion(settings=where.settings, today=issued.date()).tell("files.cover")
    by_department: dict[str, list[Due]] = {}
    for due in dues:
        by_department.setdefault(due.unit.answers_to, []).append(due)
    for department, own in by_department.items():
        note = cover_note(where.settings, department, own, issued.date())
        yield (file_name(department), name), note


def _archives(files: Iterable[_File]) -> Iterator[_File]:
    """An archive of the files of each department; the same files make the same bytes."""
    ordered = sorted(files)
    for department, own in groupby(ordered, key=lambda file: file[0][0]):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
            for steps, data in own:
                archive.writestr(zipfile.ZipInfo(steps[-1], _ZIP_TIME), data)
        yield (f"{department}.zip",), made.getvalue()
