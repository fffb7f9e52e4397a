"""The rule language: one Jinja expression over fields and rows → Python, and → an Excel formula.

Jinja parses; `parse_rule` turns its tree into a small typed one of a closed set of operators and
functions (`FUNCTIONS`), refusing everything else; the two backends below only print that tree.

Values: a blank number counts as 0, a blank text as "". What a target value does not have (the
`number` of 有效提升) is nothing, and no comparison with nothing holds. Texts are compared as
Excel's TRIM leaves them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from jinja2 import Environment, TemplateSyntaxError, nodes

from ptxl.split import LONGEST_AMOUNT, PLAIN_SIGNS
from ptxl.split import PARTS as PARTS_OF_SPLIT
from ptxl.wording import another_year, period_of, shares

Type = Literal["number", "text", "flag", "date", "list"]
_PARSER = Environment(autoescape=False)

_TYPE_OF_KIND: Mapping[str, Type] = MappingProxyType(
    {"money": "number", "integer": "number", "percent": "number", "date": "date"}
)
#: the parts of a target value and their types
PARTS: Mapping[str, Type] = MappingProxyType({
    "raw": "text", "comparison": "text", "number": "number", "upper": "number", "unit": "text",
    "note": "text", "date_from": "date", "date_to": "date",
})  # fmt: skip
#: the kinds of fields that hold a target value: in one cell, or split over three
TARGETS = ("target", "split")
#: the functions, with what they take and give; those over rows take a table first
FUNCTIONS: Mapping[str, str] = MappingProxyType({
    "blank": "blank(x): whether a field has no answer",
    "length": "length(text): how many characters",
    "contains": "contains(text, word, …): whether any of the words is in it",
    "starts": "starts(text, word, …): whether it begins with any of the words",
    "ends": "ends(text, word, …): whether it ends with any of the words",
    "year": "year(date): its year",
    "first_day": "first_day(text): the first day of the time that it names",
    "last_day": "last_day(text): the last day of the time that it names",
    "another_year": "another_year(text, year[, period]): a year in it that is none of these",
    "shares": "shares(text, text[, word, …]): whether they share a word, these aside",
    "count": "count(table[, condition]): how many rows in use (that meet it)",
    "any": "any(table, condition): whether a row in use meets it",
    "all": "all(table, condition): whether every row in use meets it",
    "sum": "sum(table, number[, condition]): the sum over rows in use (that meet it)",
    "distinct": "distinct(table, text[, condition]): how many different texts",
    "joined": "joined(table, text[, condition]): these texts, one after the other",
    "repeated": "repeated(table, text): whether the text of this row stands in a row above it",
})  # fmt: skip
_ROW_FUNCTIONS = ("count", "any", "all", "sum", "distinct", "joined")
#: the functions of one value, with the types that they take and give
_SINGLE: Mapping[str, tuple[Type, Type]] = MappingProxyType({
    "length": ("text", "number"), "year": ("date", "number"),
    "first_day": ("text", "date"), "last_day": ("text", "date"),
})  # fmt: skip
_WORD_FUNCTIONS = ("contains", "starts", "ends")


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


# -- the typed tree


@dataclass(frozen=True, slots=True)
class Const:
    """A number, a text or a truth written in the rule, or a parameter's value."""

    value: Decimal | str | bool
    type: Type


