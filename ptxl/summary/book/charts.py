"""Charts over tables of a print sheet, readable for one thing or sixty, on screen and on paper."""

from __future__ import annotations

from collections.abc import Mapping

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from ptxl.summary.book.looks import FAINT, LINES, Looks
from ptxl.summary.sheets import Chart, Series

_PIXELS_PER_POINT = 4 / 3
#: each is told from white and from its neighbours, in colour and in grey
_COLOURS = ("#1F4E79", "#9DC3E6", "#C55A11", "#F4B183", "#548235", "#A9D18E", "#7F6000", "#7F7F7F")
#: of all fonts but that of the title, in points
_SIZE = 9
_GRID = "#D9D9D9"
#: between bars, in percent of one: more where there are few, as those would be very thick
_GAP, _GAP_OF_FEW, _FEW = 40, 150, 3

Options = dict[str, object]


def add_chart(book: Workbook, page: Worksheet, sheet: str, chart: Chart, looks: Looks) -> None:
    """Put a chart on the sheet that its table stands on."""
    stacked = {"subtype": "stacked"} if chart.stacked and len(chart.series) > 1 else {}
    drawn = book.add_chart({"type": "bar" if chart.lying else "column", **stacked})
    font = {"name": looks.font("text"), "size": _SIZE, "color": FAINT}
    for series, colour in zip(chart.series, _COLOURS, strict=False):
        drawn.add_series(_series(chart, sheet, series, colour, font))
    heading = {"name": looks.font("heading"), "size": 12, "bold": True}
    drawn.set_title({"name": chart.title, "overlay": False, "name_font": heading})
    names: Options = {
        "num_font": font, "line": {"color": LINES}, "interval_unit": 1, "major_tick_mark": "none",
    }  # fmt: skip
    figures: Options = {
        "name": chart.axis, "name_font": font, "num_font": font, "num_format": "#,##0", "min": 0,
        "line": {"none": True}, "major_gridlines": {"visible": True, "line": {"color": _GRID}},
    }  # fmt: skip
    if chart.lying:
        # The first one is above, as in the table, and the figures stay below.
        drawn.set_y_axis({**names, "reverse": True})
        drawn.set_x_axis({**figures, "label_position": "high"})
    else:
        drawn.set_x_axis(names)
        drawn.set_y_axis(figures)
    several = {"position": "bottom", "font": font}
    drawn.set_legend(several if len(chart.series) > 1 else {"none": True})
    width, height = chart.width * _PIXELS_PER_POINT, chart.height * _PIXELS_PER_POINT
    drawn.set_size({"width": width, "height": height})
    told = {"description": chart.description, "object_position": 1}
    page.insert_chart(chart.row, chart.column, drawn, told)


def _series(
    chart: Chart, sheet: str, series: Series, colour: str, font: Mapping[str, object]
) -> Options:
    count = chart.last - chart.first + 1
    options: Options = {
        "name": [sheet, *series.name],
        "categories": [sheet, chart.first, chart.categories, chart.last, chart.categories],
        "values": [sheet, chart.first, series.column, chart.last, series.column],
        "fill": {"color": colour},
        "border": {"color": "#FFFFFF", "width": 0.75},
        "gap": _GAP if count > _FEW else _GAP_OF_FEW,
    }
    if len(chart.series) == 1:
        options["data_labels"] = {"value": True, "font": font, "num_format": "#,##0.##"}
    return options
