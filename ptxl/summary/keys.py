"""What forms ask → the keys of its columns on data sheets, of which none is that of another column.

Lines say whose they are, where they come from and what was counted under keys of their own. What a
form asks under such a name has a prefix that says of what it is asked: `project_number`.
"""

from __future__ import annotations

from collections.abc import Mapping

PROJECTS, INDICATORS = "projects", "indicators"
#: what every line says
_EVERY = frozenset({
    "number", "county", "department", "department_number", "unit_code", "unit_name", "unit_number",
    "form", "sheet", "cell", "file",
})  # fmt: skip
#: what is counted of projects, units and departments: amounts of projects stand on all three sheets
_COUNTED = frozenset({
    "due", "received", "accepted", "to_check", "to_correct", "unreadable", "rest", "missing",
    "units", "forms", "projects", "indicators", "quantified", "warnings", "excepted", "findings",
    "left_out", "amount_left_out", "wrong_projects", "amount_wrong", "late", "state", "serial",
})  # fmt: skip
_OF_TABLES = _EVERY | {"project"}
#: the keys of the columns that are not asked, by data sheet; every other sheet is one of a table
_TAKEN: Mapping[str, frozenset[str]] = {
    PROJECTS: _EVERY | _COUNTED | {"unit"},
    INDICATORS: _OF_TABLES | {"quantified", "comparison", "value_number", "value_unit"},
}
_PREFIXES: Mapping[str, str] = {PROJECTS: "project_", INDICATORS: "indicator_"}
_OF_A_ROW = "row_"
#: the budgets of departments stand beside the amounts of projects
BUDGET_COLUMNS = "budget."


def key_of(sheet: str, name: str) -> str:
    """The key of what forms ask under a name, below a project or in a row, on a data sheet."""
    prefix = _prefix(sheet)
    return f"{prefix}{name}" if _is_taken(sheet, _bare(name, prefix)) else name


def name_of(sheet: str, key: str) -> str:
    """The name under which forms ask what stands in a column of answers."""
    prefix = _prefix(sheet)
    return key.removeprefix(prefix) if _is_taken(sheet, _bare(key, prefix)) else key


def _prefix(sheet: str) -> str:
    return _PREFIXES.get(sheet, _OF_A_ROW)


def _bare(name: str, prefix: str) -> str:
    """A name without any prefix: what looks like a key with one must get another."""
    while name.startswith(prefix):
        name = name.removeprefix(prefix)
    return name


def _is_taken(sheet: str, name: str) -> bool:
    of_budget = sheet == PROJECTS and name.startswith(BUDGET_COLUMNS)
    return of_budget or name in _TAKEN.get(sheet, _OF_TABLES)
