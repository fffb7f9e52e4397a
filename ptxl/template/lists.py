"""The lists of a template (下拉项): plain or nested names → trees of `Node`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ptxl.model.form import Node
from ptxl.template.shape import KEYS
from ptxl.template.source import Faults, Item, did_you_mean
from ptxl.template.words import Words


class Lists:
    """The lists of one template; remembers which of them were referred to."""

    def __init__(
        self, root: Item, words: Words, names: Mapping[str, object], faults: Faults
    ) -> None:
        self._words, self._names, self._faults = words, names, faults
        declared = root.map.get("lists")
        self.items = declared.map if declared else {}
        self._trees = {name: tuple(self._nodes(item)) for name, item in self.items.items()}
        self.used: set[str] = set()

    def all(self) -> dict[str, tuple[Node, ...]]:
        """The lists that something refers to; the others need no place in a workbook."""
        return {name: tree for name, tree in self._trees.items() if name in self.used}

    def tree(self, name: str, item: Item) -> tuple[Node, ...]:
        """The list of that name; an unknown one is a fault at `item`."""
        if name not in self._trees:
            hint = did_you_mean(name, set(self._trees))
            self._faults.add(item, f'there is no list "{name}"{hint}')
            return ()
        self.used.add(name)
        return self._trees[name]

    def depth(self, name: str, item: Item, level: int) -> None:
        """Fault a list that has no entries at that level."""
        tree = self.tree(name, item)
        nodes = list(tree)
        for _ in range(level - 1):
            nodes = [child for node in nodes for child in node.children]
        if tree and not nodes:
            self._faults.add(item, f'the list "{name}" has no level {level}')

    def _nodes(self, item: Item) -> Iterator[Node]:
        """A sequence of names or nodes, or a mapping from each name to what nests below it."""
        if item.map:
            for name, below in item.map.items():
                yield Node(name=name, printed=name, children=tuple(self._nodes(below)))
            return
        if not item.list:
            self._faults.add(item, "a list must hold at least one entry")
        seen: set[str] = set()
        for entry in item.list:
            node = self._node(entry)
            if node.name in seen:
                self._faults.add(entry, f'"{node.name}" stands twice in this list')
            seen.add(node.name)
            yield node

    def _node(self, item: Item) -> Node:
        if not item.map:
            text = self._words.text(item, self._names)
            return Node(name=text, printed=text)
        name = self._words.text(item.map.get("name"), self._names)
        least = self._words.value(item.map["least"], self._names) if "least" in item.map else 0
        for key, child in item.map.items():
            if key not in KEYS["node"]:
                hint = did_you_mean(key, list(KEYS["node"]))
                self._faults.add(child, f'unknown key "{key}" in a list entry{hint}')
        if "name" not in item.map:
            self._faults.add(item, 'a list entry needs the key "name"')
        children = item.map.get("children")
        return Node(
            name=name,
            printed=self._words.text(item.map.get("printed"), self._names, name),
            least=int(least) if isinstance(least, int | float) and 0 <= least < 10**6 else 0,
            children=tuple(self._nodes(children)) if children else (),
        )
