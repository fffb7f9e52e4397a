"""Form → what the names in its rules stand for, by where a rule stands. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

from ptxl.model.form import Form, Rule
from ptxl.model.path import TOP, Path
from ptxl.rules.tree import SPLIT
from ptxl.values.ticks import ticks_of

T = TypeVar("T")
Scope = Literal["row", "scope", "form"]
#: the cells of a choice over several, as they are named where it is: each with its word
Ticks = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Names:
    """What names mean where a rule stands.

    `fields` are kinds by name below the rule's scope, `outer` by path from the top of the form;
    `tables` the kinds of each table's columns; `given` which of those are printed in some row.
    """

    fields: Mapping[str, str]
    outer: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    given: Mapping[str, frozenset[str]] = field(default_factory=dict)
    #: what the form computes, by where it is looked up: of rows as `indicators[].score`
    computed: Mapping[Scope, frozenset[str]] = field(default_factory=dict)
    #: choices over several cells, by where they are looked up
    ticks: Mapping[str, Mapping[str, Ticks]] = field(default_factory=dict)
    parameters: Mapping[str, object] = field(default_factory=dict)
    #: what `it` stands for, as named in the scope or row
    it: str = ""


def names_at(form: Form, scope: Path) -> Names:
    """What the names in a rule of that scope stand for."""
    kinds = dict(_kinds(form))
    printed = {table.path: table.printed for table in form.tables}
    columns = {path: dict.fromkeys(names, "text") for path, names in printed.items()}
    for path, kind in kinds.items():
        for row in path.parent.rows:
            columns.get(row.parent, {})[path.below(row)] = kind
    for path, elements in lists_of(form).items():
        columns[path] = {"text": kinds[elements[0]]}
    return Names(
        fields=_below(scope, kinds),
        outer=_below(TOP, kinds),
        tables=_below(scope, columns),
        given=_below(scope, printed),
        computed=_computed_names(form, scope),
        ticks=_ticks(form, scope),
        parameters=form.parameters,
    )


def _computed_names(form: Form, scope: Path) -> dict[Scope, frozenset[str]]:
    """What the form computes, as it is named from a scope, from the top, and in rows of tables."""
    computed = [field.path for field in form.fields() if field.compute]
    inside = [path.below(scope) for path in computed if path.is_under(scope)]
    in_rows = [f"{row.parent}[].{path.below(row)}" for path in inside for row in path.rows]
    return {
        "row": frozenset(in_rows), "scope": frozenset(inside), "form": frozenset(computed),
    }  # fmt: skip


def _ticks(form: Form, scope: Path) -> dict[str, dict[str, Ticks]]:
    """The cells of choices over several, as these are named from a scope, the top, and in rows."""
    found: dict[str, dict[str, Ticks]] = {"row": {}, "scope": {}, "form": {}}

    def put(where: Scope, name: str, around: Path, cells: Mapping[str, Path]) -> None:
        found[where][name] = tuple((cell.below(around), word) for word, cell in cells.items())

    for path, ticked in ticks_of(form).items():
        put("form", path, TOP, ticked.cells)
        if path.is_under(scope):
            put("scope", path.below(scope), scope, ticked.cells)
            for row in path.below(scope).rows:
                name = f"{row.parent}[].{path.below(scope).below(row)}"
                put("row", name, scope / row, ticked.cells)
    return found


def _below(scope: Path, by_path: Mapping[Path, T]) -> dict[str, T]:
    """What lies under a scope, named from there."""
    return {path.below(scope): each for path, each in by_path.items() if path.is_under(scope)}


def names_of(names: Names, rule: Rule) -> Names:
    """The names of a scope, what the rule's own file brings along, and what `it` is."""
    return replace(names, parameters={**names.parameters, **rule.constants}, it=rule.it)


def _kinds(form: Form) -> Iterator[tuple[Path, str]]:
    """All names and their kinds: what lies over cells has one of its own, beside those of these."""
    for one in form.fields():
        yield one.path, "text" if one.part else one.kind
        if one.part:
            yield one.path.parent, SPLIT
        if one.tick:
            yield one.answer, "choice"


def lists_of(form: Form) -> Mapping[Path, Sequence[Path]]:
    """Lists of plain answers, goals[0], goals[1] …: to rules they are tables with a `text`."""
    found: dict[Path, list[Path]] = {}
    for one in form.fields():
        if one.path.is_row:
            found.setdefault(one.path.parent, []).append(one.path)
    return found
