"""A table of the approved budget, as an office keeps it → projects with their amounts.

It must not guess: each row names a project and an amount or is a fault, but for headings of groups
and totals; and what unit of money amounts are in, the table says, or the caller.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path as FilePath

from ptxl.merge.compare_budget import Approved, ApprovedBudget
from ptxl.merge.names import code_key, project_key
from ptxl.merge.rows import SUM_UNIT
from ptxl.model.errors import Fault, TableError
from ptxl.model.form import Field
from ptxl.model.path import Path
from ptxl.read.table_files import Headings, TableFile, read_table
from ptxl.roster.units import begins_as_total, code_faults
from ptxl.text import squeeze
from ptxl.values.kinds import kind_of
from ptxl.values.money import MONEY_UNITS, convert
from ptxl.words import Phrase

#: the headings under which a column is known; years and what stands in brackets do not count
_WORDS: Mapping[str, tuple[str, ...]] = {
    "project_code": (
        "project_code", "项目编码", "项目代码", "项目编号", "预算项目编码", "预算项目代码",
        "project code",
    ),
    "project": ("project", "项目名称", "项目", "预算项目名称", "预算项目", "project name"),
    "amount": (
        "amount", "预算数", "批复数", "金额", "预算金额", "批复金额", "批复预算数", "预算批复数",
        "年初预算数", "预算安排数", "安排数", "安排金额", "预算资金", "资金总额", "项目预算",
        "项目预算数", "项目金额", "预算", "总额", "合计", "budget", "approved",
    ),
    "unit_code": (
        "unit_code", "单位编码", "单位代码", "预算单位编码", "预算单位代码", "unit code",
    ),
    "unit_name": (
        "unit_name", "单位名称", "预算单位", "预算单位名称", "单位", "unit", "unit name",
    ),
}  # fmt: skip
#: what tells of a project: its code, or its name within a unit
_BY_CODE, _BY_NAME = ("project_code", "amount"), ("unit_code", "project", "amount")
_YEAR = re.compile(r"^\(?(?:19|20)[0-9]{2}(?:年度?)?\)?")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^][]*\]|【[^【】]*】|〔[^〔〕]*〕")
_UNITS = "|".join(sorted(map(squeeze, MONEY_UNITS), key=len, reverse=True))
_UNIT = re.compile(_UNITS)
#: a unit of money at the end of a heading: 预算数:万元
_UNIT_BEHIND = re.compile(f"[,:]?(?:单位:?)?(?:{_UNITS})$")
#: above a table: 单位：万元, 金额单位：人民币元, 预算表（万元）
_UNIT_ABOVE = re.compile(rf"(?:单位:?(?:人民币)?|unit:?|\()({_UNITS})(?![a-z])")
_SUMS = re.compile("(?:.*(?:合计|总计|共计|小计)|(?:sub)?totals?|sum):?")


def read_budget(path: FilePath, unit: str = "") -> ApprovedBudget:
    """Read the projects of an approved budget (xlsx, xls, ods, CSV or tabs), in its order.

    `unit` is the unit of money where the table itself does not say. Rows of one project are added
    up. Raises TableError with every fault, each with its line: no column for codes (or for unit and
    project) or amounts, no unit of money or several, an amount that is none, a code that lost its
    digits or stands twice for different projects.
    """
    table = _table(path)
    faults: list[Fault] = []
    money = _money_unit(table, unit, faults)
    rows = _Rows(table, money or SUM_UNIT)
    for line, cells in table.rows:
        rows.take(line, cells)
    faults += rows.faults
    if not faults and not rows.found:
        faults.append(Fault(place=table.place, code="budget.no_project"))
    if faults:
        raise TableError(faults)
    return ApprovedBudget(place=table.place, projects=tuple(rows.found.values()))


def _table(path: FilePath) -> TableFile:
    """The table by codes, or by names of projects within units."""
    try:
        return read_table(path, Headings(_WORDS, _BY_CODE, plain=_plain))
    except TableError as error:
        if error.code != "table.no_column":
            raise
        try:
            return read_table(path, Headings(_WORDS, _BY_NAME, plain=_plain))
        except TableError:
            raise error from None


def _plain(heading: str) -> str:
    """The word of a heading: `2026年预算数（万元）` is 预算数."""
    text = _YEAR.sub("", _folded(heading))
    return _UNIT_BEHIND.sub("", _BRACKETS.sub("", text)) or text


def _folded(text: str) -> str:
    return squeeze(unicodedata.normalize("NFKC", text)).casefold()


# -- the unit of money


def _money_unit(table: TableFile, wanted: str, faults: list[Fault]) -> str:
    """The unit that heading or title say, else the one wanted; "" if there is a fault."""
    heading = table.headings["amount"]
    said = _units(_UNIT.findall(_folded(heading)))
    if not said:
        said = _units(unit for line in table.above for unit in _UNIT_ABOVE.findall(_folded(line)))
    several = tuple(dict.fromkeys((*said, wanted) if wanted else said))
    if len(several) == 1:
        return several[0]
    if several:
        facts = {"units": several}
        faults.append(
            Fault(place=table.place, key=heading, code="budget.units_differ", facts=facts)
        )
    else:
        faults.append(Fault(place=table.place, key=heading, code="budget.unit_unknown"))
    return ""


def _units(found: Iterator[str] | list[str]) -> tuple[str, ...]:
    spelled = {squeeze(unit): unit for unit in MONEY_UNITS}
    return tuple(dict.fromkeys(spelled[unit] for unit in found))


# -- rows


class _Rows:
    """Takes rows one after the other: `found` are projects, `faults` what is wrong."""

    def __init__(self, table: TableFile, unit: str) -> None:
        self.found: dict[tuple[str, str, str], Approved] = {}
        self.faults: list[Fault] = []
        self._table = table
        self._field = Field(path=Path("amount"), kind="money", label="", unit=unit)
        #: by code, and unit if it says one: line and name of its first row
        self._first: dict[tuple[str, str], tuple[int, str]] = {}

    def take(self, line: int, cells: Mapping[str, str]) -> None:
        """Take one row; those that only head or add up others are passed over."""
        texts = {column: cells.get(column, "").strip() for column in _WORDS}
        if self._is_between(texts, cells):
            return
        before = len(self.faults)
        self._check_project(line, texts)
        amount = self._amount(line, texts["amount"])
        if amount is not None and len(self.faults) == before:
            self._add(line, texts, amount)

    def _is_between(self, texts: Mapping[str, str], cells: Mapping[str, str]) -> bool:
        if begins_as_total(cells):
            return True
        sums = any(_SUMS.fullmatch(_folded(text)) for text in cells.values())
        return not texts["project_code"] and (sums or not texts["amount"])

    def _check_project(self, line: int, texts: Mapping[str, str]) -> None:
        code = texts["project_code"]
        for column in ("project_code", "unit_code"):
            for _, fault, facts in code_faults(texts[column]):
                self._fault(line, column, f"roster.{fault}", **facts)
        if not code and not (texts["unit_code"] and texts["project"]):
            self._fault(line, "project_code", "budget.no_code")
        if not code:
            return
        name = project_key(texts["project"])
        first, named = self._first.setdefault((code_key(code), _unit(texts)), (line, name))
        if name != named:
            self._fault(line, "project_code", "budget.twice_otherwise", code=code, line=first)

    def _amount(self, line: int, text: str) -> Decimal | None:
        if not text:
            self._fault(line, "amount", "budget.no_amount")
            return None
        parsed = kind_of(self._field).parse(text, self._field)
        if isinstance(parsed.value, Decimal) and not parsed.code:
            return convert(parsed.value, self._field.unit, SUM_UNIT)
        why = Phrase(f"findings.{parsed.code}", parsed.facts)
        self._fault(line, "amount", "budget.value_unfit", why=why)
        return None

    def _add(self, line: int, texts: Mapping[str, str], amount: Decimal) -> None:
        one = Approved(
            code=texts["project_code"], name=texts["project"], unit_code=texts["unit_code"],
            unit_name=texts["unit_name"], amount=amount, lines=(line,),
        )  # fmt: skip
        key = code_key(one.code), _unit(texts), "" if one.code else project_key(one.name)
        self.found[key] = self.found[key] + one if key in self.found else one

    def _fault(self, line: int, column: str, code: str, /, **facts: object) -> None:
        key = self._table.headings.get(column, column)
        self.faults.append(
            Fault(place=self._table.place, line=line, key=key, code=code, facts=facts)
        )


def _unit(texts: Mapping[str, str]) -> str:
    """The unit that a row is about; "" where it does not say."""
    return code_key(texts["unit_code"]) or code_key(texts["unit_name"])
