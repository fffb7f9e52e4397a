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

import errno
import logging
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import BinaryIO, Protocol, TextIO, TypeVar

from ptxl import jobs
from ptxl.check.waivers import HEADINGS, Uses, Waivers, waivers_of
from ptxl.documents.document import Json, build_document, load_answers
from ptxl.inputs import AnyPath, FileName, Inputs, find_files, find_inputs
from ptxl.inspection.book import Kind
from ptxl.inspection.flaws import Flaw as Flaw
from ptxl.inspection.rulebook import inspect_parts
from ptxl.layout.identity import identify
from ptxl.merge.alike import AcrossUnits, SideBySide, Thresholds
from ptxl.merge.compare_years import Earlier
from ptxl.merge.figures import COUNTS, Figures, figures_of
from ptxl.merge.merger import Merger
from ptxl.merge.rows import County, DueForm, LeftOut, Noted, Sum, UnitSummary
from ptxl.merge.summarise import put_in_words
from ptxl.model.errors import (
    AnswersError,
    Fault,
    InputError,
    OptionError,
    OutputError,
    PtxlError,
    RosterError,
    SigningKeyError,
    WorkbookError,
    system_reason,
)
from ptxl.model.findings import Language, Severity, finding
from ptxl.model.form import Form, Unit, fill_text
from ptxl.model.refusals import OWN_WORKBOOKS, refusal
from ptxl.model.submission import CheckedSubmission, Identity
from ptxl.outputs import (
    file_name,
    fitting,
    prove_writable,
    replacing,
    working_folder,
    write_whole,
)
from ptxl.read.table_files import Headings, read_table
from ptxl.receive.sniff import Limits, read_file, sniff
from ptxl.receive.workers import T, Task, Terms, Unread, Workers, run
from ptxl.renew.fill import prefill_form
from ptxl.renew.prefill import load_prefill, read_prefill
from ptxl.renew.repair import Repaired
from ptxl.roster import UnitsOfForm, check_units, due_from, read_roster, read_units_of_form
from ptxl.roster.budget import read_budget
from ptxl.summary.collection import About, Collection, ContradictionError
from ptxl.summary.comparisons import Comparisons
from ptxl.summary.county_json import read_summary
from ptxl.summary.tables import DATABASE, tables_in
from ptxl.summary.template import SummaryTemplate, load_summary, summary_template
from ptxl.summary.workbook import write_workbook
from ptxl.template import Templates, load_template, shared_constants
from ptxl.words import DEFAULT_LANGUAGE, Phrase, phrase
from ptxl.write.stencil import Stencil

_Item = TypeVar("_Item")
_SHORTEST_KEY = 16
#: what a workbook may cost that ptxl itself wrote, and that somebody wants inspected
_OF_FINISHED = Limits(
    file_megabytes=512, part_megabytes=1024, total_megabytes=2048, cells=50_000_000,
    ranges=1_000_000,
)  # fmt: skip
_LOG = logging.getLogger("ptxl")


