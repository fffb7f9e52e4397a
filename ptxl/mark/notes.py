"""Notes (批注) on the cells of a sheet that has none: a comments part and a drawing of their boxes.

A note of ours is known by its first line, whoever has saved the file since. A sheet that has notes
or a drawing of its own gets none: the list of findings says it all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache

from ptxl.cells import cell_name, parse_cell
from ptxl.markup import escape
from ptxl.model.errors import WorkbookError
from ptxl.ooxml.package import Element, element, relation_id, remove_element
from ptxl.ooxml.sheet import Position, Sheet
from ptxl.ooxml.workbook import XlsxWorkbook
from ptxl.text import lines_needed, literal
from ptxl.words import LANGUAGES, Speaker

_MOST = 1_000  # numbers of boxes come in blocks of 1024, and no two sheets share a block
_COMMENTS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_DRAWING_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_COMMENTS = (
    '<comments xmlns="{space}"><authors><author>ptxl</author></authors>'
    "<commentList>{comments}</commentList></comments>"
)
_FONT = '<sz val="9"/><color indexed="81"/><rFont val="{font}"/><family val="2"/>'
_COMMENT = (
    '<comment ref="{cell}" authorId="0"><text>'
    f'<r><rPr><b/>{_FONT}</rPr><t xml:space="preserve">{{heading}}</t></r>'
    f'<r><rPr>{_FONT}</rPr><t xml:space="preserve">\n{{text}}</t></r></text></comment>'
)
_DRAWING = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    ' xmlns:x="urn:schemas-microsoft-com:office:excel">'
    '<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="{block}"/></o:shapelayout>'
    '<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" '
    'path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/>'
    '<v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>{boxes}</xml>'
)
_BOX = (
    '<v:shape id="_x0000_s{number}" type="#_x0000_t202" style="{style}" fillcolor="#ffffe1" '
    'o:insetmode="auto"><v:fill color2="#ffffe1"/>'
    '<v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/>'
    '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"/></v:textbox>'
    '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
    "<x:Anchor>{anchor}</x:Anchor><x:AutoFill>False</x:AutoFill>"
    "<x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
)
_STYLE = (
    "position:absolute;margin-left:{}pt;margin-top:{}pt;width:{}pt;height:{}pt;visibility:hidden"
)
_BLOCKS = re.compile(rb"""idmap[^>]*\bdata=["']([0-9,]+)""")
_POSITION = re.compile("([0-9]{1,7}) ([0-9]{1,5})")
_WIDTHS, _LONG_TEXT = (250, 400), 160  # pixels of a box for short and for long texts, characters
_LINE, _MARGIN = 16, 12  # pixels
_MOST_WALKED = 300  # hidden columns have no width


def add_notes(
    book: XlsxWorkbook, part: str, sheet: Sheet, texts: Mapping[Position, str], speaker: Speaker
) -> None:
    """Put a note on each cell, unless the sheet (`part`) has notes or a drawing of its own."""
    if book.related(part, "comments") or sheet.root.find("{*}legacyDrawing") is not None:
        return
    block = _free_block(book)
    heading, font = speaker.say("review.heading"), escape(speaker.say("fonts.text"))
    comments, boxes = "", ""
    for count, (at, text) in enumerate(sorted(texts.items())[:_MOST], 1):
        cell, shown = cell_name(*at), escape(literal(text))
        comments += _COMMENT.format(cell=cell, heading=heading, text=shown, font=font)
        boxes += _box(sheet, at, f"{heading}\n{text}", block * 1024 + count)
    comments = _COMMENTS.format(space=book.namespace, comments=comments)
    drawing = _DRAWING.format(block=block, boxes=boxes)
    comments_part = book.add("xl/comments{}.xml", comments, _COMMENTS_TYPE)
    drawing_part = book.add("xl/drawings/vmlDrawing{}.vml", drawing, _DRAWING_TYPE)
    book.relate(part, "comments", comments_part)
    link = element(sheet.root, "legacyDrawing")
    link.set(f"{{{book.office}}}id", book.relate(part, "vmlDrawing", drawing_part))
    sheet.insert(link)


