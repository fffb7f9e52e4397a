"""Returned files and summaries of counties → one summary: workbook, JSON, tables."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from ptxl import jobs
from ptxl.batch import Progress, each, keep_apart, keep_inputs, require_xlsx, run_one
from ptxl.check.waivers import Uses, Waivers, with_exceptions
from ptxl.inputs import AnyPath, Inputs, find_inputs
from ptxl.merge.alike import AcrossUnits, SideBySide, Thresholds
from ptxl.merge.compare_years import Earlier
from ptxl.merge.figures import COUNTS, Figures, figures_of
from ptxl.merge.merger import Merger
from ptxl.merge.rows import County, DueForm, LeftOut, Noted, Sum, UnitSummary
from ptxl.merge.summarise import put_in_words
from ptxl.merge.views import View
from ptxl.model.errors import InputError, WorkbookError
from ptxl.model.findings import Language, finding
from ptxl.model.form import Unit
from ptxl.model.refusals import OWN_WORKBOOKS
from ptxl.outputs import prove_writable, replacing, working_folder
from ptxl.receive.workers import Terms, Unread
from ptxl.roster import due_from, read_roster
from ptxl.roster.budget import read_budget
from ptxl.summary.collection import About, Collection, ContradictionError
from ptxl.summary.comparisons import Comparisons
from ptxl.summary.county_json import read_summary
from ptxl.summary.tables import DATABASE, tables_in
from ptxl.summary.template import SummaryTemplate, load_summary, summary_template
from ptxl.summary.workbook import write_workbook
from ptxl.template import Local, shared_constants
from ptxl.text import is_url
from ptxl.urls import prove_url, write_url
from ptxl.values.money import MoneyUnit, unit_of_sums
from ptxl.words import DEFAULT_LANGUAGE, Phrase, phrase


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge did: counts, sums by name, the files left out, and what shows when units
    are laid side by side."""

    counts: Mapping[str, int]
    #: over all projects, by name below a project: `funds.total`
    totals: Mapping[str, Sum]
    #: the unit of these
    money: MoneyUnit
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
    executor: Executor | None = None,
) -> Merged:
    """Check all files and write the summary workbook (and JSON) from those without errors.

    Files with errors, files that cannot be read and forms that came twice are listed in it, with
    the reason, and never counted. Templates may differ from file to file; parameters that a summary
    shares, such as the year, may not: `shared` says which value counts, else the first file does.
    Files that are summaries as JSON bring the counties in them; of the others `county` says whose
    they are. Units stand in the order of the `roster`, and those of which nothing came are listed.
    `paths` tell where files that `county` leaves out can be opened, by name. `tables` is a folder
    that gets all data sheets as CSV and SQLite. `summary` is a summary template, `comparisons` what
    to compare with. An `executor` looks at files elsewhere, as in `each`.
    """
    chosen = load_summary(Path(summary)) if summary else None
    beside = comparisons or Comparisons()
    inputs = _apart(_found(files, tables), workbook, json, beside, terms)
    about = About(
        title=title, county=_county(county, title), language=language, roster=_due_from(roster),
        folder=Path(workbook).resolve().parent, paths=_paths(workbook, inputs, paths or {}),
    )  # fmt: skip
    with _outputs(workbook, json, tables) as made, Collection(made.folder, about) as taken:
        merging = _Merging(taken, shared or {}, waivers, (terms or Terms()).templates.local)
        look = partial(each, terms=terms, workers=workers, progress=progress, executor=executor)
        across = merging.add_files(inputs, look, beside)
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
        comparisons.earlier = Earlier(summary.counties)
        comparisons.last = Path(last).name
        comparisons.files += (Path(last),)
        for left in summary.left_out():
            if left.form:
                comparisons.earlier.expect(left.form)
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
    keep_inputs(read, filter(None, (workbook, json)))
    require_xlsx(workbook)
    return inputs


def _found(files: Inputs | Iterable[AnyPath], tables: AnyPath | None) -> Inputs:
    if isinstance(files, Inputs):
        return files
    files = list(files)
    if tables is not None:
        keep_apart(tables, files, "tables_among_returns")
    return find_inputs(files)


