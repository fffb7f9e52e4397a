"""Form → the one workbook of a round, with placeholders for what differs by unit.

Owns XlsxWriter here.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Mapping
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from ptxl.layout.helper_sheets import (
    CHECK_LINES_SHEET,
    IDENTITY_SHEET,
    LIST_SHEET,
    MAP_SHEET,
    VALUES_SHEET,
    banner_place,
)
from ptxl.layout.identity import ISSUED, SEAL_PIECE, SERIAL_NAME
from ptxl.model.form import Cell, Field, Notice, Style, placeholder
from ptxl.model.layout import Layout, PlacedCell, SheetLayout
from ptxl.ooxml.package import unpack
from ptxl.ooxml.workbook import XlsxWorkbook
from ptxl.text import cut
from ptxl.values.kinds import computed_format, format_of, kind_of
from ptxl.write.added_sheets import AddedSheets
from ptxl.write.check_line import State
from ptxl.write.dropdowns import Block, answer_blocks, choice_formula, hint_of
from ptxl.write.form_book import (
    CLOSED_FILL,
    FOOTER,
    INPUT_FILL,
    REQUIRED_FILL,
    REVIEWER_FILL,
    TO_DO,
    FormBook,
    FormWorkbook,
    done,
)
from ptxl.write.highlights import closed_cells, highlights
from ptxl.write.pictures import insert_picture
from ptxl.write.self_check import LIGHTS, banner_formula, lights
from ptxl.write.value_parts import values_apart

#: of cells that fail: as they are listed, and no yellow that a blank one has
_LIGHT_FILLS = {State.WRONG: "#F8CBAD", State.DOUBTED: "#FFC266"}
_PAPERS = {"A4": 9, "A3": 8}
_CENTIMETRES_PER_INCH = 2.54
_BLANK_RESULT = re.compile(
    rb'(<c r="[A-Z]+[0-9]+"(?: s="[0-9]+")?)(><f(?: t="shared"[^>]*)?>[^<]*</f><v></v>)'
)
_SEALED = re.compile(
    rf'<(definedName|property)\b[^>]* name="{SEAL_PIECE}".*?</\1>'.encode(), re.DOTALL
)


def generic_parts(
    layout: Layout, password: str = "", notice: Notice | None = None, *, in_a_round: bool = False
) -> Mapping[str, bytes]:
    """The parts of the workbook, with placeholders for what differs by unit."""
    parts = unpack(_write_workbook(layout, password, notice, in_a_round=in_a_round))
    return _let_seal_grow(_let_rows_grow(layout, _with_blank_results(parts)))


def _write_workbook(
    layout: Layout, password: str, notice: Notice | None, *, in_a_round: bool
) -> bytes:
    target = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # XlsxWriter warns where it drops something
        workbook = FormWorkbook(target, workbook_options())
        FormWriter(workbook, layout, password, notice, in_a_round=in_a_round).write()
        workbook.close()
    return target.getvalue()


def _let_rows_grow(layout: Layout, parts: Mapping[str, bytes]) -> dict[str, bytes]:
    """Take the mark of a height set by hand from the rows that nobody gave a height.

    XlsxWriter marks every row of a sheet with a default height, and programs never grow such a row
    while somebody types into it.
    """
    book = XlsxWorkbook(parts)
    for sheet in layout.sheets:
        fixed = set(sheet.heights) - sheet.growing
        book.edit_sheet(sheet.sheet.name).loosen_rows(fixed)
    return book.contents()


def _with_blank_results(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    """Say of formulas that give an empty text that they do: XlsxWriter writes no result at all."""
    return {name: _BLANK_RESULT.sub(rb'\1 t="str"\2', data) for name, data in parts.items()}


def _let_seal_grow(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    """Put a placeholder for all pieces of the seal where one name or property stands for it."""
    sealed = {"xl/workbook.xml": "id_names", "docProps/custom.xml": "id_properties"}
    grown = {
        part: _SEALED.sub(placeholder(name).encode(), parts[part]) for part, name in sealed.items()
    }
    return {**parts, **grown}


def workbook_options() -> dict[str, object]:
    """How XlsxWriter is opened: texts stay texts, nothing goes through temporary files."""
    return {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


class FormWriter:
    """Writes the generic workbook of a layout into an open XlsxWriter workbook."""

    def __init__(
        self, workbook: Workbook, layout: Layout, password: str, notice: Notice | None = None, *,
        in_a_round: bool = False,
    ) -> None:  # fmt: skip
        self.layout = layout
        self.form = layout.form
        self._book = FormBook(workbook, layout, password)
        self._added = AddedSheets(self._book, notice, in_a_round=in_a_round)

    def write(self) -> None:
        self._properties()
        guide = self._book.workbook.add_worksheet(self._book.names.guide)
        check = self._book.workbook.add_worksheet(self._book.names.check)
        sheets = [self._book.workbook.add_worksheet(s.sheet.name) for s in self.layout.sheets]
        notes = self._book.workbook.add_worksheet(self._book.names.notes)
        lists = self._book.workbook.add_worksheet(LIST_SHEET)
        identity = self._book.workbook.add_worksheet(IDENTITY_SHEET)
        self._added.guide(guide)
        self._added.check(check)
        for sheet, layout in zip(sheets, self.layout.sheets, strict=True):
            self._sheet(sheet, layout)
        self._added.notes(notes)
        self._added.lists(lists)
        self._added.identity(identity)
        self._added.map(self._book.workbook.add_worksheet(MAP_SHEET))
        self._added.check_lines(self._book.workbook.add_worksheet(CHECK_LINES_SHEET))
        if values_apart(self.layout):
            self._added.values(self._book.workbook.add_worksheet(VALUES_SHEET))
        guide.activate()

    def _properties(self) -> None:
        self._book.workbook.set_properties({
            "title": self.form.title,
            "subject": f"{self.form.template} {self.form.edition}",
            "author": "ptxl",
            "created": ISSUED.replace(tzinfo=None),
        })  # fmt: skip
        for name, value in ((SERIAL_NAME, placeholder("serial")), (SEAL_PIECE, SEAL_PIECE)):
            self._book.workbook.set_custom_property(name, value, "text")
            done(self._book.workbook.define_name(name, f'="{value}"'))
        done(self._book.workbook.define_name("ptxl_template", f'="{self.form.template}"'))

    # -- the form's own sheets

    def _sheet(self, sheet: Worksheet, layout: SheetLayout) -> None:
        self._page(sheet, layout)
        sheet.set_default_row(layout.sheet.row_height)
        for column, width in enumerate(layout.sheet.columns):
            done(sheet.set_column(column, column, width))
        for row, height in layout.heights.items():
            done(sheet.set_row(row, height))
        for placed in layout.cells:
            self._cell(sheet, placed)
            if placed.cell.picture:
                insert_picture(sheet, layout, placed.place, placed.cell.picture)
        self._struts(sheet, layout)
        self._banner(sheet, layout)
        self._validations(sheet, layout)
        self._highlights(sheet, layout)
        self._book.protect(sheet, growing=self._grows(layout))

    def _page(self, sheet: Worksheet, layout: SheetLayout) -> None:
        page = layout.sheet.page
        sheet.set_paper(_PAPERS[page.paper])
        if page.orientation == "landscape":
            sheet.set_landscape()
        sheet.set_margins(*(margin / _CENTIMETRES_PER_INCH for margin in page.margins))
        sheet.center_horizontally()
        if page.fit != "none":
            sheet.fit_to_pages(1, 1 if page.fit == "page" else 0)
        middle = page.footer.replace("&", "&&")
        sheet.set_footer(self._book.footer(f"&C&9 {middle}"), FOOTER)
        if layout.rows:
            done(sheet.print_area(0, 0, layout.rows - 1, layout.columns - 1))
        if layout.head:
            sheet.repeat_rows(*layout.head)
        if layout.breaks:
            sheet.set_h_pagebreaks(list(layout.breaks))

    def _cell(self, sheet: Worksheet, placed: PlacedCell) -> None:
        place, cell = placed.place, placed.cell
        cell_format = self._cell_format(cell)
        if not place.single:
            last = (place.row + place.down - 1, place.column + place.across - 1)
            done(sheet.merge_range(place.row, place.column, *last, "", cell_format))
        text = cell.field.blank if cell.field else cell.text
        if cell.field and cell.field.compute:
            formula = self._book.computed[cell.field.path]
            done(sheet.write_formula(place.row, place.column, f"={formula}", cell_format, ""))
        elif text:
            done(sheet.write_string(place.row, place.column, text, cell_format))
        elif place.single:
            done(sheet.write_blank(place.row, place.column, None, cell_format))

    def _struts(self, sheet: Worksheet, layout: SheetLayout) -> None:
        """Keep rows that fit themselves to their text from falling below their usual height.

        Programs fit a row to the largest font in it, even of a blank cell: so a narrow column
        beside the printed area holds a font of the right size in every such row.
        """
        done(sheet.set_column(layout.columns, layout.columns, 0.4))
        for row in range(layout.rows):
            if row in layout.growing or row not in layout.heights:
                height = layout.heights.get(row, layout.sheet.row_height)
                done(sheet.write_blank(row, layout.columns, None, self._book.strut(height)))

    def _cell_format(self, cell: Cell) -> Format:
        style = self.form.styles[cell.style]
        field = cell.field
        if field is None:
            return self._book.format(style)
        if field.compute:
            return self._book.format(style, number_format=computed_format(field))
        number_format = "@" if field.part else format_of(field)
        if field.earlier:
            return self._book.format(style, number_format=number_format)
        if field.closed:
            return self._book.format(style, number_format=number_format, fill=CLOSED_FILL)
        fill = style.fill or (REVIEWER_FILL if field.reviewer else INPUT_FILL)
        return self._book.format(
            style, locked=field.reviewer, number_format=number_format, fill=fill
        )

    def _validations(self, sheet: Worksheet, layout: SheetLayout) -> None:
        ignored: list[str] = []
        for block in answer_blocks(layout):
            options = {**_validation(self.layout, block), **self._prompts(block.field)}
            done(sheet.data_validation(*block.corners, options))
            ignored.append(block.range_name)
        if ignored:
            done(sheet.ignore_errors({"number_stored_as_text": " ".join(ignored)}))

    def _prompts(self, field: Field) -> dict[str, Any]:
        """What Excel says when a cell is chosen, and when it refuses what was typed."""
        say = self._book.speaker.say
        hint = self._book.speaker.word(hint_of(field))
        alert = field.alert or say(
            f"alerts.{kind_of(field).alert}", unit=field.unit, longest=field.longest
        )
        found: dict[str, Any] = {"error_title": say("workbook.alert_title"), "error_message": alert}
        if hint:
            title = cut(field.label or say("workbook.hint_title"), 32)
            found |= {"input_title": title, "input_message": hint}
        return found

    def _highlights(self, sheet: Worksheet, layout: SheetLayout) -> None:
        fill = self._book.workbook.add_format({"bg_color": REQUIRED_FILL})
        number = self.layout.sheets.index(layout)
        for block, formula in highlights(self.layout, number):
            options = {"type": "formula", "criteria": formula, "format": fill}
            done(sheet.conditional_format(*block, options))
        for box, light in lights(self.layout, number):
            for state, colour in _LIGHT_FILLS.items():
                look = self._book.workbook.add_format({"bg_color": colour})
                options = {"type": "formula", "criteria": f"={light}={LIGHTS[state]}",
                           "format": look}  # fmt: skip
                done(sheet.conditional_format(*box, options))
        for block, formula in closed_cells(self.layout, number):
            closed = self._book.workbook.add_format({"bg_color": CLOSED_FILL})
            options = {"type": "formula", "criteria": formula, "format": closed}
            done(sheet.conditional_format(*block, options))

    def _grows(self, layout: SheetLayout) -> bool:
        """Whether a table on the sheet may be given more rows than it has."""
        growing = set()
        for t in self.form.tables:
            if t.grows:
                for r in t.rows:
                    for f in r.fields:
                        growing.add(f.path)
        return any(p.cell.field and p.cell.field.path in growing for p in layout.cells)

    def _banner(self, sheet: Worksheet, layout: SheetLayout) -> None:
        if not self._book.lines:
            return
        number = self.layout.sheets.index(layout)
        look = Style(size=11, bold=True, align="left", border="none", color=TO_DO)
        row, column = banner_place(self.layout, number)
        done(sheet.set_column(column, column, 46))
        self._book.colour_verdict(sheet, row, column, of_sheet=True)
        self._book.formulas(
            sheet,
            layout.sheet.name,
            {(row, column): banner_formula(number)},
            self._book.format(look),
        )


# -- validations


def _validation(layout: Layout, block: Block) -> dict[str, Any]:
    """What Excel lets a person type into a block, as its kind says."""
    kind = kind_of(block.field)
    options = dict(kind.validation(block.field, block.first))
    if kind.is_listed:
        return {**options, "source": choice_formula(layout, block)}
    return options
