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
from ptxl.model.findings import Finding
from ptxl.text import encodable
from ptxl.values.kinds import KINDS
from ptxl.words import Language


class CountyJson:
    """Writes one JSON object: `units` one after the other, then what `close` is given."""

    def __init__(self, target: TextIO, language: Language) -> None:
        self._target, self._language = target, language
        self._separator = '{\n"units": [\n'

    def add(self, unit: UnitSummary) -> None:
        """Write what one form adds."""
        self._target.write(self._separator + encodable(dump(self._unit(unit))))
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
            "across": list(map(self._crossed, across)),
            "left_out": list(map(self._left_out, left_out)),
            "unmerged": list(map(_unmerged, unmerged)),
            "totals": {name: _number(value) for name, value in totals.items()},
            "counts": dict(counts),
        }
        text = encodable(dump(tail))
        self._target.write("\n],\n" + text.removeprefix("{").lstrip("\n") + "\n")

    def _unit(self, unit: UnitSummary) -> Json:
        identity = unit.identity
        return {
            "file": unit.file,
            "form": {"template": identity.template, "edition": identity.edition,
                     "serial": identity.serial},
            "unit": {"code": identity.unit.code, "name": identity.unit.name},
            "budget": _amounts(unit.budget),
            "projects": list(map(_project, unit.projects)),
            "indicators": list(map(_indicator, unit.indicators)),
            "findings": self._findings(unit.findings),
        }  # fmt: skip

    def _crossed(self, one: Crossed) -> Json:
        other = {"file": one.other.file, "sheet": one.other.sheet, "cell": one.other.cell}
        found = finding_json(one.finding, self._language)
        return {"file": one.source.file, **found, "other": other}

    def _left_out(self, one: LeftOut) -> Json:
        return {"file": one.file, "unit": one.unit, "findings": self._findings(one.findings)}

    def _findings(self, findings: Sequence[Finding]) -> Json:
        return [finding_json(found, self._language) for found in findings]


def _project(project: ProjectRow) -> Json:
    return {
        **_texts(
            code=project.code, name=project.name, department=project.department,
            nature=project.nature, period=project.period,
        ),
        "funds": _amounts(project.amounts),
    }  # fmt: skip


def _indicator(row: IndicatorRow) -> Json:
    levels = _texts(
        project=row.project, level1=row.level1, level2=row.level2, level3=row.level3
    )  # fmt: skip
    return {
        **levels,
        "value": KINDS["target"].to_json(row.value) if row.value else None,
        **_texts(description=row.description, basis=row.basis, note=row.note),
        "sheet": row.source.sheet,
        "cell": row.source.cell,
    }


def _texts(**texts: str) -> Json:
    """Texts by name, blank ones as null."""
    return {name: text or None for name, text in texts.items()}


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
