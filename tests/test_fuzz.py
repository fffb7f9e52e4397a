"""Thousands of damaged workbooks: each is read, or refused with a reason, and none is read wrong.

`PTXL_FUZZ` is how many are tried. A failure names its seeds: `mutate(whole, kind, seed)`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from ptxl.cells import cell_name
from ptxl.model.errors import WorkbookError
from ptxl.model.submission import Submission
from ptxl.read import read_submission
from ptxl.receive.workers import Opened
from ptxl.renew.fill import fill_form
from ptxl.template import Templates, load_template
from ptxl.write.stencil import write_form
from tests.conftest import TINY, UNIT, Figures, MakeTemplate
from tests.handmade import unzipped
from tests.hostile import whole_forms
from tests.mutants import Mutant, mutate, try_mutants
from tests.office import Office

COUNT = int(os.environ.get("PTXL_FUZZ", "2000"))
#: what no file may come to
UNTYPED = ("internal", "timed_out")
ANSWERS = {
    "name": "职业教育提升", "funds": {"total": 120.5, "fiscal": 100}, "people": 40,
    "indicators": [
        {"level1": "产出指标", "level2": "数量指标", "level3": "培训人数", "value": "≥95人"},
        {"level1": "效益指标", "level2": "社会效益指标", "level3": "满意度", "value": "90%"},
    ],
}  # fmt: skip
_SHEET, _TEXTS = "xl/worksheets/sheet3.xml", "xl/sharedStrings.xml"
#: texts that cells name by their number, and formats, which make a number a date
_SHARED_RECORDS = "0fc:", "03c:", "0e0:", "41e:"
_CELL = re.compile(rb'<c r="([A-Z]+[0-9]+)"(?:[^>]*/>|.*?</c>)', re.DOTALL)


def task(file: Opened) -> tuple[str, str]:
    """Read one mutant: what it came to, and what of it was read wrong. Runs in a worker."""
    kind, _, seed = file.source.partition(":")
    mutant = mutate(file.data, kind, int(seed))
    try:
        found = read_submission(mutant.data, file.terms.templates)
    except WorkbookError as error:
        return error.code, ""
    whole = _whole(file.data, file.terms.templates)
    known = {finding.code for finding in whole.findings}
    if {finding.code for finding in found.findings} - known:
        return "read with findings", ""
    return "read", ", ".join(_wrong(whole, found, mutant, file.data, kind))


@lru_cache(maxsize=8)
def _whole(data: bytes, templates: Templates) -> Submission:
    return read_submission(data, templates)


def _wrong(
    whole: Submission, found: Submission, mutant: Mutant, data: bytes, kind: str
) -> Iterator[str]:
    """Fields that say something else without a word, though nobody touched their cells."""
    for path in whole.entries.keys() | found.entries.keys():
        before, after = whole.entries.get(path), found.entries.get(path)
        if before == after or path not in whole.layout.places:
            continue
        place = whole.layout.places[path]
        if not _touched(mutant, data, kind, place.row, place.column):
            yield f"{path}: {before} → {after}"


def _touched(mutant: Mutant, data: bytes, kind: str, row: int, column: int) -> bool:
    if not mutant.part:  # what is wrong in a container, its checksums tell
        return kind != "xlsx"
    if kind == "xls":
        cell = f"{row.to_bytes(2, 'little').hex()}{column.to_bytes(2, 'little').hex()}"
        return any(word in mutant.part for word in (cell, "anywhere", *_SHARED_RECORDS))
    if mutant.part == _TEXTS:
        return _shown_text(data, data, row, column) != _shown_text(data, mutant.data, row, column)
    if kind == "ods" or not mutant.part.startswith("xl/worksheets/"):
        return mutant.part in ("content.xml", "xl/styles.xml", "xl/workbook.xml")
    name = cell_name(row, column).encode()
    return _cell_texts(data, mutant.part).get(name) != _cell_texts(mutant.data, mutant.part).get(
        name
    )


def _shown_text(data: bytes, texts_from: bytes, row: int, column: int) -> bytes:
    """The text that a cell of the form's sheet names by its number, among the texts of a file."""
    cell = _cell_texts(data, _SHEET).get(cell_name(row, column).encode(), b"")
    number = re.search(rb' t="s"[^>]*><v>([0-9]+)</v>', cell)
    texts = re.findall(rb"<si>.*?</si>|<si/>", unzipped(texts_from)[_TEXTS], re.DOTALL)
    return texts[int(number[1])] if number and int(number[1]) < len(texts) else b""


@lru_cache(maxsize=32)
def _cell_texts(data: bytes, part: str) -> dict[bytes, bytes]:
    return {cell[1]: cell[0] for cell in _CELL.finditer(unzipped(data)[part])}


@pytest.fixture
def template(make_template: MakeTemplate) -> Path:
    return make_template(TINY)


def _filled(template: Path) -> bytes:
    blank = write_form(load_template(template).layout({}), UNIT)
    return fill_form(blank, ANSWERS, Templates([template]))


@pytest.mark.parametrize(("kind", "share"), [("xlsx", 0.4), ("xls", 0.15), ("ods", 0.15)])
def test_a_mutant_is_read_or_refused_and_never_read_wrong(
    kind: str, share: float, template: Path, tmp_path: Path, figures: Figures
) -> None:
    path = tmp_path / f"whole.{kind}"
    path.write_bytes(whole_forms(_filled(template))[kind])
    try_mutants(task, path, kind, int(COUNT * share), template, figures, untyped=UNTYPED)


@pytest.mark.office
@pytest.mark.parametrize(("kind", "share"), [("xlsx", 0.1), ("xls", 0.15), ("ods", 0.05)])
def test_nor_is_a_mutant_of_what_an_office_saved(
    kind: str, share: float, template: Path, tmp_path: Path, office: Office,
    figures: Figures,
) -> None:  # fmt: skip
    (tmp_path / "form.xlsx").write_bytes(_filled(template))
    path = tmp_path / f"whole.{kind}"
    office.convert(tmp_path / "form.xlsx", path)
    try_mutants(task, path, kind, int(COUNT * share), template, figures, untyped=UNTYPED)
