"""Form → its rules, of parsed trees, ready to be asked of answers: `ReadyRule`. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from weakref import WeakKeyDictionary

from ptxl.model.findings import Language
from ptxl.model.form import Rule, Unit
from ptxl.model.layout import Layout
from ptxl.model.path import TOP, Path
from ptxl.rules.functions import Facts, Joined
from ptxl.rules.names import lists_of
from ptxl.rules.places import fields_at
from ptxl.rules.python import Test, compile_python, functions_of
from ptxl.rules.tree import UNIT, Name, Node
from ptxl.rules.trees import Computing, Later, Message, ParsedRule, ParsedRules
from ptxl.values.target_value import TargetValue, parse_target
from ptxl.values.ticks import BETWEEN, ticks_in

#: the column beside a target value that names what it asks for
NAME = "level3"


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


@dataclass(frozen=True, eq=False)
class ReadyRule:
    """A rule of the form, its tree, and its test. One is made for each rule of a layout."""

    rule: Rule
    kept: Later[ParsedRule]
    test: Test
    #: what stands before the names of its scope
    prefix: str
    #: of a rule that points at a column: whether a row is one of those that it counts
    counts: Test | None

    @property
    def tree(self) -> Node:
        """The tree of what holds."""
        return self.kept.get().holds

    @property
    def messages(self) -> Mapping[Language, Message]:
        """What it says, where it is broken."""
        return self.kept.get().messages

    @cached_property
    def reach(self) -> Reach:
        """What it looks at."""
        return self._reach(self.kept.get().names)

    @cached_property
    def values(self) -> Reach:
        """What of that it does not only ask whether it is blank."""
        return self._reach(self.kept.get().valued)

    @cached_property
    def named(self) -> Reach:
        """What its messages name."""
        return self._reach(self.kept.get().said)

    @cached_property
    def tables(self) -> frozenset[Path]:
        """The tables over whose rows it counts or adds."""
        return frozenset(self.rule.scope / table for table in self.kept.get().tables)

    def _reach(self, names: Sequence[Name]) -> Reach:
        return _reach(self.rule, names, self.kept.get().over_rows)

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


#: the rules that were parsed when their form was laid out, or when they were first asked
_PARSED: WeakKeyDictionary[Layout, ParsedRules] = WeakKeyDictionary()


def take_parsed(layout: Layout, parsed: ParsedRules) -> None:
    """Remember what `parse_rules` made of a form."""
    _PARSED[layout] = parsed


@lru_cache(maxsize=64)
def ready_rules(layout: Layout) -> tuple[ReadyRule, ...]:
    """All rules of a form, compiled as one unit; messages are compiled when they are said."""
    issued = _as_parsed(layout)
    if issued not in _PARSED:
        from ptxl.rules.parse_form import parse_rules  # with the parser: kept forms need none

        take_parsed(issued, parse_rules(issued))
    parsed = _PARSED[issued]
    functions = functions_of(parsed.code)
    every = (
        ReadyRule(
            rule,
            kept,
            test=functions[test],
            prefix=f"{rule.scope}." if rule.scope else "",
            counts=None if counts is None else functions[counts],
        )
        for rule, kept, (test, counts) in zip(
            layout.form.rules, parsed.rules, parsed.tests, strict=True
        )
    )
    return tuple(ready for ready in every if not layout.whole or _is_asked(layout, ready.rule))


def _as_parsed(layout: Layout) -> Layout:
    """The form whose rules are parsed: as issued, since a row that was added is asked what its like
    is asked, and with all that is asked of any unit."""
    issued = layout.issued or layout
    return issued.whole or issued


def _is_asked(layout: Layout, rule: Rule) -> bool:
    """Whether a rule is about anything that the unit is asked, or says that it is not."""
    fields = [layout.fields[path] for path in fields_at(layout, rule)]
    return rule.of_unit or not fields or not all(field.closed for field in fields)


def computed_trees(layout: Layout) -> Mapping[Computing, Node]:
    """What the cells of a form compute. Raises RuleError where it is none of the rule language."""
    issued = _as_parsed(layout)
    if issued in _PARSED:
        return _PARSED[issued].computed
    from ptxl.rules.parse_form import parse_computations  # of a form that is still being checked

    return parse_computations(issued)


@lru_cache(maxsize=4096)
def test_of(tree: Node) -> Test:
    """What gives the value of an expression in a message, compiled when it is first wanted."""
    (test,) = compile_python([tree])
    return test


def _reach(rule: Rule, names: Sequence[Name], over_rows: Collection[Name]) -> Reach:
    cells: set[Path] = set()
    in_row: set[str] = set()
    columns: set[tuple[Path, str]] = set()
    #: where names stand that are the same for every row
    scopes = {"scope": rule.scope, "form": TOP}
    for name in names:
        if name.where == UNIT:
            continue
        around = scopes.get(name.where)
        if around is not None:
            cells.update(around / part for part in name.cells)
            continue
        of_other = name.where == "row" and name.table != rule.table
        if of_other or (name.where == "row" and name in over_rows):
            columns.add((rule.scope / name.table, name.name))
        if not of_other:
            in_row.update(name.cells)
    return Reach(frozenset(cells), frozenset(in_row), frozenset(columns))


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
    rows = {}
    for table, prefixes in own.rows.items():
        rows[table] = [prefix for path, prefix in prefixes if path in answered]
    texts: dict[str, object] = {}
    for path, elements in own.lists.items():
        answers = [element for element in elements if element in values]
        rows[path] = [f"{element}." for element in answers]
        texts.update({element / "text": values[element] for element in answers})
    about = {f"{UNIT}.{name}": text for name, text in unit.texts().items()} if unit else {}
    in_units = dict(_in_units_of_names(layout, values, own.given))
    ticked = ((path, one.words(values)) for path, one in ticks_in(layout).items())
    texts |= {path: BETWEEN.join(words) for path, words in ticked if words}
    return Facts({**about, **values, **in_units, **split, **texts}, own.given, rows)


def _in_units_of_names(
    layout: Layout, values: Mapping[str, object], given: Mapping[str, str]
) -> Iterator[tuple[str, TargetValue]]:
    for path, value in values.items():
        if not isinstance(value, TargetValue) or value.number is None or value.unit:
            continue
        name = Path(path).row / NAME
        text = str(values.get(name) or given.get(name) or "")
        if text.endswith(("）", ")")):
            again = parse_target(value.raw, text, layout.fields[path].manner)
            yield path, replace(again, raw=value.raw)


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
    return _OwnFacts(given, rows, lists_of(layout.form))
