"""What units sent last year, from their returned workbooks or as JSON → what a check compares with.

Of each form a few kilobytes are kept, packed; only those of the unit asked about are unpacked.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ptxl import jobs
from ptxl.batch import Progress, each
from ptxl.check.submission import type_values
from ptxl.documents.document import dump, parse_answers
from ptxl.inputs import AnyPath
from ptxl.merge.against_last_year import YearThresholds, against_last_year
from ptxl.merge.names import code_key
from ptxl.merge.rows import UnitSummary
from ptxl.merge.summarise import summarise
from ptxl.merge.views import View
from ptxl.model.errors import FaultsError, InputError
from ptxl.model.findings import Finding
from ptxl.model.submission import CheckedSubmission
from ptxl.receive.workers import Terms, Unread
from ptxl.renew.fill import answered_form
from ptxl.renew.prefill import load_prefill
from ptxl.summary.county_json import read_summary
from ptxl.summary.unit_json import Forms, unit_from_json, unit_json
from ptxl.template import NO_LOCAL, Local, Templates, shared_constants

_JSON = (".json", ".jsonl")
_YEAR = "year"


class LastYear:
    """Forms of earlier years by unit, compared with by thresholds that may be the county's own.

    `unread` are the files that could not be read.
    """

    def __init__(self, local: Local = NO_LOCAL) -> None:
        self.unread: list[str] = []
        self.count = 0
        self._thresholds = YearThresholds.of(shared_constants("last_year", local))
        self._asked = Forms()
        self._forms: dict[str, list[bytes]] = {}

    def add(self, unit: UnitSummary) -> None:
        """Keep a form; of several of one unit, template and year the last counts."""
        document = unit_json(View(replace(unit, found=())), self._asked)
        packed = zlib.compress(dump(document, indent=None).encode("utf-8", "surrogatepass"))
        self._forms.setdefault(code_key(unit.form.code), []).append(packed)
        self.count += 1

    def findings(self, checked: CheckedSubmission) -> tuple[Finding, ...]:
        """What shows when a form is laid beside those of its unit in the latest year before it."""
        code = checked.submission.identity.unit.code
        year = _number(str(checked.submission.layout.form.parameters.get(_YEAR, "")))
        kept = [unit for unit in self._of_unit(code) if _is_before(_year_of(unit), year)]
        latest = max((_year_of(unit) or 0 for unit in kept), default=0)
        by_template = {unit.form.template: unit for unit in kept if (_year_of(unit) or 0) == latest}
        return tuple(against_last_year(checked, by_template.values(), self._thresholds))

    def _of_unit(self, code: str) -> Iterator[UnitSummary]:
        for packed in self._forms.get(code_key(code), ()):
            text = zlib.decompress(packed).decode("utf-8", "surrogatepass")
            yield unit_from_json(parse_answers(text, code), self._asked)


def read_last_year(
    path: AnyPath, *, terms: Terms | None = None, progress: Progress = iter
) -> LastYear:
    """Read what units sent last year: a folder of workbooks, or JSON of `ptxl read` or `merge`.

    Raises InputError for an empty folder, AnswersError for what is no such JSON.
    """
    templates = (terms or Terms()).templates
    year, source = LastYear(templates.local), Path(path)
    if source.suffix.casefold() in _JSON:
        _add_json(year, source, templates)
        return year
    for found in each([source], jobs.remember, terms=terms, progress=progress):
        if isinstance(found, Unread):
            year.unread.append(found.file)
        else:
            year.add(found)
    return year


def _add_json(year: LastYear, path: Path, templates: Templates) -> None:
    units = _of_summary(path)
    if units is not None:
        for unit in units:
            year.add(unit)
        return
    for code, document in load_prefill(path).items():
        try:
            submission, _ = answered_form(document, templates, path.name)
        except FaultsError:
            year.unread.append(f"{path.name}: {code}")
        else:
            year.add(summarise(type_values(submission)))


def _of_summary(path: Path) -> Iterator[UnitSummary] | None:
    """The forms in a file of `ptxl merge`; None for one that `ptxl read` may have written."""
    if path.suffix.casefold() == ".jsonl":
        return None
    try:
        return read_summary(path).units()
    except InputError as error:
        if error.code != "no_summary":
            raise
        return None


def _is_before(year: int | None, now: int | None) -> bool:
    """Whether a form may be compared with: its year is earlier, as far as both say it."""
    return year is None or now is None or year < now


def _year_of(unit: UnitSummary) -> int | None:
    _, value = unit.shared.get(_YEAR, ("", ""))
    return _number(value)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None
