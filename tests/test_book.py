"""An open workbook: what each format tells, and what a second reader has against the first."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import msoffcrypto.format.ooxml
import pytest

from ptxl import api
from ptxl.documents.document import load_answers
from ptxl.model.errors import WorkbookError
from ptxl.model.form import Unit
from ptxl.model.submission import Entry, Submission
from ptxl.read import open_workbook, read_submission
from ptxl.read.formats.common import Cell, constant, date_of, mean_the_same, shows_a_date
from ptxl.read.workbook import Workbook
from ptxl.receive.sniff import Package, sniff
from ptxl.renew.fill import fill_form
from ptxl.template import Templates, load_template
from ptxl.write.self_check import LIGHTS_NAME
from ptxl.write.stencil import write_form
from tests.conftest import SAMPLES
from tests.handmade import DIMENSIONS, compound, stream_of, unzipped, xls_records, zipped
from tests.office import Office, set_cell, unprotect_sheet

TEMPLATES = Templates()
FORMATS = ("xlsx", "xls", "ods")
ANSWERS = SAMPLES / "good" / "hebei-2020-project-1" / "answers.json"
SHEET = "xl/worksheets/sheet3.xml"
CODE, TOTAL = "projects[0].code", "projects[0].funds.total"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#: how transitional and strict files name the same things
STRICT = (
    (MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main"),
    ("http://schemas.openxmlformats.org/officeDocument/2006/relationships",
     "http://purl.oclc.org/ooxml/officeDocument/relationships"),
    ("http://schemas.openxmlformats.org/officeDocument/2006/",
     "http://purl.oclc.org/ooxml/officeDocument/"),
    ("http://schemas.openxmlformats.org/drawingml/2006/main",
     "http://purl.oclc.org/ooxml/drawingml/main"),
)  # fmt: skip


@pytest.fixture(scope="module")
def filled() -> bytes:
    answers = load_answers(ANSWERS)
    layout = load_template("hebei-department").layout(answers["form"]["parameters"])
    return fill_form(write_form(layout, Unit(**answers["unit"])), answers, TEMPLATES)


@pytest.fixture(scope="module")
def read(filled: bytes) -> Submission:
    return read_submission(filled, TEMPLATES)


def patched(data: bytes, **changes: Callable[[bytes], bytes]) -> bytes:
    """A workbook with parts changed, named by the end of their names without suffix."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            change = changes.get(Path(name).stem, bytes)
            archive.writestr(name, change(source.read(name)))
    return target.getvalue()


def holding(cell: str, xml: str) -> Callable[[bytes], bytes]:
    """Puts other XML in the place of a cell."""
    pattern = re.compile(rb'<c r="%s"[^>]*?(?:/>|>.*?</c>)' % cell.encode())

    def change(content: bytes) -> bytes:
        changed, count = pattern.subn(xml.encode().replace(b"\\", rb"\\"), content, count=1)
        assert count == 1
        return changed

    return change


def codes(submission: Submission) -> list[str]:
    return [found.code for found in submission.findings]


# -- what each format tells


@pytest.mark.office
@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_tells_the_same_of_a_workbook(
    office: Office, filled: bytes, tmp_path: Path, suffix: str
) -> None:
    (tmp_path / "a.xlsx").write_bytes(filled)
    office.convert(tmp_path / "a.xlsx", tmp_path / f"b.{suffix}")
    issued = open_workbook(filled)
    workbook = open_workbook((tmp_path / f"b.{suffix}").read_bytes())
    assert workbook.kind == suffix
    assert workbook.names == issued.names
    assert workbook.hidden == issued.hidden == {"_check", "_lists", "_map", "_ptxl", "_values"}
    ours = {name: text for name, text in issued.defined_names().items() if name[:5] == "ptxl_"}
    del ours[LIGHTS_NAME]  # an area, which each program writes in its own way
    assert ours.items() <= workbook.defined_names().items()
    assert ours["ptxl_template"] == "hebei-department"
    assert issued.properties().items() <= workbook.properties().items()
    serial = issued.properties()["ptxl_serial"]
    assert all(serial in workbook.footers()[name] for name in ("项目1", "填报自查", "填报说明"))
    assert [workbook.protected(name) for name in ("项目1", "备注")] == [True, False]
    state = workbook.state("项目1")
    assert state.merges == issued.state("项目1").merges
    assert not state.filtered
    assert not state.hidden_rows
    assert {(13, 0), (24, 1)} <= {
        (row, column)
        for top, left, bottom, right in state.dropdowns
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    }


