"""Files → results, each file opened in a supervised process with limits. The parent never parses.

Readers of workbooks can abort a process, hang, or eat all memory, and no `except` helps against
that. A worker handles many files in its life and takes no other file with it when it dies.

    with Workers(task, terms, count=2) as workers:
        for outcome in workers.each(files): ...

A task takes one opened file and gives a value, whose type is its return annotation: only what that
allows comes back (see `wire`). On Linux workers are forks of this process, or where other threads
run of a server that has none, which costs some milliseconds; elsewhere they are started anew.
"""

from __future__ import annotations

import faulthandler
import logging
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Generic, TypeVar

from ptxl import cache
from ptxl.inputs import FileName
from ptxl.model.errors import (
    AnswersError,
    OutputError,
    PtxlError,
    TableError,
    TemplateError,
    WorkbookError,
)
from ptxl.model.refusals import RefusalCode, refusal
from ptxl.receive import wire
from ptxl.receive.sandbox import confine, limit_processor
from ptxl.receive.sniff import Limits, read_file
from ptxl.template import FormName, Templates
from ptxl.words import load_all

T = TypeVar("T")
_MOST_WORKERS = 4
#: results that may wait for their turn, for each worker
_AHEAD = 4
#: how much later than the limit a worker is ended from outside, in seconds
_GRACE = 0.3
#: how much longer the clock runs where processor time is limited too: a machine may be busy
_PATIENCE = 1 if sys.platform == "win32" else 3
#: how long a worker may take to start, in seconds: some libraries, on a busy machine
_START = 60.0
_READY = b"ready"
_GREETING = wire.frame(_READY)
_CHUNK = 1 << 20
#: between an answer and the forms that its worker compiled: no message holds one
_LINE = "\n"
#: how many forms the parent compiles for the next workers, which keep nothing themselves
_MOST_COMPILED = 16
_LOG = logging.getLogger("ptxl")
_LOG.addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms files are opened: the templates known, the limits, and the round's key."""

    templates: Templates = field(default_factory=Templates)
    limits: Limits = field(default_factory=Limits)
    key: bytes = b""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a task works on: one file, what it is called in results, and the terms."""

    data: bytes
    path: Path
    source: str
    terms: Terms
    #: whether a worker died over it already: only what is needed should be done with it
    careful: bool = False


#: what is done with one file; a function with a return annotation, or a `partial` of one
Task = Callable[[Opened], T]


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that could not be read, and why; `trace` says where, when that is a bug of ours."""

    file: str
    error: WorkbookError
    trace: str = ""


class _NotYet(Enum):
    """Why there is no outcome of a file; None may be one."""

    #: its worker has not sent all of it
    COMING = "coming"
    #: it is to be tried once more
    AGAIN = "again"


@dataclass(slots=True, eq=False)
class _Job:
    """A file to work on: its number in the order given, and whether it had a second chance."""

    number: int
    file: FileName
    retried: bool = False
    started: float = 0.0


@dataclass(slots=True, eq=False)
class _Worker:
    """A process, our end of the pipe to it, and the file that it is busy with."""

    process: BaseProcess
    pipe: Connection[Any, Any]
    ready: bool = False
    served: int = 0
    job: _Job | None = None
    deadline: float = 0.0
    _arrived: bytearray = field(default_factory=bytearray)

    def receive(self) -> str | None:
        """The message that is there, None while it is not whole; never waits for the rest of one.

        Raises EOFError or OSError when the worker is gone, WireError when it breaks the rules.
        """
        if sys.platform == "win32":  # where messages come whole
            whole = self.pipe.recv_bytes(wire.LARGEST)
            self.ready = True
            return None if whole == _READY else wire.as_text(whole)
        chunk = os.read(self.pipe.fileno(), _CHUNK)
        if not chunk:
            raise EOFError
        self._arrived += chunk
        if not self.ready and self._arrived.startswith(_GREETING):
            self.ready = True
            del self._arrived[: len(_GREETING)]
        return wire.unframe(self._arrived)

    def end(self) -> int:
        """Stop the process, if it still runs; what it ended with."""
        self.pipe.close()
        self.process.kill()
        self.process.join()
        return self.process.exitcode or 0


