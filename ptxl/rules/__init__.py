"""The rule language: one Jinja expression over fields and rows → Python, and → an Excel formula.

language  what it is made of: types, the parts of a target value
functions each function and operator: what it takes, in Python, in Excel
tree      the typed nodes that stand between the expression and what becomes of it
parse     expression → tree; whatever is not of the language is refused
python    trees → Python functions, over `runtime`: the facts that they look at
wording   what free texts say: years, words that two of them share; asked by `functions`
excel     tree → formula, of `cells`: what a spreadsheet can tell of the texts in them
messages  texts with expressions in them → their parts

Values: a blank number counts as 0, a blank text as "". What a target value does not have (the
`number` of 有效提升) is nothing, and no comparison with nothing holds. Texts are compared as
Excel's TRIM leaves them.
"""

from __future__ import annotations

from ptxl.rules.cells import Cells, NotLive, Span, plain_formula, split_names
from ptxl.rules.excel import formula, row_by_row
from ptxl.rules.functions import FUNCTIONS
from ptxl.rules.messages import message_parts
from ptxl.rules.parse import Names, RuleError, parse_rule
from ptxl.rules.python import Test, compile_python
from ptxl.rules.runtime import Facts
from ptxl.rules.tree import Const, Name, Node, Operation, OverRows, Words, walk

__all__ = [
    "FUNCTIONS",
    "Cells",
    "Const",
    "Facts",
    "Name",
    "Names",
    "Node",
    "NotLive",
    "Operation",
    "OverRows",
    "RuleError",
    "Span",
    "Test",
    "Words",
    "compile_python",
    "formula",
    "message_parts",
    "parse_rule",
    "plain_formula",
    "row_by_row",
    "split_names",
    "walk",
]