def drop_notes(book: XlsxWorkbook, part: str) -> None:
    """Take all our notes off a sheet; those of others stay as they are."""
    comments_part, drawing_part = book.related(part, "comments"), _drawing_of(book, part)
    if not comments_part or not drawing_part:
        return
    try:
        comments, drawing = book.tree(comments_part), book.tree(drawing_part)
    except WorkbookError:
        return  # what cannot be read is not ours
    ours = [comment for comment in comments.iter("{*}comment") if _is_ours(comment)]
    if not ours:
        return
    book.edit(comments_part)
    book.edit(drawing_part)
    boxes = {_cell_of(box): box for box in drawing.iter("{*}shape")}
    for comment in ours:
        remove_element(comment)
        box = boxes.get(parse_cell(str(comment.get("ref"))))
        if box is not None:
            remove_element(box)
    if next(comments.iter("{*}comment"), None) is None:
        book.drop_related(part, comments_part)
    if next(drawing.iter("{*}shape"), None) is None:
        for link in book.edit(part).findall("{*}legacyDrawing"):
            remove_element(link)
        book.drop_related(part, drawing_part)


def _is_ours(comment: Element) -> bool:
    return "".join(map(str, comment.itertext())).strip().startswith(_headings())


def _cell_of(box: Element) -> Position | None:
    at = [str(box.findtext(f"{{*}}ClientData/{{*}}{name}")) for name in ("Row", "Column")]
    found = _POSITION.fullmatch(" ".join(at))
    return (int(found[1]), int(found[2])) if found else None


def _drawing_of(book: XlsxWorkbook, part: str) -> str:
    """The part that a sheet's boxes stand in, or ""."""
    link = book.tree(part).find("{*}legacyDrawing")
    return "" if link is None else book.target(part, relation_id(link))


def _free_block(book: XlsxWorkbook) -> int:
    """The first block of numbers that no drawing of the workbook has."""
    drawings = b"".join(map(book.content, book.parts(".vml")))
    taken = b",".join(_BLOCKS.findall(drawings))
    return 1 + max(map(int, re.findall(rb"\b[0-9]{1,9}\b", taken)), default=0)


def _box(sheet: Sheet, at: Position, text: str, number: int) -> str:
    """A box beside a cell, large enough for a text: hidden until the mouse is over the cell."""
    width = _WIDTHS[len(text) > _LONG_TEXT]
    height = lines_needed(text, width / 7, 9) * _LINE + _MARGIN
    left, top = min(sheet.last_of_merge(at)[1] + 1, 16_000), max(at[0] - 1, 0)
    columns, rows = _pixels(sheet.column_width, 7), _pixels(sheet.row_height, 4 / 3)
    # Where the box stands is told by its anchor; only old programs ask for points.
    x = sum(map(columns, range(min(left, _MOST_WALKED)))) + 15
    y = sum(map(rows, range(min(top, _MOST_WALKED)))) + 8
    style = _STYLE.format(*(format(pixels * 0.75, "g") for pixels in (x, y, width, height)))
    anchor = (left, 15, top, 8, *_walk(columns, left, 15 + width), *_walk(rows, top, 8 + height))
    return _BOX.format(
        number=number, style=style, anchor=", ".join(map(str, anchor)), row=at[0], column=at[1]
    )


def _pixels(size_of: Callable[[int], float], each: float) -> Callable[[int], int]:
    return lambda number: round(size_of(number) * each)


def _walk(size_of: Callable[[int], int], start: int, length: int) -> tuple[int, int]:
    """The column or row in which a length ends, and what is left of it there."""
    for number in range(start, start + _MOST_WALKED):
        if length <= size_of(number):
            return number, length
        length -= size_of(number)
    return start + _MOST_WALKED, 0


@cache
def _headings() -> tuple[str, ...]:
    """How our notes begin in every language, as no person would: such a note is taken away."""
    return tuple(Speaker(language).say("review.heading") for language in LANGUAGES)
