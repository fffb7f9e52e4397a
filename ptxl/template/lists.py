"""The lists of a template (下拉项): their specs → trees of `Node`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ptxl.model.errors import Origin
from ptxl.model.form import Node
from ptxl.template.leaves import Scope
from ptxl.template.source import Faults, did_you_mean
from ptxl.template.specs import ListSpec, NodeSpec

Tree = tuple[Node, ...]
IDLE_LEAST = "only categories that a grouped table prints, without any below, have a least"


def make_lists(specs: Mapping[str, ListSpec], scope: Scope) -> dict[str, Tree]:
    """All lists by name."""
    return {name: tuple(_nodes(spec.nodes, scope)) for name, spec in specs.items()}


def _nodes(specs: tuple[NodeSpec, ...], scope: Scope) -> Iterator[Node]:
    seen: set[str] = set()
    for spec in specs:
        name = spec.name.of(scope)
        if name in seen:
            scope.faults.add(spec.name.origin, f'"{name}" stands twice in this list')
        seen.add(name)
        if spec.children and spec.least.given:
            scope.faults.add(spec.least.origin, IDLE_LEAST)
        yield Node(
            name=name,
            printed=spec.printed.of(scope, name),
            least=spec.least.whole(scope),
            children=tuple(_nodes(spec.children, scope)),
        )


def find_list(lists: Mapping[str, Tree], name: str, origin: Origin, faults: Faults) -> Tree:
    """The list of that name; an unknown one is a fault at `origin`, and empty."""
    if name not in lists:
        hint = did_you_mean(name, lists)
        faults.add(origin, f'there is no list "{name}"{hint}')
    return lists.get(name, ())


def entries_at(tree: Tree, level: int) -> Tree:
    """All entries of a list at a level; 1 is the top."""
    for _ in range(level - 1):
        tree = tuple(child for node in tree for child in node.children)
    return tree


def branches(tree: Tree) -> Iterator[tuple[Node, ...]]:
    """Each way down a list, from the top to an entry without children."""
    for node in tree:
        if not node.children:
            yield (node,)
        for below in branches(node.children):
            yield (node, *below)
