"""What forms ask → the names that a summary template may use for it, and the kind of each.

`projects[].funds.total` is `funds.total` in a line of a project; the columns of a table are those
of its rows; what a department answers is `department.overall_goal` everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ptxl.merge.rows import TABLE
from ptxl.merge.summarise import asked_by, name_in
from ptxl.model.form import Unit
from ptxl.model.layout import Layout
from ptxl.model.path import Path

_NOBODY = Unit(code="", name="")
#: kind of what a form prints where another asks
_PRINTED = "text"
_PROJECT, _DEPARTMENT = Path("projects[]"), Path("department")
#: the one column of a list of plain answers: `goals[0]`, `goals[1]`
TEXT = "text"
INDICATORS = "indicators"


@dataclass(frozen=True, slots=True)
class Names:
    """What forms ask of one project, or of a department.

    `single` are kinds by name; `lists` those of the columns of each table, or list of answers.
    """

    single: dict[str, str] = field(default_factory=dict)
    lists: dict[str, dict[str, str]] = field(default_factory=dict)

    def add(self, name: Path, kind: str) -> None:
        """Take in one thing that is asked; what was first asked for a name decides its kind."""
        table, joint, column = name.partition("[].")
        if joint:
            self.lists.setdefault(table, {}).setdefault(column, kind)
            return
        self.single.setdefault(str(name), kind)
        if name.is_row:
            self.lists.setdefault(str(name.parent), {}).setdefault(TEXT, kind)


@dataclass(frozen=True, slots=True)
class Known:
    """What all forms ask: of a project, and of a department (with `department.` before it)."""

    project: Names = field(default_factory=Names)
    department: Names = field(default_factory=Names)

    def add(self, name: Path, kind: str) -> None:
        """Take in one thing that a form asks, by its name without numbers of projects and rows."""
        if name.is_under(_DEPARTMENT):
            self.department.add(name, kind)
        else:
            self.project.add(name.below(_PROJECT) if name.is_under(_PROJECT) else name, kind)

    def columns(self, sheet: str) -> Mapping[str, str]:
        """The columns of the tables that a data sheet shows: their pattern, or `indicators`."""
        lists = {**self.department.lists, **self.project.lists}
        if sheet != INDICATORS:
            return lists.get(sheet.removeprefix(f"{_PROJECT}."), {})
        both = (lists.get(f"{_DEPARTMENT}.{INDICATORS}", {}), lists.get(INDICATORS, {}))
        return {name: kind for columns in both for name, kind in columns.items()}

    @property
    def tables(self) -> Iterator[str]:
        """Yield the tables with columns, as data sheets are called by them."""
        for before, names in ((f"{_PROJECT}.", self.project), ("", self.department)):
            for table, columns in names.lists.items():
                if table.rpartition(".")[2] != INDICATORS and set(columns) != {TEXT}:
                    yield f"{before}{table}"


def names_of(layouts: Iterable[Layout]) -> Known:
    """Collect what some forms ask, and what they print where others ask."""
    known = Known()
    for layout in layouts:
        for name, asked in asked_by(layout).items():
            if asked.kind != TABLE:
                known.add(name, asked.kind)
        for path in layout.form.printed_answers(_NOBODY):
            known.add(name_in(layout, path), _PRINTED)
    return known


def _kinds(counts: str = "", texts: str = "", amounts: str = "") -> Mapping[str, str]:
    by_kind = {"integer": counts, "text": texts, "money": amounts}
    return {name: kind for kind, names in by_kind.items() for name in names.split()}


_UNIT = "county department unit_code unit_name"
_FOUND = "file sheet cell"
#: the columns of each data sheet that are there whatever forms ask, with their kinds
STANDARD: Mapping[str, Mapping[str, str]] = {
    "units": _kinds(
        "number projects indicators errors warnings hints excepted department_number",
        f"{_UNIT} form state file serial",
    ),
    "departments": _kinds(
        "number due received accepted to_check to_correct unreadable rest missing units forms "
        "projects indicators quantified errors warnings hints excepted left_out",
        "county department",
    ),
    "projects": _kinds(
        "number indicators unit_number department_number",
        f"{_UNIT} form project_department findings {_FOUND}",
    ),
    "texts": _kinds("number", f"{_UNIT} project label text {_FOUND}"),
    INDICATORS: {
        **_kinds(
            "number",
            f"{_UNIT} project level1 level2 level3 value comparison value_unit description basis "
            f"note {_FOUND}",
        ),
        "value_number": "number",
    },
    "structure": _kinds("number count", "level1 level2"),
    "problems": _kinds("number", f"{_UNIT} severity title message label state {_FOUND}"),
    "exceptions": _kinds("number", f"{_UNIT} title message reason approver expiry {_FOUND}"),
    "alike": _kinds("number count", "title message"),
    "missing": _kinds("number", f"{_UNIT} form state contact telephone remark"),
    "left_out": _kinds("number projects", f"{_UNIT} form message file", "amount"),
    "changes": _kinds("number", f"{_UNIT} project"),
    "budget_check": _kinds("number", f"{_UNIT} project"),
}
