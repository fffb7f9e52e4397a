"""Filled cells that no field reads → findings. One for what stands together, none left out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ptxl.cells import cell_name
from ptxl.model.findings import Finding, finding
from ptxl.read.workbook import Grid, cell_value
from ptxl.text import squeeze
from ptxl.write.self_check import banner_texts

#: areas that are named each by itself
_MOST_AREAS = 20
_LONGEST_SHOWN = 60
Cell = tuple[int, int]


def strays(grid: Grid, known: Collection[Cell]) -> Iterator[tuple[int, int, str]]:
    """Row, column and text of each filled cell that is not known."""
    for row, values in enumerate(grid):
        for column, value in enumerate(values):
            if value != "" and (row, column) not in known:
                raw = cell_value(value)
                if raw is not None:
                    yield row, column, str(raw)


def is_banner(text: str) -> bool:
    """Whether a text is what the form itself says beside its tables, wherever that stands now."""
    done, (before, after) = banner_texts()
    return text == done or (text.startswith(before) and text.endswith(after))


@dataclass(slots=True)
class _Area:
    """Filled cells that fill a rectangle."""

    top: int
    left: int
    bottom: int
    right: int
    texts: list[str]

    @property
    def name(self) -> str:
        first, last = cell_name(self.top, self.left), cell_name(self.bottom, self.right)
        return first if first == last else f"{first}:{last}"


def stray_findings(
    sheet: str,
    found: Iterable[tuple[int, int, str]],
    origin: Callable[[Cell], tuple[str, str] | None],
) -> Iterator[Finding]:
    """What to say of cells that nothing reads.

    `origin` tells path and label of the field whose answer was cut and pasted to a cell, if that is
    known.
    """
    rest: dict[Cell, str] = {}
    for row, column, text in found:
        came_from = origin((row, column))
        if came_from:
            path, label = came_from
            yield finding("answer_outside", sheet=sheet, cell=cell_name(row, column), raw=text,
                          origin=label, origin_path=path)  # fmt: skip
        elif not is_banner(text):
            rest[row, column] = text
    areas = _areas(rest)
    for area in areas[:_MOST_AREAS]:
        yield _unread(sheet, area)
    if more := areas[_MOST_AREAS:]:
        bounds = _Area(
            min(area.top for area in more), min(area.left for area in more),
            max(area.bottom for area in more), max(area.right for area in more),
            [text for area in more for text in area.texts],
        )  # fmt: skip
        yield _unread(sheet, bounds)


def _unread(sheet: str, area: _Area) -> Finding:
    shown = "、".join(area.texts[:_LONGEST_SHOWN])
    if len(area.texts) > 1:
        short = shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]}…"
        shown = f"{area.name}: {short}"
    return finding("unread_cell", sheet=sheet, cell=cell_name(area.top, area.left), raw=shown)


def _areas(cells: Mapping[Cell, str]) -> list[_Area]:
    """Cells joined with their neighbours, first along rows, then rows of the same width."""
    areas: list[_Area] = []
    open_areas: dict[tuple[int, int, int], _Area] = {}
    for run in _runs(cells):
        above = open_areas.pop((run.top - 1, run.left, run.right), None)
        if above:
            above.bottom = run.bottom
            above.texts += run.texts
        else:
            areas.append(run)
        area = above or run
        open_areas[area.bottom, area.left, area.right] = area
    return areas


def _runs(cells: Mapping[Cell, str]) -> Iterator[_Area]:
    run: _Area | None = None
    for (row, column), text in sorted(cells.items()):
        if run and (run.top, run.right + 1) == (row, column):
            run.right = column
            run.texts.append(text)
            continue
        if run:
            yield run
        run = _Area(row, column, row, column, [text])
    if run:
        yield run


def same_text(value: object, text: str) -> bool:
    """Whether a cell shows a text, white space aside."""
    return squeeze(str(value)) == squeeze(text)
