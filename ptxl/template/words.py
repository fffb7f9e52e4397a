"""Jinja inside single texts → values. Evaluated once, in a sandbox, undefined is a fault.

Only output and `if` are allowed: structure repeats by data (`for_each`, `when`), never by Jinja.
What differs by unit is left as marks (`{{ unit.name }}`), so it may be printed but not computed on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ptxl.model.form import mark
from ptxl.template.source import Faults, Item, Scalar, did_you_mean
from ptxl.text import LONGEST_TEXT, excel_length

#: names that stand for something known only per unit
LATE_NAMES = ("unit", "form")
ONLY_PRINTED = (
    "is known only when a form is printed: it may stand in the text of a cell, in a fixed row, or "
    "in the guide"
)
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


class _Late:
    """Stands for `unit` or `form` in a text: every attribute is the mark of that name."""

    def __getattr__(self, name: str) -> str:
        if name.startswith("_"):
            raise AttributeError(name)
        return mark(name)


class Words:
    """Evaluates the texts of one template, notes faults and which names were used."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._compiled: dict[tuple[str, str], _Text | None] = {}
        self.used: set[str] = set()

    def value(self, item: Item, names: Mapping[str, object], *, printed: bool = False) -> object:
        """What an item is worth: itself, or for a text with `{{ }}` what that evaluates to.

        A text that is nothing but one `{{ … }}` keeps the type of its value; all other texts
        become text. A fault yields None. Only what is `printed` as it stands may name the unit.
        """
        raw = item.scalar
        if isinstance(raw, str) and excel_length(raw) > LONGEST_TEXT:
            self._faults.add(item, f"the text is longer than a cell can hold ({LONGEST_TEXT})")
            return None
        if not isinstance(raw, str) or "{" not in raw:
            return raw
        compiled = self._compile(item, raw)
        if compiled is None or not self._known(item, compiled, names):
            return None
        if not printed and (late := compiled.names.intersection(LATE_NAMES)):
            self._faults.add(item, f'"{min(late)}" {ONLY_PRINTED}')
            return None
        try:
            return compiled.evaluate({**names, **{late: _Late() for late in LATE_NAMES}})
        except Exception as error:  # whatever a template's author wrote went wrong: it is a fault
            self._faults.add(item, f"cannot be evaluated: {error}")
        return None

    def text(
        self, item: Item | None, names: Mapping[str, object], default: str = "", *,
        printed: bool = False,
    ) -> str:  # fmt: skip
        """An item as text; `default` where there is no item."""
        if item is None:
            return default
        value = self.value(item, names, printed=printed)
        return default if value is None else str(value)

    def _compile(self, item: Item, raw: str) -> _Text | None:
        where = (item.key, raw)
        if where not in self._compiled:
            self._compiled[where] = self._parse(item, raw)
        return self._compiled[where]

    def _parse(self, item: Item, raw: str) -> _Text | None:
        try:
            tree = _ENVIRONMENT.parse(raw)
        except TemplateSyntaxError as error:
            self._faults.add(item, f"not valid Jinja: {error.message}")
            return None
        for statement in tree.find_all(_STATEMENTS):
            word = type(statement).__name__.lower()
            self._faults.add(item, f"a text cannot contain {{% {word} %}}; repeat with for_each")
            return None
        if misused := _misused_late_names(tree):
            self._faults.add(item, f'"{misused}" can only be printed as it is, not computed on')
            return None
        try:
            compiled = _Text(raw, tree)
        except TemplateSyntaxError as error:  # an unknown filter or test
            self._faults.add(item, f"not valid Jinja: {error.message}")
            return None
        self.used |= compiled.names
        return compiled

    def _known(self, item: Item, compiled: _Text, names: Mapping[str, object]) -> bool:
        unknown = compiled.names - set(names) - set(LATE_NAMES)
        for name in sorted(unknown):
            hint = did_you_mean(name, {*names, *LATE_NAMES})
            self._faults.add(item, f'unknown name "{name}"{hint}')
        return not unknown


class _Text:
    """One compiled text."""

    def __init__(self, raw: str, tree: nodes.Template) -> None:
        self.names = {n.name for n in tree.find_all(nodes.Name) if n.ctx == "load"}
        self._expression = None
        self._template = None
        sole = _sole_expression(raw, tree)
        if sole:
            inner = raw.strip()[2:-2].strip("-+").strip()
            self._expression = _ENVIRONMENT.compile_expression(inner, undefined_to_none=False)
        else:
            self._template = _ENVIRONMENT.from_string(raw)

    def evaluate(self, names: Mapping[str, Any]) -> Scalar | object:
        if self._expression is not None:
            value = self._expression(**names)
            if isinstance(value, StrictUndefined):
                str(value)  # raises the error that names what is undefined
        else:
            assert self._template is not None
            value = self._template.render(**names)
        if isinstance(value, str) and excel_length(value) > LONGEST_TEXT:
            raise ValueError(f"the text is longer than a cell can hold ({LONGEST_TEXT})")
        return value


def _sole_expression(raw: str, tree: nodes.Template) -> bool:
    text = raw.strip()
    if not (text.startswith("{{") and text.endswith("}}")) or "{#" in text:
        return False
    match tree.body:
        case [nodes.Output(nodes=[only])]:
            return not isinstance(only, nodes.TemplateData)
    return False


def _misused_late_names(tree: nodes.Template) -> str:
    printed = {id(node) for output in tree.find_all(nodes.Output) for node in output.nodes}
    plain = {
        id(attribute.node) for attribute in tree.find_all(nodes.Getattr) if id(attribute) in printed
    }
    for name in _late_names(tree):
        if id(name) not in plain:
            return name.name
    return ""


def _late_names(tree: nodes.Template) -> Iterator[nodes.Name]:
    return (name for name in tree.find_all(nodes.Name) if name.name in LATE_NAMES)
