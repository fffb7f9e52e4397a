"""The bundle for this machine: offline, from nothing, under a path as offices have them."""

from __future__ import annotations

import io
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from bundle.make import build_wheel, bundle_files, make, still_needed, zipped
from bundle.systems import SYSTEMS, read_interpreter

VERSION = ".".join(map(str, sys.version_info[:2]))
OWN = {"x86_64": "linux-x86_64", "aarch64": "linux-arm64"}.get(platform.machine(), "")
OFFICE = "绩效 目标 (1)"
pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not OWN, reason="no bundle for this system"
)


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(SYSTEMS[OWN], [VERSION], tmp_path_factory.mktemp("made"))


@pytest.fixture
def unpacked(packed: Path, tmp_path: Path) -> Path:
    """The bundle as an archive program unpacks it, into a folder as people name them."""
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(tmp_path / OFFICE)
        for entry in archive.infolist():
            (tmp_path / OFFICE / entry.filename).chmod(entry.external_attr >> 16)
    return tmp_path / OFFICE / "ptxl"


def offline(
    command: Sequence[object], folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program in a network that has no other machine in it, where the system allows that."""
    apart = ["unshare", "--net"]
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode:
        apart = []
    environment = {**os.environ, "PIP_INDEX_URL": "file:///nowhere", "PIP_CONFIG_FILE": os.devnull}
    environment["XDG_CONFIG_HOME"] = "/nowhere"  # where the menu keeps which round was open
    return subprocess.run(
        [*apart, *map(str, command)], env=environment, capture_output=True, encoding="utf-8",
        check=False, stdin=subprocess.DEVNULL, cwd=folder,
    )  # fmt: skip


def test_it_starts_offline_from_nothing_and_runs_the_demo(unpacked: Path, tmp_path: Path) -> None:
    done = offline([unpacked / "ptxl.sh", "demo", tmp_path / "示例 县"])
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("首次启动")
    (summary,) = (tmp_path / "示例 县" / "报表").glob("*汇总表.xlsx")
    assert summary.stat().st_size > 10_000
    (made,) = (unpacked / "app").glob("env-*")
    again = offline([unpacked / "ptxl.sh", "templates"])
    assert "首次启动" not in again.stdout
    assert again.stdout.startswith("模板")
    assert list((unpacked / "app").glob("*env-*")) == [made]


def test_pip_installs_its_wheels_offline_into_an_empty_environment(
    unpacked: Path, tmp_path: Path
) -> None:
    venv.create(tmp_path / "环境", with_pip=True)
    python = tmp_path / "环境" / "bin" / "python"
    options = ["--quiet", "--no-index", "--find-links", unpacked / "app" / "wheels"]
    done = offline([python, "-m", "pip", "install", *options, "ptxl"])
    assert done.returncode == 0, done.stderr
    done = offline([python, "-m", "ptxl", "--lang", "zh", "templates"])
    assert done.stdout.startswith("模板"), done.stderr


def test_a_file_of_it_that_was_damaged_is_named(unpacked: Path) -> None:
    (wheel,) = (unpacked / "app" / "wheels").glob("lxml-*")
    wheel.write_bytes(wheel.read_bytes()[:-1])
    done = offline([unpacked / "ptxl.sh", "templates"])
    assert done.returncode == 3
    assert f"文件不完整：{wheel}" in done.stdout
    assert list((unpacked / "app").glob("*env-*")) == []
    assert list((unpacked / "app").glob(".part-*")) == []


def test_a_folder_that_may_not_be_written_to_is_no_hindrance(
    unpacked: Path, tmp_path: Path
) -> None:
    """As on a read-only share: what is unpacked goes to the user's own folder."""
    readonly = f"mount --bind {shlex.quote(str(unpacked))} {shlex.quote(str(unpacked))} && "
    readonly += f"mount -o remount,bind,ro {shlex.quote(str(unpacked))} && "
    apart = ["unshare", "--mount", "sh", "-c"]
    if subprocess.run([*apart, f"{readonly} true"], capture_output=True, check=False).returncode:
        pytest.skip("no mounts of one's own here")
    own = f"XDG_DATA_HOME={shlex.quote(str(tmp_path / '自己'))} "
    done = offline([*apart, readonly + own + shlex.quote(str(unpacked / "ptxl.sh")) + " templates"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(list((tmp_path / "自己" / "ptxl").glob("env-*"))) == 1
    assert list((unpacked / "app").glob("env-*")) == []


def test_without_a_python_that_is_new_enough_it_says_what_to_do(
    unpacked: Path, tmp_path: Path
) -> None:
    """With an old one, as 麒麟 and 统信 have it, where this machine has one."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("dirname", "cat", "sh"):
        (programs / name).symlink_to(shutil.which(name) or "")
    old = sorted(Path.home().glob(".pyenv/versions/3.[678].*/bin/python3"))
    if old:
        (programs / "python3").symlink_to(old[-1])
    done = subprocess.run(
        [unpacked / "ptxl.sh"], env={"PATH": str(programs)}, stdin=subprocess.DEVNULL,
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert "需要 3.11 或更新的版本" in done.stdout
    assert "麒麟、统信" in done.stdout


def test_a_double_click_on_the_desktop_file_starts_it_with_what_was_dragged(
    unpacked: Path, tmp_path: Path
) -> None:
    """Of the line `Exec` first backslashes are undone, then quotes; %k and %F are filled in."""
    lines = (unpacked / "ptxl.desktop").read_text(encoding="utf-8").splitlines()
    (line,) = (text.removeprefix("Exec=") for text in lines if text.startswith("Exec="))
    found = re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', line.replace(r"\\", "\\"))
    *words, place, dragged = [re.sub(r"\\(.)", r"\1", quoted) or plain for quoted, plain in found]
    assert (place, dragged) == ("%k", "%F")
    done = offline([*words, unpacked / "ptxl.desktop", "templates"], tmp_path)
    assert "hebei-department" in done.stdout, done.stderr
    file = tmp_path / "收到 的.xlsx"
    file.write_bytes(b"")
    done = offline([*words, unpacked / "ptxl.desktop", file], tmp_path)
    assert "这些文件没有收。请先新建批次" in done.stdout, done.stderr
    assert "1  新建批次" in done.stdout


def test_scripts_are_clean(unpacked: Path) -> None:
    for program, file in (("shellcheck", "ptxl.sh"), ("desktop-file-validate", "ptxl.desktop")):
        if shutil.which(program):
            done = subprocess.run(
                [program, unpacked / file], capture_output=True, text=True, check=False
            )
            assert (done.stdout, done.stderr) == ("", "")


def test_for_windows_scripts_are_ascii_and_texts_are_known_as_utf8() -> None:
    files = bundle_files(SYSTEMS["windows-x86_64"], {})
    script = files["ptxl.bat"]
    assert script.isascii()
    assert script.count(b"\n") == script.count(b"\r\n") > 10
    assert files["app/python-needed.txt"].startswith("\ufeff本机".encode())
    assert b"\r" not in bundle_files(SYSTEMS[OWN], {})["ptxl.sh"]


def test_same_wheels_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        build_wheel(tmp_path / name)
    one, two = (
        bundle_files(SYSTEMS[OWN], {VERSION: tmp_path / name}) for name in ("one", "two")
    )  # fmt: skip
    assert zipped(one, "ptxl") == zipped(dict(reversed(two.items())), "ptxl")


def test_what_a_wheel_needs_on_another_system_only_is_asked_for_there(tmp_path: Path) -> None:
    needs = ('colorama>=0.4; sys_platform == "win32"', 'mock; extra == "test"', "Rich.Text")
    metadata = "Metadata-Version: 2.1\nName: a\nVersion: 1\n"
    metadata += "".join(f"Requires-Dist: {one}\n" for one in needs)
    for name in ("a", "rich_text"):
        with zipfile.ZipFile(tmp_path / f"{name}-1-py3-none-any.whl", "w") as archive:
            text = metadata if name == "a" else "Metadata-Version: 2.1\nName: b\nVersion: 1\n"
            archive.writestr(f"{name}-1.dist-info/METADATA", text)
    found = {name: still_needed(tmp_path, system.markers) for name, system in SYSTEMS.items()}
    assert found == {"windows-x86_64": ["colorama>=0.4"], "linux-x86_64": [], "linux-arm64": []}


def program(machine: int, *, windows: bool) -> bytes:
    """The head of a program for a machine."""
    number = machine.to_bytes(2, "little")
    if windows:
        return (
            b"MZ".ljust(0x3C, b"\0") + (0x80).to_bytes(4, "little") + bytes(64) + b"PE\0\0" + number
        )
    return b"\x7fELF".ljust(18, b"\0") + number + bytes(44)


@pytest.mark.parametrize(
    ("machine", "windows", "system"),
    [(0x8664, True, "windows-x86_64"), (62, False, "linux-x86_64"), (183, False, "linux-arm64")],
)
def test_a_python_tells_for_which_system_it_is(
    tmp_path: Path, machine: int, windows: bool, system: str
) -> None:
    path, head = tmp_path / "python", program(machine, windows=windows)
    if windows:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("cp313/python.exe", head)
            archive.writestr("cp313/python313.dll", b"")
    else:
        with tarfile.open(path, "w:gz") as packed:
            entry = tarfile.TarInfo("python/bin/python3.13")
            entry.size = len(head)
            packed.addfile(entry, io.BytesIO(head))
    python = read_interpreter(path)
    assert (python.system, python.version) == (system, "3.13")
    assert {"python/python.exe", "python.tar.gz"} & set(python.files)


def test_a_python_for_another_machine_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "arm.zip", "w") as archive:
        archive.writestr("python.exe", program(0xAA64, windows=True))
        archive.writestr("python313.dll", b"")
    with pytest.raises(ValueError, match="a Python for none of"):
        read_interpreter(tmp_path / "arm.zip")
