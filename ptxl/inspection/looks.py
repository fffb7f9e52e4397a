"""The styles of a workbook → how its cells look: colours as numbers say them, sizes, wrapping.

Colours of the theme, of the palette and shades of them become `RRGGBB`; `contrast` compares two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ptxl.ooxml.colours import shaded
from ptxl.ooxml.package import NOTHING, TRUE, Element, found, local, number_of, whole_number_of
from ptxl.values.number_format import BUILT_IN

BLACK, WHITE = "000000", "FFFFFF"
_COLOUR = re.compile("(?:[0-9A-Fa-f]{2})?([0-9A-Fa-f]{6})")
#: the colours of a theme as styles number them: light and dark change places
_THEME = (
    "lt1", "dk1", "lt2", "dk2", "accent1", "accent2", "accent3", "accent4", "accent5", "accent6",
    "hlink", "folHlink",
)  # fmt: skip
#: those of a workbook that brings no theme
_USUAL_THEME = (
    WHITE, BLACK, "EEECE1", "1F497D", "4F81BD", "C0504D", "9BBB59", "8064A2", "4BACC6", "F79646",
    "0000FF", "800080",
)  # fmt: skip
_FIRST_EIGHT = (BLACK, WHITE, "FF0000", "00FF00", "0000FF", "FFFF00", "FF00FF", "00FFFF")
_PALETTE = (
    *_FIRST_EIGHT, *_FIRST_EIGHT,
    "800000", "008000", "000080", "808000", "800080", "008080", "C0C0C0", "808080",
    "9999FF", "993366", "FFFFCC", "CCFFFF", "660066", "FF8080", "0066CC", "CCCCFF",
    "000080", "FF00FF", "FFFF00", "00FFFF", "800080", "800000", "008080", "0000FF",
    "00CCFF", "CCFFFF", "CCFFCC", "FFFF99", "99CCFF", "FF99CC", "CC99FF", "FFCC99",
    "3366FF", "33CCCC", "99CC00", "FFCC00", "FF9900", "FF6600", "666699", "969696",
    "003366", "339966", "003300", "333300", "993300", "993366", "333399", "333333",
)  # fmt: skip
#: what a format of numbers calls colours
NAMED = {
    "black": BLACK, "white": WHITE, "red": "FF0000", "green": "00FF00", "blue": "0000FF",
    "yellow": "FFFF00", "magenta": "FF00FF", "cyan": "00FFFF",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """How a cell looks. `fills` are all colours that may lie behind its text.

    `plain` says that neither its font's colour nor its fill was chosen: a table's style shows.
    """

    size: float = 11
    bold: bool = False
    font: str = BLACK
    fills: tuple[str, ...] = (WHITE,)
    number_format: str = "General"
    wrapped: bool = False
    shrunk: bool = False
    locked: bool = True
    plain: bool = True


@dataclass(frozen=True, slots=True)
class Difference:
    """What a conditional format changes: its font's colour and its fills, where it names them.

    `beyond_colour` says that more than colours differ, so that it is told without them.
    """

    font: str = ""
    fills: tuple[str, ...] = ()
    beyond_colour: bool = False


class Looks:
    """The looks of a workbook by number of style, and its conditional ones."""

    def __init__(self, styles: Element, theme: Element) -> None:
        self.theme = tuple(_theme_colours(theme))
        self._palette: tuple[str, ...] = _PALETTE
        self._styles = styles
        self._palette = tuple(self._own_palette())
        self._formats = {
            whole_number_of(one, "numFmtId"): str(one.get("formatCode", ""))
            for one in self._all("numFmts/numFmt")
        }
        self._fonts = self._all("fonts/font")
        self._fills = self._all("fills/fill")
        self._looks = tuple(map(self._look, self._all("cellXfs/xf"))) or (Look(),)
        self.differences: Sequence[Difference] = tuple(map(self._difference, self._all("dxfs/dxf")))

    def of(self, number: int) -> Look:
        """The look of a style by its number; of one that is not there, that of the first."""
        return self._looks[number] if number < len(self._looks) else self._looks[0]

    def colour(self, element: Element | None, otherwise: str) -> str:
        """The colour that an element names: by value, theme or palette, shaded."""
        if element is None:
            return otherwise
        base = self._base(element, otherwise)
        tint = str(element.get("tint", "0"))
        try:
            return _shaded(base, float(tint))
        except ValueError:
            return base

    def _base(self, element: Element, otherwise: str) -> str:
        given = _COLOUR.fullmatch(str(element.get("rgb", "")))
        if given:
            return given[1].upper()
        for key, colours in (("theme", self.theme), ("indexed", self._palette)):
            if key in element.attrib:
                number = whole_number_of(element, key)
                return colours[number] if number < len(colours) else otherwise
        return otherwise

    def _all(self, path: str) -> list[Element]:
        steps = "/".join(f"{{*}}{step}" for step in path.split("/"))
        return self._styles.findall(steps)

    def _own_palette(self) -> Iterable[str]:
        own = self._all("colors/indexedColors/rgbColor")
        if own:
            return (self.colour(one, BLACK) for one in own)
        return _PALETTE

    def _look(self, style: Element) -> Look:
        font = _picked(self._fonts, whole_number_of(style, "fontId"))
        first = _picked(self._fonts, 0)
        fill = _picked(self._fills, whole_number_of(style, "fillId"))
        number = whole_number_of(style, "numFmtId")
        alignment, protection = found(style, "{*}alignment"), found(style, "{*}protection")
        fills = self._fills_of(fill, "fgColor")
        colour = self._font_colour(font, BLACK)
        return Look(
            size=_size(font), bold=_is_bold(font), font=colour, fills=fills or (WHITE,),
            number_format=self._formats.get(number) or BUILT_IN.get(number, "General"),
            wrapped=alignment.get("wrapText") in TRUE,
            shrunk=alignment.get("shrinkToFit") in TRUE,
            locked=protection.get("locked", "1") in TRUE,
            plain=not fills and colour == self._font_colour(first, BLACK),
        )  # fmt: skip

    def _difference(self, style: Element) -> Difference:
        font = found(style, "{*}font")
        fills = self._fills_of(found(style, "{*}fill"), "bgColor")
        changes = {*map(local, style), *map(local, font)} - {"font", "fill", "color"}
        return Difference(self._font_colour(font, ""), fills, bool(changes))

    def _font_colour(self, font: Element, otherwise: str) -> str:
        return self.colour(font.find("{*}color"), otherwise)

    def _fills_of(self, fill: Element, solid: str) -> tuple[str, ...]:
        """The colours of a fill, () for none. In a conditional one the two change places."""
        stops = fill.findall("{*}gradientFill/{*}stop/{*}color")
        if stops:
            return tuple(self.colour(stop, WHITE) for stop in stops)
        pattern = fill.find("{*}patternFill")
        if pattern is None or pattern.get("patternType") == "none":
            return ()
        if pattern.get("patternType", "solid") == "solid":
            named = pattern.find(f"{{*}}{solid}")
            return () if named is None else (self.colour(named, WHITE),)
        front, behind = pattern.find("{*}fgColor"), pattern.find("{*}bgColor")
        return self.colour(front, BLACK), self.colour(behind, WHITE)


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as the guidelines for accessible content reckon it, 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _shaded(colour: str, tint: float) -> str:
    """A colour made darker (tint below 0) or lighter."""
    if not tint:
        return colour
    red, green, blue = (int(colour[place : place + 2], 16) for place in (0, 2, 4))
    return bytes(shaded((red, green, blue), tint)).hex().upper()


def _theme_colours(theme: Element) -> Iterable[str]:
    scheme = found(theme, ".//{*}clrScheme")
    for name, usual in zip(_THEME, _USUAL_THEME, strict=True):
        named = found(scheme, f"{{*}}{name}/*")
        text = str(named.get("lastClr") or named.get("val"))
        yield text.upper() if _COLOUR.fullmatch(text) else usual


def _picked(elements: Sequence[Element], number: int) -> Element:
    return elements[number] if number < len(elements) else NOTHING


def _size(font: Element) -> float:
    return number_of(found(font, "{*}sz"), "val", 11) or 11


def _is_bold(font: Element) -> bool:
    bold = font.find("{*}b")
    return bold is not None and bold.get("val", "1") in TRUE
