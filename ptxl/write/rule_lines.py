"""Rules → lines of the self-check: which rows fail, and the rule's message about the first. Pure.

A rule that needs more than Excel 2010, WPS and LibreOffice all compute is not live: it is only
asked when the form comes back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain, pairwise

from ptxl.model.form import Rule, TableRow, placeholder
from ptxl.model.layout import Layout
from ptxl.model.path import Path
from ptxl.rules import (
    LONGEST_FORMULA,
    SPLIT,
    Cells,
    Name,
    Node,
    NotLive,
    Operation,
    OverRows,
    Repeated,
    Span,
    formula,
    names_in,
    plain_formula,
    row_by_row,
    split_names,
    walk,
    wants_part,
)
from ptxl.rules.outcomes import outcomes
from ptxl.rules.places import spot_of
from ptxl.rules.ruleset import ReadyRule, ready_rules
from ptxl.rules.trees import Message
from ptxl.words import FALLBACK, Language, Speaker
from ptxl.write.check_line import (
    MOST_ROWS,
    SOMEWHERE,
    USED,
    CheckLine,
    State,
    first_cell,
    first_row,
    index_of,
    literals,
    place_of,
    row_text,
    weight,
)
from ptxl.write.days import NO_DAY, day_formula, day_text
from ptxl.write.free_rows import place_formula, rows_for, said_formula
from ptxl.write.references import References
from ptxl.write.value_parts import part_range

#: of numbers in a message
DECIMALS = 6
_LONGEST_VALUE = 1_000
#: how values are said, by their type
_SAID: Mapping[str, Callable[[str], str]] = {
    "text": "{}".format, "number": f"ROUND({{}},{DECIMALS})".format, "date": day_text,
}  # fmt: skip
#: for fewer rows than this a table has no lines of their own
_LEAST_ROWS = 12
#: behind it a message says what to do
_ADVICE: Mapping[Language, str] = {"zh": "；", "en": "; "}
#: between these it gives an example
_EXAMPLE: Mapping[Language, tuple[str, str]] = {"zh": ("，如“", "”"), "en": (", such as ", "")}


class _TooLong(NotLive):
    """A rule on more rows than one formula can ask."""


def rule_lines(refs: References) -> Iterator[CheckLine]:
    for ready in ready_rules(refs.layout):
        try:
            yield from _lines_of(refs, ready)
        except NotLive:
            continue


def _lines_of(refs: References, ready: ReadyRule) -> list[CheckLine]:
    """The line of a rule, or several for a table with more rows than one can ask.

    There is none where nothing that is answered can break it. Raises NotLive.
    """
    if not ready.rule.each:
        if _can_break(refs, ready, None):
            return [_rule_line(refs, ready, None)]
        return []
    count = len(refs.rows(ready.rule.each))
    most = MOST_ROWS
    while True:
        parts = -(-count // most)
        ends = [count * part // parts for part in range(parts + 1)]
        try:
            spans = [span for span in pairwise(ends) if _can_break(refs, ready, span)]
            return [_rule_line(refs, ready, span) for span in spans]
        except _TooLong:
            if most <= _LEAST_ROWS:
                raise
            most //= 2


def _rule_line(refs: References, ready: ReadyRule, span: Span) -> CheckLine:
    """The line of a rule, of one on rows about some of them. Raises NotLive."""
    layout, rule = refs.layout, ready.rule
    if rule.severity == "hint" or rule.reader == "reviewer":
        raise NotLive("for the reviewer: a clerk would take it for a fault")
    asked, days = _asked(refs, ready, span), _days(refs, ready)
    cells = replace(rule_cells(refs, ready), day=partial(_day, ready, days))
    shown, found = _shown_and_found(refs, ready, cells, span, asked)
    as_issued = _as_issued(refs, ready, span)
    told = (f"({placeholder(path)}>{NO_DAY})" for path in days)
    asked_while = "*".join((USED, *as_issued.values(), *told))
    found = f"IF({asked_while}=0,-1,IFERROR({found},{SOMEWHERE}))"
    if len(found) > LONGEST_FORMULA:
        raise _TooLong("a formula of more than 8,000 characters")
    language, first = layout.form.language, refs.cell(shown[0])
    title = _title(rule, language)
    message, said = _message(refs, ready, cells, _of_row(cells, first, span))
    said = row_text(language, said, len(shown))
    place, rows = place_of(first, first_row(len(shown))), rows_for(refs, ready)
    if rows:
        place, said = place_formula(refs, rows, place), f"{said}&{said_formula(refs, rows)}"
    return CheckLine(
        sheet=layout.places[shown[0]].sheet,
        title=title,
        found=found,
        place=place,
        said=said,
        fails=broken_state(rule),
        cells=shown,
        lights=bool(rule.each or spot_of(layout, rule.at)),
        rule=ready,
        message=message,
        days=tuple(days.items()),
        asked=asked,
        rows=rows,
        used=f"({refs.length(asked)}>0)*1" if asked else "1",
        as_issued=tuple(as_issued),
    )


def _can_break(refs: References, ready: ReadyRule, span: Span) -> bool:
    """Whether any answers can break a rule, given what the form prints in the rows of a line."""
    return outcomes(ready.tree, "", partial(_printed_words, refs, ready, span)) != {True}


def _printed_words(
    refs: References, ready: ReadyRule, span: Span, node: Node
) -> list[Collection[str]]:
    """What the form prints in the rows of a table, where a name stands for that alone."""
    if not isinstance(node, Name) or not node.given:
        return []
    table = Path(ready.prefix + node.table)
    rows = refs.rows(table, span if table == ready.rule.each else None)
    printed = [row.given.get(node.name) for row in rows]
    return [] if None in printed else [set(filter(None, printed))]


def _shown_and_found(
    refs: References, ready: ReadyRule, cells: Cells, span: Span, asked: Sequence[Path]
) -> tuple[tuple[Path, ...], str]:
    """The cells where it is said that a rule does not hold, and what it finds. Raises NotLive."""
    layout, rule = refs.layout, ready.rule
    if span:
        shown = tuple(shown_at(layout, row / rule.at) for row in asked)
        if not layout.places.keys() >= set(shown):
            raise NotLive("a place that is printed")
        return shown, _broken_rows(refs, ready, cells, span)
    if split_names(ready.tree):
        raise NotLive("a target value outside a table")
    at = (
        shown_at(layout, rule.at)
        if spot_of(layout, rule.at)
        else first_cell(layout, asked[0] if asked else rule.at)
    )
    return (at,), f"(1-{formula(ready.tree, cells)})/2"


def _as_issued(refs: References, ready: ReadyRule, span: Span) -> Mapping[Path, str]:
    """The tables that must have the rows with which they were issued, and whether they have.

    What they print, and what helpers find of their values, is of those rows alone.
    """
    found: dict[Path, str] = {}
    for name in names_in(ready.tree):
        of_helper = name.kind != SPLIT and wants_part(name)
        if name.where != "row" or not (name.given or of_helper):
            continue
        table = Path(ready.prefix + name.table)
        rows = refs.rows(table, span if table == ready.rule.each else None)
        area = refs.answers(rows)
        if area and len(rows) > 1:
            found[table] = f"(ROWS({area})={len(rows)})"
    return found


def _days(refs: References, ready: ReadyRule) -> Mapping[Path, str]:
    """The dates that a rule looks at outside of tables, each with the formula of its day."""
    paths = [
        _path_of(ready, name)
        for name in names_in(ready.tree)
        if name.type == "date" and name.where != "row" and not (name.whole or name.part)
    ]
    placed = [path for path in paths if path in refs.layout.places]
    language = refs.layout.form.language
    return {path: day_formula(refs.cell(path), language) for path in placed}


def _day(ready: ReadyRule, days: Collection[Path], name: Name) -> str:
    """The number of the day of a name. Raises NotLive."""
    path = _path_of(ready, name)
    if name.where == "row" or path not in days:
        raise NotLive("a date in a row, or one that only a message names")
    return placeholder(path)


def _path_of(ready: ReadyRule, name: Name) -> Path:
    """The path of a name that is the same for every row."""
    return Path(name.name if name.where == "form" else ready.prefix + name.name)


def _asked(refs: References, ready: ReadyRule, span: Span) -> tuple[Path, ...]:
    """The cells and rows of which one must be filled in for a rule to be asked.

    Of a rule that wants an answer it is the repeat around it; none where it is always asked.
    Raises NotLive when there are none on the sheets.
    """
    layout, at = refs.layout, ready.rule.at
    if span:
        return refs.row_paths(ready.rule.each)[slice(*span)]
    if ready.rule.wants:
        return (at.row,) if at.row else ()
    if not at.column:
        cells = cells_at(layout, at)
        return cells if cells[0] in layout.places else refs.row_paths(at)
    table, name = at.column
    cells = tuple(chain(*(cells_at(layout, row / name) for row in refs.row_paths(table))))
    if layout.places.keys().isdisjoint(cells):
        raise NotLive("a place without a cell")
    return tuple(cell for cell in cells if cell in layout.places)


def cells_at(layout: Layout, path: Path) -> tuple[Path, ...]:
    """The paths of the cells of which one is answered where a rule that points there is asked."""
    spot = spot_of(layout, path)
    return spot.told_by if spot else (path,)


def shown_at(layout: Layout, path: Path) -> Path:
    """The path of the cell where it is said that such a rule does not hold."""
    spot = spot_of(layout, path)
    return (spot.cell or spot.asked[0]) if spot else path


def rule_cells(refs: References, ready: ReadyRule) -> Cells:
    """Where the names of a rule stand on the form's sheets."""

    def rows_of(table: str, span: Span = None) -> Sequence[TableRow]:
        return refs.rows(ready.prefix + table, span)

    def refer(name: Name, span: Span) -> str:
        if name.kind != SPLIT and wants_part(name):
            values = [row.path / name.name for row in rows_of(name.table, span)]
            return part_range(refs.layout, values, name.part)
        if name.where == "row":
            return refs.column(rows_of(name.table, span), name.name)
        return refs.cell(_path_of(ready, name))

    def in_use(table: str, span: Span) -> str:
        return refs.in_use(rows_of(table, span))

    return Cells(refer, in_use, lambda table: len(rows_of(table)))


