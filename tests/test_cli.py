"""The command line: exit codes, languages, and one broken file among many."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import simplejson
from click.testing import CliRunner, Result

from ptxl import api
from ptxl.cli.main import COMMANDS, cli
from ptxl.model.errors import system_reason
from ptxl.outputs import write_whole
from ptxl.template import load_template
from ptxl.words.catalogues import catalogue
from tests.broken import good_form
from tests.conftest import SAMPLES
from tests.sample_county import County

_TITLE = "2026年度部门预算绩效文本"
FORM = f"101001_清源县教育局_{_TITLE}.xlsx"
OTHER_FORM = f"101002_清源县水利局_{_TITLE}.xlsx"
PLACEHOLDERS = [code for code in catalogue("en") if code.startswith("placeholders.")]


def run(*arguments: object, lang: str = "zh") -> Result:
    """Run a command inside this process."""
    return CliRunner().invoke(cli, ["--lang", lang, *map(str, arguments)])


def start(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own; what it prints is UTF-8 unless told otherwise."""
    command = [sys.executable, "-m", "ptxl", *map(str, arguments)]
    encoding = environment.setdefault("PYTHONIOENCODING", "utf-8")
    return subprocess.run(
        command, capture_output=True, text=True, encoding=encoding, check=False,
        env={**os.environ, **environment},
    )  # fmt: skip


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("forms")
    roster = folder / "roster.csv"
    roster.write_text(
        "单位编码,单位名称\n101001,清源县教育局\n101002,清源县水利局\n", encoding="gb18030"
    )
    done = run("generate", "hebei-department", "--roster", roster, "--set", "projects=3",
               "--set", "tasks=4", "--set", "safeguards=3", "-o", folder / "forms")  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert "2 份" in done.stdout
    return folder / "forms"


@pytest.mark.parametrize("arguments", [("--lang", "zh", "check"), ("check", "--lang", "zh"),
                                       ("check", "--lang=zh")])  # fmt: skip
def test_the_language_may_stand_before_or_after_the_command(arguments: tuple[str, ...]) -> None:
    for words in (("nowhere.xlsx",), ("--nothing",), ("-h",)):
        done = CliRunner().invoke(cli, [*arguments, *words])
        assert "用法：ptxl check [选项] 文件..." in done.output
    assert "没有选项“--nothing”" in CliRunner().invoke(cli, [*arguments, "--nothing"]).stderr


@pytest.mark.parametrize(
    ("environment", "word"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "用法"),
        ({"LANG": "de_DE.UTF-8"}, "Usage"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "Usage"),
        ({"LANG": "en_GB", "LC_MESSAGES": "zh_TW"}, "用法"),
        ({"LANG": "zh_CN.UTF-8", "PTXL_LANG": "en"}, "Usage"),
    ],
)
def test_the_language_follows_the_locale(environment: dict[str, str], word: str) -> None:
    others = dict.fromkeys(("PTXL_LANG", "LC_ALL", "LC_MESSAGES", "LANG"))
    assert word in CliRunner(env=others | environment).invoke(cli, ["--help"]).stdout


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_help_exists_in_every_language_and_mixes_none(command: str) -> None:
    chinese, english = run(command, "-h"), run(command, "--help", lang="en")
    assert chinese.exit_code == english.exit_code == 0
    assert english.stdout.isascii()
    uppercase = set(re.findall(r"[A-Z]{3,}", chinese.stdout))
    assert not uppercase & {code.rpartition(".")[2].upper() for code in PLACEHOLDERS}
    for word in ("Options", "Usage", "Show this", "Language", "OPTIONS"):
        assert word in english.stdout or word in ("Options",)
        assert word not in chinese.stdout


