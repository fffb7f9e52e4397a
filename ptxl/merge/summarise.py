"""CheckedSubmission → the rows that it adds to a summary. Pure; knows no other file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from hashlib import blake2b

from ptxl.merge.rows import (
    AMOUNTS,
    Amount,
    IndicatorRow,
    LeftOut,
    ProjectRow,
    Source,
    TextRow,
    UnitSummary,
    UnmergedAmount,
    add_up,
)
from ptxl.model.findings import finding
from ptxl.model.form import Field, Form
from ptxl.model.path import Path
from ptxl.model.submission import CheckedSubmission
from ptxl.values.money import MONEY_UNITS, convert
from ptxl.values.target_value import TargetValue, join_values

_TOP, _DEPARTMENT = Path(""), Path("department")
#: below a project, what every unit should put in words of its own
_OWN_TEXTS = ("goals[]", "annual_goal", "period_goal", "purpose", "indicators[].basis")


def judge(checked: CheckedSubmission) -> UnitSummary | LeftOut:
    """Summarise a submission without errors, and leave out one with errors."""
    if not checked.errors:
        return summarise(checked)
    unit = checked.submission.identity.unit
    found = finding("left_out", errors=checked.errors)
    return LeftOut(
        file=checked.submission.source,
        unit=f"{unit.code} {unit.name}",
        findings=(found, *checked.findings),
        unit_code=unit.code,
        signed=bool(checked.submission.identity.signature),
    )


def summarise(checked: CheckedSubmission) -> UnitSummary:
    """Collect the summary rows of one submission, whatever was found in it."""
    answers = _Answers(checked)
    projects = answers.projects()
    owners = {project.path: project.name for project in projects}
    budget = answers.amounts(_DEPARTMENT / "budget")
    return UnitSummary(
        file=checked.submission.source,
        identity=checked.submission.identity,
        title=checked.submission.layout.form.title,
        budget=budget,
        projects=projects,
        indicators=tuple(answers.indicators({_DEPARTMENT: "", **owners})),
        texts=tuple(answers.texts(owners)),
        findings=checked.findings,
        unmerged=add_up(answers.unmerged(owners)),
        answers={path: _digest(value) for path, value in checked.values.items()},
        shared=_shared(checked.submission.layout.form),
    )


def _shared(form: Form) -> dict[str, tuple[str, str]]:
    return {name: (meaning, str(form.parameters[name])) for name, meaning in form.shared.items()}


def _digest(value: object) -> str:
    """A short text that is the same for equal answers, in every process."""
    if isinstance(value, Decimal):
        value = f"{value.normalize():f}"
    if isinstance(value, TargetValue):
        value = value.raw
    return blake2b(str(value).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


class _Answers:
    """Looks answers up by the names that all templates share."""

    def __init__(self, checked: CheckedSubmission) -> None:
        layout = checked.submission.layout
        self._submission = checked.submission
        self._values = {Path(path): value for path, value in checked.values.items()}
        self._targets = join_values(layout, checked.values)
        self._fields = layout.fields
        #: what was answered below each row and repeat, and at "" below the top
        self._below: dict[Path, list[Path]] = {}
        for path in self._values:
            for above in (_TOP, *path.rows):
                self._below.setdefault(above, []).append(path)
        self._rows = {table.path: table.row_paths for table in layout.form.tables}
        self._given = layout.form.printed_answers(checked.submission.identity.unit)
        for table in layout.form.tables:
            for row in table.rows:
                self._given |= {row.path / name: value for name, value in row.given.items()}

    def projects(self) -> tuple[ProjectRow, ...]:
        """A row for each project that has an answer, in the order of the form."""
        return tuple(
            self._project(number, path) for number, path in enumerate(self._project_paths(), 1)
        )

    def _project_paths(self) -> list[Path]:
        """The path of each project; "" is a project without `projects`, as of a form for one."""
        found = [row for row in self._below if row.parent == "projects"]
        found.sort(key=lambda row: row.steps)
        if any(path.steps[0] in ("funds", "indicators") for path in self._values):
            found.append(_TOP)
        return found

    def _project(self, number: int, path: Path) -> ProjectRow:
        name = path / "name"
        first = self._below[path][0]
        rows = self._rows.get(path / "indicators", ())
        return ProjectRow(
            path=path,
            number=number,
            code=self._text(path / "code"),
            name=self._text(name),
            department=self._text(path / "department"),
            nature=self._text(path / "nature"),
            period=self._text(path / "period"),
            amounts=self.amounts(path / "funds"),
            indicators=sum(row in self._below for row in rows),
            sheet=self._submission.where(first)[0],
            source=self._source(name if name in self._values else first),
        )

    def amounts(self, group: Path) -> dict[str, Amount]:
        """The amounts of a project or budget that have a column of their own, by name."""
        found = {}
        for name in AMOUNTS:
            path = group / name
            value = self._values.get(path)
            if isinstance(value, Decimal) and self._fields[path].unit in MONEY_UNITS:
                amount = in_wan(value, self._fields[path])
                found[name] = Amount(value=amount, source=self._source(path))
        return found

    def unmerged(self, owners: Mapping[Path, str]) -> Iterator[UnmergedAmount]:
        """Every amount of the submission that has no column in the summary."""
        groups = (_DEPARTMENT / "budget", *(owner / "funds" for owner in owners))
        merged = {group / name for group in groups for name in AMOUNTS}
        for path, value in self._values.items():
            field = self._fields[path]
            if field.kind == "money" and isinstance(value, Decimal) and path not in merged:
                yield UnmergedAmount(
                    template=self._submission.identity.template,
                    field=path.pattern,
                    label=field.label,
                    count=1,
                    total=in_wan(value, field),
                )

    def texts(self, owners: Mapping[Path, str]) -> Iterator[TextRow]:
        """The texts of each project that units should have of their own."""
        for owner, project in owners.items():
            for path in self._below[owner]:
                value = self._values[path]
                if isinstance(value, str) and path.below(owner).pattern in _OWN_TEXTS:
                    label, source = self._fields[path].label, self._source(path)
                    yield TextRow(project=project, label=label, text=value, source=source)

    def indicators(self, owners: Mapping[Path, str]) -> Iterator[IndicatorRow]:
        """A row for each indicator with an answer, owner by owner."""
        for owner, project in owners.items():
            for row in self._rows.get(owner / "indicators", ()):
                if row in self._below:
                    yield self._indicator(row, owner, project)

    def _indicator(self, row: Path, owner: Path, project: str) -> IndicatorRow:
        answered = self._below[row]
        values = [path for path in answered if path.is_under(row / "value")]
        return IndicatorRow(
            owner=owner,
            project=project,
            level1=self._text(row / "level1"),
            level2=self._text(row / "level2"),
            level3=self._text(row / "level3"),
            value=self._target(row / "value"),
            description=self._text(row / "description"),
            basis=self._text(row / "basis"),
            note=self._text(row / "note"),
            source=self._source((values or answered)[0]),
        )

    def _target(self, path: Path) -> TargetValue | None:
        value = self._values.get(path)
        return value if isinstance(value, TargetValue) else self._targets.get(path)

    def _text(self, path: Path) -> str:
        return str(self._values.get(path, self._given.get(path, "")))

    def _source(self, path: Path) -> Source:
        sheet, cell = self._submission.where(path)
        return Source(file=self._submission.source, sheet=sheet, cell=cell)


def in_wan(value: Decimal, field: Field) -> Decimal:
    """Convert an amount to 万元, whatever unit its field asks for."""
    return convert(value, field.unit, "万元")
