"""Form → its rules, parsed once, compiled into one unit, ready to be asked. Pure.

Rules of a repeated sheet are the same for each repeat: they are parsed once, and their scope is
only a prefix of the paths that they look up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from typing import TypeVar
from weakref import WeakKeyDictionary

from ptxl.model.findings import Language
from ptxl.model.form import Form, Rule, Unit
from ptxl.model.layout import Layout
from ptxl.model.path import TOP, Path
from ptxl.rules.functions import Facts, Joined
from ptxl.rules.parse import Names, Scope, message_parts, parse_rule
from ptxl.rules.python import Test, code_of, compile_python, functions_of
from ptxl.rules.tree import SPLIT, UNIT, Name, Node, Operation, OverRows, walk
from ptxl.values.target_value import PARTS, TargetValue, parse_target

T = TypeVar("T")
#: the column beside a target value that names what it asks for
NAME = "level3"
#: texts, each with the expression whose value follows it
Message = tuple[tuple[str, Node | None], ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """The answers that a condition looks at: cells, names in the row, and columns of tables."""

    cells: frozenset[Path]
    in_row: frozenset[str]
    columns: frozenset[tuple[Path, str]]

    def fields(self, row: str) -> Iterator[Path]:
        """The cells, for the row with that prefix."""
        yield from self.cells
        yield from (Path(row + name) for name in self.in_row)

    def holds(self, path: Path, row: str) -> bool:
        """Whether the answer at a path is one of them, for the row with that prefix."""
        if any(path.is_under(field) for field in self.fields(row)):
            return True
        return any(_in_column(path, *column) for column in self.columns)


@dataclass(frozen=True, eq=False, slots=True)
class ReadyRule:
    """A rule of the form, its tree, and its test. One is made for each rule of a layout."""

    rule: Rule
    tree: Node
    test: Test
    #: what stands before the names of its scope
    prefix: str
    messages: Mapping[Language, Message]
    #: of a rule that points at a column: whether a row is one of those that it counts
    counts: Test | None
    #: what it looks at, and what of that it does not only ask whether it is blank
    reach: Reach
    values: Reach
    #: what its messages name
    named: Reach
    #: the tables over whose rows it counts or adds
    tables: frozenset[Path]

    def fields(self, row: str) -> Iterator[Path]:
        """The paths of the fields that the rule names, for the row with that prefix."""
        return self.reach.fields(row)

    def looks_at(self, path: Path, row: str, *, blankness: bool = True) -> bool:
        """Whether the rule depends on the answer at a path, for the row with that prefix.

        Without `blankness`, what is only asked whether it is blank does not count.
        """
        return (self.reach if blankness else self.values).holds(path, row)

    def counts_rows_at(self, path: Path) -> bool:
        """Whether the rule counts rows of a table that the path lies in."""
        return any(map(path.is_under, self.tables))

    def message(self, facts: Facts, row: str, language: Language) -> tuple[object, ...]:
        """What is there and what to do: texts, and between them the values that they name."""
        pieces: list[object] = []
        for plain, tree in self.messages[language]:
            pieces.append(plain)
            if tree:
                value = test_of(tree)(facts, self.prefix, row)
                said = tuple(dict.fromkeys(value.texts)) if isinstance(value, Joined) else value
                pieces.append(None if said in ("", ()) else said)
        return tuple(pieces)


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A rule's tree of what holds, that of the rows that it counts, its messages, and the names
    in these: all that it asks for, those not only asked whether they are blank, those it says."""

    holds: Node
    counted: Node | None
    messages: Mapping[Language, Message]
    names: tuple[Name, ...]
    valued: tuple[Name, ...]
    said: tuple[Name, ...]
    #: of these what functions look at in many rows, maybe those of the rule's own table
    over_rows: frozenset[Name]
    tables: frozenset[str]


@dataclass(frozen=True, slots=True)
class ParsedRules:
    """The rules of a form as trees, and the code of those asked of every form; made to be kept."""

    rules: tuple[_Parsed, ...]
    trees: tuple[Node, ...]
    code: bytes


#: the rules that were parsed when their form was laid out, or when they were first asked
_PARSED: WeakKeyDictionary[Layout, ParsedRules] = WeakKeyDictionary()


def take_parsed(layout: Layout, parsed: ParsedRules) -> None:
    """Remember what `parse_rules` made of a form."""
    _PARSED[layout] = parsed


