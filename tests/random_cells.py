"""A number → cells of an xlsx, ods or xls, put together at random from what stands in files.

Most are as no office writes them. What is read of one is told as a person would see it.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from xml.sax.saxutils import escape

from ptxl.cells import EPOCH
from ptxl.model.errors import WorkbookError
from ptxl.read.workbook import Workbook, needs_second_look, open_workbook
from tests.handmade import (
    LABEL,
    NUMBER,
    ODS_KIND,
    compound,
    ods_parts,
    stream_of,
    unzipped,
    xls_records,
    zipped,
)

SHEET = "S"
NAMED, REFUSED = "named", "refused"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
_TEXTS = ("12", "34", "≥9座", "甲", "乙 丙", " 9 ", "1.5", "a_x000D_b", "_x0041_", "#N/A", "")
_NUMBERS = ("12", "-3.5", "900", "1.2E1", "0", "46082")
_NO_NUMBERS = (" 12 ", "12abc", "", "1e999", "１２", "true", "INF", "1,5")

Draw = Callable[[Random], str]
Record = tuple[int, bytes]


def pick(random: Random, *choices: tuple[float, Draw]) -> str:
    """What one of several drawers draws, by their weights."""
    weights = [weight for weight, _ in choices]
    return random.choices([draw for _, draw in choices], weights)[0](random)


def always(text: str) -> Draw:
    return lambda _: text


def words(random: Random) -> str:
    """A text, seldom with something in it that is no text."""
    text = escape(random.choice(_TEXTS))
    if random.random() < 0.7:
        return text
    odd = random.choice(("<!-- 7 -->", "<?x 7?>", "<![CDATA[7]]>", "&#55;", "<b>7</b>", "&#10;",
                         '<x:y xmlns:x="urn:x">7</x:y>', "\n", "\t"))  # fmt: skip
    place = random.randrange(len(text) + 1) if "&" not in text else 0
    return text[:place] + odd + text[place:]


def number(random: Random) -> str:
    """A number, seldom one that is none."""
    return random.choice(_NUMBERS if random.random() < 0.9 else _NO_NUMBERS)


# -- xlsx


def _t(random: Random) -> str:
    tag = random.choice(("t", "t", "t", 't xml:space="preserve"', 't x="1"', "t "))
    return f"<{tag}>{words(random)}</t>"


def _item(random: Random, depth: int = 0) -> str:
    """What stands in a text of its own or a shared one."""
    if random.random() < 0.4:
        return _t(random)
    found = ""
    for _ in range(random.choice((1, 1, 2, 3))):
        found += pick(
            random,
            (3, _t),
            (4, lambda r: f"<r>{r.choice(('', '<rPr><b/></rPr>', '<rPr/>'))}{_t(r)}</r>"),
            (1, lambda r: f'<rPh sb="0" eb="1">{_t(r)}</rPh>'),
            (1, always('<phoneticPr fontId="1"/>')),
            (1, lambda r: f"<extLst><ext>{_t(r)}</ext></extLst>"),
            (1, lambda r: f'<x:t xmlns:x="urn:x">{words(r)}</x:t>'),
            (1, lambda r: f'<x:t xmlns:x="{_MAIN}">{words(r)}</x:t>'),
            (1, lambda r: f"<r>{_item(r, depth + 1) if depth < 2 else ''}</r>"),
            (1, words),
            (1, lambda r: f'<mc:AlternateContent xmlns:mc="{_MC}"><mc:Choice Requires="x14">{_t(r)}'
                          f"</mc:Choice><mc:Fallback>{_t(r)}</mc:Fallback></mc:AlternateContent>"),
        )  # fmt: skip
    return found


def _formula(random: Random) -> str:
    behind = random.choice(("", "", " ", "\n", "\t", ' t="array" ref="A1"', ' t="shared" si="0"'))
    foreign = f'<f xmlns="urn:x"{behind}>1</f>'
    return random.choice((f"<f{behind}>1+1</f>", f"<f{behind}/>", foreign))


def _value(random: Random) -> str:
    inner = pick(random, (9, number), (1, words))
    tag = random.choice(("v", "v", "v", "v", 'v xml:space="preserve"', "v ", 'v xmlns="urn:x"'))
    return f"<{tag}>{inner}</v>"


def _xlsx_cell(random: Random, row: int, items: list[str]) -> str:
    kinds = ("", "n", "s", "inlineStr") * 3 + ("str", "e", "b", "d", "z")
    kind = random.choice(kinds)
    gap, quote = random.choice((" ", " ", " ", "\n", "\t")), random.choice('"""\'')
    name = random.choice((f"A{row}",) * 9 + (f"a{row}",))
    about = f"{gap}r={quote}{name}{quote}" + (f"{gap}t={quote}{kind}{quote}" if kind else "")
    held = ""
    if random.random() < 0.15:
        held += _formula(random)
    if kind == "inlineStr":
        held += f"<is>{_item(random)}</is>"
    elif kind == "s":
        held += f"<v>{len(items)}</v>"
        items.append(_item(random))
    else:
        held += _value(random)
    if random.random() < 0.05:
        held += random.choice(("<extLst><ext><v>99</v></ext></extLst>", '<x:y xmlns:x="urn:x"/>',
                               _formula(random), "<!-- 7 -->", "7"))  # fmt: skip
    return f"<c{about}>{held}</c>"


