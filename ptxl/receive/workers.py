"""Files → results, each file opened in a supervised process with limits. The parent never parses.

Readers of workbooks can abort a process, hang, or eat all memory, and no `except` helps against
that. A worker handles many files in its life and takes no other file with it when it dies.

    with Workers(task, count=2) as workers:
        for outcome in workers.each(files): ...

A task takes one file's bytes and gives a value. On Linux workers are forks of this process, which
costs some milliseconds; where there is no fork, or other threads run, they are started anew.
"""

from __future__ import annotations

import faulthandler
import io
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from ptxl.layout.growth import with_rows
from ptxl.model.errors import PtxlError, WorkbookError
from ptxl.model.layout import Layout
from ptxl.model.refusals import refusal
from ptxl.receive.sandbox import confine, limit_processor
from ptxl.receive.sniff import Limits, read_file
from ptxl.template import Templates

#: path, and what the file is called in results
FileName = tuple[Path, str]
_MOST_WORKERS = 4
#: results that may wait for their turn, for each worker
_AHEAD = 4
_LARGEST_RESULT = 512 << 20
#: how much later than the limit a worker is ended from outside, in seconds
_GRACE = 0.3
#: how long a worker may take to start, in seconds: some libraries, on a busy machine
_START = 60.0
_READY = b"ready"
#: what of the standard library may come out of a worker
_PLAIN = {
    ("builtins", "frozenset"), ("builtins", "set"), ("builtins", "bytearray"),
    ("collections", "OrderedDict"), ("datetime", "date"), ("datetime", "datetime"),
    ("decimal", "Decimal"), ("pathlib", "PosixPath"), ("pathlib", "WindowsPath"),
    ("pathlib._local", "PosixPath"), ("pathlib._local", "WindowsPath"),
}  # fmt: skip


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


Task = Callable[[Opened], Any]


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that could not be read, and why; `trace` says where, when that is a bug of ours."""

    file: str
    error: WorkbookError
    trace: str = ""


#: the number of a file, and the file
_Job = tuple[int, FileName]


@dataclass(slots=True, eq=False)
class _Worker:
    """A process, our end of the pipe to it, and the file that it is busy with."""

    process: BaseProcess
    pipe: Connection[Any, Any]
    ready: bool = False
    served: int = 0
    job: _Job | None = None
    deadline: float = 0.0

    def end(self) -> int:
        """Stop the process, if it still runs; what it ended with."""
        self.pipe.close()
        self.process.kill()
        self.process.join()
        return self.process.exitcode or 0


class Workers:
    """Worker processes for one task; a context that ends them.

    `count` is how many run (default: one for each processor, at most four), never more than `most`.
    """

    def __init__(self, task: Task, terms: Terms, count: int = 0, most: int = 0) -> None:
        self._task = task
        self._terms = terms
        wanted = count or min(os.cpu_count() or 1, _MOST_WORKERS)
        self._count = min(wanted, most or wanted)
        self._workers: list[_Worker] = []

    def __enter__(self) -> Workers:
        for _ in range(self._count):
            self._start()
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.end()
        self._workers.clear()

    def each(self, files: Iterable[FileName]) -> Iterator[Any]:
        """The task's value for each file, or an `Unread`, in the order of the files.

        Raises what the task raises as a PtxlError, unless it is a WorkbookError.
        """
        coming = enumerate(files)
        again: deque[_Job] = deque()
        retried: set[int] = set()
        outcomes: dict[int, Any] = {}
        due = 0
        while True:
            self._dispatch(again, coming, len(outcomes))
            if all(worker.job is None for worker in self._workers):
                return
            for job, outcome, doubtful in self._collect():
                if doubtful and job[0] not in retried:
                    retried.add(job[0])
                    again.append(job)
                else:
                    outcomes[job[0]] = outcome
            while due in outcomes:
                yield _raised(outcomes.pop(due))
                due += 1

    def _dispatch(self, again: deque[_Job], coming: Iterator[_Job], waiting: int) -> None:
        """Give idle workers files, unless too many results wait for one before them."""
        for worker in self._workers:
            if worker.job is None:
                job = again.popleft() if again else None
                if job is None and waiting < _AHEAD * self._count:
                    job = next(coming, None)
                if job is None:
                    return
                self._send(worker, job)

    def _send(self, worker: _Worker, job: _Job) -> None:
        worker.job = job
        self._set_clock(worker)
        with suppress(OSError):  # it died meanwhile: `_collect` finds its pipe closed
            worker.pipe.send_bytes(pickle.dumps(job[1]))

    def _set_clock(self, worker: _Worker) -> None:
        """A file's time begins when its worker is ready for it."""
        allowed = self._terms.limits.seconds + _GRACE if worker.ready else _START
        worker.deadline = time.monotonic() + allowed

    def _collect(self) -> Iterator[tuple[_Job, Any, bool]]:
        """What has come in: file, outcome, and whether another file may be to blame for it."""
        busy = {worker.pipe: worker for worker in self._workers if worker.job is not None}
        if not busy:
            return
        soonest = min(worker.deadline for worker in busy.values())
        for pipe in wait(list(busy), max(0.0, soonest - time.monotonic())):
            worker = busy[pipe]  # type: ignore[index]
            if not worker.ready and self._greeted(worker):
                continue
            yield self._receive(worker)
        for worker in busy.values():
            if worker.job is not None and time.monotonic() > worker.deadline:
                job = worker.job
                self._replace(worker)
                yield job, self._unread(job, "timed_out"), False

    def _greeted(self, worker: _Worker) -> bool:
        """Whether a new worker said that it is ready; else it is dead."""
        with suppress(EOFError, OSError):
            worker.ready = worker.pipe.recv_bytes(len(_READY)) == _READY
        self._set_clock(worker)
        return worker.ready

    def _receive(self, worker: _Worker) -> tuple[_Job, Any, bool]:
        job, worn = worker.job, worker.served > 0
        assert job is not None
        try:
            outcome = _unpack(worker.pipe.recv_bytes(_LARGEST_RESULT), self._terms.templates)
        except (EOFError, OSError):
            late = self._replace(worker) == -getattr(signal, "SIGXCPU", 0)
            return job, self._unread(job, "timed_out" if late else "killed"), worn and not late
        worker.job = None
        worker.served += 1
        eaten = isinstance(outcome, Unread) and outcome.error.code == "out_of_memory"
        if eaten:
            self._replace(worker)
        return job, outcome, worn and eaten

    def _unread(self, job: _Job, code: str) -> Unread:
        name = job[1][1]
        return Unread(name, refusal(code, seconds=f"{self._terms.limits.seconds:g}").named(name))

    def _replace(self, worker: _Worker) -> int:
        status = worker.end()
        self._workers.remove(worker)
        self._start()
        return status

    def _start(self) -> None:
        ours, theirs = multiprocessing.Pipe()
        forking = sys.platform == "linux" and threading.active_count() == 1
        context: Any = multiprocessing.get_context("fork" if forking else "spawn")
        inherited = [ours, *(worker.pipe for worker in self._workers)] if forking else []
        arguments = (theirs, inherited, self._task, self._terms)
        process = context.Process(target=_serve, args=arguments, daemon=True)
        process.start()
        theirs.close()
        self._workers.append(_Worker(process, ours))


