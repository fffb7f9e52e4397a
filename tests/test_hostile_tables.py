"""Hostile files given as rosters and tables of exceptions: named and explained, within limits."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from ptxl import api
from ptxl.cli.main import cli
from ptxl.model.errors import TableError
from ptxl.receive.sniff import Limits
from ptxl.roster import read_roster
from tests.hostile import TABLE, shared_files

NAMES = [line.partition("\t")[0] for line in TABLE.read_text(encoding="utf-8").splitlines()]
#: those that cost most, or ended openpyxl, and one in six of the others
SOME = sorted({
    *NAMES[::6], "zip-bomb-many.xlsx", "xls-column-beyond.xls", "sheet-merge-all.xlsx",
    "sheet-validation-everywhere.xlsx", "number-nan.xlsx", "xls-macros.xls", "other-xlsb.xlsx",
})  # fmt: skip


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shared_files(tmp_path_factory)


@pytest.mark.parametrize("name", SOME)
def test_a_hostile_table_is_an_error_that_names_it(hostile: Path, name: str) -> None:
    started = time.monotonic()
    with pytest.raises(TableError) as roster:
        read_roster(hostile / name)
    with pytest.raises(TableError) as waivers:
        api.read_waivers(hostile / name, date(2026, 1, 1))
    for error in (roster.value, waivers.value):
        assert all(name in fault.place for fault in error.faults)
        assert {fault.code.partition(".")[0] for fault in error.faults} == {"table"}
    assert time.monotonic() - started < 2 * (Limits().seconds + 2)


@pytest.mark.parametrize(
    ("name", "words"),
    [("xls-macros.xls", "宏"), ("xls-password.xls", "加密"), ("zip-bomb-many.xlsx", "过大"),
     ("number-nan.xlsx", "另存为 xlsx"), ("other-blank.xlsx", "表是空的"),
     ("sheet-merge-all.xlsx", "过大")],
)  # fmt: skip
def test_commands_say_what_is_to_be_done_about_it(
    hostile: Path, tmp_path: Path, name: str, words: str
) -> None:
    path, out = str(hostile / name), str(tmp_path / "out.xlsx")
    for command in (
        ["generate", "hebei-department", "--roster", path, "-o", str(tmp_path / "forms")],
        ["check", str(hostile / "whole.xlsx"), "--waivers", path],
        ["merge", str(hostile / "whole.xlsx"), "--waivers", path, "-o", out],
    ):
        done = CliRunner().invoke(cli, [*command, "--lang", "zh"])
        assert done.exit_code == 3, done.output
        assert name in done.stderr
        assert words in done.stderr
        assert "Traceback" not in done.stderr
        assert not list(tmp_path.iterdir())
