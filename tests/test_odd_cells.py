"""A cell written as no office writes it is read as offices show it, or it is named and not read."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pytest

from ptxl.model.errors import WorkbookError
from ptxl.model.submission import Submission
from ptxl.read import read_submission
from ptxl.read.formats.xls_cells import Texts
from ptxl.template import Templates
from tests.handmade import (
    CODEPAGE,
    LABEL,
    NUMBER,
    Records,
    compound,
    ods_parts,
    stream_of,
    unzipped,
    zipped,
)
from tests.hostile.whole import AMOUNT as AMOUNT_THERE
from tests.hostile.whole import (
    ANSWER,
    SHEET,
    STRINGS,
    Form,
    filled_form,
    records_of_form,
    sheets_of,
    xls_of,
)

TEMPLATES = Templates()
NAME, AMOUNT = "projects[0].name", "projects[0].funds.total"
_TEXT_THERE, _NUMBER_THERE = "财政核定做实职业年金", "4.83"


@cache
def whole() -> Submission:
    return read_submission(filled_form(), TEMPLATES)


@dataclass(frozen=True)
class Came:
    """What became of the odd cell: what was read, or the code that names it."""

    submission: Submission

    def named(self, path: str) -> set[str]:
        """The codes that name a field."""
        return {one.code for one in self.submission.findings if one.path == path}

    def to(self, path: str) -> object:
        """What was read of a field, or the codes that name it; all others are as they were."""
        found = self.named(path)
        entry = self.submission.entries.get(path)
        self._others_are_as_they_were(path)
        if found:
            assert found <= {"formula_in_answer"} or path in self.submission.unread
            return ", ".join(sorted(found))
        return None if entry is None else str(entry.raw)

    def _others_are_as_they_were(self, path: str) -> None:
        rest = {other: e for other, e in self.submission.entries.items() if other != path}
        assert rest == {other: e for other, e in whole().entries.items() if other != path}


# -- ods


@cache
def _ods() -> str:
    return ods_parts(sheets_of(filled_form()))["content.xml"].decode()


def ods(old: str, new: str, change: Callable[[str], str] = str) -> Came:
    """The form as an ods with another cell in the place of one."""
    content = _ods()
    assert content.count(old) >= 1
    content = change(content.replace(old, new, 1))
    parts = ods_parts({}) | {"content.xml": content.encode()}
    return Came(read_submission(zipped(parts), TEMPLATES))


TEXT = 'office:value-type="string"'
ODS_NAME = f"<table:table-cell {TEXT}><text:p>{_TEXT_THERE}</text:p></table:table-cell>"
ODS_AMOUNT = (
    '<table:table-cell office:value-type="float" office:value="4.83"><text:p>4.83</text:p>'
    "</table:table-cell>"
)
ROW = f"<table:table-row>{ODS_NAME}</table:table-row>"
DRAWN = 'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
HERE = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'


def cell(held: str, about: str = TEXT) -> str:
    return f"<table:table-cell {about}>{held}</table:table-cell>"


def line(held: str) -> str:
    return cell(f"<text:p>{held}</text:p>")


ODS_TEXTS = {
    "no type": (cell("<text:p>≥9座</text:p>", ""), "≥9座"),
    "a type of an extension only": (
        cell("<text:p>≥9座</text:p>", f'{HERE} calcext:value-type="string"'), "cell_unclear"),
    "an unknown type": (cell("<text:p>≥9座</text:p>", 'office:value-type="z"'), "cell_unclear"),
    "an empty type": (cell("<text:p>≥9座</text:p>", 'office:value-type=""'), "cell_unclear"),
    "two types": (
        cell("<text:p>9</text:p>", f'{TEXT} {HERE} calcext:value-type="float" office:value="7"'),
        "cell_unclear"),
    "a number beside a text": (cell("<text:p>≥9座</text:p>", f'{TEXT} office:value="7"'),
                               "readers_differ"),
    "a text shown as another": (cell("<text:p>甲</text:p>", f'{TEXT} office:string-value="乙"'),
                                "cell_unclear"),
    "a text shown as none": (cell("<text:p>甲</text:p>", f'{TEXT} office:string-value=""'),
                             "cell_unclear"),
    "a text that stands in an attribute": (cell("", f'{TEXT} office:string-value="乙"'), "乙"),
    "lines that stand in an attribute too": (
        cell("<text:p>甲</text:p><text:p>乙</text:p>", f'{TEXT} office:string-value="甲 乙"'),
        "甲\n乙"),
    "tab": (line("12<text:tab/>34"), "12\t34"),
    "tab in a part": (line("1<text:span>2<text:tab/>3</text:span>4"), "12\t34"),
    "line break": (line("12<text:line-break/>34"), "12\n34"),
    "CDATA": (line("≥<![CDATA[9]]>座"), "readers_differ"),
    "comment": (line("≥<!-- 1 -->9座"), "≥9座"),
    "instruction": (line("≥<?x y?>9座"), "≥9座"),
    "blanks": (line('1<text:s text:c="3"/>2<text:s/>3'), "1   2 3"),
    "no blanks": (line('1<text:s text:c="0"/>2'), "cell_unclear"),
    "fewer than no blanks": (line('1<text:s text:c="-1"/>2'), "cell_unclear"),
    "several lines": (cell("<text:p>甲</text:p><text:p/><text:p>乙</text:p>"), "甲\n\n乙"),
    "lines written apart": (cell("\n <text:p>甲</text:p>\n <text:p>乙</text:p>\n"), "甲\n乙"),
    "words beside lines": (cell("甲<text:p>乙</text:p>"), "cell_unclear"),
    "heading": (cell("<text:h>甲</text:h>"), "cell_unclear"),
    "list": (cell("<text:p>甲</text:p><text:list><text:list-item><text:p>乙</text:p>"
                  "</text:list-item></text:list>"), "cell_unclear"),
    "parts": (line("1<text:span>2</text:span>3<text:a>4</text:a>"), "1234"),
    "a link": (cell("<text:p>1</text:p><text:p>2<text:a>3</text:a>4</text:p>"), "1\n234"),
    "a link behind a raw line break": (
        cell("<text:p>1&#10;2</text:p><text:p>3<text:a>4</text:a>5</text:p>"), "cell_unclear"),
    "parts in parts": (line("1<text:span>2<text:span>x</text:span>3</text:span>"), "cell_unclear"),
    "ruby": (line("≥<text:ruby><text:ruby-base>9</text:ruby-base><text:ruby-text>jiu"
                  "</text:ruby-text></text:ruby>座"), "cell_unclear"),
    "note": (line('≥9<text:note><text:note-citation>1</text:note-citation><text:note-body>'
                  "<text:p>注</text:p></text:note-body></text:note>座"), "cell_unclear"),
    "hidden text": (line("≥9<text:hidden-text>藏</text:hidden-text>座"), "cell_unclear"),
    "field": (line("≥<text:date>9</text:date>座"), "cell_unclear"),
    "frame in a line": (line(f"≥9<draw:frame {DRAWN}><draw:text-box><text:p>框</text:p>"
                             "</draw:text-box></draw:frame>座"), "cell_unclear"),
    "frame beside a line": (cell(f"<draw:frame {DRAWN}><draw:text-box><text:p>框</text:p>"
                                 "</draw:text-box></draw:frame><text:p>≥9座</text:p>"), "≥9座"),
    "remark": (cell("<office:annotation><text:p>批</text:p></office:annotation>"
                    "<text:p>≥9座</text:p>"), "≥9座"),
    "unknown element": (line('≥<x:y xmlns:x="urn:x">9</x:y>座'), "cell_unclear"),
    "unknown element without text": (line('≥9座<x:y xmlns:x="urn:x"/>'), "cell_unclear"),
    "a line of another kind": (cell('<x:p xmlns:x="urn:x">甲</x:p><text:p>乙</text:p>'),
                               "readers_differ"),
    "formula": (cell("<text:p>甲</text:p>", f'{TEXT} table:formula="of:=A1"'),
                "formula_in_answer"),
    "formula without result": (cell("<text:p>甲</text:p>", 'table:formula="of:=A1"'),
                               "formula_without_value"),
    "error": (cell("<text:p>#DIV/0!</text:p>", f'{TEXT} office:string-value="" {HERE} '
                   'calcext:value-type="error"'), "error_value"),
    "a filler of Korean": (line("\u3164"), None),
    "a choice of looks": (line("\ufe0f\U000e0100\u2800"), None),
    "marks of direction": (line("\u2066\u2069\u200b"), None),
}  # fmt: skip


@pytest.mark.parametrize("case", ODS_TEXTS)
def test_an_odd_text_of_an_ods_is_what_is_shown_or_named(case: str) -> None:
    xml, wanted = ODS_TEXTS[case]
    assert ods(ODS_NAME, xml).to(NAME) == wanted


def number(value: str, kind: str = "float") -> str:
    return cell("<text:p>99</text:p>", f'office:value-type="{kind}" office:value="{value}"')


ODS_NUMBERS = {
    "a number shown as another": (number("12"), "12"),
    "exponent": (number("1.2E+1"), "12"),
    "comma": (number("1,5"), "cell_unclear"),
    "blanks around": (number(" 12 "), "cell_unclear"),
    "words behind": (number("12abc"), "cell_unclear"),
    "underscore": (number("1_2"), "cell_unclear"),
    "full-width": (number("１２"), "cell_unclear"),
    "infinite": (number("INF"), "cell_unclear"),
    "too large": (number("1e999"), "cell_unclear"),
    "nothing": (number(""), "cell_unclear"),
    "type in capitals": (number("12", "Float"), "cell_unclear"),
    "no type": (cell("<text:p>12</text:p>", 'office:value="7"'), "cell_unclear"),
    "a day that is none": (
        cell("", 'office:value-type="date" office:date-value="2026-02-30"'), "cell_unclear"),
    "a week": (cell("", 'office:value-type="date" office:date-value="2026-W10-1"'), "cell_unclear"),
    "a truth that is none": (
        cell("", 'office:value-type="boolean" office:boolean-value="1"'), "cell_unclear"),
}  # fmt: skip


@pytest.mark.parametrize("case", ODS_NUMBERS)
def test_an_odd_number_of_an_ods_is_what_is_shown_or_named(case: str) -> None:
    xml, wanted = ODS_NUMBERS[case]
    assert ods(ODS_AMOUNT, xml).to(AMOUNT) == wanted


def test_an_ods_with_prefixes_of_its_own_reads_like_others() -> None:
    def renamed(content: str) -> str:
        content = re.sub(r"\bxmlns:(office|table|text)=", r"xmlns:x\1=", content)
        return re.sub(r"(?<=[ </])(office|table|text):(?=[a-z-]+)", r"x\1:", content)

    assert ods(ODS_AMOUNT, ODS_AMOUNT.replace("4.83", "12"), renamed).to(AMOUNT) == "12"


def test_changes_that_were_tracked_and_deleted_are_not_read() -> None:
    deleted = (
        "<table:tracked-changes><table:cell-content-change><table:previous>"
        f'<table:change-track-table-cell {TEXT}><text:p>旧</text:p></table:change-track-table-cell>'
        "</table:previous></table:cell-content-change><table:deletion/></table:tracked-changes>"
    )  # fmt: skip
    came = ods(
        ODS_NAME, line("甲"), lambda c: c.replace("<table:table ", deleted + "<table:table ", 1)
    )
    assert came.to(NAME) == "甲"


def test_cells_that_stand_for_several_and_covered_ones_keep_their_places() -> None:
    blank = "<table:table-cell/>"
    repeated = '<table:table-cell table:number-columns-repeated="2"/>'
    covered = '<table:covered-table-cell table:number-columns-repeated="1"/>'
    came = ods(
        ODS_NAME, line("甲"), lambda c: c.replace(blank * 2, repeated).replace(blank, covered)
    )
    assert came.to(NAME) == "甲"


def test_a_formula_that_fills_several_cells_of_an_ods_stands_in_each() -> None:
    spanned = 'table:number-matrix-columns-spanned="2" table:number-matrix-rows-spanned="1"'
    formula = cell("<text:p>9</text:p>", f'{TEXT} {spanned} table:formula="of:=1+1"')
    content = _ods()
    place = content.index(ODS_AMOUNT)
    before = content.rindex("<table:table-cell", 0, place)
    changed = content[:before] + formula + content[place:]
    parts = ods_parts({}) | {"content.xml": changed.encode()}
    assert Came(read_submission(zipped(parts), TEMPLATES)).named(AMOUNT) == {"formula_in_answer"}


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.replace(ODS_NAME, f'<x:y xmlns:x="urn:x">{ODS_NAME}</x:y>'),
        lambda content: content.replace(
            "<table:table-row>", "<table:table-row><table:table-row/>", 1),
        lambda content: content.replace(
            ODS_NAME, f'<table:table-cell><table:table table:name="t">{ROW}</table:table>'
            "</table:table-cell>"),
        lambda content: content.replace(ODS_NAME, ODS_NAME.replace(
            "<table:table-cell", '<table:table-cell table:number-columns-repeated="0"')),
    ],
)  # fmt: skip
def test_an_ods_whose_cells_have_no_certain_place_is_refused(change: Callable[[str], str]) -> None:
    content = change(_ods())
    assert content != _ods()
    with pytest.raises(WorkbookError) as error:
        read_submission(zipped(ods_parts({}) | {"content.xml": content.encode()}), TEMPLATES)
    assert error.value.code in ("broken_xml", "damaged")


#: a style that strikes texts out, and where it may stand so that offices follow it
_STRUCK = (
    '<office:automatic-styles><style:style style:name="x" style:family="table-cell">'
    '<style:text-properties style:text-line-through-style="solid"/></style:style>'
    "</office:automatic-styles>"
)
_HOMES = {
    "before the body": ("<office:body>", f"{_STRUCK}<office:body>"),
    "behind a comment": ("<office:body>", f"<!-- <office:body -->{_STRUCK}<office:body>"),
    "behind what nobody knows": ("<office:body>", f"<office:body-/>{_STRUCK}<office:body>"),
    "behind the body": ("</office:body>", f"</office:body>{_STRUCK}"),
    "before a comment": ("<office:body>", f"{_STRUCK}<office:body><!-- <office:body -->"),
}


@pytest.mark.parametrize("home", _HOMES)
def test_a_style_of_an_ods_counts_wherever_it_stands(home: str) -> None:
    struck = ODS_NAME.replace("<table:table-cell", '<table:table-cell table:style-name="x"', 1)
    came = ods(ODS_NAME, struck, lambda content: content.replace(*_HOMES[home]))
    assert came.named(NAME) == {"answer_marked"}


@pytest.mark.parametrize("name", ["x", "Default"])
def test_a_style_of_an_ods_that_may_give_way_to_another_is_named(name: str) -> None:
    """By conditions of its own, which LibreOffice takes for conditional formats."""
    own = '<style:style style:name="own" style:family="table-cell"><style:map style:condition='
    own += f'"cell-content()&gt;0" style:apply-style-name="{name}"/></style:style>'
    styles = _STRUCK.replace("</office", f"{own}</office")
    marked = ODS_NAME.replace("<table:table-cell", '<table:table-cell table:style-name="own"', 1)
    there = "<office:body>"
    came = ods(ODS_NAME, marked, lambda content: content.replace(there, f"{styles}{there}"))
    codes = {one.code for one in came.submission.findings}
    assert ("shown_by_condition" in codes) == (name == "x")


_FONTS = "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"
_WHITE = f'xmlns:fo="{_FONTS}" fo:color="#ffffff"'


@pytest.mark.parametrize(
    "look",
    [
        _WHITE,
        _WHITE.replace('"', "'"),
        _WHITE.replace("r=", "r = "),
        _WHITE.replace("#", "&#35;"),
        _WHITE.replace("fo=", "f=").replace("fo:", "f:"),
        "style:text-line-through-style='solid'",
    ],
)
def test_a_style_of_an_ods_counts_however_it_is_written(look: str) -> None:
    style = _STRUCK.replace('style:text-line-through-style="solid"', look)
    assert style != _STRUCK
    marked = ODS_NAME.replace("<table:table-cell", '<table:table-cell table:style-name="x"', 1)
    there = "<office:body>"
    came = ods(ODS_NAME, marked, lambda content: content.replace(there, f"{style}{there}"))
    assert came.named(NAME) == {"answer_marked"}


@pytest.mark.parametrize(
    ("rows", "columns"), [(999, 999), (999, 5000), (5000, 999), (5000, 5000), (1, 9_999_999)]
)
def test_a_sheet_of_an_ods_is_never_taken_for_a_smaller_one(rows: int, columns: int) -> None:
    row = (
        f'<table:table-row table:number-rows-repeated="{rows}"><table:table-cell {TEXT} '
        f'table:number-columns-repeated="{columns}"><text:p>甲</text:p></table:table-cell>'
        "</table:table-row>"
    )
    with pytest.raises(WorkbookError) as error:
        ods("</table:table>", f"{row * 5}</table:table>")
    assert error.value.code == "too_many_cells"


# -- xlsx

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
COMPATIBLE = (
    '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
    '<mc:Choice Requires="x14"><{0}>甲</{0}></mc:Choice><mc:Fallback><{0}>乙</{0}></mc:Fallback>'
    "</mc:AlternateContent>"
)


@cache
def _form() -> Form:
    return Form(unzipped(filled_form()))


def amount(held: str, about: str = "") -> Came:
    """The form with another cell in the place of an amount."""
    data = _form().amount(f'<c r="F5" s="17"{about}>{held}</c>')
    return Came(read_submission(data, TEMPLATES))


def name(held: str) -> Came:
    """The form with another text in the place of an answer."""
    data = _form().answer(f'<c r="C2" s="13" t="inlineStr"><is>{held}</is></c>')
    return Came(read_submission(data, TEMPLATES))


def shared_name(item: str) -> Came:
    """The form with an answer that names a shared text, which is another one."""
    parts = _form().parts
    count = parts[STRINGS].count(b"<si>")
    texts = parts[STRINGS].replace(b"</sst>", f"<si>{item}</si></sst>".encode())
    sheet = parts[SHEET].replace(
        ANSWER.encode(), f'<c r="C2" s="13" t="s"><v>{count}</v></c>'.encode()
    )
    assert sheet != parts[SHEET]
    return Came(read_submission(zipped({**parts, STRINGS: texts, SHEET: sheet}), TEMPLATES))


XLSX_AMOUNTS = {
    "instruction": ("<v>1<?x?>2</v>", "", "readers_differ"),
    "comment": ("<v>1<!-- -->2</v>", "", "readers_differ"),
    "CDATA": ("<v>1<![CDATA[2]]></v>", "", "readers_differ"),
    "blank in a tag": ("<v >12</v >", "", "12"),
    "line break behind f": ("<f\n>1+1</f><v>900</v>", "", "formula_in_answer"),
    "tab behind f": ("<f\t>1+1</f><v>900</v>", "", "formula_in_answer"),
    "line break in an empty f": ("<f\n/><v>900</v>", "", "formula_in_answer"),
    "f of another name space": ('<x:f xmlns:x="urn:x">1</x:f><v>900</v>', "", "cell_unclear"),
    "v of another name space": ('<v xmlns="urn:x">12</v>', "", "cell_unclear"),
    "v with a prefix": (f'<x:v xmlns:x="{MAIN}">12</x:v>', "", "12"),
    "f behind v": ("<v>900</v><f>1+1</f>", "", "readers_differ"),
    "line break before a type": ("<v>#N/A</v>", '\nt="e"', "error_value"),
    "a type in apostrophes": ("<v>#N/A</v>", " t='e'", "error_value"),
    "a type with blanks": ("<v>#N/A</v>", ' t = "e"', "error_value"),
    "a formula, its type first": ("<f>1/0</f><v>#DIV/0!</v>", " cm='1' t='e'", "error_value"),
    "an extension": ("<v>12</v><extLst><ext><v>99</v></ext></extLst>", "", "12"),
    "a truth": ("<v>1</v>", ' t="b"', "True"),
    "a truth in words": ("<v>true</v>", ' t="b"', "cell_unclear"),
    "a truth that is none": ("<v>2</v>", ' t="b"', "cell_unclear"),
    "a day": ("<v>2026-03-01</v>", ' t="d"', "2026-03-01"),
    "a text as a result": ("<v>12</v>", ' t="str"', "12"),
    "an error that is a number": ("<v>12</v>", ' t="e"', "error_value"),
    "an unknown type": ("<v>12</v>", ' t="z"', "error_value"),
}  # fmt: skip


@pytest.mark.parametrize("case", XLSX_AMOUNTS)
def test_an_odd_number_of_an_xlsx_is_what_is_shown_or_named(case: str) -> None:
    held, about, wanted = XLSX_AMOUNTS[case]
    assert amount(held, about).to(AMOUNT) == wanted


XLSX_TEXTS = {
    "plain": ("<t>≥9座</t>", "≥9座"),
    "kept blanks": ('<t xml:space="preserve"> ≥9 座 </t>', " ≥9 座 "),
    "runs": ("<r><t>甲</t></r><r><rPr><b/></rPr><t>乙</t></r>", "甲乙"),
    "pronounced": ('<t>甲</t><rPh sb="0" eb="1"><t>jia</t></rPh><phoneticPr fontId="1"/>', "甲"),
    "pronounced in a run": ('<r><t>甲</t><rPh sb="0" eb="1"><t>jia</t></rPh></r>', "cell_unclear"),
    "an element": ("<t>≥<b>9</b>座</t>", "cell_unclear"),
    "comment": ("<t>≥<!-- 1 -->9座</t>", "≥9座"),
    "instruction": ("<t>≥<?x?>9座</t>", "≥9座"),
    "CDATA": ("<t>≥<![CDATA[9]]>座</t>", "≥9座"),
    "t of another name space": ('<t>甲</t><x:t xmlns:x="urn:x">乙</x:t>', "cell_unclear"),
    "t with a prefix": (f'<x:t xmlns:x="{MAIN}">甲</x:t>', "甲"),
    "two": ("<t>甲</t><t>乙</t>", "cell_unclear"),
    "two in a run": ("<r><t>甲</t><t>乙</t></r>", "cell_unclear"),
    "a run in a run": ("<r><r><t>甲</t></r></r>", "cell_unclear"),
    "a text behind runs": ("<r><t>甲</t></r><t>乙</t>", "cell_unclear"),
    "a text in the look of a run": ("<r><rPr><t>甲</t></rPr><t>乙</t></r>", "readers_differ"),
    "an extension": ("<t>甲</t><extLst><ext><t>乙</t></ext></extLst>", "cell_unclear"),
    "for some programs": (COMPATIBLE.format("t"), "cell_unclear"),
    "words beside texts": ("甲<t>乙</t>", "乙"),
    "escaped line break": ("<t>甲_x000D__x000A_乙</t>", "甲\r\n乙"),
    "escaped letter": ("<t>_x0041_</t>", "cell_unclear"),
    "escaped escape": ("<t>_x005F_x0041_</t>", "_x0041_"),
    "nothing": ("", None),
    "a filler of Korean": ("<t>\u3164</t>", None),
}  # fmt: skip


@pytest.mark.parametrize("case", XLSX_TEXTS)
@pytest.mark.parametrize("make", [name, shared_name])
def test_an_odd_text_of_an_xlsx_is_what_is_shown_or_named(
    case: str, make: Callable[[str], Came]
) -> None:
    held, wanted = XLSX_TEXTS[case]
    assert make(held).to(NAME) == wanted


def _with_prefix(sheet: bytes) -> bytes:
    """A sheet whose rows and what stands behind them have a prefix, which means the same."""
    head, tag, body = sheet.partition(b"<sheetData>")
    body = re.sub(rb"<(/?)(\w+)", rb"<\1x:\2", tag + body.removesuffix(b"</worksheet>"))
    return head.replace(b"<worksheet ", b'<worksheet xmlns:x="' + MAIN.encode() + b'" ', 1) + (
        body + b"</worksheet>"
    )


@pytest.mark.parametrize(
    ("held", "told"),
    [("<v>4<!-- -->80</v>", "readers_differ"), ("<f>420+80</f><v>500</v>", "formula_in_answer")],
)
@pytest.mark.parametrize(
    "write", [_with_prefix, lambda sheet: sheet.replace(b"</sheetData>", b"</sheetData >")]
)
def test_a_sheet_in_unusual_words_hides_nothing(
    write: Callable[[bytes], bytes], held: str, told: str
) -> None:
    parts = unzipped(_form().amount(f'<c r="F5" s="17">{held}</c>'))
    changed = write(parts[SHEET])
    assert changed != parts[SHEET]
    assert told in Came(read_submission(zipped({**parts, SHEET: changed}), TEMPLATES)).named(AMOUNT)


#: attributes as no office writes them, and every one reads them
ODD_ATTRIBUTES: dict[str, Callable[[str, str], str]] = {
    "apostrophes": lambda name, value: f" {name}='{value}'",
    "blanks around the sign": lambda name, value: f' {name} = "{value}"',
    "a line break before it": lambda name, value: f'\n{name}="{value}"',
    "a reference": lambda name, value: f' {name}="&#{ord(value[0])};{value[1:]}"',
}


@pytest.mark.parametrize("write", ODD_ATTRIBUTES.values(), ids=ODD_ATTRIBUTES)
@pytest.mark.parametrize(
    ("tag", "name", "value", "told"),
    [
        ('<row r="5"', "hidden", "1", "rows_hidden"),
        ('<row r="5"', "hidden", "on", "rows_hidden"),
        ("<sheetViews><sheetView", "showZeros", "0", "zeros_hidden"),
        ('<c r="F5"', "s", "{style}", "shown_otherwise"),
    ],
)
def test_attributes_in_unusual_words_hide_nothing(
    write: Callable[[str, str], str], tag: str, name: str, value: str, told: str
) -> None:
    parts = _form().parts
    styles = parts["xl/styles.xml"].decode()
    number = styles.partition("<cellXfs")[2].partition("</cellXfs>")[0].count("<xf ")
    styles = styles.replace("</numFmts>", '<numFmt numFmtId="300" formatCode="0.0,"/></numFmts>')
    styles = styles.replace("</cellXfs>", '<xf numFmtId="300"/></cellXfs>')
    amount = '<c r="F5"><v>4830</v></c>' if name == "s" else '<c r="F5" s="19"><v>0</v></c>'
    sheet = parts[SHEET].decode().replace(AMOUNT_THERE, amount)
    assert sheet.count(tag) == 1
    sheet = sheet.replace(tag, tag + write(name, value.format(style=number)))
    changed = {**parts, SHEET: sheet.encode(), "xl/styles.xml": styles.encode()}
    found = read_submission(zipped(changed), TEMPLATES).findings
    assert told in {one.code for one in found}


@pytest.mark.parametrize("about", ['zeroHeight="1"', 'defaultRowHeight="0.75" customHeight="1"'])
def test_rows_of_which_nothing_is_said_may_be_hidden_all_at_once(about: str) -> None:
    sheet = _form().parts[SHEET].decode()
    sheet = re.sub("<sheetFormatPr [^>]*>", f"<sheetFormatPr {about}/>", sheet)
    as_issued = read_submission(_form().put(SHEET, sheet), TEMPLATES)
    assert "rows_hidden" not in {one.code for one in as_issued.findings}
    sheet = re.sub('<row r="5"[^>]*>', '<row r="5">', sheet)
    low = read_submission(_form().put(SHEET, sheet), TEMPLATES)
    assert "rows_hidden" in {one.code for one in low.findings}


def test_shared_texts_behind_a_comment_that_looks_like_them_hide_nothing() -> None:
    parts = _form().parts
    texts = parts[STRINGS].replace(b"<sst ", b"<!--<sst ></sst>--><sst ", 1)
    count = texts.count(b"<si>")
    texts = texts.replace(b"</sst>", "<si><t>≥9<b>7</b>5座</t></si></sst>".encode())
    cell = f'<c r="C2" s="13" t="s"><v>{count}</v></c>'.encode()
    sheet = parts[SHEET].replace(ANSWER.encode(), cell)
    came = Came(read_submission(zipped({**parts, STRINGS: texts, SHEET: sheet}), TEMPLATES))
    assert came.to(NAME) == "cell_unclear"


def test_a_sheet_with_two_relations_is_refused() -> None:
    parts = _form().parts
    book = parts["xl/workbook.xml"].replace(
        b"<workbook ", b'<workbook xmlns:q="urn:x/relationships" ', 1
    )
    book = book.replace(b' r:id="', b' q:id="rId1" r:id="', 1)
    with pytest.raises(WorkbookError) as error:
        read_submission(zipped({**parts, "xl/workbook.xml": book}), TEMPLATES)
    assert error.value.code == "broken_xml"


#: deeper than lxml goes (but for old ones), and none of the other readers minds
DEEP = '<extLst><ext uri="x">' + "<x>" * 3000 + "</x>" * 3000 + "</ext></extLst></worksheet>"


@pytest.mark.parametrize(
    ("held", "about", "told"),
    [
        ("<f>1+1</f>", "", "formula_without_value"),
        ("<f>1+1</f><v>900</v>", "", "formula_in_answer"),
        ("<v>#DIV/0!</v>", ' t="e"', "error_value"),
        ("<f>1/0</f><v>#DIV/0!</v>", ' t="e"', "error_value"),
    ],
)
def test_what_the_second_reader_cannot_tell_is_not_read(held: str, about: str, told: str) -> None:
    cell = f'<c r="F5" s="17"{about}>{held}</c>'
    sheet = _form().parts[SHEET].replace(AMOUNT_THERE.encode(), cell.encode())
    data = _form().put(SHEET, sheet.replace(b"</worksheet>", DEEP.encode()))
    came_to = Came(read_submission(data, TEMPLATES)).to(AMOUNT)
    assert came_to in ("cell_unclear", told)  # an old lxml goes deeper, and can tell


def test_a_sheet_that_is_nested_deeply_is_read_by_both() -> None:
    deep = DEEP.replace("<x>" * 3000, "<x>" * 300).replace("</x>" * 3000, "</x>" * 300)
    cell = '<c r="F5" s="17"><f>1+1</f></c>'
    sheet = _form().parts[SHEET].replace(AMOUNT_THERE.encode(), cell.encode())
    data = _form().put(SHEET, sheet.replace(b"</worksheet>", deep.encode()))
    assert Came(read_submission(data, TEMPLATES)).to(AMOUNT) == "formula_without_value"


@pytest.mark.parametrize("kind", ["array", "dataTable"])
def test_a_formula_that_fills_several_cells_stands_in_each(kind: str) -> None:
    """Only the first of them holds it."""
    there = re.search(r'<c r="E5"[^>]*?(?:/>|>.*?</c>)', _form().parts[SHEET].decode())
    assert there
    first = f'<c r="E5"><f t="{kind}" ref="E5:F5">1+1</f><v>9</v></c>'
    data = _form().change(SHEET, there[0], first)
    assert Came(read_submission(data, TEMPLATES)).named(AMOUNT) == {"formula_in_answer"}


@pytest.mark.parametrize("name", ["$F$5", "", "5F", "F"])
def test_a_cell_whose_name_is_none_is_named(name: str) -> None:
    """Some offices leave it out, others put it somewhere."""
    data = _form().amount(f'<c r="{name}" s="17"><v>12</v></c>')
    assert Came(read_submission(data, TEMPLATES)).named(AMOUNT) & {"cell_unclear", "readers_differ"}


# -- xls


_AS_IT_WAS = NUMBER, struct.pack("<HHHd", 4, 5, 0, 4.83)


@cache
def _records() -> Records:
    return records_of_form(filled_form())


def xls(*others: tuple[int, bytes], before: tuple[tuple[int, bytes], ...] = ()) -> Came:
    """The form as an xls with other records in the place of an amount, and some before it."""
    records = _records()
    there = records.index(_AS_IT_WAS)
    changed = [*records[:there], *before, *others, *records[there + 1 :]]
    return Came(read_submission(xls_of(changed), TEMPLATES))


def test_an_xls_is_read_alike_however_much_stands_in_it() -> None:
    unknown = (0x0896, bytes(8000))
    short, long = xls(_AS_IT_WAS), xls(_AS_IT_WAS, before=(unknown,) * 600)
    assert long.submission.entries == short.submission.entries
    assert long.submission.findings == short.submission.findings


def at(content: bytes, kind: int = NUMBER) -> tuple[int, bytes]:
    return kind, struct.pack("<HHH", 4, 5, 0) + content


def old(kind: int, content: bytes) -> tuple[int, bytes]:
    """A cell of Excel 2."""
    return kind, struct.pack("<HH3s", 4, 5, bytes(3)) + content


def short(number: int, kind: int = 2) -> bytes:
    return struct.pack("<i", number << 2 | kind)


def wide(text: str, length: int = 0) -> bytes:
    return struct.pack("<HB", length or len(text), 1) + text.encode("utf-16-le")


def formula(result: bytes, *more: tuple[int, bytes]) -> tuple[tuple[int, bytes], ...]:
    """1 + 1, as which no result below is right."""
    tokens = b"\x1e\x01\x00\x1e\x01\x00\x03"
    return (at(result + struct.pack("<HIH", 0, 0, len(tokens)) + tokens, 0x06), *more)


NO_NUMBER = b"\xff\xff"
#: a text that reserves more than it holds: the reader that others use gives up over the sheet
TOO_LONG = (0xFD, struct.pack("<HHHI", 40, 0, 0, 0) + bytes(8))

XLS = {
    "a number": ((at(struct.pack("<d", 12)),), "12"),
    "a short number": ((at(short(12), 0x27E),), "12"),
    "a negative short number": ((at(short(-12), 0x27E),), "-12"),
    "a short hundredfold": ((at(short(1234, 3), 0x27E),), "12.34"),
    "half a number": ((at(struct.pack("<d", 12.5)[4:], 0x27E),), "12.5"),
    "several short numbers": (
        ((0xBD, struct.pack("<HHH", 4, 5, 0) + short(12) + struct.pack("<H", 5)),), "12"),
    "its own text": ((at(wide("≥9座"), LABEL),), "≥9座"),
    "its own text with looks": ((at(wide("≥9座") + bytes(6), 0xD6),), "≥9座"),
    "its own text, continued": ((at(wide("甲乙", 4), LABEL), (0x3C, b"\0ab")), "readers_differ"),
    "a truth": ((at(b"\1\0", 0x205),), "True"),
    "an error": ((at(b"\x07\x01", 0x205),), "error_value"),
    "an unknown error": ((at(b"\x63\x01", 0x205),), "error_value"),
    "a formula": (formula(struct.pack("<d", 900)), "formula_in_answer"),
    "a formula of nought": (formula(struct.pack("<d", 0)), "formula_without_value"),
    "a formula of a text": (formula(bytes(6) + NO_NUMBER, (0x207, wide("12"))),
                            "formula_in_answer"),
    "a formula of no text": (formula(b"\3" + bytes(5) + NO_NUMBER), "formula_in_answer"),
    "a formula of an error": (formula(b"\2\0\7\0\0\0" + NO_NUMBER), "error_value"),
    "a shared formula": (
        formula(struct.pack("<d", 900), (0x4BC, struct.pack("<HHBBBBH", 4, 4, 5, 5, 0, 1, 3)
                                         + b"\x1e\x05\x00")), "formula_in_answer"),
    "a number of Excel 2": ((old(3, struct.pack("<d", 900)),), "cell_unclear"),
    "a number of Excel 2 besides": (
        (at(struct.pack("<d", 12)), old(3, struct.pack("<d", 900))), "cell_unclear"),
    "a whole number of Excel 2": ((old(2, struct.pack("<H", 900)),), "cell_unclear"),
    "a text of Excel 2": ((old(4, b"\x03abc"),), "cell_unclear"),
    "a truth of Excel 2": ((old(5, b"\1\0"),), "cell_unclear"),
    "a formula of Excel 3": ((at(struct.pack("<dHH", 900, 0, 3) + b"\x1e\1\0", 0x206),),
                             "cell_unclear"),
    "a formula of Excel 4": ((at(struct.pack("<dHH", 900, 0, 3) + b"\x1e\1\0", 0x406),),
                             "cell_unclear"),
}  # fmt: skip


@pytest.mark.parametrize("case", XLS)
def test_an_odd_cell_of_an_xls_is_what_is_shown_or_named(case: str) -> None:
    records, wanted = XLS[case]
    assert xls(*records).to(AMOUNT) == wanted


@pytest.mark.parametrize(
    ("kind", "flags", "behind"), [(0x204, 9, 3), (0xD6, 9, 0), (0xD6, 1, 5), (0xD6, 1, 3)]
)
def test_a_text_whose_looks_are_cut_short_is_damage(kind: int, flags: int, behind: int) -> None:
    """Of one look, which takes four bytes: behind it LibreOffice shows no cell at all."""
    one = struct.pack("<H", 1)
    head = struct.pack("<HB", 3, flags) + (one if flags & 8 else b"")
    text = head + "≥9座".encode("utf-16-le")
    looks = (b"" if flags & 8 else one) + bytes(4)
    if kind == 0xD6 and flags & 8:
        looks += one
    whole = "readers_differ" if flags & 8 else "≥9座"
    assert xls(at(text + looks + bytes(4), kind)).to(AMOUNT) == whole
    with pytest.raises(WorkbookError) as told:
        xls(at((text + looks)[: len(text) + behind], kind))
    assert told.value.code == "damaged"


@pytest.mark.parametrize("flags_and_height", [(2, 300), (1, 15)])
def test_rows_of_an_xls_of_which_nothing_is_said_may_be_hidden(
    flags_and_height: tuple[int, int],
) -> None:
    others = (0x225, struct.pack("<HH", *flags_and_height))
    assert "rows_hidden" in {
        one.code for one in xls(_AS_IT_WAS, before=(others,)).submission.findings
    }
    rows = [(0x208, struct.pack("<8H", row, 0, 9, 300, 0, 0, 0, 0)) for row in range(100)]
    seen = xls(_AS_IT_WAS, before=(others, *rows)).submission.findings
    assert "rows_hidden" not in {one.code for one in seen}


@pytest.mark.parametrize("last", [4, 6])
def test_values_of_a_row_that_are_not_as_many_as_they_say_are_damage(last: int) -> None:
    """LibreOffice shows the values that are there, whatever is said of their columns."""
    with pytest.raises(WorkbookError) as told:
        xls((0xBD, struct.pack("<HHH", 4, 5, 0) + short(12) + struct.pack("<H", last)))
    assert told.value.code == "damaged"


def test_two_books_of_one_version_in_an_xls_are_damage() -> None:
    """Excel opens the one, LibreOffice the other."""
    stream = stream_of(_records())
    streams = {"Workbook": stream, "Book": stream.replace(b"\x52\xb8\x1e\x85", b"\x52\xb8\x1e\x86")}
    assert streams["Book"] != stream
    with pytest.raises(WorkbookError) as told:
        read_submission(compound(streams), TEMPLATES)
    assert told.value.code == "damaged"


@pytest.mark.parametrize("case", ["a formula", "a formula of nought", "an error"])
def test_a_broken_record_hides_no_other(case: str) -> None:
    records, wanted = XLS[case]
    texts = (0xFC, struct.pack("<II", 1, 1) + wide("甲"))
    changed = [_records()[0], texts, *_records()[1:]]
    there = changed.index((NUMBER, struct.pack("<HHHd", 4, 5, 0, 4.83)))
    changed[there : there + 1] = [TOO_LONG, *records]
    submission = read_submission(xls_of(changed), TEMPLATES)
    found = [one.code for one in submission.findings if one.path == AMOUNT]
    assert found == [wanted]


def test_shared_texts_go_on_in_the_next_record() -> None:
    """Between texts, in one, in how it looks; then its characters may be of another width."""
    first, looks, said = wide("第一"), bytes(8), bytes(6)
    rich = struct.pack("<HBH", 3, 9, 2) + "≥9座".encode("utf-16-le")
    heard = struct.pack("<HBI", 2, 5, 6) + "甲乙".encode("utf-16-le")
    texts = ("第一", "≥9座", "甲乙")
    whole = first + rich + looks + heard + said
    plain_cuts = (len(first), len(first + rich) + 3, len(whole) - 2, len(first) + 1)
    for cut in plain_cuts:
        assert tuple(Texts([whole[:cut], whole[cut:]]).all()) == texts
    for cut in (5, len(first) + 7, len(first + rich + looks) + 9):
        assert tuple(Texts([whole[:cut], b"\1" + whole[cut:]]).all()) == texts
    assert tuple(Texts([wide("甲", 3), b"\0ab" + first]).all()) == ("甲ab", "第一")
    assert tuple(Texts([first + wide("甲", 3)]).all()) == ("第一",)


def test_a_character_that_goes_on_in_the_next_record_is_one() -> None:
    """Rare ones take four bytes, and programs cut between two."""
    text = wide("甲\U00020bb7乙", 4)
    cut = 3 + 4
    assert tuple(Texts([text[:cut], b"\1" + text[cut:]]).all()) == ("甲\U00020bb7乙",)


def test_a_character_that_one_reader_cuts_in_two_is_named() -> None:
    place = struct.pack("<HHH", 1, 2, 0)
    named = next(one for one in _records() if one[0] == LABEL and one[1].startswith(place))
    there = _records().index(named)
    text = struct.pack("<II", 1, 1) + wide("甲\U00020bb7乙", 4)
    cut = 8 + 3 + 4
    shared = (0xFC, text[:cut]), (0x3C, b"\1" + text[cut:])
    name = 0xFD, place + struct.pack("<I", 0)
    records = [_records()[0], *shared, *_records()[1:there], name, *_records()[there + 1 :]]
    came = Came(read_submission(xls_of(records), TEMPLATES))
    assert came.to(NAME) == "readers_differ"


def test_the_codepage_of_an_xls_says_nothing_of_its_texts() -> None:
    """Those of Excel 97 and later are always written in UTF-16, whatever some programs say."""
    records = [(CODEPAGE, struct.pack("<H", 936)) if kind == CODEPAGE else (kind, content)
               for kind, content in _records()]  # fmt: skip
    submission = read_submission(xls_of(records), TEMPLATES)
    assert submission.entries == xls(_AS_IT_WAS).submission.entries