class Workers(Generic[T]):
    """Worker processes for one task; a context that ends them.

    `count` is how many run (default: one for each processor, at most four), never more than `most`.
    Of what a task raises only the errors of the classes in `raises` are raised here; any other is
    a bug of ours, told of its file.
    """

    def __init__(
        self,
        task: Task[T],
        terms: Terms,
        count: int = 0,
        most: int = 0,
        raises: Sequence[type[PtxlError]] = (),
    ) -> None:
        load_all()  # here once: forked workers inherit the words, and can open no files
        self.terms = terms
        self._task = task
        self._expected = (wire.returned_by(task), Unread, *raises)
        self._raises = tuple(raises)
        wanted = count or usual_count()
        self._count = min(wanted, most or wanted)
        self._workers: list[_Worker] = []
        self._places: Mapping[str, Path] = {}
        self._compiled: dict[str, FormName] = {}

    def __enter__(self) -> Workers[T]:
        for _ in range(self._count):
            self._start()
        return self

    def __exit__(self, error: object = None, *_: object) -> None:
        for worker in self._workers:
            worker.end()
        self._workers.clear()
        if error is None:
            self.keep_compiled()

    def keep_compiled(self) -> None:
        """Compile here, to be kept, the forms that workers had to compile and could not keep."""
        if not cache.keeps():
            return
        for template, edition, parameters in self._compiled.values():
            with suppress(TemplateError):
                self.terms.templates.get(template, edition).layout(parameters)

    def each(
        self, files: Iterable[FileName], places: Mapping[str, Path] | None = None
    ) -> Iterator[T | Unread]:
        """The task's value for each file, or an `Unread`, in the order of the files.

        `places` tell where the bytes of a file lie, by its name in results, if not at its path.
        Raises what the task raises, if it is one of the errors that it may raise.
        """
        self._places = places or {}
        coming = (_Job(number, file) for number, file in enumerate(files))
        again: deque[_Job] = deque()
        outcomes: dict[int, T | Unread | PtxlError] = {}
        due = 0
        while True:
            self._dispatch(again, coming, len(outcomes))
            if all(worker.job is None for worker in self._workers):
                return
            for job, outcome in self._collect():
                if isinstance(outcome, _NotYet):
                    again.append(job)
                else:
                    outcomes[job.number] = outcome
            while due in outcomes:
                outcome = outcomes.pop(due)
                if isinstance(outcome, PtxlError):
                    raise outcome
                yield outcome
                due += 1

    def _dispatch(self, again: deque[_Job], coming: Iterator[_Job], waiting: int) -> None:
        """Give idle workers files, unless too many results wait for one before them."""
        for worker in self._workers:
            if worker.job is not None:
                continue
            job = again.popleft() if again else None
            if job is None and waiting < _AHEAD * self._count:
                job = next(coming, None)
            if job is None:
                return
            self._send(worker, job)

    def _send(self, worker: _Worker, job: _Job) -> None:
        worker.job = job
        job.started = time.monotonic()
        self._set_clock(worker)
        path, source = job.file
        asked = path, source, self._places.get(source, path), job.retried
        with suppress(OSError):  # it died meanwhile, or does not listen: `_collect` notices
            worker.pipe.send_bytes(pickle.dumps(asked))

    def _set_clock(self, worker: _Worker) -> None:
        """A file's time begins when its worker is ready for it."""
        longest = self.terms.limits.seconds * _PATIENCE + _GRACE
        worker.deadline = time.monotonic() + (longest if worker.ready else _START)

    def _collect(self) -> Iterator[tuple[_Job, T | Unread | PtxlError | _NotYet]]:
        """What has come in: file and outcome, or that the file is to be tried once more."""
        busy = {worker.pipe: worker for worker in self._workers if worker.job is not None}
        if not busy:
            return
        soonest = min(worker.deadline for worker in busy.values())
        for pipe in wait(list(busy), max(0.0, soonest - time.monotonic())):
            worker = busy[pipe]  # type: ignore[index]
            job = worker.job
            assert job is not None
            outcome = self._receive(worker, job)
            if outcome is not _NotYet.COMING:
                yield job, outcome
        for worker in busy.values():
            if worker.job is not None and time.monotonic() > worker.deadline:
                job = worker.job
                yield job, self._lost(worker, job, "timed_out")

    def _receive(self, worker: _Worker, job: _Job) -> T | Unread | PtxlError | _NotYet:
        """The outcome of a worker's file. Unless that is still coming, it has no job any more."""
        began = worker.ready
        try:
            message = worker.receive()
            if worker.ready and not began:
                self._set_clock(worker)
            if message is None:
                return _NotYet.COMING
            outcome = self._outcome(message, job)
        except (EOFError, OSError):
            return self._lost(worker, job, "killed")
        except wire.WireError as error:
            _LOG.warning("%s: refused what its worker sent: %s", job.file[1], error)
            return self._lost(worker, job, "killed")
        if isinstance(outcome, Unread) and outcome.error.code == "out_of_memory":
            return self._lost(worker, job, "out_of_memory")
        worker.job = None
        worker.served += 1
        verdict = outcome.error.code if isinstance(outcome, Unread) else "read"
        _log_verdict(job, verdict)
        return outcome

    def _outcome(self, message: str, job: _Job) -> T | Unread | PtxlError:
        path, name = job.file
        answer, _, forms = message.partition(_LINE)
        templates = self.terms.templates
        outcome: T | Unread | PtxlError = wire.decode(answer, self._expected, templates, path)
        for form in wire.decode(forms, (tuple[FormName, ...],), templates, path):
            if len(self._compiled) < _MOST_COMPILED:
                self._compiled[repr(form)] = form
        if isinstance(outcome, Unread):  # of which file, we know ourselves
            return replace(outcome, file=name, error=outcome.error.named(name))
        return outcome

    def _lost(self, worker: _Worker, job: _Job, code: RefusalCode) -> Unread | _NotYet:
        """Replace a worker; where the file may not be to blame, it is due again.

        Before it there may have been another file, and a system short of memory ends whom it likes.
        """
        blamed = job.retried or (worker.served == 0 and code != "killed")
        worker.job = None
        status = worker.end()
        self._workers.remove(worker)
        self._start()
        if status == -getattr(signal, "SIGXCPU", 0):
            code = "timed_out"
        _LOG.warning("%s: %s; its worker was replaced (status %d)", job.file[1], code, status)
        if code != "timed_out" and not blamed:
            job.retried = True
            _LOG.info("%s: gets a second chance in a fresh worker", job.file[1])
            return _NotYet.AGAIN
        _log_verdict(job, code)
        return Unread(job.file[1], self._refused(code).named(job.file[1]))

    def _refused(self, code: RefusalCode) -> WorkbookError:
        if code == "timed_out":
            return refusal(code, seconds=f"{self.terms.limits.seconds:g}")
        if code == "out_of_memory":
            return refusal(code, megabytes=self.terms.limits.memory_megabytes)
        return refusal(code)

    def _start(self) -> None:
        ours, theirs = multiprocessing.Pipe()
        context = _context(self._task)
        arguments = (theirs, self._task, self.terms, self._raises, dict(os.environ))
        process = context.Process(target=_serve, args=arguments, daemon=True)
        _may_start_processes()
        with _uninterrupted():
            process.start()
        theirs.close()
        if sys.platform != "win32":  # a worker that does not listen must not hold us up
            os.set_blocking(ours.fileno(), False)
        self._workers.append(_Worker(process, ours))


