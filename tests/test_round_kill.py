"""A round that is killed, run twice at once, filled up or cut off ends as if nothing had happened.

The inbox is outside of the round and the same for all runs, so that all end alike: with the same
archive, byte for byte, the same ledger and the same board. What a kill of the power does cannot be
tried here; see `docs/rounds.md` for what is asked of the disk.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from ptxl.rounds import board_of, open_round
from tests.archives import gbk_zip, mail_of
from tests.conftest import Figures
from tests.rounds_on_disk import TEMPLATES, answers_of, fill, form_of, new_round

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and mounts of Linux")

#: how often `collect` is killed, and a program that only commits
KILLS = int(os.environ.get("PTXL_KILLS", "10"))
COMMIT_KILLS = int(os.environ.get("PTXL_COMMIT_KILLS", "40"))
UNITS = 60
TEMPLATE = "county-project"
NOW = datetime(2026, 3, 25)


@dataclass(frozen=True)
class Setting:
    """A round before anything came, an inbox, and how the round ends undisturbed."""

    fresh: Path
    inbox: Path
    files: int
    expected: State


@dataclass(frozen=True)
class State:
    """Everything that a round knows, times of arrival aside."""

    archive: dict[str, bytes]
    files: list[tuple[str, ...]]
    arrivals: dict[str, list[tuple[str, ...]]]
    board: list[tuple[object, ...]]


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    folder = tmp_path_factory.mktemp("kill")
    lines = [f"{300000 + n},清源县第{n}单位,第{n % 5}局" for n in range(UNITS)]
    where = new_round(
        folder / "round", "\n".join(["单位编码,单位名称,主管部门", *lines]), [TEMPLATE],
        deadline=date(2026, 3, 20), issued=datetime(2026, 3, 1),
    ).root  # fmt: skip
    inbox = folder / "来件"
    files = _fill_inbox(where, inbox)
    undisturbed = _copy(where, folder / "undisturbed")
    done = collect(undisturbed, inbox)
    assert done.returncode == 0, done.stderr
    return Setting(where, inbox, files, state_of(undisturbed))


def _fill_inbox(where: Path, inbox: Path) -> int:
    """A mixed inbox: forms, some twice, in zips, zips in zips and mails; documents, broken files.

    Returns how many files it is with all that is packed in them.
    """
    (inbox / "第1周").mkdir(parents=True)
    made = open_round(where)
    names = [f"清源县第{n}单位" for n in range(UNITS)]
    forms = [form_of(made, str(300000 + n), TEMPLATE) for n in range(UNITS)]
    first = [
        fill(form, answers_of(TEMPLATE, name, f"第{number % 5}局", Decimal(100 + number)))
        for number, (form, name) in enumerate(zip(forms, names, strict=True))
    ]
    second = [
        fill(form, answers_of(TEMPLATE, name, f"第{number % 5}局", Decimal(200 + number)))
        for number, (form, name) in enumerate(zip(forms[:30], names, strict=False))
    ]
    for number, data in enumerate(first[:40]):
        (inbox / "第1周" / f"{300000 + number}_{names[number]}.xlsx").write_bytes(data)
    for number, data in enumerate(first[:10]):  # the same again
        (inbox / f"{names[number]} (1).xlsx").write_bytes(data)
    for number, data in enumerate(second[:20]):
        (inbox / f"{names[number]}_改.xlsx").write_bytes(data)
    for number in range(5):  # several forms in a zip, among them one that came before
        few = {f"局/{names[n]}.xlsx": first[n] for n in range(35 + number * 4, 40 + number * 4)}
        inner = gbk_zip({f"内_{name.rpartition('/')[2]}": data for name, data in few.items()})
        (inbox / f"第{number}局报送.zip").write_bytes(gbk_zip({**few, "再报.zip": inner}))
    for number in range(10):
        data = second[20 + number]
        files = {f"{names[20 + number]}.xlsx": data, "盖章.png": b"\x89PNG\r\n\x1a\n%d" % number}
        (inbox / f"报送{number}.eml").write_bytes(mail_of(files))
    for number in range(10):
        (inbox / f"坏{number}.xlsx").write_bytes(first[number][: 2000 + number])
        (inbox / f"网页{number}.xls").write_bytes(b"<html><body>%d</body></html>" % number)
        (inbox / f"空表{names[50 + number]}.xlsx").write_bytes(forms[50 + number])
        (inbox / f"说明{number}.docx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1%d" % number)
    return 40 + 10 + 20 + 5 * (1 + 5 + 1 + 5) + 10 * 3 + 10 * 4


def _copy(where: Path, target: Path) -> Path:
    """The round without its forms, which nobody needs to collect."""
    return Path(shutil.copytree(where, target, ignore=shutil.ignore_patterns("发放")))


def start(where: Path, inbox: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "ptxl", "round", "collect", where, inbox, "--lang", "zh"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        start_new_session=True, env={**os.environ, "PYTHONUTF8": "1"},
    )  # fmt: skip


def collect(where: Path, inbox: Path) -> subprocess.CompletedProcess[str]:
    with start(where, inbox) as process:
        output, errors = process.communicate()
    assert "Traceback" not in errors
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


def state_of(where: Path) -> State:
    archive = {
        path.relative_to(where).as_posix(): path.read_bytes()
        for path in (where / "归档").rglob("*")
        if path.is_file()
    }
    with closing(sqlite3.connect(where / "round.db")) as base:
        assert base.execute("pragma integrity_check").fetchall() == [("ok",)]
        files = sorted(base.execute("select digest, size, suffix, judgement from file"))
        arrivals: dict[str, list[tuple[str, ...]]] = {}
        query = "select digest, names, sent, sender from arrival order by number"
        for digest, *arrival in base.execute(query):
            arrivals.setdefault(digest, []).append(tuple(arrival))
    return State(archive, files, arrivals, _board(where))


def _board(where: Path) -> list[tuple[object, ...]]:
    made = open_round(where)
    with made.ledger() as ledger:
        board = board_of(made, ledger, made.terms(TEMPLATES), NOW)
    lines = [
        (line.due.key, line.state, line.counted and line.counted.received.digest)
        for line in board.lines
    ]
    return lines + [(one.received.digest, one.state, one.unit) for one in board.files]


def assert_same(found: State, expected: State) -> None:
    """The same state, said so that a person sees what differs."""
    assert sorted(found.archive) == sorted(expected.archive)
    assert found.archive == expected.archive
    assert found.files == expected.files
    assert found.arrivals == expected.arrivals
    assert found.board == expected.board


def assert_sound(where: Path) -> None:
    """Whatever was killed: each file of the archive is whole, and the ledger can be read."""
    for path in (where / "归档").glob("*/[0-9a-f]*"):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem
    journal = where / "round.db-journal"
    copy = where.parent / "looked-at"
    copy.mkdir()
    for part in (where / "round.db", journal):
        if part.exists():
            shutil.copy(part, copy)
    with closing(sqlite3.connect(copy / "round.db")) as base:
        assert base.execute("pragma integrity_check").fetchall() == [("ok",)]
        noted = {row[0] for row in base.execute("select digest from file")}
        arrived = {row[0] for row in base.execute("select digest from arrival")}
    assert noted == arrived
    assert noted <= {path.stem for path in (where / "归档").glob("*/*")}
    shutil.rmtree(copy)


def kill_at_random(where: Path, inbox: Path, chance: random.Random) -> bool:
    """Kill a run with all its workers; return whether it had already ended by itself."""
    with start(where, inbox) as process:
        while process.poll() is None and not holds(process.pid, where):
            time.sleep(0.005)
        time.sleep(chance.uniform(0, chance.choice([0.1, 0.5, 2])))
        ended = process.poll() is not None
        if not ended:
            os.killpg(process.pid, signal.SIGKILL)
        _, errors = process.communicate()
        assert "Traceback" not in errors
        assert not ended or process.returncode == 0, errors
    return ended


def holds(process: int, where: Path) -> bool:
    """Whether a process works in a round: a killed one before it may have left its word there."""
    with suppress(OSError, ValueError):
        held = json.loads((where / ".round.lock").read_text(encoding="utf-8"))
        return bool(held["process"] == process)
    return False


@posix
def test_a_killed_run_is_as_if_it_had_not_been(
    setting: Setting, tmp_path: Path, figures: Figures
) -> None:
    """Killed again and again until it ends by itself, then the next round, and so on."""
    chance = random.Random(2026)
    assert setting.files == 200
    kills = rounds = 0
    while kills < KILLS:
        where = _copy(setting.fresh, tmp_path / f"round{rounds}")
        while kills < KILLS and not kill_at_random(where, setting.inbox, chance):
            kills += 1
            assert_sound(where)
        done = collect(where, setting.inbox)
        assert done.returncode == 0, done.stderr
        assert_same(state_of(where), setting.expected)
        shutil.rmtree(where)
        rounds += 1
    figures(f"collect: killed {kills} times in {rounds} rounds of {setting.files} files")


def test_what_lay_in_the_archive_unnoted_gets_the_names_that_it_came_with(
    setting: Setting, tmp_path: Path
) -> None:
    """As after a kill when all was stored, also out of zips and mails, and nothing noted."""
    where = _copy(setting.fresh, tmp_path / "round")
    for name, data in setting.expected.archive.items():
        (where / name).parent.mkdir(parents=True, exist_ok=True)
        (where / name).write_bytes(data)
    collect(where, setting.inbox)
    assert_same(state_of(where), setting.expected)


@posix
def test_two_runs_at_once_take_in_every_file_once(setting: Setting, tmp_path: Path) -> None:
    where = _copy(setting.fresh, tmp_path / "round")
    with start(where, setting.inbox) as one, start(where, setting.inbox) as other:
        ends = [process.communicate() for process in (one, other)]
    for process, (_, errors) in zip((one, other), ends, strict=True):
        assert process.returncode == 0, errors
        assert "Traceback" not in errors
    assert any("正被另一个程序使用" in errors for _, errors in ends)
    assert sorted("新收到 0 个文件" in output for output, _ in ends) == [False, True]
    assert_same(state_of(where), setting.expected)


@posix
def test_a_round_is_read_while_it_is_filled(setting: Setting, tmp_path: Path) -> None:
    where = _copy(setting.fresh, tmp_path / "round")
    looked = 0
    with start(where, setting.inbox) as process:
        while process.poll() is None:
            assert len(_board(where)) >= UNITS
            looked += 1
        process.communicate()
    assert process.returncode == 0
    assert looked > 1
    assert_same(state_of(where), setting.expected)


# -- disks


@contextmanager
def disk(megabytes: int) -> Iterator[Path]:
    """A disk of its own, mounted on a folder; the test is skipped where nobody may.

    It is no folder of pytest's: what a killed run leaves mounted, later runs cannot clear away.
    """
    folder = Path(tempfile.mkdtemp(prefix="ptxl-disk-"))
    options = ["-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    mounted = subprocess.run(["mount", *options], capture_output=True, check=False)
    if mounted.returncode:
        folder.rmdir()
        if os.environ.get("PTXL_REQUIRE_DISKS"):
            raise AssertionError(mounted.stderr)
        pytest.skip("disks cannot be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)
        folder.rmdir()


def remount(folder: Path, option: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{option}", str(folder)], check=True)


@posix
@pytest.mark.parametrize("megabytes", [1, 2, 3])
def test_a_full_disk_is_said_and_the_round_goes_on_with_more_space(
    setting: Setting, tmp_path: Path, megabytes: int
) -> None:
    with disk(megabytes) as small:
        where = _copy(setting.fresh, small / "round")
        full = collect(where, setting.inbox)
        assert full.returncode == 3, full.stdout + full.stderr
        assert "磁盘空间不足" in full.stderr
        assert_sound_on(where, tmp_path)
        assert len(_board(where)) >= UNITS  # it can be read meanwhile
        again = collect(where, setting.inbox)
        assert again.returncode == 3
        remount(small, "size=64m")
        done = collect(where, setting.inbox)
        assert done.returncode == 0, done.stderr
        assert_same(state_of(where), setting.expected)


def assert_sound_on(where: Path, elsewhere: Path) -> None:
    """`assert_sound`, looked at on another disk."""
    copy = elsewhere / "copy"
    shutil.copytree(where, copy)
    assert_sound(copy)
    shutil.rmtree(copy)


@posix
def test_a_disk_without_space_for_the_ledger_leaves_it_sound(
    setting: Setting, tmp_path: Path
) -> None:
    """Space for the files, and then none for what is noted of them."""
    with disk(64) as small:
        where = _copy(setting.fresh, small / "round")
        collect(where, setting.inbox)
        with closing(sqlite3.connect(where / "round.db")) as base, base:
            base.execute("update file set judged_by = 'other rules'")
        free = os.statvfs(small)
        (small / "filler").write_bytes(bytes(free.f_bavail * free.f_frsize))
        full = collect(where, setting.inbox)
        assert full.returncode == 3, full.stdout + full.stderr
        assert "磁盘空间不足" in full.stderr
        (small / "filler").unlink()
        assert collect(where, setting.inbox).returncode == 0
        assert_same(state_of(where), setting.expected)


@posix
def test_a_disk_that_may_not_be_written_to_is_said(setting: Setting, tmp_path: Path) -> None:
    with disk(64) as stick:
        where = _copy(setting.fresh, stick / "round")
        remount(stick, "ro")
        refused = collect(where, setting.inbox)
        assert refused.returncode == 3, refused.stdout + refused.stderr
        assert "所在的磁盘只能读" in refused.stderr
        assert len(_board(where)) >= UNITS
        remount(stick, "rw")
        assert collect(where, setting.inbox).returncode == 0
        assert_same(state_of(where), setting.expected)


@posix
def test_an_inbox_that_vanishes_is_said_and_found_again(setting: Setting, tmp_path: Path) -> None:
    chance = random.Random(7)
    for number in range(2):
        where = _copy(setting.fresh, tmp_path / f"round{number}")
        away = setting.inbox.with_name("weg")
        with start(where, setting.inbox) as process:
            while process.poll() is None and not any((where / "归档").iterdir()):
                time.sleep(0.001)
            time.sleep(chance.uniform(0, 0.2))
            setting.inbox.rename(away)
            output, errors = process.communicate()
        away.rename(setting.inbox)
        assert process.returncode in (0, 1, 3)
        assert "Traceback" not in errors
        assert_sound(where)
        missed = setting.files - len(state_of(where).files)
        assert not missed or output + errors
        done = collect(where, setting.inbox)
        assert done.returncode == 0, done.stderr
        assert_same(state_of(where), setting.expected)


@posix
def test_a_folder_that_is_not_there_is_named(setting: Setting, tmp_path: Path) -> None:
    where = _copy(setting.fresh, tmp_path / "round")
    refused = collect(where, tmp_path / "掉线的共享")
    assert refused.returncode in (2, 3)
    assert "掉线的共享" in refused.stderr


# -- the ledger alone

COMMITS = r"""
import json, os, random, signal, sys, time
from datetime import datetime
from pathlib import Path
from ptxl.rounds.archive import Stored
from ptxl.rounds.ledger import Ledger
from ptxl.rounds.records import Arrival