def _broken_rows(refs: References, ready: ReadyRule, cells: Cells, of_line: tuple[int, int]) -> str:
    """Which rows of a line break a rule that is asked of each.

    A row is asked while what the rule points at is filled in, which makes it one in use; by a rule
    that wants an answer, while it is one in use.
    """
    rows = refs.rows(ready.rule.each, of_line)
    at = cells_at(refs.layout, rows[0].path / ready.rule.at)[0]
    if at not in refs.layout.places:
        raise NotLive("a place that is printed")

    def broken(span: tuple[int, int]) -> str:
        asked_rows = refs.rows(ready.rule.each, span)
        column = refs.column(asked_rows, at.below(rows[0].path))
        plain = [plain_formula(name, cells, span) for name in split_names(ready.tree)]
        holds = formula(ready.tree, cells, span)
        asked = _asked_in_rows(refs, asked_rows, ready.rule.at)
        if ready.rule.wants:
            asked = refs.in_use(asked_rows)
        return "*".join([asked, *plain, f"(1-{holds})", weight(column, refs.cell(at))])

    if not row_by_row(ready.tree):
        return f"SUMPRODUCT({broken(of_line)})"
    return f"({'+'.join(broken((row, row + 1)) for row in range(*of_line))})"


def _asked_in_rows(refs: References, rows: Sequence[TableRow], at: Path) -> str:
    """An array that is 1 for each row in which what a rule points at is filled in.

    Where the form prints that in some rows only, another cell stands for it there.
    """
    names = [
        tuple(cell.below(row.path) for cell in cells_at(refs.layout, row.path / at)) for row in rows
    ]
    of_each = {cells: f"(LEN({_texts(refs, rows, cells)})>0)" for cells in dict.fromkeys(names)}
    if len(of_each) == 1:
        return of_each[names[0]]
    terms = []
    for cells, is_filled in of_each.items():
        there = ";".join(str(int(each == cells)) for each in names)
        terms.append(f"{{{there}}}*{is_filled}")
    return f"({'+'.join(terms)})"


