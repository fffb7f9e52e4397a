"""Findings → the sheet 审核意见 that lists them all, with links to their cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence

from ptxl.cells import column_name
from ptxl.mark.cells import parse_cell
from ptxl.mark.styles import MARK_COLOURS, Styles
from ptxl.model.findings import SEVERITIES, Finding, Language
from ptxl.model.form import fill_marks
from ptxl.model.submission import CheckedSubmission
from ptxl.ooxml.package import Element, element, new_tree
from ptxl.ooxml.workbook import quoted
from ptxl.text import cut, excel_length, lines_needed, literal
from ptxl.words import Speaker

SHEET = "审核意见"
LONGEST_SHOWN = 1_000
#: no part in XML can hold these
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_WIDTHS = (6, 10, 16, 9, 26, 72)
_HEADS: Mapping[Language, Sequence[str]] = {
    "zh": ("序号", "程度", "工作表", "单元格", "填报项", "问题与处理"),
    "en": ("no.", "severity", "sheet", "cell", "item", "what is there and what to do"),
}
_HEAD_ROW = 4
_SIZE, _LINE, _TALLEST = 10.5, 14.2, 409.0  # points
_THIN = "".join(
    f'<{side} style="thin"><color rgb="FFA6A6A6"/></{side}>'
    for side in ("left", "right", "top", "bottom")
) + "<diagonal/>"  # fmt: skip
_PAPER_A4 = "9"


def shown(text: str) -> str:
    """A text as a cell or a note shows it: nothing that XML cannot hold, and not endless."""
    clean = _ILLEGAL.sub("", text)
    if excel_length(clean) <= LONGEST_SHOWN:
        return clean
    return cut(clean, LONGEST_SHOWN - 1) + "…"


def sort_findings(findings: Sequence[Finding], sheets: Sequence[str]) -> list[Finding]:
    """Errors first, then what is about the whole file, then by sheet, row and column."""
    order = {name: number for number, name in enumerate(["", *sheets])}

    def key(found: Finding) -> tuple[int, int, tuple[int, int]]:
        position = parse_cell(found.cell) or (-1, -1)
        return SEVERITIES.index(found.severity), order.get(found.sheet, len(order)), position

    return sorted(findings, key=key)


def review_sheet(
    checked: CheckedSubmission,
    language: Language,
    styles: Styles,
    namespace: str,
    *,
    sheets: Sequence[str],
    linked: Collection[str],
) -> Element:
    """The sheet's root element. `sheets` are in order; cells on `linked` ones become links."""
    root = new_tree("worksheet", namespace)
    _frame(root)
    page = _Page(root, _looks(styles))
    findings = sort_findings(checked.findings, sheets)
    _head(page, checked, findings, language)
    for number, found in enumerate(findings, 1):
        word = Speaker(language).say(f"severities.{found.severity}")
        texts = (str(number), word, found.sheet, found.cell, found.label, found.message(language))
        cell = "link" if found.sheet in linked and parse_cell(found.cell) else "middle"
        page.row(texts, ("middle", found.severity, "middle", cell, "text", "text"))
        if cell == "link":
            page.link(f"D{page.last}", f"{quoted(found.sheet)}!{found.cell}", found.cell)
    if not findings:
        nothing = {"zh": "没有问题。", "en": "没有问题。 No findings."}[language]
        page.row((nothing,), ("none",), merged=True)
    page.close(f"&L&8{_serial(checked, language)}&R&8第 &P 页 共 &N 页")
    return root


def _head(
    page: _Page, checked: CheckedSubmission, findings: Sequence[Finding], language: Language
) -> None:
    unit = checked.submission.identity.unit
    title = {"zh": f"{unit.name}　{SHEET}", "en": f"{unit.name}: {SHEET} (review)"}[language]
    form = fill_marks(checked.submission.layout.form.title, unit.marks())
    about = f"{form}　{unit.code}　{_serial(checked, language)}"
    page.row((title,), ("title",), merged=True, height=32)
    page.row((about,), ("note",), merged=True)
    page.row((_counts(findings, language) + _advice(findings, language),), ("note",), merged=True)
    page.row(_HEADS[language], ("head",) * len(_WIDTHS), height=24)


def _serial(checked: CheckedSubmission, language: Language) -> str:
    word = {"zh": "表单编号", "en": "form serial"}[language]
    return f"{word} {checked.submission.identity.serial}"


def _counts(findings: Sequence[Finding], language: Language) -> str:
    if not findings:
        return {"zh": "共 0 条。", "en": "0 findings."}[language]
    numbers = {s: sum(found.severity == s for found in findings) for s in SEVERITIES}
    words = {s: Speaker(language).say(f"severities.{s}") for s in SEVERITIES}
    if language == "zh":
        parts = "，".join(f"{words[s]} {n} 条" for s, n in numbers.items() if n)
        return f"共 {len(findings)} 条：{parts}。"
    parts = ", ".join(f"{n} {words[s]}{'s' * (n > 1)}" for s, n in numbers.items() if n)
    return f"{len(findings)} finding{'s' * (len(findings) > 1)}: {parts}."


def _advice(findings: Sequence[Finding], language: Language) -> str:
    if not findings:
        return ""
    return {
        "zh": "请在原表上逐条修改后报回；底色、批注和本页不影响填报和读取。",
        "en": " Please correct the form itself and return it; colours, notes and this sheet do no "
              "harm.",
    }[language]  # fmt: skip


