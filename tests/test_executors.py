"""Executors: what comes of files elsewhere is what comes of them here, to the byte."""

from __future__ import annotations

import os
import pickle
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from ptxl import api, jobs
from ptxl.documents.document import dump
from ptxl.model.errors import ExecutorError, TemplateError
from ptxl.model.submission import CheckedSubmission
from ptxl.receive import batches
from ptxl.receive.sniff import Limits
from ptxl.receive.workers import Opened, Terms, Unread
from ptxl.template import Templates
from ptxl.words import LANGUAGES
from tests.conftest import TINY, MakeTemplate
from tests.sample_county import County
from tests.test_workers import act, files

linux = pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
SHORT = Terms(limits=Limits(seconds=1.0, memory_megabytes=200))
REPORT = partial(jobs.report, look=jobs.check, language="zh", indent=None, mark="hint")


class Here(Executor):
    """Does what it is given at once, and counts it; with `broken` it fails from there on."""

    def __init__(self, broken: int = 1_000) -> None:
        self.tasks = 0
        self.broken = broken

    def submit(self, task: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        self.tasks += 1
        future: Future[Any] = Future()
        try:
            if self.tasks >= self.broken:
                raise ConnectionError("the cable is out")
            # As by any that runs elsewhere: what goes out and comes back is bytes.
            task, given = pickle.loads(pickle.dumps((task, given)))
            future.set_result(pickle.loads(pickle.dumps(task(*given, **named))))
        except Exception as error:
            future.set_exception(error)
        return future


@pytest.fixture(params=["threads", "processes"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    """An executor of the standard library."""
    with processes() if request.param == "processes" else ThreadPoolExecutor(2) as made:
        yield made


def processes() -> ProcessPoolExecutor:
    """Two processes, no forks of this one: threads may run here."""
    return ProcessPoolExecutor(2, mp_context=get_context("spawn"))


@pytest.fixture(scope="module")
def returned(demo: County, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some returned forms, with errors in some of them, and a file that is none."""
    folder = tmp_path_factory.mktemp("executors") / "returned"
    folder.mkdir()
    for path in sorted(demo.returned.iterdir())[::3]:
        shutil.copy(path, folder)
    (folder / "notes.xlsx").write_text("no workbook", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def reports(returned: Path) -> list[jobs.Report | Unread]:
    """What comes of them here."""
    found = list(api.each([returned], REPORT))
    assert any(isinstance(one, Unread) for one in found)
    assert any(isinstance(one, jobs.Report) and one.marked for one in found)
    return found


def test_reports_and_marked_copies_are_those_of_a_local_run(
    returned: Path, reports: list[jobs.Report | Unread], executor: Executor
) -> None:
    there = list(api.each([returned], REPORT, executor=executor))
    assert len(there) == len(reports)
    for one, other in zip(there, reports, strict=True):
        assert _told(one) == _told(other)


def _told(one: jobs.Report | Unread) -> object:
    return (one.file, str(one.error), one.trace) if isinstance(one, Unread) else one


def test_submissions_are_those_of_a_local_run(returned: Path) -> None:
    here, there = (
        [
            dump(api.document(one)) if isinstance(one, CheckedSubmission) else one.file
            for one in api.each([returned], jobs.read, executor=executor)
        ]
        for executor in (None, Here())
    )
    assert there == here


def test_a_summary_is_that_of_a_local_run(returned: Path, tmp_path: Path) -> None:
    made = []
    for name, where in {"here": None, "there": Here()}.items():
        folder = tmp_path / name
        book, json = folder / "county.xlsx", folder / "county.json"
        # Links lead from where the summary is to the files: both lie equally deep.
        merged = api.merge([returned], book, json=json, executor=where)
        made.append((merged.counts, merged.left_out, book.read_bytes(), json.read_bytes()))
    assert made[0] == made[1]
    assert made[0][0]["forms"] > 2


def outcomes(tmp_path: Path, executor: Executor | None, *deeds: str) -> list[Any]:
    """What comes of files that do something, or the code of the refusal."""
    names = [path for path, _ in files(tmp_path, *deeds)]
    found = api.each(names, act, terms=SHORT, executor=executor)
    return [one.error.code if isinstance(one, Unread) else one for one in found]


@linux
def test_a_file_takes_no_other_with_it_nor_who_runs_it(tmp_path: Path, executor: Executor) -> None:
    deeds = ["a", "abort", "b", "hang", "c", "eat", "bug", "panic", "d", *map(str, range(30))]
    expected = ["a", "killed", "b", "timed_out", "c", "out_of_memory", "internal", "internal", "d"]
    found = outcomes(tmp_path, executor, *deeds)
    assert found == [*expected, *map(str, range(30))]
    assert executor.submit(os.getpid).result() > 0


@linux
def test_what_each_file_came_to_is_logged_once(
    tmp_path: Path, executor: Executor, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", "ptxl"):
        outcomes(tmp_path, executor, "a", "bug", "b")
    said = [record.getMessage().rpartition("/")[2] for record in caplog.records]
    lines = sorted(line.partition(",")[0] for line in said)
    assert lines == ["0.xlsx: read", "1.xlsx: internal", "2.xlsx: read"]


@linux
def test_a_file_may_not_write_there(tmp_path: Path, executor: Executor) -> None:
    target = tmp_path / "written"
    assert outcomes(tmp_path, executor, f"write {target}", "connect") == ["internal"] * 2
    assert not target.exists()


def test_what_is_no_file_is_refused_in_its_turn(tmp_path: Path) -> None:
    names = [path for path, _ in files(tmp_path, "a", "b", "c")]
    names[1].unlink()
    with names[2].open("wb") as large:
        large.truncate(3 << 20)
    terms = Terms(limits=Limits(file_megabytes=2))
    here, there = (
        list(api.each([*names, names[0].with_name("d")], act, terms=terms, executor=executor))
        for executor in (None, Here())
    )
    assert here[0] == there[0] == "a"
    for one, other in zip(here[1:], there[1:], strict=True):
        assert isinstance(one, Unread)
        assert isinstance(other, Unread)
        assert (one.file, str(one.error)) == (other.file, str(other.error))


def pid_and_name(file: Opened) -> str:
    """Which process looks at a file, and under what name."""
    return f"{os.getpid()} {file.path.name} {file.source}"


def test_files_keep_their_names_and_a_worker_stays_for_the_next_task(tmp_path: Path) -> None:
    names = files(tmp_path, *("x" * 40))
    here = Here()
    found = list(api.each([tmp_path], pid_and_name, executor=here))
    assert here.tasks == 20  # some at a time, and not each alone
    pids = {str(one).partition(" ")[0] for one in found}
    assert len(pids) == 1
    assert pids != {str(os.getpid())}
    expected = {f"{path.name} {tmp_path.name}/{path.name}" for path, _ in names}
    assert {str(one).partition(" ")[2] for one in found} == expected


def test_workers_that_nobody_asks_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "_IDLE", 0.05)
    before = set(threading.enumerate())
    files(tmp_path, "a")
    (found,) = api.each([tmp_path], pid_and_name, executor=Here())
    pid = int(str(found).partition(" ")[0])
    for timer in set(threading.enumerate()) - before:
        timer.join(10)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_broken_executor_is_said_after_what_came_before(tmp_path: Path) -> None:
    files(tmp_path, *("x" * 40))
    found = []
    with pytest.raises(ExecutorError, match="ConnectionError: the cable is out") as error:
        found += list(api.each([tmp_path], act, executor=Here(broken=1)))
    assert error.value.code == "executor_failed"
    assert "集群" in error.value.message("zh")


def test_files_that_nobody_waits_for_are_not_looked_at(tmp_path: Path) -> None:
    files(tmp_path, *("wait 0.05" for _ in range(64)))
    submitted: list[Future[Any]] = []

    class Watched(ThreadPoolExecutor):
        def submit(self, task: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
            submitted.append(super().submit(task, *given, **named))
            return submitted[-1]

    with Watched(1) as executor:
        found = api.each([tmp_path], act, executor=executor)
        assert next(found) == "wait 0.05"
        found.close()  # type: ignore[attr-defined]
    assert len(submitted) == 16
    assert sum(future.cancelled() for future in submitted) > 8


def test_large_terms_are_sent_with_few_tasks_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is compared with goes out with each task, and may be large."""
    files(tmp_path, *("x" * 32))
    monkeypatch.setattr(batches, "_MOST_SENT", 7600)
    waiting: list[int] = []

    class Slow(Here):
        def submit(self, task: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
            waiting.append(self.tasks - len(found) // 2)
            return super().submit(task, *given, **named)

    for size, most in ((0, 15), (1000, 4), (9000, 0)):
        found: list[Any] = []
        waiting.clear()
        task = partial(with_more, more="x" * size)
        executor = Slow()
        for outcome in api.each([tmp_path], task, executor=executor):
            found.append(outcome)
        assert found == ["x"] * 32
        assert executor.tasks == 16
        assert max(waiting) == most


def with_more(file: Opened, *, more: str) -> str:
    """What a file says, whatever is sent along."""
    return file.data.decode()


def test_what_an_executor_may_print_shows_no_key_and_no_content(tmp_path: Path) -> None:
    given: list[Any] = []

    class Noting(Here):
        def submit(self, task: Callable[..., Any], /, *given_: Any, **named: Any) -> Future[Any]:
            given.extend(given_)
            return super().submit(task, *given_, **named)

    files(tmp_path, "contents")
    list(api.each([tmp_path], act, terms=Terms(key=b"the round's key"), executor=Noting()))
    assert b"the round's key" in pickle.dumps(given)
    assert "key" not in repr(given)
    assert "contents" not in repr(given)


def test_who_has_other_templates_looks_at_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files(tmp_path, "a")
    monkeypatch.setattr(batches, "_house", lambda _: ("0.0", "", LANGUAGES, object()))
    with pytest.raises(ExecutorError) as error:
        list(api.each([tmp_path], act, executor=Here()))
    assert error.value.code == "executor_differs"


def test_an_answer_that_no_task_gives_is_refused(tmp_path: Path) -> None:
    class Lying(Here):
        def submit(self, task: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
            future: Future[Any] = Future()
            future.set_result(("somebody", [b'["Layout","x"]']))
            return future

    files(tmp_path, "a")
    with pytest.raises(ExecutorError, match="WireError"):
        list(api.each([tmp_path], act, executor=Lying()))


def test_templates_that_are_not_there_are_said(returned: Path, make_template: MakeTemplate) -> None:
    own = make_template(TINY)

    class Elsewhere(Here):
        def submit(self, task: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
            shutil.rmtree(own, ignore_errors=True)
            return super().submit(task, *given, **named)

    with pytest.raises(TemplateError, match="no such template"):
        list(api.each([returned], REPORT, terms=Terms(Templates([own])), executor=Elsewhere()))
