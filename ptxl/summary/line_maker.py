"""What is summarised → its lines on the data sheets of a summary. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType

from ptxl.merge.alike import AcrossUnits, CrossFinding, Place
from ptxl.merge.figures import Figures, Tally, is_quantified
from ptxl.merge.rows import (
    Answer,
    Asked,
    DueForm,
    FormOf,
    IndicatorRow,
    LeftOut,
    Noted,
    ProjectRow,
    Source,
    Sum,
    TableLine,
    TextRow,
    UnitSummary,
    in_sum_unit,
)
from ptxl.model.path import Path
from ptxl.summary.keys import BUDGET_COLUMNS, PROJECTS, key_of
from ptxl.summary.lines import NOT_APPLICABLE, NOT_ASKED, UNANSWERED, UNREAD
from ptxl.summary.sheets import Computed, DataSheet, Line
from ptxl.summary.standard import COMPARED, COUNTED, JOINED, AskedColumn, Standard
from ptxl.words import Speaker, phrase


class LineMaker:
    """Makes the lines of the data sheets of one summary, keyed by their columns."""

    def __init__(self, sheets: Standard, tally: Tally, speaker: Speaker) -> None:
        self._sheets, self._tally, self._say = sheets, tally, speaker.say
        self._departments = {key: n for n, key in enumerate(tally.departments, 1)}

    def whose(self, form: FormOf | DueForm | None, county: str = "") -> dict[str, object]:
        """What says whose a line is; where nobody can tell, only the county."""
        if form is None:
            return {"county": county, "department": None, "department_number": None}
        key = form.county, form.department
        return {
            "county": form.county,
            "department": form.department or phrase("reports.no_department"),
            "unit_code": form.code,
            "unit_name": form.name,
            "form": form.title,
            "department_number": self._departments.get(key),
        }

    def department_lines(self) -> Iterator[Line]:
        """Yield a line for each department."""
        for (county, department), figures in self._tally.departments.items():
            yield {
                "county": county,
                "department": department or phrase("reports.no_department"),
                **{key: figures.count(key) for key in (*COUNTED, "late", *_DEPARTMENT_COUNTS)},
                **self.amount_values(figures),
                "amount_left_out": _sum(figures.amount_left_out),
                "amount_wrong": _sum(figures.amount_wrong),
            }

    def amount_values(self, figures: Figures) -> dict[str, object]:
        """The sums of figures by key of their column."""
        sums: dict[str, object] = {}
        for name, one in figures.amounts.items():
            sums[key_of(PROJECTS, name)] = _sum(one)
        for name, one in figures.budget.items():
            sums[f"{BUDGET_COLUMNS}{name}"] = _sum(one)
        return sums

    def project_line(self, unit: UnitSummary, project: ProjectRow, unit_number: int) -> Line:
        """The line of a project."""
        line = {**self.whose(unit.form), **_of(project.source), "unit_number": unit_number}
        for one in self._sheets.project_columns:
            line[one.column.key] = _answer(unit, one, project.path, project.answers, project.given)
        own = [noted for noted in unit.found if noted.project == project.path]
        line["indicators"] = project.indicators
        line["findings"] = _findings(own)
        return line

    def text_line(self, unit: UnitSummary, row: TextRow, unit_number: int) -> Line:
        """The line of a goal, task, safeguard or purpose."""
        return {
            **self.whose(unit.form), **_of(row.source), "unit_number": unit_number,
            "project": project_name(row.project), "what": row.label, "text": row.text,
        }  # fmt: skip

    def indicator_line(self, unit: UnitSummary, row: IndicatorRow, unit_number: int) -> Line:
        """The line of an indicator."""
        line: dict[str, object] = {
            **self.whose(unit.form), **_of(row.source), "unit_number": unit_number,
            "project": project_name(row.project),
            "level1": row.level1, "level2": row.level2,
            "level3": row.level3 or _blank(unit, row.path / "level3"),
            "quantified": phrase("summary.yes" if is_quantified(row.value) else "summary.no"),
            "description": row.description or None,
            "basis": "\n".join(filter(None, (row.basis, row.note))) or None,
        }  # fmt: skip
        for one in self._sheets.indicator_columns:
            line[one.column.key] = _answer(unit, one, row.path, row.more)
        if row.value is None:
            return line | {"value": _blank(unit, row.path / "value")}
        return line | {
            "value": row.value.raw,
            "comparison": phrase(f"summary.comparisons.{row.value.comparison}"),
            "value_number": row.value.number,
            "value_unit": row.value.unit,
        }

    def table_line(self, unit: UnitSummary, row: TableLine, unit_number: int) -> Line:
        """The line of a row of a further table."""
        line = {
            **self.whose(unit.form), **_of(row.source), "unit_number": unit_number,
            "project": project_name(row.project),
        }  # fmt: skip
        for one in self._sheets.tables[Path(f"{row.table}[]")]:
            line[one.column.key] = _answer(unit, one, row.path, row.answers, row.given)
        return line

    def structure_lines(self) -> Iterator[Line]:
        """Yield how many indicators each category has, and what their values are."""
        for kind in self._tally.kinds():
            values = kind.values
            yield {
                "level1": kind.level1 or UNANSWERED, "level2": kind.level2 or UNANSWERED,
                "indicators": kind.indicators, "quantified": kind.quantified,
                "share": Decimal(kind.quantified * 100) / kind.indicators,
                **{name: sum(values[one] for one in of) for name, of in COMPARED.items()},
            }  # fmt: skip

    def problem_line(
        self, form: FormOf | None, one: Noted, file: str, names: Mapping[str, object]
    ) -> Line:
        """The line of a finding; `names` are those of projects, by the paths that findings say."""
        opinion = "correct" if one.severity == "error" else "look"
        return {
            **self.whose(form), "project": names.get(one.project),
            "severity": phrase(f"severities.{one.severity}"), "rule": one.title,
            "place": one.place(), "label": one.label,
            "problem": one.message, "opinion": phrase(f"summary.opinions.{opinion}"), "file": file,
        }  # fmt: skip

    def exception_line(self, form: FormOf | None, one: Noted, file: str) -> Line:
        """The line of an approved exception."""
        return {
            **self.whose(form), "rule": one.title, "problem": one.message,
            "place": one.place(),
            "reason": one.reason, "approver": one.approver, "expiry": one.expiry, "file": file,
        }  # fmt: skip

    def alike_line(self, one: CrossFinding) -> Line:
        """The line of something that shows between units."""
        places = list(map(self._place, one.places[:_MOST_PLACES]))
        if one.projects > len(places):
            places.append(self._say("summary.more_places", count=one.projects))
        return {
            "severity": phrase(f"severities.{one.severity}"),
            "rule": phrase(f"titles.{one.code}"), "about": one.about,
            "units": one.units, "projects": one.projects, "places": "\n".join(places),
            "usual": self._place(one.usual) if one.usual else None,
        }  # fmt: skip

    def with_more(self, sheet: DataSheet, across: AcrossUnits) -> DataSheet:
        """The sheet of what shows between units, with how many more there are than it lists."""
        if sheet.key != "alike" or not across.more:
            return sheet
        more = (
            self._say("summary.more_found", rule=phrase(f"titles.{code}"), count=count)
            for code, count in across.more.items()
        )
        return replace(sheet, remark=self._say("summary.not_listed", more=tuple(more)))

    def _place(self, place: Place) -> str:
        where = f"{place.source.sheet}!{place.source.cell}"
        project = place.project or self._say("summary.whole_department")
        return self._say("summary.place", unit=place.form.unit, project=project, place=where)

    def missing_line(self, due: DueForm) -> Line:
        """The line of a form that did not come."""
        return {
            **self.whose(due), "contact": due.contact or None,
            "telephone": due.telephone or None, "remark": due.remark or None,
        }  # fmt: skip

    def left_out_line(self, left: LeftOut) -> Line:
        """The line of a file that does not count."""
        wrong = left.wrong if left.money or not left.projects else None
        return {
            **self.whose(left.form, left.county), "file": left.file,
            "problem": "\n".join(self._reasons(left)),
            "errors": left.errors, "projects": left.projects if left.form else None,
            "wrong_projects": len(wrong) if left.form and wrong is not None else None,
            "amount": _sum(left.amount), "amount_wrong": _sum(left.amount_wrong),
            "unread": left.amount.unread,
            "cells": "\n".join(one.place for one in left.money if one.place) or None,
        }  # fmt: skip

    def _reasons(self, left: LeftOut) -> list[str]:
        """Why a file does not count, then its first errors, each with its project."""
        names = self.names_in(left)
        errors = [one for one in left.found[1:] if one.severity == "error" and not one.excepted]
        shown = errors[: _MOST_REASONS - 1]
        more = sum(map(_is_listed, left.found[1:])) - len(shown)
        reasons = [left.found[0].message]
        for one in shown:
            name = names.get(one.project)
            facts = {"project": name, "problem": one.message}
            reasons.append(self._say("summary.in_project", **facts) if name else one.message)
        if more:
            reasons.append(self._say("summary.more_reasons", count=more))
        return reasons

    def names_in(self, left: LeftOut) -> dict[str, object]:
        """What the projects of a file that does not count are called, by path."""
        return {
            one.path: one.project or phrase("summary.unnamed", number=number)
            for number, one in enumerate(left.money, 1)
        }


_DEPARTMENT_COUNTS = (
    "units", "forms", "projects", "indicators", "quantified", "warnings", "excepted", "left_out",
    "wrong_projects",
)  # fmt: skip
_MOST_REASONS = 4
#: places in one cell: no row is higher than the 30 lines that they may take
_MOST_PLACES = 14


def _sum(amount: Sum) -> object:
    """A sum as it stands in a line: a word where nothing of it could be read or was there."""
    if not amount.count:
        return UNREAD if amount.unread else None
    return Computed(value=amount.value, unread=amount.unread)


def _is_listed(one: Noted) -> bool:
    """Whether a finding stands on the sheet of problems."""
    return one.severity != "hint" and not one.excepted


def _of(source: Source) -> dict[str, object]:
    return {"sheet": source.sheet, "cell": source.cell, "file": source.file}


def project_name(project: ProjectRow | None) -> object:
    """What a project is called, or the department where it is none."""
    if project is None:
        return phrase("summary.whole_department")
    return project.text("name") or phrase("summary.unnamed", number=project.number)


def _answer(
    unit: UnitSummary, column: AskedColumn, owner: Path, answers: Mapping[Path, Answer],
    given: Mapping[Path, str] = MappingProxyType({}),
) -> object:  # fmt: skip
    """What stands in a column: answers of a project or row, or the word for why there is none."""
    found = [answer for answer in answers.values() if answer.name in column.names]
    if found:
        joined = column.asked.kind in JOINED
        return _joined(found) if joined else _number(found[0], unit, column.asked)
    if any(name in unit.asked for name in column.names):
        return _blank(unit, owner / column.below)
    printed = given.get(column.below)
    return printed or NOT_ASKED


def _blank(unit: UnitSummary, path: Path) -> object:
    """The word for an answer that is not there."""
    return NOT_APPLICABLE if path in unit.not_asked else UNANSWERED


def _joined(answers: list[Answer]) -> object:
    if any(answer.value is None for answer in answers):
        return UNREAD
    return "\n".join(answer.written for answer in answers)


def _number(answer: Answer, unit: UnitSummary, column: Asked) -> object:
    """A number; one in another unit than its column stands there as a text, in no sum."""
    asked, value = unit.asked[answer.name], answer.value
    if value is None:
        return UNREAD
    if not (column.summed if asked.summed else column.unit == asked.unit):
        return f"{value} {asked.unit}"
    return in_sum_unit(value, asked) if asked.summed and isinstance(value, Decimal) else value


def _findings(found: list[Noted]) -> object:
    open_ones = [one for one in found if not one.excepted and one.severity != "hint"]
    if not open_ones:
        return phrase("summary.no_findings")
    return phrase("summary.findings", count=len(open_ones))
