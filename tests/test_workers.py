"""Workers: what one file does to its worker concerns no other file, nor this process."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from ptxl.inputs import FileName
from ptxl.model.errors import AnswersError, Fault, WorkbookError
from ptxl.receive.sniff import Limits
from ptxl.receive.workers import Opened, Terms, Unread, Workers, run

linux = pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
SHORT = Terms(limits=Limits(seconds=1.0, memory_megabytes=200))


def act(file: Opened) -> str | int:
    """Do what the file says."""
    match file.data.decode().split():
        case ["abort"]:
            os.abort()
        case ["hang"]:
            time.sleep(60)
        case ["spin"]:
            while True:
                pass
        case ["eat"]:
            return len(bytearray(1 << 30))
        case ["bug"]:
            return dict[str, str]()["no such key"]
        case ["panic"]:
            raise BaseException("as Rust's panics do")
        case ["answers"]:
            raise AnswersError([Fault(place="answers", code="answers.nested")])
        case ["write", path]:
            return Path(path).write_text("written", encoding="utf-8")
        case ["connect"]:
            return socket.create_connection(("127.0.0.1", 9)).fileno()
        case ["start"]:
            return os.system("true")
        case ["wait", seconds]:
            time.sleep(float(seconds))
    return file.data.decode()


def files(tmp_path: Path, *contents: str) -> list[FileName]:
    made = []
    for number, content in enumerate(contents):
        path = tmp_path / f"{number}.xlsx"
        path.write_text(content, encoding="utf-8")
        made.append((path, path.name))
    return made


def outcomes(tmp_path: Path, *contents: str, count: int = 2) -> list[Any]:
    """What comes out: the value, or the code of the refusal."""
    with Workers(act, SHORT, count) as workers:
        found = list(workers.each(files(tmp_path, *contents)))
    return [one.error.code if isinstance(one, Unread) else one for one in found]


def test_results_come_in_the_order_of_the_files(tmp_path: Path) -> None:
    contents = [f"wait {0.05 * (number % 3)}" for number in range(20)]
    assert outcomes(tmp_path, *contents) == contents


def words_of(file: Opened) -> str | None:
    """What a file says, None where it says nothing."""
    return file.data.decode().strip() or None


def test_nothing_is_an_outcome_too(tmp_path: Path) -> None:
    with Workers(words_of, SHORT, 2) as workers:
        found = list(workers.each(files(tmp_path, " ", "one", " ", " ", "two")))
    assert found == [None, "one", None, None, "two"]


@linux
@pytest.mark.parametrize("count", [1, 2, 4])
@pytest.mark.parametrize(
    ("deed", "code"),
    [("abort", "killed"), ("hang", "timed_out"), ("spin", "timed_out"), ("eat", "out_of_memory"),
     ("bug", "internal"), ("panic", "internal")],
)  # fmt: skip
def test_a_file_takes_no_other_with_it(tmp_path: Path, deed: str, code: str, count: int) -> None:
    contents = ["a", "b", deed, "c", deed, "d", "e", "f"]
    expected = ["a", "b", code, "c", code, "d", "e", "f"]
    started = time.monotonic()
    assert outcomes(tmp_path, *contents, count=count) == expected
    assert time.monotonic() - started < 15


def test_a_bug_says_where_it_is(tmp_path: Path) -> None:
    with Workers(act, SHORT, 1) as workers:
        (outcome,) = workers.each(files(tmp_path, "bug"))
    assert isinstance(outcome, Unread)
    assert "KeyError" in outcome.error.reason("en")
    assert "in act" in outcome.trace


def test_an_error_that_concerns_all_files_ends_the_work(tmp_path: Path) -> None:
    with (
        Workers(act, SHORT, 1, raises=(AnswersError,)) as workers,
        pytest.raises(AnswersError, match="nested too deep"),
    ):
        list(workers.each(files(tmp_path, "a", "answers", "b")))


def test_an_error_that_no_task_may_raise_concerns_its_file_only(tmp_path: Path) -> None:
    assert outcomes(tmp_path, "a", "answers", "b") == ["a", "internal", "b"]


@linux
def test_a_worker_cannot_write_connect_or_start_programs(tmp_path: Path) -> None:
    target = tmp_path / "written"
    with Workers(act, SHORT, 1) as workers:
        found = list(workers.each(files(tmp_path, f"write {target}", "connect", "start")))
    assert not target.exists()
    for outcome in found[:2]:
        assert isinstance(outcome, Unread)
        assert "PermissionError" in outcome.error.reason("en")
    assert found[2] != 0  # what a shell gives that could not be started


def test_one_file_is_an_error_when_it_cannot_be_read(tmp_path: Path) -> None:
    (name,) = files(tmp_path, "a")
    assert run(act, name, SHORT) == "a"
    with pytest.raises(WorkbookError) as error:
        run(act, (tmp_path / "none.xlsx", "none.xlsx"), SHORT)
    assert error.value.code == "not_a_file"
    assert str(error.value).startswith("none.xlsx: ")


@linux
@pytest.mark.parametrize("kind", ["link", "pipe", "device", "folder"])
def test_only_regular_files_are_opened(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "odd.xlsx"
    if kind == "link":
        (tmp_path / "real.xlsx").write_text("a", encoding="utf-8")
        path.symlink_to(tmp_path / "real.xlsx")
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path = Path("/dev/zero")
    with pytest.raises(WorkbookError) as error:
        run(act, (path, "odd"), SHORT)
    assert error.value.code == "not_a_file"


def test_a_large_file_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "large.xlsx"
    with path.open("wb") as file:
        file.truncate(3 << 20)
    with pytest.raises(WorkbookError) as error:
        run(act, (path, "large"), Terms(limits=Limits(file_megabytes=2)))
    assert error.value.code == "too_large"


def test_where_threads_run_workers_start_anew(tmp_path: Path) -> None:
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        assert outcomes(tmp_path, "a", "bug", "b", count=1) == ["a", "internal", "b"]
    finally:
        done.set()
        thread.join()


@linux
def test_what_became_of_each_file_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", "ptxl"):
        outcomes(tmp_path, "a", "abort", "bug", count=1)
    lines = [f"{one.levelname} {one.getMessage()}" for one in caplog.records]
    assert [re.sub(r"[0-9.]+ s$", "N s", line) for line in lines] == [
        "INFO 0.xlsx: read, N s",
        "WARNING 1.xlsx: killed; its worker was replaced (status -6)",
        "INFO 1.xlsx: gets a second chance in a fresh worker",
        "WARNING 1.xlsx: killed; its worker was replaced (status -6)",
        "INFO 1.xlsx: killed, N s",
        "INFO 2.xlsx: internal, N s",
    ]


@linux
def test_workers_end_with_their_parent(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        workers = Workers(act, SHORT, 2).__enter__()
        text = " ".join(str(worker.process.pid) for worker in workers._workers)
        (tmp_path / "pids").write_text(text, encoding="utf-8")
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    deadline = time.monotonic() + 3
    pids = [int(pid) for pid in (tmp_path / "pids").read_text(encoding="utf-8").split()]
    while any(_runs(pid) for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _runs(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
