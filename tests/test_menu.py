"""The menu: what people type and drag, and what becomes of it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ptxl.cli import questions
from ptxl.cli.main import cli
from ptxl.cli.questions import Unclear, paths_in, read_day, read_year
from ptxl.rounds import open_round
from tests.conftest import SAMPLES

pytestmark = pytest.mark.slow


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with blanks in it, where the menu keeps what it remembers."""
    folder = tmp_path / "我的 文档"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("APPDATA", str(folder))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return folder


def typed(*lines: object, paths: tuple[object, ...] = (), lang: str = "zh") -> Result:
    """Run the menu, with these lines typed into it, and leave."""
    text = "".join(f"{line}\n" for line in (*lines, "0"))
    return CliRunner().invoke(cli, ["--lang", lang, "menu", *map(str, paths)], input=text)


def run_alone(*arguments: object) -> None:
    assert CliRunner().invoke(cli, list(map(str, arguments))).exit_code == 0


def line_of(result: Result, words: str) -> str:
    """The number of the line that says this."""
    (line,) = {line.strip() for line in result.stdout.splitlines() if line.endswith(f"  {words}")}
    return line.partition(" ")[0]


def test_it_shows_what_comes_next_and_leaves(home: Path) -> None:
    done = typed()
    assert done.exit_code == 0
    assert "打开另一个批次" in done.stdout
    assert "Open another round" in typed(lang="en").stdout


def test_the_end_of_what_is_typed_ends_it(home: Path) -> None:
    done = CliRunner().invoke(cli, ["--lang", "zh", "menu"], input="")
    assert (done.exit_code, done.exception) == (0, None)


def test_the_example_runs_from_it_and_the_menu_comes_back(home: Path) -> None:
    number = line_of(typed(), "看一遍示例")
    done = typed(number, "")
    assert done.exit_code == 0
    assert list((home / "ptxl-demo" / "报表").glob("*汇总表.xlsx"))
    assert done.stdout.count("打开另一个批次") == 2


def test_an_error_is_said_and_the_menu_comes_back(home: Path) -> None:
    """The example's folder lies where a file is in the way."""
    (home / "挡路").write_text("", encoding="utf-8")
    number = line_of(typed(), "看一遍示例")
    done = typed(number, home / "挡路" / "示例")
    assert done.exit_code == 0
    assert "路径中间有一段是文件" in done.stderr
    assert done.stdout.count("打开另一个批次") == 2


def test_an_answer_that_is_none_is_asked_again_and_q_goes_back(home: Path) -> None:
    number = line_of(typed(), "看一遍示例")
    (home / "文件").write_text("", encoding="utf-8")
    done = typed("99", "", "在哪", number, home / "文件", "q")
    assert "没有“99”这一项" in done.stdout
    assert "没有“在哪”这一项" in done.stdout
    assert "是文件，这里要一个文件夹" in done.stderr
    assert done.stdout.count("打开另一个批次") == 5


def test_a_folder_that_is_no_round_is_not_opened(home: Path) -> None:
    number = line_of(typed(), "打开另一个批次")
    done = typed(number, home)
    assert "不是批次的文件夹" in done.stdout


def new_round(home: Path) -> Path:
    """Make a round by the menu: answers of an officer, the roster dragged, Enter where it fits."""
    roster = home / "名 册.csv"
    lines = ("单位编码,单位名称,projects,tasks,safeguards", "104001,清源县卫生健康局,3,4,3",
             "104002,清源县中医院,1,,")  # fmt: skip
    roster.write_text("\n".join(lines), encoding="gb18030")
    answers = ("2026", "", "清财绩〔2026〕5号", "3月20日", "2099.3.20", "清源县财政局", "王敏",
               "0311-5551234", "hebei-department", f"'{roster}'", "")  # fmt: skip
    done = typed(line_of(typed(), "新建批次"), *answers)
    assert "“3月20日”不是日期" in done.stderr
    return home / "2026年度预算绩效目标填报"


