"""XML that is not what it seems."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

from tests.handmade import zipped
from tests.hostile.whole import (
    BOOK,
    DECLARATION,
    LONG,
    PROPERTIES,
    RELATIONS,
    SHEET,
    STRINGS,
    TYPES,
    Case,
    Form,
    prefixed,
)

_LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
DOCTYPES = {
    "laughs": f'<!DOCTYPE x [<!ENTITY a0 "ha">{_LAUGHS}]>',
    "file": '<!DOCTYPE x [<!ENTITY a9 SYSTEM "file:///etc/passwd">]>',
    "net": '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
    "parameter": '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/"> %p;]>',
    "default": '<!DOCTYPE worksheet [<!ATTLIST c t CDATA "s">]>',
    "plain": "<!DOCTYPE x>",
}


def markup(form: Form) -> Iterator[Case]:
    sheet = form.parts[SHEET]
    bare = sheet.removeprefix(DECLARATION).strip()
    for name, doctype in DOCTYPES.items():
        body = DECLARATION + doctype.encode() + bare
        used = body.replace("财政核定做实职业年金".encode(), b"&a9;")
        yield f"xml-doctype-{name}.xlsx", form.put(SHEET, used if b"a9" in body else body)
    laughs = DOCTYPES["laughs"].encode()
    for part in (STRINGS, BOOK, TYPES, RELATIONS, "xl/styles.xml", PROPERTIES, "docProps/core.xml"):
        content = form.parts[part]
        place = content.index(b"?>") + 2
        name = Path(part).stem.strip("[]").lower()
        yield (
            f"xml-doctype-in-{name}.xlsx",
            form.put(part, content[:place] + laughs + content[place:]),
        )
    yield "xml-doctype-in-new-part.xlsx", form.put("customXml/item1.xml", laughs + b"<x/>")
    text = bare.decode()
    yield "xml-doctype-utf16.xlsx", form.put(SHEET, f"<!DOCTYPE x>{text}".encode("utf-16"))
    yield "xml-doctype-utf16-bare.xlsx", form.put(SHEET, f"<!DOCTYPE x>{text}".encode("utf-16-be"))
    yield (
        "xml-utf16.xlsx",
        form.put(SHEET, ("<?xml version='1.0' encoding='UTF-16'?>" + text).encode("utf-16")),
    )
    yield "xml-utf32.xlsx", form.put(SHEET, text.encode("utf-32"))
    yield (
        "xml-ebcdic.xlsx",
        form.put(SHEET, "<?xml version='1.0' encoding='cp037'?><x/>".encode("cp037")),
    )
    seven = b"<?xml version='1.0' encoding='UTF-7'?>" + "<!DOCTYPE x><x/>".encode("utf-7")
    yield "xml-utf7.xlsx", form.put(SHEET, seven)
    yield (
        "xml-gbk.xlsx",
        form.put(SHEET, b"<?xml version='1.0' encoding='GBK'?>" + text.encode("gb18030")),
    )
    yield "xml-says-gbk.xlsx", form.change(SHEET, 'encoding="UTF-8"', 'encoding="GBK"')
    yield "xml-latin.xlsx", form.change(SHEET, 'encoding="UTF-8"', 'encoding="ISO-8859-1"')
    yield "xml-bom.xlsx", form.put(SHEET, b"\xef\xbb\xbf" + sheet)
    yield "xml-no-declaration.xlsx", form.put(SHEET, bare)
    yield "xml-invalid-utf8.xlsx", form.change(SHEET, "财政核定做实职业年金", b"\xff\xfe\xfa")
    yield "xml-surrogate.xlsx", form.change(SHEET, "财政核定做实职业年金", b"\xed\xa0\x80")
    yield "xml-nul.xlsx", form.change(SHEET, "财政核定做实职业年金", b"a\0b")
    yield "xml-control.xlsx", form.change(SHEET, "财政核定做实职业年金", "a\x01b")
    yield "xml-control-reference.xlsx", form.change(SHEET, "财政核定做实职业年金", "a&#1;b")
    yield "xml-unknown-entity.xlsx", form.change(SHEET, "财政核定做实职业年金", "a&nbsp;b")
    yield "xml-bare-ampersand.xlsx", form.change(SHEET, "财政核定做实职业年金", "a & b")
    yield "xml-reference-huge.xlsx", form.change(SHEET, "财政核定做实职业年金", f"&#{'9' * 5000};")
    yield "xml-character-references.xlsx", form.change(SHEET, "财政", "&#36130;&#x653f;")
    yield (
        "xml-cdata.xlsx",
        form.change(SHEET, "财政核定做实职业年金", "<![CDATA[财政核定做实职业年金]]>"),
    )
    yield "xml-comment-in-text.xlsx", form.change(SHEET, "财政核定", "财政<!-- 99 -->核定")
    yield "xml-comment-in-number.xlsx", form.amount('<c r="F5" s="19"><v>4<!-- 9 -->.83</v></c>')
    yield "xml-instruction-in-text.xlsx", form.change(SHEET, "财政核定", "财政<?x y?>核定")
    yield "xml-cut.xlsx", form.put(SHEET, sheet[: len(sheet) // 2])
    yield "xml-cut-strings.xlsx", form.put(STRINGS, form.parts[STRINGS][:2000])
    yield "xml-wrong-end.xlsx", form.change(SHEET, "</sheetData>", "</sheetDatum>")
    yield "xml-two-roots.xlsx", form.put(SHEET, sheet + b"<worksheet/>")
    yield "xml-rubbish-behind.xlsx", form.put(SHEET, sheet + b"rubbish")
    yield "xml-empty-sheet.xlsx", form.put(SHEET, b"")
    yield "xml-empty-strings.xlsx", form.put(STRINGS, b"")
    yield "xml-empty-book.xlsx", form.put(BOOK, b"")
    yield "xml-binary-sheet.xlsx", form.put(SHEET, Random(4).randbytes(5000))
    yield "xml-deep.xlsx", form.last_row("<a>" * 100_000 + "</a>" * 100_000)
    yield "xml-deep-unclosed.xlsx", form.last_row("<a>" * 1_000_000)
    yield (
        "xml-deep-runs.xlsx",
        form.change(STRINGS, "<si><t></t></si>", "<si>" + "<r>" * 5000 + "</r>" * 5000 + "</si>"),
    )
    many = " ".join(f'a{n}="1"' for n in range(100_000))
    yield "xml-attributes.xlsx", form.last_row(f'<row r="32" {many}/>')
    yield "xml-attribute-twice.xlsx", form.amount('<c r="F5" r="F6" s="19"><v>99</v></c>')
    yield "xml-long-attribute.xlsx", form.last_row(f'<row r="32" a="{LONG}"/>')
    yield "xml-long-name.xlsx", form.last_row(f"<{LONG}/>")
    yield "xml-long-comment.xlsx", form.last_row(f"<!--{LONG}-->")
    names = " ".join(f'xmlns:n{n}="u{n}"' for n in range(20_000))
    yield "xml-namespaces.xlsx", form.last_row(f'<row r="32" {names}/>')
    yield "xml-prefixes.xlsx", form.put(SHEET, prefixed(sheet))
    yield "xml-single-quotes.xlsx", form.put(SHEET, re.sub(rb'(r|s|t)="(\w+)"', rb"\1='\2'", sheet))
    yield (
        "xml-spaced.xlsx",
        form.put(SHEET, sheet.replace(b"<c r=", b"<c\n\tr = ").replace(b'"/>', b'" />')),
    )
    yield "xml-indented.xlsx", form.put(SHEET, re.sub(rb"(<row|</row>|<c )", rb"\n  \1", sheet))
    yield (
        "xml-other-namespace.xlsx",
        form.change(SHEET, "spreadsheetml/2006/main", "spreadsheetml/2099/main"),
    )
    yield (
        "xml-no-namespace.xlsx",
        form.change(
            SHEET, ' xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"', ""
        ),
    )
    strict = {
        name: content.replace(b"http://schemas.openxmlformats.org/spreadsheetml/2006/main", b"http://purl.oclc.org/ooxml/spreadsheetml/main")
        .replace(b"http://schemas.openxmlformats.org/officeDocument/2006/relationships", b"http://purl.oclc.org/ooxml/officeDocument/relationships")
        for name, content in form.parts.items()
    }  # fmt: skip
    yield "xml-strict.xlsx", zipped(strict)
