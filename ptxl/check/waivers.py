"""Approved exceptions (已批准例外): a table of them → findings that no longer count as errors.

A waiver names the unit and the rule, and if it should hold for one place only the field or cell;
with the reason, who approved it, and the day until which it holds. Only what is said of meaning can
be excepted: an answer that cannot be read, or a form that cannot be trusted, never counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Protocol

from ptxl.model.errors import Fault, TableError
from ptxl.model.findings import SEVERITY_OF, Code, Finding
from ptxl.model.form import Field
from ptxl.model.path import Path as FieldPath
from ptxl.model.submission import CheckedSubmission
from ptxl.text import squeeze
from ptxl.values.kinds import kind_of
from ptxl.words import Phrase, phrase

#: the headings under which a column is known
HEADINGS = {
    "unit": ("unit", "单位编码"),
    "rule": ("rule", "规则"),
    "field": ("field", "填报项"),
    "reason": ("reason", "理由"),
    "approver": ("approver", "批准人"),
    "expiry": ("expiry", "有效期至"),
}
_NEEDED = ("unit", "rule", "reason", "approver", "expiry")
#: the codes that can be excepted beside the rules of templates: the answer was read, or is left out
WAIVABLE: tuple[Code, ...] = (
    "required", "category_unanswered", "too_long", "out_of_range", "copied_from_last_year",
    "values_same_as_last_year", "below_last_year", "reception_costs_grow", "budget_differs",
    "budget_code_differs", "not_in_budget",
)  # fmt: skip
_NOT_WAIVABLE = frozenset(SEVERITY_OF).difference(WAIVABLE)
_APPROVED = "rules.approved"
#: the projects of a form, and what each is called by; a form of one project has its name at the top
_PROJECTS, _NAME = "projects", "name"
_DAY = Field(path=FieldPath("expiry"), kind="date", label="有效期至")


class Located(Protocol):
    """What a waiver looks at in a finding: its code, its path, and its place (`项目1!C5`)."""

    @property
    def code(self) -> str: ...
    @property
    def path(self) -> str: ...
    def place(self) -> str: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiver:
    """One approved exception.

    `unit` is a code, or blank: any; `rule` is the id of a rule or one of `WAIVABLE`; `field` is a
    path or a cell (`项目1!C5`), or blank: anywhere.
    """

    unit: str
    rule: str
    field: str
    reason: str
    approver: str
    expiry: date
    #: in its table, from 1
    line: int = 0
    #: the id of the template that it holds for; blank: any
    template: str = ""
    #: the names of the projects that it holds for, without white space; none: any
    projects: tuple[str, ...] = ()
    #: the file of a county's own rules, if it stands in one
    place: str = ""

    def covers(
        self,
        unit: str,
        found: Located,
        today: date,
        template: str = "",
        project: str | None = None,
    ) -> bool:
        """Whether a finding in a unit's form is excepted on that day.

        The template, and the project that it is about, count as far as they are known.
        """
        if self.unit not in ("", unit) or self.rule != found.code or self.expiry < today:
            return False
        if self.template and template and self.template != template:
            return False
        if self.projects and project is not None and squeeze(project) not in self.projects:
            return False
        return self.field in ("", found.path, found.place())


@dataclass(frozen=True, slots=True)
class Waivers:
    """Approved exceptions, and the day `on` which they are asked for: they expire."""

    entries: tuple[Waiver, ...]
    on: date

    def covering(
        self, unit: str, found: Located, template: str = "", project: str | None = None
    ) -> tuple[Waiver, ...]:
        """Which of them except a finding in a unit's form, as `Waiver.covers` says."""
        asked = (unit, found, self.on, template, project)
        return tuple(each for each in self.entries if each.covers(*asked))


def with_exceptions(
    waivers: Waivers | None, exceptions: tuple[Waiver, ...], on: date
) -> Waivers | None:
    """Approved exceptions, and those of a county's own rules; None where there are none at all."""
    if not exceptions:
        return waivers
    given = waivers or Waivers((), on)
    return Waivers(tuple(dict.fromkeys((*given.entries, *exceptions))), given.on)


def expiry_of(text: str) -> date | None:
    """The last day of an exception, as people write it; None where that is no date."""
    value = kind_of(_DAY).parse(text, _DAY).value
    return value if isinstance(value, date) else None


