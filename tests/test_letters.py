"""What goes back to people: which letter, text and draft says what, of boards made by hand."""

from __future__ import annotations

import email
import io
import subprocess
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from email import policy
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from ptxl.model.findings import Finding, finding
from ptxl.rounds.board import Board
from ptxl.rounds.letters import Occasion, cover_note, letters, marked_forms
from ptxl.rounds.letters.replies import items_of
from ptxl.rounds.records import Received, Refused
from ptxl.words import phrase
from tests.office import require_writer
from tests.rounds_by_hand import SETTINGS, TITLE, board, came, decided, due, form, unit
from tests.validator import validate_all

SCHOOL = unit("101001", "清源县第一小学", "清源县教育局")
MIDDLE = unit("101002", "清源县第一中学", "清源县教育局")
HOSPITAL = unit("102001", "清源县人民医院", "清源县卫生健康局")
ARCHIVE = unit("103001", "清源县档案馆")
DUES = [
    due(SCHOOL, contact="王芳", telephone="0312-5550001", email="school@qy.gov.cn"),
    due(MIDDLE), due(HOSPITAL), due(ARCHIVE),
]  # fmt: skip
MORNING = datetime(2026, 3, 12, 9, 30)
BEFORE, AFTER = datetime(2026, 3, 18, 8), datetime(2026, 3, 25, 8)
TODAY = BEFORE.date()
ANSWERS = {"name": "设备购置", "total": "28.69", "goal": "完成全县教学设备更新"}
UNFILLED = finding("required", path="name", sheet="项目1", cell="C2", label="项目名称")
NO_NUMBER = finding(
    "not_a_number",
    path="total",
    sheet="项目1",
    cell="C3",
    label="预算数",
    raw="28.69万",
    unit="万元",
)
DOUBTFUL = finding("stored_as_number", sheet="项目1", cell="C9", label="指标值", raw="0.95")
HIDDEN = finding("sheet_hidden", sheet="项目1")


def sent(made: Board, today: date = TODAY, **more: Any) -> dict[str, bytes]:
    """All files that go back, by path."""
    marked = {one.received.digest: (one.name, b"marked") for one in marked_forms(made)}
    occasion = Occasion(settings=SETTINGS, today=today, **more)
    found = list(letters(made, occasion, marked))
    files = {"/".join(path): data for path, data in found}
    assert len(files) == len(found)
    return files


def chat(files: Mapping[str, bytes]) -> str:
    """The texts for chats."""
    return files["聊天文字.txt"].decode("utf-8-sig").replace("\r\n", "\n")


def piece(files: Mapping[str, bytes], name: str) -> str:
    """The text for one unit."""
    start = chat(files).index(f"】{name}：")
    return chat(files)[start:].partition("\n\n")[0]


def paragraphs(docx: bytes) -> list[str]:
    """The texts of a letter, paragraph by paragraph, those in tables among them."""
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        root = etree.fromstring(archive.read("word/document.xml"))
    word = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    shown = {f"{word}t": None, f"{word}br": "\n", f"{word}noBreakHyphen": "-"}
    return [
        "".join(shown[part.tag] or part.text or "" for part in one.iter(*shown))
        for one in root.iter(f"{word}p")
    ]


def one_file(*findings: Finding, **more: Any) -> Received:
    """The school's form, with these findings in it."""
    return came(form(SCHOOL, ANSWERS, findings, **more), "101001_清源县第一小学.xlsx", MORNING)


def test_hints_alone_send_nothing_back() -> None:
    files = sent(board(DUES, [one_file(HIDDEN)], BEFORE))
    assert not [name for name in files if "须修改" in name or "退回说明" in name]
    assert "清源县教育局/回执.docx" in files
    assert "已收到并计入。" in piece(files, SCHOOL.name)


def test_warnings_alone_send_nothing_back_but_are_told() -> None:
    files = sent(board(DUES, [one_file(DOUBTFUL, HIDDEN)], BEFORE))
    assert not [name for name in files if "须修改" in name or "退回说明" in name]
    told = piece(files, SCHOOL.name)
    assert "另有 1 处请核对：有误的改正后重报，确认无误可以不改。" in told
    assert "1. 项目1 C9“指标值”：此格应为文字" in told
    assert "隐藏" not in told


