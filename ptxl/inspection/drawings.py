"""Judges what lies above the cells: whether those who cannot see it are told what it shows."""

from __future__ import annotations

from collections.abc import Iterator

from ptxl.inspection.book import Drawing, Page
from ptxl.inspection.flaws import Spot, of_sheets, spot
from ptxl.ooxml.package import Element, found, text_in

_FALSE = ("0", "false")


@of_sheets
def drawing_not_described(page: Page) -> Iterator[Spot]:
    """A chart, picture or shape has no description."""
    for drawing in page.drawings:
        if not drawing.description:
            yield spot(*_cells(drawing))


@of_sheets
def chart_untitled(page: Page) -> Iterator[Spot]:
    """A chart has no title."""
    for drawing in page.drawings:
        if drawing.chart is not None and not _title(drawing.chart):
            yield spot(*_cells(drawing))


def _cells(drawing: Drawing) -> tuple[str, ...]:
    return (drawing.cell,) if drawing.cell else ()


def _title(root: Element) -> str:
    """The title of a chart: typed, or taken from a cell; or ""."""
    chart = found(root, "{*}chart")
    deleted = chart.find("{*}autoTitleDeleted")
    if deleted is not None and deleted.get("val", "1") not in _FALSE:
        return ""
    return text_in(found(chart, "{*}title"), "{*}t", "{*}v", "{*}f").strip()