def commands_in(group: click.Command, names: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The names of all commands, those of groups in groups too."""
    yield names
    for name, command in getattr(group, "commands", {}).items():
        yield from commands_in(command, (*names, name))


@pytest.mark.parametrize("names", list(commands_in(cli)), ids=" ".join)
def test_help_of_every_command_names_what_is_put_where(names: tuple[str, ...]) -> None:
    done = run(*names, "--help")
    assert done.exit_code == 0, done.output
    assert re.findall(r"[A-Z]{3,}=?", done.stdout.split("\n\n")[0]) == []


@pytest.mark.parametrize(
    ("arguments", "zh", "en"),
    [
        (("chek",), "没有命令“chek”；可用的有：demo", 'no such command "chek"; there are: demo'),
        (("check",), "缺少 文件", "FILES is missing"),
        (("generate", "x", "-o", "y"), "缺少 --roster", "--roster is missing"),
        (("merge", "-o"), "选项“-o”", 'option "-o"'),
        (("check", "nowhere"), "文件：“nowhere”不存在", 'FILES: "nowhere" does not exist'),
        (("check", ".", "--format", "yaml"), "可用的有：text、json", "choose one of: text, json"),
        (("templates", "all"), "多出的参数：all", "too many arguments: all"),
        (("show", "x", "--set", "y"), "“y”不是 名称=值", '"y" is not NAME=VALUE'),
        (("read", ".", "--limit", "x=1"), "名称可用：", "with one of"),
        (("read", ".", "--limit", "seconds=0"), "应大于 0", "is not above 0"),
        (("demo", "pyproject.toml"), "是文件", "is a file"),
        (("fill", "tests", "x", "-o", "y"), "是文件夹", "is a folder"),
    ],
)  # fmt: skip
def test_wrong_usage_is_told_in_the_language_asked_for(
    arguments: tuple[str, ...], zh: str, en: str
) -> None:
    for lang, words, other in (("zh", zh, "Error"), ("en", en, "错误")):
        done = run(*arguments, lang=lang)
        assert done.exit_code == 2
        assert words in done.stderr
        assert other not in done.stderr
        assert done.stdout == ""


def test_show_breaks_no_path() -> None:
    shown = run("show", "national-project").stdout
    form = load_template("national-project").form()
    first = {re.sub(r"\[0\]", "[]", field.path) for field in form.fields()}
    paths = {path for path in first if not re.search(r"\[\d", path)}
    assert paths <= {line.partition(" ")[0] for line in shown.splitlines()}


def test_check_names_units_groups_by_weight_and_counts(forms: Path, tmp_path: Path) -> None:
    (tmp_path / "blank.xlsx").write_bytes((forms / OTHER_FORM).read_bytes())
    (tmp_path / "broken.xlsx").write_bytes(b"PK nothing")
    done = run("check", tmp_path)
    lines = done.stdout.splitlines()
    assert lines[0] == f"【必须改】{tmp_path.name}/blank.xlsx（101002 清源县水利局）"
    assert re.fullmatch("  必须改 [0-9]+ 处", lines[1])
    assert re.fullmatch(
        "共 2 份，其中 0 份没有问题，1 份无法读取；必须改 [1-9][0-9]* 处，请核对 0 处，供参考 0 处",
        lines[-1],
    )


def test_errors_and_hints_stay_apart_on_a_console_of_gbk(tmp_path: Path) -> None:
    """Redirected on a Chinese Windows, of files whose names GBK does not hold."""
    roster, answers = tmp_path / "roster.csv", SAMPLES / "county" / "answers" / "104001.json"
    roster.write_text("code,name\n104001,清源县卫生健康局\n", encoding="utf-8")
    sizes = [f"--set={one}" for one in ("year=2026", "projects=3", "tasks=4", "safeguards=3")]
    run("generate", "hebei-department", "--roster", roster, *sizes, "-o", tmp_path / "forms")
    (form,) = (tmp_path / "forms").iterdir()
    returned = tmp_path / "returned"
    run("fill", form, answers, "-o", returned / "\U00030edd镇.xlsx")
    (returned / "空白.xlsx").write_bytes(form.read_bytes())
    (returned / "损坏.xlsx").write_bytes(b"PK nothing")

    done = start("check", returned, PYTHONIOENCODING="gbk", PTXL_LANG="zh")
    headings = [line for line in done.stdout.splitlines() if line.startswith("【")]
    assert done.returncode == 1
    assert headings[0] == "【必须改】returned/损坏.xlsx：" + headings[0].partition("：")[2]
    assert headings[1] == "【必须改】returned/空白.xlsx（104001 清源县卫生健康局）"
    assert headings[2] == "【供参考】returned/?镇.xlsx（104001 清源县卫生健康局）"


def test_the_program_of_its_own_process_speaks_and_exits_as_told(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"")
    done = start("read", tmp_path / "a.xlsx", "--lang", "zh")
    assert (done.returncode, done.stdout) == (3, "")
    assert "文件是空的" in done.stderr


def test_forms_are_named_by_code_name_and_title(forms: Path) -> None:
    assert sorted(path.name for path in forms.iterdir()) == [
        FORM,
        OTHER_FORM,
    ]


def test_fill_read_check_of_one_file(forms: Path, tmp_path: Path) -> None:
    filled = tmp_path / "filled.xlsx"
    answers = SAMPLES / "county" / "answers" / "101001.json"
    done = run("fill", forms / FORM, answers, "-o", filled)
    assert done.exit_code == 0, done.stderr
    done = run("read", filled)
    assert done.exit_code == 0
    assert simplejson.loads(done.stdout)["unit"]["name"] == "清源县教育局"
    assert run("check", filled).exit_code == 0


def test_only_forms_with_findings_get_a_marked_copy(forms: Path, tmp_path: Path) -> None:
    returned, marked = tmp_path / "returned", tmp_path / "marked"
    answers = SAMPLES / "county" / "answers" / "101001.json"
    blank = forms / OTHER_FORM
    run("fill", forms / FORM, answers, "-o", returned / "clean.xlsx")
    alone = run("check", returned, "--mark", marked)
    assert alone.exit_code == 0
    assert f"已标出问题的原表 0 份：{marked}" in alone.stdout
    assert not marked.exists()
    (returned / "blank.xlsx").write_bytes(blank.read_bytes())
    both = run("check", returned, "--mark", marked, lang="en")
    assert f"marked workbooks: 1 in {marked}" in both.stdout
    assert [path.name for path in marked.iterdir()] == ["blank.xlsx"]


def test_a_form_without_findings_says_so_in_json(tmp_path: Path) -> None:
    case = SAMPLES / "good" / "hebei-2025-department"
    path = tmp_path / "good.xlsx"
    path.write_bytes(good_form(case))
    assert simplejson.loads(run("check", path, "--format", "json").stdout)["findings"] == []


def test_a_blank_form_has_findings_and_exits_1(forms: Path) -> None:
    done = run("check", forms / FORM)
    assert done.exit_code == 1
    assert "必填项未填" in done.stdout
    english = run("check", forms / FORM, lang="en")
    assert "a required answer is missing" in english.stdout


def test_one_broken_file_among_many_does_not_stop_the_others(forms: Path, tmp_path: Path) -> None:
    for path in forms.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "broken.xlsx").write_bytes(b"PK nothing")
    out = tmp_path / "all.jsonl"
    done = run("read", tmp_path, "-o", out)
    assert done.exit_code == 1
    lines = [simplejson.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [("error" in line) for line in lines] == [False, False, True]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空的"),
        (b"<html><body><table></table></body></html>", "网页"),
        ("编码,名称\n1,2\n".encode("gb18030"), "不是工作簿"),
        (b"PK\x03\x04", "不完整"),
    ],
)
def test_the_one_file_that_cannot_be_opened_exits_3(
    tmp_path: Path, content: bytes, words: str
) -> None:
    file = tmp_path / "表.xls"
    file.write_bytes(content)
    done = run("read", file)
    assert done.exit_code == 3
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_foreign_workbook_is_named_as_such(tmp_path: Path) -> None:
    county = tmp_path / "county.xlsx"
    api.merge([], county)
    done = run("read", county)
    assert done.exit_code == 3
    assert "汇总表" in done.stderr


def test_wrong_usage_exits_2() -> None:
    assert run("generate", "hebei-department").exit_code == 2
    assert run("nonsense").exit_code == 2
    assert run("show", "hebei-department", "--set", "year").exit_code == 2


def test_templates_and_rosters_that_make_no_form_exit_3(tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("code,title\n1,甲\n", encoding="utf-8")
    done = run("generate", "hebei-department", "--roster", roster, "-o", tmp_path / "out")
    assert done.exit_code == 3
    assert f"{roster}:1" in done.stderr
    assert run("show", "hebei").exit_code == 3
    assert run("lint", SAMPLES / "broken" / "template_with_20_faults").exit_code == 3
    assert run("lint", SAMPLES.parent / "templates" / "_rules" / "years.yaml").exit_code == 0
    assert not (tmp_path / "out").exists()


def test_answers_without_a_place_are_all_named(forms: Path, tmp_path: Path) -> None:
    answers = tmp_path / "answers.json"
    answers.write_text(
        '{"projects": [{"nam": "甲", "plan": [{"by": "9月底", "percent": "75%"}]}], "budget": 3}',
        encoding="utf-8",
    )
    form = forms / FORM
    done = run("fill", form, answers, "-o", tmp_path / "filled.xlsx")
    assert done.exit_code == 3
    for words in ("是不是“name”？", "9月底", "budget: 表中没有这一项\n"):
        assert words in done.stderr
    english = run("fill", form, answers, "-o", tmp_path / "filled.xlsx", lang="en").stderr
    assert 'the form does not ask this; did you mean "name"?' in english
    assert not (tmp_path / "filled.xlsx").exists()


def test_show_and_schema_and_templates() -> None:
    assert "hebei-department" in run("templates").stdout
    shown = run("show", "hebei-department").stdout
    assert "projects[].funds.total" in shown
    assert "safeguards" in shown
    assert simplejson.loads(run("schema", "hebei-department").stdout)["$schema"]


def test_a_template_outside_the_repository_works_like_a_shipped_one(tmp_path: Path) -> None:
    from tests.conftest import HEAD, TINY

    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "template.yaml").write_text(HEAD + TINY, encoding="utf-8")
    (tmp_path / "roster.csv").write_text("code,name\n7,甲局\n", encoding="utf-8-sig")
    done = run("generate", tmp_path / "own", "--roster", tmp_path / "roster.csv", "-o", tmp_path)
    assert done.exit_code == 0, done.stderr
    form = tmp_path / "7_甲局_小表.xlsx"
    assert "--template" in run("read", form).stderr
    done = run("read", form, "--template", tmp_path / "own")
    assert done.exit_code == 0, done.stderr
    assert simplejson.loads(done.stdout)["indicators"] == []


def test_a_round_with_a_key_knows_its_forms(forms: Path, tmp_path: Path) -> None:
    key, other, short = (tmp_path / name for name in ("round.key", "other.key", "short.key"))
    key.write_bytes(b"0123456789abcdef0123456789abcdef")
    other.write_bytes(b"another key, also long enough")
    short.write_bytes(b" too short   \n ")
    roster = tmp_path / "roster.csv"
    roster.write_text("code,name\n101001,清源县教育局\n", encoding="utf-8")
    make = ("generate", "hebei-department", "--roster", roster)
    assert run(*make, "--key", key, "-o", tmp_path).exit_code == 0
    form, unsigned = tmp_path / FORM, forms / FORM
    assert run("read", form, "--key", key).exit_code == 0
    for command in (
        ("read", form),
        ("check", form, form),
        ("merge", form, "-o", tmp_path / "c.xlsx"),
    ):
        for given, told in (((), 1), (("--key", key), 0)):
            assert run(*command, *given).stderr.count("没有给出 --key") == told
    assert run("read", form).exit_code == 0
    for file, asked, words in (
        (form, other, "签名与本批次的密钥不符"),
        (unsigned, key, "没有本批次的签名"),
    ):
        done = run("check", file, "--key", asked)
        assert done.exit_code == 1
        assert words in done.stdout
    done = run(*make, "--key", short, "-o", tmp_path)
    assert done.exit_code == 3
    assert "至少要 16 个字节" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="no such file names there")
def test_what_people_typed_makes_no_line_of_its_own(forms: Path, tmp_path: Path) -> None:
    forged = "x\n✗ inbox/victim.xlsx: forged"
    returned = tmp_path / "returned"
    answers = tmp_path / "answers.json"
    answers.write_text(simplejson.dumps({"projects": [{"funds": {"total": forged}}]}), "utf-8")
    name = "a\n✗ victim.xlsx\x1b[2J\u202e:x:.xlsx"
    shown = "a↵✗ victim.xlsx\\x1b[2J\\u202e:x:.xlsx"
    filled, broken = returned / name, returned / f"b{name}"
    form = forms / FORM
    assert run("fill", form, answers, "-o", filled).stdout == f"已填写：{returned}/{shown}\n"
    broken.write_bytes(b"PK nothing")

    done = run("check", filled)
    assert done.exit_code == 1
    assert done.stdout.startswith(f"【必须改】{returned}/{shown}（101001 清源县教育局）\n")
    assert "“x↵✗ inbox/victim.xlsx: forged”" in done.stdout
    told = [line["message"] for line in simplejson.loads(
        run("check", filled, "--format", "json").stdout)["findings"]]  # fmt: skip
    assert any(f"“{forged}”" in message for message in told)

    several = run("check", returned)
    merged = run("merge", returned, "-o", tmp_path / "county.xlsx")
    alone = run("read", broken)
    assert alone.exit_code == 3
    assert f"【必须改】returned/b{shown}：" in several.stdout
    assert f"  - returned/{shown}：" in merged.stdout
    assert f"  - returned/b{shown}：" in merged.stdout
    assert f"b{shown}：" in alone.stderr
    for text in (done.stdout, several.stdout, merged.stdout, alone.stderr):
        assert "\x1b" not in text
        assert "\n✗ victim" not in text
        assert "\n✗ inbox" not in text


@pytest.mark.parametrize("command", ["check", "read", "merge"])
def test_a_folder_without_returns_is_not_all_well(tmp_path: Path, command: str) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    arguments = [command, folder, *(["-o", tmp_path / "x.xlsx"] if command == "merge" else [])]
    for names, word in (
        ((), "文件夹是空的"),
        ((".hidden",), "文件夹是空的"),
        (("a.txt",), "a.txt"),
    ):
        for name in names:
            (folder / name).write_text("x", encoding="utf-8")
        done = run(*arguments)
        assert done.exit_code == 3
        assert word in done.stderr
        assert "请把收回的表放进去" in done.stderr
    assert not (tmp_path / "x.xlsx").exists()


def test_read_into_a_file_counts_and_names_what_it_could_not_read(
    forms: Path, tmp_path: Path
) -> None:
    (tmp_path / "坏.xlsx").write_bytes(b"PK")
    done = run("read", forms, tmp_path / "坏.xlsx", "-o", tmp_path / "out.json")
    assert done.exit_code == 1
    assert "已读取 2 份，无法读取 1 份" in done.stderr
    assert "坏.xlsx：" in done.stderr
    assert FORM not in done.stderr


def test_two_equal_files_of_a_unit_need_nothing_done(demo: County, tmp_path: Path) -> None:
    clean = next(demo.returned.glob("107001*.xlsx"))
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a.xlsx", "b.xlsx"):
        (folder / name).write_bytes(clean.read_bytes())
    done = run("merge", folder, "-o", tmp_path / "x.xlsx", "--json", tmp_path / "x.json")
    assert done.exit_code == 0, done.output
    assert "未汇总 0 份" in done.stdout
    assert "不必处理" in done.stdout
    assert f"汇总数据：{tmp_path / 'x.json'}" in done.stdout


def test_a_severity_to_mark_needs_a_folder_of_marks(forms: Path) -> None:
    done = run("check", forms, "--mark-severity", "error")
    assert done.exit_code == 2
    assert "--mark-severity 要与 --mark 一起用" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("merge", "x", "--lang"), "错误："),
        (("merge", "x", "--lang", "zz"), "错误："),
        (("--lang", "zh", "chek", "--lang", "en"), "Error:"),
        (("--lang=en", "chek", "--lang=zh"), "错误："),
    ],
)
def test_an_unknown_language_leaves_that_of_the_environment(
    arguments: tuple[str, ...], word: str
) -> None:
    done = CliRunner(env={"PTXL_LANG": "zh"}).invoke(cli, list(arguments))
    assert done.exit_code == 2
    assert word in done.stderr


def test_merge_replaces_its_own_earlier_workbook_but_no_return(forms: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / FORM).write_bytes((forms / FORM).read_bytes())
    first = run("merge", folder, "-o", folder / "汇总.xlsx")
    second = run("merge", folder, "-o", folder / "汇总.xlsx")
    assert first.exit_code == second.exit_code == 1  # the form is blank
    assert second.stdout == first.stdout
    refused = run("merge", folder, "-o", folder / FORM)
    assert refused.exit_code == 3
    assert "输出会覆盖输入文件" in refused.stderr


def test_a_folder_of_marks_is_not_among_the_returns(forms: Path) -> None:
    for folder in (forms, forms / "标注"):
        done = run("check", forms, "--mark", folder)
        assert done.exit_code == 3
        assert "另选一个在它之外的文件夹" in done.stderr
    assert not (forms / "标注").exists()


def test_what_the_system_says_is_worded_and_names_no_temporary_file(
    forms: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for target, word in (
        (tmp_path / "file" / "y.json", "不是文件夹"),
        (tmp_path / ("长" * 200) / "y.json", "太长"),
        (Path("/proc/nowhere/y.json"), "没有这个文件或文件夹"),
    ):
        done = run("read", forms / FORM, "-o", target)
        assert done.exit_code == 3, done.output
        assert word in done.stderr
        assert ".part" not in done.stderr
        assert "No such" not in done.stderr


def test_a_full_disk_is_told_of_the_file_that_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space") as caught:
        write_whole(tmp_path / "y.json", "x")
    assert caught.value.filename == str(tmp_path / "y.json")
    assert system_reason(caught.value).code == "system.disk_full"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("setting", ["year=abc", "yaer=2026"])
def test_a_wrong_parameter_is_told_of_the_option(setting: str) -> None:
    done = run("show", "hebei-department", "--set", setting)
    assert done.exit_code == 3
    assert done.stderr.startswith("--set: ")


def test_an_option_that_nothing_is_near_has_no_tail() -> None:
    assert "没有选项“--qqq”\n" in run("merge", "x", "--qqq").stderr


def test_faults_of_answers_name_their_file(forms: Path, tmp_path: Path) -> None:
    answers = tmp_path / "汇总.json"
    answers.write_text('{"nothing": 1}', encoding="utf-8")
    done = run("fill", forms / FORM, answers, "-o", tmp_path / "x.xlsx")
    assert done.exit_code == 3
    assert done.stderr.startswith(str(answers))


@pytest.mark.parametrize(
    ("data", "line", "word"),
    [
        (b"PK\x03\x04", 1, "这是工作簿"),
        (b"id: x\nsheets: [\n", 3, "不是有效的 YAML：请检查"),
        ("id: x\nabout: 汉字".encode("gb18030"), 2, "另存为 UTF-8"),
        (b"id: x\nabout: \x01", 2, "控制字符"),
    ],
)
def test_lint_words_what_is_no_yaml(tmp_path: Path, data: bytes, line: int, word: str) -> None:
    path = tmp_path / "template.yaml"
    path.write_bytes(data)
    done = run("lint", path)
    assert done.exit_code == 3
    assert f"{path}:{line}: " in done.stdout
    assert word in done.stdout
    assert "codec" not in done.stdout


def test_a_text_is_not_said_to_be_renamed(tmp_path: Path) -> None:
    (tmp_path / "说明.txt").write_text("说明", encoding="utf-8")
    done = run("check", tmp_path / "说明.txt")
    assert "这是文本或 CSV，不是工作簿" in done.stderr


def test_a_missing_column_is_named_in_chinese_first(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    done = run("generate", "hebei-department", "--roster", tmp_path / "r.csv", "-o", tmp_path / "f")
    assert "没有名为“单位编码”" in done.stderr


def test_a_bad_day_of_a_waiver_is_shown_with_the_wanted_shape(forms: Path, tmp_path: Path) -> None:
    table = tmp_path / "w.csv"
    table.write_text(
        "单位编码,规则,填报项,理由,批准人,有效期至\n101001,x,,y,z,明年\n", encoding="utf-8"
    )
    done = run("check", forms / FORM, "--waivers", table)
    assert done.exit_code == 3
    assert "“明年”不是日期，请写成 2026-12-31 的样式" in done.stderr