def test_what_must_be_corrected_goes_back_marked() -> None:
    files = sent(board(DUES, [one_file(UNFILLED, NO_NUMBER, DOUBTFUL)], BEFORE))
    name = f"101001_清源县第一小学_{TITLE}_须修改.xlsx"
    assert files[f"清源县教育局/{name}"] == b"marked"
    told = piece(files, SCHOOL.name)
    assert (
        told.splitlines()[1] == f"3月12日报来的“{TITLE}”有 2 处必须改、1 处请核对，改好后才能计入。"
    )
    assert "1. 项目1 C2“项目名称”：必填项未填，请填写\n2. 项目1 C3“预算数”：应填数字" in told
    assert f"附件：{name}" in told
    assert "请于3月20日前报回。" in told
    assert "清源县财政局　李敏　0312-5551234" in told
    letter = paragraphs(files["清源县教育局/退回说明.docx"])
    assert letter[0] == "2026年部门预算绩效目标申报\n退回修改通知"
    assert letter[1] == "清源县教育局："
    assert "清源县财政局\n2026年3月18日" in letter
    assert "101001 清源县第一小学" in letter
    assert f"附件：{name}" in letter


def test_a_text_shows_a_few_lines_and_says_how_many_there_are() -> None:
    many = [
        finding("too_long", sheet="项目1", cell=f"C{row}", label="目标", length=row, longest=9)
        for row in range(10, 18)
    ]
    told = piece(sent(board(DUES, [one_file(*many)], BEFORE)), SCHOOL.name)
    assert "5. " in told
    assert "6. " not in told
    assert "余下 3 条见附件。" in told


def test_what_is_for_the_reviewer_is_not_written_to_the_unit() -> None:
    beside = replace(UNFILLED, code="beside", reader="reviewer", severity="warning")
    assert [*items_of([UNFILLED, beside])] == [*items_of([UNFILLED])]


def test_one_cause_in_many_cells_is_one_line() -> None:
    many = [
        finding("required", path=f"p{row}", sheet="项目1", cell=f"C{row}", label="目标")
        for row in range(10, 19)
    ]
    told = piece(sent(board(DUES, [one_file(*many)], BEFORE)), SCHOOL.name)
    assert "1. 项目1 C10“目标”、项目1 C11“目标”、项目1 C12“目标”等 9 处：必填项未填" in told
    assert "2. " not in told


@pytest.mark.parametrize(
    ("received", "words"),
    [
        (
            came(form(SCHOOL, {}, [UNFILLED] * 14), "a.xlsx", MORNING),
            "整张表没有填，请填好后再报。",
        ),
        (
            came(form(SCHOOL, ANSWERS), "101002_清源县第一中学.xlsx", MORNING),
            "文件名写的是101002 清源县第一中学，表内却是101001 清源县第一小学。",
        ),
        (
            came(form(SCHOOL, ANSWERS, shared={"year": ("预算年度", "2025")}), "a.xlsx", MORNING),
            "是旧表（预算年度是 2025），没有计入。请在本次发的表（预算年度是 2026）上填报",
        ),
        (
            came(form(SCHOOL, ANSWERS, round="R2025"), "a.xlsx", MORNING),
            "“a.xlsx”不是本次发给贵单位的表",
        ),
        (
            came(
                Refused(code="encrypted", sentence=phrase("refusals.encrypted")),
                "101001_清源县第一小学.xlsx", MORNING,
            ),
            "无法读取，没有计入：文件已加密（设有打开密码，或经加密软件保存），请解密后重新发送。",
        ),
    ],
)  # fmt: skip
def test_what_does_not_count_is_said_in_one_sentence(received: Received, words: str) -> None:
    files = sent(board(DUES, [received], BEFORE))
    told = piece(files, SCHOOL.name).splitlines()
    assert words in told[1]
    assert told[2] == "请于3月20日前报回。"
    assert len(told) == 4
    assert [name for name in files if name.endswith(".xlsx")] == []
    assert any(words in text for text in paragraphs(files["清源县教育局/退回说明.docx"]))


def test_a_rejected_form_goes_back_with_the_reason() -> None:
    one = one_file()
    verdict = decided(one, "reject", BEFORE, reason="与项目库不一致")
    files = sent(board(DUES, [one], BEFORE, [verdict]))
    assert "经审核退回：与项目库不一致。" in piece(files, SCHOOL.name)
    assert f"清源县教育局/101001_清源县第一小学_{TITLE}_须修改.xlsx" in files