def _texts(refs: References, rows: Sequence[TableRow], cells: Sequence[str]) -> str:
    """What stands in some cells of each row, one after the other."""
    return "&".join(f"TRIM({refs.column(rows, cell)})" for cell in cells)


def broken_state(rule: Rule) -> State:
    """The state of a rule that does not hold."""
    if rule.severity == "error" and not rule.trial:
        return State.WRONG
    return State.DOUBTED


# -- what a rule says


def _title(rule: Rule, language: Language) -> str:
    """The title of a rule, or what its message says, without values."""
    said = _rules_speak(language)
    title = {"zh": rule.title, "en": rule.title_en}[said]
    words = "…".join(re.split(r"\{\{.*?\}\}", rule.messages[said]))
    return title or words.partition(_ADVICE[said])[0]


def _rules_speak(language: Language) -> Language:
    """The language of what rules say in a form: English where they have none of its own."""
    return language if language in _ADVICE else FALLBACK


def _of_row(cells: Cells, first: str, span: Span) -> Cells:
    """Where names stand in the first row that fails, of the rows of a line."""

    def refer(name: Name, _: Span) -> str:
        if name.where != "row":
            return cells.refer(name, None)
        return f"INDEX({cells.refer(name, span)},{index_of(first)})"

    return replace(cells, refer=refer)


