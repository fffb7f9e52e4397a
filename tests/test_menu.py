"""The menu: what people type and drag, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ptxl.cli import questions
from ptxl.cli.main import cli
from ptxl.cli.questions import Unclear, paths_in, read_day, read_year


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
    assert (home / "ptxl-demo" / "county.xlsx").is_file()
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
