"""A package that holds a workbook: its sheets and defined names, looked up, added, taken away."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ptxl.cells import quoted
from ptxl.model.refusals import refusal
from ptxl.ooxml.package import (
    Element,
    Package,
    append,
    element,
    insert_in_order,
    namespace_of,
    relation_id,
    remove_element,
    remove_with_empty_parent,
    whole_number_of,
)
from ptxl.ooxml.sheet import NewValue, Position, Sheet, text_of, texts_in

_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_ORDER = (
    "fileVersion", "fileSharing", "workbookPr", "workbookProtection", "bookViews", "sheets",
    "functionGroups", "externalReferences", "definedNames", "calcPr",
)  # fmt: skip
#: of a view of the workbook: the sheet that is open, and the first whose tab is in sight
_TABS = ("activeTab", "firstSheet")
_NONE = "-"
_OPENED_BEFORE = re.compile("view ([0-9]{1,3}) ([0-9]{1,5}|-) ([0-9]{1,5}|-)")
#: of a sheet that is open, or one of several
_SELECTED = re.compile(rb"""tabSelected\s*=\s*["'](?:1|true)["']""")
_SELECTED_BEFORE = re.compile(r"selected ([\w]{1,5}) (.+)", re.DOTALL)
_NOTHING: Mapping[str, Mapping[Any, Any]] = {}


class XlsxWorkbook(Package):
    """The parts of an xlsx, by the names of its sheets. Raises WorkbookError when it is none."""

    def __init__(self, parts: Mapping[str, bytes]) -> None:
        super().__init__(parts)
        self.main = self.related("", "officeDocument")
        self.namespace = namespace_of(self.tree(self.main))

    # -- sheets

    @property
    def sheet_names(self) -> list[str]:
        """The names of all sheets of whatever kind, in order."""
        return [str(sheet.get("name")) for sheet in self._sheets()]

    @property
    def sheet_parts(self) -> dict[str, str]:
        """The part of each worksheet by its name; chart sheets and the like are left out."""
        targets = {r.id: r.target for r in self.relations(self.main) if r.kind == "worksheet"}
        found: dict[str, str] = {}
        for sheet in self._sheets():
            part = targets.get(relation_id(sheet), "")
            if part in self:
                found[str(sheet.get("name"))] = part
        return found

    def edit_sheet(self, name: str) -> Sheet:
        """Return a worksheet that is going to be changed."""
        part = self.sheet_parts.get(name, name)
        return Sheet(self.edit(part), part)

    def free_name(self, name: str) -> str:
        """Return a name for a new sheet: this one, numbered where a sheet of that name is there."""
        taken = {known.lower() for known in self.sheet_names}
        free, number = name, 1
        while free.lower() in taken:
            number += 1
            free = f"{name}{number}"
        return free

    def add_sheet(self, name: str, content: str, state: str = "visible") -> None:
        """Add a sheet (its part as XML) behind all others."""
        sheet = self._new_sheet(name, content)
        if state != "visible":
            sheet.set("state", state)
        self._list_of_sheets().append(sheet)

    def add_first_sheet(self, name: str, content: str) -> list[str]:
        """Add a sheet before all others, at which the workbook opens.

        Returns texts for `restore_views`: how it opened before.
        """
        was = [*self._close_views(), *self._unselect_sheets()]
        self._list_of_sheets().insert(0, self._new_sheet(name, content))
        for defined in self._names():
            scope = whole_number_of(defined, "localSheetId", -1)
            if scope >= 0:
                defined.set("localSheetId", str(scope + 1))
        return was

    def _new_sheet(self, name: str, content: str) -> Element:
        """Add the part of a sheet; return the element that is to be listed."""
        part = self.add("xl/worksheets/sheet{}.xml", content, _SHEET_TYPE)
        book = self.edit(self.main)
        number = 1 + max((whole_number_of(sheet, "sheetId") for sheet in self._sheets()), default=0)
        sheet = element(book, "sheet", name=name, sheetId=str(number))
        sheet.set(f"{{{self.office}}}id", self.relate(self.main, "worksheet", part))
        return sheet

    def _list_of_sheets(self) -> Element:
        parent = self.edit(self.main).find("{*}sheets")
        if parent is None:
            raise refusal("broken_xml", part=self.main)
        return parent

    def _close_views(self) -> Iterator[str]:
        """Let every view of the workbook begin at the first sheet."""
        views = self.edit(self.main).iterfind("{*}bookViews/{*}workbookView")
        for number, view in enumerate(views):
            tabs = (str(view.get(key, _NONE)) for key in _TABS)
            yield " ".join(("view", str(number), *tabs))
            for key in _TABS:
                if key in view.attrib:
                    view.set(key, "0")

    def _unselect_sheets(self) -> Iterator[str]:
        """Of two sheets that are selected, both would take what is typed into one."""
        for name, part in self.sheet_parts.items():
            if not _SELECTED.search(self.content(part)):
                continue
            view = self.edit(part).find("{*}sheetViews/{*}sheetView[@tabSelected]")
            if view is not None:
                yield f"selected {view.get('tabSelected')} {name}"
                view.set("tabSelected", "0")

    def restore_views(self, text: str) -> None:
        """Let the workbook open as it did; texts of another kind are left aside."""
        if selected := _SELECTED_BEFORE.fullmatch(text):
            part = self.sheet_parts.get(selected[2], "")
            view = (
                self.edit(part).find("{*}sheetViews/{*}sheetView[@tabSelected]") if part else None
            )
            if view is not None:
                view.set("tabSelected", selected[1])
        elif opened := _OPENED_BEFORE.fullmatch(text):
            views = self.edit(self.main).findall("{*}bookViews/{*}workbookView")
            for view in views[int(opened[1]) :][:1]:
                for key, tab in zip(_TABS, opened.groups()[1:], strict=True):
                    view.set(key, tab)
                    if tab == _NONE:
                        del view.attrib[key]

    def texts_of(self, name: str) -> Iterator[dict[int, str]]:
        """Yield what stands in each row of a sheet: the texts of its cells, by column."""
        shared = self._shared_texts()
        for row in self.edit_sheet(name).rows():
            yield {column: text_of(cell, shared) for column, cell in row.items()}

    def text_at(self, name: str, at: Position) -> str:
        """Return what stands in a cell, as text."""
        cell = self.edit_sheet(name).find(at)
        return "" if cell is None else text_of(cell, self._shared_texts())

    def _shared_texts(self) -> list[str]:
        part = self.related(self.main, "sharedStrings")
        entries = self.tree(part).iterfind("{*}si") if part in self else ()
        return [texts_in(entry) for entry in entries]

    def drop_sheet(self, name: str) -> None:
        """Take a sheet away, with its part and its own names; indexes of later sheets move up."""
        book = self.edit(self.main)
        index = self.sheet_names.index(name)
        sheet = self._sheets()[index]
        part = self.target(self.main, relation_id(sheet))
        if part:
            self.drop_related(self.main, part)
        remove_element(sheet)
        for defined in self._names():
            scope = whole_number_of(defined, "localSheetId", -1)
            if scope == index:
                remove_with_empty_parent(defined)
            elif scope > index:
                defined.set("localSheetId", str(scope - 1))
        visible = self._first_visible()
        for view in book.iterfind("{*}bookViews/{*}workbookView"):
            for key in _TABS:
                shown = whole_number_of(view, key)
                if shown == index:
                    view.set(key, str(visible))
                elif shown > index:
                    view.set(key, str(shown - 1))

    def _first_visible(self) -> int:
        for index, sheet in enumerate(self._sheets()):
            if sheet.get("state", "visible") == "visible":
                return index
        return 0

    def _sheets(self) -> list[Element]:
        return self.tree(self.main).findall("{*}sheets/{*}sheet")

    # -- defined names

    def define_name(self, name: str, formula: str, sheet: int | None = None) -> None:
        """Define a name, of the workbook or of one sheet (its index)."""
        book = self.edit(self.main)
        names = book.find("{*}definedNames")
        if names is None:
            names = element(book, "definedNames")
            insert_in_order(book, names, _ORDER)
        defined = append(names, "definedName", name=name)
        if sheet is not None:
            defined.set("localSheetId", str(sheet))
        defined.text = formula

    def sheet_named(self, name: str) -> str | None:
        """Return the sheet that a defined name points into, whatever it is called now, if any.

        Every program keeps such a name true when sheets are renamed or moved.
        """
        for defined in self._names(name):
            sheet = str(defined.text).rpartition("!")[0].lstrip("=$")
            for known in self.sheet_names:
                if sheet in (known, quoted(known)):
                    return known
        return None

    def drop_name(self, name: str) -> None:
        """Take a defined name of the workbook away, if it is there."""
        for defined in self._names(name):
            self.edit(self.main)
            remove_with_empty_parent(defined)

    def _names(self, name: str = "") -> list[Element]:
        """All defined names, or those of the workbook that are called so."""
        every = self.tree(self.main).findall("{*}definedNames/{*}definedName")
        if not name:
            return every
        return [d for d in every if d.get("name") == name and "localSheetId" not in d.attrib]


def patch_cells(
    parts: Mapping[str, bytes],
    cells: Mapping[str, Mapping[Position, NewValue]],
    heights: Mapping[str, Mapping[int, float]] = _NOTHING,
    results: Mapping[str, Mapping[Position, str | float] | None] = _NOTHING,
) -> bytes:
    """Set cells (row and column from 0) and row heights (points) of an xlsx, by sheet name.

    `results` are what formulas give, or None to leave that to programs: only cells that hold a
    formula take one. Formats,
    validations, formulas elsewhere, comments and all other parts stay as they are. Returns the
    xlsx as bytes. Raises WorkbookError where a part cannot be read.
    """
    book = XlsxWorkbook(parts)
    # Of the sheets that only show results, the sender may have taken some away.
    shown = [name for name in results if name in book.sheet_parts]
    for name in dict.fromkeys((*cells, *heights, *shown)):
        sheet = book.edit_sheet(name)
        for number, height in heights.get(name, {}).items():
            sheet.set_height(number, height)
        for at, value in cells.get(name, {}).items():
            sheet.set_value(at, value)
        given = results.get(name, {})
        if given is None:
            sheet.forget_results()
        else:
            sheet.set_results(given)
    return book.save()