def test_a_resubmission_is_told_what_is_mended_still_wrong_new_and_changed_unasked() -> None:
    first = one_file(UNFILLED, NO_NUMBER)
    answers = {**ANSWERS, "name": "购置", "goal": "完成培训"}
    again = form(SCHOOL, answers, [NO_NUMBER, DOUBTFUL], came_from=first.digest)
    second = came(again, "101001.xlsx", MORNING + timedelta(days=3))
    told = piece(sent(board(DUES, [first, second], BEFORE)), SCHOOL.name)
    assert "3月15日报来的" in told
    assert "与3月12日所报的一份相比：已改好 1 处，仍未改 1 处，新出现 1 处。" in told
    assert (
        "另有 1 处没有要求改而改动了（与3月12日所报的相比），请确认是有意改的："
        "goal“完成全县教学设备更新”→“完成培训”。" in told
    )


def test_a_worse_form_does_not_replace_and_its_unit_is_told_so() -> None:
    answers = {"total": "28.69"}
    worse = came(form(SCHOOL, answers, [UNFILLED]), "101001.xlsx", MORNING + timedelta(days=3))
    files = sent(board(DUES, [one_file(), worse], BEFORE))
    assert "改好之前，仍按3月12日报来的一份计入。" in piece(files, SCHOOL.name)
    assert "3月15日又报的须改正" in paragraphs(files["清源县教育局/回执.docx"])


def test_of_two_forms_of_one_day_the_time_is_told() -> None:
    second = came(
        form(SCHOOL, {**ANSWERS, "name": "购置"}, [NO_NUMBER]), "101001.xlsx",
        MORNING + timedelta(hours=5),
    )  # fmt: skip
    told = piece(sent(board(DUES, [one_file(UNFILLED, NO_NUMBER), second], BEFORE)), SCHOOL.name)
    assert "与3月12日09:30所报的一份相比：已改好 1 处，仍未改 1 处。" in told


def test_warnings_that_the_officer_accepted_are_not_asked_about() -> None:
    one = one_file(DOUBTFUL)
    verdict = decided(one, "accept", BEFORE)
    files = sent(board(DUES, [one], BEFORE, [verdict]))
    assert "请核对" not in piece(files, SCHOOL.name)
    assert "1 处请核对" not in paragraphs(files["清源县教育局/回执.docx"])


def test_a_unit_whose_name_stands_on_the_form_of_another_is_told_so() -> None:
    other = came(form(SCHOOL, ANSWERS), "101002_清源县第一中学.xlsx", MORNING)
    told = piece(sent(board(DUES, [other], BEFORE)), MIDDLE.name)
    assert "还没有收到" in told
    assert (
        "收到“101002_清源县第一中学.xlsx”，文件名是本单位，表内却是101001 清源县第一小学的表"
        in told
    )


def test_one_file_that_cannot_be_read_and_is_newer_than_what_counts_is_told() -> None:
    sentence = phrase("refusals.cut_short")
    broken = came(
        Refused(code="cut_short", sentence=sentence), "101001_清源县第一小学.xlsx",
        MORNING + timedelta(days=3),
    )  # fmt: skip
    told = piece(sent(board(DUES, [one_file(), broken], BEFORE)), SCHOOL.name)
    assert "3月15日报来的文件“101001_清源县第一小学.xlsx”无法读取" in told
    assert "改好之前，仍按3月12日报来的一份计入。" in told


@pytest.mark.parametrize(
    ("now", "words"),
    [(BEFORE, "还有 2 天"), (AFTER, "已超过 5 天"), (datetime(2026, 3, 20, 9), "今天截止")],
)
def test_the_missing_are_asked_for_by_department(now: datetime, words: str) -> None:
    files = sent(board(DUES, [one_file()], now), now.date())
    letter = paragraphs(files["清源县教育局/催报函.docx"])
    assert any(words in text for text in letter)
    assert "101002 清源县第一中学" in letter
    assert "101001 清源县第一小学" not in letter
    assert "清源县档案馆/催报函.docx" in files
    assert f"“{TITLE}”还没有收到。" in piece(files, MIDDLE.name)


def test_after_the_deadline_a_day_may_be_set() -> None:
    made = board(DUES, [one_file(UNFILLED)], AFTER)
    assert "报送期限（3月20日）已过，请尽快报回。" in piece(sent(made, AFTER.date()), SCHOOL.name)
    until = piece(sent(made, AFTER.date(), until=date(2026, 3, 28)), SCHOOL.name)
    assert "请于3月28日前报回。" in until


def test_an_attachment_alone_is_no_form() -> None:
    sentence = phrase("refusals.document")
    scan = came(Refused(code="document", sentence=sentence), "101001_盖章页.docx", MORNING)
    told = piece(sent(board(DUES, [scan], BEFORE)), SCHOOL.name)
    assert f"只收到附件“101001_盖章页.docx”，“{TITLE}”还没有收到。" in told