class Progress(Protocol):
    """Passes things on, one after the other, and may show how far it is."""

    def __call__(self, items: list[_Item], /) -> Iterator[_Item]: ...


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge did: counts, sums in 万元 by name, the files left out, and what shows when units
    are laid side by side."""

    counts: Mapping[str, int]
    #: over all projects, by name below a project: `funds.total`
    totals: Mapping[str, Sum]
    #: each with its first finding, which says why; all others are in the summary
    left_out: tuple[LeftOut, ...]
    across: AcrossUnits
    #: counted though their name is that of another unit, with what was found
    misnamed: tuple[tuple[str, Noted], ...]
    #: what lay in the folders and was not looked at
    skipped: tuple[str, ...]
    #: how many forms count that stand on no roster, where one was given
    unasked: int = 0
    #: how many forms are signed, where no key was given that could prove it
    unproven: int = 0
    #: the approved exceptions that never applied, and why
    unused_waivers: tuple[Phrase, ...] = ()
    #: what it was compared with, and what came of that
    comparisons: Comparisons = field(default_factory=Comparisons)

    @property
    def to_mend(self) -> tuple[LeftOut, ...]:
        """The files left out that somebody must do something about: all but equal copies."""
        return tuple(left for left in self.left_out if left.found[0].severity == "error")


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
) -> list[Path]:
    """Write one locked workbook per unit, named by code, name and title; return their paths.

    Where the roster has a column for kinds of form, units that fill in others are left out.
    `prefill` holds answers by unit code (JSON in our vocabulary), or is the path of a table or of
    JSON that does. With the `key` of a round (`load_key`) each form is signed, and known again by
    who reads with it (`Terms`). Raises TemplateError, RosterError or AnswersError before the first
    file is written, or when an answer has no place; OptionError for a password that is not ASCII;
    OutputError rather than replace a file that differs, unless told to `overwrite`.
    """
    if not password.isascii():
        raise OptionError("password_not_ascii")
    loaded = load_template(template)
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
    stencil = Stencil(layout, password, key)
    templates = Templates([template])
    for unit, path in zip(units, paths, strict=True):
        if answers := given.get(unit.code):
            data = prefill_form(stencil, unit, answers, templates, f"prefill {unit.code}")
        else:
            data = stencil.stamp(unit)
        _write_form(path, data, overwrite=overwrite)
    return paths


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


def _write_form(path: Path, data: bytes, *, overwrite: bool) -> None:
    """Raise OutputError rather than replace a file that differs."""
    if path.exists() and not overwrite and path.read_bytes() != data:
        raise OutputError("exists_and_differs", path=path)
    write_whole(path, data)


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
        _keep_inputs([answers], [target])
        loaded, source = load_answers(Path(answers)), str(answers)
    _keep_inputs([form], [target])
    _require_xlsx(target)
    task = partial(jobs.fill, answers=loaded, source=source)
    write_whole(Path(target), _run(task, form, terms))


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
    _keep_inputs([file], [target])
    _require_xlsx(target)
    repaired = _run(task, file, terms)
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
    return _run(jobs.read, file, terms)


def check(
    file: AnyPath,
    *,
    terms: Terms | None = None,
    waivers: Waivers | None = None,
) -> CheckedSubmission:
    """A returned workbook with typed values and everything that a reviewer would object to.

    `waivers` are approved exceptions and the day on which they are asked for (`read_waivers`).
    """
    task = partial(jobs.check, waivers=waivers)
    return _run(task, file, terms)


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
    look = partial(jobs.check, waivers=waivers)
    marked = _run(partial(jobs.mark, look=look, language=language, severity=severity), file, terms)
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
    _keep_inputs([file], [target])
    if marked.trace:
        _LOG.warning("%s: findings are listed beside it: %s", file.name, marked.trace)
    write_whole(target, marked.data)
    if taken is not None:
        taken.add(target)
    return target


def keep_apart(
    folder: AnyPath, files: Iterable[AnyPath], code: str = "marks_among_returns"
) -> None:
    """Raise OutputError when what is written to a folder would be read as returns the next time."""
    wanted = Path(folder).resolve()
    for inputs in map(Path, files):
        if inputs.is_dir() and wanted.is_relative_to(inputs.resolve()):
            raise OutputError(code, path=folder, folder=inputs)


def document(checked: CheckedSubmission) -> Json:
    """The JSON of a submission, numbers as Decimal or int."""
    return build_document(checked)


def each(
    files: Inputs | Iterable[AnyPath],
    task: Task[T],
    *,
    terms: Terms | None = None,
    workers: int = 0,
    progress: Progress = iter,
) -> Iterator[T | Unread]:
    """Do one thing (`jobs.read`, `jobs.check` …) with many files, each in a worker process.

    A file that cannot be read is an `Unread`, not an end. A workbook that ptxl wrote itself, found
    in a folder, is added to the inputs' `skipped` and gives nothing. `workers` is how many run (0:
    one for each processor, at most four); `progress` may wrap the list of files, to show how far it
    is. Raises InputError when all that the folders hold was skipped.
    """
    inputs = files if isinstance(files, Inputs) else find_inputs(files)
    returns = 0
    with Workers(task, terms or Terms(), workers, most=len(inputs.files)) as pool:
        for outcome in pool.each(progress(list(inputs.files))):
            if isinstance(outcome, Unread) and _own_output(outcome, inputs):
                inputs.skipped.append(outcome.file)
            else:
                returns += 1
                yield outcome
    if inputs.skipped and not returns:
        raise InputError("no_returns", files=tuple(inputs.skipped), count=len(inputs.skipped))


def _own_output(outcome: Unread, inputs: Inputs) -> bool:
    return outcome.error.code in OWN_WORKBOOKS and outcome.file not in inputs.single


def _run(task: Task[T], file: AnyPath, terms: Terms | None) -> T:
    return run(task, (Path(file), str(file)), terms or Terms())


def _keep_inputs(inputs: Iterable[AnyPath], outputs: Iterable[AnyPath]) -> None:
    """Raise OutputError when an output would replace an input, or another output."""
    taken = {Path(path).resolve() for path in inputs}
    for path in map(Path, outputs):
        if path.resolve() in taken:
            raise OutputError("replaces_input", path=path)
        taken.add(path.resolve())


def _require_xlsx(path: AnyPath) -> None:
    """Raise OutputError when a workbook would not be known by its name."""
    if Path(path).suffix.lower() != ".xlsx":
        raise OutputError("not_named_xlsx", path=path)


def merge(
    files: Inputs | Iterable[AnyPath],
    workbook: AnyPath,
    *,
    json: AnyPath | None = None,
    tables: AnyPath | None = None,
    title: str = "",
    county: County | str = "",
    roster: AnyPath | Iterable[Unit] = (),
    paths: Mapping[str, AnyPath] | None = None,
    language: Language = DEFAULT_LANGUAGE,
    shared: Mapping[str, object] | None = None,
    terms: Terms | None = None,
    workers: int = 0,
    progress: Progress = iter,
    waivers: Waivers | None = None,
    summary: AnyPath | None = None,
    comparisons: Comparisons | None = None,
) -> Merged:
    """Check all files and write the summary workbook (and JSON) from those without errors.

    Files with errors, files that cannot be read and forms that came twice are listed in it, with
    the reason, and never counted. Templates may differ from file to file; parameters that a summary
    shares, such as the year, may not: `shared` says which value counts, else the first file does.
    Files that are summaries as JSON bring the counties in them. `county` says of whom the others
    are: its name, or all that a round knows of it. Units stand in the order of the `roster`, and
    those of which nothing came are listed; without one, in that of their codes. `paths` tell where
    files that `county` leaves out can be opened, by name. `tables` is a folder that gets all data
    sheets as CSV and SQLite. `summary` is a summary template, `comparisons` what to compare with.
    """
    chosen = None if summary is None else load_summary(Path(summary))
    beside = comparisons or Comparisons()
    inputs = _apart(_found(files, tables), workbook, json, beside, terms)
    about = About(
        title=title, county=_county(county, title), language=language, roster=_due_from(roster),
        folder=Path(workbook).resolve().parent, paths=_paths(inputs, paths or {}),
    )  # fmt: skip
    with _outputs(Path(workbook), json, tables) as made, Collection(made.folder, about) as taken:
        merging = _Merging(taken, shared or {}, waivers)
        merging.add_files(inputs, terms, workers, progress)
        taken.close_roster()
        across = merging.across.across(taken.kept)
        template = chosen or summary_template(taken.tally.forms, (terms or Terms()).templates)
        _write(made, taken, across, template, beside)
    return merging.merged(inputs, across, beside, keyed=bool(terms and terms.key))


def read_comparisons(
    last: AnyPath | None = None, budget: AnyPath | None = None, budget_unit: str = ""
) -> Comparisons:
    """Read what a summary is to be compared with: an earlier one as JSON, the approved budget.

    `budget` is a table with codes of projects and amounts, in `budget_unit` where it does not say
    itself. Raises InputError or AnswersError for what is no summary, TableError with every fault of
    the table.
    """
    comparisons = Comparisons()
    if last:
        summary = read_summary(Path(last))
        comparisons.earlier = Earlier(county.name for county in summary.counties)
        comparisons.last = Path(last).name
        comparisons.files += (Path(last),)
        for one in summary.units():
            comparisons.earlier.add(one)
    if budget:
        comparisons.budget = read_budget(Path(budget), budget_unit)
        comparisons.files += (Path(budget),)
    return comparisons


def _apart(
    inputs: Inputs, workbook: AnyPath, json: AnyPath | None, comparisons: Comparisons,
    terms: Terms | None,
) -> Inputs:  # fmt: skip
    """The files to merge, of which, and of what they are compared with, none is written over."""
    inputs = _without_earlier(inputs, Path(workbook), terms)
    read = [*comparisons.files, *(path for path, _ in inputs.files)]
    _keep_inputs(read, filter(None, (workbook, json)))
    _require_xlsx(workbook)
    return inputs


def _found(files: Inputs | Iterable[AnyPath], tables: AnyPath | None) -> Inputs:
    if isinstance(files, Inputs):
        return files
    files = list(files)
    if tables is not None:
        keep_apart(tables, files, "tables_among_returns")
    return find_inputs(files)


def _paths(inputs: Inputs, others: Mapping[str, AnyPath]) -> dict[str, str]:
    opened = {name: path for path, name in inputs.files} | dict(others)
    return {name: str(path) for name, path in opened.items()}


def _write(
    made: _Made, taken: Collection, across: AcrossUnits, template: SummaryTemplate,
    comparisons: Comparisons,
) -> None:  # fmt: skip
    write_workbook(made.workbook, taken, across, made.folder, template, made.tables, comparisons)
    if made.json:
        taken.write_json(made.json, across)


def _county(county: County | str, title: str) -> County:
    if isinstance(county, County):
        return county
    return County(name=county, title=title, made=date.today())


def _due_from(roster: AnyPath | Iterable[Unit]) -> tuple[DueForm, ...]:
    return due_from(read_roster(Path(roster)) if isinstance(roster, str | Path) else roster)


class _Merging:
    """What happens to each outcome of one merge."""

    def __init__(
        self, taken: Collection, shared: Mapping[str, object], waivers: Waivers | None
    ) -> None:
        self._taken = taken
        self._waivers = waivers
        self._uses = Uses(waivers)
        self._misnamed: list[tuple[str, Noted]] = []
        given = {name: str(value) for name, value in shared.items()}
        self._merger = Merger(taken.kept, given, taken.about.language)
        self.across = SideBySide(Thresholds.of(shared_constants("across")))
        self.signed = 0

    def add_files(
        self, inputs: Inputs, terms: Terms | None, workers: int, progress: Progress
    ) -> None:
        """Summaries first, then the returned workbooks."""
        summaries = [path for path, _ in inputs.files if path.suffix.lower() == ".json"]
        for path in summaries:
            self._add_summary(path)
        returned = tuple(one for one in inputs.files if one[0] not in summaries)
        language = self._taken.about.language
        task = partial(jobs.summarise, waivers=self._waivers, language=language)
        inputs = replace(inputs, files=returned)
        for found in each(inputs, task, terms=terms, workers=workers, progress=progress):
            if isinstance(found, Unread):
                self._taken.add_left_out(self._unread(found))
            else:
                self._add(found, self._taken.about.paths.get(found.file, ""))

    def _add(self, found: UnitSummary | LeftOut, path: str) -> None:
        self.signed += found.signed
        if found.form:
            self._uses.add(found.form.code, [one for one in found.found if one.excepted])
        if isinstance(found, LeftOut):
            self._taken.add_left_out(self._taken.placed_left_out(found))
            return
        outcome = self._merger.add(self._taken.placed(found))
        if isinstance(outcome, LeftOut):
            self._taken.add_left_out(outcome)
            return
        self._count(outcome, path)

    def _count(self, unit: UnitSummary, path: str = "") -> None:
        self.across.add(unit)
        self._taken.add(unit, path)
        misnamed = (one for one in unit.found if one.code == "file_name_differs")
        self._misnamed += [(unit.file, one) for one in misnamed]

    def _add_summary(self, path: Path) -> None:
        """Take in the counties of a summary. Raises InputError where it contradicts another."""
        read = read_summary(path)
        for county in read.counties:
            try:
                self._taken.add_county(self._called(county))
            except ContradictionError as error:
                reason = phrase("summary.stands_otherwise", unit=str(error))
                raise InputError("summaries_differ", path=path, reason=reason) from None
        unnamed = next((self._called(one).name for one in read.counties if not one.name), "")
        for left in read.left_out():
            self._taken.add_left_out(left if left.county else left.of_county(unnamed))
        total = Figures()
        for one in read.units():
            total += figures_of(one)
            unit = one if one.form.county else one.of_county(unnamed)
            if self._merger.is_known(unit) and self._taken.kept(unit.form.key) == unit:
                continue
            outcome = self._merger.add(unit)
            if isinstance(outcome, LeftOut):
                reason = phrase("summary.stands_otherwise", unit=unit.form.unit)
                raise InputError("summaries_differ", path=path, reason=reason)
            self._count(outcome)
        told = read.head["counts"], read.head["totals"]
        counted = {name: amount.value for name, amount in total.amounts.items()}
        if told[0].get("forms", 0) != total.count("forms") or told[1] != counted:
            raise InputError("summary_altered", path=path)

    def _called(self, county: County) -> County:
        """A county with the name that tells it apart: its own, or whatever says whose it is."""
        given = self._taken.about.county.name
        return replace(county, name=county.name or given or county.maker or county.title)

    def _unread(self, found: Unread) -> LeftOut:
        about = self._taken.about
        why = finding("unreadable", reason=found.error.sentence)
        return LeftOut(
            file=found.file, found=(put_in_words(why, about.language),), county=about.county.name
        )

    def merged(
        self, inputs: Inputs, across: AcrossUnits, comparisons: Comparisons, *, keyed: bool
    ) -> Merged:
        """What was done."""
        total = self._taken.tally.total
        return Merged(
            counts={name: total.count(name) for name in COUNTS},
            totals={str(name): one for name, one in total.amounts.items()},
            left_out=tuple(left for one in self._taken.counties for left in one.left_out),
            across=across,
            misnamed=tuple(self._misnamed),
            skipped=tuple(inputs.skipped),
            unasked=self._taken.unasked,
            unproven=0 if keyed else self.signed,
            unused_waivers=self._uses.unused(),
            comparisons=comparisons,
        )


def _without_earlier(inputs: Inputs, workbook: Path, terms: Terms | None) -> Inputs:
    """Pass over the county workbook that an earlier merge wrote into an input folder."""
    for file in inputs.files:
        path, name = file
        if path.resolve() != workbook.resolve() or name in inputs.single:
            continue
        try:
            _run(jobs.read, path, terms)
        except WorkbookError as error:
            if error.code in OWN_WORKBOOKS:
                others = tuple(each for each in inputs.files if each != file)
                return replace(inputs, files=others, skipped=[*inputs.skipped, name])
    return inputs


@dataclass(frozen=True, slots=True)
class _Made:
    """A folder to work in, files to write to, and the folder to make for tables, if wanted."""

    folder: Path
    workbook: BinaryIO
    json: TextIO | None
    tables: Path | None


@contextmanager
def _outputs(workbook: Path, json: AnyPath | None, tables: AnyPath | None) -> Iterator[_Made]:
    """What to write to; all of it is where it was asked for at the end, or nothing is."""
    folders = [] if tables is None else [Path(tables)]
    targets = [workbook] if json is None else [workbook, Path(json)]
    for target in (*targets, *(folder / DATABASE for folder in folders)):
        prove_writable(target)  # before all the work
    with working_folder() as folder, ExitStack() as stack:
        book, text, made = folder / "summary.xlsx", folder / "summary.json", folder / "tables"
        with book.open("w+b") as opened, text.open("w", encoding="utf-8") as written:
            yield _Made(folder, opened, written if json else None, made if tables else None)
        for wanted in folders:
            stack.callback(_remove_tables, wanted, tables_in(wanted) - tables_in(made))
            for source in sorted(made.iterdir()):
                _copy(source, wanted / source.name, stack)
        for target, source in zip(targets, (book, text), strict=False):
            _copy(source, target, stack)


def _copy(source: Path, target: Path, stack: ExitStack) -> None:
    """Copy a file to where it is when the stack is left. Raises OSError now if it cannot be."""
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    shutil.copyfile(source, stack.enter_context(replacing(target)))


def _remove_tables(folder: Path, names: Iterable[str]) -> None:
    """Remove the tables of an earlier summary that this one has not."""
    for name in names:
        (folder / name).unlink(missing_ok=True)


__all__ = [
    "Comparisons",
    "FileName",
    "Inputs",
    "Limits",
    "Merged",
    "PtxlError",
    "Repaired",
    "Templates",
    "Terms",
    "Unread",
    "Waivers",
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
    "read_comparisons",
    "read_prefill",
    "read_waivers",
    "repair",
    "save_marked",
    "units_of_form",
    "upgrade",
]
