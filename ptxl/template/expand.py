"""Template items + parameters → Form. Repeats are unrolled and every Jinja text is evaluated."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from ptxl.layout.helper_sheets import CHECK_SHEET, GUIDE_SHEET, NOTES_SHEET
from ptxl.model.findings import SEVERITIES
from ptxl.model.form import Cell, Field, Form, Group, Page, Row, Rule, Sheet, Table, marked
from ptxl.model.path import Path
from ptxl.template.lists import Lists
from ptxl.template.rulefiles import constants_of, plain
from ptxl.template.shape import block_kind
from ptxl.template.source import Faults, Item, did_you_mean
from ptxl.template.styles import BUILTIN_STYLES, read_styles
from ptxl.template.tables import Column, RowPlan, plan_table
from ptxl.template.words import Words
from ptxl.text import excel_length, label_of
from ptxl.values.kinds import KINDS
from ptxl.values.money import MONEY_UNITS

_PATH = re.compile(r"[a-z][a-z0-9_]*(\[\d+\])?(\.[a-z][a-z0-9_]*(\[\d+\])?)*")
_MOST_REPEATS = 500
#: cells and repeats of a form: parameters may come from a stranger's file, and repeats multiply
_MOST_MADE = 60_000
#: entries of every document that no field may answer
RESERVED = ("form", "unit", "source", "findings")
#: the keys that only fields of some kinds have
_OPTIONS = sorted({option for kind in KINDS.values() for option in kind.options})
_LONGEST_FOOTER = 150
Names = Mapping[str, object]
#: finds the file of rules of that name, read; None when there is none
RuleFiles = Callable[[str], Item | None]


@dataclass(frozen=True, slots=True)
class Scope:
    """Where in the template expansion stands: the prefix of paths and the names texts may use."""

    path: str
    names: Names

    def join(self, name: str) -> str:
        """The full path of a field named inside this scope."""
        return f"{self.path}.{name}" if self.path else name

    def repeated(self, path: str, index: int) -> Scope:
        """The scope of one of several repeats; `path` is empty when only texts count."""
        names = {**self.names, "index": index, "number": index + 1}
        return Scope(f"{self.join(path)}[{index}]" if path else self.path, names)


def _names_a_sheet(name: str) -> bool:
    taken = (GUIDE_SHEET, CHECK_SHEET, NOTES_SHEET, "history")  # Excel keeps the last
    return (
        0 < excel_length(name) <= 31
        and not re.search(r"[\[\]:*?/\\\x00-\x1f]|^['_]|'$", name)
        and name.casefold() not in taken
    )


class Expander:
    """Builds the `Form` of one template with one set of parameters.

    After `expand`, `origins` tells for each cell (by `id`) and for each rule the item it came from,
    and `used_lists` which lists something refers to.
    """

    def __init__(
        self,
        root: Item,
        parameters: Names,
        words: Words,
        faults: Faults,
        rule_files: RuleFiles = lambda name: None,
    ) -> None:
        self.root = root
        self._rule_files = rule_files
        self.words = words
        self.faults = faults
        self.parameters = parameters
        self.origins: dict[int, Item] = {}
        self._kept: list[Cell] = []  # so that the ids in origins are not used again
        self._repeated = 0
        self._stopped = False
        self._paths: dict[str, Item] = {}
        self._tables: list[Table] = []
        self._rules: list[Rule] = []
        self._top = Scope("", dict(parameters))
        self._lists = Lists(root, words, self._top.names, faults)
        self._money = self._text(root.map.get("money"), self._top) or "万元"
        if "money" in root.map and "{{" in str(root.map["money"].scalar):
            self._check_unit(self._money, root.map["money"])
        self._styles = read_styles(root, words, self._top.names, faults)

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables found so far."""
        return tuple(self._tables)

    @property
    def used_lists(self) -> set[str]:
        """The lists that some field or table refers to."""
        return self._lists.used

    def expand(self) -> Form:
        """The form. Where the template is faulty the form has gaps, and `faults` says why."""
        root, top = self.root.map, self._top
        sheets = [s for item in self._entries(root, "sheets") for s in self._sheet(item)]
        self._check_paths()
        names = [sheet.name for sheet in sheets]
        for name in {name for name in names if names.count(name) > 1}:
            self.faults.add(self.root, f'two sheets would be called "{name}"')
        for item in self._entries(root, "rules"):
            self._rule(item, top)
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", self._text(root.get("id"), top)):
            self.faults.add(root.get("id", self.root), "an id is made of a-z, 0-9 and single -")
        return Form(
            template=self._text(root.get("id"), top),
            edition=self._text(root.get("edition"), top),
            title=self._text(root.get("title"), top),
            parameters=dict(self.parameters),
            sheets=tuple(sheets),
            lists=self._lists.all(),
            styles={**BUILTIN_STYLES, **self._styles},
            tables=tuple(self._tables),
            rules=tuple(self._rules),
            guide=tuple(self._printed(item, top) for item in self._entries(root, "guide")),
        )

    def _check_paths(self) -> None:
        """No path may be the beginning of another, nor take a name that every document has."""
        for path, item in self._paths.items():
            head = re.split(r"[.\[]", path, maxsplit=1)[0]
            if head in RESERVED:
                self.faults.add(item, f'"{head}" is a name that every document has already')
            outer = path
            while "." in outer or "[" in outer:
                outer = (
                    outer.rpartition("[")[0] if outer.endswith("]") else outer.rpartition(".")[0]
                )
                if outer in self._paths:
                    line = self._paths[outer].line
                    self.faults.add(item, f'"{path}" lies inside the field "{outer}" (line {line})')

    # -- sheets and rows

    def _sheet(self, item: Item) -> Iterator[Sheet]:
        for scope in self._repeats(item, self._top):
            name = self._text(item.map.get("name"), scope)
            if not _names_a_sheet(name) or marked(name):
                self.faults.add(item.map.get("name", item), f'"{name}" cannot name a sheet')
            columns = tuple(self._width(i, scope) for i in self._entries(item.map, "columns"))
            rows = tuple(self._rows(item, scope))
            for rule in self._entries(item.map, "rules"):
                self._rule(rule, scope)
            yield Sheet(
                name=name,
                columns=columns,
                rows=rows,
                page=self._page(item, scope),
                scope=scope.path,
                row_height=self._number(item.map.get("row_height"), scope, 24),
            )

    def _page(self, sheet: Item, scope: Scope) -> Page:
        entries = dict(self.root.map["page"].map) if "page" in self.root.map else {}
        if "page" in sheet.map:
            entries.update(sheet.map["page"].map)
        given: dict[str, Any] = {
            key: self._text(value, scope) for key, value in entries.items() if key != "margins"
        }
        if "margins" in entries:
            margins = [self._number(i, scope) for i in entries["margins"].list]
            if len(margins) == 4:
                given["margins"] = tuple(margins)
            else:
                self.faults.add(entries["margins"], "margins are four: left, right, top, bottom")
        footer = str(given.get("footer", ""))
        if marked(footer) or excel_length(footer) > _LONGEST_FOOTER:
            what = (
                f"a footer has at most {_LONGEST_FOOTER} characters and is the same for all units"
            )
            self.faults.add(entries["footer"], what)
        known = {key: value for key, value in given.items() if key in Page.__slots__}
        return Page(**known)

    def _repeats(self, item: Item, scope: Scope) -> Iterator[Scope]:
        """The scopes of a sheet or section: one, or several where it repeats."""
        entries = item.map
        if not self._flag(entries.get("when"), scope, default=True):
            return
        if "scope" in entries:
            scope = Scope(scope.join(self._text(entries["scope"], scope)), scope.names)
        if "count" not in entries:
            if "for_each" in entries:
                self.faults.add(entries["for_each"], "for_each needs the key count")
            yield scope
            return
        path = self._text(entries.get("for_each"), scope)
        count = self._count(entries["count"], scope)
        self._note_least(item, scope, path, count)
        for index in range(count):
            if self._too_large(entries["count"]):
                return
            yield scope.repeated(path, index)

    def _too_large(self, item: Item) -> bool:
        self._repeated += 1
        if self._repeated + len(self._kept) <= _MOST_MADE:
            return False
        if not self._stopped:
            self.faults.add(item, f"the form would have more than {_MOST_MADE} cells and repeats")
        self._stopped = True
        return True

    def _note_least(self, item: Item, scope: Scope, path: str, count: int) -> None:
        least = int(self._number(item.map.get("least"), scope, 0))
        if least > count > 0:
            self.faults.add(item.map["least"], f"at least {least} of {count} cannot be filled in")
        if path and count:
            label = self._text(item.map.get("label"), scope) or path
            full = Path(scope.join(path))
            group = Group(table=full, label=label, least=least, rows=tuple(range(count)))
            self._tables.append(
                Table(
                    path=full,
                    label=label,
                    layout="repeat",
                    rows=(),
                    groups=(group,) if least else (),
                    repeats=count,
                )
            )

    def _rows(self, item: Item, scope: Scope) -> Iterator[Row]:
        for block in self._entries(item.map, "rows"):
            match block_kind(block):
                case "table":
                    if self._flag(block.map.get("when"), scope, default=True):
                        yield from self._table(block, scope)
                case "row":
                    yield from self._row(block, scope)
                case _:
                    yield from self._section(block, scope)

    def _row(self, block: Item, scope: Scope) -> Iterator[Row]:
        if not self._flag(block.map.get("when"), scope, default=True):
            return
        items = block.list or self._entries(block.map, "cells")
        cells = [
            self._cell(item, scope)
            for item in items
            if self._flag(item.map.get("when"), scope, default=True)
        ]
        yield Row(
            cells=self._labelled(tuple(self._cascaded(cells))),
            height=self._number(block.map.get("height"), scope, 0),
            head=self._flag(block.map.get("head"), scope),
            page_break=self._flag(block.map.get("page_break"), scope),
        )

    def _section(self, block: Item, scope: Scope) -> Iterator[Row]:
        if not self._flag(block.map.get("when"), scope, default=True):
            return
        plain = replace(block, value={k: v for k, v in block.map.items() if k != "when"})
        rows = [row for inner in self._repeats(plain, scope) for row in self._rows(block, inner)]
        beside = self._entries(block.map, "beside")
        if rows and beside:
            # Cells beside a section stand in its first row and span all of its rows.
            cells = tuple(
                self._keep(replace(self._cell(item, scope), down=len(rows)), item)
                for item in beside
                if self._flag(item.map.get("when"), scope, default=True)
            )
            rows[0] = replace(rows[0], cells=self._labelled(cells + rows[0].cells))
        yield from rows

    def _labelled(self, cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
        """Give each field without a label the printed text to its left."""
        label = ""
        found = []
        for cell in cells:
            if cell.field is None:
                label = label_of(cell.text) or label
            elif not cell.field.label:
                origin = self.origins[id(cell)]
                if marked(label):
                    what = f'the text before "{cell.field.path}" differs by unit: give it a label'
                    self.faults.add(origin, what)
                named = replace(cell, field=replace(cell.field, label=label))
                cell = self._keep(named, origin)
            found.append(cell)
        return tuple(found)

    # -- cells

    def _cell(self, item: Item, scope: Scope) -> Cell:
        if not isinstance(item.value, dict):
            return self._keep(Cell(text=self._printed(item, scope)), item)
        entries = item.map
        field = self._field(item, scope)
        cell = Cell(
            text=self._printed(entries.get("text"), scope),
            style=self._style(item, scope, "input" if field else "label"),
            across=self._count(entries.get("across"), scope, 1, least=1),
            down=self._count(entries.get("down"), scope, 1, least=1),
            column=self._count(entries.get("column"), scope, 0),
            field=field,
            path=self._path(entries["as"], scope) if "as" in entries else "",
        )
        if cell.path:
            self._claim(cell.path, item)
        return self._keep(cell, item)

    def _claim(self, path: str, item: Item) -> None:
        """Each path is answered by one cell."""
        if path in self._paths:
            line = self._paths[path].line
            self.faults.add(item, f'the field "{path}" has two cells (see line {line})')
        self._paths[path] = item

    def _keep(self, cell: Cell, item: Item) -> Cell:
        self.origins[id(cell)] = item
        self._kept.append(cell)
        return cell

    def _style(self, item: Item, scope: Scope, default: str) -> str:
        style = self._text(item.map.get("style"), scope, default)
        known = {*BUILTIN_STYLES, *self._styles}
        if style not in known:
            hint = did_you_mean(style, known)
            self.faults.add(item.map["style"], f'there is no style "{style}"{hint}')
            return default
        return style

    def _field(self, item: Item, scope: Scope, own: str = "") -> Field | None:
        entries = item.map
        if "field" not in entries:
            return None
        path = own or self._path(entries["field"], scope)
        name = self._text(entries.get("kind"), scope) or "text"
        kind = KINDS.get(name, KINDS["text"])
        part = self._text(entries.get("part"), scope)
        field = Field(
            path=Path(path) / part if part else Path(path),
            kind=name,
            label=label_of(self._text(entries.get("label"), scope)),
            required=self._flag(entries.get("required"), scope),
            unit=self._text(entries.get("unit"), scope, self._money if kind.units else ""),
            among=self._text(entries.get("among"), scope),
            level=self._count(entries.get("level"), scope, 1),
            free=self._flag(entries.get("free"), scope),
            minimum=self._decimal(entries.get("minimum"), scope, kind.minimum),
            maximum=self._decimal(entries.get("maximum"), scope),
            longest=self._count(entries.get("longest"), scope, kind.longest, most=32_767),
            prompt=self._text(entries.get("prompt"), scope),
            alert=self._text(entries.get("alert"), scope),
            reviewer=self._flag(entries.get("reviewer"), scope),
            blank=self._text(entries.get("blank"), scope),
            part=part,
            lines=self._count(entries.get("lines"), scope, 1),
        )
        return self._checked(field, item)

    def _checked(self, field: Field, item: Item) -> Field:
        self._claim(field.path, item)
        self._check_kind(field, item)
        if None not in (low := field.minimum, high := field.maximum) and low > high:  # type: ignore[operator]
            self.faults.add(item, f"no number lies between {low} and {high}")
        for key, limit in (("prompt", 255), ("alert", 225)):
            if excel_length(getattr(field, key)) > limit:
                self.faults.add(item.map[key], f"Excel shows at most {limit} characters here")
        return field

    def _check_kind(self, field: Field, item: Item) -> None:
        """Fault a kind that does not exist, and what a field of its kind lacks or cannot have."""
        kind = KINDS.get(field.kind)
        if kind is None:
            if "{{" in str(item.map["kind"].scalar):
                hint = did_you_mean(field.kind, set(KINDS))
                self.faults.add(item.map["kind"], f'there is no kind "{field.kind}"{hint}')
            return
        for option in _OPTIONS:
            if option in item.map and option not in kind.options:
                self.faults.add(item.map[option], f'a field of kind {kind.name} has no "{option}"')
        if kind.units and "unit" in item.map:
            self._check_unit(field.unit, item.map["unit"])
        if kind.is_listed and not field.among:
            self.faults.add(item, "a choice needs its list under the key among")
        elif kind.is_listed:
            self._lists.depth(field.among, item.map.get("among", item), field.level)

    def _check_unit(self, unit: str, item: Item) -> None:
        if unit not in MONEY_UNITS:
            units = ", ".join(MONEY_UNITS)
            self.faults.add(item, f'"{unit}" is no unit of money: {units}')

    def _path(self, item: Item, scope: Scope) -> str:
        path = scope.join(self._text(item, scope))
        if not _PATH.fullmatch(path):
            self.faults.add(item, f'"{path}" is no path: names of a-z, 0-9, _ joined by dots')
        return path

    # -- tables

    def _table(self, block: Item, scope: Scope) -> Iterator[Row]:
        path = self._path(block.map["table"], scope)
        plan = plan_table(block, scope.names, self._lists, self.words, self.faults)
        columns = plan.columns
        if any(column.head for column in columns):
            repeats = self._flag(block.map.get("head_repeats"), scope)
            yield Row(cells=tuple(self._heads(columns, scope, block)), head=repeats)
        height = self._number(block.map.get("height"), scope, 0)
        label = self._text(block.map.get("label"), scope) or path.rpartition(".")[2]
        for name, least, indexes in plan.groups:
            if least > len(indexes):
                what = f'"{name or label}" needs {least} rows and has {len(indexes)}'
                self.faults.add(block, what)
        fields: list[tuple[Field, ...]] = []
        for row_plan in plan.rows:
            inner = Scope(f"{path}[{row_plan.index}]", {**scope.names, **row_plan.names})
            cells = [c for column in columns for c in self._table_cell(column, row_plan, inner)]
            cells = self._cascaded(cells)
            fields.append(tuple(cell.field for cell in cells if cell.field))
            yield Row(cells=tuple(cells), height=height, page_break=row_plan.new_page)
        self._tables.append(plan.table(Path(path), label, fields))

    def _heads(self, columns: tuple[Column, ...], scope: Scope, block: Item) -> Iterator[Cell]:
        """The heading row: a column without a heading continues the one before it."""
        heads: list[tuple[str, int]] = []
        for column in columns:
            text = self._text(column.item.map.get("head"), scope)
            if text or not heads:
                heads.append((text, column.across))
            else:
                heads[-1] = (heads[-1][0], heads[-1][1] + column.across)
        for text, across in heads:
            yield self._keep(Cell(text=text, style="head", across=across), block)

    def _table_cell(self, column: Column, row: RowPlan, scope: Scope) -> Iterator[Cell]:
        entries = column.item.map
        name = column.field
        if not name:
            text = self._printed(entries.get("text") or column.item, scope)
            style = self._style(column.item, scope, "label") if entries else "label"
            yield self._keep(Cell(text=text, style=style, across=column.across), column.item)
            return
        path = scope.join(name)
        if name not in row.given:
            field = self._field(column.item, scope, own=path)
            label = label_of(self._text(entries.get("head"), scope)) or column.label
            if field and not field.label:
                field = replace(field, label=label)
            style = self._style(column.item, scope, "input")
            cell = Cell(style=style, across=column.across, field=field)
            yield self._keep(cell, column.item)
            return
        down = row.spans.get(name, 1)
        if down:
            style = self._text(entries.get("printed_style"), scope) or "label"
            text = row.printed.get(name, row.given[name])
            cell = Cell(
                text=text, style=style, across=column.across, down=down, path=path,
                value=row.given[name],
            )  # fmt: skip
            yield self._keep(cell, column.item)

    def _cascaded(self, cells: list[Cell]) -> list[Cell]:
        """Tie each choice of a deeper level to the cell of the level above it in the same row."""
        above: dict[tuple[str, int], str] = {}
        found = []
        for cell in cells:
            field = cell.field
            if field and field.among:
                above[field.among, field.level] = field.path
                if field.level > 1:
                    under = above.get((field.among, field.level - 1), "")
                    origin = self.origins[id(cell)]
                    if not under:
                        missing = f"level {field.level - 1}"
                        self.faults.add(
                            origin, f"no column of this table holds its parent, {missing}"
                        )
                    cell = self._keep(replace(cell, field=replace(field, under=under)), origin)
            found.append(cell)
        return found

    # -- rules

    def _rule(self, item: Item, scope: Scope) -> None:
        if not self._flag(item.map.get("when"), scope, default=True):
            return
        if "include" not in item.map:
            self._add_rule(item, scope, {}, item)
            return
        name = self._text(item.map["include"], scope)
        found = self._rule_files(name)
        if found is None:
            self.faults.add(item.map["include"], f'there is no file of rules "{name}"')
            return
        constants = constants_of(found)
        given = item.map["with"].map if "with" in item.map else {}
        for key, value in given.items():
            if key not in constants:
                hint = did_you_mean(key, set(constants))
                self.faults.add(value, f'these rules have no constant "{key}"{hint}')
            constants[key] = (
                self.words.value(value, scope.names) if not value.list else plain(value)
            )
        inside = Scope(scope.path, {**scope.names, **constants})
        for rule in found.map["rules"].list:
            if self._flag(rule.map.get("when"), inside, default=True):
                self._add_rule(rule, scope, constants, item)

    def _add_rule(self, item: Item, scope: Scope, constants: Names, origin: Item) -> None:
        # The texts of a rule are evaluated over answers, later, by rules/: kept as written.
        raw = {key: str(entry.scalar) for key, entry in item.map.items()}
        severity = next((s for s in SEVERITIES if s == raw.get("severity")), None)
        if severity is None or not {"id", "holds", "message"} <= set(raw):
            if "severity" in item.map and severity is None:
                self.faults.add(item.map["severity"], f"must be one of {', '.join(SEVERITIES)}")
            return
        if ("at" in raw) == ("over" in raw) or {"each", "over"} <= set(raw):
            self.faults.add(item, 'a rule points "at" one place, or is asked "over" several')
            return
        each = scope.join(raw["each"]) if "each" in raw else ""
        shared = origin is not item
        if not self._suits(item, each if shared else "", scope):
            return
        if "over" in raw:
            asked = list(self._asked(item.map["over"], scope, shared=shared))
        else:
            asked = [(each, raw["at"] if each else scope.join(raw["at"]), "")]
        for table, at, it in asked:
            rule = Rule(
                id=raw["id"],
                scope=scope.path,
                each=table,
                holds=raw["holds"],
                at=at,
                it=it,
                title=raw.get("title", ""),
                severity=severity,
                message=raw["message"],
                message_en=raw.get("message_en", raw["message"]),
                trial=self._flag(item.map.get("trial"), scope),
                constants=constants,
            )
            self.origins[id(rule)] = item if origin is item else origin
            self._rules.append(rule)  # which also keeps its id

    def _asked(self, over: Item, scope: Scope, *, shared: bool) -> Iterator[tuple[str, str, str]]:
        """What a rule is asked of: for each the table whose rows it takes, the place, and `it`.

        `goals[]` is every goal, `tasks[].name` the name in every row; shared rules leave out what
        the form does not ask.
        """
        for entry in over.list:
            name = str(entry.scalar)
            path = scope.join(name)
            table, rows, column = path.partition("[]")
            elements = re.compile(re.escape(table) + r"(\[\d+\])" + re.escape(column))
            found = [match for known in self._paths if (match := elements.fullmatch(known))]
            if column and found:
                yield table, column.removeprefix("."), column.removeprefix(".")
            elif rows and found:
                inside = name.removesuffix("[]")
                yield from (("", match[0], inside + match[1]) for match in found)
            elif path in self._paths:
                yield "", path, name
            elif not shared:
                self.faults.add(entry, f'there is no field "{name}"')

    def _suits(self, rule: Item, each: str, scope: Scope) -> bool:
        """Whether the form has all that a shared rule needs, and nothing that it must lack."""
        tables = {table.path for table in self._tables}
        needs = [str(entry.scalar) for entry in self._entries(rule.map, "needs")]
        lacks = [str(entry.scalar) for entry in self._entries(rule.map, "lacks")]
        has = (each in tables if each else True) and all(
            self._has(name, each, scope) for name in needs
        )
        return has and not any(self._has(name, each, scope) for name in lacks)

    def _has(self, name: str, each: str, scope: Scope) -> bool:
        """Whether the form has a field, table, column (of its own rows, or `[]`) or parameter."""
        tables = {table.path for table in self._tables}
        if name in self.parameters or scope.join(name) in {*self._paths, *tables}:
            return True
        table, rows, column = scope.join(name).rpartition("[]")
        table, column = (table, column) if rows else (each, f".{name}")
        if any(table == t.path and column[1:] in t.columns for t in self._tables):
            return True
        below = re.compile(re.escape(table) + r"\[\d+\]" + re.escape(column))
        return bool(table) and any(below.fullmatch(path) for path in self._paths)

    # -- single values

    def _entries(self, entries: Mapping[str, Item], key: str) -> list[Item]:
        return entries[key].list if key in entries else []

    def _text(self, item: Item | None, scope: Scope, default: str = "") -> str:
        return self.words.text(item, scope.names, default)

    def _printed(self, item: Item | None, scope: Scope) -> str:
        """A text that is printed as it stands, and so may show what differs by unit."""
        return self.words.text(item, scope.names, printed=True)

    def _flag(self, item: Item | None, scope: Scope, *, default: bool = False) -> bool:
        if item is None:
            return default
        value = self.words.value(item, scope.names)
        return default if value is None else value not in (False, 0, "", "false", "False")

    def _number(self, item: Item | None, scope: Scope, default: float = 0) -> float:
        number = self._decimal(item, scope)
        return default if number is None else float(number)

    def _width(self, item: Item, scope: Scope) -> float:
        width = self._number(item, scope, 10)
        if not 0 < width <= 255:
            self.faults.add(item, "a column is 0 to 255 characters wide")
        return min(max(width, 1.0), 255.0)

    def _decimal(
        self, item: Item | None, scope: Scope, default: Decimal | None = None
    ) -> Decimal | None:
        value = None if item is None else self.words.value(item, scope.names)
        if item is None or value is None or isinstance(value, bool):
            return default
        try:
            return Decimal(str(value))
        except InvalidOperation:
            self.faults.add(item, f'"{value}" is not a number')
        return None

    def _count(
        self, item: Item | None, scope: Scope, default: int = 0, least: int = 0,
        most: int = _MOST_REPEATS,
    ) -> int:  # fmt: skip
        if item is None:
            return default
        number = self._decimal(item, scope)
        if number is None:
            return default
        if number != int(number) or not least <= number <= most:
            self.faults.add(item, f"must be a whole number from {least} to {most}, not {number}")
            return default
        return int(number)
