"""The commands that pages show for a round are run, and what they print is what the pages show."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from click.testing import CliRunner

from ptxl import api
from ptxl.cli.main import cli
from tests.conftest import ROOT, SAMPLES

pytestmark = pytest.mark.slow

UNITS = ("101001", "101002", "105001")


def commands(page: str) -> Iterator[tuple[list[str], list[str]]]:
    """The commands of the console blocks of a page that are about a round, and what they print."""
    blocks = re.findall(
        r"```console\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL
    )
    for block in blocks:
        for shown in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *printed = shown.splitlines()
            program, *arguments = shlex.split(command, comments=True)
            if program == "ptxl" and arguments[0] in ("round", "verify"):
                yield arguments, printed


def clerks(folder: Path) -> None:
    """Fill in what was issued: one form with faults, one under another unit's name."""
    answers = SAMPLES / "county" / "answers"
    for unit in UNITS:
        (form,) = folder.glob(f"*/发放/*/{unit}_*.xlsx")
        name = "105001_清源县民政局.xlsx" if unit == "101002" else form.name
        api.fill(form, answers / f"{unit}.json", form.parents[2] / "收件" / name)
    (folder / "2026目标" / "收件" / "扫描件_清源县教育局.png").write_bytes(b"\x89PNG\r\n\x1a\n0000")


@pytest.mark.parametrize("page", ["docs/rounds.md", "README.zh-CN.md"])
def test_a_round_goes_as_the_page_shows(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    roster = (SAMPLES / "county" / "round_roster.csv").read_text(encoding="utf-8").splitlines()
    chosen = [line for line in roster if line.startswith(("单位编码", *UNITS))]
    Path("名册.csv").write_text("\n".join(chosen), encoding="utf-8")
    seen = []
    for arguments, printed in commands(page):
        done = CliRunner().invoke(cli, [*arguments, "--lang", "zh"])
        assert done.exit_code == 0, done.output
        wanted = "\n".join(line.replace("…", "*") for line in printed)
        pattern = re.sub(r"[\[\]?]", "?", wanted)
        assert fnmatchcase(done.output.strip(), pattern), f"{arguments}\n{done.output}"
        seen.append(arguments[1] if arguments[0] == "round" else arguments[0])
        if seen[-1] == "issue":
            clerks(tmp_path)
    assert {"new", "issue", "collect", "status", "letters", "merge", "close", "verify"} <= set(seen)