def test_a_receipt_holds_time_name_hash_counts_and_sums() -> None:
    old = one_file()
    totals = {
        "total": Decimal("1234.5678"),
        "fiscal": Decimal("1000"),
        "other": Decimal("234.5678"),
    }
    newer = form(
        SCHOOL, {**ANSWERS, "total": "1234.5678"}, totals=totals, projects=3, indicators=31
    )
    new = came(newer, "101001_更正.xlsx", MORNING + timedelta(days=1))
    other = came(form(MIDDLE, {**ANSWERS, "goal": "保障教学"}, totals={}), "101002.xlsx", MORNING)
    letter = paragraphs(sent(board(DUES, [old, new, other], BEFORE))["清源县教育局/回执.docx"])
    row = letter[letter.index("101001 清源县第一小学") - 1 :]
    assert row[:12] == [
        "1", "101001 清源县第一小学", TITLE, "2026-03-13", "09:30", "101001_更正.xlsx",
        new.digest[:12], "3", "31", "1,234.5678", "1,000.00", "234.5678",
    ]  # fmt: skip
    assert row[12] == "替代3月12日所报"
    assert new.digest in letter
    assert old.digest not in letter
    total = letter[letter.index("合计") :]
    assert total[4:9] == ["4", "40", "1,234.5678", "1,000.00", "234.5678"]


def test_one_department_hears_nothing_of_another() -> None:
    files = sent(board(DUES, [one_file(UNFILLED)], BEFORE))
    for name, data in files.items():
        if name.endswith(".docx") and not name.startswith("清源县教育局"):
            assert SCHOOL.name not in "".join(paragraphs(data))


def test_the_text_file_opens_in_every_editor() -> None:
    data = sent(board(DUES, [one_file(UNFILLED)], BEFORE))["聊天文字.txt"]
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\n") == data.count(b"\r\n")
    text = chat({"聊天文字.txt": data})
    assert "须修改 1 个单位、未报 3 个单位" in text
    assert text.index(SCHOOL.name) < text.index(MIDDLE.name) < text.index(HOSPITAL.name)


def test_a_draft_is_addressed_and_holds_text_and_marked_form() -> None:
    files = sent(board(DUES, [one_file(UNFILLED)], BEFORE))
    drafts = {name: data for name, data in files.items() if name.endswith(".eml")}
    assert list(drafts) == ["清源县教育局/邮件/101001_清源县第一小学.eml"]
    mail = email.message_from_bytes(next(iter(drafts.values())), policy=policy.default)
    assert (mail["To"], mail["X-Unsent"]) == ("school@qy.gov.cn", "1")
    assert mail["Subject"] == "【请修改】2026年部门预算绩效目标申报：清源县第一小学"
    body = mail.get_body(("plain",))
    assert body is not None
    told = body.get_content().replace("\r\n", "\n").strip()
    assert told == "【2026年部门预算绩效目标申报" + piece(files, SCHOOL.name)
    attached = list(mail.iter_attachments())
    assert [one.get_filename() for one in attached] == [
        f"101001_清源县第一小学_{TITLE}_须修改.xlsx"
    ]
    assert attached[0].get_content() == b"marked"


@pytest.mark.parametrize(
    ("findings", "path", "subject"),
    [
        ((), "邮件（回执）/101001_清源县第一小学.eml", "已收到"),
        ((DOUBTFUL,), "邮件/101001_清源县第一小学.eml", "请核对"),
    ],
)
def test_what_was_received_is_confirmed_by_a_draft_too(
    findings: tuple[Finding, ...], path: str, subject: str
) -> None:
    files = sent(board(DUES, [one_file(*findings)], BEFORE))
    mail = email.message_from_bytes(files[f"清源县教育局/{path}"], policy=policy.default)
    assert mail["Subject"] == f"【{subject}】2026年部门预算绩效目标申报：清源县第一小学"
    body = mail.get_body(("plain",))
    assert body is not None
    told = body.get_content().replace("\r\n", "\n").strip()
    assert told == "【2026年部门预算绩效目标申报" + piece(files, SCHOOL.name)
    assert not list(mail.iter_attachments())


def test_the_same_board_makes_the_same_bytes() -> None:
    made = board(DUES, [one_file(UNFILLED)], BEFORE)
    assert sent(made) == sent(made)


