"""Takes in what counts and what does not, file after file, and writes the summary of it.

Submissions wait on disk; in memory are figures, names and what a person has to be told. Whatever
the order in which they came, the same summary is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from ptxl.documents.document import Json
from ptxl.merge.alike import AcrossUnits
from ptxl.merge.figures import Tally
from ptxl.merge.rows import County, DueForm, FormOf, LeftOut, UnitSummary
from ptxl.summary.county_json import county_json, cross_json, write_summary
from ptxl.summary.spool import Spool
from ptxl.words import Language

_Key = tuple[str, str, str]
_UNPLACED = 10**9


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """What a summary says of itself. `county` is what files that name none belong to."""

    title: str = ""
    county: County = field(default_factory=County)
    language: Language = "zh"
    #: the folder that the workbook will stand in: links to files are told from there
    folder: Path = field(default_factory=Path)


@dataclass(slots=True)
class Entry:
    """A line of the sheet of units: a form that was due, or one that came without being due."""

    form: FormOf | DueForm
    state: str
    file: str = ""
    remark: str = ""
    counts: bool = False


class Collection:
    """Everything that one summary is made of. A context: what waits on disk goes when it ends."""

    def __init__(self, folder: Path, about: About) -> None:
        self.about = about
        self.tally = Tally()
        self._folder = folder
        self._stack = ExitStack()
        self._spool = self._stack.enter_context(Spool(folder))
        self._counties: dict[str, County] = {about.county.name: about.county}
        self._dues = {(due.template, due.code): due for due in about.county.dues}
        self._entries: dict[_Key, Entry] = {}
        for due in about.county.dues:
            self._add_due(due)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    # -- taking in

    def placed(self, unit: UnitSummary) -> UnitSummary:
        """The submission in its county, with its place and department in the roster."""
        due = self._dues.get((unit.form.template, unit.form.code))
        return unit.placed(
            county=self.about.county.name,
            place=due.place if due else 0,
            department=due.department if due else "",
        )

    def placed_left_out(self, left: LeftOut) -> LeftOut:
        """The same, of a file that does not count."""
        name, form = self.about.county.name, left.form
        due = self._dues.get((form.template, form.code)) if form else None
        if form:
            form = replace(form, county=name)
        if form and due:
            form = replace(form, place=due.place, department=due.department or form.department)
        return replace(left, form=form, county=name)

    def add(self, unit: UnitSummary, path: str = "") -> None:
        """Take in a submission that counts, and the path under which its file can be opened."""
        self.tally.add(unit)
        self._spool.add(unit, path)
        entry = self._entries.setdefault(unit.form.key, Entry(unit.form, "accepted"))
        entry.file, entry.counts = unit.file, True

    def add_left_out(self, left: LeftOut) -> None:
        """Take in a file that does not count."""
        county = self._counties[left.county]
        self._counties[left.county] = replace(county, left_out=(*county.left_out, left))
        self.tally.add_left_out(left)
        if left.form:
            self._entries.setdefault(left.form.key, Entry(left.form, "to_correct", left.file))

    def add_county(self, county: County) -> None:
        """Take in what another summary says of a county, beside its submissions."""
        known = self._counties.get(county.name)
        if known is None:
            self._counties[county.name] = replace(county, left_out=())
            for due in county.dues:
                self._add_due(due)
        for left in county.left_out:
            self.add_left_out(left)

    def _add_due(self, due: DueForm) -> None:
        self.tally.add_due(due)
        key = due.county, due.template, due.code
        self._entries.setdefault(key, Entry(due, due.state, due.file, due.remark))

    def kept(self, key: _Key) -> UnitSummary:
        """The submission of a form that counts. Raises KeyError where none does."""
        return self._spool.get(key)

    @property
    def counties(self) -> tuple[County, ...]:
        """The counties that something came from, in order, with what was left out of each."""
        used = set(self.tally.counties)
        return tuple(
            replace(one, left_out=tuple(sorted(one.left_out, key=_order_of_left_out)))
            for name, one in sorted(self._counties.items())
            if name in used or len(self._counties) == 1
        )

    # -- writing

    def write_json(self, target: TextIO, across: AcrossUnits) -> None:
        """Write the summary as JSON, and what shows between its units."""
        head = {**self._head(), "across": [cross_json(one) for one in across.found]}
        write_summary(target, head, self._spool.forms, self._spool.texts())

    def _head(self) -> dict[str, Json]:
        total = self.tally.total
        return {
            "title": self.about.title,
            "counties": list(map(county_json, self.counties)),
            "counts": {name: total.count(name) for name in total.counts},
            "totals": {str(name): one.value for name, one in total.amounts.items()},
            "budget": {str(name): one.value for name, one in total.budget.items()},
        }

    def units(self) -> Iterator[tuple[UnitSummary, str]]:
        """Yield what counts, with the path of its file, in the order of the roster."""
        yield from self._spool

    def entries(self) -> list[Entry]:
        """The lines of the sheet of units, in the order of the roster."""
        return [self._entries[key] for key in sorted(self._entries, key=self._order)]

    def _order(self, key: _Key) -> tuple[object, ...]:
        form = self._entries[key].form
        return form.county, form.place or _UNPLACED, form.code, form.template


def _order_of_left_out(left: LeftOut) -> tuple[object, ...]:
    form = left.form
    return (
        (form.place or _UNPLACED, form.code, form.template, left.file)
        if form
        else (2 * _UNPLACED, "", "", left.file)
    )
