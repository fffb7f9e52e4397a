"""The archive and the ledger of a round, and its lock: what is kept, and what a kill leaves."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ptxl.model.errors import WorkbookError
from ptxl.model.form import Unit
from ptxl.model.refusals import refusal
from ptxl.receive.limits import Limits
from ptxl.rounds import Round, RoundError, collect, make_round, open_round
from ptxl.rounds.archive import Archive, ChangingError, Stored
from ptxl.rounds.collect import Watched
from ptxl.rounds.judge import to_text
from ptxl.rounds.ledger import _STEPS, VERSION, Ledger, LedgerError
from ptxl.rounds.lock import BusyError, NoLocksError, only_one
from ptxl.rounds.records import Arrival, Decision
from ptxl.rounds.status import ISSUED
from ptxl.template import Templates
from tests.rounds_by_hand import SETTINGS, form

NOON = datetime(2026, 3, 10, 12)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[sqlite3.Connection]:
    """Every connection that is opened from here on."""
    connections: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def noting(path: Path, timeout: float = 5, isolation_level: None = None) -> sqlite3.Connection:
        connections.append(connect(path, timeout=timeout, isolation_level=isolation_level))
        return connections[-1]

    monkeypatch.setattr(sqlite3, "connect", noting)
    return connections


def all_closed(connections: list[sqlite3.Connection]) -> bool:
    """Whether none of these connections, of which there are some, keeps its file open."""
    for connection in connections:
        with suppress(sqlite3.ProgrammingError):
            connection.execute("select 1")
            return False
    return bool(connections)


def test_a_file_is_stored_by_its_content(tmp_path: Path) -> None:
    source = tmp_path / "表 (1).XLSX"
    source.write_bytes(b"content")
    archive = Archive(tmp_path / "archive")
    stored = archive.store(source)
    digest = hashlib.sha256(b"content").hexdigest()
    assert stored == Stored(digest, 7, ".xlsx")
    assert archive.path(digest, ".xlsx").read_bytes() == b"content"
    assert source.read_bytes() == b"content"
    other = tmp_path / "other.et"
    other.write_bytes(b"content")
    assert archive.store(other) == stored  # it is there: under the name that came first
    assert list(archive.holding()) == [stored]


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="tells open files by /proc")
def test_a_stored_file_is_on_the_disk_with_every_folder_that_leads_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    real = os.fsync

    def noting(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").readlink())
        real(handle)

    monkeypatch.setattr(os, "fsync", noting)
    archive = Archive(tmp_path / "archive")
    stored = archive.store_bytes(b"data", "表.xlsx")
    folder = archive.path(stored.digest, stored.suffix).parent
    contents = [path for path in synced if path.parent == folder]
    assert {folder.parent, folder.parent.parent} <= set(synced)
    assert len(contents) == 1
    assert synced[-2:] == [contents[0], folder]  # the name is on the disk after its content


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a.<script>", "x.xlsx/..", "表.　", "-.tar.gz"]
)
def test_no_name_makes_a_path(tmp_path: Path, name: str) -> None:
    archive = Archive(tmp_path / "archive")
    stored = archive.store_bytes(b"data", name)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert written == [archive.path(stored.digest, stored.suffix)]
    assert written[0].parent.parent == tmp_path / "archive"


def test_links_and_pipes_are_not_stored(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    link = tmp_path / "link.xlsx"
    link.symlink_to(secret)
    archive = Archive(tmp_path / "archive")
    with pytest.raises(WorkbookError) as refused:
        archive.store(link)
    assert refused.value.code == "not_a_file"
    assert not list(archive.holding())


def test_a_file_that_changes_meanwhile_is_not_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "growing.xlsx"
    source.write_bytes(b"first")
    archive = Archive(tmp_path / "archive")
    real = hashlib.file_digest

    def then_grow(file: object, name: str) -> object:
        digest = real(file, name)  # type: ignore[arg-type]
        source.write_bytes(b"first and more")
        return digest

    monkeypatch.setattr(hashlib, "file_digest", then_grow)
    with pytest.raises(ChangingError):
        archive.store(source)
    assert not list(archive.holding())


def test_a_file_that_cannot_be_read_is_told_and_the_others_are_taken_in(
    where: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that another program holds open on Windows."""
    for name in ("a.png", "held.png", "z.png"):
        (where.inbox / name).write_bytes(b"\x89PNG\r\n\x1a\n" + name.encode())
    real = os.open

    def held(path: str | Path, *settings: int) -> int:
        if Path(path).name == "held.png":
            raise PermissionError(errno.EACCES, "in use", str(path))
        return real(path, *settings)

    monkeypatch.setattr(os, "open", held)
    done = collect(where, [], where.terms(), NOON)
    assert len(done.new) == 2
    ((name, reason),) = done.problems
    assert name.endswith("held.png")
    assert reason.code == "system.not_permitted"