def _looks(styles: Styles) -> dict[str, str]:
    def font(more: str = "", size: float = _SIZE, name: str = "宋体") -> str:
        return f'{more}<sz val="{size}"/>{{}}<name val="{name}"/><family val="2"/>'

    black, blue = '<color rgb="FF000000"/>', '<color rgb="FF0563C1"/>'
    plain, bold = font().format(black), font("<b/>").format(black)
    link = font("<u/>").format(blue)
    middle = {"horizontal": "center", "vertical": "center", "wrapText": "1"}
    left = {"horizontal": "left", "vertical": "center", "wrapText": "1"}
    return {
        "title": styles.add(font(size=16, name="黑体").format(black), **middle),
        "note": styles.add(plain, **left),
        "none": styles.add(plain, border=_THIN, **middle),
        "head": styles.add(bold, fill="DDEBF7", border=_THIN, **middle),
        "middle": styles.add(plain, border=_THIN, **middle),
        "text": styles.add(plain, border=_THIN, **left),
        "link": styles.add(link, border=_THIN, **middle),
        **{s: styles.add(plain, fill=f"{MARK_COLOURS[s]:06X}", border=_THIN, **middle)
           for s in SEVERITIES},
    }  # fmt: skip


def _frame(root: Element) -> None:
    """What comes before the cells: tab colour, fit to the page's width, frozen head, widths."""
    add = _adder(root)
    properties = add(root, "sheetPr")
    add(properties, "tabColor", rgb="FFE06666")
    add(properties, "pageSetUpPr", fitToPage="1")
    view = add(add(root, "sheetViews"), "sheetView", showGridLines="0", workbookViewId="0")
    below = f"A{_HEAD_ROW + 1}"
    add(view, "pane", ySplit=str(_HEAD_ROW), topLeftCell=below, activePane="bottomLeft",
        state="frozen")  # fmt: skip
    add(view, "selection", pane="bottomLeft", activeCell=below, sqref=below)
    add(root, "sheetFormatPr", defaultRowHeight="20", customHeight="1")
    columns = add(root, "cols")
    for number, width in enumerate(_WIDTHS, 1):
        add(columns, "col", min=str(number), max=str(number), width=str(width + 0.7109375),
            customWidth="1")  # fmt: skip
    add(root, "sheetData")


class _Page:
    """Takes the rows of the list one by one; what stands behind the cells comes at the end."""

    def __init__(self, root: Element, looks: Mapping[str, str]) -> None:
        self._root, self._looks, self._add = root, looks, _adder(root)
        self._merges: list[str] = []
        self._links: list[dict[str, str]] = []
        self._data = root[-1]
        self.last = 0

    def row(
        self, texts: Sequence[str], looks: Sequence[str], *, merged: bool = False, height: float = 0
    ) -> None:
        """One row, high enough for its texts; a merged one reaches over all columns."""
        self.last += 1
        clean = [shown(text) for text in texts]
        widths = [sum(_WIDTHS)] if merged else _WIDTHS
        lines = max(map(lines_needed, clean, widths, [_SIZE] * len(clean)))
        tall = min(max(height, 20, lines * _LINE + 6), _TALLEST)
        row = self._add(self._data, "row", r=str(self.last), ht=f"{tall:g}", customHeight="1")
        filled = list(looks) + [looks[0]] * (len(_WIDTHS) - len(looks)) if merged else looks
        for column, look in enumerate(filled):
            name = f"{column_name(column)}{self.last}"
            cell = self._add(row, "c", r=name, s=self._looks[look])
            if column < len(clean) and clean[column]:
                cell.set("t", "inlineStr")
                text = self._add(self._add(cell, "is"), "t")
                text.text = literal(clean[column])
                text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        if merged:
            self._merges.append(f"A{self.last}:{column_name(len(_WIDTHS) - 1)}{self.last}")

    def link(self, cell: str, location: str, text: str) -> None:
        self._links.append({"ref": cell, "location": location, "display": text})

    def close(self, footer: str) -> None:
        """Merges, links and the printed page."""
        merges = self._add(self._root, "mergeCells", count=str(len(self._merges)))
        for ref in self._merges:
            self._add(merges, "mergeCell", ref=ref)
        if self._links:
            links = self._add(self._root, "hyperlinks")
            for link in self._links:
                self._add(links, "hyperlink", **link)
        self._add(self._root, "printOptions", horizontalCentered="1")
        self._add(self._root, "pageMargins", left="0.5", right="0.5", top="0.6", bottom="0.6",
                  header="0.3", footer="0.3")  # fmt: skip
        self._add(self._root, "pageSetup", paperSize=_PAPER_A4, fitToHeight="0",
                  orientation="landscape")  # fmt: skip
        self._add(self._add(self._root, "headerFooter"), "oddFooter").text = footer


def title_rows(sheet: str) -> str:
    """The rows that every printed page repeats, as the defined name has them."""
    return f"{quoted(sheet)}!${_HEAD_ROW}:${_HEAD_ROW}"


def _adder(root: Element) -> Callable[..., Element]:
    def add(parent: Element, kind: str, /, **attributes: str) -> Element:
        child = element(root, kind, **attributes)
        parent.append(child)
        return child

    return add
