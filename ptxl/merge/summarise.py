"""CheckedSubmission → the rows that it adds to a summary. Pure; knows no other file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from ptxl.merge.rows import (
    AMOUNTS,
    Amount,
    IndicatorRow,
    LeftOut,
    ProjectRow,
    Source,
    TextRow,
    UnitSummary,
)
from ptxl.model.findings import finding
from ptxl.model.form import Field, Form
from ptxl.model.submission import CheckedSubmission, rows_holding
from ptxl.values.target_value import TargetValue
from ptxl.values.three_cell_value import join_values

_YUAN_PER_WAN = 10_000
#: below a project, what every unit should put in words of its own
_OWN_TEXT = re.compile(r"goals\[\d+\]|annual_goal|period_goal|purpose|indicators\[\d+\]\.basis")


def judge(checked: CheckedSubmission) -> UnitSummary | LeftOut:
    """The summary rows of one submission; one with errors is left out."""
    if not checked.errors:
        return summarise(checked)
    unit = checked.submission.identity.unit
    found = finding("left_out", errors=checked.errors)
    return LeftOut(
        file=checked.submission.source,
        unit=f"{unit.code} {unit.name}",
        findings=(found, *checked.findings),
    )


def summarise(checked: CheckedSubmission) -> UnitSummary:
    """The summary rows of one submission."""
    records = _Records(checked)
    projects = tuple(records.projects())
    return UnitSummary(
        file=checked.submission.source,
        identity=checked.submission.identity,
        title=checked.submission.layout.form.title,
        budget=records.amounts("department.budget"),
        projects=projects,
        indicators=tuple(records.indicators(projects)),
        texts=tuple(records.texts(projects)),
        findings=checked.findings,
        shared=_shared(checked.submission.layout.form),
    )


def _shared(form: Form) -> dict[str, tuple[str, str]]:
    return {name: (meaning, str(form.parameters[name])) for name, meaning in form.shared.items()}


class _Records:
    """Looks answers up by the vocabulary that all templates share."""

    def __init__(self, checked: CheckedSubmission) -> None:
        self._submission = checked.submission
        self._values = checked.values
        self._joined = join_values(checked.submission.layout, checked.values)
        self._fields = checked.submission.layout.fields
        self._answered = rows_holding(checked.values)
        self._given = {
            f"{row.path}.{name}": value
            for table in checked.submission.layout.form.tables
            for row in table.rows
            for name, value in row.given.items()
        }
        self._rows = {
            table.path: [row.path for row in table.rows]
            for table in checked.submission.layout.form.tables
        }

    def projects(self) -> Iterator[ProjectRow]:
        for number, prefix in enumerate(self._project_prefixes(), 1):
            first = next(path for path in self._values if path.startswith(prefix))
            table = self._rows.get(f"{prefix}indicators", [])
            yield ProjectRow(
                number=number,
                code=self._text(f"{prefix}code"),
                name=self._text(f"{prefix}name"),
                department=self._text(f"{prefix}department"),
                nature=self._text(f"{prefix}nature"),
                period=self._text(f"{prefix}period"),
                amounts=self.amounts(f"{prefix}funds"),
                indicators=sum(row in self._answered for row in table),
                sheet=self._submission.where(first)[0],
                source=self._source(f"{prefix}name" if f"{prefix}name" in self._values else first),
            )

    def amounts(self, prefix: str) -> dict[str, Amount]:
        found = {}
        for name in AMOUNTS:
            path = f"{prefix}.{name}"
            value = self._values.get(path)
            if isinstance(value, Decimal):
                amount = in_wan(value, self._fields[path])
                found[name] = Amount(value=amount, source=self._source(path))
        return found

    def texts(self, projects: tuple[ProjectRow, ...]) -> Iterator[TextRow]:
        """The texts of each project that units should have of their own."""
        names = (project.name for project in projects)
        for prefix, project in zip(self._project_prefixes(), names, strict=True):
            for path, value in self._values.items():
                if isinstance(value, str) and _OWN_TEXT.fullmatch(path.removeprefix(prefix)):
                    label, source = self._fields[path].label, self._source(path)
                    yield TextRow(project=project, label=label, text=value, source=source)

    def indicators(self, projects: tuple[ProjectRow, ...]) -> Iterator[IndicatorRow]:
        names = [("department.", ""), *zip(
            self._project_prefixes(), (project.name for project in projects), strict=True
        )]  # fmt: skip
        for prefix, project in names:
            for row in self._rows.get(f"{prefix}indicators", []):
                if row in self._answered:
                    yield self._indicator(row, project)

    def _project_prefixes(self) -> list[str]:
        """What stands before the answers of each project in use.

        A form that asks for one project alone may do so without `projects`.
        """
        found = [f"{row}." for row in self._repeats("projects") if row in self._answered]
        alone = any(path.startswith(("funds.", "indicators[")) for path in self._values)
        return [*found, *([""] if alone else [])]

    def _indicator(self, row: str, project: str) -> IndicatorRow:
        first = next(path for path in self._values if path.startswith(f"{row}."))
        at = next((p for p in self._values if p.startswith(f"{row}.value")), first)
        return IndicatorRow(
            project=project,
            level1=self._text(f"{row}.level1"),
            level2=self._text(f"{row}.level2"),
            level3=self._text(f"{row}.level3"),
            value=self._target(f"{row}.value"),
            description=self._text(f"{row}.description"),
            basis=self._text(f"{row}.basis") or self._text(f"{row}.note"),
            source=self._source(at),
        )

    def _target(self, path: str) -> TargetValue | None:
        value = self._values.get(path)
        return value if isinstance(value, TargetValue) else self._joined.get(path)

    def _repeats(self, path: str) -> list[str]:
        return [
            f"{table.path}[{index}]"
            for table in self._submission.layout.form.tables
            if table.path == path
            for index in range(table.repeats or len(table.rows))
        ]

    def _text(self, path: str) -> str:
        value = self._values.get(path, self._given.get(path, ""))
        return str(value)

    def _source(self, path: str) -> Source:
        sheet, cell = self._submission.where(path)
        return Source(file=self._submission.source, sheet=sheet, cell=cell)


def in_wan(value: Decimal, field: Field) -> Decimal:
    """An amount in 万元, whatever unit its field asks for."""
    return value / _YUAN_PER_WAN if field.unit == "元" else value
