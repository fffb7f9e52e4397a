"""The rule language: one Jinja expression over fields → a Python callable. Small and pure.

Jinja parses; what it may contain is a closed set: numbers, texts, fields (`funds.total`,
`plan[0].percent`), parameters, `+ - * /`, comparisons, `and or not`, `in`, and the functions of
`FUNCTIONS`. A blank number counts as 0.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from jinja2 import Environment, TemplateSyntaxError, nodes

#: looks a name up: a field's value, a parameter, or None for blank
Lookup = Callable[[str], object]
_Step = Callable[[Lookup], Any]
_PARSER = Environment(autoescape=False)


class RuleError(Exception):
    """An expression that is no rule: says what in it is not allowed."""


def _blank(value: object) -> bool:
    return value is None or value == ""


#: the functions of the rule language
FUNCTIONS: Mapping[str, Callable[..., object]] = MappingProxyType(
    {
        "blank": _blank,
        "length": lambda value: Decimal(len(str(value or ""))),
    }
)

_ARITHMETIC: Mapping[type[nodes.BinExpr], Callable[[Any, Any], Any]] = MappingProxyType(
    {
        nodes.Add: operator.add,
        nodes.Sub: operator.sub,
        nodes.Mul: operator.mul,
        nodes.Div: operator.truediv,
    }
)
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType({
    "eq": operator.eq, "ne": operator.ne, "lt": operator.lt, "lteq": operator.le,
    "gt": operator.gt, "gteq": operator.ge,
    "in": lambda left, right: left in right, "notin": lambda left, right: left not in right,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """An expression ready to run, and the names it looks up."""

    names: tuple[str, ...]
    evaluate: _Step


@lru_cache(maxsize=4096)
def compile_rule(expression: str) -> CompiledRule:
    """Compile one expression. Raises RuleError naming what is not part of the language."""
    if not expression.strip():
        raise RuleError("an empty rule")
    try:
        tree = _PARSER.parse("{{ (" + expression + ") }}")
    except TemplateSyntaxError as error:
        raise RuleError(f"not a valid expression: {error.message}") from None
    names: list[str] = []
    match tree.body:
        case [nodes.Output(nodes=[only])]:
            evaluate = _compile(only, names)
            return CompiledRule(tuple(dict.fromkeys(names)), evaluate)
    raise RuleError("a rule is one expression")


def rule_names(expression: str) -> tuple[str, ...]:
    """The fields and parameters that an expression looks up."""
    return compile_rule(expression).names


def render_message(text: str, lookup: Lookup, blank: str = "空") -> str:
    """A rule's message with every `{{ expression }}` replaced by its value, or by `blank`."""

    def show(found: re.Match[str]) -> str:
        value = compile_rule(found[1].strip()).evaluate(lookup)
        if value is None:
            return blank
        return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)

    return re.sub(r"\{\{(.*?)\}\}", show, text)


def _compile(node: nodes.Node, names: list[str]) -> _Step:
    match node:
        case nodes.Const(value=value):
            constant = Decimal(str(value)) if type(value) in (int, float) else value
            return lambda lookup: constant
        case nodes.Name() | nodes.Getattr() | nodes.Getitem():
            name = _dotted(node)
            names.append(name)
            return lambda lookup: lookup(name)
        case nodes.Not(node=inner):
            step = _compile(inner, names)
            return lambda lookup: not step(lookup)
        case nodes.And(left=left, right=right):
            first, second = _compile(left, names), _compile(right, names)
            return lambda lookup: first(lookup) and second(lookup)
        case nodes.Or(left=left, right=right):
            first, second = _compile(left, names), _compile(right, names)
            return lambda lookup: first(lookup) or second(lookup)
        case nodes.Neg(node=inner):
            step = _compile(inner, names)
            return lambda lookup: -_number(step(lookup))
        case nodes.Tuple(items=items) | nodes.List(items=items):
            steps = [_compile(item, names) for item in items]
            return lambda lookup: [step(lookup) for step in steps]
        case nodes.Compare():
            return _compile_comparison(node, names)
        case nodes.Call():
            return _compile_call(node, names)
        case nodes.BinExpr(left=left, right=right) if type(node) in _ARITHMETIC:
            apply = _ARITHMETIC[type(node)]
            first, second = _compile(left, names), _compile(right, names)
            return lambda lookup: apply(_number(first(lookup)), _number(second(lookup)))
    raise RuleError(f"{type(node).__name__} is not part of the rule language")


def _compile_comparison(node: nodes.Compare, names: list[str]) -> _Step:
    steps = [_compile(node.expr, names)] + [_compile(o.expr, names) for o in node.ops]
    comparisons = [_COMPARISONS[o.op] for o in node.ops]

    def evaluate(lookup: Lookup) -> bool:
        values = [step(lookup) for step in steps]
        if any(isinstance(value, Decimal) for value in values):
            values = [Decimal(0) if value is None else value for value in values]
        pairs = zip(comparisons, values, values[1:], strict=False)
        return all(compare(left, right) for compare, left, right in pairs)

    return evaluate


def _compile_call(node: nodes.Call, names: list[str]) -> _Step:
    name = node.node.name if isinstance(node.node, nodes.Name) else ""
    if name not in FUNCTIONS:
        known = ", ".join(sorted(FUNCTIONS))
        raise RuleError(f'"{name}" is no function of the rule language ({known})')
    if node.kwargs or node.dyn_args or node.dyn_kwargs or len(node.args) != 1:
        raise RuleError(f"{name}() takes one value")
    step, function = _compile(node.args[0], names), FUNCTIONS[name]
    return lambda lookup: function(step(lookup))


def _dotted(node: nodes.Node) -> str:
    match node:
        case nodes.Name(name=name):
            return str(name)
        case nodes.Getattr(node=inner, attr=attribute):
            return f"{_dotted(inner)}.{attribute}"
        case nodes.Getitem(node=inner, arg=nodes.Const(value=int() as index)):
            return f"{_dotted(inner)}[{index}]"
    raise RuleError(f"{type(node).__name__} is not part of the rule language")


def _number(value: object) -> Decimal:
    if value is None:
        return Decimal(0)
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int):
        return Decimal(value)
    raise RuleError(f'"{value}" is not a number')
