"""Roster and templates of a round → one locked form per unit and kind, in a folder per department.

Writing is safe to repeat: a form that is there and as issued is left alone, one that is missing or
whose contents changed (another deadline, another telephone) is written, and one that somebody
changed by hand is never replaced without being asked.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ptxl.api import Progress
from ptxl.documents.document import Json
from ptxl.model.form import Form, RoundUnit, Unit, fill_text
from ptxl.outputs import file_name, write_whole
from ptxl.receive.workers import Terms
from ptxl.renew.fill import prefill_form
from ptxl.rounds.folder import Round
from ptxl.rounds.ledger import Issued, Ledger
from ptxl.rounds.status import ISSUED, forms_of, parameters_of, units_of
from ptxl.template import Template
from ptxl.write.stencil import Stencil

#: the time of every file in an archive: the same forms make the same archive
_ZIP_TIME = (2020, 1, 1, 0, 0, 0)
#: makes the note that goes out with the forms of a department: what it is called, and its bytes
CoverNote = Callable[[str, tuple[RoundUnit, ...]], tuple[str, bytes]]


@dataclass(slots=True)
class Issuing:
    """What a run of `issue` did: names of forms written, unchanged, and left as somebody
    changed them."""

    written: list[str] = field(default_factory=list)
    unchanged: int = 0
    kept: list[str] = field(default_factory=list)


def issue(
    where: Round, terms: Terms, now: datetime,
    *, prefill: Mapping[str, Json] | None = None, overwrite: bool = False,
    cover_note: CoverNote | None = None, progress: Progress = iter,
    waiting: Callable[[], None] = lambda: None,
) -> Issuing:  # fmt: skip
    """Write the forms of a round, and for each department an archive of them with a cover note.

    `prefill` holds answers by code of the unit. Raises RosterError, TemplateError, AnswersError,
    BusyError, RoundError.
    """
    with where.changing(waiting) as ledger:
        run = _Run(where, terms, ledger, dict(prefill or {}), overwrite)
        units = units_of(where, terms.templates)
        for one in progress(list(units)):
            run.write_forms(one)
        if not ledger.remembered(ISSUED):
            ledger.remember(ISSUED, now.isoformat())
        for department, own in _by_department(units).items():
            run.write_department(department, own, cover_note)
        return run.result


def _by_department(units: Iterable[RoundUnit]) -> dict[str, list[RoundUnit]]:
    found: dict[str, list[RoundUnit]] = {}
    for one in units:
        found.setdefault(one.unit.department or one.unit.name, []).append(one)
    return found


@dataclass(slots=True)
class _Run:
    """One run of `issue`."""

    round: Round
    terms: Terms
    ledger: Ledger
    prefill: dict[str, Json]
    overwrite: bool
    result: Issuing = field(default_factory=Issuing)
    _forms: dict[str, Template] = field(init=False)
    _issued: dict[tuple[str, str], Issued] = field(init=False)
    _stencils: dict[str, Stencil] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._forms = forms_of(self.round, self.terms.templates)
        self._issued = self.ledger.issued()

    def write_forms(self, one: RoundUnit) -> None:
        """Write the forms of one unit, where that is needed."""
        for template, own in one.forms.items():
            self._write_form(one, template, self._stencil(template, own))

    def _stencil(self, template: str, own: Mapping[str, object]) -> Stencil:
        """The stencil of a form: one for all units with the same parameters."""
        loaded = self._forms[template]
        given = parameters_of(self.round, loaded, own)
        key = f"{template} {sorted(given.items())}"
        if key not in self._stencils:
            self._stencils[key] = Stencil(
                loaded.layout(given), key=self.round.key, round=self.round.settings.id
            )
        return self._stencils[key]

    def _write_form(self, one: RoundUnit, template: str, stencil: Stencil) -> None:
        answers = self.prefill.get(one.unit.code)
        if answers:
            place = f"prefill {one.unit.code}"
            data = prefill_form(stencil, one.unit, answers, self.terms.templates, place)
        else:
            data = stencil.stamp(one.unit)
        path = self._folder(one.unit) / self._file_name(one, stencil.layout.form)
        digest = hashlib.sha256(data).hexdigest()
        name = path.relative_to(self.round.forms).as_posix()
        before = self._issued.get((one.unit.code, template))
        lying = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        if lying == digest:
            self.result.unchanged += 1
        elif lying and not self.overwrite and not (before and lying == before.digest):
            self.result.kept.append(name)
            return
        else:
            write_whole(path, data)
            self.result.written.append(name)
        serial = stencil.identity(one.unit).serial
        issued = Issued(one.unit.code, template, name, digest, serial)
        if issued != before:
            self.ledger.add_issued(issued)

    def _file_name(self, one: RoundUnit, form: Form) -> str:
        """What a form is called: by unit and title, and by its template where titles are alike."""
        unit, title = one.unit, fill_text(form.title, {})
        alike = [name for name in one.forms if self._title(one, name) == title]
        kind = form.template if len(alike) > 1 else ""
        return f"{file_name(unit.code, unit.name, title, kind)}.xlsx"

    def _title(self, one: RoundUnit, template: str) -> str:
        return fill_text(self._stencil(template, one.forms[template]).layout.form.title, {})

    def _folder(self, unit: Unit) -> Path:
        return self.round.forms / file_name(unit.department or unit.name)

    def write_department(
        self, department: str, units: Iterable[RoundUnit], cover_note: CoverNote | None
    ) -> None:
        """Write the cover note of a department, and the archive that goes out to it."""
        folder = self.round.forms / file_name(department)
        if cover_note:
            name, data = cover_note(department, tuple(units))
            write_whole(folder / name, data)
        files = sorted(path for path in folder.iterdir() if not path.name.startswith((".", "~$")))
        packed = _packed(files)
        target = self.round.forms / f"{folder.name}.zip"
        if not target.is_file() or target.read_bytes() != packed:
            write_whole(target, packed)


def _packed(files: Iterable[Path]) -> bytes:
    """An archive of files; the same files make the same bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for path in files:
            archive.writestr(zipfile.ZipInfo(path.name, _ZIP_TIME), path.read_bytes())
    return made.getvalue()
