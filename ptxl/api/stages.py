"""The stages of a year as functions: what was approved in one, and what became of it later."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ptxl.inputs import AnyPath
from ptxl.merge.stages import Line, year_of
from ptxl.renew.follow import Approved, approved_in
from ptxl.summary.county_json import read_summary
from ptxl.template import load_template


def read_approved(path: AnyPath, template: AnyPath) -> dict[str, Approved]:
    """What was approved in the stage that a template follows, by code of the unit.

    It is read from the JSON of a summary (`merge`). Raises InputError where the template follows
    none, or nothing of that stage is there.
    """
    return approved_in(Path(path), load_template(template))


def read_year(files: Iterable[AnyPath]) -> tuple[Line, ...]:
    """What became of each project and indicator through the stages of a year, whose summaries these
    JSON files are, in their order.

    Raises InputError or AnswersError for other files.
    """
    return year_of([read_summary(Path(path)).units() for path in files])
