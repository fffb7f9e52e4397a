"""An expression as it is written, and what names mean there → the typed tree, or RuleError.

Jinja parses; what is read here of its tree is what the language has, and all else is refused. Each
method of the reader begins with the line of the grammar that it reads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from typing import Any

from jinja2 import Environment, TemplateSyntaxError, nodes

from ptxl.model.path import Path
from ptxl.rules import functions
from ptxl.rules.functions import Argument, Function, trim
from ptxl.rules.names import Names, Scope
from ptxl.rules.tree import (
    SPLIT,
    UNIT,
    Const,
    Name,
    Node,
    Operation,
    OverRows,
    Repeated,
    Type,
    Words,
)
from ptxl.text import ODD_CHARACTER
from ptxl.values.kinds import KINDS
from ptxl.words import FALLBACK, Phrase, Speaker

_PARSER = Environment(autoescape=False)
#: of one expression or text: the longest of the shipped templates has a third of these
_MOST_TOKENS, _DEEPEST = 800, 48
_DEEPER = {**dict.fromkeys(("(", "[", "{", "block_begin"), 1), **dict.fromkeys(")]}", -1)}
#: Excel knows no more digits
_LARGEST = Decimal(10) ** 15
_IN_MESSAGES = re.compile(r"\{\{(.*?)\}\}")
#: the parts of a target value and their types
_PARTS: Mapping[str, Type] = {
    "raw": "text", "comparison": "text", "number": "number", "upper": "number", "unit": "text",
    "note": "text", "date_from": "date", "date_to": "date",
}  # fmt: skip
#: what operators stand between that do not reckon
_OPERANDS: Mapping[str, Type] = {"and": "flag", "or": "flag"}
#: the types of values that compare with each other
_ALIKE = tuple((each, each) for each in ("number", "text", "flag", "date"))
#: what an argument of a function over rows is there, if not the value
_ROLES = {"flag": "condition"}


class RuleError(Exception):
    """An expression that is no rule: the code and the facts of a fault say what is not allowed."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        facts = {"hint": "", **self.facts}
        return Speaker(FALLBACK).say(f"faults.template.{self.code}", **facts)


def _expect(holds: object, code: str, **facts: object) -> None:
    """Refuse an expression unless something holds. Raises RuleError."""
    if not holds:
        raise RuleError(code, **facts)


def parse_rule(expression: str, names: Names, each: str = "", element: str = "") -> Node:
    """The typed tree of an expression; `each` names the table whose row it looks at, and `element`
    the one of its columns that repeat in which names are looked up first.

    Raises RuleError naming what is not part of the language, or what no name stands for.
    """
    _expect(expression.strip(), "empty_rule")
    match _syntax(expression).body:
        case [nodes.Output(nodes=[only])]:
            return _Reader(names, each, each, element=element).read(only)
    raise RuleError("not_one_expression")


def message_parts(text: str) -> list[tuple[str, str]]:
    """A message as pairs of plain text and the expression that follows it (empty at the end)."""
    pieces = [*_IN_MESSAGES.split(text), ""]
    return list(zip(pieces[::2], map(str.strip, pieces[1::2]), strict=True))


@lru_cache(maxsize=2048)  # templates share rules, and a rule's messages share expressions
def _syntax(expression: str) -> nodes.Template:
    try:
        return syntax_tree(_PARSER, "{{ (" + expression + ") }}")
    except TemplateSyntaxError as error:
        raise RuleError("not_expression", detail=str(error.message)) from None
    except OverflowError:
        raise RuleError("too_complex") from None


def syntax_tree(environment: Environment, text: str) -> nodes.Template:
    """Parse a text with Jinja, unless it is longer or deeper than anybody would write it.

    Raises OverflowError then, and TemplateSyntaxError where it is no Jinja.
    """
    deepest = 0
    for number, (_, kind, token) in enumerate(environment.lex(text)):
        deepest += _DEEPER.get(token if kind == "operator" else kind, 0)
        if number > _MOST_TOKENS or deepest > _DEEPEST:
            raise OverflowError
    try:
        tree = environment.parse(text)
    except (ValueError, RecursionError):  # a number of thousands of digits; not not not not …
        raise OverflowError from None
    level: list[nodes.Node] = [tree]
    for _ in range(_DEEPEST):
        level = [child for node in level for child in node.iter_child_nodes()]
    if level:
        raise OverflowError
    return tree


