"""What was typed into the fields."""

from __future__ import annotations

from collections.abc import Iterator

from ptxl.cells import cell_name
from ptxl.model.findings import finding
from ptxl.model.submission import Entry
from ptxl.read.locate.fields import Located, places_now
from ptxl.read.workbook import Workbook, cell_value, doubtful
from ptxl.text import squeeze


def entries_on(workbook: Workbook, located: Located, number: int) -> Iterator[tuple[str, Entry]]:
    """The entry of each field of a sheet of the form that is not blank.

    What a second reader has against a cell becomes a finding of `located`. It is asked about
    formulas and errors, and about every cell where the sheet is not as it was issued.
    """
    name = located.sheet_names[number]
    grid = workbook.grid(name)
    height = len(grid)
    width = len(grid[0]) if height else 0
    odd = workbook.odd(name)
    careful = workbook.unusual(name) or any(found.sheet == name for found in located.findings)
    for path, row, column, blank in places_now(located, number):
        value = grid[row][column] if row < height and column < width else ""
        raw = None if value == "" else cell_value(value)
        if careful or (row, column) in odd or (raw is not None and doubtful(value)):
            doubt = workbook.doubt(name, (row, column))
            if doubt is not None:
                raw = doubt.value
                if raw is None:
                    located.unread.add(path)
                label = located.layout.fields[path].label
                at = {"path": path, "sheet": name, "cell": cell_name(row, column), "label": label}
                located.findings.append(finding(doubt.code, **at, **doubt.facts))
        if raw is not None and (not blank or squeeze(str(raw)) != squeeze(blank)):
            yield path, Entry(raw)
