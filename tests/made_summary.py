"""Made-up summaries for tests of print sheets: forms of departments → submissions → all sheets."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from ptxl.merge.alike import AcrossUnits
from ptxl.merge.rows import (
    TABLE,
    Answer,
    Asked,
    County,
    DueForm,
    FormOf,
    LeftOut,
    Noted,
    ProjectMoney,
    Sum,
    UnitSummary,
)
from ptxl.merge.views import View
from ptxl.model.findings import Severity
from ptxl.model.path import Path as FieldPath
from ptxl.summary.collection import About, Collection
from ptxl.summary.comparisons import Comparisons
from ptxl.summary.lines import Lines
from ptxl.summary.sheets import DataSheet, PrintSheet, Sheet
from ptxl.summary.workbook import fill_lines, write_workbook
from ptxl.values.target_value import TargetValue

COUNTED = ("accepted", "to_check")
#: what a form that nobody asked for is besides
NOT_DUE = "not_due"
FORM = "项目支出绩效目标申报表"
LEVELS = (
    ("产出指标", "数量指标"), ("产出指标", "质量指标"), ("产出指标", "时效指标"),
    ("产出指标", "成本指标"), ("效益指标", "社会效益指标"), ("满意度指标", "服务对象满意度指标"),
)  # fmt: skip
ASKED = {
    FieldPath("projects[]"): Asked(label="项目", kind=TABLE),
    FieldPath("projects[].name"): Asked(label="项目名称", kind="text"),
    FieldPath("projects[].funds.total"): Asked(label="资金总额", kind="money", unit="万元"),
    FieldPath("projects[].funds.fiscal"): Asked(label="财政拨款", kind="money", unit="万元"),
    FieldPath("projects[].funds.other"): Asked(label="其他资金", kind="money", unit="万元"),
    FieldPath("projects[].own_funds.total"): Asked(label="其中：本级", kind="money", unit="万元"),
    FieldPath("projects[].land"): Asked(label="占地", kind="money", unit="亩"),
    FieldPath("projects[].indicators[]"): Asked(label="绩效指标", kind=TABLE),
    FieldPath("projects[].indicators[].level1"): Asked(label="一级指标", kind="text"),
    FieldPath("projects[].indicators[].level2"): Asked(label="二级指标", kind="text"),
    FieldPath("projects[].indicators[].level3"): Asked(label="三级指标", kind="text"),
    FieldPath("projects[].indicators[].value"): Asked(label="指标值", kind="target"),
}
Funds = tuple[Decimal | None, Decimal]


@dataclass(frozen=True, kw_only=True)
class Form:
    """One form, and how it stands: a code of `standing`, or one that was never due.

    `funds` are fiscal and other ones of each project; None could not be read. The first project has
    all indicators, the first of them with numbers.
    """

    state: str
    funds: Sequence[Funds] = ()
    indicators: int = 0
    quantified: int = 0
    errors: int = 0
    warnings: int = 0
    excepted: int = 0
    #: how many of its projects have errors, and whether it came after the deadline
    wrong: int = 0
    late: bool | None = None

    @property
    def counts(self) -> bool:
        return self.state in (*COUNTED, NOT_DUE)

    @property
    def came(self) -> bool:
        return self.state != "missing"

    def totals(self) -> list[Decimal]:
        return [fiscal + other for fiscal, other in self.funds if fiscal is not None]


@dataclass(frozen=True)
class Made:
    """A summary of forms by county and department."""

    forms: Mapping[tuple[str, str], Sequence[Form]]
    #: whether it is known what was due
    due: bool = True
    language: str = "zh"

    def __post_init__(self) -> None:
        """Counties stand in the order of their names, as in every summary, "" comes last."""
        forms = dict(sorted(self.forms.items(), key=lambda one: (one[0][0], not one[0][1])))
        object.__setattr__(self, "forms", forms)

    @property
    def every(self) -> list[Form]:
        return [form for some in self.forms.values() for form in some]

    def sheets(self, comparisons: Comparisons | None = None) -> list[Sheet]:
        """All sheets, as they go into the workbook."""
        with self._taken() as (taken, folder), Lines(folder) as lines:
            return list(fill_lines(lines, taken, AcrossUnits(), comparisons))

    def printed(self) -> tuple[PrintSheet, PrintSheet]:
        """The overview, and the departments."""
        first, second, *_ = self.sheets()
        assert isinstance(first, PrintSheet)
        assert isinstance(second, PrintSheet)
        return first, second

    def data(self, key: str) -> DataSheet:
        return next(one for one in self.sheets() if one.key == key and isinstance(one, DataSheet))

    def book(self) -> bytes:
        """The workbook."""
        target = io.BytesIO()
        with self._taken() as (taken, folder):
            write_workbook(target, taken, AcrossUnits(), folder)
        return target.getvalue()

    def _taken(self) -> _Taken:
        return _Taken(self)

    def counties(self) -> Iterator[County]:
        for name in dict.fromkeys(county for county, _ in self.forms):
            own = [one for one in self.numbered() if one[0].county == name]
            yield County(
                name=name, title="清源县2026年部门预算绩效目标" if not name else "", year="2026",
                made=date(2026, 3, 20), maker="清源县财政局", deadline=date(2026, 3, 15),
                dues=tuple(_due(*one) for one in own if one[1].state != NOT_DUE and self.due),
                left_out=tuple(_left_out(*one) for one in own if one[1].came and not one[1].counts),
            )  # fmt: skip

    def numbered(self) -> Iterator[tuple[FormOf, Form]]:
        """Every form, with whose it is."""
        place = 0
        for number, ((county, department), forms) in enumerate(self.forms.items(), 1):
            for index, form in enumerate(forms, 1):
                place += 1
                yield FormOf(
                    code=f"{number:03}{index:03}", name=f"{department}第{index}单位",
                    department=department, template="project", edition="1", serial=f"S{place}",
                    title=FORM, county=county, place=place,
                ), form  # fmt: skip


class _Taken:
    """A context with everything taken in, and the folder of it."""

    def __init__(self, made: Made) -> None:
        self._made = made
        self._stack = ExitStack()

    def __enter__(self) -> tuple[Collection, Path]:
        folder = Path(self._stack.enter_context(TemporaryDirectory()))
        first, *others = self._made.counties()
        about = About(
            title=first.title, county=replace(first, left_out=()), folder=folder,
            language=self._made.language,
        )  # fmt: skip
        taken = self._stack.enter_context(Collection(folder, about))
        for left in first.left_out:
            taken.add_left_out(left)
        for county in others:
            taken.add_county(county)
        for whose, form in self._made.numbered():
            if form.counts:
                taken.add(View(_unit(whose, form)))
        return taken, folder

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def _due(whose: FormOf, form: Form) -> DueForm:
    return DueForm(
        place=whose.place, code=whose.code, name=whose.name, department=whose.department,
        template=whose.template, title=whose.title, state=form.state, county=whose.county,
        late=form.late,
    )  # fmt: skip


def _left_out(whose: FormOf, form: Form) -> LeftOut:
    read = form.totals()
    amount = Sum(sum(read, Decimal(0)), len(read), len(form.funds) - len(read))
    found = tuple(_noted("error") for _ in range(1 + form.errors))  # the first says why
    money = tuple(
        ProjectMoney(
            path=f"projects[{number}]", project=f"项目{number + 1}", unread=fiscal is None,
            amount=None if fiscal is None else fiscal + other, sheet="项目", cell=f"C{number + 5}",
            errors=int(number < form.wrong),
        )
        for number, (fiscal, other) in enumerate(form.funds)
    )  # fmt: skip
    return LeftOut(
        file=f"{whose.code}.xlsx", found=found, form=whose, projects=len(form.funds),
        amount=amount, county=whose.county, money=money,
    )  # fmt: skip


def _noted(severity: Severity, reason: str = "") -> Noted:
    return Noted(code="made", severity=severity, title="规则", message="请核对", reason=reason)


def _unit(whose: FormOf, form: Form) -> UnitSummary:
    found = [_noted("warning")] * form.warnings + [_noted("warning", "同意")] * form.excepted
    answers = [
        answer for number, funds in enumerate(form.funds) for answer in _project(number, funds)
    ]
    for number in range(form.indicators):
        answers += _indicator(number, measured=number < form.quantified)
    return UnitSummary(
        file=f"{whose.code}.xlsx", form=whose, asked=ASKED, answers=tuple(answers),
        found=tuple(found),
    )  # fmt: skip


def _project(number: int, funds: Funds) -> Iterator[Answer]:
    fiscal, other = funds
    total = None if fiscal is None else fiscal + other
    row = number + 5
    yield _answer(f"projects[{number}].name", f"项目{number + 1}", f"B{row}")
    yield _answer(f"projects[{number}].funds.total", total, f"C{row}")
    yield _answer(f"projects[{number}].funds.fiscal", fiscal, f"D{row}")
    yield _answer(f"projects[{number}].funds.other", other, f"E{row}")


def _indicator(number: int, *, measured: bool) -> Iterator[Answer]:
    row, (level1, level2) = f"projects[0].indicators[{number}]", LEVELS[number % len(LEVELS)]
    value = TargetValue(raw="较好", comparison="text")
    if measured:
        value = TargetValue(raw="≥5个", comparison=">=", number=Decimal(5))
    yield _answer(f"{row}.level1", level1, f"A{number + 20}")
    yield _answer(f"{row}.level2", level2, f"B{number + 20}")
    yield _answer(f"{row}.level3", f"指标{number}", f"C{number + 20}")
    yield _answer(f"{row}.value", value, f"D{number + 20}")


def _answer(path: str, value: str | Decimal | TargetValue | None, cell: str) -> Answer:
    name = FieldPath(path).pattern
    return Answer(path=FieldPath(path), name=name, value=value, sheet="项目", cell=cell)