@dataclass(frozen=True, slots=True)
class Words:
    """A list of texts, behind `in`, and with them the texts of fields, where these have one."""

    words: tuple[str, ...]
    type: Type = "list"
    names: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Name:
    """A field's value, or a `part` of its target value; `where` says which prefix it takes.

    Inside a function over rows `row` is the row there, and `asked` that which the rule is asked of.
    """

    where: Literal["scope", "row", "asked", "form"]
    name: str
    kind: str
    type: Type
    part: str = ""
    table: str = ""
    given: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator or function of single values; `op` as Jinja or `FUNCTIONS` calls it."""

    op: str
    arguments: tuple[Node, ...]
    type: Type


@dataclass(frozen=True, slots=True)
class OverRows:
    """A function over the rows in use of one table."""

    function: str
    table: str
    value: Node | None
    condition: Node | None
    type: Type


@dataclass(frozen=True, slots=True)
class Repeated:
    """Whether the text of the row that is looked at, if any, stands in a row in use above it."""

    table: str
    value: Node
    type: Type = "flag"


Node: TypeAlias = Const | Words | Name | Operation | OverRows | Repeated


def parse_rule(expression: str, names: Names, each: str = "") -> Node:
    """The typed tree of an expression; `each` names the table whose row it looks at.

    Raises RuleError naming what is not part of the language, or what no name stands for.
    """
    if not expression.strip():
        raise RuleError("an empty rule")
    try:
        tree = _PARSER.parse("{{ (" + expression + ") }}")
    except TemplateSyntaxError as error:
        raise RuleError(f"not a valid expression: {error.message}") from None
    match tree.body:
        case [nodes.Output(nodes=[only])]:
            return _Reader(names, each, each).read(only)
    raise RuleError("a rule is one expression")


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
                return Const(_trim(value), "text")
            case nodes.Name() | nodes.Getattr() | nodes.Getitem():
                return self._name(_dotted(node))
            case nodes.Not(node=inner):
                return Operation("not", (self._typed(inner, "flag"),), "flag")
            case nodes.And(left=left, right=right):
                pair = self._typed(left, "flag"), self._typed(right, "flag")
                return Operation("and", pair, "flag")
            case nodes.Or(left=left, right=right):
                pair = self._typed(left, "flag"), self._typed(right, "flag")
                return Operation("or", pair, "flag")
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
            if found is None or (part and (found.kind not in TARGETS or part not in PARTS)):
                continue
            if found.kind in TARGETS and not part:
                part = "raw"
            kind_type = PARTS[part] if part else _TYPE_OF_KIND.get(found.kind, "text")
            return Name(found.where, name, found.kind, kind_type, part, found.table, found.given)
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
            raise RuleError(f"wrong use: {FUNCTIONS[name]}")
        if name in _ROW_FUNCTIONS:
            return self._over_rows(name, node.args)
        if name == "repeated":
            return self._repeated(node.args)
        if name in _WORD_FUNCTIONS:
            words = self._word_or_words(node.args[1:])
            if not (words.words or words.names):
                raise RuleError(f"wrong use: {FUNCTIONS[name]}")
            return Operation(name, (self._typed(node.args[0], "text"), words), "flag")
        if name in ("another_year", "shares"):
            return self._about_texts(name, node.args)
        if len(node.args) != 1:
            raise RuleError(f"wrong use: {FUNCTIONS[name]}")
        if name == "blank":
            return Operation("blank", (self._blank_field(node.args[0]),), "flag")
        wanted, given = _SINGLE[name]
        return Operation(name, (self._typed(node.args[0], wanted),), given)

    def _blank_field(self, node: nodes.Node) -> Node:
        found = self.read(node)
        if not isinstance(found, Name):
            raise RuleError(f"wrong use: {FUNCTIONS['blank']}")
        return found

    def _about_texts(self, name: str, arguments: Sequence[nodes.Node]) -> Node:
        if len(arguments) < 2:
            raise RuleError(f"wrong use: {FUNCTIONS[name]}")
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
                raise RuleError(f"wrong use: {FUNCTIONS[name]}")
            value = inner._typed(rest.pop(0), "number" if name == "sum" else "text")
        condition = inner._typed(rest.pop(0), "flag") if rest else None
        if rest or (condition is None and name in ("any", "all")):
            raise RuleError(f"wrong use: {FUNCTIONS[name]}")
        types: Mapping[str, Type] = {"any": "flag", "all": "flag", "joined": "text"}
        type_ = types.get(name, "number")
        return OverRows(name, table, value, condition, type_)


def _constant(value: object) -> Const | Words:
    if isinstance(value, tuple | list):
        return Words(tuple(_trim(str(word)) for word in value))
    if isinstance(value, bool):
        return Const(value, "flag")
    if isinstance(value, int | float | Decimal):
        return Const(Decimal(str(value)), "number")
    return Const(_trim(str(value)), "text")


def _dotted(node: nodes.Node) -> str:
    match node:
        case nodes.Name(name=name):
            return str(name)
        case nodes.Getattr(node=inner, attr=attribute):
            return f"{_dotted(inner)}.{attribute}"
        case nodes.Getitem(node=inner, arg=nodes.Const(value=int() as index)):
            return f"{_dotted(inner)}[{index}]"
    raise RuleError(f"{type(node).__name__} is not part of the rule language")


def walk(node: Node) -> list[Node]:
    """A node and all below it."""
    below: tuple[Node | None, ...] = ()
    if isinstance(node, Operation):
        below = node.arguments
    elif isinstance(node, OverRows):
        below = (node.value, node.condition)
    elif isinstance(node, Repeated):
        below = (node.value,)
    elif isinstance(node, Words):
        below = node.names
    return [node, *(inner for child in below if child is not None for inner in walk(child))]


# -- → Python


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule looks at: values by path, printed constants by path, rows in use by table path.

    Row prefixes end with a dot.
    """

    values: Mapping[str, object]
    given: Mapping[str, str]
    rows: Mapping[str, Sequence[str]]
    #: of each table and expression the rows whose text stands in one above
    repeated: dict[tuple[str, str], set[str]] = field(default_factory=dict, compare=False)


