"""YAML text → items that know their file, line and key path. Nothing is interpreted here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from ptxl.model.errors import Fault, Origin, system_reason
from ptxl.words import Phrase, phrase

_ZIP = b"PK\x03\x04"  # how an xlsx begins

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


def problem(code: str, **facts: object) -> Phrase:
    """What is wrong, wherever it stands: a code of [faults.template] and its facts."""
    return Phrase(f"faults.template.{code}", facts)


class ProblemError(Exception):
    """Something that a template, or a parameter, cannot hold: `problem` says why."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.problem = problem(code, **facts)


class Faults:
    """Collects what is wrong in a template and the files that it includes, each fault once."""

    def __init__(self) -> None:
        self._found: dict[Fault, None] = {}

    def add(self, origin: Origin, code: str, **facts: object) -> None:
        """Note what is wrong with that which stands at `origin`: a code of [faults.template]."""
        place, line, key = origin.place, origin.line, origin.key
        fault = Fault(place=place, line=line, key=key, code=f"template.{code}", facts=facts)
        self._found[fault] = None

    def report(self, origin: Origin, found: Phrase) -> None:
        """Note a problem that was found with that which stands at `origin`."""
        self.add(origin, found.code.removeprefix("faults.template."), **found.facts)

    def expect(self, holds: object, origin: Origin, code: str, **facts: object) -> None:
        """Note what is wrong at `origin`, unless something holds."""
        if not holds:
            self.add(origin, code, **facts)

    def known(
        self, name: str, names: Iterable[str], origin: Origin, code: str, **facts: object
    ) -> bool:
        """Whether a name is one of some; else it is a fault that says what may have been meant."""
        if name in names:
            return True
        self.add(origin, code, name=name, hint=did_you_mean(name, names), **facts)
        return False

    def extend(self, faults: Iterable[Fault]) -> None:
        """Take over what was found elsewhere."""
        self._found.update(dict.fromkeys(faults))

    def __bool__(self) -> bool:
        return bool(self._found)

    def sorted(self) -> tuple[Fault, ...]:
        """All faults, by file and line."""
        return tuple(sorted(self._found, key=lambda fault: (fault.place, fault.line, fault.key)))


def did_you_mean(name: str, known: Iterable[str]) -> Phrase | str:
    """A hint for a misspelt name, to stand behind the sentence that refuses it."""
    for close in get_close_matches(name, sorted(known), n=1, cutoff=0.6):
        return phrase("faults.did_you_mean", name=close)
    return ""


def read_source(path: Path, faults: Faults) -> Item:
    """Parse a YAML 1.2 file. Returns an empty mapping, and notes a fault, where it is broken."""
    empty = Item({}, Origin(str(path), 1))
    yaml = YAML(typ="safe", pure=True)
    try:
        data = path.read_bytes()
        if data.startswith(_ZIP):
            faults.add(empty.origin, "a_workbook")
            return empty
        text = data.decode("utf-8-sig")
        root = yaml.compose(text)
    except OSError as error:
        faults.add(empty.origin, "unreadable", detail=system_reason(error))
        return empty
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        faults.add(Origin(str(path), line), "not_utf8")
        return empty
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        faults.add(Origin(str(path), line), "not_yaml")
        return empty
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        faults.add(Origin(str(path), line), "odd_character")
        return empty
    except YAMLError:
        faults.add(empty.origin, "not_yaml")
        return empty
    if root is None:
        faults.add(empty.origin, "empty_file")
        return empty
    return _Reader(str(path), yaml, faults).item(root, "")


class _Reader:
    """Nodes of the YAML library → items."""

    def __init__(self, place: str, yaml: YAML, faults: Faults) -> None:
        self._place, self._yaml, self._faults = place, yaml, faults
        self._seen: set[int] = set()

    def item(self, node: Node, key: str) -> Item:
        origin = Origin(self._place, node.start_mark.line + 1, key)
        if id(node) in self._seen:  # aliases can make a small file endless
            self._faults.add(origin, "aliases")
            return Item(None, origin)
        self._seen.add(id(node))
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
            self._faults.expect(name not in found, origin, "key_twice", name=name)
            found[name] = Item(self.item(value_node, below).value, origin)
        return found

    def _scalar(self, node: Node) -> Scalar:
        if not isinstance(node, ScalarNode):
            return None
        value = self._yaml.constructor.construct_object(node)
        # Dates and other rich scalars stay what was written: a template means text.
        return value if isinstance(value, str | int | float | bool | None) else str(node.value)
