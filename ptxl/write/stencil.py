"""Form → the one workbook of a round, and from it the copy of each unit, stamped.

Owns XlsxWriter for forms. What differs by unit stands in the workbook as placeholders, so a
unit's copy is the round's workbook with texts replaced: 15 times faster than writing each anew.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from xml.sax.saxutils import escape

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from ptxl.cells import absolute_name, column_name, quoted, quoted_text
from ptxl.layout.helper_sheets import (
    CHECK_LINES_SHEET,
    IDENTITY_SHEET,
    LIST_SHEET,
    MAP_SHEET,
    NOTICE,
    banner_place,
    footer_line,
    guide_lines,
    helper_sheets,
)
from ptxl.layout.identity import (
    FORMULA_COUNT,
    ISSUED,
    KEYS,
    LOCAL_KEY,
    MAP_HEAD,
    ROUND_KEY,
    SEAL_PIECE,
    SERIAL_NAME,
    identify,
    identity_values,
    pieces,
    seal_of,
)
from ptxl.model.form import Cell, Field, Notice, Style, Unit, fill_text, placeholder
from ptxl.model.layout import Layout, PlacedCell, SheetLayout
from ptxl.model.submission import Identity
from ptxl.ooxml.package import pack, unpack
from ptxl.ooxml.workbook import XlsxWorkbook
from ptxl.text import cut, lines_needed, literal
from ptxl.values.kinds import kind_of
from ptxl.words import Speaker
from ptxl.write.check_line import State
from ptxl.write.check_states import cached_values, line_results
from ptxl.write.dropdowns import Block, answer_blocks, choice_formula, hint_of
from ptxl.write.highlights import highlights
from ptxl.write.self_check import (
    COUNTED,
    FIRST_LINE,
    FIRST_SHOWN,
    LIGHT,
    LIGHTS,
    LIGHTS_NAME,
    LINK_COLUMN,
    SHEET,
    STATE_COLUMN,
    TEXT_COLUMN,
    TITLE,
    VERDICT_ROW,
    Formulas,
    banner_formula,
    check_lines,
    formula_count,
    lights,
    line_formulas,
    lit_cells,
    shown_formulas,
)

INPUT_FILL = "#F3F8FC"
REQUIRED_FILL = "#FFF2CC"
REVIEWER_FILL = "#EDEDED"
_STATE_FILLS = {
    State.PASSED: "#E2EFDA",
    State.UNUSED: REVIEWER_FILL,
    State.OPEN: REQUIRED_FILL,
    State.WRONG: "#F8CBAD",
    State.DOUBTED: "#FFD966",
}
#: of cells that fail: as they are listed, and no yellow that a blank one has
_LIGHT_FILLS = {State.WRONG: "#F8CBAD", State.DOUBTED: "#FFC266"}
#: a page is made to fit, its footer is not: it stays as large as it is
_FOOTER = {"scale_with_doc": False}
_LONGEST_FOOTER_NAME = 60  # a footer has at most 255 characters, codes included
_CHECK_WIDTHS = (6, 18, 10, 78, 20)
_CHECK_LINE = 15.0  # height of a line, in points
_CHECK_ROW = 2 * _CHECK_LINE + 4  # texts change with the answers, heights do not
_CHECK_HEADS = ("number", "sheet", "state", "what", "link")
_TEXT_FORMAT = 49  # Excel's own number for "@"; one of our own would be told apart by some
_PAPERS = {"A4": 9, "A3": 8}
_CENTIMETRES_PER_INCH = 2.54
_GUIDE_WIDTH = 92.0
_POINTS_OF_A_STRUT = 1.3  # height of a line for each point of its font
_UNMARKED = re.compile("\ue000(.+?)\ue001".encode())
_BLANK_RESULT = re.compile(rb'(<c r="[A-Z]+[0-9]+"(?: s="[0-9]+")?)(><f>[^<]*</f><v></v>)')
#: in the document's properties: 2 is the first that there is, and the serial's
_FIRST_PIECE_PID = 3
_SEALED = re.compile(
    rf'<(definedName|property)\b[^>]* name="{SEAL_PIECE}".*?</\1>'.encode(), re.DOTALL
)
#: how a piece of the seal stands in each part that holds pieces, by the mark of all of them
_PIECE_OF = {
    "id_names": '<definedName name="{name}" hidden="1">"{text}"</definedName>',
    "id_properties": (
        '<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="{pid}" name="{name}">'
        "<vt:lpwstr>{text}</vt:lpwstr></property>"
    ),
}


class Stencil:
    """The workbook of a round, ready to be stamped for one unit after the other.

    Each form carries the name of its `round`, if that is given, is signed with its `key`, and says
    its `notice` on the guide.
    """

    def __init__(
        self, layout: Layout, password: str = "", key: bytes = b"", round: str = "",
        notice: Notice | None = None,
    ) -> None:  # fmt: skip
        self.layout = layout
        self._key = key
        self._round = round
        parts = unpack(_write_workbook(layout, password, notice, in_a_round=bool(round)))
        parts = _let_seal_grow(_let_rows_grow(layout, _with_blank_results(parts)))
        self._parts = {name: data for name, data in parts.items() if _UNMARKED.search(data)}
        # Zipping takes longest, and most parts are the same for every unit.
        self._same = pack({name: data for name, data in parts.items() if name not in self._parts})

    def stamp(self, unit: Unit, prefilled: str = "") -> bytes:
        """The blank form of one unit, as xlsx. Same form and unit: same bytes.

        `prefilled` is the digest of the figures that will be typed into it.
        """
        identity = self.identity(unit, prefilled)
        values = {
            name: escape(literal(text), {'"': "&quot;"}).encode()
            for name, text in printed_values(identity).items()
        }
        values |= _seal_pieces(identity)

        def replace(found: re.Match[bytes]) -> bytes:
            return values.get(found[1].decode(), b"")

        stamped = {name: _UNMARKED.sub(replace, data) for name, data in self._parts.items()}
        return pack(stamped, onto=self._same)

    def identity(self, unit: Unit, prefilled: str = "") -> Identity:
        """The identity of the form of one unit."""
        return identify(self.layout, unit, key=self._key, prefilled=prefilled, round=self._round)


def write_form(layout: Layout, unit: Unit, password: str = "", key: bytes = b"") -> bytes:
    """The blank form of one unit, as xlsx. For many units make one `Stencil`.

    With the `key` of a round the form's identity is signed.
    """
    return Stencil(layout, password, key).stamp(unit)


def printed_values(identity: Identity) -> dict[str, str]:
    """What the placeholders in the form's texts stand for, for one unit."""
    values = identity.unit.texts()
    for key, value in zip((*KEYS, ROUND_KEY), identity_values(identity), strict=False):
        values[f"id_{key}"] = value
    values["serial"] = identity.serial
    values["id_seal"] = seal_of(identity)
    # In a footer an ampersand begins a code, and two of them print one.
    values["footer_name"] = identity.unit.name[:_LONGEST_FOOTER_NAME].replace("&", "&&")
    return values


