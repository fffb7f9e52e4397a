"""Made-up summaries for tests of print sheets: forms of departments → figures, sheets and lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ptxl.merge.figures import Figures, Tally
from ptxl.merge.rows import County, Sum
from ptxl.model.path import Path
from ptxl.summary.places import MOST_LINES, Places
from ptxl.summary.sheets import Column, DataSheet, Line
from ptxl.words import Speaker, phrase

COUNTED = ("accepted", "to_check")
_GROUPS = ("accepted", "to_check", "to_correct", "unreadable", "missing")
_TEXTS = ("unit_code", "unit_name", "department", "form", "state")
_COUNTS = ("projects", "indicators", "quantified", "warnings", "excepted")


@dataclass(frozen=True, kw_only=True)
class Form:
    """One form that was due: how it stands, and its projects' fiscal and other funds."""

    state: str
    funds: Sequence[tuple[Decimal, Decimal]] = ()
    indicators: int = 0
    quantified: int = 0
    warnings: int = 0
    excepted: int = 0

    @property
    def counts(self) -> bool:
        return self.state in COUNTED

    def number(self, key: str) -> int:
        found = {
            "projects": len(self.funds), "indicators": self.indicators,
            "quantified": self.quantified, "warnings": self.warnings, "excepted": self.excepted,
        }  # fmt: skip
        return found[key] if self.counts else 0

    def sums(self) -> dict[str, Decimal]:
        fiscal = sum((one[0] for one in self.funds), Decimal(0))
        other = sum((one[1] for one in self.funds), Decimal(0))
        return {"funds.total": fiscal + other, "funds.fiscal": fiscal, "funds.other": other}


@dataclass(frozen=True)
class Made:
    """A summary of forms by county and department; `structure` as in a `Tally`."""

    forms: Mapping[tuple[str, str], Sequence[Form]]
    structure: Mapping[tuple[str, str], Mapping[str, int]] = field(default_factory=dict)
    #: whether it is known what was due
    due: bool = True
    language: str = "zh"

    def __post_init__(self) -> None:
        """Counties stand in the order of their names, as in every summary, "" comes last."""
        forms = dict(sorted(self.forms.items(), key=lambda one: (one[0][0], not one[0][1])))
        object.__setattr__(self, "forms", forms)

    @property
    def counties(self) -> tuple[County, ...]:
        return tuple(
            County(
                name=name, title="清源县2026年部门预算绩效目标" if not name else "", year="2026",
                made=date(2026, 3, 20), maker="清源县财政局", deadline=date(2026, 3, 15),
            )
            for name in dict.fromkeys(county for county, _ in self.forms)
        )  # fmt: skip

    @property
    def tally(self) -> Tally:
        departments = {
            key: sum((self._figures(form) for form in forms), Figures())
            for key, forms in self.forms.items()
        }
        structure = {key: Counter(dict(kinds)) for key, kinds in self.structure.items()}
        order = {key: (number, "") for number, key in enumerate(departments, 1)}
        return Tally(structure=structure, _groups=departments, _first=order)

    def _figures(self, form: Form) -> Figures:
        counts = {key: form.number(key) for key in _COUNTS}
        if self.due:
            counts |= {"due": 1, "received": int(form.state != "missing"), form.state: 1}
        if form.counts:
            amounts = {Path(key): Sum(value, 1) for key, value in form.sums().items()}
            return Figures(counts=counts | {"forms": 1}, amounts=amounts)
        if form.state == "missing":
            return Figures(counts=counts)
        left_out = Sum(form.sums()["funds.total"], len(form.funds))
        return Figures(counts=counts | {"left_out": 1}, amount_left_out=left_out)

    def _numbered(self) -> Iterator[tuple[int, str, str, Form]]:
        for number, ((_, department), forms) in enumerate(self.forms.items(), 1):
            for index, form in enumerate(forms, 1):
                yield number, department, f"{number:03}{index:03}", form

    def lines(self, sheet: DataSheet) -> Iterator[Line]:
        """The lines of one of the data sheets."""
        return getattr(self, f"_{sheet.key}")()  # type: ignore[no-any-return]

    def _units(self) -> Iterator[Line]:
        for line, (number, department, code, form) in enumerate(self._numbered(), 1):
            if form.state == "missing" and not self.due:
                continue
            sums = form.sums() if form.counts else {}
            yield {
                "number": line, "unit_code": code, "unit_name": f"{department}第{code[3:]}单位",
                "department": department, "form": "项目绩效目标表",
                "state": phrase(f"standing.{form.state}"), **sums,
                **{key: form.number(key) for key in _COUNTS}, "department_number": number,
            }  # fmt: skip

    def _left_out(self) -> Iterator[Line]:
        for number, department, code, form in self._numbered():
            if not form.counts and form.state != "missing":
                amount = form.sums()["funds.total"]
                yield {"number": number, "unit_code": code, "department": department,
                       "amount": amount}  # fmt: skip

    def _structure(self) -> Iterator[Line]:
        for number, ((level1, level2), kinds) in enumerate(self.structure.items(), 1):
            words = sum(kinds.get(kind, 0) for kind in ("grade", "text", ""))
            total = sum(kinds.values())
            yield {"number": number, "level1": level1, "level2": level2, "indicators": total,
                   "quantified": total - words}  # fmt: skip

    def sheets(self) -> list[DataSheet]:
        money = [_column(key, "money") for key in ("funds.total", "funds.fiscal", "funds.other")]
        texts = [_column(key) for key in _TEXTS]
        counts = [_column(key, "count") for key in _COUNTS]
        number = _column("number", "count")
        department = _column("department_number", "count")
        return [
            self._sheet("units", [number, *texts, *counts, *money, department]),
            self._sheet("structure", [
                number, _column("level1"), _column("level2"), _column("indicators", "count"),
                _column("quantified", "count"),
            ]),
            self._sheet("left_out", [
                number, _column("unit_code"), _column("department"), _column("amount", "money"),
            ]),
        ]  # fmt: skip

    def _sheet(self, key: str, columns: Sequence[Column]) -> DataSheet:
        say = Speaker(self.language).say
        lines = sum(1 for _ in getattr(self, f"_{key}")())
        return DataSheet(
            key=key, name=_NAMES[self.language][key], title=key, columns=columns, lines=lines,
            description=say(f"summary.about_sheets.{key}"),
        )  # fmt: skip

    def places(self, most: int = MOST_LINES) -> Places:
        return Places(self.sheets(), most)


_NAMES = {
    "zh": {"units": "单位汇总", "structure": "指标结构", "left_out": "未汇总"},
    "en": {"units": "Units", "structure": "Structure", "left_out": "Left out"},
}


def _column(key: str, kind: str = "text") -> Column:
    return Column(key=key, heading=key, width=12, kind=kind)  # type: ignore[arg-type]
