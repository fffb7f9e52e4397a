"""Layout + rows that a clerk added to its tables → Layout."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from ptxl.layout.places import lay_out
from ptxl.model.form import Row, TableRow
from ptxl.model.layout import Layout


@lru_cache(maxsize=64)
def with_rows(layout: Layout, added: tuple[tuple[str, int], ...]) -> Layout:
    """The layout of a form to whose tables rows were added, in that order.

    Each is told by the path of its table and the number of the row whose like it is. It comes
    behind the table's last row, belongs to the category of its like, and is placed below all that
    its sheet was issued with, since nobody but the reader knows where it stands.
    """
    tables = {table.path: table for table in layout.form.tables}
    sheets = list(layout.form.sheets)
    for path, like in added:
        table = tables[path]
        model = table.rows[like]
        row = _like(model, f"{path}[{len(table.rows)}]")
        groups = tuple(
            replace(group, rows=(*group.rows, len(table.rows))) if like in group.rows else group
            for group in table.groups
        )
        tables[path] = replace(table, rows=(*table.rows, row), groups=groups)
        number = layout.places[model.fields[0].path].sheet
        cells = {p.cell.field.path: p for p in layout.sheets[number].cells if p.cell.field}
        fields = zip(model.fields, row.fields, strict=True)
        printed = tuple(
            replace(cells[old.path].cell, field=new, column=cells[old.path].place.column + 1)
            for old, new in fields
        )
        sheet = sheets[number]
        sheets[number] = replace(sheet, rows=(*sheet.rows, Row(cells=printed)))
    form = replace(layout.form, sheets=tuple(sheets), tables=tuple(tables.values()))
    return replace(lay_out(form), issued=layout, added=added)


def _like(model: TableRow, path: str) -> TableRow:
    def moved(name: str) -> str:
        inside = name.startswith(f"{model.path}.")
        return path + name.removeprefix(model.path) if inside else name

    fields = tuple(
        replace(field, path=moved(field.path), under=moved(field.under)) for field in model.fields
    )
    return TableRow(path=path, fields=fields, given=model.given)
