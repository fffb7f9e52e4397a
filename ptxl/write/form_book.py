"""The open XlsxWriter workbook of a form, and what all of its sheets share.

Owns how XlsxWriter is asked: formats by style, footers, protection, formulas with their results.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from ptxl.cells import Box, absolute_name, quoted_text
from ptxl.layout.helper_sheets import footer_line, helper_sheets, verdicts
from ptxl.markup import escape
from ptxl.model.form import Style
from ptxl.model.layout import Layout
from ptxl.words import Speaker
from ptxl.write.check_states import cached_values, line_results
from ptxl.write.computed_cells import computed_formulas
from ptxl.write.self_check import Formulas, check_lines

INPUT_FILL = "#F3F8FC"
REQUIRED_FILL = "#FFF2CC"
#: of an answer that is not asked for, as other answers are
CLOSED_FILL = "#D9D9D9"
REVIEWER_FILL = "#EDEDED"
#: of verdicts: while anything is to be done, when nothing is, and of what is not used
TO_DO, READY, UNUSED = "#B45010", "#1E6B2E", "#595959"
#: a page is made to fit, its footer is not: it stays as large as it is
FOOTER = {"scale_with_doc": False}
_POINTS_OF_A_STRUT = 1.3  # height of a line for each point of its font
#: stands before a formula that cells share, and between its number, their area and the formula
_OF_SHARED = "\ue020"
_TEXT_FORMAT = 49  # Excel's own number for "@"; one of our own would be told apart by some


def done(result: object) -> None:
    """XlsxWriter refuses by a negative number: never ignore one."""
    if isinstance(result, int) and result < 0:
        raise AssertionError(f"XlsxWriter refused a value: {result}")


class FormWorkbook(Workbook):  # type: ignore[misc]
    """A workbook for which no formula is searched for functions that are newer than Excel 2010.

    XlsxWriter looks for each in each formula, which takes half of its time; forms have none.
    """

    def add_worksheet(
        self, name: str | None = None, worksheet_class: type[Worksheet] | None = None
    ) -> Worksheet:
        """Add a sheet to the workbook."""
        return super().add_worksheet(name, worksheet_class or _Sheet)


class _Sheet(Worksheet):  # type: ignore[misc]
    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        if formula.startswith("{"):
            return str(super()._prepare_formula(formula, expand_future_functions))
        return formula.removeprefix("=")

    def _xml_formula_element(
        self, formula: str, result: object, attributes: Sequence[tuple[str, str]] = ()
    ) -> None:
        mark, *of_shared = formula.split(_OF_SHARED, 3)
        if mark or not of_shared:
            super()._xml_formula_element(formula, result, attributes)
            return
        number, area, text = of_shared
        area = f' ref="{area}"' if area else ""
        named = "".join(f' {name}="{escape(value)}"' for name, value in attributes)
        shared = f'<f t="shared"{area} si="{number}">{escape(text)}</f>'
        self.fh.write(f"<c{named}>{shared}<v>{escape(str(result))}</v></c>")


class FormBook:
    """A workbook that is being written, for one layout."""

    def __init__(self, workbook: Workbook, layout: Layout, password: str) -> None:
        self.workbook = workbook
        self.layout = layout
        self.form = layout.form
        self.password = password
        self.speaker = Speaker(self.form.language)
        self.names = helper_sheets(self.form.language)
        self.lines = check_lines(layout)
        names = [sheet.sheet.name for sheet in layout.sheets]
        self._cached = cached_values(layout, names, line_results(layout, {}, {}), {})
        self.computed = dict(computed_formulas(layout))
        self._formats: dict[object, Format] = {}

    def footer(self, middle: str = "") -> str:
        """Whose form it is, the middle as given, and the number of the page."""
        right = self.speaker.say("workbook.footer_page", page="&P", pages="&N")
        return f"&L&9{footer_line(self.form.language)}{middle}&R&9{right}"

    def format(
        self, style: Style, *, locked: bool = True, number_format: str = "", fill: str = ""
    ) -> Format:
        key = (style, locked, number_format, fill)
        if key not in self._formats:
            named = replace(style, font=self.font(style.font), fill=fill or style.fill)
            options = _format_options(named, locked, number_format)
            self._formats[key] = self.workbook.add_format(options)
        return self._formats[key]

    def strut(self, height: float) -> Format:
        size = round(height / _POINTS_OF_A_STRUT, 1)
        key = ("strut", size)
        if key not in self._formats:
            options = {"font_name": self.font("text"), "font_size": size}
            self._formats[key] = self.workbook.add_format(options)
        return self._formats[key]

    def font(self, name: str) -> str:
        """What the form's language takes for `text` or `heading`; any other font is one by name."""
        if name in ("text", "heading"):
            return self.speaker.say(f"fonts.{name}")
        return name

    def protect(self, sheet: Worksheet, *, growing: bool = False) -> None:
        allowed = {"format_rows": True, "format_columns": True, "insert_rows": growing}
        sheet.protect(self.password, allowed)

    def colour_verdict(self, sheet: Worksheet, row: int, column: int, *, of_sheet: bool) -> None:
        """A verdict, which stands in the colour of what is to be done, in its own if nothing is."""
        texts = verdicts(self.form.language)[of_sheet]
        for text, colour in ((texts.done, READY), (texts.unused, UNUSED)):
            look = self.workbook.add_format({"font_color": colour})
            is_it = f"={absolute_name(row, column)}={quoted_text(text)}"
            options = {"type": "formula", "criteria": is_it, "format": look}
            done(sheet.conditional_format(row, column, row, column, options))

    def shared_formulas(
        self, sheet: Worksheet, name: str, formulas: Sequence[tuple[Box, str]]
    ) -> None:
        """Write formulas, each for cells below each other; it is seen from the first of them."""
        for number, (box, formula) in enumerate(formulas):
            for at in box.cells:
                own = (box.name, formula) if at == (box.top, box.left) else ("", "")
                written = _OF_SHARED.join(("", str(number), *own))
                done(sheet.write_formula(*at, f"={written}", None, self._cached[name][at]))

    def formulas(
        self, sheet: Worksheet, name: str, formulas: Formulas, look: Format | None = None
    ) -> None:
        """Write formulas onto a sheet with what they give while the form is blank."""
        for (row, column), formula in formulas.items():
            cached = self._cached[name][row, column]
            done(sheet.write_formula(row, column, f"={formula}", look, cached))


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
