"""A sheet as it is now → a finding for each group of filled cells that belong to no field."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from ptxl.cells import Box, cell_name
from ptxl.layout.helper_sheets import is_banner
from ptxl.model.findings import Code, Finding, finding
from ptxl.words import Language, Speaker

#: areas that are named each by itself
_MOST_AREAS = 20
_LONGEST_SHOWN = 60
Position = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Area:
    """Filled cells that fill a rectangle, and the first of their texts, row by row."""

    box: Box
    texts: tuple[str, ...]

    def around(self, other: _Area) -> _Area:
        """The rectangle around both."""
        first = map(min, self.box[:2], other.box[:2])
        last = map(max, self.box[2:], other.box[2:])
        return _Area(Box(*first, *last), (self.texts + other.texts)[:_LONGEST_SHOWN])


def unclaimed_findings(
    sheet: str,
    cells: Iterable[tuple[Position, str]],
    origins: Mapping[Position, tuple[str, str]],
    language: Language,
    answers: Collection[Position] = (),
) -> Iterator[Finding]:
    """Say what stands in cells that nothing reads: place and text of each.

    `origins` has path and label of the field whose answer was cut and pasted to a cell, if known;
    `language` is the form's; `answers` are cells that seem to hold one.
    """
    left: dict[Code, dict[Position, str]] = {"unread_answer": {}, "unread_cell": {}}
    for at, text in cells:
        if at in origins:
            path, label = origins[at]
            yield finding("answer_outside", sheet=sheet, cell=cell_name(*at), raw=text,
                          origin=label, origin_path=path)  # fmt: skip
        elif not is_banner(text, language):
            left["unread_answer" if at in answers else "unread_cell"][at] = text
    for code, of_its_kind in left.items():
        for area in _few_areas(of_its_kind):
            yield _finding(code, sheet, area, language)


def _few_areas(cells: Mapping[Position, str]) -> Iterator[_Area]:
    """The areas of cells; of very many the last is around all that are left."""
    areas = _areas(cells)
    yield from areas[:_MOST_AREAS]
    if more := areas[_MOST_AREAS:]:
        yield reduce(_Area.around, more)


def _finding(code: Code, sheet: str, area: _Area, language: Language) -> Finding:
    shown = Speaker(language).word(area.texts)
    if len(area.texts) > 1:
        short = shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]}…"
        shown = f"{area.box.name}: {short}"
    corner = cell_name(area.box.top, area.box.left)
    return finding(code, sheet=sheet, cell=corner, raw=shown)


def _areas(cells: Mapping[Position, str]) -> Sequence[_Area]:
    """Join cells with their neighbours, first along rows, then rows of the same width."""
    areas: dict[Position, _Area] = {}
    #: where an area begins that may go on in the next row, by its last row and its columns
    going_on: dict[tuple[int, int, int], Position] = {}
    for run in _runs(cells):
        top, left, bottom, right = run.box
        begin = going_on.pop((top - 1, left, right), (top, left))
        areas[begin] = areas[begin].around(run) if begin in areas else run
        going_on[bottom, left, right] = begin
    return list(areas.values())


def _runs(cells: Mapping[Position, str]) -> Iterator[_Area]:
    """The areas of one row, each as long as cells stand side by side."""
    run: _Area | None = None
    for (row, column), text in sorted(cells.items()):
        cell = _Area(Box(row, column, row, column), (text,))
        if run and (run.box.top, run.box.right + 1) == (row, column):
            run = run.around(cell)
            continue
        if run:
            yield run
        run = cell
    if run:
        yield run
