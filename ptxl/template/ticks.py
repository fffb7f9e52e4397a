"""A choice over several cells (`ticks`): its words, and the fields of its cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ptxl.model.errors import Origin
from ptxl.model.form import Field, Node
from ptxl.model.path import Path
from ptxl.template.leaves import Scope
from ptxl.template.lists import Tree, entries_at
from ptxl.template.specs import AnswerSpec

#: the kind of each of the cells
_KIND = "tick"


@dataclass(frozen=True, slots=True)
class OneTick:
    """A choice of one word, over cells that are named in its row, or else by their paths."""

    path: Path
    cells: tuple[Path, ...]
    scope: Path
    each: Path
    origin: Origin


def words_of(spec: AnswerSpec, tree: Tree, scope: Scope) -> list[tuple[str, Node]]:
    """The names of the cells of a choice, each with the entry of its list that is ticked there."""
    level = spec.level.whole(scope)
    names, entries = [leaf.of(scope) for leaf in spec.ticks], entries_at(tree, level)
    facts = {"names": len(names), "words": len(entries), "list": spec.among.of(scope)}
    fits = len(names) == len(entries) or not tree
    scope.faults.expect(fits, spec.ticks[0].origin, "ticks_differ", **facts)
    return list(zip(names, entries, strict=False))


def tick_fields(whole: Field, words: Iterable[tuple[str, Node]]) -> Iterator[Field]:
    """The cells of a choice over several, each of which asks for a tick."""
    for name, entry in words:
        yield replace(
            whole, path=whole.path / name, kind=_KIND, tick=entry.name, among="", longest=0
        )