def run(task: Task, file: FileName, terms: Terms) -> Any:
    """The task's value for one file. Raises WorkbookError when it cannot be read."""
    with Workers(task, terms, count=1) as workers:
        (outcome,) = workers.each([file])
    if isinstance(outcome, Unread):
        raise outcome.error
    return outcome


def _raised(outcome: Any) -> Any:
    if isinstance(outcome, PtxlError):
        raise outcome
    return outcome


# -- inside a worker


def _serve(
    pipe: Connection[Any, Any],
    inherited: list[Connection[Any, Any]],
    task: Task,
    terms: Terms,
) -> None:
    """The life of a worker: one file after the other, until nobody asks any more."""
    faulthandler.disable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    for other in inherited:
        other.close()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    confine(terms.limits.memory_megabytes)
    pipe.send_bytes(_READY)
    while True:
        try:
            path, source = pickle.loads(pipe.recv_bytes())
        except (EOFError, OSError):
            return
        limit_processor(terms.limits.seconds)
        pipe.send_bytes(_answer(task, path, source, terms))


def _answer(task: Task, path: Path, source: str, terms: Terms) -> bytes:
    try:
        return _pack(_outcome(task, path, source, terms))
    except MemoryError:
        error = refusal("out_of_memory", megabytes=terms.limits.memory_megabytes)
        return _pack(Unread(source, error.named(source)))


def _outcome(task: Task, path: Path, source: str, terms: Terms) -> Any:
    try:
        return task(Opened(read_file(path, terms.limits), path, source, terms))
    except WorkbookError as error:
        return Unread(source, error.named(source))
    except PtxlError as error:
        return error
    except MemoryError:
        raise
    except BaseException as error:
        # Also what derives from BaseException alone: a panic of calamine's Rust side.
        detail = f"{type(error).__name__}: {error}"[:200]
        return Unread(source, refusal("internal", detail=detail).named(source),
                      traceback.format_exc())  # fmt: skip


# -- across the pipe


class _Packer(pickle.Pickler):
    """A layout is large and the other side can make its own: only its name goes across."""

    def persistent_id(self, value: object) -> object:
        if isinstance(value, Layout):
            form = value.form
            return form.template, form.edition, dict(form.parameters), value.added
        return None


class _Unpacker(pickle.Unpickler):
    """Takes our own data and plain values: whoever took over a worker must not get further."""

    def __init__(self, packed: bytes, templates: Templates) -> None:
        super().__init__(io.BytesIO(packed))
        self._templates = templates

    def persistent_load(self, about: Any) -> Layout:
        template, edition, parameters, added = about
        layout = self._templates.get(template, edition).layout(parameters)
        return with_rows(layout, added) if added else layout

    def find_class(self, module: str, name: str) -> Any:
        return _allowed(module, name)


@cache
def _allowed(module: str, name: str) -> Any:
    found = getattr(sys.modules.get(module), name, None)
    ours = module.startswith("ptxl.") and isinstance(found, type) and found.__module__ == module
    if not ours and (module, name) not in _PLAIN:
        raise pickle.UnpicklingError(f"{module}.{name} has no business here")
    return found


def _pack(value: Any) -> bytes:
    target = io.BytesIO()
    _Packer(target, pickle.HIGHEST_PROTOCOL).dump(value)
    return target.getvalue()


def _unpack(packed: bytes, templates: Templates) -> Any:
    return _Unpacker(packed, templates).load()
