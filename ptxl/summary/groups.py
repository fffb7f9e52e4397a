"""Counties and departments of a summary, and each figure of theirs with its formula. Pure.

A formula goes over the data sheet `units`, which has a line for each form; over that of departments
where no form has such a figure. Lines are told apart by numbers and by how forms stand, never by
names: these may hold what means something in a formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from ptxl.cells import quoted_text
from ptxl.merge.figures import Figures, Tally
from ptxl.merge.rows import NOTHING, Sum
from ptxl.model.path import Path
from ptxl.summary.keys import BUDGET_COLUMNS, name_of
from ptxl.summary.places import Condition, Places
from ptxl.summary.sheets import Look, PrintCell
from ptxl.words import Speaker

UNITS, DEPARTMENTS, PROJECTS_SHEET = "units", "departments", "projects"
LEFT_OUT = "left_out"
_NUMBER = "department_number"
#: the condition that every line of a data sheet fulfils by its number
ANY = '">0"'
#: the condition that a cell holds a number
NUMERIC = '">=0"'
#: how much wider a bold digit may be than the columns are told in
_BOLD = 1.05
#: of a share of nothing
NO_SHARE = "—"
#: the word for why a group has no amount, by which of its forms there are; for several of these
#: nothing can be said of all
_WITHOUT_AMOUNT = {
    "forms": "summary.not_asked", "left_out": "summary.not_counted", "missing": "standing.missing",
}  # fmt: skip
#: between the terms of a formula: behind a call, or behind a cell
_SIGN = re.compile(r"(?<=[)0-9])[+-]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Some departments that stand one after the other: their numbers, from 1; None for all."""

    name: str
    figures: Figures
    numbers: tuple[int, int] | None = None
    parts: tuple[Group, ...] = ()

    @property
    def condition(self) -> tuple[str, ...]:
        """What is true of the numbers of its departments; nothing where they are all."""
        if self.numbers is None:
            return ()
        first, last = self.numbers
        return (str(first),) if first == last else (f'">={first}"', f'"<={last}"')


def everything(tally: Tally, speaker: Speaker) -> Group:
    """Return all forms as one group, of which counties are parts, or the departments of one.

    Departments of counties are parts of these.
    """
    departments = tuple(_departments(tally, speaker))
    counties = tuple(_counties(tally, departments))
    parts = counties if len(counties) > 1 else departments
    return Group(name=speaker.say("summary.total"), figures=tally.total, parts=parts)


def _departments(tally: Tally, speaker: Speaker) -> Iterator[Group]:
    for number, ((_, name), figures) in enumerate(tally.departments.items(), 1):
        name = name or speaker.say("reports.no_department")
        yield Group(name=name, figures=figures, numbers=(number, number))


