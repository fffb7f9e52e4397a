"""Marking: the sender's own workbook with what was found, and nothing else of it changed."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
from lxml import etree
from python_calamine import CalamineWorkbook

from ptxl.cells import cell_name
from ptxl.documents.document import load_answers
from ptxl.mark import findings_workbook
from ptxl.model.errors import WorkbookError
from ptxl.model.findings import Finding, Language, Severity
from ptxl.model.submission import CheckedSubmission
from ptxl.ooxml.workbook import XlsxWorkbook
from ptxl.renew.fill import fill_form
from ptxl.template import Templates
from ptxl.text import Raw
from ptxl.words import LANGUAGES, phrase
from tests.broken import broken_form, check, good_form, load_fault, spoiled_form
from tests.conftest import SAMPLES
from tests.marked import (
    COLOURS,
    canonical,
    colours,
    comments,
    other_changes,
    sheet_names,
    sheet_part,
    sheet_root,
    styles,
    verdict,
)
from tests.office import (
    Office,
    insert_rows,
    move_sheet,
    painted,
    remove_sheet,
    rename_sheet,
    set_cell,
    unprotect_sheet,
)
from tests.packages import mark_workbook, parts, patch_cells, rebuilt, unmark_workbook
from tests.rawxml import general_problems
from tests.validator import validate_all

TEMPLATES = Templates()
CASES = ("county-2024-project-1", "hebei-2020-project-1", "henan-2020-department",
         "national-2026-project-1", "ningxia-2023-project-1")  # fmt: skip
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RED = "FFC4C0"
#: in which a form lights up what is wrong by its own rules
LIT = "F8CBAD"
HOSTILE = '=1+1 <b>&amp;"\'>]]> _x0041_ \x01\ud800𠮷\n+HYPERLINK("http://x")'


class Case(NamedTuple):
    """A filled form with wrong answers in it, and what is found in it."""

    data: bytes
    checked: CheckedSubmission

    @property
    def sheet(self) -> str:
        return self.checked.submission.sheet_names[0]

    def places(self) -> set[str]:
        return {found.place() for found in self.checked.findings if found.cell}


def filled(name: str) -> bytes:
    return good_form(SAMPLES / "good" / name)


def spoiled(name: str) -> Case:
    """Every third answer is a wrong one."""
    data = spoiled_form(SAMPLES / "good" / name)
    return Case(data, check(data))


@pytest.fixture(scope="module")
def one() -> Case:
    return spoiled("hebei-2020-project-1")


def planted(case: Case, *findings: Finding) -> CheckedSubmission:
    return replace(case.checked, findings=findings)


def finding(
    cell: str,
    text: str = "请核对",
    severity: Severity = "error",
    sheet: str = "项目1",
    label: str = "",
) -> Finding:
    sentence = phrase("rules.broken", message=text)
    return Finding(
        code="planted", severity=severity, sheet=sheet, cell=cell, label=label, phrase=sentence
    )


def problems(data: bytes, folder: Path) -> list[str]:
    (folder / "judged.xlsx").write_bytes(data)
    return general_problems(folder / "judged.xlsx")


def listed(data: bytes, sheet: str = "审核意见") -> list[list[object]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return [list(row) for row in book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)]


@pytest.mark.validator
def test_the_validator_finds_nothing_wrong(one: Case, tmp_path: Path) -> None:
    hostile = planted(one, finding("B4", HOSTILE), finding("Z90"))
    made = {
        "en": mark_workbook(one.data, one.checked, "en"),
        "hostile": mark_workbook(with_comments(one.data), hostile),
        "list": findings_workbook(one.checked),
    }
    for name, data in made.items():
        (tmp_path / f"{name}.xlsx").write_bytes(data)
    assert validate_all(tmp_path.iterdir()) == {}


# -- what a mark looks like


def test_every_named_cell_is_coloured_by_the_worst_and_carries_all_messages(one: Case) -> None:
    found = [
        finding("B4", "甲", "hint"), finding("B4", "乙", "error"), finding("C5", "丙", "warning"),
        finding("E5", "丁", "hint"), finding("", "全表"), finding("B4", "戊", sheet="没有"),
    ]  # fmt: skip
    marked = mark_workbook(one.data, planted(one, *found))
    red, orange, blue = COLOURS
    assert colours(marked, "项目1") == {"B4": red, "C5": orange, "E5": blue}
    assert comments(marked) == {
        "B4": "【ptxl 审核意见】\n必须改：乙\n供参考：甲",
        "C5": "【ptxl 审核意见】\n请核对：丙",
        "E5": "【ptxl 审核意见】\n供参考：丁",
    }


def test_the_highlight_of_a_blank_required_cell_stays_above_the_mark() -> None:
    data = filled("hebei-2020-project-1")
    blank = patch_cells(data, {"项目1": {(3, 4): ""}})
    checked = check(blank)
    (found,) = [finding for finding in checked.findings if finding.severity == "error"]
    assert (found.code, found.cell) == ("required", "E4")
    marked = mark_workbook(blank, checked)
    assert colours(marked, "项目1")["E4"] == COLOURS[0]
    assert "必填项未填" in comments(marked)["E4"]
    assert other_changes(blank, marked, checked) == []


def test_the_list_has_errors_first_then_sheet_and_cell_with_links(one: Case) -> None:
    found = [
        finding("C10", "一", "warning"), finding("C9", "二", label="数量"), finding("B9", "三"),
        finding("", "四", sheet=""), finding("B4", "五", sheet="备注"), finding("A1", "六", "hint"),
    ]  # fmt: skip
    marked = mark_workbook(one.data, planted(one, *found))
    rows = listed(marked)
    assert "临西" in str(rows[0][0])
    assert one.checked.submission.identity.serial in str(rows[1][0])
    assert str(rows[2][0]).startswith("必须改 4 条，请在原表上逐条改正后报回；请核对 1 条，")
    assert [row[:6] for row in rows[5:]] == [
        ["1", "必须改", "", "", "", "四"],
        ["2", "必须改", "项目1", "B9", "", "三"],
        ["3", "必须改", "项目1", "C9", "数量", "二"],
        ["4", "必须改", "备注", "B4", "", "五"],
        ["5", "请核对", "项目1", "C10", "", "一"],
        ["6", "供参考", "项目1", "A1", "", "六"],
    ]
    links = sheet_root(marked, "审核意见").findall(".//{*}hyperlink")
    assert [(k.get("ref"), k.get("location")) for k in links][:2] == [
        ("D7", "'项目1'!B9"), ("D8", "'项目1'!C9")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("severities", "said", "unsaid"),
    [
        (["error"], ["必须改 1 条，", "改正后报回"], ["核对", "不必"]),
        (["warning"], ["必须改 0 条；请核对 1 条", "确认无误可以不改"], ["供参考", "原表上"]),
        (["hint"], ["必须改 0 条；供参考 1 条，说得对的请一并改正"], ["报回", "核对"]),
        (["error", "warning", "hint"], ["必须改 1", "请核对 1", "供参考 1"], []),
    ],
)
def test_the_list_says_what_is_to_be_done_about_each_severity(
    one: Case, severities: list[Severity], said: list[str], unsaid: list[str]
) -> None:
    found = [finding("B4", severity=severity) for severity in severities]
    (head, *_) = listed(mark_workbook(one.data, planted(one, *found)))[2]
    assert all(word in str(head) for word in said)
    assert not any(word in str(head) for word in unsaid)


def test_a_marked_copy_opens_at_the_review_and_at_nothing_else(one: Case) -> None:
    """Of two sheets that are selected, both would take what is typed."""
    marked = mark_workbook(one.data, one.checked)
    names = sheet_names(marked)
    assert names == ["审核意见", *sheet_names(one.data), "_marks"]
    (view,) = XlsxWorkbook(parts(marked)).tree("xl/workbook.xml").iter("{*}workbookView")
    assert view.get("activeTab", "0") == view.get("firstSheet", "0") == "0"
    views = {name: sheet_root(marked, name).find(".//{*}sheetView") for name in names}
    selected = [
        name
        for name, one in views.items()
        if one is not None and one.get("tabSelected", "0") in ("1", "true")
    ]
    assert selected == ["审核意见"]


@pytest.mark.parametrize(
    ("severity", "suggested"),
    [("error", "修改后再报"), ("warning", "修改后再报"), ("hint", "修改后再报"), (None, "通过")],
)
def test_a_conclusion_is_suggested_and_may_be_chosen(
    one: Case, severity: Severity | None, suggested: str
) -> None:
    found = [finding("B4", severity=severity)] if severity else []
    marked = mark_workbook(one.data, planted(one, *found))
    assert listed(marked)[3][:5] == ["审核结论", "", suggested, "", "审核人"]
    root = sheet_root(marked, "审核意见")
    assert root.findtext(".//{*}dataValidation/{*}formula1") == '"通过,修改后再报,不通过"'
    looks = styles(marked).findall("{*}cellXfs/{*}xf")
    unlocked = {
        str(cell.get("r"))
        for cell in root.iter("{*}c")
        if looks[int(cell.get("s", "0"))].find("{*}protection[@locked='0']") is not None
    }
    assert root.find("{*}sheetProtection") is not None
    assert unlocked == {"C4", "D4", "F4", "G4"} | ({"G6"} if severity else set())


def test_what_the_sender_answered_stays_while_the_finding_is_open(one: Case) -> None:
    kept, gone = finding("B4", "请核对"), finding("C5", "请改")
    marked = mark_workbook(one.data, planted(one, kept, gone))
    answered = patch_cells(marked, {"审核意见": {(5, 6): "已核实", (6, 6): "已改"}})
    assert verdict(check(answered)) == verdict(one.checked)
    again = listed(mark_workbook(answered, planted(one, kept)))
    assert [row[6] for row in again[5:]] == ["已核实"]
    assert listed(mark_workbook(answered, planted(one, gone)))[5][6] == "已改"
    assert parts(unmark_workbook(answered)) == parts(one.data)


def test_what_is_for_the_reviewer_stands_last_in_the_list_and_marks_no_cell(one: Case) -> None:
    own, reviewers = finding("B4", severity="hint"), finding("B5", severity="warning")
    found = replace(reviewers, reader="reviewer")
    marked = mark_workbook(one.data, planted(one, found, own))
    assert list(comments(marked)) == ["B4"]
    assert [(row[1], row[3]) for row in listed(marked)[5:7]] == [("供参考", "B4"), ("供审核", "B5")]
    assert "供参考 1 条，说得对的请一并改正；供审核 1 条，由审核人确认" in str(listed(marked)[2][0])


def test_rows_of_a_marked_sheet_are_high_enough_for_the_answers(one: Case) -> None:
    """LibreOffice lets nobody drag the rows of a protected sheet."""
    long = patch_cells(filled("hebei-2020-project-1"), {"项目1": {(5, 1): "长" * 1_000}})
    checked = planted(Case(long, check(long)), finding("B4"))
    marked = mark_workbook(long, checked)
    heights = [
        float(row.get("ht", "0"))
        for data in (long, marked)
        for row in sheet_root(data, "项目1").iter("{*}row")
        if row.get("r") == "6"
    ]
    assert heights[1] > heights[0] + 100
    assert other_changes(long, marked, checked) == []
    assert parts(unmark_workbook(marked)) == parts(long)


def test_without_findings_the_list_says_so(tmp_path: Path) -> None:
    data = filled("hebei-2025-department")
    marked = mark_workbook(data, check(data))
    assert listed(marked)[5][0] == "没有问题。"
    assert problems(marked, tmp_path) == []
    assert parts(unmark_workbook(marked)) == parts(data)
    assert "No findings" in str(listed(mark_workbook(data, check(data), "en"), "Review")[5][0])


def test_two_hundred_findings_on_one_sheet(one: Case, tmp_path: Path) -> None:
    found = [finding(cell_name(row, column)) for row in range(28) for column in range(8)]
    marked = mark_workbook(one.data, planted(one, *found))
    assert len(comments(marked)) == len(found)
    drawing = parts(marked)["xl/drawings/vmlDrawing1.vml"]
    assert len(set(re.findall(rb'id="(_x0000_s\d+)"', drawing))) == len(found)
    assert problems(marked, tmp_path) == []
    assert parts(unmark_workbook(marked)) == parts(one.data)


def test_hostile_texts_stay_texts(one: Case, tmp_path: Path) -> None:
    marked = mark_workbook(one.data, planted(one, finding("B4", HOSTILE, label=HOSTILE)))
    clean = HOSTILE.replace("\x01", "").replace("\ud800", "")
    assert listed(marked)[5][4:6] == [clean, clean]
    assert sheet_root(marked, "审核意见").find(".//{*}f") is None
    assert comments(marked)["B4"].endswith(clean.replace("_x0041_", "_x005F_x0041_"))
    assert problems(marked, tmp_path) == []


def test_endless_texts_are_cut(one: Case) -> None:
    marked = mark_workbook(one.data, planted(one, *[finding("B4", f"{n}" * 900) for n in range(5)]))
    assert len(comments(marked)["B4"]) < 1_030
    assert comments(marked)["B4"].endswith("…")


def test_no_cell_is_made_to_mark_it(one: Case, tmp_path: Path) -> None:
    found = [finding(cell) for cell in ("J3", "Z90", "A90", "C40", "ZZ9999")]
    marked = mark_workbook(one.data, planted(one, *found))
    assert set(colours(marked, "项目1")) == {f.cell for f in found}
    assert other_changes(one.data, marked, planted(one, *found)) == []
    assert problems(marked, tmp_path) == []
    assert verdict(check(marked)) == verdict(one.checked)
    assert parts(unmark_workbook(marked)) == parts(one.data)


# -- what the sender has himself


COMMENTS = f"""<comments xmlns="{MAIN[1:-1]}"><authors><author>tc=1</author><author>王科长</author>\
</authors><commentList><comment ref="B4" authorId="1"><text><t>编码见批复 &amp; 附件</t></text>\
</comment><comment ref="C5" authorId="1"><text><r><rPr><b/></rPr><t xml:space="preserve">核对 </t>\
</r><r><t>两遍</t></r></text></comment><comment ref="E5" authorId="0"><text><t>[线程]</t></text>\
</comment><comment ref="G5" authorId="1"><text><t>未标</t></text></comment></commentList>\
</comments>"""
BOX = """<v:shape id="_x0000_s{n}" type="#_x0000_t202" style="position:absolute;width:9pt">\
<x:ClientData ObjectType="Note"><x:Anchor>1, 2, 3, 4, 5, 6, 7, 8</x:Anchor><x:Row>{row}</x:Row>\
<x:Column>{column}</x:Column></x:ClientData></v:shape>"""
DRAWING = """<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:\
office:office" xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit">\
<o:idmap v:ext="edit" data="3"/></o:shapelayout><v:shapetype id="_x0000_t202"/>"""
DRAWING += "".join(
    BOX.format(n=3073 + n, row=row, column=column)
    for n, (row, column) in enumerate([(3, 1), (4, 2), (4, 4), (4, 6)])
)
DRAWING += "</xml>"


def with_comments(data: bytes, drawing: str = DRAWING) -> bytes:
    """As Excel may save it: absolute targets, an author who is a thread."""
    held = parts(data)
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    held["xl/notes/comments7.xml"] = COMMENTS.encode()
    held["xl/drawings/legacy.vml"] = drawing.encode()
    part = sheet_part(data, "项目1")
    held[part.replace("sheets/", "sheets/_rels/") + ".rels"] = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId7" Type="{kind}/comments" Target="/xl/notes/comments7.xml"/>'
        f'<Relationship Id="rId9" Type="{kind}/vmlDrawing" Target="../drawings/legacy.vml"/>'
        "</Relationships>"
    ).encode()
    held[part] = held[part].replace(b"</worksheet>", b'<legacyDrawing r:id="rId9"/></worksheet>')
    held["[Content_Types].xml"] = held["[Content_Types].xml"].replace(
        b"<Override", b'<Default Extension="vml" ContentType="application/vnd.openxmlformats-'
        b'officedocument.vmlDrawing"/><Override PartName="/xl/notes/comments7.xml" ContentType='
        b'"application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"/><Override', 1
    )  # fmt: skip
    return rebuilt(held)


NAMED = [finding(cell, "请改") for cell in ("B4", "C5", "E5", "C9")]


def own_comments(data: bytes) -> Iterator[tuple[str, str]]:
    for name, content in parts(data).items():
        if "comments" in name and not name.endswith(".rels"):
            for comment in etree.fromstring(content).iter("{*}comment"):
                yield str(comment.get("ref")), "".join(t.text or "" for t in comment.iter("{*}t"))


def test_a_sheet_with_comments_of_the_senders_gets_no_notes(one: Case, tmp_path: Path) -> None:
    data = with_comments(one.data)
    marked = mark_workbook(data, planted(one, *NAMED))
    assert dict(own_comments(marked)) == dict(own_comments(data))
    assert set(colours(marked, "项目1")) == {"B4", "C5", "E5", "C9"}
    assert len(listed(marked)) == 5 + len(NAMED)
    assert problems(marked, tmp_path) == []
    assert parts(unmark_workbook(marked)) == parts(data)
    again = mark_workbook(marked, planted(one, *NAMED))
    assert parts(again) == parts(marked)


def test_a_comment_added_to_a_marked_sheet_stays_when_the_marks_go(one: Case) -> None:
    marked = parts(mark_workbook(one.data, planted(one, *NAMED)))
    part, drawing = "xl/comments1.xml", "xl/drawings/vmlDrawing1.vml"
    theirs = '<comment ref="G5" authorId="0"><text><t>已改</t></text></comment>'.encode()
    marked[part] = marked[part].replace(b"</commentList>", theirs + b"</commentList>")
    box = BOX.format(n=1200, row=4, column=6).encode()
    marked[drawing] = marked[drawing].replace(b"</xml>", box + b"</xml>")
    plain = unmark_workbook(rebuilt(marked))
    assert dict(own_comments(plain)) == {"G5": "已改"}
    assert parts(plain)[drawing].count(b"<v:shape ") == 1
    assert colours(plain, "项目1") == {}


def test_notes_that_cannot_be_read_are_left_alone(one: Case) -> None:
    data = with_comments(one.data, "<xml><br></xml>")
    marked = mark_workbook(data, planted(one, *NAMED))
    assert len(colours(marked, "项目1")) == len(NAMED)
    assert dict(own_comments(marked)) == dict(own_comments(data))
    assert parts(unmark_workbook(marked)) == parts(data)


def test_a_sheet_of_the_senders_by_our_name_stays(one: Case) -> None:
    held = parts(one.data)
    for name, content in held.items():
        held[name] = content.replace("备注".encode(), "审核意见".encode())
    data = rebuilt(held)
    marked = mark_workbook(data, one.checked)
    assert [n for n in sheet_names(marked) if n.startswith("审核")] == ["审核意见2", "审核意见"]
    assert parts(unmark_workbook(marked)) == parts(data)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_review_whose_name_in_the_workbook_is_damaged_is_replaced(
    one: Case, language: Language
) -> None:
    held = parts(mark_workbook(one.data, one.checked, language))
    book = held["xl/workbook.xml"]
    held["xl/workbook.xml"] = book.replace(b"ptxl_review", b"ptxl_rewiev")
    assert held["xl/workbook.xml"] != book
    again = mark_workbook(rebuilt(held), one.checked)
    assert sorted(sheet_names(again)) == sorted(sheet_names(mark_workbook(one.data, one.checked)))
    assert verdict(check(again)) == verdict(one.checked)


def test_a_strict_package_is_marked_too(one: Case) -> None:
    held = {
        name: content.replace(
            b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        ).replace(MAIN[1:-1].encode(), b"http://purl.oclc.org/ooxml/spreadsheetml/main")
        for name, content in parts(one.data).items()
    }
    marked = parts(mark_workbook(rebuilt(held), one.checked))
    new = [marked[name] for name in marked if name not in held]
    assert new
    assert not any(b"/2006/main" in content for content in new)
    assert b"officeDocument/2006/" not in marked["xl/_rels/workbook.xml.rels"]
    assert parts(unmark_workbook(rebuilt(marked))) == held


def test_a_marked_form_can_be_filled_in_and_unmarked(one: Case) -> None:
    marked = mark_workbook(one.data, one.checked)
    answers = load_answers(SAMPLES / "good" / "hebei-2020-project-1" / "answers.json")
    corrected = fill_form(marked, answers, TEMPLATES)
    assert check(corrected).values["projects[0].funds.total"] == 10
    again = mark_workbook(corrected, check(corrected))
    left = {f.cell for f in check(corrected).findings if f.reader == "clerk"}
    assert set(comments(again)) == left
    assert "E4" in colours(marked, "项目1")
    assert "E4" not in colours(again, "项目1")
    plain = unmark_workbook(corrected)
    assert parts(plain)["xl/styles.xml"] == parts(one.data)["xl/styles.xml"]
    assert parts(plain) == parts(fill_form(one.data, answers, TEMPLATES))


def test_a_workbook_marked_by_painting_cells_reads_as_before(one: Case) -> None:
    """As it was once done: a sheet of styles, and a name that leads to it."""
    book = XlsxWorkbook(parts(mark_workbook(one.data, one.checked)))
    book.define_name("ptxl_marks", "_marks!$A$1")
    book.drop_name("ptxl_marked")
    old = book.save()
    assert verdict(check(old)) == verdict(one.checked)
    again = mark_workbook(old, check(old))
    once = mark_workbook(one.data, one.checked)
    assert sheet_names(again) == sheet_names(once)
    assert colours(again, one.sheet) == colours(once, one.sheet)


# -- through an office program


@pytest.mark.office
@pytest.mark.parametrize("name", CASES[:4])
def test_saved_by_an_office_it_reads_the_same_and_can_be_marked_again(
    office: Office, tmp_path: Path, name: str
) -> None:
    case = spoiled(name)
    marked, saved = tmp_path / "marked.xlsx", tmp_path / "saved.xlsx"
    marked.write_bytes(mark_workbook(case.data, case.checked))
    office.convert(marked, saved)
    data = saved.read_bytes()
    assert verdict(check(data)) == verdict(case.checked)
    assert comments(data)
    plain = unmark_workbook(data)
    assert (comments(plain), colours(plain, case.sheet)) == ({}, {})
    assert "审核意见" not in sheet_names(plain)
    assert looks_of(plain) == looks_of(unmarked_and_saved(office, case.data, tmp_path))
    again = mark_workbook(data, check(data))
    assert colours(again, case.sheet) == colours(marked.read_bytes(), case.sheet)
    assert [n for n in sheet_names(again) if n.startswith("审")] == ["审核意见"]


@pytest.mark.office
def test_an_answer_typed_in_an_office_is_carried_into_the_next_review(
    office: Office, one: Case, tmp_path: Path
) -> None:
    marked, typed = tmp_path / "marked.xlsx", tmp_path / "typed.xlsx"
    marked.write_bytes(mark_workbook(one.data, one.checked))
    entries = [("审核意见", "G6", "已核实，见批复"), ("审核意见", "F6", "不能改")]
    answer, other = office.type_into(marked, entries, typed)
    assert (answer.changed, other.changed) == (True, False)
    data = typed.read_bytes()
    assert verdict(check(data)) == verdict(one.checked)
    assert listed(mark_workbook(data, check(data)))[5][6] == "已核实，见批复"


def unmarked_and_saved(office: Office, data: bytes, folder: Path) -> bytes:
    (folder / "plain.xlsx").write_bytes(data)
    office.convert(folder / "plain.xlsx", folder / "plain.saved.xlsx")
    return (folder / "plain.saved.xlsx").read_bytes()


def looks_of(data: bytes) -> dict[tuple[str, str], tuple[object, ...]]:
    """What each cell looks like, whatever the numbers of its parts are."""
    root = styles(data)
    fills, looks = root.findall("{*}fills/{*}fill"), root.findall("{*}cellXfs/{*}xf")
    formats = {one.get("numFmtId"): one.get("formatCode") for one in root.iter("{*}numFmt")}
    found: dict[tuple[str, str], tuple[object, ...]] = {}
    for sheet in ("填报说明", *[n for n in sheet_names(data) if n.startswith(("项目", "整体"))]):
        for cell in sheet_root(data, sheet).iter("{*}c"):
            look = looks[int(cell.get("s", "0"))]
            own = [canonical(child) for child in look]
            # LibreOffice changes the colour behind a solid fill, which nobody sees.
            fill = fills[int(look.get("fillId", "0"))].find("{*}patternFill/{*}fgColor")
            colour = "" if fill is None else fill.get("rgb")
            number = look.get("numFmtId")
            found[sheet, str(cell.get("r"))] = (colour, formats.get(number, number), *own)
    return found


@pytest.mark.office
def test_marks_of_answers_corrected_at_the_keyboard_are_gone(
    office: Office, one: Case, tmp_path: Path
) -> None:
    marked, typed = tmp_path / "marked.xlsx", tmp_path / "typed.xlsx"
    marked.write_bytes(mark_workbook(with_comments(one.data), one.checked))
    first = next(f for f in one.checked.findings if f.code == "not_a_number")
    (entry,) = office.type_into(marked, [("项目1", first.cell, "12")], typed)
    assert entry.changed
    data = typed.read_bytes()
    checked = check(data)
    # That people have written notes of their own is said at their cells.
    said = tuple(f for f in checked.findings if f.code != "laid_over")
    assert first.cell not in {f.cell for f in said}
    checked = replace(checked, findings=said)
    again = mark_workbook(data, checked)
    assert first.cell not in colours(again, "项目1")
    texts = dict(own_comments(again))
    assert "ptxl" not in texts.get(first.cell, "")
    assert texts["G5"].startswith("未标")
    assert texts["B4"].startswith("编码见批复 & 附件")
    assert all(text.count("【ptxl") <= 1 for text in texts.values())


@pytest.mark.office
@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_a_mark_goes_when_its_cell_is_corrected_and_the_others_stay(
    office: Office, tmp_path: Path, kind: str
) -> None:
    """In each format that an office may save the marked workbook in, the list thrown away.

    A blank required cell goes from the yellow of the form to none, with no red between.
    """
    name = "national-2026-project-1"
    case, good = spoiled(name), check(filled(name)).submission
    entries = case.checked.submission.entries
    wrong = [path for path, entry in entries.items() if entry != good.entries.get(path)]
    blank = next(f for f in case.checked.findings if f.code == "required")
    places = [case.checked.submission.where(path) for path in wrong]
    texts = [keyed(good.entries[path].raw) if path in good.entries else "1" for path in wrong]
    found = [finding(cell, sheet=sheet) for sheet, cell in places]
    source, saved = tmp_path / "marked.xlsx", tmp_path / f"saved.{kind}"
    source.write_bytes(mark_workbook(case.data, planted(case, *found, blank)))
    office.edit(source, [remove_sheet("审核意见")], saved)
    before = painted(office, saved)
    entered = [(*place, text) for place, text in zip(places, texts, strict=True)]
    first, every = tmp_path / f"first.{kind}", tmp_path / f"every.{kind}"
    office.type_into(saved, entered[:1], first)
    assert 0 < painted(office, first)[RED] < before[RED]
    office.type_into(saved, [*entered, (blank.sheet, blank.cell, "1")], every)
    assert painted(office, every)[RED] == 0


@pytest.mark.office
def test_a_mark_knows_a_zero_from_a_blank_and_30_from_its_text(
    office: Office, one: Case, tmp_path: Path
) -> None:
    data = patch_cells(one.data, {"项目1": {(4, 4): "30", (8, 9): ""}})
    found = finding("E5", sheet="项目1"), finding("J9", sheet="项目1")
    marked, saved = tmp_path / "marked.xlsx", tmp_path / "saved.xlsx"
    marked.write_bytes(mark_workbook(data, planted(one, *found)))
    edits = [remove_sheet("审核意见"), set_cell("项目1", "E5", 30), set_cell("项目1", "J9", 0)]
    office.edit(marked, edits[:1], saved)
    assert painted(office, saved)[RED] > 0
    office.edit(marked, edits, saved)
    assert painted(office, saved)[RED] == 0


@pytest.mark.office
@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_a_mark_on_a_sum_goes_when_one_of_its_parts_is_corrected(
    office: Office, tmp_path: Path, kind: str
) -> None:
    fault = load_fault(SAMPLES / "broken" / "funds_do_not_add_up")
    data = broken_form(fault, None)
    checked = check(data)
    (found,) = [one for one in checked.findings if one.severity == "error"]
    part = next(path for path in found.looks_at if path != found.path)
    marked, saved = tmp_path / "marked.xlsx", tmp_path / f"saved.{kind}"
    marked.write_bytes(mark_workbook(data, planted(Case(data, checked), found)))
    office.edit(marked, [remove_sheet("审核意见")], saved)
    # What the form itself lights up lies over the mark; it goes out when the sum is right.
    assert painted(office, saved)[LIT] > 0
    office.type_into(saved, [(*checked.submission.where(part), "6.5")], saved)
    shown = painted(office, saved)
    assert (shown[LIT], shown[RED]) == (0, 0)


@pytest.mark.office
def test_marks_move_with_their_cells(office: Office, one: Case, tmp_path: Path) -> None:
    marked, moved = tmp_path / "marked.xlsx", tmp_path / "moved.xlsx"
    marked.write_bytes(mark_workbook(one.data, planted(one, finding("C9", sheet="项目1"))))
    steps = [unprotect_sheet("项目1"), insert_rows("项目1", 3, 2), rename_sheet("项目1", "项 目")]
    office.edit(marked, [*steps, remove_sheet("审核意见")], moved)
    assert set(colours(moved.read_bytes(), "项 目")) == {"C11"}
    assert painted(office, moved)[RED] > 0
    office.edit(moved, [set_cell("项 目", "C11", "改了")], moved)
    assert painted(office, moved)[RED] == 0


def keyed(raw: Raw) -> str:
    """A value as it is typed."""
    return format(raw, "f") if isinstance(raw, Decimal) else str(raw)


@pytest.mark.office
def test_the_list_is_found_where_it_was_moved_and_renamed(
    office: Office, one: Case, tmp_path: Path
) -> None:
    marked, moved = tmp_path / "marked.xlsx", tmp_path / "moved.xlsx"
    marked.write_bytes(mark_workbook(one.data, one.checked))
    office.edit(marked, [rename_sheet("审核意见", "改这些"), move_sheet("改这些", 0)], moved)
    plain = unmark_workbook(moved.read_bytes())
    assert sheet_names(plain) == sheet_names(one.data)
    areas = re.findall(
        r'localSheetId="(\d)"[^>]*>([^<]*)!', parts(plain)["xl/workbook.xml"].decode()
    )
    assert "项目1" in {area for _, area in areas}
    assert all(sheet_names(plain)[int(number)] == area.strip("'$") for number, area in areas)
    assert verdict(check(plain)) == verdict(one.checked)
    again = mark_workbook(moved.read_bytes(), check(moved.read_bytes()))
    assert "改这些" not in {row[2] for row in listed(again)}


# -- what cannot be marked


def test_a_list_of_its_own_for_what_is_no_package(one: Case, tmp_path: Path) -> None:
    data = findings_workbook(one.checked)
    assert problems(data, tmp_path) == []
    assert len(listed(data)) == 5 + len(one.checked.findings)
    assert "hyperlink" not in parts(data)["xl/worksheets/sheet1.xml"].decode()
    assert findings_workbook(one.checked) == data


def test_a_damaged_package_is_refused(one: Case) -> None:
    held = parts(one.data)
    part = sheet_part(one.data, "项目1")
    typed = b'<!DOCTYPE worksheet [<!ENTITY a "b">]>' + etree.tostring(
        sheet_root(one.data, "项目1")
    )
    for damaged in (
        {**held, part: typed},
        {**held, part: b"<worksheet"},
        {name: content for name, content in held.items() if name != "xl/workbook.xml"},
    ):
        with pytest.raises(WorkbookError):
            mark_workbook(rebuilt(damaged), one.checked)


def test_findings_on_a_sheet_without_its_part_are_listed_only(one: Case) -> None:
    held = parts(one.data)
    del held[sheet_part(one.data, "项目1")]
    marked = mark_workbook(rebuilt(held), one.checked)
    assert len(sheet_root(marked, "审核意见").findall(".//{*}row")) == 5 + len(one.checked.findings)
