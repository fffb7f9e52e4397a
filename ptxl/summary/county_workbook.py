"""Unit summaries, one after the other → the county workbook and the same as JSON.

Owns XlsxWriter for summaries. Rows go to disk as they come. Every total is a formula with its
correct cached value, and every amount names the file, sheet and cell that it comes from.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from ptxl.documents.document import Json, dump
from ptxl.layout.helper_sheets import OUTPUT_NAME
from ptxl.merge.compare_units import Crossed
from ptxl.merge.rows import (
    AMOUNTS,
    Amount,
    IndicatorRow,
    LeftOut,
    ProjectRow,
    UnitSummary,
    UnmergedAmount,
    add_up,
)
from ptxl.model.findings import Finding
from ptxl.text import LONGEST_TEXT, cut, lines_needed
from ptxl.values.kinds import KINDS

UNITS, PROJECTS, INDICATORS = "单位汇总", "项目明细", "指标明细"
WARNINGS, LEFT_OUT, UNMERGED = "已汇总的提醒", "未汇总", "未汇总的金额"
_HEADS: Mapping[str, Sequence[tuple[str, float]]] = {
    UNITS: (
        ("序号", 6), ("单位编码", 12), ("单位名称", 30), ("表", 34), ("项目数", 8),
        ("指标数", 8), ("资金总额", 14), ("财政拨款", 14), ("其他资金", 14), ("部门预算总额", 14),
        ("表单编号", 16), ("来源文件", 34), ("部门预算工作表", 16), ("部门预算单元格", 10),
    ),
    PROJECTS: (
        ("序号", 6), ("单位编码", 12), ("单位名称", 26), ("项目编码", 24), ("项目名称", 32),
        ("主管部门", 20), ("项目属性", 12), ("项目期", 14), ("资金总额", 14), ("财政拨款", 14),
        ("其他资金", 14), ("指标数", 8), ("表单编号", 16), ("来源文件", 34), ("工作表", 12),
        ("总额单元格", 10), ("财政拨款单元格", 10), ("其他资金单元格", 10),
    ),
    INDICATORS: (
        ("序号", 6), ("单位编码", 12), ("单位名称", 26), ("项目名称", 28), ("一级指标", 14),
        ("二级指标", 18), ("三级指标", 30), ("指标值", 20), ("比较", 8), ("数值", 12),
        ("计量单位", 10), ("描述", 30), ("依据或说明", 30), ("来源文件", 34), ("工作表", 12),
        ("单元格", 10),
    ),
    WARNINGS: (("序号", 6), ("来源文件", 40), ("单位", 34), ("位置", 18), ("提醒", 80)),
    LEFT_OUT: (("序号", 6), ("来源文件", 40), ("单位", 34), ("位置", 18), ("问题", 80)),
    UNMERGED: (
        ("序号", 6), ("模板", 20), ("金额", 40), ("填报项", 34), ("项数", 8), ("合计", 16),
    ),
}  # fmt: skip
_AMOUNT_COLUMN = {UNITS: 6, PROJECTS: 8}  # of the total; fiscal and other follow
_SERIAL_COLUMN = {UNITS: 10, PROJECTS: 12}
#: columns that are printed; those that say where a figure comes from are for the screen
_PRINTED = {UNITS: 10, PROJECTS: 12, INDICATORS: 13, WARNINGS: 5, LEFT_OUT: 5, UNMERGED: 6}
_HEAD_ROW = 2
_COMPARISONS = {
    ">=": "≥", "<=": "≤", ">": "＞", "<": "＜", "=": "＝", "range": "区间", "by_date": "时间",
    "grade": "定性", "text": "文字", "none": "不适用",
}  # fmt: skip
_BORN = datetime(2020, 1, 1)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t")
_MOST_REASONS = 12
_SIZE = 10  # of the font, in points
_LINE = 13.5  # height of a line, in points


class SummaryWriter:
    """Writes the county workbook, and with `json` the same as JSON, while submissions come in.

    A context manager: `add` each outcome in turn; leaving the block writes totals and closes.
    """

    def __init__(self, workbook: Path, json: TextIO | None = None, title: str = "") -> None:
        self._book = Workbook(str(workbook), {
            "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
            "tmpdir": str(workbook.parent),
        })  # fmt: skip
        self._json = json
        self._formats = _formats(self._book)
        self._title = title or "部门预算绩效目标汇总表"
        self._sheets = {name: self._start(name) for name in _HEADS}
        self._rows = dict.fromkeys(_HEADS, _HEAD_ROW + 1)
        self._totals = dict.fromkeys((*AMOUNTS, "budget"), Decimal(0))
        names = ("units", "projects", "indicators", "warnings", "across", "left_out")
        self._counts = dict.fromkeys(names, 0)
        self._across: list[Json] = []
        self._left_out: list[Json] = []
        self._unmerged: tuple[UnmergedAmount, ...] = ()

    def __enter__(self) -> Self:
        if self._json:
            self._json.write('{\n"units": [')
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._finish()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            self._book.close()

    @property
    def counts(self) -> Mapping[str, int]:
        """How many units, projects, indicators were merged, and how many files were left out."""
        return self._counts

    @property
    def totals(self) -> Mapping[str, Decimal]:
        """The sums over all projects in 万元, and `budget` over all department budgets."""
        return self._totals

    @property
    def unmerged(self) -> tuple[UnmergedAmount, ...]:
        """Amounts of the forms that no column of the summary holds, added up field by field."""
        return self._unmerged

    def add_across(self, found: Iterable[Crossed]) -> None:
        """Write what shows when units are laid side by side, behind the findings of each."""
        for one in found:
            self._counts["across"] += 1
            self._counts["warnings"] += 1
            place, message = one.finding.place(), one.finding.message("zh")
            row = [self._counts["warnings"], one.source.file, one.unit, place, message]
            self._write(WARNINGS, row)
            self._across.append(_crossed_json(one))

    def add(self, outcome: UnitSummary | LeftOut) -> None:
        """Write what one submission adds: its rows, or a line that says why it is left out."""
        if isinstance(outcome, LeftOut):
            self._add_left_out(outcome)
            return
        self._add_unit(outcome)
        self._unmerged = add_up((*self._unmerged, *outcome.unmerged))
        for project in outcome.projects:
            self._add_project(outcome, project)
        for indicator in outcome.indicators:
            self._add_indicator(outcome, indicator)
        unit = f"{outcome.identity.unit.code} {outcome.identity.unit.name}"
        for found in outcome.findings:
            self._counts["warnings"] += 1
            self._write(WARNINGS, [
                self._counts["warnings"], outcome.file, unit, found.place(), found.message("zh"),
            ])  # fmt: skip
        if self._json:
            separator = ",\n" if self._counts["units"] > 1 else "\n"
            self._json.write(separator + dump(_unit_json(outcome)))

    # -- sheets

    def _start(self, name: str) -> Worksheet:
        sheet = self._book.add_worksheet(name)
        heads = _HEADS[name]
        for column, (_, width) in enumerate(heads):
            sheet.set_column(column, column, width)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(0.5, 0.5, 0.6, 0.6)
        sheet.repeat_rows(_HEAD_ROW)
        sheet.set_footer("&L&8&A&R&8第 &P 页 共 &N 页")
        sheet.freeze_panes(_HEAD_ROW + 1, 3)
        sheet.set_row(0, 30)
        sheet.merge_range(0, 0, 0, _PRINTED[name] - 1, "", self._formats["title"])
        sheet.write_string(0, 0, f"{self._title}（{name}）", self._formats["title"])
        unit = "" if name in (WARNINGS, LEFT_OUT) else "金额单位：万元"
        sheet.write_string(1, 0, unit, self._formats["note"])
        sheet.set_row(_HEAD_ROW, 30)
        for column, (text, _) in enumerate(heads):
            sheet.write_string(_HEAD_ROW, column, text, self._formats["head"])
        return sheet

    def _write(self, name: str, values: Sequence[object]) -> None:
        """One row; texts of units are always written as texts, never as formulas."""
        sheet, row = self._sheets[name], self._rows[name]
        widths = [width for _, width in _HEADS[name]][: _PRINTED[name]]
        texts = [str(value or "") for value in values[: _PRINTED[name]]]
        lines = max(map(lines_needed, texts, widths, [_SIZE] * len(widths)))
        sheet.set_row(row, min(409, max(_LINE + 4, lines * _LINE + 3)))
        for column, value in enumerate(values):
            self._write_value(sheet, row, column, value, wrap=column < _PRINTED[name])
        self._rows[name] += 1

    def _write_value(
        self, sheet: Worksheet, row: int, column: int, value: object, *, wrap: bool
    ) -> None:
        if isinstance(value, _Formula):
            style = "total" if value.text.startswith("=SUM(") else "money"
            sheet.write_formula(row, column, value.text, self._formats[style], float(value.value))
        elif isinstance(value, _Total):
            sheet.write_string(row, column, value, self._formats["total"])
        elif isinstance(value, Decimal):
            style = "number" if isinstance(value, _Number) else "money"
            sheet.write_number(row, column, float(value), self._formats[style])
        elif isinstance(value, int):
            sheet.write_number(row, column, value, self._formats["count"])
        else:
            text = "" if value is None else str(value)
            style = "text" if wrap else "source"
            if text.startswith(_FORMULA_STARTS):
                style = "quoted"
            sheet.write_string(row, column, cut(text, LONGEST_TEXT), self._formats[style])

    def _add_unit(self, unit: UnitSummary) -> None:
        self._counts["units"] += 1
        serial = unit.identity.serial
        sums = [_sum_of_serial(name, self._rows[UNITS], unit.total(name)) for name in AMOUNTS]
        budget = unit.budget.get("total")
        for name in AMOUNTS:
            self._totals[name] += unit.total(name)
        self._totals["budget"] += budget.value if budget else 0
        self._write(UNITS, [
            self._counts["units"], unit.identity.unit.code, unit.identity.unit.name,
            unit.title, len(unit.projects), len(unit.indicators), *sums,
            budget.value if budget else None, serial, unit.file,
            budget.source.sheet if budget else None, budget.source.cell if budget else None,
        ])  # fmt: skip

    def _add_project(self, unit: UnitSummary, project: ProjectRow) -> None:
        self._counts["projects"] += 1
        amounts = [project.amounts.get(name) for name in AMOUNTS]
        self._write(PROJECTS, [
            self._counts["projects"], unit.identity.unit.code, unit.identity.unit.name,
            project.code, project.name, project.department, project.nature, project.period,
            *(amount.value if amount else None for amount in amounts), project.indicators,
            unit.identity.serial, unit.file, project.sheet,
            *(amount.source.cell if amount else None for amount in amounts),
        ])  # fmt: skip

    def _add_indicator(self, unit: UnitSummary, row: IndicatorRow) -> None:
        self._counts["indicators"] += 1
        target = row.value
        self._write(INDICATORS, [
            self._counts["indicators"], unit.identity.unit.code, unit.identity.unit.name,
            row.project, row.level1, row.level2, row.level3,
            target.raw if target else None, _COMPARISONS[target.comparison] if target else None,
            _Number(target.number) if target and target.number is not None else None,
            target.unit if target else None, row.description,
            "；".join(filter(None, (row.basis, row.note))),
            row.source.file, row.source.sheet, row.source.cell,
        ])  # fmt: skip

    def _add_left_out(self, outcome: LeftOut) -> None:
        self._counts["left_out"] += 1
        reasons = outcome.findings[: _MOST_REASONS + 1]
        for found in reasons:
            self._write(LEFT_OUT, [
                self._counts["left_out"], outcome.file, outcome.unit, found.place(),
                found.message("zh"),
            ])  # fmt: skip
        self._left_out.append({
            "file": outcome.file,
            "unit": outcome.unit,
            "findings": [_finding_json(found) for found in outcome.findings],
        })  # fmt: skip

    def _finish(self) -> None:
        for number, amount in enumerate(self._unmerged, 1):
            self._write(UNMERGED, [
                number, amount.template, amount.label, amount.field, amount.count, amount.total,
            ])  # fmt: skip
        for name in (UNITS, PROJECTS):
            self._total_row(name)
        for name, heads in _HEADS.items():
            last = max(self._rows[name] - 1 - (name in (UNITS, PROJECTS)), _HEAD_ROW)
            self._sheets[name].autofilter(_HEAD_ROW, 0, last, len(heads) - 1)
            self._sheets[name].print_area(0, 0, self._rows[name] - 1, _PRINTED[name] - 1)
        self._book.define_name(OUTPUT_NAME, f"='{UNITS}'!$A$1")
        self._book.set_properties({"title": self._title, "author": "ptxl", "created": _BORN})
        if self._json:
            totals = {name: _number(value) for name, value in self._totals.items()}
            tail = {
                "across": self._across,
                "left_out": self._left_out,
                "unmerged": [_unmerged_json(amount) for amount in self._unmerged],
                "totals": totals,
                "counts": self._counts,
            }
            self._json.write("\n],\n" + dump(tail).lstrip("{").lstrip("\n"))
            self._json.write("\n")

    def _total_row(self, name: str) -> None:
        first = _AMOUNT_COLUMN[name]
        names = [*AMOUNTS, "budget"] if name == UNITS else list(AMOUNTS)
        last_row = self._rows[name]
        row: list[object] = [_Total("合计"), *([_Total()] * (len(_HEADS[name]) - 1))]
        for offset, amount in enumerate(names):
            column = xl_col_to_name(first + offset)
            area = f"{column}{_HEAD_ROW + 2}:{column}{max(last_row, _HEAD_ROW + 2)}"
            row[first + offset] = _Formula(f"=SUM({area})", self._totals[amount])
        if last_row == _HEAD_ROW + 1:  # nothing was merged: a sum over itself would be a circle
            row[first : first + len(names)] = [_Total()] * len(names)
        self._write(name, row)


class _Formula:
    """A formula with the value that it has."""

    def __init__(self, text: str, value: Decimal) -> None:
        self.text, self.value = text, value

    def __str__(self) -> str:
        return ""  # takes one line, however long the formula


class _Total(str):
    """A text of the row of totals."""

    __slots__ = ()


class _Number(Decimal):
    """A number that is no amount of money."""


def _sum_of_serial(name: str, row: int, value: Decimal) -> _Formula:
    """The sum of one amount over all projects of the form in this row."""
    amount = xl_col_to_name(_AMOUNT_COLUMN[PROJECTS] + AMOUNTS.index(name))
    serial = xl_col_to_name(_SERIAL_COLUMN[PROJECTS])
    own = f"${xl_col_to_name(_SERIAL_COLUMN[UNITS])}{row + 1}"
    where = f"{PROJECTS}!${serial}:${serial},{own},{PROJECTS}!${amount}:${amount}"
    return _Formula(f"=SUMIF({where})", value)


def _formats(book: Workbook) -> dict[str, Format]:
    base = {"font_name": "宋体", "font_size": _SIZE, "valign": "vcenter", "border": 1}
    return {
        "title": book.add_format({"font_name": "黑体", "font_size": 16, "align": "center"}),
        "note": book.add_format({"font_name": "宋体", "font_size": 10}),
        "head": book.add_format({**base, "bold": True, "align": "center", "text_wrap": True,
                                 "bg_color": "#DDEBF7"}),
        "text": book.add_format({**base, "text_wrap": True, "num_format": "@"}),
        "source": book.add_format({**base, "num_format": "@"}),
        "quoted": book.add_format({**base, "text_wrap": True, "num_format": "@",
                                   "quote_prefix": True}),
        "money": book.add_format({**base, "num_format": "#,##0.00####"}),
        "number": book.add_format({**base, "num_format": "General"}),
        "total": book.add_format({**base, "bold": True, "bg_color": "#F2F2F2",
                                  "num_format": "#,##0.00####"}),
        "count": book.add_format({**base, "num_format": "0", "align": "center"}),
    }  # fmt: skip


def _unit_json(unit: UnitSummary) -> Json:
    return {
        "file": unit.file,
        "form": {"template": unit.identity.template, "edition": unit.identity.edition,
                 "serial": unit.identity.serial},
        "unit": {"code": unit.identity.unit.code, "name": unit.identity.unit.name},
        "budget": {name: _amount_json(amount) for name, amount in unit.budget.items()},
        "projects": [_project_json(project) for project in unit.projects],
        "indicators": [_indicator_json(row) for row in unit.indicators],
        "findings": [_finding_json(found) for found in unit.findings],
    }  # fmt: skip


def _project_json(project: ProjectRow) -> Json:
    return {
        "code": project.code or None,
        "name": project.name or None,
        "department": project.department or None,
        "nature": project.nature or None,
        "period": project.period or None,
        "funds": {name: _amount_json(amount) for name, amount in project.amounts.items()},
    }


def _indicator_json(row: IndicatorRow) -> Json:
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


def _finding_json(found: Finding) -> Json:
    return {
        "code": found.code, "severity": found.severity, "sheet": found.sheet, "cell": found.cell,
        "message": found.message("zh"),
    }  # fmt: skip


def _crossed_json(one: Crossed) -> Json:
    other = {"file": one.other.file, "sheet": one.other.sheet, "cell": one.other.cell}
    return {"file": one.source.file, **_finding_json(one.finding), "other": other}


def _amount_json(amount: Amount) -> Json:
    return {
        "value": _number(amount.value), "sheet": amount.source.sheet, "cell": amount.source.cell,
    }  # fmt: skip


def _unmerged_json(amount: UnmergedAmount) -> Json:
    return {
        "template": amount.template, "field": str(amount.field), "label": amount.label,
        "count": amount.count, "total": _number(amount.total),
    }  # fmt: skip


def _number(value: Decimal) -> Json:
    return KINDS["money"].to_json(value)