def _counties(tally: Tally, departments: tuple[Group, ...]) -> Iterator[Group]:
    names = [county for county, _ in tally.departments]
    for name, found in groupby(range(len(names)), key=names.__getitem__):
        numbers = list(found)
        first, last = numbers[0], numbers[-1]
        parts = departments[first : last + 1]
        figures = sum((part.figures for part in parts), Figures())
        yield Group(name=name, figures=figures, numbers=(first + 1, last + 1), parts=parts)


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One figure of a group, with the words `summary.figures.KEY`.

    Either a `column` of `units` is added up, or lines of it are counted: those in a `state`, those
    with a number in the column `filled`, those with a yes in the column `marked`, or else all but
    those in the states `less`.
    """

    key: str
    column: str = ""
    state: str = ""
    filled: str = ""
    marked: str = ""
    less: tuple[str, ...] = ()
    money: bool = False

    def value(self, figures: Figures) -> int | Decimal:
        """What it is known to be; money in 万元."""
        if self.money:
            return amount(figures, self.column).value
        if self.key == "to_correct":
            good = sum(map(figures.count, ("accepted", "to_check", "missing")))
            return figures.count("due") - good
        return figures.count(self.key)


#: how forms stand, by the word for it
_ACCEPTED, _TO_CHECK, _MISSING = "standing.accepted", "standing.to_check", "standing.missing"
#: how one stands that came although it was not due
NOT_DUE = "summary.not_due"
#: of forms that are due, by how they stand; what came is either good, to be looked at or wrong
PROGRESS = (
    Figure(key="due", less=(NOT_DUE,)),
    Figure(key="received", less=(NOT_DUE, _MISSING)),
    Figure(key="accepted", state=_ACCEPTED),
    Figure(key="to_check", state=_TO_CHECK),
    Figure(key="to_correct", less=(NOT_DUE, _ACCEPTED, _TO_CHECK, _MISSING)),
    Figure(key="missing", state=_MISSING),
)
#: of forms that are due, those that came after the deadline
LATE = Figure(key="late", marked="late")
#: forms whose figures are in the summary: only these have any
COUNTED = Figure(key="forms", filled="projects")
PROJECTS = Figure(key="projects", column="projects")
INDICATORS = Figure(key="indicators", column="indicators")
WARNINGS = Figure(key="warnings", column="warnings")
EXCEPTED = Figure(key="excepted", column="excepted")
_QUANTIFIED = Figure(key="quantified", column="quantified")
_AMOUNTS = tuple(
    Figure(key=key, column=f"funds.{key}", money=True) for key in ("total", "fiscal", "other")
)
BUDGET = Figure(key="budget", column="budget.total", money=True)
_BUDGETS = (
    BUDGET,
    Figure(key="budget_fiscal", column="budget.fiscal", money=True),
    Figure(key="budget_other", column="budget.other", money=True),
)


def amount(figures: Figures, column: str) -> Sum:
    """The sum behind a column of money: below a project, or of the budgets of departments."""
    if column.startswith(BUDGET_COLUMNS):
        return figures.budget.get(Path(column.removeprefix(BUDGET_COLUMNS)), NOTHING)
    return figures.amount(name_of(PROJECTS_SHEET, column))


def amount_width(value: Decimal | int) -> float:
    """The width in characters in which an amount can be read in bold."""
    return len(format(value, ",.2f")) * _BOLD + 1.0


def without_amount(figures: Figures, found: Sum) -> str:
    """The word for why there is no amount in a group; "" where there is one, be it zero."""
    if found.count:
        return ""
    if found.unread:
        return "summary.unread"
    words = [word for name, word in _WITHOUT_AMOUNT.items() if figures.count(name)]
    return words[0] if len(words) == 1 else "summary.not_asked"


def unread_in(figures: Figures) -> int:
    """How many amounts could not be read in forms that count."""
    sums: Iterable[Sum] = (*figures.amounts.values(), *figures.budget.values())
    return sum(one.unread for one in sums)


class FigureCells:
    """Makes the cells that show figures of groups: what each is, and the formula of it."""

    def __init__(self, places: Places, speaker: Speaker) -> None:
        self._places = places
        self._speaker = speaker
        self._columns = {column.key: column.heading for column in places.sheet(UNITS).columns}
        self._of_departments = _columns(places, DEPARTMENTS)

    @property
    def amounts(self) -> tuple[Figure, ...]:
        """The total and its sources: of projects, or of budgets where no form asks for projects."""
        of_projects = self._known(_AMOUNTS)
        return of_projects or self._known(_BUDGETS)

    @property
    def budget(self) -> tuple[Figure, ...]:
        """The budget of departments where it is asked beside amounts of projects, else nothing."""
        return self._known((BUDGET,)) if self._known(_AMOUNTS) else ()

    def _known(self, figures: Iterable[Figure]) -> tuple[Figure, ...]:
        return tuple(one for one in figures if one.column in self._columns)

    def heading(self, figure: Figure) -> str:
        """What a figure is called."""
        return self._speaker.say(f"summary.figures.{figure.key}")

    def printed(self, figure: Figure) -> str:
        """What the forms call an amount."""
        return self._columns.get(figure.column) or self.heading(figure)

    def longest_amount(self, group: Group) -> float:
        """The width in characters in which the amounts of a group can be read in bold."""
        amounts = (one.value(group.figures) for one in (*self.amounts, *self.budget))
        return max((amount_width(value) for value in amounts), default=0)

    def unread(self, group: Group) -> PrintCell:
        """The cell of how many amounts could not be read, in forms that are left out, too.

        Those of forms that count stand there as a word; of the others there is a column.
        """
        word = quoted_text(self._speaker.say("summary.unread"))
        terms = [
            self._places.count(key, **{column.key: word})[1:]
            for key, beginning in ((PROJECTS_SHEET, ""), (UNITS, BUDGET_COLUMNS))
            if key in self._places
            for column in self._places.sheet(key).columns
            if column.kind == "money" and column.key.startswith(beginning)
        ]
        if LEFT_OUT in self._places:
            terms.append(self._places.sum(LEFT_OUT, "unread")[1:])
        formula = f"={'+'.join(terms)}" if terms else ""
        count = unread_in(group.figures) + group.figures.amount_left_out.unread
        return PrintCell(value=count, formula=formula, look="figure")

    def amount(
        self, group: Group, found: Sum, formula: str, look: Look = "money", across: int = 1
    ) -> PrintCell:
        """The cell of a sum, which a formula with `=` gives; a word where there is no amount."""
        if code := without_amount(group.figures, found):
            return PrintCell(value=self._speaker.say(code), look=look, across=across)
        return PrintCell(value=found.value, formula=formula, look=look, across=across)

    def cell(
        self, figure: Figure, group: Group, look: Look | None = None, across: int = 1
    ) -> PrintCell:
        """The cell of a figure."""
        terms = self._formula(figure, group.condition)
        formula = f"={terms}" if terms else ""
        if figure.money:
            found = amount(group.figures, figure.column)
            return self.amount(group, found, formula, look or "money", across)
        value = figure.value(group.figures)
        return PrintCell(value=value, formula=formula, look=look or "count", across=across)

    def share(
        self, group: Group, look: Look = "percent", across: int = 1
    ) -> PrintCell:  # fmt: skip
        """The cell of how many indicators of a group can be measured."""
        part, whole = (one.value(group.figures) for one in (_QUANTIFIED, INDICATORS))
        formulas = (self._formula(one, group.condition) for one in (_QUANTIFIED, INDICATORS))
        return share_cell(part, whole, *formulas, look=look, across=across)

    def _formula(self, figure: Figure, numbers: Condition) -> str:
        if figure.column:
            return self._sum(figure.column, numbers)
        if figure.filled:
            return self._lines({figure.filled: NUMERIC}, numbers)
        if figure.marked:
            yes = quoted_text(self._speaker.say("summary.yes"))
            return self._lines({figure.marked: yes}, numbers)
        if figure.state:
            return self._lines(self._in_state(figure.state), numbers)
        less = (self._lines(self._in_state(state), numbers) for state in figure.less)
        return "-".join(map(bracketed, (self._lines({}, numbers), *less)))

    def _sum(self, column: str, numbers: Condition) -> str:
        """A column of forms added up, or of departments where no form has it; "" for neither."""
        if column in self._columns:
            return self._places.sum(UNITS, column, **_where(_NUMBER, numbers))[1:]
        if column in self._of_departments:
            return self._places.sum(DEPARTMENTS, column, **_where("number", numbers))[1:]
        return ""

    def _in_state(self, state: str) -> dict[str, Condition]:
        return {"state": quoted_text(self._speaker.say(state))}

    def _lines(self, where: dict[str, Condition], numbers: Condition) -> str:
        """How many forms there are for which conditions hold."""
        where = where | _where(_NUMBER, numbers)
        return self._places.count(UNITS, **(where or {_NUMBER: ANY}))[1:]


def _columns(places: Places, key: str) -> frozenset[str]:
    if key not in places:
        return frozenset()
    return frozenset(column.key for column in places.sheet(key).columns)


def _where(column: str, numbers: Condition) -> dict[str, Condition]:
    return {column: numbers} if numbers else {}


def share_cell(
    part: int | Decimal, whole: int | Decimal, part_formula: str, whole_formula: str,
    *, look: Look = "percent", across: int = 1,
) -> PrintCell:  # fmt: skip
    """The cell of a share; of nothing there is none. Formulas come without `=`."""
    value = Decimal(part) / Decimal(whole) if whole else NO_SHARE
    if not (part_formula and whole_formula):
        return PrintCell(value=value, look=look, across=across)
    quotient = f"{bracketed(part_formula)}/{bracketed(whole_formula)}"
    formula = f"=IF({whole_formula}=0,{quoted_text(NO_SHARE)},{quotient})"
    return PrintCell(value=value, formula=formula, look=look, across=across)


def bracketed(formula: str) -> str:
    """A formula as a part of another: in brackets if it is a sum or a difference."""
    return f"({formula})" if _SIGN.search(formula) else formula
