"""An item → a typed spec, as the spec's class says. Every fault of shape is found here.

A spec is a frozen dataclass whose fields are made with `key`: the name of a field is its key in
YAML (without a trailing `_`), its shape says how the value is decoded. A leaf is a shape too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from ptxl.model.errors import Origin
from ptxl.template.faults import Faults
from ptxl.template.leaves import Leaf
from ptxl.template.source import Item
from ptxl.words import Phrase

_CAPITAL = re.compile("(?<!^)([A-Z])")
T_co = TypeVar("T_co", covariant=True)
S = TypeVar("S", bound="Spec")


class Shape(Protocol[T_co]):
    """How the value of a key is decoded."""

    def decode(self, item: Item, faults: Faults) -> T_co:
        """What the item says; whatever is wrong is a fault, and as if not written."""

    def absent(self, origin: Origin) -> T_co:
        """What it is where the key is not written, in a mapping at `origin`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Spec:
    """One mapping of a template, with the place it stands at.

    What is no mapping is the value of the key `bare`, if the spec has one.
    """

    origin: Origin
    bare: ClassVar[str] = ""

    @classmethod
    def word(cls) -> str:
        """What faults call it: `fixed_row` a `FixedRowSpec`."""
        return _CAPITAL.sub(r"_\1", cls.__name__.removesuffix("Spec")).lower()


@dataclass(frozen=True, slots=True)
class Key:
    """One key that a mapping may have, the field of the spec that it fills, and its shape."""

    name: str
    field: str
    shape: Shape[Any]
    needed: bool


def key(shape: Shape[Any], *, needed: bool = False) -> Any:
    """A field of a spec: the shape of its value, and whether it must be written."""
    return field(metadata={"shape": shape, "needed": needed})


def keys_of(spec: type[Spec]) -> Mapping[str, Key]:
    """The keys of a spec, as YAML names them."""
    if spec not in _KEYS:
        found = [entry for entry in fields(spec) if entry.metadata]
        keys = [Key(e.name.removesuffix("_"), e.name, **e.metadata) for e in found]
        _KEYS[spec] = {known.name: known for known in keys}
    return _KEYS[spec]


_KEYS: dict[type[Spec], Mapping[str, Key]] = {}


@dataclass(frozen=True, slots=True)
class One(Generic[S]):
    """A mapping with the keys of a spec."""

    spec: type[S]

    def decode(self, item: Item, faults: Faults) -> S:
        if self.spec.bare and not isinstance(item.value, dict):
            item = Item({self.spec.bare: item}, item.origin)
        if not isinstance(item.value, dict):
            faults.add(item.origin, "must_have_keys", of=self._called())
            return self.absent(item.origin)
        self._check_keys(item, faults)
        values = {}
        for known in keys_of(self.spec).values():
            written = item.map.get(known.name)
            if written:
                values[known.field] = known.shape.decode(written, faults)
            else:
                values[known.field] = known.shape.absent(item.origin)
        return self.spec(origin=item.origin, **values)

    def absent(self, origin: Origin) -> S:
        values = {known.field: known.shape.absent(origin) for known in keys_of(self.spec).values()}
        return self.spec(origin=origin, **values)

    def _called(self) -> Phrase:
        return Phrase(f"mappings.{self.spec.word()}")

    def _check_keys(self, item: Item, faults: Faults) -> None:
        of, keys = self._called(), keys_of(self.spec)
        meant: set[str] = set()  # by keys that are misspelt
        for name, child in item.map.items():
            if not faults.known(name, keys, child.origin, "unknown_key", of=of):
                meant.update(get_close_matches(name, keys, n=1))
        for name, known in keys.items():
            there = name in item.map or name in meant or not known.needed
            faults.expect(there, item.origin, "key_missing", name=name, of=of)


@dataclass(frozen=True, slots=True)
class Many(Generic[T_co]):
    """A list."""

    shape: Shape[T_co]

    def decode(self, item: Item, faults: Faults) -> tuple[T_co, ...]:
        faults.expect(isinstance(item.value, list), item.origin, "must_be_list")
        return tuple(self.shape.decode(entry, faults) for entry in item.list)

    def absent(self, origin: Origin) -> tuple[T_co, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class Named(Generic[T_co]):
    """A mapping from free names."""

    shape: Shape[T_co]

    def decode(self, item: Item, faults: Faults) -> Mapping[str, T_co]:
        faults.expect(isinstance(item.value, dict), item.origin, "must_be_mapping")
        return {name: self.shape.decode(entry, faults) for name, entry in item.map.items()}

    def absent(self, origin: Origin) -> Mapping[str, T_co]:
        return {}


@dataclass(frozen=True, slots=True)
class Either:
    """One of several shapes, `chosen` by what an item looks like; `usual` where there is none."""

    usual: Shape[Any]
    chosen: Callable[[Item], Shape[Any]]

    def decode(self, item: Item, faults: Faults) -> Any:
        return self.chosen(item).decode(item, faults)

    def absent(self, origin: Origin) -> Any:
        return self.usual.absent(origin)


def walk(value: object) -> Iterator[Spec | Leaf]:
    """A spec or a collection of specs, and all specs and leaves below."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Leaf):
            yield one
        elif isinstance(one, Spec):
            yield one
            waiting += [getattr(one, name) for name in _last_first(type(one))]
        elif isinstance(one, tuple):
            waiting += reversed(one)
        elif isinstance(one, Mapping):
            waiting += reversed([*one.values()])


def _last_first(spec: type[Spec]) -> tuple[str, ...]:
    """The names of the fields of a spec, from the last to the first."""
    if spec not in _FIELDS:
        _FIELDS[spec] = tuple(entry.name for entry in reversed(fields(spec)))
    return _FIELDS[spec]


_FIELDS: dict[type[Spec], tuple[str, ...]] = {}


def origin_of(value: object, otherwise: Origin) -> Origin:
    """Where a spec, or the first of several, stands."""
    for found in walk(value):
        return found.origin
    return otherwise


def leaves_in(value: object) -> Iterator[Leaf]:
    """All leaves of a spec, or of a collection of specs."""
    return (found for found in walk(value) if isinstance(found, Leaf))


def names_in(value: object) -> frozenset[str]:
    """The names that texts and expressions in a spec ask for."""
    return frozenset().union(*(leaf.names() for leaf in leaves_in(value)))
