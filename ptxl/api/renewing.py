"""Forms with answers: typed in, or carried over from a damaged or an older one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from ptxl import jobs
from ptxl.batch import keep_inputs, require_xlsx, run_one
from ptxl.documents.document import Json, load_answers
from ptxl.inputs import AnyPath
from ptxl.model.submission import Identity
from ptxl.outputs import (
    write_whole,
)
from ptxl.receive.workers import Task, Terms
from ptxl.renew.repair import Repaired


def fill(
    form: AnyPath, answers: AnyPath | Json, target: AnyPath, *, terms: Terms | None = None
) -> None:
    """Type answers into the open cells of a form (xlsx) and write the result to `target`.

    Raises WorkbookError when `form` is none, AnswersError naming all answers that have no place.
    """
    loaded, source = answers, ""
    if isinstance(answers, str | Path):
        keep_inputs([answers], [target])
        loaded, source = load_answers(Path(answers)), str(answers)
    keep_inputs([form], [target])
    require_xlsx(target)
    task = partial(jobs.fill, answers=loaded, source=source)
    write_whole(Path(target), run_one(task, form, terms))


def repair(
    file: AnyPath,
    target: AnyPath,
    *,
    terms: Terms | None = None,
    password: str = "",
    issued: Identity | None = None,
) -> Repaired:
    """Write a pristine form of the same unit and edition that holds the answers found in a file.

    The value says what became of every answer. `issued` says which form it is where the file does
    not any more (see `identity`). Raises WorkbookError when the file is no form of ours, or when
    its unit or edition cannot be trusted.
    """
    return _renewed(partial(jobs.repair, password=password, issued=issued), file, target, terms)


def upgrade(
    file: AnyPath,
    target: AnyPath,
    edition: str = "",
    *,
    terms: Terms | None = None,
    password: str = "",
    parameters: Mapping[str, object] | None = None,
    round: str | None = None,
) -> Repaired:
    """Write the form of another edition of the template, with the answers that it has a place for.

    The terms' templates hold both editions; without `edition` it is the first of them. Parameters
    are those of the old form unless given, and so is the round that it was issued in.
    """
    task = partial(
        jobs.upgrade,
        edition=edition,
        parameters=parameters or {},
        password=password,
        round=round,
    )
    return _renewed(task, file, target, terms)


def _renewed(task: Task[Repaired], file: AnyPath, target: AnyPath, terms: Terms | None) -> Repaired:
    keep_inputs([file], [target])
    require_xlsx(target)
    repaired = run_one(task, file, terms)
    write_whole(Path(target), repaired.workbook)
    return repaired
