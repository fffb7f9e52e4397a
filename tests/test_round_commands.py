"""A round by its commands: made, issued, collected, decided, merged; and what a person sees."""

from __future__ import annotations

import io
import re
import shutil
import time
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from ptxl import api
from ptxl.cli import rounds
from ptxl.cli.main import cli
from ptxl.documents.document import load_answers
from ptxl.rounds import RoundError, open_round
from ptxl.rounds.collect import Fetched
from ptxl.rounds.mailbox import MailboxError
from ptxl.template import shipped

pytestmark = pytest.mark.slow

ANSWERS = shipped("samples") / "county" / "answers"
ROSTER = """\
单位编码,单位名称,主管部门,联系人,联系电话,表种
101001,清源县教育局,清源县教育局,张三,13800000001,hebei-department
101002,清源县第一中学,清源县教育局,李四,13800000002,county-project
102001,清源县水利局,清源县水利局,王五,13800000003,hebei-department
"""
Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    def ptxl(*arguments: object, code: int = 0) -> Result:
        result = CliRunner().invoke(cli, [*map(str, arguments), "--lang", "zh"])
        assert result.exit_code == code, result.output
        return result

    return ptxl


@pytest.fixture
def where(tmp_path: Path, run: Run) -> Path:
    """A round whose forms were issued."""
    roster = tmp_path / "单位.csv"
    roster.write_text(ROSTER, encoding="gb18030")
    folder = tmp_path / "2026 目标"
    run(
        "round", "new", folder, "--title", "清源县2026年绩效目标", "--year", 2026,
        "--deadline", "2030-03-20", "--template", "hebei-department",
        "--template", "county-project", "--roster", roster,
    )  # fmt: skip
    run("round", "issue", folder)
    return folder


def filled(where: Path, unit: str, target: Path) -> Path:
    (form,) = where.glob(f"发放/*/{unit}_*.xlsx")
    api.fill(form, ANSWERS / f"{unit}.json", target)
    return target


def rows(board: str) -> dict[str, str]:
    """The counts of each line of a board, by what stands before them."""
    words = [line.split() for line in board.splitlines() if line.strip()]
    return {first: " ".join(others) for first, *others in words}


def test_a_round_is_a_folder_that_a_person_understands(where: Path) -> None:
    assert {path.name for path in where.iterdir() if not path.name.startswith(".")} == {
        "round.yaml", "名册.csv", "发放", "收件", "归档", "退回", "报表", "round.db",
    }  # fmt: skip
    assert {
        path.relative_to(where / "发放").as_posix() for path in where.glob("发放/*/*.xlsx")
    } == {
        "清源县教育局/101001_清源县教育局_2026年度部门预算绩效文本.xlsx",
        "清源县教育局/101002_清源县第一中学_2026年部门项目支出预算绩效目标表.xlsx",
        "清源县水利局/102001_清源县水利局_2026年度部门预算绩效文本.xlsx",
    }
    with zipfile.ZipFile(where / "发放" / "清源县教育局.zip") as packed:
        assert sorted(packed.namelist()) == [
            "101001_清源县教育局_2026年度部门预算绩效文本.xlsx",
            "101002_清源县第一中学_2026年部门项目支出预算绩效目标表.xlsx",
            "填报说明.docx",
        ]


def test_issuing_again_writes_only_what_is_missing(where: Path, run: Run) -> None:
    missing, changed = sorted(where.glob("发放/清源县教育局/*.xlsx"))
    before = changed.read_bytes()
    missing.unlink()
    changed.write_bytes(b"changed by hand")
    result = run("round", "issue", where)
    assert "新写 2 个文件" in result.output
    assert "有人改过的文件留着没有动" in result.output
    assert missing.is_file()
    assert changed.read_bytes() == before
    (aside,) = where.glob("发放/清源县教育局/*_改过的.xlsx")
    assert aside.read_bytes() == b"changed by hand"
    assert "新写 0 个文件，未变 7 个" in run("round", "issue", where).output