@pytest.mark.office
@pytest.mark.parametrize("suffix", FORMATS)
def test_two_readers_agree_on_every_cell(
    office: Office, filled: bytes, tmp_path: Path, suffix: str
) -> None:
    """Also with white space, line breaks, rich characters, times and truth values."""
    texts = {"A2": "  两 端  ", "A3": "上\n下", "A4": "a  b", "A5": "𠮷<&>\"'", "A6": "=1/3",
             "A7": "=TRUE()", "A8": "=DATE(2026;3;1)", "A9": "=TIME(12;30;0)", "A10": "2026-3-1",
             "A11": "_x0041_", "A12": "1e3", "A13": "=100000000000000000000"}  # fmt: skip
    (tmp_path / "a.xlsx").write_bytes(filled)
    edits = [set_cell("备注", cell, text) for cell, text in texts.items()]
    edits += [set_cell("备注", "B2", 0.1 + 0.2), set_cell("备注", "B3", -123456789.125)]
    office.edit(tmp_path / "a.xlsx", edits, tmp_path / f"b.{suffix}")
    workbook = open_workbook((tmp_path / f"b.{suffix}").read_bytes())
    # LibreOffice writes 0 for texts that it has not computed yet, and in ods nothing for "".
    allowed = {"formula_in_answer", "" if suffix == "xlsx" else "formula_without_value"}
    compared = 0
    for name in workbook.names:
        formulas = workbook.formulas_and_errors(name)
        for row, values in enumerate(workbook.grid(name)):
            for column in range(len(values)):
                found = workbook.doubt(name, (row, column))
                assert (found is not None) == ((row, column) in formulas)
                assert found is None or found.code in allowed, (name, row, column)
                compared += 1
    assert compared > 700


def test_an_unencrypted_form_and_one_for_everybody_read_alike(
    filled: bytes, read: Submission
) -> None:
    """Excel encrypts a protected workbook with a password that every program knows."""
    everybody = read_submission(encrypted(filled, "VelvetSweatshop"), TEMPLATES)
    assert everybody.entries == read.entries
    assert everybody.findings == ()
    with pytest.raises(WorkbookError) as error:
        read_submission(encrypted(filled, "123456"), TEMPLATES)
    assert error.value.code == "encrypted"


@pytest.mark.office
def test_an_encrypted_xls_is_told_in_the_same_way(
    office: Office, filled: bytes, read: Submission, tmp_path: Path
) -> None:
    (tmp_path / "a.xlsx").write_bytes(filled)
    office.convert(tmp_path / "a.xlsx", tmp_path / "b.xls", password="VelvetSweatshop")
    data = (tmp_path / "b.xls").read_bytes()
    with pytest.raises(WorkbookError):
        sniff(data)
    everybody = read_submission(data, TEMPLATES)
    assert everybody.entries == read.entries
    assert everybody.findings == ()
    for suffix in ("xls", "ods"):
        office.convert(tmp_path / "a.xlsx", tmp_path / f"c.{suffix}", password="123456")
        with pytest.raises(WorkbookError) as error:
            read_submission((tmp_path / f"c.{suffix}").read_bytes(), TEMPLATES)
        assert error.value.code == "encrypted"


def encrypted(data: bytes, password: str) -> bytes:
    target = io.BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(io.BytesIO(data)).encrypt(password, target)
    return target.getvalue()


