"""Jinja inside one text → a value. Compiled once; evaluated in a sandbox, undefined is an error.

Only output and `if` are allowed: structure repeats by data (`for_each`, `when`), never by Jinja.
What differs by unit is left as a placeholder (`{{ unit.name }}`): printed, not computed on. Texts
have no methods, and no step of a computation takes or makes more than a cell can hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache, singledispatch, wraps
from types import MappingProxyType
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.environment import TemplateExpression
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS, do_round
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ptxl.model.form import placeholder
from ptxl.rules import syntax_tree
from ptxl.template.faults import ProblemError
from ptxl.text import LONGEST_TEXT, ODD_CHARACTER, excel_length

_STATEMENTS = (nodes.For, nodes.Macro, nodes.CallBlock, nodes.Include, nodes.Import,
               nodes.FromImport, nodes.Extends, nodes.Block, nodes.Assign, nodes.AssignBlock,
               nodes.FilterBlock, nodes.With, nodes.ScopedEvalContextModifier)  # fmt: skip
#: what would reach beyond plain values
_BEYOND = (nodes.Call, nodes.Slice, nodes.Dict)
_LARGEST, _MOST_ENTRIES, _MOST_DIGITS = 10**9, 1_000, 20


# -- how much a step takes and makes


@singledispatch
def _share(value: object) -> float:
    """How much of what is allowed a value takes: more than 1 is too much."""
    return 0


@_share.register
def _(value: str) -> float:
    return len(value) / LONGEST_TEXT


@_share.register(int)
@_share.register(float)
def _(value: float) -> float:
    return abs(value) / _LARGEST


@_share.register(list)
@_share.register(tuple)
def _(value: list[object]) -> float:
    return max(len(value) / _MOST_ENTRIES, *map(_share, value), 0)


def _allow(share: float) -> None:
    if share > 1:
        raise SecurityError(f"texts up to {LONGEST_TEXT} characters, numbers up to {_LARGEST}")


def _plain(value: Any) -> Any:
    """A value that is not too much. Raises SecurityError for any other."""
    _allow(_share(value))
    return value


def _bounded(compute: Callable[..., Any]) -> Callable[..., Any]:
    """The same, of what is not too much, as long as it does not come to too much."""

    @wraps(compute)
    def apply(*values: Any, **more: Any) -> Any:
        taken = map(_plain, values)
        return _plain(compute(*taken, **{name: _plain(value) for name, value in more.items()}))

    return apply


def _replace(text: object, old: str, new: str) -> str:
    found = str(text)
    _allow((len(found) + found.count(old) * len(new)) / LONGEST_TEXT)
    return found.replace(old, new)


def _join(values: list[object], joint: str = "") -> str:
    texts = [str(value) for value in values]
    _allow((sum(map(len, texts)) + len(joint) * len(texts)) / LONGEST_TEXT)
    return joint.join(texts)


def _format(text: str, *values: object) -> str:
    if re.search(r"%[^%a-zA-Z]*(\*|[0-9]{3})", text):
        raise SecurityError("a width of more than two digits")
    return text % values


def _round(value: float, precision: int = 0, method: Any = "common") -> float:
    if abs(precision) > _MOST_DIGITS:
        raise SecurityError(f"more than {_MOST_DIGITS} digits")
    return do_round(value, precision, method)


_OWN = {"replace": _replace, "join": _join, "format": _format, "round": _round}
#: the filters that a text may use: none that depends on chance, time or order of hashing
_USUAL = (
    "abs", "capitalize", "default", "first", "float", "int", "last", "length", "list", "lower",
    "max", "min", "string", "sum", "title", "trim", "upper",
)  # fmt: skip


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, with an end to what a text can ask of time and memory."""

    intercepted_binops = frozenset(("+", "-", "*", "/", "//", "%", "**"))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Arithmetic on numbers; of texts only one after the other, not repeated or formatted."""
        texts = operator == "+" and isinstance(left, str) and isinstance(right, str)
        if not (texts or (isinstance(left, int | float) and isinstance(right, int | float))):
            raise SecurityError(f"{operator} takes numbers")
        if operator == "**" and abs(right) > _MOST_DIGITS:
            raise SecurityError(f"a power above {_MOST_DIGITS}")
        return _plain(super().call_binop(context, operator, _plain(left), _plain(right)))

    def getattr(self, obj: Any, attribute: str) -> Any:
        """What is known only per unit; nothing else has attributes."""
        if isinstance(obj, _PerUnit):
            return placeholder(attribute)
        raise SecurityError(f"nothing is called {attribute} there")

    def getitem(self, obj: Any, argument: Any) -> Any:
        """An entry by its number."""
        return obj[argument]


_ENVIRONMENT = _Sandbox(undefined=StrictUndefined, keep_trailing_newline=True)
_ENVIRONMENT.filters = {
    name: _bounded(compute)
    for name, compute in {**{name: FILTERS[name] for name in _USUAL}, **_OWN}.items()
}
_ENVIRONMENT.globals.clear()


class _PerUnit:
    """Stands for `unit` or `form` in a text: every attribute is the placeholder of that name."""


#: names that stand for something known only per unit
PER_UNIT: Mapping[str, object] = MappingProxyType({"unit": _PerUnit(), "form": _PerUnit()})


class Compiled:
    """One text with Jinja in it: the `names` it asks for, and its value."""

    def __init__(self, text: str) -> None:
        try:
            tree = syntax_tree(_ENVIRONMENT, text)
            _refuse_beyond(tree)
            self.names = frozenset(n.name for n in tree.find_all(nodes.Name) if n.ctx == "load")
            #: the columns of the roster that it prints
            self.columns = frozenset(
                got.attr
                for got in tree.find_all(nodes.Getattr)
                if isinstance(got.node, nodes.Name) and got.node.name == "unit"
            )
            self._evaluate = _evaluator(tree)
        except TemplateSyntaxError as error:  # also an unknown filter or test
            raise ProblemError("not_jinja", detail=str(error.message)) from None
        except (OverflowError, ValueError, RecursionError, MemoryError):
            raise ProblemError("too_complex") from None

    def evaluate(self, names: Mapping[str, object]) -> object:
        """The value; a text that is nothing but one `{{ … }}` keeps the type that it evaluates to.

        Raises ProblemError for whatever goes wrong in what a template's author wrote.
        """
        try:
            value = self._evaluate(**names)
            text = str(value)  # raises the error that names what is undefined
        except Exception as error:
            raise ProblemError("not_evaluated", detail=str(error)[:_LONGEST_DETAIL]) from None
        if excel_length(text) > LONGEST_TEXT:
            raise ProblemError("text_too_long", most=LONGEST_TEXT)
        if ODD_CHARACTER.search(text):
            raise ProblemError("odd_character")
        return value


_LONGEST_DETAIL = 200


@lru_cache(maxsize=4096)
def compile_text(text: str) -> Compiled:
    """A text, compiled. Raises ProblemError where it is invalid or asks for what is not allowed."""
    return Compiled(text)


def _evaluator(tree: nodes.Template) -> Callable[..., Any]:
    """What gives the value of a text that is nothing but one `{{ … }}`, or else prints the text."""
    match tree.body:
        case [nodes.Output(nodes=[nodes.TemplateData()])]:
            pass
        case [nodes.Output(nodes=[only])]:
            result = nodes.Assign(nodes.Name("result", "store"), only, lineno=1)
            program = _ENVIRONMENT.from_string(nodes.Template([result], lineno=1))
            return TemplateExpression(program, undefined_to_none=False)
    return _ENVIRONMENT.from_string(tree).render


def _refuse_beyond(tree: nodes.Template) -> None:
    """What differs by unit stands alone in a `{{ unit.name }}`; nothing is repeated or called."""
    for statement in tree.find_all(_STATEMENTS):
        raise ProblemError("jinja_statement", word=type(statement).__name__.lower())
    for _ in tree.find_all(_BEYOND):
        raise ProblemError("not_in_texts")
    printed = {id(node) for output in tree.find_all(nodes.Output) for node in output.nodes}
    plain = {id(got.node) for got in tree.find_all(nodes.Getattr) if id(got) in printed}
    for name in tree.find_all(nodes.Name):
        if name.name in PER_UNIT and id(name) not in plain:
            raise ProblemError("computed_per_unit", name=name.name)
