"""The commands as functions: paths and plain values in, files and values out.

from ptxl import api
forms = api.generate("hebei-department", "roster.csv", "forms", parameters={"year": 2026})
api.read(forms[0])                                  # a submission with typed values
api.merge(["returned"], "county.xlsx", json="county.json")

Returned files are opened in worker processes, on `Terms`: templates known, limits, a round's key.
Where there is no fork, or other threads run, a program that calls these needs the usual
`if __name__ == "__main__":`.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import partial
from pathlib import Path

from ptxl import jobs
from ptxl.batch import Progress, each, keep_apart, keep_inputs, require_xlsx, run_one
from ptxl.check.waivers import HEADINGS, Waivers, waivers_of, with_exceptions
from ptxl.documents.document import Json, build_document, load_answers
from ptxl.inputs import AnyPath, FileName, Inputs, find_files, find_inputs
from ptxl.inspection.book import Kind
from ptxl.inspection.flaws import Flaw as Flaw
from ptxl.inspection.rulebook import inspect_parts
from ptxl.last_year import LastYear, read_last_year
from ptxl.layout.identity import identify
from ptxl.merge.against_budget import AgainstBudget
from ptxl.merging import Merged, merge, read_comparisons
from ptxl.model.errors import (
    AnswersError,
    Fault,
    OptionError,
    OutputError,
    PtxlError,
    RosterError,
    SigningKeyError,
    system_reason,
)
from ptxl.model.findings import Language, Severity
from ptxl.model.form import Form, Unit, fill_text
from ptxl.model.refusals import refusal
from ptxl.model.submission import CheckedSubmission, Identity
from ptxl.outputs import (
    file_name,
    fitting,
    write_each,
    write_whole,
)
from ptxl.read.table_files import Headings, read_table
from ptxl.receive.sniff import Limits, read_file, sniff
from ptxl.receive.workers import Task, Terms, Unread
from ptxl.renew.fill import prefill_form
from ptxl.renew.prefill import load_prefill, read_prefill
from ptxl.renew.repair import Repaired
from ptxl.roster import UnitsOfForm, check_units, read_units_of_form
from ptxl.roster.budget import read_budget
from ptxl.summary.comparisons import Comparisons
from ptxl.template import NO_LOCAL, Local, Templates, load_template, read_local
from ptxl.words import DEFAULT_LANGUAGE
from ptxl.write.stencil import Stencil

_SHORTEST_KEY = 16
#: what a workbook may cost that ptxl itself wrote, and that somebody wants inspected
_OF_FINISHED = Limits(
    file_megabytes=512, part_megabytes=1024, total_megabytes=2048, cells=50_000_000,
    ranges=1_000_000,
)  # fmt: skip
_LOG = logging.getLogger("ptxl")


def generate(
    template: AnyPath,
    roster: AnyPath | Iterable[Unit],
    folder: AnyPath,
    *,
    parameters: Mapping[str, object] | None = None,
    prefill: Mapping[str, Json] | AnyPath | None = None,
    password: str = "",
    key: bytes = b"",
    overwrite: bool = False,
    local: Local = NO_LOCAL,
) -> list[Path]:
    """Write one locked workbook per unit, named by code, name and title; return their paths.

    Where the roster has a column for kinds of form, units that fill in others are left out.
    `prefill` holds answers by unit code (JSON in our vocabulary), or is the path of a table or of
    JSON that does. With the `key` of a round (`load_key`) each form is signed, and known again by
    who reads with it (`Terms`). A county's own rules (`read_local`) stand on the self-check like
    those of the template. Raises TemplateError, RosterError or AnswersError before the first
    file is written, or when an answer has no place; OptionError for a password that is not ASCII;
    OutputError rather than replace a file that differs, unless told to `overwrite`.
    """
    if not password.isascii():
        raise OptionError("password_not_ascii")
    loaded = load_template(template, local)
    loaded.check_used(parameters or {})
    layout = loaded.layout(parameters or {})
    if isinstance(roster, str | Path):
        units = read_units_of_form(Path(roster), loaded).units
    else:
        units = check_units(tuple(roster))
    paths = _form_paths(Path(folder), units, layout.form)
    if isinstance(prefill, str | Path):
        prefill = read_prefill(prefill, layout, units)
    given = prefill or {}
    _require_units(given, units)
    forms = _forms(Stencil(layout, password, key), units, given, Templates([template], local))
    write_each(_to_write(zip(paths, forms, strict=True), overwrite=overwrite))
    return paths


def _forms(
    stencil: Stencil, units: Iterable[Unit], given: Mapping[str, Json], templates: Templates
) -> Iterator[bytes]:
    """Make the form of each unit, with the answers that are given for it."""
    for unit in units:
        if answers := given.get(unit.code):
            yield prefill_form(stencil, unit, answers, templates, f"prefill {unit.code}")
        else:
            yield stencil.stamp(unit)


def units_of_form(template: AnyPath, roster: AnyPath) -> UnitsOfForm:
    """The units of a roster that fill in the form of a template, and how many others there are.

    They are all, where the roster has no column for kinds of form.
    """
    return read_units_of_form(Path(roster), load_template(template))


def form_file_name(unit: Unit, form: Form, beside: Iterable[Form] = ()) -> str:
    """The name of the form of a unit: code, name and title.

    Where one of the forms `beside` it has the same title, what the form is called for short stands
    in it too, or the id of its template.
    """
    title = fill_text(form.title, {})
    others = [each for each in beside if each.template != form.template]
    if any(fill_text(each.title, {}) == title for each in others):
        short = form.short
        if any(each.short == short for each in others):
            short = form.template
        title = f"{title}_{short or form.template}"
    return f"{file_name(unit.code, unit.name, title)}.xlsx"


def _form_paths(folder: Path, units: Iterable[Unit], form: Form) -> list[Path]:
    """Name each form by its unit and its title, so that two forms of a unit lie side by side."""
    names = [form_file_name(unit, form) for unit in units]
    twice = sorted(name for name, uses in Counter(names).items() if uses > 1)
    if twice:
        facts = {"names": tuple(twice)}
        raise RosterError([Fault(place="roster", code="roster.same_file", facts=facts)])
    return [folder / name for name in names]


def _require_units(prefill: Mapping[str, Json], units: Iterable[Unit]) -> None:
    """Raise AnswersError when there are answers of a unit that the roster does not name."""
    unknown = sorted(set(prefill) - {unit.code for unit in units})
    if unknown:
        facts = {"codes": tuple(unknown)}
        raise AnswersError([Fault(place="prefill", code="roster.no_such_units", facts=facts)])


def _to_write(
    forms: Iterable[tuple[Path, bytes]], *, overwrite: bool
) -> Iterator[tuple[Path, bytes]]:
    """Pass forms on. Raises OutputError rather than replace a file that differs."""
    for path, data in forms:
        if path.exists() and not overwrite and path.read_bytes() != data:
            raise OutputError("exists_and_differs", path=path)
        yield path, data


def read_waivers(path: AnyPath, on: date) -> Waivers:
    """Read a table of approved exceptions (spreadsheet or CSV), to be applied on a day.

    Raises TableError with every fault, each with its line.
    """
    table = read_table(Path(path), Headings(HEADINGS, tuple(HEADINGS)))
    return waivers_of(table.place, table.rows, on)


def inspect(path: AnyPath) -> tuple[Kind, tuple[Flaw, ...]]:
    """Find what readers of a finished workbook would stumble over: its kind, and all that is wrong.

    It takes any xlsx, whoever wrote it. Raises WorkbookError for what is none.
    """
    package = sniff(read_file(Path(path), _OF_FINISHED), _OF_FINISHED)
    if package.kind != "xlsx":
        raise refusal("not_inspected")
    return inspect_parts(package.parts)


def load_key(path: AnyPath) -> bytes:
    """The key of a round: all that a file holds, white space around it aside.

    Raises SigningKeyError when that is less than 16 bytes: who can guess a key can sign.
    """
    try:
        key = Path(path).read_bytes().strip()
    except OSError as error:
        raise SigningKeyError("unreadable_file", path=path, detail=system_reason(error)) from None
    if len(key) < _SHORTEST_KEY:
        raise SigningKeyError("key_too_short", path=path, least=_SHORTEST_KEY)
    return key


def fill(
    form: AnyPath, answers: AnyPath | Json, target: AnyPath, *, terms: Terms | None = None
) -> None:
    """Type answers into the open cells of a form (xlsx) and write the result to `target`.

    Raises WorkbookError when `form` is none, AnswersError naming all answers that have no place.
    """
    loaded, source = answers, ""
    if isinstance(answers, str | Path):
        keep_inputs([answers], [target])
        loaded, source = load_answers(Path(answers)), str(answers)
    keep_inputs([form], [target])
    require_xlsx(target)
    task = partial(jobs.fill, answers=loaded, source=source)
    write_whole(Path(target), run_one(task, form, terms))


def repair(
    file: AnyPath,
    target: AnyPath,
    *,
    terms: Terms | None = None,
    password: str = "",
    issued: Identity | None = None,
) -> Repaired:
    """Write a pristine form of the same unit and edition that holds the answers found in a file.

    The value says what became of every answer. `issued` says which form it is where the file does
    not any more (see `identity`). Raises WorkbookError when the file is no form of ours, or when
    its unit or edition cannot be trusted.
    """
    return _renewed(partial(jobs.repair, password=password, issued=issued), file, target, terms)


def upgrade(
    file: AnyPath,
    target: AnyPath,
    edition: str = "",
    *,
    terms: Terms | None = None,
    password: str = "",
    parameters: Mapping[str, object] | None = None,
    round: str | None = None,
) -> Repaired:
    """Write the form of another edition of the template, with the answers that it has a place for.

    The terms' templates hold both editions; without `edition` it is the first of them. Parameters
    are those of the old form unless given, and so is the round that it was issued in.
    """
    task = partial(
        jobs.upgrade,
        edition=edition,
        parameters=parameters or {},
        password=password,
        round=round,
    )
    return _renewed(task, file, target, terms)


def _renewed(task: Task[Repaired], file: AnyPath, target: AnyPath, terms: Terms | None) -> Repaired:
    keep_inputs([file], [target])
    require_xlsx(target)
    repaired = run_one(task, file, terms)
    write_whole(Path(target), repaired.workbook)
    return repaired


def identity(
    template: AnyPath,
    roster: AnyPath,
    code: str,
    *,
    parameters: Mapping[str, object] | None = None,
    round: str = "",
) -> Identity:
    """The identity of the form that was issued to one unit of a roster, in a round if it was."""
    loaded = load_template(template)
    units = {unit.code: unit for unit in read_units_of_form(Path(roster), loaded).units}
    if code not in units:
        facts = {"codes": (code,)}
        raise RosterError([Fault(place=str(roster), code="roster.no_such_units", facts=facts)])
    layout = loaded.layout(parameters or {})
    return identify(layout, units[code], round=round)


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


def read_approved_budget(path: AnyPath, unit: str = "") -> AgainstBudget:
    """A table of the approved budget, to check forms against; `unit` where it does not say its own.

    Raises TableError with every fault of the table.
    """
    return AgainstBudget(read_budget(Path(path), unit))


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


__all__ = [
    "NO_LOCAL",
    "AgainstBudget",
    "Comparisons",
    "FileName",
    "Inputs",
    "LastYear",
    "Limits",
    "Local",
    "Merged",
    "Progress",
    "PtxlError",
    "Repaired",
    "Templates",
    "Terms",
    "Unread",
    "Waivers",
    "all_waivers",
    "check",
    "document",
    "each",
    "fill",
    "find_files",
    "find_inputs",
    "form_file_name",
    "generate",
    "identity",
    "keep_apart",
    "load_key",
    "load_prefill",
    "mark",
    "merge",
    "read",
    "read_approved_budget",
    "read_comparisons",
    "read_last_year",
    "read_local",
    "read_prefill",
    "read_waivers",
    "repair",
    "save_marked",
    "units_of_form",
    "upgrade",
]
