"""Trees, and where their names stand → Excel formulas, or NotLive where there can be none."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from ptxl.rules.cells import Cells, NotLive, Span, is_plain, one_of, parts_of, quoted
from ptxl.rules.tree import Const, Name, Node, Operation, OverRows, Repeated, Words, walk
from ptxl.values.kinds import KINDS
from ptxl.values.three_cell_value import PLAIN_SIGNS


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

    def show(self, node: Node) -> str:
        match node:
            case Const(value=bool() as value):
                return "1" if value else "0"
            case Const(value=Decimal() as value):
                return format(value, "f")
            case Const(value=str() as value):
                return quoted(value)
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
        if name.type == "number" and KINDS[name.kind].is_text:
            return f'VALUE(SUBSTITUTE("0"&TRIM({reference}),"%",""))'
        return f"({reference}+0)" if name.type == "number" else f"TRIM({reference})"

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
        found = one_of(self.show(node.arguments[0]), words.words, node.op)
        return f"(1-{found})" if node.op == "notin" else found

    def _signs(self, node: Operation) -> str:
        """Comparisons asked for by sign; those that are no sign cannot be told from the cells."""
        name, words = node.arguments
        assert isinstance(name, Name)
        assert isinstance(words, Words)
        signs = [sign for sign, comparison in PLAIN_SIGNS.items() if comparison in words.words]
        if self._inside or node.op not in ("eq", "ne", "in", "notin") or not signs:
            raise NotLive("what a target value means")
        found = one_of(f"TRIM({self._cells.refer(parts_of(name)[0], self._span)})", signs)
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
