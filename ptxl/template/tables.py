"""A table of a template where expansion stands → its printed rows, and the `Table`.

The three layouts differ only in what their rows are given: a grouped row is given its categories,
a fixed row whatever the template says, a free row nothing. A column's cell is printed and locked
where the row is given its value, and open everywhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ptxl.model.form import Cell, Computation, Field, Group, Node, Row, Table, TableRow
from ptxl.model.path import TOP, Path
from ptxl.template.cells import (
    Carries,
    Context,
    asked_scope,
    make_field,
    make_ticks,
    path_of,
    tie_choices,
    usual_style,
)
from ptxl.template.columns import Column, head_rows, make_columns
from ptxl.template.decode import walk
from ptxl.template.leaves import Count, Scope, Text
from ptxl.template.lists import branches
from ptxl.template.specs import ColumnSpec, TableSpec
from ptxl.template.styles import find_style
from ptxl.text import label_of
from ptxl.values.kinds import KINDS


@dataclass(frozen=True, slots=True)
class RowPlan:
    """One row: where it stands, what it is given, and how that is printed."""

    scope: Scope
    given: Mapping[str, str] = field(default_factory=dict)
    printed: Mapping[str, str] = field(default_factory=dict)
    in_use: bool = False
    #: the first row of a category that begins a printed page
    new_page: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """A table while it is made: its path, its columns, and what its rows are to be."""

    spec: TableSpec
    scope: Scope
    context: Context
    path: Path
    label: str
    columns: tuple[Column, ...]
    rows: list[RowPlan] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)

    def add_row(self, scope: Scope, **more: Any) -> None:
        """One more row; `scope` holds the names that texts in it may use."""
        self.context.count(self.scope, self.spec.origin)
        index = len(self.rows)
        inner = replace(scope.named(index=index), path=self.path / index)
        self.rows.append(RowPlan(inner, **more))

    def add_group(self, label: str, least: int, first: int) -> None:
        """The rows from the first to the last so far must hold at least so many answers."""
        rows = tuple(range(first, len(self.rows)))
        facts = {"label": label, "least": least, "count": len(rows)}
        known = isinstance(self.spec.rows, tuple) or self.spec.rows.value(self.scope) is not None
        fits = least <= len(rows) or not known
        self.scope.faults.expect(fits, self.spec.origin, "rows_too_few", **facts)
        if least:
            self.groups.append(Group(table=self.path, label=label, least=least, rows=rows))

    def shows(self, name: str, leaf: Text) -> bool:
        """Whether a column shows what is called so; it is a fault if none does."""
        known = {column.field for column in self.columns if column.field and not column.ticks}
        return self.scope.faults.known(name, known, leaf.origin, "no_column")

    @property
    def across(self) -> dict[Path, tuple[str, ...]]:
        """What is printed over each of the columns that repeat, by the name of their list."""
        found: dict[Path, dict[int, str]] = {}
        for column in self.columns:
            for name, index, head in column.around.lists:
                found.setdefault(name, {})[index] = head
        return {name: tuple(heads.values()) for name, heads in found.items()}

    def count(self, scope: Scope) -> int:
        """How many rows there are (of a category)."""
        if isinstance(self.spec.rows, Count):
            return self.spec.rows.whole(scope)
        self.scope.faults.add(self.spec.origin, "rows_not_listed")
        return 0


def make_table(spec: TableSpec, scope: Scope, context: Context) -> Iterator[Row]:
    """The heading and the rows of a table, which is noted in the context once they are made."""
    if not (spec.table.given and spec.layout.given):  # a fault already; what is the rest to be?
        own = (column for column in walk(spec.columns) if isinstance(column, ColumnSpec))
        leaves = (spec.among, *(column.among for column in own))
        context.used_lists.update(leaf.of(scope) for leaf in leaves)
        return
    scope = asked_scope(spec.asked_when, scope, context)
    layout = spec.layout.of(scope)
    path = path_of(spec.table, scope)
    label = spec.label.of(scope) or path.name
    columns = tuple(make_columns(spec.columns, scope, context))
    plan = Plan(spec, scope, context, path, label, columns)
    _check_columns(plan)
    merged = _LAYOUTS[layout](plan)
    plan.add_group(label, spec.least.whole(scope), 0)
    for heads in head_rows(plan.columns, spec.origin):
        yield Row(cells=heads, head=spec.head_repeats.of(scope))
    made = []
    height = spec.height.height(scope)
    for row, spans in zip(plan.rows, _spans(plan, merged), strict=True):
        cells = tuple(tie_choices(_cells(plan, row, spans), scope))
        yield Row(cells=cells, height=height, page_break=row.new_page)
        fields = tuple(cell.field for cell in cells if cell.field)
        made.append(
            TableRow(path=row.scope.path, fields=fields, given=row.given, in_use=row.in_use)
        )
    if spec.foot.field.given:
        yield Row(cells=tuple(_foot(plan)))
    context.tables.append(
        Table(
            path=path,
            label=label,
            layout=layout,
            rows=tuple(made),
            across=plan.across,
            foot=path_of(spec.foot.field, scope) if spec.foot.field.given else TOP,
            columns=tuple(column.field for column in plan.columns if column.field),
            groups=tuple(plan.groups),
        )
    )


# -- which rows there are; each layout returns the fields whose equal neighbours always run together


def _free(plan: Plan) -> tuple[str, ...]:
    """Rows that print those of the earlier stage, and below them the open ones."""
    scope = plan.scope.named(required=False)
    carried = tuple(_carried_rows(plan, scope))
    for index in range(len(carried) + plan.count(scope)):
        earlier = carried[index] if index < len(carried) else None
        plan.add_row(scope.named(number=index + 1).following(earlier))
    return ()


def _carried_rows(plan: Plan, scope: Scope) -> Iterator[Path]:
    """The rows of the earlier stage that are printed."""
    name = plan.spec.from_.of(scope)
    if not name or scope.earlier is None:
        return
    table = scope.earlier / name
    plan.context.carries.append(Carries(table, None, plan.spec.from_.origin))
    yield from (table / index for index in range(plan.spec.carried.whole(scope)))


def _grouped(plan: Plan) -> tuple[str, ...]:
    spec, scope = plan.spec, plan.scope
    levels = tuple(leaf.of(scope) for leaf in spec.levels)
    for leaf in spec.levels:
        plan.shows(leaf.of(scope), leaf)
    ways = tuple(_ways(plan, len(levels)))
    new_pages = _new_pages(plan, ways)
    seen: set[str] = set()
    for way in ways:
        first = len(plan.rows)
        given = dict(zip(levels, (node.name for node in way), strict=True))
        printed = dict(zip(levels, (node.printed for node in way), strict=True))
        new_page = not new_pages.isdisjoint(set(given.values()) - seen)
        seen.update(given.values())
        inner = scope.named(**given, required=way[-1].required)
        for index in range(plan.count(inner)):
            at = inner.named(number=index + 1)
            plan.add_row(at, given=given, printed=printed, new_page=new_page and not index)
        plan.add_group(way[-1].name, way[-1].least, first)
    return levels


def _ways(plan: Plan, depth: int) -> Iterator[tuple[Node, ...]]:
    """The ways down the list of a grouped table that are as deep as it has levels."""
    spec, scope = plan.spec, plan.scope
    scope.faults.expect(spec.levels, spec.origin, "grouped_needs", key="levels")
    scope.faults.expect(spec.among.given, spec.origin, "grouped_needs", key="among")
    if not spec.among.given:
        return
    plan.context.grouped_lists.add(spec.among.of(scope))
    for way in branches(plan.context.list_named(spec.among, scope)):
        if len(way) == depth:
            yield way
        else:
            path = "/".join(node.name for node in way)
            facts = {"path": path, "depth": len(way), "levels": depth}
            scope.faults.add(spec.among.origin, "depth_differs", **facts)


def _new_pages(plan: Plan, ways: tuple[tuple[Node, ...], ...]) -> set[str]:
    """The categories that each begin a printed page."""
    categories = {node.name for way in ways for node in way}
    found: set[str] = set()
    for leaf in plan.spec.new_page:
        name = leaf.of(plan.scope)
        plan.context.asked.note(leaf, name, found=name in {"", *categories})
        found.add(name)
    return found


def _fixed(plan: Plan) -> tuple[str, ...]:
    scope = plan.scope.named(required=False)
    if isinstance(plan.spec.rows, Count):
        scope.faults.add(plan.spec.rows.origin, "rows_listed")
        return ()
    for entry in plan.spec.rows:
        shown = {name: leaf for name, leaf in entry.texts.items() if plan.shows(name, leaf)}
        for _ in range(entry.count.whole(scope) if entry.when.of(scope) else 0):
            index = len(plan.rows)
            inner = scope.named(index=index, number=index + 1)
            given = {name: leaf.of(inner) for name, leaf in shown.items()}
            in_use = not entry.optional.of(scope)
            plan.add_row(inner, given=given, printed=given, in_use=in_use)
    return ()


_LAYOUTS: Mapping[str, Callable[[Plan], tuple[str, ...]]] = {
    "free": _free,
    "grouped": _grouped,
    "fixed": _fixed,
}


# -- the cells of a row


def _cells(plan: Plan, row: RowPlan, spans: Mapping[str, int]) -> Iterator[Cell]:
    for column in plan.columns:
        plan.context.count(plan.scope, column.spec.origin, column.width)
        if not column.field:
            yield _text_cell(plan, column, row)
        elif column.ticks:
            yield from _tick_cells(plan, column, row)
        elif column.field not in row.given:
            yield _open_cell(plan, column, row)
        elif spans[column.field]:
            yield _given_cell(plan, column, row, spans[column.field])


def _text_cell(plan: Plan, column: Column, row: RowPlan) -> Cell:
    return Cell(
        text=column.spec.text.of(column.scope(row.scope)),
        style=find_style(column.spec.style, "label", plan.context.styles, row.scope),
        across=column.across,
        origin=column.spec.origin,
    )


def _open_cell(plan: Plan, column: Column, row: RowPlan) -> Cell:
    path, home = row.scope.path / column.field, (plan.scope.path, plan.path)
    found = make_field(column.spec, path, column.scope(row.scope), plan.context, column.label, home)
    return Cell(
        style=find_style(column.spec.style, usual_style(found), plan.context.styles, row.scope),
        across=column.across,
        field=found,
        origin=column.spec.origin,
    )


def _tick_cells(plan: Plan, column: Column, row: RowPlan) -> Iterator[Cell]:
    """The cells of a choice over several."""
    spec, path = column.spec, row.scope.path / column.field
    home, scope = (plan.scope.path, plan.path), column.scope(row.scope)
    whole = make_field(spec, path, scope, plan.context, column.label, home)
    for one in make_ticks(whole, column.ticks, spec, scope, plan.context, home):
        yield Cell(
            style=find_style(spec.style, "input_center", plan.context.styles, row.scope),
            across=column.across,
            field=one,
            origin=spec.origin,
        )


def _given_cell(plan: Plan, column: Column, row: RowPlan, down: int) -> Cell:
    return Cell(
        text=row.printed[column.field],
        style=find_style(column.spec.printed_style, "label", plan.context.styles, row.scope),
        across=column.across,
        down=down,
        path=row.scope.path / column.field,
        value=row.given[column.field],
        origin=column.spec.origin,
    )


def _spans(plan: Plan, always: tuple[str, ...]) -> list[dict[str, int]]:
    """How far each printed cell reaches down; 0 means that it is part of the one above.

    Equal printed cells of neighbouring rows run together in columns that are merged, outer
    categories first.
    """
    rows = plan.rows
    spans = [dict.fromkeys(row.given, 1) for row in rows]
    outer: list[str] = []
    for column in plan.columns:
        name = column.field
        if name not in always and not column.spec.merge.of(plan.scope):
            continue
        outer.append(name)
        start = 0
        for at in range(1, len(rows)):
            if name in rows[at].given and _alike(rows[at - 1], rows[at], outer):
                spans[at][name] = 0
                spans[start][name] += 1
            else:
                start = at
    return spans


def _alike(above: RowPlan, row: RowPlan, names: list[str]) -> bool:
    return all(above.given.get(name) == row.given.get(name) for name in names)


# -- totals below


def _check_columns(plan: Plan) -> None:
    """Fault totals without a row for them, and what columns that repeat cannot have."""
    foot, faults = plan.spec.foot, plan.scope.faults
    totals = [column.spec for column in plan.columns if column.spec.total.of(plan.scope)]
    faults.expect(totals or not foot.field.given, foot.origin, "foot_without_total")
    for spec in totals:
        faults.expect(foot.field.given, spec.total.origin, "total_without_foot")
        kind = KINDS[spec.kind.of(plan.scope)]
        fits = kind.type == "number" and "compute" in kind.options and spec.field.given
        faults.expect(fits, spec.total.origin, "no_total", kind=kind.name)
    for column in plan.columns:
        asked_when = column.spec.asked_when
        fits = not (column.around.element and asked_when.holds.given)
        faults.expect(fits, asked_when.origin, "not_in_columns_that_repeat", option="asked_when")


def _foot(plan: Plan) -> Iterator[Cell]:
    """The row below a table: a text, and the totals of columns."""
    spec, scope = plan.spec.foot, plan.scope
    style = find_style(spec.style, "label", plan.context.styles, scope)
    text = Cell(text=spec.text.of(scope), style=style, across=0, origin=spec.origin)
    cells = [text]
    for column in plan.columns:
        plan.context.count(scope, column.spec.origin, column.width)
        if column.spec.total.of(scope) and column.field:
            cells.append(_total_cell(plan, column))
        elif len(cells) == 1:
            cells[0] = replace(cells[0], across=cells[0].across + column.width)
        else:
            cells.append(Cell(style=style, across=column.width, origin=spec.origin))
    return (cell for cell in cells if cell.across)


def _total_cell(plan: Plan, column: Column) -> Cell:
    """The sum of a column, which the form computes."""
    spec, scope, context = column.spec, plan.scope, plan.context
    kind = KINDS[spec.kind.of(scope)]
    path = path_of(plan.spec.foot.field, scope) / column.field
    total = Field(
        path=path,
        kind=kind.name,
        label=label_of(plan.spec.foot.text.of(scope)) + column.label,
        unit=spec.unit.of(scope, context.money if kind.is_money else ""),
        manner=context.manner,
        compute=Computation(
            expression=f"sum({plan.path.below(scope.path)}, {column.field})",
            scope=scope.path,
            decimals=spec.decimals.whole(scope) if spec.decimals.given else None,
            origin=spec.total.origin,
        ),
    )
    context.answers.append((path, spec.total.origin))
    context.fields[path] = None
    return Cell(
        style=find_style(spec.printed_style, "label", context.styles, scope),
        across=column.across,
        field=total,
        origin=spec.origin,
    )
