"""A sheet as it is now → where its rows and columns went, from what is printed and from the map."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache

from ptxl.layout.identity import MapLine
from ptxl.model.layout import Layout, Place
from ptxl.read.locate.follow_lines import Alignment, Line, align
from ptxl.read.workbook import Grid
from ptxl.text import squeeze

#: row, column and text of each printed cell
Printed = Sequence[tuple[int, int, str]]
#: rows and columns at which a text stands
Index = Mapping[str, Sequence[tuple[int, int]]]


def texts_on(grid: Grid, vocabulary: frozenset[str]) -> Index:
    """Where each of these texts stands on a sheet, white space aside."""
    index: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for row, values in enumerate(grid):
        for column, value in enumerate(values):
            if value != "" and isinstance(value, str) and (text := squeeze(value)) in vocabulary:
                index[text].append((row, column))
    return index


def rows_and_columns(
    layout: Layout, number: int, grid: Grid, printed: Printed, lines: Mapping[str, MapLine]
) -> tuple[Alignment, Alignment]:
    """Where the rows and the columns of a sheet of the form are now."""
    index = texts_on(grid, frozenset(squeeze(text) for _, _, text in printed))
    fields = {path: place for path, place in layout.places.items() if place.sheet == number}
    sheet = layout.sheets[number]
    width = len(grid[0]) if grid else 0
    votes = _votes({path: place.column for path, place in fields.items()},
                   {path: lines[path].column for path in fields if path in lines})  # fmt: skip
    # The columns beside the form hold what keeps rows high, and the banner.
    columns = align(_column_lines(sheet.columns + 2, printed, index, votes), width)
    votes = _votes({path: place.row for path, place in fields.items()},
                   {path: lines[path].row for path in fields if path in lines})  # fmt: skip
    kin = _kin(layout, number)
    rows = align(_row_lines(sheet.rows, printed, index, columns.places, votes, kin), len(grid))
    return rows, columns


def _votes(
    issued: Mapping[str, int], now: Mapping[str, int]
) -> tuple[Mapping[int, int], frozenset[int]]:
    """Where most fields of each line went, and the lines whose fields the map has lost.

    Most, since a cell that is cut and pasted takes its reference along.
    """
    there: dict[int, Counter[int]] = {line: Counter() for line in issued.values()}
    for path, line in now.items():
        there[issued[path]][line] += 1
    votes = {}
    for line, counts in there.items():
        for place, count in counts.most_common(1):
            if 2 * count > counts.total():
                votes[line] = place
    lost = {line for line, counts in there.items() if not counts} if now else set()
    return votes, frozenset(lost)


Votes = tuple[Mapping[int, int], frozenset[int]]


def _column_lines(count: int, printed: Printed, index: Index, votes: Votes) -> list[Line]:
    there = {text: Counter(column for _, column in cells) for text, cells in index.items()}
    texts: list[Counter[str]] = [Counter() for _ in range(count)]
    for _, column, text in printed:
        texts[column][squeeze(text)] += 1
    lines = []
    for number, counts in enumerate(texts):
        shown: Counter[int] = Counter()
        for text, times in counts.items():
            for column, seen in there.get(text, {}).items():
                shown[column] += min(times, seen)
        lines.append(Line(counts.total(), shown, votes[0].get(number), number in votes[1]))
    return lines


def _row_lines(
    count: int, printed: Printed, index: Index, columns: Mapping[int, int], votes: Votes,
    kin: Mapping[int, object],
) -> list[Line]:  # fmt: skip
    texts = [0] * count
    shown: list[Counter[int]] = [Counter() for _ in range(count)]
    there: dict[tuple[str, int], list[int]] = defaultdict(list)
    for text, cells in index.items():
        for row, column in cells:
            there[text, column].append(row)
    for row, column, text in printed:
        if column in columns:
            texts[row] += 1
            for place in there.get((squeeze(text), columns[column]), ()):
                shown[row][place] += 1
    return [
        Line(texts[row], shown[row], votes[0].get(row), row in votes[1], kin.get(row))
        for row in range(count)
    ]


@lru_cache(maxsize=256)
def _kin(layout: Layout, number: int) -> Mapping[int, object]:
    """Rows of a table that print nothing of their own, by table and what they are given."""
    printing = {p.place.row for p in layout.sheets[number].cells if p.cell.text.strip()}
    fields: Counter[int] = Counter()
    for place in layout.places.values():
        fields[place.row] += place.sheet == number
    found: dict[int, object] = {}
    for table in layout.form.tables:
        for row in table.rows:
            places: list[Place] = [layout.places[field.path] for field in row.fields]
            at = {(place.sheet, place.row) for place in places}
            if len(at) == 1 and places[0].sheet == number and places[0].row not in printing:
                line = places[0].row
                if fields[line] == len(places):
                    found[line] = (table.path, tuple(sorted(row.given.items())))
    return found