def _context(task: Task[Any]) -> Any:
    """How workers start: as forks of this process, or where other threads run of a server's.

    That is a process without threads that has loaded what the task needs; Linux alone has both.
    """
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    if threading.active_count() == 1:
        return multiprocessing.get_context("fork")
    while isinstance(task, partial):
        task = task.func
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload([task.__module__])  # counts until the server runs
    return server


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold interrupts back: a process that starts now would not know what they mean."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _may_start_processes() -> None:
    """Let this process start others though it is a daemon of `multiprocessing`, as clusters' are.

    To those that is forbidden, lest what they start outlives them: our workers end with them.
    """
    about = multiprocessing.current_process()._config  # type: ignore[attr-defined]
    if about.get("daemon"):
        about["daemon"] = False


def usual_count() -> int:
    """How many workers run where nobody says: one for each processor, at most four."""
    return min(os.cpu_count() or 1, _MOST_WORKERS)


def run(task: Task[T], file: FileName, terms: Terms, place: Path | None = None) -> T:
    """The task's value for one file, which may lie in another `place` than its path says.

    Raises WorkbookError when it cannot be read.

    Raises AnswersError, OutputError, TableError and TemplateError where the task does.
    """
    raises = (AnswersError, OutputError, TableError, TemplateError)
    with Workers(task, terms, count=1, raises=raises) as workers:
        (outcome,) = workers.each([file], {file[1]: place} if place else None)
    if isinstance(outcome, Unread):
        raise outcome.error
    return outcome


