"""The sample county → the whole loop on disk: forms issued, filled in, read, checked and merged."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ptxl import api
from ptxl.documents import dump, load_answers
from ptxl.findings import Language
from ptxl.form import Unit
from ptxl.outputs import write_whole
from ptxl.submission import CheckedSubmission
from ptxl.template import Templates, shipped

Outcome = CheckedSubmission | api.Unread


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demo made: how many forms by template, what came back, and where it all is."""

    issued: Mapping[str, int]
    outcomes: tuple[Outcome, ...]
    merged: api.Merged
    forms: Path
    returned: Path
    answers: Path
    marked: Path
    workbook: Path
    json: Path


def run_demo(folder: Path, language: Language = "zh") -> Demo:
    """Run the loop in `folder`: issue, fill as the clerks would, read, check, mark, merge."""
    sample = shipped("samples") / "county"
    setup = load_answers(sample / "round.json")
    forms, returned, answers = folder / "forms", folder / "returned", folder / "read"
    issued: Counter[str] = Counter()
    for template, units in _by_template(sample / "roster.csv").items():
        parameters = setup["parameters"].get(template, {})
        paths = api.generate(
            template, units, forms / template, parameters=parameters, overwrite=True
        )
        for unit, path in zip(units, paths, strict=True):
            api.fill(path, sample / "answers" / f"{unit.code}.json", returned / path.name)
            issued[template] += 1
    templates = Templates()
    outcomes = tuple(_checked(returned, answers, templates))
    workbook, json = folder / "county.xlsx", folder / "county.json"
    merged = api.merge([returned], workbook, json=json, title=setup["title"], templates=templates)
    marked = folder / "marked"
    for outcome in outcomes:
        if isinstance(outcome, CheckedSubmission) and outcome.errors:
            file = returned / Path(outcome.submission.source).name
            api.mark(outcome, file, marked, language)
    return Demo(issued, outcomes, merged, forms, returned, answers, marked, workbook, json)


def _checked(returned: Path, answers: Path, templates: Templates) -> Iterator[Outcome]:
    for outcome in api.each([returned], api.check, templates):
        if isinstance(outcome, CheckedSubmission):
            name = Path(outcome.submission.source).with_suffix(".json").name
            write_whole(answers / name, dump(api.document(outcome)) + "\n")
        yield outcome


def _by_template(roster: Path) -> dict[str, list[Unit]]:
    """The sample roster says for each unit which form it fills in."""
    found: dict[str, list[Unit]] = {}
    with roster.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            unit = Unit(code=row["code"], name=row["name"], department=row["department"])
            found.setdefault(row["template"], []).append(unit)
    return found