def xlsx(random: Random, count: int) -> bytes:
    """A workbook with that many cells, one below the other."""
    items: list[str] = []
    cells = [_xlsx_cell(random, n + 1, items) for n in range(count)]
    rows = "".join(f'<row r="{n}">{cell}</row>' for n, cell in enumerate(cells, 1))
    texts = "".join(f"<si>{item}</si>" for item in items)
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    types = "".join(
        f'<Override PartName="/xl/{part}.xml" ContentType="{kind}.{name}+xml"/>'
        for part, name in (("workbook", "sheet.main"), ("worksheets/sheet1", "worksheet"),
                           ("sharedStrings", "sharedStrings"))
    )  # fmt: skip

    def related(number: int, kind: str, target: str) -> str:
        return f'<Relationship Id="r{number}" Type="{relations}/{kind}" Target="{target}"/>'

    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        f"{related(1, 'officeDocument', 'xl/workbook.xml')}</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{relations}"><sheets>'
        f'<sheet name="{SHEET}" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f"{related(1, 'worksheet', 'worksheets/sheet1.xml')}"
        f"{related(2, 'sharedStrings', 'sharedStrings.xml')}</Relationships>",
        "xl/worksheets/sheet1.xml":
            f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}" count="{len(items)}">{texts}</sst>',
    }  # fmt: skip
    return zipped({name: f'<?xml version="1.0"?>{text}'.encode() for name, text in parts.items()})


# -- ods

_FRAME = "<draw:frame><draw:text-box><text:p>7</text:p></draw:text-box></draw:frame>"
_ODS_NAMES = (
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
    'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" '
    'xmlns:xlink="http://www.w3.org/1999/xlink" '
)


def _line(random: Random, depth: int = 0) -> str:
    """What stands in a line of a cell."""
    found = words(random)
    for _ in range(random.choice((0, 0, 1, 2))):
        inner = _line(random, depth + 1) if depth < 2 else words(random)
        found += random.choice((
            "<text:s/>", '<text:s text:c="3"/>', '<text:s text:c="0"/>', "<text:tab/>",
            "<text:line-break/>", *[f"<text:span>{inner}</text:span>"] * 4,
            f'<text:a xlink:href="http://x/">{inner}</text:a>', "<text:soft-page-break/>",
            f"<text:ruby><text:ruby-base>{inner}</text:ruby-base><text:ruby-text>7</text:ruby-text>"
            "</text:ruby>", "<text:note><text:note-citation>1</text:note-citation><text:note-body>"
            "<text:p>7</text:p></text:note-body></text:note>", "<text:date>7</text:date>",
            f"<text:hidden-text>{inner}</text:hidden-text>", "<text:bookmark/>",
            "<office:annotation><text:p>7</text:p></office:annotation>",
            f'<x:y xmlns:x="urn:x">{inner}</x:y>',
            _FRAME,
        )) + words(random)  # fmt: skip
    return found