class _Reader:
    """Jinja's tree → the typed tree, where names of rows are those of `table`.

    `inner` says that these are rows of a function, and not the one that the rule is asked of.
    Names are first looked up in an `element` of the row, `source[0]` of columns that repeat.
    """

    def __init__(
        self, names: Names, table: str, each: str, *, inner: bool = False, element: str = ""
    ) -> None:
        self._names, self._table, self._each, self._inner = names, table, each, inner
        self._element = element

    def read(self, node: nodes.Node) -> Node:
        """expression = literal | list | name | not | sign | binary | comparison | choice | call."""
        reader = _READERS.get(type(node))
        if reader is None:
            raise _not_in_the_language(node)
        return reader(self, node)

    def _typed(self, node: nodes.Node, wanted: Type) -> Node:
        found = self.read(node)
        facts = {"wanted": _type(wanted), "found": _type(found.type)}
        _expect(found.type == wanted, "type_differs", **facts)
        return found

    def _literal(self, node: nodes.Const) -> Node:
        """literal = number | text | "true" | "false"."""
        if node.value is None:
            raise _not_in_the_language(node)
        return _constant(node.value)

    def _list(self, node: nodes.List | nodes.Tuple) -> Node:
        """list = "[" text {"," text} "]"."""
        return Words(tuple(map(self._word, node.items)))

    def _word(self, node: nodes.Node) -> str:
        found = self.read(node)
        if isinstance(found, Const) and isinstance(found.value, str):
            return found.value
        raise RuleError("list_of_texts")

    def _not(self, node: nodes.Not) -> Node:
        """not = "not" flag."""
        return Operation("not", (self._typed(node.node, "flag"),), "flag")

    def _minus(self, node: nodes.Neg) -> Node:
        """sign = "-" number."""
        return Operation("-", (_constant(0), self._typed(node.node, "number")), "number")

    def _binary(self, node: nodes.BinExpr) -> Node:
        """binary = number ("+" | "-" | "*" | "/") number | flag ("and" | "or") flag."""
        wanted = _OPERANDS.get(node.operator, "number")
        pair = self._typed(node.left, wanted), self._typed(node.right, wanted)
        return Operation(node.operator, pair, wanted)

    def _comparison(self, node: nodes.Compare) -> Node:
        """comparison = value {("==" | "!=" | "<" | "<=" | ">" | ">=" | ["not"] "in") value}.

        Both are of one type, or a text stands before a list. Several hold together: 0 < x <= 5.
        """
        left, found = self.read(node.expr), []
        for operand in node.ops:
            right = self.read(operand.expr)
            wanted = (("text", "list"),) if operand.op in ("in", "notin") else _ALIKE
            facts = {"left": _type(left.type), "right": _type(right.type)}
            _expect((left.type, right.type) in wanted, "not_comparable", **facts)
            found.append(Operation(operand.op, (left, right), "flag"))
            left = right
        if len(found) == 1:
            return found[0]
        return Operation("and", tuple(found), "flag")

    def _choice(self, node: nodes.CondExpr) -> Node:
        """choice = value "if" flag ["else" value], both of one type; without else nothing."""
        condition, first = self._typed(node.test, "flag"), self.read(node.expr1)
        facts = {"wanted": _type("number"), "found": _type(first.type)}
        _expect(first.type in ("number", "text"), "type_differs", **facts)
        otherwise = (self._typed(node.expr2, first.type),) if node.expr2 else ()
        return Operation("if", (condition, first, *otherwise), first.type)

    # -- names

    def _dotted_name(self, node: nodes.Node) -> Node:
        """name = word {"." word | "[" number "]"}: a field, a part of its value, or a parameter."""
        return self._name(_dotted(node))

    def _name(self, dotted: str) -> Node:
        if self._names.it and dotted.partition(".")[0] == "it":
            return self._it(dotted)
        whole, _, last = dotted.rpartition(".")
        owner = self._field(whole)
        if owner and owner.part and last in _PARTS:
            return replace(owner, type=_PARTS[last], part=last)
        found = self._field(dotted)
        if found:
            return self._over_cells(found)
        if whole == UNIT:
            return Name("unit", dotted, "text", "text")
        _expect(dotted in self._names.parameters, "no_field", name=dotted)
        return _constant(self._names.parameters[dotted])

    def _it(self, dotted: str) -> Node:
        """The answer that the rule is asked of, also inside a function over other rows."""
        asked = _Reader(self._names, self._each, self._each)
        found = asked._name(self._names.it + dotted.removeprefix("it"))
        return _asked(found) if self._inner else found

    def _over_cells(self, name: Name) -> Node:
        """A choice over several cells: the words that are ticked."""
        place = f"{name.table}[].{name.name}" if name.where == "row" else name.name
        ticks = self._names.ticks.get(name.where, {})
        if place not in ticks:
            return name
        pairs = ((replace(name, name=cell), _constant(word)) for cell, word in ticks[place])
        return Operation("ticked", tuple(chain(*pairs)), "text")

    def _field(self, name: str) -> Name | None:
        """A field of the row, or else of the rule's scope, or else of the whole form."""
        scopes: tuple[tuple[Scope, Mapping[str, str]], ...] = (
            ("row", self._in_row()),
            ("scope", self._names.fields),
            ("form", self._names.outer),
        )
        inside = f"{self._element}.{name}"
        if self._element and inside in self._in_row():
            return self._found("row", inside, self._in_row()[inside])
        for where, kinds in scopes:
            if name in kinds:
                return self._found(where, name, kinds[name])
        return None

    def _in_row(self) -> Mapping[str, str]:
        """What is asked or printed in the row."""
        return self._names.tables.get(self._table, {})

    def _found(self, where: Scope, name: str, kind: str) -> Name:
        split = kind == SPLIT
        part = "raw" if split or KINDS[kind].has_parts else ""
        place = f"{self._table}[].{name}" if where == "row" else name
        computed = place in self._names.computed.get(where, ())
        kind_type: Type = "text" if split else KINDS[kind].type
        found = Name(where, name, kind, kind_type, part, computed=computed)
        if where != "row":
            return found
        given = name in self._names.given.get(self._table, ())
        return replace(found, table=self._table, given=given)

    # -- functions

    def _call(self, node: nodes.Call) -> Node:
        """call = function "(" argument {"," argument} ")", of which `FUNCTIONS` tells the types."""
        name = _dotted(node.node)
        function = functions.FUNCTIONS.get(name)
        if function is None:
            known = tuple(sorted(functions.FUNCTIONS))
            raise RuleError("no_function", name=name, known=known)
        by_name = (*node.kwargs, node.dyn_args, node.dyn_kwargs)
        _expect(node.args and not any(by_name), "wrong_use", use=function.usage)
        if function.over_rows:
            return self._over_rows(function, _dotted(node.args[0]), node.args[1:])
        return Operation(name, self._arguments(function, node.args), function.gives)

    def _over_rows(self, function: Function, table: str, given: Sequence[nodes.Node]) -> Node:
        """The arguments behind the table are looked up in its rows."""
        own = function.name == "repeated"
        elements = self._elements(table)
        if elements:
            return self._over_columns(function, elements, given)
        _expect(table == self._table or not own, "not_own_row", use=function.usage)
        _expect(table in self._names.tables, "no_table", name=table, hint="")
        rows = _Reader(self._names, table, self._each, inner=True)
        arguments = rows._arguments(function, given)
        if own:
            return Repeated(table, arguments[0])
        by_role = {_ROLES.get(argument.type, "value"): argument for argument in arguments}
        value, condition = by_role.get("value"), by_role.get("condition")
        return OverRows(function.name, table, value, condition, function.gives)

    def _elements(self, name: str) -> list[str]:
        """The columns of the row that repeat under a name: source[0], source[1]."""
        nested = f"{self._element}.{name}" if self._element else name
        found: dict[str, None] = {}
        for path in map(Path, self._in_row()):
            found |= {row: None for row in path.rows if row.parent in (nested, name)}
        return [] if name in self._names.tables else list(found)

    def _over_columns(
        self, function: Function, elements: Sequence[str], given: Sequence[nodes.Node]
    ) -> Node:
        """A function over columns of the row: what it comes to for each of them, put together."""
        _expect(function.name in _OF_EACH, "not_over_columns", use=function.usage)
        operator, of_each = _OF_EACH[function.name]
        found: list[Node] = []
        for element in elements:
            inside = _Reader(
                self._names, self._table, self._each, inner=self._inner, element=element
            )
            arguments = inside._arguments(function, given)
            roles = {_ROLES.get(one.type, "value"): one for one in arguments}
            value, condition = roles.get("value"), roles.get("condition")
            found.append(of_each(self._blank(element), value, condition))
        return _together(operator, found)

    def _blank(self, element: str) -> Node:
        """Whether nothing is filled in in one of the columns that repeat."""
        inside = [name for name in self._in_row() if Path(name).is_under(Path(element))]
        cells = [self._found("row", name, self._in_row()[name]) for name in inside]
        ticked = self._names.ticks.get("row", {})
        whole = tuple(
            replace(cell, whole=True)
            for cell in cells
            if not cell.computed
            and cell.kind != SPLIT
            and f"{self._table}[].{cell.name}" not in ticked
        )
        return Operation("blank", whole, "flag") if whole else Const(False, "flag")

    def _arguments(self, function: Function, given: Sequence[nodes.Node]) -> tuple[Node, ...]:
        """As many as a function takes, each of the type that it takes there."""
        left = list(given)
        found: list[Node] = []
        for wanted in function.takes:
            taken = left[:] if wanted.rest else left[:1]
            del left[: len(taken)]
            _expect(taken or not wanted.needed, "wrong_use", use=function.usage)
            found += self._argument(wanted, taken)
        _expect(not left, "wrong_use", use=function.usage)
        fits = function.fits is None or function.fits(*found)
        _expect(fits, "wrong_use", use=function.usage)
        return tuple(found)

    def _argument(self, wanted: Argument, taken: Sequence[nodes.Node]) -> list[Node]:
        if wanted.type == "list":
            return [self._word_or_words(taken, wanted)]
        if wanted.field:
            return list(chain(*map(self._whole_field, taken)))
        if wanted.written:
            return [self._written(node, wanted.written) for node in taken]
        return [self._typed(node, wanted.type) for node in taken]

    def _written(self, node: nodes.Node, fits: Callable[[str], bool]) -> Node:
        found = self._word(node)
        _expect(fits(found), "not_pattern", pattern=found)
        return Const(found, "text")

    def _whole_field(self, node: nodes.Node) -> list[Node]:
        """A field, or all cells of a choice over several."""
        match self.read(node):
            case Name() as name:
                return [replace(name, whole=True)]
            case Operation(op="ticked", arguments=arguments):
                cells = (one for one in arguments if isinstance(one, Name))
                return [replace(cell, whole=True) for cell in cells]
        raise RuleError("field_wanted")

    def _word_or_words(self, given: Sequence[nodes.Node], wanted: Argument) -> Words:
        """words = (text | list | name | call) {"," (text | list | name | call)}."""
        words: list[str] = []
        names: list[Node] = []
        for node in given:
            match self.read(node):
                case Name(type="text") | Operation(type="text") as name:
                    names.append(name)
                case Words() as found:
                    words += found.words
                case _:
                    words.append(self._word(node))
        _expect([*words, *names] or not wanted.needed, "word_wanted")
        return _list_of(tuple(words), tuple(names))


