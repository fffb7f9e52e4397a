"""Trees, and where their names stand → Excel formulas, or NotLive where there can be none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import singledispatchmethod
from types import MappingProxyType
from typing import Any

from ptxl.rules import functions
from ptxl.rules.cells import Cells, NotLive, Span, is_plain, one_of, parts_of, quoted
from ptxl.rules.language import SPLIT
from ptxl.rules.tree import Const, Name, Node, Operation, OverRows, Repeated, Words, walk
from ptxl.values.kinds import KINDS
from ptxl.values.three_cell_value import PLAIN_SIGNS

_LOGIC: Mapping[str, Callable[[list[str]], str]] = MappingProxyType({
    "not": lambda truths: f"(1-{truths[0]})",
    "and": lambda truths: "(" + "*".join(truths) + ")",
    "or": lambda truths: "((" + "+".join(truths) + ">0)*1)",
})  # fmt: skip


def _no_order(left: str, right: str) -> str:
    raise NotLive("order of texts")


#: comparisons, as they are made of texts
_OF_TEXTS: Mapping[str, Callable[[str, str], str]] = MappingProxyType({
    "eq": "(EXACT({},{})*1)".format,
    "ne": "(1-(EXACT({},{})*1))".format,
    "lt": _no_order, "lteq": _no_order, "gt": _no_order, "gteq": _no_order,
})  # fmt: skip
#: what may be asked of the sign of a split value, of whether it is one of those asked for
_OF_SIGNS = {"eq": "{}", "in": "{}", "ne": "(1-{})", "notin": "(1-{})"}


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


class _Formula:
    def __init__(self, cells: Cells, span: Span, *, inside: bool = False) -> None:
        self._cells, self._span, self._inside = cells, span, inside

    @singledispatchmethod
    def show(self, node: Node) -> str:
        raise NotLive("a list alone")

    @show.register
    def _const(self, node: Const) -> str:
        match node.value:
            case bool():
                return str(int(node.value))
            case Decimal():
                return format(node.value, "f")
        return quoted(node.value)

    @show.register
    def _name(self, name: Name) -> str:
        if name.where == "asked":
            raise NotLive("one row compared with those of a table")
        if name.kind == SPLIT:
            return self._split(name)
        if name.part not in ("", "raw"):
            raise NotLive("target values")
        reference = self._cells.refer(name, self._span)
        if name.whole or name.type == "text":
            return f"TRIM({reference})"
        if name.type == "date":
            raise NotLive("dates")
        if KINDS[name.kind].is_text:
            return f'VALUE(SUBSTITUTE("0"&TRIM({reference}),"%",""))'
        return f"({reference}+0)"

    def _split(self, name: Name) -> str:
        """From the three cells: the text of all, the unit, or the number where it is plain."""
        cells = [f"TRIM({self._cells.refer(part, self._span)})" for part in parts_of(name)]
        if name.part == "raw":
            return "(" + "&".join(cells) + ")"
        if self._inside or name.part not in ("number", "unit"):
            raise NotLive("a part of a target value that no cell holds")
        if name.part == "unit":
            return cells[2]
        return f'VALUE("0"&REPT({cells[1]},{is_plain(cells[1])}))'

    @show.register
    def _operation(self, node: Operation) -> str:
        compares = node.op in _OF_TEXTS
        if compares and any(_is_split(argument, "upper") for argument in node.arguments):
            return "0"  # a plain number is no range, and no comparison with nothing holds
        if _is_split(node.arguments[0], "comparison"):
            return self._signs(node)
        arguments = [self._argument(argument) for argument in node.arguments]
        if node.op in _LOGIC:
            return _LOGIC[node.op](arguments)
        if compares and node.arguments[0].type == "text":
            return _OF_TEXTS[node.op](*arguments)
        excel = functions.by_name()[node.op].excel
        if excel is None:
            raise NotLive(node.op)
        return excel(*arguments)

    def _argument(self, node: Node) -> Any:
        """The formula of an argument, or the words that it is."""
        if not isinstance(node, Words):
            return self.show(node)
        if node.names:
            raise NotLive("words that are answers")
        return node.words

    def _signs(self, node: Operation) -> str:
        """Comparisons asked for by sign; those that are no sign cannot be told from the cells."""
        name, asked = node.arguments
        assert isinstance(name, Name)
        words = asked.words if isinstance(asked, Words) else (getattr(asked, "value", ""),)
        signs = [sign for sign, comparison in PLAIN_SIGNS.items() if comparison in words]
        if self._inside or node.op not in _OF_SIGNS or not signs:
            raise NotLive("what a target value means")
        found = one_of(f"TRIM({self._cells.refer(parts_of(name)[0], self._span)})", signs)
        return _OF_SIGNS[node.op].format(found)

    @show.register
    def _over_rows(self, node: OverRows) -> str:
        excel = functions.FUNCTIONS[node.function].excel
        if excel is None:
            raise NotLive(node.function)
        spans: list[Span] = [None]
        if node.condition and row_by_row(node.condition):
            spans = [(row, row + 1) for row in range(self._cells.count(node.table))]
        summands = [self._summand(node, span) for span in spans]
        total = "+".join(summands)
        return excel(total if len(spans) == 1 or node.type == "flag" else f"({total})")

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

    @show.register
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
    return isinstance(node, Name) and node.kind == SPLIT and node.part == part