def _paths(workbook: AnyPath, inputs: Inputs, others: Mapping[str, AnyPath]) -> dict[str, str]:
    """What links lead to, by name: from a URL nothing on a disk is found, nor the other way."""
    if is_url(workbook):
        return {}
    here = {name: path for path, name in inputs.files if name not in inputs.elsewhere}
    opened = here | dict(others)
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
        self, taken: Collection, shared: Mapping[str, object], waivers: Waivers | None,
        local: Local,
    ) -> None:  # fmt: skip
        self._taken = taken
        self._waivers = with_exceptions(waivers, local.exceptions, date.today())
        self._uses = Uses(self._waivers)
        self._misnamed: list[tuple[str, Noted]] = []
        given = {name: str(value) for name, value in shared.items()}
        self._merger = Merger(taken.kept, given, taken.about.language)
        self._across = SideBySide(Thresholds.of(shared_constants("across", local)))
        self.signed = 0

    def add_files(
        self, inputs: Inputs, look: Callable[..., Iterator[Any]], beside: Comparisons
    ) -> AcrossUnits:
        """Add summaries, then returned workbooks, by `each`; what shows when all are there.

        Raises InputError where what they are compared with is in another currency.
        """
        elsewhere = {path: name for path, name in inputs.files if name in inputs.elsewhere}
        summaries = [path for path, _ in inputs.files if path.suffix.lower() == ".json"]
        for path in summaries:
            if path in elsewhere:
                raise InputError("url_summary", path=elsewhere[path])
            self._add_summary(path)
        returned = tuple(one for one in inputs.files if one[0] not in summaries)
        language = self._taken.about.language
        task = partial(jobs.summarise, waivers=self._waivers, language=language)
        inputs = replace(inputs, files=returned)
        for found in look(inputs, task):
            if isinstance(found, Unread):
                self._taken.add_left_out(self._unread(found))
            else:
                self._add(found, self._taken.about.paths.get(found.file, ""))
        self._taken.close_roster()
        beside.require(self._taken.tally.currency)
        return self._across.across(self._taken.kept)

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
        view = View(unit)
        self._across.add(view)
        self._taken.add(view, path)
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
                raise InputError("summaries_differ", path=path, reason=_why_refused(outcome))
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
            money=unit_of_sums(self._taken.tally.currency),
            left_out=tuple(left for one in self._taken.counties for left in one.left_out),
            across=across,
            misnamed=tuple(self._misnamed),
            skipped=tuple(inputs.skipped),
            unasked=self._taken.unasked,
            unproven=0 if keyed else self.signed,
            unused_waivers=self._uses.unused(),
            comparisons=comparisons,
        )


def _why_refused(left: LeftOut) -> Phrase | str:
    """Why a form of one summary cannot stand beside those of another."""
    assert left.form is not None
    why = left.found[0]
    if why.code in ("other_round", "other_currency"):
        return why.message
    return phrase("summary.stands_otherwise", unit=left.form.unit)


def _without_earlier(inputs: Inputs, workbook: Path, terms: Terms | None) -> Inputs:
    """Pass over the county workbook that an earlier merge wrote into an input folder."""
    for file in inputs.files:
        path, name = file
        if path.resolve() != workbook.resolve() or name in inputs.single:
            continue
        try:
            run_one(jobs.read, path, terms)
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
def _outputs(workbook: AnyPath, json: AnyPath | None, tables: AnyPath | None) -> Iterator[_Made]:
    """What to write to; all of it is where it was asked for at the end, or nothing is."""
    folders = [] if tables is None else [Path(tables)]
    targets = [workbook] if json is None else [workbook, json]
    for target in (*targets, *(folder / DATABASE for folder in folders)):
        prove_url(str(target)) if is_url(target) else prove_writable(
            Path(target)
        )  # before all the work
    with working_folder() as folder, ExitStack() as stack:
        book, text, made = folder / "summary.xlsx", folder / "summary.json", folder / "tables"
        with book.open("w+b") as opened, text.open("w", encoding="utf-8") as written:
            yield _Made(folder, opened, written if json else None, made if tables else None)
        for wanted in folders:
            stack.callback(_remove_tables, wanted, tables_in(wanted) - tables_in(made))
            for source in sorted(made.iterdir()):
                _copy(source, wanted / source.name, stack)
        # The last to be named is the first to be there: where a URL fails, no file was replaced.
        for target, source in sorted(zip(targets, (book, text), strict=False), key=_is_away):
            _copy(source, target, stack)


def _is_away(copy: tuple[AnyPath, Path]) -> bool:
    return is_url(copy[0])


def _copy(source: Path, target: AnyPath, stack: ExitStack) -> None:
    """Copy a file to where it is when the stack is left. Raises OSError now if it cannot be."""
    if is_url(target):
        stack.callback(write_url, str(target), source)
        return
    target = Path(target)
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    shutil.copyfile(source, stack.enter_context(replacing(target)))


def _remove_tables(folder: Path, names: Iterable[str]) -> None:
    """Remove the tables of an earlier summary that this one has not."""
    for name in names:
        (folder / name).unlink(missing_ok=True)
