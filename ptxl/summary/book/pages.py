"""Where the pages of a data sheet begin → its conditions, so that the first line of each page says
whose it is though the line above says the same.

Pages are those of the whole list: while a filter hides lines they begin elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ptxl.cells import Box

#: pages that are minded: nobody prints more of one list, and conditions name each of their lines
_MOST_PAGES = 200
_CONDITION = re.compile(
    '<conditionalFormatting sqref="([A-Z]+[0-9:A-Z]*)">(<cfRule .*?</cfRule>)(<cfRule .*?</cfRule>)'
    "</conditionalFormatting>"
)
_HEIGHT = re.compile(r'<row r="[0-9]+"[^>]* ht="([0-9.]+)"')
_FORMULA = re.compile("<formula>.*</formula>")
_PRIORITY = re.compile('priority="([0-9]+)"')
#: what a rule is that always holds, behind all others of the sheet
_ALWAYS, _BEHIND = "<formula>1&gt;0</formula>", 10_000


class Pages:
    """Notes which lines of a sheet begin a page that has `room` for rows, in points.

    `before` is the part of the sheet up to the lines: the rows in it stand on every page.
    """

    def __init__(self, room: float, before: str) -> None:
        self._room = room - sum(map(float, _HEIGHT.findall(before)))
        self._left = self._room
        self.starts: list[int] = []

    def add(self, row: int, height: float) -> None:
        """Note a row, as people count them, below all that were noted."""
        if height > self._left:
            self._left = self._room
            if len(self.starts) < _MOST_PAGES:
                self.starts.append(row)
        self._left -= height

    def shown(self, after: str) -> str:
        """What follows the lines, with conditions that hide nothing on the first line of a page."""
        return _CONDITION.sub(self._parted, after) if self.starts else after

    def _parted(self, condition: re.Match[str]) -> str:
        """A condition of two rules, what hides and what shows, without the starts of pages; and
        one for these, which always shows."""
        box = Box.parse(condition[1])
        assert box
        starts = [row - 1 for row in self.starts if _is_parted(box, row - 1)]
        if not starts:
            return condition[0]
        rest = " ".join(part.name for part in _without(box, starts))
        hides, shows = condition[2], condition[3]
        always = _PRIORITY.sub(_far_behind, _FORMULA.sub(_ALWAYS, shows))
        first = " ".join(Box(row, box.left, row, box.left).name for row in starts)
        return _condition(rest, hides + shows) + _condition(first, always)


def _is_parted(box: Box, row: int) -> bool:
    """Whether a row can be taken out: formulas count from the first of several rows."""
    return box.top < row <= box.bottom or box.top == row == box.bottom


def _without(box: Box, rows: Sequence[int]) -> Iterator[Box]:
    top = box.top
    for row in (*rows, box.bottom + 1):
        if top < row:
            yield Box(top, box.left, row - 1, box.right)
        top = row + 1


def _far_behind(priority: re.Match[str]) -> str:
    return f'priority="{int(priority[1]) + _BEHIND}"'


def _condition(cells: str, rules: str) -> str:
    if not cells:
        return ""
    return f'<conditionalFormatting sqref="{cells}">{rules}</conditionalFormatting>'
