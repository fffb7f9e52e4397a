"""A summary beside an earlier one, and beside the approved budget → two data sheets with lines.

What it is compared with is read before; the submissions are gone through as often as is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path as FilePath

from ptxl.merge.compare_budget import (
    ApprovedBudget,
    BudgetComparison,
    BudgetDifference,
    BudgetFigures,
)
from ptxl.merge.compare_years import (
    LARGE,
    TARGETS,
    Change,
    ChangeFigures,
    ChangeKind,
    Earlier,
    compare_years,
    forms_due,
)
from ptxl.merge.compared import Amount, year_of
from ptxl.merge.rows import County, FormOf, Source, UnitSummary
from ptxl.model.errors import InputError
from ptxl.model.path import Path as FieldPath
from ptxl.summary.lines import UNANSWERED, UNREAD
from ptxl.summary.sheets import Column, DataSheet, Line
from ptxl.values.money import YUAN, MoneyUnit, unit_of_sums
from ptxl.words import Phrase, Speaker, phrase

CHANGES, BUDGET = "changes", "budget_check"
#: changes that stand below totals that grew much: totals that fell much, and all others
FALLEN, OTHER_CHANGES = "changes/fallen", "changes/other"
#: what asks for the code of a project
_CODES = frozenset((FieldPath("projects[].code"), FieldPath("code")))
_Forms = Callable[[], Iterable[UnitSummary]]


@dataclass(slots=True)
class Comparisons:
    """What a summary is compared with, and what came of it."""

    earlier: Earlier | None = None
    #: the file of the earlier summary, as named
    last: str = ""
    budget: ApprovedBudget | None = None
    #: what was read, and must not be written over
    files: tuple[FilePath, ...] = ()
    changes: ChangeFigures = field(default_factory=ChangeFigures)
    checked: BudgetFigures = field(default_factory=BudgetFigures)
    #: what amounts are told in
    money: MoneyUnit = field(default_factory=partial(unit_of_sums, YUAN))
    #: the years that the forms of this summary are of
    _years: set[int] = field(default_factory=set)

    def require(self, currency: str) -> None:
        """Tell amounts in the currency of the summary.

        Raises InputError where amounts of another would be compared with them.
        """
        self.money = unit_of_sums(currency)
        of_budget = self.budget.currency if self.budget else ""
        of_last = self.earlier.currency if self.earlier else ""
        for other in filter(None, (of_budget, of_last)):
            if other != currency:
                raise InputError("currencies_differ", found=currency, other=other)

    @property
    def sheets(self) -> frozenset[str]:
        """The sheets that there are, also if nothing differs."""
        asked = {CHANGES: self.earlier, BUDGET: self.budget}
        return frozenset(key for key, one in asked.items() if one is not None)

    def lines(
        self, forms: _Forms, counties: Sequence[County]
    ) -> Iterator[tuple[str, FormOf | None, Line]]:
        """Yield the lines of both sheets: the key of the sheet, whose form it is, and the rest.

        Lines of `FALLEN` and then `OTHER_CHANGES` belong below those of `CHANGES`.
        `forms` gives the submissions that count, in the order of the summary, whenever it is asked;
        `counties` are all that it is of, with the forms that are due.
        """
        if self.earlier is not None:
            for change in compare_years(self.earlier, self._noting_years(forms()), counties):
                self.changes.add(change)
                yield _PLACES.get(change.kind, OTHER_CHANGES), change.form, _change_line(change)
        if self.budget is not None:
            comparison, coded = BudgetComparison(self.budget), set()
            for unit in forms():
                comparison.add(unit)
                if _CODES.intersection(unit.asked):
                    coded.add(unit.form.key)
            for one in comparison.differences(forms(), forms_due(counties)):
                self.checked.add(one)
                asked = one.source is not None and one.form is not None and one.form.key in coded
                yield BUDGET, one.form, _budget_line(one, coded=asked)

    def _noting_years(self, forms: Iterable[UnitSummary]) -> Iterator[UnitSummary]:
        for unit in forms:
            self._years.add(year_of(unit))
            yield unit

    def remark(self, key: str) -> Phrase | None:
        """The figures of one of both sheets in a sentence, once its lines were made."""
        if key == CHANGES and self.earlier is not None:
            return self._what_changed(self.earlier)
        if key == BUDGET and self.budget is not None:
            return phrase(
                "summary.budget_check.remark", file=FilePath(self.budget.place).name,
                approved=self.budget.total, count=len(self.budget.projects),
                difference=self.checked.difference, money=self.money.called,
            )  # fmt: skip
        return None

    def _what_changed(self, earlier: Earlier) -> Phrase:
        """How much changed, without what is 0, in one line of a printed sheet."""
        counts = self.changes.counts
        told: list[Phrase] = [
            phrase(f"summary.changes.told.{kind}", count=counts[kind], large=LARGE)
            for kind in _TOLD if counts[kind]
        ]  # fmt: skip
        if not_compared := counts["unit_awaited"] + counts["unit_not_counted"]:
            told.append(phrase("summary.changes.told.not_compared", count=not_compared))
        difference = self.changes.difference
        money = {"money": self.money.called} if difference else {}
        code = "more" if difference > 0 else "less" if difference < 0 else "same"
        told.append(phrase(f"summary.changes.told.{code}", amount=abs(difference), **money))
        if self.changes.unread:
            told.append(phrase("summary.changes.told.unread", count=self.changes.unread))
        return phrase("summary.changes.remark", last=self._last(earlier), told=tuple(told))

    def _last(self, earlier: Earlier) -> Phrase:
        """What the earlier summary is called: that of its year, if this one is of another."""
        if len(earlier.years) == 1 and not earlier.years & self._years:
            return phrase("summary.changes.of_year", year=str(*earlier.years))
        return phrase("summary.changes.of_file", file=self.last)

    def with_remark(self, sheet: DataSheet, speaker: Speaker) -> DataSheet:
        """The sheet with its figures in a sentence."""
        remark = self.remark(sheet.key)
        return replace(sheet, remark=speaker.word(remark)) if remark else sheet


#: where changes stand that a reader looks for first
_PLACES: dict[ChangeKind, str] = {"total_grown": CHANGES, "total_fallen": FALLEN}
#: the kinds of changes that the remark counts one by one
_TOLD: tuple[ChangeKind, ...] = (
    "unit_unclear", "project_new", "project_gone", "unit_new", "unit_gone", "total_grown",
    "total_fallen",
)  # fmt: skip


def change_columns(column: Callable[..., Column]) -> Iterator[Column]:
    """Yield the columns that say what changed; `column` makes one of its key and width."""
    yield column("project", 28, repeated=True)
    yield column("change", 18)
    yield column("what", 20)
    yield column("before", 16, "money")
    yield column("now", 16, "money")
    yield column("difference", 13, "money")
    yield column("percent", 9, "percent")
    yield column("value_before", 16)
    yield column("value_now", 16)


def budget_columns(column: Callable[..., Column]) -> Iterator[Column]:
    """Yield the columns that say how a project differs from the approved budget."""
    yield column("project_code", 26)
    yield column("project", 28)
    yield column("check", 20)
    yield column("approved", 13, "money", total=True)
    yield column("reported", 13, "money", total=True)
    yield column("difference", 13, "money", total=True)
    yield column("budget_lines", 12)


def _change_line(change: Change) -> Line:
    whole = phrase("summary.changes.projects", count=change.projects)
    department = phrase("summary.whole_department")
    unit = change.kind.startswith("unit_")
    of_target = change.kind in TARGETS
    sides = {"value_before": change.before, "value_now": change.now} if of_target else {
        "before": change.before, "now": change.now,
    }  # fmt: skip
    return {
        **_source(change.source),
        "project": change.project or (whole if unit else department),
        "change": phrase(f"summary.changes.{change.kind}", large=LARGE),
        "what": change.what,
        **{key: _side(side) for key, side in sides.items()},
        "difference": change.difference,
        "percent": change.percent,
    }


def _budget_line(one: BudgetDifference, *, coded: bool) -> Line:
    """The line of a difference; `coded` where the form asks for the code of a project."""
    line: dict[str, object] = {
        **_source(one.source),
        "project_code": one.code or (UNANSWERED if coded else None),
        "project": one.name or (UNANSWERED if one.source else None),
        "check": phrase(f"summary.budget_check.{one.kind}", count=one.projects),
        "approved": one.approved and one.approved.amount,
        "reported": _side(one.reported),
        "difference": one.difference,
        "budget_lines": None,
    }
    if one.approved:
        lines = tuple(map(str, one.approved.lines))
        line["budget_lines"] = phrase("summary.budget_check.lines", lines=lines)
    if one.approved and one.form is None:
        line["unit_code"] = one.approved.unit_code or None
        line["unit_name"] = one.approved.unit_name or None
    return line


def _side(side: Amount | str | None) -> object:
    if isinstance(side, str):
        return side or UNANSWERED
    if side is None:
        return None
    if side.unread:
        return UNREAD
    return UNANSWERED if side.value is None else side.value


def _source(source: Source | None) -> dict[str, object]:
    if source is None:
        return {"sheet": None, "cell": None, "file": None}
    return {"sheet": source.sheet, "cell": source.cell, "file": source.file}
