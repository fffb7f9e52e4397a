"""The rule language: one Jinja expression over fields and rows → Python, and → an Excel formula.

tree      the typed nodes that stand between the expression and what becomes of it
functions what it can do: values, each function and operator, in Python and in Excel
parse     expression → tree, and the expressions in a message; all else is refused
python    trees → Python functions over facts
excel     tree → formula, of `cells`: what a spreadsheet can tell of the texts in them

Values: a blank number counts as 0, a blank text as "". What a target value does not have (the
`number` of 有效提升) is nothing, and no comparison with nothing holds. Texts are compared as
Excel's TRIM leaves them.
"""

from __future__ import annotations

from ptxl.rules.cells import (
    LONGEST_FORMULA,
    Cells,
    NotLive,
    Span,
    plain_formula,
    split_names,
    wants_part,
)
from ptxl.rules.excel import formula, row_by_row
from ptxl.rules.functions import FUNCTIONS, Facts
from ptxl.rules.parse import Names, RuleError, message_parts, parse_rule, syntax_tree
from ptxl.rules.python import Test, compile_python
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
    walk,
)

__all__ = [
    "FUNCTIONS",
    "LONGEST_FORMULA",
    "SPLIT",
    "Cells",
    "Const",
    "Facts",
    "Name",
    "Names",
    "Node",
    "NotLive",
    "Operation",
    "OverRows",
    "Repeated",
    "RuleError",
    "Span",
    "Test",
    "Words",
    "compile_python",
    "formula",
    "message_parts",
    "names_in",
    "parse_rule",
    "plain_formula",
    "row_by_row",
    "split_names",
    "syntax_tree",
    "walk",
    "wants_part",
]
