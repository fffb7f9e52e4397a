"""Form → its rules, parsed once, compiled into one unit, ready to be asked. Pure.

Rules of a repeated sheet are the same for each repeat: they are parsed once, and their scope is
only a prefix of the paths that they look up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from ptxl.model.findings import Language
from ptxl.model.form import Form, Rule, Table
from ptxl.model.layout import Layout
from ptxl.model.path import Path
from ptxl.rules.messages import message_parts
from ptxl.rules.parse import Names, parse_rule
from ptxl.rules.python import Test, compile_python
from ptxl.rules.runtime import Facts
from ptxl.rules.tree import Name, Node, Operation, OverRows, walk
from ptxl.values.target_value import PARTS, TargetValue

#: texts, each with the expression whose value follows it
Message = tuple[tuple[str, Test | None], ...]


@dataclass(frozen=True, slots=True)
class ReadyRule:
    """A rule of the form, its tree, and its test."""

    rule: Rule
    tree: Node
    test: Test
    #: what stands before the names of its scope
    prefix: str
    messages: Mapping[Language, Message]
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
            for child in node.below:
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

    def message(self, facts: Facts, row: str, language: Language) -> tuple[object, ...]:
        """What is there and what to do: texts, and between them the values that they name."""
        pieces: list[object] = []
        for plain, test in self.messages[language]:
            pieces.append(plain)
            if test:
                value = test(facts, self.prefix, row)
                pieces.append(None if value == "" else value)
        return tuple(pieces)


@dataclass(frozen=True, slots=True)
class _Parsed:
    """The trees of a rule: of what holds, of the rows that it counts, and in its messages."""

    holds: Node
    counted: Node | None
    messages: Mapping[Language, Sequence[tuple[str, Node | None]]]

    def trees(self) -> Iterator[Node]:
        """All of them."""
        yield self.holds
        if self.counted:
            yield self.counted
        for pieces in self.messages.values():
            yield from (tree for _, tree in pieces if tree)


@lru_cache(maxsize=64)
def ready_rules(layout: Layout) -> tuple[ReadyRule, ...]:
    """All rules of a form, compiled as one unit."""
    scopes: dict[Path, Names] = {}
    known: dict[object, _Parsed] = {}
    parsed: list[_Parsed] = []
    for rule in layout.form.rules:
        scope = pattern_of(rule.scope)
        key = (rule.id, rule.it, rule.holds, Path(rule.each).pattern, scope, rule.message,
               rule.message_en, repr(rule.constants))  # fmt: skip
        if scope not in scopes:
            scopes[scope] = names_at(layout.form, rule.scope)
        if key not in known:
            known[key] = _parse(rule, names_of(scopes[scope], rule))
        parsed.append(known[key])
    trees = list(dict.fromkeys(tree for one in known.values() for tree in one.trees()))
    tests = dict(zip(trees, compile_python(trees), strict=True))
    pairs = zip(layout.form.rules, parsed, strict=True)
    return tuple(_ready(rule, one, tests) for rule, one in pairs)


def _parse(rule: Rule, names: Names) -> _Parsed:
    each = rule.each.removeprefix(f"{rule.scope}.")
    holds = parse_rule(rule.holds, names, each)

    def pieces(text: str) -> list[tuple[str, Node | None]]:
        return [
            (plain, parse_rule(expression, names, each) if expression else None)
            for plain, expression in message_parts(text)
        ]

    messages = {language: pieces(text) for language, text in rule.messages.items()}
    return _Parsed(holds, _counted(holds), messages)


def _ready(rule: Rule, parsed: _Parsed, tests: Mapping[Node, Test]) -> ReadyRule:
    messages: dict[Language, Message] = {}
    for language, pieces in parsed.messages.items():
        messages[language] = tuple((text, tests[tree] if tree else None) for text, tree in pieces)
    return ReadyRule(
        rule,
        tree=parsed.holds,
        test=tests[parsed.holds],
        prefix=f"{rule.scope}." if rule.scope else "",
        messages=messages,
        counts=tests[parsed.counted] if parsed.counted else None,
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
    rows: dict[str, Sequence[str]] = {}
    for table in layout.form.tables:
        rows[table.path] = [f"{row}." for row in table.row_paths if row in answered]
    lists = _lists(layout)
    if not (split or lists):
        return Facts(values, _given(layout), rows)
    texts: dict[str, object] = {}
    for path, elements in lists.items():
        answers = [element for element in elements if element in values]
        rows[path] = [f"{element}." for element in answers]
        texts.update({element / "text": values[element] for element in answers})
    return Facts({**values, **split, **texts}, _given(layout), rows)


def names_at(form: Form, scope: str) -> Names:
    """What the names in a rule of that scope stand for."""
    kinds = dict(_kinds(form))
    outer: dict[str, str] = {}
    fields: dict[str, str] = {}
    for path, kind in kinds.items():
        outer[path] = kind
        if path.is_under(scope):
            fields[path.below(scope)] = kind
    tables: dict[str, Mapping[str, str]] = {}
    given: dict[str, frozenset[str]] = {}
    for table in form.tables:
        if table.path.is_under(scope):
            name = table.path.below(scope)
            printed = {key for row in table.rows for key in row.given}
            tables[name] = {**dict.fromkeys(printed, "text"), **_columns(table, kinds)}
            given[name] = frozenset(printed)
    for path, elements in _lists_of(form).items():
        if path.is_under(scope):
            tables[path.below(scope)] = {"text": kinds[elements[0]]}
    return Names(fields, outer, tables, given, form.parameters)


def _columns(table: Table, kinds: Mapping[Path, str]) -> dict[str, str]:
    """The kinds of what stands in the rows of a table, by name in the row."""
    found: dict[str, str] = {}
    for path, kind in kinds.items():
        if not path.is_under(table.path):
            continue
        steps = path.below(table.path).steps
        if len(steps) > 1 and isinstance(steps[0], int):
            found[Path.of(*steps[1:])] = kind
    return found


def names_of(names: Names, rule: Rule) -> Names:
    """The names of a scope, what the rule's own file brings along, and what `it` is."""
    return replace(names, parameters={**names.parameters, **rule.constants}, it=rule.it)


def _kinds(form: Form) -> Iterator[tuple[Path, str]]:
    """All names and their kinds: a split value has one of its own, beside those of its cells."""
    for field in form.fields():
        yield field.path, "text" if field.part else field.kind
        if field.part:
            yield field.path.parent, "split"


def pattern_of(scope: str) -> Path:
    """A scope without its indexes: repeats of one sheet share it."""
    return Path(scope).pattern


@lru_cache(maxsize=64)
def _lists(layout: Layout) -> Mapping[Path, Sequence[Path]]:
    return _lists_of(layout.form)


def _lists_of(form: Form) -> Mapping[Path, Sequence[Path]]:
    """Lists of plain answers, goals[0], goals[1] …: to rules they are tables with a `text`."""
    found: dict[Path, list[Path]] = {}
    for field in form.fields():
        if field.path.is_row:
            found.setdefault(field.path.parent, []).append(field.path)
    return found


@lru_cache(maxsize=64)
def _given(layout: Layout) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for table in layout.form.tables:
        for row in table.rows:
            found.update({row.path / name: text for name, text in row.given.items()})
    return found
