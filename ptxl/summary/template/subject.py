"""What a line of a data sheet is about → the values, rows and texts that an official table shows.

Pure. A value is a number, a text or a phrase; what is not there has a word that says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ptxl.merge.rows import Answer, ProjectRow, TableLine, UnitSummary
from ptxl.merge.views import View
from ptxl.model.path import TOP, Path
from ptxl.summary.lines import NOT_APPLICABLE, NOT_ASKED, UNANSWERED, UNREAD
from ptxl.summary.sheets import Line, bare
from ptxl.values.target_value import TargetValue
from ptxl.words import Speaker

_DEPARTMENT, _PROJECTS = Path("department"), Path("projects[]")
_TEXT = "text"


@dataclass(frozen=True, slots=True)
class Subject:
    """A line, the submission that it is about, and its project if it is one.

    `numbers` are those that rows of tables have among the lines of their own data sheets, by path.
    """

    line: Line
    unit: UnitSummary
    view: View
    project: ProjectRow | None
    numbers: Mapping[Path, int]

    def value(self, name: str) -> object:
        """What a column of the line holds, or what the department answers under a name."""
        if name in self.line:
            return plain(self.line[name])
        for answer in self.unit.answers:
            if answer.name == name:
                return value_of(answer)
        return self.missing(name)

    def is_rate(self, name: str) -> bool:
        """Whether the department answers a percentage under a name."""
        asked = self.unit.asked.get(Path(name))
        return bool(asked and asked.kind == "percent")

    def missing(self, name: str) -> object:
        """The word for what nobody answered, or no form asked, under a name."""
        places = (Path(name), _PROJECTS / name)
        asked = [one for one in self.unit.asked if any(map(one.is_under, places))]
        owner = self.project.path if self.project else TOP
        paths = (owner / name, Path(name))
        if asked and any(one.is_under(path) for one in self.unit.not_asked for path in paths):
            return NOT_APPLICABLE
        return UNANSWERED if asked else NOT_ASKED

    def blank(self, row: TableLine, name: Path) -> object:
        """The word for what nobody answered in a row of a list."""
        return NOT_APPLICABLE if row.path / name in self.unit.not_asked else UNANSWERED

    def rows(self, name: str) -> list[TableLine]:
        """The rows of a table below the line, or of the department."""
        tables = (Path(name), _PROJECTS / name)
        return [row for row in self.view.lines if row.table in tables and self._has(row)]

    def _has(self, row: TableLine) -> bool:
        mine = self.project.path if self.project else None
        return row.table.is_under(_DEPARTMENT) or (row.project and row.project.path) == mine

    def texts(
        self, name: str, columns: Iterable[str], speaker: Speaker
    ) -> Iterator[dict[str, str]]:
        """Yield what each row of a list holds, as texts by column; a blank one is "".

        A list of plain answers (`goals[0]`, `goals[1]`) has one column, `text`.
        """
        blank = dict.fromkeys(columns, "")
        for row in self.rows(name):
            answered = {str(column): value_of(one) for column, one in row.answers.items()}
            found = {**{str(column): text for column, text in row.given.items()}, **answered}
            yield blank | {column: speaker.word(value) for column, value in found.items()}
        for answer in self._answers():
            if answer.name.pattern in (f"{name}[]", f"{_PROJECTS}.{name}[]"):
                yield blank | {_TEXT: speaker.word(value_of(answer))}

    def _answers(self) -> Iterable[Answer]:
        """The answers of the project, and those of the department."""
        if self.project:
            yield from self.project.answers.values()
        yield from (one for one in self.unit.answers if one.name.is_under(_DEPARTMENT))


def plain(value: object) -> object:
    """The value in a cell of a line, without its link or formula; a day as a text."""
    found = bare(value)
    if isinstance(found, date):
        return found.isoformat()
    return NOT_ASKED if found is None else found


def value_of(answer: Answer) -> object:
    """What an answer is on paper: a number, or a text, or the word for one that is unreadable."""
    match answer.value:
        case None:
            return UNREAD
        case TargetValue(raw=raw):
            return raw
        case date() as day:
            return day.isoformat()
    return answer.value


def amount_in(value: object) -> Decimal:
    """The number that a value adds to a sum: nothing if it is none."""
    return Decimal(value) if isinstance(value, int | Decimal) else Decimal(0)