def _ods_held(random: Random) -> str:
    found = ""
    for _ in range(random.choice((0, 1, 1, 1, 1, 2, 3))):
        found += pick(
            random,
            (9, lambda r: f"<text:p>{_line(r)}</text:p>"),
            (1, always("\n ")),
            (1, lambda r: f"<text:h>{_line(r)}</text:h>"),
            (1, always("<office:annotation><text:p>7</text:p></office:annotation>")),
            (1, always(_FRAME)),
            (1, lambda r: f"<text:list><text:list-item><text:p>{_line(r)}</text:p></text:list-item>"
                          "</text:list>"),
            (1, lambda r: f'<x:p xmlns:x="urn:x">{words(r)}</x:p>'),
            (1, words),
        )  # fmt: skip
    return found


def _ods_cell(random: Random) -> str:
    kinds = ("string",) * 6 + ("float",) * 3 + ("percentage", "currency", "date", "time", "boolean",
                                                "z", "", "Float")  # fmt: skip
    about = ""
    kind = random.choice(kinds)
    if random.random() < 0.9:
        about += f' office:value-type="{kind}"'
    if random.random() < 0.2:
        about += f' calcext:value-type="{random.choice((*kinds, kind, kind, "error"))}"'
    values = {
        "float": f'office:value="{number(random)}"',
        "date": 'office:date-value="{}"'.format(
            random.choice(("2026-03-01", "2026-03-01T12:00:00", "2026-02-30", "20260301", "soon"))),
        "time": 'office:time-value="{}"'.format(random.choice(("PT12H00M00S", "noon"))),
        "boolean": 'office:boolean-value="{}"'.format(random.choice(("true", "false", "1"))),
        "string": random.choice(("", "", "", 'office:string-value="甲"', 'office:string-value=""')),
    }  # fmt: skip
    values |= {"percentage": values["float"], "currency": values["float"], "Float": values["float"]}
    about += f" {values.get(kind, values['float'])}" if random.random() < 0.95 else ""
    if random.random() < 0.05:
        about += ' table:formula="of:=1+1"'
    return f"<table:table-cell{about}>{_ods_held(random)}</table:table-cell>"


def ods(random: Random, count: int) -> bytes:
    """A workbook with that many cells, one below the other."""
    parts = ods_parts({SHEET: []})
    rows = "".join(f"<table:table-row>{_ods_cell(random)}</table:table-row>" for _ in range(count))
    content = parts["content.xml"].decode().replace("xmlns:office", f"{_ODS_NAMES}xmlns:office", 1)
    content = content.replace("></table:table>", f">{rows}</table:table>")
    listed = (
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
        "</manifest:manifest>"
    )
    manifest = parts["META-INF/manifest.xml"].decode().replace("</manifest:manifest>", listed)
    assert ODS_KIND in parts["mimetype"]
    return zipped(
        parts | {"content.xml": content.encode(), "META-INF/manifest.xml": manifest.encode()}
    )


# -- xls


def _characters(random: Random) -> bytes:
    text, flags = random.choice(_TEXTS), 1
    if text.isascii() and random.random() < 0.5:
        flags = 0
    head = struct.pack("<H", len(text))
    more = b""
    if random.random() < 0.2:
        flags |= 8
        more = struct.pack("<H", 1)
    held = text.encode("utf-16-le" if flags & 1 else "latin-1")
    return head + bytes([flags]) + more + held + bytes(4 * bool(more))


def _short(random: Random) -> bytes:
    return struct.pack("<i", random.choice((12, -3, 900, 0)) << 2 | random.choice((2, 3)))


def _result(random: Random) -> bytes:
    kind = random.choice((b"\0\0\0", b"\1\0\1", b"\2\0\7", b"\3\0\0"))
    return random.choice((struct.pack("<d", 900), kind + bytes(3) + b"\xff\xff"))