def test_a_round_is_made_issued_collected_and_merged_by_numbers(home: Path) -> None:
    folder = new_round(home)
    settings = open_round(folder).settings
    assert (settings.year, settings.title) == (2026, "2026年度预算绩效目标填报")
    assert (settings.deadline, settings.number) == (date(2099, 3, 20), "清财绩〔2026〕5号")
    assert (settings.contact, settings.telephone) == ("王敏", "0311-5551234")
    assert tuple(settings.templates) == ("hebei-department",)

    first = typed()
    assert "当前批次：2026年度预算绩效目标填报，截止 2099-03-20，还有 " in first.stdout
    assert "应报 2 份，已报 0 份" in first.stdout
    assert "新写 6 个文件" in typed(line_of(first, "生成表单")).stdout
    forms = sorted(open_round(folder).forms.rglob("*.xlsx"), key=lambda path: path.name)
    assert len(forms) == 2

    filled = home / "收 回" / forms[0].name
    run_alone("fill", forms[0], SAMPLES / "county" / "answers" / "104001.json", "-o", filled)
    dragged = typed(f"'{filled.parent}'", "")
    assert "应报 2 份，已报 1 份" in dragged.stdout
    again = typed(line_of(first, "收件：读入收到的表"), str(filled))
    assert "已报 1 份" in again.stdout
    assert "104002" in typed(line_of(first, "只看还缺的：没报的和要改的")).stdout
    done = typed(line_of(first, "汇总"))
    assert list(open_round(folder).reports.glob("*.xlsx"))
    assert done.stdout.count("  退出") == 2


def test_the_countys_own_rules_are_named_and_those_beside_the_round_too(home: Path) -> None:
    folder = new_round(home)
    assert "本县规定" not in typed().stdout
    rules = "about: 青山县审核规定\nwithout: [benefits_all_words]\n"
    beside = folder.parent / "local.yaml"
    beside.write_text(rules, encoding="utf-8")
    assert f"没有用上：{beside}" in typed().stdout
    beside.rename(folder / "local.yaml")
    shown = typed().stdout
    assert "按本县规定：local.yaml（青山县审核规定），规则 0 条，例外 0 条" in shown
    assert "没有用上" not in shown
    assert "By the county's own rules: local.yaml (青山县审核规定)" in typed(lang="en").stdout
    (folder / "local.yaml").write_text("withuot: []", encoding="utf-8")
    assert "withuot" in typed().stderr


def test_a_closed_round_is_opened_again_from_it(home: Path) -> None:
    folder = new_round(home)
    first = typed()
    typed(line_of(first, "生成表单"))
    (form,) = open_round(folder).forms.rglob("104001*.xlsx")
    filled = home / "收回" / form.name
    run_alone("fill", form, SAMPLES / "county" / "answers" / "104001.json", "-o", filled)
    typed(f"'{filled}'", "")
    typed(line_of(first, "结束批次并封存"))
    assert "重新打开已结束的批次" in typed(line_of(first, "生成表单")).stderr
    assert "批次已重新打开" in typed(line_of(first, "重新打开已结束的批次")).stdout


def test_what_is_dragged_onto_it_is_opened_or_collected(home: Path) -> None:
    folder = new_round(home)
    (home / "收 回.txt").write_text("说明", encoding="utf-8")
    refused = typed("n", paths=(home / "收 回.txt",))
    assert "收进批次“2026年度预算绩效目标填报”吗" in refused.stdout
    assert not list((folder / "归档").iterdir())
    (memory,) = home.rglob("last-round")
    memory.unlink()
    assert "这些文件没有收" in typed(paths=(home / "收 回.txt",)).stdout
    assert "当前批次：" in typed(paths=(folder,)).stdout
    assert memory.read_text(encoding="utf-8") == f"{folder}\n"


def test_a_round_that_is_gone_or_broken_is_no_end(home: Path) -> None:
    folder = new_round(home)
    (folder / "round.yaml").write_text("title: [", encoding="utf-8")
    done = typed(line_of(typed(), "进度：谁报了，谁没报"))
    assert done.exit_code == 0
    assert "round.yaml" in done.stderr
    assert done.stdout.count("  退出") == 2
    folder.rename(home / "移走了")
    assert "当前批次" not in typed().stdout
    asked = typed(line_of(typed(), "生成表单"), "q")
    assert "还没有打开批次" in asked.stdout


def test_a_step_of_a_round_that_is_broken_off_leads_back(home: Path) -> None:
    new_round(home)
    number = line_of(typed(), "退掉一份表（写明理由）")
    done = typed(number, "表.xlsx", "", "q")
    assert "这一项要填" in done.stderr
    assert done.stdout.count("  退出") == 2
    assert "表.xlsx" in typed(number, "表.xlsx", "改报").stderr


