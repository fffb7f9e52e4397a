"""The data sheets of every summary, and their columns. Pure.

Which columns there are follows from what the forms ask: nothing that a template declares is left
out. Their headings are the labels of the forms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ptxl.merge.figures import OR, Tally
from ptxl.merge.rows import (
    TABLE,
    Asked,
)
from ptxl.model.path import TOP, Path
from ptxl.summary.comparisons import BUDGET, CHANGES, budget_columns, change_columns
from ptxl.summary.keys import BUDGET_COLUMNS, INDICATORS, PROJECTS, key_of
from ptxl.summary.sheets import Column, DataSheet, Kind
from ptxl.text import shows_nothing
from ptxl.words import Speaker

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
JOINED = frozenset({"text", "long_text", "choice", "code", "target"})
#: the sheet of indicators whose values are words alone
UNMEASURED = "unmeasured"
#: what kinds of values are told apart
COMPARED: Mapping[str, tuple[str, ...]] = {
    "is_at_least": (">=", ">"), "is_at_most": ("<=", "<"), "is_equal": ("=",),
    "is_range": ("range",), "is_by_date": ("by_date",), "is_grade": ("grade",),
    "is_words": ("text", "none", ""),
}  # fmt: skip
#: how forms that were due stand
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
        key = str(below.pattern) if one.kind in JOINED else str(below)
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
    """The data sheets of one summary, and the columns of answers that they have."""

    def __init__(self, tally: Tally, speaker: Speaker, title: str) -> None:
        self._speaker, self._say = speaker, speaker.say
        self._tally = tally
        self._title = title
        self._asked = tally.asked
        self._counties = len(tally.counties) > 1
        #: whether it is known what came after the deadline
        self._late = "late" in tally.total.counts
        self.project_columns = self._of_projects()
        self.budget_columns = asked_columns(self._asked, _BUDGET, self._speaker, BUDGET_COLUMNS)
        self.indicator_columns = [
            one for one in self._of_tables(_INDICATORS)
            if one.column.key not in _INDICATOR_COLUMNS
        ]  # fmt: skip
        self.tables = self._other_tables()

    def sheets(self) -> Iterator[DataSheet]:
        """Yield the sheets in the order of the workbook."""
        yield self._sheet("departments", self._department_columns(), through="department")
        yield self._sheet("units", self._unit_columns())
        yield self._sheet("projects", self._project_sheet_columns(), through="name")
        yield self._sheet("texts", self._text_columns())
        yield self._sheet("indicators", self._indicator_sheet_columns(), through="project")
        yield self._sheet(UNMEASURED, self._indicator_sheet_columns(), through="project")
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
            if self._late:
                yield from self._counted("late")
        yield from self._counted("units", "forms", "projects")
        yield from self._amounts()
        yield from self._counted("indicators", "quantified", "warnings", "excepted", "left_out")
        yield self._column("amount_left_out", 13, "money", total=True)
        yield from self._counted("wrong_projects")
        yield self._column("amount_wrong", 13, "money", total=True)

    def _amounts(self) -> Iterator[Column]:
        for one in (*self.project_columns, *self._budget()):
            if one.column.kind == "money":
                yield one.column

    def _budget(self) -> Iterator[AskedColumn]:
        """The columns of budgets, which have keys of their own beside those of projects."""
        taken = {one.column.heading for one in self.project_columns}
        for one in self.budget_columns:
            heading = one.column.heading
            if heading in taken:
                heading = self._say("summary.overview.further.of_budget", name=heading)
            column = replace(one.column, key=f"{BUDGET_COLUMNS}{one.below}", heading=heading)
            yield replace(one, column=column)

    def _unit_columns(self) -> Iterator[Column]:
        yield from self._whose()
        yield self._column("form", 28)
        yield self._column("state", 10)
        if self._late:
            yield self._column("late", 7)
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
        columns = [self._project_column(one.column) for one in self.project_columns]
        long = [n for n, one in enumerate(self.project_columns) if one.asked.kind == "long_text"]
        first = long[0] if long else len(columns)
        yield from columns[:first]
        yield from self._counted("indicators")
        yield self._column("findings", 10)
        yield from columns[first:]
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
        yield self._column("share", 14, "percent")
        yield from self._counted(*COMPARED)

    def _problem_columns(self) -> Iterator[Column]:
        yield from self._whose(repeated=True)
        yield self._column("form", 20)
        yield self._column("project", 22)
        yield self._column("severity", 9)
        yield self._column("rule", 20)
        yield self._column("place", 14)
        yield self._column("label", 14)
        yield self._column("problem", 54)
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
        yield self._column("form", 20)
        yield self._column("file", 26)
        yield self._column("problem", 54)
        yield from self._counted("errors", "projects", "wrong_projects")
        yield self._column("amount", 13, "money", total=True)
        yield self._column("amount_wrong", 13, "money", total=True)
        yield from self._counted("unread")
        yield self._column("cells", 10)


def _number_of(columns: Sequence[Column], key: str) -> int:
    """How many columns there are up to one; 1 where there is none of that key."""
    keys = [column.key for column in columns]
    return keys.index(key) + 1 if key in keys else 1
