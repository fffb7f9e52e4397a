"""Trees → Python functions, compiled as one unit. They call what `runtime` holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from ptxl.rules.runtime import HELPERS, Facts
from ptxl.rules.tree import Const, Name, Node, Operation, OverRows, Repeated, Words

Test = Callable[[Facts, str, str], Any]
#: operators and functions → the helpers that do them
_PYTHON: Mapping[str, str] = MappingProxyType({
    "+": "add", "-": "subtract", "*": "multiply", "/": "divide", "eq": "equal", "ne": "differs",
    "lt": "less", "lteq": "at_most", "gt": "more", "gteq": "at_least", "in": "is_one_of",
    "notin": "is_none_of", "contains": "contains", "starts": "starts", "ends": "ends",
    "length": "length", "year": "year", "first_day": "first_day", "last_day": "last_day",
    "another_year": "another_year", "shares": "shares",
})  # fmt: skip


def compile_python(trees: Sequence[Node]) -> list[Test]:
    """One Python function per tree, all of them compiled as one unit.

    Each takes the facts, the prefix of its scope and the prefix of its row (both with a dot at the
    end, or empty), and gives the value of the expression.
    """
    lines = [
        f"def rule_{number}(f, s, r):\n    v, asked = f.values, r\n    return {_show(tree)}"
        for number, tree in enumerate(trees)
    ]
    space: dict[str, Any] = dict(HELPERS)
    exec(compile("\n".join(lines), "<rules>", "exec"), space)
    return [space[f"rule_{number}"] for number in range(len(trees))]


def _show(node: Node) -> str:
    match node:
        case Const(value=Decimal() as number):
            return f"Decimal({str(number)!r})"
        case Const(value=value):
            return repr(value)
        case Words(words=words, names=()):
            return repr(words)
        case Words(words=words, names=names):
            return f"({words!r} + filled({', '.join(map(_show, names))}))"
        case Name():
            return _name(node)
        case OverRows():
            return _rows(node)
        case Repeated(table=table, value=value):
            text = _show(value)
            return f"repeated(f, s + {table!r}, r, {text!r}, lambda r: {text})"
        case Operation(op="blank", arguments=(Name() as name,)):
            return f"({_value(name)} is None)"
        case Operation(op="not", arguments=(inner,)):
            return f"(not {_show(inner)})"
        case Operation(op="and" | "or" as op, arguments=arguments):
            return "(" + f" {op} ".join(_show(argument) for argument in arguments) + ")"
        case Operation(op=op, arguments=arguments):
            return f"{_PYTHON[op]}({', '.join(_show(argument) for argument in arguments)})"
    raise AssertionError(node)


def _value(name: Name) -> str:
    prefix = {"scope": "s + ", "row": "r + ", "asked": "asked + ", "form": ""}[name.where]
    path = f"{prefix}{name.name!r}"
    looked_up = f"v.get({path})"
    return f"({looked_up} or f.given.get({path}))" if name.given else looked_up


def _name(name: Name) -> str:
    value = _value(name)
    if name.part:
        value = f"part({value}, {name.part!r})"
        return f"text({value})" if name.type == "text" else value
    return {"number": f"number({value})", "text": f"text({value})"}.get(name.type, value)


def _rows(node: OverRows) -> str:
    rows = f"f.rows.get(s + {node.table!r}, ())"
    condition = f" if {_show(node.condition)}" if node.condition else ""
    match node.function:
        case "any":
            return f"any({_show(node.condition or node)} for r in {rows})"
        case "all":
            return f"all({_show(node.condition or node)} for r in {rows})"
        case "count":
            return f"Decimal(sum(1 for r in {rows}{condition}))"
    assert node.value is not None
    values = f"[{_show(node.value)} for r in {rows}{condition}]"
    if node.function == "distinct":
        return f"Decimal(len(set({values})))"
    if node.function == "joined":
        return f"'、'.join(filled(*{values}))"
    return f"total({values})"
