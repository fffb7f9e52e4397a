"""Form → its rules, parsed once, compiled into one unit, ready to be asked. Pure.

Rules of a repeated sheet are the same for each repeat: they are parsed once, and their scope is
only a prefix of the paths that they look up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from ptxl.model.findings import Language
from ptxl.model.form import Form, Rule, TableRow
from ptxl.model.layout import Layout
from ptxl.model.path import Path
from ptxl.rules.messages import message_parts, show_value
from ptxl.rules.parse import Names, parse_rule
from ptxl.rules.python import Test, compile_python
from ptxl.rules.runtime import Facts
from ptxl.rules.tree import Name, Node, Operation, OverRows, children, walk
from ptxl.values.target_value import TargetValue
from ptxl.values.three_cell_value import PARTS

_BLANK: Mapping[Language, str] = {"zh": "空", "en": "blank"}


@dataclass(frozen=True, slots=True)
class ReadyRule:
    """A rule of the form, its tree, and its test."""

    rule: Rule
    tree: Node
    test: Test
    names: Names
    #: what stands before the names of its scope
    prefix: str
    #: of a rule that points at a column: whether a row is one of those that it counts
    counts: Test | None = None

    @property
    def table(self) -> str:
        """The table of whose rows it looks at each, as named in its scope; nothing if none."""
        return self.rule.each.removeprefix(self.prefix)

    def fields(self, row: str) -> Iterator[Path]:
        """The paths of the fields that the rule names, for the row with that prefix."""
        for name in self._names(self.tree):
            if not self._is_column(name):
                yield from self._paths(name, row)

    def looks_at(self, path: Path, row: str, *, blankness: bool = True) -> bool:
        """Whether the rule depends on the answer at a path, for the row with that prefix.

        Without `blankness`, what is only asked whether it is blank does not count.
        """
        for name in self._names(self.tree, blankness=blankness):
            if self._is_column(name):
                if _in_column(path, self._table(name.table), name.name):
                    return True
            elif any(path.is_under(field) for field in self._paths(name, row)):
                return True
        return False

    def counts_rows_at(self, path: Path) -> bool:
        """Whether the rule counts rows of a table that the path lies in."""
        tables = (node.table for node in walk(self.tree) if isinstance(node, OverRows))
        return any(path.is_under(self._table(table)) for table in tables)

    def _names(self, node: Node, *, blankness: bool = True) -> Iterator[Name]:
        if isinstance(node, Name):
            yield node
        elif blankness or not isinstance(node, Operation) or node.op != "blank":
            for child in children(node):
                yield from self._names(child, blankness=blankness)

    def _is_column(self, name: Name) -> bool:
        """Whether a name stands for the column of a table, not for one cell."""
        return name.where == "row" and name.table != self.table

    def _table(self, name: str) -> Path:
        return Path(f"{self.prefix}{name}")

    def _paths(self, name: Name, row: str) -> list[Path]:
        prefix = {"scope": self.prefix, "row": row, "asked": row, "form": ""}[name.where]
        path = Path(prefix + name.name)
        return [path / part for part in PARTS] if name.kind == "split" else [path]

    def message(self, facts: Facts, row: str, language: Language) -> str:
        """What is there and what to do, with the values that the message names."""
        text = self.rule.message if language == "zh" else self.rule.message_en
        pieces = []
        for plain, test in _message(text, self.names, self.table):
            pieces.append(plain)
            if test:
                value = test(facts, self.prefix, row)
                pieces.append(show_value(value, _BLANK[language]))
        return "".join(pieces)


@lru_cache(maxsize=64)
def ready_rules(layout: Layout) -> tuple[ReadyRule, ...]:
    """All rules of a form, compiled as one unit."""
    trees: dict[tuple[str, ...], tuple[Node, Names]] = {}
    scopes: dict[str, Names] = {}
    keys = []
    for rule in layout.form.rules:
        each = rule.each.removeprefix(f"{rule.scope}.")
        scope = pattern_of(rule.scope)
        key = (rule.id, rule.it, rule.holds, each, scope, repr(rule.constants))
        if key not in trees:
            if scope not in scopes:
                scopes[scope] = names_at(layout.form, rule.scope)
            names = names_of(scopes[scope], rule)
            trees[key] = (parse_rule(rule.holds, names, each), names)
        keys.append(key)
    counted = {key: found for key, (tree, _) in trees.items() if (found := _counted(tree))}
    tests = compile_python([*(tree for tree, _ in trees.values()), *counted.values()])
    test_of = dict(zip(trees, tests, strict=False))
    counts_of = dict(zip(counted, tests[len(trees) :], strict=True))
    return tuple(
        ReadyRule(
            rule,
            tree=trees[key][0],
            test=test_of[key],
            names=trees[key][1],
            prefix=f"{rule.scope}." if rule.scope else "",
            counts=counts_of.get(key),
        )
        for rule, key in zip(layout.form.rules, keys, strict=True)
    )


def _in_column(path: Path, table: Path, name: str) -> bool:
    """Whether a path is that of a cell in a column, or of an answer in a list of plain answers."""
    if not path.is_under(table):
        return False
    column = path.below(table).pattern
    return column == "[]" or column.is_under(f"[].{name}")


def _counted(tree: Node) -> Node | None:
    """The condition on the rows that a rule counts, if it counts some."""
    found = (node.condition for node in walk(tree) if isinstance(node, OverRows))
    return next((condition for condition in found if condition), None)


def facts_of(
    layout: Layout,
    values: Mapping[str, object],
    answered: frozenset[str],
    split: Mapping[str, TargetValue],
) -> Facts:
    """What the rules of a form look at; `answered` are the rows and repeats in use.

    `split` are the target values that lie over several cells, by path.
    """
    rows = {
        path: [f"{row}." for row in all_rows if row in answered]
        for path, all_rows in _rows(layout).items()
    }
    lists = _lists(layout)
    if not (split or lists):
        return Facts(values, _given(layout), rows)
    texts = {
        f"{element}.text": values[element]
        for elements in lists.values()
        for element in elements
        if element in values
    }
    rows |= {
        path: [f"{element}." for element in elements if element in values]
        for path, elements in lists.items()
    }
    return Facts({**values, **split, **texts}, _given(layout), rows)


def names_at(form: Form, scope: str) -> Names:
    """What the names in a rule of that scope stand for."""
    prefix = f"{scope}." if scope else ""
    outer = dict(_kinds(form))
    fields = {
        path.removeprefix(prefix): kind for path, kind in outer.items() if path.startswith(prefix)
    }
    tables: dict[str, Mapping[str, str]] = {}
    given: dict[str, frozenset[str]] = {}
    for table in form.tables:
        if not table.path.startswith(prefix):
            continue
        name = table.path.removeprefix(prefix)
        below = re.compile(re.escape(table.path) + r"\[\d+\]\.(.+)")
        found = ((below.fullmatch(path), kind) for path, kind in outer.items())
        columns = {match[1]: kind for match, kind in found if match}
        printed = {key for row in table.rows for key in row.given}
        tables[name] = {**dict.fromkeys(printed, "text"), **columns}
        given[name] = frozenset(printed)
    for path, elements in _lists_of(form).items():
        if path.startswith(prefix):
            tables[path.removeprefix(prefix)] = {"text": outer[elements[0]]}
    return Names(fields, outer, tables, given, form.parameters)


def names_of(names: Names, rule: Rule) -> Names:
    """The names of a scope, what the rule's own file brings along, and what `it` is."""
    return replace(names, parameters={**names.parameters, **rule.constants}, it=rule.it)