def waivers_of(place: str, rows: Iterable[tuple[int, Mapping[str, str]]], on: date) -> Waivers:
    """The waivers of a table (line and texts by column), to be applied on a day.

    Raises TableError with every fault at that place, each with its line.
    """
    found: list[Waiver] = []
    faults: list[Fault] = []
    for line, cells in rows:
        expiry = expiry_of(cells.get("expiry", ""))
        for code, facts in _faults(cells, expiry):
            faults.append(Fault(place=place, line=line, code=f"waivers.{code}", facts=facts))
        texts = {name: cells.get(name, "") for name in HEADINGS}
        found.append(Waiver(**texts | {"line": line, "expiry": expiry}))  # type: ignore[arg-type]
    if faults:
        raise TableError(faults)
    return Waivers(tuple(found), on)


def _faults(
    cells: Mapping[str, str], expiry: date | None
) -> Iterator[tuple[str, Mapping[str, object]]]:
    """What is wrong in a row: code and facts, the first that holds."""
    lacking = tuple(name for name in _NEEDED if not cells.get(name))
    if lacking:
        yield "blank", {"columns": lacking}
    elif expiry is None:
        yield "not_a_day", {"raw": cells["expiry"]}
    elif cells["rule"] in _NOT_WAIVABLE:
        yield "not_waivable", {"rule": cells["rule"], "codes": WAIVABLE}


def waive(checked: CheckedSubmission, waivers: Waivers) -> CheckedSubmission:
    """The submission with approved exceptions as hints that say who approved them and why."""
    identity = checked.submission.identity
    unit, template = identity.unit.code, identity.template
    findings = waive_findings(checked.findings, unit, template, waivers, checked.values)
    return replace(checked, findings=findings)


def waive_findings(
    findings: Iterable[Finding], unit: str, template: str, waivers: Waivers,
    answers: Mapping[str, object] = MappingProxyType({}),
) -> tuple[Finding, ...]:  # fmt: skip
    """Return the findings in a unit's form of a template, the approved ones as such hints.

    Among the answers, by path, are the names of projects.
    """
    return tuple(_waived(found, unit, template, waivers, answers) for found in findings)


def _project_of(found: Finding, answers: Mapping[str, object]) -> str:
    """The name of the project that a finding is about; "" where it is about none."""
    rows = (row for row in FieldPath(found.path).rows if row.parent == _PROJECTS)
    return str(answers.get(next(rows, FieldPath()) / _NAME, ""))


def is_waivable(code: str) -> bool:
    """Whether a finding of that code can be excepted."""
    return code not in _NOT_WAIVABLE


def _waived(
    found: Finding, unit: str, template: str, waivers: Waivers, answers: Mapping[str, object]
) -> Finding:
    covering = waivers.covering(unit, found, template, _project_of(found, answers))
    if not covering:
        return found
    waiver = covering[0]
    approved = phrase(
        _APPROVED, reason=waiver.reason, approver=waiver.approver,
        expiry=waiver.expiry, finding=found.sentence,
    )  # fmt: skip
    return replace(found, severity="hint", phrase=approved)


def waived(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings that are approved exceptions."""
    return tuple(filter(is_waived, findings))


def is_waived(found: Finding) -> bool:
    """Whether a finding is an approved exception."""
    return bool(found.phrase and found.phrase.code == _APPROVED)


class Uses:
    """Collects, file after file, which approved exceptions applied."""

    def __init__(self, waivers: Waivers | None) -> None:
        self._waivers = waivers or Waivers((), date.min)
        self._units: set[str] = set()
        self._applied: set[Waiver] = set()

    def add(self, unit: str, approved: Iterable[Located]) -> None:
        """Take in the findings of a form that are approved exceptions."""
        self._units.add(unit)
        for found in approved:
            self._applied.update(self._waivers.covering(unit, found))

    def unused(self) -> tuple[Phrase, ...]:
        """Return which exceptions never applied, each with its line and why."""
        return tuple(
            phrase("waivers.unused", line=waiver.line, reason=self._reason(waiver))
            for waiver in self._waivers.entries
            if waiver not in self._applied and self._is_missed(waiver)
        )

    def _is_missed(self, waiver: Waiver) -> bool:
        """Whether somebody expects it to apply: a county's own one is made for any that come."""
        return not waiver.place or waiver.expiry < self._waivers.on

    def _reason(self, waiver: Waiver) -> Phrase:
        if waiver.expiry < self._waivers.on:
            return phrase("waivers.expired", expiry=waiver.expiry)
        if waiver.unit not in self._units:
            return phrase("waivers.no_form", unit=waiver.unit)
        facts = {"unit": waiver.unit, "rule": waiver.rule, "field": waiver.field}
        return Phrase("waivers.not_there" if waiver.field else "waivers.not_found", facts)
