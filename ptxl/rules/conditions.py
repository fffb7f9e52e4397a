"""Layout → what the form asks to be filled in: required answers and least numbers of rows. Pure.

A condition is stated here once, and printed four times elsewhere: as a finding in
`check/submission`, as yellow cells in `write/highlights`, in `write/self_check` as the formula of a
line, and in `write/check_states` as the state that it gives. What makes an answer required is known
here alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Literal

from ptxl.model.form import Field
from ptxl.model.layout import Layout
from ptxl.model.path import TOP, Path
from ptxl.model.submission import rows_holding


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """At least `least` of the `parts` are to be filled in, while `scope` is in force.

    A field is its one part, a choice over several cells has these; of a table or category the parts
    are rows or repeats. `scope` is the
    nearest row or repeat around that need not be in force itself, or "".
    """

    kind: Literal["field", "rows", "repeats"]
    label: str
    scope: Path
    parts: tuple[Path, ...]
    least: int = 1

    def found(self, filled: frozenset[str]) -> int:
        """How many of the parts are filled in."""
        return len(filled.intersection(self.parts))


@lru_cache(maxsize=64)
def conditions(layout: Layout) -> tuple[Condition, ...]:
    """Everything that the form asks to be filled in: required fields first, then rows."""
    return (*_required_fields(layout), *_least_rows(layout))


def _required_fields(layout: Layout) -> Iterator[Condition]:
    cells: dict[Path, list[Field]] = {}
    for field in layout.form.fields():
        if field.required and field.is_open:
            cells.setdefault(field.answer, []).append(field)
    for first, *others in cells.values():
        scope = optional_scope(layout, layout.owners[first.path])
        parts = tuple(field.path for field in (first, *others))
        yield Condition(kind="field", label=first.label, scope=scope, parts=parts)


def _least_rows(layout: Layout) -> Iterator[Condition]:
    asked = rows_holding(field.path for field in layout.form.fields() if not field.closed)
    for table in layout.form.tables:
        scope = optional_scope(layout, layout.owners[table.path])
        for group in table.groups:
            parts = tuple(map(table.path.__truediv__, group.rows))
            if asked.isdisjoint(parts):
                continue
            yield Condition(
                kind="repeats" if table.path in layout.repeats else "rows",
                label=group.label,
                scope=scope,
                parts=parts,
                least=group.least,
            )


@lru_cache(maxsize=64)
def asked_fields(layout: Layout) -> frozenset[Path]:
    """The fields that are asked for each by itself, where its row or repeat is in use."""
    fields = (one.parts for one in conditions(layout) if one.kind == "field")
    return frozenset(chain(*fields))


def unmet(layout: Layout, filled: frozenset[str]) -> Iterator[Condition]:
    """The conditions in force that do not hold; `filled` is what `filled_in` gives."""
    for condition in conditions(layout):
        lacks = condition.found(filled) < condition.least
        if lacks and in_force(layout, condition.scope, filled):
            yield condition


def filled_in(entries: Iterable[str]) -> frozenset[str]:
    """The paths of fields with an entry, and of all rows and repeats that hold one."""
    paths = frozenset(entries)
    return paths | rows_holding(paths)


def in_force(layout: Layout, scope: Path, filled: frozenset[str]) -> bool:
    """Whether what is asked in a row or repeat is wanted (in "", the top of the form: always).

    It is when something in it is filled in, or when it is one of those that must be there; of
    repeats that must be there, others may stand in: who fills in only 项目2 has a project.
    """
    scope = optional_scope(layout, scope)
    if scope == TOP or scope in filled:
        return True
    if scope not in layout.in_use:
        return False
    least, others = stand_ins(layout, scope)
    instead = len(filled.intersection(others))
    return instead < least and in_force(layout, layout.owners[scope.parent], filled)


def stand_ins(layout: Layout, scope: Path) -> tuple[int, tuple[Path, ...]]:
    """How many repeats must be there, and which may be there in place of one of them."""
    least, count = layout.repeats[scope.parent]
    every = (scope.parent / number for number in range(count))
    return least, tuple(repeat for repeat in every if repeat != scope)


def optional_scope(layout: Layout, owner: Path) -> Path:
    """The nearest row or repeat, from `owner` up, that need not be in force; "" if all must."""
    while owner in layout.in_use:
        least, count = layout.repeats.get(owner.parent, (0, 0))
        if least < count:
            break
        owner = layout.owners[owner.parent]
    return owner
