"""Cells that are not what they seem."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.hostile.whole import LONG, Case, Form


def cells(form: Form) -> Iterator[Case]:
    def number(text: str, about: str = "") -> bytes:
        return form.amount(f'<c r="F5" s="19"{about}><v>{text}</v></c>')

    for name, text in (
        ("nan", "NaN"), ("infinity", "INF"), ("1e400", "1e400"), ("tiny", "1e-400"),
        ("hex", "0x10"), ("comma", "4,83"), ("full-width", "４.８３"), ("spaces", " 4.83 "),
        ("plus", "+4.83"), ("underscore", "4_8"), ("rubbish", "abc"), ("empty", ""),
        ("long", "4.83" + "0" * 100_000), ("digits", "9" * 400), ("precise", "4.8300000000000001"),
        ("negative-zero", "-0"), ("thousands", "1,286"), ("space-before", " 4.83"),
        ("1e999", "1e999"),
        ("5000-nines", "9" * 5000), ("exponent-cut", "4.83e"), ("referenced", "&#52;.83"),
        ("no-whole", ".5"), ("no-fraction", "5."), ("break-behind", "4.83&#10;"),
    ):  # fmt: skip
        yield f"number-{name}.xlsx", number(text)
    yield "number-as-string.xlsx", number("4.83", ' t="str"')
    yield "number-twice.xlsx", form.amount('<c r="F5" s="19"><v>4.83</v><v>99</v></c>')
    inner = '<c r="C2" s="15" t="inlineStr"><is><t>x</t></is></c>'
    yield "cell-in-cell.xlsx", form.answer(f'<c r="B2" s="8">{inner}</c>')
    yield (
        "cell-in-text.xlsx",
        form.answer(f'<c r="K2" t="inlineStr"><is><t>a</t>{inner}</is></c>'),
    )
    yield "number-nested.xlsx", form.amount('<c r="F5" s="19"><v><b>99</b>4.83</v></c>')
    for kind, text in (("e", "#DIV/0!"), ("e", ""), ("e", "4.83"), ("b", "1"), ("b", "7"),
                       ("d", "2024-01-15"), ("d", "rubbish"), ("z", "4.83"), ("", "4.83"),
                       ("s", "0"), ("s", "99999"), ("s", "-1"), ("s", "4294967296"), ("s", "1.5"),
                       ("s", ""), ("n", "text")):  # fmt: skip
        slug = re.sub("[^a-z0-9-]", "", text.lower()) or "empty"
        yield f"type-{kind or 'none'}-{slug}.xlsx", number(text, f' t="{kind}"')
    for slug, text in (
        ("spaces", " 4 "), ("fraction", "4.0"), ("exponent", "4e0"), ("plus", "+4"), ("hex", "0x4"),
        ("underscore", "1_0"), ("full-width", "４"), ("referenced", "&#52;"),
        ("commented", "<!-- -->4.0"),
    ):  # fmt: skip
        cell = f'<c r="C2" s="15" t="s"><v>{text}</v></c>'
        yield f"text-number-{slug}.xlsx", form.answer(cell)
    for slug, formula in (
        ("plain", "<f>A1</f>"), ("comment", "<f>A1<!-- --></f>"), ("element", "<f>A1<b/></f>"),
        ("other", "<foo/>"), ("unknown", "<is2/>"), ("empty-value", "<v/>"),
    ):  # fmt: skip
        cell = f'<c r="F5" s="19">{formula}<v>1,286</v></c>'
        yield f"number-thousands-behind-{slug}.xlsx", form.amount(cell)
    for slug, text in (("number", "4.83"), ("spaces", " 4.83 ")):
        cell = f'<c r="F5" s="19"><v xml:space="preserve">{text}</v></c>'
        yield f"number-preserved-{slug}.xlsx", form.amount(cell)
    yield "formula-cached.xlsx", form.amount('<c r="F5" s="19"><f>2+2.83</f><v>4.83</v></c>')
    yield "formula-no-result.xlsx", form.amount('<c r="F5" s="19"><f>2+2.83</f></c>')
    yield "formula-empty-result.xlsx", form.amount('<c r="F5" s="19" t="str"><f>A1</f><v></v></c>')
    yield "formula-error.xlsx", form.amount('<c r="F5" s="19" t="e"><f>1/0</f><v>#DIV/0!</v></c>')
    yield (
        "formula-shared.xlsx",
        form.amount('<c r="F5" s="19"><f t="shared" ref="F5:F9" si="0">1</f><v>4.83</v></c>'),
    )
    yield (
        "formula-shared-unknown.xlsx",
        form.amount('<c r="F5" s="19"><f t="shared" si="99999"/><v>4.83</v></c>'),
    )
    yield (
        "formula-shared-everywhere.xlsx",
        form.amount(
            '<c r="F5" s="19"><f t="shared" ref="A1:XFD1048576" si="0">A1</f><v>4.83</v></c>'
        ),
    )
    yield (
        "formula-array-everywhere.xlsx",
        form.amount('<c r="F5" s="19"><f t="array" ref="A1:XFD1048576">A1</f><v>4.83</v></c>'),
    )
    yield (
        "formula-long.xlsx",
        form.amount(f'<c r="F5" s="19"><f>{"1+" * 100_000}1</f><v>4.83</v></c>'),
    )
    yield (
        "formula-command.xlsx",
        form.answer('<c r="C2" s="15" t="str"><f>cmd|"/C calc"!A0</f><v>x</v></c>'),
    )
    yield (
        "formula-web.xlsx",
        form.answer(
            '<c r="C2" s="15" t="str"><f>WEBSERVICE("http://127.0.0.1:9/")</f><v>x</v></c>'
        ),
    )
    yield (
        "formula-other-book.xlsx",
        form.amount('<c r="F5" s="19"><f>[1]Sheet1!A1</f><v>4.83</v></c>'),
    )
    yield (
        "formula-table.xlsx",
        form.amount('<c r="F5" s="19"><f t="dataTable" ref="F5:F9" r1="A1"/><v>4.83</v></c>'),
    )

    def inline(inner: str) -> bytes:
        return form.answer(f'<c r="C2" s="15" t="inlineStr"><is>{inner}</is></c>')

    yield "text-command.xlsx", inline("<t>=cmd|'/C calc'!A0</t>")
    yield (
        "text-markup.xlsx",
        inline("<t>&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }} %s %n [bold]x</t>"),
    )
    yield "text-escapes.xlsx", inline("<t>a_x0000_b_x000D_c_x0041_d_xD800_</t>")
    yield "text-right-to-left.xlsx", inline("<t>\u202e财政核定\u2066x\u2069</t>")
    yield "text-invisible.xlsx", inline("<t>财政\u200b核定\u00a0做实\ufeff职业年金</t>")
    yield "text-astral.xlsx", inline("<t>\U0001f600\U00020000</t>")
    yield "text-combining.xlsx", inline(f"<t>e{chr(0x301) * 5000}</t>")
    yield "text-long.xlsx", inline(f"<t>{'长' * 40_000}</t>")
    yield "text-very-long.xlsx", inline(f"<t>{LONG}</t>")
    yield "text-many-lines.xlsx", inline("<t>" + "\n" * 50_000 + "x</t>")
    yield "text-rich.xlsx", inline("<r><t>财政核定</t></r><r><t>做实职业年金</t></r>")
    yield (
        "text-phonetic.xlsx",
        inline('<t>财政核定做实职业年金</t><rPh sb="0" eb="1"><t>cai</t></rPh>'),
    )
    yield "text-two.xlsx", inline("<t>财政核定</t><t>做实职业年金</t>")
    yield "text-nothing.xlsx", inline("")
    yield (
        "text-in-value.xlsx",
        form.answer('<c r="C2" s="15" t="inlineStr"><v>财政核定做实职业年金</v></c>'),
    )
    yield (
        "text-value-and-inline.xlsx",
        form.answer('<c r="C2" s="15" t="str"><v>财政核定做实职业年金</v><is><t>别的</t></is></c>'),
    )
    names = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    alternate = (
        f'<mc:AlternateContent xmlns:mc="{names}"><mc:Choice Requires="x14"><v>99</v></mc:Choice>'
        "<mc:Fallback><v>4.83</v></mc:Fallback></mc:AlternateContent>"
    )
    yield "number-alternate.xlsx", form.amount(f'<c r="F5" s="19">{alternate}</c>')
    identity = "xl/worksheets/sheet6.xml"
    yield (
        "identity-sheet-rubbish.xlsx",
        form.put(identity, form.parts[identity].replace(b"county-project", b"../../etc")),
    )
    yield (
        "identity-sheet-empty.xlsx",
        form.put(
            identity, re.sub(rb"<sheetData>.*</sheetData>", b"<sheetData/>", form.parts[identity])
        ),
    )
