"""The sample county without a round: forms issued, filled in, read, checked and merged on disk."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest

from ptxl import api, jobs
from ptxl.demo import Demo, run_demo
from ptxl.documents.document import load_answers
from ptxl.model.form import Unit
from ptxl.outputs import write_whole
from ptxl.template import shipped
from ptxl.words import DEFAULT_LANGUAGE, Language
from tests.shared import made_once

Outcome = jobs.Report | api.Unread
#: when the round of the demo is looked at
NOW = datetime(2026, 3, 28, 10, 30)


def round_of_the_demo(folders: pytest.TempPathFactory) -> Demo:
    """The demo in the usual language. Nobody may change it."""
    return made_once("round of the demo", folders, lambda folder: run_demo(folder, NOW))


@dataclass(frozen=True, slots=True)
class County:
    """What was made: how many forms by template, what came back, and where it all is."""

    issued: Mapping[str, int]
    outcomes: tuple[Outcome, ...]
    merged: api.Merged
    forms: Path
    returned: Path
    answers: Path
    marked: Path
    workbook: Path
    json: Path


def make_county(folder: Path, language: Language = DEFAULT_LANGUAGE) -> County:
    """Run the loop in `folder`: issue, fill as the clerks would, read, check, mark, merge."""
    sample = shipped("samples") / "county"
    setup = load_answers(sample / "round.json")
    forms, returned, answers = folder / "forms", folder / "returned", folder / "read"
    issued: Counter[str] = Counter()
    terms = api.Terms()
    for template, units in _by_template(sample / "roster.csv").items():
        parameters = setup["parameters"].get(template, {})
        terms.templates.get(template).layout(parameters)  # once here: workers inherit it
        paths = api.generate(
            template, units, forms / template, parameters=parameters, overwrite=True
        )
        for unit, path in zip(units, paths, strict=True):
            filled = sample / "answers" / f"{unit.code}.json"
            api.fill(path, filled, returned / path.name, terms=terms)
            issued[template] += 1
    outcomes = tuple(_checked(returned, answers, terms, language))
    workbook, json = folder / "county.xlsx", folder / "county.json"
    merged = api.merge(
        [returned], workbook, json=json, title=setup["title"], language=language, terms=terms
    )
    marked = folder / "marked"
    for outcome in outcomes:
        if isinstance(outcome, jobs.Report) and outcome.errors and outcome.marked:
            api.save_marked(outcome.marked, outcome.path, marked)
    return County(issued, outcomes, merged, forms, returned, answers, marked, workbook, json)


def _checked(
    returned: Path, answers: Path, terms: api.Terms, language: Language
) -> Iterator[Outcome]:
    task = partial(jobs.report, look=jobs.check, language=language, indent=2, mark="hint")
    for outcome in api.each([returned], task, terms=terms):
        if isinstance(outcome, jobs.Report):
            write_whole(answers / outcome.path.with_suffix(".json").name, outcome.json + "\n")
        yield outcome


def _by_template(roster: Path) -> dict[str, list[Unit]]:
    """The sample roster says for each unit which form it fills in."""
    found: dict[str, list[Unit]] = {}
    with roster.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            unit = Unit(code=row["code"], name=row["name"], department=row["department"])
            found.setdefault(row["template"], []).append(unit)
    return found
