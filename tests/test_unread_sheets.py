"""The self-check, most of a returned xls or ods, is left out before anything is read."""

from __future__ import annotations

import io
import zipfile

import pytest

from ptxl.documents.document import load_answers
from ptxl.layout.helper_sheets import CHECK_LINES_SHEET, MAP_SHEET, VALUES_SHEET
from ptxl.model.form import Unit
from ptxl.read import open_workbook
from ptxl.read.formats.common import FormatReader, mean_the_same
from ptxl.read.formats.ods import OdsReader
from ptxl.read.formats.xls import XlsReader
from ptxl.receive.ods import emptied
from ptxl.receive.sniff import RECORDS, Package, sniff
from ptxl.renew.fill import fill_form
from ptxl.template import Templates, load_template
from ptxl.write.stencil import write_form
from tests.conftest import SAMPLES
from tests.office import Office

UNREAD = frozenset((CHECK_LINES_SHEET, VALUES_SHEET, MAP_SHEET))
ANSWERS = SAMPLES / "good" / "hebei-2020-project-1" / "answers.json"


@pytest.fixture(scope="module")
def saved(office: Office, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A form that was filled in, as a real office program saves it."""
    answers = load_answers(ANSWERS)
    layout = load_template("hebei-department").layout(answers["form"]["parameters"])
    folder = tmp_path_factory.mktemp("unread")
    form = fill_form(write_form(layout, Unit(**answers["unit"])), answers, Templates())
    (folder / "a.xlsx").write_bytes(form)
    found = {}
    for kind in ("xls", "ods"):
        office.convert(folder / "a.xlsx", folder / f"a.{kind}")
        found[kind] = (folder / f"a.{kind}").read_bytes()
    return found


def reader_of(package: Package) -> FormatReader:
    if package.kind == "xls":
        return XlsReader(package.data, package.parts[RECORDS])
    return OdsReader(package.parts)


@pytest.mark.office
@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_all_but_the_self_check_is_as_it_was(saved: dict[str, bytes], kind: str) -> None:
    whole, less = sniff(saved[kind]), sniff(saved[kind], unread=UNREAD)
    before, after = reader_of(whole), reader_of(less)
    assert less.emptied.keys() == UNREAD
    assert after.names == before.names
    assert after.hidden == before.hidden
    assert after.defined_names() == before.defined_names()
    assert after.footers() == before.footers()
    for name in after.names:
        if name in UNREAD:
            assert not after.cells(name)
            assert less.formulas_left_out(name) == before.formula_count(name) > 0
        else:
            assert after.cells(name) == before.cells(name)
            assert after.state(name) == before.state(name)
            assert after.formula_count(name) == before.formula_count(name)


@pytest.mark.office
@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_what_was_left_out_is_there_when_asked_for(saved: dict[str, bytes], kind: str) -> None:
    """Whoever asks for a sheet that was left out gets it all the same."""
    workbook, whole = open_workbook(saved[kind]), reader_of(sniff(saved[kind]))
    assert workbook.formula_count(CHECK_LINES_SHEET) == whole.formula_count(CHECK_LINES_SHEET)
    for name in UNREAD:
        rows, cells = workbook.rows(name), whole.cells(name)
        for row, column in cells:
            if cells[row, column].value is not None:  # LibreOffice has computed it
                assert mean_the_same(rows[row][column], cells[row, column].value)
        assert workbook.formulas_and_errors(name) == whole.formulas_and_errors(name)


HIDING = {
    "a comment": b'<!-- <table:table table:name="_check"> -->',
    "a text": b'<![CDATA[<table:table table:name="_check">]]>',
    "an instruction": b'<?x <table:table table:name="_check">?>',
    "a second one": b'<table:table table:name="_check"></table:table>',
    "other names of elements": b'<t:x xmlns:t="urn:oasis:names:tc:opendocument:xmlns:table:1.0"/>',
    "names that change": b'<t:x xmlns:t="urn:t" xmlns:table="urn:x"/>',
}


@pytest.mark.office
@pytest.mark.parametrize("how", HIDING)
def test_nothing_is_left_out_where_a_sheet_may_end_elsewhere(
    saved: dict[str, bytes], how: str
) -> None:
    parts = dict(sniff(saved["ods"]).parts)
    parts["content.xml"] = parts["content.xml"].replace(
        b"<table:table ", HIDING[how] + b"<table:table ", 1
    )
    content, counts = emptied(parts["content.xml"], {CHECK_LINES_SHEET})
    assert not counts
    assert content == parts["content.xml"]


@pytest.mark.office
def test_a_sheet_within_the_self_check_is_no_part_of_it(saved: dict[str, bytes]) -> None:
    content = sniff(saved["ods"]).parts["content.xml"]
    place = content.index(b">", content.index(b'table:name="_check"')) + 1
    inner = b'<table:table table:name="inner"></table:table>'
    content = content[:place] + inner + content[place:]
    assert emptied(content, {CHECK_LINES_SHEET}) == (content, {})


@pytest.mark.office
def test_an_xls_that_does_not_say_where_its_sheets_end_is_left_as_it_is(
    saved: dict[str, bytes],
) -> None:
    whole = sniff(saved["xls"]).data
    name = CHECK_LINES_SHEET.encode()
    place = whole.index(bytes((len(name), 0)) + name) - 6  # where its entry says that it starts
    other = whole[:place] + b"\x08\0\0\0" + whole[place + 4 :]
    assert sniff(other, unread={CHECK_LINES_SHEET}).data == other


def test_what_is_no_workbook_of_ours_is_left_as_it_is() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("content.xml", "<a/>")
    data = target.getvalue()
    package_of = sniff(data, unread=UNREAD)
    assert package_of.data == data
    assert package_of.emptied == {}
