"""Spreadsheet programs and libraries, asked to save, read or recompute a workbook.

What must be installed stands in `Makefile` (`make compat`); what is missing is left out.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from ptxl.cells import cell_name
from tests.office import Office

#: what a sheet holds: {sheet: {"B3": value}}
Cells = dict[str, dict[str, object]]
Save = Callable[[Path, Path], None]
Read = Callable[[Path], Cells]

NODE_MODULES = Path(os.environ.get("PTXL_COMPAT", "~/.cache/ptxl-compat")).expanduser()
_SCRIPT = Path(__file__).with_name("spreadsheets.mjs")
_SECONDS = 900
#: how JavaScript writes a day
_JSON_DAY = re.compile(r"\d{4}-\d\d-\d\dT00:00:00\.000Z")


@dataclass(frozen=True, slots=True)
class Program:
    """A program or library, its version, and what it is asked to do here."""

    name: str
    version: str
    saves: tuple[str, ...] = ()
    save: Save | None = None
    read: Read | None = None
    compute: Read | None = None


def find_programs(office: Office, *, slow: bool) -> list[Program]:
    """All that are here; `slow` adds the formula engine that takes minutes."""
    found = [_libreoffice(office), _openpyxl()]
    if shutil.which("ssconvert"):
        found.append(_gnumeric())
    if shutil.which("node") and (NODE_MODULES / "node_modules").is_dir():
        found += [_exceljs(), _sheetjs(), _hyperformula()]
    if slow and find_spec("formulas"):
        found.append(_formulas())
    return found


@cache
def formulas_of(path: Path) -> Cells:
    """The result of each formula, as it is stored in the file."""
    texts = load_workbook(path)
    results = load_workbook(path, data_only=True)
    found: Cells = {}
    for sheet in texts.worksheets:
        cells = {
            cell.coordinate: results[sheet.title][cell.coordinate].value
            for row in sheet.iter_rows()
            for cell in row
            if cell.data_type == "f"
        }
        if cells:
            found[sheet.title] = cells
    return found


def without_results(source: Path, target: Path) -> None:
    """Write a copy whose formulas have no stored results, so that an engine must compute them."""
    load_workbook(source).save(target)


def _libreoffice(office: Office) -> Program:
    def compute(path: Path) -> Cells:
        asked = formulas_of(path)
        ranges = [(sheet, cell) for sheet, cells in asked.items() for cell in cells]
        answers = office.compute(path, ranges)
        found: Cells = {sheet: {} for sheet in asked}
        for (sheet, cell), rows in zip(ranges, answers, strict=True):
            found[sheet][cell] = rows[0][0]
        return found

    return Program(
        name="LibreOffice",
        version=office.version(),
        saves=("xlsx", "xls", "ods"),
        save=office.convert,
        compute=compute,
    )


def _openpyxl() -> Program:
    def save(source: Path, target: Path) -> None:
        load_workbook(source).save(target)

    def read(path: Path) -> Cells:
        book = load_workbook(path, data_only=True)
        return {
            sheet.title: {
                cell.coordinate: cell.value
                for row in sheet.iter_rows()
                for cell in row
                if cell.value is not None
            }
            for sheet in book.worksheets
        }

    return Program("openpyxl", metadata.version("openpyxl"), ("xlsx",), save, read)


def read_by_calamine(path: Path) -> Cells:
    """The cells that calamine reads, which is the first reader of ptxl."""
    book = CalamineWorkbook.from_path(path)
    found: Cells = {}
    for name in book.sheet_names:
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        found[name] = {
            cell_name(row, column): value
            for row, values in enumerate(rows)
            for column, value in enumerate(values)
        }
    return found


def _gnumeric() -> Program:
    importers = {"xlsx": "Gnumeric_Excel:xlsx2", "xls": "Gnumeric_Excel:excel_biff8"}

    def convert(source: Path, target: Path, *options: str) -> None:
        exporter = importers.get(target.suffix[1:], "Gnumeric_OpenCalc:openoffice")
        _run("ssconvert", *options, "-T", exporter, str(source), str(target))

    def compute(path: Path) -> Cells:
        with tempfile.TemporaryDirectory() as folder:
            bare, computed = Path(folder, "bare.xlsx"), Path(folder, "computed.xlsx")
            without_results(path, bare)
            convert(bare, computed, "--recalc")
            return formulas_of(computed)

    version = _run("ssconvert", "--version").split("'")[1]
    return Program("Gnumeric", version, saves=("xlsx", "xls", "ods"), save=convert, compute=compute)


def _exceljs() -> Program:
    return Program(
        "exceljs",
        _version_of("exceljs"),
        saves=("xlsx",),
        save=lambda source, target: _discard(_node("save", "exceljs", source, target)),
        read=lambda path: _cells(_node("cells", "exceljs", path)),
    )


def _sheetjs() -> Program:
    return Program(
        "SheetJS",
        _version_of("@e965/xlsx"),
        saves=("xlsx", "xls", "ods"),
        save=lambda source, target: _discard(_node("save", "sheetjs", source, target)),
        read=lambda path: _cells(_node("cells", "sheetjs", path)),
    )


def _hyperformula() -> Program:
    return Program(
        "HyperFormula",
        _version_of("hyperformula"),
        compute=lambda path: _cells(_node("compute", path)),
    )


def _formulas() -> Program:
    def compute(path: Path) -> Cells:
        from formulas import ExcelModel  # large: only where it is asked

        with tempfile.TemporaryDirectory() as folder:
            bare = Path(folder, "bare.xlsx")
            without_results(path, bare)
            model = ExcelModel().loads(str(bare)).finish()
            solution = model.calculate()
        asked = formulas_of(path)
        values = {str(key).upper(): value for key, value in solution.items()}
        return {
            sheet: {
                cell: _single(values.get(f"'[BARE.XLSX]{sheet.upper()}'!{cell}")) for cell in cells
            }
            for sheet, cells in asked.items()
        }

    def _single(ranges: Any) -> object:
        value = getattr(ranges, "value", None)
        if value is None:
            return None
        one = value[0, 0]
        return one.item() if hasattr(one, "item") else one

    return Program("formulas", metadata.version("formulas"), compute=compute)


_EXCEL_DAY_ZERO = date(1899, 12, 30)


def same(first: object, second: object) -> bool:
    """Whether two programs mean the same by a cell: blank is blank, numbers to 12 digits."""
    return _meaning(first) == _meaning(second)


def _meaning(value: object) -> object:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return float(f"{value:.12g}")
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return float((value - _EXCEL_DAY_ZERO).days)
    text = str(value).replace("\r\n", "\n")
    return _meaning(date.fromisoformat(text[:10])) if _JSON_DAY.fullmatch(text) else text


def _version_of(package: str) -> str:
    described = NODE_MODULES / "node_modules" / package / "package.json"
    return str(json.loads(described.read_text(encoding="utf-8"))["version"])


def _node(*arguments: str | Path) -> str:
    return _run("node", str(_SCRIPT), *map(str, arguments))


def _cells(printed: str) -> Cells:
    found: Mapping[str, dict[str, object]] = json.loads(printed)
    return dict(found)


def _discard(_: str) -> None:
    """A program's output that says nothing of interest."""


def _run(*command: str) -> str:
    environment = {**os.environ, "PTXL_COMPAT": str(NODE_MODULES)}
    done = subprocess.run(
        command, capture_output=True, timeout=_SECONDS, check=True, text=True, env=environment
    )
    return done.stdout + (done.stderr if command[-1] == "--version" else "")
