"""No file takes the reader down, holds it up, or is read as what it is not: see `hostile`."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ptxl import api
from ptxl import jobs as desk
from ptxl.receive.sniff import Limits
from ptxl.receive.workers import Unread
from tests.conftest import ROOT, Figures
from tests.hostile import TABLE, filled_form, shared_files
from tests.hostile.judge import content_of
from tests.shared import made_once

EXPECTED = dict(line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines() if line)
#: for all of them together: a hang, whatever the machine
_LONGEST = 600
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What all hostile files came to, by name, and what reading them took."""

    files: Mapping[str, Mapping[str, Any]]
    figures: Mapping[str, float]


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    folder = shared_files(tmp_path_factory)
    return made_once("verdicts", tmp_path_factory, lambda _: judged(folder))


def judged(folder: Path) -> Verdicts:
    """What a process of its own says of all files in a folder."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.hostile.judge", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=_LONGEST,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    *files, figures = map(json.loads, done.stdout.splitlines())
    return Verdicts({line["file"]: line for line in files}, figures)


def test_the_table_names_every_file(verdicts: Verdicts) -> None:
    assert set(verdicts.files) == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_hostile_file_comes_to_what_the_table_says(verdicts: Verdicts, name: str) -> None:
    found = verdicts.files[name]
    assert found["came_to"] == EXPECTED[name], found.get("trace", "")


def test_reading_them_costs_no_more_than_the_limits(verdicts: Verdicts, figures: Figures) -> None:
    codes = [line["came_to"] for line in verdicts.files.values()]
    slowest = max(verdicts.files.values(), key=lambda line: line["seconds"])
    parent, worker = (verdicts.figures[f"{who}_megabytes"] for who in ("parent", "worker"))
    hangs, untyped = codes.count("timed_out"), codes.count("internal")
    figures(
        f"{len(codes)} hostile files: parent crashes 0, hangs {hangs}, untyped errors"
        f" {untyped}, workers killed {codes.count('killed')}, parent +{parent:.0f} MB, worker"
        f" {worker:.0f} MB, slowest {slowest['file']} {slowest['seconds']:.1f} s"
    )
    assert untyped == hangs == 0
    assert parent < 150  # an answer of 24 MB comes back, as text, and the form is compiled here too
    assert worker < Limits().memory_megabytes


def test_an_inbox_of_links_pipes_and_strange_names(tmp_path: Path) -> None:
    data = filled_form()
    inbox = tmp_path / "inbox"
    (inbox / "sub").mkdir(parents=True)
    names = [
        "-o.xlsx", "--output=x.xlsx", "line\nbreak.xlsx", "\u202excod.xlsx", "$(id).xlsx", " .xlsx",
        "a;b|c&d.xlsx", "%s%n{0}.xlsx", "[red]x.xlsx", "x" * 245 + ".xlsx", "UPPER.XLSX",
        "none", "double.xlsx.exe", "con.xlsx", "sub/x.xlsx", "\x1b[2J.xlsx", "é.xlsx",
        "e\u0301.xlsx",
    ]  # fmt: skip
    for name in names:
        (inbox / name).write_bytes(data)
    Path(os.fsdecode(os.fsencode(inbox) + b"/\xce\xde\xff.xlsx")).write_bytes(data)
    for name in (".hidden.xlsx", "~$lock.xlsx", "Thumbs.db"):  # systems leave these: no returns
        (inbox / name).write_bytes(data)
    (tmp_path / "outside.xlsx").write_bytes(data)
    for target, name in (
        (tmp_path / "outside.xlsx", "link.xlsx"),
        (tmp_path / "nowhere.xlsx", "dangling.xlsx"),
        (inbox, "loop"),
        (Path("/dev/zero"), "zero.xlsx"),
        (Path("/proc/self/mem"), "memory.xlsx"),
        (Path("self.xlsx"), "self.xlsx"),
    ):
        (inbox / name).symlink_to(target)
    os.mkfifo(inbox / "pipe.xlsx")
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(inbox)  # the name of a socket must be short
        server.bind("socket.xlsx")
        os.chdir(here)
        outcomes = list(api.each([inbox], desk.read, workers=2))
    unread = [one for one in outcomes if isinstance(one, Unread)]
    read = [one for one in outcomes if not isinstance(one, Unread)]
    assert [one.error.code for one in unread] == ["not_a_file"] * 8
    assert len(read) == len(names) + 1
    assert all(content_of(one) == content_of(read[0]) and not one.findings for one in read)
    for one in unread:
        assert str(one.error).isprintable() or "\n" in str(one.error)
