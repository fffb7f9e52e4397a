"""Summaries of units → the county's JSON, unit by unit, so that no more than one is held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TextIO

from ptxl.documents.document import Json, dump
from ptxl.documents.finding import finding_json
from ptxl.merge.compare_units import Crossed
from ptxl.merge.rows import (
    Amount,
    IndicatorRow,
    LeftOut,
    ProjectRow,
    UnitSummary,
    UnmergedAmount,
)
from ptxl.values.kinds import KINDS
from ptxl.words import Language


class CountyJson:
    """Writes one JSON object: `units` one after the other, then what `close` is given."""

    def __init__(self, target: TextIO, language: Language) -> None:
        self._target, self._language = target, language
        self._separator = '{\n"units": [\n'

    def add(self, unit: UnitSummary) -> None:
        """Write what one form adds."""
        self._target.write(self._separator + dump(self._unit(unit)))
        self._separator = ",\n"

    def close(
        self,
        *,
        across: Sequence[Crossed],
        left_out: Sequence[LeftOut],
        unmerged: Sequence[UnmergedAmount],
        totals: Mapping[str, Decimal],
        counts: Mapping[str, int],
    ) -> None:
        """Write what stands behind the units."""
        if self._separator != ",\n":
            self._target.write(self._separator)
        tail: dict[str, Json] = {
            "across": [self._crossed(one) for one in across],
            "left_out": [self._left_out(one) for one in left_out],
            "unmerged": [_unmerged(amount) for amount in unmerged],
            "totals": {name: _number(value) for name, value in totals.items()},
            "counts": dict(counts),
        }
        self._target.write("\n],\n" + dump(tail).removeprefix("{").lstrip("\n") + "\n")

    def _unit(self, unit: UnitSummary) -> Json:
        identity = unit.identity
        return {
            "file": unit.file,
            "form": {"template": identity.template, "edition": identity.edition,
                     "serial": identity.serial},
            "unit": {"code": identity.unit.code, "name": identity.unit.name},
            "budget": _amounts(unit.budget),
            "projects": [_project(project) for project in unit.projects],
            "indicators": [_indicator(row) for row in unit.indicators],
            "findings": [finding_json(found, self._language) for found in unit.findings],
        }  # fmt: skip

    def _crossed(self, one: Crossed) -> Json:
        other = {"file": one.other.file, "sheet": one.other.sheet, "cell": one.other.cell}
        found = finding_json(one.finding, self._language)
        return {"file": one.source.file, **found, "other": other}

    def _left_out(self, one: LeftOut) -> Json:
        findings = [finding_json(found, self._language) for found in one.findings]
        return {"file": one.file, "unit": one.unit, "findings": findings}


def _project(project: ProjectRow) -> Json:
    return {
        "code": project.code or None,
        "name": project.name or None,
        "department": project.department or None,
        "nature": project.nature or None,
        "period": project.period or None,
        "funds": _amounts(project.amounts),
    }


def _indicator(row: IndicatorRow) -> Json:
    return {
        "project": row.project or None,
        "level1": row.level1 or None,
        "level2": row.level2 or None,
        "level3": row.level3 or None,
        "value": KINDS["target"].to_json(row.value) if row.value else None,
        "description": row.description or None,
        "basis": row.basis or None,
        "note": row.note or None,
        "sheet": row.source.sheet,
        "cell": row.source.cell,
    }


def _amounts(amounts: Mapping[str, Amount]) -> Json:
    found: dict[str, Json] = {}
    for name, amount in amounts.items():
        where = {"sheet": amount.source.sheet, "cell": amount.source.cell}
        found[name] = {"value": _number(amount.value), **where}
    return found


def _unmerged(amount: UnmergedAmount) -> Json:
    return {
        "template": amount.template,
        "field": str(amount.field),
        "label": amount.label,
        "count": amount.count,
        "total": _number(amount.total),
    }


def _number(value: Decimal) -> Json:
    return KINDS["money"].to_json(value)
