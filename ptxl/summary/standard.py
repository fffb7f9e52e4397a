"""The data sheets of every summary, and the line that each thing has there. Pure.

Which columns there are follows from what the forms ask: nothing that a template declares is left
out. Headings are those of the forms where all of them agree, else those of [summary.columns].
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from ptxl.merge.alike import AcrossUnits, CrossFinding, Place
from ptxl.merge.figures import OR, Figures, Tally, is_quantified
from ptxl.merge.rows import (
    SUM_UNIT,
    TABLE,
    Answer,
    Asked,
    DueForm,
    FormOf,
    IndicatorRow,
    LeftOut,
    Noted,
    ProjectRow,
    Source,
    Sum,
    TableLine,
    TextRow,
    UnitSummary,
    in_wan,
)
from ptxl.model.path import TOP, Path
from ptxl.summary.comparisons import BUDGET, CHANGES, budget_columns, change_columns
from ptxl.summary.keys import BUDGET_COLUMNS, INDICATORS, PROJECTS, key_of
from ptxl.summary.lines import UNREAD
from ptxl.summary.sheets import Column, Computed, DataSheet, Kind, Line
from ptxl.text import shows_nothing
from ptxl.values.target_value import TargetValue
from ptxl.words import Speaker, phrase

_UNANSWERED = phrase("summary.unanswered")
_NOT_ASKED = phrase("summary.not_asked")
_PROJECTS = Path("projects[]")
_BUDGET = Path("department.budget")
_INDICATORS = "indicators[]"
#: what comes first of a project, in this order
_FIRST = ("code", "name", "department", "unit", "nature", "period",
          "funds.total", "funds.fiscal", "funds.other")  # fmt: skip
#: columns of indicators that every summary has
_INDICATOR_COLUMNS = frozenset(
    {"level1", "level2", "level3", "value", "description", "basis", "note"}
)
#: the kind of a column, and its width, by the kind of what is asked
_COLUMN_KINDS: Mapping[str, tuple[Kind, float]] = {
    "money": ("money", 13), "number": ("number", 11), "integer": ("number", 11),
    "percent": ("percent", 9), "date": ("date", 12), "code": ("text", 20),
    "choice": ("text", 12), "text": ("text", 20), "long_text": ("text", 40),
    "target": ("text", 16),
}  # fmt: skip
#: columns of projects whose headings would else be those of what says whose a line is
_NAMED_BY_US = frozenset({"project_department", "project_unit"})
_JOINED = frozenset({"text", "long_text", "choice", "code", "target"})
COUNTED = (
    "due", "received", "accepted", "to_check", "to_correct", "unreadable", "rest", "missing",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AskedColumn:
    """A column of answers: `names` are what it is called in the forms, several for a list.

    `below` is its name below the owner, which the key of the column follows.
    """

    column: Column
    names: tuple[Path, ...]
    asked: Asked
    below: Path


def asked_columns(
    asked: Mapping[Path, Asked], owner: Path, speaker: Speaker, sheet: str
) -> list[AskedColumn]:
    """The columns of everything that forms ask below `projects[]`, a table's row or a group.

    Their keys are those of a data sheet. Texts of one list (`goals[0]`, `goals[1]`) share a column;
    numbers have one each.
    """
    grouped: dict[str, list[Path]] = {}
    for name, one in asked.items():
        if one.kind == TABLE or not _is_own(name, owner):
            continue
        below = name.below(owner)
        key = str(below.pattern) if one.kind in _JOINED else str(below)
        grouped.setdefault(key, []).append(name)
    order = [key for key in _FIRST if key in grouped]
    order += [key for key in grouped if key not in _FIRST]
    return [
        _asked_column(key, key_of(sheet, key), tuple(grouped[key]), asked, speaker) for key in order
    ]


def _is_own(name: Path, owner: Path) -> bool:
    """Whether something is asked of an owner itself, and of no table in it."""
    if not name.is_under(owner) or "[]" in name.below(owner):
        return False
    return owner != TOP or name.steps[0] not in ("projects", "department", "indicators")


def _asked_column(
    below: str, key: str, names: tuple[Path, ...], asked: Mapping[Path, Asked], speaker: Speaker
) -> AskedColumn:
    first = asked[names[0]]
    kind, width = _COLUMN_KINDS.get(first.kind, ("text", 20))
    heading = first.label or speaker.say(f"summary.columns.{Path(below).name}")
    if len(names) > 1:
        parts = (part.rstrip("0123456789") for part in heading.split(OR))
        heading = OR.join(dict.fromkeys(parts))
    if first.unit and not first.summed:
        heading = speaker.say("summary.with_unit", heading=heading, unit=first.unit)
    if first.kind == "money" and not first.summed:
        kind = "number"
    column = Column(key=key, heading=heading, width=width, kind=kind, total=first.summed)
    return AskedColumn(column, names, first, Path(below))


class Standard:
    """The data sheets of one summary. `where` says who stands in it, for counties and lines."""

    def __init__(self, tally: Tally, speaker: Speaker, title: str) -> None:
        self._speaker, self._say = speaker, speaker.say
        self._tally = tally
        self._title = title
        self._asked = tally.asked
        self._departments = {key: n for n, key in enumerate(tally.departments, 1)}
        self._counties = len(tally.counties) > 1
        self.project_columns = self._of_projects()
        self.budget_columns = asked_columns(self._asked, _BUDGET, self._speaker, BUDGET_COLUMNS)
        self.indicator_columns = [
            one for one in self._of_tables(_INDICATORS)
            if one.column.key not in _INDICATOR_COLUMNS
        ]  # fmt: skip
        self.tables = self._other_tables()

    # -- columns

    def sheets(self) -> Iterator[DataSheet]:
        """Yield the sheets in the order of the workbook."""
        yield self._sheet("departments", self._department_columns(), through="department")
        yield self._sheet("units", self._unit_columns())
        yield self._sheet("projects", self._project_sheet_columns(), through="name")
        yield self._sheet("texts", self._text_columns())
        yield self._sheet("indicators", self._indicator_sheet_columns(), through="project")
        for table, columns in self.tables.items():
            label = self._asked[table].label
            name = self._say("summary.sheets.table") if shows_nothing(label) else label
            yield self._sheet(
                str(table), self._table_columns(columns), through="project", name=name
            )
        yield self._sheet("structure", self._structure_columns(), through="level2")
        yield self._sheet("problems", self._problem_columns())
        yield self._sheet("exceptions", self._exception_columns())
        yield self._sheet("alike", self._alike_columns(), through="rule")
        yield self._sheet(CHANGES, self._compared(change_columns))
        yield self._sheet(BUDGET, self._compared(budget_columns))
        yield self._sheet("missing", self._missing_columns())
        yield self._sheet("left_out", self._left_out_columns())

    def _sheet(
        self, key: str, columns: Iterable[Column], *, through: str = "unit_name", name: str = ""
    ) -> DataSheet:
        """A sheet whose columns up to one stay where they are when it is moved sideways."""
        about = key if not name else "table"
        name = name or self._say(f"summary.sheets.{key}")
        columns = tuple(columns)
        printed = tuple(column for column in columns if column.printed)
        money = any(column.kind == "money" for column in columns)
        return DataSheet(
            key=key,
            name=name,
            title=self._say("summary.heading", title=self._title, sheet=name),
            columns=(*printed, *(column for column in columns if not column.printed)),
            lines=0,
            description=self._say(f"summary.about_sheets.{about}", name=name),
            remark=self._say("summary.amounts") if money else "",
            fixed=_number_of(printed, through),
        )

    def _column(
        self, key: str, width: float, kind: Kind = "text", *, printed: bool = True,
        total: bool = False, repeated: bool = False,
    ) -> Column:  # fmt: skip
        heading = self._say(f"summary.columns.{key}")
        return Column(
            key=key, heading=heading, width=width, kind=kind, printed=printed, total=total,
            repeated=repeated,
        )  # fmt: skip

    def _whose(self, *, repeated: bool = False) -> Iterator[Column]:
        """What says whose a line is."""
        yield self._column("number", 6, "count")
        if self._counties:
            yield self._column("county", 12, repeated=repeated)
        yield self._column("department", 15, repeated=repeated)
        yield self._column("unit_code", 9, repeated=repeated)
        yield self._column("unit_name", 16, repeated=repeated)

    def _numbers(self) -> Iterator[Column]:
        """Numbers of lines on other sheets, by which formulas find what belongs together."""
        yield self._column("unit_number", 9, "count", printed=False)
        yield self._column("department_number", 9, "count", printed=False)

    def _from(self) -> Iterator[Column]:
        """Where a line comes from."""
        yield self._column("sheet", 12, printed=False)
        yield self._column("cell", 8, printed=False)
        yield self._column("file", 40, printed=False)

    def _counted(self, *keys: str) -> Iterator[Column]:
        for key in keys:
            yield self._column(key, 8, "count", total=True)

    def _department_columns(self) -> Iterator[Column]:
        yield self._column("number", 6, "count")
        if self._counties:
            yield self._column("county", 14)
        yield self._column("department", 24)
        if self._tally.total.count("due"):
            yield from self._counted(*COUNTED)
        yield from self._counted("units", "forms", "projects")
        yield from self._amounts()
        yield from self._counted("indicators", "quantified", "warnings", "excepted", "left_out")
        yield self._column("amount_left_out", 13, "money", total=True)

    def _amounts(self) -> Iterator[Column]:
        for one in (*self.project_columns, *self._budget()):
            if one.column.kind == "money":
                yield one.column

    def _budget(self) -> Iterator[AskedColumn]:
        """The columns of budgets, which have keys of their own beside those of projects."""
        for one in self.budget_columns:
            yield replace(one, column=replace(one.column, key=f"{BUDGET_COLUMNS}{one.below}"))

    def _unit_columns(self) -> Iterator[Column]:
        yield from self._whose()
        yield self._column("form", 28)
        yield self._column("state", 10)
        yield from self._counted("projects", "indicators", "quantified")
        yield from self._amounts()
        yield from self._counted("warnings", "excepted")
        yield self._column("serial", 16, printed=False)
        yield self._column("file", 40, printed=False)
        yield self._column("department_number", 9, "count", printed=False)

    def _of_projects(self) -> list[AskedColumn]:
        """What forms ask of projects, and what those ask that are about one project alone."""
        found = asked_columns(self._asked, _PROJECTS, self._speaker, PROJECTS)
        keys = {one.column.key for one in found}
        alone = asked_columns(self._asked, TOP, self._speaker, PROJECTS)
        if not any(one.below.is_under("funds") for one in alone):
            return found
        merged = {one.column.key: one for one in alone}
        both = [
            replace(one, names=one.names + merged[one.column.key].names)
            if one.column.key in merged else one
            for one in found
        ]  # fmt: skip
        return both + [one for one in alone if one.column.key not in keys]

    def _project_sheet_columns(self) -> Iterator[Column]:
        yield from self._whose(repeated=True)
        yield from (self._project_column(one.column) for one in self.project_columns)
        yield from self._counted("indicators")
        yield self._column("findings", 10)
        yield self._column("form", 28, printed=False)
        yield from self._from()
        yield from self._numbers()

    def _project_column(self, column: Column) -> Column:
        named = column.key in _NAMED_BY_US and column.kind == "text"
        return self._column(column.key, 18) if named else column

    def _text_columns(self) -> Iterator[Column]:
        yield from self._whose(repeated=True)
        yield self._column("project", 28, repeated=True)
        yield self._column("what", 18)
        yield self._column("text", 70)
        yield from self._from()
        yield from self._numbers()

    def _indicator_sheet_columns(self) -> Iterator[Column]:
        yield from self._whose(repeated=True)
        yield self._column("project", 24, repeated=True)
        yield self._column("level1", 10, repeated=True)
        yield self._column("level2", 12, repeated=True)
        yield self._column("level3", 24)
        yield self._column("value", 18)
        yield self._column("quantified", 6)
        yield from (one.column for one in self.indicator_columns)
        yield self._column("description", 26)
        yield self._column("basis", 26)
        yield self._column("comparison", 7, printed=False)
        yield self._column("value_number", 11, "number", printed=False)
        yield self._column("value_unit", 9, printed=False)
        yield from self._from()
        yield from self._numbers()

    def _of_tables(self, ending: str) -> list[AskedColumn]:
        """The columns of all tables of a name, whoever they belong to; one for each name."""
        found: dict[str, AskedColumn] = {}
        for name, one in self._asked.items():
            if one.kind == TABLE and (name == ending or name.endswith(f".{ending}")):
                for each in asked_columns(self._asked, name, self._speaker, INDICATORS):
                    known = found.get(each.column.key)
                    names = (*known.names, *each.names) if known else each.names
                    found[each.column.key] = replace(each, names=names)
        return list(found.values())

    def _other_tables(self) -> dict[Path, list[AskedColumn]]:
        """The tables beside that of indicators that were filled in, with their columns."""
        tables = [Path(f"{table}[]") for table in sorted(self._tally.tables)]
        return {one: asked_columns(self._asked, one, self._speaker, one) for one in tables}

    def _table_columns(self, columns: Iterable[AskedColumn]) -> Iterator[Column]:
        yield from self._whose(repeated=True)
        yield self._column("project", 28, repeated=True)
        yield from (one.column for one in columns)
        yield from self._from()
        yield from self._numbers()

    def _structure_columns(self) -> Iterator[Column]:
        yield self._column("number", 6, "count")
        yield self._column("level1", 18, repeated=True)
        yield self._column("level2", 24)
        yield from self._counted("indicators", "quantified")
        yield self._column("share", 10, "percent")
        yield from self._counted(*_COMPARED)

    def _problem_columns(self) -> Iterator[Column]:
        yield from self._whose(repeated=True)
        yield self._column("form", 24)
        yield self._column("severity", 9)
        yield self._column("rule", 24)
        yield self._column("place", 14)
        yield self._column("label", 16)
        yield self._column("problem", 60)
        yield self._column("opinion", 12)
        yield self._column("file", 40, printed=False)

    def _exception_columns(self) -> Iterator[Column]:
        yield from self._whose()
        yield self._column("form", 24)
        yield self._column("rule", 24)
        yield self._column("place", 14)
        yield self._column("problem", 50)
        yield self._column("reason", 28)
        yield self._column("approver", 12)
        yield self._column("expiry", 12)
        yield self._column("file", 40, printed=False)

    def _alike_columns(self) -> Iterator[Column]:
        yield self._column("number", 6, "count")
        yield self._column("severity", 9)
        yield self._column("rule", 22)
        yield self._column("about", 50)
        yield self._column("units", 8, "count")
        yield self._column("projects", 8, "count")
        yield self._column("places", 60)
        yield self._column("usual", 40)

    def _compared(self, columns: Callable[..., Iterator[Column]]) -> Iterator[Column]:
        yield from self._whose(repeated=True)
        yield from columns(self._column)
        yield from self._from()

    def _missing_columns(self) -> Iterator[Column]:
        yield from self._whose()
        yield self._column("form", 32)
        yield self._column("contact", 12)
        yield self._column("telephone", 16)
        yield self._column("remark", 30)

    def _left_out_columns(self) -> Iterator[Column]:
        yield from self._whose()
        yield self._column("form", 28)
        yield self._column("file", 34)
        yield self._column("problem", 60)
        yield from self._counted("errors", "projects")
        yield self._column("amount", 13, "money", total=True)
        yield from self._counted("unread")

    # -- lines

    def whose(self, form: FormOf | DueForm | None, county: str = "") -> dict[str, object]:
        """What says whose a line is; where nobody can tell, only the county."""
        if form is None:
            return {"county": county, "department": None, "department_number": None}
        key = form.county, form.department
        return {
            "county": form.county,
            "department": form.department or phrase("reports.no_department"),
            "unit_code": form.code,
            "unit_name": form.name,
            "form": form.title,
            "department_number": self._departments.get(key),
        }

    def department_lines(self) -> Iterator[Line]:
        """Yield a line for each department."""
        for (county, department), figures in self._tally.departments.items():
            yield {
                "county": county,
                "department": department or phrase("reports.no_department"),
                **{key: figures.count(key) for key in (*COUNTED, *_DEPARTMENT_COUNTS)},
                **self.amount_values(figures),
                "amount_left_out": _sum(figures.amount_left_out),
            }

    def amount_values(self, figures: Figures) -> dict[str, object]:
        """The sums of figures by key of their column."""
        sums: dict[str, object] = {}
        for name, one in figures.amounts.items():
            sums[key_of(PROJECTS, name)] = _sum(one)
        for name, one in figures.budget.items():
            sums[f"{BUDGET_COLUMNS}{name}"] = _sum(one)
        return sums

    def project_line(self, unit: UnitSummary, project: ProjectRow, unit_number: int) -> Line:
        """The line of a project."""
        line = {**self.whose(unit.form), **_of(project.source), "unit_number": unit_number}
        for one in self.project_columns:
            line[one.column.key] = _answer(unit, one, project.answers, project.given)
        own = [noted for noted in unit.found if noted.project == project.path]
        line["indicators"] = project.indicators
        line["findings"] = _findings(own)
        return line

    def text_line(self, unit: UnitSummary, row: TextRow, unit_number: int) -> Line:
        """The line of a goal, task, safeguard or purpose."""
        return {
            **self.whose(unit.form), **_of(row.source), "unit_number": unit_number,
            "project": _project_name(row.project), "what": row.label, "text": row.text,
        }  # fmt: skip

    def indicator_line(self, unit: UnitSummary, row: IndicatorRow, unit_number: int) -> Line:
        """The line of an indicator."""
        line: dict[str, object] = {
            **self.whose(unit.form), **_of(row.source), "unit_number": unit_number,
            "project": _project_name(row.project),
            "level1": row.level1, "level2": row.level2, "level3": row.level3 or _UNANSWERED,
            "quantified": phrase("summary.yes" if is_quantified(row.value) else "summary.no"),
            "description": row.description or None,
            "basis": "\n".join(filter(None, (row.basis, row.note))) or None,
        }  # fmt: skip
        for one in self.indicator_columns:
            line[one.column.key] = _answer(unit, one, row.more, {})
        if row.value is None:
            return line | {"value": _UNANSWERED}
        return line | {
            "value": row.value.raw,
            "comparison": phrase(f"summary.comparisons.{row.value.comparison}"),
            "value_number": row.value.number,
            "value_unit": row.value.unit,
        }

    def table_line(self, unit: UnitSummary, row: TableLine, unit_number: int) -> Line:
        """The line of a row of a further table."""
        line = {
            **self.whose(unit.form), **_of(row.source), "unit_number": unit_number,
            "project": _project_name(row.project),
        }  # fmt: skip
        for one in self.tables[Path(f"{row.table}[]")]:
            line[one.column.key] = _answer(unit, one, row.answers, row.given)
        return line

    def structure_lines(self) -> Iterator[Line]:
        """Yield how many indicators each category has, and what their values are."""
        for kind in self._tally.kinds():
            values = kind.values
            yield {
                "level1": kind.level1 or _UNANSWERED, "level2": kind.level2 or _UNANSWERED,
                "indicators": kind.indicators, "quantified": kind.quantified,
                "share": Decimal(kind.quantified * 100) / kind.indicators,
                **{name: sum(values[one] for one in of) for name, of in _COMPARED.items()},
            }  # fmt: skip

    def problem_line(self, form: FormOf | None, one: Noted, file: str) -> Line:
        """The line of a finding."""
        opinion = "correct" if one.severity == "error" else "look"
        return {
            **self.whose(form), "severity": phrase(f"severities.{one.severity}"), "rule": one.title,
            "place": one.place(), "label": one.label,
            "problem": one.message, "opinion": phrase(f"summary.opinions.{opinion}"), "file": file,
        }  # fmt: skip

    def exception_line(self, form: FormOf | None, one: Noted, file: str) -> Line:
        """The line of an approved exception."""
        return {
            **self.whose(form), "rule": one.title, "problem": one.message,
            "place": one.place(),
            "reason": one.reason, "approver": one.approver, "expiry": one.expiry, "file": file,
        }  # fmt: skip

    def alike_line(self, one: CrossFinding) -> Line:
        """The line of something that shows between units."""
        places = list(map(self._place, one.places))
        if one.projects > len(places):
            places.append(self._say("summary.more_places", count=one.projects))
        return {
            "severity": phrase(f"severities.{one.severity}"),
            "rule": phrase(f"titles.{one.code}"), "about": one.about,
            "units": one.units, "projects": one.projects, "places": "\n".join(places),
            "usual": self._place(one.usual) if one.usual else None,
        }  # fmt: skip

    def with_more(self, sheet: DataSheet, across: AcrossUnits) -> DataSheet:
        """The sheet of what shows between units, with how many more there are than it lists."""
        if sheet.key != "alike" or not across.more:
            return sheet
        more = (
            self._say("summary.more_found", rule=phrase(f"titles.{code}"), count=count)
            for code, count in across.more.items()
        )
        return replace(sheet, remark=self._say("summary.not_listed", more=tuple(more)))

    def _place(self, place: Place) -> str:
        where = f"{place.source.sheet}!{place.source.cell}"
        project = place.project or self._say("summary.whole_department")
        return self._say("summary.place", unit=place.form.unit, project=project, place=where)

    def missing_line(self, due: DueForm) -> Line:
        """The line of a form that did not come."""
        return {
            **self.whose(due), "contact": due.contact or None,
            "telephone": due.telephone or None, "remark": due.remark or None,
        }  # fmt: skip

    def left_out_line(self, left: LeftOut) -> Line:
        """The line of a file that does not count."""
        messages = [one.message for one in left.found[:_MOST_REASONS]]
        more = sum(map(_is_listed, left.found[_MOST_REASONS:]))
        if more:
            messages.append(self._say("summary.more_reasons", count=more))
        return {
            **self.whose(left.form, left.county), "file": left.file, "problem": "\n".join(messages),
            "errors": left.errors, "projects": left.projects if left.form else None,
            "amount": _sum(left.amount), "unread": left.amount.unread,
        }  # fmt: skip


_DEPARTMENT_COUNTS = (
    "units", "forms", "projects", "indicators", "quantified", "warnings", "excepted", "left_out",
)  # fmt: skip
_MOST_REASONS = 4
#: what kinds of values are told apart
_COMPARED: Mapping[str, tuple[str, ...]] = {
    "is_at_least": (">=", ">"), "is_at_most": ("<=", "<"), "is_equal": ("=",),
    "is_range": ("range",), "is_by_date": ("by_date",), "is_grade": ("grade",),
    "is_words": ("text", "none", ""),
}  # fmt: skip


def _sum(amount: Sum) -> object:
    """A sum as it stands in a line: a word where nothing of it could be read or was there."""
    if not amount.count:
        return UNREAD if amount.unread else None
    return Computed(value=amount.value, unread=amount.unread)


def _number_of(columns: Sequence[Column], key: str) -> int:
    """How many columns there are up to one; 1 where there is none of that key."""
    keys = [column.key for column in columns]
    return keys.index(key) + 1 if key in keys else 1


def _is_listed(one: Noted) -> bool:
    """Whether a finding stands on the sheet of problems."""
    return one.severity != "hint" and not one.excepted


def _of(source: Source) -> dict[str, object]:
    return {"sheet": source.sheet, "cell": source.cell, "file": source.file}


def _project_name(project: ProjectRow | None) -> object:
    if project is None:
        return phrase("summary.whole_department")
    return project.text("name") or phrase("summary.unnamed", number=project.number)


def _answer(
    unit: UnitSummary, column: AskedColumn, answers: Mapping[Path, Answer],
    given: Mapping[Path, str],
) -> object:  # fmt: skip
    """What stands in a column: the answers, or the word for why there is none."""
    found = [answer for answer in answers.values() if answer.name in column.names]
    if found:
        joined = column.asked.kind in _JOINED
        return _joined(found) if joined else _number(found[0], unit, column.asked)
    if any(name in unit.asked for name in column.names):
        return _UNANSWERED
    printed = given.get(column.below)
    return printed or _NOT_ASKED


def _joined(answers: list[Answer]) -> object:
    texts = []
    for answer in answers:
        value = answer.value
        if value is None:
            return UNREAD
        texts.append(value.raw if isinstance(value, TargetValue) else str(value))
    return "\n".join(texts)


def _number(answer: Answer, unit: UnitSummary, column: Asked) -> object:
    """A number; one in another unit than its column stands there as a text, in no sum."""
    asked, value = unit.asked[answer.name], answer.value
    if value is None:
        return UNREAD
    if asked.summed and isinstance(value, Decimal):
        value = in_wan(value, asked)
    alike = column.summed if asked.summed else column.unit == asked.unit
    return value if alike else f"{value} {SUM_UNIT if asked.summed else asked.unit}"


def _findings(found: list[Noted]) -> object:
    open_ones = [one for one in found if not one.excepted and one.severity != "hint"]
    if not open_ones:
        return phrase("summary.no_findings")
    return phrase("summary.findings", count=len(open_ones))
