"""UnitSummary → its projects, indicators, rows of tables and texts, as a summary has them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, lru_cache
from itertools import chain

from ptxl.merge.rows import (
    TABLE,
    Answer,
    IndicatorRow,
    ProjectRow,
    Source,
    TableLine,
    TextRow,
    UnitSummary,
)
from ptxl.model.path import TOP, Path
from ptxl.values.target_value import TargetValue

_DEPARTMENT = Path("department")
_PROJECTS = "projects[]"
_INDICATORS = "indicators"
#: what a form without `projects` answers that asks for one project alone
_OF_ONE_PROJECT = ("funds", "indicators")
_LEVELS = tuple(map(Path, ("level1", "level2", "level3")))
_VALUE = Path("value")
_WORDS = tuple(map(Path, ("description", "basis", "note")))
_COMMON = frozenset({*_LEVELS, _VALUE, *_WORDS})
#: answers that name a thing, and are no text about it
_NAMES = frozenset({"code", "name", "department", "unit", "nature", "period", "phone"})
_TEXTS = frozenset({"text", "long_text"})
_OF_TEXTS = _TEXTS | {TABLE}


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a table: the name of the table, its answers by name in the row, what is printed."""

    table: Path
    answers: dict[Path, Answer] = field(default_factory=dict)
    given: dict[Path, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Owner:
    """A project, the department or the form as a whole: its own answers, and its rows by path."""

    answers: dict[Path, Answer] = field(default_factory=dict)
    given: dict[Path, str] = field(default_factory=dict)
    rows: dict[Path, _Row] = field(default_factory=dict)


class View:
    """Looks at one submission: everything below is derived from its answers.

    It is made once for all who look at the submission, and finds rows once for all who ask.
    """

    def __init__(self, unit: UnitSummary) -> None:
        self.unit = unit
        self._owners: dict[Path, _Owner] = {}
        self._tables_of_texts: dict[Path, bool] = {}
        for answer in unit.answers:
            self._take(answer)
        for path, text in unit.given.items():
            self._print(path, text)
        paths = sorted((p for p in self._owners if p.is_row), key=lambda path: path.steps)
        if self._is_project(TOP):
            paths.append(TOP)
        self._projects = {path: self._project(path, n) for n, path in enumerate(paths, 1)}

    def _take(self, answer: Answer) -> None:
        spot = _spot(answer.path, answer.name)
        owner = self._owners.get(spot.owner)
        if owner is None:
            owner = self._owners[spot.owner] = _Owner()
        if not spot.row:
            owner.answers[spot.name] = answer
            return
        row = owner.rows.get(spot.row)
        if row is None:
            row = owner.rows[spot.row] = _Row(spot.table)
        row.answers[spot.name] = answer

    def _print(self, path: Path, text: str) -> None:
        """Take in what a form prints, where something is answered beside it."""
        owner = _owner_of(path)
        if owner not in self._owners:
            return
        for row in reversed(path.rows):
            if row in self._owners[owner].rows:
                self._owners[owner].rows[row].given[path.below(row)] = text
                return
        self._owners[owner].given[path.below(owner)] = text

    def _is_project(self, owner: Path) -> bool:
        found = self._owners.get(owner, _Owner())
        names = chain(found.answers, (row.table for row in found.rows.values()))
        return any(name.steps[0] in _OF_ONE_PROJECT for name in names)

    def projects(self) -> tuple[ProjectRow, ...]:
        """The projects with an answer, in the order of the form."""
        return tuple(self._projects.values())

    def _project(self, path: Path, number: int) -> ProjectRow:
        owner = self._owners[path]
        answers = chain(owner.answers.values(), *(r.answers.values() for r in owner.rows.values()))
        named = owner.answers.get(Path("name")) or next(answers)
        return ProjectRow(
            path=path,
            number=number,
            answers=owner.answers,
            given=owner.given,
            indicators=sum(row.table.name == _INDICATORS for row in owner.rows.values()),
            source=self._source(named),
        )

    def budget(self) -> dict[Path, Answer]:
        """The answers of the department's budget, by name (`total`, `basic`)."""
        own = self._owners.get(_DEPARTMENT, _Owner()).answers
        budget = Path("budget")
        return {name.below(budget): own[name] for name in own if name.steps[0] == budget}

    @cached_property
    def indicators(self) -> tuple[IndicatorRow, ...]:
        """The indicators, those of the department first, then project by project."""
        return tuple(_indicator(line) for line in self.lines if line.table.name == _INDICATORS)

    def tables(self) -> Iterator[TableLine]:
        """Yield the rows of every other table that asks for more than texts, project by project."""
        for line in self.lines:
            if line.table.name != _INDICATORS and not self._texts_only(line.table):
                yield line

    @cached_property
    def texts(self) -> tuple[TextRow, ...]:
        """Goals, tasks, safeguards and purposes: of the department, then of each project.

        A row of a table of texts is one text, whatever parts it has. What belongs to no project is
        all told here, numbers and days too, but for the budget.
        """
        return tuple(self._texts())

    def _texts(self) -> Iterator[TextRow]:
        for owner, project in self._in_order():
            for name, answer in owner.answers.items():
                kind = self.unit.asked[answer.name].kind
                told = kind in _TEXTS and name not in _NAMES if project else True
                if told and name.steps[0] != "budget":
                    yield self._text((answer,), project)
            for row in owner.rows.values():
                if self._texts_only(row.table) and row.table.name != _INDICATORS:
                    yield self._text(row.answers.values(), project, row.table)

    def _text(
        self, answers: Iterable[Answer], project: ProjectRow | None, table: Path = TOP
    ) -> TextRow:
        first, *_ = answers = tuple(answers)
        asked = self.unit.asked
        return TextRow(
            project=project,
            name=first.name,
            label=asked.get(Path(f"{table}[]"), asked[first.name]).label,
            text="\n".join(self._told(one) for one in answers if one.value is not None),
            source=self._source(first),
        )

    def _told(self, answer: Answer) -> str:
        """An answer as people write it, a number with its unit."""
        value = answer.value
        if isinstance(value, Decimal):
            return f"{value:f}{self.unit.asked[answer.name].unit}"
        return answer.written

    def _texts_only(self, table: Path) -> bool:
        """Whether every column of a table asks for text: it is read as text, as tasks are."""
        known = self._tables_of_texts.get(table)
        if known is None:
            rows, asked = f"{table}[]", self.unit.asked
            kinds = (one.kind for name, one in asked.items() if name.is_under(rows))
            known = self._tables_of_texts[table] = all(kind in _OF_TEXTS for kind in kinds)
        return known

    def _in_order(self) -> Iterator[tuple[_Owner, ProjectRow | None]]:
        """Yield what belongs to no project first, then the projects."""
        for path in (TOP, _DEPARTMENT):
            if path in self._owners and path not in self._projects:
                yield self._owners[path], None
        for path, project in self._projects.items():
            yield self._owners[path], project

    @cached_property
    def lines(self) -> tuple[TableLine, ...]:
        """The rows of all tables, those of the department first, then project by project."""
        return tuple(self._lines())

    def _lines(self) -> Iterator[TableLine]:
        for owner, project in self._in_order():
            for path, row in owner.rows.items():
                yield TableLine(
                    table=row.table,
                    path=path,
                    project=project,
                    answers=row.answers,
                    given=row.given,
                    source=self._source(
                        row.answers.get(_VALUE) or next(iter(row.answers.values()))
                    ),
                )

    def _source(self, answer: Answer) -> Source:
        return Source(file=self.unit.file, sheet=answer.sheet, cell=answer.cell)


@dataclass(frozen=True, slots=True)
class _Spot:
    """Whose an answer is: its owner's path, its name below that, or in a row of a table of his."""

    owner: Path
    name: Path
    #: "" outside tables
    row: Path = TOP
    table: Path = TOP


@lru_cache(maxsize=1 << 14)
def _spot(path: Path, name: Path) -> _Spot:
    """Whose an answer is. Asked again for every form, of the same paths."""
    owner = _owner_of(path)
    kind = Path(_PROJECTS) if owner.is_row else owner
    below = name.below(kind)
    table, joint, column = below.rpartition("[].")
    if not joint:
        return _Spot(owner, below)
    return _Spot(owner, Path(column), Path(path[: -len(column) - 1]), kind / table)


@lru_cache(maxsize=1 << 14)
def _owner_of(path: Path) -> Path:
    if path.is_under(_DEPARTMENT):
        return _DEPARTMENT
    repeats = path.rows
    return repeats[0] if repeats and repeats[0].parent == "projects" else TOP


def _indicator(line: TableLine) -> IndicatorRow:
    def text(name: Path) -> str:
        answer = line.answers.get(name)
        return str(answer.value) if answer and answer.value else line.given.get(name, "")

    value = line.answers.get(_VALUE)
    level1, level2, level3 = map(text, _LEVELS)
    description, basis, note = map(text, _WORDS)
    return IndicatorRow(
        path=line.path,
        project=line.project,
        level1=level1,
        level2=level2,
        level3=level3,
        value=value.value if value and isinstance(value.value, TargetValue) else None,
        description=description,
        basis=basis,
        note=note,
        more={name: one for name, one in line.answers.items() if name not in _COMMON},
        source=line.source,
    )
