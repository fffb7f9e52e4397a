"""The whole form that hostile files are made from, and what can be done to it."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from random import Random

from python_calamine import CalamineWorkbook

from ptxl.documents.document import load_answers
from ptxl.model.form import Unit
from ptxl.renew.fill import fill_form
from ptxl.template import Templates, load_template
from ptxl.write.stencil import write_form
from tests.conftest import SAMPLES
from tests.handmade import Records, compound, ods_parts, stream_of, xls_records, zipped

ANSWERS = SAMPLES / "good" / "county-2024-project-1" / "answers.json"
Case = tuple[str, bytes]

SHEET = "xl/worksheets/sheet3.xml"
STRINGS = "xl/sharedStrings.xml"
BOOK = "xl/workbook.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
TYPES = "[Content_Types].xml"
PROPERTIES = "docProps/custom.xml"
#: an answer, and a number, as they stand in the sheet
ANSWER = (
    '<c r="C2" s="15" t="inlineStr"><is><t xml:space="preserve">财政核定做实职业年金</t></is></c>'
)
AMOUNT = '<c r="F5" s="19"><v>4.83</v></c>'
#: longer than a parser takes, and not so even that the container gives it away
LONG = Random(8).randbytes(200).hex() * 30_000
DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
MILLION = 1 << 20


@dataclass(frozen=True, slots=True)
class Form:
    """The parts of the whole form, and what can be done to them."""

    parts: dict[str, bytes]

    def change(self, part: str, old: str | bytes, new: str | bytes) -> bytes:
        """The form with one text of one part replaced, wherever it stands."""
        before, after = _bytes(old), _bytes(new)
        assert before in self.parts[part], f"{part} holds no {old!r}"
        return self.put(part, self.parts[part].replace(before, after))

    def put(self, part: str, content: str | bytes) -> bytes:
        """The form with another part in the place of one, or one more."""
        return zipped(self.parts | {part: _bytes(content)})

    def without(self, *parts: str) -> bytes:
        return zipped({name: text for name, text in self.parts.items() if name not in parts})

    def answer(self, cell: str) -> bytes:
        """With another cell in the place of an answer."""
        return self.change(SHEET, ANSWER, cell)

    def amount(self, cell: str) -> bytes:
        """With another cell in the place of a sum of money."""
        return self.change(SHEET, AMOUNT, cell)

    def after_cells(self, xml: str) -> bytes:
        return self.change(SHEET, "</sheetData>", f"</sheetData>{xml}")

    def last_row(self, xml: str) -> bytes:
        return self.change(SHEET, "</sheetData>", f"{xml}</sheetData>")


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def filled_form() -> bytes:
    """A form of ours with the answers of a published document."""
    answers = load_answers(ANSWERS)
    layout = load_template("county-project").layout(answers["form"]["parameters"])
    return fill_form(write_form(layout, Unit(**answers["unit"])), answers, Templates())


def sheets_of(data: bytes) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return {
        name: [list(row) for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)]
        for name in book.sheet_names
    }


def whole_forms(data: bytes) -> dict[str, bytes]:
    """The same form in three formats."""
    return {
        "xlsx": data,
        "xls": xls_of(records_of_form(data)),
        "ods": zipped(ods_parts(sheets_of(data))),
    }


def over(data: bytes, place: int, value: bytes) -> bytes:
    return data[:place] + value + data[place + len(value) :]


def prefixed(sheet: bytes) -> bytes:
    named = re.sub(rb"<(/?)([a-zA-Z])", rb"<\1x:\2", sheet)
    return named.replace(b'xmlns="http', b'xmlns:x="http', 1)


def records_of_form(data: bytes) -> Records:
    return xls_records(sheets_of(data), ("_lists", "_ptxl", "_map"))


def xls_of(records: Records) -> bytes:
    return compound({"Workbook": stream_of(records)})
