"""Many files, each looked at in a worker process, and outputs that replace none of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol, TypeVar

from ptxl.inputs import AnyPath, Inputs, find_inputs
from ptxl.model.errors import InputError, OutputError
from ptxl.model.refusals import OWN_WORKBOOKS
from ptxl.outputs import working_folder
from ptxl.receive.workers import T, Task, Terms, Unread, Workers, run, usual_count
from ptxl.text import is_url

_Item = TypeVar("_Item")


class Progress(Protocol):
    """Passes things on, one after the other, and may show how far it is."""

    def __call__(self, items: list[_Item], /) -> Iterator[_Item]: ...


def each(
    files: Inputs | Iterable[AnyPath],
    task: Task[T],
    *,
    terms: Terms | None = None,
    workers: int = 0,
    progress: Progress = iter,
    executor: Executor | None = None,
) -> Iterator[T | Unread]:
    """Do one thing (`jobs.read`, `jobs.check` …) with many files, each in a worker process.

    A file that cannot be read is an `Unread`, not an end. A workbook that ptxl wrote itself, found
    in a folder, is added to the inputs' `skipped` and gives nothing. `workers` is how many run (0:
    one for each processor, at most four); `progress` may wrap the list of files, to show how far it
    is. With an `executor` files go to it, some at a time, and each is looked at in a worker where
    it runs them; of `workers` it knows itself. Raises InputError when all that the folders hold was
    skipped, ExecutorError when the executor fails.
    """
    inputs = files if isinstance(files, Inputs) else find_inputs(files)
    returns = 0
    for outcome in _outcomes(inputs, task, terms or Terms(), workers, progress, executor):
        if isinstance(outcome, Unread) and _own_output(outcome, inputs):
            inputs.skipped.append(outcome.file)
        else:
            returns += 1
            yield outcome
    if inputs.skipped and not returns:
        raise InputError("no_returns", files=tuple(inputs.skipped), count=len(inputs.skipped))


def _outcomes(
    inputs: Inputs, task: Task[T], terms: Terms, workers: int, progress: Progress,
    executor: Executor | None,
) -> Iterator[T | Unread]:  # fmt: skip
    files = progress(list(inputs.files))
    if executor is None and not inputs.elsewhere:
        with Workers(task, terms, workers, most=len(inputs.files)) as pool:
            yield from pool.each(files)
        return
    from ptxl.receive.batches import spread  # for those who have an executor, or URLs

    with ExitStack() as stack:
        # What is fetched is fetched by threads, each with a worker of its own.
        there = executor or stack.enter_context(ThreadPoolExecutor(workers or usual_count()))
        count, elsewhere = len(inputs.files), inputs.elsewhere
        yield from spread(there, task, terms, files, count=count, elsewhere=elsewhere)


def _own_output(outcome: Unread, inputs: Inputs) -> bool:
    return outcome.error.code in OWN_WORKBOOKS and outcome.file not in inputs.single


def run_one(task: Task[T], file: AnyPath, terms: Terms | None) -> T:
    """Do a thing with one file, in a worker process. Raises what the task raises."""
    terms = terms or Terms()
    if not is_url(file):
        return run(task, (Path(file), str(file)), terms)
    from ptxl.receive.batches import fetch  # for those who name a URL

    inputs = find_inputs([file])
    (path, name), *_ = inputs.files
    with working_folder() as folder:
        place = folder / "fetched"
        place.write_bytes(fetch(inputs.elsewhere[name], terms.limits))
        return run(task, (path, name), terms, place)


def keep_inputs(inputs: Iterable[AnyPath], outputs: Iterable[AnyPath]) -> None:
    """Raise OutputError when an output would replace an input, or another output."""
    taken = {Path(path).resolve() for path in inputs}
    for path in map(Path, outputs):
        if path.resolve() in taken:
            raise OutputError("replaces_input", path=path)
        taken.add(path.resolve())


def require_xlsx(path: AnyPath) -> None:
    """Raise OutputError when a workbook would not be known by its name."""
    if Path(path).suffix.lower() != ".xlsx":
        raise OutputError("not_named_xlsx", path=path)


def keep_apart(
    folder: AnyPath, files: Iterable[AnyPath], code: str = "marks_among_returns"
) -> None:
    """Raise OutputError when what is written to a folder would be read as returns the next time."""
    wanted = Path(folder).resolve()
    for inputs in map(Path, files):
        if inputs.is_dir() and wanted.is_relative_to(inputs.resolve()):
            raise OutputError(code, path=folder, folder=inputs)
