"""What one file adds to a summary: all its answers, or why it is left out. Data only.

Everything that a template asks is carried, each amount in the unit that its form prints. What is
added up is turned into 万元 first, or thousands of another currency, exactly; amounts in other
units than those of money are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from ptxl.model.findings import Severity
from ptxl.model.path import Path
from ptxl.values.money import YUAN, MoneyUnit, added, convert, money_unit, unit_of_sums
from ptxl.values.target_value import TargetValue

#: the amounts that every template names alike, below a project or a department's budget
AMOUNTS = ("total", "fiscal", "other")
#: the kind of what is no answer, but a table of them
TABLE = "table"


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """Where a figure comes from."""

    file: str
    sheet: str
    cell: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """One thing that a form asks: what it is called there, its kind, and its unit if it has one."""

    label: str
    kind: str
    unit: str = ""

    @property
    def summed(self) -> bool:
        """Whether its amounts can be added up with those of other forms."""
        return self.money is not None

    @property
    def money(self) -> MoneyUnit | None:
        """The unit of money that it is asked in; None of what is no money, or in no such unit."""
        return money_unit(self.unit) if self.kind == "money" else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One answer and its cell. A `value` of None stands for one that could not be read.

    `name` is what `UnitSummary.asked` calls it: its path with the numbers of projects and of rows
    of tables left out, `projects[].plan[0].percent`.
    """

    path: Path
    name: Path
    value: str | Decimal | date | TargetValue | None
    sheet: str
    cell: str

    @property
    def written(self) -> str:
        """A value that could be read, as a person writes it: of a target value all its text."""
        return self.value.raw if isinstance(self.value, TargetValue) else str(self.value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Noted:
    """A finding in words; an approved exception has a reason, who approved it, and until when."""

    code: str
    severity: Severity
    #: what the rule asks, in a few words
    title: str
    message: str
    path: str = ""
    label: str = ""
    sheet: str = ""
    cell: str = ""
    #: the project that it is about, by its path among the answers; "" for none
    project: str = ""
    reason: str = ""
    approver: str = ""
    expiry: str = ""

    @property
    def excepted(self) -> bool:
        """Whether it is an approved exception."""
        return bool(self.approver or self.reason)

    def place(self) -> str:
        """The place as people write it: `项目1!B4`, or the sheet alone, or nothing."""
        return f"{self.sheet}!{self.cell}" if self.cell else self.sheet


@dataclass(frozen=True, slots=True)
class Sum:
    """Amounts added up, exact, in 万元: how many, and how many more could not be read."""

    value: Decimal = Decimal(0)
    count: int = 0
    unread: int = 0

    def __add__(self, other: Sum) -> Sum:
        """Both together."""
        value = added((self.value, other.value))
        return Sum(value, self.count + other.count, self.unread + other.unread)

    def with_amount(self, value: Decimal | None) -> Sum:
        """With one more amount; None is one that could not be read."""
        return self + (Sum(unread=1) if value is None else Sum(value, 1))


NOTHING = Sum()


#: the place in a roster of what stands in none: behind all others
UNPLACED = 10**9


def roster_order(form: FormOf | DueForm) -> tuple[str, int, str, str]:
    """What puts forms in the order of a summary: as in the roster, else by code of the unit."""
    return form.county, form.place or UNPLACED, form.code, form.template


@dataclass(frozen=True, kw_only=True, slots=True)
class FormOf:
    """Whose form it is, and which. `county` is "" while a summary is about one alone."""

    code: str
    name: str
    department: str = ""
    template: str
    edition: str
    serial: str
    #: as printed on the form
    title: str
    county: str = ""
    #: of the unit in its roster, from 1; 0 where there is none
    place: int = 0

    @property
    def unit(self) -> str:
        """Code and name, as people are told of a unit."""
        return f"{self.code} {self.name}"

    @property
    def key(self) -> tuple[str, str, str]:
        """What counts once in a summary."""
        return self.county, self.template, self.code


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitSummary:
    """One submission, with all that a summary wants to know of it."""

    file: str
    form: FormOf
    #: what the form asks, by name, in printed order; tables are there too (`projects[].costs[]`)
    asked: Mapping[Path, Asked]
    answers: tuple[Answer, ...]
    #: what the form itself prints where others answer: categories, names; by path
    given: Mapping[Path, str] = field(default_factory=dict)
    found: tuple[Noted, ...] = ()
    #: shared parameters by name: what they mean, and their value
    shared: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    #: whether the form bears a signature, right or wrong
    signed: bool = False
    #: the answers that are blank since other answers, or the roster, say that they are not asked
    not_asked: frozenset[Path] = frozenset()

    @property
    def currency(self) -> str:
        """That of its amounts; "" where it asks for none."""
        return currency_of(self.asked)

    def of_county(self, name: str) -> UnitSummary:
        """The same in a county of that name."""
        return replace(self, form=replace(self.form, county=name))


@dataclass(frozen=True, kw_only=True, slots=True)
class ProjectMoney:
    """The money of one project in a form that does not count: 万元, the cell, and its errors.

    `amount` is None where nothing is answered, or what is cannot be read (`unread`). `path` is that
    by which findings name the project.
    """

    path: str = ""
    project: str = ""
    amount: Decimal | None = None
    unread: bool = False
    sheet: str = ""
    cell: str = ""
    errors: int = 0

    @property
    def sum(self) -> Sum:
        """The same as a sum of one amount."""
        asked = self.unread or self.amount is not None
        return NOTHING.with_amount(self.amount) if asked else NOTHING

    @property
    def place(self) -> str:
        """The cell of the amount as people write it, "" where none is answered."""
        return f"{self.sheet}!{self.cell}" if self.cell else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOut:
    """A file that is not in the summary, and why. `form` is None where nobody can tell whose.

    `projects` and `amount` are what stands in it all the same: how much is not in the totals.
    `money` says it project by project; it is empty where that is not known.
    """

    file: str
    #: why it is left out, then what was found in it
    found: tuple[Noted, ...]
    form: FormOf | None = None
    projects: int = 0
    amount: Sum = NOTHING
    signed: bool = False
    county: str = ""
    money: tuple[ProjectMoney, ...] = ()
    #: that of its money, if it asks for any
    currency: str = YUAN

    def of_county(self, name: str) -> LeftOut:
        """The same in a county of that name."""
        form = self.form and replace(self.form, county=name)
        return replace(self, form=form, county=name)

    @property
    def errors(self) -> int:
        """How many errors were found in it; the first of `found` says why it is left out."""
        return sum(one.severity == "error" for one in self.found[1:] if not one.excepted)

    @property
    def wrong(self) -> tuple[ProjectMoney, ...]:
        """The projects with errors."""
        return tuple(one for one in self.money if one.errors)

    @property
    def amount_wrong(self) -> Sum:
        """The money of these."""
        return sum((one.sum for one in self.wrong), NOTHING)

    @property
    def without_money(self) -> LeftOut:
        """The same, as if no money stood in it."""
        return replace(self, projects=0, amount=NOTHING, money=())


@dataclass(frozen=True, kw_only=True, slots=True)
class DueForm:
    """A form that was due, in roster order, and how it stands: a code of the table [standings]."""

    place: int
    code: str
    name: str
    department: str
    template: str
    title: str
    state: str
    county: str = ""
    contact: str = ""
    telephone: str = ""
    file: str = ""
    remark: str = ""
    #: whether it came after the deadline; None where that is not known
    late: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class County:
    """What a summary says of a county beside its forms. `name` is "" where nobody gave one."""

    name: str = ""
    title: str = ""
    year: str = ""
    #: when its figures were put together
    made: date | None = None
    maker: str = ""
    deadline: date | None = None
    dues: tuple[DueForm, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def currency_of(asked: Mapping[Path, Asked]) -> str:
    """The currency of all amounts that a form asks for; "" where it asks for none."""
    units = (one.money for one in asked.values())
    return next((unit.currency for unit in units if unit), "")


def in_sum_unit(value: Decimal, asked: Asked) -> Decimal:
    """Convert an amount to what amounts of its currency are added up in: 万元, thousand KES."""
    assert asked.money  # others are not added up
    return convert(value, asked.money, unit_of_sums(asked.money.currency))


# -- what is derived of a submission, by `ptxl.merge.views`


@dataclass(frozen=True, kw_only=True, slots=True)
class ProjectRow:
    """One project. `path` is its row, "" in a form that asks for one alone.

    `answers` are those that stand in no table, by path below the project (`funds.total`,
    `plan[0].percent`, `goals[1]`); `given` what the form prints there.
    """

    path: Path
    number: int
    answers: Mapping[Path, Answer]
    given: Mapping[Path, str]
    indicators: int
    #: its name, or the first answer of it
    source: Source

    def text(self, name: str) -> str:
        """What is answered or printed under a name, as text; "" if nothing is."""
        path = Path(name)
        answer = self.answers.get(path)
        if answer is not None and answer.value is not None:
            return str(answer.value)
        return self.given.get(path, "")


@dataclass(frozen=True, kw_only=True, slots=True)
class TableLine:
    """One row of a table other than that of indicators: its answers by name in a row."""

    #: without numbers: `projects[].costs`
    table: Path
    path: Path
    #: the project that it belongs to, None for one of the department
    project: ProjectRow | None
    answers: Mapping[Path, Answer]
    given: Mapping[Path, str]
    source: Source


@dataclass(frozen=True, kw_only=True, slots=True)
class IndicatorRow:
    """One indicator; `project` is None for one of the department.

    `more` are the answers of columns that not every template has, by name in a row.
    """

    path: Path
    project: ProjectRow | None
    level1: str
    level2: str
    level3: str
    value: TargetValue | None
    description: str
    basis: str
    note: str
    more: Mapping[Path, Answer]
    source: Source


@dataclass(frozen=True, kw_only=True, slots=True)
class TextRow:
    """A goal, task, safeguard or purpose as readable text; `project` as for an indicator."""

    project: ProjectRow | None
    name: Path
    label: str
    text: str
    source: Source
