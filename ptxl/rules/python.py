"""Trees → Python functions, compiled as one unit. They call what `functions` holds."""

from __future__ import annotations

import marshal
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import singledispatch
from hashlib import blake2b
from types import MappingProxyType
from typing import Any

from ptxl.rules import functions
from ptxl.rules.functions import Facts
from ptxl.rules.texts import Vocabulary
from ptxl.rules.tree import Const, Name, Node, Operation, OverRows, Repeated, Words, walk

Test = Callable[[Facts, str, str], Any]
#: what compiled rules may name, beside functions, operators and lists of words
_SPACE: Mapping[str, Any] = MappingProxyType({
    "Decimal": Decimal, "number": functions.number, "part": functions.part,
    "filled": functions.filled,
})  # fmt: skip
#: the path of a name, by where it is looked up
_PREFIXES = {"scope": "s + ", "row": "r + ", "asked": "asked + ", "form": "", "unit": ""}

#: comparisons of texts, which are never nothing: most rules begin with one
_OF_TEXTS = {"eq": " == ", "ne": " != ", "in": " in ", "notin": " not in "}


@dataclass(frozen=True, slots=True)
class Code:
    """What was compiled of trees: one function for each; only the same Python can use it."""

    functions: int
    #: what is made of it names lists of words by their keys
    words: tuple[tuple[str, ...], ...]
    marshalled: bytes


def compile_python(trees: Sequence[Node]) -> list[Test]:
    """One Python function per tree, all of them compiled as one unit.

    Each takes the facts, the prefix of its scope and the prefix of its row (both with a dot at the
    end, or empty), and gives the value of the expression.
    """
    return functions_of(code_of(trees))


def code_of(trees: Sequence[Node]) -> Code:
    """The code of one function per tree."""
    lines: list[str] = []
    for number, tree in enumerate(trees):
        lines.append(f"def rule_{number}(f, s, r):")
        lines.append("    v, t, asked = f.values, f.texts, r")
        lines.append(f"    return {_show(tree)}")
    every = (node.words for tree in trees for node in walk(tree) if isinstance(node, Words))
    marshalled = marshal.dumps(compile("\n".join(lines), "<rules>", "exec"))
    return Code(len(trees), tuple(dict.fromkeys(every)), marshalled)


def functions_of(code: Code) -> list[Test]:
    """The functions that were compiled, in the order of their trees."""
    space: dict[str, Any] = dict(_SPACE)
    space |= {_name_of(name): found.python for name, found in functions.by_name().items()}
    space |= {_key(each): Vocabulary(each) for each in code.words}
    exec(marshal.loads(code.marshalled), space)
    return [space[f"rule_{number}"] for number in range(code.functions)]


@singledispatch
def _show(node: Node) -> str:
    """The Python expression of a node: a rule's prefixes are `s` and `r`, the facts `f`."""
    raise AssertionError(node)


def _shown(nodes: Iterable[Node]) -> list[str]:
    return list(map(_show, nodes))


@_show.register
def _const(node: Const) -> str:
    if isinstance(node.value, Decimal):
        return f"Decimal({str(node.value)!r})"
    return repr(node.value)


@_show.register
def _words(node: Words) -> str:
    words = _key(node.words)
    if node.names:
        return f"({words} + filled({', '.join(_shown(node.names))}))"
    return words


def _key(words: tuple[str, ...]) -> str:
    """The name of a list of words in compiled rules."""
    return f"words_{blake2b(repr(words).encode(), digest_size=12).hexdigest()}"


def _name_of(function: str) -> str:
    """The name of a function or operator in compiled rules."""
    return f"call_{function if function.isidentifier() else ord(function)}"


@_show.register
def _name(node: Name) -> str:
    value = _value(node)
    if node.whole:
        return value
    if node.type == "text":
        part = f"{functions.PART}{node.part}" if node.part else ""
        return f"t[{_PREFIXES[node.where]}{node.name + part!r}]"
    if node.part:
        value = f"part({value}, {node.part!r})"
    # What a target value does not have is nothing, a blank number is 0.
    if node.type == "number" and not node.part:
        return f"number({value})"
    return value


def _value(name: Name) -> str:
    path = f"{_PREFIXES[name.where]}{name.name!r}"
    looked_up = f"v.get({path})"
    return f"({looked_up} or f.given.get({path}))" if name.given else looked_up


@_show.register
def _operation(node: Operation) -> str:
    arguments = _shown(node.arguments)
    match node.op:
        case "not":
            return f"(not {arguments[0]})"
        case "if":
            nothing = "''" if node.type == "text" else "None"
            condition, first, otherwise = (*arguments, nothing)[:3]
            return f"({first} if {condition} else {otherwise})"
        case "and" | "or":
            return "(" + f" {node.op} ".join(arguments) + ")"
        case sign if sign in _OF_TEXTS and node.arguments[0].type == "text":
            return f"({_OF_TEXTS[sign].join(arguments)})"
    return f"{_name_of(node.op)}({', '.join(arguments)})"


@_show.register
def _over_rows(node: OverRows) -> str:
    value, condition = node.value, node.condition
    if functions.CONDITION in functions.FUNCTIONS[node.function].takes:
        value, condition = condition, None
    shown = _show(value) if value else "1"
    where = f" if {_show(condition)}" if condition else ""
    rows = f"f.rows.get(s + {node.table!r}, ())"
    return f"{_name_of(node.function)}({shown} for r in {rows}{where})"


@_show.register
def _repeated(node: Repeated) -> str:
    text = _show(node.value)
    return f"{_name_of('repeated')}(f, s + {node.table!r}, r, {text!r}, lambda r: {text})"
