"""The rows of a year through its stages → the sheets of a workbook: stages side by side, and how
projects were scored. Pure.

What a column is called is what its form prints there; a form that is approved once more in the year
shows what was adjusted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ptxl.cells import cell_name
from ptxl.merge.adjusted import Why
from ptxl.merge.rows import UnitSummary
from ptxl.merge.stages import Change, Line, Stage
from ptxl.summary.sheets import (
    Chart,
    Column,
    DataSheet,
    Kind,
    Look,
    PrintCell,
    PrintRow,
    PrintSheet,
    Series,
)
from ptxl.summary.sheets import Line as Cells
from ptxl.values.target_value import TargetValue
from ptxl.words import Speaker

#: what an indicator is given in its stages, by the names that forms share
_APPROVED = "value"
_GIVEN = (_APPROVED, "actual", "forecast", "adjusted.value", "weight", "score", "reason")
_TABLE = "indicators"
#: what a project, or a department, that is scored says of itself
_FUNDS, _SPENT = ("funds.total", "budget.total"), ("executed.total", "budget.executed.total")
_RATE, _SCORE, _GRADE = "execution_rate", "total_score", "grade"
_WIDTHS = (12, 28, 32, 18, 18, 11, 11, 9)
#: of columns that hold a value, a number, a reason; all together fit on A3
_VALUE_WIDTH, _NUMBER_WIDTH, _REASON_WIDTH = 12, 9, 20
_NAME_WIDTHS = {"unit": 18, "project": 22, "indicator": 22}
_CHANGE_WIDTHS = {"changes": 20, "why": 24}
#: of the table of grades and of its rows, which stand beside a chart: in points
_ROW, _LEAST_ROWS = 36.0, 4
_CHART_WIDTH, _CHART_COLUMN = 370.0, 3


@dataclass(frozen=True, slots=True)
class _Shown:
    """A column: an answer by its name, in one stage."""

    stage: int
    name: str
    heading: str

    @property
    def key(self) -> str:
        return f"{self.name.replace('.', '_')}_{self.stage + 1}"

    def is_held(self, line: Line) -> bool:
        """Whether a row holds anything there."""
        stage = line.stages.get(self.stage)
        return bool(stage and stage.text(self.name))


@dataclass(frozen=True, slots=True)
class YearBook:
    """The sheets, and the lines of the one that is a table."""

    sheets: tuple[DataSheet | PrintSheet, ...]
    lines: tuple[Cells, ...]
    title: str


def year_book(
    stages: Sequence[Sequence[UnitSummary]], rows: Sequence[Line], speaker: Speaker
) -> YearBook:
    """The workbook of a year; where no project was scored it has the stages alone."""
    indicators = [one for one in rows if one.table.name == _TABLE]
    shown = [one for one in _shown(stages, speaker) if any(map(one.is_held, indicators))]
    owners = {one.id: one for one in rows if not one.outer}
    say = speaker.say
    lines = [
        _cells(one, owners[one.outer or one.id], shown, speaker)
        for one in rows
        if one.table.name == _TABLE or (one.id in owners and one.changes)
    ]
    told = any("why" in line for line in lines)
    table = DataSheet(
        key="stages", name=say("year.book.stages"), title=say("year.book.stages_title"),
        columns=tuple(_columns(shown, told, speaker)), lines=len(lines), fixed=3,
        description=say("year.book.stages_about"),
    )  # fmt: skip
    scored = [(one, stage) for one in owners.values() for stage in [_scored(one)] if stage]
    sheets = (_evaluation(scored, speaker), table) if scored else (table,)
    return YearBook(sheets, tuple(lines), say("year.book.stages_title"))


def _shown(stages: Sequence[Sequence[UnitSummary]], speaker: Speaker) -> Iterator[_Shown]:
    """The columns of the stages: what later forms print of the first one is not shown again."""
    first = {unit.form.template for unit in stages[0]} if stages else set()
    taken: Counter[str] = Counter()
    for number, units in enumerate(stages):
        labels = _labels(units)
        approved = bool(first & {unit.form.template for unit in units})
        for name in _GIVEN:
            # Of targets it is said which part they are, where nothing is scored yet.
            if name == "weight" and "score" not in labels:
                continue
            if name in labels and (approved or name != _APPROVED):
                # A value may be split over cells, which have names of their own.
                approved_value = speaker.say("year.book.columns.value")
                heading = approved_value if name == _APPROVED else labels[name]
                taken[heading] += 1
                if taken[heading] > 1:
                    code = "year.book.adjusted" if name == _APPROVED else "year.book.again"
                    heading = speaker.say(code, heading=heading, number=taken[heading])
                yield _Shown(number, name, heading)


def _labels(units: Iterable[UnitSummary]) -> dict[str, str]:
    """What the forms of a stage call what they ask of an indicator."""
    found: dict[str, str] = {}
    for unit in units:
        for path, asked in unit.asked.items():
            name = str(path).rpartition("].")[2]
            if str(path).count("[") > 1 or name in (_APPROVED, "actual"):
                found.setdefault(name, asked.label)
    return found


def _columns(shown: Sequence[_Shown], told: bool, speaker: Speaker) -> Iterator[Column]:
    """The columns of a line; the last one only where why something changed is `told`."""
    for key, width in _NAME_WIDTHS.items():
        heading = speaker.say(f"year.book.columns.{key}")
        yield Column(key=key, heading=heading, width=width, repeated=key != "indicator")
    for one in shown:
        number = one.name in ("weight", "score")
        width = _REASON_WIDTH if one.name == "reason" else _VALUE_WIDTH
        width = _NUMBER_WIDTH if number else width
        kind: Kind = "number" if number else "text"
        yield Column(key=one.key, heading=one.heading, width=width, kind=kind)
    for key, width in _CHANGE_WIDTHS.items():
        if told or key != "why":
            yield Column(key=key, heading=speaker.say(f"year.book.columns.{key}"), width=width)


def _cells(
    line: Line, owner: Line, shown: Iterable[_Shown], speaker: Speaker
) -> Mapping[str, object]:
    called = speaker.say("year.book.whole") if line is owner else line.called
    found: dict[str, object] = {
        "unit": line.unit, "project": _called(owner, speaker), "indicator": called,
        "changes": speaker.word(tuple(_told(one, speaker) for one in line.changes), "entries"),
    }  # fmt: skip
    why = tuple(filter(None, (say_why(one.why, speaker) for one in line.changes)))
    if why:
        found["why"] = speaker.word(why, "entries")
    for one in shown:
        stage = line.stages.get(one.stage)
        value = _value(stage, one.name) if stage else None
        if value is not None:
            found[one.key] = value
    return found


def _value(stage: Stage, name: str) -> object:
    """What stands under a name: a number, or a text."""
    answer = stage.answers.get(name)
    value = answer.value if answer else stage.given.get(name)
    if isinstance(value, TargetValue):
        return value.raw
    return value if isinstance(value, Decimal) or value is None else stage.text(name)


def _called(owner: Line, speaker: Speaker) -> str:
    """What a project is called, or the department as a whole."""
    return speaker.say("year.book.department") if owner.is_department else owner.called


def say_why(why: Why, speaker: Speaker) -> str:
    """Why something changed, and by which document and on which day that was approved."""
    approved = tuple(filter(None, (why.document, why.day.isoformat() if why.day else "")))
    if not approved:
        return why.reason
    if not why.reason:
        return speaker.word(approved, "entries")
    return speaker.say("year.book.why", reason=why.reason, approved=approved)


def _told(change: Change, speaker: Speaker) -> str:
    if change.label:  # such as the goals of a project, which may be long
        return speaker.say("year.book.told.replaced", label=change.label)
    facts = {"before": change.before, "now": change.now}
    return speaker.say(f"year.book.told.{change.what}", **facts)


# -- projects that were scored


def _scored(project: Line) -> Stage | None:
    """The last stage in which a project, or a department, has a score."""
    found = [stage for _, stage in sorted(project.stages.items()) if _SCORE in stage.answers]
    return found[-1] if found else None


def _evaluation(scored: Sequence[tuple[Line, Stage]], speaker: Speaker) -> PrintSheet:
    """The table of scores, below that of grades and its chart.

    Departments come behind projects, and are counted only where no project was scored.
    """
    say = speaker.say
    projects = [one for one in scored if not one[0].is_department]
    departments = [one for one in scored if one[0].is_department]
    scored, others = (projects, departments) if projects else (departments, ())
    grades = _grades(scored)
    rows = max(len(grades), _LEAST_ROWS)
    first, last = rows + 5, rows + 4 + len(scored)
    name = say("year.book.evaluation")
    heads = [say(f"year.book.columns.{key}") for key in ("grade", "projects", "share")]
    counts = Counter(stage.text(_GRADE) for _, stage in scored)
    told = speaker.word(tuple(f"{grade} {counts[grade]}" for grade in grades), "counts")
    chart = Chart(
        title=say("year.book.chart"), description=say("year.book.chart_about", grades=told),
        first=3, last=2 + len(grades), categories=0, series=(Series(name=(2, 1), column=1),),
        row=2, column=_CHART_COLUMN, width=_CHART_WIDTH, height=_ROW * rows + 18, lying=False,
        step=max(1, -(-max(counts.values()) // 5)), axis=say("year.book.columns.projects"),
    )  # fmt: skip
    across = len(_WIDTHS)
    body = [
        PrintRow(cells=[PrintCell(value=name, look="title", across=across)]),
        PrintRow(cells=[_mean(scored, first, last, across, speaker)]),
        PrintRow(cells=[PrintCell(value=text, look="head") for text in heads]),
        *_grade_rows(grades, counts, rows, (first, last)),
        PrintRow(cells=[PrintCell(value="", look="plain")]),
        PrintRow(cells=[PrintCell(value=text, look="head") for text in _heads(speaker)]),
        *(_project_row(line, stage, speaker) for line, stage in (*scored, *others)),
    ]
    about = say("year.book.evaluation_about")
    return PrintSheet(key="evaluation", name=name, widths=_WIDTHS, rows=body, charts=(chart,),
                      landscape=True, description=about)  # fmt: skip


def _grades(scored: Iterable[tuple[Line, Stage]]) -> list[str]:
    """The grades that were given, the best first."""
    best: dict[str, Decimal] = {}
    for _, stage in scored:
        grade, score = stage.text(_GRADE), _value(stage, _SCORE)
        if grade and isinstance(score, Decimal):
            best[grade] = max(score, best.get(grade, score))
    return sorted(best, key=lambda grade: -best[grade])


def _grade_rows(
    grades: Sequence[str], counts: Mapping[str, int], rows: int, lines: tuple[int, int]
) -> Iterator[PrintRow]:
    column = _area(7, lines)
    for row in range(rows):
        if row >= len(grades):
            yield PrintRow(cells=[PrintCell(value="", look="plain")], height=_ROW)
            continue
        own = counts[grades[row]]
        share = Decimal(own) / sum(counts.values())
        at = cell_name(3 + row, 0)
        part = f"{cell_name(3 + row, 1)}/SUM({_area(1, (3, 2 + len(grades)))})"
        yield PrintRow(height=_ROW, cells=[
            PrintCell(value=grades[row], look="centre"),
            PrintCell(value=own, formula=f"COUNTIFS({column},{at})", look="count"),
            PrintCell(value=share, formula=part, look="percent"),
        ])  # fmt: skip


def _area(column: int, lines: tuple[int, int]) -> str:
    first, last = (cell_name(row, column) for row in lines)
    return f"{first}:{last}"


def _mean(
    scored: Sequence[tuple[Line, Stage]], first: int, last: int, across: int, speaker: Speaker
) -> PrintCell:
    """How many projects were scored, and their mean."""
    scores = [value for _, stage in scored if isinstance(value := _value(stage, _SCORE), Decimal)]
    mean = (sum(scores, Decimal()) / len(scores)).quantize(Decimal("0.01"))
    text = speaker.say("year.book.mean", count=len(scored), mean=mean)
    return PrintCell(value=text, look="note", across=across)


def _heads(speaker: Speaker) -> list[str]:
    keys = ("code", "unit", "project", "funds", "spent", "rate", "score", "grade")
    return [speaker.say(f"year.book.columns.{key}") for key in keys]


def _project_row(line: Line, stage: Stage, speaker: Speaker) -> PrintRow:
    cells = [PrintCell(value=text) for text in (line.code, line.unit, _called(line, speaker))]
    looks: Sequence[tuple[tuple[str, ...], Look]] = (
        (_FUNDS, "money"), (_SPENT, "money"), ((_RATE,), "percent"), ((_SCORE,), "money"),
    )  # fmt: skip
    for names, look in looks:
        held = (_value(stage, name) for name in names)
        value = next((one for one in held if one is not None), None)
        none = value is None
        if look == "percent" and isinstance(value, Decimal):
            value /= 100
        cells.append(PrintCell(value="—" if none else value, look="centre" if none else look))
    cells.append(PrintCell(value=stage.text(_GRADE) or "—", look="centre"))
    return PrintRow(cells=cells)
