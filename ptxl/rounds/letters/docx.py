"""Titles, paragraphs and tables → a letter as docx, laid out as offices write them. Pure.

A4 with the margins, sizes and spacing of GB/T 9704: the title centred, whom it is for at the left
edge, the text indented by two characters, who writes and when at the right. Same letter, same
bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ptxl.markup import NOT_IN_XML, escape, quoted
from ptxl.ooxml.package import pack
from ptxl.words import Speaker

#: how a paragraph looks; a style of the document each
Style = Literal["Title", "Salutation", "BodyText", "Heading1", "Signature", "Caption"]
Align = Literal["left", "center", "right"]

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
#: twentieths of a point, in which all lengths are given
_CENTIMETRE = 567
_SHORT_SIDE, _LONG_SIDE = 11_906, 16_838
#: of an upright page: 37 mm above, 35 mm below, 28 mm left, 26 mm right; and of one laid across
_MARGINS = (2_098, 1_984, 1_588, 1_474)
_MARGINS_ACROSS = (1_474, 1_247, 1_247, 1_247)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A text in one of the styles. A line break in it begins a new line."""

    text: str
    style: Style = "BodyText"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its head, its width in centimetres, and how its cells are set."""

    head: str
    width: float
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of texts below a head that every page repeats. A line break begins a new paragraph."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    #: the last row sums up: it is printed like the head
    total: bool = False


Block = Paragraph | Table


def make_docx(blocks: Sequence[Block], speaker: Speaker, *, across: bool = False) -> bytes:
    """Write a letter as docx; `across` on pages laid across."""
    body = "".join(map(_block, blocks)) + _page(across)
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _relations(("officeDocument", "word/document.xml")),
        "word/document.xml": f'<w:document xmlns:w="{_W}" xmlns:r="{_R}">'
        f"<w:body>{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": _relations(
            ("styles", "styles.xml"), ("fontTable", "fontTable.xml"), ("footer", "footer.xml"),
            ("settings", "settings.xml"),
        ),
        "word/styles.xml": _styles(speaker),
        "word/fontTable.xml": _font_table(speaker),
        "word/settings.xml": _SETTINGS,
        "word/footer.xml": _footer(),
    }  # fmt: skip
    return pack({name: (_HEAD + text).encode() for name, text in parts.items()})


# -- what is written


def _block(block: Block) -> str:
    if isinstance(block, Table):
        return _table(block)
    return _paragraph(block.text, block.style)


def _paragraph(text: str, style: str, align: str = "") -> str:
    aligned = f'<w:jc w:val="{align}"/>' if align else ""
    runs = "<w:br/>".join(map(_text, text.split("\n")))
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{aligned}</w:pPr><w:r>{runs}</w:r></w:p>'


def _text(text: str) -> str:
    return f'<w:t xml:space="preserve">{escape(NOT_IN_XML.sub("", text))}</w:t>'


def _table(table: Table) -> str:
    widths = [round(column.width * _CENTIMETRE) for column in table.columns]
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    heads = [(column.head, "TableHead", "center") for column in table.columns]
    rows = [_row(widths, heads, "<w:tblHeader/>")]
    for number, texts in enumerate(table.rows, 1):
        last = table.total and number == len(table.rows)
        style = "TableHead" if last else "TableText"
        cells = [
            (text, style, column.align) for text, column in zip(texts, table.columns, strict=True)
        ]
        rows.append(_row(widths, cells))
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        f'<w:jc w:val="center"/><w:tblLayout w:type="fixed"/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def _row(widths: Sequence[int], cells: Sequence[tuple[str, str, str]], more: str = "") -> str:
    """A row that no page break divides. A cell is its text, its style and how it is set."""
    made = "".join(_cell(width, *cell) for width, cell in zip(widths, cells, strict=True))
    return f"<w:tr><w:trPr><w:cantSplit/>{more}</w:trPr>{made}</w:tr>"


def _cell(width: int, text: str, style: str, align: str) -> str:
    paragraphs = "".join(_paragraph(line, style, align) for line in text.split("\n"))
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
        f"{paragraphs}</w:tc>"
    )


def _page(across: bool) -> str:
    top, bottom, left, right = _MARGINS_ACROSS if across else _MARGINS
    size = (
        f'w:w="{_LONG_SIDE}" w:h="{_SHORT_SIDE}" w:orient="landscape"'
        if across
        else f'w:w="{_SHORT_SIDE}" w:h="{_LONG_SIDE}"'
    )
    return (
        f'<w:sectPr><w:footerReference w:type="default" r:id="footer"/><w:pgSz {size}/>'
        f'<w:pgMar w:top="{top}" w:right="{right}" w:bottom="{bottom}" w:left="{left}"'
        ' w:header="851" w:footer="992" w:gutter="0"/></w:sectPr>'
    )


def _footer() -> str:
    """The number of the page between two dashes."""
    parts = (
        _text("— "),
        '<w:fldChar w:fldCharType="begin"/>',
        '<w:instrText xml:space="preserve"> PAGE </w:instrText>',
        '<w:fldChar w:fldCharType="separate"/>',
        _text("1"),
        '<w:fldChar w:fldCharType="end"/>',
        _text(" —"),
    )
    # Each run says its size: a field does not take that of its paragraph in every program.
    runs = "".join(f'<w:r><w:rPr><w:sz w:val="24"/></w:rPr>{part}</w:r>' for part in parts)
    return (
        f'<w:ftr xmlns:w="{_W}"><w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr>{runs}</w:p></w:ftr>'
    )


# -- how it looks


@dataclass(frozen=True, slots=True)
class _Look:
    """A style: its font, its size in points, and the properties of its paragraphs."""

    name: str
    font: str
    size: float
    paragraph: str


#: a line is 28 points high, so that a page holds 22 of them; in tables it is as high as its text
_LINE = '<w:spacing w:before="{}" w:after="{}" w:line="560" w:lineRule="exact"/>'
_CLOSE = '<w:spacing w:before="20" w:after="20"/>'
_INDENTED = '<w:ind w:firstLineChars="200" w:firstLine="640"/>'
_LOOKS = {
    "Title": _Look(
        "Title", "letter_title", 22, '<w:spacing w:after="400"/><w:jc w:val="center"/>'
    ),
    "Salutation": _Look("Salutation", "letter", 16, _LINE.format(0, 0)),
    "BodyText": _Look("Body Text", "letter", 16, _LINE.format(0, 0) + _INDENTED),
    "Heading1": _Look("heading 1", "letter_heading", 16, _LINE.format(0, 0) + _INDENTED),
    "Signature": _Look(
        "Signature", "letter", 16,
        f'<w:keepLines/>{_LINE.format(0, 0)}<w:ind w:rightChars="200" w:right="640"/>'
        '<w:jc w:val="right"/>',
    ),
    "Caption": _Look(
        "caption", "letter", 12, '<w:keepNext/><w:spacing w:before="240" w:after="60"/>'
    ),
    "TableText": _Look("Table Text", "letter", 10.5, _CLOSE),
    "TableHead": _Look("Table Head", "letter_heading", 10.5, _CLOSE),
    "Footer": _Look("footer", "letter", 12, '<w:jc w:val="center"/>'),
}  # fmt: skip
_SIDES = ("top", "left", "bottom", "right", "insideH", "insideV")
_GRID = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>' for side in _SIDES
)
_STYLE = (
    '<w:style w:type="paragraph"{custom} w:styleId="{id}"><w:name w:val="{name}"/>'
    '<w:basedOn w:val="Normal"/><w:pPr>{paragraph}</w:pPr><w:rPr>{font}<w:sz w:val="{half}"/>'
    '<w:szCs w:val="{half}"/></w:rPr></w:style>'
)
_CUSTOM = ("TableText", "TableHead")


def _styles(speaker: Speaker) -> str:
    made = "".join(
        _STYLE.format(
            id=style, name=look.name, paragraph=look.paragraph, half=round(look.size * 2),
            font=_font(speaker, look.font), custom=' w:customStyle="1"' * (style in _CUSTOM),
        )
        for style, look in _LOOKS.items()
    )  # fmt: skip
    language = speaker.say("fonts.letter_language")
    return (
        f'<w:styles xmlns:w="{_W}"><w:docDefaults><w:rPrDefault><w:rPr>{_font(speaker, "letter")}'
        f'<w:sz w:val="32"/><w:szCs w:val="32"/><w:lang w:val="en-US" w:eastAsia="{language}"/>'
        "</w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>"
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/>'
        "</w:style>"
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal">'
        '<w:name w:val="Normal Table"/><w:tblPr><w:tblCellMar>'
        '<w:left w:w="85" w:type="dxa"/><w:right w:w="85" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        '</w:style><w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/>'
        f'<w:basedOn w:val="TableNormal"/><w:tblPr><w:tblBorders>{_GRID}</w:tblBorders></w:tblPr>'
        f"</w:style>{made}</w:styles>"
    )


def _font(speaker: Speaker, code: str) -> str:
    """The font of Chinese characters, and that of all others beside it."""
    east = quoted(speaker.say(f"fonts.{code}"))
    west = quoted(speaker.say("fonts.letter_latin"))
    return f"<w:rFonts w:ascii={west} w:hAnsi={west} w:eastAsia={east} w:cs={west}/>"


#: the fonts of letters, and those that stand in for each
_INSTEAD = {
    "letter": "letter_else",
    "letter_heading": "letter_heading_else",
    "letter_title": "letter_title_else",
}


def _font_table(speaker: Speaker) -> str:
    """The fonts, each with those that stand in for it where it is missing."""
    names = {
        speaker.say(f"fonts.{code}"): speaker.say(f"fonts.{other}")
        for code, other in _INSTEAD.items()
    }
    fonts = "".join(
        f"<w:font w:name={quoted(name)}><w:altName w:val={quoted(other)}/></w:font>"
        for name, other in names.items()
    )
    return f'<w:fonts xmlns:w="{_W}">{fonts}</w:fonts>'


# -- the package

_SETTINGS = (
    f'<w:settings xmlns:w="{_W}"><w:characterSpacingControl w:val="compressPunctuation"/>'
    "<w:compat><w:useFELayout/>"
    '<w:compatSetting w:name="compatibilityMode"'
    ' w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat></w:settings>'
)
_PARTS = {
    "document": "document.main", "styles": "styles", "fontTable": "fontTable",
    "settings": "settings", "footer": "footer",
}  # fmt: skip
_OVERRIDES = "".join(
    f'<Override PartName="/word/{part}.xml" ContentType="{_OFFICE}.{kind}+xml"/>'
    for part, kind in _PARTS.items()
)
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Default Extension="xml" ContentType="application/xml"/>{_OVERRIDES}</Types>'
)


def _relations(*targets: tuple[str, str]) -> str:
    """Relations of a part, each called like its kind."""
    made = "".join(
        f'<Relationship Id="{kind}" Type="{_R}/{kind}" Target="{target}"/>'
        for kind, target in targets
    )
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{space}">{made}</Relationships>'
