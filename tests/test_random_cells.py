"""Cells put together at random: each is read as a person sees it, or named, or its file is refused.

`PTXL_CELLS` is how many are drawn for each format. A failure names its seeds.
"""

from __future__ import annotations

import io
import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
import xlrd
from python_calamine import CalamineError, CalamineWorkbook

from tests.conftest import Figures
from tests.office import Office, OfficeError
from tests.random_cells import MAKERS, NAMED, REFUSED, SHEET, parts_of, read_cells, seen

COUNT = int(os.environ.get("PTXL_CELLS", "600"))
#: cells in a file that is drawn: where it is refused, all of them are
IN_A_FILE = 4
SECONDS = float(os.environ.get("PTXL_CELLS_SECONDS", "20"))


def drawn(kind: str, seed: int, count: int = IN_A_FILE) -> bytes:
    """The workbook of that number."""
    return MAKERS[kind](Random(f"cells {kind} {seed}"), count)


#: what the other reader of an ods passes over, and every office shows
_KNOWN = re.compile(
    "text:tab|text:line-break|draw:frame|<table:table-cell(?![^>]* office:value-type)|\n"
)
_CELLS = re.compile("<table:table-cell.*?</table:table-cell>", re.DOTALL)


def told(came_to: Counter[str], kind: str, seconds: float) -> str:
    return f"{came_to.total()} cells of {kind}, {seconds:.0f} s: {dict(came_to.most_common())}"


# -- without an office: what others read


def by_calamine(data: bytes) -> list[str]:
    """What one reader says alone; nothing where it cannot read."""
    try:
        grid = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name(SHEET)
        rows = grid.to_python(skip_empty_area=False)
    except (CalamineError, ValueError):
        return []
    except BaseException as error:
        if "Panic" not in type(error).__name__:
            raise
        return []
    return [seen(row[0]) for row in rows]


def by_xlrd(data: bytes) -> list[str]:
    try:
        book = xlrd.open_workbook(file_contents=data, logfile=io.StringIO())
        sheet = book.sheet_by_name(SHEET)
        cells = [sheet.cell(row, 0) for row in range(sheet.nrows)]
        truth = xlrd.XL_CELL_BOOLEAN
        return [seen(bool(one.value) if one.ctype == truth else one.value) for one in cells]
    except Exception:  # whatever it raises over a broken file
        return []


@pytest.mark.parametrize("kind", MAKERS)
def test_a_cell_is_read_as_others_read_it_or_named(kind: str, figures: Figures) -> None:
    came_to: Counter[str] = Counter()
    started = time.monotonic()
    bad = []
    for seed in range(COUNT // IN_A_FILE):
        data = drawn(kind, seed)
        opinions = [by_calamine(data), by_xlrd(data) if kind == "xls" else []]
        cells = _CELLS.findall(parts_of(data)) if kind == "ods" else [""] * IN_A_FILE
        for row, (read, cell) in enumerate(zip(read_cells(data, IN_A_FILE), cells, strict=True)):
            others = [each[row] if row < len(each) else "" for each in opinions if each]
            came_to[read if read in (NAMED, REFUSED) else "read"] += 1
            if others and read not in (NAMED, REFUSED, *others) and not _KNOWN.search(cell):
                bad.append(f"{kind} {seed} row {row}: read {read!r}, others {others}")
    figures(told(came_to, kind, time.monotonic() - started))
    assert min(came_to["read"], came_to[NAMED]) > 0
    assert not bad, "\n".join(bad[:20])


# -- with one: what it shows


@pytest.mark.office
@pytest.mark.parametrize("kind", MAKERS)
def test_a_cell_is_read_as_an_office_shows_it_or_named(
    kind: str, office: Office, tmp_path: Path, figures: Figures
) -> None:
    came_to: Counter[str] = Counter()
    started = time.monotonic()
    bad = []
    for seed in seeds(started):
        data = drawn(kind, seed)
        read = read_cells(data, IN_A_FILE)
        shown = shown_by(office, data, tmp_path / f"a.{kind}")
        for row, one in enumerate(read):
            came_to[one if one in (NAMED, REFUSED) else "read" if shown else "not shown"] += 1
            if shown and one not in (NAMED, REFUSED, shown[row]):
                bad.append(f"{kind} {seed} row {row}: read {one!r}, shown {shown[row]!r}")
    figures(told(came_to, kind, time.monotonic() - started))
    assert min(came_to["read"], came_to[NAMED]) > 0
    assert not bad, "\n".join([*bad[:20], parts_of(drawn(kind, int(bad[0].split()[1])))])


def seeds(started: float) -> Iterator[int]:
    """As many as there is time for."""
    for seed in range(100_000, 100_000 + COUNT // IN_A_FILE):
        if time.monotonic() - started > SECONDS:
            return
        yield seed


def shown_by(office: Office, data: bytes, path: Path) -> list[str]:
    """What an office shows in each cell; nothing where it cannot open the file."""
    path.write_bytes(data)
    try:
        rows = office.shown(path, [(SHEET, f"A1:A{IN_A_FILE}")])[0]
    except OfficeError:
        return []
    return [seen({"TRUE": 1, "FALSE": 0}.get(row[0], row[0])) for row in rows]