@pytest.mark.parametrize("command", ["read", "fill", "repair"])
def test_limits_hold_whatever_a_file_is_opened_for(
    filled: bytes, tmp_path: Path, command: str
) -> None:
    (tmp_path / "a.xlsx").write_bytes(filled)
    terms = api.Terms(limits=api.Limits(entries=5))
    more: dict[str, list[object]] = {
        "read": [], "fill": [{}, tmp_path / "b.xlsx"], "repair": [tmp_path / "b.xlsx"],
    }  # fmt: skip
    with pytest.raises(WorkbookError) as error:
        getattr(api, command)(tmp_path / "a.xlsx", *more[command], terms=terms)
    assert error.value.code == "bomb"
    assert not (tmp_path / "b.xlsx").exists()


def test_strict_files_read_like_others(filled: bytes, read: Submission) -> None:
    def strict(content: bytes) -> bytes:
        for transitional, name in STRICT:
            content = content.replace(transitional.encode(), name.encode())
        return content

    with zipfile.ZipFile(io.BytesIO(filled)) as archive:
        every = {Path(name).stem: strict for name in archive.namelist()}
    data = patched(filled, **every)
    assert b"purl.oclc.org/ooxml/spreadsheetml/main" in part_of(data, SHEET)
    submission = read_submission(data, TEMPLATES)
    assert submission.entries == read.entries
    assert submission.findings == ()
    assert open_workbook(data).state("项目1") == open_workbook(filled).state("项目1")