Test = Callable[[Facts, str, str], Any]


def compile_python(trees: Sequence[Node]) -> list[Test]:
    """One Python function per tree, all of them compiled as one unit.

    Each takes the facts, the prefix of its scope and the prefix of its row (both with a dot at the
    end, or empty), and gives the value of the expression.
    """
    lines = [
        f"def rule_{number}(f, s, r):\n    v, asked = f.values, r\n    return {_python(tree)}"
        for number, tree in enumerate(trees)
    ]
    space: dict[str, Any] = dict(_HELPERS)
    exec(compile("\n".join(lines), "<rules>", "exec"), space)
    return [space[f"rule_{number}"] for number in range(len(trees))]


def _python(node: Node) -> str:
    match node:
        case Const(value=Decimal() as number):
            return f"Decimal({str(number)!r})"
        case Const(value=value):
            return repr(value)
        case Words(words=words, names=()):
            return repr(words)
        case Words(words=words, names=names):
            return f"({words!r} + filled({', '.join(map(_python, names))}))"
        case Name():
            return _python_name(node)
        case OverRows():
            return _python_rows(node)
        case Repeated(table=table, value=value):
            text = _python(value)
            return f"repeated(f, s + {table!r}, r, {text!r}, lambda r: {text})"
        case Operation(op="blank", arguments=(Name() as name,)):
            return f"({_python_value(name)} is None)"
        case Operation(op="not", arguments=(inner,)):
            return f"(not {_python(inner)})"
        case Operation(op="and" | "or" as op, arguments=arguments):
            return "(" + f" {op} ".join(_python(argument) for argument in arguments) + ")"
        case Operation(op=op, arguments=arguments):
            return f"{_PYTHON[op]}({', '.join(_python(argument) for argument in arguments)})"
    raise AssertionError(node)


def _python_value(name: Name) -> str:
    prefix = {"scope": "s + ", "row": "r + ", "asked": "asked + ", "form": ""}[name.where]
    path = f"{prefix}{name.name!r}"
    looked_up = f"v.get({path})"
    return f"({looked_up} or f.given.get({path}))" if name.given else looked_up


def _python_name(name: Name) -> str:
    value = _python_value(name)
    if name.part:
        value = f"part({value}, {name.part!r})"
        return f"text({value})" if name.type == "text" else value
    return {"number": f"number({value})", "text": f"text({value})"}.get(name.type, value)


def _python_rows(node: OverRows) -> str:
    rows = f"f.rows.get(s + {node.table!r}, ())"
    condition = f" if {_python(node.condition)}" if node.condition else ""
    match node.function:
        case "any":
            return f"any({_python(node.condition or node)} for r in {rows})"
        case "all":
            return f"all({_python(node.condition or node)} for r in {rows})"
        case "count":
            return f"Decimal(sum(1 for r in {rows}{condition}))"
    assert node.value is not None
    values = f"[{_python(node.value)} for r in {rows}{condition}]"
    if node.function == "distinct":
        return f"Decimal(len(set({values})))"
    if node.function == "joined":
        return f"'、'.join(filled(*{values}))"
    return f"total({values})"


_SPACES = re.compile(" +")


def _trim(text: str) -> str:
    text = text.strip(" ")
    return _SPACES.sub(" ", text) if "  " in text else text


def _is_repeated(
    facts: Facts, table: str, row: str, expression: str, text_of: Callable[[str], str]
) -> bool:
    key = (table, expression)
    if key not in facts.repeated:
        above: set[str] = set()
        rows = facts.repeated[key] = set()
        for other in facts.rows.get(table, ()):
            text = text_of(other)
            rows |= {other} if text in above else set()
            above |= {text} if text else set()
    return row in facts.repeated[key]


def _decimal(number: int | None) -> Decimal | None:
    return None if number is None else Decimal(number)