@lru_cache(maxsize=64)
def ready_rules(layout: Layout) -> tuple[ReadyRule, ...]:
    """All rules of a form, compiled as one unit; messages are compiled when they are said."""
    issued = layout.issued or layout  # a row that was added is asked what its like is asked
    if issued not in _PARSED:
        take_parsed(issued, parse_rules(issued))
    parsed = _PARSED[issued]
    tests: dict[Node | None, Test] = {}
    tests.update(zip(parsed.trees, functions_of(parsed.trees, parsed.code), strict=True))
    pairs = zip(layout.form.rules, parsed.rules, strict=True)
    return tuple(_ready(rule, one, tests) for rule, one in pairs)


def parse_rules(layout: Layout) -> ParsedRules:
    """Parse the rules of a form, and compile what is asked of every one."""
    scopes: dict[Path, Names] = {}
    known: dict[object, _Parsed] = {}
    parsed: list[_Parsed] = []
    for rule in layout.form.rules:
        scope = rule.scope.pattern
        key = (rule.id, rule.it, rule.holds, rule.each.pattern, scope, rule.message,
               rule.message_en, repr(rule.constants))  # fmt: skip
        if scope not in scopes:
            scopes[scope] = names_at(layout.form, rule.scope)
        if key not in known:
            known[key] = _parse(rule, names_of(scopes[scope], rule))
        parsed.append(known[key])
    asked: dict[Node, None] = {}
    for one in known.values():
        asked.update(dict.fromkeys(tree for tree in (one.holds, one.counted) if tree))
    trees = tuple(asked)
    return ParsedRules(tuple(parsed), trees, code_of(trees))


def _parse(rule: Rule, names: Names) -> _Parsed:
    holds = parse_rule(rule.holds, names, rule.table)

    def pieces(text: str) -> Message:
        return tuple(
            (plain, parse_rule(expression, names, rule.table) if expression else None)
            for plain, expression in message_parts(text)
        )

    over = [node for node in walk(holds) if isinstance(node, OverRows)]
    messages = {language: pieces(text) for language, text in rule.messages.items()}
    said = [tree for _, tree in chain(*messages.values()) if tree]
    return _Parsed(
        holds,
        counted=next((node.condition for node in over if node.condition), None),
        messages=messages,
        names=tuple(dict.fromkeys(_names(holds))),
        valued=tuple(dict.fromkeys(_names(holds, leave_out="blank"))),
        over_rows=frozenset(
            name
            for node in chain(*map(walk, (holds, *said)))
            if isinstance(node, OverRows)
            for name in _names(node, leave_out="blank")
        ),
        said=tuple(dict.fromkeys(chain(*map(_names, said)))),
        tables=frozenset(node.table for node in over),
    )


def _ready(rule: Rule, parsed: _Parsed, tests: Mapping[Node | None, Test]) -> ReadyRule:
    return ReadyRule(
        rule,
        tree=parsed.holds,
        test=tests[parsed.holds],
        prefix=f"{rule.scope}." if rule.scope else "",
        messages=parsed.messages,
        counts=tests.get(parsed.counted),
        reach=_reach(rule, parsed.names, parsed.over_rows),
        values=_reach(rule, parsed.valued, parsed.over_rows),
        named=_reach(rule, parsed.said, parsed.over_rows),
        tables=frozenset(rule.scope / table for table in parsed.tables),
    )


@lru_cache(maxsize=4096)
def test_of(tree: Node) -> Test:
    """What gives the value of an expression in a message, compiled when it is first wanted."""
    (test,) = compile_python([tree])
    return test


def _names(node: Node, leave_out: str = "") -> Iterator[Name]:
    """The names in a tree, those in the operations to leave out aside."""
    if isinstance(node, Name):
        yield node
    elif not isinstance(node, Operation) or node.op != leave_out:
        yield from chain(*(_names(child, leave_out) for child in node.below))


def _reach(rule: Rule, names: Sequence[Name], over_rows: Collection[Name]) -> Reach:
    cells: set[Path] = set()
    in_row: set[str] = set()
    columns: set[tuple[Path, str]] = set()
    for name in names:
        if name.where == UNIT:
            continue
        parts = [f"{name.name}.{part}" for part in PARTS] if name.kind == SPLIT else [name.name]
        if name.where in _SCOPES:
            cells.update(Path(_SCOPES[name.where].format(rule.scope)) / part for part in parts)
            continue
        if name.where == "row" and (name.table != rule.table or name in over_rows):
            columns.add((rule.scope / name.table, name.name))
        if name.where != "row" or name.table == rule.table:
            in_row.update(parts)
    return Reach(frozenset(cells), frozenset(in_row), frozenset(columns))


#: where names stand that are the same for every row
_SCOPES = {"scope": "{}", "form": ""}


def _in_column(path: Path, table: Path, name: str) -> bool:
    """Whether a path is that of a cell in a column, or of an answer in a list of plain answers."""
    if not path.is_under(table):
        return False
    column = path.below(table).pattern
    return column == "[]" or column.is_under(f"[].{name}")


