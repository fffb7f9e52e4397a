"""A sheet as it is now → where its rows and columns went, from what is printed and from the map.

Pure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from ptxl.layout.identity import MapLine
from ptxl.layout.issued_sheets import IssuedSheet, Position, PrintedText
from ptxl.read.compare import cells_of
from ptxl.read.locate.follow_lines import Alignment, Line, align
from ptxl.read.workbook import Grid
from ptxl.text import squeeze

Texts = Sequence[PrintedText]


def rows_and_columns(
    sheet: IssuedSheet, grid: Grid, texts: Texts, lines: Mapping[str, MapLine]
) -> tuple[Alignment, Alignment]:
    """Find the rows and the columns of a sheet of the form in its present `grid`.

    `texts` are what it prints, `lines` those of the map by the path of their field.
    """
    cells = _cells_showing(grid, frozenset(squeeze(one.text) for one in texts))
    size = sheet.layout.sheets[sheet.number]
    mapped = [(cell, lines[cell.path]) for cell in sheet.asked if cell.path in lines]
    votes = _Votes.counted(
        (cell.column for cell in sheet.asked), ((cell.column, line.column) for cell, line in mapped)
    )
    # The columns beside the form hold what keeps rows high, and the banner.
    known = _column_lines(size.columns + 2, texts, cells, votes)
    columns = align(known, len(grid[0]) if grid else 0)
    votes = _Votes.counted(
        (cell.row for cell in sheet.asked), ((cell.row, line.row) for cell, line in mapped)
    )
    known = _row_lines(size.rows, texts, cells, columns.places, votes, sheet.alike)
    return align(known, len(grid)), columns


def _cells_showing(grid: Grid, wanted: frozenset[str]) -> Mapping[str, Sequence[Position]]:
    """Where each of these texts stands on a sheet, white space aside."""
    found: dict[str, list[Position]] = defaultdict(list)
    for at, value in cells_of(grid):
        text = squeeze(value) if isinstance(value, str) else ""
        if text in wanted:
            found[text].append(at)
    return found


@dataclass(frozen=True, slots=True)
class _Votes:
    """Where the map says that most fields of each line went, and the lines that it has lost.

    Most, since a cell that is cut and pasted takes its reference along.
    """

    places: Mapping[int, int]
    lost: frozenset[int]

    @classmethod
    def counted(cls, issued: Iterable[int], mapped: Iterable[tuple[int, int]]) -> _Votes:
        """Count the lines of fields: as `issued`, and of those in the map, where they are now."""
        counts: dict[int, Counter[int]] = {line: Counter() for line in issued}
        for line, now in mapped:
            counts[line][now] += 1
        places, lost = {}, set()
        for line, votes in counts.items():
            place, count = max(votes.items(), key=itemgetter(1), default=(0, 0))
            if not votes:
                lost.add(line)
            elif 2 * count > votes.total():
                places[line] = place
        return cls(places, frozenset(lost) if len(lost) < len(counts) else frozenset())


def _column_lines(
    count: int, texts: Texts, cells: Mapping[str, Sequence[Position]], votes: _Votes
) -> list[Line]:
    present = {text: Counter(column for _, column in at) for text, at in cells.items()}
    printed: list[Counter[str]] = [Counter() for _ in range(count)]
    for one in texts:
        printed[one.column][squeeze(one.text)] += 1
    lines = []
    for number, counts in enumerate(printed):
        shown: Counter[int] = Counter()
        for text, times in counts.items():
            for column, seen in present.get(text, {}).items():
                shown[column] += min(times, seen)
        vote, dropped = votes.places.get(number), number in votes.lost
        lines.append(Line(counts.total(), shown, vote, dropped))
    return lines


def _row_lines(
    count: int, texts: Texts, cells: Mapping[str, Sequence[Position]], columns: Mapping[int, int],
    votes: _Votes, alike: Mapping[int, object],
) -> list[Line]:  # fmt: skip
    printed = [0] * count
    shown: list[Counter[int]] = [Counter() for _ in range(count)]
    rows: dict[tuple[str, int], list[int]] = defaultdict(list)
    for text, at in cells.items():
        for row, column in at:
            rows[text, column].append(row)
    for one in texts:
        if one.column in columns:
            printed[one.row] += 1
            shown[one.row].update(rows.get((squeeze(one.text), columns[one.column]), ()))
    lines = []
    for row in range(count):
        vote, dropped = votes.places.get(row), row in votes.lost
        lines.append(Line(printed[row], shown[row], vote, dropped, alike.get(row)))
    return lines
