"""A summary template → everything in it that cannot be: names, conditions, texts, cells, sheets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ptxl.model.path import Path
from ptxl.rules import Names as RuleNames
from ptxl.rules import RuleError, parse_rule
from ptxl.summary.template.names import Known, Lines
from ptxl.summary.template.specs import (
    OTHERS,
    VIEWS,
    DataSpec,
    LineCellSpec,
    OfficialSpec,
    PrintedRowSpec,
    SheetSpec,
    SummarySpec,
    ViewSpec,
)
from ptxl.template.faults import Faults
from ptxl.template.leaves import Expression, Leaf, Scope, Text
from ptxl.text import names_a_sheet

#: the data sheets whose lines an official table can be printed over
PRINTABLE = ("projects", "units")
#: names that every text may use; blank while a summary does not know more
NAMES: Mapping[str, object] = dict.fromkeys(
    ("county", "year", "title", "date", "maker", "language", "money"), ""
)
#: what can be added up
_AMOUNTS = frozenset(("money", "integer", "number"))
_WIDEST = 255


def data_by_id(sheets: Iterable[SheetSpec]) -> Mapping[str, str]:
    """What the lines of each data sheet are, by its id; with `others` all are there."""
    found: dict[str, str] = {}
    for sheet in sheets:
        if isinstance(sheet, DataSpec):
            leaf = sheet.id if sheet.id.given else sheet.data
            found[leaf.written] = sheet.data.written
        elif isinstance(sheet, ViewSpec) and sheet.view.written == OTHERS:
            found |= {data: data for data in PRINTABLE}
    return found


class SummaryCheck:
    """Faults everything that a summary template asks for and cannot have."""

    def __init__(self, known: Known, faults: Faults) -> None:
        self._known, self._faults = known, faults
        self._scope = Scope(Path(), NAMES, faults)

    def check(self, spec: SummarySpec) -> None:
        """Note every fault of a template whose shape is right."""
        shaped = not self._faults.sorted()
        self._faults.expect(spec.sheets or not shaped, spec.origin, "empty_list")
        spec.title.of(self._scope)
        for sheet in spec.sheets:
            match sheet:
                case DataSpec():
                    self._check_data(sheet)
                case OfficialSpec():
                    self._check_official(sheet, spec.sheets)
        self._check_apart(spec.sheets)

    def _check_apart(self, sheets: Iterable[SheetSpec]) -> None:
        """Fault sheets that are called alike, and data sheets that cannot be told apart."""
        seen: set[str] = set()
        for sheet in sheets:
            if isinstance(sheet, ViewSpec):
                self._expect_new(f"\0{sheet.view.written}", seen, sheet.view, "entry_twice")
                continue
            name = sheet.name.of(self._scope).casefold()
            self._expect_new(name, seen, sheet.name, "sheets_alike")
            if isinstance(sheet, DataSpec):
                leaf = sheet.id if sheet.id.given else sheet.data
                self._expect_new(f"\0{leaf.written}", seen, leaf, "data_twice")

    def _expect_new(self, name: str, seen: set[str], leaf: Leaf, code: str) -> None:
        shown = name.removeprefix("\0")
        self._faults.expect(name not in seen or not shown, leaf.origin, code, name=shown)
        seen.add(name)

    def _check_name(self, leaf: Text) -> None:
        name = leaf.of(self._scope)
        fits = names_a_sheet(name) or not leaf.given
        self._faults.expect(fits, leaf.origin, "no_sheet_name", name=name)

    # -- data sheets

    def _check_data(self, spec: DataSpec) -> None:
        self._check_name(spec.name)
        spec.title.of(self._scope)
        data = spec.data.written
        sheets = tuple(self._known.sheets)
        if data not in sheets:
            known = (*VIEWS, *sheets)
            hint = self._faults.hint(data, known)
            self._faults.add(spec.data.origin, "no_data_sheet", name=data, hint=hint, known=known)
            return
        lines = self._known.lines_of(data)
        named = spec.id.given or not spec.where.given
        self._faults.expect(named, spec.where.origin, "where_without_id")
        self._check_condition(spec.where, lines)
        self._check_columns(spec, lines)

    def _check_columns(self, spec: DataSpec, lines: Lines) -> None:
        seen: set[str] = set()
        for column in spec.columns:
            name, leaf = column.value.written, column.value
            self._faults.expect(name not in seen, leaf.origin, "entry_twice", name=name)
            seen.add(name)
            self._faults.known(name, (OTHERS, *lines.single), leaf.origin, "in_no_form")
            added = lines.single.get(name, "money") in _AMOUNTS
            summed = column.total.given and column.total.of(self._scope)
            self._faults.expect(added or not summed, column.total.origin, "not_added_up", name=name)
            column.heading.of(self._scope)
            self._check_width(column.width.measure(self._scope, 10), column.width)

    def _check_width(self, width: float, leaf: Leaf) -> None:
        fits = 0 < width <= _WIDEST
        self._faults.expect(fits, leaf.origin, "must_be_between", least=0, most=_WIDEST)

    def _check_condition(self, leaf: Expression, lines: Lines) -> None:
        if not leaf.given:
            return
        try:
            tree = parse_rule(leaf.written, RuleNames(fields=lines.single))
        except RuleError as error:
            hint = self._faults.hint(str(error.facts.get("name", "")), lines.single)
            self._faults.add(leaf.origin, error.code, **{"hint": hint, **error.facts})
            return
        self._faults.expect(tree.type == "flag", leaf.origin, "no_condition")

    # -- official tables

    def _check_official(self, spec: OfficialSpec, sheets: Iterable[SheetSpec]) -> None:
        self._check_name(spec.name)
        spec.about.of(self._scope)
        data = self._printed_data(spec, sheets)
        for leaf in spec.columns:
            self._check_width(leaf.measure(self._scope, 10), leaf)
        for rows in (spec.head, spec.foot):
            self._check_rows(rows, len(spec.columns))
        given, wanted = len(spec.row), len(spec.columns)
        self._faults.expect(
            given == wanted, spec.origin, "row_cells_differ", count=given, columns=wanted
        )
        idle = spec.subtotal.given and not spec.group.given
        self._faults.expect(not idle, spec.subtotal.origin, "subtotal_without_group")
        if data:
            lines = self._known.lines_of(data)
            self._check_line(spec, lines)

    def _printed_data(self, spec: OfficialSpec, sheets: Iterable[SheetSpec]) -> str:
        """Which lines an official table is printed over; "" and a fault where that cannot be."""
        found = data_by_id(sheets)
        name, origin = spec.print.written, spec.print.origin
        if not self._faults.known(name, found, origin, "no_printed_sheet"):
            return ""
        data = found[name]
        self._faults.expect(data in PRINTABLE, origin, "not_printable", words=PRINTABLE)
        return data if data in PRINTABLE else ""

    def _check_rows(self, rows: tuple[PrintedRowSpec, ...], columns: int) -> None:
        """Fault cells beyond the last column. Each takes the next that no cell above reaches."""
        taken: set[tuple[int, int]] = set()
        for number, row in enumerate(rows):
            row.height.height(self._scope)
            column = 0
            for cell in row.cells:
                cell.text.of(self._scope)
                across, down = cell.across.whole(self._scope), cell.down.whole(self._scope)
                while (number, column) in taken:
                    column += 1
                fits = column + across <= columns and number + down <= len(rows)
                self._faults.expect(fits, cell.origin, "over_columns", columns=columns)
                below = range(number, min(number + down, len(rows)))
                taken.update((r, c) for r in below for c in range(column, column + across))
                column += across

    def _check_line(self, spec: OfficialSpec, lines: Lines) -> None:
        each = spec.for_each
        if each.given and not self._faults.known(
            each.written, lines.lists, each.origin, "no_table"
        ):
            return
        for cell in spec.row:
            self._check_cell(cell, lines)
        allowed = {*NAMES, *(name for name in lines.single if name.isidentifier())}
        for leaf in (spec.subtotal, spec.total):
            self._check_text(leaf, allowed)

    def _check_cell(self, cell: LineCellSpec, lines: Lines) -> None:
        one = cell.value.given != cell.text.given
        self._faults.expect(one, cell.origin, "value_or_text")
        columns: Mapping[str, str] = lines.single
        if cell.for_each.given:
            table, origin = cell.for_each.written, cell.for_each.origin
            self._faults.expect(cell.text.given, origin, "for_each_without_text")
            if not self._faults.known(table, lines.lists, origin, "no_table"):
                return
            columns = {"number": "integer", **lines.lists[table]}
        if cell.value.given:
            self._check_value(cell, lines)
        self._check_text(cell.text, {*NAMES, *columns})

    def _check_value(self, cell: LineCellSpec, lines: Lines) -> None:
        name, scope = cell.value.written, self._scope
        if not self._faults.known(name, tuple(lines.all), cell.value.origin, "in_no_form"):
            return
        added = lines.single.get(name, "text") in _AMOUNTS
        total, merge = cell.total.of(scope), cell.merge.of(scope)
        self._faults.expect(added or not total, cell.total.origin, "not_added_up", name=name)
        self._faults.expect(not (added and merge), cell.merge.origin, "amounts_merged")

    def _check_text(self, leaf: Text, allowed: Iterable[str]) -> None:
        names = frozenset(allowed)
        for name in sorted(leaf.names()):
            self._faults.known(name, names, leaf.origin, "unknown_name")