def facts_of(
    layout: Layout,
    values: Mapping[str, object],
    answered: frozenset[str],
    split: Mapping[str, TargetValue],
    unit: Unit | None = None,
) -> Facts:
    """What the rules of a form look at; `answered` are the rows and repeats in use.

    `split` are the target values that lie over several cells, by path; without a `unit` what rules
    ask of it is blank. A value in a single cell is in the unit that its name ends with, where it
    has none: 200 beside 参训人数（人） is 200 人.
    """
    own = _own_facts(layout)
    rows = {
        table: [prefix for path, prefix in prefixes if path in answered]
        for table, prefixes in own.rows.items()
    }
    texts: dict[str, object] = {}
    for path, elements in own.lists.items():
        answers = [element for element in elements if element in values]
        rows[path] = [f"{element}." for element in answers]
        texts.update({element / "text": values[element] for element in answers})
    about = {f"{UNIT}.{name}": text for name, text in unit.texts().items()} if unit else {}
    in_units = dict(_in_units_of_names(values, own.given))
    return Facts({**about, **values, **in_units, **split, **texts}, own.given, rows)


def _in_units_of_names(
    values: Mapping[str, object], given: Mapping[str, str]
) -> Iterator[tuple[str, TargetValue]]:
    for path, value in values.items():
        if not isinstance(value, TargetValue) or value.number is None or value.unit:
            continue
        name = Path(path).parent / NAME
        text = str(values.get(name) or given.get(name) or "")
        if text.endswith(("）", ")")):
            yield path, replace(parse_target(value.raw, text), raw=value.raw)


@dataclass(frozen=True, slots=True)
class _OwnFacts:
    """What a form itself says: what it prints, its rows with their prefixes, its plain lists."""

    given: Mapping[str, str]
    rows: Mapping[str, Sequence[tuple[Path, str]]]
    lists: Mapping[Path, Sequence[Path]]


@lru_cache(maxsize=64)
def _own_facts(layout: Layout) -> _OwnFacts:
    given: dict[str, str] = {}
    rows: dict[str, list[tuple[Path, str]]] = {}
    for table in layout.form.tables:
        rows[table.path] = [(path, f"{path}.") for path in table.row_paths]
        for row in table.rows:
            given.update({row.path / name: text for name, text in row.given.items()})
    return _OwnFacts(given, rows, _lists_of(layout.form))


def names_at(form: Form, scope: Path) -> Names:
    """What the names in a rule of that scope stand for."""
    kinds = dict(_kinds(form))
    printed = {table.path: table.printed for table in form.tables}
    columns = {path: dict.fromkeys(names, "text") for path, names in printed.items()}
    for path, kind in kinds.items():
        for row in path.parent.rows:
            columns.get(row.parent, {})[path.below(row)] = kind
    for path, elements in _lists_of(form).items():
        columns[path] = {"text": kinds[elements[0]]}
    return Names(
        fields=_below(scope, kinds),
        outer=_below(TOP, kinds),
        tables=_below(scope, columns),
        given=_below(scope, printed),
        computed=_computed_names(form, scope),
        parameters=form.parameters,
    )


def _computed_names(form: Form, scope: Path) -> dict[Scope, frozenset[str]]:
    """What the form computes, as it is named from a scope, from the top, and in rows of tables."""
    computed = [field.path for field in form.fields() if field.compute]
    inside = [path.below(scope) for path in computed if path.is_under(scope)]
    in_rows = [f"{row.parent}[].{path.below(row)}" for path in inside for row in path.rows]
    return {
        "row": frozenset(in_rows), "scope": frozenset(inside), "form": frozenset(computed),
    }  # fmt: skip


def _below(scope: Path, by_path: Mapping[Path, T]) -> dict[str, T]:
    """What lies under a scope, named from there."""
    return {path.below(scope): each for path, each in by_path.items() if path.is_under(scope)}


def names_of(names: Names, rule: Rule) -> Names:
    """The names of a scope, what the rule's own file brings along, and what `it` is."""
    return replace(names, parameters={**names.parameters, **rule.constants}, it=rule.it)


def _kinds(form: Form) -> Iterator[tuple[Path, str]]:
    """All names and their kinds: a split value has one of its own, beside those of its cells."""
    for field in form.fields():
        yield field.path, "text" if field.part else field.kind
        if field.part:
            yield field.path.parent, SPLIT


def _lists_of(form: Form) -> Mapping[Path, Sequence[Path]]:
    """Lists of plain answers, goals[0], goals[1] …: to rules they are tables with a `text`."""
    found: dict[Path, list[Path]] = {}
    for field in form.fields():
        if field.path.is_row:
            found.setdefault(field.path.parent, []).append(field.path)
    return found