def _seal_pieces(identity: Identity) -> dict[str, bytes]:
    """The pieces of the seal as finished XML: how many there are differs by unit."""
    named = list(enumerate(pieces(seal_of(identity)).items(), _FIRST_PIECE_PID))
    return {
        name: "".join(
            form.format(pid=pid, name=piece, text=text) for pid, (piece, text) in named
        ).encode()
        for name, form in _PIECE_OF.items()
    }


def _write_workbook(
    layout: Layout, password: str, notice: Notice | None, *, in_a_round: bool
) -> bytes:
    target = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # XlsxWriter warns where it drops something
        workbook = Workbook(target, workbook_options())
        FormWriter(workbook, layout, password, notice, in_a_round=in_a_round).write()
        workbook.close()
    return target.getvalue()


def workbook_options() -> dict[str, object]:
    """How XlsxWriter is opened: texts stay texts, nothing goes through temporary files."""
    return {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


def _done(result: object) -> None:
    """XlsxWriter refuses by a negative number: never ignore one."""
    if isinstance(result, int) and result < 0:
        raise AssertionError(f"XlsxWriter refused a value: {result}")


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
    """Put a mark for all pieces of the seal where the workbook has one name or property for it."""
    marks = {"xl/workbook.xml": "id_names", "docProps/custom.xml": "id_properties"}
    grown = {
        part: _SEALED.sub(placeholder(name).encode(), parts[part]) for part, name in marks.items()
    }
    return {**parts, **grown}


class FormWriter:
    """Writes the generic workbook of a layout into an open XlsxWriter workbook."""

    def __init__(
        self, workbook: Workbook, layout: Layout, password: str, notice: Notice | None = None, *,
        in_a_round: bool = False,
    ) -> None:  # fmt: skip
        self.workbook = workbook
        self.layout = layout
        self.form = layout.form
        self.password = password
        self._notice = notice
        self._in_a_round = in_a_round
        self._speaker = Speaker(self.form.language)
        self._names = helper_sheets(self.form.language)
        self._lines = check_lines(layout)
        names = [sheet.sheet.name for sheet in layout.sheets]
        self._cached = cached_values(layout, names, line_results(layout, {}, {}))
        self._formats: dict[object, Format] = {}

    def write(self) -> None:
        self._properties()
        guide = self.workbook.add_worksheet(self._names.guide)
        check = self.workbook.add_worksheet(self._names.check)
        sheets = [self.workbook.add_worksheet(s.sheet.name) for s in self.layout.sheets]
        notes = self.workbook.add_worksheet(self._names.notes)
        lists = self.workbook.add_worksheet(LIST_SHEET)
        identity = self.workbook.add_worksheet(IDENTITY_SHEET)
        self._guide(guide)
        self._check(check)
        for sheet, layout in zip(sheets, self.layout.sheets, strict=True):
            self._sheet(sheet, layout)
        self._notes(notes)
        self._lists(lists)
        self._identity(identity)
        self._map(self.workbook.add_worksheet(MAP_SHEET))
        self._check_lines(self.workbook.add_worksheet(CHECK_LINES_SHEET))
        guide.activate()

    def _properties(self) -> None:
        self.workbook.set_properties({
            "title": self.form.title,
            "subject": f"{self.form.template} {self.form.edition}",
            "author": "ptxl",
            "created": ISSUED.replace(tzinfo=None),
        })  # fmt: skip
        for name, value in ((SERIAL_NAME, placeholder("serial")), (SEAL_PIECE, SEAL_PIECE)):
            self.workbook.set_custom_property(name, value, "text")
            _done(self.workbook.define_name(name, f'="{value}"'))
        _done(self.workbook.define_name("ptxl_template", f'="{self.form.template}"'))

    # -- the form's own sheets

    def _sheet(self, sheet: Worksheet, layout: SheetLayout) -> None:
        self._page(sheet, layout)
        sheet.set_default_row(layout.sheet.row_height)
        for column, width in enumerate(layout.sheet.columns):
            _done(sheet.set_column(column, column, width))
        for row, height in layout.heights.items():
            _done(sheet.set_row(row, height))
        for placed in layout.cells:
            self._cell(sheet, placed)
        self._struts(sheet, layout)
        self._banner(sheet, layout)
        self._validations(sheet, layout)
        self._highlights(sheet, layout)
        self._protect(sheet, growing=self._grows(layout))

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
        sheet.set_footer(self._footer(f"&C&9 {middle}"), _FOOTER)
        if layout.rows:
            _done(sheet.print_area(0, 0, layout.rows - 1, layout.columns - 1))
        if layout.head:
            sheet.repeat_rows(*layout.head)
        if layout.breaks:
            sheet.set_h_pagebreaks(list(layout.breaks))

    def _footer(self, middle: str = "") -> str:
        """Whose form it is, the middle as given, and the number of the page."""
        right = self._speaker.say("workbook.footer_page", page="&P", pages="&N")
        return f"&L&9{footer_line(self.form.language)}{middle}&R&9{right}"

    def _cell(self, sheet: Worksheet, placed: PlacedCell) -> None:
        place, cell = placed.place, placed.cell
        cell_format = self._cell_format(cell)
        if not place.single:
            last = (place.row + place.down - 1, place.column + place.across - 1)
            _done(sheet.merge_range(place.row, place.column, *last, "", cell_format))
        text = cell.field.blank if cell.field else cell.text
        if text:
            _done(sheet.write_string(place.row, place.column, text, cell_format))
        elif place.single:
            _done(sheet.write_blank(place.row, place.column, None, cell_format))

    def _struts(self, sheet: Worksheet, layout: SheetLayout) -> None:
        """Keep rows that fit themselves to their text from falling below their usual height.

        Programs fit a row to the largest font in it, even of a blank cell: so a narrow column
        beside the printed area holds a font of the right size in every such row.
        """
        _done(sheet.set_column(layout.columns, layout.columns, 0.4))
        for row in range(layout.rows):
            if row in layout.growing or row not in layout.heights:
                height = layout.heights.get(row, layout.sheet.row_height)
                _done(sheet.write_blank(row, layout.columns, None, self._strut(height)))

    def _strut(self, height: float) -> Format:
        size = round(height / _POINTS_OF_A_STRUT, 1)
        key = ("strut", size)
        if key not in self._formats:
            options = {"font_name": self._font("text"), "font_size": size}
            self._formats[key] = self.workbook.add_format(options)
        return self._formats[key]

    def _cell_format(self, cell: Cell) -> Format:
        style = self.form.styles[cell.style]
        field = cell.field
        if field is None:
            return self._format(style)
        number_format = "@" if field.part else kind_of(field).number_format
        fill = style.fill or (REVIEWER_FILL if field.reviewer else INPUT_FILL)
        return self._format(style, locked=field.reviewer, number_format=number_format, fill=fill)

    def _format(
        self, style: Style, *, locked: bool = True, number_format: str = "", fill: str = ""
    ) -> Format:
        key = (style, locked, number_format, fill)
        if key not in self._formats:
            named = replace(style, font=self._font(style.font), fill=fill or style.fill)
            options = _format_options(named, locked, number_format)
            self._formats[key] = self.workbook.add_format(options)
        return self._formats[key]

    def _font(self, name: str) -> str:
        """What the form's language takes for `text` or `heading`; any other font is one by name."""
        return self._speaker.say(f"fonts.{name}") if name in ("text", "heading") else name

    def _validations(self, sheet: Worksheet, layout: SheetLayout) -> None:
        ignored: list[str] = []
        for block in answer_blocks(layout):
            options = {**_validation(self.layout, block), **self._prompts(block.field)}
            _done(sheet.data_validation(*block.corners, options))
            ignored.append(block.range_name)
        if ignored:
            _done(sheet.ignore_errors({"number_stored_as_text": " ".join(ignored)}))

    def _prompts(self, field: Field) -> dict[str, Any]:
        """What Excel says when a cell is chosen, and when it refuses what was typed."""
        say = self._speaker.say
        hint = self._speaker.word(hint_of(field))
        alert = field.alert or say(
            f"alerts.{kind_of(field).alert}", unit=field.unit, longest=field.longest
        )
        found: dict[str, Any] = {"error_title": say("workbook.alert_title"), "error_message": alert}
        if hint:
            title = cut(field.label or say("workbook.hint_title"), 32)
            found |= {"input_title": title, "input_message": hint}
        return found

    def _highlights(self, sheet: Worksheet, layout: SheetLayout) -> None:
        fill = self.workbook.add_format({"bg_color": REQUIRED_FILL})
        number = self.layout.sheets.index(layout)
        for block, formula in highlights(self.layout, number):
            options = {"type": "formula", "criteria": formula, "format": fill}
            _done(sheet.conditional_format(*block, options))
        for box, light in lights(self.layout, number):
            for state, colour in _LIGHT_FILLS.items():
                look = self.workbook.add_format({"bg_color": colour})
                options = {"type": "formula", "criteria": f"={light}={LIGHTS[state]}",
                           "format": look}  # fmt: skip
                _done(sheet.conditional_format(*box, options))

    def _protect(self, sheet: Worksheet, *, growing: bool = False) -> None:
        allowed = {"format_rows": True, "format_columns": True, "insert_rows": growing}
        sheet.protect(self.password, allowed)

    def _grows(self, layout: SheetLayout) -> bool:
        """Whether a table on the sheet may be given more rows than it has."""
        growing = {f.path for t in self.form.tables if t.grows for r in t.rows for f in r.fields}
        return any(p.cell.field and p.cell.field.path in growing for p in layout.cells)

    def _banner(self, sheet: Worksheet, layout: SheetLayout) -> None:
        if not self._lines:
            return
        number = self.layout.sheets.index(layout)
        look = Style(size=11, bold=True, align="left", border="none", color="#B45010")
        row, column = banner_place(self.layout, number)
        _done(sheet.set_column(column, column, 46))
        self._formulas(
            sheet, layout.sheet.name, {(row, column): banner_formula(number)}, self._format(look)
        )

    def _formulas(
        self, sheet: Worksheet, name: str, formulas: Formulas, look: Format | None = None
    ) -> None:
        """Write formulas onto a sheet with what they give while the form is blank."""
        for (row, column), formula in formulas.items():
            cached = self._cached[name][row, column]
            _done(sheet.write_formula(row, column, f"={formula}", look, cached))

    # -- the sheets that ptxl adds

    def _check(self, sheet: Worksheet) -> None:
        """The self-check: a line per condition, its state as a formula, a link to where to look."""
        for column, width in enumerate(_CHECK_WIDTHS):
            _done(sheet.set_column(column, column, width))
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(FIRST_LINE - 1)
        sheet.set_footer(self._footer(), _FOOTER)
        title = self._format(Style(font="heading", size=16, border="none"))
        _done(sheet.set_row(0, 32))
        _done(sheet.merge_range(0, 0, 0, LINK_COLUMN, "", title))
        _done(sheet.write_string(0, 0, self._names.check, title))
        verdict = self._format(Style(size=14, bold=True, border="none", color="#B45010"))
        _done(sheet.set_row(VERDICT_ROW, 26))
        _done(sheet.merge_range(VERDICT_ROW, 0, VERDICT_ROW, LINK_COLUMN, "", verdict))
        note = self._format(Style(align="left", border="none"))
        about_row = VERDICT_ROW + 1
        _done(sheet.merge_range(about_row, 0, about_row, LINK_COLUMN, "", note))
        say = self._speaker.say
        about = say("self_check.about", open=State.OPEN, wrong=State.WRONG, doubted=State.DOUBTED)
        lines = lines_needed(about, sum(_CHECK_WIDTHS))
        _done(sheet.set_row(about_row, 3 + lines * _CHECK_LINE))
        _done(sheet.write_string(about_row, 0, about, note))
        bold = self._format(Style(bold=True))
        for column, code in enumerate(_CHECK_HEADS):
            _done(sheet.write_string(FIRST_SHOWN - 1, column, say(f"self_check.{code}"), bold))
        self._shown_lines(sheet, verdict)
        self._protect(sheet)

    def _shown_lines(self, sheet: Worksheet, verdict: Format) -> None:
        """The verdict, and the lines in the order in which they matter now."""
        plain = Style(border="none")
        looks = {
            TEXT_COLUMN: self._format(replace(plain, align="left")),
            LINK_COLUMN: self._format(replace(plain, color="#0563C1")),
        }
        for row in range(FIRST_SHOWN, FIRST_SHOWN + len(self._lines)):
            _done(sheet.set_row(row, _CHECK_ROW))
        for at, formula in shown_formulas(self.layout).items():
            usual = verdict if at[0] == VERDICT_ROW else self._format(plain)
            look = looks.get(at[1], usual)
            self._formulas(sheet, self._names.check, {at: formula}, look)
        self._line_colours(sheet)

    def _line_colours(self, sheet: Worksheet) -> None:
        """Frames around the lines that there are, the colour of each state, and grey if passed.

        LibreOffice shows only the first format that holds: so each has all that it takes.
        """
        if not self._lines:
            return
        last = FIRST_SHOWN + len(self._lines) - 1
        state = f"${column_name(STATE_COLUMN)}{FIRST_SHOWN + 1}"
        grey: dict[str, object] = {"border": 1, "font_color": "#595959"}
        passed = f"={state}={quoted_text(self._speaker.word(State.PASSED))}"
        framed = [(passed, grey), (f'={state}<>""', {"border": 1})]
        coloured: list[tuple[str, dict[str, object]]] = []
        for each, fill in _STATE_FILLS.items():
            frame: dict[str, object] = grey if each is State.PASSED else {"border": 1}
            is_it = f"={state}={quoted_text(self._speaker.word(each))}"
            coloured.append((is_it, {**frame, "bg_color": fill}))
        for first, final, looks in (
            (0, STATE_COLUMN - 1, framed),
            (STATE_COLUMN, STATE_COLUMN, coloured),
            (STATE_COLUMN + 1, LINK_COLUMN, framed),
        ):
            for formula, look in looks:
                options = {
                    "type": "formula", "criteria": formula,
                    "format": self.workbook.add_format(look),
                }  # fmt: skip
                _done(sheet.conditional_format(FIRST_SHOWN, first, last, final, options))

    def _check_lines(self, sheet: Worksheet) -> None:
        """What the self-check finds, on a hidden sheet."""
        names = [layout.sheet.name for layout in self.layout.sheets]
        for row, line in enumerate(self._lines, FIRST_LINE):
            _done(sheet.write_string(row, SHEET, names[line.sheet]))
            if line.title:
                _done(sheet.write_string(row, TITLE, line.title))
        for row, name in enumerate(names, FIRST_LINE + 1):
            _done(sheet.write_string(row, COUNTED[0], name))
        self._formulas(sheet, CHECK_LINES_SHEET, line_formulas(self.layout))
        last = FIRST_LINE + max(len(lit_cells(self.layout)), 1) - 1
        area = f"{absolute_name(FIRST_LINE, LIGHT)}:{absolute_name(last, LIGHT)}"
        _done(self.workbook.define_name(LIGHTS_NAME, f"={quoted(CHECK_LINES_SHEET)}!{area}"))
        sheet.protect(self.password)
        sheet.very_hidden()

    def _guide(self, sheet: Worksheet) -> None:
        sheet.set_column(0, 0, 4)
        sheet.set_column(1, 1, _GUIDE_WIDTH - 4)
        sheet.hide_gridlines(2)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(self._footer(), _FOOTER)
        plain = Style(size=11, align="left", border="none")
        looks = {NOTICE: replace(plain, size=12, bold=True)}
        for row, (number, text) in enumerate(guide_lines(self.form, self._notice)):
            look = (
                looks.get(number, plain) if row else Style(font="heading", size=16, border="none")
            )
            lines = lines_needed(fill_text(text, {"name": "部" * 16}), _GUIDE_WIDTH - 4, look.size)
            _done(sheet.set_row(row, 12 + lines * look.size * 1.4))
            if row == 0:
                _done(sheet.merge_range(0, 0, 0, 1, "", self._format(look)))
                _done(sheet.write_string(0, 0, text, self._format(look)))
                continue
            fill = {"□": INPUT_FILL, "■": REQUIRED_FILL, "▒": REVIEWER_FILL}.get(number, "")
            box = Style(size=11, border="thin") if fill else look
            marked = fill or number in looks
            shown = "" if marked else number
            _done(sheet.write_string(row, 0, shown, self._format(box, fill=fill)))
            _done(sheet.write_string(row, 1, text, self._format(look)))
        self._protect(sheet)

    def _notes(self, sheet: Worksheet) -> None:
        sheet.set_column(0, 0, _GUIDE_WIDTH)
        look = Style(size=10, align="left", border="none", color="#595959")
        text = self._speaker.say("workbook.notes")
        _done(sheet.write_string(0, 0, text, self._format(look, locked=False)))

    def _lists(self, sheet: Worksheet) -> None:
        for (name, level), block in self.layout.lists.items():
            _done(sheet.write_string(0, block.column, f"{name} {level}"))
            for row, (parent, entry) in enumerate(zip(block.parents, block.names, strict=True), 1):
                if parent:
                    _done(sheet.write_string(row, block.column, parent))
                _done(sheet.write_string(row, block.column + 1, entry))
        after = max((block.column + 2 for block in self.layout.lists.values()), default=0)
        _done(sheet.write_string(0, after, placeholder("id_seal")))
        sheet.protect(self.password)
        sheet.very_hidden()

    def _identity(self, sheet: Worksheet) -> None:
        keys = (*KEYS, ROUND_KEY) if self._in_a_round else KEYS
        pairs = {key: placeholder(f"id_{key}") for key in keys}
        pairs[FORMULA_COUNT] = str(formula_count(self.layout))
        if self.layout.form.local:
            pairs[LOCAL_KEY] = self.layout.form.local
        for row, (key, value) in enumerate(pairs.items()):
            _done(sheet.write_string(row, 0, key))
            _done(sheet.write_string(row, 1, value))
        sheet.protect(self.password)
        sheet.very_hidden()

    def _map(self, sheet: Worksheet) -> None:
        for column, head in enumerate(MAP_HEAD):
            _done(sheet.write_string(0, column, head))
        row = 1
        for layout in self.layout.sheets:
            name = layout.sheet.name
            for placed in layout.cells:
                field = placed.cell.field
                if field is None:
                    continue
                at = f"{quoted(name)}!{absolute_name(placed.place.row, placed.place.column)}"
                _done(sheet.write_string(row, 0, field.path))
                _done(sheet.write_string(row, 1, field.kind))
                _done(sheet.write_string(row, 2, name))
                _done(sheet.write_formula(row, 3, f"=ROW({at})", None, placed.place.row + 1))
                _done(sheet.write_formula(row, 4, f"=COLUMN({at})", None, placed.place.column + 1))
                row += 1
        sheet.protect(self.password)
        sheet.very_hidden()


def _format_options(style: Style, locked: bool, number_format: str) -> dict[str, object]:
    options: dict[str, object] = {
        "font_name": style.font,
        "font_size": style.size,
        "bold": style.bold,
        "align": style.align,
        "valign": {"middle": "vcenter"}.get(style.valign, style.valign),
        "text_wrap": True,
        "locked": locked,
    }
    if style.indent:
        options["indent"] = style.indent
    if style.color:
        options["font_color"] = style.color
    if number_format:
        options["num_format"] = _TEXT_FORMAT if number_format == "@" else number_format
    if style.fill:
        options["bg_color"] = style.fill
    sides = {"thin": "LRTB", "none": ""}.get(style.border, style.border)
    names = {"L": "left", "R": "right", "T": "top", "B": "bottom"}
    return {**options, **{names[side]: 1 for side in sides}}


# -- validations


def _validation(layout: Layout, block: Block) -> dict[str, Any]:
    """What Excel lets a person type into a block, as its kind says."""
    kind = kind_of(block.field)
    options = dict(kind.validation(block.field, block.first))
    return {**options, "source": choice_formula(layout, block)} if kind.is_listed else options
