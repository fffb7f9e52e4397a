"""Files → results on any executor of `concurrent.futures`: some at a time, each in a worker there.

What goes out is the bytes of files, the task and its terms; what comes back is what workers answer,
over the same wire, and checked here once more.

    for outcome in spread(executor, task, terms, files): ...
"""

from __future__ import annotations

import hashlib
import logging
import os
import pickle
import platform
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ptxl import __version__
from ptxl.inputs import FileName
from ptxl.model.errors import ExecutorError, PtxlError, WorkbookError
from ptxl.model.refusals import refusal
from ptxl.outputs import working_folder
from ptxl.receive import wire
from ptxl.receive.limits import MEGABYTE, Limits
from ptxl.receive.sniff import read_file
from ptxl.receive.workers import T, Task, Terms, Unread, Workers
from ptxl.template import Templates
from ptxl.urls import RemoteFile
from ptxl.words import LANGUAGES

#: who looked at the files of a task, and what came of each, as messages
_Answers = tuple[str, list[bytes]]
#: what one task of an executor looks at: files, and their bytes together
_MOST_FILES, _MOST_BYTES = 16, 4 * MEGABYTE
#: into how many tasks files are divided where there are few
_LEAST_TASKS = 16
#: what an executor has at a time: tasks, and the bytes that it was given with them
_MOST_TASKS, _MOST_SENT = 128, 64 * MEGABYTE
#: files that one task fetches at a time
_FETCHED_AT_ONCE = 8
#: seconds that a worker waits for another task of its kind
_IDLE = 20.0
_LOG = logging.getLogger("ptxl")


@dataclass(frozen=True, slots=True)
class _Sent:
    """One file of a task: its own name, what it is called, and its bytes, or where they are."""

    name: str
    source: str
    content: bytes | RemoteFile = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Order:
    """A task and its terms, packed; what executors print of it shows no key."""

    packed: bytes = field(repr=False)


@dataclass(slots=True, eq=False)
class _Batch:
    """The files of one task, each with the reason where it could not even be read here."""

    files: list[tuple[FileName, WorkbookError | None]] = field(default_factory=list)
    sent: list[_Sent] = field(default_factory=list)
    size: int = 0
    answers: Future[_Answers] | None = None


