"""YAML text → items that know their file, line and key path. Nothing is interpreted here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from ptxl.model.errors import Origin
from ptxl.model.form import per_unit
from ptxl.template.faults import DEEPEST, Faults, bytes_of
from ptxl.text import ODD_CHARACTER

_ZIP = b"PK\x03\x04"  # how an xlsx begins
#: ten times what the largest templates of real forms take
_MOST_NODES = 20_000
_LONGEST_NAME, _LARGEST_NUMBER = 120, 10**18
#: how many texts with expressions a file may have: each is compiled
_MOST_TEXTS = 3_000
_MOST_WORDS = 10_000

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


def read_source(path: Path, faults: Faults) -> Item:
    """Parse a YAML 1.2 file. Raises Stop, and notes why, where it is broken or too much."""
    text = _text_of(path, faults)
    try:
        root = _composed(text)
    except _TooMuchError as error:
        faults.stop(Origin(str(path), error.line), error.code, most=error.most)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        faults.stop(Origin(str(path), line), "not_yaml")
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        faults.stop(Origin(str(path), line), "odd_character")
    except (YAMLError, ValueError, RecursionError):
        faults.stop(Origin(str(path), 1), "not_yaml")
    if root is None:
        faults.stop(Origin(str(path), 1), "empty_file")
    return _Reader(str(path), YAML(typ="safe", pure=True), faults).item(root, "")


@lru_cache(maxsize=1)  # what was linted is often loaded next
def _composed(text: str) -> Node | None:
    yaml = YAML(typ="safe", pure=True)
    yaml.Composer = _Composer
    root: Node | None = yaml.compose(text)
    return root


def read_table(path: Path, faults: Faults) -> tuple[tuple[str, ...], ...]:
    """The lines of a table of words: a word, and behind a tab perhaps another.

    Blank lines, and those that begin with #, are left out. Raises Stop, and notes why, where it
    cannot be read or holds what no cell can hold.
    """
    lines: list[tuple[str, ...]] = []
    for number, line in enumerate(_text_of(path, faults).splitlines(), 1):
        parts = tuple(part.strip() for part in line.split("\t"))
        if not parts[0] or parts[0].startswith("#"):
            continue
        origin = Origin(str(path), number)
        faults.demand(not any(map(is_odd, parts)), origin, "odd_character")
        faults.demand(len(parts) <= 2, origin, "table_columns")
        faults.demand(len(lines) < _MOST_WORDS, origin, "too_many_words", most=_MOST_WORDS)
        lines.append(parts)
    return tuple(lines)


def _text_of(path: Path, faults: Faults) -> str:
    data = bytes_of(path, faults)
    faults.demand(not data.startswith(_ZIP), Origin(str(path), 1), "a_workbook")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        faults.stop(Origin(str(path), line), "not_utf8")


class _TooMuchError(Exception):
    """A file that holds more, or deeper, than a template can need."""

    def __init__(self, code: str, line: int, most: int) -> None:
        super().__init__(code)
        self.code, self.line, self.most = code, line, most


class _Composer(Composer):
    """Makes nodes of what the YAML library parses, as many and as deep as a template can need."""

    count = level = 0

    def __init__(self, loader: Any = None) -> None:
        super().__init__(loader)
        self.warn_double_anchors = False  # anchors are faults anyway

    def compose_node(self, parent: Any, index: Any) -> Any:
        line = self.parser.peek_event().start_mark.line + 1
        self.count += 1
        self.level += 1
        if self.count > _MOST_NODES:
            raise _TooMuchError("too_many_entries", line, _MOST_NODES)
        if self.level > DEEPEST:
            raise _TooMuchError("nested_too_deep", line, DEEPEST)
        node = super().compose_node(parent, index)
        self.level -= 1
        return node


class _Reader:
    """Nodes of the YAML library → items."""

    def __init__(self, place: str, yaml: YAML, faults: Faults) -> None:
        self._place, self._yaml, self._faults = place, yaml, faults
        self._seen: set[int] = set()
        self._texts = 0

    def item(self, node: Node, key: str) -> Item:
        origin = Origin(self._place, node.start_mark.line + 1, key)
        if id(node) in self._seen:  # aliases can make a small file endless
            self._faults.add(origin, "aliases")
            return Item(None, origin)
        self._seen.add(id(node))
        match node:
            case SequenceNode():
                entries = [self.item(entry, f"{key}[{i}]") for i, entry in enumerate(node.value)]
                return Item(entries, origin)
            case MappingNode():
                return Item(self._entries(node, key), origin)
            case ScalarNode():
                return Item(self._scalar(node, origin), origin)
        raise AssertionError(node)

    def _entries(self, node: MappingNode, key: str) -> dict[str, Item]:
        found: dict[str, Item] = {}
        for name_node, value_node in node.value:
            name = self._name(name_node, key)
            below = f"{key}.{name}".removeprefix(".")
            # The value of a misplaced key tells little: point at the key itself.
            origin = Origin(self._place, name_node.start_mark.line + 1, below)
            self._faults.expect(name not in found, origin, "key_twice", name=name)
            found[name] = Item(self.item(value_node, below).value, origin)
        return found

    def _name(self, node: Node, key: str) -> str:
        origin = Origin(self._place, node.start_mark.line + 1, key)
        name = node.value if isinstance(node, ScalarNode) else ""
        plain = isinstance(node, ScalarNode) and len(name) <= _LONGEST_NAME and not is_odd(name)
        self._faults.demand(plain, origin, "no_key", most=_LONGEST_NAME)
        return str(name)

    def _scalar(self, node: ScalarNode, origin: Origin) -> Scalar:
        if is_odd(node.value):
            self._faults.add(origin, "odd_character")
            return None
        self._texts += "{{" in node.value
        self._faults.demand(self._texts <= _MOST_TEXTS, origin, "too_many_texts", most=_MOST_TEXTS)
        try:
            value = self._yaml.constructor.construct_object(node)
        except (ValueError, YAMLError, OverflowError):  # 2026-02-30; !!int abc; thousands of digits
            return str(node.value)
        if isinstance(value, int) and abs(value) > _LARGEST_NUMBER:
            return str(node.value)
        # Dates and other rich scalars stay what was written: a template means text.
        return value if isinstance(value, str | int | float | bool | None) else str(node.value)


def is_odd(text: str) -> bool:
    """Whether a text holds what no cell can hold, or what ptxl itself puts into texts."""
    return per_unit(text) or bool(ODD_CHARACTER.search(text))
