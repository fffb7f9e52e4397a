"""A sheet as it is now → where its rows and columns went, from what is printed and from the map.

Pure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter

from ptxl.layout.identity import MapLine
from ptxl.layout.issued_sheets import IssuedSheet, Position, PrintedText
from ptxl.read.compare import cells_of
from ptxl.read.locate.follow_lines import Alignment, Line, align
from ptxl.read.workbook import Grid
from ptxl.text import squeeze

Texts = Sequence[PrintedText]
Shown = Mapping[str, Sequence[Position]]
#: a line on which a text is printed, and the present lines that show it
Printed = Iterable[tuple[int, Iterable[int]]]
#: for each line with fields, how many of them the map says to be on which present line
Votes = Mapping[int, Counter[int]]


def rows_and_columns(
    sheet: IssuedSheet, grid: Grid, texts: Texts, lines: Mapping[str, MapLine]
) -> tuple[Alignment, Alignment]:
    """Find the rows and the columns of a sheet of the form in its present `grid`.

    `texts` are what it prints, `lines` those of the map by the path of their field.
    """
    shown = _cells_showing(grid, frozenset(squeeze(one.text) for one in texts))
    size = sheet.layout.sheets[sheet.number]
    votes = _votes(sheet, lines, attrgetter("column"))
    # The columns beside the form hold what keeps rows high, and the banner.
    known = _lines(size.columns + 2, _printed_in_columns(texts, shown), votes, {})
    columns = align(known, len(grid[0]) if grid else 0)
    votes = _votes(sheet, lines, attrgetter("row"))
    known = _lines(size.rows, _printed_in_rows(texts, shown, columns.places), votes, sheet.alike)
    return align(known, len(grid)), columns


def _cells_showing(grid: Grid, wanted: frozenset[str]) -> Shown:
    """Where each of these texts stands on a sheet, white space aside."""
    found: dict[str, list[Position]] = defaultdict(list)
    for at, value in cells_of(grid):
        text = squeeze(value) if isinstance(value, str) else ""
        if text in wanted:
            found[text].append(at)
    return found


def _printed_in_columns(texts: Texts, shown: Shown) -> Printed:
    """A text printed twice in a column is shown twice only where a column has it as often."""
    columns = {text: Counter(column for _, column in at) for text, at in shown.items()}
    times: Counter[tuple[int, str]] = Counter()
    for one in texts:
        text = squeeze(one.text)
        times[one.column, text] += 1
        seen = columns.get(text, Counter())
        yield one.column, [at for at, count in seen.items() if count >= times[one.column, text]]


def _printed_in_rows(
    texts: Texts, shown: Shown, columns: Mapping[int, int]
) -> Iterator[tuple[int, Iterable[int]]]:
    """Only where a text stands in its own column, which must be known."""
    rows: dict[tuple[str, int], list[int]] = defaultdict(list)
    for text, at in shown.items():
        for row, column in at:
            rows[text, column].append(row)
    for one in texts:
        if one.column in columns:
            yield one.row, rows.get((squeeze(one.text), columns[one.column]), ())


def _votes(
    sheet: IssuedSheet, lines: Mapping[str, MapLine], number: Callable[[object], int]
) -> Votes:
    votes: dict[int, Counter[int]] = {number(cell): Counter() for cell in sheet.asked}
    for cell in sheet.asked:
        if cell.path in lines:
            votes[number(cell)][number(lines[cell.path])] += 1
    return votes


def _lines(
    count: int, printed: Printed, votes: Votes, alike: Mapping[int, object]
) -> Sequence[Line]:
    """What is known of each line. Of a map that has lost them all, nothing."""
    texts = [0] * count
    shown: list[Counter[int]] = [Counter() for _ in texts]
    for number, places in printed:
        texts[number] += 1
        shown[number].update(places)
    lost = {number for number, places in votes.items() if not places}
    lost = lost if len(lost) < len(votes) else set()
    return [
        Line(texts[n], shown[n], _most(votes.get(n, Counter())), n in lost, alike.get(n))
        for n in range(count)
    ]


def _most(places: Counter[int]) -> int | None:
    """Where most fields of a line went: a cell that is cut and pasted takes its reference along."""
    place, count = max(places.items(), key=lambda item: item[1], default=(0, 0))
    return place if 2 * count > places.total() else None
