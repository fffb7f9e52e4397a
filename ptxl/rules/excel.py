"""Trees, and where their names stand → Excel formulas, or NotLive where there can be none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import singledispatchmethod
from types import MappingProxyType
from typing import Any, TypeGuard

from ptxl.rules import functions
from ptxl.rules.excel_pieces import (
    LONGEST_FORMULA,
    Cells,
    NotLive,
    Span,
    is_plain,
    one_of,
    parts_of,
    quoted,
    wants_part,
)
from ptxl.rules.tree import (
    SPLIT,
    Const,
    Name,
    Node,
    Operation,
    OverRows,
    Repeated,
    Words,
    names_in,
)
from ptxl.values.kinds import KINDS
from ptxl.values.target_value import IN_WORDS, PLAIN_SIGNS


def _no_order(left: str, right: str) -> str:
    raise NotLive("order of texts")


def _expect(holds: object, why: str) -> None:
    """Raise NotLive unless something holds."""
    if not holds:
        raise NotLive(why)


_LOGIC: Mapping[str, Callable[..., str]] = MappingProxyType({
    "not": "(1-{})".format,
    "and": lambda *truths: f"({'*'.join(truths)})",
    "or": lambda *truths: f"(({'+'.join(truths)}>0)*1)",
})  # fmt: skip
#: comparisons, as they are made of texts
_OF_TEXTS: Mapping[str, Callable[[str, str], str]] = MappingProxyType({
    "eq": "(EXACT({},{})*1)".format,
    "ne": "(1-(EXACT({},{})*1))".format,
    "lt": _no_order, "lteq": _no_order, "gt": _no_order, "gteq": _no_order,
})  # fmt: skip
#: a constant as it is written
_CONSTANTS: Mapping[type, Callable[[Any], str]] = MappingProxyType({
    bool: "{:d}".format, Decimal: "{:f}".format, str: quoted,
})  # fmt: skip
#: what may be asked of the sign of a target value, of whether it is one of those asked for
_OF_SIGNS = {"eq": "{}", "in": "{}", "ne": "(1-{})", "notin": "(1-{})"}
#: what is counted of rows that meet a condition, if not these themselves
_COUNTED = {"all": "(1-{})"}
#: what a formula gives where there is nothing: no number can be reckoned with it
_NOTHING = '""'
#: what a text, or a comparison, is where there is nothing
_WITHOUT: Mapping[str, str] = MappingProxyType({"text": _NOTHING, "flag": "0"})


def formula(node: Node, cells: Cells, span: Span = None) -> str:
    """The formula (without `=`) whose value is that of the expression, for the row in `span`.

    Inside functions over rows, and for rules that look at each row, names refer to whole columns
    and the formula works on arrays: so truth is 1 or 0 throughout, `and` multiplies, and no
    function is used that would not take an array. Raises NotLive.
    """
    return _Formula(cells, span).show(node)


def computed_formula(node: Node, cells: Cells, span: Span, decimals: int | None) -> str:
    """The formula of a cell that computes a number, or a text where no decimals are given.

    Where there is nothing, as of a division by zero, it gives a text without characters. `span` is
    the row in which the cell stands. Raises NotLive.
    """
    shown = _Formula(cells, span, computes=True).show(node)
    if decimals is not None:
        shown = functions.rounded_formula(shown, decimals)
    return f'IFERROR({shown},"")'


def row_by_row(node: Node) -> bool:
    """Whether the formula of a rule must be asked of each row apart, since it compares rows."""
    if isinstance(node, Operation):
        return any(map(row_by_row, node.arguments))
    return isinstance(node, Repeated)


class _Formula:
    def __init__(
        self, cells: Cells, span: Span, *, inside: bool = False, computes: bool = False
    ) -> None:
        self._cells, self._span, self._inside = cells, span, inside
        self._computes = computes

    @singledispatchmethod
    def show(self, node: Node) -> str:
        raise NotLive("a list alone")

    @show.register
    def _const(self, node: Const) -> str:
        return _CONSTANTS[type(node.value)](node.value)

    @show.register
    def _name(self, name: Name) -> str:
        _expect(name.where != "asked", "one row compared with those of a table")
        _expect(name.where != "unit", "the roster")
        if name.kind == SPLIT:
            return self._split(name)
        if wants_part(name):
            return self._part(name)
        if name.type == "date" and not name.whole:
            return self._cells.day(name)
        reference = self._cells.refer(name, self._span)
        if name.whole or name.type == "text":
            return f"TRIM({reference})"
        if name.computed:
            return self._computed_number(name, reference)
        if KINDS[name.kind].is_text:
            blank = f'REPT("0",(LEN(TRIM({reference}))=0)*1)'
            return f'VALUE(SUBSTITUTE({blank}&TRIM({reference}),"%",""))'
        return f"({reference}+0)"

    def _computed_number(self, name: Name, reference: str) -> str:
        """A text without characters counts as 0, as a blank cell does."""
        if self._is_array(name):
            return f'VALUE(REPT("0",(LEN({reference})=0)*1)&{reference})'
        return f"N({reference})"

    def _is_array(self, node: Node) -> bool:
        """Whether an expression is of all rows at once."""
        one_row = self._span is not None and self._span[1] - self._span[0] == 1
        return not one_row and any(name.where == "row" for name in _of_single_rows(node))

    def _split(self, name: Name) -> str:
        """From the three cells: the text of all, the unit, or the number where it is plain."""
        sign, amount, unit = map(self._trimmed, parts_of(name))
        if name.part == "raw":
            return f'(SUBSTITUTE({sign},"{IN_WORDS}","")&{amount}&{unit})'
        held = {"unit": unit, "number": f'VALUE("0"&REPT({amount},{is_plain(amount)}))'}
        in_cell = name.part in held and not self._inside
        _expect(in_cell, "a part of a target value that no cell holds")
        return held[name.part]

    def _part(self, name: Name) -> str:
        """A part of a value in one cell, which a helper has taken apart."""
        _expect(name.where == "row", "a target value outside a table")
        _expect(not self._inside and not self._computes, "a part of a value that may be unclear")
        return self._cells.refer(name, self._span)

    def _trimmed(self, name: Name) -> str:
        return f"TRIM({self._cells.refer(name, self._span)})"

    @show.register
    def _operation(self, node: Operation) -> str:
        first = node.arguments[0]
        of_texts = _OF_TEXTS.get(node.op)
        if of_texts and any(_is_part(argument, "upper") for argument in node.arguments):
            return "0"  # a plain number is no range, and no comparison with nothing holds
        if _is_part(first, "comparison"):
            return self._signs(first, node.op, node.arguments[1])
        arguments = list(map(self._argument, node.arguments))
        if node.op in _LOGIC:
            return _LOGIC[node.op](*arguments)
        if node.op == "if":
            return self._choice(node, *arguments)
        if node.op == "/":
            by_many = self._is_array(node) and not isinstance(node.arguments[1], Const)
            may_fail = by_many or (self._computes and self._inside)
            _expect(not may_fail, "a division in each of some rows, of which any may fail")
        if of_texts and first.type == "text":
            shown = of_texts(*arguments)
        else:
            shown = _excel(node.op, arrays=self._is_array(node))(*arguments)
        if self._computes and node.type in _WITHOUT and _may_be_nothing(node):
            return f"IFERROR({shown},{_WITHOUT[node.type]})"
        return shown

    def _choice(self, node: Operation, condition: str, value: str, otherwise: str = "") -> str:
        """Where a choice is of rows it adds up what is chosen in each; nothing is no number."""
        if not self._is_array(node):
            return f"IF({condition},{value},{otherwise or _NOTHING})"
        _expect(node.type == "number" and otherwise, "a choice of texts, or nothing, in each row")
        return f"({condition}*{value}+(1-{condition})*{otherwise})"

    def _argument(self, node: Node) -> Any:
        """The formula of an argument, or the words that it is."""
        if not isinstance(node, Words):
            return self.show(node)
        _expect(not node.names, "words that are answers")
        return node.words

    def _signs(self, name: Name, op: str, asked: Node) -> str:
        """Comparisons asked for by sign; those that are no sign cannot be told from the cells."""
        words = _words_of(asked)
        signs = [sign for sign, comparison in PLAIN_SIGNS.items() if comparison in words]
        in_cell = signs and op in _OF_SIGNS and not self._inside
        _expect(in_cell, "what a target value means")
        if name.kind == SPLIT:
            sign, _, _ = map(self._trimmed, parts_of(name))
            return _OF_SIGNS[op].format(one_of(sign, signs))
        comparisons = tuple(dict.fromkeys(PLAIN_SIGNS[sign] for sign in signs))
        return _OF_SIGNS[op].format(one_of(self._part(name), comparisons))

    @show.register
    def _over_rows(self, node: OverRows) -> str:
        excel = _excel(node.function)
        if not node.condition or not row_by_row(node.condition):
            return excel(f"SUMPRODUCT({self._summand(node, None)})")
        summands: list[str] = []
        for row in range(self._cells.count(node.table)):
            summands.append(self._summand(node, (row, row + 1)))
            fits = len(summands) * len(summands[0]) <= LONGEST_FORMULA
            _expect(fits, "a formula that is too long")
        total = "+".join(summands)
        if len(summands) > 1 and node.type != "flag":
            total = f"({total})"
        return excel(total)

    def _summand(self, node: OverRows, span: Span) -> str:
        """What some rows add: how many meet the condition (of `all`: fail it), or their sum."""
        inner = _Formula(self._cells, span, inside=True, computes=self._computes)
        factors = []
        if node.function == "all" or not isinstance(node.condition, Repeated):
            factors.append(self._cells.in_use(node.table, span))
        if node.condition:
            factors.append(_COUNTED.get(node.function, "{}").format(inner.show(node.condition)))
        if node.value:
            factors.append(inner.show(node.value))
        return "*".join(factors)

    @show.register
    def _repeated(self, node: Repeated) -> str:
        """A text that is there makes its row one in use: so only the cells above are looked at."""
        printed = any(name.given for name in names_in(node.value))
        _expect(not printed, "a column that is printed in some rows")
        assert self._span
        if self._span[0] == 0:
            return "0"
        text = self.show(node.value)
        above = _Formula(self._cells, (0, self._span[0]), inside=self._inside).show(node.value)
        return f"((LEN({text})>0)*(SUMPRODUCT(EXACT({above},{text})*1)>0))"


def _excel(name: str, *, arrays: bool = False) -> Callable[..., str]:
    """How a function or operator is written. Raises NotLive for one that is Python's alone."""
    function = functions.by_name()[name]
    found = function.arrays if arrays and function.arrays else function.excel
    if found is None:
        raise NotLive(name)
    return found


def _of_single_rows(node: Node) -> list[Name]:
    """The names in an expression, those in functions over rows aside."""
    if isinstance(node, Name):
        return [node]
    if isinstance(node, OverRows):
        return []
    return [name for child in node.below for name in _of_single_rows(child)]


def _may_be_nothing(node: Node) -> bool:
    """Whether an expression may come to nothing: one divided by 0, or chosen where nothing is."""
    if isinstance(node, OverRows):
        return False
    one_sided = isinstance(node, Operation) and node.op == "if" and len(node.arguments) == 2
    divided = isinstance(node, Operation) and node.op == "/"
    return one_sided or divided or any(map(_may_be_nothing, node.below))


def _words_of(node: Node) -> tuple[object, ...]:
    match node:
        case Words():
            return node.words
        case Const():
            return (node.value,)
    return ()


def _is_part(node: Node, part: str) -> TypeGuard[Name]:
    return isinstance(node, Name) and wants_part(node) and node.part == part
