"""The sheets of the county workbook as data: their columns, what stands in them, how it looks.

Headings and names of sheets are sentences of the table [summary], known by the keys here. A line is
a mapping of column key to value: text, int, Decimal, a phrase, or None for a blank cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ptxl.cells import column_name
from ptxl.merge.rows import (
    AMOUNTS,
    IndicatorRow,
    ProjectRow,
    UnitSummary,
    UnmergedAmount,
)
from ptxl.model.findings import Finding
from ptxl.words import phrase

Kind = Literal["count", "text", "money", "number"]
Line = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Column:
    """One column, with the heading `summary.columns.KEY`; `width` in characters."""

    key: str
    width: float
    kind: Kind = "text"
    #: columns that say where a figure comes from are for the screen, not for paper
    printed: bool = True
    #: the name of the total of the county that stands below it
    total: str = ""
    #: the cell is a formula: the sum of this column over the projects of the form
    of_projects: bool = False


@dataclass(frozen=True, slots=True)
class SheetColumns:
    """One sheet, named `summary.sheets.KEY`; printed columns stand before all others."""

    key: str
    columns: tuple[Column, ...]
    #: whether its head says in which unit of money amounts are
    amounts: bool = True

    @property
    def printed(self) -> tuple[Column, ...]:
        """The columns that are printed."""
        return tuple(column for column in self.columns if column.printed)

    @property
    def totals(self) -> bool:
        """Whether a row of totals ends the sheet."""
        return any(column.total for column in self.columns)

    def letter(self, key: str) -> str:
        """Return the letter of a column."""
        keys = [column.key for column in self.columns]
        return column_name(keys.index(key))


#: the columns that name the cells of a project's amounts
_AMOUNT_CELLS = {"total": "total_cell", "fiscal": "fiscal_cell", "other": "other_cell"}
_NUMBER = Column("number", 6, "count")
_CODE = Column("unit_code", 12)
_SERIAL = Column("serial", 16, printed=False)
_FILE = Column("file", 34, printed=False)
_FOUND = (_NUMBER, Column("file", 40), Column("unit", 34), Column("place", 18))

UNITS = SheetColumns("units", (
    _NUMBER, _CODE, Column("unit_name", 30), Column("form", 34),
    Column("projects", 8, "count"), Column("indicators", 8, "count"),
    *(Column(name, 14, "money", total=name, of_projects=True) for name in AMOUNTS),
    Column("budget", 14, "money", total="budget"),
    _SERIAL, _FILE, Column("budget_sheet", 16, printed=False),
    Column("budget_cell", 10, printed=False),
))  # fmt: skip
PROJECTS = SheetColumns("projects", (
    _NUMBER, _CODE, Column("unit_name", 26), Column("project_code", 24), Column("project", 32),
    Column("department", 20), Column("nature", 12), Column("period", 14),
    *(Column(name, 14, "money", total=name) for name in AMOUNTS),
    Column("indicators", 8, "count"), _SERIAL, _FILE, Column("sheet", 12, printed=False),
    *(Column(key, 10, printed=False) for key in _AMOUNT_CELLS.values()),
))  # fmt: skip
INDICATORS = SheetColumns("indicators", (
    _NUMBER, _CODE, Column("unit_name", 26), Column("project", 28), Column("level1", 14),
    Column("level2", 18), Column("level3", 30), Column("value", 20), Column("comparison", 8),
    Column("value_number", 12, "number"), Column("value_unit", 10), Column("description", 30),
    Column("basis", 30), _FILE, Column("sheet", 12, printed=False),
    Column("cell", 10, printed=False),
))  # fmt: skip
WARNINGS = SheetColumns(
    "warnings", (*_FOUND, Column("severity", 8), Column("warning", 80)), amounts=False
)
LEFT_OUT = SheetColumns("left_out", (*_FOUND, Column("problem", 80)), amounts=False)
UNMERGED = SheetColumns("unmerged", (
    _NUMBER, Column("template", 20), Column("label", 40), Column("field", 34),
    Column("count", 8, "count"), Column("sum", 16, "money"),
))  # fmt: skip
SHEETS = (UNITS, PROJECTS, INDICATORS, WARNINGS, LEFT_OUT, UNMERGED)


def unit_line(unit: UnitSummary) -> Line:
    """Return the line of a form that counts."""
    line: dict[str, object] = {
        **_about(unit),
        **{name: unit.total(name) for name in AMOUNTS},
        "form": unit.title,
        "projects": len(unit.projects),
        "indicators": len(unit.indicators),
    }
    if budget := unit.budget.get("total"):
        line["budget"] = budget.value
        line["budget_sheet"], line["budget_cell"] = budget.source.sheet, budget.source.cell
    return line


def project_line(unit: UnitSummary, project: ProjectRow) -> Line:
    """Return the line of a project."""
    line: dict[str, object] = {
        **_about(unit),
        "project_code": project.code,
        "project": project.name,
        "department": project.department,
        "nature": project.nature,
        "period": project.period,
        "indicators": project.indicators,
        "sheet": project.sheet,
    }
    for name, amount in project.amounts.items():
        line[name] = amount.value
        line[_AMOUNT_CELLS[name]] = amount.source.cell
    return line


def indicator_line(unit: UnitSummary, row: IndicatorRow) -> Line:
    """Return the line of an indicator."""
    line: dict[str, object] = {
        **_about(unit),
        "project": row.project,
        "level1": row.level1,
        "level2": row.level2,
        "level3": row.level3,
        "description": row.description,
        "basis": "\n".join(filter(None, (row.basis, row.note))),
        "sheet": row.source.sheet,
        "cell": row.source.cell,
    }
    value = row.value
    if value is None:
        return line
    return line | {
        "value": value.raw,
        "comparison": phrase(f"summary.comparisons.{value.comparison}"),
        "value_number": value.number,
        "value_unit": value.unit,
    }


def warning_line(file: str, unit: str, found: Finding) -> Line:
    """Return the line of a finding in a file that counts."""
    return {
        "file": file,
        "unit": unit,
        "place": found.place(),
        "severity": phrase(f"severities.{found.severity}"),
        "warning": found.sentence,
    }


def problem_line(file: str, unit: str, found: Finding) -> Line:
    """Return the line of a reason for which a file is left out."""
    return {"file": file, "unit": unit, "place": found.place(), "problem": found.sentence}


def unmerged_line(amount: UnmergedAmount) -> Line:
    """Return the line of amounts that stand on no other sheet."""
    return {
        "template": amount.template,
        "label": amount.label,
        "field": amount.field,
        "count": amount.count,
        "sum": amount.total,
    }


def _about(unit: UnitSummary) -> dict[str, object]:
    """What says on most sheets which form a line is about."""
    return {
        "unit_code": unit.identity.unit.code,
        "unit_name": unit.identity.unit.name,
        "serial": unit.identity.serial,
        "file": unit.file,
    }
