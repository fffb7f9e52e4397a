"""The sheets that ptxl adds to a form: guide, self-check, notes, and the hidden ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from xlsxwriter.worksheet import Worksheet

from ptxl.cells import absolute_name, column_name, quoted, quoted_text
from ptxl.layout.helper_sheets import CHECK_LINES_SHEET, NOTICE, VALUES_SHEET, guide_lines
from ptxl.layout.identity import FORMULA_COUNT, KEYS, LOCAL_KEY, MAP_HEAD, ROUND_KEY
from ptxl.model.form import Notice, Style, fill_text, placeholder
from ptxl.text import lines_needed
from ptxl.write.check_line import State
from ptxl.write.form_book import (
    CLOSED_FILL,
    FOOTER,
    INPUT_FILL,
    REQUIRED_FILL,
    REVIEWER_FILL,
    TO_DO,
    UNUSED,
    FormBook,
    done,
)
from ptxl.write.self_check import (
    ABOUT_ROW,
    COUNTED,
    FIRST_LINE,
    FIRST_SHOWN,
    LIGHT,
    LIGHTS_NAME,
    LINK_COLUMN,
    PRINTED,
    SHEET,
    STATE_COLUMN,
    TALLY_ROW,
    TEXT_COLUMN,
    TITLE,
    VERDICT_ROW,
    formula_count,
    line_formulas,
    lit_cells,
    shown_count,
    shown_formulas,
)
from ptxl.write.value_parts import part_formulas, word_cells

_STATE_FILLS = {
    State.OPEN: REQUIRED_FILL,
    State.WRONG: "#F8CBAD",
    State.DOUBTED: "#FFD966",
}
#: what stands before a line of the guide that tells a colour
_BOXES = {"□": INPUT_FILL, "■": REQUIRED_FILL, "▒": REVIEWER_FILL, "▓": CLOSED_FILL}
_CHECK_WIDTHS = (5, 16, 8, 71, 8)
_CHECK_LINE = 14.0  # height of a line, in points
_CHECK_ROW = 4 * _CHECK_LINE  # texts change with the answers, heights do not
_CHECK_HEADS = ("number", "sheet", "state", "what", "link")
_GUIDE_WIDTH = 92.0


class AddedSheets:
    """Writes each of them onto a sheet of the workbook that is open."""

    def __init__(self, book: FormBook, notice: Notice | None, *, in_a_round: bool) -> None:
        self._book = book
        self._notice = notice
        self._in_a_round = in_a_round

    def check(self, sheet: Worksheet) -> None:
        """The self-check: a line per condition, its state as a formula, a link to where to look."""
        for column, width in enumerate(_CHECK_WIDTHS):
            done(sheet.set_column(column, column, width))
        sheet.hide_gridlines(2)
        sheet.set_paper(9)
        sheet.set_margins(0.5, 0.5, 0.5, 0.7)
        sheet.fit_to_pages(1, 1)
        sheet.center_horizontally()
        printed = FIRST_SHOWN + min(PRINTED, shown_count(self._book.layout)) - 1
        done(sheet.print_area(0, 0, printed, LINK_COLUMN))
        sheet.set_footer(self._book.footer(), FOOTER)
        title = self._book.format(Style(font="heading", size=16, border="none"))
        done(sheet.set_row(0, 32))
        done(sheet.merge_range(0, 0, 0, LINK_COLUMN, "", title))
        done(sheet.write_string(0, 0, self._book.names.check, title))
        note = Style(align="left", border="none")
        looks = {
            VERDICT_ROW: Style(size=14, bold=True, border="none", color=TO_DO),
            TALLY_ROW: replace(note, align="center", color=UNUSED),
            ABOUT_ROW: note,
        }
        for row, style in looks.items():
            look = self._book.format(style)
            done(sheet.merge_range(row, 0, row, LINK_COLUMN, "", look))
        self._book.colour_verdict(sheet, VERDICT_ROW, 0, of_sheet=False)
        say = self._book.speaker.say
        about = say("self_check.about", open=State.OPEN, wrong=State.WRONG, doubted=State.DOUBTED)
        lines = lines_needed(about, sum(_CHECK_WIDTHS))
        done(sheet.set_row(VERDICT_ROW, 26))
        done(sheet.set_row(TALLY_ROW, 18))
        done(sheet.set_row(ABOUT_ROW, 6 + lines * _CHECK_LINE))
        done(sheet.write_string(ABOUT_ROW, 0, about, self._book.format(note)))
        bold = self._book.format(Style(bold=True))
        done(sheet.set_row(FIRST_SHOWN - 1, 20))
        for column, code in enumerate(_CHECK_HEADS):
            done(sheet.write_string(FIRST_SHOWN - 1, column, say(f"self_check.{code}"), bold))
        self._shown_lines(sheet, looks)
        self._book.protect(sheet)

    def _shown_lines(self, sheet: Worksheet, of_rows: Mapping[int, Style]) -> None:
        """The verdict, and the lines in the order in which they matter now."""
        plain = Style(border="none")
        looks = {
            TEXT_COLUMN: replace(plain, align="left", indent=1),
            LINK_COLUMN: replace(plain, color="#0563C1"),
        }
        for row in range(FIRST_SHOWN, FIRST_SHOWN + shown_count(self._book.layout)):
            done(sheet.set_row(row, _CHECK_ROW))
        for at, formula in shown_formulas(self._book.layout).items():
            style = of_rows.get(at[0], looks.get(at[1], plain))
            look = self._book.format(style)
            self._book.formulas(sheet, self._book.names.check, {at: formula}, look)
        self._line_colours(sheet)

    def _line_colours(self, sheet: Worksheet) -> None:
        """Frames around the lines that there are, and the colour of each state.

        LibreOffice shows only the first format that holds: so each has all that it takes.
        """
        if not self._book.lines:
            return
        last = FIRST_SHOWN + shown_count(self._book.layout) - 1
        state = f"${column_name(STATE_COLUMN)}{FIRST_SHOWN + 1}"
        framed: list[tuple[str, dict[str, object]]] = [(f'={state}<>""', {"border": 1})]
        coloured: list[tuple[str, dict[str, object]]] = []
        for each, fill in _STATE_FILLS.items():
            is_it = f"={state}={quoted_text(self._book.speaker.word(each))}"
            coloured.append((is_it, {"border": 1, "bg_color": fill}))
        for first, final, looks in (
            (0, STATE_COLUMN - 1, framed),
            (STATE_COLUMN, STATE_COLUMN, coloured),
            (STATE_COLUMN + 1, LINK_COLUMN, framed),
        ):
            for formula, look in looks:
                options = {
                    "type": "formula", "criteria": formula,
                    "format": self._book.workbook.add_format(look),
                }  # fmt: skip
                done(sheet.conditional_format(FIRST_SHOWN, first, last, final, options))

    def check_lines(self, sheet: Worksheet) -> None:
        """What the self-check finds, on a hidden sheet."""
        names = [layout.sheet.name for layout in self._book.layout.sheets]
        for row, line in enumerate(self._book.lines, FIRST_LINE):
            done(sheet.write_string(row, SHEET, names[line.sheet]))
            if line.title:
                done(sheet.write_string(row, TITLE, line.title))
        for row, name in enumerate(names, FIRST_LINE + 1):
            done(sheet.write_string(row, COUNTED[0], name))
        self._book.formulas(sheet, CHECK_LINES_SHEET, line_formulas(self._book.layout))
        last = FIRST_LINE + max(len(lit_cells(self._book.layout)), 1) - 1
        area = f"{absolute_name(FIRST_LINE, LIGHT)}:{absolute_name(last, LIGHT)}"
        done(self._book.workbook.define_name(LIGHTS_NAME, f"={quoted(CHECK_LINES_SHEET)}!{area}"))
        sheet.protect(self._book.password)
        sheet.very_hidden()

    def values(self, sheet: Worksheet) -> None:
        """What target values in one cell consist of, on a hidden sheet."""
        for at, word in word_cells(self._book.layout):
            done(sheet.write(*at, word))
        formulas = list(part_formulas(self._book.layout))
        self._book.shared_formulas(sheet, VALUES_SHEET, formulas)
        sheet.protect(self._book.password)
        sheet.very_hidden()

    def guide(self, sheet: Worksheet) -> None:
        sheet.set_column(0, 0, 4)
        sheet.set_column(1, 1, _GUIDE_WIDTH - 4)
        sheet.hide_gridlines(2)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(self._book.footer(), FOOTER)
        plain = Style(size=11, align="left", border="none")
        looks = {NOTICE: replace(plain, size=12, bold=True)}
        for row, (number, text) in enumerate(guide_lines(self._book.form, self._notice)):
            look = (
                looks.get(number, plain) if row else Style(font="heading", size=16, border="none")
            )
            lines = lines_needed(fill_text(text, {"name": "部" * 16}), _GUIDE_WIDTH - 4, look.size)
            done(sheet.set_row(row, 12 + lines * look.size * 1.4))
            if row == 0:
                done(sheet.merge_range(0, 0, 0, 1, "", self._book.format(look)))
                done(sheet.write_string(0, 0, text, self._book.format(look)))
                continue
            fill = _BOXES.get(number, "")
            box = Style(size=11, border="thin") if fill else look
            marked = fill or number in looks
            shown = "" if marked else number
            done(sheet.write_string(row, 0, shown, self._book.format(box, fill=fill)))
            done(sheet.write_string(row, 1, text, self._book.format(look)))
        self._book.protect(sheet)

    def notes(self, sheet: Worksheet) -> None:
        sheet.set_column(0, 0, _GUIDE_WIDTH)
        look = Style(size=10, align="left", border="none", color="#595959")
        text = self._book.speaker.say("workbook.notes")
        done(sheet.write_string(0, 0, text, self._book.format(look, locked=False)))

    def lists(self, sheet: Worksheet) -> None:
        for (name, level), block in self._book.layout.lists.items():
            done(sheet.write_string(0, block.column, f"{name} {level}"))
            for row, (parent, entry) in enumerate(zip(block.parents, block.names, strict=True), 1):
                if parent:
                    done(sheet.write_string(row, block.column, parent))
                done(sheet.write_string(row, block.column + 1, entry))
        after = max((block.column + 2 for block in self._book.layout.lists.values()), default=0)
        done(sheet.write_string(0, after, placeholder("id_seal")))
        sheet.protect(self._book.password)
        sheet.very_hidden()

    def identity(self, sheet: Worksheet) -> None:
        keys = (*KEYS, ROUND_KEY) if self._in_a_round else KEYS
        pairs = {key: placeholder(f"id_{key}") for key in keys}
        pairs[FORMULA_COUNT] = str(formula_count(self._book.layout))
        if self._book.layout.form.local:
            pairs[LOCAL_KEY] = self._book.layout.form.local
        for row, (key, value) in enumerate(pairs.items()):
            done(sheet.write_string(row, 0, key))
            done(sheet.write_string(row, 1, value))
        sheet.protect(self._book.password)
        sheet.very_hidden()

    def map(self, sheet: Worksheet) -> None:
        for column, head in enumerate(MAP_HEAD):
            done(sheet.write_string(0, column, head))
        row = 1
        for layout in self._book.layout.sheets:
            name = layout.sheet.name
            for placed in layout.cells:
                field = placed.cell.field
                if field is None:
                    continue
                at = f"{quoted(name)}!{absolute_name(placed.place.row, placed.place.column)}"
                done(sheet.write_string(row, 0, field.path))
                done(sheet.write_string(row, 1, field.kind))
                done(sheet.write_string(row, 2, name))
                done(sheet.write_formula(row, 3, f"=ROW({at})", None, placed.place.row + 1))
                done(sheet.write_formula(row, 4, f"=COLUMN({at})", None, placed.place.column + 1))
                row += 1
        sheet.protect(self._book.password)
        sheet.very_hidden()
