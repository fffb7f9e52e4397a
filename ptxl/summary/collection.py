"""Takes in what counts and what does not, file after file, and writes the summary of it.

Submissions wait on disk; in memory are figures, names and what a person has to be told. Whatever
the order in which they came, the same summary is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TextIO, TypeVar

from ptxl.documents.document import Json, dump
from ptxl.merge.alike import AcrossUnits
from ptxl.merge.figures import COUNTS, Tally
from ptxl.merge.rows import County, DueForm, FormOf, LeftOut, UnitSummary, roster_order
from ptxl.merge.views import View
from ptxl.summary.county_json import county_json, cross_json, due_json, write_summary
from ptxl.summary.spool import LeftOutSpool, Spool
from ptxl.values.money import YUAN, unit_of_sums
from ptxl.words import Language, Speaker

_Key = tuple[str, str, str]
E = TypeVar("E", DueForm, LeftOut)


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """What a summary says of itself. `county` is what files that name none belong to."""

    title: str = ""
    county: County = field(default_factory=County)
    language: Language = "zh"
    #: the units that should have sent something, where nobody says which forms
    roster: tuple[DueForm, ...] = ()
    #: the folder that the workbook will stand in: links to files are told from there
    folder: Path = field(default_factory=Path)
    #: where files that do not count can be opened, by their names
    paths: Mapping[str, str] = field(default_factory=dict)


class ContradictionError(Exception):
    """Two summaries of one county say of one form, named here, that it stands otherwise."""


@dataclass(slots=True)
class Entry:
    """A line of the sheet of units: a form that was due, or one that came without being due."""

    form: FormOf | DueForm
    state: str
    file: str = ""
    counts: bool = False


class Collection(ExitStack):
    """Everything that one summary is made of. A context: what waits on disk goes when it ends."""

    def __init__(self, folder: Path, about: About) -> None:
        super().__init__()
        about = replace(about, county=_named(about.county))
        self.about = about
        self._tally = Tally()
        self._dues_counted = False
        self._spool = self.enter_context(Spool(folder))
        #: what is said of each county, without its forms
        self._counties: dict[str, County] = {}
        self._left_out = self.enter_context(LeftOutSpool(folder))
        #: what was due, in the order of coming; each once
        self._due: dict[_Key, DueForm] = {}
        self._entries: dict[_Key, Entry] = {}
        self.add_county(about.county)
        self.about = replace(about, county=replace(about.county, left_out=()))
        #: place and department by template and code of the unit; "" for any template
        self._roster = {
            (due.template, due.code): (due.place, due.department) for due in about.county.dues
        } | {("", due.code): (due.place, due.department) for due in about.roster}

    @property
    def tally(self) -> Tally:
        """The figures, once everything has been taken in."""
        if not self._dues_counted:
            self._dues_counted = True
            for due in self._dues():
                self._tally.add_due(due)
            for left in self._settled(self._left_out.briefs()):
                self._tally.add_money_left_out(left)
        return self._tally

    # -- taking in

    def placed(self, unit: UnitSummary) -> UnitSummary:
        """The submission in its county, with its place and department in the roster."""
        return replace(unit, form=self._in_roster(unit.form))

    def placed_left_out(self, left: LeftOut) -> LeftOut:
        """The same, of a file that does not count."""
        name, form = self.about.county.name, left.form
        return replace(left, form=form and self._in_roster(form), county=name)

    def _in_roster(self, form: FormOf) -> FormOf:
        place, department = self._roster.get((form.template, form.code)) or self._roster.get(
            ("", form.code), (0, "")
        )
        return replace(
            form, county=self.about.county.name, place=place,
            department=department or form.department,
        )  # fmt: skip

    def close_roster(self) -> None:
        """Say of each unit of the roster what came of it, once everything has come."""
        county = self.about.county.name
        came: dict[str, list[Entry]] = {}
        for entry in self._entries.values():
            if entry.form.county == county:
                came.setdefault(entry.form.code, []).append(entry)
        for due in self.about.roster:
            due = replace(due, county=county)
            entries = came.get(due.code)
            for one in [_came(due, entry) for entry in entries] if entries else [due]:
                self._add_due(one)

    def add(self, view: View, path: str = "") -> None:
        """Take in a submission that counts, and the path under which its file can be opened."""
        self._tally.add(view)
        self._spool.add(view, path)
        unit = view.unit
        entry = self._entries.setdefault(unit.form.key, Entry(unit.form, "accepted"))
        entry.form, entry.file, entry.counts = unit.form, unit.file, True

    def add_left_out(self, left: LeftOut) -> None:
        """Take in a file that does not count."""
        if not self._left_out.add(left):
            return
        self._tally.add_left_out(left)
        if left.form:
            new = Entry(left.form, "to_correct", left.file)
            entry = self._entries.setdefault(left.form.key, new)
            if not entry.counts and isinstance(entry.form, FormOf):
                entry.file = min(entry.file, left.file)

    def add_county(self, county: County) -> None:
        """Take in what is said of a county, beside its submissions.

        Of what two summaries say of one county as a whole the later counts; what was due in either
        was due. Raises ContradictionError where they say of one form that it stands otherwise.
        """
        county = _named(county)
        told = replace(county, dues=(), left_out=())
        known = self._counties.get(county.name, told)
        self._counties[county.name] = max(known, told, key=_order_of_county)
        for due in county.dues:
            self._add_due(due)
        for left in county.left_out:
            self.add_left_out(left)

    def _add_due(self, due: DueForm) -> None:
        key = due.county, due.template, due.code
        if self._due.setdefault(key, due) != due:
            raise ContradictionError(f"{due.code} {due.name}")
        self._entries.setdefault(key, Entry(due, due.state, due.file))

    def _dues(self) -> Iterator[DueForm]:
        """Yield what was due, in order, with the department of its submission where it has none."""
        for due in sorted(self._due.values(), key=roster_order):
            form = self._entries[due.county, due.template, due.code].form
            yield due if due.department else replace(due, department=form.department)

    def _settled(self, every: Iterable[LeftOut]) -> Iterator[LeftOut]:
        """Yield what is left out, in order; of a form that counts, or came before, no money, nor of
        one in another currency."""
        seen: set[_Key] = set()
        for one in every:
            left = one if one.currency == self._tally.currency else one.without_money
            key = left.form.key if left.form else None
            if key is None:
                yield left
                continue
            again = key in seen or self._entries[key].counts
            seen.add(key)
            yield left.without_money if again else left

    def came_unasked(self, form: FormOf | DueForm) -> bool:
        """Whether a form was not due, as far as it is known what was."""
        return bool(self._due) and (form.county, form.template, form.code) not in self._due

    def came_late(self, form: FormOf | DueForm) -> bool | None:
        """Whether a form that was due came after the deadline; None where nobody knows."""
        due = self._due.get((form.county, form.template, form.code))
        return due.late if due else None

    @property
    def unasked(self) -> int:
        """How many forms count that were not due, as far as it is known what was."""
        return sum(one.counts and self.came_unasked(one.form) for one in self._entries.values())

    def kept(self, key: _Key) -> UnitSummary:
        """The submission of a form that counts. Raises KeyError where none does."""
        return self._spool.get(key)

    @property
    def counties(self) -> tuple[County, ...]:
        """The counties that something came from, in order, with what was due and left out: of each
        such file the first finding alone.
        """
        used = set(self.tally.counties) or set(self._counties)
        dues = _by_county(self._dues())
        left_out = _by_county(self._settled(self._left_out.briefs()))
        return tuple(
            replace(
                self._counties.get(name, County(name=name)),
                dues=tuple(dues.get(name, ())),
                left_out=tuple(left_out.get(name, ())),
            )
            for name in sorted(used)
        )

    # -- writing

    def write_json(self, target: TextIO, across: AcrossUnits) -> None:
        """Write the summary as JSON, and what shows between its units."""
        dues = (due for county in self.counties for due in county.dues)
        head = {**self._head(), "across_more": dict(across.more)}
        write_summary(target, head, self._spool.forms, {
            "across": _lines(map(cross_json, across.found)),
            "dues": _lines(map(due_json, dues)),
            "left_out": self._left_out.texts(),
            "units": self._spool.texts(),
        })  # fmt: skip

    def _head(self) -> dict[str, Json]:
        total, currency = self.tally.total, self.tally.currency
        money = Speaker(self.about.language).word(unit_of_sums(currency).called)
        return {
            "title": self.about.title,
            **({} if currency == YUAN else {"money": money}),
            "counties": list(map(county_json, self.counties)),
            "counts": {name: total.count(name) for name in COUNTS if name in total.counts},
            "totals": {str(name): total.amounts[name].value for name in sorted(total.amounts)},
            "budget": {str(name): total.budget[name].value for name in sorted(total.budget)},
        }

    def units(self) -> Iterator[tuple[UnitSummary, str]]:
        """Yield what counts, with the path of its file, in the order of the roster."""
        yield from self._spool

    def left_out(self) -> Iterator[LeftOut]:
        """Yield what does not count, with all that was found in it, county by county."""
        yield from self._settled(self._left_out)

    def entries(self) -> list[Entry]:
        """The lines of the sheet of units, in the order of the roster."""
        return sorted(self._entries.values(), key=lambda entry: roster_order(entry.form))


def _named(county: County) -> County:
    """The same, with its name on everything that belongs to it."""
    name = county.name
    left_out = tuple(
        replace(one, county=name, form=one.form and replace(one.form, county=name))
        for one in county.left_out
    )
    dues = tuple(replace(one, county=name) for one in county.dues)
    return replace(county, dues=dues, left_out=left_out)


def _came(due: DueForm, entry: Entry) -> DueForm:
    """What was due from a unit of the roster, of which a form came."""
    form, state = entry.form, "accepted" if entry.counts else "to_correct"
    return replace(due, template=form.template, title=form.title, state=state, file=entry.file)


def _lines(documents: Iterable[Json]) -> Iterator[str]:
    return (dump(one, indent=None) for one in documents)


def _by_county(entries: Iterable[E]) -> dict[str, list[E]]:
    found: dict[str, list[E]] = {}
    for entry in entries:
        found.setdefault(entry.county, []).append(entry)
    return found


def _order_of_county(county: County) -> tuple[object, ...]:
    return (
        county.made or date.min, county.title, county.year, county.maker,
        county.deadline or date.min,
    )  # fmt: skip
