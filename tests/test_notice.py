"""What a round says on each form: until when, to whom, whom to ask."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from ptxl.layout.helper_sheets import guide_lines, helper_sheets
from ptxl.model.form import Notice
from ptxl.read import read_submission
from ptxl.renew.fill import fill_form
from ptxl.renew.repair import repair_form
from ptxl.template import Templates, load_template
from ptxl.write.stencil import Stencil
from tests.conftest import TINY, UNIT, MakeTemplate
from tests.office import Office
from tests.packages import patch_cells

NOTICE = Notice(
    deadline=date(2026, 3, 20),
    office="清源县财政局",
    contact="张三",
    telephone="0313-6812345",
    number="清财绩〔2026〕5号",
)
LINES = [
    "请于2026年3月20日前（含当日）报清源县财政局",
    "联系人：张三；联系电话：0313-6812345",
    "依据文件：清财绩〔2026〕5号",
]
GUIDE = helper_sheets("zh").guide


@pytest.fixture
def templates(make_template: MakeTemplate) -> Templates:
    return Templates([make_template(TINY)])


@pytest.fixture
def stencil(templates: Templates) -> Stencil:
    return Stencil(templates.get("tiny").layout({}), round="2026", notice=NOTICE)


def guide(data: bytes) -> list[str]:
    sheet = openpyxl.load_workbook(io.BytesIO(data))[GUIDE]
    return [str(row[1].value or row[0].value) for row in sheet.iter_rows(max_col=2)]


def test_the_guide_says_it_below_whose_form_it_is(stencil: Stencil) -> None:
    lines = guide(stencil.stamp(UNIT))
    assert lines[1].startswith("填报单位：101001 清源县教育局")
    assert lines[2:5] == LINES
    assert re.match("填报人：.*联系电话：.*审核人：.*（盖章）", lines[-1])


@pytest.mark.parametrize(
    ("notice", "lines"),
    [
        (Notice(), []),
        (Notice(office="财政局"), ["填好后报财政局"]),
        (Notice(deadline=date(2026, 12, 1)), ["请于2026年12月1日前（含当日）填好报回"]),
        (Notice(telephone="1"), ["联系电话：1"]),
    ],
)
def test_what_is_not_known_is_not_said(stencil: Stencil, notice: Notice, lines: list[str]) -> None:
    said = [text for mark, text in guide_lines(stencil.layout.form, notice) if mark == "!"]
    assert said == lines


def test_an_english_form_says_it_in_english() -> None:
    form = load_template("service-grant").form()
    said = [text for mark, text in guide_lines(form, NOTICE) if mark == "!"]
    assert said[0] == "Please return to 清源县财政局 by 2026-3-20 (that day included)"


def test_another_deadline_makes_no_other_form(stencil: Stencil, templates: Templates) -> None:
    later = Stencil(
        stencil.layout, round="2026", notice=replace(NOTICE, deadline=date(2026, 4, 1), number="")
    )
    assert stencil.identity(UNIT) == later.identity(UNIT)
    for one in (stencil, later):
        submission = read_submission(one.stamp(UNIT), templates)
        assert (submission.findings, submission.identity) == ((), stencil.identity(UNIT))


def test_a_notice_that_was_edited_is_no_change_of_the_form_but_another_unit_is(
    stencil: Stencil, templates: Templates
) -> None:
    data = stencil.stamp(UNIT)
    assert read_submission(patch_cells(data, {GUIDE: {(2, 1): "已延期"}}), templates).findings == ()
    found = read_submission(
        patch_cells(data, {GUIDE: {(1, 1): "填报单位：9 乙"}}), templates
    ).findings
    assert found


def test_a_form_with_a_notice_is_repaired(stencil: Stencil, templates: Templates) -> None:
    data = fill_form(stencil.stamp(UNIT), {"name": "校舍维修"}, templates)
    repaired = repair_form(data, templates)
    assert (dict(repaired.recovered), repaired.lost) == ({"表": 1}, ())


def test_the_workbook_opens_on_the_guide(stencil: Stencil) -> None:
    """A clerk reads first until when and to whom; the form is one click away."""
    with zipfile.ZipFile(io.BytesIO(stencil.stamp(UNIT))) as archive:
        book = archive.read("xl/workbook.xml").decode()
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert re.search(rf'<sheet name="{GUIDE}" sheetId="1"', book)
    assert 'tabSelected="1"' in sheet
    assert re.search('activeTab="[^0]', book) is None


@pytest.mark.office
@pytest.mark.parametrize("ending", ["xlsx", "ods", "xls"])
def test_a_form_with_a_notice_is_silent_after_a_save_by_an_office(
    stencil: Stencil, templates: Templates, office: Office, tmp_path: Path, ending: str
) -> None:
    source, target = tmp_path / "form.xlsx", tmp_path / f"saved.{ending}"
    source.write_bytes(stencil.stamp(UNIT))
    office.convert(source, target)
    assert read_submission(target.read_bytes(), templates).findings == ()
