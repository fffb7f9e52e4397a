"""Names of cells and columns: row and column, from 0 ↔ `B4`."""

from __future__ import annotations

_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384


def on_a_sheet(row: int, column: int) -> bool:
    """Whether a sheet has such a cell."""
    return 0 <= row < _LAST_ROW and 0 <= column < _LAST_COLUMN


def cell_name(row: int, column: int) -> str:
    """`B4` for row 3, column 1."""
    return f"{column_name(column)}{row + 1}"


def absolute_name(row: int, column: int) -> str:
    """`$B$4` for row 3, column 1."""
    return f"${column_name(column)}${row + 1}"


def quoted(sheet: str) -> str:
    """A sheet's name as formulas and links have it: `'项目1'`."""
    return "'" + sheet.replace("'", "''") + "'"


def column_name(column: int) -> str:
    """`A` for 0, `AA` for 26."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name
