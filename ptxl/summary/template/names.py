"""What forms ask → the names that a summary template may use, and the kind of each.

Columns are those of the data sheets that such forms have in every summary. What a department
answers is `department.overall_goal` everywhere; the columns of a table are those of its rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ptxl.merge.figures import Tally
from ptxl.merge.rows import TABLE, Asked, DueForm
from ptxl.merge.summarise import asked_by, name_in
from ptxl.model.form import Unit
from ptxl.model.layout import Layout
from ptxl.model.path import Path
from ptxl.summary.sheets import DataSheet
from ptxl.summary.standard import Standard
from ptxl.words import DEFAULT_LANGUAGE, Speaker

#: how rules know the kinds of columns
_RULE_KINDS = {"count": "integer"}
_TEXTS = frozenset(("text", "long_text"))
#: what a department answers in one cell; its amounts are columns of data sheets
_OF_ONE_CELL = _TEXTS | {"number", "percent"}
_PROJECTS, _DEPARTMENT = "projects[].", "department."
_INDICATORS = "indicators[]"
#: the one column of a list of plain answers: `goals[0]`, `goals[1]`
_TEXT = "text"
_NOBODY = Unit(code="", name="")


@dataclass(frozen=True, slots=True)
class Lines:
    """What a line of a data sheet can tell: kinds by name, and the columns of lists below it."""

    single: Mapping[str, str]
    lists: Mapping[str, Mapping[str, str]]

    @property
    def all(self) -> Iterator[str]:
        """Yield every name, those of columns of lists with the list before them."""
        yield from self.single
        for table, columns in self.lists.items():
            yield from (f"{table}.{column}" for column in columns)


@dataclass(frozen=True, slots=True)
class Known:
    """What there may be in a summary: kinds of columns by data sheet, texts, scores and rates of
    departments, and the columns of lists; those of departments have `department.` before them."""

    sheets: Mapping[str, Mapping[str, str]]
    department: Mapping[str, str]
    lists: Mapping[str, Mapping[str, str]]

    def lines_of(self, sheet: str) -> Lines:
        """What the lines of a data sheet can be asked."""
        own = self.sheets[sheet]
        match sheet:
            case "projects":
                return Lines({**self.department, **own}, self.lists)
            case "units":
                lists = {name: one for name, one in self.lists.items() if _of_department(name)}
                return Lines({**self.department, **own}, lists)
        return Lines(own, {})


def kinds_of(sheet: DataSheet) -> dict[str, str]:
    """The columns of a data sheet with their kinds, as rules know them."""
    return {one.key: _RULE_KINDS.get(one.kind, one.kind) for one in sheet.columns}


def names_of(layouts: Iterable[Layout]) -> Known:
    """Collect what summaries of some forms can show."""
    asked: dict[Path, Asked] = {}
    printed: dict[Path, str] = {}
    for layout in layouts:
        asked = {**asked_by(layout), **asked}
        for path in layout.form.printed_answers(_NOBODY):
            printed[name_in(layout, path)] = _TEXT
    kinds = printed | {name: one.kind for name, one in asked.items() if one.kind != TABLE}
    return Known(
        sheets={sheet.key: kinds_of(sheet) for sheet in _every_sheet(asked)},
        department={
            str(name): kind
            for name, kind in kinds.items()
            if _of_department(name) and kind in _OF_ONE_CELL and "[]" not in name
        },
        lists=_lists(kinds),
    )


def _every_sheet(asked: Mapping[Path, Asked]) -> Iterator[DataSheet]:
    """Yield the data sheets of a summary of several counties in which everything was answered."""
    tally = Tally()
    tally.add_asked(("", ""), asked)
    tally.tables.update(
        Path(name[: -len("[]")])
        for name, one in asked.items()
        if one.kind == TABLE and not name.endswith(_INDICATORS) and not _texts_only(name, asked)
    )
    for county in "12":
        tally.add_due(
            DueForm(
                place=1, code="", name="", department="", template="", title="", state="accepted",
                county=county,
            )
        )  # fmt: skip
    yield from Standard(tally, Speaker(DEFAULT_LANGUAGE, money=""), "").sheets()


def _texts_only(table: Path, asked: Mapping[Path, Asked]) -> bool:
    """Whether a table is read as texts, or is one of whole projects."""
    below = [one.kind for name, one in asked.items() if name != table and name.is_under(table)]
    return table == "projects[]" or _TEXTS.issuperset(below)


def _lists(kinds: Mapping[Path, str]) -> dict[str, dict[str, str]]:
    """The columns of every table and list of answers, by what it is called below a project."""
    found: dict[str, dict[str, str]] = {}
    for name, kind in kinds.items():
        below = name.removeprefix(_PROJECTS)
        table, joint, column = below.partition("[].")
        if joint:
            found.setdefault(table, {}).setdefault(column, kind)
        elif name.is_row and kind in _TEXTS:
            found.setdefault(str(Path(below).parent), {}).setdefault(_TEXT, kind)
    return found


def _of_department(name: str) -> bool:
    return name.startswith(_DEPARTMENT)
