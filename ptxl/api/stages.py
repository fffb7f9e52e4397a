"""The stages of a year as functions: what was approved in one, and what became of it later."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from ptxl.inputs import AnyPath
from ptxl.merge.stages import Line, year_of
from ptxl.outputs import write_whole
from ptxl.renew.follow import Approved, approved_in
from ptxl.summary.book import write_book
from ptxl.summary.county_json import read_summary
from ptxl.summary.year_book import year_book
from ptxl.template import load_template
from ptxl.values.money import YUAN, unit_of_sums
from ptxl.words import Language, Speaker


def read_approved(files: AnyPath | Iterable[AnyPath], template: AnyPath) -> dict[str, Approved]:
    """What was approved in the stage that a template follows, by code of the unit.

    `files` are the JSON of a summary (`merge`), or of several. Of several forms of a unit that
    counts of which the template is named last in what the other follows, and of several of one
    template that in the last file. Raises InputError where the template follows none, or nothing
    of that stage is there.
    """
    paths = [files] if isinstance(files, str | Path) else files
    return approved_in(map(Path, paths), load_template(template))


def read_year(files: Iterable[AnyPath]) -> tuple[Line, ...]:
    """What became of each project and indicator through the stages of a year, whose summaries these
    JSON files are, in their order.

    Raises InputError or AnswersError for other files.
    """
    return year_of([read_summary(Path(path)).units() for path in files])


def write_year(
    files: Iterable[AnyPath], lines: Iterable[Line], workbook: AnyPath, language: Language
) -> None:
    """Write a workbook of a year: its stages side by side, and how projects were scored.

    `files` are the summaries that the `lines` were read from (`read_year`).
    """
    stages = [list(read_summary(Path(path)).units()) for path in files]
    asked = (one.money for stage in stages for unit in stage for one in unit.asked.values())
    money = next(filter(None, asked), unit_of_sums(YUAN))
    speaker = Speaker(language, money=money.called)
    made = year_book(stages, tuple(lines), speaker)
    target = BytesIO()
    write_book(target, made.sheets, lambda _: iter(made.lines), speaker, title=made.title)
    write_whole(Path(workbook), target.getvalue())