@pytest.fixture
def where(tmp_path: Path) -> Round:
    roster = tmp_path / "roster.csv"
    roster.write_text("code,name\n101001,清源县教育局\n", encoding="utf-8")
    return make_round(tmp_path / "round", SETTINGS, roster, Templates())


def names(where: Round) -> set[str]:
    with where.ledger() as ledger:
        return {arrival.name for kept in ledger.kept() for arrival in kept.arrivals}


def test_names_of_a_chinese_windows_are_read(where: Round) -> None:
    """As unzip of a Linux leaves them."""
    for number, name in enumerate(("101001_清源县教育局.png", "附件/表.png")):
        path = os.fsencode(where.inbox) + b"/" + name.encode("gb18030")
        os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
        Path(os.fsdecode(path)).write_bytes(b"\x89PNG\r\n\x1a\n" + bytes([number]))
    assert len(collect(where, [], where.terms(), NOON).new) == 2
    assert names(where) == {"101001_清源县教育局.png", "附件/表.png"}


def test_a_changed_file_of_the_archive_is_stored_again(where: Round) -> None:
    (where.inbox / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (digest,) = collect(where, [], where.terms(), NOON).new
    path = where.archive.path(digest, ".png")
    path.chmod(0o644)
    path.write_bytes(b"edited!!")
    collect(where, [], where.terms(), NOON)
    assert path.read_bytes() == b"\x89PNG\r\n\x1a\n"


def test_an_archive_that_comes_once_more_brings_its_files_once_more(where: Round) -> None:
    with zipfile.ZipFile(where.inbox / "a.zip", "w") as packed:
        packed.writestr("x.png", b"\x89PNG\r\n\x1a\n")
    collect(where, [], where.terms(), NOON)
    shutil.copy(where.inbox / "a.zip", where.inbox / "b.zip")
    collect(where, [], where.terms(), NOON)
    assert names(where) == {"a.zip", "b.zip", "a.zip/x.png", "b.zip/x.png"}
    assert not collect(where, [], where.terms(), NOON).new


def test_an_archive_that_took_too_long_is_opened_another_time(
    where: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(where.inbox / "a.zip", "w") as packed:
        packed.writestr("x.png", b"\x89PNG\r\n\x1a\n")

    def too_slow(*_: object) -> None:
        raise refusal("timed_out", seconds=10)

    with monkeypatch.context() as patched:
        patched.setattr(sys.modules["ptxl.rounds.collect"], "open_container", too_slow)
        collect(where, [], where.terms(), NOON)
    assert names(where) == {"a.zip"}
    collect(where, [], where.terms(), NOON)
    assert names(where) == {"a.zip", "a.zip/x.png"}


def test_a_member_that_was_lost_is_taken_out_again(where: Round) -> None:
    with zipfile.ZipFile(where.inbox / "a.zip", "w") as packed:
        packed.writestr("x.png", b"\x89PNG\r\n\x1a\n")
    _, digest = collect(where, [], where.terms(), NOON).new
    path = where.archive.path(digest, ".png")
    path.unlink()
    collect(where, [], where.terms(), NOON)
    assert path.is_file()


def test_a_file_that_was_lost_for_good_keeps_its_judgement_and_is_told(where: Round) -> None:
    (where.inbox / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (digest,) = collect(where, [], where.terms(), NOON).new
    with where.ledger() as ledger:
        (before,) = [kept.judgement for kept in ledger.kept()]
    (where.inbox / "a.png").unlink()
    where.archive.path(digest, ".png").unlink()
    hurried = where.terms(limits=Limits(seconds=9))  # by which all is judged again
    (problem,) = collect(where, [], hurried, NOON).problems
    assert problem[1].code == "rounds.archive_lacks"
    with where.ledger() as ledger:
        assert [kept.judgement for kept in ledger.kept()] == [before]


def test_a_changed_key_and_a_clock_that_went_back_are_told(where: Round) -> None:
    other = replace(where, settings=replace(where.settings, key="0" * 64))
    with pytest.raises(LedgerError) as changed:
        other.ledger()
    assert changed.value.code == "key_changed"
    with where.ledger() as ledger:
        ledger.remember(ISSUED, NOON.isoformat())
    with pytest.raises(RoundError) as early:
        collect(where, [], where.terms(), NOON - timedelta(days=3))
    assert early.value.code == "clock_wrong"


def test_a_refused_ledger_is_let_go_of(where: Round, opened: list[sqlite3.Connection]) -> None:
    """So that Windows lets it be renamed, and nothing stays locked."""
    own = where.settings
    for changed in (replace(own, key="0" * 64), replace(own, id="2026-OTHER1")):
        with pytest.raises(LedgerError):
            replace(where, settings=changed).ledger()
    assert all_closed(opened)
    ledger = where.root / "round.db"
    ledger.unlink()
    with closing(sqlite3.connect(ledger)) as base:
        base.execute(f"pragma user_version={VERSION}")  # and no tables
    with pytest.raises(LedgerError):
        where.ledger()
    assert all_closed(opened)


def test_a_lost_ledger_is_not_made_anew_in_silence(where: Round) -> None:
    ledger = where.root / "round.db"
    kept = ledger.read_bytes()
    ledger.unlink()
    with pytest.raises(LedgerError) as lost:
        collect(where, [], where.terms(), NOON)
    assert lost.value.code == "ledger_gone"
    assert not ledger.exists()
    ledger.write_bytes(kept)
    other = replace(where, settings=replace(where.settings, id="2026-OTHER1"))
    with pytest.raises(LedgerError) as foreign:
        other.ledger()
    assert foreign.value.code == "ledger_of_another"


def test_a_watched_file_is_taken_when_it_has_settled(where: Round) -> None:
    growing = where.inbox / "a.png"
    growing.write_bytes(b"\x89PNG")
    watched = Watched()
    for content in (b"\x89PNG\r\n", b"\x89PNG\r\n\x1a\n"):
        assert not collect(where, [], where.terms(), NOON, watched=watched).new
        growing.write_bytes(content)
    assert not collect(where, [], where.terms(), NOON, watched=watched).new
    assert len(collect(where, [], where.terms(), NOON, watched=watched).new) == 1
    assert collect(where, [], where.terms(), NOON, watched=watched).known == 0


def test_an_inbox_that_is_gone_is_told(where: Round) -> None:
    where.inbox.rmdir()
    with pytest.raises(RoundError) as gone:
        collect(where, [], where.terms(), NOON)
    assert gone.value.code == "no_inbox"


def test_folders_are_found_after_the_language_was_changed(where: Round) -> None:
    (where.inbox / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (first,) = collect(where, [], where.terms(), NOON).new
    settings = where.root / "round.yaml"
    told = settings.read_text(encoding="utf-8")
    settings.write_text(told.replace('language: "zh"', 'language: "en"'), encoding="utf-8")
    again = open_round(where.root)
    assert again.settings.language == "en"
    named = ("forms", "inbox", "letters", "reports")
    assert [getattr(again, name) for name in named] == [getattr(where, name) for name in named]
    assert again.archive.path(first, ".png").is_file()
    assert collect(again, [], again.terms(), NOON).known == 1


def test_a_new_round_takes_no_folder_of_somebody_for_its_own(tmp_path: Path) -> None:
    roster = tmp_path / "名册.csv"
    roster.write_text("单位编码,单位名称\n1,甲局\n", encoding="utf-8")
    (tmp_path / "round" / "archive").mkdir(parents=True)
    made = make_round(tmp_path / "round", SETTINGS, roster, Templates())
    assert made.archive.folder == tmp_path / "round" / "归档"


def test_the_ledger_keeps_what_it_is_told(tmp_path: Path) -> None:
    stored = Stored("a" * 64, 5, ".xlsx")
    arrival = Arrival(names=("材料.zip", "一科/表.xlsx"), arrived=NOON, sent=NOON, sender="a@b.cn")
    decision = Decision(
        digest=stored.digest, verdict="accept", reason="核对过", decided=NOON, seen=1
    )
    with Ledger(tmp_path / "round.db") as ledger, ledger.changing():
        ledger.remember("id", "2026-ABCDEF")
        ledger.add_arrival(stored, arrival)
        ledger.add_arrival(stored, arrival)
        ledger.add_decision(decision)
    with Ledger(tmp_path / "round.db") as ledger:
        assert ledger.remembered("id") == "2026-ABCDEF"
        assert ledger.remembered("nothing") == ""
        assert [(kept.number, kept.arrivals) for kept in ledger.kept()] == [(1, (arrival,))]
        assert ledger.known_arrivals() == {(stored.digest, arrival.names)}
        assert ledger.unjudged("rules 1") == [stored]
        assert ledger.decisions() == (decision,)
        ledger.judge(stored.digest, "rules 1", "text")
        assert ledger.unjudged("rules 1") == []
        assert ledger.unjudged("rules 2") == [stored]


def test_what_fails_is_not_half_kept(tmp_path: Path) -> None:
    stored = Stored("a" * 64, 5, ".xlsx")
    arrival = Arrival(names=("表.xlsx",), arrived=NOON)
    with Ledger(tmp_path / "round.db") as ledger:
        with suppress(ZeroDivisionError), ledger.changing():
            ledger.add_arrival(stored, arrival)
            raise ZeroDivisionError
        assert not list(ledger.kept())


def test_the_ledger_is_one_file_and_every_commit_is_on_the_disk(tmp_path: Path) -> None:
    with Ledger(tmp_path / "round.db") as ledger:
        ledger.remember("a", "b")
        (mode,) = ledger._base.execute("pragma journal_mode").fetchone()
        (synchronous,) = ledger._base.execute("pragma synchronous").fetchone()
    assert (mode, synchronous) == ("delete", 3)
    assert [path.name for path in tmp_path.iterdir()] == ["round.db"]


@pytest.mark.parametrize(
    ("content", "code"), [(b"no database at all" * 100, "ledger_damaged"), (b"", None)]
)
def test_a_damaged_ledger_is_named(
    tmp_path: Path, opened: list[sqlite3.Connection], content: bytes, code: str | None
) -> None:
    path = tmp_path / "round.db"
    path.write_bytes(content)
    if code is None:
        with Ledger(path) as ledger:
            assert not list(ledger.kept())
        return
    with pytest.raises(LedgerError) as refused:
        Ledger(path)
    assert refused.value.code == code
    assert str(path) in refused.value.message("zh")
    assert all_closed(opened)


def test_a_ledger_of_an_older_ptxl_is_renewed(tmp_path: Path) -> None:
    """It lacked what was seen before a decision, records said whether a form was signed, and not
    how the money is spread over projects.
    """
    unit = Unit(code="101001", name="甲局")
    records = [form(unit, {"projects[0].name": name}) for name in ("桥", "路")]
    with closing(sqlite3.connect(tmp_path / "round.db")) as base, base:
        base.executescript(_STEPS[0])
        base.execute("pragma user_version=1")
        for number, record in enumerate(records, 1):
            old = json.loads(to_text(record))
            assert old.pop() == ["tuple"]
            old.insert(7, "right")
            came = (NOON + timedelta(days=number)).isoformat()
            for statement, *values in (
                ("file values (?, ?, 1, '', '', ?)", str(number), as_text(old)),
                ("arrival values (?, ?, '[\"a\"]', ?, '', '')", str(number), came),
                ("decision values (?, ?, 'accept', '', ?)", str(number), came),
            ):
                base.execute(f"insert into {statement}", (number, *values))
    for _ in range(2):
        with Ledger(tmp_path / "round.db") as ledger:
            assert [kept.judgement for kept in ledger.kept()] == list(map(to_text, records))
            assert [decision.seen for decision in ledger.decisions()] == [1, 2]


def as_text(item: object) -> str:
    return json.dumps(item, ensure_ascii=False, separators=(",", ":"))


def test_a_ledger_of_a_newer_ptxl_is_left_alone(
    tmp_path: Path, opened: list[sqlite3.Connection]
) -> None:
    path = tmp_path / "round.db"
    with closing(sqlite3.connect(path)) as base:
        base.execute("pragma user_version=99")
    with pytest.raises(LedgerError) as refused:
        Ledger(path)
    assert refused.value.code == "ledger_version"
    assert all_closed(opened)


def granting(_: int, __: int) -> None:
    """A file system that says yes to everybody."""


def refusing(_: int, __: int) -> None:
    """A file system without locks."""
    raise OSError(errno.ENOLCK, "No locks available")


@pytest.mark.skipif(sys.platform == "win32", reason="locks of POSIX")
@pytest.mark.parametrize("flock", [granting, refusing])
def test_where_no_lock_holds_no_round_is_begun_or_changed(
    where: Round, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flock: Callable[[int, int], None]
) -> None:
    monkeypatch.setattr("fcntl.flock", flock)
    (where.inbox / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(NoLocksError) as refused:
        collect(where, [], where.terms(), NOON)
    assert str(where.root) in refused.value.message("zh")
    assert "移到本机硬盘" in refused.value.message("zh")
    with where.ledger() as ledger:  # looking at it harms nothing
        assert not list(ledger.kept())
    elsewhere = tmp_path / "elsewhere" / "round"
    with pytest.raises(NoLocksError):
        make_round(elsewhere, SETTINGS, where.roster, Templates())
    assert not elsewhere.parent.exists()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("tmp")] == []


HOLD = """
import sys, time
from pathlib import Path
from ptxl.rounds.lock import only_one
with only_one(Path(sys.argv[1]), 5, lambda: None):
    print("held", flush=True)
    time.sleep(60)
"""


def test_only_one_program_works_in_a_round(tmp_path: Path) -> None:
    lock = tmp_path / ".round.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock)], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        told: list[str] = []
        with pytest.raises(BusyError) as busy, only_one(lock, 0.5, lambda: told.append("waits")):
            pass
        assert told == ["waits"]
        assert busy.value.facts["process"] == other.pid
        other.kill()
        other.wait()
        with only_one(lock, 5, lambda: None):  # a kill frees it
            pass
    assert lock.read_text() == ""