def test_what_a_clerk_typed_is_only_text() -> None:
    raw = "<w:p>&\n2. 假的一条\x07]]>"
    told = sent(
        board(DUES, [one_file(replace(NO_NUMBER, facts={"raw": raw, "unit": "万元"}))], BEFORE)
    )
    assert "现为“<w:p>&↵2. 假的一条\\x07]]>”" in piece(told, SCHOOL.name)
    assert any(
        "<w:p>&↵2. 假的一条" in text for text in paragraphs(told["清源县教育局/退回说明.docx"])
    )


def test_a_cover_note_says_what_till_when_and_whom_to_call() -> None:
    letter = paragraphs(cover_note(SETTINGS, "清源县教育局", DUES[:2], date(2026, 2, 20)))
    text = "\n".join(letter)
    assert "根据清财绩〔2026〕5号，现发给2026年部门预算绩效目标申报表，共 2 个单位、2 份" in text
    assert "请于2026年3月20日前报回" in text
    assert "李敏　0312-5551234" in text
    assert "清源县财政局\n2026年2月20日" in text
    assert "101002 清源县第一中学" in letter
    without = paragraphs(
        cover_note(replace(SETTINGS, number=""), "清源县教育局", DUES, date(2026, 2, 20))
    )
    assert not any(text.startswith("根据") for text in without)


def test_letters_of_an_english_round_hold_no_chinese_words() -> None:
    english = replace(SETTINGS, language="en", title="Targets 2026", office="Bureau", contact="Lee",
                      number="No. 5")  # fmt: skip
    units = [unit("1001", "First School", "Education"), unit("1002", "Clinic", "Health")]
    dues = [due(one, title="Project form") for one in units]
    record = form(
        units[0], {"name": "x"}, [finding("required", sheet="P1", cell="C2", label="Name")]
    )
    occasion = Occasion(settings=english, today=AFTER.date())
    made = board(dues, [came(record, "1001.xlsx", MORNING)], AFTER)
    files = {"/".join(path): data for path, data in letters(made, occasion, {})}
    files["cover.docx"] = cover_note(english, "Education", dues, AFTER.date())
    assert "Education/to correct.docx" in files
    for name, data in files.items():
        text = "".join(paragraphs(data)) if name.endswith(".docx") else data.decode()
        assert not [sign for sign in text if "\u4e00" <= sign <= "\u9fff"], (name, text)


@pytest.fixture(scope="module")
def every_letter() -> dict[str, bytes]:
    """A letter of each kind, with many units of long names in it."""
    units = [
        unit(f"1010{n:02d}", f"清源县第{n}中心学校（含{n}个教学点）", "清源县教育局")
        for n in range(30)
    ]
    dues = [due(one, contact="王芳", telephone="0312-5550001") for one in units]
    received = [
        came(
            form(one, {**ANSWERS, "goal": f"目标{n}" * 5}, [UNFILLED, NO_NUMBER] if n % 3 else []),
            f"{one.code}_{one.name}.xlsx", MORNING,
        )
        for n, one in enumerate(units[:24])
    ]  # fmt: skip
    files = sent(board(dues, received, AFTER), AFTER.date())
    files["填报说明.docx"] = cover_note(SETTINGS, "清源县教育局", dues, date(2026, 2, 20))
    return {name: data for name, data in files.items() if name.endswith(".docx")}


@pytest.fixture(scope="module")
def letters_on_disk(
    every_letter: Mapping[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> list[Path]:
    """The same as files, each called like its kind."""
    folder = tmp_path_factory.mktemp("letters")
    paths = []
    for name, data in every_letter.items():
        path = folder / name.rpartition("/")[2]
        path.write_bytes(data)
        paths.append(path)
    return paths


@pytest.mark.validator
def test_no_letter_breaks_the_standard(letters_on_disk: list[Path]) -> None:
    assert len(letters_on_disk) == 4
    assert validate_all(letters_on_disk) == {}


@pytest.mark.office
def test_an_office_program_shows_every_letter_whole(
    letters_on_disk: list[Path], tmp_path: Path
) -> None:
    home = f"-env:UserInstallation={(tmp_path / 'home').as_uri()}"
    wanted = ["--convert-to", "txt:Text (encoded):UTF8", "--outdir", str(tmp_path)]
    command = [str(require_writer().soffice), home, "--headless", *wanted]
    subprocess.run(
        [*command, *map(str, letters_on_disk)], capture_output=True, check=True, timeout=120
    )
    for path in letters_on_disk:
        shown = (tmp_path / f"{path.stem}.txt").read_text(encoding="utf-8-sig")
        for text in paragraphs(path.read_bytes()):
            assert _squeezed(text) in _squeezed(shown), path.name


def _squeezed(text: str) -> str:
    return "".join(text.replace("\u2011", "-").split())
