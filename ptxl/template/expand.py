"""Specs + parameters → Form: repeats are unrolled and every text is evaluated. No file is read.

Where the template is faulty the form has gaps, and the faults say why.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path as FilePath
from typing import Any

from ptxl.layout.helper_sheets import own_sheets
from ptxl.model.errors import Origin
from ptxl.model.form import Form, Group, Page, Row, Sheet, Table
from ptxl.model.path import TOP, Path
from ptxl.template.asked_fields import asked_rules
from ptxl.template.cells import Asked, Carries, Context, asked_scope, label_fields, make_cells
from ptxl.template.faults import Faults
from ptxl.template.include import RuleFiles
from ptxl.template.leaves import Number, Scope, Text, top_scope
from ptxl.template.lists import make_lists
from ptxl.template.local import NO_LOCAL, Local
from ptxl.template.manner import manner_of, money_of
from ptxl.template.rules import MadeRule, RuleMaker
from ptxl.template.specs import (
    BlockSpec,
    PageSpec,
    RepeatSpec,
    RowSpec,
    SectionSpec,
    SheetSpec,
    TableSpec,
    TemplateSpec,
)
from ptxl.template.styles import make_styles
from ptxl.template.tables import make_table
from ptxl.template.tick_rules import tick_rules
from ptxl.text import excel_length, names_a_sheet
from ptxl.words import Language

#: entries of every document that no field may answer
RESERVED = ("form", "unit", "source", "findings")
_LONGEST_FOOTER = 150
#: what Excel can hold, and print
_MOST_COLUMNS, _MOST_SHEETS, _WIDEST = 16_384, 255, 25
_PAGE = Page()
_ID = re.compile("[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Expanded:
    """A form, its rules with the specs that they were made of, and what the template expects.

    `asked` tells of each name under `needs`, `lacks` and `new_page` whether the form has it,
    `grouped_lists` which lists are printed by a grouped table, `carries` what is printed of the
    earlier stage; `local_rules` may be asked of it, if they fit (see `with_local_rules`).
    """

    form: Form
    rules: tuple[MadeRule, ...]
    asked: Asked
    grouped_lists: frozenset[str]
    carries: tuple[Carries, ...] = ()
    local_rules: tuple[MadeRule, ...] = ()


def expand(
    template: TemplateSpec, parameters: Mapping[str, object], files: RuleFiles, faults: Faults,
    asked: Asked | None = None, local: Local = NO_LOCAL,
) -> Expanded:  # fmt: skip
    """The form of a template with these parameters; several may note in `asked` what they have."""
    top = _top(template, parameters, faults)
    context = _context(template, parameters, top, asked or Asked())
    made = [each for spec in template.sheets for each in _sheets(spec, template, top, context)]
    sheets = tuple(sheet for sheet, _, _ in made)
    tables = tuple(context.tables)
    _check_sheets(sheets, template, faults)
    _check_paths(context.answers, faults)
    scopes = [scope.path for _, _, scope in made]
    maker = RuleMaker.of(files, parameters, context.fields, tables, scopes, context.asked, local)
    rules: list[MadeRule] = []
    for _, spec, scope in made:
        rules += maker.rules(spec.rules, scope)
    rules += maker.rules(template.rules, top)
    rules += _rules_of_fields(context, _labels(sheets))
    form = Form(
        template=_id(template.id, top),
        edition=template.edition.of(top),
        title=template.title.of(top),
        parameters=dict(parameters),
        sheets=sheets,
        lists={name: tree for name, tree in context.lists.items() if name in context.used_lists},
        styles=context.styles,
        tables=tables,
        rules=tuple(made_rule.rule for made_rule in rules),
        guide=tuple(line.of(top) for line in template.guide),
        language=context.manner.language,
        follows=tuple(one.id.written for one in template.follow),
        local=local.digest,
    )
    places = {scope.path: scope for scope in (top, *(scope for _, _, scope in made))}
    own = chain(*(maker.local_rules(form.template, scope) for scope in places.values()))
    grouped, carries = frozenset(context.grouped_lists), tuple(context.carries)
    return Expanded(form, tuple(rules), context.asked, grouped, carries, tuple(own))


def _context(
    template: TemplateSpec, parameters: Mapping[str, object], top: Scope, asked: Asked
) -> Context:
    """What the expansion of a template goes by, before anything is made."""
    return Context(
        lists=make_lists(template.lists, top),
        styles=make_styles(template.styles, top),
        money=money_of(template, top),
        manner=manner_of(template, top),
        folder=FilePath(template.origin.place).parent,
        parameters=parameters,
        asked=asked,
    )


def _top(template: TemplateSpec, parameters: Mapping[str, object], faults: Faults) -> Scope:
    """The scope of a template; it prints what an earlier stage answered where one of its parameters
    says how much."""
    taken = (name for name, spec in template.parameters.items() if spec.from_.given)
    carries = bool(template.follow) and any(parameters.get(name) for name in taken)
    return top_scope(parameters, faults).following(TOP if carries else None)


def _rules_of_fields(context: Context, labels: Mapping[Path, str]) -> Iterator[MadeRule]:
    """The rules that fields bring along."""
    yield from asked_rules(context.conditional, labels, context.manner.language)
    yield from tick_rules(context.ticked, labels, context.manner.language)


def _labels(sheets: Iterable[Sheet]) -> dict[Path, str]:
    """What each field is called."""
    cells = (cell for sheet in sheets for row in sheet.rows for cell in row.cells)
    return {cell.field.answer: cell.field.label for cell in cells if cell.field}


def _id(leaf: Text, scope: Scope) -> str:
    template_id = leaf.of(scope)
    scope.faults.expect(_ID.fullmatch(template_id) or not leaf.given, leaf.origin, "no_id")
    return template_id


# -- what a form as a whole must be


def _check_sheets(sheets: tuple[Sheet, ...], template: TemplateSpec, faults: Faults) -> None:
    faults.demand(
        len(sheets) <= _MOST_SHEETS, template.origin, "too_many_sheets", most=_MOST_SHEETS
    )
    # No program that opens a workbook tells names apart that differ in capital letters only.
    named = {sheet.name.casefold(): sheet.name for sheet in sheets}
    for name, times in Counter(sheet.name.casefold() for sheet in sheets).items():
        faults.expect(times == 1, template.origin, "sheets_alike", name=named[name])
    faults.expect(sheets or not template.sheets, template.origin, "no_sheet")


def _check_paths(answers: list[tuple[Path, Origin]], faults: Faults) -> None:
    """Each path is answered by one cell, lies inside no other, and takes no name of a document."""
    first: dict[Path, Origin] = {}
    for path, origin in answers:
        if path in first:
            faults.add(origin, "two_cells", path=path, line=first[path].line)
        first[path] = origin
    for path, origin in first.items():
        name = path.steps[0]
        faults.expect(name not in RESERVED, origin, "reserved_name", name=name)
        outer = path.parent
        while outer and outer not in first:
            outer = outer.parent
        if outer:
            faults.add(origin, "inside_field", path=path, outer=outer, line=first[outer].line)


def _names_a_sheet(name: str, language: Language) -> bool:
    return names_a_sheet(name) and name.casefold() not in map(str.casefold, own_sheets(language))


# -- sheets


def _sheets(
    spec: SheetSpec, template: TemplateSpec, top: Scope, context: Context
) -> Iterator[tuple[Sheet, SheetSpec, Scope]]:
    for scope in _repeats(spec, asked_scope(spec.asked_when, top, context), context):
        name = spec.name.of(scope)
        fits = _names_a_sheet(name, context.manner.language) or not spec.name.given
        scope.faults.expect(fits, spec.name.origin, "no_sheet_name", name=name)
        context.count(scope, spec.origin, len(spec.columns))
        sheet = Sheet(
            name=name,
            columns=tuple(_widths(spec, scope)),
            rows=tuple(_rows(spec.rows, scope, context)),
            page=_page(spec.page, template.page, scope),
            scope=scope.path,
            row_height=spec.row_height.height(scope, 24),
        )
        yield sheet, spec, scope


def _widths(spec: SheetSpec, scope: Scope) -> Iterator[float]:
    counts = [one.count.whole(scope) for one in spec.columns]
    fits = sum(counts) <= _MOST_COLUMNS
    scope.faults.demand(fits, spec.origin, "too_many_columns", most=_MOST_COLUMNS)
    for one, count in zip(spec.columns, counts, strict=True):
        width, origin = one.width.measure(scope, 10), one.width.origin
        scope.faults.expect(0 < width <= 255, origin, "must_be_between", least=0, most=255)
        yield from [min(max(width, 1.0), 255.0)] * count


def _page(own: PageSpec, general: PageSpec, scope: Scope) -> Page:
    """How a sheet prints: as it says itself, else as the template says."""
    footer = _chosen(own.footer, general.footer)
    fits = excel_length(footer.of(scope)) <= _LONGEST_FOOTER
    scope.faults.expect(fits, footer.origin, "footer_too_long", most=_LONGEST_FOOTER)
    return Page(
        paper=_chosen(own.paper, general.paper).of(scope, _PAGE.paper),
        orientation=_chosen(own.orientation, general.orientation).of(scope, _PAGE.orientation),
        margins=_margins(own.margins or general.margins, scope),
        fit=_chosen(own.fit, general.fit).of(scope, _PAGE.fit),
        footer=footer.of(scope),
    )


def _chosen(own: Text, general: Text) -> Text:
    return own if own.given else general


def _margins(leaves: tuple[Number, ...], scope: Scope) -> tuple[float, float, float, float]:
    match [leaf.measure(scope) for leaf in leaves]:
        case [left, right, top, bottom]:
            fits = 0 <= min(left, right, top, bottom) <= max(left, right, top, bottom) <= _WIDEST
            scope.faults.expect(fits, leaves[0].origin, "must_be_between", least=0, most=_WIDEST)
            return left, right, top, bottom
        case [_, *_]:
            scope.faults.add(leaves[0].origin, "four_margins")
    return _PAGE.margins


def _repeats(spec: RepeatSpec, scope: Scope, context: Context) -> Iterator[Scope]:
    """The scopes of a sheet or section: none, one, or several where it repeats."""
    if not spec.when.of(scope):
        return
    inner = scope.below(spec.scope.of(scope))
    if spec.count.given or spec.carried.given:
        yield from _counted(spec, inner, context)
        return
    # A count of the wrong type is a fault already, and has a place of its own.
    counted = spec.count.is_fault(spec.origin) or not spec.for_each.given
    scope.faults.expect(counted, spec.for_each.origin, "count_missing")
    yield inner


def _counted(spec: RepeatSpec, scope: Scope, context: Context) -> Iterator[Scope]:
    carried = tuple(_carried_repeats(spec, scope, context))
    count = len(carried) + spec.count.whole(scope)
    name = spec.for_each.of(scope)
    least = spec.least.whole(scope)
    fits = least <= count or not count
    scope.faults.expect(fits, spec.least.origin, "least_too_many", least=least, count=count)
    if name and count:
        label = spec.label.of(scope) or name
        context.tables.append(_repeated_table(scope.path / name, label, least, count))
    for index in range(count):
        context.count(scope, spec.count.origin)
        repeat = scope.repeated(name, index)
        if spec.from_.given:
            repeat = repeat.following(carried[index] if index < len(carried) else None)
        yield repeat


def _carried_repeats(spec: RepeatSpec, scope: Scope, context: Context) -> Iterator[Path]:
    """The repeats of the earlier stage that are printed; they stand before the open ones."""
    name = spec.from_.of(scope)
    if not name or scope.earlier is None:
        return
    table = scope.earlier / name
    context.carries.append(Carries(table, None, spec.from_.origin))
    yield from (table / index for index in range(spec.carried.whole(scope)))


def _repeated_table(path: Path, label: str, least: int, count: int) -> Table:
    group = Group(table=path, label=label, least=least, rows=tuple(range(count)))
    groups = (group,) if least else ()
    return Table(path=path, label=label, layout="repeat", rows=(), groups=groups, repeats=count)


# -- rows


def _rows(blocks: tuple[BlockSpec, ...], scope: Scope, context: Context) -> Iterator[Row]:
    for block in blocks:
        if block.when.of(scope):
            yield from _EXPANDERS[type(block)](block, scope, context)


def _row(spec: RowSpec, scope: Scope, context: Context) -> Iterator[Row]:
    cells = make_cells(spec.cells, asked_scope(spec.asked_when, scope, context), context)
    yield Row(
        cells=tuple(label_fields(cells, scope)),
        height=spec.height.height(scope),
        head=spec.head.of(scope),
        page_break=spec.page_break.of(scope),
    )


def _section(spec: SectionSpec, scope: Scope, context: Context) -> Iterator[Row]:
    rows: list[Row] = []
    scope = asked_scope(spec.asked_when, scope, context)
    for inner in _repeats(spec, scope, context):
        rows += _rows(spec.rows, inner, context)
    if rows:
        # Cells beside a section stand in its first row and span all of its rows.
        made = make_cells(spec.beside, scope, context)
        context.count(scope, spec.origin, len(rows) * sum(cell.across for cell in made))
        beside = (replace(cell, down=len(rows)) for cell in made)
        cells = tuple(label_fields((*beside, *rows[0].cells), scope))
        rows[0] = replace(rows[0], cells=cells)
    yield from rows


_EXPANDERS: Mapping[type[BlockSpec], Callable[[Any, Scope, Context], Iterator[Row]]] = {
    RowSpec: _row,
    SectionSpec: _section,
    TableSpec: make_table,
}
