"""An ods with something wrong in it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from random import Random

from tests.handmade import ODS_KIND, ods_parts, zipped
from tests.hostile.markup import DOCTYPES
from tests.hostile.whole import Case, Form, sheets_of

_AMOUNT = 'office:value-type="float" office:value="4.83"'
_TEXT = 'office:value-type="string"'
_SPANNED = 'table:number-{}-spanned="{}"'


def _cell(about: str, held: str) -> str:
    return f"<table:table-cell {about}>{held}</table:table-cell>"


def _held(kind: str, name: str, value: str) -> str:
    return f'office:value-type="{kind}" office:{name}="{value}"'


def opendocuments(data: bytes) -> Iterator[Case]:
    parts = ods_parts(sheets_of(data))
    form = Form(parts)
    content = parts["content.xml"].decode()
    amount = _cell(_AMOUNT, "<text:p>4.83</text:p>")
    assert amount in content
    head, _, tail = content.partition(amount)

    def other(xml: str) -> bytes:
        return form.put("content.xml", head + xml + tail)

    def last(xml: str) -> bytes:
        """At the end of the sheet with the answers."""
        place = content.index("</table:table>", len(head))
        return form.put("content.xml", content[:place] + xml + content[place:])

    value = 'office:value-type="float" office:value="7"'
    repeated = "table:number-{}-repeated"
    yield "ods-whole.ods", zipped(parts)
    yield "ods-named-xlsx.xlsx", zipped(parts)
    yield "ods-stored.ods", zipped(parts, zipfile.ZIP_STORED)
    yield "ods-cut.ods", zipped(parts)[:-300]
    yield "ods-no-kind.ods", form.without("mimetype")
    yield "ods-other-kind.ods", form.put("mimetype", b"application/vnd.oasis.opendocument.text")
    yield "ods-template-kind.ods", form.put("mimetype", ODS_KIND + b"-template")
    yield "ods-odd-kind.ods", form.put("mimetype", Random(7).randbytes(100))
    yield "ods-no-manifest.ods", form.without("META-INF/manifest.xml")
    yield "ods-no-content.ods", form.without("content.xml")
    yield "ods-empty-content.ods", form.put("content.xml", b"")
    yield "ods-two-contents.ods", zipped([*parts.items(), ("Content.xml", parts["content.xml"])])
    yield (
        "ods-password.ods",
        form.change(
            "META-INF/manifest.xml",
            "</manifest:manifest>",
            "<manifest:encryption-data/></manifest:manifest>",
        ),
    )
    yield "ods-macros.ods", form.put("Basic/Standard/Module1.xml", b"<script:module/>")
    yield "ods-empty-library.ods", form.put("Basic/script-lc.xml", b"<library:libraries/>")
    yield "ods-scripts.ods", form.put("Scripts/python/a.py", b"import os")
    yield (
        "ods-doctype.ods",
        form.put("content.xml", content.replace("?>", f"?>{DOCTYPES['laughs']}", 1)),
    )
    yield (
        "ods-doctype-in-manifest.ods",
        form.change("META-INF/manifest.xml", "?>", "?><!DOCTYPE m>"),
    )
    yield "ods-doctype-in-settings.ods", form.put("settings.xml", "<!DOCTYPE m><m/>")
    yield "ods-cut-xml.ods", form.put("content.xml", content[:9000])
    yield "ods-invalid-utf8.ods", form.change("content.xml", "4.83</text:p>", b"\xff</text:p>")
    for which, amounts in (
        ("columns", ("1000000000", "16384", "99999999999999999999")),
        ("rows", ("4000000000", "1048576")),
    ):
        for number in amounts:
            name = f"ods-repeated-{which}-{number[:8]}"
            about = f'{repeated.format(which)}="{number}"'
            blank, full = "<table:table-cell/>", f"<table:table-cell {value}/>"
            if which == "columns":
                yield (
                    f"{name}.ods",
                    last(f"<table:table-row><table:table-cell {about} {value}/></table:table-row>"),
                )
                yield (
                    f"{name}-blank.ods",
                    last(f"<table:table-row><table:table-cell {about}/></table:table-row>"),
                )
            else:
                yield (
                    f"{name}.ods",
                    last(f"<table:table-row {about}><table:table-cell/>{full}</table:table-row>"),
                )
                yield (
                    f"{name}-blank.ods",
                    last(f"<table:table-row {about}>{blank}</table:table-row>"),
                )

    def row(down: object, across: object, held: str = "/") -> str:
        return (f'<table:table-row {repeated.format("rows")}="{down}"><table:table-cell '
                f'{repeated.format("columns")}="{across}"{held}></table:table-row>')  # fmt: skip

    corner = row(1_048_000, 16_384, f" {value}/")
    yield "ods-corner.ods", last(corner)
    yield (
        "ods-corner-text.ods",
        last(row(1_048_000, 16_384, "><text:p>x</text:p></table:table-cell")),
    )
    yield "ods-corner-quoted.ods", last(corner.replace('"', "'"))
    place = content.index("</table:table>", len(head))
    prefixed = (
        (content[:place] + corner + content[place:])
        .replace("table:", "t:")
        .replace("xmlns:t:1", "xmlns:table:1")
    )
    yield (
        "ods-corner-prefixed.ods",
        form.put("content.xml", prefixed.replace("xmlns:table=", "xmlns:t=")),
    )
    yield (
        "ods-far-blank-then-value.ods",
        last(
            row(1_000_000, 16_000)
            + row(1, 16_000)[: -len("</table:table-row>")]
            + f"<table:table-cell {value}/></table:table-row>"
        ),
    )
    yield "ods-ghosts.ods", last(row(1_048_000, 16_384))
    yield "ods-ghosts-styled.ods", last(row(1_048_000, 16_384, ' table:style-name="ce1"/'))
    yield "ods-small-steps.ods", last(row(999, 999, f" {value}/") * 40)
    for name, down, across in (
        ("negative", "1", "-5"),
        ("zero", "1", "0"),
        ("text", "1", "many"),
        ("rows-text", " 5 ", "1"),
    ):
        yield f"ods-repeated-{name}.ods", last(row(down, across, f" {value}/"))
    yield (
        "ods-nested-tables.ods",
        last(
            "<table:table-row><table:table-cell>"
            + "<table:table>" * 300
            + "</table:table>" * 300
            + "</table:table-cell></table:table-row>"
        ),
    )
    yield (
        "ods-deep.ods",
        last("<table:table-row-group>" * 50_000 + "</table:table-row-group>" * 50_000),
    )
    for name, about in (
        ("nan", _held("float", "value", "NaN")),
        ("infinity", _held("float", "value", "1e999")),
        ("rubbish", _held("float", "value", "abc")),
        ("no-value", 'office:value-type="float"'),
        ("unknown-type", _held("colour", "value", "4.83")),
        ("no-type", 'office:value="4.83"'),
        ("percentage", _held("percentage", "value", "4.83")),
        ("currency", _held("currency", "value", "4.83")),
        ("date", _held("date", "date-value", "2024-01-15")),
        ("date-rubbish", _held("date", "date-value", "soon")),
        ("date-0000", _held("date", "date-value", "0000-00-00")),
        ("date-long", _held("date", "date-value", "99999-01-01T00:00:00.123456789")),
        ("time", _held("time", "time-value", "PT12H00M00S")),
        ("time-rubbish", _held("time", "time-value", "noon")),
        ("boolean", _held("boolean", "boolean-value", "true")),
        ("boolean-rubbish", _held("boolean", "boolean-value", "perhaps")),
        ("string-value", _held("string", "string-value", "别的")),
        ("formula", f'table:formula="of:=2+2.83" {_AMOUNT}'),
        ("formula-no-result", 'table:formula="of:=2+2.83"'),
        ("matrix", f'{_SPANNED.format("matrix-columns", 99999)} table:formula="of:=1" {_AMOUNT}'),
        ("spanned", f"{_SPANNED.format('columns', 99999999)} {_AMOUNT}"),
        ("spanned-down", f"{_SPANNED.format('rows', 99999999)} {_AMOUNT}"),
        ("spanned-rubbish", f"{_SPANNED.format('columns', 'x')} {_AMOUNT}"),
    ):
        yield f"ods-cell-{name}.ods", other(_cell(about, "<text:p>4.83</text:p>"))
    yield "ods-cell-other-text.ods", other(_cell(_AMOUNT, "<text:p>99</text:p>"))
    note = "<office:annotation><text:p>99</text:p></office:annotation><text:p>4.83</text:p>"
    yield "ods-cell-note.ods", other(_cell(_AMOUNT, note))
    for name, count in (("spaces", "4000000000"), ("spaces-rubbish", "x")):
        blanks = _cell(_TEXT, f'<text:p>a<text:s text:c="{count}"/>b</text:p>')
        yield f"ods-cell-{name}.ods", last(f"<table:table-row>{blanks}</table:table-row>")
    for depth in (200, 3000):
        deep = f"<text:p>{'<text:span>' * depth}x{'</text:span>' * depth}</text:p>"
        yield f"ods-cell-deep-{depth}.ods", other(_cell(_TEXT, deep))
    yield (
        "ods-sheet-named-twice.ods",
        form.put("content.xml", content.replace('table:name="备注"', 'table:name="项目1"')),
    )
    named = content.replace('table:name="备注"', 'table:name="Notes"')
    named = named.replace('table:name="填报说明"', 'table:name="NOTES"')
    yield "ods-sheet-named-twice-in-capitals.ods", form.put("content.xml", named)
    yield "ods-sheet-no-name.ods", form.put("content.xml", content.replace('table:name="备注"', ""))
    yield (
        "ods-no-sheets.ods",
        form.put(
            "content.xml", re.sub("<table:table .*</table:table>", "", content, flags=re.DOTALL)
        ),
    )
    yield (
        "ods-text-inside.ods",
        form.put("content.xml", content.replace("office:spreadsheet", "office:text")),
    )
