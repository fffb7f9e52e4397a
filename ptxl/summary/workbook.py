"""Collection → its workbook: the data sheets with their lines, and the sheets for paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from os.path import relpath
from pathlib import Path
from typing import BinaryIO

from ptxl.cells import quoted
from ptxl.merge.alike import AcrossUnits
from ptxl.merge.figures import amounts_of, is_quantified, project_sums
from ptxl.merge.rows import County, FormOf, Noted, ProjectRow, Sum, UnitSummary
from ptxl.merge.views import View
from ptxl.model.path import Path as FieldPath
from ptxl.summary.book import write_book
from ptxl.summary.by_department import by_department
from ptxl.summary.collection import Collection, Entry
from ptxl.summary.comparisons import CHANGES, FALLEN, OTHER_CHANGES, Comparisons
from ptxl.summary.keys import BUDGET_COLUMNS, key_of
from ptxl.summary.line_maker import LineMaker, project_name
from ptxl.summary.lines import UNREAD, Lines
from ptxl.summary.overview import overview
from ptxl.summary.places import Places
from ptxl.summary.sheets import Computed, Line, Link, PrintSheet, Sheet
from ptxl.summary.standard import UNMEASURED, Standard
from ptxl.summary.tables import write_tables
from ptxl.summary.template import SummaryTemplate, built_in_template
from ptxl.summary.template.subject import Subject
from ptxl.values.money import unit_of_sums
from ptxl.words import Phrase, Speaker, phrase

#: more comparisons than this would make a program wait that computes all sums of units anew
_MOST_COMPARISONS = 20_000_000
#: what stands below all errors on the sheet of problems
_LATER = "problems/later"
#: sheets that are there although they have no line
_ALWAYS = frozenset({"units", "projects", "left_out"})
_MISSING = phrase("standing.missing")
_NOT_DUE = phrase("summary.not_due")
_NOT_COUNTED = phrase("summary.not_counted")


def write_workbook(
    target: BinaryIO, collection: Collection, across: AcrossUnits, folder: Path,
    template: SummaryTemplate | None = None, tables: Path | None = None,
    comparisons: Comparisons | None = None,
) -> None:  # fmt: skip
    """Write the summary of a collection, what shows between its units, and comparisons.

    Lines wait in files in a folder. Which sheets there are is said by a template, else as always.
    The lines of all data sheets are also written as tables for other programs, into a folder
    `tables` that is made for them.
    """
    template = template or built_in_template()
    speaker = speaker_of(collection)
    with Lines(folder) as lines:
        book = _Workbook(collection, lines, template, comparisons or Comparisons())
        write_book(target, book.sheets(across), lines.of, speaker, title=book.title)
        if tables:
            write_tables(tables, lines.sheets(), lines.of, speaker)


def fill_lines(
    lines: Lines, collection: Collection, across: AcrossUnits,
    comparisons: Comparisons | None = None,
) -> Sequence[Sheet]:  # fmt: skip
    """Write the lines of all data sheets, and return the sheets in the order of the workbook."""
    return _Workbook(collection, lines, built_in_template(), comparisons or Comparisons()).sheets(
        across
    )


def speaker_of(collection: Collection) -> Speaker:
    """Make one that names the unit of money that amounts are added up in."""
    money = unit_of_sums(collection.tally.currency).called
    return Speaker(collection.about.language, money=money)


class _Workbook:
    def __init__(
        self, collection: Collection, lines: Lines, template: SummaryTemplate,
        comparisons: Comparisons,
    ) -> None:  # fmt: skip
        self._collection, self._lines, self._comparisons = collection, lines, comparisons
        self._speaker = speaker = speaker_of(collection)
        names = dict(_names(collection))
        self._given_title = names["title"] or template.title(names)
        self.title = self._given_title or speaker.say("summary.title")
        self._standard = Standard(collection.tally, speaker, self.title)
        self._maker = LineMaker(self._standard, collection.tally, speaker)
        self._plan = template.plan(self._standard.sheets(), {**names, "title": self.title}, speaker)
        self._entries = collection.entries()
        for sheet in self._plan.data.values():
            lines.open(sheet)
        for key, data in ((_LATER, "problems"), (FALLEN, CHANGES), (OTHER_CHANGES, CHANGES)):
            lines.open(replace(self._plan.data[data], key=key))
        self._places = self._planned_places()
        #: the years that forms which count are of, by county
        self._years: dict[str, set[str]] = {}
        #: where files of forms that count can be opened, by county and name
        self._paths: dict[tuple[str, str], str] = {}

    def sheets(self, across: AcrossUnits) -> Sequence[Sheet]:
        """Write all lines, then say which sheets they stand on; what is empty is left out."""
        self._add_submissions()
        self._add_left_out()
        for key, lines in (
            ("departments", self._maker.department_lines()),
            ("structure", self._maker.structure_lines()),
            ("alike", map(self._maker.alike_line, across.found)),
        ):
            for line in lines:
                self._add(key, line)
        self._add_comparisons()
        return self._in_order(across)

    def _add(self, key: str, line: Line) -> dict[str, int]:
        """Write a line of a data sheet, and of those that show some of its lines.

        Returns its number on each sheet that it stands on.
        """
        numbers = {key: self._lines.add(key, line)}
        for one in self._plan.filters:
            if one.data == key and one.holds({"number": numbers[key], **line}):
                numbers[one.id] = self._lines.add(one.id, line)
        return numbers

    def _in_order(self, across: AcrossUnits) -> Sequence[Sheet]:
        """The sheets in the order of the template, the first of them with links to all others."""
        always = _ALWAYS | self._comparisons.sheets
        data = [
            self._maker.with_more(self._comparisons.with_remark(one, self._speaker), across)
            for one in self._lines.sheets() if one.lines or one.key in always
        ]  # fmt: skip
        places = Places(data)
        made: dict[str, Sheet] = {one.key: one for one in data}
        for key, table in self._plan.official.items():
            made[key] = self._plan.named(table.sheet(key, places))
        made["by_department"] = self._by_department(places)
        order = self._plan.order_of(made)
        asked = sorted(self._comparisons.sheets.difference(order))
        sheets = [made[key] for key in (*order, *asked)]
        tally, counties, title = self._collection.tally, self._dated(), self._given_title
        first = overview(
            tally, counties, places, self._speaker, sheets, title,
            unasked=self._collection.unasked, comparisons=self._comparisons,
        )  # fmt: skip
        return [first, *sheets]

    def _dated(self) -> Sequence[County]:
        """All counties; of one whose summary names no year, that of its forms if it is one."""
        years = {name: found.copy().pop() for name, found in self._years.items() if len(found) == 1}
        return [
            one if one.year else replace(one, year=years.get(one.name, ""))
            for one in self._collection.counties
        ]

    def _by_department(self, places: Places) -> PrintSheet:
        forms = self._lines.of(places.sheet("units"))
        tally, counties = self._collection.tally, self._collection.counties
        return by_department(tally, counties, places, self._speaker, forms, self._given_title)

    def _planned_places(self) -> Places:
        """Where lines will stand: how many there will be of units and projects is known."""
        planned = {
            "units": len(self._entries),
            "projects": self._collection.tally.total.count("projects"),
        }
        return Places(
            replace(self._lines.sheet(key), lines=count) for key, count in planned.items()
        )

    # -- submissions

    def _add_submissions(self) -> None:
        """Write a line for each form that was due or came, and all lines of those that count."""
        units = self._collection.units()
        for number, entry in enumerate(self._entries, 1):
            if entry.counts:
                unit, path = next(units)
                assert unit.form == entry.form, "forms and their lines are in one order"
                self._add_unit(entry, unit, path, number)
            else:
                self._add_absent(entry)

    def _add_unit(self, entry: Entry, unit: UnitSummary, path: str, number: int) -> None:
        maker, add, view = self._maker, self._add, View(unit)
        links = _Links(path, self._collection.about.folder)
        if year := unit.shared.get("year"):
            self._years.setdefault(unit.form.county, set()).add(year[1])
        if path and self._comparisons.sheets:
            self._paths[unit.form.county, unit.file] = path
        line: Line = self._unit_line(entry, unit, view, links, number)
        subjects: list[tuple[Line, ProjectRow | None, dict[str, int]]]
        subjects = [(line, None, add("units", line))]
        for project in view.projects():
            line = self._project_line(unit, project, links, number)
            subjects.append((line, project, add("projects", line)))
        for text in view.texts:
            add("texts", links.on(maker.text_line(unit, text, number)))
        rows: dict[FieldPath, int] = {}
        for row in view.indicators:
            line = links.on(maker.indicator_line(unit, row, number))
            rows[row.path] = add("indicators", line)["indicators"]
            if not is_quantified(row.value):
                add(UNMEASURED, line)
        for table in view.tables():
            key = f"{table.table}[]"
            rows[table.path] = add(key, links.on(maker.table_line(unit, table, number)))[key]
        names: dict[str, object] = {one.path: project_name(one) for one in view.projects()}
        self._add_findings(unit.form, unit.found, unit.file, links, names)
        for official in self._plan.official.values():
            for line, of, numbers in subjects:
                if official.data in numbers:
                    own = {**line, "number": numbers[official.data]}
                    official.add(Subject(own, unit, view, of, rows))

    def _project_line(
        self, unit: UnitSummary, project: ProjectRow, links: _Links, number: int
    ) -> dict[str, object]:
        line = dict(self._maker.project_line(unit, project, number))
        for one in self._standard.project_columns:
            answers = (project.answers.get(name.below(_owner(name))) for name in one.names)
            for answer in filter(None, answers):
                if one.column.kind == "money":
                    key = one.column.key
                    line[key] = links.to(line[key], answer.sheet, answer.cell)
        return links.on(line)

    def _add_findings(
        self, form: FormOf | None, found: Sequence[Noted], file: str, links: _Links,
        names: Mapping[str, object],
    ) -> None:  # fmt: skip
        """Write lines of findings: errors at once, all others when every error stands there."""
        for one in found:
            if one.excepted:
                line = dict(self._maker.exception_line(form, one, file))
                self._add("exceptions", links.at_place(line, one))
            elif one.severity != "hint":
                line = links.at_place(dict(self._maker.problem_line(form, one, file, names)), one)
                if one.severity == "error":
                    self._add("problems", line)
                else:
                    self._lines.add(_LATER, line)

    def _unit_line(
        self, entry: Entry, unit: UnitSummary, view: View, links: _Links, number: int
    ) -> dict[str, object]:
        projects, rows = view.projects(), view.indicators
        line: dict[str, object] = {
            **self._maker.whose(unit.form),
            "state": self._state(entry),
            "late": self._late(entry),
            "projects": len(projects),
            "indicators": len(rows),
            "quantified": sum(is_quantified(row.value) for row in rows),
            "warnings": sum(one.severity == "warning" for one in unit.found if not one.excepted),
            "excepted": sum(one.excepted for one in unit.found),
            "serial": unit.form.serial,
            "file": links.to(unit.file),
        }
        for name, amount in project_sums(unit, view).items():
            key = key_of("projects", name)
            line[key] = self._sum(key, amount, number)
        for name, answer in view.budget().items():
            if unit.asked[answer.name].summed:
                value = amounts_of(unit, {name: answer})[name]
                shown = UNREAD if value.unread else value.value
                line[f"{BUDGET_COLUMNS}{name}"] = links.to(shown, answer.sheet, answer.cell)
        return line

    def _sum(self, column: str, amount: Sum, number: int) -> object:
        """The sum over the projects of a form: a formula, unless too many would have to compare."""
        if not amount.count and amount.unread:
            return UNREAD
        places = self._places
        if len(self._entries) * places.sheet("projects").lines > _MOST_COMPARISONS:
            return Computed(value=amount.value, unread=amount.unread)
        formula = places.sum("projects", column, unit_number=str(number))
        return Computed(value=amount.value, formula=formula, unread=amount.unread)

    def _state(self, entry: Entry) -> Phrase:
        """How a form stands; where it is known what was due, one that was not stands apart."""
        if self._collection.came_unasked(entry.form):
            return _NOT_DUE
        state = entry.state
        if entry.counts and state != "to_check":
            state = "accepted"
        return phrase(f"standing.{state}")

    def _late(self, entry: Entry) -> Phrase | None:
        """Whether a form came late; nobody can say of one that has not come."""
        late = self._collection.came_late(entry.form)
        if late is None or entry.state == "missing":
            return None
        return phrase("summary.yes" if late else "summary.no")

    def _add_comparisons(self) -> None:
        """Write what differs from an earlier summary and from the approved budget."""
        collection = self._collection
        compared = self._comparisons.lines(
            lambda: (unit for unit, _ in collection.units()), collection.counties
        )
        for key, form, line in compared:
            path = self._paths.get((form.county, str(line["file"])), "") if form else ""
            links = _Links(path, collection.about.folder)
            whole = {**self._maker.whose(form), **(links.on(line) if path else line)}
            if key in (FALLEN, OTHER_CHANGES):
                self._lines.add(key, whole)
            else:
                self._add(key, whole)
        self._add_later(CHANGES, FALLEN, OTHER_CHANGES)

    def _add_absent(self, entry: Entry) -> None:
        """A form that is missing, or does not count: there are words in place of figures."""
        word = _MISSING if entry.state == "missing" else _NOT_COUNTED
        line = self._maker.whose(entry.form)
        line |= {
            "state": self._state(entry), "late": self._late(entry), "file": entry.file or word,
        }  # fmt: skip
        sheet = self._lines.sheet("units")
        empty = {column.key: word for column in sheet.columns if column.total}
        self._add("units", {**empty, **line})

    # -- the rest

    def _add_left_out(self) -> None:
        about = self._collection.about
        for county in self._collection.counties:
            for due in county.dues:
                if due.state == "missing":
                    self._add("missing", self._maker.missing_line(due))
        for left in self._collection.left_out():
            links = _Links(about.paths.get(left.file, ""), about.folder)
            line: dict[str, object] = {**self._maker.left_out_line(left)}
            line["file"] = links.to(left.file)
            for key, shown in (("amount", left.money), ("amount_wrong", left.wrong)):
                first = next((one for one in shown if one.cell), None)
                if first:
                    line[key] = links.to(line[key], first.sheet, first.cell)
            self._add("left_out", line)
            names = self._maker.names_in(left)
            self._add_findings(left.form, left.found[1:], left.file, links, names)
        self._add_later("problems", _LATER)

    def _add_later(self, key: str, *later: str) -> None:
        """Write lines below those of a sheet that were to wait for these."""
        for waiting in later:
            for line in self._lines.take(waiting):
                self._add(key, {name: one for name, one in line.items() if name != "number"})


def _owner(name: FieldPath) -> FieldPath:
    return FieldPath("projects[]") if name.is_under("projects[]") else FieldPath()


def _names(collection: Collection) -> Iterator[tuple[str, str]]:
    """Yield what the texts of a summary template may name, as far as it is known."""
    counties, about = collection.counties, collection.about
    first = next(collection.units(), None)
    _, year = first[0].shared.get("year", ("", "")) if first else ("", "")
    county = counties[0] if len(counties) == 1 else County()
    yield "county", county.name
    yield "year", county.year or year
    yield "title", about.title
    yield "date", county.made.isoformat() if county.made else ""
    yield "maker", county.maker
    yield "language", about.language
    yield "money", speaker_of(collection).say("summary.unit")


def _relative(path: str, folder: Path) -> str:
    """A file as told from a folder; "" for one on another drive, which no such path leads to."""
    try:
        return Path(relpath(path, folder)).as_posix()
    except ValueError:
        return ""


class _Links:
    """Links of one file's lines to the cells of that file, as told from the workbook's folder."""

    def __init__(self, path: str, folder: Path) -> None:
        self._file = _relative(path, folder) if path else ""

    def to(self, value: object, sheet: str = "", cell: str = "") -> object:
        """A value with a link to a cell of the file, or to the file."""
        if not self._file:
            return value
        place = f"{quoted(sheet)}!{cell}" if sheet and cell else ""
        return Link(value=value, place=place, file=self._file)

    def on(self, line: Mapping[str, object]) -> dict[str, object]:
        """A line whose cell leads to where it comes from."""
        sheet, cell = str(line["sheet"]), str(line["cell"])
        return {**line, "cell": self.to(cell, sheet, cell), "file": self.to(line["file"])}

    def at_place(self, line: dict[str, object], one: Noted) -> dict[str, object]:
        """A line about a finding, whose place leads there."""
        return line | {"place": self.to(line["place"], one.sheet, one.cell)}
