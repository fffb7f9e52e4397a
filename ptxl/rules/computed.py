"""Form → what its computed cells come to, each after those that it names. Pure.

Computations are parsed once for all rows and repeats that are alike, as rules are. A cell is blank
while all that it names is blank (of a cell in a row: all that it names in its row), where it
divides by 0, and where an answer that it looks at could not be read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from typing import NoReturn

from ptxl.model.form import Computation, Field, Unit
from ptxl.model.layout import Layout
from ptxl.model.path import TOP, Path
from ptxl.rules.conditions import filled_in
from ptxl.rules.functions import Facts, rounded, trim
from ptxl.rules.python import Test, compile_python
from ptxl.rules.ruleset import computed_trees, facts_of
from ptxl.rules.tree import UNIT, Name, Node, Operation, OverRows, Repeated, walk
from ptxl.rules.trees import computing
from ptxl.values.kinds import decimals_of
from ptxl.values.target_value import join_values


class CircleError(Exception):
    """Cells that compute each other; `paths` lead from one of them back to it."""

    def __init__(self, paths: Sequence[Path]) -> None:
        super().__init__(*paths)
        self.paths = tuple(paths)


@dataclass(frozen=True, eq=False, slots=True)
class ReadyCell:
    """A computed cell of a form, the tree of what it computes, and its value by `test`."""

    field: Field
    tree: Node
    test: Test
    scope: Path
    #: the row in which it stands; "" if in none
    row: Path
    #: the cells that it looks at, and of these the ones of which one must hold something
    looks_at: tuple[Path, ...]
    wakes: tuple[Path, ...]
    #: those that it takes from rows: one that is unreadable spoils all, whether it counts or not
    over_rows: tuple[Path, ...]

    def value(self, facts: Facts) -> object:
        """What it comes to; None for nothing."""
        try:
            value = self.test(facts, _prefix(self.scope), _prefix(self.row))
        except (ArithmeticError, _UnreadableError):  # also a number of thousands of digits
            return None
        if isinstance(value, Decimal):
            return rounded(value, decimals_of(self.field))
        return trim(str(value or "")) or None


class _UnreadableError(Exception):
    """Something is reckoned with an entry that is no number."""


class _Unreadable:
    """The value of an entry that is no value of its kind: a formula that reckons with it fails."""

    def _fail(self, *_: object) -> NoReturn:
        raise _UnreadableError

    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = _fail
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _fail
    __truediv__ = __rtruediv__ = __abs__ = adjusted = _fail
    __hash__ = object.__hash__

    def __str__(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Computed:
    """What the computed cells of a submission `show`, as formulas give it.

    Of those that are `unknown` nobody can tell what they should: an answer could not be read.
    """

    shown: Mapping[str, object]
    unknown: frozenset[Path]

    @property
    def values(self) -> dict[str, object]:
        """What follows from the answers for certain."""
        return {path: value for path, value in self.shown.items() if path not in self.unknown}


@lru_cache(maxsize=64)
def ready_cells(layout: Layout) -> tuple[ReadyCell, ...]:
    """All computed cells of a form, each after those that it names.

    Raises RuleError where an expression is none of the rule language, CircleError where cells
    compute each other.
    """
    fields = [(one, one.compute) for one in layout.fields.values() if one.compute]
    if not fields:
        return ()
    trees = computed_trees(layout)
    made = [(field, compute, trees[computing(compute)]) for field, compute in fields]
    return tuple(_in_order(list(_ready(layout, made))))


def _ready(layout: Layout, made: Sequence[tuple[Field, Computation, Node]]) -> Iterator[ReadyCell]:
    trees = list(dict.fromkeys(tree for *_, tree in made))
    tests = dict(zip(trees, compile_python(trees), strict=True))
    rows = _rows(layout)
    for field, compute, tree in made:
        row = compute.row_of(field.path)
        sight = _Sight(layout, rows, compute.scope, row)
        looks_at = tuple(dict.fromkeys(sight.of(tree)))
        own = tuple(path for path in looks_at if row and path.is_under(row))
        sums = [node for node in walk(tree) if isinstance(node, OverRows) and node.below]
        over_rows = tuple(path for node in sums for path in sight.of(node, leave_out="blank"))
        yield ReadyCell(
            field, tree, tests[tree], compute.scope, row, looks_at, own or looks_at, over_rows
        )


def _in_order(cells: Sequence[ReadyCell]) -> Iterator[ReadyCell]:
    by_path = {cell.field.path: cell for cell in cells}
    order = TopologicalSorter(
        {
            path: [other for other in cell.looks_at if other in by_path]
            for path, cell in by_path.items()
        }
    )
    try:
        yield from (by_path[path] for path in order.static_order())
    except CycleError as error:
        raise CircleError(error.args[1]) from None


def _prefix(path: Path) -> str:
    return f"{path}." if path else ""


def _rows(layout: Layout) -> Mapping[Path, Sequence[Path]]:
    """The rows of each table, and the elements of each list of plain answers."""
    found: dict[Path, list[Path]] = {}
    for field in layout.fields.values():
        if field.path.is_row:
            found.setdefault(field.path.parent, []).append(field.path)
    for table in layout.form.tables:
        found[table.path] = list(table.row_paths)
    return found


@dataclass(frozen=True, slots=True)
class _Sight:
    """Which cells of a form an expression looks at that stands in a scope, and perhaps in a row."""

    layout: Layout
    rows: Mapping[Path, Sequence[Path]]
    scope: Path
    row: Path

    def of(self, node: Node, rows: Sequence[Path] = (), leave_out: str = "") -> Iterator[Path]:
        """The paths of their fields, those in the operations to leave out aside.

        What is printed is none. Names of rows are of `rows`, or else of its own.
        """
        rows = rows or [self.row]
        match node:
            case Name():
                yield from self._named(node, rows)
            case OverRows(table=table) | Repeated(table=table):
                yield from self._over(node, self.scope / table, leave_out)
            case Operation(op=op) if op == leave_out:
                return
            case _:
                for child in node.below:
                    yield from self.of(child, rows, leave_out)

    def _over(self, node: Node, table: Path, leave_out: str) -> Iterator[Path]:
        """What it takes of each row; where it only counts them, all that is filled in there."""
        rows = self.rows[table]
        for child in node.below:
            yield from self.of(child, rows, leave_out)
        if not node.below:
            for field in self.layout.below(table):
                if field.is_open:
                    yield field.path

    def _named(self, name: Name, rows: Sequence[Path]) -> Iterator[Path]:
        if name.where == UNIT:
            return
        outer = {"scope": [self.scope], "form": [TOP]}
        for around in outer.get(name.where, rows):
            for part in name.cells:
                path = around / part
                if path in self.layout.fields:
                    yield path
                elif around in self.layout.fields:
                    yield around


def compute_cells(
    layout: Layout, values: Mapping[str, object], entries: Collection[str],
    lost: Collection[str] = (), unit: Unit | None = None,
) -> Computed:  # fmt: skip
    """What the computed cells come to for these values of open cells; `entries` are those with one.

    Of an entry without a value, and of what is `lost`, nobody can tell the value.
    """
    cells = ready_cells(layout)
    if not cells:
        return Computed({}, frozenset())
    facts = facts_of(layout, values, filled_in(entries), join_values(layout, values), unit)
    unread = [path for path in entries if path not in values]
    spoilt = frozenset(unread)
    known = {**facts.values, **dict.fromkeys(unread, _Unreadable())}
    facts = replace(facts, values=known)
    shown: dict[str, object] = {}
    for cell in cells:
        path = cell.field.path
        awake = not known.keys().isdisjoint(cell.wakes) and spoilt.isdisjoint(cell.over_rows)
        value = cell.value(facts) if awake else None
        if value is not None:
            known[path] = shown[path] = value
    return Computed(shown, depending_on(layout, {*lost, *unread}))


def depending_on(layout: Layout, paths: Collection[str]) -> frozenset[Path]:
    """The computed cells that look at one of some cells, or at a cell that does."""
    found: set[Path] = set()
    for cell in ready_cells(layout) if paths else ():
        if any(path in paths or path in found for path in cell.looks_at):
            found.add(cell.field.path)
    return frozenset(found)
