"""Jinja inside one text → a value. Compiled once; evaluated in a sandbox, undefined is an error.

Only output and `if` are allowed: structure repeats by data (`for_each`, `when`), never by Jinja.
What differs by unit is left as a placeholder (`{{ unit.name }}`): printed, not computed on.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ptxl.model.form import placeholder
from ptxl.template.source import ProblemError
from ptxl.text import LONGEST_TEXT, excel_length

_STATEMENTS = (nodes.For, nodes.Macro, nodes.CallBlock, nodes.Include, nodes.Import,
               nodes.FromImport, nodes.Extends, nodes.Block, nodes.Assign, nodes.AssignBlock,
               nodes.FilterBlock, nodes.With, nodes.ScopedEvalContextModifier)  # fmt: skip
#: the filters that a text may use: none that depends on chance, time or order of hashing
_FILTERS = (
    "abs", "capitalize", "default", "first", "float", "format", "int", "join", "last", "length",
    "list", "lower", "max", "min", "replace", "round", "string", "sum", "title", "trim", "upper",
)  # fmt: skip
_LARGEST = 10**9


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, with an end to what a text can ask of time and memory."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Arithmetic on plain numbers of a sane size only: texts do not repeat or format here."""
        for value in (left, right):
            if not isinstance(value, int | float) or abs(value) > _LARGEST:
                raise SecurityError(f"{operator} takes numbers up to {_LARGEST}")
        if operator == "**" and abs(right) > 16:
            raise SecurityError("a power above 16")
        return super().call_binop(context, operator, left, right)


_ENVIRONMENT = _Sandbox(undefined=StrictUndefined, keep_trailing_newline=True)
_ENVIRONMENT.filters = {name: _ENVIRONMENT.filters[name] for name in _FILTERS}
_ENVIRONMENT.globals.clear()


class _PerUnit:
    """Stands for `unit` or `form` in a text: every attribute is the placeholder of that name."""

    def __getattr__(self, name: str) -> str:
        if name.startswith("_"):
            raise AttributeError(name)
        return placeholder(name)


#: names that stand for something known only per unit
PER_UNIT: Mapping[str, object] = MappingProxyType({"unit": _PerUnit(), "form": _PerUnit()})


class Compiled:
    """One text with Jinja in it: the `names` it asks for, and its value."""

    def __init__(self, text: str) -> None:
        try:
            tree = _ENVIRONMENT.parse(text)
            _refuse_statements(tree)
            _refuse_computing(tree)
            self._evaluate = _evaluator(text, tree)
        except TemplateSyntaxError as error:  # also an unknown filter or test
            raise ProblemError("not_jinja", detail=str(error.message)) from None
        self.names = frozenset(n.name for n in tree.find_all(nodes.Name) if n.ctx == "load")

    def evaluate(self, names: Mapping[str, object]) -> object:
        """The value; a text that is nothing but one `{{ … }}` keeps the type that it evaluates to.

        Raises ProblemError for whatever goes wrong in what a template's author wrote.
        """
        try:
            value = self._evaluate(**names)
            if isinstance(value, StrictUndefined):
                str(value)  # raises the error that names what is undefined
        except Exception as error:
            raise ProblemError("not_evaluated", detail=str(error)) from None
        if isinstance(value, str) and excel_length(value) > LONGEST_TEXT:
            raise ProblemError("text_too_long", most=LONGEST_TEXT)
        return value


@lru_cache(maxsize=4096)
def compile_text(text: str) -> Compiled:
    """A text, compiled. Raises ProblemError where it is invalid or asks for what is not allowed."""
    return Compiled(text)


def _evaluator(text: str, tree: nodes.Template) -> Any:
    inner = _sole_expression(text, tree)
    if inner:
        return _ENVIRONMENT.compile_expression(inner, undefined_to_none=False)
    return _ENVIRONMENT.from_string(text).render


def _sole_expression(text: str, tree: nodes.Template) -> str:
    """What stands inside a text that is nothing but one `{{ … }}`; of any other, nothing."""
    text = text.strip()
    if not (text.startswith("{{") and text.endswith("}}")) or "{#" in text:
        return ""
    match tree.body:
        case [nodes.Output(nodes=[nodes.TemplateData()])]:
            return ""
        case [nodes.Output(nodes=[_])]:
            return text[2:-2].strip("-+").strip()
    return ""


def _refuse_statements(tree: nodes.Template) -> None:
    for statement in tree.find_all(_STATEMENTS):
        word = type(statement).__name__.lower()
        raise ProblemError("jinja_statement", word=word)


def _refuse_computing(tree: nodes.Template) -> None:
    """What differs by unit stands alone in a `{{ unit.name }}`, or not at all."""
    printed = {id(node) for output in tree.find_all(nodes.Output) for node in output.nodes}
    plain = {id(got.node) for got in tree.find_all(nodes.Getattr) if id(got) in printed}
    for name in tree.find_all(nodes.Name):
        if name.name in PER_UNIT and id(name) not in plain:
            raise ProblemError("computed_per_unit", name=name.name)