def _of_sum(blank: Node, value: Node | None, condition: Node | None) -> Node:
    assert value
    if condition is None:
        return value
    return Operation("if", (_used(blank, condition), value, _constant(0)), "number")


def _of_count(blank: Node, _: Node | None, condition: Node | None) -> Node:
    return Operation("if", (_used(blank, condition), _constant(1), _constant(0)), "number")


def _of_any(blank: Node, _: Node | None, condition: Node | None) -> Node:
    return _used(blank, condition)


def _of_all(blank: Node, _: Node | None, condition: Node | None) -> Node:
    assert condition
    return Operation("or", (blank, condition), "flag")


def _used(blank: Node, condition: Node | None) -> Node:
    """Whether something is filled in in columns, and they meet a condition if there is one."""
    used = Operation("not", (blank,), "flag")
    return Operation("and", (used, condition), "flag") if condition else used


#: functions over columns of a row: what each of these adds, and how that is put together
_OF_EACH: Mapping[str, tuple[str, Callable[[Node, Node | None, Node | None], Node]]] = {
    "sum": ("+", _of_sum), "count": ("+", _of_count),
    "any": ("or", _of_any), "all": ("and", _of_all),
}  # fmt: skip


def _together(operator: str, found: Sequence[Node]) -> Node:
    """Several of one type joined by an operator, halves first: a deep tree is no formula."""
    if len(found) == 1:
        return found[0]
    middle = len(found) // 2
    pair = _together(operator, found[:middle]), _together(operator, found[middle:])
    return Operation(operator, pair, pair[0].type)