def _xls_cell(random: Random, row: int, texts: list[bytes]) -> list[Record]:
    at, old = struct.pack("<HHH", row, 0, 0), struct.pack("<HH3s", row, 0, bytes(3))
    number = struct.pack("<d", random.choice((12, -3.5, 900, 0)))
    tokens = struct.pack("<HIH", 0, 0, 7) + b"\x1e\x01\x00\x1e\x01\x00\x03"
    texts.append(_characters(random))
    formula = [(0x06, at + _result(random) + tokens)]
    if formula[0][1][6] == 0 and formula[0][1][12:14] == b"\xff\xff":
        formula.append((0x207, _characters(random)))
    kinds: Sequence[list[Record]] = (
        [(NUMBER, at + number)], [(0x27E, at + _short(random))],
        [(0xBD, at[:4] + bytes(2) + _short(random) + bytes(2))],
        [(0xFD, at + struct.pack("<I", len(texts) - 1))],
        [(0xFD, at + struct.pack("<I", len(texts) - 1))],
        [(LABEL, at + _characters(random))], [(0xD6, at + _characters(random) + bytes(2))],
        [(0x205, at + random.choice((b"\1\0", b"\0\0", b"\7\0", b"\7\1", b"\x63\1", b"\x2a\2")))],
        formula, [(3, old + number)], [(2, old + b"\x84\3")], [(4, old + b"\3abc")],
        [(0x406, at + number + struct.pack("<HH", 0, 3) + b"\x1e\1\0")],
    )  # fmt: skip
    records = list(random.choice(kinds))
    if random.random() < 0.1:
        kind, content = records[0]
        records[0] = kind, random.choice((content + bytes(8), content[:-1], content + b"\7"))
    if random.random() < 0.05:
        records.append((3, old + number))
    if random.random() < 0.05:
        records.append((0x201, at))
    return records


def xls(random: Random, count: int) -> bytes:
    """A workbook with that many cells, one below the other."""
    texts: list[bytes] = []
    cells = [record for row in range(count) for record in _xls_cell(random, row, texts)]
    whole = b"".join(texts)
    shared = [(0xFC, struct.pack("<II", len(texts), len(texts)) + whole)]
    found = xls_records({SHEET: []})
    end = next(n for n, (kind, _) in enumerate(found) if kind == 0x0A)
    return compound(
        {"Workbook": stream_of([*found[:end], *shared, *found[end:-1], *cells, found[-1]])}
    )


MAKERS = {"xlsx": xlsx, "ods": ods, "xls": xls}


# -- what is read


def read_cells(data: bytes, count: int) -> list[str]:
    """What is read of each of the cells, as a person sees it; NAMED where a finding names it."""
    try:
        workbook = open_workbook(data)
        return [_read(workbook, (row, 0)) for row in range(count)]
    except WorkbookError:
        return [REFUSED] * count


def _read(workbook: Workbook, at: tuple[int, int]) -> str:
    """As `read_answers` asks of a form that was left as issued."""
    grid, (row, column) = workbook.grid(SHEET), at
    value = grid[row][column] if row < len(grid) and column < len(grid[row]) else ""
    odd = at in workbook.formulas_and_errors(SHEET) or needs_second_look(value)
    if (odd or workbook.readers_may_differ(SHEET)) and workbook.doubt(SHEET, at):
        return NAMED
    return seen(value)


def seen(value: object) -> str:
    """A value as an office shows it in a cell without a format, without white space."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, datetime):
        return seen((value - datetime(1899, 12, 30)).total_seconds() / 86400)
    if isinstance(value, date):
        return str((value - EPOCH).days)
    if isinstance(value, int | float) and math.isfinite(value):
        return format(value, ".10g")
    if isinstance(value, time):
        return seen((value.hour * 3600 + value.minute * 60 + value.second) / 86400)
    if isinstance(value, timedelta):
        return seen(value / timedelta(days=1))
    return re.sub(r"[\s\x00-\x1f]+", "", str(value))


def parts_of(data: bytes) -> str:
    """What a failure shows of a workbook."""
    if data[:2] != b"PK":
        return data[512:1200].hex()
    parts = unzipped(data)
    names = ("content.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml")
    return "\n".join(parts[name].decode() for name in names if name in parts)