_HELPERS: Mapping[str, Any] = MappingProxyType({
    "Decimal": Decimal,
    "number": lambda value: Decimal(0) if value is None else value,
    "text": lambda value: "" if value is None else _trim(str(value)),
    "part": lambda value, name: None if value is None else getattr(value, name),
    "total": lambda values: sum((v for v in values if v is not None), Decimal(0)),
    "add": lambda x, y: None if x is None or y is None else x + y,
    "subtract": lambda x, y: None if x is None or y is None else x - y,
    "multiply": lambda x, y: None if x is None or y is None else x * y,
    "divide": lambda x, y: x / y if x is not None and y else None,
    "equal": lambda x, y: x is not None and y is not None and x == y,
    "differs": lambda x, y: x is not None and y is not None and x != y,
    "less": lambda x, y: x is not None and y is not None and x < y,
    "at_most": lambda x, y: x is not None and y is not None and x <= y,
    "more": lambda x, y: x is not None and y is not None and x > y,
    "at_least": lambda x, y: x is not None and y is not None and x >= y,
    "is_one_of": lambda text, words: text in words,
    "is_none_of": lambda text, words: text not in words,
    "contains": lambda text, words: any(word in text for word in words),
    "starts": lambda text, words: text.startswith(words),
    "ends": lambda text, words: text.endswith(words),
    "length": lambda text: Decimal(len(text)),
    "repeated": _is_repeated,
    "filled": lambda *texts: tuple(text for text in texts if text),
    "another_year": lambda text, year, *periods: _decimal(another_year(text, int(year), *periods)),
    "shares": shares,
    "year": lambda day: None if day is None else Decimal(day.year),
    "first_day": lambda text: period_of(text)[0],
    "last_day": lambda text: period_of(text)[1],
})  # fmt: skip
_PYTHON: Mapping[str, str] = MappingProxyType({
    "+": "add", "-": "subtract", "*": "multiply", "/": "divide", "eq": "equal", "ne": "differs",
    "lt": "less", "lteq": "at_most", "gt": "more", "gteq": "at_least", "in": "is_one_of",
    "notin": "is_none_of", "contains": "contains", "starts": "starts", "ends": "ends",
    "length": "length", "year": "year", "first_day": "first_day", "last_day": "last_day",
    "another_year": "another_year", "shares": "shares",
})  # fmt: skip


# -- → Excel

#: some rows of a table, from one to before another; None for all of them
Span: TypeAlias = tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Cells:
    """Where a rule's names stand on the sheets.

    `refer` gives the reference of a name: a cell, or of a row's name the range of its column (or
    an array); `in_use`, for a table, an array that is 1 for each row in use; `count` how many rows.
    """

    refer: Callable[[Name, Span], str]
    in_use: Callable[[str, Span], str]
    count: Callable[[str], int]


class NotLive(Exception):  # noqa: N818 - no error: such a rule only runs at the desk
    """A rule that cannot become a formula of Excel 2010, WPS and LibreOffice."""


def formula(node: Node, cells: Cells, span: Span = None) -> str:
    """The formula (without `=`) whose value is that of the expression, for the row in `span`.

    Inside functions over rows, and for rules that look at each row, names refer to whole columns
    and the formula works on arrays: so truth is 1 or 0 throughout, `and` multiplies, and no
    function is used that would not take an array. Raises NotLive.
    """
    return _Formula(cells, span).show(node)


def row_by_row(node: Node) -> bool:
    """Whether the formula of a rule must be asked of each row apart, since it compares rows."""
    return isinstance(node, Repeated) or (
        isinstance(node, Operation) and any(map(row_by_row, node.arguments))
    )


def split_names(node: Node) -> list[Name]:
    """The split values of the row itself of which a rule wants more than the text.

    A spreadsheet can tell only those that are plain: see `plain_formula`.
    """
    names = (found for found in walk(node) if isinstance(found, Name))
    return list({
        name.name: name for name in names if name.kind == "split" and name.part != "raw"
    }.values())  # fmt: skip


def plain_formula(name: Name, cells: Cells, span: Span = None) -> str:
    """1 where a split value is a listed sign beside a plain number, as `split.plain_values`."""
    sign, amount, _ = (f"TRIM({cells.refer(part, span)})" for part in _cells_of(name))
    return f"({_one_of(sign, tuple(PLAIN_SIGNS))}*{_is_plain(amount)})"


def _cells_of(name: Name) -> tuple[Name, ...]:
    """The names of the sign, the amount and the unit of a split value."""
    whole = replace(name, kind="text", type="text", part="")
    return tuple(replace(whole, name=f"{name.name}.{part}") for part in PARTS_OF_SPLIT)


