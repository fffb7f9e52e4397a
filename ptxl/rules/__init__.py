"""The rule language: one Jinja expression over fields and rows → Python, and → an Excel formula.

tree       the typed nodes that stand between the expression and what becomes of it
names      what names stand for where a rule stands
functions  what it can do: values, each function and operator, in Python and in Excel
parse      expression → tree, and the expressions in a message; all else is refused
python     trees → Python functions over facts
parse_form the rules of a form as `trees` that are kept; ruleset makes them ready to be asked
excel      tree → formula, of `excel_pieces`: what a spreadsheet can tell of texts in cells

Values: a blank number counts as 0, a blank text as "". What a target value does not have (the
`number` of 有效提升) is nothing, and no comparison with nothing holds. Texts are compared as
Excel's TRIM leaves them.
"""

from typing import TYPE_CHECKING

from ptxl.doors import door

if TYPE_CHECKING:
    from ptxl.rules.excel import formula as formula
    from ptxl.rules.excel import row_by_row as row_by_row
    from ptxl.rules.excel_pieces import LONGEST_FORMULA as LONGEST_FORMULA
    from ptxl.rules.excel_pieces import Cells as Cells
    from ptxl.rules.excel_pieces import NotLive as NotLive
    from ptxl.rules.excel_pieces import Span as Span
    from ptxl.rules.excel_pieces import plain_formula as plain_formula
    from ptxl.rules.excel_pieces import split_names as split_names
    from ptxl.rules.excel_pieces import wants_part as wants_part
    from ptxl.rules.functions import FUNCTIONS as FUNCTIONS
    from ptxl.rules.functions import Facts as Facts
    from ptxl.rules.names import Names as Names
    from ptxl.rules.parse import RuleError as RuleError
    from ptxl.rules.parse import message_parts as message_parts
    from ptxl.rules.parse import parse_rule as parse_rule
    from ptxl.rules.parse import syntax_tree as syntax_tree
    from ptxl.rules.python import Test as Test
    from ptxl.rules.python import compile_python as compile_python
    from ptxl.rules.tree import SPLIT as SPLIT
    from ptxl.rules.tree import Const as Const
    from ptxl.rules.tree import Name as Name
    from ptxl.rules.tree import Node as Node
    from ptxl.rules.tree import Operation as Operation
    from ptxl.rules.tree import OverRows as OverRows
    from ptxl.rules.tree import Repeated as Repeated
    from ptxl.rules.tree import Words as Words
    from ptxl.rules.tree import names_in as names_in
    from ptxl.rules.tree import walk as walk

#: what is here, by the module that it comes from
_HOMES = {
    "ptxl.rules.excel_pieces": (
        "Cells",
        "LONGEST_FORMULA",
        "NotLive",
        "Span",
        "plain_formula",
        "split_names",
        "wants_part",
    ),
    "ptxl.rules.excel": (
        "formula",
        "row_by_row",
    ),
    "ptxl.rules.functions": (
        "FUNCTIONS",
        "Facts",
    ),
    "ptxl.rules.names": ("Names",),
    "ptxl.rules.parse": (
        "RuleError",
        "message_parts",
        "parse_rule",
        "syntax_tree",
    ),
    "ptxl.rules.python": (
        "Test",
        "compile_python",
    ),
    "ptxl.rules.tree": (
        "Const",
        "Name",
        "Node",
        "Operation",
        "OverRows",
        "Repeated",
        "SPLIT",
        "Words",
        "names_in",
        "walk",
    ),
}  # fmt: skip
__getattr__, __all__ = door(__name__, _HOMES)
