"""Findings → the review sheet that lists them all, with links to their cells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from ptxl.cells import column_name, parse_cell, quoted
from ptxl.layout.helper_sheets import helper_sheets
from ptxl.mark.colours import COLOURS
from ptxl.model.findings import LEVELS, Finding
from ptxl.model.form import fill_text
from ptxl.model.submission import CheckedSubmission
from ptxl.ooxml.styles import Styles
from ptxl.ooxml.workbook import XlsxWorkbook
from ptxl.text import cut, excel_length, lines_needed, literal
from ptxl.words import LANGUAGES, Speaker, phrase

LONGEST_SHOWN = 1_000
#: no part in XML can hold these
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_WIDTHS = (6, 10, 16, 9, 26, 80)
_LAST_COLUMN = column_name(len(_WIDTHS) - 1)
_HEADS = ("number", "severity", "sheet", "cell", "item", "message")
_HEAD_ROW = 4
_LONGEST_SERIAL = 60  # a footer has at most 255 characters, codes included
#: a colour that hardly anyone picks by hand, and that programs keep
_TAB = "FFE06666"
#: points; a line is as high as that of the tallest font that stands in for 宋体
_SIZE, _LINE, _LEAST_HEIGHT, _TALLEST = 10.5, 14.91, 20, 409.0
_SIDES = ("left", "right", "top", "bottom")
_LINE_AROUND = "".join(f'<{side} style="thin"><color rgb="FFA6A6A6"/></{side}>' for side in _SIDES)
_THIN = f"{_LINE_AROUND}<diagonal/>"
_FONT = '{}<sz val="{}"/><color rgb="FF{}"/><name val="{}"/><family val="2"/>'
_CENTRED = {"horizontal": "center", "vertical": "center", "wrapText": "1"}
_LEFT = {"horizontal": "left", "vertical": "center", "wrapText": "1"}
_SHEET_XML = (
    '<worksheet xmlns="{space}"><sheetPr><tabColor rgb="{tab}"/><pageSetUpPr fitToPage="1"/>'
    '</sheetPr><sheetViews><sheetView showGridLines="0" workbookViewId="0">'
    '<pane ySplit="{head}" topLeftCell="A{first}" activePane="bottomLeft" state="frozen"/>'
    '<selection pane="bottomLeft"/></sheetView>'
    '</sheetViews><sheetFormatPr defaultRowHeight="20" customHeight="1"/><cols>{columns}</cols>'
    '<sheetData>{rows}</sheetData><mergeCells count="{merged}">{merges}</mergeCells>{links}'
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
_MERGE = f'<mergeCell ref="A{{0}}:{_LAST_COLUMN}{{0}}"/>'


def shown(text: str) -> str:
    """Return a text as a cell or a note shows it: what XML can hold of it, and not endless."""
    clean = _ILLEGAL.sub("", text)
    if excel_length(clean) <= LONGEST_SHOWN:
        return clean
    return cut(clean, LONGEST_SHOWN - 1) + "…"


def sort_findings(findings: Sequence[Finding], sheets: Sequence[str]) -> list[Finding]:
    """Sort findings: errors first and those for the reviewer last, then what is about the whole
    file, then by sheet and cell."""
    order = {name: number for number, name in enumerate(["", *sheets])}

    def key(found: Finding) -> tuple[int, int, tuple[int, int]]:
        position = parse_cell(found.cell) or (-1, -1)
        return LEVELS.index(found.level), order.get(found.sheet, len(order)), position

    return sorted(findings, key=key)


def add_review(
    book: XlsxWorkbook, styles: Styles, checked: CheckedSubmission, speaker: Speaker
) -> str:
    """Add the sheet behind all others; return the name that it got."""
    sheets, linked = book.sheet_names, book.sheet_parts
    name = book.free_name(helper_sheets(speaker.language).review)
    page = _Page(_looks(styles, speaker))
    findings = sort_findings(checked.findings, sheets)
    _add_head(page, checked, speaker)
    for number, found in enumerate(findings, 1):
        word, message = speaker.say(f"severities.{found.level}"), speaker.word(found.sentence)
        texts = (str(number), word, found.sheet, found.cell, found.label, message)
        leads_on = found.sheet in linked and parse_cell(found.cell) is not None
        cell = "link" if leads_on else "middle"
        page.add_row(texts, ("middle", found.level, "middle", cell, "text", "text"))
        if leads_on:
            page.link(f"D{page.last}", f"{quoted(found.sheet)}!{found.cell}", found.cell)
    if not findings:
        page.add_line(speaker.say("review.nothing"), "none")
    serial = checked.submission.identity.serial[:_LONGEST_SERIAL].replace("&", "&&")
    footer = speaker.say("review.footer", serial=serial)
    index = book.add_sheet(name, page.sheet(book.namespace, footer))
    # Every printed page repeats the head.
    book.define_name("_xlnm.Print_Titles", f"{quoted(name)}!${_HEAD_ROW}:${_HEAD_ROW}", index)
    return name


def find_reviews(book: XlsxWorkbook) -> list[str]:
    """Find sheets added by `add_review`, by name and colour of tab; return their names."""
    usual = {helper_sheets(language).review for language in LANGUAGES}
    colour = _TAB.encode()
    return [
        name
        for name, part in book.sheet_parts.items()
        if name in usual and colour in book.content(part)
    ]


def _add_head(page: _Page, checked: CheckedSubmission, speaker: Speaker) -> None:
    identity = checked.submission.identity
    unit = identity.unit
    form = fill_text(checked.submission.layout.form.title, unit.texts())
    about = speaker.say("review.about", form=form, unit=unit.code, serial=identity.serial)
    page.add_line(speaker.say("review.title", unit=unit.name), "title", height=32)
    page.add_line(about, "note")
    page.add_line(_summary(checked.findings, speaker), "note")
    heads = [speaker.say(f"review.heads.{head}") for head in _HEADS]
    page.add_row(heads, ("head",) * len(_WIDTHS), height=24)


def _summary(findings: Sequence[Finding], speaker: Speaker) -> str:
    """How many findings there are of each severity, and what is to be done about them.

    That nothing must be corrected is said too.
    """
    found = Counter(finding.level for finding in findings)
    steps = [
        phrase(f"review.steps.{level}", count=found[level]) for level in LEVELS if found[level]
    ]
    if not found["error"]:
        steps.insert(0, phrase("review.steps.no_error"))
    return speaker.say("review.summary", steps=tuple(steps))


def _looks(styles: Styles, speaker: Speaker) -> dict[str, str]:
    text, heading = speaker.say("fonts.text"), speaker.say("fonts.heading")
    plain = _FONT.format("", _SIZE, "000000", text)
    bold = _FONT.format("<b/>", _SIZE, "000000", text)
    link = _FONT.format("<u/>", _SIZE, "0563C1", text)
    looks = {
        "title": styles.add(_FONT.format("", 16, "000000", heading), **_CENTRED),
        "note": styles.add(plain, **_LEFT),
        "reviewer": styles.add(plain, border=_THIN, **_CENTRED),
        "none": styles.add(plain, border=_THIN, **_CENTRED),
        "head": styles.add(bold, fill="DDEBF7", border=_THIN, **_CENTRED),
        "middle": styles.add(plain, border=_THIN, **_CENTRED),
        "text": styles.add(plain, border=_THIN, **_LEFT),
        "link": styles.add(link, border=_THIN, **_CENTRED),
    }
    for severity, colour in COLOURS.items():
        looks[severity] = styles.add(plain, fill=colour, border=_THIN, **_CENTRED)
    return looks


class _Page:
    """The rows of the list, taken one by one. `looks` are formats of cells by name."""

    def __init__(self, looks: Mapping[str, str]) -> None:
        self._looks = looks
        self._rows: list[str] = []
        self._merges: list[str] = []
        self._links: list[str] = []

    @property
    def last(self) -> int:
        """The number of the last row, from 1."""
        return len(self._rows)

    def add_line(self, text: str, look: str, height: float = _LEAST_HEIGHT) -> None:
        """Add a row of one text over all columns."""
        lines = lines_needed(shown(text), sum(_WIDTHS), _SIZE)
        self._add((text,), (look,) * len(_WIDTHS), lines, height)
        self._merges.append(_MERGE.format(self.last))

    def add_row(
        self, texts: Sequence[str], looks: Sequence[str], height: float = _LEAST_HEIGHT
    ) -> None:
        """Add a row of a text for each column, high enough for them all."""
        lines = max(lines_needed(shown(t), w, _SIZE) for t, w in zip(texts, _WIDTHS, strict=True))
        self._add(texts, looks, lines, height)

    def _add(self, texts: Sequence[str], looks: Sequence[str], lines: int, least: float) -> None:
        number, cells = self.last + 1, ""
        for column, look in enumerate(looks):
            text = escape(literal(shown(texts[column]))) if column < len(texts) else ""
            cell = _TEXT if text else _CELL
            name = f"{column_name(column)}{number}"
            cells += cell.format(name=name, look=self._looks[look], text=text)
        height = min(max(least, lines * _LINE + 6), _TALLEST)
        self._rows.append(_ROW.format(number=number, height=height, cells=cells))

    def link(self, cell: str, location: str, text: str) -> None:
        """Make a cell lead to a place in the workbook."""
        self._links.append(_HYPERLINK.format(cell, quoteattr(location), text))

    def sheet(self, namespace: str, footer: str) -> str:
        """Return the sheet as XML."""
        links = "".join(self._links)
        columns = [_COLUMN.format(n, width + 0.7109375) for n, width in enumerate(_WIDTHS, 1)]
        return _SHEET_XML.format(
            space=namespace, tab=_TAB, head=_HEAD_ROW, first=_HEAD_ROW + 1,
            columns="".join(columns),
            rows="".join(self._rows), merged=len(self._merges), merges="".join(self._merges),
            links=f"<hyperlinks>{links}</hyperlinks>" if links else "", footer=escape(footer),
        )  # fmt: skip