path, kills = Path(sys.argv[1]), int(sys.argv[2])
chance, NOON = random.Random(2026), datetime(2026, 3, 1, 12)
Ledger(path).__exit__()
acknowledged = set()


def commit_for_ever(first, told):
    with Ledger(path) as ledger:
        for number in range(first, first + 100_000):
            with ledger.changing():
                for part in range(5):
                    stored = Stored(f"{number:060d}{part:04d}", number, ".xlsx")
                    ledger.add_arrival(stored, Arrival(names=(str(number),), arrived=NOON))
            os.write(told, b"%d\n" % number)


for kill in range(kills):
    read, told = os.pipe()
    child = os.fork()
    if child == 0:
        commit_for_ever(kill * 100_000, told)
        os._exit(0)
    os.close(told)
    with os.fdopen(read) as lines:
        acknowledged.add(int(lines.readline()))
        time.sleep(chance.uniform(0, 0.05))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        acknowledged.update(int(line) for line in lines if line.endswith("\n"))
with Ledger(path) as ledger:
    kept = {}
    for one in ledger.kept():
        kept[one.stored.size] = kept.get(one.stored.size, 0) + 1
print(json.dumps({
    "acknowledged": len(acknowledged),
    "lost": len(acknowledged - set(kept)),
    "torn": sum(1 for parts in kept.values() if parts != 5),
    "unsaid": len(set(kept) - acknowledged),
}))
"""


@posix
def test_a_commit_that_was_acknowledged_is_there_after_a_kill(
    tmp_path: Path, figures: Figures
) -> None:
    base = tmp_path / "round.db"
    ran = subprocess.run(
        [sys.executable, "-c", COMMITS, base, str(COMMIT_KILLS)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(ran.stdout)
    assert found["lost"] == found["torn"] == 0
    assert found["acknowledged"] >= COMMIT_KILLS
    assert found["unsaid"] <= COMMIT_KILLS  # each kill may fall between commit and word of it
    figures(
        f"ledger: {found['acknowledged']} commits acknowledged, {COMMIT_KILLS} kills,"
        f" {found['lost']} lost, {found['torn']} torn"
    )


def test_the_ledger_of_a_round_is_set_as_the_docs_say(setting: Setting) -> None:
    """On the file that `collect` wrote: one file at rest, and every commit on the disk."""
    where = open_round(setting.fresh)
    with where.ledger() as ledger:
        (synchronous,) = ledger._base.execute("pragma synchronous").fetchone()
        (mode,) = ledger._base.execute("pragma journal_mode").fetchone()
    assert (mode, synchronous) == ("delete", 3)
    assert [path.name for path in setting.fresh.glob("round.db*")] == ["round.db"]
    docs = (Path(__file__).parent.parent / "docs" / "rounds.md").read_text(encoding="utf-8")
    assert "journal_mode=DELETE" in docs
    assert "synchronous=EXTRA" in docs