def there(*paths: str) -> Callable[[str], bool]:
    return lambda path: path in paths


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        (r"C:\收件\a.xlsx", [r"C:\收件\a.xlsx"]),
        (r'"C:\我的 文件\a (1).xlsx"', [r"C:\我的 文件\a (1).xlsx"]),
        (r'"C:\a b.xlsx" D:\c.zip "E:\d e"', [r"C:\a b.xlsx", r"D:\c.zip", r"E:\d e"]),
        (r"& 'C:\我的 文件\a.xlsx'", [r"C:\我的 文件\a.xlsx"]),
        (r"“C:\我的 文件\a.xlsx”", [r"C:\我的 文件\a.xlsx"]),
        (r"C:\我的 文件\b.xlsx ", [r"C:\我的 文件\b.xlsx"]),
        (r"\\服务器\共享\收件", [r"\\服务器\共享\收件"]),
        ("", []),
    ],
)
def test_paths_as_windows_pastes_them(text: str, paths: list[str]) -> None:
    assert list(paths_in(text, windows=True, exists=there(r"C:\我的 文件\b.xlsx"))) == paths


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("'/home/我的 文件/a.xlsx' ", ["/home/我的 文件/a.xlsx"]),
        ("'/home/a b.xlsx' '/home/c.zip'", ["/home/a b.xlsx", "/home/c.zip"]),
        (r"'/home/it'\''s.xlsx'", ["/home/it's.xlsx"]),
        (r"/home/a\ b\ \(1\).xlsx", ["/home/a b (1).xlsx"]),
        ("file:///home/%E6%94%B6%E4%BB%B6/a%20b.xlsx", ["/home/收件/a b.xlsx"]),
        ("/home/我的 文件/b.xlsx", ["/home/我的 文件/b.xlsx"]),
        ("/home/收'件", ["/home/收'件"]),
        ("", []),
    ],
)
def test_paths_as_terminals_of_linux_paste_them(text: str, paths: list[str]) -> None:
    assert list(paths_in(text, windows=False, exists=there("/home/我的 文件/b.xlsx"))) == paths


@pytest.mark.parametrize(
    "text", ["2026-03-20", "2026.3.20", "2026/3/20", "2026年3月20日", "20260320", " 2026 3 20"]
)
def test_a_day_may_be_written_as_people_do(text: str) -> None:
    assert read_day(text) == ("2026-03-20",)


@pytest.mark.parametrize("text", ["", "3月20日", "2026-02-30", "2026", "20-3-2026", "明天"])
def test_what_is_no_day_is_asked_again(text: str) -> None:
    with pytest.raises(Unclear):
        read_day(text)


def test_years_and_numbers_of_a_list() -> None:
    assert read_year("2026年") == ("2026",)
    with pytest.raises(Unclear):
        read_year("二〇二六")
    read = questions.pick(["甲", "乙", "丙"])
    assert read("3、1 1") == ("丙", "甲")
    assert read("乙") == ("乙",)
    with pytest.raises(Unclear):
        read("4")


@pytest.mark.skipif(sys.platform != "linux", reason="terminals and xdg-open of Linux")
def test_at_a_desktop_it_offers_to_open_what_a_step_made(home: Path, tmp_path: Path) -> None:
    """In a terminal of its own; the desktop's opener is a script that notes what it is given."""
    folder = new_round(home)
    noted = tmp_path / "opened"
    opener = tmp_path / "bin" / "xdg-open"
    opener.parent.mkdir()
    opener.write_text(f'#!/bin/sh\nprintf "%s" "$1" > "{noted}"\n', encoding="utf-8")
    opener.chmod(0o755)
    environment = {
        **os.environ, "DISPLAY": ":0", "PATH": f"{opener.parent}{os.pathsep}{os.environ['PATH']}",
    }  # fmt: skip
    ours, theirs = os.openpty()
    number = line_of(typed(), "生成表单")
    os.write(ours, f"{number}\n\n0\n".encode())
    done = subprocess.run(
        [sys.executable, "-m", "ptxl", "--lang", "zh", "menu"], env=environment, stdin=theirs,
        stdout=subprocess.PIPE, encoding="utf-8", check=False, timeout=120,
    )  # fmt: skip
    os.close(ours)
    os.close(theirs)
    forms = open_round(folder).forms
    assert f"打开文件夹“{forms}”吗" in done.stdout
    deadline = time.monotonic() + 10
    while not noted.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert noted.read_text(encoding="utf-8") == str(forms)
