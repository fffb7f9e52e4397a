"""Rules about what a table lacks → the first free row for it, or the head of a full table. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ptxl.model.form import TableRow, placeholder
from ptxl.model.layout import Layout, Place
from ptxl.model.path import Path
from ptxl.rules import Const, Name, Node, NotLive, Operation, OverRows, Words
from ptxl.rules.places import head_of
from ptxl.rules.ruleset import ReadyRule
from ptxl.words import Speaker
from ptxl.write.check_line import (
    BEYOND,
    FOUND,
    PLACE,
    ROWS,
    first_cell,
    place_number,
    place_of,
    text_formula,
)
from ptxl.write.references import References


def rows_for(refs: References, ready: ReadyRule) -> tuple[Path, ...]:
    """The rows in which what a rule misses may be filled in; none if it misses no row.

    Where the form prints a category in each row, they are those of the category that is missing.
    """
    table = refs.layout.form.tables_by_path.get(ready.rule.at)
    wanted = list(_wanted(ready.tree))
    if table is None or not wanted:
        return ()
    words = list(_asked(wanted[0]))
    fitting = [row for row in table.rows if all(_fits(row, each) for each in words)]
    found = tuple(row.path for row in fitting or table.rows)
    return found if _told(refs, found) else ()


def _told(refs: References, rows: tuple[Path, ...]) -> bool:
    """Whether a formula can tell which of some rows are free."""
    try:
        refs.in_use(refs.rows_at(rows))
    except NotLive:
        return False
    return len(refs.areas([first_cell(refs.layout, row) for row in rows])) == 1


def _wanted(tree: Node) -> Iterator[Node | None]:
    """Of which rows a rule wants some, or more: the conditions on them."""
    match tree:
        case Operation(op="and" | "or", arguments=parts):
            for part in parts:
                yield from _wanted(part)
        case Operation(op="gt" | "gteq", arguments=(OverRows(function="count") as counted, _)):
            yield counted.condition
        case OverRows(function="any"):
            yield tree.condition


def _asked(condition: Node | None) -> Iterator[Mapping[str, tuple[object, ...]]]:
    """The words that a condition asks for in columns."""
    match condition:
        case Operation(op="and", arguments=parts):
            for part in parts:
                yield from _asked(part)
        case Operation(op="eq", arguments=(Name() as name, Const() as word)):
            yield {name.name: (word.value,)}
        case Operation(op="in", arguments=(Name() as name, Words() as words)):
            yield {name.name: words.words}


def _fits(row: TableRow, words: Mapping[str, tuple[object, ...]]) -> bool:
    """Whether a row prints one of the words, or leaves open what it is."""
    return all(row.given.get(name, allowed[0]) in allowed for name, allowed in words.items())


def free_place(layout: Layout, rows: tuple[Path, ...], filled: frozenset[str]) -> tuple[int, bool]:
    """The place of the first free row, or that of the table's head; and whether a row is free."""
    for row in rows:
        if row not in filled:
            return place_number(layout.places[first_cell(layout, row)]), True
    return place_number(_head(layout, rows)), False


def place_formula(refs: References, rows: tuple[Path, ...], usual: str) -> str:
    """The formula of that place while the line finds anything, and else of the `usual` one."""
    (cells,) = refs.areas([first_cell(refs.layout, row) for row in rows])
    used = refs.in_use(refs.rows_at(rows))
    free = f"{BEYOND}-SUMPRODUCT(MAX((1-{used})*({BEYOND}-{place_of(cells)})))"
    head = place_of(refs.at(_head(refs.layout, rows)))
    return f"IF({FOUND}>0,IF({free}<{BEYOND},{free},{head}),{usual})"


def said_formula(refs: References, rows: tuple[Path, ...]) -> str:
    """The formula of what is said of that place, behind the message."""
    free, full = said_of(refs.layout, rows, placeholder("row"))
    head = place_of(refs.at(_head(refs.layout, rows)))
    row = text_formula(free, {"row": f"INT({PLACE}/{ROWS})"})
    return f"IF({PLACE}={head},{text_formula(full, {})},{row})"


def said_of(layout: Layout, rows: tuple[Path, ...], row: object) -> tuple[str, str]:
    """What is said where a row is free, and where none is."""
    say = Speaker(layout.form.language).say
    grows = any(t.grows for t in layout.form.tables if Path(rows[0]).is_under(t.path))
    none = say("self_check.no_more") if grows else say("self_check.no_room")
    return say("self_check.free_row", row=row), none


def _head(layout: Layout, rows: tuple[Path, ...]) -> Place:
    """The head of a table, or its first row where none is printed."""
    return head_of(layout, rows[0].parent) or layout.places[first_cell(layout, rows[0])]