def _log_verdict(job: _Job, verdict: str) -> None:
    _LOG.info("%s: %s, %.3f s", job.file[1], verdict, time.monotonic() - job.started)


# -- inside a worker


def _serve(
    pipe: Connection[Any, Any],
    task: Task[object],
    terms: Terms,
    raises: tuple[type[PtxlError], ...],
    environment: Mapping[str, str],
) -> None:
    """The life of a worker: one file after the other, until nobody asks any more."""
    os.environ.clear()  # a server has that of its own start
    os.environ.update(environment)
    faulthandler.disable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    _let_go_of_files(pipe.fileno())
    load_all()
    confine(terms.limits.memory_megabytes)
    pipe.send_bytes(_READY)
    while True:
        try:
            path, source, place, careful = pickle.loads(pipe.recv_bytes())
        except (EOFError, OSError):
            return
        limit_processor(terms.limits.seconds)
        asked = Opened(b"", path, source, terms, careful)
        pipe.send_bytes(_message(task, asked, place, raises))


def _let_go_of_files(kept: int) -> None:
    """Put nothing in the place of each file that is open here, the pipe aside.

    A fork holds those of the program that it was: pipes to other workers, half-written results. A
    process that is started anew holds pipes to what started it.
    """
    standard = {0, 1, 2} - {kept}
    for handle in standard:  # first, where no more files can be opened
        with suppress(OSError):
            os.close(handle)
    nowhere = os.open(os.devnull, os.O_RDWR)
    listed = os.listdir("/proc/self/fd") if sys.platform == "linux" else ()  # noqa: PTH208
    inherited = map(int, listed)
    for handle in standard.union(inherited) - {kept, nowhere}:
        os.dup2(nowhere, handle)


def _message(
    task: Task[object], asked: Opened, place: Path, raises: tuple[type[PtxlError], ...]
) -> bytes:
    """What comes of a file, and which forms had to be compiled for it."""
    answer = _answer(task, asked, place, raises)
    return answer + _LINE.encode() + wire.encode(asked.terms.templates.compiled())


def _answer(
    task: Task[object], asked: Opened, place: Path, raises: tuple[type[PtxlError], ...]
) -> bytes:
    try:
        return wire.encode(task(replace(asked, data=read_file(place, asked.terms.limits))))
    except WorkbookError as error:
        unread = Unread(asked.source, error)
    except MemoryError:
        megabytes = asked.terms.limits.memory_megabytes
        unread = Unread(asked.source, refusal("out_of_memory", megabytes=megabytes))
    except BaseException as error:
        if isinstance(error, raises):
            return wire.encode(error)
        # Also what derives from BaseException alone: a panic of calamine's Rust side.
        detail = f"{type(error).__name__}: {error}"[:200]
        unread = Unread(asked.source, refusal("internal", detail=detail), traceback.format_exc())
    return wire.encode(unread)
