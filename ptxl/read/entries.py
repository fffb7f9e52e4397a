"""What was typed into the fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ptxl.findings import Finding, finding
from ptxl.layout import cell_name, squeeze
from ptxl.read.book import Workbook, cell_value
from ptxl.read.place import Located, places_now
from ptxl.submission import Entry


def entries_on(workbook: Workbook, located: Located, number: int) -> Iterator[tuple[str, Entry]]:
    """The entry of each field of a sheet of the form that is not blank."""
    grid = workbook.grid(located.sheet_names[number])
    height = len(grid)
    width = len(grid[0]) if height else 0
    for path, row, column, blank in places_now(located, number):
        value = grid[row][column] if row < height and column < width else ""
        if value != "" and value is not None:
            raw = cell_value(value)
            if raw is not None and (not blank or squeeze(str(raw)) != squeeze(blank)):
                yield path, Entry(raw)


def error_findings(located: Located, number: int, errors: Mapping[str, str]) -> Iterator[Finding]:
    """The fields of a sheet of the form whose cells hold an error value, which is no answer."""
    if not errors:
        return
    name = located.sheet_names[number]
    for path, asked in located.layout.fields.items():
        sheet, row, column = located.position(path)
        cell = cell_name(row, column)
        if sheet == name and cell in errors and path not in located.gone:
            yield finding("error_value", path=path, sheet=name, cell=cell, label=asked.label,
                          raw=errors[cell])  # fmt: skip
