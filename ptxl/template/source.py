"""YAML text → items that know their line and key path. Nothing is interpreted here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from ptxl.model.errors import Fault, worded

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Item:
    """One YAML value with the place it stands at: `line` from 1, `key` as `sheets[0].name`."""

    value: Scalar | list[Item] | dict[str, Item]
    line: int
    key: str

    @property
    def map(self) -> dict[str, Item]:
        """The entries of a mapping; of anything else, none (its shape is faulted elsewhere)."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def list(self) -> list[Item]:
        """The entries of a sequence; of anything else, none."""
        return self.value if isinstance(self.value, list) else []

    @property
    def scalar(self) -> Scalar:
        """The plain value; None for a mapping or a sequence."""
        return None if isinstance(self.value, dict | list) else self.value


class Faults:
    """Collects what is wrong in one file: each fault once, in order of line."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._found: dict[Fault, None] = {}

    def add(self, item: Item, message: str) -> None:
        """Note that `item` is wrong and why."""
        fault = worded(place=self._place, line=item.line, key=item.key, message=message)
        self._found[fault] = None

    def __bool__(self) -> bool:
        return bool(self._found)

    def sorted(self) -> tuple[Fault, ...]:
        """All faults, by line."""
        return tuple(sorted(self._found, key=lambda fault: (fault.line, fault.key)))


def did_you_mean(name: str, known: Iterator[str] | list[str] | set[str]) -> str:
    """A hint for a misspelt name, to be put behind the message that refuses it."""
    close = get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f'; did you mean "{close[0]}"?' if close else ""


def read_source(path: Path, faults: Faults) -> Item:
    """Parse a YAML 1.2 file. Broken YAML is a fault and yields an empty mapping."""
    empty = Item({}, 1, "")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        faults.add(empty, f"cannot be read: {error}")
        return empty
    yaml = YAML(typ="safe", pure=True)
    try:
        root = yaml.compose(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        faults.add(Item(None, line, ""), f"not YAML: {error.problem or error.context}")
        return empty
    except YAMLError as error:
        faults.add(empty, f"not YAML: {error}")
        return empty
    if root is None:
        faults.add(empty, "the file is empty")
        return empty
    if repeated := _repeated(root):
        faults.add(Item(None, repeated.start_mark.line + 1, ""), "anchors and aliases are not used")
        return empty
    return _item(root, "", yaml, faults)


def _repeated(root: Node) -> Node | None:
    """A node that stands in two places: aliases can make a small file endless."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            return node
        seen.add(id(node))
        if isinstance(node, SequenceNode):
            waiting += node.value
        elif isinstance(node, MappingNode):
            waiting += [part for pair in node.value for part in pair]
    return None


def _item(node: Node, key: str, yaml: YAML, faults: Faults) -> Item:
    line = node.start_mark.line + 1
    if isinstance(node, SequenceNode):
        entries = [_item(n, f"{key}[{i}]", yaml, faults) for i, n in enumerate(node.value)]
        return Item(entries, line, key)
    if isinstance(node, MappingNode):
        return Item(_entries(node, key, yaml, faults), line, key)
    return Item(_scalar(node, yaml) if isinstance(node, ScalarNode) else None, line, key)


def _entries(node: MappingNode, key: str, yaml: YAML, faults: Faults) -> dict[str, Item]:
    found: dict[str, Item] = {}
    for name_node, value_node in node.value:
        name = str(name_node.value)
        below = f"{key}.{name}" if key else name
        item = _item(value_node, below, yaml, faults)
        # The value of a misplaced key tells little: point at the key itself.
        item = Item(item.value, name_node.start_mark.line + 1, below)
        if name in found:
            faults.add(item, f'"{name}" stands twice in this mapping; only one can count')
        found[name] = item
    return found


def _scalar(node: ScalarNode, yaml: YAML) -> Scalar:
    value = yaml.constructor.construct_object(node)
    # Dates and other rich scalars stay what was written: a template means text.
    return value if isinstance(value, str | int | float | bool | None) else str(node.value)
