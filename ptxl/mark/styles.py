"""The styles of a workbook: formats added at the end of its lists, and taken off again.

A marked cell's format is a clone of its own with another fill, so that lock, number format, border
and alignment stay. Fills of marks tell what fill they cover by the last digit of their colour:
when a program has renumbered all formats, it still can be put back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy

from lxml import etree

from ptxl.model.findings import Severity
from ptxl.ooxml.package import WORKBOOK, Element, Package, element, insert_in_order

#: light red, orange and blue; the last digit counts the fills that they cover
MARK_COLOURS: Mapping[Severity, int] = {"error": 0xFFC4C0, "warning": 0xFFD9A0, "hint": 0xBFE0F0}
_MOST_FILLS = 16
_LISTS = ("fonts", "fills", "borders", "cellXfs")
_ORDER = ("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs")
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
_PLAIN = (
    "<styleSheet><fonts><font/></fonts>"
    '<fills><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    "<borders><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
    '<cellStyleXfs><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs></styleSheet>'
)


class Styles:
    """The styles part of a package; made when the package has none.

    A style is the number that a cell names in `s`, as text; a cell without one has "".
    """

    def __init__(self, package: Package) -> None:
        self._package = package
        part = package.related(WORKBOOK, "styles")
        if part not in package:
            space = etree.QName(package.tree(WORKBOOK)).namespace or ""
            plain = _PLAIN.replace("<styleSheet", f'<styleSheet xmlns="{space}"', 1)
            part = package.add("xl/styles.xml", plain.encode(), _TYPE)
            package.relate(WORKBOOK, "styles", part)
        self._part = part
        self._made: dict[tuple[str, Severity], str] = {}
        self._covered: dict[Severity, list[int]] = {}

    @property
    def digest(self) -> str:
        """Tells whether a later file still has these very styles."""
        return hashlib.sha256(self._package.content(self._part)).hexdigest()[:20]

    @property
    def counts(self) -> tuple[int, ...]:
        """How long the lists are that grow."""
        return tuple(len(self._list(name)) for name in _LISTS)

    def truncate(self, counts: Sequence[int]) -> None:
        """Make the lists as long as they were; nothing may use what is cut off."""
        for name, count in zip(_LISTS, counts, strict=True):
            entries = self._list(name)
            for entry in list(entries)[count:]:
                self._package.edit(self._part)
                entries.remove(entry)
            self._count(entries)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Each style made for a mark, and the one that it was made from."""
        return [(made, style) for (style, _), made in self._made.items()]

    def marked(self, style: str, severity: Severity) -> str:
        """The format of a cell with that style once it is marked."""
        key = style, severity
        if key not in self._made:
            clone = deepcopy(self._format(style))
            fills = self._covered.setdefault(severity, [])
            under = int(clone.get("fillId", "0"))
            if under not in fills:
                fills.append(under)
            shade = min(fills.index(under), _MOST_FILLS - 1)
            self._fill(clone, self._solid(f"FF{MARK_COLOURS[severity] + shade:06X}"))
            self._made[key] = self._append("cellXfs", clone)
        return self._made[key]

    def add(self, font: str, fill: str = "", border: str = "", **inside: str) -> str:
        """A new format from the XML inside its font and border, and the colour of its fill.

        Further keywords are attributes of the alignment; texts stay texts even when edited.
        """
        root = self._package.edit(self._part)
        parts = {"fontId": ("fonts", f"<font>{font}</font>"),
                 "borderId": ("borders", f"<border>{border}</border>")}  # fmt: skip
        look = element(root, "xf", numFmtId="49", xfId="0", quotePrefix="1", applyNumberFormat="1")
        for key, (name, xml) in parts.items():
            look.set(key, self._append_once(name, _parsed(root, xml)))
        self._fill(look, self._solid(f"FF{fill}") if fill else "0")
        look.set("applyFont", "1")
        look.set("applyBorder", "1")
        look.set("applyAlignment", "1")
        look.append(element(root, "alignment", **inside))
        return self._append("cellXfs", look)

    def restorer(self, pairs: Iterable[tuple[str, str]]) -> Restorer:
        """What finds the style under a mark, from pairs of a marked style and the one it hides."""
        return Restorer(self, dict(pairs))

    def colour(self, style: str) -> int:
        """The colour that fills a cell of that style; -1 for none, or one not given as RGB."""
        fill = self._list("fills")[self.fill(style)]
        pattern = fill.find("{*}patternFill[@patternType='solid']/{*}fgColor")
        rgb = "" if pattern is None else str(pattern.get("rgb", ""))
        return int(rgb[-6:], 16) if len(rgb) in (6, 8) else -1

    def fill(self, style: str) -> int:
        """The number of the fill of a style."""
        number = int(self._format(style).get("fillId", "0"))
        return number if number < len(self._list("fills")) else 0

    def with_fill(self, style: str, fill: int) -> str:
        """A style that differs from another in its fill only: found, or made."""
        clone = deepcopy(self._format(style))
        self._fill(clone, str(fill))
        return self._append_once("cellXfs", clone)

    def _format(self, style: str) -> Element:
        formats = self._list("cellXfs")
        number = int(style or 0)
        return formats[number if number < len(formats) else 0]

    def _fill(self, look: Element, fill: str) -> None:
        look.set("fillId", fill)
        look.set("applyFill", "1")

    def _solid(self, colour: str) -> str:
        root = self._package.edit(self._part)
        xml = (
            f'<fill><patternFill patternType="solid"><fgColor rgb="{colour}"/>'
            '<bgColor indexed="64"/></patternFill></fill>'
        )
        return self._append_once("fills", _parsed(root, xml))

    def _list(self, name: str) -> Element:
        root = self._package.tree(self._part)
        found = root.find(f"{{*}}{name}")
        if found is None:
            whole = _parsed(self._package.edit(self._part), _PLAIN)
            found = whole.find(f"{{*}}{name}")
            assert found is not None
            insert_in_order(root, found, _ORDER)
        return found

    def _append(self, name: str, entry: Element) -> str:
        self._package.edit(self._part)
        entries = self._list(name)
        entries.append(entry)
        self._count(entries)
        return str(len(entries) - 1)

    def _append_once(self, name: str, entry: Element) -> str:
        wanted = etree.tostring(entry, method="c14n")
        for index, known in enumerate(self._list(name)):
            if etree.tostring(known, method="c14n") == wanted:
                return str(index)
        return self._append(name, entry)

    def _count(self, entries: Element) -> None:
        if "count" in entries.attrib:
            entries.set("count", str(len(entries)))


class Restorer:
    """Finds the style under a mark: by number, else by the colour that tells what it covers."""

    def __init__(self, styles: Styles, pairs: Mapping[str, str]) -> None:
        self._styles = styles
        # A program that dropped the colours has nothing left to restore.
        self._pairs = {m: o for m, o in pairs.items() if _is_mark(styles.colour(m))}
        self._fills = {styles.colour(m): styles.fill(o) for m, o in self._pairs.items()}

    def original(self, style: str) -> str | None:
        """The style under a marked one; None when a style is no mark of ours."""
        if style not in self._pairs:
            fill = self._fills.get(self._styles.colour(style)) if self._fills else None
            if fill is None:
                return None
            self._pairs[style] = self._styles.with_fill(style, fill)
        return self._pairs[style]


def _is_mark(colour: int) -> bool:
    return any(0 <= colour - first < _MOST_FILLS for first in MARK_COLOURS.values())


def _parsed(beside: Element, xml: str) -> Element:
    """XML of our own, in the namespace of its neighbour."""
    space = etree.QName(beside).namespace or ""
    opened = xml.replace(">", f' xmlns="{space}">', 1) if space else xml
    return etree.fromstring(opened)
