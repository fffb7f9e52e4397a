"""Layout + rows that a clerk added to its tables → Layout. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from ptxl.model.form import Field, Group, Table, TableRow
from ptxl.model.layout import Added, Layout
from ptxl.model.path import Path


@lru_cache(maxsize=64)
def with_rows(layout: Layout, added: tuple[Added, ...]) -> Layout:
    """Let the tables of a form hold further rows, each in its place among the issued ones.

    `added` is in the order of the sheets. An added row is asked what its like is asked, and belongs
    to the category of its like. Its path is numbered behind the issued rows, whose paths stay. The
    sheets stay as issued; the place of an added field is that of its like. Raises KeyError or
    IndexError where the form has no such table or row.
    """
    tables: dict[str, Table] = {table.path: table for table in layout.form.tables}
    likes: dict[str, str] = {}
    for table in dict.fromkeys(path for path, _, _ in added):
        own = [(like, above) for path, like, above in added if path == table]
        tables[table], its_likes = _grown(tables[table], own)
        likes.update(its_likes)
    form = replace(layout.form, tables=tuple(tables.values()))
    return replace(
        layout,
        form=form,
        places={**layout.places, **{path: layout.places[like] for path, like in likes.items()}},
        fields={field.path: field for field in form.fields()},
        owners=form.owners(),
        issued=layout,
        added=added,
        key="",
    )


def _grown(table: Table, added: Iterable[tuple[int, int]]) -> tuple[Table, dict[str, str]]:
    """A table with further rows, and for each of their fields the one in the row it is like."""
    rows, groups = list(table.rows), table.groups
    likes: dict[str, str] = {}
    for count, (like, above) in enumerate(added):
        number = len(table.rows) + count
        model, path = table.rows[like], table.path / number
        fields = tuple(_copied(field, model, path) for field in model.fields)
        row = TableRow(path=path, fields=fields, given=model.given)
        rows.insert(above + count, row)
        groups = tuple(_with_row(group, like, number) for group in groups)
        likes.update(zip((f.path for f in row.fields), (f.path for f in model.fields), strict=True))
    return replace(table, rows=tuple(rows), groups=groups), likes


def _with_row(group: Group, like: int, number: int) -> Group:
    return replace(group, rows=(*group.rows, number)) if like in group.rows else group


def _copied(field: Field, model: TableRow, row: Path) -> Field:
    """A field of one row as that of another."""
    under = Path(field.under)
    if under.is_under(model.path):
        under = row / under.below(model.path)
    return replace(field, path=row / field.path.below(model.path), under=under)
