"""Whatever people do to a form: what is read equals what it holds, or a finding says otherwise."""

from __future__ import annotations

import csv
import os
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from ptxl import api
from ptxl import jobs as desk
from ptxl.documents.document import load_answers
from ptxl.model.form import Unit
from ptxl.model.submission import CheckedSubmission
from tests.conftest import SAMPLES, Figures
from tests.edits import Clerk, Sequence, perform, silent_differences
from tests.office import Office, OfficeRefusedError

#: how many sequences, and the first seed
SEQUENCES = int(os.environ.get("PTXL_SEQUENCES", "60"))
SEED = int(os.environ.get("PTXL_SEED", "1"))
#: two of five are performed by a real office
_BY_OFFICE = 0.4


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A form of each template, filled in as a unit of the sample county did."""
    folder = tmp_path_factory.mktemp("filled")
    setup = load_answers(SAMPLES / "county" / "round.json")
    found = []
    for template, unit in _units().items():
        (blank,) = api.generate(template, [unit], folder / "blank",
                                parameters=setup["parameters"].get(template, {}))  # fmt: skip
        target = folder / f"{template}.xlsx"
        api.fill(blank, SAMPLES / "county" / "answers" / f"{unit.code}.json", target)
        found.append(target)
    return found


@cache
def _units() -> dict[str, Unit]:
    """The first unit of the sample county on each template."""
    found: dict[str, Unit] = {}
    with (SAMPLES / "county" / "roster.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            unit = Unit(code=row["code"], name=row["name"], department=row["department"])
            found.setdefault(row["template"], unit)
    return found


@pytest.mark.office
def test_nothing_differs_in_silence(
    office: Office, filled: list[Path], tmp_path: Path, figures: Figures
) -> None:
    clerks = [Clerk(checked) for checked in map(api.read, filled)]
    made: dict[str, Sequence] = {}
    refused = 0
    for number in range(SEQUENCES):
        clerk, source = clerks[number % len(clerks)], filled[number % len(clerks)]
        sequence = clerk.sequence(SEED * 1_000_000 + number)
        by_office = number % 5 < 5 * _BY_OFFICE
        sequence.ending = sequence.ending if by_office else "xlsx"
        target = tmp_path / f"{number:04d}.{sequence.ending}"
        try:
            if by_office:
                office.edit(source, sequence.edits, target)
            else:
                perform(source, sequence.edits, target)
        except OfficeRefusedError:
            refused += 1
            continue
        made[target.name] = sequence
    codes: Counter[str] = Counter()
    silent = []
    for outcome in api.each([tmp_path], desk.read):
        if isinstance(outcome, api.Unread):
            codes[outcome.error.code] += 1
            assert outcome.error.code != "internal", outcome.trace
            continue
        assert isinstance(outcome, CheckedSubmission)
        sequence = made[Path(outcome.submission.source).name]
        codes.update({one.code for one in outcome.findings})
        if differences := list(silent_differences(sequence, outcome)):
            found = sorted({f"{one.code} {one.place()}" for one in outcome.findings})
            about = [f"{len(differences)} differences; found: {found}", *differences[:3]]
            silent.append("\n    ".join([str(sequence), *about]))
    figures(f"{len(made)} sequences from seed {SEED}, {refused} refused by the office,"
          f" {len(silent)} with a silent difference: {dict(codes.most_common())}")  # fmt: skip
    assert not silent, f"{len(silent)} sequences:\n" + "\n".join(silent[:20])
    assert len(made) > 0.8 * SEQUENCES
