"""Layout + unit → the form of that unit: what is not asked of it is closed. Pure.

What a template asks of some units only (`asked_when: unit.type == 'school'`) is known when a form
is issued. All forms of a round have one layout; in that of a unit which is not asked the fields
are grey and locked, nothing in them is wanted, and no rule points at them, but one that says so if
something stands there all the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import lru_cache

from ptxl.cache import key_of
from ptxl.layout.places import lay_out
from ptxl.model.form import Field, Row, Table, Unit
from ptxl.model.layout import Layout
from ptxl.model.path import Path
from ptxl.rules.functions import Facts
from ptxl.rules.places import fields_at
from ptxl.rules.ruleset import ready_rules
from ptxl.rules.tree import UNIT


def form_of(layout: Layout, unit: Unit) -> Layout:
    """The form of a unit: the whole form where everything in it is asked of this one."""
    layout = layout.whole or layout
    if not any(rule.of_unit for rule in layout.form.rules):
        return layout
    closed = frozenset(_not_asked(layout, unit))
    return with_closed(layout, closed) if closed else layout


def _not_asked(layout: Layout, unit: Unit) -> Iterator[Path]:
    """The fields that are not asked of a unit."""
    facts = Facts({f"{UNIT}.{name}": text for name, text in unit.texts().items()}, {}, {})
    for ready in ready_rules(layout):
        if ready.rule.of_unit and not ready.test(facts, "", ""):
            yield from fields_at(layout, ready.rule)


@lru_cache(maxsize=64)
def with_closed(layout: Layout, closed: frozenset[Path]) -> Layout:
    """The form in which some fields are closed."""
    form = layout.form
    sheets = tuple(
        replace(sheet, rows=tuple(_closed_in_row(row, closed) for row in sheet.rows))
        for sheet in form.sheets
    )
    tables = tuple(_closed_in_table(table, closed) for table in form.tables)
    key = key_of(layout.key, *sorted(closed)) if layout.key else ""
    return replace(lay_out(replace(form, sheets=sheets, tables=tables)), whole=layout, key=key)


def _closed_in_row(row: Row, closed: Collection[Path]) -> Row:
    cells = tuple(
        replace(cell, field=_closed(cell.field, closed)) if cell.field else cell
        for cell in row.cells
    )
    return replace(row, cells=cells)


def _closed_in_table(table: Table, closed: Collection[Path]) -> Table:
    rows = tuple(
        replace(row, fields=tuple(_closed(field, closed) for field in row.fields))
        for row in table.rows
    )
    return replace(table, rows=rows)


def _closed(field: Field, closed: Collection[Path]) -> Field:
    return replace(field, closed=True) if field.path in closed else field