#: what reads each node of Jinja's tree
_READERS: Mapping[type[nodes.Node], Callable[[_Reader, Any], Node]] = {
    nodes.Const: _Reader._literal,
    nodes.List: _Reader._list,
    nodes.Tuple: _Reader._list,
    **dict.fromkeys((nodes.Name, nodes.Getattr, nodes.Getitem), _Reader._dotted_name),
    nodes.Not: _Reader._not,
    nodes.Neg: _Reader._minus,
    **dict.fromkeys((nodes.And, nodes.Or), _Reader._binary),
    **dict.fromkeys((nodes.Add, nodes.Sub, nodes.Mul, nodes.Div), _Reader._binary),
    nodes.Compare: _Reader._comparison,
    nodes.CondExpr: _Reader._choice,
    nodes.Call: _Reader._call,
}


def _asked(node: Node) -> Node:
    """What is named in the row that a rule is asked of, seen from other rows."""
    match node:
        case Name(where="row"):
            return replace(node, where="asked")
        case Operation(op="ticked"):
            return replace(node, arguments=tuple(map(_asked, node.arguments)))
    return node


def _not_in_the_language(node: nodes.Node) -> RuleError:
    return RuleError("not_in_language", name=type(node).__name__)


def _type(name: Type) -> Phrase:
    return Phrase(f"types.{name}")


