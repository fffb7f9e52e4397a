"""Charts over tables of a print sheet, readable for one thing or sixty, on screen and on paper."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import cycle

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from ptxl.summary.book.looks import FAINT, LINES, Looks
from ptxl.summary.sheets import Chart, Series
from ptxl.text import display_width

_PIXELS_PER_POINT = 4 / 3
#: each is told from white, and those beside each other also in grey
COLOURS = ("#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1")
#: of the fonts, in points
_TITLE_SIZE, _LEAST, _SIZE = 12.0, 9.0, 10
#: which part of the width of a chart its title may take
_TITLE_PART = 0.78
#: what title, legend and a line of other words take of the height, and a legend of more names than
#: stand in a line one line more; what a figure and the right edge take of the width, in points; and
#: what names take of the width at most
_TITLE, _LEGEND, _LINE = 36.0, 22.0, 18.0
_LEGEND_LINE, _IN_A_LINE = 14.0, 2
_FIGURE, _RIGHT, _GAP_TO_BARS = 48.0, 16.0, 8.0
_MOST_FOR_NAMES = 0.66
_GRID = "#D9D9D9"
#: between bars, in percent of one: more where there are few, as those would be very thick
_GAP, _GAP_OF_FEW, _FEW = 40, 150, 3

Options = dict[str, object]
Rectangle = dict[str, float]


def add_chart(
    book: Workbook, page: Worksheet, sheet: str, chart: Chart, names: Sequence[str], looks: Looks
) -> None:
    """Put a chart on the sheet that its table stands on; `names` are those of its categories."""
    stacked = {"subtype": "stacked"} if len(chart.series) > 1 else {}
    drawn = book.add_chart({"type": "bar" if chart.lying else "column", **stacked})
    font = {"name": looks.font("text"), "size": _SIZE, "color": FAINT}
    for series, colour in zip(chart.series, cycle(COLOURS), strict=False):
        drawn.add_series(_series(chart, sheet, series, colour, font))
    rooms = _Rooms(chart, max(map(display_width, names), default=0))
    heading = {"name": looks.font("heading"), "size": rooms.title_size, "bold": True}
    drawn.set_title({"name": chart.title, "name_font": heading, "layout": rooms.title})
    drawn.set_plotarea({"layout": rooms.plot})
    categories: Options = {
        "num_font": {**font, "size": rooms.name_size}, "line": {"color": LINES},
        "interval_unit": 1, "major_tick_mark": "none",
    }  # fmt: skip
    figures: Options = {
        "name": chart.axis, "name_font": {**font, "bold": False, "rotation": 360},
        "name_layout": rooms.axis, "num_font": font, "num_format": "#,##0", "min": 0,
        "line": {"none": True}, "major_gridlines": {"visible": True, "line": {"color": _GRID}},
    }  # fmt: skip
    if chart.step:
        figures["major_unit"] = chart.step
    if chart.lying:
        # The first one is above, as in the table, and the figures stay below.
        drawn.set_y_axis({**categories, "reverse": True})
        drawn.set_x_axis({**figures, "label_position": "high"})
    else:
        drawn.set_x_axis(categories)
        drawn.set_y_axis(figures)
    several = {"position": "bottom", "font": font}
    drawn.set_legend(several if rooms.legend else {"none": True})
    width, height = chart.width * _PIXELS_PER_POINT, chart.height * _PIXELS_PER_POINT
    drawn.set_size({"width": width, "height": height})
    told = {"description": chart.description, "object_position": 1}
    page.insert_chart(chart.row, chart.column, drawn, told)


class _Rooms:
    """Where bars and words stand in a chart: words take what they need, bars all that is left."""

    def __init__(self, chart: Chart, longest: int) -> None:
        self._chart = chart
        self.legend = len(chart.series) > 1
        wide = longest * _SIZE / 2 + _GAP_TO_BARS > _MOST_FOR_NAMES * chart.width
        #: the size of names in points: a smaller one where they are long
        self.name_size = _LEAST if wide and chart.lying else float(_SIZE)
        name = longest * self.name_size / 2 + _GAP_TO_BARS
        if chart.lying:
            # The unit of the figures stands below the names, on their left.
            unit = display_width(chart.axis) * _SIZE / 2 + 2 * _GAP_TO_BARS
            self._left = min(max(name, unit), _MOST_FOR_NAMES * chart.width)
            self._top = _TITLE
            lines = 1.0
        else:
            self._left, self._top = _FIGURE, _TITLE + _LINE
            room = (chart.width - _FIGURE - _RIGHT) / (chart.last - chart.first + 1)
            lines = math.ceil(name / room)
        self._below = lines * _LINE + _LEGEND * self.legend
        if len(chart.series) > _IN_A_LINE:
            self._below += _LEGEND_LINE

    @property
    def plot(self) -> Rectangle:
        """The rectangle of the bars."""
        wide = self._chart.width - self._left - _RIGHT
        high = self._chart.height - self._top - self._below
        return self._part(x=self._left, y=self._top, width=wide, height=high)

    @property
    def title_size(self) -> float:
        """The size of the title in points, so that it stands in one line if it may."""
        fitting = self._chart.width * _TITLE_PART * 2 / max(1, display_width(self._chart.title))
        return max(_LEAST, min(_TITLE_SIZE, int(fitting * 2) / 2))

    @property
    def title(self) -> Rectangle:
        """Where the title begins, so that its middle is that of the chart."""
        wide = display_width(self._chart.title) * self.title_size / 2
        return self._part(x=max(0.0, (self._chart.width - wide) / 2), y=_GAP_TO_BARS)

    @property
    def axis(self) -> Rectangle:
        """Where the unit of the figures is said: beside the first of them."""
        below = self._chart.height - self._below + 2
        return self._part(x=_GAP_TO_BARS, y=below if self._chart.lying else _TITLE)

    def _part(self, **points: float) -> Rectangle:
        """Points as parts of the chart's width and height."""
        whole = {"x": self._chart.width, "width": self._chart.width}
        return {key: value / whole.get(key, self._chart.height) for key, value in points.items()}


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