def part_of(data: bytes, part: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(part)


def test_names_may_carry_a_prefix(filled: bytes, read: Submission) -> None:
    """As some programs that are no office write them."""

    def prefixed(content: bytes) -> bytes:
        content = content.replace(b"xmlns=", b"xmlns:x=", 1)
        return re.sub(rb"<(/?)(?=[a-zA-Z])(?!\?)", rb"<\1x:", content)

    data = patched(filled, sheet3=prefixed, sheet1=prefixed)
    submission = read_submission(data, TEMPLATES)
    assert submission.entries == read.entries
    assert submission.findings == ()
    assert open_workbook(data).formulas_and_errors("项目1") == open_workbook(
        filled
    ).formulas_and_errors("项目1")
    formula = holding("C5", '<c r="C5"><f>4+6</f><v>10</v></c>')
    wrong = patched(filled, sheet3=lambda content: prefixed(formula(content)))
    assert codes(read_submission(wrong, TEMPLATES)) == ["formula_in_answer"]


# -- formulas in answers


@pytest.mark.office
@pytest.mark.parametrize("suffix", FORMATS)
def test_a_formula_is_read_as_it_shows_and_reported(
    office: Office, filled: bytes, read: Submission, tmp_path: Path, suffix: str
) -> None:
    formulas = {"C5": "=4+6", "B4": '="224-0603"&"-YBN-W8XP"', "E5": '=IF(C5>0;C5;"")'}
    (tmp_path / "a.xlsx").write_bytes(filled)
    edits = [set_cell("项目1", cell, formula) for cell, formula in formulas.items()]
    office.edit(tmp_path / "a.xlsx", [unprotect_sheet("项目1"), *edits], tmp_path / f"b.{suffix}")
    submission = read_submission((tmp_path / f"b.{suffix}").read_bytes(), TEMPLATES)
    found = {f.cell: f for f in submission.findings if f.path}
    expected = dict(read.entries)
    if suffix == "xls":  # LibreOffice writes 0 as the result of a formula in a cell for texts
        expected.pop(CODE)
        assert found["B4"].code == "formula_without_value"
    assert submission.entries == expected
    assert set(found) == set(formulas)
    assert {found[cell].code for cell in ("C5", "E5")} == {"formula_in_answer"}
    assert str(found["C5"].facts["formula"]).replace(".0", "") == "=4+6"
    assert str(found["C5"].facts["formula"]) in found["C5"].message("zh")
    assert "224-0603" in str(found["B4"].facts["formula"])


@pytest.mark.parametrize(
    "xml",
    ["<f>5+5</f>", "<f>5+5</f><v></v>", '<f t="shared" si="3">5+5</f>', "<f/>"],
)
def test_a_formula_without_its_result_is_left_unread(filled: bytes, xml: str) -> None:
    data = patched(filled, sheet3=holding("C5", f'<c r="C5">{xml}</c>'))
    submission = read_submission(data, TEMPLATES)
    assert codes(submission) == ["formula_without_value"]
    assert submission.findings[0].severity == "error"
    assert submission.findings[0].place() == "项目1!C5"
    assert TOTAL not in submission.entries


def test_a_link_to_another_workbook_is_shown_and_not_followed(
    filled: bytes, read: Submission
) -> None:
    xml = '<c r="C5"><f>[1]预算!$B$2</f><v>10</v></c>'
    submission = read_submission(patched(filled, sheet3=holding("C5", xml)), TEMPLATES)
    assert codes(submission) == ["formula_in_answer"]
    assert "[1]预算!$B$2" in submission.findings[0].message("zh")
    assert submission.entries == read.entries


def test_a_shared_formula_is_shown_in_each_of_its_cells(filled: bytes) -> None:
    first = '<c r="C5"><f t="shared" ref="C5:E5" si="0">2*5</f><v>10</v></c>'
    second = '<c r="E5"><f t="shared" si="0"/><v>10</v></c>'
    data = patched(filled, sheet3=lambda c: holding("E5", second)(holding("C5", first)(c)))
    found = read_submission(data, TEMPLATES).findings
    assert [(f.cell, f.facts["formula"]) for f in found] == [("C5", "=2*5"), ("E5", "=2*5")]


# -- two readers

DATED = '<c r="C5" s="{date}">{held}</c>'


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (DATED.format(date="{date}", held="<v>-1</v>"), "readers_differ"),
        (DATED.format(date="{date}", held="<v>1e999</v>"), "error_value"),
        (DATED.format(date="{date}", held="<v>20240115</v>"), "shown_otherwise"),
        (DATED.format(date="{date}", held="<v>0.5</v>"), "shown_otherwise"),
        (DATED.format(date="{date}", held="<v>45170</v>"), ""),
        (DATED.format(date="{date}", held="<v>45170.25</v>"), ""),
        ('<c r="C5"><v>1<!-- -->2</v></c>', "readers_differ"),
        ('<c r="C5" t="s"><v>99999</v></c>', "error_value"),
        ('<c r="C5"><!-- --><v>10</v></c>', ""),
        ('<c r="C5" t="inlineStr"><is><t><![CDATA[10]]></t></is></c>', ""),
        ('<c r="C5" t="inlineStr"><is><r><t>1</t></r><r><t>0</t></r>'
         '<rPh sb="0" eb="1"><t>shi</t></rPh></is></c>', ""),
        ('<c r="C5" t="b"><v>1</v></c>', ""),
        ('<c r="C5" t="str"><v> 10 </v></c>', ""),
        ('<c r="C5" t="d"><v>2026-03-01</v></c>', ""),
        ('<c r="C5"><v>1.0E1</v></c>', ""),
    ],
)  # fmt: skip
def test_where_readers_may_differ_both_are_asked(filled: bytes, xml: str, code: str) -> None:
    """Each is asked about the whole sheet: a label was changed besides."""
    data = patched(filled, styles=with_date_style, sheet3=lambda content: holding(
        "A4", '<c r="A4" t="inlineStr"><is><t>项目代码</t></is></c>'
    )(holding("C5", xml.replace("{date}", "99"))(content)))  # fmt: skip
    submission = read_submission(data, TEMPLATES)
    assert codes(submission) == ["locked_text_changed", *([code] if code else [])]
    assert (TOTAL in submission.entries) == (not code)
    if code == "readers_differ":
        facts = submission.findings[1].facts
        assert facts["raw"] != facts["other"]


