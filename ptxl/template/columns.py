"""The columns of a table where expansion stands, and the rows of headings over them.

Columns may stand below a common head, or be repeated, for each word of a list or so many times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from ptxl.model.errors import Origin
from ptxl.model.form import Cell, Node
from ptxl.model.path import TOP, Path
from ptxl.template.cells import Context, path_of
from ptxl.template.leaves import Scope
from ptxl.template.lists import entries_at
from ptxl.template.specs import ColumnSpec, ColumnsSpec
from ptxl.template.styles import find_style
from ptxl.template.ticks import words_of
from ptxl.text import label_of


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A heading over several columns: each is one of its own, whatever it says."""

    text: str
    style: str


@dataclass(frozen=True, slots=True)
class Around:
    """What stands over some columns: `above` are the headings, from the top.

    Of columns that repeat it is also which of them they are: the `element` of a row, the `names`
    that texts may use, and of each list, by its name in a row, the number and what is printed.
    """

    above: tuple[Head, ...] = ()
    label: str = ""
    element: Path = TOP
    names: Mapping[str, object] = field(default_factory=dict)
    lists: tuple[tuple[Path, int, str], ...] = ()


_TOP = Around()


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the field that it shows (empty for a printed text), and its heading.

    `above` are the headings over it and its neighbours, from the top. A choice over several cells
    has a name and an entry of its list for each of its `ticks`. `around` says in which of the
    columns that repeat it stands.
    """

    spec: ColumnSpec
    field: str
    head: Head
    label: str
    across: int
    above: tuple[Head, ...] = ()
    ticks: tuple[tuple[str, Node], ...] = ()
    around: Around = _TOP

    def scope(self, row: Scope) -> Scope:
        """The scope of its cell in a row: what an earlier stage has there is in that column too."""
        if not self.around.element:
            return row
        inner = row.named(**self.around.names)
        return inner if row.earlier is None else inner.following(row.earlier / self.around.element)

    @property
    def width(self) -> int:
        """How many columns of the sheet it takes."""
        return self.across * (len(self.ticks) or 1)


def make_columns(
    specs: Iterable[ColumnSpec | ColumnsSpec], scope: Scope, context: Context, around: Around = _TOP
) -> Iterator[Column]:
    """The columns of a table, those that stand below a common head too."""
    label = around.label
    for spec in specs:
        if not spec.when.of(scope):
            continue
        if isinstance(spec, ColumnsSpec):
            for inner, over in _groups(spec, scope, context, around):
                yield from make_columns(spec.columns, inner, context, over)
            continue
        head = _head(spec, scope, context)
        if head.text:
            label = (around.label if around.element else "") + label_of(head.text)
        yield _column(spec, scope, context, around, head, label)


def _head(spec: ColumnSpec | ColumnsSpec, scope: Scope, context: Context) -> Head:
    style = find_style(spec.head_style, "head", context.styles, scope)
    return Head(spec.head.of(scope), style)


def _column(
    spec: ColumnSpec, scope: Scope, context: Context, around: Around, head: Head, label: str
) -> Column:
    ticks: Sequence[tuple[str, Node]] = ()
    if spec.ticks:
        ticks = words_of(spec, context.list_named(spec.among, scope), scope)
    name = spec.field.of(scope)
    return Column(
        spec=spec,
        field=str(around.element / name) if name else "",
        head=head,
        label=label,
        across=spec.across.whole(scope),
        above=(*around.above, head) if ticks and head.text else around.above,
        ticks=tuple(ticks),
        around=around,
    )


def _groups(
    spec: ColumnsSpec, scope: Scope, context: Context, around: Around
) -> Iterator[tuple[Scope, Around]]:
    """What stands over columns with a common head: once, or for each of several."""
    words = _words(spec, scope, context)
    if words is None:
        head = _head(spec, scope, context)
        above = (*around.above, head) if head.text else around.above
        yield scope, replace(around, above=above, label=label_of(head.text) or around.label)
        return
    path = around.element / path_of(spec.for_each, replace(scope, path=TOP))
    for index, word in enumerate(words):
        context.count(scope, spec.origin)
        names = {"index": index, "number": index + 1, "word": word}
        inner = scope.named(**names)
        head = _head(spec, inner, context)
        label = label_of(head.text) or word or str(index + 1)
        yield (
            inner,
            Around(
                above=(*around.above, head) if head.text else around.above,
                label=(around.label if around.element else "") + label,
                element=path / index,
                names=names,
                lists=(*around.lists, (path, index, label)),
            ),
        )


def _words(spec: ColumnsSpec, scope: Scope, context: Context) -> list[str] | None:
    """One word for each of the columns that repeat, "" where they are only counted; or None."""
    given = [leaf for leaf in (spec.count, spec.among) if leaf.given]
    if not spec.for_each.given:
        for leaf in given:
            scope.faults.add(leaf.origin, "columns_without_name")
        return None
    one = len(given) == 1 or any(leaf.is_fault(spec.origin) for leaf in (spec.count, spec.among))
    scope.faults.expect(one, spec.for_each.origin, "columns_not_counted")
    if spec.among.given:
        return [node.name for node in entries_at(context.list_named(spec.among, scope), 1)]
    return [""] * spec.count.whole(scope)


# -- the rows of headings


def head_rows(columns: Sequence[Column], origin: Origin) -> Iterator[tuple[Cell, ...]]:
    """The heading rows, from the top; none where no column has a heading."""
    if any(head.text for column in columns for head in (*column.above, column.head)):
        rows: list[list[Cell]] = [[] for _ in range(1 + max(len(one.above) for one in columns))]
        _put_heads(columns, rows, 0, origin)
        yield from map(tuple, rows)


def _put_heads(
    columns: Sequence[Column], rows: Sequence[list[Cell]], level: int, origin: Origin
) -> None:
    """Put the headings of neighbours into the heading rows from a level on."""
    for _, run in groupby(columns, key=lambda column: column.above[level : level + 1]):
        below = list(run)
        if len(below[0].above) == level:
            rows[level].extend(_own_heads(below, len(rows) - level, origin))
            continue
        head, width = below[0].above[level], sum(column.width for column in below)
        rows[level].append(Cell(text=head.text, style=head.style, across=width, origin=origin))
        _put_heads(below, rows, level + 1, origin)


def _own_heads(columns: Iterable[Column], down: int, origin: Origin) -> list[Cell]:
    """The headings of single columns: one without continues the one before it."""
    cells: list[Cell] = []
    for column in columns:
        head, across = column.head, column.across
        texts = [entry.printed for _, entry in column.ticks] or [head.text]
        if not texts[0] and cells:
            cells[-1] = replace(cells[-1], across=cells[-1].across + across)
            continue
        for text in texts:
            cells.append(Cell(text=text, style=head.style, across=across, down=down, origin=origin))
    return cells
