"""The typed tree of a rule: a closed set of nodes, made by `parse`, printed by the two backends."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

from ptxl.values.target_value import PARTS

Type = Literal["number", "text", "flag", "date", "list"]
#: what rules call the kind of a target value that is split over three cells
SPLIT = "split"
#: how rules name the unit: unit.name, unit.code, and the columns of the roster
UNIT = "unit"


class _Node:
    """What all nodes have: those below it."""

    __slots__ = ()

    @property
    def below(self) -> tuple[Node, ...]:
        """The nodes that it is made of."""
        return ()


@dataclass(frozen=True, slots=True)
class Const(_Node):
    """A number, a text or a truth written in the rule, or a parameter's value."""

    value: Decimal | str | bool
    type: Type


@dataclass(frozen=True, slots=True)
class Words(_Node):
    """A list of texts, behind `in`, and with them the texts of fields and calls, if any."""

    words: tuple[str, ...]
    type: Type = "list"
    names: tuple[Node, ...] = ()

    @property
    def below(self) -> tuple[Node, ...]:
        return self.names


@dataclass(frozen=True, slots=True)
class Name(_Node):
    """A field's value, or a `part` of its target value; `where` says which prefix it takes.

    Inside a function over rows `row` is the row there, and `asked` that which the rule is asked of;
    `unit` names what the roster says of the unit.
    """

    where: Literal["scope", "row", "asked", "form", "unit"]
    name: str
    kind: str
    type: Type
    part: str = ""
    table: str = ""
    given: bool = False
    #: the form computes it: its cell holds a number, or a text without characters
    computed: bool = False
    #: looked at as it stands in its cell: whether there is an answer
    whole: bool = False

    @property
    def cells(self) -> tuple[str, ...]:
        """What the answers are called that it is made of: those of a split value are several."""
        if self.kind == SPLIT:
            return tuple(f"{self.name}.{part}" for part in PARTS)
        return (self.name,)


@dataclass(frozen=True, slots=True)
class Operation(_Node):
    """An operator or function of single values; `op` as Jinja or `FUNCTIONS` calls it."""

    op: str
    arguments: tuple[Node, ...]
    type: Type

    @property
    def below(self) -> tuple[Node, ...]:
        return self.arguments


@dataclass(frozen=True, slots=True)
class OverRows(_Node):
    """A function over the rows in use of one table."""

    function: str
    table: str
    value: Node | None
    condition: Node | None
    type: Type

    @property
    def below(self) -> tuple[Node, ...]:
        return tuple(filter(None, (self.value, self.condition)))


@dataclass(frozen=True, slots=True)
class Repeated(_Node):
    """Whether the text of the row that is looked at, if any, stands in a row in use above it."""

    table: str
    value: Node
    type: Type = "flag"

    @property
    def below(self) -> tuple[Node, ...]:
        return (self.value,)


Node: TypeAlias = Const | Words | Name | Operation | OverRows | Repeated


def walk(node: Node) -> list[Node]:
    """A node and all below it."""
    found: list[Node] = [node]
    for child in node.below:
        found += walk(child)
    return found


def names_in(node: Node) -> list[Name]:
    """All names of a tree, as often as they stand in it."""
    return [found for found in walk(node) if isinstance(found, Name)]