def with_date_style(content: bytes) -> bytes:
    """Cell styles up to the number 99, the last one of which shows dates."""
    count = int(re.search(rb'<cellXfs count="(\d+)"', content)[1])  # type: ignore[index]
    plain = b'<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>' * (99 - count)
    dates = b'<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>'
    return content.replace(b"</cellXfs>", plain + dates)


@pytest.mark.parametrize("held", ["-1", "-0.5"])
def test_a_time_or_an_ancient_day_is_asked_about_in_a_form_left_as_issued(
    filled: bytes, held: str
) -> None:
    xml = f'<c r="C5" s="99"><v>{held}</v></c>'
    data = patched(filled, styles=with_date_style, sheet3=holding("C5", xml))
    submission = read_submission(data, TEMPLATES)
    assert codes(submission) == ["readers_differ"]
    assert TOTAL not in submission.entries


def test_dates_counted_from_1904_are_the_days_that_are_shown(filled: bytes) -> None:
    xml = '<c r="C5" s="99"><v>43708</v></c>'
    data = patched(
        filled, styles=with_date_style, sheet3=holding("C5", xml),
        workbook=lambda content: content.replace(b"<workbookPr ", b'<workbookPr date1904="1" '),
    )  # fmt: skip
    submission = read_submission(data, TEMPLATES)
    assert submission.entries[TOTAL] == Entry(date(2023, 9, 1))
    assert submission.findings == ()


def test_content_for_some_programs_only_is_not_taken(filled: bytes) -> None:
    """Markup of which an older program shows nothing."""
    xml = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/'
        '2006"><mc:Choice Requires="x14"><c r="C5"><v>1</v></c></mc:Choice></mc:AlternateContent>'
    )
    submission = read_submission(patched(filled, sheet3=holding("C5", xml)), TEMPLATES)
    assert codes(submission) == ["readers_differ"]
    assert TOTAL not in submission.entries


def test_parts_with_unusual_names_are_compared(filled: bytes) -> None:
    """The package names its texts elsewhere, and a part of the usual name says otherwise."""

    def other(content: bytes) -> bytes:
        return content.replace(b"sharedStrings.xml", b"strings.xml")

    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(filled)) as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            content = source.read(name)
            if name.endswith((".rels", "[Content_Types].xml")):
                content = other(content)
            archive.writestr(name, content)
            if name == "xl/sharedStrings.xml":
                archive.writestr("xl/strings.xml", content)
    submission = read_submission(target.getvalue(), TEMPLATES)
    assert submission.findings == ()
    swapped = patched(target.getvalue(), strings=lambda content: content.replace(
        "产出指标".encode(), "效果指标".encode()))  # fmt: skip
    found = read_submission(swapped, TEMPLATES)
    assert set(codes(found)) <= {"readers_differ"}


@pytest.mark.parametrize(
    "xml", ['<c r="C5" t="zzz"><v>7</v></c>', '<c r="C5" t="s"><v>99999</v></c>']
)
def test_what_the_first_reader_cannot_open_the_second_reads(
    filled: bytes, read: Submission, xml: str
) -> None:
    """All but the one cell that nobody can read, which is named."""
    data = patched(filled, sheet3=holding("C5", xml))
    submission = read_submission(data, TEMPLATES)
    assert codes(submission) == ["error_value"]
    assert submission.findings[0].cell == "C5"
    rest = {path: entry for path, entry in read.entries.items() if path != TOTAL}
    assert submission.entries == rest