def spread(
    executor: Executor,
    task: Task[T],
    terms: Terms,
    files: Iterable[FileName],
    *,
    count: int,
    elsewhere: Mapping[str, RemoteFile] = MappingProxyType({}),
) -> Iterator[T | Unread]:
    """The task's value for each of `count` files, or an `Unread`, in the order of the files.

    Files on disk are read here and sent; those that are kept `elsewhere`, by their names in
    results, are fetched there. Raises ExecutorError when the executor fails.
    """
    asked = _Asked(executor, task, terms)
    under_way: deque[_Batch] = deque()
    try:
        most = max(1, min(_MOST_FILES, count // _LEAST_TASKS))
        for batch in _batches(files, most, terms.limits, elsewhere):
            while under_way and asked.has_enough(under_way, batch):
                yield from asked.outcomes(under_way.popleft())
            asked.submit(batch)
            under_way.append(batch)
        while under_way:
            yield from asked.outcomes(under_way.popleft())
    finally:
        for batch in under_way:
            if batch.answers:
                batch.answers.cancel()


def _batches(
    files: Iterable[FileName], most: int, limits: Limits, elsewhere: Mapping[str, RemoteFile]
) -> Iterator[_Batch]:
    """Files, divided into tasks of so many at most."""
    batch = _Batch()
    for file in files:
        path, source = file
        error = None
        try:
            content = elsewhere.get(source) or read_file(path, limits)
        except WorkbookError as refused:
            error = refused
        else:
            batch.sent.append(_Sent(path.name, source, content))
            batch.size += len(content) if isinstance(content, bytes) else 0
        batch.files.append((file, error))
        if len(batch.files) >= most or batch.size >= _MOST_BYTES:
            yield batch
            batch = _Batch()
    if batch.files:
        yield batch


class _Asked:
    """A task that an executor is asked to do with files, and what it makes of them."""

    def __init__(self, executor: Executor, task: Task[Any], terms: Terms) -> None:
        paths = [Path(path).absolute() for path in terms.templates.paths]
        there = replace(terms, templates=Templates(paths, terms.templates.local))
        self._executor = executor
        self._terms = terms
        self._expected = (wire.returned_by(task), Unread)
        self._order = _Order(pickle.dumps((task, there, _house(there))))

    def has_enough(self, under_way: Sequence[_Batch], batch: _Batch) -> bool:
        """Whether a batch has to wait until others have come back."""
        sent = sum(one.size for one in (*under_way, batch))
        sent += len(self._order.packed) * (len(under_way) + 1)
        return len(under_way) >= _MOST_TASKS or sent > _MOST_SENT

    def submit(self, batch: _Batch) -> None:
        """Hand a batch over; one of which nothing could be read needs nobody."""
        if batch.sent:
            with _failing_as_such():
                batch.answers = self._executor.submit(look, self._order, batch.sent)

    def outcomes(self, batch: _Batch) -> Iterator[Any]:
        """What came of each file of a batch."""
        who = _process()
        messages: Iterator[bytes] = iter(())
        if batch.answers:
            with _failing_as_such():
                who, answers = batch.answers.result()
                messages = iter(answers)
        for (path, source), error in batch.files:
            with _failing_as_such():
                outcome = Unread(source, error) if error else self._value(next(messages), path)
            if isinstance(outcome, Unread):  # of which file, we know ourselves
                outcome = replace(outcome, file=source, error=outcome.error.named(source))
            if who != _process():  # workers of this one have said it themselves
                verdict = outcome.error.code if isinstance(outcome, Unread) else "read"
                _LOG.info("%s: %s, by %s", source, verdict, who)
            yield outcome

    def _value(self, answer: bytes, path: Path) -> Any:
        text = wire.as_text(answer)
        return wire.decode(text, self._expected, self._terms.templates, path)


@contextmanager
def _failing_as_such() -> Iterator[None]:
    """Tell whatever an executor raises as what it is: nobody knows all its errors."""
    try:
        yield
    except PtxlError:
        raise
    except Exception as error:
        detail = f"{type(error).__name__}: {error}"[:300]
        raise ExecutorError("executor_failed", detail=detail, version=__version__) from error


def _process() -> str:
    """Who works here: the machine and the process."""
    return f"{platform.node()}:{os.getpid()}"


def _house(terms: Terms) -> tuple[object, ...]:
    """By what results are made, the task aside: equal on both sides, or they may differ."""
    return __version__, terms.templates.fingerprint(), LANGUAGES


# -- where the executor runs


def look(order: _Order, files: Sequence[_Sent]) -> _Answers:
    """What comes of each file of a task, looked at in a worker of this machine.

    Raises ExecutorError where another ptxl, or one with other templates, is asked.
    """
    with _worker_for(order) as workers, working_folder() as folder:
        places = {one.source: folder / str(number) for number, one in enumerate(files)}
        refused = _lay_down(files, places, workers.terms.limits)
        named = [(Path(one.name), one.source) for one in files if one.source not in refused]
        found = workers.each(named, places)
        outcomes = [refused.get(one.source) or next(found) for one in files]
        workers.keep_compiled()
    return _process(), [wire.encode(outcome) for outcome in outcomes]


def fetch(file: RemoteFile, limits: Limits) -> bytes:
    """The bytes of a file that is kept elsewhere.

    Raises WorkbookError where it cannot be fetched, and for what is too large.
    """
    most = limits.file_megabytes * MEGABYTE
    data = b"" if file.size > most else file.read(most + 1)
    if max(file.size, len(data)) > most:
        size = max(file.size, len(data)) // MEGABYTE
        raise refusal("too_large", size=size, limit=limits.file_megabytes)
    return data


def _lay_down(
    files: Sequence[_Sent], places: Mapping[str, Path], limits: Limits
) -> Mapping[str, Unread]:
    """Put the bytes of files where a worker reads them; those that could not be fetched, and why.

    Those that are kept elsewhere are fetched some at a time: most of it is waiting.
    """

    def lay_down(one: _Sent) -> None:
        content = one.content
        data = content if isinstance(content, bytes) else fetch(content, limits)
        places[one.source].write_bytes(data)

    refused: dict[str, Unread] = {}
    fetched = [one for one in files if not isinstance(one.content, bytes)]
    for one in files:
        if isinstance(one.content, bytes):
            lay_down(one)
    if fetched:
        with ThreadPoolExecutor(_FETCHED_AT_ONCE) as threads:
            for one, done in [(one, threads.submit(lay_down, one)) for one in fetched]:
                try:
                    done.result()
                except WorkbookError as error:
                    refused[one.source] = Unread(one.source, error)
    return refused


_Resting = tuple[Workers[Any], threading.Timer]
#: workers that wait for another task, by the process that started them and what they are asked
_RESTING: dict[tuple[int, str], list[_Resting]] = {}


@contextmanager
def _worker_for(order: _Order) -> Iterator[Workers[Any]]:
    """A worker for what is asked. It outlives the task for a while: another one follows soon, and
    the first file of a worker takes several times as long as those after it."""
    key = os.getpid(), hashlib.sha256(order.packed).hexdigest()
    resting = _RESTING.setdefault(key, [])
    try:
        workers, timer = resting.pop()  # one step: other threads do the same
        timer.cancel()
    except IndexError:
        workers = _new_worker(order)
    try:
        yield workers
    except BaseException:
        workers.__exit__()
        raise
    timer = threading.Timer(_IDLE, lambda: _send_home(resting, (workers, timer)))
    timer.daemon = True
    resting.append((workers, timer))
    timer.start()


def _new_worker(order: _Order) -> Workers[Any]:
    task, terms, house = pickle.loads(order.packed)
    if house != _house(terms):
        raise ExecutorError("executor_differs", version=house[0], found=__version__)
    return Workers(task, terms, count=1).__enter__()


def _send_home(resting: list[_Resting], one: _Resting) -> None:
    """End a worker, unless it is asked for something again."""
    with suppress(ValueError):
        resting.remove(one)
        one[0].__exit__()