def _message(
    refs: References, ready: ReadyRule, cells: Cells, of_row: Cells
) -> tuple[Message, str]:
    """The message of a rule and its formula, with the values of the first row that fails.

    Where no formula gives one of the values: that its title does not hold, and what to do. An
    example of what to do, which no formula gives, is left out.
    """
    language = refs.layout.form.language
    said = _rules_speak(language)
    pieces = _without_examples(ready.messages[said], said, cells, of_row)
    try:
        values = [_shown(tree, cells, of_row) if tree else "" for _, tree in pieces]
    except NotLive:
        _, mark, advice = pieces[-1][0].partition(_ADVICE[said])
        unmet = Speaker(language).say("self_check.unmet", title=_title(ready.rule, language))
        pieces, values = ((f"{unmet}{mark}{advice}", None),), [""]
    parts: list[str] = []
    for (text, _), value in zip(pieces, values, strict=True):
        parts += [*literals(text), *filter(None, [value])]
    return pieces, "&".join(parts)


def _without_examples(pieces: Message, language: Language, cells: Cells, of_row: Cells) -> Message:
    """A message without the examples that no formula gives."""
    before, behind = _EXAMPLE[language]
    found: list[tuple[str, Node | None]] = []
    for text, tree in pieces:
        start, of_it = found[-1] if found else ("", None)
        is_example = start.endswith(before) and text.startswith(behind)
        if of_it and is_example and not _is_sayable(of_it, cells, of_row):
            found[-1] = start.removesuffix(before) + text.removeprefix(behind), tree
        else:
            found.append((text, tree))
    return tuple(found)


def _is_sayable(tree: Node, cells: Cells, of_row: Cells) -> bool:
    try:
        return bool(_shown(tree, cells, of_row))
    except NotLive:
        return False


def _shown(tree: Node, cells: Cells, of_row: Cells) -> str:
    """The formula of a value in a message: of the first row that fails, or of the form."""
    if _of_the_form(tree):
        shown = formula(tree, cells)
    elif any(isinstance(node, OverRows | Repeated) for node in walk(tree)):
        raise NotLive("what is reckoned from a row and others")
    else:
        shown = formula(tree, of_row, (0, 1))
    if tree.type not in _SAID or len(shown) > _LONGEST_VALUE:
        raise NotLive("no short text or number")
    return _SAID[tree.type](shown)


def _of_the_form(tree: Node) -> bool:
    """Whether a value is the same for each row."""
    if isinstance(tree, Name):
        return tree.where not in ("row", "asked")
    return not isinstance(tree, Operation) or all(map(_of_the_form, tree.below))