def _constant(value: object) -> Const | Words:
    match value:
        case tuple() | list():
            return _trimmed(tuple(map(str, value)))
        case bool():
            return Const(value, "flag")
        case int() | float() | Decimal():
            _expect(-_LARGEST <= value <= _LARGEST, "number_too_large", most=_LARGEST)
            return Const(Decimal(str(value)), "number")
    _expect(not ODD_CHARACTER.search(str(value)), "odd_character")
    return Const(trim(str(value)), "text")


# Many rules name the same list of thousands of words: it is there once.
@lru_cache(maxsize=1024)
def _trimmed(words: tuple[str, ...]) -> Words:
    return _list_of(tuple(map(trim, words)), ())


@lru_cache(maxsize=2048)
def _list_of(words: tuple[str, ...], names: tuple[Node, ...]) -> Words:
    return Words(words, names=names)


def _dotted(node: nodes.Node) -> str:
    """A field as templates name it: plan[0].percent."""
    match node:
        case nodes.Name(name=name):
            return str(name)
        case nodes.Getattr(node=inner, attr=attribute):
            return f"{_dotted(inner)}.{attribute}"
        case nodes.Getitem(node=inner, arg=nodes.Const(value=int() as index)):
            return f"{_dotted(inner)}[{index}]"
    raise _not_in_the_language(node)
