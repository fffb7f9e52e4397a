"""The lists of a template (下拉项): their specs → trees of `Node`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ptxl.model.errors import Origin
from ptxl.model.form import Node
from ptxl.template.faults import Faults
from ptxl.template.leaves import Scope
from ptxl.template.specs import ListSpec, NodeSpec

Tree = tuple[Node, ...]


def make_lists(specs: Mapping[str, ListSpec], scope: Scope) -> dict[str, Tree]:
    """All lists by name."""
    return {name: tuple(_nodes(spec.nodes, scope)) for name, spec in specs.items()}


def _nodes(specs: tuple[NodeSpec, ...], scope: Scope) -> Iterator[Node]:
    seen: set[str] = set()
    for spec in specs:
        name = spec.name.of(scope)
        scope.faults.expect(name not in seen, spec.name.origin, "entry_twice", name=name)
        seen.add(name)
        counted = not (spec.children and spec.least.given)
        scope.faults.expect(counted, spec.least.origin, "idle_least")
        yield Node(
            name=name,
            printed=spec.printed.of(scope, name),
            least=spec.least.whole(scope),
            children=tuple(_nodes(spec.children, scope)),
        )


def find_list(lists: Mapping[str, Tree], name: str, origin: Origin, faults: Faults) -> Tree:
    """The list of that name; an unknown one is a fault at `origin`, and empty."""
    return lists[name] if faults.known(name, lists, origin, "no_list") else ()


def entries_at(tree: Tree, level: int) -> Tree:
    """All entries of a list at a level; 1 is the top."""
    for _ in range(level - 1):
        tree = tuple(child for node in tree for child in node.children)
    return tree


def has_level(tree: Tree, level: int) -> bool:
    """Whether a list has an entry at a level; 1 is the top."""
    if level == 1:
        return bool(tree)
    return any(has_level(node.children, level - 1) for node in tree)


def every(tree: Tree) -> Iterator[Node]:
    """Every entry of a list."""
    for node in tree:
        yield node
        yield from every(node.children)


def branches(tree: Tree) -> Iterator[tuple[Node, ...]]:
    """Each way down a list, from the top to an entry without children."""
    for node in tree:
        if not node.children:
            yield (node,)
        for below in branches(node.children):
            yield (node, *below)
