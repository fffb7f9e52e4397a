"""How densely the code decides: decisions per 100 lines of functions, and where they are most.

    python -m benchmarks.density [--worst 40] [FOLDER]

A decision is where code may go more than one way, or round: `if`, `for`, `while`, `except`, `case`,
`assert`, a conditional expression, each `and` and `or`, each loop and each condition of a
comprehension. Lines are those of functions, without blank ones, comments and docstrings. Codebases
that are easy to read have 17 to 29.
"""

from __future__ import annotations

import argparse
import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_PACKAGE = Path(__file__).parent.parent / "ptxl"
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DECISIONS = (
    ast.If, ast.For, ast.While, ast.IfExp, ast.ExceptHandler, ast.match_case, ast.Assert,
)  # fmt: skip
#: what is plain enough: decisions on a line
_PLAIN = 0.29


class Density(NamedTuple):
    """Decisions and lines of some code."""

    where: str
    decisions: int
    lines: int

    @property
    def per_hundred(self) -> float:
        """Decisions per 100 lines."""
        return 100 * self.decisions / self.lines

    @property
    def too_many(self) -> float:
        """How many decisions it has beyond those of plain code of that length."""
        return self.decisions - _PLAIN * self.lines


def functions(folder: Path) -> Iterator[Density]:
    """Measure the functions below a folder; what is defined in one is part of it."""
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        code = text.splitlines()
        for one in _outermost(ast.parse(text)):
            where = f"{path.relative_to(folder)}:{one.lineno} {one.name}"
            yield Density(where, _decisions(one), _lines(one, code))


def together(measured: list[Density], where: str) -> Density:
    """Add functions up."""
    return Density(
        where, sum(one.decisions for one in measured), sum(one.lines for one in measured)
    )


def _outermost(node: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _FUNCTIONS):
            yield child
        else:
            yield from _outermost(child)


def _decisions(function: ast.AST) -> int:
    count = 0
    for node in ast.walk(function):
        if isinstance(node, _DECISIONS):
            count += 1
        elif isinstance(node, ast.BoolOp):
            count += len(node.values) - 1
        elif isinstance(node, ast.comprehension):
            count += 1 + len(node.ifs)
    return count


def _lines(function: ast.FunctionDef | ast.AsyncFunctionDef, code: list[str]) -> int:
    documented: set[int] = set()
    for node in ast.walk(function):
        if isinstance(node, (*_FUNCTIONS, ast.ClassDef)) and ast.get_docstring(node) is not None:
            text = node.body[0]
            documented.update(range(text.lineno, (text.end_lineno or text.lineno) + 1))
    count = 0
    for number in range(function.lineno, (function.end_lineno or function.lineno) + 1):
        line = code[number - 1].strip()
        if line and not line.startswith("#") and number not in documented:
            count += 1
    return count


def main() -> None:
    """Print the whole, and the functions and modules that decide most beyond plain code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=_PACKAGE)
    parser.add_argument("--worst", type=int, default=0, metavar="N")
    options = parser.parse_args()
    measured = list(functions(options.folder))
    modules: dict[str, list[Density]] = {}
    for one in measured:
        modules.setdefault(one.where.split(":")[0], []).append(one)
    for kind in (measured, [together(own, name) for name, own in modules.items()]):
        worst = sorted(kind, key=lambda one: -one.too_many)
        for one in worst[: options.worst]:
            print(f"{one.per_hundred:5.0f} {one.decisions:4} on {one.lines:4} lines  {one.where}")
    whole = together(measured, str(options.folder))
    print(f"{whole.per_hundred:.1f}: {whole.decisions} decisions on {whole.lines} lines")


if __name__ == "__main__":
    main()
