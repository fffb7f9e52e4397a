"""Workers started anew, as on Windows: whole commands do what they do with forks, byte for byte."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

#: how a program starts workers that is no plain command on Linux
SPAWNING = """\
import multiprocessing
from ptxl.__main__ import main
from ptxl.receive import workers

if __name__ == "__main__":
    workers._context = lambda task: multiprocessing.get_context("spawn")
    main()
"""
OFFICE = "绩效 目标 (1)"


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """For each way of starting workers a folder with the sample county in it."""
    made = {way: tmp_path_factory.mktemp(way) / OFFICE for way in ("forked", "spawned")}
    made["forked"].mkdir()
    (made["forked"] / "start it.py").write_text(SPAWNING, encoding="utf-8")
    assert run(made, "forked", "demo", "示例 县").returncode == 0
    shutil.copytree(made["forked"], made["spawned"])
    return made


def run(folders: dict[str, Path], way: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the folder of a way, on a console of a Chinese Windows."""
    program = ["start it.py"] if way == "spawned" else ["-m", "ptxl"]
    return subprocess.run(
        [sys.executable, *program, "--lang", "zh", *arguments], cwd=folders[way],
        env={**os.environ, "PYTHONIOENCODING": "gbk"}, capture_output=True, encoding="gbk",
        check=False,
    )  # fmt: skip


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.skipif(sys.platform != "linux", reason="only there workers are forks")
@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "示例 县/收件", "--mark", "退 回", "--codes"),
        ("merge", "示例 县/收件", "-o", "汇 总.xlsx", "--json", "汇 总.json"),
    ],
    ids=lambda arguments: "_".join((arguments[0], arguments[2].strip("-"))),
)
def test_a_command_says_and_writes_the_same(
    folders: dict[str, Path], arguments: tuple[str, ...]
) -> None:
    forked, spawned = (run(folders, way, *arguments) for way in folders)
    assert forked.stdout + forked.stderr
    assert (spawned.returncode, spawned.stdout) == (forked.returncode, forked.stdout)
    assert spawned.stderr == forked.stderr
    assert files(folders["forked"]) == files(folders["spawned"])
