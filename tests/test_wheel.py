"""The built wheel, alone in an empty environment, runs the demo from another folder."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.shared import made_once


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once("wheel", tmp_path_factory, install)


def install(folder: Path) -> Path:
    """The program, as pip installs it from a wheel into an environment of its own."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = [*pip, "wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "env", with_pip=True)
    (bin_folder,) = [p for p in (folder / "env" / "bin", folder / "env" / "Scripts") if p.is_dir()]
    python = bin_folder / "python"
    into = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*into, str(wheel)], check=True, capture_output=True, cwd=folder)
    return bin_folder / "ptxl"


def test_the_wheel_runs_the_demo_without_the_repository(installed: Path, tmp_path: Path) -> None:
    command = [str(installed), "--lang", "zh", "demo", "county"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    assert "汇总表" in done.stdout
    (summary,) = (tmp_path / "county" / "报表").glob("*汇总表.xlsx")
    assert summary.stat().st_size > 10_000
    assert len(list((tmp_path / "county" / "收件").iterdir())) >= 9