def _is_plain(text: str) -> str:
    """1 where a text is digits, or digits with one point between them."""
    row = "{" + ",".join(f'"{digit}"' for digit in range(10)) + "}"
    digits = f'MMULT(LEN({text})-LEN(SUBSTITUTE({text},{row},"")),{_ones(10)})'
    points = f'(LEN({text})-LEN(SUBSTITUTE({text},".","")))'
    conditions = (
        f"LEN({text})>0",
        f"LEN({text})<={LONGEST_AMOUNT}",
        f"{digits}+{points}=LEN({text})",
        f"{points}<2",
        f'LEFT({text},1)<>"."',
        f'RIGHT({text},1)<>"."',
    )
    return "(" + "*".join(f"({condition})" for condition in conditions) + ")"


def _one_of(text: str, words: Sequence[str], test: str = "in") -> str:
    """1 where a text is, contains, begins or ends with one of the words.

    The text may be a column: the words lie across it, and MMULT adds up what each of them found.
    """
    if not words:
        return "0"
    row = "{" + ",".join(map(_quoted, words)) + "}"
    lengths = "{" + ",".join(str(len(word)) for word in words) + "}"
    found = {
        "contains": f"ISNUMBER(FIND({row},{text}))",
        "starts": f"EXACT(LEFT({text},{lengths}),{row})",
        "ends": f"EXACT(RIGHT({text},{lengths}),{row})",
    }.get(test, f"EXACT({text},{row})")
    return f"((MMULT({found}*1,{_ones(len(words))})>0)*1)"


def _ones(count: int) -> str:
    """A column of ones, with which MMULT adds up each row."""
    return "{" + ";".join("1" * count) + "}"


