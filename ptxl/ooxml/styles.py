"""The styles of a workbook: formats added at the end of its lists, and taken off again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from ptxl.model.refusals import refusal
from ptxl.ooxml.package import (
    Element,
    append,
    element,
    insert_in_order,
    parse_beside,
    remove_element,
    same_element,
)
from ptxl.ooxml.workbook import XlsxWorkbook

_LISTS = ("fonts", "fills", "borders", "cellXfs", "dxfs")
_ORDER = ("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs")
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
_PLAIN = (
    '<styleSheet xmlns="{}"><fonts><font/></fonts>'
    '<fills><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    "<borders><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
    '<cellStyleXfs><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs></styleSheet>'
)
_SOLID = '<fill><patternFill patternType="solid"><fgColor rgb="FF{}"/></patternFill></fill>'
_SHADE = '<dxf><fill><patternFill><bgColor rgb="FF{}"/></patternFill></fill></dxf>'


class Styles:
    """The styles part of a workbook; made when it has none. Raises WorkbookError when it is none.

    A format is the number by which a cell or a rule names it, as text.
    """

    def __init__(self, book: XlsxWorkbook) -> None:
        self._book = book
        self._part = book.related(book.main, "styles")
        if self._part not in book:
            self._part = book.add("xl/styles.xml", _PLAIN.format(book.namespace), _TYPE)
            book.relate(book.main, "styles", self._part)
        if book.tree(self._part).tag != f"{{{book.namespace}}}styleSheet":
            raise refusal("broken_xml", part=self._part)

    def digest(self) -> str:
        """Return a text that differs once another program has saved the styles."""
        return hashlib.sha256(self._book.content(self._part)).hexdigest()[:20]

    def counts(self) -> list[int]:
        """Return how long each list is that grows; -1 where there is none."""
        found = [self._find(name) for name in _LISTS]
        return [-1 if entries is None else len(entries.findall("*")) for entries in found]

    def restore(self, counts: Iterable[int]) -> None:
        """Make each list as long as it was; nothing may use what is cut off."""
        for name, count in zip(_LISTS, counts, strict=True):
            entries = self._list(name)
            for entry in entries.findall("*")[max(count, 0) :]:
                remove_element(entry)
            _update_count(entries)
            if count < 0:
                remove_element(entries)

    def add_shade(self, colour: str) -> str:
        """Add the look of a conditional format: a fill of that colour (`FFC4C0`)."""
        return self._add("dxfs", _SHADE.format(colour))

    def add(
        self, font: str, align: str, *, fill: str = "", border: str = "", locked: bool = True
    ) -> str:
        """Add a format of cells from the XML inside its font and border, and a colour to fill it.

        Texts in such cells stay texts even when edited. Where the sheet is protected, those that
        are not `locked` may be.
        """
        look = element(self._root(), "xf", numFmtId="49", quotePrefix="1")
        if self._find("cellStyleXfs") is not None:
            look.set("xfId", "0")
        look.set("fontId", self._add("fonts", f"<font>{font}</font>"))
        look.set("fillId", self._add("fills", _SOLID.format(fill)) if fill else "0")
        look.set("borderId", self._add("borders", f"<border>{border}</border>"))
        for what in ("NumberFormat", "Font", "Fill", "Border", "Alignment"):
            look.set(f"apply{what}", "1")
        append(look, "alignment", horizontal=align, vertical="center", wrapText="1")
        if not locked:
            look.set("applyProtection", "1")
            append(look, "protection", locked="0")
        return self._append("cellXfs", look)

    def _find(self, name: str) -> Element | None:
        return self._book.tree(self._part).find(f"{{*}}{name}")

    def _list(self, name: str) -> Element:
        """A list that is going to be changed, made where there is none."""
        root, found = self._root(), self._find(name)
        if found is None:
            found = element(root, name)
            insert_in_order(root, found, _ORDER)
        return found

    def _root(self) -> Element:
        return self._book.edit(self._part)

    def _add(self, name: str, xml: str) -> str:
        """Add an entry to a list, or find one like it; return its number."""
        entry = parse_beside(self._root(), xml)
        for index, known in enumerate(self._list(name).findall("*")):
            if same_element(known, entry):
                return str(index)
        return self._append(name, entry)

    def _append(self, name: str, entry: Element) -> str:
        entries = self._list(name)
        entries.append(entry)
        _update_count(entries)
        return str(len(entries.findall("*")) - 1)


def _update_count(entries: Element) -> None:
    if "count" in entries.attrib:
        entries.set("count", str(len(entries.findall("*"))))