def test_a_broken_part_is_named(filled: bytes) -> None:
    data = patched(filled, workbook=lambda content: content.replace(b"</sheets>", b""))
    with pytest.raises(WorkbookError) as error:
        read_submission(data, TEMPLATES)
    assert error.value.code == "broken_xml"
    assert "xl/workbook.xml" in str(error.value)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (3, 3.0), (3.0, Decimal("3.00")), (0.1 + 0.2, 0.3), (date(2026, 3, 1), 46082.0),
        (date(2026, 3, 1), datetime(2026, 3, 1)), (time(12), 0.5), (timedelta(hours=36), 1.5),
        (" 甲 ", "甲"), ("a\r\nb", "a\nb"), ("", None), ("\u200b", ""), ("甲\u00a0乙", "甲 乙"),
        (float("nan"), float("nan")), (True, True),
    ],
)  # fmt: skip
def test_equal_meanings_are_equal(first: object, second: object) -> None:
    assert mean_the_same(first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (3, "3"), (True, 1), (0, ""), (False, ""), (3, 3.0001), ("甲 乙", "甲乙"), ("a", "A"),
        (time(0), -1.0), (datetime(1899, 12, 30), float("nan")), (date(2026, 3, 1), "2026-03-01"),
    ],
)  # fmt: skip
def test_other_meanings_are_not(first: object, second: object) -> None:
    assert not mean_the_same(first, second)


def test_small_words_of_the_formats() -> None:
    assert constant('="甲""乙"&"丙"') == '甲"乙丙'
    assert constant("=项目1!$A$1") == "项目1!$A$1"
    assert date_of(45170.0) == date(2023, 9, 1)
    assert date_of(45170.5) == datetime(2023, 9, 1, 12)
    assert [date_of(number) for number in (-1.0, 60.0, 1e9)] == [-1.0, 60.0, 1e9]
    dates = ("yyyy-mm-dd", '[$-804]yyyy"年"m"月"', "[h]:mm", "mmm-yy", "m/d", "上午/下午h:mm")
    numbers = ("General", "0.00", "@", '0"年"', "#,##0;[Red]-#,##0", '"day" 0', "[>100]0", "\\d0")
    assert [shows_a_date(one) for one in dates] == [True] * len(dates)
    assert [shows_a_date(one) for one in numbers] == [False] * len(numbers)
    assert Cell("x") == Cell("x", "", "")


def padded(content: bytes) -> bytes:
    """With line breaks around every text of a custom property, and in it."""
    content = re.sub(rb"(<property [^>]*>)(<vt:lpwstr>)", rb"\1\n    \2\n  ", content)
    return content.replace(b"</vt:lpwstr></property>", b"\n  </vt:lpwstr>\n  </property>")


def test_line_breaks_around_an_identity_accuse_nobody(filled: bytes) -> None:
    read = read_submission(filled, TEMPLATES)
    again = read_submission(patched(filled, custom=padded), TEMPLATES)
    assert again.identity == read.identity
    assert again.findings == read.findings


@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_identities_are_read_without_the_blanks_around_them(kind: str) -> None:
    reader = Padded()
    workbook = Workbook((), frozenset(), Package(kind, b""), reader, None)  # type: ignore[arg-type]
    assert workbook.properties() == {"ptxl_serial": "AB"}
    assert workbook.defined_names() == {"ptxl_serial": "AB", "other": "$A$1"}


class Padded:
    """A reader of a file whose program indents texts."""

    def properties(self) -> dict[str, str]:
        return {" ptxl_serial\n": "\n   AB\n  "}

    def defined_names(self) -> dict[str, str]:
        return {"ptxl_serial": '="\n AB "', "other": "=$A$1 "}


@pytest.mark.parametrize("number", [27, 31, 36, 50, 58, 164])
def test_an_amount_in_a_format_at_a_number_of_a_date_stays_a_number(number: int) -> None:
    text = b"#,##0.00"
    own_format = struct.pack("<HHB", number, len(text), 0) + text
    style = struct.pack("<HH", 0, number) + b"\0" * 16
    (begin, *rest) = xls_records({"Sheet1": [[4.83, "text", 45658], [61.0]]})
    records = [begin, (0x41E, own_format), (0xE0, style), *rest]
    workbook = open_workbook(compound({"Workbook": stream_of(records)}))
    assert workbook.grid("Sheet1") == [[4.83, "text", 45658.0], [61.0, "", ""]]
    assert workbook.doubt("Sheet1", (0, 0)) is None


