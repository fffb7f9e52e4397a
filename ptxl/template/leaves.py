"""A single value of a template, as written → its value where expansion stands (a `Scope`).

A leaf holds what was written and where, and what its key allows; one that was not written holds
None and evaluates to its default. An instance without a place is the prototype of a key's leaves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar, Self

from ptxl.model.errors import Origin
from ptxl.model.path import Path
from ptxl.rules import message_parts
from ptxl.template.faults import Faults, ProblemError, did_you_mean, problem
from ptxl.template.source import Item, Scalar
from ptxl.template.texts import PER_UNIT, compile_text
from ptxl.text import LONGEST_TEXT, excel_length
from ptxl.values.money import MULTIPLES, YUAN, MoneyUnit, money_unit
from ptxl.words import Phrase

#: of prototypes, which stand in no file
NOWHERE = Origin()
#: how many digits before and behind the point Excel knows
_MOST_DIGITS = 15
_HIGHEST_ROW, _LONGEST_SHOWN = 409, 60
_NAMES = re.compile(r"[A-Za-z_]\w*")
_COLUMNS = re.compile(r"(?<![\w.])unit\.(\w+)")


@dataclass(frozen=True, slots=True)
class Scope:
    """Where expansion stands: the prefix of paths, the names that texts may use."""

    path: Path
    names: Mapping[str, object]
    faults: Faults
    #: the same place in the form of the earlier stage; None where nothing of it is printed
    earlier: Path | None = None
    #: the specs of what the roster must say of a unit for it to be asked what stands here
    asked_when: tuple[Any, ...] = ()

    def named(self, **names: object) -> Scope:
        """The same place, with further names."""
        return replace(self, names={**self.names, **names})

    def repeated(self, name: str, index: int) -> Scope:
        """One of several repeats, which have a path of their own where they have a name."""
        inner = self.below(f"{name}[{index}]" if name else "")
        return inner.named(index=index, number=index + 1)

    def following(self, earlier: Path | None) -> Scope:
        """The same place, which prints what stands there in the form of the earlier stage."""
        return replace(self, earlier=earlier)

    def asked_by(self, spec: Any) -> Scope:
        """The same place, which is asked of some units only."""
        return replace(self, asked_when=(*self.asked_when, spec))

    def below(self, name: str) -> Scope:
        """One name further down; the same place where there is no name."""
        return replace(self, path=self.path / name) if name else self


def top_scope(parameters: Mapping[str, object], faults: Faults) -> Scope:
    """The scope of a template itself."""
    return Scope(Path(), {**parameters, **PER_UNIT}, faults)


@dataclass(frozen=True, slots=True)
class Leaf:
    """What all leaves have in common; `wanted` is the code of the fault of any other type."""

    raw: Scalar = None
    origin: Origin = NOWHERE
    wanted: ClassVar[str] = "must_be_text"

    @property
    def given(self) -> bool:
        """Whether something was written."""
        return self.raw is not None

    def is_fault(self, mapping: Origin) -> bool:
        """Whether what was written, in the mapping at that place, is no such leaf: a fault."""
        return self.raw is None and self.origin != mapping

    @property
    def written(self) -> str:
        """What was written, as a text."""
        return "" if self.raw is None else str(self.raw)

    def absent(self, origin: Origin) -> Self:
        """The leaf of a key that was not written, in a mapping at `origin`."""
        return replace(self, raw=None, origin=origin)

    def decode(self, item: Item, faults: Faults) -> Self:
        """The leaf that an item is; one of the wrong type is a fault, and as if not written."""
        found = self.problem(item)
        if found:
            faults.report(item.origin, found)
            return self.absent(item.origin)
        assert not isinstance(item.value, dict | list)
        return replace(self, raw=item.value, origin=item.origin)

    def problem(self, item: Item) -> Phrase | None:
        """What is wrong with an item as such a leaf; nothing if it is one."""
        return None if self.accepts(item.value) else problem(self.wanted)

    def accepts(self, value: object) -> bool:
        """Whether a value of YAML is of the right type."""
        return not isinstance(value, dict | list)

    def names(self) -> frozenset[str]:
        """The names that the leaf asks for when it is evaluated."""
        return frozenset()


@dataclass(frozen=True, slots=True)
class Written(Leaf):
    """A text that is taken as it stands, one of the `words` if there are some."""

    words: tuple[str, ...] = ()

    def problem(self, item: Item) -> Phrase | None:
        if self.words and str(item.value) not in self.words:
            return none_of(str(item.value), self.words)
        return Leaf.problem(self, item)


@dataclass(frozen=True, slots=True)
class Quoted(Written):
    """A text of digits, perhaps: YAML would take it for a number, and drop a zero before it."""

    wanted: ClassVar[str] = "must_be_quoted"

    def accepts(self, value: object) -> bool:
        return isinstance(value, str)


@dataclass(frozen=True, slots=True)
class Expression(Written):
    """An expression of the rule language, evaluated over answers."""

    def names(self) -> frozenset[str]:
        return frozenset(_NAMES.findall(self.written))

    def columns(self) -> frozenset[str]:
        """The columns of the roster that it looks at."""
        return frozenset(_COLUMNS.findall(self.written))


@dataclass(frozen=True, slots=True)
class Asking(Expression):
    """An expression that says when something is asked."""


@dataclass(frozen=True, slots=True)
class Message(Written):
    """A text with expressions of the rule language in `{{ }}`."""

    def expressions(self) -> list[str]:
        """What stands in its `{{ }}`."""
        return [expression for _, expression in message_parts(self.written) if expression]

    def names(self) -> frozenset[str]:
        return frozenset(_NAMES.findall(" ".join(self.expressions())))


@dataclass(frozen=True, slots=True)
class Evaluated(Leaf):
    """A value that may be written as a text with `{{ }}`; only `printed` ones may name the unit."""

    printed: bool = False

    def problem(self, item: Item) -> Phrase | None:
        value = item.value
        if isinstance(value, str) and excel_length(value) > LONGEST_TEXT:
            return problem("text_too_long", most=LONGEST_TEXT)
        if not _is_jinja(value):
            return Leaf.problem(self, item)
        try:
            names = compile_text(str(value)).names
        except ProblemError as error:
            return error.problem
        per_unit = sorted(names.intersection(PER_UNIT))
        if per_unit and not self.printed:
            return problem("only_printed", name=per_unit[0])
        return None if "{{" in str(value) else Leaf.problem(self, item)

    def names(self) -> frozenset[str]:
        return compile_text(self.written).names if _is_jinja(self.raw) else frozenset()

    def columns(self) -> frozenset[str]:
        """The columns of the roster that it prints."""
        return compile_text(self.written).columns if _is_jinja(self.raw) else frozenset()

    def value(self, scope: Scope) -> object:
        """What was written, or for a text with `{{ }}` what that evaluates to; None for a fault."""
        if not _is_jinja(self.raw):
            return self.raw
        compiled = compile_text(self.written)
        unknown = sorted(compiled.names.difference(scope.names))
        for name in unknown:
            scope.faults.known(name, scope.names, self.origin, "unknown_name")
        if unknown:
            return None
        try:
            return compiled.evaluate(scope.names)
        except ProblemError as error:
            scope.faults.report(self.origin, error.problem)
        return None


@dataclass(frozen=True, slots=True)
class Text(Evaluated):
    """A text."""

    default: str = ""

    def of(self, scope: Scope, default: str = "") -> str:
        """The text; the default where there is none."""
        value = self.value(scope)
        return default or self.default if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Word(Text):
    """One of some words; the first of them where none is written."""

    words: tuple[str, ...] = ()

    def problem(self, item: Item) -> Phrase | None:
        problem = Evaluated.problem(self, item)
        if problem or "{{" in str(item.value) or str(item.value) in self.words:
            return problem
        return none_of(str(item.value), self.words)

    def value(self, scope: Scope) -> object:
        """The word; None, and a fault, for what is none of the words."""
        value = Evaluated.value(self, scope)
        if value is None or str(value) in self.words:
            return value
        scope.faults.report(self.origin, none_of(str(value), self.words))
        return None


@dataclass(frozen=True, slots=True)
class MoneyWord(Text):
    """A unit of money: 万元, thousand KES."""

    def problem(self, item: Item) -> Phrase | None:
        found = Evaluated.problem(self, item)
        if found or "{{" in str(item.value) or money_unit(str(item.value)):
            return found
        return no_money_unit(str(item.value))

    def value(self, scope: Scope) -> object:
        """The unit; None, and a fault, for what is none."""
        value = Evaluated.value(self, scope)
        if value is None or money_unit(str(value)):
            return value
        scope.faults.report(self.origin, no_money_unit(str(value)))
        return None


@dataclass(frozen=True, slots=True)
class Flag(Evaluated):
    """True or false."""

    default: bool = False
    wanted: ClassVar[str] = "must_be_flag"

    def accepts(self, value: object) -> bool:
        return isinstance(value, bool)

    def of(self, scope: Scope) -> bool:
        """The truth; of a text with `{{ }}`, whether it came to something."""
        value = self.value(scope)
        return self.default if value is None else value not in (False, 0, "", "false", "False")


@dataclass(frozen=True, slots=True)
class Number(Evaluated):
    """A number."""

    wanted: ClassVar[str] = "must_be_number"

    def accepts(self, value: object) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool)

    def of(self, scope: Scope, default: Decimal | None = None) -> Decimal | None:
        """The number, exact; the default where there is none."""
        value = self.value(scope)
        if value is None or isinstance(value, bool):
            return default
        try:
            number = Decimal(str(value))
        except (InvalidOperation, ValueError):  # also of thousands of hexadecimal digits
            number = Decimal("NaN")
        if number.is_finite() and -_MOST_DIGITS < number.adjusted() < _MOST_DIGITS:
            return number
        scope.faults.add(self.origin, "not_a_number", value=str(value)[:_LONGEST_SHOWN])
        return default

    def measure(self, scope: Scope, default: float = 0) -> float:
        """The number as a length: of a row, a column, a margin."""
        number = self.of(scope)
        return default if number is None else float(number)

    def height(self, scope: Scope, default: float = 0) -> float:
        """The number as the height of a row, in points; 0 for one that is computed."""
        height = self.measure(scope, default)
        fits = 0 <= height <= _HIGHEST_ROW
        scope.faults.expect(fits, self.origin, "must_be_between", least=0, most=_HIGHEST_ROW)
        return height


@dataclass(frozen=True, slots=True)
class Count(Number):
    """A whole number from `least` to `most`."""

    default: int = 0
    least: int = 0
    most: int = 500

    def whole(self, scope: Scope, default: int | None = None) -> int:
        """The whole number; the default where there is none."""
        default = self.default if default is None else default
        number = self.of(scope)
        if number is None:
            return default
        if number == int(number) and self.least <= number <= self.most:
            return int(number)
        facts = {"least": self.least, "most": self.most, "number": number}
        scope.faults.add(self.origin, "must_be_count", **facts)
        return default


def no_money_unit(value: str) -> Phrase:
    """What is wrong with a text that is no unit of money."""
    units = tuple(MoneyUnit(YUAN, multiple).called for multiple in MULTIPLES)
    return problem("no_money_unit", unit=value, units=units)


def none_of(value: str, words: tuple[str, ...]) -> Phrase:
    """What is wrong with a word that is none of some."""
    return problem("none_of", value=value, words=words, hint=did_you_mean(value, words))


def _is_jinja(value: object) -> bool:
    return isinstance(value, str) and "{" in value
