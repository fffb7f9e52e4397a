"""The command line: exit codes, languages, and one broken file among many."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import simplejson

from ptxl import api
from tests.conftest import SAMPLES


def run(*arguments: object, lang: str = "zh") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ptxl", "--lang", lang, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("forms")
    roster = folder / "roster.csv"
    roster.write_text(
        "单位编码,单位名称\n101001,清源县教育局\n101002,清源县水利局\n", encoding="gb18030"
    )
    done = run("generate", "hebei-department", "--roster", roster, "--set", "projects=3",
               "--set", "tasks=4", "--set", "safeguards=3", "-o", folder / "forms")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "2 份" in done.stdout
    return folder / "forms"


def test_forms_are_named_by_code_and_name(forms: Path) -> None:
    assert sorted(path.name for path in forms.iterdir()) == [
        "101001_清源县教育局.xlsx",
        "101002_清源县水利局.xlsx",
    ]


def test_fill_read_check_of_one_file(forms: Path, tmp_path: Path) -> None:
    filled = tmp_path / "filled.xlsx"
    answers = SAMPLES / "county" / "answers" / "101001.json"
    done = run("fill", forms / "101001_清源县教育局.xlsx", answers, "-o", filled)
    assert done.returncode == 0, done.stderr
    done = run("read", filled)
    assert done.returncode == 0
    assert simplejson.loads(done.stdout)["unit"]["name"] == "清源县教育局"
    assert run("check", filled).returncode == 0


def test_only_forms_with_findings_get_a_marked_copy(forms: Path, tmp_path: Path) -> None:
    returned, marked = tmp_path / "returned", tmp_path / "marked"
    answers = SAMPLES / "county" / "answers" / "101001.json"
    blank = forms / "101002_清源县水利局.xlsx"
    run("fill", forms / "101001_清源县教育局.xlsx", answers, "-o", returned / "clean.xlsx")
    alone = run("check", returned, "--mark", marked)
    assert alone.returncode == 0
    assert f"已标出问题的原表 0 份：{marked}" in alone.stdout
    assert not marked.exists()
    (returned / "blank.xlsx").write_bytes(blank.read_bytes())
    both = run("check", returned, "--mark", marked, lang="en")
    assert f"1 marked workbooks: {marked}" in both.stdout
    assert [path.name for path in marked.iterdir()] == ["blank.xlsx"]


def test_a_blank_form_has_findings_and_exits_1(forms: Path) -> None:
    done = run("check", forms / "101001_清源县教育局.xlsx")
    assert done.returncode == 1
    assert "必填项未填" in done.stdout
    english = run("check", forms / "101001_清源县教育局.xlsx", lang="en")
    assert "a required answer is missing" in english.stdout


def test_one_broken_file_among_many_does_not_stop_the_others(forms: Path, tmp_path: Path) -> None:
    for path in forms.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "broken.xlsx").write_bytes(b"PK nothing")
    out = tmp_path / "all.jsonl"
    done = run("read", tmp_path, "-o", out)
    assert done.returncode == 1
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
    assert done.returncode == 3
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_foreign_workbook_is_named_as_such(tmp_path: Path) -> None:
    county = tmp_path / "county.xlsx"
    api.merge([], county)
    done = run("read", county)
    assert done.returncode == 3
    assert "不是由 ptxl 生成的表" in done.stderr


def test_wrong_usage_exits_2() -> None:
    assert run("generate", "hebei-department").returncode == 2
    assert run("nonsense").returncode == 2
    assert run("show", "hebei-department", "--set", "year").returncode == 2


def test_templates_and_rosters_that_make_no_form_exit_3(tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("code,title\n1,甲\n", encoding="utf-8")
    done = run("generate", "hebei-department", "--roster", roster, "-o", tmp_path / "out")
    assert done.returncode == 3
    assert f"{roster}:1" in done.stderr
    assert run("show", "hebei").returncode == 3
    assert run("lint", SAMPLES / "broken" / "template_with_20_faults").returncode == 3
    assert not (tmp_path / "out").exists()


def test_answers_without_a_place_are_all_named(forms: Path, tmp_path: Path) -> None:
    answers = tmp_path / "answers.json"
    answers.write_text(
        '{"projects": [{"nam": "甲", "plan": [{"by": "9月底", "percent": "75%"}]}], "budget": 3}',
        encoding="utf-8",
    )
    form = forms / "101001_清源县教育局.xlsx"
    done = run("fill", form, answers, "-o", tmp_path / "filled.xlsx")
    assert done.returncode == 3
    for words in ('did you mean "name"', "9月底", "budget: the form does not ask this"):
        assert words in done.stderr
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
    assert done.returncode == 0, done.stderr
    form = tmp_path / "7_甲局.xlsx"
    assert "--template" in run("read", form).stderr
    done = run("read", form, "--template", tmp_path / "own")
    assert done.returncode == 0, done.stderr
    assert simplejson.loads(done.stdout)["indicators"] == []


def test_a_round_with_a_key_knows_its_forms(forms: Path, tmp_path: Path) -> None:
    key, other, short = (tmp_path / name for name in ("round.key", "other.key", "short.key"))
    key.write_bytes(b"0123456789abcdef0123456789abcdef")
    other.write_bytes(b"another key, also long enough")
    short.write_bytes(b" too short   \n ")
    roster = tmp_path / "roster.csv"
    roster.write_text("code,name\n101001,清源县教育局\n", encoding="utf-8")
    make = ("generate", "hebei-department", "--roster", roster)
    assert run(*make, "--key", key, "-o", tmp_path).returncode == 0
    form, unsigned = tmp_path / "101001_清源县教育局.xlsx", forms / "101001_清源县教育局.xlsx"
    assert run("read", form, "--key", key).returncode == 0
    assert run("read", form).returncode == 0
    for file, asked, words in (
        (form, other, "签名与本批次的密钥不符"),
        (unsigned, key, "没有本批次的签名"),
    ):
        done = run("check", file, "--key", asked)
        assert done.returncode == 1
        assert words in done.stdout
    done = run(*make, "--key", short, "-o", tmp_path)
    assert done.returncode == 3
    assert "at least 16 bytes" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="no such file names there")
def test_what_people_typed_makes_no_line_of_its_own(forms: Path, tmp_path: Path) -> None:
    forged = "x\n✗ inbox/victim.xlsx: forged"
    returned = tmp_path / "returned"
    answers = tmp_path / "answers.json"
    answers.write_text(simplejson.dumps({"projects": [{"funds": {"total": forged}}]}), "utf-8")
    name = "a\n✗ victim.xlsx\x1b[2J\u202e:x:.xlsx"
    shown = "a↵✗ victim.xlsx\\x1b[2J\\u202e:x:.xlsx"
    filled, broken = returned / name, returned / f"b{name}"
    form = forms / "101001_清源县教育局.xlsx"
    assert run("fill", form, answers, "-o", filled).stdout == f"已填写：{returned}/{shown}\n"
    broken.write_bytes(b"PK nothing")

    done = run("check", filled)
    assert done.returncode == 1
    assert done.stdout.startswith(f"✗ {returned}/{shown}\n")
    assert "“x↵✗ inbox/victim.xlsx: forged”" in done.stdout
    told = [line["message"] for line in simplejson.loads(
        run("check", filled, "--format", "json").stdout)["findings"]]  # fmt: skip
    assert any(f"“{forged}”" in message for message in told)

    several = run("check", returned)
    merged = run("merge", returned, "-o", tmp_path / "county.xlsx")
    alone = run("read", broken)
    assert alone.returncode == 3
    assert f"✗ returned/b{shown}: " in several.stdout
    assert f"  - returned/{shown}: " in merged.stdout
    assert f"  - returned/b{shown}: " in merged.stdout
    assert f"b{shown}: " in alone.stderr
    for text in (done.stdout, several.stdout, merged.stdout, alone.stderr):
        assert "\x1b" not in text
        assert "\n✗ victim" not in text
        assert "\n✗ inbox" not in text