def test_a_date_in_a_format_of_its_own_stays_a_date() -> None:
    text = b"yyyy-mm-dd"
    own_format = struct.pack("<HHB", 31, len(text), 0) + text
    style = struct.pack("<HH", 0, 31) + b"\0" * 16
    (begin, *rest) = xls_records({"Sheet1": [[45658]]})
    records = [begin, (0x41E, own_format), (0xE0, style), *rest]
    workbook = open_workbook(compound({"Workbook": stream_of(records)}))
    assert workbook.grid("Sheet1") == [[date(2025, 1, 1)]]


def test_two_sheets_of_one_part_are_not_read_as_two(filled: bytes) -> None:
    parts = unzipped(filled)
    book = parts["xl/workbook.xml"]
    parts["xl/workbook.xml"] = re.sub(
        rb'(name="[^"]*" sheetId="4" r:id=)"rId4"', rb'\1"rId3"', book
    )
    assert parts["xl/workbook.xml"] != book
    assert refusal_of(zipped(parts)) == "duplicate_parts"


@pytest.mark.parametrize("before", [True, False])
def test_two_relations_of_one_id_are_not_chosen_from(filled: bytes, before: bool) -> None:
    parts, name = unzipped(filled), "xl/_rels/workbook.xml.rels"
    (own,) = re.findall(rb'<Relationship Id="rId3"[^>]*/>', parts[name])
    other = own.replace(b"sheet3.xml", b"sheet4.xml")
    parts[name] = parts[name].replace(own, other + own if before else own + other)
    assert refusal_of(zipped(parts)) == "duplicate_parts"


@pytest.mark.parametrize("size", ["1.2.3", ".", "1..2"])
@pytest.mark.parametrize("what", ['<row r="5" ', "<col "])
def test_a_size_that_is_no_number_is_no_size(filled: bytes, what: str, size: str) -> None:
    parts = unzipped(filled)
    sheet = parts[SHEET].decode()
    (tag,) = re.findall(rf"{what}[^>]*>", sheet)[:1]
    name = "ht" if what.startswith("<row") else "width"
    odd = re.sub(rf'\b{name}="[^"]*"', f'{name}="{size}"', tag)
    parts[SHEET] = sheet.replace(tag, odd, 1).encode()
    found = read_submission(zipped(parts), TEMPLATES)
    assert odd != tag
    assert "hidden" in " ".join(one.code for one in found.findings)


def test_an_xls_may_state_more_rows_than_it_can_have() -> None:
    """LibreOffice does where rows were deleted; no reader reserves memory for them."""
    records = xls_records({"first": [[1.0] * 20, ["text"]]})
    extent = struct.pack("<IIHHH", 0, 1_048_576, 0, 200, 0)
    records = [(kind, extent if kind == DIMENSIONS else own) for kind, own in records]
    workbook = open_workbook(compound({"Workbook": stream_of(records)}))
    assert workbook.grid("first")[0][:20] == [1.0] * 20
    assert workbook.grid("first")[1][0] == "text"


@pytest.mark.parametrize(("once_more", "code"), [("place", "damaged"), ("name", "duplicate_parts")])
def test_two_sheets_of_an_xls_in_one_place_or_of_one_name_are_not_read_as_two(
    once_more: str, code: str
) -> None:
    records = xls_records({"first": [[1.0]], "other": [[2.0]]})
    stream = stream_of(records)
    first, other = (name.encode("utf-16-le") for name in ("first", "other"))
    if once_more == "name":
        twice = stream.replace(other, first)
    else:
        # Where a sheet begins stands at the head of the record that names it.
        begins, others = (stream.index(name) - 8 for name in (first, other))
        twice = stream[:others] + stream[begins : begins + 4] + stream[others + 4 :]
    assert open_workbook(compound({"Workbook": stream_of(records)})).names == ("first", "other")
    assert refusal_of(compound({"Workbook": twice})) == code


def refusal_of(data: bytes) -> str:
    with pytest.raises(WorkbookError) as raised:
        open_workbook(data)
    return str(raised.value.code)
