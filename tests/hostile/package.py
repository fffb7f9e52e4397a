"""Packages whose parts do not fit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

from tests.handmade import compound, zipped
from tests.hostile.whole import BOOK, PROPERTIES, RELATIONS, SHEET, STRINGS, TYPES, Case, Form


def package(form: Form) -> Iterator[Case]:
    for part in (TYPES, "_rels/.rels", RELATIONS, BOOK, STRINGS, "xl/styles.xml", SHEET,
                 "xl/theme/theme1.xml", PROPERTIES, "docProps/core.xml", "docProps/app.xml",
                 "xl/worksheets/sheet1.xml", "xl/worksheets/sheet5.xml",
                 "xl/worksheets/sheet6.xml", "xl/worksheets/sheet7.xml"):  # fmt: skip
        yield f"without-{Path(part).stem.strip('[].').lower()}.xlsx", form.without(part)
    yield "package-renamed-sheet-part.xlsx", _renamed(form, SHEET, "xl/worksheets/b.xml")
    yield "package-renamed-book.xlsx", _renamed(form, BOOK, "xl/book2.xml")
    yield "package-absolute-targets.xlsx", form.change(RELATIONS, 'Target="', 'Target="/xl/')
    yield (
        "package-upward-target.xlsx",
        form.change(RELATIONS, "worksheets/sheet3.xml", "../../../etc/passwd"),
    )
    yield (
        "package-external-sheet.xlsx",
        form.change(
            RELATIONS,
            'Target="worksheets/sheet3.xml"',
            'Target="http://127.0.0.1:9/" TargetMode="External"',
        ),
    )
    yield (
        "package-self-target.xlsx",
        form.change(RELATIONS, "worksheets/sheet3.xml", "workbook.xml"),
    )
    yield (
        "package-same-sheet-twice.xlsx",
        form.change(RELATIONS, "worksheets/sheet4.xml", "worksheets/sheet3.xml"),
    )
    yield "package-unknown-relation.xlsx", form.change(BOOK, 'r:id="rId3"', 'r:id="rId333"')
    yield (
        "package-no-sheets.xlsx",
        form.put(BOOK, re.sub(rb"<sheets>.*</sheets>", b"<sheets/>", form.parts[BOOK])),
    )
    more = "".join(f'<sheet name="S{n}" sheetId="{n + 100}" r:id="rId3"/>' for n in range(5000))
    yield "package-5000-sheets.xlsx", form.change(BOOK, "</sheets>", f"{more}</sheets>")
    yield "package-sheet-named-twice.xlsx", form.change(BOOK, 'name="备注"', 'name="项目1"')
    yield (
        "package-sheet-named-twice-in-capitals.xlsx",
        form.change(BOOK, 'name="备注"', 'name="_MAP"'),
    )
    yield "package-sheet-without-name.xlsx", form.change(BOOK, 'name="备注"', 'name=""')
    yield "package-sheet-no-name.xlsx", form.change(BOOK, 'name="备注" ', "")
    yield (
        "package-sheet-long-name.xlsx",
        form.change(BOOK, 'name="备注"', f'name="{"长" * 20_000}"'),
    )
    yield (
        "package-sheet-hostile-name.xlsx",
        form.change(BOOK, 'name="备注"', 'name="=cmd|&apos;/C calc&apos;!A0&#10;[x](y)"'),
    )
    yield (
        "package-all-hidden.xlsx",
        form.put(
            BOOK,
            re.sub(
                rb'<sheet name="([^_"]+)"', rb'<sheet state="hidden" name="\1"', form.parts[BOOK]
            ),
        ),
    )
    names = "".join(f'<definedName name="N{n}">Sheet!$A$1</definedName>' for n in range(100_000))
    yield (
        "package-100000-names.xlsx",
        form.change(BOOK, "</definedNames>", f"{names}</definedNames>"),
    )
    yield (
        "package-circular-names.xlsx",
        form.change(
            BOOK,
            "</definedNames>",
            '<definedName name="AA_1">AA_2</definedName>'
            '<definedName name="AA_2">AA_1</definedName></definedNames>',
        ),
    )
    yield "package-broken-names.xlsx", form.change(BOOK, "项目1!$A$1:$I$31", "#REF!#REF!:((((")
    yield "package-1904.xlsx", form.change(BOOK, "<workbookPr ", '<workbookPr date1904="1" ')
    yield "package-macros.xlsx", form.put("xl/vbaProject.bin", compound({"PROJECT": b"x" * 5000}))
    yield "package-macros-elsewhere.xlsx", form.put("xl/VBAproject1.bin", b"x")
    yield "package-macro-sheet.xlsx", form.put("xl/macrosheets/sheet1.xml", b"<xm:macrosheet/>")
    yield (
        "package-external-link.xlsx",
        form.put("xl/externalLinks/externalLink1.xml", b"<externalLink/>"),
    )
    yield (
        "package-embedded.xlsx",
        form.put("xl/embeddings/oleObject1.bin", compound({"Package": b"x" * 5000})),
    )
    yield "package-activex.xlsx", form.put("xl/activeX/activeX1.xml", b"<ax/>")
    yield (
        "package-picture.xlsx",
        form.put("xl/media/image1.png", b"\x89PNG" + Random(5).randbytes(200_000)),
    )
    yield (
        "package-calc-chain.xlsx",
        form.put("xl/calcChain.xml", b'<calcChain><c r="ZZZ9" i="99"/></calcChain>'),
    )
    yield (
        "package-foreign-properties.xlsx",
        form.change(
            PROPERTIES,
            "</Properties>",
            '<property name="x" pid="9"><vt:i4>NaN</vt:i4></property></Properties>',
        ),
    )
    yield (
        "package-thousands-of-styles.xlsx",
        form.change("xl/styles.xml", "<cellXfs ", f"<x>{'<xf/>' * 200_000}</x><cellXfs "),
    )
    yield (
        "package-no-cell-styles.xlsx",
        form.put(
            "xl/styles.xml", re.sub(rb"<cellXfs.*</cellXfs>", b"", form.parts["xl/styles.xml"])
        ),
    )
    yield (
        "package-wrong-style-count.xlsx",
        form.put(
            "xl/styles.xml",
            re.sub(
                rb'<cellXfs count="\d+"',
                b'<cellXfs count="4294967295"',
                form.parts["xl/styles.xml"],
            ),
        ),
    )
    yield "package-style-beyond.xlsx", form.amount('<c r="F5" s="99999"><v>4.83</v></c>')
    yield "package-style-negative.xlsx", form.amount('<c r="F5" s="-1"><v>4.83</v></c>')
    long = "0" * 100_000
    yield (
        "package-long-format.xlsx",
        form.change(
            "xl/styles.xml",
            "<fonts ",
            f'<numFmts><numFmt numFmtId="200" formatCode="{long}"/></numFmts><fonts ',
        ),
    )
    uses = re.sub(rb' count="\d+"', b' count="999999"', form.parts[STRINGS])
    yield "strings-used-often.xlsx", form.put(STRINGS, uses)
    alone = re.sub(rb' (?:uniqueC|c)ount="\d+"', b"", form.parts[STRINGS], count=2)
    alone = alone.replace(b"<sst ", b'<sst count="4294967295" ', 1)
    yield "strings-used-too-often.xlsx", form.put(STRINGS, alone)
    counts = re.sub(rb'uniqueCount="\d+"', b'uniqueCount="4294967295"', form.parts[STRINGS])
    yield "strings-count-huge.xlsx", form.put(STRINGS, counts)
    yield (
        "strings-count-wrong.xlsx",
        form.put(STRINGS, re.sub(rb'ount="\d+"', b'ount="3"', form.parts[STRINGS])),
    )
    yield (
        "strings-count-negative.xlsx",
        form.put(STRINGS, re.sub(rb'ount="\d+"', b'ount="-3"', form.parts[STRINGS])),
    )
    yield (
        "strings-missing-last.xlsx",
        form.put(
            STRINGS, re.sub(rb"(<si>(?:(?!<si>).)*</si>){30}</sst>", b"</sst>", form.parts[STRINGS])
        ),
    )
    yield (
        "strings-100000.xlsx",
        form.change(STRINGS, "</sst>", f"{'<si><t>x</t></si>' * 100_000}</sst>"),
    )
    yield "strings-unclosed.xlsx", form.change(STRINGS, "项目名称</t>", "项目名称")
    yield (
        "strings-rich.xlsx",
        form.change(
            STRINGS,
            "<si><t>项目名称</t></si>",
            "<si><r><rPr><b/></rPr><t>项目</t></r><r><t>名称</t></r></si>",
        ),
    )
    yield (
        "strings-phonetic.xlsx",
        form.change(
            STRINGS,
            "<si><t>项目名称</t></si>",
            '<si><t>项目名称</t><rPh sb="0" eb="1"><t>xiangmu</t></rPh></si>',
        ),
    )


def _renamed(form: Form, part: str, name: str) -> bytes:
    old, new = part.removeprefix("xl/"), name.removeprefix("xl/")
    parts = {name if key == part else key: text for key, text in form.parts.items()}
    for key in (TYPES, RELATIONS, "_rels/.rels"):
        parts[key] = parts[key].replace(old.encode(), new.encode())
    relations = "xl/_rels/workbook.xml.rels"
    if part == BOOK:
        parts[f"xl/_rels/{new}.rels"] = parts.pop(relations)
    return zipped(parts)
