"""Rows of texts → the sheet of a review as XML: a list that prints on A4, to be answered.

The sheet is protected without a password, so that nobody types into the list itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ptxl.cells import cell_name, column_name, quoted_text
from ptxl.mark.colours import COLOURS
from ptxl.markup import NOT_IN_XML, escape, quoted
from ptxl.ooxml.styles import Styles
from ptxl.text import cut, excel_length, lines_needed, literal
from ptxl.words import Speaker

LONGEST_SHOWN = 1_000
#: a colour that hardly anyone picks by hand, and that programs keep
TAB = "FFE06666"
#: points; a line is as high as that of the tallest font that stands in for 宋体
_SIZE, _LINE, _LEAST_HEIGHT, _TALLEST = 10.5, 14.91, 20, 409.0
_SIDES = ("left", "right", "top", "bottom")
_LINE_AROUND = "".join(f'<{side} style="thin"><color rgb="FFA6A6A6"/></{side}>' for side in _SIDES)
_THIN = f"{_LINE_AROUND}<diagonal/>"
_FONT = '{}<sz val="{}"/><color rgb="FF{}"/><name val="{}"/><family val="2"/>'
_TO_FILL_IN = "F3F8FC"
_SHEET_XML = (
    '<worksheet xmlns="{space}"><sheetPr><tabColor rgb="{tab}"/><pageSetUpPr fitToPage="1"/>'
    '</sheetPr><sheetViews><sheetView showGridLines="0" tabSelected="1" workbookViewId="0">'
    '<pane ySplit="{head}" topLeftCell="A{first}" activePane="bottomLeft" state="frozen"/>'
    '<selection pane="bottomLeft"/></sheetView>'
    '</sheetViews><sheetFormatPr defaultRowHeight="20" customHeight="1"/><cols>{columns}</cols>'
    '<sheetData>{rows}</sheetData><sheetProtection sheet="1" formatColumns="0" formatRows="0"/>'
    '<mergeCells count="{merged}">{merges}</mergeCells>{choices}{links}'
    '<printOptions horizontalCentered="1"/>'
    '<pageMargins left="0.5" right="0.5" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>'
    '<pageSetup paperSize="9" fitToHeight="0" orientation="landscape"/>'
    '<headerFooter scaleWithDoc="0"><oddFooter>{footer}</oddFooter></headerFooter></worksheet>'
)
_COLUMN = '<col min="{0}" max="{0}" width="{1}" customWidth="1"/>'
_ROW = '<row r="{number}" ht="{height:g}" customHeight="1">{cells}</row>'
_CELL = '<c r="{name}" s="{look}"/>'
_TEXT = '<c r="{name}" s="{look}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
_HYPERLINK = '<hyperlink ref="{}" location={} display="{}"/>'
_CHOICE = (
    '<dataValidations count="1"><dataValidation type="list" allowBlank="1" showErrorMessage="1" '
    'sqref="{}"><formula1>{}</formula1></dataValidation></dataValidations>'
)


def shown(text: str) -> str:
    """Return a text as a cell or a note shows it: what XML can hold of it, and not endless."""
    clean = NOT_IN_XML.sub("", text)
    if excel_length(clean) <= LONGEST_SHOWN:
        return clean
    return cut(clean, LONGEST_SHOWN - 1) + "…"


def looks_of(styles: Styles, speaker: Speaker) -> dict[str, str]:
    """Add the formats of a review to those of a workbook; return them by name."""
    text, heading = speaker.say("fonts.text"), speaker.say("fonts.heading")
    plain = _FONT.format("", _SIZE, "000000", text)
    bold = _FONT.format("<b/>", _SIZE, "000000", text)
    link = _FONT.format("<u/>", _SIZE, "0563C1", text)
    looks = {
        "title": styles.add(_FONT.format("", 16, "000000", heading), "center"),
        "note": styles.add(plain, "left"),
        "none": styles.add(plain, "center", border=_THIN),
        "head": styles.add(bold, "center", fill="DDEBF7", border=_THIN),
        "middle": styles.add(plain, "center", border=_THIN),
        "reviewer": styles.add(plain, "center", border=_THIN),
        "text": styles.add(plain, "left", border=_THIN),
        "link": styles.add(link, "center", border=_THIN),
        "answer": styles.add(plain, "left", fill=_TO_FILL_IN, border=_THIN, locked=False),
        "verdict": styles.add(bold, "center", fill=_TO_FILL_IN, border=_THIN, locked=False),
    }
    for severity, colour in COLOURS.items():
        looks[severity] = styles.add(plain, "center", fill=colour, border=_THIN)
    return looks


class Page:
    """The rows of a sheet, taken one by one. `looks` are formats of cells by name."""

    def __init__(self, looks: Mapping[str, str], widths: Sequence[int]) -> None:
        self._looks, self._widths = looks, widths
        self._rows: list[str] = []
        self._merges: list[str] = []
        self._links: list[str] = []
        self._choices = ""

    @property
    def last(self) -> int:
        """The number of the last row, from 1."""
        return len(self._rows)

    def add_line(self, text: str, look: str, height: float = _LEAST_HEIGHT) -> None:
        """Add a row of one text over all columns."""
        lines = lines_needed(shown(text), sum(self._widths), _SIZE)
        self._add((text,), (look,) * len(self._widths), lines, height)
        self._merge(0, len(self._widths) - 1)

    def add_row(
        self, texts: Sequence[str], looks: Sequence[str], height: float = _LEAST_HEIGHT
    ) -> None:
        """Add a row of a text for each column, high enough for them all."""
        pairs = zip(texts, self._widths, strict=True)
        lines = max(lines_needed(shown(text), width, _SIZE) for text, width in pairs)
        self._add(texts, looks, lines, height)

    def join(self, first: int, last: int) -> None:
        """Merge columns of the last row, numbered from 0."""
        self._merge(first, last)

    def offer(self, column: int, choices: Sequence[str]) -> None:
        """Let a cell of the last row be chosen from a few texts, none with a comma in it."""
        formula = escape(quoted_text(",".join(choices)))
        self._choices = _CHOICE.format(cell_name(self.last - 1, column), formula)

    def link(self, column: int, location: str, text: str) -> None:
        """Make a cell of the last row lead to a place in the workbook."""
        cell = cell_name(self.last - 1, column)
        self._links.append(_HYPERLINK.format(cell, quoted(location), text))

    def _merge(self, first: int, last: int) -> None:
        row = self.last - 1
        self._merges.append(f'<mergeCell ref="{cell_name(row, first)}:{cell_name(row, last)}"/>')

    def _add(self, texts: Sequence[str], looks: Sequence[str], lines: int, least: float) -> None:
        number, cells = self.last + 1, ""
        for column, look in enumerate(looks):
            text = escape(literal(shown(texts[column]))) if column < len(texts) else ""
            cell = _TEXT if text else _CELL
            name = f"{column_name(column)}{number}"
            cells += cell.format(name=name, look=self._looks[look], text=text)
        height = min(max(least, lines * _LINE + 6), _TALLEST)
        self._rows.append(_ROW.format(number=number, height=height, cells=cells))

    def sheet(self, namespace: str, head: int, footer: str) -> str:
        """Return the sheet as XML; its first rows, down to the head, stay in sight."""
        links = "".join(self._links)
        columns = [_COLUMN.format(n, width + 0.7109375) for n, width in enumerate(self._widths, 1)]
        return _SHEET_XML.format(
            space=namespace, tab=TAB, head=head, first=head + 1, columns="".join(columns),
            rows="".join(self._rows), merged=len(self._merges), merges="".join(self._merges),
            choices=self._choices,
            links=f"<hyperlinks>{links}</hyperlinks>" if links else "", footer=escape(footer),
        )  # fmt: skip
