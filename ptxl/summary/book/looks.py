"""How the cells of a summary look: fonts, lines, colours and number formats, by what they hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from xlsxwriter import Workbook
from xlsxwriter.format import Format

from ptxl.summary.book.paper import SIZE
from ptxl.summary.sheets import Column, Kind, Look
from ptxl.words import Speaker

#: in what ways a cell of one column looks: by whether it holds what the column is for or a text,
#: whether that could be taken for a formula, and whether it is a link
Variant = Literal["value", "text", "quoted", "value_link", "text_link", "quoted_link"]
VARIANTS: tuple[Variant, ...] = (
    "value", "text", "quoted", "value_link", "text_link", "quoted_link",
)  # fmt: skip
MONEY = "#,##0.00####"
#: all of them are told from white, and from what lies on them, by people who see little
INK, LINK, FAINT, LINES = "#1F3864", "#0B5394", "#595959", "#8C8C8C"
HEAD_FILL, TOTAL_FILL = "#DDEBF7", "#F2F2F2"

Options = Mapping[str, object]
_CENTRED: Options = {"align": "center"}
_KINDS: Mapping[Kind, Options] = {
    "text": {"num_format": "@"},
    "count": {"num_format": "0", **_CENTRED},
    "money": {"num_format": MONEY},
    "number": {"num_format": "General"},
    "percent": {"num_format": "0.00%"},
    "date": {"num_format": "yyyy-mm-dd", **_CENTRED},
}
_BOX: Options = {"border": 1, "border_color": LINES}
_SIDES: Options = {"left": 1, "left_color": LINES, "right": 1, "right_color": LINES}
_WRAPPED: Options = {"text_wrap": True, "valign": "vcenter"}
#: what is wrapped never shrinks
_SHRUNK: Options = {"text_wrap": False, "shrink": True}
_CELL: Options = {**_BOX, **_WRAPPED}
_TOTAL: Options = {**_CELL, "bold": True, "bg_color": TOTAL_FILL}
_LINKED: Options = {"font_color": LINK, "underline": 1}
_QUOTED: Options = {"quote_prefix": True}
_LOOKS: Mapping[Look, Options] = {
    "title": {"font_size": 18, "bold": True, "align": "center", **_WRAPPED},
    "subtitle": {"font_size": 11, "align": "center", "font_color": FAINT, **_WRAPPED},
    "note": {"font_color": FAINT, **_WRAPPED},
    "band": {"font_size": 12, "bold": True, "font_color": INK, "bottom": 2, "bottom_color": INK,
             **_WRAPPED},
    "head": {**_CELL, "bold": True, "align": "center", "bg_color": HEAD_FILL},
    "text": _CELL,
    "centre": {**_CELL, **_CENTRED},
    "count": {**_CELL, **_KINDS["count"]},
    "money": {**_CELL, **_KINDS["money"], **_SHRUNK},
    "number": {**_CELL, **_KINDS["number"]},
    "percent": {**_CELL, "num_format": "0.0%", **_CENTRED},
    "label": {**_CELL, **_CENTRED, "font_color": FAINT},
    "figure": {**_CELL, **_CENTRED, "font_size": 16, "bold": True, "font_color": INK,
               "num_format": "#,##0", **_SHRUNK},
    "figure_money": {**_CELL, **_CENTRED, "font_size": 14, "bold": True, "font_color": INK,
                     "num_format": "#,##0.00", **_SHRUNK},
    "figure_percent": {**_CELL, **_CENTRED, "font_size": 16, "bold": True, "font_color": INK,
                       "num_format": "0.0%", **_SHRUNK},
    "total": {**_TOTAL, **_CENTRED},
    "total_name": _TOTAL,
    "total_percent": {**_TOTAL, **_CENTRED, "num_format": "0.0%"},
    "total_money": {**_TOTAL, "num_format": MONEY, **_SHRUNK},
    "link": {**_WRAPPED, **_LINKED},
    "plain": _WRAPPED,
}  # fmt: skip
#: what a data sheet has above its table
_ABOVE: Mapping[str, Options] = {
    "sheet_title": {"bold": True, "valign": "vcenter"},
    "remark": {"font_color": FAINT, "valign": "vcenter"},
}
_NAMED: Mapping[str, Options] = {
    str(name): look for name, look in (*_LOOKS.items(), *_ABOVE.items())
}
_OF_HEADINGS = ("title", "sheet_title", "head", "band")


class Looks:
    """The formats of one workbook, made when they are first asked for."""

    def __init__(self, book: Workbook, speaker: Speaker) -> None:
        self._book = book
        self._fonts = {key: speaker.say(f"fonts.{key}") for key in ("text", "heading")}
        #: by all their options, and those of the cells of print sheets also by what is asked for
        self._made: dict[tuple[tuple[str, object], ...], Format] = {}
        self._known: dict[tuple[object, ...], Format] = {}

    def font(self, name: str) -> str:
        """The font of `text` or `heading`."""
        return self._fonts[name]

    def of(
        self, look: str, *, linked: bool = False, quoted: bool = False, worded: bool = False,
        size: float = 0,
    ) -> Format:  # fmt: skip
        """The format of a cell above a table or on a print sheet.

        `quoted` keeps it a text; `worded` is one with words where others have figures; `size` is
        that of the font in points, where it is not the usual one of the look.
        """
        key = (look, linked, quoted, worded, size)
        if key not in self._known:
            options = _NAMED[look]
            centred = worded and "num_format" in options
            sized: Options = {"font_size": size}
            asked = (
                (linked, _LINKED), (quoted, _QUOTED), (centred, _CENTRED), (size > 0, sized),
            )  # fmt: skip
            more = [named for wanted, named in asked if wanted]
            font = "heading" if look in _OF_HEADINGS else "text"
            self._known[key] = self._format(font, options, *more)
        return self._known[key]

    def in_column(self, column: Column, variant: Variant, *, below_alike: bool) -> Format:
        """The format of a cell in a line of a table.

        With `below_alike` a cell that may repeat the one above has no line between them: where it
        does not, a condition draws one.
        """
        named = [_KINDS[column.kind], _SIDES if column.repeated and below_alike else _BOX]
        what, _, link = variant.partition("_")
        named.append({"text_wrap": column.printed, "valign": "vcenter"})
        if what != "value" and column.kind != "text":
            named.append(_CENTRED)
        if what == "quoted":
            named.append(_QUOTED)
        if link:
            named.append(_LINKED if column.kind == "text" else {"font_color": LINK})
        return self._format("text", *named)

    def total_of(self, column: Column) -> Format:
        """The format of the cell above a column that adds it up."""
        return self._format("text", _TOTAL, _KINDS[column.kind])

    def counted(self, word: str) -> Format:
        """The format of a number of lines, with the word for them behind it."""
        return self._format("text", _TOTAL, _CENTRED, {"num_format": f'0"{word}"'})

    def when(self, *sides: str, num_format: str = "") -> Format:
        """What a condition makes of a cell: lines at these sides and no others, a format."""
        # Some programs take away the lines that it does not name, others keep them.
        options: dict[str, object] = {"num_format": num_format} if num_format else {}
        for side in sides:
            options |= {side: 1, f"{side}_color": LINES}
        return self._book.add_format(options)

    def _format(self, font: str, *named: Options) -> Format:
        options: dict[str, object] = {"font_name": self._fonts[font], "font_size": SIZE}
        for more in named:
            options.update(more)
        key = tuple(sorted(options.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(options)
        return self._made[key]


def font_size(look: Look) -> float:
    """The size of the font of a look, in points."""
    size = _LOOKS[look].get("font_size", SIZE)
    assert isinstance(size, int | float)
    return float(size)
