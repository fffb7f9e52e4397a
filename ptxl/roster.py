"""A roster (名册) as CSV or xlsx → units. Owns openpyxl.

CSV may be UTF-8 with or without a byte order mark, or GB18030: what Excel, WPS and Windows save.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from ptxl.model.errors import Fault, RosterError
from ptxl.model.form import Unit

#: the headings under which a column is known
_HEADINGS = {
    "code": ("code", "单位编码", "预算单位编码", "编码", "单位代码", "代码"),
    "name": ("name", "单位名称", "预算单位名称", "预算单位", "单位", "名称"),
    "department": ("department", "主管部门", "部门", "部门名称"),
}
_KNOWN = {heading: column for column, headings in _HEADINGS.items() for heading in headings}
_CONTROL = re.compile("[\x00-\x1f\x7f]")
#: no XML, no cell can hold these; and two that ptxl uses as marks
_ILLEGAL = re.compile("[\x00-\x1f\x7f\ue000\ue001\ud800-\udfff\ufffe\uffff]")
_LONGEST = 200
#: of all columns of a unit together: a form carries them in each place that says whose it is
_LONGEST_UNIT = 5_000
#: a spreadsheet keeps 15 digits of a number; what such a code was can no longer be told
_KEPT, _LOST = 10**15, "…"
_IN_POWERS = re.compile(r"\d+(\.\d+)?[eE]\+\d+")
#: a fault of a unit: the column's key, code, facts
_Found = tuple[str, str, dict[str, object]]


def read_roster(path: Path) -> tuple[Unit, ...]:
    """The units of a roster, in its order.

    Raises RosterError with every fault: no heading for code or name, a line without one of them, a
    code that stands twice or was mangled by a spreadsheet (2.24E+05).
    """
    rows = [(number, cells) for number, cells in table_rows(path) if any(cells)]
    if not rows:
        raise RosterError([Fault(place=str(path), code="roster.empty")])
    (line, head), *body = rows
    columns = [_KNOWN.get(cell.lower(), cell) for cell in head]
    faults = [
        Fault(place=str(path), line=line, code="table.no_column", facts=_column(wanted))
        for wanted in ("code", "name")
        if wanted not in columns
    ]
    faults += [
        Fault(place=str(path), line=line, code="table.two_columns", facts=_column(wanted))
        for wanted in _HEADINGS
        if columns.count(wanted) > 1
    ]
    if faults:
        raise RosterError(faults)
    units = [_unit(dict(zip(columns, cells, strict=False))) for _, cells in body]
    return check_units(units, str(path), [number for number, _ in body])


def check_units(
    units: Sequence[Unit], place: str = "roster", lines: Sequence[int] = ()
) -> tuple[Unit, ...]:
    """The units with outer spaces gone. Raises RosterError with everything wrong about them."""
    found = tuple(_stripped(unit) for unit in units)
    faults = list(_faults(place, lines or [0] * len(found), found))
    if not found:
        faults.append(Fault(place=place, code="roster.no_unit"))
    if faults:
        raise RosterError(faults)
    return found


def _stripped(unit: Unit) -> Unit:
    return Unit(
        code=unit.code.strip(),
        name=unit.name.strip(),
        department=unit.department.strip(),
        more={str(key).strip(): str(text).strip() for key, text in unit.more.items()},
    )


def _column(wanted: str) -> dict[str, object]:
    return {"name": wanted, "others": _HEADINGS[wanted][1:3]}


def _unit(cells: dict[str, str]) -> Unit:
    more = {key: text for key, text in cells.items() if key and key not in _HEADINGS}
    return Unit(
        code=cells.get("code", ""),
        name=cells.get("name", ""),
        department=cells.get("department", ""),
        more=more,
    )


def _faults(place: str, lines: Sequence[int], units: Sequence[Unit]) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for line, unit in zip(lines, units, strict=True):
        for key, code, facts in (*_text_faults(unit), *_code_faults(unit.code, seen)):
            yield Fault(place=place, line=line, key=key, code=f"roster.{code}", facts=facts)
        seen.setdefault(unit.code, line)


def _text_faults(unit: Unit) -> Iterator[_Found]:
    """What is wrong in the texts of a unit: key, code and facts."""
    texts = unit.marks()
    for key in ("code", "name"):
        if not texts[key]:
            yield key, "blank", {}
    for key, text in texts.items():
        if _ILLEGAL.search(key + text):
            yield key, "control_character", {}
        if len(text) > _LONGEST:
            yield key, "too_long", {"longest": _LONGEST}
    if sum(len(key) + len(text) for key, text in texts.items()) > _LONGEST_UNIT:
        yield "", "unit_too_long", {"longest": _LONGEST_UNIT}


def _code_faults(code: str, seen: Mapping[str, int]) -> Iterator[_Found]:
    """What is wrong with a unit's code; `seen` are the lines of those before it."""
    if code.startswith(("#", "=")):
        yield "code", "formula", {"code": code}
    if _IN_POWERS.fullmatch(code) or _LOST in code:
        yield "code", "digits_lost", {"code": code}
    if code and code in seen:
        yield "code", "twice", {"code": code, "line": seen[code]}


def table_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV or of an xlsx's first sheet, as texts, each with its line number."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, "unreadable", detail=error.strerror) from None
    yield from _xlsx_rows(path, data) if data.startswith(b"PK") else _csv_rows(path, data)


def _csv_rows(path: Path, data: bytes) -> Iterator[tuple[int, list[str]]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise _unreadable(path, "other_encoding")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            yield reader.line_num, [_clean(cell) for cell in cells]
    except csv.Error as error:
        raise _unreadable(path, "not_csv", reader.line_num, detail=str(error)) from None


def _xlsx_rows(path: Path, data: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise _unreadable(path, "not_xlsx", detail=str(error)) from None
    sheet = book.worksheets[0]
    for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        yield number, ["" if cell is None else _clean(_plain(cell)) for cell in cells]
    book.close()


def _unreadable(path: Path, code: str, line: int = 0, **facts: object) -> RosterError:
    return RosterError([Fault(place=str(path), line=line, code=f"table.{code}", facts=facts)])


def _plain(cell: object) -> str:
    """A code typed as a number comes back as one: 224001, not 224001.0."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if abs(cell) >= _KEPT:
            return f"{cell:.2e}{_LOST}"
        return str(int(cell)) if cell == int(cell) else str(cell)
    return str(cell)


def _clean(text: str) -> str:
    return _CONTROL.sub("", text).strip().removeprefix("'")
