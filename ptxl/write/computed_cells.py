"""Layout → the formulas of its computed cells, which say the same as `rules/computed`. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ptxl.cells import quoted_text
from ptxl.model.layout import Layout
from ptxl.model.path import Path
from ptxl.rules import LONGEST_FORMULA, Cells, Name, NotLive, Span
from ptxl.rules.computed import ReadyCell, ready_cells
from ptxl.rules.excel import computed_formula
from ptxl.values.kinds import decimals_of, kind_of
from ptxl.write.references import References


def computed_formulas(layout: Layout) -> Iterator[tuple[Path, str]]:
    """The formula of each computed cell, seen from its sheet, by path. Raises NotLive."""
    for cell in ready_cells(layout):
        path = cell.field.path
        yield path, cell_formula(References(layout, here=layout.places[path].sheet), cell)


def cell_formula(refs: References, cell: ReadyCell) -> str:
    """The formula of one computed cell. Raises NotLive where a spreadsheet cannot compute it."""
    number = kind_of(cell.field).type == "number"
    decimals = decimals_of(cell.field) if number else None
    shown = computed_formula(cell.tree, _cells(refs, cell), _span(refs, cell), decimals)
    shown = f'IF({_length(refs, cell.wakes)}=0,"",{shown})'
    if len(shown) > LONGEST_FORMULA:
        raise NotLive("a formula that is too long")
    return shown


def _length(refs: References, paths: Sequence[Path]) -> str:
    """How many characters stand in some cells."""
    lengths = [f"LEN(TRIM({area}))" for area in refs.areas(paths)]
    return "+".join(f"SUMPRODUCT({one})" if ":" in one else one for one in lengths)


def _span(refs: References, cell: ReadyCell) -> Span:
    """Which of the rows of its table it stands in; None outside of tables."""
    if not cell.row:
        return None
    row = refs.row_paths(cell.row.parent).index(cell.row)
    return row, row + 1


def _cells(refs: References, cell: ReadyCell) -> Cells:
    """Where the names of a computation stand: those of its own row in single cells."""

    def refer(name: Name, span: Span) -> str:
        if name.where == "form":
            return refs.cell(name.name)
        if name.where != "row":
            return refs.cell(cell.scope / name.name)
        rows = refs.rows(cell.scope / name.table, span)
        if len(rows) > 1 or span is None:
            return refs.column(rows, name.name)
        (row,) = rows
        given = row.given.get(name.name)
        if given is None:
            return refs.cell(row.path / name.name)
        return quoted_text(given)

    def in_use(table: str, span: Span) -> str:
        return refs.in_use(refs.rows(cell.scope / table, span))

    return Cells(refer, in_use, lambda table: len(refs.rows(cell.scope / table)))
