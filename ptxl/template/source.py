"""YAML text → items that know their file, line and key path. Nothing is interpreted here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from ptxl.model.errors import Fault, Origin, worded

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Item:
    """One YAML value with the place it stands at."""

    value: Scalar | list[Item] | dict[str, Item]
    origin: Origin

    @property
    def map(self) -> dict[str, Item]:
        """The entries of a mapping; of anything else, none."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def list(self) -> list[Item]:
        """The entries of a sequence; of anything else, none."""
        return self.value if isinstance(self.value, list) else []


class Faults:
    """Collects what is wrong in a template and the files that it includes, each fault once."""

    def __init__(self) -> None:
        self._found: dict[Fault, None] = {}

    def add(self, origin: Origin, message: str) -> None:
        """Note what is wrong with that which stands at `origin`."""
        place, line, key = origin.place, origin.line, origin.key
        fault = worded(place=place, line=line, key=key, message=message)
        self._found[fault] = None

    def extend(self, faults: Iterable[Fault]) -> None:
        """Take over what was found elsewhere."""
        self._found.update(dict.fromkeys(faults))

    def __bool__(self) -> bool:
        return bool(self._found)

    def sorted(self) -> tuple[Fault, ...]:
        """All faults, by file and line."""
        return tuple(sorted(self._found, key=lambda fault: (fault.place, fault.line, fault.key)))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint for a misspelt name, to be put behind the message that refuses it."""
    close = get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f'; did you mean "{close[0]}"?' if close else ""


def read_source(path: Path, faults: Faults) -> Item:
    """Parse a YAML 1.2 file. Returns an empty mapping, and notes a fault, where it is broken."""
    empty = Item({}, Origin(str(path), 1))
    yaml = YAML(typ="safe", pure=True)
    try:
        root = yaml.compose(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        faults.add(empty.origin, f"cannot be read: {error}")
        return empty
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        faults.add(Origin(str(path), line), f"not YAML: {error.problem or error.context}")
        return empty
    except YAMLError as error:
        faults.add(empty.origin, f"not YAML: {error}")
        return empty
    if root is None:
        faults.add(empty.origin, "the file is empty")
        return empty
    if repeated := _repeated(root):
        line = repeated.start_mark.line + 1
        faults.add(Origin(str(path), line), "anchors and aliases are not used")
        return empty
    return _Reader(str(path), yaml, faults).item(root, "")


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


class _Reader:
    """Nodes of the YAML library → items."""

    def __init__(self, place: str, yaml: YAML, faults: Faults) -> None:
        self._place, self._yaml, self._faults = place, yaml, faults

    def item(self, node: Node, key: str) -> Item:
        origin = Origin(self._place, node.start_mark.line + 1, key)
        if isinstance(node, SequenceNode):
            entries = [self.item(entry, f"{key}[{i}]") for i, entry in enumerate(node.value)]
            return Item(entries, origin)
        if isinstance(node, MappingNode):
            return Item(self._entries(node, key), origin)
        return Item(self._scalar(node), origin)

    def _entries(self, node: MappingNode, key: str) -> dict[str, Item]:
        found: dict[str, Item] = {}
        for name_node, value_node in node.value:
            name = str(name_node.value)
            below = f"{key}.{name}".removeprefix(".")
            # The value of a misplaced key tells little: point at the key itself.
            origin = Origin(self._place, name_node.start_mark.line + 1, below)
            if name in found:
                self._faults.add(
                    origin, f'"{name}" stands twice in this mapping; only one can count'
                )
            found[name] = Item(self.item(value_node, below).value, origin)
        return found

    def _scalar(self, node: Node) -> Scalar:
        if not isinstance(node, ScalarNode):
            return None
        value = self._yaml.constructor.construct_object(node)
        # Dates and other rich scalars stay what was written: a template means text.
        return value if isinstance(value, str | int | float | bool | None) else str(node.value)
