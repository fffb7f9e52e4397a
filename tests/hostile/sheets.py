"""Sheets that reach too far, or are not in order."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.hostile.whole import AMOUNT, SHEET, Case, Form, prefixed


def sheets(form: Form) -> Iterator[Case]:
    def cell(name: str, text: str = "<v>1</v>") -> str:
        row = re.sub("[^0-9]", "", name)
        return f'<row r="{row}"><c r="{name}">{text}</c></row>'

    yield "sheet-last-cell.xlsx", form.last_row(cell("XFD1048576"))
    yield "sheet-last-cell-lower.xlsx", form.last_row(cell("xfd1048576"))
    yield (
        "sheet-last-cell-quoted.xlsx",
        form.last_row("<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>"),
    )
    yield (
        "sheet-last-cell-escaped.xlsx",
        form.last_row('<row><c r="&#88;FD1048576"><v>1</v></c></row>'),
    )
    yield (
        "sheet-last-cell-prefixed.xlsx",
        form.put(
            SHEET,
            prefixed(
                form.parts[SHEET].replace(
                    b"</sheetData>", cell("XFD1048576").encode() + b"</sheetData>"
                )
            ),
        ),
    )
    yield (
        "sheet-last-cell-blank.xlsx",
        form.last_row('<row r="1048576"><c r="XFD1048576" s="1"/></row>'),
    )
    yield (
        "sheet-last-cell-blank-open.xlsx",
        form.last_row('<row r="1048576"><c r="XFD1048576" s="1"></c></row>'),
    )
    yield "sheet-last-cell-text.xlsx", form.last_row(cell("XFD1048576", "<is><t>x</t></is>"))
    yield "sheet-last-row.xlsx", form.last_row(cell("A1048576"))
    yield "sheet-last-column.xlsx", form.last_row(cell("XFD32"))
    yield "sheet-corner-in-two.xlsx", form.last_row(cell("XFD32") + cell("A1048576"))
    yield "sheet-beyond-rows.xlsx", form.last_row(cell("A1048577"))
    yield "sheet-beyond-columns.xlsx", form.last_row(cell("XFE32"))
    yield "sheet-row-4-billion.xlsx", form.last_row(cell("A4294967296"))
    yield "sheet-row-overflow.xlsx", form.last_row(cell("A99999999999999999999"))
    yield "sheet-column-overflow.xlsx", form.last_row(cell("ZZZZZZZZZZZZZZ32"))
    yield "sheet-row-zero.xlsx", form.last_row('<row r="0"><c r="A0"><v>1</v></c></row>')
    yield "sheet-no-digits.xlsx", form.last_row('<row r="32"><c r="AB"><v>1</v></c></row>')
    yield "sheet-no-letters.xlsx", form.last_row('<row r="32"><c r="32"><v>1</v></c></row>')
    yield "sheet-name-rubbish.xlsx", form.last_row('<row r="32"><c r="-$A1!"><v>1</v></c></row>')
    yield "sheet-name-empty.xlsx", form.last_row('<row r="32"><c r=""><v>1</v></c></row>')
    yield "sheet-dollars.xlsx", form.amount('<c r="$F$5" s="19"><v>4.83</v></c>')
    yield (
        "sheet-lower-names.xlsx",
        form.put(
            SHEET,
            re.sub(
                rb' r="([A-Z]+)(\d+)"',
                lambda m: b' r="' + m[1].lower() + m[2] + b'"',
                form.parts[SHEET],
            ),
        ),
    )
    yield (
        "sheet-far-in-hidden-sheet.xlsx",
        form.change(
            "xl/worksheets/sheet7.xml", "</sheetData>", cell("XFD1048576") + "</sheetData>"
        ),
    )
    yield (
        "sheet-no-names.xlsx",
        form.put(
            SHEET,
            re.sub(
                rb'<c r="[A-Z]+\d+"', b"<c", re.sub(rb'<row r="\d+"', b"<row", form.parts[SHEET])
            ),
        ),
    )
    yield (
        "sheet-no-names-wide.xlsx",
        form.last_row(
            "<row>" + "<c><v>1</v></c>" * 16_000 + "</row>" + "<row><c><v>1</v></c></row>" * 3000
        ),
    )
    ghosts = "".join(
        f'<row r="{n}"><c r="A{n}" s="1"/><c r="XFD{n}" s="1"/></row>'
        for n in range(900_000, 1_048_577)
    )
    yield "sheet-ghost-rows.xlsx", form.last_row(ghosts)
    yield (
        "sheet-ghost-rows-empty.xlsx",
        form.last_row("".join(f'<row r="{n}" ht="15"/>' for n in range(900_000, 1_048_577))),
    )
    yield (
        "sheet-rows-backwards.xlsx",
        form.last_row(cell("A34", "") + cell("A33", "") + cell("A32", "")),
    )
    yield "sheet-rows-unordered.xlsx", form.put(SHEET, _rows_reversed(form.parts[SHEET]))
    yield "sheet-row-twice.xlsx", form.last_row('<row r="5"><c r="F5" s="19"><v>99</v></c></row>')
    yield "sheet-cell-twice.xlsx", form.amount(AMOUNT + '<c r="F5" s="19"><v>99</v></c>')
    yield "sheet-cell-twice-spaced.xlsx", form.amount(AMOUNT + '<c  s="19" r="F5"><v>99</v></c>')
    yield (
        "sheet-cell-in-other-row.xlsx",
        form.last_row('<row r="32"><c r="F5" s="19"><v>99</v></c></row>'),
    )
    yield (
        "sheet-data-twice.xlsx",
        form.after_cells('<sheetData><row r="5"><c r="F5"><v>99</v></c></row></sheetData>'),
    )
    yield (
        "sheet-no-data.xlsx",
        form.put(SHEET, re.sub(rb"<sheetData>.*</sheetData>", b"", form.parts[SHEET])),
    )
    yield "sheet-dimension-huge.xlsx", form.change(SHEET, 'ref="A1:K31"', 'ref="A1:XFD1048576"')
    yield "sheet-dimension-small.xlsx", form.change(SHEET, 'ref="A1:K31"', 'ref="A1"')
    yield (
        "sheet-dimension-rubbish.xlsx",
        form.change(SHEET, 'ref="A1:K31"', 'ref="ZZZZ99999999999:-1"'),
    )
    yield (
        "sheet-columns-huge.xlsx",
        form.change(SHEET, "<cols>", '<cols><col min="1" max="4294967295" hidden="1"/>'),
    )

    def merge(area: str) -> str:
        return f'<mergeCell ref="{area}"/></mergeCells>'

    yield "sheet-merge-all.xlsx", form.change(SHEET, "</mergeCells>", merge("A1:XFD1048576"))
    yield (
        "sheet-merge-quoted.xlsx",
        form.change(SHEET, "</mergeCells>", "<mergeCell ref = 'A1:XFD1048576' /></mergeCells>"),
    )
    yield "sheet-merge-reversed.xlsx", form.change(SHEET, "</mergeCells>", merge("XFD1048576:A1"))
    yield "sheet-merge-beyond.xlsx", form.change(SHEET, "</mergeCells>", merge("A1:ZZZZ9999999999"))
    yield "sheet-merge-rubbish.xlsx", form.change(SHEET, "</mergeCells>", merge("rubbish"))
    yield "sheet-merge-column.xlsx", form.change(SHEET, "</mergeCells>", merge("M1:M1048576"))
    merges = "".join(f'<mergeCell ref="M{n}:N{n}"/>' for n in range(1, 30_001))
    yield "sheet-30000-merges.xlsx", form.change(SHEET, "</mergeCells>", f"{merges}</mergeCells>")
    rules = "".join(
        f'<dataValidation type="list" sqref="M{n}"><formula1>"a,b"</formula1></dataValidation>'
        for n in range(1, 30_001)
    )
    yield (
        "sheet-30000-validations.xlsx",
        form.change(SHEET, "</dataValidations>", f"{rules}</dataValidations>"),
    )
    squares = " ".join(f"M{n}" for n in range(1, 300_001))
    yield (
        "sheet-validation-squares.xlsx",
        form.change(
            SHEET,
            "</dataValidations>",
            f'<dataValidation type="list" sqref="{squares}"><formula1>"a"</formula1>'
            "</dataValidation></dataValidations>",
        ),
    )
    yield (
        "sheet-validation-nowhere.xlsx",
        form.change(
            SHEET,
            "</dataValidations>",
            '<dataValidation type="list" sqref=""><formula1>"a"</formula1>'
            "</dataValidation></dataValidations>",
        ),
    )
    yield (
        "sheet-validation-everywhere.xlsx",
        form.change(
            SHEET,
            "</dataValidations>",
            '<dataValidation type="list" sqref="A1:XFD1048576"><formula1>"a"</formula1>'
            "</dataValidation></dataValidations>",
        ),
    )
    links = "".join(f'<hyperlink ref="M{n}" location="A1"/>' for n in range(1, 70_001))
    yield "sheet-70000-links.xlsx", form.after_cells(f"<hyperlinks>{links}</hyperlinks>")
    yield (
        "sheet-link-everywhere.xlsx",
        form.after_cells('<hyperlinks><hyperlink ref="A1:XFD1048576" location="A1"/></hyperlinks>'),
    )
    formats = "".join(
        f'<conditionalFormatting sqref="M{n}"><cfRule type="expression" priority="{n}">'
        "<formula>1</formula></cfRule></conditionalFormatting>"
        for n in range(1, 30_001)
    )
    yield "sheet-30000-formats.xlsx", form.after_cells(formats)
    yield (
        "sheet-chart.xlsx",
        form.put(
            "xl/worksheets/sheet4.xml",
            b'<chartsheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>',
        ),
    )
    dense = "".join(
        f'<row r="{n}">{"".join(f"<c><v>{c}</v></c>" for c in range(100))}</row>'
        for n in range(100, 300)
    )
    yield "sheet-20000-cells.xlsx", form.last_row(dense)


def _rows_reversed(sheet: bytes) -> bytes:
    head, rest = sheet.split(b"<sheetData>")
    rows, tail = rest.split(b"</sheetData>")
    found = re.findall(rb"<row .*?</row>", rows)
    return head + b"<sheetData>" + b"".join(reversed(found)) + b"</sheetData>" + tail