class _Formula:
    def __init__(self, cells: Cells, span: Span, *, inside: bool = False) -> None:
        self._cells, self._span, self._inside = cells, span, inside

    def show(self, node: Node) -> str:
        match node:
            case Const(value=bool() as value):
                return "1" if value else "0"
            case Const(value=Decimal() as value):
                return format(value, "f")
            case Const(value=str() as value):
                return _quoted(value)
            case Name():
                return self._name(node)
            case OverRows():
                return self._over_rows(node)
            case Repeated():
                return self._repeated(node)
            case Operation():
                return self._operation(node)
        raise NotLive("a list alone")

    def _name(self, name: Name) -> str:
        if name.where == "asked":
            raise NotLive("one row compared with those of a table")
        if name.kind == "split":
            return self._split(name)
        if name.part not in ("", "raw") or name.type == "date":
            raise NotLive("target values and dates")
        reference = self._cells.refer(name, self._span)
        if name.kind == "percent":
            return f'VALUE(SUBSTITUTE("0"&TRIM({reference}),"%",""))'
        return f"({reference}+0)" if name.type == "number" else f"TRIM({reference})"

    def _split(self, name: Name) -> str:
        """From the three cells: the text of all, the unit, or the number where it is plain."""
        cells = [f"TRIM({self._cells.refer(part, self._span)})" for part in _cells_of(name)]
        if name.part == "raw":
            return "(" + "&".join(cells) + ")"
        if self._inside or name.part not in ("number", "unit"):
            raise NotLive("a part of a target value that no cell holds")
        if name.part == "unit":
            return cells[2]
        return f'VALUE("0"&REPT({cells[1]},{_is_plain(cells[1])}))'

    def _operation(self, node: Operation) -> str:
        arguments = node.arguments
        match node.op:
            case "not":
                return f"(1-{self.show(arguments[0])})"
            case "and":
                return "(" + "*".join(self.show(argument) for argument in arguments) + ")"
            case "or":
                return "((" + "+".join(self.show(a) for a in arguments) + ">0)*1)"
            case "blank":
                assert isinstance(arguments[0], Name)
                whole = replace(arguments[0], kind="text", type="text")
                text = self._name(arguments[0] if arguments[0].kind == "split" else whole)
                return f"((LEN({text})=0)*1)"
            case "+" | "-" | "*" | "/" as op:
                return f"({self.show(arguments[0])}{op}{self.show(arguments[1])})"
            case "length":
                return f"LEN({self.show(arguments[0])})"
            case "eq" | "ne" | "lt" | "lteq" | "gt" | "gteq":
                return self._comparison(node)
            case "in" | "notin" | "contains" | "starts" | "ends":
                return self._words(node)
        raise NotLive(node.op)

    def _comparison(self, node: Operation) -> str:
        if any(_is_split(argument, "upper") for argument in node.arguments):
            return "0"  # a plain number is no range, and no comparison with nothing holds
        if _is_split(node.arguments[0], "comparison") and isinstance(node.arguments[1], Const):
            words = Words((str(node.arguments[1].value),))
            return self._signs(Operation(node.op, (node.arguments[0], words), "flag"))
        left, right = (self.show(argument) for argument in node.arguments)
        if node.arguments[0].type == "text":
            same = f"(EXACT({left},{right})*1)"
            if node.op not in ("eq", "ne"):
                raise NotLive("order of texts")
            return same if node.op == "eq" else f"(1-{same})"
        # Amounts are decimal, a program's numbers binary: compare what is left after rounding.
        sign = {"eq": "=", "ne": "<>", "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">="}[node.op]
        return f"((ROUND({left}-{right},8){sign}0)*1)"

    def _words(self, node: Operation) -> str:
        if _is_split(node.arguments[0], "comparison"):
            return self._signs(node)
        words = node.arguments[1]
        assert isinstance(words, Words)
        if words.names:
            raise NotLive("words that are answers")
        found = _one_of(self.show(node.arguments[0]), words.words, node.op)
        return f"(1-{found})" if node.op == "notin" else found

    def _signs(self, node: Operation) -> str:
        """Comparisons asked for by sign; those that are no sign cannot be told from the cells."""
        name, words = node.arguments
        assert isinstance(name, Name)
        assert isinstance(words, Words)
        signs = [sign for sign, comparison in PLAIN_SIGNS.items() if comparison in words.words]
        if self._inside or node.op not in ("eq", "ne", "in", "notin") or not signs:
            raise NotLive("what a target value means")
        found = _one_of(f"TRIM({self._cells.refer(_cells_of(name)[0], self._span)})", signs)
        return f"(1-{found})" if node.op in ("ne", "notin") else found

    def _over_rows(self, node: OverRows) -> str:
        if node.function in ("distinct", "joined"):
            raise NotLive(node.function)
        spans: list[Span] = [None]
        if node.condition and row_by_row(node.condition):
            spans = [(row, row + 1) for row in range(self._cells.count(node.table))]
        total = "+".join(self._summand(node, span) for span in spans)
        if node.function in ("any", "all"):
            return f"((({total}){'>' if node.function == 'any' else '='}0)*1)"
        return total if len(spans) == 1 else f"({total})"

    def _summand(self, node: OverRows, span: Span) -> str:
        """What some rows add: how many meet the condition (of `all`: fail it), or their sum."""
        inner = _Formula(self._cells, span, inside=True)
        factors = [inner.show(node.condition)] if node.condition else []
        if node.function == "all":
            factors = [f"(1-{factors[0]})"]
        if node.function == "all" or not isinstance(node.condition, Repeated):
            factors.insert(0, self._cells.in_use(node.table, span))
        if node.value is not None:
            factors.append(inner.show(node.value))
        return f"SUMPRODUCT({'*'.join(factors)})" if span is None else "*".join(factors)

    def _repeated(self, node: Repeated) -> str:
        """A text that is there makes its row one in use: so only the cells above are looked at."""
        if any(isinstance(found, Name) and found.given for found in walk(node.value)):
            raise NotLive("a column that is printed in some rows")
        assert self._span
        if self._span[0] == 0:
            return "0"
        text = self.show(node.value)
        above = _Formula(self._cells, (0, self._span[0]), inside=self._inside).show(node.value)
        return f"((LEN({text})>0)*(SUMPRODUCT(EXACT({above},{text})*1)>0))"


def _is_split(node: Node, part: str) -> bool:
    return isinstance(node, Name) and node.kind == "split" and node.part == part


def _quoted(text: str) -> str:
    if len(text) > 200:
        raise NotLive("a long text")
    return '"' + text.replace('"', '""') + '"'


# -- messages


def message_parts(text: str) -> list[tuple[str, str]]:
    """A message as pairs of plain text and the expression that follows it (empty at the end)."""
    pieces = re.split(r"\{\{(.*?)\}\}", text)
    return [*zip(pieces[::2], [*(p.strip() for p in pieces[1::2]), ""], strict=True)]


def show_value(value: object, blank: str) -> str:
    """A value inside a message, as people write it."""
    if value is None or value == "":
        return blank
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)
