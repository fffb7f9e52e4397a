"""An expression as it is written, and what names mean there → the typed tree, or RuleError.

Jinja parses; what is read here of its tree is what the language has, and all else is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache

from jinja2 import Environment, TemplateSyntaxError, nodes

from ptxl.rules.language import (
    FUNCTIONS,
    PARTS,
    ROW_FUNCTIONS,
    SINGLE,
    WORD_FUNCTIONS,
    Type,
    has_parts,
    trim,
    type_of,
)
from ptxl.rules.tree import Const, Name, Node, Operation, OverRows, Repeated, Words

_PARSER = Environment(autoescape=False)


class RuleError(Exception):
    """An expression that is no rule: says what in it is not allowed."""


@dataclass(frozen=True, slots=True)
class Names:
    """What names mean where a rule stands.

    `fields` are kinds by name below the rule's scope, `outer` by path from the top of the form;
    `tables` the kinds of each table's columns; `given` which of those are printed in some row.
    """

    fields: Mapping[str, str]
    outer: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    given: Mapping[str, frozenset[str]] = field(default_factory=dict)
    parameters: Mapping[str, object] = field(default_factory=dict)
    #: what `it` stands for, as named in the scope or row
    it: str = ""


def parse_rule(expression: str, names: Names, each: str = "") -> Node:
    """The typed tree of an expression; `each` names the table whose row it looks at.

    Raises RuleError naming what is not part of the language, or what no name stands for.
    """
    if not expression.strip():
        raise RuleError("an empty rule")
    match _syntax(expression).body:
        case [nodes.Output(nodes=[only])]:
            return _Reader(names, each, each).read(only)
    raise RuleError("a rule is one expression")


@lru_cache(maxsize=2048)  # templates share rules, and a rule's messages share expressions
def _syntax(expression: str) -> nodes.Template:
    try:
        return _PARSER.parse("{{ (" + expression + ") }}")
    except TemplateSyntaxError as error:
        raise RuleError(f"not a valid expression: {error.message}") from None


class _Reader:
    """Jinja's tree → the typed tree."""

    def __init__(self, names: Names, table: str, each: str) -> None:
        self._names, self._table, self._each = names, table, each

    def read(self, node: nodes.Node) -> Node:
        match node:
            case nodes.Const(value=bool() as value):
                return Const(value, "flag")
            case nodes.Const(value=int() | float() as value):
                return Const(Decimal(str(value)), "number")
            case nodes.Const(value=str() as value):
                return Const(trim(value), "text")
            case nodes.Name() | nodes.Getattr() | nodes.Getitem():
                return self._name(_dotted(node))
            case nodes.Not(node=inner):
                return Operation("not", (self._typed(inner, "flag"),), "flag")
            case nodes.And() | nodes.Or():
                pair = self._typed(node.left, "flag"), self._typed(node.right, "flag")
                return Operation(node.operator, pair, "flag")
            case nodes.Neg(node=inner):
                return Operation("-", (Const(Decimal(0), "number"), self._number(inner)), "number")
            case nodes.Add() | nodes.Sub() | nodes.Mul() | nodes.Div():
                pair = self._number(node.left), self._number(node.right)
                return Operation(node.operator, pair, "number")
            case nodes.Compare():
                return self._compare(node)
            case nodes.Call():
                return self._call(node)
            case nodes.List(items=items) | nodes.Tuple(items=items):
                return Words(tuple(self._word(item) for item in items))
        raise RuleError(f"{type(node).__name__} is not part of the rule language")

    def _typed(self, node: nodes.Node, wanted: Type) -> Node:
        found = self.read(node)
        if found.type != wanted:
            raise RuleError(f"a {wanted} is wanted where a {found.type} stands")
        return found

    def _number(self, node: nodes.Node) -> Node:
        return self._typed(node, "number")

    def _word(self, node: nodes.Node) -> str:
        found = self.read(node)
        if isinstance(found, Const) and isinstance(found.value, str):
            return found.value
        raise RuleError("a list holds texts only")

    def _it(self, dotted: str) -> Node:
        """The answer that the rule is asked of, also inside a function over other rows."""
        asked = _Reader(self._names, self._each, self._each)
        found = asked._name(self._names.it + dotted.removeprefix("it"))
        inside = self._table != self._each and isinstance(found, Name) and found.where == "row"
        return replace(found, where="asked") if inside and isinstance(found, Name) else found

    def _name(self, dotted: str) -> Node:
        if self._names.it and (dotted == "it" or dotted.startswith("it.")):
            return self._it(dotted)
        whole, _, last = dotted.rpartition(".")
        for name, part in ((whole, last), (dotted, "")):
            found = self._field(name) if name else None
            if found is None or (part and not (has_parts(found.kind) and part in PARTS)):
                continue
            if has_parts(found.kind) and not part:
                part = "raw"
            return replace(found, type=type_of(found.kind, part), part=part)
        if dotted in self._names.parameters:
            return _constant(self._names.parameters[dotted])
        raise RuleError(f'there is no field "{dotted}"')

    def _field(self, name: str) -> Name | None:
        table, names = self._table, self._names
        columns = names.tables.get(table, {})
        if table and name in columns:
            given = name in names.given.get(table, frozenset())
            return Name("row", name, columns[name], "text", table=table, given=given)
        if name in names.fields:
            return Name("scope", name, names.fields[name], "text")
        if name in names.outer:
            return Name("form", name, names.outer[name], "text")
        return None

    def _compare(self, node: nodes.Compare) -> Node:
        left, found = self.read(node.expr), []
        for operand in node.ops:
            right = self.read(operand.expr)
            if operand.op in ("in", "notin"):
                fits = left.type == "text" and isinstance(right, Words)
            else:
                fits = left.type == right.type != "list"
            if not fits:
                raise RuleError(f"a {left.type} cannot be compared with a {right.type}")
            found.append(Operation(operand.op, (left, right), "flag"))
            left = right
        return found[0] if len(found) == 1 else Operation("and", tuple(found), "flag")

    def _call(self, node: nodes.Call) -> Node:
        name = node.node.name if isinstance(node.node, nodes.Name) else ""
        if name not in FUNCTIONS:
            known = ", ".join(sorted(FUNCTIONS))
            raise RuleError(f'"{name}" is no function of the rule language ({known})')
        if node.kwargs or node.dyn_args or node.dyn_kwargs or not node.args:
            raise _wrong_use(name)
        if name in ROW_FUNCTIONS:
            return self._over_rows(name, node.args)
        if name == "repeated":
            return self._repeated(node.args)
        if name in WORD_FUNCTIONS:
            words = self._word_or_words(node.args[1:])
            if not (words.words or words.names):
                raise _wrong_use(name)
            return Operation(name, (self._typed(node.args[0], "text"), words), "flag")
        if name in ("another_year", "shares"):
            return self._about_texts(name, node.args)
        if len(node.args) != 1:
            raise _wrong_use(name)
        if name == "blank":
            return Operation("blank", (self._blank_field(node.args[0]),), "flag")
        wanted, given = SINGLE[name]
        return Operation(name, (self._typed(node.args[0], wanted),), given)

    def _blank_field(self, node: nodes.Node) -> Node:
        found = self.read(node)
        if not isinstance(found, Name):
            raise _wrong_use("blank")
        return found

    def _about_texts(self, name: str, arguments: Sequence[nodes.Node]) -> Node:
        if len(arguments) < 2:
            raise _wrong_use(name)
        text = self._typed(arguments[0], "text")
        if name == "shares":
            common = self._word_or_words(arguments[2:])
            return Operation(name, (text, self._typed(arguments[1], "text"), common), "flag")
        periods = (self._typed(argument, "text") for argument in arguments[2:])
        return Operation(name, (text, self._number(arguments[1]), *periods), "number")

    def _word_or_words(self, arguments: Sequence[nodes.Node]) -> Words:
        words: list[str] = []
        names: list[Node] = []
        for argument in arguments:
            found = self.read(argument)
            if isinstance(found, Name) and found.type == "text":
                names.append(found)
            else:
                words += found.words if isinstance(found, Words) else [self._word(argument)]
        return Words(tuple(words), names=tuple(names))

    def _repeated(self, arguments: Sequence[nodes.Node]) -> Node:
        table = _dotted(arguments[0])
        if table != self._table or len(arguments) != 2:
            raise RuleError(f"of a row of that table: {FUNCTIONS['repeated']}")
        return Repeated(table, self._typed(arguments[1], "text"))

    def _over_rows(self, name: str, arguments: Sequence[nodes.Node]) -> Node:
        table = _dotted(arguments[0])
        if table not in self._names.tables:
            raise RuleError(f'there is no table "{table}"')
        inner = _Reader(self._names, table, self._each)
        rest = list(arguments[1:])
        value = None
        if name in ("sum", "distinct", "joined"):
            if not rest:
                raise _wrong_use(name)
            value = inner._typed(rest.pop(0), "number" if name == "sum" else "text")
        condition = inner._typed(rest.pop(0), "flag") if rest else None
        if rest or (condition is None and name in ("any", "all")):
            raise _wrong_use(name)
        types: Mapping[str, Type] = {"any": "flag", "all": "flag", "joined": "text"}
        type_ = types.get(name, "number")
        return OverRows(name, table, value, condition, type_)


def _wrong_use(function: str) -> RuleError:
    return RuleError(f"wrong use: {FUNCTIONS[function]}")


def _constant(value: object) -> Const | Words:
    if isinstance(value, tuple | list):
        return Words(tuple(trim(str(word)) for word in value))
    if isinstance(value, bool):
        return Const(value, "flag")
    if isinstance(value, int | float | Decimal):
        return Const(Decimal(str(value)), "number")
    return Const(trim(str(value)), "text")


def _dotted(node: nodes.Node) -> str:
    """A field as templates name it: plan[0].percent."""
    match node:
        case nodes.Name(name=name):
            return str(name)
        case nodes.Getattr(node=inner, attr=attribute):
            return f"{_dotted(inner)}.{attribute}"
        case nodes.Getitem(node=inner, arg=nodes.Const(value=int() as index)):
            return f"{_dotted(inner)}[{index}]"
    raise RuleError(f"{type(node).__name__} is not part of the rule language")
