"""The rules of a form as they are kept between runs: trees, and the code of what is always asked.

A form has thousands of nodes in its trees. Of a returned file only those are wanted of rules that
are broken, so that each rule is kept as bytes, and made of them when it is first looked at.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from ptxl.model.findings import Language
from ptxl.model.form import Computation
from ptxl.rules.python import Code
from ptxl.rules.tree import Name, Node

T = TypeVar("T")
#: texts, each with the expression whose value follows it
Message = tuple[tuple[str, Node | None], ...]


class Later(Generic[T]):
    """A value that is kept as bytes, and read when it is first asked for."""

    __slots__ = ("_data", "_value")

    def __init__(self, value: T) -> None:
        self._value: T | None = value
        self._data = b""

    def get(self) -> T:
        """The value."""
        if self._value is None:
            # As trusted as that which it was kept in.
            self._value = cast(T, pickle.loads(self._data))
        return self._value

    def __getstate__(self) -> bytes:
        return self._data or pickle.dumps(self._value, protocol=pickle.HIGHEST_PROTOCOL)

    def __setstate__(self, data: bytes) -> None:
        self._value, self._data = None, data


@dataclass(frozen=True, slots=True)
class ParsedRule:
    """A rule's tree of what holds, that of the rows that it counts, its messages, and the names
    in these: all that it asks for, those not only asked whether they are blank, those it says."""

    holds: Node
    counted: Node | None
    messages: Mapping[Language, Message]
    names: tuple[Name, ...]
    valued: tuple[Name, ...]
    said: tuple[Name, ...]
    #: of these what functions look at in many rows, maybe those of the rule's own table
    over_rows: frozenset[Name]
    tables: frozenset[str]


#: a computation: its expression, the patterns of its scope and of its rows, and its place in these
Computing = tuple[str, str, str, str]


def computing(compute: Computation) -> Computing:
    """By which what is computed alike is known again."""
    return compute.expression, compute.scope.pattern, compute.each.pattern, compute.element


@dataclass(frozen=True, slots=True)
class ParsedRules:
    """The rules of a form, made to be kept."""

    rules: tuple[Later[ParsedRule], ...]
    #: of each rule the numbers of the functions that test it and the rows that it counts
    tests: tuple[tuple[int, int | None], ...]
    code: Code
    #: what its cells compute
    computed: Mapping[Computing, Node]