def test_files_folders_archives_and_mails_are_collected(where: Path, run: Run) -> None:
    inbox = where / "收件"
    own = filled(where, "101001", inbox / "101001_教育局.xlsx")
    shutil.copy(own, inbox / "101001_教育局 (1).xlsx")
    water = filled(where, "102001", where / "w.xlsx")
    school = filled(where, "101002", where / "s.xlsx")
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as packed:
        packed.writestr("水利局.xlsx", water.read_bytes())
    mail = EmailMessage()
    mail["From"], mail["Date"] = "a@b.cn", "Tue, 10 Mar 2026 09:00:00 +0800"
    mail.set_content("见附件")
    for name, data in (("材料.zip", inner.getvalue()), ("清源县教育局.xlsx", school.read_bytes())):
        mail.add_attachment(data, maintype="application", subtype="zip", filename=name)
    (inbox / "报送.eml").write_bytes(bytes(mail))
    (inbox / "盖章_清源县水利局.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    (inbox / "坏.xlsx").write_bytes(b"PK\x03\x04broken")
    before = {path: path.read_bytes() for path in inbox.iterdir()}

    output = run("round", "collect", where).output
    assert "新收到 8 个文件" in output
    assert "合格　101001_教育局 (1).xlsx　同一文件收到 2 次" in output
    assert "合格　报送.eml/材料.zip/水利局.xlsx" in output
    assert "文件名与内容不符　报送.eml/清源县教育局.xlsx" in output
    assert "附件　盖章_清源县水利局.png" in output
    assert "无法读取　坏.xlsx" in output
    assert "应报 3 份，已报 3 份，可汇总 2 份，未报 0 份" in output
    assert {path: path.read_bytes() for path in inbox.iterdir()} == before

    assert "新收到 0 个文件，已收过 5 个" in run("round", "collect", where).output
    run("round", "accept", where, "清源县教育局.xlsx", "--reason", "电话核实")
    assert rows(run("round", "status", where).output)["合计"] == "3 3 3 0 0 0 0 0 0"
    assert "已汇总 3 份" in run("round", "merge", where).output
    assert (where / "报表" / "清源县2026年绩效目标汇总表.xlsx").is_file()
    run("round", "reject", where, "水利局.xlsx", "--reason", "另报")
    assert rows(run("round", "status", where).output)["合计"] == "3 3 2 0 0 0 1 0 0"
    assert (where / "报表" / "进度表.xlsx").is_file()


def test_what_is_packed_is_opened_to_its_depth_or_it_is_said(where: Path, run: Run) -> None:
    inbox = where / "收件"
    data = filled(where, "101001", where / "w.xlsx").read_bytes()
    for number in range(6):
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as packed:
            packed.writestr("里.zip" if number else "教育局.xlsx", data)
            packed.writestr("盖章.png", b"\x89PNG\r\n\x1a\n" + bytes([number]) * 100)
        data = target.getvalue()
    (inbox / "深.zip").write_bytes(data)
    with zipfile.ZipFile(inbox / "空.zip", "w") as packed:
        packed.writestr("__MACOSX/._教育局.xlsx", b"x")
    output = run("round", "collect", where).output
    assert "压缩包、邮件一层套一层超过 5 层，里层的没有打开" in output
    assert "附件　深.zip/里.zip/里.zip/里.zip/里.zip/盖章.png" in output
    assert "空.zip" in output
    assert "请确认对方是否漏了附件或没有选对文件" in output
    assert "应报 3 份，已报 0 份" in output


def test_what_is_decided_has_to_be_there_and_clear(where: Path, run: Run) -> None:
    assert "没有收到" in run("round", "accept", where, "无.xlsx", "--reason", "-", code=3).output
    inbox = where / "收件"
    filled(where, "101001", inbox / "一" / "表.xlsx")
    filled(where, "102001", inbox / "二" / "表.xlsx")
    run("round", "collect", where)
    result = run("round", "accept", where, "表.xlsx", "--reason", "-", code=3)
    assert "有几个文件都叫" in result.output
    run("round", "accept", where, "二/表.xlsx", "--reason", "-")


def test_what_is_not_due_is_not_accepted(where: Path, run: Run) -> None:
    filled(where, "102001", where / "收件" / "水利局.xlsx")
    roster = where / "名册.csv"
    lines = roster.read_bytes().splitlines(keepends=True)
    roster.write_bytes(b"".join(lines[:-1]))
    assert "非本轮　水利局.xlsx" in run("round", "collect", where).output
    output = run("round", "accept", where, "水利局.xlsx", "--reason", "-", code=3).output
    assert "水利局.xlsx：102001 清源县水利局不在名册中" in output
    assert "不予采用" in run("round", "reject", where, "水利局.xlsx", "--reason", "-").output


def test_whatever_was_received_can_be_rejected(where: Path, run: Run) -> None:
    inbox = where / "收件"
    own = filled(where, "102001", inbox / "水利局.xlsx")
    time.sleep(1.1)  # files are ordered by the second in which they appeared
    (inbox / "清源县水利局.xlsx").write_bytes(own.read_bytes()[:3000])
    (inbox / "盖章.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    with zipfile.ZipFile(inbox / "材料.zip", "w") as packed:
        packed.writestr("说明.txt", "见附件")
    run("round", "collect", where)
    assert rows(run("round", "status", where).output)["合计"] == "3 1 0 1 0 0 0 2 0"
    assert "不能采用" in run(
        "round", "accept", where, "清源县水利局.xlsx", "--reason", "-", code=3
    ).output  # fmt: skip
    for name in ("清源县水利局.xlsx", "盖章.png"):
        output = run("round", "reject", where, name, "--reason", "没拷完").output
        assert f"不予采用　{name}" in output
    assert rows(run("round", "status", where).output)["合计"] == "3 1 1 0 0 0 0 2 0"
    output = run("round", "reject", where, "材料.zip", "--reason", "-", code=3).output
    assert "里面的文件各算各的" in output
    run("round", "letters", where)


def test_no_round_two_rounds_and_a_broken_one(where: Path, run: Run, tmp_path: Path) -> None:
    assert "这里没有批次" in run("round", "status", tmp_path, code=3).output
    settings = where / "round.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("2030-03-20", "三月二十日"), encoding="utf-8")
    output = run("round", "status", where, code=3).output
    assert "round.yaml:7: deadline" in output
    assert "三月二十日" in output
    settings.write_text(text.replace('title: "', 'title: ""  # '), encoding="utf-8")
    assert "title: 不能空着" in run("round", "status", where, code=3).output


def test_the_folder_of_a_round_can_be_moved(where: Path, run: Run, tmp_path: Path) -> None:
    filled(where, "101001", where / "收件" / "表.xlsx")
    run("round", "collect", where)
    moved = tmp_path / "搬走"
    where.rename(moved)
    assert "新收到 0 个文件，已收过 1 个" in run("round", "collect", moved).output
    assert open_round(moved / "round.yaml").settings.year == 2026


def test_what_forms_were_prefilled_with_is_not_lost_by_issuing_again(
    where: Path, run: Run, tmp_path: Path
) -> None:
    table = tmp_path / "预填.csv"
    table.write_text("单位编码,项目名称\n101002,校舍维修\n", encoding="utf-8")
    run("round", "issue", where, "--prefill", f"county-project={table}")
    (form,) = where.glob("发放/*/101002_*.xlsx")
    prefilled = form.read_bytes()
    assert "新写 0 个文件" in run("round", "issue", where).output
    assert form.read_bytes() == prefilled


def test_letters_and_decisions_on_the_list_of_problems(where: Path, run: Run) -> None:
    """A form with an error comes back, the officer agrees to it on the list, and it counts."""
    answers = load_answers(ANSWERS / "101002.json")
    answers["projects"][0]["name"] = None
    (form,) = where.glob("发放/*/101002_*.xlsx")
    api.fill(form, answers, where / "收件" / "101002.xlsx")
    assert "须修改　101002.xlsx" in run("round", "collect", where).output

    run("round", "letters", where)
    assert {path.name for path in where.glob("退回/清源县教育局/*")} == {
        "退回说明.docx",
        "催报函.docx",
        "101002_清源县第一中学_2026年部门项目支出预算绩效目标表_须修改.xlsx",
    }
    assert "项目名称" in (where / "退回" / "聊天文字.txt").read_text(encoding="utf-8-sig")

    problems = where / "报表" / "问题清单.xlsx"
    agree(problems)
    run("round", "letters", where)
    assert not list(where.glob("退回/清源县教育局/*_须修改.xlsx"))
    assert rows(run("round", "status", where).output)["合计"].startswith("3 1 1")
    assert "已汇总 1 份" in run("round", "merge", where).output

    # An old list that lies there in another format undoes nothing that was decided later.
    shutil.copy(problems, problems.with_suffix(".et"))
    run("round", "letters", where)
    shutil.copy(problems, where / "收件" / "问题清单（已批）.xlsx")
    assert "不是报送文件" in run("round", "collect", where).output
    assert rows(run("round", "status", where).output)["合计"].startswith("3 1 1")


def test_a_list_decides_only_where_the_officer_put_it(where: Path, run: Run) -> None:
    answers = load_answers(ANSWERS / "101002.json")
    answers["projects"][0]["name"] = None
    (form,) = where.glob("发放/*/101002_*.xlsx")
    api.fill(form, answers, where / "收件" / "101002.xlsx")
    run("round", "collect", where)
    run("round", "letters", where)
    decided = where / "decided.xlsx"
    shutil.copy(where / "报表" / "问题清单.xlsx", decided)
    agree(decided)
    with zipfile.ZipFile(where / "收件" / "材料.zip", "w") as packed:
        packed.write(decided, "问题清单.xlsx")
    assert "是别人发来的问题清单" in run("round", "collect", where).stderr
    assert rows(run("round", "status", where).output)["合计"].startswith("3 1 0")
    shutil.copy(decided, where / "收件" / "清单.xlsx")
    assert "从问题清单读到处理意见 1 条" in run("round", "collect", where).output
    assert rows(run("round", "status", where).output)["合计"].startswith("3 1 1")
    assert "从问题清单" not in run("round", "collect", where).output


def agree(problems: Path) -> None:
    """Choose 同意 for the first problem, as somebody in Excel would."""
    book = openpyxl.load_workbook(problems)
    page = book.active
    assert page is not None
    heads = {cell.value: cell for row in page.iter_rows(max_row=6) for cell in row if cell.value}
    head = heads["处理意见"]
    page.cell(head.row + 1, head.column, "同意")
    book.save(problems)


def test_a_parameter_that_no_template_has_is_said(where: Path, run: Run) -> None:
    output = run(
        "round", "new", where.with_name("other"), "--title", "目标", "--year", 2026,
        "--deadline", "2030-03-20", "--template", "county-project",
        "--roster", where / "名册.csv", "--set", "projcts=3", code=2,
    ).output  # fmt: skip
    assert "没有参数“projcts”" in output
    assert "projects" in output
    assert not where.with_name("other").exists()


def test_the_board_is_shown_also_where_its_workbook_cannot_be_written(
    where: Path, run: Run
) -> None:
    (where / "报表" / "进度表.xlsx").mkdir()
    output = run("round", "status", where, code=3).output
    assert "清源县水利局" in output
    assert "进度表.xlsx" in output


def test_what_is_no_return_is_said_to_be_left_out(where: Path, run: Run) -> None:
    (where / "收件" / "说明.txt").write_text("另附", encoding="utf-8")
    assert "说明.txt" in run("round", "collect", where).output


def test_watching_asks_the_mailbox_again_and_outlives_a_server_that_is_away(
    where: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = RoundError("no_round", path="x", name="y")
    away = MailboxError("mailbox_extra")
    answers = iter((Fetched(count=1), away, Fetched(count=3), ends))

    def fetch(*_: object, **__: object) -> Fetched:
        answer = next(answers)
        if isinstance(answer, Fetched):
            return answer
        raise answer

    monkeypatch.setattr(rounds, "fetch", fetch)
    monkeypatch.setattr(rounds, "_PAUSE", 0.0)
    monkeypatch.setattr(rounds, "_MAILBOX_PAUSE", 0.0)
    output = run("round", "collect", where, "--imap", "a@b.cn", "--watch", code=3).output
    assert "收到邮件 1 封" in output
    assert "ptxl[imap]" in output
    assert "收到邮件 3 封" in output


@pytest.mark.parametrize("entry", [
    "telephone: 03125551234", "number: 2026", "title: 1e3", "contact: true", "id: 0x10",
])  # fmt: skip
def test_a_number_where_a_text_belongs_is_said_with_its_line(
    where: Path, run: Run, entry: str
) -> None:
    path = where / "round.yaml"
    name = entry.partition(":")[0]
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(rf"(?m)^{name}: .*$", entry, text), encoding="utf-8")
    output = run("round", "status", where, code=3).output
    assert "请加引号" in output
    assert name in output


def test_a_closed_round_is_a_zip_and_takes_nothing_more(where: Path, run: Run) -> None:
    assert "还没有可以汇总的报送" in run("round", "close", where, code=3).output
    filled(where, "101001", where / "收件" / "表.xlsx")
    run("round", "collect", where)
    output = run("round", "close", where).output
    (zip_path,) = where.glob("*归档包.zip")
    run("verify", zip_path)
    digest = re.search("[0-9a-f]{64}", output)
    assert digest
    assert digest[0] in run("verify", zip_path).output
    assert "批次已于" in run("round", "collect", where, code=3).output
    output = run("round", "status", where).output
    assert "批次已于" in output
    assert digest[0] in output
    before = zip_path.read_bytes()
    run("round", "reopen", where)
    assert "批次已于" not in run("round", "status", where).output
    run("round", "collect", where)
    run("round", "close", where)
    assert zip_path.read_bytes() == before
    assert zip_path.with_stem(f"{zip_path.stem}_2").is_file()
    run("round", "reopen", where)
    assert "没有结束" in run("round", "reopen", where, code=3).output
