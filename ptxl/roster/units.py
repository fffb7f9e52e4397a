"""A roster (名册), as an office keeps it → units. It must not guess: each row names a unit or is a
fault, but for a last row of totals."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ptxl.model.errors import Fault, RosterError, TableError
from ptxl.model.form import Unit
from ptxl.read.table_files import LOST, Headings, TableFile, read_table
from ptxl.text import clean, shows_nothing, squeeze

#: the headings under which a column is known
HEADINGS = Headings({
    "code": ("code", "单位编码", "预算单位编码", "编码", "单位代码", "代码"),
    "name": ("name", "单位名称", "预算单位名称", "预算单位", "单位", "名称"),
    "department": ("department", "主管部门", "部门", "部门名称"),
}, needed=("code", "name"))  # fmt: skip
#: what stands in the row below the units
_TOTALS = ("合计", "总计", "共计", "小计", "total", "totals", "sum")
#: no XML, no cell can hold these; and two that ptxl uses as placeholders
_ILLEGAL = re.compile("[\x00-\x1f\x7f\ue000\ue001\ud800-\udfff\ufffe\uffff]")
_LONGEST = 200
#: of all columns of a unit together: a form carries them in each place that says whose it is
_LONGEST_UNIT = 5_000
#: what no code is, with the code of the fault
_NO_CODES = (
    (re.compile("[#=].*", re.DOTALL), "formula"),
    (re.compile(rf"\d+(\.\d+)?[eE]\+\d+.*|.*{LOST}.*", re.DOTALL), "digits_lost"),
)
#: a fault of a unit: the column, code, facts
_Found = tuple[str, str, Mapping[str, object]]


def read_roster(path: Path) -> tuple[Unit, ...]:
    """Read the units of a roster (xlsx, xls, ods, CSV or tabs), in its order.

    A title above the headings and totals below the units are left out; the table may stand on any
    one sheet. Raises RosterError with every fault: no heading for code or name, a line without one
    of them, a code that stands twice or was mangled by a spreadsheet (2.24E+05).
    """
    table = read_rows(path, HEADINGS)
    units, lines = [], []
    for line, cells in table.rows:
        units.append(unit_of(cells))
        lines.append(line)
    return checked_units(units, table, lines)


def read_rows(path: Path, headings: Headings) -> TableFile:
    """Read a roster by its headings, totals below the units left out. Raises RosterError."""
    try:
        table = read_table(path, headings)
    except TableError as error:
        raise RosterError(error.faults) from None
    rows = list(table.rows)
    while rows and _is_total(rows[-1][1]):
        rows.pop()
    return replace(table, rows=tuple(rows))


def _is_total(cells: Mapping[str, str]) -> bool:
    """Whether a row adds up those above it: it begins with the word, and lacks code or name."""
    first = next(filter(None, cells.values()), "")
    lacks_code = cells.get("code", "") in ("", first)
    return begins_as_total(cells) and (lacks_code or not cells.get("name"))


def begins_as_total(cells: Mapping[str, str]) -> bool:
    """Whether the first text of a row is a word for a total."""
    first = next(filter(None, cells.values()), "")
    return squeeze(first).casefold().rstrip(":：") in _TOTALS


def check_units(units: Sequence[Unit]) -> tuple[Unit, ...]:
    """The units with outer spaces gone, and unseen marks in codes.

    Raises RosterError with everything wrong about them.
    """
    return checked_units(units, TableFile("roster", (), {}), [0] * len(units))


def checked_units(
    units: Sequence[Unit], table: TableFile, lines: Sequence[int]
) -> tuple[Unit, ...]:
    """The units in the lines of a roster, as `check_units` does it."""
    found = tuple(map(stripped, units))
    faults = list(_faults(table, lines, found))
    if not found:
        faults.append(Fault(place=table.place, code="roster.no_unit"))
    if faults:
        raise RosterError(faults)
    return found


def stripped(unit: Unit) -> Unit:
    """The unit with outer spaces gone, and unseen marks in its code."""
    return Unit(
        code=clean(unit.code),
        name=unit.name.strip(),
        department=unit.department.strip(),
        more={str(key).strip(): str(text).strip() for key, text in unit.more.items()},
    )


def unit_of(cells: Mapping[str, str]) -> Unit:
    """The unit in a row, with all its further columns but the one for kinds of form."""
    known = ("", "kinds", *HEADINGS.words)
    return Unit(
        code=cells.get("code", ""),
        name=cells.get("name", ""),
        department=cells.get("department", ""),
        more={key: text for key, text in cells.items() if key not in known},
    )


def _faults(table: TableFile, lines: Iterable[int], units: Iterable[Unit]) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for line, unit in zip(lines, units, strict=True):
        yield from unit_faults(table, line, unit)
        if unit.code and unit.code in seen:
            facts = {"code": unit.code, "line": seen[unit.code]}
            yield fault_of(table, line, "code", "twice", facts)
        seen.setdefault(unit.code, line)
    yield from zero_faults(table, seen)


def zero_faults(table: TableFile, codes: Mapping[str, int]) -> Iterator[Fault]:
    """Codes, given with their lines, that are another's but for zeros in front.

    A spreadsheet takes those away from some cells of a column, and a unit would be two.
    """
    first: dict[str, str] = {}
    for code, line in codes.items():
        other = first.setdefault(code.lstrip("0"), code) if code.isdecimal() else code
        if other != code:
            facts = {"code": code, "other": other, "line": codes[other]}
            yield fault_of(table, line, "code", "zeros_differ", facts)


def unit_faults(table: TableFile, line: int, unit: Unit) -> Iterator[Fault]:
    """What is wrong in the texts of a unit in a line of a roster."""
    for key, code, facts in (*_text_faults(unit), *code_faults(unit.code)):
        yield fault_of(table, line, key, code, facts)


def fault_of(
    table: TableFile, line: int, column: str, code: str, facts: Mapping[str, object]
) -> Fault:
    """A fault in a cell of a roster, which is named by the heading that stands over it."""
    key = table.headings.get(column, column)
    return Fault(place=table.place, line=line, key=key, code=f"roster.{code}", facts=facts)


def _text_faults(unit: Unit) -> Iterator[_Found]:
    texts = unit.texts()
    for key in ("code", "name"):
        if shows_nothing(texts[key]):
            yield key, "blank", {}
    for key, text in texts.items():
        if _ILLEGAL.search(key + text):
            yield key, "control_character", {}
        if len(text) > _LONGEST:
            yield key, "too_long", {"longest": _LONGEST}
    if sum(map(len, (*texts, *texts.values()))) > _LONGEST_UNIT:
        yield "", "unit_too_long", {"longest": _LONGEST_UNIT}


def code_faults(code: str) -> Iterator[_Found]:
    """What is wrong in a code that a spreadsheet has mangled."""
    for pattern, fault in _NO_CODES:
        if pattern.fullmatch(code):
            yield "code", fault, {"code": code}