def _kinds(form: Form) -> Iterator[tuple[str, str]]:
    """All names and their kinds: a split value has one of its own, beside those of its cells."""
    for field in form.fields():
        yield field.path, "text" if field.part else field.kind
        if field.part:
            yield field.path.rpartition(".")[0], "split"


def pattern_of(scope: str) -> str:
    """A scope without its indexes: repeats of one sheet share it."""
    return re.sub(r"\[\d+\]", "[]", scope)


def _message(text: str, names: Names, each: str) -> Iterator[tuple[str, Test | None]]:
    parts = message_parts(text)
    trees = [parse_rule(expression, names, each) for _, expression in parts if expression]
    tests = iter(compile_python(trees))
    for plain, expression in parts:
        yield plain, next(tests) if expression else None


@lru_cache(maxsize=64)
def _lists(layout: Layout) -> Mapping[str, Sequence[str]]:
    return _lists_of(layout.form)


def _lists_of(form: Form) -> Mapping[str, Sequence[str]]:
    """Lists of plain answers, goals[0], goals[1] …: to rules they are tables with a `text`."""
    found: dict[str, list[str]] = {}
    for field in form.fields():
        if field.path.endswith("]"):
            found.setdefault(field.path.rpartition("[")[0], []).append(field.path)
    return found


@lru_cache(maxsize=64)
def _rows(layout: Layout) -> Mapping[str, Sequence[str]]:
    """All rows and repeats by the path of their table."""
    return {
        table.path: [row.path for row in table.rows]
        or [f"{table.path}[{index}]" for index in range(table.repeats)]
        for table in layout.form.tables
    }


@lru_cache(maxsize=64)
def _given(layout: Layout) -> Mapping[str, str]:
    def pairs(row: TableRow) -> Iterator[tuple[str, str]]:
        return ((f"{row.path}.{name}", text) for name, text in row.given.items())

    return {
        path: text
        for table in layout.form.tables
        for row in table.rows
        for path, text in pairs(row)
    }
