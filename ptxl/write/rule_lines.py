"""Rules → lines of the self-check: which rows fail, and the rule's message about the first. Pure.

A rule that needs more than Excel 2010, WPS and LibreOffice all compute is not live: it is only
asked when the form comes back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from ptxl.model.form import Rule, TableRow
from ptxl.model.layout import Layout
from ptxl.model.path import Path
from ptxl.rules import (
    LONGEST_FORMULA,
    Cells,
    Name,
    Node,
    NotLive,
    Operation,
    Span,
    formula,
    plain_formula,
    row_by_row,
    split_names,
)
from ptxl.rules.places import spot_of
from ptxl.rules.ruleset import Message, ReadyRule, ready_rules
from ptxl.words import Language, Speaker
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
from ptxl.write.free_rows import place_formula, rows_for, said_formula
from ptxl.write.references import References

#: of numbers in a message
DECIMALS = 6
_LONGEST_VALUE = 1_000
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

    Raises NotLive.
    """
    if not ready.rule.each:
        return [_rule_line(refs, ready, None)]
    count = len(refs.rows(ready.rule.each))
    most = MOST_ROWS
    while True:
        parts = -(-count // most)
        ends = [count * part // parts for part in range(parts + 1)]
        try:
            return [_rule_line(refs, ready, span) for span in pairwise(ends)]
        except _TooLong:
            if most <= _LEAST_ROWS:
                raise
            most //= 2


def _rule_line(refs: References, ready: ReadyRule, span: Span) -> CheckLine:
    """The line of a rule, of one on rows about some of them. Raises NotLive."""
    layout, rule = refs.layout, ready.rule
    if rule.severity == "hint" or rule.reader == "reviewer":
        raise NotLive("for the reviewer: a clerk would take it for a fault")
    asked, cells = _asked(refs, ready, span), rule_cells(refs, ready)
    if span:
        shown = tuple(shown_at(layout, row / rule.at) for row in asked)
        found = _broken_rows(refs, ready, cells, span)
        if not layout.places.keys() >= set(shown):
            raise NotLive("a place that is printed")
    elif split_names(ready.tree):
        raise NotLive("a split value outside a table")
    else:
        shown = (first_cell(layout, asked[0] if asked else rule.at),)
        if spot_of(layout, rule.at):
            shown = (shown_at(layout, rule.at),)
        found = f"(1-{formula(ready.tree, cells)})/2"
    found = f"IF({USED}=0,-1,IFERROR({found},{SOMEWHERE}))"
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
        asked=asked,
        rows=rows,
        used=f"({refs.length(asked)}>0)*1" if asked else "1",
    )


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
        cell = cell_at(layout, at)
        return (cell,) if cell in layout.places else refs.row_paths(at)
    table, name = at.column
    cells = [cell_at(layout, row / name) for row in refs.row_paths(table)]
    if layout.places.keys().isdisjoint(cells):
        raise NotLive("a place without a cell")
    return tuple(cell for cell in cells if cell in layout.places)


def cell_at(layout: Layout, path: Path) -> Path:
    """The path of the cell that is answered where a rule that points there is asked."""
    spot = spot_of(layout, path)
    return spot.asked[0] if spot else path


def shown_at(layout: Layout, path: Path) -> Path:
    """The path of the cell where it is said that such a rule does not hold."""
    spot = spot_of(layout, path)
    return (spot.cell or spot.asked[0]) if spot else path


def rule_cells(refs: References, ready: ReadyRule) -> Cells:
    """Where the names of a rule stand on the form's sheets."""

    def rows_of(table: str, span: Span = None) -> Sequence[TableRow]:
        return refs.rows(ready.prefix + table, span)

    def refer(name: Name, span: Span) -> str:
        if name.where == "row":
            return refs.column(rows_of(name.table, span), name.name)
        return refs.cell(name.name if name.where == "form" else ready.prefix + name.name)

    def in_use(table: str, span: Span) -> str:
        return refs.in_use(rows_of(table, span))

    return Cells(refer, in_use, lambda table: len(rows_of(table)))


def _broken_rows(refs: References, ready: ReadyRule, cells: Cells, of_line: tuple[int, int]) -> str:
    """Which rows of a line break a rule that is asked of each.

    A row is asked while what the rule points at is filled in, which makes it one in use; by a rule
    that wants an answer, while it is one in use.
    """
    rows = refs.rows(ready.rule.each, of_line)
    at = cell_at(refs.layout, rows[0].path / ready.rule.at)
    if at not in refs.layout.places:
        raise NotLive("a place that is printed")

    def broken(span: tuple[int, int]) -> str:
        column = refs.column(refs.rows(ready.rule.each, span), at.below(rows[0].path))
        plain = [plain_formula(name, cells, span) for name in split_names(ready.tree)]
        holds = formula(ready.tree, cells, span)
        asked = f"(LEN(TRIM({column}))>0)"
        if ready.rule.wants:
            asked = refs.in_use(refs.rows(ready.rule.each, span))
        return "*".join([asked, *plain, f"(1-{holds})", weight(column, refs.cell(at))])

    if not row_by_row(ready.tree):
        return f"SUMPRODUCT({broken(of_line)})"
    return f"({'+'.join(broken((row, row + 1)) for row in range(*of_line))})"


def broken_state(rule: Rule) -> State:
    """The state of a rule that does not hold."""
    return State.WRONG if rule.severity == "error" and not rule.trial else State.DOUBTED


# -- what a rule says


def _title(rule: Rule, language: Language) -> str:
    """The title of a rule, or what its message says, without values."""
    title = {"zh": rule.title, "en": rule.title_en}[language]
    words = "…".join(re.split(r"\{\{.*?\}\}", rule.messages[language]))
    return title or words.partition(_ADVICE[language])[0]


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
    pieces = _without_examples(ready.messages[language], language, cells, of_row)
    try:
        values = [_shown(tree, cells, of_row) if tree else "" for _, tree in pieces]
    except NotLive:
        _, mark, advice = pieces[-1][0].partition(_ADVICE[language])
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
    if isinstance(tree, Name):
        shown = formula(tree, of_row)
    elif _of_the_form(tree):
        shown = formula(tree, cells)
    else:
        raise NotLive("what is reckoned from a row")
    if tree.type not in ("text", "number") or len(shown) > _LONGEST_VALUE:
        raise NotLive("no short text or number")
    return shown if tree.type == "text" else f"ROUND({shown},{DECIMALS})"


def _of_the_form(tree: Node) -> bool:
    """Whether a value is the same for each row."""
    if isinstance(tree, Name):
        return tree.where not in ("row", "asked")
    return not isinstance(tree, Operation) or all(map(_of_the_form, tree.below))
