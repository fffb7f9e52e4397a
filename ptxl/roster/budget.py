"""A table of the approved budget, as an office keeps it → projects with their amounts.

It must not guess: each row names a project and an amount or is a fault, but for headings of groups
and totals; and what unit of money amounts are in, the table says, or the caller.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path as FilePath

from ptxl.merge.compare_budget import Approved, ApprovedBudget
from ptxl.merge.names import code_key, project_key
from ptxl.model.errors import Fault, TableError
from ptxl.model.form import Field
from ptxl.model.path import Path
from ptxl.read.table_files import Headings, TableFile, read_table
from ptxl.roster.units import begins_as_total, code_faults
from ptxl.text import squeeze
from ptxl.values.kinds import kind_of
from ptxl.values.money import (
    YUAN,
    MoneyUnit,
    convert,
    money_unit,
    unit_of_sums,
    units_in,
    yuan_units,
)
from ptxl.words import DEFAULT_LANGUAGE, LANGUAGES, Phrase, Speaker

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
_SUMS = re.compile("(?:.*(?:合计|总计|共计|小计)|(?:sub)?totals?|sum):?")


def read_budget(path: FilePath, unit: str = "") -> ApprovedBudget:
    """Read the projects of an approved budget (xlsx, xls, ods, CSV or tabs), in its order.

    `unit` is the unit of money where the table itself does not say. Rows of one project are added
    up. Raises TableError with every fault, each with its line: no column for codes (or for unit and
    project) or amounts, no unit of money or several, an amount that is none, a code that lost its
    digits or stands twice for different projects.
    """
    known = _Units(unit)
    table = _table(path, known)
    faults: list[Fault] = []
    money = _money_unit(table, known, faults) or unit_of_sums(known.currency)
    rows = _Rows(table, money)
    for line, cells in table.rows:
        rows.take(line, cells)
    faults += rows.faults
    if not faults and not rows.found:
        faults.append(Fault(place=table.place, code="budget.no_project"))
    if faults:
        raise TableError(faults)
    projects = tuple(rows.found.values())
    return ApprovedBudget(place=table.place, projects=projects, currency=money.currency)


def _table(path: FilePath, known: _Units) -> TableFile:
    """The table by codes, or by names of projects within units."""
    try:
        return read_table(path, Headings(_WORDS, _BY_CODE, plain=known.plain))
    except TableError as error:
        if error.code != "table.no_column":
            raise
        try:
            return read_table(path, Headings(_WORDS, _BY_NAME, plain=known.plain))
        except TableError:
            raise error from None


def _folded(text: str) -> str:
    return squeeze(unicodedata.normalize("NFKC", text)).casefold()


# -- the unit of money


class _Units:
    """The units of money that a table may name: of yuan, and of the currency that is wanted."""

    def __init__(self, wanted: str) -> None:
        self.wanted = money_unit(wanted) if wanted else None
        self.currency = self.wanted.currency if self.wanted else YUAN
        own = {text for language in LANGUAGES for text in units_in(language, self.currency)}
        self.spelled = {_folded(text): money_unit(text) for text in (*yuan_units(), *own)}
        units = "|".join(sorted(map(re.escape, self.spelled), key=len, reverse=True))
        self._unit = re.compile(units)
        #: a unit of money at the end of a heading: 预算数:万元
        self._behind = re.compile(f"[,:]?(?:单位:?)?(?:{units})$")
        #: above a table: 单位：万元, 金额单位：人民币元, 预算表（万元）
        self._above = re.compile(rf"(?:单位:?(?:人民币)?|unit:?|\()({units})(?![a-z])")

    def plain(self, heading: str) -> str:
        """The word of a heading: `2026年预算数（万元）` is 预算数."""
        text = _YEAR.sub("", _folded(heading))
        return self._behind.sub("", _BRACKETS.sub("", text)) or text

    def said(self, table: TableFile) -> tuple[str, ...]:
        """The units that the heading says, or else what stands above the table."""
        found = self._unit.findall(_folded(table.headings["amount"]))
        above = map(_folded, table.above)
        return tuple(found) or tuple(unit for line in above for unit in self._above.findall(line))


def _money_unit(table: TableFile, known: _Units, faults: list[Fault]) -> MoneyUnit | None:
    """The unit that heading or title say, else the one wanted; None if there is a fault."""
    said = [known.spelled[text] for text in known.said(table)]
    several = list(dict.fromkeys(unit for unit in (*said, known.wanted) if unit))
    if len(several) == 1:
        return several[0]
    place, heading = table.place, table.headings["amount"]
    if several:
        facts = {"units": tuple(unit.called for unit in several)}
        faults.append(Fault(place=place, key=heading, code="budget.units_differ", facts=facts))
    else:
        faults.append(Fault(place=place, key=heading, code="budget.unit_unknown"))
    return None


# -- rows


class _Rows:
    """Takes rows one after the other: `found` are projects, `faults` what is wrong."""

    def __init__(self, table: TableFile, unit: MoneyUnit) -> None:
        self.found: dict[tuple[str, str, str], Approved] = {}
        self.faults: list[Fault] = []
        self._table = table
        self._unit, called = unit, Speaker(DEFAULT_LANGUAGE).word(unit.called)
        self._field = Field(path=Path("amount"), kind="money", label="", unit=called)
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
            return convert(parsed.value, self._unit, unit_of_sums(self._unit.currency))
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
