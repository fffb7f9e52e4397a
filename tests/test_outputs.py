"""A command that fails or is killed leaves its outputs as they were, and nothing beside them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ptxl import outputs
from ptxl.outputs import replacing, working_folder
from tests.conftest import ROOT
from tests.sample_county import County

linux = pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
#: starts a command under a limit: its name in `resource`, its value, then the arguments
_LIMITED = (
    "import resource, runpy, sys\n"
    "_, limit, value, *sys.argv[1:] = sys.argv\n"
    "resource.setrlimit(getattr(resource, limit), (int(value), int(value)))\n"
    "runpy.run_module('ptxl', run_name='__main__')\n"
)


@pytest.fixture
def folder(demo: County, tmp_path: Path) -> Path:
    """Some returned files, an earlier output, and a folder for what is temporary."""
    for name in ("in", "out", "tmp"):
        (tmp_path / name).mkdir()
    for path in sorted(demo.returned.iterdir())[:3]:
        shutil.copy(path, tmp_path / "in")
    (tmp_path / "out" / "c.xlsx").write_bytes(b"earlier")
    return tmp_path


def command(folder: Path, *start: str) -> subprocess.Popen[str]:
    out = folder / "out"
    arguments = ["merge", folder / "in", "-o", out / "c.xlsx", "--json", out / "c.json"]
    return subprocess.Popen(
        [sys.executable, *start, *map(str, arguments)], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(folder / "tmp"), "PTXL_LANG": "zh"},
    )  # fmt: skip


def lying(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*")}


@linux
@pytest.mark.parametrize(
    ("limit", "value", "cause"),
    [
        ("RLIMIT_FSIZE", 3000, "文件超过"),
        ("RLIMIT_NOFILE", 8, "打开的文件太多"),
        pytest.param("RLIMIT_FSIZE", 100, "文件超过", marks=pytest.mark.slow),
        pytest.param("RLIMIT_FSIZE", 20_000, "文件超过", marks=pytest.mark.slow),
        pytest.param("RLIMIT_FSIZE", 40_000, "文件超过", marks=pytest.mark.slow),
        pytest.param("RLIMIT_NOFILE", 13, "打开的文件太多", marks=pytest.mark.slow),
    ],
)
def test_a_merge_without_room_names_file_and_cause_and_leaves_nothing(
    folder: Path, limit: str, value: int, cause: str
) -> None:
    process = command(folder, "-c", _LIMITED, limit, str(value))
    _, said = process.communicate(timeout=60)
    assert process.returncode == 3, said
    assert cause in said
    assert "Traceback" not in said
    assert "Exception" not in said
    assert str(folder) in said or limit == "RLIMIT_NOFILE"
    assert lying(folder / "out") == {"c.xlsx"}
    assert (folder / "out" / "c.xlsx").read_bytes() == b"earlier"
    assert not lying(folder / "tmp")


@linux
def test_a_killed_merge_leaves_nothing_that_the_next_one_does_not_remove(folder: Path) -> None:
    for delay in (0.4, 0.7, 0.9, 1.1):
        process = command(folder, "-m", "ptxl")
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert {name for name in lying(folder / "out") if not name.startswith(".")} <= {
            "c.xlsx", "c.json"
        }  # fmt: skip
    process = command(folder, "-m", "ptxl")
    process.communicate(timeout=60)
    assert process.returncode in (0, 1)
    assert lying(folder / "out") == {"c.xlsx", "c.json"}
    assert (folder / "out" / "c.xlsx").read_bytes().startswith(b"PK")
    assert not lying(folder / "tmp")


@linux
def test_what_a_killed_run_left_is_removed_and_what_another_needs_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    target = tmp_path / "county.xlsx"
    child = os.fork()
    if child == 0:
        with replacing(target), working_folder():
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    left = lying(tmp_path)
    assert len(left) == 3
    with replacing(target) as needed, working_folder() as folder:
        outputs._sweep.cache_clear()
        with replacing(tmp_path / "other.xlsx") as other:
            other.write_bytes(b"x")
        assert needed.exists()
        assert folder.exists()
        assert not left & lying(tmp_path) - {"lock"}
    assert lying(tmp_path) == {"county.xlsx", "other.xlsx"}


#: begins to write again and again, and sweeps each time as a new process would
_BEGINS = (
    "import sys, tempfile\n"
    "from pathlib import Path\n"
    "from ptxl import outputs\n"
    "tempfile.tempdir, name = sys.argv[1:]\n"
    "for _ in range(700):\n"
    "    outputs._sweep.cache_clear()\n"
    "    target = Path(tempfile.tempdir, name)\n"
    "    with outputs.working_folder() as folder, outputs.replacing(target) as part:\n"
    "        (folder / 'needed').touch()\n"
    "        part.touch()\n"
)


@linux
def test_runs_that_begin_at_the_same_time_leave_each_other_alone(tmp_path: Path) -> None:
    names = {"a", "b", "c", "d"}
    runs = [
        subprocess.Popen([sys.executable, "-c", _BEGINS, tmp_path, name], cwd=ROOT)
        for name in names
    ]
    assert [run.wait(timeout=120) for run in runs] == [0] * len(runs)
    assert lying(tmp_path) == names


def test_many_files_are_written_each_whole(tmp_path: Path) -> None:
    files = [(tmp_path / f"{n % 3}" / f"{n}.xlsx", b"%d" % n * 1000) for n in range(100)]
    outputs.write_each(iter(files))
    assert [path.read_bytes() for path, _ in files] == [data for _, data in files]
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 100
    usual = tmp_path / "usual"
    usual.touch()
    assert {path.stat().st_mode for path, _ in files} == {usual.stat().st_mode}


def test_of_many_files_those_before_one_that_cannot_be_written_are_there(tmp_path: Path) -> None:
    (tmp_path / "5").mkdir()
    files = [(tmp_path / str(n), b"x") for n in range(30)]
    with pytest.raises(OSError, match="5") as raised:
        outputs.write_each(files)
    assert str(tmp_path / "5") in (raised.value.filename, raised.value.filename2)
    assert {str(n) for n in range(5)} <= lying(tmp_path)
    assert not any(name.startswith(".") for name in lying(tmp_path))
